"""`make bench-scale`: a class of 1 000 that hands in one exercise, and what that says of many machines.

Each submission really runs (a variant of one exercise) and gets its pages. Each class is graded by a process of its
own, so that the peak of its memory is the coordinator's. Writes _build/bench/scale.json.
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
EXERCISE, SIZES = "3.1", (100, 1000)
MACHINES, CORES = (1, 4, 16), 8


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


def main():
    with tempfile.TemporaryDirectory() as folder, tqdm(total=len(SIZES), unit=" classes", file=sys.stderr) as bar:
        courses, found = {}, {}
        for size in SIZES:
            courses[size] = grading.make_course(Path(folder, str(size)), lambda exercise: exercise == EXERCISE)
            grading.hand_in(courses[size], size)
            found[size] = in_a_process(courses[size])
            bar.update()
    few, many = (found[size] for size in SIZES)
    per_core = 60 / many["phases"]["worker_seconds"]
    # The coordinator is one thread: what it does for each submission bounds the class, however many workers there are.
    ceiling = 60 / (many["phases"]["prepare"] + many["phases"]["write"])
    grading.write(TARGET, {
        "memory_ratio": many["peak_mb"] / few["peak_mb"],
        "submissions_per_minute": 60 * SIZES[1] / many["seconds"],
        "worker_per_minute_and_core": per_core,
        "coordinator_per_minute": ceiling,
        "machines_per_minute": {str(n): min(ceiling, n * CORES * per_core) for n in MACHINES},
        "cores_of_a_machine": CORES,
        "classes": {str(size): figures for size, figures in found.items()},
    })  # fmt: skip


if __name__ == "__main__":
    graded(Path(sys.argv[1])) if sys.argv[1:] else main()
