"""The configuration file that the wizard writes."""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from genred.config.read import parse_config
from genred.masking import mask_text

if TYPE_CHECKING:
    from pathlib import Path

_SERVICE_USER = "genred"

_HEAD = """\
# genred configuration, written by `genred init`. You can edit it:
#   genred check-config {path}    lists every error in it
#   genred test-mqtt {path}       tests the broker
"""


@dataclass(slots=True)
class WizardAnswers:
    """What was answered.

    Attributes:
        node: Id of this machine.
        mqtt: The section `mqtt`, without the password.
        password: For the broker, or empty.
        homeassistant: Whether discovery is published.
        stations: The section `stations`.
    """

    node: str = "genred"
    mqtt: dict[str, Any] = field(default_factory=dict)
    password: str = ""
    homeassistant: bool = True
    stations: dict[str, dict[str, Any]] = field(default_factory=dict)


def render(answers: WizardAnswers, path: Path) -> str:
    """The file's text; it is read once as a check.

    Raises:
        ConfigError: The answers do not make a configuration.
    """
    mqtt = dict(answers.mqtt)
    if answers.password:
        mqtt["password_file"] = str(password_path(path))
    parts: list[dict[str, Any]] = [{"node": answers.node}, {"mqtt": mqtt}]
    if not answers.homeassistant:
        parts.append({"homeassistant": {"enabled": False}})
    parts.append({"stations": answers.stations})
    text = "\n".join([_HEAD.format(path=path), *(_dump(part) for part in parts)])
    parse_config(text, name=str(path), folder=path.resolve().parent)
    return text


def password_path(path: Path) -> Path:
    """Where the broker's password goes: beside the configuration, where its service looks for it.

    The unit `genred` serves genred.yaml with mqtt-password, `genred@attic` attic.yaml with attic.mqtt-password.
    """
    path = path.resolve()
    return path.parent / ("mqtt-password" if path.name == "genred.yaml" else f"{path.stem}.mqtt-password")


def write(answers: WizardAnswers, path: Path) -> list[Path]:
    """Writes configuration and password; what stood there before is kept as `.bak`. Returns what was written.

    Raises:
        ConfigError: The answers do not make a configuration.
        OSError: The place cannot be written to.
    """
    text = render(answers, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [path]
    if answers.password:
        secret = password_path(path)
        _replace(secret, f"{answers.password}\n", 0o600)
        written.append(secret)
    if path.exists():
        _keep(path)
    if _holds_secret(text):
        _replace(path, text, 0o600, owner=_service_user())
    else:
        _replace(path, text, 0o644)
    return written


def _keep(path: Path) -> None:
    """Keeps the file as `.bak`, for as few eyes as it deserves."""
    kept = path.with_name(path.name + ".bak")
    shutil.copy2(path, kept)
    if _holds_secret(path.read_text("utf-8", "replace")):
        kept.chmod(0o600)


def _holds_secret(text: str) -> bool:
    """Whether there is a password or a token in it, such as one in a stream's address."""
    return any(mask_text(line) != line for line in text.splitlines() if not line.startswith("#"))


def _service_user() -> tuple[int, int] | None:
    """User and group that the service runs as, where root writes for it; a file for root alone it could not read."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_SERVICE_USER)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _dump(part: dict[str, Any]) -> str:
    return yaml.safe_dump(part, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000)


def _replace(path: Path, text: str, mode: int, *, owner: tuple[int, int] | None = None) -> None:
    """Writes the whole file or nothing, with its mode from the first byte on."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        if owner is not None:
            os.chown(fresh, *owner)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
