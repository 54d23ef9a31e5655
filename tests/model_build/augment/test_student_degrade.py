from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred_build.augment.power import (
    BAND_HZ,
    BANDS,
    Material,
    band,
    compressed,
    degrade,
    in_room,
    measure_room,
    random_band,
    reverberated,
    white_noise_power,
    with_noise,
)
from genred_build.augment.recordings import telephone
from genred_build.data.corpus import file_levels
from genred_build.spec.distillation import Degradations

FRAMES = 216
ALWAYS = Degradations(degraded=1.0, room=1.0, noise=1.0, band_limit=1.0, equalizer=1.0, compressor=1.0)


def music(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    notes = np.repeat(rng.exponential(1.0, (FRAMES // 12, BANDS)), 12, axis=0)
    return (notes * np.exp(-np.arange(BANDS) / 30)).astype(np.float32)


@pytest.fixture(scope="module")
def material() -> Material:
    rng = np.random.default_rng(1)
    rooms = (measure_room(music(1) + np.float32(0.1), music(2)),)
    speech = tuple(rng.normal(-40, 15, (frames, BANDS)).astype(np.float16) for frames in (50, 400))
    return Material(rooms, speech, white_noise_power(3 * FRAMES, rng))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.sampled_from([108, FRAMES]))
def test_degraded_window_keeps_its_length_and_stays_finite_and_positive(
    seed: int, frames: int, material: Material
) -> None:
    power = music(seed)[:frames]
    before = power.copy()
    found = degrade(power, ALWAYS, material, np.random.default_rng(seed))
    assert found.shape == (frames, BANDS)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (found > 0).all()
    assert np.array_equal(power, before)


def test_window_is_left_alone_where_nothing_is_asked_for(material: Material) -> None:
    nothing = msgspec.structs.replace(ALWAYS, degraded=0.0)
    assert np.array_equal(degrade(music(), nothing, material, np.random.default_rng(0)), music())


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0])
@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_noise_has_the_power_that_was_asked_for(snr_db: float, slope: float, material: Material) -> None:
    power = music()
    added = with_noise(power, material.white, snr_db, slope, np.random.default_rng(0)) - power
    width = np.gradient(BAND_HZ)
    found_db = 10 * np.log10((power @ width).sum() / (added @ width).sum())
    assert found_db == pytest.approx(snr_db, abs=0.1)


def test_reverberation_fills_pauses_and_keeps_the_power() -> None:
    power = np.full((FRAMES, BANDS), 1e-6, np.float32)
    power[20:40] = 1.0
    wet = reverberated(power, 0.8, 0.0)
    assert wet[45].min() > 1e-3
    assert wet[200].max() < 1e-3
    assert wet.sum() == pytest.approx(power.sum(), rel=0.05)


def test_telephone_band_leaves_speech_and_takes_what_lies_outside() -> None:
    gain = band(300.0, 3_400.0)
    assert gain[(BAND_HZ > 350) & (BAND_HZ < 3_300)].min() > 0.9
    assert gain[BAND_HZ < 200].max() < 1e-4
    assert gain[BAND_HZ > 5_000].max() < 1e-4


def test_share_of_telephones_among_band_limits_is_kept() -> None:
    rng = np.random.default_rng(5)
    whole = (BAND_HZ >= 300.0) & (BAND_HZ <= 3_400.0)

    def share(of_limits: float) -> float:
        return float(np.mean([np.array_equal(random_band(rng, of_limits) == 1.0, whole) for _ in range(400)]))

    assert 0.4 < share(0.5) < 0.6
    assert share(0.0) < 0.05


def test_steep_band_is_what_a_filter_of_samples_leaves() -> None:
    noise = np.random.default_rng(6).standard_normal(10 * 22_050).astype(np.float32)
    before, after = (
        10.0 ** (file_levels(samples).astype(np.float64)[20:-20] / 10)
        for samples in (noise, telephone(noise, np.random.default_rng(0)))
    )
    measured_db = 10 * np.log10(after.mean(axis=0) / before.mean(axis=0))
    modelled_db = 10 * np.log10(band(300.0, 3_400.0, 500.0))
    clear = (np.abs(np.log(BAND_HZ / 300.0)) > 0.15) & (np.abs(np.log(BAND_HZ / 3_400.0)) > 0.05)
    inside = (BAND_HZ > 300.0) & (BAND_HZ < 3_400.0)
    assert np.abs(measured_db - modelled_db)[clear & inside].max() < 0.5
    assert measured_db[clear & ~inside].max() < -40.0
    assert modelled_db[clear & ~inside].max() < -40.0


def test_compression_draws_loud_and_quiet_together() -> None:
    power = music()
    power[: FRAMES // 2] *= 1e-3
    spread = [10 * np.log10(each[150].mean() / each[60].mean()) for each in (power, compressed(power, 0.8, 0.1))]
    assert spread[1] < spread[0] - 10


def test_background_in_a_room_raises_the_quietest_frames(material: Material) -> None:
    power = music()
    power[100:120] = 1e-9
    wet = in_room(power, ALWAYS, material, np.random.default_rng(3))
    assert wet[100:120].mean() > 1e-5 * wet.mean()


def test_measured_room_has_the_loudspeakers_slope_and_the_steady_background() -> None:
    clean = music(5)
    slope = 10 ** (-np.arange(BANDS) / 60)
    room = measure_room((clean * slope + 0.01).astype(np.float32), clean)
    found_db = 10 * np.log10(room.transfer[10] / room.transfer[80])
    assert found_db == pytest.approx(70 / 6, abs=3)
    assert room.background.mean() == pytest.approx(1.0, abs=1e-3)
