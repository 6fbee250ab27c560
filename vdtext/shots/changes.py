"""What motion does not explain: two little pictures against each other, and a third as their mixture; readable."""

from dataclasses import dataclass

import numpy as np

__all__ = ["REACH", "SHIFTS", "Change", "Mixture", "change", "explained", "mixture", "moments"]

REACH, BLOCK = 3, (6, 8)
"""How far a block of a little picture may have moved, and its rows and columns."""
SHIFTS = np.array(sorted(np.ndindex(2 * REACH + 1, 2 * REACH + 1), key=lambda v: (np.hypot(*np.subtract(v, 3)), v)))
"""Motions that are tried, nearest first; (3, 3) is none."""
FLAT, GREYS = 4.0, 6.0
"""Variance of what is as good as noise, and a contrast below which differences do not count fully."""


@dataclass(frozen=True)
class Change:
    """How different two pictures are.

    Attributes
    ----------
    size : float
        Mean absolute difference that no motion explains, over the contrast; 0 for equal pictures.
    unlike : float
        1 less the correlation, 0 to 2: how much a change of brightness leaves unexplained as well.
    """

    size: float
    unlike: float


@dataclass(frozen=True)
class Mixture:
    """A picture as a mixture of two others.

    Attributes
    ----------
    share : float
        Of the second picture.
    rest : float
        What the mixture leaves over, 0 to 1 in units of the distance between the two.
    """

    share: float
    rest: float


def toned(a, b):
    """A luma brought to the mean and contrast of another, by a gain of ¼ to 4.

    Parameters
    ----------
    a, b : ndarray, shape (18, 32), uint8

    Returns
    -------
    ndarray, shape (18, 32), uint8

    Examples
    --------
    >>> a = np.arange(18 * 32).reshape(18, 32) // 5
    >>> bool(abs(toned(a.astype(np.uint8), (a + 90).astype(np.uint8)) - a - 90).max() == 0)
    True
    """
    a, b = a.astype(np.int64), b.astype(np.int64)
    of_a, of_b = (a.size * (x * x).sum() - x.sum() ** 2 for x in (a, b))
    gain = min(max(np.sqrt((of_b + a.size**2) / (of_a + a.size**2)), 0.25), 4.0)
    return np.rint(np.clip((a * a.size - a.sum()) * gain / a.size + b.sum() / a.size, 0, 255)).astype(np.uint8)


def explained(a, b):
    """The best guess of `b` by moved blocks of `a`.

    Blocks of 6 × 8 little pixels, each moved by up to 3 rows and columns so that the sum of absolute differences of
    luma is least, once that of `a` was brought to the mean and contrast of that of `b`; chroma moves with it.

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8
        Little pictures.

    Returns
    -------
    ndarray, shape (C, 18, 32), uint8

    Examples
    --------
    >>> a = np.arange(18 * 32, dtype=np.uint8).reshape(1, 18, 32) * 5
    >>> bool((explained(a, np.roll(a, 2, axis=2))[:, :, 8:24] == np.roll(a, 2, axis=2)[:, :, 8:24]).all())
    True
    """
    _, rows, columns = b.shape
    wide = np.pad(a, [(0, 0), (REACH, REACH), (REACH, REACH)], mode="edge")
    moved = np.stack([wide[:, v : v + rows, u : u + columns] for v, u in SHIFTS])
    tone = np.pad(toned(a[0], b[0]), REACH, mode="edge")
    cost = abs(np.stack([tone[v : v + rows, u : u + columns] for v, u in SHIFTS]).astype(int) - b[0])
    cost = cost.reshape(-1, rows // BLOCK[0], BLOCK[0], columns // BLOCK[1], BLOCK[1]).sum(axis=(2, 4))
    best = cost.argmin(axis=0).repeat(BLOCK[0], axis=0).repeat(BLOCK[1], axis=1)
    return np.take_along_axis(moved, best[None, None], axis=0)[0]


def moments(a, b):
    """Variances of two lumas, their covariance, mean |a − b| of luma, and of all chroma.

    Bars do not count: rows at the top and the bottom that are of one and the same value in both, but for 4 grey values.

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8

    Returns
    -------
    ndarray, shape (5,)

    Examples
    --------
    >>> moments(np.zeros((1, 18, 32), np.uint8), np.full((1, 18, 32), 9, np.uint8)).tolist()
    [0.0, 0.0, 0.0, 9.0, 0.0]
    """
    both = np.concatenate([a[0], b[0]], axis=1).astype(int)
    inside = np.flatnonzero(np.ptp(both, axis=1) > 4)
    rows = slice(inside[0], inside[-1] + 1) if len(inside) else slice(None)
    a, b = a[:, rows].astype(float), b[:, rows].astype(float)
    sad = abs(a - b).mean(axis=(1, 2))
    covariance = np.mean((a[0] - a[0].mean()) * (b[0] - b[0].mean()))
    return np.array([a[0].var(), b[0].var(), covariance, sad[0], sad[1:].sum()])


def change(a, b):
    """The change from one picture to another that no motion explains.

    With g the guess of :func:`explained`, σ contrasts, and d mean absolute differences of luma and chroma,

    .. math:: size = (d_Y + (d_{Cb} + d_{Cr})/2) / ((σ_g + σ_b)/2 + 6)

    .. math:: unlike = 1 − (cov(g, b) + 4) / √((σ_g² + 4)(σ_b² + 4))

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8
        Little pictures.

    Returns
    -------
    Change

    References
    ----------
    Hanjalic, Shot-boundary detection: unraveled and resolved?, IEEE Trans. Circuits and Systems for Video Technology 12
    (2002).

    Examples
    --------
    >>> a = np.arange(18 * 32, dtype=np.uint8).reshape(1, 18, 32) * 5
    >>> change(a, a), change(a, 255 - a).size > 0.5
    (Change(size=0.0, unlike=0.0), True)
    """
    return judged(moments(explained(a, b), b))


def judged(found):
    """The :class:`Change` of five moments."""
    of_guess, of_b, both, luma, chroma = (float(value) for value in found)
    contrast = (max(of_guess, 0) ** 0.5 + max(of_b, 0) ** 0.5) / 2
    unlike = 1 - (both + FLAT) / ((of_guess + FLAT) * (of_b + FLAT)) ** 0.5
    if max(of_guess, of_b) < FLAT:  # nothing to compare but brightness
        unlike = 1.0
    return Change((luma + chroma / 2) / (contrast + GREYS), unlike)


def mixture(a, b, middle):
    """How well a picture is a mixture of two others, (1 − w)·a + w·b.

    .. math:: w = ⟨m − a, b − a⟩ / |b − a|², \\quad rest = |m − a − w (b − a)| / |b − a|

    Parameters
    ----------
    a, b, middle : ndarray, shape (C, 18, 32), uint8

    Returns
    -------
    Mixture
        (0, 0) if a and b are equal.

    References
    ----------
    Alattar, Detecting and compressing dissolve regions in video sequences with a DVI multimedia image compression
    algorithm, IEEE ISCAS (1993).

    Examples
    --------
    >>> a, b = np.zeros((1, 18, 32), np.uint8), np.full((1, 18, 32), 100, np.uint8)
    >>> mixture(a, b, a + 25)
    Mixture(share=0.25, rest=0.0)
    """
    d, e = b.astype(float) - a, middle.astype(float) - a
    length = (d * d).sum()
    if not length:
        return Mixture(0.0, 0.0)
    share = (d * e).sum() / length
    return Mixture(float(share), float(np.sqrt(max((e * e).sum() - share**2 * length, 0) / length)))
