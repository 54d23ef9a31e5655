"""`genred archive-worker`: reads recordings for `genred archive --scheduler`, as a worker of a Dask cluster."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from genred.cli.signals import interrupted_by_sigterm
from genred.cli.usable_cores import usable_cores
from genred.errors import OutputError
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One core a process: libraries are not to start threads of their own."""


def run(options: argparse.Namespace) -> ExitCode:
    """Works until the scheduler ends or it is interrupted.

    Raises:
        OutputError: There is no scheduler.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    jobs = options.jobs or usable_cores()
    with interrupted_by_sigterm():
        try:
            asyncio.run(_work(options.scheduler, jobs))
        except (OSError, ValueError, TimeoutError) as error:
            raise OutputError(f"{options.scheduler}: no Dask scheduler answers: {error}") from error
    return ExitCode.OK


async def _work(scheduler: str, jobs: int) -> None:
    from distributed import Nanny

    async with contextlib.AsyncExitStack() as stack:
        nannies = [
            # What is read takes the same memory whatever its length; Dask would pause a worker by a guess.
            await stack.enter_async_context(Nanny(scheduler, nthreads=1, memory_limit=0, dashboard=False))
            for _ in range(jobs)
        ]
        print(f"{jobs} processes working for {scheduler}", flush=True)
        await asyncio.gather(*(nanny.finished() for nanny in nannies))
