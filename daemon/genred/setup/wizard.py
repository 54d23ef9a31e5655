"""`genred init`: asks for broker and stations, tests each answer, and writes the configuration."""

from __future__ import annotations

import os
import shlex
import socket
from typing import TYPE_CHECKING

import msgspec

from genred.broker.address import EMBEDDED, parse_broker
from genred.command_name import command_name
from genred.config.types.secret import Secret
from genred.errors import GenredError
from genred.exit_codes import ExitCode
from genred.setup.answer_check import AnswerCheck, file_source, soundcard_source, without_password
from genred.setup.broker_check import check_announcing, check_broker
from genred.setup.config_check import has_embedded_broker
from genred.setup.config_file import WizardAnswers, password_path, render, write
from genred.setup.console import AbandonedError, Console
from genred.setup.source_check import check_source
from genred.slug import is_slug, slug_of
from genred.state_folder import SERVICE_CONFIGURATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import Config


_LOCAL = "localhost"
_EXAMPLE_STREAM = "https://stream.radioparadise.com/mp3-128"
"""A stream to begin with, for who has none at hand: free of adverts, and there for many years."""


def run(path: Path, console: Console | None = None) -> ExitCode:
    """Asks, tests and writes.

    Args:
        path: Of the configuration to write.
        console: Who is asked; the terminal by default.

    Returns:
        `OK`; `FAILURE` when nothing was or can be written; `USAGE` when there is nobody to ask.
    """
    console = console or Console()
    fault = _place_fault(path)
    if fault is not None:
        console.write(fault)
        return ExitCode.FAILURE
    try:
        return _Wizard(path, console).run()
    except AbandonedError as error:
        console.write()
        console.write(str(error))
        return ExitCode.USAGE
    except OSError as error:
        console.write(_unwritable(path, error.strerror or str(error)))
        return ExitCode.FAILURE


def _place_fault(path: Path) -> str | None:
    """What is known before the first question to prevent that the file is written."""
    if path.is_dir():
        return f"{path} is a folder; name a file, such as {path / 'genred.yaml'}"
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    if not folder.is_dir():
        return _unwritable(path, f"{folder} is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _unwritable(path, f"no permission to write in {folder}; do you need sudo?")
    return None


def _unwritable(path: Path, why: str) -> str:
    return f"{path} cannot be written: {why}"


class _Wizard:
    def __init__(self, path: Path, console: Console) -> None:
        self._path = path
        self._console = console
        self._answers = WizardAnswers()
        self._check = AnswerCheck(path)

    def run(self) -> ExitCode:
        console = self._console
        # The path goes into the configuration as well, which could refuse it only after all questions.
        self._check.config({"mqtt": {"password_file": str(password_path(self._path))}})
        console.write(f"This writes {self._path}. Nothing is written before the end; press Ctrl-C to quit at any time.")
        if self._path.exists():
            console.write(f"{self._path} exists. It will be kept as {self._path.name}.bak.")
            if not console.confirm("Write a new one", default=False):
                return ExitCode.FAILURE
        self._ask_node()
        self._ask_broker()
        self._ask_stations()
        return self._finish()

    def _ask_node(self) -> None:
        self._console.head("This machine")
        self._answers.node = self._console.ask(
            "Its id, used in topics", slug_of(socket.gethostname()) or "genred", _slug_fault
        )

    def _ask_broker(self) -> None:
        console = self._console
        console.head("MQTT broker")
        console.write(
            "Host, host:port, or a mqtt://, mqtts://, ws:// or wss:// URL; `embedded` starts one inside genred."
        )
        default, choice = _LOCAL, ""
        tried: set[str] = set()
        while True:
            default = self._take_broker(console.ask("Broker", default, self._check.broker_fault))
            if default != EMBEDDED:
                self._ask_tls()
                self._ask_login()
            if console.steps(check_broker(self._draft(announces=False))):
                choice = ""
                break
            choice = console.choose(
                "What now?",
                [("1", "ask again"), ("2", "keep it: the broker will be available later"), ("3", "leave")],
                # Whoever gives the same answer again means it.
                "2" if default in tried else "1",
            )
            if choice == "3":
                raise AbandonedError("nothing was written")
            if choice == "2":
                break
            tried.add(default)
            if default == _LOCAL and has_embedded_broker():
                default = EMBEDDED
        if default != EMBEDDED:
            self._answers.homeassistant = console.confirm("Publish the stations to Home Assistant", default=True)
            if choice == "" and self._answers.homeassistant:
                console.steps(check_announcing(self._draft(announces=True)))

    def _take_broker(self, text: str) -> str:
        """Parts user and password from the address, which everyone may read. Returns the address without them."""
        self._answers.mqtt, self._answers.password = without_password(text)
        return str(self._answers.mqtt["broker"])

    def _ask_tls(self) -> None:
        if not parse_broker(str(self._answers.mqtt["broker"])).tls:
            return
        authority = self._console.ask(
            "File with the CA certificate (- for the system's)", "-", self._check.authority_fault
        )
        if authority != "-":
            self._answers.mqtt["tls"] = {"ca_file": authority}

    def _ask_login(self) -> None:
        if "username" not in self._answers.mqtt:
            username = self._console.ask("User (- for none)", "-", self._check.username_fault)
            if username == "-":
                return
            self._answers.mqtt["username"] = username
        if not self._answers.password:
            self._answers.password = self._console.secret("Password")

    def _ask_stations(self) -> None:
        console = self._console
        tried: list[object] = []
        while True:
            console.head(f"Station {len(self._answers.stations) + 1}")
            kind = console.choose(
                "Where does its audio come from?",
                [("1", "an internet stream"), ("2", "a soundcard"), ("3", "a file or a folder of files")],
                "1",
            )
            source: object = {"1": self._ask_stream, "2": self._ask_soundcard, "3": self._ask_file}[kind]()
            works = console.steps(check_source(self._check.source(source)))
            if works or console.confirm("Keep it anyway", default=source in tried):
                name = console.ask("Its name", "Radio", self._check.name_fault)
                key = console.ask("Its id, in topics and entity ids", self._free_slug(name), self._station_fault)
                self._answers.stations[key] = {"name": name, "source": source}
            tried.append(source)
            if self._answers.stations and not console.confirm("Another station", default=False):
                return

    def _ask_stream(self) -> str:
        return self._console.ask("Its address (of the stream or a playlist)", _EXAMPLE_STREAM, self._check.source_fault)

    def _ask_soundcard(self) -> str:
        from genred.sources.soundcard import list_devices  # noqa: PLC0415 - PortAudio is slow to load

        try:
            devices = list_devices()
        except GenredError as error:
            self._console.write(f"  {error}")
            devices = []
        for device in devices:
            self._console.write(f"  {device.index:>3}  {device.name}  ({device.channels} channels)")
        answer = self._console.ask(
            "Name, part of it, or index", "default", lambda text: self._check.source_fault(soundcard_source(text))
        )
        return soundcard_source(answer)

    def _ask_file(self) -> dict[str, object]:
        return file_source(
            self._console.ask("Its path", check=lambda text: self._check.source_fault(file_source(text)))
        )

    def _finish(self) -> ExitCode:
        console = self._console
        console.head("The configuration")
        console.write(render(self._answers, self._path))
        if not console.confirm(f"Write it to {self._path}", default=True):
            return ExitCode.FAILURE
        for written in write(self._answers, self._path):
            console.write(f"wrote {written}")
        console.write()
        for line in next_steps(self._path):
            console.write(line)
        return ExitCode.OK

    def _draft(self, *, announces: bool) -> Config:
        tree = {
            "node": self._answers.node,
            "mqtt": self._answers.mqtt,
            "homeassistant": {"enabled": announces},
        }
        config = self._check.config(tree)
        if not self._answers.password:
            return config
        # Not through the parser: it would take a ${...} in the password for an environment variable.
        mqtt = msgspec.structs.replace(config.mqtt, password=Secret(self._answers.password))
        return msgspec.structs.replace(config, mqtt=mqtt)

    def _station_fault(self, key: str) -> str | None:
        return f"there is already a station {key!r}" if key in self._answers.stations else _slug_fault(key)

    def _free_slug(self, name: str) -> str:
        stem = key = slug_of(name) or "radio"
        number = 1
        while key in self._answers.stations:
            number += 1
            key = f"{stem}_{number}"
        return key


def next_steps(path: Path) -> list[str]:
    """What to type next, by a configuration's place: systemd runs those of its folder."""
    if path.resolve().parent != SERVICE_CONFIGURATIONS:
        return [f"Run it:  {command_name()} run {shlex.quote(str(path))}"]
    service = "genred" if path.stem == "genred" else f"genred@{path.stem}"
    return [
        f"Start it:   sudo systemctl enable {service} && sudo systemctl restart {service}",
        f"Follow it:  journalctl -fu {service}",
    ]


def _slug_fault(text: str) -> str | None:
    if is_slug(text):
        return None
    return f"only a-z, 0-9 and single underscores between them, such as {slug_of(text) or 'kitchen'!r}"
