"""What the front page, README.md and CONTRIBUTING.md say of commands, folders and minutes is so."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
TARGETS = set(re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)[1].split())


def commands(name):
    return set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE))


def test_readme_explains_every_command():
    assert commands("README.md") == TARGETS - {"help"}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "book/index.md"])
def test_only_commands_that_exist_are_named(name):
    assert commands(name) <= TARGETS and commands(name)


def test_layout_names_what_is_there():
    layout = (ROOT / "README.md").read_text("utf-8").partition("## Layout")[2]
    paths = re.findall(r"^\| `([^`]+)`", layout, flags=re.MULTILINE)
    assert len(paths) >= 10 and [path for path in paths if not (ROOT / path).exists()] == []


def test_minutes_on_the_front_page_are_those_of_chapter_and_exercises():
    line = r"<([\w-]+)>`: (\d+) minutos de lectura y (\d+) de ejercicios"
    chapters = re.findall(line, (ROOT / "book/index.md").read_text("utf-8"))
    assert [slug for slug, *_ in chapters] == sorted(path.stem for path in (ROOT / "book").glob("[0-9]*.md"))
    for slug, reading, practice in chapters:
        assert f"se lee en unos {reading} minutos" in (ROOT / f"book/{slug}.md").read_text("utf-8")
        cells = nbformat.read(ROOT / f"exercises/{slug}/{slug}.ipynb", as_version=4).cells
        minutes = [int(m) for cell in cells for m in re.findall(r"^\*\*(\d+) minutos", cell.source, flags=re.MULTILINE)]
        assert sum(minutes) == int(practice)
