"""The numbers of the claims that need no training: data in claims.toml, one test per number.

Simulations have a fixed seed: they pass or fail for good. Their tolerances are those of the claims where these give
one, and at least 2.5 standard errors of what is simulated here (most are 4 and more): with another seed, about one
number in a hundred could fail.
"""

import functools
import math
import tomllib
import unicodedata
from dataclasses import replace
from fractions import Fraction
from math import exp, log, log10, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special

from utils import activations, datasets, initializers, propagation, theory
from utils.theory import chi, fixed_point, gaussian_expectation, iterate_variance, moment_map, second_moment

CLAIMS = tomllib.loads((Path(__file__).parent / "claims.toml").read_text(encoding="utf-8"))


def number(text):
    """ "−.012", "1.2e−3", "9/4", "½", "∞" as a float."""
    text = text.replace("−", "-").replace("∞", "inf")
    if len(text) == 1 and not text.isdigit():
        return unicodedata.numeric(text)
    return float(Fraction(text) if "/" in text else text)


def interval(printed, tolerance=""):
    """The values that agree with what is printed."""
    if printed.startswith("="):
        value = number(printed[1:])
        margin = 1e-11 * max(1, abs(value)) if math.isfinite(value) else 0
        return value - margin, value + margin
    ends = [number(end) for end in printed.split("–")]
    low, high = ends[0], ends[-1]
    if tolerance.startswith("×÷"):
        factor = number(tolerance[2:])
        return min(low / factor, low * factor), max(high / factor, high * factor)
    if tolerance.endswith("%"):
        margin = number(tolerance[1:-1]) / 100 * abs(high)
    elif tolerance:
        margin = number(tolerance[1:])
    else:
        mantissa, _, exponent = printed.partition("e")
        margin = 0.5 * 10 ** (number(exponent or "0") - len(mantissa.partition(".")[2]))
    return low - margin * (1 + 1e-6), high + margin * (1 + 1e-6)


@pytest.mark.parametrize(
    ("printed", "tolerance", "low", "high"),
    [
        (".4252", "", 0.42515, 0.42525),
        ("−1.2e-3", "", -0.00125, -0.00115),
        ("22", "", 21.5, 22.5),
        ("22", "±1", 21, 23),
        ("−50", "±6%", -53, -47),
        ("−4", "×÷2", -8, -2),
        ("1.4–2.0", "×÷2", 0.7, 4),
        ("=½", "", 0.5, 0.5),
        ("=1/16", "", 0.0625, 0.0625),
        ("=∞", "", math.inf, math.inf),
    ],
)
def test_interval(printed, tolerance, low, high):
    assert interval(printed, tolerance) == pytest.approx((low, high), rel=2e-6)


def get(name):
    """An activation from "relu", "leaky_relu 2/11", "gelu tanh"."""
    name, _, parameter = name.partition(" ")
    key = "form" if name == "gelu" else "alpha"
    return activations.get(name, **({key: parameter if key == "form" else number(parameter)} if parameter else {}))


LECUN_TANH = replace(
    get("tanh"), fn=lambda z: 1.7159 * np.tanh(2 / 3 * z), prime=lambda z: 1.7159 * 2 / 3 / np.cosh(2 / 3 * z) ** 2
)
STAR_RELU = replace(
    get("relu_squared"),
    fn=lambda z: (2 * np.maximum(z, 0) ** 2 - 1) / sqrt(5),
    prime=lambda z: 4 * np.maximum(z, 0) / sqrt(5),
)


# Infinite width


def layers(name, sigma_w2, depth=50):
    """q of every layer: inputs of unit variance, zero biases."""
    return iterate_variance(get(name), sigma_w2, sigma_w2, depth)


def log_gradient(name, sigma_w2, depth=50):
    """log₁₀ of the product of χ₁ over the layers."""
    return sum(log10(chi(get(name), q, sigma_w2)) for q in layers(name, sigma_w2, depth))


def half_stable_layers(name, q1=None):
    point = theory.half_stable_point(name)
    q1 = point.sigma_w2 + point.sigma_b2 if q1 is None else q1
    return iterate_variance(name, q1, point.sigma_w2, 50, point.sigma_b2)


def standard_normal(n):
    """q* of a logistic network with weights N(0, 1)."""
    return fixed_point("logistic", n, q=n / 4)


def saturated(n):
    """Share of its outputs outside (.02, .98)."""
    return 2 * special.ndtr(-log(49) / sqrt(standard_normal(n)))


def selu_after_20(mean, variance):
    for _ in range(20):
        mean, variance = moment_map("selu", mean, variance)
    return mean, variance


def selu_chi():
    alpha, scale = theory.selu_constants()
    return scale**2 * (0.5 + (alpha * exp(1)) ** 2 * special.ndtr(-2))


extremes = functools.cache(theory.theorem_extremes)


def relu_correlation(steps):
    """Correlation after some layers of ReLU, from 0: the arc-cosine kernel."""
    c = 0.0
    for _ in range(steps):
        c = (sqrt(1 - c * c) + (pi - math.acos(c)) * c) / pi
    return c


def off_on_both(layer):
    """P(a ReLU unit is off on two inputs that are orthogonal)."""
    return (pi - math.acos(relu_correlation(layer - 1))) / (2 * pi)


def relu_decay(l, first):
    """(1 − c_l)·2l²/(9π²) with c = 0 at index `first`."""
    return (1 - relu_correlation(l - first)) * 2 * l**2 / (9 * pi**2)


def truncated_std():
    return sqrt(1 - 4 * exp(-2) / sqrt(2 * pi) / (special.ndtr(2) - special.ndtr(-2)))


# Functions of one variable


def gap(f, g, low=-12.0, high=12.0):
    """(largest |f − g|, where)"""

    def minus(x):
        return -np.abs(f(x) - g(x))

    x = np.linspace(low, high, 48_001)
    best = x[np.argmin(minus(x))]
    bounds = max(low, best - 1e-3), min(high, best + 1e-3)
    found = optimize.minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    return min((float(minus(x)), -x) for x in (best, found.x))[0] * -1, best if minus(best) <= found.fun else found.x


def steepest(name, low=-12.0, high=12.0):
    """(slope, where it is steepest)"""
    prime = get(name).prime
    x = gap(prime, np.zeros_like, low, high)[1]
    return prime(x), x


def lowest(name):
    """(x, φ(x)) of the minimum."""
    x = optimize.brentq(get(name).prime, -2, -0.5, xtol=1e-14)
    return x, get(name)(x)


def gelu_error(beta):
    return gap(lambda x: x * special.expit(beta * x), get("gelu"))[0]


def normal_error(beta):
    return gap(lambda x: special.expit(beta * x), special.ndtr)[0]


@functools.cache
def minimax(error):
    """(best β, its error)"""
    found = optimize.minimize_scalar(error, bounds=(1.6, 1.9), method="bounded", options={"xatol": 1e-8})
    return found.x, found.fun


def prelu_slope_error():
    """Largest difference between min(0, y) and a central difference in a."""
    y, (above, below) = np.linspace(-5, 5, 1001), (activations.get("prelu", alpha=0.25 + h) for h in (1e-4, -1e-4))
    return np.abs((above(y) - below(y)) / 2e-4 - np.minimum(y, 0)).max()


# Samples


def uniform(low, high):
    return np.random.default_rng(0).uniform(low, high, 10**6)


@functools.cache
def singular_values(scheme):
    return np.linalg.svd(initializers.initialize(scheme, (1000, 1000), 0), compute_uv=False)


@functools.cache
def alpha_dropout_sample(rate):
    rng, (dropped, a, b) = np.random.default_rng(0), theory.alpha_dropout(rate)
    x = get("selu")(rng.standard_normal(10**6))
    return a * np.where(rng.random(x.shape) < rate, dropped, x) + b


def dropout_moment(keep=0.5):
    """Second moment of the next layer, of GELU outputs divided by the share kept."""
    rng = np.random.default_rng(0)
    outputs = get("gelu")(rng.standard_normal(4 * 10**6)) * (rng.random(4 * 10**6) < keep) / keep
    return keep / second_moment("gelu", 1) * (outputs**2).mean()


@functools.cache
def born_dead():
    """Share of dead rays, and of networks dead on both: width 2, depth 10, one input, zero biases."""
    rng, h = np.random.default_rng(0), np.broadcast_to([[[1.0], [-1.0]]], (40_000, 2, 1))
    for _ in range(10):
        h = np.maximum(h @ rng.standard_normal((40_000, h.shape[2], 2)), 0)
    dead = h.max(axis=2) == 0
    return dead.mean(), dead.all(axis=1).mean()


@functools.cache
def product_moments(depth):
    """Mean s², mean s⁴ and largest s² of a product of Gaussian 300 × 300 matrices, mean over 40 products."""
    rng, rows = np.random.default_rng(0), []
    for _ in range(40):
        product = np.eye(300)
        for _ in range(depth):
            product = product @ rng.standard_normal((300, 300)) / sqrt(300)
        s2 = np.linalg.eigvalsh(product @ product.T)
        rows.append([s2.mean(), (s2**2).mean(), s2.max()])
    return np.mean(rows, axis=0)


@functools.cache
def lengths(depth, n=32, networks=10**6):
    """‖x_L‖²/‖x_0‖² of ReLU networks with Gaussian He weights.

    Given the layer below, a layer's squared length is 2/n times a χ² variable: each unit is on with probability ½.
    """
    rng, ratio = np.random.default_rng(0), np.ones(networks)
    for _ in range(depth):
        ratio *= 2 / n * 2 * rng.standard_gamma(rng.binomial(n, 0.5, networks) / 2)
    return ratio


def length_moment(depth):
    return (lengths(depth) ** 2).mean()


def median_length(depth):
    return np.median(lengths(depth))


@functools.cache
def residual(scale):
    """Mean square after 10 blocks h + scale · relu(h) W of width 64, He weights, mean over 400 networks."""
    rng = np.random.default_rng(0)
    h = rng.standard_normal((400, 1, 64))
    for _ in range(10):
        h = h + scale * np.maximum(h, 0) @ rng.normal(0, sqrt(2 / 64), (400, 64, 64))
    return (h**2).mean()


# Networks on digits


def statistics(width, depth, scheme, name, networks, rows, rescale_rows=False):
    """`propagation.ensemble_statistics` of hidden layers of one width."""
    split, widths = datasets.load_digits(0, rescale_rows), [64] + depth * [width] + [10]
    x, y = split.x_train[:rows], split.y_train[:rows]
    return propagation.ensemble_statistics(widths, scheme, name, x, y, networks, 0, "float32")


def ratio(stats, key="error_mean_square"):
    """Mean-square error signal of layer 1 over that of the last hidden layer, per network."""
    return stats[key][:, 0] / stats[key][:, -2]


@functools.cache
def normal_digits(n):
    """Logistic, N(0, 1), 10 layers: means over networks, and the geometric mean of the gradient ratio."""
    stats = statistics(n, 10, "standard_normal", "logistic", {30: 100, 100: 100, 300: 20, 1000: 4}[n], 400)
    return {k: stats[k].mean(axis=0) for k in stats} | {"ratio": exp(np.log(ratio(stats)).mean())}


@functools.cache
def glorot_digits(n):
    return ratio(statistics(n, 10, "glorot_uniform", "logistic", 20, 200)).mean()


@functools.cache
def selu_network(mean, variance):
    """Mean and variance of the outputs of layer 20, LeCun weights, mean over 20 networks of width 512."""
    rng, rows = np.random.default_rng(0), []
    for _ in range(20):
        weights, biases = propagation.random_network([512] * 21 + [10], "lecun_normal", rng, "float32")
        h = propagation.forward(weights, biases, "selu", rng.normal(mean, sqrt(variance), (50, 512))).h[19]
        rows.append([h.mean(), h.var()])
    return np.mean(rows, axis=0)


def selu_growth():
    return exp(np.log(ratio(statistics(128, 100, "lecun_normal", "selu", 20, 100, True))).mean())


@functools.cache
def dead_on_all(standardized):
    """Share of units of each layer that no digit turns on: He, 50 layers of 256, mean over 10 networks."""
    split = datasets.load_digits(0)
    x = np.concatenate([split.x_train, split.x_validation, split.x_test])
    if not standardized:
        from sklearn.datasets import load_digits

        x = load_digits().data
    shares = []
    for seed in range(10):
        weights, biases = propagation.random_network([64] + 50 * [256] + [10], "he_normal", seed, "float32")
        shares.append([(h.max(axis=0) == 0).mean() for h in propagation.forward(weights, biases, "relu", x).h[:-1]])
    return np.mean(shares, axis=0)


def medians(stats):
    """Medians over networks: q of layer 50 and log₁₀ of the gradient ratio, each the median over examples."""
    q, gradient = stats["z_second_moment_median"][:, -2], ratio(stats, "error_mean_square_median")
    return np.median(q), np.median(np.log10(gradient))


@functools.cache
def he_digits(name):
    return medians(statistics(256, 50, "he_normal", name, 15, 200))


@functools.cache
def half_stable_digits(name):
    point = theory.half_stable_point(name)
    return medians(statistics(256, 50, initializers.critical(*point[:2]), name, 40, 30, True))


# The tests

COLUMNS = {
    "E φ": lambda a: gaussian_expectation(a, 1, a.kinks),
    "E φ²": lambda a: second_moment(a, 1),
    "Var φ": lambda a: moment_map(a, 0, 1)[1],
    "E φ'": lambda a: gaussian_expectation(a.prime, 1, a.kinks),
    "E φ'²": lambda a: chi(a, 1, 1),
    "gain": theory.gain,
    "χ1": lambda a: chi(a, 1, theory.gain(a) ** 2),
    "slope": lambda a: theory.map_slope(a, 1, theory.gain(a) ** 2),
    "s₀": lambda a: theory.slopes(a)[0],
    "s∞": lambda a: theory.slopes(a)[1],
}


def cases(rows):
    return [pytest.param(*[*row, ""][2:5], id="-".join(row[:2]).replace(" ", "_")) for row in rows]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", CLAIMS["table_1b"])
def test_table_1b(name, column):
    low, high = interval(CLAIMS["table_1b"][name][list(COLUMNS).index(column)])
    assert low <= COLUMNS[column](get(name)) <= high


@pytest.mark.parametrize("row", CLAIMS["table_1c"])
def test_table_1c(row):
    name, sigma_w2 = row.split(", ")
    computed = [*layers(name, int(sigma_w2))[[9, 19, 49]], log_gradient(name, int(sigma_w2))]
    for value, printed in zip(computed, CLAIMS["table_1c"][row], strict=True):
        low, high = interval(printed)
        assert low <= value <= high


def check(printed, expression, tolerance):
    low, high = interval(printed, tolerance)
    value = eval(expression, {**vars(math), **vars(initializers), **vars(theory), **globals()})
    assert low <= value <= high, f"{expression} = {value}, not {printed} {tolerance}"


@pytest.mark.parametrize(("printed", "expression", "tolerance"), cases(CLAIMS["numbers"]))
def test_number(printed, expression, tolerance):
    check(printed, expression, tolerance)


@pytest.mark.slow
@pytest.mark.parametrize(("printed", "expression", "tolerance"), cases(CLAIMS["simulations"]))
def test_simulation(printed, expression, tolerance):
    check(printed, expression, tolerance)


def test_a_remark_says_what_the_claims_print():
    for row in CLAIMS["numbers"] + CLAIMS["simulations"]:
        assert 4 <= len(row) <= 6 and (len(row) < 6 or row[5].startswith("claims print "))
