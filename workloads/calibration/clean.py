"""The clean control: everything is synced before the ack, so nothing acked may be lost."""
import os

for name in ('first', 'second'):
    with open(name, 'w') as file:
        file.write(f'{name} kept\n' * 400)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open('.', os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    print(f'kept {name}')
