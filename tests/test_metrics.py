"""MSE, PSNR, SSIM, covariances, BD-rate: closed forms, properties, published numbers, reference libraries."""

import dataclasses
import json
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import linalg, stats
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

from tools import ROOT
from vdtext import metrics
from vdtext.fast import metrics as fast
from vdtext.metrics import similarity

quick = settings(deadline=None, max_examples=40)
pictures = hnp.arrays(np.uint8, st.tuples(st.integers(11, 20), st.integers(11, 20)))
DTYPES = [np.uint8, np.float32, np.float64, np.uint16, np.int64, bool]


def noisy_pair(shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.random(shape)
    b = np.clip(a + 0.2 * rng.standard_normal(shape), 0, 1)
    if np.issubdtype(dtype, np.floating):
        return a.astype(dtype), b.astype(dtype)
    return (255 * a).astype(dtype), (255 * b).astype(dtype)


def spd(rng, *shape, n=5):
    """Random symmetric positive definite matrices."""
    m = rng.standard_normal((*shape, n, n))
    return m @ m.swapaxes(-1, -2) + 0.1 * np.eye(n)


# MSE and PSNR: closed form


@pytest.mark.equation("eq-mse", "eq-psnr")
def test_mse_and_psnr_by_hand():
    a, b = np.zeros((2, 2), np.uint8), np.array([[0, 1], [2, 255]], np.uint8)
    expected = (0 + 1 + 4 + 255**2) / 4
    assert metrics.mse(a, b) == metrics.mse(b, a) == expected
    assert metrics.psnr(a, b, data_range=255) == pytest.approx(10 * np.log10(255**2 / expected), rel=1e-14)


def test_identical_pictures():
    for dtype in DTYPES:
        a, _ = noisy_pair((3, 16, 16), dtype)
        assert metrics.mse(a, a) == 0
        assert metrics.psnr(a, a, data_range=255) == float("inf")
        assert list(metrics.psnr_frames(a, a, data_range=255)) == 3 * [float("inf")]
        assert metrics.ssim(a, a, data_range=255) == 1
        assert metrics.ssim(a, a, data_range=255, window="uniform") == 1
        assert metrics.ssim(a, a, data_range=255, window="uniform", size=8, stride=4) == 1


def test_psnr_of_a_clip_is_that_of_the_mean_error():
    a = np.zeros((2, 8, 8))
    b = np.stack([np.full((8, 8), 0.1), np.full((8, 8), 0.3)])
    assert metrics.psnr(a, b, data_range=1.0) == pytest.approx(10 * np.log10(1 / 0.05), rel=1e-12)
    by_frame = np.mean([metrics.psnr(x, y, data_range=1.0) for x, y in zip(a, b, strict=True)])
    assert by_frame > metrics.psnr(a, b, data_range=1.0) + 1


def test_curves_over_frames():
    a, b = noisy_pair((4, 16, 18))
    frames = list(zip(a, b, strict=True))
    np.testing.assert_allclose(metrics.mse_frames(a, b), [metrics.mse(x, y) for x, y in frames], rtol=1e-14)
    expected = [metrics.psnr(x, y, data_range=1.0) for x, y in frames]
    np.testing.assert_allclose(metrics.psnr_frames(a, b, data_range=1.0), expected, rtol=1e-14)
    expected = [metrics.ssim(x, y, data_range=1.0) for x, y in frames]
    np.testing.assert_allclose(metrics.ssim_frames(a, b, data_range=1.0), expected, rtol=1e-14)
    colour = np.stack([a, b], axis=-1), np.stack([b, b], axis=-1)
    expected = (np.array(expected) + 1) / 2
    np.testing.assert_allclose(metrics.ssim_frames(*colour, data_range=1.0, channels=True), expected, rtol=1e-14)


@pytest.mark.equation("eq-jensen")
@quick
@given(hnp.arrays(np.float64, (5, 2, 2), elements=st.floats(0.01, 1)))
def test_the_mean_of_the_psnrs_is_never_below_the_psnr_of_the_mean_error(error):
    by_frame = metrics.psnr_frames(np.zeros_like(error), error, data_range=1.0).mean()
    whole = metrics.psnr(np.zeros_like(error), error, data_range=1.0)
    assert by_frame >= whole - 1e-9
    arithmetic, geometric = np.mean(np.square(error), axis=(1, 2)).mean(), stats.gmean(np.mean(error**2, axis=(1, 2)))
    assert by_frame - whole == pytest.approx(10 * np.log10(arithmetic / geometric), abs=1e-9)


# SSIM: closed form


def test_ssim_of_two_constants_is_the_luminance_term():
    a, b = np.full((12, 13), 0.2), np.full((12, 13), 0.7)
    assert metrics.ssim(a, b, data_range=1.0) == pytest.approx((2 * 0.14 + 1e-4) / (0.04 + 0.49 + 1e-4), rel=1e-9)


@pytest.mark.equation("eq-ssim", "eq-ssim-constants")
@pytest.mark.parametrize("data_range", [1.0, 255])
def test_ssim_is_its_formula_in_one_window(data_range):
    a, b = (data_range * u for u in noisy_pair((11, 11)))
    weights = np.outer(*2 * [np.exp(-((np.arange(11) - 5) ** 2) / 4.5)])
    weights /= weights.sum()

    def mean(u):
        return (weights * u).sum()

    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    covariance = mean((a - mean(a)) * (b - mean(b)))
    variances = mean((a - mean(a)) ** 2) + mean((b - mean(b)) ** 2)
    expected = (2 * mean(a) * mean(b) + c1) * (2 * covariance + c2)
    expected /= (mean(a) ** 2 + mean(b) ** 2 + c1) * (variances + c2)
    assert metrics.ssim(a, b, data_range=data_range) == pytest.approx(expected, rel=1e-12)
    assert metrics.ssim_map(a, b, data_range=data_range)[0, 0] == pytest.approx(expected, rel=1e-12)


def test_ssim_of_a_clip_is_the_mean_over_frames_and_channels():
    a, b = noisy_pair((3, 16, 18))
    by_frame = [metrics.ssim(x, y, data_range=1.0) for x, y in zip(a, b, strict=True)]
    assert metrics.ssim(a, b, data_range=1.0) == pytest.approx(np.mean(by_frame), rel=1e-14)
    last = np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1)
    assert metrics.ssim(*last, data_range=1.0, channels=True) == pytest.approx(np.mean(by_frame), rel=1e-14)
    clip = np.stack([last[0]] * 2), np.stack([last[1]] * 2)
    assert metrics.ssim(*clip, data_range=1.0, channels=True) == pytest.approx(np.mean(by_frame), rel=1e-14)


def test_a_stride_keeps_every_so_many_windows():
    a, b = noisy_pair((23, 26))
    for options in ({}, {"window": "uniform", "size": 4}):
        every = metrics.ssim_map(a, b, data_range=1.0, **options)
        third = metrics.ssim_map(a, b, data_range=1.0, stride=3, **options)
        assert np.array_equal(third, every[::3, ::3])
        assert metrics.ssim(a, b, data_range=1.0, stride=3, **options) == pytest.approx(third.mean(), abs=1e-12)


def test_dividing_by_n_minus_1_is_a_smaller_constant():
    a, b = noisy_pair((16, 16))
    sample = metrics.ssim(a, b, data_range=1.0, window="uniform", size=4, sample=True)
    smaller = metrics.ssim(a, b, data_range=1.0, window="uniform", size=4, k=(0.01, 0.03 * np.sqrt(15 / 16)))
    assert sample == pytest.approx(smaller, abs=1e-14)
    assert sample != pytest.approx(metrics.ssim(a, b, data_range=1.0, window="uniform", size=4), abs=1e-6)


def test_what_is_not_finite_stays_so():
    a, b = noisy_pair((2, 16, 16), np.float32)
    b[1, 5, 5] = np.nan
    for options in ({}, {"window": "uniform"}):
        assert np.isnan(metrics.ssim_frames(a, b, data_range=1.0, **options)).tolist() == [False, True]


# SSIM: properties


@quick
@given(pictures, st.integers(0, 9))
def test_symmetry_scale_and_bounds(a, seed):
    b = np.random.default_rng(seed).permutation(a.ravel()).reshape(a.shape)
    ssim = metrics.ssim(a, b, data_range=255)
    assert ssim <= 1
    assert ssim == pytest.approx(metrics.ssim(b, a, data_range=255), abs=1e-5)
    assert ssim == pytest.approx(metrics.ssim(a / 255, b / 255, data_range=1.0), abs=1e-5)
    assert metrics.mse(a, b) == pytest.approx(255**2 * metrics.mse(a / 255, b / 255), abs=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, bool, np.float32])
def test_no_type_overflows(dtype):
    low, high = np.zeros((12, 12), dtype), np.full((12, 12), np.iinfo(np.uint8).max).astype(dtype)
    expected = float(high[0, 0]) ** 2
    assert metrics.mse(low, high) == metrics.mse(high, low) == expected
    assert metrics.ssim(high, high, data_range=255) == 1
    double = metrics.ssim(low.astype(float), high.astype(float), data_range=255)
    assert metrics.ssim(low, high, data_range=255) == pytest.approx(
        double, abs=1e-14 if dtype in (np.uint16, np.int64, bool) else 1e-6
    )


@pytest.mark.equation("eq-triangle")
def test_one_minus_ssim_breaks_the_triangle_inequality_and_its_root_does_not():
    a, b, c = (np.full((11, 11), grey) for grey in (0.5, 0.55, 0.6))
    ab, bc, ac = (1 - metrics.ssim(x, y, data_range=1.0) for x, y in ((a, b), (b, c), (a, c)))
    assert ac > ab + bc
    assert np.sqrt(ac) <= np.sqrt(ab) + np.sqrt(bc)


@quick
@given(hnp.arrays(np.float64, (3, 11, 11), elements=st.floats(-1, 1)))
def test_the_root_is_a_metric_on_windows_without_a_mean(u):
    weights = similarity.window_weights("uniform", 11)
    u = u - u.mean(axis=(1, 2), keepdims=True)

    def distance(i, j):
        return np.sqrt(max(0.0, 1 - similarity.terms(u[i], u[j], weights, 1e-4, 9e-4)[1][0, 0]))

    assert distance(0, 2) <= distance(0, 1) + distance(1, 2) + 1e-7


# SSIM: the fast twin and the readable one


KINDS = [("gaussian", 11, 1), ("uniform", 7, 1), ("uniform", 2, 1), ("uniform", 8, 4), ("uniform", 9, 5)]


def both(a, b, window, size, stride, data_range):
    weights = similarity.window_weights(window, size)
    c1, c2 = similarity.constants(data_range)
    how = {"window": window, "weights": weights, "stride": stride, "c1": c1, "c2": c2}
    return fast.means(a, b, **how), similarity.means(a, b, **how)


@pytest.mark.parametrize(("window", "size", "stride"), KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_twin_and_readable_agree(window, size, stride, dtype):
    tolerance = 1e-6 if dtype in (np.uint8, np.float32) else 1e-12
    for shape in ((2, 11, 11), (1, 24, 37), (3, 31, 12), (1, 12, 186), (1, 12, 187), (1, 13, 400)):
        a, b = noisy_pair(shape, dtype)
        data_range = 1.0 if np.issubdtype(dtype, np.floating) or dtype is bool else 255
        twin, readable = both(a, b, window, size, stride, data_range)
        np.testing.assert_allclose(twin, readable, rtol=0, atol=tolerance)
        np.testing.assert_allclose(
            *both(a[:, ::-1, ::-1], b[:, ::-1, ::-1], window, size, stride, data_range), atol=1e-6
        )


@quick
@given(hnp.arrays(np.uint8, st.tuples(st.integers(11, 30), st.integers(11, 30))), st.data())
def test_twin_and_readable_agree_on_any_bytes(a, data):
    b = data.draw(hnp.arrays(np.uint8, a.shape))
    for window, size, stride in KINDS:
        exact = (window, stride) == ("uniform", 1)  # its sums are kept in float64
        twin, readable = both(a[None], b[None], window, size, stride, 255)
        np.testing.assert_allclose(twin, readable, rtol=0, atol=1e-11 if exact else 1e-5)


def test_single_precision_survives_a_bright_flat_picture():
    rng = np.random.default_rng(0)
    a = 240 + rng.integers(0, 2, (40, 40)).astype(np.uint8)
    b = 240 + rng.integers(0, 2, (40, 40)).astype(np.uint8)
    for kind in KINDS:
        np.testing.assert_allclose(*both(a[None], b[None], *kind, 255), rtol=0, atol=1e-6)


def test_a_wrong_data_range_is_computed_in_double_precision():
    for dtype in (np.uint8, np.float32):
        a, b = (np.round(255 * u).astype(dtype) for u in noisy_pair((1, 40, 40)))
        for kind in KINDS:
            np.testing.assert_allclose(*both(a, b, *kind, 1.0), rtol=0, atol=1e-11)


def test_compiled_kernels_equal_their_plain_functions():
    a, b = noisy_pair((12, 14), np.uint8)
    weights, scratch = similarity.window_weights(), (np.zeros((11, 4, 20)), np.empty((4, 20)))
    for kernel, arguments in (
        (fast.gaussian, (a, b, weights, 6.5, 58.5, 120.0, 110.0, *scratch)),
        (fast.uniform, (a, b, 4, 3, 6.5, 58.5, 120.0, 110.0)),
        (fast.blocks, (a, b, np.float32(6.5), np.float32(58.5))),
    ):
        np.testing.assert_allclose(kernel(*arguments), kernel.py_func(*arguments), rtol=1e-5)


def test_without_numba_the_readable_one_serves(monkeypatch):
    a, b = noisy_pair((2, 16, 16))
    compiled = metrics.ssim(a, b, data_range=1.0)
    monkeypatch.setattr(fast, "COMPILED", False)
    monkeypatch.setattr(fast, "gaussian", None)
    assert metrics.ssim(a, b, data_range=1.0) == pytest.approx(compiled, abs=1e-12)
    assert metrics.ssim(a, b, data_range=1.0) == metrics.ssim_map(a, b, data_range=1.0).mean()


# SSIM: frozen and live references


def ipol_pair():
    """The camera and its noisy version, as scikit-image's tests make it for IPOL's program."""
    camera = pytest.importorskip("skimage.data").camera()
    noise = np.random.RandomState(5).randn(*camera.shape)
    return camera, np.clip(camera + 20.0 * noise, 0, 255).astype(np.uint8)


def test_ipol_golden_value():
    # scikit-image, tests/skimage/metrics/test_structural_similarity.py: the program imdiff -m mssim of
    # https://www.ipol.im/pub/art/2011/g_lmii/ on this pair
    camera, noisy = ipol_pair()
    assert noisy.sum() == 33823161
    assert metrics.ssim(camera, noisy, data_range=255) == pytest.approx(0.357959091663361, abs=1e-5)
    default = metrics.ssim(camera.astype(float), noisy.astype(float), data_range=255, window="uniform", sample=True)
    assert default == pytest.approx(0.3674518327910367, abs=1e-12)  # its default, 7×7 and N − 1


@pytest.mark.parametrize("shape", [(11, 11), (16, 33), (40, 25)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5), (np.uint8, 1e-5)])
def test_equal_to_scikit_image(shape, dtype, tolerance):
    skimage = pytest.importorskip("skimage.metrics")
    a, b = noisy_pair(shape, dtype)
    data_range = 255 if dtype == np.uint8 else 1.0
    double = a.astype(float), b.astype(float)
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": data_range}
    expected = skimage.structural_similarity(*double, **wang)
    assert metrics.ssim(a, b, data_range=data_range) == pytest.approx(expected, abs=tolerance)
    assert metrics.ssim_map(a, b, data_range=data_range).mean() == pytest.approx(expected, abs=1e-10)
    for size in (3, 7, 11):
        for sample in (False, True):
            options = {"win_size": size, "use_sample_covariance": sample, "data_range": data_range}
            expected = skimage.structural_similarity(*double, **options)
            ours = metrics.ssim(a, b, data_range=data_range, window="uniform", size=size, sample=sample)
            assert ours == pytest.approx(expected, abs=tolerance)
    assert metrics.mse(a, b) == pytest.approx(skimage.mean_squared_error(*double), rel=1e-12)
    expected = skimage.peak_signal_noise_ratio(*double, data_range=data_range)
    assert metrics.psnr(a, b, data_range=data_range) == pytest.approx(expected, abs=1e-10)


def test_the_map_is_that_of_scikit_image():
    skimage = pytest.importorskip("skimage.metrics")
    a, b = noisy_pair((20, 31))
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    _, whole = skimage.structural_similarity(a, b, full=True, **wang)
    np.testing.assert_allclose(metrics.ssim_map(a, b, data_range=1.0), whole[5:-5, 5:-5], atol=1e-10)


def test_channels_equal_to_scikit_image():
    skimage = pytest.importorskip("skimage.metrics")
    a, b = noisy_pair((20, 24, 3))
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    expected = skimage.structural_similarity(a, b, channel_axis=-1, **wang)
    assert metrics.ssim(a, b, data_range=1.0, channels=True) == pytest.approx(expected, abs=1e-10)


def ffmpeg_ssim(a, b):
    """What FFmpeg's filter `ssim` says of the luma of each frame."""
    graph = av.filter.Graph()
    size = f"video_size={a.shape[2]}x{a.shape[1]}:pix_fmt=gray:time_base=1/25:pixel_aspect=1/1"
    buffers = [graph.add("buffer", args=size) for _ in range(2)]
    compare, sink = graph.add("ssim"), graph.add("buffersink")
    for i, buffer in enumerate(buffers):
        buffer.link_to(compare, 0, i)
    compare.link_to(sink)
    graph.configure()
    values = []
    for i, pair in enumerate(zip(a, b, strict=True)):
        for buffer, picture in zip(buffers, pair, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            buffer.push(frame)
        values.append(float(sink.pull().metadata["lavfi.ssim.Y"]))
    return values


def test_ffmpeg_filter():
    a, b = noisy_pair((3, 48, 64), np.uint8)
    # FFmpeg's first constant misses a factor of 64: c₁ = (0.01·255)²/64; its variances divide by 63
    options = {"window": "uniform", "size": 8, "stride": 4, "k": (0.01 / 8, 0.03), "sample": True}
    np.testing.assert_allclose(metrics.ssim_frames(a, b, data_range=255, **options), ffmpeg_ssim(a, b), atol=2e-6)


# MS-SSIM


def test_halving_by_hand():
    u = np.arange(15.0).reshape(3, 5)
    expected = np.array([[3.0, 5.0, 6.5], [10.5, 12.5, 14.0]])
    np.testing.assert_allclose(similarity.halve(u), expected)
    assert similarity.halve(np.ones((2, 4, 6), np.float32)).dtype == np.float32


@pytest.mark.equation("eq-ms-ssim")
def test_ms_ssim_is_its_product():
    a, b = noisy_pair((176, 192))
    factors, c = [], similarity.constants(1.0)
    for weight in similarity.SCALES[:-1]:
        factors.append(similarity.terms(a, b, similarity.window_weights(), *c)[1].mean() ** weight)
        a, b = (u.reshape(u.shape[0] // 2, 2, u.shape[1] // 2, 2).mean(axis=(1, 3)) for u in (a, b))
    factors.append(metrics.ssim(a, b, data_range=1.0) ** similarity.SCALES[-1])
    assert metrics.ms_ssim(*noisy_pair((176, 192)), data_range=1.0) == pytest.approx(np.prod(factors), rel=1e-12)


def test_ms_ssim_frozen():
    # piq 0.8.0 with torch 2.13: multi_scale_ssim(a, b, data_range=255) on this pair as float64 → 0.7933915442547539;
    # pytorch-msssim 1.0.0: ms_ssim(a, b, data_range=255) → 0.7933955723885375, its window is rounded to float32
    camera, noisy = ipol_pair()
    double = metrics.ms_ssim(camera.astype(float), noisy.astype(float), data_range=255)
    assert double == pytest.approx(0.7933915442547539, abs=1e-12)
    assert double == pytest.approx(0.7933955723885375, abs=1e-5)
    for dtype in (np.uint8, np.float32):
        single = (u.astype(dtype) for u in (camera, noisy))
        assert metrics.ms_ssim(*single, data_range=255) == pytest.approx(double, abs=1e-6)


def test_ms_ssim_of_clips_channels_and_negatives():
    a, b = noisy_pair((2, 161, 165))
    by_frame = [metrics.ms_ssim(x, y, data_range=1.0) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(metrics.ms_ssim_frames(a, b, data_range=1.0), by_frame, rtol=1e-12)
    assert metrics.ms_ssim(a, b, data_range=1.0) == pytest.approx(np.mean(by_frame), rel=1e-12)
    last = np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1)
    assert metrics.ms_ssim(*last, data_range=1.0, channels=True) == pytest.approx(np.mean(by_frame), rel=1e-12)
    assert metrics.ms_ssim(a[0], 1 - a[0], data_range=1.0) == 0


def test_ms_ssim_says_how_small_is_too_small():
    assert metrics.ms_ssim(np.ones((161, 161)), np.ones((161, 161)), data_range=1.0) == 1
    with pytest.raises(ValueError, match=r"MS-SSIM .* at least 161×161 pixels.*\(chapter 5\)"):
        metrics.ms_ssim(np.ones((160, 400)), np.ones((160, 400)), data_range=1.0)


# covariance of regions, and distances


@pytest.mark.equation("eq-region-covariance")
def test_region_covariance_is_numpy_s():
    u = np.random.default_rng(0).random((2, 9, 12))
    found = metrics.region_covariance(u, ridge=1e-3)
    for region, matrix in zip(u, found, strict=True):
        rows = metrics.region_features(region).reshape(-1, 7)
        np.testing.assert_allclose(matrix, np.cov(rows.T, bias=True) + 1e-3 * np.eye(7), atol=1e-12)


def test_features_of_a_ramp():
    y, x = np.mgrid[0:6, 0:8] / 10
    ramp = metrics.region_features(2 * x + y)[1:-1, 1:-1]
    np.testing.assert_allclose(ramp[..., 3:], np.broadcast_to([0.2, 0.1, 0, 0], (4, 6, 4)), atol=1e-12)
    bowl = metrics.region_features(x**2, features=("dxx", "dyy", "laplacian", "gradient"))[1:-1, 1:-1]
    np.testing.assert_allclose(bowl[..., :3], np.broadcast_to([0.02, 0, 0.02], (4, 6, 3)), atol=1e-12)
    np.testing.assert_allclose(bowl[..., 3], 0.2 * x[1:-1, 1:-1], atol=1e-12)


def test_what_changes_a_region_and_what_does_not():
    u = np.random.default_rng(0).random((9, 9))
    turning = ("radius", "grey", "gradient", "laplacian")
    np.testing.assert_allclose(metrics.region_covariance(u), metrics.region_covariance(u + 0.3), atol=1e-12)
    turned = metrics.region_covariance(np.rot90(u), features=turning)
    np.testing.assert_allclose(metrics.region_covariance(u, features=turning), turned, atol=1e-12)
    assert metrics.log_euclidean_distance(metrics.region_covariance(u), metrics.region_covariance(np.rot90(u))) > 0.1
    flat = metrics.region_covariance(np.zeros((4, 4)), features=("grey", "dx"), ridge=1e-4)
    np.testing.assert_allclose(flat, 1e-4 * np.eye(2))


@pytest.mark.filterwarnings("ignore:logm result may be inaccurate")
@quick
@given(st.integers(0, 99), st.integers(1, 7), st.floats(0.01, 100))
def test_spd_log_is_scipy_s(seed, n, scale):
    m = scale * spd(np.random.default_rng(seed), n=n)
    np.testing.assert_allclose(metrics.spd_log(m), linalg.logm(m), atol=1e-10)
    np.testing.assert_allclose(linalg.expm(metrics.spd_log(m)), m, rtol=1e-8, atol=1e-8 * scale)


@pytest.mark.equation("eq-log-euclidean")
def test_log_euclidean_distance_is_scipy_s_and_batched():
    rng = np.random.default_rng(0)
    a, b = spd(rng, 4, 1, n=7), spd(rng, 3, n=7)
    expected = [[np.linalg.norm(linalg.logm(x) - linalg.logm(y)) for y in b] for x in a[:, 0]]
    np.testing.assert_allclose(metrics.log_euclidean_distance(a, b), expected, atol=1e-10)


def test_log_euclidean_distance_in_closed_form():
    p = np.diag([np.e, np.e**2, 1.0])
    assert metrics.log_euclidean_distance(p, np.eye(3)) == pytest.approx(np.sqrt(5), abs=1e-12)
    assert metrics.log_euclidean_distance(p, np.linalg.inv(p)) == pytest.approx(2 * np.sqrt(5), abs=1e-12)


def axioms(distance, a, b, c):
    """What makes a distance a metric, up to round-off."""
    assert distance(a, a) == pytest.approx(0, abs=1e-6)
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-9)
    assert distance(a, b) >= 0
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-6


@quick
@given(st.integers(0, 999))
def test_log_euclidean_distance_is_a_metric(seed):
    a, b, c = spd(np.random.default_rng(seed), 3)
    axioms(metrics.log_euclidean_distance, a, b, c)
    assert metrics.log_euclidean_distance(a, b) > 1e-6
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))
    for change in (np.linalg.inv, lambda m: 3 * m, lambda m: turn @ m @ turn.T):
        changed = metrics.log_euclidean_distance(change(a), change(b))
        assert changed == pytest.approx(metrics.log_euclidean_distance(a, b), abs=1e-8)


@quick
@given(st.integers(0, 999))
def test_frechet_distance_and_root_of_mse_are_metrics(seed):
    rng = np.random.default_rng(seed)
    gaussians = list(zip(rng.standard_normal((3, 5)), spd(rng, 3), strict=True))
    axioms(lambda x, y: metrics.frechet_distance(*x, *y), *gaussians)
    axioms(lambda x, y: np.sqrt(metrics.mse(x, y)), *rng.random((3, 4, 4)))


@pytest.mark.equation("eq-frechet")
def test_frechet_distance_is_scipy_s():
    rng = np.random.default_rng(0)
    for n in (1, 2, 6):
        (mean_a, mean_b), (a, b) = rng.standard_normal((2, n)), spd(rng, 2, n=n)
        squared = np.sum((mean_a - mean_b) ** 2) + np.trace(a + b - 2 * linalg.sqrtm(a @ b).real)
        assert metrics.frechet_distance(mean_a, a, mean_b, b) == pytest.approx(np.sqrt(squared), abs=1e-7)


def test_frechet_distance_in_closed_form():
    a, b, zero = np.array([1.0, 4.0, 0.0]), np.array([9.0, 1.0, 2.0]), np.zeros(3)
    expected = np.linalg.norm(np.sqrt(a) - np.sqrt(b))  # diagonal matrices commute; one is singular
    assert metrics.frechet_distance(zero, np.diag(a), zero, np.diag(b)) == pytest.approx(expected, abs=1e-7)
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    turned = [turn @ np.diag(m) @ turn.T for m in (a, b)]
    assert metrics.frechet_distance(zero, turned[0], zero, turned[1]) == pytest.approx(expected, abs=1e-7)


# BD-rate


ANCHOR = np.array([(100, 30.0), (200, 33.1), (400, 36.0), (800, 38.7), (1500, 41.0)])


@pytest.mark.parametrize("method", ["pchip", "akima", "cubic"])
def test_a_constant_factor_is_found(method):
    cheaper = ANCHOR * [0.8, 1]
    result = metrics.bd_rate(ANCHOR, cheaper, method=method)
    assert result.value == pytest.approx(-20, abs=1e-9)
    assert (result.low, result.high, result.anchor_share, result.test_share) == (30, 41, 1, 1)
    back = metrics.bd_rate(cheaper, ANCHOR, method=method).value
    assert (1 + back / 100) * 0.8 == pytest.approx(1, abs=1e-12)
    better = ANCHOR + np.array([0, 0.7])
    assert metrics.bd_quality(ANCHOR, better, method=method).value == pytest.approx(0.7, abs=1e-9)
    assert metrics.bd_rate(ANCHOR, ANCHOR, method=method).value == 0


@quick
@given(st.permutations(range(5)), st.floats(0.1, 10), st.floats(-20, 20))
def test_order_and_units_do_not_matter(order, rate, quality):
    test = np.array([(90, 29.5), (210, 33.6), (380, 36.2), (900, 39.9), (1400, 40.5)])
    expected = metrics.bd_rate(ANCHOR, test)
    changed = [points[order] * [rate, 1] + [0, quality] for points in (ANCHOR, test)]
    found = metrics.bd_rate(*changed)
    assert found.value == pytest.approx(expected.value, abs=1e-7)
    assert found.low - quality == pytest.approx(expected.low, abs=1e-9)
    assert found.test_share == pytest.approx(expected.test_share, abs=1e-9)


@pytest.mark.equation("eq-bd-rate")
def test_bd_rate_is_its_integral():
    test = np.array([(120, 31.0), (210, 33.6), (380, 36.2), (900, 42.0)])
    curves = [PchipInterpolator(points[:, 1], np.log(points[:, 0])) for points in (ANCHOR, test)]
    area, _ = quad(lambda q: curves[1](q) - curves[0](q), 31, 41, limit=200, epsabs=1e-12)
    result = metrics.bd_rate(ANCHOR, test)
    assert result.value == pytest.approx(100 * (np.exp(area / 10) - 1), abs=1e-7)
    assert (result.low, result.high) == (31, 41)
    assert result.anchor_share == pytest.approx(10 / 11)
    assert result.test_share == pytest.approx(10 / 11)


def test_published_examples_of_other_programs():
    # the example of github.com/Anserw/Bjontegaard_metric (demo.py, commit 8861250e), in all three methods equal to the
    # package bjontegaard 1.3.0: bjontegaard.bd_rate(R1, P1, R2, P2, method=…), bd_psnr(…)
    anchor = [(686.76, 40.28), (309.58, 37.18), (157.11, 34.24), (85.95, 31.42)]
    test = [(893.34, 40.39), (407.8, 37.21), (204.93, 34.17), (112.75, 31.24)]
    for method, rate, quality in (
        ("cubic", 31.397374, -1.184898),
        ("pchip", 31.379878, -1.183472),
        ("akima", 31.383989, -1.183659),
    ):
        assert metrics.bd_rate(anchor, test, method=method).value == pytest.approx(rate, abs=1e-5)
        assert metrics.bd_quality(anchor, test, method=method).value == pytest.approx(quality, abs=1e-5)


def published():
    """The table of DVC and H.265 against H.264, and the points it was made from; see data/README.md."""
    table = json.loads((ROOT / "data" / "dvc.json").read_text(encoding="utf-8"))["sets"]
    lost = [("HEVC class C", "DVC"), ("HEVC class D", "DVC"), ("HEVC class E", "DVC")]
    for name, entry in table.items():
        for codec, value in entry["published"].items():
            yield pytest.param(entry["points"]["H.264"], entry["points"][codec], value, (name, codec) in lost)


@pytest.mark.parametrize(("anchor", "test", "value", "lost"), list(published()))
def test_the_published_table_of_dvc(anchor, test, value, lost):
    gaps = [abs(metrics.bd_rate(anchor, test, method=m).value - value) for m in ("cubic", "pchip", "akima")]
    assert lost == (max(gaps) > 0.3)  # three of its cells were made from other points than those that are public
    assert lost or gaps[0] <= 0.0101


# errors teach


@pytest.mark.parametrize("measure", [metrics.psnr, metrics.ssim, metrics.ssim_map, metrics.ms_ssim])
def test_a_missing_data_range_is_explained(measure):
    a = np.zeros((161, 161))
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


@pytest.mark.parametrize(
    "options",
    [
        {"window": "box"},
        {"size": 7},
        {"window": "uniform", "size": 1},
        {"window": "uniform", "size": 2.5},
        {"stride": 0},
        {"stride": 1.5},
        {"k": (0.01, -0.03)},
        {"k": (0.01, np.nan)},
    ],
)
def test_ssim_refuses_what_it_does_not_know(options):
    with pytest.raises(ValueError, match=r"\(chapter 5\)"):
        metrics.ssim(np.zeros((16, 16)), np.zeros((16, 16)), data_range=1.0, **options)


def test_a_curve_needs_frames():
    a = np.zeros((16, 16))
    for curve in (metrics.mse_frames, lambda a, b: metrics.psnr_frames(a, b, data_range=1)):
        with pytest.raises(ValueError, match=r"a curve over frames needs a clip.*\(chapter 5\)"):
            curve(a, a)
    with pytest.raises(ValueError, match=r"a curve over frames needs a clip.*\(chapter 5\)"):
        metrics.ssim_frames(a, a, data_range=1)
    with pytest.raises(ValueError, match=r"a curve over frames needs a clip.*\(chapter 5\)"):
        metrics.ssim_frames(np.zeros((16, 16, 3)), np.zeros((16, 16, 3)), data_range=1, channels=True)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.ones((2, 3)), "not square"),
        (np.ones(4), "not square"),
        (np.zeros((0, 0)), "not square"),
        (np.array([[1.0, 0.5], [0.2, 1.0]]), "not symmetric"),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), "an eigenvalue is -1"),
        (np.zeros((2, 2)), "an eigenvalue is 0"),
        (np.full((2, 2), np.nan), "not all entries are finite"),
        (np.eye(2) * 1j, "not all entries are finite real"),
    ],
)
def test_log_euclidean_refuses_what_has_no_logarithm(matrix, said):
    for call in (metrics.spd_log, lambda m: metrics.log_euclidean_distance(np.eye(2), m)):
        with pytest.raises(ValueError, match=rf"{said}.*symmetric positive definite matrices \(chapter 5\)"):
            call(matrix)


def test_regions_and_gaussians_are_checked():
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros(4), np.zeros((1, 4))):
        with pytest.raises(ValueError, match=r"a region is a picture .*\(chapter 5\)"):
            metrics.region_covariance(wrong)
    with pytest.raises(ValueError, match=r"feature 'red' is unknown; there are x, y.*\(chapter 5\)"):
        metrics.region_features(np.zeros((4, 4)), features=("red",))
    with pytest.raises(ValueError, match="ridge=0"):
        metrics.region_covariance(np.zeros((4, 4)), ridge=0)
    zero, one = np.zeros(2), np.eye(2)
    with pytest.raises(ValueError, match=r"two means .*\(chapter 5\)"):
        metrics.frechet_distance(zero, one, zero, np.eye(3))
    for wrong in (-one, np.array([[1.0, 1.0], [0.0, 1.0]]), np.full((2, 2), np.inf)):
        with pytest.raises(ValueError, match=r"a covariance .*\(chapter 5\)"):
            metrics.frechet_distance(zero, one, zero, wrong)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (ANCHOR[:3], "at least 4 points"),
        (ANCHOR[:, 0], "at least 4 points"),
        ([(1, 2, 3)] * 4, "at least 4 points"),
        (ANCHOR * [-1, 1], "rates are positive"),
        (ANCHOR * [1, np.nan], "rates are positive"),
        ([(100, 30), (200, 33), (300, 32), (400, 36)], "quality does not grow"),
        ([(100, 30), (100, 33), (300, 34), (400, 36)], "quality does not grow"),
        (ANCHOR + np.array([0, 20]), "quality 30 to 41 and 50 to 61 do not overlap"),
    ],
)
def test_bd_rate_refuses_what_is_no_curve(test, said):
    with pytest.raises(ValueError, match=rf"{said}.*\(chapter 5\)"):
        metrics.bd_rate(ANCHOR, test)


def test_bd_errors_name_method_and_rates():
    with pytest.raises(ValueError, match=r"method='spline'.*\(chapter 5\)"):
        metrics.bd_rate(ANCHOR, ANCHOR, method="spline")
    with pytest.raises(ValueError, match=r"rate 100 to 1500 and 1e\+04 to 1.5e\+05 do not overlap.*\(chapter 5\)"):
        metrics.bd_quality(ANCHOR, ANCHOR * [100, 1])
    with pytest.raises(dataclasses.FrozenInstanceError):
        metrics.bd_rate(ANCHOR, ANCHOR).value = 0


def test_interpolation_stays_between_its_points_and_a_polynomial_does_not():
    wild = np.array([(100, 30.0), (110, 36.0), (800, 37.0), (6000, 37.5)])
    rates = np.log(wild[:, 0])
    for low, high in pairwise(wild[:, 1]):
        mean = metrics.rate.integral(wild[:, 1], rates, low, high) / (high - low)
        assert rates.min() <= mean <= rates.max()
    cubic, pchip = (metrics.rate.integral(wild[:, 1], rates, 32, 34, method=m) / 2 for m in ("cubic", "pchip"))
    assert pchip < np.log(110) < np.log(1000) < cubic
