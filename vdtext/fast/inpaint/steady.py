"""Stored pixels to pictures, and back, by the compiled multigrid (chapter 8): what encoder and decoder call."""

from dataclasses import dataclass

import numpy as np

from vdtext.fast.inpaint import flow, grid

__all__ = ["Diffusion", "diffusion", "edge_enhancing", "filled", "transposed"]

KINDS = {"homogeneous": 0, "biharmonic": 1, "eed": 2}
SMOOTHING = 4
"""Explicit steps of 1/4 before a picture is asked for its edges: a diffusion time of 1 pixel²."""


@dataclass(frozen=True)
class Diffusion:
    """A mask, an operator, and the hierarchy of grids that solves for it.

    Attributes
    ----------
    kind : int
        0 conductances, 1 minus their square, 2 a tensor.
    free : ndarray, shape (H, W), bool
        Pixels that are to be found.
    ground, right, down : ndarray, shape (H, W), float64
        Pull towards the given values; conductances.
    tensor : ndarray, shape (3, H, W) or (3, 0, 0), float64
    levels, plan : ndarray
        Of :func:`vdtext.fast.inpaint.grid.hierarchy` and :func:`vdtext.fast.inpaint.grid.sizes`.

    Examples
    --------
    >>> diffusion(np.eye(4)).free.sum()
    np.int64(12)
    """

    kind: int
    free: np.ndarray
    ground: np.ndarray
    right: np.ndarray
    down: np.ndarray
    tensor: np.ndarray
    levels: np.ndarray
    plan: np.ndarray


def diffusion(mask, operator="homogeneous", *, conductances=None, tensor=None, pull=0.0):
    """Prepare the solver of a mask.

    Parameters
    ----------
    mask : ndarray, shape (H, W)
        Confidence c within [0, 1]; 1 (or True) where the value is stored.
    operator : {"homogeneous", "biharmonic", "eed"}
    conductances : (ndarray, ndarray), optional
        To the right, (H, W − 1), and downward, (H − 1, W); 1 everywhere if not given.
    tensor : ndarray, shape (3, H, W), float64, optional
        D_yy, D_yx, D_xx; for "eed".
    pull : float
        Conductance to the ground at every pixel with c < 1, besides that of c.

    Returns
    -------
    Diffusion

    Examples
    --------
    >>> diffusion(np.eye(2), "biharmonic").kind
    1
    """
    c = np.ascontiguousarray(mask, np.float64)
    kind, free = KINDS[operator], c < 1
    right, down = np.zeros(c.shape), np.zeros(c.shape)
    right[:, :-1], down[:-1] = (1.0, 1.0) if conductances is None else conductances
    ground = np.where(free, c / np.where(free, 1 - c, 1) + pull, 0.0)
    empty = np.zeros((3, 0, 0))
    gates, pull = (right, down), ground
    if kind == 2:
        gates = right.copy(), down.copy()
        gates[0][:, :-1] = (tensor[2, :, :-1] + tensor[2, :, 1:]) / 2
        gates[1][:-1] = (tensor[0, :-1] + tensor[0, 1:]) / 2
    if kind == 1:
        pull = np.sqrt(ground)  # two cycles: one factor each
    plan = grid.sizes(c.shape)
    levels = grid.hierarchy(*gates, pull, free, plan)
    return Diffusion(kind, free, ground, right, down, empty if tensor is None else tensor, levels, plan)


def filled(problem, values, *, tolerance=1e-9, most=1000, guess=None):
    """The steady state: stored values stay, all others are found.

    Parameters
    ----------
    problem : Diffusion
    values : ndarray, shape (H, W), float64
        Only those of the mask matter.
    tolerance : float
        The residual's norm over that of nothing filled in.
    most : int
        Cycles.
    guess : ndarray, shape (H, W), float64, optional
        To start from, instead of full multigrid.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> filled(diffusion(np.array([[1, 0, 0, 0, 1]])), np.array([[0.0, 9, 9, 9, 8]])).round(6).tolist()
    [[0.0, 2.0, 4.0, 6.0, 8.0]]
    """
    rest = (problem.ground, problem.free, problem.kind, problem.right, problem.down, problem.tensor)
    f = np.ascontiguousarray(values, np.float64)
    u = np.where(problem.free, 0.0, f)
    r = grid.residual(u, f, *rest)
    target = tolerance * tolerance * grid._dot(r, r)
    if guess is not None:
        u = np.where(problem.free, guess, f)
        r = grid.residual(u, f, *rest)
    e = np.empty(u.shape)
    grid.conjugate(e, r, *rest, problem.levels, problem.plan, target, most, guess is None)
    return u + e


def transposed(problem, picture, *, tolerance=1e-9, most=1000):
    """The transpose of the map from stored values to pictures: what a change of each stored value does to a sum.

    Parameters
    ----------
    problem : Diffusion
        Of a mask of zeros and ones.
    picture : ndarray, shape (H, W), float64
    tolerance, most
        As for :func:`filled`.

    Returns
    -------
    ndarray, shape (H, W), float64
        0 where nothing is stored.

    Examples
    --------
    >>> transposed(diffusion(np.array([[1, 0, 0, 0, 1]])), np.ones((1, 5))).round(6).tolist()
    [[2.5, 0.0, 0.0, 0.0, 2.5]]
    """
    rest = (problem.ground, problem.free, problem.kind, problem.right, problem.down, problem.tensor)
    r = np.where(problem.free, picture, 0.0)
    z, out = np.empty(r.shape), np.empty(r.shape)
    target = tolerance * tolerance * grid._dot(r, r)
    grid.conjugate(z, r, *rest, problem.levels, problem.plan, target, most, True)
    flow.apply_operator(z, problem.kind, problem.right, problem.down, problem.tensor, np.empty(r.shape), out)
    return np.where(problem.free, 0.0, picture + out)


def edge_enhancing(mask, values, *, contrast, rounds=2, tolerance=1e-9, most=1000, guess=None):
    """Fill in along edges: the tensor is asked of the picture as far as it is known, the picture found, and again.

    Parameters
    ----------
    mask : ndarray, shape (H, W)
        As for :func:`diffusion`.
    values : ndarray, shape (H, W), float64
    contrast : float
        K, in the unit of the values.
    rounds : int
        How often.
    tolerance, most
        As for :func:`filled`.
    guess : ndarray, shape (H, W), float64, optional
        The picture that is asked first; by default the homogeneous steady state.

    Returns
    -------
    (ndarray, Diffusion)
        The picture, and the last problem.

    Examples
    --------
    >>> edge_enhancing(np.array([[1, 0, 0, 1]]), np.array([[0.0, 0, 0, 3]]), contrast=1.0)[0].round(3).tolist()
    [[0.0, 0.962, 2.038, 3.0]]
    """
    if guess is None:
        guess = filled(diffusion(mask), values, tolerance=tolerance, most=most)
    u = guess
    for _ in range(rounds):
        tensor = np.empty((3, *u.shape))
        flow.edge_tensor(u, contrast, SMOOTHING, tensor)
        problem = diffusion(mask, "eed", tensor=tensor)
        u = filled(problem, values, tolerance=tolerance, most=most, guess=u)
    return u, problem
