"""Initial weights: variance scaling; Glorot, LeCun, He and the older schemes are rows of one table.

A `shape` is (fan_in, fan_out) of a dense kernel or (…, in, out) of a convolution; a `scheme` is a key of `SCHEMES` or a
triple (scale, mode, distribution), as in `variance_scaling`; a `seed` is an integer ≥ 0 or a numpy Generator.
"""

import itertools
import math

import numpy as np

from utils import _arguments as args

MODES = ("fan_in", "fan_out", "fan_avg", "none")
DISTRIBUTIONS = ("normal", "truncated_normal", "uniform")
SCHEMES = {
    "standard_normal": (1.0, "none", "normal"),  # N(0, 1)
    "uniform_fan_in": (1 / 3, "fan_in", "uniform"),  # U(±1/√fan_in), what Glorot & Bengio (2010) measured
    "glorot_normal": (1.0, "fan_avg", "truncated_normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "lecun_normal": (1.0, "fan_in", "truncated_normal"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "truncated_normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
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


def _resolve(scheme):
    if isinstance(scheme, str) and scheme in SCHEMES:
        return SCHEMES[scheme]
    if not isinstance(scheme, tuple) or len(scheme) != 3:
        args.reject("scheme", scheme, f"a triple (scale, mode, distribution) or one of {', '.join(map(repr, SCHEMES))}")
    args.real("scale", scheme[0], positive=True)
    args.choice("mode", scheme[1], MODES)
    args.choice("distribution", scheme[2], DISTRIBUTIONS)
    return scheme


def weight_variance(scheme, shape):
    """Variance of one weight: scale / fan.

    Args: scheme, shape: see the head of the module. Returns: a float. Raises: ValueError if they are something else.
    """
    scale, mode, _ = _resolve(scheme)
    fan_in, fan_out = compute_fans(shape)
    return scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2, "none": 1}[mode]


def variance_scaling(shape, scale, mode, distribution, seed):
    """Weights with mean 0 and variance σ² = scale / fan, whatever the distribution.

    Args:
        shape, seed: see the head of the module.
        scale: number > 0.
        mode: "fan_in", "fan_out", "fan_avg" (mean of both) or "none" (σ² = scale).
        distribution: "normal"; "uniform" on [−√3 σ, √3 σ); "truncated_normal": N(0, 1) cut at ±2, rescaled to σ by its
            standard deviation .87962566, as every `*_normal` of Keras.
    Returns: array of that shape, float64.
    Raises: ValueError if an argument is something else.
    Reference: LeCun et al., Efficient BackProp, 1998; Glorot & Bengio, 2010; He et al., 2015.
    """
    std = math.sqrt(weight_variance((scale, mode, distribution), shape))
    rng = args.generator(seed)
    if distribution == "uniform":
        return rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)
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
    return variance_scaling(shape, *_resolve(scheme), seed)
