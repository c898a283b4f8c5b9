"""The instructor's page for one assignment, and grades.csv for spreadsheets, Moodle and Canvas."""

import csv
import math
import os
import re
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from urllib.parse import quote

import numpy as np

from utils import checks, release
from utils.grading import chosen_language, feedback, intake, log, visible, words
from utils.grading.classroom import Row

# --- What the numbers say ---------------------------------------------------------------------------------------------


Z = 1.96  # standard deviations of a normal to either side that hold 95 %


@dataclass
class Item:
    """An exercise: a graded cell over the class."""

    notebook: str
    name: str
    points: float
    shares: dict = field(default_factory=dict)  # {student: share of the points earned}
    mean: float = math.nan
    mean_interval: tuple = (math.nan, math.nan)
    rest: float = math.nan  # correlation of the shares with the score on the rest; nan where either is constant
    rest_interval: tuple = (math.nan, math.nan)


def proportion_interval(mean, n):
    """Wilson's 95 % interval of a proportion; of a mean of shares in [0, 1] it is at least as wide as needed."""
    centre, spread = mean + Z**2 / (2 * n), Z * math.sqrt(max(mean * (1 - mean), 0) / n + Z**2 / (4 * n**2))
    return (centre - spread) / (1 + Z**2 / n), (centre + spread) / (1 + Z**2 / n)


def correlation(x, y):
    """(Pearson's r, its 95 % interval by Fisher's transformation); nan where they are not defined."""
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1)) if len(x) > 2 and np.ptp(x) and np.ptp(y) else math.nan
    if len(x) < 5 or not abs(r) < 1:
        return r, (math.nan, math.nan)
    spread = Z / math.sqrt(len(x) - 3)
    return r, (math.tanh(math.atanh(r) - spread), math.tanh(math.atanh(r) + spread))


def items_of(rows, order):
    """The Items of a class from the gradebook's rows: `order` lists (notebook, cell) as the notebooks have them."""
    items = {}
    for row in rows:
        if row["points"] and (row["auto"], row["manual"]) != (None, None) and not row["pending"]:
            item = items.setdefault((row["notebook"], row["cell"]), Item(row["notebook"], row["cell"], row["points"]))
            item.shares[row["student"]] = min(max(row["score"] / row["points"], 0.0), 1.0)
    place = {key: number for number, key in enumerate(order)}
    items = [items[key] for key in sorted(items, key=lambda key: (place.get(key, len(place)), key))]
    totals = Counter()
    for item in items:
        totals.update({student: share * item.points for student, share in item.shares.items()})
    for item in items:
        x = np.array([*item.shares.values()])
        item.mean, item.mean_interval = float(x.mean()), proportion_interval(float(x.mean()), len(x))
        y = np.array([totals[student] for student in item.shares]) - x * item.points
        item.rest, item.rest_interval = correlation(x, y)
    return items


def failing(verdicts):
    """[(test, cell, how many failed, of how many, Counter of what the messages say)], the most failed first."""
    ran, said = Counter(), defaultdict(Counter)
    for verdict in verdicts:
        for test, line in (verdict["tests"] or {}).items():
            key = test, verdict["cell"]
            ran[key] += 1
            if line is not None:
                for head in feedback.titles(test):
                    line = line.removeprefix(f"✗ {head}: ")
                said[key][feedback.recognise(line, chosen_language())[1][:80]] += 1
    order = sorted(said, key=lambda key: (-said[key].total() / ran[key], key))
    return [(*key, said[key].total(), ran[key], said[key]) for key in order]


def bars(values, edges):
    """[(low, high, count, height in % of the highest)] of a histogram."""
    counts, _ = np.histogram(values, edges)
    return [
        (f"{low:g}", f"{high:g}", int(n), round(100 * n / max(counts.max(), 1)))
        for low, high, n in zip(edges, edges[1:], counts, strict=False)
    ]


# --- The page ---------------------------------------------------------------------------------------------------------


def write(course, assignment, target):
    """Write the report of one assignment to target, an HTML page of its own; its links to feedback are relative."""
    from matplotlib.ticker import MaxNLocator

    course, target, t = Path(course).resolve(), Path(target).resolve(), words(chosen_language())
    with closing(log.connect(course / "gradebook" / "grading.db", readonly=True)) as database:
        submissions, verdicts = (log.rows(database, table, assignment) for table in log.TABLES)
    scored = {s["student"] for s in submissions if s["key"]}
    rows = log.gradebook(course / "gradebook" / "gradebook.db", assignment)
    rows = [row | {"student": intake.unsafe(row["student"])} for row in rows]
    rows = [row for row in rows if row["student"] in scored]
    totals = [(score, points) for score, points in log.totals(rows).values() if points]
    seconds = [s["seconds"] for s in submissions if s["seconds"] is not None]
    shown = feedback.PAGES.get_template("report.html").render(
        language=chosen_language(),
        t=t,
        assignment=assignment,
        graded=len(scored),
        ungraded=len(submissions) - len(scored),
        waiting=sum(bool(row["pending"]) for row in rows),
        summary=_said(t["summary"], (s for s, _ in totals), most=max((points for _, points in totals), default=0)),
        scores=bars(np.clip([100 * score / points for score, points in totals], 0, 100), range(0, 101, 10)),
        items=items_of(rows, _order(course, assignment)),
        failing=[(checks.message("tests", test) or test, *rest) for test, *rest in failing(verdicts)[:20]],
        seconds=_said(t["seconds"], seconds, longest=max(seconds)) if seconds else "",
        times=bars(seconds, MaxNLocator(10, steps=[1, 2, 5, 10]).tick_values(0, max(seconds))) if seconds else [],
        flags=[*_flags(course, assignment, target, submissions, scored, t)],
        number=lambda value: "–" if math.isnan(value) else f"{value:.2f}",
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(shown, encoding="utf-8", errors="replace")


def _order(course, assignment):
    """[(notebook, cell)] in the order of the instructor's notebooks."""
    paths = sorted((course / "solutions" / assignment).glob("*.ipynb"))
    cells = ((path.stem, cell["metadata"]) for path in paths for cell in release.read(path)["cells"])
    return [(stem, metadata.get("nbgrader", {}).get("grade_id")) for stem, metadata in cells]


def _said(template, values, **others):
    values = np.array([*values] or [0.0])
    known = {"mean": values.mean(), "median": np.median(values), "sd": values.std(), "most": np.quantile(values, 0.9)}
    return template.format(**known | others)


def _flags(course, assignment, target, submissions, scored, t):
    """(student, link to the feedback or "", reasons) of each submission that wants a human."""
    for s in submissions:
        keys = ["ungraded"] * (s["student"] not in scored) + (s["flags"] or []) + [s["ended"]] * bool(s["ended"])
        if reasons := [*(t.get(key, key) for key in dict.fromkeys(keys)), *(s["remarks"] or [])]:
            folder = course / "feedback" / intake.safe(s["student"]) / assignment
            pages = sorted(folder.glob("*.html")) if s["student"] in scored else []
            link = quote(os.path.relpath(pages[0], target.parent)) if pages else ""
            yield visible(s["student"]), link, reasons


# --- grades.csv -------------------------------------------------------------------------------------------------------

# Where a formula may begin: in a text, and after what may end a cell: a semicolon where commas are decimal, tab, line.
FORMULA = r"(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠]|[\t\r\n])"


def grades_csv(rows, path, kind="plain", origins=None):
    """Write grades.csv; a text that a spreadsheet would take for a formula gets an apostrophe before it.

    Args:
        rows: `classroom.Row`s; for Moodle and Canvas, of one assignment. kind: "plain" (heads in English whatever the
            language), "moodle" (the grading worksheet of an assignment) or "canvas" (the gradebook).
        origins: `lms.origins`, for the names and numbers that Moodle and Canvas know; who did not come from there has
            no number, and their importers leave that line out.

    Raises:
        ValueError: another kind, or not one assignment.
    """
    assignments = {row.assignment for row in rows}
    if kind not in FORMATS or (kind != "plain" and len(assignments) != 1):
        raise ValueError(f"Received: {kind!r}, {sorted(assignments)}; accepted: {[*FORMATS]}, one assignment")
    people = ((row, (origins or {}).get(row.assignment, {}).get(row.student, {})) for row in rows)
    named = [(row, person.get("person", row.student), person.get("number", "")) for row, person in people]
    with open(path, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        for line in FORMATS[kind](named):
            writer.writerow(re.sub(FORMULA, r"\1'", value) if isinstance(value, str) else value for value in line)


def _plain(named):
    return [[column.name for column in fields(Row)], *(astuple(row) for row, *_ in named)]


def _moodle(named):  # its importer wants these heads, in the language of the site
    t = words(chosen_language())
    heads = [t[key] for key in ("identifier", "name", "grade", "maximum", "modified", "comments")]
    lines = ((n and t["participant"] + n, name, row.score, row.max_score, "", row.remarks) for row, name, n in named)
    return [heads, *lines]


def _canvas(named):
    most = max((row.max_score for row, *_ in named if row.max_score is not None), default="")
    heads = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", named[0][0].assignment]
    lines = ((name, number, "", "", "", row.score) for row, name, number in named)
    return [heads, ["    Points Possible", "", "", "", "", most], *lines]


FORMATS = {"plain": _plain, "moodle": _moodle, "canvas": _canvas}
