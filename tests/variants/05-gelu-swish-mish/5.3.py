# %% wrong: root-of-the-function (fails everything)
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm


def value(name, beta, z):
    if name == "swish":
        return z * expit(beta * z)
    if name == "gelu":
        return z * norm.cdf(beta * z)
    return z * np.tanh(np.logaddexp(0, z))


def slope(name, beta, z):
    u = beta * z
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, z))
    return t + z * expit(z) * (1 - t * t)


def minimum(name, beta):
    z = brentq(lambda z: value(name, beta, z), -3 / beta, 1 / beta, xtol=1e-14 / beta, rtol=1e-14)
    return z, value(name, beta, z)


# %% wrong: stops-when-the-value-stops (fails everything)
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    z, old = -1.0 / beta, math.inf
    # descends until the value moves less than its tolerance
    while True:
        g, dg = gate(name, beta * z)
        if abs(old - z * g) < 1e-9:
            break
        old = z * g
        z -= 0.5 / beta * (g + beta * z * dg)
    u = beta * z
    return z, z * gate(name, u)[0]


# %% wrong: value-only (fails everything)
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm


def value(name, beta, z):
    if name == "swish":
        return z * expit(beta * z)
    if name == "gelu":
        return z * norm.cdf(beta * z)
    return z * np.tanh(np.logaddexp(0, z))


def slope(name, beta, z):
    u = beta * z
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, z))
    return t + z * expit(z) * (1 - t * t)


def minimum(name, beta):
    z = brentq(lambda z: slope(name, beta, z), -3 / beta, -0.1 / beta, xtol=1e-14 / beta, rtol=1e-14)
    return value(name, beta, z)


# %% wrong: plateau (fails everything)
from scipy.special import expit
from scipy.stats import norm


def slope(name, u):
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, u))
    return t + u * expit(u) * (1 - t * t)


def gate(name, u):
    if name == "swish":
        return expit(u)
    if name == "gelu":
        return norm.cdf(u)
    return np.tanh(np.logaddexp(0, u))


def minimum(name, beta):
    u = -4.0
    for _ in range(50):
        curvature = (slope(name, u + 1e-5) - slope(name, u - 1e-5)) / 2e-5
        u = u - slope(name, u) / curvature
    return u / beta, u / beta * gate(name, u)


# %% wrong: times-beta
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    low, high = -3.0, -0.1
    for _ in range(100):
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u * beta
    return z, z * gate(name, u)[0]


# %% wrong: value-not-divided
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    low, high = -3.0, -0.1
    for _ in range(100):
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u / beta
    return z, u * gate(name, u)[0]


# %% wrong: beta-ignored
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    low, high = -3.0, -0.1
    for _ in range(100):
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u
    return z, z * gate(name, u)[0]


# %% wrong: inner-derivative-without-beta
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm


def value(name, beta, z):
    if name == "swish":
        return z * expit(beta * z)
    if name == "gelu":
        return z * norm.cdf(beta * z)
    return z * np.tanh(np.logaddexp(0, z))


def slope(name, beta, z):
    u = beta * z
    if name == "swish":
        return expit(u) + z * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + z * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, z))
    return t + z * expit(z) * (1 - t * t)


def minimum(name, beta):
    z = brentq(lambda z: slope(name, beta, z), -60.0, -1e-3, xtol=1e-14 / beta, rtol=1e-14)
    return z, value(name, beta, z)


# %% wrong: stops-at-1e-3 (fails everything)
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    low, high = -3.0, -0.1
    while high - low > 1e-3:
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u / beta
    return z, z * gate(name, u)[0]


# %% wrong: sign-of-the-second-derivative (fails everything)
from scipy.special import expit
from scipy.stats import norm


def slope(name, u):
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, u))
    return t + u * expit(u) * (1 - t * t)


def gate(name, u):
    if name == "swish":
        return expit(u)
    if name == "gelu":
        return norm.cdf(u)
    return np.tanh(np.logaddexp(0, u))


def minimum(name, beta):
    u = -1.0
    for _ in range(50):
        curvature = (slope(name, u + 1e-5) - slope(name, u - 1e-5)) / 2e-5
        u = u + slope(name, u) / curvature
    return u / beta, u / beta * gate(name, u)


# %% wrong: positive-start
from scipy.special import expit
from scipy.stats import norm


def slope(name, u):
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, u))
    return t + u * expit(u) * (1 - t * t)


def gate(name, u):
    if name == "swish":
        return expit(u)
    if name == "gelu":
        return norm.cdf(u)
    return np.tanh(np.logaddexp(0, u))


def minimum(name, beta):
    u = 1.0
    for _ in range(50):
        curvature = (slope(name, u + 1e-5) - slope(name, u - 1e-5)) / 2e-5
        u = u - slope(name, u) / curvature
    return u / beta, u / beta * gate(name, u)


# %% wrong: fixed-bracket
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm


def value(name, beta, z):
    if name == "swish":
        return z * expit(beta * z)
    if name == "gelu":
        return z * norm.cdf(beta * z)
    return z * np.tanh(np.logaddexp(0, z))


def slope(name, beta, z):
    u = beta * z
    if name == "swish":
        return expit(u) + u * expit(u) * expit(-u)
    if name == "gelu":
        return norm.cdf(u) + u * norm.pdf(u)
    t = np.tanh(np.logaddexp(0, z))
    return t + z * expit(z) * (1 - t * t)


def minimum(name, beta):
    z = brentq(lambda z: slope(name, beta, z), -5.0, -0.1, xtol=1e-14 / beta, rtol=1e-14)
    return z, value(name, beta, z)


# %% wrong: mish-of-the-logistic
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u / math.sqrt(2)) / 2, math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t)


def minimum(name, beta):
    low, high = -3.0, -0.1
    for _ in range(100):
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u / beta
    return z, z * gate(name, u)[0]


# %% wrong: gelu-without-root-of-two
import math


def gate(name, u):
    """The gate and its derivative."""
    if name == "swish":
        s = 1 / (1 + math.exp(-u))
        return s, s * (1 - s)
    if name == "gelu":
        return math.erfc(-u) / 2, math.exp(-u * u) / math.sqrt(math.pi)
    t = math.tanh(math.log1p(math.exp(u)))
    return t, (1 - t * t) / (1 + math.exp(-u))


def minimum(name, beta):
    low, high = -3.0, -0.1
    for _ in range(100):
        u = (low + high) / 2
        g, dg = gate(name, u)
        if g + u * dg < 0:
            low = u
        else:
            high = u
    z = u / beta
    return z, z * gate(name, u)[0]


# %% right: newton-with-second-derivatives
import math


def derivatives(name, u):
    """The gate of u and its first two derivatives."""
    if name == "gelu":
        p = math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
        return math.erfc(-u * math.sqrt(0.5)) / 2, p, -u * p
    s = 1 / (1 + math.exp(-u))
    if name == "swish":
        return s, s * (1 - s), s * (1 - s) * (1 - 2 * s)
    t = math.tanh(math.log(1 + math.exp(u)))
    return t, (1 - t * t) * s, (1 - t * t) * s * (1 - s - 2 * t * s)


def minimum(name, beta):
    u = -0.9
    while True:
        g, g1, g2 = derivatives(name, u)
        step = (g + u * g1) / (2 * g1 + u * g2)
        u -= step
        if abs(step) < 1e-13:
            break
    return [u / beta, u / beta * derivatives(name, u)[0]]


# %% right: lambert-and-fixed-point
from scipy.optimize import root_scalar
from scipy.special import lambertw, ndtr


def minimum(name, beta):
    if name == "swish":
        # 1 + u + e^u = 0
        w = lambertw(np.exp(-1)).real
        return -(1 + w) / beta, -w / beta
    if name == "gelu":
        u = root_scalar(lambda u: ndtr(u) * np.sqrt(2 * np.pi) * np.exp(u * u / 2) + u, x0=-0.7, x1=-0.8, xtol=1e-13).root
        return u / beta, u * ndtr(u) / beta
    # with w = e^u: omega(u) = 0
    roots = root_scalar(
        lambda u: 4 * (u + 1) + 4 * np.exp(2 * u) + np.exp(3 * u) + np.exp(u) * (4 * u + 6), bracket=[-2, -0.5], xtol=1e-14
    )
    u = roots.root
    w = np.exp(u)
    return u / beta, u * (w * w + 2 * w) / (w * w + 2 * w + 2) / beta


# %% right: zooming-grid-numpy-only
import math


def slope(name, u):
    e = np.exp(u)
    if name == "swish":
        return 1 + e + u
    if name == "gelu":
        cdf = np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in u])
        return cdf + u * np.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    return 4 * (u + 1) + 4 * e**2 + e**3 + e * (4 * u + 6)


def minimum(name, beta):
    low, high = -3.0, 0.0
    for _ in range(14):
        grid = np.linspace(low, high, 101)
        k = np.argmax(slope(name, grid) > 0)
        low, high = grid[k - 1], grid[k]
    u = (low + high) / 2
    gates = {
        "swish": 1 / (1 + math.exp(-u)),
        "gelu": math.erfc(-u / math.sqrt(2)) / 2,
        "mish": math.tanh(math.log1p(math.exp(u))),
    }
    return np.array([u, u * gates[name]]) / beta


# %% right: golden-section-then-secant
from scipy.optimize import minimize_scalar, newton
from scipy.special import erf, expit


def phi(name, beta, z):
    gates = {
        "swish": lambda: expit(beta * z),
        "gelu": lambda: (1 + erf(beta * z / 2**0.5)) / 2,
        "mish": lambda: np.tanh(np.log1p(np.exp(beta * z))),
    }
    return z * gates[name]()


def minimum(name, beta):
    start = minimize_scalar(lambda z: phi(name, beta, z), bracket=(-3 / beta, -1 / beta, 0), method="golden").x
    step = 1e-4 / beta
    # five-point derivative
    z = newton(
        lambda z: (
            8 * (phi(name, beta, z + step) - phi(name, beta, z - step))
            - (phi(name, beta, z + 2 * step) - phi(name, beta, z - 2 * step))
        )
        / (12 * step),
        start,
        x1=start * 1.001,
        tol=1e-10 * abs(start),
    )
    return float(z), float(phi(name, beta, z))
