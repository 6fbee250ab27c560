"""How alike two pictures are (ground floor; chapter 5 completes it): MSE, PSNR, SSIM."""

import numpy as np
from scipy import ndimage

__all__ = ["mse", "psnr", "ssim"]


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
    a, b = _pair(a, b)
    pairs = zip(a, b, strict=True) if a.ndim > 2 else [(a, b)]  # a long clip is never copied to floats as a whole
    return float(np.mean([np.mean(np.square(np.subtract(x, y, dtype=np.float64))) for x, y in pairs]))


def psnr(a, b, *, data_range=None):
    """Peak signal-to-noise ratio.

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
        In dB; ``inf`` for identical arrays.  Of a clip it is the PSNR of the mean error, which is not the mean of the
        PSNRs of its frames (the latter is higher, unless all frames are equally good).

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
    data_range, error = _peak(data_range), mse(a, b)
    return float(10 * np.log10(data_range**2 / error)) if error else float("inf")


def ssim(a, b, *, data_range=None, channels=False):
    """Structural similarity: means, variances and covariance compared in a sliding window.

    ssim = mean of (2 μ_a μ_b + c₁)(2 σ_ab + c₂) / ((μ_a² + μ_b² + c₁)(σ_a² + σ_b² + c₂)) over all 11×11 windows that
    lie inside the picture, weighted by a Gaussian of σ = 1.5, with c₁ = (0.01 data_range)² and c₂ = (0.03 data_range)².

    Parameters
    ----------
    a, b : ndarray, same shape: (H, W) or (T, H, W), with H, W >= 11
        Grey pictures; frames of a clip are compared one by one and averaged.
    data_range : float
        As for :func:`psnr`.
    channels : bool
        True says that there is a last axis of channels, (H, W, C) or (T, H, W, C); they are averaged as well.

    Returns
    -------
    float
        At most 1, which only equal pictures reach; may be negative.

    Raises
    ------
    ValueError
        If `data_range` is missing or not positive, the shapes differ, or they are none of the above.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", IEEE Trans. Image Process. 13 (2004), doi:10.1109/TIP.2003.819861.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(16), np.arange(16)) / 30
    >>> ssim(ramp, ramp, data_range=1.0), ssim(ramp, 1 - ramp, data_range=1.0) < 0
    (1.0, True)
    """
    data_range = _peak(data_range)
    a, b = _pair(a, b)
    if a.ndim - channels not in (2, 3) or min(a.shape[a.ndim - channels - 2 : a.ndim - channels]) < 11:
        raise ValueError(
            f"shape={a.shape}, channels={channels}: SSIM compares grey (H, W) or (T, H, W) of at least 11×11 pixels, "
            "and with channels=True (H, W, C) or (T, H, W, C) (chapter 5)"
        )
    if channels:
        a, b = np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)
    frames = zip(a.reshape(-1, *a.shape[-2:]), b.reshape(-1, *b.shape[-2:]), strict=True)
    return float(np.mean([_ssim_map(x.astype(float), y.astype(float), data_range).mean() for x, y in frames]))


def _ssim_map(a, b, data_range):
    """The SSIM of every window of two float pictures (H, W): shape (H − 10, W − 10)."""
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_a, mean_b = _window_mean(a), _window_mean(b)
    variances = _window_mean(a * a) - mean_a**2 + _window_mean(b * b) - mean_b**2
    covariance = _window_mean(a * b) - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return similarity / ((mean_a**2 + mean_b**2 + c1) * (variances + c2))


def _window_mean(picture):
    """Gaussian mean (11×11, σ = 1.5) around every pixel whose window lies inside the picture."""
    weights = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    for axis in (0, 1):
        picture = ndimage.correlate1d(picture, weights, axis=axis)
    return picture[5:-5, 5:-5]


def _pair(a, b):
    """Two arrays of one shape."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.size == 0:
        raise ValueError(
            f"shapes {a.shape} and {b.shape}: two pictures of one shape, not empty, can be compared (chapter 5)"
        )
    return a, b


def _peak(data_range):
    """A data range, after making sure that it was given."""
    if data_range is None:
        raise ValueError("data_range is required: 255 for uint8, 1.0 for floats (chapter 5)")
    if not (np.isfinite(data_range) and data_range > 0):
        raise ValueError(
            f"data_range={data_range}: accepted is a number > 0, 255 for uint8, 1.0 for floats (chapter 5)"
        )
    return data_range
