"""`genred classify`, as a user runs it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.cli import classify
from genred.errors import GenredError
from genred.pictures import drawing
from genred.pictures.gathering import PictureColumns
from tests.classification.endless import write_endless
from tests.cli.run_genred import COMMAND, genred
from tests.cli.wav import write_wav
from tests.patience import PATIENCE_S
from tests.processes import has_ended, reader_of, watch, workers_of
from tests.setup.terminal import Terminal
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Serves content on loopback, with just these headers; gives its address."""
    servers: list[HTTPServer] = []

    def serve(content: bytes, headers: dict[str, str]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Is for nobody."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/song.wav"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    parts = [SOUNDS["jazz"](15, rng), SOUNDS["metal"](15, rng), np.zeros(22_050 * 12, np.float32)]
    return write_wav(tmp_path / "ein Lied – zwei.wav", np.concatenate(parts))


def test_json_is_one_object_a_file_with_the_documented_fields(clip: Path, tiny_model_path: Path) -> None:
    result = genred("classify", "--json", "--model", tiny_model_path, clip, clip)
    assert result.returncode == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first == second
    assert set(first) == {
        *("path", "seconds", "windows", "word", "confidence", "shares", "mean", "timeline", "model", "medium")
    }
    assert first["medium"] == {"codec": "pcm_s16le", "rate_hz": 22_050, "channels": 1, "bitrate_bps": 352_800}
    assert first["word"] in {"jazz", "metal"}
    assert first["path"] == str(clip)
    assert first["seconds"] == pytest.approx(42, abs=0.01)
    assert first["windows"] == 38
    assert sum(first["shares"].values()) == pytest.approx(1, abs=0.001)
    assert set(first["mean"]) == {"jazz", "metal", "speech"}
    assert sum(first["mean"].values()) == pytest.approx(1, abs=0.001)
    assert [stretch["word"] for stretch in first["timeline"]] == ["jazz", "metal", "silence"]
    assert first["timeline"][0]["start_s"] == 0
    assert first["timeline"][-1]["end_s"] == pytest.approx(first["seconds"], abs=0.01)
    ends = [stretch["end_s"] for stretch in first["timeline"][:-1]]
    assert ends == [stretch["start_s"] for stretch in first["timeline"][1:]]


def test_json_and_exit_code_are_the_same_with_any_number_of_jobs(
    clip: Path, tiny_model_path: Path, tmp_path: Path
) -> None:
    short = write_wav(tmp_path / "short.wav", SOUNDS["speech"](6.2, np.random.default_rng(3)))
    files = [clip, short, tmp_path / "missing.wav", tmp_path / "nowhere", short, clip, short]
    alone, together = (genred("classify", "--json", "-j", n, "--model", tiny_model_path, *files) for n in ("1", "3"))
    assert len(alone.stdout.splitlines()) == len(files)
    assert together.stdout == alone.stdout
    assert together.returncode == alone.returncode == 66
    assert together.stderr == alone.stderr == ""


def test_people_get_shares_largest_first_and_a_timeline(clip: Path, tiny_model_path: Path) -> None:
    result = genred("classify", "--model", tiny_model_path, clip)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{clip}: 42.0 s, 38 windows, model tiny")
    shares = [float(line.split()[1].rstrip("%")) for line in lines[1:] if "%" in line]
    assert shares == sorted(shares, reverse=True)
    assert any(line.strip().startswith("0:00 – ") for line in lines)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(clip: Path, tiny_model_path: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("no music here\n" * 500)
    missing = tmp_path / "missing.wav"
    empty = tmp_path / "empty folder"
    empty.mkdir()
    result = genred("classify", "--json", "--model", tiny_model_path, text, missing, empty, clip)
    assert result.returncode == 66
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [set(line) for line in lines[:3]] == [{"path", "error"}] * 3
    assert all(line["path"] in line["error"] for line in lines[:3])
    assert lines[3]["path"] == str(clip)


def test_a_second_of_audio_gives_a_clear_result_and_a_tenth_a_clear_error(
    tiny_model_path: Path, tmp_path: Path
) -> None:
    noise = SOUNDS["metal"](1.0, np.random.default_rng(1))
    second = write_wav(tmp_path / "second.wav", noise)
    tenth = write_wav(tmp_path / "tenth.wav", noise[:2_205])
    result = genred("classify", "--json", "--model", tiny_model_path, second, tenth)
    assert result.returncode == 66
    good, bad = (json.loads(line) for line in result.stdout.splitlines())
    assert good["windows"] == 1
    assert good["seconds"] == 1.0
    assert good["shares"] == {"metal": 1.0}
    assert "too short to classify" in bad["error"]


def test_a_model_that_does_not_exist_is_a_wrong_configuration(clip: Path) -> None:
    result = genred("classify", "--model", "nonesuch", clip)
    assert result.returncode == 78
    assert "nonesuch" in result.stderr
    assert result.stdout == ""


def test_a_reader_that_goes_away_is_no_error(clip: Path, tiny_model_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "classify", "--json", "--model", str(tiny_model_path), *[str(clip)] * 5],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == ""


def test_a_file_name_that_is_no_utf_8_is_no_error(tmp_path: Path, tiny_model_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/caf\xe9.wav")
    write_wav(tmp_path / "plain.wav", SOUNDS["metal"](6, np.random.default_rng(1))).rename(name)
    result = genred("classify", "--json", "--model", tiny_model_path, name)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["path"].endswith("caf\ufffd.wav")
    assert base64.b64decode(found["path_b64"]) == os.fsencode(name)
    os.truncate(name, 10)
    failed = json.loads(genred("classify", "--json", "--model", tiny_model_path, name).stdout)
    assert base64.b64decode(failed["path_b64"]) == os.fsencode(name)
    assert set(failed) == {"path", "path_b64", "error"}


def test_names_that_control_terminals_are_shown_as_escapes(tmp_path: Path, tiny_model_path: Path) -> None:
    path = write_wav(tmp_path / "bell\x07\x1b[31m\nline.wav", SOUNDS["metal"](6, np.random.default_rng(1)))
    shown = genred("classify", "--model", tiny_model_path, path, tmp_path / "nowhere\x1b.wav")
    assert "\\x07\\x1b[31m\\nline.wav: 6.0 s" in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr
    assert json.loads(genred("classify", "--json", "--model", tiny_model_path, path).stdout)["path"] == str(path)


def test_folders_lists_and_pipes_are_what_they_hold(clip: Path, tiny_model_path: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.m3u"
    listed.write_text(f"#EXTM3U\n{clip.name}\nmissing.wav\n")
    result = genred("classify", "--json", "--model", tiny_model_path, clip, tmp_path, listed)
    assert result.returncode == 66
    one, walked, entry, missing = (json.loads(line) for line in result.stdout.splitlines())
    assert one == walked == entry
    assert missing == {
        "path": str(tmp_path / "missing.wav"),
        "error": f"{tmp_path / 'missing.wav'}: no such file",
    }
    piped = subprocess.run(
        [*COMMAND, "classify", "--json", "--model", str(tiny_model_path), "-"],
        input=clip.read_bytes(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert {**json.loads(piped.stdout), "path": one["path"]} == one


def test_an_address_is_fetched_and_a_stream_is_for_listening(
    clip: Path, tiny_model_path: Path, served: Callable[..., str]
) -> None:
    content = clip.read_bytes()
    address = served(content, {"Content-Length": str(len(content)), "Content-Type": "audio/wav"})
    result = genred("classify", "--json", "--model", tiny_model_path, address)
    assert result.returncode == 0, result.stdout
    found = json.loads(result.stdout)
    assert (found["path"], found["windows"]) == (address, 38)
    address = served(content, {"Content-Type": "audio/wav"})
    assert json.loads(genred("classify", "--json", "--model", tiny_model_path, address).stdout)["windows"] == 38
    address = served(content, {"icy-name": "Radio", "Content-Type": "audio/wav"})
    result = genred("classify", "--model", tiny_model_path, address)
    assert result.returncode == 66
    assert f"`genred listen {address}`" in result.stderr


def test_a_worker_that_is_killed_costs_its_file_only(clip: Path, tiny_model_path: Path, tmp_path: Path) -> None:
    endless = write_endless(tmp_path / "endless.wav")
    with start("--json", "--model", tiny_model_path, clip, endless, clip) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        os.kill(reader_of(endless, process.pid), signal.SIGKILL)
        rest, errors = process.communicate(timeout=60)
    failure, last = (json.loads(line) for line in rest.splitlines())
    assert last == first
    assert set(failure) == {"path", "error"}
    assert failure["path"] == str(endless)
    assert failure["path"] in failure["error"]
    assert "SIGKILL" in failure["error"]
    assert errors == ""
    assert process.returncode == 66


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_however_it_is_ended_no_worker_is_left_and_nothing_is_said(
    ending: signal.Signals, code: int, clip: Path, tiny_model_path: Path, tmp_path: Path
) -> None:
    endless = write_endless(tmp_path / "endless.wav")
    with start("--model", tiny_model_path, clip, endless, endless) as process:
        assert process.stdout is not None
        process.stdout.readline()
        workers = [watch(pid) for pid in workers_of(process.pid)]
        # Ctrl-C is for all processes of a terminal's group.
        (os.killpg if ending is signal.SIGINT else os.kill)(process.pid, ending)
        _, errors = process.communicate(timeout=60)
    assert len(workers) == 2
    for worker in workers:
        assert has_ended(worker)
    assert process.returncode == code
    assert errors == ""


def test_ctrl_c_ends_a_single_file_without_a_traceback(tiny_model_path: Path, tmp_path: Path) -> None:
    endless = write_endless(tmp_path / "endless.wav")
    with on_a_terminal(tiny_model_path, tmp_path / "out", endless) as terminal:
        terminal.expect("x real time")
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text


def test_a_bar_counts_the_files_on_a_terminal_and_standard_output_stays_clean(
    clip: Path, tiny_model_path: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.wav"
    with on_a_terminal(tiny_model_path, tmp_path / "out", clip, missing, clip) as terminal:
        terminal.expect("0/3 files")
        terminal.expect("x real time")
        terminal.expect("left")
        terminal.expect(f"genred classify: {missing}: no such file\n")
        assert terminal.wait() == 66
    plain = genred("classify", "--model", tiny_model_path, clip, missing, clip)
    assert (tmp_path / "out").read_text() == plain.stdout


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Two jobs, whatever the machine, in a group of their own as in a terminal."""
    return subprocess.Popen(
        [*COMMAND, "classify", "-j", "2", *(str(argument) for argument in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def on_a_terminal(model: Path, output: Path, *files: Path) -> Terminal:
    """Standard error on a terminal, standard output in a file."""
    arguments = ["classify", "-j", "2", "--model", str(model), *(str(file) for file in files)]
    redirected = f"import sys\nsys.stdout = open({str(output)!r}, 'w')\n"
    return Terminal(f"{redirected}from genred.cli import main\nsys.exit(main({arguments!r}))")


def test_a_format_without_a_decoder_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "unknown.wav"
    samples = bytes(40_000)
    form = struct.pack("<IHHIIHH", 16, 0, 1, 44_100, 88_200, 2, 16)  # format 0 is none (RFC 2361)
    data = b"data" + struct.pack("<I", len(samples)) + samples
    path.write_bytes(b"RIFF" + struct.pack("<I", 28 + len(data)) + b"WAVEfmt " + form + data)
    result = genred("classify", path)
    assert result.returncode == 66
    assert "nothing in it could be decoded as audio" in result.stderr


def test_a_picture_that_cannot_be_written_leaves_the_one_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OnFullDisk:
        def save(self, target: BinaryIO, _format: str) -> None:
            target.write(b"half")
            raise OSError(28, "No space left on device")

    picture = tmp_path / "a.png"
    picture.write_bytes(b"of before")
    monkeypatch.setattr(drawing, "draw_both", lambda _columns: OnFullDisk())
    with pytest.raises(GenredError, match="No space left on device"):
        classify._draw(PictureColumns(), picture)
    assert picture.read_bytes() == b"of before"
    assert list(tmp_path.iterdir()) == [picture]
