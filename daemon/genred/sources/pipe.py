"""Raw PCM on standard input, as in `rtl_fm … | genred listen -`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.pcm import PcmFormat, read_pcm
from genred.sources.source import Meter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import PipeSource
    from genred.sources.source import SourceItem


class StandardInput:
    """Reads this process's standard input. It ends for good when the writer ends.

    Args:
        config: How the bytes are to be read.

    Attributes:
        label: `standard input`.
    """

    live = True
    endless = False
    patience_s = None
    own_thread = True

    def __init__(self, config: PipeSource) -> None:
        self._format = PcmFormat(config.format, config.rate_hz, config.channels)
        self.label = "standard input"
        self.meter = Meter()
        self._interrupted = Flag()

    def session(self) -> Iterator[SourceItem]:
        """Yields what is written to standard input, until its end.

        Raises:
            SourceError: Standard input is a terminal, or closed, or gave no whole sample.
        """
        self._interrupted.clear()
        try:
            descriptor = sys.stdin.fileno()
        except (AttributeError, ValueError, OSError) as error:
            message = "standard input: is closed; pipe raw PCM into it"
            raise SourceError(message, permanent=True, cause=Cause.CLOSED) from error
        if sys.stdin.isatty():
            raise SourceError(
                "standard input: is a terminal; pipe raw PCM into it, as in "
                "`rtl_fm -M wbfm -f 100M -r 32000 | genred listen - --rate 32000`",
                permanent=True,
                cause=Cause.TERMINAL,
            )
        has_audio = False
        for item in read_pcm(descriptor, self._format, self.label, self.meter, self._interrupted, stall_timeout_s=None):
            has_audio = True
            yield item
        if not has_audio and not self._interrupted.is_set():
            raise SourceError("standard input: ended before any audio came", permanent=True, cause=Cause.EMPTY)

    def interrupt(self) -> None:
        """Ends the session within a quarter of a second."""
        self._interrupted.set()
