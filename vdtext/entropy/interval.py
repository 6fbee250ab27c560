"""The range coder: a message is one number, and every symbol narrows the interval in which that number lies.

The interval is [low, low + width).  Both are integers of 32 bits that slide along the number: whenever the first byte
of `low` can only change by a carry, it is written and both move up by 8 bits.  A carry adds 1 to bytes that are written
already; it never runs past the first one, since low + width never exceeds the interval that the coder began with.
"""

from vdtext.errors import BitstreamError

__all__ = ["carry", "decode_interval", "encode_interval", "finish", "locate", "start_decoder", "start_encoder"]

MASK = (1 << 32) - 1
LEAST = 1 << 24
"""The width never stays below: it would no longer resolve a probability of 1/65536."""
AHEAD = 3
"""So many bytes may a decoder ask for behind the end: it holds four, and the encoder leaves out up to three."""


def start_encoder():
    """The interval that every message begins with.

    Returns
    -------
    list of int
        [low, width] = [0, 2³² − 1].

    Examples
    --------
    >>> start_encoder()
    [0, 4294967295]
    """
    return [0, MASK]


def carry(out):
    """Add 1 to the number that has been written so far.

    Parameters
    ----------
    out : bytearray
        Changed in place; not all of it is 255.

    Examples
    --------
    >>> out = bytearray([7, 255, 255])
    >>> carry(out)
    >>> list(out)
    [8, 0, 0]
    """
    last = len(out) - 1
    while out[last] == 255:
        out[last] = 0
        last -= 1
    out[last] += 1


def encode_interval(coder, out, start, end, precision):
    """Narrow the interval to the part that belongs to a symbol: from start/2ᵖ to end/2ᵖ of its width.

    .. math:: low' = low + ⌊width·start/2ᵖ⌋,  width' = ⌊width·end/2ᵖ⌋ − ⌊width·start/2ᵖ⌋

    Parameters
    ----------
    coder : list of int
        [low, width], changed in place.
    out : bytearray
        Receives the bytes that are settled.
    start, end : int
        0 <= start < end <= 2ᵖ: the symbol has the probability (end − start)/2ᵖ.
    precision : int
        p, from 1 to 16.

    References
    ----------
    Martin, Range encoding: an algorithm for removing redundancy from a digitised message, Video and Data Recording
    Conference (1979).

    Examples
    --------
    >>> coder, out = start_encoder(), bytearray()
    >>> encode_interval(coder, out, 1, 2, 1)  # the upper half
    >>> coder, list(out)
    ([2147483647, 2147483648], [])
    """
    low, width = coder
    bottom, top = width * start >> precision, width * end >> precision
    low, width = low + bottom, top - bottom
    if low > MASK:
        carry(out)
        low &= MASK
    while width < LEAST:
        out.append(low >> 24)
        low, width = low << 8 & MASK, width << 8
    coder[:] = low, width


def finish(coder, out):
    """Write the one or two bytes that name a number inside the interval, whatever follows them.

    Parameters
    ----------
    coder : list of int
        [low, width].
    out : bytearray
        Changed in place.

    Examples
    --------
    >>> out = bytearray()
    >>> finish([0x12345678, 0x02000000], out)  # 0x13… lies inside for every continuation
    >>> out.hex()
    '13'
    """
    low, width = coder
    for shift in (24, 16):
        number = low + (1 << shift) - 1 >> shift
        if (number + 1 << shift) <= low + width:
            break
    if number >> 32 - shift:
        carry(out)
    out += (number & (1 << 32 - shift) - 1).to_bytes(4 - shift // 8, "big")


def start_decoder(data):
    """The decoder's state: how far the number lies above `low`, the width, and the bytes that were read.

    Parameters
    ----------
    data : bytes
        A stream; behind its end zeros are read.

    Returns
    -------
    list of int
        [code, width, position].

    Raises
    ------
    BitstreamError
        If the number lies outside of the interval that every message begins with.

    Examples
    --------
    >>> start_decoder(b"abcde")
    [1633837924, 4294967295, 4]
    """
    code = int.from_bytes(bytes(data[:4]).ljust(4, b"\0"), "big")
    if code == MASK:
        raise BitstreamError("the stream begins with four bytes 255, which no range coder writes (chapter 6)")
    return [code, MASK, 4]


def locate(coder, precision):
    """Where in 0 … 2ᵖ − 1 the number lies: the symbol whose part of the interval holds this place is the next one.

    Parameters
    ----------
    coder : list of int
        [code, width, position].
    precision : int
        p, from 1 to 16.

    Returns
    -------
    int
        The largest t with ⌊width·t/2ᵖ⌋ <= code.

    Examples
    --------
    >>> locate([128, 256, 4], 1)
    1
    """
    code, width, _ = coder
    return ((code + 1 << precision) - 1) // width


def decode_interval(coder, data, start, end, precision):
    """Narrow the interval as the encoder did, and read on.

    Parameters
    ----------
    coder : list of int
        [code, width, position], changed in place.
    data : bytes
        The stream.
    start, end, precision : int
        As for :func:`encode_interval`, of the symbol that was found.

    Raises
    ------
    BitstreamError
        If the stream ended long before.

    Examples
    --------
    >>> coder = start_decoder(bytes([255, 7]))
    >>> locate(coder, 8)
    255
    >>> decode_interval(coder, bytes([255, 7]), 255, 256, 8)
    >>> locate(coder, 8)
    7
    """
    code, width, position = coder
    bottom, top = width * start >> precision, width * end >> precision
    code, width = code - bottom, top - bottom
    while width < LEAST:
        code = code << 8 | (data[position] if position < len(data) else 0)
        width, position = width << 8, position + 1
    if position > len(data) + AHEAD:
        raise BitstreamError(f"the stream of {len(data)} bytes ends before its last symbol (chapter 6)")
    coder[:] = code, width, position
