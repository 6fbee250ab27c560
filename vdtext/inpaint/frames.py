"""Clips: inpainted key frames, and between them what the last decoded frame could not say, inpainted as well."""

import numpy as np

from vdtext._progress import progress
from vdtext.entropy.symbols import read_varint, varint
from vdtext.errors import BitstreamError
from vdtext.inpaint.doors import BASE, planted, step_of
from vdtext.inpaint.growing import TOLERANCE, fit, grown, rebuilt
from vdtext.inpaint.stream import SIDE, STEP
from vdtext.inpaint.tree import LEVELS, kept, steps_of

__all__ = ["decode_frames", "encode_frames"]

MAGIC = b"VJ\x01"
LIMIT = 1 << 28
"""At most so many pixels, all frames together."""
KEY = 180
"""Key frames have steps of 180/256 of the others': every frame behind them profits."""
KINDS = 2
CAUTION = 1.25
"""Of the threshold of differences: much of them is noise."""
PULL = 64
"""Conductance of a difference to the ground in 1/256: where nothing is stored, rather believe that nothing changed."""


def hints(previous, mask):
    """What is known about each pixel before a frame is coded: was it stored in the frame before, and is it on an edge.

    Parameters
    ----------
    previous : ndarray, shape (H, W), uint8
        The frame before, decoded.
    mask : ndarray, shape (H, W), uint8
        What was stored there.

    Returns
    -------
    ndarray, shape (H, W), uint8
        4 times how many of the 3 × 3 pixels were stored (0, 1, 2–3, more), plus how steep the frame is (0 to 3).

    Examples
    --------
    >>> hints(np.array([[0, 0, 0, 99]], np.uint8), np.array([[1, 0, 0, 0]], np.uint8)).tolist()
    [[4, 4, 3, 3]]
    """
    around = np.pad(mask, 1)
    h, w = mask.shape
    stored = sum(around[i : i + h, j : j + w].astype(int) for i in range(3) for j in range(3))
    u = np.pad(previous.astype(int), 1, mode="edge")
    slope = abs(u[1:-1, 2:] - u[1:-1, :-2]) + abs(u[2:, 1:-1] - u[:-2, 1:-1])
    return (4 * np.digitize(stored, [1, 2, 4]) + np.digitize(slope, [6, 16, 40])).astype(np.uint8)


def repaired(previous, mask, values, contrast):
    """The frame before, plus the diffused difference; it flows along the edges of the frame before.

    Parameters
    ----------
    previous : ndarray, shape (H, W), uint8
    mask : ndarray, shape (H, W), uint8
    values : ndarray, shape (H, W), float64
        Of the difference, where the mask is 1.
    contrast : float
        K, in grey values per pixel.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> repaired(np.full((1, 3), 7, np.uint8), np.array([[1, 0, 1]], np.uint8), np.array([[0.0, 0, 4]]), 12.0).tolist()
    [[7, 9, 11]]
    """
    from vdtext.fast.inpaint import steady

    if not values.any():
        return previous.copy()
    problem = along_edges(previous, mask, contrast)
    change = steady.filled(problem, values, tolerance=TOLERANCE, most=200)
    return np.clip(np.rint(previous + change), 0, 255).astype(np.uint8)


def along_edges(previous, mask, contrast):
    """The problem of a mask with the tensor of another picture, and a pull to 0 everywhere: a confidence of 1/5."""
    from vdtext.fast.inpaint import flow, steady

    tensor = np.empty((3, *mask.shape))
    flow.edge_tensor(previous.astype(float), float(contrast), 2, tensor)
    return steady.diffusion(mask, "eed", tensor=tensor, pull=PULL / 256)


def encode_frames(clip, *, quality, key=0, contrast=12.0):
    """Code a grey clip in a closed loop: the encoder predicts from what the decoder will have, not from the clip.

    Parameters
    ----------
    clip : ndarray, shape (T, H, W), uint8
        T >= 1.
    quality : float
        0 to 100, higher is better.
    key : int
        Every `key`-th frame is a key frame, which needs no other; 0: the first alone.
    contrast : float
        K, in grey values per pixel.

    Returns
    -------
    bytes
        "VJ", the version 1; frames, height, width, step in 1/16, contrast in 1/16, key and length as numbers of
        :mod:`vdtext.inpaint.stream`; then one message of the adaptive binary coder: trees, frame by frame.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Peter et al., Beyond pure quality: Progressive modes, region of interest coding, and real time video decoding for
    PDE-based image compression, J. Visual Communication and Image Representation 31 (2015).

    Examples
    --------
    >>> clip = np.zeros((3, 20, 24), np.uint8); clip[:, 5:9, 5:9] = 200
    >>> data = encode_frames(clip, quality=60)
    >>> len(data) < 200, int(abs(decode_frames(data).astype(int) - clip).max()) < 50
    (True, True)
    """
    from vdtext.fast.inpaint import coder

    clip = np.asarray(clip)
    if clip.dtype != np.uint8:
        raise TypeError(f"{clip.dtype}: clips are uint8 (chapter 8)")
    if clip.ndim != 3 or not 0 < clip.size <= LIMIT or max(clip.shape[1:]) > SIDE:
        raise ValueError(f"shape {clip.shape}: accepted is (T, H, W), not empty, up to {LIMIT} pixels (chapter 8)")
    if not 0 <= key < SIDE or not 0 < contrast < 512:
        raise ValueError(f"key={key}, contrast={contrast}: 0 or more, and above 0 and below 512 (chapter 8)")
    step, edge = step_of(quality), max(1, round(16 * contrast))
    fine, writer = max(1, step * KEY >> 8), coder.Writer(KINDS)
    previous = mask = None
    for t, frame in enumerate(progress(clip, "coding")):
        f = frame.astype(float)
        if t == 0 or (key and t % key == 0):
            mask, hint = planted(frame, fine), np.zeros(frame.shape, np.uint8)
            values = fit(f, mask, fine, base=BASE, contrast=edge / 16)
            w = writer.put(0, np.rint(16 * values), mask, hint, BASE, LEVELS, steps_of(fine), kept(0))
            previous = rebuilt(mask, w * mask / 16, "eed", edge / 16)
            continue
        hint, d = hints(previous, mask), frame.astype(int) - previous
        mask = grown(d, CAUTION * step / 16, PULL)
        problem = along_edges(previous, mask, edge / 16)
        values = fit(d.astype(float), mask, step, base=0, problem=problem, pull=PULL, steps=2, feedback=())
        w = writer.put(1, np.rint(16 * values), mask, hint, 0, LEVELS, steps_of(step), kept(PULL))
        previous = repaired(previous, mask, w * mask / 16, edge / 16)
    message = writer.finish()
    return MAGIC + b"".join(map(varint, (*clip.shape, step, edge, key, len(message)))) + message


def decode_frames(data, *, limit=LIMIT):
    """The clip of a stream; every machine decodes the same one (:func:`vdtext.inpaint.decode`).

    Parameters
    ----------
    data : bytes
        What :func:`encode_frames` made; what follows its end is ignored.
    limit : int
        Longer clips, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (T, H, W), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the clip is larger than the limit.

    Examples
    --------
    >>> decode_frames(encode_frames(np.full((3, 5, 4), 9, np.uint8), quality=50)).shape
    (3, 5, 4)
    """
    from vdtext.fast.inpaint import coder

    data = bytes(data)
    if data[:3] != MAGIC:
        raise BitstreamError("no clip of this format: it begins with VJ and version 1 (chapter 8)")
    place, numbers = 3, []
    for most in (LIMIT, SIDE, SIDE, STEP, STEP, SIDE, 1 << 30):
        number, place = read_varint(data, place, most)
        numbers.append(number)
    count, height, width, step, edge, key, length = numbers
    size = count * height * width
    if not (size and step and edge) or size > min(limit, LIMIT) or place + length > len(data):
        raise BitstreamError(f"{count} frames of {height} by {width}, step {step}: cut, or too large (chapter 8)")
    reader, fine = coder.Reader(data[place : place + length], KINDS), max(1, step * KEY >> 8)
    frames, mask = [], None
    for t in range(count):
        if t == 0 or (key and t % key == 0):
            mask, w = reader.get(0, np.zeros((height, width), np.uint8), BASE, LEVELS, steps_of(fine), kept(0))
            frames.append(rebuilt(mask, w * mask / 16, "eed", edge / 16))
        else:
            mask, w = reader.get(1, hints(frames[-1], mask), 0, LEVELS, steps_of(step), kept(PULL))
            frames.append(repaired(frames[-1], mask, w * mask / 16, edge / 16))
    return np.stack(frames)
