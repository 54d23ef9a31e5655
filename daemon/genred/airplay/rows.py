"""What the airplay log holds, as values. All times are in the log's own time: aware UTC, never going back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from genred.airplay.recording_rows import RecordingRows
    from genred.analysis.estimate import State
    from genred.cause import Cause

    ReportedRow: TypeAlias = "Entry | GapRow | TitleSpan | LoudnessRow"
    LogRow: TypeAlias = "ReportedRow | ClockStep | RecordingRows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What all rows of a station have.

    Attributes:
        station: The station's id, a slug.
        run: Id of the daemon's start that wrote it.
        started_at: When it began.
        ended_at: When it ended; the next entry of the station begins there.
        seconds: How long it lasted by the monotonic clock, which no step of the wall clock changes.
    """

    station: str
    run: str
    started_at: datetime
    ended_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The model that an entry is of.

    Attributes:
        name: Of the bundle.
        sha256: Of the bundle's network; empty where it is not known.
        labels: The genres that it knows, in the order of an entry's probabilities.
    """

    name: str
    sha256: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """EBU R128 of what an entry was.

    Attributes:
        integrated_lufs: Integrated loudness.
        range_lu: Loudness range; None where too little was measured.
        true_peak_dbtp: Highest true peak.
    """

    integrated_lufs: float
    range_lu: float | None = None
    true_peak_dbtp: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Row):
    """A stretch in which one thing was on air under one title. The entries of a station tile its time.

    Attributes:
        state: What was on air.
        genre: While that is `music`, else None.
        confidence: Mean, 0 to 1; None while offline.
        least_confidence: The lowest of it.
        probabilities: Mean of each label, in the model's order; empty while offline.
        level_dbfs: RMS of the whole entry in dB under full scale; None while offline.
        loudness: Where it was measured.
        title: As the stream announced it, or None.
        artist: Split off the title where that is unambiguous, else None.
        song: Likewise.
        model: Of the estimates; None for time in which the daemon did not run.
        reports: How many estimates it is the mean of.
        cause: Why nothing was analysed, while offline; else None.
    """

    state: State
    genre: str | None = None
    confidence: float | None = None
    least_confidence: float | None = None
    probabilities: tuple[float, ...] = ()
    level_dbfs: float | None = None
    loudness: Loudness | None = None
    title: str | None = None
    artist: str | None = None
    song: str | None = None
    model: Model | None = None
    reports: int = 0
    cause: Cause | None = None

    @property
    def announcement(self) -> str:
        """The genre while there is one, else the state."""
        return self.genre if self.genre is not None else self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow(Row):
    """A stretch that was not analysed, inside an entry or reaching over several.

    Attributes:
        cause: Why.
    """

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleSpan(Row):
    """A stretch in which the stream announced one title."""

    title: str
    artist: str | None = None
    song: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessRow(Row):
    """The loudness of what was measured in a quarter of an hour, as it adds up; `seconds` are those that were measured.

    Attributes:
        true_peak_dbtp: Highest true peak.
        momentary: How many blocks of 400 ms there were by their loudness in tenths of a LUFS, the lowest first.
        short_term: Likewise of 3 s.
    """

    true_peak_dbtp: float
    momentary: tuple[tuple[int, int], ...]
    short_term: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """The wall clock was set, or the machine slept.

    Attributes:
        run: Id of the daemon's start.
        at: When, in the log's time before the step.
        seconds: By how much, negative when it was set back.
        suspended: Whether the machine slept; its clock was right then.
    """

    run: str
    at: datetime
    seconds: float
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A start of the daemon.

    Attributes:
        run: Its id.
        node: Id of the machine.
        started_at: In the log's time.
        seen_at: When it was last known to run.
        version: Of genred.
        configuration_sha256: Of the configuration as shown with its secrets masked.
        ended: `stopped` when it ended as asked, `killed` when the next one found it unended, `running` until then.
    """

    run: str
    node: str
    started_at: datetime
    seen_at: datetime
    version: str
    configuration_sha256: str = ""
    ended: str = "running"


@dataclass(slots=True)
class Batch:
    """What is to be written at once.

    Attributes:
        rows: Finished entries, gaps, titles, loudness, steps of the clock, and all of recordings, oldest first.
        open_entries: Of each station, what is on air now, as it stands.
    """

    rows: list[LogRow] = field(default_factory=list)
    open_entries: dict[str, Entry] = field(default_factory=dict)
