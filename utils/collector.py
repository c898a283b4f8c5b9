"""pytest collector for exercise notebooks: ``pytest PATH.ipynb`` reports each test of each graded cell as one item."""

import ast
import os

import nbformat
import pytest

from utils import checks


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".ipynb":
        return Notebook.from_parent(parent, path=file_path)


class Notebook(pytest.File):
    """Runs once, in order, each test when its cell is reached; a failing cell does not stop it."""

    def collect(self):
        self.cells = [c for c in nbformat.read(self.path, as_version=4).cells if c.cell_type == "code"]
        self.shell, self.results = None, []
        for index, cell in enumerate(self.cells):
            if checks.is_test_cell(cell):
                for node in ast.parse(cell.source).body:
                    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                        yield Test.from_parent(self, name=node.name, index=index, lineno=node.lineno)

    def result(self, index):
        """(report, error) of a cell, after running every cell up to it."""
        self.shell = self.shell or checks.Shell()
        before = os.getcwd()
        os.chdir(self.path.parent)
        try:
            for cell in self.cells[len(self.results) : index + 1]:
                checks.last_report = None
                error = self.shell.run(cell.source)
                self.results.append((checks.last_report, error))
        finally:
            os.chdir(before)
        return self.results[index]


class Test(pytest.Item):
    def __init__(self, index, lineno, **kwargs):
        super().__init__(**kwargs)
        self.index, self.lineno = index, lineno

    def runtest(self):
        report, error = self.parent.result(self.index)
        error = error if report is None else report.outcomes[self.name]
        if error is not None:
            raise error

    def repr_failure(self, excinfo, style=None):
        return checks.line(self.name, excinfo.value, width=500)

    def reportinfo(self):
        return self.path, self.lineno, f"{self.path.stem}::{self.name}"
