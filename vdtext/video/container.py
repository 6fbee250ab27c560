"""Opening a file and taking its frames out, with one clear line for all that can be wrong with it (chapter 2)."""

import io
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av

from vdtext.video.color import VideoError

__all__ = ["counted", "decode", "named", "opened", "packets", "rate", "reason"]


@contextmanager
def opened(source):
    """(container, first video stream), or one clear line."""
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise FileNotFoundError(f"{source}: no such file; clips.names() lists what is always there (chapter 2)")
    _complete(source)
    try:
        container = av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source))
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoError(f"{named(source)}: not readable as video: {reason(error)} (chapter 2)") from error
    with container:
        if not container.streams.video:
            raise VideoError(f"{named(source)}: {container.format.name} without a video stream (chapter 2)")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise VideoError(f"{named(source)}: this FFmpeg has no decoder for its pictures (chapter 2)")
        stream.codec_context.thread_count = 1
        yield container, stream


def _complete(source):
    """Refuse a file shorter than its outermost element says: in AVI and Matroska nothing else would tell."""
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        head, length = file.read(4096), file.seek(0, io.SEEK_END)
    promised = 0
    if head.startswith(b"RIFF"):  # AVI: four bytes, the least significant first, count what follows them
        promised = 8 + int.from_bytes(head[4:8], "little")
    elif head.startswith(b"\x1a\x45\xdf\xa3") and b"\x18\x53\x80\x67" in head:  # Matroska, WebM
        at = head.index(b"\x18\x53\x80\x67") + 4  # behind the segment's identifier stands its size …
        digits = 9 - int.from_bytes(head[at : at + 1]).bit_length()  # … on 1 + the first byte's leading zeros bytes
        unknown = (1 << 7 * digits) - 1  # all ones: a live stream
        size = int.from_bytes(head[at : at + digits]) & unknown
        promised = at + digits + size if size != unknown else 0
    if promised > length:
        raise VideoError(f"{named(source)}: truncated: {length} bytes of {promised} (chapter 2)")


def packets(source, container, stream):
    """The stream's packets; raises where the file breaks off before the end that its header promises."""
    count = 0
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise VideoError(f"{named(source)}: packet {count} is damaged or cut short (chapter 2)")
            count += packet.size > 0 or packet.dts is not None  # not the empty packet that ends the stream
            yield packet
    except av.error.FFmpegError as error:
        raise VideoError(f"{named(source)}: unreadable after {count} packets: {reason(error)} (chapter 2)") from error
    if count < (counted(container, stream) or 0):
        given = f"its header promises {stream.frames} frames, it ends after {count}"
        raise VideoError(f"{named(source)}: truncated: {given} (chapter 2)")


def decode(source, container, stream):
    """(time, frame) in order of display; raises at the first frame that is not whole."""
    index = 0
    for packet in packets(source, container, stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            raise VideoError(f"{named(source)}: frame {index} is damaged: {reason(error)} (chapter 2)") from error
        for frame in frames:
            if frame.is_corrupt:
                raise VideoError(f"{named(source)}: frame {index} is damaged or cut short (chapter 2)")
            yield (index / rate(stream) if frame.pts is None else frame.pts * frame.time_base), frame
            index += 1


def counted(container, stream):
    """The number of frames where the container keeps a reliable one: MP4 and MOV (AVI also counts what it omits)."""
    return (stream.frames or None) if "mp4" in container.format.name else None


def rate(stream):
    """Frames a second as the container states them, exact; 25 where it says nothing at all."""
    return stream.average_rate or stream.guessed_rate or Fraction(25)


def named(source):
    """How a source is called in a message."""
    return f"{len(source)} bytes" if isinstance(source, bytes) else str(source)


def reason(error):
    """FFmpeg's words without its numbers and paths."""
    return getattr(error, "strerror", None) or str(error)
