"""What a transform can gain, which one gains the most, and the least rate at which anything can be done at all."""

import numpy as np

__all__ = ["coding_gain", "klt", "reverse_water_filling"]


def coding_gain(variances, gains=1.0):
    """How many times smaller the error is, at the same high rate, than without the transform.

    .. math:: G = \\frac{1/N Σ σ_k²}{(Π σ_k² g_k²)^{1/N}}

    The numerator holds for orthonormal transforms, where the mean of the σ² is the variance of the pixels; for others
    divide the result by mean(σ²) and multiply it by the variance of the pixels.

    Parameters
    ----------
    variances : ndarray
        σ_k² > 0 of the coefficients.
    gains : float or ndarray
        g_k, what an error of 1 in coefficient k is in the picture (:func:`synthesis_gains`).

    Returns
    -------
    float
        1 if nothing is gained; 10·log₁₀ of it in decibels.

    Raises
    ------
    ValueError
        If a variance is not positive: a high rate needs something to code everywhere.

    References
    ----------
    Jayant, Noll, Digital Coding of Waveforms (1984), §12.

    Examples
    --------
    >>> round(coding_gain(np.array([3.0, 1 / 3])), 3)
    1.667
    """
    variances = np.asarray(variances, float)
    if not np.all(variances > 0):
        raise ValueError("a variance of 0: the coding gain of a high rate needs all of them positive (chapter 7)")
    return float(variances.mean() / np.exp(np.log(variances * np.square(gains)).mean()))


def klt(covariance):
    """The Karhunen–Loève transform: the orthonormal one whose coefficients are uncorrelated, and that gains the most.

    .. math:: K C Kᵀ = diag(σ²)

    Parameters
    ----------
    covariance : ndarray, shape (n, n), float
        Symmetric.

    Returns
    -------
    ndarray, shape (n, n), float64
        Its rows are the eigenvectors, the largest variance first; the first number of a row that is not 0 is positive.

    References
    ----------
    Goyal, Theoretical foundations of transform coding, IEEE Signal Processing Magazine 18 (2001),
    doi:10.1109/79.952802.

    Examples
    --------
    >>> klt(np.array([[1.0, 0.5], [0.5, 1.0]])).round(3).tolist()
    [[0.707, 0.707], [0.707, -0.707]]
    """
    rows = np.linalg.eigh(covariance)[1].T[::-1]
    first = np.take_along_axis(rows, np.argmax(abs(rows) > 1e-9, axis=1)[:, None], axis=1)
    return rows * np.sign(first)


def reverse_water_filling(spectrum, distortion):
    """The least rate of a Gaussian field at a mean squared error: no component is coded better than the water level.

    .. math:: D = 1/N Σ min(level, S_k),  R = 1/N Σ max(0, 1/2 log₂(S_k/level))

    Parameters
    ----------
    spectrum : ndarray
        S_k >= 0, the variances of N independent components, such as :func:`vdtext.gauss.power_spectrum`.
    distortion : float
        D, in the unit of S, above 0 and at most the mean of S.

    Returns
    -------
    float
        R in bits for each component.

    Raises
    ------
    ValueError
        If the distortion cannot be asked for.

    References
    ----------
    Cover, Thomas, Elements of Information Theory (2006), §10.3.3.

    Examples
    --------
    >>> reverse_water_filling(np.array([16.0, 1.0]), 1.0)
    1.0
    >>> round(reverse_water_filling(np.array([4.0, 1.0]), 1.5), 6)  # the second component stays under water
    0.25
    """
    spectrum = np.sort(np.asarray(spectrum, float).ravel())
    if not (np.all(spectrum >= 0) and 0 < distortion <= spectrum.mean() * (1 + 1e-12)):
        raise ValueError(f"distortion={distortion:g}: accepted is above 0 and up to the mean of S (chapter 7)")
    n = len(spectrum)
    drowned = np.concatenate([[0], np.cumsum(spectrum)])  # energy of the k smallest
    levels = (n * distortion - drowned[:-1]) / np.arange(n, 0, -1)  # if the k smallest are under water
    k = int(np.argmax(levels <= spectrum * (1 + 1e-12)))
    return float(np.maximum(0, 0.5 * np.log2(np.maximum(spectrum[k:], levels[k]) / levels[k])).sum() / n)
