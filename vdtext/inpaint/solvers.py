"""Three ways to solve a sparse system, readable: at once, by conjugate gradients, and sweep by sweep."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import splu

__all__ = ["Solution", "conjugate_gradients", "direct", "jacobi"]


@dataclass(frozen=True)
class Solution:
    """What a solver found, and how it got there.

    Attributes
    ----------
    values : ndarray, shape (n,)
    residuals : list of float
        After each step, the norm of what is left over that of the right-hand side.

    Examples
    --------
    >>> Solution(np.zeros(2), [1.0]).residuals
    [1.0]
    """

    values: np.ndarray
    residuals: list


def direct(system):
    """Solve by a sparse factorisation: exact but for rounding, and slow for large pictures.

    Parameters
    ----------
    system : System

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> from vdtext.inpaint.operators import laplacian_matrix
    >>> from vdtext.inpaint.problem import assemble
    >>> direct(assemble(laplacian_matrix((1, 3)), np.array([[2.0, 0, 4.0]]), np.array([[1, 0, 1]]))).tolist()
    [3.0]
    """
    if not system.right.size:
        return system.right
    return splu(system.matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(system.right)


def jacobi(system, sweeps):
    """Every pixel becomes the weighted mean of its neighbours, again and again: one explicit step of heat each time.

    Parameters
    ----------
    system : System
    sweeps : int
        How often.

    Returns
    -------
    Solution

    Examples
    --------
    >>> from vdtext.inpaint.operators import laplacian_matrix
    >>> from vdtext.inpaint.problem import assemble
    >>> system = assemble(laplacian_matrix((1, 4)), np.array([[0, 0, 0, 3.0]]), np.array([[1, 0, 0, 1]]))
    >>> jacobi(system, 9).values.round(2)
    array([1., 2.])
    """
    a, b, diagonal = system.matrix, system.right, system.matrix.diagonal()
    u, residuals = np.zeros(b.shape), []
    for _ in range(sweeps):
        r = b - a @ u
        u = u + r / diagonal
        residuals.append(float(np.linalg.norm(r) / np.linalg.norm(b)))
    return Solution(u, residuals)


def conjugate_gradients(matrix, right, *, preconditioner=None, tolerance=1e-10, most=10000):
    """Solve A u = b: every step goes along a new direction, A-orthogonal to all before, exactly as far as is best.

    Parameters
    ----------
    matrix : scipy.sparse array, shape (n, n)
        A, symmetric and positive definite.
    right : ndarray, shape (n,)
        b.
    preconditioner : callable, optional
        r ↦ about A⁻¹ r, symmetric and positive definite as well.
    tolerance : float
        Stop when the norm of b − A u is so small a part of that of b.
    most : int
        Stop after so many steps.

    Returns
    -------
    Solution

    References
    ----------
    Hestenes, Stiefel, Methods of conjugate gradients for solving linear systems, J. Research of the National Bureau of
    Standards 49 (1952), 409–436.

    Examples
    --------
    >>> from scipy import sparse
    >>> conjugate_gradients(sparse.csr_array([[2.0, 1.0], [1.0, 3.0]]), np.array([3.0, 4.0])).values.round(9).tolist()
    [1.0, 1.0]
    """
    near = preconditioner or (lambda r: r)
    u, r, size = np.zeros(right.shape), right.copy(), np.linalg.norm(right)
    z = near(r)
    p, rz, residuals = z.copy(), r @ z, []
    while len(residuals) < most and size and np.linalg.norm(r) > tolerance * size:
        q = matrix @ p
        step = rz / (p @ q)
        u, r = u + step * p, r - step * q
        z = near(r)
        rz, before = r @ z, rz
        p = z + rz / before * p
        residuals.append(float(np.linalg.norm(r) / size))
    return Solution(u, residuals)
