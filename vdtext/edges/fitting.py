"""The coefficient fitted from data: how strong the noise is, what counts as an edge, and when to stop."""

from itertools import pairwise

import numpy as np
from scipy.special import ive

from vdtext import heat
from vdtext.edges.conduction import gradient

__all__ = [
    "decorrelation",
    "decorrelation_time",
    "fit_contrast",
    "noise_left",
    "noise_sigma",
    "stein_risk",
    "stein_time",
]


def noise_sigma(u):
    """Strength of white noise, from the finest diagonal detail: σ = median |d| / 0.6745.

    d = (a − b − c + e)/2 on every block of 2×2 pixels is 0 on smooth ground and of variance σ² in noise; the median
    does not mind the few blocks in which something else happens.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float
        A picture, or frames that have the same noise; H, W >= 2.

    Returns
    -------
    float
        Standard deviation in grey values; fine texture is taken for noise.

    Raises
    ------
    ValueError
        If a picture is smaller than 2×2 pixels.

    References
    ----------
    Donoho, Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 81 (1994), 425–455,
    doi:10.1093/biomet/81.3.425.

    Examples
    --------
    >>> noise = 0.1 * np.random.default_rng(0).standard_normal((200, 200))
    >>> round(noise_sigma(0.5 + noise), 2)
    0.1
    """
    u = np.asarray(u)
    if u.ndim < 2 or min(u.shape[-2:]) < 2:
        raise ValueError(f"shape {u.shape}: noise is estimated on pictures of at least 2×2 pixels (chapter 4)")
    h, w = (n // 2 * 2 for n in u.shape[-2:])
    a, b = u[..., 0:h:2, 0:w:2], u[..., 0:h:2, 1:w:2]
    c, e = u[..., 1:h:2, 0:w:2], u[..., 1:h:2, 1:w:2]
    return float(np.median(abs(a - b - c + e)) / 2 / 0.6744897501960817)


def noise_left(sigma, time, *, d=2):
    """Standard deviation of white noise after the heat equation, σ·k₀(2t)^(d/2) with k₀ the middle of the heat kernel.

    The kernel of time t has the sum of squares k₀(2t) on each axis, since a kernel convolved with itself is that of
    twice the time.

    Parameters
    ----------
    sigma : float
        Standard deviation before.
    time : float
        Diffusion time in pixel², >= 0.
    d : int
        How many axes are diffused.

    Returns
    -------
    float
        In the unit of `sigma`.

    Examples
    --------
    >>> round(noise_left(1.0, 0.5), 3)
    0.309
    """
    return float(sigma * ive(0, 4 * time) ** (d / 2))


def fit_contrast(u, *, quantile=0.7, smoothing=0.5, axes=(-2, -1)):
    """Contrast K from the picture itself: the slope that a given share of all pixels stays below.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip.
    quantile : float
        The share, within (0, 1): 0.7 says that three pixels in ten lie on or beside an edge.  Perona and Malik took
        0.9; on the clips of this book, with noise, 0.7 comes nearer to the best K.
    smoothing : float
        Diffusion time in pixel² before slopes are taken, as in the law that will use K.
    axes : tuple of int
        The axes along which slopes are taken.

    Returns
    -------
    float
        Grey value per pixel; a tiny number above 0 for a picture without slopes.

    Raises
    ------
    ValueError
        If `quantile` lies outside (0, 1).

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE Transactions on Pattern Analysis and
    Machine Intelligence 12 (1990), 629–639, doi:10.1109/34.56205, section V.

    Examples
    --------
    >>> ramp = np.tile(np.arange(100) / 100, (9, 1))
    >>> round(fit_contrast(ramp, smoothing=0), 4)
    0.01
    """
    if not 0 < quantile < 1:
        raise ValueError(f"quantile={quantile:g}: the share of pixels below K lies between 0 and 1 (chapter 4)")
    slope = gradient(heat.diffuse(u, smoothing, axes=axes), axes)
    length = np.sqrt((slope**2).sum(axis=0))
    return max(float(np.quantile(length, quantile)), 1e-6 * float(np.ptp(u)), 1e-12)


def decorrelation(u, v):
    """How much what was removed, u − v, still resembles what is left, v: their correlation coefficient.

    Parameters
    ----------
    u, v : ndarray, same shape
        Before and after the filter.

    Returns
    -------
    float
        Within [−1, 1]; 0 if nothing was removed or nothing is left.

    Examples
    --------
    >>> decorrelation(np.array([1.0, 3.0]), np.array([1.5, 2.5]))
    1.0
    """
    removed, left = (np.asarray(x, float) - np.mean(x, dtype=float) for x in (np.subtract(u, v), v))
    scale = np.sqrt((removed**2).sum() * (left**2).sum())
    return float(np.clip((removed * left).sum() / scale, -1, 1)) if scale > 0 else 0.0


def _increasing(times):
    """Times as floats, after making sure that they increase from above 0."""
    times = [float(time) for time in times]
    if not times or times[0] <= 0 or not all(a < b for a, b in pairwise(times)):
        raise ValueError(f"times={times}: give times that increase from above 0 pixel² (chapter 4)")
    return times


def decorrelation_time(u, times, step):
    """When to stop: at the time at which what was removed resembles least what is left.

    T = argmin_t |corr(u(0) − u(t), u(t))|.  As long as noise is removed the two have nothing to do with each other;
    when structure follows, they begin to.

    Parameters
    ----------
    u : ndarray
        The noisy picture.
    times : sequence of float
        Increasing diffusion times in pixel², above 0.
    step : callable
        ``step(v, duration)`` diffuses v for a further `duration`.

    Returns
    -------
    float
        One of `times`.

    Raises
    ------
    ValueError
        If `times` is empty or does not increase from above 0.

    References
    ----------
    Mrázek, Navara, Selection of optimal stopping time for nonlinear diffusion filtering, International Journal of
    Computer Vision 52 (2003), 189–203, doi:10.1023/A:1022908225256.

    Examples
    --------
    >>> from vdtext import heat
    >>> noisy = np.eye(64) + 0.2 * np.random.default_rng(0).standard_normal((64, 64))
    >>> decorrelation_time(noisy, [0.1, 0.2, 0.4, 0.8], heat.diffuse) in (0.1, 0.2, 0.4, 0.8)
    True
    """
    times, v, likeness = _increasing(times), u, []
    for before, after in pairwise([0.0, *times]):
        v = step(v, after - before)
        likeness.append(abs(decorrelation(u, v)))
    return times[int(np.argmin(likeness))]


def stein_risk(u, v, shifted, probe, *, sigma, nudge):
    """The mean squared error that a filter still makes, estimated without the truth (Stein).

    E|F(u) − x|²/N = E[ |u − F(u)|²/N − σ² + 2σ² div F(u)/N ], where one random probe b measures the divergence,
    div F ≈ bᵀ(F(u + εb) − F(u))/ε.

    Parameters
    ----------
    u, v : ndarray, same shape
        The noisy picture, x plus white noise, and the filtered one, v = F(u).
    shifted, probe : ndarray, same shape
        F(u + nudge·probe), and the probe: white noise of variance 1.
    sigma : float
        Standard deviation of the noise.
    nudge : float
        ε > 0, small beside `sigma`.

    Returns
    -------
    float
        In grey value²; may fall below 0, since it is an estimate.

    References
    ----------
    Stein, Estimation of the mean of a multivariate normal distribution, Annals of Statistics 9 (1981), 1135–1151,
    doi:10.1214/aos/1176345632.  Ramani, Blu, Unser, Monte-Carlo SURE, IEEE Transactions on Image Processing 17 (2008),
    1540–1554, doi:10.1109/TIP.2008.2001404.

    Examples
    --------
    >>> u = np.random.default_rng(0).standard_normal(10000)  # the truth is 0
    >>> probe = np.random.default_rng(1).standard_normal(10000)
    >>> round(stein_risk(u, u / 2, (u + probe) / 2, probe, sigma=1.0, nudge=1.0), 1)  # F halves: error 1/4
    0.2
    """
    divergence = np.mean(probe * (shifted - v)) / nudge
    return float(np.mean((u - v) ** 2) - sigma**2 + 2 * sigma**2 * divergence)


def stein_time(u, times, step, *, sigma, seed=0):
    """When to stop: at the time at which the estimated error is least, :func:`stein_risk`.

    Parameters
    ----------
    u : ndarray, float32 or float64
        The noisy picture.
    times : sequence of float
        Increasing diffusion times in pixel², above 0; those after two rises of the risk are not tried.
    step : callable
        ``step(v, duration)`` diffuses v for a further `duration`.
    sigma : float
        Standard deviation of the noise, above 0.
    seed : int
        Of the probe.

    Returns
    -------
    float
        One of `times`.

    Raises
    ------
    ValueError
        If `times` is empty or does not increase from above 0, or `sigma` is not positive.

    References
    ----------
    Ramani, Blu, Unser, Monte-Carlo SURE: a black-box optimization of regularization parameters for general denoising
    algorithms, IEEE Transactions on Image Processing 17 (2008), 1540–1554, doi:10.1109/TIP.2008.2001404.

    Examples
    --------
    >>> from vdtext import heat
    >>> noisy = np.eye(64) + 0.2 * np.random.default_rng(0).standard_normal((64, 64))
    >>> stein_time(noisy, [0.1, 0.2, 0.4, 0.8], heat.diffuse, sigma=0.2) in (0.1, 0.2, 0.4, 0.8)
    True
    """
    times = _increasing(times)
    if not 0 < sigma < np.inf:
        raise ValueError(f"sigma={sigma:g}: the noise has a standard deviation above 0 (chapter 4)")
    probe = np.random.default_rng(seed).standard_normal(u.shape).astype(u.dtype)
    nudge, risks = sigma / 10, []
    v, shifted = u, u + u.dtype.type(nudge) * probe
    for before, after in pairwise([0.0, *times]):
        v, shifted = step(v, after - before), step(shifted, after - before)
        risks.append(stein_risk(u, v, shifted, probe, sigma=sigma, nudge=nudge))
        if len(risks) > 2 and risks[-1] > risks[-2] > risks[-3]:
            break
    return times[int(np.argmin(risks))]
