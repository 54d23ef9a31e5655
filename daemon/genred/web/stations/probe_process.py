"""The process that tries a source: what a stream does to a decoder, it does to no page.

`python -m genred.web.stations.probe_process` reads a JSON object `{"source": …, "model": …}` from standard
input, so that no list of processes shows a password in it, and prints a `CheckStep` a line.
"""

from __future__ import annotations

import os
import resource
import sys

import msgspec

_MEMORY_BYTES = 1_500_000_000
_NICENESS = 10
"""Stations go first, where they are analysed by the same machine."""


class ProbeRequest(msgspec.Struct, frozen=True):
    """What is to be tried.

    Attributes:
        source: As in the configuration.
        model: Name or path of the bundle.
    """

    source: str
    model: str


def main() -> int:
    """Tries a source."""
    os.nice(_NICENESS)
    # For numpy, which is loaded after this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    from genred.config.source_text import parse_source  # noqa: PLC0415
    from genred.setup.source_check import check_source  # noqa: PLC0415

    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=ProbeRequest)
    for step in check_source(parse_source(asked.source), asked.model):
        sys.stdout.buffer.write(msgspec.json.encode(step) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A source that hangs has a thread that would hang the interpreter's end.
    os._exit(code)
