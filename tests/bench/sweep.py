"""`make bench`: speed of the sweep engine, as ratios of what is timed in turn in this one run; medians of 5 rounds.

Digits, batch 128, 220 steps, 128 networks, float32, SGD unless said. Three things are timed on the same shapes: the
sweep, the matrix products of training alone, and one compiled Keras model per network with the same batches.
Compilation and Keras's tracing are left out of the ratios and reported apart. Writes _build/bench/sweep.json.
"""

import itertools
import json
import os
import platform
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import tensorflow as tf
from tqdm import tqdm

from utils import datasets, initializers, training

TARGET = Path(__file__).resolve().parents[2] / "_build/bench/sweep.json"
STEPS, BATCH, NETWORKS, ROUNDS, SEEDS = 220, 128, 128, 5, list(range(8))
ROWS, EPOCHS = 1024, 27  # what Keras is fitted to: 8 full batches an epoch; after the first epoch, 216 steps
DEEP, SHALLOW = (20, 64), (10, 32)
MIX = tuple(itertools.product(("relu", "tanh", "selu", "swish"), ("sgd", "adam")))
MIX_SMOOTH = tuple(itertools.product(("relu", "tanh", "gelu", "mish"), ("sgd", "adam")))
RATES = {"sgd": 0.01, "adam": 0.001}


def widths(size):
    depth, width = size
    return [64, *depth * [width], 10]


def arms(kinds, networks=NETWORKS):
    """Arms of these (activation, optimizer) in equal shares, which with 8 seeds are so many networks."""
    chosen = [kinds[i % len(kinds)] for i in range(networks // len(SEEDS))]
    return [training.Arm(f"{i}", act, "he_normal", opt, RATES[opt]) for i, (act, opt) in enumerate(chosen)]


def prepared(size):
    """Streams of the seeds and `_Experiment`, with the batches of an unshuffled `fit`."""
    streams, experiment = training._prepare(
        datasets.load_digits, initializers.layer_shapes(widths(size)), STEPS, SEEDS, BATCH
    )
    order = np.resize(np.arange(ROWS, dtype=np.int32).reshape(-1, 1, BATCH), (STEPS, 1, BATCH))
    return streams, experiment._replace(order=np.repeat(order, len(SEEDS), axis=1))


class Engine:
    """A sweep, compiled once; a call trains every network and returns seconds per network."""

    def __init__(self, kinds, size, networks=NETWORKS):
        self.networks, self.compile_seconds, self.chunks, kind = networks, 0.0, [], None
        streams, experiment = prepared(size)
        for chunk, _ in training._chunks(training._arms(arms(kinds, networks), experiment.shapes), SEEDS):
            state, given = training._start(chunk, SEEDS, streams, experiment)
            if training._kind(chunk[0][0]) != kind:
                kind, program = training._kind(chunk[0][0]), training._compile(chunk[0][0], experiment)
                self.compile_seconds += self.advance(program, state, given, 1)
            self.chunks.append((program, state, given))

    @staticmethod
    def advance(program, state, given, steps):
        began = time.perf_counter()
        program.advance(state, given, tf.constant(0), tf.constant(steps))["diverged_at"].numpy()
        return time.perf_counter() - began

    def __call__(self):
        return sum(self.advance(*chunk, STEPS) for chunk in self.chunks) / self.networks


class Products:
    """The matrix products of training alone: forward, and both of the backward pass, for every layer and step."""

    def __init__(self, size):
        rng, shapes, chunk = np.random.default_rng(0), initializers.layer_shapes(widths(size)), training.CHUNK
        x = tf.constant(rng.standard_normal((2, chunk, BATCH, 64)), tf.float32)
        top = tf.constant(rng.standard_normal((chunk, BATCH, 10)), tf.float32)
        weights = [tf.constant(rng.standard_normal((chunk, *s)) / np.sqrt(s[0]), tf.float32) for s in shapes]

        def step(i, gradients):
            h = [x[i % 2]]  # another input each time, or the compiler takes the products out of the loop
            for w in weights:
                h.append(tf.matmul(h[-1], w))
            d, new = top + 0 * h.pop(), []
            for l in reversed(range(len(weights))):
                new.insert(0, tf.matmul(h[l], d, transpose_a=True))
                d = tf.matmul(d, weights[l], transpose_b=True)
            return i + 1, new

        @tf.function(jit_compile=True, autograph=False)
        def run(steps, gradients):
            return tf.while_loop(lambda i, _: i < steps, step, (0, gradients))[1]

        self.run = lambda steps: run(tf.constant(steps), weights)[0].numpy()
        self.run(1)

    def __call__(self):
        began = time.perf_counter()
        for _ in range(NETWORKS // training.CHUNK):
            self.run(STEPS)
        return (time.perf_counter() - began) / NETWORKS


class Keras:
    """One network of each kind, each a compiled model fitted to the same batches; seconds per network and 220 steps."""

    def __init__(self, kinds, size, one_epoch=False):
        _, experiment = prepared(size)
        self.epochs, repeats = (1, EPOCHS) if one_epoch else (EPOCHS, 1)
        rows = np.tile(np.arange(ROWS), repeats)
        self.x, self.y = tf.constant(experiment.inputs[0][rows]), tf.constant(experiment.targets[0][rows])
        self.models, began = [], time.perf_counter()
        for act, opt in kinds:
            act = training.activations.get(act).keras
            hidden = [keras.layers.Dense(width, act, kernel_initializer="he_normal") for width in widths(size)[1:-1]]
            model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10)])
            optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[opt](RATES[opt])
            model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(self.x[:ROWS], self.y[:ROWS], batch_size=BATCH, shuffle=False, verbose=0)
            self.models.append(model)
        self.tracing_seconds = (time.perf_counter() - began) / len(kinds)

    def __call__(self):
        began = time.perf_counter()
        for model in self.models:
            model.fit(self.x, self.y, batch_size=BATCH, epochs=self.epochs, shuffle=False, verbose=0)
        return (time.perf_counter() - began) / len(self.models) * STEPS / (EPOCHS * ROWS // BATCH)


class Whole:
    """`sweep` as a page calls it, compilation, evaluation and all: of 80 networks, with 12 records or none."""

    def __init__(self, record):
        self.record = record

    def __call__(self):
        began, mine = time.perf_counter(), arms((("tanh", "sgd"),), 80)
        options = {"steps": STEPS, "seeds": SEEDS, "record": self.record, "progress": False}
        training.sweep(mine, datasets.load_digits, widths(SHALLOW), **options)
        return (time.perf_counter() - began) / 80


def peak_mb(networks):
    """Peak memory of a process of its own that trains so many networks of 20 × 64 with records."""
    arms_ = arms((("relu", "sgd"),), networks)
    training.sweep(arms_, datasets.load_digits, widths(DEEP), steps=20, seeds=SEEDS, record=[0, 20], progress=False)
    status = Path("/proc/self/status")  # getrusage would count the peak of the process that this one was forked from
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024


def in_a_process(*arguments):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main():
    relu, gelu, mish = ((("relu", "sgd"),), (("gelu", "sgd"),), (("mish", "sgd"),))
    timed = {
        "products_20x64": Products(DEEP), "relu_20x64": Engine(relu, DEEP), "gelu_20x64": Engine(gelu, DEEP),
        "mish_20x64": Engine(mish, DEEP), "keras_20x64": Keras(relu, DEEP),
        "mixed_20x64": Engine(MIX, DEEP), "keras_mixed": Keras(MIX, DEEP), "smooth_20x64": Engine(MIX_SMOOTH, DEEP),
        "products_10x32": Products(SHALLOW), "relu_10x32": Engine(relu, SHALLOW), "keras_10x32": Keras(relu, SHALLOW),
        "keras_20x64_one_epoch": Keras(relu, DEEP, True), "keras_10x32_one_epoch": Keras(relu, SHALLOW, True),
        "relu_32": Engine(relu, DEEP, 32), "relu_512": Engine(relu, DEEP, 512),
        "whole_plain": Whole(()), "whole_recorded": Whole(range(0, STEPS + 1, 20)),
    }  # fmt: skip
    seconds = {name: [] for name in timed}
    with tqdm(total=ROUNDS * len(timed), unit=" timings", file=sys.stderr) as bar:
        for _ in range(ROUNDS):  # in turn, so that a busy minute falls on all of them
            for name, call in timed.items():
                bar.set_postfix_str(name)
                seconds[name].append(call())
                bar.update()
    s = {name: float(np.median(values)) for name, values in seconds.items()}
    imported = "import time; began = time.perf_counter(); import utils; print(time.perf_counter() - began)"
    result = {
        "keras_ratio_20x64": s["keras_20x64"] / s["relu_20x64"],
        "keras_ratio_10x32": s["keras_10x32"] / s["relu_10x32"],
        "keras_ratio_mixed": s["keras_mixed"] / s["mixed_20x64"],
        "keras_ratio_20x64_one_epoch": s["keras_20x64_one_epoch"] / s["relu_20x64"],
        "keras_ratio_10x32_one_epoch": s["keras_10x32_one_epoch"] / s["relu_10x32"],
        "product_fraction_relu": s["products_20x64"] / s["relu_20x64"],
        "product_fraction_gelu": s["products_20x64"] / s["gelu_20x64"],
        "product_fraction_mish": s["products_20x64"] / s["mish_20x64"],
        "product_fraction_relu_10x32": s["products_10x32"] / s["relu_10x32"],
        "seconds_per_network": {"32": s["relu_32"], "128": s["relu_20x64"], "512": s["relu_512"]},
        "statistics_ratio": s["whole_recorded"] / s["whole_plain"],
        "peak_mb": {str(n): in_a_process(__file__, str(n)) for n in (32, 128, 512)},
        "import_seconds": float(np.median([in_a_process("-c", imported) for _ in range(ROUNDS)])),
        "compile_seconds": {n: e.compile_seconds for n, e in timed.items() if isinstance(e, Engine)},
        "tracing_seconds": {n: k.tracing_seconds for n, k in timed.items() if isinstance(k, Keras)},
        "medians": s,
        "rounds": seconds,
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                    "python": platform.python_version(), "tensorflow": tf.__version__, "keras": keras.__version__},
    }  # fmt: skip
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name, value in result.items():
        if name not in ("medians", "rounds", "machine"):
            print(f"{name:28} {json.dumps(value)}")
    print(f"Written: {TARGET}")


if __name__ == "__main__":
    print(peak_mb(int(sys.argv[1]))) if sys.argv[1:] else main()
