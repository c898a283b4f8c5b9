"""`make bench-scale`: a class of 1 000 that hands in one exercise, a class with all of them, and many machines.

Each submission really runs and gets its pages: a variant of one exercise, or the whole assignment. Each class is graded
by a process of its own, so that the peak of its memory is the coordinator's. Writes _build/bench/scale.json, of which
book/_data/scale.json is a copy.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grading
import numpy as np
from tqdm import tqdm

from utils.grading import classroom

TARGET = grading.ROOT / "_build/bench/scale.json"
EXERCISE, SIZES, WHOLE = "3.1", (100, 1000), 60  # of one exercise; of all
MACHINES, CORES = (1, 2, 4), 8


def graded(course):
    """Grade a class in this process; prints its figures as JSON."""
    began = time.perf_counter()
    with grading.clocked() as phases:
        rows = classroom.grade(course, classroom.Options(workers=2, fresh=True))
    found = {
        "seconds": time.perf_counter() - began,
        "graded": sum(row.score is not None for row in rows),
        "flagged": sum(bool(row.flags) for row in rows),
        "peak_mb": int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024,
        "phases": {name: float(np.mean(values)) for name, values in phases.items()},
    }
    print(json.dumps(found))


def in_a_process(course):
    environment = os.environ | {"PYTHONPATH": str(grading.ROOT)}
    command = [sys.executable, __file__, course]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def many_machines(found):
    """Submissions a minute, from what each costs: the workers' cores add up, until the coordinator has no time left.

    The coordinator is one thread: what it does for each submission bounds the class, however many workers there are.
    """
    per_core = 60 / found["phases"]["worker_seconds"]
    ceiling = 60 / (found["phases"]["prepare"] + found["phases"]["write"])
    rates = {str(n): min(ceiling, n * CORES * per_core) for n in MACHINES}
    return {"worker_and_core": per_core, "coordinator": ceiling, "machines": rates}


def main():
    few, many, whole = classes = (*SIZES, WHOLE)
    with tempfile.TemporaryDirectory() as folder, tqdm(total=len(classes), unit=" classes", file=sys.stderr) as bar:
        found = {}
        for size in classes:
            keep = {} if size == WHOLE else {"keep": lambda exercise: exercise == EXERCISE}
            course = grading.make_course(Path(folder, str(size)), **keep)
            grading.hand_in(course, size)
            found[size] = in_a_process(course)
            bar.update()
    grading.write(TARGET, {
        "memory_ratio": found[many]["peak_mb"] / found[few]["peak_mb"],
        "submissions_per_minute": 60 * many / found[many]["seconds"],
        "per_minute": {"exercise": many_machines(found[many]), "assignment": many_machines(found[whole])},
        "cores_of_a_machine": CORES,
        "classes": {str(size): figures for size, figures in found.items()},
    })  # fmt: skip


if __name__ == "__main__":
    graded(Path(sys.argv[1])) if sys.argv[1:] else main()
