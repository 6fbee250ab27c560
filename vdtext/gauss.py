"""The Gaussian laboratory (ground floor): stationary Gaussian fields, where every answer has a closed form.

A field lives on a periodic grid of N pixels, an image (H, W) or a clip (T, H, W).  Its *spectrum* S holds a number for
each frequency, laid out as :func:`numpy.fft.fftn` does, zero frequency first: S_k is the variance of the k-th
coefficient of the unitary Fourier transform.  So the S_k are the eigenvalues of the covariance matrix, their mean is
the variance of a pixel, and S_k = S_−k because fields are real.  Every linear question becomes one multiplication for
each frequency.

Functions of a field accept leading axes, shape (..., *spectrum.shape): a batch.  All arithmetic is float64.
"""

import numpy as np

__all__ = [
    "covariance",
    "heat",
    "heat_decay",
    "laplacian_eigenvalues",
    "log_density",
    "mmse",
    "mutual_information",
    "power_spectrum",
    "sample",
    "score",
    "tweedie",
    "wiener",
]


def power_spectrum(shape, *, slope=2.0, spacing=1.0):
    """The power law S_k ∝ 1/|f_k|^slope, scaled to pixels of variance 1.

    S_k = c·|f_k|^(−slope) with c such that (1/N) Σ_k S_k = 1.  Photographs have a slope near 2; slope 0 is white noise.

    **The zero frequency**, where the power law is infinite, gets the power of the lowest other frequency.  So the mean
    over many samples is 0, one sample's brightness varies a little, as that of photographs does, and the covariance can
    be inverted (for a slope ≥ 0 no frequency is without power).

    Parameters
    ----------
    shape : tuple of int
        (H, W) of an image in pixels, or (T, H, W) of a clip in frames and pixels; at least two pixels in all.
    slope : float
        The exponent; f is measured in cycles a pixel.
    spacing : float or sequence of float, one per axis
        Distance of neighbours along each axis, in pixels.  ``(0.25, 1, 1)`` says that the next frame is four times as
        close as the next pixel: such a clip changes slowly.

    Returns
    -------
    ndarray, shape `shape`, float64
        The spectrum, in grey value², all positive; its mean is 1.

    Raises
    ------
    ValueError
        If `shape` has fewer than two pixels, or a spacing is not positive.

    References
    ----------
    D. J. Field, "Relations between the statistics of natural images and the response properties of cortical cells",
    J. Opt. Soc. Am. A 4 (1987), doi:10.1364/JOSAA.4.002379.

    Examples
    --------
    >>> spectrum = power_spectrum((4, 6))
    >>> round(float(spectrum.mean()), 12), bool(spectrum[0, 0] == spectrum[0, 1] == spectrum.max())
    (1.0, True)
    """
    if np.prod(shape) < 2 or np.min(shape) < 1:
        raise ValueError(
            f"shape={tuple(shape)}: a Gaussian field needs at least two pixels, (H, W) or (T, H, W) (chapter 3)"
        )
    spacing = np.broadcast_to(np.asarray(spacing, float), (len(shape),))
    if not np.all(spacing > 0):
        raise ValueError(f"spacing={spacing.tolist()}: distances between neighbours are positive (chapter 3)")
    axes = np.meshgrid(*map(np.fft.fftfreq, shape, spacing), indexing="ij", sparse=True)
    frequency = np.sqrt(sum(f**2 for f in axes))
    frequency.flat[0] = frequency.flat[1:].min()
    power = frequency**-slope
    return power / power.mean()


def sample(spectrum, *, seed, count=None):
    """Draw fields of a given spectrum: white noise, filtered by √S.

    x = F⁻¹ √S F w with w white: real because S_k = S_−k.

    Parameters
    ----------
    spectrum : ndarray, shape (H, W) or (T, H, W)
        As :func:`power_spectrum` returns it.
    seed : int or numpy.random.Generator
        The same seed draws the same fields.
    count : int, optional
        How many; without it, one field without a leading axis.

    Returns
    -------
    ndarray, shape `spectrum.shape` or (count, *spectrum.shape), float64
        Grey values around 0, unbounded; their variance is ``spectrum.mean()``.

    Examples
    --------
    >>> spectrum = power_spectrum((32, 32))
    >>> sample(spectrum, seed=0).shape, sample(spectrum, seed=0, count=5).shape
    ((32, 32), (5, 32, 32))
    """
    spectrum = _checked(spectrum)
    shape = spectrum.shape if count is None else (count, *spectrum.shape)
    return _filter(np.random.default_rng(seed).standard_normal(shape), np.sqrt(spectrum))


def covariance(spectrum):
    """The covariance of two pixels, by their distance: the spectrum's inverse Fourier transform.

    r_d = E[x_i x_(i+d)] = (1/N) Σ_k S_k e^(2πi k·d/N)

    Parameters
    ----------
    spectrum : ndarray, shape (H, W) or (T, H, W)
        As :func:`power_spectrum` returns it.

    Returns
    -------
    ndarray, same shape, float64
        Grey value²; entry [0, 0] is the variance, entry [0, 1] the covariance of horizontal neighbours (periodic).

    Examples
    --------
    >>> covariance(power_spectrum((4, 4), slope=0))[0].round(12).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    return np.fft.ifftn(_checked(spectrum)).real


def laplacian_eigenvalues(shape):
    """What the periodic second difference does to each frequency: −Δ multiplies it by λ_k.

    λ_k = Σ_axes 4 sin²(π k_a / N_a)

    Parameters
    ----------
    shape : tuple of int
        (H, W) or (T, H, W).

    Returns
    -------
    ndarray, shape `shape`, float64
        In 1/pixel², from 0 (zero frequency) to at most 4 per axis.

    Examples
    --------
    >>> laplacian_eigenvalues((2, 4)).round(12).tolist()
    [[0.0, 2.0, 4.0, 2.0], [4.0, 6.0, 8.0, 6.0]]
    """
    return _decay_rate(shape, 1.0)


def heat(field, time):
    """Diffuse a field exactly: u(t) = e^(tΔ) u(0) on the periodic grid.

    û_k(t) = e^(−λ_k t) û_k(0): heat is a low-pass with a clock.

    Parameters
    ----------
    field : ndarray, any shape
        Grey values, any range; *every* axis is diffused unless its time is 0.
    time : float or sequence of float, one per axis
        Diffusion time ≥ 0 in pixel²; ``(0, t, t)`` diffuses each frame of a clip, or each image of a batch, on its own.

    Returns
    -------
    ndarray, same shape, float64
        The same mean, less variance.

    Raises
    ------
    ValueError
        If a time is negative (backward heat amplifies without bound).

    Examples
    --------
    >>> heat([[0.0, 1.0]], 1e3).round(12).tolist()
    [[0.5, 0.5]]
    """
    field = np.asarray(field, float)
    return _filter(field, np.exp(-_decay_rate(field.shape, time)))


def heat_decay(spectrum, time):
    """The spectrum of a diffused field: each frequency loses power at its own rate.

    S_k(t) = e^(−2 λ_k t) S_k

    Parameters
    ----------
    spectrum : ndarray, shape (H, W) or (T, H, W)
        As :func:`power_spectrum` returns it.
    time : float or sequence of float, one per axis
        As for :func:`heat`.

    Returns
    -------
    ndarray, same shape, float64
        The spectrum of ``heat(x, time)`` for x of the given spectrum.

    Raises
    ------
    ValueError
        If a time is negative.

    Examples
    --------
    >>> float(heat_decay(power_spectrum((8, 8)), 1.0).mean()) < 1
    True
    """
    spectrum = _checked(spectrum)
    return spectrum * np.exp(-2 * _decay_rate(spectrum.shape, time))


def wiener(noisy, spectrum, *, noise_variance):
    """The best guess at a field seen through white noise: E[x | y] for y = x + n.

    x̂_k = S_k / (S_k + σ²) · ŷ_k

    Parameters
    ----------
    noisy : ndarray, shape (..., *spectrum.shape)
        Grey values y.
    spectrum : ndarray, shape (H, W) or (T, H, W)
        Of the clean field.
    noise_variance : float
        σ² > 0 in grey value².

    Returns
    -------
    ndarray, shape of `noisy`, float64
        The posterior mean; no estimator has a smaller mean squared error.

    References
    ----------
    N. Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, MIT Press (1949).

    Examples
    --------
    >>> wiener([[1.0, -1.0]], power_spectrum((1, 2)), noise_variance=1.0).tolist()
    [[0.5, -0.5]]
    """
    spectrum = _checked(spectrum)
    return _filter(noisy, spectrum / (spectrum + _noise_power(noise_variance)))


def mmse(spectrum, noise_variance):
    """The mean squared error that the best guess still makes, per pixel.

    mmse = (1/N) Σ_k S_k σ² / (S_k + σ²)

    Parameters
    ----------
    spectrum : ndarray, shape (H, W) or (T, H, W)
        Of the clean field.
    noise_variance : float
        σ² > 0 in grey value².

    Returns
    -------
    float
        In grey value²; below σ² and below the field's variance.

    Examples
    --------
    >>> mmse(power_spectrum((4, 4), slope=0), 1.0)
    0.5
    """
    spectrum, noise_variance = _checked(spectrum), _noise_power(noise_variance)
    return float(np.mean(spectrum * noise_variance / (spectrum + noise_variance)))


def mutual_information(spectrum, noise_variance):
    """How many bits a noisy picture tells about the clean one, per pixel.

    I = (1/N) Σ_k ½ log2(1 + S_k/σ²), and with snr = 1/σ² the I-MMSE identity dI/dsnr = ½ mmse · log2(e):
    rate is integrated prediction error.  (The factor log2(e) turns nats into bits.)

    Parameters
    ----------
    spectrum : ndarray, shape (H, W) or (T, H, W)
        Of the clean field.
    noise_variance : float
        σ² > 0 in grey value².

    Returns
    -------
    float
        In bits a pixel.

    References
    ----------
    D. Guo, S. Shamai, S. Verdú, "Mutual information and minimum mean-square error in Gaussian channels", IEEE Trans.
    Inf. Theory 51 (2005), doi:10.1109/TIT.2005.844072.

    Examples
    --------
    >>> mutual_information(power_spectrum((4, 4), slope=0), 1.0)
    0.5
    """
    return float(np.mean(0.5 * np.log2(1 + _checked(spectrum) / _noise_power(noise_variance))))


def score(x_t, spectrum, *, signal, noise):
    """The gradient of the log-density of x_t = signal·x₀ + noise·ε: the way back to more probable pictures.

    ∇log p_t(x_t) has coefficients −x̂_t,k / (α_t² S_k + σ_t²)

    Parameters
    ----------
    x_t : ndarray, shape (..., *spectrum.shape)
        Grey values of the noisy field.
    spectrum : ndarray, shape (H, W) or (T, H, W)
        Of the clean field x₀.
    signal, noise : float
        α_t and σ_t, the factors of x₀ and of white noise ε of variance 1.

    Returns
    -------
    ndarray, shape of `x_t`, float64
        In 1/grey value.

    Raises
    ------
    ValueError
        If some frequency of x_t has no power: then it has no density.

    References
    ----------
    Y. Song et al., "Score-based generative modeling through stochastic differential equations", ICLR (2021),
    arXiv:2011.13456.

    Examples
    --------
    >>> score([[2.0, 4.0]], power_spectrum((1, 2)), signal=1.0, noise=1.0).tolist()
    [[-1.0, -2.0]]
    """
    return -_filter(x_t, 1 / _marginal(spectrum, signal, noise))


def tweedie(x_t, score, *, signal, noise):
    """The best guess at the clean field from the score alone: the score *is* a predictor.

    E[x₀ | x_t] = (x_t + σ_t² ∇log p_t(x_t)) / α_t, which is :func:`wiener` of x_t/α_t with noise variance (σ_t/α_t)².

    Parameters
    ----------
    x_t, score : ndarray, same shape
        The noisy field and the score at it, exact or learned.
    signal, noise : float
        α_t ≠ 0 and σ_t of x_t = α_t x₀ + σ_t ε.

    Returns
    -------
    ndarray, same shape, float64
        Grey values of the posterior mean.

    Raises
    ------
    ValueError
        If `signal` is 0: pure noise has forgotten the field.

    References
    ----------
    B. Efron, "Tweedie's formula and selection bias", J. Am. Stat. Assoc. 106 (2011), doi:10.1198/jasa.2011.tm11181.

    Examples
    --------
    >>> float(tweedie(2.0, -1.0, signal=1.0, noise=1.0))
    1.0
    """
    if signal == 0:
        raise ValueError("signal=0: Tweedie's formula divides by it, and pure noise tells nothing of x₀ (chapter 14)")
    return (np.asarray(x_t, float) + noise**2 * np.asarray(score, float)) / signal


def log_density(x_t, spectrum, *, signal, noise):
    """How probable a noisy field x_t = signal·x₀ + noise·ε is: the log of its Gaussian density.

    log p_t(x) = −½ Σ_k ( |x̂_k|²/v_k + log(2π v_k) ) with v_k = α_t² S_k + σ_t² and x̂ the unitary transform

    Parameters
    ----------
    x_t : ndarray, shape (..., *spectrum.shape)
        Grey values.
    spectrum : ndarray, shape (H, W) or (T, H, W)
        Of the clean field x₀.
    signal, noise : float
        α_t and σ_t; ``signal=1, noise=0`` asks for the clean field.

    Returns
    -------
    ndarray, shape of the leading axes (a scalar without them), float64
        In nats, for the whole field; its gradient is :func:`score`.

    Raises
    ------
    ValueError
        If some frequency of x_t has no power: then it has no density.

    Examples
    --------
    >>> float(log_density([[0.0, 0.0]], power_spectrum((1, 2)), signal=1.0, noise=0.0).round(4))
    -1.8379
    """
    variance = _marginal(spectrum, signal, noise)
    axes = _field_axes(x_t, variance)
    power = np.abs(np.fft.fftn(x_t, axes=axes, norm="ortho")) ** 2
    return -0.5 * np.sum(power / variance + np.log(2 * np.pi * variance), axis=axes)


def _filter(field, response):
    """Multiply each frequency of the last axes by a real, symmetric response."""
    axes = _field_axes(field, response)
    return np.fft.ifftn(np.fft.fftn(field, axes=axes) * response, axes=axes).real


def _field_axes(field, spectrum):
    """The last axes of a batch, those that the spectrum describes."""
    if np.shape(field)[-spectrum.ndim :] != spectrum.shape:
        raise ValueError(f"a field of shape {np.shape(field)} has no spectrum of shape {spectrum.shape} (chapter 3)")
    return tuple(range(-spectrum.ndim, 0))


def _decay_rate(shape, time):
    """Σ_axes t_a · 4 sin²(π k_a / N_a): the exponent of heat, one time per axis."""
    time = np.broadcast_to(np.asarray(time, float), (len(shape),))
    if not np.all(time >= 0):
        raise ValueError(f"time={time.tolist()}: diffusion runs forward, time >= 0 pixel² (chapter 3, backward heat)")
    axes = [t * 4 * np.sin(np.pi * np.fft.fftfreq(n)) ** 2 for n, t in zip(shape, time, strict=True)]
    return sum(np.meshgrid(*axes, indexing="ij", sparse=True))


def _checked(spectrum):
    """The spectrum as float64, after making sure that it is one."""
    spectrum = np.asarray(spectrum, float)
    mirrored = np.roll(np.flip(spectrum), 1, axis=tuple(range(spectrum.ndim)))
    if not (
        np.all(spectrum >= 0) and np.all(np.isfinite(spectrum)) and np.allclose(spectrum, mirrored, rtol=1e-9, atol=0)
    ):
        raise ValueError(
            "a spectrum is finite, not negative, and has S[k] = S[-k], as power_spectrum makes it (chapter 3)"
        )
    return spectrum


def _noise_power(variance):
    """A noise variance, after making sure that there is noise."""
    if not (np.isfinite(variance) and variance > 0):
        raise ValueError(f"noise_variance={variance}: accepted is a finite number > 0 in grey value² (chapter 14)")
    return variance


def _marginal(spectrum, signal, noise):
    """The spectrum of signal·x₀ + noise·ε, which must have power everywhere."""
    variance = signal**2 * _checked(spectrum) + noise**2
    if not np.all(variance > 0):
        raise ValueError(f"signal={signal}, noise={noise}: a frequency without power has no density (chapter 14)")
    return variance
