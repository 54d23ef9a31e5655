"""Made-up logs: entries of stations as a daemon would have written them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from genred.airplay.rows import Batch, Entry, Model, Run
from genred.airplay.store import AirplayStore
from genred.analysis.estimate import State
from genred.cause import Cause
from tests.outputs.events import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

MODEL = Model(name="student", sha256="ab" * 32, labels=("jazz", "rock", "speech"))


def run_of(node: str = "pi", run: str = "a1", *, started_at: datetime = NOON, seen_at: datetime | None = None) -> Run:
    return Run(run=run, node=node, started_at=started_at, seen_at=seen_at or started_at, version="0.1.0")


def entry(
    started_s: float,
    seconds: float,
    on_air: str = "jazz",
    *,
    station: str = "one",
    run: str = "a1",
    title: str | None = None,
    cause: Cause | None = None,
    confidence: float = 0.9,
) -> Entry:
    state = State(on_air) if on_air in {"offline", "silence", "speech", "uncertain"} else State.MUSIC
    offline = state is State.OFFLINE
    started_at = NOON + timedelta(seconds=started_s)
    artist, _, song = (title or "").partition(" - ")
    return Entry(
        station=station,
        run=run,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=seconds),
        seconds=seconds,
        state=state,
        genre=on_air if state is State.MUSIC else None,
        confidence=None if offline else confidence,
        least_confidence=None if offline else confidence / 2,
        probabilities=() if offline else (confidence, 1 - confidence, 0.0),
        level_dbfs=None if offline else -20.0,
        title=title,
        artist=artist or None if song else None,
        song=song or None,
        model=None if cause in {Cause.NOT_RUNNING, Cause.NOT_CONFIGURED} else MODEL,
        reports=0 if offline else round(seconds),
        cause=cause or (Cause.DNS if offline else None),
    )


def write_log(path: Path, *entries: Entry, node: str = "pi", open_entries: tuple[Entry, ...] = ()) -> Path:
    """A log as a daemon leaves it that was killed."""
    with AirplayStore(path, node) as store:
        for run in dict.fromkeys(one.run for one in (*entries, *open_entries)):
            rows = [one for one in entries if one.run == run]
            on_air = {one.station: one for one in open_entries if one.run == run}
            store.write(run_of(node, run), Batch(list(rows), on_air))
    return path


def programme(station: str, started_at: datetime, days: float, seed: int = 1) -> Iterator[Entry]:
    """Entries of about a minute each, one after the other, with silences and outages among them."""
    rng = random.Random(seed)
    at, end = started_at, started_at + timedelta(days=days)
    while at < end:
        on_air = rng.choices(["jazz", "rock", "speech", "uncertain", "silence", "offline"], [40, 30, 15, 10, 3, 2])[0]
        seconds = round(rng.expovariate(1 / 63.0) + 5.0, 3)
        made = entry(
            0.0, seconds, on_air, station=station, title=f"Artist {rng.randrange(500)} - Song {rng.randrange(9)}"
        )
        yield Entry(
            **{
                **{name: getattr(made, name) for name in made.__dataclass_fields__},
                "started_at": at,
                "ended_at": at + timedelta(seconds=seconds),
            }
        )
        at += timedelta(seconds=seconds)
