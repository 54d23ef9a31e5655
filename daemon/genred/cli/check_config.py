"""`genred check-config`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import yaml

from genred.analysis.bundle import load_bundle
from genred.config.read import describe, load_config
from genred.errors import ConfigError, GenredError
from genred.exit_codes import ExitCode
from genred.outputs.link import read_link

if TYPE_CHECKING:
    import argparse

    from genred.config.schema import Config


def run(options: argparse.Namespace) -> ExitCode:
    """Checks the file, the models that it names and the secrets that it points to.

    Raises:
        ConfigError: It holds faults; the message lists them all.
    """
    config = load_config(options.config)
    faults = [f"  {fault}" for fault in _deeper_faults(config)]
    if faults:
        count = len(faults)
        raise ConfigError("\n".join([f"{options.config}: {count} fault{'s' if count > 1 else ''}", *faults]))
    if options.show:
        yaml.safe_dump(describe(config), sys.stdout, sort_keys=False, allow_unicode=True)
    else:
        enabled = sum(station.enabled for station in config.stations.values())
        count = len(config.stations)
        print(f"{options.config}: good; {count} station{'s' if count > 1 else ''}, {enabled} of them enabled")
    return ExitCode.OK


def _deeper_faults(config: Config) -> list[str]:
    faults = []
    models = {config.model: "model"}
    for station_id, station in config.stations.items():
        if station.model is not None:
            models.setdefault(station.model, f"stations.{station_id}.model")
    for model, key in models.items():
        try:
            load_bundle(model)
        except GenredError as error:
            faults.append(f"{key}: {error}")
    try:
        read_link(config)
    except GenredError as error:
        faults.append(str(error))
    return faults
