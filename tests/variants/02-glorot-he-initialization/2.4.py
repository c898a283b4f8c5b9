# %% wrong: incoming-only
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b])):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: outgoing-only
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(W_out):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: bias-ignored
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: rows-of-w-in
def symmetry_classes(W_in, b, W_out):
    n = len(b)
    groups = {}
    for j in range(n):
        key = (tuple(W_in[j % len(W_in)]), b[j], tuple(W_out[j]))
        groups.setdefault(key, []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: proportional-counted
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        nonzero = row[row != 0]
        if len(nonzero):
            row = row / nonzero[0]
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: opposite-signs-merged
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        key = max(tuple(row), tuple(-row))
        groups.setdefault(key, []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: pairs
def symmetry_classes(W_in, b, W_out):
    rows = np.column_stack([W_in.T, b, W_out])
    n = len(rows)
    return [[i, j] for i in range(n) for j in range(i + 1, n) if np.array_equal(rows[i], rows[j])]


# %% wrong: zeros-only
def symmetry_classes(W_in, b, W_out):
    rows = np.column_stack([W_in.T, b, W_out])
    dead = [j for j, row in enumerate(rows) if not row.any()]
    return [dead] if len(dead) > 1 else []


# %% wrong: none-without-groups
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    repeated = [group for group in groups.values() if len(group) > 1]
    if repeated:
        return repeated


# %% wrong: bytes-as-key
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(row.tobytes(), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: with-tolerance
def symmetry_classes(W_in, b, W_out):
    rows = np.column_stack([W_in.T, b, W_out])
    groups = []
    for j, row in enumerate(rows):
        for group in groups:
            if np.allclose(row, rows[group[0]]):
                group.append(j)
                break
        else:
            groups.append([j])
    return [group for group in groups if len(group) > 1]


# %% wrong: groups-in-the-order-of-their-weights
def symmetry_classes(W_in, b, W_out):
    rows = np.column_stack([W_in.T, b, W_out])
    _, inverse, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    return [np.flatnonzero(inverse == k).tolist() for k in np.flatnonzero(counts > 1)]


# %% wrong: weights-compared-in-any-order
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j in range(len(b)):
        key = (tuple(np.sort(W_in[:, j])), b[j], tuple(np.sort(W_out[j])))
        groups.setdefault(key, []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: marks-units-in-place
def symmetry_classes(W_in, b, W_out):
    groups = []
    for i in range(len(b)):
        if np.isnan(b[i]):
            continue
        same = (W_in == W_in[:, [i]]).all(axis=0) & (b == b[i]) & (W_out == W_out[i]).all(axis=1)
        if same.sum() > 1:
            groups.append(np.flatnonzero(same).tolist())
            b[same] = np.nan
    return groups


# %% right: first-equal-unit
def symmetry_classes(W_in, b, W_out):
    n = len(b)
    seen = [False] * n
    groups = []
    for i in range(n):
        if seen[i]:
            continue
        group = [i]
        for j in range(i + 1, n):
            same = (W_in[:, i] == W_in[:, j]).all() and b[i] == b[j] and (W_out[i] == W_out[j]).all()
            if same and not seen[j]:
                seen[j] = True
                group.append(j)
        if len(group) >= 2:
            groups.append(group)
    return groups


# %% right: matrix-of-equalities
def symmetry_classes(W_in, b, W_out):
    same = (W_in[:, :, None] == W_in[:, None, :]).all(axis=0)
    same &= b[:, None] == b[None, :]
    same &= (W_out[:, None, :] == W_out[None, :, :]).all(axis=2)
    first = same.argmax(axis=1)
    return tuple(np.flatnonzero(same[i]) for i in range(len(b)) if first[i] == i and same[i].sum() > 1)


# %% right: unique-rows-reordered
def symmetry_classes(W_in, b, W_out):
    rows = np.concatenate([W_in.T, b.reshape(-1, 1), W_out], axis=1) + 0.0
    _, inverse, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    return sorted(np.flatnonzero(inverse == k).tolist() for k in np.flatnonzero(counts >= 2))


# %% right: partition-refined
def symmetry_classes(W_in, b, W_out):
    blocks = [list(range(len(b)))]
    for feature in [*W_in, b, *W_out.T]:
        finer = []
        for block in blocks:
            split = {}
            for j in block:
                split.setdefault(float(feature[j]), []).append(j)
            finer.extend(split.values())
        blocks = finer
    return sorted(block for block in blocks if len(block) > 1)
