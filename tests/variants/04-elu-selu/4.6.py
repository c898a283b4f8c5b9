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


# %% wrong: chi-of-the-last-layer-repeated
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
    return depth * logs[-1]


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


# %% wrong: variance-of-the-weights-missing-in-both
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
        q = np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


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


# %% wrong: mean-slope (fails everything)
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
        slope2 = LAM * (0.5 + ALPHA * tilted(1, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs)


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


# %% wrong: one-layer-too-many
import math

from scipy.special import erfcx

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def tilted(k, q):
    # E[e^(k s z); z < 0] = erfcx(k s / sqrt 2) / 2
    return erfcx(k * math.sqrt(q / 2)) / 2


def selu_gradient_log10(depth, sigma_w2):
    q = sigma_w2
    logs = []
    for layer in range(depth + 1):
        slope2 = LAM**2 * (0.5 + ALPHA**2 * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs)


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


# %% wrong: q-of-a-linear-layer
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
        q = sigma_w2 * q
    return math.fsum(logs)


# %% wrong: fixed-point-taken-for-granted
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
        q = 1.0
    return math.fsum(logs)


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


# %% wrong: slope-without-alpha (fails everything)
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
        slope2 = LAM**2 * (0.5 + tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs)


# %% wrong: alpha-not-squared (fails everything)
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
        slope2 = LAM**2 * (0.5 + ALPHA * tilted(2, q))
        logs.append(math.log10(sigma_w2 * slope2))
        second = LAM**2 * (q / 2 + ALPHA**2 * (tilted(2, q) - 2 * tilted(1, q) + 0.5))
        q = sigma_w2 * second
    return math.fsum(logs)


# %% wrong: sign (fails everything)
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
    return -math.fsum(logs)


# %% wrong: mean-of-the-logarithms
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
    return math.fsum(logs) / depth


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


# %% right: legendre-on-each-half-line
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
        q = sigma_w2 * np.sum(p * selu(np.sqrt(q) * z) ** 2)
    return total


# %% right: erfcx
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
    return math.fsum(logs)


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


# %% right: trapezoid-of-the-halves
from scipy.integrate import trapezoid

z = np.linspace(0, 10, 40_001)
density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
alpha, scale = 1.6732632423543772, 1.0507009873554805


def halves(right, left):
    return scale**2 * (trapezoid(right * density, z) + alpha**2 * trapezoid(left * density, z))


def selu_gradient_log10(depth, sigma_w2):
    qs = [sigma_w2]
    while len(qs) < depth:
        x = np.sqrt(qs[-1]) * z
        qs.append(sigma_w2 * halves(x**2, np.expm1(-x) ** 2))
    chis = [sigma_w2 * halves(np.ones_like(z), np.exp(-2 * np.sqrt(q) * z)) for q in qs]
    return np.log10(chis).sum()


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


# %% right: double-exponential-half-lines
# z = exp(t - e^-t) maps the line to z > 0, and the trapezoid rule does the rest
t = np.arange(-4, 3, 1 / 64)
z = np.exp(t - np.exp(-t))
w = z * (1 + np.exp(-t)) / 64 * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def selu_gradient_log10(depth, sigma_w2):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    q, log = sigma_w2, 0.0
    for _ in range(depth):
        x = np.sqrt(q) * z
        log += np.log10(sigma_w2 * scale**2 * (0.5 + alpha**2 * (w @ np.exp(-2 * x))))
        q = sigma_w2 * scale**2 * (q / 2 + alpha**2 * (w @ np.expm1(-x) ** 2))
    return log
