"""Bit planes coded by significance, readable: a stream that can be cut anywhere.

The codec's own coder, :mod:`vdtext.fast.wavelets.planes`, goes the same way with more contexts and a mixture of them.
"""

import numpy as np

from vdtext.entropy.adaptive import decode_bit, encode_bit
from vdtext.entropy.interval import (
    decode_interval,
    encode_interval,
    finish,
    locate,
    start_decoder,
    start_encoder,
)
from vdtext.errors import BitstreamError

__all__ = ["embed", "extract", "significance"]

PLANES = 30
"""At most so many are read."""


def significance(known, y, x):
    """The context of a digit: how many of the four neighbours are significant, or 5 once the coefficient itself is.

    Parameters
    ----------
    known : ndarray of int, shape (H + 2, W + 2)
        The leading digits of each magnitude, with a border of zeros.
    y, x : int
        Row and column of the coefficient.

    Returns
    -------
    int
        0 to 5.

    Examples
    --------
    >>> known = np.zeros((3, 4), int); known[1, 2] = 1
    >>> significance(known, 0, 0), significance(known, 0, 1)
    (1, 5)
    """
    if known[y + 1, x + 1]:
        return 5
    return int((known[[y + 1, y, y + 1, y + 2], [x, x + 1, x + 2, x + 1]] > 0).sum())


def embed(q):
    """Code integers plane by plane, the highest first: the next binary digit of each, and a sign after its first one.

    Parameters
    ----------
    q : ndarray of int, shape (H, W)
        Quantised coefficients.

    Returns
    -------
    bytes
        The number of planes, then a message of the adaptive binary coder, then three zeros that make up for the bytes
        which its end leaves out.

    References
    ----------
    Shapiro, Embedded image coding using zerotrees of wavelet coefficients, IEEE Trans. Signal Processing 41 (1993),
    doi:10.1109/78.258085.

    Examples
    --------
    >>> q = np.array([[9, 0], [-1, 0]])
    >>> extract(embed(q), (2, 2)).tolist()
    [[9.0, 0.0], [-1.0, 0.0]]
    """
    magnitude, planes = abs(q), int(abs(q).max(initial=0)).bit_length()
    known = np.zeros((q.shape[0] + 2, q.shape[1] + 2), int)
    model, coder, out = [[32768, 32768, 0] for _ in range(6)], start_encoder(), bytearray()
    for plane in reversed(range(planes)):
        for y, x in np.ndindex(q.shape):
            context, bit = significance(known, y, x), int(magnitude[y, x]) >> plane & 1
            encode_bit(coder, out, model[context], bit)
            if bit and context < 5:
                encode_interval(coder, out, *((0, 1) if q[y, x] < 0 else (1, 2)), 1)
            known[y + 1, x + 1] = 2 * known[y + 1, x + 1] + bit
    finish(coder, out)
    return bytes([planes, *out, 0, 0, 0])


def extract(data, shape):
    """Read what :func:`embed` wrote, up to where it was cut.

    Parameters
    ----------
    data : bytes
        The stream, or its beginning.
    shape : (int, int)
        Of the array.

    Returns
    -------
    ndarray of float64, shape `shape`
        The integers, or the middles of the intervals that are known (:func:`coarser`).

    Raises
    ------
    BitstreamError
        If no encoder writes this.

    Examples
    --------
    >>> stream = embed(np.arange(-8, 8).reshape(4, 4) * 9)
    >>> errors = [abs(extract(stream[:n], (4, 4)) - np.arange(-8, 8).reshape(4, 4) * 9).sum() for n in (0, 6, 11, 99)]
    >>> errors == sorted(errors, reverse=True), errors[-1]
    (True, np.float64(0.0))
    """
    planes, data = (data[0], bytes(data[1:])) if data else (0, b"")
    if planes > PLANES:
        raise BitstreamError(f"{planes} bit planes: no encoder writes more than {PLANES} (chapter 7)")
    known, sign = np.zeros((shape[0] + 2, shape[1] + 2), int), np.zeros(shape, int)
    missing = np.full(shape, planes)
    model, coder = [[32768, 32768, 0] for _ in range(6)], start_decoder(data)
    for plane in reversed(range(planes)):
        for y, x in np.ndindex(shape):
            if coder[2] > len(data):
                break
            context = significance(known, y, x)
            bit = decode_bit(coder, data, model[context])
            if bit and context < 5:
                if coder[2] > len(data):
                    break
                upper = locate(coder, 1)
                decode_interval(coder, data, upper, upper + 1, 1)
                sign[y, x] = 2 * upper - 1
            known[y + 1, x + 1] = 2 * known[y + 1, x + 1] + bit
            missing[y, x] = plane
    return sign * ((known[1:-1, 1:-1] << missing) + ((1 << missing) - 1) / 2) * (sign != 0)
