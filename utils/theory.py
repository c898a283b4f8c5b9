"""Infinitely wide networks: Gaussian expectations, the maps of variance, correlation and mean, critical points.

q is the second moment of a layer's pre-activations, a number ≥ 0 (0 is the limit from above); sigma_w2 = σ_w² the
weight variance times fan_in, sigma_b2 = σ_b² the bias variance, both ≥ 0; Z ~ N(0, 1); an `activation` is a name or an
`Activation`. Whatever is something else raises ValueError.

Reference: Poole et al., 2016; Schoenholz et al., Deep information propagation, 2017; Klambauer et al., Self-normalizing
neural networks, 2017; Roberts, Yaida & Hanin, The principles of deep learning theory, 2022.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from utils import _arguments as args
from utils import activations
from utils.initializers import layer_shapes, weight_variance

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_CUT = 12.0  # P(|Z| > 12) < 4e-33
_TINY = 1e-170  # stands for √q where q = 0: on either side of a kink, and its square is 0


def _breaks(f, kinks):
    if not callable(f):
        args.reject("f", f, "a function of an array")
    kinks = args.floats("kinks", kinks)
    if kinks.ndim != 1 or not np.isfinite(kinks).all():
        args.reject("kinks", kinks, "a sequence of finite numbers")
    return kinks


def gaussian_expectation(f, q=1.0, kinks=()):
    """E[f(√q Z)] by Gauss–Legendre quadrature on panels that halve towards 0 and break at the kinks.

    Relative error below 1e-10 if f is smooth between the kinks, bends on a scale of about 1 around 0 and of |z| away
    from it, and grows like a polynomial.

    Args:
        f: function of an array, element by element.
        q: variance of its argument, a number ≥ 0.
        kinks: points z where f or f' jumps; 0 may be left out.
    Returns: the expectation, a float.
    Raises: ValueError if an argument is something else, or f(z) not finite.
    """
    kinks, sigma = _breaks(f, kinks), math.sqrt(args.real("q", q)) or _TINY
    edges = _CUT * 0.5 ** np.arange(max(6, math.ceil(math.log2(1 + _CUT * sigma))))
    inner = kinks[np.abs(kinks) < _CUT * sigma] / sigma
    edges = np.unique(np.concatenate([-edges, [0.0], edges, inner]))
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    z = middle[:, None] + half[:, None] * _NODES  # (panels, nodes)
    values = np.asarray(f(sigma * z))
    if values.shape != z.shape or not np.isfinite(values).all():
        args.reject("f", values, f"a function whose result is finite and of its argument's shape {z.shape}")
    return float(half @ (np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * values) @ _WEIGHTS)


def second_moment(activation, q):
    """E[φ(√q Z)²], the second moment of a layer's outputs.

    Args: activation, q: see the head of the module. Returns: a float ≥ 0.
    """
    act = activations.get(activation)
    return gaussian_expectation(lambda z: act(z) ** 2, q, act.kinks)


def gain(activation, q=1.0):
    """g = 1/√E[φ(√q Z)²]: weights of variance g²/fan_in give a next layer's second moment of 1, without biases.

    Args: activation, q: see the head of the module. Returns: a float > 0; g² is a scale of `initializers`.
    """
    moment = second_moment(activation, q)
    return 1 / math.sqrt(moment) if moment else args.reject("q", q, "a variance at which E[φ²] > 0")


def slopes(activation):
    """Slopes of the variance map at its two ends, for σ_w² = 1 and φ(0) = 0: signals that are very small, very large.

    Args: activation: see the head of the module. Returns: (s₀, s_∞), means of φ'(0±)² and of φ'(±∞)², which may be inf.
    """
    act = activations.get(activation)
    return tuple(float(np.mean(act.prime(np.array([-z, z])) ** 2)) for z in (_TINY, math.inf))


def variance_map(activation, q, sigma_w2, sigma_b2=0.0):
    """The next layer's q: σ_w² E[φ(√q Z)²] + σ_b².

    Args: activation, q, sigma_w2, sigma_b2: see the head of the module. Returns: a float ≥ 0.
    """
    return args.real("sigma_w2", sigma_w2) * second_moment(activation, q) + args.real("sigma_b2", sigma_b2)


def chi(activation, q, sigma_w2):
    """χ₁ = σ_w² E[φ'(√q Z)²], the factor per layer of the mean-square gradient on the way down.

    Args: activation, q, sigma_w2: see the head of the module; where fan_in ≠ fan_out, σ_w² is Var[W]·fan_out here.
    Returns: a float ≥ 0; below 1 gradients vanish, above 1 they explode.
    """
    act, sigma_w2 = activations.get(activation), args.real("sigma_w2", sigma_w2)

    def squared_slope(z):
        return act.prime(z) ** 2

    return sigma_w2 * gaussian_expectation(squared_slope, q, act.kinks)


def map_slope(activation, q, sigma_w2):
    """dq'/dq, the slope of the variance map: σ_w² E[φ(√q Z) φ'(√q Z) Z]/√q, which equals χ₁ + σ_w² E[φφ''].

    Args: activation, sigma_w2: see the head of the module; q: a number > 0 (`slopes` gives the limit 0).
    Returns: a float; at a fixed point, it is stable below 1 and unstable above.
    """
    act, sigma_w2, q = activations.get(activation), args.real("sigma_w2", sigma_w2), args.real("q", q, positive=True)
    return sigma_w2 / q * gaussian_expectation(lambda z: act(z) * act.prime(z) * z, q, act.kinks)


def iterate_variance(activation, q1, sigma_w2, depth, sigma_b2=0.0):
    """q of each layer: q₁ given, then the variance map again and again.

    Args: activation, sigma_w2, sigma_b2: see the head of the module; q1: q of layer 1; depth: an integer ≥ 1.
    Returns: array (depth,).
    """
    q = [args.real("q1", q1)]
    for _ in range(args.integer("depth", depth, 1) - 1):
        q.append(variance_map(activation, q[-1], sigma_w2, sigma_b2))
    return np.array(q)


def fixed_point(activation, sigma_w2, sigma_b2=0.0, q=1.0):
    """The stable fixed point q* of the variance map that iteration from q reaches (relative change below 1e-12).

    Args: activation, sigma_w2, sigma_b2, q: see the head of the module. Returns: q*, a float.
    Raises: ValueError also if 10 000 steps do not reach one: q grows without bound, or decays too slowly (tanh with
        σ_w² = 1: q_l ≈ 1/(2l)).
    """
    start = q
    for _ in range(10_000):
        q, last = variance_map(activation, q, sigma_w2, sigma_b2), q
        if abs(q - last) <= 1e-12 * q:
            return q
        if q > 1e100:
            break
    args.reject("q", start, f"a start from which the variance map converges; from here it has come to {q:.3g}")


def _roots(f, points):
    """Zeros of f: 0 if it is a point and a zero, and one in each interval where f changes its sign."""
    from scipy.optimize import brentq

    values = np.array([f(q) for q in points])
    clear = np.flatnonzero(np.abs(values) > 1e-13 * points)  # less is rounding: for ReLU, q' = q for every q
    crossings = [points[[i, j]] for i, j in itertools.pairwise(clear) if values[i] * values[j] < 0]
    return [0.0] * int(points[0] == 0 == values[0]) + [brentq(f, *ends, xtol=1e-20, rtol=1e-14) for ends in crossings]


def fixed_points(activation, sigma_w2, sigma_b2=0.0):
    """All fixed points of the variance map where it crosses the diagonal, stable or not: `map_slope` tells which.

    Args: activation, sigma_w2, sigma_b2: as in `variance_map`. Returns: array of q*, ascending: 0 and those from 10⁻⁶
    to 10⁶, but not those where the map only touches the diagonal (half-stable) or lies on it (ReLU, σ_w² = 2).
    """
    points = np.append(0.0, np.geomspace(1e-6, 1e6, 97))
    return np.array(_roots(lambda q: variance_map(activation, q, sigma_w2, sigma_b2) - q, points))


class Critical(NamedTuple):
    """An initialization with χ₁ = 1 at its fixed point q: the gradient keeps its mean square from layer to layer."""

    sigma_w2: float
    sigma_b2: float
    q: float


def _critical(act, q):
    slope = chi(act, q, 1.0)
    sigma_w2 = 1 / slope if slope else math.nan
    return Critical(sigma_w2, q - sigma_w2 * second_moment(act, q), float(q))


def critical_point(activation, q):
    """The initialization for which q is a fixed point with χ₁ = 1: σ_w² = 1/E[φ'²], σ_b² = q − σ_w² E[φ²].

    Args: activation, q: see the head of the module. Returns: `Critical`. Raises: ValueError also if that σ_b² is < 0.
    """
    point = _critical(activations.get(activation), args.real("q", q))
    if not point.sigma_b2 >= -1e-12 * q:
        args.reject("q", q, f"a variance with a critical initialization, σ_b² ≥ 0 (here {point.sigma_b2:.3g})")
    return point._replace(sigma_b2=max(point.sigma_b2, 0.0))


def critical_scale(activation, sigma_b2):
    """The σ_w² that is critical for a given σ_b²: the edge of chaos. Of several, the one of the smallest q ≤ 10⁴.

    Args: activation, sigma_b2: see the head of the module. Returns: `Critical`. Raises: ValueError also if none is.
    """
    act, sigma_b2 = activations.get(activation), args.real("sigma_b2", sigma_b2)
    roots = _roots(lambda q: _critical(act, q).sigma_b2 - sigma_b2, np.append(0.0, np.geomspace(1e-6, 1e4, 81)))
    if not roots:
        args.reject("sigma_b2", sigma_b2, f"a bias variance for which {act.name} has a critical σ_w²")
    return _critical(act, roots[0])._replace(sigma_b2=sigma_b2)


def half_stable_point(activation):
    """The critical initialization at which the variance is neutral too: χ₁ = dq'/dq = 1 (GELU, Swish, Mish).

    Args: activation: see the head of the module. Returns: `Critical`, of the smallest such q from 10⁻³ to 10⁴.
    Raises: ValueError also if there is none, or if every q is one (ReLU).
    """
    act = activations.get(activation)
    roots = _roots(lambda q: q * (map_slope(act, q, 1.0) - chi(act, q, 1.0)), np.geomspace(1e-3, 1e4, 57))
    if not roots:
        args.reject("activation", act.name, "an activation with an isolated half-stable point")
    return critical_point(act, roots[0])


def _around(center, sigma):
    """Break points for a function that bends on a scale of 1 around `center`, up to the cut."""
    steps = 2.0 ** np.arange(math.ceil(math.log2(1 + _CUT * sigma)))
    return np.concatenate([center - steps, [center], center + steps])


def pair_expectation(f, q, c, kinks=()):
    """E[f(u₁) f(u₂)] for Gaussian u₁, u₂ of variance q and correlation c; as accurate as `gaussian_expectation`.

    u₁ = s + d and ±u₂ = s − d (the sign of c) with independent s, d of variance q(1 ± |c|)/2: for each d an integral
    over s, broken where u₁ or u₂ is at a kink.

    Args: f, q, kinks: as in `gaussian_expectation`; c: a number from −1 to 1. Returns: the expectation, a float.
    """
    kinks, q, c = _breaks(f, kinks), args.real("q", q), args.finite("c", c)
    if abs(c) > 1:
        args.reject("c", c, "a number from −1 to 1")
    sign, var_s, var_d = math.copysign(1, c), q * (1 + abs(c)) / 2, q * (1 - abs(c)) / 2

    def given(d):
        breaks = [kinks - d, sign * kinks + d, *(_around(center, math.sqrt(var_s)) for center in (-d, d))]
        return gaussian_expectation(lambda s: f(s + d) * f(sign * (s - d)), var_s, np.concatenate(breaks))

    return gaussian_expectation(np.vectorize(given), var_d, np.subtract.outer(kinks, sign * kinks).ravel() / 2)


def correlation_map(activation, c, q, sigma_w2, sigma_b2=0.0):
    """The next layer's correlation between two inputs: (σ_w² E[φ(u₁)φ(u₂)] + σ_b²) / (σ_w² E[φ²] + σ_b²).

    Args: activation, q, sigma_w2, sigma_b2: as in `variance_map`; c: correlation in this layer. Returns: a float.
    """
    act = activations.get(activation)
    variance = variance_map(act, q, sigma_w2, sigma_b2)
    if not variance:
        args.reject("q", q, "a variance with a next layer whose q > 0")
    return (sigma_w2 * pair_expectation(act, q, c, act.kinks) + sigma_b2) / variance


class DepthScales(NamedTuple):
    """Fixed points, and the number of layers over which a deviation shrinks (or a gradient changes) by a factor e."""

    q: float  # q*
    c: float  # c*, correlation of any two inputs in deep layers
    variance: float  # ξ_q = −1/ln(dq'/dq)
    correlation: float  # ξ_c = −1/ln(σ_w² E[φ'(u₁)φ'(u₂)]) at c*
    gradient: float  # ξ_∇ = 1/|ln χ₁|


def depth_scales(activation, sigma_w2, sigma_b2=0.0, q=1.0):
    """Depth scales ξ of a network at its fixed points; inf where it is critical. About 6 ξ_c layers can be trained.

    Args: activation, sigma_w2, sigma_b2, q: as in `fixed_point`, with q* > 0. Returns: `DepthScales`.
    """
    from scipy.optimize import brentq

    act, q = activations.get(activation), fixed_point(activation, sigma_w2, sigma_b2, q)
    factors, c = [map_slope(act, q, sigma_w2), chi(act, q, sigma_w2), chi(act, q, sigma_w2)], 1.0

    def change(c):
        return correlation_map(act, c, q, sigma_w2, sigma_b2) - c

    if factors[1] > 1 and change(below := 1 - 1e-6) < 0:  # convex from 0 to 1, so there is one more fixed point
        c = brentq(change, -1e-3, below)
        factors[1] = sigma_w2 * pair_expectation(act.prime, q, c, act.kinks)
    logs = [abs(math.log(factor)) if factor else math.inf for factor in factors]
    return DepthScales(q, c, *(1 / log if log > 1e-10 else math.inf for log in logs))


def _gaussian(act, mean, variance, omega, tau):
    """Mean of z ~ N(mean·ω, variance·τ), its variance, and where a function of z minus that mean has to be broken."""
    center = args.finite("mean", mean) * args.finite("omega", omega)
    variance = args.real("variance", variance) * args.real("tau", tau)
    return center, variance, np.concatenate([np.array(act.kinks) - center, _around(-center, math.sqrt(variance))])


def moment_map(activation, mean, variance, omega=0.0, tau=1.0):
    """Mean and variance of the next layer's outputs, from those of this layer's.

    Args: mean, variance: μ, ν of the outputs below; omega, tau: sum and sum of squares of a unit's weights, so that
    z ~ N(μω, ντ); numbers, variance and tau ≥ 0. Returns: (mean, variance), floats.
    """
    act = activations.get(activation)
    center, *law = _gaussian(act, mean, variance, omega, tau)
    first = gaussian_expectation(lambda u: act(center + u), *law)
    return first, gaussian_expectation(lambda u: (act(center + u) - first) ** 2, *law)


def moment_jacobian(activation, mean, variance, omega=0.0, tau=1.0):
    """Jacobian of `moment_map` with respect to (mean, variance).

    Args: as in `moment_map`, but variance and tau > 0. Returns: array (2, 2), row 1 the derivatives of the mean.
    """
    act, variance = activations.get(activation), args.real("variance", variance, positive=True)
    center, *law = _gaussian(act, mean, variance, omega, args.real("tau", tau, positive=True))
    first, prime = moment_map(act, mean, variance, omega, tau)[0], lambda u: act.prime(center + u)
    rows = [prime, lambda u: prime(u) * 2 * (act(center + u) - first)]
    # d/dμ E[f(z)] = ω E[f'(z)], d/dν E[f(z)] = τ E[f'(z) (z − E z)] / (2ντ)
    by_variance = [gaussian_expectation(lambda u, f=f: f(u) * u, *law) / (2 * variance) for f in rows]
    return np.column_stack([[omega * gaussian_expectation(f, *law) for f in rows], by_variance])


def selu_constants(mean=0.0, variance=1.0):
    """α and λ of the SELU whose outputs have the mean and variance of its Gaussian inputs.

    Args: mean, variance: numbers, variance > 0. Returns: (α, λ), both > 0. Raises: ValueError also if there are none.
    """
    variance = args.real("variance", variance, positive=True)
    center, *law = _gaussian(activations.get("relu"), mean, variance, 1, 1)
    up, up2 = (gaussian_expectation(lambda u: np.maximum(center + u, 0) ** k, *law) for k in (1, 2))  # noqa: B023
    down, down2 = (gaussian_expectation(lambda u: np.expm1(np.minimum(center + u, 0)) ** k, *law) for k in (1, 2))  # noqa: B023
    # mean = x + y and mean² + variance = x² up2/up² + y² down2/down² with x = λ up, y = λα down: quadratic in x
    if min(up, -down) > 1e-100:
        ratio = down2 / down**2
        a, b, c = up2 / up**2 + ratio, ratio * mean, (ratio - 1) * mean * mean - variance
        x = (b + math.sqrt(max(b * b - a * c, 0))) / a
        if b * b >= a * c and x > max(mean, 0):
            return (mean - x) / down * up / x, x / up
    args.reject("mean", mean, "one that some α, λ > 0 keep, with this variance")


# The domains of the theorems of Klambauer et al., 2017, about SELU: (mean, variance, omega, tau)
THEOREMS = {
    "1": ((-0.1, 0.1), (0.8, 1.5), (-0.1, 0.1), (0.95, 1.1)),  # the map contracts
    "2": ((-1, 1), (3, 16), (-0.1, 0.1), (0.8, 1.25)),  # the variance falls
    "3": ((-0.1, 0.1), (0.02, 0.16), (-0.1, 0.1), (0.8, 1.25)),  # it rises
    "3, τ ≥ .9": ((-0.1, 0.1), (0.02, 0.24), (-0.1, 0.1), (0.9, 1.25)),
}


def theorem_extremes(theorem):
    """Extremes over a theorem's domain, by optimization (to 1e-6) from the best point of a grid.

    Args: theorem: a key of `THEOREMS`. Returns: dict of (minimum, maximum): "mean", "variance" of the image, "change"
    of the variance, "singular_value" (the larger one of the Jacobian: below 1, the map contracts).
    """
    from scipy.optimize import minimize

    domain = THEOREMS[args.choice("theorem", theorem, THEOREMS)]
    grid = list(itertools.product(*(np.linspace(*ends, 3) for ends in domain)))
    quantities = {
        "mean": lambda x: moment_map("selu", *x)[0],
        "variance": lambda x: moment_map("selu", *x)[1],
        "change": lambda x: moment_map("selu", *x)[1] - x[1],
        "singular_value": lambda x: np.linalg.norm(moment_jacobian("selu", *x), 2),
    }

    def lowest(f):
        return float(minimize(f, min(grid, key=f), method="L-BFGS-B", bounds=domain).fun)

    return {name: (lowest(f), -lowest(lambda x, f=f: -f(x))) for name, f in quantities.items()}


def alpha_dropout(rate):
    """AlphaDropout after SELU: a dropped output becomes α' = −λα; then every x becomes ax + b, of mean 0, variance 1.

    Args: rate: share of outputs dropped, a number ≥ 0 and < 1. Returns: (α', a, b), floats.
    """
    if args.real("rate", rate) >= 1:
        args.reject("rate", rate, "a number ≥ 0 and < 1")
    alpha, scale = selu_constants()
    dropped, keep = -scale * alpha, 1 - rate
    a = (keep + dropped**2 * keep * rate) ** -0.5
    return dropped, a, -a * rate * dropped


class Profile(NamedTuple):
    """Theory of a network at initialization: arrays (layers,), layer 1 first, the linear output layer included."""

    q: np.ndarray  # second moment of the pre-activations z
    output: np.ndarray  # second moment of the outputs h
    gradient: np.ndarray  # mean square of dC_i/dz per example and unit, divided by that of the output layer
    weight_gradient: np.ndarray  # mean square of dC_i/dW per example and weight, divided by that of the output layer


def network_profile(widths, scheme, activation, input_second_moment=1.0):
    """Signal and gradient of every layer at initialization, unequal widths included.

    With m_l the second moment of the outputs (m_0: of the inputs): q_l = Var[W_l] fan_in_l m_{l−1} + Var[b] and the
    mean-square gradient g_l = Var[W_{l+1}] fan_out_{l+1} E[φ'(√q_l Z)²] g_{l+1}; that of the weights is m_{l−1} g_l.

    Args: widths, scheme: as in `initializers.layer_shapes`, `initializers.weight_variance`; activation: of the hidden
    layers; input_second_moment: mean square of one input, a number > 0. Returns: `Profile`.
    """
    act, shapes = activations.get(activation), layer_shapes(widths)
    variances = [weight_variance(scheme, shape) for shape in shapes]
    sigma_b2 = scheme[3] if isinstance(scheme, tuple) and len(scheme) > 3 else 0.0
    m, q = [args.real("input_second_moment", input_second_moment, positive=True)], []
    for (fan_in, _), variance in zip(shapes, variances, strict=True):
        q.append(variance * fan_in * m[-1] + sigma_b2)
        m.append(second_moment(act, q[-1]))
    m[-1] = q[-1]
    gradient = np.ones(len(shapes))
    for l in range(len(shapes) - 2, -1, -1):
        gradient[l] = chi(act, q[l], variances[l + 1] * shapes[l + 1][1]) * gradient[l + 1]
    weight_gradient = m[:-1] * gradient
    return Profile(np.array(q), np.array(m[1:]), gradient, weight_gradient / weight_gradient[-1])
