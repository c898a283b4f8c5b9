"""A class of hostile and broken submissions, graded for real: each gets what it deserves and nobody else notices."""

import contextlib
import csv
import glob
import hashlib
import os
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import small_course
from hostile.cases import HEADINGS, MARKER, SECRET, SLEEP, Case, handed_in
from small_course import SLUG, TEST_DOUBLE, submit
from test_sandbox import ordinary
from test_server import children

from utils.grading import classroom, intake, sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
    pytest.mark.filterwarnings("ignore::Warning"),  # nbformat's and nbgrader's; a run ignores them too
]
CASES = [pytest.param(case, id=f"{heading}-{case.name}") for heading, cases in HEADINGS.items() for case in cases]
OPTIONS = classroom.Options(
    workers=2, fresh=True, seconds=3.0, bounds={"notebook_seconds": 12.0, "resident_bytes": 400 << 20}
)
CANARY = {"answer": f"Porque {SECRET}"}


# --- One class, graded twice ------------------------------------------------------------------------------------------


class Listeners:
    """Sockets of this machine that no submission may reach: by address, by path, by abstract name, by datagram."""

    def __init__(self, course):
        self.all = [socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)]
        self.port = self.all[0].getsockname()[1]
        self.all += [socket.socket(socket.AF_INET, socket.SOCK_DGRAM), *(socket.socket(socket.AF_UNIX) for _ in "12")]
        self.all[1].bind(("127.0.0.1", self.port))
        self.all[2].bind(str(course / "listener"))
        self.all[3].bind(f"\0listener-{self.port}")
        for listener in self.all[2:]:
            listener.listen()

    def reached(self):
        return select.select(self.all, [], [], 0)[0]

    def close(self):
        for listener in self.all:
            listener.close()


def make_course(folder):
    """The small course with a secret in a hidden test and wherever else a student must not look."""
    course = small_course.make(folder)
    source = course / "solutions" / SLUG / f"{SLUG}.ipynb"
    notebook = handed_in(test_double=TEST_DOUBLE.replace("    x = rng", f"    # {SECRET}\n    x = rng"))
    nbformat.write(notebook, source)
    kept = [f"solutions/{name}" for name in ("notes.txt", f"{SLUG}/answers.py", f"{SLUG}/utils/notes.txt")]
    for path in ("home/notes.txt", "home/.ssh/id_ed25519", *kept):
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_text(SECRET)
    return course


def digests(course):
    """Of what no submission may change."""
    paths = [course / "nbgrader_config.py", *course.glob("solutions/**/*"), *course.glob("submitted/**/*")]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}


@dataclass
class Graded:
    """A class after two gradings: the rows of each by student, and what was there before."""

    course: Path
    rows: list
    before: dict
    listeners: Listeners


def canaries(asked):
    return [name for name in ("canary", *(f"canary {heading}" for heading in HEADINGS)) if asked]


@pytest.fixture(scope="module")
def graded(request, tmp_path_factory):
    """All cases that this session runs, in one class with honest students between them."""
    asked = [item.callspec.params.get("case") for item in request.session.items if hasattr(item, "callspec")]
    asked = [case for case in asked if isinstance(case, Case)]
    course = make_course(tmp_path_factory.mktemp("course"))
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(Listeners(course)) as listeners:
        patch.setenv("HOME", str(course / "home"))
        patch.setenv("COURSE_TOKEN", SECRET)
        patch.delenv("COURSE_LANG", raising=False)
        for name in canaries(asked):
            submit(course, name, **CANARY)
        for case in asked:
            case.hand_in(course, listeners.port)
        before = digests(course)
        rows = [{row.student: row for row in classroom.grade(course, OPTIONS)} for _ in range(2)]
        yield Graded(course, rows, before, listeners)


def student(case):
    return case.student or case.name


def pages(course, name):
    """What a student's own cells put out, and what the student gets to read."""
    name = intake.safe(name)
    for path in course.glob(f"autograded/{glob.escape(name)}/{SLUG}/*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        yield "".join(str(cell.outputs) for cell in cells if cell.cell_type == "code")
    for path in course.glob(f"feedback/{glob.escape(name)}/{SLUG}/*.html"):
        yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_it_comes_to_what_it_deserves(graded, case):
    first, second = (rows[student(case)] for rows in graded.rows)
    alike = str if len(case.flags) < 2 else bool  # of several, the machine's load may decide which
    assert (first.auto_score, alike(first.flags)) == (second.auto_score, alike(second.flags)), (first, second)
    if case.score is None:
        assert first.score is None and first.remarks and "unreadable" in first.flags, first
        return
    least = case.score if case.least is None else case.least
    assert first.auto_score is not None and least <= first.auto_score <= case.score, first
    assert first.max_score == 5 and first.max_auto_score == 4 and first.manual_pending is not None
    flags = {*first.flags.split()}
    if case.flags:
        assert flags & {*case.flags}, first
    elif case.least is None:
        assert not flags, first
    for page in pages(graded.course, student(case)):
        assert SECRET not in page and "FOUND IN MEMORY" not in page
        assert len(page) < 6_000_000


def test_honest_students_notice_nothing(graded):
    for rows in graded.rows:
        for row in (row for name, row in rows.items() if name.startswith("canary")):
            assert (row.auto_score, row.manual_pending, row.flags, row.remarks) == (4, 1, "", ""), row


def test_nothing_outside_was_reached_or_written(graded):
    assert graded.listeners.reached() == []
    assert digests(graded.course) == graded.before
    places = [graded.course, Path("/tmp"), Path("/"), Path("/dev/shm"), Path(os.__file__).parent, sandbox.ROOT]
    assert [place for place in places if (place / MARKER).exists()] == []
    assert not any(path.name == MARKER for path in graded.course.rglob("*"))


def test_nothing_stays_running(graded):
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().split(b"\0")
            assert SLEEP.encode() not in command
            assert b"utils.grading.server" not in command or int(path.parent.name) not in children(os.getpid())


def test_the_gradebook_is_sound(graded):
    from nbgrader.api import Gradebook

    path = graded.course / "gradebook" / "gradebook.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        scores = database.execute("SELECT auto_score, manual_score FROM grade").fetchall()
    assert all(manual is None and (auto is None or 0 <= auto <= 3) for auto, manual in scores)
    with Gradebook(f"sqlite:///{path}") as gradebook:
        found = {given["student"]: given["score"] for given in gradebook.submission_dicts(SLUG)}
    rows = {intake.safe(name): row.score for name, row in graded.rows[1].items() if row.score is not None}
    assert {name: score for name, score in found.items() if name in rows} == rows


ACTIVE = r"""<script|<[^>]*[\s/]on\w+\s*=|<[^>]*=[\s"']*javascript:|<[^>]*src\s*=[\s"']*(?:http|//)"""


def test_feedback_holds_nothing_active(graded):
    for path in graded.course.glob("feedback/*/*/*.html"):
        active = re.findall(ACTIVE, path.read_text(encoding="utf-8"), re.IGNORECASE)
        assert active == [], path


# --- Smaller classes --------------------------------------------------------------------------------------------------


def test_death_on_a_second_grading_replaces_the_first(tmp_path):
    course = small_course.make(tmp_path)
    submit(course, "ana"), submit(course, "eva")
    assert [row.auto_score for row in classroom.grade(course, OPTIONS)] == [4, 4]
    submit(course, "ana", double="import os\nos._exit(0)")
    ana, eva = classroom.grade(course, OPTIONS)
    assert ana.auto_score in (0, 1) and "died" in ana.flags.split()
    assert (eva.auto_score, eva.flags) == (4, "")


@pytest.mark.parametrize("user", ["root", "ordinary user"])
def test_root_and_an_ordinary_user_grade_alike(user):
    if user == "root" and os.geteuid():
        pytest.skip("not root")
    become = ordinary() if user != "root" else []
    with tempfile.TemporaryDirectory() as folder:
        course = small_course.make(Path(folder, "course"))
        chosen = {case.name: case for cases in HEADINGS.values() for case in cases if case.name in SMALL}
        for case in chosen.values():
            case.hand_in(course, 9)
        submit(course, "canary")
        if become:
            for path in [Path(folder), *Path(folder).rglob("*")]:
                os.chown(path, 65534, 65534)
        environment = os.environ | {"HOME": folder, "PYTHONPATH": str(sandbox.ROOT)}
        command = [*become, sys.executable, "-m", "utils.grading", "grade", "--course", course, "--timeout", "2"]
        done = subprocess.run(
            [*map(str, command), "--workers", "2"], env=environment, capture_output=True, text=True, cwd="/"
        )
        assert done.returncode == 1, done.stderr
        with open(course / "grades.csv", newline="", encoding="utf-8") as file:
            scores = {row["student"]: row["auto_score"] for row in csv.DictReader(file)}
        shutil.rmtree(course)
    assert {*chosen} == SMALL and float(scores.pop("canary")) == 4
    for name, score in scores.items():
        score, case = float(score) if score else None, chosen[name]
        least = case.score if case.least is None else case.least
        assert score == case.score or least <= score <= case.score, (name, score)


SMALL = {
    "zero bytes", "endless cell", "fork bomb", "memory in NumPy", "exit", "full-disk", "daemon", "kills-all",
    "solutions-by-path", "local", "update", "traceback",
}  # fmt: skip
