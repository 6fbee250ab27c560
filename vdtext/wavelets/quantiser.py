"""Quantisation: a step, a dead zone around zero, the point that stands for an interval, and what an error costs."""

import numpy as np

from vdtext.wavelets.pyramid import Pyramid, bands, recompose

__all__ = ["bit_planes", "coarser", "dequantise", "quantise", "synthesis_gains"]


def quantise(x, step, *, rounding=0.5):
    """Divide by the step and round; with a rounding below 1/2 the zone that becomes 0 is wider than the others.

    .. math:: q = sign(x) ⌊|x|/step + rounding⌋

    Parameters
    ----------
    x : ndarray, floats
        Coefficients.
    step : float or ndarray
        > 0, in the unit of `x`.
    rounding : float
        From 0 (the dead zone is twice as wide as the other intervals) to 1/2 (all are equally wide).

    Returns
    -------
    ndarray of int32, same shape

    Raises
    ------
    ValueError
        If the step or the rounding lies outside.

    References
    ----------
    Sullivan, Efficient scalar quantization of exponential and Laplacian random variables, IEEE Trans. Information
    Theory 42 (1996), doi:10.1109/18.532878.

    Examples
    --------
    >>> quantise(np.array([-2.6, -0.6, 0.6, 1.6]), 1.0, rounding=0.3).tolist()
    [-2, 0, 0, 1]
    """
    if not np.all(np.asarray(step) > 0) or not 0 <= rounding <= 0.5:
        raise ValueError(f"step={step}, rounding={rounding}: accepted are steps > 0 and 0 to 1/2 (chapter 7)")
    return (np.sign(x) * np.floor(abs(x) / step + rounding)).astype(np.int32)


def dequantise(q, step, *, point=0.0):
    """The value that stands for an interval, moved towards zero where small values are likelier than large ones.

    x̂ = sign(q)(|q| − point)·step

    Parameters
    ----------
    q : ndarray of integers
        As :func:`quantise` made it.
    step : float or ndarray
        The same.
    point : float
        In steps.

    Returns
    -------
    ndarray of float64, same shape

    Examples
    --------
    >>> dequantise(np.array([-2, 1, 2]), 10.0, point=0.1).tolist()
    [-19.0, 9.0, 19.0]
    """
    return np.sign(q) * (abs(q) - point) * step


def bit_planes(q, count=None):
    """The binary digits of magnitudes, the highest plane first: an order in which a stream can be cut anywhere.

    Parameters
    ----------
    q : ndarray of integers
        Quantised coefficients.
    count : int, optional
        How many planes; as many as the largest magnitude needs by default.

    Returns
    -------
    ndarray of uint8, shape (count, *q.shape)
        Σ plane[k]·2^(count−1−k) = |q|.

    Examples
    --------
    >>> bit_planes(np.array([5, -2])).tolist()
    [[1, 0], [0, 1], [1, 0]]
    """
    magnitude = abs(np.asarray(q))
    count = int(magnitude.max(initial=0)).bit_length() if count is None else count
    return (
        np.stack([magnitude >> k & 1 for k in reversed(range(count))]).astype(np.uint8)
        if count
        else np.zeros((0, *magnitude.shape), np.uint8)
    )


def coarser(q, missing):
    """What a decoder knows whose stream ended `missing` bit planes early: the middle of the interval that is left.

    Parameters
    ----------
    q : ndarray of integers
        Quantised coefficients.
    missing : int
        Bit planes, >= 0.

    Returns
    -------
    ndarray of float64, same shape
        0 where no digit but zeros is known.

    Examples
    --------
    >>> coarser(np.array([5, -2, 1]), 1).tolist()
    [4.5, -2.5, 0.0]
    """
    known = abs(q) >> missing
    return np.where(known > 0, np.sign(q) * ((known << missing) + ((1 << missing) - 1) / 2), 0.0)


def synthesis_gains(levels, wavelet, *, dimensions=2):
    """How much an error of 1 in one coefficient is in the picture: the norm of the picture of a single coefficient.

    Orthonormal transforms have gains of 1.  Errors of coefficients that do not depend on each other add up as their
    squares times the squares of the gains; so steps in inverse proportion to the gains lose the least.

    Parameters
    ----------
    levels : int
        How many.
    wavelet : {"haar", "5/3", "9/7"}
        Which one.
    dimensions : int
        1 for signals, 2 for pictures, 3 for clips.

    Returns
    -------
    dict
        {(name, level): norm}, of all bands.

    References
    ----------
    Woods, Naveen, A filter based bit allocation scheme for subband compression of HDTV, IEEE Trans. Image Processing 1
    (1992), doi:10.1109/83.148614.

    Examples
    --------
    >>> {key: round(gain, 3) for key, gain in synthesis_gains(1, "5/3", dimensions=1).items()}
    {('L', 1): 1.225, ('H', 1): 0.848}
    """
    one = {}
    for level in range(1, levels + 1):  # in one dimension, away from the ends; products of these serve pictures
        for name in "LH":
            size = 32 << level
            band = next(b for b in bands((size,), level) if (b.name, b.level) == (name, level))
            y = np.zeros(size)
            y[(band.region[0].start + band.region[0].stop) // 2] = 1
            one[name, level] = float(np.sqrt(np.square(recompose(Pyramid(y, level, wavelet, (0,)))).sum()))
    shape = (1 << levels,) * dimensions
    gain = {
        (b.name, b.level): float(np.prod([one[letter, b.level] for letter in b.name])) for b in bands(shape, levels)
    }
    return gain
