"""Levels of a wavelet transform along any axes (pictures, time, space–time), and a pyramid that knows its making."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from vdtext.wavelets.lifting import WAVELETS

__all__ = ["Band", "Pyramid", "bands", "checked", "decompose", "depth", "extents", "recompose"]


@dataclass(frozen=True)
class Band:
    """One subband: where it lies in the array of coefficients, and what it holds.

    Attributes
    ----------
    name : str
        A letter for each axis, L for low-pass and H for high-pass, the last axis first, as the field does: "HL" is
        high-pass from left to right.
    level : int
        1 is the finest.
    region : tuple of slice
        Of the coefficients.

    Examples
    --------
    >>> Band("HL", 1, (slice(0, 2), slice(2, 4))).name
    'HL'
    """

    name: str
    level: int
    region: tuple[slice, ...]


@dataclass(frozen=True)
class Pyramid:
    """A picture or clip as :func:`decompose` leaves it, with what is needed to go back.

    Attributes
    ----------
    coefficients : ndarray
        Of the shape and dtype of the original: in the corner the low-pass band of the last level, around it the other
        bands of that level, around these those of the level before.
    levels : int
        How many.
    wavelet : str
        "haar", "5/3" or "9/7".
    axes : tuple of int
        The axes that were transformed, not negative, ascending.

    Examples
    --------
    >>> pyramid = decompose(np.ones((5, 7)), 2, wavelet="9/7")
    >>> pyramid.shape, pyramid.band("LL").shape, [band.name for band in pyramid.bands[:4]]
    ((5, 7), (2, 2), ['LL', 'HL', 'LH', 'HH'])
    """

    coefficients: np.ndarray
    levels: int
    wavelet: str
    axes: tuple[int, ...]

    @property
    def shape(self):
        """The shape of the original."""
        return self.coefficients.shape

    @property
    def dtype(self):
        """The dtype of the original."""
        return self.coefficients.dtype

    @property
    def bands(self):
        """All subbands, from coarse to fine."""
        return bands(self.shape, self.levels, self.axes)

    def band(self, name, level=None):
        """The coefficients of one subband, a view; of the last level unless told otherwise."""
        level = self.levels if level is None else level
        return next(self.coefficients[band.region] for band in self.bands if (band.name, band.level) == (name, level))


def extents(size, levels):
    """The size of the low-pass band after 0, 1, … levels.

    Parameters
    ----------
    size, levels : int
        Samples, and how often they are halved.

    Returns
    -------
    list of int
        levels + 1 numbers.

    Examples
    --------
    >>> extents(13, 4)
    [13, 7, 4, 2, 1]
    """
    return [-(-size >> level) for level in range(levels + 1)]


def depth(shape, least=4):
    """So many levels leave at least so many samples along each axis, as many as possible.

    Parameters
    ----------
    shape : tuple of int
        Sizes of the axes that are transformed.
    least : int
        Samples of the last low-pass band.

    Returns
    -------
    int

    Examples
    --------
    >>> depth((288, 352)), depth((3, 100))
    (6, 0)
    """
    return max(0, (min(shape) // least).bit_length() - 1)


def bands(shape, levels, axes=None):
    """The subbands of a transform, from coarse to fine; empty ones are left out.

    Parameters
    ----------
    shape : tuple of int
        Of the original.
    levels : int
        How many.
    axes : tuple of int, optional
        Which axes are transformed; all by default.

    Returns
    -------
    list of Band
        The low-pass band first, then those of each level.

    Examples
    --------
    >>> [(band.name, band.level) for band in bands((4, 1), 2)]
    [('LL', 2), ('LH', 2), ('LH', 1)]
    """
    axes = tuple(range(len(shape))) if axes is None else axes
    sizes = {axis: extents(shape[axis], levels) for axis in axes}
    found = []
    for level in range(levels, 0, -1):
        kinds = [kind for kind in product((0, 1), repeat=len(axes)) if any(kind) or level == levels]
        for kind in kinds:
            region = [slice(0, n) for n in shape]
            for high, axis in zip(kind, axes, strict=True):
                whole, low = sizes[axis][level - 1 : level + 1]
                region[axis] = slice(low, whole) if high else slice(0, low)
            if all(r.stop > r.start for r in region):
                found.append(Band("".join("LH"[high] for high in reversed(kind)), level, tuple(region)))
    return found or [Band("L" * len(axes), 0, tuple(slice(0, n) for n in shape))]


def checked(x, levels, wavelet, axes):
    """The array and the axes that are transformed, after making sure that they can be.

    Parameters
    ----------
    x, levels, wavelet, axes
        As for :func:`decompose`.

    Returns
    -------
    tuple of int
        Axes, not negative, ascending.

    Raises
    ------
    TypeError, ValueError
        As :func:`decompose`.

    Examples
    --------
    >>> checked(np.zeros((3, 4, 5)), 1, "9/7", (-1, -2))
    (1, 2)
    """
    if wavelet not in WAVELETS:
        raise ValueError(f"wavelet={wavelet!r} is unknown: choose {', '.join(map(repr, WAVELETS))} (chapter 7)")
    if x.dtype.kind != "f" and (x.dtype.kind != "i" or wavelet == "9/7"):
        accepted = "floats" if wavelet == "9/7" else "floats and signed integers"
        raise TypeError(f"{x.dtype}: the {wavelet} wavelet takes {accepted} (chapter 7)")
    if not 0 <= levels <= 32:
        raise ValueError(f"levels={levels}: accepted are 0 to 32 (chapter 7)")
    if not x.size or any(not -x.ndim <= axis < x.ndim for axis in axes) or len({a % x.ndim for a in axes}) < len(axes):
        raise ValueError(f"axes {axes} of shape {x.shape}: accepted are distinct axes, no size is 0 (chapter 7)")
    return tuple(sorted(axis % x.ndim for axis in axes))


def decompose(x, levels, *, wavelet, axes=(-2, -1)):
    """Transform along each axis, then what is low-pass along all of them once more, level by level (Mallat's pyramid).

    Parameters
    ----------
    x : ndarray, floats, or signed integers (Haar and 5/3)
        A picture (H, W), a clip (T, H, W), or more axes.
    levels : int
        How many, 0 to 32; sizes of 1 are left as they are, but for the factor of a constant.
    wavelet : {"haar", "5/3", "9/7"}
        Which one.
    axes : tuple of int
        Rows and columns by default; (0,) is time, (0, 1, 2) is space–time.

    Returns
    -------
    Pyramid

    Raises
    ------
    TypeError
        If the wavelet cannot transform this dtype.
    ValueError
        If another argument cannot be right.

    References
    ----------
    Mallat, A theory for multiresolution signal decomposition, IEEE PAMI 11 (1989), doi:10.1109/34.192463.

    Examples
    --------
    >>> x = np.arange(35).reshape(5, 7)
    >>> pyramid = decompose(x, 3, wavelet="5/3")
    >>> bool((recompose(pyramid) == x).all())
    True
    """
    x = np.asarray(x)
    axes = checked(x, levels, wavelet, axes)
    forward, y = WAVELETS[wavelet][0], x.copy()
    for corner in corners(x.shape, levels, axes):
        for axis in reversed(axes):
            y[corner] = forward(y[corner], axis)
    return Pyramid(y, levels, wavelet, axes)


def recompose(pyramid):
    """Undo :func:`decompose`: levels and axes in reverse.

    Parameters
    ----------
    pyramid : Pyramid
        Coefficients of the dtype that comes out.

    Returns
    -------
    ndarray, shape and dtype of the original
        Of integers exactly the original.

    Examples
    --------
    >>> recompose(Pyramid(np.array([[2.0, 0.0]]), 1, "haar", (1,))).round(3).tolist()
    [[1.414, 1.414]]
    """
    inverse, x = WAVELETS[pyramid.wavelet][1], pyramid.coefficients.copy()
    for corner in reversed(corners(pyramid.shape, pyramid.levels, pyramid.axes)):
        for axis in pyramid.axes:
            x[corner] = inverse(x[corner], axis)
    return x


def corners(shape, levels, axes):
    """What each level transforms: the region of the low-pass band of the level before.

    Parameters
    ----------
    shape, levels, axes
        As for :func:`bands`.

    Returns
    -------
    list of tuple of slice

    Examples
    --------
    >>> corners((4, 6), 2, (1,))
    [(slice(0, 4, None), slice(0, 6, None)), (slice(0, 4, None), slice(0, 3, None))]
    """
    sizes = {axis: extents(n, levels) if axis in axes else [n] * (levels + 1) for axis, n in enumerate(shape)}
    return [tuple(slice(0, sizes[axis][level]) for axis in range(len(shape))) for level in range(levels)]
