"""Debian's Chromium."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")

_STARTS_WITHIN_MS = 120_000


@contextlib.contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Runs it, with these arguments beside those that root and machines without graphics need."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1_000 * PATIENCE_S)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *arguments], timeout=_STARTS_WITHIN_MS
        )
        try:
            yield browser
        finally:
            browser.close()
