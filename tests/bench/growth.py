"""`scripts/bench --growth`: what each further station costs a daemon, of several checkouts beside each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.bench.latency import percentile
from tests.bench.rig import Load, measure
from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.bench.day_log import DayLog
    from tests.bench.rig import Outcome
    from tests.bench.trees import Tree

STATIONS = (1, 10, 50, 100, 200, 500)
WARM_S = 10.0


def run(
    trees: Sequence[Tree],
    stations: Sequence[int],
    seconds: float,
    mp3: Path,
    folder: Path,
    *,
    day_log: DayLog | None = None,
) -> None:
    """Measures each number of stations with each checkout in turn, and prints; what was measured, even if interrupted.

    Args:
        trees: The first is the one that the others are compared with.
        stations: How many, rising.
        seconds: Of each measurement.
        mp3: What the radio plays.
        folder: For logs and notes.
        day_log: Lays the log of a day there beforehand; None for none.
    """
    outcomes: list[Outcome] = []
    try:
        for number in stations:
            for tree in trees:
                print(f"{number} stations, {tree.name} ...", file=sys.stderr, flush=True)
                try:
                    load = Load(tree, number, mp3, WARM_S, seconds, day_log=day_log)
                    outcome = measure(load, folder / f"{tree.name}-{number}")
                except (RuntimeError, OSError) as error:
                    print(f"{number} stations, {tree.name}: not measured: {error}", flush=True)
                    continue
                outcomes.append(outcome)
    finally:
        print_growth(outcomes)


def print_growth(outcomes: Sequence[Outcome]) -> None:
    """Prints all tables, ratios first."""
    if not outcomes:
        return
    own = outcomes[0].load.tree.name
    first = {outcome.load.tree.name: outcome for outcome in reversed(outcomes)}
    before: dict[str, Outcome] = {}
    reference: Outcome | None = None
    cpu, memory, windows, latency = [], [], [], []
    for outcome in outcomes:
        name = outcome.load.tree.name
        if name == own:
            reference = outcome
        compared = reference if reference and reference.load.stations == outcome.load.stations else None
        head = [str(outcome.load.stations), name]
        cpu.append([*head, *_cpu_cells(outcome, compared, first[name])])
        memory.append([*head, *_memory_cells(outcome, compared, before.get(name))])
        windows.append([*head, *_window_cells(outcome)])
        latency.append([*head, *_latency_cells(outcome, compared)])
        before[name] = outcome
    print_table(
        "CPU of a station-second in ms, context switches (x few: the fewest stations)",
        ["n", "tree", f"x {own}", "x few", "ms", "user", "system", "vol", "invol", "cores"],
        cpu,
    )
    print_table(
        "Memory at the end, in MB (rss: shared pages once a process; pss: divided)",
        ["n", "tree", f"x {own}", "rss", "pss", "KB each further", "threads"],
        memory,
    )
    print_table(
        "Windows done of those due (median, worst and best station)",
        ["n", "tree", "median", "worst", "best", "dropped", "missing", "first all, s", "stop, s"],
        windows,
    )
    print_table(
        "Latency, a window's last byte to MQTT, in ms (bench, others: cores they took)",
        ["n", "tree", f"x {own}", "median", "90 %", "99 %", "most", "states", "bench", "others"],
        latency,
    )


def _ratio(value: float, reference: float | None) -> str:
    return f"{value / reference:.2f}" if reference else "-"


def _cpu_cells(outcome: Outcome, compared: Outcome | None, first: Outcome) -> list[str]:
    used, ms = outcome.used, outcome.ms_per_station_s
    station_s = used.seconds * outcome.load.stations
    return [
        _ratio(ms, compared.ms_per_station_s if compared else None),
        _ratio(ms, first.ms_per_station_s),
        f"{ms:.2f}",
        f"{ms * (1 - used.system_share):.2f}",
        f"{ms * used.system_share:.2f}",
        f"{used.voluntary / station_s:.1f}",
        f"{used.involuntary / station_s:.1f}",
        f"{used.cpu_s / used.seconds:.2f}",
    ]


def _memory_cells(outcome: Outcome, compared: Outcome | None, before: Outcome | None) -> list[str]:
    each = "-"
    if before and outcome.load.stations > before.load.stations:
        further = outcome.load.stations - before.load.stations
        each = f"{1000 * (outcome.end.pss_mb - before.end.pss_mb) / further:.0f}"
    return [
        _ratio(outcome.end.pss_mb, compared.end.pss_mb if compared else None),
        f"{outcome.end.rss_mb:.0f}",
        f"{outcome.end.pss_mb:.0f}",
        each,
        str(outcome.end.threads),
    ]


def _window_cells(outcome: Outcome) -> list[str]:
    shares = [done / outcome.due for done in outcome.done]
    return [
        f"{percentile(shares, 0.5):.1%}",
        f"{min(shares):.1%}",
        f"{max(shares):.1%}",
        f"{outcome.dropped_share:.1%}",
        f"{outcome.missing_share:.1%}",
        "never" if outcome.started_s is None else f"{outcome.started_s:.0f}",
        "killed" if outcome.stop_s is None else f"{outcome.stop_s:.1f}",
    ]


def _latency_cells(outcome: Outcome, compared: Outcome | None) -> list[str]:
    values = [1000 * seconds for seconds in outcome.latencies_s]
    reference = [1000 * seconds for seconds in compared.latencies_s] if compared else []
    return [
        _ratio(percentile(values, 0.5), percentile(reference, 0.5) if reference else None),
        *(f"{percentile(values, share):.0f}" for share in (0.5, 0.9, 0.99, 1.0)),
        str(len(values)),
        f"{outcome.bench_cores:.2f}",
        f"{outcome.other_cores:.2f}",
    ]
