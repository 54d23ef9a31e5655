"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from genred.whole_file import output_file, replacing, write_whole
from tests.full_disk import files_of_at_most
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65_534
STAFF = 50

WRITE_AND_WAIT = """
import sys, time
from pathlib import Path
from genred.whole_file import output_file, replacing, write_whole
from tests.full_disk import files_of_at_most
with replacing(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    print("ready", flush=True)
    time.sleep(60)
"""

WRITE_TO_STANDARD_OUTPUT = """
from pathlib import Path
from genred.whole_file import output_file, replacing, write_whole
from tests.full_disk import files_of_at_most
with output_file(Path("/dev/stdout")) as stream:
    stream.write(b"new")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with something in it."""
    path = tmp_path / "day.csv"
    path.write_text("old")
    return path


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    """A folder that may be written to without being root, as which the test then does not run."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chown(folder, NOBODY, NOBODY)
        groups = os.getgroups()
        os.setgroups([NOBODY, STAFF])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files_beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir() if other != path)


def test_the_old_file_is_there_until_all_of_the_new_one_is(path: Path) -> None:
    with replacing(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_text() == "old"
        assert Path(stream.name).read_text() == "new"
    assert path.read_text() == "new"
    assert files_beside(path) == []


def test_permissions_are_those_of_the_old_file_from_the_beginning(path: Path) -> None:
    path.chmod(0o600)
    with replacing(path) as stream:
        assert mode(Path(stream.name)) == 0o600
    path.chmod(0o664)
    with replacing(path) as stream:
        stream.write(b"new")
    assert mode(path) == 0o664


def test_a_new_file_has_the_permissions_that_are_usual(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "day.csv", b"new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "day.csv") == 0o640


def test_a_secret_is_nobody_elses_whatever_was_there(path: Path) -> None:
    path.chmod(0o644)
    with replacing(path, mode=0o600) as stream:
        assert mode(Path(stream.name)) == 0o600
    assert mode(path) == 0o600


def test_extended_attributes_are_kept_and_times_are_not(path: Path) -> None:
    try:
        os.setxattr(path, "user.note", b"from the studio")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    os.utime(path, (0, 0))
    write_whole(path, b"")
    assert os.getxattr(path, "user.note") == b"from the studio"
    assert path.stat().st_mtime > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_replaces_stays_its_owners(path: Path) -> None:
    os.chown(path, NOBODY, 1)
    write_whole(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, 1)
    write_whole(path, b"newer", owner=(2, 3))
    assert (path.stat().st_uid, path.stat().st_gid) == (2, 3)


def test_another_file_is_the_model_of_a_new_one(path: Path) -> None:
    path.chmod(0o604)
    write_whole(path.with_name("day.csv.bak"), b"old", like=path)
    assert mode(path.with_name("day.csv.bak")) == 0o604


def test_what_cannot_be_given_to_its_owner_stays_its_groups(folder_of_nobody: Path) -> None:
    path = folder_of_nobody / "day.csv"
    path.write_text("old")
    os.seteuid(0)
    os.chown(path, 0, STAFF)
    os.seteuid(NOBODY)
    write_whole(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, STAFF)
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_ends_on_the_way_leaves_the_old_file_and_nothing_else(path: Path, error: BaseException) -> None:
    def write_half() -> None:
        with replacing(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "old"
    assert files_beside(path) == []


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    with pytest.raises(OSError, match="File too large"), files_of_at_most(50_000):
        write_whole(path, bytes(100_000))
    assert path.read_text() == "old"
    assert files_beside(path) == []


def test_what_a_killed_process_has_left_is_removed_by_the_next(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITE_AND_WAIT, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert path.read_text() == "old"
    assert len(files_beside(path)) == 1
    write_whole(path, b"new")
    assert path.read_text() == "new"
    assert files_beside(path) == []


def test_of_two_that_write_at_once_the_last_wins_whole(path: Path) -> None:
    with replacing(path) as one:
        one.write(b"one, " * 10_000)
        with replacing(path) as other:
            other.write(b"other")
        assert path.read_text() == "other"
    assert path.read_text() == "one, " * 10_000
    assert files_beside(path) == []


def test_many_threads_write_one_file(path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            write_whole(path, bytes([number]) * 1_000, sync=False)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    data = path.read_bytes()
    assert data == data[:1] * 1_000
    assert files_beside(path) == []


def test_too_many_at_once_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.whole_file._MOST_DRAFTS", 2)
    with replacing(path), replacing(path), pytest.raises(OSError, match=r"2 others write it.*day\.csv'$"):
        write_whole(path, b"new")


def test_a_link_leads_to_the_new_file(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "today.csv"
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_a_link_in_the_place_of_the_draft_is_not_followed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("other")
    (tmp_path / ".day.csv.0.writing").symlink_to(other)
    write_whole(path, b"new")
    assert path.read_text() == "new"
    assert other.read_text() == "other"


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "day.csv"
    for way in (replacing, output_file):
        with pytest.raises(FileNotFoundError, match=r"nowhere/day\.csv'$"), way(path):
            pass


def test_a_read_only_folder_is_refused_except_for_output(folder_of_nobody: Path) -> None:
    path = folder_of_nobody / "day.csv"
    path.write_text("old")
    folder_of_nobody.chmod(0o500)
    with pytest.raises(PermissionError, match=r"day\.csv'$"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    with output_file(path) as stream:
        stream.write(b"new")
    assert path.read_text() == "new"


def test_output_replaces_a_file_whole(path: Path) -> None:
    with output_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_output_to_a_pipe_is_written_itself(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()), daemon=True)
    reader.start()
    with output_file(path) as stream:
        stream.write(b"new")
    reader.join(PATIENCE_S)
    assert found == [b"new"]


def test_output_to_standard_output_goes_where_that_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE_TO_STANDARD_OUTPUT]
    assert subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout == b"new"
    with (tmp_path / "all.csv").open("wb") as file:
        for _ in range(2):
            subprocess.run(command, stdout=file, check=True)
        assert (tmp_path / "all.csv").samefile(file.name)
        assert os.fstat(file.fileno()).st_size == len(b"new")
