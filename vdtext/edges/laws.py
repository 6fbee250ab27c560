"""Who decides what may flow: the picture itself. Gates (Perona–Malik, Catté) and tensors (EED, CED) from a picture."""

import numpy as np

from vdtext import heat
from vdtext.edges.conduction import at_edges, gradient
from vdtext.edges.diffusivity import rapid, rational

__all__ = ["catte_gates", "coherence_tensor", "edge_tensor", "perona_malik_gates", "structure_tensor"]


def perona_malik_gates(u, *, contrast, diffusivity=rational, axes=(-2, -1)):
    """Gates that close where neighbours differ: g(|u_i − u_j|) on every edge.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip, any range.
    contrast : float
        K, grey value per pixel.
    diffusivity : callable
        g(slope, contrast), see :mod:`vdtext.edges.diffusivity`.
    axes : tuple of int
        The d axes that are diffused.

    Returns
    -------
    list of d ndarrays
        For :func:`conduct`.

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE Transactions on Pattern Analysis and
    Machine Intelligence 12 (1990), 629–639, doi:10.1109/34.56205.

    Examples
    --------
    >>> perona_malik_gates(np.array([[0.0, 0.0, 0.1]]), contrast=0.1, axes=(1,))
    [array([[1. , 1. , 0.5, 1. ]])]
    """
    return [diffusivity(heat.flux(u, axis=axis), contrast) for axis in axes]


def smoothed_slope(u, smoothing, axes):
    """The gradient of the picture after a short diffusion, and its square length."""
    slope = gradient(heat.diffuse(u, smoothing, axes=axes), axes)
    return slope, (slope**2).sum(axis=0)


def catte_gates(u, *, contrast, smoothing=0.5, diffusivity=rational, axes=(-2, -1)):
    """Gates that close where the *smoothed* picture is steep: g(|∇u_σ|) at the pixels, averaged on every edge.

    Noise is no edge, since it does not survive the smoothing; and the equation has one solution, which depends
    continuously on the picture.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip, any range.
    contrast : float
        K, grey value per pixel.
    smoothing : float
        Diffusion time in pixel² before the picture is asked, σ = √(2·smoothing).
    diffusivity, axes
        As for :func:`perona_malik_gates`.

    Returns
    -------
    list of d ndarrays
        For :func:`conduct`.

    References
    ----------
    Catté, Lions, Morel, Coll, Image selective smoothing and edge detection by nonlinear diffusion, SIAM Journal on
    Numerical Analysis 29 (1992), 182–193, doi:10.1137/0729012.

    Examples
    --------
    >>> [gate.shape for gate in catte_gates(np.zeros((3, 4)), contrast=0.1)]
    [(4, 4), (3, 5)]
    """
    _, square = smoothed_slope(u, smoothing, axes)
    g = diffusivity(np.sqrt(square), contrast)
    return [at_edges(g, axis) for axis in axes]


def edge_tensor(u, *, contrast, smoothing=0.5, diffusivity=rapid, axes=(-2, -1)):
    """Edge-enhancing diffusion: along an edge everything flows, across it g(|∇u_σ|).

    D = I − (1 − g) n nᵀ with n = ∇u_σ/|∇u_σ|

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip, any range.
    contrast : float
        K, grey value per pixel.
    smoothing : float
        Diffusion time in pixel² before the picture is asked.
    diffusivity, axes
        As for :func:`perona_malik_gates`.

    Returns
    -------
    ndarray, shape (d, d, *u.shape)
        Symmetric, with the eigenvalues g (across) and 1 (along); for :func:`conduct_tensor`.

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), section 5.1.

    Examples
    --------
    >>> edge_tensor(np.zeros((3, 4)), contrast=0.1)[:, :, 0, 0]
    array([[1., 0.],
           [0., 1.]])
    """
    slope, square = smoothed_slope(u, smoothing, axes)
    closed = (1 - diffusivity(np.sqrt(square), contrast)) / np.maximum(square, np.finfo(square.dtype).tiny)
    identity = np.eye(len(axes), dtype=u.dtype).reshape(len(axes), len(axes), *u.ndim * [1])
    return identity - closed * slope[:, None] * slope[None]


def structure_tensor(u, *, smoothing=0.5, window=4.0, axes=(-2, -1)):
    """The directions of a neighbourhood, J = G ∗ (∇u_σ ∇u_σᵀ): gradients cancel when averaged, their squares do not.

    Its largest eigenvalue belongs to the direction across the local pattern, its smallest to the direction along it; in
    space–time the latter is the direction of motion.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip, any range.
    smoothing : float
        Diffusion time in pixel² before the gradient is taken.
    window : float
        Diffusion time in pixel² by which the products are averaged.
    axes : tuple of int
        The d axes.

    Returns
    -------
    ndarray, shape (d, d, *u.shape)
        Symmetric, no negative eigenvalue beyond round-off; (grey value per pixel)².

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), section 2.2.

    Examples
    --------
    >>> ramp = np.tile(np.arange(6.0), (5, 1))
    >>> structure_tensor(ramp, smoothing=0, window=0)[:, :, 2, 2]
    array([[0., 0.],
           [0., 1.]])
    """
    slope, _ = smoothed_slope(u, smoothing, axes)
    rows, columns = np.triu_indices(len(axes))
    tensor = np.empty((len(axes), *slope.shape), u.dtype)
    for i, k in zip(rows, columns, strict=True):
        tensor[i, k] = tensor[k, i] = heat.diffuse(slope[i] * slope[k], window, axes=axes)
    return tensor


def coherence_tensor(u, *, contrast, smoothing=0.5, window=4.0, least=0.001, axes=(-2, -1)):
    """Coherence-enhancing diffusion: flow along lines, where there are lines, and hardly anywhere else.

    D = α I + (λ − α) v vᵀ, λ = α + (1 − α) exp(−K⁴/(μ₁ − μ_d)²), where μ₁ and μ_d are the largest and the smallest
    eigenvalue of the structure tensor and v belongs to the smallest.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip, any range.
    contrast : float
        K, grey value per pixel: a neighbourhood counts as a line when √(μ₁ − μ_d) is above it.
    smoothing, window
        As for :func:`structure_tensor`.
    least : float
        α, what flows in the other directions, within (0, 1).
    axes : tuple of int
        The d axes that are diffused; with three the lines are the paths of what moves.

    Returns
    -------
    ndarray, shape (d, d, *u.shape)
        Symmetric, with eigenvalues within [α, 1]; for :func:`conduct_tensor`.

    References
    ----------
    Weickert, Coherence-enhancing diffusion filtering, International Journal of Computer Vision 31 (1999), 111–127,
    doi:10.1023/A:1008009714131.

    Examples
    --------
    >>> stripes = np.tile([0.0, 1.0, 1.0, 0.0], (6, 2))
    >>> coherence_tensor(stripes, contrast=0.05)[:, :, 3, 3].round(3)
    array([[0.995, 0.   ],
           [0.   , 0.001]])
    """
    tensor = structure_tensor(u, smoothing=smoothing, window=window, axes=axes)
    values, vectors = np.linalg.eigh(np.moveaxis(tensor, (0, 1), (-2, -1)))
    spread = values[..., -1] - values[..., 0]
    along = (1 - least) * np.exp(-(contrast**4) / np.maximum(spread**2, np.finfo(u.dtype).tiny))
    v = np.moveaxis(vectors[..., 0], -1, 0)
    identity = np.eye(len(axes), dtype=u.dtype).reshape(len(axes), len(axes), *u.ndim * [1])
    return least * identity + along * v[:, None] * v[None]
