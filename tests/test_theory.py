import math

import numpy as np
import pytest
from scipy import special

from utils import activations, initializers, theory
from utils.theory import chi, fixed_point, gaussian_expectation, iterate_variance, network_profile, second_moment

EVERY = pytest.mark.parametrize("name", [name for name in activations.ACTIVATIONS if name != "rrelu"])


def soft(z):
    return np.expm1(np.minimum(z, 0))


CLOSED_FORMS = {  # function, kinks, E[f(√q Z)]
    "square": (lambda z: z**2, (), lambda q: q),
    "sixth power": (lambda z: z**6, (), lambda q: 15 * q**3),
    "absolute value": (np.abs, (), lambda q: math.sqrt(2 * q / math.pi)),
    "step at 1": (lambda z: 1.0 * (z > 1), (1.0,), lambda q: special.ndtr(-1 / math.sqrt(q))),
    "softplus slope": (special.expit, (), lambda q: 0.5),
    "gelu": (lambda z: z * special.ndtr(z), (), lambda q: q / math.sqrt(2 * math.pi * (1 + q))),
    "gelu squared": (
        lambda z: (z * special.ndtr(z)) ** 2,
        (),
        lambda q: (
            q / 4 + q * math.asin(q / (1 + q)) / (2 * math.pi) + q**2 / (math.pi * (1 + q) * math.sqrt(1 + 2 * q))
        ),
    ),
    "elu": (
        lambda z: np.where(z > 0, z, soft(z)),
        (0.0,),
        lambda q: math.sqrt(q / (2 * math.pi)) + special.erfcx(math.sqrt(q / 2)) / 2 - 0.5,
    ),
    "hard sigmoid": (
        lambda z: np.clip(z + 3, 0, 6),
        (-3.0, 3.0),
        lambda q: 3.0,
    ),
    "hard tanh squared": (
        lambda z: np.clip(z, -3, 3) ** 2,
        (-3.0, 3.0),
        lambda q: q * special.gammainc(1.5, 4.5 / q) + 9 * special.gammaincc(0.5, 4.5 / q),
    ),
}


@pytest.mark.parametrize("q", [1e-8, 1e-3, 0.1, 1.0, 44.2, 1e4])
@pytest.mark.parametrize(("f", "kinks", "exact"), CLOSED_FORMS.values(), ids=list(CLOSED_FORMS))
def test_quadrature_against_closed_forms(f, kinks, exact, q):
    # abs: where the closed form itself cancels (ELU), or is below P(|Z| > 12)
    assert gaussian_expectation(f, q, kinks) == pytest.approx(exact(q), rel=1e-10, abs=1e-15)


@EVERY
@pytest.mark.parametrize("q", [1e-8, 0.01, 1.0, 44.2, 1e4, 1e8])
def test_stein(name, q):
    # E[z f(z)] = q E[f'(z)] for a continuous f: f = φ, and f = φ², whose slope is that of the variance map
    act = activations.get(name)
    left = gaussian_expectation(lambda z: z * act(z), q, act.kinks)
    assert left == pytest.approx(q * gaussian_expectation(act.prime, q, act.kinks), rel=1e-10)
    if act.second and not act.kinks:
        curved = gaussian_expectation(lambda z: act(z) * act.second(z), q)
        slope = chi(act, q, 1.0) + curved
        scale = chi(act, q, 1.0) + abs(curved)
        assert theory.map_slope(act, q, 1.0) == pytest.approx(slope, abs=1e-10 * scale + 1e-15 / math.sqrt(q))


@pytest.mark.parametrize("q", [1e-8, 0.01, 1.0, 44.2, 1e4, 1e8, 1e12])
def test_identities_at_every_scale(q):
    # σ² = σ − σ', tanh² = 1 − tanh'
    slope = [gaussian_expectation(activations.get(name).prime, q) for name in ("logistic", "tanh")]
    assert second_moment("logistic", q) == pytest.approx(0.5 - slope[0], rel=1e-10)
    assert second_moment("tanh", q) == pytest.approx(1 - slope[1], rel=1e-10, abs=1e-15)


@EVERY
def test_no_variance_is_the_limit(name):
    act = activations.get(name)
    assert second_moment(act, 0) == pytest.approx(float(act(0.0)) ** 2, rel=1e-14)
    assert chi(act, 0, 1) == pytest.approx(theory.slopes(act)[0], rel=1e-14)
    assert chi(act, 1e-24, 1) == pytest.approx(chi(act, 0, 1), abs=1e-10)


@EVERY
def test_slopes_are_the_ends_of_the_variance_map(name):
    s0, s_inf = theory.slopes(name)
    if activations.get(name)(0.0) == 0:
        assert theory.variance_map(name, 1e-12, 1.0) == pytest.approx(1e-12 * s0, rel=1e-4, abs=1e-22)
    if math.isfinite(s_inf):
        assert theory.variance_map(name, 1e16, 1.0) == pytest.approx(1e16 * s_inf, rel=1e-6, abs=1)
    assert name != "relu_squared" or s_inf == math.inf


@EVERY
@pytest.mark.parametrize("q", [0.03, 1.0, 30.0])
def test_map_slope_is_a_finite_difference(name, q):
    h = 1e-4 * q
    numeric = (theory.variance_map(name, q + h, 1.3) - theory.variance_map(name, q - h, 1.3)) / (2 * h)
    assert theory.map_slope(name, q, 1.3) == pytest.approx(numeric, rel=1e-6)


def test_gain():
    for name in ("tanh", "gelu", "selu"):
        for q in (0.3, 1.0, 5.0):
            assert theory.variance_map(name, q, theory.gain(name, q) ** 2) == pytest.approx(1, rel=1e-14)
    with pytest.raises(ValueError, match="q must be a variance at which"):
        theory.gain("tanh", 0)


def test_one_fixed_point():
    assert fixed_point("relu", 2.0, q=3.0) == 3 and fixed_point("relu", 1.0, 0.5) == pytest.approx(1, rel=1e-11)
    assert fixed_point("relu", 1.0) == 0
    for name, sigma_w2 in [("relu", 3.0), ("tanh", 1.0)]:  # grows without bound; decays too slowly
        with pytest.raises(ValueError, match="q must be a start from which the variance map converges"):
            fixed_point(name, sigma_w2)


def test_all_fixed_points():
    assert theory.fixed_points("tanh", 2.0) == pytest.approx([0, fixed_point("tanh", 2.0)], rel=1e-10)
    assert theory.fixed_points("tanh", 0.9).tolist() == theory.fixed_points("relu", 2.0).tolist() == [0]
    assert theory.fixed_points("relu", 1.0, 0.5) == pytest.approx([1], rel=1e-12)
    assert theory.fixed_points("relu", 3.0, 0.5).size == 0
    # The scale 1/E[φ²] is an unstable recipe for GELU: below 1 the signal dies, above 1 it grows
    scale = theory.gain("gelu") ** 2
    zero, one = theory.fixed_points("gelu", scale)
    assert zero == 0 and one == pytest.approx(1, rel=1e-12) and theory.map_slope("gelu", one, scale) > 1
    assert iterate_variance("gelu", 0.99, scale, 100)[-1] < 1e-2 and iterate_variance("gelu", 1.01, scale, 40)[-1] > 2


def test_variance_map_is_affine_in_its_variances():
    q, moment = 1.7, second_moment("tanh", 1.7)
    assert theory.variance_map("tanh", q, 1.3, 0.2) == pytest.approx(1.3 * moment + 0.2, rel=1e-14)
    assert iterate_variance("tanh", q, 1.3, 3, 0.2)[1] == theory.variance_map("tanh", q, 1.3, 0.2)


@pytest.mark.parametrize(("name", "q"), [("tanh", 1.0), ("elu", 0.5), ("gelu", 2.0), ("swish", 1.0), ("selu", 1.0)])
def test_critical_points_are_fixed_and_neutral(name, q):
    point = theory.critical_point(name, q)
    assert chi(name, q, point.sigma_w2) == pytest.approx(1, rel=1e-12)
    assert theory.variance_map(name, q, point.sigma_w2, point.sigma_b2) == pytest.approx(q, rel=1e-12)


def test_critical_points_that_do_not_exist():
    for name in ("logistic", "softplus"):  # χ₁ < 1 at the scale 1/E[φ²]
        with pytest.raises(ValueError, match="q must be a variance with a critical initialization"):
            theory.critical_point(name, 1.0)
    with pytest.raises(ValueError, match="q must be a variance with a critical initialization"):
        theory.critical_point("relu_squared", 0)
    with pytest.raises(ValueError, match="sigma_b2 must be a bias variance for which relu has a critical"):
        theory.critical_scale("relu", 0.1)
    for name in ("relu", "leaky_relu", "tanh", "elu", "logistic"):
        with pytest.raises(ValueError, match="activation must be an activation with an isolated half-stable point"):
            theory.half_stable_point(name)


def test_critical_scale_inverts_critical_point():
    for q in (1e-4, 0.5, 3.0):
        point = theory.critical_point("tanh", q)
        assert theory.critical_scale("tanh", point.sigma_b2) == pytest.approx(point, rel=1e-6)
    assert theory.critical_scale("relu", 0) == (2, 0, 0) and theory.critical_scale("tanh", 0) == (1, 0, 0)


@pytest.mark.parametrize("name", ["gelu", "swish", "mish"])
def test_half_stable_points_are_neutral_twice(name):
    sigma_w2, sigma_b2, q = theory.half_stable_point(name)
    assert theory.variance_map(name, q, sigma_w2, sigma_b2) == pytest.approx(q, rel=1e-12)
    assert chi(name, q, sigma_w2) == pytest.approx(1, rel=1e-12)
    assert theory.map_slope(name, q, sigma_w2) == pytest.approx(1, rel=1e-12)
    # The map touches the diagonal without crossing it: q drifts towards the point on one side, away on the other
    below, above = (theory.variance_map(name, f * q, sigma_w2, sigma_b2) - f * q for f in (0.99, 1.01))
    assert below * above > 0 and abs(below) < 1e-5 * q


PAIRS = {  # function, kinks, E[f(u₁) f(u₂)] in closed form
    "identity": (lambda z: z, (), lambda q, c: c * q),
    "square": (np.square, (), lambda q, c: q**2 * (1 + 2 * c * c)),
    "arc-cosine": (
        lambda z: np.maximum(z, 0),
        (0.0,),
        lambda q, c: q * (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / (2 * math.pi),
    ),
    "arc-cosine, order 0": (lambda z: 1.0 * (z > 0), (0.0,), lambda q, c: (math.pi - math.acos(c)) / (2 * math.pi)),
    "error function": (
        lambda z: special.erf(z / math.sqrt(2)),
        (),
        lambda q, c: 2 / math.pi * math.asin(c * q / (1 + q)),
    ),
}


@pytest.mark.parametrize("c", [-1.0, -0.7, -1e-3, 0.0, 0.4, 0.999999, 1.0])
@pytest.mark.parametrize(("f", "kinks", "exact"), PAIRS.values(), ids=list(PAIRS))
def test_pairs_against_closed_forms(f, kinks, exact, c):
    for q in (1e-6, 1.0, 1e3):
        assert theory.pair_expectation(f, q, c, kinks) == pytest.approx(exact(q, c), rel=1e-10, abs=1e-12 * min(q, 1))


@EVERY
def test_pairs_at_the_ends(name):
    act, q = activations.get(name), 1.3
    first = gaussian_expectation(act, q, act.kinks)
    assert theory.pair_expectation(act, q, 1.0, act.kinks) == pytest.approx(second_moment(act, q), rel=1e-11)
    assert theory.pair_expectation(act, q, 0.0, act.kinks) == pytest.approx(first**2, rel=1e-10, abs=1e-13)
    mirrored = gaussian_expectation(lambda z: act(z) * act(-z), q, [*act.kinks, *(-k for k in act.kinks)])
    assert theory.pair_expectation(act, q, -1.0, act.kinks) == pytest.approx(mirrored, rel=1e-10)


@pytest.mark.parametrize("name", ["hard_swish", "mish", "tanh"])
def test_slope_of_the_correlation_map(name):
    # d/dc E[φ(u₁)φ(u₂)] = q E[φ'(u₁)φ'(u₂)], kinks away from 0 included
    act, q, c, h = activations.get(name), 2.0, 0.6, 1e-4
    up, down = (theory.correlation_map(name, c + step, q, 1.5, 0.1) for step in (h, -h))
    slope = 1.5 * q * theory.pair_expectation(act.prime, q, c, act.kinks) / theory.variance_map(name, q, 1.5, 0.1)
    assert (up - down) / (2 * h) == pytest.approx(slope, rel=1e-7)


def test_correlations_have_a_fixed_point():
    for name, sigma_w2, sigma_b2 in [("tanh", 2.0, 0.05), ("tanh", 4.0, 0.0), ("elu", 1.1, 0.2)]:
        scales = theory.depth_scales(name, sigma_w2, sigma_b2)
        again = theory.correlation_map(name, scales.c, scales.q, sigma_w2, sigma_b2)
        assert again == pytest.approx(scales.c, abs=1e-10)
    assert theory.depth_scales("tanh", 4.0).c == pytest.approx(0, abs=1e-10)  # chaos without biases
    with pytest.raises(ValueError, match="q must be a variance with a next layer"):
        theory.correlation_map("relu", 0.5, 0.0, 1.0)


def test_depth_scales():
    ordered, chaotic = theory.depth_scales("tanh", 1.0, 0.05), theory.depth_scales("tanh", 3.0, 0.05)
    assert ordered.c == 1 and ordered.correlation == ordered.gradient  # the same factor χ₁ < 1
    assert chaotic.c < 1 and chaotic.correlation != chaotic.gradient
    assert theory.depth_scales("relu", 2.0)[1:] == (1, math.inf, math.inf, math.inf)
    # Iteration approaches q* by e^(−1/ξ_q) per layer
    q = iterate_variance("tanh", 0.5, 3.0, 12, 0.05) - chaotic.q
    assert q[9] / q[8] == pytest.approx(math.exp(-1 / chaotic.variance), rel=1e-3)
    with pytest.raises(ValueError, match="q must be a finite number > 0"):
        theory.depth_scales("relu", 1.0)


@pytest.mark.parametrize("name", ["selu", "tanh", "hard_swish"])
def test_moment_map(name):
    act = activations.get(name)
    for mean, variance, omega, tau in [(0.0, 1.0, 0.0, 1.0), (0.3, 0.7, -0.8, 1.2), (40.0, 9.0, 1.0, 1.0)]:
        first, second = theory.moment_map(name, mean, variance, omega, tau)
        z = mean * omega + math.sqrt(variance * tau) * special.ndtri((np.arange(10**6) + 0.5) / 10**6)
        assert first == pytest.approx(act(z).mean(), rel=1e-5, abs=1e-6)
        assert second == pytest.approx(act(z).var(), rel=1e-3, abs=1e-6)
    assert theory.moment_map(name, 0.5, 0.0, 1.0, 1.0) == pytest.approx((float(act(0.5)), 0), abs=1e-12)


@pytest.mark.parametrize("name", ["selu", "gelu", "hard_swish"])
def test_moment_jacobian_is_a_finite_difference(name):
    for mean, variance, omega, tau in [(0.0, 1.0, 0.0, 1.0), (0.1, 1.5, -0.1, 0.95), (-2.0, 0.3, 1.5, 2.0)]:
        h = 1e-4
        by_mean, by_variance = (
            np.subtract(theory.moment_map(name, mean + a, variance + b, omega, tau),
                        theory.moment_map(name, mean - a, variance - b, omega, tau)) / (2 * h)
            for a, b in [(h, 0), (0, h)]
        )  # fmt: skip
        jacobian = theory.moment_jacobian(name, mean, variance, omega, tau)
        np.testing.assert_allclose(jacobian, np.column_stack([by_mean, by_variance]), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (0.0, 2.0), (0.3, 1.0), (-0.5, 0.7), (0, 1e4)])
def test_selu_constants_keep_mean_and_variance(mean, variance):
    alpha, scale = theory.selu_constants(mean, variance)

    def selu(z):
        return scale * np.where(mean + z > 0, mean + z, alpha * soft(mean + z))

    kept = gaussian_expectation(selu, variance, [-mean])
    assert kept == pytest.approx(mean, abs=1e-10 * math.sqrt(variance))
    assert gaussian_expectation(lambda z: (selu(z) - mean) ** 2, variance, [-mean]) == pytest.approx(variance, rel=1e-9)


def test_constants_of_no_selu():
    for mean, variance in [(100.0, 1.0), (-100.0, 1.0), (3.0, 0.1)]:
        with pytest.raises(ValueError, match="mean must be one that some α, λ > 0 keep"):
            theory.selu_constants(mean, variance)


@pytest.mark.parametrize("theorem", theory.THEOREMS)
def test_extremes_bound_the_domain(theorem):
    extremes, domain = theory.theorem_extremes(theorem), theory.THEOREMS[theorem]
    rng = np.random.default_rng(0)
    for _ in range(100):
        x = [rng.choice([low, high, rng.uniform(low, high)]) for low, high in domain]
        mean, variance = theory.moment_map("selu", *x)
        singular = np.linalg.norm(theory.moment_jacobian("selu", *x), 2)
        for name, value in [("mean", mean), ("variance", variance), ("change", variance - x[1])]:
            assert extremes[name][0] - 1e-6 <= value <= extremes[name][1] + 1e-6
        assert extremes["singular_value"][0] - 1e-6 <= singular <= extremes["singular_value"][1] + 1e-6
    verdict = {"1": extremes["singular_value"][1] < 1, "2": extremes["change"][1] < 0}
    assert verdict.get(theorem, extremes["change"][0] > 0)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    dropped, a, b = theory.alpha_dropout(rate)
    assert dropped == activations.get("selu")(-1e3)  # the lower limit of SELU
    mean = a * (1 - rate) * 0 + a * rate * dropped + b
    second = (1 - rate) * (a**2 + b**2) + rate * (a * dropped + b) ** 2
    assert mean == pytest.approx(0, abs=1e-14) and second == pytest.approx(1, rel=1e-14)


def test_alpha_dropout_of_everything():
    with pytest.raises(ValueError, match="rate must be a number ≥ 0 and < 1"):
        theory.alpha_dropout(1.0)


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


def test_profile_with_random_biases():
    # At a critical point every layer has q* and the gradient of square layers is neutral.
    sigma_w2, sigma_b2, q = theory.critical_point("tanh", 1.0)
    inputs = (q - sigma_b2) / sigma_w2
    profile = network_profile([50] * 6, initializers.critical(sigma_w2, sigma_b2), "tanh", inputs)
    np.testing.assert_allclose(profile.q, q, rtol=1e-12)
    np.testing.assert_allclose(profile.gradient, 1, rtol=1e-12)
