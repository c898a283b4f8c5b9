"""Grades a class with stock nbgrader, each submission apart: ``python -m utils.grading.classroom grade|demo``.

Submissions run without protection, with the rights of whoever starts this. One that cannot be read or run is reported
with its reason, keeps no earlier automatic score, and touches no other. The table on screen speaks COURSE_LANG; the
heads of grades.csv are the fields of `Row`, in English whatever the language, so that imports keep working.
"""

import argparse
import csv
import json
import os
import re
import shutil
import stat
import sys
import warnings
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import quote

from utils import release

MAX_BYTES = 20_000_000  # of one notebook
TEXTS = {  # es, en
    "warning": (
        "Aviso: las entregas se ejecutan sin protección, con tus permisos.",
        "Warning: submissions run unprotected, with your rights.",
    ),
    "nothing": (
        "No hay entregas. Pon cada cuaderno en submitted/ESTUDIANTE/{0}/{0}.ipynb y repite la orden.",
        "There are no submissions. Put each notebook in submitted/STUDENT/{0}/{0}.ipynb and try again.",
    ),
    "stopped": ("No se pudo calificar: {}", "Could not grade: {}"),
    "written": ("Notas: {}. Comentarios para cada estudiante: {}.", "Grades: {}. Feedback for each student: {}."),
    "ungraded": ("Entregas sin calificar: {}. La última columna dice por qué.", "Not graded: {}. See the last column."),
    "demo-wrong": ("La clase de prueba no dio lo esperado.", "The demo class did not come out as expected."),
    "heads": (
        "estudiante tarea nota máximo automática máximo pendiente observaciones",
        "student assignment score max automatic max pending remarks",
    ),
    "unknown": ("no existe la tarea «{}»", "there is no assignment “{}”"),
    "missing": ("falta {}; hay: {}", "{} is missing; found: {}"),
    "irregular": ("{} no es un archivo normal (¿un enlace?)", "{} is not a regular file (a link?)"),
    "empty": ("{} está vacío", "{} is empty"),
    "large": ("{} pasa de {} bytes", "{} is larger than {} bytes"),
    "not-json": ("{} no es JSON válido", "{} is not valid JSON"),
    "not-notebook": ("{} no es un cuaderno de Jupyter", "{} is not a Jupyter notebook"),
    "kinds": ("completa parcial intacta incorrecta ilegible", "complete partial untouched wrong unreadable"),
}


def text(key, *values):
    """The text of a key in COURSE_LANG (es unless it is en)."""
    return TEXTS[key][os.environ.get("COURSE_LANG") == "en"].format(*values)


@dataclass
class Row:
    """What one submission came to, in points, and a remark where something needs a look. No score: not graded."""

    student: str
    assignment: str
    score: float | None = None
    max_score: float | None = None
    auto_score: float | None = None
    max_auto_score: float | None = None
    manual_pending: float | None = None  # points that wait for a human
    remarks: str = ""


def intake(folder, names, staged):
    """Copy the notebooks of a submission to a clean folder; nothing else of it is ever used.

    Args:
        folder: the submission. names: file names of the assignment's notebooks. staged: the clean folder.

    Returns:
        A remark about entries that are not regular files; "" where there are none.

    Raises:
        NotebookError: a notebook is missing, not a regular file, empty, too large, not JSON or not a notebook.
    """
    import nbformat

    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    modes = {path.relative_to(folder).as_posix(): path.lstat().st_mode for path in sorted(folder.rglob("*"))}
    files = [name for name, mode in modes.items() if not stat.S_ISDIR(mode)]
    irregular = [name for name in files if not stat.S_ISREG(modes[name])]
    for name in names:
        if name not in files or name in irregular:
            key = "irregular" if name in irregular else "missing"
            raise release.NotebookError(text(key, name, ", ".join(files) or "-"))
        size = (folder / name).stat().st_size
        if not 0 < size <= MAX_BYTES:
            raise release.NotebookError(text("large" if size else "empty", name, MAX_BYTES))
        try:
            content = json.loads((folder / name).read_bytes().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise release.NotebookError(text("not-json", name)) from error
        try:
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(notebook)
            nbformat.write(notebook, staged / name)
        except Exception as error:  # whatever an odd notebook raises in nbformat
            raise release.NotebookError(text("not-notebook", name)) from error
    return "; ".join(text("irregular", name) for name in irregular)


def grade_submission(course, row):
    """Fill in the Row of one submission. Its old automatic scores go first: none stands where grading fails."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde, GenerateFeedback

    # nbgrader takes a name as a pattern and strips it: where that matters, its gradebook and folders have it quoted.
    student = re.sub(r"[*?\[\]%]|^\s+|\s+$", lambda match: quote(match[0], safe=""), row.student)
    config, where = release.settings(course), Path(student, row.assignment)
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = row.assignment, student
    config.CourseDirectory.submitted_directory = "gradebook/submitted"
    config.Autograde.force = config.GenerateFeedback.force = True
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        gradebook.update_or_create_student(student)
        for notebook in gradebook.update_or_create_submission(row.assignment, student).notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()
    for step in ("autograded", "feedback"):
        shutil.rmtree(Path(course, step) / where, ignore_errors=True)
    names = sorted(path.name for path in Path(course, "solutions", row.assignment).glob("*.ipynb"))
    handed_in = Path(course, "submitted", row.student, row.assignment)
    row.remarks = intake(handed_in, names, Path(course, "gradebook", "submitted") / where)
    release.convert(Autograde, config)
    release.convert(GenerateFeedback, config)
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        submission = gradebook.find_submission(row.assignment, student)
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        row.score, row.max_score = submission.score, submission.max_score
        row.auto_score, row.max_auto_score = submission.code_score, submission.max_code_score
        row.manual_pending = float(sum(grade.cell.max_score for grade in grades if grade.needs_manual_grade))


def grade_class(course):
    """Grade everything in submitted/: a list of Rows, in the order of the names.

    Raises:
        NotebookError: an assignment cannot be recorded in the gradebook.
    """
    folders, known = sorted(Path(course, "submitted").glob("[!.]*/[!.]*")), release.assignments(course)
    for assignment in sorted({folder.name for folder in folders} & {*known}):
        release.generate(course, assignment, Path(course, "gradebook", "released"), database=True)
    rows = [Row(folder.parent.name, folder.name) for folder in folders]
    for number, (row, folder) in enumerate(zip(rows, folders, strict=True), 1):
        print(_visible(f"[{number}/{len(rows)}] {row.student} · {row.assignment}"), file=sys.stderr, flush=True)
        try:
            if folder.is_symlink() or folder.parent.is_symlink():
                raise release.NotebookError(text("irregular", folder.name))
            if row.assignment not in known:
                raise release.NotebookError(text("unknown", row.assignment))
            grade_submission(course, row)
        except Exception as error:  # whatever one submission raises stays with it
            row.remarks = f"{type(error).__name__}: {error}".removeprefix("NotebookError: ")
    return rows


def write_csv(rows, path):
    """Write grades.csv; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    with open(path, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(Row))
        for row in rows:
            values = asdict(row).values()
            writer.writerow(f"'{v}" if isinstance(v, str) and v.startswith(tuple("=+-@\t\r")) else v for v in values)


def table(rows):
    """The rows as aligned text."""
    cells = [text("heads").split()]
    for row in rows:
        values = asdict(row).values()
        cells.append(["-" if v is None else f"{v:g}" if isinstance(v, float) else _visible(v) for v in values])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def _visible(name):
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def grade(course):
    """Grade submitted/ of a course folder, write feedback/ and grades.csv, print the table; returns the Rows."""
    print(text("warning"), file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, and nbformat's about old notebooks
        rows = grade_class(course)
    write_csv(rows, Path(course, "grades.csv"))
    print(table(rows), text("written", Path(course, "grades.csv"), Path(course, "feedback")), sep="\n")
    return rows


def make_demo(origin, course):
    """Make a course folder with origin's first assignment and a class built from its solution: {kind: student}."""
    import nbformat

    shutil.rmtree(course, ignore_errors=True)
    assignment = release.assignments(origin)[0]
    shutil.copytree(origin / "solutions" / assignment, course / "solutions" / assignment)
    shutil.copy(origin / "nbgrader_config.py", course)
    kinds = dict(zip(TEXTS["kinds"][1].split(), text("kinds").split(), strict=True))
    for path, content in release.released(course).items():
        source = nbformat.read(course / "solutions" / path, as_version=4)
        solved = {c.id: c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")}
        answered = {"complete": [*solved], "partial": [*solved][: len(solved) // 2]}
        for kind, student in kinds.items():
            notebook = nbformat.reads(content.decode(), as_version=4)
            for cell in (cell for cell in notebook.cells if cell.id in solved):
                if cell.id in answered.get(kind, []):
                    cell.source = solved[cell.id]
                elif kind == "wrong":
                    cell.source = cell.source.replace("raise NotImplementedError", "return 0.0").replace("None", "0")
            target = course / "submitted" / student / path
            target.parent.mkdir(parents=True)
            written = nbformat.writes(notebook)
            target.write_text(written[: len(written) // 2] if kind == "unreadable" else written, encoding="utf-8")
    return kinds


def demo(origin, course):
    """Grade the demo class; returns whether it came out as it must."""
    kinds = make_demo(origin, course)
    rows = {row.student: row for row in grade(course)}
    complete, partial, untouched, wrong, unreadable = (rows[student] for student in kinds.values())
    return (
        complete.auto_score == complete.max_auto_score
        and untouched.score == 0
        and all(0 <= row.auto_score < complete.auto_score for row in (partial, wrong))
        and unreadable.score is None
    )


def main(arguments=None):
    """0: all graded; 1: some submission was not (or the demo went wrong); 2: could not run."""
    parser = argparse.ArgumentParser(prog="python -m utils.grading.classroom", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["grade", "demo"])
    parser.add_argument("--course", type=Path, default=release.ROOT, help="course folder (default: this repository)")
    chosen = parser.parse_args(arguments)
    course = chosen.course.resolve()
    try:
        if chosen.command == "demo":
            problem = "" if demo(course, course / "_build" / "demo") else text("demo-wrong")
        elif not any(course.glob("submitted/[!.]*/[!.]*")):
            print(text("nothing", release.assignments(course)[0]))
            return 0
        else:
            ungraded = sum(row.score is None for row in grade(course))
            problem = text("ungraded", ungraded) if ungraded else ""
    except (release.NotebookError, OSError) as error:
        print(text("stopped", error), file=sys.stderr)
        return 2
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
