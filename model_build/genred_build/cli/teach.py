"""`python -m genred_build.student`: rebuilds the shipped student."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from genred.errors import GenredError
from genred_build.cli.training_options import training_options
from genred_build.spec.distillation import load_distillations


def main() -> int:
    """Runs the build and gives its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m genred_build.student", description="Rebuild the student.", parents=[training_options()]
    )
    parser.add_argument("--folds", type=Path, metavar="JSON", help="folds-report.json, for the card and its smoothing")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="caches, checkpoints, student-report.json"
    )
    parser.add_argument("--bundle", type=Path, metavar="PATH", help="default: student in the folder of --out")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow takes seconds to import; `--help` need not wait.
    from genred_build.evaluation.card_figures import figure_line
    from genred_build.evaluation.smoothing import stability_line
    from genred_build.steps.cross_validation import read_cross_validation
    from genred_build.steps.student import build_student
    from genred_build.training.training_set import TrainingInputs

    try:
        inputs = TrainingInputs.of(options)
        bundle, report = build_student(
            inputs,
            load_distillations(options.distillation),
            options.out,
            options.bundle or options.out / "student",
            say=print,
            folded=read_cross_validation(options.folds) if options.folds else None,
        )
    except GenredError as error:
        sys.stderr.write(f"genred_build.student: {error}\n")
        return 1
    for figure in report.evaluations:
        print(figure_line(figure))
    for row in report.programmes:
        print(stability_line(row))
    print(f"{bundle.path}: {len(bundle.tflite) / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
