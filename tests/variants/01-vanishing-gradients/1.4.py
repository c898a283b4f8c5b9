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
