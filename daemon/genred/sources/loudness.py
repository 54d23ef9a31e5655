"""The loudness of a source at its own rate and channels, by FFmpeg's filter `ebur128` (EBU R128, ITU-R BS.1770)."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import av
import av.error
import av.filter
import numpy as np

from genred.audio.loudness import MOMENTARY_READINGS, READING_S, SHORT_TERM_READINGS, SILENT_LUFS, LoudnessReading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.frame import AudioFrame
    from av.filter.context import FilterContext
    from numpy.typing import NDArray

_LOGGER = logging.getLogger(__name__)

TRUE_PEAK_RATE_HZ = 192_000
"""The filter, too, looks for true peaks at this rate, with the same resampler; but it gives the highest since its
start alone, and that with three digits."""

_MAX_PLANES = 8
"""An AVFrame has room for so many; more channels are laid into one."""

_LAYOUTS = {1: "mono", 2: "stereo"}


class _Form(NamedTuple):
    rate_hz: int
    channels: int
    layout: str

    @property
    def packing(self) -> str:
        return "fltp" if self.channels <= _MAX_PLANES else "flt"


class LoudnessMeter:
    """Measures what it is given, tenth by tenth of a second; another rate or layout begins anew.

    Whatever FFmpeg says to it, the source goes on: of a form that cannot be measured nothing is known, and the log says
    so once.
    """

    def __init__(self) -> None:
        self._form: _Form | None = None
        self._filter: _Filter | None = None

    def push(self, samples: NDArray[np.float32], rate_hz: int, layout: str = "") -> list[LoudnessReading]:
        """Takes the next samples.

        Args:
            samples: (channels, n) float32, all finite.
            rate_hz: Their rate.
            layout: Of the channels, as FFmpeg calls it, such as `5.1(side)`; empty where only their number is known.

        Returns:
            Readings that became complete; what is left over waits for the next samples.
        """
        channels, length = samples.shape
        if not length:
            return []
        form = _Form(rate_hz, channels, layout or _LAYOUTS.get(channels, f"{channels} channels"))
        try:
            if form != self._form:
                self._form, self._filter = form, None
                self._filter = _Filter(form)
            return [] if self._filter is None else self._filter.push(samples)
        except Exception as error:  # noqa: BLE001 - loudness is no reason to end a station
            self._filter = None
            _LOGGER.warning("loudness of %s at %d Hz cannot be measured: %s", form.layout, form.rate_hz, error)
            return []

    def reset(self) -> None:
        """Forgets all audio, as after a hole: no block reaches over it."""
        if self._filter is not None:
            self._form = self._filter = None


class _Filter:
    """FFmpeg's filters: one measures, beside it one resamples for the true peak, both a tenth of a second at a time.

    Of whole seconds at 192 kHz, FFmpeg would keep ten megabytes for each station; and its own threads, two for each
    filter graph, would cost more than they save.
    """

    def __init__(self, form: _Form) -> None:
        self._form = form
        self._graph = graph = av.filter.Graph()
        graph.threads = 1
        source = graph.add_abuffer(sample_rate=form.rate_hz, format=form.packing, layout=form.layout)
        tenths = graph.add("asetnsamples", f"n={round(form.rate_hz * READING_S)}:p=0")
        split = graph.add("asplit", "2")
        measure = graph.add("ebur128", "metadata=1")
        self._measured = graph.add("abuffersink")
        source.link_to(tenths)
        tenths.link_to(split)
        split.link_to(measure, 0, 0)
        measure.link_to(self._measured)
        at_rate = graph.add("aresample", str(max(TRUE_PEAK_RATE_HZ, form.rate_hz)))
        packed = graph.add("aformat", f"sample_fmts={form.packing}")
        self._oversampled = graph.add("abuffersink")
        split.link_to(at_rate, 1, 0)
        at_rate.link_to(packed)
        packed.link_to(self._oversampled)
        graph.configure()
        self._readings = 0

    def push(self, samples: NDArray[np.float32]) -> list[LoudnessReading]:
        self._graph.push(self._frame(samples))
        found = [frame.metadata for frame in _pulled(self._measured)]
        peaks = [_amplitude(frame.to_ndarray()) for frame in _pulled(self._oversampled)]
        if len(peaks) != len(found):
            peaks = [max(peaks, default=0.0)] * len(found)
        return [self._reading(metadata, _dbtp(peak)) for metadata, peak in zip(found, peaks, strict=True)]

    def _reading(self, metadata: dict[str, str], true_peak_dbtp: float) -> LoudnessReading:
        self._readings += 1
        momentary, short_term = (_lufs(metadata[f"lavfi.r128.{name}"]) for name in "MS")
        return LoudnessReading(
            momentary if self._readings >= MOMENTARY_READINGS else None,
            short_term if self._readings >= SHORT_TERM_READINGS else None,
            true_peak_dbtp,
        )

    def _frame(self, samples: NDArray[np.float32]) -> av.AudioFrame:
        packing = self._form.packing
        laid = np.ascontiguousarray(samples if packing == "fltp" else samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(laid, format=packing, layout=self._form.layout)
        frame.sample_rate = self._form.rate_hz
        return frame


def _pulled(sink: FilterContext) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except (BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)  # noqa: S101 - no other ones were pushed
        yield frame


def _dbtp(amplitude: float) -> float:
    return max(SILENT_LUFS, 20.0 * math.log10(amplitude)) if amplitude > 0.0 else SILENT_LUFS


def _lufs(text: str) -> float:
    # FFmpeg adds and subtracts energies in a running sum. In digital silence after sound, its rounding errors may leave
    # the sum below 0, whose logarithm is no number.
    lufs = float(text)
    return SILENT_LUFS if math.isnan(lufs) else max(SILENT_LUFS, lufs)


def _amplitude(samples: NDArray[Any]) -> float:
    return max(float(samples.max()), -float(samples.min())) if samples.size else 0.0
