"""A frame predicted from vectors, readable: block by block, or with windows that overlap."""

import numpy as np

__all__ = ["copy_blocks", "overlap_blocks", "window"]

SHAPES = ("bilinear", "raised")


def window(block, shape="raised"):
    """Weights of overlapped prediction along one axis: two of them, half a block apart, always sum to 2·block.

    .. math:: w_i = 2i + 1 \\text{ or } ⌊2b \\sin²(π(2i + 1)/4b) + ½⌋,  w_{i+b} = 2b − w_i

    Parameters
    ----------
    block : int
        b, a power of two, 2 to 64.
    shape : {"raised", "bilinear"}
        A raised cosine, which trusts the own vector more, or a triangle.

    Returns
    -------
    ndarray, shape (2·block,), uint8

    Raises
    ------
    ValueError
        If the block is no such power, or the shape is another (chapter 9).

    References
    ----------
    Orchard, Sullivan, Overlapped block motion compensation: an estimation-theoretic approach, IEEE Trans. Image
    Processing 3 (1994).

    Examples
    --------
    >>> window(4, "bilinear").tolist(), window(4).tolist()
    ([1, 3, 5, 7, 7, 5, 3, 1], [0, 2, 6, 8, 8, 6, 2, 0])
    """
    if block not in (2, 4, 8, 16, 32, 64) or shape not in SHAPES:
        raise ValueError(f"block={block}, shape={shape!r}: accepted are 2, 4, … 64, and {SHAPES} (chapter 9)")
    place = 2 * np.arange(block) + 1
    rise = place if shape == "bilinear" else np.rint(2 * block * np.sin(np.pi * place / (4 * block)) ** 2).astype(int)
    return np.concatenate([rise, 2 * block - rise]).astype(np.uint8)


def take(planes, rows, columns, vector, shape):
    """Pixels of a reference at places of the frame, moved by one vector; outside of it the border is repeated.

    Parameters
    ----------
    planes : ndarray, shape (4, 4, H + 2P, W + 2P), uint8
        :func:`phases` of the reference.
    rows, columns : range or array of int
        Places in the frame.
    vector : (int, int)
        In quarter pixels.
    shape : (int, int)
        H and W.

    Returns
    -------
    ndarray, shape (len(rows), len(columns)), uint8

    Examples
    --------
    >>> from vdtext.motion.interpolation import phases
    >>> planes = phases(np.array([[1, 2, 3, 4]], np.uint8), margin=4)
    >>> take(planes, range(1), range(2), (0, 8), (1, 4)).tolist()
    [[3, 4]]
    """
    margin = (planes.shape[2] - shape[0]) // 2
    plane = planes[vector[0] & 3, vector[1] & 3]
    rows = np.clip(np.asarray(rows) + (vector[0] >> 2) + margin, 0, plane.shape[0] - 1)
    columns = np.clip(np.asarray(columns) + (vector[1] >> 2) + margin, 0, plane.shape[1] - 1)
    return plane[np.ix_(rows, columns)]


def copy_blocks(planes, vectors, *, block, shape):
    """Every block is what its vector points at.

    .. math:: p(y, x) = r(y + v_y/4, x + v_x/4),  v \\text{ the vector of the block of } (y, x)

    Parameters
    ----------
    planes : ndarray, shape (4, 4, H + 2P, W + 2P), uint8
        :func:`phases` of the reference.
    vectors : ndarray, shape (rows, columns, 2), int32
        In quarter pixels.
    block : int
        Side of the blocks.
    shape : (int, int)
        H and W.

    Returns
    -------
    ndarray, shape (H, W), uint8

    References
    ----------
    Netravali, Robbins, Motion-compensated television coding: part I, Bell System Technical Journal 58 (1979).

    Examples
    --------
    >>> from vdtext.motion.interpolation import phases
    >>> planes = phases(np.array([[1, 2, 3, 4]], np.uint8), margin=4)
    >>> copy_blocks(planes, np.array([[[0, 4], [0, -4]]]), block=2, shape=(1, 4)).tolist()
    [[2, 3, 2, 3]]
    """
    out = np.empty(shape, np.uint8)
    for i, j in np.ndindex(vectors.shape[:2]):
        rows = range(i * block, min((i + 1) * block, shape[0]))
        columns = range(j * block, min((j + 1) * block, shape[1]))
        out[rows.start : rows.stop, columns.start : columns.stop] = take(planes, rows, columns, vectors[i, j], shape)
    return out


def overlap_blocks(planes, vectors, *, block, shape, weights):
    """Every pixel is a weighted mean of what the vectors of the four blocks around it point at.

    .. math:: p = (Σ_k w_k r(· + v_k) + 2b²) / 4b²

    rounded down.  A block's window is twice as wide as the block; beyond the border the vectors are repeated.

    Parameters
    ----------
    planes, vectors, block, shape
        As for :func:`copy_blocks`.
    weights : ndarray, shape (2·block,), uint8
        :func:`window`.

    Returns
    -------
    ndarray, shape (H, W), uint8

    References
    ----------
    Orchard, Sullivan, Overlapped block motion compensation: an estimation-theoretic approach, IEEE Trans. Image
    Processing 3 (1994).

    Examples
    --------
    >>> from vdtext.motion.interpolation import phases
    >>> planes = phases(np.array([[1, 2, 3, 4]], np.uint8), margin=8)
    >>> overlap_blocks(planes, np.zeros((1, 2, 2), int), block=2, shape=(1, 4), weights=window(2)).tolist()
    [[1, 2, 3, 4]]
    """
    half, (h, w) = block // 2, shape
    total = np.full((h + 4 * block, w + 4 * block), 2 * block * block)  # with room for the windows beyond the border
    spread = np.multiply.outer(weights.astype(int), weights)
    around = np.pad(vectors, [(1, 1), (1, 1), (0, 0)], mode="edge")
    for i, j in np.ndindex(around.shape[:2]):
        y, x = (i - 1) * block - half, (j - 1) * block - half  # where the window begins
        moved = take(planes, range(y, y + 2 * block), range(x, x + 2 * block), around[i, j], shape)
        place = np.s_[y + 2 * block : y + 4 * block, x + 2 * block : x + 4 * block]
        total[place] += (spread * moved)[: total[place].shape[0], : total[place].shape[1]]
    return (total[2 * block : 2 * block + h, 2 * block : 2 * block + w] // (4 * block * block)).astype(np.uint8)
