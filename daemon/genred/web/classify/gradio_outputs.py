"""What the page's outputs show of a song: how far it is classified, then the result."""

from __future__ import annotations

import tempfile
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import escape

from genred.duration_text import clock_text
from genred.errors import SourceError
from genred.web.classify.job import Visits, classify_upload
from genred.web.classify.job_process import MEL_SPECTROGRAM, WAVEFORM, JobProgress
from genred.web.classify.timeline_strip import note_html, timeline_html

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator

    from genred.classification.summary import Classification


@dataclass(frozen=True, slots=True)
class Work:
    """What goes with a song.

    Attributes:
        visits: All that are open.
        visit: Id of the one that the song belongs to.
        room: Taken while it is classified.
        progress: Gradio's.
    """

    visits: Visits
    visit: str
    room: asyncio.Semaphore
    progress: Any


async def classified(gradio: Any, file: str | None, model: str, work: Work) -> AsyncGenerator[list[Any], None]:
    """Classifies a song and yields what the outputs show, once: a job's progress is shown over them.

    Raises:
        gradio.Error: There is no song, or it cannot be read.
    """
    if not file:
        raise gradio.Error("Choose a song first.", title="No song", print_exception=False)
    with tempfile.TemporaryDirectory(prefix="genred-pictures-") as pictures:
        job = classify_upload(Path(file), model, Path(pictures), visits=work.visits, visit=work.visit)
        try:
            async with work.room, aclosing(job) as messages:
                started_s = time.monotonic()
                async for message in messages:
                    if isinstance(message, JobProgress):
                        _show(work.progress, message)
                    else:
                        yield _outputs(message, time.monotonic() - started_s, Path(pictures), file)
        except SourceError as error:
            text = str(escape(str(error)))
            raise gradio.Error(text, duration=None, title="Not classified", print_exception=False) from None


def _show(progress: Any, message: JobProgress) -> None:
    done = clock_text(message.done_s)
    if message.duration_s:
        share = min(1.0, message.done_s / message.duration_s)
        progress(share, desc=f"{done} of {clock_text(message.duration_s)}")
    else:
        progress(0.0, desc=f"{done} of audio")


def _outputs(result: Classification, took_s: float, pictures: Path, file: str) -> list[Any]:
    shares = {label: result.shares.get(label, 0.0) for label in (*result.shares, *result.mean)}
    return [
        shares,
        f"{took_s:.2f} s for {clock_text(result.seconds)} of audio, {result.windows_text}",
        str(pictures / WAVEFORM),
        str(pictures / MEL_SPECTROGRAM),
        note_html(_note(result)) + timeline_html(result, f"gradio_api/file={quote(file)}"),
        _as_json(result),
    ]


def _as_json(result: Classification) -> dict[str, Any]:
    """Without its path, which Gradio's clients would take for that of a file to download."""
    fields: dict[str, Any] = msgspec.to_builtins(result)
    del fields["path"]
    return fields


def _note(result: Classification) -> str:
    if set(result.shares) == {"silence"}:
        return "The file contains no sound, so there is nothing to classify."
    if result.windows == 1:
        return (
            "The file is shorter than a five-second window and was repeated to fill one. The result is less reliable."
        )
    return "" if result.medium is None or not result.medium.note else result.medium.note
