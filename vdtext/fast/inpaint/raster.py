"""Masks without a structure, compiled (chapter 8): a coder of bi-level pictures, and of the values that they store.

Each pixel of the mask is coded with a context of ten neighbours that are known already, as JBIG does it.  Then, row by
row, come the values: each is guessed from the last stored one to the left and from those above, and the difference is
coded.  All of it is integer arithmetic.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.entropy.binary import decode_bit, decode_number, encode_bit, encode_number, overrun
from vdtext.inpaint import dithering

__all__ = ["ROWS", "code", "dither"]

TEMPLATE = np.array([(0, -1), (0, -2), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2), (-2, -1), (-2, 0), (-2, 1)])
ROWS = 1024 + 4 * 48
"""Estimators: of the mask, and of differences after four kinds of differences."""

dither = njit(dithering.dither)


@njit
def code(encoding, state, stream, model, levels, mask, q):
    """Code, or read, a mask and the quantised values of its pixels.

    Parameters
    ----------
    encoding : bool
        Write the stream, or read it.
    state, stream, model : ndarray
        Of the adaptive binary coder, with :data:`ROWS` estimators.
    levels : int
        Quantised values are 0 to levels.
    mask : ndarray, shape (H, W), uint8
        Read, or written.
    q : ndarray, shape (H, W), int32
        Read where the mask is 1, or written.

    Returns
    -------
    int
        Bits in whole bytes that the mask took; −1 if the stream was cut, or a value is out of range.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import capacity, flush, new_model, start
    >>> state, stream, model = start(4, 7), np.empty(capacity(900), np.uint8), new_model(ROWS)
    >>> q = np.array([[7, 0, 9]], np.int32)
    >>> code(True, state, stream, model, 255, np.array([[1, 0, 1]], np.uint8), q)
    0
    """
    h, w = mask.shape
    above = np.full(w, -1, np.int64)
    for y in range(h):
        for x in range(w):
            context = 0
            for t in range(10):
                i, j = y + TEMPLATE[t, 0], x + TEMPLATE[t, 1]
                context *= 2
                if i >= 0 and 0 <= j < w:
                    context += np.int64(mask[i, j])
            if encoding:
                encode_bit(state, stream, model, context, np.int64(mask[y, x]))
            else:
                mask[y, x] = decode_bit(state, stream, model, context)
        if not encoding and overrun(state, stream):
            return -1
    bits = 8 * state[2]
    last = 0
    for y in range(h):
        west, distance = np.int64(-1), 0
        for x in range(w):
            distance += 1
            if not mask[y, x]:
                continue
            guess = np.int64(levels // 2)
            if west >= 0 and above[x] >= 0:
                guess = (west * 4 + above[x] * min(distance, 8) + 2) // (4 + min(distance, 8))
            elif west >= 0 or above[x] >= 0:
                guess = west if west >= 0 else above[x]
            kind = 0 if last == 0 else 1 if last < 3 else 2 if last < 8 else 3
            d = np.int64(q[y, x]) - guess
            if encoding:
                encode_number(state, stream, model, 1024 + 48 * kind, 2 * d if d >= 0 else -2 * d - 1)
            else:
                n = decode_number(state, stream, model, 1024 + 48 * kind)
                d = n // 2 if n % 2 == 0 else -(n + 1) // 2
                if not 0 <= guess + d <= levels or overrun(state, stream):
                    return -1
                q[y, x] = guess + d
            last = abs(d)
            west, distance = guess + d, 0
            for j in range(max(0, x - 8), min(w, x + 9)):
                above[j] = west
    return bits
