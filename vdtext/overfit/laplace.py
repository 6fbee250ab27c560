"""The law of a latent: a Laplace density, of which a network says the middle and the width, in tables of integers.

A latent q with middle m + δ (m whole, |δ| ≤ 1/2) and width b is coded as binary events: is q = m?  If not, is it above?
How many more steps away?  All their probabilities come from tables over b and δ, made with decimal arithmetic, which is
the same on every machine.
"""

from decimal import Context, Decimal
from functools import cache
from typing import NamedTuple

import numpy as np

__all__ = ["LEAST", "SCALES", "Tables", "events", "scale_width", "tables"]

SCALES = 80
"""Widths to choose from: eight in an octave."""
SMALLEST = -36
"""Of the first one, in eighths of an octave: 2^(−4.5)."""
LEAST = 4
"""No probability is below 4/65536."""
RUN = 48
"""After so many steps the rest of a number is sent plainly."""
PLAIN = 12
"""Bits of that rest."""
FRACTIONS = 16
"""Middles in a unit."""

_digits = Context(prec=24)


class Tables(NamedTuple):
    """Probabilities in units of 1/65536.

    Attributes
    ----------
    same : ndarray, shape (80, 16), int64
        That q = m, for each width and each δ = −8/16 … 7/16.
    above : ndarray, shape (80, 16), int64
        That q > m if it is not m.
    more : ndarray, shape (80,), int64
        That q is one step farther if it is so far.

    Examples
    --------
    >>> found = tables()
    >>> int(found.above[40, 8])  # the middle is whole: both sides are alike
    32768
    """

    same: np.ndarray
    above: np.ndarray
    more: np.ndarray


def scale_width(scale):
    """The width b of a Laplace density by its number in the tables.

    .. math:: b = 2^{(s − 36)/8}

    Parameters
    ----------
    scale : int or ndarray
        s, 0 to 79.

    Returns
    -------
    float or ndarray
        In latent units; the standard deviation is √2 b.

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.

    Examples
    --------
    >>> scale_width(36), scale_width(44)
    (1.0, 2.0)
    """
    return 2.0 ** ((scale + SMALLEST) / 8)


def _chance(value):
    """A probability in units of 1/65536, as a coder takes it."""
    return min(max(round(65536 * value), LEAST), 65536 - LEAST)


@cache
def tables():
    """The probabilities of all events, for all widths and middles.

    .. math::
        P(q = m) &= 1 − ½ e^{−(½+δ)/b} − ½ e^{−(½−δ)/b} \\\\
        P(q > m \\mid q ≠ m) &= 1/(1 + e^{−2δ/b}) \\\\
        P(|q − m| > k \\mid |q − m| ≥ k) &= e^{−1/b}

    Returns
    -------
    Tables

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.

    Examples
    --------
    >>> found = tables()
    >>> int(found.same[36, 8]), int(found.more[36])  # b = 1: 1 − e^(−1/2), and e^(−1), times 65536
    (25786, 24109)
    """
    shape = (SCALES, FRACTIONS)
    same, above, more = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(SCALES, np.int64)
    for scale in range(SCALES):
        inverse = _digits.power(Decimal(2), Decimal(-(scale + SMALLEST)) / 8)
        more[scale] = _chance(_digits.exp(-inverse))
        for fraction in range(FRACTIONS):
            delta = Decimal(fraction - FRACTIONS // 2) / FRACTIONS
            left = _digits.exp(-(Decimal("0.5") + delta) * inverse)
            right = _digits.exp(-(Decimal("0.5") - delta) * inverse)
            same[scale, fraction] = _chance(1 - (left + right) / 2)
            above[scale, fraction] = _chance(right / (left + right))
    return Tables(same, above, more)


def events(q, location, scale):
    """The binary events that say a latent, each with the probability of a one.

    Parameters
    ----------
    q : int
        The latent.
    location : int
        The middle of its density, in 1/16.
    scale : int
        The number of its width.

    Returns
    -------
    list of (int, int)
        (bit, probability of a one in units of 1/65536).

    Examples
    --------
    >>> events(3, 16, 36)  # two above the middle 1: not it, above, farther, not farther
    [(0, 25786), (1, 32768), (1, 24109), (0, 24109)]
    """
    same, above, more = tables()
    middle = location + FRACTIONS // 2 >> 4
    fraction, away = location - FRACTIONS * middle + FRACTIONS // 2, q - middle
    found = [(int(away == 0), int(same[scale, fraction]))]
    if away:
        found.append((int(away > 0), int(above[scale, fraction])))
        far, p = abs(away) - 1, int(more[scale])
        found += [(1, p)] * min(far, RUN) + [(0, p)] * (far < RUN)
        if far >= RUN:
            found += [((far - RUN) >> k & 1, 32768) for k in range(PLAIN - 1, -1, -1)]
    return found
