"""The examiner: student code runs in another process, tests run in this one, plain data crosses between them.

The verdicts equal those of the same cells in one process. The student's process is reached over a channel, a function
of a request's bytes.
"""

import ast
import builtins
import contextlib
import importlib
import numbers
import os
import re
import signal
import sys
import time
import warnings

import numpy as np

from utils import checks
from utils.checks import Ended
from utils.grading import student
from utils.grading.student import CapturingShell, Outputs

# A free name of a plain test cell that the student has as a module is ours: by these names, or by its own.
MODULES = {"np": "numpy", "npt": "numpy.testing", "plt": "matplotlib.pyplot", "pd": "pandas", "tf": "tensorflow"}
MODULES |= {name: name for name in (*sys.stdlib_module_names, "numpy", "scipy", "pandas", "tensorflow", "keras")}
# A plain test cell that failed and names one of these may have meant its own process, in which stock nbgrader would
# have run the student's code too: a human decides.
SURROUNDINGS = {"redirect_stdout", "redirect_stderr", "getvalue", "open", "plt", "gca", "gcf", "stdin", "input"}
SURROUNDINGS |= {"environ", "catch_warnings", "warns", "signature", "getsource", "getfullargspec", "set_seed"}
SURROUNDINGS |= {"__doc__", "__code__", "__annotations__", "patch", "monkeypatch", "capsys", "set_random_seed"}
# As builtin exceptions these would steer a test: they stay StudentErrors, as do those that are no Exception.
STEERING = {"Exception", "ExceptionGroup", "StopIteration", "StopAsyncIteration", "AssertionError", "MemoryError"}


def examine(cells, channel, limits, seed=checks.DEFAULT_SEED, hidden="", bound=(), imports=None):
    """Run a notebook's code cells in order, its tests here and the others over the channel.

    Args:
        cells: dicts of `id`, `kind` (student, test, or examiner: both), `source`, `points` (of a test), and for a
            solution cell `answers`: names that it must bind. In plain test cells these are the student's.
        channel: the reply's bytes to a request's; it raises Ended for good once `ended` says why (None until then).
        limits: of `sandbox.Limits`, those of CPU time and of outputs.
        seed: the cohort's COURSE_SEED.
        hidden: the lecturer's COURSE_HIDDEN; "show" tells students what a failed hidden test expected.
        imports: the instructor's import statements by the name that they bind, or "*": in plain test cells what they
            bind is the tests' own, except the names in `bound`, which the instructor's cells bind otherwise.

    Returns:
        Dict by id: `outputs` (nbformat 4), `earned` (None unless a test), `reason`, `seconds`, `tests` (line by name
        of a failed one, None of another) and `flag`, a reason why a human must look, or None.
    """
    with _settings(COURSE_SEED=str(seed), COURSE_HIDDEN=hidden, NBGRADER_EXECUTION="autograde"):
        student.reseed()
        session = Session(channel, limits, bound, imports)
        results = {cell["id"]: session.stopped(cell, "not-run") for cell in cells}
        for cell in cells:
            begun = time.monotonic()
            try:
                result = getattr(session, cell["kind"])(cell)
            except Exception:  # what the other cells earned is not lost with it
                result = session.stopped(cell, "not-run") | {"reason": "error", "flag": "examiner-cell"}
            results[cell["id"]] = result | {"seconds": time.monotonic() - begun}
            if channel.ended:
                break
    return results


@contextlib.contextmanager
def _settings(**values):
    before, report = dict(os.environ), checks.last_report
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        checks.last_report = report


class Link(checks.Border):
    """A Border that ends its channel where the process answers what is no reply."""

    def request(self, operation, arguments):
        try:
            return super().request(operation, arguments)
        except checks.ProtocolError:
            self.channel.ended = "protocol"
            raise Ended("protocol") from None


class Session:
    """One submission's cells and tests, as they come."""

    def __init__(self, channel, limits, bound=(), imports=None):
        self.channel, self.limits, self.left = channel, limits, limits.notebook_output_bytes
        self.answers, self.tested = set(), True
        self.link, self.shell, self.shared = Link(channel), CapturingShell(), {"__name__": "__main__"}
        student.turn()
        self.drawn = student.generators()
        self.names = Names(self, bound, imports or {})

    def stopped(self, cell, reason):
        """The result of a cell that ended for this reason, a key of the message table."""
        text, earned = checks.message("checks", reason), 0.0 if cell["kind"] == "test" else None
        shown = [_error_output(reason, text, [text])]
        return {"outputs": shown, "earned": earned, "reason": reason, "seconds": 0.0, "tests": {}, "flag": None}

    def student(self, cell):
        """Run a cell of the submission in the student's process."""
        if cell.get("answers"):  # the student's until the answers after the tests of these
            self.answers = {*cell["answers"]} if self.tested else self.answers | {*cell["answers"]}
            self.tested = False
            for name in self.answers:
                dict.pop(self.names, name, None)
        try:
            outputs, error = self.run(cell["source"])
        except Ended as error:
            return self.stopped(cell, error.reason)
        reason = "error" if error else "passed"
        return {"outputs": outputs, "earned": None, "reason": reason, "tests": {}, "flag": None}

    def run(self, source):
        """(outputs, StudentError or None) of a cell in the student's process. Raises Ended."""
        most = {"most": self.limits.output_bytes, "total": self.left}
        try:
            reply = self.link.request("cell", {"source": source} | most)
        except checks.StudentError as error:  # not even the outputs could be told
            return [], error
        reply = reply if isinstance(reply, dict) else {}
        outputs, error = Outputs(**most).replay(reply.get("outputs")), reply.get("error")
        self.left = outputs.total
        right = checks._has(error, **{"class": str, "bases": list, "text": str})
        known = checks.StudentError(*map(error.get, ("class", "bases", "text"))) if right else None
        return outputs.done(), known

    def examiner(self, cell):
        """Run a locked cell in both processes: what it defines is the tests' own."""
        result = self.student(cell)
        _, error, _ = self.execute(cell["source"], self.shared)
        if error and not self.channel.ended:
            shown = [_error_output(type(error).__name__, f"{error}")]
            return result | {"reason": "error", "outputs": shown, "flag": "examiner-cell"}
        return result

    def execute(self, source, namespace):
        """(value of the last expression, error, outputs) of a cell in this process."""
        most = self.limits.output_bytes
        self.shell.enter(namespace)
        checks.last_report = None
        with (
            checks.connected(lambda: Link(self.channel)),
            _timed(self.limits.cpu_seconds),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            error = self.shell.run(source, most, max(self.left, most), history=False)
        return self.shell.result, error, self.shell.take()

    def test(self, cell):
        """Run a graded cell here."""
        points, self.tested = float(cell["points"] or 0), True
        plain = not _has_tests(cell["source"])
        value, error, outputs = self.execute(cell["source"], self.names if plain else dict(self.shared))
        report, flag = checks.last_report, None
        tests = {n: None if e is None else checks.line(n, e) for n, e in report.outcomes.items()} if report else {}
        # What stock nbgrader would read otherwise goes: text on stderr, and whatever looks like a number.
        kept = [o for o in outputs if o["output_type"] == "display_data" or o.get("name") == "stdout"]
        shown = [o for o in outputs if o["output_type"] == "execute_result" and o["data"].get("text/plain")]
        if error is None and value is None and report:
            value = report.earned
        earned, number = points, _number(value, shown)
        if error is None and plain and self.channel.ended:
            error = Ended(self.channel.ended)
        if error is None and number is not None:
            if not 0 <= number <= points:
                error, flag = checks.Failed("points", value=number, points=points), "partial-credit"
            earned = number
            data = {"text/plain": repr(number)}
            shown = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}]
        if error is not None:
            earned, shown = 0.0, [_explain(error, cell["source"], self.names if plain else None)]
        outcomes = [*(report.outcomes.values() if report else ()), error]
        reasons = [e.reason for e in outcomes if isinstance(e, Ended)]
        judged = error is None or isinstance(error, AssertionError | checks.NothingPassed | checks.StudentError)
        # A plain cell's name that the student lacks is theirs to define: no more a failure of the test than a stub.
        judged |= plain and isinstance(error, NameError) and error.name in self.names.lacking
        if plain and (_uncrossed(error) or (error and SURROUNDINGS & {*re.findall(r"\w+", cell["source"])})):
            flag = "examiner-cell"
        verdict = "passed" if earned == points and not error else "partial" if earned else "failed"
        reason = reasons[0] if reasons else verdict if judged else "error"
        return {"outputs": kept + shown, "earned": earned, "reason": reason, "tests": tests, "flag": flag}


def _has_tests(source):
    """Whether a cell follows the convention of test cells: its own `test_*` functions, and a call of grade."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # or a magic
        return False
    defined = any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in body)
    return defined and any(map(checks._grades, body))


def _uncrossed(error):
    """Whether a test ended at a value that is no plain data: stock nbgrader, in one process, could have judged it."""
    if isinstance(error, checks.StudentError):
        return error.class_name == checks.NotPlain.__name__
    return isinstance(error, checks.NotPlain) or (isinstance(error, checks.Failed) and error.key == "other")


def _number(value, shown):
    """The float that a last expression is, or that stock nbgrader would read from its text, or None."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return float(value)
    try:
        return float(shown[0]["data"]["text/plain"])
    except (IndexError, ValueError):
        return None


@contextlib.contextmanager
def _timed(seconds):
    """A test that computes too long itself, on a student's huge number say, raises Ended where it is."""

    def stop(*_):
        raise Ended("timeout")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _error_output(name, text, lines=None):
    outputs = Outputs(0, 1 << 20)
    outputs.error(name, text, *(lines or [f"{name}: {text}"]))
    return outputs.done()[0]


def _explain(error, source, namespace):
    """The error output of a test cell: no source of ours but the visible line where a plain cell stopped."""
    name = error.class_name if isinstance(error, checks.StudentError) else type(error).__name__
    if isinstance(error, checks.NothingPassed | Ended | checks.Failed):
        text = str(error) if isinstance(error, checks.NothingPassed) else checks.diagnosis(error)
        return _error_output(name, text, text.splitlines())
    frame = error.__traceback__
    while frame and frame.tb_frame.f_globals is not namespace:
        frame = frame.tb_next
    text, number = str(error), frame.tb_lineno if frame else 0
    if number in checks.hidden_lines(source) and os.environ.get("COURSE_HIDDEN") != "show":
        words = re.fullmatch(r"""\s*assert .*,\s*(["'])([^{}"']+)\1\s*""", source.splitlines()[number - 1])
        text = words[2] if words else checks.message("checks", "hidden")
        return _error_output(name, text)
    place = [f"{number}: {source.splitlines()[number - 1]}"] if 0 < number <= len(source.splitlines()) else []
    return _error_output(name, text, [*place, f"{name}: {text}"])


# --- Plain test cells -------------------------------------------------------------------------------------------------


class Names(dict):
    """Globals of plain test cells: their own names, those of examiner cells, the student's answers, what the
    instructor's cells import, builtins, and then whatever else the student has.

    What they delete of the student's goes there too, and comes back when they give the name back what it was. What
    they assign stays here: a student's process never holds what a test expects.
    """

    def __init__(self, session, bound, imports):
        super().__init__(__name__="__main__")
        self.session, self.bound, self.imports, self.imported = session, frozenset(bound), dict(imports), {}
        self.gone, self.lacking = {}, set()

    def __missing__(self, name):
        if name in self.session.shared:
            return self.session.shared[name]
        if not isinstance(name, str) or name.startswith("__"):
            raise KeyError(name)
        if name not in self.session.answers:
            if name not in self.gone and name in self._imports(name):
                return self.imported[name]
            if hasattr(builtins, name):
                raise KeyError(name)
        found = self.session.link.lookup(name, "fetch")
        if found["kind"] == "function" and type(found.get("number")) is int:
            return self._function(name, found["number"])
        if found["kind"] == "value":
            return found["value"]
        if found["kind"] == "other" and found["type"] == "module" and name in MODULES:
            return importlib.import_module(MODULES[name])
        if found["kind"] == "missing":
            self.lacking.add(name)
            raise KeyError(name)
        raise checks.not_usable(name, found)

    def _imports(self, name):
        """What the instructor's imports of everything bind, and those of this name to it; run when first needed."""
        for of in ("*", name):
            for line in self.imports.pop(of, []):
                found = {}
                with contextlib.suppress(ImportError):  # a module of the student's folder, say
                    exec(line, found)
                self.imported |= {n: value for n, value in found.items() if of in ("*", n) and n not in self.bound}
        return self.imported

    def __contains__(self, name):
        try:
            return dict.__contains__(self, name) or self[name] is not self
        except KeyError:
            return False

    def __setitem__(self, name, value):
        number = getattr(value, "__dict__", {}).get("student") if callable(value) else None
        if name in self.gone and number is None and name in self.imported and value is self.imported[name]:
            number = self.gone[name]
        if name in self.gone and number is not None:
            self.session.link.request("bind", {"name": name, "number": number})
            del self.gone[name]
            dict.pop(self, name, None)
        else:
            dict.__setitem__(self, name, value)

    def __delitem__(self, name):
        if dict.__contains__(self, name):
            dict.__delitem__(self, name)
        else:
            found = self.session.link.lookup(name, "fetch")
            self.session.link.request("delete", {"name": name})
            self.gone[name] = found["number"] if type(found.get("number")) is int else None

    def _function(self, name, number):
        def call(*args, **kwargs):
            link = self.session.link
            link.effects = None
            arguments = {"number": number, "args": list(args), "kwargs": kwargs}
            if (state := student.generators()) != self.session.drawn:  # the test has seeded Python's or NumPy's
                link.request("seeded", list(state))
                student.turn()
                self.session.drawn = student.generators()
            try:
                return link.request("invoke", arguments)
            except checks.StudentError as error:
                raise _native(error) from None
            finally:  # as where one process runs all
                if link.effects:
                    _merged(arguments, link.effects["arguments"])

        call.__name__ = call.__qualname__ = name
        call.student = number
        return call


def _merged(old, new):
    """What stands for a test's own value once student code has made `new` of its copy: lists, dicts and arrays stay
    the same objects, changed as the copy was."""
    kind = type(old) if type(old) is type(new) else None
    if kind is tuple and len(old) == len(new):
        return tuple(map(_merged, old, new))
    if kind is np.ndarray and old.shape == new.shape:
        if old.flags.writeable:
            old[...] = new
        return old
    if kind is list:
        old[:] = [*map(_merged, old, new), *new[len(old) :]]
        return old
    if kind is dict:
        merged = {key: _merged(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(merged)
        return old
    return new


def _native(error):
    """A StudentError that `except` of its builtin class catches too, unless that would steer the test."""
    base = getattr(builtins, error.bases[0], None) if error.bases else None
    if not isinstance(base, type) or not issubclass(base, Exception) or error.bases[0] in STEERING:
        return error
    name = error.class_name if error.class_name.isidentifier() else base.__name__
    native = type(name, (checks.StudentError, base), {"__init__": Exception.__init__, "__str__": Exception.__str__})
    native = native(error.text)
    native.class_name, native.bases, native.text = error.class_name, error.bases, error.text
    return native
