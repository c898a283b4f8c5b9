"""Grading on Dask's workers, with a real scheduler and two worker processes: the same scores as here, whatever dies."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import small_course

from utils.grading import classroom

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Dask's own
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # connections that a killed worker left
]
STUDENTS = [f"s{number:02}" for number in range(12)]
WRONG = "def double(x):\n    return 3 * np.asarray(x)"
SLOW = f"import time\n\ntime.sleep(1)\n{small_course.DOUBLE}"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = small_course.make(tmp_path_factory.mktemp("cluster") / "course")
    for number, student in enumerate(STUDENTS):
        small_course.submit(course, student, double=(SLOW, WRONG, small_course.DOUBLE)[number % 3])
    return course


@pytest.fixture
def scheduler(tmp_path):
    """Address of a scheduler with two workers, each a process that its nanny starts again."""
    contact = tmp_path / "scheduler.json"
    environment = os.environ | {"PYTHONPATH": f"{small_course.ROOT}{os.pathsep}{Path(__file__).parent}"}
    dask = [sys.executable, "-W", "ignore", "-m", "dask"]
    common = ["--scheduler-file", contact, "--no-dashboard"]
    processes = []
    with open(tmp_path / "log", "wb") as log:
        for command in (
            ["scheduler", "--host", "127.0.0.1", "--port", "0", *common],
            ["worker", "--host", "127.0.0.1", "--nworkers", "2", "--nthreads", "1", *common],
        ):
            processes.append(subprocess.Popen([*dask, *command], stdout=log, stderr=log, env=environment, cwd=tmp_path))
    for _ in range(600):
        if contact.exists() and contact.stat().st_size:
            break
        time.sleep(0.1)
    yield json.loads(contact.read_text())["address"]
    for process in reversed(processes):
        process.send_signal(signal.SIGINT)
        process.wait(30)


def scores(course):
    """{(student, cell): score}, as the gradebook holds them."""
    rows = classroom.log.gradebook(course / "gradebook" / "gradebook.db", small_course.SLUG)
    return {(row["student"], row["cell"]): row["auto"] for row in rows if row["points"] is not None}


def graded(course, target, **options):
    """Grade a copy of the course: (its rows, its scores)."""
    shutil.copytree(course, target)
    rows = classroom.grade(target, classroom.Options(feedback=False, **options))
    return rows, scores(target)


@pytest.fixture(scope="module")
def here(course, tmp_path_factory):
    return graded(course, tmp_path_factory.mktemp("here") / "course", workers=2)


def finished(course):
    """How many submissions grading.db says are graded."""
    path = course / "gradebook" / "grading.db"
    try:
        with closing(classroom.log.connect(path, readonly=True)) as database:
            return len(classroom.log.finished(database))
    except sqlite3.Error:  # not yet
        return 0


def served():
    """(process id, process id of the fork server or None); runs in a worker."""
    server = classroom.Here.server
    return os.getpid(), server and server.process and server.process.pid


def asked(address, function):
    from distributed import Client

    with Client(address) as client:
        return list(client.run(function).values())


def test_workers_give_the_scores_of_this_machine(course, here, scheduler, tmp_path):
    rows, found = graded(course, tmp_path / "course", scheduler=scheduler)
    assert [(row.student, row.score, row.remarks) for row in rows] == [(r.student, r.score, r.remarks) for r in here[0]]
    assert found == here[1] and len({score for score in found.values()}) >= 3
    assert all(server for _, server in asked(scheduler, served)), "one worker did everything"


def test_a_killed_worker_loses_nothing(course, here, scheduler, tmp_path):
    target, outcome = tmp_path / "course", []
    run = threading.Thread(target=lambda: outcome.extend(graded(course, target, scheduler=scheduler)))
    run.start()
    while finished(target) < 2 and run.is_alive():
        time.sleep(0.05)
    assert run.is_alive() and finished(target) < len(STUDENTS), "it was over before a worker could be killed"
    (worker, server), _ = asked(scheduler, served)
    os.kill(worker, signal.SIGKILL)
    run.join(300)
    assert not run.is_alive()
    rows, found = outcome
    assert found == here[1]
    assert [(row.student, row.flags) for row in rows] == [(row.student, row.flags) for row in here[0]]
    assert not Path(f"/proc/{server}").exists(), "its fork server outlives it"
    assert worker not in [pid for pid, _ in asked(scheduler, served)]


def test_a_scheduler_that_is_not_there_is_an_error(course, tmp_path):
    import dask

    shutil.copytree(course, tmp_path / "course")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(OSError, match=r"127\.0\.0\.1:9"),
    ):
        classroom.grade(tmp_path / "course", classroom.Options(scheduler="tcp://127.0.0.1:9"))
