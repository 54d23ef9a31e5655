"""What tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# As the daemon does, before numpy is loaded: BLAS threads that spin between small products fight each other here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from genred.analysis.bundle import ModelBundle, load_bundle

TINY_MODEL = Path(__file__).parent / "data" / "tiny.json"


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    return TINY_MODEL


@pytest.fixture(scope="session")
def tiny_bundle() -> ModelBundle:
    return load_bundle(TINY_MODEL)
