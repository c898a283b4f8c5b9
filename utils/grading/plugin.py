"""nbgrader's own commands and Formgrader's buttons on the same path: nbgrader_config.py calls `install`."""

import sys
from pathlib import Path

from utils.grading import classroom, say


def install(config):
    """`nbgrader autograde` and Formgrader grade as `make grade` does; what they show is ours or sanitized."""
    from nbgrader.converters import Autograde

    Autograde.start = start
    config.GenerateFeedback.exporter_class = "utils.grading.feedback.Exporter"
    config.HTMLExporter.sanitize_html = True  # of outputs; Formgrader's own template leaves Markdown as it is
    config.HTMLExporter.filters = {"markdown2html": "utils.grading.feedback.markdown2html"}


def start(converter):
    """In place of `Autograde.start`: grade what its settings name.

    Raises:
        NbGraderException: something could not be graded; the log says what and why.
    """
    from nbgrader.converters.base import NbGraderException

    directory = converter.coursedir
    options = classroom.Options(directory.assignment_id or "*", directory.student_id or "*", fresh=converter.force)
    try:
        with classroom.alone(directory.root):
            rows = classroom.grade(Path(directory.root), options)
        print(classroom.table(rows), file=sys.stderr)
        failed = [f"{row.student}, {row.assignment}: {row.remarks}" for row in rows if row.score is None]
        if failed or not rows:
            raise ValueError("; ".join(failed) or say("none", options.student, options.assignment))
    except Exception as error:
        converter.log.error("%s", error)
        raise NbGraderException(str(error)) from error
