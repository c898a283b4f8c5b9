"""The fork server: what one submission does stays with it, whoever is killed, and nothing piles up."""

import contextlib
import functools
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from utils.grading import sandbox, server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

SMALL = ("numpy", "matplotlib.pyplot", "IPython")
TEST = """\
from utils import checks as check
def test_two(two):
    check.equal(two(), 2)
check.grade(1)"""
RIGHT = "def two():\n    return 2"
REFUSES = """\
import runpy
from utils.grading import sandbox, server
sandbox._own_users()
sandbox._drop_privileges()
runpy.run_module("utils.grading.server", run_name="__main__")"""
NO_SANDBOX = sys.executable, "-c", REFUSES  # a `ForkServer.command` that can have none


def job(*sources, **settings):
    """A cell for each source, then a graded one."""
    cells = [{"id": f"s{i}", "kind": "student", "source": source, "points": None} for i, source in enumerate(sources)]
    return {"cells": [*cells, {"id": "test", "kind": "test", "source": TEST, "points": 1}], **settings}


def outcome(result):
    return result["cells"]["test"]["reason"], result["ended"]


@pytest.fixture(scope="module")
def running():
    with server.ForkServer(preload=SMALL) as handle:
        yield handle


def children(pid):
    """{pid: parent} of the processes below this one."""
    found, parents = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        parents[int(path.parent.name)] = int(parent)
    while more := {p: of for p, of in parents.items() if of in {pid, *found} and p not in found}:
        found |= more
    return found


def soon(condition):
    """Wait until the condition holds; fails after ten seconds."""
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to hold")


def test_an_honest_submission_earns_its_points(running):
    result = running.examine(job(RIGHT) | {"exact": True})
    assert outcome(result) == ("passed", None) and result["cells"]["test"]["earned"] == 1.0
    assert result["flags"] == [] and result["seconds"] > 0 and 0 < result["peak_private_mb"] < 150


def test_a_wrong_one_does_not(running):
    assert outcome(running.examine(job("def two():\n    return 3"))) == ("failed", None)
    assert outcome(running.examine(job())) == ("failed", None)


def test_a_figure_is_shown_where_its_cell_ends(running):
    result = running.examine(job("import matplotlib.pyplot as plt\nplt.plot([1, 2]);", RIGHT))
    (shown,) = result["cells"]["s0"]["outputs"]
    assert shown["output_type"] == "display_data" and shown["data"]["image/png"].startswith("iVBOR")


ENDINGS = {
    "exit": ("import os\nos._exit(0)", {}, "died"),
    "kill": ("import os\nos.kill(os.getpid(), 9)", {}, "died"),
    "segmentation": ("import ctypes\nctypes.string_at(0)", {}, "died"),
    "closed socket": ("import os\nos.closerange(3, 100)", {}, "died"),
    "garbage": (
        "import os\nfor fd in range(3, 50):\n  try: os.write(fd, b'\\xff' * 99)\n  except OSError: 0",
        {},
        "protocol",
    ),
    "loop": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        {"cpu_seconds": 0.3},
        "timeout",
    ),
    "sleep": ("import time\ntime.sleep(100)", {"wall_seconds": 0.3}, "timeout"),
    "late": ("import time\ntime.sleep(100)", {"notebook_seconds": 0.5}, "timeout"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ending_says_why_and_keeps_earlier_credit(running, ending):
    source, limits, reason = ENDINGS[ending]
    early = dict(job()["cells"][0], id="early")
    work = job(RIGHT, source, limits=limits)
    work["cells"].insert(1, early)
    result = running.examine(work)
    assert result["ended"] == reason and reason in result["flags"]
    assert result["cells"]["early"]["earned"] == 1.0 and not result["cells"]["test"]["earned"]
    assert outcome(running.examine(job(RIGHT))) == ("passed", None)


def test_a_test_may_start_threads_and_calls_stay_bounded(running):
    """TensorFlow's first operation starts some: where it cannot, the whole submission was lost."""
    start = "import threading\n    threading.Thread(target=threading.Event().wait, daemon=True).start()\n    check"
    twice = "def two():\n    while seen: pass\n    seen.append(1)\n    return 2\nseen = []"
    work = job(twice, limits={"wall_seconds": 1})
    work["cells"][-1]["source"] = TEST.replace("check.equal", f"{start}.equal")
    work["cells"].append(work["cells"][-1] | {"id": "again"})
    result = running.examine(work)
    assert outcome(result) == ("passed", "timeout") and result["cells"]["again"]["reason"] == "timeout"


def test_an_answer_that_needs_all_memory_costs_its_test(running):
    work = job("def two(): return ['x' * 10**6] + [''] * 1200", limits={"resident_bytes": 400 << 20})
    work["cells"][-1]["source"] = TEST.replace("equal", "close")  # which makes an array of 4.8 GB
    result = running.examine(work)
    assert outcome(result) == ("failed", None) and "MemoryError" in str(result["cells"]["test"]["outputs"])


def test_an_answer_beyond_all_bounds_loses_its_submission_only(running, monkeypatch):
    monkeypatch.setattr(sandbox.Limits, "__init__", functools.partialmethod(sandbox.Limits.__init__, frame_bytes=100))
    with pytest.raises(server.Lost, match="ProtocolError"):
        running.examine(job(RIGHT))


def test_two_at_a_time_are_apart(running):
    works = [job(f"def two():\n    import time; time.sleep(0.01)\n    return {2 + n % 2}") for n in range(8)]
    with ThreadPoolExecutor(2) as pool:
        results = [*pool.map(lambda n: running.examine(works[n], n % 2), range(8))]
    assert [outcome(r)[0] for r in results] == ["passed", "failed"] * 4


def test_a_file_does_not_outlive_its_submission(running):
    leave = "open('/tmp/left', 'w').close(); open('/dev/shm/left', 'w').close(); open('left', 'w').close()"
    look = "import os\ndef two():\n    return 2 + sum('left' in os.listdir(d) for d in ('.', '/tmp', '/dev/shm'))"
    assert outcome(running.examine(job(f"{leave}\n{look}")))[0] == "failed"
    assert outcome(running.examine(job(look)))[0] == "passed"


def test_no_secret_is_in_the_students_process(running, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    look = """
import os, gc
def two():
    text = str(os.environ) + open("/proc/self/environ").read()
    return 2 + ("hush" in text or "COURSE_SEED" in text or "cohort-7" in text)
"""
    with server.ForkServer(preload=SMALL) as fresh:
        assert outcome(fresh.examine(job(look, seed="cohort-7")))[0] == "passed"


def test_the_students_modules_alone_are_imported(running):
    look = "import sys\ndef two():\n    return 2 + sum(n.startswith('utils.') for n in sys.modules) - {}"
    assert outcome(running.examine(job(look.format(1))))[0] == "passed"
    source = look.format(2) + "\nimport utils._arguments"
    assert outcome(running.examine(job(source, modules=["utils._arguments"])))[0] == "passed"


def test_garbage_on_its_socket_leaves_the_server_alive(running):
    pid = running.process.pid
    mine, theirs = socket.socketpair()
    with mine, theirs:
        for message in (b"\xff", b"[]", b"{}", b'{"limits": {"no": 1}}', b'{"limits": []}'):
            running.control.send(message)
            socket.send_fds(running.control, [message], [theirs.fileno()] * 2)
    assert outcome(running.examine(job(RIGHT))) == ("passed", None) and running.process.pid == pid


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["server", "supervisor"])
def test_a_kill_loses_one_result_and_leaves_no_process(victim):
    source = """
import ctypes, os, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # not to be told when the parent dies
if not os.fork():
    os.setsid()
time.sleep(100)
"""
    with server.ForkServer(preload=SMALL) as handle, ThreadPoolExecutor(1) as pool:
        busy, pid = pool.submit(handle.examine, job(source)), handle.process.pid
        soon(lambda: len(children(pid)) == 4)  # supervisor, first process, the student's and its daemon
        time.sleep(1.5)  # the one that tried the sandbox at the start may still be among them
        soon(lambda: len(children(pid)) == 4)
        below = children(pid)
        (supervisor,) = [child for child, parent in below.items() if parent == pid]
        os.kill(pid if victim == "server" else supervisor, signal.SIGKILL)
        with pytest.raises(server.Lost):
            busy.result(30)
        soon(lambda: not any(Path(f"/proc/{child}").exists() for child in below))
        assert outcome(handle.examine(job(RIGHT))) == ("passed", None)
        last = handle.process.pid
    assert not Path(f"/proc/{last}").exists()


def test_where_no_sandbox_can_be_had_it_does_not_start(monkeypatch):
    monkeypatch.setattr(server.ForkServer, "command", NO_SANDBOX)
    monkeypatch.setenv("COURSE_LANG", "en")
    with pytest.raises(sandbox.Unavailable, match="namespaces of its own"):
        server.ForkServer(preload=SMALL).start()
    # As where one launch fails later on.
    with contextlib.closing(server.ForkServer(preload=SMALL)) as handle, pytest.raises(server.Lost, match="namespaces"):
        handle.examine(job(RIGHT))
    with server.ForkServer(unsafe=True, preload=SMALL) as handle:
        assert outcome(handle.examine(job(RIGHT))) == ("passed", None)
        assert outcome(handle.examine(job("import os\nos._exit(0)")))[1] == "died"
        loop = job("while True: pass", limits={"cpu_seconds": 0.3})
        assert outcome(handle.examine(loop))[1] == "timeout"


def test_a_server_that_cannot_start_says_why():
    with pytest.raises(sandbox.Unavailable, match="no_such_module"):
        server.ForkServer(preload=["no_such_module"]).start()


@pytest.mark.slow
def test_nothing_piles_up_over_two_hundred_submissions(running):
    def count():
        return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{running.process.pid}/fd"))

    running.examine(job(RIGHT))
    before = count()
    with ThreadPoolExecutor(2) as pool:
        results = [*pool.map(lambda n: running.examine(job(RIGHT), n % 2), range(200))]
    assert {outcome(r) for r in results} == {("passed", None)}
    soon(lambda: children(running.process.pid) == {})
    assert count() == before


@pytest.mark.slow
def test_tensorflow_is_imported_once_and_works_in_each_fork():
    source = """
import keras, numpy as np
model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((32, 4)), np.ones((32, 1)), epochs=1, verbose=0)
def two():
    return 2
"""
    with server.ForkServer() as handle, ThreadPoolExecutor(2) as pool:
        results = [*pool.map(lambda n: handle.examine(job(source) | {"exact": True}, n % 2), range(4))]
    assert {outcome(r) for r in results} == {("passed", None)}
    assert all(r["peak_private_mb"] < 150 for r in results)
