"""Signals and gradients of a fully connected network, layer by layer, in NumPy and in Keras.

z = x @ W + b and h = φ(z) in hidden layers; the last layer is linear and gives the logits. C is the mean over the
examples of C_i, the softmax cross-entropy of example i. A network is two lists, layer 1 (nearest the input) first:
`weights` of arrays (fan_in, fan_out), `biases` of arrays (fan_out,), all of one floating dtype, in which everything is
computed. `activation` is a name or an `Activation`, `x` has shape (examples, inputs), `y` holds integer labels
(examples,) from 0 to classes − 1. Whatever is something else, or not finite, raises ValueError.
"""

import itertools
from dataclasses import dataclass, replace
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
    """Weights and biases of a fully connected network at initialization; biases are 0 if the scheme gives no variance.

    Args:
        widths, scheme, seed: as in `initializers.layer_shapes`, `initializers.initialize`.
        dtype: "float32" or "float64"; the same seed gives the same weights, rounded, whatever the bias variance.
    Returns: (weights, biases).
    """
    args.choice("dtype", dtype, ("float32", "float64"))
    shapes, rng = initializers.layer_shapes(widths), args.generator(seed)
    weights = [initializers.initialize(scheme, shape, rng).astype(dtype) for shape in shapes]
    return weights, [initializers.initialize_biases(scheme, fan_out, rng).astype(dtype) for _, fan_out in shapes]


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
    x, y = np.asarray(x, logits.dtype), args.labels("y", y, *logits.shape)
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
        cosine: between the outputs h of two examples, mean over the pairs of neighbouring rows, without those in which
            an h is 0 (nan if none is left); the rows should stand in random order.
        saturated: share of units and examples with |φ'(z)| < 4·.02·.98 of its supremum, or 0 where that is infinite
            (ReLU²): outputs outside (.02, .98) for the logistic, 0 for ReLU. Where φ has a minimum, as GELU, the units
            near it are counted too.
        dead: share of units with φ'(z) = 0 for every example: no example moves their weights.
        error_mean_square, error_mean_square_median: mean, median over examples of the mean square of dC_i/dz.
        example_gradient_mean_square: mean over examples of the mean square of dC_i/dW.
        gradient_mean_square, gradient_norm: mean square and Frobenius norm of dC/dW.
        gradient_to_weight: ‖dC/dW‖_F / ‖W‖_F (nan if W is 0); times the learning rate, it is the update-to-weight ratio
            of a step of plain SGD.
    """
    x, gradients, signals = _backward(weights, biases, activation, x, y)
    acts = [activations.get(activation)] * (len(weights) - 1) + [activations.get("identity")]
    return _statistics(acts, x, weights, signals, gradients.error_signals, gradients.weight_gradients)


def _statistics(acts, x, weights, signals, error_signals, weight_gradients):
    """The numbers of `layer_statistics` from the arrays of either pass."""
    rows, below = [], np.square(x, dtype=np.float64).mean(axis=1)
    for act, *arrays in zip(acts, weights, *signals, error_signals, weight_gradients, strict=True):
        w, z, h, delta, gradient = (np.asarray(array, np.float64) for array in arrays)  # squares of float32 underflow
        z2, h2, delta2 = ((array**2).mean(axis=1) for array in (z, h, delta))
        slope = np.abs(act.prime(z))
        row = {
            "z_second_moment": z2.mean(),
            "z_second_moment_median": np.median(z2),
            "z_unit_variance": z.var(axis=0).mean(),
            "z_fixed_share": (z.mean(axis=0) ** 2).mean() / z2.mean() if z2.any() else np.nan,
            "h_second_moment": h2.mean(),
            "h_second_moment_median": np.median(h2),
            "h_unit_variance": h.var(axis=0).mean(),
            "h_variance": h.var(),
            "cosine": _cosine(h),
            "saturated": ((slope < act.flat_slope) | (slope == 0)).mean(),
            "dead": (slope == 0).all(axis=0).mean(),
            "error_mean_square": delta2.mean(),
            "error_mean_square_median": np.median(delta2),
            "example_gradient_mean_square": (below * delta2).mean(),
            "gradient_mean_square": (gradient**2).mean(),
            "gradient_norm": np.linalg.norm(gradient),
            "gradient_to_weight": np.linalg.norm(gradient) / np.linalg.norm(w) if w.any() else np.nan,
        }
        rows.append(row)
        below = h2
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _cosine(h):
    """Mean cosine of neighbouring rows, without the pairs in which a row is 0."""
    norm = np.linalg.norm(h, axis=1, keepdims=True)
    unit, known = h / np.where(norm > 0, norm, 1), norm[:, 0] > 0
    cosines = (unit[1:] * unit[:-1]).sum(axis=1)[known[1:] & known[:-1]]
    return cosines.mean() if cosines.size else np.nan


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


@dataclass(frozen=True)
class _TensorFunction:
    """An `Activation` that Keras has no name for, as a function of tensors."""

    act: activations.Activation

    def __call__(self, z):
        import tensorflow as tf

        return self.act.graph(tf, z, **self.act.params)


def to_keras(weights, biases, activation):
    """The same network as a Keras model of `Dense` layers.

    Args: weights, biases, activation: see the head of the module.
    Returns: `keras.Sequential`, built, in the dtype of the weights, its last layer linear. Where Keras has no name for
        the activation with its parameters, `activation` of the layers is a function, with constant parameters. In
        float64, its own leaky_relu and gelu are right to 1e-8 only: TensorFlow rounds their constants to float32.
    """
    act = activations.get(activation)
    weights, biases = _network(weights, biases)
    import keras

    dtype, functions = str(weights[0].dtype), [act.keras or _TensorFunction(act)] * (len(weights) - 1) + ["linear"]
    layers = [keras.layers.Dense(b.size, activation=f, dtype=dtype) for b, f in zip(biases, functions, strict=True)]
    model = keras.Sequential([keras.Input(weights[0].shape[:1], dtype=dtype), *layers])
    model.set_weights([array for pair in zip(weights, biases, strict=True) for array in pair])
    return model


def _keras_activation(layer):
    """The `Activation` of a `Dense` or activation layer; None for another."""
    from keras import activations as functions
    from keras import layers

    if isinstance(layer, layers.LeakyReLU):
        return activations.get("leaky_relu", alpha=float(layer.negative_slope))
    if isinstance(layer, layers.ELU):
        return activations.get("elu", alpha=float(layer.alpha))
    if isinstance(layer, layers.PReLU) and layer.built:
        alpha = layer.alpha.numpy()  # (units,)
        steepest = max(1.0, float(np.abs(alpha).max()))
        return replace(activations.get("prelu"), prime=lambda z: np.where(z > 0, 1, alpha), lipschitz=steepest)
    if not isinstance(layer, layers.Dense | layers.Activation) or not layer.built:
        return None
    if isinstance(layer.activation, _TensorFunction):
        return layer.activation.act
    known = {functions.get(act.keras): act for act in map(activations.get, activations.ACTIVATIONS) if act.keras}
    return known.get(layer.activation)


def keras_layer_statistics(model, x, y):
    """The numbers of `layer_statistics` for a Keras model, gradients by `tf.GradientTape`.

    Args:
        model: built; of `Dense` layers, the last one linear. The function of the others is one of `ACTIVATIONS`, by its
            name in Keras, as `to_keras` gives it, or in a layer of its own after a linear one: `Activation`,
            `LeakyReLU`, `PReLU`, `ELU`.
        x, y: see the head of the module.
    Returns: dict of arrays (layers,).
    """
    import keras
    import tensorflow as tf

    blocks = []  # Dense layer, function of its z, Activation
    for layer in getattr(model, "layers", ()):
        act = _keras_activation(layer)
        if isinstance(layer, keras.layers.Dense):
            blocks.append((layer, layer.activation, act))
        elif blocks and blocks[-1][2] and blocks[-1][2].name == "identity":
            blocks[-1] = blocks[-1][0], layer, act
        elif not isinstance(layer, keras.layers.InputLayer):
            blocks.append((None, None, None))
    acts = [act for _, _, act in blocks]
    if not blocks or None in acts or acts[-1].name != "identity":
        accepted = "a built Keras model: Dense layers, the last one linear, the others with a function of ACTIVATIONS"
        args.reject("model", getattr(model, "layers", model), accepted)
    weights = [dense.kernel.value for dense, _, _ in blocks]
    x = _examples(x, weights[0].shape[0], blocks[0][0].dtype)
    y = args.labels("y", y, len(x), weights[-1].shape[1])
    signals, h = Forward([], []), tf.constant(x)
    with tf.GradientTape() as tape:
        for w, (dense, function, _) in zip(weights, blocks, strict=True):
            z = tf.matmul(h, w) + (dense.bias if dense.use_bias else 0)
            tape.watch(z)
            h = function(z)
            signals.z.append(z)
            signals.h.append(h)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, h))
    dz, gradients = tape.gradient(loss, [signals.z, weights])
    return _statistics(acts, x, weights, signals, [len(x) * d for d in dz], gradients)


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
