"""`make bench`: seconds that a contributor waits: for the book, from nothing, unchanged, after one edit, and for tests.

All on a temporary clone of the working tree, so that neither its site nor its cache is touched. Writes
_build/bench/build.json. The chapter that is edited is the one that takes longest to execute.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_cache import get_cache
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "_build/bench/build.json"
CELL = re.compile(r"^```\{code-cell\} ipython3\n(?!:)", flags=re.MULTILINE)  # without options


def clone(target: Path) -> None:
    """The working tree as it stands, what is not committed included, as a repository of its own."""
    subprocess.run(["git", "clone", "--quiet", ROOT, target], check=True)
    asked = ["git", "ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard"]
    listing = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target / name)
        else:
            (target / name).unlink(missing_ok=True)


def seconds_of_make(goal: str, tree: Path) -> float:
    """Seconds that a command takes in a tree that borrows this environment.

    Raises:
        RuntimeError: it failed; the message is what it said last.
    """
    command = ["make", "--no-print-directory", goal, f"BIN={Path(sys.executable).parent}", "--old-file=.venv/.ready"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"make {goal} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return time.perf_counter() - began


def execution_seconds(tree: Path) -> dict[str, float]:
    """Seconds that each page took to execute, the last time that it did."""
    (cache,) = (tree / "_build/cache").iterdir()
    records = sorted(get_cache(cache).list_cache_records(), key=lambda record: record.created)
    return {Path(record.uri).stem: record.data["execution_seconds"] for record in records}


def measure(tree: Path, bar: tqdm) -> dict:
    def timed(what, goal):
        bar.set_postfix_str(what)
        seconds = seconds_of_make(goal, tree)
        bar.update()
        return seconds

    result = {"cold_seconds": timed("cold", "book"), "page_seconds": execution_seconds(tree)}
    result["unchanged_seconds"] = timed("unchanged", "book")
    chapter = max(result["page_seconds"], key=result["page_seconds"].get)
    path = tree / f"book/{chapter}.md"
    text = path.read_text("utf-8")
    path.write_text(CELL.sub(r"\g<0># edited\n", text, count=1), "utf-8")
    result["one_chapter_seconds"] = timed("one chapter", "book")
    path.write_text(text, "utf-8")  # the tests would find the comment
    result["one_chapter"] = {"name": chapter, "own_seconds": execution_seconds(tree)[chapter]}
    result["test_seconds"] = timed("test", "test")
    return result


def main():
    with tempfile.TemporaryDirectory() as folder, tqdm(total=4, unit=" timings", file=sys.stderr) as bar:
        clone(Path(folder, "course"))
        result = measure(Path(folder, "course"), bar)
    result["machine"] = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name, value in result.items():
        print(f"{name:28} {json.dumps(value)}")
    print(f"Written: {TARGET}")


if __name__ == "__main__":
    main()
