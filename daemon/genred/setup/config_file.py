"""The configuration file that the wizard writes."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from genred.config.read import parse_config
from genred.setup.config_backup import FOR_OWNER, holds_secret, keep_as_bak
from genred.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

_FOR_ALL = 0o644
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
        write_whole(secret, f"{answers.password}\n".encode(), mode=FOR_OWNER)
        written.append(secret)
    if path.exists():
        keep_as_bak(path)
    if holds_secret(text):
        write_whole(path, text.encode(), mode=FOR_OWNER, owner=_service_user())
    else:
        write_whole(path, text.encode(), mode=_FOR_ALL)
    return written


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
