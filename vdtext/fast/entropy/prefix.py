"""Huffman, Golomb–Rice and Exp-Golomb, compiled (chapter 6)."""

import numpy as np

from vdtext._jit import njit

__all__ = ["read_exp_golomb", "read_huffman", "read_rice", "table", "write_exp_golomb", "write_huffman", "write_rice"]

U = np.uint64


def table(words, lengths):
    """What the next bits mean: for each value of so many bits, the symbol that begins there and its length.

    Parameters
    ----------
    words : list of str
        Code words, as :func:`vdtext.entropy.huffman.canonical` gives them.
    lengths : sequence of int
        Theirs.

    Returns
    -------
    ndarray, shape (2**max(lengths),), uint32
        16·symbol + length; 0 where no code word begins.

    Examples
    --------
    >>> table(["0", "10"], [1, 2]).tolist()
    [1, 1, 18, 0]
    """
    top = max(lengths)
    entries = np.zeros(1 << top, np.uint32)
    for symbol, (word, length) in enumerate(zip(words, lengths, strict=True)):
        if length:
            first = int(word, 2) << (top - length)
            entries[first : first + (1 << (top - length))] = symbol << 4 | length
    return entries


@njit
def write_huffman(symbols, codes, lengths, out):
    """Write code words one behind the other.

    Parameters
    ----------
    symbols : ndarray, shape (n,), uint8 or uint16
    codes, lengths : ndarray, shape (m,), uint64
        The code words as numbers, and their lengths.
    out : ndarray, uint8
        Is written; eight bytes longer than the stream.

    Returns
    -------
    int
        Bytes of the stream; −1 if a symbol has no code word.

    Examples
    --------
    >>> out = np.empty(20, np.uint8)
    >>> codes, lengths = np.array([0, 2, 3], np.uint64), np.array([1, 2, 2], np.uint64)
    >>> int(write_huffman(np.array([0, 1, 2, 0], np.uint8), codes, lengths, out)), hex(out[0])
    (1, '0x58')
    """
    held, count, n = U(0), U(0), 0
    for i in range(symbols.size):
        s = symbols[i]
        length = lengths[s]
        if length == U(0):
            return -1
        held = (held << length) | codes[s]
        count += length
        if count >= U(32):
            count -= U(32)
            four = held >> count
            out[n] = np.uint8((four >> U(24)) & U(255))
            out[n + 1] = np.uint8((four >> U(16)) & U(255))
            out[n + 2] = np.uint8((four >> U(8)) & U(255))
            out[n + 3] = np.uint8(four & U(255))
            n += 4
    while count >= U(8):
        count -= U(8)
        out[n] = np.uint8((held >> count) & U(255))
        n += 1
    if count > U(0):
        out[n] = np.uint8((held << (U(8) - count)) & U(255))
        n += 1
    return n


@njit
def read_huffman(data, size, entries, top, symbols):
    """Read code words by looking up the next bits in a table.

    Parameters
    ----------
    data : ndarray, shape (n,), uint32
        The stream in words of 32 bits, the first byte highest, zeros behind its end.
    size : int
        Its length in bytes.
    entries : ndarray, shape (2**top,), uint32
        As :func:`table` makes them.
    top : int
        Bits of the longest code word, 1 to 15.
    symbols : ndarray, uint8 or uint16
        Is written.

    Returns
    -------
    bool
        False if the stream ends too early, or holds bits that begin no code word.

    Examples
    --------
    >>> symbols = np.empty(4, np.uint8)
    >>> data = np.array([0x58000000, 0], np.uint32)
    >>> bool(read_huffman(data, 1, table(["0", "10", "11"], [1, 2, 2]), 2, symbols)), symbols.tolist()
    (True, [0, 1, 2, 0])
    """
    held, count, n, end = U(0), U(0), 0, data.size
    top, mask, size_bits = U(top), U((1 << top) - 1), 8 * size
    half, good, i, total = symbols.size // 2, True, 0, symbols.size
    for _ in range(half):
        if count < U(32):
            held = (held << U(32)) | U(data[n] if n < end else 0)
            count += U(32)
            n += 1
        e = U(entries[(held >> (count - top)) & mask])
        count -= e & U(15)
        f = U(entries[(held >> (count - top)) & mask])
        count -= f & U(15)
        symbols[i] = e >> U(4)
        symbols[i + 1] = f >> U(4)
        i += 2
        if e == U(0) or f == U(0) or n > end + 1:
            good = False
            break
    if good and i < total:
        if count < U(32):
            held = (held << U(32)) | U(data[n] if n < end else 0)
            count += U(32)
            n += 1
        e = U(entries[(held >> (count - top)) & mask])
        count -= e & U(15)
        symbols[i] = e >> U(4)
        good = e != U(0)
    return good and 32 * n - np.int64(count) <= size_bits


@njit
def _put(held, count, value, length, out, n):
    """Append bits, and write the full bytes: (held, count, position)."""
    held = ((held & U(127)) << U(length)) | U(value)
    count += length
    while count >= 8:
        count -= 8
        out[n] = np.uint8((held >> U(count)) & U(255))
        n += 1
    return held, count, n


@njit
def _word(held, count, ones, value, length, out, n):
    """Append ones, a zero, and a number of so many bits."""
    while ones >= 32:
        held, count, n = _put(held, count, 0xFFFFFFFF, 32, out, n)
        ones -= 32
    held, count, n = _put(held, count, (1 << (ones + 1)) - 2, ones + 1, out, n)
    return _put(held, count, value, length, out, n)


@njit
def write_rice(numbers, k, out):
    """Write the code words of Golomb–Rice.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int64
        0 or more.
    k : int
        0 to 31.
    out : ndarray, uint8
        Is written, and long enough.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> out = np.empty(9, np.uint8)
    >>> int(write_rice(np.array([9, 0]), 2, out)), hex(out[0])
    (1, '0xc8')
    """
    held, count, n = U(0), 0, 0
    for i in range(numbers.size):
        number = numbers[i]
        held, count, n = _word(held, count, number >> k, number & ((1 << k) - 1), k, out, n)
    if count:
        out[n] = np.uint8((held << U(8 - count)) & U(255))
        n += 1
    return n


@njit
def write_exp_golomb(numbers, k, out):
    """Write the code words of Exp-Golomb.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int64
        0 or more, below 2³¹.
    k : int
        0 to 30.
    out : ndarray, uint8
        Is written, and long enough.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> out = np.empty(9, np.uint8)
    >>> int(write_exp_golomb(np.array([3, 0]), 0, out)), hex(out[0])
    (1, '0xc0')
    """
    held, count, n = U(0), 0, 0
    for i in range(numbers.size):
        number, length = numbers[i] + (1 << k), k
        while number >> (length + 1):
            length += 1
        held, count, n = _word(held, count, length - k, number - (1 << length), length, out, n)
    if count:
        out[n] = np.uint8((held << U(8 - count)) & U(255))
        n += 1
    return n


@njit
def _ones(data, place, end):
    """How many ones come before the next zero, and the place behind it; beyond `end` if there is none."""
    ones = 0
    while place < end and (data[place >> 3] >> (7 - (place & 7))) & 1:
        ones += 1
        place += 1
    return ones, place + 1


@njit
def _number(data, place, length):
    """So many bits as a number."""
    value = 0
    for q in range(place, place + length):
        value = 2 * value + ((np.int64(data[q >> 3]) >> (7 - (q & 7))) & 1)
    return value


@njit
def read_rice(data, k, most, numbers):
    """Read what :func:`write_rice` wrote.

    Parameters
    ----------
    data : ndarray, uint8
        The stream.
    k : int
        0 to 31.
    most : int
        The largest number that is accepted.
    numbers : ndarray, shape (n,), int32
        Is written.

    Returns
    -------
    bool
        False if the stream ends too early, or holds a number that is too large.

    Examples
    --------
    >>> numbers = np.empty(2, np.int32)
    >>> bool(read_rice(np.array([0xC8], np.uint8), 2, 100, numbers)), numbers.tolist()
    (True, [9, 0])
    """
    place, end = 0, 8 * data.size
    for i in range(numbers.size):
        ones, place = _ones(data, place, end)
        if place + k > end or ones > (most >> k):
            return False
        number = (ones << k) + _number(data, place, k)
        if number > most:
            return False
        numbers[i] = number
        place += k
    return True


@njit
def read_exp_golomb(data, k, most, numbers):
    """Read what :func:`write_exp_golomb` wrote.

    Parameters
    ----------
    data, k, most, numbers
        As for :func:`read_rice`.

    Returns
    -------
    bool
        False if the stream ends too early, or holds a number that is too large.

    Examples
    --------
    >>> numbers = np.empty(2, np.int32)
    >>> bool(read_exp_golomb(np.array([0xC0], np.uint8), 0, 100, numbers)), numbers.tolist()
    (True, [3, 0])
    """
    place, end = 0, 8 * data.size
    for i in range(numbers.size):
        ones, place = _ones(data, place, end)
        length = ones + k
        if place + length > end or length > 31:
            return False
        number = (1 << length) + _number(data, place, length) - (1 << k)
        if number > most:
            return False
        numbers[i] = number
        place += length
    return True
