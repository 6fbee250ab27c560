"""MSE, PSNR and SSIM against hand-computed values, properties, and scikit-image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vdtext import metrics

quick = settings(deadline=None, max_examples=40)
pictures = hnp.arrays(np.uint8, st.tuples(st.integers(11, 20), st.integers(11, 20)))


def noisy_pair(shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.random(shape)
    b = np.clip(a + 0.2 * rng.standard_normal(shape), 0, 1)
    return (a, b) if dtype == np.float64 else ((255 * a).astype(dtype), (255 * b).astype(dtype))


# closed form


def test_mse_and_psnr_by_hand():
    a, b = np.zeros((2, 2), np.uint8), np.array([[0, 1], [2, 255]], np.uint8)
    expected = (0 + 1 + 4 + 255**2) / 4
    assert metrics.mse(a, b) == metrics.mse(b, a) == expected
    assert metrics.psnr(a, b, data_range=255) == pytest.approx(10 * np.log10(255**2 / expected), rel=1e-14)


def test_identical_pictures():
    a, _ = noisy_pair((3, 16, 16), np.uint8)
    assert metrics.mse(a, a) == 0
    assert metrics.psnr(a, a, data_range=255) == float("inf")
    assert metrics.ssim(a, a, data_range=255) == 1


def test_psnr_of_a_clip_is_that_of_the_mean_error():
    a = np.zeros((2, 8, 8))
    b = np.stack([np.full((8, 8), 0.1), np.full((8, 8), 0.3)])
    assert metrics.psnr(a, b, data_range=1.0) == pytest.approx(10 * np.log10(1 / 0.05), rel=1e-12)
    by_frame = np.mean([metrics.psnr(x, y, data_range=1.0) for x, y in zip(a, b, strict=True)])
    assert by_frame > metrics.psnr(a, b, data_range=1.0) + 1


def test_ssim_of_two_constants_is_the_luminance_term():
    a, b = np.full((12, 13), 0.2), np.full((12, 13), 0.7)
    assert metrics.ssim(a, b, data_range=1.0) == pytest.approx((2 * 0.14 + 1e-4) / (0.04 + 0.49 + 1e-4), rel=1e-9)


def test_ssim_of_a_clip_is_the_mean_over_frames_and_channels():
    a, b = noisy_pair((3, 16, 18))
    by_frame = [metrics.ssim(x, y, data_range=1.0) for x, y in zip(a, b, strict=True)]
    assert metrics.ssim(a, b, data_range=1.0) == pytest.approx(np.mean(by_frame), rel=1e-14)
    last = np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1)
    assert metrics.ssim(*last, data_range=1.0, channels=True) == pytest.approx(np.mean(by_frame), rel=1e-14)
    clip = np.stack([last[0]] * 2), np.stack([last[1]] * 2)
    assert metrics.ssim(*clip, data_range=1.0, channels=True) == pytest.approx(np.mean(by_frame), rel=1e-14)


# properties


@quick
@given(pictures, st.integers(0, 9))
def test_symmetry_scale_and_bounds(a, seed):
    b = np.random.default_rng(seed).permutation(a.ravel()).reshape(a.shape)
    ssim = metrics.ssim(a, b, data_range=255)
    assert ssim <= 1
    assert ssim == pytest.approx(metrics.ssim(b, a, data_range=255), abs=1e-12)
    assert ssim == pytest.approx(metrics.ssim(a / 255, b / 255, data_range=1.0), abs=1e-9)
    assert metrics.mse(a, b) == pytest.approx(255**2 * metrics.mse(a / 255, b / 255), abs=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, bool, np.float32])
def test_no_type_overflows(dtype):
    low, high = np.zeros((12, 12), dtype), np.full((12, 12), np.iinfo(np.uint8).max).astype(dtype)
    expected = float(high[0, 0]) ** 2
    assert metrics.mse(low, high) == metrics.mse(high, low) == expected
    assert metrics.ssim(high, high, data_range=255) == 1
    assert metrics.ssim(low, high, data_range=255) == pytest.approx(
        metrics.ssim(low.astype(float), high.astype(float), data_range=255), rel=1e-14
    )


# the reference library


@pytest.mark.parametrize("shape", [(11, 11), (16, 33), (40, 25)])
@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_equal_to_scikit_image(shape, dtype):
    skimage = pytest.importorskip("skimage.metrics")
    a, b = noisy_pair(shape, dtype)
    data_range = 255 if dtype == np.uint8 else 1.0
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": data_range}
    assert metrics.ssim(a, b, data_range=data_range) == pytest.approx(
        skimage.structural_similarity(a, b, **wang), abs=1e-10
    )
    assert metrics.mse(a, b) == pytest.approx(skimage.mean_squared_error(a, b), rel=1e-12)
    expected = skimage.peak_signal_noise_ratio(a, b, data_range=data_range)
    assert metrics.psnr(a, b, data_range=data_range) == pytest.approx(expected, abs=1e-10)


def test_channels_equal_to_scikit_image():
    skimage = pytest.importorskip("skimage.metrics")
    a, b = noisy_pair((20, 24, 3))
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    expected = skimage.structural_similarity(a, b, channel_axis=-1, **wang)
    assert metrics.ssim(a, b, data_range=1.0, channels=True) == pytest.approx(expected, abs=1e-10)


# errors teach


def test_a_missing_data_range_is_explained():
    a = np.zeros((11, 11))
    for measure in (metrics.psnr, metrics.ssim):
        with pytest.raises(ValueError, match=r"^data_range is required: 255 for uint8, 1\.0 for floats \(chapter 5\)$"):
            measure(a, a)
        for wrong in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match=r"data_range=.*accepted .*\(chapter 5\)"):
                measure(a, a, data_range=wrong)


@pytest.mark.parametrize("other", [(12, 11), (1, 11, 11), (11,), ()])
def test_shapes_must_agree(other):
    for measure in (
        metrics.mse,
        lambda a, b: metrics.psnr(a, b, data_range=1),
        lambda a, b: metrics.ssim(a, b, data_range=1),
    ):
        with pytest.raises(ValueError, match=r"one shape.*\(chapter 5\)"):
            measure(np.zeros((11, 11)), np.zeros(other))


def test_nothing_cannot_be_compared():
    with pytest.raises(ValueError, match=r"not empty"):
        metrics.mse(np.zeros((0, 4, 4)), np.zeros((0, 4, 4)))


@pytest.mark.parametrize(
    ("shape", "channels"),
    [
        ((10, 11), False),
        ((11, 10), False),
        ((32, 32, 3), False),
        ((11,), False),
        ((1, 12, 12, 3), False),
        ((12, 12), True),
    ],
)
def test_ssim_says_which_shapes_it_takes(shape, channels):
    with pytest.raises(ValueError, match=r"SSIM compares .*\(chapter 5\)"):
        metrics.ssim(np.zeros(shape), np.zeros(shape), data_range=1.0, channels=channels)
