"""The pages' cost keeps within bounds, on fewer stations and a shorter time than `python -m tests.web.load` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser import chromium, needs_chromium
from tests.web.load.measures import measure_many_stations, measure_open_page
from tests.web.load.tab import EXPOSE_COLLECTOR
from tests.web.serving import rss_bytes, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_chromium

MOST_IDLE_BYTES = 60_000_000
MOST_FULL_MB = 80.0


def test_a_server_that_nobody_looks_at_is_small(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert rss_bytes(served.pid) < MOST_IDLE_BYTES


def test_fifty_stations_fit_into_server_and_tab(tmp_path: Path) -> None:
    found = measure_many_stations(tmp_path, count=50, rounds=5, picture=tmp_path / "wall.png")
    print("\n" + "\n".join(f"{name} {value:.3f}" for name, value in found.items()))
    assert found["server_rss_mb"] < MOST_FULL_MB
    assert found["tab_heap_mb"] < 40


def test_a_page_that_is_left_open_does_not_grow(tmp_path: Path) -> None:
    with serving(tmp_path) as served, chromium(EXPOSE_COLLECTOR) as browser:
        looks = list(measure_open_page(browser, f"{served.address}/", count=10, hours=5, looks=5))
    # The strips of the last hour fill during the first.
    settled, last = looks[2], looks[-1]
    assert last["heap_mb"] < 1.1 * settled["heap_mb"] + 0.2
    assert last["nodes"] < 1.1 * settled["nodes"]
    assert last["listeners"] <= settled["listeners"]
