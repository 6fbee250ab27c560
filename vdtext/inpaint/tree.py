"""The tree of stored pixels, readable: a lattice that is refined where the picture is not the mean of its parents."""

import numpy as np

__all__ = ["importance", "kept", "lattice", "parents", "split_decisions", "stages", "steps_of", "surplus", "tree_mask"]

LEVELS = 5
"""Every 32nd pixel of every 32nd row is always stored."""
RATIO = 225
"""Each phase before the last has a quantiser finer by 225/256."""


def lattice(shape, coarse=LEVELS):
    """The phases of the refinement, from coarse to fine: where their pixels are.

    Parameters
    ----------
    shape : (int, int)
        (H, W).
    coarse : int
        L: the coarsest lattice has every 2ᴸ-th pixel.

    Yields
    ------
    (int, int, ndarray, ndarray)
        Half the side of the squares, the phase (0 centres, 1 middles of the sides), rows and columns.

    Examples
    --------
    >>> [(k, phase, rows.tolist(), columns.tolist()) for k, phase, rows, columns in lattice((3, 3), 1)]
    [(1, 0, [1], [1]), (1, 1, [0, 1, 1, 2], [1, 0, 2, 1])]
    """
    rows, columns = np.indices(shape).reshape(2, -1)
    for level in range(coarse, 0, -1):
        k = 1 << level >> 1
        odd_rows, odd_columns, on = rows // k % 2, columns // k % 2, (rows % k == 0) & (columns % k == 0)
        centres, sides = on & (odd_rows & odd_columns > 0), on & (odd_rows ^ odd_columns > 0)
        yield k, 0, rows[centres], columns[centres]
        yield k, 1, rows[sides], columns[sides]


def parents(values, k, phase, rows, columns):
    """The values of the four parents of each pixel, NaN beyond the border.

    Parameters
    ----------
    values : ndarray, shape (H, W)
    k, phase, rows, columns
        As :func:`lattice` yields them.

    Returns
    -------
    ndarray, shape (4, n), float64

    Examples
    --------
    >>> parents(np.arange(9).reshape(3, 3), 1, 1, np.array([0]), np.array([1])).ravel()
    array([ 0.,  2., nan,  4.])
    """
    offsets = [(-k, -k), (k, -k), (-k, k), (k, k)] if phase == 0 else [(0, -k), (0, k), (-k, 0), (k, 0)]
    padded = np.pad(np.asarray(values, float), k, constant_values=np.nan)
    return np.stack([padded[rows + k + dy, columns + k + dx] for dy, dx in offsets])


def surplus(picture, coarse=LEVELS):
    """By how much each pixel differs from the mean of its parents.

    Parameters
    ----------
    picture : ndarray, shape (H, W)
    coarse : int
        L.

    Returns
    -------
    ndarray, shape (H, W), float64
        0 on the coarsest lattice.

    Examples
    --------
    >>> surplus(np.array([[0, 5, 4]]), 1).tolist()
    [[0.0, 3.0, 0.0]]
    """
    out = np.zeros(np.shape(picture))
    for k, phase, rows, columns in lattice(out.shape, coarse):
        around = parents(picture, k, phase, rows, columns)
        known = ~np.isnan(around)
        mean = np.where(known, around, 0).sum(0) / np.maximum(known.sum(0), 1)
        out[rows, columns] = np.asarray(picture)[rows, columns] - mean
    return out


def stages(shape, coarse=LEVELS):
    """When each pixel's turn is: 2L on the coarsest lattice, then 2L − 1, …, 0.

    Parameters
    ----------
    shape : (int, int)
    coarse : int
        L.

    Returns
    -------
    ndarray, shape (H, W), int64

    Examples
    --------
    >>> stages((3, 3), 1).tolist()
    [[2, 0, 2], [0, 1, 0], [2, 0, 2]]
    """
    out = np.full(shape, 2 * coarse)
    for stage, (_, _, rows, columns) in zip(range(2 * coarse - 1, -1, -1), lattice(shape, coarse), strict=True):
        out[rows, columns] = stage
    return out


def importance(difference, coarse=LEVELS, widest=np.inf):
    """What a pixel's surplus is worth: its magnitude times the width of what it would change, in pixels.

    Parameters
    ----------
    difference : ndarray, shape (H, W)
        Of :func:`surplus`.
    coarse : int
        L.
    widest : float
        No width is larger: differences of frames are noise, and reach no further.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> importance(np.ones((3, 3)), 1)[1].tolist()
    [1.0, 1.4, 1.0]
    """
    stage = stages(np.shape(difference), coarse)
    width = np.where(stage % 2, 0.7, 0.5) * 2.0 ** (stage // 2 + 1)
    return abs(difference) * np.minimum(width, widest)


def tree_mask(picture, threshold, coarse=LEVELS):
    """Store a pixel whose importance is above a threshold, and as many ancestors as a tree needs.

    Parameters
    ----------
    picture : ndarray, shape (H, W)
    threshold : float
        In grey values times pixels.
    coarse : int
        L.

    Returns
    -------
    ndarray, shape (H, W), bool
        Every stored pixel has a stored parent, or lies on the coarsest lattice.

    References
    ----------
    Schmaltz et al., Understanding, optimising, and extending data compression with anisotropic diffusion, International
    J. Computer Vision 108 (2014).

    Examples
    --------
    >>> spot = np.zeros((9, 9)); spot[3, 4] = 9
    >>> int(tree_mask(spot, 1.0, 3).sum()), int(tree_mask(spot, 100.0, 3).sum())
    (7, 4)
    """
    weight = importance(surplus(picture, coarse), coarse)
    mask = weight > threshold
    mask[:: 1 << coarse, :: 1 << coarse] = True
    for k, phase, rows, columns in reversed(list(lattice(mask.shape, coarse))):
        stored = mask[rows, columns]
        rows, columns = rows[stored], columns[stored]
        orphans = ~np.any(parents(mask, k, phase, rows, columns) > 0, axis=0)
        around = np.nan_to_num(parents(weight, k, phase, rows, columns), nan=-1.0)
        best = np.argmax(around, axis=0)
        offsets = [(-k, -k), (k, -k), (-k, k), (k, k)] if phase == 0 else [(0, -k), (0, k), (-k, 0), (k, 0)]
        dy, dx = np.array(offsets)[best].T
        good = orphans & (around.max(axis=0, initial=-1) >= 0)
        mask[(rows + dy)[good], (columns + dx)[good]] = True
    return mask


def split_decisions(mask, coarse=LEVELS):
    """What a decoder must be told about a tree: one bit for every pixel that has a stored parent.

    Parameters
    ----------
    mask : ndarray, shape (H, W), bool
        Of :func:`tree_mask`.
    coarse : int
        L.

    Returns
    -------
    (ndarray, ndarray), shapes (n,), uint8 and int64
        The bits, from coarse to fine; and for each a context, five times its stage plus the number of stored parents.

    Examples
    --------
    >>> bits, contexts = split_decisions(np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]]) > 0, 1)
    >>> bits.tolist(), contexts.tolist()
    ([0, 0, 0, 0, 0], [9, 2, 2, 2, 2])
    """
    bits, contexts, stage = [], [], 2 * coarse
    for k, phase, rows, columns in lattice(np.shape(mask), coarse):
        stage -= 1
        stored = np.nansum(parents(mask, k, phase, rows, columns), axis=0).astype(int)
        bits.append(np.asarray(mask)[rows, columns][stored > 0])
        contexts.append((5 * stage + stored)[stored > 0])
    return np.concatenate(bits).astype(np.uint8), np.concatenate(contexts)


def steps_of(step, coarse=LEVELS):
    """The quantiser's steps: the given one for the last phase, and finer ones before, whose errors reach further.

    Parameters
    ----------
    step : int
        In 1/16 of a grey value, at least 1.
    coarse : int
        L.

    Returns
    -------
    ndarray, shape (2·L + 1,), int64
        Of stage 0, 1, …, 2L.

    Examples
    --------
    >>> steps_of(256, 1).tolist()
    [256, 225, 197]
    """
    steps = [step]
    for _ in range(2 * coarse):
        steps.append(max(1, steps[-1] * RATIO >> 8))
    return np.array(steps, np.int64)


def kept(pull, coarse=LEVELS):
    """How much of the mean of its parents is the guess for a pixel, when everything is pulled towards 0.

    In the middle of four equal values at the distance k, −Δu + pull·u = 0 leaves about 1/(1 + pull·k²/4) of them.

    Parameters
    ----------
    pull : int
        Conductance to the ground in 1/256; 0 for pictures.
    coarse : int
        L.

    Returns
    -------
    ndarray, shape (2·L,), int64
        Of stage 0, 1, …, in 1/256.

    Examples
    --------
    >>> kept(0, 1).tolist(), kept(64, 2).tolist()
    ([256, 256], [240, 227, 204, 170])
    """
    squares = [(stage % 2 + 1) << 2 * (stage // 2) for stage in range(2 * coarse)]
    return np.array([(256 * 1024) // (1024 + pull * square) for square in squares], np.int64)
