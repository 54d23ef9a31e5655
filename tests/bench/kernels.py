"""The bare kernels: what no daemon can do without, as a loop that does nothing else."""

from __future__ import annotations

import resource
import subprocess
import time
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.bundle import load_bundle
from genred.analysis.native_messages import delegate_message_hidden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle

STEP_HOPS = 43
_STEP_S = STEP_HOPS * 512 / 22_050
_RATE_HZ = 44_100


def least_cpu_s(work: Callable[[], object], repeats: int = 3) -> float:
    """Least CPU seconds of this process over some repeats: other programs only ever add to it."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def decode(mp3: Path) -> int:
    """Decodes a file with FFmpeg's libraries and throws the samples away. Returns how many."""
    import av

    with av.open(str(mp3)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def resample(seconds: float) -> None:
    """Brings so much noise from 44,100 to 22,050 Hz, mono, a second at a time."""
    import soxr

    block = np.random.default_rng(0).standard_normal(_RATE_HZ).astype(np.float32)
    stream = soxr.ResampleStream(_RATE_HZ, _RATE_HZ // 2, 1, dtype="float32")
    for _ in range(round(seconds)):
        stream.resample_chunk(block)


def fft_and_mel(bundle: ModelBundle, windows: int) -> None:
    """Transforms the new frames of so many windows, and multiplies them with a mel bank."""
    spec = bundle.card.front_end
    frames = np.random.default_rng(0).standard_normal((STEP_HOPS + 4, spec.n_fft)).astype(np.float32)
    bank = np.ones((spec.n_fft // 2 + 1, spec.n_mels), np.float32)
    for _ in range(windows):
        spectrum = np.fft.rfft(frames, axis=1)
        (spectrum.real**2 + spectrum.imag**2) @ bank


def invoke(bundle: ModelBundle, windows: int) -> None:
    """Runs the network so many times."""
    from ai_edge_litert.interpreter import Interpreter

    with delegate_message_hidden():
        interpreter = Interpreter(model_content=bundle.tflite, num_threads=1)
        interpreter.allocate_tensors()
    for _ in range(windows):
        interpreter.invoke()


def program_cpu_s(command: list[str | Path]) -> float:
    """User and system seconds of a program, its start among them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def kernel_ms(mp3: Path, seconds: float) -> dict[str, float]:
    """Measures each kernel. Gives CPU milliseconds for a second of one station, a window a second.

    Args:
        mp3: Some minutes.
        seconds: Its length.
    """
    bundle = load_bundle("default")
    windows = round(seconds / _STEP_S)
    kernels: dict[str, Callable[[], object]] = {
        "decode (FFmpeg's libraries)": lambda: decode(mp3),
        "resample (soxr)": lambda: resample(seconds),
        "FFT and mel product": lambda: fft_and_mel(bundle, windows),
        "Interpreter.invoke": lambda: invoke(bundle, windows),
    }
    return {name: 1000 / seconds * least_cpu_s(work) for name, work in kernels.items()}


def ffmpeg_ms(mp3: Path, seconds: float) -> float:
    """CPU milliseconds of the program ffmpeg for decoding a second of audio, and nothing else."""
    command: list[str | Path] = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", mp3, "-f", "null", "-"]
    return 1000 / seconds * min(program_cpu_s(command) for _ in range(3))
