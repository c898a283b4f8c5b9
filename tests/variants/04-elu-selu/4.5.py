# %% wrong: rate-for-q
def dropout_affine(rate, drop_value, mean, var):
    q = rate
    a = np.sqrt(var / (q * ((1 - q) * (drop_value - mean) ** 2 + var)))
    b = mean - a * (q * mean + (1 - q) * drop_value)
    return a, b


# %% wrong: mean-taken-for-zero
def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    a = np.sqrt(var / (q * ((1 - q) * drop_value**2 + var)))
    b = -a * (1 - q) * drop_value
    return a, b


# %% wrong: zero-mean-and-unit-variance-only
def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    # as in the article
    a = (q + drop_value**2 * q * (1 - q)) ** -0.5
    return a, -a * (1 - q) * drop_value


# %% wrong: selu-value-always
import math


def dropout_affine(rate, drop_value, mean, var):
    drop_value = -1.0507009873554805 * 1.6732632423543772
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + rate * drop_value
    second = keep * (var + mean**2) + rate * drop_value**2
    a = math.sqrt(var / (second - first**2))
    return a, mean - a * first


# %% wrong: alpha-for-the-dropped-value
import math


def dropout_affine(rate, drop_value, mean, var):
    drop_value = -1.6732632423543772
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + rate * drop_value
    second = keep * (var + mean**2) + rate * drop_value**2
    a = math.sqrt(var / (second - first**2))
    return a, mean - a * first


# %% wrong: positive-dropped-value
import math


def dropout_affine(rate, drop_value, mean, var):
    drop_value = abs(drop_value)
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + rate * drop_value
    second = keep * (var + mean**2) + rate * drop_value**2
    a = math.sqrt(var / (second - first**2))
    return a, mean - a * first


# %% wrong: zeros-dropped
import math


def dropout_affine(rate, drop_value, mean, var):
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + 0
    second = keep * (var + mean**2)
    a = math.sqrt(var / (second - first**2))
    return a, mean - a * first


# %% wrong: no-root
def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    a = var / (q * ((1 - q) * (drop_value - mean) ** 2 + var))
    b = mean - a * (q * mean + (1 - q) * drop_value)
    return a, b


# %% wrong: sign-of-b
def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    a = np.sqrt(var / (q * ((1 - q) * (drop_value - mean) ** 2 + var)))
    b = a * (q * mean + (1 - q) * drop_value) - mean
    return a, b


# %% wrong: b-without-the-mean
import math


def dropout_affine(rate, drop_value, mean, var):
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + rate * drop_value
    second = keep * (var + mean**2) + rate * drop_value**2
    a = math.sqrt(var / (second - first**2))
    return a, -a * first


# %% wrong: inverted-dropout
def dropout_affine(rate, drop_value, mean, var):
    return 1 / (1 - rate), 0.0


# %% wrong: variance-as-deviation
def dropout_affine(rate, drop_value, mean, var):
    var = var**2
    q = 1 - rate
    a = np.sqrt(var / (q * ((1 - q) * (drop_value - mean) ** 2 + var)))
    b = mean - a * (q * mean + (1 - q) * drop_value)
    return a, b


# %% wrong: variance-kept-out-of-q
def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    a = np.sqrt(var / ((1 - q) * q * (drop_value - mean) ** 2 + var))
    b = mean - a * (q * mean + (1 - q) * drop_value)
    return a, b


# %% wrong: order-of-the-result (fails everything)
import math


def dropout_affine(rate, drop_value, mean, var):
    keep = 1 - rate
    # moments of the output of the drop
    first = keep * mean + rate * drop_value
    second = keep * (var + mean**2) + rate * drop_value**2
    a = math.sqrt(var / (second - first**2))
    return mean - a * first, a


# %% right: law-of-total-variance
def dropout_affine(rate, drop_value, mean, var):
    keep = 1.0 - rate
    within = keep * var
    between = rate * keep * (mean - drop_value) ** 2
    a = (1 + (between + within - var) / var) ** -0.5
    centre = drop_value + keep * (mean - drop_value)
    return [a, mean - a * centre]


# %% right: three-point-distribution
def dropout_affine(rate, drop_value, mean, var):
    # any distribution of this mean and variance will do: two equal peaks
    s = np.sqrt(var)
    values = np.array([mean - s, mean + s, drop_value])
    p = np.array([(1 - rate) / 2, (1 - rate) / 2, rate])
    centre = np.average(values, weights=p)
    spread = np.sqrt(np.average((values - centre) ** 2, weights=p))
    a = s / spread
    return np.array([a, mean - a * centre])


# %% right: root-finding
from scipy.optimize import brentq


def dropout_affine(rate, drop_value, mean, var):
    q = 1 - rate
    m1 = q * mean + rate * drop_value
    v1 = q * (var + (mean - m1) ** 2) + rate * (drop_value - m1) ** 2

    def gap(log_a):
        return 2 * log_a + np.log(v1) - np.log(var)

    a = np.exp(brentq(gap, -60, 60, xtol=1e-14, rtol=1e-14))
    return a, mean - a * m1


# %% right: exact-fractions
import math
from fractions import Fraction


def dropout_affine(rate, drop_value, mean, var):
    r, d, m, v = (Fraction(float(x)) for x in (rate, drop_value, mean, var))
    q = 1 - r
    a = math.sqrt(v / (q * (r * (d - m) ** 2 + v)))
    return a, float(m - Fraction(a) * (q * m + r * d))
