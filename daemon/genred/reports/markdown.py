"""A report as Markdown (CommonMark with GitHub's tables): all figures of the page, without its pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genred.printable import printable
from genred.reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from genred.reports.figures import Report, StationFigures
    from genred.reports.plays import Artist, PlayedTitle

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&!])")


def to_markdown(report: Report, zone: tzinfo) -> str:
    """Gives the report.

    Args:
        report: Its figures.
        zone: Of the times shown; the report's own.
    """
    return "\n".join(_lines(report, zone)) + "\n"


def escaped(text: str) -> str:
    """Gives a text on one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _lines(report: Report, zone: tzinfo) -> Iterator[str]:
    yield f"# Airplay, {wording.period(report.period, zone)}"
    yield ""
    yield (
        f"{wording.minute(report.period.since, zone)} – {wording.minute(report.period.until, zone)}, "
        f"{report.period.time_zone}. Compared with {wording.period(report.before, zone)}. "
        f"Made by {report.generator} on {wording.minute(report.created_at, zone)}."
    )
    for station in report.stations:
        yield ""
        yield f"## {escaped(station.name)}"
        yield ""
        yield _in_short(station)
        yield from _shares(station)
        yield from _days(station)
        yield from _clock(station)
        yield from _runs(station, zone)
        yield from _loudness(station)
        yield from _dead_air(station, zone)
        yield from _outages(station, zone)
        yield from _titles(station)


def _in_short(station: StationFigures) -> str:
    music, dead, up = station.music, station.dead_air, station.availability
    return (
        f"Music {wording.share(music.value)} ({wording.points(music.change)}), "
        f"mostly {escaped(wording.on_air(station.genre)) if station.genre else 'none'}. "
        f"Dead air {wording.duration(dead.seconds.value)} ({wording.duration_change(dead.seconds.change)}), "
        f"{wording.number(dead.count.value)} × ({wording.count_change(dead.count.change)}). "
        f"Analysed {wording.availability(up.share.value)}, outages {wording.number(up.outages.value)} "
        f"({wording.count_change(up.outages.change)})."
    )


def _shares(station: StationFigures) -> Iterator[str]:
    return _table(
        "What was on air",
        ("On air", "Share >", "Change >", "Time >", "Confidence >"),
        (
            (
                escaped(wording.on_air(share.on_air)),
                wording.share(share.share),
                wording.points(share.change),
                wording.duration(share.seconds),
                wording.confidence(share.confidence),
            )
            for share in station.shares
        ),
    )


def _days(station: StationFigures) -> Iterator[str]:
    if len(station.days) < 2:
        return iter(())
    return _table(
        "Days",
        ("Day", "Mostly", "Music >", "Dead air >", "Analysed >", *(("Loudness >",) if station.loudness else ())),
        (
            (
                wording.full_day(day.day),
                escaped(wording.on_air(day.genre)) if day.genre else wording.NONE,
                wording.duration(day.music_s),
                wording.duration(day.dead_air_s),
                wording.availability(day.availability),
                *((wording.loudness(day.loudness_lufs),) if station.loudness else ()),
            )
            for day in station.days
        ),
    )


def _clock(station: StationFigures) -> Iterator[str]:
    seen = [share.on_air for share in station.shares if share.seconds > 0]
    return _table(
        "Around the clock",
        ("Hour", *(f"{escaped(wording.on_air(on_air))} >" for on_air in seen)),
        (
            (
                f"{hour.hour:02}:00",
                *(wording.share(hour.shares.get(on_air, 0.0) if hour.seconds else None) for on_air in seen),
            )
            for hour in station.clock
        ),
    )


def _runs(station: StationFigures, zone: tzinfo) -> Iterator[str]:
    return _table(
        "Longest runs",
        ("On air", "Length >", "From", "To"),
        (
            (
                escaped(wording.on_air(run.on_air)),
                wording.duration(run.seconds),
                wording.clock_time(run.started_at, zone),
                wording.clock_time(run.ended_at, zone),
            )
            for run in station.runs
        ),
    )


def _loudness(station: StationFigures) -> Iterator[str]:
    loudness = station.loudness
    if loudness is None:
        return
    yield from _table(
        "Loudness",
        ("Hour", "Integrated >", "Range >", "True peak >", "Measured >"),
        [
            (
                "All",
                _changed(
                    wording.loudness(loudness.integrated_lufs.value),
                    wording.loudness_change(loudness.integrated_lufs.change),
                ),
                wording.loudness_range(loudness.range_lu.value),
                wording.true_peak(loudness.true_peak_dbtp.value),
                wording.duration(loudness.seconds),
            ),
            *(
                (
                    f"{hour.hour:02}:00",
                    wording.loudness(hour.integrated_lufs),
                    wording.loudness_range(hour.range_lu),
                    wording.true_peak(hour.true_peak_dbtp),
                    wording.duration(hour.seconds),
                )
                for hour in loudness.hours
            ),
        ],
    )


def _changed(value: str, change: str) -> str:
    return f"{value} ({change})"


def _dead_air(station: StationFigures, zone: tzinfo) -> Iterator[str]:
    return _table(
        "Dead air",
        ("Began", "Length >", "Level >", "Kind"),
        (
            (
                wording.clock_time(silence.started_at, zone),
                wording.duration(silence.seconds),
                wording.level(silence.level_dbfs),
                wording.silence_kind(silence.digital),
            )
            for silence in station.dead_air.longest
        ),
    )


def _outages(station: StationFigures, zone: tzinfo) -> Iterator[str]:
    yield from _table(
        "Outages by cause",
        ("Cause", "Outages >", "Time >"),
        (
            (wording.cause(cause.cause), wording.number(cause.count), wording.duration(cause.seconds))
            for cause in station.availability.by_cause
        ),
    )
    yield from _table(
        "Outages",
        ("Began", "Length >", "Cause"),
        (
            (
                wording.clock_time(outage.started_at, zone),
                wording.duration(outage.seconds),
                ", ".join(wording.cause(cause) for cause in outage.causes),
            )
            for outage in station.availability.longest
        ),
    )


def _titles(station: StationFigures) -> Iterator[str]:
    yield from _most_played("Title", ((title.title, title) for title in station.titles.most_played))
    yield from _most_played("Artist", ((artist.artist, artist) for artist in station.titles.most_played_artists))


def _most_played(kind: str, named: Iterable[tuple[str, PlayedTitle | Artist]]) -> Iterator[str]:
    return _table(
        f"{kind}s",
        (kind, "Genre", "Times >", "Time >"),
        (
            (
                escaped(name),
                escaped(wording.on_air(played.on_air)),
                wording.number(played.plays),
                wording.duration(played.seconds),
            )
            for name, played in named
        ),
    )


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; a column whose head ends in `>` is aligned right. Nothing where there are no rows."""
    found = list(rows)
    if not found:
        return
    yield ""
    yield f"### {heading}"
    yield ""
    yield _row([column.removesuffix(" >") for column in columns])
    yield _row(["---:" if column.endswith(" >") else "---" for column in columns])
    for row in found:
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
