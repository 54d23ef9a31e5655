"""What is said to the service manager, heard at a socket of the tests' own."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

import pytest

from genred.service.sd_notify import Notifier
from tests.systemd.service_manager import ServiceManager

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("abstract", [False, True])
def test_every_message_arrives_as_systemd_documents_it(tmp_path: Path, abstract: bool) -> None:
    with ServiceManager(tmp_path, abstract=abstract) as manager:
        notifier = Notifier.from_environment({"NOTIFY_SOCKET": manager.address})
        notifier.ready()
        notifier.status("2 streaming\nkitchen: jazz")
        notifier.watchdog()
        notifier.reloading()
        notifier.stopping()
        heard = [manager.hear() for _ in range(5)]
    assert heard[:3] == ["READY=1", "STATUS=2 streaming kitchen: jazz", "WATCHDOG=1"]
    assert heard[3] is not None
    reloading, monotonic = heard[3].split("\n")
    assert reloading == "RELOADING=1"
    assert monotonic.removeprefix("MONOTONIC_USEC=").isdecimal()
    assert heard[4] == "STOPPING=1"


def test_without_a_service_manager_nothing_is_said_and_nothing_fails() -> None:
    notifier = Notifier.from_environment({"WATCHDOG_USEC": "1000000"})
    notifier.ready()
    assert notifier.watchdog_interval_s is None


@pytest.mark.parametrize(
    ("timeout", "process", "interval_s"),
    [
        ("60000000", "", 30.0),
        ("60000000", "self", 30.0),
        ("60000000", "1", None),
        ("0", "", None),
        ("", "", None),
        ("soon", "", None),
    ],
)
def test_watchdog_is_fed_twice_a_timeout_and_only_by_whom_it_waits_for(
    timeout: str, process: str, interval_s: float | None
) -> None:
    process = str(os.getpid()) if process == "self" else process
    notifier = Notifier.from_environment(
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": timeout, "WATCHDOG_PID": process}
    )
    assert notifier.watchdog_interval_s == interval_s


def test_service_manager_that_is_gone_is_one_warning_and_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    for _ in range(3):
        notifier.watchdog()
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


def test_service_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    deaf.bind(str(tmp_path / "deaf"))
    notifier = Notifier(str(tmp_path / "deaf"))
    for _ in range(10_000):
        notifier.status("x" * 1_000)
    deaf.close()


def test_socket_that_is_no_path_is_refused_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    Notifier.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"}).ready()
    assert "vsock:2:1234" in caplog.text
