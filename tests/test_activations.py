import math
import subprocess
import sys

import numpy as np
import pytest

from utils import activations
from utils.activations import ACTIVATIONS, Activation, get, logistic, logistic_prime, relu_prime, tanh_prime

EVERY = pytest.mark.parametrize("act", [get(name) for name in ACTIVATIONS], ids=list(ACTIVATIONS))


@EVERY
def test_derivative_is_the_slope(act):
    z = np.linspace(-9.03, 9.01, 203)  # central differences: error ~ h² + eps/h
    h = 1e-5
    np.testing.assert_allclose(act.prime(z), (act(z + h) - act(z - h)) / (2 * h), rtol=1e-8, atol=2e-10)


@EVERY
def test_facts(act):
    z = np.concatenate([np.linspace(-50, 50, 20001), act.kinks])
    np.testing.assert_array_equal(act(np.array([-np.inf, np.inf])), act.limits)
    assert np.max(np.abs(act.prime(z))) == act.lipschitz
    for kink in act.kinks:
        below, above = act.prime(np.array([kink - 1e-9, kink + 1e-9]))
        assert abs(above - below) > 0.1 and min(below, above) <= act.prime(kink) <= max(below, above)
    assert act.name in ACTIVATIONS and get(act) is act


@EVERY
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)])
def test_shape_and_dtype_are_kept_and_nothing_is_written(act, shape):
    for given, expected in [("float32", "float32"), ("float64", "float64"), ("int64", "float64"), ("bool", "float64")]:
        z = np.full(shape, 3).astype(given)
        before = z.copy()
        for out in (act(z), act.prime(z)):
            assert np.shape(out) == shape and out.dtype == expected and not np.shares_memory(out, z)
        np.testing.assert_array_equal(z, before)
    assert act(2) == act(np.float64(2)) == act([2])[0]


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_whole_range_of_the_dtype_without_overflow(act, dtype):
    info = np.finfo(dtype)
    size = np.append(np.geomspace(float(info.tiny), float(info.max) / 2, 400), [info.smallest_subnormal, info.max])
    z = np.sort(np.concatenate([-size, [0], size]).astype(dtype))
    with np.errstate(all="raise", under="ignore"):
        phi, slope = act(z), act.prime(z)
    assert np.isfinite(phi).all() and np.isfinite(slope).all()
    assert (np.diff(phi) >= 0).all() and (slope >= 0).all()  # these four increase
    assert np.isnan(act(np.array([np.nan])))[0]


def test_logistic_tails_and_identities():
    z = np.linspace(-700, 700, 100_001)
    np.testing.assert_allclose(logistic(z[z < -40]), np.exp(z[z < -40]), rtol=1e-12)
    np.testing.assert_allclose(logistic(z) + logistic(-z), 1, rtol=1e-15)
    near = z[np.abs(z) < 20]
    np.testing.assert_allclose(logistic(near), 1 / (1 + np.exp(-near)), rtol=1e-12)
    assert logistic(0) == 0.5 and logistic_prime(0) == 0.25


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_logistic_prime_keeps_both_tails(dtype, rtol):
    z = np.linspace(-80, 80, 1601, dtype=dtype)
    exact = 1 / (4 * np.cosh(z.astype(np.float64) / 2) ** 2)
    np.testing.assert_allclose(logistic_prime(z), exact, rtol=rtol)
    np.testing.assert_allclose(
        tanh_prime(z[np.abs(z) < 40]), 1 / np.cosh(np.float64(z[np.abs(z) < 40])) ** 2, rtol=rtol
    )


def test_relu_derivative_at_the_kink_as_keras():
    assert relu_prime(0) == 0


@EVERY
def test_agrees_with_keras(act, keras):
    z = np.concatenate([np.linspace(-30, 30, 601), [0.0]])
    ours = keras.activations.get(act.keras)
    np.testing.assert_allclose(act(z), keras.ops.convert_to_numpy(ours(keras.ops.convert_to_tensor(z))), rtol=1e-12)


def test_registry_is_open_for_parameters(monkeypatch):
    def leaky(alpha=0.2):
        def slope(z):
            return np.where(z > 0, 1, alpha)

        return Activation("leaky", lambda z: z * slope(z), slope, (-math.inf, math.inf), 1.0, "leaky_relu", (0.0,))

    monkeypatch.setitem(activations.ACTIVATIONS, "leaky", leaky)
    assert get("leaky")(np.array(-2.0)) == -0.4 and get("leaky", alpha=0.5)(np.array(-2.0)) == -1
    with pytest.raises(ValueError, match=r"params must be among \['alpha'\] for 'leaky'. Received: \{'beta': 1\}"):
        get("leaky", beta=1)


@pytest.mark.parametrize("module", ["utils", "utils.checks", "utils.activations", "utils.theory", "utils.propagation"])
def test_import_loads_nothing_heavy(module):
    code = (
        f"import sys, {module}; print(*sorted(sys.modules.keys() & {{'tensorflow', 'keras', 'matplotlib', 'sklearn'}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
