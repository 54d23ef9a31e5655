"""`python -m tests.archive.endurance FOLDER`: an archive of real recordings, undisturbed and disturbed in every way.

The recordings are linked under names of stations and times, each folder a station, one right after the other. Then they
are read: undisturbed; again; killed and gone on with ten times at random; by a Dask cluster of two workers with one
killed. All must come to the same rows, to the last one. Prints a table.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.archive.material import logged
from tests.cli.run_genred import COMMAND

APART = timedelta(seconds=30)
KILLS = 10


def main() -> int:
    """Runs all.

    Returns:
        0 if all rows are equal, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.archive.endurance", description=__doc__)
    parser.add_argument("folder", type=Path, help="recordings, at any depth")
    parser.add_argument("--work", type=Path, help="where to [a temporary folder]")
    parser.add_argument("--between-kills", type=float, default=20.0, metavar="S", help="seconds at most [20]")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth recording [1]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genred-endurance-") as folder:
        return _run(options.folder, options.work or Path(folder), options.between_kills, options.every)


def _run(recordings: Path, work: Path, between_kills_s: float, every: int) -> int:
    count = link_recordings(recordings, work / "in", every)
    print(f"{count} recordings", flush=True)
    undisturbed = work / "undisturbed"
    first = _timed("undisturbed", undisturbed, lambda: _archive(work, undisturbed))
    rows = fingerprint(undisturbed)
    _timed("the same again", undisturbed, lambda: _archive(work, undisturbed))
    again = fingerprint(undisturbed) == rows
    killed = work / "killed"
    _timed(f"killed {KILLS} times", killed, lambda: _killed(work, killed, min(between_kills_s, first / KILLS)))
    on_cluster = work / "cluster"
    _timed("two Dask workers, one killed", on_cluster, lambda: _on_cluster(work, on_cluster, first / 4))
    equal = {"again": again} | {out.name: fingerprint(out) == rows for out in (killed, on_cluster)}
    print(f"rows equal to the undisturbed run: {equal}; {rows[1]}")
    return 0 if all(equal.values()) else 1


def link_recordings(source: Path, target: Path, every: int) -> int:
    """Links each Nth recording under the names of a station and a time. Returns how many there are."""
    counts: Counter[str] = Counter()
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for path in sorted(source.rglob("*.opus"))[::every]:
        station = path.parent.name
        at = begin + counts[station] * APART
        link = target / station / f"{at:%Y%m%d-%H%M%S}{path.suffix}"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(path)
        counts[station] += 1
    return counts.total()


def fingerprint(out: Path) -> tuple[str, dict[str, int]]:
    """Gives a hash of all rows of the log and of all results, and how many there are."""
    rows = logged(out)
    with contextlib.closing(sqlite3.connect(out / "ledger.sqlite", isolation_level=None)) as connection:
        results = connection.execute(
            "SELECT path, files.digest, follower, seconds, body, windows FROM files "
            "JOIN results ON results.id = result ORDER BY path"
        ).fetchall()
    digest = hashlib.sha256(repr((rows, results)).encode()).hexdigest()
    return digest, {"rows of the log": len(rows), "results": len(results)}


def _timed(name: str, out: Path, work: object) -> float:
    started_at = time.monotonic()
    said = work()  # type: ignore[operator]
    seconds = time.monotonic() - started_at
    print(f"{name:30} {seconds:8.1f} s  {said}", flush=True)
    return seconds


def _command(work: Path, out: Path, *more: str) -> list[str]:
    return [*COMMAND, "archive", str(work / "in"), "--out", str(out), "--time-zone", "UTC", *more]


def _archive(work: Path, out: Path, *more: str) -> str:
    done = subprocess.run(_command(work, out, *more), capture_output=True, text=True, check=False)
    if done.returncode not in {0, 66}:
        raise SystemExit(done.stderr)
    return done.stdout.strip()


def _killed(work: Path, out: Path, at_most_s: float) -> str:
    rng = random.Random(5)
    for _ in range(KILLS):
        process = subprocess.Popen(_command(work, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(1.0, at_most_s))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return _archive(work, out)


def _on_cluster(work: Path, out: Path, kill_after_s: float) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    address_file = work / "scheduler.json"
    log = (work / "cluster.log").open("wb")

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    scheduler = start(
        *(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
        *("--no-dashboard", "--scheduler-file", str(address_file)),
    )
    while not address_file.exists():
        time.sleep(0.1)
    address = json.loads(address_file.read_text())["address"]
    workers = [start(*COMMAND, "archive-worker", address, "-j", "1") for _ in range(2)]
    try:
        run = subprocess.Popen(_command(work, out, "--scheduler", address), stdout=subprocess.PIPE, text=True)
        time.sleep(kill_after_s)
        for process in (*psutil.Process(workers[0].pid).children(recursive=True), workers[0]):
            process.send_signal(signal.SIGKILL)
        said, _ = run.communicate()
        return said.strip()
    finally:
        for each in (*workers, scheduler):
            each.terminate()
            each.wait()
        log.close()


if __name__ == "__main__":
    sys.exit(main())
