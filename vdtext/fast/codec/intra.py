"""Prediction from the pixels around a block, along 33 directions, a plane, or their mean."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.frame import CODED

_HALF = [32, 26, 21, 17, 13, 9, 5, 2, 0, -2, -5, -9, -13, -17, -21, -26]
SLOPE = np.array([0, 0, *_HALF, -32, *_HALF[:0:-1], 32], np.int32)
"""Displacement per row, in 1/32 pixel, of directions 2 to 34 (HEVC's)."""


@lean
def borders(f, top, left, h, w, y, x, n, unit):
    """Pixels around a block of a plane that begins at (top, left) of the sheet and has h × w pixels.

    In f.lines[0]: 2n to the left, from below, the corner, and 2n above; in f.lines[1] the same, smoothed by [1 2 1]/4.
    What has not been coded repeats its neighbour.
    """
    line, smooth, first, last = f.lines[0], f.lines[1], -1, 4 * n
    for k in range(last + 1):
        i = y + 2 * n - 1 - k if k < 2 * n else y - 1
        j = x - 1 if k <= 2 * n else x + k - 2 * n - 1
        if i >= 0 and j >= 0 and i < h and j < w and f.cells[CODED, i // unit, j // unit]:
            line[k] = f.rec[top + i, left + j]
            if first < 0:
                first = k
                line[:k] = line[k]
        elif first >= 0:
            line[k] = line[k - 1]
    if first < 0:
        line[: last + 1] = 128
    smooth[0], smooth[last] = line[0], line[last]
    for k in range(1, last):
        smooth[k] = (line[k - 1] + 2 * line[k] + line[k + 1] + 2) >> 2


@lean
def predict(f, mode, n, out, top, left):
    """Prediction with a mode: 0 plane, 1 mean, 2 … 34 along a direction; into out at (top, left)."""
    c = 2 * n
    if mode == 1:
        e, s = f.lines[0], n
        for k in range(1, n + 1):
            s += e[c - k] + e[c + k]
        for i in range(n):
            for j in range(n):
                out[top + i, left + j] = s // (2 * n)
        return
    turn = min(abs(mode - 10), abs(mode - 26))
    smooth = n > 4 and (mode == 0 or turn > (7 if n == 8 else 1 if n == 16 else 0))
    e = f.lines[1] if smooth else f.lines[0]
    if mode == 0:
        for i in range(n):
            for j in range(n):
                across = (n - 1 - j) * e[c - 1 - i] + (j + 1) * e[c + n + 1]
                down = (n - 1 - i) * e[c + 1 + j] + (i + 1) * e[c - n - 1]
                out[top + i, left + j] = (across + down + n) // (2 * n)
        return
    slope, line, upright = SLOPE[mode], f.lines[2], mode >= 18
    side = 1 if upright else -1
    for k in range(2 * n + 1):
        line[n + k] = e[c + side * k]
    if slope < 0:  # what lies beyond the corner comes from the other side
        for k in range((n * slope) >> 5, 0):
            line[n + k] = e[c - side * ((64 * k + slope) // (2 * slope))]
    for i in range(n):
        k, part = ((i + 1) * slope) >> 5, ((i + 1) * slope) & 31
        for j in range(n):
            v = ((32 - part) * line[n + k + j + 1] + part * line[n + k + j + 2] + 16) >> 5
            if upright:
                out[top + i, left + j] = v
            else:
                out[top + j, left + i] = v
