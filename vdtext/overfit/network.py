"""The decoder that travels in the stream: three small networks of whole numbers.

``arm``        15 known latents → hidden → hidden → middle and width of the next latent (autoregressive), plus a direct
               way from the latents to the result;
``taps``       the filter that doubles a grid, 4 numbers;
``synthesis``  at each pixel: the latents of all grids → features → grey value, plus a direct way; then 3 × 3 pixels.

A tensor of weights is an array of integers and a precision k: its numbers are multiples of 2⁻ᵏ.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from vdtext import integer
from vdtext.overfit.grids import CAUSAL, PARENT, grid_shapes
from vdtext.overfit.laplace import SCALES, SMALLEST

__all__ = ["Network", "Shape", "Tensor", "double", "multiplications", "predict", "shapes", "synthesise", "upsampled"]

FINE = 8
"""Fractional bits of the autoregressive network's activations."""
BROAD, GREY = 7, 3
"""Fractional bits of the upsampled latents, and of grey values within the synthesis."""
CEILING = 1 << 24
"""No hidden unit of the autoregressive network exceeds it, so no sum leaves 64 bits."""
TOP = 1 << 12
"""Grey values within the synthesis stay within ±512."""
MOST = 2047
"""No latent is larger."""
BLOCK = 16
"""Side of the blocks that are fetched from the frame before."""
TAPS = (-6, 58, 222, -18)
"""What the doubling filter differs from: bicubic interpolation at a quarter, in 1/256."""


@dataclass(frozen=True)
class Shape:
    """How large the networks are.

    Attributes
    ----------
    levels : int
        Grids, 1 to 8.
    hidden : int
        Units of each hidden layer of the autoregressive network, 1 to 32.
    features : int
        Of the synthesis, 1 to 64.
    predicted : bool
        Whether the synthesis also sees a prediction of the frame.

    Examples
    --------
    >>> Shape(6, 8, 12, False).levels
    6
    """

    levels: int
    hidden: int
    features: int
    predicted: bool


@dataclass(frozen=True, eq=False)
class Tensor:
    """Weights: integers times 2⁻ᵏ.

    Attributes
    ----------
    numbers : ndarray, int64
    precision : int
        k, −4 to 11.

    Examples
    --------
    >>> Tensor(np.array([3]), 2).floats().tolist()
    [0.75]
    """

    numbers: np.ndarray
    precision: int

    def floats(self):
        """The numbers that are meant, float64."""
        return self.numbers * 2.0**-self.precision


@dataclass(frozen=True, eq=False)
class Network:
    """All weights of a stream.

    Attributes
    ----------
    shape : Shape
    tensors : dict of str to Tensor
        With the names and shapes of :func:`shapes`.

    Examples
    --------
    >>> Network(Shape(1, 1, 1, False), {}).shape.hidden
    1
    """

    shape: Shape
    tensors: dict

    def altered(self, name, place, by):
        """The same network with one number changed by some units, for experiments."""
        old = self.tensors[name]
        numbers = old.numbers.copy()
        numbers.flat[place] += by
        return replace(self, tensors={**self.tensors, name: Tensor(numbers, old.precision)})


def shapes(shape):
    """Names, shapes and defaults of the tensors: what is sent is the difference from the default.

    Parameters
    ----------
    shape : Shape

    Returns
    -------
    dict of str to ndarray
        Defaults, float64.

    Examples
    --------
    >>> sum(default.size for default in shapes(Shape(6, 8, 12, False)).values())
    366
    """
    n, hidden, features = len(CAUSAL) + len(PARENT), shape.hidden, shape.features
    last = np.zeros((1, features + 1 + shape.predicted))
    last[0, features:] = 1
    kernel = np.zeros((1, 9))
    kernel[0, 4] = 1
    return {
        "arm 1": np.zeros((hidden, n)),
        "arm 2": np.zeros((hidden, hidden)),
        "arm 3": np.zeros((2, hidden)),
        "arm direct": np.zeros((2, n)),
        "arm bias": np.zeros(2 * hidden + 2),
        "taps": np.array(TAPS) / 256,
        "synthesis 1": np.zeros((features, shape.levels)),
        "synthesis direct": np.zeros((1, shape.levels)),
        "synthesis 2": last,
        "synthesis 3": kernel,
        "synthesis bias": np.zeros(features + 2),
    }


def multiplications(shape, size):
    """Multiplications that a decoder needs for each pixel: of the autoregressive network, the doubling, the synthesis.

    Parameters
    ----------
    shape : Shape
    size : (int, int)
        Of the picture.

    Returns
    -------
    (float, float, float)

    Examples
    --------
    >>> [round(n) for n in multiplications(Shape(7, 8, 12, False), (144, 176))]
    [307, 45, 113]
    """
    sizes, start = grid_shapes(*size, shape.levels), shapes(shape)
    counts = [h * w for h, w in sizes]
    arm = sum(start[name].size for name in ("arm 1", "arm 2", "arm 3", "arm direct")) * sum(counts)
    doubling = sum(
        4 * (fine[1] * coarse[0] + fine[0] * fine[1])  # columns, then rows
        for level in range(1, shape.levels)
        for fine, coarse in pairwise(sizes[: level + 1])
    )
    synthesis = sum(v.size for name, v in start.items() if name.startswith("synthesis") and not name.endswith("bias"))
    return arm / counts[0], doubling / counts[0], float(synthesis)


def arm_layers(network):
    """The autoregressive network in integers, for :func:`predict` and its twin.

    Parameters
    ----------
    network : Network

    Returns
    -------
    tuple
        Three times (weights, bias, shift), and (weights, shift) of the direct way.

    Examples
    --------
    >>> shape = Shape(1, 4, 1, False)
    >>> tensors = {name: Tensor(default.astype(int), 0) for name, default in shapes(shape).items()}
    >>> [layer[0].shape for layer in arm_layers(Network(shape, tensors))]
    [(4, 15), (4, 4), (2, 4), (2, 15)]
    """
    n, biases = network.shape.hidden, network.tensors["arm bias"]
    found = []
    for k, (a, b) in enumerate(((0, n), (n, 2 * n), (2 * n, 2 * n + 2)), 1):
        weights = network.tensors[f"arm {k}"]
        power = FINE + weights.precision - biases.precision
        found.append((weights.numbers, shifted(biases.numbers[a:b], -power), weights.precision))
    direct = network.tensors["arm direct"]
    return (*found, (direct.numbers, direct.precision))


def predict(known, layers):
    """Middle and width of the next latent, from those that are known: two hidden layers, and a direct way.

    .. math:: x_{n+1} = \\max(0, (W_n x_n + b_n + 2^{k-1}) ≫ k)

    Parameters
    ----------
    known : sequence of int
        15 latents (:func:`vdtext.overfit.grids.context`).
    layers : tuple
        As of :func:`arm_layers`.

    Returns
    -------
    (int, int)
        The middle in 1/16, the number of the width, 0 to 79.

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.

    Examples
    --------
    >>> no, one = np.zeros(1, int), np.zeros((1, 1), int)
    >>> direct = np.zeros((2, 15), int)
    >>> direct[:, :2] = [[1, 1], [0, 2]]  # half the sum of two neighbours; the width doubles with the second
    >>> silent = (np.zeros((1, 15), int), no, 0), (one, no, 0), (np.zeros((2, 1), int), 0, 0)
    >>> predict([3, 1] + [0] * 13, (*silent, (direct, 1)))
    (32, 44)
    """
    *deep, (direct, precision) = layers
    x = start = np.asarray(known, np.int64) << FINE
    for number, (weights, bias, shift) in enumerate(deep):
        x = shifted(weights @ x + bias, shift)
        if number < len(deep) - 1:
            x = np.clip(x, 0, CEILING)
    x = x + shifted(direct @ start, precision)
    location, scale = int(x[0]) + 8 >> 4, (int(x[1]) + 16 >> 5) - SMALLEST
    return min(max(location, -16 * MOST), 16 * MOST), min(max(scale, 0), SCALES - 1)


def shifted(x, shift):
    """x·2⁻ˢ, rounded; s may be below 0."""
    return (x + (1 << shift >> 1)) >> shift if shift > 0 else x << -shift


def double(x, taps, count):
    """Twice as many columns: new points lie at ±1/4 of the old ones, and each is a sum of four of them.

    .. math:: y_{2i} = \\sum_t a_t x_{i-2+t}, \\quad y_{2i+1} = \\sum_t a_t x_{i+2-t}

    Parameters
    ----------
    x : ndarray, shape (h, w), int64
        Beyond its border it is repeated.
    taps : Tensor
        a.
    count : int
        Columns wanted, 2w or 2w − 1.

    Returns
    -------
    ndarray, shape (h, count), int64
        Rounded to whole numbers.

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.

    Examples
    --------
    >>> linear = Tensor(np.array([0, 1, 3, 0]), 2)
    >>> double(np.array([[0, 64]]), linear, 4).tolist()
    [[0, 16, 48, 64]]
    """
    w = x.shape[1]
    wide, a = np.pad(x, ((0, 0), (2, 2)), mode="edge"), taps.numbers
    out = np.empty((len(x), 2 * w), np.int64)
    out[:, 0::2] = shifted(sum(a[t] * wide[:, t : t + w] for t in range(4)), taps.precision)
    out[:, 1::2] = shifted(sum(a[t] * wide[:, 4 - t : 4 - t + w] for t in range(4)), taps.precision)
    return out[:, :count]


def upsampled(grids, taps):
    """All grids at the size of the finest, in 1/128.

    Parameters
    ----------
    grids : list of ndarray, integers
    taps : Tensor

    Returns
    -------
    ndarray, shape (levels, H, W), int64

    Examples
    --------
    >>> upsampled([np.zeros((2, 2), int), np.ones((1, 1), int)], Tensor(np.array(TAPS), 8))[1].tolist()
    [[128, 128], [128, 128]]
    """
    found, sizes, extra = [], grid_shapes(*grids[0].shape, len(grids)), 3
    for level, grid in enumerate(grids):
        x = np.asarray(grid, np.int64) << BROAD + extra
        for h, w in sizes[:level][::-1]:
            x = double(double(x, taps, w).T, taps, h).T
        found.append(shifted(x, extra))
    return np.stack(found)


def synthesise(grids, network, prediction=None):
    """The picture of some latents, by integers alone.

    Parameters
    ----------
    grids : list of ndarray, integers
        The finest first.
    network : Network
    prediction : ndarray, shape (H, W), uint8, optional
        Of the frame, where the network wants one; without it, grey.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Raises
    ------
    ValueError
        If sums could reach 2²⁴ (:mod:`vdtext.integer`).

    Examples
    --------
    >>> shape = Shape(1, 1, 1, False)
    >>> tensors = {name: Tensor(default.astype(int), 0) for name, default in shapes(shape).items()}
    >>> synthesise([np.zeros((2, 3), int)], Network(shape, tensors)).tolist()  # nothing is said: grey
    [[128, 128, 128], [128, 128, 128]]
    """
    first, direct, *rest = synthesis_layers(network)
    x = upsampled(grids, network.tensors["taps"])
    most = max(int(np.abs(x).max()), 1)
    features = [integer.run([layer], x, most=most) for layer in (first, direct)]
    if network.shape.predicted:
        known = np.zeros(x.shape[1:], np.int32) if prediction is None else prediction.astype(np.int32) - 128
        features.append(known[None] << GREY)
    return integer.run(rest, np.concatenate(features), most=TOP)[0].astype(np.uint8)


def synthesis_layers(network):
    """The synthesis as four layers of :mod:`vdtext.integer`: features, the direct way, their sum, 3 × 3 pixels.

    Parameters
    ----------
    network : Network

    Returns
    -------
    list of vdtext.integer.Layer

    Raises
    ------
    ValueError
        If a weight does not fit.

    Examples
    --------
    >>> shape = Shape(6, 1, 12, False)
    >>> tensors = {name: Tensor(default.astype(int), 0) for name, default in shapes(shape).items()}
    >>> [layer.weights.shape[:2] for layer in synthesis_layers(Network(shape, tensors))]
    [(12, 6), (1, 6), (1, 13), (1, 1)]
    """
    t, n = network.tensors, network.shape.features
    biases = t["synthesis bias"]

    def made(name, side, bias, incoming, drop, low, high, offset=0):
        k, numbers = t[name].precision, t[name].numbers
        if np.abs(numbers).max() > 32767 or k + drop < 0:
            raise ValueError(f"{name}: weights beyond 16 bits, or a precision of {k} (chapter 13)")
        bias = shifted(bias, biases.precision - k - incoming) + (offset << max(k + incoming, 0))
        weights = numbers.reshape(-1, numbers.size // (len(bias) * side**2), side, side).astype(np.int16)
        return integer.Layer(weights, bias.astype(np.int32), k + drop, low, high)

    first, second, third, zero = biases.numbers[:n], biases.numbers[n:-1], biases.numbers[-1:], np.zeros(1, np.int64)
    return [
        made("synthesis 1", 1, first, BROAD, BROAD - GREY, 0, TOP - 1),
        made("synthesis direct", 1, zero, BROAD, BROAD - GREY, -TOP, TOP - 1),
        made("synthesis 2", 1, second, GREY, 0, -TOP, TOP - 1),
        made("synthesis 3", 3, third, GREY, GREY, 0, 255, 128),
    ]
