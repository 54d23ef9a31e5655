"""The JSON that is published of a station. Field names and meanings are an interface: they change only with `SCHEMA`.

Times are RFC 3339 in UTC with milliseconds. Numbers are rounded to what is meant: probabilities to three decimals,
levels to a tenth of a decibel.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.signal_faults import SignalFault
    from genred.cause import Cause
    from genred.clock import Moment
    from genred.events import ConnectionStatus, StationReport

SCHEMA = 1
"""Version of every payload; raised when a field changes its meaning or goes, not when one is added."""

PROBABILITY_DECIMALS = 3
LEVEL_DECIMALS = 1
DURATION_DECIMALS = 3
SIGNAL_DECIMALS = 3


class StatePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What `…/state` holds.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        station: Id of the station.
        enabled: Whether the station is meant to listen.
        state: `offline`, `silence`, `speech`, `uncertain` or `music`.
        genre: While the state is `music`, else null.
        confidence: 0 to 1; null while offline.
        probabilities: Of each label; empty while offline.
        since: Since when state and genre have been what they are.
        level_dbfs: RMS under full scale of the loudest channel, without a DC offset; null while offline.
        peak_dbfs: Largest sample, likewise.
        loudness_lufs: Loudness of the last three seconds (EBU R128, short-term), where it is measured, else null.
        clipping: Whether the input is overdriven.
        signal_faults: What is wrong with the channels: `inverted_channel`, `dead_channel`, `imbalance`, `dc_offset`.
        overloaded: Whether windows are given up, since the machine has more stations than it keeps up with.
        title: As the stream announces it, or null.
        model: Name of the model bundle.
        windows: Analysed since the station was started.
        dropped_windows: Given up because analysis was slower than real time.
        reconnects: How often the source was opened again.
        at: When all this was true.
        run: Id of the daemon's start: another one means that counters began anew.
        connection: To the source: `connecting`, `streaming`, `stalled`, `backing_off`, `failed`, `ended` or
            `stopped`.
        cause: Of the last failure, such as `http_404`; null while audio flows.
        retry_at: The next attempt, while backing off.
        broken_expectations: Ids of what is expected of the station and broken now.
        recording: Whether its sound is being recorded; null where it is not meant to be.
        recording_cause: Why it is not, such as `disk_full`; null while it is, or where nobody knows.
    """

    schema: int
    node: str
    station: str
    enabled: bool
    state: str
    genre: str | None
    confidence: float | None
    probabilities: dict[str, float]
    since: str
    level_dbfs: float | None
    peak_dbfs: float | None
    loudness_lufs: float | None
    clipping: bool
    signal_faults: list[str]
    overloaded: bool
    title: str | None
    model: str
    windows: int
    dropped_windows: int
    reconnects: int
    at: str
    run: str
    connection: str
    cause: str | None
    retry_at: str | None
    broken_expectations: tuple[str, ...]
    recording: bool | None
    recording_cause: str | None


def state_payload(
    report: StationReport,
    connection: ConnectionStatus,
    *,
    node: str,
    enabled: bool,
    clipping: bool = False,
    signal_faults: Sequence[SignalFault] = (),
    overloaded: bool = False,
    broken_expectations: tuple[str, ...] = (),
    recording: bool | None = None,
    recording_cause: Cause | None = None,
) -> StatePayload:
    """What is published on `…/state` of a report and of how the station stands."""
    return StatePayload(
        schema=SCHEMA,
        node=node,
        station=report.station,
        enabled=enabled,
        state=report.state.value,
        genre=report.genre,
        confidence=rounded(report.confidence),
        probabilities={label: round(share, PROBABILITY_DECIMALS) for label, share in report.probabilities.items()},
        since=timestamp(report.since),
        level_dbfs=None if report.level is None else round(report.level.rms_dbfs, LEVEL_DECIMALS),
        peak_dbfs=None if report.level is None else round(report.level.peak_dbfs, LEVEL_DECIMALS),
        loudness_lufs=None if report.loudness_lufs is None else round(report.loudness_lufs, LEVEL_DECIMALS),
        clipping=clipping,
        signal_faults=[fault.value for fault in signal_faults],
        overloaded=overloaded,
        title=report.title,
        model=report.model,
        windows=report.windows,
        dropped_windows=report.dropped_windows,
        reconnects=report.reconnects,
        at=timestamp(report.at),
        run=report.at.run,
        connection=connection.state.value,
        cause=connection.cause,
        retry_at=None if connection.retry_at is None else timestamp(connection.retry_at),
        broken_expectations=broken_expectations,
        recording=recording,
        recording_cause=recording_cause,
    )


def timestamp(at: Moment) -> str:
    """RFC 3339 in UTC with milliseconds, such as `2026-11-22T12:00:00.250Z`."""
    # The nearest whole millisecond.
    later = at.utc + timedelta(microseconds=500)
    whole = later.replace(microsecond=later.microsecond // 1_000 * 1_000).astimezone(UTC)
    return whole.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def rounded(value: float | None) -> float | None:
    """A probability as published."""
    return None if value is None else round(value, PROBABILITY_DECIMALS)
