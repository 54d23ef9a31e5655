"""From a configuration to stations, wherever they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from genred.analysis.bundle import load_bundle
from genred.events.profile import StationProfile
from genred.expectations.station import expectation_profiles
from genred.recording.settings import settings_of
from genred.service.reload_plan import plan_reload
from genred.service.station_settings import StationSettings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from genred.analysis.bundle import ModelBundle
    from genred.config.schema import Config
    from genred.events.process import ProcessProfile
    from genred.service.reload_plan import ReloadPlan
    from genred.service.running_station import RunningStation


class StationHost(Protocol):
    """Where stations run: in this process, or in others."""

    def make(self, settings: StationSettings, *, enabled: bool) -> RunningStation:
        """Makes a station, which is not yet started.

        Args:
            settings: What it is made of.
            enabled: Whether it is switched on.
        """

    def release(self, name: str) -> None:
        """Notes that a station, if there was one of that id, has ended."""

    def keep_models(self, hashes: Collection[str]) -> None:
        """Forgets all networks but these."""

    def hanging(self, stations: Mapping[str, RunningStation]) -> list[str]:
        """Names what hangs so that only a fresh start of everything can help. To be called about twice a second."""

    def processes(self) -> list[ProcessProfile]:
        """Describes the processes, the daemon's own first."""

    def close(self) -> None:
        """Lets go of everything, after the stations have ended."""


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
        host: Where the stations run.

    Attributes:
        config: The present one.
        bundles: The present models.
        host: As given.
    """

    def __init__(self, config: Config, bundles: Mapping[str, ModelBundle], host: StationHost) -> None:
        self.config = config
        self.bundles = bundles
        self.host = host

    def make(self, name: str, *, enabled: bool) -> RunningStation:
        """Makes a station, which is not yet started.

        Args:
            name: Its id.
            enabled: Whether it is switched on.
        """
        config = self.config.stations[name]
        settings = StationSettings(
            name,
            config.source,
            self.bundles[config.model or self.config.model],
            config.analysis or self.config.analysis,
            config.retry,
            settings_of(self.config, name),
            self.config.measures_loudness(name),
        )
        return self.host.make(settings, enabled=enabled)

    def reconfigure(self, config: Config, bundles: Mapping[str, ModelBundle], running: Collection[str]) -> ReloadPlan:
        """Takes another configuration with its models. Gives what that means for the running stations."""
        plan = plan_reload(self.config, config, self.bundles, bundles, running)
        self.config, self.bundles = config, bundles
        return plan

    def forget_unused_models(self) -> None:
        """Lets the host forget the networks of which no station is left."""
        self.host.keep_models({bundle.card.tflite_sha256 for bundle in self.bundles.values()})

    def profile(self, station: RunningStation) -> StationProfile:
        """Describes a station for outputs."""
        return StationProfile(
            id=station.id,
            name=self.config.stations[station.id].name or station.id,
            labels=station.labels,
            model=station.model,
            source_label=station.source_label,
            enabled=station.enabled,
            model_sha256=self.bundles[self.config.stations[station.id].model or self.config.model].card.tflite_sha256,
            time_zone=self.config.stations[station.id].time_zone or None,
            expectations=expectation_profiles(self.config.stations[station.id]),
            measures_loudness=self.config.measures_loudness(station.id),
            is_recorded=self.config.stations[station.id].recording.enabled,
        )
