"""Whatever is killed in the middle of a class, the gradebook comes out as if nothing had been."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import small_course
from small_course import SLUG, submit
from test_server import children

from utils.grading import classroom, log, sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
]
CLASS = 24
ANSWERS = {  # each long enough to be killed in the middle
    "double": ["return 2 * np.asarray(x)", "return x", "raise NotImplementedError", "return [2.0, 4.0]"],
    "guess": ["4", "5", "None", "'4'"],
}


def make(folder):
    """The small course and a class of honest students, some right and some wrong."""
    course, rng = small_course.make(folder), random.Random(2026)
    for n in range(CLASS):
        double, guess = (rng.choice(answers) for answers in ANSWERS.values())
        source = f"import time\ntime.sleep(0.4)\ndef double(x):\n    {double}"
        submit(course, f"student {n:02}", double=source, guess=f"guess = {guess}")
    return course


def start(course, *options):
    command = [sys.executable, "-m", "utils.grading", "grade", "--course", course, "--workers", "2", *options]
    environment = os.environ | {"PYTHONPATH": str(sandbox.ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def recorded(course, table="submission"):
    """Rows of grading.db, none where there is no such file yet."""
    if not (course / "gradebook" / "grading.db").exists():
        return []
    with contextlib.closing(log.connect(course / "gradebook" / "grading.db", readonly=True)) as database:
        try:
            return log.rows(database, table)
        except Exception:  # the table is not made yet
            return []


def scores(course):
    """Everything that the gradebook says of every cell, and every verdict."""
    cells = log.gradebook(course / "gradebook" / "gradebook.db", SLUG)
    names = ("student", "notebook", "cell", "earned", "points", "reason", "tests")
    verdicts = [{name: row[name] for name in names} for row in recorded(course, "verdict")]
    flags = [(row["student"], row["flags"]) for row in recorded(course)]
    return sorted(map(str, cells)), verdicts, flags


def halfway(run, course, done=6):
    """Wait until some of the class has been graded."""
    while len(recorded(course)) < done:
        assert run.poll() is None, "it ended before"
        time.sleep(0.05)


def server_of(run):
    """The fork server's pid and its supervisors'."""
    below = children(run.pid)
    (server,) = [pid for pid, parent in below.items() if parent == run.pid]
    return server, [pid for pid, parent in below.items() if parent == server]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    course = make(tmp_path_factory.mktemp("undisturbed"))
    assert start(course).wait() == 0
    return scores(course)


def test_the_coordinator_is_killed(tmp_path, undisturbed):
    course = make(tmp_path)
    with start(course) as run:
        halfway(run, course)
        below = {*children(run.pid)}
        run.kill()
    before = {row["student"]: row["finished"] for row in recorded(course)}
    assert 6 <= len(before) < CLASS
    while any(os.path.exists(f"/proc/{pid}") for pid in below):  # nothing that it started outlives it
        time.sleep(0.05)
    with start(course, "--resume") as run:
        assert run.wait() == 0
    assert scores(course) == undisturbed
    after = {row["student"]: row["finished"] for row in recorded(course)}
    assert {student: after[student] for student in before} == before


def test_a_second_run_is_refused_and_a_killed_one_holds_nothing(tmp_path):
    course = make(tmp_path)
    with start(course) as run:
        halfway(run, course, 1)
        with start(course) as second:
            assert second.wait() == 2 and run.poll() is None
        server = server_of(run)[0]
        os.kill(server, signal.SIGSTOP)  # so that it outlives its coordinator
        run.kill()
    try:
        with classroom.alone(course):
            assert os.path.exists(f"/proc/{server}")
    finally:
        os.kill(server, signal.SIGKILL)


def test_a_supervisor_is_killed(tmp_path, undisturbed):
    course = make(tmp_path)
    with start(course) as run:
        halfway(run, course)
        while not (supervisors := server_of(run)[1]):
            assert run.poll() is None
        os.kill(supervisors[0], signal.SIGKILL)
        assert run.wait() == 0
    assert scores(course) == undisturbed


def test_the_fork_server_is_killed(tmp_path, undisturbed):
    course = make(tmp_path)
    with start(course) as run:
        halfway(run, course)
        os.kill(server_of(run)[0], signal.SIGKILL)
        assert run.wait() == 0
    assert scores(course) == undisturbed


def test_ctrl_c_waits_for_nothing_and_the_next_run_goes_on(tmp_path):
    course = small_course.make(tmp_path)
    submit(course, "quick")
    submit(course, "slow", double="import time\ntime.sleep(100)")
    # Where the tests run in the background, SIGINT is ignored, and the run would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with start(course) as run:
        signal.signal(signal.SIGINT, before)
        halfway(run, course, done=1)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
    assert [row["student"] for row in recorded(course)] == ["quick"]
    submit(course, "slow")
    with start(course) as run:
        assert run.wait() == 0
    assert [row["student"] for row in recorded(course)] == ["quick", "slow"]
