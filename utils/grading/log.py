"""grading.db: a row for each submission that was graded and for each of its graded cells; a re-grade replaces them.

`gradebook` reads nbgrader's own database beside it, with the scores and comments that a human gave.
"""

import json
import math
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from utils.grading import say

TABLES = {  # in the order of the columns; flags, remarks and tests are JSON; times are ISO 8601, in UTC
    "submission": "student assignment digest key finished seconds ended flags remarks",
    "verdict": "student assignment notebook cell time version digest earned points reason tests seconds",
}
KEYS = {"submission": "student, assignment", "verdict": "student, assignment, notebook, cell"}
REALS, JSONS = {"seconds", "earned", "points"}, {"flags", "remarks", "tests"}
MARKS = {"gradebook.db": "course", "grading.db": "submission"}  # an early table of each tells it from others


def check(path):
    """Raise ValueError, before anything is written, unless a file is a database of a course, empty or missing."""
    try:  # not read-only: what a killed run left half written is undone first
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=30)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            received = ", ".join(name for (name,) in tables)
    except sqlite3.Error as error:
        if path.is_file() and isinstance(error, sqlite3.OperationalError):  # it is locked, say
            raise
        received = str(error) if path.exists() else ""
    if received and MARKS[path.name] not in received.split(", "):
        raise ValueError(say("database", path, received, MARKS[path.name]))


def connect(path, readonly=False):
    """A connection to close after use; unless `readonly`, what is missing is made: folder, file, tables."""
    if not readonly:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(f"file:{quote(str(path))}?mode={'ro' if readonly else 'rwc'}", uri=True, timeout=30)
    database.row_factory = sqlite3.Row
    with database:
        for table, names in () if readonly else TABLES.items():
            columns = ", ".join(f"{name} {'REAL' if name in REALS else 'TEXT'}" for name in names.split())
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({KEYS[table]}))")
    return database


def record(database, submission, verdicts):
    """Write a submission and its graded cells (dicts by column; what is left out is null) in one transaction."""
    about = [_stored("", submission[name]) for name in ("student", "assignment")]
    with database:
        for table, rows in (("submission", [submission]), ("verdict", verdicts)):
            names = TABLES[table].split()
            values = [[_stored(name, row.get(name)) for name in names] for row in rows]
            database.execute(f"DELETE FROM {table} WHERE student = ? AND assignment = ?", about)
            marks = ", ".join("?" * len(names))
            database.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)


def _stored(name, value):
    if name in JSONS:
        return json.dumps(value)
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def rows(database, table, assignment=None):
    """The rows of a table as dicts, in the order of their keys; of every assignment unless one is given."""
    wanted = f"SELECT * FROM {table} WHERE assignment = COALESCE(?, assignment) ORDER BY {KEYS[table]}"
    found = [dict(row) for row in database.execute(wanted, [assignment])]
    return [{k: json.loads(v) if k in JSONS else v for k, v in row.items()} for row in found]


def finished(database):
    """{(student, assignment): key} of what needs no second run; what was lost does."""
    kept = [row for row in rows(database, "submission") if "lost" not in (row["flags"] or ())]
    return {(row["student"], row["assignment"]): row["key"] for row in kept}


def name(folder):
    """(student, assignment) of submitted/STUDENT/ASSIGNMENT, as the tables hold them."""
    return _stored("", folder.parent.name), _stored("", folder.name)


GRADEBOOK = """
SELECT s.student_id AS student, n.name AS notebook, b.name AS cell, COALESCE(c.max_score, t.max_score) AS points,
  c.cell_type AS type, g.auto_score AS auto, g.manual_score AS manual, COALESCE(g.extra_credit, 0) AS extra,
  g.needs_manual_grade AS pending, COALESCE(m.manual_comment, m.auto_comment) AS comment,
  sn.late_submission_penalty AS penalty
FROM submitted_notebook sn JOIN notebook n ON n.id = sn.notebook_id
  JOIN submitted_assignment s ON s.id = sn.assignment_id JOIN assignment a ON a.id = s.assignment_id
  LEFT JOIN base_cell b ON b.notebook_id = n.id LEFT JOIN grade_cells c ON c.id = b.id
  LEFT JOIN task_cells t ON t.id = b.id LEFT JOIN grade g ON g.cell_id = b.id AND g.notebook_id = sn.id
  LEFT JOIN comment m ON m.cell_id = b.id AND m.notebook_id = sn.id
WHERE a.name = ? AND s.student_id = COALESCE(?, s.student_id)"""


def gradebook(path, assignment, student=None):
    """Dicts for the cells of each submission (of one student, if given; by the name that nbgrader has), unordered:
    student notebook cell points type auto manual extra pending comment penalty score.

    `points`, `score` and `pending` are None where a row has only a comment, and all about a cell where there is none;
    an answer that is graded has two rows.
    """
    with closing(connect(path, readonly=True)) as database:
        found = [dict(row) for row in database.execute(GRADEBOOK, [assignment, student])]
    for row in found:
        given = [value for value in (row["manual"], row["auto"]) if value is not None]
        row["score"] = None if row["points"] is None else given[0] + row["extra"] if given else 0.0
        row["pending"] = None if row["points"] is None else bool(row["pending"])
    return found


def totals(rows):
    """{student: (score, points)} of `gradebook`'s rows for one assignment; a late penalty is taken off the score."""
    scores, points, penalties = defaultdict(list), defaultdict(list), defaultdict(dict)
    for row in rows:
        penalties[row["student"]][row["notebook"]] = row["penalty"] or 0.0
        if row["points"] is not None:
            scores[row["student"]].append(row["score"])
            points[row["student"]].append(row["points"])
    late = {student: math.fsum(found.values()) for student, found in penalties.items()}
    return {who: (max(0.0, math.fsum(scores[who]) - late[who]), math.fsum(points[who])) for who in late}
