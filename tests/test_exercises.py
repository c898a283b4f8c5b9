"""Every exercise: the solution earns all, the stub nothing; wrong variants lose points, right ones keep them.

`tests/variants/ASSIGNMENT/EXERCISE.py` holds the variants, one cell each, headed ``# %% wrong: name`` or
``# %% right: name``; "(fails everything)" marks a wrong one that by nature passes no test. They are written by someone
who has seen the statement and the list of slips, not the tests.
"""

import ast
import copy
import functools
import inspect
import os
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import MagicMock

import nbformat
import pytest
import unsandboxed

from utils import checks

ROOT = Path(__file__).parents[1]
SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))
VARIANTS = sorted(ROOT.glob("tests/variants/*/*.py"))
MINIMUM = {"wrong": 8, "right": 3}


@dataclass(frozen=True)
class Variant:
    kind: str
    name: str
    fails_everything: bool
    source: str


def variants(path):
    parts = re.split(r"^# %% (wrong|right): ([\w-]+)( \(fails everything\))?$", path.read_text(), flags=re.MULTILINE)
    cells = zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True)
    return [Variant(kind, name, bool(every), source) for kind, name, every, source in cells]


@dataclass(frozen=True)
class Exercise:
    """The cells of one exercise: those given to every student, and its graded test cells."""

    given: list
    tests: list

    @classmethod
    def read(cls, path):
        notebook = nbformat.read(ROOT / "solutions" / path.parent.name / f"{path.parent.name}.ipynb", as_version=4)
        of = [(c, c.metadata.get("course", {}).get("exercise")) for c in notebook.cells if c.cell_type == "code"]
        tests = [c.source for c, owner in of if owner == path.stem and checks.is_test_cell(c)]
        given = [c.source for c, owner in of if owner in (path.stem, None) and "nbgrader" not in c.metadata]
        assert tests, f"{path}: no test cell of exercise {path.stem}"
        return cls(given, tests)


def in_one_process(exercise, source, seeds, monkeypatch):
    """{seed: {test: line of the failure or None}} with the tests in the student's own process."""
    shell = checks.Shell()
    for cell in [*exercise.given, source]:
        shell.run(cell)
    return collect(lambda cell: (shell.run(cell), checks.last_report)[1], exercise, seeds, monkeypatch)


def in_two_processes(exercise, source, seeds, monkeypatch, folder):
    with unsandboxed.Examiner(folder) as session:
        for cell in [*exercise.given, source]:
            session.run(cell)
        return collect(session.test, exercise, seeds, monkeypatch)


def collect(run, exercise, seeds, monkeypatch):
    """Every test with the first seed; with the others those that draw numbers, for only these can differ."""
    results, outcomes = {}, {}
    for seed in seeds:
        monkeypatch.setenv("COURSE_SEED", str(seed))
        for report in map(run, map(drawing, exercise.tests) if results else exercise.tests):
            outcomes |= {n: None if e is None else checks.line(n, e) for n, e in report.outcomes.items()}
        results[seed] = dict(outcomes)
    return results


@functools.cache
def drawing(source):
    """A test cell without the tests that draw no numbers; one of these stays where all are such."""
    tree = ast.parse(source)
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    idle = [test for test in tests if "rng" not in [a.arg for a in test.args.args]]
    drop = idle if len(idle) < len(tests) else idle[1:]
    return ast.unparse(ast.Module([node for node in tree.body if node not in drop], []))


def judge(variant, results):
    """What is wrong with the verdicts on a variant, or None."""
    for seed, outcomes in results.items():
        failed = [name for name, line in outcomes.items() if line is not None]
        if variant.kind == "right" and failed:
            return f"seed {seed}: a right variant fails {outcomes[failed[0]]}"
        if variant.kind == "wrong" and not failed:
            return f"seed {seed}: a wrong variant passes every test"
        if variant.kind == "wrong" and variant.fails_everything != (len(failed) == len(outcomes)):
            return f"seed {seed}: fails {len(failed)} of {len(outcomes)} tests"
    return None


def table(path, every):
    """Wrong variant × test: ✗ where some seed fails, · where all pass."""
    tests = list(next(iter(next(iter(every.values())).values())))
    width = max(map(len, every))
    lines = [f"\n{path.parent.name} {path.stem}", *(f"  {i + 1:2d} {name}" for i, name in enumerate(tests))]
    lines.append(" " * (width + 2) + " ".join(f"{i + 1:2d}" for i in range(len(tests))))
    for name, results in every.items():
        marks = ["✗" if any(outcome[test] for outcome in results.values()) else "·" for test in tests]
        lines.append(f"  {name:{width}} " + " ".join(f"{mark:>2}" for mark in marks))
    return "\n".join(lines)


def named(path):
    return f"{path.parent.name}-{path.stem}"


def over_seeds(path, variant, many, few, folder):
    """Outcomes of a variant, in one process and in two; runs in a process of its own."""
    exercise = Exercise.read(path)
    Path(folder).mkdir()
    with pytest.MonkeyPatch.context() as monkeypatch:
        here = in_one_process(exercise, variant.source, range(many), monkeypatch)
        return here, in_two_processes(exercise, variant.source, range(few), monkeypatch, folder)


@pytest.fixture(scope="module")
def pool():
    """Processes that run variants, with Keras imported in what they fork."""
    preload = [[*unsandboxed.PRELOAD, "matplotlib.pyplot", "keras"]]
    start = unsandboxed.CONTEXT.set_forkserver_preload
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), start, preload) as processes:
        yield processes


def uses_random_numbers(exercise):
    return any(re.search(r"def test_\w+\([^)]*\brng\b", cell) for cell in exercise.tests)


@pytest.mark.parametrize("path", VARIANTS, ids=named)
def test_there_are_enough_variants(path):
    found = variants(path)
    for kind, least in MINIMUM.items():
        assert len([v for v in found if v.kind == kind]) >= least
    assert len({v.name for v in found}) == len(found)


@pytest.mark.parametrize("path", VARIANTS, ids=named)
def test_variants_get_what_they_deserve(path, monkeypatch):
    exercise = Exercise.read(path)
    problems = {v.name: judge(v, in_one_process(exercise, v.source, [1, 2], monkeypatch)) for v in variants(path)}
    assert not {name: problem for name, problem in problems.items() if problem}


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("path", VARIANTS, ids=named)
def test_variants_over_many_seeds_and_in_two_processes(path, pool, tmp_path, capsys):
    exercise, problems, every = Exercise.read(path), {}, {}
    many, few = (200, 10) if uses_random_numbers(exercise) else (1, 1)
    runs = {v: pool.submit(over_seeds, path, v, many, few, tmp_path / v.name) for v in variants(path)}
    for variant, run in runs.items():
        here, there = run.result()
        problems[variant.name] = judge(variant, here)
        for seed, outcomes in there.items():
            if outcomes != here[seed]:
                problems[variant.name] = f"seed {seed}: one process {here[seed]}, two {outcomes}"
        if variant.kind == "wrong":
            every[variant.name] = here
    with capsys.disabled():
        print(table(path, every))
    assert not {name: problem for name, problem in problems.items() if problem}
    caught = {test for results in every.values() for o in results.values() for test, line in o.items() if line}
    idle = set(next(iter(next(iter(every.values())).values()))) - caught
    assert not idle, f"no wrong variant fails {sorted(idle)}: delete the test or find its slip"


# --- Whole notebooks


def hollow(source, value):
    """A solution cell in which every function and method returns this value at once; a class has no `__init__`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(value))]
        elif isinstance(node, ast.ClassDef):
            node.body = [n for n in node.body if getattr(n, "name", "") != "__init__"]
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize("value", [None, 0.0])
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_functions_that_compute_nothing_earn_nothing(path, value):
    shell, passed = checks.Shell(), []
    for cell in [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]:
        if checks.is_test_cell(cell):
            checks.last_report = None
            shell.run(cell.source)
            passed += [name for name, error in checks.last_report.outcomes.items() if error is None]
        elif not cell.metadata.get("nbgrader", {}).get("solution"):
            shell.run(cell.source)
        elif "def " in cell.source:  # a prediction is none
            shell.run(hollow(cell.source, value))
    assert not passed


def graded_in_two_processes(path, folder):
    notebook = nbformat.read(path, as_version=4)
    points = {c.id: c.metadata.nbgrader.points for c in notebook.cells if checks.is_test_cell(c)}
    return points, unsandboxed.examine_trusted(notebook, folder)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solution_earns_every_point(path, tmp_path):
    points, results = graded_in_two_processes(path, tmp_path)
    assert {identifier: report.earned for identifier, report in results.items()} == points


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_released_notebook_earns_nothing_and_every_line_says_what_to_do(path, tmp_path):
    released = ROOT / "exercises" / path.parent.name / path.name
    points, results = graded_in_two_processes(released, tmp_path)
    assert results.keys() == points.keys()
    for report in results.values():
        assert report.earned == 0
        for name, error in report.outcomes.items():
            stub = isinstance(error, checks.StudentError) and error.class_name == "NotImplementedError"
            written = isinstance(error, checks.Failed) and (error.key == "to-do" or checks.message("slips", error.key))
            assert stub or written, f"{name}: {error!r} does not say what to do"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_automatic_exercise_has_variants(path):
    notebook = nbformat.read(path, as_version=4)
    numbered = {c.metadata.get("course", {}).get("exercise", "") for c in notebook.cells if checks.is_test_cell(c)}
    for exercise in filter(re.compile(r"\d+\.\d+$").match, numbered):
        assert (ROOT / "tests" / "variants" / path.parent.name / f"{exercise}.py").exists(), exercise


# --- Configurations


def holds(wide, narrow):
    """Whether a configuration has all that a narrower one says; tuples and lists alike."""
    if isinstance(narrow, dict):
        return isinstance(wide, dict) and all(key in wide and holds(wide[key], narrow[key]) for key in narrow)
    if isinstance(narrow, list | tuple):
        return len(wide) == len(narrow) and all(map(holds, wide, narrow))
    return wide == narrow


@pytest.mark.slow
def test_configurations_of_the_course_are_those_that_keras_gives():
    """4.4 writes them as dictionaries, so that its tests need no Keras: Keras reads them and gives them back."""
    import keras

    notebook = nbformat.read(ROOT / "solutions" / "04-elu-selu" / "04-elu-selu.ipynb", as_version=4)
    (source,) = (cell.source for cell in notebook.cells if cell.id == "test-selu-violations")
    cell, given = {}, []
    exec(source.rpartition("check.grade")[0], cell)
    cell["compare_violations"] = cell["check"] = MagicMock()
    fixtures = {"selu_violations": lambda config, X: given.append(copy.deepcopy(config)) or [], "effects": MagicMock()}
    for test in [value for name, value in cell.items() if name.startswith("test_")]:
        test(**{argument: fixtures[argument] for argument in inspect.signature(test).parameters})
    for config in given:
        kind = keras.Sequential if config["name"] == "sequential" else keras.Model
        assert holds(kind.from_config(copy.deepcopy(config)).get_config(), config)
    assert {config["name"] for config in given} == {"sequential", "functional"}
