"""nbgrader's settings. The course folder is the folder of this file, wherever a command runs from."""

import os
import shutil
import sys
from pathlib import Path

from nbgrader import preprocessors
from nbgrader.converters import GenerateAssignment

from utils.grading import plugin

c = get_config()  # noqa: F821  (nbgrader provides it)
root = Path(__file__).resolve().parent
if shutil.which("alembic") is None:  # nbgrader calls it by name, also where no environment is activated
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


class ClearSolutions(preprocessors.ClearSolutions):
    """A prediction (``name = None``, then a region at column 0) keeps its None and gets no stub that raises."""

    def _replace_solution_region(self, cell, language):
        replaced = super()._replace_solution_region(cell, language)
        if replaced and cell.cell_type == "code":
            stub = self.code_stub[language]
            cell.source = "\n".join(line for line in cell.source.split("\n") if line != stub)
        return replaced


c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# Student data: in one folder that git ignores, apart from the build, so that `make clean` cannot lose it.
c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook' / 'gradebook.db'}"
(root / "gradebook").mkdir(exist_ok=True)
# Whatever can be imported from beside a notebook would shadow what the tests import.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    "feedback",
    "utils",
    "conftest.py",
    "*.py",
    "*.pyc",
    "*.so",
    "*.pyd",
]

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ClearSolutions.text_stub = "Escribe aquí tu respuesta."
c.GenerateAssignment.preprocessors = [
    ClearSolutions if stock is preprocessors.ClearSolutions else stock for stock in GenerateAssignment().preprocessors
]

plugin.install(c)
