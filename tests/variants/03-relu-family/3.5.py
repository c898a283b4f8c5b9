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


# %% wrong: generator-recreated-in-every-layer
def born_dead(width, depth, trials, seed):
    h = np.ones((trials, width))
    for _ in range(depth):
        W = np.random.default_rng(seed).standard_normal((trials, width, width))
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


# %% wrong: same-seed-always
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(0)
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


# %% wrong: overflow-taken-for-dead
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        W = rng.standard_normal((trials, width, width))
        # inf - inf gives nan, and nan > 0 is False
        h = np.maximum(np.einsum("ti,tij->tj", h, W), 0)
    return float(1 - np.mean((h > 0).any(axis=1)))


# %% wrong: tiny-taken-for-dead
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        W = rng.standard_normal((trials, width, width)) * np.sqrt(2 / width)
        h = np.maximum(np.einsum("ti,tij->tj", h, W), 0)
    return float(np.mean((h < 1e-8).all(axis=1)))


# %% wrong: one-silent-unit-is-enough
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    dead = np.zeros(trials, dtype=bool)
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
        dead |= (h == 0).any(axis=1)
    return float(dead.mean())


# %% wrong: first-layer-only
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    first = None
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        first = (h == 0).all(axis=1) if first is None else first
    return float(np.mean(first))


# %% wrong: dead-counted-once-per-layer
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    count = 0
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
        count += int((h == 0).all(axis=1).sum())
    return count / (trials * depth)


# %% wrong: positive-weights-uniform
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    # the input is symmetric instead of the weights
    h = rng.standard_normal((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.random((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return float(np.mean((h == 0).all(axis=1)))


# %% wrong: number-of-networks
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.standard_normal((trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
    return int((h == 0).all(axis=1).sum())


# %% wrong: plus-or-minus-one
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.ones((trials, width))
    # symmetric but not continuous: sums of exactly 0
    for _ in range(depth):
        h = np.maximum(np.einsum("ti,tij->tj", h, rng.choice([-1.0, 1.0], (trials, width, width))), 0)
        top = h.max(axis=1, keepdims=True)
        h = h / np.where(top > 0, top, 1)
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


# %% right: uniform-weights-one-input
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.full((trials, 1), -3.0)
    for _ in range(depth):
        W = rng.uniform(-1, 1, size=(trials, h.shape[1], width))
        h = np.clip((h[:, :, None] * W).sum(axis=1), 0, None)
        norm = np.linalg.norm(h, axis=1)
        h[norm > 0] /= norm[norm > 0, None]
    return np.count_nonzero(~h.any(axis=1)) / trials


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


# %% right: coins-for-the-signs
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng([seed, width, depth])
    alive = np.ones(trials, dtype=bool)
    for _ in range(depth):
        alive &= (rng.random((trials, width)) < 0.5).any(axis=1)
    return np.float64(1) - alive.mean()


# %% right: binomial-active-units
def born_dead(width, depth, trials, seed):
    state = np.random.RandomState(seed)
    dead = 0
    remaining = trials
    for _ in range(depth):
        active = state.binomial(width, 0.5, size=remaining)
        dead += int((active == 0).sum())
        remaining = trials - dead
    return dead / trials


# %% right: geometric-first-dead-layer
def born_dead(width, depth, trials, seed):
    first = np.random.default_rng(seed).geometric(0.5**width, size=trials)
    return float((first <= depth).mean())


# %% right: he-scale-linear-output
def born_dead(width, depth, trials, seed):
    rng = np.random.default_rng(seed)
    h = np.tile(np.arange(1.0, width + 1), (trials, 1))
    for _ in range(depth):
        W = rng.normal(0, np.sqrt(2 / width), (trials, width, width))
        h = np.maximum(np.einsum("ti,tij->tj", h, W), 0)
        # powers of two change no sign
        h = np.ldexp(h, -np.frexp(h.max(axis=1, keepdims=True))[1])
    # a linear output is exactly 0 only if the last hidden layer is
    y = (h * rng.normal(size=(trials, width))).sum(axis=1)
    return float((y == 0).mean())


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
