"""`genred init`: the wizard that asks, tests and writes a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.setup import wizard

if TYPE_CHECKING:
    import argparse

    from genred.exit_codes import ExitCode


def run(options: argparse.Namespace) -> ExitCode:
    """Runs the wizard in the terminal."""
    return wizard.run(options.config)
