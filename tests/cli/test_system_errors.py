"""Full disks, closed streams and control characters: told in words, and never with a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from genred.cli.system_errors import describe_system_error
from genred.exit_codes import ExitCode
from tests.sources import sounds


@pytest.mark.parametrize(
    "command",
    [
        ("check-config", "FILE"),
        ("check-config", "--show", "FILE"),
        ("config-schema",),
        ("classify", "--model", "MODEL", "SOUND"),
        ("listen", "--fast", "--model", "MODEL", "SOUND"),
        ("listen", "--fast", "--json", "--model", "MODEL", "SOUND"),
        ("listen", "--once", "--model", "MODEL", "SOUND"),
        ("demo", "--seconds", "30", "--model", "MODEL"),
    ],
)
def test_full_disk_is_said_without_a_traceback(command: tuple[str, ...], tmp_path: Path, tiny_model_path: Path) -> None:
    config = tmp_path / "genred.yaml"
    config.write_text(f"model: {tiny_model_path}\nstations: {{a: {{source: 'http://radio.example/'}}}}\n")
    sound = tmp_path / "sound.wav"
    sound.write_bytes(sounds.encoded(sounds.WAV, 20.0))
    given = {"FILE": str(config), "MODEL": str(tiny_model_path), "SOUND": str(sound)}
    arguments = [given.get(word, word) for word in command]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "genred", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == ExitCode.FAILURE
    assert done.stderr.count("\n") == 1
    assert "is full" in done.stderr


def test_streams_that_are_closed_cost_nothing(tmp_path: Path) -> None:
    command = f'exec <&- >&- 2>&-; exec "{sys.executable}" -m genred check-config "{tmp_path}/none.yaml"'
    assert subprocess.run(["sh", "-c", command], timeout=60, check=False).returncode == ExitCode.CONFIG


def test_control_characters_of_a_configuration_never_reach_the_terminal(tmp_path: Path) -> None:
    config = tmp_path / "a\x1b[31m.yaml"
    config.write_text('"\\e[2J": 1\nmqtt: {client_id: "a\\e[31m"}\nstations: {}\n')
    done = subprocess.run(
        [sys.executable, "-m", "genred", "check-config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.CONFIG
    assert "\x1b" not in done.stderr
    assert "\\x1b[2J: unknown key" in done.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "raise `ulimit -n` (Too many open files)"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "/x: the disk of the output file is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: Permission denied"),
        (OSError("something else"), "something else"),
    ],
)
def test_what_the_system_refuses_is_named_with_what_to_do(error: OSError, said: str) -> None:
    assert said in describe_system_error(error)
