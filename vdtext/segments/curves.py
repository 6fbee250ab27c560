"""Hits against false alarms, for every threshold at once."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Curve", "roc"]


@dataclass(frozen=True)
class Curve:
    """A receiver operating characteristic.

    Attributes
    ----------
    false_alarms, hits : ndarray, shape (N,), float64
        Shares of what is not and of what is to be found that score at least the threshold; both rise from 0 to 1.
    thresholds : ndarray, shape (N,), float64
        Falling, from infinity.
    area : float
        Under the curve: how probably a hit scores more than a false alarm; 0.5 is a coin.

    Examples
    --------
    >>> roc([1.0, 2.0, 3.0], [False, True, True]).area
    1.0
    """

    false_alarms: np.ndarray
    hits: np.ndarray
    thresholds: np.ndarray
    area: float

    def hits_at(self, false_alarms):
        """The share of hits at a share of false alarms, on the curve that joins the points."""
        return float(np.interp(false_alarms, self.false_alarms, self.hits))


def roc(scores, truth):
    """Sort by score and count from the top.

    .. math:: \\text{area} = P(z_1 > z_0) + \\tfrac12 P(z_1 = z_0)

    for a score z₁ of what is to be found and z₀ of what is not.

    Parameters
    ----------
    scores : array_like, any shape, float
    truth : array_like, same shape, bool

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If shapes differ, or the truth is all of one kind (chapter 11).

    References
    ----------
    Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006), doi:10.1016/j.patrec.2005.10.010.

    Examples
    --------
    >>> curve = roc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    >>> curve.hits.tolist(), curve.false_alarms.tolist(), curve.area
    ([0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.5, 1.0], 0.875)
    """
    z, truth = np.ravel(np.asarray(scores, np.float64)), np.ravel(np.asarray(truth)).astype(bool)
    if z.shape != truth.shape or truth.all() or not truth.any() or np.isnan(z).any():
        raise ValueError(f"{z.size} scores, {truth.sum()} of {truth.size} true: both kinds, no NaN (chapter 11)")
    order = np.argsort(-z, kind="stable")
    z, truth = z[order], truth[order]
    last = np.append(np.flatnonzero(np.diff(z)), z.size - 1)  # of each run of equal scores
    hits, alarms = np.cumsum(truth)[last] / truth.sum(), np.cumsum(~truth)[last] / (~truth).sum()
    hits, alarms = np.append(0.0, hits), np.append(0.0, alarms)
    area = float(np.sum(np.diff(alarms) * (hits[1:] + hits[:-1]) / 2))
    return Curve(alarms, hits, np.append(np.inf, z[last]), area)
