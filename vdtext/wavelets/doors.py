"""The front doors: a picture in, bytes out, and back."""

import numpy as np

from vdtext.wavelets import components as parts
from vdtext.wavelets.layout import gather, layout, scatter
from vdtext.wavelets.stream import LIMIT, Header, pack, unpack

__all__ = ["decode", "encode", "quality_step"]

CHROMA = 1.25
"""Step of chroma over that of luma."""


def quality_step(quality):
    """The quantiser's step of a quality: 1 grey value at 99, doubled every 14 below.

    .. math:: step = 2^{(99 − quality)/14}

    Parameters
    ----------
    quality : float
        From 0 to below 100.

    Returns
    -------
    float
        In grey values, a multiple of 1/64.

    References
    ----------
    Wallace, The JPEG still picture compression standard, Comm. ACM (1991), doi:10.1145/103085.103089.

    Examples
    --------
    >>> quality_step(99), quality_step(57)
    (1.0, 8.0)
    """
    return round(64 * 2 ** ((99 - quality) / 14)) / 64


def encode(image, quality=75, *, subsampling="4:2:0"):
    """Code a picture with wavelets: 9/7, with the least distortion for its rate, or 5/3 without loss.

    The stream is embedded: :func:`decode` takes any beginning of it that has the header, for a coarser picture.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, 3), uint8
        Grey or RGB.
    quality : float
        0 to 100, higher is better; 100 is without loss.
    subsampling : {"4:2:0", "4:4:4"}
        Of the chroma of RGB pictures below quality 100.

    Returns
    -------
    bytes
        In the format of :mod:`vdtext.wavelets.stream`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Taubman, High performance scalable image compression with EBCOT, IEEE Trans. Image Processing 9 (2000),
    doi:10.1109/83.847830.

    Examples
    --------
    >>> image = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    >>> data = encode(image, 80)
    >>> len(data) < 300, int(abs(decode(data).astype(int) - image).max()) < 8
    (True, True)
    >>> bool((decode(encode(image, 100)) == image).all())
    True
    """
    from vdtext.fast import wavelets as fast  # loads Numba, so only when it is needed

    image = np.asarray(image)
    if image.dtype != np.uint8:
        raise TypeError(f"{image.dtype}: pictures are uint8 (chapter 7)")
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or not 0 < image.size <= 3 * LIMIT:
        raise ValueError(f"shape {image.shape}: accepted are (H, W) and (H, W, 3), up to {LIMIT} pixels (chapter 7)")
    if not 0 <= quality <= 100 or subsampling not in parts.MODES[1:]:
        raise ValueError(
            f"quality={quality}, subsampling={subsampling!r}: accepted are 0 to 100, and '4:2:0' or '4:4:4' (chapter 7)"
        )
    lossless, (h, w) = quality == 100, image.shape[:2]
    mode = "grey" if image.ndim == 2 else "4:4:4" if lossless else subsampling
    planes = parts.reversible(image) if lossless else parts.split(image, mode)
    plan = layout([plane.shape for plane in planes])
    if lossless:
        q = [fast.decompose(p, n, wavelet="5/3").coefficients for p, n in zip(planes, plan.levels, strict=True)]
        flat = gather(plan, q)
        numbers = (0, 0, 0, 0)
    else:
        steps = [quality_step(quality) * (CHROMA if c else 1) for c in range(len(planes))]
        steps = [round(64 * step) / 64 for step in steps]
        scaled = [
            fast.decompose(p, n, wavelet="9/7").coefficients / np.float32(step)
            for p, n, step in zip(planes, plan.levels, steps, strict=True)
        ]
        scaled = gather(plan, scaled, np.float32)
        flat = fast.choose(plan, scaled)
        numbers = (int(64 * steps[0]), int(64 * steps[-1]) * (len(steps) > 1), *points(scaled, flat))
    stream = fast.write(plan, flat)
    return pack(Header(mode, lossless, h, w, *numbers, len(stream))) + stream


def points(scaled, q):
    """Where the intervals of magnitude 1, and of larger ones, have their means.

    Parameters
    ----------
    scaled : ndarray, floats
        Coefficients over their steps.
    q : ndarray of integers, same shape
        What is sent for them.

    Returns
    -------
    (int, int)
        By how much below the middle, in 1/64 of a step, 0 to 32.

    Examples
    --------
    >>> points(np.array([0.75, -2.0]), np.array([1, -2]))
    (16, 0)
    """
    gap, found = abs(q) - abs(scaled), []
    for chosen in (abs(q) == 1, abs(q) > 1):
        mean = float(gap[chosen].mean()) if chosen.any() else 0.0
        found.append(int(np.clip(round(64 * mean), 0, 32)))
    return tuple(found)


def decode(data, *, limit=LIMIT):
    """The picture of a stream, or of the beginning of one.

    All arithmetic is of integers: every machine decodes the same picture.

    Parameters
    ----------
    data : bytes
        What :func:`encode` made; it may be cut behind its header, and what follows its end is ignored.
    limit : int
        Larger pictures, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, 3), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the picture is larger than the limit.

    Examples
    --------
    >>> image = np.full((20, 30), 7, np.uint8)
    >>> bool((decode(encode(image, 100) + b"garbage") == image).all())
    True
    """
    from vdtext.fast import wavelets as fast

    header, stream = unpack(data, limit)
    shapes = parts.shapes(header.mode, header.height, header.width)
    plan = layout(shapes)
    twice = scatter(plan, fast.read(plan, stream, len(stream) == header.length), shapes)
    if header.lossless:
        q = [np.sign(t) * (abs(t) >> 1) for t in twice]
        planes = [fast.recompose(fast.Pyramid(c, n, "5/3", (0, 1))) for c, n in zip(q, plan.levels, strict=True)]
        return parts.unreversible(planes)
    planes = []
    for c, (t, levels) in enumerate(zip(twice, plan.levels, strict=True)):
        point = np.array([0, header.point_one, header.point_more])[np.minimum(abs(t) + 1 >> 1, 2)]
        step = header.chroma_step if c else header.step
        magnitude = ((abs(t.astype(np.int64)) * 32 - point) * step + 32) >> 6
        planes.append(fast.recompose_fixed(np.sign(t) * magnitude, levels))
    return parts.unite(planes, header.mode)
