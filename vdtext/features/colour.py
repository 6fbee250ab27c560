"""Colours of a frame: how often each one occurs, and the first three moments of each channel."""

import numpy as np

from vdtext.features.frames import as_bytes, as_floats

__all__ = ["colour_histogram", "colour_moments", "equalise"]


def channels(frame):
    """The pixels of a frame, one row a channel."""
    return np.ascontiguousarray(frame.reshape(-1, 1 if frame.ndim == 2 else frame.shape[2]).T)


def colour_histogram(frame, *, bins=8):
    """How large a share of the pixels has each colour, all channels together.

    .. math:: H(r, g, b) = \\frac{1}{N} \\sum_x 1[q(u(x)) = (r, g, b)]

    q sorts each channel into `bins` equal intervals of its 256 values.

    Parameters
    ----------
    frame : array_like, shape (H, W, 3) or (H, W), uint8 or float in [0, 1]
    bins : int
        Intervals a channel, from 1 to 256.

    Returns
    -------
    ndarray, shape (bins, bins, bins) or (bins,), float64
        Non-negative; the sum is 1.

    Raises
    ------
    ValueError
        If `bins` lies outside 1…256 (chapter 11).

    References
    ----------
    Swain, Ballard, Color indexing, Int. J. Computer Vision 7 (1991), doi:10.1007/BF00130487.

    Examples
    --------
    >>> frame = np.zeros((2, 2, 3), np.uint8); frame[0] = 255, 0, 0
    >>> h = colour_histogram(frame, bins=2)
    >>> float(h[1, 0, 0]), float(h[0, 0, 0])
    (0.5, 0.5)
    """
    if not 1 <= bins <= 256:
        raise ValueError(f"bins={bins}: accepted are 1 to 256 intervals a channel (chapter 11)")
    levels = channels(as_bytes(frame)).astype(np.int64) * bins // 256
    shape = (bins,) * len(levels)
    counts = np.bincount(np.ravel_multi_index(tuple(levels), shape), minlength=bins ** len(shape))
    return counts.reshape(shape) / levels.shape[1]


def colour_moments(frame):
    """Mean, standard deviation, and cube root of the third central moment of each channel.

    .. math::
        μ_c = E[u_c],\\quad σ_c = E[(u_c − μ_c)^2]^{1/2},\\quad s_c = E[(u_c − μ_c)^3]^{1/3}

    All three are in the unit of the picture; s has the sign of the skew.

    Parameters
    ----------
    frame : array_like, shape (H, W, 3) or (H, W), uint8 or float in [0, 1]

    Returns
    -------
    ndarray, shape (3, C), float64
        Rows μ, σ, s, as parts of the full range.

    References
    ----------
    Stricker, Orengo, Similarity of color images, SPIE 2420 (1995), doi:10.1117/12.205308.

    Examples
    --------
    >>> colour_moments(np.array([[0.0, 0.0, 0.0, 0.8]])).ravel().round(3).tolist()
    [0.2, 0.346, 0.363]
    """
    u = channels(as_floats(frame)).astype(np.float64)
    mean = u.mean(axis=1)
    off = u - mean[:, None]
    return np.stack([mean, np.sqrt((off * off).mean(axis=1)), np.cbrt((off * off * off).mean(axis=1))])


def equalise(frame):
    """Histogram equalisation of each channel: every value becomes the share of pixels that are no brighter.

    An enhancement, and no feature: afterwards all pictures have the same, flat histogram, as far as ties allow.

    Parameters
    ----------
    frame : array_like, shape (H, W, 3) or (H, W), uint8 or float in [0, 1]

    Returns
    -------
    ndarray, same shape, uint8

    Examples
    --------
    >>> equalise(np.array([[3, 4, 5, 6]], np.uint8)).tolist()
    [[64, 128, 191, 255]]
    """
    frame = as_bytes(frame)
    result = []
    for values in channels(frame):
        share = np.cumsum(np.bincount(values, minlength=256)) / len(values)
        result.append(np.rint(255 * share).astype(np.uint8)[values])
    return np.stack(result, axis=-1).reshape(frame.shape)
