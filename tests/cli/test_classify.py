"""`genred classify`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.cli.run_genred import genred
from tests.cli.wav import write_wav
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from pathlib import Path


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
    assert set(first) == {"path", "seconds", "windows", "shares", "mean", "timeline", "model"}
    assert first["path"] == str(clip)
    assert first["seconds"] == pytest.approx(42, abs=0.01)
    assert first["windows"] == 38
    assert sum(first["shares"].values()) == pytest.approx(1, abs=0.001)
    assert set(first["mean"]) == {"jazz", "metal", "speech"}
    assert sum(first["mean"].values()) == pytest.approx(1, abs=0.001)
    assert [stretch["word"] for stretch in first["timeline"]] == ["uncertain", "jazz", "metal", "silence"]
    assert first["timeline"][0]["start_s"] == 0
    assert first["timeline"][-1]["end_s"] == pytest.approx(first["seconds"], abs=0.01)
    ends = [stretch["end_s"] for stretch in first["timeline"][:-1]]
    assert ends == [stretch["start_s"] for stretch in first["timeline"][1:]]


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
    result = genred("classify", "--json", "--model", tiny_model_path, text, missing, tmp_path, clip)
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
    assert "too little" in bad["error"]


def test_a_model_that_does_not_exist_is_a_wrong_configuration(clip: Path) -> None:
    result = genred("classify", "--model", "nonesuch", clip)
    assert result.returncode == 78
    assert "nonesuch" in result.stderr
    assert result.stdout == ""


def test_a_reader_that_goes_away_is_no_error(clip: Path, tiny_model_path: Path) -> None:
    import subprocess

    from tests.cli.run_genred import COMMAND

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
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_a_file_name_that_is_no_utf_8_is_no_error(tmp_path: Path, tiny_model_path: Path) -> None:
    import os

    name = os.fsdecode(bytes(tmp_path) + b"/caf\xe9.wav")
    write_wav(tmp_path / "plain.wav", SOUNDS["metal"](6, np.random.default_rng(1))).rename(name)
    result = genred("classify", "--json", "--model", tiny_model_path, name)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["path"].endswith("caf\ufffd.wav")
