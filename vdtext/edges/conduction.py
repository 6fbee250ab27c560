"""How grey value flows when each place has its own conductivity: a number (gates) or a matrix (tensor)."""

import numpy as np

from vdtext.heat import flux

__all__ = ["at_edges", "at_pixels", "conduct", "conduct_tensor", "gradient"]


def at_edges(p, axis):
    """Values of pixels, moved to the edges between neighbours along one axis: the mean of both; 0 at the border.

    Parameters
    ----------
    p : ndarray
        Any shape.
    axis : int
        The axis along which neighbours are averaged.

    Returns
    -------
    ndarray, longer than `p` by 1 along `axis`

    Examples
    --------
    >>> at_edges(np.array([1.0, 3.0, 5.0]), 0)
    array([0., 2., 4., 0.])
    """
    p = p.swapaxes(axis, -1)
    mean = np.zeros((*p.shape[:-1], p.shape[-1] + 1), p.dtype)
    mean[..., 1:-1] = (p[..., :-1] + p[..., 1:]) / 2
    return mean.swapaxes(axis, -1)


def at_pixels(f, axis):
    """Values of edges, moved to the pixels between them: the mean of a pixel's two edges.

    Parameters
    ----------
    f : ndarray
        A flux along `axis`, as :func:`vdtext.heat.flux` gives it.
    axis : int
        The axis whose edges are averaged.

    Returns
    -------
    ndarray, shorter than `f` by 1 along `axis`

    Examples
    --------
    >>> at_pixels(np.array([0.0, 2.0, 4.0, 0.0]), 0)
    array([1., 3., 2.])
    """
    f = f.swapaxes(axis, -1)
    return ((f[..., :-1] + f[..., 1:]) / 2).swapaxes(axis, -1)


def gradient(u, axes=(-2, -1)):
    """Central differences along every axis, ∂_a u; nothing is steep across the border.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    axes : tuple of int
        The d axes.

    Returns
    -------
    ndarray, shape (d, *u.shape)
        Grey value per pixel.

    Examples
    --------
    >>> gradient(np.array([[0.0, 1.0, 4.0]]))[1]
    array([[0.5, 2. , 1.5]])
    """
    return np.stack([at_pixels(flux(u, axis=axis), axis) for axis in axes])


def conduct(u, gates, axes=(-2, -1)):
    """What flows into every pixel through gates on its edges, div(g ∇u) = Σ_a ∂_a (g_a ∂_a u).

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    gates : sequence of d ndarrays
        Conductivity of the edges along each axis, shaped as :func:`vdtext.heat.flux` of that axis; within [0, 1].
    axes : tuple of int
        The d axes that are diffused.

    Returns
    -------
    ndarray, same shape as `u`
        Its sum is 0: grey value is moved, not made. With gates within [0, 1], u + step·conduct(u) keeps within
        [u.min(), u.max()] for step <= 1/(2d).

    Examples
    --------
    >>> u = np.array([[0.0, 1.0, 4.0]])
    >>> conduct(u, [np.array([[0.0, 1.0, 0.5, 0.0]])], axes=(1,))
    array([[ 1. ,  0.5, -1.5]])
    """
    return sum(np.diff(gate * flux(u, axis=axis), axis=axis) for axis, gate in zip(axes, gates, strict=True))


def conduct_tensor(u, tensor, axes=(-2, -1)):
    """What flows into every pixel when the conductivity has a direction, div(D ∇u).

    The flux along axis a is D_aa ∂_a u + Σ_{b≠a} D_ab ∂_b u, with ∂_a across the edge and ∂_b by central differences.
    The operator is symmetric, and not positive if D has no negative eigenvalue; its norm is at most 4d times the
    largest one.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    tensor : ndarray, shape (d, d, *u.shape)
        Symmetric matrices D with eigenvalues within [0, 1], one a pixel.
    axes : tuple of int
        The d axes that are diffused.

    Returns
    -------
    ndarray, same shape as `u`
        Its sum is 0; with `u` it has the scalar product −∫ ∇uᵀ D ∇u <= 0.

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), section 3.4.

    Examples
    --------
    >>> u = np.array([[0.0, 1.0], [1.0, 2.0]])
    >>> along = np.array([[0.5, -0.5], [-0.5, 0.5]]).reshape(2, 2, 1, 1) * np.ones((1, 1, 2, 2))
    >>> conduct_tensor(u, along)  # the tensor conducts along the diagonal on which u does not change
    array([[ 0.5,  0. ],
           [ 0. , -0.5]])
    """
    slope, total = gradient(u, axes), 0
    for i, axis in enumerate(axes):
        sideways = sum((tensor[i, k] * slope[k] for k in range(len(axes)) if k != i), np.zeros_like(u))
        flow = at_edges(tensor[i, i], axis) * flux(u, axis=axis) + at_edges(sideways, axis)
        total = total + np.diff(flow, axis=axis)
    return total
