"""Statistical comparisons stand at 5.5 standard errors or p = 4e-8, a few to a test: it fails falsely at most 1e-6."""

import numpy as np
import pytest
from scipy import stats

from utils.initializers import (
    SCHEMES,
    TRUNCATED_STD,
    compute_fans,
    critical,
    he,
    initialize,
    initialize_biases,
    layer_shapes,
    variance_scaling,
    weight_variance,
)

SHAPES = [(600, 300), (300, 600), (3, 3, 64, 128)]
FALSE_FAILURE = 4e-8
OTHERS = [
    (16.0, "fan_in", "normal"),
    (3.0, "fan_out", "uniform"),
    (2.0, "fan_in", "orthogonal"),
    he(0.2),
    critical(1.5, 0.1),
]


def test_fans():
    assert compute_fans((600, 300)) == (600, 300)
    assert compute_fans([3, 5, 64, 128]) == (15 * 64, 15 * 128)
    assert layer_shapes([64, 100, 10]) == [(64, 100), (100, 10)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scheme", [*SCHEMES, *OTHERS])
def test_moments(scheme, shape):
    weights, variance = initialize(scheme, shape, seed=1), weight_variance(scheme, shape)
    assert weights.shape == shape and weights.dtype == np.float64
    # No sampler here has a kurtosis above 3, so 2/N bounds the relative variance of the sample's second moment.
    assert abs(np.mean(weights**2) / variance - 1) < 5.5 * np.sqrt(2 / weights.size)
    assert abs(weights.mean()) < 5.5 * np.sqrt(variance / weights.size)


@pytest.mark.parametrize("distribution", ["normal", "truncated_normal", "uniform"])
def test_law(distribution):
    sample = variance_scaling((500, 400), 9.0, "none", distribution, seed=2).ravel() / 3
    law = {
        "normal": stats.norm(),
        "truncated_normal": stats.truncnorm(-2, 2, scale=1 / TRUNCATED_STD),
        "uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)),
    }[distribution]
    assert stats.kstest(sample, law.cdf).pvalue > FALSE_FAILURE
    low, high = law.support()
    assert low <= sample.min() and sample.max() <= high
    assert law.std() == pytest.approx(1, abs=1e-12)


def test_variances_of_the_papers():
    n_in, n_out = shape = (300, 100)
    assert n_in * weight_variance("uniform_fan_in", shape) == pytest.approx(1 / 3, rel=1e-12)  # claim 3
    assert weight_variance("glorot_uniform", shape) == pytest.approx(2 / (n_in + n_out), rel=1e-12)  # claim 7
    assert weight_variance("lecun_normal", shape) == pytest.approx(1 / n_in, rel=1e-12)
    assert weight_variance("he_normal", shape) == pytest.approx(2 / n_in, rel=1e-12)
    assert weight_variance("standard_normal", shape) == 1
    assert weight_variance((16.0, "fan_in", "normal"), shape) == pytest.approx(16 / n_in, rel=1e-12)


def test_uniform_bounds():
    for scheme, bound in [("uniform_fan_in", 1 / np.sqrt(600)), ("glorot_uniform", np.sqrt(6 / 900))]:  # claims 3, 7
        top = np.abs(initialize(scheme, (600, 300), seed=3)).max()
        assert 0.999 * bound < top <= bound


def variance_scaling_of_keras(scale, mode, distribution):
    name = {"normal": "untruncated_normal"}.get(distribution, distribution)
    return {"class_name": "VarianceScaling", "config": {"scale": scale, "mode": mode, "distribution": name}}


@pytest.mark.parametrize("shape", [(200, 400), (400, 200), (3, 3, 40, 90)])
@pytest.mark.parametrize(
    ("scheme", "theirs"),
    [
        *((name, {"class_name": name}) for name in SCHEMES if name.startswith(("glorot", "lecun", "he", "orth"))),
        *((s, variance_scaling_of_keras(*s[:3])) for s in [he(0.25), he(-1.5, "uniform"), critical(1.7, 0.05)]),
        *((s, variance_scaling_of_keras(*s)) for s in [(3.0, "fan_out", "normal"), (3.0, "fan_avg", "uniform")]),
    ],
)
def test_same_law_as_keras(scheme, theirs, shape, keras):
    theirs = keras.initializers.get({"config": {}} | theirs)
    theirs = type(theirs).from_config(theirs.get_config() | {"seed": 4})
    a, b = initialize(scheme, shape, seed=4).astype(np.float32).ravel(), np.ravel(theirs(shape))
    variance = weight_variance(scheme, shape)
    assert abs(a.mean() - b.mean()) < 5.5 * np.sqrt(2 * variance / a.size)
    assert abs(np.mean(a**2) - np.mean(b**2)) < 5.5 * variance * np.sqrt(4 / a.size)
    assert stats.ks_2samp(a, b).pvalue > FALSE_FAILURE
    *_, distribution = scheme[:3] if isinstance(scheme, tuple) else SCHEMES[scheme]
    if bound := {"uniform": np.sqrt(3), "truncated_normal": 2 / TRUNCATED_STD}.get(distribution):
        for sample in (a, b):  # at least 9e-4 of either law lies above .996 of the bound: 32 400 miss it with e^−29
            assert 0.996 < np.abs(sample).max() / (bound * np.sqrt(variance)) <= 1 + 1e-6


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (1, 4), (3, 2, 4, 10), (2, 2, 3, 50)])
def test_orthogonal(shape, keras):
    for kernel in (initialize("orthogonal", shape, seed=8), np.asarray(keras.initializers.Orthogonal(seed=8)(shape))):
        kernel = kernel.reshape(-1, shape[-1])
        singular = np.linalg.svd(kernel, compute_uv=False)
        np.testing.assert_allclose(singular, 1, rtol=1e-5 if kernel.dtype == np.float32 else 1e-13)
    scaled = initialize((4.0, "fan_max", "orthogonal"), shape, seed=8)
    np.testing.assert_allclose(scaled, 2 * initialize("orthogonal", shape, seed=8), rtol=1e-15)


def test_orthogonal_is_uniform():
    # Haar measure of O(3): E tr = 0, E tr² = 1, E tr⁴ = 3, and both signs of the determinant alike.
    rng = np.random.default_rng(9)
    draws = np.array([initialize("orthogonal", (3, 3), rng) for _ in range(4000)])
    trace, n = np.trace(draws, axis1=1, axis2=2), len(draws)
    assert abs(trace.mean()) < 5.5 / np.sqrt(n)
    assert abs((trace**2).mean() - 1) < 5.5 * np.sqrt(2 / n)
    assert abs(np.sign(np.linalg.det(draws)).mean()) < 5.5 / np.sqrt(n)


def test_slope_and_critical_point():
    assert he(0)[:2] == SCHEMES["he_normal"][:2] and he(0, "uniform") == SCHEMES["he_uniform"]
    assert 100 * weight_variance(he(0.2), (100, 50)) == pytest.approx(2 / 1.04, rel=1e-12)
    assert 100 * weight_variance(critical(1.7, 0.05), (100, 50)) == pytest.approx(1.7, rel=1e-12)
    np.testing.assert_array_equal(initialize(critical(1.7, 0.05), (9, 5), 0), initialize(critical(1.7, 0), (9, 5), 0))


def test_biases():
    biases = initialize_biases(critical(1.7, 0.05), 40_000, seed=10) / np.sqrt(0.05)
    assert biases.shape == (40_000,) and stats.kstest(biases, stats.norm().cdf).pvalue > FALSE_FAILURE
    for scheme in [*SCHEMES, he(0.2), critical(1.7, 0)]:
        np.testing.assert_array_equal(initialize_biases(scheme, 7, seed=10), np.zeros(7))


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("scale", (-1.0, "fan_in", "normal")),
        ("mode", (1.0, "fan", "normal")),
        ("distribution", (1.0, "fan_in", "gaussian")),
        ("bias_variance", (1.0, "fan_in", "normal", -0.1)),
        ("scheme", (1.0, "fan_in", "normal", 0.0, 0.0)),
    ],
)
def test_bad_scheme(name, scheme):
    for call in (weight_variance, lambda s, shape: initialize(s, shape, 0), lambda s, _: initialize_biases(s, 3, 0)):
        with pytest.raises(ValueError, match=f"^{name} must be .+[.] Received: "):
            call(scheme, (4, 3))


def test_average_singular_value():
    # Claim 8: ≈ .8 normalized, ≈ .5 standard in the paper; infinite width 8/(3π) and 8/(3π√3).
    for scheme, limit in [("glorot_uniform", 8 / (3 * np.pi)), ("uniform_fan_in", 8 / (3 * np.pi * np.sqrt(3)))]:
        weights = initialize(scheme, (500, 500), seed=5)
        assert np.linalg.svd(weights, compute_uv=False).mean() == pytest.approx(limit, abs=0.003)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_seeds(scheme, global_random_state):
    first = initialize(scheme, (20, 30), seed=6)
    np.testing.assert_array_equal(first, initialize(scheme, (20, 30), seed=np.random.default_rng(6)))
    assert (first != initialize(scheme, (20, 30), seed=7)).all()
    rng = np.random.default_rng(6)
    assert (initialize(scheme, (20, 30), rng) != initialize(scheme, (20, 30), rng)).all()
