"""Whether networks run, with the analyses that are wanted of them: here, or in a process that ends with its memory.

LiteRT takes tens of megabytes of the process that loads it, which one whose stations run in others need not have. That
process reads the uses from its standard input as MessagePack, and answers with the faults as JSON.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.config.schema import AnalysisConfig
from genred.errors import GenredError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND = (sys.executable, "-P", "-m", "genred.setup.network_check")

_ANSWER_WITHIN_S = 120.0
"""A small board imports everything from a slow card."""

Use = tuple[str, AnalysisConfig]
"""A model by name or path, and what a station wants of it."""


def try_networks(uses: Sequence[Use]) -> list[str | None]:
    """Tries each use. Gives what is wrong with each, None where nothing is."""
    return [_try_network(*use) for use in uses]


def try_networks_apart(uses: Sequence[Use], command: Sequence[str] = COMMAND) -> list[str | None]:
    """Tries each use in another process.

    Args:
        uses: As `try_networks` takes them.
        command: What that process is; for tests.
    """
    try:
        ended = subprocess.run(
            command, input=msgspec.msgpack.encode(uses), stdout=subprocess.PIPE, timeout=_ANSWER_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"cannot be tested: {error}"] * len(uses)
    if ended.returncode:
        return [f"cannot be tested: the test process exited with {ended.returncode}"] * len(uses)
    faults: list[str | None] = msgspec.json.decode(ended.stdout, type=list[str | None])
    return faults


def _try_network(model: str, analysis: AnalysisConfig) -> str | None:
    try:
        Analyzer(load_bundle(model), analysis)
    except GenredError as error:
        return str(error)
    return None


if __name__ == "__main__":
    found = try_networks(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Use]))
    sys.stdout.buffer.write(msgspec.json.encode(found))
