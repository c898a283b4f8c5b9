import numpy as np
import pytest

from utils.datasets import load_digits


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
