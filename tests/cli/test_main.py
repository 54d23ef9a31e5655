"""The command line as a whole: help, versions, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import genred as package
from genred.cli.command_line import build_parser, parse
from genred.cli.signals import interrupts_raise
from genred.config.json_schema import json_schema
from genred.exit_codes import ExitCode
from genred.extras import how_to_install, missing_extra
from tests.cli.run_genred import COMMAND, genred
from tests.patience import PATIENCE_S

COMMANDS = re.findall(r"(?m)^    ([a-z-]+)(?: |$)", build_parser().format_help())


def test_help_names_every_command_and_every_exit_code() -> None:
    text = genred("--help").stdout
    for command in COMMANDS:
        assert command in text
    for code in ExitCode:
        assert str(code.value) in text
    assert "examples:" in text


def test_whoever_gives_no_command_is_told_how_to_begin() -> None:
    result = genred()
    assert result.returncode == ExitCode.USAGE
    assert result.stdout == ""
    for begin in ("genred demo", "genred listen", "genred classify", "genred init", "genred --help"):
        assert begin in result.stderr


def test_all_commands_are_tested() -> None:
    assert {"run", "archive-worker", "config-schema", "demo"} <= set(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS, "airplay merge", "recording export"])
def test_every_command_has_help_of_its_own_that_fits_a_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as exit_:
        build_parser().parse_args([*command.split(), "--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    assert f"genred {command}" in text
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_version_is_the_package_s() -> None:
    assert genred("--version").stdout == f"genred {package.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
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


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["clasify", "a.wav"], "did you mean 'classify'?"),
        (["--log-level", "debug", "lisen"], "did you mean 'listen'?"),
        (["http://host/x"], "genred listen http://host/x"),
        (["song.mp3"], "genred classify song.mp3"),
        (["classify", "--jsn", "a.wav"], "did you mean '--json'?"),
        (["run"], "genred run FILE"),
        (["web"], "genred web FILE"),
        (["web", "--demo", "genred.yaml"], "--demo takes no configuration"),
        (["check-config"], "genred check-config FILE"),
    ],
)
def test_what_was_meant_is_guessed(arguments: list[str], hint: str) -> None:
    result = genred(*arguments)
    assert result.returncode == ExitCode.USAGE
    assert hint in result.stderr


@pytest.mark.parametrize("option", [[], ["-c"]])
@pytest.mark.parametrize("command", ["run", "web", "check-config", "test-mqtt", "health", "test-alert"])
def test_the_configuration_may_be_given_with_and_without_an_option(
    command: str, option: list[str], tmp_path: Path
) -> None:
    result = genred(command, *option, "nowhere.yaml", cwd=tmp_path)
    assert result.returncode == ExitCode.CONFIG
    assert "nowhere.yaml: cannot be read" in result.stderr


def test_a_package_that_is_missing_is_named_with_its_extra() -> None:
    missing = missing_extra(ModuleNotFoundError("No module named 'amqtt'", name="amqtt.broker"))
    assert missing is not None
    assert 'pip install "genred[broker]"' in missing
    assert missing_extra(ModuleNotFoundError(name="some_module")) is None


def test_every_package_of_every_extra_is_known() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(distribution.lower().replace("_", "-"), set()).add(module)
    for extra in ("alerts", "broker", "classify", "metrics", "parquet", "pictures", "web"):
        for requirement in project["optional-dependencies"][extra]:
            if requirement.startswith("genred["):
                continue
            known = {missing_extra(ModuleNotFoundError(name=module)) for module in modules[_project(requirement)]}
            assert any(f"genred[{extra}]" in said for said in known if said), requirement


def _project(requirement: str) -> str:
    return re.split("[>=<]", requirement, maxsplit=1)[0].lower()


@pytest.mark.parametrize(
    ("left", "command"),
    [
        ("pipx_metadata.json", 'pipx runpip genred install "genred[web]"'),
        ("uv-receipt.toml", 'uv pip install --python {prefix} "genred[web]"'),
        ("debian-package", f'pipx install "./genred-{package.__version__}-py3-none-any.whl[web]"'),
    ],
)
def test_who_made_the_environment_is_who_adds_to_it(
    left: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert how_to_install("web") == f'{tmp_path}/bin/python -m pip install "genred[web]"'
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pip").touch(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert how_to_install("web") == 'pip install "genred[web]"'
    (tmp_path / left).touch()
    assert how_to_install("web") == command.replace("{prefix}", str(tmp_path))


def test_ctrl_c_while_it_imports_is_clean(tmp_path: Path) -> None:
    # Whatever is imported first holds the process up until it is interrupted.
    (tmp_path / "yaml.py").write_text("import time, sys\nprint('importing', flush=True)\ntime.sleep(60)\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    with subprocess.Popen(
        [*COMMAND, "check-config", "x.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == ExitCode.INTERRUPTED
    assert errors == ""


def test_ctrl_c_that_a_library_turns_into_another_error_is_still_ctrl_c() -> None:
    def turned_into_another() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    # In the background of a shell it would be ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), interrupts_raise():
            turned_into_another()
        with pytest.raises(ImportError), interrupts_raise():
            raise ImportError("truly")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


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
    for key in (str(file), "3 errors", "node:", "mqtt.brker: unknown key, did you mean 'broker'?", "stations.a.source"):
        assert key in result.stderr
    assert "hunter2" not in result.stderr


def test_check_config_reports_every_fault_of_the_broker(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        f"model: {tiny_model_path}\nstations: {{a: {{source: soundcard}}}}\n"
        "mqtt:\n  broker: mqtts://broker.example\n  password_file: /nowhere/password\n"
        "  tls: {ca_file: /nowhere/ca, cert_file: /nowhere/cert, key_file: /nowhere/key}\n"
    )
    result = genred("check-config", file)
    assert result.returncode == ExitCode.CONFIG
    for said in ("mqtt.username: missing", "mqtt.password_file", "ca_file", "cert_file", "key_file"):
        assert said in result.stderr


@pytest.mark.parametrize("id_", ["on", "no", "101", "1:30"])
def test_check_config_says_when_yaml_reads_an_id_as_a_value(id_: str, tmp_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(f"stations: {{{id_}: {{source: soundcard}}}}")
    result = genred("check-config", file)
    assert result.returncode == ExitCode.CONFIG
    assert "put the id in quotes" in result.stderr


def test_check_config_looks_at_models_and_secrets_too(tmp_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        "model: nonesuch\nmqtt: {username: me, password_file: /nonexistent/secret}\n"
        "stations: {a: {source: soundcard, model: mine/other.json}}"
    )
    result = genred("check-config", file)
    assert result.returncode == ExitCode.CONFIG
    for said in ("3 errors", "nonesuch", "stations.a.model", "mqtt.password_file"):
        assert said in result.stderr


def test_check_config_refuses_what_the_pages_would_refuse(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    (tmp_path / "plain").write_text("sesame\n")
    stations = f"model: {tiny_model_path}\nstations: {{kitchen: {{source: soundcard}}}}\n"
    for web, said in (
        ("address: 0.0.0.0", ["web.address: 0.0.0.0 is open to the network, which needs a password"]),
        ("password_file: gone", ["web.password_file: "]),
        ("password_file: plain", ["web.password_file: "]),
        ("trusted_proxies: [proxy], address: '::'", ["web.address: ", "web.trusted_proxies: 'proxy'"]),
        ("user_header: Remote-User", ["web.user_header: has no effect"]),
    ):
        file.write_text(f"{stations}web: {{{web}}}\n")
        result = genred("check-config", file)
        assert result.returncode == ExitCode.CONFIG
        heading, *faults = result.stderr.splitlines()
        assert f"{len(said)} error" in heading
        for fault, beginning in zip(faults, said, strict=True):
            assert fault.startswith(f"  {beginning}")


def test_check_config_judges_the_address_that_the_pages_are_started_with(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    stations = f"model: {tiny_model_path}\nstations: {{kitchen: {{source: soundcard}}}}\n"
    file.write_text(f"{stations}web: {{address: 0.0.0.0}}\n")
    assert genred("check-config", "--address", "127.0.0.1", file).returncode == 0
    file.write_text(stations)
    result = genred("check-config", "--address", "0.0.0.0", file)
    assert result.returncode == ExitCode.CONFIG
    assert "  --address: 0.0.0.0 is open to the network, which needs a password" in result.stderr


def test_check_config_shows_the_whole_with_secrets_masked(tmp_path: Path, tiny_model_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        f"model: {tiny_model_path}\nmqtt: {{username: me, password: hunter2}}\nstations: {{a: {{source: soundcard}}}}"
    )
    result = genred("check-config", "--show", file)
    assert result.returncode == 0
    assert "keepalive_s: 60" in result.stdout
    assert "hunter2" not in result.stdout


def test_help_before_a_command_is_that_of_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help", "airplay"])
    assert capsys.readouterr().out == build_parser().format_help()


@pytest.mark.parametrize("before", [[], ["--log-level", "info"], ["--log-level=info"]])
def test_one_command_is_parsed_as_among_all(before: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    line = [*before, "airplay", "--day", "today", "--station", "one,two"]
    assert parse(line) == build_parser().parse_args(line)
    with pytest.raises(SystemExit):
        parse([*before, "airplay", "--help"])
    shown = capsys.readouterr().out
    with pytest.raises(SystemExit):
        build_parser().parse_args([*before, "airplay", "--help"])
    assert shown == capsys.readouterr().out
