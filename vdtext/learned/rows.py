"""Numbers, each with a table of its own: a row of frequencies that both sides know, in one message of the range coder.

A number from −31 to 31 is one of 63 symbols.  Symbol 0 announces a larger one: its sign, how many bits |n| − 31 has
(four bits, less one), and these bits without the leading one, all with probability ½.
"""

import numpy as np

from vdtext.entropy.information import frequencies
from vdtext.entropy.interval import decode_interval, encode_interval, finish, locate, start_decoder, start_encoder

__all__ = ["PRECISION", "REACH", "below", "least", "read_rows", "table", "write_rows"]

REACH, PRECISION = 31, 16
MOST = REACH + (1 << 16) - 1
"""Larger numbers cannot be written."""


def table(chances):
    """Frequencies of a row: at least 1 each, of 2¹⁶.

    Parameters
    ----------
    chances : array_like, shape (64,), float
        ≥ 0, of the announcement and of −31 … 31; not all 0.

    Returns
    -------
    ndarray, shape (64,), int64

    Examples
    --------
    >>> row = table(np.eye(64)[32])
    >>> int(row.sum()), int(row[32]), int(row.min())
    (65536, 65473, 1)
    """
    chances = np.asarray(chances, float)
    return frequencies(chances / chances.sum() * (1 << 30) + 1, PRECISION)


def below(table):
    """Sums of the frequencies before each symbol, of each row.

    Parameters
    ----------
    table : ndarray, shape (R, 64)

    Returns
    -------
    ndarray, shape (R, 65), int64

    Examples
    --------
    >>> below(np.full((1, 64), 1024))[0, [0, 1, 64]].tolist()
    [0, 1024, 65536]
    """
    return np.concatenate([np.zeros((len(table), 1), np.int64), np.cumsum(table, 1, dtype=np.int64)], 1)


def least(table):
    """What a number costs at the very least, in bits: the price of the surest symbol of all rows.

    Parameters
    ----------
    table : ndarray, shape (R, 64)

    Returns
    -------
    float

    Examples
    --------
    >>> round(least(table(np.eye(64)[32])[None]), 5)
    0.00139
    """
    return float(-np.log2(np.max(table) / (1 << PRECISION)))


def write_rows(numbers, rows, below):
    """Code numbers, each with its row.

    Parameters
    ----------
    numbers : iterable of int
        Up to 65566 in magnitude.
    rows : iterable of int
        Which row of the table each has.
    below : ndarray, shape (R, 65)
        Of :func:`below`.

    Returns
    -------
    bytes

    Examples
    --------
    >>> sums = below(np.stack([table(np.eye(64)[32]), np.full(64, 1024)]))
    >>> len(write_rows([0] * 100, [0] * 100, sums)), len(write_rows([0] * 100, [1] * 100, sums))
    (1, 75)
    """
    coder, out = start_encoder(), bytearray()

    def equal(value, count):
        for k in range(count - 1, -1, -1):
            half = 0 if value >> k & 1 else 1 << PRECISION - 1
            encode_interval(coder, out, half, half + (1 << PRECISION - 1), PRECISION)

    for number, row in zip(map(int, numbers), map(int, rows), strict=True):
        size = abs(number)
        symbol = number + REACH + 1 if size <= REACH else 0
        encode_interval(coder, out, int(below[row][symbol]), int(below[row][symbol + 1]), PRECISION)
        if not symbol:
            length = (size - REACH).bit_length() - 1
            equal(number < 0, 1)
            equal(length, 4)
            equal(size - REACH, length)
    finish(coder, out)
    return bytes(out)


def read_rows(data, rows, below):
    """Read what :func:`write_rows` wrote.

    Parameters
    ----------
    data : bytes
    rows, below
        As they were given to the encoder.

    Returns
    -------
    list of int

    Raises
    ------
    BitstreamError
        If the stream begins with what no encoder writes, or ends too early.

    Examples
    --------
    >>> sums = below(np.full((1, 64), 1024))
    >>> read_rows(write_rows([3, -31, 1000], [0] * 3, sums), [0] * 3, sums)
    [3, -31, 1000]
    """
    coder, numbers = start_decoder(data), []

    def equal(count):
        value = 0
        for _ in range(count):
            bit = locate(coder, PRECISION) < 1 << PRECISION - 1
            half = 0 if bit else 1 << PRECISION - 1
            decode_interval(coder, data, half, half + (1 << PRECISION - 1), PRECISION)
            value = 2 * value + bit
        return value

    for row in map(int, rows):
        symbol = int(np.searchsorted(below[row], locate(coder, PRECISION), side="right")) - 1
        decode_interval(coder, data, int(below[row][symbol]), int(below[row][symbol + 1]), PRECISION)
        number = symbol - REACH - 1
        if not symbol:
            sign, length = equal(1), equal(4)
            number = REACH + (1 << length) + equal(length)
            number = -number if sign else number
        numbers.append(number)
    return numbers
