# %% wrong: any-for-all
def dead_units(weights, biases, X, batch_size):
    dead = [np.zeros(W.shape[1], dtype=bool) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = np.maximum(h @ W + b, 0)
            # silent on any row
            dead[layer] |= (h == 0).any(axis=0)
    return [d.tolist() for d in dead]


# %% wrong: dead-in-any-batch
def dead_units(weights, biases, X, batch_size):
    dead = [np.zeros(W.shape[1], dtype=bool) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = np.maximum(h @ W + b, 0)
            dead[layer] |= (h == 0).all(axis=0)
    return [d.tolist() for d in dead]


# %% wrong: last-batch-only
def dead_units(weights, biases, X, batch_size):
    dead = [[True] * W.shape[1] for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer in range(len(weights) - 1):
            h = np.maximum(h @ weights[layer] + biases[layer], 0)
            dead[layer] = (h == 0).all(axis=0).tolist()
    return dead


# %% wrong: incomplete-batch-dropped
def dead_units(weights, biases, X, batch_size):
    alive = [np.zeros(W.shape[1], dtype=bool) for W in weights[:-1]]
    for k in range(len(X) // batch_size):
        h = X[k * batch_size : (k + 1) * batch_size]
        for layer in range(len(weights) - 1):
            h = np.maximum(h @ weights[layer] + biases[layer], 0)
            alive[layer] |= (h > 0).any(axis=0)
    return [(~a).tolist() for a in alive]


# %% wrong: axis-of-the-units
def dead_units(weights, biases, X, batch_size):
    silent = [[] for _ in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = np.maximum(h @ W + b, 0)
            silent[layer].extend((h == 0).all(axis=1).tolist())
    return silent


# %% wrong: mean-preactivation-is-zero
def dead_units(weights, biases, X, batch_size):
    total = [np.zeros(W.shape[1]) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            z = h @ W + b
            total[layer] += z.sum(axis=0)
            h = np.maximum(z, 0)
    return [(t / len(X) == 0).tolist() for t in total]


# %% wrong: strictly-negative-preactivation
def dead_units(weights, biases, X, batch_size):
    dead = [np.ones(W.shape[1], dtype=bool) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            z = h @ W + b
            dead[layer] &= (z < 0).all(axis=0)
            h = np.maximum(z, 0)
    return [d.tolist() for d in dead]


# %% wrong: output-layer-included
def dead_units(weights, biases, X, batch_size):
    alive = [np.zeros(W.shape[1], dtype=bool) for W in weights]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights, biases)):
            h = np.maximum(h @ W + b, 0)
            alive[layer] |= (h > 0).any(axis=0)
    return [(~a).tolist() for a in alive]


# %% wrong: silent-on-95-percent
def dead_units(weights, biases, X, batch_size):
    zeros = [np.zeros(W.shape[1]) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = np.maximum(h @ W + b, 0)
            zeros[layer] += (h == 0).sum(axis=0)
    return [(count / len(X) > 0.95).tolist() for count in zeros]


# %% wrong: mean-output-rounded-to-zero
def dead_units(weights, biases, X, batch_size):
    total = [np.zeros(W.shape[1]) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = np.maximum(h @ W + b, 0)
            total[layer] += h.sum(axis=0)
    return [(t / len(X) < 1e-3).tolist() for t in total]


# %% wrong: preactivation-passed-on
def dead_units(weights, biases, X, batch_size):
    alive = [np.zeros(W.shape[1], dtype=bool) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            h = h @ W + b
            alive[layer] |= (h > 0).any(axis=0)
    return [(~a).tolist() for a in alive]


# %% wrong: bias-forgotten
def dead_units(weights, biases, X, batch_size):
    alive = [np.zeros(W.shape[1], dtype=bool) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, W in enumerate(weights[:-1]):
            h = np.maximum(h @ W, 0)
            alive[layer] |= (h > 0).any(axis=0)
    return [(~a).tolist() for a in alive]


# %% wrong: output-layer-popped-from-the-arguments
def dead_units(weights, biases, X, batch_size):
    weights.pop()
    biases.pop()
    alive = [np.zeros(W.shape[1], dtype=bool) for W in weights]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights, biases)):
            h = np.maximum(h @ W + b, 0)
            alive[layer] |= (h > 0).any(axis=0)
    return [(~a).tolist() for a in alive]


# %% right: running-maximum
def dead_units(weights, biases, X, batch_size):
    top = [np.full(W.shape[1], -np.inf) for W in weights[:-1]]
    for start in range(0, len(X), batch_size):
        h = X[start : start + batch_size]
        for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1])):
            z = h @ W + b
            np.maximum(top[layer], z.max(axis=0), out=top[layer])
            h = np.where(z > 0, z, 0.0)
    return [t <= 0 for t in top]


# %% right: pure-python-loops
def dead_units(weights, biases, X, batch_size):
    hidden = [(W.tolist(), b.tolist()) for W, b in zip(weights[:-1], biases[:-1])]
    dead = [[True for _ in b] for _, b in hidden]
    for row in X.tolist():
        h = row
        for layer, (W, b) in enumerate(hidden):
            out = []
            for j in range(len(b)):
                z = sum(h[i] * W[i][j] for i in range(len(h))) + b[j]
                out.append(z if z > 0 else 0.0)
                if z > 0:
                    dead[layer][j] = False
            h = out
    return tuple(tuple(flags) for flags in dead)


# %% right: layer-by-layer-with-the-output-layer-as-well
def dead_units(weights, biases, X, batch_size):
    n_batches = -(-len(X) // batch_size)
    batches = [X[k * batch_size : (k + 1) * batch_size] for k in range(n_batches)]
    result = []
    for W, b in zip(weights, biases):
        batches = [np.maximum(h @ W + b, 0) for h in batches]
        result.append([bool(flag) for flag in sum(h.sum(axis=0) for h in batches) == 0])
    return result[:-1]


# %% right: recursion-by-halves
def dead_units(weights, biases, X, batch_size):
    if len(X) > batch_size:
        middle = len(X) // 2
        top = dead_units(weights, biases, X[:middle], batch_size)
        bottom = dead_units(weights, biases, X[middle:], batch_size)
        return [a & b for a, b in zip(top, bottom)]
    h, dead = X, []
    for W, b in zip(weights[:-1], biases[:-1]):
        h = np.einsum("ni,ij->nj", h, W) + b
        h = (np.abs(h) + h) / 2
        dead.append(~np.any(h, axis=0))
    return dead
