"""A thousand short recordings, twenty of them broken, each in a way of its own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from tests.archive.broken import write_broken
from tests.archive.material import NOON, archive, write_recording
from tests.cli.wav import sound

if TYPE_CHECKING:
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle

GOOD = 980


def test_of_a_thousand_recordings_twenty_are_rows_with_their_errors(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    folder = tmp_path / "in"
    tone = sound("jazz", 1.0)
    for index in range(GOOD):
        # Each has a content of its own.
        write_recording(folder, tone[: tone.size - index], NOON + timedelta(minutes=index))
    broken = write_broken(folder / "one")
    assert len(broken) == 20
    tally = archive([folder], tmp_path / "out", tiny_bundle)
    assert (tally.files, tally.read, tally.known, tally.failed) == (1_000, 1_000, 0, 20)
    rows = pq.read_table(tmp_path / "out" / "files.parquet").to_pylist()
    errors = {row["path"]: row for row in rows if row["error"] is not None}
    assert set(errors) == {str(path) for path in broken}
    assert sum(row["word"] is not None for row in rows) == GOOD
    for path, row in errors.items():
        assert path in row["error"], row
        assert row["cause"]
        assert row["seconds"] is None
    assert len(Counter(row["error"].replace(row["path"], "") for row in errors.values())) >= 5
    assert archive([folder], tmp_path / "out", tiny_bundle).read == 0
