"""The codecs to compare with, through PyAV: one thread, one clip in, one stream out."""

import io
import os
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
        Options of the encoder as ``key=value`` words; ``{q}`` stands for the quantiser, ``{bits}`` for bits a second.
    intra_period : int
        Frames from one picture that needs no other to the next, at most.
    quantisers : tuple of int
        The points of the scoreboard, from fine to coarse.
    pixel_format : str
        What the encoder calls 8-bit 4:2:0.
    container : str
        Where packets cannot be told apart in a bare stream, the container that does it.  Its bytes are not charged.

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
    container: str = ""

    def told(self, quantiser, source):
        """The options at one quantiser, for a clip of this size and frame rate."""
        bits = round(quantiser / 1000 * source.fps * source.size[0] * source.size[1])
        return self.options.format(q=quantiser, bits=bits)


os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 speaks of itself on the standard error, unless told: errors alone

# tune=psnr is the fair x264 where PSNR is the measure.  A fixed quantiser needs qmin = qmax, and a bit rate so large
# that rate control keeps out.  bitexact, idct, dct and cpu-independent choose arithmetic that is the same on every
# processor.
_FIXED = "qmin={q} qmax={q} b=100000000 threads=1 idct=simple dct=int flags=+bitexact"
_SEARCH = " mbd=rd trellis=2 cmp=2 subcmp=2"
_CRF = (18, 22, 26, 30, 34, 38, 42)
_STEPS = (2, 3, 4, 6, 9, 14, 22, 31)

_QUARTERS = (25, 30, 35, 40, 45, 50, 55)

ANCHORS = {
    "SVT-AV1": Anchor("libsvtav1", "libdav1d", "preset=5 crf={q} g=250 svtav1-params=lp=1:tune=1", 250, _QUARTERS),
    "VP9": Anchor(
        "libvpx-vp9",
        "vp9",
        "deadline=good cpu-used=1 crf={q} b=0 g=250 lag-in-frames=25 auto-alt-ref=1 threads=1",
        250,
        _QUARTERS,
        container="nut",
    ),
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
    # FFmpeg's Snow takes its quantiser from a field of the frame that PyAV does not have: it is told bits instead, in
    # thousandths a pixel.
    "Snow": Anchor(
        "snow",
        "snow",
        "b={bits} bt={bits} g=250 threads=1 flags=+mv4+qpel+bitexact strict=-2",
        250,
        (140, 120, 100, 85, 70, 57, 45),
        container="nut",
    ),
    "MPEG-2": Anchor("mpeg2video", "mpeg2video", _FIXED + " g=250 bf=2" + _SEARCH, 250, _STEPS),
    # The quantiser is a ratio of compression, as FFmpeg's own encoder counts it.
    "Motion JPEG 2000": Anchor(
        "jpeg2000", "jpeg2000", "layer_rates={q} format=j2k threads=1", 1, (20, 28, 40, 56, 80, 112)
    ),
    "Motion JPEG": Anchor("mjpeg", "mjpeg", _FIXED + " huffman=optimal", 1, _STEPS, "yuvj420p"),
}


def anchor(codec, source, *, quantiser, look=None):
    """Measure one of the codecs to compare with.

    Parameters
    ----------
    codec : str
        A key of ``ANCHORS``.
    source : Source
        What to code.  A grey clip gets chroma planes of 128, which cost next to nothing.
    quantiser : int
        The codec's own: CRF for x264, x265, VP9 and AV1, the quantiser scale for MPEG and JPEG, thousandths of a bit a
        pixel for Snow, the ratio of compression for JPEG 2000.
    look : callable
        As for :func:`~vdtext.scoreboard.measure`.

    Returns
    -------
    Row
        Its bytes are those of the packets.  x264's SEI (a note of some 650 bytes that lists its options, and
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
    options = known.told(quantiser, source)
    return measure(
        codec,
        partial(encode, codec=codec, options=options, fps=source.fps),
        partial(decode, codec=codec, gray=source.format == "gray"),
        source,
        options=options,
        intra_period=known.intra_period,
        charge=partial(charged, codec=codec),
        look=look,
    )


def charged(data, *, codec):
    """The bytes of a stream that count: its packets, without x264's note about itself.

    Examples
    --------
    >>> charged(bytes.fromhex("0000000106fe00000001658842"), codec="x264")
    7
    """
    if container := _known(codec).container:
        with av.open(io.BytesIO(data), format=container) as file:
            return sum(packet.size for packet in file.demux(video=0))
    return len(without_sei(data)) if codec == "x264" else len(data)


def encode(clip, *, codec, options, fps):
    """Code a clip to a stream: the packets, one after the other, or in the container that the codec needs.

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
    told = dict(word.split("=", 1) for word in options.split())
    try:
        data, left = (_contained if known.container else _bare)(planes, known, told, fps)
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise ValueError(f"{codec} with options {options!r}: {str(error).splitlines()[0]} (chapter 10)") from None
    if left:  # what nobody understood
        raise ValueError(f"{codec} knows no option {', '.join(left)} (chapter 10)")
    return data


def _bare(planes, known, told, fps):
    """Packets one after the other, and the options that FFmpeg left."""
    context = av.CodecContext.create(known.encoder, "w")
    context.options = told
    packets = list(_packets(context, planes, known, fps))
    return b"".join(bytes(packet) for packet in packets), context.options


def _contained(planes, known, told, fps):
    """The same in a container."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=known.container, options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(known.encoder, rate=fps, options=told)
        for packet in _packets(stream.codec_context, planes, known, fps):
            packet.stream = stream
            file.mux(packet)
        left = stream.codec_context.options
    return buffer.getvalue(), left


def _packets(context, planes, known, fps):
    """What the encoder makes of a clip."""
    context.height, context.width = planes[0].shape[1:]
    context.pix_fmt, context.framerate, context.time_base = known.pixel_format, fps, 1 / fps
    context.thread_count = 1
    for number, picture in enumerate(zip(*planes, strict=True)):
        yield from context.encode(_frame(picture, known.pixel_format, number))
    yield from context.encode(None)


def decode(data, *, codec, gray=False):
    """Decode a stream.

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
    known = _known(codec)
    try:
        frames = _frames(data, known)
    except av.error.FFmpegError as error:
        raise ValueError(f"{codec} cannot decode these {len(data)} bytes: {error.strerror} (chapter 10)") from None
    if not frames:
        raise ValueError(f"{codec} finds no picture in these {len(data)} bytes (chapter 10)")
    planes = tuple(np.stack(plane) for plane in zip(*map(views, frames), strict=True))
    return planes[0] if gray else planes


def _frames(data, known):
    """The pictures of a stream."""
    if known.container:
        with av.open(io.BytesIO(data), format=known.container) as file:
            file.streams.video[0].thread_count = 1
            return list(file.decode(video=0))
    context = av.CodecContext.create(known.decoder, "r")
    context.thread_count = 1
    packets = context.parse(data) + context.parse(b"")
    return [frame for packet in packets for frame in context.decode(packet)] + context.decode(None)


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
