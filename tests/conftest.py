"""What tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

from genred.analysis.bundle import ModelBundle, load_bundle

TINY_MODEL = Path(__file__).parent / "data" / "tiny.json"


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    return TINY_MODEL


@pytest.fixture(scope="session")
def tiny_bundle() -> ModelBundle:
    return load_bundle(TINY_MODEL)
