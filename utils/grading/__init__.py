"""Grading: student code in a sandbox, tests in another process, one writer of the gradebook."""

import os


def chosen_language():
    """COURSE_LANG: es unless it is en."""
    return "en" if os.environ.get("COURSE_LANG") == "en" else "es"


def say(table, key, *values):
    """The text of a key of a table {key: (es, en)} in COURSE_LANG."""
    return table[key][chosen_language() == "en"].format(*values)
