"""Made-up recordings of a station, and archives of them."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from genred.archive.archiving import Archiving
from genred.archive.building import BuildSettings, build
from genred.archive.ledger import Ledger
from genred.archive.placement import Placer
from genred.archive.reading import RecordingReader
from tests.cli.wav import sound, write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.archive.archiving import ArchiveTally
    from genred.archive.readers import Outcome
    from genred.archive.reading import ReadTask

STEP_SAMPLES = 43 * 512
"""Of the analyzer at its default step: recordings of whole steps have their windows on one grid."""

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

EXACT = "{station}/{date:%Y%m%d}-{time:%H%M%S.%f}.wav"
"""What `write_recording` calls them."""

JOIN_WITHIN = timedelta(seconds=2)


def programme(*parts: tuple[str, float]) -> NDArray[np.float32]:
    """Sounds one after the other; `silence` is digital."""
    return np.concatenate(
        [
            np.zeros(round(22_050 * seconds), np.float32) if label == "silence" else sound(label, seconds, seed)
            for seed, (label, seconds) in enumerate(parts)
        ]
    )


def write_recording(folder: Path, samples: NDArray[np.floating], at: datetime = NOON, station: str = "one") -> Path:
    """Writes a recording under the name of its time."""
    path = folder / station / f"{at:%Y%m%d-%H%M%S.%f}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_wav(path, samples)


class InProcess:
    """Reads recordings in this process, one after the other."""

    def __init__(self, bundle: ModelBundle) -> None:
        self._reader = RecordingReader(bundle)
        self.read_paths: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def read(self, tasks: Iterator[ReadTask]) -> Iterator[tuple[ReadTask, Outcome]]:
        for task in tasks:
            self.read_paths.append(task.path)
            yield task, self._reader.read(task)


class Unobserved:
    def listed(self, tally: ArchiveTally) -> None:
        pass

    def ended(self, outcome: Outcome | None, tally: ArchiveTally) -> None:
        pass


def archive(
    names: Sequence[str | Path], out: Path, bundle: ModelBundle, readers: InProcess | None = None, **options: object
) -> ArchiveTally:
    """Reads an archive in this process."""
    settings = {"patterns": [EXACT], "tags": {}, "station": None, "zone": UTC, **options}
    with Ledger(out, "test") as ledger:
        archiving = Archiving(ledger, Placer(**settings), JOIN_WITHIN, Unobserved())  # type: ignore[arg-type]
        archiving.list_all([str(name) for name in names])
        with readers or InProcess(bundle) as given:
            archiving.read_all(given)
        build(ledger, bundle, build_settings(out))
        return archiving.tally


def build_settings(out: Path) -> BuildSettings:
    return BuildSettings(folder=out, log=True, parquet=True, node="archive", zone_name="UTC", join_within=JOIN_WITHIN)


def logged(out: Path) -> list[tuple[object, ...]]:
    """All rows of an archive's log, without the numbers that mean nothing in another one."""
    with contextlib.closing(sqlite3.connect(out / "airplay.sqlite", isolation_level=None)) as connection:
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(all_entries)") if name != "id"]
        rows: list[tuple[object, ...]] = []
        for table, names in (
            ("all_entries", ", ".join(columns)),
            ("gaps", "station_id, started_us, ended_us, seconds, cause"),
            ("titles", "station_id, started_us, ended_us, title, artist, song"),
        ):
            rows += [
                (table, *row)
                for row in connection.execute(
                    f"SELECT stations.station, {names.replace('station_id, ', '')} FROM {table} "  # noqa: S608 - ours
                    f"JOIN stations ON stations.id = station_id ORDER BY 1, started_us, ended_us"
                )
            ]
        return rows
