"""One shift for a whole frame, from the phases of its waves."""

import numpy as np

__all__ = ["phase_shift"]


def phase_shift(a, b, *, upsample=20, taper=True):
    """By how much a frame is shifted against another: the peak of their phase correlation.

    .. math:: s = argmax_x |Σ_k e^{i k·x} c_k|,  c_k = b̂_k conj(â_k) / |b̂_k â_k|

    where a shift by s has made b̂_k = e^{−i k·s} â_k of â_k.

    The peak is found on whole pixels by an FFT, then near it on a grid of 1/upsample by a small matrix transform.

    Parameters
    ----------
    a, b : ndarray, shape (H, W)
        Any type of numbers, real.
    upsample : int
        How fine, >= 1: the answer is a multiple of 1/upsample pixels.
    taper : bool
        Multiply both by a Hann window first, for frames that do not repeat periodically.

    Returns
    -------
    ndarray, shape (2,), float
        (row, column) in pixels: what stands at p in `a` stands at p + shift in `b`.

    Raises
    ------
    ValueError
        If the shapes differ, or upsample is below 1.

    References
    ----------
    Guizar-Sicairos, Thurman, Fienup, Efficient subpixel image registration algorithms, Optics Letters 33 (2008),
    doi:10.1364/OL.33.000156.

    Examples
    --------
    >>> a = np.random.default_rng(0).random((32, 48))
    >>> phase_shift(a, np.roll(a, (3, -5), (0, 1)), taper=False).tolist()
    [3.0, -5.0]
    """
    a, b = (np.asarray(frame, float) for frame in (a, b))
    if a.ndim != 2 or a.shape != b.shape or upsample < 1:
        raise ValueError(f"{a.shape}, {b.shape}, upsample={upsample}: accepted are two frames of one shape (chapter 9)")
    if taper:
        hann = np.multiply.outer(*(np.hanning(n + 2)[1:-1] for n in a.shape))
        a, b = (hann * (frame - frame.mean()) for frame in (a, b))
    cross = np.fft.fft2(b) * np.conj(np.fft.fft2(a))
    cross /= np.maximum(abs(cross), 100 * np.finfo(float).eps)
    peak = np.unravel_index(np.argmax(abs(np.fft.ifft2(cross))), a.shape)
    shift = np.array([p - n if p > n // 2 else p for p, n in zip(peak, a.shape, strict=True)], float)
    if upsample > 1:
        near = np.arange(-upsample, upsample + 1) / upsample
        rows, columns = (
            np.exp(2j * np.pi * np.multiply.outer(s + near, np.fft.fftfreq(n)))
            for s, n in zip(shift, a.shape, strict=True)
        )
        fine = abs(rows @ cross @ columns.T)
        shift = shift + near[list(np.unravel_index(np.argmax(fine), fine.shape))]
    return shift
