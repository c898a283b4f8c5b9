"""A course folder with one small assignment in nbgrader's format, and what students may do with it."""

import shutil
from pathlib import Path

import nbformat
from nbformat import v4

ROOT = Path(__file__).parents[1]
SLUG = "01-small"

DOUBLE = """\
def double(x):
    ### BEGIN SOLUTION
    return 2 * np.asarray(x)
    ### END SOLUTION"""
VISIBLE = """\
def test_double_known(double):
    check.close(double(np.array([1.0, 2.0])), [2.0, 4.0])


def test_double_zero(double):
    check.equal(double(0.0), 0.0)"""
TEST_DOUBLE = f"""\
import numpy as np

from utils import checks as check


{VISIBLE}


### BEGIN HIDDEN TESTS
def test_double_random(double, rng):
    x = rng.uniform(-1, 1, 5)
    check.close(double(x), sum([x, x]), slip="half")


### END HIDDEN TESTS
check.grade(3)"""
PREDICTION = """\
guess = None
### BEGIN SOLUTION
guess = 4
### END SOLUTION"""
TEST_PREDICTION = """\
from utils import checks as check


def test_guess(guess):
    check.equal(guess, 4)


check.grade(1)"""
MESSAGES = """\
[tests]
test_double_known = {es = "dos números", en = "two numbers"}
test_double_zero = {es = "el cero", en = "zero"}
test_double_random = {es = "al azar", en = "at random"}
test_guess = {es = "la predicción", en = "the prediction"}
[slips]
half = {es = "es la mitad", en = "it is half"}
"""


def cell(kind, name, source, points=None, solution=False, locked=True):
    grade = {"grade": points is not None} | ({} if points is None else {"points": points})
    role = {"grade_id": name, "solution": solution, "locked": locked, "task": False, "schema_version": 3} | grade
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    return make(source, id=name, metadata={"nbgrader": role | {"cell_type": kind}})


def notebook():
    """The instructor's notebook: 4 automatic points and 1 that a human gives."""
    return v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            cell("code", "setup", "import numpy as np"),
            cell("code", "double", DOUBLE, solution=True, locked=False),
            cell("code", "test-double", TEST_DOUBLE, points=3),
            cell("code", "guess", PREDICTION, solution=True, locked=False),
            cell("code", "test-guess", TEST_PREDICTION, points=1),
            cell("markdown", "answer", "Porque 2 + 2 = 4.", points=1, solution=True, locked=False),
        ],
    )


def make(course):
    """The course folder, with the repository's own settings."""
    (course / "solutions" / SLUG).mkdir(parents=True)
    nbformat.write(notebook(), course / "solutions" / SLUG / f"{SLUG}.ipynb")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


def submit(course, student, content=None, **sources):
    """Hand in the complete notebook, cells replaced by `sources` (- written as _), or `content` as bytes."""
    folder = course / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    handed_in = notebook()
    for c in handed_in.cells:
        c.source = sources.get(c.id.replace("-", "_"), c.source)
    if content is None:
        content = nbformat.writes(handed_in).encode()
    (folder / f"{SLUG}.ipynb").write_bytes(content)
    return folder
