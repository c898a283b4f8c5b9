"""The library behind the course *Deep Networks That Train*: one source for its figures, exercises and checks.

Conventions: a layer computes z = x @ W + b and h = φ(z); W has shape (fan_in, fan_out); layer 1 is nearest the input.
"""

__version__ = "0.1.0"
