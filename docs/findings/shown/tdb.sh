# In a guest (guest.sh): one transaction of tdb on ext4 and xfs, on dm-log-writes. Each prefix of the log, nothing left out
# and nothing reordered, is a disk that a power cut can leave: can the database still be opened?
set -e
export DM_DISABLE_UDEV=1
sectors=$(blockdev --getsz /dev/ubda)
cat > /tmp/use.py <<'X'
import os, sys, tdb
path, what = sys.argv[1:3]
try:
    db = tdb.Tdb(path, 0, tdb.DEFAULT, os.O_RDWR | os.O_CREAT, 0o644)
except OSError as error:
    sys.exit(f'cannot be opened: {error}')
if what == 'create':
    os.sync()
elif what == 'count':
    print(sum(1 for _ in db.keys()))
else:
    first, count, size = map(int, sys.argv[3:])
    db.transaction_start()
    for number in range(first, first + count):
        db.store(b'key%d' % number, b'x' * size)
    db.transaction_commit()
X
mkdir -p disk
for fs in ext4 xfs; do
  for holds in 0 4000; do
    dd if=/dev/zero of=/dev/ubdb bs=1M count=4 2>/dev/null
    dmsetup create log --table "0 $sectors log-writes /dev/ubda /dev/ubdb"
    dmsetup mknodes
    case $fs in ext4) mkfs.ext4 -q -F /dev/mapper/log ;; xfs) mkfs.xfs -q -f /dev/mapper/log ;; esac
    mount -t $fs /dev/mapper/log disk
    /usr/bin/python3 /tmp/use.py disk/db.tdb create
    [ $holds = 0 ] || for first in $(seq 1 400 3601); do /usr/bin/python3 /tmp/use.py disk/db.tdb store $first 400 200; done
    sync; dmsetup message log 0 mark before
    if [ $holds = 0 ]; then /usr/bin/python3 /tmp/use.py disk/db.tdb store 1 1 100; else python3 /tmp/use.py disk/db.tdb store 1 4000 190; fi
    dmsetup message log 0 mark committed
    umount disk; dmsetup remove log
    from=$(python3 $SHOWN/log.py /dev/ubdb marked before) to=$(python3 $SHOWN/log.py /dev/ubdb marked committed)
    refused=0
    # Played on step by step: a prefix is the one before it and one more entry.
    rm -f base; truncate -s $((sectors * 512)) base
    python3 $SHOWN/log.py /dev/ubdb replay base $from
    for n in $(seq $from $((to - 1))); do
      python3 $SHOWN/log.py /dev/ubdb replay base 0 $n
      # Recovery writes: it gets a copy.
      cp --sparse=always base crashed
      mount -t $fs -o loop$([ $fs = xfs ] && echo ,nouuid || true) crashed disk
      /usr/bin/python3 /tmp/use.py disk/db.tdb count > /tmp/said 2>&1 || refused=$((refused + 1))
      umount disk
    done
    echo "$fs, $holds records before: $refused of $((to - from)) prefixes leave a database that cannot be opened"
  done
done
