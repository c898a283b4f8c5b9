"""Signals and gradients of a fully connected network, layer by layer, in NumPy and in Keras.

z = x @ W + b and h = φ(z) in hidden layers; the last layer is linear and gives the logits. C is the mean over the
examples of C_i, the softmax cross-entropy of example i. A network is two lists, layer 1 (nearest the input) first:
`weights` of arrays (fan_in, fan_out), `biases` of arrays (fan_out,), all of one floating dtype, in which everything is
computed. `activation` is a name or an `Activation`, `x` has shape (examples, inputs), `y` holds integer labels
(examples,) from 0 to classes − 1. Whatever is something else, or not finite, raises ValueError.
"""

import itertools
from typing import NamedTuple

import numpy as np

from utils import _arguments as args
from utils import activations, initializers


class Forward(NamedTuple):
    """Pre-activations z and outputs h of each layer, arrays (examples, width); the last ones are the logits."""

    z: list
    h: list


class Backward(NamedTuple):
    """Loss and gradients of each layer; dC/db is the mean of the error signals over the examples."""

    loss: float  # C
    error_signals: list  # dC_i/dz, arrays (examples, width)
    weight_gradients: list  # dC/dW, arrays (fan_in, fan_out)


def random_network(widths, scheme, seed, dtype="float64"):
    """Weights and zero biases of a fully connected network at initialization.

    Args:
        widths, scheme, seed: as in `initializers.layer_shapes`, `initializers.initialize`.
        dtype: "float32" or "float64"; the same seed gives the same weights, rounded.
    Returns: (weights, biases).
    """
    args.choice("dtype", dtype, ("float32", "float64"))
    shapes, rng = initializers.layer_shapes(widths), args.generator(seed)
    weights = [initializers.initialize(scheme, shape, rng).astype(dtype) for shape in shapes]
    return weights, [np.zeros(fan_out, dtype) for _, fan_out in shapes]


def _kernels(weights):
    if not isinstance(weights, tuple | list) or not weights:
        args.reject("weights", weights, "a non-empty list of arrays (fan_in, fan_out), one per layer")
    weights = [args.floats("weights", w, ndim=2) for w in weights]
    if any(below.shape[1] != w.shape[0] or below.dtype != w.dtype for below, w in itertools.pairwise(weights)):
        accepted = "arrays of one dtype, whose fan_in is the fan_out of the layer below"
        args.reject("weights", [(w.shape, str(w.dtype)) for w in weights], accepted)
    return weights


def _network(weights, biases):
    """The network as lists of arrays, or the error."""
    weights = _kernels(weights)
    if not isinstance(biases, tuple | list) or len(biases) != len(weights):
        args.reject("biases", biases, f"a list of {len(weights)} arrays (fan_out,), one per layer")
    biases = [args.floats("biases", b, ndim=1) for b in biases]
    expected = [(w.shape[1:], str(w.dtype)) for w in weights]
    if (found := [(b.shape, str(b.dtype)) for b in biases]) != expected:
        args.reject("biases", found, f"arrays of shapes and dtypes {expected}")
    return weights, biases


def _examples(x, fan_in, dtype):
    x = args.floats("x", x, ndim=2)
    if x.shape[1] != fan_in:
        args.reject("x", x, f"an array of shape (examples, {fan_in})")
    return x.astype(dtype, copy=False)


def _labels(y, examples, classes):
    y = np.asarray(y)
    if y.shape != (examples,) or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= classes:
        args.reject("y", y, f"{examples} integer labels from 0 to {classes - 1}")
    return y


def forward(weights, biases, activation, x):
    """Forward pass.

    Args: weights, biases, activation, x: see the head of the module. Returns: `Forward`.
    """
    act = activations.get(activation)
    weights, biases = _network(weights, biases)
    h = _examples(x, weights[0].shape[0], weights[0].dtype)
    signals = Forward([], [])
    for w, b in zip(weights, biases, strict=True):
        z = h @ w + b
        h = act(z) if len(signals.z) < len(weights) - 1 else z
        signals.z.append(z)
        signals.h.append(h)
    return signals


def backward(weights, biases, activation, x, y):
    """Backpropagation of C, as training does it: dC/dz = dC_i/dz / examples goes down, layer by layer.

    Top: dC_i/dz = softmax(z) − onehot(y). Below: dC/dz_l = (dC/dz_{l+1} @ W_{l+1}ᵀ) ⊙ φ'(z_l); dC/dW_l =
    h_{l−1}ᵀ @ dC/dz_l.

    Args: weights, biases, activation, x, y: see the head of the module. Returns: `Backward`.
    """
    return _backward(weights, biases, activation, x, y)[1]


def _backward(weights, biases, activation, x, y):
    """Both passes: x in the network's dtype, `Backward`, `Forward`."""
    act, signals = activations.get(activation), forward(weights, biases, activation, x)
    logits = signals.z[-1]
    x, y = np.asarray(x, logits.dtype), _labels(y, *logits.shape)
    weights, rows = [np.asarray(w, logits.dtype) for w in weights], np.arange(len(x))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    dz = np.exp(log_p)
    dz[rows, y] -= 1
    dz = [dz / len(x)]  # not left for later: in float32 this factor decides what underflows
    for w, z in zip(weights[:0:-1], signals.z[-2::-1], strict=True):
        dz.insert(0, (dz[0] @ w.T) * act.prime(z))
    gradients = [h.T @ d for h, d in zip([x, *signals.h[:-1]], dz, strict=True)]
    return x, Backward(-float(log_p[rows, y].mean()), [len(x) * d for d in dz], gradients), signals


def layer_statistics(weights, biases, activation, x, y):
    """Signal and gradient of every layer in numbers, summed in float64.

    Args: weights, biases, activation, x, y: see the head of the module.
    Returns: dict of arrays (layers,), the output layer included. Each example's mean square is over units.
        z_second_moment, h_second_moment: mean over examples of the mean square of z, h.
        z_second_moment_median, h_second_moment_median: median over examples of it.
        z_unit_variance, h_unit_variance: variance over examples of one unit, mean over units.
        z_fixed_share: share of z_second_moment that is the same for every example,
            1 − z_unit_variance / z_second_moment (nan if z is 0).
        h_variance: variance of h, units and examples pooled.
        saturated: share of units and examples with |φ'(z)| < 4·.02·.98 of its supremum: outputs outside
            (.02, .98) for the logistic, 0 for ReLU.
        error_mean_square, error_mean_square_median: mean, median over examples of the mean square of dC_i/dz.
        example_gradient_mean_square: mean over examples of the mean square of dC_i/dW.
        gradient_mean_square, gradient_norm: mean square and Frobenius norm of dC/dW.
    """
    x, gradients, signals = _backward(weights, biases, activation, x, y)
    return _statistics(activations.get(activation), x, signals, gradients.error_signals, gradients.weight_gradients)


def _statistics(act, x, signals, error_signals, weight_gradients):
    """The numbers of `layer_statistics` from the arrays of either pass."""
    acts = [act] * (len(signals.z) - 1) + [activations.get("identity")]
    rows, below = [], np.square(x, dtype=np.float64).mean(axis=1)
    for act, *arrays in zip(acts, *signals, error_signals, weight_gradients, strict=True):
        z, h, delta, gradient = (np.asarray(array, np.float64) for array in arrays)  # squares of float32 underflow
        z2, h2, delta2 = ((array**2).mean(axis=1) for array in (z, h, delta))
        row = {
            "z_second_moment": z2.mean(),
            "z_second_moment_median": np.median(z2),
            "z_unit_variance": z.var(axis=0).mean(),
            "z_fixed_share": (z.mean(axis=0) ** 2).mean() / z2.mean() if z2.any() else np.nan,
            "h_second_moment": h2.mean(),
            "h_second_moment_median": np.median(h2),
            "h_unit_variance": h.var(axis=0).mean(),
            "h_variance": h.var(),
            "saturated": (np.abs(act.prime(z)) < 4 * 0.02 * 0.98 * act.lipschitz).mean(),
            "error_mean_square": delta2.mean(),
            "error_mean_square_median": np.median(delta2),
            "example_gradient_mean_square": (below * delta2).mean(),
            "gradient_mean_square": (gradient**2).mean(),
            "gradient_norm": np.linalg.norm(gradient),
        }
        rows.append(row)
        below = h2
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def ensemble_statistics(widths, scheme, activation, x, y, networks, seed, dtype="float64"):
    """`layer_statistics` of many random networks on the same examples.

    Args:
        widths, scheme, dtype: as in `random_network`; activation, x, y: see the head of the module.
        networks: how many, an integer ≥ 1.
        seed: integer ≥ 0 or numpy Generator; every network has a stream of its own.
    Returns: dict of arrays (networks, layers).
    """
    streams = args.generator(seed).spawn(args.integer("networks", networks, 1))
    runs = [layer_statistics(*random_network(widths, scheme, rng, dtype), activation, x, y) for rng in streams]
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def to_keras(weights, biases, activation):
    """The same network as a Keras model of `Dense` layers.

    Args: weights, biases, activation: see the head of the module.
    Returns: `keras.Sequential`, built, in the dtype of the weights, its last layer linear.
    """
    act = activations.get(activation)
    weights, biases = _network(weights, biases)
    import keras

    dtype, functions = str(weights[0].dtype), [act.keras] * (len(weights) - 1) + ["linear"]
    layers = [keras.layers.Dense(b.size, activation=f, dtype=dtype) for b, f in zip(biases, functions, strict=True)]
    model = keras.Sequential([keras.Input(weights[0].shape[:1], dtype=dtype), *layers])
    model.set_weights([array for pair in zip(weights, biases, strict=True) for array in pair])
    return model


def keras_layer_statistics(model, x, y):
    """The numbers of `layer_statistics` for a Keras model, gradients by `tf.GradientTape`.

    Args:
        model: built; `Dense` layers, the hidden ones with one function of `ACTIVATIONS`, the last one linear.
        x, y: see the head of the module.
    Returns: dict of arrays (layers,).
    """
    import keras
    import tensorflow as tf

    layers = [layer for layer in getattr(model, "layers", ()) if not isinstance(layer, keras.layers.InputLayer)]
    found = [l.activation.__name__ if isinstance(l, keras.layers.Dense) and l.built else str(l) for l in layers]
    known = {act.keras: act for act in map(activations.get, activations.ACTIVATIONS)}
    if found[-1:] != ["linear"] or len({*found[:-1]}) > 1 or found[0] not in known:
        accepted = f"a built Keras model: Dense layers, hidden ones with one of {list(known)}, the last one linear"
        args.reject("model", found or model, accepted)
    x = _examples(x, layers[0].kernel.shape[0], layers[0].dtype)
    y = _labels(y, len(x), layers[-1].units)
    signals, h = Forward([], []), tf.constant(x)
    with tf.GradientTape() as tape:
        for layer in layers:
            z = tf.matmul(h, layer.kernel) + (layer.bias if layer.use_bias else 0)
            tape.watch(z)
            h = layer.activation(z)
            signals.z.append(z)
            signals.h.append(h)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, h))
    dz, gradients = tape.gradient(loss, [signals.z, [layer.kernel.value for layer in layers]])
    return _statistics(known[found[0]], x, signals, [len(x) * d for d in dz], gradients)


def jacobian_product_log_norms(width, depth, sigma_w2, trials, seed, activation="identity", q=1.0):
    """log₁₀ of the norm of J_1⋯J_l, a product of random layer Jacobians, for l = 1…depth.

    J = W diag(φ'(√q Z)), W_ij ~ N(0, σ_w²/width) and Z ~ N(0, 1) fresh in each layer. The norm is ‖·‖_F/√width, the
    root mean square of what the product makes of a unit vector. Its square has mean χ₁^l exactly: the theory line is
    (l/2)·log₁₀ `theory.chi`.

    Args:
        width, depth, trials: integers ≥ 1.
        sigma_w2: weight variance times width, a number > 0.
        seed: integer ≥ 0 or numpy Generator.
        activation, q: φ, and the second moment of the pre-activations, a number ≥ 0.
    Returns: array (trials, depth); −inf where a product is 0.
    Reference: Hanin, Which neural net architectures give rise to exploding and vanishing gradients?, 2018.
    """
    act, rng = activations.get(activation), args.generator(seed)
    width, trials = args.integer("width", width, 1), args.integer("trials", trials, 1)
    std, sigma_z = np.sqrt(args.real("sigma_w2", sigma_w2, positive=True) / width), np.sqrt(args.real("q", q))
    product, logs = np.tile(np.eye(width) / np.sqrt(width), (trials, 1, 1)), []
    for _ in range(args.integer("depth", depth, 1)):
        slopes = act.prime(sigma_z * rng.standard_normal((trials, 1, width)))
        product = product @ (std * rng.standard_normal(product.shape) * slopes)
        norm = np.linalg.norm(product, axis=(1, 2))
        with np.errstate(divide="ignore"):
            logs.append(np.log10(norm))
        product /= np.where(norm > 0, norm, 1)[:, None, None]  # or the product itself underflows
    return np.cumsum(logs, axis=0).T


def error_signal_bounds(weights, activation):
    """Bounds of the error signal: ‖dC_i/dz_l‖ ≤ ∏_{k>l} sup|φ'| ‖W_k‖₂ · ‖dC_i/dz_L‖ with ‖·‖₂ the spectral norm.

    Args: weights, activation: see the head of the module.
    Returns: array (layers,), the product for each layer l, layer 1 first; 1 for the output layer L.
    Reference: Hochreiter, The vanishing gradient problem during learning recurrent neural nets, 1998.
    """
    act = activations.get(activation)
    factors = [act.lipschitz * np.linalg.norm(w, 2) for w in _kernels(weights)[:0:-1]]
    return np.cumprod([1.0, *factors])[::-1]
