"""What the encoder of trees decides: which pixels, which values, and how rounding some changes the best others."""

import numpy as np

from vdtext.inpaint.tonal import least_squares
from vdtext.inpaint.tree import LEVELS, importance, kept, stages, steps_of

__all__ = ["TOLERANCE", "fit", "grown", "rebuilt", "regrown", "rounded"]

TOLERANCE = 1e-4
"""Of each solve, encoder and decoder."""
MISSED = 0.8
"""A pixel that the first picture misses by more than this times the threshold is stored as well."""
WIDEST = 2.0
"""Width of what a stored difference may change, in pixels."""
FEEDBACK = (5, 2)
"""Stages before which values that are coarser are rounded first, and the others made good for it."""


def rounded(values, mask, base, steps, keep):
    """Values as the decoder will have them: differences from the mean of the parents, in whole steps.

    Parameters
    ----------
    values : ndarray, shape (H, W), float64
    mask : ndarray, shape (H, W), uint8
    base : int
        Guess of the first one, in 1/16.
    steps : ndarray
        Of :func:`steps_of`.
    keep : ndarray
        Of :func:`kept`.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> rounded(np.array([[7.0, 0, 9]]), np.array([[1, 0, 1]], np.uint8), 0, steps_of(16), kept(0))[0, 0]
    np.float64(7.0)
    """
    from vdtext.fast.inpaint import lattice

    w = np.zeros(values.shape, np.int32)
    lattice.quantise(np.rint(16 * values).astype(np.int32), base, LEVELS, steps, keep, mask, w)
    return w / 16


def fit(picture, mask, step, *, base, problem=None, contrast=0, pull=0, steps=8, feedback=FEEDBACK):
    """The values to store at a tree: least squares, then again for the finer ones after the coarser ones are rounded.

    Parameters
    ----------
    picture : ndarray, shape (H, W), float64
    mask : ndarray, shape (H, W), uint8
    step : int
        Of the last phase, in 1/16.
    base : int
        Guess of the first value, in 1/16.
    problem : Diffusion, optional
        Of the mask; by default the homogeneous one.
    contrast : float
        Above 0: then edge-enhancing, with the tensor of the homogeneous result.
    pull : int
        Conductance to the ground of the problem, in 1/256.
    steps : int
        Of least squares.
    feedback : sequence of int
        Stages.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> mask = np.zeros((8, 8), np.uint8); mask[::4, ::4] = 1; mask[0, 0] = 1
    >>> fit(np.full((8, 8), 9.0), mask, 16, base=0)[4, 4].round(3)
    np.float64(9.0)
    """
    from vdtext.fast.inpaint import steady

    problem, stage, levels = problem or steady.diffusion(mask), stages(mask.shape), steps_of(step)

    def better(v, these, count):
        return least_squares(
            lambda v: steady.filled(problem, v, tolerance=10 * TOLERANCE),
            lambda r: steady.transposed(problem, r, tolerance=10 * TOLERANCE) * these,
            picture,
            v,
            steps=count,
        )

    v = better(np.where(mask, picture, 0), mask, steps)
    if contrast:
        guess = steady.filled(problem, v, tolerance=10 * TOLERANCE)
        tolerance = 10 * TOLERANCE
        problem = steady.edge_enhancing(mask, v, contrast=contrast, rounds=1, tolerance=tolerance, guess=guess)[1]
        v = better(v, mask, steps)
    for first in feedback:
        known = (stage >= first) & (mask > 0)
        v = better(np.where(known, rounded(v, mask, base, levels, kept(pull)), v), (mask > 0) & ~known, steps // 2)
    return v


def grown(picture, threshold, pull=0):
    """The tree of a picture: the fast twin of :func:`vdtext.inpaint.tree.tree_mask`.

    Parameters
    ----------
    picture : ndarray, shape (H, W), integers
    threshold : float
    pull : int
        As for :func:`fit`.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> spot = np.zeros((9, 9), int); spot[3, 4] = 9
    >>> int(grown(spot, 1000).sum())
    1
    """
    from vdtext.fast.inpaint import lattice

    difference = lattice.surplus(np.asarray(picture, np.int32), LEVELS, kept(pull))
    weight = importance(difference, widest=WIDEST if pull else np.inf)
    return lattice.chosen(weight, LEVELS, float(threshold))


def regrown(picture, mask, threshold, missed):
    """A second look: store also what was missed, with the ancestors that the tree needs.

    The mean of the parents is not what the diffusion makes: only the picture itself shows where it fails.

    Parameters
    ----------
    picture : ndarray, shape (H, W), integers
    mask : ndarray, shape (H, W), uint8
        Of :func:`grown`.
    threshold : float
        Of :func:`grown`.
    missed : ndarray, shape (H, W)
        The error of the first picture.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> mask = np.zeros((9, 9), np.uint8); mask[0, 0] = 1
    >>> int(regrown(mask.astype(int), mask, 4.0, np.eye(9) * (np.arange(9) == 8) * 9).sum())
    2
    """
    from vdtext.fast.inpaint import lattice

    stored = (mask > 0) | (abs(missed) > MISSED * threshold)
    weight = np.where(stored, 4.0 * threshold + 1, 0.0)
    weight += np.minimum(importance(lattice.surplus(np.asarray(picture, np.int32), LEVELS, kept(0))), threshold) / 2
    return lattice.chosen(weight, LEVELS, float(threshold))


def rebuilt(mask, values, operator, contrast):
    """The decoder's picture: stored values, the rest diffused, rounded to bytes.

    Only +, −, × and ÷ of float64 in a fixed order: every machine computes the same picture.

    Parameters
    ----------
    mask : ndarray, shape (H, W), uint8
    values : ndarray, shape (H, W), float64
    operator : str
    contrast : float
        0 unless the operator is "eed".

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> rebuilt(np.array([[1, 0, 0, 1]], np.uint8), np.array([[0.0, 0, 0, 300]]), "homogeneous", 0).tolist()
    [[0, 100, 200, 255]]
    """
    from vdtext.fast.inpaint import steady

    if operator == "eed":
        u = steady.edge_enhancing(mask, values, contrast=contrast, rounds=1, tolerance=TOLERANCE, most=200)[0]
    else:
        u = steady.filled(steady.diffusion(mask, operator), values, tolerance=TOLERANCE, most=300)
    return np.clip(np.rint(u), 0, 255).astype(np.uint8)
