"""Directives that make tables from the notebooks' metadata: sums, links to sections, objectives, plans."""

import json
import warnings
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.cmd.build import main as sphinx_build

EXTENSIONS = Path(__file__).parents[1] / "book/_ext"
CONF = """
extensions = ["course.exercises", "myst_nb"]
myst_enable_extensions = ["colon_fence"]
language = "es"
nb_execution_mode = "off"
"""
CHAPTER = """# First

:::{admonition} Objetivos
- know {ref}`this <c1-6>`;
- and that.
:::

El camino principal se lee en unos 20 minutos.

## Bars

(s1-3)=
Text.

## Chain

### Below

(c1-6)=
Text.
"""
TABLES = """# Tables

```{exercises}
```

# Sums

```{chapters}
```

```{plan} 2, 1 5,
```

```{objectives}
```
"""
EXERCISES = [("1.1", 1, 30, 1, [4, 2]), ("1.P", 2, 10, 2, [2]), ("1.4", 3, 25, 2, [6])]  # number, stars, …, points


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)

    def run(tables=TABLES):
        """(exit code, warnings, page of the tables)"""
        source, cells = tmp_path / "book", []
        for number, stars, minutes, section, points in EXERCISES:
            objective = {"es": f"Meta {number}", "en": f"Aim {number}"}
            about = {"difficulty": stars, "minutes": minutes, "objective": objective, "section": section}
            cells.append({"metadata": {"course": {"exercise": number, **about}}})
            cells += [{"metadata": {"course": {"exercise": number}, "nbgrader": {"points": p}}} for p in points]
        source.mkdir(exist_ok=True)
        (tmp_path / "solutions/01-first").mkdir(parents=True, exist_ok=True)
        (tmp_path / "solutions/01-first/01-first.ipynb").write_text(json.dumps({"cells": [*cells, {"metadata": {}}]}))
        pages = {"conf.py": CONF, "index.md": "# Front\n\n```{toctree}\n01-first\ntables\n```\n"}
        for name, text in (pages | {"01-first.md": CHAPTER, "tables.md": tables}).items():
            (source / name).write_text(text)
        options = ["-b", "html", "-W", "-n", "-E", "--keep-going", "-q", "-w", str(tmp_path / "warnings")]
        with warnings.catch_warnings(action="ignore"):  # Python's, of the packages that Sphinx loads
            code = sphinx_build([*options, str(source), str(tmp_path / "out")])
        page = BeautifulSoup((tmp_path / "out/tables.html").read_text("utf-8"), "html.parser")
        return code, (tmp_path / "warnings").read_text(), page

    return run


def rows(table):
    return [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in table.select("tbody tr")]


def test_tables_give_what_the_notebooks_say_of_the_chapters_that_there_are(build):
    code, said, page = build()
    assert (code, said) == (0, "")
    exercises, chapters, plan = page.find_all("table")
    assert rows(exercises) == [
        ["1.1 ★", "Meta 1.1", "30", "6", "Bars"],
        ["Prediction ★★", "Meta 1.P", "10", "2", "Chain"],
        ["1.4 ★★★", "Meta 1.4", "25", "6", "Chain"],
    ]
    assert [a["href"] for a in exercises.find_all("a")] == [
        "01-first.html#bars", "01-first.html#chain", "01-first.html#chain",
    ]  # fmt: skip
    assert page.find("h2").get_text().startswith("1. First")
    assert rows(chapters) == [["First", "20", "65", "40", "14"]]
    assert rows(plan) == [["1", "First", "20", "65", "40"], ["2", "Review", "0", "0", "0"]]
    objectives = [item.get_text(" ", strip=True) for item in page.find("a", string="this").find_parent("ul")("li")]
    assert objectives == ["know this ;", "and that."]
    assert page.find("a", string="this")["href"] == "01-first.html#c1-6"


def test_an_anchor_that_is_not_there_is_an_error(build):
    code, said, _ = build("# Tables\n\n{section}`c9-9`\n")
    assert code != 0 and "section: no such anchor: c9-9" in said
