# %% wrong: no-renormalization
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    start = rng.standard_normal(n)
    v = start
    for _ in range(steps):
        v = rng.normal(0, sigma, size=(n, n)) @ v
    return float(np.log(np.linalg.norm(v) / np.linalg.norm(start)) / steps)


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + 2 * np.log(sigma))


# %% wrong: log10
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = sigma * rng.standard_normal((n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log10(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: mean-log-spectral-norm
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    logs = [np.log(np.linalg.norm(rng.normal(0, sigma, (n, n)), 2)) for _ in range(steps)]
    return np.mean(logs)


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2 * sigma**2))


# %% wrong: log-of-the-mean-square
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.zeros(n)
    v[0] = 1
    logs = []
    for _ in range(steps):
        v = rng.normal(scale=sigma, size=(n, n)) @ v
        length = np.linalg.norm(v)
        logs.append(np.log(length))
        v /= length
    return float(np.mean(logs))


def growth_rate_exact(n, sigma):
    return 0.5 * np.log(n * sigma**2)


# %% wrong: sigma-for-variance-in-the-formula
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal(n)
    v /= np.linalg.norm(v)
    total = 0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        r = np.linalg.norm(v)
        total += np.log(r)
        v /= r
    return total / steps


def growth_rate_exact(n, sigma):
    return (digamma(n / 2) + np.log(2) + np.log(sigma)) / 2


# %% wrong: variance-as-scale-in-the-draw
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.eye(n)[0]
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma**2, (n, n)) @ v
        r = np.linalg.norm(v)
        total += np.log(r)
        v /= r
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * digamma(0.5 * n) + 0.5 * np.log(2) + np.log(sigma)


# %% wrong: rate-of-the-square
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.eye(n)[0]
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        square = v @ v
        total += np.log(square)
        v /= np.sqrt(square)
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: half-forgotten-in-the-formula
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v, logs = np.ones(n) / n**0.5, []
    for _ in range(steps):
        v = v @ rng.normal(0, sigma, (n, n))
        logs.append(np.log(np.linalg.norm(v)))
        v = v / np.linalg.norm(v)
    return sum(logs) / steps


def growth_rate_exact(n, sigma):
    return digamma(n / 2) + np.log(2) + np.log(sigma**2)


# %% wrong: digamma-of-n
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.sqrt(np.sum(v**2))
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n) + np.log(2) + np.log(sigma**2))


# %% wrong: digamma-of-integer-half
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return float(0.5 * (digamma(max(n // 2, 1)) + np.log(2) + np.log(sigma**2)))


# %% wrong: one-matrix-reused
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(0, sigma, (n, n))
    v = rng.standard_normal(n)
    v /= np.linalg.norm(v)
    total = 0.0
    for _ in range(steps):
        v = A @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2)) + np.log(sigma)


# %% wrong: generator-inside-the-loop
def growth_rate(n, sigma, steps, seed):
    v = np.ones(n) / np.sqrt(n)
    logs = np.zeros(steps)
    for t in range(steps):
        rng = np.random.default_rng(seed)
        v = rng.normal(0.0, sigma, size=(n, n)) @ v
        logs[t] = np.log(np.linalg.norm(v))
        v = v / np.linalg.norm(v)
    return logs.mean()


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: global-seed
def growth_rate(n, sigma, steps, seed):
    np.random.seed(seed)
    v = np.random.randn(n)
    v /= np.linalg.norm(v)
    total = 0.0
    for _ in range(steps):
        v = sigma * np.random.randn(n, n) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v /= length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: formula-in-place-of-simulation
def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


def growth_rate(n, sigma, steps, seed):
    # the direction does not matter and every step is alike
    return growth_rate_exact(n, sigma)


# %% wrong: unseeded
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng()
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: seed-ignored
def growth_rate(n, sigma, steps, seed=0):
    rng = np.random.default_rng(0)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: log-of-the-mean-length
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    lengths = []
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        lengths.append(np.linalg.norm(v))
        v = v / lengths[-1]
    return np.log(np.mean(lengths))


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: renormalizes-only-when-large
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        if length > 1e100:
            total += np.log(length)
            v = v / length
    return (total + np.log(np.linalg.norm(v))) / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: glorot-scale
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma / np.sqrt(n), (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% wrong: exact-by-simulation
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total / steps


def growth_rate_exact(n, sigma):
    return growth_rate(n, sigma, 4000, 0)


# %% wrong: total-not-divided
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n) / np.sqrt(n)
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0, sigma, (n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length
    return total


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% right: renormalize-every-step
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.zeros(n)
    v[0] = 1.0
    total = 0.0
    for _ in range(steps):
        v = rng.normal(0.0, sigma, size=(n, n)) @ v
        length = np.linalg.norm(v)
        total += np.log(length)
        v /= length
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% right: drawn-in-blocks
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal(n)
    v = v / np.linalg.norm(v)
    logs = []
    while len(logs) < steps:
        for A in rng.standard_normal((min(50, steps - len(logs)), n, n)):
            v = v @ A
            logs.append(0.5 * np.log(v @ v))
            v = v / np.linalg.norm(v)
    return np.mean(logs) + np.log(sigma)


def growth_rate_exact(n, sigma):
    return np.float64(digamma(n / 2) / 2 + np.log(2) / 2 + np.log(sigma))


# %% right: chi-square-law
import math


def growth_rate(n, sigma, steps, seed):
    # |A v|^2 / sigma^2 is chi-square with n degrees of freedom, whatever the direction of v
    squares = np.random.default_rng(seed).chisquare(n, size=steps)
    return float(0.5 * np.log(squares).mean() + math.log(sigma))


def growth_rate_exact(n, sigma):
    return float(digamma(n / 2)) / 2 + math.log(math.sqrt(2) * sigma)


# %% right: renormalize-only-when-needed
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.ones(n)
    start = np.linalg.norm(v)
    total = -np.log(start)
    for _ in range(steps):
        v = sigma * (rng.standard_normal((n, n)) @ v)
        length = np.linalg.norm(v)
        if not 1e-100 < length < 1e100:
            total += np.log(length)
            v = v / length
    return (total + np.log(np.linalg.norm(v))) / steps


def growth_rate_exact(n, sigma):
    half = np.longdouble(digamma(n / 2)) / 2
    return half + np.log(np.longdouble(2)) / 2 + np.log(np.longdouble(sigma))


# %% right: standard-library-only
import math
import random


def growth_rate(n, sigma, steps, seed):
    draw = random.Random(seed).gauss
    logs = []
    for _ in range(steps):
        # v is always turned to the first axis: only the first column of the matrix is used
        column = [draw(0, sigma) for _ in range(n)]
        logs.append(math.log(math.hypot(*column)))
    return math.fsum(logs) / steps


def growth_rate_exact(n, sigma):
    # digamma at integers and half-integers, by its recurrence
    if n % 2 == 0:
        psi = -np.euler_gamma + math.fsum(1 / k for k in range(1, n // 2))
    else:
        psi = -np.euler_gamma - 2 * math.log(2) + math.fsum(2 / k for k in range(1, n - 1, 2))
    return 0.5 * (psi + math.log(2)) + math.log(sigma)


# %% right: qr-of-all-directions
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    Q, total = np.eye(n), 0.0
    for _ in range(steps):
        Q, R = np.linalg.qr(rng.normal(0, sigma, (n, n)) @ Q)
        total += np.log(abs(R[0, 0]))
    return total / steps


def growth_rate_exact(n, sigma):
    from scipy.special import polygamma

    return float(0.5 * (polygamma(0, n / 2) + np.log(2 * sigma * sigma)))


# %% right: product-with-its-exponent
def growth_rate(n, sigma, steps, seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    P, exponent = np.eye(n), 0
    for _ in range(steps):
        P = rng.normal(0, sigma, (n, n)) @ P
        # a power of two is taken out without rounding
        e = int(np.frexp(np.abs(P).max())[1])
        P = np.ldexp(P, -e)
        exponent += e
    v = np.ones(n)
    return (np.log(np.linalg.norm(P @ v) / np.linalg.norm(v)) + exponent * np.log(2)) / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% right: a-generator-per-step
def growth_rate(n, sigma, steps, seed):
    total, v = 0.0, np.eye(1, n)[0]
    for t in range(steps):
        A = sigma * np.random.default_rng([seed, t]).standard_normal((n, n))
        w = A @ v
        total += np.log(np.linalg.norm(w) / np.linalg.norm(v))
        v = w / np.abs(w).max()
    return total / steps


def growth_rate_exact(n, sigma):
    return np.log(sigma) + (digamma(n / 2) + np.log(2)) / 2


# %% right: legacy-state-restored
def growth_rate(n, sigma, steps, seed):
    state = np.random.get_state()
    try:
        np.random.set_state(np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed))).get_state())
        v = np.random.uniform(0.5, 1, n)
        v /= np.linalg.norm(v)
        total = 0.0
        for _ in range(steps):
            v = np.random.normal(0, sigma, (n, n)).dot(v)
            length = np.linalg.norm(v)
            total += np.log(length)
            v /= length
        return total / steps
    finally:
        np.random.set_state(state)


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))


# %% right: float32-matrices
def growth_rate(n, sigma, steps, seed):
    rng = np.random.default_rng(seed)
    v = np.full(n, 1 / np.sqrt(n), dtype=np.float32)
    total = -np.log(float(np.linalg.norm(v)))
    for _ in range(steps):
        v = np.float32(sigma) * (rng.standard_normal((n, n), dtype=np.float32) @ v)
        length = float(np.linalg.norm(v.astype(np.float64)))
        total += np.log(length)
        v = (v / length).astype(np.float32)
    return total / steps


def growth_rate_exact(n, sigma):
    return 0.5 * (digamma(n / 2) + np.log(2) + np.log(sigma**2))
