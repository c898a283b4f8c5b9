"""Checks of arguments: one error that names the argument, the value received and what is accepted."""

import math
import numbers
import reprlib

import numpy as np


def reject(name, value, accepted):
    """Raise the one error of this library for a bad argument."""
    text = reprlib.repr(value)
    if isinstance(value, np.ndarray):
        text = " ".join(np.array2string(value, threshold=8, edgeitems=2).split())
        infinite = value.dtype.kind == "f" and not np.isfinite(value).all()
        text += f", shape {value.shape}, dtype {value.dtype}" + infinite * ", not all finite"
    raise ValueError(f"{name} must be {accepted}. Received: {text}")


def integer(name, value, minimum, accepted="an integer"):
    """A whole number ≥ minimum, as int."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < minimum:
        reject(name, value, f"{accepted} ≥ {minimum}")
    return int(value)


def real(name, value, positive=False):
    """A finite number ≥ 0 (> 0 if `positive`), as float."""
    known = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    if not known or value < 0 or (positive and value == 0):
        reject(name, value, "a finite number > 0" if positive else "a finite number ≥ 0")
    return float(value)


def finite(name, value):
    """A finite number of either sign, as float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        reject(name, value, "a finite number")
    return float(value)


def floats(name, value, ndim=None):
    """Real numbers as an array of floating dtype (integers become float64); with `ndim`, finite and not empty."""
    accepted = "real numbers" if ndim is None else f"a non-empty array of {ndim} dimension(s) of finite real numbers"
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        reject(name, value, accepted)
    if array.dtype.kind not in "fiub":
        reject(name, value, accepted)
    array = array if array.dtype.kind == "f" else array.astype(np.float64)
    if ndim is not None and (array.ndim != ndim or array.size == 0 or not np.isfinite(array).all()):
        reject(name, array, accepted)
    return array


def labels(name, value, examples, classes):
    """Integer labels (examples,) from 0 to classes − 1."""
    array = np.asarray(value)
    if array.shape != (examples,) or array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= classes:
        reject(name, array, f"{examples} integer labels from 0 to {classes - 1}")
    return array


def choice(name, value, accepted):
    """One of the accepted strings."""
    if not isinstance(value, str) or value not in accepted:
        reject(name, value, "one of " + ", ".join(map(repr, accepted)))
    return value


def generator(seed):
    """A Generator from a seed; a Generator is used as it is."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(integer("seed", seed, 0, "a numpy.random.Generator or an integer"))
