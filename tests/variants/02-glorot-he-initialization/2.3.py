# %% wrong: forward-and-backward-swapped
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * n / 2)
        backward.append(sigma2 * m / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: no-half
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m)
        backward.append(sigma2 * n)
    return {"forward": forward, "backward": backward}


# %% wrong: square-roots
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(np.sqrt(sigma2 * m / 2))
        backward.append(np.sqrt(sigma2 * n / 2))
    return {"forward": forward, "backward": backward}


# %% wrong: gradient-widths-shifted
def variance_factors(widths, scheme):
    forward, backward = [], []
    for l in range(1, len(widths)):
        m, n = widths[l - 1], widths[l]
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m / 2)
        above = widths[l + 1] if l + 1 < len(widths) else n
        backward.append(sigma2 * above / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: one-product-per-direction
def variance_factors(widths, scheme):
    forward = backward = 1.0
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward *= sigma2 * m / 2
        backward *= sigma2 * n / 2
    return {"forward": [forward], "backward": [backward]}


# %% wrong: mean-fan-without-half
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        fan = m + n
        sigma2 = {"glorot": 1 / fan, "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 2 / fan}[scheme]
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: he-avg-is-glorot
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        if scheme in ("glorot", "he_avg"):
            sigma2 = 2 / (m + n)
        elif scheme == "lecun":
            sigma2 = 1 / m
        elif scheme == "he_in":
            sigma2 = 2 / m
        else:
            sigma2 = 2 / n
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: gradient-from-the-top
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m / 2)
        backward.insert(0, sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: first-layer-skipped
def variance_factors(widths, scheme):
    forward, backward = [], []
    for l in range(1, len(widths) - 1):
        m, n = widths[l], widths[l + 1]
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: he-in-and-he-out-swapped
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / n, "he_out": 2 / m, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: integer-mean-of-fans
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        fan = (m + n) // 2
        sigma2 = {"glorot": 1 / fan, "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 2 / fan}[scheme]
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
    return {"forward": forward, "backward": backward}


# %% wrong: pops-the-widths
def variance_factors(widths, scheme):
    forward, backward = [], []
    m = widths.pop(0)
    while widths:
        n = widths.pop(0)
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(sigma2 * m / 2)
        backward.append(sigma2 * n / 2)
        m = n
    return {"forward": forward, "backward": backward}


# %% wrong: rounded-to-six-decimals
def variance_factors(widths, scheme):
    forward, backward = [], []
    for m, n in zip(widths[:-1], widths[1:]):
        sigma2 = {"glorot": 2 / (m + n), "lecun": 1 / m, "he_in": 2 / m, "he_out": 2 / n, "he_avg": 4 / (m + n)}[scheme]
        forward.append(round(sigma2 * m / 2, 6))
        backward.append(round(sigma2 * n / 2, 6))
    return {"forward": forward, "backward": backward}


# %% right: arrays
def variance_factors(widths, scheme):
    widths = np.asarray(widths, dtype=float)
    m, n = widths[:-1], widths[1:]
    scale = 1 if scheme in ("glorot", "lecun") else 2
    if scheme in ("lecun", "he_in"):
        fan = m
    elif scheme == "he_out":
        fan = n
    else:
        fan = (m + n) / 2
    return {"forward": scale / fan * m / 2, "backward": scale / fan * n / 2}


# %% right: exact-fractions
from fractions import Fraction


def variance_factors(widths, scheme):
    def sigma2(m, n):
        mean = Fraction(m + n, 2)
        return {
            "glorot": 1 / mean,
            "lecun": Fraction(1, m),
            "he_in": Fraction(2, m),
            "he_out": Fraction(2, n),
            "he_avg": 2 / mean,
        }[scheme]

    pairs = [(int(widths[l - 1]), int(widths[l])) for l in range(1, len(widths))]
    return {
        "forward": [float(sigma2(m, n) * m / 2) for m, n in pairs],
        "backward": [float(sigma2(m, n) * n / 2) for m, n in pairs],
    }


# %% right: default-dict-from-the-top
from collections import defaultdict


def variance_factors(widths, scheme):
    factors = defaultdict(list)
    for l in range(len(widths) - 1, 0, -1):
        fan_in, fan_out = widths[l - 1], widths[l]
        if scheme.endswith("in") or scheme == "lecun":
            fan = fan_in
        elif scheme.endswith("out"):
            fan = fan_out
        else:
            fan = np.mean([fan_in, fan_out])
        variance = (2 if scheme.startswith("he") else 1) / fan
        factors["backward"].insert(0, 0.5 * variance * fan_out)
        factors["forward"].insert(0, 0.5 * variance * fan_in)
    return factors


# %% right: closed-form-of-each-scheme
def variance_factors(widths, scheme):
    def factor(here, there):
        mine, other = widths[here], widths[there]
        if scheme == "glorot":
            return mine / (mine + other)
        if scheme == "he_avg":
            return 2 * mine / (mine + other)
        fan = max(here, there) if scheme == "he_out" else min(here, there)
        ratio = mine / widths[fan]
        return ratio / 2 if scheme == "lecun" else ratio

    L = len(widths) - 1
    return {
        "forward": tuple(factor(l, l + 1) for l in range(L)),
        "backward": tuple(factor(l + 1, l) for l in range(L)),
    }
