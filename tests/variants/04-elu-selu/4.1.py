# %% wrong: exp-minus-one
def elu(z, alpha):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: both-branches
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(z))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(z))


# %% wrong: output-plus-one
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, elu(z, alpha) + 1)


# %% wrong: alpha-missing-in-the-function
def elu(z, alpha):
    return np.maximum(z, 0) + np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: alpha-on-the-right
def elu(z, alpha):
    return np.where(z > 0, alpha * z, np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, alpha, np.exp(np.minimum(z, 0)))


# %% wrong: maximum-of-the-branches
def elu(z, alpha):
    return np.maximum(z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: upcast
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z, dtype=float)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: sign-of-the-left-branch
def elu(z, alpha):
    return np.where(z > 0, z, alpha * (1 - np.exp(np.minimum(z, 0))))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: mutation
def elu(z, alpha):
    z = np.asarray(z)
    left = z < 0
    z[left] = alpha * np.expm1(z[left])
    return z


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: mutation-in-the-derivative
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    z = np.asarray(z)
    right = z > 0
    np.minimum(z, 0, out=z)
    return np.where(right, 1, alpha * np.exp(z))


# %% wrong: scalars-not-indexable
def elu(z, alpha):
    h = np.zeros_like(z)
    h[z > 0] = z[z > 0]
    h[z <= 0] = alpha * np.expm1(z[z <= 0])
    return h


def elu_prime(z, alpha):
    slope = np.ones_like(z)
    slope[z <= 0] = alpha * np.exp(z[z <= 0])
    return slope


# %% wrong: vectors-only
def elu(z, alpha):
    h = np.array(z, ndmin=1)
    for i in range(len(h)):
        if h[i] <= 0:
            h[i] = alpha * np.expm1(h[i])
    return h if np.ndim(z) else h[0]


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: derivative-zero-at-zero
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return (z > 0) + alpha * np.exp(np.minimum(z, 0)) * (z < 0)


# %% wrong: clip-at-minus-20
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.clip(z, -20, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.clip(z, -20, 0)))


# %% right: math-loop
import math


def elu(z, alpha):
    z = np.asarray(z)
    flat = [v if v > 0 else alpha * math.expm1(v) for v in z.ravel().tolist()]
    return np.array(flat, dtype=z.dtype).reshape(z.shape)


def elu_prime(z, alpha):
    z = np.asarray(z)
    flat = [1.0 if v >= 0 else alpha * math.exp(v) for v in z.ravel().tolist()]
    return np.array(flat, dtype=z.dtype).reshape(z.shape)


# %% right: output-plus-alpha
def elu(z, alpha):
    z = np.asarray(z)
    return np.where(z >= 0, z, alpha * np.expm1(-np.abs(z)))


def elu_prime(z, alpha):
    return np.where(np.asarray(z) >= 0, 1.0, elu(z, alpha) + alpha)


# %% right: warnings-silenced
def elu(z, alpha):
    with np.errstate(over="ignore"):
        return np.where(z > 0, z, alpha * np.expm1(z))


def elu_prime(z, alpha):
    with np.errstate(all="ignore"):
        return np.where(z > 0, 1.0, alpha * np.exp(z))


# %% right: midpoint-at-zero
def elu(z, alpha):
    z = np.asarray(z)
    negative = np.zeros_like(z)
    np.expm1(z, out=negative, where=z < 0)
    return np.clip(z, 0, None) + negative * alpha


def elu_prime(z, alpha):
    z = np.asarray(z)
    decay = np.exp(-np.abs(z)) * alpha
    # Heaviside's function is 1/2 at 0
    right = np.heaviside(z, 0.5).astype(z.dtype)
    return right + (1 - right) * decay
