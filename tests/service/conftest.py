"""Servers that stations listen to, and a studio for those that no server is needed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.harness import Studio
from tests.sources import sounds
from tests.sources.conftest import server

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["server"]


@pytest.fixture
def studio() -> Studio:
    """Scripted sources on a virtual clock, for a supervisor that is given both."""
    return Studio()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 7.0))
    return path
