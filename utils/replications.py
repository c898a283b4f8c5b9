"""Replications: what papers and textbooks report, run again at the size of a laptop, with raw results on file.

`REPLICATIONS` is the table of what is run. `python -m utils.replications [ID …] [--fresh]` runs it, goes on after a
kill and writes one file per replication; `read` gives its results back, `verdicts` judges the claims from raw values.

Protocol of all: each seed draws its own split, initial weights and order, shared by all arms; an arm's learning rate is
the best of a grid on validation data with `TUNING_SEEDS`; then fresh seeds train once and the test set is used once.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy import stats

from utils import _arguments as args
from utils import activations, datasets, evidence, initializers, theory, training

HERE = Path(__file__).resolve().parent
BOOK = HERE.parent / "book/_data/replications"
FOLDER = BOOK if BOOK.exists() else HERE / "_data/replications"  # the second in the library beside a download
WORK = HERE.parent / "_build/replications"
TUNING_SEEDS = (1000, 1001, 1002)
PACKAGES = ("numpy", "tensorflow", "keras", "scikit-learn", "mnist1d")
WHOLE = ("depth", "width", "seed", "step", "layer")  # columns of whole numbers
CURVES = ["train_loss", "validation_accuracy", "validation_loss"]  # what is kept of the recorded steps


def absolute_value(rng):
    """Targets |x| for x uniform on (−√3, √3), whose variance is 1; 3000 examples, a third in each part.

    Reference: Lu et al., Dying ReLU and initialization: theory and numerical examples, 2020.
    """
    x = rng.uniform(-np.sqrt(3), np.sqrt(3), (3000, 1))
    parts = zip(np.split(x, 3), np.split(np.abs(x[:, 0]), 3), strict=True)
    return datasets.Split(*(array for part in parts for array in part))


# Function of a Generator that draws a split; inputs and outputs of a network for it.
DATA = {
    "digits": (datasets.load_digits, 64, 10),
    "mnist1d": (datasets.load_mnist1d, 40, 10),
    "absolute_value": (absolute_value, 1, 1),
}
SGD, ADAM = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


@dataclass(frozen=True)
class Arm:
    """A line of the table: (activation, its parameters) and a scheme of `initializers`."""

    activation: str
    initialization: str | tuple
    params: tuple = ()  # (name, value) pairs
    dropout: float = 0.0  # share of each hidden layer's outputs that is dropped in training


@dataclass(frozen=True)
class Trial:
    """Networks that are compared: arms × architectures × optimizers × seeds on one data set."""

    data: str  # key of DATA
    hidden: tuple  # of architectures, each the widths of its hidden layers
    arms: dict  # name -> Arm
    rates: dict  # optimizer -> grid of learning rates
    steps: int
    tuned: bool = True  # else every rate of the grid is an arm of its own, NAME_0, NAME_1 …
    every: int = 0  # steps between two records; 0: only after the last step
    layers: tuple = ()  # statistics of layers that are kept
    layer_steps: tuple = ()  # steps of these
    seeds: int = 10
    loss: str = "cross_entropy"


@dataclass(frozen=True)
class Claim:
    """`more` exceeds `less` in `metric`: arms, `one - other` for the difference of two, or a number."""

    metric: str  # key of METRICS
    more: str
    less: str
    source: str  # key of references.bib; "" is the tradition of textbooks and courses
    depth: int | None = None  # hidden layers, where the trial has several
    width: int | None = None
    data: str | None = None  # of the trial, where there are several


@dataclass(frozen=True)
class Replication:
    """Trials, and the claims that their results judge."""

    trials: tuple
    claims: dict  # key -> Claim


class Record(NamedTuple):
    """What a replication found: pandas tables whose rows are named by data, arm, optimizer, depth, width and seed."""

    id: str
    about: dict  # "trials" as in the table when it ran, "versions", "machine", "seconds" of wall time
    tuning: object  # learning rates tried: means over `TUNING_SEEDS`, which is chosen, whether at the grid's edge
    final: object  # after the last step: learning_rate, diverged_at, losses and accuracies
    curves: object  # the columns CURVES at recorded steps
    layers: object  # statistics of layers, a row for each recorded step and layer


class Finding(NamedTuple):
    """What a replication found about one claim."""

    claim: Claim
    trial: Trial
    hidden: tuple  # widths of the hidden layers
    verdict: object  # `evidence.Verdict`
    differences: dict  # optimizer, or "untrained" → more − less, array (seeds,)
    margin: float  # that a difference must reach to matter, in the unit of the differences
    factor: float  # that makes percentage points of shares


def _first_reach(there):
    """Epochs until `there`, a function of the curves, holds; never counts as the whole training."""

    def metric(record, trial, rows):
        curves = record.curves.merge(rows[KEYS], on=KEYS)
        reached = curves[there(curves)].groupby("seed").step.min()
        batches = record.about["examples"][trial.data] / 128
        return reached.reindex(rows.seed).fillna(trial.steps) / batches

    return metric


def _half_way_loss(record, trial, rows):
    curves = record.curves.merge(rows[KEYS], on=KEYS)
    return np.log10(curves[curves.step == trial.steps // 2].set_index("seed").train_loss.reindex(rows.seed))


def _by_layer(reduce):
    def metric(record, trial, rows):
        layers = record.layers.merge(rows[KEYS], on=KEYS)
        return layers.groupby("seed").apply(reduce, include_groups=False).reindex(rows.seed)

    return metric


def _last_step(layers):
    return layers[layers.step == layers.step.max()].sort_values("layer")


def _decades_lost(layers):
    squares = layers[layers.step == 0].sort_values("layer").error_mean_square.to_numpy()
    return np.log10(squares[-1] / squares[0])


# Name -> (value per seed, margin that a difference must reach to matter, factor for a table)
METRICS = MappingProxyType(
    {
        "accuracy": (lambda record, trial, rows: rows.test_accuracy, 0.01, 100),
        # Accuracy on the training examples less that on the test set.
        "overfitting": (lambda record, trial, rows: rows.train_accuracy - rows.test_accuracy, 0.01, 100),
        # Epochs until 80 % of the validation set are right; until the training loss is .5.
        "epochs": (_first_reach(lambda curves: curves.validation_accuracy >= 0.8), 1.0, 1),
        "epochs_to_loss": (_first_reach(lambda curves: curves.train_loss <= 0.5), 1.0, 1),
        # Base-10 logarithm of the training loss after half of the steps.
        "half_way_loss": (_half_way_loss, 0.1, 1),
        # Size of the mean output of a hidden layer, units and examples pooled, averaged over layers after training.
        "mean_shift": (_by_layer(lambda layers: _last_step(layers).h_mean.abs().mean()), 0.05, 1),
        # Orders of magnitude that the mean square of ∂C/∂z loses from the top hidden layer to layer 1, before training.
        "decades_lost": (_by_layer(_decades_lost), 0.3, 1),
        # Share of hidden units that output 0 on all of 256 training examples, after the last step.
        "dead": (_by_layer(lambda layers: _last_step(layers).dead.mean()), 0.01, 100),
        # Whether some hidden layer is dead as a whole, so that the output is a constant.
        "collapsed": (_by_layer(lambda layers: float(_last_step(layers).dead.max() == 1)), 0.01, 100),
    }
)
SHARES = ("collapsed",)  # metrics that are 0 or 1
UNTRAINED = ("decades_lost",)  # metrics measured before any training
KEYS = ["data", "arm", "optimizer", "depth", "width", "seed"]
FAN_IN = (1 / 3, "fan_in", "uniform")  # U(±1/√fan_in)
FOUR = {
    "normal": Arm("logistic", "standard_normal"),
    "fan_in": Arm("logistic", FAN_IN),
    "glorot": Arm("logistic", "glorot_uniform"),
    "critical": Arm("logistic", (16.0, "fan_in", "truncated_normal")),
}
XU = {
    "relu": Arm("relu", "he_normal"),
    "leaky_small": Arm("leaky_relu", "he_normal", (("alpha", 0.01),)),
    "leaky_large": Arm("leaky_relu", "he_normal", (("alpha", 2 / 11),)),
    "prelu": Arm("prelu", "he_normal", (("alpha", 0.25),)),
    "rrelu_divisor": Arm("rrelu", "he_normal", (("lower", 3.0), ("upper", 8.0), ("convention", "divisor"))),
    "rrelu_slope": Arm("rrelu", "he_normal", (("lower", 1 / 8), ("upper", 1 / 3), ("convention", "slope"))),
}
HE = {name: Arm(name, "he_normal") for name in ("relu", "elu", "gelu", "swish", "mish")}
SELU = Arm("selu", "lecun_normal")
MNIST1D = {"data": "mnist1d", "hidden": ((128,) * 8,), "steps": 720, "every": 24}
SMOOTH = ("gelu", "swish", "mish")


def _half_stable(name):
    sigma_w2, sigma_b2 = theory.half_stable_point(name)[:2]
    return initializers.critical(round(sigma_w2, 8), round(sigma_b2, 8))


REPLICATIONS = MappingProxyType(
    {
        "R1": Replication(
            (
                Trial(
                    "digits",
                    ((100,) * 5,),
                    {
                        "tanh": Arm("tanh", FAN_IN),
                        "tanh_normalized": Arm("tanh", "glorot_uniform"),
                        "softsign": Arm("softsign", FAN_IN),
                        "softsign_normalized": Arm("softsign", "glorot_uniform"),
                        "logistic": Arm("logistic", FAN_IN),
                    },
                    {"sgd": SGD},
                    steps=180,
                    every=9,
                ),
            ),
            {
                "normalized-tanh": Claim("accuracy", "tanh_normalized", "tanh", "glorot2010understanding"),
                "tanh-over-logistic": Claim("accuracy", "tanh", "logistic", "glorot2010understanding"),
                "softsign-over-logistic": Claim("accuracy", "softsign", "logistic", "glorot2010understanding"),
                "softsign-robust": Claim(
                    "accuracy", "tanh_normalized - tanh", "softsign_normalized - softsign", "glorot2010understanding"
                ),
            },
        ),
        "R2": Replication(
            (
                Trial(
                    "digits",
                    tuple((64,) * depth for depth in (5, 10, 20, 30)),
                    {"glorot": Arm("relu", "glorot_normal"), "he": Arm("relu", "he_normal")},
                    {"sgd": (0.003, *SGD), "adam": ADAM},
                    steps=225,
                    every=9,
                ),
            ),
            {
                **{f"he-{depth}": Claim("accuracy", "he", "glorot", "", depth) for depth in (5, 10, 20)},
                "he-30": Claim("accuracy", "he", "glorot", "he2015delving", 30),
                "earlier-20": Claim("epochs", "glorot", "he", "he2015delving", 20),
            },
        ),
        "R3": Replication(
            (
                Trial("digits", ((100,) * 5,), FOUR, {"sgd": (*SGD[1:], 10.0), "adam": (*ADAM[1:], 0.1)}, steps=220),
                Trial(
                    "digits",
                    tuple((width,) * 10 for width in (30, 100, 300, 1000)),
                    {"normal": FOUR["normal"]},
                    {"sgd": (0.1,)},
                    steps=1,
                    tuned=False,
                    layers=("error_mean_square",),
                    layer_steps=(0,),
                    seeds=20,
                ),
            ),
            {
                "glorot-mends": Claim("accuracy", "glorot", "normal", "", 5),
                **{
                    f"vanishes-{width}": Claim("decades_lost", "normal_0", "0", "", 10, width)
                    for width in (30, 100, 300, 1000)
                },
            },
        ),
        "R4": Replication(
            (
                Trial(
                    "mnist1d",
                    ((128,) * 8,),
                    XU,
                    {"adam": ADAM},
                    steps=720,
                    every=48,
                    layers=("alpha",),
                    layer_steps=(0, 720),
                ),
            ),
            {
                "small-leak": Claim("accuracy", "leaky_small", "relu", "xu2015empirical"),
                "large-leak": Claim("accuracy", "leaky_large", "relu", "xu2015empirical"),
                "large-over-small": Claim("accuracy", "leaky_large", "leaky_small", "xu2015empirical"),
                "learned": Claim("accuracy", "prelu", "relu", "he2015delving"),
                "learned-overfits": Claim("overfitting", "prelu", "rrelu_divisor", "xu2015empirical"),
                "learned-overfits-relu": Claim("overfitting", "prelu", "relu", ""),
                "fixed-overfits": Claim("overfitting", "leaky_large", "rrelu_divisor", "xu2015empirical"),
                "random-over-fixed": Claim("accuracy", "rrelu_divisor", "leaky_large", "xu2015empirical"),
                "random-over-learned": Claim("accuracy", "rrelu_divisor", "prelu", "xu2015empirical"),
            },
        ),
        "R5": Replication(
            (
                Trial(
                    **MNIST1D,
                    arms={"relu": HE["relu"], "leaky": XU["leaky_small"], "elu": HE["elu"]},
                    rates={"sgd": SGD, "adam": ADAM},
                    layers=("h_mean",),
                    layer_steps=(0, 720),
                ),
            ),
            {
                "faster-than-relu": Claim("epochs_to_loss", "relu", "elu", "clevert2016fast"),
                "faster-than-leaky": Claim("epochs_to_loss", "leaky", "elu", "clevert2016fast"),
                "mean-nearer-zero": Claim("mean_shift", "relu", "elu", "clevert2016fast"),
                "better-than-relu": Claim("accuracy", "elu", "relu", "clevert2016fast"),
                "better-than-leaky": Claim("accuracy", "elu", "leaky", "clevert2016fast"),
            },
        ),
        "R6": Replication(
            (
                Trial(
                    "digits",
                    ((128,) * 8, (128,) * 32),
                    {
                        "selu": SELU,
                        "selu_glorot": Arm("selu", "glorot_uniform"),
                        "selu_he": Arm("selu", "he_normal"),
                        "selu_gain": Arm("selu", (9 / 16, "fan_in", "normal")),  # PyTorch's gain ¾
                        "tanh": Arm("tanh", "lecun_normal"),
                        "elu": HE["elu"],
                        "relu": HE["relu"],
                    },
                    {"sgd": (0.001, 0.003, *SGD)},
                    steps=225,
                    every=9,
                    layers=("h_mean", "h_variance"),
                    layer_steps=(0, 225),
                ),
            ),
            {
                **{
                    f"selu-over-{other}-{depth}": Claim("accuracy", "selu", other, "klambauer2017self", depth)
                    for depth in (8, 32)
                    for other in ("relu", "elu", "tanh")
                },
                "lecun-over-he-32": Claim("accuracy", "selu", "selu_he", "klambauer2017self", 32),
                "lecun-over-glorot-32": Claim("accuracy", "selu", "selu_glorot", "", 32),
            },
        ),
        "R7": Replication(
            (
                Trial(
                    **MNIST1D,
                    arms=HE
                    | {"selu": SELU, "tanh": Arm("tanh", "lecun_normal")}
                    | {f"{name}_dropout": replace(HE[name], dropout=0.5) for name in ("relu", "elu", "gelu")},
                    rates={"adam": ADAM},
                ),
            ),
            {
                "lower-loss-than-relu": Claim("half_way_loss", "relu", "gelu", "hendrycks2016gaussian"),
                "lower-loss-than-elu": Claim("half_way_loss", "elu", "gelu", "hendrycks2016gaussian"),
                "gelu-over-relu": Claim("accuracy", "gelu", "relu", "hendrycks2016gaussian"),
                "gelu-over-elu": Claim("accuracy", "gelu", "elu", "hendrycks2016gaussian"),
                "gelu-over-swish": Claim("accuracy", "gelu", "swish", "hendrycks2016gaussian"),
                **{
                    f"gelu-over-{other}-dropout": Claim(
                        "accuracy", "gelu_dropout", f"{other}_dropout", "hendrycks2016gaussian"
                    )
                    for other in ("relu", "elu")
                },
                "swish-over-relu": Claim("accuracy", "swish", "relu", "ramachandran2018searching"),
                **{
                    f"mish-over-{other}": Claim("accuracy", "mish", other, "misra2020mish")
                    for other in ("relu", "swish")
                },
                **{f"{name}-over-selu": Claim("accuracy", name, "selu", "") for name in SMOOTH},
            },
        ),
        "R10": Replication(
            (
                Trial(
                    "digits",
                    ((128,) * 20, (128,) * 40),
                    {
                        f"{name}_{scheme}": Arm(name, start)
                        for name in SMOOTH
                        for scheme, start in (
                            ("he", "he_normal"),
                            ("glorot", "glorot_normal"),
                            ("critical", _half_stable(name)),
                        )
                    },
                    {"sgd": (0.003, *SGD), "adam": ADAM},
                    steps=225,
                    every=9,
                    layers=("z_second_moment",),
                    layer_steps=(0,),
                ),
            ),
            {
                f"{name}-{depth}": Claim("accuracy", f"{name}_critical", f"{name}_he", "hayou2019impact", depth)
                for depth in (20, 40)
                for name in SMOOTH
            },
        ),
        "R11": Replication(
            (
                Trial(
                    "absolute_value",
                    ((2,) * 10,),
                    {"relu": Arm("relu", "he_normal"), "leaky": Arm("leaky_relu", "he_normal", (("alpha", 0.01),))},
                    {"adam": (1e-3,)},
                    steps=1000,
                    tuned=False,
                    layers=("dead",),
                    layer_steps=(0, 1000),
                    seeds=100,
                    loss="mean_square",
                ),
                Trial(
                    "digits",
                    ((100,) * 3,),
                    {"relu": Arm("relu", "he_normal"), "leaky": Arm("leaky_relu", "he_normal", (("alpha", 0.01),))},
                    {"sgd": (0.03, 0.1, 0.3, 0.6, 1.0), "adam": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)},
                    steps=180,
                    tuned=False,
                    layers=("dead",),
                    layer_steps=tuple(range(0, 181, 9)),
                ),
            ),
            {
                "collapse": Claim("collapsed", "relu_0", "0.9", "lu2020dying", data="absolute_value"),
                "half-die": Claim("dead", "relu_4", "0.5", "", data="digits"),
                "rate-kills": Claim("dead", "relu_4", "relu_0", "", data="digits"),
                "leak-saves": Claim("accuracy", "leaky_4", "relu_4", "maas2013rectifier", data="digits"),
            },
        ),
    }
)


# --- Running


def _arms(trial, optimizer):
    """Arms to tune, or one for every rate."""
    arms = []
    for name, arm in trial.arms.items():
        activation = activations.get(arm.activation, **dict(arm.params))
        made = training.Arm(name, activation, arm.initialization, optimizer, dropout=arm.dropout)
        rates = trial.rates[optimizer]
        named = [] if trial.tuned else [(f"{name}_{i}", rate) for i, rate in enumerate(rates)]
        arms += [replace(made, name=n, learning_rate=r) for n, r in named] or [made]
    return arms


def _names(trial):
    return [arm.name for optimizer in trial.rates for arm in _arms(trial, optimizer)]


def _sweep(trial, arms, hidden, seeds, checkpoint=None, progress=True, record=(), measure=()):
    load, inputs, outputs = DATA[trial.data]
    return training.sweep(
        arms, load, [inputs, *hidden, outputs], steps=trial.steps, seeds=seeds, loss=trial.loss, record=record,
        measure=measure, checkpoint=checkpoint, progress=progress,
    )  # fmt: skip


def _run_part(trial, hidden, optimizer, checkpoint):
    """Tables of one architecture and optimizer."""
    load, inputs, outputs = DATA[trial.data]
    arms, tables = _arms(trial, optimizer), {}
    if trial.tuned:
        tuned = training.tune(
            arms, trial.rates[optimizer], load, [inputs, *hidden, outputs], steps=trial.steps, seeds=TUNING_SEEDS,
            loss=trial.loss, checkpoint=checkpoint,
        )  # fmt: skip
        arms, tables["tuning"] = tuned.arms, tuned.table
    record = {*trial.layer_steps, *(range(trial.every, trial.steps + 1, trial.every) if trial.every else ())}
    measure = trial.layer_steps if trial.layers else ()
    found = _sweep(trial, arms, hidden, range(trial.seeds), checkpoint, record=record, measure=measure)
    rates = {arm.name: arm.learning_rate for arm in arms}
    tables["final"] = found.final.assign(learning_rate=found.final.arm.map(rates)).drop(columns="step")
    names = ["arm", "seed", "step"]
    if trial.every:
        curves = found.table[found.table.step.isin(range(0, trial.steps + 1, trial.every))]
        tables["curves"] = curves[[*names, *(c for c in CURVES if c in curves)]]
    if trial.layers:
        layers = found.layers[found.layers.layer <= len(hidden)]
        tables["layers"] = layers.dropna(subset=list(trial.layers), how="all")[[*names, "layer", *trial.layers]]
    place = {"data": trial.data, "optimizer": optimizer, "depth": len(hidden), "width": hidden[0]}
    return {name: table.assign(**place) for name, table in tables.items()}


def _plain(spec):
    return json.loads(json.dumps([asdict(trial) for trial in spec.trials]))


def _versions():
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def machine():
    """What the numbers of a run may depend on beside the code: processor with its vector units, cores, system."""
    try:
        lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
        about = {name.strip(): value.strip() for name, _, value in reversed(lines)}
        model = " ".join(about[name] for name in ("model name", "cpu family", "model", "stepping"))
        vectors = sorted(flag for flag in about["flags"].split() if flag.startswith(("avx", "fma", "amx", "sse4")))
    except (OSError, KeyError):  # another system
        model, vectors = platform.processor(), []
    place = {"cores": os.cpu_count(), "system": platform.system(), "machine": platform.machine()}
    return {"processor": model, "vectors": " ".join(vectors), **place}


def run(id, fresh=False):
    """Run one replication and write its file; what a killed run has finished is kept, and a bar shows the steps.

    Args: id: key of `REPLICATIONS`; fresh: whether to run it although its file is there and up to date.
    Returns: whether anything had to be run.
    """
    import pandas as pd

    spec, path = REPLICATIONS[args.choice("id", id, REPLICATIONS)], FOLDER / f"{id}.json"
    if not fresh and path.exists():
        about = json.loads(path.read_text("utf-8"))["about"]
        if about["trials"] == _plain(spec) and about["versions"] == _versions():
            return False
    parts = [(trial, hidden, opt) for trial in spec.trials for hidden in trial.hidden for opt in trial.rates]
    work, tables = WORK / id, {}
    clock = work / "seconds.json"
    seconds = json.loads(clock.read_text()) if clock.exists() else 0.0
    work.mkdir(parents=True, exist_ok=True)
    for i, (trial, hidden, optimizer) in enumerate(parts):
        print(f"{id} {i + 1}/{len(parts)}: {trial.data}, {len(hidden)} x {hidden[0]}, {optimizer}", file=sys.stderr)
        start = time.perf_counter()
        for name, table in _run_part(trial, hidden, optimizer, work).items():
            tables.setdefault(name, []).append(table)
        seconds += time.perf_counter() - start
        _write(clock, json.dumps(seconds))
    examples = {trial.data: len(DATA[trial.data][0](np.random.default_rng(0))[0]) for trial in spec.trials}
    about = {"trials": _plain(spec), "examples": examples, "versions": _versions(), "machine": machine()}
    columns = {name: _columns(pd.concat(tables[name], ignore_index=True)) for name in tables}
    _write(path, _json({"id": id, "about": about | {"seconds": round(seconds, 1)}, **columns}))
    shutil.rmtree(work)
    return True


def _columns(table):
    """Column -> values: numbers to 7 digits, what is not a number as null; words as a list of them and places in it."""
    columns = {}
    for name, values in ((name, table[name].tolist()) for name in table):
        if isinstance(values[0], str):
            words = list(dict.fromkeys(values))
            columns[name] = {"words": words, "at": list(map(words.index, values))}
        else:
            columns[name] = list(map(_short, values))
    return columns


def _short(value):
    if isinstance(value, float):
        return float(f"{value:.7g}") if np.isfinite(value) else None
    return value


def _table(columns):
    """The table of `_columns`."""
    import pandas as pd

    words = {name: [c["words"][i] for i in c["at"]] for name, c in columns.items() if isinstance(c, dict)}
    numbers = {name: np.array(c, dtype=float) for name, c in columns.items() if not isinstance(c, dict)}
    whole = {name: v.astype(int) for name, v in numbers.items() if name in WHOLE}
    return pd.DataFrame({name: (words | numbers | whole)[name] for name in columns})


def _json(content):
    """Text with one line per column."""

    def block(values):
        rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items())
        return "{\n" + rows + "\n }"

    lines = (f" {json.dumps(k)}: {block(v) if isinstance(v, dict) else json.dumps(v)}" for k, v in content.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _write(path, text):
    """A kill leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, "utf-8")
    os.replace(unfinished, path)


# --- Reading


def read(id):
    """Results of a replication.

    Args: id: "R1" …, key of `REPLICATIONS`.
    Returns: `Record`. Raises: FileNotFoundError if it has not been run: `make replications` does that.
    """
    path = FOLDER / f"{args.choice('id', id, REPLICATIONS)}.json"
    if not path.exists():
        raise FileNotFoundError(f"{id} has no results yet: run `make replications`, which writes {path.name}")
    content = json.loads(path.read_text("utf-8"))
    tables = {name: _table(content.get(name, {})) for name in ("tuning", "final", "curves", "layers")}
    return Record(id, content["about"], **tables)


def values(record, claim, arm):
    """Values per seed of one side of a claim: dict, optimizer → array (seeds,).

    Args: record: a `Record`; claim: a `Claim`; arm: its `more` or `less`.
    """
    trials, metric = REPLICATIONS[record.id].trials, METRICS[claim.metric][0]
    first, _, second = arm.partition(" - ")
    rows, found = record.final, {}
    for column in ("data", "depth", "width"):
        wanted = getattr(claim, column)
        rows = rows if wanted is None else rows[rows[column] == wanted]
    for (data, optimizer), mine in rows.groupby(["data", "optimizer"], sort=False):
        trial = next(t for t in trials if t.data == data and first in _names(t))
        arms = {name: mine[mine.arm == name].sort_values("seed") for name in (first, second) if name}
        one = [np.asarray(metric(record, trial, table), float) for table in arms.values()]
        found[optimizer] = one[0] - one[1] if second else one[0]
    return found


def _sides(record, claim):
    """Values per seed of both sides of a claim: dict, optimizer → (more, less)."""
    more = values(record, claim, claim.more)
    try:
        less = {optimizer: np.full_like(v, float(claim.less)) for optimizer, v in more.items()}
    except ValueError:
        less = values(record, claim, claim.less)
    return {optimizer: (more[optimizer], less[optimizer]) for optimizer in more}


def verdicts(record):
    """Verdict on every claim of a replication, Holm's family being the claims with one metric.

    Args: record: a `Record`. Returns: dict, claim → `evidence.Verdict`.
    """
    claims, found = REPLICATIONS[record.id].claims, {}
    for metric, (_, margin, *_) in METRICS.items():
        pairs = {key: _sides(record, claim) for key, claim in claims.items() if claim.metric == metric}
        judge = _shares if metric in SHARES else evidence.verdicts
        found |= judge(pairs, margin) if pairs else {}
    return {key: found[key] for key in claims}


def findings(id):
    """All that a replication found about its claims, for a page that shows whatever there is.

    Args: id: key of `REPLICATIONS`. Returns: dict, "ID-claim" → `Finding`.
    """
    record, found = read(id), {}
    judged = verdicts(record)
    for key, claim in REPLICATIONS[id].claims.items():
        verdict, (_, margin, factor) = judged[key], METRICS[claim.metric]
        differences = {optimizer: more - less for optimizer, (more, less) in _sides(record, claim).items()}
        if claim.metric in UNTRAINED:
            (effect,), (difference,) = verdict.effects.values(), differences.values()
            verdict, differences = verdict._replace(effects={"untrained": effect}), {"untrained": difference}
        found[f"{id}-{key}"] = Finding(claim, *_place(id, claim), verdict, differences, margin, factor)
    return found


def _place(id, claim):
    """The trial that a claim is about, and the widths of its hidden layers."""
    first = claim.more.partition(" - ")[0]
    return next(
        (trial, hidden)
        for trial in REPLICATIONS[id].trials
        for hidden in trial.hidden
        if claim.data in (None, trial.data)
        and claim.depth in (None, len(hidden))
        and claim.width in (None, hidden[0])
        and first in _names(trial)
    )


def judged(*ids):
    """Verdicts as `figures.verdict_table` shows them.

    Args: ids: keys of `REPLICATIONS`.
    Returns: dict, "ID-claim" → (`evidence.Verdict`, factor that makes percentage points of shares).
    """
    return {key: (found.verdict, found.factor) for id in ids for key, found in findings(id).items()}


def _shares(claims, margin):
    """The rule of `evidence.verdicts` at level .95 for one claim with one optimizer, a share of seeds: exact tests."""
    ((key, arms),) = claims.items()
    ((optimizer, (happened, share)),) = arms.items()
    n, count = len(happened), int(happened.sum())
    mean, low, high = evidence.binomial_interval(count, n)
    p, p_margin = (float(stats.binomtest(count, n, share[0] + m).pvalue) for m in (0, margin))
    test = evidence.Paired(mean - share[0], low - share[0], high - share[0], p, np.nan, n, count)
    name = "not_reproduced" if p_margin < 0.05 and test.difference < margin else "not_distinguishable"
    if p < 0.05 and abs(test.difference) >= margin:
        name = "reproduced" if test.difference > 0 else "reversed"
    return {key: evidence.Verdict(name, {optimizer: evidence.Effect(name, test, p, p_margin)}, {})}


def rerun(record, arms, seeds=2):
    """Train some arms of the first trial's first architecture and optimizer again, with the recorded learning rates.

    Args: record: a `Record`; arms: names; seeds: how many, from 0, an integer ≥ 1.
    Returns: rows of `record.final`, and the same rows computed anew.
    """
    trial = REPLICATIONS[record.id].trials[0]
    hidden, optimizer = trial.hidden[0], next(iter(trial.rates))
    place = {"data": trial.data, "depth": len(hidden), "width": hidden[0], "optimizer": optimizer}
    rows = record.final[(record.final[list(place)] == list(place.values())).all(axis=1) & record.final.arm.isin(arms)]
    rates = rows.groupby("arm").learning_rate.first()
    chosen = [arm for arm in _arms(trial, optimizer) if arm.name in arms]
    chosen = [replace(arm, learning_rate=float(rates[arm.name])) for arm in chosen]
    again = _sweep(trial, chosen, hidden, range(seeds), progress=False).final
    names = ["arm", "seed"]
    return tuple(t.sort_values(names, ignore_index=True) for t in (rows[rows.seed < seeds], again))


def main():
    parser = argparse.ArgumentParser(prog="python -m utils.replications", description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"which: {', '.join(REPLICATIONS)}; without one, all")
    parser.add_argument("--fresh", action="store_true", help="run again what is up to date")
    given = parser.parse_args()
    unknown = [id for id in given.ids if id not in REPLICATIONS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(REPLICATIONS)}")
    for id in given.ids or REPLICATIONS:
        print(f"{id}: " + ("done" if run(id, given.fresh) else "up to date"), flush=True)


if __name__ == "__main__":
    main()
