"""How many bytes a second a source gives, over the last seconds."""

from __future__ import annotations

from collections import deque

SAMPLE_EVERY_S = 0.5
OVER_S = 5.0
"""What the rate is taken over."""


class Traffic:
    """A rate from a counter that is looked at now and then."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=32)

    def update(self, now: float, received_bytes: int) -> None:
        """Takes the counter's present value.

        Args:
            now: Monotonic time.
            received_bytes: Never less than before.
        """
        samples = self._samples
        if not samples or now - samples[-1][0] >= SAMPLE_EVERY_S:
            samples.append((now, received_bytes))
        while len(samples) > 2 and now - samples[0][0] > OVER_S:
            samples.popleft()

    @property
    def bytes_per_s(self) -> float:
        """The rate; 0 while there is too little to tell."""
        if len(self._samples) < 2:
            return 0.0
        (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_at - first_at)
