"""Soundcards, through PortAudio."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from genred.audio import SourceInfo
from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.callback_queue import CallbackQueue
from genred.sources.label import label_of
from genred.sources.portaudio import OPENING_S, PORTAUDIO, CaptureDevice
from genred.sources.resample import BlockResampler
from genred.sources.source import Meter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import SoundcardSource
    from genred.sources.source import SourceItem

DEFAULT_CHANNELS = 2
"""Captured where the configuration does not say; more are rarely what a person means."""

_SLICE_S = 0.25
_LATENCY_S = 0.2


def list_devices() -> list[CaptureDevice]:
    """Lists what can capture, with the rates that work.

    Raises:
        SourceError: PortAudio is missing or does not start.
    """
    return PORTAUDIO.devices(rates=True)


def find_device(wanted: str | int, devices: list[CaptureDevice]) -> CaptureDevice:
    """Chooses a device.

    Args:
        wanted: `default`, an index, a name, or a part of a name that no other name has; case is ignored.
        devices: To choose from.

    Raises:
        SourceError: There is none, or more than one; the message lists what there is.
    """
    named = ", ".join(f"{device.index} {device.name!r}" for device in devices) or (
        "none; is one plugged in, and is this user in the group `audio`?"
    )
    if wanted == "default":
        chosen = [device for device in devices if device.is_default] or devices[:1]
    elif isinstance(wanted, int) or wanted.isdecimal():
        chosen = [device for device in devices if device.index == int(wanted)]
    else:
        text = wanted.casefold()
        chosen = [device for device in devices if device.name.casefold() == text]
        chosen = chosen or [device for device in devices if text in device.name.casefold()]
    if not chosen:
        raise SourceError(
            f"soundcard {wanted!r}: no such capture device; there are: {named}", permanent=True, cause=Cause.NO_DEVICE
        )
    if len(chosen) > 1:
        several = ", ".join(f"{device.index} {device.name!r}" for device in chosen)
        raise SourceError(
            f"soundcard {wanted!r}: matches more than one device ({several}); give more of the name, or the index",
            permanent=True,
            cause=Cause.AMBIGUOUS_DEVICE,
        )
    return chosen[0]


class Soundcard:
    """Captures from a device and mixes its channels down.

    Args:
        config: Which device, and how.

    Attributes:
        label: `soundcard NAME`, as configured.
        meter: Bytes captured, and how often PortAudio said that samples were lost.
    """

    live = True
    endless = True
    own_thread = True
    contiguous = False

    def __init__(self, config: SoundcardSource) -> None:
        self._config = config
        self.label = label_of(config)
        self.patience_s = config.stall_timeout_s + OPENING_S
        self.meter = Meter()
        self._interrupted = Flag()
        self._opened_before = False

    def session(self) -> Iterator[SourceItem]:
        """Opens the device and yields its blocks until it is interrupted.

        Raises:
            SourceError: The device is missing or does not open as asked, or gave no callback for
                `stall_timeout_s`, which is how PortAudio reports a device that was unplugged.
        """
        self._interrupted.clear()
        if self._opened_before:
            # PortAudio's list is of when it started: what was unplugged is still in it, what came is not. Other
            # stations are asked to step aside for a new list only when it is certain to hold the device.
            if PORTAUDIO.busy:
                find_device(self._config.soundcard, PORTAUDIO.look_elsewhere())
            PORTAUDIO.refresh()
        self._opened_before = True
        while not self._interrupted.is_set():
            yield from self._capture(find_device(self._config.soundcard, PORTAUDIO.devices()))

    def interrupt(self) -> None:
        """Ends the session within a quarter of a second, unless PortAudio hangs."""
        self._interrupted.set()

    def _capture(self, device: CaptureDevice) -> Iterator[SourceItem]:
        """Captures until interrupted, or until another station needs PortAudio's list refreshed."""
        channels = self._config.channels or min(DEFAULT_CHANNELS, device.channels)
        if channels > device.channels:
            raise SourceError(
                f"{self.label}: has {device.channels} channels, not {channels}; set `channels` to less",
                permanent=True,
                cause=Cause.NOT_OPENED,
            )
        rate_hz = self._config.rate_hz or PORTAUDIO.working_rate_hz(device, channels)
        queued = CallbackQueue(self.meter)
        resampler = BlockResampler(measures_loudness=self.meter.measures_loudness)
        generation = PORTAUDIO.generation
        with PORTAUDIO.stream(
            device=device.index,
            samplerate=rate_hz,
            channels=channels,
            dtype="float32",
            latency=_LATENCY_S,
            callback=queued.on_audio,
        ):
            yield SourceInfo(codec="pcm_f32le", rate_hz=rate_hz, channels=channels, name=device.name)
            while not self._interrupted.is_set() and generation == PORTAUDIO.generation:
                try:
                    data, lost = queued.get(_SLICE_S)
                except queue.Empty:
                    if time.monotonic() - queued.called_at > self._config.stall_timeout_s:
                        raise SourceError(
                            f"{self.label}: no audio from {device.name!r} for {self._config.stall_timeout_s:g} s; "
                            "is it still plugged in?",
                            cause=Cause.STALLED,
                        ) from None
                    continue
                self.meter.received_bytes += data.nbytes
                if lost:
                    resampler.lose(lost / rate_hz)
                tap = self.meter.tap
                if tap is not None:
                    if lost:
                        tap.lose(lost / rate_hz)
                    tap.samples(data, rate_hz, channels)
                yield from resampler.push(data, rate_hz, channels)
