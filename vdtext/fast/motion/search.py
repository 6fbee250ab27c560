"""Looking for the vector of a block: everywhere in a window, or downhill from a few candidates."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.motion.blocks import block_sad, block_satd, corner, median_vector, plane_sad, vector_bits

__all__ = ["HALF", "INTEGER", "QUARTER", "full_field", "neighbours", "search_block", "search_field", "trial"]

INTEGER = np.array([32, 16, 8, 4], np.int32)
"""Steps of a descent, in quarter pixels: 8, 4, 2 and 1 pixels."""
HALF = np.array([32, 16, 8, 4, 2], np.int32)
"""And half a pixel."""
QUARTER = np.array([32, 16, 8, 4, 2, 1], np.int32)
"""And a quarter."""
AROUND = np.array([[-1, 0], [0, -1], [0, 1], [1, 0], [-1, -1], [-1, 1], [1, -1], [1, 1]], np.int32)
"""The diamond, and the four corners that are tried as well below one pixel."""


@njit(forceinline=True)
def trial(current, planes, y, x, height, width, v, u, row, column, reach, price, unit, hadamard, best):
    """Try one vector, and keep it if it is better: J = 16·distortion + price·bits(vector − predictor).

    Parameters
    ----------
    current, planes, y, x, height, width
        As for :func:`vdtext.fast.motion.blocks.block_sad`.
    v, u : int
        The vector, in quarter pixels.
    row, column : int
        Its predictor, in quarter pixels.
    reach : int
        Vectors with a larger component, in quarter pixels, are not tried.
    price : int
        What a bit costs, in sixteenths of a grey value.
    unit : int
        4, 2 or 1 quarter pixels: in what the difference is counted.
    hadamard : bool
        SATD instead of SAD.
    best : ndarray, shape (3,), int64
        The least cost so far, and its vector; changed in place.

    Returns
    -------
    bool
        Whether this one is better.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> frame, best = np.tile(np.arange(32, dtype=np.uint8), (32, 1)), np.array([1 << 60, 0, 0])
    >>> trial(frame, phases(frame, 24), 8, 8, 16, 16, 0, 4, 0, 0, 64, 16, 4, False, best)
    True
    >>> best.tolist()  # 256 grey values and 4 bits
    [4160, 0, 4]
    """
    if max(abs(v), abs(u)) > reach:
        return False
    cost = price * vector_bits((v - row) // unit, (u - column) // unit)
    if cost >= best[0]:
        return False
    if hadamard:
        cost += 16 * block_satd(current, planes, y, x, v, u, height, width)
    else:
        cost += 16 * block_sad(current, planes, y, x, v, u, height, width)
    if cost >= best[0]:
        return False
    best[0], best[1], best[2] = cost, v, u
    return True


@njit
def search_block(
    current, planes, y, x, height, width, candidates, row, column, reach, price, unit, hadamard, steps, best
):
    """The best of some candidates, then downhill: to a better neighbour as long as there is one, step after step.

    Neighbours are the four of a diamond, below one pixel the eight of a square; the first of equals wins.

    Parameters
    ----------
    current, planes, y, x, height, width, row, column, reach, price, unit, hadamard
        As for :func:`trial`.
    candidates : ndarray, shape (n, 2), int32
        Where to begin, in quarter pixels; they are rounded down to the unit.
    steps : ndarray, shape (m,), int32
        In quarter pixels: :data:`INTEGER`, :data:`HALF`, :data:`QUARTER`, or the end of one.
    best : ndarray, shape (3,), int64
        Overwritten by the cost in sixteenths of a grey value, and the vector.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> frame, best = (np.arange(64)[:, None] ** 2 // 16 + np.arange(64)).astype(np.uint8), np.empty(3, np.int64)
    >>> planes, start = phases(np.roll(frame, 3, 1), 40), np.zeros((1, 2), np.int32)
    >>> search_block(frame, planes, 24, 24, 16, 16, start, 0, 0, 64, 16, 1, False, QUARTER, best)
    >>> best.tolist()  # ten bits
    [160, 0, 12]
    """
    best[0], best[1], best[2] = 1 << 60, 0, 0
    for k in range(candidates.shape[0]):
        v, u = candidates[k, 0] // unit * unit, candidates[k, 1] // unit * unit
        fresh = True
        for m in range(k):
            if candidates[m, 0] // unit * unit == v and candidates[m, 1] // unit * unit == u:
                fresh = False
        if fresh:
            trial(current, planes, y, x, height, width, v, u, row, column, reach, price, unit, hadamard, best)
    for step in steps:
        near = 4 if step >= 4 else 8
        moved, back = True, -1
        while moved:
            moved, v, u, came = False, best[1], best[2], back
            for k in range(near):
                if k == came:
                    continue
                a, b = v + step * AROUND[k, 0], u + step * AROUND[k, 1]
                if trial(current, planes, y, x, height, width, a, b, row, column, reach, price, unit, hadamard, best):
                    moved, back = True, 3 - k if k < 4 else 11 - k


@njit
def neighbours(vectors, i, j, step, candidates):
    """The candidates that a field offers: 0, the left one, the one above, those above to the right and to the left.

    Parameters
    ----------
    vectors : ndarray, shape (rows, columns, 2), int32
        All that lies before the block in the order of the frame is known.
    i, j, step : int
        As for :func:`vdtext.fast.motion.blocks.median_vector`.
    candidates : ndarray, shape (n >= 5, 2), int32
        The first five are overwritten; what is outside the field is 0.

    Examples
    --------
    >>> field, candidates = np.arange(8, dtype=np.int32).reshape(2, 2, 2), np.empty((5, 2), np.int32)
    >>> neighbours(field, 1, 1, 1, candidates)
    >>> candidates.tolist()
    [[0, 0], [4, 5], [2, 3], [0, 0], [0, 1]]
    """
    candidates[:5] = 0
    if j > 0:
        candidates[1] = vectors[i, j - 1]
    if i > 0:
        candidates[2] = vectors[i - 1, j]
        if j + step < vectors.shape[1]:
            candidates[3] = vectors[i - 1, j + step]
        if j > 0:
            candidates[4] = vectors[i - 1, j - 1]


@njit
def search_field(current, planes, block, start, reach, price, unit, hadamard, steps, vectors, costs):
    """The vectors of a whole frame by descent, block after block, each from its neighbours' vectors and from `start`.

    Parameters
    ----------
    current, planes, reach, price, unit, hadamard, steps
        As for :func:`search_block`.
    block : int
        Side of the blocks; those at the right and lower border may be smaller.
    start : ndarray, shape (rows, columns, 2), int32
        One more candidate a block: of the frame before, of a coarser level, or zeros.
    vectors : ndarray, shape (rows, columns, 2), int32
        Overwritten.
    costs : ndarray, shape (rows, columns), int64
        Overwritten by J, in sixteenths of a grey value.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> frame = (np.arange(64)[:, None] ** 2 // 16 + np.arange(64)).astype(np.uint8)
    >>> vectors, costs = np.zeros((4, 4, 2), np.int32), np.empty((4, 4), np.int64)
    >>> planes = phases(np.roll(frame, 3, 1), 40)
    >>> search_field(frame, planes, 16, vectors.copy(), 64, 16, 4, False, INTEGER, vectors, costs)
    >>> vectors[2, :3, 1].tolist()
    [12, 12, 12]
    """
    candidates, best = np.empty((7, 2), np.int32), np.empty(3, np.int64)
    for i in range(vectors.shape[0]):
        for j in range(vectors.shape[1]):
            y, x = i * block, j * block
            height, width = min(block, current.shape[0] - y), min(block, current.shape[1] - x)
            row, column = median_vector(vectors, i, j, 1)
            neighbours(vectors, i, j, 1, candidates)
            candidates[5, 0], candidates[5, 1] = row, column
            candidates[6] = start[i, j]
            search_block(
                *(current, planes, y, x, height, width, candidates, row, column),
                *(reach, price, unit, hadamard, steps, best),
            )
            costs[i, j], vectors[i, j, 0], vectors[i, j, 1] = best[0], best[1], best[2]


@njit
def full_field(current, planes, block, window, price, unit, hadamard, steps, vectors, costs):
    """The vectors of a whole frame, each the best of a whole window, then refined below one pixel.

    Parameters
    ----------
    current, planes, block, price, unit, hadamard, vectors, costs
        As for :func:`search_field`.
    window : ndarray, shape (n, 2), int32
        Vectors to try, in quarter pixels, in their order: the first of equals wins.
    steps : ndarray, shape (m,), int32
        What follows, below one pixel: of no, one or two steps.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> frame = (np.arange(64)[:, None] ** 2 // 16 + np.arange(64)).astype(np.uint8)
    >>> vectors, costs = np.zeros((4, 4, 2), np.int32), np.empty((4, 4), np.int64)
    >>> planes, window = phases(np.roll(frame, 3, 1), 40), np.array([(0, 4 * u) for u in range(-4, 5)], np.int32)
    >>> full_field(frame, planes, 16, window, 0, 4, False, INTEGER[:0], vectors, costs)
    >>> vectors[2, :3, 1].tolist()
    [12, 12, 12]
    """
    best = np.empty(3, np.int64)
    one = np.empty((1, 2), np.int32)
    reach = 0
    for k in range(window.shape[0]):
        reach = max(reach, max(abs(window[k, 0]), abs(window[k, 1])))
    for i in range(vectors.shape[0]):
        for j in range(vectors.shape[1]):
            y, x = i * block, j * block
            height, width = min(block, current.shape[0] - y), min(block, current.shape[1] - x)
            row, column = median_vector(vectors, i, j, 1)
            best[0], best[1], best[2] = 1 << 60, 0, 0
            if hadamard:
                for k in range(window.shape[0]):
                    v, u = window[k, 0], window[k, 1]
                    trial(current, planes, y, x, height, width, v, u, row, column, reach, price, unit, True, best)
            else:
                _all_of(current, planes[0, 0], y, x, height, width, window, row, column, price, unit, best)
            if steps.size:
                one[0, 0], one[0, 1] = best[1], best[2]
                search_block(
                    *(current, planes, y, x, height, width, one, row, column),
                    *(reach + 3, price, unit, hadamard, steps, best),
                )
            costs[i, j], vectors[i, j, 0], vectors[i, j, 1] = best[0], best[1], best[2]


@njit
def _all_of(current, plane, y, x, height, width, window, row, column, price, unit, best):
    """The best of a window of whole pixels by SAD; the same as a trial of each, with less to hand over."""
    margin = (plane.shape[0] - current.shape[0]) // 2
    least, chosen = best[0], -1
    for k in range(window.shape[0]):
        v, u = window[k, 0], window[k, 1]
        cost = price * vector_bits((v - row) // unit, (u - column) // unit) if price else 0
        if cost < least:
            top = corner(y, v, margin, height, plane.shape[0])
            left = corner(x, u, margin, width, plane.shape[1])
            cost += 16 * plane_sad(current, plane, y, x, top, left, height, width)
            if cost < least:
                least, chosen = cost, k
    if chosen >= 0:
        best[0], best[1], best[2] = least, window[chosen, 0], window[chosen, 1]
