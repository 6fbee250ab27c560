"""Fast twins of :mod:`vdtext.heat`: same arguments, same results within round-off, in less time (chapter 3).

:func:`exact` convolves with the heat kernel while that is short, and then transforms one axis after another and carries
only the modes that heat has not forgotten; :func:`explicit` and :func:`fed` make one compiled pass over the picture per
step; :func:`laplacian_pyramid` computes no pixel that is dropped.  What a twin does not know (a mask,
three axes, a Python without Numba) it leaves to the readable function.
"""

from importlib.util import find_spec

import cv2
import numpy as np
from scipy import fft

from vdtext import heat
from vdtext._jit import njit

__all__ = [
    "SOLVERS",
    "band_plane",
    "convolve",
    "exact",
    "explicit",
    "fed",
    "laplacian_pyramid",
    "march",
    "mirrored",
    "reduce_plane",
    "short_kernel",
    "step_plane",
]

COMPILED = find_spec("numba") is not None
LINE_TRANSFORMS = {"reflect": (fft.dct, fft.idct, 2), "fixed": (fft.dst, fft.idst, 1)}
"""Forward and inverse transform of a line, and its type."""
SHORT = 24
"""Up to this radius in pixels a convolution on two axes beats the transforms."""


def short_kernel(time, dtype):
    """The heat kernel as far as the number format sees it, or None where transforms are faster.

    Parameters
    ----------
    time : float
        Diffusion time in pixel², >= 0.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    ndarray, shape (2·radius + 1,), or None

    Examples
    --------
    >>> len(short_kernel(0.5, np.dtype(np.float32))), short_kernel(50.0, np.dtype(np.float32))
    (17, None)
    """
    weights = heat.kernel(time, SHORT + 1)
    seen = np.flatnonzero(weights > np.finfo(dtype).eps / 16)
    return weights[seen].astype(dtype) if seen[0] > 0 else None


def exact(u, time, *, boundary="reflect", axes=(-2, -1)):
    """Twin of :func:`vdtext.heat.exact` that drops what is forgotten: modes with exp(−λt) below the round-off.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    time : float
        Diffusion time in pixel², >= 0.
    boundary, axes
        As for :func:`vdtext.heat.exact`; periodic borders are left to it.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        Within 2e-6 (float32) or 4e-15 (float64) of the readable one for values in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).random((40, 30))
    >>> bool(abs(exact(u, 5.0) - heat.exact(u, 5.0)).max() < 4e-15)
    True
    """
    if boundary not in LINE_TRANSFORMS:
        return heat.exact(u, time, boundary=boundary, axes=axes)
    forward, inverse, kind = LINE_TRANSFORMS[boundary]
    modes = heat.floats(u)
    if boundary == "reflect" and len(axes) == 2 and (weights := short_kernel(time, modes.dtype)) is not None:
        return convolve(modes, weights, axes=axes)
    for axis in axes:
        gain = np.exp(-time * heat.eigenvalues(u.shape[axis], boundary=boundary)).astype(modes.dtype)
        kept = np.count_nonzero(gain > np.finfo(gain.dtype).eps / 8)
        modes = forward(modes, kind, axis=axis).swapaxes(axis, -1)[..., :kept]
        modes = (modes * gain[:kept]).swapaxes(axis, -1)
    for axis in reversed(axes):
        modes = inverse(modes, kind, u.shape[axis], axis)
    return modes


def convolve(u, weights, *, axes):
    """A symmetric kernel along two axes, one after the other, with reflecting borders.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    weights : ndarray, shape (2·radius + 1,), same dtype
        The kernel.
    axes : pair of int
        The axes that are filtered.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> convolve(np.array([[0.0, 4.0, 0.0]]), np.array([0.25, 0.5, 0.25]), axes=(0, 1))
    array([[1., 2., 1.]])
    """
    moved = np.moveaxis(u, axes, (-2, -1))
    planes = np.ascontiguousarray(moved).reshape(-1, *moved.shape[-2:])
    done = [cv2.sepFilter2D(plane, -1, weights, weights, borderType=cv2.BORDER_REFLECT) for plane in planes]
    return np.moveaxis(np.stack(done).reshape(moved.shape), (-2, -1), axes)


@njit(fastmath=True)
def step_plane(u, v, down, across, edge, wrap):
    """One explicit step on a plane: v = u + down·∂²u/∂y² + across·∂²u/∂x².

    Parameters
    ----------
    u, v : ndarray, shape (H, W), float32 or float64, C-contiguous
        Source, and the target that is overwritten.
    down, across : scalar of the same dtype
        Step along the first and the second axis, in pixel².
    edge : scalar of the same dtype
        What a pixel outside is worth: 1 (reflecting, periodic) or 0 (fixed) times the pixel that stands for it.
    wrap : bool
        Whether that pixel lies at the opposite border (periodic) or at this one.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.array([[0.0, 1.0, 0.0]]); v = np.empty_like(u)
    >>> step_plane(u, v, 0.25, 0.25, 1.0, False)
    >>> v
    array([[0.25, 0.5 , 0.25]])
    """
    h, w = u.shape
    first, last = (h - 1, 0) if wrap else (0, h - 1)
    left, right = (w - 1, 0) if wrap else (0, w - 1)
    over, under = edge * u[first], edge * u[last]
    for i in range(h):
        row, out = u[i], v[i]
        above = u[i - 1] if i > 0 else over
        below = u[i + 1] if i < h - 1 else under
        for j in (0, w - 1):
            west = row[j - 1] if j > 0 else edge * row[left]
            east = row[j + 1] if j < w - 1 else edge * row[right]
            out[j] = row[j] + down * (above[j] + below[j] - row[j] - row[j]) + across * (west + east - row[j] - row[j])
        for j in range(1, w - 1):
            vertical = above[j] + below[j] - row[j] - row[j]
            horizontal = row[j - 1] + row[j + 1] - row[j] - row[j]
            out[j] = row[j] + down * vertical + across * horizontal


@njit
def mirrored(i, n):
    """The index that a reflecting border of a line of n pixels puts in place of i, for any i.

    Parameters
    ----------
    i, n : int
        Wanted index, and the number of pixels.

    Returns
    -------
    int

    Examples
    --------
    >>> [mirrored(i, 3) for i in range(-4, 7)]
    [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]
    """
    i %= 2 * n
    return min(i, 2 * n - 1 - i)


@njit(fastmath=True)
def reduce_plane(u, weights, small):
    """Convolve and keep every second pixel of every second row; nothing else is computed.

    Parameters
    ----------
    u : ndarray, shape (H, W), float32 or float64, C-contiguous
        A picture.
    weights : ndarray, shape (2·radius + 1,), same dtype
        A symmetric kernel.
    small : ndarray, shape (⌈H/2⌉, ⌈W/2⌉), same dtype
        Overwritten.

    Examples
    --------
    >>> import numpy as np
    >>> small = np.empty((1, 2))
    >>> reduce_plane(np.array([[0.0, 4.0, 0.0]]), np.array([0.25, 0.5, 0.25]), small)
    >>> small
    array([[1., 1.]])
    """
    h, w = u.shape
    m, n = small.shape
    r = weights.size // 2
    row = np.zeros(w + 2 * r + 1, u.dtype)
    halves = np.zeros((2, n + r + 1), u.dtype)
    for i in range(m):
        line, middle = row[r : r + w], u[2 * i]
        for j in range(w):
            line[j] = weights[r] * middle[j]
        for k in range(1, r + 1, 2):  # two pairs of rows at a time; the last may have no weight
            a, b, near = u[mirrored(2 * i - k, h)], u[mirrored(2 * i + k, h)], weights[r + k]
            c, d = u[mirrored(2 * i - k - 1, h)], u[mirrored(2 * i + k + 1, h)]
            far = weights[r + k + 1] if k < r else u.dtype.type(0)
            for j in range(w):
                line[j] += near * (a[j] + b[j]) + far * (c[j] + d[j])
        for k in range(1, r + 1):
            row[r - k], row[r + w - 1 + k] = line[mirrored(-k, w)], line[mirrored(w - 1 + k, w)]
        for j in range((w + 2 * r + 1) // 2):
            halves[0, j], halves[1, j] = row[2 * j], row[2 * j + 1]
        out = small[i]
        out[:] = 0
        for k in range(2 * r + 1):
            source, weight = halves[k % 2, k // 2 : k // 2 + n], weights[k]
            for j in range(n):
                out[j] += weight * source[j]


@njit(fastmath=True)
def band_plane(u, small, band):
    """What the small picture cannot say, u − expand(small), as :func:`vdtext.heat.expand` enlarges it.

    Parameters
    ----------
    u, band : ndarray, shape (H, W), float32 or float64, C-contiguous
        The picture, and the target that is overwritten.
    small : ndarray, shape (⌈H/2⌉, ⌈W/2⌉), same dtype
        The reduced picture.

    Examples
    --------
    >>> import numpy as np
    >>> band = np.empty((1, 3))
    >>> band_plane(np.array([[1.0, 4.0, 2.0]]), np.array([[1.0, 2.0]]), band)
    >>> band
    array([[0. , 2.5, 0. ]])
    """
    h, w = u.shape
    m, n = small.shape
    half = u.dtype.type(0.5)
    here, there = np.zeros(2 * n, u.dtype), np.zeros(2 * n, u.dtype)
    for i in range(m + 1):
        source = small[min(i, m - 1)]
        for j in range(n - 1):
            there[2 * j], there[2 * j + 1] = source[j], half * (source[j] + source[j + 1])
        there[2 * n - 2], there[2 * n - 1] = source[n - 1], source[n - 1]
        if i > 0:
            above, out = u[2 * i - 2], band[2 * i - 2]
            for j in range(w):
                out[j] = above[j] - here[j]
            if 2 * i - 1 < h:
                below, out = u[2 * i - 1], band[2 * i - 1]
                for j in range(w):
                    out[j] = below[j] - half * (here[j] + there[j])
        here, there = there, here


def laplacian_pyramid(u, levels, *, time=0.5):
    """Twin of :func:`vdtext.heat.laplacian_pyramid` that computes no pixel which is then dropped.

    Parameters
    ----------
    u, levels, time
        As for :func:`vdtext.heat.laplacian_pyramid`; pictures in colour and long times are left to it.

    Returns
    -------
    list of ndarray, length levels + 1
        Within 2e-6 (float32) or 4e-15 (float64) of the readable one for values in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).random((37, 50))
    >>> pairs = zip(laplacian_pyramid(u, 3), heat.laplacian_pyramid(u, 3), strict=True)
    >>> max(float(abs(a - b).max()) for a, b in pairs) < 4e-15
    True
    """
    u = heat.floats(u)
    if not COMPILED or u.ndim != 2 or (weights := short_kernel(time, u.dtype)) is None:
        return heat.laplacian_pyramid(u, levels, time=time)
    bands, u = [], np.ascontiguousarray(u)
    for _ in range(levels):
        small = np.empty([-(-n // 2) for n in u.shape], u.dtype)
        reduce_plane(u, weights, small)
        bands.append(np.empty_like(u))
        band_plane(u, small, bands[-1])
        u = small
    return [*bands, u]


def march(u, sizes, *, boundary="reflect", axes=(-2, -1)):
    """Explicit steps of the given sizes, u ← u + size·Δu, one compiled pass each; the sizes are not checked.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    sizes : sequence of float
        In pixel².
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`vdtext.heat.laplacian`.
    axes : tuple of int, length 1 or 2
        The axes that are diffused.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> march(np.array([0.0, 1.0, 0.0]), [0.25, 0.25], axes=(0,))
    array([0.3125, 0.375 , 0.3125])
    """
    u = heat.floats(u)
    if len(sizes) == 0:
        return u.copy()
    number, last = u.dtype.type, (-2, -1) if len(axes) == 2 else (0,)
    moved = np.moveaxis(u, axes, last)
    planes = moved.reshape((-1, *moved.shape[-2:]) if len(axes) == 2 else (1, len(moved), -1))
    results = np.empty_like(planes)
    spare = np.empty_like(results[0])
    for source, result in zip(np.ascontiguousarray(planes), results, strict=True):
        for remaining, size in zip(reversed(range(len(sizes))), sizes, strict=True):
            target = spare if remaining % 2 else result
            across = number(size) if len(axes) == 2 else number(0)
            step_plane(source, target, number(size), across, number(boundary != "fixed"), boundary == "periodic")
            source = target
    return np.moveaxis(results.reshape(moved.shape), last, axes)


def _knows(boundary, axes, mask):
    """Whether :func:`march` can do it."""
    return COMPILED and mask is None and len(axes) <= 2 and boundary in heat.PADDING


def explicit(u, time, *, steps=None, boundary="reflect", axes=(-2, -1), mask=None):
    """Twin of :func:`vdtext.heat.explicit`, one compiled pass per step.

    Parameters
    ----------
    u, time, steps, boundary, axes, mask
        As for :func:`vdtext.heat.explicit`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Raises
    ------
    ValueError
        If time/steps is not stable.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).random((40, 30))
    >>> bool(abs(explicit(u, 5.0) - heat.explicit(u, 5.0)).max() < 1e-14)
    True
    """
    if not _knows(boundary, axes, mask):
        return heat.explicit(u, time, steps=steps, boundary=boundary, axes=axes, mask=mask)
    return march(u, heat.equal_steps(time, steps=steps, d=len(axes)), boundary=boundary, axes=axes)


def fed(u, time, *, cycles=4, boundary="reflect", axes=(-2, -1), mask=None):
    """Twin of :func:`vdtext.heat.fed`, one compiled pass per step.

    Parameters
    ----------
    u, time, cycles, boundary, axes, mask
        As for :func:`vdtext.heat.fed`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).random((40, 30))
    >>> bool(abs(fed(u, 5.0) - heat.fed(u, 5.0)).max() < 1e-14)
    True
    """
    if not _knows(boundary, axes, mask):
        return heat.fed(u, time, cycles=cycles, boundary=boundary, axes=axes, mask=mask)
    return march(u, cycles * heat.fed_steps(time / cycles, d=len(axes)), boundary=boundary, axes=axes)


SOLVERS = {"exact": exact, "explicit": explicit, "adi": heat.adi, "fed": fed}
"""What :func:`vdtext.heat.diffuse` calls."""
