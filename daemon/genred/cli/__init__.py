"""The command line: one module a command, and the parser that knows them all."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; see `genred.cli.main.main`.

    Nothing is imported before Ctrl-C is seen to: Python's own answer to it is a traceback. `_signal` is built in, while
    `signal` and `typing` take as long to import as some people need to press it.
    """
    if arguments is None:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        from genred.cli.signals import interrupts_end_at_once

        interrupts_end_at_once()
    from genred.cli.main import main as run

    return run(arguments)


__all__ = ["main"]
