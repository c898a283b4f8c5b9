"""What nobody here wrote: nbgrader's example course and the notebooks of its own tests get stock nbgrader's scores.

They are read from the installed package. Stock grades them with no settings at all, in a process that imports nothing
of this repository; here they are graded with the repository's settings. What differs is listed with its reason.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbgrader
import pytest
import small_course

from utils.grading import classroom, intake, log
from utils.release import NotebookError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
    pytest.mark.filterwarnings("ignore::Warning"),  # nbformat's and nbgrader's; a run ignores them too
]
SHIPPED = Path(nbgrader.__file__).parent
GUIDE = SHIPPED / "docs/source/user_guide"
LEAST = 100  # test cells that both must have scored

# Most of nbgrader's test notebooks are the instructor's, and handed in as they are; these are handed in for others.
HANDED_IN_FOR = {
    r"submitted-.*": ["submitted-unchanged"],
    r"(autotest-\w+)-.*": [r"\1"],
    r"test-with-output": ["test"],
    r"test-hidden-tests": ["test", r"\g<0>"],
    r"test-v\d.*": ["test", r"\g<0>"],
}
# The stubs that they were released with: an answer like its stub counts as none.
STUBS = r"""
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
"""
# No release of nose runs on a Python of today; its functions were these.
NOSE = {
    f"from nose.tools import assert_{old}": f"from unittest import TestCase; assert_{old} = TestCase().assert{new}"
    for old, new in {"equal": "Equal", "raises": "Raises"}.items()
}

# --- What differs -----------------------------------------------------------------------------------------------------

OLD = "metadata of an older nbgrader: an instructor's notebook must be updated first"
UNFIT = {  # instructor's notebooks that both refuse
    "apps test-v0": OLD,
    "apps test-v0-invalid": OLD,
    "apps test-v1": OLD,
    "apps test-v2": OLD,
    "preprocessors bad-markdown-cell-1": "a graded text is no answer",
    "preprocessors blank-grade-id": "a graded cell has an empty name",
    "preprocessors blank-points": "a graded cell has no points",
    "preprocessors duplicate-grade-ids": "two graded cells have one name",
}
RETYPED = "stock makes the cell code again, without the id that nbformat asks for; here the cell is the instructor's"
REFUSED = {  # submissions that stock refuses: (automatic points here, why)
    ("apps test", "test-v0-invalid"): (3, "a graded cell has lost its name; here the instructor's metadata count"),
    ("preprocessors submitted-unchanged", "submitted-answer-cell-type-changed"): (1, RETYPED),
    ("preprocessors submitted-unchanged", "submitted-grade-cell-type-changed"): (1, RETYPED),
    ("ui-tests submitted-unchanged", "submitted-answer-cell-type-changed"): (1, RETYPED),
    ("ui-tests submitted-unchanged", "submitted-grade-cell-type-changed"): (1, RETYPED),
}
UNTESTED = "the submission lacks the test: stock gives no score, which counts as 0; here it is put back and fails"
UNANSWERED = "the submission lacks the answer: stock waits for a human; here it is put back, as a stub that earns 0"
DIFFERENT = {  # cells: (stock's score, ours, why)
    ("ps1_autotest", "bitdiddle", "problem1", "cell-6e9ff83aa5dfaf17"): (None, 0, UNTESTED),
    ("ps1_autotest", "hacker", "problem1", "cell-6e9ff83aa5dfaf17"): (None, 0, UNTESTED),
    ("apps test", "test-hidden-tests", "test", "sum_of_squares_equation"): (None, 0, UNANSWERED),
    ("apps test", "test-hidden-tests", "test", "sum_of_squares_application"): (None, 0, UNANSWERED),
}

# --- Courses ----------------------------------------------------------------------------------------------------------

STOCK = """
import json
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator

stock, refused = NbGraderAPI(CourseDirectory()), []
for path in Path("submitted").glob("*/*/*.ipynb"):  # what `nbgrader update` does
    nbformat.write(MetadataValidator().upgrade_notebook_metadata(nbformat.read(path, 4)), path)
for assignment in sorted(path.name for path in Path("source").iterdir()):
    if not stock.generate_assignment(assignment)["success"]:
        refused.append([assignment, None])
        continue
    for student in sorted(path.parent.name for path in Path("submitted").glob(f"*/{assignment}")):
        if not stock.autograde(assignment, student)["success"]:
            refused.append([assignment, student])
Path("refused.json").write_text(json.dumps(refused))
"""


def corpus():
    """{assignment: (the instructor's files, {student: files})}, files by name, as nbgrader's package ships them."""

    def files(folder):
        return {path.name: path for path in [*folder.glob("problem?.ipynb"), folder / "jupyter.png"]}

    students = {path.parent.name: files(path) for path in sorted(GUIDE.glob("submitted/*/ps1"))}
    more = {"solved": files(GUIDE / "source/ps1"), "untouched": files(GUIDE / "release/ps1")}
    more["attempt"] = {"problem1.ipynb": next(GUIDE.glob("downloaded/ps1/archive/*problem1.ipynb"))}
    found = {"ps1": (files(GUIDE / "source/ps1"), students | more)}
    autotest = files(GUIDE / "source/ps1_autotest")
    students = {student: {"problem1.ipynb": taken["problem1.ipynb"]} for student, taken in students.items()}
    found["ps1_autotest"] = autotest, students | {"solved": autotest}
    for path in sorted(SHIPPED.glob("tests/*/files/*.ipynb")):
        if '"grade": true' not in path.read_text("utf-8"):
            continue
        known = [re.fullmatch(pattern, path.stem) for pattern in HANDED_IN_FOR]
        match = next(filter(None, known), None)
        for stem in map(match.expand, HANDED_IN_FOR[match.re.pattern]) if match else [path.stem]:
            master, assignment = path.with_stem(stem), f"{path.parts[-3]} {stem}"
            beside = [master, *path.parent.glob("autotests.yml"), *path.parent.glob("data.txt")]
            _, given = found.setdefault(assignment, ({file.name: file for file in beside}, {}))
            if assignment not in UNFIT:
                given[path.stem] = {master.name: path}
    return found


def lay_out(course, source, found):
    """A course folder with the instructor's files below `source`, and what was handed in."""
    for assignment, (given, students) in found.items():
        folders = {course / source / assignment: given}
        folders |= {course / "submitted" / student / assignment: files for student, files in students.items()}
        for folder, files in folders.items():
            folder.mkdir(parents=True)
            for name, path in files.items():
                content = path.read_bytes()
                for old, new in NOSE.items():
                    content = content.replace(old.encode(), new.encode())
                (folder / name).write_bytes(content)
    shutil.copy(GUIDE / "autotests.yml", course)
    return course


def scores(gradebook, found):
    """{(assignment, student, notebook, cell): automatic score} of the notebooks that were handed in."""
    return {
        (assignment, row["student"], row["notebook"], row["cell"]): row["auto"]
        for assignment, (_, students) in found.items()
        for row in log.gradebook(gradebook, assignment)
        if row["points"] is not None and f"{row['notebook']}.ipynb" in students.get(row["student"], {})
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(what was handed in, stock's course folder, ours, our rows): both graded, side by side."""
    folder, found = tmp_path_factory.mktemp("stock"), corpus()
    theirs, ours = lay_out(folder / "theirs", "source", found), lay_out(folder / "ours", "solutions", found)
    (ours / "nbgrader_config.py").write_text(
        (small_course.ROOT / "nbgrader_config.py").read_text("utf-8") + STUBS, "utf-8"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls alembic by name
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": path}
    command = [sys.executable, "-P", "-W", "ignore", "-c", STOCK]
    with open(folder / "log", "w") as said:
        stock = subprocess.Popen(command, cwd=theirs, env=environment, stdout=said, stderr=said)
        try:
            rows = classroom.grade(ours, classroom.Options(workers=1, feedback=False))
            assert stock.wait() == 0, (folder / "log").read_text()[-4000:]
        finally:
            stock.kill()
            stock.wait()
    return found, theirs, ours, rows


# --- Tests ------------------------------------------------------------------------------------------------------------


def test_each_cell_has_the_score_of_stock(graded, capsys):
    found, theirs, ours, rows = graded
    assert all(row.score is not None for row in rows)
    stock, mine = scores(theirs / "gradebook.db", found), scores(ours / "gradebook" / "gradebook.db", found)
    kept = {key for key in stock.keys() | mine.keys() if key[:2] not in REFUSED}
    different = {key: (stock.get(key), mine.get(key)) for key in kept if stock.get(key) != mine.get(key)}
    assert different == {key: (theirs, ours) for key, (theirs, ours, _) in DIFFERENT.items()}
    with contextlib.closing(log.connect(ours / "gradebook" / "grading.db", readonly=True)) as database:
        run = {
            (row["assignment"], row["student"], row["notebook"].removesuffix(".ipynb"), row["cell"])
            for row in log.rows(database, "verdict")
        }
    alike = [stock[key] for key in run & kept - different.keys()]
    with capsys.disabled():
        print(f"{len(alike)} test cells alike, {sum(map(bool, alike))} with points; {len(kept)} graded cells in all")
    assert len(alike) >= LEAST and LEAST / 4 <= sum(map(bool, alike)) <= len(alike) - LEAST / 4


def test_what_stock_refuses_is_known_and_graded_where_it_can_be(graded):
    _, theirs, ours, rows = graded
    refused = {tuple(each) for each in json.loads((theirs / "refused.json").read_text("utf-8"))}
    assert refused == {(assignment, None) for assignment in UNFIT} | REFUSED.keys()
    for assignment in UNFIT:
        with pytest.raises(NotebookError):
            intake.master(ours, assignment)
    points = {(row.assignment, row.student): row.auto_score for row in rows}
    assert {key: points[key] for key in REFUSED} == {key: known for key, (known, _) in REFUSED.items()}
