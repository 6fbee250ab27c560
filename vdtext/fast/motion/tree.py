"""Blocks of 32, 16 and 8: every square is split where four vectors pay for themselves."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.motion.blocks import median_vector
from vdtext.fast.motion.search import neighbours, search_block

__all__ = ["beyond", "tree_field"]


@njit(forceinline=True)
def beyond(i, cells):
    """Where the third neighbour of a square stands, for :func:`vdtext.fast.motion.median_vector`.

    Above to the right where the row of squares of 32 above ends, so that it is known; above to the left elsewhere.

    Parameters
    ----------
    i, cells : int
        Row of the square in the grid of 8 pixels; its side in cells.

    Returns
    -------
    int

    Examples
    --------
    >>> beyond(4, 2), beyond(5, 1)
    (2, -1)
    """
    return cells if i % 4 == 0 else -1


@njit
def tree_field(current, planes, start, reach, price, unit, hadamard, steps, vectors, sizes):
    """Vectors and sizes of a quadtree from 32 to 8 pixels, the cheapest from below upwards.

    A square of 32 or 16 pixels costs one bit more, that says whether it is split; it is kept whole if J, its distortion
    and bits, is not above that of its parts.

    Parameters
    ----------
    current, planes, reach, price, unit, hadamard, steps
        As for :func:`vdtext.fast.motion.search_block`.
    start : ndarray, shape (rows, columns, 2), int32
        One more candidate a cell of 8 pixels.
    vectors : ndarray, shape (rows, columns, 2), int32
        Overwritten, a vector a cell of 8 pixels, the same in all cells of a block; rows = ⌈H/8⌉.
    sizes : ndarray, shape (rows, columns), uint8
        Overwritten: 32, 16 or 8, the side of the block in which a cell lies.

    Returns
    -------
    int
        J of the whole frame, in sixteenths of a grey value.

    References
    ----------
    Sullivan, Baker, Efficient quadtree coding of images and video, IEEE Trans. Image Processing 3 (1994),
    doi:10.1109/83.287030.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> from vdtext.fast.motion.search import QUARTER
    >>> frame, vectors, sizes = np.zeros((64, 64), np.uint8), np.zeros((8, 8, 2), np.int32), np.zeros((8, 8), np.uint8)
    >>> start, planes = vectors.copy(), phases(frame, 40)
    >>> tree_field(frame, planes, start, 64, 16, 1, False, QUARTER, vectors, sizes)  # 4·(2 + 1) bits
    192
    >>> int(sizes.min())
    32
    """
    total = 0
    kept, kept_sizes = np.empty((4, 4, 2), np.int32), np.empty((4, 4), np.uint8)
    candidates, best = np.empty((8, 2), np.int32), np.empty(3, np.int64)
    task = (reach, price, unit, hadamard, steps)
    for i in range(0, sizes.shape[0], 4):
        for j in range(0, sizes.shape[1], 4):
            whole = price + _square(current, planes, i, j, 4, task, start, vectors, sizes, candidates, best)
            high, wide = min(4, sizes.shape[0] - i), min(4, sizes.shape[1] - j)
            kept[:high, :wide] = vectors[i : i + high, j : j + wide]
            kept_sizes[:high, :wide] = sizes[i : i + high, j : j + wide]
            parts = price
            for k in range(4):
                a, b = i + 2 * (k // 2), j + 2 * (k % 2)
                if a < sizes.shape[0] and b < sizes.shape[1]:
                    parts += _quarter(current, planes, a, b, task, start, vectors, sizes, candidates, best)
            if whole <= parts:
                vectors[i : i + high, j : j + wide] = kept[:high, :wide]
                sizes[i : i + high, j : j + wide] = kept_sizes[:high, :wide]
            total += min(whole, parts)
    return total


@njit
def _quarter(current, planes, i, j, task, start, vectors, sizes, candidates, best):
    """The cheaper of one square of 16 and its four of 8; its cost."""
    price = task[1]
    whole = price + _square(current, planes, i, j, 2, task, start, vectors, sizes, candidates, best)
    v, u = vectors[i, j, 0], vectors[i, j, 1]
    parts = price
    for k in range(4):
        a, b = i + k // 2, j + k % 2
        if a < sizes.shape[0] and b < sizes.shape[1]:
            parts += _square(current, planes, a, b, 1, task, start, vectors, sizes, candidates, best)
    if whole <= parts:
        _fill(vectors, sizes, i, j, 2, v, u)
    return min(whole, parts)


@njit
def _square(current, planes, i, j, cells, task, start, vectors, sizes, candidates, best):
    """Search one square, write its vector and size into the grid, return its cost."""
    reach, price, unit, hadamard, steps = task
    y, x = 8 * i, 8 * j
    height, width = min(8 * cells, current.shape[0] - y), min(8 * cells, current.shape[1] - x)
    row, column = median_vector(vectors, i, j, beyond(i, cells))
    candidates[7] = vectors[i, j]  # of the square that this is a part of
    neighbours(vectors, i, j, cells, candidates)
    candidates[5, 0], candidates[5, 1] = row, column
    candidates[6] = start[i, j]
    search_block(
        *(current, planes, y, x, height, width, candidates, row, column),
        *(reach, price, unit, hadamard, steps, best),
    )
    _fill(vectors, sizes, i, j, cells, best[1], best[2])
    return best[0]


@njit
def _fill(vectors, sizes, i, j, cells, v, u):
    """One vector and size in all cells of a square."""
    for a in range(i, min(i + cells, sizes.shape[0])):
        for b in range(j, min(j + cells, sizes.shape[1])):
            vectors[a, b, 0], vectors[a, b, 1], sizes[a, b] = v, u, 8 * cells
