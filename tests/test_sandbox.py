"""The sandbox from inside: what a student's process reaches, and that nothing of it stays."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from utils.grading import sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

ENVIRONMENT = os.environ | {"PYTHONPATH": str(sandbox.ROOT), "PYTHONSAFEPATH": "1", "OPENBLAS_NUM_THREADS": "1"}
INSIDE = """
import json, sys, os, ctypes, socket, time
from pathlib import Path
import utils.checks
from utils.grading import sandbox, student
source, settings = sys.argv[1], json.loads(sys.argv[2])

def body(link):
    link.recv(1)  # what came before the watch would count as preloaded
    names = dict(globals())
    try:
        exec(source, names)
        answer = eval("answer()", names)
    except BaseException as error:
        answer = f"{type(error).__name__}: {error}"
    student.send(link, json.dumps(answer).encode())
    link.recv(1)

limits = sandbox.Limits(**settings.get("limits", {}))
unsafe = settings.get("unsafe", False)
sandbox.CPUS = settings.get("cpus", 2)
link, pid, folder = sandbox.launch(body, limits, 3, settings.get("modules", ()), unsafe)
watch = sandbox.Watch(pid, folder, limits, unsafe)
watch.allow()
link.send(b"g")
try:
    answer = json.loads(student.receive(link))
except (EOFError, OSError):
    answer = watch.reason or "died"
watch.close()
left = link.recv(1)  # b"" once no process holds the other end
print(json.dumps([answer, watch.peak_private, left == b""]))
"""


def inside(source, umask=-1, **settings):
    """What `answer()` of this source returns in the sandbox; nothing may stay behind."""
    command = [sys.executable, "-c", INSIDE, source, json.dumps(settings)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, umask=umask)
    assert done.returncode == 0, done.stderr
    answer, _, clean = json.loads(done.stdout)
    assert clean
    return answer


def fails(action, error="OSError"):
    """A source whose `answer()` is the name of the exception that the action raises."""
    return f"""
def answer():
    try:
        {action}
    except {error} as error:
        return "refused"
    return "done"
"""


def test_every_isolation_holds():
    assert [what for what, holds, _ in sandbox.doctor() if not holds] == []


BECOME = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# Of a folder ($1) that only root may enter, everybody sees one below ($2), in this process and those below.
SHOW = """set -e; kept=$(mktemp -d); mount --bind "$1" "$kept"; mount -t tmpfs -o mode=755 none "$1"; mkdir -p "$2"
mount --bind "$kept${2#"$1"}" "$2"; umount -l "$kept"; rmdir "$kept"; shift 2; exec "$@" """


def ordinary():
    """What before a command makes root an ordinary user who can start this Python; nothing where one runs already."""
    if os.geteuid():
        return []
    base = Path(sys.base_prefix)
    closed = [str(path) for path in reversed(base.parents) if not path.stat().st_mode & stat.S_IXOTH]
    show = ["unshare", "--mount", "sh", "-c", SHOW, "sh", closed[0], str(base)] if closed else []
    twice = "import subprocess, sys, numpy, utils; subprocess.run([sys.executable, '-c', ''], check=True)"
    done = subprocess.run([*show, *BECOME, sys.executable, "-c", twice], env=ENVIRONMENT, capture_output=True)
    if done.returncode:
        pytest.skip(f"no ordinary user can start this Python: {done.stderr.decode()[-200:]}")
    return [*show, *BECOME]


def test_every_isolation_holds_for_an_ordinary_user():
    if os.geteuid():
        pytest.skip("the test above ran as one")
    user = ordinary()
    code = "from utils.grading import sandbox; print([what for what, holds, _ in sandbox.doctor() if not holds])"
    done = subprocess.run([*user, sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_an_own_root_shows_python_and_the_students_package():
    shown = inside(
        "def answer(): import pathlib; return [os.getcwd(), os.listdir(), sorted(os.listdir('/')),"
        " sorted(os.listdir(sandbox.ROOT / 'utils')), sorted(p for p in os.listdir('/proc') if p.isdigit())]",
        modules=["utils.theory"],
    )
    assert shown[:2] == [sandbox.WORK, []]
    assert {"proc", "student", "tmp", "usr"} <= {*shown[2]} and not {"home", "sys", "var", "boot"} & {*shown[2]}
    assert shown[3] == ["__init__.py", "checks.py", "collector.py", "messages.toml", "theory.py"]
    assert shown[4] == ["1", "2"]


@pytest.mark.parametrize(
    "action",
    {
        "solutions": "os.listdir(sandbox.ROOT / 'solutions')",
        "grader": "__import__('utils.activations')",
        "supervisor": "open('/proc/1/mem', 'rb')",
        "environment of the first process": "open('/proc/1/environ', 'rb').read()",
        "first process": "os.kill(1, 9) or time.sleep(0.2) or os.kill(1, 0) or [][0]",
        "program": "open(sys.executable, 'ab')",
        "system": "open('/usr/new', 'w')",
        "package": "open(sandbox.ROOT / 'utils' / 'checks.py', 'a')",
        "root": "open('/new', 'w')",
        "vsock": "socket.socket(40, socket.SOCK_STREAM)",
        "network": "socket.create_connection(('127.0.0.1', 22), 1)",
        "name service": "socket.getaddrinfo('example.org', 80)",
        "memory without a process": "os.memfd_create('balloon')",
        "user namespace": "sandbox._call('unshare', sandbox.NEWUSER)",
        "mount": "sandbox._call('mount', 'tmpfs', '/tmp', 'tmpfs', 0, None)",
        "shared map of no file": "__import__('mmap').mmap(-1, 1 << 20)",
        "device of zeros": "open('/dev/zero', 'r+b')",
        "system V memory": "sandbox._call('shmget', 0, 1 << 20, 0o1600)",
        "priority": "os.nice(-5)",
        "root user": "os.setuid(0)",
    }.values(),
)
def test_out_of_reach(action):
    assert inside(fails(action, "(OSError, ImportError, IndexError)")) == "refused"


def test_every_call_that_is_denied_is_unknown():
    source = """
def answer():
    import errno
    known = []
    for number in sandbox._machine()[-1]:
        try:
            sandbox._call("syscall", number, *[0] * 6)
        except OSError as error:
            if error.errno == errno.ENOSYS:
                continue
        known.append(number)
    return known
"""
    assert inside(source) == []


def test_nothing_of_the_graders_environment_is_there(monkeypatch):
    assert inside("def answer(): return [os.getuid() == 0, os.getgroups(), os.environ['HOME']]") in (
        [False, [], sandbox.WORK],
        [False, [os.getegid()], sandbox.WORK],
    )
    status = inside("def answer(): return Path('/proc/self/status').read_text()")
    lines = dict(line.split(":\t", 1) for line in status.splitlines())
    assert {int(lines[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert lines["NoNewPrivs"] == "1" and lines["Seccomp"] == "2"


@pytest.mark.parametrize("umask", [-1, 0o077])
def test_what_a_notebook_needs_works(umask):
    source = """
def answer():
    import multiprocessing, subprocess, tempfile
    with multiprocessing.get_context("fork").Pool(2) as pool:
        squares = pool.map(abs, [-1, 2])
    Path("helper.py").write_text("x = 7")
    import helper
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    run = subprocess.run([sys.executable, "-c", "import numpy; print(numpy.ones(2).sum())"], capture_output=True)
    return [squares, helper.x, run.stdout.decode() or run.stderr.decode(), Path("~").expanduser().as_posix()]
"""
    assert inside(source, umask) == [[1, 2], 7, "2.0\n", sandbox.WORK]


def test_a_submission_sees_few_processors_whatever_the_machine_has():
    """With 32, fitting a Keras model made more threads than the sandbox allows, and died."""
    seen = "def answer(): return [len(os.sched_getaffinity(0)), os.cpu_count()]"
    assert [inside(seen, cpus=1, unsafe=unsafe) for unsafe in (False, True)] == [[1, 1]] * 2


def test_an_installation_gives_up_at_once():
    source = """
def answer():
    import subprocess
    own = {name: value for name, value in os.environ.items() if name not in ("PIP_NO_INDEX", "PIP_FIND_LINKS")}
    command = [sys.executable, "-m", "pip", "install", "-i", "http://127.0.0.1:9", "no-such"]
    return subprocess.run(command, env=own | {"PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True).stderr
"""
    told = inside(source)
    assert "No matching distribution" in told and "Retrying" not in told


BOMBS = {
    "forks": ("[os.fork() or time.sleep(60) for _ in range(1000)]", {"processes": 20}, "refused"),
    "threads": (
        "[__import__('threading').Thread(target=time.sleep, args=(60,)).start() for _ in range(1000)]",
        {"processes": 20},
        "refused",
    ),
    "address space": ("bytearray(1 << 30)", {"process_bytes": 1 << 29}, "refused"),
    "disk": ("Path('full').write_bytes(bytes(2 << 20))", {"disk_bytes": 1 << 20}, "refused"),
    "shared memory": ("Path('/dev/shm/full').write_bytes(bytes(2 << 20))", {"disk_bytes": 1 << 20}, "refused"),
    "sparse file": ("os.truncate(os.open('sparse', os.O_CREAT | os.O_RDWR), 1 << 40)", {}, "refused"),
    "inodes": ("[Path(str(i)).touch() for i in range(1000)]", {"inodes": 100}, "refused"),
    "memory of all": (
        "[os.fork() or (bytearray(b'1' * (50 << 20)), time.sleep(60)) for _ in range(10)]; time.sleep(60)",
        {"resident_bytes": 100 << 20},
        "memory",
    ),
    "memory that is slow to measure": (
        """m = __import__('mmap').mmap(-1, 60000 << 12, flags=2)
        address = ctypes.addressof(ctypes.c_char.from_buffer(m))
        [ctypes.CDLL(None).mprotect(ctypes.c_void_p(address + (i << 12)), 1 << 12, 1) for i in range(0, 60000, 2)]
        [os.fork() or (time.sleep(1), bytearray(b'1' * (50 << 20)), time.sleep(60)) for _ in range(40)]
        time.sleep(60)""",
        {"resident_bytes": 500 << 20},
        "memory",
    ),
    "memory of sockets": (
        "[kept := [socket.socketpair() for _ in range(100)], time.sleep(60)]",
        {"resident_bytes": 50 << 20},
        "memory",
    ),
    "time of a processor": ("[0 for _ in iter(int, 1)]", {"cpu_seconds": 0.3}, "timeout"),
    "time of children": (
        "[os.fork() or [0 for _ in iter(int, 1)], os.wait()]",
        {"cpu_seconds": 0.3},
        "timeout",
    ),
    "sleep": ("time.sleep(60)", {"wall_seconds": 0.3}, "timeout"),
    "whole notebook": ("time.sleep(60)", {"notebook_seconds": 0.3}, "timeout"),
    "whole notebook's work": ("[0 for _ in iter(int, 1)]", {"notebook_cpu_seconds": 0.3}, "timeout"),
    "stopped": ("os.kill(os.getpid(), 19)", {"wall_seconds": 0.3}, "timeout"),
    "killed": ("os.kill(os.getpid(), 9)", {}, "died"),
    "kills all": ("os.kill(-1, 9)", {}, "refused"),
    "segmentation fault": ("ctypes.string_at(0)", {}, "died"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bounded(bomb):
    action, limits, outcome = BOMBS[bomb]
    assert inside(fails(action, "(OSError, MemoryError, RuntimeError)"), limits=limits) == outcome


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_daemon_ends_with_the_submission(unsafe):
    source = """
def answer():
    for depth in range(3):
        if not os.fork():
            os.setsid()
            sandbox._call("prctl", sandbox.PDEATHSIG, 0, 0, 0, 0)
            if not os.fork():
                time.sleep(1000)
            os._exit(0)
        os.wait()
    return len([p for p in os.listdir("/proc") if p.isdigit()]) >= 4
"""
    assert inside(source, unsafe=unsafe) is True


def refused(code):
    """What `launch` says where it must refuse."""
    tail = "\ntry:\n    sandbox.launch(print, sandbox.Limits())\nexcept sandbox.Unavailable as why:\n    print(why)"
    code = f"import sys\nfrom utils.grading import sandbox\n{code}{tail}"
    environment = ENVIRONMENT | {"COURSE_LANG": "en"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout, done.stderr
    return done.stdout


def test_without_namespaces_it_refuses_and_says_how_to_mend_it():
    text = refused("sandbox._own_users()\nsandbox._drop_privileges()")
    assert "namespaces of its own" in text and "max_user_namespaces" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="what an ordinary user reads, the student reads too")
def test_a_python_that_the_students_user_cannot_read_is_named(tmp_path):
    (tmp_path / "library").mkdir(mode=0o700)
    text = refused(f"sys.path.append({str(tmp_path / 'library')!r})")
    assert str(tmp_path / "library") in text and "make it readable" in text
