"""How alike are two pictures, two clips, two sets of frames, two codecs (ground floor, chapter 5).

Rooms: ``error`` (MSE and PSNR), ``similarity`` (SSIM, readable), ``covariance`` (region covariance, log-Euclidean and
Fréchet distance), ``rate`` (BD-rate).  The front doors of SSIM stand here: they call the compiled twin,
:mod:`vdtext.fast.metrics`, which they import when they are first used.
"""

import numpy as np

from vdtext.metrics import similarity
from vdtext.metrics.covariance import (
    FEATURES,
    frechet_distance,
    log_euclidean_distance,
    region_covariance,
    region_features,
    spd_log,
)
from vdtext.metrics.error import mse, mse_frames, psnr, psnr_frames
from vdtext.metrics.rate import Delta, bd_quality, bd_rate
from vdtext.metrics.similarity import ssim_map

__all__ = [
    "FEATURES",
    "Delta",
    "bd_quality",
    "bd_rate",
    "frechet_distance",
    "log_euclidean_distance",
    "ms_ssim",
    "ms_ssim_frames",
    "mse",
    "mse_frames",
    "psnr",
    "psnr_frames",
    "region_covariance",
    "region_features",
    "spd_log",
    "ssim",
    "ssim_frames",
    "ssim_map",
]


def ssim(
    a,
    b,
    *,
    data_range=None,
    window="gaussian",
    size=None,
    stride=1,
    k=(0.01, 0.03),
    sample=False,
    channels=False,
):
    """Structural similarity: means, contrasts and structures compared in a sliding window.

    ssim = mean of (2 μ_a μ_b + c₁)(2 σ_ab + c₂) / ((μ_a² + μ_b² + c₁)(σ_a² + σ_b² + c₂)) over all windows that lie
    inside the picture, with c₁ = (k₁ L)², c₂ = (k₂ L)² and L the data range.

    Parameters
    ----------
    a, b : ndarray, same shape: (H, W) or (T, H, W), at least as large as the window
        Grey pictures; frames of a clip are compared one by one and averaged.  uint8 and float32 are computed in
        float32 (five digits at least, mostly six), everything else in float64.
    data_range : float
        L: 255 for uint8, 1.0 for floats in [0, 1].  It has no default, because no array says it.
    window : {"gaussian", "uniform"}
        Gaussian of 11×11 pixels, σ = 1.5, as in the paper; or all pixels alike.
    size : int
        Pixels along one axis of a uniform window, 7 unless told otherwise.
    stride : int
        Pixels from one window to the next; FFmpeg's filter and x264 take uniform windows of 8×8 every 4 pixels.
    k : pair of float
        k₁, k₂.
    sample : bool
        True divides variances and covariance by N − 1 in place of N, the number of pixels in a window.
    channels : bool
        True says that there is a last axis of channels, (H, W, C) or (T, H, W, C); they are averaged as well.

    Returns
    -------
    float
        At most 1, which only equal pictures reach; may be negative.

    Raises
    ------
    ValueError
        If `data_range` is missing or not positive, the shapes differ, or something else is none of the above.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural similarity, IEEE
    Transactions on Image Processing 13 (2004), 600–612, doi:10.1109/TIP.2003.819861.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(16), np.arange(16)) / 30
    >>> ssim(ramp, ramp, data_range=1.0), ssim(ramp, 1 - ramp, data_range=1.0) < 0
    (1.0, True)
    """
    how = {"window": window, "size": size, "stride": stride, "k": k, "sample": sample, "channels": channels}
    return float(_means(a, b, data_range=data_range, **how)[:, 0].mean())


def ssim_frames(
    a,
    b,
    *,
    data_range=None,
    window="gaussian",
    size=None,
    stride=1,
    k=(0.01, 0.03),
    sample=False,
    channels=False,
):
    """Structural similarity of each frame: a curve over time.

    Parameters
    ----------
    a, b : ndarray, same shape: (T, H, W), or (T, H, W, C) with ``channels=True``
        As for :func:`ssim`.
    data_range, window, size, stride, k, sample, channels
        As for :func:`ssim`.

    Returns
    -------
    ndarray, shape (T,), float64
        Its mean is :func:`ssim` of the clip.

    Raises
    ------
    ValueError
        As :func:`ssim`, or if there is no axis of frames.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.random.default_rng(0).random((3, 16, 16))
    >>> ssim_frames(clip, clip, data_range=1.0)
    array([1., 1., 1.])
    """
    how = {"window": window, "size": size, "stride": stride, "k": k, "sample": sample, "channels": channels}
    means = _means(a, b, data_range=data_range, **how)[:, 0]
    return means.reshape(-1, _frames(a, channels)).mean(axis=0)


def ms_ssim(a, b, *, data_range=None, channels=False):
    """Multi-scale SSIM: structure compared at five sizes, each half the one before, means at the last alone.

    ms_ssim = Π_j structure_j^w_j · ssim_5^w_5 with j = 1 … 4, where structure_j is the mean of the second factor of
    SSIM on the picture halved j − 1 times and w = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333); below 0 counts as 0.

    Parameters
    ----------
    a, b : ndarray, same shape: (H, W) or (T, H, W), with H, W >= 161
        Grey pictures.  Five sizes under a window of 11 pixels need 16·10 + 1 pixels.
    data_range, channels
        As for :func:`ssim`.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        As :func:`ssim`, or if the pictures are too small.

    References
    ----------
    Wang, Simoncelli, Bovik, Multi-scale structural similarity for image quality assessment, Asilomar Conference on
    Signals, Systems and Computers (2003), 1398–1402, doi:10.1109/ACSSC.2003.1292216.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.random.default_rng(0).random((161, 170))
    >>> ms_ssim(a, a, data_range=1.0)
    1.0
    """
    return float(_scales(a, b, data_range, channels).mean())


def ms_ssim_frames(a, b, *, data_range=None, channels=False):
    """Multi-scale SSIM of each frame: a curve over time.

    Parameters
    ----------
    a, b : ndarray, same shape: (T, H, W), or (T, H, W, C) with ``channels=True``; H, W >= 161
        As for :func:`ms_ssim`.
    data_range, channels
        As for :func:`ssim`.

    Returns
    -------
    ndarray, shape (T,), float64
        Its mean is :func:`ms_ssim` of the clip.

    Raises
    ------
    ValueError
        As :func:`ms_ssim`, or if there is no axis of frames.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.random.default_rng(0).random((2, 161, 161))
    >>> ms_ssim_frames(clip, clip, data_range=1.0)
    array([1., 1.])
    """
    values = _scales(a, b, data_range, channels)
    return values.reshape(-1, _frames(a, channels)).mean(axis=0)


def _means(a, b, *, data_range, window, size, stride, k, sample, channels):
    """Mean SSIM, and mean of its second factor, of every picture in a stack: shape (pictures, 2)."""
    from vdtext.fast import metrics as fast  # here, so that what needs no SSIM compiles nothing

    weights = similarity.window_weights(window, size)
    c1, c2 = similarity.constants(data_range, k=k, pixels=len(weights) ** 2 if sample else None)
    a, b = similarity.comparable(a, b, size=len(weights), stride=stride, channels=channels)
    a, b = (u.reshape(-1, *u.shape[-2:]) for u in (a, b))
    return fast.means(a, b, window=window, weights=weights, stride=int(stride), c1=c1, c2=c2)


def _scales(a, b, data_range, channels):
    """MS-SSIM of every picture in a stack: shape (pictures,)."""
    from vdtext.fast import metrics as fast

    c1, c2 = similarity.constants(data_range)
    a, b = similarity.comparable(a, b, size=11, channels=channels, scales=len(similarity.SCALES))
    how = {"window": "gaussian", "weights": similarity.window_weights(), "stride": 1, "c1": c1, "c2": c2}
    kind = np.float32 if a.dtype == b.dtype and a.dtype in (np.uint8, np.float32) else np.float64
    values = []
    for x, y in zip(a.reshape(-1, 1, *a.shape[-2:]), b.reshape(-1, 1, *b.shape[-2:]), strict=True):
        x, y = x.astype(kind), y.astype(kind)
        rows = []
        for scale in range(len(similarity.SCALES)):
            x, y = (x, y) if scale == 0 else (similarity.halve(x), similarity.halve(y))
            rows.append(fast.means(x, y, **how)[0])
        values.append(similarity.weighted(np.array(rows)[:-1, 1], rows[-1][0]))
    return np.array(values)


def _frames(a, channels):
    """How many frames a clip has, after making sure that it is one."""
    if np.ndim(a) - channels != 3:
        raise ValueError(
            f"shape={np.shape(a)}, channels={channels}: a curve over frames needs a clip, (T, H, W), or (T, H, W, C) "
            "with channels=True (chapter 5)"
        )
    return len(a)
