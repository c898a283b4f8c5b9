"""grading.db: a row for each submission that was graded and for each of its graded cells; a re-grade replaces them.

`gradebook` reads nbgrader's own database beside it, with the scores and comments that a human gave.
"""

import json
import sqlite3
from contextlib import closing
from urllib.parse import quote

TABLES = {  # in the order of the columns; flags, remarks, row and tests are JSON; times are ISO 8601, in UTC
    "submission": "student assignment digest key finished seconds ended flags remarks row",
    "verdict": "student assignment notebook cell time version digest earned points reason tests seconds",
}
KEYS = {"submission": "student, assignment", "verdict": "student, assignment, notebook, cell"}
REALS, JSONS = {"seconds", "earned", "points"}, {"flags", "remarks", "row", "tests"}


def connect(path, readonly=False):
    """A connection to close after use; unless `readonly`, the file and its tables are made where there are none."""
    if readonly:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=30)
    database = sqlite3.connect(path, timeout=30)
    with database:
        for table, names in TABLES.items():
            columns = ", ".join(f"{name} {'REAL' if name in REALS else 'TEXT'}" for name in names.split())
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({KEYS[table]}))")
    return database


def record(database, submission, verdicts):
    """Write a submission and its graded cells (dicts by column; what is left out is null) in one transaction."""
    with database:
        for table in TABLES:
            where = [_stored("", submission[name]) for name in ("student", "assignment")]
            database.execute(f"DELETE FROM {table} WHERE student = ? AND assignment = ?", where)
        for table, rows in (("submission", [submission]), ("verdict", verdicts)):
            names = TABLES[table].split()
            values = [[_stored(name, row.get(name)) for name in names] for row in rows]
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", values)


def _stored(name, value):
    if name in JSONS:
        return json.dumps(value)
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def rows(database, table, assignment=None):
    """The rows of a table as dicts, in the order of their keys; of every assignment unless one is given."""
    names, where = TABLES[table].split(), "" if assignment is None else "WHERE assignment = ?"
    found = database.execute(
        f"SELECT * FROM {table} {where} ORDER BY {KEYS[table]}", () if assignment is None else (assignment,)
    )
    values = [dict(zip(names, row, strict=True)) for row in found]
    return [{k: json.loads(v) if k in JSONS else v for k, v in row.items()} for row in values]


def finished(database):
    """{(student, assignment): key} of what needs no second run."""
    return {(row["student"], row["assignment"]): row["key"] for row in rows(database, "submission")}


GRADEBOOK = """
SELECT s.student_id, n.name, b.name, COALESCE(c.max_score, t.max_score), g.auto_score, g.manual_score,
  COALESCE(g.extra_credit, 0), g.needs_manual_grade, COALESCE(m.manual_comment, m.auto_comment),
  sn.late_submission_penalty
FROM submitted_notebook sn JOIN notebook n ON n.id = sn.notebook_id
  JOIN submitted_assignment s ON s.id = sn.assignment_id JOIN assignment a ON a.id = s.assignment_id
  JOIN base_cell b ON b.notebook_id = n.id LEFT JOIN grade_cells c ON c.id = b.id LEFT JOIN task_cells t ON t.id = b.id
  LEFT JOIN grade g ON g.cell_id = b.id AND g.notebook_id = sn.id
  LEFT JOIN comment m ON m.cell_id = b.id AND m.notebook_id = sn.id
WHERE a.name = :assignment AND s.student_id = COALESCE(:student, s.student_id)"""


def gradebook(path, assignment, student=None):
    """Dicts for the cells of each submission (of one student, if given; by the name that nbgrader has), unordered:
    student notebook cell points auto manual extra pending comment penalty score.

    `points`, `score` and `pending` are None where a row has only a comment; an answer that is graded has two rows.
    """
    names = ["student", "notebook", "cell", "points", "auto", "manual", "extra", "pending", "comment", "penalty"]
    wanted = {"assignment": assignment, "student": student}
    with closing(connect(path, readonly=True)) as database:
        found = [dict(zip(names, row, strict=True)) for row in database.execute(GRADEBOOK, wanted)]
    for row in found:
        given = [value for value in (row["manual"], row["auto"]) if value is not None]
        row["score"] = None if row["points"] is None else given[0] + row["extra"] if given else 0.0
        row["pending"] = None if row["points"] is None else bool(row["pending"])
    return found
