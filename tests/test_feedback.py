"""Feedback pages: right points and words for the student, and nothing that a submission put there comes alive."""

import base64
import re
import sqlite3
import time
import warnings

import nbformat
import nbgrader.converters
import pytest
import small_course
from bs4 import BeautifulSoup
from nbformat import v4
from pdf import FLAGS
from playwright.sync_api import sync_playwright
from small_course import SLUG
from traitlets.config import Config

from utils import checks, release
from utils.grading import feedback, log, plugin

OUTSIDE = "http://127.0.0.1:9/"  # nothing listens there; asking is what counts
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="hit()">
<script>hit()</script><image xlink:href="{OUTSIDE}svg.png"/><text y="20">svg</text></svg>"""
HOSTILE = f"""<details ontoggle="hit()" open>kept</details>
<script>hit()</script><script src="{OUTSIDE}a.js"></script><img src=x onerror="hit()"><svg onload="hit()"></svg>
<img src="{OUTSIDE}a.png"><img srcset="{OUTSIDE}b.png 1x"><picture><source srcset="{OUTSIDE}c.png"></picture>
<iframe src="{OUTSIDE}"></iframe><iframe srcdoc="<script>parent.hit()</script>"></iframe><embed src="{OUTSIDE}">
<object data="{OUTSIDE}"></object><form action="{OUTSIDE}"><button formaction="javascript:hit()">x</button></form>
<meta http-equiv="refresh" content="0;url={OUTSIDE}"><base href="{OUTSIDE}">
<link rel="stylesheet" href="{OUTSIDE}a.css">
<style>@import url({OUTSIDE}b.css); body {{ background: url({OUTSIDE}d.png) }}</style>
<div style="background: url({OUTSIDE}e.png)" class="head" id="cell-1">styled</div>
<video src="{OUTSIDE}v" autoplay></video>
<a id="bad" href="javascript:hit()">link</a><a href="data:text/html,<script>hit()</script>">data</a>
<a href=" java\tscript:hit()">tab</a><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1
 onerror=hit()&gt;"></math><noscript><p title="</noscript><img src=x onerror=hit()>"></noscript>
<body onload="hit()"><input autofocus onfocus="hit()">
"""


def graded(*cells):
    """A notebook as autograded: (cell, outputs)."""
    notebook = v4.new_notebook()
    for cell, outputs in cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
        notebook.cells.append(cell)
    return notebook


def mime(**data):
    return v4.new_output(
        "display_data", {name.replace("_", "/").replace("svg", "svg+xml"): v for name, v in data.items()}
    )


def grades(notebook="x", student="Ana Sol", penalty=0, **cells):
    empty = {"points": None, "comment": None, "pending": False, "score": None}
    cells = {name.replace("_", "-"): empty | cell for name, cell in cells.items()}
    return {"student": student, "assignment": SLUG, "notebook": notebook, "penalty": penalty, "cells": cells}


def soup(notebook, given=None, language="es"):
    return BeautifulSoup(feedback.page(notebook, given or grades(), language), "html.parser")


def hostile_everywhere():
    """Every place that a submission can fill."""
    cells = [
        (v4.new_code_cell(HOSTILE), [v4.new_output("stream", text=HOSTILE)]),
        (v4.new_code_cell("1"), [mime(text_html=HOSTILE, text_plain="kept")]),
        (v4.new_code_cell("2"), [mime(text_html=re.sub(r"(?s)<script.*?</script>", "", HOSTILE), text_plain="x")]),
        (v4.new_code_cell("3"), [mime(image_svg=SVG), mime(image_png=PIXEL), mime(image_png='" onerror="hit()')]),
        (
            v4.new_code_cell("4"),
            [mime(text_markdown=HOSTILE), mime(text_latex=HOSTILE), mime(application_javascript="hit()")],
        ),
        (v4.new_code_cell("5"), [v4.new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[HOSTILE])]),
        (v4.new_markdown_cell(HOSTILE), []),
        (
            v4.new_markdown_cell(
                f"![x]({OUTSIDE}m.png) ![y](javascript:hit()) [z](javascript:hit()) [r]\n\n[r]: {OUTSIDE}"
            ),
            [],
        ),
        (v4.new_markdown_cell("```mermaid\ngraph TD\n```\n$<img src=x onerror=hit()>$ `<script>hit()</script>`"), []),
        (v4.new_raw_cell(HOSTILE), []),
        (small_course.cell("code", "t", HOSTILE, points=1), [v4.new_output("stream", text=HOSTILE)]),
    ]
    notebook = graded(*cells)
    notebook.cells[-1].metadata.nbgrader.grade_id = HOSTILE
    attached = v4.new_markdown_cell("![a](attachment:a.svg) ![b](attachment:b.html)")
    attached.attachments = {
        "a.svg": {"image/svg+xml": base64.b64encode(SVG.encode()).decode()},
        "b.html": {"text/html": base64.b64encode(HOSTILE.encode()).decode()},
    }
    return nbformat.from_dict(notebook | {"cells": [*notebook.cells, attached]})


ALIVE = grades(
    HOSTILE, HOSTILE, **{HOSTILE: {"points": 1.0, "score": 0.0}, "y": {"points": 1, "score": 1, "comment": HOSTILE}}
)


def test_no_markup_of_a_submission_is_more_than_text():
    page = soup(hostile_everywhere(), ALIVE)
    assert {tag.name for tag in page.body.find_all()} <= feedback.TAGS | {"section", "main"}
    allowed = {"class", "id", "href", "src", "alt", "title", "colspan", "rowspan"}
    assert {name for tag in page.body.find_all() for name in tag.attrs} <= allowed
    assert all(image["src"].startswith("data:image/") for image in page.find_all("img") if image.has_attr("src"))
    assert all(re.match(r"#cell-\d+$|https?:", link.get("href", "#cell-0")) for link in page.find_all("a"))
    (policy,) = page.find_all("meta", {"http-equiv": True})
    assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert "kept" in page.text and page.find("details", string="kept") is not None


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("policy", [True, False])  # the sanitizer holds alone, too
def test_a_hostile_page_does_nothing_in_a_browser(tmp_path, chromium, policy):
    html = feedback.page(hostile_everywhere(), ALIVE)
    if not policy:
        html = re.sub(r"<meta http-equiv[^>]*>", "", html)
    file = tmp_path / "page.html"
    file.write_text(html.replace("<head>", "<head><script>hits = 0; hit = () => hits++</script>"), encoding="utf-8")
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.on(
            "request",
            lambda request: request.url.startswith(("data:image/", file.as_uri())) or asked.append(request.url),
        )
        page.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
        page.goto(file.as_uri())
        for summary in page.locator("summary").all():
            summary.click()
        for link in page.locator("main a:not([href^='http']):not([href^='#'])").all():
            link.click()
        page.wait_for_timeout(300)
        hits = None if policy else page.evaluate("hits")
        scripts = page.evaluate("document.scripts.length")
        address = page.url.partition("#")[0]
        browser.close()
    assert asked == [] and address == file.as_uri() and scripts == 1
    assert hits == (None if policy else 0)


def test_lines_of_tests_are_shown_as_the_examiner_wrote_them_and_no_hidden_source():
    lines = ["✓ dos números", "✗ el cero: se esperaba 0.0, llegó 1.0", "✗ al azar: no pasa"]
    cell = small_course.cell("code", "test-double", small_course.TEST_DOUBLE, points=3)
    page = soup(graded((cell, [v4.new_output("stream", text="\n".join(lines))])))
    assert [item.text for item in page.select(".tests li")] == lines
    source = page.select_one("details pre").text
    assert "test_double_zero" in source and "test_double_random" not in source and "uniform" not in source
    assert "no se muestran" in source and "HIDDEN" not in source


def test_a_traceback_of_a_test_cell_quotes_nothing():
    cell = small_course.cell(
        "code", "t", "### BEGIN HIDDEN TESTS\nassert square(3) == 9\n### END HIDDEN TESTS", points=1
    )
    error = v4.new_output("error", ename="AssertionError", evalue="", traceback=["----> 1 assert square(3) == 9"])
    page = soup(graded((cell, [error])), grades(t={"points": 1.0, "score": 0.0}))
    assert "square(3)" not in str(page) and [item.text for item in page.select(".tests li")] == ["AssertionError"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc", "a\n#\nc"),
        ("a\n  # BEGIN HIDDEN TESTS\nb", "a\n#"),
        ("a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\n### BEGIN HIDDEN TESTS\nc", "a\n#\n#"),
        ("a", "a"),
    ],
)
def test_hidden_regions_are_cut_as_nbgrader_marks_them(source, shown):
    assert feedback.public(source, "#") == shown


def test_every_failure_of_a_check_is_recognised_in_both_languages(monkeypatch):
    texts = [t for section in ("checks", "slips") for t in feedback.MESSAGES[section].values()]
    values = dict.fromkeys(re.findall(r"{(\w+)}", str(texts)), "§")
    for language, other in (("es", "en"), ("en", "es")):
        monkeypatch.setenv("COURSE_LANG", language)
        for section in ("checks", "slips"):
            for key, texts in feedback.MESSAGES[section].items():
                said = checks.message(section, key, **values)
                found, text = feedback.recognise(said, other)
                known = {
                    k for s in ("checks", "slips") for k, t in feedback.MESSAGES[s].items() if t[other] == texts[other]
                }
                same = (
                    found in known
                    or feedback.MESSAGES["checks"].get(found, texts)[language].split("{")[0]
                    == texts[language].split("{")[0]
                )
                assert same and "§" not in text, (key, found)
                if "{expected}" in texts["es"]:
                    assert "{expected}" in feedback.MESSAGES["checks"][found]["es"]
    assert feedback.recognise("algo distinto", "es") == (None, "algo distinto")


def test_points_comments_and_what_waits_for_a_human():
    notebook = graded(
        (small_course.cell("code", "double", "def double(x): return x", solution=True), []),
        (small_course.cell("code", "test-double", small_course.TEST_DOUBLE, points=3), []),
        (small_course.cell("markdown", "answer", "Porque $a_1 * b_2 * c$.", points=1, solution=True), []),
    )
    given = grades(
        double={"comment": "Mira x[0] < 2."},
        test_double={"points": 3.0, "score": 1.5},
        answer={"points": 1.0, "score": 0.0, "pending": True},
        penalty=0.5,
    )
    page = soup(notebook, given)
    rows = [[cell.text for cell in row.find_all(["td", "th"])] for row in page.table.find_all("tr")]
    assert rows[1:] == [
        ["test-double", "1.5 / 3"],
        ["answer", "0 / 1 (falta que alguien lo lea)"],
        ["Descuento por entrega tardía", "−0.5"],
        ["Total", "1 / 4"],
    ]
    assert soup(notebook, given | {"penalty": 9}).table.find_all("th")[-1].text == "0 / 4"  # as grades.csv has it
    assert "Mira x[0] < 2." in page.select_one(".note").text and "$a_1 * b_2 * c$" in page.text
    assert {link["href"] for link in page.table.find_all("a")} == {f"#{head['id']}" for head in page.select("h2.head")}
    assert (
        "Comment:" in soup(notebook, given, "en").select_one(".note").text
        and soup(notebook, given, "en").html["lang"] == "en"
    )


def test_figures_tables_and_attachments_stay():
    table = "<div><style scoped>.x { color: red }</style><table><tr><td colspan=2>0.25</td></tr></table></div>"
    note = v4.new_markdown_cell("**así** ![y](attachment:a.png)")
    note.attachments = {"a.png": {"image/png": PIXEL}}
    page = soup(
        graded(
            (v4.new_code_cell("x"), [mime(text_html=table, text_plain="0"), mime(image_png=PIXEL + "\n")]), (note, [])
        )
    )
    assert page.select_one(".out td").text == "0.25" and page.select_one(".out td")["colspan"] == "2"
    assert "color: red" not in page.body.text and page.strong.text == "así"
    assert [image["src"] for image in page.find_all("img")] == [f"data:image/png;base64,{PIXEL}"] * 2


TANGLED = {
    "nested": "<div>" * 60_000,
    "attributes": "<a " * 100_000,
    "tags": "<b>x</b>" * 30_000,
    "long": "x" * 2_000_000,
    "entities": "&" * 250_000,
    "left open": "".join(f"<b title={i}>" for i in range(4_000)) + "<p>x" * 4_000,
}


@pytest.mark.parametrize("kind", TANGLED)
def test_endless_markup_ends_in_a_note(kind):
    started = time.process_time()
    cells = [(v4.new_code_cell(str(i)), [mime(text_html=TANGLED[kind], text_plain="x")]) for i in range(20)]
    html = feedback.page(graded(*cells), grades())
    assert len(html) < 3_000_000 and "enredado" in html
    assert time.process_time() - started < 60  # without its bounds: hours


SLOW = {  # of markdown: (source, how much is handed in)
    "emphasis": ("*a " * 4_000 + " b*" * 4_000, 20),
    "strong": ("**a " * 4_000 + " b**" * 4_000, 20),
    "underscores": ("_a " * 4_000 + " b_" * 4_000, 20),
    "formulas": ("\\\\(" * 1_990 + "x" * 150_000, 20),
    "many": ("*a " * 1_000 + " b*" * 1_000, 200),
}


@pytest.mark.parametrize("kind", SLOW)
def test_markdown_that_is_slow_to_read_stays_text(kind):
    source, number = SLOW[kind]
    started = time.process_time()
    html = feedback.page(graded(*((v4.new_markdown_cell(f"{i} {source}"), []) for i in range(number))), grades())
    assert source[-50:] in html and time.process_time() - started < 20  # without its bounds: minutes


def test_a_long_answer_is_rendered():
    line = "- Con **mucha** *calma*, $x_1 * y_2 = \\sigma_w^2$ y \\\\(z_{ij}\\\\): `a * b`; así es la vida.\n"
    cells = [(v4.new_markdown_cell(f"# {i}\n\n{line * 40}"), []) for i in range(10)]
    page = soup(graded(*cells))
    assert len(page.find_all("strong")) == len(page.find_all("em")) == len(page.find_all("li")) == 400


def test_text_that_no_file_can_hold_is_replaced():
    html = feedback.page(graded((v4.new_code_cell("x = '\udcff\x00\x1b[31m'"), [])), grades(student="\ud800\x07"))
    assert "\x00" not in html and "\x1b" not in html and "\x07" not in html and html.encode("utf-8")


def test_a_progress_bar_stands_as_last_seen():
    said = v4.new_output("stream", text=" 1%\r 50%\r99 %\r\nnext\r\n")
    html = feedback.page(graded((v4.new_code_cell("x = 1\r\ny = 2"), [said])), grades())
    assert "99 %\nnext\n" in html and "50%" not in html and "\N{REPLACEMENT CHARACTER}" not in html
    bar = "a" + "\r" * 190_000
    long = v4.new_output("stream", text=f"{bar}b\n{bar}")
    assert "b\na" in feedback.page(graded((v4.new_code_cell("2"), [long])), grades())


# --- Through nbgrader -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded submission, its comment and its manual score, in a real gradebook."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateFeedback

    course = small_course.make(tmp_path_factory.mktemp("course"))
    release.generate(course, SLUG, course / "gradebook" / "released", database=True)
    config = release.settings(course)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Gradebook(config.CourseDirectory.db_url) as gradebook:
            gradebook.add_student("Ana %5Bx%5D")
            gradebook.add_submission(SLUG, "Ana %5Bx%5D")
            place = (SLUG, SLUG, "Ana %5Bx%5D")
            for name, points in (("test-double", 2.0), ("test-guess", 0.0)):
                grade = gradebook.find_grade(name, *place)
                grade.auto_score, grade.needs_manual_grade = points, False
            gradebook.find_grade("answer", *place).needs_manual_grade = True
            gradebook.find_grade("test-guess", *place).manual_score = 1.0
            gradebook.find_grade("test-guess", *place).extra_credit = 0.5
            gradebook.find_comment("double", *place).manual_comment = "Bien <b>hecho</b>"
            gradebook.db.commit()
        notebook = small_course.notebook()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [mime(text_html=HOSTILE)] if cell.id == "double" else []
        folder = course / "autograded" / "Ana %5Bx%5D" / SLUG
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{SLUG}.ipynb")
    before = (course / "gradebook" / "gradebook.db").read_bytes()
    config.CourseDirectory.assignment_id = SLUG
    config.GenerateFeedback.exporter_class = "utils.grading.feedback.Exporter"
    config.GenerateFeedback.preprocessors = []
    release.convert(GenerateFeedback, config)
    assert (course / "gradebook" / "gradebook.db").read_bytes() == before
    return course


def formgraded(notebook, config):
    """What Formgrader shows of a notebook, made as its extension does."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers

    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    about = dict.fromkeys(("assignment_id", "notebook_id", "submission_id", "student", "notebook_path"), "x")
    resources = about | {"index": 0, "total": 1, "base_url": "/", "first_name": "x", "last_name": "x"}
    return BeautifulSoup(HTMLExporter(config=config).from_notebook_node(notebook, resources)[0], "html.parser")


def alive(page):
    """Whether a page runs what HOSTILE wants to run."""
    runs = [value for tag in page.find_all() for name, value in tag.attrs.items() if name.startswith("on")]
    runs += [tag[name] for name in ("href", "src") for tag in page.find_all(attrs={name: re.compile("^.*script:")})]
    return any("hit()" in text for text in [*runs, *(script.text for script in page.find_all("script"))])


def test_formgrader_runs_nothing_of_a_submission(monkeypatch):
    monkeypatch.setattr(nbgrader.converters.Autograde, "start", None)  # back when the test is over
    notebook, config = hostile_everywhere(), Config()
    notebook.cells[-2].metadata.nbgrader.grade_id = "t"  # the lecturer's own
    assert alive(formgraded(notebook, Config()))
    plugin.install(config)
    page = formgraded(notebook, config)
    assert not alive(page) and "kept" in page.text
    assert "x^2" in formgraded(graded((v4.new_markdown_cell("$x^2$ **bold**"), [])), config).text


@pytest.mark.slow
def test_nbgraders_own_command_writes_the_page(course):
    page = BeautifulSoup((course / "feedback" / "Ana %5Bx%5D" / SLUG / f"{SLUG}.html").read_bytes(), "html.parser")
    rows = [[cell.text for cell in row.find_all(["td", "th"])] for row in page.table.find_all("tr")]
    assert rows[1:] == [
        ["test-double", "2 / 3"],
        ["test-guess", "1.5 / 1"],
        ["answer", "0 / 1 (falta que alguien lo lea)"],
        ["Total", "3.5 / 5"],
    ]
    assert "Ana [x]" in page.title.text and "Bien <b>hecho</b>" in page.text
    assert not page.find_all("script") and "HIDDEN" not in page.text


@pytest.mark.slow
def test_the_gradebook_is_only_read(course):
    path = course / "gradebook" / "gradebook.db"
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        log.gradebook(course / "none.db", SLUG)
    assert not (course / "none.db").exists()
    assert log.gradebook(path, "99-none") == []
    assert log.gradebook(path, SLUG, "luz") == []
    rows = {(row["cell"], row["points"]): row for row in log.gradebook(path, SLUG)}
    assert rows["double", None]["comment"] == "Bien <b>hecho</b>" and rows["double", None]["score"] is None
    assert (rows["answer", 1.0]["auto"], rows["answer", 1.0]["score"], rows["answer", 1.0]["pending"]) == (
        None,
        0,
        True,
    )
