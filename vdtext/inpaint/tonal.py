"""Which values to store: not those of the picture, but those from which the best picture grows."""

import numpy as np

from vdtext.inpaint.filling import steady_state
from vdtext.inpaint.problem import checked

__all__ = ["echoes", "least_squares", "tonal"]


def echoes(mask, *, operator="homogeneous", **options):
    """The echo of every stored pixel: the picture that grows if it is 1 and all others are 0.

    A picture from stored values v is the sum of their echoes: u = B v.

    Parameters
    ----------
    mask : ndarray, shape (H, W), bool
        Of n stored pixels; small pictures only, since this takes n solves.
    operator, **options
        As for :func:`vdtext.inpaint.filling.steady_state`.

    Returns
    -------
    ndarray, shape (n, H, W), float64
        They sum to 1 everywhere.

    References
    ----------
    Mainberger et al., Optimising spatial and tonal data for homogeneous diffusion inpainting (2011).

    Examples
    --------
    >>> echoes(np.array([[1, 0, 0, 0, 1]])).tolist()
    [[[1.0, 0.75, 0.5, 0.25, 0.0]], [[0.0, 0.25, 0.5, 0.75, 1.0]]]
    """
    mask = np.asarray(mask) > 0
    ones = np.zeros((mask.sum(), *mask.shape))
    ones[np.arange(len(ones)), *np.nonzero(mask)] = 1
    return np.stack([steady_state(one, mask, operator=operator, **options) for one in ones])


def least_squares(forward, backward, picture, values, *, steps):
    """Conjugate gradients for min |B v − f|²: only B and its transpose are needed, as functions.

    Parameters
    ----------
    forward, backward : callable
        v ↦ B v, and r ↦ Bᵀ r.
    picture : ndarray
        f.
    values : ndarray
        v to begin with.
    steps : int
        How many.

    Returns
    -------
    ndarray, shape of values

    References
    ----------
    Hestenes, Stiefel, Methods of conjugate gradients for solving linear systems (1952).

    Examples
    --------
    >>> b = np.array([[1.0, 0], [1, 1], [0, 1]])
    >>> least_squares(lambda v: b @ v, lambda r: b.T @ r, np.array([1.0, 3, 2]), np.zeros(2), steps=2).round(9)
    array([1., 2.])
    """
    v, r = values, picture - forward(values)
    g = backward(r)
    p, size = g, np.vdot(g, g)
    for _ in range(steps):
        if size <= 1e-12:
            break
        q = forward(p)
        step = size / np.vdot(q, q)
        v, r = v + step * p, r - step * q
        g = backward(r)
        size, before = np.vdot(g, g), size
        p = g + size / before * p
    return v


def tonal(picture, mask, *, steps=12, operator="homogeneous", contrast=None, rounds=1, tolerance=1e-5):
    """The best values to store at a mask, by least squares.

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
        f.
    mask : ndarray, shape (H, W), bool
    steps : int
        Of :func:`least_squares`.
    operator, contrast, rounds
        As for :func:`vdtext.inpaint.inpaint`; the tensor of "eed" is that of the picture from the best values for
        "homogeneous", and then kept.
    tolerance : float
        Of each solve.

    Returns
    -------
    ndarray, shape (H, W), float64
        0 where nothing is stored.

    References
    ----------
    Mainberger et al., Optimising spatial and tonal data for homogeneous diffusion inpainting (2011).

    Examples
    --------
    >>> tonal(np.array([[0.0, 1, 0, 0, 0, 0]]), np.array([[1, 0, 0, 0, 0, 1]])).round(3)[0, [0, -1]].tolist()
    [0.381, -0.048]
    """
    from vdtext.fast.inpaint import steady

    f, c = checked(picture, np.asarray(mask) > 0)
    f = np.asarray(picture, float)
    problem = steady.diffusion(c, "homogeneous" if operator == "eed" else operator)

    def best(v):
        return least_squares(
            lambda v: steady.filled(problem, v, tolerance=tolerance),
            lambda r: steady.transposed(problem, r, tolerance=tolerance),
            f,
            v,
            steps=steps,
        )

    v = best(np.where(c > 0, f, 0))
    for _ in range(rounds if operator == "eed" else 0):
        guess = steady.filled(problem, v, tolerance=tolerance)
        problem = steady.edge_enhancing(c, v, contrast=contrast, rounds=1, tolerance=tolerance, guess=guess)[1]
        v = best(v)
    return v
