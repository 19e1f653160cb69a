// The seccomp profile of the browsers' pods: containerd's default, and what Chromium's own sandbox needs besides.
//
// That sandbox puts each page into user, process and network namespaces of its own, which the default profile allows only to who has
// capabilities. Other namespaces, mounts, sockets of packets and everything else that such a namespace's owner could try stay closed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Its path below the kubelet's folder of profiles, as pods name it. */
export const browserProfile = "agentic/browser.json";

/** The kubelet's folder of profiles, which is below its root. */
export const profilesFolder = (dir: string) => join(dir, "kubelet", "seccomp");

/** 64-bit system calls of containerd's default (contrib/seccomp/seccomp_default.go of 2.4) without `ptrace` and its like. */
const usual = `
  accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_adjtime clock_getres
  clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
  epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
  fadvise64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork
  fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat get_robust_list
  get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid
  getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid
  getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
  io_setup io_submit ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr
  link linkat listen listmount listxattr listxattrat llistxattr lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules
  lsm_set_self_attr lstat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2
  mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd
  msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe
  pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pwrite64 pwritev
  pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg remap_file_pages removexattr removexattrat rename renameat
  renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
  rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
  sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select
  semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid setfsuid
  setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr
  setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask socketpair splice stat statfs statmount statx
  symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
  timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat uretprobe utime
  utimensat utimes vfork vmsplice wait4 waitid write writev
`;

/** Settings by which a kernel keeps user namespaces from users, with the values that don't. */
const settings: Record<string, (value: string) => boolean> = {
  "user/max_user_namespaces": (value) => Number(value) > 0,
  "kernel/unprivileged_userns_clone": (value) => value === "1",
  "kernel/apparmor_restrict_unprivileged_userns": (value) => value === "0",
};

/** Whether Chromium's sandbox works on this machine with the profile. A setting that the kernel doesn't have keeps nobody. */
export function allowsUserNamespaces(root = "/proc/sys"): boolean {
  return Object.entries(settings).every(([name, allows]) => {
    const file = join(root, name);
    return !existsSync(file) || allows(readFileSync(file, "utf8").trim());
  });
}

/** Flags of clone and unshare that make new mount, host name, IPC and cgroup namespaces. */
const otherNamespaces = 0x00020000 | 0x04000000 | 0x08000000 | 0x02000000;

const withoutOtherNamespaces = { index: 0, value: otherNamespaces, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" };

const ENOSYS = 38;
/**
 * Sockets that a browser and Node have: within the machine, streams and datagrams of the internet, and the kernel's list of network
 * interfaces. Who owns a network namespace could make others, of packets, filters and raw ones, which have led out of containers.
 */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** Bits of a socket's type without its flags. */
const SOCK_TYPE_MASK = 0xf;

const equals = (index: number, value: number) => ({ index, value, op: "SCMP_CMP_EQ" });
const typeIs = (type: number) => ({ index: 1, value: SOCK_TYPE_MASK, valueTwo: type, op: "SCMP_CMP_MASKED_EQ" });

const sockets = [
  [equals(0, AF_UNIX)],
  ...[AF_INET, AF_INET6].flatMap((family) =>
    [SOCK_STREAM, SOCK_DGRAM].map((type) => [equals(0, family), typeIs(type)]),
  ),
  [equals(0, AF_NETLINK), equals(2, NETLINK_ROUTE)],
];

/** The profile's content, as the OCI runtime specification has it. */
export function browserSeccomp(): object {
  const allow = "SCMP_ACT_ALLOW";
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: [process.arch === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
    syscalls: [
      { names: usual.trim().split(/\s+/), action: allow },
      ...sockets.map((args) => ({ names: ["socket"], action: allow, args })),
      { names: ["clone", "unshare"], action: allow, args: [withoutOtherNamespaces] },
      // The sandbox leaves its pages an empty root.
      { names: ["chroot"], action: allow },
      // Its flags can't be judged; who gets this answer uses clone.
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    ],
  };
}
