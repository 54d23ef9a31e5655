"""PulseAudio with a null sink that sounds: a soundcard for PortAudio, without hardware, that can be unplugged."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from genred.sources.portaudio import PORTAUDIO
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_ALSA = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"


class PulseAudio:
    """A server of its own, in a folder of its own, that this process's ALSA is pointed at while it runs."""

    def __init__(self, *, tone_hz: int = 440) -> None:
        # A socket's path must be short, which pytest's folders are not.
        self._folder = Path(tempfile.mkdtemp(prefix="pulse"))
        self._tone_hz = tone_hz
        self._server: subprocess.Popen[bytes] | None = None
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        config = self._folder / "asound.conf"
        config.write_text(_ALSA)
        wanted = {
            "ALSA_CONFIG_PATH": str(config),
            "PULSE_SERVER": f"unix:{self._folder}/socket",
            "PULSE_SOURCE": "radio.monitor",
            "PULSE_COOKIE": str(self._folder / "cookie"),
        }
        self._before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        self.plug_in()
        PORTAUDIO.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
        for name, text in self._before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
        PORTAUDIO.refresh()

    def plug_in(self) -> None:
        """Starts the server."""
        environment = {
            **os.environ,
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_RUNTIME_PATH": str(self._folder / "runtime"),
        }
        (self._folder / "socket").unlink(missing_ok=True)
        self._server = subprocess.Popen(
            [
                *(
                    "pulseaudio",
                    "-n",
                    "--daemonize=no",
                    "--exit-idle-time=-1",
                    "--use-pid-file=no",
                    "--disable-shm=yes",
                ),
                *("-L", f"module-native-protocol-unix socket={self._folder}/socket auth-anonymous=1"),
                *("-L", "module-null-sink sink_name=radio rate=48000"),
                *("-L", f"module-sine sink=radio frequency={self._tone_hz}"),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_S
        while not (self._folder / "socket").exists():
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise OSError("PulseAudio did not start")
            time.sleep(0.05)

    def unplug(self) -> None:
        """Kills the server, as if the device had been pulled out."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(PATIENCE_S)
            self._server = None

    def freeze(self) -> None:
        """Stops the server without its sockets closing: a device that hangs."""
        if self._server is not None:
            self._server.send_signal(19)
