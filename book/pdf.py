"""Print the book to PDF, one file for each edition: `python book/pdf.py`, which builds the book first.

The pages of the built site become one page, in the order of the book, which an installed Chromium opens, with the
formulas, and prints twice: the first time tells on which page each heading falls, for the table of contents.
"""

import io
import json
import os
import re
import shutil
import string
import sys
from pathlib import Path

import build
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

TEMPLATE = build.ROOT / "book/_templates/print.html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDTH = round((210 - 2 * 20) / 25.4 * 96)  # pixels between the margins that the template sets
SHORT = 350  # pixels in height, a third of a page
PATIENCE = 15 * 60 * 1000  # milliseconds for a step, which takes seconds on an idle machine
TYPESET = "() => window.MathJax && MathJax.startup && MathJax.startup.promise.then(() => true)"
# Formulas become pictures whose alternative text is their source; short blocks stay on one page; formulas, tables and
# listings wider than their place are made as narrow as it.
FIT = """SHORT => {
  const formulas = [...MathJax.startup.document.math].map(({math, typesetRoot}) => {
    const svg = typesetRoot.querySelector("svg"), {width, height} = svg.getBoundingClientRect();
    const source = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
    return {math, typesetRoot, source, style: `${svg.getAttribute("style")}; width: ${width}px; height: ${height}px`};
  });
  const drawn = formulas.map(({math, typesetRoot, source, style}) => {
    const image = Object.assign(new Image(), {alt: math, src: source});
    image.style.cssText = `all: unset; ${style}`;
    typesetRoot.replaceChildren(image);
    return image.decode();
  });
  for (const block of document.querySelectorAll(".cell_input, div[class*=highlight-], table, .admonition, details"))
    block.style.breakInside = block.offsetHeight < SHORT ? "avoid" : "auto";
  for (const box of document.querySelectorAll("div.math, table, pre")) {
    const width = Math.max(...[box, ...box.querySelectorAll("mjx-container > img")].map(part => part.scrollWidth));
    const room = (box.closest(".pst-scrollable-table-container") ?? box).clientWidth;
    if (width > room) box.style.zoom = room / width;
  }
  return Promise.all(drawn);
}"""
NUMBER = """pages => {
  for (const link of document.querySelectorAll(".overview a"))
    link.lastElementChild.textContent = pages[link.getAttribute("href").slice(1)];
}"""


def find_browser() -> str:
    """The path of an installed Chromium.

    Raises:
        LookupError: there is none.
    """
    if found := next(filter(None, map(shutil.which, NAMES)), None):
        return found
    raise LookupError(f"no Chromium is installed (looked for {', '.join(NAMES)})")


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def merge(edition: Path, target: Path) -> str:
    """All pages of an edition as one, to be written to `target`, with everything open and every link inside it."""
    front = read(edition / "index.html")
    names = ["index.html", *(link["href"] for link in front.select("nav.bd-links a.internal") if link["href"] != "#")]
    pages = {name: read(edition / name) for name in names}
    front = pages["index.html"]
    base = os.path.relpath(edition, target.parent).replace(os.sep, "/")
    scripts = {str(tag): tag for page in pages.values() for tag in page.head("script")}
    scripts = {text: tag for text, tag in scripts.items() if re.search("MathJax|tex-svg", text)}
    head = [*front.head("link", rel="stylesheet"), *scripts.values()]
    articles = [article(name, page, names) for name, page in pages.items()]
    for tag in [*head, *(image for part in articles for image in part("img"))]:
        for attribute in {"src", "href"} & set(tag.attrs):
            if not tag[attribute].startswith("data:"):
                tag[attribute] = f"{base}/{tag[attribute]}"
    headings = [tag for part in articles for tag in part(["h1", "h2"])]
    return string.Template(TEMPLATE.read_text("utf-8")).substitute(
        language=front.html["lang"],
        title=front.h1.get_text(),
        subtitle=front.select_one(".front-subtitle").get_text(),
        licence=front.select_one(".bd-footer-content p").get_text(),
        contents_title=front.select_one(".primary-toggle")["title"],
        contents="\n".join(map(entry, headings)),
        running_heads="\n".join(map(running_head, articles)),
        head="\n".join(map(str, head)),
        pages="\n".join(map(str, articles)),
    )


def article(name: str, page: BeautifulSoup, names: list[str]) -> Tag:
    """The text of one page; what its identifiers and links name is named anew, after the page."""
    part, stem = page.article, Path(name).stem
    part.name, part["id"], part["style"] = "section", stem, f"page: page-{stem}"
    for tag in part.select(".headerlink, script, .sd-tab-set > input"):
        tag.decompose()
    for tag in part.select("details"):
        tag["open"] = ""
    for tag in part.find_all(id=True):
        tag["id"] = f"{stem}/{tag['id']}"
    for heading in part(re.compile("h[1-6]")):  # a section can begin at the foot of the page before its heading
        if "id" in heading.parent.attrs and "id" not in heading.attrs:
            heading["id"] = heading.parent.attrs.pop("id")
    for link in part.select("a[href]"):
        path, _, anchor = link["href"].partition("#")
        if (path or name) in names:
            link["href"] = "#" + "/".join(filter(None, [Path(path or name).stem, anchor]))
        elif "://" not in path:  # a file beside the site
            link.unwrap()
    return part


def entry(heading: Tag) -> str:
    """A line of the table of contents; the page's number is filled in when it is known."""
    words = "".join(map(str, heading.contents))
    return f'<a class="entry-{heading.name}" href="#{heading["id"]}"><span>{words}</span><b></b></a>'


def running_head(part: Tag) -> str:
    """The title of each chapter above its pages."""
    title = json.dumps(part.h1.get_text().strip(), ensure_ascii=False)
    return f"@page page-{part['id']} {{ @top-right {{ content: {title} }} }}"


def lay_out(browser: Browser, source: Path) -> Page:
    """The merged page as it will be on paper, with its formulas drawn."""
    page = browser.new_page(viewport={"width": WIDTH, "height": WIDTH}, color_scheme="light")
    page.set_default_timeout(PATIENCE)
    page.emulate_media(media="print")
    page.goto(source.resolve().as_uri())
    page.wait_for_function(TYPESET)
    page.evaluate(FIT, SHORT)
    return page


def print_page(source: Path, executable: str) -> bytes:
    """The PDF of the merged page."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=executable, args=FLAGS) as browser:
        page = lay_out(browser, source)
        options = {"prefer_css_page_size": True, "print_background": True, "outline": True, "tagged": True}
        page.evaluate(NUMBER, page_numbers(page.pdf(**options)))
        return page.pdf(**options)


def page_numbers(pdf: bytes) -> dict[str, int]:
    """The page of each place that a link leads to, counted from 1."""
    reader = PdfReader(io.BytesIO(pdf))
    return {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def print_edition(edition: Path, browser: str) -> Path:
    """Print one edition of the site; its PDF is replaced only when all went well."""
    name = f"redes-profundas-que-entrenan-{edition.name}"
    source, target = (build.BUILD / "pdf" / f"{name}.{ending}" for ending in ("html", "pdf"))
    source.parent.mkdir(exist_ok=True)
    source.write_text(merge(edition, source), "utf-8")
    target.with_suffix(".new").write_bytes(print_page(source, browser))
    target.with_suffix(".new").replace(target)
    return target


def main() -> int:
    try:
        browser = find_browser()
    except LookupError as error:
        print(f"The book cannot be printed: {error}. Install Chromium or Google Chrome.", file=sys.stderr)
        return 1

    def print_editions(site: Path) -> None:
        for language in build.EDITIONS:
            print(f"The book is printed: {print_edition(site / language, browser)}")

    return build.main(print_editions)


if __name__ == "__main__":
    sys.exit(main())
