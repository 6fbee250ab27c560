"""The bytes of a ``.vdx`` file, version 1: chunks, and what stands in them.

=========  =============================================================================================================
bytes      meaning of a chunk
=========  =============================================================================================================
2          c5 5c, where to begin again after damage
1          letter of its type: a capital must be understood, a small letter may be skipped
number     bytes of what follows
…          the payload
4          CRC-32 of letter, number and payload, low byte first
=========  =============================================================================================================

A file is the signature 89 "VDX", the header ``H``, groups ``G``, the index ``I``, and eight bytes that say how long the
index is.  The appendix *The format .vdx* has every byte.  A number is written seven bits at a time, the lowest first.
"""

import zlib
from dataclasses import dataclass, replace
from fractions import Fraction

from vdtext.codec.group import Tools
from vdtext.codec.model import Name
from vdtext.codec.sheets import padded_size
from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError

__all__ = ["LIMIT", "Header"]

SIGNATURE, MARK, FOOT, VERSION = b"\x89VDX", b"\xc5\x5c", b"XDV\x89", 1
TRAINED = 2
"""The version of a file that needs trained weights: a chunk ``M`` that names them follows the header."""
LIMIT = 1 << 23
"""Pixels of a frame that a decoder takes without being asked to take more."""
MOST = (1 << 31) - 1
MATRICES = ("", "bt601", "bt709", "bt2020ncl")
RESERVED = {"A": "sound", "E": "encryption", "M": "models", "S": "segments"}
LONGEST_RUN = 64
PIECE = 1 << 20
PARTS = ("primed", "corrected", "between")
"""Tools that the chunk ``M`` switches, from its lowest bit on."""


@dataclass(frozen=True)
class Header:
    """What a decoder is told first.

    Attributes
    ----------
    size : tuple of int
        (H, W) of luma in pixels.
    color : bool
        Whether there are two planes of chroma, of half the width and height.
    tools : Tools
        Of these `gop`, `mixing`, `filtering`, `cascade` and `lossless`.
    fps : Fraction
        Frames a second.
    matrix : {"", "bt601", "bt709", "bt2020ncl"}
    full : bool
        Whether values use the full range.
    model : Name or None
        The trained weights that are needed (chapter 13).
    """

    size: tuple[int, int]
    color: bool
    tools: Tools
    fps: Fraction = Fraction(25)
    matrix: str = ""
    full: bool = False
    model: Name | None = None


def chunk(letter, payload):
    """The bytes of a chunk."""
    body = letter.encode() + varint(len(payload)) + payload
    return MARK + body + zlib.crc32(body).to_bytes(4, "little")


def take(source, count, what):
    """Exactly so many bytes of a file; memory grows with what is there."""
    parts, left = [], count
    while left:
        parts.append(source.read(min(left, PIECE)))
        if not parts[-1]:
            raise BitstreamError(f"the file ends inside {what} (chapter 10)")
        left -= len(parts[-1])
    return b"".join(parts)


def next_chunk(source):
    """Read a chunk: (letter, payload), checked."""
    if take(source, 2, "a chunk's mark") != MARK:
        raise BitstreamError("no chunk begins where one should: c5 5c (chapter 10)")
    body = take(source, 1, "a chunk's head")
    letter = chr(body[0])
    if not (body[0] < 128 and letter.isalpha()):
        raise BitstreamError(f"a chunk of type {body[0]}: types are letters (chapter 10)")
    while len(body) < 6 and (len(body) == 1 or body[-1] > 127):
        body += take(source, 1, "a chunk's head")
    length, _ = read_varint(body, 1, MOST)
    payload = take(source, length, f"a chunk of type {letter}")
    if zlib.crc32(payload, zlib.crc32(body)) != int.from_bytes(take(source, 4, "a checksum"), "little"):
        raise BitstreamError(f"a chunk of type {letter} is damaged: its checksum is another (chapter 10)")
    return letter, payload


def understood(letter):
    """Refuse chunks that must be understood and are not."""
    if letter.isupper() and letter not in "HGI":
        meant = RESERVED.get(letter, "something newer")
        raise BitstreamError(
            f"a chunk of type {letter} ({meant}) has to be understood to decode this file (chapter 10)"
        )


def pack_header(header):
    """Payload of the chunk ``H``."""
    tools, fps = header.tools, Fraction(header.fps)
    bits = (header.color, header.full, tools.lossless, tools.mixing, tools.filtering, tools.cascade)
    flags = sum(1 << k for k, bit in enumerate(bits) if bit) | MATRICES.index(header.matrix) << 6
    numbers = (*header.size, tools.gop, fps.numerator, fps.denominator)
    return bytes([TRAINED if header.model else VERSION, flags]) + b"".join(varint(number) for number in numbers)


def unpack_header(payload, limit=LIMIT):
    """The header of the chunk ``H``; a frame of more pixels than the limit is refused."""
    if not payload or payload[0] not in (VERSION, TRAINED):
        version = payload[0] if payload else "none"
        raise BitstreamError(f"version {version} of .vdx; known are {VERSION} and {TRAINED} (chapter 10)")
    at, numbers = 2, []
    for _ in range(5):
        number, at = read_varint(payload, at, MOST)
        numbers.append(number)
    h, w, gop, numerator, denominator = numbers
    if at != len(payload) or min(numbers) < 1 or gop > LONGEST_RUN:
        raise BitstreamError(
            f"a header with {h} × {w} pixels, runs of {gop}, {len(payload) - at} bytes more: no writes it (chapter 10)"
        )
    rows, columns = padded_size((h, w))
    if rows * columns > limit:
        raise BitstreamError(f"{h} × {w} pixels are more than the limit of {limit}; raise it with limit= (chapter 10)")
    color, full, lossless, mixing, filtering, cascade = (bool(payload[1] >> k & 1) for k in range(6))
    tools = Tools(gop=gop, mixing=mixing, filtering=filtering, cascade=cascade, lossless=lossless)
    model = Name("", b"") if payload[0] == TRAINED else None  # named by the chunk that follows
    return Header((h, w), color, tools, Fraction(numerator, denominator), MATRICES[payload[1] >> 6], full, model)


def pack_model(header):
    """Payload of the chunk ``M``: which parts are used, eight bytes of a SHA-256, and the id of the weights."""
    return (
        bytes([sum(getattr(header.tools, name) << k for k, name in enumerate(PARTS))])
        + header.model.digest
        + header.model.id.encode()
    )


def with_model(header, letter, payload):
    """The header of a file that needs trained weights, with their name from the chunk ``M``."""
    id = payload[9:].decode("ascii", "replace")
    if letter != "M" or not (
        10 <= len(payload) <= 73 and payload[0] < 1 << len(PARTS) and id.isascii() and id.isprintable()
    ):
        raise BitstreamError("the name of the trained weights that this file needs is not there (chapter 13)")
    tools = replace(header.tools, **{name: bool(payload[0] >> k & 1) for k, name in enumerate(PARTS)})
    return replace(header, tools=tools, model=Name(id, payload[1:9]))


def pack_group(first, frames, size, bits):
    """Payload of a chunk ``G``: first frame, how many, and the arithmetic-coded bits, at least as many as they pay."""
    return varint(first) + varint(frames) + bits.ljust(price(frames, size), b"\0")


def unpack_group(payload, size):
    """(first frame, how many, bits); there are no more frames than the bytes can pay for."""
    first, at = read_varint(payload, 0, MOST)
    frames, at = read_varint(payload, at, MOST)
    if not frames or price(frames, size) > len(payload) - at:
        raise BitstreamError(
            f"a group of {frames} frames in {len(payload) - at} bytes: no encoder writes it (chapter 10)"
        )
    return first, frames, payload[at:]


def price(frames, size):
    """Bytes that a group has at least: one for 32768 pixels, a frame counted as 4096 more than it has.

    So the time and memory that a file can ask for are bounded by its length.
    """
    rows, columns = padded_size(size)
    return frames * (rows * columns + 4096) >> 15


def pack_index(entries, start):
    """Payload of the chunk ``I``: groups, where the first begins; of each its frames, and bytes to what follows it."""
    return b"".join(map(varint, [len(entries), start, *(number for entry in entries for number in entry)]))


def unpack_index(payload):
    """(place of the first group, list of (frames, bytes))."""
    count, at = read_varint(payload, 0, len(payload))
    start, at = read_varint(payload, at, 1 << 34)
    entries = []
    for _ in range(count):
        frames, at = read_varint(payload, at, MOST)
        length, at = read_varint(payload, at, MOST)
        entries.append((frames, length))
        if not frames or not length:
            raise BitstreamError("the index has a group of nothing: no encoder writes it (chapter 10)")
    if at != len(payload):
        raise BitstreamError("the index has bytes to spare: no encoder writes it (chapter 10)")
    return start, entries


def footer(length):
    """The last eight bytes of a file: how long the index's chunk is."""
    return length.to_bytes(4, "little") + FOOT
