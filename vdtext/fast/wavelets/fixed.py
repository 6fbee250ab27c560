"""The inverse 9/7 in integers: what a decoder computes comes out the same on every machine.

Numbers are integers in units of 2⁻⁶, coefficients of the lifting steps in units of 2⁻¹⁶; every product is rounded.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.wavelets.pyramid import corners

__all__ = ["FRACTION", "recompose"]

FRACTION = 6
"""Bits behind the point."""
STEPS = np.array([-103949, -3472, 57862, 29066], np.int64)
"""round(2¹⁶ (α, β, γ, δ))."""
LOW, HIGH, LONE = 57007, 75340, 46341
"""round(2¹⁶/κ), round(2¹⁶ κ), round(2¹⁶/√2)."""


@njit
def _less(d, a, b, c):
    """The lifting step d −= c·(a + b)."""
    for j in range(d.size):
        d[j] -= (c * (a[j] + b[j]) + 32768) >> 16


@njit
def _times(u, v, c):
    """u = c·v."""
    for j in range(u.size):
        u[j] = (c * v[j] + 32768) >> 16


@njit
def _columns(v, u):
    """Each column of v, from low | high to samples in turn, into u; at least two rows."""
    h, m = v.shape[0], (v.shape[0] + 1) // 2
    for i in range(h):
        _times(u[i], v[i // 2 + (i % 2) * m], HIGH if i % 2 else LOW)
    for t in range(3, -1, -1):
        for i in range(1 - t % 2, h, 2):
            _less(u[i], u[abs(i - 1)], u[i + 1 if i + 1 < h else i - 1], STEPS[t])


def recompose(coefficients, levels):
    """The picture of 9/7 coefficients, in integers.

    Parameters
    ----------
    coefficients : ndarray, shape (H, W), int64
        In units of 2⁻⁶, below 2³⁶ in magnitude.
    levels : int
        How many.

    Returns
    -------
    ndarray, shape (H, W), int64
        In units of 2⁻⁶.

    Examples
    --------
    >>> recompose(np.array([[128, 0]]), 0).tolist()
    [[128, 0]]
    """
    x = coefficients.copy()
    for corner in reversed(corners(x.shape, levels, (0, 1))):
        x[corner] = _back(np.ascontiguousarray(_back(x[corner]).T)).T
    return x


def _back(v):
    """One level along the first axis."""
    v, u = np.ascontiguousarray(v), np.empty(v.shape, np.int64)
    (_times(u[0], v[0], LONE) if len(v) == 1 else _columns(v, u))
    return u
