"""Frames out of a file: what it holds, when each picture is shown, and the pictures, one at a time (chapter 2)."""

import itertools
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from vdtext.video.color import Color, VideoError, default_matrix, luma, ycbcr_to_rgb
from vdtext.video.container import counted, decode, named, opened, packets, rate
from vdtext.video.resample import _size, resize, upsample

__all__ = ["AudioInfo", "Video", "VideoInfo", "frames", "probe", "read", "timestamps"]

MATRIX_TAGS = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020ncl"}  # ITU-T H.273; 0 (RGB) and 2 name none
PLANAR = {f"yuv{j}{scheme}p": scheme for j in ("", "j") for scheme in ("420", "422", "444")}  # read as they are
SWSCALE = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020ncl": Colorspace.BT2020}


@dataclass(frozen=True)
class AudioInfo:
    """A sound track: codec name, samples a second, number of channels."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True)
class VideoInfo:
    """What a file says about its first video stream.

    Attributes
    ----------
    size : (int, int)
        Stored height and width in pixels.
    frames : int or None
        Number of frames by the index of MP4 or MOV; None for other containers, where ``len(timestamps(path))`` counts.
    fps : Fraction
        Mean frames a second, exact.
    start : Fraction
        Seconds: the first frame's time on the file's clock.
    duration : Fraction or None
        Seconds that the file says it lasts.
    color : Color
        Matrix and range, and whether the file names them.
    sample_aspect : Fraction
        Width of a pixel over its height; 1 where the file is silent.
    rotation : int
        Degrees counterclockwise by which a player turns the picture; `frames` leaves it as it is stored.
    codec, pixel_format, container : str
        FFmpeg's names.
    audio : tuple of AudioInfo
        The sound tracks.
    """

    size: tuple[int, int]
    frames: int | None
    fps: Fraction
    start: Fraction
    duration: Fraction | None
    color: Color
    sample_aspect: Fraction
    rotation: int
    codec: str
    pixel_format: str
    container: str
    audio: tuple[AudioInfo, ...]


@dataclass(frozen=True, eq=False)
class Video:
    """A clip in memory.

    Attributes
    ----------
    array : ndarray, shape (T, H, W, 3) or (T, H, W), uint8
        RGB, or luma in full range.
    fps : Fraction
        Mean frames a second of the file.
    color : Color
        How the file keeps its colours.
    timestamps : tuple of Fraction
        Seconds on the file's clock, one a frame.
    sample_aspect : Fraction
        Width of a *stored* pixel over its height.
    """

    array: np.ndarray
    fps: Fraction
    color: Color
    timestamps: tuple[Fraction, ...]
    sample_aspect: Fraction

    def __repr__(self):
        return f"Video({'×'.join(map(str, self.array.shape))} {self.array.dtype}, {self.fps} fps, {self.color})"


def probe(path):
    """What a file holds, from its header and its first frame.

    Parameters
    ----------
    path : str, Path or bytes
        A file, or a whole file in memory.

    Returns
    -------
    VideoInfo
        Size in pixels, fps as a fraction, colour, aspect, rotation, sound tracks.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    VideoError
        If it cannot be read as video: no video stream, damaged, truncated (chapter 2).

    References
    ----------
    ITU-T H.273 (colour tags).

    Examples
    --------
    >>> from vdtext import clips, video
    >>> info = video.probe(clips.path("bikes"))
    >>> info.size, info.frames, str(info.fps), str(info.color)
    ((272, 640), 250, '25', 'bt601 (untagged), limited range (untagged)')
    """
    with opened(path) as (container, stream), closing(decode(path, container, stream)) as decoded:
        return _describe(path, container, stream, next(decoded, None))


def timestamps(path):
    """When each frame is shown, in order, without decoding: constant or variable frame rate alike.

    Parameters
    ----------
    path : str, Path or bytes
        A file, or a whole file in memory.

    Returns
    -------
    list of Fraction
        Seconds on the file's clock (its first frame need not be at 0), one a frame; k / fps where it keeps no times.

    Raises
    ------
    FileNotFoundError, VideoError
        As `probe`.

    References
    ----------
    ISO/IEC 14496-12 (time-to-sample and composition-offset tables of MP4).

    Examples
    --------
    >>> from vdtext import clips, video
    >>> [str(time) for time in video.timestamps(clips.path("carphone"))[:3]]
    ['0', '1001/30000', '1001/15000']
    """
    with opened(path) as (container, stream):
        shown = [packet for packet in packets(path, container, stream) if packet.size and not packet.is_discard]
        if any(packet.pts is None for packet in shown):
            return [k / rate(stream) for k in range(len(shown))]
        return sorted(packet.pts * packet.time_base for packet in shown)


def frames(path, *, start=0, stop=None, step=1, crop=None, size=None, gray=False):
    """The pictures of a file as a stream: each is made when it is asked for, and none is kept.

    Y'CbCr planes → chroma at full resolution (`upsample`) → crop → `ycbcr_to_rgb` with the file's own matrix and range
    → `resize`.  Grey is the luma plane stretched to full range, (Y − 16) · 255/219, and touches no chroma.

    Parameters
    ----------
    path : str, Path or bytes
        A file, or a whole file in memory.
    start, stop : int or Fraction
        First frame, and first frame no longer wanted: whole numbers count frames, Fractions are seconds on the file's
        clock.  Frames before `start` are decoded and dropped, so the cut is exact in every container.
    step : int
        Every step-th frame of these, ≥ 1.
    crop : (int, int, int, int), optional
        Top, left, height, width in stored pixels.
    size : (int, int), optional
        Height and width to `resize` to, after cropping; `fit` keeps the aspect ratio.
    gray : bool
        Luma only.

    Returns
    -------
    iterator of ndarray, shape (H, W, 3) or (H, W), uint8
        RGB, or luma in full range, each its own array.

    Raises
    ------
    FileNotFoundError, VideoError
        As `probe`; also when the file turns out to be cut short, or the selection holds no frame.
    ValueError
        If start, stop, step, crop or size make no sense (chapter 2).

    References
    ----------
    ITU-T H.273 (2021); see also `upsample` and `ycbcr_to_rgb`.

    Examples
    --------
    >>> from vdtext import clips, video
    >>> small = video.frames(clips.path("bikes"), stop=2, size=(34, 80), gray=True)
    >>> [(picture.shape, str(picture.dtype)) for picture in small]
    [((34, 80), 'uint8'), ((34, 80), 'uint8')]
    """
    _, pictures = _pictures(path, start, stop, step, crop, size, gray)
    return (picture for _, picture in pictures)


def read(path, *, start=0, stop=None, step=1, crop=None, size=None, gray=False):
    """A clip in memory, with its clock and colours: `frames` collected in one array.

    Parameters
    ----------
    path, start, stop, step, crop, size, gray
        As in `frames`.

    Returns
    -------
    Video
        Its array has shape (T, H, W, 3) or (T, H, W), uint8.

    Raises
    ------
    FileNotFoundError, VideoError, ValueError
        As `frames`.

    References
    ----------
    See `frames`.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from vdtext import clips, video
    >>> clip = video.read(clips.path("carphone"), start=Fraction(1), stop=Fraction(2), gray=True)
    >>> clip
    Video(30×144×176 uint8, 30000/1001 fps, bt601 (untagged), limited range (untagged))
    >>> float(clip.timestamps[0]).__round__(3)
    1.001
    """
    info, pictures = _pictures(path, start, stop, step, crop, size, gray)
    times = []
    stream = (times.append(time) or picture for time, picture in pictures)
    first = next(stream)
    array = np.fromiter(itertools.chain([first], stream), dtype=np.dtype((np.uint8, first.shape)))  # grows in place
    return Video(array, info.fps, info.color, tuple(times), info.sample_aspect)


def planes(path, *, start=0, stop=None, step=1):
    """The planes of a file as a stream, as the decoder left them: what a codec codes, before any colour is made of it.

    Nothing is converted and nothing copied: the arrays are views of the decoder's memory, which lives as long as they
    do.  Formats other than 8-bit planar Y'CbCr or grey become 4:4:4 first.

    Parameters
    ----------
    path, start, stop, step
        As in `frames`.

    Returns
    -------
    iterator of list of ndarray, uint8, read-only
        Y (H, W), or Y, Cb and Cr, chroma at the file's own resolution, in the file's own range (`probe` tells which).

    Raises
    ------
    FileNotFoundError, VideoError, ValueError
        As `frames`; also for a file that stores RGB.

    Examples
    --------
    >>> from vdtext import clips, video
    >>> [plane.shape for plane in next(video.planes(clips.path("carphone")))]
    [(144, 176), (72, 88), (72, 88)]
    """
    info, selected = _selected(path, start, stop, step)

    def own(frame):
        if _holds_rgb(frame.format):
            raise VideoError(f"{named(path)} stores RGB and has no luma plane: frames(gray=True) makes one (chapter 2)")
        return _planes(frame, info.color)

    return (own(frame) for _, frame in selected)


def views(frame):
    """The planes of a decoded PyAV frame of 8 bits as arrays; nothing is copied.

    Parameters
    ----------
    frame : av.VideoFrame
        In a planar 8-bit format.

    Returns
    -------
    list of ndarray, shape (H, W), uint8, read-only
        Views of the frame's memory, which lives as long as they do.

    Examples
    --------
    >>> import av
    >>> [plane.shape for plane in views(av.VideoFrame(64, 32, "yuv420p"))]
    [(32, 64), (16, 32), (16, 32)]
    """
    planes = [np.frombuffer(p, np.uint8).reshape(-1, p.line_size)[: p.height, : p.width] for p in frame.planes]
    for plane in planes:
        plane.flags.writeable = False
    return planes


def _selected(path, start, stop, step):
    """(VideoInfo, iterator of (time, decoded frame)); the file is opened and the bounds checked before this returns."""
    for name, bound in (("start", start), ("stop", stop)):
        whole = isinstance(bound, int | np.integer) and bound >= 0
        if not (whole or isinstance(bound, Fraction) or (name == "stop" and bound is None)):
            raise ValueError(f"{name}={bound!r}: give a frame number, from 0, or seconds as a Fraction (chapter 2)")
    if step != int(step) or step < 1:
        raise ValueError(f"step={step}: it is a whole number of at least 1 (chapter 2)")
    selected = _select(path, start, stop, step)
    return next(selected), selected


def _pictures(path, start, stop, step, crop, size, gray):
    """(VideoInfo, iterator of (time, picture)); the file is opened and every argument checked before this returns."""
    size = size and _size(size)
    info, selected = _selected(path, start, stop, step)
    top, left, height, width = crop or (0, 0, *info.size)
    if min(top, left) < 0 or min(height, width) < 1 or top + height > info.size[0] or left + width > info.size[1]:
        inside = f"must lie within {info.size[0]}×{info.size[1]} pixels"
        raise ValueError(f"crop={crop}: (top, left, height, width) {inside} (chapter 2)")
    window = slice(top, top + height), slice(left, left + width)

    def convert(frame):
        picture = (_luma if gray else _rgb)(frame, info.color, window)
        return resize(picture, size=size) if size else picture

    return info, ((time, convert(frame)) for time, frame in selected)


def _select(path, start, stop, step):
    """First the VideoInfo, then (time, decoded frame) for every step-th frame from start to stop."""
    with opened(path) as (container, stream), closing(decode(path, container, stream)) as decoded:
        first = next(decoded, None)
        info = _describe(path, container, stream, first)
        yield info
        count = 0
        for index, (time, frame) in enumerate(itertools.chain([first], decoded)):
            if stop is not None and (time if isinstance(stop, Fraction) else index) >= stop:
                break
            if (time if isinstance(start, Fraction) else index) < start:
                continue
            if (frame.height, frame.width) != info.size:
                given = f"frame {index} is {frame.height}×{frame.width}"
                raise VideoError(f"{named(path)}: {given}, the first was {info.size}; a clip has one size (chapter 2)")
            if count % step == 0:
                yield time, frame
            count += 1
    if not count:
        raise VideoError(f"{named(path)}: no frame lies in start={start}, stop={stop} (chapter 2)")


def _luma(frame, color, window):
    """The window of the luma plane in full range: one pass over the decoder's own memory."""
    if _holds_rgb(frame.format):
        return luma(_rgb(frame, color, window), matrix=color.matrix)
    plane = _planes(frame, color)[0][window]
    return cv2.transform(plane, np.array([[255 / 219, -16 * 255 / 219]])) if color.limited else plane.copy()


def _rgb(frame, color, window):
    """The window of the frame in RGB."""
    if _holds_rgb(frame.format):
        return np.ascontiguousarray(frame.to_ndarray(format="rgb24")[window])
    planes = _planes(frame, color)
    if len(planes) == 1:
        return np.repeat(_luma(frame, color, window)[..., None], 3, -1)
    scheme = PLANAR.get(frame.format.name, "444")
    height, width = planes[0].shape
    chroma = [upsample(plane, scheme)[:height, :width][window] for plane in planes[1:]]  # odd sides: one too many
    return ycbcr_to_rgb(cv2.merge([planes[0][window], *chroma]), matrix=color.matrix, limited=color.limited)


def _planes(frame, color):
    """Views of the frame's planes, one or three; uncommon formats (more bits, other layouts) become 4:4:4 first."""
    if frame.format.name not in PLANAR and frame.format.name != "gray":
        extent = ColorRange.MPEG if color.limited else ColorRange.JPEG
        frame = VideoReformatter().reformat(
            frame,
            format="gray" if len(frame.format.components) < 3 else "yuv444p",
            src_colorspace=SWSCALE[color.matrix],
            dst_colorspace=SWSCALE[color.matrix],
            src_color_range=extent,
            dst_color_range=extent,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        )
    return views(frame)


def _holds_rgb(pixels):
    """Whether a pixel format keeps red, green and blue, or a palette of them."""
    return pixels.is_rgb or pixels.has_palette


def _describe(source, container, stream, first):
    """VideoInfo of an open file, given its first (time, frame)."""
    if first is None:
        raise VideoError(f"{named(source)}: no frame can be decoded: the file is empty or damaged (chapter 2)")
    start, frame = first
    pixels = frame.format
    certain = _holds_rgb(pixels) or pixels.name.startswith("yuvj")  # full range by definition
    tag, extent = frame.colorspace, frame.color_range
    if tag not in (0, 2, *MATRIX_TAGS):
        known = f"known are {sorted(MATRIX_TAGS)}"
        raise VideoError(f"{named(source)}: tagged with colour matrix {int(tag)} of ITU-T H.273; {known} (chapter 2)")
    color = Color(
        matrix=MATRIX_TAGS.get(tag, default_matrix(frame.height)),
        limited=not certain and (extent == 1 or (extent != 2 and len(pixels.components) >= 3)),
        matrix_tagged=tag in MATRIX_TAGS,
        range_tagged=certain or extent in (1, 2),
    )
    seconds = stream.duration and stream.duration * stream.time_base
    return VideoInfo(
        size=(frame.height, frame.width),
        frames=counted(container, stream),
        fps=rate(stream),
        start=start,
        duration=seconds or (container.duration and Fraction(container.duration, av.time_base)),
        color=color,
        sample_aspect=stream.sample_aspect_ratio or Fraction(1),
        rotation=int(frame.rotation),
        codec=stream.codec_context.name,
        pixel_format=pixels.name,
        container=container.format.name,
        audio=tuple(
            AudioInfo(s.codec_context.name, s.codec_context.sample_rate, s.codec_context.channels)
            for s in container.streams.audio
        ),
    )
