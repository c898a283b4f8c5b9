# %% wrong: one-slope-per-batch
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform((), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: one-slope-per-feature
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs)[-1:], self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: shared-among-positions
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            shape = keras.ops.shape(inputs)
            # noise as in SpatialDropout: examples and channels
            noise_shape = (shape[0],) + (1,) * (len(shape) - 2) + (shape[-1],)
            slope = keras.random.uniform(noise_shape, self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: same-draw-each-call
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper, seed=0)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: flag-ignored-always-fixed
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: training-by-default
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=True):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: applied-to-the-positive-side
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, slope * inputs, inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: reciprocal-of-a-uniform
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = 1 / keras.random.uniform(keras.ops.shape(inputs), 1 / self.upper, 1 / self.lower)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: test-slope-random
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = keras.random.uniform((), self.lower, self.upper)
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: test-slope-is-the-mean-reciprocal
import math

import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = math.log(self.upper / self.lower) / (1 / self.lower - 1 / self.upper)
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: config-without-upper
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config["lower"] = self.lower
        return config


# %% wrong: config-with-the-mean
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        mean = (self.lower + self.upper) / 2
        return {**super().get_config(), "lower": mean, "upper": mean}


# %% wrong: maximum-of-the-two-branches
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.maximum(inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: gradient-stopped-on-the-negative-side
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, keras.ops.stop_gradient(slope * inputs))

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: static-shape
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(inputs.shape, self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: numpy-draw
import keras
import numpy as np


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = np.random.uniform(self.lower, self.upper, inputs.shape).astype("float32")
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% right: seed-generator
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower, self.upper = float(lower), float(upper)
        self.generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(
                keras.ops.shape(inputs), self.lower, self.upper, seed=self.generator
            )
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% right: positive-minus-negative-part
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.limits = (lower, upper)

    def call(self, inputs, training=False):
        lower, upper = self.limits
        if training:
            u = keras.random.uniform(keras.ops.shape(inputs), dtype=inputs.dtype)
            slope = lower + (upper - lower) * u
        else:
            slope = lower + (upper - lower) / 2
        return keras.ops.relu(inputs) - slope * keras.ops.relu(-inputs)

    def get_config(self):
        return super().get_config() | dict(zip(("lower", "upper"), self.limits))


# %% right: tensorflow-random
import keras
import tensorflow as tf


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if not training:
            return tf.where(inputs > 0, inputs, (self.lower + self.upper) / 2 * inputs)
        slope = tf.random.uniform(tf.shape(inputs), self.lower, self.upper)
        return inputs * tf.where(inputs > 0, tf.ones_like(inputs), slope)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% right: sublayer-and-config-of-its-own
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper
        self.fixed = keras.layers.LeakyReLU(negative_slope=(lower + upper) / 2)

    def call(self, inputs, training=False):
        if training:
            flat = keras.ops.reshape(inputs, (-1,))
            slope = keras.random.uniform(keras.ops.shape(flat), self.lower, self.upper)
            factor = keras.ops.where(flat > 0, keras.ops.ones_like(flat), slope)
            return keras.ops.reshape(flat * factor, keras.ops.shape(inputs))
        return self.fixed(inputs)

    def get_config(self):
        return dict(super().get_config(), upper=self.upper, lower=self.lower)

    def compute_output_shape(self, input_shape):
        return input_shape
