"""The units, judged by systemd itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from genred.cli.main import main
from genred.exit_codes import ExitCode

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.service"))
HIGHEST_EXPOSURE = 2.0


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units in a root of their own, in which the programs that they start exist."""
    units = tmp_path / "units"
    units.mkdir()
    program = tmp_path / "genred"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in UNITS:
        text = (SYSTEMD / name).read_text().replace("/opt/genred/bin/genred", str(program))
        (units / name).write_text(text)
    return units


def test_there_are_the_units_that_the_documents_name() -> None:
    assert UNITS == ["genred-web.service", "genred.service", "genred@.service"]


@pytest.mark.parametrize("unit", UNITS)
def test_unit_is_understood_to_the_last_line(unit: str, installed: Path) -> None:
    path = installed / unit.replace("@.", "@attic.")
    if not path.exists():
        path.symlink_to(installed / unit)
    # A user that the install script makes, and a page of documentation that it copies, are not there in a test.
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in result.stderr.splitlines() if str(installed) in line or path.name in line]
    assert ours == []
    assert result.returncode == 0, result.stderr


def test_every_unit_starts_a_command_that_genred_has() -> None:
    for unit in UNITS:
        (command,) = re.findall(r"(?m)^ExecStart=\S+ (\S+)", (SYSTEMD / unit).read_text())
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize("unit", UNITS)
def test_exposure_is_low(unit: str) -> None:
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(SYSTEMD / unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    overall = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
    assert overall is not None, result.stderr
    print(f"{unit}: exposure {overall[1]}")
    assert float(overall[1]) <= HIGHEST_EXPOSURE
    assert "Invalid" not in result.stderr


def settings(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (SYSTEMD / unit).read_text().splitlines():
        if re.match(r"\w+=", line):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", ["genred.service", "genred@.service"])
def test_daemon_is_watched_and_restarted_but_not_for_what_no_restart_heals(unit: str) -> None:
    found = settings(unit)
    assert found["Type"] == ["notify"]
    assert int(found["WatchdogSec"][0]) > 0
    assert found["Restart"] == ["on-failure"]
    assert set(found["RestartPreventExitStatus"][0].split()) == {str(int(ExitCode.USAGE)), str(int(ExitCode.CONFIG))}
    assert found["StartLimitIntervalSec"] == ["0"]
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    for credential in found["LoadCredential"]:
        name, _, path = credential.partition(":")
        assert path == f"/etc/genred/{name}"
    assert found["SetCredential"] == [f"{each.partition(':')[0]}:\\x0a" for each in found["LoadCredential"]]
    assert found["SupplementaryGroups"] == ["audio"]
    assert int(found["TimeoutStopSec"][0]) > 5


def test_pages_are_restarted_and_get_the_passwords_that_only_root_can_read() -> None:
    found = settings("genred-web.service")
    assert found["Type"] == ["exec"]
    assert found["Restart"] == ["on-failure"]
    assert set(found["RestartPreventExitStatus"][0].split()) == {str(int(ExitCode.USAGE)), str(int(ExitCode.CONFIG))}
    assert found["LoadCredential"] == [f"{name}:/etc/genred/{name}" for name in ("mqtt-password", "web-password")]
    assert found["SetCredential"] == [f"{each.partition(':')[0]}:\\x0a" for each in found["LoadCredential"]]
    # The airplay log is the daemon's: same user, same folder.
    daemon = settings("genred.service")
    for key in ("User", "Group", "StateDirectory", "StateDirectoryMode"):
        assert found[key] == daemon[key]
    assert "genred.service" in found["After"][0]


def test_instances_share_nothing() -> None:
    text = (SYSTEMD / "genred@.service").read_text()
    for line in ("--config /etc/genred/%i.yaml", "StateDirectory=genred/%i", "/etc/genred/%i.mqtt-password"):
        assert line in text


def test_user_is_made_with_the_audio_group(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in ("passwd", "group"):
        (etc / name).write_text("root:x:0:0::/root:/bin/sh\n" if name == "passwd" else "root:x:0:\n")
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "genred.sysusers.conf")],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert re.search(
        r"^genred:x:\d+:\d+:Genre daemon:/var/lib/genred:/usr/sbin/nologin$", (etc / "passwd").read_text(), re.MULTILINE
    )
    assert re.search(r"^audio:x:\d+:genred$", (etc / "group").read_text(), re.MULTILINE)
