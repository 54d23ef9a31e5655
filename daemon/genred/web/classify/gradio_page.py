"""The page as Gradio makes it. Gradio is imported when it is made, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import escape

from genred.errors import SourceError
from genred.reports.palette import DARK_PAGE
from genred.web.classify.examples import write_examples
from genred.web.classify.job import Visits, classify_upload
from genred.web.classify.job_process import MEL_SPECTROGRAM, WAVEFORM, JobProgress
from genred.web.classify.models import model_choices
from genred.web.classify.timeline_strip import PLAY_FROM, clock, note_html, timeline_html
from genred.web.pages import PAGES, STATIONS_PAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.applications import Starlette

    from genred.classification.summary import Classification

JOBS_AT_ONCE = 2
"""Songs that are classified at the same time; the stations need cores, too."""

MAX_WAITING = 20
"""Songs that wait for their turn; who comes later is told that it is full."""

_SWEEP_S, _KEPT_S = 300, 3_600
"""Uploads are deleted after an hour, so that a song can be played meanwhile."""

_NAME_WHAT_IS_EMPTY = """
() => {
  const mend = () => {
    for (const one of document.querySelectorAll("div.empty[aria-label]:not([role])")) one.setAttribute("role", "img");
  };
  mend();
  new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
}
"""
"""Gradio names an empty output without saying what it is, which screen readers then leave out."""

_FONTS = ("Inter", "ui-sans-serif", "system-ui", "sans-serif")


def import_gradio() -> Any:
    """Imports Gradio, told to speak to nobody.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    import gradio  # noqa: PLC0415 - 130 MB and four seconds, for those who open the page

    return gradio


def mount_page(app: Starlette, path: str, folder: Path, upload_at_most: int, *, control: bool) -> list[Path]:
    """Makes the page and mounts it; its lifespan becomes the application's. Gives the examples' files.

    Args:
        app: Has nothing else.
        path: Where.
        folder: For uploads and pictures; whoever removes it removes all of them.
        upload_at_most: Bytes of a file.
        control: Whether the page of stations is among those that it leads to.
    """
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    gradio = import_gradio()
    theme = gradio.themes.Base(
        font=list(_FONTS), font_mono=["ui-monospace", "monospace"], primary_hue="neutral", neutral_hue="neutral",
        radius_size="lg",
    ).set(body_background_fill="#ffffff", body_background_fill_dark=DARK_PAGE)  # fmt: skip
    examples = write_examples(folder)
    gradio.mount_gradio_app(
        app,
        _make_blocks(gradio, _header(path, control=control), examples),
        path,
        footer_links=["api"],
        run_history=False,
        max_file_size=upload_at_most,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        theme=theme,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    return examples


def _make_blocks(gradio: Any, header: str, examples: list[Path]) -> Any:
    choices = [list(choice) for choice in model_choices()]
    with gradio.Blocks(
        title="Classify · genred", analytics_enabled=False, delete_cache=(_SWEEP_S, _KEPT_S), fill_width=True
    ) as blocks:
        gradio.HTML(header, elem_id="genred-bar")
        gradio.HTML(
            "<h1>Classify a song</h1><p>Shows the genres of a song, when they change, and the confidence. "
            "Accepts any format, including videos.</p>",
            elem_id="genred-title",
        )
        with gradio.Row(elem_id="genred-columns"):
            with gradio.Column(scale=2, min_width=320):
                with gradio.Tabs():
                    with gradio.Tab("File"):
                        file = gradio.File(label="Song", height=180, elem_id="genred-file")
                    with gradio.Tab("Microphone"):
                        recording = gradio.Audio(
                            sources=["microphone"], type="filepath", label="Recording", editable=False, buttons=[]
                        )
                model = gradio.Radio(choices=choices, value=choices[0][1], label="Model", elem_id="genred-model")
                with gradio.Row():
                    clear = gradio.Button("Clear")
                    submit = gradio.Button("Submit", variant="primary")
                gradio.Examples(
                    examples=[[str(path)] for path in examples],
                    inputs=[file],
                    label="Examples synthesised by genred",
                    example_labels=[path.stem for path in examples],
                    api_visibility="private",
                )
            with gradio.Column(scale=3, min_width=320):
                label = gradio.Label(label="Prediction", elem_id="genred-prediction")
                seconds = gradio.Textbox(label="Prediction time", interactive=False)
        timeline = gradio.HTML(label="Timeline", js_on_load=PLAY_FROM, elem_id="genred-timeline")
        waveform = _picture(gradio, "Waveform")
        mel = _picture(gradio, "MelSpectrogram")
        with gradio.Accordion("As JSON", open=False):
            result = gradio.JSON(show_label=False, label="Result")
        outputs = [label, seconds, waveform, mel, timeline, result]

        told, visits = gradio.Progress(), Visits()
        # Who calls a function directly passes Gradio's queue by.
        room = asyncio.Semaphore(JOBS_AT_ONCE)

        async def classify(
            file: str | None, model: str, request: Any, progress: Any = told
        ) -> AsyncGenerator[list[Any], None]:
            work = _Work(visits, request.session_hash or "", room, progress)
            async with aclosing(_answers(gradio, file, model, work)) as answers:
                async for answer in answers:
                    yield answer

        async def classify_either(
            file: str | None, recording: str | None, model: str, request: Any, progress: Any = told
        ) -> AsyncGenerator[list[Any], None]:
            async with aclosing(classify(file or recording, model, request, progress)) as answers:
                async for answer in answers:
                    yield answer

        def leave(request: Any) -> None:
            visits.end(request.session_hash or "")

        for function in (classify, classify_either, leave):
            # By which Gradio knows where to give the request; it reads none where one of them has no meaning to it.
            function.__annotations__ = {"request": gradio.Request}
        blocks.unload(leave)
        blocks.load(None, js=_NAME_WHAT_IS_EMPTY, api_visibility="private")
        shared = {"outputs": outputs, "concurrency_limit": JOBS_AT_ONCE, "concurrency_id": "classify"}
        running = submit.click(
            classify_either, [file, recording, model], show_progress_on=[label], api_visibility="private", **shared
        )
        # What the API calls takes one file.
        gradio.Button(visible=False).click(
            classify, [file, model], api_name="classify", api_description="Classifies a song.", **shared
        )
        clear.click(
            lambda: [None, None, None, "", None, None, "", None],
            outputs=[file, recording, *outputs],
            cancels=[running],
            queue=False,
            api_visibility="private",
        )
        blocks.queue(max_size=MAX_WAITING, default_concurrency_limit=JOBS_AT_ONCE, api_open=True)
    return blocks


@dataclass(frozen=True, slots=True)
class _Work:
    visits: Visits
    visit: str
    room: asyncio.Semaphore
    progress: Any


async def _answers(gradio: Any, file: str | None, model: str, work: _Work) -> AsyncGenerator[list[Any], None]:
    """What the outputs show, once: a job's progress is shown over them."""
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
    done = clock(message.done_s)
    if message.duration_s:
        share = min(1.0, message.done_s / message.duration_s)
        progress(share, desc=f"{done} of {clock(message.duration_s)}")
    else:
        progress(0.0, desc=f"{done} of audio")


def _outputs(result: Classification, took_s: float, pictures: Path, file: str) -> list[Any]:
    shares = {label: result.shares.get(label, 0.0) for label in (*result.shares, *result.mean)}
    return [
        shares,
        f"{took_s:.2f} s for {clock(result.seconds)} of audio, {result.windows} windows",
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


def _picture(gradio: Any, name: str) -> Any:
    """A picture with its name in it."""
    return gradio.Image(
        label=name,
        show_label=False,
        alt_text=name,
        format="png",
        type="filepath",
        interactive=False,
        buttons=["download", "fullscreen"],
        elem_classes=["genred-picture"],
    )


def _header(path: str, *, control: bool) -> str:
    """The navigation of all pages, by addresses that hold behind every reverse proxy."""
    pages = (*PAGES, STATIONS_PAGE) if control else PAGES
    links = "".join(
        f'<a href="..{address}"{" aria-current=page" if address == path else ""}>{name}</a>' for address, name in pages
    )
    return (
        '<header><a class="brand" href="../"><img src="../static/icon.svg" alt="" width="24" height="24">genred</a>'
        f'<nav aria-label="Pages">{links}</nav></header>'
    )
