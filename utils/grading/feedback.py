"""A student's feedback: one HTML page per notebook that runs nothing and asks for nothing, whatever was handed in."""

import base64
import contextlib
import functools
import json
import re
import tomllib
from collections import Counter

import bleach
import jinja2
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from utils import checks, release
from utils.grading import chosen_language, intake, log, words

MAX_TEXT = 200_000  # characters of one text
# What a page may hold in all of markup, images aside, so that the sanitizer ends in seconds: its time can be quadratic.
MAX_MARKUP, MAX_TAGS, MAX_TAG = 300_000, 10_000, 20_000  # characters; tags; characters of one tag
MAX_OPEN = 60  # formatting elements that are open at once
# Openers of emphasis and of formulas: the parser looks for the end of each. Openers times characters, on a page.
OPENERS, MAX_WORK = r"[*_]|\\\\[(\[]|\\begin", 50_000_000
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "s", "small", "span"),
    *("strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "var"),
}
SAFE = {  # (tag, attribute): how a value that stays begins
    ("a", "href"): r"https?://|mailto:|#",
    ("img", "src"): r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,",
    **{("img", name): "" for name in ("alt", "title")},
    **{(tag, name): r"\d{1,3}$" for tag in ("td", "th") for name in ("colspan", "rowspan")},
}
IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
# Whatever is put into a page of ours is escaped unless it is Markup.
PAGES = jinja2.Environment(loader=jinja2.PackageLoader("utils.grading"), autoescape=True, trim_blocks=True)
MESSAGES = tomllib.loads(release.MESSAGES.read_text(encoding="utf-8"))  # of the tests


def public(source, notice):
    """A cell's source with `notice` in place of each region of hidden tests, as nbgrader marks them."""
    region = r"(?ms)^[^\n]*BEGIN HIDDEN TESTS(?:.*?^[^\n]*END HIDDEN TESTS[^\n]*|.*)"
    return re.sub(region, lambda _: notice, source)


def titles(test):
    """A test's name and its titles, any of which may head its line."""
    return [test, *MESSAGES["tests"].get(test, {}).values()]


def recognise(diagnosis, language):
    """(key, text in `language` without its values) of what a test's line says after its title; (None, itself)."""
    entries = MESSAGES["slips"] | MESSAGES["checks"]  # a key is one message, as for the checks themselves
    texts = [(entry, key, template) for key, entry in entries.items() for template in entry.values()]
    cut = diagnosis.endswith("…")
    for entry, key, template in sorted(texts, key=lambda text: -len(text[2].partition("{")[0])):
        start, brace, _ = template.partition("{")
        whole = diagnosis == start or (cut and len(diagnosis) > 8 and start.startswith(diagnosis[:-1]))
        if start and (diagnosis.startswith(start) if brace else whole):
            return key, re.sub(r"{\w+}", "…", entry.get(language, template))
    return None, diagnosis


def _text(value):
    value = "".join(map(str, value)) if isinstance(value, list) else str(value)
    value = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", value)  # colours of a terminal
    value = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in value.split("\n"))  # as last seen
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)


class _Renderer:
    """Untrusted parts of a notebook as safe markup; knows how much the page may still hold and cost."""

    def __init__(self, language):
        self.texts = words(language)
        self.left, self.tags, self.work = MAX_MARKUP, MAX_TAGS, MAX_WORK

    def plain(self, value, style=""):
        value = _text(value)
        shown = value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}\n{self.texts['tangled']}"
        return Markup('<pre class="{}">{}</pre>').format(style, shown)

    def clean(self, markup):
        """What is harmless in markup; a note in its place where the sanitizer would take too long."""
        bare = re.sub(r'"data:image/[^"]*"', "", markup)
        self.left -= len(bare)
        self.tags -= len(re.findall(r"<[A-Za-z]", bare))
        longest = max(len(part.partition("<")[2]) for part in bare.split(">"))
        if self.left < 0 or self.tags < 0 or longest > MAX_TAG or _tangled(bare):
            return Markup("<p>{}</p>").format(self.texts["tangled"])
        # Only for looks: else the text of a removed element would stay.
        markup = re.sub(r"(?is)<(script|style|title)\b.*?(</\1\s*>|\Z)", "", markup)
        try:
            return _sanitized(markup)
        except Exception:  # whatever odd markup does to its parser
            return self.plain(markup)

    def markdown(self, source, attachments=None):
        text = _text(source)[:MAX_TEXT]
        work = len(re.findall(OPENERS, text)) * len(text)
        if work > self.work:
            return self.plain(source)
        self.work -= work
        try:
            return self.clean(_rendered(text, json.dumps(attachments or {})))
        except Exception:  # whatever odd markup does to the parser
            return self.plain(source)

    def output(self, output):
        if output["output_type"] == "stream":
            return self.plain(output["text"])
        if output["output_type"] == "error":
            return self.plain("\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}", "bad")
        data = output["data"]
        markup = _text(data.get("text/html", ""))
        if markup and not ("<script" in markup and len(data) > 1):  # such a thing's other form says more
            return self.clean(markup)
        for mime in (mime for mime in IMAGES if mime in data):
            with contextlib.suppress(ValueError):
                value = _text(data[mime])
                raw = value.encode() if mime == "image/svg+xml" else base64.b64decode(value)
                source = f"data:{mime};base64,{base64.b64encode(raw).decode()}"
                return Markup('<img src="{}" alt="{}">').format(source, self.texts["figure"])
        if "text/markdown" in data:
            return self.markdown(data["text/markdown"])
        return self.plain(next((data[mime] for mime in ("text/latex", "text/plain") if mime in data), ""))

    def cell(self, cell, grades):
        """What the template shows of a cell."""
        role = cell["metadata"].get("nbgrader", {})
        grade, name = grades.get(role.get("grade_id"), {}), str(role.get("grade_id", ""))
        source = public(_text(cell["source"]), self.texts["hidden"])
        shown = {"name": name, "comment": grade.get("comment"), "points": "", "outputs": []}
        if grade.get("points") is not None:
            waits = f" ({self.texts['pending']})" if grade["pending"] else ""
            shown["points"] = f"{grade['score']:g} / {grade['points']:g}{waits}"
        if cell["cell_type"] == "markdown":
            return shown | {"content": self.markdown(source, cell.get("attachments"))}
        shown["content"] = self.plain(source, "source")
        if not checks.is_test_cell(cell):
            return shown | {"outputs": [self.output(output) for output in cell.get("outputs", [])]}
        # No traceback: it would quote the hidden tests.
        said = [_text(o.get("text") or o.get("evalue") or o.get("ename", "")) for o in cell["outputs"]]
        return shown | {"tests": [line for text in said for line in text.splitlines()][:200]}


def _tangled(markup):
    """Whether so many formatting elements stay open that each paragraph after them gets a copy of all."""
    opened = Counter()
    formatting = r"(?i)<(/?)(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b"
    for closing, tag in re.findall(formatting, markup):
        opened[tag.lower()] = max(0, opened[tag.lower()] + (-1 if closing else 1))
        if opened.total() > MAX_OPEN:
            return True
    return False


@functools.lru_cache(128)  # an assignment's statements are the same in every submission
def _rendered(source, attachments):
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True, attachments=json.loads(attachments))
    return MarkdownWithMath(renderer=renderer).render(source)


@functools.lru_cache(128)
def _sanitized(markup):
    return Markup(bleach.clean(markup, TAGS, _allowed, {"http", "https", "mailto", "data"}, strip=True))


def _allowed(tag, name, value):
    return (tag, name) in SAFE and re.match(SAFE[tag, name], value.strip(), re.IGNORECASE) is not None


def markdown2html(source):
    """nbconvert's filter of this name, with what is harmless only: Formgrader shows it in the lecturer's session."""
    return _Renderer(chosen_language()).markdown(source)


def page(notebook, grades, language="es"):
    """The page of one graded notebook.

    Args:
        notebook: as autograded, with the tests' outputs. language: es or en.
        grades: {"student", "assignment", "notebook", "penalty", "cells": {grade_id: {"score", "points", "pending",
            "comment"}}}, as `grades_of` reads them; points is None where a cell has only a comment.
    """
    renderer, cells = _Renderer(language), grades["cells"]
    scored = [cell for cell in cells.values() if cell["points"] is not None]
    total = max(0, sum(cell["score"] for cell in scored) - (grades["penalty"] or 0))
    shown = PAGES.get_template("feedback.html").render(
        {name: _text(grades[name]) for name in ("student", "assignment", "notebook")},
        language=language,
        t=renderer.texts,
        cells=[renderer.cell(cell, cells) for cell in notebook["cells"]],
        penalty=f"{grades['penalty']:g}" if grades["penalty"] else "",
        total=f"{total:g} / {sum(cell['points'] for cell in scored):g}",
    )
    return shown.encode("utf-8", "replace").decode()


def grades_of(database, student, assignment, notebook):
    """What `page` takes, from nbgrader's gradebook (a path), which it only reads."""
    mine = [row for row in log.gradebook(database, assignment, student) if row["notebook"] == notebook]
    cells = {}
    for row in mine:
        cells.setdefault(row["cell"], {"points": None, "comment": None}).update(
            {name: row[name] for name in ("score", "points", "pending", "comment") if row[name] is not None}
        )
    names = {"student": intake.unsafe(student), "assignment": assignment, "notebook": notebook}
    return names | {"penalty": max((row["penalty"] or 0 for row in mine), default=0), "cells": cells}


class Exporter(HTMLExporter):
    """For ``c.GenerateFeedback.exporter_class``: nbgrader's command and Formgrader's button write these pages too."""

    def from_notebook_node(self, nb, resources=None, **_):
        about = resources["nbgrader"]
        database = about["db_url"].removeprefix("sqlite:///")
        grades = grades_of(database, about["student"], about["assignment"], about["notebook"])
        return page(nb, grades, chosen_language()), resources | {"output_extension": ".html"}
