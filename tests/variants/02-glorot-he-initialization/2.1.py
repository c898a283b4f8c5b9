# %% wrong: always-fan-out
def variance_scaling(shape, scale, mode, distribution, seed):
    fan = np.prod(shape[:-2]) * shape[-1]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: variance-as-std
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / fan
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, variance, shape)
    if distribution == "uniform":
        r = np.sqrt(3 * variance)
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * variance / 0.87962566


# %% wrong: uniform-bound-is-sigma
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    if mode == "fan_in":
        fan = fan_in
    elif mode == "fan_out":
        fan = fan_out
    else:
        fan = (fan_in + fan_out) / 2
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        return rng.uniform(-sigma, sigma, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: fan-avg-without-half
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": fan_in + fan_out}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: receptive-field-ignored
def variance_scaling(shape, scale, mode, distribution, seed):
    fan_in, fan_out = shape[-2:]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: truncated-without-rescale
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma


# %% wrong: redrawn-only-once
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    outside = np.abs(w) > 2
    w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: uniform-from-zero
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return r * rng.random(shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: one-row-tiled
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    n = shape[-1]
    if distribution == "normal":
        row = rng.normal(0, sigma, n)
    elif distribution == "uniform":
        r = np.sqrt(3) * sigma
        row = rng.uniform(-r, r, n)
    else:
        row = rng.standard_normal(n)
        while (outside := np.abs(row) > 2).any():
            row[outside] = rng.standard_normal(outside.sum())
        row = row * sigma / 0.87962566
    return np.tile(row, (*shape[:-1], 1))


# %% wrong: second-half-copies-the-first
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed)
    total = int(np.prod(shape))
    half = (total + 1) // 2
    if distribution == "normal":
        w = rng.normal(0, sigma, half)
    elif distribution == "uniform":
        r = np.sqrt(3) * sigma
        w = rng.uniform(-r, r, half)
    else:
        w = rng.standard_normal(half)
        while (outside := np.abs(w) > 2).any():
            w[outside] = rng.standard_normal(outside.sum())
        w = w * sigma / 0.87962566
    return np.resize(w, total).reshape(shape)


# %% wrong: global-seed
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    np.random.seed(seed)
    if distribution == "normal":
        return np.random.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return np.random.uniform(-r, r, shape)
    w = np.random.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = np.random.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: seed-ignored
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng()
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: constant-seed
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(42)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% wrong: seed-zero-taken-for-none
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.sqrt(scale / fan)
    rng = np.random.default_rng(seed or None)
    if distribution == "normal":
        return rng.normal(0, sigma, shape)
    if distribution == "uniform":
        r = np.sqrt(3) * sigma
        return rng.uniform(-r, r, shape)
    w = rng.standard_normal(shape)
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum())
    return w * sigma / 0.87962566


# %% right: inverse-distribution-function
from scipy.special import ndtr, ndtri


def variance_scaling(shape, scale, mode, distribution, seed):
    fans = np.array(shape[-2:]) * np.prod(shape[:-2])
    weight = {"fan_in": [1, 0], "fan_out": [0, 1], "fan_avg": [0.5, 0.5]}[mode]
    sigma = (scale / np.dot(weight, fans)) ** 0.5
    u = np.random.Generator(np.random.PCG64(seed)).random(shape)
    if distribution == "uniform":
        return sigma * 12**0.5 * (u - 0.5)
    if distribution == "normal":
        return sigma * ndtri(np.maximum(u, 1e-300))
    return sigma / 0.87962566 * ndtri(ndtr(-2) + u * (ndtr(2) - ndtr(-2)))


# %% right: scipy-stats
from scipy import stats


def variance_scaling(shape, scale, mode, distribution, seed):
    receptive = np.prod(shape) / (shape[-1] * shape[-2])
    fan = receptive * {"fan_in": shape[-2], "fan_out": shape[-1], "fan_avg": np.mean(shape[-2:])}[mode]
    sigma = np.sqrt(scale / fan)
    if distribution == "uniform":
        r = np.sqrt(3 * scale / fan)
        law = stats.uniform(-r, 2 * r)
    elif distribution == "normal":
        law = stats.norm(0, sigma)
    else:
        unit = stats.truncnorm(-2, 2)
        law = stats.truncnorm(-2, 2, scale=sigma / unit.std())
    return law.rvs(size=shape, random_state=np.random.default_rng(seed))


# %% right: single-precision
def variance_scaling(shape, scale, mode, distribution, seed):
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    sigma = np.float32(np.sqrt(scale / fan))
    rng = np.random.default_rng(seed)
    if distribution == "uniform":
        return (2 * rng.random(shape, dtype=np.float32) - 1) * np.float32(np.sqrt(3)) * sigma
    w = rng.standard_normal(shape, dtype=np.float32)
    if distribution == "normal":
        return sigma * w
    while (outside := np.abs(w) > 2).any():
        w[outside] = rng.standard_normal(outside.sum(), dtype=np.float32)
    return w * (sigma / np.float32(0.87962566))


# %% right: global-state-put-back
def variance_scaling(shape, scale, mode, distribution, seed):
    fan_in = np.prod(shape[:-1])
    fan_out = np.prod(shape[:-2]) * shape[-1]
    sigma2 = scale / (fan_in if mode == "fan_in" else fan_out if mode == "fan_out" else (fan_in + fan_out) / 2)
    state = np.random.get_state()
    try:
        np.random.seed(seed)
        if distribution == "normal":
            return np.random.normal(scale=np.sqrt(sigma2), size=shape)
        if distribution == "uniform":
            return np.random.uniform(-1, 1, shape) * np.sqrt(3 * sigma2)
        w = np.random.normal(size=shape)
        for index in np.argwhere(np.abs(w) > 2):
            while abs(w[tuple(index)]) > 2:
                w[tuple(index)] = np.random.normal()
        return np.sqrt(sigma2) * w / 0.87962566
    finally:
        np.random.set_state(state)
