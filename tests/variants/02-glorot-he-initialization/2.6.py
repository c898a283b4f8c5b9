# %% wrong: last-layer-alive
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if not low <= q <= high:
            return l - 1
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: first-layer-not-checked
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(2, max_depth + 1):
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
        if q < low or q > high:
            return l
    return max_depth


# %% wrong: q1-scaled-twice
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = sigma_w2 * q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: q1-is-the-scale
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = sigma_w2
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: q-for-its-root
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, q * z, **params) ** 2)
    return max_depth


# %% wrong: scale-at-one-iterated
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    factor = sigma_w2 * np.sum(p * phi(name, z, **params) ** 2)
    q = q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = factor * q
    return max_depth


# %% wrong: variance-for-second-moment
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        h = phi(name, np.sqrt(q) * z, **params)
        q = sigma_w2 * (np.sum(p * h**2) - np.sum(p * h) ** 2)
    return max_depth


# %% wrong: root-compared-with-the-limits
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if np.sqrt(q) < low or np.sqrt(q) > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: low-only
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if q < low:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: monte-carlo
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.random.default_rng(0).standard_normal(1000)
    q = q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.mean(phi(name, np.sqrt(q) * z, **params) ** 2)
    return max_depth


# %% wrong: one-past-max-depth
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q, l = q1, 1
    while low <= q <= high and l <= max_depth:
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
        l += 1
    return l


# %% wrong: default-params
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in range(1, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, alpha=1.0, beta=1.0) ** 2)
    return max_depth


# %% wrong: float-for-integer
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-10, 10, 20001)
    p = np.exp(-(z**2) / 2)
    p /= p.sum()
    q = q1
    for l in np.arange(1.0, max_depth + 1):
        if q < low or q > high:
            return l
        q = sigma_w2 * np.sum(p * phi(name, np.sqrt(q) * z, **params) ** 2)
    return float(max_depth)


# %% right: whole-trajectory-first
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z = np.linspace(-12, 12, 24001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    q = np.empty(max_depth)
    q[0] = q1
    for k in range(1, max_depth):
        q[k] = sigma_w2 * np.trapezoid(phi(name, np.sqrt(q[k - 1]) * z, **params) ** 2 * density, z)
    outside = np.flatnonzero((q < low) | (q > high))
    return outside[0] + 1 if outside.size else max_depth


# %% right: gauss-hermite
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    z, w = np.polynomial.hermite_e.hermegauss(200)
    w = w / np.sqrt(2 * np.pi)
    q = q1
    for l in range(1, max_depth):
        if not (low <= q <= high):
            return l
        q = sigma_w2 * (w @ phi(name, q**0.5 * z, **params) ** 2)
    return max_depth


# %% right: recursive-with-a-shorter-network
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    if q1 < low or q1 > high or max_depth == 1:
        return 1
    x, w = np.polynomial.legendre.leggauss(24)
    z = (np.arange(-10, 10)[:, None] + (x + 1) / 2).ravel()
    p = np.tile(w, 20) * np.exp(-z * z / 2)
    q2 = sigma_w2 * np.average(phi(name, np.sqrt(q1) * z, **params) ** 2, weights=p)
    return 1 + alive_depth(name, sigma_w2, q2, low, high, max_depth - 1, **params)


# %% right: density-of-the-preactivation
def alive_depth(name, sigma_w2, q1, low, high, max_depth, **params):
    q = float(q1)
    depth = max_depth
    for l in range(max_depth, 0, -1):
        layer = max_depth + 1 - l
        if q < low or q > high:
            depth = layer
            break
        reach = 10 * np.sqrt(q)
        u = np.linspace(-reach, reach, 40001)
        density = np.exp(-(u**2) / (2 * q))
        q = sigma_w2 * integrate.simpson(phi(name, u, **params) ** 2 * density, x=u) / integrate.simpson(density, x=u)
    return int(depth)
