"""Grading a class: right scores, every failure reported by name, none of them contagious, nothing done twice."""

import contextlib
import csv
import errno
import functools
import io
import json
import logging
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections import Counter
from datetime import datetime
from types import SimpleNamespace

import nbformat
import pytest
import small_course
from small_course import DOUBLE, SLUG, submit
from test_server import NO_SANDBOX, SMALL

from utils import release
from utils.grading import __main__ as command
from utils.grading import classroom, intake, log, messages, plugin, sandbox, say, server

NOTEBOOK = f"{SLUG}.ipynb"
ANSWER = "Creo que sí."
LONG = "*" * 90  # escaped for nbgrader, longer than a folder's name may be
COMMENT = "Casi: mira otra vez la cuarta línea."


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)


def grade(course, *options):
    """(exit status, {student: row of grades.csv})"""
    status = command.main(["grade", "--course", str(course), *options])
    with open(course / "grades.csv", newline="", encoding="utf-8") as file:
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


# --- What is said -----------------------------------------------------------------------------------------------------


def test_the_table_is_aligned_and_printable():
    lines = classroom.table([classroom.Row("\x1b[31mana", SLUG, 1.0, 5.0), classroom.Row("eva", SLUG)]).split("\n")
    assert [line.index(SLUG) for line in lines[1:]] == [lines[0].index("tarea")] * 2
    assert "\x1b" not in lines[1] and "\N{REPLACEMENT CHARACTER}[31mana" in lines[1]


def test_every_text_stands_in_both_languages():
    table = messages()
    entries = [(entry["es"], entry["en"]) for section in table.values() for entry in section.values()]
    for spanish, english in [*entries, *sandbox.TEXTS.values()]:
        assert spanish and english and re.findall(r"{.*?}", spanish) == re.findall(r"{.*?}", english)
    assert not table["flags"].keys() & table["said"].keys()  # `say` looks in both


def test_the_language_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    assert say("unknown", "x") == "there is no assignment “x”"


def test_a_magic_in_the_lecturers_notebook_hides_no_other_import(tmp_path):
    path = small_course.make(tmp_path) / "solutions" / SLUG / f"{SLUG}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "%precision 3\nimport numpy as np"
    notebook.cells[1].source = notebook.cells[1].source.replace("def double", "from utils import theory\ndef double")
    nbformat.write(notebook, path)
    assert "utils.theory" in classroom.Master.of(tmp_path, SLUG).modules


def test_with_nothing_submitted_it_says_where(tmp_path, capsys):
    assert command.main(["grade", "--course", str(small_course.make(tmp_path))]) == 0
    assert f"submitted/ESTUDIANTE/{SLUG}/{SLUG}.ipynb" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        ["--from-zip", "x.zip"],
        ["--from-zip", "x.zip", "--assignment", SLUG],
        ["--assignment", "99-none"],
        ["--student", "nobody"],
    ],
)
def test_what_cannot_run_says_why_in_one_line(tmp_path, capsys, options):
    assert command.main(["grade", "--course", str(small_course.make(tmp_path)), *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith("No se pudo: ") and said.count("\n") == 1


@pytest.mark.parametrize("closed", ["submitted", "submitted/eva"])
def test_a_folder_that_may_not_be_read_is_named(tmp_path, capsys, monkeypatch, closed):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    submit(course, "eva")
    listdir = os.listdir

    def refuse(path="."):  # as to an ordinary user
        if os.fspath(path) == str(course / closed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert command.main(["grade", "--course", str(course)]) == 2
    assert f"'{course / closed}'" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["feedback", "report", "run"])
def test_a_name_of_nothing_is_said_and_no_grades_are_replaced(tmp_path, capsys, step):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    (course / "grades.csv").write_text("ana")
    assert command.main([step, "--course", str(course), "--student", "nobody"]) == 2
    assert "«nobody»" in capsys.readouterr().err and (course / "grades.csv").read_text() == "ana"


@pytest.mark.parametrize(("number", "size"), [(1, 1 << 28), (2100, 1)])
def test_data_that_no_sandbox_holds_stop_the_run_before_it_begins(tmp_path, capsys, number, size):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    data = course / "solutions" / SLUG / "data"
    data.mkdir()
    for n in range(number):
        (data / f"{n}.bin").touch()
        os.truncate(data / f"{n}.bin", size)
    assert command.main(["grade", "--course", str(course)]) == 2
    said = capsys.readouterr().err
    assert f"{number * size} bytes" in said and not (course / "grades.csv").exists()


def test_a_fault_of_the_graders_own_is_no_grade_that_waits_for_a_human(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(command.COMMANDS, "grade", lambda chosen: {}["x"])
    assert command.main(["grade", "--course", str(small_course.make(tmp_path))]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("Traceback") and said[-1] == "No se pudo: 'x'"


def test_without_dask_the_extra_is_named(tmp_path, capsys, monkeypatch):
    submit(small_course.make(tmp_path), "ana")
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert command.main(["grade", "--course", str(tmp_path), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "cluster" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("name", ["gradebook.db", "grading.db"])
@pytest.mark.parametrize("kind", ["garbage", "foreign", "folder"])
def test_a_database_that_is_something_else_is_named_and_stays(tmp_path, capsys, kind, name):
    path = small_course.make(tmp_path) / "gradebook" / name
    (path if kind == "folder" else path.parent).mkdir(parents=True)
    if kind == "foreign":
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE pupils (name)")
    elif kind == "garbage":
        path.write_bytes(b"no database" * 100)
    before = kind != "folder" and path.read_bytes()
    assert command.main(["report", "--course", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"No se pudo: {path}") and said.count("\n") == 1 and (kind != "foreign" or "pupils" in said)
    assert kind == "folder" or path.read_bytes() == before


def test_a_database_that_fails_in_use_stops_the_run_in_one_line(tmp_path, capsys):
    path = small_course.make(tmp_path) / "gradebook" / "gradebook.db"
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE course (name)")  # of another version
    assert command.main(["report", "--course", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("No se pudo: no such column") and said.count("\n") == 1 and str(tmp_path) in said


def test_who_writes_to_a_course_is_alone_there(tmp_path, capsys):
    course = small_course.make(tmp_path)
    given = SimpleNamespace(root=course, assignment_id=SLUG, student_id="")
    button = SimpleNamespace(coursedir=given, force=True, log=logging.getLogger("button"))
    with classroom.alone(course):
        assert command.main(["grade", "--course", str(course)]) == 2
        with pytest.raises(Exception, match=f"proceso {os.getpid()}"):
            plugin.start(button)
    said = capsys.readouterr().err
    assert said.startswith(f"No se pudo: {say('running', os.getpid())}\n")
    assert command.main(["grade", "--course", str(course)]) == 0


def test_a_folder_that_is_no_course_does_not_become_one(tmp_path):
    assert command.main(["grade", "--course", str(tmp_path)]) == 2 and not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["a?b", "a[b]", "a*", "a%41"])
@pytest.mark.parametrize("asked", ["grade", "feedback", "report", "demo"])
def test_a_path_that_nbgrader_misreads_is_refused_before_anything_is_written(tmp_path, capsys, name, asked):
    (tmp_path / name).mkdir()
    before = {*small_course.make(tmp_path / name).rglob("*")}
    assert command.main([asked, "--course", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("No se pudo: ") and said.count("\n") == 1 and str(tmp_path / name) in said
    assert {*tmp_path.glob("*/**/*")} == before and len([*tmp_path.iterdir()]) == 1


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "0", "1e308", "x"])
@pytest.mark.parametrize("option", ["--timeout", "--workers"])
def test_a_number_that_makes_no_sense_is_refused(tmp_path, capsys, option, value):
    with pytest.raises(SystemExit, match="2"):
        command.main(["grade", "--course", str(tmp_path), f"{option}={value}"])
    assert f"{option}: {say('number', value, '')}" in capsys.readouterr().err


def test_a_terminal_that_lacks_a_letter_stops_nothing(tmp_path, monkeypatch):
    (small_course.make(tmp_path) / "autograded" / "ana 😀" / SLUG).mkdir(parents=True)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert command.main(["feedback", "--course", str(tmp_path)]) == 0
    sys.stdout.seek(0)
    assert r"ana \U0001f600" in sys.stdout.read()


def test_an_assignment_without_graded_cells_is_graded(tmp_path):
    small_course.make(tmp_path)
    kinds = {"locked": small_course.cell("code", "setup", "1 + 1"), "plain": nbformat.v4.new_code_cell("1 + 1")}
    for name, cell in kinds.items():
        for folder in (tmp_path / "solutions" / name, tmp_path / "submitted" / f"student of {name}" / name):
            folder.mkdir(parents=True)
            nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{name}.ipynb")
    status, rows = grade(tmp_path)
    assert status == 0 and [(r["score"], r["max_score"]) for r in rows.values()] == [("0.0", "0.0")] * 2


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
    submit(course, "dies", guess="import os\nos._exit(1)")
    submit(course, "hangs", double="while True:\n    pass")
    submit(course, "empty", b"")
    submit(course, "\udcff", b"")  # a folder whose name is no text
    submit(course, LONG)
    del notebook.cells[-1]
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(ANSWER))
    submit(course, "astray", nbformat.writes(notebook).encode())
    (submit(course, "linked").parent).rename(course / "elsewhere")
    (course / "submitted" / "linked").symlink_to(course / "elsewhere")
    (course / "submitted" / "typo" / "01-smal").mkdir(parents=True)
    return course, *grade(course, "--timeout", "2")


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
    assert {*reasons} == {"empty", r"\udcff", "linked", "typo", LONG}
    assert "270 bytes" in reasons[LONG]
    assert "vacío" in reasons["empty"] and "enlace" in reasons["linked"] and "01-smal" in reasons["typo"]
    assert all(auto is None and waits for auto, _, waits in scores(course, "empty").values())


def test_a_death_or_an_endless_loop_keeps_earlier_credit_and_waits_for_a_human(graded):
    course, _, rows = graded
    assert scores(course, "dies")["test-double"] == (3, None, 0) and points(rows["dies"]) == (3, 2)
    assert "died" in rows["dies"]["flags"].split() and "terminó en guess" in rows["dies"]["remarks"]
    assert "timeout" in rows["hangs"]["flags"].split() and points(rows["hangs"]) == (0, 5)


def test_a_text_that_may_be_the_missing_answer_waits_for_a_human(graded):
    course, _, rows = graded
    assert scores(course, "astray")["answer"] == (None, None, 1)
    assert (points(rows["astray"]), rows["astray"]["flags"]) == ((4, 1), "astray")


def test_every_verdict_has_a_row_and_a_line(graded):
    course, _, rows = graded
    with sqlite3.connect(course / "gradebook" / "grading.db") as database:
        found = database.execute("SELECT student, cell, version, digest, reason, earned FROM verdict").fetchall()
    database.close()
    lines = [json.loads(line) for line in (course / "gradebook" / "grading.log").read_text("utf-8").splitlines()]
    keys = ("student", "cell", "version", "digest", "reason", "earned")
    assert sorted(found) == sorted(tuple(line[key] for key in keys) for line in lines if "cell" in line)
    assert len(found) == 3 * sum(bool(row["score"]) for row in rows.values())
    assert all(map(all, (row[:5] for row in found)))
    assert {(row[4], row[5]) for row in found if row[1] == "answer"} == {("by-hand", None)}
    assert {line["student"] for line in lines if "cell" not in line} == {"empty", "\udcff", "linked", "typo", LONG}


def test_each_graded_submission_gets_feedback(graded):
    course, _, rows = graded
    page = course / "feedback" / "ana" / SLUG / f"{SLUG}.html"
    assert "✓ test_double_random" in page.read_text(encoding="utf-8")
    assert len([*course.glob("feedback/*/*/*.html")]) == sum(bool(row["score"]) for row in rows.values())


def test_the_report_counts_who_was_graded(graded, capsys):
    course, _, rows = graded
    before, scored = (course / "grades.csv").read_bytes(), [row for row in rows.values() if row["score"]]
    assert command.main(["report", "--course", str(course), "--assignment", SLUG]) == 0
    page = (course / "gradebook" / "reports" / f"{SLUG}.html").read_text("utf-8")
    assert LONG in page
    assert f"Entregas calificadas: {len(scored)} " in page.replace("\n", " ") and "01-small.html" in page
    assert command.main(["report", "--course", str(course)]) == 0
    assert (course / "grades.csv").read_bytes() == before


def test_pages_of_one_student_are_written_again(graded, capsys):
    course, _, _ = graded
    page, other = (course / "feedback" / name / SLUG / f"{SLUG}.html" for name in ("%5Bab%5D %2A", "ana"))
    before, untouched = page.read_bytes(), other.stat().st_mtime_ns
    page.unlink()
    arguments = ["--course", str(course), "--assignment", SLUG, "--student", "[ab] *"]
    assert command.main(["feedback", *arguments, "--to-zip", str(course / "back.zip")]) == 0
    assert page.read_bytes() == before and other.stat().st_mtime_ns == untouched
    with zipfile.ZipFile(course / "back.zip") as archive:
        assert {f"[ab] */{SLUG}.html", f"ana/{SLUG}.html"} <= {*archive.namelist()}
    assert command.main(["run", *arguments[:-1], "nobody"]) == 2 and "«nobody»" in capsys.readouterr().err
    assert command.main(["run", *arguments[:-1], "*a"]) == 2 and f"ana/{SLUG}, eva/{SLUG}" in capsys.readouterr().err


def test_a_deleted_test_cell_is_put_back(graded):
    assert points(graded[2]["deletes"]) == (4, 1) and "test-double" in graded[2]["deletes"]["remarks"]


@pytest.fixture
def again(graded, tmp_path):
    """A copy of the graded course with two of its submissions, one cell of each graded and commented by a human."""
    course = shutil.copytree(graded[0], tmp_path / "course", symlinks=True)
    for folder in (course / "submitted").iterdir():
        if folder.name not in {"ana", "eva"}:
            folder.rename(course / f"not {folder.name}")
    with sqlite3.connect(course / "gradebook" / "gradebook.db") as database:
        cell = "cell_id IN (SELECT id FROM base_cell WHERE name = 'answer')"
        database.execute(f"UPDATE grade SET manual_score = 0.5 WHERE {cell}")
        database.execute(f"UPDATE comment SET manual_comment = ? WHERE {cell}", [COMMENT])
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
    for student in ("ana", "eva"):
        cells = log.gradebook(again / "gradebook" / "gradebook.db", SLUG, student)
        assert [(c["cell"], c["comment"]) for c in cells if c["comment"]] == [("answer", COMMENT)]
    assert COMMENT in (again / "feedback" / "eva" / SLUG / f"{SLUG}.html").read_text("utf-8")
    for step in ("autograded", "feedback"):
        assert not (again / step / "ana" / SLUG).exists() and (again / step / "eva" / SLUG).exists()


def test_a_run_shows_what_the_grader_saw_of_one_student_and_records_nothing(again, capsys):
    notebook = small_course.notebook()
    notebook.cells[1].source = "def double(x):\n    return x\nprint('mira')"
    del notebook.cells[2]
    submit(again, "eva", nbformat.writes(notebook).encode())
    kept = [again / "gradebook" / name for name in ("gradebook.db", "grading.db", "grading.log")]
    kept += (again / "gradebook" / "submitted").glob("*/*/*")
    kept += [again / "grades.csv", *(again / "autograded").glob("*/*/*"), *(again / "feedback").glob("*/*/*")]
    before = [path.read_bytes() for path in kept]
    assert command.main(["run", "--course", str(again), "--assignment", SLUG, "--student", "eva"]) == 0
    said = capsys.readouterr().out
    assert re.findall(rf"── {NOTEBOOK} · (\S+) · (\S+) · [\d.]+ s\n", said) == [
        ("setup", "passed"),
        ("double", "passed"),
        ("test-double", "partial"),  # the grader put it back
        ("guess", "passed"),
        ("test-guess", "passed"),
    ]
    assert "» mira" in said and "✗ test_double_known" in said and "✓ test_double_zero" in said
    assert [path.read_bytes() for path in kept] == before


def test_an_assignment_that_lost_a_graded_cell_stops_the_run(again, capsys):
    source = again / "solutions" / SLUG / NOTEBOOK
    notebook = nbformat.read(source, as_version=4)
    del notebook.cells[4]
    nbformat.write(notebook, source)
    assert command.main(["grade", "--course", str(again)]) == 2
    assert "Cannot add or remove cells" in capsys.readouterr().err


def test_what_is_finished_is_not_run_again_until_something_changes(again, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(classroom, "executor", lambda options: pytest.fail("runs again"))
        rows = grade(again, "--timeout", "2", "--resume")[1]
    assert float(rows["ana"]["score"]) == 4.5  # with what a human has given in the meantime
    source = again / "solutions" / SLUG / NOTEBOOK
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[2].source = notebook.cells[2].source.replace("[2.0, 4.0]", "[2.0, 5.0]")
    nbformat.write(notebook, source)
    assert points(grade(again, "--timeout", "2")[1]["ana"])[0] == 3


def test_what_was_deleted_comes_back(again, monkeypatch):
    page = again / "feedback" / "ana" / SLUG / f"{SLUG}.html"
    page.unlink()
    with monkeypatch.context() as patched:
        patched.setattr(classroom, "executor", lambda options: pytest.fail("runs again"))
        before = grade(again, "--timeout", "2")[1]
    assert page.exists()
    page.unlink()
    cut, gone = (again / "autograded" / student / SLUG / NOTEBOOK for student in ("ana", "eva"))
    cut.write_bytes(cut.read_bytes()[:100])  # as a full disc leaves it
    gone.unlink()
    after = grade(again, "--timeout", "2")[1]
    assert page.exists() and gone.exists() and nbformat.read(cut, as_version=4)
    assert [after[student]["score"] for student in after] == [before[student]["score"] for student in before]


def test_a_lost_gradebook_is_written_anew(again):
    before = grade(again, "--timeout", "2")[1]
    (again / "gradebook" / "gradebook.db").unlink()
    after = grade(again, "--timeout", "2")[1]
    assert [points(after[student]) for student in after] == [points(before[student]) for student in before]


def test_a_full_disc_stops_the_run_and_costs_nobody_a_score(again, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = scores(again, "ana")
    monkeypatch.setattr(intake, "stage", full)
    assert command.main(["grade", "--course", str(again)]) == 2
    assert str(again) in capsys.readouterr().err.splitlines()[-1]
    assert scores(again, "ana") == before


def test_what_was_lost_waits_for_a_human_and_is_run_by_the_next_call(tmp_path, monkeypatch):
    submit(small_course.make(tmp_path), "ana")
    with monkeypatch.context() as patched:
        patched.setattr(classroom, "examine", lambda jobs, *_: dict.fromkeys(jobs))
        status, rows = grade(tmp_path)
    assert status == 1 and rows["ana"]["flags"] == "lost" and points(rows["ana"]) == (0, 5)
    assert points(grade(tmp_path)[1]["ana"]) == (4, 1)


def test_who_runs_out_of_time_has_a_second_run_alone(tmp_path, monkeypatch):
    course, calls, running, stock = small_course.make(tmp_path), [], set(), classroom.examine
    for student in ("ana", "eva", "luz"):
        submit(course, student, double=f"# by {student}\n{DOUBLE}")

    def examine(jobs, *rest):
        (student,) = re.findall(r"# by (\w{3})", str(jobs))
        calls.append((student, {*running}))
        if student != "luz" and [name for name, _ in calls].count(student) == 1:
            return {name: {"cells": {}, "ended": "timeout", "flags": ["timeout"], "seconds": 0.0} for name in jobs}
        running.add(student)
        try:
            return stock(jobs, *rest)
        finally:
            running.remove(student)

    monkeypatch.setattr(classroom, "examine", examine)
    status, rows = grade(course, "--workers", "2")
    assert Counter(student for student, _ in calls) == {"ana": 2, "eva": 2, "luz": 1}
    assert sorted(calls[-2:]) == [("ana", set()), ("eva", set())]
    assert status == 0 and all((points(row), row["flags"], row["remarks"]) == ((4, 1), "", "") for row in rows.values())


def test_without_a_sandbox_only_the_option_that_gives_it_up_grades(tmp_path, monkeypatch, capsys):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    monkeypatch.setattr(server.ForkServer, "command", NO_SANDBOX)
    monkeypatch.setattr(server, "ForkServer", functools.partial(server.ForkServer, preload=SMALL))
    assert command.main(["grade", "--course", str(course)]) == 2
    said = capsys.readouterr().err
    assert "No se pudo: " in said and all(text in said for text in sandbox.texts("namespaces"))
    assert not scores(course, "ana") and not any((course / name).exists() for name in ("autograded", "grades.csv"))
    assert say("unsafe") not in said
    status, rows = grade(course, "--unsafe-no-sandbox")
    assert status == 0 and points(rows["ana"]) == (4, 1) and say("unsafe") in capsys.readouterr().err


@pytest.mark.slow
def test_the_global_generators_start_alike_in_every_run(tmp_path):
    course = small_course.make(tmp_path)
    draws = "print(random.random(), np.random.rand(), float(tf.random.uniform([])))"
    submit(course, "ana", double=f"import random\nimport tensorflow as tf\n{DOUBLE}\n{draws}")
    printed = []
    for _ in range(2):  # each with a fork server of its own
        assert grade(course, "--fresh")[0] == 0
        (output,) = nbformat.read(course / "autograded" / "ana" / SLUG / NOTEBOOK, as_version=4).cells[1].outputs
        printed.append([float(number) for number in output.text.split()])
    assert printed[0] == printed[1] and len(printed[0]) == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")  # nbgrader's own
def test_what_is_late_loses_what_the_course_takes_off_until_it_is_handed_in_on_time(tmp_path):
    from nbgrader.api import Gradebook

    course = small_course.make(tmp_path)
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    folder, url = submit(course, "ana"), release.settings(course).CourseDirectory.db_url
    with Gradebook(url) as gradebook:
        gradebook.add_assignment(SLUG, duedate=datetime(2026, 3, 1, 23, 59))  # as Formgrader does
    page, chart = course / "feedback" / "ana" / SLUG / f"{SLUG}.html", course / "gradebook" / "reports" / f"{SLUG}.html"
    for handed_in, due, late, penalty, score in (
        ("03-02 00:00:00", None, 60, 4, 0),
        ("03-01 23:00:00", None, 0, 0, 4),
        ("03-01 23:00:00", "2026-03-01 22:00:00", 3600, 4, 0),  # as Formgrader sets another
    ):
        (folder / "timestamp.txt").write_text(f"2026-{handed_in} UTC")
        if due:
            with Gradebook(url) as gradebook:
                gradebook.update_or_create_assignment(SLUG, duedate=due)
        row = grade(course)[1]["ana"]
        with Gradebook(url) as gradebook:
            found = gradebook.find_submission(SLUG, "ana")
            assert (found.total_seconds_late, found.late_submission_penalty, found.score) == (late, penalty, 4)
        said = page.read_text("utf-8")
        assert ("Descuento por entrega tardía" in said) == bool(penalty) and f">{score} / 5<" in said
        assert float(row["score"]) == score and points(row) == (4, 1)
        assert command.main(["report", "--course", str(course)]) == 0
        assert f"Media {score:.1f} de 5" in chart.read_text("utf-8")


@pytest.mark.slow
def test_a_cell_that_only_a_human_can_judge_holds_up_nobody(tmp_path):
    course = small_course.make(tmp_path)
    path = course / "solutions" / SLUG / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[4].source = "assert guess == 4"  # plain, so that a set cannot cross
    nbformat.write(notebook, path)
    submit(course, "ana", guess="guess = {4}")
    submit(course, "eva")
    status, rows = grade(course)
    assert status == 1 and points(rows["eva"]) == (4, 1) and points(rows["ana"]) == (3, 2)
    assert "examiner-cell" in rows["ana"]["flags"].split() and scores(course, "ana")["test-guess"] == (0, None, 1)


def test_to_resume_and_to_begin_afresh_exclude_each_other(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["grade", "--course", str(tmp_path), "--resume", "--fresh"])
    assert "--fresh: not allowed with argument --resume" in capsys.readouterr().err


def test_each_doubt_about_a_cell_has_its_own_words():
    cells = {"a": {"flag": "partial-credit"}, "b": {"flag": "examiner-cell", "reason": "error"}, "c": {}}
    work = classroom.Work(small_course.ROOT)
    classroom.settle(work, {NOTEBOOK: {"cells": cells, "ended": None}})
    assert work.staged.flags == ["partial-credit", "examiner-cell"]
    assert work.staged.remarks == [say("partial-credit", "a"), say("examiner-cell", "b")]


@pytest.mark.slow
def test_the_stock_commands_grade_alike(tmp_path):
    course = small_course.make(tmp_path)
    submit(course, "ana")
    folder = submit(course, "eva", double="def double(x):\n    return x")
    (folder / "utils").mkdir()
    (folder / "utils" / "checks.py").write_text(SHADOW)
    (folder / "numpy.py").write_text("")
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        arguments = [sys.executable, "-m", "nbgrader", step, SLUG]
        subprocess.run(arguments, cwd=course, check=True, capture_output=True)
    assert scores(course, "ana")["test-double"][0] == 3 and scores(course, "eva")["test-double"][0] == 1
    assert not (course / "gradebook.db").exists()
    assert "default-src 'none'" in (course / "feedback" / "ana" / SLUG / f"{SLUG}.html").read_text("utf-8")
    with sqlite3.connect(course / "gradebook" / "grading.db") as database:
        assert database.execute("SELECT COUNT(*) FROM verdict").fetchone() == (6,)
    database.close()


@contextlib.contextmanager
def formgrader(course):
    """A Jupyter server in a course folder; a call that posts to a path of Formgrader's."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    options = {"port": port, "port_retries": 0, "root_dir": course, "allow_root": True, "open_browser": False}
    given = [f"--ServerApp.{name}={value}" for name, value in options.items()]
    environment = os.environ | {"JUPYTER_TOKEN": "known", "PYTHONPATH": str(sandbox.ROOT)}
    command = [sys.executable, "-m", "jupyter", "server", *given]

    def post(path):
        head = {"Authorization": "token known"}
        asked = urllib.request.Request(f"http://localhost:{port}/formgrader/api/{path}", b"", head, method="POST")
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, cwd=course, env=environment, stdout=said, stderr=said) as server,
    ):
        try:
            while True:
                assert server.poll() is None, said.seek(0) or said.read()
                with contextlib.suppress(OSError):
                    socket.create_connection(("localhost", port), 1).close()
                    break
                time.sleep(0.1)
            yield post
        finally:
            server.terminate()


@pytest.mark.slow
def test_formgraders_button_grades_alike(tmp_path):
    course = small_course.make(tmp_path)
    folder = submit(course, "eva", double="def double(x):\n    return x")
    (folder / "numpy.py").write_text("")
    submit(course, "ana")
    submit(course, "empty", b"")
    with formgrader(course) as post:
        assert post(f"assignment/{SLUG}/assign")["success"]
        for student in ("ana", "eva"):
            assert post(f"submission/{SLUG}/{student}/autograde")["success"]
        refused = post(f"submission/{SLUG}/empty/autograde")
    assert not refused["success"] and "vacío" in refused["log"]
    assert scores(course, "ana")["test-double"][0] == 3 and scores(course, "eva")["test-double"][0] == 1
    with contextlib.closing(sqlite3.connect(course / "gradebook" / "grading.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM verdict").fetchone() == (6,)


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False], ids=["small course", "this course"])
def test_the_demo_class(tmp_path, own, monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    course = small_course.make(tmp_path / "course") if own else small_course.ROOT
    assert command.main(["demo", "--course", str(course)]) == 0
    with open(course / "_build" / "demo" / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {*rows} == {"complete", "partial", "untouched", "wrong", "unreadable"}
    assert rows["complete"]["auto_score"] == rows["complete"]["max_auto_score"]
    assert float(rows["complete"]["manual_pending"]) > 0
    assert 0 < float(rows["partial"]["auto_score"]) < float(rows["complete"]["auto_score"])
    assert float(rows["untouched"]["score"]) == 0 and float(rows["untouched"]["manual_pending"]) == 0
