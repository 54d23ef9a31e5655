"""Whether another daemon publishes as the same node, told by the id of its start in the states of its stations."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from genred.printable import printable

if TYPE_CHECKING:
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

    Attributes:
        found: Whether there is one, or has been.
        own_runs: Ids of our own start.
    """

    def __init__(self, node: str) -> None:
        self.found = False
        self.own_runs: AbstractSet[str] = frozenset()
        self._node = node
        self._connects = 0
        self._last_seen: dict[str, str] = {}
        """When the newest state of each other start was published."""

    def connected(self) -> None:
        """A connection stands; states that the broker has kept follow."""
        self._connects += 1

    def on_state(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A station's state has come."""
        if len(payload) > _MAX_STATE_BYTES:
            return
        try:
            state = msgspec.json.decode(payload, type=_State)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if state.run in self.own_runs:
            return
        last_at = self._last_seen.get(state.run)
        is_newer = self._connects > 1 if last_at is None else state.at > last_at
        if last_at is not None or len(self._last_seen) < _MAX_RUNS:
            self._last_seen[state.run] = state.at if last_at is None else max(state.at, last_at)
        if not retained or (is_newer and last_at is not None) or (last_at is None and self._connects > 1):
            self._warn(topic, state.run)

    def _warn(self, topic: str, run: str) -> None:
        if self.found:
            return
        self.found = True
        _log.warning(
            "another daemon publishes as node %r, too (on %s; its run is %s): each overwrites what the other says. "
            "Give each machine its own `node`; until a restart, nothing is removed from the broker",
            self._node,
            printable(topic),
            printable(run),
        )
