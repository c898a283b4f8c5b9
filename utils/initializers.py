"""Initial weights and biases: variance scaling; Glorot, LeCun, He and the older schemes are rows of one table.

A `shape` is (fan_in, fan_out) of a dense kernel or (…, in, out) of a convolution; a `scheme` is a key of `SCHEMES`, a
triple (scale, mode, distribution), as in `variance_scaling`, or that and the variance of the biases, else 0; a `seed`
is an integer ≥ 0 or a numpy Generator.
"""

import itertools
import math

import numpy as np

from utils import _arguments as args

MODES = ("fan_in", "fan_out", "fan_avg", "fan_max", "none")
DISTRIBUTIONS = ("normal", "truncated_normal", "uniform", "orthogonal")
SCHEMES = {
    "standard_normal": (1.0, "none", "normal"),  # N(0, 1)
    "uniform_fan_in": (1 / 3, "fan_in", "uniform"),  # U(±1/√fan_in), what Glorot & Bengio (2010) measured
    "glorot_normal": (1.0, "fan_avg", "truncated_normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "lecun_normal": (1.0, "fan_in", "truncated_normal"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "truncated_normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "orthogonal": (1.0, "fan_max", "orthogonal"),
}
TRUNCATED_STD = 0.87962566103423978  # standard deviation of N(0, 1) cut at ±2


def compute_fans(shape):
    """Inputs and outputs of one unit; in a convolution the receptive field multiplies both.

    Args: shape: at least two positive integers, (…, in, out).
    Returns: (fan_in, fan_out), integers.
    Raises: ValueError if shape is something else.
    """
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        args.reject("shape", shape, "a tuple of at least two positive integers")
    *field, n_in, n_out = (args.integer("shape", size, 1) for size in shape)
    return math.prod(field) * n_in, math.prod(field) * n_out


def layer_shapes(widths):
    """Kernel shapes of a fully connected network.

    Args: widths: input size, width of each layer, number of classes; at least two positive integers.
    Returns: list of (fan_in, fan_out), layer 1 first.
    Raises: ValueError if widths is something else.
    """
    if not isinstance(widths, tuple | list) or len(widths) < 2:
        args.reject("widths", widths, "a list of at least two positive integers")
    return list(itertools.pairwise(args.integer("widths", width, 1) for width in widths))


def he(slope, distribution="truncated_normal"):
    """Scheme of He et al. for a leaky ReLU: Var[W] = 2 / ((1 + slope²) fan_in) keeps E[z²] from layer to layer.

    Args: slope: that of z < 0, a finite number; distribution: one of `DISTRIBUTIONS`.
    Returns: a scheme (scale, mode, distribution).
    Raises: ValueError if an argument is something else.
    Reference: He et al., Delving deep into rectifiers, 2015.
    """
    return (
        2 / (1 + args.finite("slope", slope) ** 2),
        "fan_in",
        args.choice("distribution", distribution, DISTRIBUTIONS),
    )


def critical(sigma_w2, sigma_b2):
    """Scheme with Var[W] = σ_w² / fan_in and Var[b] = σ_b², both Gaussian, as mean-field theory has them.

    Args: sigma_w2: a number > 0; sigma_b2: a number ≥ 0.
    Returns: a scheme (scale, mode, distribution, bias variance).
    Raises: ValueError if an argument is something else.
    Reference: Poole et al., 2016; Schoenholz et al., Deep information propagation, 2017.
    """
    scale = args.real("sigma_w2", sigma_w2, positive=True)
    return scale, "fan_in", "normal", args.real("sigma_b2", sigma_b2)


def _resolve(scheme):
    """Scale, mode, distribution and bias variance of a scheme."""
    if isinstance(scheme, str) and scheme in SCHEMES:
        scheme = SCHEMES[scheme]
    if not isinstance(scheme, tuple) or len(scheme) not in (3, 4):
        accepted = "a triple (scale, mode, distribution), a bias variance after it or not, or one of "
        args.reject("scheme", scheme, accepted + ", ".join(map(repr, SCHEMES)))
    scale, mode, distribution, bias_variance = (*scheme, 0.0)[:4]
    args.choice("mode", mode, MODES)
    args.choice("distribution", distribution, DISTRIBUTIONS)
    return args.real("scale", scale, positive=True), mode, distribution, args.real("bias_variance", bias_variance)


def weight_variance(scheme, shape):
    """Variance of one weight: scale / fan.

    Args: scheme, shape: see the head of the module. Returns: a float. Raises: ValueError if they are something else.
    """
    scale, mode, *_ = _resolve(scheme)
    fan_in, fan_out = compute_fans(shape)
    fans = {
        "fan_in": fan_in,
        "fan_out": fan_out,
        "fan_avg": (fan_in + fan_out) / 2,
        "fan_max": max(fan_in, shape[-1]),
        "none": 1,
    }
    return scale / fans[mode]


def variance_scaling(shape, scale, mode, distribution, seed):
    """Weights with mean 0 and variance σ² = scale / fan, whatever the distribution.

    Args:
        shape, seed: see the head of the module.
        scale: number > 0.
        mode: "fan_in", "fan_out", "fan_avg" (mean of both), "fan_max" (the longer side of the kernel as a matrix
            fan_in × out: larger of both if dense) or "none" (σ² = scale).
        distribution: "normal"; "uniform" on [−√3 σ, √3 σ); "truncated_normal": N(0, 1) cut at ±2, rescaled to σ by its
            standard deviation .87962566, as every `*_normal` of Keras; "orthogonal": the kernel as a matrix fan_in ×
            out is uniform among those with orthogonal columns (rows, if it is wide) of one length; with "fan_max" that
            length is √scale.
    Returns: array of that shape, float64.
    Raises: ValueError if an argument is something else.
    Reference: LeCun et al., Efficient BackProp, 1998; Glorot & Bengio, 2010; Saxe et al., Exact solutions to the
        nonlinear dynamics of learning in deep linear neural networks, 2014; He et al., 2015.
    """
    std = math.sqrt(weight_variance((scale, mode, distribution), shape))
    rng = args.generator(seed)
    if distribution == "uniform":
        return rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)
    if distribution == "orthogonal":
        short, long = sorted((math.prod(shape[:-1]), shape[-1]))
        q, r = np.linalg.qr(rng.standard_normal((long, short)))
        q *= math.sqrt(long) * std * np.sign(np.diag(r))  # the signs that LAPACK chooses are not uniform
        return (q if shape[-1] == short else q.T).reshape(shape)
    weights = rng.standard_normal(shape)
    if distribution == "normal":
        return std * weights
    while (outside := np.abs(weights) > 2).any():
        weights[outside] = rng.standard_normal(np.count_nonzero(outside))
    return std / TRUNCATED_STD * weights


def initialize(scheme, shape, seed):
    """Initial weights by the name of their scheme: `initialize("he_normal", (64, 100), seed=0)`.

    Args: scheme, shape, seed: see the head of the module. Returns: array of that shape, float64.
    Raises: ValueError if an argument is something else.
    """
    return variance_scaling(shape, *_resolve(scheme)[:3], seed)


def initialize_biases(scheme, units, seed):
    """Initial biases of a layer: N(0, bias variance of the scheme), so 0 for every named scheme.

    Args: scheme, seed: see the head of the module, a Generator that has drawn the weights; units: an integer ≥ 1.
    Returns: array (units,), float64.
    Raises: ValueError if an argument is something else.
    """
    variance, units, rng = _resolve(scheme)[3], args.integer("units", units, 1), args.generator(seed)
    return rng.normal(0, math.sqrt(variance), units) if variance else np.zeros(units)
