"""Proofs of vdtext.wavelets: perfect reconstruction everywhere, closed forms, twins, damaged streams, and referees."""

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn

from vdtext import gauss, wavelets
from vdtext.fast import wavelets as fast
from vdtext.fast.wavelets import lifting as compiled
from vdtext.wavelets import lifting

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
