"""A file behind an address is told from what has no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.sources.stream import endless
from genred.sources.stream.endless import PaceCheck
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import collect

if TYPE_CHECKING:
    from tests.sources.hostile import HostileServer


def received(pace: float, *, burst_s: float, minutes: int = 5) -> float | None:
    """After how many seconds audio that comes so many times as fast as it sounds is refused."""
    now = 0.0
    check = PaceCheck("http://host/x", lambda: now)
    try:
        check.add(burst_s)
        for _ in range(minutes * 60):
            now += 1.0
            check.add(pace)
    except SourceError:
        return now
    return None


@pytest.mark.parametrize("burst_s", [0.1, 30.0, 600.0])
def test_what_comes_at_the_pace_of_time_has_no_end(burst_s: float) -> None:
    assert received(1.0, burst_s=burst_s) == pytest.approx(30.0)


@pytest.mark.parametrize("pace", [1.5, 4.0, 100.0])
def test_a_file_over_a_slow_line_is_taken_for_one(pace: float) -> None:
    assert received(pace, burst_s=0.1) is None


def test_a_server_that_says_no_length_is_read_to_its_end(server: HostileServer) -> None:
    url = server.on("/x", hostile.raw(hostile.OK + sounds.encoded(sounds.MP3, 30.0)))
    heard = collect(InternetStream(StreamSource(url=url), whole=True))
    assert heard.error is None
    assert heard.seconds == pytest.approx(30.0, abs=0.2)


def test_a_live_server_that_says_neither_length_nor_name_is_for_listening(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endless, "SETTLE_S", 0.5)
    monkeypatch.setattr(endless, "JUDGED_S", 1.0)
    # What a second brings comes in pieces.
    monkeypatch.setattr(endless, "LIVE_PACE", 8.0)
    url = server.on("/x", hostile.radio())
    heard = collect(InternetStream(StreamSource(url=url), whole=True))
    assert f"`genred listen {url}`" in str(heard.error)
