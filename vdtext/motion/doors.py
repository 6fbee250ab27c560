"""The front doors of block matching: vectors of a frame, of equal blocks or of a quadtree, and what they predict."""

import numpy as np

from vdtext.motion.blocks import search_window
from vdtext.motion.compensation import window
from vdtext.motion.interpolation import MARGIN
from vdtext.motion.vectors import CELL, Matches

__all__ = ["compensate", "match", "match_tree"]

METHODS = ("full", "diamond", "hierarchical")
METRICS = ("sad", "satd")


def checked(current, reference):
    """Two frames that can be matched, contiguous."""
    frames = [np.ascontiguousarray(frame) for frame in (current, reference)]
    shape = frames[0].shape
    if any(f.dtype != np.uint8 or f.ndim != 2 or f.shape != shape or not f.size for f in frames):
        given = " and ".join(f"{f.dtype} {f.shape}" for f in frames)
        raise ValueError(f"{given}: accepted are two frames (H, W) of one shape, uint8 (chapter 9)")
    return frames


def settings(metric, precision, penalty, radius):
    """Options as the kernels want them.

    Parameters
    ----------
    metric, precision, penalty, radius
        As for :func:`match`.

    Returns
    -------
    (bool, int, int)
        Whether SATD; quarter pixels a unit; sixteenths of a grey value a bit.

    Raises
    ------
    ValueError
        If one cannot be right.

    Examples
    --------
    >>> settings("sad", 2, 1.5, 8)
    (False, 2, 24)
    """
    if metric not in METRICS or precision not in (1, 2, 4) or not 0 <= penalty < 1e4 or not 0 <= radius <= 1 << 14:
        raise ValueError(
            f"metric={metric!r}, precision={precision}, penalty={penalty}, radius={radius}: accepted are {METRICS}; "
            "1, 2 or 4; grey values a bit >= 0; pixels >= 0 (chapter 9)"
        )
    return metric == "satd", 4 // precision, round(16 * penalty)


def match(
    current,
    reference,
    *,
    block=16,
    radius=24,
    method="diamond",
    metric="sad",
    precision=4,
    penalty=4.0,
    start=None,
):
    """Find for every block of a frame where it stands in a reference, at the least cost.

    .. math:: J = D(v) + λ·bits(v − predictor)

    with D the SAD or SATD of a block and the median of its neighbours as predictor.  All in integers.

    Parameters
    ----------
    current, reference : ndarray, shape (H, W), uint8
        Beyond its border the reference is repeated.
    block : int
        Side of the blocks, 4 to 32; those at the right and lower border may be smaller.
    radius : int
        How far to look, in pixels.
    method : {"diamond", "full", "hierarchical"}
        Downhill from the vectors around; all of a window, the shortest of equals; or all of a window on a frame a
        quarter as wide, and downhill from there on finer ones.
    metric : {"sad", "satd"}
        What is minimised: satd costs more time, and is nearer to the bits of the residual.
    precision : {4, 2, 1}
        Quarter, half or whole pixels.
    penalty : float
        λ, in grey values a bit.
    start : ndarray, shape (⌈H/block⌉, ⌈W/block⌉, 2), int, optional
        One more place to begin for each block, in quarter pixels; "full" takes none.

    Returns
    -------
    Matches

    Raises
    ------
    ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Sullivan, Wiegand, Rate-distortion optimization for video compression, IEEE Signal Processing Magazine 15 (1998),
    doi:10.1109/79.733497.

    Examples
    --------
    >>> u = np.add.outer(np.arange(64) ** 2, 40 * np.arange(64)) // 30
    >>> frame, moved = u[4:52, 4:52].astype(np.uint8), u[2:50, 7:55].astype(np.uint8)
    >>> match(frame, moved, method="full", radius=4, penalty=0).vectors[1, 1].tolist()
    [8, -12]
    """
    from vdtext.fast import motion as fast  # loads Numba, so only when it is needed

    current, reference = checked(current, reference)
    hadamard, unit, price = settings(metric, precision, penalty, radius)
    if method not in METHODS or not 4 <= block <= 32:
        raise ValueError(f"method={method!r}, block={block}: accepted are {METHODS}, and 4 to 32 (chapter 9)")
    shape = tuple(-(-n // block) for n in current.shape)
    start = np.zeros((*shape, 2), np.int32) if start is None else np.ascontiguousarray(start, np.int32)
    if start.shape != (*shape, 2):
        raise ValueError(f"start of shape {start.shape}: for these blocks {(*shape, 2)} is accepted (chapter 9)")
    vectors, costs = np.zeros((*shape, 2), np.int32), np.zeros(shape, np.int64)
    steps = fast.QUARTER[: 4 + precision // 2]
    planes = fast.phases(reference, MARGIN) if precision > 1 else whole_pixels(reference)
    if method == "full":
        fine = np.ascontiguousarray(steps[4:])
        fast.full_field(current, planes, block, search_window(radius), price, unit, hadamard, fine, vectors, costs)
        return Matches(vectors, block, precision, float(costs.sum() / 16))
    if method == "hierarchical":
        start, steps = _coarse(current, reference, block, radius, price, start), steps[2:]
    steps = np.ascontiguousarray(steps)
    fast.search_field(current, planes, block, start, 4 * radius, price, unit, hadamard, steps, vectors, costs)
    return Matches(vectors, block, precision, float(costs.sum() / 16))


def whole_pixels(reference):
    """The one plane of :func:`phases` that a search for whole pixels looks at.

    Parameters
    ----------
    reference : ndarray, shape (H, W), uint8

    Returns
    -------
    ndarray, shape (1, 1, H + 2P, W + 2P), uint8

    Examples
    --------
    >>> whole_pixels(np.zeros((2, 3), np.uint8)).shape
    (1, 1, 82, 83)
    """
    return np.pad(reference, MARGIN, mode="edge")[None, None]


def halved(frame):
    """A frame of half the size, rounded up: the mean of each four pixels.

    Parameters
    ----------
    frame : ndarray, shape (H, W), uint8

    Returns
    -------
    ndarray, shape (⌈H/2⌉, ⌈W/2⌉), uint8

    Examples
    --------
    >>> halved(np.array([[0, 1, 9], [2, 3, 9]], np.uint8))
    array([[2, 9]], dtype=uint8)
    """
    even = np.pad(frame, [(0, n % 2) for n in frame.shape], mode="edge").astype(np.uint16)
    return ((even[::2, ::2] + even[::2, 1::2] + even[1::2, ::2] + even[1::2, 1::2] + 2) >> 2).astype(np.uint8)


def _coarse(current, reference, block, radius, price, start):
    """Vectors of a frame half as large, doubled, as places to begin; found by the same idea."""
    from vdtext.fast import motion as fast

    small, other = halved(current), halved(reference)
    shape = tuple(-(-n // block) for n in small.shape)
    vectors, costs = np.zeros((*shape, 2), np.int32), np.zeros(shape, np.int64)
    planes, near = whole_pixels(other), -(-radius // 2)
    if radius > 8 and min(small.shape) >= 2 * block:
        begin = _coarse(small, other, block, near, price, np.zeros_like(vectors))
        steps = np.ascontiguousarray(fast.INTEGER[2:])
        fast.search_field(small, planes, block, begin, 4 * near, price, 4, False, steps, vectors, costs)
    else:
        none = fast.INTEGER[:0]
        fast.full_field(small, planes, block, search_window(near), price, 4, False, none, vectors, costs)
    i, j = np.indices(start.shape[:2]) // 2
    return 2 * vectors[np.minimum(i, shape[0] - 1), np.minimum(j, shape[1] - 1)]


def match_tree(current, reference, *, radius=24, metric="sad", precision=4, penalty=4.0, start=None):
    """Vectors of blocks of 32, 16 and 8 pixels: each square is split where that lowers J, one bit for the answer.

    Parameters
    ----------
    current, reference, radius, metric, precision, penalty
        As for :func:`match`.
    start : ndarray, shape (⌈H/8⌉, ⌈W/8⌉, 2), int, optional
        One more place to begin for each cell of 8 pixels, in quarter pixels.

    Returns
    -------
    Matches
        On the grid of the smallest blocks, with their `sizes`.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> flat = np.full((64, 96), 9, np.uint8)
    >>> still = match_tree(flat, flat)
    >>> int(still.sizes.min()), still.bits  # six squares, three bits each
    (32, 18)
    """
    from vdtext.fast import motion as fast

    current, reference = checked(current, reference)
    hadamard, unit, price = settings(metric, precision, penalty, radius)
    shape = tuple(-(-n // CELL) for n in current.shape)
    start = np.zeros((*shape, 2), np.int32) if start is None else np.ascontiguousarray(start, np.int32)
    if start.shape != (*shape, 2):
        raise ValueError(f"start of shape {start.shape}: for these cells {(*shape, 2)} is accepted (chapter 9)")
    vectors, sizes = np.zeros((*shape, 2), np.int32), np.zeros(shape, np.uint8)
    steps = np.ascontiguousarray(fast.QUARTER[: 4 + precision // 2])
    planes = fast.phases(reference, MARGIN)
    cost = fast.tree_field(current, planes, start, 4 * radius, price, unit, hadamard, steps, vectors, sizes)
    return Matches(vectors, CELL, precision, cost / 16, sizes)


def compensate(reference, vectors, *, block, overlap=None):
    """Predict a frame: every block is fetched from where its vector points.

    Parameters
    ----------
    reference : ndarray, shape (H, W) or (H, W, C), uint8
        A decoded frame.
    vectors : ndarray, shape (⌈H/block⌉, ⌈W/block⌉, 2), int
        In quarter pixels, (row, column).
    block : int
        Side of the blocks, 2 to 32.
    overlap : {None, "raised", "bilinear"}
        Windows of overlapped prediction (:func:`window`); None copies block by block.

    Returns
    -------
    ndarray, same shape as `reference`, uint8
        The same bytes on every machine.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> frame = np.arange(16, dtype=np.uint8).reshape(4, 4)
    >>> compensate(frame, np.full((2, 2, 2), (0, 4)), block=2)[0].tolist()
    [1, 2, 3, 3]
    """
    from vdtext.fast import motion as fast

    reference = np.asarray(reference)
    if reference.dtype != np.uint8 or reference.ndim not in (2, 3) or not reference.size:
        raise ValueError(f"{reference.dtype} {reference.shape}: accepted is a frame, uint8 (chapter 9)")
    if reference.ndim == 3:
        channels = [compensate(c, vectors, block=block, overlap=overlap) for c in np.moveaxis(reference, 2, 0)]
        return np.stack(channels, axis=2)
    vectors = np.ascontiguousarray(vectors, np.int32)
    shape = tuple(-(-n // block) for n in reference.shape) if 2 <= block <= 32 else None
    if vectors.shape != (*(shape or ()), 2):
        raise ValueError(
            f"vectors of shape {vectors.shape}, block={block}, for a frame {reference.shape}: accepted are a block "
            "of 2 to 32 and a vector for each (chapter 9)"
        )
    planes, out = fast.phases(np.ascontiguousarray(reference), MARGIN), np.empty(reference.shape, np.uint8)
    if overlap is None:
        fast.copy_blocks(planes, vectors, block, out)
    else:
        modes = np.zeros(shape, np.uint8)
        fast.overlapped(planes, planes, vectors, vectors, modes, window(block, overlap), out)
    return out
