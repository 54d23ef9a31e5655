"""Secrets in files: the broker's password, addresses of those who are told. Where they come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genred.errors import ConfigError

if TYPE_CHECKING:
    from genred.config.schema import MqttConfig

MAX_SECRET_BYTES = 4_096
"""A password file larger than this is some other file."""


def broker_password(config: MqttConfig) -> str | None:
    """Gives the broker's password: from the configuration, from a credential of systemd, or from a file.

    A credential of the file's name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential) goes before the file,
    so that one configuration serves the service and a check by hand, and only root need be able to read the file.

    Returns:
        The password, or the one in the broker's URL, or None.

    Raises:
        ConfigError: The file cannot be read or is empty.
    """
    if config.password is not None:
        return config.password.reveal()
    if config.password_file is None:
        return urlsplit(config.broker).password if "://" in config.broker else None
    path, lines = secret_lines(config.password_file, "mqtt.password_file", "a password")
    if not lines or not lines[0]:
        raise ConfigError(f"mqtt.password_file: {path}: its first line is empty")
    return lines[0]


def secret_lines(name: str, key: str, what: str) -> tuple[Path, list[str]]:
    """Reads a file of secrets, or the credential of its name.

    Args:
        name: Path of the file.
        key: Of the configuration, for messages.
        what: What is in it, for messages.

    Returns:
        Where it was found, and its lines.

    Raises:
        ConfigError: It cannot be read.
    """
    path = _credential(name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{key}: {path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_SECRET_BYTES:
        raise ConfigError(f"{key}: {path}: is larger than {MAX_SECRET_BYTES} bytes: not {what}")
    try:
        return path, content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{key}: {path}: is not UTF-8 text") from error


def _credential(name: str) -> Path:
    """The credential of the file's name, or the file. A unit's empty fallback counts for nothing beside a file."""
    path = Path(name)
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return path
    credential = Path(directory) / path.name
    try:
        with credential.open("rb") as file:
            is_empty = not file.read(MAX_SECRET_BYTES).strip()
    except OSError:
        return path
    return path if is_empty and os.access(path, os.R_OK) else credential
