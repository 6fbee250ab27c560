"""Half and quarter pixels: HEVC's filters of eight and seven taps, in integers, for all sixteen phases at once."""

import numpy as np

from vdtext._jit import njit

__all__ = ["MARGIN", "TAPS", "phases"]

MARGIN = 40
"""Pixels of border around a plane: enough for blocks of 32 (see :func:`vdtext.fast.motion.blocks.corner`)."""
TAPS = np.array(
    [
        [0, 0, 0, 64, 0, 0, 0, 0],
        [-1, 4, -10, 58, 17, -5, 1, 0],
        [-1, 4, -11, 40, 40, -11, 4, -1],
        [0, 1, -5, 17, 58, -10, 4, -1],
    ],
    np.int32,
)
"""HEVC's luma filters: 64 times the weight of pixels −3 … 4, for the phases 0, ¼, ½ and ¾."""


@njit
def phases(reference, margin):
    """The reference between its pixels: plane [a, b] holds r(y + a/4, x + b/4), with a margin of repeated border.

    Each axis is filtered by :data:`TAPS`: the columns without rounding, then the rows, the sum shifted right by 6; at
    last 32 is added, shifted right by 6, and clipped to 0 … 255.  That is HEVC's prediction from one reference.

    Parameters
    ----------
    reference : ndarray, shape (H, W), uint8
        The frame to predict from.
    margin : int
        P >= 0; :data:`MARGIN` is enough for blocks of up to 32 pixels and vectors of any length.

    Returns
    -------
    ndarray, shape (4, 4, H + 2P, W + 2P), uint8

    References
    ----------
    Sullivan, Ohm, Han, Wiegand, Overview of the High Efficiency Video Coding (HEVC) standard, IEEE Trans. Circuits and
    Systems for Video Technology 22 (2012), doi:10.1109/TCSVT.2012.2221191.

    Examples
    --------
    >>> planes = phases(np.array([[10, 10, 50, 50]], np.uint8), 0)
    >>> planes[0, :, 0, 1].tolist(), planes.shape
    ([10, 18, 30, 42], (4, 4, 1, 4))
    """
    h, w = reference.shape
    high, wide = h + 2 * margin, w + 2 * margin
    planes = np.empty((4, 4, high, wide), np.uint8)
    line = np.empty(wide + 7, np.int32)
    rows = np.empty((4, high + 7, wide), np.int32)
    last = -1
    for i in range(high + 7):
        source = min(max(i - margin - 3, 0), h - 1)
        if source == last:
            rows[:, i] = rows[:, i - 1]
            continue
        last = source
        for j in range(line.size):
            line[j] = reference[source, min(max(j - margin - 3, 0), w - 1)]
        for b in range(4):
            _filter_row(line, b, rows[b, i])
    for b in range(4):
        for i in range(high):
            _plain_row(rows[b, i + 3], planes[0, b, i])
            for a in range(1, 4):
                _filter_rows(rows[b], i, a, planes[a, b, i])
    return planes


@njit(forceinline=True)
def _four(c0, c1, c2, c3, p0, p1, p2, p3):
    """Σ c·p, kept to 32 bits, so that eight of them fit into a register."""
    left, right = np.int32(np.int32(c0 * p0) + np.int32(c1 * p1)), np.int32(np.int32(c2 * p2) + np.int32(c3 * p3))
    return np.int32(left + right)


@njit
def _filter_row(line, phase, out):
    """One row filtered along itself, 64 times too large."""
    c0, c1, c2, c3, c4, c5, c6, c7 = TAPS[phase]
    n = out.size
    p0, p1, p2, p3 = line[:n], line[1 : n + 1], line[2 : n + 2], line[3 : n + 3]
    p4, p5, p6, p7 = line[4 : n + 4], line[5 : n + 5], line[6 : n + 6], line[7 : n + 7]
    for j in range(out.size):
        left = _four(c0, c1, c2, c3, p0[j], p1[j], p2[j], p3[j])
        out[j] = np.int32(left + _four(c4, c5, c6, c7, p4[j], p5[j], p6[j], p7[j]))


@njit
def _plain_row(row, out):
    """Rounded, shifted and clipped, without a filter down."""
    for j in range(out.size):
        out[j] = min(max(np.int32(row[j] + 32) >> 6, 0), 255)


@njit
def _filter_rows(rows, i, phase, out):
    """Eight rows filtered down into one."""
    c0, c1, c2, c3, c4, c5, c6, c7 = TAPS[phase]
    p0, p1, p2, p3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
    p4, p5, p6, p7 = rows[i + 4], rows[i + 5], rows[i + 6], rows[i + 7]
    for j in range(out.size):
        up = _four(c0, c1, c2, c3, p0[j], p1[j], p2[j], p3[j])
        total = np.int32(up + _four(c4, c5, c6, c7, p4[j], p5[j], p6[j], p7[j]))
        out[j] = min(max(np.int32(np.int32(total >> 6) + 32) >> 6, 0), 255)
