"""The front doors: a picture in, bytes out, and back, with diffusion as the decoder."""

import numpy as np

from vdtext.entropy import encode_bits
from vdtext.inpaint.growing import TOLERANCE, fit, grown, rebuilt, regrown
from vdtext.inpaint.masks import dithered_mask
from vdtext.inpaint.stream import LIMIT, Header, pack, unpack
from vdtext.inpaint.tonal import tonal
from vdtext.inpaint.tree import LEVELS, kept, split_decisions, steps_of
from vdtext.wavelets import quality_step

__all__ = ["decode", "encode", "mask_share", "step_of"]

BASE = 16 * 128
"""Guess of the first value, in 1/16."""
MASKS = ("tree", "free")
ENCODED = ("eed", "homogeneous", "biharmonic")


def step_of(quality):
    """The quantiser's step of a quality in 1/16 of a grey value: that of chapter 7.

    Parameters
    ----------
    quality : float
        From 0 to 100.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the quality is another.

    Examples
    --------
    >>> step_of(99), step_of(57)
    (16, 128)
    """
    if not 0 <= quality <= 100:
        raise ValueError(f"quality={quality}: accepted are 0 to 100, higher is better (chapter 8)")
    return round(16 * quality_step(quality))


def encode(picture, *, quality, mask="tree", operator="eed", contrast=12.0):
    """Code a grey picture: some of its pixels, from which the decoder diffuses the others.

    Parameters
    ----------
    picture : ndarray, shape (H, W), uint8
    quality : float
        0 to 100, higher is better; 100 is not without loss.
    mask : {"tree", "free"}
        A tree, or, as a first attempt would do it, the dithered Laplacian and its values, row by row.
    operator : {"eed", "homogeneous", "biharmonic"}
        That fills in; "biharmonic" with a free mask only.
    contrast : float
        K of "eed", in grey values per pixel.

    Returns
    -------
    bytes
        In the format of :mod:`vdtext.inpaint.stream`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Galić et al., Image compression with anisotropic diffusion (2008), doi:10.1007/s10851-008-0087-0; Schmaltz et al.,
    Understanding, optimising, and extending data compression with anisotropic diffusion (2014).

    Examples
    --------
    >>> picture = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    >>> data = encode(picture, quality=60)
    >>> len(data) < 200, int(abs(decode(data).astype(int) - picture).max()) < 16
    (True, True)
    """
    return _encoded(picture, quality, mask, operator, contrast)[0]


def mask_share(picture, *, quality, mask="tree", operator="eed", contrast=12.0):
    """Which share of the bytes of :func:`encode` says where pixels are stored, and not what their values are.

    Of a tree, the bytes of its decisions, coded alone with the contexts of
    :func:`vdtext.inpaint.tree.split_decisions`; together with the values they cost less.

    Parameters
    ----------
    picture, quality, mask, operator, contrast
        As for :func:`encode`.

    Returns
    -------
    float
        Within [0, 1].

    Examples
    --------
    >>> 0 < mask_share(np.eye(32, dtype=np.uint8) * 99, quality=50) < 1
    True
    """
    data, bits = _encoded(picture, quality, mask, operator, contrast)
    return bits / (8 * len(data))


def _encoded(picture, quality, mask, operator, contrast):
    """The bytes of a picture, and how many bits of them are the mask."""
    from vdtext.fast.inpaint import coder

    picture = np.asarray(picture)
    if picture.dtype != np.uint8:
        raise TypeError(f"{picture.dtype}: pictures are uint8 (chapter 8)")
    if picture.ndim != 2 or not 0 < picture.size <= LIMIT or max(picture.shape) > 1 << 16:
        raise ValueError(f"shape {picture.shape}: accepted is (H, W), up to {LIMIT} pixels (chapter 8)")
    if (
        mask not in MASKS
        or operator not in ENCODED
        or (mask, operator) == ("tree", "biharmonic")
        or not 0 < contrast < 512
    ):
        raise ValueError(
            f"mask={mask!r}, operator={operator!r}, contrast={contrast}: accepted are {MASKS}, {ENCODED} (the last one "
            "with a free mask), and a contrast above 0 and below 512 (chapter 8)"
        )
    step, f = step_of(quality), picture.astype(float)
    edge = max(1, round(16 * contrast)) if operator == "eed" else 0
    if mask == "free":
        where = dithered_mask(f, min(0.5, 1.2 * 16 / step))
        where.flat[0] |= not where.any()
        values = tonal(f, where, operator=operator, contrast=edge / 16 or None, tolerance=1e-3)
        levels = (255 * 16 + step // 2) // step
        q = np.clip(np.rint(16 * values / step), 0, levels) * where
        message, bits = coder.write_raster(where, q, levels)
    else:
        tree, hint = planted(picture, step), np.zeros(picture.shape, np.uint8)
        values = fit(f, tree, step, base=BASE, contrast=edge / 16)
        writer = coder.Writer(1)
        writer.put(0, np.rint(16 * values), tree, hint, BASE, LEVELS, steps_of(step), kept(0))
        message, bits = writer.finish(), 8 * len(encode_bits(*split_decisions(tree)))
    header = Header(mask == "tree", operator, *picture.shape, step, edge, len(message))
    return pack(header) + message, bits


def planted(picture, step):
    """The tree of a picture: grown, looked at, and grown again where the diffused picture fails.

    Parameters
    ----------
    picture : ndarray, shape (H, W), uint8
    step : int
        In 1/16 of a grey value.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> int(planted(np.zeros((40, 40), np.uint8), 160).sum())
    4
    """
    from vdtext.fast.inpaint import steady

    tree, f = grown(picture, step / 16), picture.astype(float)
    values = fit(f, tree, step, base=BASE, steps=5, feedback=())
    first = steady.filled(steady.diffusion(tree), values, tolerance=10 * TOLERANCE)
    return regrown(picture, tree, step / 16, f - first)


def decode(data, *, limit=LIMIT):
    """The picture of a stream.

    What it computes is integers, and float64 by +, −, × and ÷ in a fixed order: every machine decodes the same picture.

    Parameters
    ----------
    data : bytes
        What :func:`encode` made; what follows its end is ignored.
    limit : int
        Larger pictures, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the picture is larger than the limit.

    Examples
    --------
    >>> picture = np.full((20, 30), 7, np.uint8)
    >>> int(decode(encode(picture, quality=90) + b"garbage")[3, 4])
    7
    """
    from vdtext.fast.inpaint import coder

    header, message = unpack(data, limit)
    shape = header.height, header.width
    if header.tree:
        hint = np.zeros(shape, np.uint8)
        mask, w = coder.Reader(message, 1).get(0, hint, BASE, LEVELS, steps_of(header.step), kept(0))
        values = w / 16
    else:
        mask, q = coder.read_raster(message, shape, (255 * 16 + header.step // 2) // header.step)
        values = q * header.step / 16
    return rebuilt(mask, values, header.operator, header.contrast / 16)
