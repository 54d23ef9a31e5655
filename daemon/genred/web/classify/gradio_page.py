"""The page as Gradio makes it. Gradio is imported when it is made, and nowhere else."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from genred.reports.palette import DARK_PAGE
from genred.web.classify.examples import write_examples
from genred.web.classify.gradio_outputs import Work, classified
from genred.web.classify.job import Visits
from genred.web.classify.models import model_choices
from genred.web.classify.timeline_strip import PLAY_FROM
from genred.web.pages import PAGES, STATIONS_PAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from starlette.applications import Starlette


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
            work = Work(visits, request.session_hash or "", room, progress)
            async with aclosing(classified(gradio, file, model, work)) as answers:
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
