"""Stations of this process: each with its source, its analysis and its share of the workers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.analysis.classifier import Classifier
from genred.clock import SYSTEM_CLOCK
from genred.engine.engine import Engine
from genred.events.process import DAEMON, ProcessProfile
from genred.recording.recorder import Recorder
from genred.sources.opening import open_source
from genred.stations.station import Station

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from genred.analysis.bundle import ModelBundle
    from genred.clock import Clock
    from genred.config.schema import SourceConfig
    from genred.engine.worker import Worker
    from genred.events import Event
    from genred.service.running_station import RunningStation
    from genred.service.station_settings import StationSettings
    from genred.sources.source import Source


class LocalHost:
    """Makes stations that run in this process.

    Args:
        emit: Takes the events of every station.
        source: Gives a station's source; for what is in no configuration.
        fail_fast: Whether a station that never gave audio is given up at its first failure.
        clock: For tests.
        mark: Is told which station is at work, and None when it is no more.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        *,
        source: Callable[[SourceConfig], Source] = open_source,
        fail_fast: bool = False,
        clock: Clock = SYSTEM_CLOCK,
        mark: Callable[[str | None], None] | None = None,
    ) -> None:
        self._emit = emit
        self._source = source
        self._fail_fast = fail_fast
        self._clock = clock
        self._engine = Engine(mark=mark)
        self._recorder = Recorder(clock)
        self._workers: dict[str, Worker] = {}
        self._classifiers: dict[tuple[Worker, str], Classifier] = {}

    def make(self, settings: StationSettings, *, enabled: bool) -> Station:
        """Makes a station, which is not yet started; see `StationHost.make`."""
        self.release(settings.id)
        worker = self._workers[settings.id] = self._engine.take()
        bundle = settings.bundle
        station = Station(
            settings.id,
            self._source(settings.source),
            Analyzer(bundle, settings.analysis, classifier=self._classifier(worker, bundle)),
            bundle.card.name,
            worker=worker,
            analysis=settings.analysis,
            retry=settings.retry,
            emit=self._emit,
            fail_fast=self._fail_fast,
            enabled=enabled,
            clock=self._clock,
        )
        if settings.measures_loudness:
            station.measure_loudness()
        if settings.recording is not None:
            self._recorder.start()
            station.record(self._recorder.add(station.id, settings.recording, station.publish))
        return station

    def release(self, name: str) -> None:
        """Notes that a station, if there was one of that id, has ended."""
        worker = self._workers.pop(name, None)
        if worker is not None:
            self._engine.give_back(worker)

    def keep_models(self, hashes: Collection[str]) -> None:
        """Forgets all networks but these."""
        self._classifiers = {key: one for key, one in self._classifiers.items() if key[1] in hashes}

    def hanging(self, stations: Mapping[str, RunningStation]) -> list[str]:
        """Names what hangs so that only a fresh process can help: the sources of stations, a worker of all of them."""
        sources = [f"{name}: the source" for name, station in stations.items() if station.wedged()]
        return sources + (["a worker of the stations"] if self._engine.hangs() else [])

    def processes(self) -> list[ProcessProfile]:
        """Describes this process; see `StationHost`."""
        return [ProcessProfile(DAEMON, os.getpid(), restarts=0, stations=len(self._workers))]

    def close(self) -> None:
        """Ends the threads of all stations, which have ended before."""
        self._engine.close()
        self._recorder.close()

    def _classifier(self, worker: Worker, bundle: ModelBundle) -> Classifier:
        """Gives the one of a thread and a model: an interpreter takes a megabyte and runs for one station at a time."""
        key = worker, bundle.card.tflite_sha256
        found = self._classifiers.get(key)
        if found is None:
            found = self._classifiers[key] = Classifier(bundle)
        return found
