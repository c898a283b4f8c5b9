"""Grading: the examiner in a second process, and the classroom on stock nbgrader."""
