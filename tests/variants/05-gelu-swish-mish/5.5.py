# %% wrong: fair-gate
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    gate = rng.random(n) < 0.5
    return float(np.mean(z * gate))


# %% wrong: fair-gate-by-binomial
from scipy.stats import norm


def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    return z * rng.binomial(n, 0.5) / n


# %% wrong: upper-tail
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (Z > z)))


# %% wrong: one-minus-phi
from scipy.stats import norm


def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    return z * rng.binomial(n, norm.sf(z)) / n


# %% wrong: absolute-value-of-the-normal
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (np.abs(Z) <= z)))


# %% wrong: absolute-value-of-both
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (np.abs(Z) <= abs(z))))


# %% wrong: no-z
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(Z <= z))


# %% wrong: gated-noise
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(Z * (Z <= z)))


# %% wrong: uniform-noise
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.random(n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: uniform-noise-around-zero
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.uniform(-1, 1, n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: uniform-noise-of-variance-one
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.uniform(-(3**0.5), 3**0.5, n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: logistic-noise
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.logistic(size=n)
    return float(np.mean(z * (Z <= z)))


# %% wrong: root-of-two-missing
from math import erf


def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    return z * rng.binomial(n, (1 + erf(z)) / 2) / n


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


# %% wrong: one-gate-for-all
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = np.full(n, rng.standard_normal())
    return float(np.mean(z * (Z <= z)))


# %% wrong: mean-of-the-noise-first
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.mean(z * (Z.mean() <= z)))


# %% wrong: sum-for-mean
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal(n)
    return float(np.sum(z * (Z <= z)))


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


# %% wrong: global-seed-by-scipy
from scipy.stats import norm


def gelu_gate(z, n, seed):
    np.random.seed(seed)
    Z = norm.rvs(size=n)
    return z * np.count_nonzero(Z <= z) / n


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


# %% right: mean-of-gates
def gelu_gate(z, n, seed):
    rng = np.random.default_rng(seed)
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


# %% right: box-muller
def gelu_gate(z, n, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    u, v = rng.random((2, n))
    Z = np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
    return z * np.count_nonzero(Z <= z) / n


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


# %% right: scipy-stats-with-a-generator
from scipy import stats


def gelu_gate(z, n, seed):
    Z = stats.norm(0, 1).rvs(size=n, random_state=seed)
    return np.average(np.heaviside(z - Z, 1.0)) * np.float64(z)


# %% right: inverse-of-uniforms
from scipy.special import ndtri


def gelu_gate(z, n, seed):
    u = np.random.default_rng(seed).random(n)
    gates = np.sign(z - ndtri(u))
    return float((z * (gates + 1) / 2).sum() / n)
