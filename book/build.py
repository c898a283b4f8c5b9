"""Build the book: `python book/build.py`. The site in _build/html is replaced only when everything succeeded."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
EDITIONS = ("es",)
KEPT_CACHES = 3  # numbers of the last few states of utils: going back to one costs nothing


class BuildError(Exception):
    """What Sphinx said."""


def lock():
    """The open lock file of the one build that may run here; the system frees it however that build ends.

    Raises:
        BlockingIOError: another build holds it.
    """
    BUILD.mkdir(exist_ok=True)
    file = (BUILD / "build.lock").open("w")
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def build_edition(language: str) -> Path:
    """Run Sphinx for one language in a folder of its own; every page is read anew, so every warning repeats.

    What kernels write to stderr (TensorFlow's start-up lines) is kept aside, so that a warning can be seen.
    """
    print(f"Building the edition in {language!r}; pages whose numbers may have changed are executed.", flush=True)
    work = BUILD / "editions" / language
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    warnings, log = work / "warnings.txt", work / "log.txt"
    options = ["-b", "html", "-E", "-W", "-n", "--keep-going", "-q", "-w", warnings, "-d", work / "doctrees"]
    command = [sys.executable, "-m", "sphinx", *options, "-D", f"language={language}", ROOT / "book", work / "html"]
    with log.open("w") as stream:
        result = subprocess.run(command, cwd=ROOT, stderr=stream)  # cwd: the renderer, too, is this repository's
    if result.returncode:
        said = warnings.read_text("utf-8") if warnings.exists() else ""
        raise BuildError(said or log.read_text("utf-8"))
    return work / "html"


def publish(editions: dict[str, Path]) -> Path:
    """Put the editions under their languages and swap the whole site in."""
    new, site, old = BUILD / "html.new", BUILD / "html", BUILD / "html.old"
    for folder in (new, old):
        shutil.rmtree(folder, ignore_errors=True)
    new.mkdir()
    for language, folder in editions.items():
        folder.rename(new / language)
    shutil.copy(ROOT / "book/_templates/root.html", new / "index.html")
    (new / ".nojekyll").touch()  # some hosts drop folders whose name starts with an underscore
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    return site / "index.html"


def prune_caches() -> None:
    """Forget the execution caches that were not among the last used."""
    caches = sorted((BUILD / "cache").iterdir(), key=lambda path: path.stat().st_mtime)
    for path in caches[:-KEPT_CACHES]:
        shutil.rmtree(path)


def main(finish: Callable[[Path], None] = lambda site: None) -> int:
    """Build the book, then `finish` what is to be made of the site before another build may replace it."""
    try:
        held = lock()
    except BlockingIOError:
        print("Another build of the book is running in this folder; try again when it has ended.", file=sys.stderr)
        return 1
    with held:
        try:
            page = publish({language: build_edition(language) for language in EDITIONS})
        except BuildError as error:
            print(f"{error}\nThe book was not built; {BUILD / 'html'} is as it was.", file=sys.stderr)
            return 1
        prune_caches()
        print(f"The book is built. Open {page}", flush=True)
        finish(page.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
