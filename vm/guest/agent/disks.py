"""The guest's block devices, known by the serial number the host gave them."""
import os
import time

APPEAR_SECONDS = 20


def find(serial):
    """Waits for a disk to appear: hot plug takes the kernel a moment."""
    deadline = time.monotonic() + APPEAR_SECONDS
    while True:
        for name in sorted(os.listdir('/sys/block')):
            if serial in _serials(name):
                return f'/dev/{name}'
        if time.monotonic() > deadline:
            raise FileNotFoundError(2, f'no disk with serial {serial} appeared', serial)
        time.sleep(0.01)


def wait_gone(device):
    deadline = time.monotonic() + APPEAR_SECONDS
    while os.path.exists(f'/sys/block/{os.path.basename(device)}'):
        if time.monotonic() > deadline:
            raise OSError(16, f'{device} does not go away', device)
        time.sleep(0.01)


def _serials(name):
    found = []
    # virtio has it on the disk, NVMe on its controller, SCSI in the vital product data (page 0x80, after 4 bytes).
    for path, skip in (('serial', 0), ('device/serial', 0), ('device/vpd_pg80', 4)):
        try:
            with open(f'/sys/block/{name}/{path}', 'rb') as file:
                found.append(file.read()[skip:].decode(errors='replace').strip())
        except OSError:
            pass
    return found


def facts(device):
    """What the kernel believes of a disk."""
    queue = f'/sys/block/{os.path.basename(device)}/queue'
    result = {}
    for name in ('write_cache', 'fua', 'logical_block_size', 'discard_max_bytes'):
        try:
            with open(f'{queue}/{name}') as file:
                result[name] = file.read().strip()
        except OSError:
            result[name] = None
    return result
