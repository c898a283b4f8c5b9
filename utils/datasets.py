"""Real and generated data that need no network, and Fashion-MNIST, which needs one once.

A loader puts all rows in an order drawn by `seed` (an integer ≥ 0 or a numpy Generator) and cuts them into three parts.
Features get mean 0 and variance 1 on the training part; one that is constant there becomes 0 everywhere. `dtype`, of
all that is no label, is "float32" or "float64". Whatever is something else raises ValueError.
"""

import functools
import gzip
import os
import random
import urllib.request
import warnings
from collections import namedtuple
from pathlib import Path

import numpy as np

from utils import _arguments as args

# Inputs (examples, features) and integer labels or real targets (examples,) of the three parts
Split = namedtuple("Split", "x_train y_train x_validation y_validation x_test y_test")

DTYPES = ("float32", "float64")
TABLES = ("iris", "wine", "breast_cancer", "diabetes")
FASHION_MNIST = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def _standardize(values, train, axis=0):
    mean, std = values[train].mean(axis=axis), values[train].std(axis=axis)
    return (values - mean) / np.where(std > 0, std, np.inf)


def _split(x, y, parts, seed, dtype, scale=_standardize):
    """The rows cut in proportion to `parts`; x becomes scale(x, training rows), and so do targets that are real."""
    args.choice("dtype", dtype, DTYPES)
    order = args.generator(seed).permutation(len(x))
    rows = np.split(order, np.cumsum(parts)[:-1] * len(x) // sum(parts))
    x = scale(x, rows[0]).astype(dtype)
    if y.dtype.kind == "f":
        y = _standardize(y, rows[0]).astype(dtype)
    return Split(*(part for r in rows for part in (x[r], y[r])))


@functools.cache
def _digits():
    """The table, which scikit-learn reads from its compressed file at every call."""
    from sklearn import datasets

    return datasets.load_digits(return_X_y=True)


def load_digits(seed, rescale_rows=False, dtype="float64"):
    """The 1797 handwritten digits (8 × 8 pixels) of scikit-learn, split into 1150 / 287 / 360 rows.

    Args:
        seed, dtype: see the head of the module.
        rescale_rows: scale each row to ‖x‖² = 64, so that no example outweighs the others in a mean.
    Returns: `Split`, inputs (examples, 64), labels 0…9.
    Reference: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
    """
    if not isinstance(rescale_rows, bool):
        args.reject("rescale_rows", rescale_rows, "True or False")

    def rescaled(x, train):
        x = _standardize(x, train)
        return x * (np.sqrt(x.shape[1]) / np.linalg.norm(x, axis=1, keepdims=True))

    return _split(*_digits(), (1150, 287, 360), seed, dtype, rescaled if rescale_rows else _standardize)


def load_table(name, seed, dtype="float64"):
    """A small table of scikit-learn, split 60 / 20 / 20 %.

    "iris" (150 rows × 4 features, 3 classes), "wine" (178 × 13, 3), "breast_cancer" (569 × 30, 2), "diabetes" (442 ×
    10, a real target, standardized as the features are: a mean square error of 1 is that of the training mean).

    Args: name: of the table; seed, dtype: see the head of the module. Returns: `Split`.
    Reference: Fisher, 1936; Aeberhard et al., 1992; Street et al., 1993; Efron et al., 2004.
    """
    from sklearn import datasets

    loader = getattr(datasets, "load_" + args.choice("name", name, TABLES))
    return _split(*loader(return_X_y=True), (3, 1, 1), seed, dtype)


def load_spirals(seed, examples=1000, turns=2.0, noise=0.03, dtype="float64"):
    """Two interleaved spiral arms in the plane, one per class, of radius 1 before standardization; 60 / 20 / 20 %.

    Args:
        seed, dtype: see the head of the module; the seed draws points and split.
        examples: an integer ≥ 5, half of them of each class.
        turns: of each arm, a number > 0; neighbouring arms are 1/(2·turns) apart.
        noise: standard deviation of the normal noise of each coordinate, a number ≥ 0.
    Returns: `Split`, inputs (examples, 2), labels 0 and 1.
    Reference: Lang & Witbrock, Learning to tell two spirals apart, 1988.
    """
    rng, labels = args.generator(seed), np.arange(args.integer("examples", examples, 5)) % 2
    radius = np.sqrt(rng.uniform(size=examples))  # points lie evenly along the arm
    angle = np.pi * (2 * args.real("turns", turns, positive=True) * radius + labels)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    points += args.real("noise", noise) * rng.standard_normal(points.shape)
    return _split(points, labels, (3, 1, 1), rng, dtype)


@functools.cache
def _mnist1d():
    """The 5000 rows of the authors' generator, whose own seed is fixed."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it imports plotting and HTTP modules
            from mnist1d import data
        made = data.make_dataset(data.get_dataset_args())
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("load_mnist1d needs a package: pip install mnist1d") from error
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    return np.concatenate([made["x"], made["x_test"]]), np.concatenate([made["y"], made["y_test"]])


def load_mnist1d(seed, dtype="float64"):
    """MNIST-1D: 5000 generated signals of 40 points in 10 classes, split 3000 / 1000 / 1000.

    The first call generates them (some seconds, no network); later ones draw another split of the same rows.

    Args: seed, dtype: see the head of the module. Returns: `Split`, inputs (examples, 40), labels 0…9.
    Raises: ModuleNotFoundError if the package mnist1d is missing.
    Reference: Greydanus & Kobak, Scaling down deep learning with MNIST-1D, 2024.
    """
    return _split(*_mnist1d(), (3, 1, 1), seed, dtype)


def load_fashion_mnist(seed, download=False, dtype="float32"):
    """Fashion-MNIST: 70 000 images of 28 × 28 pixels in 10 classes, split 50 000 / 10 000 / 10 000.

    All pixels are standardized as one feature: by itself, a corner that is hardly ever used would come to hundreds.

    Args:
        seed, dtype: see the head of the module.
        download: fetch the files (31 MB) that are not yet where Keras keeps them, $KERAS_HOME or ~/.keras.
    Returns: `Split`, inputs (examples, 784), labels 0…9.
    Raises: FileNotFoundError, which says how to get the files, if they are not there or cannot be read.
    Reference: Xiao et al., Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms, 2017.
    """
    if not isinstance(download, bool):
        args.reject("download", download, "True or False")
    rng, dtype = args.generator(seed), args.choice("dtype", dtype, DTYPES)  # before 31 MB are fetched
    folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets/fashion-mnist"

    def read(name, header):
        path = folder / f"{name}-ubyte.gz"
        if download and not path.exists():
            with urllib.request.urlopen(FASHION_MNIST + path.name, timeout=10) as answer:
                content = answer.read()
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)

    try:
        y = np.concatenate([read(f"{part}-labels-idx1", 8) for part in ("train", "t10k")])
        x = np.concatenate([read(f"{part}-images-idx3", 16) for part in ("train", "t10k")]).reshape(len(y), -1)
    except Exception as error:  # no file, no network, or a damaged file: the way out is the same
        tried = f"looked in {folder}" + download * f" and asked {FASHION_MNIST}"
        raise FileNotFoundError(
            f"Fashion-MNIST is not here: {tried} ({error}). With a network, load_fashion_mnist(seed, download=True), "
            "or copy its four .gz files to that folder. load_digits and load_mnist1d need no network."
        ) from error
    return _split(x, y.astype(np.int64), (5, 1, 1), rng, dtype, functools.partial(_standardize, axis=None))
