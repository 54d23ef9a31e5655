"""What names of recordings say."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from genred.archive.pattern import NamePattern
from genred.archive.placement import NEVER, TWICE, Placer
from genred.errors import UsageError

NOON = datetime(2026, 11, 29, 12)  # noqa: DTZ001 - names have no zone
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("pattern", "path", "station", "at"),
    [
        ("{station}/{date:%Y%m%d}-{time:%H%M}.mp3", "/srv/radio/eins/20261129-1200.mp3", "eins", NOON),
        ("{station}-{date:%Y%m%d}-{time:%H%M}.*", "radio-eins-20261129-1200.flac", "radio-eins", NOON),
        ("{date:%Y}*", "2026 etc", None, datetime(2026, 1, 1)),  # noqa: DTZ001
        ("{date}T{time}*", "2026-11-29T12:00:00.mp3", None, NOON),
        ("{station}/*{date:%d.%m.%y}_{time:%H.%M.%S}*", "s3://b/x/Take 29.11.26_12.00.00 (2).wav", "x", NOON),
        ("{date:%Y-%m-%dT%H%M%S%z}.mka", "2026-11-29T120000Z.mka", None, NOON.replace(tzinfo=UTC)),
        ("{station}", "song.mp3", "song.mp3", None),
        ("{station}/{date:%Y%m%d}-{time:%H%M}.mp3", "20261129-1200.mp3", None, None),
        ("{station}/{date:%Y%m%d}-{time:%H%M}.mp3", "eins/20261329-1200.mp3", None, None),
        ("{station}/{date:%Y%m%d}-{time:%H%M}.mp3", "eins/20261129-1200.mp3.part", None, None),
        ("a.b/{date:%Y}", "aXb/2026", None, None),
    ],
)
def test_a_pattern_is_held_against_the_end_of_a_path(
    pattern: str, path: str, station: str | None, at: datetime | None
) -> None:
    found = NamePattern(pattern).match(path)
    assert (None if found is None else (found.station, found.at)) == (
        None if station is None and at is None else (station, at)
    )


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("{place}.mp3", r"has \{place\}"),
        ("{date:%Q}", "has %Q"),
        ("{time:%H}", "a time but no date"),
        ("song.mp3", "neither a station nor a time"),
        ("{station}{station}", "twice"),
        ("{date:%Y}{time:%Y}", "has %Y twice"),
        ("{date:%Y/%m}", "without its counterpart"),
        ("{station", "without its counterpart"),
        ("*{station}*", "more than 2"),
        ("{station:%Y}", "takes none"),
    ],
)
def test_what_is_no_pattern_is_named(pattern: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        NamePattern(pattern)


def test_a_hostile_name_takes_no_longer_than_others() -> None:
    pattern = NamePattern("*{station}{date:%Y%m%d}{time:%H%M%S}.mp3")
    started_at = time.process_time()
    for _ in range(20):
        assert pattern.match("1" * 250 + "x") is None
        assert pattern.match("1" * 100_000) is None
    assert time.process_time() - started_at < 20


def place(name: str, of_file: dict[str, str] | None = None, **options: object) -> tuple[str, datetime | None, str]:
    given = {"patterns": (), "tags": {}, "station": None, "zone": BERLIN, **options}
    found = Placer(**given).place(name, lambda: of_file or {})  # type: ignore[arg-type]
    return found.station, found.started_at, found.note


def test_times_are_of_the_zone_that_is_given_and_clocks_are_set() -> None:
    assert place("Radio Eins/20260701-1200.mp3") == ("radio_eins", datetime(2026, 7, 1, 10, tzinfo=UTC), "")
    assert place("a/20261129-1200.mp3")[1] == datetime(2026, 11, 29, 11, tzinfo=UTC)
    assert place("a/20261025-0230.mp3") == ("a", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), TWICE)
    assert place("a/20260329-0230.mp3") == ("a", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), NEVER)


def test_the_second_recording_of_an_hour_that_was_twice_is_an_hour_later() -> None:
    placer = Placer((), {}, None, BERLIN)
    first = placer.place("a/20261025-0200.mp3", dict)
    second = placer.second_time(first)
    assert first.started_at is not None
    assert second.started_at == first.started_at + timedelta(hours=1)


def test_genred_s_own_recordings_are_known() -> None:
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert place("/var/lib/genred/kitchen/2026-11-29/12-00-00Z.mka") == ("kitchen", at, "")
    assert place("/var/lib/genred/kitchen/2026-11-29/12-00-00Z-2.mka") == ("kitchen", at, "")


def test_tags_say_what_names_do_not() -> None:
    tags = {"comment": "Radio Zwei, 29.11.2026 12:00", "title": "x"}
    pattern = {"Comment": "{station}, {date:%d.%m.%Y} {time:%H:%M}"}
    assert place("x.mp3", tags, tags=pattern) == ("radio_zwei", datetime(2026, 11, 29, 11, tzinfo=UTC), "")
    assert place("x.mp3", {}, tags=pattern) == ("archive", None, "")
    assert place("a/20261129-1200.mp3", {}, station="b")[0] == "b"
