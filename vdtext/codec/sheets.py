"""Sheets: the planes of a frame on one array, padded to multiples of 8."""

import numpy as np

__all__ = ["padded_size", "sheet", "unsheet"]


def padded_size(size):
    """(H, W) rounded up to multiples of 8.

    Parameters
    ----------
    size : tuple of int

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> padded_size((144, 33))
    (144, 40)
    """
    return tuple(-(-n // 8) * 8 for n in size)


def sheet(planes):
    """Luma, and below it both chroma planes side by side; borders are repeated.

    Parameters
    ----------
    planes : sequence of 1 or 3 ndarray, uint8
        Of one frame.

    Returns
    -------
    ndarray, shape (H, W) or (3H/2, W), uint8

    Examples
    --------
    >>> sheet([np.zeros((9, 3), np.uint8)] + 2 * [np.ones((5, 2), np.uint8)]).shape
    (24, 8)
    """
    h, w = padded_size(planes[0].shape)

    def stretched(plane, rows, columns):
        return np.pad(plane, [(0, rows - plane.shape[0]), (0, columns - plane.shape[1])], mode="edge")

    luma = stretched(planes[0], h, w)
    if len(planes) == 1:
        return luma
    return np.concatenate([luma, np.concatenate([stretched(p, h // 2, w // 2) for p in planes[1:]], axis=1)])


def unsheet(picture, size, color):
    """The planes of a sheet, cut to their size.

    Parameters
    ----------
    picture : ndarray
        As :func:`sheet` made it.
    size : tuple of int
        (H, W) of luma.
    color : bool
        Whether there is chroma.

    Returns
    -------
    list of ndarray

    Examples
    --------
    >>> planes = [np.full((9, 3), 7, np.uint8)] + 2 * [np.ones((5, 2), np.uint8)]
    >>> [plane.shape for plane in unsheet(sheet(planes), (9, 3), True)]
    [(9, 3), (5, 2), (5, 2)]
    """
    (h, w), (rows, columns) = padded_size(size), size
    planes = [picture[:rows, :columns]]
    if color:
        half = -(-rows // 2), -(-columns // 2)
        planes += [picture[h : h + half[0], k * (w // 2) : k * (w // 2) + half[1]] for k in range(2)]
    return planes
