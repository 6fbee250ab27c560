"""Fast twin of :func:`vdtext.edges.evolve`: one compiled pass over the picture per step (chapter 4).

Compiled are the steps of all laws on two axes, those of gates (Perona–Malik, Catté) on three, and the tensors of EED
and CED on two.  What the twin does not know (a tensor in space–time, another diffusivity than the law's own, a Python
without Numba) it leaves to the readable functions.
"""

from itertools import cycle

import numpy as np

from vdtext._jit import njit
from vdtext.edges import diffusivity as g
from vdtext.edges import evolution, laws
from vdtext.fast import heat
from vdtext.fast.heat import COMPILED

__all__ = [
    "coherence_plane",
    "edge_plane",
    "evolve",
    "gates_plane",
    "gates_volume",
    "perona_malik_plane",
    "perona_malik_volume",
    "slopes_plane",
    "tensor_plane",
]


@njit(fastmath=True)
def perona_malik_plane(u, v, k, step):
    """One step on a plane, v = u + step·Σ ∂(∂u / (1 + k (∂u)²)): every flux is computed once, k = 1/K².

    Parameters
    ----------
    u, v : ndarray, shape (H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    k, step : scalar of the same dtype
        1/K², and the time step in pixel².

    Examples
    --------
    >>> u = np.array([[0.0, 1.0, 0.0]]); v = np.empty_like(u)
    >>> perona_malik_plane(u, v, 1.0, 0.25)
    >>> v
    array([[0.125, 0.75 , 0.125]])
    """
    h, w = u.shape
    one = u.dtype.type(1)
    down, side = np.zeros(w, u.dtype), np.zeros(w + 1, u.dtype)
    for i in range(h):
        row, below, out = u[i], u[min(i + 1, h - 1)], v[i]
        for j in range(w - 1):
            d = row[j + 1] - row[j]
            side[j + 1] = d / (one + k * d * d)
        for j in range(w):
            d = below[j] - row[j]
            flow = d / (one + k * d * d)
            out[j] = row[j] + step * (flow - down[j] + side[j + 1] - side[j])
            down[j] = flow


@njit(fastmath=True)
def perona_malik_volume(u, v, k, step):
    """One step on a clip, as :func:`perona_malik_plane` on three axes.

    Parameters
    ----------
    u, v : ndarray, shape (T, H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    k, step : scalar of the same dtype
        1/K², and the time step in pixel².

    Examples
    --------
    >>> u = np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1); v = np.empty_like(u)
    >>> perona_malik_volume(u, v, 1.0, 0.125)
    >>> v[:, 0, 0]
    array([0.0625, 0.875 , 0.0625])
    """
    n, h, w = u.shape
    one = u.dtype.type(1)
    ahead = np.zeros((h, w), u.dtype)
    down, side = np.zeros(w, u.dtype), np.zeros(w + 1, u.dtype)
    for t in range(n):
        down[:] = 0
        for i in range(h):
            row, below, after, out = u[t, i], u[t, min(i + 1, h - 1)], u[min(t + 1, n - 1), i], v[t, i]
            late = ahead[i]
            for j in range(w - 1):
                d = row[j + 1] - row[j]
                side[j + 1] = d / (one + k * d * d)
            for j in range(w):
                d, e = below[j] - row[j], after[j] - row[j]
                flow, later = d / (one + k * d * d), e / (one + k * e * e)
                out[j] = row[j] + step * (flow - down[j] + side[j + 1] - side[j] + later - late[j])
                down[j], late[j] = flow, later


@njit(fastmath=True)
def gates_plane(u, v, vertical, horizontal, step):
    """One step on a plane through given gates, v = u + step·div(g ∇u).

    Parameters
    ----------
    u, v : ndarray, shape (H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    vertical, horizontal : ndarray, shapes (H + 1, W) and (H, W + 1), same dtype
        Gates of the edges along each axis.
    step : scalar of the same dtype
        In pixel².

    Examples
    --------
    >>> u = np.array([[0.0, 1.0, 0.0]]); v = np.empty_like(u)
    >>> gates_plane(u, v, np.ones((2, 3)), np.array([[1.0, 1.0, 0.0, 1.0]]), 0.25)
    >>> v
    array([[0.25, 0.75, 0.  ]])
    """
    h, w = u.shape
    down, side = np.zeros(w, u.dtype), np.zeros(w + 1, u.dtype)
    for i in range(h):
        row, below, out = u[i], u[min(i + 1, h - 1)], v[i]
        gate, across = vertical[i + 1], horizontal[i]
        for j in range(w - 1):
            side[j + 1] = across[j + 1] * (row[j + 1] - row[j])
        for j in range(w):
            flow = gate[j] * (below[j] - row[j])
            out[j] = row[j] + step * (flow - down[j] + side[j + 1] - side[j])
            down[j] = flow


@njit(fastmath=True)
def gates_volume(u, v, temporal, vertical, horizontal, step):
    """One step on a clip through given gates, as :func:`gates_plane` on three axes.

    Parameters
    ----------
    u, v : ndarray, shape (T, H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    temporal, vertical, horizontal : ndarray, shapes (T + 1, H, W), (T, H + 1, W), (T, H, W + 1), same dtype
        Gates of the edges along each axis.
    step : scalar of the same dtype
        In pixel².

    Examples
    --------
    >>> u = np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1); v = np.empty_like(u)
    >>> gates_volume(u, v, np.ones((4, 1, 1)), np.ones((3, 2, 1)), np.ones((3, 1, 2)), 0.125)
    >>> v[:, 0, 0]
    array([0.125, 0.75 , 0.125])
    """
    n, h, w = u.shape
    ahead = np.zeros((h, w), u.dtype)
    down, side = np.zeros(w, u.dtype), np.zeros(w + 1, u.dtype)
    for t in range(n):
        down[:] = 0
        for i in range(h):
            row, below, after, out = u[t, i], u[t, min(i + 1, h - 1)], u[min(t + 1, n - 1), i], v[t, i]
            gate, across, pass_, late = vertical[t, i + 1], horizontal[t, i], temporal[t + 1, i], ahead[i]
            for j in range(w - 1):
                side[j + 1] = across[j + 1] * (row[j + 1] - row[j])
            for j in range(w):
                flow, later = gate[j] * (below[j] - row[j]), pass_[j] * (after[j] - row[j])
                out[j] = row[j] + step * (flow - down[j] + side[j + 1] - side[j] + later - late[j])
                down[j], late[j] = flow, later


@njit(fastmath=True)
def tensor_plane(u, v, tensor, step):
    """One step on a plane through a tensor, v = u + step·div(D ∇u), as :func:`vdtext.edges.conduct_tensor`.

    Parameters
    ----------
    u, v : ndarray, shape (H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    tensor : ndarray, shape (3, H, W), same dtype
        D_yy, D_yx and D_xx.
    step : scalar of the same dtype
        In pixel².

    Examples
    --------
    >>> u = np.array([[0.0, 1.0], [1.0, 2.0]]); v = np.empty_like(u)
    >>> tensor_plane(u, v, np.full((3, 2, 2), 0.5) * np.array([1, -1, 1]).reshape(3, 1, 1), 1.0)
    >>> v
    array([[0.5, 1. ],
           [1. , 1.5]])
    """
    h, w = u.shape
    half = u.dtype.type(0.5)
    down, side = np.zeros(w, u.dtype), np.zeros(w + 1, u.dtype)
    mixed, ahead, tilted = np.zeros(w, u.dtype), np.zeros(w, u.dtype), np.zeros(w, u.dtype)
    _slanted(u[0], tensor[1, 0], mixed)
    for i in range(h):
        last = i == h - 1
        row, above, below, out = u[i], u[max(i - 1, 0)], u[min(i + 1, h - 1)], v[i]
        here, there = tensor[0, i], tensor[0, min(i + 1, h - 1)]
        twist, across = tensor[1, i], tensor[2, i]
        _slanted(below, tensor[1, min(i + 1, h - 1)], ahead)
        for j in range(w):
            tilted[j] = twist[j] * half * (below[j] - above[j])
        for j in range(w - 1):
            side[j + 1] = half * ((across[j] + across[j + 1]) * (row[j + 1] - row[j]) + tilted[j] + tilted[j + 1])
        for j in range(w):
            flow = half * ((here[j] + there[j]) * (below[j] - row[j]) + mixed[j] + ahead[j])
            if last:
                flow = u.dtype.type(0)
            out[j] = row[j] + step * (flow - down[j] + side[j + 1] - side[j])
            down[j] = flow
        mixed, ahead = ahead, mixed


@njit(fastmath=True)
def _slanted(row, twist, out):
    """out = D_yx ∂_x u on one row, by central differences."""
    w = row.size
    half = row.dtype.type(0.5)
    out[0] = twist[0] * half * (row[min(1, w - 1)] - row[0])
    out[w - 1] = twist[w - 1] * half * (row[w - 1] - row[max(w - 2, 0)])
    for j in range(1, w - 1):
        out[j] = twist[j] * half * (row[j + 1] - row[j - 1])


@njit(fastmath=True)
def slopes_plane(smooth, tensor, k):
    """Both slopes of a smoothed plane by central differences, and s²/K².

    Parameters
    ----------
    smooth : ndarray, shape (H, W), float32 or float64, C-contiguous
        The picture after its short diffusion.
    tensor : ndarray, shape (3, H, W), same dtype
        Overwritten by ∂_y, (∂_y² + ∂_x²)·k and ∂_x.
    k : scalar of the same dtype
        1/K².

    Examples
    --------
    >>> tensor = np.empty((3, 1, 3))
    >>> slopes_plane(np.array([[0.0, 0.0, 1.0]]), tensor, 4.0)
    >>> tensor[:, 0].tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.5, 0.5]]
    """
    h, w = smooth.shape
    half = smooth.dtype.type(0.5)
    for i in range(h):
        row, above, below = smooth[i], smooth[max(i - 1, 0)], smooth[min(i + 1, h - 1)]
        down, square, across = tensor[0, i], tensor[1, i], tensor[2, i]
        across[0] = half * (row[min(1, w - 1)] - row[0])
        across[w - 1] = half * (row[w - 1] - row[max(w - 2, 0)])
        for j in range(1, w - 1):
            across[j] = half * (row[j + 1] - row[j - 1])
        for j in range(w):
            down[j] = half * (below[j] - above[j])
            square[j] = k * (down[j] * down[j] + across[j] * across[j])


@njit(fastmath=True)
def edge_plane(tensor, closed, k):
    """The tensor D = I − (1 − g) n nᵀ of edge-enhancing diffusion, from slopes and 1 − g.

    Parameters
    ----------
    tensor : ndarray, shape (3, H, W), float32 or float64
        As :func:`slopes_plane` leaves it; overwritten by D_yy, D_yx and D_xx.
    closed : ndarray, shape (H, W), same dtype
        1 − g.
    k : scalar of the same dtype
        1/K².

    Examples
    --------
    >>> tensor = np.array([0.5, 1.0, 0.0]).reshape(3, 1, 1)
    >>> edge_plane(tensor, np.array([[0.75]]), 4.0)
    >>> abs(tensor[:, 0, 0])
    array([0.25, 0.  , 1.  ])
    """
    n = closed.size
    one, tiny = closed.dtype.type(1), closed.dtype.type(1e-30)
    yy, yx, xx, part = tensor[0].reshape(n), tensor[1].reshape(n), tensor[2].reshape(n), closed.reshape(n)
    for i in range(n):
        scale = k * part[i] / max(yx[i], tiny)
        y, x = yy[i], xx[i]
        yy[i], yx[i], xx[i] = one - scale * y * y, -scale * y * x, one - scale * x * x


@njit(fastmath=True)
def coherence_plane(tensor, along, least):
    """The tensor of coherence-enhancing diffusion, in place of the structure tensor of a plane.

    Parameters
    ----------
    tensor : ndarray, shape (3, H, W), float32 or float64
        J_yy, J_yx and J_xx; overwritten by D_yy, D_yx and D_xx.
    along : ndarray, shape (H, W), same dtype
        How much more flows along than across, λ − α.
    least : scalar of the same dtype
        α, as for :func:`vdtext.edges.coherence_tensor`.

    Examples
    --------
    >>> tensor = np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1)
    >>> coherence_plane(tensor, np.array([[0.99]]), 0.01)
    >>> abs(tensor[:, 0, 0]).round(3)
    array([0.01, 0.  , 1.  ])
    """
    n = along.size
    half, two, tiny = along.dtype.type(0.5), along.dtype.type(2), along.dtype.type(1e-30)
    yy, yx, xx, more = tensor[0].reshape(n), tensor[1].reshape(n), tensor[2].reshape(n), along.reshape(n)
    for i in range(n):
        d, e = yy[i] - xx[i], two * yx[i]
        middle = half * more[i]
        turn = middle / np.sqrt(max(d * d + e * e, tiny))
        yy[i], yx[i], xx[i] = least + middle - turn * d, -turn * e, least + middle + turn * d


def _edges(u, *, contrast, smoothing=0.5, diffusivity=g.rapid):
    """Twin of :func:`vdtext.edges.edge_tensor` on a plane: (D_yy, D_yx, D_xx)."""
    if diffusivity is not g.rapid:
        return _packed(laws.edge_tensor(u, contrast=contrast, smoothing=smoothing, diffusivity=diffusivity))
    tensor, k = np.empty((3, *u.shape), u.dtype), u.dtype.type(1 / contrast**2)
    slopes_plane(np.ascontiguousarray(heat.exact(u, smoothing)), tensor, k)
    closed = np.maximum(tensor[1], 1e-8)  # (s/K)²; below it g is 1
    closed **= 4
    np.divide(-3.31488, closed, out=closed)
    edge_plane(tensor, np.exp(closed, out=closed), k)
    return tensor


def _lines(u, *, contrast, smoothing=0.5, window=4.0, least=0.001):
    """Twin of :func:`vdtext.edges.coherence_tensor` on a plane: (D_yy, D_yx, D_xx)."""
    slopes = np.empty((3, *u.shape), u.dtype)
    slopes_plane(np.ascontiguousarray(heat.exact(u, smoothing)), slopes, u.dtype.type(1))
    y, _, x = slopes
    tensor = np.stack([heat.exact(product, window) for product in (y * y, y * x, x * x)])
    along = np.maximum((tensor[0] - tensor[2]) ** 2 + 4 * tensor[1] ** 2, np.finfo(u.dtype).tiny)  # (μ₁ − μ₂)²
    np.divide(-(contrast**4), along, out=along)
    np.exp(along, out=along)
    along *= 1 - least
    coherence_plane(tensor, along, u.dtype.type(least))
    return tensor


def _packed(tensor):
    """The three different entries of a 2×2 tensor."""
    return np.ascontiguousarray(np.stack([tensor[0, 0], tensor[0, 1], tensor[1, 1]]))


# How a law advances over one cycle: (picture, step sizes, room for results) → the picture after it.


def _march(u, steps, rooms, step):
    """Steps of the given sizes, each into the next of two rooms; `u` itself is left as it is."""
    for size in steps:
        target = next(rooms)
        step(u, target, u.dtype.type(size))
        u = target
    return u


def _gates(ask, step):
    """What `ask` says of the picture, and one compiled pass a step."""

    def advance(u, steps, rooms, **options):
        gates = [np.ascontiguousarray(gate) for gate in ask(u, axes=tuple(range(-u.ndim, 0)), **options)]
        return _march(u, steps, rooms, lambda source, target, size: step(source, target, *gates, size))

    return advance


def _tensor(ask):
    """The same with a tensor, on a plane."""

    def advance(u, steps, rooms, **options):
        tensor = ask(u, **options)
        return _march(u, steps, rooms, lambda source, target, size: tensor_plane(source, target, tensor, size))

    return advance


def _fused(kernel, otherwise):
    """Perona–Malik: gate and step in one pass where the gates are renewed in every step."""

    def advance(u, steps, rooms, *, contrast, diffusivity=g.rational):
        if len(steps) > 1 or diffusivity is not g.rational:
            return otherwise(u, steps, rooms, contrast=contrast, diffusivity=diffusivity)
        k = u.dtype.type(1 / contrast**2)
        return _march(u, steps, rooms, lambda source, target, size: kernel(source, target, k, size))

    return advance


PLANE = {
    "perona-malik": _fused(perona_malik_plane, _gates(laws.perona_malik_gates, gates_plane)),
    "catte": _gates(laws.catte_gates, gates_plane),
    "eed": _tensor(_edges),
    "ced": _tensor(_lines),
}
VOLUME = {
    "perona-malik": _fused(perona_malik_volume, _gates(laws.perona_malik_gates, gates_volume)),
    "catte": _gates(laws.catte_gates, gates_volume),
}


def evolve(u, law, cycles, *, axes=(-2, -1), **options):
    """Twin of :func:`vdtext.edges.evolve`, one compiled pass per step.

    Parameters
    ----------
    u, law, cycles, axes, **options
        As for :func:`vdtext.edges.evolve`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> u = np.random.default_rng(0).random((30, 20))
    >>> cycles = evolution.schedule(2.0)
    >>> twins = evolve(u, "eed", cycles, contrast=0.1), evolution.evolve(u, "eed", cycles, contrast=0.1)
    >>> bool(abs(twins[0] - twins[1]).max() < 1e-12)
    True
    """
    twins = {2: PLANE, 3: VOLUME}.get(len(axes), {})
    if not COMPILED or law not in twins:
        return evolution.evolve(u, law, cycles, axes=axes, **options)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(u, axes, last)
    core = moved.shape[moved.ndim - len(axes) :]
    pieces = np.ascontiguousarray(moved).reshape(-1, *core)
    done = np.empty_like(pieces)
    rooms = cycle([np.empty_like(done[0]), np.empty_like(done[0])])
    for piece, result in zip(pieces, done, strict=True):
        for steps in cycles:
            piece = twins[law](piece, steps, rooms, **options)
        result[...] = piece
    return np.moveaxis(done.reshape(moved.shape), last, axes)
