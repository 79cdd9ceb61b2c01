/**
 * System calls that change neither files nor descriptors nor the current directory, so that a trace may leave them
 * out. Everything that is not in this list is traced: a call nobody thought of shows up and makes the verdict
 * unknown instead of leaving a gap. Sources: the manual page of each, and strace's syscallent tables.
 */
export const callsWithoutBearing: ReadonlySet<string> = new Set(
  `
  access faccessat faccessat2 stat fstat lstat newfstatat fstatat64 statx statfs fstatfs oldstat oldlstat oldfstat stat64
  fstat64 lstat64 statfs64 fstatfs64 readlink readlinkat getcwd getdents getdents64 getxattr lgetxattr fgetxattr listxattr
  llistxattr flistxattr pread64 preadv readahead fadvise64 fadvise64_64 inotify_init inotify_init1 inotify_add_watch
  inotify_rm_watch fanotify_mark name_to_handle_at ustat sysfs quotactl lookup_dcookie cachestat statmount listmount
  brk madvise mincore mlock mlock2 munlock mlockall munlockall mbind get_mempolicy set_mempolicy move_pages
  migrate_pages membarrier pkey_alloc pkey_free process_madvise process_mrelease mseal map_shadow_stack
  set_mempolicy_home_node
  futex futex_waitv futex_wake futex_wait futex_requeue get_robust_list set_robust_list set_tid_address rseq
  restart_syscall
  rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigsuspend
  sigaltstack kill tkill tgkill pause alarm sigaction sigprocmask sigreturn signal pidfd_send_signal
  getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid setpgid setsid
  setgroups capget capset prctl arch_prctl
  getpriority setpriority ioprio_get ioprio_set getrlimit setrlimit prlimit64 getrusage times personality uname
  sysinfo syslog acct getcpu kcmp modify_ldt set_thread_area get_thread_area
  sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler sched_setscheduler
  sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_getattr sched_setattr
  nanosleep clock_nanosleep clock_gettime clock_getres clock_adjtime adjtimex gettimeofday time
  getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete timerfd_settime
  timerfd_gettime
  poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 epoll_ctl
  wait4 waitid waitpid getrandom seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
  listen shutdown setsockopt getsockopt getsockname getpeername recvfrom recvmsg recvmmsg
  shmget shmat shmdt shmctl semget semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_timedsend mq_timedreceive
  mq_notify mq_getsetattr
  flock add_key request_key keyctl sethostname setdomainname vhangup
  exit exit_group
  lsm_get_self_attr lsm_list_modules getegid32 geteuid32 getuid32 getgid32
  `
    .trim()
    .split(/\s+/),
);

const waitsThatTell = [
  ...['poll', 'ppoll', 'select', 'pselect6', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2'],
  ...['wait4', 'waitid', 'waitpid'],
];

/**
 * Of these, calls in which a thread waits and its memory stays as it is: traced where it matters that somebody did nothing
 * meanwhile. Those that tell what came put that into memory when they return and not before (poll(2), select(2),
 * epoll_wait(2), wait(2): their results are copied out last), so whoever is still in one has changed nothing.
 */
export const plainWaits: readonly string[] = [
  'futex',
  'nanosleep',
  'clock_nanosleep',
  'pause',
  'rt_sigsuspend',
  ...waitsThatTell,
];

/** @param shown its arguments as strace prints them; futex(2) also wakes others, and takes locks by changing them */
export function isPlainWait(name: string, shown: string): boolean {
  if (name === 'futex') return /\bFUTEX_WAIT(?:_BITSET)?(?:_PRIVATE)?\b/.test(shown);
  return plainWaits.includes(name);
}
