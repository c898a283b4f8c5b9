"""Statistical tests stand at 5.5 standard errors or more, measured over repetitions: they fail by chance with
probability below 1e-7 if the random stream changes; with the seeds given they are deterministic."""

import itertools

import numpy as np
import pytest
import threadpoolctl  # a dependency of scikit-learn

from utils import activations
from utils.datasets import load_digits
from utils.propagation import (
    backward,
    ensemble_statistics,
    error_signal_bounds,
    forward,
    jacobian_product_log_norms,
    keras_layer_statistics,
    layer_statistics,
    random_network,
    to_keras,
)
from utils.theory import chi, fixed_point, iterate_variance, network_profile

EVERY = pytest.mark.parametrize("activation", activations.ACTIVATIONS)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Products of 100 × 100 gain nothing from threads; on busy cores OpenBLAS's spinning costs 20 times the work."""
    with threadpoolctl.threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def digits():
    return load_digits(0)


def small_network(seed=0, widths=(5, 7, 6, 4), examples=9, dtype="float64"):
    rng = np.random.default_rng(seed)
    weights, biases = random_network(list(widths), "he_normal", rng, dtype)
    biases = [b + rng.normal(0, 0.3, b.shape).astype(dtype) for b in biases]
    x = rng.normal(size=(examples, widths[0])).astype(dtype)
    return weights, biases, x, rng.integers(0, widths[-1], examples)


@EVERY
def test_forward_is_the_formula(activation):
    weights, biases, x, _ = small_network()
    signals, act, h = forward(weights, biases, activation, x), activations.get(activation), x
    for l, (w, b) in enumerate(zip(weights, biases, strict=True)):
        z = np.array([[sum(row[i] * w[i, j] for i in range(len(w))) + b[j] for j in range(len(b))] for row in h])
        h = act(z) if l < 2 else z
        np.testing.assert_allclose(signals.z[l], z, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(signals.h[l], h, rtol=1e-12, atol=1e-14)


@EVERY
def test_backward_is_the_slope_of_the_loss(activation):
    weights, biases, x, y = small_network()
    gradients = backward(weights, biases, activation, x, y)
    logits = forward(weights, biases, activation, x).z[-1]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert gradients.loss == pytest.approx(-np.log(p[range(len(y)), y]).mean(), rel=1e-12)

    def slope(arrays, l, index, h=1e-6):
        loss = []
        for step in (h, -h):
            arrays[l][index] += step
            loss.append(backward(weights, biases, activation, x, y).loss)
            arrays[l][index] -= step
        return (loss[0] - loss[1]) / (2 * h)

    for l, (w, b) in enumerate(zip(weights, biases, strict=True)):
        numeric = np.array([slope(weights, l, index) for index in np.ndindex(w.shape)]).reshape(w.shape)
        np.testing.assert_allclose(gradients.weight_gradients[l], numeric, rtol=1e-6, atol=2e-9)
        numeric = [slope(biases, l, index) for index in range(len(b))]
        np.testing.assert_allclose(gradients.error_signals[l].mean(axis=0), numeric, rtol=1e-6, atol=2e-9)


def test_error_signals_belong_to_each_example():
    weights, biases, x, y = small_network()
    batch = backward(weights, biases, "tanh", x, y)
    for i in range(len(x)):
        alone = backward(weights, biases, "tanh", x[i : i + 1], y[i : i + 1])
        for whole, one in zip(batch.error_signals, alone.error_signals, strict=True):
            np.testing.assert_allclose(whole[i], one[0], rtol=1e-11)


@EVERY
@pytest.mark.parametrize("scheme", ["standard_normal", "glorot_uniform"])
def test_error_signals_obey_the_bound(activation, scheme):
    # Claims 1 and 2: an inequality, for every example and layer.
    weights, biases = random_network([20, 30, 30, 30, 30, 10], scheme, 0)
    x, y = np.random.default_rng(1).normal(size=(50, 20)), np.arange(50) % 10
    bounds = error_signal_bounds(weights, activation)
    norms = np.array([np.linalg.norm(d, axis=1) for d in backward(weights, biases, activation, x, y).error_signals])
    ratios = norms / np.where(norms[-1] > 0, norms[-1], 1)
    assert bounds[-1] == 1 and (ratios <= bounds[:, None] * (1 + 1e-12)).all()
    # Reached by a linear network of equal singular values; spectral norm 4 makes up for the logistic's ¼.
    doubled = backward([2 * np.eye(3)] * 4, [np.zeros(3)] * 4, "identity", np.eye(3), [0, 1, 2]).error_signals
    norms = [np.linalg.norm(d) for d in doubled]
    np.testing.assert_allclose(norms / norms[-1], error_signal_bounds([2 * np.eye(3)] * 4, "identity"), rtol=1e-12)
    np.testing.assert_array_equal(error_signal_bounds([4 * np.eye(3)] * 4, "logistic"), 1)


def test_statistics_are_their_definitions():
    weights, biases, x, y = small_network(widths=(5, 60, 6, 4), examples=40)
    stats = layer_statistics(weights, biases, "logistic", x, y)
    signals, gradients = forward(weights, biases, "logistic", x), backward(weights, biases, "logistic", x, y)
    z, h, delta, dw = signals.z[1], signals.h[1], gradients.error_signals[1], gradients.weight_gradients[1]
    per_example = [np.mean(np.outer(a, b) ** 2) for a, b in zip(signals.h[0], delta, strict=True)]
    expected = {
        "z_second_moment": np.mean(z**2),
        "z_second_moment_median": np.median(np.mean(z**2, axis=1)),
        "z_unit_variance": np.mean([np.var(unit) for unit in z.T]),
        "z_fixed_share": 1 - np.mean(np.var(z, axis=0)) / np.mean(z**2),
        "h_second_moment": np.mean(h**2),
        "h_second_moment_median": np.median(np.mean(h**2, axis=1)),
        "h_unit_variance": np.mean(np.var(h, axis=0)),
        "h_variance": np.mean(h**2) - np.mean(h) ** 2,
        "cosine": np.mean([a @ b / np.sqrt(a @ a * (b @ b)) for a, b in itertools.pairwise(h)]),
        "saturated": np.mean((h < 0.02) | (h > 0.98)),
        "dead": 0,
        "error_mean_square": np.mean(delta**2),
        "error_mean_square_median": np.median(np.mean(delta**2, axis=1)),
        "example_gradient_mean_square": np.mean(per_example),
        "gradient_mean_square": np.mean(dw**2),
        "gradient_norm": np.sqrt(np.sum(dw**2)),
        "gradient_to_weight": np.sqrt(np.sum(dw**2) / np.sum(weights[1] ** 2)),
    }
    assert {name: values[1] for name, values in stats.items()} == pytest.approx(expected, rel=1e-9)
    assert all(values.shape == (3,) and values.dtype == np.float64 for values in stats.values())
    relu = forward(weights, biases, "relu", x).h[0]
    assert layer_statistics(weights, biases, "relu", x, y)["saturated"][0] == np.mean(relu == 0)


def test_wide_logistic_saturation_threshold():
    weights, biases = [np.array([[1.0]]), np.ones((1, 2))], [np.zeros(1), np.zeros(2)]
    for z, share in [(np.log(49) - 1e-9, 0), (np.log(49) + 1e-9, 1), (-np.log(49) - 1e-9, 1)]:  # σ(ln 49) = .98
        assert layer_statistics(weights, biases, "logistic", [[z]], [0])["saturated"][0] == share


def test_arguments_are_not_written_and_no_global_state_moves(global_random_state):
    weights, biases, x, y = small_network()
    before = [a.copy() for a in (*weights, *biases, x, y)]
    layer_statistics(weights, biases, "relu", x, y)
    ensemble_statistics([5, 3, 4], "he_normal", "identity", x, y, 2, seed=0)
    jacobian_product_log_norms(3, 2, 1.0, 2, seed=0)
    for array, copy in zip((*weights, *biases, x, y), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_seeds_and_dtypes():
    double, single = random_network([5, 4, 3], "he_normal", 1), random_network([5, 4, 3], "he_normal", 1, "float32")
    for a, b in zip(double[0] + double[1], single[0] + single[1], strict=True):
        assert (a.dtype, b.dtype) == (np.float64, np.float32)
        np.testing.assert_array_equal(a.astype(np.float32), b)
    weights, biases, x, y = small_network(dtype="float32")
    gradients = backward(weights, biases, "logistic", x.astype(np.float64), y)
    assert {a.dtype for a in gradients.error_signals + gradients.weight_gradients} == {np.dtype("float32")}
    x, y = np.ones((2, 5)), [0, 1]
    few, many = (ensemble_statistics([5, 4, 3], "he_normal", "tanh", x, y, k, seed=2) for k in (2, 3))
    np.testing.assert_array_equal(few["z_second_moment"], many["z_second_moment"][:2])
    assert len(np.unique(many["z_second_moment"][:, 0])) == 3 and few["gradient_norm"].shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "params", "flat"),
    [
        ("relu", {}, lambda z: z <= 0),
        ("relu_squared", {}, lambda z: z <= 0),
        ("leaky_relu", {"alpha": 0.2}, lambda z: z > np.inf),
        ("leaky_relu", {"alpha": 0.01}, lambda z: z <= 0),
        ("elu", {}, lambda z: z < np.log(0.0784)),
        ("tanh", {}, lambda z: np.abs(z) > np.arctanh(np.sqrt(1 - 0.0784))),
        ("softsign", {}, lambda z: np.abs(z) > 0.0784**-0.5 - 1),
        ("identity", {}, lambda z: z > np.inf),
    ],
)
def test_saturated_and_dead(name, params, flat):
    weights, biases, x, y = small_network(widths=(5, 60, 4), examples=40)
    biases[0][:9] = -1000  # nine units of the first layer see z far below 0 only
    act = activations.get(name, **params)
    stats, z = layer_statistics(weights, biases, act, 4 * x, y), forward(weights, biases, act, 4 * x).z[0]
    assert stats["saturated"][0] == np.mean(flat(z))
    # A slope of exactly 0: of (1 − tanh² z) for |z| > 373 only, where e^−2|z| is below the smallest number.
    assert stats["dead"][0] == (9 / 60 if name in ("relu", "relu_squared", "elu", "tanh") else 0)
    assert stats["saturated"][1] == stats["dead"][1] == 0


def test_statistics_of_a_dead_network():
    weights, biases = [np.ones((3, 4)), np.zeros((4, 2))], [np.full(4, -9.0), np.zeros(2)]
    stats = layer_statistics(weights, biases, "relu", np.ones((5, 3)), [0, 1, 0, 1, 0])
    assert stats["dead"].tolist() == [1, 0] and np.isnan(stats["cosine"]).all()
    assert stats["gradient_to_weight"][0] == 0 and np.isnan(stats["gradient_to_weight"][1])
    # Rows that are 0 are left out of the pairs; one row makes no pair.
    x = np.array([[1.0, 0, 0], [1, 1, 0], [-9, 0, 0], [0, 1, 0], [0, 0, 1]])
    network = [np.eye(3), np.eye(3)], [np.zeros(3), np.ones(3)]
    stats = layer_statistics(*network, "relu", x, [0, 1, 2, 0, 1])
    assert stats["cosine"][0] == pytest.approx((np.sqrt(0.5) + 0) / 2)
    assert np.isnan(layer_statistics(*network, "relu", x[:1], [0])["cosine"]).all()


def test_gradient_to_weight_is_what_a_step_of_sgd_moves():
    weights, biases, x, y = small_network()
    stats, gradients = (f(weights, biases, "tanh", x, y) for f in (layer_statistics, backward))
    for l, (w, gradient) in enumerate(zip(weights, gradients.weight_gradients, strict=True)):
        moved = np.linalg.norm((w - 0.1 * gradient) - w) / np.linalg.norm(w)
        assert 0.1 * stats["gradient_to_weight"][l] == pytest.approx(moved, rel=1e-9)


def test_cosine_of_relu_layers_follows_the_arc_cosine_map():
    # Cho & Saul (2009): c → (√(1 − c²) + c (π − arccos c))/π, from layer to layer towards 1, under He's variance.
    rng, c = np.random.default_rng(0), 0.2
    u, v = np.linalg.qr(rng.normal(size=(64, 2)))[0].T
    x, expected = 8 * np.stack([u, c * u + np.sqrt(1 - c**2) * v]), []
    for _ in range(5):
        c = (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / np.pi
        expected.append(c)
    found = ensemble_statistics([64] + [400] * 5 + [2], "he_normal", "relu", x, [0, 1], 40, seed=1)["cosine"][:, :5]
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - expected) < 5.5 * error + 2 / 400).all() and (error < 0.01).all()


def test_biases_have_the_variance_of_the_scheme():
    widths, scheme = [5, 3000, 2000], (1.5, "fan_in", "normal")
    weights, biases = random_network(widths, (*scheme, 0.04), 7)
    assert all(abs(b.var() / 0.04 - 1) < 5.5 * np.sqrt(2 / b.size) for b in biases)
    assert all(abs(b.mean()) < 5.5 * 0.2 / np.sqrt(b.size) for b in biases)
    assert np.abs(np.corrcoef(biases[0][:2000], biases[1])[0, 1]) < 5.5 / np.sqrt(2000)
    assert (random_network(widths, (*scheme, 0.04), 8)[1][0] != biases[0]).all()
    plain, zeros = random_network(widths, scheme, 7)
    for a, b in zip(weights, plain, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not any(b.any() for b in zeros) and random_network(widths, (*scheme, 0.04), 7, "float32")[1][0].dtype == "f4"


def assert_same_statistics(theirs, ours, rtol):
    """Variances are compared on the scale of the mean squares that they are differences of."""
    assert list(ours) == list(theirs)
    scales = {name: name[0] + "_second_moment" for name in ("z_unit_variance", "h_unit_variance", "h_variance")}
    for name in ours:
        scale, atol = (ours[scales[name]], rtol) if name in scales else (1, 0)
        np.testing.assert_allclose(theirs[name] / scale, ours[name] / scale, rtol=rtol, atol=atol, err_msg=name)


PARAMETRIZED = [
    ("leaky_relu", {"alpha": 0.01}),
    ("prelu", {"alpha": -0.5}),
    ("rrelu", {"convention": "divisor"}),
    ("elu", {"alpha": 2.0}),
    ("gelu", {"form": "tanh"}),
    ("gelu", {"form": "logistic"}),
    ("swish", {"beta": 1.7}),
]


@pytest.mark.parametrize("depth", [3, 10])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-4)])
@pytest.mark.parametrize(("name", "params"), [*((name, {}) for name in activations.ACTIVATIONS), *PARAMETRIZED])
def test_agrees_with_gradient_tape(name, params, dtype, rtol, depth, digits, keras):
    act, x, y = activations.get(name, **params), digits.x_train[:60], digits.y_train[:60]
    if act.keras in ("leaky_relu", "gelu") and dtype == "float64":
        rtol = 1e-6  # tf.nn rounds the constants of these two to float32
    if name == "relu_squared":
        depth = min(depth, 4)  # mean squares are squared in every layer: soon they leave the range of the dtype
    widths = [64, *np.resize([40, 30, 50], depth - 1).tolist(), 10]
    for scheme in ("he_normal", "glorot_uniform", "orthogonal", (1.2, "fan_in", "normal", 0.1)):
        weights, biases = random_network(widths, scheme, 3, dtype)
        model = to_keras(weights, biases, act)
        ours, theirs = layer_statistics(weights, biases, act, x, y), keras_layer_statistics(model, x, y)
        assert_same_statistics(theirs, ours, rtol)
        logits = forward(weights, biases, act, x).z[-1]
        np.testing.assert_allclose(model(x), logits, rtol=rtol, atol=rtol * np.abs(logits).max())


def test_activation_layers_of_keras(keras):
    layers, (weights, biases, x, y) = keras.layers, small_network(dtype="float32")
    for name, params, layer in [
        ("tanh", {}, layers.Activation("tanh")),
        ("leaky_relu", {"alpha": 0.3}, layers.LeakyReLU(0.3)),
        ("elu", {"alpha": 0.7}, layers.ELU(0.7)),
        ("prelu", {"alpha": 0.25}, layers.PReLU(keras.initializers.Constant(0.25))),
        ("prelu", {"alpha": 0.0}, layers.PReLU()),
    ]:
        again = type(layer).from_config(layer.get_config() | {"name": "again"})
        middle = [layers.Dense(7), layer, layers.Dense(6), again, layers.Dense(4)]
        model = keras.Sequential([keras.Input((5,)), *middle])
        for dense, w, b in zip([l for l in model.layers if isinstance(l, layers.Dense)], weights, biases, strict=True):
            dense.set_weights([w, b])
        ours = layer_statistics(weights, biases, activations.get(name, **params), x, y)
        assert_same_statistics(keras_layer_statistics(model, x, y), ours, 1e-5)


def test_keras_model_with_a_function_of_its_own_in_each_layer(keras):
    weights, biases, x, y = small_network(examples=50)
    slopes = np.array([0.0, 0.01, 0.5, -2.0, 0.2, 0.0])
    layers = keras.layers
    hidden = [layers.Dense(7, "tanh", dtype="float64"), layers.Dense(6, dtype="float64"), layers.PReLU(dtype="float64")]
    model = keras.Sequential([keras.Input((5,), dtype="float64"), *hidden, layers.Dense(4, dtype="float64")])
    model.set_weights([weights[0], biases[0], weights[1], biases[1], slopes, weights[2], biases[2]])
    biases[1][0] = -100
    model.layers[1].set_weights([weights[1], biases[1]])
    found = keras_layer_statistics(model, x, y)
    h = np.tanh(x @ weights[0] + biases[0])
    z = h @ weights[1] + biases[1]
    np.testing.assert_allclose(
        found["h_second_moment"][:2], [np.mean(h**2), np.mean(np.where(z > 0, z, slopes * z) ** 2)]
    )
    flat = np.abs(np.where(z > 0, 1, slopes)) < 2 * 0.0784
    assert found["saturated"][1] == np.mean(flat) and found["dead"][1] == 1 / 6


def test_depth_at_which_the_float32_gradient_is_exactly_zero(digits, keras):
    # k1.9: NumPy keeps subnormal numbers down to 1.4e-45, TensorFlow sets what is below 1.18e-38 to 0.
    network = random_network([64] + [100] * 79 + [10], "glorot_uniform", 0, "float32")
    x, y = digits.x_train[:128], digits.y_train[:128]
    ours = layer_statistics(*network, "logistic", x, y)
    theirs = keras_layer_statistics(to_keras(*network, "logistic"), x, y)
    alive = [int((stats["gradient_norm"] > 0).sum()) for stats in (ours, theirs)]
    assert 66 <= alive[0] <= 70 and 54 <= alive[1] <= 58
    assert not ours["gradient_norm"][: -alive[0]].any() and not theirs["gradient_norm"][: -alive[1]].any()
    tiny = np.finfo(np.float32).tiny
    assert ours["gradient_norm"][-alive[0]] < tiny <= theirs["gradient_norm"][-alive[1]]
    # Entries of dC/dz scatter around their root mean square: above 1e-35 hardly any is near the floor.
    clear = np.sqrt(ours["error_mean_square"]) / len(x) > 1e-35
    assert 45 < clear.sum() < alive[1]
    for name in ("error_mean_square", "gradient_mean_square", "gradient_norm", "z_second_moment", "h_second_moment"):
        np.testing.assert_allclose(theirs[name][clear], ours[name][clear], rtol=1e-5, err_msg=name)


def test_keras_model_without_biases(keras):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "tanh", use_bias=False), keras.layers.Dense(3)])
    weights = [layer.kernel.numpy() for layer in model.layers]
    x, y = np.linspace(-1, 1, 30).reshape(6, 5), [0, 1, 2, 0, 1, 2]
    ours = layer_statistics(weights, [np.zeros(4, np.float32), np.zeros(3, np.float32)], "tanh", x, y)
    theirs = keras_layer_statistics(model, x, y)
    np.testing.assert_allclose(theirs["gradient_norm"], ours["gradient_norm"], rtol=1e-5)


def test_normal_weights_under_the_logistic(digits):
    # Claim 4. Per network q varies by 3, 9, 16 % in layers 1, 2, 10; the mean of 200 networks by .4, .5, 1 %.
    x, y = digits.x_train[:100], digits.y_train[:100]
    stats = ensemble_statistics([64] + [100] * 10 + [10], "standard_normal", "logistic", x, y, 200, seed=0)
    mean = {name: values.mean(axis=0) for name, values in stats.items()}
    np.testing.assert_allclose(mean["z_second_moment"][0], (x**2).sum(axis=1).mean(), rtol=0.06)
    np.testing.assert_allclose(mean["z_second_moment"][1:10], fixed_point("logistic", 100), rtol=0.06)
    # Over examples, one unit varies less and less; the rest is a fixed offset.
    np.testing.assert_allclose(mean["z_unit_variance"][[0, 1, 2, 4, 9]], [61, 20, 11, 4.7, 1.5], rtol=0.2)
    assert (np.diff(mean["z_unit_variance"][:10]) < 0).all() and (mean["z_fixed_share"][1:10] > 0.5).all()
    assert (stats["h_unit_variance"][:, :10] <= stats["h_variance"][:, :10]).all()
    assert (stats["h_variance"][:, :10] < 0.25).all()
    np.testing.assert_allclose(mean["saturated"][2:10], 0.558, atol=0.03)
    np.testing.assert_allclose(mean["h_variance"][2:10], 0.1921, rtol=0.03)


@pytest.mark.parametrize(("width", "networks"), [(30, 60), (100, 20), (300, 10), (1000, 3)])
def test_normal_weights_under_the_logistic_vanish_or_explode_by_width(width, networks, digits):
    # Claim 5. The logarithm of the ratio deviates from theory by .13, .09, .09, .07 (s.d. over repetitions).
    x, y = digits.x_train[:40], digits.y_train[:40]
    widths = [64] + [width] * 10 + [10]
    signal = ensemble_statistics(widths, "standard_normal", "logistic", x, y, networks, 1)["error_mean_square"]
    profile = network_profile(widths, "standard_normal", "logistic", (x**2).mean())
    ratio, theory = signal[:, 0].mean() / signal[:, 9].mean(), profile.gradient[0] / profile.gradient[9]
    assert abs(np.log(ratio / theory)) < np.log(2) + 0.08  # the theory's own error at finite width is below 8 %
    pilot = {30: 1.4e-3, 100: 0.70, 300: 176, 1000: 7.1e4}[width]
    assert 1 / 4 < ratio / pilot < 4 and (ratio > 1) == (width > 103)


def test_glorot_under_the_logistic_vanishes():
    # Claim 6: theory χ₁⁹ = 5.2e-12 from the fixed point on, 4e-12 with q₁ = 1; s.d. over repetitions 8 % of the mean.
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 100)), rng.integers(0, 10, 30)
    stats = ensemble_statistics([100] * 11 + [10], "glorot_uniform", "logistic", x, y, 24, seed=1)
    ratio = stats["error_mean_square"][:, 0].mean() / stats["error_mean_square"][:, 9].mean()
    q = iterate_variance("logistic", 1.0, 1.0, 9)
    assert ratio == pytest.approx(np.prod([chi("logistic", v, 1.0) for v in q]), rel=0.3)
    assert ratio == pytest.approx(4.15e-12, rel=0.3)


@pytest.mark.parametrize("scheme", ["uniform_fan_in", "glorot_uniform"])
def test_signals_shrink_but_weight_gradients_do_not_under_tanh(scheme):
    # Claim 9, width 500, bottom/top; s.d. over repetitions with 2 networks 2 %.
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 500)), rng.integers(0, 500, 20)
    stats = ensemble_statistics([500] * 6, scheme, "tanh", x, y, 2, seed=1)
    profile = network_profile([500] * 6, scheme, "tanh")
    for name, theory in [
        ("error_mean_square", profile.gradient),
        ("example_gradient_mean_square", profile.weight_gradient),
        ("gradient_mean_square", profile.weight_gradient),
    ]:
        measured = stats[name].mean(axis=0)
        np.testing.assert_allclose(measured / measured[-1], theory, rtol=0.25, err_msg=name)


@pytest.mark.parametrize(("activation", "scheme"), [("tanh", "glorot_normal"), ("relu", "he_normal")])
def test_profile_of_unequal_widths(activation, scheme):
    # 60 networks; s.d. of the mean over repetitions below 3 %, the theory's own error at these widths below 5 %.
    rng, widths = np.random.default_rng(0), [64, 200, 400, 100, 10]
    x, y = rng.normal(size=(40, 64)), rng.integers(0, 10, 40)
    stats = ensemble_statistics(widths, scheme, activation, x, y, 60, seed=1)
    mean = {name: values.mean(axis=0) for name, values in stats.items()}
    profile = network_profile(widths, scheme, activation, (x**2).mean())
    np.testing.assert_allclose(mean["z_second_moment"], profile.q, rtol=0.2)
    np.testing.assert_allclose(mean["h_second_moment"], profile.output, rtol=0.2)
    np.testing.assert_allclose(mean["error_mean_square"] / mean["error_mean_square"][-1], profile.gradient, rtol=0.2)


@pytest.mark.parametrize(("activation", "q"), [("identity", 1.0), ("relu", 1.0), ("logistic", 44.0)])
def test_jacobian_products_follow_chi(activation, q):
    logs = jacobian_product_log_norms(40, 6, 1.5, 400, seed=0, activation=activation, q=q)
    squares = 10 ** (2 * logs) / chi(activation, q, 1.5) ** np.arange(1, 7)
    error = squares.std(axis=0) / np.sqrt(len(squares))
    assert logs.shape == (400, 6) and (np.abs(squares.mean(axis=0) - 1) < 5.5 * error).all() and (error < 0.08).all()


def test_jacobian_products_do_not_underflow():
    logs = jacobian_product_log_norms(8, 3000, 0.01, 2, seed=0)
    assert np.isfinite(logs).all() and (logs[:, -1] < -2900).all()
    np.testing.assert_array_equal(logs, jacobian_product_log_norms(8, 3000, 0.01, 2, seed=0))
    dead = jacobian_product_log_norms(1, 60, 1.0, 50, seed=0, activation="relu")
    assert np.isneginf(dead[:, -1]).all() and not np.isnan(dead).any()  # all alive with probability 50·2⁻⁶⁰
