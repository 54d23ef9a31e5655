"""`genred test-alert` against recipients that take messages and some that do not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from genred.cli.main import main
from genred.config.read import parse_config
from genred.errors import ConfigError, OutputError
from genred.exit_codes import ExitCode
from genred.setup import alert_test
from tests.outputs.alerts.recipients import Hook, MailServer

if TYPE_CHECKING:
    from pathlib import Path

STATIONS = "stations: {kitchen: {source: x}}\n"


def test_each_recipient_gets_a_message_and_what_came_of_it_is_said() -> None:
    with MailServer() as mail, Hook() as hook, Hook() as broken:
        broken.answers = [503]
        config = parse_config(
            f"{STATIONS}node: attic\nalerts:\n"
            f"  phone: {{what: offline, to: ['{mail.url}', '{hook.url}', '{broken.url}']}}\n"
            "  boss: {what: log, to: 'blah://hushhush/x'}\n"
        )
        said = io.StringIO()
        assert alert_test.run(config, writer=said) is ExitCode.UNAVAILABLE
        lines = said.getvalue().splitlines()
        assert lines[0] == "node attic, one message to each recipient:"
        assert [line.split()[0] for line in lines[1:]] == ["ok", "ok", "FAIL", "FAIL"]
        assert "phone" in lines[1]
        assert "E-Mail number 1: sent after" in lines[1]
        assert "JSON number 2: sent after" in lines[2]
        assert "JSON number 3: not sent: " in lines[3]
        assert "503" in lines[3]
        assert "boss" in lines[4]
        assert "is not the URL of a recipient that Apprise supports" in lines[4]
        assert "hushhush" not in said.getvalue()
        (posted,) = hook.inbox.wait()
        assert posted["title"] == "genred attic: a test"
        mail.inbox.wait()


def test_one_alert_can_be_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Hook() as hook, Hook() as other:
        file = tmp_path / "genred.yaml"
        file.write_text(
            f"{STATIONS}alerts:\n  a: {{what: offline, to: '{hook.url}'}}\n  b: {{what: log, to: '{other.url}'}}\n"
        )
        assert main(["test-alert", "-c", str(file), "--to", "b"]) == ExitCode.OK
        other.inbox.wait()
        assert not hook.inbox.messages
        assert main(["test-alert", str(file), "--to", "c"]) == ExitCode.USAGE
    assert "there is no alert 'c'" in capsys.readouterr().err


def test_without_alerts_or_apprise_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no section `alerts`"):
        alert_test.run(parse_config(STATIONS))
    monkeypatch.setattr("genred.outputs.alerts.recipients.importlib.util.find_spec", lambda _name: None)
    with pytest.raises(OutputError, match=r"genred\[alerts\]"):
        alert_test.run(parse_config(f"{STATIONS}alerts: {{a: {{what: offline, to: 'json://h'}}}}"))
