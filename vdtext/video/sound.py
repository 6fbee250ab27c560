"""Sound beside the pictures: packets of another stream, copied and put on the pictures' clock (chapter 2)."""

import heapq
import itertools
import os
import uuid
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av

from vdtext.video import reader
from vdtext.video.color import VideoError
from vdtext.video.container import opened, packets, reason

__all__ = ["mux"]


def mux(path, *, pictures, sound, start=Fraction(0)):
    """One file with the pictures of one and the sound of another; nothing is decoded, so nothing is lost.

    A sound packet of time τ goes to τ − start on the pictures' clock, if start ≤ τ < start + duration of the pictures.
    A packet is the smallest piece that can be kept: of AAC 1024 samples, 21 ms at 48 kHz.

    Parameters
    ----------
    path : str or Path
        The new file; its suffix names the container.  Whatever goes wrong, what stood there stays.
    pictures : str or Path
        A file as `write` makes it; its own sound, if it has any, is left out.
    sound : str or Path
        A file whose first sound track is taken, with or without pictures.
    start : Fraction
        Seconds on the clock of `sound`: what is heard with the first picture.

    Returns
    -------
    VideoInfo
        The new file, as `probe` reads it back.

    Raises
    ------
    ValueError
        If `start` is no Fraction, or `path` is one of the two sources.
    VideoError
        If a source is unreadable or has no sound from `start` on, or the container takes one of the codecs not
        (chapter 2).
    FileNotFoundError
        If a source does not exist.

    References
    ----------
    ISO/IEC 14496-12 (tracks and their common clock).

    Examples
    --------
    >>> import tempfile
    >>> from vdtext import clips, video
    >>> from vdtext.video import sound
    >>> film, silent = clips.path("bigbuckbunny"), tempfile.NamedTemporaryFile(suffix=".mp4")
    >>> _ = video.write(silent.name, video.frames(film, stop=10, size=(36, 64)), fps=25)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sound.mux(f"{folder}/loud.mp4", pictures=silent.name, sound=film).audio
    (AudioInfo(codec='aac', rate=48000, channels=6),)
    """
    path = Path(path)
    if not isinstance(start, Fraction) or start < 0:
        raise ValueError(f"start={start!r}: give seconds as a Fraction, from 0 (chapter 2)")
    if path.resolve() in (Path(pictures).resolve(), Path(sound).resolve()):
        raise ValueError(f"{path}: the new file cannot be one of its sources; give it a name of its own (chapter 2)")
    times, info = reader.timestamps(pictures), reader.probe(pictures)
    end = start + times[-1] - times[0] + 1 / info.fps
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        heard = _copy(partial, path.name, pictures, sound, (start, end, times[0]))
        written = reader.probe(partial)
        kept = reader.timestamps(partial)
        if not heard or len(written.audio) != 1 or len(kept) != len(times):
            found = f"{len(kept)} frames of {len(times)} and {heard} packets of sound"
            raise VideoError(f"{path.name!r} read back with {found}: discarded (chapter 2)")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _copy(partial, name, pictures, sound, cut):
    """Copy the packets of both into a new file, the earlier one first; the number of sound packets."""
    start, end, first = cut
    heard = itertools.count()
    try:
        with opened(pictures) as (film, shown), _track(sound) as (record, track), av.open(str(partial), "w") as target:
            targets = {id(stream): target.add_stream_from_template(stream) for stream in (shown, track)}

            def wanted():
                for packet in record.demux(track):
                    if packet.pts is not None and start <= packet.pts * packet.time_base < end:
                        shift = round((first - start) / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        next(heard)
                        yield packet

            seen = (packet for packet in packets(pictures, film, shown) if packet.size)
            for packet in heapq.merge(seen, wanted(), key=lambda packet: packet.dts * packet.time_base):
                packet.stream = targets[id(packet.stream)]
                target.mux(packet)
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, VideoError):
            raise
        given = f"{name!r} does not take these pictures and this sound: {reason(error)}"
        raise VideoError(f"{given} (chapter 2)") from error
    return next(heard)


@contextmanager
def _track(source):
    """(container, first sound track), or one clear line."""
    if not Path(source).is_file():
        raise FileNotFoundError(f"{source}: no such file (chapter 2)")
    try:
        container = av.open(str(source))
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoError(f"{source}: not readable as sound: {reason(error)} (chapter 2)") from error
    with container:
        if not container.streams.audio:
            raise VideoError(f"{source}: {container.format.name} without a sound track (chapter 2)")
        yield container, container.streams.audio[0]
