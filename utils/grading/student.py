"""The student's process: runs the submission's cells and answers calls over an inherited socket.

Run by `utils.grading.examiner` as ``python -m utils.grading.student FD``. It never sees a test.
"""

import os
import socket
import sys

from utils import checks

MAX_FRAME = 1 << 28  # bytes of one message: 256 MiB


def send(link, data):
    """One frame: eight bytes of length, then the data."""
    link.sendall(len(data).to_bytes(8, "big") + data)


def receive(link):
    """The next frame's data, or None at the end of the stream. Raises ProtocolError for one over MAX_FRAME."""
    size = int.from_bytes(_exactly(link, 8), "big")
    if size > MAX_FRAME:
        raise checks.ProtocolError(f"message of {size} bytes; accepted: at most {MAX_FRAME}")
    return _exactly(link, size)


def _exactly(link, size):
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def main(descriptor):
    """Serve requests until the examiner closes the socket."""
    shell = checks.Shell()
    student = checks.Student(shell.namespace, shell)
    with socket.socket(fileno=descriptor) as link:
        while True:
            try:
                request = receive(link)
            except EOFError:
                return
            send(link, student(request))


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    main(int(sys.argv[1]))
