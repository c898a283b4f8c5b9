"""`make bench-grading`: grading a class here against stock `nbgrader autograde` on the same submissions, in one run.

Honest submissions of one assignment, each exercise of each drawn by seed: solution, stub, a right or a wrong variant.
Stock runs them one after another, each in a new kernel; its start is measured by itself and counts only against the
cold run. Ours runs in turn with one and two workers and the server started before the clock; the cold run is a process
of its own, from its first import on. No feedback pages, as stock writes none. Writes _build/bench/grading.json.
"""

import contextlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from unittest.mock import patch

import nbformat
import numpy as np
from tqdm import tqdm

from utils import release
from utils.grading import classroom, log

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "_build/bench/grading.json"
SOURCE, ASSIGNMENT, SEED = ROOT, "03-relu-family", 20  # course folder that has the assignment
NUMBER, MANY, ROUNDS = 24, 240, 3
SAMPLE, STOCK_SECONDS = 6, 400  # stock grades so many first, and the rest where all would take no longer than this
PLUGIN = ("from utils.grading import plugin\n", "\nplugin.install(c)\n")  # what makes the settings other than stock
STOCK = "\nc.Execute.timeout = 120\nc.Execute.extra_arguments = ['--log-level=ERROR']\n"


# --- The class --------------------------------------------------------------------------------------------------------


def make_course(course, keep=lambda exercise: True, stock=False):
    """A course folder with SOURCE's assignment; of its cells those of the exercises to `keep`, and those of none."""
    notebook = nbformat.read(SOURCE / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    owners = exercises(notebook)
    notebook.cells = [cell for cell in notebook.cells if owners[cell.id] is None or keep(owners[cell.id])]
    (course / "solutions" / ASSIGNMENT).mkdir(parents=True)
    nbformat.write(notebook, course / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    settings = (SOURCE / "nbgrader_config.py").read_text("utf-8")
    if stock:
        for lines in PLUGIN:
            assert lines in settings, f"nbgrader_config.py has no {lines!r}"
            settings = settings.replace(lines, "")
        settings += STOCK
    (course / "nbgrader_config.py").write_text(settings, "utf-8")
    return course


def exercises(notebook):
    """{cell id: exercise, or None}; a cell without a name of its own belongs to the last named one, or to the next."""
    owners = {cell.id: cell.metadata.get("course", {}).get("exercise") for cell in notebook.cells}
    last = None
    for cell in notebook.cells:
        last = owners[cell.id] or last
        if cell.metadata.get("nbgrader"):
            owners[cell.id] = last
    return owners


def hand_in(course, number, seed=SEED):
    """Write so many submissions, of students s000 and so on."""
    rng, solved = np.random.default_rng(seed), {}
    source = nbformat.read(course / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    for cell in source.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            solved.setdefault(exercises(source)[cell.id], {})[cell.id] = cell.source
    variants = {"right": {}, "wrong": {}}
    for path in sorted((ROOT / "tests/variants" / ASSIGNMENT).glob("*.py")):
        parts = re.split(r"^# %% (right|wrong): .*$", path.read_text("utf-8"), flags=re.MULTILINE)
        for kind, variant in zip(parts[1::2], parts[2::2], strict=True):
            variants[kind].setdefault(path.stem, []).append(variant.strip())
    with tempfile.TemporaryDirectory() as folder:
        release.generate(course, ASSIGNMENT, folder)
        released = nbformat.read(Path(folder, ASSIGNMENT, f"{ASSIGNMENT}.ipynb"), as_version=4)
    cells = {cell.id: cell for cell in released.cells}
    stubs = {identifier: cells[identifier].source for answers in solved.values() for identifier in answers}
    for student in range(number):
        for exercise, answers in solved.items():
            kind = ("solution", "stub", "right", "wrong")[rng.integers(4)]
            chosen = {"solution": answers, "stub": {name: stubs[name] for name in answers}}.get(kind)
            if chosen is None:
                known = variants[kind].get(exercise)
                # A variant is one cell with all that its exercise asks for.
                first = [known[rng.integers(len(known))], *[""] * (len(answers) - 1)] if known else answers.values()
                chosen = dict(zip(answers, first, strict=True))
            for identifier, answer in chosen.items():
                cells[identifier].source = answer
        target = course / "submitted" / f"s{student:03}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(released, target)


def borrow(course, other, students):
    """The same submissions for so many students of another course, over again where it has fewer."""
    known = sorted((course / "submitted").iterdir())
    for number in range(students):
        shutil.copytree(known[number % len(known)], other / "submitted" / f"s{number:03}", dirs_exist_ok=True)


# --- Runs -------------------------------------------------------------------------------------------------------------


def nbgrader(course, *arguments):
    """Seconds of one of nbgrader's commands.

    Raises:
        RuntimeError: it failed; the message is what it said last.
    """
    began = time.perf_counter()
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-4000:]}")
    return time.perf_counter() - began


def graded_by_stock(course, ours, bar):
    """{start: seconds, each: seconds of one submission, sample: how many}, of as many as there is time for."""
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    borrow(ours, course, SAMPLE)
    spent = nbgrader(course, "autograde", ASSIGNMENT)
    bar.update()
    start = nbgrader(course, "autograde", ASSIGNMENT)  # nothing is left to do
    sample = SAMPLE
    if (spent - start) / SAMPLE * NUMBER <= STOCK_SECONDS:
        borrow(ours, course, NUMBER)
        spent, sample = spent + nbgrader(course, "autograde", ASSIGNMENT) - start, NUMBER
    bar.update()
    return {"start": start, "each": (spent - start) / sample, "sample": sample}


@contextlib.contextmanager
def clocked(exact=False):
    """{phase: [a figure for each submission]}: seconds of what the coordinator does; what results say of workers.

    With `exact` they say their memory too, which takes its time.
    """
    phases = defaultdict(list)

    def timed(name, call):
        def measured(*arguments):
            began = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                phases[name].append(time.perf_counter() - began)

        return measured

    def settled(work, results, settle=classroom.settle):
        for result in filter(None, results.values()):
            for name in {"seconds", "cpu_seconds", "peak_private_mb"} & result.keys():
                phases[f"worker_{name}"].append(result[name])
        return settle(work, results)

    def prepared(*arguments, prepare=classroom.prepare):
        work = prepare(*arguments)
        for job in work.jobs.values():
            job["exact"] = exact
        return work

    with (
        patch.object(classroom, "prepare", timed("prepare", prepared)),
        patch.object(classroom.Writer, "write", timed("write", classroom.Writer.write)),
        patch.object(classroom, "write_feedback", timed("feedback", classroom.write_feedback)),
        patch.object(classroom, "settle", settled),
    ):
        yield phases


def warm(course, workers, exact=False):
    """(seconds of grading a class with the server started before the clock, phases)."""
    classroom.Here.start(unsafe=False)
    options = classroom.Options(workers=workers, fresh=True, feedback=False)
    with clocked(exact) as phases, contextlib.redirect_stderr(io.StringIO()):
        began = time.perf_counter()
        classroom.grade(course, options)
        return time.perf_counter() - began, phases


def cold(course, workers=2):
    """Seconds of a process that grades a class, from its start to its end."""
    began, environment = time.perf_counter(), os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, __file__, course, str(workers)], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def mismatches(ours, stock):
    """Cells that do not have the same automatic score in both gradebooks: [{student, cell, ours, stock, why}]."""
    found, listed = [], []
    for course in (ours, stock):
        rows = log.gradebook(course / "gradebook/gradebook.db", ASSIGNMENT)
        found.append({(row["student"], row["cell"]): row["auto"] for row in rows if row["points"] is not None})
    for student, name in sorted(found[1]):
        mine, theirs = (scores.get((student, name)) for scores in found)
        if mine != theirs:
            graded = nbformat.read(stock / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
            (cell,) = (c for c in graded.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
            stderr = "".join(output.text for output in cell.get("outputs", []) if output.get("name") == "stderr")
            why = f"stderr: {stderr[:200]}" if stderr else "unknown"
            listed.append({"student": student, "cell": name, "ours": mine, "stock": theirs, "why": why})
    return listed


def measure(folder, bar):
    courses = {name: make_course(folder / name, stock=name == "stock") for name in ("ours", "stock", "many")}
    ours = courses["ours"]
    hand_in(ours, NUMBER)
    borrow(ours, courses["many"], MANY)
    for name in ("ours", "many"):  # as stock's `generate_assignment`, outside the clock
        master = classroom.Master.of(courses[name], ASSIGNMENT)
        classroom.record_assignment(courses[name], ASSIGNMENT, master.digest)
    bar.set_postfix_str("stock")
    stock = graded_by_stock(courses["stock"], ours, bar)
    bar.set_postfix_str("cold")
    cold_seconds = cold(ours)
    bar.update()
    rounds, phases = {1: [], 2: []}, {}
    for _ in range(ROUNDS):  # in turn, so that a busy minute falls on both
        for workers, seconds in rounds.items():
            bar.set_postfix_str(f"{workers} workers")
            spent, phases[workers] = warm(ours, workers)
            seconds.append(spent / NUMBER)
            bar.update()
    bar.set_postfix_str(f"{MANY} submissions")
    spent, _ = warm(courses["many"], 2)
    bar.update()
    bar.set_postfix_str("memory")
    _, measured = warm(ours, 2, exact=True)
    bar.update()
    each = {workers: float(np.median(seconds)) for workers, seconds in rounds.items()}
    return {
        "stock_ratio": stock["each"] / each[2],
        "stock_ratio_cold": (stock["start"] + NUMBER * stock["each"]) / cold_seconds,
        "scaling_1_to_2": each[1] / each[2],
        "private_mb": max(measured["worker_peak_private_mb"]),
        "cost_240_over_24": spent / MANY / each[2],
        "score_mismatches": mismatches(ours, courses["stock"]),
        "stock_sample": stock["sample"],
        "stock_seconds_each": stock["each"],
        "stock_start_seconds": stock["start"],
        "seconds_each": {str(workers): seconds for workers, seconds in rounds.items()},
        "cold_seconds": cold_seconds,
        "submissions": {"few": NUMBER, "many": MANY, "seed": SEED, "assignment": ASSIGNMENT},
        "phases": {
            str(workers): {name: float(np.median(values)) for name, values in found.items()}
            for workers, found in phases.items()
        },
    }


def write(target, result):
    """Write a result with what it was measured on, and print it."""
    result["machine"] = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name, value in result.items():
        print(f"{name:28} {json.dumps(value)}")
    print(f"Written: {target}")


def main():
    with tempfile.TemporaryDirectory() as folder, tqdm(total=5 + 2 * ROUNDS, unit=" runs", file=sys.stderr) as bar:
        write(TARGET, measure(Path(folder), bar))


if __name__ == "__main__":
    if sys.argv[1:]:
        classroom.grade(Path(sys.argv[1]), classroom.Options(workers=int(sys.argv[2]), fresh=True, feedback=False))
    else:
        main()
