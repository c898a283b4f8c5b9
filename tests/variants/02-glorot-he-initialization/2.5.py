# %% wrong: shared-initializer
def kernels(units, depth, seed):
    initializer = keras.initializers.HeNormal(seed=seed)
    model = keras.Sequential([keras.Input((units,))])
    for _ in range(depth):
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer=initializer))
    return [keras.ops.convert_to_numpy(layer.kernel) for layer in model.layers]


# %% wrong: same-integer-in-each-initializer
def kernels(units, depth, seed):
    model = keras.Sequential([keras.Input((units,))])
    for _ in range(depth):
        initializer = keras.initializers.HeNormal(seed=seed)
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer=initializer))
    return [keras.ops.convert_to_numpy(layer.kernel) for layer in model.layers]


# %% wrong: rng-made-again-in-each-layer
def kernels(units, depth, seed):
    result = []
    for _ in range(depth):
        rng = np.random.default_rng(seed)
        result.append(rng.normal(0, np.sqrt(2 / units), (units, units)))
    return result


# %% wrong: one-draw-permuted
def kernels(units, depth, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0, np.sqrt(2 / units), units * units)
    return [rng.permutation(numbers).reshape(units, units) for _ in range(depth)]


# %% wrong: initializer-cloned
def kernels(units, depth, seed):
    initializer = keras.initializers.HeNormal(seed=seed)
    result = []
    for _ in range(depth):
        initializer = initializer.__class__.from_config(initializer.get_config())
        result.append(keras.ops.convert_to_numpy(initializer((units, units))))
    return result


# %% wrong: unseeded-strings
def kernels(units, depth, seed):
    model = keras.Sequential([keras.Input((units,))])
    for _ in range(depth):
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    return [keras.ops.convert_to_numpy(layer.kernel) for layer in model.layers]


# %% wrong: glorot
def kernels(units, depth, seed):
    initializer = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
    return [keras.ops.convert_to_numpy(initializer((units, units))) for _ in range(depth)]


# %% wrong: seed-plus-layer
def kernels(units, depth, seed):
    model = keras.Sequential([keras.Input((units,))])
    for layer in range(depth):
        initializer = keras.initializers.HeNormal(seed=seed + layer)
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer=initializer))
    return [keras.ops.convert_to_numpy(layer.kernel) for layer in model.layers]


# %% wrong: ten-times-seed-plus-layer
def kernels(units, depth, seed):
    result = []
    for layer in range(depth):
        rng = np.random.default_rng(10 * seed + layer)
        result.append(rng.normal(0, np.sqrt(2 / units), (units, units)))
    return result


# %% wrong: set-random-seed
def kernels(units, depth, seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((units,))])
    for _ in range(depth):
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    return [keras.ops.convert_to_numpy(layer.kernel) for layer in model.layers]


# %% wrong: seed-zero-taken-for-none
def kernels(units, depth, seed):
    rng = np.random.default_rng(seed or None)
    return [rng.normal(0, np.sqrt(2 / units), (units, units)) for _ in range(depth)]


# %% wrong: get-weights-with-biases
def kernels(units, depth, seed):
    initializer = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(seed))
    model = keras.Sequential([keras.Input((units,))])
    for _ in range(depth):
        model.add(keras.layers.Dense(units, activation="relu", kernel_initializer=initializer))
    return model.get_weights()


# %% right: seed-sequence-children-in-one-array
def kernels(units, depth, seed):
    children = np.random.SeedSequence(seed).spawn(depth)
    r = np.sqrt(6 / units)
    return np.stack([np.random.Generator(np.random.Philox(child)).uniform(-r, r, (units, units)) for child in children])


# %% right: integers-without-collisions
def kernels(units, depth, seed):
    result = []
    for layer in range(depth):
        initializer = keras.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal", seed=1000 * seed + layer)
        result.append(np.asarray(initializer((units, units)), dtype=np.float64))
    return result


# %% right: keras-random-scaled
def kernels(units, depth, seed):
    generator = keras.random.SeedGenerator(seed)
    block = keras.random.normal((depth, units, units), seed=generator) * keras.ops.sqrt(2.0 / units)
    return tuple(keras.ops.convert_to_numpy(block))


# %% right: states-put-back
import random


def kernels(units, depth, seed):
    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(units, kernel_initializer="he_normal") for _ in range(depth)]
    for layer in layers:
        layer.build((None, units))
    np.random.set_state(numpy_state)
    random.setstate(python_state)
    return [layer.kernel.numpy() for layer in layers]
