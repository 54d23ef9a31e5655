"""A dense layer in int8 whose roundings make up for each other on what the layer typically reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INT8_MOST = 127
_PASSES = 6


@dataclass(frozen=True, slots=True)
class RoundedLayer:
    """An int8 layer.

    Attributes:
        kernel: (inputs, outputs), int8.
        scales: (outputs,) of one step of the kernel.
        bias: (outputs,) that makes up for what the rounded kernel gives too much on the average.
    """

    kernel: NDArray[np.int8]
    scales: NDArray[np.float64]
    bias: NDArray[np.float64]


def round_layer(kernel: NDArray[np.floating], bias: NDArray[np.floating], read: NDArray[np.floating]) -> RoundedLayer:
    """Rounds a layer so that its outputs, rather than its weights, change least.

    Each weight in turn goes up or down to the step at which the outputs' mean squared change is least, given how the
    others are rounded by now (coordinate descent on the layer-wise objective of Nagel et al., "Up or Down? Adaptive
    Rounding for Post-Training Quantization", ICML 2020).

    Args:
        kernel: (inputs, outputs).
        bias: (outputs,).
        read: (rows, inputs) that the layer typically reads.
    """
    weights = np.asarray(kernel, np.float64)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _INT8_MOST
    rows = np.asarray(read, np.float64)
    mean, products = rows.mean(axis=0), rows.T @ rows / len(rows)
    spread = products - np.outer(mean, mean)
    least, most = np.floor(weights / scales), np.ceil(weights / scales)
    steps = np.rint(weights / scales)
    excess = steps * scales - weights
    for _ in range(_PASSES):
        changed = False
        for index in np.flatnonzero(np.diag(spread) > 1e-12):
            wanted = steps[index] - np.rint(spread[index] @ excess / (spread[index, index] * scales))
            wanted = np.clip(wanted, least[index], most[index])
            changed |= bool((wanted != steps[index]).any())
            steps[index] = wanted
            excess[index] = wanted * scales - weights[index]
        if not changed:
            break
    return RoundedLayer(steps.astype(np.int8), scales, np.asarray(bias, np.float64) - mean @ excess)
