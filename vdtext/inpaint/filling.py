"""The front door: a picture from stored pixels, with any of three operators and any of three solvers."""

import numpy as np

from vdtext.inpaint.multigrid import grids, v_cycle
from vdtext.inpaint.operators import OPERATORS, edge_tensor, operator_matrix
from vdtext.inpaint.problem import assemble, checked
from vdtext.inpaint.solvers import conjugate_gradients, direct

__all__ = ["SOLVERS", "inpaint", "lagged", "multigrid", "steady_state"]

SOLVERS = ("multigrid", "conjugate gradients", "direct")


def multigrid(system, mask, *, operator="homogeneous", conductances=None, tensor=None, tolerance=1e-10):
    """Conjugate gradients with a V-cycle as preconditioner, readable.

    One V-cycle on the network of conductances is about −L⁻¹; two are about the inverse of the biharmonic operator; for
    a tensor the network has the diagonal of the tensor.

    Parameters
    ----------
    system : System
        Of :func:`vdtext.inpaint.problem.assemble`.
    mask : ndarray, shape (H, W)
        Its confidences.
    operator : {"homogeneous", "biharmonic", "eed"}
    conductances, tensor : optional
        Those of the operator.
    tolerance : float
        As for :func:`conjugate_gradients`.

    Returns
    -------
    Solution

    Examples
    --------
    >>> mask = np.array([[1, 0, 0, 0, 1]])
    >>> system = assemble(operator_matrix("homogeneous", mask.shape), np.array([[0, 0, 0, 0, 4.0]]), mask)
    >>> multigrid(system, mask).values.round(9).tolist()
    [1.0, 2.0, 3.0]
    """
    if tensor is not None:
        conductances = (
            (tensor[1, 1, :, 1:] + tensor[1, 1, :, :-1]) / 2,
            (tensor[0, 0, 1:] + tensor[0, 0, :-1]) / 2,
        )
    levels, twice = grids(mask, conductances), operator == "biharmonic"

    def preconditioner(r):
        b = np.zeros(system.free.shape)
        b[system.free] = r
        for _ in range(1 + twice):
            b = v_cycle(levels, b)
        return b[system.free]

    return conjugate_gradients(system.matrix, system.right, preconditioner=preconditioner, tolerance=tolerance)


def steady_state(values, mask, *, operator="homogeneous", solver="direct", conductances=None, tensor=None):
    """Assemble and solve, readable: one picture, one operator that does not depend on it.

    Parameters
    ----------
    values, mask, operator, conductances
        As for :func:`inpaint`.
    solver : {"multigrid", "conjugate gradients", "direct"}
    tensor : ndarray, shape (2, 2, H, W), optional
        For "eed".

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> steady_state(np.array([[0, 0, 0, 3.0]]), np.array([[1, 0, 0, 1]])).tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    """
    values, mask = checked(values, mask)
    matrix = operator_matrix(operator, mask.shape, conductances=conductances, tensor=tensor)
    system = assemble(matrix, values, mask)
    if solver == "direct":
        return system.picture(direct(system))
    if solver == "conjugate gradients":
        return system.picture(conjugate_gradients(system.matrix, system.right).values)
    options = {"operator": operator, "conductances": conductances, "tensor": tensor}
    return system.picture(multigrid(system, mask, **options).values)


def lagged(values, mask, *, contrast, rounds=2, solver="direct"):
    """Edge-enhancing inpainting, readable: the tensor of the picture as it is, the steady state, and again.

    Parameters
    ----------
    values, mask, contrast, rounds, solver
        As for :func:`inpaint`.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> lagged(np.array([[0, 0, 0, 3.0]]), np.array([[1, 0, 0, 1]]), contrast=1.0).round(3).tolist()
    [[0.0, 0.962, 2.038, 3.0]]
    """
    u = steady_state(values, mask, solver=solver)
    for _ in range(rounds):
        u = steady_state(values, mask, operator="eed", solver=solver, tensor=edge_tensor(u, contrast=contrast))
    return u


def inpaint(
    values,
    mask,
    *,
    operator="homogeneous",
    solver="multigrid",
    contrast=None,
    rounds=2,
    conductances=None,
    tolerance=1e-9,
):
    """Fill in a picture from some of its pixels: (1 − c)·L u = c·(u − f), with reflecting borders.

    Parameters
    ----------
    values : ndarray, shape (H, W) or (..., H, W)
        f; several pictures may share a mask. What is not stored may be anything, NaN included.
    mask : ndarray, shape (H, W), bool or float
        c, from 0 (unknown) to 1 (kept as it is).
    operator : {"homogeneous", "biharmonic", "eed"}
        Δ, −Δ², or div(D ∇ ·) with D asked of the picture itself.
    solver : {"multigrid", "conjugate gradients", "direct"}
        The first is compiled, the others are SciPy's and readable ones.
    contrast : float
        K of "eed", in the unit of the values; needed there.
    rounds : int
        Of "eed": how often the tensor is asked.
    conductances : (ndarray, ndarray), optional
        Not for "eed": of the edges to the right, (H, W − 1), and to below, (H − 1, W); positive.
    tolerance : float
        Of multigrid: the residual's norm over that of the first right-hand side.

    Returns
    -------
    ndarray, shape of values, float64
        "homogeneous" keeps within the stored values, the others may overshoot.

    Raises
    ------
    ValueError
        If an argument cannot be right; the message says what is accepted.

    References
    ----------
    Galić et al., Image compression with anisotropic diffusion (2008), doi:10.1007/s10851-008-0087-0.

    Examples
    --------
    >>> inpaint(np.array([[0, np.nan, np.nan, 3.0]]), np.array([[1, 0, 0, 1]])).round(6).tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    """
    from vdtext.fast.inpaint import steady  # loads Numba, so only when it is needed

    values, mask = checked(values, mask)
    if operator not in OPERATORS or solver not in SOLVERS or (operator == "eed") != (contrast is not None):
        raise ValueError(
            f"operator={operator!r}, solver={solver!r}, contrast={contrast}: accepted are {OPERATORS}, {SOLVERS}, "
            "and a contrast for 'eed' alone (chapter 8)"
        )
    if conductances is not None:
        h, w = mask.shape
        sizes = [np.shape(g) for g in conductances]
        if (
            operator == "eed"
            or sizes != [(h, w - 1), (h - 1, w)]
            or not all((np.asarray(g) > 0).all() for g in conductances)
        ):
            raise ValueError(
                f"conductances of shapes {sizes}: positive, (H, W − 1) and (H − 1, W), not for 'eed' (chapter 8)"
            )
    if values.ndim > 2:
        options = {"operator": operator, "solver": solver, "contrast": contrast, "rounds": rounds}
        options |= {"conductances": conductances, "tolerance": tolerance}
        pictures = [inpaint(one, mask, **options) for one in values.reshape(-1, *mask.shape)]
        return np.reshape(pictures, values.shape)
    if solver != "multigrid":
        if operator == "eed":
            return lagged(values, mask, contrast=contrast, rounds=rounds, solver=solver)
        return steady_state(values, mask, operator=operator, solver=solver, conductances=conductances)
    if operator == "eed":
        return steady.edge_enhancing(mask, values, contrast=contrast, rounds=rounds, tolerance=tolerance)[0]
    return steady.filled(steady.diffusion(mask, operator, conductances=conductances), values, tolerance=tolerance)
