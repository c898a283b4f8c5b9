"""Fixtures for every test file."""

import os
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pdf
import pytest


@pytest.fixture
def global_random_state():
    """Fails a test that moves the global random state of Python or NumPy."""

    def state():
        return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

    before = state()
    yield
    assert state() == before


@pytest.fixture(scope="session")
def keras():
    """Keras on TensorFlow, imported once; its own deprecation warnings are not ours to mend."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow  # noqa: F401
    return keras


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The built site: what `make book` makes. Processes that run tests side by side build it once."""
    root, own = Path(__file__).resolve().parent.parent, tmp_path_factory.getbasetemp()
    done = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "book"
    try:
        done.with_suffix(".begun").touch(exist_ok=False)
    except FileExistsError:
        while not (done.exists() and done.read_text()):
            time.sleep(1)
    else:
        status = subprocess.run([sys.executable, root / "book/build.py"]).returncode
        done.write_text(str(status))
    assert done.read_text() == "0", "the book was not built"
    return root / "_build/html"


@pytest.fixture(scope="session")
def chromium():
    """The path of an installed Chromium; skipped where there is none, required where CI is set."""
    try:
        return pdf.find_browser()
    except LookupError as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
