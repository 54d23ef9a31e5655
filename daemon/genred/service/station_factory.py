"""From a configuration to stations: each with its source, its model and its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.analysis.classifier import Classifier
from genred.clock import SYSTEM_CLOCK
from genred.engine.engine import Engine
from genred.events.profile import StationProfile
from genred.service.reload_plan import plan_reload
from genred.sources.opening import open_source
from genred.stations.station import Station

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from genred.analysis.bundle import ModelBundle
    from genred.clock import Clock
    from genred.config.schema import Config, SourceConfig
    from genred.engine.worker import Worker
    from genred.events import Event
    from genred.service.reload_plan import ReloadPlan
    from genred.sources.source import Source


def load_bundles(config: Config) -> dict[str, ModelBundle]:
    """Reads each model that a configuration names, once.

    Raises:
        BundleError: A model does not fit.
    """
    models = {settings.model or config.model for settings in config.stations.values()}
    return {model: load_bundle(model) for model in models}


class StationFactory:
    """Makes the stations of a configuration.

    Args:
        config: Checked.
        bundles: The models that it names.
        emit: Takes the events of every station.
        source: Gives a station's source; for what is in no configuration.
        fail_fast: Whether a station that never gave audio is given up at its first failure.
        clock: For tests.

    Attributes:
        config: The present one.
        bundles: The present models.
    """

    def __init__(
        self,
        config: Config,
        bundles: Mapping[str, ModelBundle],
        emit: Callable[[Event], None],
        *,
        source: Callable[[SourceConfig], Source] = open_source,
        fail_fast: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.config = config
        self.bundles = bundles
        self._emit = emit
        self._source = source
        self._fail_fast = fail_fast
        self._clock = clock
        self._engine = Engine()
        self._workers: dict[str, Worker] = {}
        self._classifiers: dict[tuple[Worker, str], Classifier] = {}

    def make(self, name: str, *, enabled: bool) -> Station:
        """Makes a station, which is not yet started.

        Args:
            name: Its id.
            enabled: Whether it is switched on.
        """
        settings = self.config.stations[name]
        bundle = self.bundles[settings.model or self.config.model]
        analysis = settings.analysis or self.config.analysis
        self.release(name)
        worker = self._workers[name] = self._engine.take()
        return Station(
            name,
            self._source(settings.source),
            Analyzer(bundle, analysis, classifier=self._classifier(worker, bundle)),
            bundle.card.name,
            worker=worker,
            analysis=analysis,
            retry=settings.retry,
            emit=self._emit,
            fail_fast=self._fail_fast,
            enabled=enabled,
            clock=self._clock,
        )

    def release(self, name: str) -> None:
        """Notes that a station, if there was one of that id, has ended."""
        worker = self._workers.pop(name, None)
        if worker is not None:
            self._engine.give_back(worker)

    def hanging(self, stations: Mapping[str, Station]) -> list[str]:
        """Names what hangs so that only a fresh process can help: the sources of stations, a worker of all of them."""
        sources = [f"{name}: the source" for name, station in stations.items() if station.wedged()]
        return sources + (["a worker of the stations"] if self._engine.hangs() else [])

    def close(self) -> None:
        """Ends the threads of all stations, which have ended before."""
        self._engine.close()

    def _classifier(self, worker: Worker, bundle: ModelBundle) -> Classifier:
        """Gives the one of a thread and a model: an interpreter takes a megabyte and runs for one station at a time."""
        key = worker, bundle.card.tflite_sha256
        found = self._classifiers.get(key)
        if found is None:
            found = self._classifiers[key] = Classifier(bundle)
        return found

    def reconfigure(self, config: Config, bundles: Mapping[str, ModelBundle], running: Collection[str]) -> ReloadPlan:
        """Takes another configuration with its models. Gives what that means for the running stations."""
        plan = plan_reload(self.config, config, self.bundles, bundles, running)
        self.config, self.bundles = config, bundles
        hashes = {bundle.card.tflite_sha256 for bundle in bundles.values()}
        self._classifiers = {key: one for key, one in self._classifiers.items() if key[1] in hashes}
        return plan

    def profile(self, station: Station) -> StationProfile:
        """Describes a station for outputs."""
        return StationProfile(
            id=station.id,
            name=self.config.stations[station.id].name or station.id,
            labels=station.labels,
            model=station.model,
            source_label=station.source.label,
            enabled=station.enabled,
        )
