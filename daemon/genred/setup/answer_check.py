"""Answers of the wizard, each checked alone as the configuration would read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from genred.broker.address import EMBEDDED, parse_broker
from genred.config.read import parse_config
from genred.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from genred.config.schema import Config, SourceConfig

_PLACEHOLDER = {"placeholder": {"source": "https://radio.example/"}}
"""The broker is tested before there are stations, but a configuration has at least one."""


class AnswerCheck:
    """Reads answers as part of a configuration.

    Args:
        path: Of the configuration that is to be written.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.resolve().parent

    def config(self, tree: Mapping[str, object]) -> Config:
        """Reads a configuration of these sections; a station is added where there is none.

        Raises:
            ConfigError: It has a fault.
        """
        text = yaml.safe_dump({"stations": _PLACEHOLDER, **tree})
        return parse_config(text, name="answers", folder=self._folder)

    def source(self, answer: object) -> SourceConfig:
        """Reads the source of a station.

        Raises:
            ConfigError: It has a fault.
        """
        return self.config({"stations": {"answer": {"source": answer}}}).stations["answer"].source

    def broker_fault(self, text: str) -> str | None:
        """What is wrong with a broker's address; None where nothing is."""
        try:
            return self._fault({"mqtt": without_password(text)[0]})
        except ConfigError as error:
            return str(error)

    def authority_fault(self, text: str) -> str | None:
        """What is wrong with the file of a certificate authority; - for none."""
        return None if text == "-" else self._fault({"mqtt": {"tls": {"ca_file": text}}})

    def username_fault(self, text: str) -> str | None:
        """What is wrong with the name of a user."""
        return self._fault({"mqtt": {"username": text}})

    def source_fault(self, answer: object) -> str | None:
        """What is wrong with the source of a station."""
        return self._fault({"stations": {"answer": {"source": answer}}})

    def name_fault(self, text: str) -> str | None:
        """What is wrong with the name of a station."""
        return self._fault({"stations": {"answer": {"name": text, "source": "soundcard"}}})

    def _fault(self, tree: Mapping[str, object]) -> str | None:
        try:
            self.config(tree)
        except ConfigError as error:
            return str(error).splitlines()[-1].strip()
        return None


def without_password(text: str) -> tuple[dict[str, object], str]:
    """The section `mqtt` with a broker's address, which everyone may read, and apart the password that was in it."""
    if text == EMBEDDED:
        return {"broker": text}, ""
    address = parse_broker(text)
    mqtt: dict[str, object] = {"broker": text if address.username is None else str(address)}
    if not address.username:
        return mqtt, ""
    return {**mqtt, "username": address.username}, address.password or ""


def soundcard_source(text: str) -> str:
    """The source of a device by its name or index."""
    return "soundcard" if text == "default" else f"soundcard:{text}"


def file_source(path: str) -> dict[str, object]:
    """The source of a file or folder; a station that ends is no station, so it begins again."""
    return {"file": path, "loop": True}
