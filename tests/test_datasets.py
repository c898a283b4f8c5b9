import functools
import gzip
import random
import re
import socket
import sys
import time

import numpy as np
import pytest

from utils import datasets
from utils.datasets import TABLES, load_digits, load_fashion_mnist, load_mnist1d, load_spirals, load_table

LOADERS = [load_digits, load_mnist1d, load_spirals, *(functools.partial(load_table, name) for name in TABLES)]
EVERY = pytest.mark.parametrize("load", LOADERS, ids=["digits", "mnist1d", "spirals", *TABLES])


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise OSError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def keras_cache(tmp_path, monkeypatch):
    """Fashion-MNIST in miniature: 14 + 7 images of 2 × 2 pixels, image k in row k of both files, as idx in gzip."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets/fashion-mnist"
    folder.mkdir(parents=True)
    for part, first, count in [("train", 0, 14), ("t10k", 14, 7)]:
        k = np.arange(first, first + count, dtype=np.uint8)
        images = np.column_stack([k, 2 * k, 3 * k, np.full(count, 7, np.uint8)])
        for name, magic, sizes, content in [
            ("labels-idx1", 0x801, [count], k % 10),
            ("images-idx3", 0x803, [count, 2, 2], images),
        ]:
            header = np.array([magic, *sizes], ">u4").tobytes()
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(header + content.tobytes()))
    return folder


def test_split_is_a_partition_of_all_the_digits():
    from sklearn.datasets import load_digits as original

    split = load_digits(0)
    assert [len(part) for part in split] == [1150, 1150, 287, 287, 360, 360]
    assert all(part.shape[1:] == (64,) and part.dtype == np.float64 for part in split[::2])
    labels = np.concatenate(split[1::2])
    np.testing.assert_array_equal(np.bincount(labels), np.bincount(original().target))
    # Undo the standardization of the middle columns, where every pixel takes all values: each image keeps its label.
    x, raw = np.concatenate(split[::2])[:, 19:21], original().data[:, 19:21]
    pixels = np.rint(16 * (x - x.min(axis=0)) / np.ptp(x, axis=0))
    found, given = np.column_stack([labels, pixels]), np.column_stack([original().target, raw])
    assert sorted(map(tuple, found)) == sorted(map(tuple, given))


# 61 features vary; with the second seed one and with the third two of them vary outside the training part only.
@pytest.mark.parametrize(("seed", "constant"), [(0, 3), (1, 4), (12, 5)])
def test_standardized_on_the_training_part_only(seed, constant):
    split = load_digits(seed)
    mean, std = split.x_train.mean(axis=0), split.x_train.std(axis=0)
    assert (std == 0).sum() == constant
    np.testing.assert_allclose(mean, 0, atol=1e-13)
    np.testing.assert_allclose(std[std > 0], 1, rtol=1e-12)
    assert not np.concatenate(split[::2])[:, std == 0].any()
    assert np.abs(split.x_test.mean(axis=0)).max() > 0.01


def test_rescaled_rows():
    plain, rescaled = load_digits(3), load_digits(3, rescale_rows=True)
    for x, y in zip(plain[::2], rescaled[::2], strict=True):
        np.testing.assert_allclose((y**2).sum(axis=1), 64, rtol=1e-12)
        np.testing.assert_allclose(y * np.linalg.norm(x, axis=1, keepdims=True), 8 * x, rtol=1e-12)


def test_seeds_and_dtype(global_random_state):
    first, same, other = load_digits(4), load_digits(np.random.default_rng(4), dtype="float32"), load_digits(5)
    for a, b in zip(first, same, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert same.x_test.dtype == np.float32 and (first.y_train != other.y_train).any()


@EVERY
def test_every_row_stands_in_one_part(load):
    first, other = load(0), load(1)
    for split in (first, other):
        sizes = [len(part) for part in split]
        assert sizes[::2] == sizes[1::2] and sizes[0] > 3 * sizes[4] - 3
    if load is load_spirals:  # its points are drawn by the seed too
        return
    # Standardized anew on all rows, both splits are the same rows, targets included, in another order.
    rows = []
    for split in (first, other):
        table = np.column_stack([np.concatenate(split[::2]), np.concatenate(split[1::2])])
        table = (table - table.mean(axis=0)) / np.where(table.std(axis=0) > 0, table.std(axis=0), 1)
        rows.append(sorted(map(tuple, table.round(5) + 0.0)))
    if load is not load_digits:  # where a column that is constant in one training part is lost
        np.testing.assert_allclose(*rows, atol=3e-5)
    assert (first.x_train != other.x_train).any()


@EVERY
def test_training_part_alone_is_standard(load):
    split = load(2)
    mean, std = split.x_train.mean(axis=0), split.x_train.std(axis=0)
    np.testing.assert_allclose(mean, 0, atol=1e-12)
    np.testing.assert_allclose(std[std > 0], 1, rtol=1e-12)
    assert np.abs(split.x_test.mean(axis=0)).max() > 0.01
    classes = np.unique(split.y_train)
    if split.y_train.dtype.kind == "f":
        assert split.y_train.mean() == pytest.approx(0, abs=1e-12) and split.y_train.std() == pytest.approx(1)
        assert abs(split.y_test.mean()) > 1e-3
    else:
        np.testing.assert_array_equal(classes, np.arange(len(classes)))


@EVERY
def test_seed_and_dtype_of_every_loader(load, no_network, global_random_state, capfd):
    datasets._mnist1d.cache_clear()
    first, same = load(4), load(np.random.default_rng(4), dtype="float32")
    for a, b in zip(first, same, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert same.x_train.dtype == same.x_test.dtype == np.float32 and first.x_test.dtype == np.float64
    assert same.y_test.dtype == (np.float32 if first.y_test.dtype.kind == "f" else np.int64)
    assert capfd.readouterr() == ("", "")


def test_a_split_does_not_write_into_the_cached_rows():
    before = load_mnist1d(0)
    for part in load_mnist1d(1):
        part[:] = 0
    for a, b in zip(before, load_mnist1d(0), strict=True):
        np.testing.assert_array_equal(a, b)


def test_mnist1d_is_as_its_authors_say():
    split = load_mnist1d(0)
    assert [part.shape for part in split[::2]] == [(3000, 40), (1000, 40), (1000, 40)]
    np.testing.assert_array_equal(np.bincount(np.concatenate(split[1::2])), 500)


def test_mnist1d_seeds_nothing_but_itself():
    def draws(load):
        datasets._mnist1d.cache_clear()
        random.seed(7)
        np.random.seed(7)  # noqa: NPY002
        load()
        return random.random(), np.random.random()  # noqa: NPY002

    assert draws(lambda: load_mnist1d(0)) == draws(lambda: None)


def test_mnist1d_without_its_package(monkeypatch, global_random_state):
    datasets._mnist1d.cache_clear()
    monkeypatch.setitem(sys.modules, "mnist1d", None)
    with pytest.raises(ModuleNotFoundError, match="pip install mnist1d"):
        load_mnist1d(0)


def test_spirals_are_spirals():
    split = load_spirals(0, examples=20_000, turns=3.0, noise=0.01)
    x, y = np.concatenate(split[::2]), np.concatenate(split[1::2])
    assert np.bincount(y).tolist() == [10_000, 10_000]
    # Upwards from the centre the arms alternate: one at (1/4 + k)/3 of the way, k = 0, 1, 2, the other 1/6 later.
    beam = (np.abs(np.arctan2(x[:, 0], x[:, 1])) < 0.03) & (np.hypot(*x.T) > 0.05)
    labels = y[beam][np.argsort(x[beam, 1])]
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    np.testing.assert_array_equal(labels[starts], [0, 1, 0, 1, 0, 1])
    radius = [group.mean() for group in np.split(np.sort(x[beam, 1]), starts[1:])]
    np.testing.assert_allclose(np.diff(radius) / np.max(radius), 2 / 11, rtol=0.1)
    # The arms are one curve turned by half a turn: in mean they cancel, and noise widens them.
    wide = load_spirals(0, examples=20_000, turns=3.0, noise=5.0)
    np.testing.assert_allclose(np.corrcoef(np.hypot(*wide.x_train.T), wide.y_train)[0, 1], 0, atol=0.06)


def test_fashion_mnist_from_the_keras_cache(keras_cache, no_network):
    split = load_fashion_mnist(0, dtype="float64")
    assert [part.shape for part in split] == [(15, 4), (15,), (3, 4), (3,), (3, 4), (3,)]
    # One mean and one standard deviation for all pixels.
    assert split.x_train.mean() == pytest.approx(0, abs=1e-12) and split.x_train.std() == pytest.approx(1)
    x, y = np.concatenate(split[::2]), np.concatenate(split[1::2])
    scale = (x[:, 2] - x[:, 1]).max() / 20
    k = np.rint((x[:, 1] - x[:, 0]) / scale)
    assert sorted(k) == list(range(21))
    np.testing.assert_array_equal(y, k % 10)
    np.testing.assert_allclose(x - x[:, 3:], scale * (k[:, None] * [1, 2, 3, 0] - [7, 7, 7, 0]), atol=1e-12)
    assert load_fashion_mnist(0, download=True).x_test.dtype == np.float32


@pytest.mark.parametrize("download", [False, True])
def test_fashion_mnist_that_is_not_there(download, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(datasets, "FASHION_MNIST", "https://nowhere.invalid/")  # a name that no network resolves
    start = time.monotonic()
    with pytest.raises(FileNotFoundError) as error:
        load_fashion_mnist(0, download=download)
    assert time.monotonic() - start < 30
    message = str(error.value)
    assert message.startswith("Fashion-MNIST is not here: looked in " + str(tmp_path))
    assert ("nowhere.invalid" in message) == download
    assert all(word in message for word in ("download=True", "load_digits", "load_mnist1d"))
    assert not list(tmp_path.rglob("*.gz"))


def test_fashion_mnist_downloads_what_is_missing(keras_cache, monkeypatch):
    expected = load_fashion_mnist(0)
    name, asked = "t10k-labels-idx1-ubyte.gz", []
    content = (keras_cache / name).read_bytes()
    (keras_cache / name).unlink()

    def answer(address, timeout):
        asked.append(address)
        return open(keras_cache.parent / name, "rb")

    (keras_cache.parent / name).write_bytes(content)
    monkeypatch.setattr(datasets.urllib.request, "urlopen", answer)
    for a, b in zip(load_fashion_mnist(0, download=True), expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert asked == [datasets.FASHION_MNIST + name] and (keras_cache / name).read_bytes() == content


def test_damaged_fashion_mnist(keras_cache):
    path = keras_cache / "train-images-idx3-ubyte.gz"
    for content in (b"", path.read_bytes()[:-9], b"not gzip", gzip.compress(bytes(15)), gzip.compress(bytes(17))):
        path.write_bytes(content)
        with pytest.raises(
            FileNotFoundError, match="^Fashion-MNIST is not here: looked in " + re.escape(str(keras_cache))
        ):
            load_fashion_mnist(0)
