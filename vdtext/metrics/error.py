"""Errors pixel by pixel: MSE and PSNR, of a whole clip and frame by frame."""

import numpy as np

__all__ = ["mse", "mse_frames", "pair", "peak", "psnr", "psnr_frames"]


def mse(a, b):
    """Mean squared error.

    mse = (1/N) Σ (a_i − b_i)²

    Parameters
    ----------
    a, b : ndarray, same shape: (H, W), (T, H, W), (T, H, W, C) or any other
        Numbers of any type; integers do not overflow.

    Returns
    -------
    float
        In grey value², ≥ 0; over a clip, the mean over all its pixels.

    Raises
    ------
    ValueError
        If the shapes differ or nothing is there to compare.

    Examples
    --------
    >>> import numpy as np
    >>> mse(np.array([[0, 255]], np.uint8), np.array([[255, 255]], np.uint8))
    32512.5
    """
    a, b = pair(a, b)
    return squared(a, b) if a.ndim < 3 else float(np.mean(mse_frames(a, b)))


def mse_frames(a, b):
    """Mean squared error of each frame: a curve over time.

    Parameters
    ----------
    a, b : ndarray, same shape: (T, H, W) or (T, H, W, C)
        As for :func:`mse`.

    Returns
    -------
    ndarray, shape (T,), float64
        In grey value²; its mean is :func:`mse` of the clip.

    Raises
    ------
    ValueError
        If the shapes differ, or there is no axis of frames.

    Examples
    --------
    >>> import numpy as np
    >>> mse_frames(np.zeros((2, 4, 4)), np.stack([np.ones((4, 4)), np.full((4, 4), 3.0)]))
    array([1., 9.])
    """
    a, b = clips(a, b)
    return np.array([squared(x, y) for x, y in zip(a, b, strict=True)])  # a long clip is never copied to floats at once


def psnr(a, b, *, data_range=None):
    """Peak signal-to-noise ratio, of the mean error.

    psnr = 10 log10(data_range² / mse)

    Parameters
    ----------
    a, b : ndarray, same shape
        As for :func:`mse`.
    data_range : float
        The largest value that could occur minus the smallest: 255 for uint8, 1.0 for floats in [0, 1].  It has no
        default, because no array says it.

    Returns
    -------
    float
        In dB; ``inf`` for identical arrays.  A clip has two PSNRs, and papers mean one or the other.  This is the
        *PSNR of the mean error*.  The *mean of the frames' PSNRs* is ``psnr_frames(a, b, …).mean()``; it is never
        lower, since −log is convex (Jensen), and equal only where all frames have one error.

    Raises
    ------
    ValueError
        If `data_range` is missing or not positive, or the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> round(psnr(np.zeros((4, 4)), np.full((4, 4), 0.1), data_range=1.0), 6)
    20.0
    """
    return float(decibels(mse(a, b), peak(data_range)))


def psnr_frames(a, b, *, data_range=None):
    """Peak signal-to-noise ratio of each frame: a curve over time.

    Parameters
    ----------
    a, b : ndarray, same shape: (T, H, W) or (T, H, W, C)
        As for :func:`mse`.
    data_range : float
        As for :func:`psnr`.

    Returns
    -------
    ndarray, shape (T,), float64
        In dB, ``inf`` where two frames are identical.  Its mean is the second of the two PSNRs of a clip; it is never
        lower than :func:`psnr`, the PSNR of the mean error.

    Raises
    ------
    ValueError
        If `data_range` is missing or not positive, the shapes differ, or there is no axis of frames.

    Examples
    --------
    >>> import numpy as np
    >>> dark, grey = np.zeros((2, 4, 4)), np.stack([np.full((4, 4), 0.1), np.full((4, 4), 1.0)])
    >>> psnr_frames(dark, grey, data_range=1.0).round(6)
    array([20.,  0.])
    >>> round(psnr(dark, grey, data_range=1.0), 2)
    2.97
    """
    return decibels(mse_frames(a, b), peak(data_range))


def squared(a, b):
    """Mean of the squared differences of two arrays, in float64."""
    return float(np.mean(np.square(np.subtract(a, b, dtype=np.float64))))


def decibels(error, data_range):
    """10 log10(data_range² / error), infinite where there is no error."""
    with np.errstate(divide="ignore"):
        return 10 * np.log10(data_range**2 / np.asarray(error))


def pair(a, b):
    """Two arrays of one shape, not empty."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.size == 0:
        raise ValueError(
            f"shapes {a.shape} and {b.shape}: two pictures of one shape, not empty, can be compared (chapter 5)"
        )
    return a, b


def clips(a, b):
    """Two arrays of one shape that have an axis of frames."""
    a, b = pair(a, b)
    if a.ndim < 3:
        raise ValueError(f"shape {a.shape}: a curve over frames needs a clip, (T, H, W) or (T, H, W, C) (chapter 5)")
    return a, b


def peak(data_range):
    """A data range, after making sure that it was given."""
    if data_range is None:
        raise ValueError("data_range is required: 255 for uint8, 1.0 for floats (chapter 5)")
    if not (np.isfinite(data_range) and data_range > 0):
        raise ValueError(
            f"data_range={data_range}: accepted is a number > 0, 255 for uint8, 1.0 for floats (chapter 5)"
        )
    return data_range
