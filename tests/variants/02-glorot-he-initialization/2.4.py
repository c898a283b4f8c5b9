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


# %% wrong: columns-of-w-out
def symmetry_classes(W_in, b, W_out):
    n = len(b)
    groups = {}
    for j in range(n):
        key = (tuple(W_in[:, j]), b[j], tuple(W_out[:, j % W_out.shape[1]]))
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


# %% wrong: empty-group-without-groups
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1] or [[]]


# %% wrong: singles-kept
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    return list(groups.values())


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


# %% wrong: largest-groups-first
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    return sorted([group for group in groups.values() if len(group) > 1], key=len, reverse=True)


# %% wrong: descending-indices
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).insert(0, j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: counted-from-one
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out]), start=1):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


# %% wrong: first-group-only
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    for group in groups.values():
        if len(group) > 1:
            return [group]
    return []


# %% wrong: neighbours-only
from itertools import groupby


def symmetry_classes(W_in, b, W_out):
    rows = np.column_stack([W_in.T, b, W_out])
    runs = [list(run) for _, run in groupby(range(len(rows)), key=lambda j: tuple(rows[j]))]
    return [run for run in runs if len(run) > 1]


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


# %% right: dictionary-of-tuples
def symmetry_classes(W_in, b, W_out):
    groups = {}
    for j, row in enumerate(np.column_stack([W_in.T, b, W_out])):
        groups.setdefault(tuple(row), []).append(j)
    return [group for group in groups.values() if len(group) > 1]


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


# %% right: sorted-runs
from itertools import groupby


def symmetry_classes(W_in, b, W_out):
    def key(j):
        return [*W_in[:, j].tolist(), float(b[j]), *W_out[j].tolist()]

    runs = (sorted(run) for _, run in groupby(sorted(range(b.size), key=key), key=key))
    return sorted((run for run in runs if len(run) > 1), key=lambda run: run[0])


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


# %% right: connected-components
from scipy.sparse.csgraph import connected_components


def symmetry_classes(W_in, b, W_out):
    rows = np.hstack((W_in.T, b[:, np.newaxis], W_out))
    equal = np.array([[np.array_equal(p, q) for q in rows] for p in rows])
    count, labels = connected_components(equal, directed=False)
    groups = [np.where(labels == k)[0] for k in range(count)]
    return sorted(([int(j) for j in group] for group in groups if group.size > 1), key=min)


# %% right: pandas-groupby
import pandas as pd


def symmetry_classes(W_in, b, W_out):
    table = pd.DataFrame(np.c_[W_in.T, b, W_out] + 0.0)
    blocks = table.groupby(list(table.columns), sort=False).indices.values()
    groups = [np.sort(block).tolist() for block in blocks if len(block) > 1]
    groups.sort()
    return groups
