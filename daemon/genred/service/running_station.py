"""A station as the supervisor sees it, wherever it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from genred.config.schema import RetryConfig
    from genred.errors import SourceError


class RunningStation(Protocol):
    """What a `Station` of this process and one of a shard have in common; see `Station` for each member."""

    @property
    def id(self) -> str:
        """Its key in the configuration."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Of its model, in the bundle's order."""

    @property
    def model(self) -> str:
        """Name of the model bundle."""

    @property
    def source_label(self) -> str:
        """Where its audio comes from, for people; passwords masked."""

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""

    @property
    def finished(self) -> bool:
        """Whether its source ended or failed for good."""

    @property
    def failure(self) -> SourceError | None:
        """Why it failed for good, once it did."""

    def start(self) -> None:
        """Starts it; one that is not enabled waits until it is."""

    def set_enabled(self, enabled: bool) -> None:
        """Switches it on or off, and publishes that."""

    def reset(self) -> None:
        """Lets it forget what it has received."""

    def set_retry(self, retry: RetryConfig) -> None:
        """Changes how its source is opened again."""

    def wedged(self) -> bool:
        """Says whether its source hangs so that only a fresh process can help."""

    def idle_s(self) -> float:
        """Seconds since it last showed life."""

    def request_stop(self) -> None:
        """Asks it to end, without waiting."""

    def await_release(self, ends_at: float) -> None:
        """Waits until its source is released, or until a monotonic time."""

    def await_end(self, ends_at: float) -> bool:
        """Waits until it has ended, or until a monotonic time. False when it had to be left behind."""
