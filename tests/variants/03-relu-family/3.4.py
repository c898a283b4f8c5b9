# %% wrong: minimum-for-maximum
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.min(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: bias-ignored
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w, X @ gw
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: bias-gradient-ignored
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: inactive-ignored
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    return float(np.max(z[active] / s[active]))


# %% wrong: step-uphill
def kill_rate(w, b, X, gw, gb):
    # z + eta * s <= 0
    z, s = X @ w + b, -(X @ gw + gb)
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: no-infinity
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    rates = [zi / si for zi, si in zip(z, s) if zi > 0 and si > 0]
    return float(max(rates, default=0.0))


# %% wrong: no-infinity-for-active-uphill
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    if (z <= 0).all():
        return 0.0
    falling = (z > 0) & (s > 0)
    if not falling.any():
        return float("inf")
    low = np.max(z[falling] / s[falling])
    danger = (z <= 0) & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: absolute-value-of-s
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, np.abs(X @ gw + gb)
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] == 0).any():
        return float("inf")
    return float(np.max(z[active] / s[active]))


# %% wrong: mean-of-the-rates
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.mean(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: mean-example
def kill_rate(w, b, X, gw, gb):
    x = X.mean(axis=0)
    z, s = x @ w + b, x @ gw + gb
    if z <= 0:
        return 0.0
    return float(z / s) if s > 0 else float("inf")


# %% wrong: first-row-only
def kill_rate(w, b, X, gw, gb):
    z, s = X[0] @ w + b, X[0] @ gw + gb
    if z <= 0:
        return 0.0
    if s <= 0:
        return float("inf")
    return float(z / s)


# %% wrong: first-active-row-only
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    if not (z > 0).any():
        return 0.0
    i = int(np.argmax(z > 0))
    if s[i] <= 0:
        return float("inf")
    low = z[i] / s[i]
    if (z - low * s > 1e-12 * (1 + np.abs(z)))[z <= 0].any():
        return float("inf")
    return float(low)


# %% wrong: equal-ends-infeasible
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low >= np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: maximum-of-the-upper-ends
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.max(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: inactive-with-either-sign-of-s
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    # every inactive example bounds the rate
    moving = ~active & (s != 0)
    if moving.any() and low > np.min(z[moving] / s[moving]):
        return float("inf")
    return float(low)


# %% wrong: zero-counts-as-active
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z >= 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: zero-forgotten-among-the-inactive
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(z[active] / s[active])
    danger = (z < 0) & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: already-dead-checks-the-gradient
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    low, high = 0.0, float("inf")
    for zi, si in zip(z, s):
        if zi > 0:
            if si <= 0:
                return float("inf")
            low = max(low, zi / si)
        elif si < 0:
            high = min(high, zi / si)
    # some positive rate has to be left
    return low if low <= high and high > 0 else float("inf")


# %% wrong: active-with-s-zero-skipped
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] < 0).any():
        return float("inf")
    falling = active & (s > 0)
    if not falling.any():
        return float("inf")
    low = np.max(z[falling] / s[falling])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    return float(low)


# %% wrong: inverted-quotient
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = np.max(s[active] / z[active])
    danger = ~active & (s < 0) & (z < 0)
    if danger.any() and low > np.min(s[danger] / z[danger]):
        return float("inf")
    return float(low)


# %% wrong: grid-of-powers
def kill_rate(w, b, X, gw, gb):
    if (X @ w + b <= 0).all():
        return 0.0
    for eta in np.logspace(-6, 6, 2401):
        if (X @ (w - eta * gw) + b - eta * gb <= 0).all():
            return float(eta)
    return float("inf")


# %% wrong: none-for-infinity
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return None
    low = np.max(z[active] / s[active])
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return None
    return float(low)


# %% wrong: weights-updated-in-place
def kill_rate(w, b, X, gw, gb):
    z, s = X @ w + b, X @ gw + gb
    active = z > 0
    if not active.any():
        return 0.0
    if (s[active] <= 0).any():
        return float("inf")
    low = float(np.max(z[active] / s[active]))
    danger = ~active & (s < 0)
    if danger.any() and low > np.min(z[danger] / s[danger]):
        return float("inf")
    w -= low * gw
    return low


# %% right: loop-with-two-ends
def kill_rate(w, b, X, gw, gb):
    low, high = 0.0, np.inf
    for x in X:
        z, s = np.dot(w, x) + b, np.dot(gw, x) + gb
        if z > 0:
            low = max(low, z / s if s > 0 else np.inf)
        elif s < 0:
            high = min(high, z / s)
    if low == 0.0:
        return 0.0
    return low if low <= high else np.inf


# %% right: exact-fractions
from fractions import Fraction


def kill_rate(w, b, X, gw, gb):
    def exact(v, c, x):
        return sum((Fraction(float(p)) * Fraction(float(q)) for p, q in zip(v, x)), Fraction(float(c)))

    pairs = [(exact(w, b, x), exact(gw, gb, x)) for x in X]
    if all(z <= 0 for z, _ in pairs):
        return 0.0
    # the infimum is the only rate at which the last active example reaches 0
    rates = sorted({z / s for z, s in pairs if z > 0 and s > 0})
    for eta in rates:
        if all(z - eta * s <= 0 for z, s in pairs):
            return float(eta)
    return float("inf")


# %% right: where-numpy-scalar
def kill_rate(w, b, X, gw, gb):
    ones = np.ones((len(X), 1))
    z, s = (np.hstack([X, ones]) @ np.column_stack([np.append(w, b), np.append(gw, gb)])).T
    on = z > 0
    if not np.any(on):
        return np.float64(0)
    with np.errstate(all="ignore"):
        q = z / s
    lower = np.where(on, np.where(s > 0, q, np.inf), 0.0).max()
    upper = np.where(~on & (s < 0), q, np.inf).min()
    return np.where(lower <= upper, lower, np.inf)[()]


# %% right: cross-products
import math


def kill_rate(w, b, X, gw, gb):
    z = [float(v) for v in np.einsum("ij,j->i", X, w) + b]
    s = [float(v) for v in np.einsum("ij,j->i", X, gw) + gb]
    active = [i for i in range(len(z)) if z[i] > 0]
    if not active:
        return 0
    if min(s[i] for i in active) <= 0:
        return math.inf
    last = active[0]
    for i in active[1:]:
        if z[i] * s[last] > z[last] * s[i]:
            last = i
    for i in range(len(z)):
        # z_i - (z_last / s_last) s_i > 0, without dividing
        if z[i] <= 0 and z[i] * s[last] > z[last] * s[i]:
            return math.inf
    return z[last] / s[last]


# %% right: reductions-with-initial
def kill_rate(w, b, X, gw, gb):
    z, s = X.dot(w) + b, X.dot(gw) + gb
    # initial= replaces the empty cases
    on, off = z > 0, z <= 0
    if off.all():
        return 0.0
    if s[on].min() <= 0:
        return float("inf")
    low = (z[on] / s[on]).max(initial=0.0)
    risk = off & (s < 0)
    high = (z[risk] / s[risk]).min(initial=np.inf)
    return {True: float(low), False: float("inf")}[bool(low <= high)]


# %% right: split-by-masked-arrays
def kill_rate(w, b, X, gw, gb):
    z = np.sum(X * w, axis=1) + b
    s = np.sum(X * gw, axis=1) + gb
    if np.max(z) <= 0:
        return 0.0
    if np.any(np.logical_and(z > 0, s <= 0)):
        return np.inf
    ratios = np.divide(z, s, out=np.zeros_like(z), where=s != 0)
    low = np.ma.masked_array(ratios, mask=z <= 0).max()
    high = np.ma.masked_array(ratios, mask=(z > 0) | (s >= 0)).min()
    if high is not np.ma.masked and high < low:
        return np.inf
    return low
