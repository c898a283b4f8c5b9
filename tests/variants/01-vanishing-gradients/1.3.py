# %% wrong: frobenius
def log10_bound(weights):
    return sum((np.log10(np.linalg.norm(W) / 4) for W in weights), 0.0)


# %% wrong: largest-entry
def log10_bound(weights):
    total = 0.0
    for W in weights:
        total += np.log10(np.abs(W).max() / 4)
    return total


# %% wrong: spectral-radius
def log10_bound(weights):
    total = 0.0
    for W in weights:
        radius = max(abs(np.linalg.eigvals(W)))
        total += np.log10(radius / 4)
    return float(total)


# %% wrong: product-then-log
def log10_bound(weights):
    product = 1.0
    for W in weights:
        product *= np.linalg.norm(W, 2) / 4
    return np.log10(product)


# %% wrong: quarter-once
def log10_bound(weights):
    if not weights:
        return 0.0
    total = 0.0
    for W in weights:
        total += np.log10(np.linalg.svd(W, compute_uv=False)[0])
    return total + np.log10(1 / 4)


# %% wrong: natural-log
import math


def log10_bound(weights):
    return math.fsum(math.log(np.linalg.norm(W, ord=2) / 4) for W in weights)


# %% wrong: one-factor-missing
def log10_bound(weights):
    total = 0.0
    for layer in range(1, len(weights)):
        total += np.log10(np.linalg.norm(weights[layer], 2) / 4)
    return total


# %% wrong: ord-1
def log10_bound(weights):
    norms = np.array([np.linalg.norm(W, ord=1) for W in weights])
    return float(np.sum(np.log10(norms / 4)))


# %% wrong: log-of-the-sum
def log10_bound(weights):
    if len(weights) == 0:
        return 0.0
    return float(np.log10(sum(np.linalg.norm(W, 2) / 4 for W in weights)))


# %% wrong: recursive
def log10_bound(weights):
    if len(weights) == 0:
        return 0.0
    first = np.linalg.svd(weights[0], compute_uv=False)[0]
    return np.log10(first / 4) + log10_bound(weights[1:])


# %% wrong: few-power-iterations
def log10_bound(weights):
    total = 0.0
    for W in weights:
        v = np.random.default_rng(0).standard_normal(W.shape[1])
        for _ in range(20):
            v = W.T @ (W @ v)
            v = v / np.linalg.norm(v)
        total += np.log10(np.linalg.norm(W @ v) / 4)
    return total


# %% wrong: divides-in-place
def log10_bound(weights):
    total = 0.0
    for W in weights:
        W /= 4
        total += np.log10(np.linalg.norm(W, 2))
    return total


# %% right: gram-eigenvalue-scaled
def log10_bound(weights):
    total = 0.0
    for W in weights:
        # scale first, so that squaring can neither overflow nor lose the matrix
        scale = np.abs(W).max()
        A = W / scale
        gram = A @ A.T if A.shape[0] <= A.shape[1] else A.T @ A
        biggest = np.linalg.eigvalsh(gram)[-1]
        total += np.log10(np.sqrt(biggest) * (scale / 4))
    return float(total)


# %% right: zero-padded-batch
def log10_bound(weights):
    if not len(weights):
        return 0.0
    rows = max(W.shape[0] for W in weights)
    cols = max(W.shape[1] for W in weights)
    batch = np.zeros((len(weights), rows, cols))
    for k, W in enumerate(weights):
        batch[k, : W.shape[0], : W.shape[1]] = W
    s = np.linalg.svd(batch, compute_uv=False).max(axis=1)
    return np.log10(s / 4).sum().item()


# %% right: sum-of-generator-int-zero
def log10_bound(weights):
    return sum(np.log10(np.linalg.norm(W, 2) / 4) for W in weights)


# %% right: longdouble-scalar
def log10_bound(weights):
    total = np.longdouble(0)
    for W in weights:
        total += np.log10(np.longdouble(np.linalg.norm(W, 2)) / 4)
    return total

# %% wrong: starts-from-the-first-layer
def log10_bound(weights):
    total = np.log10(np.linalg.norm(weights[0], 2) / 4)
    for W in weights[1:]:
        total += np.log10(np.linalg.norm(W, 2) / 4)
    return total
