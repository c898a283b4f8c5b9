"""Fixtures for every test file."""

import os
import random
import subprocess
import sys
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
def book():
    """The built site: what `make book` makes."""
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, root / "book/build.py"], check=True)
    return root / "_build/html"


@pytest.fixture(scope="session")
def chromium():
    """The path of an installed Chromium; skipped where there is none, required where CI is set."""
    try:
        return pdf.find_browser()
    except LookupError as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
