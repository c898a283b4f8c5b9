"""Sphinx extension of the book: execution cache, offline MathJax, tables, source listings, citations, downloads."""

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset_file

from . import citations, doctrees, downloads, exercises


def library_files(root: Path) -> list[Path]:
    """The files of `utils` from which a page or a reader's notebook can compute."""
    skipped = {"__pycache__", "grading"}
    return sorted(
        p for p in (root / "utils").rglob("*") if p.is_file() and not skipped & set(p.parts[len(root.parts) :])
    )


def data_files(root: Path) -> list[Path]:
    """Results of long runs, which pages read."""
    return sorted(path for path in (root / "book/_data").rglob("*") if path.is_file())


def digest(root: Path, files: list[Path], read=Path.read_bytes) -> str:
    total = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for path in files:
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + read(path) + b"\0")
    return total.hexdigest()[:16]


def code_digest(root: Path) -> str:
    """Digest of all that can change an executed number beside the page itself; a changed docstring does not.

    Covers the Python version, `utils` (Python without docstrings and comments), pinned packages, data of the book.
    """
    return digest(root, [root / "constraints.txt", *data_files(root), *library_files(root)], read_bare)


def read_bare(path: Path) -> bytes:
    """A file's content; of Python only the syntax tree without docstrings (it holds no comments and no layout)."""
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if docstring(node):
            del node.body[0]
    return ast.dump(tree).encode()


def docstring(node) -> ast.Expr | None:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return node.body[0] if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None else None


def use_repository(app, config):
    """Execute against this repository's `utils`, and forget every number that other code computed."""
    root = Path(app.confdir).parent
    cache = root / "_build/cache" / code_digest(root)
    cache.mkdir(parents=True, exist_ok=True)
    os.utime(cache)  # the build script removes those not used for long
    config.nb_execution_cache_path = str(cache)
    # Sphinx looks for sphinx.js from the current directory, for the other catalogues from the book's.
    config.locale_dirs = [str(Path(app.confdir, folder).resolve()) for folder in config.locale_dirs]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    config.course_wheel = f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl"


def add_files(app, error):
    """Put MathJax's one self-contained file (its package would copy 24 MB) and the library beside the pages.

    The copy button's own words cannot be set; its Spanish ones keep to the book's style.
    """
    if error is None and app.builder.name == "html":
        package = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
        copy_asset_file(package / "static/mathjax" / app.config.mathjax_path, Path(app.outdir, "_static"))
        button = Path(app.outdir, "_static/copybutton.js")
        button.write_text(button.read_text("utf-8").replace("¡Copiado!", "Copiado"), "utf-8")
        downloads = Path(app.outdir, "_downloads")
        downloads.mkdir(exist_ok=True)
        shutil.copy(build_wheel(Path(app.confdir).parent, app.config.course_wheel), downloads)


def build_wheel(root: Path, name: str) -> Path:
    """The library and its data as a wheel, the same bytes each time, built without a network, if they have changed."""
    files = [path for path in (root / "pyproject.toml", root / "LICENSE", root / "README.md") if path.exists()]
    files += library_files(root) + data_files(root)
    wheels = root / "_build/wheel" / digest(root, files)
    if not (wheels / name).exists():
        with tempfile.TemporaryDirectory() as copy:
            for path in files:
                inside = path.relative_to(root).as_posix()
                target = Path(copy) / re.sub("^book/_data", "utils/_data", inside)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            code = f"from setuptools import build_meta; build_meta.build_wheel({str(Path(copy) / 'dist')!r})"
            environment = os.environ | {"SOURCE_DATE_EPOCH": "1735689600"}
            subprocess.run([sys.executable, "-c", code], cwd=copy, env=environment, check=True, capture_output=True)
            shutil.rmtree(wheels.parent, ignore_errors=True)
            shutil.copytree(Path(copy) / "dist", wheels)
    return wheels / name


def add_buttons(app, pagename, templatename, context, doctree):
    """The page's download menu: notebook, library, print. The theme's own offers the source text."""
    context["translate"] = _  # the theme's words from the same catalogue as all others
    files = []
    if "kernelspec" in app.env.metadata.get(pagename, {}):
        files = [
            (f"{pagename}.ipynb", _("Notebook (.ipynb)"), "fas fa-file-code"),
            (app.config.course_wheel, _("Library of the course (.whl)"), "fas fa-box"),
        ]
    buttons = [
        {"type": "link", "url": context["pathto"](f"_downloads/{name}", 1), "text": text, "icon": icon}
        for name, text, icon in files
    ]
    text = _("Print or save as PDF")
    buttons.append({"type": "javascript", "javascript": "window.print()", "text": text, "icon": "fas fa-print"})
    menu = {"type": "group", "tooltip": _("Download this page"), "icon": "fas fa-download", "buttons": buttons}
    if doctree is not None:
        context["header_buttons"].insert(0, menu | {"label": "download-buttons"})


class TableFigures(SphinxTransform):
    """`{glue:figure}` of a Table becomes a numbered table with a caption."""

    default_priority = 400  # before labels and numbers are collected

    def apply(self):
        for figure in list(self.document.findall(nodes.figure)):
            table = next(figure.findall(nodes.table), None)
            if table is not None:
                table["ids"], table["names"] = figure["ids"], figure["names"]
                for caption in figure.findall(nodes.caption):
                    table.insert(0, nodes.title(caption.rawsource, "", *caption.children))
                figure.replace_self(table)
                self.document.ids.update(dict.fromkeys(table["ids"], table))


class ReferenceList(SphinxPostTransform):
    """A bibliography as a plain list: cited by author and year, its numbers would point nowhere."""

    default_priority = 700  # after sphinxcontrib-bibtex has filled it in

    def run(self, **kwargs):
        for entry in list(self.document.findall(nodes.citation)):
            item = nodes.list_item("", *entry.findall(nodes.paragraph), ids=entry["ids"])
            parent, place = entry.parent, entry.parent.index(entry)
            if place and "references" in parent[place - 1].get("classes", []):
                parent[place - 1].append(item)
                parent.remove(entry)
            else:
                parent[place] = nodes.bullet_list("", item, classes=["references"])  # replace_self repeats the id


class MinusSigns(SphinxPostTransform):
    """Glued negative numbers get the minus sign that tables and figures have, in place of the hyphen."""

    default_priority = 700  # after MyST-NB has pasted them

    def run(self, **kwargs):
        for pasted in self.document.findall(nodes.inline):
            if "pasted-text" in pasted["classes"] and pasted.astext().startswith("-"):
                size = pasted.astext()[1:]
                pasted.children = [nodes.Text("−" * bool(re.search("[1-9]", size)) + size)]  # a rounded 0 has none


class Source(SphinxDirective):
    """```{source} utils.activations.logistic``` shows a function or class from its one source, without docstrings."""

    required_arguments = 1

    def run(self):
        *module, name = self.arguments[0].split(".")
        path = Path(self.env.app.confdir).parent.joinpath(*module).with_suffix(".py")
        self.env.note_dependency(str(path))
        text = path.read_text("utf-8")
        lines = text.splitlines()
        found = [node for node in ast.parse(text).body if getattr(node, "name", None) == name]
        if not found:
            raise self.error(f"{path.name} defines no function or class {name!r}")
        start = min(part.lineno for part in [found[0], *found[0].decorator_list])
        hidden = set()
        for node in ast.walk(found[0]):
            if text_node := docstring(node):
                end = text_node.end_lineno
                hidden.update(range(text_node.lineno, end + 1 + (lines[end : end + 1] == [""])))  # and a blank line
        shown = [lines[i - 1] for i in range(start, found[0].end_lineno + 1) if i not in hidden]
        return [nodes.literal_block("\n".join(shown), "\n".join(shown), language="python")]


def visit_hidden_cell(self, node):
    """MyST-NB's folded cell without its English label: the summary's own text names it."""
    visit_HideCellInput(self, node)
    self.body[-4:] = [part.replace(' aria-label="Toggle hidden content"', "") for part in self.body[-4:]]


def setup(app):
    app.add_config_value("course_wheel", "", "env")
    app.add_config_value("comments_config", {}, "env")  # jupyter-book always sets it, for an extension we leave out
    app.connect("config-inited", use_repository)
    app.connect("doctree-resolved", downloads.write_notebook)
    app.connect("html-page-context", add_buttons, priority=900)
    app.connect("build-finished", add_files)
    app.add_domain(doctrees.Domain, override=True)
    app.add_transform(TableFigures)
    app.add_post_transform(ReferenceList)
    app.add_post_transform(MinusSigns)
    app.add_directive("source", Source)
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_cell, depart_HideCellInput))
    citations.setup(app)
    exercises.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
