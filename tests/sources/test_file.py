from __future__ import annotations

import os
import subprocess
import threading
import time
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.audio import AudioBlock
from genred.config.schema import FileSource
from genred.errors import SourceError
from genred.sources.file import FilePlayer, play_file
from genred.sources.source import Meter, Title
from tests.patience import PATIENCE_S
from tests.sources import sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from pathlib import Path


def play(path: Path, **settings: object) -> Collected:
    return collect(FilePlayer(FileSource(file=str(path), **{"pace": "fast", **settings})))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "suffix", "codec"),
    [
        (sounds.MP3, "mp3", "mp3"),
        (sounds.M4A, "m4a", "aac"),
        (sounds.AAC, "aac", "aac"),
        (sounds.OGG_VORBIS, "ogg", "vorbis"),
        (sounds.OGG_OPUS, "opus", "opus"),
        (sounds.OGG_FLAC, "oga", "flac"),
        (sounds.FLAC, "flac", "flac"),
        (sounds.WAV, "wav", "pcm_s16le"),
    ],
)
def test_every_common_format_decodes_to_its_tone(
    form: tuple[str, ...], suffix: str, codec: str, tmp_path: Path
) -> None:
    path = tmp_path / f"sound.{suffix}"
    path.write_bytes(sounds.encoded(form, 3.0, rate_hz=48_000, channels=2))
    played = play(path)
    assert played.error is None
    assert (played.infos[0].codec, played.infos[0].rate_hz, played.infos[0].channels) == (codec, 48_000, 2)
    assert played.seconds == pytest.approx(3.0, abs=0.1)
    assert played.tone_hz() == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (22_050, 1), (44_100, 8), (192_000, 2)])
def test_any_rate_and_channel_count_becomes_22050_mono(rate_hz: int, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 2.0, rate_hz=rate_hz, channels=channels))
    played = play(path)
    assert (played.infos[0].rate_hz, played.infos[0].channels) == (rate_hz, channels)
    assert played.infos[0].duration_s == pytest.approx(2.0)
    assert played.seconds == pytest.approx(2.0, abs=0.001)
    assert played.tone_hz() == pytest.approx(440, abs=1)


@pytest.mark.parametrize("rate_hz", [1, 8, 2_000_000_000])
def test_a_rate_that_no_audio_has_is_refused_in_words(rate_hz: int, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(20_000))
    played = play(path)
    assert played.seconds == 0.0
    assert played.error is not None
    assert f"sound.wav: has a sample rate of {rate_hz} Hz" in str(played.error)


def test_a_file_of_one_second_gives_one_second(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 1.0))
    assert play(path).samples.size == 22_050


def test_a_truncated_mp3_gives_what_is_left_of_it(tmp_path: Path) -> None:
    path = tmp_path / "truncated.mp3"
    path.write_bytes(sounds.encoded(sounds.MP3, 10.0)[:40_100])
    played = play(path)
    assert played.error is None
    assert played.seconds == pytest.approx(5.0, abs=0.2)


def test_garbage_in_the_middle_is_skipped_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sound = sounds.encoded(sounds.MP3, 10.0)
    path = tmp_path / "garbage.mp3"
    path.write_bytes(sound[:40_000] + bytes(range(256)) * 20 + sound[40_000:])
    player = FilePlayer(FileSource(file=str(path), pace="fast"))
    played = collect(player)
    assert played.error is None
    assert played.seconds == pytest.approx(10.0, abs=0.7)
    assert player.meter.corrupt_packets >= 1
    assert "corrupt packets" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("zero.mp3", b"", "empty (0 bytes)"),
        ("text.mp3", b"\n".join(b"%d bottles of beer" % n for n in range(2_000)), "audio"),
        ("noise.ogg", bytes((7 * n * n + 13 * n) % 251 for n in range(9_000)), "audio"),
    ],
)
def test_what_is_no_audio_is_refused_in_words(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    played = play(path)
    assert isinstance(played.error, SourceError)
    assert played.error.permanent
    assert str(path) in str(played.error)
    assert words in str(played.error)
    assert not played.blocks


def test_a_video_without_sound_is_named_as_that(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", str(path)]
    subprocess.run(command, check=True, timeout=60)
    played = play(path)
    assert isinstance(played.error, SourceError)
    assert "contains no audio, only video" in str(played.error)


def test_a_missing_file_and_an_unreadable_path_are_told_apart(tmp_path: Path) -> None:
    assert "no such file" in str(play(tmp_path / "nowhere.mp3").error)
    with pytest.raises(SourceError, match="cannot be read"):
        list(play_file(tmp_path, "a folder", Meter()))


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    assert "is a pipe or device" in str(play(path).error)


def test_a_name_with_colon_and_percent_is_a_name_and_no_protocol(tmp_path: Path) -> None:
    path = tmp_path / "concat:100%d http:x.mp3"
    path.write_bytes(sounds.encoded(sounds.MP3, 10.0))
    assert play(path).seconds == pytest.approx(10.0, abs=0.1)


def test_a_local_playlist_cannot_make_ffmpeg_open_other_addresses(tmp_path: Path) -> None:
    path = tmp_path / "trap.mp3"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n")
    assert isinstance(play(path).error, SourceError)


def test_a_folder_is_a_programme_that_skips_what_is_broken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "b.wav").write_bytes(sounds.encoded(sounds.WAV, 1.0))
    (tmp_path / "a.wav").write_bytes(b"RIFFxxxx")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.mp3").write_bytes(sounds.encoded(sounds.MP3, 10.0))
    (tmp_path / "notes.txt").write_text("no audio")
    played = play(tmp_path)
    assert played.error is None
    assert [info.codec for info in played.infos] == ["pcm_s16le", "mp3"]
    assert played.seconds == pytest.approx(11.0, abs=0.1)
    assert "a.wav" in caplog.text


def test_a_folder_without_audio_says_so(tmp_path: Path) -> None:
    assert "contains no audio files" in str(play(tmp_path).error)
    (tmp_path / "a.mp3").write_bytes(b"")
    assert "none of the folder's 1 audio files" in str(play(tmp_path).error)


def test_a_looping_file_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "loop.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 1.0))
    player = FilePlayer(FileSource(file=str(path), pace="fast", loop=True))
    assert player.endless
    heard_samples = 0
    for item in player.session():
        heard_samples += item.samples.size if isinstance(item, AudioBlock) else 0
        if heard_samples > 3 * 22_050:
            player.interrupt()
    assert heard_samples > 3 * 22_050


def test_real_pace_gives_audio_no_faster_than_time(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 1.0))
    started_at = time.monotonic()
    player = FilePlayer(FileSource(file=str(path)))
    assert player.live
    assert collect(player).seconds == pytest.approx(1.0)
    assert time.monotonic() - started_at >= 0.95


def test_an_interruption_ends_a_wait_of_the_real_pace(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 2 * PATIENCE_S, rate_hz=8_000))
    player = FilePlayer(FileSource(file=str(path)))
    items = player.session()
    next(items)
    next(items)
    ended = threading.Event()

    def drain() -> None:
        list(items)
        ended.set()

    thread = threading.Thread(target=drain)
    thread.start()
    player.interrupt()
    assert ended.wait(PATIENCE_S)
    thread.join()


def test_clipped_input_stays_clipped_at_its_own_rate(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=100:sample_rate=22050:duration=1"]
    subprocess.run([*command, "-af", "volume=40", "-c:a", "pcm_s16le", str(path)], check=True, timeout=60)
    assert np.mean(np.abs(play(path).samples) >= 0.9999) > 0.5


@pytest.mark.parametrize(("form", "suffix"), [(sounds.MP3, "mp3"), (sounds.M4A, "m4a"), (sounds.OGG_OPUS, "opus")])
def test_a_files_tags_are_its_title(form: tuple[str, ...], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"file.{suffix}"
    path.write_bytes(sounds.encoded(form, 2.0, rate_hz=48_000, tags=(("artist", "Can"), ("title", "Vitamin C"))))
    assert play(path).titles == [Title("Can - Vitamin C", "Can", "Vitamin C")]


def test_a_folders_files_without_tags_are_titled_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "Can - Spoon.wav").write_bytes(sounds.encoded(sounds.WAV, 1.0))
    assert play(tmp_path).titles == [Title("Can - Spoon", "Can", "Spoon")]
    assert play(tmp_path / "Can - Spoon.wav").titles == []


def test_a_loop_of_one_sample_is_refused_instead_of_turned_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "one.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(b"\0\0")
    heard = collect(FilePlayer(FileSource(file=str(path), loop=True)))
    assert isinstance(heard.error, SourceError)
    assert (heard.error.cause, heard.error.permanent) == ("too_short", True)
    assert collect(FilePlayer(FileSource(file=str(path)))).error is None


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("a.m3u", "#EXTM3U\nhttp://me:secret@radio.example/live\n", "instead: http://me:********@radio.example/live"),
        ("a.m3u", "one.mp3\ntwo.mp3\n", "the folder or file that it contains"),
        ("a.pls", "[playlist]\nFile1=http://radio.example/live\n", "instead: http://radio.example/live"),
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n1.ts\n", "the URL that it came from"),
    ],
)
def test_a_playlist_that_is_given_as_a_file_says_what_to_give(
    name: str, text: str, advice: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    error = collect(FilePlayer(FileSource(file=str(path)))).error
    assert isinstance(error, SourceError)
    assert "is a playlist, not audio" in str(error)
    assert advice in str(error)
