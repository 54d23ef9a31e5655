"""A tab of Chromium that is measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE_MS = 60_000

_SHOWN = """
(() => {
  window.genredShown = {};
  new MutationObserver(() => {
    for (const song of document.querySelectorAll('.card .song')) {
      const text = song.textContent;
      if (!text.startsWith('probe ') || text in window.genredShown) continue;
      window.genredShown[text] = 0;
      // The first frame is the one that is being made, the second comes when it has been shown.
      requestAnimationFrame(() => requestAnimationFrame(() => { window.genredShown[text] = Date.now(); }));
    }
  }).observe(document, {subtree: true, childList: true, characterData: true});
})();
"""

_ACCELERATED = """
(() => {
  window.EventSource = class {
    constructor() { window.genredSource = this; setTimeout(() => this.onopen?.(), 0); }
    close() {}
  };
  window.genredPush = (messages) => {
    for (const message of messages) window.genredSource.onmessage({data: message});
  };
})();
"""
"""The page's own code, fed from here in place of the server's stream."""


EXPOSE_COLLECTOR = "--js-flags=--expose-gc"
"""Lets the page collect garbage before memory is measured."""


class Tab:
    """A page of the site.

    Args:
        browser: Runs.
        address: Of the page.
        width: Of the window.
        fed: Whether it is fed from here in place of the server's stream.
    """

    def __init__(self, browser: Browser, address: str, *, width: int = 1_920, fed: bool = False) -> None:
        context = browser.new_context(viewport={"width": width, "height": 1_080})
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.add_init_script(_ACCELERATED if fed else _SHOWN)
        self._cdp = context.new_cdp_session(self.page)
        self._cdp.send("Performance.enable")
        self._cdp.send("HeapProfiler.enable")
        self.page.goto(address)

    def figures(self) -> dict[str, float]:
        """What the tab holds after a collection of garbage: heap in megabytes, nodes, listeners."""
        for _ in range(2):
            self._cdp.send("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in self._cdp.send("Performance.getMetrics")["metrics"]}
        return {
            "heap_mb": found["JSHeapUsedSize"] / 1e6,
            "nodes": found["Nodes"],
            "listeners": found["JSEventListeners"],
        }

    def shown_at(self, text: str) -> float:
        """When a title was on the screen, in seconds since 1970."""
        until = time.monotonic() + PATIENCE_MS / 1_000
        while time.monotonic() < until:
            at = self.page.evaluate("text => window.genredShown[text] || 0", text)
            if at:
                return float(at) / 1_000
            self.page.wait_for_timeout(10)
        raise TimeoutError(text)

    def push(self, messages: list[str]) -> None:
        """Feeds messages of the stream."""
        self.page.evaluate("messages => window.genredPush(messages)", messages)

    def close(self) -> None:
        self.page.context.close()


def message(stations: list[dict[str, Any]], *, whole: bool = False) -> dict[str, Any]:
    """A message of the stream."""
    return {"connection": {"broker": True, "daemon": True}, "stations": stations, "whole": whole}
