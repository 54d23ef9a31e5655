"""A finished network learns words of a user's own: from a folder of a few clips to a bundle in minutes.

What the network hears stays as it is, and so do the columns of the words that it has; a column for each new word is
fitted beside them. The clips that a word is judged on are of an artist that it was not fitted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.bundle import load_bundle
from genred.analysis.model_card import Evaluation
from genred_build.data.datasets import open_dataset
from genred_build.data.extract import extract_dataset
from genred_build.export.bundle_files import write_derived
from genred_build.export.heard_words import write_heard_words
from genred_build.export.last_layer import rounding_figures, with_last_layer
from genred_build.spec.workspace import Workspace, save
from genred_build.steps.new_words import BESIDE, NewWords, WordResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.model_card import Quantization


class ExtensionReport(msgspec.Struct, frozen=True, kw_only=True):
    """OUT/extension.json.

    Attributes:
        old_words_lost: Share of each old word's windows, as they are remembered, that a new word takes away.
        skipped: Files that could not be used, and why.
        without_artist: Clips of which no manifest says who plays them.
    """

    words: tuple[WordResult, ...]
    old_words_lost: dict[str, float]
    skipped: dict[str, str]
    without_artist: int = 0
    size_bytes: int


def extend(
    model: str,
    dataset: Path,
    workspace: Workspace,
    path: Path,
    *,
    manifest: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> tuple[ModelBundle, ExtensionReport]:
    """Adds a folder's words to a bundle.

    Args:
        model: A shipped model's name or a bundle's path; it stays as it is.
        dataset: A folder for each word; folders of words that the model has are counterexamples.
        workspace: For the cache and `extension.json`.
        path: Of the new bundle, without an ending or with .json.
        manifest: As for `open_dataset`: who plays what.
        workers: Processes.
        progress: As for `extract_dataset`.

    Raises:
        BuildError: No new word, too few clips of one, or a model that cannot be extended; `BundleError` for a model
            that cannot be read.
    """
    base = load_bundle(model)
    spec = base.card.front_end
    features = extract_dataset(
        open_dataset(dataset, manifest, least_labels=1),
        spec,
        workspace.features_folder(spec),
        workers=workers,
        progress=progress,
    )
    material = NewWords.of(base, features)
    results, lost = material.judge()
    words = material.fit(np.ones(len(material.truth), bool))
    layer = material.layer_with(words)
    tflite = with_last_layer(base.tflite, layer, material.heard, patches=base.card.patches)
    quantization = rounding_figures(base.card.quantization, layer, tflite, material.heard, material.truth)
    new = tuple(material.labels[len(base.card.labels) :])
    bundle = _write(base, path, tflite, new, results=results, quantization=quantization)
    heard = material.remembered.joined(new, material.means_of_new())
    write_heard_words(bundle.path.with_suffix(BESIDE), heard)
    report = ExtensionReport(
        words=results,
        old_words_lost=lost,
        skipped=material.skipped,
        without_artist=sum(1 for clip in features.clips if not clip.error and not clip.artist),
        size_bytes=len(bundle.tflite),
    )
    save(report, workspace.root / "extension.json")
    return bundle, report


def result_lines(report: ExtensionReport) -> list[str]:
    """Gives the figures as a terminal shows them."""
    lines = []
    for one in report.words:
        called = ", ".join(f"{count} {word}" for word, count in one.called.items())
        tail = f"; the others were called {called}" if called else ""
        lines.append(
            f"{one.word}: {one.right} of {one.clips} clips right when their artist was left out "
            f"({one.low:.0%} to {one.high:.0%}, {one.artists} artist{'' if one.artists == 1 else 's'}){tail}"
        )
    if report.without_artist:
        clips = "1 clip has" if report.without_artist == 1 else f"{report.without_artist} clips have"
        lines.append(
            f"{clips} no artist in a manifest.csv; such a clip counts as one by an artist of its own, so where "
            "several are by the same artist, these figures are too good"
        )
    lost = ", ".join(f"{word} {share:.0%}" for word, share in report.old_words_lost.items() if share >= 0.005)
    lines.append(
        f"windows of existing labels that go to the new ones, by stored statistics: {lost or 'under 0.5 % of each'}; "
        "expect several times as many of real songs, and add folders of the existing labels that are close"
    )
    return lines + [f"skipped: {name}: {why}" for name, why in report.skipped.items()]


def _write(
    base: ModelBundle,
    path: Path,
    tflite: bytes,
    new: tuple[str, ...],
    *,
    results: tuple[WordResult, ...],
    quantization: Quantization,
) -> ModelBundle:
    card = base.card
    evaluations = tuple(
        Evaluation(
            "artist (left out one by one)", False, "clip", f"recall of {one.word}", round(one.right / one.clips, 4),
            one.low, one.high, one.clips, f"{one.artists} artists, fitted anew without each",
        )
        for one in results
        if one.clips
    )  # fmt: skip
    note = (
        f"{card.name} with the words {', '.join(new)} added: what the network hears, and what the other words are "
        f"among themselves, is {card.name}'s; the confidence and the smoothing were fitted without the new words; "
        "its int8 form is compared with the fitted layer on the windows that it was fitted on"
    )
    return write_derived(
        base,
        path,
        tflite,
        description=f"{card.name} with {len(new)} word(s) more: {', '.join(new)}",
        labels=(*card.labels, *new),
        logit_offsets=(*(card.logit_offsets or (0.0,) * len(card.labels)), *(0.0,) * len(new)),
        evaluations=evaluations,
        quantization=quantization,
        training=msgspec.structs.replace(card.training, notes=(note, *card.training.notes)),
    )
