"""Classifies an upload in a process of its own, within a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING

import msgspec

from genred.errors import SourceError
from genred.printable import printable
from genred.web.classify.job_process import JobEnd, JobProgress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from genred.classification.summary import Classification

_LOGGER = logging.getLogger(__name__)

WITHIN_S = 900.0
"""Three hours take a Raspberry Pi 5 a few minutes."""

_MAX_LINE_BYTES = 16 << 20
"""A timeline of a day of changes is far smaller."""

_DECODER = msgspec.json.Decoder(JobProgress | JobEnd)


async def classify_upload(
    file: Path, model: str, folder: Path, within_s: float = WITHIN_S
) -> AsyncGenerator[JobProgress | Classification, None]:
    """Classifies a file; close the generator to end early.

    Args:
        file: Uploaded.
        model: A shipped model's name.
        folder: For the pictures.
        within_s: It is given up after so long.

    Yields:
        How far it is, and at last the classification.

    Raises:
        SourceError: It cannot be read, or takes too long.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "genred.web.classify.job_process", model, str(file), str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_MAX_LINE_BYTES,
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        until_s = asyncio.get_running_loop().time() + within_s
        while True:
            async with asyncio.timeout_at(until_s):
                line = await process.stdout.readline()
            if not line:
                _LOGGER.warning("the process that classified an upload ended with %s", await process.wait())
                raise SourceError(f"{_name(file)}: broke the decoder")
            message = _DECODER.decode(line)
            if isinstance(message, JobProgress):
                yield message
                continue
            if message.result is None:
                raise SourceError(message.error.replace(str(file), _name(file)))
            yield msgspec.structs.replace(message.result, path=_name(file), path_b64=None)
            return
    except TimeoutError:
        minutes = round(within_s / 60)
        raise SourceError(f"{_name(file)}: was given up after {minutes} minutes; cut it into parts") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _name(file: Path) -> str:
    return printable(file.name)
