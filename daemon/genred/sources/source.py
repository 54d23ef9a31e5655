"""What every source is to the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from genred.audio import AudioBlock, SkippedAudio, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.sources.tap import Tap


@dataclass(frozen=True, slots=True)
class Title:
    """What the stream says is playing; duplicates never come this far.

    Attributes:
        text: As announced, without control characters; empty when the stream says that there is no title any more.
        artist: Split off where the usual ` - ` is unambiguous, else None.
        song: Likewise.
    """

    text: str
    artist: str | None = None
    song: str | None = None


@dataclass(slots=True)
class Meter:
    """What a source counts while it runs, over all its sessions. Written by the session's thread, read by any.

    It goes wherever audio comes from, and so it leads there, too.

    Attributes:
        received_bytes: Of the network, the file or the pipe; of a soundcard's samples as captured.
        corrupt_packets: Skipped because they could not be decoded.
        overflows: Times that a device or its queue lost samples.
        tap: Takes the audio as it comes, where it is recorded. Set before the first session.
        measures_loudness: Whether blocks are to come with their loudness. Likewise.
    """

    received_bytes: int = 0
    corrupt_packets: int = 0
    overflows: int = 0
    tap: Tap | None = None
    measures_loudness: bool = False


SourceItem = AudioBlock | SkippedAudio | Title | SourceInfo


class Source(Protocol):
    """An origin of audio that can be opened again and again, one session after the other.

    Attributes:
        label: For people and logs; passwords masked.
        live: Whether audio that is not read in time is lost (soundcards, streams, pipes). The reader of a source
            that is not live (a file read as fast as possible) applies back-pressure and drops nothing.
        endless: Whether an end of the audio is a fault to recover from. A file without loop simply ends.
        patience_s: Seconds that one call may take before only a fresh process helps: for a soundcard, whose driver may
            hang in a call that nobody can end. None for all others. They wait in calls that end when they are
            interrupted, so a server that keeps them waiting would do so again.
        own_thread: Whether a session may hang in a call that nobody can end (a driver, a disk on the network), and must
            have a thread to hang in. Where not, all its waits are those of `genred.engine`.
        contiguous: Whether audio that comes late is all there (a stream, a pipe), or what did not come in time is lost.
        meter: What it counts.
    """

    label: str
    live: bool
    endless: bool
    own_thread: bool
    contiguous: bool
    meter: Meter

    @property
    def patience_s(self) -> float | None:
        """See above."""

    def session(self) -> Iterator[SourceItem]:
        """Opens the source and yields what comes, blocking while nothing does, until the audio ends.

        Closing the generator releases everything that was opened.

        Raises:
            SourceError: It cannot be opened, or broke off, or stalled.
        """

    def interrupt(self) -> None:
        """Makes a blocked `session` in another thread end soon. Safe to call at any time, from any thread."""
