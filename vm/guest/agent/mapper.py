"""Messages to device-mapper targets, without starting dmsetup(8) for each: an ack waits for one.

Source: include/uapi/linux/dm-ioctl.h, interface version 4.
"""
import fcntl
import os
import struct

CONTROL = '/dev/mapper/control'
# version[3], data_size, data_start, target_count, open_count, flags, event_nr, padding, dev, name, uuid, data
HEADER = struct.Struct('=3I3Ii3IQ128s129s7s')
TARGET_MESSAGE = 0xC0000000 | HEADER.size << 16 | 0xFD << 8 | 14  # DM_TARGET_MSG


def message(device, text):
    """Tells the target at sector 0 of a mapped device; returns when it has taken the message."""
    said = struct.pack('=Q', 0) + text.encode() + b'\0'
    size = HEADER.size + len(said)
    header = HEADER.pack(4, 0, 0, size, HEADER.size, 0, 0, 0, 0, 0, 0, device.encode(), b'', b'')
    fd = os.open(CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, TARGET_MESSAGE, bytearray(header + said), True)
    finally:
        os.close(fd)
