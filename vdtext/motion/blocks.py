"""Blocks and their vectors, readable: how alike two blocks are, where to look, and what a vector costs."""

from itertools import product

import numpy as np

__all__ = ["descend", "full_search", "median_predictor", "sad", "satd", "search_window", "vector_bits"]

HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
DIAMOND = ((-1, 0), (0, -1), (0, 1), (1, 0))
SQUARE = (*DIAMOND, (-1, -1), (-1, 1), (1, -1), (1, 1))


def sad(a, b):
    """Sum of absolute differences of two blocks.

    .. math:: SAD = Σ |a − b|

    Parameters
    ----------
    a, b : ndarray, same shape, uint8

    Returns
    -------
    int

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 6.

    Examples
    --------
    >>> sad(np.uint8([1, 9]), np.uint8([3, 5]))
    6
    """
    return int(abs(a.astype(int) - b).sum())


def satd(a, b):
    """Sum of absolute differences after a 4×4 Hadamard transform, halved.

    .. math:: SATD = ½ Σ |H (a − b) Hᵀ|

    Parameters
    ----------
    a, b : ndarray, shape (h, w), uint8
        h and w are multiples of 4.

    Returns
    -------
    int

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 6.

    Examples
    --------
    >>> satd(np.full((4, 4), 7, np.uint8), np.full((4, 4), 9, np.uint8))  # one number carries all: 16·2/2
    16
    """
    h, w = a.shape
    tiles = (a.astype(int) - b).reshape(h // 4, 4, w // 4, 4).swapaxes(1, 2)
    return int(abs(HADAMARD @ tiles @ HADAMARD.T).sum()) // 2


def search_window(radius):
    """All whole-pixel vectors with both components within ±radius, the shortest first, in quarter pixels.

    Parameters
    ----------
    radius : int
        In pixels, >= 0.

    Returns
    -------
    ndarray, shape ((2·radius + 1)², 2), int32

    Examples
    --------
    >>> search_window(1)[:3].tolist()
    [[0, 0], [-4, 0], [0, -4]]
    """
    reach = range(-radius, radius + 1)
    order = sorted(product(reach, reach), key=lambda v: (v[0] ** 2 + v[1] ** 2, v))
    return 4 * np.array(order, np.int32)


def full_search(current, reference, *, block, radius):
    """The vector of each block by trying them all: the least SAD, the shortest vector of equals.

    .. math:: v = argmin_{|v_y|, |v_x| ≤ R} Σ_{p ∈ B} |c(p) − r(p + v)|

    One vector at a time is tried for the whole frame.  This is the oracle of the compiled search.

    Parameters
    ----------
    current, reference : ndarray, shape (H, W), uint8
        Beyond its border the reference is repeated.
    block : int
        Side of the blocks; those at the right and lower border may be smaller.
    radius : int
        R, in pixels.

    Returns
    -------
    ndarray, shape (⌈H/block⌉, ⌈W/block⌉, 2), int32
        In quarter pixels: (row, column).

    References
    ----------
    Jain, Jain, Displacement measurement and its application in interframe image coding, IEEE Trans. Communications 29
    (1981), doi:10.1109/TCOM.1981.1094950.

    Examples
    --------
    >>> frame = np.random.default_rng(0).integers(0, 255, (32, 48), np.uint8)
    >>> full_search(frame, np.roll(frame, (1, -2), (0, 1)), block=16, radius=3)[1, 1].tolist()
    [4, -8]
    """
    h, w = current.shape
    wide, rows, columns = np.pad(reference, radius, mode="edge"), range(0, h, block), range(0, w, block)
    best = np.full((len(rows), len(columns)), np.iinfo(int).max)
    vectors = np.zeros((*best.shape, 2), np.int32)
    for v in search_window(radius):
        y, x = radius + v // 4
        change = abs(current.astype(int) - wide[y : y + h, x : x + w])
        cost = np.add.reduceat(np.add.reduceat(change, rows, axis=0), columns, axis=1)
        vectors[cost < best] = v
        best = np.minimum(best, cost)
    return vectors


def descend(cost, start, *, steps):
    """Walk downhill: to the best neighbour as long as there is a better one, with ever smaller steps.

    Neighbours are those of a diamond, below a whole pixel (4) those of a square.  It finds *a* minimum.

    Parameters
    ----------
    cost : callable
        ``cost((row, column))`` of a vector in quarter pixels.
    start : sequence of (int, int)
        Where to look first; the walk begins at the best of them.
    steps : sequence of int
        In quarter pixels, such as (32, 16, 8, 4, 2, 1).

    Returns
    -------
    tuple (int, int)
        The vector, in quarter pixels.

    References
    ----------
    Zhu, Ma, A new diamond search algorithm for fast block-matching motion estimation, IEEE Trans. Image Processing 9
    (2000), doi:10.1109/83.821744.

    Examples
    --------
    >>> descend(lambda v: (v[0] - 9) ** 2 + (v[1] + 5) ** 2, [(0, 0)], steps=(4, 1))
    (9, -5)
    """
    best = min(start, key=cost)
    for step in steps:
        moved = True
        while moved:
            around = [(best[0] + step * a, best[1] + step * b) for a, b in (DIAMOND if step >= 4 else SQUARE)]
            trial = min(around, key=cost)
            moved = cost(trial) < cost(best)
            best = trial if moved else best
    return best


def vector_bits(difference):
    """Bits of two signed Exp-Golomb words, for the difference of a vector from its prediction.

    .. math:: b(d) = Σ_{row, column} (2 ⌈log2(|d| + 1)⌉ + 1)

    Parameters
    ----------
    difference : array_like of int, shape (…, 2)
        In units of the precision.

    Returns
    -------
    ndarray of int, shape (…)

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 7.

    Examples
    --------
    >>> vector_bits([[0, 0], [1, 0], [-2, 7]])
    array([ 2,  4, 12])
    """
    size = abs(np.asarray(difference))
    return (2 * np.ceil(np.log2(size + 1)).astype(int) + 1).sum(axis=-1)


def median_predictor(vectors):
    """What a decoder expects of each vector: the median of its neighbours to the left, above, and above to the right.

    .. math:: p = median(v_{left}, v_{above}, v_{above right}), row and column apart

    In the first row it is the left one; behind the right border the one above to the left stands in; outside is 0.

    Parameters
    ----------
    vectors : ndarray, shape (rows, columns, 2), int

    Returns
    -------
    ndarray, same shape and dtype

    References
    ----------
    Richardson, The H.264 Advanced Video Compression Standard (2010), chapter 6.

    Examples
    --------
    >>> median_predictor(np.array([[[0, 1], [2, 3], [9, 9]], [[4, 1], [0, 0], [0, 0]]]))[:, :2].tolist()
    [[[0, 0], [0, 1]], [[0, 1], [4, 3]]]
    """
    left, above = np.zeros_like(vectors), np.zeros_like(vectors)
    left[:, 1:], above[1:] = vectors[:, :-1], vectors[:-1]
    right = np.concatenate([above[:, 1:], above[:, -2:-1] if vectors.shape[1] > 1 else above], axis=1)
    middle = np.median([left, above, right], axis=0).astype(vectors.dtype)
    middle[0] = left[0]
    return middle
