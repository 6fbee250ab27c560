"""Distortion, perception, rate: how near to the original, how like an original, for how many bits."""

import numpy as np
from scipy import ndimage

from vdtext.metrics import frechet_distance

__all__ = [
    "crowd_distance",
    "detail_distance",
    "gaussian_estimators",
    "perception_distortion",
    "rate_distortion_perception",
]


def gaussian_estimators(noisy, *, variance, noise_variance, share):
    """Estimators of a Gaussian signal from signal + noise: share 0 has the least error, share 1 looks like the signal.

    .. math::

        \\hat x_0 = w y, \\qquad \\hat x_1 = \\hat x_0 / \\sqrt{w}, \\qquad \\hat x_a = (1 - a) \\hat x_0 + a \\hat x_1

    with w = σ² / (σ² + ν).  Between the two lie all the best compromises.

    Parameters
    ----------
    noisy : ndarray
        y = x + n with x of variance σ² and n of variance ν, both of mean 0.
    variance, noise_variance : float
        σ² > 0, ν ≥ 0.
    share : float
        a in [0, 1].

    Returns
    -------
    ndarray

    References
    ----------
    Freirich, Michaeli, Meir (2021), "A theory of the distortion-perception tradeoff in Wasserstein space",
    arXiv:2107.02555.

    Examples
    --------
    >>> [float(gaussian_estimators(2.0, variance=1, noise_variance=3, share=a)) for a in (0, 1)]
    [0.5, 1.0]
    """
    weight = variance / (variance + noise_variance)
    return noisy * weight * (1 - share + share / np.sqrt(weight))


def perception_distortion(perception, *, variance, noise_variance):
    """The least mean squared error of an estimator whose distribution is so far from that of the signal.

    .. math::

        D(P) = D_0 + \\max(0, P_0 - P)^2, \\qquad
        D_0 = \\frac{\\sigma^2 \\nu}{\\sigma^2 + \\nu}, \\quad P_0 = \\sigma (1 - \\sqrt w)

    Perfect likeness costs P₀² more than the least error, never more than twice it.

    Parameters
    ----------
    perception : float or ndarray
        P ≥ 0, Wasserstein-2 distance.
    variance, noise_variance : float
        As in `gaussian_estimators`.

    Returns
    -------
    float or ndarray
        D(P).

    References
    ----------
    As `gaussian_estimators`; Blau and Michaeli (2018), arXiv:1711.06077 (the factor of two).

    Examples
    --------
    >>> [float(perception_distortion(p, variance=1, noise_variance=3)) for p in (0.5, 0.0)]
    [0.75, 1.0]
    """
    weight = variance / (variance + noise_variance)
    farthest = np.sqrt(variance) * (1 - np.sqrt(weight))
    return weight * noise_variance + np.maximum(0, farthest - np.asarray(perception, float)) ** 2


def rate_distortion_perception(distortion, perception, *, variance):
    """The least bits a sample of a Gaussian source, decoded with so much error and so far from its distribution.

    .. math::

        R(D, P) = -\\tfrac12 \\log_2\\Bigl(1 - \\frac{c^2}{\\sigma^2 s^2}\\Bigr), \\qquad
        c = \\frac{\\sigma^2 + s^2 - D}{2}

    with s = σ − P, the least spread that is allowed, where that exceeds √(σ² − D); else the bound on P costs nothing
    and R = ½ log₂ σ²/D.

    Parameters
    ----------
    distortion, perception : float
        D > 0, mean squared error; P ≥ 0, Wasserstein-2 distance.
    variance : float
        σ² > 0.

    Returns
    -------
    float
        Bits, ≥ 0.

    References
    ----------
    Zhang, Qian, Chen, Khisti (2021), "Universal rate-distortion-perception representations", arXiv:2106.10311.

    Examples
    --------
    >>> [round(rate_distortion_perception(0.25, p, variance=1.0), 4) for p in (1.0, 0.0)]
    [1.0, 1.0466]
    """
    deviation = np.sqrt(variance)
    spread = deviation - perception
    if spread <= np.sqrt(max(0.0, variance - distortion)):
        return float(max(0.0, 0.5 * np.log2(variance / distortion)))
    covariance = (variance + spread**2 - distortion) / 2
    return float(-0.5 * np.log2(1 - (max(0.0, covariance) / (deviation * spread)) ** 2))


def detail_distance(real, found):
    """How differently two clips are detailed: Wasserstein-2 distance between their values of the Laplacian.

    It compares distributions, not pixels: noise of the right strength would count as detail.

    Parameters
    ----------
    real, found : ndarray, shape (H, W) or (T, H, W), uint8, same shape

    Returns
    -------
    float
        In units of the standard deviation of the real one's Laplacian; 0 if all is alike, 1 if nothing was found.

    References
    ----------
    Blau and Michaeli (2018), arXiv:1711.06077 (perception is a distance of distributions).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.integers(0, 256, (32, 32), np.uint8)
    >>> detail_distance(noise, noise[::-1]), round(detail_distance(noise, np.full_like(noise, 9)), 2)
    (0.0, 1.0)
    """
    a, b = (np.sort(_laplacian(clip), None) for clip in (real, found))
    return float(np.sqrt(np.mean((a - b) ** 2)) / a.std())


def crowd_distance(real, found, *, components=10):
    """How differently two crowds of pictures are spread: chapter 5's Fréchet distance of their principal components.

    It knows means and covariances and nothing else: a Gaussian cloud with those of the real pictures would pass.

    Parameters
    ----------
    real, found : ndarray, shape (N, ...), (M, ...)
        Pictures of one shape.  The components are those of the real ones.
    components : int
        How many.

    Returns
    -------
    float
        In units of the pixels; 0 if means and covariances are the same.

    References
    ----------
    Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium" (2017),
    arXiv:1706.08500 (the same with features of a large network).

    Examples
    --------
    >>> crowd = np.random.default_rng(0).random((50, 4, 4))
    >>> round(crowd_distance(crowd, crowd[::-1]), 6), round(crowd_distance(crowd, crowd + 1), 3) > 1
    (0.0, True)
    """
    real, found = (np.asarray(crowd, float).reshape(len(crowd), -1) for crowd in (real, found))
    middle = real.mean(axis=0)
    basis = np.linalg.svd(real - middle, full_matrices=False)[2][:components]
    features = [(crowd - middle) @ basis.T for crowd in (real, found)]
    return frechet_distance(*(part for f in features for part in (f.mean(axis=0), np.cov(f.T))))


def _laplacian(clip):
    """Sum of the four neighbours less four times the pixel, in every frame."""
    clip = np.asarray(clip, np.float32)
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)
    return ndimage.convolve(clip, kernel.reshape((1,) * (clip.ndim - 2) + (3, 3)), mode="nearest")
