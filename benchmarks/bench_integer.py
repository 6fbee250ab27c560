"""Networks in exact integers against the same layers in floats, as PyTorch computes them (see tools/bench.py)."""

import itertools
from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import integer

SHAPE, WIDTHS = (144, 176), (12, 32, 32, 32, 16)
"""Half the resolution of a CIF picture, and the channels of chapter 13's loop filter."""


@cache
def network():
    """Layers of random weights that use the range they have."""
    rng, layers = np.random.default_rng(0), []
    for before, after in itertools.pairwise(WIDTHS):
        weights = rng.integers(-30, 31, (after, before, 3, 3)).astype(np.int16)
        layers.append(integer.Layer(weights, rng.integers(-999, 1000, after).astype(np.int32), 7, 0, 255))
    return layers


@cache
def picture():
    return np.random.default_rng(1).integers(0, 256, (WIDTHS[0], *SHAPE)).astype(np.int32)


def readable():
    """The equation, layer by layer."""
    x = picture()
    for layer in network():
        x = integer.convolve(x, layer)
    return x


def floats():
    """The same in PyTorch's float32: its sums are exact, too, since none reaches 2²⁴."""
    import torch
    from torch.nn.functional import conv2d, pad

    torch.set_num_threads(1)
    layers = [(torch.from_numpy(one.weights).float(), torch.from_numpy(one.bias).float()) for one in network()]
    first = torch.from_numpy(picture()).float()[None]

    def run():
        with torch.no_grad():
            x = first
            for weights, bias in layers:
                x = conv2d(pad(x, (1, 1, 1, 1), mode="replicate"), weights, bias)
                x = torch.floor((x + 64) / 128).clamp(0, 255)
            return x[0].numpy()

    return run


def cases():
    multiplications = sum(a * b * 9 for a, b in itertools.pairwise(WIDTHS)) * SHAPE[0] * SHAPE[1]
    yield Case(
        name="integer.run",
        title=f"Four layers of 3×3, 176×144, {multiplications / 1e6:.0f} million multiplications",
        reference=readable,
        ours={
            "vdtext": Candidate(
                prepare=lambda: lambda: integer.run(network(), picture(), most=255),
                what="vdtext.integer.run",
                tolerance=0,
                package="numba",
            )
        },
        peers={
            "PyTorch": Candidate(
                prepare=floats, what="torch.nn.functional.conv2d in float32, one thread", tolerance=0, package="torch"
            ),
            "NumPy": Candidate(
                prepare=lambda: readable, what="vdtext.integer.convolve: the equation", tolerance=0, package="numpy"
            ),
        },
        aim=2.0,
        against="PyTorch",
    )
