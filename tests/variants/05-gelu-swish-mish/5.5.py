# %% wrong: fair-gate
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    gate = rng.random(n) < 0.5
    return float(np.mean(z * gate))


# %% wrong: upper-tail
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (Z > z)))


# %% wrong: absolute-value-of-the-normal
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (np.abs(Z) <= z)))


# %% wrong: no-z
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(Z <= z))


# %% wrong: uniform-noise
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.random(n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: uniform-noise-of-variance-one
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.uniform(-(3**0.5), 3**0.5, n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: closed-form
from scipy.stats import norm


def gelu_gate(z, n, seed):
    return z * norm.cdf(z)


# %% wrong: closed-form-plus-noise
from scipy.stats import norm


def gelu_gate(z, n, seed):
    # a little noise so that the seeds differ
    rng = np.random.default_rng(seed)
    return z * norm.cdf(z) + 1e-6 * rng.standard_normal()


# %% wrong: n-ignored
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(1000)
    return float(np.mean(z * (Z <= z)))


# %% wrong: n-ignored-upwards
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(400_000)
    return float(np.mean(z * (Z <= z)))


# %% wrong: stratified
from scipy.special import ndtri


def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = ndtri((np.arange(n) + rng.random(n)) / n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: global-seed
def gelu_gate(z, n, seed):
    np.random.seed(seed)
    Z = np.random.randn(n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: seed-ignored
stream = np.random.default_rng(0)


def gelu_gate(z, n, seed):
    Z = stream.standard_normal(n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: same-seed-always
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (Z <= z)))


# %% right: binomial-count
from scipy.stats import norm


def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    return z * rng.binomial(n, norm.cdf(z)) / n


# %% right: loop-with-math-erf
import math
import random


def gelu_gate(z, n, seed):
    draw = random.Random(seed)
    p = (1 + math.erf(z / math.sqrt(2))) / 2
    open_gates = 0
    for _ in range(n):
        open_gates += draw.random() < p
    return z * open_gates / n


# %% right: random-state-and-strict-inequality
def gelu_gate(z, n, seed):
    state = np.random.RandomState(seed)
    return np.where(state.normal(size=n) < z, z, 0.0).mean()


# %% right: noise-plus-z-positive
def gelu_gate(z, n, seed):
    # -Z has the law of Z
    rng = np.random.default_rng([seed, 17])
    total = 0
    left = n
    while left:
        size = min(left, 4096)
        total += int(((z + rng.standard_normal(size)) >= 0).sum())
        left -= size
    return z * (total / n)
