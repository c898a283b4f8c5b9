"""Every argument of every public function, with values that it must refuse."""

import gzip
import inspect

import numpy as np
import pytest

from utils import activations, datasets, dying, evidence, initializers, propagation, smooth, theory, training

NAN, INF = float("nan"), float("inf")
W, B = [np.ones((3, 2)), np.ones((2, 4))], [np.zeros(2), np.zeros(4)]
NETWORK = {"weights": W, "biases": B, "activation": "relu", "x": np.ones((5, 3)), "y": np.array([0, 1, 2, 3, 0])}
SIGNAL = {"activation": "tanh", "q": 1.0, "sigma_w2": 1.0, "sigma_b2": 0.0}
PAIR = {"a": [0.5, 0.7, 0.1], "b": [0.5, 0.6, 0.2], "level": 0.9}
PARAMETERS = {
    "leaky_relu": {"alpha": 0.2},
    "prelu": {"alpha": 0.25},
    "rrelu": {"lower": 0.1, "upper": 0.3, "convention": "slope"},
    "elu": {"alpha": 1.0},
    "gelu": {"form": "exact"},
    "gelu_second": {},
    "swish": {"beta": 1.0},
}
MOMENTS = {"activation": "selu", "mean": 0.1, "variance": 1.0, "omega": 0.1, "tau": 1.0}
WEIGHTS = {"scheme": "he_normal", "shape": (4, 3), "seed": 0}


def some(arguments, *names):
    return {name: arguments[name] for name in names}


VALID = {
    **{
        getattr(activations, name + end): {"z": 0.5, **PARAMETERS.get(name + end, PARAMETERS.get(name, {}))}
        for name in activations.ACTIVATIONS
        for end in ("", "_prime", "_second")
        if hasattr(activations, name + end)
    },
    activations.get: {"activation": "relu", "params": {}},
    initializers.he: {"slope": 0.2, "distribution": "uniform"},
    initializers.critical: some(SIGNAL, "sigma_w2", "sigma_b2"),
    initializers.initialize_biases: {**some(WEIGHTS, "scheme", "seed"), "units": 3},
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
    theory.map_slope: some(SIGNAL, "activation", "q", "sigma_w2"),
    theory.gain: some(SIGNAL, "activation", "q"),
    theory.slopes: some(SIGNAL, "activation"),
    theory.critical_point: some(SIGNAL, "activation", "q"),
    theory.critical_scale: some(SIGNAL, "activation", "sigma_b2"),
    theory.half_stable_point: {"activation": "mish"},
    theory.pair_expectation: {"f": np.abs, "q": 1.0, "c": 0.5, "kinks": (0.0,)},
    theory.correlation_map: {**SIGNAL, "c": 0.5},
    theory.depth_scales: {**SIGNAL, "sigma_b2": 0.1},
    theory.fixed_points: some(SIGNAL, "activation", "sigma_w2", "sigma_b2"),
    theory.moment_map: MOMENTS,
    theory.moment_jacobian: MOMENTS,
    theory.selu_constants: some(MOMENTS, "mean", "variance"),
    theory.theorem_extremes: {"theorem": "1"},
    theory.alpha_dropout: {"rate": 0.1},
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
    datasets.load_table: {"name": "iris", "seed": 0, "dtype": "float32"},
    datasets.load_spirals: {"seed": 0, "examples": 9, "turns": 1.0, "noise": 0.0, "dtype": "float32"},
    datasets.load_mnist1d: {"seed": 0, "dtype": "float32"},
    datasets.load_fashion_mnist: {"seed": 0, "download": False, "dtype": "float32"},
    dying.silent_units: {
        "arm": training.Arm("tiny"),
        "data": datasets.Split(*[np.eye(3), np.array([0, 1, 2])] * 3),
        "widths": [3, 2, 3],
        "steps": 2,
        "seed": 0,
        "batch_size": 2,
        "record": [0, 2],
        "hold_silent": True,
    },
    dying.kill_intervals: {"w": W[0].T, "b": np.zeros(3), "h": np.ones((5, 2)), "gw": W[0].T, "gb": np.zeros(3)},
    dying.born_dead_shares: {"width": 2, "depth": 3, "trials": 4, "seed": 0},
    smooth.gate_means: {"z": [0.5, -0.5], "n": 3, "trials": 2, "seed": 0},
    smooth.newton_minimum: {"activation": "mish", "start": -1.0},
    evidence.mean_interval: {"values": [0.5, 0.7], "level": 0.9},
    evidence.paired: PAIR,
    evidence.sign_test: PAIR,
    evidence.holm: {"p_values": [0.0, 0.3, 1.0]},
    evidence.binomial_interval: {"successes": 0, "n": 3, "level": 0.9},
    evidence.verdicts: {"claims": {"claim": {"sgd": ([1, 2], [0, 1])}, "other": {}}, "margin": 0.01, "level": 0.9},
}

NOT_COUNTS = [0, -1, 2.0, True, "3", None]
NOT_AMOUNTS = [-0.5, NAN, INF, "1", True, None, 1j, [1.0]]
NOT_SEEDS = [[], 0.5, [0.5, NAN, 0.7], [0.5, INF, 0.7], [[0.5, 0.6, 0.7]], ["0.5", "0.6", "0.7"], "0.5", None]
NOT_NUMBERS = [NAN, INF, "1", True, 1j, [1.0]]
BAD = {
    "z": ["0.5", None, 1j, [[1.0], [1.0, 2.0]], {}],
    "activation": ["sigmoide", "", None, 3, np.tanh],
    "params": [{"alpha": 0.1}],
    "alpha": [None, *NOT_NUMBERS],
    "beta": [None, *NOT_NUMBERS],
    "slope": [None, *NOT_NUMBERS],
    "lower": NOT_NUMBERS,
    "upper": [0.1, 0.0, *NOT_NUMBERS],
    "convention": ["keras", None, 1],
    "form": ["erf", None, True],
    "units": NOT_COUNTS,
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
    "c": [1.1, -1.1, None, *NOT_NUMBERS],
    "mean": [None, *NOT_NUMBERS],
    "omega": [None, *NOT_NUMBERS],
    "variance": NOT_AMOUNTS,
    "tau": NOT_AMOUNTS,
    "theorem": ["4", 1, None],
    "rate": [1.0, 1.5, *NOT_AMOUNTS],
    "kinks": [(NAN,), (INF,), 0.0, "0", None, [[0.0]]],
    "depth": NOT_COUNTS,
    "width": NOT_COUNTS,
    "trials": NOT_COUNTS,
    "networks": NOT_COUNTS,
    "dtype": ["float16", "int64", None, 32, np.float32],
    "rescale_rows": [1, "yes", None],
    "download": [1, "yes", None],
    "hold_silent": [1, "yes", None],
    "start": [-9.0, 9.0, None, *NOT_NUMBERS],
    "name": ["titanic", "IRIS", None, 0],
    "examples": [4, 9.0, True, "9", None],
    "turns": [0.0, *NOT_AMOUNTS],
    "noise": NOT_AMOUNTS,
    "values": [[0.5], *NOT_SEEDS],
    "a": [[0.5], *NOT_SEEDS],
    "b": [[0.5, 0.7], [0.5, 0.7, 0.1, 0.2], *NOT_SEEDS],
    "level": [0.0, 1, 1.5, *NOT_AMOUNTS],
    "p_values": [[], 0.5, [0.5, 1.5], [-0.1], [NAN], [[0.5]], ["0.5"], None],
    "successes": [-1, 4, 1.0, True, None],
    "n": NOT_COUNTS,
    "margin": [0.0, *NOT_AMOUNTS],
    "claims": [
        [],
        None,
        {"claim": ([1, 2], [0, 1])},
        {"claim": None},
        *(
            {"claim": {"sgd": ([1, 2], [0, 1]), "adam": pair}}
            for pair in [None, [1, 2], ([1, 2],), ([1, 2], [0]), ([1], [0]), ([1, NAN], [0, 1]), ([1, 2, 3], [0, 1, 2])]
        ),
        {"claim": {"sgd": ([1], [0])}},
    ],
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
    "arm": [None, "relu", training.Arm("a", dropout=0.5), training.Arm("a", "prelu"), training.Arm("a", "rrelu")],
    "data": [None, "digits", lambda rng: None],
    "steps": NOT_COUNTS,
    "batch_size": [4, *NOT_COUNTS],
    "record": [[3], [-1], [0.5], None],
    "w": [W[0][0], W[0] * NAN, "w", None],
    "gw": [W[0][0], W[0] * INF, W[0], None],
    "gb": [B[0], np.zeros((1, 3)), None],
    "h": [np.ones(3), np.ones((5, 4)), np.full((5, 3), NAN), None],
}
CASES = [(f, name, k) for f, valid in VALID.items() for name in valid for k in range(len(BAD[name]))]


@pytest.fixture
def call(request, tmp_path, monkeypatch):
    def call(f, arguments):
        arguments = dict(arguments)
        if f is datasets.load_fashion_mnist:  # seven images of one pixel
            monkeypatch.setenv("KERAS_HOME", str(tmp_path))
            (folder := tmp_path / "datasets/fashion-mnist").mkdir(parents=True)
            for name, size in [("labels-idx1", 8), ("images-idx3", 16)]:
                for part, rows in [("train", 5), ("t10k", 2)]:
                    (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(bytes(size + rows)))
        if arguments.get("model") == "of to_keras":
            request.getfixturevalue("keras")
            arguments["model"] = propagation.to_keras(W, B, "relu")
        return f(**arguments.pop("params", {}), **arguments)

    return call


@pytest.mark.parametrize("f", VALID, ids=lambda f: f.__name__)
def test_the_table_starts_from_valid_arguments(f, call):
    call(f, VALID[f])


def test_the_table_is_complete():
    modules = (activations, initializers, theory, propagation, datasets, dying, smooth, evidence)
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
            f"activation must be one of {', '.join(map(repr, activations.ACTIVATIONS))}. Received: 'sigmoid'",
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
        [layers.Dense(4, "softmax"), layers.Dense(2)],
        [layers.Dense(4, abs), layers.Dense(2)],
        [layers.Dense(4), layers.ReLU(6), layers.Dense(2)],
        [layers.Dense(4, "tanh"), layers.LeakyReLU(), layers.Dense(2)],
        [layers.Dense(4), layers.LeakyReLU(), layers.LeakyReLU(), layers.Dense(2)],
        [layers.LeakyReLU(), layers.Dense(2)],
        [layers.Dense(2), layers.Activation("tanh")],
        [],
        [layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(2)],
    ]:
        with pytest.raises(ValueError, match=r"^model must be a built Keras model"):
            propagation.keras_layer_statistics(keras.Sequential([keras.Input((3,)), *hidden]), x, y)
    with pytest.raises(ValueError, match=r"^model must be a built Keras model"):
        propagation.keras_layer_statistics(keras.Sequential([layers.Dense(4, "relu"), layers.Dense(2)]), x, y)
