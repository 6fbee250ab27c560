"""What the encoder sends (chapter 7): for every coefficient the integer of least distortion + λ·rate.

How many bits an integer costs depends on its neighbours, so it is estimated from how often each magnitude occurs among
neighbours like these, after plain rounding.  A coefficient also makes its neighbours dearer or cheaper: that counts.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.wavelets.contexts import GRADE

__all__ = ["choose"]

CLASSES, LARGEST = 12 * 6, 15
ROUNDING = 0.42
"""Of the first guess."""


@njit
def _class(m, i, band, y, x):
    """What the surroundings of a coefficient are like, 0 to 71."""
    stride = band[1]
    near = 2 * (m[i - 1] + m[i - stride] + m[i + 1] + m[i + stride])
    near += m[i - stride - 1] + m[i - stride + 1] + m[i + stride - 1] + m[i + stride + 1]
    parent = 0
    if band[7]:
        j = band[6] + (y >> 1) * band[7] + (x >> 1)
        parent = 2 * m[j] + m[j - 1] + m[j + 1] + m[j - band[7]] + m[j + band[7]]
    return GRADE[min(near, 56)] * 6 + min(GRADE[min(parent, 56)], 5)


@njit
def _count(table, m, counts):
    """How often each magnitude occurs in each class."""
    for b in range(table.shape[0]):
        band = table[b]
        for y in range(band[2]):
            for x in range(band[3]):
                i = band[0] + y * band[1] + x
                counts[_class(m, i, band, y, x), min(m[i], LARGEST)] += 1


@njit
def _cost(bits, m, i, band, y, x):
    """Bits of a coefficient and of its eight neighbours."""
    total = bits[_class(m, i, band, y, x), min(m[i], LARGEST)]
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            if (dy or dx) and 0 <= y + dy < band[2] and 0 <= x + dx < band[3]:
                j = i + dy * band[1] + dx
                total += bits[_class(m, j, band, y + dy, x + dx), min(m[j], LARGEST)]
    return total


@njit
def _improve(table, v, m, bits, price):
    """Let every coefficient, in coding order, become the better one of its neighbouring integers, or zero."""
    for b in range(table.shape[0]):
        band = table[b]
        for y in range(band[2]):
            for x in range(band[3]):
                i = band[0] + y * band[1] + x
                if v[i] < 0.4:
                    continue
                floor, best, least = int(v[i]), 0, np.float32(1e30)
                for k in range(3):
                    if k == 2 and (floor == 0 or floor > 2):
                        continue
                    m[i] = floor + 1 - k if k < 2 else 0
                    cost = (v[i] - m[i]) ** 2 + price * _cost(bits, m, i, band, y, x)
                    if cost < least:
                        best, least = m[i], cost
                m[i] = best


def choose(plan, scaled, *, price=0.09, rounds=1):
    """The integers to send for some coefficients.

    Parameters
    ----------
    plan : Layout
        Where they lie.
    scaled : ndarray, shape (size,), float32
        All coefficients over their steps.
    price : float
        λ in squared steps a bit; at high rates the slope of the distortion is (ln 2)/6 = 0.116.
    rounds : int
        How often the costs are estimated anew.

    Returns
    -------
    ndarray, shape (size,), int32

    Examples
    --------
    >>> from vdtext.wavelets.layout import gather, layout
    >>> plan = layout([(16, 16)])
    >>> scaled = gather(plan, [np.full((16, 16), 0.55)], np.float32)
    >>> int(abs(choose(plan, scaled, price=0.5)).sum()), int(choose(plan, scaled, price=0.0).sum())
    (0, 256)
    """
    v = abs(scaled)
    m = (v + np.float32(ROUNDING)).astype(np.int32)
    for _ in range(rounds):
        counts = np.full((CLASSES, LARGEST + 1), 0.05)
        _count(plan.table, m, counts)
        share = counts / counts.sum(1, keepdims=True)
        bits = (-np.log2(share) + (np.arange(LARGEST + 1) > 0)).astype(np.float32)
        _improve(plan.table, v, m, bits, np.float32(price))
    return np.where(scaled < 0, -m, m)
