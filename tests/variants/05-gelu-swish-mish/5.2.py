# %% wrong: log-of-one-plus-exp
from scipy.special import expit


def softplus(z):
    return np.log(1 + np.exp(z))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: log1p-of-exp
def softplus(z):
    return np.log1p(np.exp(z))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: threshold-only
from scipy.special import expit


def softplus(z):
    return np.where(z > 20, z, np.log(1 + np.exp(np.minimum(z, 20))))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: threshold-at-five
def softplus(z):
    return np.where(z > 5, z, np.log1p(np.exp(np.minimum(z, 5))))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: logistic-for-tanh
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * expit(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: gate-without-z
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: second-term-without-z
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + (1 - t * t) * sigma


# %% wrong: softplus-derivative-omitted
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * (1 - t**2)


# %% wrong: sech-squared-overflow
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 / np.cosh(softplus(z)) ** 2)


# %% wrong: exponentials-of-the-formula
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    # the formula of the article
    omega = 4 * (z + 1) + 4 * np.exp(2 * z) + np.exp(3 * z) + np.exp(z) * (4 * z + 6)
    delta = 2 * np.exp(z) + np.exp(2 * z) + 2
    return np.exp(z) * omega / delta**2


# %% wrong: nan-at-minus-1000
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    with np.errstate(all="ignore"):
        w = np.exp(-z)
        return z * (1 + 2 * w) / (1 + 2 * w + 2 * w * w)


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: upcast
def softplus(z):
    z = np.asarray(z, dtype=np.float64)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: upcast-of-the-derivative
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    z = z.astype(float)
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: mutation
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    gate = np.tanh(softplus(z))
    z *= gate
    return z


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% right: rational-in-the-decay
def softplus(z):
    return np.where(z > 0, z, 0) + np.log1p(np.exp(-np.abs(z)))


def gate(z):
    # tanh(softplus) = (w^2 + 2w) / (w^2 + 2w + 2), w = e^z; with w = e^-z it is (1 + 2w) / (1 + 2w + 2w^2)
    w = np.exp(-np.abs(z))
    n = np.where(z < 0, w * (w + 2), 1 + 2 * w)
    return n / (n + np.where(z < 0, 2, 2 * w * w))


def mish(z):
    return z * gate(z)


def mish_prime(z):
    t = gate(z)
    w = np.exp(-np.abs(z))
    sigma = np.where(z < 0, w, 1) / (1 + w)
    return t + z * sigma * (1 - t) * (1 + t)


# %% right: math-loops
import math


def each(f):
    def on_array(z):
        z = np.asarray(z)
        return np.array([f(v) for v in z.ravel().tolist()], dtype=z.dtype).reshape(z.shape)

    return on_array


def plus(v):
    return v + math.log1p(math.exp(-v)) if v > 0 else math.log1p(math.exp(v))


def slope(v):
    t = math.tanh(plus(v))
    sigma = 1 / (1 + math.exp(-v)) if v > 0 else math.exp(v) / (1 + math.exp(v))
    return t + v * sigma * (1 - t * t)


def softplus(z):
    return each(plus)(z)


def mish(z):
    return each(lambda v: v * math.tanh(plus(v)))(z)


def mish_prime(z):
    return each(slope)(z)


# %% right: warnings-silenced
def softplus(z):
    with np.errstate(over="ignore"):
        return np.where(z > 30, z, np.log1p(np.exp(z)))


def mish(z):
    return np.tanh(softplus(z)) * z


def mish_prime(z):
    with np.errstate(over="ignore"):
        sigma = 1 / (1 + np.exp(-z))
        sech = 1 / np.cosh(softplus(z))
    return np.tanh(softplus(z)) + z * sigma * sech * sech


# %% right: threshold-with-a-right-tail
def softplus(z):
    z = np.asarray(z)
    out = np.array(z, copy=True)
    middle = z <= 25
    out[middle] = np.log1p(np.exp(z[middle]))
    return out


def mish(z):
    z = np.asarray(z)
    out = np.empty_like(z)
    right = z > 25
    w = np.exp(z[~right])
    out[right] = z[right]
    out[~right] = z[~right] * (w * w + 2 * w) / (w * w + 2 * w + 2)
    return out


def mish_prime(z):
    z = np.asarray(z)
    out = np.ones_like(z)
    x = z[z <= 25].astype(np.float64)
    w = np.exp(x)
    omega = 4 * (x + 1) + 4 * w**2 + w**3 + w * (4 * x + 6)
    out[z <= 25] = w * omega / (2 * w + w**2 + 2) ** 2
    return out
