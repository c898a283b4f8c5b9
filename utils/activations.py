"""Activation functions with their derivatives and facts, in one registry.

Every function works element by element on any shape, keeps a floating dtype (integers become float64), takes any finite
number without warning, has the right limits at ±inf, and leaves NaN as NaN. Where the true value exceeds the dtype's
range (ReLU² of 1e300) it is inf. At a kink the derivative is what TensorFlow's gradient gives.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy import special

from utils import _arguments as args

# α and λ of SELU: the one pair with E φ(Z) = 0 and E φ(Z)² = 1 for Z ~ N(0, 1).
SELU_ALPHA = 1 / (math.sqrt(math.pi / 2) * (1 - math.exp(0.5) * math.erfc(math.sqrt(0.5))))
SELU_SCALE = 1 / math.sqrt(
    0.5 + SELU_ALPHA**2 * (math.exp(2) * math.erfc(math.sqrt(2)) / 2 - math.exp(0.5) * math.erfc(math.sqrt(0.5)) + 0.5)
)

RRELU_BOUNDS = {"slope": (1 / 8, 1 / 3), "divisor": (3.0, 8.0)}
GELU_FORMS = ("exact", "tanh", "logistic")


def _gated(z, gate):
    """z · gate; 0 where the gate has closed, also at infinite z."""
    return np.where(gate == 0, gate, z) * gate


def _times(beta, z):
    """β z, without 0 · inf."""
    limits = np.finfo(z.dtype)
    with np.errstate(over="ignore"):
        return args.finite("beta", beta) * np.clip(z, limits.min, limits.max)


def identity(z):
    """Linear output: φ(z) = z.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype. Raises: ValueError otherwise.
    """
    return np.positive(args.floats("z", z))


def identity_prime(z):
    """Derivative of `identity`: φ'(z) = 1. Args, Returns and Raises as there."""
    z = args.floats("z", z)
    return np.where(np.isnan(z), z, 1)


def logistic(z):
    """Logistic function (sigmoid): σ(z) = 1 / (1 + e^−z), both tails to full relative precision.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, in [0, 1]. Raises: ValueError otherwise.
    """
    z = args.floats("z", z)
    tail = np.exp(-np.abs(z))  # in [0, 1]: e^|z| would overflow
    return np.where(z < 0, tail, np.ones_like(tail)) / (1 + tail)


def logistic_prime(z):
    """Derivative of `logistic`: σ'(z) = e^−|z| / (1 + e^−|z|)², at most ¼. Args, Returns and Raises as there.

    σ(1 − σ) is the same number, but 1 − σ rounds to 0 from z = 37 on.
    """
    tail = np.exp(-np.abs(args.floats("z", z)))
    return tail / (1 + tail) ** 2


def logistic_second(z):
    """Second derivative of `logistic`: σ''(z) = −tanh(z/2) σ'(z). Args, Returns and Raises as there."""
    return -np.tanh(args.floats("z", z) / 2) * logistic_prime(z)


def tanh(z):
    """Hyperbolic tangent: φ(z) = tanh z = 2σ(2z) − 1.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, in [−1, 1]. Raises: ValueError otherwise.
    """
    return np.tanh(args.floats("z", z))


def tanh_prime(z):
    """Derivative of `tanh`: φ'(z) = 1 − tanh² z = 4σ'(2z), at most 1. Args, Returns and Raises as there."""
    tail = np.exp(-np.abs(args.floats("z", z))) ** 2  # squared afterwards: 2z may overflow
    return 4 * tail / (1 + tail) ** 2


def tanh_second(z):
    """Second derivative of `tanh`: φ''(z) = −2 tanh z (1 − tanh² z). Args, Returns and Raises as there."""
    return -2 * tanh(z) * tanh_prime(z)


def softsign(z):
    """Softsign: φ(z) = z / (1 + |z|); it saturates like 1/|z|, tanh like e^−2|z|.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, in [−1, 1]. Raises: ValueError otherwise.
    """
    z = args.floats("z", z)
    z = np.clip(z, np.finfo(z.dtype).min, np.finfo(z.dtype).max)  # inf/inf is no number
    return z / (1 + np.abs(z))


def softsign_prime(z):
    """Derivative of `softsign`: φ'(z) = 1 / (1 + |z|)². Args, Returns and Raises as there."""
    return (1 / (1 + np.abs(args.floats("z", z)))) ** 2


def softplus(z):
    """Softplus: φ(z) = ln(1 + e^z), a smooth ReLU.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, ≥ 0. Raises: ValueError otherwise.
    """
    z = args.floats("z", z)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_prime(z):
    """Derivative of `softplus`: φ'(z) = σ(z). Args, Returns and Raises as there."""
    return logistic(z)


def softplus_second(z):
    """Second derivative of `softplus`: φ''(z) = σ'(z). Args, Returns and Raises as there."""
    return logistic_prime(z)


def relu(z):
    """Rectified linear unit: φ(z) = max(z, 0).

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, ≥ 0. Raises: ValueError otherwise.
    """
    return np.maximum(args.floats("z", z), 0)


def relu_prime(z):
    """Derivative of `relu`: φ'(z) = 1 for z > 0, else 0 (at 0 too, as Keras). Args, Returns and Raises as there."""
    return np.heaviside(args.floats("z", z), 0)


@np.errstate(over="ignore")
def leaky_relu(z, alpha=0.2):
    """Leaky ReLU: φ(z) = z for z > 0, else α z.

    Args: z: real numbers, any shape; alpha: a finite number. Returns: that shape and floating dtype.
    Raises: ValueError otherwise.
    Reference: Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013.
    """
    z, alpha = args.floats("z", z), args.finite("alpha", alpha)
    return np.where(z < 0, alpha * z if alpha else 0, z)


def leaky_relu_prime(z, alpha=0.2):
    """Derivative of `leaky_relu`: φ'(z) = 1 for z > 0, else α. Args, Returns and Raises as there."""
    z, alpha = args.floats("z", z), args.finite("alpha", alpha)
    return np.where(z > 0, 1, np.where(z <= 0, alpha, z))


def prelu(z, alpha=0.25):
    """Parametric ReLU: `leaky_relu` whose α is learned, from ¼ on. Args, Returns and Raises as there.

    Reference: He et al., Delving deep into rectifiers, 2015.
    """
    return leaky_relu(z, alpha)


def prelu_prime(z, alpha=0.25):
    """Derivative of `prelu`. Args, Returns and Raises as there."""
    return leaky_relu_prime(z, alpha)


def _rrelu(lower, upper, convention):
    """The slope in use, and the function that makes a slope in training from a uniform number."""
    low, high = RRELU_BOUNDS[args.choice("convention", convention, RRELU_BOUNDS)]
    low = low if lower is None else args.finite("lower", lower)
    high = high if upper is None else args.finite("upper", upper)
    if convention == "divisor" and low <= 0:
        args.reject("lower", lower, "a finite number > 0: z is divided by it")
    if low >= high:
        args.reject("upper", high, f"a finite number > lower = {low}")
    if convention == "slope":
        return (low + high) / 2, lambda u: low + (high - low) * u
    return 2 / (low + high), lambda u: 1 / (low + (high - low) * u)


def rrelu(z, lower=None, upper=None, convention="slope"):
    """Randomized leaky ReLU in use: `leaky_relu` with the slope that stands for the random ones of training.

    Args:
        z: real numbers, any shape.
        lower, upper: bounds of the uniform law, finite numbers, lower < upper.
        convention: "slope": slope ~ U(lower, upper), U(1/8, 1/3) if not given, and (lower + upper)/2 in use, as the
            frameworks do; "divisor": slope 1/a, a ~ U(lower, upper), U(3, 8) if not given, and 2/(lower + upper) in
            use, as the paper does.
    Returns: that shape and floating dtype.
    Raises: ValueError otherwise.
    Reference: Xu et al., Empirical evaluation of rectified activations in convolutional network, 2015.
    """
    return leaky_relu(z, _rrelu(lower, upper, convention)[0])


def rrelu_prime(z, lower=None, upper=None, convention="slope"):
    """Derivative of `rrelu`. Args, Returns and Raises as there."""
    return leaky_relu_prime(z, _rrelu(lower, upper, convention)[0])


def elu(z, alpha=1.0):
    """Exponential linear unit: φ(z) = z for z > 0, else α(e^z − 1).

    Args: z: real numbers, any shape; alpha: a finite number > 0. Returns: that shape and floating dtype, ≥ −α.
    Raises: ValueError otherwise.
    Reference: Clevert et al., Fast and accurate deep network learning by exponential linear units, 2016.
    """
    z, alpha = args.floats("z", z), args.real("alpha", alpha, positive=True)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha=1.0):
    """Derivative of `elu`: φ'(z) = 1 for z > 0, else α e^z. Args, Returns and Raises as there."""
    z, alpha = args.floats("z", z), args.real("alpha", alpha, positive=True)
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


def elu_second(z, alpha=1.0):
    """Second derivative of `elu`: φ''(z) = 0 for z > 0, else α e^z. Args, Returns and Raises as there."""
    z, alpha = args.floats("z", z), args.real("alpha", alpha, positive=True)
    return np.where(z > 0, 0, alpha * np.exp(np.minimum(z, 0)))


@np.errstate(over="ignore")
def selu(z):
    """Scaled ELU: φ(z) = λ z for z > 0, else λα(e^z − 1); λ and α keep mean 0 and variance 1 of a Gaussian.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, ≥ −λα. Raises: ValueError otherwise.
    Reference: Klambauer et al., Self-normalizing neural networks, 2017.
    """
    return SELU_SCALE * elu(z, SELU_ALPHA)


def selu_prime(z):
    """Derivative of `selu`: φ'(z) = λ for z ≥ 0, else λα e^z. Args, Returns and Raises as there."""
    z = args.floats("z", z)
    return SELU_SCALE * np.where(z >= 0, 1, SELU_ALPHA * np.exp(np.minimum(z, 0)))


def selu_second(z):
    """Second derivative of `selu`: φ''(z) = 0 for z ≥ 0, else λα e^z. Args, Returns and Raises as there."""
    z = args.floats("z", z)
    return SELU_SCALE * np.where(z >= 0, 0, SELU_ALPHA * np.exp(np.minimum(z, 0)))


def _normal(z):
    """Distribution function and density of N(0, 1), in the dtype of z."""
    density = np.exp(-(np.minimum(np.abs(z), 40) ** 2) / 2) / math.sqrt(2 * math.pi)  # 0 from 39 on; z² may overflow
    return special.ndtr(z.astype(np.float64)).astype(z.dtype), density


def _gelu_gate(z, form):
    """Φ(z) or what stands for it, and its derivative."""
    if form == "exact":
        return _normal(z)
    if form == "logistic":
        t, slope = _times(1.702, z), 1.702
    else:  # (1 + tanh(t/2))/2 = σ(t), without its cancellation
        z, c = np.clip(z, -30, 30), math.sqrt(8 / math.pi)  # σ(t) is 0 or 1 from there on; z³ may overflow
        t, slope = c * z * (1 + 0.044715 * z**2), c * (1 + 3 * 0.044715 * z**2)
    return logistic(t), slope * logistic_prime(t)


def gelu(z, form="exact"):
    """Gaussian error linear unit: φ(z) = z Φ(z), Φ the distribution function of N(0, 1).

    Args: z: real numbers, any shape; form: "exact", or an approximation of Φ: "tanh", ½(1 + tanh(√(2/π)(z + .044715
        z³))), or "logistic", σ(1.702 z).
    Returns: that shape and floating dtype. Raises: ValueError otherwise.
    Reference: Hendrycks & Gimpel, Gaussian error linear units, 2016.
    """
    z, form = args.floats("z", z), args.choice("form", form, GELU_FORMS)
    return _gated(z, _gelu_gate(z, form)[0])


def gelu_prime(z, form="exact"):
    """Derivative of `gelu`: φ'(z) = Φ(z) + z Φ'(z). Args, Returns and Raises as there."""
    z, form = args.floats("z", z), args.choice("form", form, GELU_FORMS)
    gate, slope = _gelu_gate(z, form)
    return gate + _gated(z, slope)


def gelu_second(z):
    """Second derivative of the exact `gelu`: φ''(z) = (2 − z²) Φ'(z). Args, Returns and Raises as there."""
    z = args.floats("z", z)
    density = _normal(z)[1]
    return 2 * density - _gated(z, _gated(z, density))


def swish(z, beta=1.0):
    """Swish: φ(z) = z σ(β z); SiLU for β = 1, z/2 for β = 0, towards ReLU for β → ∞.

    Args: z: real numbers, any shape; beta: a finite number. Returns: that shape and floating dtype.
    Raises: ValueError otherwise.
    Reference: Elfwing et al., Sigmoid-weighted linear units, 2018; Ramachandran et al., Searching for activation
        functions, 2018.
    """
    z = args.floats("z", z)
    return _gated(z, logistic(_times(beta, z)))


def swish_prime(z, beta=1.0):
    """Derivative of `swish`: φ'(z) = σ(t) + t σ'(t), t = β z. Args, Returns and Raises as there."""
    t = _times(beta, args.floats("z", z))
    return logistic(t) + _gated(t, logistic_prime(t))


def swish_second(z, beta=1.0):
    """Second derivative of `swish`: φ''(z) = β(2σ'(t) + t σ''(t)), t = β z. Args, Returns and Raises as there."""
    t = _times(beta, args.floats("z", z))
    return float(beta) * (2 * logistic_prime(t) + _gated(t, logistic_second(t)))


def mish(z):
    """Mish: φ(z) = z tanh(ln(1 + e^z)).

    With e = e^−|z|, the tanh is (1 + 2e)/(1 + 2e + 2e²) for z ≥ 0 and (2e + e²)/(2 + 2e + e²) for z < 0.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype. Raises: ValueError otherwise.
    Reference: Misra, Mish: a self regularized non-monotonic activation function, 2020.
    """
    z = args.floats("z", z)
    tail = np.exp(-np.abs(z))
    top = np.where(z < 0, tail * (2 + tail), 1 + 2 * tail)
    return _gated(z, top / (top + 2 * np.where(z < 0, 1, tail**2)))


def _mish_gate(z):
    """g(z) = tanh(softplus z) and its first two derivatives."""
    tail = np.exp(-np.abs(z))
    square = np.where(z < 0, 1, tail**2)
    top = np.where(z < 0, tail * (2 + tail), 1 + 2 * tail)
    bottom = top + 2 * square
    bend = 4 * (1 + tail) * np.where(z < 0, tail, 1) / bottom
    slope = bend * square / bottom
    return top / bottom, slope, slope * (1 + logistic(z) - bend)


def mish_prime(z):
    """Derivative of `mish`: φ'(z) = g(z) + z g'(z), g = tanh ∘ softplus. Args, Returns and Raises as there."""
    z = args.floats("z", z)
    gate, slope, _ = _mish_gate(z)
    return gate + _gated(z, slope)


def mish_second(z):
    """Second derivative of `mish`: φ''(z) = 2g'(z) + z g''(z). Args, Returns and Raises as there."""
    z = args.floats("z", z)
    _, slope, bend = _mish_gate(z)
    return 2 * slope + _gated(z, bend)


def hard_swish(z):
    """Hard swish: φ(z) = z · min(max(z + 3, 0), 6) / 6.

    Args: z: real numbers, any shape. Returns: that shape and floating dtype. Raises: ValueError otherwise.
    Reference: Howard et al., Searching for MobileNetV3, 2019.
    """
    z = args.floats("z", z)
    return _gated(z, np.clip((z + 3) / 6, 0, 1))


def hard_swish_prime(z):
    """Derivative of `hard_swish`: φ'(z) = z/3 + ½ for |z| < 3, else 0 or 1. Args, Returns and Raises as there."""
    z = args.floats("z", z)
    return np.where(np.abs(z) < 3, z / 3 + 0.5, np.heaviside(z, 0))


@np.errstate(over="ignore")
def relu_squared(z):
    """Squared ReLU: φ(z) = max(z, 0)².

    Args: z: real numbers, any shape. Returns: that shape and floating dtype, ≥ 0. Raises: ValueError otherwise.
    Reference: So et al., Primer: searching for efficient transformers for language modeling, 2021.
    """
    return relu(z) ** 2


@np.errstate(over="ignore")
def relu_squared_prime(z):
    """Derivative of `relu_squared`: φ'(z) = 2 max(z, 0). Args, Returns and Raises as there."""
    return 2 * relu(z)


@dataclass(frozen=True, kw_only=True)
class Activation:
    """An activation function, its derivatives and the facts that theory and figures use; `activation(z)` is φ(z)."""

    name: str  # key in ACTIVATIONS
    fn: Callable  # φ
    prime: Callable  # φ'
    second: Callable | None = None  # φ''
    lipschitz: float  # supremum of |φ'|
    keras: str | None = None  # name of the same function, same parameters, in Keras
    graph: Callable  # graph(tf, z, **params): φ on tensors, to be differentiated in z and params
    params: dict[str, float] = field(default_factory=dict, hash=False)  # values of the parameters
    learned: dict[str, str] = field(default_factory=dict, hash=False)  # learned ones: one per "unit" or per "layer"
    sample: Callable | None = None  # RReLU: number in [0, 1) -> alpha of `graph` in training
    kinks: tuple[float, ...] = ()  # points z where φ or φ' jumps: an integral must be split there
    smoothness: str = "C∞"  # "C1": φ' continuous, φ'' not
    minimum: tuple[float, float] | None = None  # (z, φ(z)) where φ turns from falling to rising
    initialization: str  # the usual scheme, a key of initializers.SCHEMES
    paper: str | None = None  # key in book/references.bib

    def __call__(self, z):
        return self.fn(z)

    @property
    def limits(self):
        """φ(−∞), φ(+∞)."""
        return tuple(self.fn(np.array([-np.inf, np.inf])).tolist())

    @property
    def end_slopes(self):
        """φ'(−∞), φ'(+∞)."""
        return tuple(self.prime(np.array([-np.inf, np.inf])).tolist())

    @property
    def flat_slope(self):
        """|φ'(z)| below which a unit counts as saturated: outputs outside (.02, .98) for the logistic."""
        return 4 * 0.02 * 0.98 * self.lipschitz if self.lipschitz < math.inf else 0.0


def _entry(name, functions, params=None, **facts):
    """The Activation of φ, φ' and, where given, φ'' with their parameters bound."""
    params = params or {}
    bound = [partial(f, **params) if params else f for f in functions]
    roles = dict(zip(("fn", "prime", "second"), bound, strict=False))
    return Activation(name=name, **roles, params=params, **facts)


def _leaky(name, functions, alpha, **facts):
    """Leaky ReLU, PReLU and RReLU differ in where alpha comes from."""
    alpha = args.finite("alpha", alpha)
    return _entry(
        name,
        functions,
        {"alpha": alpha},
        lipschitz=max(1.0, abs(alpha)),
        graph=lambda tf, z, alpha: tf.where(z > 0, z, alpha * z),
        kinks=() if alpha == 1 else (0.0,),
        smoothness="C∞" if alpha == 1 else "C0",
        minimum=(0.0, 0.0) if alpha < 0 else None,
        initialization="he_normal",
        **facts,
    )


def _make_rrelu(lower=None, upper=None, convention="slope"):
    alpha, sample = _rrelu(lower, upper, convention)
    return _leaky("rrelu", [leaky_relu, leaky_relu_prime], alpha, sample=sample, paper="xu2015empirical")


def _make_elu(alpha=1.0):
    alpha = args.real("alpha", alpha, positive=True)
    return _entry(
        "elu",
        [elu, elu_prime, elu_second],
        {"alpha": alpha},
        lipschitz=max(1.0, alpha),
        keras="elu" if alpha == 1 else None,
        graph=lambda tf, z, alpha: tf.where(z > 0, z, alpha * tf.math.expm1(tf.minimum(z, 0.0))),
        kinks=() if alpha == 1 else (0.0,),
        smoothness="C1" if alpha == 1 else "C0",
        initialization="he_normal",
        paper="clevert2016fast",
    )


# Where Swish with β = 1 is steepest: t tanh(t/2) = 2. The slope there is the same for every β ≠ 0.
_SWISH_STEEPEST = 2.3993572805154677
# Its lowest point: φ' = 0 where t = βz has (−t − 1) e^(−t−1) = 1/e.
_W = float(special.lambertw(math.exp(-1)).real)


def _make_swish(beta=1.0, learned=False):
    beta = args.finite("beta", beta)
    if not isinstance(learned, bool):
        args.reject("learned", learned, "True or False")
    return _entry(
        "swish",
        [swish, swish_prime, swish_second],
        {"beta": beta},
        lipschitz=float(swish_prime(_SWISH_STEEPEST)) if beta else 0.5,
        keras="silu" if beta == 1 else None,
        graph=lambda tf, z, beta: z * tf.sigmoid(beta * z),
        learned={"beta": "layer"} if learned else {},
        minimum=(-(1 + _W) / beta, -_W / beta) if beta > 0 else None,
        initialization="he_normal",
        paper="ramachandran2018searching",
    )


def _make_gelu(form="exact"):
    lowest, steepest, graph = {
        "exact": (
            -0.7517915246935645,
            math.sqrt(2),
            lambda tf, z: z * (0.5 * tf.math.erfc(z * -math.sqrt(0.5))),  # ½(1 + erf) never reaches 0
        ),
        "tanh": (
            -0.7524614220710163,
            1.4185040087908284,
            lambda tf, z: z * tf.sigmoid(math.sqrt(8 / math.pi) * z * (1 + 0.044715 * z * z)),
        ),
        "logistic": (-(1 + _W) / 1.702, _SWISH_STEEPEST / 1.702, lambda tf, z: z * tf.sigmoid(1.702 * z)),
    }[args.choice("form", form, GELU_FORMS)]
    return Activation(
        name="gelu",
        fn=partial(gelu, form=form),
        prime=partial(gelu_prime, form=form),
        second=gelu_second if form == "exact" else None,
        lipschitz=float(gelu_prime(steepest, form)),
        keras="gelu" if form == "exact" else None,  # the tanh form is gelu(z, approximate=True)
        graph=graph,
        minimum=(lowest, float(gelu(lowest, form))),
        initialization="he_normal",
        paper="hendrycks2016gaussian",
    )


def _mish_graph(tf, z):
    e = tf.exp(tf.minimum(z, 20.0))  # from 20 on, tanh(softplus z) rounds to 1
    m = e * (e + 2)
    return z * (m / (m + 2))


# An entry makes the Activation from its parameters; a new activation is one entry.
ACTIVATIONS: dict[str, Callable[..., Activation]] = {
    "identity": lambda: _entry(
        "identity",
        [identity, identity_prime],
        lipschitz=1.0,
        keras="linear",
        graph=lambda tf, z: tf.identity(z),
        initialization="glorot_uniform",
    ),
    "logistic": lambda: _entry(
        "logistic",
        [logistic, logistic_prime, logistic_second],
        lipschitz=0.25,
        keras="sigmoid",
        graph=lambda tf, z: tf.sigmoid(z),
        initialization="glorot_uniform",
    ),
    "tanh": lambda: _entry(
        "tanh",
        [tanh, tanh_prime, tanh_second],
        lipschitz=1.0,
        keras="tanh",
        graph=lambda tf, z: tf.tanh(z),
        initialization="glorot_uniform",
        paper="lecun1998efficient",
    ),
    "softsign": lambda: _entry(
        "softsign",
        [softsign, softsign_prime],
        lipschitz=1.0,
        keras="softsign",
        graph=lambda tf, z: tf.nn.softsign(z),
        smoothness="C1",
        initialization="glorot_uniform",
        paper="glorot2010understanding",
    ),
    "softplus": lambda: _entry(
        "softplus",
        [softplus, softplus_prime, softplus_second],
        lipschitz=1.0,
        keras="softplus",
        graph=lambda tf, z: tf.nn.softplus(z),
        initialization="glorot_uniform",
        paper="glorot2011deep",
    ),
    "relu": lambda: _entry(
        "relu",
        [relu, relu_prime],
        lipschitz=1.0,
        keras="relu",
        graph=lambda tf, z: tf.nn.relu(z),
        kinks=(0.0,),
        smoothness="C0",
        initialization="he_normal",
        paper="glorot2011deep",
    ),
    "leaky_relu": lambda alpha=0.2: _leaky(
        "leaky_relu",
        [leaky_relu, leaky_relu_prime],
        alpha,
        keras="leaky_relu" if alpha == 0.2 else None,
        paper="maas2013rectifier",
    ),
    "prelu": lambda alpha=0.25: _leaky(
        "prelu", [prelu, prelu_prime], alpha, learned={"alpha": "unit"}, paper="he2015delving"
    ),
    "rrelu": _make_rrelu,
    "elu": _make_elu,
    "selu": lambda: _entry(
        "selu",
        [selu, selu_prime, selu_second],
        lipschitz=SELU_SCALE * SELU_ALPHA,
        keras="selu",
        graph=lambda tf, z: SELU_SCALE * tf.where(z < 0, SELU_ALPHA * tf.math.expm1(tf.minimum(z, 0.0)), z),
        kinks=(0.0,),
        smoothness="C0",
        initialization="lecun_normal",
        paper="klambauer2017self",
    ),
    "gelu": _make_gelu,
    "swish": _make_swish,
    "mish": lambda: _entry(
        "mish",
        [mish, mish_prime, mish_second],
        lipschitz=float(mish_prime(1.4905711794854285)),
        keras="mish",
        graph=_mish_graph,
        minimum=(-1.1924312145154952, float(mish(-1.1924312145154952))),
        initialization="he_normal",
        paper="misra2020mish",
    ),
    "hard_swish": lambda: _entry(
        "hard_swish",
        [hard_swish, hard_swish_prime],
        lipschitz=1.5,
        keras="hard_silu",
        graph=lambda tf, z: z * tf.nn.relu6(z + 3) / 6,
        kinks=(-3.0, 3.0),
        smoothness="C0",
        minimum=(-1.5, -0.375),
        initialization="he_normal",
        paper="howard2019searching",
    ),
    "relu_squared": lambda: _entry(
        "relu_squared",
        [relu_squared, relu_squared_prime],
        lipschitz=math.inf,
        graph=lambda tf, z: tf.square(tf.nn.relu(z)),
        smoothness="C1",
        initialization="he_normal",
        paper="so2021primer",
    ),
}


def get(activation, **params):
    """Activation by name: `get("tanh")`; the parameters of a function by keyword: `get("elu", alpha=2)`.

    Args: activation: a key of `ACTIVATIONS`; an `Activation` is returned as it is.
    Returns: the `Activation`.
    Raises: ValueError if the name or a parameter is unknown, or its value bad.
    """
    if isinstance(activation, Activation) and not params:
        return activation
    factory = ACTIVATIONS[args.choice("activation", activation, ACTIVATIONS)]
    accepted = inspect.signature(factory).parameters
    if not params.keys() <= accepted.keys():
        args.reject("params", params, f"among {list(accepted)} for {activation!r}")
    return factory(**params)
