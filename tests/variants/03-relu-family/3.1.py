# %% wrong: maximum-forward-only
def prelu_forward(z, alpha):
    return np.maximum(alpha * z, z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.sum(np.minimum(z, 0) * g, axis=0)
    return dz, dalpha


# %% wrong: mask-from-output-sign
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    h = prelu_forward(z, alpha)
    positive = h > 0
    dz = np.where(positive, g, alpha * g)
    dalpha = np.where(positive, 0.0, z * g).sum(axis=0)
    return dz, dalpha


# %% wrong: no-upstream
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, 1.0, np.broadcast_to(alpha, z.shape))
    dalpha = np.where(z > 0, 0.0, z).sum(axis=0)
    return dz, dalpha


# %% wrong: not-summed-over-batch
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.where(z > 0, 0.0, z * g)
    return dz, dalpha


# %% wrong: summed-over-features
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.sum(np.where(z > 0, 0.0, z * g), axis=1)
    return dz, dalpha


# %% wrong: summed-over-everything
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    # one shared slope
    dalpha = np.full_like(alpha, np.sum(np.where(z > 0, 0.0, z * g)))
    return dz, dalpha


# %% wrong: minimum-for-maximum
def prelu_forward(z, alpha):
    return np.minimum(alpha * z, z)


def prelu_backward(z, alpha, g):
    left = alpha * z < z
    dz = np.where(left, alpha, 1.0) * g
    dalpha = np.sum(np.where(left, z, 0.0) * g, axis=0)
    return dz, dalpha


# %% wrong: backward-on-the-wrong-side
def prelu_forward(z, alpha):
    return np.maximum(z, 0) + alpha * np.minimum(z, 0)


def prelu_backward(z, alpha, g):
    dz = np.where(z <= 0, g, alpha * g)
    dalpha = np.sum(np.where(z <= 0, 0.0, z * g), axis=0)
    return dz, dalpha


# %% wrong: forward-mutates-z
def prelu_forward(z, alpha):
    negative = z <= 0
    z[negative] = (alpha * z)[negative]
    return z


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.sum(np.where(z > 0, 0.0, z * g), axis=0)
    return dz, dalpha


# %% wrong: backward-mutates-g
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dalpha = np.sum(np.where(z > 0, 0.0, z * g), axis=0)
    g *= np.where(z > 0, 1.0, alpha)
    return g, dalpha


# %% wrong: mean-over-batch
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.mean(np.where(z > 0, 0.0, z * g), axis=0)
    return dz, dalpha


# %% wrong: slope-clipped-to-0-1
def prelu_forward(z, alpha):
    alpha = np.clip(alpha, 0, 1)
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    alpha = np.clip(alpha, 0, 1)
    dz = np.where(z > 0, g, alpha * g)
    dalpha = np.sum(np.where(z > 0, 0.0, z * g), axis=0)
    return dz, dalpha


# %% wrong: relu-backward
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    dz = np.where(z > 0, g, 0.0)
    dalpha = np.sum(np.where(z > 0, 0.0, z * g), axis=0)
    return dz, dalpha


# %% wrong: dalpha-from-the-output
def prelu_forward(z, alpha):
    return np.where(z > 0, z, alpha * z)


def prelu_backward(z, alpha, g):
    h = prelu_forward(z, alpha)
    dz = np.where(z > 0, g, alpha * g)
    # 0 / 0 where the slope is 0
    dalpha = np.sum(np.where(z > 0, 0.0, h / alpha) * g, axis=0)
    return dz, dalpha


# %% right: absolute-value
def prelu_forward(z, alpha):
    return ((1 + alpha) * z + (1 - alpha) * np.abs(z)) / 2


def prelu_backward(z, alpha, g):
    # at 0 the sign is 0 and dz is the midpoint
    dz = g * ((1 + alpha) + (1 - alpha) * np.sign(z)) / 2
    dalpha = (g * (z - np.abs(z))).sum(axis=0) / 2
    return dz, dalpha


# %% right: loops-and-lists
def prelu_forward(z, alpha):
    return [[float(v) if v > 0 else float(a * v) for v, a in zip(row, alpha)] for row in z]


def prelu_backward(z, alpha, g):
    batch, features = z.shape
    dz = [[0.0] * features for _ in range(batch)]
    dalpha = [0.0] * features
    for i in range(batch):
        for j in range(features):
            if z[i, j] >= 0:
                dz[i][j] = float(g[i, j])
            else:
                dz[i][j] = float(alpha[j] * g[i, j])
                dalpha[j] += float(z[i, j] * g[i, j])
    return [dz, dalpha]


# %% right: slope-matrix
def prelu_forward(z, alpha):
    return z * np.choose(z > 0, [np.broadcast_to(alpha, z.shape), np.ones_like(z)])


def prelu_backward(z, alpha, g):
    slope = np.tile(alpha, (len(z), 1))
    slope[z > 0] = 1
    # dalpha is the diagonal of N^T g, with N the negative part of z
    dalpha = np.diag(np.clip(z, None, 0).T @ g)
    return slope * g, dalpha


# %% right: longdouble-read-only
def prelu_forward(z, alpha):
    wide = np.asarray(z, dtype=np.longdouble)
    h = np.where(wide > 0, wide, wide * alpha).astype(np.float64)
    h.flags.writeable = False
    return h


def prelu_backward(z, alpha, g):
    left = np.less_equal(z, 0)
    dz = np.select([left, ~left], [alpha * g, g])
    dz.flags.writeable = False
    dalpha = (np.asarray(left * z, dtype=np.longdouble) * g).sum(axis=0).astype(np.float64)
    return dz, dalpha
