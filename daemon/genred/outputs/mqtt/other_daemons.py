"""Whether another daemon publishes as the same node, told by the id of its start in the states of its stations."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

_log = logging.getLogger(__name__)

_MAX_STATE_BYTES = 65_536
_MAX_RUNS = 100


class _State(msgspec.Struct, frozen=True):
    run: str
    at: str


class OtherDaemons:
    """Finds daemons that are alive beside this one.

    A state that comes live is of a living daemon. One that the broker has kept may be of a dead one; but when, after a
    reconnect, the broker has one of a start that it had not before, or a later one, somebody has published meanwhile.

    Args:
        node: That both publish as.
        on_found: Called once, when there is one.

    Attributes:
        found: Whether there is one, or has been.
        own_runs: Ids of our own start.
    """

    def __init__(self, node: str, on_found: Callable[[], None]) -> None:
        self.found = False
        self.own_runs: AbstractSet[str] = frozenset()
        self._node = node
        self._on_found = on_found
        self._has_read_all = self._had_read_all = False
        self._before: dict[str, str] = {}
        """When the newest state of each other start was published, as the broker had it at earlier connects."""
        self._now: dict[str, str] = {}
        """Likewise, at this one."""

    def connected(self) -> None:
        """A connection stands; states that the broker has kept follow."""
        self._had_read_all = self._had_read_all or self._has_read_all
        self._has_read_all = False
        self._before, self._now = {**self._before, **self._now}, {}

    def on_state(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A station's state has come."""
        if self.found or len(payload) > _MAX_STATE_BYTES:
            return
        try:
            state = msgspec.json.decode(payload, type=_State)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if state.run in self.own_runs:
            # It was published behind the subscription, so what the broker had kept has come before it.
            self._has_read_all = self._has_read_all or not retained
            return
        if state.run not in self._now and len(self._now) >= _MAX_RUNS:
            return
        self._now[state.run] = max(state.at, self._now.get(state.run, ""))
        # RFC 3339 in UTC sorts as text.
        is_news = self._had_read_all and state.at > self._before.get(state.run, "")
        if is_news or not retained:
            self._warn(topic, state.run)

    def _warn(self, topic: str, run: str) -> None:
        self.found = True
        self._on_found()
        _log.warning(
            "another daemon publishes as node %r, too (on %s; its run is %s): they overwrite each other's messages. "
            "Give each machine its own `node`; until a restart, nothing is removed from the broker",
            self._node,
            printable(topic),
            printable(run),
        )
