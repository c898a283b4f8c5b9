# %% wrong: no-slope
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * (target - z) * scale
    return -1


# %% wrong: inner-slope-forgotten
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - z) * scale
    return -1


# %% wrong: gradient-at-the-output
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        # dC/da in place of dC/dz
        z = z + lr * (target - alpha * z) * scale
    return -1


# %% wrong: bias-not-updated
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x)
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% wrong: norm-not-squared
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(np.linalg.norm(x)) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% wrong: last-step-missing
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% wrong: one-step-early
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    if z > 0:
        return 0
    for k in range(max_steps):
        z = z + lr * alpha * (target - alpha * z) * scale
        if z > 0:
            return k
    return -1


# %% wrong: start-not-checked
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(1, max_steps + 1):
        slope = 1.0 if z > 0 else alpha
        z = z + lr * slope * (target - slope * z) * scale
        if z > 0:
            return k
    return -1


# %% wrong: zero-counts-as-awake
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z >= 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% wrong: infinity-for-minus-one
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return float("inf")


# %% wrong: relu-never-awake
def coma_steps(z0, alpha, lr, x, target, max_steps):
    if alpha == 0:
        return -1
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% wrong: gives-up-when-it-goes-down
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, scale = z0, float(x @ x) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        step = lr * alpha * (target - alpha * z) * scale
        if step <= 0:
            return -1
        z = z + step
    return -1


# %% wrong: constant-gradient
def coma_steps(z0, alpha, lr, x, target, max_steps):
    if z0 > 0:
        return 0
    # the first step, repeated
    step = lr * alpha * (target - alpha * z0) * (float(x @ x) + 1)
    z = z0
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + step
    return -1


# %% wrong: x-squared-in-place
def coma_steps(z0, alpha, lr, x, target, max_steps):
    x **= 2
    z, scale = z0, float(x.sum()) + 1
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z = z + lr * alpha * (target - alpha * z) * scale
    return -1


# %% right: weights-and-bias-simulated
def coma_steps(z0, alpha, lr, x, target, max_steps):
    w, b = np.zeros(len(x)), float(z0)
    steps = 0
    while True:
        z = w @ x + b
        if z > 0:
            return steps
        if steps == max_steps:
            return -1
        delta = alpha * (alpha * z - target)
        w, b = w - lr * delta * x, b - lr * delta
        steps += 1


# %% right: accumulate-and-next
from itertools import accumulate, repeat


def coma_steps(z0, alpha, lr, x, target, max_steps):
    c = lr * alpha * (sum(float(v) ** 2 for v in x) + 1)
    path = accumulate(repeat(None, max_steps), lambda z, _: z + c * (target - alpha * z), initial=z0)
    return next((k for k, z in enumerate(path) if z > 0), -1)


# %% right: closed-form-of-the-whole-path
def coma_steps(z0, alpha, lr, x, target, max_steps):
    if z0 > 0:
        return np.int64(0)
    if alpha == 0:
        return np.int64(-1)
    rest = target / alpha
    ratio = 1 - lr * alpha**2 * (x.dot(x) + 1)
    k = np.arange(max_steps + 1)
    with np.errstate(all="ignore"):
        # z0 + (rest - z0) (1 - ratio^k)
        path = z0 - (rest - z0) * (ratio**k - 1)
    awake = np.flatnonzero(path > 0)
    return awake[0] if awake.size else np.int64(-1)


# %% right: longdouble
def coma_steps(z0, alpha, lr, x, target, max_steps):
    z, a, t, eta = (np.longdouble(v) for v in (z0, alpha, target, lr))
    wide = np.append(np.asarray(x, dtype=np.longdouble), 1)
    gain = eta * a * np.sum(wide * wide)
    for k in range(max_steps + 1):
        if z > 0:
            return k
        z -= gain * (a * z - t)
    return -1
