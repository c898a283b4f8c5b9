"""Statistical tests stand at 5.5 standard errors: a right sampler fails one of them with probability 4e-8."""

import numpy as np
import pytest
from scipy import stats

from utils.initializers import (
    DISTRIBUTIONS,
    SCHEMES,
    TRUNCATED_STD,
    compute_fans,
    initialize,
    layer_shapes,
    variance_scaling,
    weight_variance,
)

SHAPES = [(600, 300), (300, 600), (3, 3, 64, 128)]
FALSE_FAILURE = 4e-8


def test_fans():
    assert compute_fans((600, 300)) == (600, 300)
    assert compute_fans([3, 5, 64, 128]) == (15 * 64, 15 * 128)
    assert layer_shapes([64, 100, 10]) == [(64, 100), (100, 10)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scheme", [*SCHEMES, (16.0, "fan_in", "normal"), (3.0, "fan_out", "uniform")])
def test_moments(scheme, shape):
    weights, variance = initialize(scheme, shape, seed=1), weight_variance(scheme, shape)
    assert weights.shape == shape and weights.dtype == np.float64
    # No sampler here has a kurtosis above 3, so 2/N bounds the relative variance of the sample's second moment.
    assert abs(np.mean(weights**2) / variance - 1) < 5.5 * np.sqrt(2 / weights.size)
    assert abs(weights.mean()) < 5.5 * np.sqrt(variance / weights.size)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
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


@pytest.mark.parametrize("name", ["glorot_normal", "glorot_uniform", "lecun_normal", "he_normal", "he_uniform"])
def test_same_law_as_keras(name, keras):
    shape = (200, 400)
    theirs = keras.ops.convert_to_numpy(keras.initializers.get({"class_name": name, "config": {"seed": 4}})(shape))
    ours = initialize(name, shape, seed=4).astype(np.float32)
    assert stats.ks_2samp(ours.ravel(), theirs.ravel()).pvalue > FALSE_FAILURE


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
