"""The byte format of pictures, version 1: a header of some ten bytes, then one message of the adaptive binary coder.

=========  =============================================================================================================
bytes      meaning
=========  =============================================================================================================
2          "VI"
1          version, 1
1          mask: 0 free, 1 tree; plus 2 for edge-enhancing diffusion, or 4 for biharmonic
numbers    height, width, step in 1/16, contrast in 1/16 (0 without edges), bytes of the message
message    of a tree: its decisions and values; of a free mask: the mask, then its values
=========  =============================================================================================================

A number is written seven bits at a time, the lowest first; a byte of 128 or more says that another one follows.
"""

from dataclasses import dataclass

from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError

__all__ = ["LIMIT", "Header", "pack", "unpack"]

MAGIC, VERSION = b"VI", 1
LIMIT, SIDE = 1 << 24, 1 << 16
"""At most so many pixels, rows, columns."""
STEP = 1 << 13
CODES = {0: "homogeneous", 2: "eed", 4: "biharmonic"}


@dataclass(frozen=True)
class Header:
    """What a decoder is told before the message.

    Attributes
    ----------
    tree : bool
        Or a mask without structure.
    operator : str
        That fills in.
    height, width : int
        In pixels.
    step, contrast : int
        In 1/16 of a grey value.
    length : int
        Bytes of the message.

    Examples
    --------
    >>> Header(True, "eed", 2, 3, 160, 192, 9).length
    9
    """

    tree: bool
    operator: str
    height: int
    width: int
    step: int
    contrast: int
    length: int


def pack(header):
    """The bytes of a header.

    Parameters
    ----------
    header : Header

    Returns
    -------
    bytes

    Examples
    --------
    >>> pack(Header(True, "eed", 2, 300, 160, 192, 9)).hex(" ")
    '56 49 01 03 02 ac 02 a0 01 c0 01 09'
    """
    code = next(code for code, name in CODES.items() if name == header.operator)
    numbers = header.height, header.width, header.step, header.contrast, header.length
    return MAGIC + bytes([VERSION, code + header.tree]) + b"".join(map(varint, numbers))


def unpack(data, limit=LIMIT):
    """Read a header, and find the message.

    Parameters
    ----------
    data : bytes
        What :func:`pack` made, then the message; what follows that is left out.
    limit : int
        Pixels.

    Returns
    -------
    (Header, bytes)

    Raises
    ------
    BitstreamError
        If this is no header, one of a picture that is too large, or the message was cut.

    Examples
    --------
    >>> unpack(bytes.fromhex("5649010102030f000201027f"))[1].hex()
    '0102'
    """
    data = bytes(data)
    if data[:2] != MAGIC or len(data) < 4:
        raise BitstreamError("no picture of this format: it begins with VI (chapter 8)")
    if data[2] != VERSION or data[3] & ~1 not in CODES:
        raise BitstreamError(f"version {data[2]}, kind {data[3]}: known are version 1, kinds 0 to 5 (chapter 8)")
    place, numbers = 4, []
    for most in (SIDE, SIDE, STEP, STEP, 1 << 30):
        number, place = read_varint(data, place, most)
        numbers.append(number)
    header = Header(bool(data[3] & 1), CODES[data[3] & ~1], *numbers)
    if not (header.height * header.width and header.step) or header.height * header.width > min(limit, LIMIT):
        raise BitstreamError(f"{header}: a size or a step that no encoder writes, or too large (chapter 8)")
    if (header.operator == "eed") != (header.contrast > 0) or len(data) < place + header.length:
        raise BitstreamError(f"{header}: cut, or a contrast that no encoder writes (chapter 8)")
    return header, data[place : place + header.length]
