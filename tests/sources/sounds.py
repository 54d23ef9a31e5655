"""Audio for the tests, encoded by ffmpeg; the same call gives the same bytes, made once a process."""

from __future__ import annotations

import subprocess
from functools import lru_cache

MP3 = ("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3")
AAC = ("-c:a", "aac", "-b:a", "64k", "-f", "adts")
OGG_VORBIS = ("-c:a", "libvorbis", "-q:a", "1", "-f", "ogg")
OGG_OPUS = ("-c:a", "libopus", "-b:a", "64k", "-f", "ogg")
OGG_FLAC = ("-c:a", "flac", "-f", "ogg")
FLAC = ("-c:a", "flac", "-f", "flac")
WAV = ("-c:a", "pcm_s16le", "-f", "wav")
M4A = ("-c:a", "aac", "-b:a", "64k", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4")
MPEG_TS_AAC = ("-c:a", "aac", "-b:a", "64k", "-f", "mpegts")
MPEG_TS_MP3 = ("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mpegts")

MP3_BYTES_PER_S = 8_000


@lru_cache(maxsize=64)
def encoded(
    form: tuple[str, ...],
    seconds: float = 10.0,
    *,
    rate_hz: int = 44_100,
    channels: int = 1,
    tone_hz: int = 440,
    tags: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A tone under soft noise, so that codecs have something to do, at about -12 dBFS."""
    metadata = [argument for name, text in tags for argument in ("-metadata", f"{name}={text}")]
    source = f"sine=frequency={tone_hz}:sample_rate={rate_hz}:duration={seconds},volume=3"
    noise = f"anoisesrc=sample_rate={rate_hz}:duration={seconds}:amplitude=0.05:seed=1"
    done = subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", noise),
            *("-filter_complex", "amix=inputs=2:normalize=0", "-ac", str(channels), *metadata, *form, "pipe:1"),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout
