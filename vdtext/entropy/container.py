"""A whole file: header, table, payload.  The decoder is told nothing but the bytes."""

import numpy as np

from vdtext.entropy.doors import decode_numbers, encode_numbers
from vdtext.entropy.huffman import LONGEST, kraft, limited_lengths
from vdtext.entropy.information import frequencies
from vdtext.entropy.static import (
    as_symbols,
    decode_huffman,
    decode_range,
    decode_rans,
    encode_huffman,
    encode_range,
    encode_rans,
)
from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError

__all__ = ["METHODS", "compress", "decompress", "read_table", "write_table"]

MAGIC, LIMIT = b"VE1", 1 << 26
METHODS = {"huffman": b"H", "range": b"R", "rans": b"A", "adaptive": b"N"}
"""The coders of a file, and the letter behind its magic number."""
PRECISION = 14
"""Frequencies are rounded to multiples of 2⁻¹⁴, or finer if there are that many symbols."""


def write_table(table):
    """A table of lengths or frequencies as bytes: its length, and adaptive numbers.

    Parameters
    ----------
    table : sequence of int
        0 to 65536 each.

    Returns
    -------
    bytes

    Examples
    --------
    >>> len(write_table([0] * 200 + [5, 3, 2, 1, 1] + [0] * 51)) < 20
    True
    """
    coded = encode_numbers(table)
    return varint(len(table)) + varint(len(coded)) + coded


def read_table(data, position):
    """The table that :func:`write_table` wrote at a position, and the position behind it.

    Parameters
    ----------
    data : bytes
    position : int

    Returns
    -------
    tuple (list of int, int)

    Raises
    ------
    BitstreamError
        If there is no such table.

    Examples
    --------
    >>> read_table(write_table([3, 1]), 0)[0]
    [3, 1]
    """
    alphabet, position = read_varint(data, position, 1 << 16)
    size, position = read_varint(data, position, len(data) - position)
    return decode_numbers(data[position : position + size], alphabet).tolist(), position + size


def compress(symbols, method="rans"):
    """A file of symbols: everything that the decoder needs is in it, and counted.

    The file (version 1): ``VE1``; a letter, H, R, A or N, for the method; the number of symbols as a varint; except for
    N, a table of code lengths (H) or frequencies (R, A), see :func:`write_table`; the coder's stream.  A message of one
    symbol alone gets a second one in its table, so that a symbol never costs nothing.

    Parameters
    ----------
    symbols : array_like of int, shape (n,)
        From 0; at most 65535, or 2²³ − 1 for "adaptive".  At most 2²⁶ of them.
    method : {"huffman", "range", "rans", "adaptive"}
        The last one learns the numbers' sizes while it goes, and needs no table.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> {method: len(compress([0] * 900 + [1] * 100, method)) for method in METHODS}
    {'huffman': 134, 'range': 73, 'rans': 77, 'adaptive': 21}
    """
    symbols = np.asarray(symbols)
    if method not in METHODS or symbols.ndim != 1 or len(symbols) > LIMIT:
        raise ValueError(f"{symbols.shape}, {method!r}: (n,) up to 2**26, and {', '.join(METHODS)} (chapter 6)")
    head = MAGIC + METHODS[method] + varint(len(symbols))
    if method == "adaptive" or not len(symbols):
        return head + encode_numbers(symbols)
    symbols = as_symbols(symbols, 1 << 16)
    counts = np.bincount(symbols, minlength=2)
    if (counts > 0).sum() == 1:
        counts[int(counts[0] > 0)] += 1
    if method == "huffman":
        table = limited_lengths(counts, 12 if (counts > 0).sum() <= 1 << 12 else LONGEST)
        return head + write_table(table) + encode_huffman(symbols, table)
    precision = max(PRECISION, min(15, int((counts > 0).sum()).bit_length() + 2))
    table = frequencies(counts, precision)
    return head + write_table(table) + {"range": encode_range, "rans": encode_rans}[method](symbols, table)


def decompress(data):
    """Read a file that :func:`compress` wrote.

    Parameters
    ----------
    data : bytes
        The file; what follows its end is ignored.

    Returns
    -------
    ndarray, shape (n,), uint8, uint16 or int32

    Raises
    ------
    BitstreamError
        If the bytes are no such file; no memory is taken for symbols before their number has been checked.

    Examples
    --------
    >>> decompress(compress([3, 1, 4, 1, 5]) + b"whatever follows").tolist()
    [3, 1, 4, 1, 5]
    """
    data = bytes(data)
    method = next((name for name, letter in METHODS.items() if data[:4] == MAGIC + letter), None)
    if method is None:
        raise BitstreamError(f"a file that begins with {data[:4]!r}: VE1 and H, R, A or N are accepted (chapter 6)")
    count, position = read_varint(data, 4, LIMIT)
    if method == "adaptive" or not count:
        return decode_numbers(data[position:], count)
    table, position = read_table(data, position)
    if method == "huffman":
        if not all(length <= LONGEST for length in table) or not 0 < kraft(table) <= 1 << LONGEST:
            raise BitstreamError("the lengths in the file belong to no code (chapter 6)")
        return decode_huffman(data[position:], table, count)
    total = sum(table)
    if total & (total - 1) or not 2 <= total <= 1 << 15 or max(table) == total:
        raise BitstreamError(f"frequencies in the file sum to {total}: a power of two to 2**15 is accepted (chapter 6)")
    return {"range": decode_range, "rans": decode_rans}[method](data[position:], table, count)
