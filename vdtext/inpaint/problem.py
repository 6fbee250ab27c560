"""The one equation of the chapter as one sparse system: (1 − c)·L u = c·(u − f)."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

__all__ = ["System", "assemble", "checked"]


@dataclass(frozen=True)
class System:
    """A sparse system for the pixels that are not stored.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array, shape (n, n)
        Symmetric and positive definite.
    right : ndarray, shape (n,)
        The right-hand side: what the stored pixels say.
    free : ndarray, shape (H, W), bool
        The n pixels that are to be found.
    values : ndarray, shape (H, W)
        The stored ones; 0 elsewhere.

    Examples
    --------
    >>> from vdtext.inpaint.operators import laplacian_matrix
    >>> system = assemble(laplacian_matrix((1, 3)), np.array([[2.0, 9.0, 4.0]]), np.array([[1, 0, 1]]))
    >>> system.matrix.toarray().tolist(), system.right.tolist()
    ([[2.0]], [6.0])
    """

    matrix: sparse.csr_array
    right: np.ndarray
    free: np.ndarray
    values: np.ndarray

    def picture(self, solution):
        """The whole picture: stored pixels, and those that were found."""
        u = self.values.copy()
        u[self.free] = solution
        return u


def checked(values, mask):
    """Values and confidences as arrays of floats; what cannot be a problem is refused.

    Parameters
    ----------
    values : array_like, shape (..., H, W)
        Finite where the mask is above 0.
    mask : array_like, shape (H, W)
        Within [0, 1].

    Returns
    -------
    (ndarray, ndarray)
        Float64; values are 0 where the mask is 0.

    Raises
    ------
    ValueError
        If shapes differ, a confidence lies outside [0, 1], or nothing is stored.

    Examples
    --------
    >>> checked([[1, np.nan]], [[True, False]])[0].tolist()
    [[1.0, 0.0]]
    """
    values, c = np.asarray(values, np.float64), np.asarray(mask, np.float64)
    if c.ndim != 2 or values.shape[-2:] != c.shape:
        raise ValueError(f"values {values.shape}, mask {c.shape}: accepted are (..., H, W) and (H, W) (chapter 8)")
    if not (c.min(initial=1) >= 0 and c.max(initial=0) <= 1 and c.any()):
        raise ValueError("a mask has confidences from 0 to 1, and stores something (chapter 8)")
    values = np.where(c > 0, values, 0)
    if not np.isfinite(values).all():
        raise ValueError("a stored value is not finite: set the mask to 0 there (chapter 8)")
    return values, c


def assemble(matrix, values, mask):
    """Write (1 − c)·L u = c·(u − f) as a symmetric system for the pixels with c < 1.

    .. math:: \\Big(\\frac{c}{1 − c} − L\\Big) u = \\frac{c}{1 − c} f

    and what an edge brings from a pixel with c = 1 goes to the right-hand side.

    Parameters
    ----------
    matrix : scipy.sparse array, shape (H·W, H·W)
        L, of :func:`vdtext.inpaint.operators.operator_matrix`.
    values : ndarray, shape (H, W), float
        f.
    mask : ndarray, shape (H, W)
        c, the confidence: 1 where the value is kept as it is, 0 where nothing is known.

    Returns
    -------
    System

    References
    ----------
    Weickert, Welk, Tensor field interpolation with PDEs (2006); Mainberger et al., Edge-based compression of
    cartoon-like images with homogeneous diffusion, Pattern Recognition 44 (2011).

    Examples
    --------
    >>> from vdtext.inpaint.operators import laplacian_matrix
    >>> assemble(laplacian_matrix((1, 2)), np.array([[8.0, 0.0]]), np.array([[0.5, 0]])).matrix.toarray().tolist()
    [[2.0, -1.0], [-1.0, 1.0]]
    """
    f, c = checked(values, mask)
    free, fixed = np.flatnonzero(c < 1), np.flatnonzero(c == 1)
    ground = c.ravel()[free] / (1 - c.ravel()[free])
    rows = sparse.csr_array(matrix)[free]
    right = ground * f.ravel()[free] + rows[:, fixed] @ f.ravel()[fixed]
    return System(sparse.csr_array(sparse.diags_array(ground) - rows[:, free]), right, c < 1, np.where(c == 1, f, 0))
