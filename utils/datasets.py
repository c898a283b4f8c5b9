"""Real data that needs no network."""

from collections import namedtuple

import numpy as np

from utils import _arguments as args

# Inputs (examples, features) and integer labels (examples,) of the three parts
Split = namedtuple("Split", "x_train y_train x_validation y_validation x_test y_test")


def load_digits(seed, rescale_rows=False, dtype="float64"):
    """The 1797 handwritten digits (8 × 8 pixels) of scikit-learn, split at random into 1150 / 287 / 360 rows.

    Each feature gets mean 0 and variance 1 on the training part; one that is constant there becomes 0 everywhere.

    Args:
        seed: integer ≥ 0 or numpy Generator, draws the split.
        rescale_rows: scale each row to ‖x‖² = 64, so that no example outweighs the others in a mean.
        dtype: "float32" or "float64", of the inputs.
    Returns: `Split`, inputs (examples, 64), labels 0…9.
    Raises: ValueError if an argument is something else.
    Reference: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
    """
    from sklearn import datasets

    if not isinstance(rescale_rows, bool):
        args.reject("rescale_rows", rescale_rows, "True or False")
    args.choice("dtype", dtype, ("float32", "float64"))
    x, y = datasets.load_digits(return_X_y=True)
    order = args.generator(seed).permutation(len(x))
    mean, std = x[order[:1150]].mean(axis=0), x[order[:1150]].std(axis=0)
    x = np.where(std > 0, (x - mean) / np.where(std > 0, std, 1), 0)
    if rescale_rows:
        x *= np.sqrt(x.shape[1]) / np.linalg.norm(x, axis=1, keepdims=True)
    return Split(*(part for rows in np.split(order, [1150, 1437]) for part in (x[rows].astype(dtype), y[rows])))
