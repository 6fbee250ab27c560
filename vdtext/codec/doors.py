"""The front doors: a film in, bytes out, and back; the same for streams, in memory that does not grow with them."""

import hashlib
import io
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise

import cv2
import numpy as np

from vdtext._progress import progress
from vdtext.codec import container, model, stream
from vdtext.codec import group as groups
from vdtext.codec.cuts import watch_cuts
from vdtext.codec.film import Film, film
from vdtext.codec.plan import STEPS, quality_index, runs
from vdtext.codec.rate import Control
from vdtext.codec.sheets import padded_size, sheet, unsheet
from vdtext.codec.stream import LIMIT, Header
from vdtext.errors import BitstreamError

__all__ = ["Written", "decode", "decode_frames", "encode", "encode_frames"]


@dataclass(frozen=True)
class Written:
    """What :func:`encode_frames` wrote.

    Attributes
    ----------
    frames, groups, bytes : int
        How many of each.
    digest : str
        SHA-256 of all planes as the decoder will see them, frame by frame.
    """

    frames: int
    groups: int
    bytes: int
    digest: str


def encode(clip, *, quality=None, bitrate=None, gop=None, key=250, cuts=None, tools=None, models=None):
    """Code a film.

    Parameters
    ----------
    clip : Film, ndarray (H, W) or (T, H, W), tuple of three ndarray, or Source; uint8
        As :func:`film` takes it; any size, any number of frames.
    quality : float, optional
        0 to 100, higher is better, 100 is without loss; 70 if no bitrate is given either.
    bitrate : float, optional
        Bits a second to be met.
    gop : int, optional
        Frames of a run, 1 to 64; those of `tools`, or 16.
    key : int
        At most so many frames from one intra frame to the next.
    cuts : sequence of int, optional
        Frames that begin a shot, and become intra frames; a simple detector looks for them if none are given, and
        ``()`` says that there are none.
    tools : Tools, optional
        What the codec may use.
    models : str, optional
        The id of trained weights for this codec, such as ``"codec-13"``; whoever decodes needs them too (chapter 13).

    Returns
    -------
    bytes
        In the format of :mod:`vdtext.codec.stream`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Sullivan, Ohm, Han, Wiegand, Overview of the high efficiency video coding (HEVC) standard, IEEE Trans. Circuits and
    Systems for Video Technology 22 (2012), doi:10.1109/TCSVT.2012.2221191.

    Examples
    --------
    >>> clip = np.add.outer(np.arange(5), np.add.outer(np.arange(24), np.arange(32))).astype(np.uint8)
    >>> data = encode(clip, quality=80)
    >>> len(data) < 600, int(abs(decode(data).luma.astype(int) - clip).max()) < 8
    (True, True)
    >>> bool((decode(encode(clip, quality=100)).luma == clip).all())
    True
    """
    clip, out = film(clip), io.BytesIO()
    encode_frames(
        list(zip(*clip.planes, strict=True)),
        out,
        size=clip.size,
        color=len(clip.planes) == 3,
        fps=clip.fps,
        matrix=clip.matrix,
        full=clip.full,
        total=clip.frames,
        quality=quality,
        bitrate=bitrate,
        gop=gop,
        key=key,
        cuts=cuts,
        tools=tools,
        models=models,
    )
    return out.getvalue()


def encode_frames(
    frames,
    sink,
    *,
    size,
    color,
    fps,
    quality=None,
    bitrate=None,
    gop=None,
    key=250,
    cuts=None,
    tools=None,
    models=None,
    matrix="",
    full=False,
    total=None,
):
    """Code a stream of frames; what is done is written, and memory does not grow.

    Parameters
    ----------
    frames : iterable of sequences of 1 or 3 ndarray, uint8
        Planes of each frame: Y (H, W), or with Cb and Cr (⌈H/2⌉, ⌈W/2⌉).
    sink : binary file
        Is written from where it stands, in order; the group in work and a run of frames are all that is held.
    size : tuple of int
        (H, W) of luma, at most 2²³ pixels.
    color : bool
        Whether there are three planes.
    fps : Fraction or int
        Frames a second.
    quality, bitrate, gop, key, cuts, tools, models
        As for :func:`encode`.
    matrix : {"", "bt601", "bt709", "bt2020ncl"}
        That made Y'CbCr of RGB.
    full : bool
        Whether the values use the full range.
    total : int, optional
        How many frames there will be, if it is known: the bitrate is met better.

    Returns
    -------
    Written

    Raises
    ------
    TypeError, ValueError
        If an argument or a frame cannot be right.

    References
    ----------
    Schwarz, Marpe, Wiegand, Analysis of hierarchical B pictures and MCTF, IEEE ICME (2006),
    doi:10.1109/ICME.2006.262934.

    Examples
    --------
    >>> out, frames = io.BytesIO(), (([np.full((8, 9), n, np.uint8)]) for n in range(20))
    >>> encode_frames(frames, out, size=(8, 9), color=False, fps=25, quality=90).frames
    20
    """
    tools, index, note = settings(quality, bitrate, gop, key, cuts, tools)
    trained = model.load(models) if models is not None else None
    header = checked_header(size, color, tools, fps, matrix, full, trained.name if trained else None)
    padded, entries, digest = padded_size(size), [], hashlib.sha256()
    control = Control(bitrate, header.fps, key, tools.gop, total) if bitrate is not None else None
    head = stream.chunk("H", stream.pack_header(header))
    head += stream.chunk("M", stream.pack_model(header)) if trained else b""
    written = sink.write(stream.SIGNATURE + head + stream.chunk("m", note))
    found = set(cuts or ())
    sheets = (checked_sheet(planes, header, n) for n, planes in enumerate(progress(frames, "encoding")))
    if cuts is None:
        sheets = watch_cuts(sheets, found, lambda picture: picture[: size[0], : size[1]])
    start, first, done, group, last = written, 0, 0, None, None
    for begins, run, following in with_following(runs(sheets, tools.gop, key if tools.inter else 1, found), control):
        if begins:
            if group:
                entries.append((done - first, close_group(sink, group, first, done - first, size)))
                written += entries[-1][1]
            group, first = groups.begin(padded, color, tools, model=trained), done
        if control:
            attempt = (
                attempts(padded, color, tools, trained, run, following)
                if begins and (not done or done in found)
                else None
            )
            lively = activity([run[0], *following]) if begins else activity([last, *run])
            index = control.choose(8 * (written + used(group)), begins, attempt, lively)
        last = run[-1]
        before = used(group)
        for picture in groups.write_run(group, run, index):
            for plane in unsheet(picture, size, color):
                digest.update(np.ascontiguousarray(plane))
        done += len(run)
        if control:
            control.spend(len(run), 8 * (used(group) - before))
    if not done:
        raise ValueError("no frames: a film has at least one (chapter 10)")
    entries.append((done - first, close_group(sink, group, first, done - first, size)))
    last = stream.chunk("I", stream.pack_index(entries, start))
    written += entries[-1][1] + sink.write(last) + sink.write(stream.footer(len(last)))
    return Written(done, len(entries), written, digest.hexdigest())


def settings(quality, bitrate, gop, key, cuts, tools):
    """(tools, index of the step, note) of what an encoder is told, checked."""
    if quality is not None and bitrate is not None:
        raise ValueError(f"quality={quality} and bitrate={bitrate}: give one of them (chapter 10)")
    if bitrate is not None and not bitrate > 0:
        raise ValueError(f"bitrate={bitrate}: accepted is a number of bits a second above 0 (chapter 10)")
    tools = tools or groups.Tools()
    if quality is None and bitrate is None:
        quality = 100 if tools.lossless else 70
    if quality is not None and not 0 <= quality <= 100:
        raise ValueError(f"quality={quality}: accepted is 0 to 100, 100 without loss (chapter 10)")
    tools = replace(tools, gop=tools.gop if gop is None else gop, lossless=quality == 100)
    if not (1 <= tools.gop <= stream.LONGEST_RUN and key >= 1 and int(tools.gop) == tools.gop and int(key) == key):
        raise ValueError(
            f"gop={tools.gop}, key={key}: accepted are 1 to {stream.LONGEST_RUN}, and 1 or more (chapter 10)"
        )
    if any(int(cut) != cut or cut < 0 for cut in cuts or ()):
        raise ValueError(f"cuts={cuts}: accepted are numbers of frames, from 0 (chapter 10)")
    note = f"b{round(bitrate)}" if quality is None else f"q{quality:g}"
    index = 0 if quality is None or tools.lossless else min(max(quality_index(quality), 0), len(STEPS) - 1)
    return tools, index, note.encode()


def checked_header(size, color, tools, fps, matrix, full, name=None):
    """The header of a film, if there can be one."""
    h, w = size
    rows, columns = padded_size(size)
    if min(h, w) < 1 or rows * columns > LIMIT:
        raise ValueError(f"{h} × {w} pixels: accepted are 1 × 1 and more, up to {LIMIT} pixels (chapter 10)")
    fps = Fraction(fps)
    if not fps > 0 or max(fps.numerator, fps.denominator) > stream.MOST:
        raise ValueError(f"fps={fps}: accepted is a positive Fraction, such as 30000/1001 (chapter 10)")
    if matrix not in stream.MATRICES:
        raise ValueError(f"matrix={matrix!r}: accepted are {', '.join(map(repr, stream.MATRICES))} (chapter 10)")
    return Header((int(h), int(w)), bool(color), tools, fps, matrix, bool(full), name)


def checked_sheet(planes, header, number):
    """The sheet of a frame, if it is what the header promises."""
    h, w = header.size
    wanted = [(h, w)] + 2 * header.color * [(-(-h // 2), -(-w // 2))]
    if [(p.shape, p.dtype.name) for p in planes] != [(shape, "uint8") for shape in wanted]:
        shapes = ", ".join(f"{p.dtype} {p.shape}" for p in planes)
        raise ValueError(f"frame {number}: {shapes}; accepted is uint8 of {wanted} (chapter 10)")
    return sheet(planes)


def with_following(pairs, wanted):
    """Runs, each with the one that follows it in its group; only where that is wanted is it waited for."""
    if not wanted:
        yield from ((begins, run, []) for begins, run in pairs)
        return
    held = None
    for begins, run in pairs:
        if held:
            yield *held, [] if begins else run
        held = begins, run
    if held:
        yield *held, []


def used(group):
    """Bytes that a group has so far."""
    return int(group.coder.state[2])


def attempts(size, color, tools, trained, *parts):
    """A function that codes runs at an index for nothing: [(frames, bits)]."""

    def attempt(index):
        group, found = groups.begin(size, color, tools, model=trained), []
        for run in filter(None, parts):
            before = used(group)
            groups.write_run(group, run, index)
            found.append((len(run), 8 * (used(group) - before)))
        return found

    return attempt


def activity(frames):
    """Mean difference of frames, each to the one before it, in grey values; at least 1/4."""
    found = [cv2.absdiff(a, b).mean() for a, b in pairwise(frames)]
    return max(float(np.mean(found)) if found else 0, 0.25)


def close_group(sink, group, first, frames, size):
    """Write a group that is done; returns its bytes."""
    return sink.write(stream.chunk("G", stream.pack_group(first, frames, size, groups.finish(group))))


def decode(data, *, start=0, stop=None, limit=LIMIT):
    """The film of a file, or a part of it; only the groups that are needed are decoded.

    All arithmetic is of integers: every machine decodes the same film.  For a damaged file see :func:`recover`.

    Parameters
    ----------
    data : bytes, path or binary file
        What :func:`encode` made; what follows its end is ignored.
    start, stop : int
        First frame, and the first one no longer wanted.
    limit : int
        Larger frames, in pixels, are refused before any memory is taken.

    Returns
    -------
    Film

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, they are damaged, or frames are larger than the limit.
    ValueError
        If there are no such frames.

    Examples
    --------
    >>> clip = np.full((6, 20, 30), 7, np.uint8)
    >>> data = encode(clip, quality=100, key=2)
    >>> bool((decode(data + b"garbage").luma == clip).all()), decode(data, start=3, stop=5).frames
    (True, 2)
    """
    with container.opened(data) as file:
        here = file.tell()
        about = container.info(file, limit=limit)
        file.seek(here)
        stop = about.frames if stop is None else min(stop, about.frames)
        if not 0 <= start < stop:
            raise ValueError(f"start={start}, stop={stop}: there are frames 0 to {about.frames - 1} (chapter 10)")
        (h, w), planes = about.header.size, None
        shapes = [(h, w)] + 2 * about.header.color * [(-(-h // 2), -(-w // 2))]
        frames = decode_frames(file, start=start, stop=stop if stop < about.frames else None, limit=limit)
        if stream.price(stop - start, about.header.size) > about.bytes:
            raise BitstreamError("the index has more frames than the bytes can pay for (chapter 10)")
        planes = tuple(np.empty((stop - start, *shape), np.uint8) for shape in shapes)
        for k, frame in zip(progress(range(stop - start), "decoding"), frames, strict=False):
            for plane, picture in zip(planes, frame, strict=True):
                plane[k] = picture
        next(frames, None)  # what is behind the last frame is read as well, and checked
    return Film(planes, about.header.fps, about.header.matrix, about.header.full)


def decode_frames(source, *, start=0, stop=None, limit=LIMIT):
    """Decode a stream of frames; a run of them is all that is held.

    Parameters
    ----------
    source : bytes, path or binary file
        A file is read from where it stands; one that cannot be wound forward is read through.
    start, stop : int
        First frame, and the first one no longer wanted.
    limit : int
        Larger frames, in pixels, are refused before any memory is taken.

    Yields
    ------
    tuple of 1 or 3 ndarray, uint8
        Planes of each frame.

    Raises
    ------
    BitstreamError
        As :func:`decode`, when the damage is reached.

    Examples
    --------
    >>> data = encode(np.zeros((20, 9, 8), np.uint8))
    >>> [planes[0].shape for planes in decode_frames(data, start=18)]
    [(9, 8), (9, 8)]
    """
    with container.opened(source) as file:
        header = container.read_head(file, limit)
        index = container.read_index(file) if start else None
        first = None
        if index:
            first, _, offset = max(entry for entry in index if entry[0] <= start)
            file.seek(offset)
        for begins, count, bits, _ in container.read_groups(file, header, first):
            if stop is not None and begins >= stop:
                return
            if begins + count <= start:
                continue
            wanted = count if stop is None else min(count, stop - begins)
            yield from islice(container.decode_group(header, count, bits), max(start - begins, 0), wanted)
