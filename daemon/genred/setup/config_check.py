"""The one check that a configuration passes before a start, before a reload, and whenever somebody asks."""

from __future__ import annotations

import importlib.util
import socket
from typing import TYPE_CHECKING

from genred.analysis.bundle import load_bundle
from genred.broker.address import EMBEDDED
from genred.broker.settings import broker_faults
from genred.config.read import load_config
from genred.errors import ConfigError, GenredError
from genred.expectations.check import expectation_faults
from genred.extras import how_to_install
from genred.outputs.alerts.recipients import alert_faults
from genred.recording.settings import folder_of
from genred.setup.network_check import try_networks, try_networks_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.config.schema import AnalysisConfig, Config
    from genred.setup.network_check import Use


def load_checked(
    path: Path,
    *,
    apart: Callable[[Config], bool] = lambda _: False,
    also: Callable[[Config], Iterable[str]] = lambda _: (),
) -> tuple[Config, dict[str, ModelBundle]]:
    """Reads a configuration and everything that it points to: models, secrets, certificates, optional packages.

    What takes effect only after a restart is checked like the rest, since the next start would fail on it.

    Args:
        path: Of the configuration.
        apart: Says whether networks are tried in another process, as this one needs none.
        also: Finds further faults, of what the daemon does without.

    Returns:
        The configuration, and each model that it names, by that name.

    Raises:
        ConfigError: It cannot be read or holds faults; the message lists them all, each with its key.
    """
    config = load_config(path)
    bundles: dict[str, ModelBundle] = {}
    faults = [
        *_model_faults(config, bundles, try_networks_apart if apart(config) else try_networks),
        *_expectation_faults(config, bundles),
        *alert_faults(config),
        *broker_faults(config),
        *_package_faults(config),
        *_metrics_faults(config),
        *_recording_faults(config),
        *also(config),
    ]
    if faults:
        count = len(faults)
        heading = f"{path}: {count} error{'s' if count > 1 else ''}"
        raise ConfigError("\n".join([heading, *(f"  {fault}" for fault in faults)]))
    return config, bundles


def _model_faults(
    config: Config, bundles: dict[str, ModelBundle], try_all: Callable[[list[Use]], list[str | None]]
) -> Iterator[str]:
    """Loads each model once and tries it with each analysis that a station has for it."""
    wanted: dict[str, list[tuple[AnalysisConfig, str]]] = {}
    uses = [(config.model, config.analysis, "model")]
    uses += [
        (
            station.model or config.model,
            station.analysis or config.analysis,
            "model" if station.model is None else f"stations.{name}.model",
        )
        for name, station in config.stations.items()
    ]
    for model, analysis, key in uses:
        analyses = wanted.setdefault(model, [])
        if analysis not in [known for known, _ in analyses]:
            analyses.append((analysis, key))
    for model, analyses in wanted.items():
        try:
            bundles[model] = load_bundle(model)
        except GenredError as error:
            yield f"{analyses[0][1]}: {error}"
    loaded = [(model, *use) for model, analyses in wanted.items() if model in bundles for use in analyses]
    faults = try_all([(model, analysis) for model, analysis, _ in loaded])
    refused: set[str] = set()
    for (model, analysis, key), fault in zip(loaded, faults, strict=True):
        if model in refused:
            continue
        if fault is not None:
            refused.add(model)
            yield f"{key}: {fault}"
            continue
        yield from _threshold_faults(bundles[model], analysis, f"{key.removesuffix('model')}analysis")


def _expectation_faults(config: Config, bundles: dict[str, ModelBundle]) -> Iterator[str]:
    for name, station in config.stations.items():
        bundle = bundles.get(station.model or config.model)
        if bundle is not None:
            analysis = station.analysis or config.analysis
            for fault in expectation_faults(station.expect, bundle.card.labels, bundle.card.name, analysis):
                yield f"stations.{name}.{fault}"


def _threshold_faults(bundle: ModelBundle, analysis: AnalysisConfig, key: str) -> Iterator[str]:
    """One threshold of a pair, given alone, must fit the model's other one."""
    given, own = analysis.smoothing, bundle.card
    release = own.smoothing.release_threshold if given.release_threshold is None else given.release_threshold
    if given.announce_threshold is None and release > own.reject_threshold:
        yield (
            f"{key}.smoothing.release_threshold: {release:g} is above the model's announce_threshold, "
            f"{own.reject_threshold:g}; change that, too"
        )


def _metrics_faults(config: Config) -> Iterator[str]:
    """Whether the address is one of this machine; its port may be the running daemon's."""
    address = config.metrics.address
    if not config.metrics.enabled:
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        yield f"metrics.address: {address!r} is not an address of this machine ({error.strerror or error})"


def _recording_faults(config: Config) -> Iterator[str]:
    if not any(station.recording.enabled for station in config.stations.values()):
        return
    try:
        folder_of(config.recording)
    except ConfigError as error:
        yield str(error)


def has_embedded_broker() -> bool:
    """Says whether the package is installed that the embedded broker needs."""
    return importlib.util.find_spec("amqtt") is not None


def _package_faults(config: Config) -> Iterator[str]:
    if config.mqtt.broker == EMBEDDED and not has_embedded_broker():
        yield f"mqtt.broker: embedded needs the package amqtt; install it with: {how_to_install('broker')}"
    if config.metrics.enabled and importlib.util.find_spec("prometheus_client") is None:
        yield (f"metrics.enabled: needs the package prometheus-client; install it with: {how_to_install('metrics')}")
