"""What the benchmarks listen to: minutes of the demonstration's programme, as MP3."""

from __future__ import annotations

import subprocess
import wave
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ
from genred.demo.programme import STYLES

if TYPE_CHECKING:
    from pathlib import Path


def make_mp3(folder: Path, seconds: float) -> Path:
    """Writes so much music as MP3, 44.1 kHz stereo at 128 kbit/s: what most stations send, without a file's headers."""
    part_s = seconds / len(STYLES)
    samples = np.concatenate([compose(part_s) for compose in STYLES.values()])
    wav, mp3 = folder / "programme.wav", folder / "programme.mp3"
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i"]
    encoding = ["-ac", "2", "-ar", "44100", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0"]
    subprocess.run(
        [*command, wav, *encoding, mp3],
        check=True,
        timeout=120,
    )
    return mp3
