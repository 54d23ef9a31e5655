from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.outputs.mqtt.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct ${HORSE}"


@pytest.fixture
def password_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """One that takes only `genred` with `PASSWORD`, and lets it use `genred/#` and Home Assistant's topics alone."""
    passwords, access = tmp_path / "passwords", tmp_path / "access"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "genred", PASSWORD], check=True, timeout=30)
    access.write_text("user genred\ntopic readwrite genred/#\ntopic readwrite homeassistant/#\n")
    folder = tmp_path / "password-broker"
    folder.mkdir()
    mosquitto = Mosquitto(folder, [f"password_file {passwords}", f"acl_file {access}"], anonymous=False).start()
    yield mosquitto
    mosquitto.stop()


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something to be heard for a while."""
    path = tmp_path_factory.mktemp("music") / "music.flac"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=12:a=0.3:c=pink:r=22050", str(path)],
        check=True,
        timeout=60,
    )
    return path


@pytest.fixture(scope="session")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing to be heard for a while."""
    path = tmp_path_factory.mktemp("silence") / "silence.flac"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono", "-t", "12", str(path)],
        check=True,
        timeout=60,
    )
    return path
