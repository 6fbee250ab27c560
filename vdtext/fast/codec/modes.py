"""Kinds of bits, what they depend on, and the modes of intra prediction as bits."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price, put
from vdtext.fast.codec.frame import ANGLE, CU, DIRECTION, INTRA, LAYER, MODE, TUS, VIRTUAL, doubt

(SPLIT, SKIPPED, INTRA_BLOCK, MERGED, WHICH, BOTH, ONE, PREDICTOR, DIFFERENCE) = range(12, 21)
(CODED_LUMA, CODED_CHROMA, TRANSFORMS, MODE_BITS, PROBABLE, STRENGTH) = range(21, 27)
"""Kinds of bits: is a block split, skipped, intra, merged; which candidate, are there two references, which one, which
predictor, the difference to it; are there levels, four transforms, the intra mode, is it a probable one; the filter."""


@lean
def smaller(f, gy, gx, s):
    """How many of the blocks to the left and above are smaller."""
    cu = f.grid[CU]
    return (1 if gx and cu[gy, gx - 1] < s else 0) + (1 if gy and cu[gy - 1, gx] < s else 0)


@lean
def split_context(f, gy, gx, s):
    """How many blocks around are smaller, the size, and the doubt about the virtual frame."""
    return smaller(f, gy, gx, s) * 3 + s - 3 + 16 * doubt(f, gy, gx, 1 << (s - 3))


@lean
def skipped_context(f, gy, gx, s, z):
    """How many blocks around are skipped, the size, and the doubt."""
    return z * 3 + s + 16 * doubt(f, gy, gx, 1 << s)


@lean
def which_context(f, gy, gx, g, k, mode):
    """Which candidate it is about, is the block skipped; how many blocks around are virtual, and the doubt."""
    n = (1 if gx and f.grid[DIRECTION, gy, gx - 1] == VIRTUAL else 0) + (
        1 if gy and f.grid[DIRECTION, gy - 1, gx] == VIRTUAL else 0
    )
    return k * 2 + mode + 16 * (3 * doubt(f, gy, gx, g) + n)


@lean
def modes_around(f, gy, gx):
    """Modes to the left and above; 4 outside."""
    mode = f.grid[MODE]
    return np.int64(mode[gy, gx - 1]) if gx else 4, np.int64(mode[gy - 1, gx]) if gy else 4


@lean
def transforms_context(f, gy, gx, s):
    """Size of an intra block, and whether those to the left and above have four transforms."""
    t = f.grid[TUS]
    return s * 3 + (t[gy, gx - 1] if gx else 0) + (t[gy - 1, gx] if gy else 0)


@lean
def probable(f, gy, gx):
    """Three modes of intra prediction that are likely."""
    grid = f.grid
    a = np.int64(grid[ANGLE, gy, gx - 1]) if gx and grid[MODE, gy, gx - 1] == INTRA else 1
    b = np.int64(grid[ANGLE, gy - 1, gx]) if gy and grid[MODE, gy - 1, gx] == INTRA else 1
    if a != b:
        return a, b, 0 if a != 0 and b != 0 else 1 if a != 1 and b != 1 else 26
    if a < 2:
        return 0, 1, 26
    return a, 2 + (a + 29) % 32, 2 + (a - 1) % 32


@lean
def code_mode(c, f, gy, gx, m):
    """An intra mode: one of three probable ones, or six bits."""
    p0, p1, p2 = probable(f, gy, gx)
    k = 0 if m == p0 else 1 if m == p1 else 2 if m == p2 else 3
    if put(c, PROBABLE, 0, 1 if k < 3 else 0):
        if put(c, PROBABLE, 1, 1 if k == 0 else 0):
            return p0
        return p1 if put(c, PROBABLE, 2, 1 if k == 1 else 0) else p2
    r, node = 0, 1
    for i in range(5, -1, -1):
        bit = put(c, MODE_BITS, node, (m >> i) & 1)
        r, node = 2 * r + bit, 2 * node + bit
    return min(r, 34)


@lean
def price_mode(c, f, gy, gx, m):
    """Bits that an intra mode would cost."""
    p0, p1, p2 = probable(f, gy, gx)
    if m in (p0, p1, p2):
        rest = price(c, PROBABLE, 1, 0) + price(c, PROBABLE, 2, 1 if m == p1 else 0)
        return price(c, PROBABLE, 0, 1) + (price(c, PROBABLE, 1, 1) if m == p0 else rest)
    s, node = price(c, PROBABLE, 0, 0), 1
    for i in range(5, -1, -1):
        s += price(c, MODE_BITS, node, (m >> i) & 1)
        node = 2 * node + ((m >> i) & 1)
    return s


@lean
def difference_context(f, i, before):
    """Row or column, how large the difference of the row was, and whether frames are near."""
    return (i * 3 + before) * 2 + (1 if f.head[LAYER] > 2 else 0)
