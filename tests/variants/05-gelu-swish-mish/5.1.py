# %% wrong: one-plus-erf
from scipy.special import erf


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * (1 + erf(wide / np.sqrt(2)))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: root-of-two-missing
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * erfc(-wide)
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: root-of-two-over-pi-missing
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * erfc(-wide / np.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh((wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: square-for-cube
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * erfc(-wide / np.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**2)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: coefficient-with-a-digit-lost
from scipy.special import expit, ndtr


def gelu(z, form):
    x = np.asarray(z, dtype=np.float64)
    gates = {
        "exact": lambda: ndtr(x),
        "tanh": lambda: expit(2 * np.sqrt(2 / np.pi) * (x + 0.04715 * x**3)),
        "logistic": lambda: expit(1.702 * x),
    }
    return (x * gates[form]()).astype(np.asarray(z).dtype)


# %% wrong: slope-outside-the-logistic
from scipy.special import expit, ndtr


def gelu(z, form):
    x = np.asarray(z, dtype=np.float64)
    gates = {
        "exact": lambda: ndtr(x),
        "tanh": lambda: expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)),
        "logistic": lambda: 1.702 * expit(x),
    }
    return (x * gates[form]()).astype(np.asarray(z).dtype)


# %% wrong: slope-1-7
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * erfc(-wide / np.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.7 * wide))
    return h.astype(z.dtype)


# %% wrong: density-for-distribution
from scipy.special import expit, ndtr


def gelu(z, form):
    x = np.asarray(z, dtype=np.float64)
    gates = {
        "exact": lambda: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
        "tanh": lambda: expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)),
        "logistic": lambda: expit(1.702 * x),
    }
    return (x * gates[form]()).astype(np.asarray(z).dtype)


# %% wrong: forms-swapped
from scipy.special import expit, ndtr


def gelu(z, form):
    x = np.asarray(z, dtype=np.float64)
    gates = {
        "tanh": lambda: ndtr(x),
        "exact": lambda: expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)),
        "logistic": lambda: expit(1.702 * x),
    }
    return (x * gates[form]()).astype(np.asarray(z).dtype)


# %% wrong: upcast
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    if form == "exact":
        h = 0.5 * wide * erfc(-wide / np.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h


# %% wrong: tanh-in-float32
import math

from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z
    if form == "exact":
        h = 0.5 * wide * erfc(-wide / math.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: two-tailed-erf-in-float32
import math


def gelu(z, form):
    if form == "exact":
        erf = np.vectorize(math.erf, otypes=[z.dtype])
        return z * (1 + erf(z / math.sqrt(2))) / 2
    if form == "logistic":
        return z / (1 + np.exp(-1.702 * z))
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    return z / (1 + np.exp(-2 * u))


# %% wrong: mutation
from scipy.special import erfc


def gelu(z, form):
    z = np.asarray(z)
    wide = z.astype(np.float64)
    z *= 0.5
    if form == "exact":
        h = z * erfc(-wide / np.sqrt(2))
    elif form == "tanh":
        h = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    else:
        h = wide / (1 + np.exp(-1.702 * wide))
    return h.astype(z.dtype)


# %% wrong: relu-in-the-tails
from scipy.special import expit, ndtr


def gelu(z, form):
    x = np.asarray(z, dtype=np.float64)
    if form == "exact":
        h = x * ndtr(x)
    elif form == "tanh":
        h = x * expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    else:
        h = x * expit(1.702 * x)
    # far out it is the ReLU
    return np.where(np.abs(x) > 6, np.maximum(x, 0), h).astype(z.dtype)


# %% right: in-the-dtype-of-z
from scipy import special


def gelu(z, form):
    z = np.asarray(z)
    half = z * 0.5
    if form == "exact":
        return half * special.erfc(z * -(0.5**0.5))
    if form == "logistic":
        return z * special.expit(z * 1.702)
    # (1 + tanh u) / 2 = sigma(2u)
    return z * special.expit(z * (8 / np.pi) ** 0.5 * (1 + z * z * 0.044715))


# %% right: math-erfc-loop
import math


def one(v, form):
    if form == "exact":
        return v / 2 * math.erfc(-v / math.sqrt(2))
    if form == "tanh":
        return v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))
    e = math.exp(-abs(1.702 * v))
    return v * (1 if v > 0 else e) / (1 + e)


def gelu(z, form):
    z = np.asarray(z)
    return np.array([one(v, form) for v in z.ravel().tolist()], dtype=z.dtype).reshape(z.shape)


# %% right: mills-ratio-by-quadrature
# Phi(-t) = density(t) * integral of exp(-t s - s^2/2) over s > 0
nodes, weights = np.polynomial.legendre.leggauss(200)
nodes, weights = 6 * (nodes + 1), 6 * weights


def gelu(z, form):
    z = np.asarray(z)
    x = z.astype(np.float64)
    if form == "exact":
        t = np.abs(x)
        mills = np.exp(-t[..., None] * nodes - nodes**2 / 2) @ weights
        tail = np.exp(-t * t / 2) / np.sqrt(2 * np.pi) * mills
        gate = np.where(x < 0, tail, 1 - tail)
    else:
        u = 1.702 * x if form == "logistic" else 2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
        e = np.exp(-np.abs(u))
        gate = np.where(u < 0, e, 1) / (1 + e)
    return (x * gate).astype(z.dtype)


# %% right: relu-minus-a-tail
from scipy.special import erfc


def gelu(z, form):
    # each form is relu(z) - |z| * gate(-|z|)
    t = np.abs(z).astype(np.float64)
    if form == "exact":
        tail = erfc(t / np.sqrt(2)) / 2
    elif form == "tanh":
        tail = 1 / (1 + np.exp(np.minimum(2 * np.sqrt(2 / np.pi) * (t + 0.044715 * t**3), 700)))
    else:
        tail = 1 / (1 + np.exp(1.702 * t))
    return (np.maximum(z, 0) - t * tail).astype(np.asarray(z).dtype)
