# In a guest (guest.sh): a file is renamed through a FUSE file system over ext4, and its directory is fsynced, or syncfs is
# called. When the call has returned, what the disk was sent (the loop device's file) is copied, and the copy is mounted. That is
# what a power cut leaves, nothing of it lost, nothing reordered. Control: the same on the ext4 itself.
set -e
cat > rename.py <<'X'
import ctypes, os, sys
root, call = sys.argv[1:]
os.rename(f'{root}/old', f'{root}/new')
fd = os.open(root, os.O_RDONLY)
if call == 'fsync of the directory':
    os.fsync(fd)
elif ctypes.CDLL(None).syncfs(fd) != 0:
    raise OSError('syncfs')
os.system('cp --sparse=always disk.img crashed.img')
X
mkdir -p disk shown
up() { # what lies on disk/fuse, at shown
  case $1 in
    ext4) mount --bind disk/fuse shown ;;
    bindfs) bindfs disk/fuse shown ;;
    gocryptfs) echo secret | gocryptfs -q -nosyslog disk/fuse shown ;;
  esac
}
for fs in ext4 bindfs gocryptfs; do
  for call in 'fsync of the directory' syncfs; do
    rm -f disk.img; truncate -s 64M disk.img
    mkfs.ext4 -q -F disk.img
    mount -o loop disk.img disk
    mkdir disk/fuse
    [ $fs != gocryptfs ] || printf 'secret\nsecret\n' | gocryptfs -q -nosyslog -init -scryptn 10 disk/fuse
    up $fs
    touch shown/old
    sync -f disk
    /usr/bin/python3 rename.py shown "$call"
    umount shown; sleep 0.3; umount disk
    mount -o loop crashed.img disk
    up $fs
    echo "$fs, rename, $call: $([ -e shown/new ] && echo kept || echo 'LOST: the old name is there')"
    umount shown; sleep 0.3; umount disk
  done
done
