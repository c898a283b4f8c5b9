import math

import numpy as np
import pytest
from scipy import special

from utils import activations, theory
from utils.theory import chi, fixed_point, gaussian_expectation, iterate_variance, network_profile, second_moment

# Table 1b of the claims: φ, E φ, E φ², E φ', E φ'², gain, χ₁ at that gain
TABLE = [
    ("logistic", 0.5, 0.2933790359, 0.2066209641, 0.0448362414, 1.846228545, 0.1528270),
    ("tanh", 0, 0.3942944904, 0.6057055096, 0.4644029024, 1.592537420, 1.1778072),
    ("relu", 0.3989422804, 0.5, 0.5, 0.5, 1.414213562, 1),
    ("identity", 0, 1, 1, 1, 1, 1),
]


@pytest.mark.parametrize(("name", "mean", "square", "slope", "slope2", "gain", "chi1"), TABLE)
def test_constants(name, mean, square, slope, slope2, gain, chi1):
    act = activations.get(name)
    assert gaussian_expectation(act, 1.0, act.kinks) == pytest.approx(mean, abs=5.1e-11)
    assert gaussian_expectation(act.prime, 1.0, act.kinks) == pytest.approx(slope, abs=5.1e-11)
    assert second_moment(act, 1.0) == pytest.approx(square, abs=5.1e-11)
    assert chi(name, 1.0, 1.0) == pytest.approx(slope2, abs=5.1e-11)
    assert 1 / math.sqrt(second_moment(name, 1.0)) == pytest.approx(gain, abs=5.1e-10)
    assert chi(name, 1.0, 1 / second_moment(name, 1.0)) == pytest.approx(chi1, abs=5.1e-8)


CLOSED_FORMS = {  # function, kinks, E[f(√q Z)]
    "square": (lambda z: z**2, (), lambda q: q),
    "sixth power": (lambda z: z**6, (), lambda q: 15 * q**3),
    "absolute value": (np.abs, (), lambda q: math.sqrt(2 * q / math.pi)),
    "step at 1": (lambda z: 1.0 * (z > 1), (1.0,), lambda q: special.ndtr(-1 / math.sqrt(q))),
    "softplus slope": (special.expit, (), lambda q: 0.5),
    "gelu": (lambda z: z * special.ndtr(z), (), lambda q: q / math.sqrt(2 * math.pi * (1 + q))),
    "elu": (
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        (0.0,),
        lambda q: math.sqrt(q / (2 * math.pi)) + special.erfcx(math.sqrt(q / 2)) / 2 - 0.5,
    ),
}


@pytest.mark.parametrize("q", [1e-6, 0.1, 1.0, 44.2, 500.0])
@pytest.mark.parametrize(("f", "kinks", "exact"), CLOSED_FORMS.values(), ids=list(CLOSED_FORMS))
def test_quadrature_against_closed_forms(f, kinks, exact, q):
    assert gaussian_expectation(f, q, kinks) == pytest.approx(exact(q), rel=1e-10, abs=1e-15)


@pytest.mark.parametrize("q", [1e-8, 0.01, 1.0, 44.2, 1e4, 1e8, 1e12])
def test_identities_at_every_scale(q):
    for name in ("logistic", "tanh", "relu"):
        act = activations.get(name)
        # Stein: E[z φ(z)] = q E[φ'(z)]
        left = gaussian_expectation(lambda z, act=act: z * act(z), q, act.kinks)
        assert left == pytest.approx(q * gaussian_expectation(act.prime, q, act.kinks), rel=1e-10)
    # σ² = σ − σ', tanh² = 1 − tanh'
    slope = [gaussian_expectation(activations.get(name).prime, q) for name in ("logistic", "tanh")]
    assert second_moment("logistic", q) == pytest.approx(0.5 - slope[0], rel=1e-10)
    assert second_moment("tanh", q) == pytest.approx(1 - slope[1], rel=1e-10, abs=1e-15)


def test_no_variance():
    assert second_moment("logistic", 0) == pytest.approx(0.25, rel=1e-14) and chi("logistic", 0, 16) == pytest.approx(1)


def test_normal_weights_under_the_logistic():
    # Claim 4, n = 100: q jumps once and is flat from layer 3 on; outputs vary less than inputs.
    q = iterate_variance("logistic", 100, 100, 10)
    assert q[:2] == pytest.approx([100, 46.07], abs=5e-3)
    star = fixed_point("logistic", 100, q=100.0)
    assert star == pytest.approx(44.21, abs=5e-3) and q[2:] == pytest.approx(star, rel=0.003)
    assert second_moment("logistic", 100) - 0.25 == pytest.approx(0.2107, abs=5e-5)
    assert second_moment("logistic", star) - 0.25 == pytest.approx(0.1921, abs=5e-5)
    assert fixed_point("logistic", 1000) / 1000 == pytest.approx(0.48, abs=5e-3)


def test_normal_weights_under_the_logistic_explode_from_width_103():
    # Claim 5
    def factor(n):
        return chi("logistic", fixed_point("logistic", n), n)

    for n, expected in [(10, 0.308), (100, 0.986), (300, 1.678), (1000, 3.025)]:
        assert factor(n) == pytest.approx(expected, abs=5e-4)
    assert factor(102.95) < 1 < factor(103.05)
    n = 1e8
    assert factor(n) / math.sqrt(n) == pytest.approx(1 / (6 * math.sqrt(math.pi)), rel=1e-3)
    for n, expected in [(100, 0.558), (1000, 0.859)]:  # share of outputs outside (.02, .98)
        threshold = math.log(0.98 / 0.02) / math.sqrt(fixed_point("logistic", n))
        assert 2 * special.ndtr(-threshold) == pytest.approx(expected, abs=6e-4)


def test_glorot_under_the_logistic_vanishes():
    # Claim 6 and the logistic row of table 1c
    star = fixed_point("logistic", 1.0)
    assert star == pytest.approx(0.2647, abs=5e-5) and chi("logistic", star, 1.0) == pytest.approx(0.0557, abs=5e-5)
    assert chi("logistic", star, 1.0) ** 9 == pytest.approx(5.2e-12, rel=0.01)
    for sigma_w2, q, log10 in [(1, 0.265, -62.8), (2, 0.555, -49.9)]:
        layers = iterate_variance("logistic", sigma_w2, sigma_w2, 50)
        assert layers[[9, 19, 49]] == pytest.approx(q, abs=5e-4)
        assert sum(math.log10(chi("logistic", v, sigma_w2)) for v in layers) == pytest.approx(log10, abs=0.05)


def test_glorot_under_tanh_decays_like_one_over_two_l():
    # Claim 14
    q = iterate_variance("tanh", 1, 1, 100)
    assert q[99] == pytest.approx(0.00512, abs=5e-6)
    assert sum(math.log10(chi("tanh", v, 1)) for v in q) == pytest.approx(-2.15, abs=5e-3)
    assert iterate_variance("tanh", 1, 1, 1000)[-1] == pytest.approx(1 / 2000, rel=0.01)


def test_fixed_points():
    assert fixed_point("tanh", 25 / 9) == pytest.approx(1.1785, abs=5e-5)  # claim 64, PyTorch's gain 5/3
    star = fixed_point("tanh", 1.760955, 0.05)  # claim 56: on the critical line
    assert star == pytest.approx(0.570048, abs=1e-6) and chi("tanh", star, 1.760955) == pytest.approx(1, abs=1e-5)
    assert fixed_point("relu", 2.0, q=3.0) == 3 and fixed_point("relu", 1.0, 0.5) == pytest.approx(1, rel=1e-11)
    assert fixed_point("relu", 1.0) == 0
    for name, sigma_w2 in [("relu", 3.0), ("tanh", 1.0)]:  # grows without bound; decays too slowly
        with pytest.raises(ValueError, match="q must be a start from which the variance map converges"):
            fixed_point(name, sigma_w2)


def test_variance_map_is_affine_in_its_variances():
    q, moment = 1.7, second_moment("tanh", 1.7)
    assert theory.variance_map("tanh", q, 1.3, 0.2) == pytest.approx(1.3 * moment + 0.2, rel=1e-14)
    assert iterate_variance("tanh", q, 1.3, 3, 0.2)[1] == theory.variance_map("tanh", q, 1.3, 0.2)


def test_profile_of_tanh_networks():
    # Claim 9: dC/dz shrinks downwards under the standard scheme, dC/dW does not (L = 5, width 500, bottom/top).
    for scheme, signal, weight in [("uniform_fan_in", 0.0069, 1.06), ("glorot_uniform", 0.168, 1.31)]:
        profile = network_profile([500] * 6, scheme, "tanh")
        assert profile.gradient[0] == pytest.approx(signal, rel=0.01)
        assert profile.weight_gradient[0] == pytest.approx(weight, abs=6e-3)


def test_profile_of_unequal_widths():
    # ReLU, He: forward factor ½σ²fan_in = 1, backward factor ½σ²fan_out.
    profile = network_profile([30, 300, 100, 10], "he_normal", "relu", input_second_moment=2.5)
    np.testing.assert_allclose(profile.q, 5, rtol=1e-12)
    np.testing.assert_allclose(profile.output, [2.5, 2.5, 5], rtol=1e-12)
    np.testing.assert_allclose(profile.gradient, [100 / 300 * 10 / 100, 10 / 100, 1], rtol=1e-12)
    np.testing.assert_allclose(profile.weight_gradient, profile.gradient, rtol=1e-12)
