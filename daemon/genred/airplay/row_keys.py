"""The numbers of what rows refer to: stations, models and starts of the daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from genred.airplay.statements import PUT_RUN, run_values

if TYPE_CHECKING:
    import sqlite3

    from genred.airplay.rows import Model, Run


class RowKeys:
    """Finds the numbers, and writes what has none yet.

    Args:
        connection: To the log.
        node: Id of the machine of whose stations they are.
    """

    def __init__(self, connection: sqlite3.Connection, node: str) -> None:
        self._execute = connection.execute
        self._node = node
        self._stations: dict[str, int] = {}
        self._models: dict[Model, int] = {}
        self._runs: dict[str, int] = {}

    def forget(self) -> None:
        """Forgets all, as after what was inserted has been rolled back."""
        self._stations.clear()
        self._models.clear()
        self._runs.clear()

    def station(self, station: str) -> int:
        """Gives that of a station."""
        if station not in self._stations:
            key = (self._node, station)
            self._execute("INSERT OR IGNORE INTO stations (node, station) VALUES (?, ?)", key)
            found = self._execute("SELECT id FROM stations WHERE node = ? AND station = ?", key)
            self._stations[station] = found.fetchone()[0]
        return self._stations[station]

    def model(self, model: Model | None) -> int | None:
        """Gives that of a model; None for none."""
        if model is None:
            return None
        if model not in self._models:
            key = (model.name, model.sha256, json.dumps(model.labels, ensure_ascii=False))
            self._execute("INSERT OR IGNORE INTO models (name, sha256, labels) VALUES (?, ?, ?)", key)
            found = self._execute("SELECT id FROM models WHERE (name, sha256, labels) = (?, ?, ?)", key)
            self._models[model] = found.fetchone()[0]
        return self._models[model]

    def run(self, run: Run) -> int:
        """Gives that of a start of the daemon, whose row is written as it is now."""
        self._execute(PUT_RUN, run_values(run))
        if run.run not in self._runs:
            found = self._execute("SELECT id FROM runs WHERE (node, run) = (?, ?)", (run.node, run.run))
            self._runs[run.run] = found.fetchone()[0]
        return self._runs[run.run]
