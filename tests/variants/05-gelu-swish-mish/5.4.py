# %% wrong: frozen-beta
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=False, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: no-add-weight
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.initial * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: stop-gradient
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(keras.ops.stop_gradient(self.beta) * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: gradient-stopped-at-the-gate
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.stop_gradient(keras.ops.sigmoid(self.beta * inputs))

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: beta-outside
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return self.beta * inputs * keras.ops.sigmoid(inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: divided-by-beta
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(inputs / self.beta)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: one-beta-per-feature
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(input_shape[-1],), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: initial-beta-random
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.RandomNormal(self.initial, 0.05, seed=3), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: beta-kept-positive
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(keras.ops.relu(self.beta) * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: increment-of-beta
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer="zeros", trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid((self.initial + self.beta) * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: naive-exponential
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs / (1 + keras.ops.exp(-self.beta * inputs))

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: beta-one-when-training
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs, training=False):
        if training:
            return keras.ops.silu(inputs)
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% wrong: config-without-the-base
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        return {"initial": self.initial}


# %% wrong: reset-on-load
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = beta

    def build(self, input_shape):
        self.beta = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.initial), trainable=True, name="beta"
        )

    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        self.beta.assign(self.initial)

    def call(self, inputs):
        return inputs * keras.ops.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.initial})
        return config


# %% right: weight-in-the-constructor
import keras


class Swish(keras.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = float(beta)
        self.b = self.add_weight(shape=(1,), initializer=lambda shape, dtype: keras.ops.full(shape, beta, dtype))

    def call(self, inputs):
        return inputs * keras.activations.sigmoid(inputs * self.b)

    def get_config(self):
        return super().get_config() | {"beta": self.start}


# %% right: keras-variable
import keras
from keras import ops


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.beta = keras.Variable(float(beta), dtype="float32", trainable=True, name="beta")

    def call(self, inputs, training=None):
        # x (1 + tanh(beta x / 2)) / 2
        return 0.5 * inputs * (1 + ops.tanh(0.5 * self.beta * inputs))

    def get_config(self):
        config = super().get_config()
        config["beta"] = float(ops.convert_to_numpy(self.beta))
        return config


# %% right: log-sigmoid-and-custom-gradient
import keras
import tensorflow as tf


@tf.custom_gradient
def swish(x, beta):
    s = tf.sigmoid(beta * x)

    def grad(upstream):
        slope = s * (1 - s)
        dx = upstream * (s + beta * x * slope)
        dbeta = tf.reduce_sum(upstream * x * x * slope)
        return dx, tf.reshape(dbeta, tf.shape(beta))

    return x * s, grad


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.first = beta
        self.beta = self.add_weight(shape=(), initializer=keras.initializers.Constant(beta), name="beta")

    def call(self, inputs):
        return swish(inputs, tf.convert_to_tensor(self.beta))

    def get_config(self):
        config = super().get_config()
        config.update({"beta": self.first})
        return config


# %% right: config-left-to-keras
import keras


class Swish(keras.layers.Layer):
    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial_beta = beta

    def build(self, input_shape):
        # Keras saves the weight itself: what is in the config does not matter
        self.beta = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.initial_beta))

    def call(self, inputs):
        return inputs * keras.ops.exp(keras.ops.log_sigmoid(self.beta * inputs))

    def get_config(self):
        return super().get_config()
