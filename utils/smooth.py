"""Smooth activations: random gates whose mean is the GELU, and where a function with a dip is lowest."""

import numpy as np

from utils import _arguments as args
from utils import activations


def gate_means(z, n, trials, seed):
    """Means of random gates: each lets z pass if a number drawn from N(0, 1) is at most z, and gives 0 if not.

    Args: z: real numbers (points,); n: gates in a mean, an integer ≥ 1; trials: means per point, an integer ≥ 1;
    seed: an integer ≥ 0 or a numpy Generator.
    Returns: array (trials, points); its expectation is `activations.gelu`.
    Raises: ValueError if an argument is something else.
    Reference: Hendrycks & Gimpel, Gaussian error linear units, 2016.
    """
    z, n, trials = args.floats("z", z, 1), args.integer("n", n, 1), args.integer("trials", trials, 1)
    rng = args.generator(seed)
    open_share = [(rng.standard_normal((trials, n)) <= value).mean(axis=1) for value in z]
    return z * np.stack(open_share, axis=1)


def newton_minimum(activation, start):
    """Newton's method on φ': z ← z − φ'(z)/φ''(z), until |φ'(z)| < 1e-14.

    Args: activation: a name or an `Activation` with φ''; start: a number.
    Returns: array (steps + 1,), the start first, the minimum last.
    Raises: ValueError also if it does not come to a point where φ' = 0 and φ'' > 0 in 50 steps.
    """
    act, path = activations.get(activation), [args.finite("start", start)]
    if act.second is None:
        args.reject("activation", act.name, "an activation with a second derivative")
    for _ in range(50):
        z = np.array(path[-1])
        slope, bend = float(act.prime(z)), float(act.second(z))
        if abs(slope) < 1e-14:
            break
        path.append(path[-1] - slope / bend if bend else np.nan)
    if not (abs(slope) < 1e-14 and bend > 1e-6):
        args.reject("start", start, f"a start from which Newton's method finds a minimum; from here it has come to {z}")
    return np.array(path)
