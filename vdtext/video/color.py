"""Colour as video keeps it: one luma and two colour differences, in one of three matrices and two ranges (chapter 2).

Everything here is one affine map of three numbers.  Values are code values: an unsigned byte, or the same byte divided
by 255 as a float, so that both follow one formula and a float loses nothing to rounding.
"""

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["Color", "VideoError", "default_matrix", "luma", "rgb_to_ycbcr", "ycbcr_to_rgb"]

WEIGHTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020ncl": (0.2627, 0.0593),
}  # of red and of blue in luma


class VideoError(ValueError):
    """A file that cannot be read, a codec that is missing, a picture that did not survive the encoder (chapter 2).

    Examples
    --------
    >>> issubclass(VideoError, ValueError)
    True
    """


@dataclass(frozen=True)
class Color:
    """How a file's Y'CbCr values are meant, and whether the file says so itself.

    Attributes
    ----------
    matrix : str
        "bt601", "bt709" or "bt2020ncl"; of a file that holds RGB, the matrix that defines its luma.
    limited : bool
        True: 8-bit luma runs from 16 to 235 and chroma from 16 to 240; False: both use 0 to 255.
    matrix_tagged, range_tagged : bool
        False where the file is silent and the default was taken: BT.601 below 720 lines and BT.709 from there; limited
        range for Y'CbCr, full range for RGB and for grey files.

    Examples
    --------
    >>> print(Color("bt709", limited=True, matrix_tagged=False, range_tagged=True))
    bt709 (untagged), limited range
    """

    matrix: str
    limited: bool
    matrix_tagged: bool = True
    range_tagged: bool = True

    def __str__(self):
        assumed = {True: "", False: " (untagged)"}
        extent = "limited range" if self.limited else "full range"
        return f"{self.matrix}{assumed[self.matrix_tagged]}, {extent}{assumed[self.range_tagged]}"


def default_matrix(height):
    """The colour matrix to assume for a file that names none: BT.601 below 720 lines, BT.709 from there.

    Parameters
    ----------
    height : int
        Lines of the picture.

    Returns
    -------
    str
        "bt601" or "bt709".

    Examples
    --------
    >>> default_matrix(576), default_matrix(720)
    ('bt601', 'bt709')
    """
    return "bt601" if height < 720 else "bt709"


def rgb_to_ycbcr(rgb, *, matrix, limited):
    """Luma and colour differences of R'G'B'.

    Y = K_R R + K_G G + K_B B,  Cb = (B − Y) / (2 (1 − K_B)),  Cr = (R − Y) / (2 (1 − K_R)), in byte units placed at
    16 + 219 Y and 128 + 224 C (limited) or 255 Y and 128 + 255 C (full).

    Parameters
    ----------
    rgb : ndarray, shape (..., 3), uint8 or float
        Gamma-coded red, green, blue in 0…255, or in [0, 1].
    matrix : {"bt601", "bt709", "bt2020ncl"}
        Gives K_R and K_B; K_G = 1 − K_R − K_B.
    limited : bool
        Whether the result keeps foot- and headroom (16…235, 16…240).

    Returns
    -------
    ndarray, same shape and dtype
        Y', Cb, Cr as bytes, rounded and clipped, or as floats in byte / 255, neither rounded nor clipped; zero chroma
        is 128 (128/255).

    Raises
    ------
    ValueError
        If the matrix is unknown, the last axis has not 3 entries, or the dtype is neither uint8 nor float (chapter 2).

    References
    ----------
    ITU-R BT.601-7 (2011), BT.709-6 (2015), BT.2020-2 (2015, its non-constant luminance form).

    Examples
    --------
    >>> import numpy as np
    >>> red = np.array([255, 0, 0], dtype=np.uint8)
    >>> [rgb_to_ycbcr(red, matrix=matrix, limited=True).tolist() for matrix in ("bt601", "bt709")]
    [[81, 90, 240], [63, 102, 240]]
    """
    return _affine(rgb, *_forward(matrix, limited))


def ycbcr_to_rgb(ycbcr, *, matrix, limited):
    """R'G'B' of luma and colour differences: the exact inverse of `rgb_to_ycbcr`.

    R = Y + 2 (1 − K_R) Cr,  B = Y + 2 (1 − K_B) Cb,  G = (Y − K_R R − K_B B) / K_G.

    Parameters
    ----------
    ycbcr : ndarray, shape (..., 3), uint8 or float
        Y', Cb, Cr as bytes, or as floats in byte / 255.
    matrix : {"bt601", "bt709", "bt2020ncl"}
        The matrix of the encoder.
    limited : bool
        Whether 16…235 and 16…240 are the ends of the range.

    Returns
    -------
    ndarray, same shape and dtype
        Bytes are rounded and clipped to 0…255.  Floats are not clipped: Y'CbCr has colours outside of RGB's cube.

    Raises
    ------
    ValueError
        As `rgb_to_ycbcr`.

    References
    ----------
    ITU-R BT.601-7 (2011), BT.709-6 (2015), BT.2020-2 (2015).

    Examples
    --------
    >>> import numpy as np
    >>> ycbcr_to_rgb(np.array([63, 102, 240], dtype=np.uint8), matrix="bt709", limited=True).tolist()
    [255, 1, 0]
    """
    linear, offset = _forward(matrix, limited)
    inverse = np.linalg.inv(linear)
    return _affine(ycbcr, inverse, -inverse @ offset)


def luma(rgb, *, matrix):
    """Luma in full range, Y' = K_R R' + K_G G' + K_B B': what this book means by the grey of a picture.

    Parameters
    ----------
    rgb : ndarray, shape (..., 3), uint8 or float
        Gamma-coded red, green, blue in 0…255, or in [0, 1].
    matrix : {"bt601", "bt709", "bt2020ncl"}
        Gives the weights.

    Returns
    -------
    ndarray, shape (...), same dtype
        0…255 (rounded), or [0, 1].

    Raises
    ------
    ValueError
        As `rgb_to_ycbcr`.

    References
    ----------
    Poynton, Digital Video and HD: Algorithms and Interfaces, 2nd edition (2012).

    Examples
    --------
    >>> import numpy as np
    >>> luma(np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]]), matrix="bt709").round(4).tolist()
    [1.0, 0.7152]
    """
    linear, offset = _forward(matrix, False)
    return _affine(rgb, linear[:1], offset[:1])[..., 0]


def _weights(matrix):
    """K_R and K_B."""
    if matrix not in WEIGHTS:
        raise ValueError(f"matrix={matrix!r}: it is one of {', '.join(map(repr, WEIGHTS))} (chapter 2)")
    return WEIGHTS[matrix]


def _forward(matrix, limited):
    """The linear part, shape (3, 3), and the offset in byte units, shape (3,), of RGB to Y'CbCr."""
    red, blue = _weights(matrix)
    y = np.array([red, 1 - red - blue, blue])
    cb, cr = (np.array([0, 0, 1]) - y) / (2 * (1 - blue)), (np.array([1, 0, 0]) - y) / (2 * (1 - red))
    if limited:
        return np.stack([219 * y, 224 * cb, 224 * cr]) / 255, np.array([16.0, 128, 128])
    return np.stack([y, cb, cr]), np.array([0.0, 128, 128])


def _affine(pixels, linear, offset):
    """linear · pixel + offset for every pixel; bytes rounded and clipped, floats with offset / 255 and left alone."""
    pixels = np.asarray(pixels)
    if pixels.shape[-1:] != (3,) or pixels.dtype not in (np.uint8, np.float32, np.float64):
        given = f"{pixels.dtype} of shape {pixels.shape}"
        raise ValueError(f"{given}: colours are uint8, float32 or float64 of shape (..., 3) (chapter 2)")
    shape = (*pixels.shape[:-1], len(linear))
    if pixels.size == 0:
        return np.empty(shape, pixels.dtype)
    row = pixels.reshape(1, -1, 3)
    if pixels.dtype != np.uint8:
        return cv2.transform(row, np.column_stack([linear, offset / 255])).reshape(shape)
    # OpenCV transforms bytes in a coarse fixed point, but 16-bit integers in floats: right to 0.01 before it rounds
    return cv2.convertScaleAbs(cv2.transform(row.astype(np.uint16), np.column_stack([linear, offset]))).reshape(shape)
