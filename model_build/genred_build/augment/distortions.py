"""Copies of the corpus after what power alone cannot model: low-bit-rate codecs, clipping, overdriven amplifiers."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

import av
import numpy as np

from genred.audio import SAMPLE_RATE_HZ
from genred_build.augment.recordings import mp3_32k
from genred_build.data.audio import read_recording
from genred_build.data.corpus import file_levels
from genred_build.npz import DAMAGED, write_npz

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.corpus import Corpus


def opus_16k(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Encodes to Opus at 12 to 24 kbit/s and back; of its delay only hundredths of a second are left in."""
    rate_hz = 48_000
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=rate_hz, layout="mono")
        stream.bit_rate = int(rng.integers(12, 25)) * 1000
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
        pcm = (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], "s16", "mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    buffer.seek(0)
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(buffer, "r") as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    decoded = np.concatenate([part.to_ndarray()[0] for part in [*frames, *resampler.resample(None)]])
    return np.pad(decoded, (0, max(0, samples.size - decoded.size)))[: samples.size].astype(np.float32)


def clipped(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Cuts off what lies 3 to 15 dB above the RMS, as an input that is set too high does."""
    most = np.sqrt(np.mean(np.square(samples))) * 10 ** (rng.uniform(3.0, 15.0) / 20)
    return np.clip(samples, -most, most).astype(np.float32)


def overdriven(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Bends the peaks as a small loudspeaker and its amplifier do, more on one side than on the other."""
    drive = 10 ** (rng.uniform(-6.0, 9.0) / 20) / max(1e-6, float(np.sqrt(np.mean(np.square(samples)))))
    skew = rng.uniform(0.0, 0.3)
    return np.asarray((np.tanh(samples * drive + skew) - np.tanh(skew)) / drive, np.float32)


DISTORTIONS = (mp3_32k, opus_16k, clipped, overdriven)


def distorted_copies(corpus: Corpus, cache: Path, *, workers: int | None = None) -> dict[int, NDArray[np.float16]]:
    """Gives each clean file's levels after one of `DISTORTIONS`, from the cache once they were computed."""
    indices = [index for index, file in enumerate(corpus.files) if not file.room]
    names = np.array([corpus.files[index].name for index in indices])
    digests = np.array([corpus.pcm_md5[index] for index in indices])
    with suppress(*DAMAGED), np.load(cache) as stored:
        # A version before stored no digests.
        same = "pcm_md5" not in stored or np.array_equal(stored["pcm_md5"], digests)
        if same and np.array_equal(stored["names"], names):
            parts = np.split(stored["levels"], stored["ends"][:-1])
            return dict(zip(indices, parts, strict=True))
    jobs = [(corpus.files[index].path, index) for index in indices if len(corpus.of(index))]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        made = dict(zip([index for _, index in jobs], pool.map(_copy, jobs, chunksize=8), strict=True))
    nothing = np.zeros((0, corpus.levels.shape[1]), np.float16)
    copies = [made.get(index, nothing) for index in indices]
    ends = np.cumsum([len(copy) for copy in copies])
    write_npz(cache, {"names": names, "pcm_md5": digests, "levels": np.concatenate(copies), "ends": ends})
    return dict(zip(indices, copies, strict=True))


def _copy(job: tuple[Path, int]) -> NDArray[np.float16]:
    path, index = job
    rng = np.random.default_rng([17, index])
    distortion = DISTORTIONS[index % len(DISTORTIONS)]
    return file_levels(distortion(read_recording(path).samples, rng))
