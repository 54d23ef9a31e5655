"""Tries a source before it is written down, in a process of its own and within a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING

import msgspec

from genred.errors import GenredError
from genred.setup.step import CheckStep
from genred.web.stations.payloads import SoundcardChoice
from genred.web.stations.probe_process import ProbeRequest
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN_S = 60.0
"""Twenty-five for a stream to open, eight to listen, and a cold machine's time to load the network."""

_MAX_OUTPUT_BYTES = 65_536


class Probe:
    """Tries one source at a time."""

    def __init__(self, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._busy = False

    async def try_source(self, source: str, model: str) -> list[CheckStep]:
        """Opens a source and listens to it.

        Args:
            source: As in the configuration.
            model: Which says what it sounds like.

        Raises:
            BusyError: Another one is being tried.
            GenredError: The process that tries it broke.
        """
        text = msgspec.json.encode(ProbeRequest(source, model))
        try:
            output = await self._run(["-m", "genred.web.stations.probe_process"], text)
        except TimeoutError:
            return [CheckStep("open", ok=False, text=f"no result within {self._within_s:.0f} s")]
        steps = [msgspec.json.decode(line, type=CheckStep) for line in output.splitlines()]
        if not steps:
            raise GenredError("the process that tests sources failed; the log of genred web may say why")
        return steps

    async def soundcards(self) -> list[SoundcardChoice]:
        """Lists what can capture here; nothing where there is no library for it.

        Raises:
            BusyError: Another one is being tried.
        """
        try:
            output = await self._run(["-m", "genred", "devices", "--json"], b"")
        except TimeoutError:
            return []
        return [msgspec.json.decode(line, type=SoundcardChoice) for line in output.splitlines()]

    async def _run(self, arguments: Sequence[str], text: bytes) -> bytes:
        if self._busy:
            raise BusyError("another source is being tested; try again in a moment")
        self._busy = True
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
            try:
                async with asyncio.timeout(self._within_s):
                    output, _ = await process.communicate(text)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        finally:
            self._busy = False
        return output[:_MAX_OUTPUT_BYTES]
