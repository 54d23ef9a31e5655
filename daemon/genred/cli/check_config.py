"""`genred check-config`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

import importlib.util
import sys
from functools import partial
from typing import TYPE_CHECKING

import yaml

from genred.broker.settings import warn_of_weaknesses
from genred.config.show import describe
from genred.exit_codes import ExitCode
from genred.printable import printable
from genred.setup.config_check import load_checked

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from genred.config.schema import Config


def run(options: argparse.Namespace) -> ExitCode:
    """Checks the file, the models that it names and the secrets that it points to.

    Raises:
        ConfigError: It holds faults; the message lists them all.
    """
    config, _ = load_checked(options.config, also=partial(_web_faults, address=options.address))
    warn_of_weaknesses(config)
    if options.show:
        yaml.safe_dump(describe(config), sys.stdout, sort_keys=False, allow_unicode=True)
    else:
        enabled = sum(station.enabled for station in config.stations.values())
        count, name = len(config.stations), printable(str(options.config))
        print(f"{name}: valid; {count} station{'s' if count > 1 else ''}, {enabled} of them enabled")
    return ExitCode.OK


def _web_faults(config: Config, address: str | None) -> Iterable[str]:
    # No pages are served where the packages of the extra `web` are missing, whatever the section holds.
    if importlib.util.find_spec("argon2") is None:
        return ()
    from genred.web.security.exposure import web_faults

    return web_faults(config, address)
