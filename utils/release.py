"""Releases the exercises: lint, ``exercises/`` from ``solutions/``, and the package that a student gets.

Run as ``python -m utils.release lint|exercises|check|student``. A course folder holds nbgrader_config.py, solutions/.
"""

import argparse
import ast
import contextlib
import copy
import json
import logging
import re
import sys
import tempfile
import tomllib
import warnings
import zipfile
from pathlib import Path

from utils.lint import breaches, imports, parse

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = ROOT / "utils" / "messages.toml"

# --- nbgrader ---------------------------------------------------------------------------------------------------------


class NotebookError(Exception):
    """A notebook cannot be read, converted or packaged; the text is the reason."""


def settings(course):
    """The settings (a traitlets Config) of a course folder, from its nbgrader_config.py."""
    from traitlets.config import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()


class _Reasons(logging.Handler):
    """Keeps the last line of each error that nbgrader logs; a traceback's says most."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.messages, self.tracebacks = [], []

    def emit(self, record):
        with contextlib.suppress(TypeError):  # nbgrader logs one error with an argument too many
            text = record.getMessage().strip()
            (self.tracebacks if text.startswith("Traceback") else self.messages).append(text.splitlines()[-1])


def convert(converter, config):
    """Run one of nbgrader's converters (a class) in this process, quietly.

    Raises:
        NotebookError: with the reason that nbgrader logged.
    """
    from nbgrader.coursedir import CourseDirectory

    log, reasons = logging.Logger("nbgrader", logging.ERROR), _Reasons()
    log.addHandler(reasons)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own deprecations
        try:
            converter(coursedir=CourseDirectory(config=config, log=log), config=config, log=log).start()
        except Exception as error:
            known = [*reasons.messages, *reasons.tracebacks] or [f"{type(error).__name__}: {error}"]
            raise NotebookError(known[-1]) from error


def generate(course, assignment, target, database=False):
    """Write the released form of one assignment to target/assignment; record it in the gradebook if `database`."""
    from nbgrader.converters import GenerateAssignment

    config = settings(course)
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.release_directory = str(target)
    config.GenerateAssignment.force = True
    config.GenerateAssignment.no_database = not database
    config.SaveCells.enabled = database
    convert(GenerateAssignment, config)


def assignments(course):
    """The names (NN-slug) of the folders in solutions/ that hold a notebook; at least one.

    Raises:
        NotebookError: there is none, or nbgrader would take the course's path for a pattern or, in the address of its
            database, for an escape or the end, and work elsewhere.
    """
    if re.search(r"[*?\[]|%[0-9A-Fa-f]{2}", path := str(Path(course).resolve())):
        raise NotebookError(f"the course is in {path}; accepted: a path without *, ?, [ and %NN")
    if names := sorted({path.parent.name for path in Path(course, "solutions").glob("*/*.ipynb")}):
        return names
    raise NotebookError(f"no notebook in {Path(course, 'solutions')}")


def released(course):
    """{path below exercises/: bytes} as a fresh generation gives them."""
    with tempfile.TemporaryDirectory() as folder:
        for assignment in assignments(course):
            generate(course, assignment, folder)
        return _files(Path(folder))


def stale(course):
    """{path: fresh bytes, or None where it is no longer made} of what differs below exercises/."""
    fresh, found = released(course), _files(Path(course, "exercises"))
    return {path: fresh.get(path) for path in sorted(fresh | found) if fresh.get(path) != found.get(path)}


def write_exercises(course):
    """Bring exercises/ up to date; returns the paths that changed."""
    changes = stale(course)
    for path, content in changes.items():
        file = Path(course, "exercises", path)
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return list(changes)


def _files(folder):
    """{relative path: bytes}; hidden files and folders (checkpoints) left out."""
    below = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes() for name, path in below.items() if not re.search(r"(^|/)\.", name.as_posix())
    }


# --- Lint -------------------------------------------------------------------------------------------------------------


def read(path):
    """The notebook (a NotebookNode) as it stands in the file: nothing repaired or added."""
    from nbformat import reader

    try:
        return reader.reads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotebookError(f"{path}: not a notebook") from error


def lint(notebook):
    """Every breach of the conventions of test cells in an instructor's notebook, one line each: cell id and rule."""
    from nbgrader.converters import GenerateAssignment

    config, log, resources = settings(ROOT), logging.Logger("nbgrader", logging.CRITICAL), {}
    config.SaveCells.enabled = False
    public = copy.deepcopy(notebook)
    try:
        for preprocessor in GenerateAssignment(config=config, log=log).preprocessors:
            public, resources = preprocessor(config=config, log=log)(public, resources)
    except Exception as error:  # whatever nbgrader's preprocessors reject
        return [f"notebook: {error}"]
    return breaches(notebook, public, tomllib.loads(MESSAGES.read_text(encoding="utf-8")))


# --- What a student gets ----------------------------------------------------------------------------------------------

# What a notebook imports is not always called as what pip installs.
DISTRIBUTIONS = {"IPython": "ipykernel", "nbformat": "jupyterlab", "sklearn": "scikit-learn"}
ALWAYS_REQUIRED = {"numpy", "jupyterlab", "ipykernel", "pytest"}
CONFTEST = '''"""Lets pytest read the notebook: each test of each graded cell is one item."""


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("utils.collector"):  # an installed `utils` brings it by itself
        config.pluginmanager.import_plugin("utils.collector")
'''


def modules(names):
    """{dotted name: path} of the modules of utils among these names, and of those that they import in turn."""
    found, queue = {}, list(names)
    while queue:
        name = queue.pop()
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name.partition(".")[0] == "utils" and name not in found and path.is_file():
            found[name] = path
            queue += [name.rpartition(".")[0] or name, *imports(parse(path.read_text(encoding="utf-8")))]
    return found


def package(slug, notebooks):
    """{path: bytes} of what a student gets beside these released notebooks ({name: bytes}).

    Raises:
        NotebookError: something that they import is not in requirements.txt.
    """
    cells = [cell for content in notebooks.values() for cell in json.loads(content)["cells"]]
    names = set().union(*(imports(parse("".join(c["source"]))) for c in cells if c["cell_type"] == "code"))
    ours = modules(names | {"utils.collector"})
    for path in ours.values():
        # A module's lazy imports (TensorFlow in a fixture) count only where a notebook has them too.
        body = parse(path.read_text(encoding="utf-8")).body
        names |= imports(ast.Module([node for node in body if isinstance(node, ast.Import | ast.ImportFrom)], []))
    roots = {name.partition(".")[0] for name in names} - {"utils", *sys.stdlib_module_names}
    wanted = {DISTRIBUTIONS.get(root, root) for root in roots} | ALWAYS_REQUIRED
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    bounds = {re.match(r"[\w-]+", line)[0]: line.partition("#")[0].strip() for line in lines if re.match(r"\w", line)}
    if missing := sorted(wanted - bounds.keys()):
        raise NotebookError(f"{slug} imports {missing}, which requirements.txt does not name")
    readme = (ROOT / "solutions" / "LEEME.md").read_text(encoding="utf-8")
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (*ours.values(), MESSAGES)} | {
        "requirements.txt": "".join(f"{bounds[name]}\n" for name in bounds if name in wanted).encode(),
        "conftest.py": CONFTEST.encode(),
        "LEEME.md": readme.replace("{slug}", slug).encode(),
    }


def write_packages(course):
    """Write _build/student/NN-slug.zip for every assignment; the same sources give the same bytes."""
    fresh, target, archives = released(course), Path(course, "_build", "student"), []
    target.mkdir(parents=True, exist_ok=True)
    for slug in assignments(course):
        files = {path.partition("/")[2]: content for path, content in fresh.items() if path.startswith(f"{slug}/")}
        files |= package(slug, {path: content for path, content in files.items() if path.endswith(".ipynb")})
        archives.append(target / f"{slug}.zip")
        with zipfile.ZipFile(archives[-1], "w") as archive:
            for path in sorted(files):  # ZipInfo's own date is fixed: 1980
                archive.writestr(zipfile.ZipInfo(f"{slug}/{path}"), files[path])
    return archives


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m utils.release", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["lint", "exercises", "check", "student"])
    parser.add_argument("--course", type=Path, default=ROOT, help="course folder (default: this repository)")
    chosen = parser.parse_args(arguments)
    course, done = chosen.course.resolve(), []
    try:
        paths = sorted(course.glob("solutions/*/*.ipynb"))
        problems = [f"{path.name}: {problem}" for path in paths for problem in lint(read(path))]
        if chosen.command == "check" and not problems:
            problems = [f"exercises/{path} is stale: run `make exercises`" for path in stale(course)]
        elif chosen.command in ("exercises", "student") and not problems:
            done = {"exercises": write_exercises, "student": write_packages}[chosen.command](course)
    except NotebookError as error:
        problems = [str(error)]
    for line in done:
        print(line)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
