"""Multigrid, readable: what is smooth on a fine grid is rough on a coarse one, where it dies out fast.

A grid is a network of conductances: to the right neighbour, to the one below, and to the ground (a stored pixel beside
this one, or a confidence).  A block of 2 × 2 pixels is one pixel of the next grid.  Its twin is
:mod:`vdtext.fast.inpaint.grid`.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Grid", "coarser", "finest", "grids", "smooth", "v_cycle"]


@dataclass(frozen=True)
class Grid:
    """A network of pixels.

    Attributes
    ----------
    right, down : ndarray, shape (H, W − 1), (H − 1, W)
        Conductances between pixels that are to be found.
    ground : ndarray, shape (H, W)
        Conductance to what is known.
    inverse : ndarray, shape (H, W)
        One over the sum of a pixel's conductances; 0 where nothing is to be found.

    Examples
    --------
    >>> finest(np.array([[1, 0, 0]])).ground.tolist()
    [[0.0, 1.0, 0.0]]
    """

    right: np.ndarray
    down: np.ndarray
    ground: np.ndarray
    inverse: np.ndarray

    def inflow(self, u):
        """What flows into each pixel through its edges if its own value is 0: the sum of conductance times value."""
        total = np.zeros(u.shape)
        total[:, :-1] += self.right * u[:, 1:]
        total[:, 1:] += self.right * u[:, :-1]
        total[:-1] += self.down * u[1:]
        total[1:] += self.down * u[:-1]
        return total

    def residual(self, u, b):
        """b − A u where something is to be found, else 0."""
        known = self.inverse == 0
        return np.where(known, 0, b + self.inflow(u) - u / np.where(known, 1, self.inverse))


def _grid(right, down, ground):
    """A grid with its diagonal."""
    total = Grid(right, down, ground, ground).inflow(np.ones(ground.shape)) + ground
    return Grid(right, down, ground, np.divide(1, total, out=np.zeros(ground.shape), where=total > 0))


def finest(mask, conductances=None):
    """The grid of the picture itself: an edge to a stored pixel leads to the ground.

    Parameters
    ----------
    mask : ndarray, shape (H, W)
        Confidence within [0, 1]; 1 is stored.
    conductances : (ndarray, ndarray), optional
        To the right, to below; 1 if not given.

    Returns
    -------
    Grid

    Examples
    --------
    >>> finest(np.array([[1, 0, 0, 0]])).right.tolist()
    [[0.0, 1.0, 1.0]]
    """
    c = np.asarray(mask, float)
    free = c < 1
    ground = np.where(free, c, 0) / np.where(free, 1 - c, 1)
    h, w = c.shape
    right, down = (np.ones((h, w - 1)), np.ones((h - 1, w))) if conductances is None else conductances
    outside = Grid(right, down, ground, ground).inflow((~free).astype(float))
    inside = right * (free[:, 1:] & free[:, :-1]), down * (free[1:] & free[:-1])
    return _grid(*inside, np.where(free, ground + outside, 0))


def blocks(a):
    """Sums over blocks of 2 × 2; at an odd border the blocks are smaller."""
    return np.add.reduceat(np.add.reduceat(a, range(0, a.shape[0], 2), axis=0), range(0, a.shape[1], 2), axis=1)


def coarser(grid):
    """The next grid: ground adds up; of two parallel edges half the sum, since the new edge is twice as long.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    Grid
        Of half the height and width, rounded up.

    Examples
    --------
    >>> coarse = coarser(finest(np.array([[1, 0, 0, 0], [0, 0, 0, 0]])))
    >>> coarse.right.tolist(), coarse.ground.tolist()
    ([[1.0]], [[2.0, 0.0]])
    """
    across, along = grid.right[:, 1::2], grid.down[1::2]
    right = np.add.reduceat(across, range(0, across.shape[0], 2), axis=0) / 2
    down = np.add.reduceat(along, range(0, along.shape[1], 2), axis=1) / 2
    return _grid(right, down, blocks(grid.ground))


def grids(mask, conductances=None):
    """All grids, from the picture to a single pixel.

    Parameters
    ----------
    mask, conductances
        As for :func:`finest`.

    Returns
    -------
    list of Grid

    Examples
    --------
    >>> [grid.ground.shape for grid in grids(np.eye(5))]
    [(5, 5), (3, 3), (2, 2), (1, 1)]
    """
    found = [finest(mask, conductances)]
    while found[-1].ground.size > 1:
        found.append(coarser(found[-1]))
    return found


def smooth(u, b, grid, colours):
    """Gauss–Seidel in the order of a chessboard: all pixels of one colour, then all of the other.

    Parameters
    ----------
    u, b : ndarray, shape (H, W)
        u is changed in place.
    grid : Grid
    colours : sequence of int
        0: pixels whose row and column have an even sum; 1: the others.

    Examples
    --------
    >>> u = np.zeros((1, 3)); smooth(u, np.array([[0, 4.0, 0]]), finest(np.array([[1, 0, 1]])), (0, 1)); u.tolist()
    [[0.0, 2.0, 0.0]]
    """
    colour = np.add.outer(np.arange(u.shape[0]), np.arange(u.shape[1])) % 2
    for k in colours:
        here = colour == k
        u[here] = ((b + grid.inflow(u)) * grid.inverse)[here]


def v_cycle(levels, b):
    """Smooth, solve for what is left on the coarser grid, carry that back, smooth again: about A⁻¹ b.

    Parameters
    ----------
    levels : list of Grid
        Of :func:`grids`.
    b : ndarray, shape (H, W)
        The right-hand side; 0 where nothing is to be found.

    Returns
    -------
    ndarray, shape (H, W)
        A symmetric and positive definite function of b.

    References
    ----------
    Brandt, Multi-level adaptive solutions to boundary-value problems, Mathematics of Computation 31 (1977);
    Braess, Towards algebraic multigrid for elliptic problems of second order, Computing 55 (1995).

    Examples
    --------
    >>> v_cycle(grids(np.array([[1, 0, 0, 1]])), np.array([[0.0, 0, 3, 0]])).round(2).tolist()
    [[0.0, 1.02, 2.01, 0.0]]
    """
    grid, u = levels[0], np.zeros(b.shape)
    if len(levels) == 1:
        return b * grid.inverse
    smooth(u, b, grid, (0, 1))
    correction = v_cycle(levels[1:], blocks(grid.residual(u, b)))
    u += np.where(grid.inverse > 0, np.kron(correction, np.ones((2, 2)))[: u.shape[0], : u.shape[1]], 0)
    smooth(u, b, grid, (1, 0))
    return u
