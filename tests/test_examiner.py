"""The examiner: what test cells earn, what outputs hold, what a student's process can and cannot do to either."""

import builtins
import json
import os
import random
import types
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
import unsandboxed

from utils import checks
from utils.grading import examiner, sandbox, student

LIMITS = sandbox.Limits(cpu_seconds=20, output_bytes=2000, notebook_output_bytes=1_000_000)
HEAD = "from utils import checks as check\n"


def job(*cells):
    """Cells from (kind, source) or (source, points of a test cell) or a student's source; their ids are c0, c1…"""
    made = []
    for number, cell in enumerate(cells):
        first, second = ("student", cell) if isinstance(cell, str) else cell
        kind, source, points = (first, second, None) if isinstance(second, str) else ("test", first, second)
        made.append({"id": f"c{number}", "kind": kind, "source": source, "points": points})
    return made


def stock(source, points, outputs):
    """What stock nbgrader reads from a test cell's outputs."""
    from nbgrader.utils import determine_grade

    mark = {"grade": True, "solution": False, "locked": True, "points": points, "grade_id": "t", "schema_version": 3}
    cell = nbformat.v4.new_code_cell(
        source, metadata={"nbgrader": mark}, outputs=[nbformat.from_dict(o) for o in outputs]
    )
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    return determine_grade(cell)[0]


def examined(cells, folder=".", limits=LIMITS, seconds=20, channel=None, **settings):
    """The results of `examine`, each outputs valid and read by stock nbgrader as `earned` says."""
    # Warnings of test cells belong to their stderr, not to pytest.
    with unsandboxed.Examiner(folder, seconds) as process, warnings.catch_warnings(record=True):
        results = examiner.examine(cells, channel(process) if channel else process, limits, **settings)
    for cell in cells:
        result = json.loads(json.dumps(results[cell["id"]]))
        if cell["kind"] == "test":
            assert type(result["earned"]) is float
            assert stock(cell["source"], cell["points"], result["outputs"]) == result["earned"]
        else:
            shown = nbformat.v4.new_code_cell("", outputs=[nbformat.from_dict(o) for o in result["outputs"]])
            nbformat.validate(nbformat.v4.new_notebook(cells=[shown]))
            assert result["earned"] is None
    return results


def told(result):
    """All text of a result's outputs."""
    return "".join(
        o.get("text", "")
        + o.get("evalue", "")
        + "".join(o.get("traceback", []))
        + o.get("data", {}).get("text/plain", "")
        for o in result["outputs"]
    )


def verdict(student_source, test_source, points=2, **settings):
    result = examined(job(student_source, (test_source, points)), **settings)["c1"]
    return result["earned"], result["reason"]


# --- Scores


def test_a_graded_cell_earns_by_test_and_says_so():
    tests = HEAD + "def test_a(f): check.equal(f(1), 1)\ndef test_b(f): check.equal(f(2), 3)\ncheck.grade(2)"
    results = examined(job("def f(x): return x", (tests, 2), (tests.replace("2), 3", "2), 2"), 2), (tests + "\n1", 2)))
    assert [(results[f"c{n}"]["earned"], results[f"c{n}"]["reason"]) for n in (1, 2)] == [
        (1.0, "partial"),
        (2.0, "passed"),
    ]
    stream, value = results["c1"]["outputs"]
    assert stream["text"].splitlines() == ["✓ test_a", "✗ test_b: se esperaba 3, llegó 2"]
    assert value["data"] == {"text/plain": "1.0"}
    assert results["c1"]["tests"] == {"test_a": None, "test_b": "✗ test_b: se esperaba 3, llegó 2"}


def test_the_way_a_cell_ends_gives_no_points_away():
    tests = HEAD + "def test_a(f): check.equal(f(1), 1)\ndef test_b(f): check.equal(f(2), 3)\n"
    endings = ["check.grade(2);", "earned = check.grade(2)", "float(check.grade(2))"]
    results = examined(job("def f(x): return x", *((tests + ending, 2) for ending in endings)))
    assert [result["earned"] for result in results.values()][1:] == [1.0] * 3


def test_when_nothing_passes_the_lines_are_the_error(monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    tests = HEAD + "def test_a(f): check.equal(f(1), 2)\ncheck.grade(2)"
    result = examined(job("def f(x): return x", (tests, 2)))["c1"]
    assert (result["earned"], result["reason"]) == (0.0, "failed")
    (error,) = result["outputs"]
    assert error["traceback"] == ["✗ test_a: expected 2, received 1"]


@pytest.mark.parametrize(
    ("last", "earned", "flag"),
    [
        ("0.5", 0.5, None),
        ("2", 2.0, None),
        ("0.0", 0.0, None),
        ("-1", 0.0, "partial-credit"),
        ("float('nan')", 0.0, "partial-credit"),
        ("1e9", 0.0, "partial-credit"),
        ("float('inf')", 0.0, "partial-credit"),
        ("__import__('numpy').float64(0.25)", 0.25, None),
        ("'excellent'", 2.0, None),
        ("type('N', (), {'__repr__': lambda s: '1.5'})()", 1.5, None),
        ("type('N', (), {'__repr__': lambda s: 'nan'})()", 0.0, "partial-credit"),
        ("type('N', (), {'__repr__': lambda s: ''})()", 2.0, None),
        ("None", 2.0, None),
        ("True", 2.0, None),
    ],
)
def test_the_last_expression_of_a_plain_cell_is_its_partial_credit(last, earned, flag):
    results = examiner.examine(job((f"print('seen')\n{last}", 2)), types.SimpleNamespace(ended=None), LIMITS)
    assert (results["c0"]["earned"], results["c0"]["flag"]) == (earned, flag)
    assert stock("", 2, results["c0"]["outputs"]) == earned
    assert results["c0"]["outputs"][0]["text"] == "seen\n"


def test_text_on_stderr_decides_nothing():
    assert verdict("", "import sys, warnings\nwarnings.warn('w')\nprint('x', file=sys.stderr)") == (2.0, "passed")


def test_a_test_cell_that_breaks_earns_nothing_and_the_next_goes_on():
    sources = ["1 +", "import nowhere", "raise SystemExit", "raise KeyboardInterrupt", "[][0]"]
    results = examined(job("x = 1", *((source, 1) for source in sources), ("assert x == 1", 1)))
    broken = [(results[f"c{n + 1}"]["earned"], results[f"c{n + 1}"]["reason"]) for n in range(len(sources))]
    assert broken == [(0.0, "error")] * len(sources) and results["c6"]["earned"] == 1.0


def test_a_name_that_the_student_lacks_fails_a_plain_cell_like_a_stub():
    assert verdict("x = 1", "assert unknown == 1") == (0.0, "failed")
    assert verdict("x = 1", "def helper(): return elsewhere\nassert helper() == 1") == (0.0, "failed")


# --- An end


DIES = {
    "timeout": "while True: pass",
    "died": "import os; os._exit(0)",
    "protocol": "import os\nfor fd in range(3, 1024):\n    try: os.write(fd, b'x' * 64)\n    except OSError: pass",
}


@pytest.mark.parametrize("reason", DIES)
def test_a_cell_that_ends_the_process_leaves_earlier_credit(reason):
    results = examined(
        job("x = 1", ("assert x == 1", 1), DIES[reason], "y = 1", ("assert y == 1", 1), ("pass", 1)), seconds=2
    )
    assert results["c1"]["earned"] == 1.0 and results["c2"]["reason"] == reason
    assert [results[n]["earned"] for n in ("c4", "c5")] == [0.0, 0.0]
    assert results["c5"]["reason"] == "not-run" and told(results["c5"]).startswith("no se ejecutó")


def test_a_call_that_ends_the_process_costs_its_test_and_those_after():
    tests = HEAD + "def test_a(f): check.equal(f(1), 1)\ndef test_b(g): check.raises('Exception', g)\n"
    tests += "def test_c(f): check.equal(f(1), 1)\ncheck.grade(3)"
    swallows = "try: g()\nexcept Exception: pass"
    for source in (tests, swallows):
        results = examined(job("import os\ndef f(x): return x\ndef g(): os._exit(0)", (source, 3), ("pass", 1)))
        assert results["c1"]["earned"] == (1.0 if source == tests else 0.0)
        assert results["c1"]["reason"] == "died" and results["c2"]["reason"] == "not-run"


def test_a_test_that_computes_too_long_here_fails_alone():
    tests = HEAD + "def test_a(f):\n    while True: f\ndef test_b(f): check.equal(f(), 1)\ncheck.grade(2)"
    limits = sandbox.Limits(cpu_seconds=0.3)
    assert verdict("def f(): return 1", tests, limits=limits) == (1.0, "timeout")


def test_nothing_of_the_examiner_stays_behind(monkeypatch):
    monkeypatch.setenv("COURSE_SEED", "5")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    before = dict(os.environ), checks.last_report, checks._remote
    examined(job("x = 1", ("from utils import checks as check\ndef test_a(x, rng): check.true(x)\ncheck.grade(1)", 1)))
    assert (dict(os.environ), checks.last_report, checks._remote) == before


def test_numbers_come_from_the_seed_given():
    source = "def test_a(rng, f): f(float(rng.random()))\nfrom utils import checks as check\ncheck.grade(1)"
    seen = [examined(job("def f(x): raise ValueError(x)", (source, 1)), seed=seed)["c1"]["tests"] for seed in "121"]
    assert seen[0] == seen[2] != seen[1]


# --- What a student may read


HIDDEN = (
    HEAD
    + """
def test_shown(f): check.equal(f(3), 1234)
### BEGIN HIDDEN TESTS
def test_secret(f): check.equal(f(3), 5678)
def test_slip(f): check.close(f(3), 1.5)
def test_leak(g): g(91011)
### END HIDDEN TESTS
"""
)


def test_a_hidden_test_tells_its_name_and_slip_only():
    some, none = HIDDEN + "def test_ok(f): check.equal(f(1), 3)\ncheck.grade(2)", HIDDEN + "check.grade(2)"
    cells = job("def f(x): return 3.0\ndef g(x): raise ValueError(x)", (some, 2), (none, 2))
    results = examined(cells)
    for text in (told(results["c1"]), told(results["c2"])):
        assert "1234" in text and "5678" not in text and "91011" not in text
        assert "✗ test_slip: es el doble de lo esperado" in text and "ValueError" in text
    assert "5678" in told(examined(cells, hidden="show")["c2"])


@pytest.mark.parametrize("mark", ["###", "#"])  # nbgrader's marks are the words
def test_a_hidden_line_of_a_plain_cell_is_not_shown(mark):
    source = f"assert f(1) == 1\n{mark} BEGIN HIDDEN TESTS\nassert f(2) == 5678{{}}\n{mark} END HIDDEN TESTS"
    words = {', f"not {5678}"': "no pasa", ", 'think of zero'": "think of zero", "": "no pasa"}
    cells = job("def f(x): return x", *((source.replace("{}", word, 1), 2) for word in words))
    cells += job("", "", "", "", "def f(x): return 2", (source.replace("{}", ""), 2))[4:]
    hidden, plain = [told(result) for result in examined(cells).values()][1:4], told(examined(cells)["c5"])
    assert all(shown in text and "5678" not in text for shown, text in zip(words.values(), hidden, strict=True))
    assert "1: assert f(1) == 1" in plain and "5678" not in plain


def test_no_test_reaches_the_student_process():
    asked = []

    class Listening:
        ended = None

        def __init__(self, process):
            self.process = process

        def __call__(self, request):
            asked.append(bytes(request))
            return self.process(request)

    plain = "expected = 424242\ndef helper(v): return v == expected\nassert helper(f(7))"
    tests = HEAD + "def test_a(f): check.equal(f(7), 424242)\ncheck.grade(1)"
    source = "expected = None\ndef f(x): return 424000 + 242 if expected is None else -1"
    results = examined(job(source, (plain, 1), (tests, 1)), channel=Listening)
    assert [results[n]["earned"] for n in ("c1", "c2")] == [1.0, 1.0]
    assert not [request for request in asked if b"424242" in request or b"helper" in request]


# --- Plain nbgrader cells


SQUARES = "def squares(n):\n    if n < 1: raise ValueError('n')\n    return [i**2 for i in range(1, n + 1)]"
RELIES = """
orig_squares = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = orig_squares
"""


@pytest.mark.parametrize(("body", "earned"), [("sum(squares(n))", 1.0), ("n * (n + 1) * (2 * n + 1) // 6", 0.0)])
def test_names_that_a_test_deletes_are_gone_for_the_student_and_come_back(body, earned):
    cells = job(SQUARES + f"\ndef sum_of_squares(n): return {body}", (RELIES, 1), ("assert sum_of_squares(2) == 5", 1))
    results = examined(cells)
    assert (results["c1"]["earned"], results["c2"]["earned"]) == (earned, 1.0)


def test_helpers_and_names_of_a_plain_cell_persist():
    helper = "import math\ndef close(a, b): return math.isclose(a, b)\nlimit = 3"
    use = "assert close(f(1), 1.0) and limit == 3 and 'f' in globals() and 'nothing' not in globals()"
    assert [r["earned"] for r in examined(job("def f(x): return x", (helper, 0), (use, 1))).values()][2] == 1.0


@pytest.mark.parametrize(
    ("raised", "caught", "passes"),
    [
        ("ValueError('x')", "ValueError", True),
        ("ValueError('x')", "TypeError", False),
        ("type('Own', (ValueError,), {})('x')", "ValueError", True),
        ("OSError('x')", "FileNotFoundError", False),
        ("FileNotFoundError(2, 'x')", "OSError", True),
        ("UnicodeDecodeError('utf-8', b'', 0, 1, 'x')", "UnicodeError", True),
        ("KeyError('x')", "LookupError", True),
        ("NotImplementedError", "NotImplementedError", True),
        ("StopIteration", "StopIteration", False),
        ("AssertionError", "AssertionError", False),
        ("KeyboardInterrupt", "KeyboardInterrupt", False),
        ("SystemExit", "SystemExit", False),
        ("MemoryError", "MemoryError", False),
        ("GeneratorExit", "GeneratorExit", False),
        ("ExceptionGroup('x', [ValueError()])", "ExceptionGroup", False),
        ("type('Own', (Exception,), {})('x')", "Exception", True),
    ],
)
def test_what_student_code_raises_is_caught_by_its_builtin_class(raised, caught, passes):
    error = checks.StudentError(*checks._describe(eval(raised) if raised[-1] == ")" else eval(raised)()).values())
    try:
        raise examiner._native(error)
    except getattr(builtins, caught):
        assert passes
    except checks.StudentError as stays:
        assert not passes and stays.class_name == error.class_name


def test_a_student_cannot_replace_what_tests_use():
    source = """
import builtins, numpy as np, math
def f(x): return -1
def abs(x): return 0
def isinstance(*a): return True
def helper(*a): return True
expected = -1
np.allclose = math.isclose = lambda *a, **k: True
builtins.sum = lambda *a: 1
class Same(float):
    def __eq__(self, other): return True
    __hash__ = None
def same(): return Same(0)
"""
    helper = "def helper(a, b): return a == b\nexpected = 1"
    forged = ["assert helper(f(1), 1)", "assert f(1) == expected", "assert abs(f(1) - 1) < 1e-9", "assert same() == 1"]
    forged += ["assert isinstance(f(1), str)", "assert np.allclose(f(1), 1)", "assert math.isclose(f(1), 1)"]
    results = examined(job((helper, 1), source, *((line, 1) for line in forged)))
    assert [results[f"c{n + 2}"]["earned"] for n in range(len(forged))] == [0.0] * len(forged)


def test_what_the_instructor_imports_is_the_tests_own_in_a_plain_cell():
    forged = "import sys\ndef isclose(a, b): return True\nclass math: isclose = isclose\ndef f(x): return -1"
    imports = {"*": ["from math import *"], "math": ["import math"], "g": ["from of_the_students_folder import g"]}
    tests = ["assert isclose(f(1), 1)", "assert math.isclose(f(1), 1)", "assert g() == 7"]
    results = examined(job(forged + "\ndef g(): return 7", *((line, 1) for line in tests)), imports=imports)
    assert [results[n]["earned"] for n in ("c1", "c2", "c3")] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("names", ["exp, log", "log, exp"])
def test_of_two_imports_of_a_name_the_later_one_counts_whatever_is_asked_for_first(names):
    both, later = "from math import exp, log", "from numpy import exp"
    test = f"used = {names}\nassert exp([0, 0]).sum() == 2"
    results = examined(job("x = 1", (test, 1)), imports={"exp": [both, later], "log": [both]})
    assert results["c1"]["earned"] == 1.0


def test_a_plain_test_seeds_what_the_student_draws():
    source = "import numpy as np, random\ndef f(n): return [*np.random.randn(n), random.random()]"
    expected = [*np.random.RandomState(7).randn(3).tolist(), random.Random(7).random()]
    test = f"np.random.seed(7); random.seed(7)\nassert np.allclose(f(3), {expected})"
    # The stream goes on; the same seed begins it anew, and the test's own numbers are those of one process.
    again = f"{test}\nassert not np.allclose(f(3), {expected})\n{test}\nassert np.random.randn() == {expected[0]}"
    imports = {"np": ["import numpy as np"], "random": ["import random"]}
    results = examined(job(source, (test, 1), (again, 1)), imports=imports)
    assert [results[n]["earned"] for n in ("c1", "c2")] == [1.0, 1.0]


def test_a_plain_test_that_may_mean_its_own_process_waits_for_a_human():
    source = "def hello(): print('hello')"
    heard = "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as b: hello()\nassert b.getvalue()"
    results = examined(job(source, (heard, 1), ("assert hello() == 1", 1)))
    assert [(results[n]["earned"], results[n]["flag"]) for n in ("c1", "c2")] == [(0.0, "examiner-cell"), (0.0, None)]


def test_what_the_instructor_binds_otherwise_is_no_import():
    source, imports = "from math import *\ne = 0.001\ndef f(x): return 5", {"*": ["from math import *"]}
    for bound, earned in (["e"], 0.0), ([], 1.0):
        results = examined(job(source, ("assert abs(f(2) - 4) < e", 1)), bound=bound, imports=imports)
        assert results["c1"]["earned"] == earned


@pytest.mark.parametrize(("body", "earned"), [("return x ** n", 1.0), ("raise NotImplementedError", 0.0)])
def test_what_is_asked_for_is_the_students_whatever_else_has_its_name(body, earned):
    cells = job(f"def pow(x, n): {body}\ndef exp(x): return 0", ("assert pow(2, 3) == 8", 1), ("assert exp(0) == 0", 1))
    cells[0]["answers"] = ["exp", "pow"]
    results = examined(cells, bound=["exp", "pow"], imports={"exp": ["from math import exp"]})
    assert [results[n]["earned"] for n in ("c1", "c2")] == [earned, 1.0]


def test_an_answer_named_like_a_builtin_is_the_students_in_its_own_tests_only():
    forged = "def abs(x): return 0"
    cells = job(forged, ("assert abs(2) == 0", 1), "def f(x): return 5", ("assert abs(f(2) - 4) < 1e-9", 1))
    cells[0]["answers"], cells[2]["answers"] = ["abs"], ["f"]
    results = examined(cells, bound=["abs", "f"])
    assert [results[n]["earned"] for n in ("c1", "c3")] == [1.0, 0.0]


def test_a_later_answer_beats_what_an_earlier_test_left_behind():
    cells = job("def f(x): return x**2", ("x = 3\nassert f(x) == 9", 1), "x = 7", ("assert x == 7", 1))
    cells[2]["answers"] = ["x"]
    assert examined(cells)["c3"]["earned"] == 1.0


@pytest.mark.parametrize(("body", "earned"), [("return sqrt(x * x)", 1.0), ("return (x * x) ** 0.5", 0.0)])
def test_an_import_that_a_test_deletes_is_gone_for_the_student_and_comes_back(body, earned):
    relies = (
        "orig = sqrt\ndel sqrt\ntry: f(1)\nexcept NameError: pass\nelse: raise AssertionError\nfinally: sqrt = orig"
    )
    cells = job(f"from math import sqrt\ndef f(x): {body}", (relies, 1), ("assert f(3) == 3 and sqrt(4) == 2", 1))
    results = examined(cells, imports={"sqrt": ["from math import sqrt"]})
    assert [results[n]["earned"] for n in ("c1", "c2")] == [earned, 1.0]


def test_examiner_cells_run_in_both_and_their_names_win():
    shared = ("examiner", "limit = 3\ndef helper(x): return x + 1")
    cheats = "limit = 99\ndef helper(x): return 0\ndef f(): return limit"
    tests = HEAD + "def test_a(f): check.equal(f(), 3)\ndef test_b(f): check.equal(helper(limit), 4)\ncheck.grade(2)"
    results = examined(
        job(shared, "def f(): return limit", (tests, 2), cheats, (tests, 2), ("assert helper(limit) == 4", 1))
    )
    assert [results[n]["earned"] for n in ("c2", "c4", "c5")] == [2.0, 1.0, 1.0]


def test_what_the_grader_cannot_tell_costs_no_other_cell_its_points():
    results = examined(job("def f(x): return 10**5000", ("assert f(3) == 6, f(3)", 1), ("assert f(1) > 0", 2)))
    assert (results["c1"]["earned"], results["c1"]["reason"]) == (0.0, "error") and results["c1"]["flag"]
    assert results["c2"]["earned"] == 2.0


def test_objects_that_cannot_cross_are_named():
    result = examined(job("class Thing: pass\nthing = Thing()", ("thing.x", 1), ("Thing().x", 1)))
    assert "«thing» es Thing" in told(result["c1"]) and "NotPlain" in told(result["c2"])
    assert result["c1"]["earned"] == result["c2"]["earned"] == 0.0


@pytest.mark.parametrize("line", ["f(1) == {1}", "s == {1}", "len(h({1})) == 1"])
def test_a_plain_cell_that_one_process_could_judge_waits_for_a_human(line):
    result = examined(job("def f(x): return {x}\ns = {1}\ndef h(x): return [*x]", (f"assert {line}", 1)))["c1"]
    assert (result["earned"], result["flag"]) == (0.0, "examiner-cell")


def test_magics_and_displays_work_in_plain_test_cells():
    source = "%matplotlib inline\nfrom IPython.display import HTML\ndisplay(HTML('<b>x</b>'))\nassert f(1) == 1"
    result = examined(job("def f(x): return x", (source, 1)))["c1"]
    assert result["earned"] == 1.0 and result["outputs"][0]["data"]["text/html"] == "<b>x</b>"


# --- Outputs of the student's cells


def outputs(*sources, **settings):
    return [result["outputs"] for result in examined(job(*sources), **settings).values()]


def test_a_cells_outputs_are_kept_as_in_a_notebook():
    source = """
import sys, json
print("one"); print("two", file=sys.stderr); print("three")
from IPython.display import display, HTML, Math, JSON, Image, SVG, Javascript, clear_output
display(HTML("<b>b</b>")); display(Math("x^2")); display(JSON({"a": [1]})); display(Javascript("alert(1)"))
handle = display("first", display_id=True); handle.update("second")
41 + 1
"""
    cleared = "print('gone' * 1000)\nfrom IPython.display import clear_output\nclear_output()\nprint('stays')"
    error = "def f(): raise ValueError('no')\nf()"
    shown, quiet, second, third, fourth = outputs(source, "1;", cleared, error, "Out[1], _1")
    assert [(o["name"], o["text"]) for o in shown[:3]] == [
        ("stdout", "one\n"),
        ("stderr", "two\n"),
        ("stdout", "three\n"),
    ]
    bundles = [sorted(o["data"]) for o in shown[3:]]
    assert bundles[:3] == [
        ["text/html", "text/plain"],
        ["text/latex", "text/plain"],
        ["application/json", "text/plain"],
    ]
    assert bundles[3] == ["text/plain"]  # no JavaScript
    assert shown[7]["data"]["text/plain"] == "'first'" and len(shown) == 9
    assert shown[8]["output_type"] == "execute_result" and shown[8]["data"]["text/plain"] == "42"
    assert quiet == [] and second == [{"output_type": "stream", "name": "stdout", "text": "stays\n"}]
    assert (third[0]["ename"], third[0]["evalue"]) == ("ValueError", "no")
    assert any("\x1b[" in line for line in third[0]["traceback"])
    assert fourth[0]["data"]["text/plain"] == "(42, 42)"


def test_figures_are_drawn_once_where_the_cell_ends_and_those_of_calls_are_dropped():
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('text')\nplt.figure()\nplt.plot([2, 1]);"
    draws = "def f():\n    plt.plot([1])\n    display(1)\n    print(1)\n    return len(plt.get_fignums())"
    cells = job(
        plot, "%matplotlib inline\nplt.plot([1]); plt.show()\nprint('after')", draws, ("assert f() == 1", 1), "1;"
    )
    results = examined(cells)
    first, second, *_, last = [result["outputs"] for result in results.values()]
    assert [o["output_type"] for o in first] == ["stream", "display_data", "display_data"]
    assert all(o["data"]["image/png"].startswith("iVBOR") for o in first[1:])
    assert [o["output_type"] for o in second] == ["display_data", "stream"]
    assert results["c3"]["earned"] == 1.0 and last == []


LOUD = [
    "for i in range(60_000): print('line', i)",
    "print('x' * 20_000_000)",
    "'x' * 20_000_000",
    "from IPython.display import HTML\nHTML('x' * 20_000_000)",
    "import sys\nfor i in range(20_000): print('a'); print('b', file=sys.stderr)",
    "for i in range(2_000): display(i)",
    "print('é\\ud800' * 60_000)",
    "raise ValueError('x' * 10**7)",
]


def test_what_a_cell_sets_lasts_until_the_next():
    settings = "import numpy as np, warnings\nnp.seterr(all='raise')\nwarnings.simplefilter('error')"
    first = "try: np.exp(np.float64(1000.0))\nexcept FloatingPointError: print('raised')"
    second = "try: warnings.warn('w')\nexcept UserWarning: print('raised too')"
    shown = outputs(settings, first, second)
    assert [told({"outputs": found}) for found in shown] == ["", "raised\n", "raised too\n"]


@pytest.mark.parametrize("source", ["%autosave 60", "%store -r", "import faulthandler; faulthandler.enable()"])
def test_what_notebooks_often_begin_with_ends_no_cell(source):
    assert told({"outputs": outputs(source + "\nprint('on')")[0]}).endswith("on\n")


def test_a_command_in_the_background_is_refused_as_in_a_notebook():
    assert "Background processes not supported" in told({"outputs": outputs("!sleep 60 &")[0]})


def test_errors_take_room_too():
    noise = "for i in range(3): get_ipython()._showtraceback(ValueError, ValueError('é' * 9000), ['é' * 4000] * 78)"
    shown = outputs(*[noise] * 4, limits=sandbox.Limits(notebook_output_bytes=100_000))
    assert len(json.dumps(shown, ensure_ascii=False).encode()) < 100_000 + 4 * 3 * 5_000
    assert all(found[2]["ename"] == "ValueError" and found[2]["evalue"] for found in shown)


def test_outputs_of_a_cell_are_bounded_and_say_so():
    for source, shown in zip(LOUD, outputs(*LOUD), strict=True):
        assert 200 < len(json.dumps(shown)) < 40_000, source
        assert "salida recortada" in shown[-1].get("text", "") or shown[-1]["output_type"] == "error", source


def test_outputs_of_a_notebook_are_bounded_together_images_too():
    limits = sandbox.Limits(output_bytes=2000, notebook_output_bytes=40_000)
    noise = "import numpy as np, matplotlib.pyplot as plt\nplt.imshow(np.random.rand(40, 40));"
    cells = [*[noise] * 4, *["print('x' * 3000)"] * 4]
    shown = outputs(*cells, limits=limits)
    assert any("image/png" in o.get("data", {}) for o in shown[0])
    assert sum(len(json.dumps(one)) for one in shown) < 50_000


def test_a_students_process_tells_only_outputs_that_are_some():
    odd = [
        {"output_type": "stream", "name": "stdin", "text": "x"},
        {"output_type": "stream", "name": "stdout", "text": ["x"]},
        {"output_type": "stream", "name": "stdout"},
        {"output_type": "display_data", "data": {"text/javascript": "x", "image/png": '"><script>'}},
        {"output_type": "display_data", "data": [1]},
        {"output_type": "error", "ename": 1, "evalue": "", "traceback": []},
        {"output_type": "widget"},
        "text",
        None,
        {"output_type": ["stream"]},
    ]
    assert student.Outputs(1000, 1000).replay(odd).done() == []
    assert student.Outputs(1000, 1000).replay({"a": 1}).done() == []


def test_questions_and_shell_commands_do_not_hang():
    source = "try: input('name?')\nexcept NotImplementedError as error: print(error)"
    asked, listed, read, timed, cell = outputs(
        source, "!echo hello; cat", "x = !echo got\nprint(x)", "%timeit -n1 -r1 1", "%%time\n1"
    )
    assert "input()" in asked[0]["text"] and listed[0]["text"] == "hello\n" and "got" in read[0]["text"]
    assert "loop" in timed[0]["text"] and "Wall time" in cell[0]["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.stdout = sys.stderr = None",
        "import sys\nsys.stdout.close(); sys.stderr.close()",
        "import json, socket\njson.dumps = json.loads = socket.socket.send = None",
        "import sys\nsys.modules.clear()",
        "import builtins\nbuiltins.len = builtins.isinstance = builtins.print = lambda *a: 0",
        "get_ipython().run_cell = get_ipython()._showtraceback = None",
        "%reset -f",
        "quit()",
        "import sys\nsys.exit()",
        "import os\nif not os.fork(): raise SystemExit",
        "import sys\nsys.setrecursionlimit(50)",
        "import utils.checks\nutils.checks.encode = lambda *a: b'0' * 50",
        "import utils.checks\nutils.checks.Student.__call__ = lambda self, request: {}['x']",
        "import threading, time\nthreading.Thread(target=lambda: [print(i) for i in range(100)], daemon=True).start()",
        "import numpy as np\nnp.random.seed = np.random.get_state = None",
        "import warnings\nwarnings.warn = warnings.catch_warnings = None",
    ],
)
def test_whatever_a_cell_breaks_earns_nothing_and_raises_nothing(source):
    tests = "assert f(1) == 2", 1
    results = examined(job(tests, "def f(x): return x", source, tests, ("pass", 1)), seconds=5)
    assert [results[n]["earned"] for n in ("c0", "c3")] == [0.0, 0.0]


# --- Bytes that a hijacked process may send


def message(tree, data=b""):
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return len(text).to_bytes(8, "big") + text + data


def reply(answer=None, number=1, **fields):
    effects = {"mutated": False, "numpy_global": False, "warnings": []}
    value = checks.encode(answer)
    return checks._joined({"id": number, "effects": effects, "value": len(value)} | fields, value)


@pytest.mark.parametrize(
    "garbled",
    [
        reply(number=True),
        reply(number=1.0),
        reply(number=2),
        reply(effects=None),
        reply(effects={"mutated": 1, "numpy_global": False, "warnings": []}),
        reply(effects={"mutated": True, "numpy_global": False, "warnings": [{"category": 1, "text": ""}]}),
        reply(effects={"mutated": True, "numpy_global": False, "warnings": "abc"}),
        reply(error="ValueError"),
        reply(error={"class": "ValueError", "bases": [], "text": ""}),
        *(reply(value=size) for size in (-1, 10**9, True, 2.0, "2")),
        checks._joined({"id": 1, "effects": {"mutated": False, "numpy_global": False, "warnings": []}}),
        checks._joined([1]),
        checks._joined({"id": 1}),
        reply()[:-1],
        reply() + b"?",
        message(b"[" * 100_000),
        b"",
        b"\xff" * 100,
    ],
)
def test_a_reply_that_is_none_ends_the_process(garbled):
    call = type("Channel", (), {"__call__": lambda self, request: garbled, "ended": None})()
    results = examiner.examine(job("x = 1", ("assert x", 1)), call, LIMITS)
    assert [results[n]["reason"] for n in ("c0", "c1")] == ["protocol", "not-run"] and call.ended == "protocol"


ODD_ANSWERS = [None, 7, [1], {}, {"kind": 1}, {"kind": ["x"], "type": ""}, {"kind": "value", "type": ""}]
ODD_ANSWERS += [{"kind": "function", "type": ""}, {"kind": "other", "type": "module"}, {"kind": "x", "type": "y"}]


@pytest.mark.parametrize("answer", ODD_ANSWERS)
@pytest.mark.parametrize("source", [HEAD + "def test_a(f): check.equal(f, 1)\ncheck.grade(1)", "assert f == 1"])
def test_an_odd_answer_to_a_question_for_a_name_fails_the_test(answer, source):
    def channel(request):
        head = checks._split(request)[0]
        return reply({"outputs": [], "error": None} if head["operation"] == "cell" else answer, head["id"])

    channel.ended = None
    results = examiner.examine(job("x = 1", (source, 1)), channel, LIMITS)
    assert results["c1"]["earned"] == 0.0


@pytest.mark.parametrize(
    "bytes_",
    [
        message(b"1e999999"),
        message(b"9" * 1_000_000),
        message(b"[" * 100_000),
        message({"float": "1e5" * 10**5}),
        message({"float": 1}),
        message({"int": "zz"}),
        message({"dict": [[{"list": []}, 1]]}),
        message({"dict": [[{"array": ["<i8", [1], True]}, 1]]}, bytes(8)),
        message({"dict": [[1, 2, 3]]}),
        message({"dict": 5}),
        message({"array": ["<i8", [2**62], True]}),
        message({"array": ["<i8", [2**62, 0], True]}),
        message({"array": ["<i8", [-1, -1], True]}, bytes(8)),
        message({"array": ["<i8", [True], True]}, bytes(8)),
        message({"array": ["<i8", [1.0], True]}, bytes(8)),
        message({"array": ["<i8", "1", True]}, bytes(8)),
        message({"array": ["<U0", [2**40], True]}),
        message({"array": ["<U999999999", [0], True]}),
        message({"array": ["|O8", [1], True]}, bytes(8)),
        message({"array": ["|V8", [1], True]}, bytes(8)),
        message({"array": ["a5", [1], True]}, bytes(8)),
        message({"array": ["i4,i4", [1], True]}, bytes(8)),
        message({"array": [["x", "<i8"], [1], True]}, bytes(8)),
        message({"array": ["<i8", [1]]}, bytes(8)),
        message({"array": ["<i8", [1] * 70, True]}, bytes(8)),
        message({"scalar": ["<i8", [1], True]}, bytes(8)),
        message({"list": [], "tuple": []}),
        message({"set": [1]}),
        message({}),
        message([1]),
        message(b"NaN"),
        (1 << 62).to_bytes(8, "big") + b"1",
        (checks.MAX_TREE + 1).to_bytes(8, "big") + b"1",
    ],
)
def test_bytes_that_are_no_value_are_a_protocol_error(bytes_):
    with warnings.catch_warnings(), pytest.raises(checks.ProtocolError):
        warnings.simplefilter("error")
        checks.decode(bytes_)


LARGE = [2**40_000, -(2**10_001), {float("nan"): 1}, {(1, "a"): [1]}, "\ud800", {"a": {}}, 10**3000, np.zeros((0, 3))]


@pytest.mark.parametrize("value", LARGE, ids=range(len(LARGE)))
def test_large_and_odd_plain_values_cross(value):
    back = checks.decode(checks.encode(value))
    assert repr(back) == repr(value) if not isinstance(value, int) else back == value


def test_too_large_and_too_deep_values_are_named_in_one_process_and_in_two():
    deep = "d = 0\nfor _ in range({}): d = [d]\ndef f(): return d\ndef g(): return 'x' * (1 << 24)"
    tests = HEAD + "def test_a(f): f(); check.true(True)\ndef test_b(g): g(); check.true(True)\ncheck.grade(2)"
    for depth, passes in ((checks.MAX_DEPTH, True), (checks.MAX_DEPTH + 1, False)):
        shell = checks.Shell()
        shell.run(deep.format(depth))
        shell.run(tests)
        here = {n: e and checks.line(n, e) for n, e in checks.last_report.outcomes.items()}
        there = examined(job(deep.format(depth), (tests, 2)))["c1"]["tests"]
        assert here == there and (here["test_a"] is None) == passes
        assert "16 MiB" in here["test_b"]


def test_many_warnings_in_a_call_cross():
    tests = HEAD + "def test_a(f, effects): check.equal(f(), 1); check.true(effects()['warnings'])\ncheck.grade(1)"
    source = "import warnings\ndef f():\n    for i in range(30_000): warnings.warn('w' * 600)\n    return 1"
    assert verdict(source, tests, 1) == (1.0, "passed")


# --- nbgrader's own example course


def examples():
    nbgrader = pytest.importorskip("nbgrader")
    guide = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    return [
        guide / who / "ps1" / "problem1.ipynb"
        for who in ("autograded/bitdiddle", "autograded/hacker", "source", "release")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_nbgraders_own_example_earns_what_it_earns_in_stock(number, tmp_path):
    from nbgrader.preprocessors import Execute
    from nbgrader.utils import determine_grade

    path = examples()[number]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        marked = {f"c{i}": cell for i, cell in enumerate(code) if checks.is_test_cell(cell)}
        cells = job(*((c.source, c.metadata.nbgrader.points) if checks.is_test_cell(c) else c.source for c in code))
        ours = examined(cells, tmp_path)
        Execute(kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(path.parent)}})
    assert {i: ours[i]["earned"] for i in marked} == {i: determine_grade(cell)[0] for i, cell in marked.items()}
