# In a guest (guest.sh): f2fs on dm-log-writes on dm-delay, where a write takes 400 ms and a flush nothing. Each append is
# synced, and a mark set in the log when fsync has returned. What the log has up to the mark is what a power cut leaves.
set -e
append() { python3 - "$@" <<'X'
import os, sys, time
path, letter, mark = sys.argv[1:]
fd = os.open(path, os.O_WRONLY | os.O_APPEND)
os.write(fd, letter.encode() * 5000)
began = time.monotonic()
os.fsync(fd)
took = time.monotonic() - began
os.system(f'dmsetup message log 0 mark {mark}')
print(f'{mark}: fsync took {took:.2f} s')
X
}
export DM_DISABLE_UDEV=1
sectors=$(blockdev --getsz /dev/ubda)
for mode in posix strict; do
  echo "--- fsync_mode=$mode"
  dd if=/dev/zero of=/dev/ubdb bs=1M count=4 2>/dev/null
  dmsetup create slow --table "0 $sectors delay /dev/ubda 0 0 /dev/ubda 0 0 /dev/ubda 0 0"
  dmsetup create log --table "0 $sectors log-writes /dev/mapper/slow /dev/ubdb"
  dmsetup mknodes
  mkdir -p disk
  mkfs.f2fs -f -q -t 0 /dev/mapper/log > /dev/null
  mount -t f2fs -o fsync_mode=$mode /dev/mapper/log disk
  echo created > disk/file; echo other > disk/other
  umount disk
  mount -t f2fs -o fsync_mode=$mode /dev/mapper/log disk
  dmsetup suspend --noflush --nolockfs slow
  dmsetup reload slow --table "0 $sectors delay /dev/ubda 0 0 /dev/ubda 0 400 /dev/ubda 0 0"
  dmsetup resume slow
  append disk/file 1 first-after-mount;  sleep 1
  append disk/file 2 second;             sleep 1; sync; sleep 1
  append disk/file 3 first-after-sync;   sleep 1; sync; sleep 1
  append disk/other o of-another-file;   sleep 1
  append disk/file 4 the-one-after-that; sleep 1
  umount disk
  dmsetup remove log; dmsetup remove slow
  for each in 1:first-after-mount 2:second 3:first-after-sync 4:the-one-after-that; do
    letter=${each%%:*} mark=${each#*:}
    rm -f crashed; truncate -s $((sectors * 512)) crashed
    python3 $SHOWN/log.py /dev/ubdb replay crashed $(python3 $SHOWN/log.py /dev/ubdb marked $mark)
    mount -t f2fs -o loop crashed disk
    count=$(tr -cd $letter < disk/file | wc -c)
    echo "power cut behind $mark: $([ $count = 5000 ] && echo kept || echo "LOST, $count of 5000 bytes")"
    umount disk
  done
done
