# %% wrong: chi-frozen-at-one
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: chi-of-the-first-layer-repeated
import math

from scipy.special import erfcx

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    # E[e^(k s z); z < 0] = erfcx(k s / sqrt 2) / 2
    return erfcx(k * math.sqrt(q / 2)) / 2


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(1, depth + 1):
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return depth * logs[0]


# %% wrong: variance-of-the-weights-missing-in-chi
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: variance-of-the-weights-missing-in-q
import math

from scipy.special import erfcx

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    # E[e^(k s z); z < 0] = erfcx(k s / sqrt 2) / 2
    return erfcx(k * math.sqrt(q / 2)) / 2


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(1, depth + 1):
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = second
    return math.fsum(logs)


# %% wrong: square-of-the-mean-slope (fails everything)
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z)) ** 2
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: natural-logarithm (fails everything)
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: half (fails everything)
import math

from scipy.special import erfcx

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    # E[e^(k s z); z < 0] = erfcx(k s / sqrt 2) / 2
    return erfcx(k * math.sqrt(q / 2)) / 2


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(1, depth + 1):
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs) / 2


# %% wrong: last-layer-left-out
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth - 1):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: q-moved-before-the-first-chi
import math

from scipy.special import erfcx

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    # E[e^(k s z); z < 0] = erfcx(k s / sqrt 2) / 2
    return erfcx(k * math.sqrt(q / 2)) / 2


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(1, depth + 1):
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
    return math.fsum(logs)


# %% wrong: q1-is-one
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = 1.0
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% wrong: variance-for-second-moment
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log10(chi)
        h = selu(np.sqrt(q) * z)
        q = sigma_w2 * (np.sum(p * h**2) - np.sum(p * h) ** 2)
    return total


# %% wrong: q-for-its-root
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

# E over each half-line apart: the derivative jumps at 0
t, w = np.polynomial.legendre.leggauss(300)
z = np.concatenate([-6 * (t + 1), 6 * (t + 1)])
p = np.concatenate([w, w]) * 6 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(q * z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(q * z) ** 2)
    return total


# %% wrong: exponential-overflows
import math

from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    with np.errstate(all="ignore"):
        return np.exp(k * k * q / 2) * norm.cdf(-k * np.sqrt(q))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(1, depth + 1):
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs)


# %% wrong: gauss-hermite-across-the-jump (fails everything)
ALPHA, LAM = 1.6732632423543772, 1.0507009873554805

z, p = np.polynomial.hermite_e.hermegauss(20)
p = p / p.sum()


def selu(x):
    return LAM * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))


def selu_prime(x):
    return LAM * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0)))


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    total = 0.0
    for _ in range(depth):
        chi = sigma_w2 * np.sum(p * selu_prime(np.sqrt(q) * z) ** 2)
        total += np.log10(chi)
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% right: adaptive-quadrature
import math

from scipy.integrate import quad


def expectation(f):
    def g(z):
        return f(z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return quad(g, -10, -0.5)[0] + quad(g, -0.5, 0)[0] + quad(g, 0, 10)[0]


def selu_gradient_log10(depth, sigma_w2):
    l2, a = 1.0507009873554805**2, 1.6732632423543772
    q, product = sigma_w2, 1.0
    for _ in range(depth):
        s = math.sqrt(q)
        product *= sigma_w2 * l2 * expectation(lambda z: 1 if z > 0 else (a * math.exp(s * z)) ** 2)
        q = sigma_w2 * l2 * expectation(lambda z: (s * z if z > 0 else a * math.expm1(s * z)) ** 2)
    return math.log10(product)


# %% right: recursion-with-log-ndtr
from scipy.special import log_ndtr


def part(k, q):
    return np.exp(k * k * q / 2 + log_ndtr(-k * np.sqrt(q)))


def selu_gradient_log10(depth, sigma_w2, q=None):
    if depth == 0:
        return 0.0
    q = sigma_w2 if q is None else q
    c = sigma_w2 * 1.0507009873554805**2
    a2 = 1.6732632423543772**2
    chi = c * (1 / 2 + a2 * part(2, q))
    following = c * (q / 2 + a2 * (part(2, q) - 2 * part(1, q) + 1 / 2))
    return np.log(chi) / np.log(10) + selu_gradient_log10(depth - 1, sigma_w2, following)


# %% right: midpoints-across-zero
# midpoints: no node at 0, so the jump falls between two of them
step = 1 / 4096
z = np.arange(-10, 10, step) + step / 2
p = step * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
alpha, scale = 1.6732632423543772, 1.0507009873554805


def selu_gradient_log10(depth, sigma_w2):
    q, out = float(sigma_w2), np.empty(depth)
    for l in range(depth):
        x = z * q**0.5
        e = np.exp(np.clip(x, None, 0))
        out[l] = p @ np.where(x < 0, alpha * e, 1) ** 2
        q = sigma_w2 * scale**2 * (p @ np.where(x < 0, alpha * (e - 1), x) ** 2)
    return float(np.sum(np.log10(out)) + depth * np.log10(sigma_w2 * scale**2))


# %% right: even-number-of-points
z = np.linspace(-10, 10, 20000)
p = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
alpha, scale = 1.6732632423543772, 1.0507009873554805


def selu_gradient_log10(depth, sigma_w2):
    q, total = sigma_w2, 0.0
    for _ in range(depth):
        x = np.sqrt(q) * z
        e = np.exp(np.minimum(x, 0))
        total += np.log10(sigma_w2 * np.sum(p * (scale * np.where(x > 0, 1, alpha * e)) ** 2))
        q = sigma_w2 * np.sum(p * (scale * np.where(x > 0, x, alpha * (e - 1))) ** 2)
    return total
