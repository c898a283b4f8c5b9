"""What a test cell uses: comparisons that diagnose, fixtures, ``grade``, and the protocol by which every call crosses.

A graded cell defines ``test_*`` functions whose parameters name the student's functions (or a fixture) and ends with
``check.grade(points)``. Each call to student code is encoded as plain data, handed to a `Student` and its reply
decoded: in one process (notebook, nbgrader, pytest) by a function call, in two (`utils.grading`) over a socket. The
bytes are the same, so the verdicts are.
"""

import ast
import atexit
import builtins
import contextlib
import functools
import hashlib
import inspect
import io
import json
import linecache
import math
import os
import re
import sys
import tempfile
import tomllib
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

DEFAULT_SEED = "2026"  # environment variable COURSE_SEED: a cohort has its own numbers
DEFAULT_LANGUAGE = "es"  # environment variable COURSE_LANG
LINE_WIDTH = 80
MAX_DEPTH = 40
ENVELOPE = 8  # levels of a message around a value
MAX_TREE = 1 << 24  # bytes of a message beside its arrays: as objects they take up to thirty times that
MAX_DIMENSIONS = 64  # NumPy's own
MAX_ITEM = 1 << 20  # bytes of one array entry: of a text, that is
MAX_KEYS = 10_000  # of a dict: keys may be chosen so that the time grows with their square
MAX_EMPTY = 1 << 20  # product of the other dimensions of an array without entries: as lists they are objects
MAX_BITS = 10_000  # of an int that JSON may spell in decimal
MAX_WARNINGS = 100  # told of one call
KINDS = "biufcU"  # of the dtypes that cross
PLAIN = "None, bool, int, float, str, list, tuple, dict, NumPy arrays and scalars"


# --- Encoding: plain data to bytes and back, every type and dtype kept -----------------------------------------------


class NotPlain(Exception):
    """A value that cannot cross: `kind` is the name of its type, "dtype …", "depth …" or "size …"."""

    def __init__(self, kind):
        super().__init__(f"{kind} is not plain data; accepted: {PLAIN}")
        self.kind = kind


class ProtocolError(Exception):
    """Bytes that are not an encoded value."""


def _hollow(shape):
    return 0 in shape and math.prod(n or 1 for n in shape) > MAX_EMPTY


def _tree(value, buffers, left):
    if left < 0:
        raise NotPlain(f"depth over {MAX_DEPTH}")
    if value is None or type(value) in (bool, str):
        return value
    # np.float64 is a float too: NumPy's scalars come first, so that their dtype stays.
    if isinstance(value, np.ndarray | np.generic) or not isinstance(value, float | int | str | list | tuple | dict):
        if not hasattr(type(value), "__array__"):
            raise NotPlain(type(value).__name__)
        writeable = not isinstance(value, np.ndarray) or value.flags.writeable
        array = np.asarray(value)
        if array.dtype.kind not in KINDS or not 0 < array.dtype.itemsize <= MAX_ITEM:
            raise NotPlain(f"dtype {array.dtype}")
        if _hollow(array.shape):
            raise NotPlain(f"shape {array.shape}")
        buffers.append(array.tobytes())
        return {"scalar" if isinstance(value, np.generic) else "array": [array.dtype.str, array.shape, writeable]}
    # A subclass crosses as its base, read by the base's own methods: an overridden one has no say.
    if isinstance(value, float):
        return {"float": float.hex(float.__float__(value))}
    if isinstance(value, int):
        value = int.__int__(value)
        return value if value.bit_length() <= MAX_BITS else {"int": hex(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        if len(value) > MAX_KEYS:
            raise NotPlain(f"size over {MAX_KEYS}")
        for key in dict.keys(value):
            if hasattr(type(key), "__array__") and not isinstance(key, np.generic):
                raise NotPlain(type(key).__name__)
        pairs = [[_tree(k, buffers, left - 1), _tree(v, buffers, left - 1)] for k, v in dict.items(value)]
        return {"dict": pairs}
    base = list if isinstance(value, list) else tuple
    return {base.__name__: [_tree(item, buffers, left - 1) for item in base.__iter__(value)]}


def encode(value, depth=MAX_DEPTH):
    """Bytes of a plain value: a JSON tree, then the arrays' own bytes. Raises NotPlain for anything else."""
    buffers = []
    tree = json.dumps(_tree(value, buffers, depth)).encode()
    if len(tree) > MAX_TREE:
        raise NotPlain(f"size over {MAX_TREE}")
    return b"".join([len(tree).to_bytes(8, "big"), tree, *buffers])


@functools.lru_cache(256)
def _dtype(name):
    dtype = np.dtype(name if re.fullmatch(r"[<>|=][biufcU]\d{1,9}", name) else "V")
    if dtype.kind not in KINDS or not 0 < dtype.itemsize <= MAX_ITEM:
        raise ProtocolError(f"array of dtype {name!r:.40}")
    return dtype


def _value(node, data, offset, left):
    if left < 0:
        raise ProtocolError("too deep")
    if node is None or type(node) in (bool, int, str):
        return node, offset
    ((kind, body),) = node.items()
    if kind == "float":
        return float.fromhex(body), offset
    if kind == "int":
        return int(body, 16), offset
    if kind in ("array", "scalar"):
        name, shape, writeable = body
        dtype = _dtype(name)
        right = type(shape) is list and len(shape) <= MAX_DIMENSIONS and all(type(n) is int and n >= 0 for n in shape)
        if not right or (kind == "scalar" and shape) or _hollow(shape):
            raise ProtocolError("array of such a shape")
        size = math.prod(shape) * dtype.itemsize
        if size > len(data) - offset:
            raise ProtocolError(f"array of {size} bytes, {len(data) - offset} received")
        array = np.ndarray(shape, dtype, data, offset).copy()
        if not writeable:
            array.flags.writeable = False
        return array[()] if kind == "scalar" else array, offset + size
    if kind == "dict" and len(body) > MAX_KEYS:
        raise ProtocolError(f"dict of {len(body)} keys")
    items = []
    for child in body if kind != "dict" else [child for pair in body for child in pair]:
        item, offset = _value(child, data, offset, left - 1)
        items.append(item)
    if kind == "dict":
        return dict(zip(items[::2], items[1::2], strict=True)), offset
    return {"list": list, "tuple": tuple}[kind](items), offset


def decode(data):
    """The value of `encode`'s bytes. Raises ProtocolError for any others; executes nothing."""
    try:
        size = int.from_bytes(data[:8], "big")
        if size > MAX_TREE:
            raise ProtocolError(f"message of {size} bytes beside its arrays")
        return _value(json.loads(bytes(data[8 : 8 + size])), data, 8 + size, MAX_DEPTH + ENVELOPE)[0]
    except ProtocolError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError, MemoryError) as error:
        raise ProtocolError(f"malformed message: {type(error).__name__}") from None


def _joined(head, *parts):
    """Bytes of a message: the length of its head, the head as JSON, encoded values."""
    head = json.dumps(head).encode()
    return b"".join([len(head).to_bytes(8, "big"), head, *parts])


def _split(message):
    """(head, the bytes after it) of a message. Raises ProtocolError for what is none."""
    size = int.from_bytes(message[:8], "big")
    if size > MAX_TREE:
        raise ProtocolError(f"head of {size} bytes")
    try:
        return json.loads(bytes(message[8 : 8 + size])), memoryview(message)[8 + size :]
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"malformed head: {type(error).__name__}") from None


# --- The student's side: requests in, replies out; the only place where student code runs ----------------------------


class Shell:
    """Runs notebook cells in an IPython shell of their own, without history and without output."""

    def __init__(self):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        os.environ.setdefault("MPLBACKEND", "agg")
        self.shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}), user_ns={})
        # At exit IPython would empty every shell there was, each with a collection of all garbage: minutes in tests.
        atexit.unregister(self.shell.atexit_operations)
        self.namespace = self.shell.user_ns

    def run(self, source):
        """The exception that ended the cell, or None."""
        with _silent(), warnings.catch_warnings():
            warnings.simplefilter("default")
            result = self.shell.run_cell(source, store_history=False)
        return result.error_before_exec or result.error_in_exec


class Student:
    """Answers requests (bytes) on a student's namespace with replies (bytes).

    A request is a head (length, then as JSON the operation and its surroundings) and the encoded arguments, whose
    bytes show afterwards whether they were mutated. Operations: lookup, call, and the layer fixture's make, apply,
    gradients, weights, set_weights, traced, reloaded. A reply is a head with the effects and the size of the encoded
    value, or the error; then the value, and the arguments if they were mutated.
    """

    def __init__(self, namespace):
        self.namespace, self.layers = namespace, []

    def __call__(self, request):
        request, before = _split(request)
        arguments, before, state = decode(before), bytes(before), request["watched"] and _global_state()
        reply, value, after = {"id": request["id"]}, b"", None
        with self._surroundings(request) as caught:
            try:
                value = encode(getattr(self, "_" + request["operation"])(arguments))
                after = encode(arguments)
                reply["value"] = len(value)
            except BaseException as error:  # whatever student code raises crosses as data
                reply["error"], value = _describe(error), b""
                with contextlib.suppress(BaseException):
                    after = encode(arguments)
        mutated = after != before
        reply["effects"] = {
            "mutated": mutated,
            "numpy_global": request["watched"] and state != _global_state(),
            "warnings": [
                {"category": w.category.__name__, "text": str(w.message)[:200]} for w in caught[:MAX_WARNINGS]
            ],
        }
        return _joined(reply, value, (after or b"") if mutated else b"")

    @contextlib.contextmanager
    def _surroundings(self, request):
        """As in the test: its warning filters and floating-point settings. Yields the warnings given meanwhile."""
        with _silent(), warnings.catch_warnings(record=True) as caught, np.errstate(**request["errstate"]):
            warnings.resetwarnings()
            for action, category, message in reversed(request["filters"]):
                warnings.filterwarnings(action, message, getattr(builtins, category))
            yield caught

    def _lookup(self, arguments):
        if arguments["name"] not in self.namespace:
            return {"kind": "missing", "type": ""}
        value = self.namespace[arguments["name"]]
        if callable(value):
            return {"kind": "function", "type": ""}
        try:
            return {"kind": "value", "type": "", "value": decode(encode(value))}
        except NotPlain as error:
            return {"kind": "other", "type": error.kind}

    def _call(self, arguments):
        return self.namespace[arguments["name"]](*arguments["args"], **arguments["kwargs"])

    def _make(self, arguments):
        return self._keep(self.namespace[arguments["name"]](**arguments["config"]))

    def _keep(self, layer):
        self.layers.append(layer)
        return len(self.layers) - 1

    def _apply(self, arguments):
        flag = {} if arguments["training"] is None else {"training": arguments["training"]}
        return np.asarray(self.layers[arguments["layer"]](arguments["x"], **flag))

    def _gradients(self, arguments):
        import tensorflow as tf

        layer, x = self.layers[arguments["layer"]], tf.convert_to_tensor(arguments["x"])
        flag = {} if arguments["training"] is None else {"training": arguments["training"]}
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, **flag)
        sources = [x, *(variable.value for variable in layer.trainable_variables)]
        upstream = tf.cast(arguments["upstream"], y.dtype)
        return [None if g is None else np.asarray(g) for g in tape.gradient(y, sources, output_gradients=upstream)]

    def _weights(self, arguments):
        layer = self.layers[arguments["layer"]]
        return [np.asarray(w) for w in (layer.trainable_weights if arguments["trainable"] else layer.weights)]

    def _set_weights(self, arguments):
        self.layers[arguments["layer"]].set_weights(arguments["weights"])

    def _traced(self, arguments):
        import keras

        return list(self.layers[arguments["layer"]](keras.Input(tuple(arguments["shape"])), training=True).shape)

    def _reloaded(self, arguments):
        import keras

        layer = self.layers[arguments["layer"]]
        model = keras.Sequential([keras.Input(tuple(arguments["shape"])), layer])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            model.save(path)
            loaded = keras.saving.load_model(path, custom_objects={type(layer).__name__: type(layer)})
        return self._keep(loaded.layers[-1])


class _Nowhere(io.TextIOBase):
    def write(self, text):
        return len(text)


@contextlib.contextmanager
def redirected(out, err):
    """Python's own output and error streams are these within this context."""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


def _silent():
    """Text written inside a call leads nowhere: it never decides a verdict."""
    return redirected(_Nowhere(), _Nowhere())


def _global_state():
    return _frozen(np.random.get_state(legacy=False))  # noqa: NPY002 -- watched, not used


def _frozen(value):
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value.tobytes() if isinstance(value, np.ndarray) else value


def _describe(error):
    bases = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" and c is not object]
    try:
        text = str(error)[:500]
    except BaseException:
        text = ""
    return {"class": type(error).__name__, "bases": bases, "text": text}


# --- The test's side: fixtures ---------------------------------------------------------------------------------------


class Ended(Exception):
    """The student's process has ended: `reason` is a key of the message table."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class StudentError(Exception):
    """Whatever student code raised: `class_name`, `bases` (names of its builtin classes) and `text`."""

    def __init__(self, class_name, bases, text):
        super().__init__(f"{class_name}: {text}" if text else class_name)
        self.class_name, self.bases, self.text = class_name, bases, text


class Border:
    """One test's view of the student: `channel` maps a request's bytes to a reply's."""

    def __init__(self, channel):
        self.channel, self.effects, self.count, self.watched = channel, None, 0, False
        self.answer = True  # of the last call

    def request(self, operation, arguments):
        self.count += 1
        filters = [
            [action, category.__name__, "" if message is None else message.pattern]
            for action, message, category, *_ in warnings.filters
            if getattr(builtins, category.__name__, None) is category
        ]
        head = {"id": self.count, "operation": operation, "errstate": np.geterr(), "filters": filters}
        head["watched"] = self.watched
        reply, rest = _split(self.channel(_joined(head, encode(arguments, MAX_DEPTH + ENVELOPE))))
        _check_reply(reply, self.count, len(rest))
        size = reply.get("value", 0)
        # Beside the test's own arguments, not in them: a reference computed from these must not follow a mutation.
        self.effects = reply["effects"] | {"arguments": decode(rest[size:]) if len(rest) > size else None}
        if "error" in reply:
            raise StudentError(*reply["error"].values())
        return decode(rest[:size])

    def lookup(self, name, operation="lookup"):
        """What the student has by this name: a dict with `kind`, one of missing, function, value, other."""
        found = self.request(operation, {"name": name})
        right = _has(found, kind=str, type=str) and ("value" in found or found["kind"] != "value")
        return found if right else {"kind": "missing"}

    def resolve(self, name, test):
        """The fixture or the student's object that a test's parameter names."""
        if name == "rng":
            return generator(test)
        if name == "effects":
            self.watched = True
            return self._told
        if name == "layer":
            return lambda cls, **config: Layer(self, self.request("make", {"name": cls, "config": config}))
        found = self.lookup(name)
        if found["kind"] == "function":

            def call(*args, **kwargs):
                self.answer = self.request("call", {"name": name, "args": list(args), "kwargs": kwargs})
                return self.answer

            call.__name__ = call.__qualname__ = name
            return call
        if found["kind"] == "value":
            return found["value"]
        raise not_usable(name, found)

    def _told(self):
        """The last call's effects. Raises Failed if it answered nothing: then it is no merit to leave all as it was."""
        if _blank(self.answer):
            raise Failed("none" if self.answer is None else "blank")
        return self.effects


def _blank(value):
    """Whether a value holds nothing but None, zeros and empty containers."""
    if isinstance(value, dict):
        value = [*value.values()]
    return all(map(_blank, value)) if isinstance(value, list | tuple) else not np.count_nonzero(value)


def _has(value, /, **fields):
    return isinstance(value, dict) and all(type(value.get(name)) is kind for name, kind in fields.items())


def _check_reply(reply, number, size):
    """A student's process may answer anything: ProtocolError unless every field is of its type."""
    told = reply.get("effects") if _has(reply, id=int, effects=dict) and reply["id"] == number else None
    right = _has(told, mutated=bool, numpy_global=bool, warnings=list)
    right = right and all(_has(one, category=str, text=str) for one in told["warnings"])
    if right and "error" in reply:
        error = reply["error"]
        right = _has(error, **{"class": str, "bases": list, "text": str}) and [*error] == ["class", "bases", "text"]
        right = right and all(type(base) is str for base in error["bases"])
    valued = _has(reply, value=int) and 0 <= reply["value"] <= size
    if not right or ("value" in reply if "error" in reply else not valued):
        raise ProtocolError(f"malformed reply to request {number}")


def not_usable(name, found):
    """The failure of a test that needs what the student does not have, or has as no plain data."""
    key = "other" if found["kind"] == "other" else "missing"
    return Failed(key, name=name, type=_kind(found.get("type", "")))


class Layer:
    """Handle of a student's Keras layer: plain arrays in and out, the layer stays where it was made."""

    def __init__(self, border, number):
        self._border, self._number = border, number

    def _ask(self, operation, **arguments):
        return self._border.request(operation, {"layer": self._number} | arguments)

    def __call__(self, x, training=False):
        """The layer's output; training=None calls it without the flag."""
        return self._ask("apply", x=x, training=training)

    def gradients(self, x, upstream, training=False):
        """[dx, *dtrainable] of sum(upstream · output); None where there is no path."""
        return self._ask("gradients", x=x, upstream=upstream, training=training)

    @property
    def weights(self):
        return self._ask("weights", trainable=False)

    @weights.setter
    def weights(self, values):
        self._ask("set_weights", weights=[np.asarray(value) for value in values])

    @property
    def trainable(self):
        return self._ask("weights", trainable=True)

    def traced(self, shape):
        """Shape of the output in training for inputs of `shape` and None examples, as when `fit` traces the layer."""
        return self._ask("traced", shape=list(shape))

    def reloaded(self, shape):
        """Handle of the layer after save and load in a model with inputs of `shape` (without the batch)."""
        return Layer(self._border, self._ask("reloaded", shape=list(shape)))


def generator(test):
    """A new Generator for the test of this name in this cohort."""
    text = f"{os.environ.get('COURSE_SEED', DEFAULT_SEED)}:{test}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


# --- Comparisons -----------------------------------------------------------------------------------------------------


class Failed(AssertionError):
    """A check that did not hold: `key` of the message table and the values for its text."""

    def __init__(self, key, **values):
        super().__init__(key)
        self.key, self.values = key, values

    def __str__(self):
        return message("checks", self.key, **self.values) or message("slips", self.key) or self.key


_checks_run = 0


def _counted():
    global _checks_run
    _checks_run += 1


# Mistakes that the numbers themselves show: what the answer would be if the mistake had been made.
_RECOGNIZED = {
    "double": lambda e: 2 * e,
    "half": lambda e: e / 2,
    "sign": lambda e: -e,
    "square": lambda e: e**2,
    "square-root": lambda e: np.sqrt(e),
    "natural-log": lambda e: e * math.log(10),
    "log10": lambda e: e / math.log(10),
    "reversed": lambda e: e[::-1] if e.ndim else e,
    "transposed": lambda e: e.T,
}


def true(condition, slip="condition"):
    """`condition` holds; else the text of `slip`."""
    _counted()
    if not condition:
        raise Failed(slip)


def equal(actual, expected, slip=None, same_type=False):
    """Equal values; list, tuple and array alike unless `same_type`; nan equals nan."""
    _counted()
    if same_type and type(actual) is not type(expected):
        raise Failed("type", expected=type(expected).__name__, received=type(actual).__name__)
    if not _equal(_simple(actual), _simple(expected)):
        raise Failed(slip) if slip else _numbers(actual, expected)


def dtype(actual, expected):
    """The array or scalar has the dtype of this name."""
    _counted()
    name = getattr(actual, "dtype", np.asarray(actual).dtype).name
    if name != expected:
        raise Failed("dtype", expected=expected, received=name)


def close(actual, expected, rtol=1e-7, atol=0.0, slip=None, slips=None):
    """|actual − expected| ≤ atol + rtol·|expected| entry by entry, in equal shapes; lists of arrays one by one.

    A failure names the mistake that the numbers show: first a value of `slips` ({key: wrong answer}) that the
    actual one equals, then a general one (twice, sign, reversed…), then `slip`.
    """
    _counted()
    if isinstance(expected, list | tuple) and any(np.ndim(e) for e in expected):
        size = len(actual) if isinstance(actual, list | tuple) or np.ndim(actual) else type(actual).__name__
        if size != len(expected):
            raise Failed("length", expected=len(expected), received=size)
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            close(a, e, rtol, atol, slip, {key: value[i] for key, value in (slips or {}).items()})
        return
    e = np.asarray(expected)
    a = _numeric(actual)
    if a.shape == e.shape and _within(a, e, rtol, atol):
        return
    for key, wrong in (slips or {}).items():
        w = np.asarray(wrong)
        if w.shape == a.shape and _within(a, w, rtol, atol):
            raise Failed(key)
    with np.errstate(all="ignore"):
        hits = [key for key, change in _RECOGNIZED.items() if _matches(a, change(e), e, rtol, atol)]
    if len(hits) == 1:
        raise Failed(hits[0])
    if slip:
        raise Failed(slip)
    if a.shape != e.shape:
        raise Failed("shape", expected=e.shape, received=a.shape)
    if not np.isfinite(a[np.isfinite(e)]).all():
        raise Failed("not-finite")
    raise _numbers(a, e)


def raises(name, function, *args, **kwargs):
    """The call raises the builtin exception of this name, or a subclass of it."""
    _counted()
    try:
        function(*args, **kwargs)
    except StudentError as error:
        if error.class_name == "NotImplementedError":  # a stub, whatever else it might be taken for
            raise Failed("to-do") from None
        if name not in [error.class_name, *error.bases]:
            raise Failed("raises-other", expected=name, received=error.class_name) from None
        return
    raise Failed("raises-none", expected=name)


def _simple(value):
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_simple(item) for item in value]
    if isinstance(value, dict):
        return {key: _simple(item) for key, item in value.items()}
    return value


def _equal(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return one == other or (one != one and other != other)


def _numeric(value):
    if value is None:
        raise Failed("none")
    try:
        array = np.asarray(value)
    except ValueError:
        raise Failed("ragged") from None
    if array.dtype.kind not in "biufc":
        raise Failed("not-numbers", received=type(value).__name__)
    return array


def _within(a, e, rtol, atol):
    a, e = (x.astype(np.result_type(x.dtype, float)) for x in (a, e))  # integers and float32 compare exactly
    with np.errstate(all="ignore"):
        same = (a == e) | (np.isnan(a) & np.isnan(e))
        return bool(np.all(same | (np.isfinite(a) & np.isfinite(e) & (np.abs(a - e) <= atol + rtol * np.abs(e)))))


def _matches(a, wrong, e, rtol, atol):
    return (
        a.shape == wrong.shape
        and np.isfinite(wrong).all()
        and _within(a, wrong, max(rtol, 1e-9), atol)
        and not (wrong.shape == e.shape and _within(wrong, e, max(rtol, 1e-9), atol))
    )


def _numbers(actual, expected):
    a, e = np.asarray(actual, object), np.asarray(expected, object)
    if a.ndim == 0 or a.shape != e.shape:
        return Failed("value", **_pair(expected, actual))
    differs = np.array([x != y for x, y in zip(a.ravel(), e.ravel(), strict=True)])
    numbers = all(isinstance(x, int | float | np.number) for x in (*a.ravel(), *e.ravel()))
    if differs.dtype == bool and differs.any() and numbers:
        with np.errstate(all="ignore"):  # the entry that is farthest off, relative to its size
            x, y = np.asarray(actual, float).ravel(), np.asarray(expected, float).ravel()
            off = np.nan_to_num(np.abs(x - y) / np.maximum(np.abs(y), 1e-300), nan=np.inf)
            index = int(np.argmax(np.where(differs, off, -1.0)))
    else:
        index = int(np.argmax(differs))
    place = [int(i) for i in np.unravel_index(index, e.shape)]
    return Failed("value-at", place=place, **_pair(e.ravel()[index], a.ravel()[index]))


def _pair(expected, received):
    """Both values as text, with as many digits as tell them apart."""
    pair = _simple(expected), _simple(received)
    for digits in (4, 8, 12, 17):
        texts = [f"{value:.{digits}g}" if isinstance(value, float) else str(value) for value in pair]
        if texts[0] != texts[1]:
            break
    return dict(zip(("expected", "received"), texts, strict=True))


# --- Grading a cell --------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What one graded cell came to: error by test (None where it passed), in the order of the cell."""

    points: float
    outcomes: dict = field(default_factory=dict)
    hidden: frozenset = frozenset()  # tests of which a student reads the slip, not what was expected

    @property
    def earned(self):
        passed = sum(error is None for error in self.outcomes.values())
        return round(float(self.points) * passed / len(self.outcomes), 4)

    def lines(self):
        """One line per test, at most 80 characters each, in the language of COURSE_LANG."""
        return [line(name, error, hidden=name in self.hidden) for name, error in self.outcomes.items()]


class NothingPassed(Exception):
    """No test of a graded cell passed: shown as the lines alone, without a traceback of ours."""

    def __init__(self, lines):
        super().__init__("\n".join(lines))
        self._lines = lines

    def _render_traceback_(self):
        return self._lines


class TestCellError(Exception):
    """A graded cell that breaks the convention of test cells."""

    __test__ = False


last_report = None  # for those who run a cell from outside: the collector and the examiner
_remote = None


@contextlib.contextmanager
def connected(border):
    """Within this context `grade` gets each test's Border by calling `border`, not over the caller's own namespace."""
    global _remote
    before, _remote = _remote, border
    try:
        yield
    finally:
        _remote = before


def grade(points):
    """Run the tests that the calling cell defines; print a line for each; return the points earned, a float.

    Args:
        points: the cell's points, a finite number ≥ 0.

    Raises:
        NothingPassed: no test passed.
        TestCellError: the cell defines no test, or a name twice.
    """
    global last_report
    last_report = None
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < math.inf:
        raise TestCellError(f"points: received {points!r}; accepted: a finite number >= 0")
    frame = sys._getframe(1)
    filename, namespace = frame.f_code.co_filename, frame.f_globals
    report, tests = Report(points), _tests(filename, namespace)
    shown = os.environ.get("COURSE_HIDDEN") == "show"
    lines = () if shown else hidden_lines("".join(linecache.getlines(filename)))
    report.hidden = frozenset(test.__name__ for test in tests if test.__code__.co_firstlineno in lines)
    for test in tests:
        report.outcomes[test.__name__] = _run(test, namespace)
    last_report = report
    if all(report.outcomes.values()):
        raise NothingPassed(report.lines())
    print("\n".join(report.lines()))
    return report.earned


def hidden_lines(source):
    """Numbers of the lines of a cell that stand between nbgrader's marks of hidden tests."""
    inside, found = False, set()
    for number, text in enumerate(source.splitlines(), 1):
        inside = (inside or "BEGIN HIDDEN TESTS" in text) and "END HIDDEN TESTS" not in text
        found |= {number} if inside else set()
    return found


def is_test_cell(cell):
    """Whether a notebook's cell is one that nbgrader marks as autograder tests."""
    mark = cell.get("metadata", {}).get("nbgrader", {})
    return cell["cell_type"] == "code" and mark.get("grade", False) and not mark.get("solution", False)


def _tests(filename, namespace):
    """The tests that this cell's own source defines, in its order: no earlier cell's, none of the student's.

    The cell's imports and definitions run again over a copy of the namespace from which whatever shadows a builtin is
    gone: a student's own `sum` or `np` has no say in a test.
    """
    tree = ast.parse("".join(linecache.getlines(filename)))
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    if not names:
        raise TestCellError("the cell defines no test_* function")
    if len(set(names)) < len(names):
        raise TestCellError(f"the cell defines a test twice: {sorted({n for n in names if names.count(n) > 1})}")
    tree.body = [node for node in tree.body if not _grades(node)]
    own = {name: value for name, value in namespace.items() if not hasattr(builtins, name)}
    exec(compile(tree, filename, "exec"), own)
    return [own[name] for name in names]


def _grades(node):
    if isinstance(node, ast.FunctionDef):  # where nearly all of a cell is
        return False
    return any(isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "grade" for n in ast.walk(node))


def _run(test, namespace):
    """None if the test passes, else its error. A test that checks nothing fails."""
    global _checks_run
    border, _checks_run = _remote() if _remote else Border(Student(namespace)), 0
    # The same filters and floating-point settings in every place where a test can run.
    with _silent(), warnings.catch_warnings(), np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        warnings.resetwarnings()
        warnings.simplefilter("always")
        try:
            test(**{name: border.resolve(name, test.__name__) for name in inspect.signature(test).parameters})
        except Exception as error:
            return error
    return None if _checks_run else Failed("no-check")


def line(test, error, width=LINE_WIDTH, hidden=False):
    """The line that stands for a test: its title and, where it failed, what the numbers say; no number if `hidden`."""
    text = f"✓ {_title(test)}" if error is None else f"✗ {_title(test)}: {diagnosis(error, hidden)}"
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def diagnosis(error, hidden=False):
    """What went wrong, in the reader's language; without values if `hidden`."""
    if isinstance(error, Ended):
        return message("checks", error.reason)
    if isinstance(error, Failed):
        return message("checks", "hidden") if hidden and error.values and error.key != "missing" else str(error)
    name = error.class_name if isinstance(error, StudentError) else type(error).__name__
    if name == "ProtocolError":
        return message("checks", "protocol")
    if isinstance(error, StudentError):
        if name == "NotImplementedError":
            return message("checks", "to-do")
        if name == "NotPlain":
            return message("checks", "not-plain", text=_kind(error.text.partition(" is not plain")[0]))
        return message("checks", "raised", error=name if hidden else str(error))
    return message("checks", "hidden") if hidden else message("checks", "odd-result", error=f"{name}: {error}")


def _kind(kind):
    """What a NotPlain names, in the reader's language; a type's name stays."""
    key, _, value = kind.partition(" ")
    bounds = {"depth": MAX_DEPTH, "size": MAX_TREE >> 20}
    return (value and message("checks", f"not-plain-{key}", dtype=value, **bounds)) or kind


def _title(test):
    return message("tests", test) or test


_table = {}


def message(section, key, **values):
    """The text of a key of messages.toml in COURSE_LANG, or None."""
    if not _table:
        _table.update(tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8")))
    texts = _table.get(section, {}).get(key)
    if texts is None:
        return None
    return texts.get(os.environ.get("COURSE_LANG", DEFAULT_LANGUAGE), texts[DEFAULT_LANGUAGE]).format(**values)
