"""`scripts/soak`: the daemon's stations against random faults, and a table of how they took it."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from genred.clock import SYSTEM_CLOCK
from genred.config.schema import CommandSource, Config, RetryConfig, StationConfig, StreamSource
from genred.service.heap import share_one_arena
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from tests.processes import shards_of
from tests.soak.heap import heap_in_use_bytes
from tests.soak.ledger import Ledger
from tests.soak.servers import UNEVEN

if TYPE_CHECKING:
    from typing import IO

RETRY = RetryConfig(first_wait_s=0.5, longest_wait_s=5.0, settle_s=5.0)
"""Shorter than by default, so that minutes hold as many faults as days do."""

STALL_S = 4.0
UNEVEN_STALL_S = 30.0
"""Of servers that send much at once and then nothing for a while."""

CONNECT_S = 3.0
KILL_EVERY_S = 40.0
GROWTH_BOUND_BYTES = 5 << 20

# Plays a tone at the pace of time for a while, then exits, hangs or floods: a command as it should not be.
_COMMAND = """
import array, math, random, sys, time
out = sys.stdout.buffer
second = array.array("h", [int(8000 * math.sin(2 * math.pi * 440 * n / 22050)) for n in range(22050)]).tobytes()
for _ in range(random.randint(8, 20)):
    out.write(second); out.flush(); time.sleep(1)
kind = random.choice(["exits", "hangs", "floods"])
if kind == "hangs":
    time.sleep(600)
while kind == "floods":
    out.write(second)
    if random.random() < 0.02:
        break
sys.exit(1)
"""


class _Memory(NamedTuple):
    """A look at it, `passed_s` after the beginning."""

    passed_s: float
    resident_bytes: int
    heap_bytes: int
    python_blocks: int


def main() -> int:
    """Runs the soak.

    Returns:
        0 if nothing was unaccounted for and memory did not grow, else 1.
    """
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--stations", type=int, default=8)
    parser.add_argument("--model", default="default")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    share_one_arena()
    logging.basicConfig(level=logging.ERROR)
    faulty = max(0, options.stations - 2 - len(UNEVEN))
    servers = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.servers", str(faulty), str(options.seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        return _soak(options, servers)
    finally:
        assert servers.stdin is not None
        servers.stdin.close()
        try:
            servers.wait(20)
        except subprocess.TimeoutExpired:
            servers.kill()


def _soak(options: argparse.Namespace, servers: subprocess.Popen[bytes]) -> int:
    assert servers.stdout is not None
    urls: dict[str, str] = json.loads(servers.stdout.readline())["urls"]
    faults: Counter[str] = Counter()
    counter = threading.Thread(target=_count_faults, args=(servers.stdout, faults), name="soak counter", daemon=True)
    counter.start()
    stations = {
        name: StationConfig(
            source=StreamSource(
                url=url, connect_timeout_s=CONNECT_S, stall_timeout_s=UNEVEN_STALL_S if name in UNEVEN else STALL_S
            ),
            retry=RETRY,
        )
        for name, url in urls.items()
    }
    command = CommandSource(command=(sys.executable, "-c", _COMMAND), stall_timeout_s=STALL_S)
    stations["command"] = StationConfig(source=command, retry=RETRY)
    stations = dict(list(stations.items())[-options.stations :])
    ledger = Ledger(window_s=5.0)
    before = (_threads(), _descriptors())
    config = Config(stations=stations, model=options.model, processes=options.processes)
    supervisor = Supervisor(config, [ledger], Notifier(None))
    began_at = SYSTEM_CLOCK.now()
    runner = threading.Thread(target=supervisor.run)
    runner.start()
    random = Random(options.seed)
    ended = threading.Event()
    killer = threading.Thread(target=_kill_shards, args=(ended, random, faults), name="soak killer", daemon=True)
    killer.start()
    memory = _watch(options.minutes * 60)
    ended.set()
    killer.join()
    warm = (_threads(), _descriptors())
    stopped_at = SYSTEM_CLOCK.now()
    supervisor.stop()
    runner.join(20)
    ended_at = SYSTEM_CLOCK.now()
    for name in stations:
        ledger.end(name, began_at, stopped_at)
    after = _after_end(before)
    wall_s = ended_at.seconds_since(began_at)
    counters = [sheet.status.counters for sheet in ledger.sheets.values() if sheet.status is not None]
    by_station = sum(abs(wall_s - each.analysed_s - each.unanalysed_s) for each in counters)
    counts = {"before": before, "running": warm, "after": after}
    return _report(ledger, faults, memory, counts=counts, wall_s=wall_s, unbalanced_s=by_station)


def _after_end(before: tuple[int, int]) -> tuple[int, int]:
    """Gives the threads and descriptors once no more are left than before, or after a while."""
    ends_at = time.monotonic() + 5.0
    while (after := (_threads(), _descriptors())) > before and time.monotonic() < ends_at:
        time.sleep(0.1)
    return after


def _watch(seconds: float) -> list[_Memory]:
    """Waits, and looks at the memory meanwhile."""
    started_at = time.monotonic()
    samples = []
    while (passed_s := time.monotonic() - started_at) < seconds:
        samples.append(_Memory(passed_s, _resident_bytes(), heap_in_use_bytes(), sys.getallocatedblocks()))
        time.sleep(min(2.0, max(0.1, seconds - passed_s)))
    return samples


def _kill_shards(ended: threading.Event, random: Random, faults: Counter[str]) -> None:
    """Ends a process of stations now and then, where there are any."""
    while not ended.wait(random.uniform(0.5, 1.5) * KILL_EVERY_S):
        shards = shards_of(os.getpid())
        if shards:
            number = random.choice([signal.SIGKILL, signal.SIGSEGV])
            os.kill(random.choice(shards), number)
            faults[f"shard ended by {number.name}"] += 1


def _count_faults(lines: IO[bytes], faults: Counter[str]) -> None:
    for line in lines:
        faults[json.loads(line).get("fault", "?")] += 1


def _report(
    ledger: Ledger,
    faults: Counter[str],
    memory: list[_Memory],
    *,
    counts: dict[str, tuple[int, int]],
    wall_s: float,
    unbalanced_s: float,
) -> int:
    print(
        f"\n{'station':<10}{'windows':>9}{'lost':>6}{'back':>6}{'gaps':>6}{'gap s':>8}{'unaccounted s':>15}"
        "  losses; seconds of gaps"
    )
    for name, sheet in sorted(ledger.sheets.items()):
        losses = ", ".join(f"{count} {cause}" for cause, count in sheet.lost.most_common())
        gaps = _by_cause(sheet.gaps_s)
        print(
            f"{name:<10}{sheet.windows:>9}{sum(sheet.lost.values()):>6}{len(sheet.recover_s):>6}{sheet.gaps:>6}"
            f"{sum(sheet.gaps_s.values()):>8.1f}{sheet.unaccounted_s:>15.3f}  {losses}; {gaps}"
        )
    print("\nfaults injected by the servers:")
    for kind, count in faults.most_common():
        print(f"  {count:>5}  {kind}")
    recover_s = [seconds for sheet in ledger.sheets.values() for seconds in sheet.recover_s]
    gaps_s: defaultdict[str, float] = defaultdict(float)
    for sheet in ledger.sheets.values():
        for cause, seconds in sheet.gaps_s.items():
            gaps_s[cause] += seconds
    unaccounted_s = sum(sheet.unaccounted_s for sheet in ledger.sheets.values())
    # The first third is warm-up: decoders, caches and the allocator's arenas fill.
    settled = [one for one in memory if one.passed_s > wall_s / 3]
    growth = _growth([one.resident_bytes for one in settled])
    print(f"\nstations: {len(ledger.sheets)}, for {wall_s:.0f} s; faults injected: {faults.total()}")
    if recover_s:
        median_s, worst_s = statistics.median(recover_s), max(recover_s)
        print(f"recoveries: {len(recover_s)}; time to recover: median {median_s:.1f} s, worst {worst_s:.1f} s")
    print(f"seconds of gaps: {_by_cause(gaps_s)}")
    print(f"unaccounted seconds, from the events alone: {unaccounted_s:.3f}")
    print(f"wall time - analysed - gaps, by the stations' own books, all together: {unbalanced_s:.1f} s")
    if settled:
        first_mb, last_mb = settled[0].resident_bytes / 1e6, settled[-1].resident_bytes / 1e6
        print(f"RSS: {first_mb:.1f} MB after warm-up, {last_mb:.1f} MB at the end, growth {growth / 1e6:+.1f} MB")
        # RSS also has what was once needed at the same time; what leaks is in use.
        heap_mb = _growth([one.heap_bytes for one in settled]) / 1e6
        blocks = _growth([one.python_blocks for one in settled])
        print(f"in use here: growth {heap_mb:+.1f} MB of the C library's heap, {blocks:+.0f} blocks of Python's")
    for when, (threads, descriptors) in counts.items():
        print(f"threads and file descriptors {when}: {threads}, {descriptors}")
    held = unaccounted_s == 0 and growth < GROWTH_BOUND_BYTES and counts["after"][0] <= counts["before"][0] + 1
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    print(f"threads that are left: {', '.join(left)}")
    print("held" if held else "NOT HELD")
    return 0 if held else 1


def _growth(values: list[int]) -> float:
    """From the first fifth to the last."""
    fifth = max(1, len(values) // 5)
    return statistics.median(values[-fifth:]) - statistics.median(values[:fifth]) if values else 0.0


def _by_cause(seconds: dict[str, float]) -> str:
    most_first = sorted(seconds.items(), key=lambda item: -item[1])
    return ", ".join(f"{number:.0f} {cause}" for cause, number in most_first)


def _resident_bytes() -> int:
    """Of this process and its shards; not of the servers."""
    pages = 0
    for pid in [os.getpid(), *shards_of(os.getpid())]:
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    sys.exit(main())
