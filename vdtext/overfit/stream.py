"""The byte format, version 1: a header of about a dozen bytes, then one message of the range coder.

=========  =============================================================================================================
bytes      meaning
=========  =============================================================================================================
2          "VO"
1          version, 1
numbers    height, width, kind, levels, hidden, features, bytes of the message
vectors    of each predicted frame: the number of bytes, and vectors (:func:`vdtext.motion.encode_vectors`)
message    the weights, tensor by tensor; then the latents, frame by frame, from the coarsest grid to the finest
=========  =============================================================================================================

The kind is 0 for a picture, 1 for a frame that is predicted from one that the decoder has, and 2 to 255 the number of
frames in a group, of which each but the first is predicted from the one before; with 256 added, the first one is
predicted as well, from a frame that the decoder has.  A number is written seven bits at a time, the lowest first; a
byte of 128 or more says that another one follows.  A tensor is its precision + 4 (4 bits) and the number of a width (7
bits), all alike probable, then the differences of its numbers from their defaults, each as the events of
:mod:`vdtext.overfit.laplace` with that width and the middle 0.
"""

from dataclasses import astuple, dataclass

from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError
from vdtext.overfit.network import Shape

__all__ = ["FRAMES", "LIMIT", "Header", "pack", "unpack"]

MAGIC, VERSION = b"VO", 1
LIMIT, SIDE, FRAMES = 1 << 22, 1 << 16, 255
"""At most so many pixels in all frames, pixels in a row or column, frames."""


@dataclass(frozen=True)
class Header:
    """What a decoder is told before the message.

    Attributes
    ----------
    height, width : int
        In pixels.
    kind : int
        0 a picture, 1 a frame after another one, 2 to 255 the frames of a group, 256 more if it is after a frame.
    levels, hidden, features : int
        As in :class:`vdtext.overfit.network.Shape`.
    length : int
        Bytes of the message.

    Examples
    --------
    >>> Header(2, 3, 0, 6, 8, 12, 9).shape.predicted
    False
    """

    height: int
    width: int
    kind: int
    levels: int
    hidden: int
    features: int
    length: int

    @property
    def shape(self):
        """Of the networks."""
        return Shape(self.levels, self.hidden, self.features, self.kind > 0)

    @property
    def frames(self):
        """How many there are."""
        return max(self.kind % (FRAMES + 1), 1)

    @property
    def follows(self):
        """Whether the decoder needs a frame before."""
        return self.kind == 1 or self.kind > FRAMES

    @property
    def predicted(self):
        """How many of them have vectors."""
        return self.frames if self.follows else self.frames - 1


def pack(header, vectors=()):
    """The bytes before the message.

    Parameters
    ----------
    header : Header
    vectors : sequence of bytes
        Of each predicted frame.

    Returns
    -------
    bytes

    Examples
    --------
    >>> pack(Header(2, 300, 0, 6, 8, 12, 9)).hex(" ")
    '56 4f 01 02 ac 02 00 06 08 0c 09'
    """
    numbers = b"".join(map(varint, astuple(header)))
    return MAGIC + bytes([VERSION]) + numbers + b"".join(varint(len(part)) + part for part in vectors)


def unpack(data, limit=LIMIT):
    """Read what :func:`pack` wrote, and find the message.

    Parameters
    ----------
    data : bytes
        What follows the message is left out.
    limit : int
        Pixels of all frames.

    Returns
    -------
    (Header, list of bytes, bytes)
        The header, the vectors of each predicted frame, the message.

    Raises
    ------
    BitstreamError
        If this is no header, one of a picture that is too large, or the file was cut.

    Examples
    --------
    >>> unpack(bytes.fromhex("564f01020300060a0c0201027f"))[2].hex()
    '0102'
    """
    data = bytes(data)
    if data[:2] != MAGIC or data[2:3] != bytes([VERSION]):
        raise BitstreamError("no picture of this format: it begins with VO and version 1 (chapter 13)")
    place, numbers = 3, []
    for most in (SIDE, SIDE, 2 * FRAMES + 1, 8, 32, 64, 1 << 30):
        number, place = read_varint(data, place, most)
        numbers.append(number)
    header = Header(*numbers)
    pixels = header.height * header.width * header.frames
    if not 0 < pixels <= min(limit, LIMIT) or not header.levels * header.hidden * header.features:
        raise BitstreamError(f"{header}: a size that no encoder writes, or above {limit} pixels (chapter 13)")
    vectors = []
    for _ in range(header.predicted):
        length, place = read_varint(data, place, 1 << 20)
        vectors.append(data[place : place + length])
        place += length
    if len(data) < place + header.length:
        raise BitstreamError(f"{header}: the message was cut (chapter 13)")
    return header, vectors, data[place : place + header.length]
