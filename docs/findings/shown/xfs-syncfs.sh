# In a guest (guest.sh, DISK_MIB=400): bytes of a file are overwritten in place and synced, on dm-log-writes; a mark is set in
# the log when the call has returned. dm-log-writes logs a write once a later flush has made it durable: what the log has up to
# the mark is what a power cut leaves of a disk that loses all that its cache holds. The disk's own count of flushes is taken, too.
set -e
cat > change.py <<'X'
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
what, letter, mark = sys.argv[1:]
file = os.open('disk/file', os.O_RDWR)
written = os.open('disk/file', os.O_RDWR | os.O_SYNC)
other = os.open('disk/other', os.O_RDWR | os.O_APPEND)
old, new = b'.' * 4096, letter.encode() * 4096

def flushes():
    # Documentation/block/stat.rst: the sixteenth is the number of flushes that the disk has completed.
    with open('/sys/block/ubda/stat') as stat:
        return int(stat.read().split()[15])

def call(name, *values):
    if getattr(libc, name)(*values) == -1:
        raise OSError(ctypes.get_errno(), name)

# The same start for each: the old bytes are durable, and nothing of it is left to be written.
os.pwrite(file, old, 0); os.fsync(file); time.sleep(0.1)
size = os.fstat(file).st_size
if what.startswith('append'): os.pwrite(file, new, size)
elif what.startswith('sync-write'): os.pwrite(written, old, 0); os.pwrite(file, new, 0)
else: os.pwrite(file, new, 0)
# Somebody syncs another file, or xfs writes its log of itself: the log then has the file's times, and the file's data is still
# in memory.
if 'fsync-other' in what: os.write(other, b'o'); os.fsync(other)
if 'wait' in what: time.sleep(10)
last = what.split(',')[-1]
before = flushes()
if last == 'syncfs': call('syncfs', file)
elif last == 'sync': call('sync')
elif last == 'fsync': os.fsync(file)
else: call('fdatasync', file)
after = flushes()
os.system(f'dmsetup message log 0 mark {mark}')
print(after - before)
X
export DM_DISABLE_UDEV=1
sectors=$(blockdev --getsz /dev/ubda)
mkdir -p disk
# How often xfs writes its log of itself: a second, the least there is, so that nobody has to wait for the usual 30.
echo 100 > /proc/sys/fs/xfs/xfssyncd_centisecs
tries=10
for fs in xfs ext4; do
  dd if=/dev/zero of=/dev/ubdb bs=1M count=4 2>/dev/null
  case $fs in ext4) mkfs.ext4 -q -F /dev/ubda ;; xfs) mkfs.xfs -q -f /dev/ubda ;; esac 2>/dev/null
  cp --sparse=always /dev/ubda made
  dmsetup create log --table "0 $sectors log-writes /dev/ubda /dev/ubdb"
  dmsetup mknodes
  mount -t $fs /dev/mapper/log disk
  head -c 12288 /dev/zero | tr '\000' . > disk/file; : > disk/other
  sync
  number=0 done=
  try() { # what, times
    for time in $(seq $2); do
      number=$((number + 1)) letter=$(printf "\\$(printf %o $((97 + number % 26)))")
      flushes=$(/usr/bin/python3 change.py $1 $letter $fs-$number)
      done="$done $1:$letter:$fs-$number:$flushes"
    done
  }
  for last in syncfs sync fsync fdatasync; do try overwrite,fsync-other,$last 1; done
  for last in syncfs sync fsync; do try overwrite,wait,$last 1; done
  try append,fsync-other,syncfs 1
  try overwrite,syncfs 1
  try sync-write,syncfs $tries
  try sync-write,fsync $tries
  umount disk
  dmsetup remove log
  for each in $done; do
    IFS=: read what letter mark flushes <<< "$each"
    cp --sparse=always made crashed
    /usr/bin/python3 $SHOWN/log.py /dev/ubdb replay crashed $(/usr/bin/python3 $SHOWN/log.py /dev/ubdb marked $mark)
    mount -t $fs -o loop crashed disk
    count=$(tr -cd $letter < disk/file | wc -c)
    echo "$fs: $what: $flushes flushes during the call, $([ $count = 4096 ] && echo kept || echo "LOST, $count of 4096 bytes")"
    umount disk
  done | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1 x /'
done
