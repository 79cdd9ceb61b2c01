"""Saves doc right, beside files of which nobody says that they are safe: a temporary one and a history of undoing."""
import os


def write(path, content, durable):
    with open(path, 'w') as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(file.fileno())


for version in ('1',):
    write('scratch', 'half a thought ' * 300 * int(version), False)  # stays
    write('doc.new', f'version {version}\n' * 500, True)
    write('.doc.un~', f'undo {version}\n' * 500, False)  # stays
    write('swap', version * 5000, False)
    os.rename('doc.new', 'doc')
    os.unlink('swap')  # before anybody is told anything
    directory = os.open('.', os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    print(f'saved {version}', flush=True)
