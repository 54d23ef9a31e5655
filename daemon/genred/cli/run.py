"""`genred run`: the daemon."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import genred
from genred.cli.signals import stop_on_signals
from genred.clock import SYSTEM_CLOCK
from genred.config.show import describe
from genred.errors import GenredError
from genred.events import LogFailing, LogWorking
from genred.exit_codes import ExitCode
from genred.outputs.alerts.output import AlertsOutput
from genred.outputs.mqtt.output import MqttOutput
from genred.recording.retention import Keeper
from genred.service.descriptors import raise_descriptor_limit
from genred.service.heap import share_one_arena
from genred.service.library_output import library_output_logged
from genred.service.processes import is_spread
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from genred.setup.config_check import load_checked

if TYPE_CHECKING:
    import argparse

    from genred.config.schema import Config
    from genred.outputs.airplay.daily import DailyOutput
    from genred.outputs.airplay.output import AirplayOutput, LogStatus

_LOGGER = logging.getLogger("genred")


def run(options: argparse.Namespace) -> ExitCode:
    """Runs all stations of a configuration until SIGTERM or Ctrl-C; SIGHUP reads the configuration again.

    Raises:
        ConfigError: The configuration cannot be used.
        BundleError: A model does not fit.
        OutputError: An output cannot be started as configured.
    """
    with library_output_logged():
        return _run(options)


def _run(options: argparse.Namespace) -> ExitCode:
    share_one_arena()
    raise_descriptor_limit()
    config, bundles = load_checked(options.config, apart=is_spread)
    _set_log_level(options.log_level or config.log.level)
    notifier = Notifier.from_environment()
    supervisor = Supervisor(config, [], notifier, bundles=bundles)
    # Whether or not something is recorded now: what was recorded before grows too old, too.
    keeper = Keeper(config.recording)
    reload = _Reload(options, config, supervisor, notifier, keeper)
    mqtt = MqttOutput(config, supervisor.profiles, supervisor, reload=reload.now)
    supervisor.add_output(mqtt)
    if config.metrics.enabled:
        from genred.outputs.prometheus.output import MetricsOutput

        metrics = MetricsOutput(config, supervisor.profiles, mqtt, lambda: supervisor.processes)
        metrics.start()
        supervisor.add_output(metrics)
    airplay = _airplay_output(config, supervisor) if config.airplay.enabled else None
    if airplay is not None:
        airplay.start()
        supervisor.add_output(airplay)
        daily = _daily_output(config, supervisor, airplay.path)
        daily.start()
        supervisor.add_output(daily)
    killed = airplay is not None and airplay.found_killed
    # Also without alerts: a reload may bring some, and what is wrong by then is to be told.
    alerts = AlertsOutput(config, supervisor.profiles, restarted=_KILLED if killed else None)
    alerts.start()
    supervisor.add_output(alerts)
    reload.alerts = alerts
    mqtt.start()
    if airplay is not None:
        # Now that all outputs are there to hear of it.
        _tell_of_log(supervisor, airplay.status)
    keeper.start()
    signal.signal(signal.SIGHUP, lambda *_: reload.ask())
    _LOGGER.info(
        "genred %s, node %s: %d station%s, broker %s",
        genred.__version__,
        config.node,
        len(config.stations),
        "" if len(config.stations) == 1 else "s",
        mqtt.address,
    )
    with stop_on_signals(supervisor.stop):
        code = supervisor.run()
    if code is ExitCode.WEDGED:
        # What hangs (PortAudio, a driver) would hang the interpreter's own end, too.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)
    return code


def _airplay_output(config: Config, supervisor: Supervisor) -> AirplayOutput:
    from genred.airplay.location import log_path
    from genred.outputs.airplay.output import AirplayOutput

    path = log_path(config.airplay)
    _LOGGER.info("airplay log: %s", path)
    digest = hashlib.sha256(json.dumps(describe(config), sort_keys=True, default=str).encode()).hexdigest()
    return AirplayOutput(
        path,
        config.node,
        config.airplay,
        supervisor.profiles,
        configuration_sha256=digest,
        on_status=partial(_tell_of_log, supervisor),
    )


def _daily_output(config: Config, supervisor: Supervisor, path: Path) -> DailyOutput:
    from genred.outputs.airplay.daily import DailyOutput
    from genred.outputs.airplay.day_files import DayFiles

    folder = config.airplay.daily_folder
    files = DayFiles(path, Path(folder)) if folder else None
    return DailyOutput(path, config.node, supervisor.profiles, supervisor.emit_daemon, files=files)


def _tell_of_log(supervisor: Supervisor, status: LogStatus) -> None:
    now = SYSTEM_CLOCK.now()
    event = LogWorking(at=now) if status.problem is None else LogFailing(at=now, reason=status.problem)
    supervisor.emit_daemon(event)


_KILLED = "it ended unexpectedly and has been restarted"


class _Reload:
    """Reads the configuration again, away from the signal handler; a bad one is refused whole."""

    def __init__(
        self,
        options: argparse.Namespace,
        config: Config,
        supervisor: Supervisor,
        notifier: Notifier,
        keeper: Keeper,
    ) -> None:
        self._options = options
        self._config = config
        self._supervisor = supervisor
        self._notifier = notifier
        self._keeper = keeper
        self._lock = threading.Lock()
        self.alerts: AlertsOutput | None = None
        """Told of the new configuration, once it is there."""

    def ask(self) -> None:
        """Reads it soon; may be called from a signal handler."""
        threading.Thread(target=self._reload, name="reload", daemon=True).start()

    def now(self) -> tuple[str, ...]:
        """Reads it.

        Returns:
            The changed sections that take effect only after a restart.

        Raises:
            GenredError: It is refused; the old one stays.
        """
        with self._lock:
            self._notifier.reloading()
            try:
                config, bundles = load_checked(self._options.config, apart=is_spread)
                if self.alerts is not None:
                    self.alerts.configure(config)
                self._supervisor.reload(config, bundles)
                self._keeper.configure(config.recording)
            except BaseException:
                # Whatever it is, the service manager must hear that the reload is over, and the stations play on.
                self._notifier.ready()
                raise
            fixed = tuple(key for key in _FIXED if getattr(config, key) != getattr(self._config, key))
            if fixed:
                _LOGGER.warning("changes of %s take effect only after a restart", ", ".join(fixed))
            _set_log_level(self._options.log_level or config.log.level)
            return fixed

    def _reload(self) -> None:
        try:
            self.now()
        except GenredError as error:
            _LOGGER.error("the new configuration was rejected, the old one stays in use: %s", error)  # noqa: TRY400
        except Exception:
            _LOGGER.exception("the new configuration could not be read, the old one stays in use")


def _set_log_level(level: str) -> None:
    logging.getLogger().setLevel(level.upper())


_FIXED = ("node", "processes", "mqtt", "homeassistant", "metrics", "airplay")
"""Sections that are read once, at the start."""
