"""What flows into every pixel, compiled (chapter 8): through edges, with a tensor, and the tensor of a picture.

Only +, −, × and ÷ of float64 in a fixed order: every machine computes the same numbers.
"""

import numpy as np

from vdtext._jit import njit

__all__ = ["apply_operator", "edge_tensor", "tensor_flow"]


@njit
def tensor_flow(u, tensor, out):
    """What flows into every pixel, div(D ∇u): twin of :func:`vdtext.edges.conduct_tensor`.

    Parameters
    ----------
    u : ndarray, shape (H, W), float64
    tensor : ndarray, shape (3, H, W), float64
        D_yy, D_yx, D_xx.
    out : ndarray, shape (H, W), float64
        Is written.

    Examples
    --------
    >>> out = np.empty((2, 2)); along = np.ones((3, 2, 2)) / 2; along[1] = -0.5
    >>> tensor_flow(np.array([[0.0, 1.0], [1.0, 2.0]]), along, out); out.tolist()
    [[0.5, 0.0], [0.0, -0.5]]
    """
    h, w = u.shape
    out[:] = 0.0
    for y in range(h):
        for x in range(w):
            if x + 1 < w:
                flow = 0.5 * (tensor[2, y, x] + tensor[2, y, x + 1]) * (u[y, x + 1] - u[y, x])
                here = (u[min(y + 1, h - 1), x] - u[max(y - 1, 0), x]) * tensor[1, y, x]
                there = (u[min(y + 1, h - 1), x + 1] - u[max(y - 1, 0), x + 1]) * tensor[1, y, x + 1]
                flow += 0.25 * (here + there)
                out[y, x] += flow
                out[y, x + 1] -= flow
            if y + 1 < h:
                flow = 0.5 * (tensor[0, y, x] + tensor[0, y + 1, x]) * (u[y + 1, x] - u[y, x])
                here = (u[y, min(x + 1, w - 1)] - u[y, max(x - 1, 0)]) * tensor[1, y, x]
                there = (u[y + 1, min(x + 1, w - 1)] - u[y + 1, max(x - 1, 0)]) * tensor[1, y + 1, x]
                flow += 0.25 * (here + there)
                out[y, x] += flow
                out[y + 1, x] -= flow


@njit
def _conduct(u, right, down, out):
    """Flow through edges of given conductance."""
    h, w = u.shape
    for y in range(h):
        for x in range(w):
            here, total = u[y, x], 0.0
            if x:
                total += right[y, x - 1] * (u[y, x - 1] - here)
            if x + 1 < w:
                total += right[y, x] * (u[y, x + 1] - here)
            if y:
                total += down[y - 1, x] * (u[y - 1, x] - here)
            if y + 1 < h:
                total += down[y, x] * (u[y + 1, x] - here)
            out[y, x] = total


@njit
def apply_operator(u, kind, right, down, tensor, scratch, out):
    """The operator L of the problem: 0 conductances (Δ), 1 their square with a minus sign (−Δ²), 2 a tensor.

    Parameters
    ----------
    u : ndarray, shape (H, W), float64
    kind : int
    right, down : ndarray, shape (H, W), float64
    tensor : ndarray, shape (3, H, W) or (3, 0, 0), float64
    scratch, out : ndarray, shape (H, W), float64
        Are written.

    Examples
    --------
    >>> out, right = np.empty((1, 3)), np.array([[1.0, 1.0, 0.0]])
    >>> apply_operator(np.array([[0.0, 0.0, 1.0]]), 0, right, 0 * right, np.zeros((3, 0, 0)), 0 * right, out)
    >>> out.tolist()
    [[0.0, 1.0, -1.0]]
    """
    if kind == 2:
        tensor_flow(u, tensor, out)
    elif kind == 1:
        _conduct(u, right, down, scratch)
        _conduct(scratch, right, down, out)
        out *= -1.0
    else:
        _conduct(u, right, down, out)


@njit
def edge_tensor(u, contrast, steps, out):
    """The tensor of edge-enhancing diffusion, I − ∇u ∇uᵀ/(K² + |∇u|²), of a picture smoothed by explicit steps of 1/4.

    Parameters
    ----------
    u : ndarray, shape (H, W), float64
    contrast : float
        K, in the unit of u.
    steps : int
        How many.
    out : ndarray, shape (3, H, W), float64
        Is written: D_yy, D_yx, D_xx.

    Examples
    --------
    >>> out = np.empty((3, 1, 3)); edge_tensor(np.array([[0.0, 1.0, 2.0]]), 1.0, 0, out); (out[:, 0, 1] + 0).tolist()
    [1.0, 0.0, 0.5]
    """
    h, w = u.shape
    v, flow = u.copy(), np.zeros((h, w))
    one = np.ones((h, w))
    for _ in range(steps):
        _conduct(v, one, one, flow)
        for y in range(h):
            for x in range(w):
                v[y, x] += 0.25 * flow[y, x]
    for y in range(h):
        for x in range(w):
            down = 0.5 * (v[min(y + 1, h - 1), x] - v[max(y - 1, 0), x])
            right = 0.5 * (v[y, min(x + 1, w - 1)] - v[y, max(x - 1, 0)])
            closed = 1.0 / (contrast * contrast + down * down + right * right)
            out[0, y, x] = 1.0 - closed * down * down
            out[1, y, x] = -closed * down * right
            out[2, y, x] = 1.0 - closed * right * right
