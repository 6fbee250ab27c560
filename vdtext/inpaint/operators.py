"""What may flow where, as sparse matrices: the Laplacian with conductances, its square, and the tensor of an edge."""

import numpy as np
from scipy import sparse

from vdtext import edges, heat

__all__ = ["OPERATORS", "edge_tensor", "laplacian_matrix", "operator_matrix", "tensor_matrix"]

OPERATORS = ("homogeneous", "biharmonic", "eed")


def _along(matrix, axis, shape):
    """A matrix that acts on one axis, made to act on the picture read row by row."""
    other = sparse.eye_array(shape[1 - axis])
    return sparse.kron(matrix, other, "csr") if axis == 0 else sparse.kron(other, matrix, "csr")


def _differences(n):
    """From n pixels to the n − 1 edges between them: the right one minus the left one."""
    return sparse.diags_array([-np.ones(n - 1), np.ones(n - 1)], offsets=[0, 1], shape=(n - 1, n))


def laplacian_matrix(shape, conductances=None):
    """The Laplacian of a picture as a matrix: on every edge flows its conductance times the difference.

    .. math:: (Lu)_i = \\sum_{j ∼ i} g_{ij} (u_j − u_i)

    Parameters
    ----------
    shape : (int, int)
        (H, W).
    conductances : (ndarray, ndarray), optional
        To the right neighbour, shape (H, W − 1), and to the one below, shape (H − 1, W); positive. 1 if not given, and
        then this is :func:`vdtext.heat.laplacian` with reflecting borders.

    Returns
    -------
    scipy.sparse.csr_array, shape (H·W, H·W)
        Symmetric; its rows sum to 0.

    References
    ----------
    Grady, Random walks for image segmentation, IEEE Trans. Pattern Analysis and Machine Intelligence 28 (2006).

    Examples
    --------
    >>> laplacian_matrix((1, 3)).toarray()
    array([[-1.,  1.,  0.],
           [ 1., -2.,  1.],
           [ 0.,  1., -1.]])
    """
    total = sparse.csr_array((shape[0] * shape[1],) * 2)
    for axis in (0, 1):
        across = _along(_differences(shape[axis]), axis, shape)
        gates = np.ones(across.shape[0]) if conductances is None else np.ravel(conductances[1 - axis])
        total = total - across.T @ sparse.diags_array(gates) @ across
    return sparse.csr_array(total)


def tensor_matrix(tensor):
    """Diffusion with a tensor, div(D ∇u), as a matrix: what :func:`vdtext.edges.conduct_tensor` does.

    Parameters
    ----------
    tensor : ndarray, shape (2, 2, H, W), float
        Symmetric matrices, one a pixel.

    Returns
    -------
    scipy.sparse.csr_array, shape (H·W, H·W)
        Symmetric; its rows sum to 0.

    Examples
    --------
    >>> identity = np.eye(2)[:, :, None, None] * np.ones((1, 1, 3, 4))
    >>> abs(tensor_matrix(identity) - laplacian_matrix((3, 4))).max()
    np.float64(0.0)
    """
    shape = tensor.shape[2:]
    across = [_along(_differences(shape[axis]), axis, shape) for axis in (0, 1)]
    mean = [abs(a) / 2 for a in across]  # from pixels to edges; its transpose, from edges to pixels
    total = 0
    for axis in (0, 1):
        straight = sparse.diags_array(mean[axis] @ tensor[axis, axis].ravel()) @ across[axis]
        slope = mean[1 - axis].T @ across[1 - axis]
        sideways = mean[axis] @ sparse.diags_array(tensor[axis, 1 - axis].ravel()) @ slope
        total = total - across[axis].T @ (straight + sideways)
    return sparse.csr_array(total)


def edge_tensor(u, *, contrast):
    """Along edges everything flows, across them little: chapter 4's tensor with the rational diffusivity.

    .. math:: D = I − \\frac{∇v ∇v^⊤}{K^2 + |∇v|^2}

    v is the picture after four explicit steps of heat.  There is no exponential and no root in it, so that any machine
    that keeps to IEEE 754 computes the same tensor: a decoder may use it.

    Parameters
    ----------
    u : ndarray, shape (H, W), float64
    contrast : float
        K, in the unit of u.

    Returns
    -------
    ndarray, shape (2, 2, H, W), float64
        Eigenvalues K²/(K² + |∇v|²) across the edge, and 1 along it.

    References
    ----------
    Weickert, Welk, Tensor field interpolation with PDEs, in Visualization and Processing of Tensor Fields (2006);
    Galić et al., Image compression with anisotropic diffusion, J. Mathematical Imaging and Vision 31 (2008),
    doi:10.1007/s10851-008-0087-0.

    Examples
    --------
    >>> edge_tensor(np.tile([0.0, 0, 8, 8], (4, 1)), contrast=1.0)[1, 1, 0].round(2)
    array([0.64, 0.23, 0.23, 0.64])
    """
    smooth = heat.explicit(np.asarray(u, float), 1.0, steps=4)
    return edges.edge_tensor(smooth, contrast=contrast, smoothing=0, diffusivity=edges.rational)


def operator_matrix(operator, shape, *, conductances=None, tensor=None):
    """The operator L of a name: Δ, −Δ² or div(D ∇ ·); each pulls a picture towards smoothness.

    Parameters
    ----------
    operator : {"homogeneous", "biharmonic", "eed"}
    shape : (int, int)
    conductances : (ndarray, ndarray), optional
        Of the edges, for the first two.
    tensor : ndarray, shape (2, 2, H, W), optional
        For "eed", and needed there.

    Returns
    -------
    scipy.sparse.csr_array, shape (H·W, H·W)
        Symmetric, no positive eigenvalue.

    Raises
    ------
    ValueError
        If the operator is unknown, or "eed" has no tensor.

    Examples
    --------
    >>> operator_matrix("biharmonic", (1, 3)).toarray()
    array([[-2.,  3., -1.],
           [ 3., -6.,  3.],
           [-1.,  3., -2.]])
    """
    if operator not in OPERATORS or (operator == "eed") != (tensor is not None):
        raise ValueError(f"operator={operator!r}: accepted are {OPERATORS}, and 'eed' alone has a tensor (chapter 8)")
    if operator == "eed":
        return tensor_matrix(tensor)
    laplacian = laplacian_matrix(shape, conductances)
    return laplacian if operator == "homogeneous" else -laplacian @ laplacian
