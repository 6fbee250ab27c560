"""Frames into a file that is read back before it is believed (chapter 2)."""

import io
import itertools
import math
import os
import uuid
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Rational
from pathlib import Path

import av
import numpy as np

from vdtext.video import reader
from vdtext.video.color import Color, VideoError, _weights, default_matrix, luma, rgb_to_ycbcr
from vdtext.video.container import reason
from vdtext.video.resample import dotted, luma_steps, subsample

__all__ = ["WriteReport", "encode_bytes", "write"]

TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1), "bt2020ncl": (9, 9, 14)}  # ITU-T H.273: matrix, primaries, transfer
ENCODERS = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "mpeg4", "mpeg2video", "mjpeg", "ffv1")  # the book's
RECORD = 32  # at most so many luma planes are kept for the comparison


@dataclass(frozen=True)
class WriteReport:
    """What `write` found when it read its file back.

    Attributes
    ----------
    frames : int
        Frames decoded from the file.
    size : (int, int)
        Height and width in pixels.
    fps : Fraction
        Frames a second as the file states them.
    codec : str
        Name of the encoder.
    psnr : float
        Of luma in dB, over at most 32 frames spread evenly; infinite if equal.
    bytes : int
        Length of the file.
    path : Path
        Where it is.
    """

    frames: int
    size: tuple[int, int]
    fps: Fraction
    codec: str
    psnr: float
    bytes: int
    path: Path


def write(
    path,
    frames,
    *,
    fps,
    codec="libx264",
    options=None,
    chroma="420",
    matrix=None,
    limited=True,
    sample_aspect=1,
    min_psnr=20.0,
    threads=1,
):
    """Encode a stream of pictures, read the file back, compare, and only then give it its name.

    The file is written under a temporary name in the same folder.  Its frames are counted and at most 32 of them,
    spread evenly, compared in luma: PSNR = 10 log10(255² / mean (Y − Ŷ)²).  Whatever goes wrong, what stood at `path`
    stays as it was.

    Parameters
    ----------
    path : str or Path
        Its suffix names the container: .mp4, .mkv, .mov, .avi, .webm …
    frames : iterable of ndarray, shape (H, W, 3) or (H, W), uint8 or float
        RGB or grey pictures, all alike, in 0…255 or in [0, 1]; an array (T, H, W[, 3]) or any generator.
    fps : Fraction or int
        Frames a second; 29.97 is ``Fraction(30000, 1001)``.
    codec : str
        FFmpeg's name of the encoder.
    options : dict of str to str, optional
        The encoder's own options, such as ``{"crf": "18", "preset": "slow"}``.  x264 is always told to be
        ``cpu-independent``, so that the same frames give the same bytes.
    chroma : {"420", "422", "444"}
        Resolution of the colour differences.
    matrix : {"bt601", "bt709", "bt2020ncl"}, optional
        By default BT.601 below 720 lines and BT.709 from there.  The file is tagged with it.
    limited : bool
        Limited (16…235) or full range.
    sample_aspect : Fraction or int
        Width of a pixel over its height.
    min_psnr : float
        What the comparison must reach, in dB.
    threads : int
        Threads of the encoder.  Bytes may depend on their number, so it is one unless you say otherwise.

    Returns
    -------
    WriteReport
        Frames, size, fps, codec, PSNR in dB and bytes, as read back.

    Raises
    ------
    ValueError
        No frames; a picture of the wrong shape, type, range or of changing size, a NaN; an odd side for 4:2:0; a float
        for fps.
    VideoError
        A missing codec, an unknown option, a container or pixel format that the codec does not go with; a file that
        does not hold what was put in.
    FileNotFoundError, IsADirectoryError
        If the folder does not exist, or `path` is one (chapter 2).

    References
    ----------
    ITU-T H.273 (colour tags).

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fractions import Fraction
    >>> from vdtext import video
    >>> ramp = np.tile(np.arange(64, dtype=np.uint8), (10, 48, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = video.write(f"{folder}/ramp.mp4", ramp, fps=Fraction(30000, 1001))
    >>> report.frames, report.size, str(report.fps), report.psnr > 40
    (10, (48, 64), '30000/1001', True)
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the name of a file in it, such as clip.mp4 (chapter 2)")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: no such folder; make it first (chapter 2)")
    order = _Order(fps, codec, options or {}, chroma, matrix, limited, sample_aspect, min_psnr, threads)
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        report = _encode(partial, path.name, frames, order)
        report = replace(report, bytes=partial.stat().st_size, path=path)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return report


def encode_bytes(
    frames,
    *,
    fps,
    codec="libx264",
    options=None,
    chroma="420",
    matrix=None,
    limited=True,
    sample_aspect=1,
    min_psnr=20.0,
):
    """An MP4 file in memory, checked as `write` checks; one thread, so that equal frames give equal bytes.

    Parameters
    ----------
    frames, fps, codec, options, chroma, matrix, limited, sample_aspect, min_psnr
        As in `write`.

    Returns
    -------
    bytes
        The whole file; `probe`, `frames` and `read` take it in place of a path.

    Raises
    ------
    ValueError, VideoError
        As `write`.

    References
    ----------
    ISO/IEC 14496-14 (MP4).

    Examples
    --------
    >>> import numpy as np
    >>> from vdtext import video
    >>> data = video.encode_bytes(np.zeros((5, 32, 32), np.uint8), fps=25, options={"g": "1"})
    >>> video.probe(data).frames
    5
    """
    target = io.BytesIO()
    _encode(
        target, "clip.mp4", frames, _Order(fps, codec, options or {}, chroma, matrix, limited, sample_aspect, min_psnr)
    )
    return target.getvalue()


# ---- encoding and reading back ----


@dataclass(frozen=True)
class _Order:
    """What the caller of `write` wants."""

    fps: Fraction
    codec: str
    options: dict
    chroma: str
    matrix: str | None
    limited: bool
    sample_aspect: Fraction
    min_psnr: float
    threads: int = 1


class _Sample:
    """Luma of at most `RECORD` pictures, evenly spread over a stream whose length nobody knows yet."""

    def __init__(self, matrix):
        self.matrix, self.stride, self.planes = matrix, 1, {}

    def keep(self, index, picture):
        """Keep every stride-th picture; when there are too many, drop every other one and double the stride."""
        if index % self.stride:
            return
        self.planes[index] = luma(picture, matrix=self.matrix) if picture.ndim == 3 else picture.copy()
        if len(self.planes) > RECORD:
            self.stride *= 2
            self.planes = {k: plane for k, plane in self.planes.items() if k % self.stride == 0}


def _encode(target, name, frames, order):
    """Encode into a path or a buffer, read it back and report."""
    if not isinstance(order.fps, Rational) or order.fps <= 0:
        accepted = "a positive whole number or Fraction; 29.97 is Fraction(30000, 1001)"
        raise ValueError(f"fps={order.fps!r}: give {accepted} (chapter 2)")
    pictures = _pictures(frames)
    first = next(pictures, None)
    if first is None:
        raise ValueError("no frames: an empty clip would be a silently empty file; give at least one (chapter 2)")
    height, width = first.shape[:2]
    rows, columns = luma_steps(order.chroma)
    if height % rows or width % columns:
        given = f"{height}×{width} has an odd side"
        raise ValueError(f"{given}: {dotted(order.chroma)} needs it even; crop, resize or chroma='444' (chapter 2)")
    color = Color(order.matrix or default_matrix(height), order.limited)
    _weights(color.matrix)
    pixel_format, container_format = _pixel_format(order), _container(name)
    sample = _Sample(color.matrix)
    try:
        with av.open(target, "w", format=container_format, options={"fflags": "+bitexact"}) as container:
            stream = _stream(container, order, pixel_format, (height, width), color)
            for count, picture in enumerate(itertools.chain([first], pictures), start=1):
                sample.keep(count - 1, picture)
                frame = _frame(picture, pixel_format, order.chroma, color)
                frame.pts, frame.time_base = count - 1, 1 / Fraction(order.fps)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            unused = sorted(stream.codec_context.options)
    except av.error.FFmpegError as error:
        given = f"{height}×{width}, {pixel_format}, limited={order.limited}, {order.fps} fps, options={order.options}"
        raise VideoError(f"{order.codec!r} in {name!r} refuses {given}: {reason(error)} (chapter 2)") from error
    if unused:
        raise VideoError(f"codec {order.codec!r} knows no option {', '.join(map(repr, unused))} (chapter 2)")
    source = target.getvalue() if isinstance(target, io.BytesIO) else target
    return _verify(source, name, order, color, sample.planes, count, (height, width))


def _verify(source, name, order, color, planes, count, size):
    """WriteReport of the file as read back, or VideoError with what it lost."""
    error, samples, decoded = 0, 0, 0
    try:
        info = reader.probe(source)
        for index, plane in enumerate(reader.frames(source, gray=True)):
            if index in planes and plane.shape == size:
                error += int(np.sum(np.square(plane.astype(np.int32) - planes[index])))
                samples += plane.size
            decoded += 1
    except VideoError as failure:
        raise VideoError(f"{name!r} by {order.codec!r} cannot be read back and is discarded: {failure}") from failure
    psnr = 10 * math.log10(255**2 * samples / error) if error else math.inf
    losses = {
        f"{decoded} frames of {count}": decoded != count,
        f"size {info.size} in place of {size}": info.size != size,
        f"{info.fps} fps in place of {order.fps}": abs(info.fps / order.fps - 1) > Fraction(1, 10000),
        f"sample aspect {info.sample_aspect} in place of {order.sample_aspect}": info.sample_aspect
        != order.sample_aspect,
        f"{info.color} in place of {color}": (info.color.matrix, info.color.limited) != (color.matrix, color.limited),
        f"PSNR {psnr:.2f} dB, below min_psnr={order.min_psnr}": not psnr >= order.min_psnr,
    }
    if any(losses.values()):
        found = "; ".join(loss for loss, true in losses.items() if true)
        raise VideoError(f"{name!r} by {order.codec!r} read back with {found}: discarded (chapter 2)")
    return WriteReport(decoded, size, info.fps, order.codec, psnr, 0, Path(name))


def _pictures(frames):
    """The frames as bytes, each checked, all of one shape."""
    shape = None
    for index, frame in enumerate(frames):
        frame = np.asarray(frame)
        if frame.ndim not in (2, 3) or frame.shape[2:] not in ((), (3,)) or 0 in frame.shape:
            raise ValueError(f"frame {index} has shape {frame.shape}: a picture is (H, W) or (H, W, 3) (chapter 2)")
        shape = shape or frame.shape
        if frame.shape != shape:
            raise ValueError(f"frame {index} has shape {frame.shape}, frame 0 had {shape}: one size a clip (chapter 2)")
        if frame.dtype in (np.float32, np.float64):
            low, high = frame.min(), frame.max()
            if not (low >= 0 and high <= 1):  # true of a NaN as well
                found = "a NaN" if np.isnan(low) else f"values from {low:.4g} to {high:.4g}"
                raise ValueError(f"frame {index} has {found}: floats lie in [0, 1] (chapter 2)")
            frame = np.rint(frame * 255).astype(np.uint8)
        if frame.dtype != np.uint8:
            raise ValueError(f"frame {index} is {frame.dtype}: give uint8, or float32 or float64 in [0, 1] (chapter 2)")
        yield frame


def _reproducible(codec, options):
    """The encoder's options, and for x264 the one without which the same frames give other bytes now and then.

    The cause is not known.  Seen with one thread, its macroblock tree and its adaptive quantisation both on.  Without
    either of the two, or without its assembly code, the bytes were the same in every run as well.
    """
    options = dict(options)
    if codec == "libx264":
        options["x264-params"] = ":".join(filter(None, [options.get("x264-params"), "cpu-independent=1"]))
    return options


def _frame(picture, pixel_format, chroma, color):
    """A PyAV frame whose planes are `picture` in the colours wanted."""
    height, width = picture.shape[:2]
    rgb = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, -1)
    ycbcr = rgb_to_ycbcr(rgb, matrix=color.matrix, limited=color.limited)
    frame = av.VideoFrame(width, height, pixel_format)
    parts = [ycbcr[..., 0], *(subsample(ycbcr[..., k], chroma) for k in (1, 2))]
    for plane, part in zip(frame.planes, parts, strict=True):
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width] = part
    frame.colorspace, frame.color_range = TAGS[color.matrix][0], 1 if color.limited else 2
    return frame


def _pixel_format(order):
    """The encoder's name for 8-bit planes of this chroma scheme and range."""
    codec, wanted = order.codec, [f"yuv{order.chroma}p"]
    if not order.limited:
        wanted.insert(0, f"yuvj{order.chroma}p")
    try:
        encoder = av.Codec(codec, "w")
    except ValueError:
        encoder = None
    if encoder is None or encoder.type != "video":
        some = ", ".join(name for name in ENCODERS if name in av.codecs_available)
        raise VideoError(f"codec {codec!r}: this FFmpeg has no such video encoder; it has {some} … (chapter 2)")
    known = [pixels.name for pixels in encoder.video_formats or ()] or wanted
    fitting = [name for name in wanted if name in known]
    if not fitting:
        raise VideoError(
            f"codec {codec!r} does not encode {wanted[-1]}; it encodes {', '.join(sorted(known))} (chapter 2)"
        )
    return fitting[0]


def _container(name):
    """The container format of a file name's suffix."""
    suffix = Path(name).suffix[1:]
    try:
        return {"mkv": "matroska", "ts": "mpegts", "mpg": "mpeg"}.get(suffix) or av.ContainerFormat(suffix, "w").name
    except ValueError:
        accepted = "use .mp4, .mkv, .mov, .avi or .webm"
        raise VideoError(f"{name!r}: no container has the suffix {suffix!r}; {accepted} (chapter 2)") from None


def _stream(container, order, pixel_format, size, color):
    """A video stream with everything that the file should say about itself."""
    try:
        options = _reproducible(order.codec, order.options)
        stream = container.add_stream(order.codec, rate=Fraction(order.fps), options=options)
    except ValueError:
        raise VideoError(f"codec {order.codec!r} does not go into {container.format.name} (chapter 2)") from None
    stream.height, stream.width = size
    stream.pix_fmt = pixel_format
    context = stream.codec_context
    context.time_base, context.thread_count = 1 / Fraction(order.fps), order.threads
    context.sample_aspect_ratio = Fraction(order.sample_aspect)
    context.colorspace, context.color_primaries, context.color_trc = TAGS[color.matrix]
    context.color_range = 1 if color.limited else 2
    return stream
