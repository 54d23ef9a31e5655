"""What the configuration says of recording, and where recordings are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from genred.config.read import parse_config
from genred.errors import ConfigError
from genred.recording.paths import names_for, started_at, station_folder, station_of
from genred.recording.settings import folder_of, settings_of
from tests.recording.test_cut import START

TEXT = "stations: {{a: {{source: {source}, recording: {recording}}}}}\nrecording: {common}"


def read_settings(recording: str = "{}", common: str = "{}", source: str = "http://h/x") -> object:
    return settings_of(parse_config(TEXT.format(source=source, recording=recording, common=common)), "a")


def test_nothing_is_recorded_unless_it_is_asked_for() -> None:
    assert read_settings() is None
    assert read_settings("{mode: opus}") is None


def test_a_station_has_its_own_mode_and_the_common_bounds(tmp_path: Path) -> None:
    common = f"{{folder: {tmp_path}, reserve: 2GB}}"
    settings = read_settings("{enabled: true, mode: opus, bitrate_kbps: 24}", common)
    assert settings is not None
    assert repr(settings) == (
        f"RecordingSettings(folder='{tmp_path}', reserve_bytes=2000000000, mode='opus', bitrate_kbps=24)"
    )


@pytest.mark.parametrize(
    ("recording", "common", "fault"),
    [
        ("{bitrate_kbps: 16}", "{}", "stations.a.recording.bitrate_kbps: must be a whole number from 24 to 64"),
        ("{mode: flac}", "{}", "stations.a.recording.mode: must be one of copy, opus"),
        ("{}", "{keep: 5}", "recording.keep: must be seconds, at least an hour"),
        ("{}", "{at_most: much}", "recording.at_most: must be bytes"),
        ("{enabled: true}", "{folder: 5}", "recording.folder: must be text"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(recording: str, common: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        read_settings(recording, common)


def test_a_file_that_is_read_as_fast_as_possible_is_not_recorded() -> None:
    with pytest.raises(ConfigError, match="set pace: real"):
        read_settings("{enabled: true}", source="{file: x.wav, pace: fast}")


def test_recordings_lie_where_systemd_or_the_user_keeps_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    common = parse_config(TEXT.format(source="http://h/x", recording="{}", common="{}")).recording
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/genred:/var/lib/other")
    assert folder_of(common) == Path("/var/lib/genred/recordings")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert folder_of(common) == tmp_path / "genred" / "recordings"


@pytest.mark.parametrize("station", ["rock_1", "..", ".", "a/b", "\N{SNOWMAN}", "%2E", " "])
def test_a_name_leads_back_to_its_station_and_its_time(station: str) -> None:
    name = next(names_for(station, START))
    assert "/../" not in f"/{name}/"
    assert station_of(name.partition("/")[0]) == station_of(station_folder(station)) == station
    assert started_at(name) == START
    assert started_at(name.replace("-29/", "-31/")) is None
