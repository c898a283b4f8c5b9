"""Random gates: mean and variance are those of the law; Newton's method: the known minima, digits that double."""

import numpy as np
import pytest
from scipy import special

from utils import activations, smooth

Z = np.array([-1.5, -0.5, 0.0, 0.7, 2.0])


def test_means_of_gates_have_the_mean_and_the_variance_of_the_law():
    """5.5 standard errors: each number fails by chance once in 2.6e7 seeds."""
    n, trials = 40, 20_000
    means = smooth.gate_means(Z, n, trials, 0)
    variance = Z**2 * special.ndtr(Z) * special.ndtr(-Z) / n
    assert means.shape == (trials, 5)
    assert np.all(np.abs(means.mean(axis=0) - activations.gelu(Z)) <= 5.5 * np.sqrt(variance / trials))
    assert means.var(axis=0) == pytest.approx(variance, rel=5.5 * np.sqrt(2.2 / trials))


def test_one_gate_passes_z_or_nothing():
    means = smooth.gate_means(Z, 1, 50, 0)
    assert all(set(column) == {0.0, z} for z, column in zip(Z, means.T, strict=True) if z)


def test_gates_come_from_the_seed():
    first, again, other = (smooth.gate_means(Z, 9, 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("name", ["gelu", "swish", "mish"])
def test_newton_finds_the_known_minimum_and_doubles_its_digits(name):
    act = activations.get(name)
    path = smooth.newton_minimum(name, -1.0)
    assert path[0] == -1.0 and path[-1] == pytest.approx(act.minimum[0], abs=1e-12)
    error = np.abs(path - path[-1])[:-1]
    error = error[error > 1e-7]
    assert len(error) >= 2 and np.all(error[1:] < 2 * error[:-1] ** 2)


@pytest.mark.parametrize("beta", [0.1, 4.0])
def test_the_minimum_of_swish_moves_as_one_over_beta(beta):
    path = smooth.newton_minimum(activations.get("swish", beta=beta), -1 / beta)
    assert path[-1] * beta == pytest.approx(activations.get("swish").minimum[0], rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "softsign"])
def test_newton_needs_a_second_derivative(name):
    with pytest.raises(ValueError, match=r"^activation must be .*second derivative\. Received"):
        smooth.newton_minimum(name, -1.0)
