"""`scripts/fuzz MINUTES`: every reader of foreign input, in turn, and a table of what came of it."""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings

from genred.errors import GenredError
from tests.fuzz.targets import Target, targets

ROUND_EXAMPLES = 100
MAX_SHOWN = 3


@dataclass
class Outcome:
    """What came of one target."""

    executions: int = 0
    refusals: int = 0
    slowest_s: float = 0.0
    slowest: object = None
    crashes: dict[str, object] = field(default_factory=dict)


def main() -> int:
    """Fuzzes.

    Returns:
        0 where nothing but `GenredError` was raised.
    """
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("seed", type=int, nargs="?", default=int(time.time()))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"seed {options.seed}", flush=True)
    outcomes = [(target, Outcome()) for target in targets()]
    ends_at = time.monotonic() + 60 * options.minutes
    number = options.seed
    while time.monotonic() < ends_at:
        number += 1
        for target, outcome in outcomes:
            if time.monotonic() < ends_at:
                _round(target, outcome, number)
    return _report(outcomes)


def _round(target: Target, outcome: Outcome, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=ROUND_EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs)
    def run(value: object) -> None:
        begun = time.process_time()
        try:
            target.read(value)
        except GenredError:
            outcome.refusals += 1
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome.crashes.setdefault(f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})", value)
        outcome.executions += 1
        spent_s = time.process_time() - begun
        if spent_s > outcome.slowest_s:
            outcome.slowest_s, outcome.slowest = spent_s, value

    run()


def _report(outcomes: list[tuple[Target, Outcome]]) -> int:
    print(f"\n{'reader':<38}{'executions':>11}{'refused':>9}{'crashes':>9}{'slowest ms':>12}")
    for target, outcome in outcomes:
        print(
            f"{target.name[:37]:<38}{outcome.executions:>11}{outcome.refusals:>9}{len(outcome.crashes):>9}"
            f"{1_000 * outcome.slowest_s:>12.1f}"
        )
    crashes = sum(len(outcome.crashes) for _, outcome in outcomes)
    slowest, its = max(outcomes, key=lambda pair: pair[1].slowest_s)
    print(f"\nexecutions: {sum(outcome.executions for _, outcome in outcomes)}; crashes: {crashes}")
    print(f"slowest: {slowest.name}, {1_000 * its.slowest_s:.0f} ms, for {_shown(its.slowest)}")
    for target, outcome in outcomes:
        for fault, value in list(outcome.crashes.items())[:MAX_SHOWN]:
            print(f"{target.name}: {fault}\n    of {_shown(value)}")
    return 1 if crashes else 0


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text)} characters)"


if __name__ == "__main__":
    sys.exit(main())
