# %% wrong: second-moment-for-variance
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(s)
    e2 = math.exp(2 * var) * upper(2 * s)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam**2 * (var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m - mean, m2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: lambda-not-squared (fails everything)
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(s)
    e2 = math.exp(2 * var) * upper(2 * s)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam * (var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m - mean, m2 - m**2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: standard-normal-always
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = 1.0
    e1 = math.exp(1 / 2) * upper(1)
    e2 = math.exp(2) * upper(2)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam**2 * (1 / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m - mean, m2 - m**2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: half-variance-in-the-square (fails everything)
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(s)
    e2 = math.exp(var / 2) * upper(2 * s)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam**2 * (var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m - mean, m2 - m**2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: same-tail-for-both (fails everything)
from scipy.optimize import brentq
from scipy.stats import norm


def solve_selu(mean, var):
    s = np.sqrt(var)

    def moments(alpha):
        first = s / np.sqrt(2 * np.pi) + alpha * (np.exp(var / 2) * norm.cdf(-s) - 0.5)
        second = var / 2 + alpha**2 * (np.exp(2 * var) * norm.cdf(-s) - 2 * np.exp(var / 2) * norm.cdf(-s) + 0.5)
        return first, second

    def gap(alpha):
        first, second = moments(alpha)
        return first / np.sqrt(second) - mean / np.sqrt(var + mean**2)

    alpha = brentq(gap, 1e-9, 1e3, xtol=1e-13)
    lam = np.sqrt((var + mean**2) / moments(alpha)[1])
    return alpha, lam


# %% wrong: variance-in-the-tail
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(var)
    e2 = math.exp(2 * var) * upper(2 * var)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam**2 * (var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m - mean, m2 - m**2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: mean-ignored
import math

from scipy.optimize import fsolve


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(s)
    e2 = math.exp(2 * var) * upper(2 * s)

    def equations(unknowns):
        alpha, lam = unknowns
        m = lam * (s / math.sqrt(2 * math.pi) + alpha * (e1 - 0.5))
        m2 = lam**2 * (var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5))
        return [m, m2 - m**2 - var]

    alpha, lam = fsolve(equations, [1.5, 1.0], xtol=1e-13)
    return float(alpha), float(lam)


# %% wrong: swapped (fails everything)
from scipy.optimize import brentq
from scipy.stats import norm


def solve_selu(mean, var):
    s = np.sqrt(var)

    def moments(alpha):
        first = s / np.sqrt(2 * np.pi) + alpha * (np.exp(var / 2) * norm.cdf(-s) - 0.5)
        second = var / 2 + alpha**2 * (np.exp(2 * var) * norm.cdf(-2 * s) - 2 * np.exp(var / 2) * norm.cdf(-s) + 0.5)
        return first, second

    def gap(alpha):
        first, second = moments(alpha)
        return first / np.sqrt(second) - mean / np.sqrt(var + mean**2)

    alpha = brentq(gap, 1e-9, 1e3, xtol=1e-13)
    lam = np.sqrt((var + mean**2) / moments(alpha)[1])
    return lam, alpha


# %% wrong: hard-coded
def solve_selu(mean, var):
    return 1.6732632423543772, 1.0507009873554805


# %% wrong: density-without-s
from scipy.optimize import brentq
from scipy.stats import norm


def solve_selu(mean, var):
    s = np.sqrt(var)

    def moments(alpha):
        first = 1 / np.sqrt(2 * np.pi) + alpha * (np.exp(var / 2) * norm.cdf(-s) - 0.5)
        second = var / 2 + alpha**2 * (np.exp(2 * var) * norm.cdf(-2 * s) - 2 * np.exp(var / 2) * norm.cdf(-s) + 0.5)
        return first, second

    def gap(alpha):
        first, second = moments(alpha)
        return first / np.sqrt(second) - mean / np.sqrt(var + mean**2)

    alpha = brentq(gap, 1e-9, 1e3, xtol=1e-13)
    lam = np.sqrt((var + mean**2) / moments(alpha)[1])
    return alpha, lam


# %% wrong: input-centred-at-the-mean
from scipy.optimize import fsolve

z, dz = np.linspace(-12, 12, 24001), 0.001
weights = np.exp(-(z**2) / 2) * dz / np.sqrt(2 * np.pi)


def solve_selu(mean, var):
    x = mean + np.sqrt(var) * z

    def equations(unknowns):
        alpha, lam = unknowns
        h = lam * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
        m = weights @ h
        return [m - mean, weights @ (h - m) ** 2 - var]

    return tuple(fsolve(equations, [1.5, 1.0]))


# %% wrong: gauss-hermite-across-the-kink (fails everything)
from scipy.optimize import fsolve

z, weights = np.polynomial.hermite_e.hermegauss(64)
weights = weights / weights.sum()


def solve_selu(mean, var):
    x = np.sqrt(var) * z

    def equations(unknowns):
        alpha, lam = unknowns
        h = lam * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
        m = weights @ h
        return [m - mean, weights @ (h - m) ** 2 - var]

    return tuple(fsolve(equations, [1.5, 1.0]))


# %% wrong: bracket-above-one
from scipy.optimize import brentq
from scipy.stats import norm


def solve_selu(mean, var):
    s = np.sqrt(var)

    def moments(alpha):
        first = s / np.sqrt(2 * np.pi) + alpha * (np.exp(var / 2) * norm.cdf(-s) - 0.5)
        second = var / 2 + alpha**2 * (np.exp(2 * var) * norm.cdf(-2 * s) - 2 * np.exp(var / 2) * norm.cdf(-s) + 0.5)
        return first, second

    def gap(alpha):
        first, second = moments(alpha)
        return first / np.sqrt(second) - mean / np.sqrt(var + mean**2)

    alpha = brentq(gap, 1, 3, xtol=1e-13)
    lam = np.sqrt((var + mean**2) / moments(alpha)[1])
    return alpha, lam


# %% wrong: lambda-missing-in-the-equation-of-the-mean
import math


def upper(x):
    return math.erfc(x / math.sqrt(2)) / 2


def solve_selu(mean, var):
    s = math.sqrt(var)
    e1 = math.exp(var / 2) * upper(s)
    e2 = math.exp(2 * var) * upper(2 * s)
    alpha = (s / math.sqrt(2 * math.pi) - mean) / (0.5 - e1)
    m2 = var / 2 + alpha**2 * (e2 - 2 * e1 + 0.5)
    return alpha, math.sqrt((var + mean**2) / m2)


# %% right: quadratic-in-closed-form
import math


def solve_selu(mean, var):
    s = math.sqrt(var)
    t1 = math.exp(var / 2) * math.erfc(s / math.sqrt(2)) / 2
    t2 = math.exp(2 * var) * math.erfc(2 * s / math.sqrt(2)) / 2
    # E[ELU] = A - alpha B and E[ELU^2] = var/2 + alpha^2 C
    A, B, C = s / math.sqrt(2 * math.pi), 0.5 - t1, t2 - 2 * t1 + 0.5
    share = mean**2 / (var + mean**2)
    a, b, c = B * B - share * C, A * B, A * A - share * var / 2
    # of the two roots, the one with the sign of the mean
    root = math.sqrt(max(b * b - a * c, 0.0))
    alpha = next(x for x in ((b - root) / a, (b + root) / a) if x > 0 and (A - x * B) * mean >= -1e-15)
    return alpha, math.sqrt((var + mean**2) / (var / 2 + alpha * alpha * C))


# %% right: bisection-numpy-only
# E over each half-line by Gauss-Legendre: no special functions
t, w = np.polynomial.legendre.leggauss(120)
t, w = 6 * (t + 1), 6 * w


def solve_selu(mean, var):
    p = w * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
    right, left = np.sqrt(var) * t, np.expm1(-np.sqrt(var) * t)

    def pair(alpha):
        return p @ right + alpha * (p @ left), p @ right**2 + alpha**2 * (p @ left**2)

    low, high = 0.0, 64.0
    for _ in range(100):
        middle = (low + high) / 2
        first, second = pair(middle)
        if first * np.sqrt(var + mean**2) > mean * np.sqrt(second):
            low = middle
        else:
            high = middle
    return np.array([low, np.sqrt((var + mean**2) / pair(low)[1])])


# %% right: newton-on-two-equations
from scipy.special import erfcx


def solve_selu(mean, var):
    s = np.sqrt(var)
    # e^(v/2) Phi(-s) = erfcx(s / sqrt 2) / 2, the same with 2s
    t1, t2 = erfcx(s / np.sqrt(2)) / 2, erfcx(np.sqrt(2) * s) / 2
    A, B, C = s / np.sqrt(2 * np.pi), 0.5 - t1, t2 - 2 * t1 + 0.5
    # x = lambda, y = lambda alpha: a straight line and an ellipse
    x, y = 1.0, 1.5
    for _ in range(50):
        f = np.array([A * x - B * y - mean, var / 2 * x * x + C * y * y - var - mean**2])
        J = np.array([[A, -B], [var * x, 2 * C * y]])
        step = np.linalg.solve(J, f)
        x, y = x - step[0], y - step[1]
    return [y / x, x]


# %% right: least-squares-of-logarithms
from scipy.integrate import quad
from scipy.optimize import least_squares


def solve_selu(mean, var):
    s = np.sqrt(var)

    def density(z):
        return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

    def left(power):
        return quad(lambda z: np.expm1(s * z) ** power * density(z), -12, 0, epsabs=1e-13, epsrel=1e-13)[0]

    def right(power):
        return quad(lambda z: (s * z) ** power * density(z), 0, 12, epsabs=1e-13, epsrel=1e-13)[0]

    l1, l2, r1, r2 = left(1), left(2), right(1), right(2)

    def residuals(x):
        alpha, lam = np.exp(x)
        m = lam * (r1 + alpha * l1)
        return [m - mean, lam**2 * (r2 + alpha**2 * l2) - m * m - var]

    found = least_squares(residuals, [0.4, 0.0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return tuple(np.exp(found.x))
