"""What is asked of the daemon as a whole over MQTT: to read its configuration again."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from genred.clock import SYSTEM_CLOCK
from genred.errors import GenredError
from genred.outputs.mqtt.allowance import Allowance
from genred.payloads.state import SCHEMA, timestamp
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

MAX_COMMAND_BYTES = 1_024

_AT_ONCE, _PER_S = 5, 0.2
"""A reload reads models and tries networks; who adds one station after the other is slower than this."""

_EXPECTED = 'send a JSON object such as {"reload": true}'


class DaemonCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the daemon's `set` takes.

    Attributes:
        reload: Reads the configuration again, as SIGHUP does.
        id: Any text; comes back in the answer.
    """

    reload: Literal[True]
    id: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class DaemonResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon's `response` says.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        at: When it was done or refused.
        ok: Whether it has been done.
        command: As understood; null where it was not.
        error: What was wrong; null where nothing was.
        restart_needed: Changed sections of the configuration that take effect only after a restart.
    """

    schema: int
    node: str
    at: str
    ok: bool
    command: DaemonCommand | None
    error: str | None
    restart_needed: tuple[str, ...] = ()


class DaemonControl:
    """Reloads in a thread, one at a time.

    Args:
        node: Id of this machine, for the answers.
        reload: Reads the configuration again, gives the sections that wait for a restart, raises GenredError where it
            is refused; None refuses everything.
        answer: Takes the answer.
    """

    def __init__(
        self, node: str, reload: Callable[[], tuple[str, ...]] | None, answer: Callable[[DaemonResponse], None]
    ) -> None:
        self._node = node
        self._reload = reload
        self._answer = answer
        self._allowed = Allowance(_AT_ONCE, _PER_S)
        self._busy = threading.Lock()
        self._refusals = RateLimitedLog(_log)

    def submit(self, payload: bytes, *, retained: bool) -> None:
        """Takes what came on the daemon's `set`; the answer follows. Never blocks."""
        if retained:
            self._refuse(
                None, "a retained command would be executed again at every connect; send it without the retain flag"
            )
            return
        if len(payload) > MAX_COMMAND_BYTES:
            self._refuse(None, f"longer than {MAX_COMMAND_BYTES} bytes; {_EXPECTED}")
            return
        try:
            command = msgspec.json.decode(payload, type=DaemonCommand)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(None, f"{error}; {_EXPECTED}")
            return
        if self._reload is None:
            self._refuse(command, "this daemon accepts no commands")
        elif not self._allowed.take() or not self._busy.acquire(blocking=False):
            self._refuse(command, "the configuration is already being reloaded or has just been reloaded; try again")
        else:
            thread = threading.Thread(target=self._run, args=(command, self._reload), name="genred-reload", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                self._busy.release()
                self._refuse(command, f"no thread can be started to execute it ({error}); try again")

    def _run(self, command: DaemonCommand, reload: Callable[[], tuple[str, ...]]) -> None:
        try:
            restart_needed = reload()
        except GenredError as error:
            self._refuse(command, str(error))
        except Exception as error:  # noqa: BLE001 - the edge of the thread: whoever asked gets an answer
            fault = f"an internal error of genred ({type(error).__name__})"
            self._refusals.warn(f"{fault} in a reload over MQTT", with_traceback=True)
            self._refuse(command, f"{fault}; its log says more")
        else:
            _log.info("the configuration was reloaded by a command over MQTT")
            self._answer(self._response(command, None, restart_needed))
        finally:
            self._busy.release()

    def _refuse(self, command: DaemonCommand | None, reason: str) -> None:
        self._refusals.warn(f"a command over MQTT to the daemon was refused: {reason}")
        self._answer(self._response(command, reason))

    def _response(
        self, command: DaemonCommand | None, error: str | None, restart_needed: tuple[str, ...] = ()
    ) -> DaemonResponse:
        return DaemonResponse(
            schema=SCHEMA,
            node=self._node,
            at=timestamp(SYSTEM_CLOCK.now()),
            ok=error is None,
            command=command,
            error=error,
            restart_needed=restart_needed,
        )
