"""The analyzer: the one way from samples to estimates, live, from a file, in a batch or in an evaluation."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.classifier import Classifier
from genred.analysis.estimate import Estimate, State
from genred.analysis.frontend import shared_front_end
from genred.analysis.genre_filter import GenreFilter, GenreFilterSettings
from genred.analysis.genre_smoother import GenreSmoother
from genred.analysis.level import SilenceGate
from genred.analysis.model_card import SPEECH_LABEL
from genred.analysis.ring import FrameRing
from genred.analysis.signal_track import SignalTrack
from genred.analysis.window_network import WindowNetwork
from genred.config.schema import AnalysisConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Level, Signal
    from genred.analysis.ring import Window
    from genred.audio.signal_frame import SignalFrame

MIN_TILED_S = 0.5
"""Audio shorter than this is not worth a guess; shorter than a window, it is repeated to fill one."""


class Analyzer:
    """Takes float32 mono blocks of any size at 22,050 Hz and gives an estimate a window.

    Pure: the same samples give the same estimates, however they are divided into blocks. Not safe for use by
    two threads at once.

    Args:
        bundle: The network and its card.
        config: Step, gate and smoothing; defaults where not given.
        classifier: The bundle's, where analyzers of one thread share it: each has its own state, the network has none.

    Raises:
        BundleError: The network does not fit its card.
    """

    def __init__(
        self, bundle: ModelBundle, config: AnalysisConfig | None = None, *, classifier: Classifier | None = None
    ) -> None:
        config = config or AnalysisConfig()
        card = bundle.card
        spec = card.front_end
        self._rate_hz = spec.sample_rate_hz
        step_hops = max(1, round(config.step_s * spec.sample_rate_hz / spec.hop_samples))
        self._ring = FrameRing(shared_front_end(spec), step_hops, edges=card.patches is None)
        self._classifier = classifier or Classifier(bundle)
        self._network = WindowNetwork(card, self._classifier, self._ring)
        self._track = SignalTrack()
        self._gate = SilenceGate(config.silence)
        self.smoothing = _filter_settings(bundle, config)
        """Numbers of the genre filter."""
        self._filter = GenreFilter(len(card.labels), self.step_s, self.window_s, self.smoothing)
        self._low_steps: deque[bool] = deque(maxlen=max(1, round(self.window_s / self.step_s)))
        self._changed_steps = 0
        self._earlier_signals: tuple[Signal, ...] = ()
        self._fresh_s = self.window_s
        self.labels = card.labels
        """Words of the network, in its order."""
        self._windows = 0
        self._skipped = False
        self.inference_s = 0.0
        """Seconds that the network has run so far for this analyzer."""

    @property
    def step_s(self) -> float:
        """Seconds between windows: the configured step rounded to whole hops."""
        return self._ring.step_samples / self._rate_hz

    @property
    def window_s(self) -> float:
        """Seconds of one window."""
        return self._ring.window_samples / self._rate_hz

    @property
    def position_s(self) -> float:
        """Seconds of audio taken in since the analyzer was made."""
        return self._ring.position_samples / self._rate_hz

    @property
    def due_s(self) -> float:
        """Seconds of audio that complete the next window."""
        return self._ring.due_samples / self._rate_hz

    def push(
        self,
        samples: NDArray[np.float32],
        frames: Sequence[SignalFrame] = (),
        *,
        newest_only: bool = False,
        one_in: int = 1,
    ) -> list[Estimate]:
        """Takes the next samples.

        Args:
            samples: (n,) float32 mono, nominally in [-1, 1], any n.
            frames: What was measured of their channels, as of an `AudioBlock`; levels are those of the samples where
                there is nothing.
            newest_only: Analyse only the last of the windows that these samples complete: for a machine that
                cannot keep up.
            one_in: Analyse only one of so many windows, likewise.

        Returns:
            One estimate for each window completed, oldest first; often none.
        """
        self._track.add(frames, self._ring.position_samples)
        due = self._ring.windows_due(samples.size)
        estimates = []
        for index, window in enumerate(self._ring.push(samples)):
            self._windows += 1
            if (newest_only and index < due - 1) or (self._windows % one_in and not self._skipped):
                self._listen(window)
                continue
            if self._skipped:
                # The next ones are counted from here, so that each stretch between two holes gives as many.
                self._windows, self._skipped = 0, False
            estimates.append(self._estimate(window))
        return estimates

    def finish(self) -> list[Estimate]:
        """Gives the estimate of audio that ended before its first window was full, repeated to fill it.

        Returns:
            One estimate, or none where there were windows already or less than `MIN_TILED_S` of audio.
        """
        tiled = self._ring.tiled_remainder(round(MIN_TILED_S * self._rate_hz))
        if tiled is None:
            return []
        end_samples = self._ring.position_samples
        estimates = self.push(tiled)
        self._ring.position_samples = end_samples
        return [replace(estimate, position_s=self.position_s) for estimate in estimates]

    def reset(self) -> None:
        """Forgets all audio, as after a gap; `position_s` goes on."""
        self._forget_audio()
        self._gate.reset()
        self._filter.reset()
        self._low_steps.clear()
        self._fresh_s = self.window_s
        self._skipped = False

    def skip(self) -> None:
        """Forgets the audio, as `reset`, but not the genre: some of the same programme is left out to save time.

        The next window is analysed whatever `one_in` says.
        """
        self._skipped = True
        self._forget_audio()
        self._low_steps.clear()

    def make_smoother(self) -> GenreSmoother:
        """Makes the two-sided counterpart of the genre filter, for windows of audio that has an end."""
        return GenreSmoother(len(self.labels), self.step_s, self.window_s, self.smoothing)

    def reset_filter(self) -> None:
        """Forgets the genre but not the audio, as at a new title; windows count by what they hold of the new."""
        self._filter.reset()
        self._fresh_s = 0.0

    def _forget_audio(self) -> None:
        self._ring.clear()
        self._network.clear()
        self._track.clear()

    def _estimate(self, window: Window) -> Estimate:
        level, signal, silent = self._listen(window)
        scores: NDArray[np.float64] | None = None
        audible_share = 1.0 - sum(self._low_steps) / len(self._low_steps)
        evidence = min(audible_share, self._fresh_s / self.window_s)
        if silent:
            self._filter.reset()
        else:
            if audible_share > 0:
                before_s = self._classifier.inference_s
                scores = self._network.log_probabilities(window)
                self.inference_s += self._classifier.inference_s - before_s
            self._filter.update(scores, evidence)
        probabilities = self._filter.probabilities
        announced = self._filter.announced
        state, genre, confidence = State.UNCERTAIN, None, float(probabilities.max())
        if silent:
            state, confidence = State.SILENCE, 1.0
        elif announced is not None:
            confidence = float(probabilities[announced])
            if self.labels[announced] == SPEECH_LABEL:
                state = State.SPEECH
            else:
                state, genre = State.MUSIC, self.labels[announced]
        return Estimate(
            position_s=window.end_samples / self._rate_hz,
            state=state,
            genre=genre,
            confidence=confidence,
            probabilities=tuple(probabilities.tolist()),
            window_probabilities=None if scores is None else tuple(np.exp(scores).tolist()),
            level=level,
            is_low=self._low_steps[-1],
            changed_steps=self._changed_steps,
            evidence=evidence,
            signal=signal,
            earlier_signals=self._earlier_signals,
        )

    def _listen(self, window: Window) -> tuple[Level, Signal, bool]:
        """Takes what was measured of what is new in the window, and moves the gate on."""
        self._fresh_s = min(self.window_s, self._fresh_s + self.step_s)
        lows, signals = [], []
        for chunk, end_samples in _new_chunks(window, self._ring.step_samples):
            level, signal = self._track.take(chunk, end_samples)
            silent = self._gate.update(level, chunk.size / self._rate_hz)
            lows.append(self._gate.is_low(level))
            signals.append(signal)
        self._low_steps.extend(lows)
        self._changed_steps, self._earlier_signals = _steps_since_change(lows), tuple(signals[:-1])
        return level, signal, silent


def _new_chunks(window: Window, step_samples: int) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Gives a step at a time, and its end: all of a first window is new, and the gate counts its seconds too."""
    samples = window.new_samples
    step = min(step_samples, samples.size)
    for start in range(samples.size % step, samples.size, step):
        yield samples[start : start + step], window.end_samples - samples.size + start + step


def _steps_since_change(lows: Sequence[bool]) -> int:
    return next((steps for steps, is_low in enumerate(reversed(lows)) if is_low is not lows[-1]), 0)


def _filter_settings(bundle: ModelBundle, config: AnalysisConfig) -> GenreFilterSettings:
    card, smoothing, override = bundle.card, bundle.card.smoothing, config.smoothing

    def chosen(configured: float | None, bundled: float) -> float:
        return bundled if configured is None else configured

    announce = chosen(override.announce_threshold, card.reject_threshold)
    return GenreFilterSettings(
        hold_s=chosen(override.hold_s, smoothing.hold_s),
        evidence_weight=chosen(override.evidence_weight, smoothing.evidence_weight),
        announce_threshold=announce,
        release_threshold=min(announce, chosen(override.release_threshold, smoothing.release_threshold)),
        dwell_s=chosen(override.dwell_s, smoothing.dwell_s),
        least_confidence=chosen(override.least_confidence, smoothing.least_confidence),
        memory_s=smoothing.memory_s,
        sharpness=smoothing.sharpness,
        doubt_windows=smoothing.doubt_windows,
    )
