"""Makes one log of several. Their order does not matter, and a log that is merged twice counts once."""

from __future__ import annotations

import contextlib
import heapq
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.airplay.database import describe_errors
from genred.airplay.loudness import loudness_values
from genred.airplay.loudness_table import PUT_LOUDNESS
from genred.airplay.opening import make
from genred.airplay.query import AirplayLog
from genred.airplay.recording_tables import PUT_GAP, PUT_MARK, PUT_RECORDING, mark_values, recording_values
from genred.airplay.schema import LOG
from genred.airplay.statements import (
    INSERT_ENTRY,
    INSERT_GAP,
    INSERT_STEP,
    INSERT_TITLE,
    PUT_RUN,
    PUT_STATION,
    entry_values,
    gap_values,
    run_values,
    title_values,
)
from genred.airplay.tiling import ABSENT, is_absent, order, tiled, without_overlap
from genred.airplay.times import to_us
from genred.airplay.writer_lock import only_writer
from genred.whole_file import copy_owner, copy_permissions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry, LoggedStation
    from genred.airplay.recording_rows import RecordingMark, RecordingRow
    from genred.airplay.rows import ClockStep, LoudnessRow, Model, Run

_ENDINGS = ("running", "killed", "stopped")
"""What a log knows of the end of a run, from least to most."""


def merge(paths: Sequence[Path], target: Path) -> int:
    """Writes a log with the rows of all of them; stations of one name on two nodes stay two.

    Args:
        paths: Of the logs; they are only read.
        target: Of the new log. One that is there already is merged with the others, and replaced when all is written;
            its owner and permissions are kept, and where it is a link, what it leads to is replaced.

    Returns:
        The number of entries in it.

    Raises:
        AirplayError: A log cannot be read, or the new one not be written.
    """
    target = target.resolve()
    draft = target.with_name(f"{target.name}.merging")
    with contextlib.ExitStack() as stack, describe_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(only_writer(target, LOG))
        sources = [*paths, *([target] if target.exists() and target not in paths else [])]
        logs = [stack.enter_context(AirplayLog(path)) for path in sources]
        for part in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + part).unlink(missing_ok=True)
        stack.callback(draft.unlink, missing_ok=True)
        with make(draft, LOG) as connection:
            count = _Writer(connection).write(logs)
        for part in ("-wal", "-shm"):
            target.with_name(target.name + part).unlink(missing_ok=True)
        if target.exists():
            copy_owner(target, draft)
            copy_permissions(target, draft)
        draft.replace(target)
        return count


class _Writer:
    """Writes the rows of several logs into an empty one, in an order that follows from the rows alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._runs: dict[tuple[str, str], int] = {}
        self._models: dict[Model, int] = {}

    def write(self, logs: Sequence[AirplayLog]) -> int:
        """Writes all. Returns the number of entries."""
        self._write_runs(logs)
        entries = 0
        names = sorted({(one.node, one.station) for log in logs for one in log.stations()})
        for key, (node, station) in enumerate(names, 1):
            found = [(log, one) for log in logs for one in log.stations() if (one.node, one.station) == (node, station)]
            best = max(
                (one for _, one in found), key=lambda one: (one.name != one.station, one.name, one.time_zone or "")
            )
            self._execute(PUT_STATION, (node, station, best.name, best.time_zone))
            entries += self._write_station(key, node, found)
        return entries

    def _write_runs(self, logs: Sequence[AirplayLog]) -> None:
        runs: dict[tuple[str, str], Run] = {}
        for run in (run for log in logs for run in log.runs()):
            runs[run.node, run.run] = _further(runs.get((run.node, run.run), run), run)
        for key, run in enumerate(sorted(runs.values(), key=lambda run: (run.started_at, run.node, run.run)), 1):
            self._execute(PUT_RUN, run_values(run))
            self._runs[run.node, run.run] = key
        steps = {(step.run, step.at): step for log in logs for step in log.clock_steps()}
        for step in sorted(steps.values(), key=lambda step: (step.at, step.run)):
            self._write_step(step)

    def _write_step(self, step: ClockStep) -> None:
        for (_, run), key in self._runs.items():
            if run == step.run:
                self._execute(INSERT_STEP, (key, to_us(step.at), step.seconds, int(step.suspended)))

    def _write_station(self, key: int, node: str, found: Sequence[tuple[AirplayLog, LoggedStation]]) -> int:
        count = 0
        sorted_entries = [_sorted_by_start(log.entries(one, None, None)) for log, one in found]
        for entry in tiled(heapq.merge(*sorted_entries, key=order)):
            run_id = self._runs[node, entry.run]
            model_id = None if entry.model is None else self._model_id(entry.model)
            self._execute(INSERT_ENTRY, (key, run_id, *entry_values(entry, model_id)))
            count += 1
            if is_absent(entry) and entry.cause in ABSENT:
                self._execute(INSERT_GAP, (key, run_id, *gap_values(entry)))
        gaps = {gap for log, one in found for gap in log.gaps(one, None, None) if gap.cause not in ABSENT}
        for gap in sorted(gaps, key=order):
            self._execute(INSERT_GAP, (key, self._runs[node, gap.run], *gap_values(gap)))
        titles = {title for log, one in found for title in log.titles(one, None, None)}
        for title in without_overlap(sorted(titles, key=order)):
            self._execute(INSERT_TITLE, (key, self._runs[node, title.run], *title_values(title)))
        for loudness in _furthest(row for log, one in found for row in log.loudness(one, None, None)):
            self._execute(PUT_LOUDNESS, (key, self._runs[node, loudness.run], *loudness_values(loudness)))
        self._write_recordings(key, node, found)
        return count

    def _write_recordings(self, key: int, node: str, found: Sequence[tuple[AirplayLog, LoggedStation]]) -> None:
        """Writes the index; the files stay where they are."""
        known: dict[tuple[str, str], RecordingRow] = {}
        marks: dict[tuple[str, str], dict[float, RecordingMark]] = {}
        for row, index in (recording for log, one in found for recording in log.recordings(one, None, None)):
            name = row.folder, row.file
            known[name] = max(known.get(name, row), row, key=_knowledge)
            marks.setdefault(name, {}).update((mark.media_s, mark) for mark in index)
        for row in sorted(known.values(), key=order):
            self._execute(PUT_RECORDING, (key, self._runs[node, row.run], *recording_values(row)))
            for _, mark in sorted(marks[row.folder, row.file].items()):
                self._execute(PUT_MARK, mark_values(mark, key))
        gaps = {gap for log, one in found for gap in log.recording_gaps(one, None, None)}
        for gap in sorted(gaps, key=order):
            self._execute(PUT_GAP, (key, self._runs[node, gap.run], *gap_values(gap)))

    def _model_id(self, model: Model) -> int:
        if model not in self._models:
            key = len(self._models) + 1
            labels = json.dumps(model.labels, ensure_ascii=False)
            self._execute(
                "INSERT INTO models (id, name, sha256, labels) VALUES (?, ?, ?, ?)",
                (key, model.name, model.sha256, labels),
            )
            self._models[model] = key
        return self._models[model]


def _sorted_by_start(entries: Iterable[LoggedEntry]) -> Iterable[LoggedEntry]:
    """Entries without their numbers, which mean nothing in another log."""
    return (replace(entry, id=None) for entry in entries if entry.ended_at > entry.started_at)


def _further(one: Run, other: Run) -> Run:
    """What two logs know of a run together."""
    later = max(one, other, key=lambda run: (run.seen_at, run.configuration_sha256))
    ended = max(one.ended, other.ended, key=_ENDINGS.index)
    return replace(later, started_at=min(one.started_at, other.started_at), ended=ended)


def _furthest(rows: Iterable[LoudnessRow]) -> list[LoudnessRow]:
    """Of the rows of one quarter those that know most of it, oldest first."""
    known: dict[datetime, LoudnessRow] = {}
    for row in rows:
        other = known.get(row.started_at)
        if other is None or (other.seconds, repr(other)) < (row.seconds, repr(row)):
            known[row.started_at] = row
    return [known[started_at] for started_at in sorted(known)]


def _knowledge(row: RecordingRow) -> tuple[object, ...]:
    """How much a log knows of a recording."""
    return (row.complete, row.seconds, row.ended_at, row.size_bytes, repr(row))
