"""Releasing: the lint's rules, exercises/ as a fresh generation gives it, and the student's package outside of here."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
import small_course

from utils import checks, release

ASSIGNMENTS = release.assignments(release.ROOT)


@pytest.fixture
def course(tmp_path):
    return small_course.make(tmp_path)


# --- Lint -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def messages(tmp_path, monkeypatch):
    path = tmp_path / "messages.toml"
    path.write_text(small_course.MESSAGES, encoding="utf-8")
    monkeypatch.setattr(release, "MESSAGES", path)
    return path


@pytest.mark.parametrize("path", sorted(release.ROOT.glob("solutions/*/*.ipynb")), ids=lambda path: path.stem)
def test_the_course_keeps_its_conventions(path):
    assert release.lint(release.read(path)) == []


def test_lint_passes_the_small_course(messages):
    assert release.lint(small_course.notebook()) == []


# What is wrong: (cell, text in it, what stands there instead, words of the rule).
TEST, ZERO, IMPORT = "test-double", "check.equal(double(0.0), 0.0)", "import numpy as np\n\n"
BEGIN, END = "### BEGIN HIDDEN TESTS\n", "### END HIDDEN TESTS\n"
REGION = "    ### BEGIN SOLUTION\n"
BREACHES = {
    "free name": (TEST, IMPORT, "", "free name np"),
    "free name once released": (TEST, IMPORT, BEGIN + IMPORT + END, "free name np"),
    "star import": (TEST, IMPORT, "import numpy as np\nfrom math import *\n", "import *"),
    "no visible test": (TEST, small_course.VISIBLE, "", "no visible test"),
    "indented marker": (TEST, BEGIN, f"    {BEGIN}", "hidden-test markers"),
    "marker with more": (TEST, BEGIN, f"{BEGIN[:-1]} 2\n", "hidden-test markers"),
    "marker inside a function": (TEST, f"    {ZERO}", f"{BEGIN}    x = 0\n{END}    {ZERO}", "hidden-test markers"),
    "released half": (TEST, f"    {ZERO}", f"{BEGIN}    {ZERO}\n{END}", "released cell does not compile"),
    "semicolon": (TEST, "check.grade(3)", "check.grade(3);", "last line"),
    "other points": (TEST, "check.grade(3)", "check.grade(2)", "last line"),
    "no grade": (TEST, "check.grade(3)", "", "last line"),
    "grade not last": (TEST, "check.grade(3)", "check.grade(3)\nnp.ones(1)", "last line"),
    "repeated test": (TEST, "test_double_zero", "test_guess", "test_guess is used twice"),
    "comment": (TEST, IMPORT, "import numpy as np  # numbers\n", "comment in words"),
    "prose": (TEST, ZERO, 'check.equal(double(0.0), "not zero")', "text in words"),
    "accent": (TEST, ZERO, 'check.equal(double(0.0), "dé")', "text in words"),
    "is": (TEST, ZERO, "check.true(double(0.0) is not None)", "`is`"),
    "isinstance": (TEST, ZERO, "check.true(isinstance(double(0.0), float))", "isinstance"),
    "numpy method": (TEST, ZERO, "check.equal(double(0.0).numpy(), 0.0)", ".numpy()"),
    "global seed": (TEST, "    x = rng", "    np.random.seed(1)\n    x = rng", "global seeding"),
    "own generator": (TEST, "    x = rng", "    rng = np.random.default_rng(1)\n    x = rng", "a Generator"),
    "generator given": (TEST, "double(x)", "double(rng)", "gives rng"),
    "lambda given": (TEST, "double(x)", "double(lambda t: t)", "gives lambda"),
    "function given": (TEST, "double(x)", "double([np.tanh])", "gives [np.tanh]"),
    "builtin given": (TEST, "double(x)", "double(x=abs)", "gives abs"),
    "model given": (TEST, "double(x)", "double(np.Sequential([]))", "gives np.Sequential([])"),
    "callable to raises": (TEST, ZERO, 'check.raises("E", double, double)', "gives double"),
    "library in sight": (TEST, IMPORT, "import numpy as np\nfrom utils.theory import chi\n", "utils.theory"),
    "unknown slip": (TEST, 'slip="half"', 'slip="third"', "[slips] third"),
    "unknown slip in a table": (TEST, 'slip="half"', 'slips={"third": x}', "[slips] third"),
    "untitled test": (TEST, "test_double_zero", "test_double_nothing", "[tests] test_double_nothing"),
    "region over the def": ("double", f"def double(x):\n{REGION}", f"{REGION[4:]}def double(x):\n", "removes double"),
    "region over a prediction": ("guess", "guess = None\n", "", "removes guess"),
    "prediction that starts right": ("guess", "None", "4", "starts as `name = None`"),
    "no region": ("double", REGION, "", "no SOLUTION region"),
    "region not closed": ("double", "    ### END SOLUTION", "", "no end solution"),
    "region in a line": ("double", f"{REGION}    return", f"    return (\n{REGION}    ", "does not compile"),
    "magic": ("setup", "import numpy as np", "%matplotlib inline", "does not compile"),
    "prose in a given cell": ("setup", "import numpy as np", 'print("see below")', "text in words"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_lint_names_the_breach(messages, case):
    name, old, new, rule = BREACHES[case]
    notebook = small_course.notebook()
    (cell,) = (cell for cell in notebook.cells if cell.id == name)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    problems = release.lint(notebook)
    assert any(rule in problem for problem in problems), problems


def test_lint_reads_the_notebook_as_it_stands(messages):
    notebook = small_course.notebook()
    notebook.metadata.kernelspec.name = "julia"
    notebook.cells[0].execution_count = 3
    notebook.cells[2].metadata.nbgrader.points = 0
    problems = " ".join(release.lint(notebook))
    assert "kernelspec" in problems and "setup: clear" in problems and "test-double: a graded cell needs" in problems
    del notebook.cells[0]["id"]
    assert "id of its own" in release.lint(notebook)[0]


@pytest.mark.parametrize("title", ["", "x" * 37])
def test_lint_measures_the_titles(messages, title):
    messages.write_text(small_course.MESSAGES.replace("zero", title), encoding="utf-8")
    assert any("[tests] test_double_zero" in problem for problem in release.lint(small_course.notebook()))


def test_examiner_cells_use_no_student_name(messages):
    notebook = small_course.notebook()
    notebook.cells[0].metadata.tags = ["examiner"]
    assert release.lint(notebook) == []
    notebook.cells[0].source += "\ndouble(np.ones(1))"
    assert release.lint(notebook) == ["setup: free name double: an examiner cell uses no student's name"]


# --- exercises/ -------------------------------------------------------------------------------------------------------


def test_settings_hold_wherever_the_command_runs(course, monkeypatch):
    monkeypatch.chdir("/")
    settings = release.settings(course).CourseDirectory
    assert settings.root == str(course) and settings.db_url == f"sqlite:///{course}/gradebook/gradebook.db"
    assert (settings.source_directory, settings.release_directory) == ("solutions", "exercises")
    assert {"utils", "conftest.py", "*.py"} <= {*settings.ignore}


def test_exercises_are_what_solutions_give():
    assert release.stale(release.ROOT) == {}, "run `make exercises`"


def test_generation_is_byte_identical(course):
    first = release.released(course)
    assert first == release.released(course)
    assert [*first] == [f"{small_course.SLUG}/{small_course.SLUG}.ipynb"]


def test_the_released_notebook_holds_no_answer(course):
    (content,) = release.released(course).values()
    sources = {cell["id"]: "".join(cell["source"]) for cell in json.loads(content)["cells"]}
    assert sources["double"] == "def double(x):\n    raise NotImplementedError"
    assert sources["guess"] == "guess = None"
    assert "random" not in sources["test-double"] and "test_double_known" in sources["test-double"]
    assert sources["answer"] == "Escribe aquí tu respuesta."


def test_writing_exercises_repairs_what_is_stale(course, capsys):
    path = f"{small_course.SLUG}/{small_course.SLUG}.ipynb"
    assert release.write_exercises(course) == [path]
    assert release.stale(course) == {} and release.write_exercises(course) == []
    released, old = course / "exercises" / path, course / "exercises" / "old.ipynb"
    checkpoint = released.parent / ".ipynb_checkpoints" / "copy.ipynb"
    checkpoint.parent.mkdir()
    released.write_text("{}")
    old.write_text("{}")
    checkpoint.write_text("{}")
    assert [*release.stale(course)] == [path, "old.ipynb"]
    assert release.write_exercises(course) == [path, "old.ipynb"]
    assert release.stale(course) == {} and not old.exists() and checkpoint.exists()


def test_commands(course, messages, capsys):
    arguments = ["--course", str(course)]
    assert release.main(["check", *arguments]) == 1 and "stale" in capsys.readouterr().err
    assert release.main(["exercises", *arguments]) == 0 and release.main(["check", *arguments]) == 0
    source = course / "solutions" / small_course.SLUG / f"{small_course.SLUG}.ipynb"
    source.write_text(source.read_text().replace("check.grade(3)", "check.grade(5)"))
    assert release.main(["exercises", *arguments]) == 1 and "test-double: the last line" in capsys.readouterr().err
    source.write_text("x = 1")
    assert release.main(["lint", *arguments]) == 1 and "not a notebook" in capsys.readouterr().err


def test_a_notebook_that_nbgrader_rejects_is_an_error_with_its_reason(course):
    source = course / "solutions" / small_course.SLUG / f"{small_course.SLUG}.ipynb"
    source.write_text(source.read_text().replace("### END SOLUTION", "", 1))
    with pytest.raises(release.NotebookError, match="no end solution statement found"):
        release.released(course)


# --- What a student gets ----------------------------------------------------------------------------------------------


def test_the_package_is_byte_identical_and_small(course):
    (archive,) = release.write_packages(course)
    first = archive.read_bytes()
    (archive,) = release.write_packages(course)
    assert archive.read_bytes() == first
    names = {Path(name).relative_to(small_course.SLUG).as_posix() for name in zipfile.ZipFile(archive).namelist()}
    utils = {"utils/__init__.py", "utils/checks.py", "utils/collector.py", "utils/messages.toml"}
    assert names == utils | {f"{small_course.SLUG}.ipynb", "LEEME.md", "conftest.py", "requirements.txt"}


def test_modules_follow_imports():
    found = release.modules({"utils.initializers", "numpy", "utils.no_such_module"})
    assert {"utils", "utils.initializers"} <= {*found} and "utils.no_such_module" not in found
    for path in found.values():
        imported = re.findall(
            r"^\s*from utils\.(\w+) import|^\s*from utils import (\w+)", path.read_text(), re.MULTILINE
        )
        assert {f"utils.{one or other}" for one, other in imported} <= {*found}


def test_requirements_are_ours_and_must_be_known():
    def cell(source):
        return {"n.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": [source]}]}).encode()}

    lines = release.package("n", cell("import sklearn.datasets"))["requirements.txt"].decode().splitlines()
    ours = (release.ROOT / "requirements.txt").read_text()
    assert {re.match(r"[\w-]+", line)[0] for line in lines} >= {
        "numpy",
        "jupyterlab",
        "ipykernel",
        "pytest",
        "scikit-learn",
    }
    assert all(f"\n{line}" in ours for line in lines) and not any("tensorflow" in line for line in lines)
    with pytest.raises(release.NotebookError, match="no_such_package"):
        release.package("n", cell("import no_such_package"))


def test_the_readme_gives_three_commands_for_each_system():
    text = release.package("n", {})["LEEME.md"].decode()
    blocks = dict(re.findall(r"(Windows|macOS|Linux):\n\n```\n(.*?)\n```", text, re.DOTALL))
    assert {*blocks} == {"Windows", "macOS", "Linux"}
    for block in blocks.values():
        make, install, start = block.splitlines()
        assert "-m venv .venv" in make and "-r requirements.txt" in install and "-m jupyterlab n.ipynb" in start
    assert "pytest n.ipynb" in text and "make " not in text


@pytest.fixture(scope="module")
def student_python(tmp_path_factory):
    """An environment with our dependencies and without our `utils`: paths named in a .pth bring no .pth of theirs."""
    folder = tmp_path_factory.mktemp("student")
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": folder / "venv", "platbase": folder / "venv"})
    Path(paths["purelib"], "dependencies.pth").write_text(
        "\n".join({sysconfig.get_path(k) for k in ("purelib", "platlib")})
    )
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COURSE"))
    }
    # The entry point of the installed package stands in our dependencies' metadata; a student has none.
    clean |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython")}

    def run(*arguments, cwd):
        command = [Path(paths["scripts"], "python"), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    return run


# One assignment shows the way within `make test`; the others, a minute each, wait for the slow tests.
EACH = [ASSIGNMENTS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in ASSIGNMENTS[1:])]


@pytest.fixture(scope="module", params=EACH)
def unpacked(request, tmp_path_factory):
    """A student's folder, fresh from the zip."""
    (archive,) = (path for path in release.write_packages(release.ROOT) if path.stem == request.param)
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(archive).extractall(folder)
    return folder / request.param


def source_of(unpacked):
    return nbformat.read(release.ROOT / "solutions" / unpacked.name / f"{unpacked.name}.ipynb", as_version=4)


def answer(unpacked):
    """Fill the solutions into the student's notebook."""
    path = unpacked / f"{unpacked.name}.ipynb"
    solved = {
        cell.id: cell.source for cell in source_of(unpacked).cells if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = solved.get(cell.id, cell.source)
    nbformat.write(notebook, path)


EXECUTE = """
import sys, nbformat, nbclient, utils
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=300).execute()
nbformat.write(notebook, sys.argv[2])
print(utils.__file__)
"""


def executed(student_python, unpacked, target):
    done = student_python("-c", EXECUTE, f"{unpacked.name}.ipynb", target, cwd=unpacked)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(unpacked), "the repository's utils were imported"
    return [cell for cell in nbformat.read(target, as_version=4).cells if cell.cell_type == "code"]


def errors(cell):
    return [output.ename for output in cell.outputs if output.output_type == "error"]


def test_the_released_notebook_runs_where_it_is_unpacked(unpacked, student_python, tmp_path):
    cells = executed(student_python, unpacked, tmp_path / "run.ipynb")
    for cell in cells:
        assert errors(cell) == (["NothingPassed"] if checks.is_test_cell(cell) else []), cell.source
    done = student_python("-m", "pytest", f"{unpacked.name}.ipynb", "-p", "no:cacheprovider", cwd=unpacked)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "✗" in done.stdout and "Traceback" not in done.stdout and " passed" not in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if line.startswith("✗"))


def test_the_answered_notebook_passes_where_it_is_unpacked(unpacked, student_python, tmp_path):
    folder = shutil.copytree(unpacked, tmp_path / unpacked.name)
    answer(folder)
    graded = []
    for cell in executed(student_python, folder, tmp_path / "run.ipynb"):
        assert errors(cell) == [], cell.source
        if checks.is_test_cell(cell):
            graded.append(cell)
            (result,) = (output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result")
            assert float(result) == cell.metadata.nbgrader.points
    done = student_python("-m", "pytest", f"{unpacked.name}.ipynb", "-p", "no:cacheprovider", cwd=folder)
    visible = sum(len(re.findall(r"^def test_", cell.source, re.MULTILINE)) for cell in graded)
    assert done.returncode == 0 and f"{visible} passed" in done.stdout, done.stdout + done.stderr


def test_the_package_holds_no_line_of_an_answer(unpacked):
    regions = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL)
    sources = "\n".join(cell.source for cell in source_of(unpacked).cells)
    shown = regions.sub("", sources)
    hidden = {line.strip() for region in regions.findall(sources) for line in region.splitlines()}
    secret = {line for line in hidden if len(line) > 20 and line not in shown}
    assert secret
    for path in (path for path in unpacked.rglob("*") if path.suffix in {".ipynb", ".py", ".md", ".toml", ".txt"}):
        text = path.read_text(encoding="utf-8")
        assert [line for line in secret if line in text or json.dumps(line)[1:-1] in text] == [], path


# Puts every callable of every packaged module in the place of every function that an exercise asks for.
SEARCH = """
import ast, importlib, json, pkgutil, sys, utils
from utils import checks
cells = json.load(open(sys.argv[1]))
names = ["utils"] + [module.name for module in pkgutil.walk_packages(utils.__path__, "utils.")]
found = {f"{name}.{key}": value for name in names
         for key, value in vars(importlib.import_module(name)).items() if callable(value)}
shell, asked, full = checks.Shell(), set(), {}
for source, role in cells:
    definitions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    asked |= {node.name for node in definitions if role == "solution"}
    shell.run(source)
    if role == "test":
        assert checks.last_report.earned == checks.last_report.points, checks.last_report.lines()
        for name in asked & {argument.arg for test in definitions for argument in test.args.args}:
            right, known = shell.namespace[name], full.setdefault(name, [])
            for candidate, value in found.items():
                shell.namespace[name] = value
                shell.run(source)
                known += [candidate] * (checks.last_report.earned == checks.last_report.points)
            shell.namespace[name] = right
print(json.dumps([utils.__file__, len(found), full]), file=open(sys.argv[2], "w"))
"""


def test_no_answer_can_be_imported_from_the_package(unpacked, student_python, tmp_path):
    """The search finds the answers in a module that leaks them, put there on purpose, and nowhere else."""
    cells, answers = [], []
    for cell in (cell for cell in source_of(unpacked).cells if cell.cell_type == "code"):
        solution = cell.metadata.get("nbgrader", {}).get("solution")
        cells.append([cell.source, "test" if checks.is_test_cell(cell) else "solution" if solution else "given"])
        answers += [cell.source] * (not checks.is_test_cell(cell))
    (tmp_path / "cells.json").write_text(json.dumps(cells))
    folder = shutil.copytree(unpacked, tmp_path / unpacked.name)
    (folder / "utils" / "leak.py").write_text("\n".join(answers))
    done = student_python("-c", SEARCH, tmp_path / "cells.json", tmp_path / "found.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    where, tried, full = json.loads((tmp_path / "found.json").read_text())
    assert Path(where).is_relative_to(folder) and tried > 30
    for name, candidates in full.items():
        assert f"utils.leak.{name}" in candidates
        assert [candidate for candidate in candidates if not candidate.startswith("utils.leak.")] == []
