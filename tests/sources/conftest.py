"""Servers that tests of sources and stations talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.hostile import HostileServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running
