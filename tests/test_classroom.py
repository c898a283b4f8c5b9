"""Grading a class with stock nbgrader: right scores, every failure reported by name, none of them contagious."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import nbformat
import pytest
import small_course
from small_course import DOUBLE, SLUG, submit

from utils import release
from utils.grading import classroom

NOTEBOOK = f"{SLUG}.ipynb"
ANSWER = "Creo que sí."


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)


def grade(course, command="grade"):
    """(exit status, {student: row of grades.csv})"""
    status = classroom.main([command, "--course", str(course)])
    with open(
        course / ("_build/demo" if command == "demo" else "") / "grades.csv", newline="", encoding="utf-8"
    ) as file:
        return status, {row["student"]: row for row in csv.DictReader(file)}


def scores(course, student):
    """{cell: (automatic score, manual score, waits for a human)} as the gradebook holds them."""
    with sqlite3.connect(course / "gradebook" / "gradebook.db") as database:
        rows = database.execute(
            "SELECT b.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g"
            " JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id"
            " JOIN submitted_assignment a ON a.id = n.assignment_id WHERE a.student_id = ?",
            [student],
        ).fetchall()
    database.close()
    return {name: tuple(rest) for name, *rest in rows}


# --- What is read -----------------------------------------------------------------------------------------------------

NOT_NOTEBOOKS = {
    "empty": b"",
    "text": b"x = 1",
    "cut": json.dumps(small_course.notebook()).encode()[:400],
    "list": b"[]",
    "object": b"{}",
    "number": b"7",
    "not-utf-8": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "future": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "cells-of-text": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ["x = 1"]}',
    "surrogate": json.dumps(small_course.notebook()).replace("Porque", r"\ud800").encode(),
}


@pytest.mark.parametrize("kind", NOT_NOTEBOOKS)
@pytest.mark.filterwarnings("ignore::Warning")  # nbformat's, about what it then refuses; a run ignores them too
def test_what_is_no_notebook_is_refused_by_name(tmp_path, kind):
    folder = submit(tmp_path, "ana", NOT_NOTEBOOKS[kind])
    with pytest.raises(release.NotebookError, match=NOTEBOOK):
        classroom.intake(folder, [NOTEBOOK], tmp_path / "staged")


def test_a_byte_order_mark_costs_nothing(tmp_path):
    folder = submit(tmp_path, "ana", b"\xef\xbb\xbf" + nbformat.writes(small_course.notebook()).encode())
    assert classroom.intake(folder, [NOTEBOOK], tmp_path / "staged") == ""
    assert nbformat.read(tmp_path / "staged" / NOTEBOOK, as_version=4) == small_course.notebook()


def test_a_large_file_is_not_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(classroom, "MAX_BYTES", 100)
    with pytest.raises(release.NotebookError, match="100 bytes"):
        classroom.intake(submit(tmp_path, "ana"), [NOTEBOOK], tmp_path / "staged")


def test_no_link_is_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(nbformat.writes(small_course.notebook()))
    folder = submit(tmp_path, "ana")
    (folder / "data.csv").symlink_to("/etc/passwd")
    (folder / "home").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    remark = classroom.intake(folder, [NOTEBOOK], tmp_path / "staged")
    assert all(name in remark for name in ("data.csv", "home", "pipe"))
    assert [path.name for path in (tmp_path / "staged").rglob("*")] == [NOTEBOOK]
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(secret)
    with pytest.raises(release.NotebookError, match="enlace"):
        classroom.intake(folder, [NOTEBOOK], tmp_path / "staged")
    assert [*(tmp_path / "staged").rglob("*")] == []


def test_a_renamed_notebook_is_named(tmp_path):
    folder = submit(tmp_path, "ana")
    (folder / NOTEBOOK).rename(folder / "x (1).ipynb")
    with pytest.raises(release.NotebookError, match=rf"falta {NOTEBOOK}; hay: x \(1\).ipynb"):
        classroom.intake(folder, [NOTEBOOK], tmp_path / "staged")


# --- What is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\t=1", "a,b", 'a"b', "a\nb", "ñ"])
def test_a_spreadsheet_sees_no_formula(tmp_path, name):
    classroom.write_csv([classroom.Row(name, SLUG, score=-0.5)], tmp_path / "grades.csv")
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["student"].removeprefix("'") == name and row["student"][0] not in "=+-@\t\r"
    assert row["score"] == "-0.5" and row["max_score"] == ""


def test_the_table_is_aligned_and_printable():
    lines = classroom.table([classroom.Row("\x1b[31mana", SLUG, 1.0, 5.0), classroom.Row("eva", SLUG)]).split("\n")
    assert [line.index(SLUG) for line in lines[1:]] == [lines[0].index("tarea")] * 2
    assert "\x1b" not in lines[1] and "\N{REPLACEMENT CHARACTER}[31mana" in lines[1]


def test_every_text_stands_in_both_languages(monkeypatch):
    for spanish, english in classroom.TEXTS.values():
        assert spanish and english and re.findall(r"{\d*}", spanish) == re.findall(r"{\d*}", english)
    monkeypatch.setenv("COURSE_LANG", "en")
    assert classroom.text("unknown", "x") == "there is no assignment “x”"


def test_with_nothing_submitted_it_says_where(tmp_path, capsys):
    assert classroom.main(["grade", "--course", str(small_course.make(tmp_path))]) == 0
    assert f"submitted/ESTUDIANTE/{SLUG}/{SLUG}.ipynb" in capsys.readouterr().out


# --- A class ----------------------------------------------------------------------------------------------------------

WARNS = """\
import sys
import warnings

def double(x):
    warnings.warn("odd but right")
    print("odd", file=sys.stderr)
    np.log(np.zeros(1))
    return np.asarray(x) + np.asarray(x)"""
REDEFINES = f"""\
{DOUBLE}
answer = double

def test_double_zero(double):
    raise RuntimeError

def test_of_mine():
    raise RuntimeError

def grade(points):
    return 100.0

def close(*arguments, **options):
    return True

def equal(*arguments, **options):
    return True

np, check, checks, rng, utils = None, None, None, None, None
sum = range = None
double = lambda x: answer_of(x)
answer_of = lambda x: [2 * v for v in x] if isinstance(x, list) else x + x"""
LIES = f"""\
{REDEFINES}
double = lambda x: x"""
SHADOW = "def grade(points):\n    return float(points)\n\ndef close(*a, **k): ...\n\ndef equal(*a, **k): ...\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class graded once: (course, exit status, rows)."""
    course = small_course.make(tmp_path_factory.mktemp("course"))
    submit(course, "ana", answer=ANSWER)
    submit(course, "[ab] *", double=WARNS)
    submit(course, "=redefines", double=REDEFINES)
    submit(course, "lies", double=LIES)
    folder = submit(course, "eva", double="def double(x):\n    return x")
    for name in ("utils/__init__.py", "utils/checks.py", "utils.py", "numpy.py", "conftest.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SHADOW)
    notebook = small_course.notebook()
    del notebook.cells[2]
    submit(course, "deletes", nbformat.writes(notebook).encode())
    submit(course, "dies", double="import os\nos._exit(1)")
    submit(course, "empty", b"")
    (submit(course, "linked").parent).rename(course / "elsewhere")
    (course / "submitted" / "linked").symlink_to(course / "elsewhere")
    (course / "submitted" / "typo" / "01-smal").mkdir(parents=True)
    return course, *grade(course)


def points(row):
    return row["score"] and (float(row["auto_score"]), float(row["manual_pending"]))


def test_a_class_is_graded(graded):
    _, status, rows = graded
    assert status == 1
    assert points(rows["ana"]) == (4, 1)
    assert rows["ana"]["max_score"] == "5.0" and rows["ana"]["max_auto_score"] == "4.0"


def test_a_right_answer_that_warns_keeps_its_points(graded):
    assert points(graded[2]["[ab] *"]) == (4, 1)


def test_redefining_what_tests_use_changes_no_verdict(graded):
    assert points(graded[2]["'=redefines"]) == (4, 1)
    assert points(graded[2]["lies"]) == (2, 1)  # zero passes, and the prediction


def test_a_submitted_library_changes_no_verdict(graded):
    course, _, rows = graded
    assert points(rows["eva"]) == (2, 1)
    assert [path.name for path in (course / "autograded" / "eva" / SLUG).iterdir()] == [NOTEBOOK]


def test_what_cannot_be_graded_is_named_with_its_reason(graded):
    course, _, rows = graded
    reasons = {name: row["remarks"] for name, row in rows.items() if not row["score"]}
    assert {*reasons} == {"dies", "empty", "linked", "typo"}
    assert "Kernel died" in reasons["dies"] and "vacío" in reasons["empty"]
    assert "enlace" in reasons["linked"] and "01-smal" in reasons["typo"]
    assert all(auto is None and waits for auto, _, waits in scores(course, "dies").values())


def test_each_graded_submission_gets_feedback(graded):
    course, _, rows = graded
    page = course / "feedback" / "ana" / SLUG / f"{SLUG}.html"
    assert "✓ test_double_random" in page.read_text(encoding="utf-8")
    assert len([*course.glob("feedback/*/*/*.html")]) == sum(bool(row["score"]) for row in rows.values())


def test_a_deleted_test_cell_waits_for_a_human(graded):
    assert points(graded[2]["deletes"]) == (1, 4)


@pytest.fixture
def again(graded, tmp_path):
    """A copy of the graded course with two of its submissions, one cell of each graded by a human."""
    course = shutil.copytree(graded[0], tmp_path / "course", symlinks=True)
    for folder in (course / "submitted").iterdir():
        if folder.name not in {"ana", "eva"}:
            folder.rename(course / f"not {folder.name}")
    with sqlite3.connect(course / "gradebook" / "gradebook.db") as database:
        database.execute(
            "UPDATE grade SET manual_score = 0.5 WHERE cell_id IN (SELECT id FROM base_cell WHERE name = 'answer')"
        )
    database.close()
    return course


def test_grading_again_replaces(again):
    submit(again, "ana", b"[]")
    submit(again, "eva")
    status, rows = grade(again)
    assert status == 1 and {*rows} == {"ana", "eva"}
    assert not rows["ana"]["score"] and float(rows["eva"]["score"]) == 4.5
    assert all(auto is None and waits for auto, _, waits in scores(again, "ana").values())
    assert scores(again, "ana")["answer"][1] == scores(again, "eva")["answer"][1] == 0.5
    for step in ("autograded", "feedback"):
        assert not (again / step / "ana" / SLUG).exists() and (again / step / "eva" / SLUG).exists()


def test_an_assignment_that_lost_a_graded_cell_stops_the_run(again, capsys):
    source = again / "solutions" / SLUG / NOTEBOOK
    notebook = nbformat.read(source, as_version=4)
    del notebook.cells[4]
    nbformat.write(notebook, source)
    assert classroom.main(["grade", "--course", str(again)]) == 2
    assert "Cannot add or remove cells" in capsys.readouterr().err


@pytest.mark.slow
def test_the_stock_commands_grade_alike(tmp_path):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    folder = submit(course, "eva", double="def double(x):\n    return x")
    (folder / "utils").mkdir()
    (folder / "utils" / "checks.py").write_text(SHADOW)
    (folder / "numpy.py").write_text("")
    for command in ("generate_assignment", "autograde"):
        arguments = [sys.executable, "-m", "nbgrader", command, SLUG]
        subprocess.run(arguments, cwd=course, check=True, capture_output=True)
    assert scores(course, "ana")["test-double"][0] == 3 and scores(course, "eva")["test-double"][0] == 1
    assert not (course / "gradebook.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False], ids=["small course", "this course"])
def test_the_demo_class(tmp_path, own, monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    course = small_course.make(tmp_path / "course") if own else small_course.ROOT
    assert classroom.demo(course, tmp_path / "demo")
    with open(tmp_path / "demo" / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {*rows} == {"complete", "partial", "untouched", "wrong", "unreadable"}
    assert rows["complete"]["auto_score"] == rows["complete"]["max_auto_score"]
    assert float(rows["complete"]["manual_pending"]) > 0
    assert 0 < float(rows["partial"]["auto_score"]) < float(rows["complete"]["auto_score"])
    assert float(rows["untouched"]["score"]) == 0 and float(rows["untouched"]["manual_pending"]) == 0
