"""Layers of integers as matrix products of float32, which hold every sum exactly (chapter 13)."""

import numpy as np

__all__ = ["run"]

SLAB = 1 << 17
"""Numbers that are laid out at a time: what the cache holds."""


def run(layers, x):
    """Twin of :func:`vdtext.integer.convolve`, layer after layer; the sums stay below 2²⁴.

    Parameters
    ----------
    layers : sequence of vdtext.integer.Layer
    x : ndarray, shape (C, H, W), integers

    Returns
    -------
    ndarray, shape (O, H, W), int32

    Examples
    --------
    >>> from vdtext.integer import Layer
    >>> double = Layer(np.full((1, 1, 1, 1), 2, np.int16), np.zeros(1, np.int32), 0, -99, 99)
    >>> run([double, double], np.array([[[3, -4]]])).tolist()
    [[[12, -16]]]
    """
    x = np.asarray(x, np.float32)
    for layer in layers:
        x = _layer(x, layer)
    return x.astype(np.int32)


def _layer(x, layer):
    """One layer: rows of the picture laid out as columns of a matrix, slab by slab."""
    (count, channels, k, _), (_, h, w) = layer.weights.shape, x.shape
    weights = layer.weights.reshape(count, -1).astype(np.float32)
    bias = (layer.bias + (1 << layer.shift >> 1)).astype(np.float32)[:, None]
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)), mode="edge")
    rows = max(1, SLAB // (channels * k * k * w))
    out, room = np.empty((count, h, w), np.float32), np.empty((channels, k, k, rows, w), np.float32)
    for y in range(0, h, rows):
        n = min(rows, h - y)
        columns = room[:, :, :, :n] if n == rows else np.empty((channels, k, k, n, w), np.float32)
        for i in range(k):
            for j in range(k):
                columns[:, i, j] = padded[:, y + i : y + i + n, j : j + w]
        sums = weights @ columns.reshape(channels * k * k, n * w)
        sums += bias
        if layer.shift:
            sums *= np.float32(0.5**layer.shift)
            np.floor(sums, out=sums)
        out[:, y : y + n] = np.clip(sums, layer.low, layer.high, out=sums).reshape(count, n, w)
    return out
