# plugpull with everything a run needs.
#
#   docker build -t plugpull .
#   docker run --rm -v "$PWD":/work -w /work \
#     plugpull run --ack-stdout '^saved (.*)$' -- python3 /work/prog.py
#
# As it stands a container has no capability and no device that recording on the host takes, so such a run is in
# User-mode Linux: both verdicts, by Debian's newest kernel, and nothing of the host's kernel is touched. To record and
# recover with the host's own kernel and its file systems:
#
#   docker run --rm \
#     --cap-add SYS_ADMIN --cap-add MKNOD --cap-add SYS_PTRACE \
#     --security-opt apparmor=unconfined --security-opt seccomp=unconfined \
#     --device /dev/fuse --device /dev/loop-control --device-cgroup-rule 'b 7:* rmw' \
#     -v "$PWD":/work -w /work plugpull run --fs ext4 ...
#
# Why each:
#   SYS_ADMIN                    mounts: the recorded disk, each crash state
#   MKNOD, device-cgroup-rule    loop devices: the kernel makes them, the container needs nodes for them
#   SYS_PTRACE                   strace
#   apparmor, seccomp            Docker's default profiles refuse mount(2) even with SYS_ADMIN
#   /dev/fuse, /dev/loop-control the user-space disk is attached through FUSE and a loop device
FROM node:20-bookworm-slim

WORKDIR /opt/plugpull

# By how often they change: system, modules, sources.
COPY scripts/bootstrap scripts/bootstrap
RUN apt-get update && apt-get install -y --no-install-recommends kmod && \
    PLUGPULL_REQUIRE=all scripts/bootstrap run && rm -rf /var/lib/apt/lists/*

COPY package.json package-lock.json ./
RUN scripts/bootstrap node && npm cache clean --force

COPY . .
RUN scripts/bootstrap build && ln -s /opt/plugpull/bin/plugpull /usr/local/bin/plugpull

# The kernel of runs without capabilities. Without it the image is good, too: the first such run fetches it.
RUN if bin/plugpull vm build --kernel uml; then bin/plugpull vm clean; else echo 'no kernel of User-mode Linux yet'; fi

# /dev is new in each container: loop devices need their nodes before anything else. A failure shows up in the run.
ENTRYPOINT ["/bin/sh", "-c", "/opt/plugpull/scripts/bootstrap devices >&2; exec /opt/plugpull/bin/plugpull \"$@\"", "plugpull"]
CMD ["doctor"]
