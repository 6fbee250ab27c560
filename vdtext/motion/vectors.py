"""The vectors of a frame, and the order in which those of a quadtree are told."""

from dataclasses import dataclass

import numpy as np

from vdtext.motion.blocks import median_predictor, vector_bits

__all__ = ["CELL", "Matches", "squares", "walk"]

CELL = 8
"""Side of the smallest blocks of a quadtree."""


@dataclass(frozen=True)
class Matches:
    """The vectors of a frame.

    Attributes
    ----------
    vectors : ndarray, shape (rows, columns, 2), int32
        (row, column) in quarter pixels: what stands at p stands at p + vector/4 of the reference.
    block : int
        Side of a cell of the grid, in pixels.
    precision : int
        1, 2 or 4: whole, half or quarter pixels.
    cost : float
        Distortion and λ times the bits, in grey values, of the whole frame.
    sizes : ndarray, shape (rows, columns), uint8, or None
        Side of the block in which each cell lies, where blocks are of several sizes.
    """

    vectors: np.ndarray
    block: int
    precision: int
    cost: float
    sizes: np.ndarray | None = None

    @property
    def bits(self):
        """Estimated bits: Exp-Golomb words of the differences from the median, and one bit a split."""
        if self.sizes is not None:
            flags, differences = walk(self)
            return len(flags) + int(vector_bits(differences).sum())
        unit = 4 // self.precision
        return int(vector_bits((self.vectors - median_predictor(self.vectors)) // unit).sum())


def squares(shape, split):
    """The blocks of a quadtree in the order of the stream: (row, column, cells) of each.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the grid of 8 pixels.
    split : callable
        ``split(i, j, cells)`` says whether a square of 4 or 2 cells is split; called in the order of the stream.

    Yields
    ------
    tuple (int, int, int)

    Examples
    --------
    >>> list(squares((2, 4), lambda i, j, cells: cells == 4))
    [(0, 0, 2), (0, 2, 2)]
    """
    rows, columns = shape

    def parts(i, j, cells):
        if i >= rows or j >= columns:
            return
        if cells > 1 and split(i, j, cells):
            half = cells // 2
            for k in range(4):
                yield from parts(i + half * (k // 2), j + half * (k % 2), half)
        else:
            yield i, j, cells

    for i in range(0, rows, 4):
        for j in range(0, columns, 4):
            yield from parts(i, j, 4)


def walk(matches):
    """The splits and the differences from the median of a quadtree, in the order of the stream.

    Parameters
    ----------
    matches : Matches
        Of :func:`match_tree`.

    Returns
    -------
    flags : list of (int, int)
        (split, cells) for every square of 4 and 2 cells.
    differences : ndarray, shape (n, 2), int
        In units of the precision, one a block.

    Examples
    --------
    >>> still = Matches(np.zeros((4, 4, 2), np.int32), 8, 4, 0.0, np.full((4, 4), 32, np.uint8))
    >>> walk(still)
    ([(0, 4)], array([[0, 0]]))
    """
    from vdtext.fast.motion import beyond, median_vector

    flags, differences, unit = [], [], 4 // matches.precision
    field = np.ascontiguousarray(matches.vectors, np.int32)

    def split(i, j, cells):
        flags.append((int(matches.sizes[i, j] < 8 * cells), cells))
        return flags[-1][0]

    for i, j, cells in squares(matches.sizes.shape, split):
        row, column = median_vector(field, i, j, beyond(i, cells))
        differences.append(((field[i, j, 0] - row) // unit, (field[i, j, 1] - column) // unit))
    return flags, np.array(differences, int).reshape(-1, 2)
