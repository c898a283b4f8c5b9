"""Activation functions with their derivatives and facts, in one registry.

Every function works element by element on any shape, keeps a floating dtype (integers become float64), takes any finite
number without overflow or warning, has the right limits at ±inf, and leaves NaN as NaN.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from utils import _arguments as args


def identity(z):
    """Linear output: φ(z) = z.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype. Raises: ValueError otherwise.
    """
    return np.positive(args.floats("z", z))


def identity_prime(z):
    """Derivative of `identity`: φ'(z) = 1. Args, Returns and Raises as there."""
    return np.ones_like(args.floats("z", z))


def logistic(z):
    """Logistic function (sigmoid): σ(z) = 1 / (1 + e^−z), both tails to full relative precision.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, in [0, 1]. Raises: ValueError otherwise.
    """
    z = args.floats("z", z)
    tail = np.exp(-np.abs(z))  # in [0, 1]: e^|z| would overflow
    return np.where(z < 0, tail, np.ones_like(tail)) / (1 + tail)


def logistic_prime(z):
    """Derivative of `logistic`: σ'(z) = e^−|z| / (1 + e^−|z|)², at most ¼. Args, Returns and Raises as there.

    σ(1 − σ) is the same number, but 1 − σ rounds to 0 from z = 37 on.
    """
    tail = np.exp(-np.abs(args.floats("z", z)))
    return tail / (1 + tail) ** 2


def tanh(z):
    """Hyperbolic tangent: φ(z) = tanh z = 2σ(2z) − 1.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, in [−1, 1]. Raises: ValueError otherwise.
    """
    return np.tanh(args.floats("z", z))


def tanh_prime(z):
    """Derivative of `tanh`: φ'(z) = 1 − tanh² z = 4σ'(2z), at most 1. Args, Returns and Raises as there."""
    tail = np.exp(-np.abs(args.floats("z", z))) ** 2  # squared afterwards: 2z may overflow
    return 4 * tail / (1 + tail) ** 2


def relu(z):
    """Rectified linear unit: φ(z) = max(z, 0).

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, ≥ 0. Raises: ValueError otherwise.
    """
    return np.maximum(args.floats("z", z), 0)


def relu_prime(z):
    """Derivative of `relu`: φ'(z) = 1 for z > 0, else 0 (at 0 too, as Keras). Args, Returns and Raises as there."""
    return np.heaviside(args.floats("z", z), 0)


@dataclass(frozen=True)
class Activation:
    """An activation function with its derivative and the facts that theory and figures use; `activation(z)` is φ(z)."""

    name: str  # key in ACTIVATIONS
    fn: Callable  # φ
    prime: Callable  # φ'
    limits: tuple[float, float]  # φ(−∞), φ(+∞)
    lipschitz: float  # supremum of |φ'|
    keras: str  # name of the function in Keras
    kinks: tuple[float, ...] = ()  # points z where φ' jumps: an integral must be split there

    def __call__(self, z):
        return self.fn(z)


# An entry makes the Activation from its parameters (none so far), so that a parametrized function is one entry too.
ACTIVATIONS: dict[str, Callable[..., Activation]] = {
    "identity": lambda: Activation("identity", identity, identity_prime, (-math.inf, math.inf), 1.0, "linear"),
    "logistic": lambda: Activation("logistic", logistic, logistic_prime, (0.0, 1.0), 0.25, "sigmoid"),
    "tanh": lambda: Activation("tanh", tanh, tanh_prime, (-1.0, 1.0), 1.0, "tanh"),
    "relu": lambda: Activation("relu", relu, relu_prime, (0.0, math.inf), 1.0, "relu", kinks=(0.0,)),
}


def get(activation, **params):
    """Activation by name: `get("tanh")`; the parameters of a function by keyword.

    Args: activation: a key of `ACTIVATIONS`; an `Activation` is returned as it is.
    Returns: the `Activation`.
    Raises: ValueError if the name or a parameter is unknown.
    """
    if isinstance(activation, Activation) and not params:
        return activation
    factory = ACTIVATIONS[args.choice("activation", activation, ACTIVATIONS)]
    accepted = inspect.signature(factory).parameters
    if not params.keys() <= accepted.keys():
        args.reject("params", params, f"among {list(accepted)} for {activation!r}")
    return factory(**params)
