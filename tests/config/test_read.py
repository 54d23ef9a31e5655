"""Every fault of a configuration is reported at once, each with its key and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.read import MAX_CONFIG_BYTES, load_config, parse_config
from genred.config.schema import (
    CommandSource,
    Config,
    FileSource,
    PipeSource,
    SoundcardSource,
    StreamSource,
)
from genred.config.show import describe
from genred.config.types.secret import Secret
from genred.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

STATION = "stations: {radio: {source: 'http://host/stream'}}\n"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        parse_config(text)
    return str(error.value).splitlines()


def test_five_lines_make_a_station() -> None:
    config = parse_config(
        """
        mqtt:
          broker: broker.home
        stations:
          paradise:
            source: https://stream.example/mp3-128
        """
    )
    assert config == Config(stations=config.stations, mqtt=config.mqtt)
    assert config.mqtt.broker == "broker.home"
    assert config.stations["paradise"].source == StreamSource(url="https://stream.example/mp3-128")


def test_all_faults_come_at_once_each_with_its_key() -> None:
    found = faults(
        """
        node: Kitchen Pi
        mqtt: {brker: x, keepalive_s: 1, version: 4}
        analysis: {step_s: often, silence: {level_dbfs: 3}}
        stations:
          Radio One: {source: 'http://x'}
          two: {soruce: 'http://x'}
          three: {source: {command: rtl_fm}, retry: {first_wait_s: 10, longest_wait_s: 1}}
        """
    )
    assert found[0] == "configuration: 11 errors"
    assert [line.strip().split(": ")[0] for line in found[1:]] == [
        "node",
        "mqtt.brker",
        "mqtt.keepalive_s",
        "mqtt.version",
        "analysis.step_s",
        "analysis.silence.level_dbfs",
        "stations.Radio One",
        "stations.two.soruce",
        "stations.two.source",
        "stations.three.source.command",
        "stations.three.retry",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STATION + "mqtt: {brker: x}", "did you mean 'broker'?"),
        (STATION + "sations: {}", "did you mean 'stations'?"),
        (STATION + "log: {level: wran}", "must be one of debug, info, warning, error, found 'wran'"),
        (STATION + "log: {level: warnin}", "did you mean 'warning'?"),
        (STATION + "node: Küche", "a slug of a-z, 0-9 and single _"),
        (STATION + "mqtt: {keepalive_s: 1}", "must be a whole number >= 5, found 1"),
        (STATION + "mqtt: {heartbeat_s: }", "mqtt.heartbeat_s: has no value"),
        (STATION + "mqtt: 5", "mqtt: must be a mapping, found 5"),
        (STATION + "mqtt: {tls: {insecure: 'maybe'}}", "mqtt.tls.insecure: must be true or false, found 'maybe'"),
        (STATION + "mqtt: {tls: {cert_file: a}}", "cert_file and key_file belong together"),
        (STATION + "mqtt: {password: a, password_file: b}", "give password or password_file, not both"),
        (STATION + "mqtt: {base_topic: 'a/#'}", "a topic without wildcards"),
        ("stations: {}", "at least one id"),
        ("node: a", "stations: is missing"),
        ("", "stations: is missing"),
        ("- a\n- b", "must be a mapping"),
        ("stations: {'Radio 1': {source: 'http://x'}}", "such as 'radio_1'"),
        ("stations: {a: {source: 'rtsp://x'}}", "rtsp:// is not supported"),
        ("stations: {a: {source: {url: 'ftp://x'}}}", "must be a http:// or https:// URL"),
        ("stations: {a: {source: {url: 'http://x', file: y}}}", "one of `url`, `soundcard`, `file`"),
        ("stations: {a: {source: 7}}", "must be a URL, a path"),
        ("stations: {a: {source: {command: []}}}", "stations.a.source.command"),
        ("stations: {a: {source: {url: 'http://x', pace: fast}}}", "stations.a.source.pace: unknown key"),
        ("stations: {a: {source: '${GENRED_TEST_NOT_SET}'}}", "GENRED_TEST_NOT_SET is not set"),
        ("a: [", "line 1, column 5"),
        ("stations: {a: {source: x}}\nstations: {b: {source: y}}", "'stations' occurs twice"),
        ("a: &x {b: 1}\nc: *x", "aliases"),
        ("? [a, b]\n: c", "not valid YAML"),
        (STATION + "node: 2026-13-45", "not valid YAML"),
        ("[" * 3000, "too deeply"),
        (STATION + 'mqtt: {username: "\\ud800x"}', "surrogate"),
        (STATION + "mqtt: {heartbeat_s: .inf}", "at most a week"),
        ("stations: {a: {source: '-'}, b: {source: '-'}}", "only one station can use standard input, found a, b"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_a_fault_says_what_was_found_and_what_is_allowed(text: str, said: str) -> None:
    assert said in "\n".join(faults(text))


def test_a_section_s_faults_do_not_hide_those_of_another() -> None:
    assert len(faults("node: A B\nmqtt: {broker: 7}\nlog: {level: 1}\nstations: {a: {}}")) == 5


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("http://user:pw@host:8000/x.m3u", StreamSource(url="http://user:pw@host:8000/x.m3u")),
        ("soundcard", SoundcardSource()),
        ("'soundcard:USB Audio'", SoundcardSource(soundcard="USB Audio")),
        ("'soundcard:2'", SoundcardSource(soundcard=2)),
        ("'-'", PipeSource()),
        ("/music/a.flac", FileSource(file="/music/a.flac")),
        ("'file:///music/a.flac'", FileSource(file="/music/a.flac")),
        ("{soundcard: hw, channels: 2, rate_hz: 48000}", SoundcardSource(soundcard="hw", channels=2, rate_hz=48_000)),
        ("{file: /a, pace: fast, loop: true}", FileSource(file="/a", pace="fast", loop=True)),
        ("{command: [rtl_fm, -f, 97.1M], rate_hz: 32000}", None),
        ("{pipe: '-', format: f32le}", PipeSource(format="f32le")),
    ],
)
def test_sources_of_each_kind(source: str, expected: object) -> None:
    found = parse_config(f"stations: {{a: {{source: {source}}}}}").stations["a"].source
    assert found == (expected or CommandSource(command=("rtl_fm", "-f", "97.1M"), rate_hz=32_000))


def test_version_5_may_be_written_as_a_number() -> None:
    assert parse_config(STATION + "mqtt: {version: 5}").mqtt.version == "5"


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRED_TEST_PASSWORD", "hunter2")
    config = parse_config(STATION + "mqtt: {password: '${GENRED_TEST_PASSWORD}'}")
    assert config.mqtt.password == Secret("hunter2")


def test_variables_stand_in_the_words_of_a_command_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRED_TEST_FREQUENCY", "97.1M")
    config = parse_config("stations: {a: {source: {command: [rtl_fm, -f, '${GENRED_TEST_FREQUENCY}']}}}")
    assert config.stations["a"].source == CommandSource(command=("rtl_fm", "-f", "97.1M"))


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    file = tmp_path / "genred.yaml"
    file.write_text("stations: {a: {source: ~/music}, b: {source: {file: ~/b.ogg}}}")
    stations = load_config(file).stations
    assert stations["a"].source == FileSource(file="/home/me/music")
    assert stations["b"].source == FileSource(file="/home/me/b.ogg")


def test_no_secret_is_shown_by_describe_or_by_a_fault() -> None:
    config = parse_config(
        "mqtt: {broker: 'mqtt://me:hunter2@host', password: hunter2}\n"
        "stations: {a: {source: 'http://me:hunter2@host/s?token=hunter2'}}"
    )
    assert "hunter2" not in str(describe(config))
    assert "me:" in str(describe(config))
    assert "hunter2" not in str(describe(parse_config(STATION + "mqtt: {broker: 'me:hunter2@host:1883'}")))
    assert "hunter2" not in "\n".join(faults(STATION + "mqtt: [{password: hunter2}]"))
    shown = "\n".join(faults("mqtt: {password: [hunter2]}\nstations: {a: {source: 'rtsp://me:hunter2@host'}}"))
    assert "hunter2" not in shown


def test_relative_files_are_taken_from_the_configuration_s_folder(tmp_path: Path) -> None:
    file = tmp_path / "genred.yaml"
    file.write_text(
        "model: mine/m.json\nmqtt: {tls: {ca_file: ca.pem}}\n"
        "stations: {a: {source: a.flac}, b: {source: {file: b.ogg}, model: student}}"
    )
    config = load_config(file)
    assert config.model == str(tmp_path / "mine/m.json")
    assert config.mqtt.tls.ca_file == str(tmp_path / "ca.pem")
    assert config.stations["a"].source == FileSource(file=str(tmp_path / "a.flac"))
    assert config.stations["b"].source == FileSource(file=str(tmp_path / "b.ogg"))
    assert config.stations["b"].model == "student"


def test_files_that_are_no_configuration_are_named(tmp_path: Path) -> None:
    missing, binary, large = tmp_path / "none.yaml", tmp_path / "binary.yaml", tmp_path / "large.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    large.write_bytes(b"#" * (MAX_CONFIG_BYTES + 1))
    for file, said in ((missing, "No such file"), (binary, "UTF-8"), (large, "larger"), (tmp_path, "cannot be read")):
        with pytest.raises(ConfigError, match=said) as error:
            load_config(file)
        assert str(file) in str(error.value)


@pytest.mark.parametrize("text", ["", "stations:\n", "stations: {}\n", "node: pi\n"])
def test_only_a_reader_that_needs_stations_misses_them(text: str) -> None:
    assert parse_config(text, needs_stations=False).stations == {}
    with pytest.raises(ConfigError, match="stations"):
        parse_config(text)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{file: ''}", "stations.radio.source: file is empty"),
        ("{soundcard: ''}", "stations.radio.source: soundcard is empty"),
        ("{command: ['', x]}", "stations.radio.source: command has an empty first item"),
        ("{url: 'http://[::1/x'}", "stations.radio.source.url: http://[::1/x: is not a valid URL: Invalid IPv6 URL"),
        ("{url: 'http://:80/x'}", "stations.radio.source.url: http://:80/x: has no host"),
        (
            "{url: 'http://host:99999/x'}",
            "stations.radio.source.url: http://host:99999/x: is not a valid URL: the port",
        ),
        ("'http://host:abc/x'", "stations.radio.source: http://host:abc/x: is not a valid URL: the port"),
        (
            "{url: 'http://host', proxy: 'http://box:x'}",
            "stations.radio.source.proxy: http://box:x: is not a valid URL",
        ),
    ],
)
def test_a_source_that_nothing_can_be_is_refused_before_the_start(source: str, fault: str) -> None:
    _, found = faults(f"stations: {{radio: {{source: {source}}}}}")
    assert found.strip().startswith(fault)


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@host\u2100/x", "http://me:hunter2@[::1/x", "http://me:hunter2@h:x/y"]
)
@pytest.mark.parametrize("form", ["'%s'", "{url: '%s'}", "{url: 'http://host', proxy: '%s'}"])
def test_no_password_is_in_what_is_said_of_a_url_that_is_none(url: str, form: str) -> None:
    text = "\n".join(faults(f"stations: {{radio: {{source: {form % url}}}}}"))
    assert "is not a valid URL" in text
    assert "hunter2" not in text
