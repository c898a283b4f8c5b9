"""A student's process without a sandbox, for trusted code: a fork of a process that has imported what it uses.

Tests use it in place of the fork server: the same cells, calls and verdicts, cheap to start.
"""

import multiprocessing
import os
import socket

from utils import checks
from utils.checks import Ended
from utils.grading import examiner, sandbox, student
from utils.grading.student import receive, send

CONTEXT = multiprocessing.get_context("forkserver")
PRELOAD = ["utils.grading.student", "IPython.core.interactiveshell", "pytest"]
CONTEXT.set_forkserver_preload(PRELOAD)


def _serve(link, folder, environment):
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    mine = link.detach()
    os.closerange(3, mine)  # what the forking process needs for itself
    os.closerange(mine + 1, 1 << 16)
    student.main(mine)


class Examiner:
    """A student's process without a sandbox, and the tests put to it; a context manager.

    Args:
        folder: working folder of the student's process.
        seconds: deadline of one cell or call; past it the process is ended and every later call fails.
    """

    def __init__(self, folder, seconds=120.0):
        self.ended, self.session = None, examiner.Session(self, sandbox.Limits(cpu_seconds=seconds))
        self.link, theirs = socket.socketpair()
        self.link.settimeout(seconds)
        with theirs:
            arguments = theirs, os.path.abspath(folder), dict(os.environ)
            self.process = CONTEXT.Process(target=_serve, args=arguments, daemon=True)
            self.process.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end("closed")

    def end(self, reason):
        """End the student's process; later calls fail for this reason."""
        if self.ended is None:
            self.ended = reason
            self.link.close()
            self.process.kill()
            self.process.join()

    def __call__(self, request):
        """The reply's bytes. Raises Ended."""
        if self.ended is None:
            try:
                send(self.link, request)
                return receive(self.link)
            except TimeoutError:
                self.end("timeout")
            except (OSError, EOFError):
                self.end("died")
            except checks.ProtocolError:
                self.end("protocol")
        raise Ended(self.ended)

    def run(self, source):
        """Run a cell of the submission in the student's process: what it raised or Ended, or None."""
        try:
            return self.session.run(source)[1]
        except Ended as error:
            return error

    def test(self, source):
        """Run a graded cell's source here, its calls there: its Report, or the error that kept it from grading."""
        _, error, _ = self.session.execute(source, dict(self.session.shared))
        return checks.last_report or error


def examine_trusted(notebook, folder):
    """Examine a notebook without a sandbox. Returns a dict: id of graded cell to its Report, or to its error."""
    results = {}
    with Examiner(folder) as process:
        for cell in notebook.cells:
            if checks.is_test_cell(cell):
                results[cell.id] = process.test(cell.source)
            elif cell.cell_type == "code":
                if "examiner" in cell.metadata.get("tags", []):
                    process.session.execute(cell.source, process.session.shared)
                process.run(cell.source)
    return results
