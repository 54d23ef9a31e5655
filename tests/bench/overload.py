"""`scripts/bench --overload N`: more stations than a machine can analyse, and what a daemon makes of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.bench.latency import percentile
from tests.bench.rig import Load, measure
from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.bench.rig import Outcome
    from tests.bench.trees import Tree

WARM_S = 20.0
"""Longer than `genred` lets a backlog grow, so that what is measured goes on for ever."""


def run(trees: Sequence[Tree], stations: int, seconds: float, mp3: Path, folder: Path) -> None:
    """Loads each checkout's daemon in turn, and prints one table.

    Args:
        trees: The first is the one that the others are compared with.
        stations: Twice of what a machine can do, or more.
        seconds: Of each measurement.
        mp3: What the radio plays.
        folder: For logs and notes.
    """
    outcomes: list[Outcome] = []
    for tree in trees:
        print(f"{stations} stations, {tree.name} ...", file=sys.stderr, flush=True)
        try:
            outcomes.append(measure(Load(tree, stations, mp3, WARM_S, seconds), folder / f"overload-{tree.name}"))
        except (RuntimeError, OSError) as error:
            print(f"{tree.name}: not measured: {error}", flush=True)
    if not outcomes:
        return
    columns = [_cells(outcome, outcomes[0]) for outcome in outcomes]
    print_table(
        f"Overload: {stations} stations for {seconds:.0f} s (x: of {outcomes[0].load.tree.name})",
        ["what", *(outcome.load.tree.name for outcome in outcomes)],
        [[name, *(column[name] for column in columns)] for name in columns[0]],
    )


def _cells(outcome: Outcome, compared: Outcome) -> dict[str, str]:
    shares = [done / outcome.due for done in outcome.done]
    used = outcome.used
    return {
        "windows done, x": f"{sum(outcome.done) / outcome.due / max(sum(compared.done) / compared.due, 1e-9):.2f}",
        "CPU of a window done, x": f"{_ms_per_window(outcome) / max(_ms_per_window(compared), 1e-9):.2f}",
        "windows done of those due, worst station": f"{min(shares):.1%}",
        "  median station": f"{percentile(shares, 0.5):.1%}",
        "  best station": f"{max(shares):.1%}",
        "  all stations": f"{sum(shares) / len(shares):.1%}",
        "  given up and counted": f"{outcome.dropped_share:.1%}",
        "  missing without being counted": f"{outcome.missing_share:.1%}",
        "  stations without any": str(sum(done == 0 for done in outcome.done)),
        "CPU of a window done, ms": f"{_ms_per_window(outcome):.2f}",
        "  cores": f"{used.cpu_s / used.seconds:.2f}",
        "  cores of radio, broker and watcher": f"{outcome.bench_cores:.2f}",
        "  cores of other programs": f"{outcome.other_cores:.2f}",
        "latency (at most), ms: median": _latency_ms(outcome, 0.5),
        "  90 %": _latency_ms(outcome, 0.9),
        "  99 %": _latency_ms(outcome, 0.99),
        "  most": _latency_ms(outcome, 1.0),
        "memory (pss) at the beginning, MB": f"{outcome.begin.pss_mb:.0f}",
        "  at the end": f"{outcome.end.pss_mb:.0f}",
        "start until each station had a window, s": _seconds(outcome.started_s, "never"),
        "answer to a command over MQTT, s": _seconds(outcome.command_s, "none"),
        "SIGTERM to the end, s": _seconds(outcome.stop_s, "killed"),
    }


def _ms_per_window(outcome: Outcome) -> float:
    return 1000 * outcome.used.cpu_s / max(1.0, sum(outcome.done))


def _latency_ms(outcome: Outcome, share: float) -> str:
    return f"{1000 * percentile(outcome.latencies_s, share):.0f}" if outcome.latencies_s else "-"


def _seconds(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.2f}"
