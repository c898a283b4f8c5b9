"""The build of the book, on a small copy with pages of its own: numbers, warnings, failures, downloads, words."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

import jupytext
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from utils import figures

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CHAPTER = (
    HEADER
    + r"""
# Gradientes

Cita de {cite:t}`glorot2010`,
{numref}`fig-lines`, {numref}`tab-words`, {eq}`eq-chain`: {glue:text}`01-page.md::rate:.2f`.

```{math}
:label: eq-chain
a = b \\ c = d
```

```{code-cell} ipython3
from myst_nb import glue
from utils import figures
from utils.constant import RATE

glue("rate", RATE)
glue("lines", figures.layer_lines("gradient_by_layer", {"tanh": [RATE, 1.0]}))
glue("words", figures.Table.of("gradient_by_layer", ["layer", "value"], [["1", "glorot_uniform"]]))
print("rate", RATE)
```

```{glue:figure} lines
:name: fig-lines
Una figura con $\varphi$.
```

```{glue:figure} words
:name: tab-words
Una tabla.
```

```{code-cell} ipython3
:tags: [hide-input]
RATE + 1
```

:::{admonition} Para profundizar
:class: tip
Con **negrita**, `código` y $|x|$.
:::

:::{dropdown} Pista
- uno
  - dos
:::

```{source} utils.constant.rate
```

```{bibliography}
```
"""
)
CONSTANT = '''\
"""A module."""

RATE = 0.25  # a comment


def rate():
    """The rate."""

    return RATE
'''
GLOROT = """@inproceedings{glorot2010, author = {Glorot, Xavier and Bengio, Yoshua}, title = {Understanding},
booktitle = {Proceedings of AISTATS}, year = {2010}, pages = {249--256}}"""
NUMBER = r"-?\d+\.?\d*(?:e[-+]?\d+)?"
ENGLISH = r"\b(the|of|and|this|with|to|for|page|toggle|show|hide|link|search|copy|download|next|previous|skip|main)\b"


class Copy:
    """A copy of the book with one small chapter."""

    def __init__(self, root: Path):
        self.root, self.chapter, self.constant = root, root / "book/01-page.md", root / "utils/constant.py"
        self.site = root / "_build/html"
        for name in ("_config.yml", "constraints.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        for name in ("locale", "utils", "book/_ext", "book/_static", "book/_templates"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        for name in ("conf.py", "build.py"):
            shutil.copy(ROOT / "book" / name, root / "book")
        (root / "book/_toc.yml").write_text(
            "format: jb-book\nroot: index\ndefaults: {numbered: 1}\nchapters: [{file: 01-page}]\n", "utf-8"
        )
        (root / "book/index.md").write_text("# Libro\n\nPrimera página, antes de {doc}`01-page`.\n", "utf-8")
        (root / "book/references.bib").write_text(GLOROT, "utf-8")
        self.chapter.write_text(CHAPTER, "utf-8")
        self.constant.write_text(CONSTANT, "utf-8")

    def build(self) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "book/build.py"], cwd=self.root, capture_output=True, text=True)

    def page(self, name: str = "01-page") -> BeautifulSoup:
        return BeautifulSoup((self.site / f"es/{name}.html").read_text("utf-8"), "html.parser")

    def executions(self) -> list[str]:
        """One entry per execution of the chapter."""
        return sorted(str(path) for path in self.root.glob("_build/cache/*/executed/*/base.ipynb"))

    def edit(self, path: Path, old: str, new: str) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    copy = Copy(tmp_path_factory.mktemp("book"))
    result = copy.build()
    assert result.returncode == 0, result.stderr
    assert f"Open {copy.site / 'index.html'}" in result.stdout
    return copy


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def prose(page: BeautifulSoup) -> str:
    return page.article.get_text(" ", strip=True)


def test_first_page_leads_to_the_edition(built):
    page = BeautifulSoup((built.site / "index.html").read_text("utf-8"), "html.parser")
    assert page.a["href"] == "es/index.html"
    assert "es/index.html" in page.find("meta", {"http-equiv": "refresh"})["content"]
    assert (built.site / "es/index.html").exists()


def test_numbers_references_and_citations_are_resolved(built):
    text = prose(built.page())
    assert re.search(r"Glorot y Bengio \[ ?2010 ?\]", text)
    for resolved in ("Figura 1.1", "Tabla 1.1", "(1.1)", "0.25"):
        assert resolved in text
    assert "En Proceedings of AISTATS" in text.replace("\n", " ")


def test_figure_takes_its_alternative_text_from_the_object(built):
    image = built.page().find(id="fig-lines").img
    assert image["alt"].startswith("Media de los cuadrados") and "0.25 en la capa 1" in image["alt"]


def test_glued_outputs_stand_only_where_they_are_pasted(built):
    page = built.page()
    assert len(page.article.find_all("img")) == 1
    assert page.find(id="tab-words").name == "table"
    assert page.find(id="tab-words").caption.get_text().startswith("Tabla 1.1")


def test_source_is_shown_without_its_docstring(built):
    listing = next(block for block in built.page().find_all("pre") if "def rate" in block.get_text())
    assert listing.get_text().strip() == "def rate():\n    return RATE"


def test_download_is_the_page_as_a_notebook(built):
    notebook = nbformat.read(built.site / "es/_downloads/01-page.ipynb", as_version=4)
    nbformat.validate(notebook)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for part in (
        "# 1. Gradientes", "Figura 1.1, Tabla 1.1, (1.1): 0.25.", r"\tag{1.1}", r"\begin{split}",
        r"**Figura 1.1.** Una figura con $\varphi$.", "**Tabla 1.1.** Una tabla.", "| 1 | Glorot uniforme |",
        "> **Para profundizar**", r"$\vert x\vert $", "<details><summary>Pista</summary>", "- uno\n\n  - dos",
        "def rate():", "En *Proceedings of AISTATS*",
    ):  # fmt: skip
        assert part in text
    assert not re.search(r"\{\w+(:\w+)?\}`|^:::|^```\{", text, re.MULTILINE), "a role or directive is left"
    assert len(code(notebook)) == 2 and code(notebook)[1] == "RATE + 1"
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_first_cell_of_the_download_names_the_library_beside_it(built):
    notebook = nbformat.read(built.site / "es/_downloads/01-page.ipynb", as_version=4)
    (wheel,) = re.findall(r'%pip install "(.*)\[chapters\]"', notebook.cells[0].source)
    with zipfile.ZipFile(built.site / "es/_downloads" / wheel) as archive:
        assert {"utils/figures.py", "utils/figures.toml", "utils/constant.py"} <= set(archive.namelist())
        assert not [name for name in archive.namelist() if name.startswith("utils/grading")]
    links = {link["href"] for link in built.page().select(".dropdown-download-buttons a")}
    assert links == {"_downloads/01-page.ipynb", f"_downloads/{wheel}"}
    assert not built.page("index").select(".dropdown-download-buttons a"), "a page without code is no notebook"


def test_pages_load_nothing_from_elsewhere(built):
    for path in built.site.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        loaded = [tag.get("src") or tag.get("href") for tag in page.find_all(["script", "link", "img", "iframe"])]
        assert not [address for address in loaded if address and "//" in address], path.name


def english(page: BeautifulSoup) -> list[str]:
    """English words that a reader of this page meets, outside code, menus, formulas, publications, marked words."""
    for tag in page.select("script, style, pre, code, .guilabel, .math, ul.references, [lang=en]"):
        tag.decompose()
    for tag in page.select("a.reference"):
        del tag["title"]  # a cited publication
    named = ("title", "aria-label", "placeholder", "alt", "data-bs-title")
    texts = [*page.stripped_strings, *(tag[name] for tag in page.find_all(True) for name in named if name in tag.attrs)]
    return [text for text in texts if re.search(ENGLISH, text, re.IGNORECASE)]


@pytest.mark.parametrize("name", ["index", "01-page", "search"])
def test_no_english_is_left(built, name):
    assert english(built.page(name)) == []


def test_words_of_scripts_and_titles_are_the_books_own(built):
    static = built.site / "es/_static"
    assert (static / "translations.js").read_bytes() == (ROOT / "locale/es/LC_MESSAGES/sphinx.js").read_bytes()
    spanish = re.search(r"'es' : \{.*?\}", (static / "copybutton.js").read_text("utf-8"), re.DOTALL)[0]
    assert "'Copiado'" in spanish and "¡" not in spanish
    assert built.page("index").title.get_text() == "Redes profundas que entrenan"
    assert built.page().title.get_text() == "1. Gradientes — Redes profundas que entrenan"
    assert built.page("index").find(class_="right-next")["title"] == "página siguiente"
    settings = re.search(r"window.MathJax = (.*?)</script>", (built.site / "es/01-page.html").read_text("utf-8"))[1]
    assert json.loads(settings)["options"]["enableMenu"] is False


def test_a_second_build_in_the_same_folder_is_refused_until_the_first_ends(copy):
    hold = (
        "import sys, time; sys.path.insert(0, 'book'); import build; held = build.lock(); print('held', flush=True); "
    )

    def holder(then):
        return subprocess.Popen([sys.executable, "-c", hold + then], cwd=copy.root, stdout=subprocess.PIPE, text=True)

    with holder("time.sleep(600)") as first:
        assert first.stdout.readline() == "held\n"
        result = copy.build()
        first.kill()
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("Another build") and result.stderr.count("\n") == 1
    assert not copy.site.exists()
    with holder("") as second:
        assert second.communicate()[0] == "held\n"


def test_english_is_found():
    page = BeautifulSoup(
        '<p title="Link to this heading">Hola</p><pre>the</pre><p>Next page</p><b lang="en">the</b>', "html.parser"
    )
    assert english(page) == ["Next page", "Link to this heading"]


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_chapters_keep_to_what_downloads_and_editions_can_carry(path):
    """A removed cell is missing in the notebook; footnotes cannot be translated."""
    text = path.read_text("utf-8")
    assert not re.findall(r"remove-(?:input|output|cell)|\[\^|\{exercise\}", text)
    glued = re.findall(r"\{glue:text\}`([^`]*)`", text)
    assert [name for name in glued if not (ROOT / "book" / name.split("::")[0]).is_file()] == []


def test_digest_follows_code_and_data_but_not_docstrings(copy):
    sys.path.insert(0, str(ROOT / "book/_ext"))
    from course import code_digest

    first = code_digest(copy.root)
    for path, old, new, changes in (
        (copy.constant, '"""The rate."""', '"""Another text.\n\n    Longer.\n    """', False),
        (copy.constant, "# a comment", "# another comment", False),
        (copy.constant, "RATE = 0.25", "RATE  =  0.25", False),
        (copy.constant, "RATE  =  0.25", "RATE = 0.5", True),
        (copy.root / "utils/figures.toml", "[common", "# [common", True),
        (copy.root / "constraints.txt", "numpy==", "numpy===", True),
    ):
        copy.edit(path, old, new)
        second = code_digest(copy.root)
        assert (second != first) is changes, (path.name, new)
        first = second
    (copy.root / "utils/grading").mkdir(exist_ok=True)
    (copy.root / "utils/grading/more.py").write_text("X = 1\n")
    assert code_digest(copy.root) == first
    (copy.root / "book/_data").mkdir()
    (copy.root / "book/_data/more.json").write_text("{}")
    assert code_digest(copy.root) != first


@pytest.mark.slow
def test_a_constant_changes_the_page_and_a_docstring_executes_nothing(copy):
    assert copy.build().returncode == 0
    assert "0.25" in prose(copy.page()) and len(copy.executions()) == 1
    download = (copy.site / "es/_downloads/01-page.ipynb").read_bytes()

    copy.edit(copy.constant, '"""The rate."""', '"""Another text."""')
    assert copy.build().returncode == 0
    assert len(copy.executions()) == 1
    assert (copy.site / "es/_downloads/01-page.ipynb").read_bytes() == download

    copy.edit(copy.constant, "RATE = 0.25", "RATE = 0.75")
    for name in ("old", "older"):
        (copy.root / "_build/cache" / name).mkdir()
        os.utime(copy.root / "_build/cache" / name, (0, 0))
    assert copy.build().returncode == 0
    assert len(list((copy.root / "_build/cache").iterdir())) == 3
    assert "0.75" in prose(copy.page()) and "0.25" not in prose(copy.page())
    assert len(copy.executions()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("RATE + 1\n", 'raise RuntimeError("broken")\n', "broken|01-page"),
        ("# Gradientes\n", "# Gradientes\n\n{ref}`nowhere`\n", "nowhere"),
        ("01-page.md::rate", "01-page.md::ratio", "ratio"),
        ("{numref}`fig-lines`", "{doc}`02-page`", "02-page"),
    ],
    ids=["broken cell", "unknown reference", "unknown number", "unknown page"],
)
def test_what_is_wrong_fails_every_time_and_the_site_stays(built, tmp_path, old, new, message):
    copy = Copy(tmp_path)
    shutil.copytree(built.root / "_build", copy.root / "_build")
    before = {path: path.read_bytes() for path in copy.site.rglob("*") if path.is_file()}
    copy.edit(copy.chapter, old, new)
    for _ in range(2):
        result = copy.build()
        assert result.returncode != 0
        assert re.search(message, result.stderr), result.stderr
    assert {path: path.read_bytes() for path in copy.site.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_jupyter_book_builds_it_too(copy):
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "book", "--config", "_config.yml"]
    environment = os.environ | {"PYTHONPATH": str(copy.root)}
    result = subprocess.run(
        [*command, "--path-output", ".", "-W", "-n", "--keep-going"],
        cwd=copy.root, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0.25" in (copy.site / "01-page.html").read_text("utf-8")


@pytest.mark.slow
def test_no_english_is_left_in_the_book(book):
    found = {}
    for path in (book / "es").glob("*.html"):
        if left := english(BeautifulSoup(path.read_text("utf-8"), "html.parser")):
            found[path.name] = left
    assert not found


@pytest.mark.slow
def test_previous_and_next_lead_through_all_pages_in_their_order(book):
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))
    names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    pages = [BeautifulSoup((book / f"es/{name}.html").read_text("utf-8"), "html.parser") for name in names]
    assert set(names) == {path.stem for path in (ROOT / "book").glob("*.md")}
    before = [page.select_one(".left-prev") for page in pages]
    after = [page.select_one(".right-next") for page in pages]
    files = [f"{name}.html" for name in names]
    assert [link and link["href"] for link in before] == [None, *files[:-1]]
    assert [link and link["href"] for link in after] == [*files[1:], None]


@pytest.mark.slow
def test_internal_links_and_anchors_exist(book):
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in book.rglob("*.html")}
    links = [(path, tag["href"]) for path, page in pages.items() for tag in page.select("a[href]")]
    assert len(links) > 300
    assert [(path.name, link) for path, link in links if not exists(path, link, pages)] == []
    for path, page in pages.items():
        named = [tag["id"] for tag in page.find_all(id=True)]
        assert [name for name in set(named) if named.count(name) > 1] == [], path.name


def exists(path: Path, link: str, pages: dict[Path, BeautifulSoup]) -> bool:
    """Whether a link of a page leads to a file, and to a place in it; other sites are not asked."""
    if re.match(r"[a-z]+:", link):
        return link.startswith(("https://", "http://"))
    name, _, anchor = link.partition("#")
    goal = (path.parent / unquote(name.partition("?")[0])).resolve() if name else path
    return goal.is_file() and (not anchor or pages[goal].find(id=unquote(anchor)) is not None)


def test_broken_links_are_found(tmp_path):
    path, page = tmp_path / "a.html", BeautifulSoup('<p id="x"></p>', "html.parser")
    path.touch()
    given = {
        "": True,
        "#x": True,
        "a.html#x": True,
        "https://x.org": True,
        "#y": False,
        "b.html": False,
        "file:a": False,
    }
    assert {link: exists(path, link, {path: page}) for link in given} == given


# Quantities that two chapters compute, each for its own reader: the code differs, the number must not.
COMPUTED_TWICE = {
    frozenset({"01-vanishing-gradients::chi_glorot", "02-glorot-he-initialization::chi_glorot",
               "02-glorot-he-initialization::chi_once"}),
    frozenset({"01-vanishing-gradients::chi_critical", "02-glorot-he-initialization::chi_scaled"}),
    frozenset({"01-vanishing-gradients::tanh_glorot", "02-glorot-he-initialization::ten_tanh"}),
    frozenset({"01-vanishing-gradients::logistic_glorot", "02-glorot-he-initialization::ten_logistic",
               "02-glorot-he-initialization::logistic_once"}),
    frozenset({"02-glorot-he-initialization::cut_constant", "keras-notes::cut_constant"}),
    frozenset({"03-relu-family::at_zero_leaky", "03-relu-family::string_default", "keras-notes::slope_string"}),
    frozenset({"03-relu-family::layer_default", "keras-notes::slope_layer"}),
    frozenset({"05-gelu-swish-mish::drift_swish", "signal-propagation::swish_fifty"}),
    frozenset({"05-gelu-swish-mish::point_gelu", "signal-propagation::closed", "signal-propagation::gelu_q"}),
}  # fmt: skip


@pytest.mark.slow
def test_one_quantity_has_one_number_in_the_book(book):
    """A number that two chapters compute is the same in both: to ten digits no two different ones meet by chance.

    A pair that fails here either differs, or is new: paste one chapter's number in the other, or name it above.
    """
    found = {}
    for path in sorted((ROOT / "_build/editions/es/jupyter_execute").glob("*.glue.json")):
        page = path.name.removesuffix(".glue.json")
        for name, output in json.loads(path.read_text("utf-8")).items():
            if re.fullmatch(NUMBER, text := output["data"]["text/plain"]):
                found.setdefault(f"{float(text):.10g}", set()).add(f"{page}::{name}")
    shared = {
        frozenset(keys)
        for value, keys in found.items()
        if len({key.partition("::")[0] for key in keys}) > 1 and len(re.sub(r"\D|e.*", "", value).lstrip("0")) > 4
    }
    assert shared == COMPUTED_TWICE


# What sentences say without a number of the runs beside them: expressions over the page's own glued numbers.
SAID = {
    "04-elu-selu": [
        "abs(elu_mean_8) > abs(relu_mean_8) and early_elu < early_relu and early_closer == 8",
        "abs(R6_selu_over_tanh_8_sgd_points) < 0.1 and R6_selu_over_tanh_8_sgd_low < 0 < R6_selu_over_tanh_8_sgd_high",
        "0 < R6_selu_over_elu_8_sgd_low and R6_selu_over_elu_8_sgd_points < 1",
    ],
    "05-gelu-swish-mish": [
        "live_he < 30 < live_critical",
        "0.9 < beta_min <= beta_max < 1.1",
        "0 <= beta_lowest <= beta_highest <= 1.5",
        "beta_low < 0 < beta_high",
        "over_low < 0 < over_high",
        "abs(swish_relu_mean - 5) < 0.5 and abs(mish_relu_mean - 5) < 0.5",
        "min(rest_p, gelu_selu_p, swish_selu_p, mish_selu_p, among_p) > 0.05",
        "gelu_relu_low > 0 and gelu_relu_p > 0.05",
        "drop_relu < drop_gelu < 20",
        *(
            f"duel_p_{pair} < 0.05 and duel_low_{pair} > 0"
            for pair in ("swish_20_sgd", "gelu_40_sgd", "swish_40_sgd", "mish_40_sgd", "gelu_40_adam")
        ),
        *(f"duel_p_{pair} > 0.05 and duel_low_{pair} > 0" for pair in ("gelu_20_sgd", "swish_40_adam")),
        *(
            f"duel_p_{pair} > 0.05 and duel_low_{pair} < 0 < duel_high_{pair}"
            for pair in ("mish_20_sgd", "gelu_20_adam", "swish_20_adam", "mish_20_adam", "mish_40_adam")
        ),
        *(
            f"control_low_{name}_relu_residual > 0 and control_p_{name}_relu_residual < 0.05"
            f" and abs(control_{name}_relu_plain) > 5 * control_{name}_relu_residual"
            for name in ("gelu", "swish", "mish")
        ),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(("page", "expression"), [(page, said) for page in SAID for said in SAID[page]])
def test_sentences_hold_for_the_runs_beside_them(book, page, expression):
    glued = json.loads((ROOT / f"_build/editions/es/jupyter_execute/{page}.glue.json").read_text("utf-8"))
    texts = {name: output["data"]["text/plain"] for name, output in glued.items()}
    assert eval(expression, {name: float(text) for name, text in texts.items() if re.fullmatch(NUMBER, text)})


@pytest.mark.slow
@pytest.mark.alone
def test_downloads_give_the_numbers_of_their_pages(book, tmp_path, monkeypatch):
    """Each download runs from top to bottom with nothing but the library beside it, and prints what its page prints."""
    downloads = book / "es/_downloads"
    (wheel,) = downloads.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "library")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "library"))
    notebooks = sorted(downloads.glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell("import utils; print(utils.__file__)"))
        (tmp_path / "work").mkdir(exist_ok=True)
        assert code(notebook)[:-1] == code(jupytext.read(ROOT / f"book/{path.stem}.md")), "as JupyterLab opens it"
        NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(tmp_path / "work")}}).execute()
        assert notebook.cells.pop().outputs[0].text.strip() == str(tmp_path / "library/utils/__init__.py")
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        outputs = [output for cell in cells for output in cell.outputs]
        timed = {key(output) for cell in cells if "perf_counter()" in cell.source for output in cell.outputs}
        glued = json.loads((ROOT / f"_build/editions/es/jupyter_execute/{path.stem}.glue.json").read_text("utf-8"))
        silent = "application/papermill.record/"  # of what is glued without being shown
        again = {
            name: output["data"].get("text/plain") or output["data"][f"{silent}text/plain"]
            for output in outputs
            if (name := key(output))
        }
        assert set(again) == set(glued)
        differing = [name for name in again if not same(again[name], glued[name]["data"]["text/plain"])]
        differing = [name for name in differing if name not in timed]  # a clock never gives the same twice
        assert not differing
        page = BeautifulSoup((book / f"es/{path.stem}.html").read_text("utf-8"), "html.parser")
        shown = [block.get_text().strip() for block in page.select("article .cell_output pre")]
        again = [text for output in outputs if not key(output) and (text := printed(output))]
        assert same("\n".join(again), "\n".join(shown)), path.stem  # a page joins what one cell prints


def same(first: str, second: str) -> bool:
    """Equal words, and numbers equal but for the order of summation, which threads leave open."""
    (words, numbers), (other_words, other_numbers) = (
        (re.sub(NUMBER + r"|\s", "", text), list(map(float, re.findall(NUMBER, text)))) for text in (first, second)
    )
    return words == other_words and numbers == pytest.approx(other_numbers, rel=1e-5, abs=0)


def test_the_comparison_of_numbers_can_fail():
    assert same("a 1.00000001e-05 b", "a  1e-5 b") and same("[0. 2]", "[0. 2]")
    assert not same("a 1.1", "a 1.2") and not same("a 1", "b 1") and not same("1 2", "1") and not same("0.", "1e-300")


def code(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def key(output) -> str | None:
    """The name under which an output was glued."""
    return output.get("metadata", {}).get("scrapbook", {}).get("name")


def printed(output) -> str:
    """What an output shows as text: a picture or a progress bar shows none."""
    if output["output_type"] == "stream":
        return output["text"].strip() if output["name"] == "stdout" else ""
    return "" if figures.MIME in output["data"] else output["data"]["text/plain"]
