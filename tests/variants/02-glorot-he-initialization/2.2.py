# %% wrong: variance-for-second-moment
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    h = phi(name, z, **params)
    return 1 / np.sum(p * (h - np.sum(p * h)) ** 2)


# %% wrong: gain-for-scale
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    return 1 / np.sqrt(np.sum(p * phi(name, z, **params) ** 2))


# %% wrong: weight-without-the-half (fails everything)
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2))
    p /= p.sum()
    return 1 / np.sum(p * phi(name, z, **params) ** 2)


# %% wrong: positive-half-line-only
def preserving_scale(name, **params):
    value, _ = integrate.quad(lambda z: phi(name, z, **params) ** 2 * np.exp(-(z**2) / 2), 0, 10)
    return np.sqrt(2 * np.pi) / value


# %% wrong: mean-absolute-value (fails everything)
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    return 1 / np.sum(p * np.abs(phi(name, z, **params)))


# %% wrong: default-params
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    usual = {"leaky_relu": {"alpha": 0.2}, "elu": {"alpha": 1.0}, "swish": {"beta": 1.0}}.get(name, {})
    return 1 / np.sum(p * phi(name, z, **usual) ** 2)


# %% wrong: zero-parameter-taken-for-missing
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    params = {key: value or 1.0 for key, value in params.items()}
    return 1 / np.sum(p * phi(name, z, **params) ** 2)


# %% wrong: remembered-by-name-only
remembered = {}


def preserving_scale(name, **params):
    if name not in remembered:
        z = np.linspace(-10, 10, 20001)
        p = np.exp(-(z**2) / 2)
        p /= p.sum()
        remembered[name] = 1 / np.sum(p * phi(name, z, **params) ** 2)
    return remembered[name]


# %% wrong: derivative-for-activation
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    slope = (phi(name, z + 1e-6, **params) - phi(name, z - 1e-6, **params)) / 2e-6
    return 1 / np.sum(p * slope**2)


# %% wrong: monte-carlo
draws = np.random.default_rng(1)


def preserving_scale(name, **params):
    z = draws.standard_normal(1_000_000)
    return 1 / np.mean(phi(name, z, **params) ** 2)


# %% wrong: weights-not-normalized (fails everything)
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    return 1 / np.sum(p * phi(name, z, **params) ** 2)


# %% wrong: six-hermite-nodes
def preserving_scale(name, **params):
    z, w = np.polynomial.hermite_e.hermegauss(6)
    return np.sqrt(2 * np.pi) / np.sum(w * phi(name, z, **params) ** 2)


# %% wrong: rounded-to-two-decimals
def preserving_scale(name, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    return round(float(1 / np.sum(p * phi(name, z, **params) ** 2)), 2)


# %% right: quad-on-the-whole-line
def preserving_scale(name, **params):
    def integrand(z):
        return phi(name, z, **params) ** 2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    left, _ = integrate.quad(integrand, -np.inf, 0)
    right, _ = integrate.quad(integrand, 0, np.inf)
    return 1 / (left + right)


# %% right: gauss-hermite
def preserving_scale(name, **params):
    x, w = np.polynomial.hermite.hermgauss(150)
    return float(np.sqrt(np.pi) / (w @ phi(name, np.sqrt(2) * x, **params) ** 2))


# %% right: closed-forms-where-there-are
import math


def preserving_scale(name, **params):
    if name in ("relu", "leaky_relu"):
        return 2 / (1 + params.get("alpha", 0) ** 2)
    if name == "elu":
        # E[(e^z - 1)^2; z < 0], with E[e^{tz}; z < 0] = e^{t^2/2} N(-t)
        def part(t):
            return math.exp(t * t / 2) * math.erfc(t / math.sqrt(2)) / 2

        return 1 / (0.5 + params["alpha"] ** 2 * (part(2) - 2 * part(1) + 0.5))
    z = np.linspace(-12, 12, 48001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return 1 / integrate.simpson(phi(name, z, **params) ** 2 * density, x=z)


# %% right: equal-probability-cells
from scipy.special import ndtri


def preserving_scale(name, **params):
    n = 400_000
    z = ndtri((np.arange(n) + 0.5) / n)
    return 1 / np.mean(phi(name, z, **params) ** 2)
