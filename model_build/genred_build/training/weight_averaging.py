"""Weight averaging: one student from several trainings that began with the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred_build.training.distill import distill, distillation_key
from genred_build.training.fingerprint import is_of
from genred_build.training.weights import blend_weights, knows_no_word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from genred_build.spec.distillation import Distillation
    from genred_build.training.augmented_batches import AugmentedBatches
    from genred_build.training.distill import TrainingStep


def train_averaged(
    recipes: Sequence[Distillation],
    batches: Sequence[AugmentedBatches],
    folder: Path,
    *,
    start: Path | None,
    say: Callable[[str], None],
) -> Path:
    """Trains each run that is not finished yet and gives the mean of their weights.

    A run is finished when its result is there and was made by this recipe, of these files and from this start.

    Args:
        recipes: The runs.
        batches: Of each run.
        folder: Each run gets `run-NUMBER` in it, the mean `blended.npz`.
        start: What all start from, and what the mean is filled up with; from scratch without.
        say: Told of the progress, a line each.
    """
    shares: list[tuple[Path, float]] = []
    for number, (one, own_batches) in enumerate(zip(recipes, batches, strict=True)):
        run = folder / f"run-{number}"
        shares.append((run / "student.npz", one.blend))
        if not is_of(shares[-1][0], distillation_key(one, own_batches, start)):

            def progress(step: TrainingStep, _model: object, number: int = number) -> None:
                say(f"run {number}, step {step.step}: loss {step.loss:.4f}, {step.seconds:.0f} s")

            distill(one, own_batches, run, start=start, progress=progress)
    total = sum(share for _, share in shares)
    if start is None:
        shares = [(path, share / total) for path, share in shares]
    else:
        shares.append((start, 1 - total))
    blend_weights(shares, folder / "blended.npz")
    return folder / "blended.npz"


def describe_runs(recipes: Sequence[Distillation], start: Path | None) -> str:
    """Says in a line how the weights came about."""
    steps = " and ".join(str(one.steps) for one in recipes)
    left = 1 - sum(one.blend for one in recipes)
    rest = f", {left:.0%} of it the starting weights" if start is not None and left > 0.001 else ""
    mean = f"; the result is the mean of the runs' weights{rest}" if len(recipes) > 1 or rest else ""
    if start is None:
        return f"trained from scratch in {len(recipes)} run(s) of {steps} steps{mean}"
    if knows_no_word(start):
        known = "that knew what a tagger hears in music of other kinds, but no word and no file of these"
        return f"trained in {len(recipes)} run(s) of {steps} steps from weights {known}{mean}"
    known = "that had been trained on some of the same files"
    return f"fine-tuned in {len(recipes)} run(s) of {steps} steps from weights {known}{mean}"
