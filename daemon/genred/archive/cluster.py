"""Recordings read by a Dask cluster: its scheduler finds workers, and gives the work of one that is lost to another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

import msgspec
from distributed import Client, KilledWorker, WorkerPlugin, get_worker, wait

import genred
from genred.archive.readers import MAX_TRIES, set_aside
from genred.archive.reading import Reading, ReadingError, ReadTask, RecordingReader
from genred.errors import GenredError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from genred.analysis.bundle import ModelBundle
    from genred.archive.readers import Outcome

_CONNECT_S = 30.0
_LOOK_S = 5.0
"""So often is looked whether workers have come."""

_PLUGIN = "genred-model"


class ReadReply(msgspec.Struct, frozen=True):
    """What a worker gives back: one of both."""

    reading: Reading | None = None
    error: ReadingError | None = None


class ModelPlugin(WorkerPlugin):
    """Gives the network to each worker, to those that come later too.

    Args:
        bundle: The model.
    """

    name = _PLUGIN

    def __init__(self, bundle: ModelBundle) -> None:
        self._bundle = bundle
        self._version = genred.__version__

    def setup(self, worker: Any) -> None:
        """See `WorkerPlugin.setup`.

        Raises:
            GenredError: The worker has another genred.
            BundleError: The network does not fit its card.
        """
        if self._version != genred.__version__:
            raise GenredError(f"{worker.address}: has genred {genred.__version__}, and {self._version} gives the work")
        self._turn = threading.Lock()
        self._reader = RecordingReader(self._bundle)

    def read(self, task: ReadTask) -> Outcome:
        """Reads one recording, one at a time."""
        with self._turn:
            return self._reader.read(task)


def read_in_worker(task: bytes) -> bytes:
    """Reads one recording in a worker with a `ModelPlugin`: a `ReadTask` to a `ReadReply`, as MessagePack."""
    plugin: Any = get_worker().plugins[_PLUGIN]
    outcome: Outcome = plugin.read(msgspec.msgpack.decode(task, type=ReadTask))
    reply = ReadReply(reading=outcome) if isinstance(outcome, Reading) else ReadReply(error=outcome)
    return msgspec.msgpack.encode(reply)


class ClusterReaders:
    """A Dask cluster: `dask scheduler`, and `genred archive-worker` on as many machines as there are.

    Args:
        address: Of the scheduler.
        bundle: The model.
        plugin: What reads in each worker.

    Raises:
        OutputError: There is no scheduler.
    """

    def __init__(self, address: str, bundle: ModelBundle, plugin: type[ModelPlugin] = ModelPlugin) -> None:
        self._address = address
        self._plugin = plugin(bundle)
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise OutputError(f"{address}: no Dask scheduler answers: {error}") from error

    def __enter__(self) -> Self:
        self._client.run_on_scheduler(_limit_tries, tries=MAX_TRIES)
        self._client.register_plugin(self._plugin, name=_PLUGIN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def read(self, tasks: Iterator[ReadTask]) -> Iterator[tuple[ReadTask, Outcome]]:
        """See `Readers.read`.

        There are never more recordings given than there are workers: of those that end with a worker, only the one that
        it was reading is to blame.

        Raises:
            GenredError: The scheduler has gone, or a worker has another genred.
        """
        given: dict[Any, ReadTask] = {}
        following = next(tasks, None)
        while following is not None or given:
            while following is not None and len(given) < max(1, sum(self._client.nthreads().values())):
                given[self._client.submit(read_in_worker, msgspec.msgpack.encode(following), pure=False)] = following
                following = next(tasks, None)
            try:
                with self._client.as_current():
                    done = wait(list(given), timeout=_LOOK_S, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in done:
                task = given.pop(future)
                yield task, self._outcome(task, future)

    def _outcome(self, task: ReadTask, future: Any) -> Outcome:
        if future.status == "finished":
            reply = msgspec.msgpack.decode(future.result(), type=ReadReply)
            if reply.reading is not None:
                return reply.reading
            if reply.error is not None:
                return reply.error
        fault = future.exception() if future.status == "error" else future.status
        if isinstance(fault, KilledWorker):
            return set_aside(task, "ended each time")
        raise GenredError(f"{self._address}: {fault}") from (fault if isinstance(fault, Exception) else None)


def _limit_tries(tries: int, dask_scheduler: Any) -> None:
    dask_scheduler.allowed_failures = tries - 1
