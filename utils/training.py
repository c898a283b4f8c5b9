"""Sweeps: many small dense networks trained at once, each one exactly as if it were alone.

A network is an arm (activation × initialization × optimizer × learning rate …) with a seed. The seed draws the split,
the initial weights, the order of the examples and the noise of dropout and RReLU, each from a stream of its own; arms
with one seed share all of these, so that their results are paired. The weights of many networks lie in one array
(networks, fan_in, fan_out) per layer, and XLA compiles all steps of all of them into one program per kind of network.

z = h @ W + b and h = φ(z) in hidden layers, the last layer is linear; layer 1 is nearest the input.
"""

import copy
import hashlib
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np

from utils import _arguments as args
from utils import activations, datasets, initializers, propagation

LOSSES = ("cross_entropy", "mean_square")
PARTS = ("train", "validation", "test")  # of datasets.Split
PROBE = 256  # training examples, at most, on which the statistics of layers are taken
CHUNK = 64  # networks in one program: their signals stay near the processor, and memory does not grow with the sweep
SEGMENT = 50  # steps between two looks at the clock: progress bar, checkpoint
SAVE_EVERY = 30.0  # seconds between checkpoints of a chunk under way


# The rules of Keras with its defaults; momentum is .9. tf.cast rounds a constant to float32, as Keras does there.
def _sgd(tf, t, rate, w, gradient):
    return w - rate * gradient, ()


def _momentum(tf, t, rate, w, gradient, velocity):
    velocity = tf.cast(0.9, w.dtype) * velocity - rate * gradient
    return w + velocity, (velocity,)


def _adam(tf, t, rate, w, gradient, m, v):
    m, v = m + 0.1 * (gradient - m), v + 0.001 * (gradient**2 - v)
    rate = rate * tf.sqrt(1 - tf.cast(0.999, w.dtype) ** t) / (1 - tf.cast(0.9, w.dtype) ** t)
    return w - rate * m / (tf.sqrt(v) + 1e-7), (m, v)


# Number of moments; (tf, step from 1, rate, w, gradient, *moments) -> w, moments
OPTIMIZERS = {"sgd": (0, _sgd), "momentum": (1, _momentum), "adam": (2, _adam)}


@dataclass(frozen=True)
class Arm:
    """What distinguishes the networks of one line of a table; its seeds are those of the sweep.

    Learned parameters of the activation (PReLU, `get("swish", learned=True)`) are trained like the weights.
    """

    name: str
    activation: str | activations.Activation = "relu"
    initialization: str | tuple = "glorot_uniform"  # a scheme of `initializers`
    optimizer: str = "sgd"  # key of OPTIMIZERS
    learning_rate: float = 0.1
    dropout: float = 0.0  # share of each hidden layer's outputs that is dropped in training
    alpha_dropout: float = 0.0  # the same with the AlphaDropout of Klambauer et al. (2017)
    residual: float | None = None  # s in h + s φ(z), where a hidden layer is as wide as the one below
    clip_norm: float | None = None  # the gradient of all weights together is shortened to this norm
    layer_norm: bool = False  # z normalized over the units, ε = .001, with learned gain and shift, before φ


class Sweep(NamedTuple):
    """Results as pandas tables; `arm`, `seed` and `step` (updates done) name a row."""

    table: object  # loss and accuracy of each part after each recorded step and the last; diverged_at (nan: never)
    layers: object  # a row per layer and measured step: the statistics of `sweep`
    networks: dict  # with `keep`: (arm, seed) -> list of a dict per layer, "w" (fan_in, fan_out), "b" (1, fan_out) …

    @property
    def final(self):
        """The rows of `table` after the last step."""
        return self.table[self.table.step == self.table.step.max()]


def sweep(
    arms,
    data,
    widths,
    *,
    steps,
    seeds=range(10),
    batch_size=128,
    loss="cross_entropy",
    record=(),
    measure=None,
    dtype="float32",
    keep=False,
    checkpoint=None,
    progress=True,
):
    """Train every arm with every seed.

    Each batch is full: the examples come in one random order after another. A network whose loss stops being finite is
    frozen there and reported, and touches no other. An output that is not finite is a guess: right in 1/classes.

    Args:
        arms: `Arm` objects with distinct names.
        data: function of a numpy Generator that draws a `datasets.Split`, such as `datasets.load_digits`; or a `Split`,
            the same for all seeds. Labels are integers from 0 to widths[-1] − 1; for "mean_square", targets (examples,)
            or (examples, widths[-1]).
        widths: inputs, width of each hidden layer, outputs.
        steps: updates of the weights, an integer ≥ 1.
        seeds: distinct integers ≥ 0.
        batch_size: an integer from 1 to the number of training examples.
        loss: "cross_entropy" (softmax) or "mean_square" (mean over outputs).
        record: steps from 0 (initialization) to `steps` after which losses are taken.
        measure: steps after which the statistics of layers are taken, which costs several updates; None: as `record`.
        dtype: "float32" or "float64", of data, weights and all arithmetic.
        keep: whether to return the trained weights too.
        checkpoint: folder that keeps what is done: the same sweep goes on from there after a kill.
        progress: whether to show a bar on stderr.
    Returns: `Sweep`. Statistics of `layers`, on the first 256 training examples, without noise:
        z_mean, h_mean, h_variance: units and examples pooled, z what φ is applied to.
        z_second_moment, h_second_moment, saturated, dead, error_mean_square, gradient_norm: as in
            `propagation.layer_statistics`.
        update_to_weight: ‖ΔW‖_F / ‖W‖_F of the last step (0 at step 0).
        A column for each learned parameter: its mean over the units.
    Raises: ValueError before any work if an argument is something else, or data are not finite.
    """
    shapes, steps = initializers.layer_shapes(widths), args.integer("steps", steps, 1)
    args.choice("loss", loss, LOSSES)
    args.choice("dtype", dtype, ("float32", "float64"))
    arms, seeds = _arms(arms, shapes), _integers("seeds", seeds, None)
    record = _integers("record", record, steps)
    measured = record if measure is None else _integers("measure", measure, steps)
    streams, experiment = _prepare(data, shapes, steps, seeds, batch_size, loss, record, measured, dtype)
    return _run(arms, seeds, streams, experiment, keep, checkpoint, progress)


class _Experiment(NamedTuple):
    """What all networks share."""

    shapes: list
    loss: str
    dtype: str
    steps: int
    record: list  # steps
    measured: list
    sizes: tuple  # examples of each part
    inputs: np.ndarray  # (seeds, examples of the three parts, inputs)
    targets: np.ndarray  # (seeds, examples) or (seeds, examples, outputs)
    order: np.ndarray  # rows of each batch, (steps, seeds, batch)
    noise: np.ndarray  # key of the noise, (seeds,)


class Tuned(NamedTuple):
    """Arms with their chosen learning rates, and the table that the choice rests on."""

    arms: list
    table: (
        object  # arm, learning_rate, validation loss and accuracy (means), diverged (share), chosen, edge (of the grid)
    )


def tune(arms, rates, data, widths, *, steps, seeds, **options):
    """Choose the learning rate of each arm on validation data: highest mean accuracy (lowest loss for "mean_square").

    Args:
        arms, data, widths, steps, seeds, options: of `sweep`; seeds other than those of the comparison that follows.
        rates: numbers > 0, one grid for all arms or a dict by the arm's name. A choice at the edge of its grid is
            marked: a better rate may lie beyond.
    Returns: `Tuned`.
    Raises: ValueError as `sweep` does, or if an arm has no rates.
    """
    rates = rates if isinstance(rates, dict) else {getattr(arm, "name", None): rates for arm in arms}
    for arm in arms:
        if not isinstance(arm, Arm) or not len(rates.get(arm.name, ())):
            args.reject("rates", rates, "one or more learning rates for every arm")
    grid = {
        f"{arm.name} @ {rate}": replace(arm, name=f"{arm.name} @ {rate}", learning_rate=rate)
        for arm in arms
        for rate in rates[arm.name]
    }
    final = sweep(list(grid.values()), data, widths, steps=steps, seeds=seeds, **options).final
    means = final.assign(diverged=final.diverged_at.notna()).groupby("arm").mean(numeric_only=True)
    rows, chosen = [], []
    for arm in arms:
        mine = means.loc[[f"{arm.name} @ {rate}" for rate in rates[arm.name]]].assign(
            arm=arm.name, learning_rate=list(rates[arm.name])
        )
        score = mine.validation_accuracy if "validation_accuracy" in mine else -mine.validation_loss.fillna(np.inf)
        best = mine.learning_rate.iloc[int(np.argmax(score))]
        mine["chosen"] = mine.learning_rate == best
        mine["edge"] = mine.chosen & mine.learning_rate.isin([min(rates[arm.name]), max(rates[arm.name])])
        chosen.append(replace(arm, learning_rate=float(best)))
        rows.append(mine)
    import pandas as pd

    columns = ["arm", "learning_rate", *[c for c in means if c.startswith("validation")], "diverged", "chosen", "edge"]
    return Tuned(chosen, pd.concat(rows, ignore_index=True)[columns])


def _prepare(data, shapes, steps, seeds, batch_size, loss="cross_entropy", record=(), measured=(), dtype="float32"):
    """The random streams of each seed (split, weights, order, noise) and the `_Experiment`."""
    streams = {seed: np.random.default_rng(seed).spawn(4) for seed in seeds}
    splits = [_split(data, streams[seed][0], shapes, loss, dtype) for seed in seeds]
    sizes = [tuple(map(len, split[::2])) for split in splits]
    if len(set(sizes)) > 1:
        args.reject("data", sizes, "splits of the same sizes for all seeds")
    if args.integer("batch_size", batch_size, 1) > sizes[0][0]:
        args.reject("batch_size", batch_size, f"at most the number of training examples, {sizes[0][0]}")
    order = [_order(streams[seed][2], sizes[0][0], steps, batch_size) for seed in seeds]
    return streams, _Experiment(
        shapes, loss, dtype, steps, record, measured, sizes[0],
        inputs=np.stack([np.concatenate(split[::2]) for split in splits]),
        targets=np.stack([np.concatenate(split[1::2]) for split in splits]),
        order=np.stack(order, axis=1),
        noise=np.array([streams[seed][3].integers(2**31, dtype=np.int32) for seed in seeds]),
    )  # fmt: skip


# --- Arguments


def _integers(name, values, most):
    """Distinct whole numbers ≥ 0, not above `most`, in a list; of seeds at least one."""
    try:
        values = [args.integer(name, value, 0) for value in values]
    except TypeError:
        args.reject(name, values, "a sequence of integers ≥ 0")
    if most is None:
        if not values or len(set(values)) < len(values):
            args.reject(name, values, "one or more distinct integers ≥ 0")
        return values
    if any(value > most for value in values):
        args.reject(name, values, f"integers from 0 to the number of steps, {most}")
    return sorted(set(values))


def _arms(arms, shapes):
    """The arms with their `Activation`, or the error."""
    arms = list(arms) if isinstance(arms, tuple | list) else []
    names = [getattr(arm, "name", None) for arm in arms]
    if not arms or not all(isinstance(arm, Arm) for arm in arms) or len(set(names)) < len(names):
        args.reject("arms", arms, "one or more training.Arm with distinct names")
    for arm in arms:
        args.choice("optimizer", arm.optimizer, OPTIMIZERS)
        args.real("learning_rate", arm.learning_rate, positive=True)
        for shape in shapes:
            initializers.weight_variance(arm.initialization, shape)
        for name in ("dropout", "alpha_dropout"):
            if args.real(name, getattr(arm, name)) >= 1:
                args.reject(name, getattr(arm, name), "a share below 1")
        if arm.residual is not None:
            args.real("residual", arm.residual)
        if arm.clip_norm is not None:
            args.real("clip_norm", arm.clip_norm, positive=True)
        if not isinstance(arm.layer_norm, bool):
            args.reject("layer_norm", arm.layer_norm, "True or False")
    return [replace(arm, activation=activations.get(arm.activation)) for arm in arms]


def _split(data, rng, shapes, loss, dtype):
    """One seed's data as arrays of the right types, or the error."""
    split = data(rng) if callable(data) else data
    if not isinstance(split, datasets.Split):
        args.reject("data", split, "a datasets.Split, or a function of a numpy Generator that returns one")
    checked, outputs = [], shapes[-1][1]
    for name, values in zip(split._fields, split, strict=True):
        if name.startswith("x"):
            with np.errstate(over="ignore"):  # what float32 cannot hold is rejected below
                x = args.floats(name, values, ndim=2).astype(dtype)
            if x.shape[1] != shapes[0][0] or not np.isfinite(x).all():
                args.reject(name, x, f"finite {dtype} numbers of shape (examples, {shapes[0][0]})")
            checked.append(x)
        elif loss == "cross_entropy":
            checked.append(args.labels(name, values, len(checked[-1]), outputs).astype(np.int32))
        else:
            y = args.floats(name, values).astype(dtype).reshape(len(np.atleast_1d(values)), -1)
            if y.shape != (len(checked[-1]), outputs) or not np.isfinite(y).all():
                args.reject(name, values, f"finite numbers of shape ({len(checked[-1])}, {outputs})")
            checked.append(y)
    return datasets.Split(*checked)


def _order(rng, rows, steps, batch_size):
    """Rows of each batch, (steps, batch): random orders of all rows, one after another."""
    epochs = -(-steps * batch_size // rows)
    rows = np.concatenate([rng.permutation(rows) for _ in range(epochs)]).astype(np.int32)
    return rows[: steps * batch_size].reshape(steps, batch_size)


# --- Programs


class _Program(NamedTuple):
    """Compiled functions of one kind of network; `given` holds what its networks do not train."""

    advance: object  # (state, given, first step, end) -> state
    evaluate: object  # (layers, given) -> losses and accuracies, (networks,)
    measure: object  # (layers, kernels before the last step, given) -> statistics, (networks, layers)


def _kind(arm):
    """What networks of one program share; their numbers may differ."""
    act = arm.activation
    code = getattr(act.graph, "__code__", None)
    function = id(act) if code is None or act.graph.__closure__ or act.sample else code
    parts = arm.dropout > 0, arm.alpha_dropout > 0, arm.residual is not None, arm.clip_norm is not None, arm.layer_norm
    return act.name, function, tuple(act.learned), arm.optimizer, parts


def _compile(arm, experiment):
    """The `_Program` of networks like this arm's."""
    import tensorflow as tf

    act, (_, rule), depth = arm.activation, OPTIMIZERS[arm.optimizer], len(experiment.shapes)
    inputs, targets, order = map(tf.constant, (experiment.inputs, experiment.targets, experiment.order))
    real, batch = inputs.dtype, order.shape[2]
    uses = (act.sample is not None) + bool(arm.dropout) + bool(arm.alpha_dropout)
    width = max(fan_out for _, fan_out in experiment.shapes)

    def forward(layers, x, given, noise=None):
        """φ's arguments z, slopes φ'(z) and outputs h of all layers; noise: (networks, uses, layers, batch, width)."""
        z, values, h = [], [], [x]
        for l, p in enumerate(layers):
            z.append(tf.matmul(h[-1], p["w"]) + p["b"])
            if l == depth - 1:
                return z, values, [*h[1:], z[-1]]
            if arm.layer_norm:
                mean, variance = tf.nn.moments(z[-1], 2, keepdims=True)
                z[-1] = (z[-1] - mean) * tf.math.rsqrt(variance + 1e-3) * p["gain"] + p["shift"]
            draws = iter(() if noise is None else tf.unstack(noise[:, :, l, :, : z[-1].shape[2]], axis=1))
            values.append({name: p.get(name, given[name]) for name in act.params})
            if act.sample and noise is not None:
                values[-1]["alpha"] = act.sample(next(draws))
            out = act.graph(tf, z[-1], **values[-1])
            if arm.dropout and noise is not None:
                out = tf.where(next(draws) < given["dropout"], tf.zeros_like(out), out / (1 - given["dropout"]))
            if arm.alpha_dropout and noise is not None:
                rate, low = given["alpha_dropout"], tf.constant(-activations.SELU_SCALE * activations.SELU_ALPHA, real)
                out = tf.where(next(draws) < rate, low, out)
                out = (out - rate * low) / tf.sqrt((1 - rate) * (1 + rate * low**2))
            h.append(h[-1] + given["residual"] * out if arm.residual is not None and out.shape == h[-1].shape else out)

    def losses(logits, y):
        """Loss of each example, (networks, examples)."""
        if experiment.loss == "cross_entropy":
            return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
        return tf.reduce_mean((logits - y) ** 2, axis=2)

    def step(i, state, given):
        rows = tf.gather(order[i], given["seed"])
        place = tf.stack([tf.broadcast_to(given["seed"][:, None], rows.shape), rows], axis=2)
        x, y, noise = tf.gather_nd(inputs, place), tf.gather_nd(targets, place), None
        if uses:
            shape = uses, depth - 1, batch, width
            noise = tf.map_fn(
                lambda key: tf.random.stateless_uniform(shape, tf.stack([key, i]), dtype=real),
                given["noise"],
                fn_output_signature=real,
            )
        weights = tf.nest.flatten(state["layers"])
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = tf.reduce_mean(losses(forward(state["layers"], x, given, noise)[0][-1], y), axis=1)
        finite = tf.math.is_finite(loss)
        diverged_at = tf.where((state["diverged_at"] < 0) & ~finite, i + 1, state["diverged_at"])
        alive, new, moments, gradients = (diverged_at < 0)[:, None, None], [], [], tape.gradient(loss, weights)
        if arm.clip_norm is not None:
            norm = tf.sqrt(sum(tf.reduce_sum(gradient**2, (1, 2), keepdims=True) for gradient in gradients))
            shorter = tf.where(norm > given["clip_norm"], given["clip_norm"] / norm, tf.ones_like(norm))
            gradients = [gradient * shorter for gradient in gradients]
        for w, gradient, *old in zip(weights, gradients, *state["moments"], strict=True):
            updated, kept = rule(tf, tf.cast(i + 1, real), given["rate"], w, gradient, *old)
            new.append(tf.where(alive, updated, w))
            moments.append(kept)
        return {
            "layers": tf.nest.pack_sequence_as(state["layers"], new),
            "moments": [list(moment) for moment in zip(*moments, strict=True)],
            "diverged_at": diverged_at,
        }

    @tf.function(jit_compile=True, autograph=False)
    def advance(state, given, start, end):
        def body(i, state):
            return i + 1, step(i, state, given)

        return tf.while_loop(lambda i, state: i < end, body, (start, state))[1]

    @tf.function(autograph=False)  # called a few times: compiling it would take longer than it saves
    def evaluate(layers, given):
        x, y = tf.gather(inputs, given["seed"]), tf.gather(targets, given["seed"])
        logits, table = forward(layers, x, given)[0][-1], {}
        values = {"loss": losses(logits, y)}
        if experiment.loss == "cross_entropy":
            right = tf.cast(tf.argmax(logits, axis=2, output_type=tf.int32) == y, real)
            guess = tf.constant(1 / experiment.shapes[-1][1], real)
            values["accuracy"] = tf.where(tf.reduce_all(tf.math.is_finite(logits), axis=2), right, guess)
        for name, value in values.items():
            for part, rows in zip(PARTS, tf.split(value, experiment.sizes, axis=1), strict=True):
                table[f"{part}_{name}"] = tf.reduce_mean(rows, axis=1)
        return table

    @tf.function(autograph=False)
    def measure(layers, before, given):
        examples = min(PROBE, experiment.sizes[0])
        x, y = (tf.gather(array[:, :examples], given["seed"]) for array in (inputs, targets))
        kernels = [p["w"] for p in layers]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(kernels)
            z, values, h = forward(layers, x, given)
            loss = losses(z[-1], y)
            mean = tf.reduce_mean(loss, axis=1)
        errors, gradients, rows = tape.gradient(loss, z), tape.gradient(mean, kernels), []
        for l, arrays in enumerate(zip(z, h, errors, gradients, kernels, before, strict=True)):
            slope = tf.ones_like(z[l])
            if l < depth - 1:
                with tf.GradientTape() as inner:
                    inner.watch(z[l])
                    phi = act.graph(tf, z[l], **values[l])
                slope = tf.abs(inner.gradient(phi, z[l]))
            zl, hl, error, gradient, w, old = (tf.cast(array, tf.float64) for array in arrays)  # squares underflow
            average = {
                "z_mean": zl, "z_second_moment": zl**2, "h_mean": hl, "h_second_moment": hl**2,
                "h_variance": (hl - tf.reduce_mean(hl, (1, 2), keepdims=True)) ** 2, "error_mean_square": error**2,
                "saturated": (slope < given["flat"]) | (slope == 0),
                "dead": tf.reduce_all(slope == 0, axis=1, keepdims=True),
            }  # fmt: skip
            row = {name: tf.reduce_mean(tf.cast(value, tf.float64), (1, 2)) for name, value in average.items()}
            row["gradient_norm"] = tf.norm(gradient, axis=(1, 2))
            row["update_to_weight"] = tf.norm(w - old, axis=(1, 2)) / tf.norm(w, axis=(1, 2))
            for name in act.learned:
                row[name] = tf.reduce_mean(tf.cast(layers[l].get(name, w * np.nan), tf.float64), (1, 2))
            rows.append(row)
        return {name: tf.stack([row[name] for row in rows], axis=1) for name in rows[0]}

    for function in (advance, evaluate, measure):
        function._omit_frequent_tracing_warning = True  # every kind of network has its own, traced once
    return _Program(advance, evaluate, measure)


# --- Chunks of networks


def _run(arms, seeds, streams, experiment, keep, checkpoint, progress):
    """Train chunk after chunk."""
    import pandas as pd
    from tqdm import tqdm

    digest, results, kind = _digest(arms, seeds, experiment) if checkpoint is not None else "", [], None
    networks, count = {}, len(arms) * len(seeds)
    with tqdm(total=count * experiment.steps, unit=" steps", disable=not progress, file=sys.stderr) as bar:
        for chunk, size in _chunks(arms, seeds):
            if _kind(chunk[0][0]) != kind:
                kind, program = _kind(chunk[0][0]), _compile(chunk[0][0], experiment)
            path = Path(checkpoint, f"{digest}-{len(results)}.npz") if checkpoint is not None else None
            padded = chunk + chunk[-1:] * (size - len(chunk))  # one shape, so one compilation
            state, given = _start(padded, seeds, streams, experiment)
            done, state = _train(program, state, given, experiment, path, partial(_advance, bar, len(chunk)))
            results.append(_tables(chunk, done, experiment))
            for i, (arm, seed) in enumerate(chunk if keep else ()):
                networks[arm.name, seed] = [{k: w[i].numpy() for k, w in layer.items()} for layer in state["layers"]]
    rank = {arm.name: i for i, arm in enumerate(arms)}
    tables = [pd.concat(parts, ignore_index=True) for parts in zip(*results, strict=True)]
    tables = [t.sort_values("arm", key=lambda a: a.map(rank), kind="stable", ignore_index=True) for t in tables]
    return Sweep(*tables, networks)


def _chunks(arms, seeds):
    """Networks (arm, seed) of one kind, at most CHUNK at a time, with the size of the kind's largest chunk."""
    kinds = {}
    for arm in arms:  # in their order, which another process finds again
        kinds.setdefault(_kind(arm), []).append(arm)
    for kind in kinds.values():
        networks = [(arm, seed) for arm in kind for seed in seeds]
        size = -(-len(networks) // -(-len(networks) // CHUNK))
        for first in range(0, len(networks), size):
            yield networks[first : first + size], size


def _advance(bar, networks, steps):
    bar.update(networks * steps)


def _start(networks, seeds, streams, experiment):
    """Initial state of some networks, and what they do not train, as arrays with the network first."""
    dtype, shapes = np.dtype(experiment.dtype), experiment.shapes
    widths = [shapes[0][0], *(fan_out for _, fan_out in shapes)]
    layers = [{} for _ in shapes]
    rows = [
        propagation.random_network(widths, arm.initialization, copy.deepcopy(streams[seed][1]), experiment.dtype)
        for arm, seed in networks
    ]
    for l, (layer, (_, fan_out)) in enumerate(zip(layers, shapes, strict=True)):
        layer["w"] = np.stack([weights[l] for weights, _ in rows])
        layer["b"] = np.stack([biases[l][None] for _, biases in rows])
        if l == len(shapes) - 1:
            break
        if networks[0][0].layer_norm:
            layer["gain"], layer["shift"] = np.ones_like(layer["b"]), np.zeros_like(layer["b"])
        for name, per in networks[0][0].activation.learned.items():
            values = np.array([arm.activation.params[name] for arm, _ in networks], dtype)
            layer[name] = np.tile(values[:, None, None], (1, 1, fan_out if per == "unit" else 1))

    def column(value):
        return np.array([value(arm) for arm, _ in networks], dtype)[:, None, None]

    place = np.array([seeds.index(seed) for _, seed in networks], np.int32)
    given = {
        name: column(lambda arm, name=name: arm.activation.params[name]) for name in networks[0][0].activation.params
    }
    given |= {
        "seed": place, "noise": experiment.noise[place], "rate": column(lambda arm: arm.learning_rate),
        "dropout": column(lambda arm: arm.dropout), "alpha_dropout": column(lambda arm: arm.alpha_dropout),
        "residual": column(lambda arm: arm.residual or 0.0), "clip_norm": column(lambda arm: arm.clip_norm or np.inf),
        "flat": column(lambda arm: arm.activation.flat_slope),
    }  # fmt: skip
    import tensorflow as tf

    count, _ = OPTIMIZERS[networks[0][0].optimizer]
    zeros = [[np.zeros_like(array) for array in tf.nest.flatten(layers)] for _ in range(count)]
    state = {"layers": layers, "moments": zeros, "diverged_at": np.full(len(networks), -1, np.int32)}
    return tf.nest.map_structure(tf.constant, state), tf.nest.map_structure(tf.constant, given)


def _train(program, state, given, experiment, path, advance_bar):
    """Numbers {"table-STEP-name": (networks,), "layers-STEP-name": (networks, layers)} of a chunk, and its state."""
    import tensorflow as tf

    steps, record, measured = experiment.steps, {*experiment.record, experiment.steps}, experiment.measured
    stops = sorted({0, *range(0, steps, SEGMENT), *record, *measured, *(step - 1 for step in measured if step)})
    done, saved, before = {"step": np.int32(-1)}, time.monotonic(), [layer["w"] for layer in state["layers"]]
    if path is not None and path.exists():
        with np.load(path) as file:
            done = dict(file)
        arrays = [done.pop(f"state-{i}") for i in range(len(tf.nest.flatten(state)))]
        state = tf.nest.pack_sequence_as(state, list(map(tf.constant, arrays)))
        before = [tf.constant(done.pop(f"before-{l}")) for l in range(len(experiment.shapes))]
        advance_bar(int(done["step"]))
    for stop in [stop for stop in stops if stop > done["step"]]:
        start = max(0, int(done["step"]))
        if stop > start:
            before = [layer["w"] for layer in state["layers"]]
            state = program.advance(state, given, tf.constant(start), tf.constant(stop))
        found = {"table": program.evaluate(state["layers"], given)} if stop in record else {}
        if stop in measured:
            found["layers"] = program.measure(state["layers"], before, given)
        done |= {f"{kind}-{stop}-{name}": v.numpy() for kind, values in found.items() for name, v in values.items()}
        done |= {"step": np.int32(stop), "diverged_at": state["diverged_at"].numpy()}
        advance_bar(stop - start)
        if path is not None and (stop == steps or time.monotonic() > saved + SAVE_EVERY):
            _save(path, done, state, before)
            saved = time.monotonic()
    return done, state


def _save(path, done, state, before):
    """Write a checkpoint; a kill leaves the old one whole."""
    import tensorflow as tf

    arrays = {f"state-{i}": array.numpy() for i, array in enumerate(tf.nest.flatten(state))}
    arrays |= {f"before-{l}": kernel.numpy() for l, kernel in enumerate(before)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with open(unfinished, "wb") as file:
        np.savez(file, **done, **arrays)
    os.replace(unfinished, path)


def _tables(networks, done, experiment):
    """The rows of a chunk in both tables."""
    import pandas as pd

    count, depth = len(networks), len(experiment.shapes)
    names = {"arm": [arm.name for arm, _ in networks], "seed": [seed for _, seed in networks]}
    diverged = np.where(done["diverged_at"] < 0, np.nan, done["diverged_at"])[:count]
    found = {"table": [], "layers": []}
    for key, values in done.items():
        kind, _, rest = key.partition("-")
        if kind in found:
            step, _, name = rest.partition("-")
            if not found[kind] or found[kind][-1]["step"] != int(step):
                found[kind].append({"step": int(step)})
            found[kind][-1][name] = values[:count]
    table = [pd.DataFrame(names | row | {"diverged_at": diverged}) for row in found["table"]]
    layers = []
    for row in found["layers"]:
        index = {name: np.repeat(values, depth) for name, values in names.items()}
        index |= {"step": row["step"], "layer": np.tile(np.arange(1, depth + 1), count)}
        layers.append(pd.DataFrame(index | {name: v.ravel() for name, v in row.items() if name != "step"}))
    empty = pd.DataFrame({"arm": [], "seed": [], "step": [], "layer": []})
    return pd.concat(table, ignore_index=True), pd.concat(layers, ignore_index=True) if layers else empty


def _digest(arms, seeds, experiment):
    """Name of a sweep: its arguments, its data, the code and the libraries that compute it."""
    grid, name = np.linspace(-5, 5, 101), hashlib.sha256()
    for arm in arms:
        act = arm.activation
        plain = asdict(replace(arm, activation=act.name)) | {"learned": act.learned, "params": act.params}
        name.update(repr(plain).encode() + act.fn(grid).tobytes())
        name.update(np.asarray(act.sample(grid)).tobytes() if act.sample else b"")
    for field in experiment:
        name.update(field.tobytes() if isinstance(field, np.ndarray) else repr(field).encode())
    for module in (activations, initializers, propagation):
        name.update(Path(module.__file__).read_bytes())
    name.update(Path(__file__).read_bytes())
    name.update(repr((list(seeds), metadata.version("tensorflow"), metadata.version("numpy"))).encode())
    return name.hexdigest()[:16]
