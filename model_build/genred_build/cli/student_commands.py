"""The commands that teach the default network: `embed`, `pretrain`, `cross-validate`, `teach`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from genred.analysis.model_card import Evaluation
    from genred_build.evaluation.smoothing import Stability
    from genred_build.training.distill import TrainingStep
    from genred_build.training.training_set import TrainingInputs


def embed(options: argparse.Namespace) -> None:
    """Writes the embeddings that musicnn has of a corpus."""
    from genred_build.data.corpus import list_corpus, list_unlabelled
    from genred_build.npz import write_npz
    from genred_build.teachers.musicnn import NETWORKS, Musicnn
    from genred_build.teachers.musicnn import embed as embed_files

    files = [file for file in list_corpus(options.data) if not file.room]
    files += list_unlabelled(options.unlabelled) if options.unlabelled else ()
    write_npz(options.out, embed_files(files, [Musicnn(options.musicnn, name) for name in NETWORKS]))


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
    from genred_build.steps import cross_validation

    report = cross_validation.cross_validate(
        _inputs(options),
        load_distillations(options.distillation),
        options.out,
        only=options.only or range(cross_validation.FOLDS),
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
