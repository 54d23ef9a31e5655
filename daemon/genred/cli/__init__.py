"""The command line: one module a command, and the parser that knows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; see `genred.cli.main.main`. Nothing is imported before Ctrl-C is seen to."""
    from genred.cli.signals import interrupts_end_at_once

    if arguments is None:
        interrupts_end_at_once()
    from genred.cli.main import main as run

    return run(arguments)


__all__ = ["main"]
