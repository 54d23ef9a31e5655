"""`genred listen` and `genred demo`, as a person or a script runs them."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.exit_codes import ExitCode
from tests.cli.run_genred import COMMAND, genred
from tests.cli.wav import pcm, sound, write_wav
from tests.outputs.mqtt.mosquitto import free_port
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S
from tests.setup.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "a song.wav", np.concatenate([sound("jazz", 15), sound("metal", 15)]))


def test_once_prints_one_answer_and_ends(music: Path, tiny_model_path: Path) -> None:
    result = genred("listen", "--once", "--model", tiny_model_path, music)
    assert result.returncode == 0
    word, confidence = result.stdout.split()
    assert word == "jazz"
    assert 0.5 < float(confidence) <= 1
    assert result.stderr == ""


def test_once_as_json(music: Path, tiny_model_path: Path) -> None:
    answer = json.loads(genred("listen", "--once", "--json", "--model", tiny_model_path, music).stdout)
    assert answer["word"] == "jazz"
    assert set(answer) == {"at", "word", "confidence", "title"}


def test_without_a_terminal_there_are_lines(music: Path, tiny_model_path: Path) -> None:
    result = genred("listen", "--fast", "--model", tiny_model_path, music)
    assert result.returncode == 0
    assert "on air: jazz" in result.stdout
    assert "on air: metal" in result.stdout
    assert "source: pcm_s16le, 22,050 Hz mono" in result.stdout
    assert "\x1b" not in result.stdout


def test_json_gives_windows_and_changes(music: Path, tiny_model_path: Path) -> None:
    result = genred("listen", "--fast", "--json", "--model", tiny_model_path, music)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    words = [event["word"] for event in events if event["event"] == "genre_changed"]
    assert words == ["uncertain", "jazz", "metal", "offline"]
    assert sum(event["event"] == "window" for event in events) >= 26


def test_raw_pcm_comes_through_a_pipe(brisk_model_path: Path) -> None:
    stereo = np.repeat(np.interp(np.arange(4 * 32_000) / 32_000, np.arange(4 * 22_050) / 22_050, sound("jazz", 4)), 2)
    result = subprocess.run(
        [*COMMAND, "listen", "--json", "--rate", "32000", "--channels", "2", "--model", str(brisk_model_path), "-"],
        input=pcm(stereo),
        capture_output=True,
        timeout=60,
        check=True,
    )
    words = {json.loads(line).get("word") for line in result.stdout.splitlines()}
    assert "jazz" in words


def test_listening_ends_when_nobody_reads_any_more(tmp_path: Path, tiny_model_path: Path) -> None:
    file = write_wav(tmp_path / "long.wav", sound("jazz", 20))
    listen = [*COMMAND, "listen", "--json", "--fast", "--model", str(tiny_model_path), str(file)]
    with subprocess.Popen(listen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("missing.mp3", ExitCode.SOURCE, "no such file"),
        ("http://127.0.0.1:1/stream", ExitCode.SOURCE, "127.0.0.1:1"),
        ("http://nonesuch.invalid/stream", ExitCode.SOURCE, "nonesuch.invalid"),
        ("soundcard:no such device here", ExitCode.SOURCE, "no such device here"),
        ("rtsp://host/stream", ExitCode.SOURCE, "rtsp"),
    ],
)
def test_a_source_that_cannot_be_opened_is_one_clear_line(
    source: str, code: ExitCode, said: str, tiny_model_path: Path, tmp_path: Path
) -> None:
    result = genred("listen", "--model", tiny_model_path, source, cwd=tmp_path)
    assert result.returncode == code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("genred listen: ")
    assert said in line


def test_a_text_file_is_no_audio(tmp_path: Path, tiny_model_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("no music here\n" * 500)
    result = genred("listen", "--model", tiny_model_path, text)
    assert result.returncode == ExitCode.SOURCE
    assert str(text) in result.stderr


def test_a_broker_on_the_command_line_is_published_to(music: Path, broker: Mosquitto, brisk_model_path: Path) -> None:
    listen = [*COMMAND, "listen", "--broker", f"127.0.0.1:{broker.port}", "--model", str(brisk_model_path), str(music)]
    with Watcher(broker.port, "genred/#") as watcher, subprocess.Popen(listen, stdout=subprocess.DEVNULL) as process:
        seen = watcher.wait(lambda seen: any(message.text == "jazz" for message in seen), "jazz")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    (topic,) = {message.topic for message in seen if message.text == "jazz"}
    node = topic.split("/")[1]
    assert node.startswith("listen_")
    assert topic == f"genred/{node}/listen/genre"
    assert retained_at(broker.port) == {}, "a listener leaves nothing behind"


def test_a_broker_that_is_not_there_is_named_at_once(music: Path, brisk_model_path: Path) -> None:
    broker = f"127.0.0.1:{free_port()}"
    result = genred("listen", "--seconds", "2", "--broker", broker, "--model", brisk_model_path, music)
    assert result.returncode == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"genred listen: no broker: mqtt://{broker} refuses connections")


def test_a_brokers_address_is_spoken_of_as_the_option(music: Path) -> None:
    result = genred("listen", "--broker", "ftp://x", music)
    assert "genred listen: --broker 'ftp' is not a known scheme" in result.stderr
    assert "mqtt.broker" not in result.stderr


def test_a_local_playlist_is_followed_to_its_first_stream(tmp_path: Path) -> None:
    playlist = tmp_path / "radio.m3u"
    playlist.write_text("#EXTM3U\nsong.mp3\nhttp://127.0.0.1:1/radio\n")
    result = genred("listen", playlist)
    assert result.returncode == ExitCode.SOURCE
    assert "http://127.0.0.1:1/radio" in result.stderr
    playlist.write_text("song.mp3\n")
    assert "is a playlist, not audio" in genred("listen", playlist).stderr


def test_a_dumb_terminal_gets_lines(music: Path, tiny_model_path: Path) -> None:
    arguments = ["listen", "--fast", "--model", str(tiny_model_path), str(music)]
    program = f"import sys; from genred.cli import main; sys.exit(main({arguments!r}))"
    with Terminal(program, kind="dumb") as terminal:
        terminal.expect("source: pcm_s16le")
        terminal.expect("on air: metal")
        assert terminal.wait() == 0
        assert "\x1b" not in terminal.text


def test_seconds_end_it(tmp_path: Path, brisk_model_path: Path) -> None:
    file = write_wav(tmp_path / "long.wav", sound("jazz", 60))
    result = genred("listen", "--seconds", "3", "--json", "--model", brisk_model_path, file)
    assert result.returncode == 0
    assert 1 <= sum(json.loads(line)["event"] == "window" for line in result.stdout.splitlines()) <= 4


def test_the_demonstration_ends_by_itself_and_shows_what_came_through_mqtt(brisk_model_path: Path) -> None:
    result = genred("demo", "--seconds", "8", "--model", brisk_model_path, stdin=subprocess.DEVNULL, timeout=120)
    assert result.returncode == 0, result.stderr
    arrived = [line.split("  < ")[1] for line in result.stdout.splitlines() if "  < " in line]
    genres = {line.split()[1] for line in arrived if line.startswith("genred/demo/demo/genre")}
    assert genres & {"jazz", "metal"}
    assert any(line.startswith("genred/demo/status") for line in arrived)
    assert "messages arrived through MQTT" in result.stdout
    assert result.stderr == ""
