"""PortAudio, which is one for the whole process: its start, its frozen list of devices, its locks.

PortAudio lists devices once, when it is initialised. To see what was plugged in later it must be terminated and
initialised again, which ends every open stream; so whoever captures is asked to step aside meanwhile.
"""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from genred.cause import Cause
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

COMMON_RATES_HZ = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
"""Rates that a device is asked for."""

_PREFERRED_RATES_HZ = (48_000, 44_100, 96_000, 32_000, 22_050, 16_000, 8_000)

STEP_ASIDE_S = 3.0
"""What others have to close their streams before a refresh is given up."""

ELSEWHERE_S = 10.0
"""What a process that lists devices has for it; ALSA's plugins may wait for servers that are gone."""

OPENING_S = ELSEWHERE_S + 2 * STEP_ASIDE_S
"""What opening a device may take at most while PortAudio does not hang."""

_LIST_DEVICES = (
    "import sys, msgspec; from genred.sources.portaudio import PORTAUDIO; "
    "sys.stdout.buffer.write(msgspec.json.encode(PORTAUDIO.devices()))"
)


@dataclass(frozen=True, slots=True)
class CaptureDevice:
    """A device that can capture.

    Attributes:
        index: PortAudio's; changes when devices come and go.
        name: As the system calls it.
        host_api: `ALSA`, `JACK` and so on.
        channels: Most that it can capture.
        default_rate_hz: Its own rate.
        rates_hz: Of `COMMON_RATES_HZ`, those that it accepts; empty where it was not asked.
        is_default: Whether it is the system's default for capture.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_rate_hz: int
    rates_hz: tuple[int, ...] = ()
    is_default: bool = False


class PortAudio:
    """Guards the library. Every call into it that opens, closes or lists goes through here.

    Attributes:
        generation: Grows when a refresh is asked for; a capture that sees it grow lets go of its stream.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._open_streams = 0
        self._refreshing = False
        self._is_up = True
        self.generation = 0

    @property
    def module(self) -> ModuleType:
        """The `sounddevice` module.

        Raises:
            SourceError: It or the PortAudio library is missing.
        """
        try:
            _hush_alsa()
            import sounddevice  # noqa: PLC0415 - initialises PortAudio, which takes a while and prints
        except (ImportError, OSError) as error:
            raise SourceError(
                f"soundcard: the PortAudio library cannot be loaded ({error}); install it, on Debian with "
                "`apt install libportaudio2`",
                permanent=True,
                cause=Cause.NO_PORTAUDIO,
            ) from error
        except Exception as error:
            # PortAudio initialises on import and raises its own error, a class of that very module.
            raise SourceError(f"soundcard: PortAudio does not start: {error}", cause=Cause.PORTAUDIO) from error
        module: ModuleType = sounddevice
        return module

    def devices(self, *, rates: bool = False) -> list[CaptureDevice]:
        """Lists what can capture, as PortAudio knows it since its last start or refresh.

        Args:
            rates: Whether to ask each device for its rates, which opens it and takes time.

        Raises:
            SourceError: PortAudio is missing or does not start.
        """
        module = self.module
        with self._lock:
            try:
                found = list(module.query_devices())
                apis = list(module.query_hostapis())
                default = module.default.device[0]
            except module.PortAudioError as error:
                raise SourceError(f"soundcard: the devices cannot be listed: {error}", cause=Cause.PORTAUDIO) from error
            return [
                CaptureDevice(
                    index=index,
                    name=str(device["name"]),
                    host_api=str(apis[device["hostapi"]]["name"]),
                    channels=int(device["max_input_channels"]),
                    default_rate_hz=round(device["default_samplerate"]),
                    rates_hz=tuple(rate for rate in COMMON_RATES_HZ if rates and _accepts(module, index, rate)),
                    is_default=index == default,
                )
                for index, device in enumerate(found)
                if device["max_input_channels"] > 0
            ]

    def working_rate_hz(self, device: CaptureDevice, channels: int) -> int:
        """Gives a rate that the device captures at: its own where that works, which it does not on every driver.

        Raises:
            SourceError: PortAudio is missing or does not start.
        """
        module = self.module
        with self._lock:
            for rate_hz in (device.default_rate_hz, *_PREFERRED_RATES_HZ):
                if _accepts(module, device.index, rate_hz, channels):
                    return rate_hz
        return device.default_rate_hz

    @property
    def busy(self) -> bool:
        """Whether anybody captures, whom a refresh would disturb."""
        with self._changed:
            return self._open_streams > 0

    def look_elsewhere(self) -> list[CaptureDevice]:
        """Lists what can capture now, as a process of its own sees it, and disturbs nobody here.

        Raises:
            SourceError: That process failed or hung.
        """
        try:
            done = subprocess.run(
                [sys.executable, "-c", _LIST_DEVICES], capture_output=True, check=True, timeout=ELSEWHERE_S
            )
            return msgspec.json.decode(done.stdout, type=list[CaptureDevice])
        except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as error:
            raise SourceError(f"soundcard: the devices cannot be listed: {error}", cause=Cause.PORTAUDIO) from error

    @contextlib.contextmanager
    def stream(self, **settings: Any) -> Iterator[Any]:
        """Opens and starts an input stream, and closes it on every way out.

        Raises:
            SourceError: The device does not open as asked.
        """
        module = self.module
        with self._changed:
            self._changed.wait_for(lambda: not self._refreshing, STEP_ASIDE_S)
        with self._lock:
            try:
                opened = module.InputStream(**settings)
            except (module.PortAudioError, ValueError) as error:
                raise _failed(error) from error
            with self._changed:
                self._open_streams += 1
        try:
            try:
                opened.start()
            except module.PortAudioError as error:
                raise _failed(error) from error
            yield opened
        finally:
            with self._lock:
                # Closing may fail on a device that is gone; PortAudio has let go of it all the same.
                with contextlib.suppress(module.PortAudioError):
                    opened.close(ignore_errors=True)
                with self._changed:
                    self._open_streams -= 1
                    self._changed.notify_all()

    def refresh(self) -> None:
        """Makes PortAudio look for devices anew. Captures of other stations step aside for a moment.

        Raises:
            SourceError: PortAudio does not come up again.
        """
        module = self.module
        with self._changed:
            if self._refreshing:
                return
            self._refreshing = True
            self.generation += 1
            free = self._changed.wait_for(lambda: self._open_streams == 0, STEP_ASIDE_S)
        try:
            if free:
                with self._lock:
                    # sounddevice has no public way to look again. What did not come up the last time has no end.
                    if self._is_up:
                        module._terminate()  # noqa: SLF001
                        self._is_up = False
                    module._initialize()  # noqa: SLF001
                    self._is_up = True
        except module.PortAudioError as error:
            raise SourceError(f"soundcard: PortAudio does not start again: {error}", cause=Cause.PORTAUDIO) from error
        finally:
            with self._changed:
                self._refreshing = False
                self._changed.notify_all()


PORTAUDIO = PortAudio()
"""The one of this process."""


def _failed(error: Exception) -> SourceError:
    return SourceError(f"soundcard: the device does not open: {error}", cause=Cause.NOT_OPENED)


def _accepts(module: ModuleType, index: int, rate_hz: int, channels: int | None = None) -> bool:
    try:
        module.check_input_settings(device=index, samplerate=rate_hz, channels=channels, dtype="float32")
    except (module.PortAudioError, ValueError):
        return False
    return True


_alsa_handler: Any = None


def _hush_alsa() -> None:
    """Keeps ALSA from printing to standard error about every device that a system might have had."""
    global _alsa_handler  # noqa: PLW0603 - the C library keeps the pointer, so it must live as long
    if _alsa_handler is not None:
        return
    kind = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    _alsa_handler = kind(lambda *_message: None)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_alsa_handler)
