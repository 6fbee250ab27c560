"""The front doors of static coding: a table of lengths or frequencies that both sides have, and compiled twins."""

import numpy as np

from vdtext.entropy.doors import LIMIT, affordable, as_bytes, integers
from vdtext.entropy.huffman import canonical
from vdtext.entropy.symbols import LANES, MANY, lane_sizes, precision_of, varint
from vdtext.errors import BitstreamError

__all__ = [
    "decode_exp_golomb",
    "decode_huffman",
    "decode_range",
    "decode_rans",
    "decode_rice",
    "encode_exp_golomb",
    "encode_huffman",
    "encode_range",
    "encode_rans",
    "encode_rice",
]

MOST = (1 << 31) - 1


def as_symbols(symbols, alphabet):
    """Symbols as an array of 8 bits if the alphabet is that small, else of 16."""
    if not 1 <= alphabet <= 1 << 16:
        raise ValueError(f"an alphabet of {alphabet}: 1 to 65536 symbols are accepted (chapter 6)")
    kind = np.uint8 if alphabet <= 256 else np.uint16
    return integers(symbols, "symbols", alphabet - 1).astype(kind, copy=False)


def room(count, alphabet):
    """An array for decoded symbols, which has just been found affordable."""
    return np.empty(count, np.uint8 if alphabet <= 256 else np.uint16)


def finished(end, out, name):
    """The stream, after making sure that every symbol was in the table."""
    if end < 0:
        raise ValueError(f"a symbol occurs to which the table gives no {name} (chapter 6)")
    return out[:end].tobytes()


def encode_huffman(symbols, lengths):
    """Huffman coding: the canonical code words of given lengths, one behind the other, the first bit highest.

    Parameters
    ----------
    symbols : array_like of int, shape (n,)
        From 0.
    lengths : sequence of int, shape (m,)
        Bits of each symbol's code word, 0 to 15, as :func:`limited_lengths` gives them; at most 65536.

    Returns
    -------
    bytes
        Those of :func:`vdtext.entropy.huffman.write_huffman`.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> len(encode_huffman([0, 1, 2, 0] * 100, [1, 2, 2]))
    75
    """
    from vdtext.fast.entropy import prefix

    lengths = [int(length) for length in lengths]
    symbols, words = as_symbols(symbols, len(lengths)), canonical(lengths)
    codes = np.array([int(word or "0", 2) for word in words], np.uint64)
    out = np.empty(2 * len(symbols) + 16, np.uint8)
    return finished(prefix.write_huffman(symbols, codes, np.array(lengths, np.uint64), out), out, "code word")


def decode_huffman(data, lengths, count):
    """Read what :func:`encode_huffman` wrote, by looking up the next bits in a table.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    lengths : sequence of int, shape (m,)
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    ndarray, shape (count,), uint8 if m <= 256, else uint16

    Raises
    ------
    BitstreamError
        If the stream ends too early, or holds bits that begin no code word.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_huffman(encode_huffman([0, 1, 2, 0], [1, 2, 2]), [1, 2, 2], 4).tolist()
    [0, 1, 2, 0]
    """
    from vdtext.fast.entropy import prefix

    lengths = [int(length) for length in lengths]
    words = canonical(lengths)
    payable(count, data, 1)
    symbols, top = room(count, len(lengths)), max(lengths)
    padded = np.frombuffer(bytes(data) + bytes(-len(data) % 4 + 4), ">u4").astype(np.uint32)
    if not prefix.read_huffman(padded, len(data), prefix.table(words, lengths), top, symbols):
        raise BitstreamError(f"{len(data)} bytes: not {count} code words of this code (chapter 6)")
    return symbols


def payable(count, data, bits):
    """Make sure that so many code words of at least so many bits can lie in the bytes."""
    if not 0 <= count <= LIMIT:
        raise ValueError(f"count={count}: 0 to {LIMIT} symbols are decoded at once (chapter 6)")
    if count * bits > 8 * len(data):
        raise BitstreamError(f"{len(data)} bytes cannot hold {count} code words of {bits} bits or more (chapter 6)")


def encode_rice(numbers, k):
    """Golomb–Rice coding: the code words of :func:`rice`, one behind the other, the first bit highest.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
        0 to 2³¹ − 1; each takes number/2ᵏ bits and more.
    k : int
        0 to 30.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If an argument cannot be right, or the stream would exceed 2³¹ bits.

    Examples
    --------
    >>> encode_rice([9, 0], 2).hex()
    'c8'
    """
    from vdtext.fast.entropy import prefix

    numbers = _numbers(numbers, k)
    bits = int((numbers >> k).sum()) + (k + 1) * len(numbers)
    if bits > MOST:
        raise ValueError(f"k={k}: {bits} bits for {len(numbers)} numbers; a larger k is wanted (chapter 6)")
    out = np.empty(bits // 8 + 16, np.uint8)
    return out[: prefix.write_rice(numbers, k, out)].tobytes()


def _numbers(numbers, k):
    if not 0 <= k <= 30:
        raise ValueError(f"k={k}: accepted is 0 to 30 (chapter 6)")
    return integers(numbers, "numbers", MOST).astype(np.int64)


def decode_rice(data, k, count):
    """Read what :func:`encode_rice` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    k : int
        As it was given to the encoder.
    count : int
        How many numbers.

    Returns
    -------
    ndarray, shape (count,), int32

    Raises
    ------
    BitstreamError
        If the stream ends too early, or a number is 2³¹ or more.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_rice(encode_rice([9, 0], 2), 2, 2).tolist()
    [9, 0]
    """
    from vdtext.fast.entropy import prefix

    return _decoded(prefix.read_rice, data, k, count)


def _decoded(read, data, k, count):
    _numbers([], k)
    payable(count, data, k + 1)
    numbers = np.empty(count, np.int32)
    if not read(as_bytes(data), k, MOST, numbers):
        raise BitstreamError(f"{len(data)} bytes: not {count} code words with k={k} (chapter 6)")
    return numbers


def encode_exp_golomb(numbers, k=0):
    """Exp-Golomb coding: the code words of :func:`exp_golomb`, one behind the other, the first bit highest.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
        0 to 2³¹ − 1.
    k : int
        0 to 30.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> encode_exp_golomb([3, 0]).hex()
    'c0'
    """
    from vdtext.fast.entropy import prefix

    numbers = _numbers(numbers, k)
    longest = 2 * (int(numbers.max(initial=0)) + (1 << k)).bit_length() - k
    out = np.empty(longest * len(numbers) // 8 + 16, np.uint8)
    return out[: prefix.write_exp_golomb(numbers, k, out)].tobytes()


def decode_exp_golomb(data, count, k=0):
    """Read what :func:`encode_exp_golomb` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    count : int
        How many numbers.
    k : int
        As it was given to the encoder.

    Returns
    -------
    ndarray, shape (count,), int32

    Raises
    ------
    BitstreamError
        If the stream ends too early, or a number is 2³¹ or more.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_exp_golomb(encode_exp_golomb([3, 0, 77]), 3).tolist()
    [3, 0, 77]
    """
    from vdtext.fast.entropy import prefix

    return _decoded(prefix.read_exp_golomb, data, k, count)


def _frequencies(frequencies, most=16):
    """Frequencies as an array, their sums up to each symbol, and their precision."""
    frequencies = integers(frequencies, "frequencies", 1 << 16).astype(np.int64)
    precision = precision_of(frequencies.tolist())
    if precision > most:
        raise ValueError(f"frequencies sum to 2**{precision}: at most 2**{most} is accepted here (chapter 6)")
    return frequencies, np.concatenate([[0], np.cumsum(frequencies)]), precision


def encode_range(symbols, frequencies):
    """Range coding of symbols whose frequencies both sides know.

    Parameters
    ----------
    symbols : array_like of int, shape (n,)
        From 0.
    frequencies : array_like of int, shape (m,)
        They sum to 2ᵖ, p from 1 to 16, as :func:`frequencies` gives them; m <= 65536.

    Returns
    -------
    bytes
        Those of :func:`vdtext.entropy.symbols.write_symbols`, for the format see :func:`encode_bits`; a symbol has the
        part of the interval from the sum of the frequencies before it.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> len(encode_range([0] * 990 + [1] * 10, [253, 3]))
    11
    """
    from vdtext.fast.entropy import static

    frequencies, below, precision = _frequencies(frequencies)
    symbols = as_symbols(symbols, len(frequencies))
    out = np.empty(2 * len(symbols) + 4, np.uint8)
    return finished(static.write_symbols(symbols, below, precision, out), out, "frequency") if len(symbols) else b""


def _floor(frequencies, precision):
    """What the likeliest symbol is short of certainty, in units of 1/65536."""
    return ((1 << precision) - int(frequencies.max())) << (16 - precision)


def decode_range(data, frequencies, count):
    """Read what :func:`encode_range` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    frequencies : array_like of int, shape (m,)
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    ndarray, shape (count,), uint8 if m <= 256, else uint16

    Raises
    ------
    BitstreamError
        If the stream begins with what no encoder writes, or ends before its last symbol.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_range(encode_range([0, 1, 0], [3, 1]), [3, 1], 3).tolist()
    [0, 1, 0]
    """
    from vdtext.fast.entropy import static

    frequencies, below, precision = _frequencies(frequencies)
    affordable(count, data, _floor(frequencies, precision))
    symbols, places = room(count, len(frequencies)), np.arange(len(frequencies), dtype=np.uint16)
    if count and not static.read_symbols(as_bytes(data), below, precision, np.repeat(places, frequencies), symbols):
        raise BitstreamError(f"{len(data)} bytes: no stream, or one that ends before its {count} symbols (chapter 6)")
    return symbols


def encode_rans(symbols, frequencies):
    """Asymmetric numeral systems (rANS) for symbols whose frequencies both sides know.

    Below 4096 symbols there is one lane; from there on there are four, and lane j has the symbols j, j + 4, …  The
    stream: how many words each lane has, as varints; then the lanes.  A lane is its last state (32 bits), then words of
    16 bits as the decoder wants them, all with the low byte first; its first state was 2¹⁶.

    Parameters
    ----------
    symbols : array_like of int, shape (n,)
        From 0.
    frequencies : array_like of int, shape (m,)
        They sum to 2ᵖ, p from 1 to 15, as :func:`frequencies` gives them.

    Returns
    -------
    bytes
        Those of :func:`vdtext.entropy.symbols.write_rans`.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> len(encode_rans([0] * 990 + [1] * 10, [253, 3]))
    15
    """
    from vdtext.fast.entropy import static

    frequencies, below, precision = _frequencies(frequencies, 15)
    symbols = as_symbols(symbols, len(frequencies))
    tables = frequencies.astype(np.uint64), below[:-1].astype(np.uint64)
    lanes, parts = LANES if len(symbols) >= MANY else 1, []
    for lane in range(lanes):
        out = np.empty(len(symbols) // lanes + 4, np.uint16)
        begin = static.write_lane(symbols, lane, lanes, *tables, precision, out)
        if begin < 0:
            finished(begin, out, "frequency")
        parts.append(out[begin:])
    return b"".join([varint(len(part)) for part in parts] + [part.astype("<u2").tobytes() for part in parts])


def decode_rans(data, frequencies, count):
    """Read what :func:`encode_rans` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    frequencies : array_like of int, shape (m,)
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    ndarray, shape (count,), uint8 if m <= 256, else uint16

    Raises
    ------
    BitstreamError
        If a lane ends too early, or not in the state that it began with: almost every damage is noticed.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_rans(encode_rans([0, 1, 0], [3, 1]), [3, 1], 3).tolist()
    [0, 1, 0]
    """
    from vdtext.fast.entropy import static

    frequencies, below, precision = _frequencies(frequencies, 15)
    affordable(count, data, _floor(frequencies, precision))
    position, sizes = lane_sizes(data, count)
    words = np.frombuffer(bytes(data[position : position + 2 * sum(sizes)]), "<u2").astype(np.uint16, copy=False)
    symbol_at = np.repeat(np.arange(len(frequencies)), frequencies)
    entries = symbol_at << 32 | np.arange(1 << precision) - below[symbol_at] << 16 | frequencies[symbol_at]
    symbols, ends = room(count, len(frequencies)), np.cumsum([0, *sizes])
    if not static.read_lanes(words, ends, entries.astype(np.uint64), precision, symbols):
        raise BitstreamError(f"{len(data)} bytes: a lane of rANS does not end where and as it should (chapter 6)")
    return symbols
