"""Coders for symbols of known frequencies, readable: the range coder, and asymmetric numeral systems (rANS).

Both take integer frequencies that sum to 2ᵖ.  The range coder is a queue: what goes in first comes out first.  rANS is
a stack: the encoder begins at the end of the message.
"""

from itertools import accumulate

from vdtext.entropy.interval import decode_interval, encode_interval, finish, locate, start_decoder, start_encoder
from vdtext.errors import BitstreamError

__all__ = [
    "pop",
    "precision_of",
    "push",
    "read_lane",
    "read_rans",
    "read_symbols",
    "read_varint",
    "varint",
    "write_lane",
    "write_rans",
    "write_symbols",
]

BOTTOM = 1 << 16
"""The state of rANS lies in 2¹⁶ … 2³² − 1: below, 16 bits are read; before it would outgrow them, 16 are written."""
LANES, MANY = 4, 4096
"""From 4096 symbols on there are four states, each for every fourth symbol: a processor works on them side by side."""


def precision_of(frequencies):
    """The p of frequencies that sum to 2ᵖ.

    Parameters
    ----------
    frequencies : sequence of int
        0 or more.

    Returns
    -------
    int
        1 to 16.

    Raises
    ------
    ValueError
        If they sum to something else.

    Examples
    --------
    >>> precision_of([1, 3])
    2
    """
    total = int(sum(frequencies))
    if min(frequencies, default=-1) < 0 or total & (total - 1) or not 2 <= total <= 1 << 16:
        raise ValueError(
            f"frequencies sum to {total}: accepted are 0 or more each, and 2**1 to 2**16 together (chapter 6)"
        )
    return total.bit_length() - 1


def write_symbols(symbols, frequencies):
    """Range coding of symbols; :func:`vdtext.entropy.encode_range` is the same, and fast.

    Parameters
    ----------
    symbols : iterable of int
        Each has a frequency above 0.
    frequencies : sequence of int
        They sum to a power of two.

    Returns
    -------
    bytes

    Examples
    --------
    >>> write_symbols([0, 1, 0, 0], [3, 1]).hex()
    '90'
    """
    precision, below = precision_of(frequencies), [0, *accumulate(int(f) for f in frequencies)]
    coder, out, symbols = start_encoder(), bytearray(), list(symbols)
    for symbol in symbols:
        encode_interval(coder, out, below[symbol], below[symbol + 1], precision)
    if symbols:
        finish(coder, out)
    return bytes(out)


def read_symbols(data, frequencies, count):
    """What :func:`write_symbols` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    frequencies : sequence of int
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    list of int

    Examples
    --------
    >>> read_symbols(bytes([0x90]), [3, 1], 4)
    [0, 1, 0, 0]
    """
    precision, below = precision_of(frequencies), [0, *accumulate(int(f) for f in frequencies)]
    place_to_symbol = [symbol for symbol, f in enumerate(frequencies) for _ in range(f)]
    coder, symbols = start_decoder(data) if count else None, []
    for _ in range(count):
        symbols.append(symbol := place_to_symbol[locate(coder, precision)])
        decode_interval(coder, data, below[symbol], below[symbol + 1], precision)
    return symbols


def push(state, start, frequency, precision):
    """Put a symbol on top of a number: of 2ᵖ successive numbers, `frequency` are its own.

    .. math:: x' = 2^p ⌊x/f⌋ + start + (x \\bmod f)

    Parameters
    ----------
    state : int
        x.
    start, frequency : int
        The symbol's part of 0 … 2ᵖ − 1.
    precision : int
        p.

    Returns
    -------
    int
        About x·2ᵖ/f: it has grown by −log2 of the probability.

    References
    ----------
    Duda, Asymmetric numeral systems: entropy coding combining speed of Huffman coding with compression rate of
    arithmetic coding (2013), arXiv:1311.2540.

    Examples
    --------
    >>> push(10, 1, 3, 2)
    14
    """
    return (state // frequency << precision) + start + state % frequency


def pop(state, start, frequency, precision):
    """Take the symbol off again: the number as it was before :func:`push`.

    .. math:: x = f ⌊x'/2^p⌋ + (x' \\bmod 2^p) − start

    Parameters
    ----------
    state : int
        x'.
    start, frequency, precision : int
        As for :func:`push`, of the symbol whose part holds x' mod 2ᵖ.

    Returns
    -------
    int

    References
    ----------
    Duda, Asymmetric numeral systems (2013), arXiv:1311.2540.

    Examples
    --------
    >>> pop(14, 1, 3, 2)
    10
    """
    return frequency * (state >> precision) + (state & (1 << precision) - 1) - start


def write_lane(symbols, frequencies):
    """rANS of one state: the symbols backwards, and the words in the order in which the decoder wants them.

    Parameters
    ----------
    symbols : sequence of int
        Each has a frequency above 0.
    frequencies : sequence of int
        They sum to 2ᵖ.

    Returns
    -------
    list of int
        Words of 16 bits: the last state, low half first, then what it left behind, the latest first.

    Examples
    --------
    >>> write_lane([0, 1], [3, 1])
    [21849, 5]
    """
    precision, below = precision_of(frequencies), [0, *accumulate(int(f) for f in frequencies)]
    state, words = BOTTOM, []
    for symbol in reversed(symbols):
        frequency = int(frequencies[symbol])
        if state >= frequency << 32 - precision:
            words.append(state & 0xFFFF)
            state >>= 16
        state = push(state, below[symbol], frequency, precision)
    return [state & 0xFFFF, state >> 16, *reversed(words)]


def read_lane(words, frequencies, count):
    """What :func:`write_lane` wrote; the state has to be again what it was before the first symbol.

    Parameters
    ----------
    words : sequence of int
        All of a lane, and nothing else.
    frequencies : sequence of int
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    list of int

    Raises
    ------
    BitstreamError
        If there are too few words, or the last state is wrong.

    Examples
    --------
    >>> read_lane([21849, 5], [3, 1], 2)
    [0, 1]
    """
    precision, below = precision_of(frequencies), [0, *accumulate(int(f) for f in frequencies)]
    place_to_symbol = [symbol for symbol, f in enumerate(frequencies) for _ in range(f)]
    state, position, symbols = words[0] | words[1] << 16, 2, []
    for _ in range(count):
        symbols.append(symbol := place_to_symbol[state & (1 << precision) - 1])
        state = pop(state, below[symbol], int(frequencies[symbol]), precision)
        if state < BOTTOM:
            if position == len(words):
                raise BitstreamError("a lane of rANS ends before its last symbol (chapter 6)")
            state, position = state << 16 | words[position], position + 1
    if (state, position) != (BOTTOM, len(words)):
        raise BitstreamError("a lane of rANS does not end in the state it began with (chapter 6)")
    return symbols


def varint(number):
    """A number as bytes: 7 bits in each, the lowest first; the eighth says that more follow.

    Parameters
    ----------
    number : int
        0 or more.

    Returns
    -------
    bytes

    Examples
    --------
    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def read_varint(data, position, most):
    """The number that :func:`varint` wrote at a position, and the position behind it.

    Parameters
    ----------
    data : bytes
    position : int
    most : int
        The largest number that makes sense.

    Returns
    -------
    tuple of int
        (number, position).

    Raises
    ------
    BitstreamError
        If the number is larger, or not there.

    Examples
    --------
    >>> read_varint(bytes([0xAC, 0x02]), 0, 1000)
    (300, 2)
    """
    number = 0
    for shift in range(0, 35, 7):
        if position >= len(data):
            break
        number |= (data[position] & 127) << shift
        position += 1
        if data[position - 1] < 128:
            if number > most:
                break
            return number, position
    raise BitstreamError(f"a number of the header is missing or above {most} (chapter 6)")


def write_rans(symbols, frequencies):
    """rANS; :func:`vdtext.entropy.encode_rans` is the same, and fast.

    Parameters
    ----------
    symbols : iterable of int
        Each has a frequency above 0.
    frequencies : sequence of int
        They sum to 2ᵖ.

    Returns
    -------
    bytes
        How many words each lane has, as varints; then the lanes, 16 bits a word, low byte first.

    Examples
    --------
    >>> write_rans([0, 1], [3, 1]).hex()
    '0259550500'
    """
    symbols = list(symbols)
    lanes = LANES if len(symbols) >= MANY else 1
    words = [write_lane(symbols[lane::lanes], frequencies) for lane in range(lanes)]
    body = b"".join(word.to_bytes(2, "little") for lane in words for word in lane)
    return b"".join(varint(len(lane)) for lane in words) + body


def read_rans(data, frequencies, count):
    """What :func:`write_rans` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    frequencies : sequence of int
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    list of int

    Examples
    --------
    >>> read_rans(bytes.fromhex("0259550500"), [3, 1], 2)
    [0, 1]
    """
    (position, sizes), symbols = lane_sizes(data, count), [0] * count
    for lane, size in enumerate(sizes):
        words = [data[k] | data[k + 1] << 8 for k in range(position, position + 2 * size, 2)]
        symbols[lane :: len(sizes)] = read_lane(words, frequencies, len(symbols[lane :: len(sizes)]))
        position += 2 * size
    return symbols


def lane_sizes(data, count):
    """Where the lanes begin, and how many words each has: checked."""
    position, sizes = 0, []
    for _ in range(LANES if count >= MANY else 1):
        size, position = read_varint(data, position, len(data) // 2)
        sizes.append(size)
    if min(sizes) < 2 or position + 2 * sum(sizes) > len(data):
        raise BitstreamError(f"{len(data)} bytes: the lanes of rANS are longer, or have no state (chapter 6)")
    return position, sizes
