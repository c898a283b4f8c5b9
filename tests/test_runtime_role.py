"""The role that prints a page's run time shows what was recorded, however the page got its numbers."""

import math
import re
import warnings
from pathlib import Path

import pytest
from jupyter_cache import get_cache
from sphinx.cmd.build import main as sphinx_build

EXTENSIONS = Path(__file__).parents[1] / "book/_ext"
CONF = """
extensions = ["runtime", "myst_nb"]
nb_execution_mode = "cache"
nb_execution_cache_path = {cache!r}
"""
INDEX = "# Front\n\n```{toctree}\npage\n```\n\nIt takes {runtime}`page` s.\n"
PAGE = """---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---
# Page

```{{code-cell}} ipython3
import time
time.sleep({seconds})
```
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of a front page and a notebook."""

    monkeypatch.syspath_prepend(EXTENSIONS)

    class Book:
        source, cache = tmp_path / "book", tmp_path / "cache"

        def write(self, seconds, index=INDEX):
            self.source.mkdir(exist_ok=True)
            (self.source / "conf.py").write_text(CONF.format(cache=str(self.cache)))
            (self.source / "index.md").write_text(index)
            (self.source / "page.md").write_text(PAGE.format(seconds=seconds))

        def build(self, *options):
            """(exit code, warnings) of a build in this process: starting another takes longer than the build."""
            options = ["-b", "html", "-W", "-n", "--keep-going", "-q", "-w", str(tmp_path / "warnings"), *options]
            with warnings.catch_warnings(action="ignore"):  # Python's, of the packages that Sphinx loads
                code = sphinx_build([*options, str(self.source), str(tmp_path / "out")])
            return code, (tmp_path / "warnings").read_text()

        def shown(self):
            return int(re.search(r"It takes (\S+) s\.", (tmp_path / "out/index.html").read_text())[1])

        def recorded(self):
            newest = max(get_cache(self.cache).list_cache_records(), key=lambda record: record.pk)
            return newest.data["execution_seconds"]

    return Book()


def test_the_seconds_are_those_of_the_run_whose_numbers_the_page_shows(book):
    book.write(seconds=0)
    assert book.build() == (0, "")
    cold = book.recorded()
    assert book.shown() == math.ceil(cold)
    assert book.build("-E") == (0, "")  # every page read anew, none executed
    assert book.shown() == math.ceil(cold)
    book.write(seconds=math.ceil(cold) + 1)
    assert book.build() == (0, "")  # the page is executed again; the front page is as it was
    assert book.shown() == math.ceil(book.recorded()) > math.ceil(cold)


def test_a_page_without_a_run_is_an_error_that_names_it(book):
    book.write(seconds=0, index="# Front\n\n{runtime}`index` {runtime}`no-such-page`\n")
    (book.source / "page.md").unlink()
    code, text = book.build()
    assert code != 0
    assert "runtime: not executed: index" in text and "runtime: not executed: no-such-page" in text
