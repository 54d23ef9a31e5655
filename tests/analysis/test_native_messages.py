"""LiteRT's own line is nobody's business, and every other line on standard error is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import os, sys, threading
from genred.analysis.bundle import load_bundle
from genred.analysis.classifier import Classifier

bundle = load_bundle(sys.argv[1])
stopping = threading.Event()

def write(name):
    count = 0
    while not stopping.is_set() or count < 200:
        count += 1
        os.write(2, f"{name} {count}\\n".encode())
        stopping.wait(0.0005)
    os.write(1, f"{name} {count}\\n".encode())

threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
for thread in threads:
    thread.start()
for _ in range(20):
    Classifier(bundle)
stopping.set()
for thread in threads:
    thread.join()
"""


def test_no_line_of_another_thread_is_lost_while_classifiers_are_made(tiny_model_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tiny_model_path)], capture_output=True, text=True, check=True, timeout=120
    )
    written = dict(line.split() for line in result.stdout.splitlines())
    lines = [line.split() for line in result.stderr.splitlines()]
    for name, count in written.items():
        assert [int(number) for who, number in lines if who == name] == list(range(1, int(count) + 1))
    assert {who for who, _ in lines} == {"one", "two"}
