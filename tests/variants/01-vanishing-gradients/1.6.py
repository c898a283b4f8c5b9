# %% wrong: per-tensor
def clip_global(grads, c):
    result = []
    for g in grads:
        if np.isnan(g).any():
            raise ValueError("NaN in the gradients")
        norm = float(np.sqrt(np.sum(g.astype(np.float64) ** 2)))
        factor = c / norm if norm > c else 1.0
        result.append((g * factor).astype(g.dtype))
    return result


# %% wrong: by-value
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    return [np.clip(g, -c, c).astype(g.dtype) for g in grads]


# %% wrong: squared-norm
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = sum(float(np.sum(g.astype(np.float64) ** 2)) for g in grads)
    if norm <= c:
        return [g.copy() for g in grads]
    return [(g.astype(np.float64) * (c / norm)).astype(g.dtype) for g in grads]


# %% wrong: scales-below-c
def clip_global(grads, c):
    total = 0.0
    for g in grads:
        if np.isnan(g).any():
            raise ValueError("NaN in grads")
        total += float(np.sum(g.astype(np.float64) ** 2))
    norm = total**0.5
    if norm == 0:
        return [g.copy() for g in grads]
    return [(g.astype(np.float64) * (c / norm)).astype(g.dtype) for g in grads]


# %% wrong: zero-over-zero-nan
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = np.sqrt(sum((np.sum(g.astype(np.float64) ** 2) for g in grads), np.float64(0)))
    # unit vector times the clipped length
    if 0 < norm <= c:
        return [g.copy() for g in grads]
    return [(g / norm * np.minimum(norm, c)).astype(g.dtype) for g in grads]


# %% wrong: float32-squares-overflow
def clip_global(grads, c):
    for g in grads:
        if np.isnan(g).any():
            raise ValueError("NaN")
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads)))
    if norm <= c:
        return [g.copy() for g in grads]
    return [(g.astype(np.float64) * (c / norm)).astype(g.dtype) for g in grads]


# %% wrong: scales-in-place
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))
    if norm > c:
        for g in grads:
            g[...] = g.astype(np.float64) * (c / norm)
    return grads


# %% wrong: max-norm
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = max((float(np.abs(g).max()) for g in grads if g.size), default=0.0)
    factor = c / norm if norm > c else 1.0
    return [(g.astype(np.float64) * factor).astype(g.dtype) for g in grads]


# %% wrong: nan-compared-with-equals
def clip_global(grads, c):
    for g in grads:
        if np.any(g == np.nan):
            raise ValueError("NaN in the gradients")
    norm = np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads))
    if norm > c:
        return [(g.astype(np.float64) * (c / norm)).astype(g.dtype) for g in grads]
    return [g.copy() for g in grads]


# %% wrong: epsilon-1e-12
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))
    # avoid dividing by zero
    factor = min(1.0, c / (norm + 1e-12))
    return [(g.astype(np.float64) * factor).astype(g.dtype) for g in grads]


# %% wrong: float32-becomes-float64
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads))
    if norm <= c:
        return [g.copy() for g in grads]
    factor = np.float64(c) / norm
    return [g * factor for g in grads]


# %% wrong: tiny-taken-for-zero
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))
    # nothing to clip
    if norm < 1e-12 or norm <= c:
        return [g.copy() for g in grads]
    return [(g.astype(np.float64) * (c / norm)).astype(g.dtype) for g in grads]


# %% wrong: dtype-of-the-first
def clip_global(grads, c):
    if not grads:
        return []
    flat = np.concatenate([g.ravel().astype(np.float64) for g in grads])
    if np.isnan(flat).any():
        raise ValueError("NaN")
    norm = float(np.linalg.norm(flat))
    if norm > c:
        flat = flat * (c / norm)
    result, start = [], 0
    for g in grads:
        result.append(flat[start : start + g.size].reshape(g.shape).astype(grads[0].dtype))
        start += g.size
    return result


# %% right: scaled-by-the-maximum
import math


def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    top = max((float(np.max(np.abs(g))) for g in grads if g.size > 0), default=0.0)
    if top == 0.0:
        return [g.copy() for g in grads]
    length = math.sqrt(sum(float(np.sum((g.astype(np.float64) / top) ** 2)) for g in grads))
    if length * top <= c:
        return [g.copy() for g in grads]
    return [(g.astype(np.float64) / top * (c / length)).astype(g.dtype) for g in grads]


# %% right: same-list-below-c
def clip_global(grads, c):
    if any(np.isnan(g).any() for g in grads):
        raise ValueError("NaN")
    norm = np.linalg.norm([np.linalg.norm(g.astype(np.float64).ravel()) for g in grads])
    if norm <= c:
        return grads
    return [np.multiply(g, c / norm, dtype=np.float64).astype(g.dtype) for g in grads]


# %% right: nested-loops-fsum
import math


def clip_global(grads, c):
    squares = []
    for g in grads:
        for x in g.flat:
            x = float(x)
            if math.isnan(x):
                raise ValueError("NaN")
            squares.append(x * x)
    norm = math.sqrt(math.fsum(squares))
    out = []
    for g in grads:
        new = np.empty_like(g)
        for i in np.ndindex(g.shape):
            new[i] = float(g[i]) * c / norm if norm > c else g[i]
        out.append(new)
    return out


# %% right: tuple-of-read-only-views
def clip_global(grads, c):
    norm = np.sqrt(np.sum([np.sum(g.astype(np.float64) ** 2) for g in grads]))
    if np.isnan(norm):
        raise ValueError("NaN")
    factor = float(c / norm) if norm > c else 1.0
    clipped = []
    for g in grads:
        # Fortran order when clipped, a view of the input otherwise
        new = np.asfortranarray(g.astype(np.float64) * factor).astype(g.dtype) if norm > c else g.view()
        new.flags.writeable = False
        clipped.append(new)
    return tuple(clipped)
