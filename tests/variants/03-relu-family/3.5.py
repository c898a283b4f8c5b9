# %% wrong: last-layer-taken-for-the-output
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    # depth - 1 hidden layers and the output
    for _ in range(depth - 1):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: one-layer-too-many
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth + 1):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: counts-units
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean(h == 0))


# %% wrong: relu-output-unit
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    y = np.maximum(np.einsum("ti,ti->t", h, rng.standard_normal((trials, width))), 0)
    return float(np.mean(y == 0))


# %% wrong: weights-reused-in-every-layer
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    W = rng.standard_normal((trials, width, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, W), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: weights-shared-by-all-trials
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = rng.standard_normal((trials, width))
    # one network, many inputs
    for _ in range(depth):
        h = np.maximum(h @ rng.standard_normal((width, width)), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: bias-noise
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    dead = np.zeros(trials, dtype=bool)
    for _ in range(depth):
        W = rng.standard_normal((trials, width, width))
        b = 0.1 * rng.standard_normal((trials, width))
        h = np.maximum(np.einsum("ti,tij->tj", h, W) + b, 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
        dead = (h == 0).all(axis=1)
    return float(dead.mean())


# %% wrong: last-layer-units-independent
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    # share of silent units, to the power of their number
    return float(np.mean(h == 0) ** width)


# %% wrong: share-of-the-living
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h > 0).any(axis=1)))


# %% wrong: global-seed
def born_dead(width, depth, trials, seed):
    np.random.seed(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, np.random.randn(trials, width, width)), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: seed-ignored
stream = np.random.default_rng(0)


def born_dead(width, depth, trials, seed):
    rng = stream
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: closed-form
def born_dead(width, depth, trials, seed):
    return 1 - (1 - 0.5**width) ** depth


# %% wrong: underflow-of-small-weights
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        W = rng.standard_normal((trials, width, width)) / width
        h = np.maximum(np.einsum("ti,tij->tj", h, W), 0)
    return float(np.mean((h == 0).all(axis=1)))


# %% right: survivors-only
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        W = rng.standard_normal((len(h), width, width))
        h = np.maximum(np.matmul(h[:, None, :], W)[:, 0, :], 0)
        h = h[h.any(axis=1)]
        if len(h) == 0:
            return 1.0
        h /= h.max(axis=1, keepdims=True)
    return 1 - len(h) / trials


# %% right: norm-times-normal
def born_dead(width, depth, trials, seed):
    # given h, the preactivations are independent N(0, |h|^2)
    rng = np.random.Generator(np.random.MT19937(seed))
    norm = np.ones(trials)
    for _ in range(depth):
        h = np.maximum(norm[:, None] * rng.standard_normal((trials, width)), 0)
        # back to length 1, except the dead
        norm = np.sign(np.linalg.norm(h, axis=1))
    return np.mean(norm == 0)


# %% right: geometric-first-dead-layer
def born_dead(width, depth, trials, seed):
    first = np.random.default_rng(seed).geometric(0.5**width, size=trials)
    return float((first <= depth).mean())


# %% right: batches-of-networks-float32
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    dead = []
    for start in range(0, trials, 5000):
        n = min(5000, trials - start)
        h = np.ones((n, 1, width), dtype=np.float32)
        for _ in range(depth):
            W = rng.standard_normal((n, width, width), dtype=np.float32)
            h = h @ W
            h[h < 0] = 0
            top = h.max(axis=2, keepdims=True)
            np.divide(h, top, out=h, where=top > 0)
        dead.extend((h.reshape(n, width) == 0).all(axis=1).tolist())
    return sum(dead) / len(dead)
