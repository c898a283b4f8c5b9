"""The printed book: one file with all formulas, figures and links of the pages, everything open, nothing cut."""

import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pdf
import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader
from test_book import Copy

ROOT = Path(__file__).resolve().parent.parent
WIDE = r"""
::::{tab-set}
:::{tab-item} Una
Texto de la primera pestaña.
:::
:::{tab-item} Otra
Texto de la segunda pestaña.
:::
::::

```{math}
:label: eq-wide
WIDE
```

```python
LONG
```
""".replace("WIDE", " + ".join(f"x_{{{i}}}" for i in range(60))).replace(
    "LONG", "+".join("longnames" for _ in range(30))
)


def letters(text: str) -> str:
    """Text without spaces, which a PDF does not keep, and without ligatures."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def walk(outline, depth=0):
    """(depth, bookmark) of an outline."""
    for item in outline:
        if isinstance(item, list):
            yield from walk(item, depth + 1)
        else:
            yield depth, item


def alternatives(reader: PdfReader) -> list[str]:
    """The alternative texts of all pictures of the document."""
    found, left = [], [reader.trailer["/Root"]["/StructTreeRoot"]["/K"]]
    while left:
        node = left.pop().get_object()
        if isinstance(node, list):
            left += node
        elif isinstance(node, dict):
            found += [node["/Alt"]] if node.get("/S") == "/Figure" and "/Alt" in node else []
            left += [node.raw_get("/K")] if "/K" in node else []
    return found


def links(reader: PdfReader):
    """(name of a place, None) or (None, address) of every link."""
    for page in reader.pages:
        for annotation in page.get("/Annots", ()):
            link = annotation.get_object()
            yield link.get("/Dest"), link.get("/A", {}).get("/URI")


class Printed:
    """The printed edition, the page that was printed, and the pages of the site that it is made of."""

    def __init__(self, edition: Path, names: list[str], target: Path):
        self.pages = {name: pdf.read(edition / f"{name}.html") for name in names}
        self.path, self.raw = target.with_suffix(".html"), target.read_bytes()
        self.source = pdf.read(self.path)
        self.reader = PdfReader(target)
        self.texts = [page.extract_text() for page in self.reader.pages]
        self.places = {
            name: self.reader.get_destination_page_number(place)
            for name, place in self.reader.named_destinations.items()
        }


@pytest.fixture(scope="module")
def small(chromium, tmp_path_factory):
    """A book of two pages with what is closed and what is wide."""
    copy = Copy(tmp_path_factory.mktemp("book"))
    copy.edit(copy.root / "book/index.md", "# Libro\n", "# Libro\n\n{.front-subtitle}\nSubtítulo\n")
    copy.edit(copy.chapter, "\n:::{dropdown}", f"{WIDE}\n:::{{dropdown}}")
    (copy.root / "book/pdf.py").write_bytes((ROOT / "book/pdf.py").read_bytes())
    done = subprocess.run([sys.executable, "book/pdf.py"], cwd=copy.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = re.findall(r"^The book is printed: (.+)$", done.stdout, flags=re.MULTILINE)
    return Printed(copy.site / "es", ["index", "01-page"], Path(path))


@pytest.fixture(scope="module")
def whole(book, chromium):
    """The book itself, its pages in the order of _toc.yml."""
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))
    names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    return Printed(book / "es", names, pdf.print_edition(book / "es", chromium))


@pytest.fixture(params=["small", "whole"])
def printed(request):
    return request.getfixturevalue(request.param)


def test_without_a_browser_nothing_is_built_and_one_line_says_so(tmp_path):
    for name in ("build.py", "pdf.py"):
        (tmp_path / name).write_bytes((ROOT / "book" / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "pdf.py"],
        cwd=tmp_path,
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr.startswith("The book cannot be printed: no Chromium is installed") and done.stderr.count("\n") == 1
    )


def test_names_of_two_pages_do_not_meet_and_links_stay_inside():
    html = """<html><body><article><section id="a"><h1>T<a class="headerlink" href="#a">#</a></h1></section>
    <details>x</details>
    <a href="#a">1</a><a href="b.html">2</a><a href="b.html#a">3</a><a href="http://x.org/#a">4</a><a href="f.zip">5</a>
    </article></body></html>"""
    part = pdf.article("a.html", BeautifulSoup(html, "html.parser"), ["a.html", "b.html"])
    assert part["id"] == "a" and part.h1["id"] == "a/a" and not part.section.has_attr("id")
    assert part.h1.get_text() == "T" and part.details.has_attr("open")
    assert [link["href"] for link in part("a")] == ["#a/a", "#b", "#b/a", "http://x.org/#a"]
    assert part("a")[-1].next_sibling == "5"


@pytest.mark.slow
@pytest.mark.browser
class TestPrinted:
    def test_formulas_and_figures_are_those_of_the_pages(self, printed):
        for selector in ("article .math", "article img"):
            expected = sum(len(page.select(selector)) for page in printed.pages.values())
            assert len(printed.source.select(selector.replace("article", "main"))) == expected > 0
        drawn = alternatives(printed.reader)
        images = [tag["alt"] for page in printed.pages.values() for tag in page.select("article img")]
        formulas = [tag for page in printed.pages.values() for tag in page.select("article .math")]
        assert set(images) <= set(drawn)
        assert len(drawn) >= len(images) + len(formulas)

    def test_what_is_closed_on_the_page_is_printed(self, printed):
        text = letters("".join(printed.texts))
        closed = [tag for page in printed.pages.values() for tag in page.select("details, .sd-tab-content")]
        first = (tag.find(lambda part: part.name == "p" and not part.find_parent("summary")) for tag in closed)
        words = [letters(str(part.find(string=True)))[:25] for part in first if part]
        assert closed and words and [part for part in words if part not in text] == []

    def test_links_lead_to_a_place_in_the_document_or_to_the_web(self, printed):
        found = list(links(printed.reader))
        assert [
            link for link in found if link[0] not in printed.places and not re.match("https?://", link[1] or "")
        ] == []
        assert len([name for name, _ in found if name]) >= len(printed.source.select("main a[href^='#']")) > 0

    def test_links_lead_to_the_page_that_holds_their_goal(self, printed):
        """Every page of a chapter is headed by its title."""
        goals = {tag["id"]: tag for tag in printed.source.main.find_all(id=True)}
        chapters = {part["id"]: letters(part.h1.get_text()) for part in printed.source.select(".pages > section")}
        heads = [letters(text) for text in printed.texts]
        for name in {link["href"][1:] for link in printed.source.select("main a[href^='#']")}:
            assert name in goals and chapters[name.partition("/")[0]] in heads[printed.places[f"/{name}"]], name

    def test_outline_and_contents_name_every_heading_and_its_page(self, printed):
        headings = [tag for page in printed.pages.values() for tag in page.article(["h1", "h2"])]
        for tag in headings:
            for link in tag.select(".headerlink"):
                link.decompose()
        outline = [item for depth, item in walk(printed.reader.outline) if depth < 2]
        assert [letters(item.title) for item in outline] == [letters(tag.get_text()) for tag in headings]
        contents = letters("".join(printed.texts[1 : printed.reader.get_destination_page_number(outline[0])]))
        for item in outline:
            number = printed.reader.get_destination_page_number(item)
            assert letters(item.title) in letters(printed.texts[number])
            assert f"{letters(item.title)}{number + 1}" in contents

    def test_pages_are_numbered(self, printed):
        assert [i for i, text in enumerate(printed.texts[1:], 2) if str(i) not in text.split()] == []

    def test_no_path_of_this_machine_is_left(self, printed):
        root = str(ROOT)
        said = [*printed.texts, *map(str, links(printed.reader)), str(printed.reader.metadata)]
        assert not [text for text in said if root in text or "file:" in text]
        assert root.encode() not in printed.raw and b"file:" not in printed.raw

    def test_nothing_is_cut_at_the_right(self, printed, chromium):
        parts = "img, table, pre, div.math, mjx-container, .sd-card, .admonition"
        measure = f"() => [...document.querySelectorAll({parts!r})].map(part => part.getBoundingClientRect().right)"
        with (
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=chromium, args=pdf.FLAGS) as browser,
        ):
            page = pdf.lay_out(browser, printed.path)
            assert page.evaluate("document.documentElement.scrollWidth") <= pdf.WIDTH
            assert max(page.evaluate(measure)) <= pdf.WIDTH
            assert page.evaluate("document.querySelectorAll('mjx-merror, [data-mjx-error]').length") == 0
        text = letters("".join(printed.texts))
        words = {
            line.split()[-1] for block in printed.source("pre") for line in block.get_text().split("\n") if line.split()
        }
        assert [word for word in words if letters(word)[-12:] not in text] == []
