"""Infinitely wide networks: Gaussian expectations, the variance map, the gradient's factor per layer χ₁.

q is the second moment of a layer's pre-activations, a number ≥ 0; sigma_w2 = σ_w² the weight variance times fan_in,
sigma_b2 = σ_b² the bias variance, both ≥ 0; Z ~ N(0, 1); an `activation` is a name or an `Activation`. Whatever is
something else raises ValueError.

Reference: Poole et al., 2016; Schoenholz et al., Deep information propagation, 2017.
"""

import math
from typing import NamedTuple

import numpy as np

from utils import _arguments as args
from utils import activations
from utils.initializers import layer_shapes, weight_variance

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_CUT = 12.0  # P(|Z| > 12) < 4e-33


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
    if not callable(f):
        args.reject("f", f, "a function of an array")
    sigma = math.sqrt(args.real("q", q))
    kinks = args.floats("kinks", kinks)
    if kinks.ndim != 1 or not np.isfinite(kinks).all():
        args.reject("kinks", kinks, "a sequence of finite numbers")
    edges = _CUT * 0.5 ** np.arange(max(6, math.ceil(math.log2(1 + _CUT * sigma))))
    inner = kinks[np.abs(kinks) < _CUT * sigma] / sigma if sigma else []
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


class Profile(NamedTuple):
    """Theory of a network at initialization: arrays (layers,), layer 1 first, the linear output layer included."""

    q: np.ndarray  # second moment of the pre-activations z
    output: np.ndarray  # second moment of the outputs h
    gradient: np.ndarray  # mean square of dC_i/dz per example and unit, divided by that of the output layer
    weight_gradient: np.ndarray  # mean square of dC_i/dW per example and weight, divided by that of the output layer


def network_profile(widths, scheme, activation, input_second_moment=1.0):
    """Signal and gradient of every layer at initialization with zero biases, unequal widths included.

    With m_l the second moment of the outputs (m_0: of the inputs): q_l = Var[W_l] fan_in_l m_{l−1} and the mean-square
    gradient g_l = Var[W_{l+1}] fan_out_{l+1} E[φ'(√q_l Z)²] g_{l+1}; that of the weights is m_{l−1} g_l.

    Args:
        widths, scheme: as in `initializers.layer_shapes`, `initializers.weight_variance`.
        activation: of the hidden layers.
        input_second_moment: mean square of one input, a number > 0.
    Returns: `Profile`.
    """
    act, shapes = activations.get(activation), layer_shapes(widths)
    variances = [weight_variance(scheme, shape) for shape in shapes]
    m, q = [args.real("input_second_moment", input_second_moment, positive=True)], []
    for (fan_in, _), variance in zip(shapes, variances, strict=True):
        q.append(variance * fan_in * m[-1])
        m.append(second_moment(act, q[-1]))
    m[-1] = q[-1]
    gradient = np.ones(len(shapes))
    for l in range(len(shapes) - 2, -1, -1):
        gradient[l] = chi(act, q[l], variances[l + 1] * shapes[l + 1][1]) * gradient[l + 1]
    weight_gradient = m[:-1] * gradient
    return Profile(np.array(q), np.array(m[1:]), gradient, weight_gradient / weight_gradient[-1])
