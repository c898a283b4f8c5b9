import itertools
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special

from utils import activations, theory
from utils.activations import (
    ACTIVATIONS,
    SELU_ALPHA,
    SELU_SCALE,
    Activation,
    get,
    logistic,
    logistic_prime,
    tanh_prime,
)
from utils.initializers import SCHEMES

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = [
    *((name, {}) for name in ACTIVATIONS),
    *(("leaky_relu", {"alpha": alpha}) for alpha in (1.5, 1.0, 0.0, -0.5)),
    ("elu", {"alpha": 2.0}),
    ("gelu", {"form": "tanh"}),
    ("gelu", {"form": "logistic"}),
    *(("swish", {"beta": beta}) for beta in (0.0, 10.0, -2.0)),
    ("swish", {"beta": 1.5, "learned": True}),
    ("rrelu", {"convention": "divisor"}),
    ("rrelu", {"lower": 0.1, "upper": 0.5}),
]
IDS = ["-".join(map(str, [name, *params.values()])) for name, params in VARIANTS]
EVERY = pytest.mark.parametrize("act", [get(name, **params) for name, params in VARIANTS], ids=IDS)


def functions(act):
    return [f for f in (act.fn, act.prime, act.second) if f]


@EVERY
def test_each_derivative_is_the_slope_of_the_function_before(act):
    h = 1e-3 / max(1, *map(abs, act.params.values()), 1)  # error ~ h⁴ + eps/h
    z = np.linspace(-9.03, 9.01, 203)
    assert np.abs(z - np.array([[-3], [0], [3]])).min() > 2 * h  # no difference spans a point where φ' or φ'' jumps
    for f, slope in itertools.pairwise(functions(act)):
        differences = (8 * (f(z + h) - f(z - h)) - f(z + 2 * h) + f(z - 2 * h)) / (12 * h)
        np.testing.assert_allclose(slope(z), differences, rtol=1e-9, atol=3e-10)


@EVERY
def test_smoothness_and_kinks(act):
    step = 2.0**-13
    z = np.arange(-6, 6 + step, step)
    jumps = np.abs(np.diff(act.prime(z)))
    bends = np.abs(np.diff(act.prime(z), n=2)) / step
    found = "C0" if jumps.max() > 0.1 else "C1" if bends.max() > 0.1 else "C∞"
    assert act.smoothness == found
    between = np.flatnonzero(jumps > 0.1)
    assert [z[i] <= kink <= z[i + 1] for i, kink in zip(between, act.kinks, strict=True)] == [True] * len(act.kinks)
    if act.second and act.smoothness != "C∞":
        assert abs(act.second(1e-9) - act.second(-1e-9)) > 0.1


@EVERY
def test_lipschitz_constant_is_the_supremum(act):
    if act.name == "relu_squared":
        assert act.lipschitz == math.inf == act.end_slopes[1]
        return
    z = np.sort([*np.linspace(-60, 60, 60_001), *(k + d for k in act.kinks for d in (-1e-15, 1e-15))])
    slopes = np.abs(act.prime(z))
    top = np.clip(slopes.argmax(), 1, len(z) - 2)
    bounds = z[[top - 1, top + 1]]
    finer = optimize.minimize_scalar(
        lambda t: -abs(act.prime(t)), bounds=bounds, method="bounded", options={"xatol": 1e-9}
    )
    assert max(slopes.max(), -finer.fun) == pytest.approx(act.lipschitz, rel=3e-15)


@EVERY
def test_minimum(act):
    z = np.linspace(-30, 30, 60_001)
    if act.minimum is None:
        sign = np.sign(act.prime(z))
        turns = np.diff(sign[sign != 0])
        assert not (turns > 0).any()
    else:
        lowest, value = act.minimum
        assert value == pytest.approx(act(lowest), rel=4e-16) and value <= act(z).min()
        around = [lowest * (1 + 1e-13) - 1e-300, lowest * (1 - 1e-13) + 1e-300]
        assert act.prime(around[0]) < 0 < act.prime(around[1])


@EVERY
def test_limits_and_end_slopes(act):
    for values, f in [(act.limits, act.fn), (act.end_slopes, act.prime)]:
        assert not np.isnan(values).any()
        for end, limit in zip((-1e4, 1e4), values, strict=True):
            if math.isinf(limit):
                assert np.sign(f(end)) == np.sign(limit) and abs(f(end)) > 1e3
            else:
                assert f(end) == pytest.approx(limit, abs=1.1e-4)


@EVERY
def test_other_facts(act):
    references = (ROOT / "book/references.bib").read_text("utf-8")
    assert act.initialization in SCHEMES
    assert act.paper is None or re.search(rf"^@\w+{{{act.paper},$", references, re.MULTILINE)
    assert act.name in ACTIVATIONS and get(act) is act and hash(act) is not None
    assert all(type(value) is float for value in [act.lipschitz, *act.params.values(), *act.limits, *act.kinks])
    assert act.learned.keys() <= act.params.keys()


@EVERY
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)])
def test_shape_and_dtype_are_kept_and_nothing_is_written(act, shape):
    for given, expected in [
        ("float16", "float16"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("int64", "float64"),
        ("bool", "float64"),
    ]:
        z = np.full(shape, 3).astype(given)
        before = z.copy()
        for f in functions(act):
            out = f(z)
            assert np.shape(out) == shape and out.dtype == expected and not np.shares_memory(out, z)
        np.testing.assert_array_equal(z, before)
    assert act(2) == act(np.float64(2)) == act([2])[0]


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_whole_range_of_the_dtype_without_a_warning(act, dtype):
    info = np.finfo(dtype)
    size = np.append(np.geomspace(float(info.tiny), float(info.max) / 2, 400), [info.smallest_subnormal, info.max])
    z = np.sort(np.concatenate([-size, [0], size]).astype(dtype))
    with np.errstate(all="raise", under="ignore"):
        phi, slope, *second = (f(z) for f in functions(act))
        ends = [f(np.array([-np.inf, np.inf, np.nan], dtype)) for f in functions(act)]
    # φ and φ' may exceed the range only where the true value does.
    room = np.sqrt(info.max) if act.lipschitz == math.inf else info.max / np.float64(max(1, act.lipschitz))
    assert np.isfinite(phi[np.abs(z) < room]).all() and not np.isnan(phi).any()
    assert np.isfinite(slope[np.abs(z) < info.max / 2]).all() and not np.isnan(slope).any()
    assert np.isfinite(second).all()
    assert all((np.isnan(values) == [False, False, True]).all() for values in ends)
    if (slope >= 0).all() and act.minimum is None:
        finite = phi[np.isfinite(phi)]
        assert (np.diff(finite) >= -4 * info.eps * np.abs(finite[1:])).all()


@EVERY
def test_float32_keeps_its_precision(act):
    z = np.linspace(-80, 80, 3201).astype(np.float32)
    for f in functions(act):
        exact = f(z.astype(np.float64))
        scale = np.abs(exact) + 0.1 * np.abs(np.gradient(exact, z))  # near a root the error is that of z
        normal = scale > np.finfo(np.float32).tiny * 1e3
        assert (np.abs(f(z) - exact)[normal] <= 2e-5 * scale[normal]).all()


def test_logistic_tails_and_identities():
    z = np.linspace(-700, 700, 100_001)
    np.testing.assert_allclose(logistic(z[z < -40]), np.exp(z[z < -40]), rtol=1e-12)
    np.testing.assert_allclose(logistic(z) + logistic(-z), 1, rtol=1e-15)
    near = z[np.abs(z) < 20]
    np.testing.assert_allclose(logistic(near), 1 / (1 + np.exp(-near)), rtol=1e-12)
    assert logistic(0) == 0.5 and logistic_prime(0) == 0.25


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_logistic_prime_keeps_both_tails(dtype, rtol):
    z = np.linspace(-80, 80, 1601, dtype=dtype)
    exact = 1 / (4 * np.cosh(z.astype(np.float64) / 2) ** 2)
    np.testing.assert_allclose(logistic_prime(z), exact, rtol=rtol)
    np.testing.assert_allclose(
        tanh_prime(z[np.abs(z) < 40]), 1 / np.cosh(np.float64(z[np.abs(z) < 40])) ** 2, rtol=rtol
    )


def test_left_tails_to_full_relative_precision():
    z = np.linspace(-37, -4, 1001)  # from −4 on, no root and no cancellation
    half = np.exp(-(z**2) / 2) / 2
    phi = half * special.erfcx(-z / math.sqrt(2))
    density = 2 * half / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(activations.gelu(z), z * phi, rtol=1e-12)
    np.testing.assert_allclose(activations.gelu_prime(z), phi + z * density, rtol=1e-11)
    np.testing.assert_allclose(activations.gelu_second(z), (2 - z**2) * density, rtol=1e-12)
    z = np.linspace(-700, -4, 1001)
    e = np.exp(z)
    np.testing.assert_allclose(activations.softplus(z), np.log1p(e), rtol=1e-12)
    np.testing.assert_allclose(activations.swish(z), z * e / (1 + e), rtol=1e-12)
    np.testing.assert_allclose(activations.swish_prime(z), e * (1 + z + e) / (1 + e) ** 2, rtol=1e-12)
    gate = np.tanh(np.log1p(e))
    np.testing.assert_allclose(activations.mish(z), z * gate, rtol=1e-12)
    np.testing.assert_allclose(activations.mish_prime(z), gate + z * (1 - gate**2) * e / (1 + e), rtol=1e-12)


def test_gelu_tanh_form_is_that_of_the_paper():
    z = np.linspace(-4, 4, 401)
    paper = 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    np.testing.assert_allclose(activations.gelu(z, "tanh"), paper, atol=1e-15)
    np.testing.assert_array_equal(activations.gelu(z, "logistic"), activations.swish(z, 1.702))


# E φ, E φ², E φ'² for Z ~ N(0, 1), claims table 1b.
MOMENTS = {
    "logistic": (0.5, 0.2933790359, 0.0448362414),
    "tanh": (0, 0.3942944904, 0.4644029024),
    "softsign": (0, 0.1830140213, 0.2276713404),
    "softplus": (0.8060591833, 0.9212459089, 0.2933790359),
    "relu": (0.3989422804, 0.5, 0.5),
    "leaky_relu": (0.3191538243, 0.52, 0.52),
    "prelu": (0.2992067103, 0.53125, 0.53125),
    "elu": (0.1605205723, 0.6449454175, 0.6681020012),
    "selu": (0, 1, 1.0715749925),
    "gelu": (0.2820947918, 0.4252214826, 0.4558508656),
    "swish": (0.2066209641, 0.3557755198, 0.3794823516),
    "mish": (0.2404038884, 0.4523421924, 0.4790837584),
    "hard_swish": (0.1662167007, 0.3315673751, 0.3585315172),
    "relu_squared": (0.5, 1.5, 2.0),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_gaussian_moments(name):
    act = get(name)
    functions = (act.fn, lambda z: act(z) ** 2, lambda z: act.prime(z) ** 2)
    found = [theory.gaussian_expectation(f, kinks=act.kinks) for f in functions]
    np.testing.assert_allclose(found, MOMENTS[name], rtol=0, atol=6e-11)


def test_gelu_moments_in_closed_form():
    root = math.pi * math.sqrt(3)
    exact = [1 / (2 * math.sqrt(math.pi)), 1 / 3 + 1 / (2 * root), 1 / 3 + 2 / (3 * root)]  # claim 39
    np.testing.assert_allclose(MOMENTS["gelu"], exact, atol=6e-11)


def test_selu_constants():
    published = (1.6732632423543772, 1.0507009873554805)  # claim 30
    assert published == pytest.approx((SELU_ALPHA, SELU_SCALE), rel=4e-16)
    assert theory.gaussian_expectation(activations.selu) == pytest.approx(0, abs=1e-14)
    assert theory.gaussian_expectation(lambda z: activations.selu(z) ** 2) == pytest.approx(1, rel=1e-14)
    assert get("selu").limits[0] == pytest.approx(-1.7580993408473766, rel=4e-16)  # claim 36


def test_published_constants():
    minima = {"swish": (-1.278465, -0.278465), "gelu": (-0.751792, -0.169971), "mish": (-1.192431, -0.308843)}
    for name, minimum in minima.items():  # claim 47
        assert get(name).minimum == pytest.approx(minimum, abs=6e-7)
    for name, constant in {"gelu": 1.128904, "swish": 1.099839, "mish": 1.088498, "selu": 1.758099}.items():
        assert get(name).lipschitz == pytest.approx(constant, abs=6e-7)  # claim 48
    w = special.lambertw(1 / math.e).real
    assert get("swish", beta=2).minimum == pytest.approx((-(1 + w) / 2, -w / 2), rel=1e-15)


@pytest.mark.parametrize(
    ("first", "second", "error", "at"),
    [
        (("gelu", {"form": "tanh"}), ("gelu", {}), 4.7324e-4, 2.699),  # claim 40
        (("gelu", {"form": "logistic"}), ("gelu", {}), 0.020335, 2.2704),  # claim 41
        (("swish", {"beta": 1.772934}), ("gelu", {}), 0.013922, None),
        (("hard_swish", {}), ("swish", {}), 0.142278, 3.0),  # claims, below table 1b
        (("swish", {}), ("gelu", {}), 0.193002, None),
        (("mish", {}), ("swish", {}), 0.184351, None),
        (("gelu", {}), ("relu", {}), 0.169971, 0.751792),
    ],
)
def test_distance_of_two_functions(first, second, error, at):
    z = np.linspace(-10, 10, 200_001)
    distance = np.abs(get(first[0], **first[1])(z) - get(second[0], **second[1])(z))
    assert distance.max() == pytest.approx(error, abs=max(6e-7, 1e-4 * error * (at is None)))
    assert at is None or abs(z[distance.argmax()]) == pytest.approx(at, abs=6e-4)


def test_rrelu_conventions():
    u = (np.arange(100_000) + 0.5) / 100_000
    paper, frameworks = get("rrelu", convention="divisor"), get("rrelu")
    assert paper.params["alpha"] == pytest.approx(2 / 11) and frameworks.params["alpha"] == pytest.approx(11 / 48)
    assert paper.sample(u).mean() == pytest.approx(math.log(8 / 3) / 5, abs=1e-9)  # claim 26
    assert (paper.sample(u) ** 2).mean() == pytest.approx(1 / 24, abs=1e-9)
    assert frameworks.sample(u).mean() == pytest.approx(11 / 48)
    for act in (paper, frameworks):
        np.testing.assert_allclose(np.sort(act.sample(np.array([0, 1]))), [1 / 8, 1 / 3])
    narrow = get("rrelu", lower=0.1, upper=0.5)
    np.testing.assert_allclose(narrow.sample(np.array([0, 0.5, 1])), [0.1, narrow.params["alpha"], 0.5])
    assert activations.rrelu(-1.0, 3, 8, "divisor") == paper(-1.0)
    assert get("relu").sample is None


def test_learned_parameters():
    assert get("prelu").learned == {"alpha": "unit"} and get("prelu").params == {"alpha": 0.25}
    assert get("swish", learned=True).learned == {"beta": "layer"} and get("swish").learned == {}


def in_keras(keras):
    """Our variants beside the function of Keras; with the precision of the constants inside the latter."""
    k, single = keras.activations, 1e-8  # TensorFlow rounds these constants to float32 even among float64
    for name in ACTIVATIONS:
        if (act := get(name)).keras:
            yield act, k.get(act.keras), single if name in ("gelu", "leaky_relu") else 2e-15
    yield get("leaky_relu", alpha=1.5), lambda z: k.leaky_relu(z, negative_slope=1.5), 2e-15
    yield get("leaky_relu", alpha=-0.5), lambda z: k.leaky_relu(z, negative_slope=-0.5), 2e-15
    yield get("prelu"), lambda z: k.leaky_relu(z, negative_slope=0.25), 2e-15
    yield get("elu", alpha=2), lambda z: k.elu(z, alpha=2), 2e-15
    yield get("gelu", form="tanh"), lambda z: k.gelu(z, approximate=True), 2e-7


def test_agrees_with_keras_in_value_and_slope(keras):
    import tensorflow as tf

    z = np.concatenate([np.linspace(-30, 30, 601), [0.0, -3.0, 3.0]])
    assert {0.0, -3.0, 3.0} <= {*z}
    for act, theirs, precision in in_keras(keras):
        t = tf.constant(z)
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = theirs(t)
        np.testing.assert_allclose(act(z), y, rtol=0, atol=30 * precision, err_msg=act.name)
        np.testing.assert_allclose(act.prime(z), tape.gradient(y, t), rtol=0, atol=30 * precision, err_msg=act.name)
        assert act.keras is None or theirs.__name__ == act.keras


def value_and_gradients(tf, act, z, params, compiled=False):
    @tf.function(jit_compile=compiled)
    def run(z, params):
        with tf.GradientTape() as tape:
            tape.watch((z, params))
            y = act.graph(tf, z, **params)
        return y, *tape.gradient(y, (z, params))

    y, dz, dparams = run(tf.constant(z), {name: tf.constant(value, z.dtype) for name, value in params.items()})
    return y.numpy(), dz.numpy(), {name: d.numpy() for name, d in dparams.items()}


@EVERY
def test_graph_and_its_gradients(act, keras):
    import tensorflow as tf

    z = np.concatenate([np.linspace(-20, 20, 801), act.kinks, [-1e4, 1e4]])
    y, dz, _ = value_and_gradients(tf, act, z, act.params)
    np.testing.assert_allclose(y, act(z), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(dz, act.prime(z), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(act.graph(tf, tf.constant(z), **act.params), y, rtol=1e-15)  # numbers as parameters
    z, h = z[:801], 1e-5
    _, _, dparams = value_and_gradients(tf, act, z, act.params)
    for name, found in dparams.items():
        function, value = act.fn.func, act.params[name]
        differences = (function(z, **{name: value + h}) - function(z, **{name: value - h})) / (2 * h)
        assert found == pytest.approx(differences.sum(), rel=1e-8, abs=1e-6)


@EVERY
def test_compiled_float32_graph_stays_finite(act, keras):
    import tensorflow as tf

    size = np.concatenate([[0.0, 3.0], np.geomspace(1e-30, 1e4, 500)])
    z = np.concatenate([-size, size]).astype(np.float32)
    y, dz, dparams = value_and_gradients(tf, act, z, act.params, compiled=True)
    scale = 1 + np.abs(act(z.astype(np.float64)))
    assert (np.abs(y - act(z.astype(np.float64))) <= 3e-6 * scale).all()
    np.testing.assert_allclose(dz, act.prime(z.astype(np.float64)), rtol=3e-6, atol=3e-5)
    assert all(np.isfinite(d).all() for d in dparams.values())


@pytest.mark.parametrize("name", ["prelu", "rrelu", "elu", "swish"])
def test_parameters_of_a_graph_broadcast(name, keras):
    import tensorflow as tf

    act, z = get(name), np.linspace(-3, 3, 20).reshape(5, 4)
    (key,) = act.params
    values = np.array([0.1, 0.5, 1.0, 2.0])
    y, _, dparams = value_and_gradients(tf, act, z, {key: values})
    columns = [act.graph(tf, tf.constant(z[:, i]), **{key: value}) for i, value in enumerate(values)]
    np.testing.assert_allclose(y, np.transpose(columns), rtol=1e-15)
    assert dparams[key].shape == (4,)


def test_registry_is_open_for_parameters(monkeypatch):
    def cube(scale=1.0):
        return Activation(
            name="cube",
            fn=lambda z: scale * z**3,
            prime=lambda z: 3 * scale * z**2,
            lipschitz=math.inf,
            graph=lambda tf, z: scale * z**3,
            initialization="he_normal",
        )

    monkeypatch.setitem(activations.ACTIVATIONS, "cube", cube)
    assert get("cube")(np.array(-2.0)) == -8 and get("cube", scale=0.5)(np.array(-2.0)) == -4
    assert get("cube").limits == (-math.inf, math.inf) and get("cube").end_slopes == (math.inf, math.inf)
    with pytest.raises(ValueError, match=r"params must be among \['scale'\] for 'cube'. Received: \{'beta': 1\}"):
        get("cube", beta=1)


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("elu", {"alpha": 0}, "alpha must be a finite number > 0. Received: 0"),
        ("elu", {"alpha": -1.0}, "alpha must be a finite number > 0. Received: -1.0"),
        ("leaky_relu", {"alpha": math.inf}, "alpha must be a finite number. Received: inf"),
        ("prelu", {"alpha": "1"}, "alpha must be a finite number. Received: '1'"),
        ("swish", {"beta": math.nan}, "beta must be a finite number. Received: nan"),
        ("swish", {"learned": 1}, "learned must be True or False. Received: 1"),
        ("gelu", {"form": "erf"}, "form must be one of 'exact', 'tanh', 'logistic'. Received: 'erf'"),
        ("rrelu", {"convention": "keras"}, "convention must be one of 'slope', 'divisor'. Received: 'keras'"),
        ("rrelu", {"lower": 0.5}, "upper must be a finite number > lower = 0.5. Received: 0.333"),
        ("rrelu", {"lower": -1, "convention": "divisor"}, "lower must be a finite number > 0: z is divided by it. "),
        ("relu", {"alpha": 0.1}, "params must be among [] for 'relu'. Received: {'alpha': 0.1}"),
    ],
)
def test_bad_parameter(name, params, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        get(name, **params)


@pytest.mark.parametrize("module", ["utils", "utils.checks", "utils.activations", "utils.theory", "utils.propagation"])
def test_import_loads_nothing_heavy(module):
    code = (
        f"import sys, {module}; print(*sorted(sys.modules.keys() & {{'tensorflow', 'keras', 'matplotlib', 'sklearn'}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
