"""`genred devices`: the soundcards that can capture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from genred.exit_codes import ExitCode
from genred.sources.soundcard import list_devices
from genred.terminal_text import fitted

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> ExitCode:
    """Lists the devices.

    Raises:
        SourceError: PortAudio is not there or does not answer.
    """
    devices = list_devices()
    if options.json:
        for device in devices:
            print(msgspec.json.encode(device).decode())
        return ExitCode.OK
    if not devices:
        message = "No soundcard can capture. Is one plugged in? `arecord -l` shows what ALSA sees."
        print(fitted(message, sys.stderr, indent=0), file=sys.stderr)
        return ExitCode.OK
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("index", "name", "host", "channels", "default rate", "rates"):
        table.add_column(heading, overflow="fold")
    for device in devices:
        rates = ", ".join(f"{rate:,}" for rate in device.rates_hz)
        table.add_row(
            str(device.index),
            device.name,
            device.host_api,
            str(device.channels),
            f"{device.default_rate_hz:,} Hz",
            rates,
        )
    Console().print(table)
    hint = "Use a name, part of one, or an index: `genred listen soundcard:NAME`, or `source: soundcard:NAME`."
    print(f"\n{fitted(hint, sys.stdout, indent=0)}")
    return ExitCode.OK
