"""Numbers with a row of frequencies each, compiled (chapter 13)."""

import numpy as np

from vdtext._jit import njit
from vdtext.entropy import interval
from vdtext.fast.entropy.binary import _shifted, decode_equal, encode_equal, flush, start
from vdtext.learned.rows import PRECISION, REACH

__all__ = ["read_rows", "write_rows"]

U = np.uint64
LEAST, AHEAD = interval.LEAST, interval.AHEAD


@njit
def write_rows(numbers, rows, below, out):
    """Twin of :func:`vdtext.learned.rows.write_rows`.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int32
    rows : ndarray, shape (n,), int64
    below : ndarray, shape (R, 65), int64
    out : ndarray, uint8
        Is written; 48 bytes for a number beyond 31, two for another one, and four.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> below = np.arange(0, 65537, 1024)[None]
    >>> out = np.empty(100, np.uint8)
    >>> int(write_rows(np.zeros(4, np.int32), np.zeros(4, np.int64), below, out))
    4
    """
    state = start(4, 7)
    for i in range(numbers.size):
        number, row = np.int64(numbers[i]), rows[i]
        size = abs(number)
        s = number + REACH + 1 if size <= REACH else 0
        low, width, n = state[0], state[1], state[2]
        bottom, top = (width * below[row, s]) >> PRECISION, (width * below[row, s + 1]) >> PRECISION
        low, width, n = _shifted(low + bottom, top - bottom, out, n)
        state[0], state[1], state[2] = low, width, n
        if s == 0:
            rest, length = size - REACH, 0
            while rest >> (length + 1):
                length += 1
            encode_equal(state, out, 1 if number < 0 else 0, 1)
            encode_equal(state, out, length, 4)
            encode_equal(state, out, rest, length)
    return flush(state, out)


@njit
def read_rows(state, data, rows, below, numbers):
    """Read the next numbers.

    Parameters
    ----------
    state : ndarray, shape (5,), int64
        Of :func:`vdtext.fast.entropy.binary.open_stream`; changed in place.
    data : ndarray, uint8
    rows, below
        As for :func:`write_rows`.
    numbers : ndarray, shape (n,), int32
        Is written.

    Returns
    -------
    bool
        False if the stream was cut.

    Examples
    --------
    >>> from vdtext.fast.entropy import binary
    >>> state, data, numbers = start(4, 7), np.array([128], np.uint8), np.empty(1, np.int32)
    >>> _ = binary.open_stream(state, data)
    >>> bool(read_rows(state, data, np.zeros(1, np.int64), np.arange(0, 65537, 1024)[None], numbers)), int(numbers[0])
    (True, 0)
    """
    end = data.size
    for i in range(rows.size):
        row = rows[i]
        code, width, n = state[0], state[1], state[2]
        place = np.int64((U((code + 1) << PRECISION) - U(1)) // U(width))
        first, last = 0, below.shape[1] - 1
        while last - first > 1:
            middle = (first + last) >> 1
            if below[row, middle] <= place:
                first = middle
            else:
                last = middle
        bottom, top = (width * below[row, first]) >> PRECISION, (width * below[row, first + 1]) >> PRECISION
        code -= bottom
        width = top - bottom
        while width < LEAST:
            code = (code << 8) | (np.int64(data[n]) if n < end else 0)
            width, n = width << 8, n + 1
        state[0], state[1], state[2] = code, width, n
        number = first - REACH - 1
        if first == 0:
            sign = decode_equal(state, data, 1)
            length = decode_equal(state, data, 4)
            number = REACH + (1 << length) + decode_equal(state, data, length)
            if sign:
                number = -number
        numbers[i] = number
        if state[2] > end + AHEAD:
            return False
    return True
