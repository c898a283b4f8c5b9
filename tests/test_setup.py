"""The entry points: what `make` says, which Pythons it takes, that the pinned set covers the direct dependencies."""

import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUP = ["Makefile", "requirements.txt", "constraints.txt", "pyproject.toml"]


@pytest.fixture
def bare(tmp_path):
    """A copy of the set-up files, and a runner of make that finds only the interpreters in bin/."""
    for name in SETUP:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in ("make", "sh", "awk", "tail", "uname"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))

    def run(*arguments, **fake_pythons):
        for name, version in fake_pythons.items():
            fake = tmp_path / "bin" / name.replace("_", ".")
            fake.write_text(f"#!/bin/sh\necho Python {version}\nexit 1\n")
            fake.chmod(0o755)
        environment = {"PATH": str(tmp_path / "bin"), "LC_ALL": "C"}
        done = subprocess.run(["make", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout.strip()

    return run


def test_make_alone_explains_every_target_in_a_line(bare):
    code, text = bare()
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
    assert code == 0 and [line.split()[1] for line in text.splitlines()] == targets
    assert all(len(line.split(maxsplit=2)) == 3 for line in text.splitlines())


@pytest.mark.parametrize("target", ["book", "test"])
@pytest.mark.parametrize(
    ("pythons", "said"),
    [({}, "not found"), ({"python3": "3.10.9"}, "python3 = Python 3.10.9"), ({"python3": "3.14.1"}, "Python 3.14.1")],
)
def test_a_missing_too_old_or_too_new_python_gets_one_sentence(bare, target, pythons, said):
    code, text = bare(target, **pythons)
    assert code != 0
    last = text.splitlines()[-1]
    assert last.startswith("This course needs Python 3.11, 3.12 or 3.13 with venv; found: ") and said in last


def test_a_python_named_by_hand_that_is_not_there(bare):
    code, text = bare("book", "PYTHON=/no/such/python")
    assert code != 0 and "/no/such/python" in text.splitlines()[-1]


def direct_dependencies():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_each_direct_dependency_has_a_bound_a_reason_and_a_pin():
    pinned = {re.split(r"==", line)[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    for line in direct_dependencies():
        requirement, _, reason = line.partition("#")
        assert re.match(r"[\w.-]+[=<>]", requirement) and len(reason.split()) >= 3, line
        assert re.split(r"[=<>]", requirement)[0] in pinned, line


def test_no_tracked_file_names_a_machine():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pattern = re.compile("|".join(("/ho" + "me/", "/wo" + "rk/", "/ro" + "ot/", "pypi" + r"\.org", "index-" + "url")))
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".woff2"}:
            hit = pattern.search(path.read_text(encoding="utf-8"))
            assert hit is None, f"{name}: {hit and hit[0]}"


def test_the_environment_is_the_pinned_set():
    pins = dict(
        line.partition(";")[0].strip().split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line.partition(";")[0] and ";" not in line
    )
    for line in direct_dependencies():
        name = re.split(r"[=<>]", line)[0]
        if name in pins:
            assert metadata.version(name) == pins[name], f"{name}: remove .venv and run make again"
