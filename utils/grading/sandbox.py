"""The sandbox of a student's process: its own root, its own processes, no network, bounds on all it uses. Linux only.

`launch` is called by the supervisor of one submission. It forks the namespace's first process, which builds the root,
forks the student's process and from then on only waits for it: ending the first ends everything that the student
started. `Watch` enforces from outside what the kernel does not: CPU and wall time, and the memory of all together. A
cgroup would see that memory too, but where an ordinary user or a container grades there is none to be had, so that the
watch would be needed all the same.
"""

import contextlib
import ctypes
import errno
import functools
import json
import os
import platform
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = "/student/work"  # the student's working folder and home
FIRST_UID = 61000  # as root, slot n runs as FIRST_UID + n
PERIOD = 0.1  # seconds between two looks at the student's processes
CPUS = 2  # that a submission runs on
MEASURING = 1.0  # seconds of CPU that one measurement of their memory may take
STEP = 8 << 20  # bytes by which memory must have grown to be measured again, where it is measured exactly
MODULES = ("utils", "utils.checks", "utils.collector")  # what every student package holds

TEXTS = {  # what is tried (es, en)
    "namespaces": ("espacios de nombres propios", "namespaces of its own"),
    "python": ("Python legible dentro", "Python readable inside"),
    "privileges": ("sin privilegios", "no privileges"),
    "forks": ("100 procesos, uno tras otro", "100 processes, one after another"),
    "processes": ("número de procesos acotado", "number of processes bounded"),
    "memory": ("memoria acotada", "memory bounded"),
    "together": ("memoria de todos sus procesos", "memory of all its processes"),
    "time": ("tiempo acotado", "time bounded"),
    "disk": ("disco acotado", "disk bounded"),
    "files": ("número de archivos acotado", "number of files bounded"),
    "network": ("red local inalcanzable", "local network out of reach"),
    "sockets": ("sockets en archivos inalcanzables", "sockets by path out of reach"),
    "reading": ("soluciones ilegibles", "solutions unreadable"),
    "writing": ("nada se escribe fuera", "nothing is written outside"),
    "ends": ("nada queda en marcha", "nothing stays running"),
}
_ALLOW = """`sysctl kernel.apparmor_restrict_unprivileged_userns=0`, `sysctl user.max_user_namespaces=10000`; Docker:
`--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`; with `--user`, also
`--security-opt systempaths=unconfined`""".replace("\n", " ")
_STOP = ("No califiques en esta máquina.", "Do not grade on this machine.")
MENDS = {  # how to mend it (es, en); _STOP for the others
    "namespaces": (
        f"Hace falta Linux 5.14 o posterior que los permita. {_ALLOW}.",
        f"Linux 5.14 or later that allows them is needed. {_ALLOW}.",
    ),
    "python": (
        "El usuario del recinto no puede leer su carpeta: hazla legible o instala Python en otra.",
        "The sandbox's user cannot read its folder: make it readable or install Python in another.",
    ),
    "forks": ("Sube el límite de procesos (`ulimit -u`).", "Raise the limit of processes (`ulimit -u`)."),
}


class Unavailable(Exception):
    """No sandbox can be had here; the text says why and how to mend it."""


def texts(name):
    """(what is tried, how to mend it) in COURSE_LANG."""
    english = os.environ.get("COURSE_LANG") == "en"
    return TEXTS[name][english], MENDS.get(name, _STOP)[english]


def _unavailable(name, detail):
    tried, mend = texts(name)
    return Unavailable(f"{tried}: {detail}. {mend}")


@dataclass(frozen=True)
class Limits:
    """Bounds of one submission. Time: CPU first, wall second, because a busy machine is not the student's fault."""

    cpu_seconds: float = 60.0  # of one cell or call
    wall_seconds: float = 120.0  # of one cell or call
    notebook_cpu_seconds: float = 600.0  # CPU of all processes, of the whole notebook
    notebook_seconds: float = 900.0  # wall, of the whole notebook
    process_bytes: int = 4 << 30  # address space of one process
    resident_bytes: int = 2 << 30  # of all processes together, beyond what was preloaded
    processes: int = 64
    disk_bytes: int = 256 << 20  # working folder, /tmp and /dev/shm together
    inodes: int = 4096
    output_bytes: int = 100_000  # of one cell
    notebook_output_bytes: int = 2_000_000
    frame_bytes: int = 256 << 20


# --- The kernel's side ------------------------------------------------------------------------------------------------

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, AT_RECURSIVE, AT_FDCWD, DETACH = 1, 2, 4, 0x8000, -100, 2
PDEATHSIG, DUMPABLE, SECCOMP, CAPBSET_DROP, SUBREAPER, NO_NEW_PRIVS = 1, 4, 22, 24, 36, 38
# pivot_root, mount_setattr, socket, mmap; then what reserves memory that no bound sees, or reaches further than files
# and sockets do: memfd_create, memfd_secret, shmget, semget, msgget, mq_open, io_uring_setup, userfaultfd, bpf,
# perf_event_open, add_key, request_key, keyctl, vmsplice.
SYSCALLS = {
    "x86_64": (0xC000003E, 155, 442, 41, 9, (319, 447, 29, 64, 68, 240, 425, 323, 321, 298, 248, 249, 250, 278)),
    "aarch64": (0xC00000B7, 41, 442, 198, 222, (279, 447, 194, 190, 186, 180, 425, 282, 280, 241, 217, 218, 219, 75)),
}
CLONE = {"x86_64": 56, "aarch64": 220}
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20  # together: memory that stays when no process has it in sight
FAMILIES = (1, 2, 10, 16)  # sockets: unix, inet, inet6, netlink; vsock, say, would leave the network namespace


def _call(name, *arguments):
    """A libc function; numbers go as long, text as bytes. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    convert = {int: ctypes.c_long, str: os.fsencode}
    if getattr(libc, name)(*(convert.get(type(a), lambda x: x)(a) for a in arguments)) == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name} {' '.join(str(a) for a in arguments if isinstance(a, str))}: {os.strerror(code)}")


def _fork_apart():
    """Fork into a pid namespace of its own; after unshare this process could start no thread, nor run TensorFlow."""
    arguments = map(ctypes.c_long, (CLONE.get(platform.machine(), -1), NEWPID | signal.SIGCHLD, 0, 0, 0, 0))
    if (pid := ctypes.PyDLL(None, use_errno=True).syscall(*arguments)) == -1:  # the child holds Python's lock as we do
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return pid


def _machine():
    if platform.machine() not in SYSCALLS:
        raise OSError(errno.ENOSYS, f"architecture {platform.machine()}; accepted: {', '.join(SYSCALLS)}")
    return SYSCALLS[platform.machine()]


def _own_users():
    """A user namespace that maps this user to itself; in it, no further one can be made."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", NEWUSER)
    for name, line in {"setgroups": "deny", "uid_map": f"{uid} {uid} 1", "gid_map": f"{gid} {gid} 1"}.items():
        Path("/proc/self", name).write_text(line)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def _drop_privileges():
    for capability in range(64):
        with contextlib.suppress(OSError):  # numbers past the kernel's last one; no right left to drop
            _call("prctl", CAPBSET_DROP, capability, 0, 0, 0)
    _call("capset", struct.pack("=Ii", 0x20080522, 0), bytes(24))
    _call("prctl", NO_NEW_PRIVS, 1, 0, 0, 0)


def _filter_calls():
    """Seccomp: the calls of SYSCALLS, sockets of other families and shared maps of no file fail as unknown calls do."""
    arch, _, _, opens_socket, maps, denied = _machine()
    load, equal, at_least, any_of, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    program = [(load, 0, 0, 4), (equal, "", "kill", arch), (load, 0, 0, 0), (at_least, "refuse", "", 0x40000000)]
    program += [(equal, "refuse", "", number) for number in denied]
    program += [(equal, "", 3, maps), (load, 0, 0, 40)]
    program += [(any_of, "", "allow", MAP_ANONYMOUS), (any_of, "refuse", "allow", MAP_SHARED)]
    program += [(equal, "", "allow", opens_socket), (load, 0, 0, 16), *((equal, "allow", "", f) for f in FAMILIES)]
    ends = {"refuse": 0x50000 | errno.ENOSYS, "allow": 0x7FFF0000, "kill": 0x80000000}
    places = {name: len(program) + i for i, name in enumerate(ends)}
    program += [(answer, 0, 0, verdict) for verdict in ends.values()]
    jumps = [
        [places[target] - i - 1 if target in places else target or 0 for target in instruction[1:3]]
        for i, instruction in enumerate(program)
    ]
    code = b"".join(struct.pack("=HBBI", i[0], *jump, i[3]) for i, jump in zip(program, jumps, strict=True))
    buffer = ctypes.create_string_buffer(code)
    pointer = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(buffer)))
    _call("prctl", SECCOMP, 2, pointer, 0, 0)


# --- The root ---------------------------------------------------------------------------------------------------------

SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"]
SETTINGS = ["ld.so.cache", "localtime", "alternatives", "fonts", "mime.types"]  # of /etc
DEVICES = ["null", "random", "urandom"]  # a shared map of zero is one of no file


@functools.cache  # what the student's user cannot reach would not be found again
def folders():
    """What Python needs to read: the folders that it imports from and its own, none below another."""
    imports = {p for p in sys.path if p.endswith("-packages") or not f"{ROOT}/".startswith(f"{p}/")}
    named = {os.path.normpath(p) for p in {sys.prefix, sys.base_prefix, *imports} - {""} if os.path.exists(p)}
    wanted = named | {os.path.realpath(p) for p in named}
    return sorted(p for p in wanted if not any(p.startswith(f"{q}/") for q in {"/usr", *wanted}) and p != "/usr")


def _bind(source, target, lock=ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _call("mount", os.path.realpath(source), target, None, BIND | REC, None)
    _lock(target, lock, AT_RECURSIVE)


def _lock(target, attributes, flags=0):
    _call("syscall", _machine()[2], AT_FDCWD, target, flags, struct.pack("=QQQQ", attributes, 0, 0, 0), 32)


def _build_root(limits, uid, gid, modules):
    new = "/sys"  # a folder that every system has and nothing is bound from
    _call("mount", "none", "/", None, REC | PRIVATE, None)
    _call("mount", "tmpfs", new, "tmpfs", NOSUID | NODEV, "size=4m,mode=755")
    for path in ("/student", "/tmp", "/dev/shm", "/proc", "/etc"):
        os.makedirs(new + path)
    options = f"size={limits.disk_bytes},nr_inodes={limits.inodes},mode=755"
    _call("mount", "tmpfs", f"{new}/student", "tmpfs", NOSUID | NODEV, options)
    for name, target in {"work": "", "tmp": "/tmp", "shm": "/dev/shm"}.items():
        folder = f"{new}/student/{name}"
        os.mkdir(folder, 0o700)
        os.chown(folder, uid, gid)
        if target:
            _call("mount", folder, new + target, None, BIND, None)
    for path in SYSTEM:
        if os.path.islink(path):
            os.symlink(os.readlink(path), new + path)
        elif os.path.isdir(path):
            _bind(path, new + path)
    for path in [*folders(), *(f"/etc/{name}" for name in SETTINGS)]:
        if os.path.exists(path):
            _bind(path, new + path)
    for name in DEVICES:
        _bind(f"/dev/{name}", f"{new}/dev/{name}", ATTR_NOSUID)
    os.symlink("/proc/self/fd", f"{new}/dev/fd")
    Path(new, "etc/passwd").write_text(f"student:x:{uid}:{gid}::{WORK}:/bin/sh\n")
    Path(new, "etc/group").write_text(f"student:x:{gid}:\n")
    _show_package(new, modules)
    _call("mount", "proc", f"{new}/proc", "proc", NOSUID | NODEV | NOEXEC, None)
    _lock(new, ATTR_RDONLY)
    os.chdir(new)
    _call("syscall", _machine()[1], ".", ".")
    _call("umount2", ".", DETACH)
    os.chdir("/")


def _show_package(new, modules):
    """Of `utils` only these modules and the messages, as in the student's package."""
    target = new + str(ROOT / "utils")
    os.makedirs(target, exist_ok=True)
    _call("mount", "tmpfs", target, "tmpfs", NOSUID | NODEV, "size=16m,mode=755")
    for name in {*MODULES, *modules}:
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        copy = Path(new + str(path))
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    Path(target, "messages.toml").write_bytes((ROOT / "utils" / "messages.toml").read_bytes())
    _lock(target, ATTR_RDONLY)


# --- Entering ---------------------------------------------------------------------------------------------------------


def launch(body, limits, slot=0, modules=(), unsafe=False):
    """Fork a process that enters the sandbox and there calls `body(link)`, `link` being its end of a socket pair.

    Call it in a process of one thread that ends with the submission and holds nothing secret yet.

    Args:
        slot: number of the submission among those that run at once; as root, it has a uid of its own.
        modules: dotted names of modules of `utils` to show beside MODULES.
        unsafe: only limits of resources, no sandbox.

    Returns:
        (our end of the link, pid of the first process, descriptor of the folder /proc to watch).

    Raises:
        Unavailable: no sandbox can be had, or the student's user cannot read Python.
    """
    if sys.platform != "linux":
        raise _unavailable("namespaces", sys.platform)
    ours, theirs = socket.socketpair()
    try:
        if unsafe:
            _call("prctl", SUBREAPER, 1, 0, 0, 0)
        elif os.geteuid():
            _own_users()
        pid = os.fork() if unsafe else _fork_apart()
    except OSError as error:
        raise _unavailable("namespaces", error.strerror) from error
    if not pid:
        with contextlib.suppress(BaseException):
            _enter(ours, theirs, limits, slot, modules, unsafe)
            body(theirs)
        os._exit(0)
    theirs.close()
    answer, descriptors, _, _ = socket.recv_fds(ours, 4096, 1)
    if answer == b"ready":
        (folder,) = descriptors
        return ours, pid, folder
    ours.close()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise Unavailable(answer.decode(errors="replace") or str(_unavailable("namespaces", "?")))


def _enter(ours, link, limits, slot, modules, unsafe):
    """Become the student's process; tell `link` "ready" with the descriptor of /proc, or why not."""
    try:
        _call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.umask(0o022)  # the student's user has to read what is made for it
        ours.close()
        gone = select.poll()
        gone.register(link, select.POLLHUP)
        if gone.poll(0):
            os._exit(1)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        os.closerange(3, link.fileno())
        os.closerange(link.fileno() + 1, 1 << 16)
        root = os.geteuid() == 0 and not unsafe
        uid, gid = (FIRST_UID + slot,) * 2 if root else (os.geteuid(), os.getegid())
        if not unsafe:
            _call("unshare", NEWNS | NEWNET | NEWIPC | NEWUTS)
            _build_root(limits, uid, gid, modules)
        folder = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        if not unsafe and (child := os.fork()):
            _wait(child, link)
        os.setsid()
        os.nice(5)  # so that the supervisor sees in time what a fork bomb does
        cpus = sorted(os.sched_getaffinity(0))  # of many, TensorFlow would make more threads than it may have
        cpus = {cpus[(slot + n) % len(cpus)] for n in range(CPUS)}
        os.sched_setaffinity(0, cpus)
        os.cpu_count = lambda: len(cpus)
        if root:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            _call("prctl", DUMPABLE, 1, 0, 0, 0)  # its own /proc/self stays readable
        _bound(limits)
        if root:
            with contextlib.suppress(OSError):  # where a user cannot make user namespaces, the student cannot either
                _own_users()
        if not unsafe:
            _drop_privileges()
            _filter_calls()
            for path in folders():
                if not os.access(path, os.R_OK | os.X_OK if os.path.isdir(path) else os.R_OK):
                    raise _unavailable("python", path)
        _look_new(modules, unsafe)
    except BaseException as error:
        link.send(str(error if isinstance(error, Unavailable) else _unavailable("namespaces", error)).encode())
        os._exit(1)
    socket.send_fds(link, [b"ready"], [folder])
    os.close(folder)


def _bound(limits):
    bounds = {
        resource.RLIMIT_AS: limits.process_bytes,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_FSIZE: limits.disk_bytes,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(limits.notebook_cpu_seconds) + 1,
    }
    for name, bound in bounds.items():
        hard = resource.getrlimit(name)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(name, (bound, bound))


def _wait(child, link):
    """What the namespace's first process does: outlive the student's, unseen and unheard."""
    link.close()
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    _drop_privileges()
    _call("prctl", DUMPABLE, 0, 0, 0, 0)
    while os.wait()[0] != child:
        pass
    os._exit(0)


def _look_new(modules, unsafe):
    """The interpreter's own state as in a fresh one: environment, paths, modules of ours."""
    if not unsafe:
        os.chdir(WORK)
        os.environ.update(HOME=WORK, TMPDIR="/tmp", USER="student", LOGNAME="student", PIP_RETRIES="0")
        tempfile.tempdir = None
    sys.path.insert(0, "")
    for name in [n for n in sys.modules if n.startswith("utils.") and n not in {*MODULES, *modules}]:
        del sys.modules[name]
    vars(sys.modules["utils"]).pop("grading", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)


# --- Watching ---------------------------------------------------------------------------------------------------------


class Watch:
    """Ends the student's processes when they overrun a bound; `reason` then says which: "memory" or "timeout".

    It looks at each SIGALRM: a thread would wait for Python's lock while a test computes.

    Args:
        pid, folder: of `launch`.
        exact: measure memory often and at the end, for `peak_private`; as slow as a short notebook.
    """

    def __init__(self, pid, folder, limits, unsafe=False, exact=False):
        self.pid, self.folder, self.limits, self.unsafe, self.exact = pid, folder, limits, unsafe, exact
        self.reason, self.peak_private, self.cpu_seconds, self._measured = None, 0, 0.0, 0
        self.final = time.monotonic() + limits.notebook_seconds
        self.socket_bytes = 8 << 20  # what a container's own network does not tell; a server's may be endless
        with contextlib.suppress(OSError):  # the kernel doubles what is asked for
            self.socket_bytes = min(self.socket_bytes, 2 * int(Path("/proc/sys/net/core/wmem_max").read_text()))
        self.cpu_end = self.wall_end = float("inf")
        self._preloaded = self._look()
        signal.signal(signal.SIGALRM, self._check)
        signal.setitimer(signal.ITIMER_REAL, PERIOD)

    def allow(self):
        """Start the time of one cell or call."""
        self._look()
        self.cpu_end = self.cpu_seconds + self.limits.cpu_seconds
        self.wall_end = time.monotonic() + self.limits.wall_seconds

    def rest(self):
        """The cell or call is over."""
        self.cpu_end = self.wall_end = float("inf")

    def _check(self, *_):
        begun = time.monotonic()
        try:
            used, due = self._look() - self._preloaded, self.limits.resident_bytes
            if used > (min(due, self._measured + STEP) if self.exact else due):
                self._measured = used
                if self._measure() > self.limits.resident_bytes:
                    self.end("memory")
            spent = self.cpu_seconds > min(self.cpu_end, self.limits.notebook_cpu_seconds)
            if spent or time.monotonic() > min(self.wall_end, self.final):
                self.end("timeout")
        finally:
            signal.setitimer(signal.ITIMER_REAL, min(max(PERIOD, 4 * (time.monotonic() - begun)), 10 * PERIOD))

    def end(self, reason="closed"):
        """Kill all of the student's processes."""
        self.reason = self.reason or reason
        for pid in self._pids() if self.unsafe else [self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self):
        """Look a last time, end everything and wait until it is gone."""
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self._look()
        if self.exact:
            self._measure()
        self.end()
        os.waitpid(self.pid, 0)
        while self.unsafe and self._pids():
            self.end()
            os.wait()
        os.close(self.folder)

    def _read(self, pid, name):
        try:
            with open(f"/proc/self/fd/{self.folder}/{pid}/{name}", errors="replace") as file:
                return file.read()
        except OSError:  # it has ended
            return ""

    def _pids(self):
        """Numbers of the student's processes, as `folder` counts them."""
        try:
            pids = [int(name) for name in os.listdir(self.folder) if name.isdigit()]
        except OSError:  # all have ended
            return []
        if self.unsafe:  # whatever descends from this process; orphans come to it
            parents = {pid: int((self._read(pid, "stat").rpartition(")")[2].split() or [0, 0])[1]) for pid in pids}
            found = {os.getpid()}
            while more := {pid for pid, parent in parents.items() if parent in found} - found:
                found |= more
            return sorted(found - {os.getpid()})
        return pids

    def _look(self):
        """Bytes of memory that are no file's, an upper bound: pages shared between processes count in each."""
        total, ticks = 0, 0
        for pid in self._pids():
            total += _kilobytes(self._read(pid, "status"), "RssAnon", "RssShmem", "VmSwap") if pid != 1 else 0
            ticks += sum(int(t) for t in self._read(pid, "stat").rpartition(")")[2].split()[11:15])
        self.cpu_seconds = max(self.cpu_seconds, ticks / os.sysconf("SC_CLK_TCK"))
        return (total << 10) + self._buffers()

    def _buffers(self):
        """The most bytes that all sockets of the student's network namespace, in whatever process, may hold."""
        used = [] if self.unsafe else self._read(1, "net/sockstat").split()
        return int(used[2]) * self.socket_bytes if used[:2] == ["sockets:", "used"] else 0

    def _measure(self):
        """Bytes of memory, each shared page counted by its share; slower."""
        begun, memory = time.process_time(), self._buffers()
        private = _kilobytes(Path("/proc/self/smaps_rollup").read_text(), "Private_Clean", "Private_Dirty") << 10
        for pid in self._pids():
            text = self._read(pid, "smaps_rollup")
            # The first never is an ordinary user's to read; where another is not, older kernels want a capability.
            if not text and pid != 1 and _kilobytes(self._read(pid, "status"), "RssAnon"):
                return self._look()
            memory += _kilobytes(text, "Pss_Anon", "Pss_Shmem", "SwapPss") << 10
            private += _kilobytes(text, "Private_Clean", "Private_Dirty") << 10
            if memory > self.limits.resident_bytes and not self.exact:
                break
            if time.process_time() - begun > MEASURING:  # made so, with thousands of maps: it would go on growing
                return self.limits.resident_bytes + 1
        self.peak_private = max(self.peak_private, private)
        return memory


def allow_memory(more):
    """This process may hold so many bytes more than now; then a MemoryError is what it gets."""
    held = _kilobytes(Path("/proc/self/status").read_text(), "VmData") << 10
    resource.setrlimit(resource.RLIMIT_DATA, (held + more,) * 2)


def _kilobytes(text, *names):
    return sum(int(line.split()[1]) for line in text.splitlines() if line.partition(":")[0] in names)


# --- Doctor -----------------------------------------------------------------------------------------------------------


def doctor():
    """Each isolation tried for real: a list of (what, whether it holds, how to mend it)."""

    def apart(*arguments):  # who launches can launch no other
        command = [sys.executable, "-m", "utils.grading.sandbox", *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as tcp:
        os.chmod(folder, 0o777)
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(f"{folder}/socket")
            unix.listen()
            os.chmod(f"{folder}/socket", 0o777)
            done = apart("probe", str(tcp.getsockname()[1]), folder)
    try:
        held = json.loads(done.stdout)
    except ValueError:
        name, _ = texts("namespaces")
        return [(name, False, done.stderr.strip().removeprefix(f"{name}: "))]
    for name, reason in {"together": "memory", "time": "timeout"}.items():
        held[name] = json.loads(apart(name).stdout)["reason"] == reason
    return [(texts(name)[0], held.get(name, False), texts(name)[1]) for name in TEXTS]


def _probe(link, limits, port, folder):
    """Inside the sandbox: {name: whether it holds}."""

    def stops(action, *arguments):
        try:
            action(*arguments)
        except (OSError, MemoryError):
            return True
        return False

    def fork(ends):
        if not (pid := os.fork()):
            time.sleep(0 if ends else 60)
            os._exit(0)
        return pid

    held = {
        "namespaces": os.getpid() == 2,
        "python": bool(__import__("xmlrpc.client")),
        "privileges": os.getuid() != 0 and stops(_call, "unshare", NEWUSER) and stops(_call, "sethostname", "x", 1),
        "forks": all(os.waitpid(fork(True), 0)[1] == 0 for _ in range(100)),
        "memory": stops(bytearray, limits.process_bytes),
        "disk": stops(Path("full").write_bytes, bytes(limits.disk_bytes + 1)),
        "files": stops(lambda: [Path(f"/tmp/{n}").touch() for n in range(limits.inodes)]),
        "network": stops(socket.create_connection, ("127.0.0.1", int(port)), 2),
        "sockets": stops(socket.socket(socket.AF_UNIX).connect, f"{folder}/socket"),
        "reading": stops(os.listdir, ROOT / "solutions"),
        "writing": stops(Path(folder, "written").touch),
        "processes": stops(lambda: [fork(False) for _ in range(limits.processes)]),
    }
    link.sendall(json.dumps(held).encode())
    link.recv(1)


def _balloons(*_):
    for _ in range(4):
        if not os.fork():
            break
    kept = b"1" * (32 << 20)
    time.sleep(10)
    return kept


def _spin(*_):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        pass


TRIES = {  # what is done inside, within which limits
    "probe": (_probe, Limits(disk_bytes=1 << 24, inodes=1000)),
    "together": (_balloons, Limits(resident_bytes=64 << 20)),
    "time": (_spin, Limits(cpu_seconds=0.2)),
}


def main(name, *arguments):
    action, limits = TRIES[name]
    link, pid, folder = launch(lambda link: link.recv(1) and action(link, limits, *arguments), limits)
    watch = Watch(pid, folder, limits)
    watch.allow()
    link.send(b"!")
    held = json.loads(link.recv(1 << 16) or b"{}")
    watch.close()
    held["ends"] = link.recv(1) == b""  # each process that it left sleeping held the other end
    print(json.dumps(held | {"reason": watch.reason}))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Unavailable as reason:
        sys.exit(str(reason))
