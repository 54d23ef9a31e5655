"""Whole audio files to mono samples at the front end's rate, for training and evaluation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import numpy as np
import soxr

from genred.audio import SAMPLE_RATE_HZ
from genred.sources.audio_file import open_audio_file
from genred.sources.mixer import to_mono
from genred_build.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

AUDIO_SUFFIXES = frozenset({".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac", ".au", ".aif", ".aiff"})
"""File name endings, in lower case, that a data set's files are recognised by."""


MOST_KEPT = 1 << 27
"""Samples that are kept of recordings that are soon read again: half a GiB, an hour and three quarters."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file's samples.

    Attributes:
        samples: float32 mono at `SAMPLE_RATE_HZ`.
        pcm_md5: Of the decoded samples before resampling, so that equal audio in different containers is found.
    """

    samples: NDArray[np.float32]
    pcm_md5: str

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples.size / SAMPLE_RATE_HZ


def read_recording(path: Path) -> Recording:
    """Decodes a file through FFmpeg and resamples it with soxr's high quality, as the daemon does.

    Raises:
        BuildError: The file cannot be opened, holds no audio, or breaks off before the first sample.
    """
    pieces: list[NDArray[np.float32]] = []
    digest = hashlib.md5(usedforsecurity=False)
    rate_hz = 0
    try:
        container, _ = open_audio_file(path)
        with container:
            if not container.streams.audio:
                raise BuildError(f"{path}: contains no audio")
            for frame in container.decode(container.streams.audio[0]):
                decoded = frame.to_ndarray()
                rate_hz = frame.sample_rate
                digest.update(decoded.tobytes())
                pieces.append(to_mono(decoded, frame.layout.nb_channels))
    except (av.FFmpegError, OSError, ValueError) as error:
        # Without a single sample there is nothing to use; a file that breaks off later gives what came before.
        if not pieces:
            raise BuildError(f"{path}: cannot be decoded: {getattr(error, 'strerror', None) or error}") from error
    if not pieces:
        raise BuildError(f"{path}: contains no samples")
    samples = np.concatenate(pieces)
    if rate_hz != SAMPLE_RATE_HZ:
        samples = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ, "HQ")
    return Recording(samples=np.asarray(samples, np.float32), pcm_md5=digest.hexdigest())


def kept_recordings(most: int = MOST_KEPT) -> Callable[[Path], NDArray[np.float32]]:
    """Gives a function that reads files' samples, and keeps what it read first.

    Whatever is kept stays: all files are read in turn, so the ones read last would only push out the next ones.

    Args:
        most: Samples that are kept.
    """
    kept: dict[Path, NDArray[np.float32]] = {}
    left = most

    def read(path: Path) -> NDArray[np.float32]:
        nonlocal left
        if path in kept:
            return kept[path]
        samples = read_recording(path).samples
        if samples.size <= left:
            left -= samples.size
            kept[path] = samples
        return samples

    return read
