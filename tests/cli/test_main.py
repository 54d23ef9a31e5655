"""The command line as a whole: help, versions, exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import genred as package
from genred.cli.command_line import build_parser
from genred.config.json_schema import json_schema
from genred.exit_codes import ExitCode
from tests.cli.run_genred import genred

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ["run", "listen", "classify", "devices", "check-config", "config-schema", "init", "test-mqtt", "demo"]


def test_help_names_every_command_and_every_exit_code() -> None:
    text = genred("--help").stdout
    for command in COMMANDS:
        assert command in text
    for code in ExitCode:
        assert str(code.value) in text
    assert "examples:" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        build_parser().parse_args([command, "--help"])
    assert exit_.value.code == 0
    assert f"genred {command}" in capsys.readouterr().out


def test_version_is_the_package_s() -> None:
    assert genred("--version").stdout == f"genred {package.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["lisen"],
        ["listen"],
        ["classify"],
        ["classify", "--jobs", "0", "song.mp3"],
        ["classify", "--jobs", "-2", "song.mp3"],
        ["classify", "-j", "all", "song.mp3"],
        ["demo", "--seconds", "-1"],
        ["demo", "--seconds", "abc"],
        ["demo", "--seconds", "nan"],
        ["listen", "--rate", "-5", "-"],
    ],
)
def test_a_wrong_command_line_is_usage(arguments: list[str]) -> None:
    result = genred(*arguments)
    assert result.returncode == ExitCode.USAGE
    assert "usage: genred" in result.stderr


def test_config_schema_is_one_json_document_that_an_editor_can_read() -> None:
    result = genred("config-schema")
    assert result.returncode == 0
    assert not result.stderr
    schema = json.loads(result.stdout)
    assert schema == json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_check_config_says_what_is_good(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        f"model: {tiny_model_path}\nstations: {{a: {{source: soundcard}}, b: {{source: x, enabled: false}}}}"
    )
    result = genred("check-config", file)
    assert result.returncode == 0
    assert "2 stations, 1 of them enabled" in result.stdout


def test_check_config_reports_every_fault_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text("node: A B\nmqtt: {brker: x}\nstations: {a: {source: 'rtsp://me:hunter2@x'}}")
    result = genred("check-config", file)
    assert result.returncode == ExitCode.CONFIG
    for key in (str(file), "3 faults", "node:", "mqtt.brker: unknown key, did you mean 'broker'?", "stations.a.source"):
        assert key in result.stderr
    assert "hunter2" not in result.stderr


def test_check_config_looks_at_models_and_secrets_too(tmp_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        "model: nonesuch\nmqtt: {username: me, password_file: /nonexistent/secret}\n"
        "stations: {a: {source: soundcard, model: mine/other.json}}"
    )
    result = genred("check-config", file)
    assert result.returncode == ExitCode.CONFIG
    for said in ("3 faults", "nonesuch", "stations.a.model", "mqtt.password_file"):
        assert said in result.stderr


def test_check_config_shows_the_whole_with_secrets_masked(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        f"model: {tiny_model_path}\nmqtt: {{username: me, password: hunter2}}\nstations: {{a: {{source: soundcard}}}}"
    )
    result = genred("check-config", "--show", file)
    assert result.returncode == 0
    assert "keepalive_s: 60" in result.stdout
    assert "hunter2" not in result.stdout
