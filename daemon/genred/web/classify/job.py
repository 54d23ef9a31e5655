"""Classifies an upload in a process of its own, within a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from genred.errors import SourceError
from genred.printable import printable
from genred.web.classify.job_process import JobEnd, JobProgress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from genred.classification.summary import Classification

_LOGGER = logging.getLogger(__name__)

WITHIN_S = 900.0
"""Three hours take a Raspberry Pi 5 a few minutes."""

_MAX_LINE_BYTES = 16 << 20
"""A timeline of a day of changes is far smaller."""

_DECODER = msgspec.json.Decoder(JobProgress | JobEnd)


class Visits:
    """The processes that work for each visit of the page, so that they end with it."""

    def __init__(self) -> None:
        self._processes: defaultdict[str, set[asyncio.subprocess.Process]] = defaultdict(set)

    @contextlib.contextmanager
    def working_for(self, visit: str, process: asyncio.subprocess.Process) -> Iterator[None]:
        """Keeps a process in mind while it works."""
        self._processes[visit].add(process)
        try:
            yield
        finally:
            self._processes[visit].discard(process)
            if not self._processes[visit]:
                del self._processes[visit]

    def end(self, visit: str) -> None:
        """Ends what works for a visit that is over."""
        for process in self._processes.get(visit, ()):
            with contextlib.suppress(ProcessLookupError):
                process.kill()


async def classify_upload(
    file: Path, model: str, folder: Path, *, visits: Visits, visit: str = "", within_s: float = WITHIN_S
) -> AsyncGenerator[JobProgress | Classification, None]:
    """Classifies a file; close the generator to end early.

    Args:
        file: Uploaded.
        model: A shipped model's name.
        folder: For the pictures.
        visits: Of the page.
        visit: For which it is done.
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
    until_s = asyncio.get_running_loop().time() + within_s
    try:
        with visits.working_for(visit, process):
            while True:
                async with asyncio.timeout_at(until_s):
                    line = await process.stdout.readline()
                if not line:
                    _LOGGER.info("the process that classified an upload ended with %s", await process.wait())
                    raise SourceError(f"{_name(file)}: the decoder failed, or the visitor has left")
                message = _DECODER.decode(line)
                if isinstance(message, JobEnd):
                    yield _result(message, file)
                    return
                yield message
    except TimeoutError:
        minutes = round(within_s / 60)
        raise SourceError(
            f"{_name(file)}: took more than {minutes} minutes and was stopped; split it into parts"
        ) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _result(end: JobEnd, file: Path) -> Classification:
    if end.result is None:
        raise SourceError(end.error.replace(str(file), _name(file)))
    return msgspec.structs.replace(end.result, path=_name(file), path_b64=None)


def _name(file: Path) -> str:
    return printable(file.name)
