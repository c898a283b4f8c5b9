"""Every item of the course has its place: coverage.toml names it, and what must stand there does."""

import ast
import builtins
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from test_documents import TARGETS
from test_pages import TEXTS, block, glued, nodes, prose

ROOT = Path(__file__).resolve().parent.parent
TABLE = tomllib.loads((ROOT / "tests/coverage.toml").read_text("utf-8"))
TO_COME = TABLE.pop("to_come")

# The last number of each kind in chapters 0 (the front page) to 5; F is one per chapter.
LAST = {"c": (12, 15, 13, 13, 13, 9), "k": (0, 10, 9, 13, 9, 6), "s": (0, 9, 8, 7, 8, 9)}
IDS = [f"{kind}{chapter}.{i + 1}" for kind in LAST for chapter, last in enumerate(LAST[kind]) for i in range(last)]
IDS += [f"{kind}{i}" for kind, numbers in {"F": "12345", "f": "0123456", "r": "12345"}.items() for i in numbers]
IDS += [f"a{i + 1}" for i in range(11)]
APPENDICES = {
    "signal-propagation", "claims-on-trial", "errata", "keras-notes", "notation", "glossary", "bibliography",
    "source-map", "instructors", "grading", "exercises",
}  # fmt: skip
NEEDED = {"c": "terms", "a": "terms", "k": "shows", "s": "shows", "F": "shows", "f": "test", "r": "test"}


def fixed_names(page):
    """Names that no run gave: Python's own, modules not ours, what is assigned from constants and such names alone."""
    fixed = set(dir(builtins))
    for node in nodes(page):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "utils":
            fixed |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names = {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            fixed = fixed - names if from_a_run(node.value, fixed) else fixed | names
    return fixed


def from_a_run(value, fixed):
    """Whether an expression holds more than constants and fixed names: an empty list or dict will be filled."""
    inside = list(ast.walk(value))
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    empty = [node for node in inside if isinstance(node, ast.List | ast.Dict) and ast.unparse(node) in ("[]", "{}")]
    return bool(names - fixed or empty)


def drawn_from_a_run(value, fixed):
    """Whether an expression is a call `figures.…(…)` of which some argument comes from a run."""
    function = getattr(value, "func", ast.Name(""))
    module = next((node.id for node in ast.walk(function) if isinstance(node, ast.Name)), "")
    arguments = [*value.args, *(keyword.value for keyword in value.keywords)] if module == "figures" else []
    return any(from_a_run(argument, fixed) for argument in arguments)


ROLES = {  # how a key is pasted, and what its cell must glue
    "{glue:figure}": (r"\{{glue:figure\}} {key}\n", drawn_from_a_run),
    "{glue:text}": (r"\{{glue:text\}}`{page}\.md::{key}[:`]", from_a_run),
}


def faults(item, texts):
    """What an item's place lacks, in words."""
    page = texts.get(item["page"], "")
    text = block(page, item["anchor"])
    if text is None:
        return [f"no ({item['anchor']})= in {item['page']}.md"]
    found = []
    if "terms" in item:
        words = len(re.findall(r"\w+", prose(text)))
        found += [f"{words} words"] * (words < 60)
        said = re.sub(r"```\{code-cell\}.*?\n```", "", text, flags=re.DOTALL).replace("**", "").lower()
        found += [f"not said: {term}" for term in item["terms"] if term.lower() not in said]
    for role, key in map(str.split, item.get("shows", [])):
        pattern, is_measured = ROLES[role]
        values = [value for name, value in glued(page) if re.fullmatch(name, key)]
        if not re.search(pattern.format(page=item["page"], key=key), text):
            found.append(f"not under the anchor: {key}")
        elif not any(is_measured(value, fixed_names(page)) for value in values):
            found.append(f"not from a run of this page: {key}")
    return found


def test_every_item_is_listed_once():
    assert sorted([*TABLE, *(name for items in TO_COME.values() for name in items)]) == sorted(IDS)


def test_every_item_says_what_it_holds_and_what_its_kind_needs():
    assert all(text for items in TO_COME.values() for text in items.values())
    assert not [name for name, item in TABLE.items() if not item.get("holds") or not item.get(NEEDED[name[0]])]
    drawn = [entry for name, item in TABLE.items() if name[0] in "sF" for entry in item["shows"]]
    assert not [entry for entry in drawn if not entry.startswith("{glue:figure} ")]


@pytest.mark.parametrize("name", [name for name in TABLE if name[0] not in "fr"])
def test_item_stands_in_its_place(name):
    assert TABLE[name]["anchor"] == name.lower().replace(".", "-")
    assert faults(TABLE[name], TEXTS) == []


@pytest.mark.parametrize("name", [name for name in TABLE if name[0] in "fr"])
def test_item_is_kept_by_tests_that_exist(name):
    for node in TABLE[name]["test"]:
        file, _, function = node.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def contents():
    """The pages that the table of contents lists after the front page."""
    return re.findall(r"'file': '([^']+)'", str(yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))))


def arrived():
    """What items to come may wait for and is there: chapters by number, appendices by file, editions, commands."""
    editions = re.search(r"^EDITIONS = (.+)$", (ROOT / "book/build.py").read_text("utf-8"), flags=re.MULTILINE)[1]
    pages = {str(int(page[:2])) if page[0].isdigit() else page for page in contents()}
    return pages | set(ast.literal_eval(editions)) | TARGETS


@pytest.mark.parametrize("what", TO_COME)
def test_what_items_to_come_wait_for_is_not_there(what):
    assert what in {"2", "3", "4", "5", "en", "replications", *APPENDICES}
    assert what not in arrived(), "its items need a place now"
    assert {"1", "glossary", "es", "book"} <= arrived()


def test_every_page_is_in_the_contents_and_holds_an_item():
    pages = contents()
    assert sorted(["index", *pages]) == sorted(TEXTS)
    assert set(pages) <= {item.get("page") for item in TABLE.values()}
    assert [page for page in pages if not page[0].isdigit() and page not in APPENDICES] == []


def test_no_item_of_a_chapter_waits_for_another():
    assert not [name for n, items in TO_COME.items() for name in items if re.match(r"[cksF]\d", name) and name[1] != n]


CELL = """```{{code-cell}} ipython3
import numpy as np
from utils import figures, propagation

given = [[1.0, 2.0]]
runs = propagation.ensemble(given)
empty = {{}}
glue("bars", {value})
note(rate=runs[0], fixed=2 * len(given))
```

(x1)=
```{{glue:figure}} bars
```
{{glue:text}}`made-up.md::rate:.1f` {{glue:text}}`made-up.md::fixed:.1f`
"""
SIXTY = "\n(x1)=\nLa **capa** inferior " + "y otra " * 28 + "más.\n\n(x2)=\n"
ITEM = {"page": "made-up", "anchor": "x1"}


@pytest.mark.parametrize("text", [SIXTY, SIXTY.replace("(x2)=", "## Otra")], ids=["next anchor", "next heading"])
def test_words_and_terms_are_read_under_the_anchor(text):
    assert faults(ITEM | {"terms": ["Capa inferior"]}, {"made-up": text}) == []
    assert faults(ITEM | {"terms": ["capa superior"]}, {"made-up": text + "capa superior"}) == [
        "not said: capa superior"
    ]
    assert faults(ITEM | {"terms": ["capa"]}, {"made-up": text.replace(" más", "") + "más " * 9}) == ["59 words"]
    assert faults(ITEM | {"anchor": "x3"}, {"made-up": text}) == ["no (x3)= in made-up.md"]
    assert faults(ITEM, {"other": text}) == ["no (x1)= in made-up.md"]


@pytest.mark.parametrize(
    ("value", "measured"),
    [
        ("figures.gradient_bars(runs)", True),
        ('figures.layer_lines("bound", {"tanh": propagation.chi(1.0)})', True),
        ('figures.layer_lines("bound", given, theory=runs)', True),
        ("figures.Table.of('layers', ['a'], [[str(n) for n in runs]])", True),
        ("figures.gradient_bars(empty)", True),
        ("figures.gradient_bars([[1.0, 2.0]])", False),
        ("figures.gradient_bars(np.array([[1.0, 2.0]]))", False),
        ("figures.gradient_bars(given)", False),
        ("plt.bar(runs)", False),
        ("runs", False),
    ],
)
def test_a_figure_needs_arrays_of_a_run(value, measured):
    found = faults(ITEM | {"shows": ["{glue:figure} bars"]}, {"made-up": "\n" + CELL.format(value=value)})
    assert found == ([] if measured else ["not from a run of this page: bars"])


def test_a_number_needs_a_run_of_its_own_page():
    page = "\n" + CELL.format(value="runs")
    code, _, text = page.partition("```\n\n")
    numbers = ITEM | {"shows": ["{glue:text} rate", "{glue:text} fixed", "{glue:text} other"]}
    assert faults(numbers, {"made-up": page})[1:] == ["not under the anchor: other"]
    assert faults(ITEM | {"shows": ["{glue:text} rate"]}, {"made-up": page}) == []
    assert faults(numbers, {"made-up": "\n" + text, "other": code + "```\n"})[:2] == [
        "not from a run of this page: rate", "not from a run of this page: fixed",
    ]  # fmt: skip
    assert faults(ITEM | {"shows": ["{glue:text} rate"]}, {"made-up": page.replace("made-up.md", "other.md")}) == [
        "not under the anchor: rate"
    ]
