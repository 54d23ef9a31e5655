"""One measurement of `genred run` from outside: a radio, a real broker, a watcher, and so many stations."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bench.command import answer_time_s
from tests.bench.latency import STEP_S, latencies_s
from tests.bench.process_tree import Consumption, Usage, busy_s, consumption, usage_of
from tests.outputs.mqtt.mosquitto import Mosquitto, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.bench.day_log import DayLog
    from tests.bench.trees import Tree


NODE = "genred"
"""What a daemon calls its machine where its configuration says nothing."""

_STATE = "state"

_STOP_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a daemon is given.

    Attributes:
        tree: Whose daemon.
        stations: How many.
        mp3: What the radio plays.
        warm_s: Between the first window of the last station and the measurement.
        seconds: Of the measurement.
        settings: More of the configuration.
        station_settings: More of each station's.
        day_log: Lays the log of a day there beforehand; None for none.
    """

    tree: Tree
    stations: int
    mp3: Path
    warm_s: float
    seconds: float
    settings: Mapping[str, object] = field(default_factory=dict)
    station_settings: Mapping[str, object] = field(default_factory=dict)
    day_log: DayLog | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        load: What was given.
        started_s: Until each station had its first window; None where some never had one.
        used: By the daemon's process tree.
        begin: The tree at the beginning of the measurement.
        end: And at its end.
        due: Windows that a station should have made meanwhile.
        done: Windows that each made.
        dropped: Windows that each counted as given up.
        latencies_s: From the last byte of a window to its state over MQTT.
        command_s: From a command over MQTT to its answer; None without one in time.
        stop_s: From SIGTERM to the end of the process; None where it had to be killed.
        bench_cores: What radio, broker and watcher took of the machine.
        other_cores: What all other programs and the hypervisor took; figures are good only where this is near 0.
    """

    load: Load
    used: Consumption
    begin: Usage
    end: Usage
    due: float
    done: list[float]
    dropped: list[float]
    bench_cores: float
    other_cores: float
    started_s: float | None = None
    command_s: float | None = None
    stop_s: float | None = None
    latencies_s: list[float] = field(default_factory=list)

    @property
    def ms_per_station_s(self) -> float:
        """CPU milliseconds for a second of one station."""
        return 1000 * self.used.cpu_s / self.used.seconds / self.load.stations

    @property
    def dropped_share(self) -> float:
        """Of the windows that were due, those that the daemon counted as given up."""
        return sum(self.dropped) / (self.due * self.load.stations)

    @property
    def missing_share(self) -> float:
        """Those that were neither done nor counted as given up; below 0 where a backlog was worked off."""
        return 1 - sum(self.done) / (self.due * self.load.stations) - self.dropped_share


def measure(load: Load, folder: Path, meanwhile: Callable[[int, float], None] | None = None) -> Outcome:
    """Starts everything, measures, and ends it.

    Args:
        load: What the daemon is given.
        folder: For logs and notes; made where it is not there.
        meanwhile: Called with the daemon's process id and the seconds of the measurement, which it must take.

    Raises:
        RuntimeError: The daemon ended too early.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if load.day_log is not None:
        load.day_log.put(folder / _STATE, load.stations)
    with ExitStack() as stack:
        broker = Mosquitto(folder, ["max_queued_messages 0", "persistence false"])
        stack.callback(broker.stop)
        broker.start(verbose=False)
        ports = _Ports(radio=free_port(), broker=broker.port, metrics=free_port())
        radio = stack.enter_context(_helper("tests.bench.radio", load.mp3, ports.radio, folder / "radio.json"))
        watcher = stack.enter_context(_helper("tests.bench.arrivals", ports.broker, folder / "arrivals.txt"))
        time.sleep(1.0)  # neither of them tells when it is ready
        began_at = time.monotonic()
        daemon = stack.enter_context(_daemon(load, folder, ports))
        started_s = _await_windows(load, daemon, ports.metrics, began_at)
        time.sleep(load.warm_s)
        helpers = [radio.pid, watcher.pid, broker.pid]
        wait = meanwhile or (lambda _pid, seconds: time.sleep(seconds))
        outcome = _measure_running(load, daemon.pid, helpers, ports, wait)
        outcome.started_s = started_s
        span = (outcome.begin.at, outcome.end.at)
        outcome.stop_s = _stop(daemon)
        _stop(radio)
        _stop(watcher)
    outcome.latencies_s = latencies_s(folder / "radio.json", folder / "arrivals.txt", span)
    return outcome


@dataclass(frozen=True, slots=True)
class _Ports:
    radio: int
    broker: int
    metrics: int


@contextlib.contextmanager
def _helper(module: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", module, *map(str, arguments)])
    try:
        yield process
    finally:
        _stop(process)


@contextlib.contextmanager
def _daemon(load: Load, folder: Path, ports: _Ports) -> Iterator[subprocess.Popen[bytes]]:
    config = folder / "genred.yaml"
    content = {
        **load.tree.settings,
        **load.settings,
        "mqtt": {"broker": f"127.0.0.1:{ports.broker}"},
        "metrics": {"enabled": True, "port": ports.metrics},
        "stations": {
            f"s{number}": {"source": {"url": f"http://127.0.0.1:{ports.radio}/s{number}"}, **load.station_settings}
            for number in range(load.stations)
        },
    }
    config.write_text(json.dumps(content))  # JSON is YAML
    with (folder / "genred.log").open("wb") as log:
        process = subprocess.Popen(
            [load.tree.python, "-m", "genred", "run", "-c", config],
            cwd=folder,
            # Its own airplay log, too: with that of other runs it would have more to sum up than a new one.
            env=load.tree.environment | {"XDG_STATE_HOME": str(folder / _STATE)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> float | None:
    """Ends a process; returns the seconds that SIGTERM took, None if it did not do."""
    begin = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
    return time.monotonic() - begin


def _await_windows(load: Load, daemon: subprocess.Popen[bytes], port: int, began_at: float) -> float | None:
    """Waits until each station had a window; under overload, some may never have one."""
    while time.monotonic() < began_at + 40 + 0.5 * load.stations:
        if daemon.poll() is not None:
            raise RuntimeError(f"{load.tree.name}: genred run ended with {daemon.returncode}")
        with contextlib.suppress(OSError):
            windows = _counters(port)["genred_windows_total"]
            if sum(count > 0 for count in windows.values()) == load.stations:
                return time.monotonic() - began_at
        time.sleep(1.0)
    return None


def _measure_running(
    load: Load, daemon: int, helpers: list[int], ports: _Ports, wait: Callable[[int, float], None]
) -> Outcome:

    before = _counters(ports.metrics)
    counted_at = time.monotonic()
    helpers_before = [usage_of(helper) for helper in helpers]
    begin, busy_before_s = usage_of(daemon), busy_s()
    wait(daemon, load.seconds)
    end, busy_after_s = usage_of(daemon), busy_s()
    helpers_after = [usage_of(helper) for helper in helpers]
    after = _counters(ports.metrics)
    due = (time.monotonic() - counted_at) / STEP_S
    names = [f"s{number}" for number in range(load.stations)]

    def grown(counter: str) -> list[float]:
        return [after[counter].get(name, 0.0) - before[counter].get(name, 0.0) for name in names]

    used = consumption(begin, end)
    helpers_s = sum(consumption(*pair).cpu_s for pair in zip(helpers_before, helpers_after, strict=True))
    return Outcome(
        load=load,
        used=used,
        begin=begin,
        end=end,
        due=due,
        done=grown("genred_windows_total"),
        dropped=grown("genred_windows_dropped_total"),
        bench_cores=helpers_s / used.seconds,
        other_cores=max(0.0, busy_after_s - busy_before_s - used.cpu_s - helpers_s) / used.seconds,
        command_s=answer_time_s(ports.broker, "s0"),
    )


def _counters(port: int) -> dict[str, dict[str, float]]:
    """The metrics page's two counts of windows, by station."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        text = page.read().decode()
    return {
        counter: {
            name: float(value)
            for name, value in re.findall(rf'^{counter}{{station="(\w+)"}} (\S+)', text, re.MULTILINE)
        }
        for counter in ("genred_windows_total", "genred_windows_dropped_total")
    }
