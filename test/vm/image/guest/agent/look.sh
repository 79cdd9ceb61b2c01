echo "release $(uname -r)"
echo "filesystems $(awk '$1 != "nodev" { print $1 }' /proc/filesystems | sort | tr '\n' ' ')"
echo "targets $(dmsetup targets | awk '{ print $1 }' | sort | tr '\n' ' ')"
python3 -c 'import sqlite3, json, ctypes, ssl, subprocess; print("python", sqlite3.sqlite_version)'
python3 -v -c 'import json' 2>&1 | grep -c 'matches .*json/__init__.py' | sed 's/^/compiled /'
git --version
for each in sync fsfreeze blkdiscard losetup strace sqlite3 dmsetup getfattr setfacl \
  mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.f2fs e2fsck fsck.f2fs xfs_repair btrfs debugfs; do
  command -v $each >/dev/null || echo "FAILED no $each"
done
