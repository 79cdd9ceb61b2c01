# In a guest (guest.sh, DISK_MIB=17408): f2fs on dm-log-writes, a disk over 16 GiB. Between two marks the log has what one
# fsync wrote: data, node, then one flush. A volatile cache may keep the node and lose the data: that state is made.
set -e
change() { python3 - "$@" <<'X'
import os, sys
path, at, letter, mark = sys.argv[1:]
fd = os.open(path, os.O_WRONLY)
os.pwrite(fd, letter.encode() * 50000, os.fstat(fd).st_size if at == 'end' else int(at))
os.fsync(fd)
os.system(f'dmsetup message log 0 mark {mark}')
X
}
export DM_DISABLE_UDEV=1
sectors=$(blockdev --getsz /dev/ubda)
state() { # what to say, entries
  rm -f crashed; truncate -s $((sectors * 512)) crashed
  python3 $SHOWN/log.py /dev/ubdb replay crashed "${@:2}"
  mount -t f2fs -o loop crashed disk
  echo "$1: $(stat -c %s disk/file) bytes: $(for letter in 1 2 3; do printf '%s x %s, ' "$(tr -cd $letter < disk/file | wc -c)" $letter; done)$(tr -cd '\000' < disk/file | wc -c) x zero"
  umount disk
}
for mode in posix strict; do
  echo "--- fsync_mode=$mode"
  dd if=/dev/zero of=/dev/ubdb bs=1M count=4 2>/dev/null
  dmsetup create log --table "0 $sectors log-writes /dev/ubda /dev/ubdb"
  dmsetup mknodes
  mkdir -p disk
  mkfs.f2fs -f -q -t 0 /dev/mapper/log > /dev/null
  mount -t f2fs -o fsync_mode=$mode /dev/mapper/log disk
  : > disk/file; : > disk/warm
  umount disk
  mount -t f2fs -o fsync_mode=$mode /dev/mapper/log disk
  change disk/warm 0 w warm # the first fsync after a mount is another story
  change disk/file end 1 acked
  change disk/file end 2 appended
  change disk/file 0 3 overwritten
  umount disk
  dmsetup remove log
  for pair in acked:appended appended:overwritten; do
    before=$(python3 $SHOWN/log.py /dev/ubdb marked ${pair%:*}) behind=$(python3 $SHOWN/log.py /dev/ubdb marked ${pair#*:})
    # The last write of that fsync is its node.
    node=$(python3 $SHOWN/log.py /dev/ubdb list | awk -v a=$before -v b=$behind '$1 >= a && $1 < b && $4 > 0 && $2 !~ /MARK|DISCARD/ {n = $1} END {print n}')
    state "all up to ${pair%:*}" $before
    state "and the node of the next fsync without its data" $before $node
  done
done
