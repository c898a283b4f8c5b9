"""Grades a class safely: ``python -m utils.grading grade|feedback|report|run|doctor|demo``."""

import argparse
import functools
import os
import shutil
import sys
import warnings
from pathlib import Path

from utils import release
from utils.grading import classroom, intake, lms, report, sandbox, say

TEXTS = {  # es, en
    "nothing": (
        "No hay entregas. Pon cada cuaderno en submitted/ESTUDIANTE/{0}/{0}.ipynb, o usa --from-zip, y repite.",
        "There are no submissions. Put each notebook in submitted/STUDENT/{0}/{0}.ipynb, or use --from-zip, and retry.",
    ),
    "stopped": ("No se pudo: {}", "Could not: {}"),
    "summary": (
        "{} entregas: {} calificadas, {} de ellas por mirar; {} sin calificar.",
        "{} submissions: {} graded, {} of them to be looked at; {} not graded.",
    ),
    "written": ("Notas: {}. Comentarios para cada estudiante: {}.", "Grades: {}. Feedback for each student: {}."),
    "one": ("hace falta --assignment: una de {}", "--assignment is needed: one of {}"),
    "zip": ("Para Moodle: {} ({} estudiantes).", "For Moodle: {} ({} students)."),
    "page": ("Escrito: {}", "Written: {}"),
    "demo-wrong": ("La clase de prueba no dio lo esperado.", "The demo class did not come out as expected."),
    "no-student": ("no hay entrega de «{}»", "there is no submission of “{}”"),
    "ok": ("bien", "fine"),
    "bad": ("MAL", "BAD"),
    "kinds": ("completa parcial intacta incorrecta ilegible", "complete partial untouched wrong unreadable"),
}

text = functools.partial(say, TEXTS)


class Stop(Exception):
    """The command could not run; the text is the reason."""


def options_of(chosen):
    return classroom.Options(
        chosen.assignment or "*", chosen.student or "*", chosen.workers, chosen.scheduler, chosen.fresh,
        chosen.timeout, chosen.unsafe_no_sandbox,
    )  # fmt: skip


def one_assignment(chosen):
    known = release.assignments(chosen.course)
    if chosen.assignment not in known:
        raise Stop(text("one", ", ".join(known)))
    return chosen.assignment


def grade(chosen):
    """Grade submitted/, write feedback/ and grades.csv, print the table."""
    course = chosen.course
    if chosen.to_zip:  # what cannot be written is better known before
        one_assignment(chosen)
        chosen.to_zip.parent.mkdir(parents=True, exist_ok=True)
    if chosen.from_zip:
        for student, name, remarks in lms.arrive(chosen.from_zip, course, one_assignment(chosen)):
            print(intake.visible(": ".join(filter(None, [student, name or "", "; ".join(remarks)]))), file=sys.stderr)
    if not classroom.submissions(course, options_of(chosen)):
        print(text("nothing", chosen.assignment or release.assignments(course)[0]))
        return 0
    rows = classroom.grade(course, options_of(chosen))
    write_grades(rows, chosen)
    graded = [row for row in rows if row.score is not None]
    doubtful = sum(bool(row.flags) for row in graded)
    print(classroom.table(rows))
    print(text("summary", len(rows), len(graded), doubtful, len(rows) - len(graded)))
    print(text("written", course / "grades.csv", course / "feedback"))
    to_zip(chosen)
    return int(doubtful > 0 or len(graded) < len(rows))


def write_grades(rows, chosen):
    fresh = chosen.course / "grades.csv.new"
    report.grades_csv(rows, fresh, chosen.format, lms.origins(chosen.course))
    fresh.replace(chosen.course / "grades.csv")


def to_zip(chosen):
    if chosen.to_zip:
        students = lms.feedback_zip(chosen.course, one_assignment(chosen), chosen.to_zip)
        print(text("zip", chosen.to_zip, len(students)))


def feedback(chosen):
    """Write the pages for students again, with what a human has added in the meantime."""
    for folder in sorted(chosen.course.glob(f"autograded/*/{chosen.assignment or '*'}")):
        if chosen.student in (None, intake.unsafe(folder.parent.name)):
            target = chosen.course / "feedback" / folder.parent.name / folder.name
            shutil.rmtree(target, ignore_errors=True)
            classroom.write_feedback(chosen.course, folder, target)
            print(text("page", target))
    to_zip(chosen)
    return 0


def reports(chosen):
    """Write a page for each assignment about the class, and grades.csv."""
    for assignment in [one_assignment(chosen)] if chosen.assignment else release.assignments(chosen.course):
        target = chosen.course / "gradebook" / "reports" / f"{assignment}.html"
        if classroom.submissions(chosen.course, classroom.Options(assignment)):
            report.write(chosen.course, assignment, target)
            print(text("page", target))
    with classroom.Writer(chosen.course) as writer:
        known = [f for f in classroom.submissions(chosen.course, options_of(chosen)) if writer.knows(f)]
        write_grades(writer.rows(known), chosen)
    return 0


def run(chosen):
    """Run one student's notebooks as the grader does and show every cell; nothing is recorded."""
    one_assignment(chosen)
    folders = classroom.submissions(chosen.course, options_of(chosen))
    if not chosen.student or len(folders) != 1:
        raise Stop(text("no-student", chosen.student or ""))
    for name, cells in classroom.examined(chosen.course, folders[0], options_of(chosen)).items():
        for cell, told in cells:
            head = " · ".join(
                filter(None, [name, cell["id"], told.get("reason", ""), f"{told.get('seconds', 0):.2f} s"])
            )
            print(f"\n── {intake.visible(head)}\n{visible(cell['source'])}")
            for output in told.get("outputs", []):
                shown = output.get("text") or "\n".join(output.get("traceback", [])) or output.get("data", {})
                print(visible(f"» {shown if isinstance(shown, str) else shown.get('text/plain', [*shown])}"))
    return 0


def visible(lines):
    return "\n".join(map(intake.visible, str(lines).split("\n")))


def doctor(chosen):
    """Try each isolation of the sandbox for real and say how to mend what this machine cannot do."""
    found = sandbox.doctor()
    for name, ok, mend in found:
        print(f"{text('ok' if ok else 'bad'):5} {name}" + ("" if ok else f": {mend}"))
    return 0 if all(ok for _, ok, _ in found) else 2


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


def demo(chosen):
    """Grade a small made-up class in _build/demo."""
    origin, chosen.course = chosen.course, chosen.course / "_build" / "demo"
    kinds = make_demo(origin, chosen.course)
    grade(chosen)
    with classroom.Writer(chosen.course) as writer:
        rows = {row.student: row for row in writer.rows(classroom.submissions(chosen.course, options_of(chosen)))}
    complete, partial, untouched, wrong, unreadable = (rows[student] for student in kinds.values())
    came_out = (
        complete.auto_score == complete.max_auto_score
        and untouched.score == 0
        and all(0 <= row.auto_score < complete.auto_score for row in (partial, wrong))
        and unreadable.score is None
    )
    if not came_out:
        raise Stop(text("demo-wrong"))
    return 0


COMMANDS = {"grade": grade, "feedback": feedback, "report": reports, "run": run, "doctor": doctor, "demo": demo}


def main(arguments=None):
    """0: all graded; 1: something needs a human; 2: could not run."""
    parser = argparse.ArgumentParser(prog="python -m utils.grading", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS, help="; ".join(f"{n}: {f.__doc__}" for n, f in COMMANDS.items()))
    parser.add_argument("--course", type=Path, default=release.ROOT, help="course folder (default: this repository)")
    parser.add_argument("--assignment", help="only this one")
    parser.add_argument("--student", help="only this one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="submissions at once")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler whose workers run the submissions")
    parser.add_argument("--from-zip", type=Path, metavar="ZIP", help="first take in a download from Moodle or Canvas")
    parser.add_argument("--to-zip", type=Path, metavar="ZIP", help="write the feedback for Moodle, of one assignment")
    parser.add_argument("--format", choices=report.FORMATS, default="plain", help="of grades.csv")
    parser.set_defaults(fresh=False)
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", dest="fresh", action="store_false", help="keep what is finished (default)")
    again.add_argument("--fresh", dest="fresh", action="store_true", help="grade everything again")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="CPU time of one cell or call")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", help="run submissions with your own rights")
    chosen = parser.parse_args(arguments)
    chosen.course = chosen.course.resolve()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own
            return COMMANDS[chosen.command](chosen)
    except (Stop, release.NotebookError, sandbox.Unavailable, OSError, ValueError) as error:
        print(text("stopped", error), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
