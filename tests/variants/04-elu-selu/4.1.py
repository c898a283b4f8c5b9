# %% wrong: exp-minus-one
def elu(z, alpha):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: exp-minus-one-in-float64
def elu(z, alpha):
    z = np.asarray(z)
    negative = np.exp(np.minimum(z.astype(np.float64), 0)) - 1
    return (np.maximum(z, 0) + alpha * negative).astype(z.dtype)


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: both-branches
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(z))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(z))


# %% wrong: both-branches-in-the-derivative
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(z)
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: masks-times-branches
def elu(z, alpha):
    return (z > 0) * z + (z <= 0) * alpha * np.expm1(z)


def elu_prime(z, alpha):
    return np.where(z > 0, 1, elu(z, alpha) + alpha)


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


# %% wrong: alpha-missing-in-the-derivative
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: alpha-missing-in-both
def elu(z, alpha):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, np.exp(np.minimum(z, 0)))


# %% wrong: alpha-on-the-right
def elu(z, alpha):
    return np.where(z > 0, alpha * z, np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, alpha, np.exp(np.minimum(z, 0)))


# %% wrong: alpha-on-both-sides
def elu(z, alpha):
    return alpha * (np.maximum(z, 0) + np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.full_like(slope, alpha), slope)


# %% wrong: alpha-inside-the-exponential
def elu(z, alpha):
    return np.where(z > 0, z, np.expm1(alpha * np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(alpha * np.minimum(z, 0)))


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


# %% wrong: upcast-of-the-derivative
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = np.ones(z.shape)
    np.copyto(slope, alpha * np.exp(np.minimum(z, 0)), where=z <= 0)
    return slope


# %% wrong: downcast
def elu(z, alpha):
    z = np.asarray(z, dtype=np.float32)
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% wrong: sign-of-the-left-branch
def elu(z, alpha):
    return np.where(z > 0, z, alpha * (1 - np.exp(np.minimum(z, 0))))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: sign-of-the-exponent
def elu(z, alpha):
    return np.where(z > 0, z, -alpha * np.expm1(-np.abs(z)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.abs(np.minimum(z, 0))))


# %% wrong: sign-of-the-derivative
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = -alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


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


# %% wrong: derivatives-add-up
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return (z > 0) + slope


# %% wrong: clip-at-minus-20
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.clip(z, -20, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.clip(z, -20, 0)))


# %% wrong: difference-quotient
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    step = 1e-6
    return (elu(z + step, alpha) - elu(z - step, alpha)) / (2 * step)


# %% wrong: selu-scale
def elu(z, alpha):
    return 1.0507009873554805 * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% wrong: series-of-two-terms
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.where(z > -1e-3, z + z * z / 2, np.exp(np.minimum(z, 0)) - 1))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% right: where-with-minimum
def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_prime(z, alpha):
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


# %% right: maximum-plus-minimum
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_prime(z, alpha):
    z = np.asarray(z)
    slope = alpha * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(slope), slope)


# %% right: boolean-mask-on-a-copy
def elu(z, alpha):
    h = np.array(z, copy=True)
    left = h < 0
    h[left] = alpha * np.expm1(h[left])
    return h


def elu_prime(z, alpha):
    slope = np.ones_like(z)
    z = np.asarray(z)
    slope[z < 0] = alpha * np.exp(z[z < 0])
    return slope


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


# %% right: hyperbolic-tangent-identity
def elu(z, alpha):
    # e^z - 1 = 2t / (1 - t), with t = tanh(z/2)
    t = np.tanh(np.minimum(z, 0) / 2)
    return np.maximum(z, 0) + alpha * 2 * t / (1 - t)


def elu_prime(z, alpha):
    t = np.tanh(np.minimum(z, 0) / 2)
    return np.where(z > 0, 1, alpha * ((1 + t) / (1 - t)))


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


# %% right: piecewise
def elu(z, alpha):
    z = np.asarray(z)
    return np.piecewise(z, [z > 0], [lambda t: t, lambda t: alpha * np.expm1(t)])


def elu_prime(z, alpha):
    z = np.asarray(z)
    return np.piecewise(z, [z >= 0], [1, lambda t: alpha * np.exp(t)])


# %% right: kahan-in-float64
def elu(z, alpha):
    z = np.asarray(z)
    x = np.minimum(z, 0).astype(np.float64)
    u = np.exp(x)
    # (u - 1) x / ln u undoes the rounding of u; u = 1 and u tiny apart
    good = (u < 1) & (u > 1e-300)
    x1, u1 = np.where(good, x, -1.0), np.where(good, u, np.exp(-1.0))
    m = np.where(good, (u1 - 1) * x1 / np.log(u1), np.where(u < 0.5, -1.0, x))
    return np.where(z > 0, z, (alpha * m).astype(z.dtype))


def elu_prime(z, alpha):
    z = np.asarray(z)
    x = np.where(z > 0, 0, z)
    return np.select([z > 0, z <= 0], [np.ones_like(z), (alpha * np.exp(x)).astype(z.dtype)])


# %% right: longdouble-and-back
def elu(z, alpha):
    z = np.asarray(z)
    wide = z.astype(np.longdouble)
    out = np.where(wide > 0, wide, np.longdouble(alpha) * np.expm1(np.minimum(wide, 0)))
    return out.astype(z.dtype)[()]


def elu_prime(z, alpha):
    z = np.asarray(z)
    wide = np.minimum(z.astype(np.longdouble), 0)
    out = np.where(z > 0, np.longdouble(1), alpha * np.exp(wide))
    return out.astype(z.dtype)[()]
