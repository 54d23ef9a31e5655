"""An int8 layer gives what the real one gives, on what it reads."""

from __future__ import annotations

import numpy as np

from genred_build.export.rounding import round_layer


def test_outputs_change_less_than_by_rounding_each_weight_to_its_nearest_step() -> None:
    random = np.random.default_rng(1)
    kernel, bias = random.normal(0, 1, (64, 5)), random.normal(0, 1, 5)
    # As after a ReLU: nothing is negative, and much of it goes together.
    read = np.maximum(random.normal(0, 1, (2_000, 8)) @ random.normal(0, 1, (8, 64)), 0)
    rounded = round_layer(kernel, bias, read)
    exact = read @ kernel + bias
    nearest = np.rint(kernel / rounded.scales) * rounded.scales
    change = read @ (rounded.kernel * rounded.scales) + rounded.bias - exact
    assert np.abs(change.mean(axis=0)).max() < 1e-9
    assert np.sqrt((change**2).mean()) < 0.5 * np.sqrt(((read @ nearest + bias - exact) ** 2).mean())
    assert np.abs(rounded.kernel - kernel / rounded.scales).max() < 1.0


def test_a_layer_on_the_grid_and_one_that_reads_nothing_stay_as_they_are() -> None:
    steps = np.random.default_rng(2).integers(-127, 128, (6, 3))
    steps[0] = 127
    for read in (np.zeros((4, 6)), np.random.default_rng(3).normal(0, 1, (40, 6))):
        rounded = round_layer(steps * 0.01, np.ones(3), read)
        assert (rounded.kernel == steps).all()
        assert np.abs(rounded.bias - 1).max() < 1e-9
