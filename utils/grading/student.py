"""The student's process: runs the submission's cells and answers calls over an inherited socket.

`main` is called by the fork server, in its sandbox. It never sees a test.
"""

import base64
import builtins
import contextlib
import io
import json
import os
import random
import re
import socket
import subprocess
import sys
import warnings

import numpy as np

from utils import checks

MAX_FRAME = 1 << 28  # bytes of one message: 256 MiB
OVERHEAD = 64  # bytes that an output counts beside its content
INLINE = "module://matplotlib_inline.backend_inline"
MIMES = ("text/plain", "text/html", "text/latex", "image/png", "image/svg+xml", "application/json")


def send(link, data):
    """One frame: eight bytes of length, then the data."""
    link.sendall(len(data).to_bytes(8, "big") + data)


def receive(link, limit=MAX_FRAME):
    """The next frame's data. Raises EOFError at the end of the stream, ProtocolError for one over `limit` bytes."""
    size = int.from_bytes(_exactly(link, 8), "big")
    if size > limit:
        raise checks.ProtocolError(f"message of {size} bytes; accepted: at most {limit}")
    return _exactly(link, size)


def _exactly(link, size):
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


# --- What a cell puts out ---------------------------------------------------------------------------------------------


class Outputs:
    """A cell's outputs as dicts of nbformat 4, bounded while they arrive.

    Args:
        most: bytes of the cell, its images apart.
        total: bytes left to the whole notebook, images too.
    """

    def __init__(self, most, total):
        self.items, self.most, self.total, self.cut, self.bounds = [], most, total, False, (most, total)

    def _fits(self, size, apart=False):
        """Whether there is room, which is then taken; `apart` from the cell's own text are images and errors."""
        fits = size <= (self.total if apart else min(self.most, self.total))
        self.total -= size * fits
        self.most -= size * fits * (not apart)
        self.cut |= not fits
        return fits

    def stream(self, name, text):
        """Text on "stdout" or "stderr", up to where there is room."""
        new = not self.items or self.items[-1].get("name") != name
        room = max(min(self.most, self.total) - OVERHEAD * new, 0)
        data = text[: room + 1].encode(errors="replace")
        kept = data[:room].decode(errors="ignore")
        if kept:
            if new:
                self.items.append({"output_type": "stream", "name": name, "text": []})
            self.items[-1]["text"].append(kept)
            self._fits(len(data[:room]) + OVERHEAD * new)
        self.cut |= len(data) > room

    def show(self, kind, data):
        """The mime bundle of a "display_data" or "execute_result"."""
        kept = {}
        for mime in MIMES:
            value = data.get(mime)
            if isinstance(value, bytes):
                value = base64.b64encode(value).decode()
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                if mime == "application/json" and value is not None:
                    known = json.dumps(value, allow_nan=False, ensure_ascii=False)
                    kept[mime] = json.loads(known.encode(errors="replace"))  # a lone surrogate cannot be written
                elif isinstance(value, str) and (mime != "image/png" or re.fullmatch(r"[\w+/=\n]*", value, re.ASCII)):
                    kept[mime] = value.encode(errors="replace").decode()
        image = any(mime.startswith("image/") for mime in kept)
        if kept and not self._fits(OVERHEAD + sum(len(json.dumps(value)) for value in kept.values()), image):
            kept = {"text/plain": kept.get("text/plain", "")[:500]}
            kept = kept if self._fits(OVERHEAD + 500) else {}
        if kept:
            count = {"execution_count": None} if kind == "execute_result" else {}
            self.items.append({"output_type": kind, "data": kept, "metadata": {}} | count)

    def error(self, *texts):
        """An error's name and text, whatever room there is, and the lines of its traceback that fit; three may come."""
        name, text, *lines = (text[:2000].encode(errors="replace").decode() for text in texts[:80])
        if sum(item["output_type"] == "error" for item in self.items) < 3:
            kept = [line for line in lines if self._fits(len(line.encode()), apart=True)]
            self.items.append({"output_type": "error", "ename": name[:200], "evalue": text, "traceback": kept})

    def replay(self, items):
        """Take over outputs of unknown origin; what is none is dropped."""
        for item in items if isinstance(items, list) else ():
            with contextlib.suppress(LookupError, TypeError, AttributeError, ValueError):
                if item["output_type"] == "stream" and item["name"] in ("stdout", "stderr"):
                    self.stream(item["name"], item["text"])
                elif item["output_type"] == "error":
                    self.error(item["ename"], item["evalue"], *item["traceback"])
                elif item["output_type"] in ("display_data", "execute_result"):
                    self.show(item["output_type"], item["data"])
        return self

    def done(self):
        """The outputs, with a last line where something was left out."""
        if self.cut:
            last = f"\n{checks.message('checks', 'truncated')}\n"
            self.items.append({"output_type": "stream", "name": "stdout", "text": [last]})
        for item in self.items:
            if item["output_type"] == "stream":
                item["text"] = "".join(item["text"])
        return self.items


class Stream(io.TextIOBase):
    """What a cell has as sys.stdout or sys.stderr, the same in every cell."""

    encoding = "utf-8"

    def __init__(self, shell, name):
        self.shell, self.name = shell, name

    def writable(self):
        return True

    def fileno(self):
        return 1 if self.name == "stdout" else 2

    def write(self, text):
        self.shell.outputs.stream(self.name, text)
        return len(text)


class CapturingShell(checks.Shell):
    """A shell that keeps what a cell writes, shows and raises, for `take`; `result` is the last cell's value.

    IPython's functions, such as display, mean this shell until another one is made.
    """

    def __init__(self):
        super().__init__()
        shell, hook = self.shell, self.shell.displayhook
        for kind in shell._walk_mro():
            kind._instance = shell
        self.outputs, self.draws = Outputs(0, 0), False
        self.streams = [Stream(self, name) for name in ("stdout", "stderr")]
        shell._showtraceback = self._raised
        shell.display_pub.publish, shell.display_pub.clear_output = self._publish, self._clear
        hook.write_format_data = lambda data, metadata=None: self._publish(data, kind="execute_result")
        hook.write_output_prompt = hook.log_output = lambda *_: None
        shell.system, shell.enable_gui = self._system, lambda gui=None: None
        for name in ("autosave", "connect_info", "qtconsole", "store"):  # of no use here, but no error either
            shell.register_magic_function(lambda line: None, magic_name=name)

    def run(self, source, most, total, history=True):
        """The exception that ended the cell, or None; `most` and `total` as in Outputs."""
        self.outputs = Outputs(most, total)
        if self.draws and (pyplot := sys.modules.get("matplotlib.pyplot")):
            pyplot.close("all")  # what calls of tests have left
        with checks.redirected(*self.streams):
            done = self.shell.run_cell(source, store_history=history)
        self.result = done.result
        return done.error_before_exec or done.error_in_exec

    def take(self):
        """The last cell's outputs; from now on, what comes is dropped."""
        outputs, self.outputs = self.outputs, Outputs(0, 0)
        return outputs.done()

    def enter(self, namespace):
        """Run cells in this dict from now on, and leave it to the caller to show what they raise."""
        module = type("Main", (), {})()
        module.__dict__ = namespace
        self.shell.user_module, self.shell.user_ns, self.namespace = module, namespace, namespace
        self.shell.displayhook.update_user_ns = self.shell.showtraceback = lambda *_, **__: None

    def inline(self):
        """Figures appear where a cell ends, as in a notebook."""
        self.draws, os.environ["MPLBACKEND"] = True, INLINE
        if "matplotlib.pyplot" in sys.modules:
            from matplotlib_inline.backend_inline import configure_inline_support

            configure_inline_support.current_backend = "unset"  # a shell before this one may have set it
            self.shell.enable_matplotlib("inline")

    def _raised(self, kind, error, lines):
        told = checks._describe(error)
        self.outputs.error(told["class"], told["text"], *map(str, lines))

    def _publish(self, data, metadata=None, *, update=False, kind="display_data", **_):
        if not update:
            self.outputs.show(kind, data)

    def _clear(self, wait=False):
        self.outputs = Outputs(*self.outputs.bounds)

    def _system(self, command):
        command = self.shell.var_expand(command, depth=1)
        if command.rstrip().endswith("&"):  # as in a notebook
            raise OSError("Background processes not supported.")
        with subprocess.Popen(command, shell=True, stdin=-3, stdout=-1, stderr=-2) as process:
            while chunk := process.stdout.read1(1 << 16):
                sys.stdout.write(chunk.decode(errors="replace"))
        self.namespace["_exit_code"] = process.returncode


# --- The process ------------------------------------------------------------------------------------------------------


class Student(checks.Student):
    """Also runs cells, and does what plain test cells do with names: objects that they fetched stay here, by number."""

    def __init__(self, shell):
        super().__init__(shell.namespace)
        self.shell = shell

    def _surroundings(self, request):
        """What a cell sets, such as np.seterr, lasts until the next one; a call happens as the test has it."""
        return contextlib.nullcontext([]) if request["operation"] == "cell" else super()._surroundings(request)

    def _cell(self, arguments):
        error = self.shell.run(arguments["source"], arguments["most"], arguments["total"])
        return {"outputs": self.shell.take(), "error": error and checks._describe(error)}

    def _fetch(self, arguments):
        found = self._lookup(arguments)
        if found["kind"] == "function":
            value = self.namespace[arguments["name"]]
            numbers = [number for number, kept in enumerate(self.layers) if kept is value]
            found["number"] = numbers[0] if numbers else self._keep(value)
        return found

    def _invoke(self, arguments):
        return self.layers[arguments["number"]](*arguments["args"], **arguments["kwargs"])

    def _seeded(self, arguments):
        version, numbers, gauss = arguments[0]
        random.setstate((version, tuple(numbers), gauss))
        np.random.set_state(tuple(arguments[1]))  # noqa: NPY002 -- for students who use it

    def _bind(self, arguments):
        self.namespace[arguments["name"]] = self.layers[arguments["number"]]

    def _delete(self, arguments):
        del self.namespace[arguments["name"]]

    def _files(self, arguments):
        put(arguments)


def put(files):
    """Write the assignment's own files ({relative path: bytes as an array}) to the working folder."""
    for name, content in files.items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(content.tobytes())


def reseed(seed=1_618_033_988):  # not one that a student takes
    """Python's, NumPy's and Keras' global generators start alike in every run."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 -- for students who use it
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed)


def generators():
    """States of Python's and NumPy's global generators, comparable and plain."""
    kind, key, *rest = np.random.get_state()  # noqa: NPY002 -- for students who use it
    return random.getstate(), (kind, key.tolist(), *rest)


def turn():
    """The same streams in a state that no seed gives: seeding again is then seen, with the same seed too."""
    python, numbers = generators()
    if python[1][-1] == len(python[1]) - 1:  # all of a block is used: its next number makes the following block
        random.getrandbits(32)
        version, block, gauss = random.getstate()
        random.setstate((version, (*block[:-1], 0), gauss))
    if numbers[2] == len(numbers[1]):
        np.random.bytes(4)  # noqa: NPY002
        kind, key, _, *rest = np.random.get_state()  # noqa: NPY002
        np.random.set_state((kind, key, 0, *rest))  # noqa: NPY002


def _refuse(*_):
    __tracebackhide__ = True
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError(checks.message("checks", "no-input"))


def main(descriptor):
    """Serve requests until the examiner closes the socket."""
    shell, process = CapturingShell(), os.getpid()
    student, builtins.input = Student(shell), _refuse
    shell.inline()
    reseed()
    warnings.simplefilter("default")
    with socket.socket(fileno=descriptor) as link:
        while True:
            try:
                request = receive(link)
            except EOFError:
                return
            reply = student(request)
            if os.getpid() != process:  # a child that a cell forked has come back from it
                os._exit(0)
            send(link, reply)
