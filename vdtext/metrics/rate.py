"""Two codecs in one number: Bjøntegaard's mean difference of two rate–quality curves."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

__all__ = ["Delta", "bd_quality", "bd_rate", "curve", "integral", "mean_gap"]


@dataclass(frozen=True)
class Delta:
    """How far one curve lies from another on average, and on what this is based.

    Attributes
    ----------
    value : float
        Percent of the anchor's rate (:func:`bd_rate`), or the unit of quality (:func:`bd_quality`).
    low, high : float
        The range in which both curves have points: of quality (:func:`bd_rate`) or of rate (:func:`bd_quality`).
    anchor_share, test_share : float
        How much of each curve's range that is, above 0 and at most 1; the range of rate is measured in its logarithm.

    Examples
    --------
    >>> Delta(-20.0, 30.0, 40.0, 1.0, 0.5).value
    -20.0
    """

    value: float
    low: float
    high: float
    anchor_share: float
    test_share: float


def bd_rate(anchor, test, *, method="pchip"):
    """Mean rate difference of two codecs at equal quality, in percent of the anchor's rate: below 0, `test` saves.

    bd_rate = 100 (exp(1/(q₁ − q₀) ∫_{q₀}^{q₁} (ln R_test(q) − ln R_anchor(q)) dq) − 1)

    Parameters
    ----------
    anchor, test : array_like, shape (n, 2), n >= 4
        Points (rate, quality), in any order: rate > 0 in any one unit, quality in any one unit (dB of PSNR, say) that
        grows with the rate.
    method : {"pchip", "akima", "cubic"}
        How log-rate is interpolated over quality.  "pchip" passes through the points and stays between neighbours,
        "akima" passes through them and may swing at a sharp bend, "cubic" is Bjøntegaard's least-squares polynomial of
        degree 3, which most published tables used.

    Returns
    -------
    Delta
        The percentage, the qualities [q₀, q₁] that both curves reach, and how much of each curve lies there.

    Raises
    ------
    ValueError
        If there are fewer than 4 points, a rate is not positive, quality does not grow with rate, the curves share no
        quality, or the method is unknown.

    References
    ----------
    Bjøntegaard, Calculation of average PSNR differences between RD-curves, ITU-T VCEG-M33 (2001).

    Examples
    --------
    >>> anchor = [(100, 30.0), (200, 33.0), (400, 36.0), (800, 38.5)]
    >>> result = bd_rate(anchor, [(0.8 * rate, quality) for rate, quality in anchor])
    >>> round(result.value, 9), result.low, result.high
    (-20.0, 30.0, 38.5)
    """
    (rate_a, quality_a), (rate_b, quality_b) = curve("anchor", anchor), curve("test", test)
    mean, *rest = mean_gap((quality_a, np.log(rate_a)), (quality_b, np.log(rate_b)), method, "quality")
    return Delta(float(100 * np.expm1(mean)), *rest)


def bd_quality(anchor, test, *, method="pchip"):
    """Mean quality difference of two codecs at equal rate, in the unit of quality; with PSNR it is called BD-PSNR.

    bd_quality = 1/(r₁ − r₀) ∫_{r₀}^{r₁} (Q_test(r) − Q_anchor(r)) dr, with r the logarithm of the rate

    Parameters
    ----------
    anchor, test : array_like, shape (n, 2), n >= 4
        As for :func:`bd_rate`.
    method : {"pchip", "akima", "cubic"}
        How quality is interpolated over log-rate.

    Returns
    -------
    Delta
        The difference (above 0, `test` is better), the rates that both curves reach, and how much of each lies there.

    Raises
    ------
    ValueError
        As :func:`bd_rate`; if the curves share no rate.

    References
    ----------
    Bjøntegaard, Calculation of average PSNR differences between RD-curves, ITU-T VCEG-M33 (2001).

    Examples
    --------
    >>> anchor = [(100, 30.0), (200, 33.0), (400, 36.0), (800, 38.5)]
    >>> round(bd_quality(anchor, [(rate, quality + 1) for rate, quality in anchor]).value, 9)
    1.0
    """
    (rate_a, quality_a), (rate_b, quality_b) = curve("anchor", anchor), curve("test", test)
    mean, low, high, *shares = mean_gap((np.log(rate_a), quality_a), (np.log(rate_b), quality_b), method, "rate")
    return Delta(mean, float(np.exp(low)), float(np.exp(high)), *shares)


def integral(x, y, low, high, *, method="pchip"):
    """Integral, from `low` to `high`, of the curve through the points (x, y).

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points; x ascends.
    low, high : float
        Within the range of x.
    method : {"pchip", "akima", "cubic"}
        As for :func:`bd_rate`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the method is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> round(integral(np.arange(4.0), 2 * np.arange(4.0), 0, 3), 9)
    9.0
    """
    if method == "cubic":
        centre = x.mean()
        area = np.polynomial.Polynomial.fit(x - centre, y, 3).integ()
        return float(area(high - centre) - area(low - centre))
    if method not in ("pchip", "akima"):
        raise ValueError(f"method={method!r}: accepted are 'pchip', 'akima' and 'cubic' (chapter 5)")
    interpolate = PchipInterpolator if method == "pchip" else Akima1DInterpolator
    return float(interpolate(x, y).integrate(low, high))


def curve(name, points):
    """Rates and qualities of a curve, by rate, after making sure that it is one."""
    points = np.array(list(points), dtype=float)
    if points.ndim != 2 or points.shape[-1] != 2 or len(points) < 4:
        raise ValueError(f"{name}: shape {points.shape}, at least 4 points (rate, quality) are accepted (chapter 5)")
    if not np.isfinite(points).all() or points[:, 0].min() <= 0:
        raise ValueError(f"{name}: rates are positive and all numbers finite, or there is no logarithm (chapter 5)")
    rate, quality = points[np.lexsort((points[:, 1], points[:, 0]))].T
    if (np.diff(rate) <= 0).any() or (np.diff(quality) <= 0).any():
        raise ValueError(
            f"{name}: quality does not grow with rate, so there is no one rate for each quality; remove the points "
            "that cost more and give less (chapter 5)"
        )
    return rate, quality


def mean_gap(anchor, test, method, what):
    """Mean of test − anchor over their common range; the range; its share of each."""
    low, high = max(anchor[0][0], test[0][0]), min(anchor[0][-1], test[0][-1])
    if not low < high:
        unit = (np.exp if what == "rate" else np.asarray)([anchor[0][0], anchor[0][-1], test[0][0], test[0][-1]])
        a, b, c, d = (f"{value:.4g}" for value in unit)
        raise ValueError(f"{what} {a} to {b} and {c} to {d} do not overlap: nothing can be compared (chapter 5)")
    gap = integral(*test, low, high, method=method) - integral(*anchor, low, high, method=method)
    shares = ((high - low) / (points[0][-1] - points[0][0]) for points in (anchor, test))
    return float(gap / (high - low)), float(low), float(high), *map(float, shares)
