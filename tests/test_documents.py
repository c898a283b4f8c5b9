"""What the pages and readmes say of commands, folders, exercises and minutes is so, and both readmes say the same."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
from course import exercises  # noqa: E402

from utils.grading import __main__ as grading  # noqa: E402
from utils.grading import messages, sandbox  # noqa: E402

SLUGS = sorted(path.stem for path in (ROOT / "book").glob("[0-9]*.md"))
TARGETS = set(re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)[1].split())


def commands(name):
    return set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_readme_explains_every_command(name):
    assert commands(name) == TARGETS - {"help"}


def said(text):
    """What a readme says in every language: its headings' levels, code, links, rows, and numbers in digits."""
    headings = re.findall(r"^#+(?= )", text, flags=re.MULTILINE)
    links = [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("README")]
    rows = [line.count("|") for line in text.split("\n") if line.startswith("|")]
    words = re.sub(r"`[^`]*`|\]\([^)]*\)", " ", text)
    return headings, re.findall(r"`([^`]+)`", text), links, rows, re.findall(r"\d+(?:\.\d+)*", words)


def test_both_readmes_say_the_same():
    texts = [(ROOT / name).read_text("utf-8") for name in ("README.md", "README.es.md")]
    for english, spanish in zip(*map(said, texts), strict=True):
        assert english == spanish
    assert "](README.es.md)" in texts[0] and "](README.md)" in texts[1]


def test_a_command_that_one_readme_lacks_is_found():
    assert said("# A\n`make book` [x](Y) 3.11\n| a |") == (["#"], ["make book"], ["Y"], [2], ["3.11"])
    assert said("`make book`, `make lab`")[1] != said("`make lab`, `make book`")[1]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "book/index.md", "book/instructors.md", "book/grading.md"])
def test_only_commands_that_exist_are_named(name):
    assert commands(name) <= TARGETS and commands(name)


GRADING = (ROOT / "book/grading.md").read_text("utf-8")
UNITS = {"s": 1, "GiB": 1 << 30, "MiB": 1 << 20, "kB": 10**3, "MB": 10**6, "": 1}


@pytest.mark.parametrize("name", ["README.md", "README.es.md", "book/grading.md"])
def test_only_options_of_the_grader_that_exist_are_named(name, capsys):
    with pytest.raises(SystemExit):
        grading.main(["--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    ours = re.findall(r"utils\.grading .+|GRADE=.+|`--[^`*]+`", text)
    assert set(re.findall(r"--[a-z-]+", " ".join(ours))) <= known | {"--force"}  # of git
    assert set(re.findall(r"utils\.grading ([a-z]+)", text)) <= set(grading.COMMANDS)


def test_the_page_on_grading_gives_the_limits_that_hold():
    rows = re.findall(r"^\| .+ \| `(\w+)` \| (\d+) ?(\w*) \|$", GRADING, flags=re.MULTILINE)
    assert {name: int(number) * UNITS[unit] for name, number, unit in rows} == vars(sandbox.Limits())


def test_the_page_on_grading_explains_every_flag_and_line_of_the_doctor():
    flags = set(re.findall(r"^\| `([a-z-]+)` \| .+ \| .+ \|$", GRADING, flags=re.MULTILINE))
    assert flags == {*messages()["flags"]}
    assert [tried for tried, _ in sandbox.TEXTS.values() if f"\n| {tried} |" not in GRADING] == []


def test_the_page_on_grading_adds_up_machines_as_it_was_measured():
    found = json.loads((ROOT / "book/_data/scale.json").read_text("utf-8"))
    classes, cores = found["classes"], found["cores_of_a_machine"]
    costs = {}  # seconds of a worker and of the coordinator for each submission
    for kind, size in {"exercise": "1000", "assignment": "60"}.items():
        phases = classes[size]["phases"]
        costs[kind] = phases["worker_seconds"], phases["prepare"] + phases["write"]
    (one, write_one), (whole, write_whole) = costs["exercise"], costs["assignment"]
    assert (
        f"$s$ es {one:.3f} y $c$ es {write_one:.3f}; con la tarea entera, {whole:.3f} y {write_whole:.3f}." in GRADING
    )
    assert f"a {60_000 / classes['1000']['seconds']:.0f} por minuto" in GRADING
    assert f"cada una tiene {cores} núcleos" in GRADING
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \|$", GRADING, flags=re.MULTILINE)
    assert len(rows) == 3
    for machines, *rates in rows:
        counted = [min(60 / write, int(machines) * cores * 60 / run) for run, write in costs.values()]
        assert [int(rate) for rate in rates] == [round(rate) for rate in counted]


def test_layout_names_what_is_there():
    layout = (ROOT / "README.md").read_text("utf-8").partition("## Layout")[2]
    paths = re.findall(r"^\| `([^`]+)`", layout, flags=re.MULTILINE)
    assert len(paths) >= 10 and [path for path in paths if not (ROOT / path).exists()] == []


def test_minutes_on_the_front_page_are_those_of_chapter_and_exercises():
    line = r"<([\w-]+)>`: (\d+) minutos de lectura y (\d+) de ejercicios"
    chapters = re.findall(line, (ROOT / "book/index.md").read_text("utf-8"))
    assert [slug for slug, *_ in chapters] == SLUGS
    for slug, reading, practice in chapters:
        assert f"se lee en unos {reading} minutos" in (ROOT / f"book/{slug}.md").read_text("utf-8")
        cells = nbformat.read(ROOT / f"exercises/{slug}/{slug}.ipynb", as_version=4).cells
        minutes = [int(m) for cell in cells for m in re.findall(r"^\*\*(\d+) minutos", cell.source, flags=re.MULTILINE)]
        assert sum(minutes) == int(practice)


@pytest.mark.parametrize("slug", SLUGS)
def test_metadata_of_exercises_are_what_statements_say(slug):
    """Minutes, points and stars in the order of the notebook; an objective in both languages; points add up."""
    cells = nbformat.read(ROOT / f"solutions/{slug}/{slug}.ipynb", as_version=4).cells
    head = r"^\*\*(\d+) minutos · (\d+) puntos · (★+)\*\*"
    stated = [found for cell in cells for found in re.findall(head, cell.source, flags=re.MULTILINE)]
    listed = exercises.exercises(ROOT, slug)
    assert [(str(e.minutes), str(e.points), "★" * e.difficulty) for e in listed] == stated
    assert all(set(e.objective) == {"es", "en"} and all(e.objective.values()) for e in listed)
    assert sum(e.points for e in listed) == sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_lists_its_exercises_as_the_table_of_all_does(slug):
    text = (ROOT / f"book/{slug}.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d\.\d|Predicción|Pregunta) \| .+ \| (\d+) \| (\d+) \|$", text, flags=re.MULTILINE)
    names = {"P": "Predicción", "Q": "Pregunta"}
    listed = exercises.exercises(ROOT, slug)
    assert rows == [(names.get(e.number[-1], e.number), str(e.minutes), str(e.points)) for e in listed]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_exercise_leads_to_a_section_of_its_chapter(slug):
    text = (ROOT / f"book/{slug}.md").read_text("utf-8")
    assert [step for step in exercises.STEPS[int(slug[:2])].split() if f"\n({step})=\n" not in text] == []
    assert {e.anchor for e in exercises.exercises(ROOT, slug)} <= set(exercises.STEPS[int(slug[:2])].split())


def test_optional_exercises_are_left_out_of_the_shorter_sum():
    three = [exercises.Exercise("9.1", {}, minutes, 1, stars, "c9-1") for minutes, stars in ((10, 1), (20, 2), (40, 3))]
    assert exercises.minutes(three) == (70, 30)
