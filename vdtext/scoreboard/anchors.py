"""The codecs to compare with, through PyAV: one thread, one clip in, one elementary stream out."""

import re
from dataclasses import dataclass
from functools import partial

import av
import numpy as np

from vdtext.scoreboard.measuring import measure
from vdtext.video import views

__all__ = ["ANCHORS", "Anchor", "anchor", "decode", "encode", "without_sei"]


@dataclass(frozen=True)
class Anchor:
    """How FFmpeg is told to code a clip at one quality.

    Parameters
    ----------
    encoder, decoder : str
        FFmpeg's names.
    options : str
        Options of the encoder as ``key=value`` words, ``{q}`` standing for the quantiser.
    intra_period : int
        Frames from one picture that needs no other to the next, at most.
    quantisers : tuple of int
        The points of the scoreboard, from fine to coarse.
    pixel_format : str
        What the encoder calls 8-bit 4:2:0.

    Examples
    --------
    >>> ANCHORS["x264"].options.format(q=30)
    'preset=medium tune=psnr crf=30 g=250 threads=1 x264-params=cpu-independent=1'
    """

    encoder: str
    decoder: str
    options: str
    intra_period: int
    quantisers: tuple[int, ...]
    pixel_format: str = "yuv420p"


# tune=psnr is the fair x264 where PSNR is the measure.  A fixed quantiser needs qmin = qmax, and a bit rate so large
# that rate control keeps out.  bitexact, idct, dct and cpu-independent choose arithmetic that is the same on every
# processor.
_FIXED = "qmin={q} qmax={q} b=100000000 threads=1 idct=simple dct=int flags=+bitexact"
_SEARCH = " mbd=rd trellis=2 cmp=2 subcmp=2"
_CRF = (18, 22, 26, 30, 34, 38, 42)
_STEPS = (2, 3, 4, 6, 9, 14, 22, 31)

ANCHORS = {
    "x265": Anchor(
        "libx265",
        "hevc",
        "preset=medium tune=psnr crf={q} g=250 x265-params=pools=none:frame-threads=1:log-level=none:info=0",
        250,
        _CRF,
    ),
    "x264": Anchor(
        "libx264",
        "h264",
        "preset=medium tune=psnr crf={q} g=250 threads=1 x264-params=cpu-independent=1",
        250,
        _CRF,
    ),
    "MPEG-4": Anchor("mpeg4", "mpeg4", _FIXED + "+mv4+aic+qpel g=250 bf=2" + _SEARCH, 250, _STEPS),
    "MPEG-2": Anchor("mpeg2video", "mpeg2video", _FIXED + " g=250 bf=2" + _SEARCH, 250, _STEPS),
    "Motion JPEG": Anchor("mjpeg", "mjpeg", _FIXED + " huffman=optimal", 1, _STEPS, "yuvj420p"),
}


def anchor(codec, source, *, quantiser):
    """Measure one of the codecs to compare with.

    Parameters
    ----------
    codec : str
        A key of ``ANCHORS``.
    source : Source
        What to code.  A grey clip gets chroma planes of 128, which cost next to nothing.
    quantiser : int
        The codec's own: CRF for x264 and x265, the quantiser scale for MPEG and JPEG.

    Returns
    -------
    Row
        Its bytes are those of the elementary stream.  x264's SEI (a note of some 650 bytes that lists its options, and
        that no decoder needs) is not charged.

    Raises
    ------
    ValueError
        If the codec is unknown or refuses.

    Examples
    --------
    >>> from vdtext import scoreboard
    >>> row = anchor("Motion JPEG", scoreboard.source("carphone", frames=2), quantiser=6)
    >>> row.format, row.intra_period, row.psnr_y > 30
    ('yuv420p', 1, True)
    """
    known = _known(codec)
    options = known.options.format(q=quantiser)
    return measure(
        codec,
        partial(encode, codec=codec, options=options, fps=source.fps),
        partial(decode, codec=codec, gray=source.format == "gray"),
        source,
        options=options,
        intra_period=known.intra_period,
        charge=(lambda data: len(without_sei(data))) if codec == "x264" else len,
    )


def encode(clip, *, codec, options, fps):
    """Code a clip to an elementary stream: the packets, one after the other.

    Parameters
    ----------
    clip : ndarray or tuple of three, uint8
        As in :class:`~vdtext.scoreboard.Source`.
    codec : str
        A key of ``ANCHORS``.
    options : str
        ``key=value`` words for the encoder.
    fps : Fraction
        Frames a second.

    Returns
    -------
    bytes
        The same for the same clip, options and version of the encoder; players can play it.

    Raises
    ------
    ValueError
        If the encoder is missing, fails, or does not know an option.

    Examples
    --------
    >>> import numpy as np
    >>> from fractions import Fraction
    >>> data = encode(np.zeros((2, 16, 16), np.uint8), codec="x264", options="qp=30", fps=Fraction(25))
    >>> data[:4].hex()
    '00000001'
    """
    known = _known(codec)
    planes = clip if isinstance(clip, tuple) else _neutral(clip)
    try:
        context = av.CodecContext.create(known.encoder, "w")
        context.height, context.width = planes[0].shape[1:]
        context.pix_fmt, context.framerate, context.time_base = known.pixel_format, fps, 1 / fps
        context.thread_count = 1
        context.options = dict(word.split("=", 1) for word in options.split())
        packets = []
        for number, picture in enumerate(zip(*planes, strict=True)):
            packets += context.encode(_frame(picture, known.pixel_format, number))
        packets += context.encode(None)
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise ValueError(f"{codec} with options {options!r}: {str(error).splitlines()[0]} (chapter 10)") from None
    if context.options:  # FFmpeg leaves here what nobody understood
        raise ValueError(f"{codec} knows no option {', '.join(context.options)} (chapter 10)")
    return b"".join(bytes(packet) for packet in packets)


def decode(data, *, codec, gray=False):
    """Decode an elementary stream.

    Parameters
    ----------
    data : bytes
        As :func:`encode` returned it.
    codec : str
        A key of ``ANCHORS``.
    gray : bool
        Return luma alone.

    Returns
    -------
    tuple of three ndarray, or ndarray where `gray`; uint8
        As in :class:`~vdtext.scoreboard.Source`.

    Raises
    ------
    ValueError
        If the bytes are no such stream.

    Examples
    --------
    >>> import numpy as np
    >>> from fractions import Fraction
    >>> data = encode(np.full((2, 16, 16), 90, np.uint8), codec="x264", options="qp=30", fps=Fraction(25))
    >>> decode(data, codec="x264", gray=True)[1, 3, :4].tolist()
    [90, 90, 90, 90]
    """
    try:
        context = av.CodecContext.create(_known(codec).decoder, "r")
        context.thread_count = 1
        frames = [frame for packet in context.parse(data) + context.parse(b"") for frame in context.decode(packet)]
        frames += context.decode(None)
    except av.error.FFmpegError as error:
        raise ValueError(f"{codec} cannot decode these {len(data)} bytes: {error.strerror} (chapter 10)") from None
    if not frames:
        raise ValueError(f"{codec} finds no picture in these {len(data)} bytes (chapter 10)")
    planes = tuple(np.stack(plane) for plane in zip(*map(views, frames), strict=True))
    return planes[0] if gray else planes


def without_sei(data):
    """An H.264 stream without its supplemental enhancement information (NAL units of type 6); it decodes to the same.

    Parameters
    ----------
    data : bytes
        NAL units, each after its start code 00 00 01 or 00 00 00 01.

    Returns
    -------
    bytes

    Examples
    --------
    >>> without_sei(bytes.fromhex("00000001 6742 000001 0605ff 00000001 6588")).hex()
    '000000016742000000016588'
    """
    units = re.split(rb"(?=\x00\x00\x00\x01|(?<!\x00)\x00\x00\x01)", data)
    return b"".join(unit for unit in units if unit and unit.split(b"\x01", 1)[1][0] & 31 != 6)


def _known(codec):
    if codec not in ANCHORS:
        raise ValueError(f"no codec {codec!r} to compare with; known: {', '.join(ANCHORS)} (chapter 10)")
    return ANCHORS[codec]


def _neutral(luma):
    """Luma with chroma planes that say: no colour."""
    chroma = np.full((len(luma), luma.shape[1] // 2, luma.shape[2] // 2), 128, np.uint8)
    return luma, chroma, chroma


def _frame(picture, pixel_format, number):
    """Three planes as a frame of PyAV."""
    height, width = picture[0].shape
    frame = av.VideoFrame(width, height, pixel_format)
    for values, plane in zip(picture, frame.planes, strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        rows[: plane.height, : plane.width] = values
    frame.pts = number
    return frame
