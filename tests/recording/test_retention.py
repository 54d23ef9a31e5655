"""Old recordings are deleted, oldest first, a few at a time; what is being written never is."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from genred.recording import retention
from genred.recording.paths import recordings_of
from genred.recording.retention import MOST_AT_ONCE, SETTLED_AFTER_S, Retention
from genred.recording.sink import create

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def settle(day: Path) -> None:
    os.utime(day, (NOW_S - DAY_S, NOW_S - DAY_S))


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
    keeper = Retention(tmp_path, DAY_S, None)
    assert keeper.sweep(NOW_S)
    assert sum(file.exists() for file in files) == 5
    assert not keeper.sweep(NOW_S)
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


def test_past_days_are_not_looked_into_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age in (30, 20, 10):
        settle(put(tmp_path, "a", age * DAY_S).parent)
    put(tmp_path, "a", 60.0)
    looked_into: list[str] = []

    def noted(folder: Path, day: str) -> Iterator[os.DirEntry[str]]:
        looked_into.append(day)
        return recordings_of(folder, day)

    monkeypatch.setattr(retention, "recordings_of", noted)
    keeper = Retention(tmp_path, 42 * DAY_S, None)
    keeper.sweep(NOW_S)
    assert len(looked_into) == 4
    looked_into.clear()
    keeper.sweep(NOW_S)
    assert looked_into == ["a/2026-11-29"]


def test_what_comes_into_a_past_day_and_goes_from_it_is_seen(tmp_path: Path) -> None:
    first = put(tmp_path, "a", 30 * DAY_S)
    settle(first.parent)
    keeper = Retention(tmp_path, None, 2_500)
    keeper.sweep(NOW_S)
    second = put(tmp_path, "a", 30 * DAY_S - 60.0)
    third = put(tmp_path, "a", 30 * DAY_S - 120.0)
    keeper.sweep(NOW_S)
    assert [file.exists() for file in (first, second, third)] == [False, True, True]
    settle(first.parent)
    keeper.sweep(NOW_S)
    second.unlink()
    fourth = put(tmp_path, "b", 1 * DAY_S)
    keeper.sweep(NOW_S)
    assert third.exists()
    assert fourth.exists()


def test_a_day_is_looked_into_until_nothing_is_written_to_it_any_more(tmp_path: Path) -> None:
    file = put(tmp_path, "a", SETTLED_AFTER_S - 60.0)
    settle(file.parent)
    keeper = Retention(tmp_path, None, 4_000)
    keeper.sweep(NOW_S)
    file.write_bytes(bytes(5_000))
    os.utime(file, (NOW_S - 3_600, NOW_S - 3_600))
    keeper.sweep(NOW_S)
    assert not file.exists()


def test_nothing_is_searched_without_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", DAY_S)
    monkeypatch.setattr(retention, "days_in", lambda folder: pytest.fail(f"looked into {folder}"))
    assert not Retention(tmp_path, None, None).sweep(NOW_S)


def test_a_sweep_ends_in_a_break_in_which_the_daemon_does(tmp_path: Path) -> None:
    old = put(tmp_path, "a", 50 * DAY_S)
    assert not Retention(tmp_path, DAY_S, None, lambda: True).sweep(NOW_S)
    assert old.exists()


@pytest.mark.parametrize("seed", range(5))
def test_the_oldest_go_first_whatever_days_and_stations_they_are_of(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    ages_s = rng.sample(range(3_600, 20 * 86_400), 40)
    files = [put(tmp_path, rng.choice("abc"), age_s) for age_s in ages_s]
    keeper = Retention(tmp_path, None, 25_000)
    keeper.sweep(NOW_S)
    by_age = sorted(zip(ages_s, files, strict=True), reverse=True)
    assert [file.exists() for _, file in by_age] == [False] * 15 + [True] * 25
