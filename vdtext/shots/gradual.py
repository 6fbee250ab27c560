"""What a dissolve and a fade do to the variance of the picture: closed forms."""

import numpy as np

__all__ = ["dissolve_variance", "fade_variance"]


def dissolve_variance(weight, *, old, new, covariance=0.0):
    """Variance of a picture that is (1 − w)·A + w·B.

    .. math:: σ²(w) = (1 − w)² σ_A² + w² σ_B² + 2 w (1 − w) cov(A, B)

    Parameters
    ----------
    weight : float or ndarray
        w, 0 to 1.
    old, new : float
        Variances of A and B.
    covariance : float
        Of A and B; near 0 for pictures that have nothing to do with each other.

    Returns
    -------
    float or ndarray
        A parabola in w.

    References
    ----------
    Alattar, Detecting and compressing dissolve regions in video sequences with a DVI multimedia image compression
    algorithm, IEEE ISCAS (1993).

    Examples
    --------
    >>> dissolve_variance(0.5, old=100.0, new=100.0)
    50.0
    """
    w = np.asarray(weight, float)
    value = (1 - w) ** 2 * old + w**2 * new + 2 * w * (1 - w) * covariance
    return value if value.ndim else float(value)


def fade_variance(gain, *, variance):
    """Variance of a picture that is g·A: the mean falls by g, the variance by g².

    .. math:: σ²(g) = g² σ_A²

    Parameters
    ----------
    gain : float or ndarray
        g, 0 to 1.
    variance : float
        Of A.

    Returns
    -------
    float or ndarray

    References
    ----------
    Alattar, Detecting and compressing dissolve regions in video sequences with a DVI multimedia image compression
    algorithm, IEEE ISCAS (1993).

    Examples
    --------
    >>> fade_variance(0.5, variance=100.0)
    25.0
    """
    value = np.asarray(gain, float) ** 2 * variance
    return value if value.ndim else float(value)
