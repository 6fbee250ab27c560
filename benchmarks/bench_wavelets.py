"""Wavelets of five levels, float32 and integers, against PyWavelets (see tools/bench.py)."""

from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import wavelets
from vdtext.fast import wavelets as fast

SHAPE, LEVELS = (1080, 1920), 5
NAMES = {"haar": "haar", "5/3": "bior2.2", "9/7": "bior4.4"}
MODE = {"haar": "symmetric", "5/3": "reflect", "9/7": "reflect"}
SCALE = {"haar": 1.0, "5/3": 2.0, "9/7": 1.0}
"""PyWavelets' low-pass band of one level over ours."""
SHIFT = {"haar": 0, "5/3": 1, "9/7": 2}


@cache
def picture(dtype=np.float32):
    """Squares of 240 pixels under noise, values from 0 to 255."""
    rows, columns = (index // 240 for index in np.indices(SHAPE))
    grain = np.random.default_rng(0).integers(0, 128, SHAPE)
    return (grain + (rows + columns) % 2 * 127).astype(dtype)


def ours(module, wavelet, dtype):
    x = picture(dtype)
    return lambda: module.decompose(x, LEVELS, wavelet=wavelet).coefficients


def first(coefficients):
    """The middle of the low-pass band after one level, away from the border."""
    return coefficients[8:500, 8:900]


def ours_check(module, wavelet, dtype):
    return lambda: first(module.decompose(picture(dtype), 1, wavelet=wavelet).coefficients)


def pywavelets(wavelet, mode):
    import pywt

    x = picture()
    return lambda: pywt.wavedec2(x, NAMES[wavelet], mode=mode, level=LEVELS)


def pywavelets_check(wavelet):
    """Their low-pass band of one level, where ours has it, and as large."""
    import pywt

    low, _ = pywt.dwt2(picture(), NAMES[wavelet], mode=MODE[wavelet])
    return first(low[SHIFT[wavelet] :, SHIFT[wavelet] :]) / SCALE[wavelet]


def case(wavelet, name, title, dtype, aim):
    """One wavelet; compared is the low-pass band of one level, timed are five."""
    tolerance = 2.0 if dtype == np.int32 else 1e-3
    return Case(
        name=f"wavelets.{name}",
        title=f"{title}, 5 levels, 1920×1080",
        reference=lambda: first(wavelets.decompose(picture(np.float64), 1, wavelet=wavelet).coefficients),
        ours={
            "vdtext": Candidate(
                lambda: ours(fast, wavelet, dtype),
                "vdtext.fast.wavelets.decompose, Numba",
                tolerance,
                "numba",
                check=ours_check(fast, wavelet, dtype),
            ),
            "vdtext, readable": Candidate(
                lambda: ours(wavelets, wavelet, dtype),
                "vdtext.wavelets.decompose, NumPy",
                tolerance,
                "numpy",
                check=ours_check(wavelets, wavelet, dtype),
            ),
        },
        peers={
            "PyWavelets": Candidate(
                lambda: pywavelets(wavelet, "symmetric"),
                f"wavedec2, {NAMES[wavelet]}, symmetric, float32",
                1e-3,
                "PyWavelets",
                check=lambda: pywavelets_check(wavelet),
            ),
            "PyWavelets, periodic": Candidate(
                lambda: pywavelets(wavelet, "periodization"),
                f"wavedec2, {NAMES[wavelet]}, periodization, float32; another border",
                1e-3,
                "PyWavelets",
                check=lambda: pywavelets_check(wavelet),
            ),
        },
        aim=aim,
        against="PyWavelets",
    )


def cases():
    """The tasks of chapter 7."""
    yield case("9/7", "97", "9/7, float32", np.float32, 0.3)
    yield case("5/3", "53", "5/3 of integers (PyWavelets: floats)", np.int32, 0.4)
    yield case("haar", "haar", "Haar, float32", np.float32, 0.15)
