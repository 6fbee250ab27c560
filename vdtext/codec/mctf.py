"""The wavelet's way: motion-compensated temporal filtering, open loop, and the picture coder of chapter 7 on its bands.

Along the motion a group of frames is lifted by the 5/3 wavelet: what is odd is predicted from its neighbours, what is
even learns from the error; then the same with the even ones.  All arithmetic of the decoder is of integers.  A file is
"VT" 1; the numbers frames, height, width, frames of a group, whether there is an update; and of each group a number of
bytes, its vectors, and a number of bytes and a stream for each temporal level, the finest first.
"""

import numpy as np

from vdtext import motion, wavelets
from vdtext._progress import progress
from vdtext.codec.stream import LIMIT, price
from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError
from vdtext.wavelets.layout import gather, layout, scatter

__all__ = ["lift", "mctf_decode", "mctf_encode", "unlift"]

MAGIC, BLOCK, LONGEST = b"VT\x01", 16, 64


def byte(picture):
    """As a frame: rounded off to 0…255."""
    return np.clip(picture, 0, 255).astype(np.uint8)


def fetch(picture, vectors):
    """A frame along the motion, in integers."""
    return motion.compensate(byte(picture), vectors, block=BLOCK, overlap="raised").astype(np.int32)


def guess(even, k, fields):
    """What the even frames say of odd frame k: the mean of both neighbours along the motion, or the left one alone."""
    sides = [fetch(even[k + side], fields[k][side]) for side in range(len(fields[k]))]
    return sides[0] if len(sides) == 1 else (sides[0] + sides[1] + 1) >> 1


def correction(high, k, fields):
    """A quarter of the errors on both sides of even frame k, fetched against the motion; at an end, one twice."""
    beside = [(j, side) for j, side in ((k - 1, 1), (k, 0)) if 0 <= j < len(high) and side < len(fields[j])]
    sides = [fetch(high[j] + 128, -fields[j][side]) - 128 for j, side in beside]
    return (sum(sides) * (3 - len(sides)) + 2) >> 2


def lift(frames, *, update, fields=None):
    """One temporal level of 5/3 lifting along the motion.

    .. math:: h_k = x_{2k+1} − ½(P_k x_{2k} + P'_k x_{2k+2}),  l_k = x_{2k} + ¼(U_{k−1} h_{k−1} + U_k h_k)

    Parameters
    ----------
    frames : list of ndarray (H, W), int32
    update : bool
        Whether even frames learn from the errors; without it the low frames are the even ones.
    fields : list, optional
        Vectors of each odd frame to its neighbours, for blocks of 16; they are searched if they are not given.

    Returns
    -------
    (list, list, list)
        Low frames, high frames, and the fields.

    References
    ----------
    Secker, Taubman, Lifting-based invertible motion adaptive transform (LIMAT) framework for highly scalable video
    compression, IEEE Trans. Image Processing 12 (2003).

    Examples
    --------
    >>> frames = [np.full((16, 16), k, np.int32) for k in (10, 20, 30)]
    >>> low, high, fields = lift(frames, update=True)
    >>> [int(x[0, 0]) for x in low + high]
    [10, 30, 0]
    """
    even, odd = frames[::2], frames[1::2]
    if fields is None:
        sides = [[even[k], *even[k + 1 : k + 2]] for k in range(len(odd))]
        fields = [
            [motion.match(byte(x), byte(y), block=BLOCK).vectors for y in neighbours]
            for x, neighbours in zip(odd, sides, strict=True)
        ]
    high = [x - guess(even, k, fields) for k, x in enumerate(odd)]
    low = [x + correction(high, k, fields) for k, x in enumerate(even)] if update else even
    return low, high, fields


def unlift(low, high, fields, *, update):
    """Undo :func:`lift`, exactly: the same steps, last first, subtracted instead of added.

    Parameters
    ----------
    low, high, fields : list
        As :func:`lift` returned them.
    update : bool
        As it was told.

    Returns
    -------
    list of ndarray

    Examples
    --------
    >>> frames = [np.add.outer(np.arange(32), k * np.arange(32)).astype(np.int32) for k in range(5)]
    >>> back = unlift(*lift(frames, update=True), update=True)
    >>> all((a == b).all() for a, b in zip(back, frames))
    True
    """
    even = [x - correction(high, k, fields) for k, x in enumerate(low)] if update else low
    frames = [*even, *high]
    frames[::2], frames[1::2] = even, [h + guess(even, k, fields) for k, h in enumerate(high)]
    return frames


def plan_of(shape, count):
    """Where the bands of some frames lie in a stream; each frame's statistics see the frame before it."""
    plan = layout([shape] * count)
    place = {(c, band.name, band.level): row for row, (c, band) in zip(plan.table, plan.owners, strict=True)}
    for (c, name, level), row in place.items():
        row[12:18] = (*place[c - 1, name, level][:2], 0, 0, 0, 1) if c else (0, 0, 0, 0, 0, 0)
    return plan


def write_level(frames, step):
    """Frames of a temporal level as bytes: the step in 1/64, two points of reconstruction, the stream."""
    from vdtext.fast import wavelets as fast
    from vdtext.wavelets.doors import points

    plan = plan_of(frames[0].shape, len(frames))
    step = max(1, round(64 * step))
    parts = [fast.decompose(x.astype(np.float32), n, wavelet="9/7") for x, n in zip(frames, plan.levels, strict=True)]
    scaled = gather(plan, [part.coefficients * np.float32(64 / step) for part in parts], np.float32)
    flat = fast.choose(plan, scaled)
    return b"".join(map(varint, (step, *points(scaled, flat)))) + fast.write(plan, flat)


def read_level(data, shape, count):
    """Read what :func:`write_level` wrote."""
    from vdtext.fast import wavelets as fast

    step, at = read_varint(data, 0, 1 << 16)
    one, at = read_varint(data, at, 32)
    more, at = read_varint(data, at, 32)
    plan, frames = plan_of(shape, count), []
    for twice in scatter(plan, fast.read(plan, data[at:]), [shape] * count):
        point = np.array([0, one, more])[np.minimum(abs(twice) + 1 >> 1, 2)]
        magnitude = ((abs(twice.astype(np.int64)) * 32 - point) * step + 32) >> 6
        picture = fast.recompose_fixed(np.sign(twice) * magnitude, plan.levels[0])
        frames.append(((picture + 32) >> 6).astype(np.int32))
    return frames


def sizes(count):
    """Of a group: (odd frames, even frames) of each temporal level, the finest first.

    Examples
    --------
    >>> sizes(5)
    [(2, 3), (1, 2), (1, 1)]
    """
    found = []
    while count > 1:
        found.append((count // 2, count - count // 2))
        count -= count // 2
    return found


def mctf_encode(clip, *, quality=70, group=16, update=True):
    """Code a grey clip by motion-compensated temporal filtering.

    Parameters
    ----------
    clip : ndarray, shape (T, H, W), uint8
    quality : float
        0 to 99, as for :func:`vdtext.codec.encode`.
    group : int
        Frames that are filtered together, 1 to 64.
    update : bool
        Whether even frames learn from the errors of odd ones.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right.

    References
    ----------
    Ohm, Three-dimensional subband coding with motion compensation, IEEE Trans. Image Processing 3 (1994).

    Examples
    --------
    >>> clip = np.add.outer(np.arange(5), np.add.outer(np.arange(24), np.arange(32))).astype(np.uint8)
    >>> int(abs(mctf_decode(mctf_encode(clip, quality=90)).astype(int) - clip).max()) < 6
    True
    """
    clip = np.asarray(clip)
    if clip.dtype != np.uint8 or clip.ndim != 3 or not clip.size:
        raise TypeError(f"{clip.dtype} {clip.shape}: accepted is a grey clip, uint8 (T, H, W) (chapter 10)")
    if not 0 <= quality < 100 or not 1 <= group <= LONGEST or clip[0].size > LIMIT:
        raise ValueError(f"quality={quality}, group={group}: accepted are 0 to 99, and 1 to {LONGEST} (chapter 10)")
    data = MAGIC + b"".join(map(varint, (*clip.shape, group, int(update))))
    step = 2 ** ((99 - quality) / 14)
    for first in progress(range(0, len(clip), group), "filtering"):
        low, streams, told = list(clip[first : first + group].astype(np.int32)), [], []
        depth = len(sizes(len(low)))
        gains = wavelets.synthesis_gains(depth, "5/3", dimensions=1) if depth else {("L", 0): 1.0}
        for level in range(1, depth + 1):
            low, high, fields = lift(low, update=update)
            told += [field for pair in fields for field in pair]
            streams.append(write_level(high, step / gains["H", level]))
        streams.append(write_level(low, step / gains["L", depth]))
        if told:
            streams.insert(0, motion.encode_vectors(motion.Matches(np.concatenate(told), BLOCK, 4, 0.0)))
        data += b"".join(varint(len(stream)) + stream for stream in streams)
    return data.ljust(price(len(clip), clip.shape[1:]), b"\0")


def mctf_decode(data, *, limit=LIMIT):
    """Decode what :func:`mctf_encode` made; all arithmetic is of integers.

    Parameters
    ----------
    data : bytes
        What follows its end is ignored.
    limit : int
        Larger frames, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (T, H, W), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes.

    Examples
    --------
    >>> mctf_decode(mctf_encode(np.full((3, 16, 16), 90, np.uint8)) + b"garbage")[2, 3, :4].tolist()
    [90, 90, 90, 90]
    """
    if data[:3] != MAGIC:
        raise BitstreamError("no clip of this format: it begins with VT and version 1 (chapter 10)")
    at, head = 3, []
    for most in (1 << 24, 1 << 20, 1 << 20, LONGEST, 1):
        number, at = read_varint(data, at, most)
        head.append(number)
    count, h, w, group, update = head
    if min(head[:4]) < 1 or h * w > limit or price(count, (h, w)) > len(data):
        raise BitstreamError(f"{count} frames of {h} × {w} in {len(data)} bytes: no encoder writes it (chapter 10)")
    clip = []
    for first in range(0, count, group):
        clip += read_group(taker(data, at), sizes(min(group, count - first)), (h, w), update, ends := [])
        at = ends[-1]
    return np.stack([byte(frame) for frame in clip])


def taker(data, at):
    """The streams of a group, one after another: (bytes, where they end)."""
    while True:
        length, begin = read_varint(data, at, len(data))
        at = begin + length
        if at > len(data):
            raise BitstreamError("the bytes end inside a group (chapter 10)")
        yield data[begin:at], at


def read_group(streams, levels, shape, update, ends):
    """The frames of a group; where its bytes end is appended to `ends`."""
    grid = tuple(-(-n // BLOCK) for n in shape)
    pairs = [[1 + (k + 1 < even) for k in range(odd)] for odd, even in levels]
    if levels:
        told, rows = motion.decode_vectors(next(streams)[0]).vectors, sum(map(sum, pairs)) * grid[0]
        if told.shape != (rows, grid[1], 2):
            raise BitstreamError("vectors for other blocks: no encoder writes it (chapter 10)")
        fields = iter(told.reshape(-1, *grid, 2))
        lists = [[[next(fields) for _ in range(sides)] for sides in level] for level in pairs]
    high = [read_level(next(streams)[0], shape, odd) for odd, _ in levels]
    stream, end = next(streams)
    ends.append(end)
    frames = read_level(stream, shape, 1)
    for k in reversed(range(len(levels))):
        frames = unlift(frames, high[k], lists[k], update=update)
    return frames
