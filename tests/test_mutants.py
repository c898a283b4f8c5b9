"""Damaged notebooks by the hundred: no error is left to anybody else, and nobody's points change but by what was lost.

MUTANTS sets how many; `make fuzz` takes 2 000, and 100 of a notebook that uses TensorFlow.
"""

import contextlib
import os
import re
import sqlite3
import sys

import nbformat
import pytest
import small_course
from hostile.cases import WRONG, handed_in
from hostile.mutants import intact, mutant
from small_course import SLUG, submit

from utils.grading import classroom

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
    pytest.mark.filterwarnings("ignore::Warning"),  # nbformat's and nbgrader's; a run ignores them too
]
MUTANTS = int(os.environ.get("MUTANTS", "200"))
SEED = 20_261
TENSORFLOW = """\
def double(x):
    ### BEGIN SOLUTION
    return (2 * tf.convert_to_tensor(x)).numpy()
    ### END SOLUTION"""
COURSES = {  # how many, cells of the instructor's notebook
    "NumPy": (MUTANTS, {}),
    "TensorFlow": (MUTANTS // 20, {"setup": "import numpy as np\nimport tensorflow as tf", "double": TENSORFLOW}),
}


@pytest.mark.parametrize("kind", COURSES)
def test_damaged_notebooks(tmp_path, kind, capsys):
    from nbgrader.api import Gradebook

    number, cells = COURSES[kind]
    course = small_course.make(tmp_path)
    nbformat.write(handed_in(**cells), course / "solutions" / SLUG / f"{SLUG}.ipynb")
    originals = [(4, handed_in(**cells)), (2, handed_in(**{**cells, "double": WRONG}))]
    originals = [(points, nbformat.writes(notebook).encode()) for points, notebook in originals]
    deserved = {}  # (at least, at most) by student
    for n in range(number):
        points, original = originals[n % 2]
        content = mutant(original, f"{SEED} {kind} {n}")
        submit(course, f"{n:04}", content)
        deserved[f"{n:04}"] = (points if intact(content, original) else None), points
        if n % 20 == 0:
            submit(course, f"{n:04} canary", originals[0][1])
            deserved[f"{n:04} canary"] = 4, 4
    options = classroom.Options(workers=2, seconds=20.0, bounds={"notebook_seconds": 60.0})
    rows = classroom.grade(course, options)
    ran = sum(row.score is not None for row in rows if "canary" not in row.student)
    kept = sum(least is not None for least, _ in deserved.values())
    with capsys.disabled():
        print(f"{kind}: {number} mutants, {ran} ran, {kept} with every answer intact")
    assert {row.student for row in rows} == {*deserved} and ran >= number / 4
    wrong = []
    for row in rows:
        least, most = deserved[row.student]
        sound = (row.auto_score or 0) <= most and row.max_score in (None, 5)
        sound &= least is None or row.auto_score == least
        sound &= "canary" not in row.student or (row.flags, row.remarks) == ("", "")
        sound &= not re.match(r"\w*(Error|Exception|Warning)\b", row.remarks)
        wrong += [] if sound else [row]
    assert wrong == []
    path = course / "gradebook" / "gradebook.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Gradebook(f"sqlite:///{path}") as gradebook:
        scores = {given["student"]: given["score"] for given in gradebook.submission_dicts(SLUG)}
    assert {row.student: row.score for row in rows if row.score is not None}.items() <= scores.items()
