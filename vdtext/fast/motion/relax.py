"""Horn and Schunck's iteration in one pass over the flow, in floats: no decoder calls it."""

import numpy as np

from vdtext._jit import njit

__all__ = ["relax"]


@njit
def relax(flow, slopes, rest, smoothness, steps):
    """Twin of :func:`vdtext.motion.horn_schunck_step`, so many times.

    Parameters
    ----------
    flow : ndarray, shape (2, H, W), float64, C-contiguous
        Rows, then columns, in pixels.
    slopes : ndarray, shape (2, H, W), float64
        Derivatives down and across.
    rest : ndarray, shape (H, W), float64
        The difference of the frames less the slopes times the flow about which it was linearised.
    smoothness : float
        α, in grey value².
    steps : int

    Returns
    -------
    ndarray, shape (2, H, W), float64

    Examples
    --------
    >>> flow = relax(np.zeros((2, 3, 3)), np.ones((2, 3, 3)), np.full((3, 3), -1.0), 0.25, 200)
    >>> float(flow.round(3).min()), float(flow.round(3).max())
    (0.5, 0.5)
    """
    h = flow.shape[1]
    old, new = flow.copy(), np.empty_like(flow)
    for _ in range(steps):
        for i in range(h):
            above, below = max(i - 1, 0), min(i + 1, h - 1)
            _relax_row(old[0, i], old[0, above], old[0, below], new[0, i])
            _relax_row(old[1, i], old[1, above], old[1, below], new[1, i])
            _pull(new[0, i], new[1, i], slopes[0, i], slopes[1, i], rest[i], smoothness)
        old, new = new, old
    return old


@njit
def _relax_row(row, above, below, out):
    """The mean of the four neighbours, borders repeated."""
    n = row.size
    for j in range(n):
        left, right = row[max(j - 1, 0)], row[min(j + 1, n - 1)]
        out[j] = 0.25 * ((above[j] + below[j]) + (left + right))


@njit
def _pull(v, u, down, across, rest, smoothness):
    """Towards the line on which the brightness stays."""
    for j in range(v.size):
        y, x = down[j], across[j]
        share = (y * v[j] + x * u[j] + rest[j]) / (4 * smoothness + y * y + x * x)
        v[j] -= share * y
        u[j] -= share * x
