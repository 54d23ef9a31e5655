"""What another configuration means for the stations that run: as little as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.recording.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from genred.analysis.bundle import ModelBundle
    from genred.config.schema import Config


@dataclass(frozen=True, slots=True)
class ReloadPlan:
    """The difference between two configurations.

    Attributes:
        ended: Stations that end: those that are gone, or changed in source, model, analysis, recording or loudness.
        made: Stations that are made; True for one that keeps the switch of the station that it replaces, since
            whoever switched that is overruled only by a configuration that does so, too.
        switched: Stations that go on and are switched, on or off.
    """

    ended: tuple[str, ...]
    made: Mapping[str, bool]
    switched: Mapping[str, bool]

    def describe(self) -> str:
        """Gives the ids of the stations that it touches, for people."""
        kinds = {
            "added": [name for name in self.made if name not in self.ended],
            "changed": [name for name in self.ended if name in self.made],
            "removed": [name for name in self.ended if name not in self.made],
            "switched on": [name for name, enabled in self.switched.items() if enabled],
            "switched off": [name for name, enabled in self.switched.items() if not enabled],
        }
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names) or "unchanged"


def plan_reload(
    before: Config,
    after: Config,
    bundles_before: Mapping[str, ModelBundle],
    bundles_after: Mapping[str, ModelBundle],
    running: Collection[str],
) -> ReloadPlan:
    """Compares two configurations.

    Args:
        before: What the running stations were made of.
        after: What they are to be.
        bundles_before: The models of `before`; the files behind a name may have changed.
        bundles_after: The models of `after`.
        running: Ids of the stations that there are.
    """

    def identity(name: str, config: Config, bundles: Mapping[str, ModelBundle]) -> tuple[object, ...]:
        settings = config.stations[name]
        model = settings.model or config.model
        return (
            settings.source,
            model,
            bundles[model],
            settings.analysis or config.analysis,
            settings_of(config, name),
            config.measures_loudness(name),
        )

    ended = tuple(
        name
        for name in running
        if name not in after.stations or identity(name, before, bundles_before) != identity(name, after, bundles_after)
    )
    made, switched = {}, {}
    for name, settings in after.stations.items():
        was = before.stations.get(name)
        is_switched = was is not None and was.enabled != settings.enabled
        if name not in running or name in ended:
            made[name] = name in ended and not is_switched
        elif is_switched:
            switched[name] = settings.enabled
    return ReloadPlan(ended, made, switched)
