"""The built book as a browser shows it, from the disk and over http: nothing from outside, nothing broken."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pdf import FLAGS
from playwright.sync_api import Page, sync_playwright
from test_appendices import PAIRS

pytestmark = [pytest.mark.slow, pytest.mark.browser]
WRITTEN = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "book").glob("*.md"))
PAGES = (*WRITTEN, "search")


@pytest.fixture(scope="module")  # two open ones do not go together
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session", params=["file", "http"])
def site(request, book):
    """The address of the site's folder."""
    if request.param == "file":
        yield book.as_uri()
        return
    handler = functools.partial(Quiet, directory=str(book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser, site, request):
    """A page that collects what went wrong: errors, and requests to anywhere else."""
    context = browser.new_context(**getattr(request, "param", {}), accept_downloads=True)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("requestfailed", lambda asked: "ABORTED" in asked.failure or page.problems.append(f"failed: {asked.url}"))
    page.on("request", lambda asked: asked.url.startswith((site, "data:")) or page.problems.append(asked.url))
    yield page
    context.close()


def visit(page: Page, address: str) -> None:
    page.goto(address, wait_until="load")
    page.wait_for_function("window.MathJax === undefined || (MathJax.startup && MathJax.startup.promise)")
    page.evaluate("window.MathJax && MathJax.startup.promise")
    # The theme fades colours in: what is measured before the end is a colour that no reader sees.
    page.evaluate("Promise.allSettled(document.getAnimations().map(animation => animation.finished))")


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole(page, site, name):
    visit(page, f"{site}/es/{name}.html")
    assert page.problems == []
    formulas = page.locator("article .math").count()
    assert page.locator("article .math mjx-container svg").count() >= formulas
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    text = page.locator("main").inner_text()
    assert "\\(" not in text and "\\[" not in text and "$$" not in text
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_chapter_has_formulas_and_figures(page, site):
    visit(page, f"{site}/es/01-vanishing-gradients.html")
    assert page.locator("article .math").count() > 0
    assert page.locator("article figure img").count() > 0


@pytest.mark.parametrize("name", WRITTEN)
def test_alternative_texts_are_sentences(page, site, name):
    visit(page, f"{site}/es/{name}.html")
    images = page.locator("article img").evaluate_all(
        "all => all.map(image => [image.alt, image.closest('figure')?.querySelector('figcaption')?.innerText ?? ''])"
    )
    for alt, caption in images:
        assert len(alt.split()) >= 6 and alt.rstrip().endswith("."), alt
        assert "/" not in alt.split()[0] and ".png" not in alt
        assert alt not in caption and alt != caption


def test_site_opens_in_the_book(page, site):
    page.goto(f"{site}/index.html")
    page.wait_for_url("**/es/index.html")
    page.locator(".right-next").click()
    page.wait_for_url("**/es/01-vanishing-gradients.html")
    page.locator(".left-prev").click()
    page.wait_for_url("**/es/index.html")
    assert page.problems == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 740}}], indirect=True, ids=["360px"])
def test_narrow_page_does_not_scroll_sideways(page, site, name):
    visit(page, f"{site}/es/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True, ids=str)
def test_mode_follows_the_system(page, site, request):
    visit(page, f"{site}/es/index.html")
    mode = request.node.callspec.params["page"]["color_scheme"]
    assert page.locator("html").get_attribute("data-theme") == mode
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
    assert red < 60 if mode == "dark" else red > 200


def test_search_finds_the_chapter(page, site):
    page.goto(f"{site}/es/search.html?q=gradiente")
    page.wait_for_selector("#search-results li a[href*='01-vanishing-gradients']")
    assert page.problems == []


def test_search_finds_every_term_of_the_glossary(page, site):
    """In both languages: what the search page does with a query, without loading it anew for each."""
    page.goto(f"{site}/es/search.html")
    page.wait_for_function("typeof Search === 'object' && Search._index")
    search = "words => words.map(query => Search._performSearch(...Search._parseQuery(query)).map(found => found[0]))"
    words = [word for pair in PAIRS for word in pair]
    results = dict(zip(words, page.evaluate(search, words), strict=True))
    assert len(results) > 150
    assert [word for word, pages in results.items() if "glossary" not in pages] == []


def test_download_button_gives_the_notebook(page, site, book):
    visit(page, f"{site}/es/01-vanishing-gradients.html")
    page.locator(".dropdown-download-buttons > button").click()
    link = page.locator(".dropdown-download-buttons a", has_text=".ipynb")
    assert link.is_visible()
    address = link.evaluate("link => link.href")
    assert (book / Path(address).relative_to(site)).is_file() if site.startswith("file") else True
    assert address == f"{site}/es/_downloads/01-vanishing-gradients.ipynb"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "page",
    [
        {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
        for scheme in ("light", "dark")
        for width in (1280, 360)
    ],
    indirect=True,
    ids=lambda options: f"{options['color_scheme']}-{options['viewport']['width']}",
)
def test_accessibility_rules(page, site, name):
    visit(page, f"{site}/es/{name}.html")
    found = Axe().run(page).response["violations"]
    assert not [(rule["id"], node["target"], node.get("failureSummary")) for rule in found for node in rule["nodes"]]
