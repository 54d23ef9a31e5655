"""Where a listener of a live HLS programme stands, so that nothing is heard twice, and what is left out is known.

A media playlist is a window that moves. Its numbers tell what follows, as long as the server keeps them: encoders begin
anew, other servers take over with other numbers, and caches give a window that is some refreshes old.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.sources.stream.hls_playlist import ByteRange, MediaPlaylist, Segment

LIVE_SEGMENTS = 3
"""So many segments before the end a listener of a live playlist begins, RFC 8216 section 6.3.3."""

RESUME_S = 30.0
"""After a break, what of the playlist was not heard yet is still played when it is no longer than this. Otherwise the
listener begins near the end again: what is on air now counts for more than what was."""

MAX_AGE_S = 60.0
"""A playlist that ends before the listener's place may be an old copy from a cache, but none that is older than this,
or than its segments are kept."""

_COMPARED = 20
"""So many of the segments that two playlists have in common are compared."""

_SAME_TIME_S = 0.5
"""Two encoders of one programme cut it at slightly different times."""

_KEPT = 100
"""So many of a playlist's newest segments are kept for that."""


@dataclass(frozen=True, slots=True)
class NewSegments:
    """What of a playlist is to be played.

    Attributes:
        segments: In order; often none.
        lost_s: Seconds of audio that fell out of the window before.
    """

    segments: tuple[Segment, ...] = ()
    lost_s: float = 0.0


class HlsPosition:
    """Follows the playlists of one programme, over refreshes and sessions."""

    def __init__(self) -> None:
        self._following: int | None = None
        self._last: Segment | None = None
        self._known: dict[int, Segment] = {}
        self._known_s = 0.0
        self._known_at = 0.0
        self._live = False
        self._begins = True

    def begin_session(self) -> None:
        """A session begins: a finished programme is played from its beginning again, a live one goes on."""
        self._begins = True

    def find_new(self, playlist: MediaPlaylist, now: float) -> NewSegments:
        """Finds what follows in a playlist.

        Args:
            playlist: As just loaded.
            now: Monotonic time.
        """
        if not playlist.segments:
            return NewSegments()
        begins, self._begins = self._begins, False
        if self._following is None or (begins and playlist.ended and not self._live):
            start, lost_s, self._live = _beginning(playlist), 0.0, False
        elif self._is_renumbered(playlist, self._following, now, begins=begins):
            start, lost_s = self._behind_last(playlist) or _beginning(playlist), 0.0
        elif playlist.segments[-1].number + 1 < self._following:
            return NewSegments()
        else:
            start, lost_s = _go_on(playlist, self._following, begins=begins)
        self._live = self._live or not playlist.ended
        self._following = start
        self._known = {segment.number: segment for segment in playlist.segments[-_KEPT:]}
        self._known_s = _seconds(playlist.segments, playlist.target_s)
        self._known_at = now
        return NewSegments(playlist.segments[start - playlist.segments[0].number :], lost_s)

    def pass_over(self, segment: Segment) -> None:
        """A segment was played, or given up."""
        self._following, self._last = segment.number + 1, segment

    def _is_renumbered(self, playlist: MediaPlaylist, following: int, now: float, *, begins: bool) -> bool:
        """Whether numbers name other segments than before."""
        segments = playlist.segments
        first, last = segments[0].number, segments[-1].number
        elapsed_s, mean_s = now - self._known_at, _mean_s(playlist)
        shared = list(islice((one for one in reversed(segments) if one.number in self._known), _COMPARED))
        has_other_names = bool(shared) and not any(_has_same_name(one, self._known[one.number]) for one in shared)
        if last + 1 >= following:
            # Names may have been made up anew with the same numbers, unless one of them is where it cannot be.
            moved = has_other_names and (self._behind_last(playlist) is not None or (begins and last + 1 == following))
            # More cannot have been made in the time since then.
            return moved or (first - following) * mean_s > elapsed_s + self._known_s + 2 * playlist.target_s
        if has_other_names:
            return True
        age_s = (following - 1 - last) * mean_s + (elapsed_s if begins else 0.0)
        return age_s > min(self._known_s, MAX_AGE_S) + playlist.target_s

    def _behind_last(self, playlist: MediaPlaylist) -> int | None:
        """The number behind what was heard last, where a playlist with other numbers names it or tells its time."""
        last, segments = self._last, playlist.segments
        if last is None:
            return None
        alike = [one for one in segments if _place(one) == _place(last)]
        if not alike and last.part.byte_range is None:
            name = _name(last)
            alike = [one for one in segments if _name(one) == name]
        # An address that is named again and again tells nothing.
        if len(alike) == 1:
            return alike[0].number + 1
        if last.at_s is None or segments[0].at_s is None or segments[0].at_s > last.at_s:
            return None
        return max(one.number for one in segments if one.at_s is not None and one.at_s <= last.at_s + _SAME_TIME_S) + 1


def _beginning(playlist: MediaPlaylist) -> int:
    segments = playlist.segments if playlist.ended else playlist.segments[-LIVE_SEGMENTS:]
    return segments[0].number


def _go_on(playlist: MediaPlaylist, following: int, *, begins: bool) -> tuple[int, float]:
    """The number to go on with, and the seconds that are missing before it."""
    first = playlist.segments[0].number
    start = max(first, following)
    if not begins:
        return start, (start - following) * _mean_s(playlist)
    # What is left out belongs to the break between the sessions.
    if not playlist.ended and _seconds(playlist.segments[start - first :], playlist.target_s) > RESUME_S:
        start = max(start, _beginning(playlist))
    return start, 0.0


def _seconds(segments: Sequence[Segment], target_s: float) -> float:
    return sum(segment.duration_s or target_s for segment in segments)


def _mean_s(playlist: MediaPlaylist) -> float:
    return _seconds(playlist.segments, playlist.target_s) / len(playlist.segments)


def _place(segment: Segment) -> tuple[str, ByteRange | None]:
    return segment.part.address, segment.part.byte_range


def _name(segment: Segment) -> str:
    """The name of the file alone: folders and queries hold tokens that change with each refresh."""
    return segment.part.address.partition("?")[0].rpartition("/")[2]


def _has_same_name(one: Segment, other: Segment) -> bool:
    return _place(one) == _place(other) or _name(one) == _name(other)
