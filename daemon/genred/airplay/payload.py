"""Entries of the airplay log as JSON: the same names and the same rounding as over MQTT."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from genred.payloads.state import DURATION_DECIMALS, LEVEL_DECIMALS, PROBABILITY_DECIMALS, rounded

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from genred.airplay.logged import LoggedEntry


class EntryPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `genred airplay`.

    Attributes:
        id: Of the entry in its log, for `--clip`; null while it is on air.
        node: Id of the machine.
        station: Id of the station.
        started_at: ISO 8601 with its offset from UTC.
        ended_at: Likewise.
        seconds: By the monotonic clock.
        state: `offline`, `silence`, `speech`, `uncertain` or `music`.
        genre: While the state is `music`, else null.
        confidence: Mean, 0 to 1; null while offline.
        least_confidence: The lowest of it.
        probabilities: Mean of each label; empty while offline.
        title: As the stream announced it, or null.
        artist: Split off the title where that is unambiguous.
        song: Likewise.
        level_dbfs: RMS of the whole entry; null while offline.
        loudness_lufs: Integrated loudness (EBU R128), where it was measured.
        loudness_range_lu: Loudness range, likewise.
        true_peak_dbtp: Highest true peak, likewise.
        gap_cause: Why nothing was analysed, while offline; else null.
        model: Name of the model bundle.
        model_sha256: Of its network.
        run: Id of the daemon's start.
    """

    id: int | None
    node: str
    station: str
    started_at: str
    ended_at: str
    seconds: float
    state: str
    genre: str | None
    confidence: float | None
    least_confidence: float | None
    probabilities: dict[str, float]
    title: str | None
    artist: str | None
    song: str | None
    level_dbfs: float | None
    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    gap_cause: str | None
    model: str | None
    model_sha256: str | None
    run: str


def entry_payload(entry: LoggedEntry, zone: tzinfo = UTC) -> EntryPayload:
    """Makes the row of an entry, its times in a zone."""
    loudness, model = entry.loudness, entry.model
    labels = () if model is None else model.labels
    return EntryPayload(
        id=entry.id,
        node=entry.node,
        station=entry.station,
        started_at=local_timestamp(entry.started_at, zone),
        ended_at=local_timestamp(entry.ended_at, zone),
        seconds=round(entry.seconds, DURATION_DECIMALS),
        state=entry.state.value,
        genre=entry.genre,
        confidence=rounded(entry.confidence),
        least_confidence=rounded(entry.least_confidence),
        probabilities={
            label: round(share, PROBABILITY_DECIMALS) for label, share in zip(labels, entry.probabilities, strict=False)
        },
        title=entry.title,
        artist=entry.artist,
        song=entry.song,
        level_dbfs=_level(entry.level_dbfs),
        loudness_lufs=_level(loudness.integrated_lufs) if loudness else None,
        loudness_range_lu=_level(loudness.range_lu) if loudness else None,
        true_peak_dbtp=_level(loudness.true_peak_dbtp) if loudness else None,
        gap_cause=None if entry.cause is None else entry.cause.value,
        model=None if model is None else model.name,
        model_sha256=None if model is None else model.sha256,
        run=entry.run,
    )


def local_timestamp(at: datetime, zone: tzinfo) -> str:
    """ISO 8601 with milliseconds and the zone's offset; `Z` for UTC."""
    return at.astimezone(zone).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(level: float | None) -> float | None:
    return None if level is None else round(level, LEVEL_DECIMALS) + 0.0  # not -0.0
