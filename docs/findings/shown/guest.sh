#!/bin/bash
# guest.sh SCRIPT: runs SCRIPT as root in User-mode Linux, on the files of this machine (which it cannot change), with
# two empty disks: /dev/ubda and /dev/ubdb. No root is needed here.
#
#   LINUX     the kernel, a program (default: linux.uml of Debian's package user-mode-linux)
#   MODULES   a folder with its modules, *.ko, and `index`: a line a module, its name and then the files to load, in order;
#             without it modprobe finds them
#   WANTED    modules to load, by name
#   DISK_MIB  size of the disks (256)
set -eu
script=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
linux=$(realpath "$(command -v "${LINUX:-linux.uml}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for disk in a b; do truncate -s "${DISK_MIB:-256}M" "$work/$disk"; done
cat > "$work/init" <<X
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp SHOWN=$here
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp; mount -t tmpfs tmp /mnt
mount -t tmpfs tmp /run
modules='${MODULES:-}'
for name in ${WANTED:-}; do
  if [ -n "\$modules" ]; then files=\$(sed -n "s|^\$name ||p" "\$modules/index"); else files=; modprobe -a \$name; fi
  for file in \$files; do [ -e /sys/module/\$(basename \$file .ko | tr - _) ] || insmod "\$modules/\$file"; done
done
cd /tmp
echo "== Linux \$(uname -r)"
bash '$script' 2>&1
echo '== end'
echo o > /proc/sysrq-trigger
sleep 10
X
chmod +x "$work/init"
# Its C library lies beside it where this machine's is too old for it.
cd "$(dirname "$linux")"
timeout "${LIMIT:-600}" "$linux" mem="${MEM_MIB:-512}M" seccomp=on rootfstype=hostfs rootflags=/ ro init="$work/init" quiet con=null con0=null,fd:1 \
  uml_dir="$work" umid=uml ubd0="$work/a" ubd1="$work/b" panic=-1 </dev/null 2>&1 | tr -d '\r' |
  sed -n '/^== Linux/,/^== end/p'
