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


# %% wrong: first-row-only
def kill_rate(w, b, X, gw, gb):
    z, s = X[0] @ w + b, X[0] @ gw + gb
    if z <= 0:
        return 0.0
    if s <= 0:
        return float("inf")
    return float(z / s)


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
