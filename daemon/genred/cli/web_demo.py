"""`genred web --demo`: four stations that genred synthesises, their log, and the pages, with nothing else needed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from genred.audio import SAMPLE_RATE_HZ
from genred.config.read import load_config
from genred.demo.programme import STYLES
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray

NAMES = ("Harbour Classics", "City Wave 97.1", "Night Bus Radio", "Blue Room")
PART_S = 45.0
SILENCE_S = 20.0
BROKER_PORT = 18_831
"""Of the broker inside; not the usual one, which may be taken."""

_END_WITHIN_S = 10.0


def run(options: argparse.Namespace) -> ExitCode:
    """Plays four stations in a daemon of its own and serves the pages, until Ctrl-C; nothing is left behind.

    Raises:
        OutputError: The address cannot be used, or a package is missing.
    """
    from genred.web.server import serve

    with tempfile.TemporaryDirectory(prefix="genred-web-demo-") as name:
        config = write_demo(Path(name))
        daemon = subprocess.Popen(
            [sys.executable, "-m", "genred", "--log-level", "warning", "run", "-c", str(config)],
            stdin=subprocess.DEVNULL,
        )
        try:
            print("four synthesised stations; press Ctrl-C to stop")
            asyncio.run(serve(load_config(config), config, address=options.address, port=options.port))
        finally:
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                daemon.kill()
    return ExitCode.OK


def write_demo(folder: Path) -> Path:
    """Writes the sounds and a configuration of four stations. Gives the configuration."""
    sounds = [np.asarray(compose(PART_S), dtype=np.float32) for compose in STYLES.values()]
    silence = np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32)
    stations = {}
    for number, name in enumerate(NAMES):
        parts = [*sounds[number:], *sounds[:number]]
        path = folder / f"{number}.wav"
        _write(path, np.concatenate([*parts, silence] if number == len(NAMES) - 1 else parts))
        id_ = name.lower().replace(".", "_").replace(" ", "_")
        stations[id_] = {"name": name, "source": {"file": str(path), "loop": True}}
    config = {
        "node": "demo",
        "mqtt": {"broker": "embedded", "embedded_port": BROKER_PORT},
        "homeassistant": {"enabled": False},
        "airplay": {"file": str(folder / "airplay.sqlite")},
        "web": {"control": True},
        "stations": stations,
    }
    path = folder / "genred.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def _write(path: Path, samples: NDArray[np.float32]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
