"""Grids of latents: a pyramid of whole numbers, each grid half as large as the one before."""

import numpy as np

__all__ = ["CAUSAL", "PARENT", "context", "grid_shapes", "padded"]

CAUSAL = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, -2), (-1, 2), (-2, -1), (-2, 1))
"""Neighbours (row, column) in the same grid that a decoder has when it comes to a latent."""
PARENT = ((0, 0), (-1, 0), (0, -1), (0, 1), (1, 0))
"""Neighbours in the next coarser grid, of the latent that lies above this one: all of it is decoded before."""
MARGIN = 2
"""Zeros around a grid."""


def grid_shapes(height, width, levels):
    """Shapes of the grids, the finest first.

    .. math:: h_l = \\lceil h/2^l \\rceil, \\quad w_l = \\lceil w/2^l \\rceil

    Parameters
    ----------
    height, width : int
        Of the picture, in pixels.
    levels : int
        How many grids.

    Returns
    -------
    list of (int, int)

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.

    Examples
    --------
    >>> grid_shapes(144, 176, 6)
    [(144, 176), (72, 88), (36, 44), (18, 22), (9, 11), (5, 6)]
    """
    return [(-(-height // 2**level), -(-width // 2**level)) for level in range(levels)]


def padded(shape):
    """A grid of zeros, with a margin of zeros around it that stays.

    Parameters
    ----------
    shape : (int, int)

    Returns
    -------
    ndarray, shape (h + 4, w + 4), int32

    Examples
    --------
    >>> padded((1, 2)).shape
    (5, 6)
    """
    return np.zeros((shape[0] + 2 * MARGIN, shape[1] + 2 * MARGIN), np.int32)


def context(grid, parent, y, x):
    """What is known when the latent (y, x) is to be coded: ten neighbours, and five of the coarser grid.

    Parameters
    ----------
    grid, parent : ndarray, int32
        With their margins (:func:`padded`).
    y, x : int

    Returns
    -------
    list of int
        15 latents; beyond a border they are 0.

    Examples
    --------
    >>> grid, parent = padded((2, 2)), padded((1, 1))
    >>> grid[2, 2], parent[2, 2] = 7, 5
    >>> context(grid, parent, 0, 1)
    [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]
    """
    own = [int(grid[MARGIN + y + dy, MARGIN + x + dx]) for dy, dx in CAUSAL]
    return own + [int(parent[MARGIN + y // 2 + dy, MARGIN + x // 2 + dx]) for dy, dx in PARENT]
