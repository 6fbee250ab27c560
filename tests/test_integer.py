import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vdtext import integer
from vdtext.fast import integer as fast


def network(seed, channels=(2, 5, 3), k=3, size=40):
    rng = np.random.default_rng(seed)
    return [
        integer.Layer(
            rng.integers(-size, size + 1, (o, c, k, k)).astype(np.int16),
            rng.integers(-999, 999, o).astype(np.int32),
            int(rng.integers(0, 12)),
            int(rng.integers(-300, 1)),
            int(rng.integers(1, 300)),
        )
        for c, o in itertools.pairwise(channels)
    ]


def by_the_equation(layers, x):
    for one in layers:
        x = integer.convolve(x, one)
    return x


def test_a_layer_is_a_float_convolution_rounded_and_clipped():
    (one,) = network(3, (2, 5))
    x = np.random.default_rng(1).integers(-255, 256, (2, 9, 11))
    padded = torch.nn.functional.pad(torch.tensor(x, dtype=torch.float64)[None], (1, 1, 1, 1), mode="replicate")
    sums = torch.nn.functional.conv2d(
        padded, torch.tensor(one.weights, dtype=torch.float64), torch.tensor(one.bias).double()
    )
    expected = np.clip(np.floor(sums[0].numpy() / 2.0**one.shift + (0.5 if one.shift else 0)), one.low, one.high)
    assert (integer.convolve(x, one) == expected).all()


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3, 5]))
def test_matrix_products_of_float32_give_the_same_integers(seed, h, w, k):
    layers, x = network(seed, k=k), np.random.default_rng(seed).integers(-255, 256, (2, h, w))
    assert (integer.run(layers, x, most=255) == by_the_equation(layers, x)).all()


def test_slabs_make_no_difference(monkeypatch):
    layers, x = network(5), np.random.default_rng(5).integers(-255, 256, (2, 37, 23))
    whole = integer.run(layers, x, most=255)
    monkeypatch.setattr(fast, "SLAB", 1000)
    assert (fast.run(layers, x) == whole).all()


def test_the_bound_is_reached_and_not_passed():
    weights = np.full((1, 4, 3, 3), 1000, np.int16)
    one = integer.Layer(weights, np.array([500], np.int32), 3, 0, 255)
    x = np.full((4, 3, 3), 255)
    assert integer.largest(one, 255) == 1000 * 36 * 255 + 500 + 4
    wide = integer.Layer(weights, np.array([500], np.int32), 0, 0, integer.EXACT - 1)
    assert integer.convolve(x, wide).max() + 0 == integer.largest(wide, 255)
    with pytest.raises(ValueError, match="below 2²⁴ only"):
        integer.run([one], x, most=500)


def test_a_layer_of_floats_becomes_the_nearest_of_integers():
    rng = np.random.default_rng(2)
    weights, bias, x = rng.normal(0, 0.2, (3, 2, 3, 3)), rng.normal(0, 1, 3), rng.integers(-255, 256, (2, 12, 12))
    one = integer.layer(weights, bias, scale=16, out=8, shift=12, low=-9999, high=9999)
    padded = np.pad(x / 16, ((0, 0), (1, 1), (1, 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    expected = 8 * (np.einsum("ocij,cyxij->oyx", weights, windows) + bias[:, None, None])
    assert abs(integer.convolve(x, one) - expected).max() < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.zeros((1, 1, 2, 2), np.int16)}, "k odd"),
        ({"bias": np.zeros(2, np.int32)}, "bias"),
        ({"shift": 21}, "shift=21"),
        ({"low": 5, "high": 4}, "low=5, high=4"),
    ],
)
def test_what_is_no_layer_is_refused(change, message):
    good = {"weights": np.zeros((1, 1, 3, 3), np.int16), "bias": np.zeros(1, np.int32), "shift": 0, "low": 0, "high": 1}
    integer.Layer(**good)
    with pytest.raises(ValueError, match=message):
        integer.Layer(**(good | change))


def test_other_inputs_are_refused_in_one_line():
    layers = network(0)
    with pytest.raises(ValueError, match="C = 2"):
        integer.run(layers, np.zeros((3, 4, 4), np.int32), most=9)
    with pytest.raises(ValueError, match="float64"):
        integer.convolve(np.zeros((2, 4, 4)), layers[0])
    with pytest.raises(ValueError, match="layer 1 takes"):
        integer.run([layers[0], layers[0]], np.zeros((2, 4, 4), np.int32), most=9)
    with pytest.raises(ValueError, match="32767"):
        integer.layer([[[[9.0]]]], [0], scale=1, out=1, shift=12, low=0, high=1)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_fresh_process_with_any_number_of_threads_gives_the_same(threads):
    program = (
        "import hashlib, numpy as np; from tests.test_integer import network; from vdtext import integer;"
        "x = np.random.default_rng(0).integers(-255, 256, (2, 90, 70));"
        "print(hashlib.sha256(integer.run(network(0), x, most=255).tobytes()).hexdigest())"
    )
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    root = Path(__file__).parents[1]
    found = subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, capture_output=True, text=True)
    x = np.random.default_rng(0).integers(-255, 256, (2, 90, 70))
    assert found.stdout.strip() == hashlib.sha256(by_the_equation(network(0), x).astype(np.int32).tobytes()).hexdigest()
