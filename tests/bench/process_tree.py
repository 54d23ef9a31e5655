"""What a process and all that it started have used, from /proc."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_CPUCLOCK_SCHED = 2
"""Of Linux's clock ids: the CPU time of a process, in nanoseconds, those of ended threads among it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a whole tree, at one moment.

    Attributes:
        at: Monotonic seconds.
        cpu_s: User and system together, to the microsecond, by process id.
        user_s: By the scheduler's ticks; only its share of `user_s + system_s` is exact enough for short runs.
        system_s: Likewise.
        switches: Voluntary and involuntary context switches, by thread id.
        threads: How many run.
        rss_mb: Resident memory; what two processes share counts twice.
        pss_mb: Resident memory; what processes share is divided among them.
    """

    at: float
    cpu_s: dict[int, float]
    user_s: float
    system_s: float
    switches: dict[int, tuple[int, int]]
    threads: int
    rss_mb: float
    pss_mb: float


@dataclass(frozen=True, slots=True)
class Consumption:
    """Between two moments.

    Attributes:
        seconds: Between them.
        cpu_s: Of all processes together.
        system_share: 0 to 1, of `cpu_s`.
        voluntary: Context switches.
        involuntary: Likewise.
    """

    seconds: float
    cpu_s: float
    system_share: float
    voluntary: int
    involuntary: int


def usage_of(pid: int) -> Usage:
    """Reads everything once."""
    processes = processes_of(pid)
    user_s = system_s = rss_kb = pss_kb = 0.0
    cpu_s: dict[int, float] = {}
    switches: dict[int, tuple[int, int]] = {}
    for process in processes:
        try:
            cpu_s[process] = time.clock_gettime((~process << 3) | _CPUCLOCK_SCHED)
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            memory = _fields(Path(f"/proc/{process}/smaps_rollup"))
            switches |= _switches(process)
        except OSError:
            continue  # it has ended meanwhile
        user_s += int(fields[11]) / _TICKS_PER_S
        system_s += int(fields[12]) / _TICKS_PER_S
        rss_kb += memory["Rss"]
        pss_kb += memory["Pss"]
    return Usage(time.monotonic(), cpu_s, user_s, system_s, switches, len(switches), rss_kb / 1000, pss_kb / 1000)


def consumption(begin: Usage, end: Usage) -> Consumption:
    """Gives what was used between two moments; of a process that ended between them, nothing."""
    user_s, system_s = end.user_s - begin.user_s, end.system_s - begin.system_s
    voluntary, involuntary = (
        sum(counts[kind] - begin.switches.get(thread, (0, 0))[kind] for thread, counts in end.switches.items())
        for kind in (0, 1)
    )
    return Consumption(
        seconds=end.at - begin.at,
        cpu_s=sum(seconds - begin.cpu_s.get(process, 0.0) for process, seconds in end.cpu_s.items()),
        system_share=system_s / max(user_s + system_s, 1e-9),
        voluntary=voluntary,
        involuntary=involuntary,
    )


def busy_s() -> float:
    """CPU seconds that the whole machine has spent since it was started, what a hypervisor took from it included."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICKS_PER_S


def processes_of(process: int) -> list[int]:
    children: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, file.read_text().split())
    return [process, *(member for child in children for member in processes_of(child))]


def _switches(process: int) -> dict[int, tuple[int, int]]:
    found = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            fields = _fields(task / "status")
        except OSError:
            continue
        found[int(task.name)] = (fields["voluntary_ctxt_switches"], fields["nonvoluntary_ctxt_switches"])
    return found


def _fields(path: Path) -> dict[str, int]:
    """The numbers of a file of lines `Name: 123 kB`."""
    fields = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        number = value.split()[0] if value.split() else ""
        if number.isdigit():
            fields[name] = int(number)
    return fields
