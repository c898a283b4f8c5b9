"""Every argument of every public function, with values that it must refuse."""

import inspect

import numpy as np
import pytest

from utils import activations, datasets, initializers, propagation, theory

NAN, INF = float("nan"), float("inf")
W, B = [np.ones((3, 2)), np.ones((2, 4))], [np.zeros(2), np.zeros(4)]
NETWORK = {"weights": W, "biases": B, "activation": "relu", "x": np.ones((5, 3)), "y": np.array([0, 1, 2, 3, 0])}
SIGNAL = {"activation": "tanh", "q": 1.0, "sigma_w2": 1.0, "sigma_b2": 0.0}
WEIGHTS = {"scheme": "he_normal", "shape": (4, 3), "seed": 0}


def some(arguments, *names):
    return {name: arguments[name] for name in names}


VALID = {
    **{getattr(activations, name): {"z": 0.5} for act in activations.ACTIVATIONS for name in (act, act + "_prime")},
    activations.get: {"activation": "relu", "params": {}},
    initializers.compute_fans: some(WEIGHTS, "shape"),
    initializers.layer_shapes: {"widths": [4, 3]},
    initializers.weight_variance: some(WEIGHTS, "scheme", "shape"),
    initializers.initialize: WEIGHTS,
    initializers.variance_scaling: {
        **some(WEIGHTS, "shape", "seed"),
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "normal",
    },
    theory.gaussian_expectation: {"f": np.abs, "q": 1.0, "kinks": (0.0,)},
    theory.second_moment: some(SIGNAL, "activation", "q"),
    theory.variance_map: SIGNAL,
    theory.chi: some(SIGNAL, "activation", "q", "sigma_w2"),
    theory.iterate_variance: {**some(SIGNAL, "activation", "sigma_w2", "sigma_b2"), "q1": 1.0, "depth": 3},
    theory.fixed_point: {**SIGNAL, "sigma_b2": 1.0},
    theory.network_profile: {
        "widths": [4, 3],
        "scheme": "he_normal",
        "activation": "relu",
        "input_second_moment": 1.0,
    },
    propagation.random_network: {"widths": [4, 3], "scheme": "he_normal", "seed": 0, "dtype": "float32"},
    propagation.forward: some(NETWORK, "weights", "biases", "activation", "x"),
    propagation.backward: NETWORK,
    propagation.layer_statistics: NETWORK,
    propagation.ensemble_statistics: {
        **some(NETWORK, "activation", "x", "y"),
        "widths": [3, 2, 4],
        "scheme": "he_normal",
        "networks": 2,
        "seed": 0,
        "dtype": "float64",
    },
    propagation.to_keras: some(NETWORK, "weights", "biases", "activation"),
    propagation.keras_layer_statistics: {"model": "of to_keras", **some(NETWORK, "x", "y")},
    propagation.error_signal_bounds: some(NETWORK, "weights", "activation"),
    propagation.jacobian_product_log_norms: {
        "width": 3,
        "depth": 2,
        "sigma_w2": 1.0,
        "trials": 2,
        "seed": 0,
        "activation": "relu",
        "q": 1.0,
    },
    datasets.load_digits: {"seed": 0, "rescale_rows": True, "dtype": "float32"},
}

NOT_COUNTS = [0, -1, 2.0, True, "3", None]
NOT_AMOUNTS = [-0.5, NAN, INF, "1", True, None, 1j, [1.0]]
BAD = {
    "z": ["0.5", None, 1j, [[1.0], [1.0, 2.0]], {}],
    "activation": ["sigmoide", "", None, 3, np.tanh],
    "params": [{"alpha": 0.1}],
    "shape": [(4,), (), (4, 0), (4, -3), (4, 3.0), (True, 3), "43", 4, None],
    "widths": [[4], [], [4, 0], [4, 3.0], [4, None], "43", 4, None],
    "scheme": ["glorot", None, 2.0, ("he_normal",), ["he_normal"]],
    "scale": [0, 0.0, *NOT_AMOUNTS],
    "mode": ["fan", "FAN_IN", None, 1],
    "distribution": ["gaussian", None, 1],
    "seed": [-1, 1.0, True, "0", None, np.random.RandomState(0)],
    "f": [None, 1.0, lambda z: z[0], lambda z: z * NAN, lambda z: 1.0],
    "q": NOT_AMOUNTS,
    "q1": NOT_AMOUNTS,
    "sigma_w2": NOT_AMOUNTS,
    "sigma_b2": NOT_AMOUNTS,
    "input_second_moment": [0.0, *NOT_AMOUNTS],
    "kinks": [(NAN,), (INF,), 0.0, "0", None, [[0.0]]],
    "depth": NOT_COUNTS,
    "width": NOT_COUNTS,
    "trials": NOT_COUNTS,
    "networks": NOT_COUNTS,
    "dtype": ["float16", "int64", None, 32, np.float32],
    "rescale_rows": [1, "yes", None],
    "weights": [
        [],
        None,
        W[0],
        W[::-1],
        [W[0], W[1] * NAN],
        [W[0], W[1][0]],
        [W[0], W[1].astype(np.float32)],
        ["a", "b"],
    ],
    "biases": [
        [],
        None,
        B[1],
        B[:1],
        B[::-1],
        [B[0], B[1] + INF],
        [B[0], np.zeros((1, 4))],
        [0.0, 0.0],
        [B[0], B[1].astype(np.float32)],
    ],
    "x": [np.ones(3), np.ones((5, 4)), np.ones((0, 3)), np.full((5, 3), NAN), np.full((5, 3), INF), "x", None],
    "y": [[0, 1, 2, 3], [[0], [1], [2], [3], [0]], [0, 1, 2, 3, 4], [0, 1, 2, 3, -1], [0.0, 1, 2, 3, 0], "01230", None],
    "model": [None, "model"],
}
CASES = [(f, name, k) for f, valid in VALID.items() for name in valid for k in range(len(BAD[name]))]


@pytest.fixture
def call(request):
    def call(f, arguments):
        arguments = dict(arguments)
        if arguments.get("model") == "of to_keras":
            request.getfixturevalue("keras")
            arguments["model"] = propagation.to_keras(W, B, "relu")
        return f(**arguments.pop("params", {}), **arguments)

    return call


@pytest.mark.parametrize("f", VALID, ids=lambda f: f.__name__)
def test_the_table_starts_from_valid_arguments(f, call):
    call(f, VALID[f])


def test_the_table_is_complete():
    modules = (activations, initializers, theory, propagation, datasets)
    public = {
        f
        for module in modules
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == VALID.keys()
    assert all(inspect.signature(f).parameters.keys() == VALID[f].keys() for f in public)


@pytest.mark.parametrize(("f", "name", "k"), CASES, ids=[f"{f.__name__}-{name}-{k}" for f, name, k in CASES])
def test_bad_argument(f, name, k, call):
    with pytest.raises(ValueError, match=f"^{name} must be .+[.] Received: .+"):
        call(f, VALID[f] | {name: BAD[name][k]})


def test_message_shows_what_was_received():
    for f, arguments, message in [
        (
            activations.get,
            ("sigmoid",),
            "activation must be one of 'identity', 'logistic', 'tanh', 'relu'. Received: 'sigmoid'",
        ),
        (theory.chi, ("tanh", -1.0, 1.0), "q must be a finite number ≥ 0. Received: -1.0"),
        (initializers.layer_shapes, ([4, 0],), "widths must be an integer ≥ 1. Received: 0"),
        (
            propagation.forward,
            (W, B, "relu", np.full((1, 3), NAN)),
            "x must be a non-empty array of 2 dimension(s) of finite real numbers. "
            "Received: [[nan nan nan]], shape (1, 3), dtype float64, not all finite",
        ),
    ]:
        with pytest.raises(ValueError) as error:
            f(*arguments)
        assert str(error.value) == message


def test_models_of_another_form(keras):
    layers, x, y = keras.layers, np.ones((5, 3)), [0, 1, 0, 1, 0]
    for hidden in [
        [layers.Dense(4, "relu"), layers.Dense(2, "softmax")],
        [layers.Dense(4, "relu"), layers.Dense(4, "tanh"), layers.Dense(2)],
        [layers.Dense(4, "softplus"), layers.Dense(2)],
        [layers.Dense(4), layers.ReLU(), layers.Dense(2)],
        [layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(2)],
    ]:
        with pytest.raises(ValueError, match=r"^model must be a built Keras model"):
            propagation.keras_layer_statistics(keras.Sequential([keras.Input((3,)), *hidden]), x, y)
    with pytest.raises(ValueError, match=r"^model must be a built Keras model"):
        propagation.keras_layer_statistics(keras.Sequential([layers.Dense(4, "relu"), layers.Dense(2)]), x, y)
