"""The sound of an entry, cut out of the recordings for browsers to play."""

from __future__ import annotations

import logging
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from genred.airplay.errors import AirplayError
from genred.airplay.moments import MomentError
from genred.recording.clip import ClipSpan, recorded_files
from genred.recording.index import find_parts
from genred.reports.collect import common_zone
from genred.time_zones import machine_zone
from genred.web.faults import NoClipError, refused
from genred.web.log import RowBudget, opened
from genred.web.openapi import PREFIX
from genred.web.queries import read_clip_span
from genred.web.query_values import QueryError
from genred.web.turns import BusyError, OneAtATime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from genred.airplay.recording_rows import RecordingMark, RecordingRow
    from genred.recording.index import FilePart

_LOGGER = logging.getLogger(__name__)

MAX_CLIP_S = 300.0
"""Of one clip; a page that plays on asks for the next."""

MAX_KEPT = 6
MAX_KEPT_BYTES = 96 << 20
"""Of the newest clips, which a browser asks for range by range."""

_MAX_FILES = 1_000
"""Recordings in one entry; a source that broke off so often has one a second."""

_SUFFIXES = {"mp3": ".mp3", "aac": ".m4a", "opus": ".ogg", "vorbis": ".ogg", "flac": ".flac"}
_MEDIA_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".flac": "audio/flac"}

_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What is to be cut.

    Attributes:
        key: Of the same clip always the same.
        parts: Of the recordings, all of one codec.
        suffix: Of the new file.
        span: What is in it.
        zone: Of its times.
    """

    key: tuple[object, ...]
    parts: tuple[FilePart, ...]
    suffix: str
    span: ClipSpan
    zone: tzinfo

    @property
    def file_name(self) -> str:
        """What a browser calls it."""
        return f"{self.span.station}-{self.span.since.astimezone(self.zone):%Y-%m-%dT%H-%M-%S}{self.suffix}"


@dataclass(slots=True)
class _Clip:
    path: Path
    size_bytes: int
    readers: int = 0


class Clips:
    """The newest clips, in a folder of their own that goes with the process."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: OrderedDict[tuple[object, ...], _Clip] = OrderedDict()
        self._count = 0
        self._turns = OneAtATime()

    async def answer(self, plan: ClipPlan) -> Response:
        """Cuts a clip, where it is not there yet, and sends it.

        Raises:
            BusyError: Too many are asked for.
            NoClipError: It cannot be cut.
        """
        clip = self._found(plan)
        if clip is None:
            clip = await self._turns.run(lambda: self._found(plan) or self._cut(plan))
            self._kept[plan.key] = clip
        self._kept.move_to_end(plan.key)
        self._drop(plan.key)
        return _ClipResponse(clip, plan)

    def _found(self, plan: ClipPlan) -> _Clip | None:
        """The clip, unless whoever cleans temporary files has taken it."""
        clip = self._kept.get(plan.key)
        return clip if clip is not None and clip.path.is_file() else None

    def _cut(self, plan: ClipPlan) -> _Clip:
        from genred.recording.cut import CutError, cut  # noqa: PLC0415 - loads the codecs, which most pages need not

        if self._folder is None or not Path(self._folder.name).is_dir():
            self._folder = tempfile.TemporaryDirectory(prefix="genred-clips-")
        self._count += 1
        path = Path(self._folder.name) / f"{self._count}{plan.suffix}"
        try:
            cut(plan.parts, path, plan.span.tags(plan.zone), sync=False)
        except CutError as error:
            _LOGGER.info("a clip of %s cannot be cut: %s", plan.span.station, error)
            raise NoClipError("the recording of that time has been deleted or cannot be read") from error
        except OSError as error:
            raise BusyError(f"a clip cannot be written: {error.strerror}") from error
        return _Clip(path, path.stat().st_size)

    def _drop(self, newest: tuple[object, ...]) -> None:
        for key, clip in list(self._kept.items()):
            total = sum(one.size_bytes for one in self._kept.values())
            if len(self._kept) <= MAX_KEPT and total <= MAX_KEPT_BYTES:
                return
            if key != newest and not clip.readers:
                del self._kept[key]
                clip.path.unlink(missing_ok=True)


class _ClipResponse(FileResponse):
    """Keeps a clip until it is sent."""

    def __init__(self, clip: _Clip, plan: ClipPlan) -> None:
        super().__init__(
            clip.path,
            media_type=_MEDIA_TYPES[plan.suffix],
            filename=plan.file_name,
            content_disposition_type="inline",
            headers={"cache-control": "private, max-age=600"},
        )
        self._clip = clip
        clip.readers += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._clip.readers -= 1


async def clip(request: Request) -> Response:
    """The sound of an entry, from `offset` seconds on."""
    state = request.app.state
    try:
        offset_s, seconds = read_clip_span(request.query_params, MAX_CLIP_S)
        number = _number(request.path_params["entry"])
        plan = await run_in_threadpool(_plan, state.log_path, number, offset_s, seconds)
        answer: Response = await state.clips.answer(plan)
    except (AirplayError, NoClipError, BusyError, MomentError) as error:
        return refused(error)
    return answer


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise NoClipError("an entry is identified by its number in the log")
    return int(text)


def _plan(path: Path | None, number: int, offset_s: float, seconds: float) -> ClipPlan:
    with opened(path) as log:
        entry = log.entry(number)
        if entry is None:
            raise NoClipError(f"there is no entry {number} in the log")
        since = entry.started_at + timedelta(seconds=min(offset_s, entry.seconds))
        until = min(entry.ended_at, since + timedelta(seconds=seconds))
        if until <= since:
            raise QueryError(f"entry {number} is shorter than that")
        (station,) = log.stations([f"{entry.node}/{entry.station}"])
        recordings = list(RowBudget(_MAX_FILES).of(log.recordings(station, since, until)))
    codec, alike = _of_one_codec(recordings, since, until)
    if not alike:
        raise NoClipError("nothing was recorded at that time")
    if codec not in _SUFFIXES:
        raise NoClipError(f"browsers cannot play {codec}; genred airplay --clip writes it to a file")
    title = entry.song or entry.title or f"{entry.announcement} on {station.name}"
    return ClipPlan(
        (number, entry.started_at, since, until),
        tuple(find_parts(recorded_files(alike), since, until)),
        _SUFFIXES[codec],
        ClipSpan(station.node, station.station, station.name, since, until, title, entry.artist),
        common_zone([station], machine_zone()),
    )


def may_hold(recording: RecordingRow, since: datetime) -> bool:
    """Whether a recording may have sound from a moment on.

    How far one reaches that grows, or whose writer was killed, is known roughly only.
    """
    return recording.ended_at > since or not recording.complete


def _of_one_codec(
    recordings: Sequence[tuple[RecordingRow, tuple[RecordingMark, ...]]], since: datetime, until: datetime
) -> tuple[str, list[tuple[RecordingRow, tuple[RecordingMark, ...]]]]:
    """The recordings that hold a time, as far as they are of the first one's codec."""
    holding = [one for one in recordings if one[0].started_at < until and may_hold(one[0], since)]
    first = holding[0][0] if holding else None
    if first is None:
        return "", []
    form = (first.codec, first.rate_hz, first.channels)
    alike = []
    for one in holding:
        if (one[0].codec, one[0].rate_hz, one[0].channels) != form:
            break
        alike.append(one)
    return first.codec, alike


ROUTES = [Route(f"{PREFIX}/clips/{{entry}}", clip)]
