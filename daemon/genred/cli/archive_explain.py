"""`genred archive --explain`: one recording as a picture: how it sounds, and what is heard in it when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genred.errors import GenredError
from genred.exit_codes import ExitCode
from genred.printable import printable
from genred.whole_file import output_file

if TYPE_CHECKING:
    import argparse


def explain(options: argparse.Namespace) -> ExitCode:
    """Draws waveform, mel spectrogram, probabilities over time and entries, one above the other.

    Raises:
        SourceError: The recording cannot be read.
        BundleError: The model does not fit.
        GenredError: The picture cannot be written.
    """
    # Found missing before the work, not after it.
    import PIL  # noqa: F401

    from genred.analysis.bundle import load_bundle
    from genred.classification.file import FileClassifier
    from genred.pictures.explanation import DrawnEntry, draw_explanation
    from genred.pictures.gathering import PictureColumns
    from genred.pictures.probabilities import ProbabilityColumns
    from genred.reports.palette import GENRES, STATE_COLOURS, marks

    bundle = load_bundle(options.model)
    columns, probabilities = PictureColumns(), ProbabilityColumns(bundle.card.labels)
    path: Path = options.explain
    result = FileClassifier(bundle).classify(path, tap=columns.add, witness=probabilities)
    folder = options.out or Path()
    target = folder / f"{path.stem}.png"
    entries = [DrawnEntry(entry.start_s, entry.end_s, entry.word, entry.confidence) for entry in result.timeline]
    known = {**GENRES, **STATE_COLOURS}
    colours = {word: known[mark.slot].light for word, mark in marks(bundle.card.labels).items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with output_file(target) as stream:
            draw_explanation(columns, probabilities, entries, colours).save(stream, "PNG")
    except OSError as error:
        raise GenredError(f"{printable(str(target))}: cannot be written: {error.strerror or error}") from error
    print(f"wrote {printable(str(target))}")
    return ExitCode.OK
