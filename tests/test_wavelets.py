"""Proofs of vdtext.wavelets: perfect reconstruction everywhere, closed forms, twins, damaged streams, and referees."""

import hashlib
import io
import subprocess
import sys
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy.fft import dctn

from vdtext import BitstreamError, clips, gauss, metrics, wavelets
from vdtext.fast import wavelets as fast
from vdtext.fast.entropy import binary
from vdtext.fast.wavelets import choice, contexts, fixed, planes
from vdtext.fast.wavelets import lifting as compiled
from vdtext.wavelets import components, layout, lifting, stream

few = settings(deadline=None, max_examples=50)
FLOATS = (np.float32, np.float64)
KINDS = [(wavelet, dtype) for wavelet in wavelets.WAVELETS for dtype in (*FLOATS, np.int32, np.int64)]
KINDS = [(wavelet, dtype) for wavelet, dtype in KINDS if wavelet != "9/7" or dtype in FLOATS]
LARGE = [(513,), (1000,), (127, 130), (64, 1), (1, 77), (5, 33, 34)]


def noise(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).integers(-255, 256, shape).astype(dtype)


def unit(dtype, x):
    """What rounding may cost: nothing for integers."""
    return 0 if np.dtype(dtype).kind == "i" else 64 * np.finfo(dtype).eps * max(1, abs(x).max())


def largest(a, b):
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    return abs(a - b).max()


@contextmanager
def interpreted(*modules):
    """Run compiled modules as plain Python."""
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, value in vars(module).items():
                if hasattr(value, "py_func"):
                    patch.setattr(module, name, value.py_func)
        yield


# ---- One level -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wavelet", "dtype"), KINDS)
def test_one_level_comes_back_at_every_size(wavelet, dtype):
    forward, inverse = wavelets.WAVELETS[wavelet]
    for n in range(1, 66):
        x = noise((n, 3), dtype, seed=n)
        for axis in (0, 1):
            y = forward(x, axis)
            assert y.dtype == dtype
            assert largest(inverse(y, axis), x) <= unit(dtype, x)


@pytest.mark.parametrize("wavelet", wavelets.WAVELETS)
def test_a_constant_lies_in_the_low_pass_alone(wavelet):
    for n in range(1, 20):
        y = wavelets.WAVELETS[wavelet][0](np.full(n, 10.0))
        low, high = lifting.low_high(y, 0)
        assert np.allclose(low, 10 * (1 if wavelet == "5/3" else 2**0.5))
        assert np.allclose(high, 0)


@pytest.mark.parametrize(("wavelet", "moments"), [("haar", 1), ("5/3", 2), ("9/7", 4)])
def test_high_pass_ignores_polynomials(wavelet, moments):
    t = np.arange(40.0) / 20 - 1
    for degree in range(moments + 1):
        high = wavelets.WAVELETS[wavelet][0](t**degree)[20:]
        assert (abs(high[3:-3]).max() < 1e-10) == (degree < moments)


@pytest.mark.equation("eq-lifting-53")
def test_integers_of_the_53_are_rounded_floats():
    x = noise(50, np.int64)
    y, smooth = lifting.lifting_53(x), lifting.lifting_53(x.astype(float))
    low, high = lifting.low_high(y, 0)
    assert (high == np.floor(x[1::2] - (x[:-1:2] + np.append(x[2::2], x[-2])) / 2 + 0.5)).all()
    assert (low == x[::2] + np.floor((np.append(high[0], high[:-1]) + high) / 4 + 0.5)).all()
    assert abs(y - smooth).max() <= 1


@pytest.mark.parametrize(
    ("wavelet", "name", "shift", "scale"), [("5/3", "bior2.2", 1, 2**0.5), ("9/7", "bior4.4", 2, 1)]
)
def test_a_level_is_that_of_pywavelets(wavelet, name, shift, scale):
    for n in (16, 50, 128):
        x = noise(n)
        low, high = pywt.dwt(x, name, mode="reflect")
        y = wavelets.WAVELETS[wavelet][0](x)
        assert np.allclose(y[: n // 2] * scale, low[shift : shift + n // 2], atol=1e-9)
        assert np.allclose(-y[n // 2 :] / scale, high[shift : shift + n // 2], atol=1e-9)


def test_haar_is_that_of_pywavelets():
    x = noise((32, 48))
    coarse, (horizontal, vertical, diagonal) = pywt.dwt2(x, "haar")
    pyramid = wavelets.decompose(x, 1, wavelet="haar")
    assert np.allclose(pyramid.band("LL"), coarse)
    assert np.allclose(pyramid.band("LH"), horizontal)
    assert np.allclose(pyramid.band("HL"), vertical)
    assert np.allclose(pyramid.band("HH"), diagonal)


@pytest.mark.equation("eq-haar")
def test_haar_of_floats_keeps_the_energy_and_of_integers_the_numbers():
    x = noise(64)
    assert np.square(lifting.haar(x)).sum() == pytest.approx(np.square(x).sum())
    a, b = x.astype(np.int64)[::2], x.astype(np.int64)[1::2]
    assert (lifting.haar(x.astype(np.int64)) == np.concatenate([(a + b) >> 1, a - b])).all()


@pytest.mark.parametrize("call", [lifting.haar, lifting.inverse_haar, lifting.lifting_53, lifting.inverse_lifting_53])
def test_unsigned_bytes_are_refused(call):
    with pytest.raises(TypeError, match="wraps around"):
        call(np.zeros(4, np.uint8))


@pytest.mark.parametrize("call", [lifting.lifting_97, lifting.inverse_lifting_97])
def test_the_97_wants_floats(call):
    with pytest.raises(TypeError, match="accepted are floats"):
        call(np.zeros(4, np.int32))


# ---- Pyramids --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wavelet", "dtype"), KINDS)
def test_pyramids_come_back_at_every_size_and_level_and_the_twin_is_equal(wavelet, dtype):
    for n in range(1, 66):
        x = noise((n, 66 - n), dtype, seed=n)
        for levels in (n % 8, 7 - n % 8):
            pyramid = wavelets.decompose(x, levels, wavelet=wavelet)
            twin = fast.decompose(x, levels, wavelet=wavelet)
            within = unit(dtype, pyramid.coefficients)
            assert (pyramid.shape, pyramid.dtype, pyramid.levels) == (x.shape, dtype, levels)
            assert largest(twin.coefficients, pyramid.coefficients) <= within
            assert largest(wavelets.recompose(pyramid), x) <= within
            assert largest(fast.recompose(pyramid), x) <= within


@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize(("wavelet", "dtype"), KINDS)
def test_large_pictures_signals_and_clips_come_back(wavelet, dtype, shape):
    x, axes = noise(shape, dtype), tuple(range(len(shape)))
    for levels in range(0, 11, 2):
        pyramid = wavelets.decompose(x, levels, wavelet=wavelet, axes=axes)
        within = unit(dtype, pyramid.coefficients)
        assert (
            largest(fast.decompose(x, levels, wavelet=wavelet, axes=axes).coefficients, pyramid.coefficients) <= within
        )
        assert largest(wavelets.recompose(pyramid), x) <= within
        assert largest(fast.recompose(pyramid), x) <= within


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (2, 0), (-1,), (0, 1, 2)])
def test_any_axes_come_back_and_the_twin_is_equal(axes):
    x = noise((6, 9, 11))
    for wavelet in wavelets.WAVELETS:
        pyramid = wavelets.decompose(x, 2, wavelet=wavelet, axes=axes)
        assert largest(fast.decompose(x, 2, wavelet=wavelet, axes=axes).coefficients, pyramid.coefficients) < 1e-9
        assert largest(wavelets.recompose(pyramid), x) < 1e-9
        assert largest(fast.recompose(pyramid), x) < 1e-9


def test_the_twin_leaves_its_input_alone():
    for wavelet in wavelets.WAVELETS:
        x = noise((8, 6, 10), np.float32)
        for axes in ((0,), (1, 2), (1,), (2,)):
            before = x.copy()
            pyramid = fast.decompose(x, 2, wavelet=wavelet, axes=axes)
            kept = pyramid.coefficients.copy()
            fast.recompose(pyramid)
            assert (x == before).all()
            assert (pyramid.coefficients == kept).all()


def test_the_twin_takes_views():
    x = noise((20, 22), np.float32)
    for wavelet in wavelets.WAVELETS:
        wanted = wavelets.decompose(x.T[::2, ::-1], 3, wavelet=wavelet).coefficients
        assert largest(fast.decompose(x.T[::2, ::-1], 3, wavelet=wavelet).coefficients, wanted) < 1e-3


def test_kernels_are_the_plain_functions():
    x, xi = noise((7, 9)), noise((7, 9), np.int64)
    steps, gains = np.array(compiled.STEPS["9/7"]), np.array(compiled.GAINS["9/7"])
    for name in ("_rows", "_rows_back", "_columns", "_columns_back"):
        kernel, plain = (np.empty_like(x) for _ in range(2))
        getattr(compiled, name)(x.copy(), kernel, steps, gains)
        getattr(compiled, name).py_func(x.copy(), plain, steps, gains)
        assert largest(kernel, plain) < 1e-10
        getattr(compiled, name.replace("_back", "") + "_rounded" + "_back" * name.endswith("_back"))(xi, xi.copy())
    for name in ("_rows_rounded", "_rows_rounded_back", "_columns_rounded", "_columns_rounded_back"):
        kernel, plain = (np.empty_like(xi) for _ in range(2))
        getattr(compiled, name)(xi.copy(), kernel)
        getattr(compiled, name).py_func(xi.copy(), plain)
        assert (kernel == plain).all()
    for name in ("_haar_plane", "_haar_plane_back"):
        kernel, plain = (np.empty((6, 8)) for _ in range(2))
        getattr(compiled, name)(x[:6, :8].copy(), kernel)
        getattr(compiled, name).py_func(x[:6, :8].copy(), plain)
        assert largest(kernel, plain) < 1e-10


def test_bands_tile_the_coefficients():
    for shape in [(13, 8), (1, 9), (5, 6, 7), (4,)]:
        for levels in range(5):
            count = np.zeros(shape, int)
            for band in wavelets.bands(shape, levels):
                count[band.region] += 1
            assert (count == 1).all()
    assert [band.name for band in wavelets.bands((8, 8), 1)] == ["LL", "HL", "LH", "HH"]


def test_hl_is_high_pass_from_left_to_right():
    x = np.tile([1.0, -1.0], (8, 4))
    pyramid = wavelets.decompose(x, 1, wavelet="9/7")
    energy = {name: np.square(pyramid.band(name)).sum() for name in ("LL", "HL", "LH", "HH")}
    assert max(energy, key=energy.get) == "HL"


def test_frames_are_transformed_one_by_one():
    x = noise((3, 12, 10))
    whole = wavelets.decompose(x, 2, wavelet="5/3").coefficients
    assert all(
        (wavelets.decompose(frame, 2, wavelet="5/3").coefficients == y).all() for frame, y in zip(x, whole, strict=True)
    )


@pytest.mark.parametrize("decompose", [wavelets.decompose, fast.decompose])
@pytest.mark.parametrize(
    ("error", "match", "x", "levels", "options"),
    [
        (ValueError, "choose 'haar', '5/3', '9/7'", np.zeros((2, 2)), 1, {"wavelet": "db4"}),
        (TypeError, "takes floats", np.zeros((2, 2), np.int32), 1, {"wavelet": "9/7"}),
        (TypeError, "signed integers", np.zeros((2, 2), np.uint8), 1, {"wavelet": "5/3"}),
        (ValueError, "0 to 32", np.zeros((2, 2)), -1, {"wavelet": "haar"}),
        (ValueError, "distinct axes", np.zeros((2, 2)), 1, {"wavelet": "haar", "axes": (0, -2)}),
        (ValueError, "distinct axes", np.zeros((2, 2)), 1, {"wavelet": "haar", "axes": (2,)}),
        (ValueError, "no size is 0", np.zeros((2, 0)), 1, {"wavelet": "haar"}),
    ],
)
def test_what_cannot_be_transformed_is_refused(decompose, error, match, x, levels, options):
    with pytest.raises(error, match=match):
        decompose(x, levels, **options)


# ---- DCT -------------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-dct")
@given(st.integers(1, 40), st.integers(1, 40))
@few
def test_the_dct_is_scipys_and_comes_back(h, w):
    x = noise((h, w))
    assert np.allclose(wavelets.dct(x), dctn(x, norm="ortho"), atol=1e-10)
    assert np.allclose(wavelets.inverse_dct(wavelets.dct(x)), x, atol=1e-10)
    blocks = wavelets.dct_blocks(x)
    assert np.allclose(wavelets.inverse_dct_blocks(blocks, (h, w)), x, atol=1e-10)
    if h >= 8 and w >= 8:
        assert np.allclose(blocks[0, 0], dctn(x[:8, :8], norm="ortho"), atol=1e-10)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_dct_keeps_the_dtype(dtype):
    x = noise((12, 9), dtype)
    assert wavelets.dct(x).dtype == dtype
    assert largest(wavelets.inverse_dct_blocks(wavelets.dct_blocks(x, 4), x.shape), x) <= unit(dtype, x)


# ---- Quantisers and what is known about them -------------------------------------------------------------------------


@pytest.mark.equation("eq-dead-zone")
@given(st.floats(-1e4, 1e4), st.floats(0.01, 100), st.floats(0, 0.5))
@few
def test_a_quantiser_errs_by_less_than_a_step(x, step, rounding):
    q = wavelets.quantise(np.array([x]), step, rounding=rounding)
    assert q[0] == int(np.sign(x)) * int(abs(x) / step + rounding)
    assert (q[0] == 0) == (abs(x) / step + rounding < 1)
    assert abs(wavelets.dequantise(q, step)[0] - x) <= step * (1 - rounding) * (1 + 1e-9)


def test_a_point_towards_zero_is_better_for_laplacian_coefficients():
    x = np.random.default_rng(0).laplace(size=100_000)
    q = wavelets.quantise(x, 2.0, rounding=0.5)
    errors = [np.square(wavelets.dequantise(q, 2.0, point=point) - x).mean() for point in (0.0, 0.1, 0.2)]
    ones = x[q == 1] / 2
    assert errors[1] < errors[0]
    assert ones.mean() < 0.9


@pytest.mark.parametrize(("step", "rounding"), [(0, 0.5), (-1, 0.5), (1, 0.6), (1, -0.1)])
def test_a_quantiser_that_cannot_be_is_refused(step, rounding):
    with pytest.raises(ValueError, match="chapter 7"):
        wavelets.quantise(np.zeros(2), step, rounding=rounding)


@given(st.lists(st.integers(-300, 300), max_size=20), st.integers(0, 9))
@few
def test_bit_planes_add_up_and_fewer_of_them_leave_an_interval(values, missing):
    q = np.array(values, int)
    planes = wavelets.bit_planes(q)
    weights = 2 ** np.arange(len(planes))[::-1]
    assert (np.tensordot(weights, planes, 1) == abs(q)).all()
    known = wavelets.coarser(q, missing)
    assert (abs(known - q) <= (2**missing - 1) / 2 + (known == 0) * 2 ** max(0, missing - 1)).all()
    assert (wavelets.coarser(q, 0) == q).all()
    assert wavelets.bit_planes(q, 9).shape == (9, len(q))


def test_gains_are_one_where_the_transform_is_orthonormal():
    assert np.allclose(list(wavelets.synthesis_gains(3, "haar").values()), 1)
    nines = wavelets.synthesis_gains(4, "9/7")
    assert all(0.9 < gain < 1.12 for gain in nines.values())
    assert nines["LL", 4] == pytest.approx(1.06, abs=0.02)


@pytest.mark.parametrize(("wavelet", "dimensions"), [("5/3", 2), ("9/7", 2), ("9/7", 1), ("5/3", 3)])
def test_gains_are_what_an_error_is_in_the_picture(wavelet, dimensions):
    shape = (64,) * dimensions if dimensions < 3 else (32,) * 3
    for (name, level), gain in wavelets.synthesis_gains(2, wavelet, dimensions=dimensions).items():
        y = wavelets.Pyramid(np.zeros(shape), 2, wavelet, tuple(range(dimensions)))
        band = y.band(name, level)
        band[tuple(n // 2 for n in band.shape)] = 1
        assert np.linalg.norm(wavelets.recompose(y)) == pytest.approx(gain)


@pytest.mark.equation("eq-coding-gain")
def test_the_klt_gains_most_and_the_dct_nearly_as_much():
    rho = 0.95
    covariance = rho ** abs(np.subtract.outer(np.arange(8), np.arange(8)))
    k, c = wavelets.klt(covariance), wavelets.dct_matrix(8)
    assert np.allclose(k @ k.T, np.eye(8))
    diagonal = k @ covariance @ k.T
    assert np.allclose(diagonal, np.diag(np.diag(diagonal)))
    best = wavelets.coding_gain(np.diag(diagonal))
    assert best == pytest.approx((1 - rho**2) ** (-7 / 8))  # 1 over the 8th root of the determinant
    assert 0.98 * best < wavelets.coding_gain(np.diag(c @ covariance @ c.T)) < best
    assert wavelets.coding_gain(np.ones(8)) == pytest.approx(1)
    with pytest.raises(ValueError, match="all of them positive"):
        wavelets.coding_gain(np.array([1.0, 0.0]))


@pytest.mark.equation("eq-water")
@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0.001, 1))
@few
def test_water_is_filled_in_reverse(spectrum, share):
    spectrum = np.array(spectrum)
    if spectrum.mean() < 1e-3:
        return
    distortion = share * spectrum.mean()
    low, high = 0.0, spectrum.max()
    for _ in range(200):
        level = (low + high) / 2
        low, high = (level, high) if np.minimum(level, spectrum).mean() < distortion else (low, level)
    rate = np.maximum(0, np.log2(np.maximum(spectrum, 1e-300) / level) / 2).mean()
    assert wavelets.reverse_water_filling(spectrum, distortion) == pytest.approx(rate, abs=1e-6)


def test_the_least_rate_joins_the_gaussian_laboratory():
    spectrum = gauss.power_spectrum((16, 16))
    rates = [wavelets.reverse_water_filling(spectrum, d) for d in (0.01, 0.1, 1.0)]
    assert rates[0] > rates[1] > rates[2] == pytest.approx(0, abs=1e-9)
    small = spectrum.min() / 2
    assert wavelets.reverse_water_filling(spectrum, small) == pytest.approx(np.log2(spectrum / small).mean() / 2)
    for distortion in (0, 1.1, -1):
        with pytest.raises(ValueError, match="up to the mean"):
            wavelets.reverse_water_filling(spectrum, distortion)


# ---- The embedded stream ---------------------------------------------------------------------------------------------


def plan_and_levels(shapes, seed=0, scale=3.0):
    """A layout, and random coefficients, many of them 0, in its array."""
    rng, plan = np.random.default_rng(seed), layout.layout(shapes)
    planes = [(rng.laplace(scale=scale, size=shape) * (rng.random(shape) < 0.5)).astype(int) for shape in shapes]
    return plan, planes, layout.gather(plan, planes)


SHAPES = [
    [(1, 1)],
    [(9, 14)],
    [(33, 17)],
    [(1, 40)],
    [(16, 24), (8, 12), (8, 12)],
    [(13, 9)] * 3,
    [(13, 9), (7, 5), (7, 5)],
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_the_array_of_all_bands_comes_apart_again_and_its_margins_are_zero(shapes):
    plan, planes, flat = plan_and_levels(shapes)
    assert all((a == b).all() for a, b in zip(layout.scatter(plan, flat, shapes), planes, strict=True))
    assert abs(flat).sum() == sum(abs(plane).sum() for plane in planes)
    order = [(band.level + (c > 0 and shapes[c] != shapes[0]), c) for c, band in plan.owners]
    assert order == sorted(order, key=lambda item: (-item[0], item[1]))


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [0.3, 3.0, 3e4])
def test_coefficients_come_back(shapes, scale):
    plan, _, flat = plan_and_levels(shapes, scale=scale)
    flat = flat.clip(-(2**17), 2**17)
    stream = fast.write(plan, flat)
    assert (fast.read(layout.layout(shapes), stream) == 2 * flat).all()
    assert (fast.read(layout.layout(shapes), stream + b"\xff" * 9) == 2 * flat).all()


def test_a_stream_can_be_cut_anywhere():
    shapes = [(24, 32), (12, 16), (12, 16)]
    plan, _, flat = plan_and_levels(shapes, scale=20.0)
    stream, errors = fast.write(plan, flat), []
    for end in range(len(stream)):
        known = fast.read(layout.layout(shapes), stream[:end], whole=False)
        assert (known * flat >= 0).all()  # a sign that is known is right
        assert (known[flat == 0] == 0).all()
        digits = np.frompyfunc(lambda n: int(n).bit_length(), 1, 1)(abs(known) >> 1)
        right = np.frompyfunc(lambda n: int(n).bit_length(), 1, 1)(abs(flat))
        assert (digits == right)[known != 0].all()  # and so is the first digit
        errors.append(abs(known / 2 - flat).sum())
    assert errors[0] == abs(flat).sum()
    assert errors[-1] < 0.02 * errors[0]
    assert max(later - sooner for later, sooner in zip(errors[40::40], errors[::40], strict=False)) <= 0


def test_the_middle_of_what_is_known():
    plan = layout.layout([(1, 3)])
    for q in range(1, 40):
        for plane in range(1, 5):
            known = np.zeros(plan.size, np.int32)
            places = slice(int(plan.table[0, 0]), int(plan.table[0, 0]) + 3)
            digits = q >> plane
            known[places] = digits, digits, 2 * (q >> plane + 1) + (q >> plane + 1 > 0)  # the last is not yet read
            planes.twice(plan.table, known, plane, 0, 2)
            middles = [int(2 * wavelets.coarser(np.array([q]), n)[0]) for n in (plane, plane, plane + 1)]
            assert known[places].tolist() == middles


def test_the_coder_is_the_plain_function():
    shapes = [(9, 7), (5, 4), (5, 4)]
    plan, _, flat = plan_and_levels(shapes, scale=6.0)
    stream = fast.write(plan, flat)
    with interpreted(binary, contexts, planes), np.errstate(over="ignore"):
        assert fast.write(plan, flat) == stream
        assert (fast.read(layout.layout(shapes), stream) == 2 * flat).all()
        assert (fast.read(layout.layout(shapes), stream[:20], whole=False) != 2 * flat).any()


def test_tables_of_the_mixture_are_the_logistic_function_and_its_inverse():
    x = np.arange(-2048, 2048) / 256
    assert abs(planes.SQUASH - np.clip(65536 / (1 + np.exp(-x)), 24, 65512)).max() <= 0.51
    p = (np.arange(8192) + 0.5) / 8192
    inside = abs(np.log(p / (1 - p))) < 7
    assert abs(planes.STRETCH / 256 - np.log(p / (1 - p)))[inside].max() < 0.06


def test_more_planes_than_an_encoder_writes_are_refused():
    plan, _, flat = plan_and_levels([(8, 8)])
    stream = fast.write(plan, flat * 0 + (flat != 0) * 2**20)
    with pytest.raises(BitstreamError, match="bit planes"):
        fast.read(layout.layout([(8, 8)]), stream)


def test_integers_of_the_inverse_97_are_those_of_the_floats():
    for shape in [(1, 1), (1, 9), (8, 1), (2, 2), (13, 22), (64, 65)]:
        for levels in range(6):
            y = noise(shape) * 64
            exact = wavelets.recompose(wavelets.Pyramid(y, levels, "9/7", (0, 1)))
            assert abs(fast.recompose_fixed(y.astype(np.int64), levels) - exact).max() < 16
    steps = [lifting.ALPHA, lifting.BETA, lifting.GAMMA, lifting.DELTA]
    assert fixed.STEPS.tolist() == [round(65536 * step) for step in steps]
    scales = np.array([1 / lifting.KAPPA, lifting.KAPPA, 2**-0.5])
    assert np.rint(65536 * scales).tolist() == [fixed.LOW, fixed.HIGH, fixed.LONE]
    v = noise((5, 3), np.int64)
    kernel, plain = np.empty_like(v), np.empty_like(v)
    fixed._columns(v, kernel)
    with interpreted(fixed):
        fixed._columns(v, plain)
    assert (kernel == plain).all()


def test_the_choice_is_better_than_rounding():
    x = picture()
    plan = layout.layout([x.shape])
    y = fast.decompose(x.astype(np.float32) - 128, plan.levels[0], wavelet="9/7").coefficients
    scaled = layout.gather(plan, [y / np.float32(12)], np.float32)

    def lagrangian(q):
        return np.square(scaled - q).sum() + 0.09 * 8 * len(fast.write(plan, q))

    rounded = np.rint(scaled).astype(np.int32)
    assert (fast.choose(plan, scaled, price=0.0) == np.where(abs(scaled) < 0.4, 0, rounded)).mean() > 0.999
    dead = layout.gather(plan, [wavelets.quantise(y, 12.0, rounding=0.4)])
    assert lagrangian(fast.choose(plan, scaled)) < 0.99 * lagrangian(dead) < lagrangian(rounded)


def test_the_choice_is_the_plain_function():
    plan = layout.layout([(12, 9)])
    scaled = layout.gather(plan, [np.random.default_rng(0).laplace(size=(12, 9))], np.float32)
    chosen = fast.choose(plan, scaled)
    with interpreted(choice):
        assert (fast.choose(plan, scaled) == chosen).all()


@given(arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(-300, 300)), st.binary())
@few
def test_the_readable_stream_comes_back_and_ignores_what_follows(q, garbage):
    assert (wavelets.extract(wavelets.embed(q) + garbage, q.shape) == q).all()


def test_the_readable_stream_can_be_cut_anywhere():
    q = (np.random.default_rng(0).laplace(scale=9, size=(12, 16))).astype(int)
    stream, errors = wavelets.embed(q), []
    for end in range(len(stream) + 1):
        known = wavelets.extract(stream[:end], q.shape)
        assert (known * q >= 0).all()
        errors.append(abs(known - q).sum())
    assert errors[0] == abs(q).sum()
    assert errors[-1] == 0
    assert max(later - sooner for later, sooner in zip(errors[10::10], errors[::10], strict=False)) <= 0


@given(st.binary(max_size=60))
@few
def test_the_readable_decoder_reads_anything_or_raises(data):
    try:
        assert wavelets.extract(data, (5, 4)).shape == (5, 4)
    except BitstreamError:
        return


def test_more_contexts_make_a_shorter_stream():
    x = picture()[:128]
    plan = layout.layout([x.shape])
    y = fast.decompose(x.astype(np.float32) - 128, plan.levels[0], wavelet="9/7").coefficients
    q = wavelets.quantise(y, 8.0, rounding=0.4)
    assert len(fast.write(plan, layout.gather(plan, [q]))) < 0.95 * len(wavelets.embed(q))


# ---- The codec -------------------------------------------------------------------------------------------------------


def picture():
    """A part of a photograph."""
    return cv2.cvtColor(clips.photograph("chelsea"), cv2.COLOR_RGB2GRAY)[40:200, 100:292]


def tile(colour=False):
    """A small picture of one's own, for streams that are kept."""
    y, x = np.mgrid[:12, :10]
    grey = ((x * x * 3 + y * y * 5 + x * y) // 7 % 256).astype(np.uint8)
    return np.stack([grey, grey[::-1], 255 - grey], axis=-1) if colour else grey


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (2, 3), (17, 12), (40, 65)])
@pytest.mark.parametrize("colour", [False, True])
def test_quality_100_is_without_loss(shape, colour):
    image = noise((*shape, 3) if colour else shape).astype(np.uint8)
    decoded = wavelets.decode(wavelets.encode(image, 100))
    assert decoded.dtype == np.uint8
    assert (decoded == image).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (2, 3), (17, 12), (40, 65)])
def test_quality_99_errs_by_little(shape):
    image = noise(shape).astype(np.uint8)
    assert abs(wavelets.decode(wavelets.encode(image, 99)).astype(int) - image).max() <= 4
    colours = np.stack([image, image[::-1], image[:, ::-1]], axis=-1)
    decoded = wavelets.decode(wavelets.encode(colours, 99, subsampling="4:4:4"))
    assert abs(decoded.astype(int) - colours).max() <= 8
    assert wavelets.decode(wavelets.encode(colours, 20)).shape == colours.shape


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_colours_survive(subsampling):
    colours = np.full((21, 34, 3), (200, 40, 90), np.uint8)
    decoded = wavelets.decode(wavelets.encode(colours, 90, subsampling=subsampling))
    assert abs(decoded.astype(int) - colours).max() <= 2


def test_chroma_is_doubled_where_it_lies():
    ramp = np.arange(8) * 64
    assert components.doubled(ramp[None], (1, 15))[0, 1:].tolist() == [32 * j - 16 for j in range(1, 15)]
    assert components.doubled(ramp[:, None], (16, 1))[1:15, 0].tolist() == [32 * j - 16 for j in range(1, 15)]


@given(st.integers(0, 2**32 - 1))
@few
def test_reversible_colours_are(seed):
    image = np.random.default_rng(seed).integers(0, 256, (3, 4, 3)).astype(np.uint8)
    assert (components.unreversible(components.reversible(image)) == image).all()


def test_more_quality_costs_more_and_errs_less():
    image, sizes, errors = picture(), [], []
    for quality in (0, 10, 25, 50, 75, 90, 99):
        data = wavelets.encode(image, quality)
        sizes.append(len(data))
        errors.append(metrics.mse(image, wavelets.decode(data)))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.3
    assert [wavelets.quality_step(q) for q in (99, 85, 71)] == [1, 2, 4]


def test_a_cut_picture_is_a_coarser_one():
    image = picture()
    data = wavelets.encode(image, 80)
    errors = [metrics.mse(image, wavelets.decode(data[: len(data) * k // 16])) for k in range(1, 17)]
    assert errors == sorted(errors, reverse=True)
    short = wavelets.encode(image, 30)
    cut = metrics.mse(image, wavelets.decode(data[: len(short)]))
    assert cut < 1.6 * metrics.mse(image, wavelets.decode(short))  # a cut stream is nearly as good as a short one


def test_garbage_behind_the_end_is_ignored():
    for image in (picture(), tile(colour=True)):
        for quality in (40, 100):
            data = wavelets.encode(image, quality)
            assert (wavelets.decode(data + b"\x00\xff" * 50) == wavelets.decode(data)).all()


def test_a_fresh_process_decodes_the_same(tmp_path):
    data = wavelets.encode(picture(), 60)
    (tmp_path / "a.vw").write_bytes(data)
    code = "import sys, pathlib, hashlib; from vdtext import wavelets; "
    code += "print(hashlib.sha256(wavelets.decode(pathlib.Path(sys.argv[1]).read_bytes()).tobytes()).hexdigest())"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.vw"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [hashlib.sha256(wavelets.decode(data).tobytes()).hexdigest()]


GOLDEN = {  # (colour, quality): stream, beginning of the SHA-256 of the decoded bytes; made by encode(tile(…), …)
    (False, 100): (
        "565701040c0a360f357a52fdd6c4f85f5730c34b801f0f001009cc7b043f91b1c5bc4a8f47317ed1d4937cb09b523843"
        "d064eee0814cae21692fdd6476",
        "4d00313eeb654f24",
    ),
    (False, 40): (
        "565701000c0aa409000f03131ccf7e5e11a9740c5ecbf04a9fe75ed5ff27e7",
        "9d2adde5722653ac",
    ),
    (True, 100): (
        "565701060c0a9b0110d485a195c1440c1c9244ee2c10dfbba64567b79fab0115c2e14b18ba79e8011b7db4a162df9d6f"
        "b92610b512665ea6a58226b49f09034e7b10efa8ab714f973115152b54f2be879ba1259a4e94544d0076376d271c7a83"
        "bd19449aae5df363b64842c21cac24c97a137bc198905a7d57144f391cb9a57637668a2c08b4c9cb501e041bd70e1f6a"
        "21e0f88119b9120f1e24da80c8dcf71ba04236",
        "7d1a3da9a0147251",
    ),
    (True, 40): (
        "565701010c0aa409cd0b0000201cd67766aa610c63f31025ab22d8a047f078d0c03d02b26e34eefe6166d9e7aa",
        "687357e4c872b414",
    ),
}


@pytest.mark.parametrize(("colour", "quality"), GOLDEN)
def test_streams_of_today_are_decoded_for_ever(colour, quality):
    stream, digest = GOLDEN[colour, quality]
    decoded = wavelets.decode(bytes.fromhex(stream))
    message = "a breaking change of the format: give it another version"
    assert hashlib.sha256(decoded.tobytes()).hexdigest()[:16] == digest, message
    if quality == 100:
        assert wavelets.encode(tile(colour), 100).hex() == stream, message
        assert (decoded == tile(colour)).all()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "begins with VW"),
        (b"VW\x01", "begins with VW"),
        (b"PNG\x01\x01\x01", "begins with VW"),
        (b"VW\x02\x00", "version 2"),
        (b"VW\x01\x03", "mode 3"),
        (b"VW\x01\x05", "mode 5"),
        (b"VW\x01\x07", "mode 7"),
        (b"VW\x01\x04\x01", "cut"),
        (b"VW\x01\x04" + b"\xff" * 6, "35 bits"),
        (b"VW\x01\x04\x00\x01\x00", "no encoder writes"),
        (b"VW\x01\x04" + b"\xff\xff\x7f" * 2 + b"\x00", "no encoder writes"),
        (b"VW\x01\x00\x01\x01\x00\x00\x00\x00\x00", "no encoder writes"),
        (b"VW\x01\x01\x01\x01\x09\x00\x00\x00\x00", "no encoder writes"),
        (b"VW\x01\x00\x01\x01\x09\x00\x00\x40\x00", "no encoder writes"),
        (b"VW\x01\x04\x08\x08\x04\xff\xff\xff\xff", "bit planes"),
    ],
)
def test_headers_that_no_encoder_writes_are_refused(data, match):
    with pytest.raises(BitstreamError, match=match):
        wavelets.decode(data)


def test_the_header_comes_back_and_a_limit_holds():
    header = stream.Header("4:2:0", False, 300, 2, 64, 80, 5, 32, 1000)
    assert stream.unpack(stream.pack(header) + b"abc") == (header, b"abc")
    data = wavelets.encode(tile(), 100)
    assert (wavelets.decode(data, limit=120) == tile()).all()
    with pytest.raises(BitstreamError, match="a size"):
        wavelets.decode(data, limit=119)


def test_any_bytes_decode_or_raise():
    rng, streams = np.random.default_rng(0), [bytes.fromhex(stream) for stream, _ in GOLDEN.values()]
    outcomes = {True: 0, False: 0}
    for turn in range(3000):
        data = bytearray(streams[turn % len(streams)])
        for _ in range(rng.integers(1, 4)):
            what = rng.integers(4)
            if what == 0:
                data[rng.integers(len(data))] = rng.integers(256)
            elif what == 1:
                data[rng.integers(len(data))] ^= 1 << rng.integers(8)
            elif what == 2:
                del data[int(rng.integers(1, len(data) + 1)) :]
            else:
                data[int(rng.integers(len(data))) :] = rng.bytes(int(rng.integers(1, 40)))
        try:
            assert wavelets.decode(bytes(data), limit=1 << 12).dtype == np.uint8
            outcomes[True] += 1
        except BitstreamError:
            outcomes[False] += 1
    assert min(outcomes.values()) > 300


@given(
    st.sampled_from([b"", b"VW\x01\x00", b"VW\x01\x04\x05\x06\x20", b"VW\x01\x01\x05\x06\x40\x40\x00\x00\x20"]),
    st.binary(),
)
@few
def test_any_bytes_behind_a_header_decode_or_raise(head, tail):
    try:
        assert wavelets.decode(head + tail, limit=1 << 12).size <= 3 << 12
    except BitstreamError:
        return


@pytest.mark.parametrize(
    ("error", "match", "image", "options"),
    [
        (TypeError, "are uint8", np.zeros((2, 2)), {}),
        (ValueError, "accepted are", np.zeros((2, 2, 4), np.uint8), {}),
        (ValueError, "accepted are", np.zeros((0, 2), np.uint8), {}),
        (ValueError, "accepted are", np.zeros(5, np.uint8), {}),
        (ValueError, "quality=101", np.zeros((2, 2), np.uint8), {"quality": 101}),
        (ValueError, "4:1:1", np.zeros((2, 2), np.uint8), {"subsampling": "4:1:1"}),
    ],
)
def test_what_cannot_be_coded_is_refused(error, match, image, options):
    with pytest.raises(error, match=match):
        wavelets.encode(image, **options)


@pytest.mark.parametrize("colour", [False, True])
def test_clips_come_back_frame_by_frame(colour):
    clip = np.stack([tile(colour), 255 - tile(colour), tile(colour)[::-1]])
    data = wavelets.encode_frames(clip, 100)
    assert (wavelets.decode_frames(data + b"garbage") == clip).all()
    lossy = wavelets.decode_frames(wavelets.encode_frames(clip, 60))
    assert all((wavelets.decode(wavelets.encode(a, 60)) == b).all() for a, b in zip(clip, lossy, strict=True))
    for end in range(len(data)):
        with pytest.raises(BitstreamError, match="chapter 7"):
            wavelets.decode_frames(data[:end])
    with pytest.raises(BitstreamError, match="too many"):
        wavelets.decode_frames(data, limit=359)


def test_clips_that_no_encoder_writes_are_refused():
    one, other = (wavelets.encode(np.zeros(shape, np.uint8), 100) for shape in ((4, 4), (4, 5)))
    mixed = b"VS\x01\x02" + b"".join(bytes([len(data)]) + data for data in (one, other))
    with pytest.raises(BitstreamError, match="frame 1"):
        wavelets.decode_frames(mixed)
    with pytest.raises(BitstreamError, match="without frames"):
        wavelets.decode_frames(b"VS\x01\x00")
    for shape in ((0, 4, 4), (4, 4)):
        with pytest.raises(ValueError, match="not empty"):
            wavelets.encode_frames(np.zeros(shape, np.uint8))


# ---- Referees --------------------------------------------------------------------------------------------------------


def points_of(image, codec):
    """Rate and quality of a codec on a grey picture."""
    found = []
    for k in range(6):
        if codec == "wavelets":
            data = wavelets.encode(image, (10, 25, 40, 55, 65, 75)[k])
            decoded = wavelets.decode(data)
        elif codec == "JPEG":
            file = io.BytesIO()
            options = {"quality": (10, 25, 45, 65, 80, 90)[k], "optimize": True, "progressive": True}
            Image.fromarray(image).save(file, "JPEG", **options)
            data, decoded = file.getvalue(), np.asarray(Image.open(file))
        else:
            options = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, (20, 40, 70, 110, 170, 250)[k]]
            data = cv2.imencode(".jp2", image, options)[1]
            decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        found.append((len(data), metrics.psnr(image, decoded, data_range=255)))
    return found


@pytest.mark.parametrize(("codec", "least"), [("JPEG", -35), ("JPEG 2000", -20)])
def test_the_codec_saves_bytes_against_its_peers(codec, least):
    saved = []
    for image in (picture(), clips.load("carphone", frames=1, gray=True).array[0]):
        saved.append(metrics.bd_rate(points_of(image, codec), points_of(image, "wavelets")).value)
    assert np.mean(saved) < least


def test_without_loss_it_saves_bytes_against_png_and_jpeg_2000():
    for image in (picture(), clips.load("carphone", frames=1, gray=True).array[0]):
        ours = len(wavelets.encode(image, 100))
        peer = cv2.imencode(".jp2", image, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1]
        assert (cv2.imdecode(peer, cv2.IMREAD_UNCHANGED) == image).all()
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG", optimize=True)
        assert ours < 0.97 * len(peer)
        assert ours < 0.95 * file.tell()
