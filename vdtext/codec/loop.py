"""Readable parts: prediction from what was decoded, the transform in integers, and the filter's diffusion."""

from itertools import pairwise

import numpy as np

__all__ = ["diffuse_step", "dpcm", "flux", "integer_cosines"]


def dpcm(frames, step, *, closed):
    """Send each frame as the quantised difference to the one before it, and decode.

    Parameters
    ----------
    frames : ndarray, shape (T, ...), float
    step : float
        Of a uniform quantiser.
    closed : bool
        True: the encoder predicts from what the decoder has.  False: from the original frames.

    Returns
    -------
    ndarray, same shape
        What the decoder sees.

    References
    ----------
    Jayant, Noll, Digital Coding of Waveforms (1984), chapter 6.

    Examples
    --------
    >>> frames = np.array([0.0, 3.0, 6.0, 9.0])
    >>> dpcm(frames, 8, closed=True).tolist(), dpcm(frames, 8, closed=False).tolist()
    ([0.0, 0.0, 8.0, 8.0], [0.0, 0.0, 0.0, 0.0])
    """
    seen = [frames[0]]
    for before, now in pairwise(frames):
        residual = now - (seen[-1] if closed else before)
        seen.append(seen[-1] + step * np.rint(residual / step))
    return np.stack(seen)


def integer_cosines(n):
    """The cosine transform's matrix in units of 1/256, as the decoder has it.

    .. math:: M_{ki} = round(256 c_k cos(π(2i + 1)k/(2n))),  c_0 = √(1/n), c_k = √(2/n)

    Parameters
    ----------
    n : int
        4, 8, 16 or 32.

    Returns
    -------
    ndarray, shape (n, n), int32
        A row for each frequency.

    References
    ----------
    Ahmed, Natarajan, Rao, Discrete cosine transform, IEEE Trans. Computers C-23 (1974).

    Examples
    --------
    >>> integer_cosines(4)[:2].tolist()
    [[128, 128, 128, 128], [167, 69, -69, -167]]
    """
    k, i = np.mgrid[:n, :n]
    matrix = np.sqrt(2 / n) * np.cos(np.pi * (2 * i + 1) * k / (2 * n))
    matrix[0] /= np.sqrt(2)
    return np.rint(256 * matrix).astype(np.int32)


def flux(difference, contrast):
    """Twice what flows along a difference of grey values: it grows up to the contrast and ends at three times it.

    Parameters
    ----------
    difference : ndarray, int
        Neighbour less pixel.
    contrast : int
        In grey values.

    Returns
    -------
    ndarray, same shape, int

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE PAMI 12 (1990).

    Examples
    --------
    >>> flux(np.array([-9, -4, 0, 2, 4, 8, 30]), 4).tolist()
    [-3, -8, 0, 4, 8, 4, 0]
    """
    size = abs(difference)
    return np.sign(difference) * np.minimum(2 * size, np.maximum(3 * contrast - size, 0))


def diffuse_step(picture, contrast):
    """One step of diffusion that stops at edges, in integers, over twelve neighbours; borders are repeated.

    The fast twin is :func:`vdtext.fast.codec.filtering.diffuse`.

    Parameters
    ----------
    picture : ndarray, shape (H, W), uint8
    contrast : int
        In grey values.

    Returns
    -------
    ndarray, same shape, uint8

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE PAMI 12 (1990),
    doi:10.1109/34.56205.

    Examples
    --------
    >>> diffuse_step(np.array([[10, 12, 10], [200, 200, 200]], np.uint8), 4).tolist()
    [[11, 11, 11], [200, 200, 200]]
    """
    u, total = picture.astype(int), 0
    wide = np.pad(u, 2, mode="edge")
    rings = {16: [(0, 1), (1, 0)], 8: [(1, 1), (1, -1)], 5: [(0, 2), (2, 0)]}
    for weight, shifts in rings.items():
        for shift in [*shifts, *((-y, -x) for y, x in shifts)]:
            rows, columns = (slice(2 + s, 2 + s + n) for s, n in zip(shift, u.shape, strict=True))
            total = total + weight * flux(wide[rows, columns] - u, contrast)
    return np.clip(u + ((3 * total + 256) >> 9), 0, 255).astype(np.uint8)
