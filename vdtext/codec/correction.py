"""A trained loop filter: planes that might mend a decoded frame, and how much of each this frame wants (chapter 13).

    ŷ = y + Σ_k a_k φ_k(y)

The planes φ are computed alike by encoder and decoder: twelve differences of a pixel to its neighbours, and what a
network makes of the frame.  The encoder finds the coefficients a, by least squares against the picture, and sends them.
"""

import numpy as np

from vdtext import integer

__all__ = ["TAPS", "filtered", "grade", "least_squares", "mixed", "planes"]

TAPS = tuple((i, j) for i in range(-3, 1) for j in range(-3, 4) if (i, j) < (0, 0) and abs(i) + abs(j) <= 3)
"""Half of the neighbours up to three pixels away; the other half lies opposite."""
FINE, MOST = 7, 1023
"""Coefficients are multiples of 2⁻⁷, up to this one."""
PLANE = 4
"""Planes are in units of 1/16 grey value."""
TWICE = 2
"""What a bit of the coefficients counts: they are fitted to the very frame that says what they gain."""


def grade(step):
    """16·log2 of a step in 1/16 grey value, in integers: 16 an octave.

    Parameters
    ----------
    step : int
        In 1/16 grey value, 16 or more.

    Returns
    -------
    int

    Examples
    --------
    >>> [grade(step) for step in (16, 24, 32, 128)]
    [0, 9, 16, 48]
    """
    return (int(step) ** 16).bit_length() - 65


def differences(luma):
    """Twelve planes: the two opposite neighbours of a pixel, less twice the pixel; in 1/16 grey value, int32."""
    h, w = luma.shape
    wide = np.pad(luma.astype(np.int32), 3, mode="edge")
    twice = 2 * wide[3 : 3 + h, 3 : 3 + w]
    pairs = [
        wide[3 + i : 3 + i + h, 3 + j : 3 + j + w] + wide[3 - i : 3 - i + h, 3 - j : 3 - j + w] - twice for i, j in TAPS
    ]
    return np.stack(pairs) << (PLANE - 1)


def filtered(layers, luma, moved, step):
    """What a network makes of a frame; every second pixel of every second row is a channel.

    Parameters
    ----------
    layers : sequence of integer.Layer
        Twelve channels in: four of the luma less 128, four of luma − motion's prediction, four of the step; 4K out.
    luma, moved : ndarray, shape (H, W), uint8; H and W even
        The decoded luma, and what motion predicted.
    step : int
        Of the quantiser, in 1/16 grey value.

    Returns
    -------
    ndarray, shape (K, H, W), int32

    Examples
    --------
    >>> one = integer.Layer(np.zeros((4, 12, 3, 3), np.int16), np.arange(4, dtype=np.int32), 0, -255, 255)
    >>> filtered([one], np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8), 16).tolist()
    [[[0, 1], [2, 3]]]
    """
    luma = luma.astype(np.int32)
    seen = np.stack([luma - 128, luma - moved, np.full_like(luma, grade(step))])
    shrunk = np.concatenate([seen[c : c + 1, i::2, j::2] for c in range(3) for i in range(2) for j in range(2)])
    found = integer.run(layers, shrunk, most=255)
    out = np.empty((len(found) // 4, *luma.shape), np.int32)
    for k in range(4):
        out[:, k // 2 :: 2, k % 2 :: 2] = found[k::4]
    return out


def planes(layers, luma, moved, step):
    """All planes φ of a frame, in 1/16 grey value: the network's first.

    Parameters
    ----------
    layers, luma, moved, step
        As for :func:`filtered`; without layers there are the differences alone.

    Returns
    -------
    ndarray, shape (K + 12, H, W), int32
    """
    found = [filtered(layers, luma, moved, step)] if layers else []
    return np.concatenate([*found, differences(luma)])


def least_squares(planes, error, mask, weight, before):
    """Coefficients with the least |error − Σ a_k φ_k|² + λ·bits: new ones, those from before, or none.

    Parameters
    ----------
    planes : ndarray, shape (K, H, W), int32
    error : ndarray, shape (H, W), int32
        Picture less decoded luma.
    mask : ndarray, shape (H, W), bool
        Where the filter works.
    weight : float
        λ.
    before : ndarray, shape (K,), int
        Those of the frame before; a difference to them is sent.

    Returns
    -------
    ndarray, shape (K,), int64
        In units of 2⁻⁷.
    """
    a = planes[:, mask].astype(np.float32) / 2**PLANE
    b = error[mask].astype(np.float32)
    gram, right = (a @ a.T).astype(float), (a @ b).astype(float)
    ridge = 1e-4 * np.trace(gram) / len(gram) + 1e-3
    best = np.linalg.solve(gram + ridge * np.eye(len(gram)), right)
    tried = [np.zeros(len(a)), before / 2**FINE, np.clip(np.rint(best * 2**FINE), -MOST, MOST) / 2**FINE]

    def cost(v):
        bits = (2 * np.log2(1 + abs(v * 2**FINE - before)) + 1).sum()
        return v @ gram @ v - 2 * v @ right + TWICE * weight * (0 if not v.any() else bits)

    return np.rint(min(tried, key=cost) * 2**FINE).astype(np.int64)


def mixed(planes, coefficients):
    """Σ a_k φ_k in whole grey values, rounded.

    Parameters
    ----------
    planes : ndarray, shape (K, H, W), int32
    coefficients : ndarray, shape (K,), int
        In units of 2⁻⁷, up to 1023.

    Returns
    -------
    ndarray, shape (H, W), int16

    Examples
    --------
    >>> mixed(np.full((2, 1, 1), 32), np.array([64, 32])).tolist()  # 2 · 1/2 + 2 · 1/4
    [[2]]
    """
    most = max(int(planes.max(initial=0)), -int(planes.min(initial=0)))
    fits = most * int(np.abs(coefficients).sum()) + (1 << (PLANE + FINE)) < 2**31  # then no sum leaves 32 bits
    total = np.zeros(planes.shape[1:], np.int32 if fits else np.int64)
    for coefficient, plane in zip(coefficients, planes, strict=True):
        if coefficient:
            total += plane * total.dtype.type(coefficient)
    return np.clip((total + (1 << (PLANE + FINE - 1))) >> (PLANE + FINE), -255, 255).astype(np.int16)
