"""A clip whose frames are coded one by one, each as a picture: the intra row of the scoreboard."""

import numpy as np

from vdtext._progress import progress
from vdtext.errors import BitstreamError
from vdtext.wavelets.doors import decode, encode
from vdtext.wavelets.stream import number_at, unpack, written

__all__ = ["decode_frames", "encode_frames"]

MAGIC = b"VS\x01"
LIMIT = 1 << 28
"""At most so many pixels, all frames together."""


def encode_frames(clip, quality=75, *, subsampling="4:2:0"):
    """Code every frame of a clip as :func:`encode` codes a picture; no frame needs another one.

    The stream is "VS", the version 1, the number of frames, and for each its number of bytes and its picture; numbers
    are written as in :mod:`vdtext.wavelets.stream`.

    Parameters
    ----------
    clip : ndarray, shape (T, H, W) or (T, H, W, 3), uint8
        Grey or RGB.
    quality, subsampling
        As for :func:`encode`.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError, ValueError
        If there is no frame, or as :func:`encode`.

    Examples
    --------
    >>> clip = np.arange(2 * 8 * 9).reshape(2, 8, 9).astype(np.uint8)
    >>> bool((decode_frames(encode_frames(clip, 100)) == clip).all())
    True
    """
    clip = np.asarray(clip)
    if clip.ndim not in (3, 4) or not 0 < clip.size <= 3 * LIMIT:
        raise ValueError(f"shape {clip.shape}: accepted are (T, H, W) and (T, H, W, 3), not empty (chapter 7)")
    pictures = [encode(frame, quality, subsampling=subsampling) for frame in progress(clip, "coding")]
    return MAGIC + written(len(pictures)) + b"".join(written(len(data)) + data for data in pictures)


def decode_frames(data, *, limit=LIMIT):
    """The clip of a stream.

    Parameters
    ----------
    data : bytes
        What :func:`encode_frames` made; what follows its end is ignored.
    limit : int
        Longer clips, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (T, H, W) or (T, H, W, 3), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the clip is larger than the limit.

    Examples
    --------
    >>> decode_frames(encode_frames(np.full((3, 5, 4), 9, np.uint8), 50)).shape
    (3, 5, 4)
    """
    data = bytes(data)
    if data[:3] != MAGIC:
        raise BitstreamError("no clip of this format: it begins with VS and version 1 (chapter 7)")
    count, place = number_at(data, 3)
    clip = None
    for i in range(count):
        length, place = number_at(data, place)
        picture, place = data[place : place + length], place + length
        header, _ = unpack(picture)
        if len(picture) < length or count * header.height * header.width > limit:
            raise BitstreamError(f"{count} frames of {header.height} by {header.width}: cut, or too many (chapter 7)")
        frame = decode(picture)
        clip = np.empty((count, *frame.shape), np.uint8) if clip is None else clip
        if frame.shape != clip.shape[1:]:
            raise BitstreamError(f"frame {i} is of shape {frame.shape}, those before of {clip.shape[1:]} (chapter 7)")
        clip[i] = frame
    if clip is None:
        raise BitstreamError("a clip without frames (chapter 7)")
    return clip
