"""Tables of frequencies: first those of a logistic density, then what was counted."""

import numpy as np
from scipy.special import expit

from vdtext.learned.network import SCALES, scale
from vdtext.learned.rows import REACH, table

__all__ = ["counted", "densities", "logistic"]

TRUST = 200.0
"""So many numbers are the densities worth, beside what was counted."""


def logistic(place, sigma):
    """Probabilities of whole numbers under a logistic density.

    .. math:: P(n) = F\\bigl(\\tfrac{n + 1/2 − m}{b}\\bigr) − F\\bigl(\\tfrac{n − 1/2 − m}{b}\\bigr), \\qquad
              F(t) = \\frac{1}{1 + e^{−t}}, \\quad b = \\frac{\\sqrt3}{π}σ

    Parameters
    ----------
    place, sigma : float
        Mean and standard deviation.

    Returns
    -------
    ndarray, shape (64,), float64
        Of all numbers beyond ±31, then of −31 … 31; the sum is 1.

    References
    ----------
    Salimans et al., "PixelCNN++", ICLR 2017, arXiv:1701.05517 (a discretised logistic).

    Examples
    --------
    >>> chances = logistic(0.0, 1.0)
    >>> round(float(chances[32]), 3), round(float(chances.sum()), 9)
    (0.425, 1.0)
    """
    edges = (np.arange(-REACH, REACH + 2) - 0.5 - place) * np.pi / (np.sqrt(3) * sigma)
    inner = np.diff(expit(edges))
    return np.concatenate([[max(0.0, 1 - inner.sum())], inner])


def densities(place, index):
    """The tables that training believed in.

    Parameters
    ----------
    place, index : ndarray, shape (6, 12)
        Means of the side information, and indices of its scales.

    Returns
    -------
    ndarray, shape (120, 64), uint16

    Examples
    --------
    >>> densities(np.zeros((6, 12)), np.full((6, 12), 20.0)).sum(1).min()
    np.uint64(65536)
    """
    rows = [logistic(0.0, scale(i)) for i in range(SCALES)]
    bounded = np.clip(index, 0, SCALES - 1)
    rows += [logistic(m, scale(i)) for m, i in zip(place.ravel(), bounded.ravel(), strict=True)]
    return np.stack([table(row) for row in rows]).astype(np.uint16)


def counted(numbers, rows, before):
    """Tables of what occurred, with the ones before as a beginning.

    Parameters
    ----------
    numbers, rows : ndarray, shape (n,)
    before : ndarray, shape (R, 64)

    Returns
    -------
    ndarray, shape (R, 64), uint16

    Examples
    --------
    >>> before = densities(np.zeros((6, 12)), np.full((6, 12), 20.0))
    >>> after = counted(np.zeros(10**5, int), np.full(10**5, 20), before)
    >>> bool(after[20, 32] > 65000), bool((after[21] == before[21]).all())
    (True, True)
    """
    symbol = np.where(abs(numbers) <= REACH, numbers + REACH + 1, 0)
    counts = np.bincount(rows * 64 + symbol, minlength=before.size).reshape(before.shape)
    found = np.array(before, np.uint16)
    for row in np.flatnonzero(counts.sum(1)):
        found[row] = table(counts[row] + TRUST * before[row] / before[row].sum())
    return found
