# %% wrong: second-moment
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, nu * tau
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second


# %% wrong: standard-deviation
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, np.sqrt(moment(2) - mean**2)


# %% wrong: variance-not-rooted
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, nu * tau

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, moment(2) - mean**2


# %% wrong: root-of-tau-only
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, nu * tau
    s = nu * np.sqrt(tau)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: omega-ignored
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu, nu * tau
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: tau-ignored
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, nu
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: nu-taken-for-the-second-moment
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, max((nu - mu**2) * tau, 1e-9)
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: lambda-missing (fails everything)
from scipy.integrate import quad


def selu(x):
    return (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, moment(2) - mean**2


# %% wrong: alpha-missing
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, moment(2) - mean**2


# %% wrong: order-of-the-result (fails everything)
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return moment(2) - mean**2, mean


# %% wrong: mean-taken-for-zero
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = 0.0, nu * tau
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(m + v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * m + 2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(m + v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: variance-about-zero-mean-input
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, moment(2) - m**2


# %% wrong: exponential-without-the-mean
from scipy.stats import norm

ALPHA, LAM = 1.6732632423543772, 1.0507009873554805


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, nu * tau
    s = np.sqrt(v)
    first = m * norm.cdf(m / s) + s * norm.pdf(m / s)
    first += ALPHA * (np.exp(v / 2) * norm.cdf(-(m + v) / s) - norm.cdf(-m / s))
    second = (m**2 + v) * norm.cdf(m / s) + m * s * norm.pdf(m / s)
    second += ALPHA**2 * (
        np.exp(2 * v) * norm.cdf(-(m + 2 * v) / s)
        - 2 * np.exp(v / 2) * norm.cdf(-(m + v) / s)
        + norm.cdf(-m / s)
    )
    mean = LAM * first
    return mean, LAM**2 * second - mean**2


# %% wrong: ten-nodes-across-the-kink
x, weights = np.polynomial.hermite_e.hermegauss(10)
weights = weights / weights.sum()


def moment_map(mu, nu, omega, tau):
    z = mu * omega + np.sqrt(nu * tau) * x
    h = 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))
    mean = weights @ h
    return mean, weights @ (h - mean) ** 2


# %% right: adaptive-quadrature-split-at-zero
from scipy.integrate import quad


def selu(x):
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, np.sqrt(nu * tau)

    def moment(power):
        def integrand(x):
            return selu(x) ** power * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))

        # the kink at 0 splits the integral
        return quad(integrand, min(m, 0) - 12 * s, 0)[0] + quad(integrand, 0, max(m, 0) + 12 * s)[0]

    mean = moment(1)
    return mean, moment(2) - mean**2


# %% right: math-only
import math


def moment_map(mu, nu, omega, tau):
    m, v = mu * omega, nu * tau
    r = math.sqrt(2 * v)

    def tilted(k):
        # E[e^(kz); z < 0]
        return math.exp(k * m + k * k * v / 2) * math.erfc((m + k * v) / r) / 2

    positive = 1 - tilted(0)
    peak = math.sqrt(v / (2 * math.pi)) * math.exp(-m * m / (2 * v))
    alpha, scale = 1.6732632423543772848, 1.0507009873554804934
    mean = scale * (m * positive + peak + alpha * (tilted(1) - tilted(0)))
    square = scale**2 * ((m * m + v) * positive + m * peak + alpha**2 * (tilted(2) - 2 * tilted(1) + tilted(0)))
    return [mean, square - mean * mean]


# %% right: legendre-on-each-side
t, w = np.polynomial.legendre.leggauss(300)


def moment_map(mu, nu, omega, tau):
    m, s = mu * omega, (nu * tau) ** 0.5
    low, high = min(m - 10 * s, -1e-3), max(m + 10 * s, 1e-3)
    x = np.concatenate([low * (1 - t) / 2, high * (t + 1) / 2])
    p = np.concatenate([-low * w, high * w]) / 2 * np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))
    h = 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
    mean = (p * h).sum()
    return np.array([mean, (p * h * h).sum() - mean**2])


# %% right: quantiles
from scipy.special import ndtri

# the mean over equally likely slices of the normal
levels = (np.arange(1_000_000) + 0.5) / 1_000_000
z = ndtri(levels)


def moment_map(mu, nu, omega, tau):
    x = mu * omega + np.sqrt(nu * tau) * z
    h = 1.0507009873554805 * (np.maximum(x, 0) + 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
    return h.mean(), h.var()
