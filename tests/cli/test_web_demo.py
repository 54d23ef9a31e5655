"""`genred web --demo`, as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.cli.run_genred import COMMAND
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_the_demo_takes_its_daemon_and_its_files_with_it(number: signal.Signals, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    process = subprocess.Popen(
        [*COMMAND, "web", "--demo", "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(files)},
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert any("INFO genred.web: pages on http://" in line for line in process.stderr)
        assert list(files.iterdir())
        process.send_signal(number)
        # Its daemon holds standard error too, so this waits for both.
        _, log = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, log
        assert "Traceback" not in log
        assert not list(files.iterdir())
    finally:
        # Whatever is left of its session.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
