"""Servers that stations listen to."""

from __future__ import annotations

from tests.sources.conftest import server

__all__ = ["server"]
