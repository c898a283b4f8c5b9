"""The fork server: imports once what submissions use, then gives each a fork of that process.

`ForkServer` is the coordinator's handle. The server is ``python -m utils.grading.server FD``: one thread, no notebook
ever read. For each job it forks a supervisor, which launches the student's process before it reads the job, examines
the submission against it and answers over a socket of its own.
"""

import base64
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from utils import checks
from utils.grading import chosen_language, examiner, sandbox, student
from utils.grading.student import receive, send

PRELOAD = ("numpy", "scipy", "matplotlib.pyplot", "IPython", "tensorflow", "keras")
START_SECONDS = 180  # a cold disk and TensorFlow
GRACE_SECONDS = 60  # beyond a notebook's own time until its supervisor counts as hung
KEPT = ("LANG", "LC_ALL", "TF_ENABLE_ONEDNN_OPTS", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
ENVIRONMENT = {
    "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": str(sandbox.ROOT),
    "PYTHONSAFEPATH": "1",
    "PYTHONHASHSEED": "0",  # sets in the same order in every run
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # One thread while importing, so that a fork is safe; one for each submission, so that two gain.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}


class Lost(Exception):
    """A submission's supervisor ended without a result: worth a second try, alone."""


# --- The coordinator's side -------------------------------------------------------------------------------------------


class ForkServer:
    """Handle of a fork server; a context manager, safe to use from several threads. A dead server is started again.

    Args:
        unsafe: go on without a sandbox.
        preload: dotted names of what to import once.

    Raises:
        Unavailable: (`start`) no sandbox can be had, or the server does not start; the text says why.
    """

    command = (sys.executable, "-m", "utils.grading.server")

    def __init__(self, unsafe=False, preload=PRELOAD):
        self.unsafe, self.preload = unsafe, tuple(preload)
        self.process, self.control, self.closed = None, None, False
        self._lock = threading.Lock()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Start the server and try the sandbox once; no-op where it runs."""
        with self._lock:
            self.closed = False
            self._ensure()
        try:
            self.examine({"cells": []})
        except Lost as error:
            self.close()
            raise sandbox.Unavailable(str(error)) from error

    def _ensure(self):
        if self.process and self.process.poll() is None:
            return
        self._end()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(START_SECONDS)
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with theirs, tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as home:
            self.process = subprocess.Popen(
                [*self.command, str(theirs.fileno()), *self.preload],
                pass_fds=[theirs.fileno()],
                cwd="/",
                env=ENVIRONMENT | kept | {"HOME": os.environ.get("HOME", home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is the coordinator's
            )
            theirs.close()
            try:
                ready = self.control.recv(64)
            except OSError:
                ready = b""
            if ready != b"ready":
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)  # until it has written why
                self._end()
                log.seek(0)
                raise sandbox.Unavailable(log.read().decode(errors="replace")[-1000:] or "no answer")

    def _end(self):
        """The server's processes end with it: each is told by the kernel when its parent dies."""
        if self.process:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        """End the server and all that runs in it; only `start` starts it again."""
        with self._lock:
            self.closed = True
            self._end()

    def examine(self, job, slot=0):
        """The result (dict) of a job (dict), run in this slot: a number that no other running job has.

        Raises:
            Lost: its supervisor ended without one.
        """
        limits = sandbox.Limits(**job.get("limits", {}))
        settings = {
            "limits": job.get("limits", {}),
            "slot": slot,
            "modules": job.get("modules", ()),
            "language": job.get("language", chosen_language()),
            "unsafe": self.unsafe,
        }
        mine, theirs = socket.socketpair()
        with mine:
            with theirs:
                self._submit(json.dumps(settings).encode(), theirs)
            mine.settimeout(limits.notebook_seconds + 2 * GRACE_SECONDS)
            try:
                send(mine, json.dumps(job).encode())
                result = json.loads(receive(mine, limits.frame_bytes))
            except (OSError, EOFError, ValueError, checks.ProtocolError) as error:
                raise Lost(f"{type(error).__name__}: {error}") from error
        if "lost" in result:
            raise Lost(result["lost"])
        return result

    def _submit(self, settings, job):
        with self._lock:
            for attempt in (1, 2):
                if self.closed:
                    raise Lost("closed")
                self._ensure()
                try:
                    socket.send_fds(self.control, [settings], [job.fileno()])
                    return
                except OSError as error:  # it died a moment ago
                    self._end()
                    if attempt == 2:
                        raise Lost(str(error)) from error


# --- The server -------------------------------------------------------------------------------------------------------


def serve(control, preload):
    """Fork a supervisor for each request (settings as JSON and the job's socket) until the coordinator is gone."""
    sandbox._call("prctl", sandbox.SUBREAPER, 1, 0, 0, 0)
    _warm(preload)
    _one_thread()
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    ends = {}  # time at which a supervisor counts as hung, by pid
    while True:
        _reap(ends)
        if not select.select([control], [], [], 1.0)[0]:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 4)
        try:
            if not message:
                return
            settings = json.loads(message)
            limits = sandbox.Limits(**settings.pop("limits"))
            (descriptor,) = descriptors
        except (ValueError, TypeError, KeyError, AttributeError):
            message = None
        _one_thread()
        if message and not (pid := os.fork()):
            control.close()
            job = socket.socket(fileno=descriptor)
            try:
                supervise(job, limits, **settings)
            except BaseException as error:
                with contextlib.suppress(BaseException):
                    send(job, json.dumps({"lost": f"{type(error).__name__}: {error}"}).encode())
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        if message:
            ends[pid] = time.monotonic() + limits.notebook_seconds + GRACE_SECONDS


def _one_thread():
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise RuntimeError(f"{threads} threads; a fork needs exactly 1")


def _reap(ends):
    for pid in [pid for pid, end in ends.items() if time.monotonic() > end]:
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            ends.pop(pid, None)


def _warm(preload):
    """Import, and do once what is slow the first time: a traceback, a figure, a shell."""
    for name in preload:
        importlib.import_module(name)
    checks.message("tests", "")  # reads the table
    shell = student.CapturingShell()
    shell.inline()
    plot = "import matplotlib.pyplot as plt; plt.semilogy([1, 10], label='a'); plt.title('$x$'); plt.legend()"
    for source in ("1 / 0", plot):
        shell.run(source, 0, 0)
    shell.take()


class Channel:
    """Request to reply (bytes), within the limits; raises `examiner.Ended` for good once the student's process is."""

    def __init__(self, link, watch):
        self.link, self.watch, self.ended = link, watch, None

    def __call__(self, request):
        if self.ended is None:
            self.watch.allow()
            try:
                send(self.link, request)
                return receive(self.link, self.watch.limits.frame_bytes)
            except (OSError, EOFError):
                self.ended = self.watch.reason or "died"
            except checks.ProtocolError:
                self.ended = "protocol"
            finally:
                self.watch.rest()
            self.watch.end()
        raise examiner.Ended(self.ended)


def supervise(socket_, limits, slot, modules, language, unsafe):
    """Examine one submission: launch the student's process first, read the job then, answer, end all."""
    begun = time.monotonic()
    sandbox._call("prctl", sandbox.PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.environ["COURSE_LANG"] = language
    try:
        link, pid, folder = sandbox.launch(lambda link: student.main(link.detach()), limits, slot, modules, unsafe)
    except sandbox.Unavailable as error:
        receive(socket_)
        send(socket_, json.dumps({"lost": str(error)}).encode())
        return
    job = json.loads(receive(socket_))
    watch = sandbox.Watch(pid, folder, limits, unsafe, job.get("exact", False))
    channel = Channel(link, watch)
    sandbox.allow_memory(limits.resident_bytes)  # a student's answer may ask for any size
    files = {name: np.frombuffer(base64.b64decode(content), np.uint8) for name, content in job.get("files", {}).items()}
    with tempfile.TemporaryDirectory() if files else contextlib.nullcontext("/") as own:
        os.chdir(own)
        student.put(files)  # a test finds them where a student's cell does: beside it
        with contextlib.suppress(examiner.Ended):
            checks.Border(channel).request("files", files)
        told = {key: job[key] for key in ("seed", "hidden", "bound", "imports") if key in job}
        cells = examiner.examine(job["cells"], channel, limits, **told)
    watch.close()
    result = {
        "cells": cells,
        "ended": channel.ended,
        "flags": sorted({channel.ended, *(cell.get("flag") for cell in cells.values())} - {None}),
        "seconds": time.monotonic() - begun,
        "cpu_seconds": watch.cpu_seconds,
    }
    if watch.exact:
        result["peak_private_mb"] = watch.peak_private / 1e6
    send(socket_, json.dumps(result).encode())


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    with socket.socket(fileno=int(sys.argv[1])) as control_:
        serve(control_, sys.argv[2:])
