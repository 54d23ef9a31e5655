"""What is asked of a station over MQTT: checked, obeyed one after the other, answered."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from genred.clock import SYSTEM_CLOCK
from genred.errors import GenredError
from genred.outputs.mqtt.allowance import Allowance
from genred.payloads.state import SCHEMA, timestamp
from genred.printable import printable
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.events.commands import StationCommands

_log = logging.getLogger(__name__)

MAX_COMMAND_BYTES = 1_024
"""No command is longer; whoever sends more is not talking to us."""

_MAX_WAITING = 100
"""Commands that wait for the one being obeyed. More is a flood, and is refused."""

_OBEYED_PER_S = 20.0
"""After a burst of as many as may wait: each command that is obeyed makes events, and those are kept."""

_LOGGED_AT_ONCE = 10
_LOGGED_PER_S = 1 / 60
"""Commands that are logged one by one, at once and in the long run; the others are counted."""

_MAX_ID_CHARACTERS = 64
_EXPECTED = 'send a JSON object such as {"enabled": false} or {"reset": true}'


class SetCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What `…/set` takes; one of the two, or both.

    Attributes:
        enabled: Starts or stops the station.
        reset: True lets the station forget what it has heard.
        id: Any text; comes back in the answer.
    """

    enabled: bool | UnsetType = UNSET
    reset: bool | UnsetType = UNSET
    id: Annotated[str, Meta(max_length=_MAX_ID_CHARACTERS)] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        if self.enabled is UNSET and self.reset is UNSET:
            raise ValueError("neither `enabled` nor `reset` is given")
        if self.reset is False:
            raise ValueError("`reset` can only be true")


class ResponsePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What `…/response` says.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        station: Id of the station.
        at: When it was done or refused.
        ok: Whether everything that was asked has been done.
        command: As understood; null where it was not.
        error: What was wrong, and what would be right; null where nothing was.
    """

    schema: int
    node: str
    station: str
    at: str
    ok: bool
    command: SetCommand | None
    error: str | None


class Control:
    """Obeys commands in a thread of its own, so that a station that takes time to stop holds no one up.

    Args:
        node: Id of this machine, for the answers.
        commands: Who obeys; None refuses everything.
        answer: Takes station id and answer.
    """

    def __init__(
        self,
        node: str,
        commands: StationCommands | None,
        answer: Callable[[str, ResponsePayload], None],
    ) -> None:
        self._node = node
        self._commands = commands
        self._answer = answer
        self._refusals = RateLimitedLog(_log)
        self._faults = RateLimitedLog(_log)
        self._waiting: queue.Queue[tuple[str, SetCommand] | None] = queue.Queue(maxsize=_MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._obeys = Allowance(_MAX_WAITING, _OBEYED_PER_S)
        self._logs = Allowance(_LOGGED_AT_ONCE, _LOGGED_PER_S)
        self._unlogged = 0

    def submit(self, station: str, payload: bytes, *, retained: bool) -> None:
        """Takes what came on a station's `…/set`; the answer follows, sooner or later. Never blocks."""
        if retained:
            self._refuse(
                station,
                None,
                "a retained command would be executed again at every connect; send it without the retain flag",
            )
            return
        if len(payload) > MAX_COMMAND_BYTES:
            self._refuse(station, None, f"longer than {MAX_COMMAND_BYTES} bytes; {_EXPECTED}")
            return
        try:
            command = msgspec.json.decode(payload, type=SetCommand)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(station, None, f"{error}; {_EXPECTED}")
            return
        if self._commands is None:
            self._refuse(station, command, "this daemon accepts no commands")
            return
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="genred-control", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                self._refuse(station, command, f"no thread can be started to execute it ({error}); try again")
                return
            self._thread = thread
        try:
            self._waiting.put_nowait((station, command))
        except queue.Full:
            self._refuse(station, command, f"{_MAX_WAITING} commands are already waiting; send fewer")

    def tick(self) -> None:
        """To be called now and then: sums up in the log what was refused."""
        self._refusals.summarize()

    def close(self) -> None:
        """Obeys nothing more."""
        self._closing.set()
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            _log.debug("commands were not executed before shutdown")

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None and not self._closing.wait(self._obeys.wait_s()):
            self._obeys.take()
            station, command = item
            try:
                self._obey(station, command)
            except GenredError as error:
                self._refuse(station, command, str(error))
            except Exception as error:  # noqa: BLE001 - the edge of the thread: without it, nothing is obeyed ever again
                fault = f"an internal error of genred ({type(error).__name__})"
                self._faults.warn(f"{station}: {fault} in a command over MQTT", with_traceback=True)
                self._refuse(station, command, f"{fault}; its log says more")
            else:
                self._log_done(station, command)
                self._answer(station, self._response(station, command, None))

    def _obey(self, station: str, command: SetCommand) -> None:
        assert self._commands is not None  # noqa: S101 - `submit` refuses without
        if not isinstance(command.enabled, UnsetType):
            self._commands.set_enabled(station, command.enabled)
        if command.reset is True:
            self._commands.reset(station)

    def _log_done(self, station: str, command: SetCommand) -> None:
        if not self._logs.take():
            self._unlogged += 1
            return
        more = f"; before it, {self._unlogged} commands that are not logged" if self._unlogged else ""
        self._unlogged = 0
        asked = printable(msgspec.json.encode(command).decode())
        _log.info("%s: command executed over MQTT: %s%s", station, asked, more)

    def _refuse(self, station: str, command: SetCommand | None, reason: str) -> None:
        self._refusals.warn(f"{station}: a command over MQTT was refused: {reason}")
        self._answer(station, self._response(station, command, reason))

    def _response(self, station: str, command: SetCommand | None, error: str | None) -> ResponsePayload:
        return ResponsePayload(
            schema=SCHEMA,
            node=self._node,
            station=station,
            at=timestamp(SYSTEM_CLOCK.now()),
            ok=error is None,
            command=command,
            error=error,
        )
