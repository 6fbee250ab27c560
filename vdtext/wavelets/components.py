"""The components that are coded: grey, luma and chroma, or reversible differences; and back, in integers."""

import numpy as np

from vdtext import video

__all__ = ["MODES", "reversible", "shapes", "split", "unite", "unreversible"]

MODES = ("grey", "4:2:0", "4:4:4")
FRACTION = 6
"""Decoded components have so many bits behind the point."""
RED, GREEN_CB, GREEN_CR, BLUE = 91881, 22554, 46802, 116130
"""2¹⁶ times 1.402, 0.344136, 0.714136, 1.772: BT.601 in full range, back to RGB."""


def shapes(mode, height, width):
    """Sizes of the components.

    Parameters
    ----------
    mode : {"grey", "4:2:0", "4:4:4"}
        What they are.
    height, width : int
        Of the picture.

    Returns
    -------
    list of (int, int)

    Examples
    --------
    >>> shapes("4:2:0", 5, 8)
    [(5, 8), (3, 4), (3, 4)]
    """
    chroma = (-(-height // 2), -(-width // 2)) if mode == "4:2:0" else (height, width)
    return [(height, width)] + [chroma] * 2 * (mode != "grey")


def split(image, mode):
    """Luma and chroma around zero, unrounded; chroma of 4:2:0 is the mean of four pixels.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, 3), uint8
        Grey or RGB.
    mode : {"grey", "4:2:0", "4:4:4"}
        What is wanted.

    Returns
    -------
    list of ndarray of float32
        Y − 128, Cb − 128, Cr − 128 in grey values (BT.601, full range, as JPEG has it).

    Examples
    --------
    >>> [round(float(c[0, 0]), 2) for c in split(np.full((1, 1, 3), (255, 0, 0), np.uint8), "4:4:4")]
    [-51.76, -43.03, 127.5]
    """
    if mode == "grey":
        return [image.astype(np.float32) - 128]
    ycbcr = video.rgb_to_ycbcr(image.astype(np.float32) / 255, matrix="bt601", limited=False) * 255 - 128
    if mode == "4:4:4":
        return [np.ascontiguousarray(ycbcr[..., c]) for c in range(3)]
    h, w = image.shape[:2]
    even = np.pad(ycbcr[..., 1:], ((0, h % 2), (0, w % 2), (0, 0)), mode="edge")
    chroma = even.reshape(-(-h // 2), 2, -(-w // 2), 2, 2).mean((1, 3))
    return [np.ascontiguousarray(ycbcr[..., 0]), *(np.ascontiguousarray(chroma[..., c]) for c in range(2))]


def unite(components, mode):
    """The picture of decoded components.

    Parameters
    ----------
    components : list of ndarray of int64
        Around zero, in units of 2⁻⁶.
    mode : {"grey", "4:2:0", "4:4:4"}
        What they are.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, 3), uint8

    Examples
    --------
    >>> unite([np.full((1, 1), v * 64) for v in (-52, -43, 127)], "4:4:4").tolist()
    [[[254, 0, 0]]]
    """
    half = 1 << FRACTION - 1
    if mode == "grey":
        return ((components[0] + (128 << FRACTION) + half) >> FRACTION).clip(0, 255).astype(np.uint8)
    y, *chroma = components
    cb, cr = (doubled(c, y.shape) for c in chroma) if mode == "4:2:0" else chroma
    y = (y + (128 << FRACTION)) << 16
    rgb = np.stack([y + RED * cr, y - GREEN_CB * cb - GREEN_CR * cr, y + BLUE * cb], axis=-1)
    return ((rgb + (half << 16)) >> (16 + FRACTION)).clip(0, 255).astype(np.uint8)


def doubled(chroma, shape):
    """Chroma for every pixel: three parts of the nearest sample and one of the next, along each axis.

    Parameters
    ----------
    chroma : ndarray, shape (⌈H/2⌉, ⌈W/2⌉), integers
        Each is the mean of four pixels.
    shape : (int, int)
        H, W.

    Returns
    -------
    ndarray, shape (H, W)

    Examples
    --------
    >>> doubled(np.array([[0, 16]]), (1, 4)).tolist()
    [[0, 4, 12, 16]]
    """
    for axis, n in enumerate(shape):
        c = np.moveaxis(chroma, axis, 0)
        before, after = np.concatenate([c[:1], c[:-1]]), np.concatenate([c[1:], c[-1:]])
        pairs = np.stack([(3 * c + before + 2) >> 2, (3 * c + after + 2) >> 2], axis=1)
        chroma = np.moveaxis(pairs.reshape(-1, *c.shape[1:])[:n], 0, axis)
    return chroma


def reversible(image):
    """Integer components from which the picture comes back exactly: grey − 128, or YCoCg-R.

    Co = R − B, t = B + ⌊Co/2⌋, Cg = G − t, Y = t + ⌊Cg/2⌋.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, 3), uint8
        Grey or RGB.

    Returns
    -------
    list of ndarray of int32
        Y − 128, Cg, Co.

    References
    ----------
    Malvar, Sullivan, YCoCg-R: a color space with RGB reversibility and low dynamic range, JVT-I014r3 (2003).

    Examples
    --------
    >>> [int(c[0, 0]) for c in reversible(np.full((1, 1, 3), (255, 0, 0), np.uint8))]
    [-65, -127, 255]
    """
    if image.ndim == 2:
        return [image.astype(np.int32) - 128]
    r, g, b = (image[..., c].astype(np.int32) for c in range(3))
    co = r - b
    t = b + (co >> 1)
    cg = g - t
    return [t + (cg >> 1) - 128, cg, co]


def unreversible(components):
    """Undo :func:`reversible`.

    Parameters
    ----------
    components : list of ndarray of integers
        Y − 128, or Y − 128, Cg, Co.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, 3), uint8
        Clipped, if the components are not whole.

    Examples
    --------
    >>> unreversible([np.full((1, 1), v) for v in (-65, -127, 255)]).tolist()
    [[[255, 0, 0]]]
    """
    if len(components) == 1:
        return (components[0] + 128).clip(0, 255).astype(np.uint8)
    y, cg, co = components
    t = y + 128 - (cg >> 1)
    b = t - (co >> 1)
    return np.stack([b + co, cg + t, b], axis=-1).clip(0, 255).astype(np.uint8)
