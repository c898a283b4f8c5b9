# %% wrong: sum-for-mean
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = e / e.sum(axis=1, keepdims=True)
    delta[np.arange(len(y)), y] -= 1
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(inputs[k].T @ delta))
        if k > 0:
            h = inputs[k]
            prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
            delta = (delta @ weights[k].T) * prime
    return norms[::-1]


# %% wrong: reversed-order
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    N, L = len(X), len(weights)
    p = np.exp(z[-1]) / np.exp(z[-1]).sum(axis=1, keepdims=True)
    p[np.arange(N), y] -= 1
    delta = p / N
    norms = []
    for k in range(L - 1, -1, -1):
        norms.append(float(np.linalg.norm(inputs[k].T @ delta)))
        if k == 0:
            break
        h = inputs[k]
        if activation == "logistic":
            prime = h * (1 - h)
        elif activation == "tanh":
            prime = 1 - h * h
        else:
            prime = h > 0
        delta = delta @ weights[k].T * prime
    return norms


# %% wrong: prime-at-the-output
def gradient_norms(weights, biases, activation, X, y):
    def phi_prime(z):
        if activation == "logistic":
            s = 1 / (1 + np.exp(-z))
            return s * (1 - s)
        if activation == "tanh":
            return 1 - np.tanh(z) ** 2
        return np.where(z > 0, 1.0, 0.0)

    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1] - z[-1].max(axis=1, keepdims=True))
    delta = (e / e.sum(axis=1, keepdims=True) - np.eye(z[-1].shape[1])[y]) / len(y)
    norms = [np.linalg.norm(inputs[-1].T @ delta)]
    for k in range(len(weights) - 1, 0, -1):
        delta = (delta @ weights[k].T) * phi_prime(inputs[k])
        norms.insert(0, np.linalg.norm(inputs[k - 1].T @ delta))
    return norms


# %% wrong: top-phi-prime-missing
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    L = len(weights)

    def prime(h):
        return {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": np.sign(h)}[activation]

    p = np.exp(z[-1])
    p /= p.sum(axis=1, keepdims=True)
    onehot = np.zeros_like(p)
    onehot[np.arange(len(y)), y] = 1
    # dC/dh of the layer, to be multiplied by phi' one layer further down
    delta = (p - onehot) / len(y)
    norms = [0.0] * L
    for k in range(L - 1, -1, -1):
        if 0 <= k < L - 2:
            delta = delta * prime(inputs[k + 1])
        norms[k] = np.linalg.norm(inputs[k].T @ delta)
        delta = delta @ weights[k].T
    return norms


# %% wrong: weights-not-transposed
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = e / e.sum(axis=1, keepdims=True)
    delta[range(len(y)), y] -= 1
    delta /= len(y)
    norms = [np.linalg.norm(inputs[-1].T @ delta)]
    for k in range(len(weights) - 1, 0, -1):
        h = inputs[k]
        prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0).astype(float)}[activation]
        delta = (delta @ weights[k]) * prime
        norms.append(np.linalg.norm(inputs[k - 1].T @ delta))
    return norms[::-1]


# %% wrong: squared-norm
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    p = np.exp(z[-1]) / np.sum(np.exp(z[-1]), axis=1, keepdims=True)
    delta = (p - np.eye(p.shape[1])[y]) / len(X)
    result = []
    for k in reversed(range(len(weights))):
        gradient = inputs[k].T @ delta
        result.append(float(np.sum(gradient**2)))
        h = inputs[k]
        prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
        delta = (delta @ weights[k].T) * prime
    result.reverse()
    return result


# %% wrong: output-layer-omitted
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = (e / e.sum(axis=1, keepdims=True) - np.eye(e.shape[1])[y]) / len(y)
    norms = []
    for k in range(len(weights) - 1, 0, -1):
        if activation == "logistic":
            prime = inputs[k] * (1 - inputs[k])
        elif activation == "tanh":
            prime = 1 - inputs[k] ** 2
        else:
            prime = np.where(inputs[k] > 0, 1, 0)
        delta = (delta @ weights[k].T) * prime
        norms.append(np.linalg.norm(inputs[k - 1].T @ delta))
    return norms[::-1]


# %% wrong: squared-error
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    p = e / e.sum(axis=1, keepdims=True)
    # mean over the examples of 1/2 sum (p - onehot)^2, through the softmax
    error = p - np.eye(p.shape[1])[y]
    delta = p * (error - np.sum(p * error, axis=1, keepdims=True)) / len(y)
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(inputs[k].T @ delta))
        h = inputs[k]
        prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
        delta = (delta @ weights[k].T) * prime
    return norms[::-1]


# %% wrong: mean-of-per-example-norms
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    total = np.zeros(len(weights))
    for i in range(len(X)):
        e = np.exp(z[-1][i])
        delta = e / e.sum()
        delta[y[i]] -= 1
        for k in reversed(range(len(weights))):
            total[k] += np.linalg.norm(np.outer(inputs[k][i], delta))
            h = inputs[k][i]
            prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
            delta = (weights[k] @ delta) * prime
    return list(total / len(X))


# %% wrong: tanh-prime-not-squared
def gradient_norms(weights, biases, activation, X, y):
    primes = {
        "logistic": lambda h: h * (1 - h),
        "tanh": lambda h: 1 - h,
        "relu": lambda h: (h > 0).astype(float),
    }
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = (e / e.sum(axis=1, keepdims=True) - np.eye(e.shape[1])[y]) / len(y)
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(inputs[k].T @ delta))
        delta = (delta @ weights[k].T) * primes[activation](inputs[k])
    return norms[::-1]


# %% wrong: spectral-norm
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = e / e.sum(axis=1, keepdims=True)
    delta[np.arange(len(y)), y] -= 1
    delta /= len(y)
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(inputs[k].T @ delta, 2))
        if k > 0:
            h = inputs[k]
            prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
            delta = (delta @ weights[k].T) * prime
    return norms[::-1]


# %% wrong: pops-the-weights
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1])
    delta = (e / e.sum(axis=1, keepdims=True) - np.eye(e.shape[1])[y]) / len(y)
    norms = []
    while weights:
        h = inputs.pop()
        norms.append(float(np.linalg.norm(h.T @ delta)))
        prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
        delta = (delta @ weights.pop().T) * prime
    return norms[::-1]


# %% wrong: classes-counted-in-the-labels
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    onehot = np.eye(np.max(y) + 1)[y]
    e = np.exp(z[-1])
    delta = (e / e.sum(axis=1, keepdims=True) - onehot) / len(y)
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(inputs[k].T @ delta))
        h = inputs[k]
        prime = {"logistic": h * (1 - h), "tanh": 1 - h**2, "relu": (h > 0) * 1.0}[activation]
        delta = (delta @ weights[k].T) * prime
    return norms[::-1]


# %% wrong: biases-ignored
def gradient_norms(weights, biases, activation, X, y):
    phi = {"logistic": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[activation]
    h = [X]
    for W in weights[:-1]:
        h.append(phi(h[-1] @ W))
    e = np.exp(h[-1] @ weights[-1])
    delta = (e / e.sum(axis=1, keepdims=True) - np.eye(e.shape[1])[y]) / len(y)
    norms = []
    for k in reversed(range(len(weights))):
        norms.append(np.linalg.norm(h[k].T @ delta))
        if k > 0:
            prime = {"logistic": h[k] * (1 - h[k]), "tanh": 1 - h[k] ** 2, "relu": (h[k] > 0) * 1.0}[activation]
            delta = (delta @ weights[k].T) * prime
    return norms[::-1]


# %% right: recursive-own-forward
def gradient_norms(weights, biases, activation, X, y):
    norms = []

    def backward_of(h, layer):
        """Gradient with respect to h, the input of `layer`."""
        W, b = weights[layer], biases[layer]
        z = h @ W + b
        if layer == len(weights) - 1:
            q = np.exp(z - z.max(axis=1, keepdims=True))
            q /= q.sum(axis=1, keepdims=True)
            q[np.arange(len(y)), y] -= 1.0
            delta = q / len(y)
        elif activation == "logistic":
            out = 1.0 / (1.0 + np.exp(-z))
            delta = backward_of(out, layer + 1) * out * (1.0 - out)
        elif activation == "tanh":
            delta = backward_of(np.tanh(z), layer + 1) / np.cosh(z) ** 2
        else:
            delta = np.where(z > 0, backward_of(z * (z > 0), layer + 1), 0.0)
        norms.insert(0, np.sqrt((np.dot(h.T, delta) ** 2).sum()))
        return np.dot(delta, W.T)

    backward_of(X, 0)
    return tuple(norms)


# %% right: example-by-example-in-plain-python
import math


def gradient_norms(weights, biases, activation, X, y):
    W = [w.tolist() for w in weights]
    sums = [[[0.0] * len(w[0]) for _ in w] for w in W]
    inputs, z = forward(weights, biases, activation, X)
    for i in range(len(X)):
        logits = z[-1][i].tolist()
        top = max(logits)
        total = sum(math.exp(t - top) for t in logits)
        delta = [math.exp(t - top) / total - (k == y[i]) for k, t in enumerate(logits)]
        for layer in reversed(range(len(W))):
            h = inputs[layer][i].tolist()
            for a, ha in enumerate(h):
                for c, dc in enumerate(delta):
                    sums[layer][a][c] += ha * dc
            back = [sum(w * d for w, d in zip(row, delta)) for row in W[layer]]
            if activation == "logistic":
                delta = [g * u * (1 - u) for g, u in zip(back, h)]
            elif activation == "tanh":
                delta = [g * (1 - u * u) for g, u in zip(back, h)]
            else:
                delta = [g if u > 0 else 0.0 for g, u in zip(back, h)]
    return [math.sqrt(math.fsum(v * v for row in s for v in row)) / len(X) for s in sums]


# %% right: complex-step
def gradient_norms(weights, biases, activation, X, y):
    def loss(changed):
        h = X
        for k, (W, b) in enumerate(zip(changed, biases)):
            z = h @ W + b
            if activation == "logistic":
                h = 1 / (1 + np.exp(-z))
            elif activation == "tanh":
                h = np.tanh(z)
            else:
                h = np.where(z.real > 0, z, 0)
        top = z.real.max(axis=1, keepdims=True)
        log_total = np.log(np.exp(z - top).sum(axis=1)) + top[:, 0]
        return np.mean(log_total - z[np.arange(len(y)), y])

    # no cancellation: the derivative is the imaginary part of the loss at w + ih
    norms = []
    for k in range(len(weights)):
        square = 0.0
        for index in np.ndindex(weights[k].shape):
            changed = list(weights)
            changed[k] = weights[k].astype(complex)
            changed[k][index] += 1e-30j
            square += (loss(changed).imag / 1e-30) ** 2
        norms.append(square**0.5)
    return norms


# %% right: gram-matrices
def gradient_norms(weights, biases, activation, X, y):
    inputs, z = forward(weights, biases, activation, X)
    e = np.exp(z[-1] - np.max(z[-1]))
    delta = e / e.sum(axis=1, keepdims=True)
    delta[np.arange(len(y)), y] -= 1
    squares = []
    for h, W in zip(inputs[::-1], weights[::-1]):
        # |h^T d|^2 = sum over pairs of examples of (h_i . h_j)(d_i . d_j)
        squares.append(np.sum((h @ h.T) * (delta @ delta.T)))
        slope = {"logistic": h * (1 - h), "tanh": (1 - h) * (1 + h), "relu": np.sign(np.abs(h))}[activation]
        delta = (delta @ W.T) * slope
    return np.sqrt(np.maximum(squares[::-1], 0)) / len(y)
