"""The byte format of learned pictures, version 1: a header of some twenty bytes, then one message of the range coder.

=========  =============================================================================================================
bytes      meaning
=========  =============================================================================================================
2          "VL"
1          version, 1
1          length of the model's name
…          the model's name, ASCII: a key of ``data/weights/models.json``
3          the first bytes of the SHA-256 of its file
1          quality, 0 to 100
numbers    height, width: seven bits in a byte, the lowest first; 128 says that another byte follows
2          check: the lowest 16 bits of the CRC-32 of the message, the low byte first
message    the side information, then the ten groups of numbers: :mod:`vdtext.learned.rows`
=========  =============================================================================================================
"""

import re
import zlib
from dataclasses import dataclass

from vdtext.errors import BitstreamError
from vdtext.wavelets.stream import number_at, written

__all__ = ["LIMIT", "Header", "pack", "unpack"]

MAGIC, VERSION = b"VL", 1
LIMIT = 1 << 24
"""At most so many pixels."""
SIDE = 1 << 16
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Header:
    """What a decoder is told before the message.

    Attributes
    ----------
    model : str
        Id of the weights.
    sha : bytes
        Three bytes.
    quality : int
        0 to 100.
    height, width : int
        In pixels.

    Examples
    --------
    >>> Header("lapped", b"abc", 50, 144, 176).width
    176
    """

    model: str
    sha: bytes
    quality: int
    height: int
    width: int


def pack(header, message):
    """A whole file.

    Parameters
    ----------
    header : Header
    message : bytes

    Returns
    -------
    bytes

    Examples
    --------
    >>> pack(Header("a", b"xyz", 50, 2, 300), b"?").hex(" ")
    '56 4c 01 01 61 78 79 7a 32 02 ac 02 b0 c2 3f'
    """
    name = header.model.encode("ascii")
    head = bytes([*MAGIC, VERSION, len(name)]) + name + header.sha + bytes([header.quality])
    check = (zlib.crc32(message) & 0xFFFF).to_bytes(2, "little")
    return head + written(header.height) + written(header.width) + check + message


def unpack(data, limit=LIMIT):
    """Read a file.

    Parameters
    ----------
    data : bytes
    limit : int
        Pixels.

    Returns
    -------
    (Header, bytes)
        And the message.

    Raises
    ------
    BitstreamError
        If no encoder writes this, the picture is too large, or the message is damaged.

    Examples
    --------
    >>> unpack(pack(Header("a", b"xyz", 50, 2, 300), b"?"))[0].width
    300
    """
    data = bytes(data)
    if data[:2] != MAGIC or len(data) < 5 or data[2] != VERSION:
        raise BitstreamError("no learned picture: it begins with VL and version 1 (chapter 13)")
    end = 4 + data[3]
    name = data[4:end].decode("latin-1")
    if not NAME.fullmatch(name) or len(data) < end + 6 or data[end + 3] > 100:
        raise BitstreamError("the header is cut, or names no model or quality (chapter 13)")
    height, place = number_at(data, end + 4)
    width, place = number_at(data, place)
    if not (0 < height <= SIDE and 0 < width <= SIDE and height * width <= min(limit, LIMIT)):
        raise BitstreamError(f"a picture of {height} by {width}: up to {min(limit, LIMIT)} pixels (chapter 13)")
    message = data[place + 2 :]
    if zlib.crc32(message) & 0xFFFF != int.from_bytes(data[place : place + 2], "little") or not message:
        raise BitstreamError("the message is damaged: its check is another one (chapter 13)")
    return Header(name, data[end : end + 3], data[end + 3], height, width), message
