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

from utils import release
from utils.grading import chosen_language, feedback, intake, log

TEXTS = {  # es, en
    "report": ("Informe", "Report"),
    "graded": ("Entregas calificadas", "Submissions graded"),
    "ungraded": ("sin calificar", "not graded"),
    "waiting": ("Respuestas que esperan a una persona", "Answers that wait for a human"),
    "scores": ("Calificaciones", "Scores"),
    "summary": (
        "Media {mean:.1f} de {most:g}; mediana {median:.1f}; desviación típica {sd:.1f}.",
        "Mean {mean:.1f} of {most:g}; median {median:.1f}; standard deviation {sd:.1f}.",
    ),
    "bins": ("% de los puntos", "% of the points"),
    "students": ("estudiantes", "students"),
    "exercises": ("Ejercicios", "Exercises"),
    "exercise": ("Ejercicio", "Exercise"),
    "points": ("Puntos", "Points"),
    "share": ("Parte conseguida (media)", "Share earned (mean)"),
    "rest": ("Correlación con el resto", "Correlation with the rest"),
    "explain": (
        "Entre paréntesis, intervalos de confianza del 95 %: con pocas entregas son anchos. Un ejercicio cuya parte"
        " conseguida no crece con la nota del resto (en rojo: el intervalo no pasa de 0.2) merece otra lectura.",
        "In parentheses, 95 % confidence intervals: with few submissions they are wide. An exercise whose share earned"
        " does not grow with the score on the rest (in red: the interval stays below 0.2) deserves a second reading.",
    ),
    "failing": ("Lo que más falla", "What fails most"),
    "test": ("Prueba", "Test"),
    "fails": ("Fallan", "Fail"),
    "slips": ("Por qué, en los mensajes", "Why, as the messages say"),
    "times": ("Tiempo por entrega", "Time per submission"),
    "seconds": (
        "Mediana {median:.1f} s; nueve de cada diez, menos de {most:.1f} s; la más lenta, {longest:.1f} s.",
        "Median {median:.1f} s; nine in ten under {most:.1f} s; the slowest, {longest:.1f} s.",
    ),
    "bins-seconds": ("segundos", "seconds"),
    "flags": ("Para mirar a mano", "To be looked at"),
    "student": ("Estudiante", "Student"),
    "why": ("Motivo", "Reason"),
    "none": ("Nada.", "Nothing."),
    "timeout": ("se acabó el tiempo", "out of time"),
    "died": ("el proceso del estudiante terminó de golpe", "the student's process died"),
    "memory": ("se pasó de memoria", "out of memory"),
    "protocol": ("respuestas que no se pueden leer", "replies that cannot be read"),
    "not-run": ("hay pruebas que no se ejecutaron", "some tests were not run"),
    "error": ("hay una celda de pruebas con un error", "a test cell has an error"),
    "identifier": ("Identificador", "Identifier"),
    "participant": ("Participante ", "Participant "),
    "name": ("Nombre completo", "Full name"),
    "grade": ("Calificación", "Grade"),
    "maximum": ("Calificación máxima", "Maximum Grade"),
    "modified": ("Última modificación (calificación)", "Last modified (grade)"),
    "comments": ("Comentarios de retroalimentación", "Feedback comments"),
}


def texts():
    """Every text in COURSE_LANG (es unless it is en)."""
    return {key.replace("-", "_"): both[chosen_language() == "en"] for key, both in TEXTS.items()}


# --- What the numbers say ---------------------------------------------------------------------------------------------


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


def proportion_interval(mean, n, z=1.96):
    """Wilson's 95 % interval of a proportion; of a mean of shares in [0, 1] it is at least as wide as needed."""
    centre, spread = mean + z**2 / (2 * n), z * math.sqrt(max(mean * (1 - mean), 0) / n + z**2 / (4 * n**2))
    return (centre - spread) / (1 + z**2 / n), (centre + spread) / (1 + z**2 / n)


def correlation(x, y, z=1.96):
    """(Pearson's r, its 95 % interval by Fisher's transformation); nan where they are not defined."""
    undefined = (math.nan, math.nan)
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan, undefined
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    if len(x) < 5 or abs(r) == 1:
        return r, undefined
    spread = z / math.sqrt(len(x) - 3)
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
    ran, failed, said = Counter(), Counter(), defaultdict(Counter)
    for verdict in verdicts:
        for test, line in (verdict["tests"] or {}).items():
            key = test, verdict["cell"]
            ran[key] += 1
            if line is not None:
                failed[key] += 1
                heads = {test, *(feedback.title(test, known) for known in ("es", "en"))}
                found = (line.removeprefix(f"✗ {head}: ") for head in heads if line.startswith(f"✗ {head}: "))
                said[key][feedback.recognise(next(found, line), chosen_language())[1][:80]] += 1
    order = sorted(failed, key=lambda key: (-failed[key] / ran[key], key))
    return [(*key, failed[key], ran[key], said[key]) for key in order]


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
    course, target, t = Path(course).resolve(), Path(target).resolve(), texts()
    rows = log.gradebook(course / "gradebook" / "gradebook.db", assignment)
    with closing(log.connect(course / "gradebook" / "grading.db", readonly=True)) as database:
        submissions, verdicts = (log.rows(database, table, assignment) for table in log.TABLES)
    scored = {s["student"] for s in submissions if (s["row"] or {}).get("score") is not None}
    rows = [row | {"student": intake.unsafe(row["student"])} for row in rows]
    rows = [row for row in rows if row["student"] in scored and row["points"] is not None]
    items, scores, most = items_of(rows, _order(course, assignment)), Counter(), Counter()
    for row in rows:
        scores[row["student"]] += row["score"]
        most[row["student"]] += row["points"]
    seconds = [s["seconds"] for s in submissions if s["seconds"] is not None]
    shares = [100 * scores[student] / most[student] for student in scores if most[student]]
    shown = feedback.template("report.html").render(
        language=chosen_language(),
        t=t,
        assignment=assignment,
        graded=len(scored),
        ungraded=len(submissions) - len(scored),
        waiting=sum(bool(row["pending"]) for row in rows),
        summary=_said(t["summary"], scores.values(), most=max(most.values(), default=0)),
        scores=bars(np.clip(shares, 0, 100), range(0, 101, 10)),
        items=items,
        failing=[(feedback.title(test, chosen_language()), *rest) for test, *rest in failing(verdicts)[:20]],
        seconds=_said(t["seconds"], seconds, longest=max(seconds, default=0)) if seconds else "",
        times=bars(seconds, _edges(max(seconds))) if seconds else [],
        flags=_flags(course, assignment, target, submissions, verdicts, t),
        number=lambda value, digits=2: "–" if math.isnan(value) else f"{value:.{digits}f}",
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(shown, encoding="utf-8", errors="replace")


def _order(course, assignment):
    """[(notebook, cell)] in the order of the instructor's notebooks."""
    paths = sorted((course / "solutions" / assignment).glob("*.ipynb"))
    cells = [
        (path.stem, cell["metadata"].get("nbgrader", {})) for path in paths for cell in release.read(path)["cells"]
    ]
    return [(stem, role["grade_id"]) for stem, role in cells if "grade_id" in role]


def _said(template, values, **others):
    values = np.array([*values], float) if values else np.zeros(1)
    known = {"mean": values.mean(), "median": np.median(values), "sd": values.std(), "most": np.quantile(values, 0.9)}
    return template.format(**known | others)


def _edges(longest):
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, math.inf) if longest <= 10 * s)
    return np.round(np.arange(11) * step, 1) if math.isfinite(step) else np.array([0.0, longest])


def _flags(course, assignment, target, submissions, verdicts, t):
    """[(student, link to the feedback or "", reasons)] of what wants a human."""
    reasons, found = defaultdict(list), []
    for verdict in verdicts:
        if verdict["reason"] in ("timeout", "died", "memory", "protocol", "not-run"):
            reasons[verdict["student"]].append(verdict["reason"])
    for s in submissions:
        known = [*(s["flags"] or []), *([s["ended"]] if s["ended"] else []), *reasons[s["student"]]]
        failed = [] if (s["row"] or {}).get("score") is not None else [t["ungraded"]]
        why = [*dict.fromkeys([*failed, *(t.get(str(key).replace("-", "_"), str(key)) for key in known)])]
        if why or s["remarks"]:
            folder = course / "feedback" / intake.safe(s["student"]) / assignment
            page = next(iter(sorted(folder.glob("*.html"))), None) if folder.is_dir() else None
            link = quote(Path(os.path.relpath(page, target.parent)).as_posix()) if page else ""
            found.append((intake.visible(s["student"]), link, [*why, *map(str, s["remarks"] or [])]))
    return found


# --- grades.csv -------------------------------------------------------------------------------------------------------


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
    people = [(origins or {}).get(row.assignment, {}).get(row.student) for row in rows]
    people = [person or {"person": row.student, "number": ""} for row, person in zip(rows, people, strict=True)]
    with open(path, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        for line in FORMATS[kind](rows, people):
            writer.writerow(
                f"'{value}" if isinstance(value, str) and re.match(r"[=+\-@\t\r\n]", value) else value for value in line
            )


def _plain(rows, people):
    from utils.grading.classroom import Row  # which imports this module

    return [[column.name for column in fields(Row)], *(astuple(row) for row in rows)]


def _moodle(rows, people):  # its importer wants these five heads, in the language of the site
    t = texts()
    heads = [t[key] for key in ("identifier", "name", "grade", "maximum", "modified", "comments")]
    numbers = [person["number"] and t["participant"] + person["number"] for person in people]
    named = zip(rows, people, numbers, strict=True)
    return [heads, *([number, p["person"], row.score, row.max_score, "", row.remarks] for row, p, number in named)]


def _canvas(rows, people):
    most = max((row.max_score for row in rows if row.max_score is not None), default="")
    heads = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", rows[0].assignment]
    lines = [[p["person"], p["number"], "", "", "", row.score] for row, p in zip(rows, people, strict=True)]
    return [heads, ["    Points Possible", "", "", "", "", most], *lines]


FORMATS = {"plain": _plain, "moodle": _moodle, "canvas": _canvas}
