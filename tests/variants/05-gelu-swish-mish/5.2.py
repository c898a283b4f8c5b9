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


# %% wrong: log-of-one-plus-small
def softplus(z):
    return np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))


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


# %% wrong: threshold-on-both-sides
from scipy.special import expit


def softplus(z):
    return np.select([z > 20, z < -20], [z, np.zeros_like(z)], np.log1p(np.exp(np.clip(z, -20, 20))))


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


# %% wrong: threshold-but-both-branches
from scipy.special import expit


def softplus(z):
    return np.where(z > 30, z, np.log1p(np.exp(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: minus-log-of-the-logistic
from scipy.special import expit


def softplus(z):
    return -np.log(expit(-z))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: logistic-for-tanh
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * expit(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: swish-for-mish
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * expit(z)


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


# %% wrong: gate-alone-in-the-derivative
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t


# %% wrong: first-term-omitted
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return z * (1 - t * t) * sigma


# %% wrong: softplus-derivative-omitted
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * (1 - t**2)


# %% wrong: softplus-derivative-of-softplus
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    sp = softplus(z)
    e = np.exp(-sp)
    sigma = 1 / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: sigma-of-minus-z
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(-z) * (1 - t**2)


# %% wrong: tanh-not-squared
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t) * sigma


# %% wrong: sech-squared-overflow
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 / np.cosh(softplus(z)) ** 2)


# %% wrong: sech-not-squared
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * np.sqrt(1 - t * t) * sigma


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


# %% wrong: logistic-overflow
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    sigma = 1 / (1 + np.exp(-z))
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: exp-over-one-plus-exp
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    sigma = np.exp(z) / (1 + np.exp(z))
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: rational-form-overflow
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    n = np.exp(2 * z) + 2 * np.exp(z)
    return z * n / (n + 2)


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


# %% wrong: downcast
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0).astype(np.float32)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    t = np.tanh(softplus(z))
    return t + z * expit(z) * (1 - t**2)


# %% wrong: clip-at-30
def softplus(z):
    z = np.clip(z, -30, 30)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% wrong: difference-quotient
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    step = 1e-4
    return (mish(z + step) - mish(z - step)) / (2 * step)


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


# %% right: log1p-of-a-decay
def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z):
    return z * np.tanh(softplus(z))


def mish_prime(z):
    e = np.exp(-np.abs(z))
    sigma = np.where(z >= 0, 1, e) / (1 + e)
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigma


# %% right: logaddexp-and-expit
from scipy.special import expit


def softplus(z):
    return np.logaddexp(z, 0)


def mish(z):
    return z * np.tanh(softplus(z))


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


# %% right: float64-inside-log-expit
from scipy.special import expit, log_expit


def softplus(z):
    z = np.asarray(z)
    return (-log_expit(-z.astype(np.float64))).astype(z.dtype)


def mish(z):
    z = np.asarray(z)
    x = z.astype(np.float64)
    return (x * np.tanh(-log_expit(-x))).astype(z.dtype)


def mish_prime(z):
    z = np.asarray(z)
    x = z.astype(np.float64)
    sp = -log_expit(-x)
    # above 300 the square of 1/cosh is 0 anyway
    sech = 1 / np.cosh(np.minimum(sp, 300))
    return (np.tanh(sp) + x * sech**2 * expit(x)).astype(z.dtype)


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


# %% right: through-longdouble
def softplus(z):
    x = np.asarray(z).astype(np.longdouble)
    return np.logaddexp(np.longdouble(0), x).astype(np.asarray(z).dtype)


def mish(z):
    x = np.asarray(z).astype(np.longdouble)
    return (x * np.tanh(np.logaddexp(np.longdouble(0), x))).astype(np.asarray(z).dtype)


def mish_prime(z):
    x = np.asarray(z).astype(np.longdouble)
    t = np.tanh(np.logaddexp(np.longdouble(0), x))
    sigma = np.exp(-np.logaddexp(np.longdouble(0), -x))
    return (t + x * (1 - t * t) * sigma).astype(np.asarray(z).dtype)
