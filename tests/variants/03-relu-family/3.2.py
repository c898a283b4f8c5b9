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


# %% wrong: one-slope-per-example
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform((keras.ops.shape(inputs)[0],) + (1,) * (len(inputs.shape) - 1), self.lower, self.upper)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: shared-among-examples
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.uniform(keras.ops.shape(inputs)[1:], self.lower, self.upper)
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


# %% wrong: generator-recreated-in-call
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            generator = keras.random.SeedGenerator(42)
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper, seed=generator)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: slopes-drawn-once-and-kept
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper
        self.slope = None

    def call(self, inputs, training=False):
        if training:
            if self.slope is None or self.slope.shape != inputs.shape:
                self.slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
            slope = self.slope
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: flag-ignored-always-random
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
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


# %% wrong: flag-inverted
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if not training:
            slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        else:
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


# %% wrong: applied-to-both-sides
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
        return slope * inputs

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: both-sides-when-training
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            return inputs * keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        return keras.ops.leaky_relu(inputs, (self.lower + self.upper) / 2)

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


# %% wrong: test-slope-is-one-over-the-mean-divisor
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
            slope = 2 / (1 / self.lower + 1 / self.upper)
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: test-slope-is-the-geometric-mean
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
            slope = (self.lower * self.upper) ** 0.5
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: test-slope-is-half-the-width
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
            slope = (self.upper - self.lower) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: test-slope-of-the-default-limits
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
            slope = (1 / 8 + 1 / 3) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: config-without-limits
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
        return super().get_config()


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


# %% wrong: config-with-other-names
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
        return {**super().get_config(), "l": self.lower, "u": self.upper}


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


# %% wrong: normal-slopes
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = keras.random.normal(
                keras.ops.shape(inputs), (self.lower + self.upper) / 2, (self.upper - self.lower) / 12**0.5
            )
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: lower-plus-upper-times-uniform
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        if training:
            slope = self.lower + self.upper * keras.random.uniform(keras.ops.shape(inputs))
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.where(inputs > 0, inputs, slope * inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config


# %% wrong: numpy-without-gradient
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        x = np.asarray(inputs)
        if training:
            slope = np.random.uniform(self.lower, self.upper, x.shape)
        else:
            slope = (self.lower + self.upper) / 2
        return keras.ops.convert_to_tensor(np.where(x > 0, x, slope * x), "float32")

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


# %% wrong: gradient-of-the-fixed-slope
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        mean = (self.lower + self.upper) / 2
        fixed = keras.ops.where(inputs > 0, inputs, mean * inputs)
        if not training:
            return fixed
        slope = keras.random.uniform(keras.ops.shape(inputs), self.lower, self.upper)
        drawn = keras.ops.where(inputs > 0, inputs, slope * inputs)
        return fixed + keras.ops.stop_gradient(drawn - fixed)

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


# %% right: noise-around-the-mean
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        mean = (self.upper + self.lower) / 2
        radius = (self.upper - self.lower) / 2
        negative = keras.ops.minimum(inputs, 0.0)
        output = inputs - (1 - mean) * negative
        if training:
            noise = keras.random.uniform(keras.ops.shape(inputs), -radius, radius)
            output = output + noise * negative
        return output

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


# %% right: inverse-transform-of-a-normal
import keras


class RReLU(keras.layers.Layer):
    def __init__(self, lower=1 / 8, upper=1 / 3, **kwargs):
        super().__init__(**kwargs)
        self.lower = lower
        self.upper = upper

    def call(self, inputs, training=False):
        slope = (self.lower + self.upper) / 2
        if training:
            # the normal distribution function makes uniforms of normals
            g = keras.random.normal(keras.ops.shape(inputs))
            u = 0.5 * (1 + keras.ops.erf(g / 2**0.5))
            slope = (1 - u) * self.lower + u * self.upper
        positive = keras.ops.cast(inputs > 0, inputs.dtype)
        return inputs * (positive + slope * (1 - positive))

    def get_config(self):
        config = super().get_config()
        config.update({"lower": self.lower, "upper": self.upper})
        return config
