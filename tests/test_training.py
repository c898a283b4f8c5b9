"""The sweep engine: a network as Keras trains it, alone as in company, frozen if it diverges, resumed after a kill."""

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from utils import activations, datasets, propagation, training
from utils.training import Arm, sweep, tune

WIDTHS = [64, 32, 32, 32, 32, 10]
SMALL = [64, 16, 16, 10]


def train(arms, steps=5, widths=SMALL, data=datasets.load_digits, **options):
    options = {"seeds": [3, 5], "batch_size": 32, "progress": False} | options
    return sweep(arms, data, widths, steps=steps, **options)


# --- The same network, trained by Keras


def keras_model(keras, arm, widths, dtype):
    """The architecture of an arm with Keras's own layers."""
    layers, act = keras.layers, arm.activation
    x = h = keras.Input((widths[0],), dtype=dtype)
    for fan_in, fan_out in itertools.pairwise(widths[:-1]):
        z = layers.Dense(fan_out, dtype=dtype)(h)
        if arm.layer_norm:
            z = layers.LayerNormalization(dtype=dtype)(z)
        prelu = layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25), dtype=dtype)
        out = prelu(z) if act == "prelu" else layers.Activation(act, dtype=dtype)(z)
        if arm.residual is not None and fan_in == fan_out:
            scaled = layers.Rescaling(arm.residual, dtype=dtype)(out)
            out = layers.Add(dtype=dtype)([h, scaled])
        h = out
    return keras.Model(x, layers.Dense(widths[-1], dtype=dtype)(h))


def keras_weights(keras, arm, widths, seed, steps, batch_size, dtype, loss="cross_entropy", data=datasets.load_digits):
    """Kernels after training with the weights, batches and order of the sweep."""
    shapes = training.initializers.layer_shapes(widths)
    streams, experiment = training._prepare(data, shapes, steps, [seed], batch_size, loss, dtype=dtype)
    model = keras_model(keras, arm, widths, dtype)
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    weights, biases = propagation.random_network(widths, arm.initialization, streams[seed][1], dtype)
    for layer, w, b in zip(dense, weights, biases, strict=True):
        layer.set_weights([w, b])
    rules = {
        "sgd": keras.optimizers.SGD,
        "momentum": lambda rate, **more: keras.optimizers.SGD(rate, momentum=0.9, **more),
        "adam": keras.optimizers.Adam,
    }
    losses = {
        "cross_entropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "mean_square": keras.losses.MeanSquaredError(),
    }
    model.compile(rules[arm.optimizer](arm.learning_rate, global_clipnorm=arm.clip_norm), losses[loss])
    rows = experiment.order[:, 0].ravel()
    x, y = experiment.inputs[0][rows], experiment.targets[0][rows]
    model.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)
    return [layer.kernel.numpy() for layer in dense]


def furthest(ours, theirs):
    return max(np.linalg.norm(a["w"] - b) / np.linalg.norm(b) for a, b in zip(ours, theirs, strict=True))


@pytest.fixture
def floatx(keras):
    """Sets the type in which Keras keeps learning rates and losses."""
    before = keras.backend.floatx()
    yield keras.backend.set_floatx
    keras.backend.set_floatx(before)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-3), ("float64", 1e-9)])
@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 0.05), ("adam", 1e-3)])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_network_of_a_sweep_is_the_one_that_keras_trains(
    activation, optimizer, rate, dtype, tolerance, keras, floatx
):
    floatx(dtype)
    arm = Arm("mine", activation, "he_normal", optimizer, rate)
    other = Arm("other", activation, "glorot_uniform", optimizer, 3 * rate)
    found = train([other, arm], 50, WIDTHS, dtype=dtype, keep=True)
    expected = keras_weights(keras, arm, WIDTHS, 5, 50, 32, dtype)
    assert furthest(found.networks["mine", 5], expected) <= tolerance
    assert furthest(found.networks["other", 5], expected) > 0.01  # the comparison can fail


@pytest.mark.parametrize(
    "arm",
    [
        Arm("momentum", "tanh", "lecun_normal", "momentum", 0.02),
        Arm("clipped", "tanh", "standard_normal", "sgd", 0.5, clip_norm=0.7),
        Arm("residual", "tanh", "glorot_uniform", "sgd", 0.1, residual=0.5),
        Arm("normalized", "relu", "he_normal", "adam", 0.002, layer_norm=True),
        Arm("learned slope", "prelu", "he_normal", "sgd", 0.05),
        Arm("orthogonal", "softplus", "orthogonal", "sgd", 0.05),
        Arm("biased", "tanh", (2.0, "fan_in", "normal", 0.1), "sgd", 0.05),
    ],
    ids=lambda arm: arm.name,
)
def test_every_part_of_an_arm_is_what_keras_does(arm, keras, floatx):
    floatx("float64")
    found = train([arm], 20, WIDTHS, seeds=[5], dtype="float64", keep=True)
    assert furthest(found.networks[arm.name, 5], keras_weights(keras, arm, WIDTHS, 5, 20, 32, "float64")) < 1e-9
    plain = replace(arm, residual=None, layer_norm=False, clip_norm=None, optimizer="sgd", activation="identity")
    assert furthest(train([plain], 20, WIDTHS, seeds=[5], dtype="float64", keep=True).networks[arm.name, 5],
                    [layer["w"] for layer in found.networks[arm.name, 5]]) > 1e-6  # fmt: skip


def test_mean_square_as_keras(keras, floatx):
    floatx("float64")

    def data(rng):
        return datasets.load_table("diabetes", rng)

    arm = Arm("mine", "tanh", "glorot_uniform", "sgd", 0.05)
    found = train([arm], 20, [10, 16, 1], data, seeds=[2], loss="mean_square", dtype="float64", keep=True)
    split = datasets.load_table("diabetes", training.np.random.default_rng(2).spawn(4)[0])
    shaped = datasets.Split(*(part if part.ndim == 2 else part[:, None] for part in split))
    expected = keras_weights(keras, arm, [10, 16, 1], 2, 20, 32, "float64", "mean_square", shaped)
    assert furthest(found.networks["mine", 2], expected) < 1e-9
    weights, biases = [[layer[name] for layer in found.networks["mine", 2]] for name in "wb"]
    output = propagation.forward(weights, [b[0] for b in biases], "tanh", split.x_test).z[-1]
    (row,) = found.final.to_dict("records")
    assert row["test_loss"] == pytest.approx(np.mean((output[:, 0] - split.y_test) ** 2), rel=1e-9)
    assert "test_accuracy" not in row


# --- Every activation; numbers of the tables


KINDS = [
    *[activations.get(name) for name in activations.ACTIVATIONS],
    activations.get("rrelu", convention="divisor"),
    activations.get("gelu", form="tanh"),
    activations.get("swish", learned=True),
]


@pytest.mark.slow
@pytest.mark.parametrize("act", KINDS, ids=[f"{i}-{act.name}" for i, act in enumerate(KINDS)])
@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
def test_every_activation_trains_with_every_optimizer(act, optimizer):
    rates = {"sgd": 0.02, "momentum": 0.005, "adam": 0.005}
    steep = act.name == "relu_squared"  # a slope without bound: smaller weights, smaller steps
    scale, rate = (0.5, "fan_in", "normal") if steep else act.initialization, rates[optimizer] / (10 if steep else 1)
    found = train([Arm("a", act, scale, optimizer, rate)], 60, record=[0]).table
    before, after = found[found.step == 0], found[found.step == 60]
    assert after.diverged_at.isna().all()
    assert (after.train_loss.to_numpy() < before.train_loss.to_numpy()).all()


@pytest.mark.parametrize("arm", [
    Arm("smooth", "gelu", "he_normal", "sgd", 0.1), Arm("leaky", activations.get("leaky_relu", alpha=0.3), "he_normal"),
    Arm("relu", "relu", "he_normal", "adam", 0.03), Arm("logistic", "logistic", "standard_normal"),
], ids=lambda arm: arm.name)  # fmt: skip
def test_statistics_are_those_of_propagation(arm):
    found = train([arm], 10, record=[0, 10], dtype="float64", keep=True)
    for seed in (3, 5):
        split = datasets.load_digits(np.random.default_rng(seed).spawn(4)[0])
        layers = found.networks[arm.name, seed]
        weights, biases = [layer["w"] for layer in layers], [layer["b"][0] for layer in layers]
        x, y = split.x_train[:256], split.y_train[:256]
        expected = propagation.layer_statistics(weights, biases, arm.activation, x, y)
        signals = propagation.forward(weights, biases, arm.activation, x)
        expected["z_mean"] = [z.mean() for z in signals.z]
        expected["h_mean"] = [h.mean() for h in signals.h]
        mine = found.layers[(found.layers.seed == seed) & (found.layers.step == 10)]
        assert mine.layer.tolist() == [1, 2, 3]
        for name in mine.columns.drop(["arm", "seed", "step", "layer", "update_to_weight"]):
            np.testing.assert_allclose(mine[name], expected[name], rtol=1e-8, atol=1e-14, err_msg=name)
        row = found.final[found.final.seed == seed].iloc[0]
        for part in ("train", "validation", "test"):
            logits = propagation.forward(weights, biases, arm.activation, getattr(split, f"x_{part}")).z[-1]
            right = logits.argmax(axis=1) == getattr(split, f"y_{part}")
            assert row[f"{part}_accuracy"] == pytest.approx(right.mean())


def test_update_to_weight_is_that_of_the_last_step():
    arm = Arm("a", "tanh", learning_rate=0.1)
    short, long = (
        train([arm], 9, dtype="float64", keep=True),
        train([arm], 10, record=[0, 10], dtype="float64", keep=True),
    )
    ratio = long.layers.set_index(["seed", "step", "layer"]).update_to_weight
    for seed in (3, 5):
        for l in range(3):
            old, new = (run.networks["a", seed][l]["w"] for run in (short, long))
            assert ratio[seed, 10, l + 1] == pytest.approx(np.linalg.norm(new - old) / np.linalg.norm(new), rel=1e-9)
            assert ratio[seed, 0, l + 1] == 0


def test_learned_parameters_are_reported_and_the_others_have_none():
    arms = [Arm("p", "prelu", "he_normal"), Arm("s", activations.get("swish", learned=True)), Arm("r", "relu")]
    table = train(arms, 5, record=[0, 5]).layers.set_index(["arm", "step"])
    assert (table.loc[("p", 0), "alpha"].dropna() == 0.25).all() and (table.loc[("s", 0), "beta"].dropna() == 1).all()
    hidden = table.layer < 3
    assert (table[hidden].loc[("p", 5), "alpha"] != 0.25).all() and (table[hidden].loc[("s", 5), "beta"] != 1).all()
    assert table.loc["r", ["alpha", "beta"]].isna().all(axis=None) and table[~hidden].alpha.isna().all()


# --- Seeds, company, noise


def test_the_same_seeds_give_the_same_tables_and_other_ones_do_not(global_random_state):
    arm = Arm("a", "relu", "he_normal", dropout=0.3)
    first, again, other = train([arm]), train([arm]), train([arm], seeds=[4, 5])
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not np.isclose(first.table.train_loss[0], other.table.train_loss[0])
    assert first.table.train_loss[1] == pytest.approx(other.table.train_loss[1], rel=1e-5)  # seed 5 in other company


def test_company_changes_nothing(monkeypatch):
    arms = [
        Arm("a", "relu", "he_normal", "sgd", 0.05), Arm("b", "relu", "glorot_uniform", "sgd", 0.2),
        Arm("c", "rrelu", "he_normal", dropout=0.2),
    ]  # fmt: skip
    apart = pd.concat([train([arm], seeds=[s], dtype="float64").final for arm in arms for s in (1, 2)])
    monkeypatch.setattr(training, "CHUNK", 3)  # two chunks of a and b
    together = train(arms, seeds=[1, 2], dtype="float64").final
    assert together.arm.tolist() == apart.arm.tolist() and together.seed.tolist() == apart.seed.tolist()
    np.testing.assert_allclose(together.test_loss, apart.test_loss, rtol=1e-10)


def test_arms_of_one_seed_share_split_order_weights_and_noise():
    arms = [Arm(name, "relu", "he_normal", dropout=0.5) for name in "ab"] + [
        Arm("c", "relu", "he_uniform", dropout=0.5)
    ]
    table = train(arms, record=[0]).table.set_index(["arm", "seed", "step"])
    pd.testing.assert_frame_equal(table.loc["a"], table.loc["b"])
    assert (table.loc["a"].train_loss != table.loc["c"].train_loss).all()
    scaled = train(
        [Arm("1", "relu", "he_normal"), Arm("4", "relu", (8.0, "fan_in", "truncated_normal"))], 1, keep=True, record=[0]
    )
    moments = scaled.layers.set_index(["arm", "seed", "step", "layer"]).z_second_moment
    assert moments["4", 3, 0, 1] == pytest.approx(4 * moments["1", 3, 0, 1], rel=1e-5)


@pytest.mark.parametrize("arm", [
    Arm("dropout", "identity", (1.0, "fan_in", "normal"), dropout=0.4),
    Arm("alpha", "selu", "lecun_normal", alpha_dropout=0.4),
    Arm("rrelu", "rrelu", "he_normal"), Arm("paper", activations.get("rrelu", convention="divisor"), "he_normal"),
], ids=lambda arm: arm.name)  # fmt: skip
def test_noise_acts_in_training_and_not_in_evaluation(arm):
    quiet = replace(arm, dropout=0.0, alpha_dropout=0.0)
    if arm.activation == "rrelu" or isinstance(arm.activation, activations.Activation):
        quiet = replace(
            arm, activation=activations.get("leaky_relu", alpha=activations.get(arm.activation).params["alpha"])
        )
    noisy, still = train([arm], 1, record=[0, 1]).table, train([quiet], 1, record=[0, 1]).table
    np.testing.assert_allclose(noisy.test_loss[noisy.step == 0], still.test_loss[still.step == 0], rtol=1e-5)
    assert (
        np.abs(noisy.test_loss[noisy.step == 1].to_numpy() - still.test_loss[still.step == 1].to_numpy()) > 1e-5
    ).all()


# --- Divergence


def test_a_network_that_diverges_is_frozen_reported_and_touches_no_other():
    calm, wild = Arm("calm", "relu", "he_normal", "sgd", 0.05), Arm("wild", "relu", "he_normal", "sgd", 1e6)
    alone, both = train([calm], 30, record=[0, 30]), train([calm, wild], 30, record=[0, 30], keep=True)
    mine = both.table[both.table.arm == "calm"]
    np.testing.assert_allclose(mine.test_loss, alone.table.test_loss, rtol=1e-5)
    assert mine.diverged_at.isna().all()
    lost = both.final[both.final.arm == "wild"]
    assert lost.diverged_at.between(1, 30).all()
    assert np.allclose(lost.test_accuracy, 0.1) or lost.test_accuracy.between(0, 0.3).all()
    longer = train([wild], 60, keep=True)  # nothing moves after the divergence
    assert longer.final.diverged_at.tolist() == lost.diverged_at.tolist()
    for seed in (3, 5):
        for a, b in zip(both.networks["wild", seed], longer.networks["wild", seed], strict=True):
            np.testing.assert_array_equal(a["w"], b["w"])


def test_layers_are_measured_where_asked_and_training_is_the_same():
    arms, options = [Arm("a", "tanh", "he_normal", "adam", 0.01)], {"record": [0, 7, 60], "keep": True}
    both, some, none = (train(arms, 60, measure=measure, **options) for measure in (None, [7, 30], []))
    assert sorted(both.layers.step.unique()) == [0, 7, 60] and sorted(some.layers.step.unique()) == [7, 30]
    shared = [found.layers[found.layers.step == 7].reset_index(drop=True) for found in (both, some)]
    pd.testing.assert_frame_equal(*shared)
    assert not len(none.layers)
    for found in (some, none):
        pd.testing.assert_frame_equal(found.table, both.table)
        for a, b in zip(found.networks["a", 3], both.networks["a", 3], strict=True):
            assert all((a[name] == b[name]).all() for name in a)


# --- Resuming


def records(result):
    return result.table, result.layers


def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path, monkeypatch):
    arms = [Arm("a", "relu", "he_normal", "adam", 0.01), Arm("b", "tanh", dropout=0.2), Arm("c", "prelu", "he_normal")]
    options = {"steps": 120, "record": [0, 40, 110], "keep": True}
    expected = train(arms, **options)
    save, saves = training._save, []

    def interrupted(path, *arguments):
        save(path, *arguments)
        saves.append(path)
        if len(saves) == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(training, "_save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(arms, checkpoint=tmp_path, **options)
    monkeypatch.setattr(training, "_save", lambda path, *more: saves.append(path) or save(path, *more))
    resumed = train(arms, checkpoint=tmp_path, **options)
    for mine, whole in zip(records(resumed), records(expected), strict=True):
        pd.testing.assert_frame_equal(mine, whole)
    for key, layers in expected.networks.items():
        for a, b in zip(resumed.networks[key], layers, strict=True):
            assert a.keys() == b.keys() and all((a[name] == b[name]).all() for name in a)
    assert len(set(saves)) == 3
    done = len(saves)
    again = train(arms, checkpoint=tmp_path, **options)  # all is done: nothing is trained, nothing written
    pd.testing.assert_frame_equal(again.table, expected.table)
    assert len(saves) == done
    changed = [replace(arms[0], learning_rate=0.011), *arms[1:]]
    assert not train(changed, checkpoint=tmp_path, **options).table.equals(expected.table)


@pytest.mark.slow
def test_a_killed_sweep_goes_on_where_it_was(tmp_path):
    code = """
import sys
from utils import datasets, training
training.SAVE_EVERY = 0.0
arms = [training.Arm("a", "relu", "he_normal"), training.Arm("b", "tanh")]
result = training.sweep(arms, datasets.load_digits, [64, 32, 32, 10], steps=int(sys.argv[1]), seeds=[0, 1],
                        record=[0, 500], checkpoint=sys.argv[2] if sys.argv[2:] else None, progress=False)
print(result.table.to_csv(), result.layers.to_csv())
"""

    def run(*arguments):
        return [sys.executable, "-c", code, "4000", *map(str, arguments)]

    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(run(tmp_path), env=quiet, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob("*.npz")) and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL and first.stdout.read() == b""
    outputs = [
        subprocess.run(run(*more), env=quiet, capture_output=True, text=True, check=True).stdout
        for more in ([tmp_path], [])
    ]
    assert outputs[0] == outputs[1]


# --- Learning rates, progress, arguments


def test_tune_takes_the_rate_that_validates_best_and_marks_an_edge():
    arms = [Arm("s", "relu", "he_normal"), Arm("t", "tanh")]
    tuned = tune(
        arms,
        {"s": [1e-4, 0.1, 1e5], "t": [1e-6, 0.05]},
        datasets.load_digits,
        SMALL,
        steps=40,
        seeds=[7, 8],
        batch_size=32,
        progress=False,
    )
    assert [(arm.name, arm.learning_rate) for arm in tuned.arms] == [("s", 0.1), ("t", 0.05)]
    table = tuned.table.set_index(["arm", "learning_rate"])
    assert table.chosen[table.chosen].index.tolist() == [("s", 0.1), ("t", 0.05)]
    assert table.edge[table.edge].index.tolist() == [("t", 0.05)]
    assert table.diverged["s", 1e5] == 1 and table.diverged["s", 0.1] == 0
    assert table.validation_accuracy.groupby("arm").max().tolist() == [
        table.validation_accuracy["s", 0.1],
        table.validation_accuracy["t", 0.05],
    ]


def test_progress_is_shown_on_stderr(capfd):
    train([Arm("a")], progress=True)
    shown = capfd.readouterr()
    assert shown.out == "" and "10/10" in shown.err


GOOD = {"arms": [Arm("a")], "data": datasets.load_digits(0), "widths": SMALL, "steps": 2, "progress": False}
DIGITS = datasets.load_digits(0)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"arms": []}, "arms"), ({"arms": None}, "arms"), ({"arms": ["relu"]}, "arms"),
        ({"arms": [Arm("a"), Arm("a")]}, "arms"),
        ({"arms": [Arm("a", "sigmoid")]}, "activation"), ({"arms": [Arm("a", initialization="xavier")]}, "scheme"),
        ({"arms": [Arm("a", optimizer="SGD")]}, "optimizer"), ({"arms": [Arm("a", learning_rate=0)]}, "learning_rate"),
        ({"arms": [Arm("a", learning_rate=float("nan"))]}, "learning_rate"),
        ({"arms": [Arm("a", dropout=1.0)]}, "dropout"),
        ({"arms": [Arm("a", alpha_dropout=-0.1)]}, "alpha_dropout"), ({"arms": [Arm("a", residual="yes")]}, "residual"),
        ({"arms": [Arm("a", layer_norm=1)]}, "layer_norm"), ({"arms": [Arm("a", clip_norm=0)]}, "clip_norm"),
        ({"seeds": []}, "seeds"), ({"seeds": [1, 1]}, "seeds"), ({"seeds": [-1]}, "seeds"), ({"seeds": 3}, "seeds"),
        ({"widths": [64]}, "widths"), ({"widths": [63, 8, 10]}, "x_train"), ({"widths": [64, 8, 9]}, "y_train"),
        ({"steps": 0}, "steps"), ({"steps": 2.5}, "steps"),
        ({"batch_size": 0}, "batch_size"), ({"batch_size": 1151}, "batch_size"),
        ({"loss": "mse"}, "loss"), ({"dtype": "float16"}, "dtype"),
        ({"record": [3]}, "record"), ({"record": [-1]}, "record"), ({"measure": [3]}, "measure"),
        ({"data": "digits"}, "data"), ({"data": lambda rng: rng.normal()}, "data"),
        ({"data": DIGITS._replace(x_test=DIGITS.x_test * np.nan)}, "x_test"),
        ({"data": DIGITS._replace(x_train=DIGITS.x_train * 1e300)}, "x_train"),
        ({"data": DIGITS._replace(y_test=DIGITS.y_test + 1)}, "y_test"),
        ({"data": DIGITS._replace(y_validation=DIGITS.y_validation - 1)}, "y_validation"),
        ({"data": DIGITS._replace(y_train=DIGITS.y_train[:-1])}, "y_train"),
        ({"data": DIGITS._replace(y_train=DIGITS.y_train / 1), "loss": "cross_entropy"}, "y_train"),
        ({"loss": "mean_square"}, "y_train"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_error_before_any_work(change, named, monkeypatch):
    monkeypatch.setattr(training, "_run", lambda *_: pytest.fail("work began"))
    with pytest.raises(ValueError, match=rf"^{named} must be .+[.] Received: .+"):
        sweep(**GOOD | change)


@pytest.mark.parametrize("rates", [[], {"a": []}, {"b": [0.1]}])
def test_tune_without_rates(rates):
    with pytest.raises(ValueError, match=r"^rates must be .+ Received: "):
        tune([Arm("a")], rates, DIGITS, SMALL, steps=1, seeds=[0])


def test_import_loads_nothing_heavy():
    code = "import sys, utils.training; print({'tensorflow', 'keras', 'pandas', 'tqdm', 'sklearn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
    assert Path(training.__file__).exists()
