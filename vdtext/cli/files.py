"""Films in and out of files: planes as they are stored, a frame at a time, and outputs that are whole or not there."""

import hashlib
import os
import sys
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

__all__ = [
    *("Clip", "Failure", "colour", "half", "note", "opened_clip"),
    *("output", "resized", "sha256", "write_planes"),
]

LOSSLESS = {".y4m": ("rawvideo", "yuv4mpegpipe"), ".mkv": ("ffv1", "matroska")}
LOSSY = (".mp4", ".mov")


class Failure(Exception):
    """A reason to stop, in one line."""


@dataclass(frozen=True)
class Clip:
    """A film in a file.

    Attributes
    ----------
    size : tuple of int
        (H, W) in pixels.
    color : bool
    fps : Fraction
    matrix : str
        Empty where the file names none.
    full : bool
        Whether the full range is used.
    frames : int or None
        How many, if the file says so.
    planes : callable
        Begins anew: an iterator of lists of 1 or 3 arrays, chroma of half the width and height.
    """

    size: tuple
    color: bool
    fps: Fraction
    matrix: str
    full: bool
    frames: int | None
    planes: Callable


def note(text):
    """Say something beside the result."""
    print(f"vdtext: {text}", file=sys.stderr)


def half(size):
    """(H, W) of chroma."""
    return tuple(-(-n // 2) for n in size)


def is_vdx(path):
    """Does a file begin as a film of chapter 10 does?"""
    if not Path(path).is_file():
        raise Failure(f"{path}: no such file")
    with open(path, "rb") as file:
        return file.read(4) == b"\x89VDX"


def opened_clip(path, start=0, stop=None):
    """A film, from a .vdx or from whatever FFmpeg reads, from `start` to `stop`."""
    return coded_clip(path, start, stop) if is_vdx(path) else stored_clip(path, start, stop)


def resized(clip, size):
    """A film of another size, where one is given."""
    if size is None or tuple(size) == clip.size:
        return clip
    from vdtext import video

    def planes():
        for picture in clip.planes():
            sizes = (size, half(size), half(size))
            yield [video.resize(plane, size=wanted) for plane, wanted in zip(picture, sizes, strict=False)]

    return Clip(tuple(size), clip.color, clip.fps, clip.matrix, clip.full, clip.frames, planes)


def colour(planes, clip):
    """A frame as RGB, or in full-range grey, float32 in [0, 1]."""
    from vdtext import video

    if len(planes) == 1:
        luma = planes[0].astype(np.float32) / 255
        return luma if clip.full else np.clip((luma - 16 / 255) * np.float32(255 / 219), 0, 1)
    chroma = [video.upsample(p, "420")[: clip.size[0], : clip.size[1]] for p in planes[1:]]
    matrix = clip.matrix or video.default_matrix(clip.size[0])
    rgb = video.ycbcr_to_rgb(np.dstack([planes[0], *chroma]), matrix=matrix, limited=not clip.full)
    return rgb.astype(np.float32) / 255


def coded_clip(path, start, stop):
    """A film in a .vdx."""
    from vdtext import codec

    about = codec.info(path)
    head = about.header

    def number(bound):
        return int(-(-bound * head.fps // 1)) if isinstance(bound, Fraction) else bound

    start, stop = number(start), about.frames if stop is None else min(number(stop), about.frames)
    if not 0 <= start < stop:
        raise Failure(f"{path}: no frame lies between --start and --end; it has {about.frames}")
    planes = lambda: codec.decode_frames(path, start=start, stop=stop if stop < about.frames else None)  # noqa: E731
    return Clip(head.size, head.color, head.fps, head.matrix, head.full, stop - start, planes)


def stored_clip(path, start, stop):
    """A film in any other file."""
    from vdtext import video

    about = video.probe(path)
    first = next(iter(video.planes(path)))
    color, small = len(first) == 3, half(about.size)
    if about.audio:
        note(f"{path}: {len(about.audio)} audio track(s) are dropped")
    if color and first[1].shape != small:
        note(f"{path}: chroma of {about.pixel_format} is reduced to 4:2:0")
    if about.pixel_format not in {"gray", *(f"yuv{j}{s}p" for j in ("", "j") for s in ("420", "422", "444"))}:
        note(f"{path}: {about.pixel_format} is reduced to 8 bits")
    matrix = about.color.matrix if about.color.matrix_tagged else ""
    frames = about.frames if start == 0 and stop is None else None
    if about.frames and all(bound is None or isinstance(bound, int) for bound in (start, stop)):
        frames = max(min(about.frames, about.frames if stop is None else stop) - start, 0) or None

    def planes():
        for picture in video.planes(path, start=start, stop=stop):
            chroma = (p if p.shape == small else video.resize(p, size=small) for p in picture[1:])
            yield [picture[0], *chroma]

    return Clip(about.size, color, about.fps, matrix, not about.color.limited, frames, planes)


@contextmanager
def output(path, force, inputs=()):
    """A temporary name beside a path; what was written gets its name at the end, if nothing went wrong."""
    path = Path(path)
    if any(Path(other).exists() and path.exists() and os.path.samefile(path, other) for other in inputs):
        raise Failure(f"{path} is the input: give another name for the output")
    if path.is_dir():
        raise Failure(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not force:
        raise Failure(f"{path} exists: --force overwrites it")
    if not path.parent.is_dir():
        raise Failure(f"{path.parent}: no such folder; make it first")
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def sha256(frames):
    """Digest of all planes, frame by frame, and how many frames there were."""
    digest, count = hashlib.sha256(), 0
    for planes in frames:
        count += 1
        for plane in planes:
            digest.update(np.ascontiguousarray(plane))
    return digest.hexdigest(), count


def write_planes(path, frames, clip, *, quality):
    """Write planes as they are, without loss (.y4m, FFV1 in .mkv) or with x264 (.mp4); read them back, and compare.

    Returns the number of frames.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (*LOSSLESS, *LOSSY):
        raise Failure(f"{suffix or 'no suffix'}: the output is .mp4, .mov, .y4m or .mkv")
    digest, count = hashlib.sha256(), 0

    def seen():
        nonlocal count
        for planes in frames:
            count += 1
            for plane in planes:
                digest.update(np.ascontiguousarray(plane))
            yield planes

    put(path, seen(), clip, suffix, quality)
    back = stored_clip(path, 0, None)
    if suffix in LOSSLESS:
        good = sha256(back.planes()) == (digest.hexdigest(), count)
    else:
        good = sum(1 for _ in back.planes()) == count
    if not good or back.size != clip.size or abs(back.fps / clip.fps - 1) > Fraction(1, 10000):
        raise Failure("what was written does not read back as it should, and was discarded")
    return count


def put(path, frames, clip, suffix, quality):
    """Encode planes with PyAV."""
    import av

    from vdtext import video
    from vdtext.video.writer import TAGS

    codec, container = LOSSLESS.get(suffix, ("libx264", suffix[1:]))
    options = {} if suffix in LOSSLESS else {"crf": str(quality), "x264-params": "cpu-independent=1"}
    odd = suffix in LOSSY and (clip.size[0] % 2 or clip.size[1] % 2)
    gray = not clip.color and suffix in LOSSLESS
    pixels = "gray" if gray else "yuv444p" if odd else "yuv420p"
    small = clip.size if odd else half(clip.size)
    with av.open(str(path), "w", format=container, options={"fflags": "+bitexact"}) as target:
        stream = target.add_stream(codec, rate=clip.fps, options=options)
        stream.height, stream.width = clip.size
        stream.pix_fmt = pixels
        context = stream.codec_context
        context.time_base, context.thread_count = 1 / clip.fps, 1
        context.color_range = 2 if clip.full else 1
        if clip.matrix:
            context.colorspace, context.color_primaries, context.color_trc = TAGS[clip.matrix]
        for number, planes in enumerate(frames):
            frame = av.VideoFrame(clip.size[1], clip.size[0], pixels)
            parts = list(planes)
            if not gray and not clip.color:
                parts += 2 * [np.full(small, 128, np.uint8)]
            elif odd:
                parts[1:] = [video.upsample(p, "420")[: small[0], : small[1]] for p in parts[1:]]
            for plane, part in zip(frame.planes, parts, strict=True):
                np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width] = part
            frame.color_range = 2 if clip.full else 1
            frame.pts, frame.time_base = number, 1 / clip.fps
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
