"""Grades a class safely: ``python -m utils.grading grade|feedback|report|run|doctor|demo``."""

import argparse
import contextlib
import fnmatch
import math
import os
import shutil
import sqlite3
import sys
import traceback
import warnings
from dataclasses import fields
from pathlib import Path

from utils import release
from utils.grading import classroom, lms, report, sandbox, say, visible


def one_assignment(chosen):
    known = release.assignments(chosen.course)
    if chosen.assignment not in known:
        raise ValueError(say("one", ", ".join(known)))
    return chosen.assignment


def named(chosen, step="submitted"):
    """The folders that the options name; ValueError where a name in them is of nothing."""
    folders, known = classroom.submissions(chosen.course, chosen.options, step), release.assignments(chosen.course)
    if not folders and not fnmatch.filter(known, chosen.assignment):
        raise ValueError(say("unknown", chosen.assignment))
    if not folders and chosen.student != "*":
        raise ValueError(say("none", chosen.student, chosen.assignment))
    return folders


def grade(chosen):
    """Grade submitted/, write feedback/ and grades.csv, print the table."""
    course = chosen.course
    if chosen.to_zip:  # what cannot be written is better known before
        one_assignment(chosen)
        chosen.to_zip.parent.mkdir(parents=True, exist_ok=True)
    if chosen.from_zip:
        for student, name, remarks in lms.arrive(chosen.from_zip, course, one_assignment(chosen)):
            print(visible(": ".join(filter(None, [student, name, "; ".join(remarks)]))), file=sys.stderr)
    if not named(chosen):
        print(say("nothing", fnmatch.filter(release.assignments(course), chosen.assignment)[0]))
        return 0
    rows = classroom.grade(course, chosen.options)
    write_grades(rows, chosen)
    graded = [row for row in rows if row.score is not None]
    doubtful = sum(bool(row.flags) for row in graded)
    print(classroom.table(rows))
    print(say("summary", len(rows), len(graded), doubtful, len(rows) - len(graded)))
    print(say("written", course / "grades.csv", course / "feedback"))
    to_zip(chosen)
    return int(doubtful > 0 or len(graded) < len(rows))


def write_grades(rows, chosen):
    fresh = chosen.course / "grades.csv.new"
    report.grades_csv(rows, fresh, chosen.format, lms.origins(chosen.course))
    fresh.replace(chosen.course / "grades.csv")


def to_zip(chosen):
    if chosen.to_zip:
        students = lms.feedback_zip(chosen.course, one_assignment(chosen), chosen.to_zip)
        print(say("zip", chosen.to_zip, len(students)))


def feedback(chosen):
    """Write the pages for students again, with what a human has added in the meantime."""
    for folder in named(chosen, "autograded"):
        target = chosen.course / "feedback" / folder.parent.name / folder.name
        shutil.rmtree(target, ignore_errors=True)
        classroom.write_feedback(chosen.course, folder, target)
        print(say("page", target))
    to_zip(chosen)
    return 0


def reports(chosen):
    """Write a page for each assignment about the class, and grades.csv."""
    if chosen.assignment != "*":
        one_assignment(chosen)
    folders = named(chosen)
    with classroom.Writer(chosen.course) as writer:
        write_grades(writer.rows(folders), chosen)
    for assignment in sorted({folder.name for folder in folders} & {*release.assignments(chosen.course)}):
        target = chosen.course / "gradebook" / "reports" / f"{assignment}.html"
        report.write(chosen.course, assignment, target)
        print(say("page", target))
    return 0


def run(chosen):
    """Run one student's notebooks as the grader does and show every cell; nothing is recorded."""
    folders = named(chosen)
    if not folders:
        raise ValueError(say("none", chosen.student, chosen.assignment))
    if len(folders) > 1:
        raise ValueError(say("several", ", ".join(visible("/".join(folder.parts[-2:])) for folder in folders[:9])))
    for name, cells in classroom.examined(chosen.course, folders[0], chosen.options).items():
        for cell, told in cells:
            head = [name, cell["id"], told.get("reason"), f"{told.get('seconds', 0):.2f} s"]
            show(f"\n── {' · '.join(filter(None, head))}\n{cell['source']}")
            for output in told.get("outputs", []):
                shown = output.get("text") or "\n".join(output.get("traceback", [])) or output.get("data", {})
                show(f"» {shown if isinstance(shown, str) else shown.get('text/plain', [*shown])}")
    return 0


def show(lines):
    print("\n".join(map(visible, lines.split("\n"))))


def doctor(chosen):
    """Try each isolation of the sandbox for real and say how to mend what this machine cannot do."""
    found = sandbox.doctor()
    for name, ok, mend in found:
        print(f"{say('ok' if ok else 'bad'):5} {name}" + ("" if ok else f": {mend}"))
    return 0 if all(ok for _, ok, _ in found) else 2


def make_demo(origin, course):
    """Make a course folder with origin's first assignment and a class built from its solution; returns its students."""
    import nbformat

    shutil.rmtree(course, ignore_errors=True)
    assignment = release.assignments(origin)[0]
    shutil.copytree(origin / "solutions" / assignment, course / "solutions" / assignment)
    shutil.copy(origin / "nbgrader_config.py", course)
    complete, partial, _, wrong, unreadable = students = say("kinds").split()
    for path, content in release.released(course).items():
        source = nbformat.read(course / "solutions" / path, as_version=4)
        solved = {c.id: c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")}
        answered = {complete: [*solved], partial: [*solved][: len(solved) // 2]}
        for student in students:
            notebook = nbformat.reads(content.decode(), as_version=4)
            for cell in (cell for cell in notebook.cells if cell.id in solved):
                if cell.id in answered.get(student, []):
                    cell.source = solved[cell.id]
                elif student == wrong:
                    cell.source = cell.source.replace("raise NotImplementedError", "return 0.0").replace("None", "0")
            target = course / "submitted" / student / path
            target.parent.mkdir(parents=True)
            written = nbformat.writes(notebook)
            target.write_text(written[: len(written) // 2] if student == unreadable else written, encoding="utf-8")
    return students


def demo(chosen):
    """Grade a small made-up class in _build/demo."""
    origin, chosen.course = chosen.course, chosen.course / "_build" / "demo"
    students = make_demo(origin, chosen.course)
    grade(chosen)
    with classroom.Writer(chosen.course) as writer:
        rows = {row.student: row for row in writer.rows(classroom.submissions(chosen.course, chosen.options))}
    complete, partial, untouched, wrong, unreadable = (rows[student] for student in students)
    lower = all(0 <= row.auto_score < complete.auto_score == complete.max_auto_score for row in (partial, wrong))
    if not lower or untouched.score != 0 or unreadable.score is not None:
        raise ValueError(say("demo-wrong"))
    return 0


COMMANDS = {"grade": grade, "feedback": feedback, "report": reports, "run": run, "doctor": doctor, "demo": demo}
WRITING = {"grade", "feedback", "report"}  # one of these at a time on a course


def number(kind, accepts, accepted):
    """What reads a number for argparse and refuses others by saying what is accepted."""

    def read(text):
        with contextlib.suppress(ValueError):
            if accepts(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(say("number", text, accepted))

    return read


def main(arguments=None):
    """0: all graded; 1: something needs a human; 2: could not run; 130: Ctrl-C."""
    with contextlib.suppress(AttributeError):  # a terminal may lack a letter of a name
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m utils.grading", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS, help="; ".join(f"{n}: {f.__doc__}" for n, f in COMMANDS.items()))
    parser.add_argument("--course", type=Path, default=release.ROOT, help="course folder (default: this repository)")
    parser.add_argument("--assignment", default="*", help="only this one")
    parser.add_argument("--student", default="*", help="only this one")
    whole, positive = number(int, lambda n: n >= 1, "1, 2, 3…"), number(float, lambda s: 0 < 2 * s < math.inf, "> 0")
    parser.add_argument("--workers", type=whole, default=os.cpu_count() or 1, help="submissions at once")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler whose workers run the submissions")
    parser.add_argument("--from-zip", type=Path, metavar="ZIP", help="first take in a download from Moodle or Canvas")
    parser.add_argument("--to-zip", type=Path, metavar="ZIP", help="write the feedback for Moodle, of one assignment")
    parser.add_argument("--format", choices=report.FORMATS, default="plain", help="of grades.csv")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="keep what is finished (the default)")
    again.add_argument("--fresh", action="store_true", help="grade what is finished again, too")
    parser.add_argument(
        "--timeout", dest="seconds", type=positive, metavar="SECONDS", help="CPU time of one cell or call"
    )
    parser.add_argument(
        "--unsafe-no-sandbox", dest="unsafe", action="store_true", help="run submissions with your own rights"
    )
    chosen = parser.parse_args(arguments)
    chosen.course = chosen.course.resolve()
    given = {field.name for field in fields(classroom.Options)} & vars(chosen).keys()
    chosen.options = classroom.Options(**{name: getattr(chosen, name) for name in given})
    held = classroom.alone(chosen.course) if chosen.command in WRITING else contextlib.nullcontext()
    try:
        with warnings.catch_warnings(), held:
            warnings.simplefilter("ignore")  # nbgrader's own
            return COMMANDS[chosen.command](chosen)
    except KeyboardInterrupt:
        print(say("interrupted"), file=sys.stderr)
        return 130
    except Exception as error:
        # SQLAlchemy's errors hold SQLite's; nbgrader raises its own while it handles those.
        theirs = error.__context__ if type(error).__module__.startswith("nbgrader") else None
        reason = getattr(error, "orig", None) or getattr(theirs, "orig", error)
        broken = isinstance(reason, sqlite3.OperationalError) or type(reason) is sqlite3.DatabaseError
        if not broken and not isinstance(reason, release.NotebookError | sandbox.Unavailable | OSError | ValueError):
            traceback.print_exc()  # a fault of the grader's own
        if broken or isinstance(reason, PermissionError) or getattr(reason, "errno", None) in classroom.DISC:
            reason = say("disc", reason, getattr(reason, "filename", None) or chosen.course)
        print(say("stopped"), reason, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
