"""Intake: whatever is handed in, what is graded is the instructor's notebook with the student's answers in it."""

import base64
import contextlib
import copy
import json
import os
import random
import re
import socket
import stat
import warnings
import zipfile
from datetime import datetime

import nbformat
import pytest
import small_course
from small_course import DOUBLE, PREDICTION, SLUG, TEST_DOUBLE, submit

from utils.grading import intake, say, visible
from utils.release import NotebookError

NOTEBOOK = f"{SLUG}.ipynb"
IDS = [cell.id for cell in small_course.notebook().cells]
RIGHT = "def double(x):\n    return x + x"


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    made = intake.master(small_course.make(tmp_path_factory.mktemp("course")), SLUG)
    assert [*made] == [NOTEBOOK]
    return made[NOTEBOOK]


def handed_in():
    """A plain dict: the small course's notebook as a student has it, nothing answered."""
    content = json.loads(nbformat.writes(small_course.notebook()))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
    content["cells"][1]["source"] = "def double(x):\n    raise NotImplementedError"
    content["cells"][3]["source"] = "guess = None"
    content["cells"][5]["source"] = "Escribe aquí tu respuesta."
    return content


def code(source, **fields):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None} | fields


def raw(content, **options):
    return json.dumps(content, **options).encode()


def rebuilt(master, content):
    return intake.rebuild(master, intake.read(content if isinstance(content, bytes) else raw(content)))


def sources(notebook, *kinds):
    """{id: source} of the cells that are run, of these kinds."""
    return {c["id"]: c["source"] for c in intake.job(notebook)["cells"] if not kinds or c["kind"] in kinds}


# --- Files ------------------------------------------------------------------------------------------------------------


def test_only_the_notebook_is_copied(tmp_path):
    folder = submit(tmp_path, "ana")
    (folder / "utils").mkdir()
    for name in ("utils/checks.py", "numpy.py", "data.csv"):
        (folder / name).write_text("x")
    staged = intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert [path.name for path in (tmp_path / "staged").rglob("*")] == [NOTEBOOK]
    assert {*staged.files} == {NOTEBOOK, "utils/checks.py", "numpy.py", "data.csv"}
    assert (staged.remarks, staged.flags, staged.timestamp) == ([], [], None)
    assert (tmp_path / "staged" / NOTEBOOK).read_bytes() == (folder / NOTEBOOK).read_bytes()


def test_the_digest_tells_what_is_used(tmp_path):
    def digest(folder):
        return intake.stage(folder, [NOTEBOOK], tmp_path / "staged").digest

    ana, eva = submit(tmp_path, "ana"), submit(tmp_path, "eva")
    first = digest(ana)
    (eva / "notes.txt").write_text("x")
    assert digest(eva) == first == digest(ana)
    (eva / "timestamp.txt").write_text("2026-03-01 10:00:00 UTC")
    assert digest(eva) != first
    assert digest(submit(tmp_path, "ana", double=RIGHT)) != first


def test_nothing_but_regular_files_is_opened(tmp_path, monkeypatch):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(nbformat.writes(small_course.notebook()))
    folder = submit(tmp_path, "ana")
    (folder / "data.csv").symlink_to("/etc/passwd")
    (folder / "home").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # a longer path would not fit
        staged = intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert all(name in staged.remarks[0] for name in ("data.csv", "home", "pipe", "socket"))
    assert {*staged.files} == {NOTEBOOK}
    (folder / NOTEBOOK).unlink()
    for make in (lambda path: path.symlink_to(secret), os.mkfifo):
        make(folder / NOTEBOOK)
        with pytest.raises(NotebookError, match=rf"enlaces.*{NOTEBOOK}"):
            intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
        (folder / NOTEBOOK).unlink()
        assert [*(tmp_path / "staged").rglob("*")] == []


@pytest.mark.parametrize("linked", ["student", "assignment"])
def test_a_linked_folder_is_refused(tmp_path, linked):
    folder = submit(tmp_path, "ana")
    theirs = folder.parent if linked == "student" else folder
    theirs.rename(tmp_path / "elsewhere")
    theirs.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotebookError):
        intake.stage(folder, [NOTEBOOK], tmp_path / "staged")


def test_a_link_put_in_after_the_look_is_not_followed(tmp_path, monkeypatch):
    folder, choose = submit(tmp_path, "ana"), intake._choose
    (tmp_path / "secret").write_text("secret")

    def swap(*arguments):
        choose(*arguments)
        (folder / NOTEBOOK).unlink()
        (folder / NOTEBOOK).symlink_to(tmp_path / "secret")

    monkeypatch.setattr(intake, "_choose", swap)
    intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert (tmp_path / "staged" / NOTEBOOK).read_bytes() == b""


def test_sizes_numbers_and_depth_are_capped(tmp_path, monkeypatch):
    folder = submit(tmp_path, "ana")
    for number in range(intake.FILES + 100):
        (folder / f"{number:04}").write_text("")
    staged = intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert staged.flags == ["too-many-files"] and NOTEBOOK in staged.notebooks
    assert len(staged.files) <= intake.FILES + 1
    deep = submit(tmp_path, "eva") / "/".join("abcdefgh")
    deep.mkdir(parents=True)
    assert intake.stage(deep.parents[7], [NOTEBOOK], tmp_path / "staged").flags == ["too-many-files"]
    blob = submit(tmp_path, "luz")
    os.truncate(blob / NOTEBOOK, 500_000_000)
    with pytest.raises(NotebookError, match="500000000 bytes"):
        intake.stage(blob, [NOTEBOOK], tmp_path / "staged")
    monkeypatch.setattr(intake, "STAGED_BYTES", 5000)
    (blob / NOTEBOOK).write_bytes(b"x" * 3000)
    (blob / "b.ipynb").write_bytes(b"x" * 3000)
    staged = intake.stage(blob, [NOTEBOOK, "b.ipynb"], tmp_path / "staged")
    assert [*staged.notebooks] == [NOTEBOOK] and staged.flags == ["large"]


@pytest.mark.parametrize(
    "found, taken, flags",
    [
        ([f"{SLUG} (1).ipynb"], f"{SLUG} (1).ipynb", []),
        ([f"{SLUG.upper()}.IPYNB"], f"{SLUG.upper()}.IPYNB", []),
        ([f"{SLUG}-copia 2.ipynb", "borrador.ipynb"], f"{SLUG}-copia 2.ipynb", []),
        (["tarea de Ana.ipynb"], "tarea de Ana.ipynb", []),
        ([f"{SLUG}/{SLUG}.ipynb"], f"{SLUG}/{SLUG}.ipynb", []),
        ([NOTEBOOK, "borrador.ipynb", f".ipynb_checkpoints/{NOTEBOOK}"], NOTEBOOK, []),
        ([f"{SLUG} (1).ipynb", f"{SLUG} (2).ipynb"], f"{SLUG} (2).ipynb", ["ambiguous"]),  # the newest
        ([NOTEBOOK, f"{SLUG} (1).ipynb"], NOTEBOOK, ["ambiguous"]),
        (["a.ipynb", "b.ipynb"], "b.ipynb", ["ambiguous"]),
        (["b.ipynb", "a.ipynb"], "a.ipynb", ["ambiguous"]),
    ],
)
def test_a_renamed_notebook_is_found_and_said(tmp_path, found, taken, flags):
    folder = submit(tmp_path, "ana")
    (folder / NOTEBOOK).rename(tmp_path / "original")
    for age, path in enumerate(found):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(path)
        os.utime(folder / path, (age, age))
    staged = intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert staged.flags == flags
    assert staged.notebooks[NOTEBOOK] == (tmp_path / "staged" / NOTEBOOK).read_text() == taken
    assert bool(staged.remarks) == (found != [NOTEBOOK] and (taken != NOTEBOOK or bool(flags)))
    assert all(taken in remark for remark in staged.remarks)


def test_accents_of_either_form_are_one_name(tmp_path):
    folder = submit(tmp_path, "ana")
    (folder / NOTEBOOK).rename(folder / "iniciacio\u0301n.ipynb")
    (folder / "otro.ipynb").write_text("")
    staged = intake.stage(folder, ["iniciaci\u00f3n.ipynb"], tmp_path / "staged")
    assert staged.notebooks == {"iniciaci\u00f3n.ipynb": "iniciacio\u0301n.ipynb"} and staged.flags == []


def test_of_several_notebooks_none_stands_for_another(tmp_path):
    folder = submit(tmp_path, "ana")
    (folder / NOTEBOOK).rename(folder / "problem1 (1).ipynb")
    (folder / "problem1.ipynb").write_text("")
    staged = intake.stage(folder, ["problem1.ipynb", "problem2.ipynb"], tmp_path / "staged")
    assert staged.notebooks == {"problem1.ipynb": "problem1.ipynb"} and staged.flags == ["ambiguous", "missing"]


def test_without_a_notebook_it_says_what_there_is(tmp_path):
    folder = submit(tmp_path, "ana")
    (folder / NOTEBOOK).rename(folder / "main.py")
    with pytest.raises(NotebookError, match=f"falta {NOTEBOOK}; hay: main.py"):
        intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    with pytest.raises(NotebookError, match=NOTEBOOK):
        intake.stage(tmp_path / "submitted" / "eva" / SLUG, [NOTEBOOK], tmp_path / "staged")


@pytest.mark.parametrize(
    "content, expected, remarks",
    [
        ("2026-03-01 10:00:00.250000 UTC\n", datetime(2026, 3, 1, 10, 0, 0, 250000), 0),
        ("2026-03-01 10:00:00 Europe/Madrid", datetime(2026, 3, 1, 9), 0),
        ("2026-03-01T10:00:00+01:00", datetime(2026, 3, 1, 9), 0),
        ("2026-03-01 10:00:00 -0200", datetime(2026, 3, 1, 12), 0),
        ("2026-03-01 10:00", datetime(2026, 3, 1, 10), 0),
        ("2026-03-01 10:00:00 XYZZY", datetime(2026, 3, 1, 10), 1),  # nbgrader takes it for UTC, and says nothing
        ("", None, 1),
        ("yesterday", None, 1),
        ("1", None, 1),
        ("2026-13-45 10:00", None, 1),
        ("0001-01-01 00:00:00+14:00", None, 1),
        ("2026-03-01 10:00 ../../etc/passwd", None, 1),
        ("2026-03-01 10:00:00 UTC" + "x" * 500, None, 1),
        ("\x00\ud800\x1b[31m", None, 1),
    ],
)
def test_a_timestamp_is_a_date_or_a_remark(tmp_path, content, expected, remarks):
    folder = submit(tmp_path, "ana")
    (folder / "timestamp.txt").write_bytes(content.encode("utf-8", "surrogatepass"))
    staged = intake.stage(folder, [NOTEBOOK], tmp_path / "staged")
    assert (staged.timestamp, len(staged.remarks), staged.flags) == (expected, remarks, [])
    assert all(visible(remark) == remark for remark in staged.remarks)
    written = tmp_path / "staged" / "timestamp.txt"
    assert written.exists() == (expected is not None)
    if expected:
        from nbgrader.utils import parse_utc

        assert parse_utc(written.read_text()) == expected


def test_a_timestamp_is_no_link(tmp_path):
    folder = submit(tmp_path, "ana")
    (tmp_path / "secret").write_text("2026-03-01 10:00")
    (folder / "timestamp.txt").symlink_to(tmp_path / "secret")
    assert intake.stage(folder, [NOTEBOOK], tmp_path / "staged").timestamp is None


@pytest.mark.parametrize(
    "name",
    [
        "ana",
        "[ab] *",
        " eva ",
        "a,b+c",
        "ñ 🙂",
        "..",
        ".hidden",
        "a/b",
        "a\\b",
        "50%",
        "%41",
        "{x}",
        "a\nb",
        "=1+1",
        "\udcff",
    ],
)
def test_names_are_safe_and_come_back(tmp_path, name):
    made = intake.safe(name)
    assert intake.unsafe(made) == name
    assert made == made.strip() and not re.search(r"[*?\[\]{}/\\\x00-\x1f\ud800-\udfff]|^\.", made)
    (tmp_path / "x" / made).mkdir(parents=True)
    assert [path.name for path in (tmp_path / "x").glob(made)] == [made]
    if name in ("ana", "a,b+c", "ñ 🙂", "=1+1"):
        assert made == name


# --- Reading ----------------------------------------------------------------------------------------------------------

NOT_NOTEBOOKS = {
    "empty": (b"", "0 bytes"),
    "blank": (b" \n", "JSON"),
    "text": (b"x = 1", "x = 1"),
    "page": (b"<!DOCTYPE html><html>", "<!DOCTYPE html>"),
    "archive": (b"PK\x03\x04\x14\x00\x00\x00", "PK"),
    "cut": (raw(handed_in())[:400], "JSON"),
    "list": (b"[]", "list"),
    "object": (b"{}", "dict"),
    "number": (b"7", "int"),
    "not-utf-8": (b"\xff\xfe\x00", "JSON"),
    "deep": (b"[" * 100_000, "anidados"),
    "deep-inside": (raw(handed_in())[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "anidados"),
    "many": (b"[" + b"[]," * 600_000 + b"1]", "corchetes"),
    "many cells": (b'{"cells": [' + b"{}," * 10_000 + b"{}]}", "celdas"),
    "future": (b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', "99"),
    "first": (b'{"nbformat": 1, "cells": []}', "formato de cuaderno 1"),
    "cells-of-text": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ["x = 1"]}', "con celdas"),
    "no-worksheet": (b'{"nbformat": 3, "worksheets": [7]}', "con celdas"),
    "large": (b" " * 20_000_001, "20000001 bytes"),
}


@pytest.mark.parametrize("kind", NOT_NOTEBOOKS)
def test_what_is_no_notebook_is_refused_with_what_it_is(kind):
    content, named = NOT_NOTEBOOKS[kind]
    with pytest.raises(NotebookError) as caught:
        intake.read(content)
    assert named in str(caught.value) and visible(str(caught.value)) == str(caught.value)


def test_reading_takes_time_linear_in_the_size():
    with pytest.raises(NotebookError):  # an unfinished string after each quote: seconds here, hours if quadratic
        intake.read(b'"\\' * 5_000_000)


ANSWERED = handed_in()
ANSWERED["cells"][1]["source"] = RIGHT
WITH_KERNEL = [{}, {"kernelspec": {}}, {"kernelspec": {"name": "", "display_name": ""}}, [], None, "x"]
TOLERATED = {
    "plain": raw(ANSWERED),
    "byte order mark": b"\xef\xbb\xbf" + raw(ANSWERED),
    "utf-16": json.dumps(ANSWERED).encode("utf-16"),
    "utf-32": json.dumps(ANSWERED).encode("utf-32"),
    "line ends": raw(ANSWERED).replace(b"\\n", b"\\r\\n").replace(b", ", b",\r\n"),
    "NUL": raw(ANSWERED).replace(b"return", b"ret\\u0000urn"),
    "padded": raw(ANSWERED) + b"\0" * 512,
    "lines": raw(ANSWERED).replace(json.dumps(RIGHT).encode(), raw(RIGHT.splitlines(keepends=True))),
    "raw line end in a text": raw(ANSWERED).replace(b"x):\\n ", b"x):\n "),
    "NaN": raw(ANSWERED | {"metadata": {"x": [float("nan"), float("-inf")]}}),
    "huge number": raw(ANSWERED)[:-1] + b', "x": ' + b"9" * 100_000 + b"}",
    "repeated key": raw(ANSWERED)[:-1] + b', "nbformat": 4, "cells": ' + raw(ANSWERED["cells"]) + b"}",
    "no format": raw({key: value for key, value in ANSWERED.items() if key != "nbformat"}),
    "cells among others": raw(ANSWERED | {"cells": [None, *ANSWERED["cells"], "x", 7, [], {}]}),
} | {f"kernel {number}": raw(ANSWERED | {"metadata": metadata}) for number, metadata in enumerate(WITH_KERNEL)}


@pytest.mark.parametrize("kind", TOLERATED)
def test_what_can_be_read_is_read(master, kind):
    notebook, _, flags = rebuilt(master, TOLERATED[kind])
    assert sources(notebook)["double"] == RIGHT and flags == []


def test_invalid_text_costs_only_itself(master):
    content = copy.deepcopy(ANSWERED)
    content["cells"][5]["source"] = "Porque \ud800 sí\udfff"
    notebook, _, _ = rebuilt(master, content)
    assert notebook.cells[5].source == "Porque \ufffd sí\ufffd" and nbformat.writes(notebook).encode()
    broken = raw(ANSWERED | {"metadata": {"x": "ñ"}}, ensure_ascii=False).replace("ñ".encode(), b"\xf1\xff")
    assert sources(rebuilt(master, broken)[0])["double"] == RIGHT


def test_format_3_is_read():
    cells = [
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": [], "metadata": {"id": "a"}},
        {"cell_type": "heading", "level": 2, "source": "Title"},
        {"cell_type": "markdown", "source": "text"},
    ]
    old = {"nbformat": 3, "worksheets": [{"cells": cells[:2]}, {"cells": cells[2:]}], "metadata": {}}
    found = intake.read(raw(old))["cells"]
    assert [cell["source"] for cell in found] == ["x = 1\ny = 2", "## Title", "text"]
    assert [cell["cell_type"] for cell in found] == ["code", "markdown", "markdown"] and found[0]["id"] == "a"


def test_what_is_refused_is_said_in_the_chosen_language(monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    with pytest.raises(NotebookError, match="0 bytes"):
        intake.read(b"")
    assert say("missing", "a", "\x1b") == "a is missing; found: \N{REPLACEMENT CHARACTER}"


# --- Rebuilding -------------------------------------------------------------------------------------------------------


def test_the_master_has_hidden_tests_and_no_solution(master):
    tests = sources(master, "test")
    assert tests == {"test-double": TEST_DOUBLE, "test-guess": small_course.TEST_PREDICTION}
    assert sources(master)["double"] == "def double(x):\n    raise NotImplementedError"
    assert sources(master)["guess"] == "guess = None"
    assert "2 + 2" not in master.cells[5].source


def test_an_untouched_submission_is_the_master(master):
    notebook, remarks, flags = rebuilt(master, handed_in())
    assert (remarks, flags) == ([], [])
    for cell in notebook.cells:
        if cell.id.startswith("test-"):
            assert cell.pop("outputs")[0].output_type == "error"  # nbgrader: no output would mean full points
            cell.outputs = []
    assert notebook == master
    nbformat.validate(notebook)


def test_answers_carry_over_and_outputs_do_not(master):
    picture = base64.b64encode(b"a picture").decode()
    content = copy.deepcopy(ANSWERED)
    content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    content["cells"][2]["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "3.0"}, "metadata": {}}]
    content["cells"][5] |= {
        "source": "Mira ![](attachment:a.png)",
        "attachments": {"a.png": {"image/png": picture, "text/html": "<script>"}, "b": 7},
    }
    notebook, _, flags = rebuilt(master, content)
    assert flags == [] and sources(notebook)["double"] == RIGHT
    assert notebook.cells[5].attachments["a.png"] == {"image/png": picture}
    assert notebook.cells[5].source.startswith("Mira")
    written = nbformat.writes(notebook)
    assert "stdout" not in written and "3.0" not in written
    nbformat.validate(notebook)


def test_nbgrader_sees_no_points_before_a_test_has_run_nor_for_an_untouched_answer(master):
    from nbgrader.utils import determine_grade

    def grades(content):
        return [determine_grade(cell) for cell in rebuilt(master, content)[0].cells if cell.metadata.nbgrader.grade]

    answered = copy.deepcopy(ANSWERED)
    answered["cells"][5]["source"] = "Porque sí."
    assert grades(ANSWERED) == [(0, 3), (0, 1), (0, 1)]
    assert grades(answered) == [(0, 3), (0, 1), (None, 1)]  # a human grades it


def test_jobs_say_what_runs_where(master, monkeypatch):
    shared = copy.deepcopy(master)
    shared.cells[0].metadata["tags"] = ["examiner"]
    job = intake.job(rebuilt(shared, ANSWERED)[0], {"seconds": 5})
    assert [(cell["id"], cell["kind"], cell["points"]) for cell in job["cells"]] == [
        ("setup", "examiner", None),
        ("double", "student", None),
        ("test-double", "test", 3.0),
        ("guess", "student", None),
        ("test-guess", "test", 1.0),
    ]
    assert (job["limits"], job["seed"], job["language"]) == ({"seconds": 5}, "2026", "es")
    assert [cell.get("answers") for cell in job["cells"]] == [None, ["double"], None, ["guess"], None]
    assert (job["bound"], job["imports"]) == (["double", "guess"], {"np": ["import numpy as np"]})
    assert json.loads(json.dumps(job)) == job
    monkeypatch.setenv("COURSE_SEED", "7")
    monkeypatch.setenv("COURSE_LANG", "en")
    assert (intake.job(master)["seed"], intake.job(master)["language"]) == ("7", "en")


def each(change):
    """A damage done to every cell."""
    return lambda content: [change(cell) for cell in content["cells"]]


def role(**fields):
    return each(lambda cell: cell["metadata"]["nbgrader"].update(fields))


WEAK = "from utils import checks as check\n\ncheck.grade = lambda n: float(n)\ncheck.grade(3)"
HARMLESS = {
    "skip-execution": each(lambda c: c["metadata"].update(tags=["skip-execution", "examiner", "raises-exception"])),
    "tests deleted": lambda n: n["cells"].__delitem__(4) or n["cells"].__delitem__(2),
    "tests duplicated": lambda n: n["cells"].insert(0, copy.deepcopy(n["cells"][2])),
    "tests split": lambda n: (
        n["cells"][2].update(source="x = 1") or n["cells"].insert(3, n["cells"][2] | {"source": "2"})
    ),
    "tests weakened": lambda n: n["cells"][2].update(source=WEAK),
    "tests commented": lambda n: n["cells"][2].update(source=""),
    "tests moved": lambda n: n["cells"].append(n["cells"].pop(2)),
    "all reversed": lambda n: n["cells"].reverse(),
    "schema 99": role(schema_version=99),
    "schema x": role(schema_version="x"),
    "no role": each(lambda c: c["metadata"].update(nbgrader={})),
    "odd role": each(lambda c: c["metadata"].update(nbgrader=[1])),
    "no metadata": each(lambda c: c.pop("metadata")),
    "no id": each(lambda c: c.pop("id")),
    "odd id": each(lambda c: c.update(id=["x"])),
    "Colab": each(lambda c: c["metadata"].update(id=c.pop("id"), nbgrader={})),
    "flags flipped": role(grade=False, solution=True, locked=False),
    "flags flipped back": role(grade=True, solution=False, locked=True, task=True),
    "points 1000": role(points=1000),
    "points abc": role(points="abc"),
    "points null": role(points=None),
    "points NaN": role(points=float("nan")),
    "all markdown": each(lambda c: c.update(cell_type="markdown")),
    "all raw": each(lambda c: c.update(cell_type="raw")),
    "all code": each(lambda c: c.update(cell_type="code")),
    "odd types": each(lambda c: c.update(cell_type={"x": 1})),
    "outputs": each(lambda c: c.update(outputs=[{"output_type": "execute_result", "data": {"text/plain": "3"}}])),
    "odd outputs": each(lambda c: c.update(outputs=7, execution_count="x")),
    "attachments": each(lambda c: c.update(attachments={"x": {"text/html": "<script>"}})),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_damage_to_a_notebook_changes_no_test(master, kind):
    """Same graded cells in the same order with the same points; the answer is still there, before its tests."""
    content = copy.deepcopy(ANSWERED)
    HARMLESS[kind](content)
    notebook, _, _ = rebuilt(master, content)
    nbformat.validate(notebook)
    job, clean = intake.job(notebook)["cells"], intake.job(rebuilt(master, ANSWERED)[0])["cells"]
    assert [cell for cell in job if cell["kind"] == "test"] == [cell for cell in clean if cell["kind"] == "test"]
    assert [cell for cell in job if cell["id"] in IDS] == clean
    assert [(c.id, c.metadata, c.cell_type) for c in notebook.cells if c.id in IDS] == [
        (c.id, c.metadata, c.cell_type) for c in master.cells
    ]
    assert [{c.output_type for c in cell.outputs} for cell in notebook.cells if cell.get("outputs")] == [{"error"}] * 2
    assert all(not cell.metadata for cell in notebook.cells if cell.id not in IDS)


def test_what_a_student_adds_keeps_its_place(master):
    content = copy.deepcopy(ANSWERED)
    for after, name in ((5, "note"), (4, "last"), (1, "between"), (-1, "first")):
        kind = {"note": {"cell_type": "markdown"}}.get(name, {})
        content["cells"].insert(after + 1, code(name, id=name, **kind))
    notebook, remarks, flags = rebuilt(master, content)
    assert (remarks, flags) == ([], [])
    assert [cell.source if cell.id.startswith("extra-") else cell.id for cell in notebook.cells] == [
        "first", "setup", "double", "between", "test-double", "guess", "test-guess", "last", "answer", "note",
    ]  # fmt: skip


def test_a_duplicated_answer_is_the_first_that_was_touched(master):
    stub = handed_in()["cells"][1]
    for copies, first, others in (
        ([stub, ANSWERED["cells"][1]], RIGHT, []),
        ([ANSWERED["cells"][1], stub], RIGHT, []),
        ([ANSWERED["cells"][1], ANSWERED["cells"][1] | {"id": "b"}], RIGHT, []),
        ([stub, ANSWERED["cells"][1], stub | {"source": "z = 1"}], RIGHT, ["z = 1"]),
        ([stub, stub], stub["source"], []),
    ):
        content = copy.deepcopy(ANSWERED)
        content["cells"][1:2] = copies
        notebook, remarks, flags = rebuilt(master, content)
        assert flags == ["duplicated"] and remarks == ["celdas repetidas: double"]
        assert [*sources(notebook, "student").values()] == ["import numpy as np", first, *others, "guess = None"]


def test_a_deleted_answer_undoes_no_answer_elsewhere(master):
    content = copy.deepcopy(ANSWERED)
    content["cells"][1] = code(RIGHT, id="mine")
    notebook, remarks, flags = rebuilt(master, content)
    ran = [cell["source"] for cell in intake.job(notebook)["cells"]]
    assert ran[1:4] == [RIGHT, "", TEST_DOUBLE]
    assert flags == [] and remarks == ["celdas que faltaban: double"]


def stripped(content, **sources):
    """What an editor leaves that keeps neither ids nor metadata, with other sources by id."""
    cells = [cell | {"source": sources.get(cell["id"].replace("-", "_"), cell["source"])} for cell in content["cells"]]
    return {"nbformat": 4, "cells": [{key: cell[key] for key in ("cell_type", "source")} for cell in cells]}


def test_a_text_answer_survives_lost_ids(master):
    content = stripped(ANSWERED, answer="Porque sí.")
    notebook, remarks, flags = rebuilt(master, content)
    assert notebook.cells[-1].id == "answer" and notebook.cells[-1].source == "Porque sí."
    assert (
        flags == [] and say("taken", "answer") in remarks and not any("Porque" in c.source for c in notebook.cells[:-1])
    )
    notebook, remarks, flags = rebuilt(master, stripped(ANSWERED))  # left as it was
    assert notebook.cells[-1] == master.cells[-1] and flags == [] and "añadida" not in str(remarks)


def test_an_answer_that_cannot_be_told_apart_waits_for_a_human(master):
    from nbgrader.utils import determine_grade

    note = {"cell_type": "markdown", "metadata": {}, "source": "Otra nota."}
    two = stripped(ANSWERED, answer="Porque sí.")
    two["cells"].append(note)
    elsewhere = copy.deepcopy(ANSWERED)
    elsewhere["cells"][5:] = []
    elsewhere["cells"].insert(1, note)
    for content in (two, elsewhere):
        notebook, remarks, flags = rebuilt(master, content)
        (answer,) = (cell for cell in notebook.cells if cell.id == "answer")
        assert flags == ["astray"] and say("astray", "answer") in remarks
        assert determine_grade(answer) == (None, 1) and "Otra nota." in [cell.source for cell in notebook.cells]
    del elsewhere["cells"][1]  # nothing that could be it
    notebook, _, flags = rebuilt(master, elsewhere)
    assert flags == [] and determine_grade(notebook.cells[-1]) == (0, 1)


def test_of_two_lost_answers_none_is_guessed_but_where_it_stands_between_known_cells(master):
    double = copy.deepcopy(master)
    double.cells += [small_course.cell("markdown", "read-on", "Y ahora, otra."), copy.deepcopy(master.cells[5])]
    double.cells[-1].id = double.cells[-1].metadata.nbgrader.grade_id = "second"
    content = copy.deepcopy(ANSWERED)
    content["cells"] += [{"cell_type": "markdown", "id": "read-on", "source": "Y ahora, otra."}, {"id": "second"}]
    content["cells"][5]["source"], content["cells"][7]["source"] = "Primera.", "Segunda."
    content["cells"][7] |= {"cell_type": "markdown"}
    notebook, _, flags = rebuilt(double, stripped(content))
    assert flags == [] and [c.source for c in notebook.cells[-3:]] == ["Primera.", "Y ahora, otra.", "Segunda."]
    del content["cells"][6]
    notebook, remarks, flags = rebuilt(double, stripped(content))
    assert flags == ["astray"] and say("astray", "answer, second") in remarks


def test_a_code_answer_that_a_human_grades_is_found_or_waits(master):
    manual = copy.deepcopy(master)
    manual.cells[3].metadata.nbgrader |= {"grade": True, "points": 1}
    content = copy.deepcopy(ANSWERED)
    content["cells"][3] = code("guess = 4", id="mine")
    notebook, remarks, flags = rebuilt(manual, content)
    assert (sources(notebook)["guess"], flags) == ("guess = 4", []) and say("taken", "guess") in remarks
    content["cells"].insert(3, code("x = 1", id="more"))
    notebook, _, flags = rebuilt(manual, content)
    assert flags == ["astray"] and [*sources(notebook, "student").values()][2:] == ["x = 1", "guess = 4", ""]


def test_plain_cells_are_the_students_and_survive_lost_ids(master):
    plain = copy.deepcopy(master)
    plain.cells[0].metadata.pop("nbgrader")
    edited = copy.deepcopy(ANSWERED)
    del edited["cells"][0]["metadata"]["nbgrader"]
    lost = copy.deepcopy(edited)
    for cell in lost["cells"]:
        cell["id"] = f"other-{cell['id']}"
    assert rebuilt(plain, lost)[1:] == ([], []) and [*sources(rebuilt(plain, lost)[0])] == [*sources(master)]
    edited["cells"][0]["source"] = lost["cells"][0]["source"] = "import numpy as np  # mine"
    assert sources(rebuilt(plain, edited)[0])["setup"] == edited["cells"][0]["source"]
    ran = sources(rebuilt(plain, lost)[0], "student")  # not the master's beside it, which would undo it
    assert [*ran.values()] == [edited["cells"][0]["source"], "", RIGHT, "guess = None"]
    del edited["cells"][0]
    notebook, remarks, flags = rebuilt(plain, edited)  # as the student left it
    assert (sources(notebook)["setup"], remarks, flags) == ("", [], [])


def test_another_notebook_wants_a_human(master):
    notebook, _, flags = rebuilt(master, {"nbformat": 4, "cells": [code("x = 1"), code(PREDICTION)]})
    assert flags == ["unmatched"] and "x = 1" in sources(notebook).values()
    assert rebuilt(master, {"nbformat": 4, "cells": []})[2] == ["unmatched"]


def test_what_is_added_is_bounded(master):
    content = copy.deepcopy(ANSWERED)
    content["cells"] += [code(f"x = {number}") for number in range(1000)] + [code("") for _ in range(1000)]
    notebook, _, flags = rebuilt(master, content)
    assert len(notebook.cells) == len(IDS) + intake.EXTRA_CELLS and flags == ["too-many-cells"]
    nbformat.validate(notebook)
    content = copy.deepcopy(ANSWERED)
    content["cells"][3]["source"] = "#" * 600_000
    content["cells"].insert(0, code("#" * 600_000))
    content["cells"][6]["attachments"] = {"a": {"image/png": "A" * 11_000_000}}
    notebook, _, flags = rebuilt(master, content)
    assert flags == ["too-much-source"]
    assert sources(notebook) | {"extra-1": "", "guess": "#" * 600_000} == sources(notebook)
    assert "attachments" not in notebook.cells[-1]


def test_an_extra_cell_takes_no_name_of_the_masters(master):
    named = copy.deepcopy(master)
    named.cells[0]["id"] = "extra-1"
    content = copy.deepcopy(ANSWERED)
    content["cells"].append(code("x = 1"))
    assert [cell.id for cell in rebuilt(named, content)[0].cells][-1] == "extra-2"


def test_an_older_masters_answers_and_imports_are_told_apart(tmp_path):
    source = "%matplotlib inline\nimport math\n### BEGIN SOLUTION\ndef pow(x, n):\n    y = x ** n\n    return y\n"
    setup = """%pylab
from math import *
from random import seed
files = !ls
try:
    import fast.linear as linear, os.path
except ImportError:
    from slow import linear
def helper():
    import inner"""
    cells = small_course.notebook().cells
    cells[0].source, cells[1].source = setup, f"{source}### END SOLUTION\nlast = 1"
    folder = small_course.make(tmp_path) / "solutions" / SLUG
    nbformat.write(small_course.v4.new_notebook(cells=cells), folder / NOTEBOOK)
    job = intake.job(intake.master(tmp_path, SLUG)[NOTEBOOK])
    assert job["cells"][1]["answers"] == ["last", "pow"] and job["bound"] == ["files", "guess", "helper", "last", "pow"]
    linear = "import fast.linear as linear, os.path"
    lines = {"*": ["from math import *"], "linear": [linear, "from slow import linear"], "os": [linear]}
    assert job["imports"] == lines


@pytest.mark.parametrize("change", [lambda cell: cell.pop("id"), lambda cell: cell.update(id="x")])
def test_an_older_master_has_the_same_ids_tomorrow(tmp_path, change):
    course = small_course.make(tmp_path)
    path = course / "solutions" / SLUG / NOTEBOOK
    old = json.loads(path.read_text())
    for cell in old["cells"]:
        change(cell)
    path.write_text(json.dumps(old | {"nbformat_minor": 2}))
    first, second = intake.master(course, SLUG), intake.master(course, SLUG)
    assert first == second and len({cell.id for cell in first[NOTEBOOK].cells}) == len(IDS)
    notebook, remarks, flags = rebuilt(first[NOTEBOOK], ANSWERED)
    assert (remarks, flags) == ([], []) and RIGHT in sources(notebook).values()
    nbformat.validate(notebook)


def test_a_broken_master_is_named(tmp_path):
    course = small_course.make(tmp_path)
    (course / "solutions" / SLUG / "b.ipynb").write_text("{")
    with pytest.raises(NotebookError, match=r"b\.ipynb"):
        intake.master(course, SLUG)
    with pytest.raises(NotebookError, match="02-none"):
        intake.master(course, "02-none")


# --- Mutations --------------------------------------------------------------------------------------------------------

ODD = [
    None,
    True,
    -1,
    10**30,
    1e308,
    float("nan"),
    "",
    "x",
    "\0",
    "\ud800",
    "id",
    [],
    {},
    [[]],
    {"x": []},
    ["a", 7],
    DOUBLE,
]


def mutate_bytes(content, rng):
    data = bytearray(raw(content))
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(data))
        end = start + rng.choice([0, 1, 1, 1, rng.randrange(100)])
        data[start:end] = rng.choice([rng.randbytes(1), rng.randbytes(3), b"", b"1", data[end : end + 50], b'"', b"{"])
    return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.05 else data)


def mutate_json(content, rng):
    """Any value anywhere replaced, removed or copied elsewhere."""
    for _ in range(rng.randint(1, 6)):
        spots, queue = [], [content]
        while queue:
            value = queue.pop()
            keys = [*value] if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
            spots += [(value, key) for key in keys]
            queue += [value[key] for key in keys]
        if not spots:
            break
        (holder, key), (other, name) = rng.choice(spots), rng.choice(spots)
        if rng.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(rng.choice([*ODD, other[name]]))
    return raw(content)


def mutate_cells(content, rng):
    cells = content["cells"]
    for _ in range(rng.randint(1, 6)):
        place, other = rng.randrange(len(cells)), rng.randrange(len(cells))
        match rng.choice(["copy", "delete", "swap", "type", "source", "id"]):
            case "copy":
                cells.insert(other, copy.deepcopy(cells[place]))
            case "delete" if len(cells) > 1:
                del cells[place]
            case "swap":
                cells[place], cells[other] = cells[other], cells[place]
            case "type":
                cells[place]["cell_type"] = rng.choice(["code", "markdown", "raw", "heading"])
            case "source":
                cells[place]["source"] = rng.choice([RIGHT, WEAK, "1/0", "%%bash\nls", "def ", ""])
            case "id":
                cells[place]["id"] = rng.choice(IDS)
    return raw(content)


def mutate_metadata(content, rng):
    for cell in rng.sample(content["cells"], rng.randint(1, 6)):
        values = cell["metadata"].setdefault("nbgrader", {})
        for key in rng.sample([*values], rng.randint(0, len(values))):
            values[key] = rng.choice([*ODD, True, False, 1000, *IDS])
        cell["metadata"][rng.choice(["tags", "nbgrader", "x"])] = rng.choice([*ODD, ["skip-execution"], ["examiner"]])
    return raw(content)


@pytest.mark.parametrize("mutate", [mutate_bytes, mutate_json, mutate_cells, mutate_metadata])
def test_no_mutation_does_more_than_change_an_answer(master, mutate):
    """500 of each: refused with NotebookError, or the master's tests with their points, valid, and bounded."""
    rng, tests = random.Random(7), [cell for cell in intake.job(master)["cells"] if cell["kind"] == "test"]
    read = 0
    for number in range(500):
        data = mutate(copy.deepcopy(ANSWERED), rng)
        try:
            content = intake.read(data)
        except NotebookError as error:
            assert str(error)
            continue
        read += 1
        notebook, remarks, _ = intake.rebuild(master, content)
        job = intake.job(notebook)
        assert [cell for cell in job["cells"] if cell["kind"] == "test"] == tests
        assert [cell.id for cell in notebook.cells if cell.id in IDS] == IDS
        assert all(visible(remark) == remark for remark in remarks)
        assert json.dumps(job).encode()
        if number % 5 == 0:
            nbformat.validate(notebook)
    assert read >= (100 if mutate is mutate_bytes else 300)


# --- Archives ---------------------------------------------------------------------------------------------------------


def member(name, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(name, (2026, 3, 1, 10, 0, 0))
    info.external_attr = (kind | 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def archived(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # repeated names
        for name, content in members:
            archive.writestr(name, content)
    return path


def below(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_honest_archive_is_unpacked(tmp_path):
    files = {"a b/ñ.ipynb": b"1", "a b/c/d.txt": b"2", "=x+,[*].ipynb": b"3", "🙂.ipynb": b"4", ".hidden": b""}
    path = archived(tmp_path / "x.zip", ("empty/", ""), *((member(name), data) for name, data in files.items()))
    assert intake.unpack(path, tmp_path / "out") == []
    assert below(tmp_path / "out") == files and (tmp_path / "out" / "empty").is_dir()
    assert datetime.fromtimestamp((tmp_path / "out" / "🙂.ipynb").stat().st_mtime) == datetime(2026, 3, 1, 10)


def test_names_without_the_utf_8_mark_are_read(tmp_path):
    path = archived(tmp_path / "x.zip", (member("ñandú.ipynb"), b"1"), (member("\u00e9.txt"), b"2"))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        for match in re.finditer(re.escape(signature), bytes(data)):
            data[match.start() + offset] &= ~0x08
    path.write_bytes(data.replace("é.txt".encode(), b"\x82\xa0.txt"[:6]))  # cp437, of a Spanish Windows
    assert intake.unpack(path, tmp_path / "out") == []
    assert below(tmp_path / "out") == {"ñandú.ipynb": b"1", "éá.txt": b"2"}


def test_what_would_leave_the_folder_is_refused_by_name(tmp_path):
    bad = ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "C:/out.txt", "..\\out.txt", "a//b", "./x", "x" * 300]
    bad += ["/".join("abcdefghijkl")]
    path = archived(tmp_path / "x.zip", *((member(name), b"1") for name in [*bad, "good.ipynb"]))
    remarks = intake.unpack(path, tmp_path / "out" / "deep")
    assert below(tmp_path / "out") == {"deep/good.ipynb": b"1"}
    assert [remark.rpartition(": ")[0] for remark in remarks] == bad


def test_links_and_devices_are_refused(tmp_path):
    kinds = {
        "link": stat.S_IFLNK,
        "pipe": stat.S_IFIFO,
        "disk": stat.S_IFBLK,
        "tty": stat.S_IFCHR,
        "sock": stat.S_IFSOCK,
    }
    bad = [(member(name, kind), b"/etc/passwd") for name, kind in kinds.items()]
    path = archived(tmp_path / "x.zip", *bad, (member("link/x"), b"1"))
    assert len(intake.unpack(path, tmp_path / "out")) == len(kinds)
    assert below(tmp_path / "out") == {"link/x": b"1"}


def test_repeated_names_keep_the_first(tmp_path):
    path = archived(tmp_path / "x.zip", ("a", b"1"), ("a", b"2"), ("a/b", b"3"), ("b/c", b"4"), ("b", b"5"))
    remarks = intake.unpack(path, tmp_path / "out")
    assert below(tmp_path / "out") == {"a": b"1", "b/c": b"4"} and len(remarks) == 3


def test_bombs_are_bounded(tmp_path, monkeypatch):
    zeros = bytes(4_000_000)
    monkeypatch.setattr(intake, "MEMBER_BYTES", 5_000_000)
    path = archived(tmp_path / "x.zip", *((f"{number}.ipynb", zeros) for number in range(8)), ("good", b"1"))
    monkeypatch.setattr(intake, "INFLATION", 0)
    remarks = intake.unpack(path, tmp_path / "out")
    assert [*below(tmp_path / "out")].count("good") == 1
    assert sum(map(len, below(tmp_path / "out").values())) <= 10_000_001 and len(remarks) == 6
    with monkeypatch.context() as smaller:
        smaller.setattr(intake, "ARCHIVE_BYTES", 3_000_000)
        assert intake.unpack(path, tmp_path / "less") and [*below(tmp_path / "less")] == ["good"]
    monkeypatch.setattr(intake, "MEMBERS", 3)
    with pytest.raises(NotebookError, match="> 3"):
        intake.unpack(path, tmp_path / "none")


def test_a_size_that_lies_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MEMBER_BYTES", 100_000)
    path = archived(tmp_path / "x.zip", ("bomb", bytes(3_000_000)), ("good", b"1"))
    path.write_bytes(path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    assert [remark.partition(":")[0] for remark in intake.unpack(path, tmp_path / "out")] == ["bomb"]
    assert below(tmp_path / "out") == {"good": b"1"}


def test_passwords_damage_and_odd_methods_cost_one_member(tmp_path):
    odd = member("odd")
    odd.compress_type = zipfile.ZIP_LZMA
    path = archived(tmp_path / "x.zip", (odd, b"1" * 99), ("locked", b"2"), ("broken", b"3" * 50), ("good", b"4"))
    data = bytearray(path.read_bytes())
    for match in re.finditer(rb"PK\x01\x02.{42}locked", bytes(data), re.DOTALL):
        data[match.start() + 8] |= 1
    data[data.index(b"broken") + 6] ^= 0xFF
    path.write_bytes(data)
    remarks = intake.unpack(path, tmp_path / "out")
    assert [remark.partition(":")[0] for remark in remarks] == ["odd", "locked", "broken"]
    assert below(tmp_path / "out") == {"good": b"4"}


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000])
def test_what_is_no_archive_is_named(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(NotebookError, match=r"x\.zip"):
        intake.unpack(tmp_path / "x.zip", tmp_path / "out")


def test_no_damage_to_an_archive_writes_outside(tmp_path):
    path = archived(tmp_path / "x.zip", *((member(f"a/{name}"), name.encode() * 20) for name in "abcdef"))
    rng, original = random.Random(7), path.read_bytes()
    for number in range(200):
        data = bytearray(original)
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(len(data))] = rng.choice([0, 0xFF, ord("."), ord("/"), rng.randrange(256)])
        path.write_bytes(data)
        with contextlib.suppress(NotebookError):
            intake.unpack(path, tmp_path / "out" / str(number))
    assert not any(found.is_symlink() for found in (tmp_path / "out").rglob("*"))
    assert {found.name for found in tmp_path.iterdir()} == {"x.zip", "out"}
    assert {found.name for found in (tmp_path / "out").iterdir()} <= {str(number) for number in range(200)}
