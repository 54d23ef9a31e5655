"""Stations that come by the file keep no page waiting for their names."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.web.board import Board
from genred.web.configured import listen_urls, names_of
from genred.web.followed_file import FollowedFile
from tests.patience import PATIENCE_S, wait_until
from tests.web.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ONE = "stations:\n  one: {source: 'https://radio.example/one', name: One}\n"
TWO = "  two: {source: 'https://radio.example/two', name: Two}\n"
STATE = json.dumps({"state": "silence", "since": "2026-11-22T12:00:00Z", "at": "2026-11-22T12:00:00Z"}).encode()


def shown(board: Board) -> list[tuple[str, str | None]]:
    return [(one.name, one.listen_url) for one in board.stations]


def test_a_station_that_the_file_adds_or_renames_is_shown_by_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "genred.yaml"
    path.write_text(ONE)
    config = load_config(path)
    board = Board(names_of(config), listen_urls(config))

    async def change() -> None:
        file = FollowedFile(path, board)
        await file.look()
        path.write_text(ONE + TWO)
        board.take_state("two", STATE)
        assert shown(board)[1] == ("two", None)
        await file.look()
        assert shown(board)[1] == ("Two", "https://radio.example/two")
        path.write_text(ONE.replace("One", "First") + TWO)
        await file.look()
        assert shown(board)[0] == ("First", "https://radio.example/one")
        for faulty in (lambda: path.write_text("stations: ["), path.unlink):
            faulty()
            await file.look()
            await file.look()
        path.write_text(ONE)
        await file.look()

    asyncio.run(change())
    # What is on air still keeps its name until the daemon takes it off.
    assert shown(board) == [("One", "https://radio.example/one"), ("Two", "https://radio.example/two")]
    assert len(caplog.records) == 1


def running_board() -> Board:
    board = Board({"one": "One"})
    board.set_broker(connected=True)
    board.set_daemon(online=True)
    board.take_state("one", STATE)
    return board


def names(board: Board) -> list[str]:
    return [one.name for one in board.stations]


def test_a_station_is_shown_when_the_daemon_runs_it_and_not_before() -> None:
    board = running_board()
    board.configure({"one": "One", "two": "Two"}, {})
    assert (names(board), board.station("two")) == (["One"], None)
    assert (board.connection["to_start"], board.connection["to_end"]) == (["Two"], [])
    board.look()
    assert board.connection["to_start"] == ["Two"]
    board.take_state("two", STATE)
    assert (names(board), board.connection["to_start"]) == (["One", "Two"], [])


def test_a_station_that_the_file_has_no_longer_is_shown_until_the_daemon_ends_it() -> None:
    board = running_board()
    board.configure({"two": "Two"}, {})
    assert (names(board), board.connection["to_end"]) == (["One"], ["One"])
    board.take_state("two", STATE)
    board.take_state("one", b"")
    assert (names(board), board.connection["to_end"]) == (["Two"], [])
    board.configure({"one": "One", "two": "Two"}, {})
    assert (board.connection["to_start"], board.connection["to_end"]) == (["One"], [])


def test_pages_that_start_after_the_file_has_changed_find_out_what_runs() -> None:
    board = Board({"one": "One", "two": "Two"})
    board.look()
    board.set_broker(connected=True)
    board.set_daemon(online=True)
    board.look()
    board.take_state("one", STATE)
    board.look()
    assert names(board) == ["One", "Two"], "its state may be on the way"
    board.look()
    assert (names(board), board.connection["to_start"]) == (["One"], ["Two"])
    board.set_daemon(online=False)
    board.look()
    assert (names(board), board.connection["to_start"]) == (["One", "Two"], []), "the next start takes the file"


def test_a_page_is_told_of_what_no_longer_waits_to_be_started() -> None:
    async def told() -> list[object]:
        board = running_board()
        follower = board.follow()
        changes = follower.changes()
        first = await anext(changes)
        board.configure({"one": "One", "two": "Two"}, {})
        second = await anext(changes)
        board.take_state("two", STATE)
        third = await anext(changes)
        follower.close()
        return [[one["name"] for one in change["stations"]] for change in (first, second, third)] + [
            change["connection"]["to_start"] for change in (second, third)
        ]

    assert asyncio.run(told()) == [["One"], ["One"], ["Two"], ["Two"], []]


def test_pages_that_are_served_follow_the_file(tmp_path: Path) -> None:
    with serving(tmp_path, stations="{one: {source: soundcard, name: One}}") as served:

        def served_names() -> list[str]:
            with urllib.request.urlopen(f"{served.address}/api/v1/stations", timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
                return [station["name"] for station in json.load(answer)["stations"]]

        assert served_names() == ["One"]
        (tmp_path / "genred.yaml").write_text(ONE.replace("One", "First") + TWO)
        wait_until(lambda: served_names() == ["First", "Two"])
