"""An evaluation in a few lines, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred_build.evaluation.evaluate import EvaluationResult
    from genred_build.evaluation.metrics import Figure


def summary_line(result: EvaluationResult) -> list[str]:
    """Gives one line a test set and unit: accuracy, balanced accuracy and macro-F1, with intervals and counts."""
    lines = []
    for scores in (result.test, *result.others):
        leak = ", LEAKY" if result.leaky and scores is result.test else ""
        for unit, of_unit in (("windows", scores.windows), ("clips", scores.clips)):
            untested = f"; not tested: {', '.join(of_unit.untested)}" if of_unit.untested else ""
            lines.append(
                f"judged    {scores.what}{leak}, {of_unit.accuracy.count} {unit}: "
                f"accuracy {percent(of_unit.accuracy)}, balanced {percent(of_unit.balanced_accuracy)}, "
                f"macro-F1 {of_unit.macro_f1:.3f}{untested}"
            )
    return lines


def percent(figure: Figure) -> str:
    """As in `91.2 % (88.0 to 93.9)`."""
    return f"{figure.value:.1%} ({figure.low * 100:.1f} to {figure.high * 100:.1f})".replace("%", " %", 1)
