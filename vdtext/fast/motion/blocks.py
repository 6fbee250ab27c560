"""How well a block is predicted, and what its vector costs: SAD, SATD, Exp-Golomb bits, the median predictor."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.motion.lanes import sad8, sad16

__all__ = ["block_sad", "block_satd", "corner", "median_vector", "plane_sad", "vector_bits"]


@njit(forceinline=True)
def corner(position, shift, margin, size, end):
    """Where a row (or column) of blocks begins in a plane with a margin, never outside of it.

    With a margin of at least the block and four pixels this is the same as a picture that goes on forever, its border
    repeated: a block that is moved wholly beyond the border sees the border's pixels alone.

    Parameters
    ----------
    position : int
        First row of the block in the frame.
    shift : int
        Row of the vector in quarter pixels.
    margin, size, end : int
        Rows before the frame; rows of the block; rows of the plane.

    Returns
    -------
    int
        0 to end − size.

    Examples
    --------
    >>> corner(16, -5, 8, 16, 80), corner(0, -400, 8, 16, 80)
    (22, 0)
    """
    return min(max(margin + position + (shift >> 2), 0), end - size)


@njit(forceinline=True)
def plane_sad(current, plane, y, x, top, left, height, width):
    """Sum of absolute differences of a block at (y, x) and one at (top, left) of another plane; both lie inside.

    Parameters
    ----------
    current, plane : ndarray, shapes (H, W) and (H', W'), uint8, C-contiguous
    y, x, top, left, height, width : int

    Returns
    -------
    int

    Examples
    --------
    >>> a = np.arange(900, dtype=np.uint8).reshape(30, 30) // 4
    >>> plane_sad(a, a, 1, 1, 1, 1, 29, 29), plane_sad(a, a, 0, 0, 0, 4, 8, 25)
    (0, 200)
    """
    total = 0
    if width == 16:
        for i in range(height):
            total += sad16(current, y + i, x, plane, top + i, left)
        return total
    for i in range(height):
        j = 0
        while j + 16 <= width:
            total += sad16(current, y + i, x + j, plane, top + i, left + j)
            j += 16
        if j + 8 <= width:
            total += sad8(current, y + i, x + j, plane, top + i, left + j)
            j += 8
        while j < width:
            total += abs(np.int64(current[y + i, x + j]) - np.int64(plane[top + i, left + j]))
            j += 1
    return total


@njit(forceinline=True)
def block_sad(current, planes, y, x, v, u, height, width):
    """Sum of absolute differences between a block and its prediction.

    .. math:: SAD = Σ_{i,j} |c[y+i, x+j] − r(y+i+v/4, x+j+u/4)|

    Parameters
    ----------
    current : ndarray, shape (H, W), uint8, C-contiguous
        The frame that is predicted.
    planes : ndarray, shape (4, 4, H + 2P, W + 2P), uint8, C-contiguous
        :func:`vdtext.fast.motion.phases` of the reference.
    y, x : int
        First row and column of the block.
    v, u : int
        Vector in quarter pixels.
    height, width : int
        Of the block; it lies inside the frame.

    Returns
    -------
    int

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 6.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> frame = np.tile(np.arange(20, dtype=np.uint8), (20, 1))
    >>> block_sad(frame, phases(frame, 24), 2, 2, 0, 4, 16, 16)  # one pixel to the right
    256
    """
    margin = (planes.shape[2] - current.shape[0]) // 2
    plane = planes[v & 3, u & 3]
    top = corner(y, v, margin, height, plane.shape[0])
    left = corner(x, u, margin, width, plane.shape[1])
    return plane_sad(current, plane, y, x, top, left, height, width)


@njit(forceinline=True)
def hadamard4(a, b, c, d):
    """The Hadamard transform of four numbers: sums and differences of sums and differences.

    Parameters
    ----------
    a, b, c, d : int

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> hadamard4(1, 1, 1, 1)
    (4, 0, 0, 0)
    """
    plus, minus, more, less = a + b, a - b, c + d, c - d
    return plus + more, minus + less, plus - more, minus - less


@njit
def block_satd(current, planes, y, x, v, u, height, width):
    """Sum of absolute differences after a 4×4 Hadamard transform, halved: near to what the residual will cost.

    .. math:: SATD = ½ Σ_{4×4} Σ |H D H|,  H = [[1,1,1,1], [1,−1,1,−1], [1,1,−1,−1], [1,−1,−1,1]]

    Parameters
    ----------
    current, planes, y, x, v, u
        As for :func:`block_sad`.
    height, width : int
        Of the block.  Where they are no multiples of 4, what is left over counts by its SAD.

    Returns
    -------
    int

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 6.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> flat, edge = np.full((8, 8), 7, np.uint8), np.full((8, 8), 9, np.uint8)
    >>> block_satd(flat, phases(edge, 16), 0, 0, 0, 0, 8, 8)  # of each 4×4 block one number is left, 16·2
    64
    """
    margin = (planes.shape[2] - current.shape[0]) // 2
    plane = planes[v & 3, u & 3]
    top = corner(y, v, margin, height, plane.shape[0])
    left = corner(x, u, margin, width, plane.shape[1])
    t = np.empty((4, 4), np.int64)
    total = 0
    for i in range(0, height, 4):
        for j in range(0, width, 4):
            if i + 4 > height or j + 4 > width:
                for k in range(i, min(i + 4, height)):
                    for m in range(j, min(j + 4, width)):
                        total += 2 * abs(np.int64(current[y + k, x + m]) - np.int64(plane[top + k, left + m]))
                continue
            for k in range(4):
                for m in range(4):
                    t[k, m] = np.int64(current[y + i + k, x + j + m]) - np.int64(plane[top + i + k, left + j + m])
                t[k, 0], t[k, 1], t[k, 2], t[k, 3] = hadamard4(t[k, 0], t[k, 1], t[k, 2], t[k, 3])
            for m in range(4):
                a, b, c, d = hadamard4(t[0, m], t[1, m], t[2, m], t[3, m])
                total += abs(a) + abs(b) + abs(c) + abs(d)
    return total >> 1


@njit(forceinline=True)
def vector_bits(row, column):
    """Bits of a vector's difference from its prediction, two signed Exp-Golomb words: 2·⌈log2(|d| + 1)⌉ + 1 each.

    Parameters
    ----------
    row, column : int
        The difference, in units of the precision.

    Returns
    -------
    int
        2 or more.

    Examples
    --------
    >>> vector_bits(0, 0), vector_bits(1, 0), vector_bits(-2, 7)
    (2, 4, 12)
    """
    bits = 2
    for d in (abs(row), abs(column)):
        while d:
            bits += 2
            d >>= 1
    return bits


@njit
def median_vector(vectors, i, j, step):
    """The predictor of a vector: the median of those to the left, above, and above to the right, row and column apart.

    In the first row it is the left one; behind the right border the one above to the left stands in; in the corner it
    is 0.

    Parameters
    ----------
    vectors : ndarray, shape (rows, columns, 2), int32
        All that lies before the block in the order of the frame is known.
    i, j : int
        Place of the block in the grid.
    step : int
        How many cells of the grid the block is wide: what lies above to the right is `step` cells on; −1 takes the one
        above to the left in its place, where that on the right is not known yet.

    Returns
    -------
    tuple (int, int)
        Row and column.

    Examples
    --------
    >>> field = np.array([[[0, 1], [2, 3], [9, 9]], [[4, 1], [0, 0], [0, 0]]], np.int32)
    >>> [tuple(map(int, median_vector(field, i, j, 1))) for i, j in ((0, 0), (0, 1), (1, 1))]
    [(0, 0), (0, 1), (4, 3)]
    """
    if i == 0:
        if j == 0:
            return 0, 0
        return vectors[0, j - 1, 0], vectors[0, j - 1, 1]
    across = j + step if j + step < vectors.shape[1] else j - 1
    b, d = vectors[i - 1, j], vectors[i - 1, max(across, 0)]
    if j == 0:
        return median(0, b[0], d[0]), median(0, b[1], d[1])
    a = vectors[i, j - 1]
    return median(a[0], b[0], d[0]), median(a[1], b[1], d[1])


@njit(forceinline=True)
def median(a, b, c):
    """The middle one of three numbers.

    Parameters
    ----------
    a, b, c : int

    Returns
    -------
    int

    Examples
    --------
    >>> median(3, 9, 5)
    5
    """
    return max(min(a, b), min(max(a, b), c))
