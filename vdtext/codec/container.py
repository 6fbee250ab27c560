"""Reading a ``.vdx`` file: its header and index, its groups one after another, and what is left of a damaged one."""

import io
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from vdtext.codec import group as groups
from vdtext.codec import model as models
from vdtext.codec import stream
from vdtext.codec.film import Film
from vdtext.codec.sheets import padded_size, unsheet
from vdtext.codec.stream import LIMIT, Header
from vdtext.errors import BitstreamError

__all__ = ["Damage", "Info", "Recovered", "info", "recover", "seek"]


@dataclass(frozen=True)
class Info:
    """What a file says about itself.

    Attributes
    ----------
    header : Header
        Size, colour, tools, frames a second.
    frames : int
        How many.
    groups : tuple of (int, int, int)
        Of each group: its first frame, how many it has, and the byte at which it begins.
    note : str
        What its encoder was told: ``"q70"`` is quality 70, ``"b100000"`` is 100 000 bits a second.
    bytes : int
        Of the whole file.
    """

    header: Header
    frames: int
    groups: tuple
    note: str
    bytes: int

    @property
    def keys(self):
        """Numbers of the frames at which decoding can begin."""
        return tuple(first for first, _, _ in self.groups)

    @property
    def duration(self):
        """Seconds, a fraction."""
        return self.frames / Fraction(self.header.fps)


@dataclass(frozen=True)
class Damage:
    """A part of a file that could not be used.

    Attributes
    ----------
    chunk : str
        Letter of the chunk's type, ``"?"`` where it cannot be told.
    offset, bytes : int
        Where it lies in the file.
    first, stop : int or None
        The frames that are lost with it, first … stop − 1; None where the file does not say.
    reason : str
        What is wrong.
    """

    chunk: str
    offset: int
    bytes: int
    first: int | None
    stop: int | None
    reason: str

    def __str__(self):
        if self.stop is None:
            lost = f"frames from {self.first} on may be lost"
        else:
            lost = "no frame lost" if self.first == self.stop else f"frames {self.first} to {self.stop - 1} lost"
        return f"bytes {self.offset} to {self.offset + self.bytes - 1}, chunk {self.chunk}: {self.reason}; {lost}"


@dataclass(frozen=True, eq=False)
class Recovered:
    """What :func:`recover` found.

    Attributes
    ----------
    film : Film
        A frame that is lost repeats the one before it, or is grey (128) if there is none.
    damages : tuple of Damage
        Empty for a file that is whole.
    """

    film: Film
    damages: tuple


@contextmanager
def opened(source):
    """A binary file, from bytes, a path or a file."""
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif isinstance(source, str | Path):
        with open(source, "rb") as file:
            yield file
    else:
        yield source


def read_head(file, limit=LIMIT):
    """The header, behind the signature."""
    if file.read(4) != stream.SIGNATURE:
        raise BitstreamError("no film of this format: it begins with 89 'VDX' (chapter 10)")
    letter, payload = stream.next_chunk(file)
    if letter != "H":
        raise BitstreamError(f"a chunk of type {letter} where the header should be (chapter 10)")
    header = stream.unpack_header(payload, limit)
    return stream.with_model(header, *stream.next_chunk(file)) if header.model else header


def read_groups(file, header, first=None):
    """The groups from here to the index: (first frame, how many, bits, bytes of the chunk, chunks before it)."""
    at, counts, others = first or 0, [], []
    while True:
        letter, payload = stream.next_chunk(file)
        stream.understood(letter)
        if letter == "I":
            _, entries = stream.unpack_index(payload)
            if first is None and [frames for frames, _ in entries] != counts:
                raise BitstreamError("the index does not fit the groups before it (chapter 10)")
            if not entries:
                raise BitstreamError("a file without frames: no encoder writes it (chapter 10)")
            return
        if letter == "H":
            raise BitstreamError("a second header (chapter 10)")
        if letter != "G":
            others.append((letter, payload))
            continue
        begins, frames, bits = stream.unpack_group(payload, header.size)
        if begins != at:
            raise BitstreamError(f"a group begins with frame {begins} where frame {at} should come (chapter 10)")
        yield begins, frames, bits, others
        at, others = at + frames, []
        counts.append(frames)


def decode_group(header, frames, bits):
    """The frames of a group, one after another: tuples of planes."""
    group = groups.begin(padded_size(header.size), header.color, header.tools, bits, models.find(header.model))
    left = frames
    while left:
        count = min(left, header.tools.gop) if group.anchors else 1
        for picture in groups.read_run(group, count):
            yield tuple(unsheet(picture, header.size, header.color))
        left -= count


def read_index(file):
    """[(first, frames, offset)] from the end of a file, or None if it has no index there."""
    if not file.seekable():
        return None
    here, length = file.tell(), file.seek(0, io.SEEK_END)
    try:
        file.seek(max(length - 8, 0))
        foot = file.read(8)
        index = length - 8 - int.from_bytes(foot[:4], "little")
        if foot[4:] != stream.FOOT or index < here:
            return None
        file.seek(index)
        letter, payload = stream.next_chunk(file)
        offset, entries = stream.unpack_index(payload)
        first, found = 0, []
        for frames, size in entries:
            found.append((first, frames, offset))
            first, offset = first + frames, offset + size
        return found if letter == "I" and found and offset == index else None
    except BitstreamError:
        return None
    finally:
        file.seek(here)


def info(source, *, limit=LIMIT):
    """What a file says about itself: from its header and index, or from all of its groups if it has none.

    Parameters
    ----------
    source : bytes, path or binary file
    limit : int
        Larger frames, in pixels, are refused.

    Returns
    -------
    Info

    Raises
    ------
    BitstreamError
        If it is no such file, or damaged.

    Examples
    --------
    >>> from vdtext import codec
    >>> about = info(codec.encode(np.full((20, 30), 9, np.uint8), quality=50))
    >>> about.frames, about.header.size, about.note, str(about.header.fps)
    (1, (20, 30), 'q50', '25')
    """
    with opened(source) as file:
        header = read_head(file, limit)
        start = file.tell() if file.seekable() else 0
        found, note, end = read_index(file), "", 0
        if found:
            while (chunk := stream.next_chunk(file))[0] not in "GI":
                stream.understood(chunk[0])
                note = chunk[1].decode("utf-8", "replace") if chunk[0] == "m" else note
            end = file.seek(0, io.SEEK_END)
        else:
            found, file = [], Counted(file, start)
            begins = start
            for first, frames, _, others in read_groups(file, header):
                skipped = sum(len(stream.chunk(*other)) for other in others)
                found.append((first, frames, begins + skipped))
                note = dict(others).get("m", note.encode()).decode("utf-8", "replace")
                begins = file.at
            end = file.at
    return Info(header, found[-1][0] + found[-1][1], tuple(found), note, end)


class Counted:
    """A file that knows how far it was read."""

    def __init__(self, file, at):
        self.file, self.at = file, at

    def read(self, count):
        """As a file's."""
        data = self.file.read(count)
        self.at += len(data)
        return data


def seek(source, frame, *, limit=LIMIT):
    """Where to begin in order to decode a frame.

    Parameters
    ----------
    source : bytes, path or binary file
    frame : int
        Its number.
    limit : int
        Larger frames, in pixels, are refused.

    Returns
    -------
    tuple of int
        Number of the last key frame that is not behind it, and the byte at which its group begins.

    Raises
    ------
    ValueError
        If there is no such frame.
    BitstreamError
        If it is no such file.

    Examples
    --------
    >>> from vdtext import codec
    >>> data = codec.encode(np.zeros((5, 8, 8), np.uint8), key=2)
    >>> seek(data, 3)[0], codec.decode(data, start=3).frames
    (2, 2)
    """
    about = info(source, limit=limit)
    if not 0 <= frame < about.frames:
        raise ValueError(f"frame {frame}: there are {about.frames}, from 0 (chapter 10)")
    first, _, offset = max(group for group in about.groups if group[0] <= frame)
    return first, offset


def recover(data, *, limit=LIMIT):
    """All that can be decoded of a damaged file, and what is lost.

    Parameters
    ----------
    data : bytes
        The file, or what is left of it.
    limit : int
        Larger frames, in pixels, are refused.

    Returns
    -------
    Recovered
        Every group that is whole is decoded; a lost frame repeats the one before it, or is grey if there is none.

    Raises
    ------
    BitstreamError
        If the header is lost, or no group is whole, or something is needed that this decoder does not know.

    Examples
    --------
    >>> from vdtext import codec
    >>> data = bytearray(codec.encode(np.zeros((4, 8, 8), np.uint8), key=2))
    >>> data[seek(data, 2)[1] + 6] ^= 1
    >>> found = recover(bytes(data))
    >>> found.film.frames, [(damage.chunk, damage.first, damage.stop) for damage in found.damages]
    (4, [('?', 2, 4)])
    """
    chunks, damages = scan(bytes(data))
    header = next((stream.unpack_header(payload, limit) for _, _, letter, payload in chunks if letter == "H"), None)
    if header is None:
        raise BitstreamError("the header is lost, and without it nothing can be decoded (chapter 10)")
    if header.model:
        named = next(((letter, payload) for _, _, letter, payload in chunks if letter == "M"), ("?", b""))
        header = stream.with_model(header, *named)
        models.find(header.model)
        chunks = [chunk for chunk in chunks if chunk[2] != "M"]
    whole, total = [], 0
    for offset, size, letter, payload in chunks:
        stream.understood(letter)
        try:
            if letter == "G":
                whole.append((*recovered_group(header, payload, len(data), whole), offset))
            elif letter == "I":
                total = sum(frames for frames, _ in stream.unpack_index(payload)[1])
                if stream.price(total, header.size) > len(data):
                    total = 0
                    raise BitstreamError("more frames than the bytes can pay for")
        except BitstreamError as error:
            damages.append((offset, size, letter, str(error)))
    if not whole:
        raise BitstreamError("no group of the file is whole (chapter 10)")
    whole.sort(key=lambda group: group[0])
    film, gaps = filled(header, whole, total)
    return Recovered(film, tuple(reported(sorted(damages), whole, gaps, len(data), total)))


def scan(data):
    """All chunks whose checksums fit, [(offset, size, letter, payload)], and what lies between, with the reasons."""
    file, at, chunks, damages, patience = io.BytesIO(data), 0, [], [], 16 * len(data) + (1 << 20)
    if data[:4] == stream.SIGNATURE:
        at = 4
    broken = None
    while at < len(data) and patience > 0:
        file.seek(at)
        try:
            letter, payload = stream.next_chunk(file)
        except BitstreamError as error:
            broken = broken or (at, str(error))
            patience -= file.tell() - at
            at = data.find(stream.MARK, at + 1)
            at = len(data) if at < 0 else at
            continue
        if broken:
            damages.append((broken[0], at - broken[0], "?", broken[1]))
            broken = None
        chunks.append((at, file.tell() - at, letter, payload))
        at = file.tell()
        if letter == "I":
            return chunks, damages
    start, reason = broken or (at, "the file ends before its index (chapter 10)")
    damages.append((start, len(data) - start, "?", reason))
    return chunks, damages


def recovered_group(header, payload, length, whole):
    """(first, frames, planes) of a group, decoded."""
    first, frames, bits = stream.unpack_group(payload, header.size)
    if stream.price(first + frames, header.size) > length:
        raise BitstreamError(f"a group at frame {first}: more frames than the bytes can pay for (chapter 10)")
    if any(first < other[0] + other[1] and other[0] < first + frames for other in whole):
        raise BitstreamError(f"frames {first} to {first + frames - 1} are there twice (chapter 10)")
    return first, frames, list(decode_group(header, frames, bits))


def filled(header, whole, total):
    """A film of the groups, and the gaps between them, [(first, stop, offset of the group behind it)]."""
    total = max([total, *(first + frames for first, frames, _, _ in whole)])
    h, w = header.size
    shapes = [(h, w)] + 2 * header.color * [(-(-h // 2), -(-w // 2))]
    planes, at, gaps = [np.full((total, *shape), 128, np.uint8) for shape in shapes], 0, []
    for first, frames, pictures, offset in [*whole, (total, 0, [], None)]:
        if first > at:
            gaps.append((at, first, offset))
        for plane, parts in zip(planes, zip(*pictures, strict=True), strict=True) if pictures else ():
            plane[first : first + frames] = parts
        for plane in planes:
            plane[at:first] = plane[at - 1] if at else 128
        at = first + frames
    return Film(tuple(planes), header.fps, header.matrix, header.full), gaps


def reported(damages, whole, gaps, length, total):
    """Damages, each with the frames that are missing where it lies."""
    ends = sorted((offset, first, first + frames) for first, frames, _, offset in whole)
    last = max(first + frames for first, frames, _, _ in whole)
    for offset, size, letter, reason in damages:
        before = max((stop for place, _, stop in ends if place < offset), default=0)
        after = min((first for place, first, _ in ends if place > offset), default=None)
        stop = after if after is not None else total if total else None
        lost = [(a, b) for a, b, _ in gaps if a >= before and (stop is None or b <= stop)]
        if lost:
            yield Damage(letter, offset, size, lost[0][0], lost[-1][1], reason)
        elif stop is None and letter == "?":
            yield Damage(letter, offset, size, last, None, reason)
        else:
            yield Damage(letter, offset, size, before, before, reason)
