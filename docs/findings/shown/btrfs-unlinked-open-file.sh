# In a guest (guest.sh): an open file loses its last name and is fsynced. When fsync has returned, what the disk was sent (the
# loop device's file) is copied, and the copy is mounted. That is what a power cut leaves, nothing of it lost, nothing reordered.
set -e
cat > remove.py <<'X'
import os, sys
before, last = sys.argv[1:]
file = os.open('disk/file', os.O_RDWR)
directory = os.open('disk', os.O_RDONLY)
if before == 'listed and fsynced':
    os.listdir('disk')
elif before == 'touched and fsynced':
    os.utime('disk')
elif before == 'made a file in and fsynced':
    os.open('disk/new', os.O_RDWR | os.O_CREAT)
if before != 'left as it was':
    os.fsync(directory)
os.unlink('disk/file')
os.fsync(file if last == 'the file' else directory)
os.system('cp --sparse=always disk.img crashed.img')
X
mkdir -p disk
for fs in btrfs ext4 xfs; do
  for before in 'left as it was' 'fsynced' 'listed and fsynced' 'touched and fsynced' 'made a file in and fsynced'; do
    for last in 'the file' 'its directory'; do
      rm -f disk.img; truncate -s 400M disk.img
      case $fs in ext4) mkfs.ext4 -q -F disk.img ;; xfs) mkfs.xfs -q -f disk.img ;; btrfs) mkfs.btrfs -q -f disk.img > said ;; esac
      mount -o loop disk.img disk
      touch disk/file disk/other
      sync
      /usr/bin/python3 remove.py "$before" "$last"
      umount disk
      mount -o loop crashed.img disk
      echo "$fs, directory $before, then the file removed and fsync of $last: $([ -e disk/file ] && echo 'THE FILE IS BACK' || echo 'removed')"
      umount disk
    done
  done
done
