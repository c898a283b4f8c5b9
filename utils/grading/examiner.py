"""The examiner: student code runs in a second process, tests run in this one, plain data crosses between them.

The verdicts equal those of the same cells in one process. No sandbox yet: run it on trusted notebooks only.
"""

import contextlib
import io
import linecache
import os
import socket
import subprocess
import sys

from utils import checks
from utils.grading.student import receive, send

CALL_SECONDS = 120.0  # deadline of one cell or call


class Examiner:
    """One student's process and the tests put to it; a context manager.

    Args:
        folder: working folder of the student's process.
        seconds: deadline of one cell or call; past it the process is ended and every later call fails.
    """

    def __init__(self, folder, seconds=CALL_SECONDS):
        self.ended, self.namespace = None, {"__name__": "__main__"}
        self.link, theirs = socket.socketpair()
        self.link.settimeout(seconds)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "utils.grading.student", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONSAFEPATH": "1"},
            )

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
            self.process.wait()

    def channel(self, request):
        """Reply (bytes) to a request (bytes). A process that dies, hangs or garbles raises a StudentError."""
        if self.ended is None:
            try:
                send(self.link, request)
                reply = receive(self.link)
                checks.decode(reply)["id"]
                return reply
            except TimeoutError:
                self.end("Timeout")
            except (OSError, EOFError):
                self.end("ProcessDied")
            except (checks.ProtocolError, TypeError, KeyError):
                self.end("ProtocolError")
        raise checks.StudentError(self.ended, ["Exception"], "")

    def run(self, source):
        """Run a cell of the submission in the student's process: its StudentError, or None."""
        try:
            checks.Border(self.channel).request("cell", {"source": source})
        except checks.StudentError as error:
            return error

    def test(self, source, name="<test cell>"):
        """Run a graded cell's source here, its calls there: its Report, or the error that kept it from grading."""
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        checks.last_report = None
        with checks.connected(self.channel), contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(compile(source, name, "exec"), dict(self.namespace))
            except Exception as error:
                return checks.last_report or error
        return checks.last_report


def examine(notebook, folder, seconds=CALL_SECONDS):
    """Run a notebook in order, its graded cells in this process and the others in a second one.

    Locked cells tagged ``examiner`` run in both. Returns a dict: cell id to Report, or to the cell's error.
    """
    results = {}
    with Examiner(folder, seconds) as examiner:
        for cell in notebook.cells:
            if checks.is_test_cell(cell):
                results[cell.id] = examiner.test(cell.source, f"<{cell.id}>")
            elif cell.cell_type == "code":
                if "examiner" in cell.metadata.get("tags", []):
                    exec(compile(cell.source, f"<{cell.id}>", "exec"), examiner.namespace)
                examiner.run(cell.source)
    return results
