# %% wrong: naive-overflow
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return 1 / (1 + np.exp(-z))


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


# %% wrong: exp-over-one-plus-exp
def logistic(z):
    z = np.asarray(z)
    if z.dtype.kind != "f":
        z = z.astype(float)
    # multiply both sides by exp(z)
    ez = np.exp(z)
    return ez / (1 + ez)


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype.kind != "f":
        z = z.astype(float)
    a = np.exp(-abs(z))
    return a / (1 + a) / (1 + a)


# %% wrong: clip-at-20
def logistic(z):
    z = np.asarray(z)
    if np.issubdtype(z.dtype, np.integer):
        z = z.astype(np.float64)
    z = np.clip(z, -20, 20)
    return 1.0 / (1.0 + np.exp(-z))


def logistic_prime(z):
    z = np.asarray(z)
    if np.issubdtype(z.dtype, np.integer):
        z = z.astype(np.float64)
    return logistic(z) * logistic(-z)


# %% wrong: prime-one-minus-sigma
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def logistic_prime(z):
    s = logistic(z)
    return s * (1 - s)


# %% wrong: tanh-left-tail
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return 0.5 * (1 + np.tanh(0.5 * z))


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    decay = np.exp(-np.abs(z))
    return decay / np.square(1 + decay)


# %% wrong: prime-of-the-output
def _to_float(z):
    z = np.asarray(z)
    return z if z.dtype == np.float32 else z.astype(np.float64)


def logistic(z):
    z = _to_float(z)
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1) / (1 + e)


def logistic_prime(z):
    z = _to_float(z)
    return z * (1 - z)


# %% wrong: float32-upcast
def logistic(z):
    z = np.asarray(z, dtype=np.float64)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def logistic_prime(z):
    return logistic(z) * logistic(-np.asarray(z, dtype=np.float64))


# %% wrong: int-truncated
def logistic(z):
    z = np.asarray(z)
    out = np.empty_like(z)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    e = np.exp(z[~pos])
    out[~pos] = e / (1 + e)
    return out


def logistic_prime(z):
    z = np.asarray(z)
    out = np.empty_like(z)
    e = np.exp(-np.abs(z))
    out[...] = e / (1 + e) ** 2
    return out


# %% wrong: input-mutated
def logistic(z):
    z = np.asarray(z)
    if z.dtype.kind in "iu":
        z = z.astype(np.float64)
    negative = z < 0
    np.abs(z, out=z)
    e = np.exp(-z)
    return np.where(negative, e / (1 + e), 1 / (1 + e))


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype.kind in "iu":
        z = z.astype(np.float64)
    np.abs(z, out=z)
    e = np.exp(-z)
    return e / (1 + e) ** 2


# %% wrong: where-evaluates-both
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return logistic(z) * logistic(-z)


# %% wrong: masks-without-asarray
def logistic(z):
    # one formula per sign
    out = np.zeros(z.shape, dtype=np.float32 if z.dtype == np.float32 else np.float64)
    neg = z < 0
    out[~neg] = 1 / (1 + np.exp(-z[~neg]))
    out[neg] = np.exp(z[neg]) / (1 + np.exp(z[neg]))
    return out


def logistic_prime(z):
    return logistic(z) * logistic(-z)


# %% wrong: vectorize-fails-on-empty
import math


def _sigma(t):
    if t >= 0:
        return 1 / (1 + math.exp(-t))
    return math.exp(t) / (1 + math.exp(t))


def logistic(z):
    z = np.asarray(z)
    kind = np.float32 if z.dtype == np.float32 else np.float64
    return np.vectorize(_sigma)(z.astype(np.float64)).astype(kind)


def logistic_prime(z):
    z = np.asarray(z)
    kind = np.float32 if z.dtype == np.float32 else np.float64
    return np.vectorize(lambda t: _sigma(t) * _sigma(-t))(z.astype(np.float64)).astype(kind)


# %% right: logaddexp
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return np.exp(-np.logaddexp(0, -z))


def logistic_prime(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    return np.exp(-np.logaddexp(0, -z) - np.logaddexp(0, z))


# %% right: scalar-loop
import math


def _sigma(t):
    if t >= 0:
        return 1 / (1 + math.exp(-t))
    e = math.exp(t)
    return e / (1 + e)


def logistic(z):
    z = np.asarray(z)
    out = np.empty(z.shape, dtype=np.float32 if z.dtype == np.float32 else np.float64)
    for i in np.ndindex(z.shape):
        out[i] = _sigma(float(z[i]))
    return out


def logistic_prime(z):
    z = np.asarray(z)
    out = np.empty(z.shape, dtype=np.float32 if z.dtype == np.float32 else np.float64)
    for i in np.ndindex(z.shape):
        t = float(z[i])
        out[i] = _sigma(t) * _sigma(-t)
    return out


# %% right: overflow-silenced
def logistic(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    # 1 / inf is 0, which is what we want
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def logistic_prime(z):
    return logistic(z) * logistic(np.negative(z))


# %% right: unusual-return-types
def _core(z):
    z = np.asarray(z)
    if z.dtype != np.float32:
        z = z.astype(np.float64)
    z = z.T
    return z, np.exp(-np.abs(z))


def _wrap(result, z):
    if isinstance(z, (int, float)):
        return float(result)
    # arrays: transposed memory layout, read-only; 0-D: NumPy scalar
    result = np.asarray(result).T
    result.flags.writeable = False
    return result[()]


def logistic(z):
    t, e = _core(z)
    return _wrap(np.where(t >= 0, 1, e) / (1 + e), z)


def logistic_prime(z):
    _, e = _core(z)
    return _wrap(e / (1 + e) ** 2, z)

# %% right: slope-with-a-clipped-exponent
def logistic(z):
    z = np.asarray(z)
    e = np.exp(-np.abs(z if z.dtype == np.float32 else z.astype(np.float64)))
    return np.where(z < 0, e, np.ones_like(e)) / (1 + e)


def logistic_prime(z):
    z = np.asarray(z)
    e = np.exp(-np.clip(np.abs(z if z.dtype == np.float32 else z.astype(np.float64)), 0, 85))
    return e / (1 + e) ** 2


# %% wrong: sign-of-the-exponent
def logistic(z):
    z = np.asarray(z)
    z = z if z.dtype == np.float32 else z.astype(np.float64)
    e = np.exp(-np.abs(z))
    return np.where(z < 0, 1, e) / (1 + e)


def logistic_prime(z):
    z = np.asarray(z)
    z = z if z.dtype == np.float32 else z.astype(np.float64)
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2
