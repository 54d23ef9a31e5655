"""Old recordings are deleted, oldest first, a few at a time; what is being written never is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from genred.recording.retention import MOST_AT_ONCE, Retention
from genred.recording.sink import create

if TYPE_CHECKING:
    from pathlib import Path

NOW_S = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


def put(folder: Path, station: str, age_s: float, size_bytes: int = 1_000) -> Path:
    began_at = datetime.fromtimestamp(NOW_S - age_s - 3_600, UTC)
    path = folder / station / f"{began_at:%Y-%m-%d}" / f"{began_at:%H-%M-%S}Z.mka"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size_bytes))
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def test_what_is_too_old_goes_with_its_empty_folders(tmp_path: Path) -> None:
    old = put(tmp_path, "gone_from_the_configuration", 43 * DAY_S)
    young = put(tmp_path, "a", 41 * DAY_S)
    assert not Retention(tmp_path, 42 * DAY_S, None).sweep(NOW_S)
    assert not old.parent.parent.exists()
    assert young.exists()


def test_the_oldest_go_first_when_all_are_too_many(tmp_path: Path) -> None:
    files = [put(tmp_path, "ab"[index % 2], (10 - index) * 3_600.0) for index in range(10)]
    assert not Retention(tmp_path, None, 4_500).sweep(NOW_S)
    assert [file.exists() for file in files] == [False] * 6 + [True] * 4


def test_few_are_deleted_at_once(tmp_path: Path) -> None:
    files = [put(tmp_path, "a", 100 * DAY_S + index * 3_600.0) for index in range(MOST_AT_ONCE + 5)]
    retention = Retention(tmp_path, DAY_S, None)
    assert retention.sweep(NOW_S)
    assert sum(file.exists() for file in files) == 5
    assert not retention.sweep(NOW_S)
    assert not any(file.exists() for file in files)


def test_a_file_that_is_being_written_stays(tmp_path: Path) -> None:
    sink = create(tmp_path, "a", datetime.fromtimestamp(NOW_S - 50 * DAY_S, UTC))
    path = tmp_path / sink.name
    os.utime(path, (NOW_S - 50 * DAY_S, NOW_S - 50 * DAY_S))
    Retention(tmp_path, DAY_S, 0).sweep(NOW_S)
    assert path.exists()
    sink.release()
    Retention(tmp_path, DAY_S, None).sweep(NOW_S)
    assert not path.exists()


def test_what_was_written_a_moment_ago_stays(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 10.0)
    Retention(tmp_path, None, 0).sweep(NOW_S)
    assert path.exists()


@pytest.mark.parametrize("name", ["notes.txt", "a/2026-01-01/mine.mka", "a/2026-01-01/25-00-00Z.mka", "a/b/c/x.mka"])
def test_what_is_not_ours_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    Retention(tmp_path, DAY_S, 0).sweep(NOW_S)
    assert path.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", "a", 100 * DAY_S)
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "a").symlink_to(elsewhere.parent.parent, target_is_directory=True)
    Retention(folder, DAY_S, None).sweep(NOW_S)
    assert elsewhere.exists()


def test_a_folder_that_is_not_there_is_none_to_sweep(tmp_path: Path) -> None:
    assert not Retention(tmp_path / "none", DAY_S, 0).sweep(NOW_S)
