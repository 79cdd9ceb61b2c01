# In a guest (guest.sh): an open file loses its last name and is fsynced; then what the disk was sent (the loop device's file)
# is copied, and the copy is mounted. That is what a power cut leaves, nothing of it lost, nothing reordered.
set -e
mkdir -p disk
for feature in fast_commit ^fast_commit; do
  rm -f disk.img; truncate -s 64M disk.img
  mkfs.ext4 -q -F -b 4096 -O $feature disk.img
  mount -o loop disk.img disk
  touch disk/foo disk/other
  sync
  python3 - <<'X'
import os
fd = os.open('disk/foo', os.O_RDWR)
os.unlink('disk/foo')
os.fsync(fd)
os.system('cp --sparse=always disk.img crashed.img')
X
  umount disk
  if mount -o loop crashed.img disk 2> said; then
    echo "-O $feature: mounts, and holds $(ls disk | tr '\n' ' ')"
    umount disk
  else
    echo "-O $feature: DOES NOT MOUNT: $(cat said)"
    dmesg | grep -i ext4 | tail -n 3
    e2fsck -fy crashed.img > said 2>&1 || true
    mount -o loop crashed.img disk && echo "after e2fsck -fy: mounts" && umount disk
  fi
done
