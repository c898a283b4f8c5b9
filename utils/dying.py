"""Units that fall silent: when they are born so, which step makes them so, and which of them come back.

A unit is silent if its pre-activation z is ≤ 0 on every training example. With ReLU its output and its gradient are 0:
it is dead. With a leak it still moves: it is asleep. z = h @ W + b, layer 1 is nearest the input.
"""

from types import SimpleNamespace

import numpy as np

from utils import _arguments as args
from utils import activations, initializers, propagation, training

_NUMPY = SimpleNamespace(sqrt=np.sqrt, cast=lambda value, dtype: np.asarray(value, dtype))  # for rules of `training`


def silent_units(arm, data, widths, *, steps, seed, batch_size=128, record, hold_silent=False):
    """Train one network and note which of its hidden units are silent on the whole training set.

    Split, initial weights, order and rules are those of `training.sweep` in float64, computed here in NumPy.

    Args:
        arm: a `training.Arm` that names activation, initialization, optimizer and learning rate; the activation has no
            learned or random parameters.
        data, widths, steps, batch_size, record: as in `training.sweep`, the loss being the cross-entropy.
        seed: an integer ≥ 0.
        hold_silent: whether the weights and bias of a unit stand still in every step that finds it silent on the whole
            training set, whatever momentum the optimizer has kept; then only what it receives can wake it.
    Returns: list of bool arrays (records, units), one per hidden layer, in increasing order of the recorded steps. A
        network that diverges is frozen there.
    Raises: ValueError if an argument is something else.
    """
    shapes, steps = initializers.layer_shapes(widths), args.integer("steps", steps, 1)
    (seed,), record = training._integers("seed", [seed], None), training._integers("record", record, steps)
    if not isinstance(arm, training.Arm):
        args.reject("arm", arm, "a training.Arm")
    if not isinstance(hold_silent, bool):
        args.reject("hold_silent", hold_silent, "True or False")
    (arm,) = training._arms([arm], shapes)
    act, plain = arm.activation, training.Arm(arm.name, arm.activation, arm.initialization, arm.optimizer)
    if act.learned or act.sample or training.replace(arm, learning_rate=plain.learning_rate) != plain:
        args.reject("arm", arm, "one without dropout, clipping, normalization, skips, learned or random parameters")
    streams, experiment = training._prepare(data, shapes, steps, [seed], batch_size, record=record, dtype="float64")
    rows = experiment.sizes[0]
    x, y = experiment.inputs[0, :rows], experiment.targets[0, :rows]
    weights, biases = propagation.random_network(widths, arm.initialization, streams[seed][1])
    count, rule = training.OPTIMIZERS[arm.optimizer]
    moments = [(np.float64(0),) * count] * (2 * len(shapes))
    states, alive = [], True
    for step in range(steps + 1):
        if step in record or hold_silent:
            with np.errstate(over="ignore", invalid="ignore"):
                silent = [(z <= 0).all(axis=0) for z in propagation.forward(weights, biases, act, x).z[:-1]]
        if step in record:
            states.append(silent)
        if step == steps or not alive:
            continue
        batch = experiment.order[step, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            found = propagation.backward(weights, biases, act, x[batch], y[batch])
            gradients = [*found.weight_gradients, *(delta.mean(axis=0) for delta in found.error_signals)]
            moved = [
                rule(_NUMPY, step + 1, arm.learning_rate, w, gradient, *old)
                for w, gradient, old in zip([*weights, *biases], gradients, moments, strict=True)
            ]
        alive = np.isfinite(found.loss) and all(np.isfinite(w).all() for w, _ in moved)
        if alive:
            now = [w for w, _ in moved]
            if hold_silent:
                still = [*silent, False] * 2
                now = [np.where(s, w, new) for s, w, new in zip(still, [*weights, *biases], now, strict=True)]
            weights, biases = now[: len(shapes)], now[len(shapes) :]
            moments = [kept for _, kept in moved]
    return [np.array(layer) for layer in zip(*states, strict=True)]


def kill_intervals(w, b, h, gw, gb):
    """Learning rates η ≥ 0 at which one step, w − η gw and b − η gb, leaves units silent for the inputs h.

    An active example (z > 0) needs η ≥ z/s with s = h @ gw + gb > 0, and an inactive one with s < 0 stays so up to z/s.

    Args: w, gw: arrays (fan_in, units); b, gb: (units,); h: (examples, fan_in).
    Returns: lowest and highest such η of each unit, arrays (units,); (inf, inf) where there is none.
    """
    w, gw, h = (args.floats(name, value, ndim=2) for name, value in (("w", w), ("gw", gw), ("h", h)))
    b, gb = args.floats("b", b, ndim=1), args.floats("gb", gb, ndim=1)
    for name, value, shape in (("gw", gw, w.shape), ("b", b, w.shape[1:]), ("gb", gb, w.shape[1:])):
        if value.shape != shape:
            args.reject(name, value, f"an array of shape {shape}")
    if h.shape[1] != len(w):
        args.reject("h", h, f"an array of shape (examples, {len(w)})")
    z, s = h @ w + b, h @ gw + gb
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = z / s
    low = np.where((z > 0) & (s > 0), ratio, 0).max(axis=0)
    high = np.where(s < 0, ratio, np.inf).min(axis=0)
    none = ((z > 0) & (s <= 0)).any(axis=0) | (low > high)
    return np.where(none, np.inf, low), np.where(none, np.inf, high)


def born_dead_shares(width, depth, trials, seed):
    """Share of random ReLU networks, biases 0, in which some layer up to l outputs 0 in all its units, for one input.

    In theory it is 1 − (1 − 2^−width)^l: each unit of a layer is off with probability ½, whatever the weights' size.

    Args: width: units of each hidden layer; depth: their number; trials: networks; integers ≥ 1; seed: integer ≥ 0 or
        numpy Generator.
    Returns: array (depth,), l = 1…depth.
    Reference: Lu et al., Dying ReLU and initialization: theory and numerical examples, 2020.
    """
    width, depth = args.integer("width", width, 1), args.integer("depth", depth, 1)
    rng, h = args.generator(seed), np.ones((args.integer("trials", trials, 1), width))
    shares = []
    for _ in range(depth):
        h = activations.relu(np.einsum("ti,tij->tj", h, rng.standard_normal((*h.shape, width))))
        size = h.max(axis=1, keepdims=True)
        h /= np.where(size > 0, size, 1)  # the sign is all that matters; deep, wide networks would overflow
        shares.append(np.mean(size == 0))
    return np.array(shares)
