"""The commands that teach the default network: `genred-build student …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred_build.cli.progress import StepBar
from genred_build.errors import BuildError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from genred.analysis.model_card import Evaluation
    from genred_build.evaluation.smoothing import Stability
    from genred_build.training.distill import TrainingStep
    from genred_build.training.training_set import TrainingInputs


def embed(options: argparse.Namespace) -> None:
    """Keeps what musicnn hears in a corpus."""
    from genred_build.data.corpus_files import list_corpus, list_unlabelled
    from genred_build.teachers.embedding_store import embed_pass
    from genred_build.teachers.musicnn import NETWORKS, Musicnn

    files = [file for file in list_corpus(options.data) if not file.room]
    files += list_unlabelled(options.unlabelled) if options.unlabelled else ()
    network = Musicnn(options.musicnn, NETWORKS[0])
    for number in range(options.passes):
        embed_pass(files, network, options.store, number, progress=_shown(StepBar(f"pass {number + 1}")))


def unpack(options: argparse.Namespace) -> None:
    """Writes a finished student's weights as a start for training."""
    import numpy as np

    from genred.analysis.bundle import load_bundle
    from genred_build.data.audio import read_recording
    from genred_build.data.corpus import evaluation_patches, evaluation_windows, file_levels
    from genred_build.data.corpus_files import list_corpus
    from genred_build.export.unfold import unfold
    from genred_build.spec.labels import SPEECH

    music = [file for file in list_corpus(options.data) if not file.room and file.label != SPEECH]
    if not music:
        raise BuildError(f"{options.data}: contains no music, on which the batch norms could be measured")
    some = music[:: max(1, len(music) // _UNPACK_WINDOWS)]
    bundle = load_bundle(options.model)
    patches = bundle.card.patches
    levels = (file_levels(read_recording(file.path).samples) for file in some)
    read = [next(evaluation_windows(each) if patches is None else evaluation_patches(each, patches)) for each in levels]
    unfold(bundle.tflite, np.stack(read), options.to)


def explain(options: argparse.Namespace) -> None:
    """Says how much of what musicnn hears a student hears too."""
    from genred.analysis.bundle import load_bundle
    from genred_build.data.corpus_files import list_corpus
    from genred_build.steps.explain import explain as explain_files

    for what, found in explain_files(
        load_bundle(options.model), list_corpus(options.data), options.store, options.out, workers=options.workers
    ).items():
        print(
            f"{what}: R2 {found.explained:.3f} ({found.low:.3f} to {found.high:.3f}), {found.windows} windows of "
            f"{found.groups} artists"
        )


def pretrain(options: argparse.Namespace) -> None:
    """Trains on music without a genre."""
    from genred_build.spec.distillation import load_distillations
    from genred_build.training import pretrain as pretraining

    def show(step: TrainingStep, _model: object) -> None:
        _print_line(f"step {step.step}: loss {step.loss:.4f}, {step.seconds:.0f} s")

    recipe = load_distillations(options.distillation or pretraining.PRETRAINING)[0]
    pretraining.pretrain(options.unlabelled, options.embeddings, recipe, options.out, progress=show)


def cross_validate(options: argparse.Namespace) -> None:
    """Judges a recipe on folds."""
    from genred_build.spec.distillation import load_distillations
    from genred_build.spec.split_name import STUDENT_FOLDS
    from genred_build.steps import cross_validation

    report = cross_validation.cross_validate(
        _inputs(options),
        load_distillations(options.distillation),
        options.out,
        only=options.only or range(STUDENT_FOLDS),
        clean_only=options.clean_only,
        say=_print_line,
    )
    if report:
        _print_results(report.evaluations, report.tuned.programmes if report.tuned else ())


def teach(options: argparse.Namespace) -> None:
    """Builds the student."""
    from genred_build.spec.distillation import load_distillations
    from genred_build.steps.cross_validation import read_cross_validation
    from genred_build.steps.student import build_student

    bundle, report = build_student(
        _inputs(options),
        load_distillations(options.distillation),
        options.out,
        options.bundle or options.out / "student",
        say=_print_line,
        folded=read_cross_validation(options.folds) if options.folds else None,
    )
    _print_results(report.evaluations, report.programmes)
    print(f"{bundle.path}: {len(bundle.tflite) / 1024:.0f} KiB")


def refit(options: argparse.Namespace) -> None:
    """Fits a student's last layer and its confidence anew."""
    from genred.analysis.bundle import load_bundle
    from genred_build.data.corpus_files import list_corpus
    from genred_build.evaluation.smoothing import stability_line
    from genred_build.spec.refit import load_refit
    from genred_build.steps.refit import Refitting, report_lines
    from genred_build.steps.refit_material import read_material

    base, recipe = load_bundle(options.model), load_refit(options.recipe)
    bar = StepBar("hear")
    material = read_material(
        base,
        list_corpus(options.data),
        options.out / "heard",
        recipe,
        unheard_only=options.keep_layer,
        workers=options.workers,
        progress=lambda done, total: bar.show(done, total, "views of files"),
    )
    refitting = Refitting(base, material, recipe, options.out, _print_line, keep=options.keep_layer)
    bundle, report = refitting.run(options.bundle or options.out / "student")
    for line in report_lines(report):
        print(line)
    for row in report.tuned.programmes:
        print(stability_line(row))
    print(f"{bundle.path}: {len(bundle.tflite) / 1024:.0f} KiB")


def remember(options: argparse.Namespace) -> None:
    """Writes what a student hears in its words, for `genred-build extend`."""
    from genred.analysis.bundle import load_bundle
    from genred_build.data.corpus_files import list_corpus
    from genred_build.export.heard_words import SHIPPED, write_heard_words
    from genred_build.spec.refit import Refit
    from genred_build.steps.refit_material import heard_words_of, read_material

    base = load_bundle(options.model)
    files, recipe = list_corpus(options.data), Refit()
    material = read_material(base, files, options.out / "heard", recipe, unheard_only=True, workers=options.workers)
    write_heard_words(options.to or SHIPPED, heard_words_of(base, material))


def _inputs(options: argparse.Namespace) -> TrainingInputs:
    from genred_build.training.training_set import TrainingInputs

    return TrainingInputs(options.data, options.soft_labels, options.start, options.embeddings, options.unlabelled)


def _print_line(line: str) -> None:
    print(line, flush=True)


def _print_results(evaluations: Iterable[Evaluation], broadcasts: Iterable[Stability]) -> None:
    from genred_build.evaluation.card_figures import figure_line
    from genred_build.evaluation.smoothing import stability_line

    for figure in evaluations:
        print(figure_line(figure))
    for row in broadcasts:
        print(stability_line(row))


def _shown(bar: StepBar) -> Callable[[int, int], None]:
    return lambda done, total: bar.show(done, total, "")


_UNPACK_WINDOWS = 200


STUDENT_COMMANDS = {
    "embed": embed,
    "pretrain": pretrain,
    "cross-validate": cross_validate,
    "teach": teach,
    "refit": refit,
    "remember": remember,
    "explain": explain,
    "unpack": unpack,
}
