"""utils.checks: what crosses, what a test sees, what a graded cell returns; the same in one process and in two."""

import os
import subprocess
import sys
import warnings

import nbformat
import numpy as np
import pytest
import unsandboxed

from utils import checks

PLAIN = [
    None,
    True,
    10**30,
    -0.0,
    float("nan"),
    float("-inf"),
    "a\ud800é",
    [],
    [1, [2.5, None]],
    (1, (2,)),
    {"a": [1], 2: (3,), None: {}},
    np.arange(6.0).reshape(2, 3)[:, ::2],
    np.asfortranarray(np.arange(6, dtype="int16").reshape(2, 3)),
    np.zeros((0, 3), "float32"),
    np.array(3.0),
    np.array(["a", "bc"]),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.float32(1.5),
    np.bool_(True),
    np.int8(-3),
    np.str_("x"),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_keep_type_dtype_shape_and_value(value):
    back = checks.decode(checks.encode(value))
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype and back.shape == value.shape and back.flags.writeable


def test_read_only_arrays_stay_read_only():
    array = np.ones(2)
    array.flags.writeable = False
    assert not checks.decode(checks.encode(array)).flags.writeable


class Lying(float):
    def __float__(self):
        return 0.0

    def hex(self):
        return "0x0p0"

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def test_subclasses_cross_as_their_base_whatever_they_override():
    back = checks.decode(checks.encode(Lying(2.0)))
    assert type(back) is float and back == 2.0


class Wrapped:
    def __array__(self, dtype=None, copy=None):
        return np.arange(3)


def test_whatever_has_array_becomes_an_array():
    assert checks.decode(checks.encode([Wrapped()]))[0].tolist() == [0, 1, 2]


def _nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        *({1, 2}, (i for i in "ab"), len, object(), b"x", np.array([object()]), 1j, _nested(10_000)),
        *(np.datetime64("2026"), np.zeros((10**8, 0)), dict.fromkeys(range(10_001)), {Wrapped(): 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_refused_by_name(value):
    with pytest.raises(checks.NotPlain, match=r"is not plain data; accepted: None, bool"):
        checks.encode(value)


def test_garbage_never_decodes_to_anything_but_a_protocol_error():
    rng = np.random.default_rng(0)
    good = checks.encode({"id": 1, "value": [np.arange(5.0), "text", (1, 2.5)]})
    refused = 0
    for _ in range(3000):
        data = bytearray(good[: rng.integers(len(good))] if rng.random() < 0.3 else good)
        for _ in range(rng.integers(1, 6)):
            if data:
                data[rng.integers(len(data))] = rng.integers(256)
        try:
            checks.decode(bytes(data))
        except checks.ProtocolError:
            refused += 1
    assert refused > 1000
    for data in (b"", b"\0" * 7, b"\xff" * 40, checks.encode([1])[:-1]):
        with pytest.raises(checks.ProtocolError):
            checks.decode(data)
    many = b", ".join(b"[%d, 0]" % (i * (2**61 - 1)) for i in range(10_001))
    for node in (
        *(b'{"array": ["O", [1], true]}', b'{"array": ["<f8", [-1], true]}', b"[" * 100_000, b'{"dict": [%s]}' % many),
        *(b'{"array": ["<f8", [%s1], true]}' % (b"1, " * 64), b'{"array": ["<f8", [0, 100000000], true]}'),
    ):
        with pytest.raises(checks.ProtocolError):
            checks.decode(len(node).to_bytes(8, "big") + node + b"\0" * 8)


# --- Comparisons


@pytest.mark.parametrize(
    ("actual", "key"),
    [
        (2 * np.arange(1.0, 4.0), "double"),
        (np.arange(1.0, 4.0) / 2, "half"),
        (-np.arange(1.0, 4.0), "sign"),
        (np.arange(1.0, 4.0) ** 2, "square"),
        (np.sqrt(np.arange(1.0, 4.0)), "square-root"),
        (np.arange(1.0, 4.0) * np.log(10), "natural-log"),
        (np.arange(1.0, 4.0)[::-1], "reversed"),
        (np.arange(1.0, 4.0) + 7, "mine"),
        (np.arange(1.0, 3.0), "shape"),
        (np.array([1.0, np.nan, 3.0]), "not-finite"),
        (np.array([1.0, 2.0, 3.5]), "value-at"),
        (None, "none"),
        ([[1.0], [1.0, 2.0]], "ragged"),
        (["a", "b", "c"], "not-numbers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_close_names_the_mistake_that_the_numbers_show(actual, key):
    with pytest.raises(checks.Failed) as failure:
        checks.close(actual, np.arange(1.0, 4.0), slips={"mine": np.arange(8.0, 11.0)})
    assert failure.value.key == key and str(failure.value) != ""


def test_close_compares_entry_by_entry_in_equal_shapes():
    checks.close([1.0, np.inf, np.nan], np.array([1.0 + 1e-9, np.inf, np.nan]))
    checks.close(np.float32(0.1), 0.1, rtol=1e-7)
    checks.close((np.ones(2), np.zeros((2, 1))), [np.ones(2), np.zeros((2, 1))])
    checks.close(np.ones((2, 3)), [np.ones(3), np.ones(3)])
    for actual, expected in (
        (1.0, [1.0]),
        (np.ones((2, 1)), np.ones(2)),
        (np.inf, -np.inf),
        ([np.ones(2)], [np.ones(2), np.ones(2)]),
        (0.0, np.nan),
        (None, [np.ones(1)]),
    ):
        with pytest.raises(checks.Failed):
            checks.close(actual, expected)


@pytest.mark.parametrize("wrong", [[[0, 1, 2], [3]], [[0, 1], [2]], [[0, 1]], [0, 1], ["a", "b"], []], ids=repr)
def test_equal_says_what_differs_in_lists_of_unequal_lengths(wrong):
    with pytest.raises(checks.Failed) as failure:
        checks.equal(wrong, [[0, 1], [2, 3, 4]])
    assert failure.value.key in ("value", "value-at")
    with pytest.raises(checks.Failed):
        checks.equal([1, "a"], [1, 2])


def test_equal_treats_sequences_alike_unless_the_type_is_named():
    for actual in ([1, 2], (1, 2), np.array([1, 2])):
        checks.equal(actual, [1, 2])
    checks.equal({"a": (1.0, np.nan)}, {"a": [np.float32(1), np.nan]})
    for wrong in (1, [1], [2, 1], [[1, 2]], None, "12"):
        with pytest.raises(checks.Failed):
            checks.equal(wrong, [1, 2])
    with pytest.raises(checks.Failed, match="tuple"):
        checks.equal((1, 2), [1, 2], same_type=True)


def test_a_failed_comparison_shows_digits_that_differ():
    with pytest.raises(checks.Failed) as failure:
        checks.close(1.0000001, 1.0, rtol=1e-9)
    assert failure.value.values["received"] != failure.value.values["expected"]


def test_dtype():
    checks.dtype(np.float32(1), "float32")
    checks.dtype(1.0, "float64")
    with pytest.raises(checks.Failed):
        checks.dtype(np.ones(1), "float32")


# --- One cell, two ways of running it

STUDENT = """
import numpy as np
answer, nothing, odd = "b", None, object()
def twice(z):
    return 2 * z
def writes(z):
    z *= 2
    return z.sum()
def deep(d):
    d["a"].append(1)
    d["b"][0] = 9.0
    return d
def seeds():
    np.random.seed(0)
    return 1
def noisy(z):
    import sys, warnings
    print("text"); print("text", file=sys.stderr)
    warnings.warn("careful")
    return np.exp(z)
def quiet(z):
    with np.errstate(all="ignore"):
        return np.exp(z)
class Own(Exception):
    pass
class Special(ValueError):
    def __str__(self):
        raise SystemExit
def throws(kind):
    raise {"own": Own, "special": Special, "stop": StopIteration, "exit": SystemExit, "memory": MemoryError,
           "interrupt": KeyboardInterrupt, "assert": AssertionError, "generator": GeneratorExit}[kind]("why")
def stub(z):
    raise NotImplementedError
def returns(kind):
    return {"set": {1}, "generator": (i for i in range(3)), "function": returns, "big": [1] * 1000, "none": None}[kind]
def draws(n):
    return np.random.default_rng(n).random(3)
np.seterr(all="ignore")
import warnings; warnings.simplefilter("ignore")
"""

TESTS = """
import numpy as np
import warnings
from utils import checks as check
def test_value(twice, rng):
    z = rng.normal(size=(3, 2))
    check.close(twice(z), 2 * z)
def test_float32(twice):
    check.dtype(twice(np.ones(2, "float32")), "float32")
def test_wrong(twice):
    check.close(twice(np.arange(1.0, 4.0)), np.arange(1.0, 4.0))
def test_mutation_shows(writes, effects):
    z = np.ones(3)
    check.equal(writes(z), 6.0)
    check.equal(effects()["mutated"], True)
    check.equal(effects()["arguments"]["args"], [[2.0, 2.0, 2.0]])
def test_mutation_does_not_reach_the_tests_own(writes):
    z = np.ones(3)
    check.equal(writes(z), 6.0)
    check.equal(z, [1.0, 1.0, 1.0])
def test_deep_mutation_shows(deep, effects):
    d = {"a": [], "b": np.zeros(2)}
    deep(d)
    check.equal(d, {"a": [], "b": [0.0, 0.0]})
    check.equal(effects()["arguments"]["args"], [{"a": [1], "b": [9.0, 0.0]}])
def test_read_only(writes):
    z = np.ones(3)
    z.flags.writeable = False
    check.raises("ValueError", writes, z)
def test_plain(answer, nothing):
    check.equal([answer, nothing], ["b", None])
def test_odd(odd): check.true(True)
def test_missing(absent): check.true(True)
def test_global_state(seeds, effects):
    seeds()
    check.equal(effects()["numpy_global"], True)
def test_own_generator(draws, effects):
    check.close(draws(1), draws(1))
    check.equal(effects()["numpy_global"], False)
def test_warnings(noisy, effects):
    noisy(1000.0)
    check.equal(sorted(w["category"] for w in effects()["warnings"]), ["RuntimeWarning", "UserWarning"])
def test_warnings_again(noisy, effects):
    noisy(np.float64(1000.0))
    check.equal(len(effects()["warnings"]), 2)
def test_no_warnings(quiet, effects):
    quiet(np.float64(1000.0))
    check.equal(effects()["warnings"], [])
def test_filter_travels(noisy):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check.raises("UserWarning", noisy, 1.0)
def test_errstate_travels(twice):
    with np.errstate(over="raise"):
        check.raises("FloatingPointError", twice, np.array([1e308]))
def test_own_class(throws): check.raises("Exception", throws, "own")
def test_subclass(throws): check.raises("ValueError", throws, "special")
def test_stop(throws):
    for a, b in zip(map(throws, ["stop"]), [1]):
        check.equal(a, b)
def test_exit(throws): check.raises("SystemExit", throws, "exit")
def test_memory(throws): check.raises("MemoryError", throws, "memory")
def test_interrupt(throws): check.raises("KeyboardInterrupt", throws, "interrupt")
def test_assertion(throws): check.raises("ValueError", throws, "assert")
def test_generator_exit(throws): throws("generator")
def test_stub(stub): check.raises("NotImplementedError", stub, 1)
def test_stub_value(stub): check.equal(stub(1), 2)
def test_set(returns): check.raises("TypeError", returns, "set")
def test_generator(returns): check.equal(returns("generator"), [0, 1, 2])
def test_function(returns): check.equal(returns("function"), 1)
def test_big(returns): check.equal(len(returns("big")), 1000)
def test_none(returns): check.close(returns("none"), 1.0)
def test_odd_use(returns): check.equal(returns("none")[0], 1.0)
def test_nothing_checked(twice): twice(1)
def test_empty_loop(returns):
    for a, b in zip([], returns("big")):
        check.equal(a, b)
check.grade(7)
"""
FAIL = {
    "wrong", "odd", "missing", "stop", "assertion", "generator_exit", "stub", "stub_value", "set", "generator",
    "function", "none", "odd_use", "nothing_checked", "empty_loop",
}  # fmt: skip


def both(student, tests, folder):
    """The reports of one cell in one process and in two."""
    shell = checks.Shell()
    assert shell.run(student) is None
    shell.run(tests)
    here = checks.last_report
    with unsandboxed.Examiner(folder) as session:
        assert session.run(student) is None
        there = session.test(tests)
    return here, there


def test_one_process_and_two_give_the_same_lines(tmp_path):
    here, there = both(STUDENT, TESTS, tmp_path)
    assert here.lines() == there.lines()
    assert all(len(line) <= 80 for line in here.lines())
    failed = {name.removeprefix("test_") for name, error in here.outcomes.items() if error is not None}
    assert failed == FAIL
    assert here.earned == there.earned == round(7 * (1 - len(FAIL) / len(here.outcomes)), 4)


def test_numbers_belong_to_the_cohort_and_the_test(monkeypatch):
    draw = {}
    for seed in ("1", "2", "1"):
        monkeypatch.setenv("COURSE_SEED", seed)
        draw.setdefault(seed, []).append((checks.generator("test_a").random(), checks.generator("test_b").random()))
    assert draw["1"][0] == draw["1"][1] != draw["2"][0]
    assert draw["1"][0][0] != draw["1"][0][1]


# --- effects


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("None", "none"),
        ("0.0", "blank"),
        ("[]", "blank"),
        ("{'a': np.zeros((2, 0)), 'b': ()}", "blank"),
        ("[np.zeros(2), [None, False], -0.0]", "blank"),
        ("[np.zeros(2), [None, True]]", None),
        ("float('nan')", None),
        ("np.array(['a'])", None),
        ("'healthy'", None),
    ],
)
def test_who_answers_nothing_earns_nothing_by_leaving_all_as_it_was(answer, key):
    source = "def test_a(f, effects):\n    f()\n    check.true(not effects()['mutated'])\ncheck.grade(1)"
    error = graded(source, f"import numpy as np\ndef f(): return {answer}")[1].outcomes["test_a"]
    assert error is None if key is None else error.key == key


# --- grade


def graded(source, student=""):
    shell = checks.Shell()
    if student:
        shell.run(student)
    return shell.run("from utils import checks as check\n" + source), checks.last_report


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("check.grade(1)", "no test_"),
        ("def test_a(): check.true(True)\ndef test_a(): check.true(True)\ncheck.grade(1)", "twice"),
        ("def test_a(): check.true(True)\ncheck.grade(float('nan'))", "received nan"),
        ("def test_a(): check.true(True)\ncheck.grade(-1)", "received -1"),
        ("def test_a(): check.true(True)\ncheck.grade('2')", "received '2'"),
    ],
)
def test_a_cell_that_breaks_the_convention_is_an_error(source, message):
    error, report = graded(source)
    assert isinstance(error, checks.TestCellError) and message in str(error) and report is None


def test_only_the_cells_own_tests_count():
    student = "def test_mine(): pass\ndef test_a(): raise ValueError\nclose = np = check = grade = sum = range = None"
    source = "def total(): return sum(range(3))\ndef test_a(): check.equal(total(), 3)\n"
    source += "def test_b(): check.true(False)\ncheck.grade(3)"
    error, report = graded(source, student)
    assert error is None and list(report.outcomes) == ["test_a", "test_b"]
    assert type(report.earned) is float and report.earned == 1.5


def test_when_no_test_passes_the_error_is_the_lines_themselves():
    error, report = graded("def test_a(): check.true(False)\ndef test_b(f): f()\ncheck.grade(3)")
    assert isinstance(error, checks.NothingPassed) and error._render_traceback_() == report.lines()
    assert [line[0] for line in report.lines()] == ["✗", "✗"] and report.earned == 0


def test_grade_rounds_to_four_decimals_and_prints_one_line_per_test(capsys):
    namespace = {}
    source = "\n".join(
        ["from utils import checks as check"]
        + [f"def test_{i}(): check.true({i} > 0)" for i in range(3)]
        + ["earned = check.grade(1)"]
    )
    import linecache

    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    exec(compile(source, "<cell>", "exec"), namespace)
    assert namespace["earned"] == 0.6667
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize("language", ["es", "en"])
def test_messages_follow_the_language(monkeypatch, language):
    monkeypatch.setenv("COURSE_LANG", language)
    text = checks.diagnosis(checks.Failed("dtype", expected="float32", received="float64"))
    assert text == {"es": "dtype float64, debe ser float32", "en": "dtype float64, must be float32"}[language]


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        ("{1}", "devuelve set: usa datos simples", "returns set: use plain data"),
        ("np.array([object()])", "devuelve un array de dtype object: usa datos simples",
         "returns an array of dtype object: use plain data"),
        ("nested", "devuelve un dato con más de 40 niveles: usa datos simples",
         "returns a value of more than 40 levels: use plain data"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_named_in_the_language(monkeypatch, value, spanish, english):
    student = f"import numpy as np\nnested = 0\nfor _ in range(50): nested = [nested]\ndef f(): return {value}\ng = f()"
    tests = "def test_a(f): check.equal(f(), 1)\ndef test_b(g): check.equal(g, 1)\n"
    for language, text in (("es", spanish), ("en", english)):
        monkeypatch.setenv("COURSE_LANG", language)
        error, _ = graded(tests + "check.grade(1)", student)
        kind = text.partition(" ")[2].partition(":")[0]
        assert str(error).splitlines() == [
            f"✗ test_a: {text}",
            {"es": f"✗ test_b: «g» es {kind}: usa datos simples", "en": f"✗ test_b: “g” is {kind}: use plain data"}[
                language
            ],
        ]


@pytest.mark.parametrize("error", [checks.ProtocolError("malformed"), checks.StudentError("ProtocolError", [], "x")])
def test_a_garbled_reply_is_named_in_the_language(error):
    assert checks.line("test_a", error) == "✗ test_a: la respuesta no se pudo leer"


def test_text_on_stderr_and_warnings_inside_calls_leave_nothing_behind(capfd):
    student = "import sys, warnings\ndef f():\n    warnings.warn('w'); print('x', file=sys.stderr); return 1"
    _, report = graded("def test_a(f): check.true(f() > 0)\ncheck.grade(1)", student)
    assert report.earned == 1.0
    assert capfd.readouterr().err == ""


# --- Two processes: what may go wrong there


def test_a_process_that_dies_fails_its_tests_and_no_more(tmp_path):
    student = "import os\ndef dies(): os._exit(0)\ndef fine(): return 1"
    source = (
        "from utils import checks as check\ndef test_a(fine): check.equal(fine(), 1)\n"
        "def test_b(dies): check.equal(dies(), 1)\ndef test_c(fine): check.equal(fine(), 1)\ncheck.grade(3)"
    )
    with unsandboxed.Examiner(tmp_path) as session:
        session.run(student)
        report = session.test(source)
    assert [error is None for error in report.outcomes.values()] == [True, False, False]
    assert report.earned == 1.0


def test_a_call_past_its_deadline_ends_the_process(tmp_path):
    with unsandboxed.Examiner(tmp_path, seconds=20) as session:
        session.run("1")
        session.link.settimeout(0.5)
        error = session.run("while True: pass")
        assert error.reason == "timeout" and session.process.exitcode is not None


def test_bytes_written_into_the_socket_by_student_code_end_the_process(tmp_path):
    with unsandboxed.Examiner(tmp_path, seconds=20) as session:
        garble = "import os\nfor fd in range(3, 1024):\n    try: os.write(fd, b'x' * 64)\n    except OSError: pass"
        session.run(garble)
        assert session.run("1").reason == "protocol"


def test_the_student_process_never_imports_a_module_from_its_folder(tmp_path):
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "__init__.py").write_text("raise SystemExit")
    with unsandboxed.Examiner(tmp_path) as session:
        assert session.run("from utils import checks\nassert 'raise' not in open(checks.__file__).readline()") is None


def test_examine_runs_a_notebook_in_order_and_keeps_tests_out_of_the_student_process(tmp_path):
    def cell(source, identifier, tags=(), **mark):
        meta = {"nbgrader": {"grade": False, "solution": False, **mark}} if mark else {}
        return nbformat.v4.new_code_cell(source, id=identifier, metadata=meta | {"tags": list(tags)})

    cells = [
        cell("reference = 3", "shared", tags=["examiner"]),
        cell("seen = []\ndef f(x):\n    seen.append('hidden_value' in globals())\n    return 3 * x", "answer"),
        cell(
            "from utils import checks as check\nhidden_value = 6\n"
            "def test_a(f): check.equal(f(2), hidden_value)\ndef test_b(f): check.equal(f(1), reference)\n"
            "check.grade(2)",
            "tests",
            grade=True,
        ),
        cell(
            "from utils import checks as check\ndef test_s(seen): check.equal(seen, [False] * 2)\ncheck.grade(1)",
            "t2",
            grade=True,
        ),
        cell("import nowhere", "broken", grade=True),
    ]
    results = unsandboxed.examine_trusted(nbformat.v4.new_notebook(cells=cells), tmp_path)
    assert results["tests"].earned == 2.0 and results["t2"].earned == 1.0
    assert isinstance(results["broken"], ModuleNotFoundError)


# --- The layer fixture

LAYER = """
import numpy as np, keras
class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
    def build(self, shape):
        self.s = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.factor))
        self.fixed = self.add_weight(shape=(), initializer="ones", trainable=False)
    def call(self, x, training=False):
        return x * self.s * (10.0 if training else 1.0)
    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
"""
LAYER_TESTS = """
import numpy as np
from utils import checks as check
x = np.array([[1.0, 2.0]], "float32")
def test_output(layer):
    h = layer("Scale", factor=3.0)
    check.close(h(x), 3 * x)
    check.close(h(x, training=None), 3 * x)
    check.close(h(x, training=True), 30 * x)
def test_gradients(layer):
    h = layer("Scale")
    h(x)
    dx, ds = h.gradients(x, np.ones_like(x))
    check.close(dx, 2 * np.ones_like(x))
    check.close(ds, 3.0)
def test_weights(layer):
    h = layer("Scale")
    h(x)
    check.equal([len(h.weights), len(h.trainable)], [2, 1])
    h.weights = [5.0, 1.0]
    check.close(h(x), 5 * x)
def test_reloaded(layer):
    h = layer("Scale", factor=3.0)
    h(x)
    h.weights = [7.0, 1.0]
    check.close(h.reloaded((2,))(x), 7 * x)
def test_unknown(layer):
    check.raises("KeyError", layer, "Absent")
check.grade(5)
"""


@pytest.mark.slow
def test_the_layer_fixture_in_one_process_and_two(tmp_path):
    script = tmp_path / "both.py"
    script.write_text(
        "import sys\nsys.path.insert(0, sys.argv[1])\nfrom test_checks import LAYER, LAYER_TESTS, both\n"
        "for report in both(LAYER, LAYER_TESTS, '.'): print(report.earned, *report.lines(), sep='|')\n"
    )
    here = os.path.dirname(__file__)
    done = subprocess.run([sys.executable, script, here], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()[-2:]
    assert lines[0] == lines[1] and lines[0].startswith("5.0|"), lines


def test_the_module_imports_only_numpy():
    code = "import sys; from utils import checks; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "IPython", "scipy", "matplotlib", "pytest"} & set(done.stdout.split())


def test_filters_of_the_caller_do_not_matter():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        student = "import warnings\ndef f():\n    warnings.warn('w')\n    return 1"
        _, report = graded("def test_a(f): check.equal(f(), 1)\ncheck.grade(1)", student)
    assert report.earned == 1.0
