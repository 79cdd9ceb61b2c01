# plugpull with everything a run on the host needs.
#
#   docker build -t plugpull .
#   docker run --rm \
#     --cap-add SYS_ADMIN --cap-add MKNOD --cap-add SYS_PTRACE \
#     --security-opt apparmor=unconfined --security-opt seccomp=unconfined \
#     --device /dev/fuse --device /dev/loop-control --device-cgroup-rule 'b 7:* rmw' \
#     -v "$PWD":/work -w /work \
#     plugpull run --fs ext4 --ack-stdout '^saved (.*)$' -- python3 /work/prog.py
#
# Why each:
#   SYS_ADMIN                    mounts: the recorded disk, each crash state
#   MKNOD, device-cgroup-rule    loop devices: the kernel makes them, the container needs nodes for them
#   SYS_PTRACE                   strace
#   apparmor, seccomp            Docker's default profiles refuse mount(2) even with SYS_ADMIN
#   /dev/fuse, /dev/loop-control the user-space disk is attached through FUSE and a loop device
#
# The file systems under test are those of the host's kernel.
FROM node:20-bookworm-slim

WORKDIR /opt/plugpull

# By how often they change: system, modules, sources.
COPY scripts/bootstrap scripts/bootstrap
RUN PLUGPULL_REQUIRE=all scripts/bootstrap debian && rm -rf /var/lib/apt/lists/*

COPY package.json package-lock.json ./
RUN scripts/bootstrap node && npm cache clean --force

COPY . .
RUN scripts/bootstrap build && ln -s /opt/plugpull/bin/plugpull /usr/local/bin/plugpull

# /dev is new in each container: loop devices need their nodes before anything else. A failure shows up in the run.
ENTRYPOINT ["/bin/sh", "-c", "/opt/plugpull/scripts/bootstrap devices >&2; exec /opt/plugpull/bin/plugpull \"$@\"", "plugpull"]
CMD ["doctor"]
