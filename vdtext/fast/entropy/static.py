"""The range coder and rANS for symbols of known frequencies, and numbers as adaptive bits, compiled (chapter 6)."""

import numpy as np

from vdtext._jit import njit
from vdtext.entropy import interval
from vdtext.fast.entropy.binary import (
    _shifted,
    decode_number,
    encode_number,
    flush,
    open_stream,
    overrun,
    start,
)

__all__ = ["read_lanes", "read_numbers", "read_symbols", "write_lane", "write_numbers", "write_symbols"]

U = np.uint64
MASK, LEAST, AHEAD = interval.MASK, interval.LEAST, interval.AHEAD
BOTTOM = 1 << 16


@njit
def write_symbols(symbols, below, precision, out):
    """Twin of :func:`vdtext.entropy.symbols.write_symbols`.

    Parameters
    ----------
    symbols : ndarray, shape (n,), uint8 or uint16
    below : ndarray, shape (m + 1,), int64
        Cumulative frequencies, from 0 to 2ᵖ.
    precision : int
        p.
    out : ndarray, uint8
        Is written; two bytes for each symbol, and four.

    Returns
    -------
    int
        Bytes of the stream; −1 if a symbol has the frequency 0.

    Examples
    --------
    >>> out = np.empty(12, np.uint8)
    >>> int(write_symbols(np.array([0, 1, 0, 0], np.uint8), np.array([0, 3, 4]), 2, out)), hex(out[0])
    (1, '0x90')
    """
    low, width, n = 0, MASK, 0
    for i in range(symbols.size):
        s = symbols[i]
        bottom, top = (width * below[s]) >> precision, (width * below[s + 1]) >> precision
        if top == bottom:
            return -1
        low += bottom
        width = top - bottom
        if width < LEAST:
            low, width, n = _shifted(low, width, out, n)
    state = start(4, 7)
    state[0], state[1], state[2] = low, width, n
    return flush(state, out)


@njit
def read_symbols(data, below, precision, symbol_at, symbols):
    """Twin of :func:`vdtext.entropy.symbols.read_symbols`.

    Parameters
    ----------
    data : ndarray, uint8
        The stream.
    below, precision
        As for :func:`write_symbols`.
    symbol_at : ndarray, shape (2ᵖ,), uint16
        Whose part of the interval each place is.
    symbols : ndarray, uint8 or uint16
        Is written.

    Returns
    -------
    bool
        False if this is no stream, or one that was cut.

    Examples
    --------
    >>> symbols, symbol_at = np.empty(4, np.uint8), np.array([0, 0, 0, 1], np.uint16)
    >>> bool(read_symbols(np.array([0x90], np.uint8), np.array([0, 3, 4]), 2, symbol_at, symbols)), symbols.tolist()
    (True, [0, 1, 0, 0])
    """
    state = start(4, 7)
    if not open_stream(state, data):
        return False
    code, width, n, end = state[0], state[1], state[2], data.size
    for i in range(symbols.size):
        s = symbol_at[np.int64((U((code + 1) << precision) - U(1)) // U(width))]
        symbols[i] = s
        bottom, top = (width * below[s]) >> precision, (width * below[s + 1]) >> precision
        code -= bottom
        width = top - bottom
        while width < LEAST:
            code = (code << 8) | (np.int64(data[n]) if n < end else 0)
            width, n = width << 8, n + 1
        if n > end + AHEAD:
            return False
    return True


@njit
def write_lane(symbols, first, stride, frequency, below, precision, out):
    """Twin of :func:`vdtext.entropy.symbols.write_lane`: the words are written from the end of `out` backwards.

    Parameters
    ----------
    symbols : ndarray, shape (n,), uint8 or uint16
    first, stride : int
        The lane has the symbols first, first + stride, …
    frequency, below : ndarray, shape (m,), uint64
        Frequencies, and their sums up to each symbol.
    precision : int
        p.
    out : ndarray, uint16
        Has room for a word for each symbol, and two.

    Returns
    -------
    int
        Where in `out` the lane begins; −1 if a symbol has the frequency 0.

    Examples
    --------
    >>> out = np.zeros(4, np.uint16)
    >>> frequency, below = np.array([3, 1], np.uint64), np.array([0, 3], np.uint64)
    >>> int(write_lane(np.array([0, 1], np.uint8), 0, 1, frequency, below, 2, out)), out.tolist()
    (2, [0, 0, 21849, 5])
    """
    x, n, p = U(BOTTOM), out.size, U(precision)
    last = symbols.size - 1 - (symbols.size - 1 - first) % stride
    for i in range(last, first - 1, -stride):
        s = symbols[i]
        f = frequency[s]
        if f == U(0):
            return -1
        if x >= f << (U(32) - p):
            n -= 1
            out[n] = np.uint16(x & U(0xFFFF))
            x >>= U(16)
        q = np.uint32(x) // np.uint32(f)
        x = (U(q) << p) + (x - U(q) * f) + below[s]
    out[n - 2], out[n - 1] = np.uint16(x & U(0xFFFF)), np.uint16(x >> U(16))
    return n - 2


@njit
def _step(x, k, e, words, last, p):
    """Take a symbol off a state, and read a word if it has become small: without a branch, which would be guessed."""
    x = (e & U(0xFFFF)) * (x >> p) + ((e >> U(16)) & U(0xFFFF))
    small = x < U(BOTTOM)
    return ((x << U(16)) | U(words[min(k, last)])) if small else x, k + (1 if small else 0)


@njit
def read_lanes(words, ends, entries, precision, symbols):
    """Twin of :func:`vdtext.entropy.symbols.read_rans` behind the header: all lanes, side by side.

    Parameters
    ----------
    words : ndarray, uint16
        Those of all lanes.
    ends : ndarray, shape (1 + lanes,), int64
        Where each lane begins, and the end; a lane has at least two words.
    entries : ndarray, shape (2ᵖ,), uint64
        For each place: symbol·2³² + (place − start)·2¹⁶ + frequency.
    precision : int
        p, 1 to 15.
    symbols : ndarray, shape (n,), uint8 or uint16
        Is written; with four lanes, each has every fourth symbol.

    Returns
    -------
    bool
        False if a lane ends too early, or not in the state that it began with.

    Examples
    --------
    >>> words, ends, symbols = np.array([21849, 5], np.uint16), np.array([0, 2]), np.empty(2, np.uint8)
    >>> entries = np.array([3, 3 | 1 << 16, 3 | 2 << 16, 1 | 1 << 32], np.uint64)
    >>> bool(read_lanes(words, ends, entries, 2, symbols)), symbols.tolist()
    (True, [0, 1])
    """
    mask, p, last, lanes = U((1 << precision) - 1), U(precision), words.size - 1, ends.size - 1
    x, k = np.empty(lanes, np.uint64), ends[:-1] + 2
    for lane in range(lanes):
        x[lane] = U(words[ends[lane]]) | (U(words[ends[lane] + 1]) << U(16))
    i = 0
    if lanes == 4:
        a, b, c, d = x[0], x[1], x[2], x[3]
        ka, kb, kc, kd = k[0], k[1], k[2], k[3]
        for i in range(0, symbols.size - 3, 4):
            e, f, g, h = entries[a & mask], entries[b & mask], entries[c & mask], entries[d & mask]
            symbols[i], symbols[i + 1] = e >> U(32), f >> U(32)
            symbols[i + 2], symbols[i + 3] = g >> U(32), h >> U(32)
            a, ka = _step(a, ka, e, words, last, p)
            b, kb = _step(b, kb, f, words, last, p)
            c, kc = _step(c, kc, g, words, last, p)
            d, kd = _step(d, kd, h, words, last, p)
        x[0], x[1], x[2], x[3] = a, b, c, d
        k[0], k[1], k[2], k[3] = ka, kb, kc, kd
        i = symbols.size // 4 * 4
    for j in range(i, symbols.size):
        lane = j % lanes
        e = entries[x[lane] & mask]
        symbols[j] = e >> U(32)
        x[lane], k[lane] = _step(x[lane], k[lane], e, words, last, p)
    good = True
    for lane in range(lanes):
        good &= k[lane] == ends[lane + 1] and x[lane] == U(BOTTOM)
    return good


@njit
def write_numbers(numbers, classes, model, fast, slow, out):
    """Twin of :func:`vdtext.entropy.numbers.write_numbers`.

    Parameters
    ----------
    numbers : ndarray, shape (n,), integers
        0 to 2²³ − 1.
    classes : ndarray, shape (n,), integers
    model : ndarray, shape (48·classes, 3), int32
        Changed in place.
    fast, slow : int
        Rates.
    out : ndarray, uint8
        Has room for 48 bits a number.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import new_model
    >>> out, zeros = np.empty(900, np.uint8), np.zeros(4, np.uint8)
    >>> int(write_numbers(np.array([0, 0, 5, 0]), zeros, new_model(48), 4, 7, out)), hex(out[0])
    (2, '0xa6')
    """
    state = start(fast, slow)
    for i in range(numbers.size):
        encode_number(state, out, model, 48 * np.int64(classes[i]), np.int64(numbers[i]))
    return flush(state, out)


@njit
def read_numbers(data, classes, model, fast, slow, numbers):
    """Twin of :func:`vdtext.entropy.numbers.read_numbers`.

    Parameters
    ----------
    data : ndarray, uint8
        The stream.
    classes, model, fast, slow
        As for :func:`write_numbers`.
    numbers : ndarray, shape (n,), int32
        Is written.

    Returns
    -------
    bool
        False if this is no stream, or one that was cut.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import new_model
    >>> numbers, zeros = np.empty(4, np.int32), np.zeros(4, np.uint8)
    >>> bool(read_numbers(np.array([0xA6, 0x11], np.uint8), zeros, new_model(48), 4, 7, numbers)), numbers.tolist()
    (True, [0, 0, 5, 0])
    """
    state = start(fast, slow)
    good = open_stream(state, data)
    for i in range(numbers.size):
        numbers[i] = decode_number(state, data, model, 48 * np.int64(classes[i]))
        if overrun(state, data):
            return False
    return good
