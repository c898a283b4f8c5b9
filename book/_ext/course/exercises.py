"""Tables of exercises, chapters and plans, from the metadata of the notebooks in solutions/ and the chapters' text.

Directives, each about the chapters that the book has: ```{exercises}``` is a section with a table for each assignment,
```{chapters}``` a table of minutes and points, ```{objectives}``` the list of each chapter's box, ```{plan} 1 2, 3```
the minutes of each week. The role {section}`c1-6` links to the section that holds an anchor, by its title.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .doctrees import reader

LOGGER = logging.getLogger(__name__)
OPTIONAL = 3  # difficulty of exercises that the core path leaves out

# Chapter -> the anchor of the first item of each of its numbered steps, which the notebooks' metadata call sections.
STEPS = {
    1: "s1-3 c1-6 c1-8 c1-9 c1-12 s1-7 s1-9 c1-15",
    2: "s2-3 c2-1 c2-4 c2-5 k2-2 c2-8 c2-9 k2-5 c2-11 c2-12",
    3: "c3-1 c3-3 k3-2 c3-4 k3-5 c3-5 c3-11 c3-12 s3-7",
    4: "c4-1 c4-2 c4-8 c4-9 c4-10 c4-11 k4-8 k4-9",
    5: "c5-1 c5-2 c5-6 k5-3 k5-4 k5-5 c5-8",
}


class Exercise(NamedTuple):
    """One exercise, prediction (``1.P``) or question (``1.Q``) of an assignment."""

    number: str
    objective: dict  # language -> text
    minutes: int
    points: int
    difficulty: int  # 1 to 3
    anchor: str  # in the chapter, of what it practises


def exercises(root: Path, slug: str) -> list[Exercise]:
    """The exercises of an assignment, in its order."""
    cells = json.loads((root / "solutions" / slug / f"{slug}.ipynb").read_text("utf-8"))["cells"]
    points, found = Counter(), []
    for cell in cells:
        about = cell["metadata"].get("course", {})
        points[about.get("exercise")] += cell["metadata"].get("nbgrader", {}).get("points", 0)
    for about in (cell["metadata"].get("course", {}) for cell in cells):
        if "minutes" in about:
            number, anchors = about["exercise"], STEPS[int(slug[:2])].split()
            anchor = anchors[about["section"] - 1]
            found.append(
                Exercise(number, about["objective"], about["minutes"], points[number], about["difficulty"], anchor)
            )
    return found


def reading_minutes(root: Path, slug: str) -> int:
    """Minutes of a chapter's core path, as its text gives them."""
    return int(re.search(r"se lee en unos (\d+) minutos", (root / f"book/{slug}.md").read_text("utf-8"))[1])


def minutes(found: list[Exercise]) -> tuple[int, int]:
    """Of all exercises, and without the optional ones."""
    return sum(e.minutes for e in found), sum(e.minutes for e in found if e.difficulty < OPTIONAL)


def table(head: list[str], align: list[str], rows: list[list]) -> list[str]:
    return ["| " + " | ".join(map(str, row)) + " |" for row in [head, align, *rows]]


class CourseDirective(SphinxDirective):
    """Writes MyST, which is then read as if it stood in the page."""

    def run(self):
        self.root = Path(self.env.app.confdir).parent
        self.slugs = [name for name in sorted(self.env.found_docs) if name[0].isdigit()]
        group = nodes.Element()
        self.state.nested_parse(StringList(self.lines()), self.content_offset, group, match_titles=True)
        return group.children


class ExerciseTables(CourseDirective):
    def lines(self):
        head = [_("Exercise"), _("Objective"), _("Minutes"), _("Points"), _("Section")]
        names, lines = {"P": _("Prediction"), "Q": _("Question")}, []
        for slug in self.slugs:
            rows = [
                [
                    f"{names.get(exercise.number[-1], exercise.number)} {'★' * exercise.difficulty}",
                    exercise.objective[self.config.language], exercise.minutes, exercise.points,
                    f"{{section}}`{exercise.anchor}`",
                ]
                for exercise in exercises(self.root, slug)
            ]  # fmt: skip
            title = self.env.titles[slug].astext()  # chapters are read before, in the order of names
            lines += [f"## {int(slug[:2])}. {title}", "", *table(head, [":--", ":--", "--:", "--:", ":--"], rows), ""]
        return lines


class ChapterTable(CourseDirective):
    def lines(self):
        rows = []
        for slug in self.slugs:
            found = exercises(self.root, slug)
            points = sum(exercise.points for exercise in found)
            rows.append([f"{{doc}}`{slug}`", reading_minutes(self.root, slug), *minutes(found), points])
        head = [_("Chapter"), _("Reading"), _("Exercises"), _("Without the optional ones"), _("Points")]
        return table(head, [":--", "--:", "--:", "--:", "--:"], rows)


class Plan(CourseDirective):
    """The argument: weeks between commas, each the numbers of its chapters, or none for a review."""

    required_arguments = 1
    final_argument_whitespace = True

    def lines(self):
        rows = []
        for week in self.arguments[0].split(","):
            slugs = [slug for slug in self.slugs if str(int(slug[:2])) in week.split()]
            if week.strip() and not slugs:
                continue
            found = [exercise for slug in slugs for exercise in exercises(self.root, slug)]
            reading = sum(reading_minutes(self.root, slug) for slug in slugs)
            names = "; ".join(f"{{doc}}`{slug}`" for slug in slugs) or _("Review")
            rows.append([len(rows) + 1, names, reading, *minutes(found)])
        head = [_("Week"), _("Chapters"), _("Reading"), _("Exercises"), _("Without the optional ones")]
        return table(head, ["--:", ":--", "--:", "--:", "--:"], rows)


class Objectives(SphinxDirective):
    """The list of objectives of each chapter under its name."""

    def run(self):
        found = []
        for slug in (name for name in sorted(self.env.found_docs) if name[0].isdigit()):
            title, _messages = self.state.inline_text(f"**{{doc}}`{slug}`**", self.lineno)
            found += [nodes.paragraph("", "", *title), ObjectiveList(page=slug)]
        return found


class ObjectiveList(nodes.Element):
    """Stands for a chapter's list until every page is read."""


class SectionLink(nodes.Inline, nodes.Element):
    """Stands for a link until every page is read."""


class SectionRole(SphinxRole):
    def run(self):
        return [SectionLink(anchor=self.text)], []


class ResolveChapters(SphinxPostTransform):
    default_priority = 8  # before references, which the lists hold, are resolved

    def run(self, **kwargs):
        for node in list(self.document.findall(ObjectiveList)):
            box = next(reader(self.env)(node["page"]).findall(nodes.admonition))
            copied = next(box.findall(nodes.bullet_list)).deepcopy()
            for link in copied.findall(addnodes.pending_xref):
                link["refdoc"] = self.env.docname  # from where it leads now
            node.replace_self(copied)
        for node in list(self.document.findall(SectionLink)):
            page, anchor = self.env.domains["std"].anonlabels.get(node["anchor"], ("", ""))[:2]
            if not page:
                LOGGER.warning("section: no such anchor: %s", node["anchor"], location=self.env.docname)
                node.replace_self(nodes.Text(node["anchor"]))
                continue
            target = next(n for n in reader(self.env)(page).findall(nodes.Element) if anchor in n.get("ids", []))
            while not isinstance(target.parent.parent, nodes.document):  # up to a section of the page
                target = target.parent
            uri = self.app.builder.get_relative_uri(self.env.docname, page) + "#" + target["ids"][0]
            title = next(target.findall(nodes.title)).astext()
            node.replace_self(nodes.reference("", title, internal=True, refuri=uri))


def setup(app):
    app.add_role("section", SectionRole())
    app.add_directive("exercises", ExerciseTables)
    app.add_directive("chapters", ChapterTable)
    app.add_directive("objectives", Objectives)
    app.add_directive("plan", Plan)
    app.add_post_transform(ResolveChapters)
