"""The strips of the live page begin with what the log has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from genred.config.read import load_config
from genred.web.board import Board
from genred.web.configured import listen_urls, names_of
from genred.web.first_hour import read_last_hour
from genred.web.hour import HOUR_S
from genred.web.server import fill_hours
from tests.airplay.made_up import entry, write_log
from tests.outputs.events import NOON

if TYPE_CHECKING:
    from pathlib import Path

NOON_S = NOON.timestamp()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(
        tmp_path / "airplay.sqlite",
        entry(0, 600, "jazz"),
        entry(600, HOUR_S, "rock"),
        entry(600 + HOUR_S, 60, "silence"),
        entry(0, 60, "jazz", station="unknown"),
        open_entries=(entry(660 + HOUR_S, 5, "jazz"),),
    )


def test_the_last_hour_is_read_of_the_stations_of_the_node(log: Path) -> None:
    now = NOON + timedelta(seconds=665 + HOUR_S)
    found = read_last_hour(log, "pi", {"one", "two"}, now)
    assert {id_: [(round(at - NOON_S), what) for at, what in pieces] for id_, pieces in found.items()} == {
        "one": [(600, "rock"), (4_200, "silence"), (4_260, "jazz")]
    }
    assert read_last_hour(log, "other", {"one"}, now) == {}


def test_the_board_is_filled_and_a_log_that_is_missing_or_damaged_is_no_hindrance(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "genred.yaml"
    path.write_text("node: pi\nstations: {one: {source: 'https://radio.example/one'}}\n")
    config = load_config(path)
    board = Board(names_of(config), listen_urls(config))
    station = board.station("one")
    assert station is not None
    asyncio.run(fill_hours(board, tmp_path / "none", config))
    (tmp_path / "damaged").write_bytes(b"x" * 4_096)
    asyncio.run(fill_hours(board, tmp_path / "damaged", config))
    assert "start empty" in caplog.text
    assert not [*station.hour.pieces]
    ago_s = (datetime.now(UTC) - NOON).total_seconds()
    log = write_log(tmp_path / "airplay.sqlite", entry(ago_s - 1_200, 600, "jazz"), entry(ago_s - 600, 600, "rock"))
    asyncio.run(fill_hours(board, log, config))
    assert [piece.announcement for piece in station.hour.pieces] == ["jazz", "rock"]
