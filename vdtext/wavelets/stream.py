"""The byte format of pictures, version 1: a header of some ten bytes, then the embedded stream.

=========  =============================================================================================================
bytes      meaning
=========  =============================================================================================================
2          "VW"
1          version, 1
1          0 grey, 1 colour 4:2:0, 2 colour 4:4:4; without loss 4 grey, 6 colour
numbers    height, width; with loss also: step of luma in 1/64, step of chroma in 1/64 (0 of grey), and the points of
           magnitude 1 and of larger ones in 1/64 of a step; bytes of the stream
stream     one message of the adaptive binary coder: bit planes of each band, then these planes
=========  =============================================================================================================

A number is written seven bits at a time, the lowest first; a byte of 128 or more says that another one follows.
"""

from dataclasses import astuple, dataclass

from vdtext.errors import BitstreamError
from vdtext.wavelets.components import MODES

__all__ = ["LIMIT", "Header", "pack", "unpack"]

MAGIC, VERSION = b"VW", 1
LIMIT = 1 << 25
"""At most so many pixels."""
SIDE, STEP = 1 << 20, 1 << 16


@dataclass(frozen=True)
class Header:
    """What a decoder is told before the stream.

    Attributes
    ----------
    mode : str
        "grey", "4:2:0" or "4:4:4".
    lossless : bool
        5/3 and reversible colour, or 9/7.
    height, width : int
        In pixels.
    step, chroma_step : int
        In 1/64 of a grey value; 0 where there is none.
    point_one, point_more : int
        By how much, in 1/64 of a step, magnitudes of 1 and larger ones are moved towards zero.
    length : int
        Bytes of the stream.

    Examples
    --------
    >>> Header("grey", True, 2, 3, 0, 0, 0, 0, 9).length
    9
    """

    mode: str
    lossless: bool
    height: int
    width: int
    step: int
    chroma_step: int
    point_one: int
    point_more: int
    length: int


def pack(header):
    """The bytes of a header.

    Parameters
    ----------
    header : Header
        What to say.

    Returns
    -------
    bytes

    Examples
    --------
    >>> pack(Header("grey", True, 2, 300, 0, 0, 0, 0, 9)).hex(" ")
    '56 57 01 04 02 ac 02 09'
    """
    numbers = astuple(header)[2:]
    if header.lossless:
        numbers = (*numbers[:2], numbers[-1])
    head = bytes([*MAGIC, VERSION, MODES.index(header.mode) + 4 * header.lossless])
    return head + b"".join(map(written, numbers))


def written(number):
    """A number of at most 35 bits, seven bits at a time, the lowest first.

    Parameters
    ----------
    number : int
        0 or more.

    Returns
    -------
    bytes

    Examples
    --------
    >>> written(300).hex(" ")
    'ac 02'
    """
    out = bytearray()
    while number >= 128:
        out.append(128 | number & 127)
        number >>= 7
    return bytes([*out, number])


def number_at(data, place):
    """Read a number that :func:`written` wrote.

    Parameters
    ----------
    data : bytes
        Where it lies.
    place : int
        Its first byte.

    Returns
    -------
    (int, int)
        The number, and the place behind it.

    Raises
    ------
    BitstreamError
        If the bytes end, or it is too long.

    Examples
    --------
    >>> number_at(bytes([172, 2, 9]), 0)
    (300, 2)
    """
    number = 0
    for k, byte in enumerate(data[place : place + 5]):
        number |= (byte & 127) << 7 * k
        if byte < 128:
            return number, place + k + 1
    raise BitstreamError("the header is cut, or has a number of more than 35 bits (chapter 7)")


def unpack(data, limit=LIMIT):
    """Read a header, and find the stream.

    Parameters
    ----------
    data : bytes
        What :func:`pack` made, then the stream.
    limit : int
        Pixels.

    Returns
    -------
    (Header, bytes)
        The stream has at most the length that the header names.

    Raises
    ------
    BitstreamError
        If this is no header, or one of a picture that is too large.

    Examples
    --------
    >>> unpack(bytes.fromhex("565701040203020102ff"))[1].hex()
    '0102'
    """
    data = bytes(data)
    if data[:2] != MAGIC or len(data) < 4:
        raise BitstreamError("no picture of this format: it begins with VW (chapter 7)")
    if data[2] != VERSION or data[3] not in (0, 1, 2, 4, 6):
        raise BitstreamError(f"version {data[2]}, mode {data[3]}: known are version 1, modes 0, 1, 2, 4, 6 (chapter 7)")
    lossless, place, numbers = data[3] >= 4, 4, []
    for _ in range(3 if lossless else 7):
        number, place = number_at(data, place)
        numbers.append(number)
    numbers = [*numbers[:2], 0, 0, 0, 0, numbers[2]] if lossless else numbers
    header = Header(MODES[data[3] & 3], lossless, *numbers)
    good = 0 < header.height <= SIDE and 0 < header.width <= SIDE and header.height * header.width <= min(limit, LIMIT)
    steps = [header.step] if header.mode == "grey" else [header.step, header.chroma_step]
    good = good and (lossless or all(0 < step < STEP for step in steps))
    if not good or max(header.point_one, header.point_more) > 32:
        raise BitstreamError(f"{header}: a size or a step that no encoder writes (chapter 7)")
    return header, data[place : place + header.length]
