"""What `scripts/bench --instructions` counts: an analyzer that takes a fixed signal, its network replaced by a table.

Run by `tests.bench.instructions`; waits for a line on standard input before each part that is counted.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from genred.analysis.bundle import load_bundle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.model_card import ModelCard, TensorSpec

BLOCK_SAMPLES = 4_608
"""As a stream's blocks come: eight MP3 frames of 44.1 kHz at half the rate."""

STEP_SAMPLES = 43 * 512
WINDOW_SAMPLES = 110_250
WARM_WINDOWS = 3
"""First windows fill caches and load what numpy loads late."""


class _TableInterpreter:
    """Stands in for LiteRT's, whose kernels are chosen by the processor: answers from a table, in no time."""

    def __init__(self, card: ModelCard) -> None:
        self._specs = (card.input, card.output)
        rows = np.random.default_rng(1).integers(-40, 40, (16, *card.output.shape))
        self._rows = rows.astype(_dtype(card.output))
        self._turn = 0

    def allocate_tensors(self) -> None: ...

    def get_input_details(self) -> list[dict[str, Any]]:
        return [_details(self._specs[0])]

    def get_output_details(self) -> list[dict[str, Any]]:
        return [_details(self._specs[1])]

    def set_tensor(self, _index: int, values: NDArray[Any]) -> None:
        assert values.shape == self._specs[0].shape

    def invoke(self) -> None:
        self._turn = (self._turn + 1) % len(self._rows)

    def get_tensor(self, _index: int) -> NDArray[Any]:
        return np.asarray(self._rows[self._turn])


def _dtype(spec: TensorSpec) -> type[np.generic]:
    return np.int8 if spec.dtype == "int8" else np.float32


def _details(spec: TensorSpec) -> dict[str, Any]:
    return {
        "index": 0,
        "shape": np.array(spec.shape),
        "dtype": _dtype(spec),
        "quantization": (spec.scale, spec.zero_point),
    }


def signal(windows: int) -> NDArray[np.float32]:
    """Gives a fixed signal of so many windows, (n,) float32: a chord that rises, and noise."""
    size = WINDOW_SAMPLES + (windows - 1) * STEP_SAMPLES
    seconds = np.arange(size) / 22_050
    tones = sum(np.sin(2 * np.pi * (base + 40 * seconds) * seconds) for base in (110, 220, 331, 440))
    noise = np.random.default_rng(0).standard_normal(size)
    return np.asarray(0.1 * tones + 0.02 * noise, np.float32)


def main() -> None:
    """Pushes `WARM_WINDOWS`, and then so many windows as each line of standard input asks for."""
    bundle = load_bundle("default")
    module = ModuleType("ai_edge_litert.interpreter")
    module.Interpreter = lambda **_: _TableInterpreter(bundle.card)  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    from genred.analysis.analyzer import Analyzer

    analyzer = Analyzer(bundle)
    parts = [int(argument) for argument in sys.argv[1:]]
    samples = signal(WARM_WINDOWS + sum(parts))
    start = 0
    for windows in [WARM_WINDOWS, *parts]:
        end = (WINDOW_SAMPLES if start == 0 else start + STEP_SAMPLES) + (windows - 1) * STEP_SAMPLES
        blocks = [samples[first : min(first + BLOCK_SAMPLES, end)] for first in range(start, end, BLOCK_SAMPLES)]
        estimates = sum(len(analyzer.push(block)) for block in blocks)
        assert estimates == windows, f"{estimates} windows where {windows} were pushed"
        start = end
        print("pushed", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
