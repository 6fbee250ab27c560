"""Structural similarity, readable: windows, the map, and the scales of MS-SSIM.  The front doors are in the package."""

import numpy as np
from scipy import ndimage

from vdtext.metrics.error import pair, peak

__all__ = [
    "SCALES",
    "comparable",
    "constants",
    "halve",
    "means",
    "ssim_map",
    "terms",
    "weighted",
    "window_mean",
    "window_weights",
]

SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""How much each scale of MS-SSIM counts, the finest first, as Wang and others fitted it to people's judgements."""


def window_weights(window="gaussian", size=None):
    """The weights of a window along one axis: Gaussian (11 pixels, σ = 1.5) or uniform.

    Parameters
    ----------
    window : {"gaussian", "uniform"}
        Which.
    size : int, optional
        Pixels; the Gaussian has 11 and takes no other number, the uniform one 7 unless told otherwise, at least 2.

    Returns
    -------
    ndarray, shape (size,), float64
        Positive, with the sum 1.

    Raises
    ------
    ValueError
        If the window is unknown or its size is not accepted.

    Examples
    --------
    >>> window_weights("uniform", 4)
    array([0.25, 0.25, 0.25, 0.25])
    >>> window_weights().round(3)[:6]
    array([0.001, 0.008, 0.036, 0.109, 0.213, 0.266])
    """
    if window == "gaussian" and size in (None, 11):
        weights = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
        return weights / weights.sum()
    size = 7 if size is None else size
    if window == "uniform" and size == int(size) >= 2:
        return np.full(int(size), 1 / size)
    raise ValueError(
        f"window={window!r}, size={size}: SSIM has the window 'gaussian' of 11×11 pixels, or 'uniform' of size=2, 3, … "
        "(chapter 5)"
    )


def window_mean(u, weights):
    """Weighted mean of every window that lies inside the picture.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float
        Pictures.
    weights : ndarray, shape (n,)
        The window along one axis, of sum 1; it is the product of itself down and across.

    Returns
    -------
    ndarray, shape (..., H − n + 1, W − n + 1), same dtype

    Examples
    --------
    >>> import numpy as np
    >>> window_mean(np.arange(12.0).reshape(3, 4), np.array([0.5, 0.5]))
    array([[2.5, 3.5, 4.5],
           [6.5, 7.5, 8.5]])
    """
    n = len(weights)
    for axis in (-2, -1):
        inside = slice(n // 2, u.shape[axis] - n + n // 2 + 1)
        u = ndimage.correlate1d(u, weights, axis=axis).swapaxes(axis, -1)[..., inside].swapaxes(axis, -1)
    return u


def constants(data_range, *, k=(0.01, 0.03), pixels=None):
    """The two constants of SSIM, c₁ = (k₁L)² and c₂ = (k₂L)², which belong to the data range L.

    Parameters
    ----------
    data_range : float
        L: 255 for uint8, 1.0 for floats in [0, 1].
    k : pair of float
        k₁, k₂.
    pixels : int, optional
        N, the pixels of a window, if variances divide by N − 1: the same as a c₂ that is smaller by (N − 1)/N.

    Returns
    -------
    (float, float)
        In grey value².

    Raises
    ------
    ValueError
        If `data_range` is missing or not positive, or a k is negative.

    Examples
    --------
    >>> constants(255)
    (6.502500000000001, 58.522499999999994)
    """
    luminance, contrast = k
    if not (0 <= luminance < np.inf and 0 <= contrast < np.inf):
        raise ValueError(f"k={k}: SSIM has two constants k₁, k₂ >= 0, usually 0.01 and 0.03 (chapter 5)")
    c1, c2 = (luminance * peak(data_range)) ** 2, (contrast * data_range) ** 2
    return c1, c2 if pixels is None else c2 * (pixels - 1) / pixels


def terms(a, b, weights, c1, c2):
    """The two factors of SSIM in every window: how alike the means are, and how alike contrast and structure.

    (2 μ_a μ_b + c₁)/(μ_a² + μ_b² + c₁)  and  (2 σ_ab + c₂)/(σ_a² + σ_b² + c₂)

    Parameters
    ----------
    a, b : ndarray, shape (..., H, W), float
        Pictures.
    weights : ndarray, shape (n,)
        The window along one axis.
    c1, c2 : float
        See :func:`constants`.

    Returns
    -------
    (ndarray, ndarray), each of shape (..., H − n + 1, W − n + 1)

    Examples
    --------
    >>> import numpy as np
    >>> dark, light = np.full((2, 2), 1.0), np.full((2, 2), 3.0)
    >>> means, structure = terms(dark, light, np.array([0.5, 0.5]), 0.0, 1.0)
    >>> float(means[0, 0]), float(structure[0, 0])
    (0.6, 1.0)
    """
    mean_a, mean_b = window_mean(a, weights), window_mean(b, weights)
    variances = window_mean(a * a, weights) - mean_a**2 + window_mean(b * b, weights) - mean_b**2
    covariance = window_mean(a * b, weights) - mean_a * mean_b
    means = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return means, (2 * covariance + c2) / (variances + c2)


def ssim_map(a, b, *, data_range=None, window="gaussian", size=None, stride=1, k=(0.01, 0.03), sample=False):
    """Structural similarity of every window of two pictures.

    ssim = (2 μ_a μ_b + c₁)(2 σ_ab + c₂) / ((μ_a² + μ_b² + c₁)(σ_a² + σ_b² + c₂))

    Parameters
    ----------
    a, b : ndarray, same shape (..., H, W)
        Grey pictures or clips, at least as large as the window.
    data_range, window, size, stride, k, sample
        As for :func:`vdtext.metrics.ssim`, which is the mean of this map.

    Returns
    -------
    ndarray, shape (..., ⌈(H − n + 1)/stride⌉, ⌈(W − n + 1)/stride⌉), float64
        At most 1; the value at (i, j) belongs to the window whose upper left pixel is (i·stride, j·stride).

    Raises
    ------
    ValueError
        As :func:`vdtext.metrics.ssim`.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural similarity, IEEE
    Transactions on Image Processing 13 (2004), 600–612, doi:10.1109/TIP.2003.819861.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(12.0), np.arange(14.0)) / 24
    >>> ssim_map(ramp, ramp, data_range=1.0).shape
    (2, 4)
    """
    weights = window_weights(window, size)
    c1, c2 = constants(data_range, k=k, pixels=len(weights) ** 2 if sample else None)
    a, b = comparable(a, b, size=len(weights), stride=stride)
    means, structure = terms(a.astype(float), b.astype(float), weights, c1, c2)
    return (means * structure)[..., ::stride, ::stride]


def means(a, b, *, window, weights, stride, c1, c2):
    """Mean SSIM, and mean of its second factor, of each of several pictures.

    Parameters
    ----------
    a, b : ndarray, shape (N, H, W)
        Grey pictures of any type; one at a time is copied to float64.
    window : {"gaussian", "uniform"}
        What the weights are; the weights say all.
    weights : ndarray, shape (n,), float64
        The window along one axis, of sum 1.
    stride : int
        Pixels from one window to the next.
    c1, c2 : float
        See :func:`constants`.

    Returns
    -------
    ndarray, shape (N, 2), float64

    Examples
    --------
    >>> import numpy as np
    >>> means(np.eye(11)[None], np.eye(11)[None], window="gaussian", weights=window_weights(), stride=1, c1=1, c2=1)
    array([[1., 1.]])
    """
    rows = []
    for x, y in zip(a, b, strict=True):
        alike, structure = (
            t[::stride, ::stride] for t in terms(x.astype(np.float64), y.astype(np.float64), weights, c1, c2)
        )
        rows.append([(alike * structure).mean(), structure.mean()])
    return np.array(rows)


def comparable(a, b, *, size, stride=1, channels=False, scales=1):
    """Two stacks of grey pictures (…, H, W) that are large enough for a window, channels moved to the front.

    Parameters
    ----------
    a, b : ndarray
        Pictures or clips.
    size, stride : int
        Pixels of the window along one axis, and from one window to the next.
    channels : bool
        Whether the last axis holds channels.
    scales : int
        How often the pictures are halved, plus 1.

    Returns
    -------
    (ndarray, ndarray), shape (..., H, W)

    Raises
    ------
    ValueError
        If the shapes differ or are not accepted.

    Examples
    --------
    >>> import numpy as np
    >>> comparable(np.zeros((16, 20, 3)), np.zeros((16, 20, 3)), size=11, channels=True)[0].shape
    (3, 16, 20)
    """
    a, b = pair(a, b)
    least = 2 ** (scales - 1) * (size - 1) + 1
    if a.ndim - channels not in (2, 3) or min(a.shape[a.ndim - channels - 2 : a.ndim - channels]) < least:
        raise ValueError(
            f"shape={a.shape}, channels={channels}: {'MS-' if scales > 1 else ''}SSIM compares grey (H, W) or "
            f"(T, H, W) of at least {least}×{least} pixels, with channels=True (H, W, C) or (T, H, W, C) (chapter 5)"
        )
    if stride != int(stride) or stride < 1:
        raise ValueError(f"stride={stride}: the window moves by 1, 2, … pixels (chapter 5)")
    if channels:
        a, b = np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)
    return a, b


def halve(u):
    """A picture of half the size: means of 2×2 pixels; an odd last row or column counts twice.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float
        Pictures.

    Returns
    -------
    ndarray, shape (..., ⌈H/2⌉, ⌈W/2⌉), same dtype

    Examples
    --------
    >>> import numpy as np
    >>> halve(np.array([[0.0, 2.0, 5.0], [4.0, 6.0, 7.0]]))
    array([[3., 6.]])
    """
    for axis in (-2, -1):
        u = u.swapaxes(axis, -1)
        u = (u[..., ::2] + np.concatenate([u[..., 1::2], u[..., -1:]], axis=-1)[..., : (u.shape[-1] + 1) // 2]) / 2
        u = u.swapaxes(axis, -1)
    return u


def weighted(structures, last):
    """MS-SSIM of the means of all scales: Π structure_j^w_j · last^w, where what is negative counts as 0.

    Parameters
    ----------
    structures : ndarray, shape (scales − 1, ...)
        Mean of the second factor of SSIM at every scale but the coarsest.
    last : ndarray, shape (...)
        Mean SSIM at the coarsest.

    Returns
    -------
    ndarray, shape (...)
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> weighted(np.ones((4, 2)), np.array([1.0, 0.0]))
    array([1., 0.])
    """
    factors = np.maximum(np.concatenate([structures, np.asarray(last)[None]]), 0)
    return np.prod(factors.T ** np.array(SCALES), axis=-1).T
