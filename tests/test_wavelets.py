"""Proofs of vdtext.wavelets: perfect reconstruction everywhere, closed forms, twins, damaged streams, and referees."""

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn

from vdtext import wavelets
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
