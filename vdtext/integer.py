"""Networks in integers (ground floor): convolutions that every machine computes alike.

A float sum depends on the order of its terms, and the order on the processor, the library and the number of threads.
A decoder that predicts with such a sum is lost as soon as one bit differs from the encoder's.  Integers have no such
freedom: here weights, activations and results are whole numbers, and a layer ends with a shift and a clip,

    y_o = clip((Σ_c Σ_ij w_ocij · x_c,ij + b_o + 2^(s−1)) >> s, low, high).

As long as no partial sum can reach 2²⁴ in magnitude, float32 holds every one of them exactly, whatever the order:
so :func:`run` may leave the sums to the fastest library there is.  :func:`convolve` is the equation itself.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["EXACT", "Layer", "convolve", "largest", "layer", "run"]

EXACT = 1 << 24
"""Below this magnitude float32 holds every integer."""


@dataclass(frozen=True)
class Layer:
    """A convolution of integers.

    Attributes
    ----------
    weights : ndarray, shape (O, C, k, k), int16
        k is odd.
    bias : ndarray, shape (O,), int32
    shift : int
        Bits that are dropped from the sums, after rounding; 0 to 20.
    low, high : int
        Range of the results: low = 0 is the rectifier.

    Examples
    --------
    >>> one = Layer(np.ones((1, 1, 3, 3), np.int16), np.zeros(1, np.int32), 0, 0, 255)
    >>> convolve(np.full((1, 2, 2), 7, np.int32), one).tolist()
    [[[63, 63], [63, 63]]]
    """

    weights: np.ndarray
    bias: np.ndarray
    shift: int
    low: int
    high: int

    def __post_init__(self):
        shape = np.shape(self.weights)
        if len(shape) != 4 or shape[2] != shape[3] or shape[2] % 2 == 0 or np.shape(self.bias) != shape[:1]:
            raise ValueError(
                f"weights {shape}, bias {np.shape(self.bias)}: accepted are (O, C, k, k), k odd, and (O,) (chapter 13)"
            )
        if not (0 <= self.shift <= 20 and -EXACT < self.low <= self.high < EXACT):
            raise ValueError(
                f"shift={self.shift}, low={self.low}, high={self.high}: accepted are 0 to 20, low ≤ high (chapter 13)"
            )


def largest(layer, x):
    """The largest magnitude that a partial sum of a layer can have, for inputs up to a magnitude.

    max_o (Σ |w_o|·x + |b_o| + 2^(s−1))

    Parameters
    ----------
    layer : Layer
    x : int
        Largest magnitude of the inputs.

    Returns
    -------
    int
        Below :data:`EXACT`, float32 is exact.

    Examples
    --------
    >>> largest(Layer(np.full((1, 2, 1, 1), -3, np.int16), np.array([5], np.int32), 1, 0, 255), 10)
    66
    """
    sums = np.abs(layer.weights.astype(np.int64)).sum((1, 2, 3)) * int(x) + np.abs(layer.bias.astype(np.int64))
    return int(sums.max()) + (1 << layer.shift >> 1)


def convolve(x, layer):
    """One layer, as its equation says; what is beyond the edge repeats the edge.

    Parameters
    ----------
    x : ndarray, shape (C, H, W), integers
    layer : Layer

    Returns
    -------
    ndarray, shape (O, H, W), int32

    Raises
    ------
    ValueError
        If the channels do not fit.

    Examples
    --------
    >>> blur = Layer(np.array([[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]], np.int16), np.zeros(1, np.int32), 4, 0, 255)
    >>> convolve(np.array([[[0, 0, 160, 0, 0]]]), blur).tolist()
    [[[0, 40, 80, 40, 0]]]
    """
    weights, (_, h, w) = layer.weights.astype(np.int64), checked(x, layer).shape
    k = weights.shape[-1]
    padded = np.pad(np.asarray(x, np.int64), ((0, 0), (k // 2, k // 2), (k // 2, k // 2)), mode="edge")
    sums = np.zeros((len(weights), h, w), np.int64) + layer.bias[:, None, None]
    for i in range(k):
        for j in range(k):
            sums += np.tensordot(weights[:, :, i, j], padded[:, i : i + h, j : j + w], axes=1)
    rounded = (sums + (1 << layer.shift >> 1)) >> layer.shift
    return np.clip(rounded, layer.low, layer.high).astype(np.int32)


def checked(x, layer):
    """`x`, if it is what a layer takes."""
    if np.ndim(x) != 3 or np.shape(x)[0] != layer.weights.shape[1] or np.asarray(x).dtype.kind not in "iu":
        raise ValueError(
            f"{np.asarray(x).dtype} {np.shape(x)}: accepted are integers (C, H, W) with C = {layer.weights.shape[1]} "
            "(chapter 13)"
        )
    return x


def run(layers, x, *, most):
    """A network of layers, computed by matrix products in float32 that are exact.

    Parameters
    ----------
    layers : sequence of Layer
    x : ndarray, shape (C, H, W), integers
    most : int
        Largest magnitude of `x`; with it the bound of :func:`largest` is checked for every layer.

    Returns
    -------
    ndarray, shape (O, H, W), int32

    Raises
    ------
    ValueError
        If a sum could reach 2²⁴, or the channels of two layers do not fit.

    Examples
    --------
    >>> blur = Layer(np.ones((1, 1, 3, 3), np.int16), np.zeros(1, np.int32), 3, 0, 255)
    >>> run([blur, blur], np.full((1, 4, 4), 64), most=255)[0, 0].tolist()
    [81, 81, 81, 81]
    """
    from vdtext.fast import integer as fast

    for number, layer in enumerate(layers):
        if number and layer.weights.shape[1] != len(layers[number - 1].bias):
            raise ValueError(f"layer {number} takes {layer.weights.shape[1]} channels of another number (chapter 13)")
        if largest(layer, most) >= EXACT:
            raise ValueError(
                f"layer {number}: sums up to {largest(layer, most)} are accepted below 2²⁴ only (chapter 13)"
            )
        most = max(abs(layer.low), abs(layer.high))
    return fast.run(layers, checked(x, layers[0]))


def layer(weights, bias, *, scale, out, shift, low, high):
    """The integer layer nearest to one of floats.

    A float layer takes x/scale and gives y/out; with w' = round(w·2^s·out/scale) the integers do the same, rounded.

    Parameters
    ----------
    weights : array_like, shape (O, C, k, k), float
    bias : array_like, shape (O,), float
    scale, out : float
        Integers for one unit of the input, and of the output.
    shift, low, high : int
        As in :class:`Layer`.

    Returns
    -------
    Layer

    Raises
    ------
    ValueError
        If a weight does not fit into int16.

    Examples
    --------
    >>> layer([[[[0.5]]]], [0.25], scale=16, out=16, shift=8, low=-99, high=99).weights.item()
    128
    """
    found = np.rint(np.asarray(weights, float) * 2.0**shift * out / scale)
    if np.abs(found).max() > 32767:
        raise ValueError(f"a weight becomes {np.abs(found).max():.0f}: accepted is up to 32767; lower shift={shift}")
    offsets = np.rint(np.asarray(bias, float) * 2.0**shift * out).astype(np.int32)
    return Layer(found.astype(np.int16), offsets, shift, low, high)
