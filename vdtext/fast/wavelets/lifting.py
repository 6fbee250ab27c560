"""Fast twins of :func:`vdtext.wavelets.decompose` and its inverse: rows, then columns in strips that fit the cache.

Compiled are Haar and 9/7 of floats, and 5/3 of floats and integers.  Integers of Haar, and a Python without Numba, are
left to the readable functions.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.heat import COMPILED
from vdtext.wavelets import lifting, pyramid
from vdtext.wavelets.pyramid import Pyramid, corners

__all__ = ["decompose", "recompose"]

STRIP = 512
"""Columns that are lifted together: their rows stay in the first caches."""
STEPS = {
    "5/3": (-0.5, 0.25),
    "9/7": (lifting.ALPHA, lifting.BETA, lifting.GAMMA, lifting.DELTA),
}
GAINS = {"5/3": (1.0, 1.0), "9/7": (lifting.KAPPA, 1 / lifting.KAPPA)}
LONE = {"5/3": 1.0, "9/7": lifting.ROOT, "haar": lifting.ROOT}
"""What a single sample is multiplied by."""


@njit(fastmath=True)
def _add(d, a, b, c):
    """The lifting step d += c·(a + b)."""
    for j in range(d.size):
        d[j] += c * (a[j] + b[j])


@njit
def _add_rounded(d, a, b, sign, half, bits):
    """The lifting step of integers, d += ±⌊(a + b + half)/2^bits⌋."""
    for j in range(d.size):
        d[j] += sign * ((a[j] + b[j] + half) >> bits)


@njit(fastmath=True)
def _scale(u, v, c):
    """u = c·v."""
    for j in range(u.size):
        u[j] = c * v[j]


@njit(fastmath=True)
def _lift_row(even, odd, c, predict):
    """One step on the samples of a row."""
    m, n = even.size, odd.size
    if predict:
        _add(odd[: n - 1], even[: n - 1], even[1:n], c)
        odd[n - 1] += c * (even[n - 1] + even[min(n, m - 1)])
    else:
        even[0] += c * (odd[0] + odd[0])
        _add(even[1:n], odd[: n - 1], odd[1:], c)
        if m > n:
            even[n] += c * (odd[n - 1] + odd[n - 1])


@njit
def _lift_row_rounded(even, odd, sign, predict):
    """One step of the integer 5/3 on the samples of a row."""
    m, n = even.size, odd.size
    if predict:
        _add_rounded(odd[: n - 1], even[: n - 1], even[1:n], sign, 0, 1)
        odd[n - 1] += sign * ((even[n - 1] + even[min(n, m - 1)]) >> 1)
    else:
        even[0] += sign * ((2 * odd[0] + 2) >> 2)
        _add_rounded(even[1:n], odd[: n - 1], odd[1:], sign, 2, 2)
        if m > n:
            even[n] += sign * ((2 * odd[n - 1] + 2) >> 2)


@njit(fastmath=True)
def _rows(v, u, steps, gains):
    """Each row of v, from samples in turn to low | high, into u."""
    m = (v.shape[1] + 1) // 2
    for i in range(v.shape[0]):
        even, odd = v[i, ::2].copy(), v[i, 1::2].copy()
        for t in range(steps.size):
            _lift_row(even, odd, steps[t], t % 2 == 0)
        _scale(u[i, :m], even, gains[0])
        _scale(u[i, m:], odd, gains[1])


@njit(fastmath=True)
def _rows_back(v, u, steps, gains):
    """Each row of v, from low | high to samples in turn, into u."""
    m, one = (v.shape[1] + 1) // 2, v.dtype.type(1)
    for i in range(v.shape[0]):
        even, odd = v[i, :m] * (one / gains[0]), v[i, m:] * (one / gains[1])
        for t in range(steps.size - 1, -1, -1):
            _lift_row(even, odd, -steps[t], t % 2 == 0)
        for j in range(even.size):
            u[i, 2 * j] = even[j]
        for j in range(odd.size):
            u[i, 2 * j + 1] = odd[j]


@njit
def _rows_rounded(v, u):
    """As :func:`_rows`, of the integer 5/3."""
    m = (v.shape[1] + 1) // 2
    for i in range(v.shape[0]):
        even, odd = v[i, ::2].copy(), v[i, 1::2].copy()
        _lift_row_rounded(even, odd, -1, True)
        _lift_row_rounded(even, odd, 1, False)
        u[i, :m], u[i, m:] = even, odd


@njit
def _rows_rounded_back(v, u):
    """As :func:`_rows_back`, of the integer 5/3."""
    m = (v.shape[1] + 1) // 2
    for i in range(v.shape[0]):
        even, odd = v[i, :m].copy(), v[i, m:].copy()
        _lift_row_rounded(even, odd, -1, False)
        _lift_row_rounded(even, odd, 1, True)
        for j in range(even.size):
            u[i, 2 * j] = even[j]
        for j in range(odd.size):
            u[i, 2 * j + 1] = odd[j]


@njit(fastmath=True)
def _columns(v, u, steps, gains):
    """Each column of v, which is overwritten, from samples in turn to low | high, into u."""
    h, w = v.shape
    m = (h + 1) // 2
    for q in range((w + STRIP - 1) // STRIP):
        a, b = q * STRIP, min(w, q * STRIP + STRIP)
        for t in range(steps.size):
            for i in range(1 - t % 2, h, 2):
                _add(v[i, a:b], v[abs(i - 1), a:b], v[i + 1 if i + 1 < h else i - 1, a:b], steps[t])
        for i in range(h):
            _scale(u[i // 2 + (i % 2) * m, a:b], v[i, a:b], gains[i % 2])


@njit(fastmath=True)
def _columns_back(v, u, steps, gains):
    """Each column of v, from low | high to samples in turn, into u."""
    h, w = v.shape
    m, one = (h + 1) // 2, v.dtype.type(1)
    for q in range((w + STRIP - 1) // STRIP):
        a, b = q * STRIP, min(w, q * STRIP + STRIP)
        for i in range(h):
            _scale(u[i, a:b], v[i // 2 + (i % 2) * m, a:b], one / gains[i % 2])
        for t in range(steps.size - 1, -1, -1):
            for i in range(1 - t % 2, h, 2):
                _add(u[i, a:b], u[abs(i - 1), a:b], u[i + 1 if i + 1 < h else i - 1, a:b], -steps[t])


@njit
def _columns_rounded(v, u):
    """As :func:`_columns`, of the integer 5/3."""
    h, w = v.shape
    m = (h + 1) // 2
    for q in range((w + STRIP - 1) // STRIP):
        a, b = q * STRIP, min(w, q * STRIP + STRIP)
        for i in range(1, h, 2):
            _add_rounded(v[i, a:b], v[i - 1, a:b], v[i + 1 if i + 1 < h else i - 1, a:b], -1, 0, 1)
        for i in range(0, h, 2):
            _add_rounded(v[i, a:b], v[abs(i - 1), a:b], v[i + 1 if i + 1 < h else i - 1, a:b], 1, 2, 2)
        for i in range(h):
            u[i // 2 + (i % 2) * m, a:b] = v[i, a:b]


@njit
def _columns_rounded_back(v, u):
    """As :func:`_columns_back`, of the integer 5/3."""
    h, w = v.shape
    m = (h + 1) // 2
    for q in range((w + STRIP - 1) // STRIP):
        a, b = q * STRIP, min(w, q * STRIP + STRIP)
        for i in range(h):
            u[i, a:b] = v[i // 2 + (i % 2) * m, a:b]
        for i in range(0, h, 2):
            _add_rounded(u[i, a:b], u[abs(i - 1), a:b], u[i + 1 if i + 1 < h else i - 1, a:b], -1, 2, 2)
        for i in range(1, h, 2):
            _add_rounded(u[i, a:b], u[i - 1, a:b], u[i + 1 if i + 1 < h else i - 1, a:b], 1, 0, 1)


@njit(fastmath=True)
def _haar_plane(v, u):
    """One level of Haar on a plane of even sizes: four pixels in, four coefficients out."""
    m, n = v.shape[0] // 2, v.shape[1] // 2
    half = v.dtype.type(0.5)
    for i in range(m):
        top, bottom = v[2 * i], v[2 * i + 1]
        ll, hl, lh, hh = u[i, :n], u[i, n:], u[m + i, :n], u[m + i, n:]
        for j in range(ll.size):
            a, b, c, d = half * top[2 * j], half * top[2 * j + 1], half * bottom[2 * j], half * bottom[2 * j + 1]
            p, q, r, s = a + b, a - b, c + d, c - d
            ll[j], hl[j], lh[j], hh[j] = p + r, q + s, p - r, q - s


@njit(fastmath=True)
def _haar_plane_back(v, u):
    """Undo :func:`_haar_plane`."""
    m, n = v.shape[0] // 2, v.shape[1] // 2
    half = v.dtype.type(0.5)
    for i in range(m):
        top, bottom = u[2 * i], u[2 * i + 1]
        ll, hl, lh, hh = v[i, :n], v[i, n:], v[m + i, :n], v[m + i, n:]
        for j in range(ll.size):
            a, b, c, d = half * ll[j], half * hl[j], half * lh[j], half * hh[j]
            p, q, r, s = a + c, b + d, a - c, b - d
            top[2 * j], top[2 * j + 1], bottom[2 * j], bottom[2 * j + 1] = p + q, p - q, r + s, r - s


def _along(x, axis, wavelet, back):
    """One level along one axis of a contiguous array; the result is a new one."""
    n, number = x.shape[axis], x.dtype.type
    if wavelet == "haar":
        return np.ascontiguousarray(lifting.WAVELETS[wavelet][back](x, axis))
    if n == 1:
        return x if x.dtype.kind == "i" else x * number(1 / LONE[wavelet] if back else LONE[wavelet])
    rounded = x.dtype.kind == "i"
    steps, gains = np.array(STEPS[wavelet], x.dtype), np.array(GAINS[wavelet], x.dtype)
    rest = () if rounded else (steps, gains)
    u = np.empty_like(x)
    if axis == x.ndim - 1:
        kernel = (_rows, _rows_back, _rows_rounded, _rows_rounded_back)[back + 2 * rounded]
        kernel(x.reshape(-1, n), u.reshape(-1, n), *rest)
        return u
    kernel = (_columns, _columns_back, _columns_rounded, _columns_rounded_back)[back + 2 * rounded]
    planes = x.reshape(int(np.prod(x.shape[:axis])), n, -1)
    for source, target in zip(planes, u.reshape(planes.shape), strict=True):
        kernel(source, target, *rest)
    return u


def _level(x, axes, wavelet, back):
    """One level along some axes of a part of an array, which is not changed."""
    even = x.ndim == 2 and axes == (0, 1) and not (x.shape[0] % 2 or x.shape[1] % 2)
    if wavelet == "haar" and even:
        x = np.ascontiguousarray(x)
        u = np.empty_like(x)
        (_haar_plane_back if back else _haar_plane)(x, u)
        return u
    y = x
    for axis in axes if back else reversed(axes):
        overwritten = not back and axis < x.ndim - 1
        y = np.array(y, order="C") if y is x and overwritten else np.ascontiguousarray(y)
        y = _along(y, axis, wavelet, back)
    return y


def decompose(x, levels, *, wavelet, axes=(-2, -1)):
    """Twin of :func:`vdtext.wavelets.decompose`: integers the same, floats within their rounding.

    Parameters
    ----------
    x, levels, wavelet, axes
        As there.

    Returns
    -------
    Pyramid

    Raises
    ------
    TypeError, ValueError
        As there.

    Examples
    --------
    >>> x = np.arange(35).reshape(5, 7)
    >>> bool((recompose(decompose(x, 3, wavelet="5/3")) == x).all())
    True
    """
    x = np.asarray(x)
    if not _compiled(x.dtype, wavelet):
        return pyramid.decompose(x, levels, wavelet=wavelet, axes=axes)
    axes = pyramid.checked(x, levels, wavelet, axes)
    y = x.copy() if levels == 0 else np.empty_like(x, order="C")
    for i, corner in enumerate(corners(x.shape, levels, axes)):
        y[corner] = x = _level(x if i == 0 else y[corner], axes, wavelet, False)
    return Pyramid(y, levels, wavelet, axes)


def recompose(pyramid_):
    """Twin of :func:`vdtext.wavelets.recompose`.

    Parameters
    ----------
    pyramid_ : Pyramid
        Coefficients of the dtype that comes out.

    Returns
    -------
    ndarray, shape and dtype of the original

    Examples
    --------
    >>> recompose(Pyramid(np.array([[2.0, 0.0]]), 1, "9/7", (0, 1))).shape
    (1, 2)
    """
    y, axes = pyramid_.coefficients, pyramid_.axes
    if not _compiled(y.dtype, pyramid_.wavelet):
        return pyramid.recompose(pyramid_)
    x = y.copy()
    for corner in reversed(corners(y.shape, pyramid_.levels, axes)):
        x[corner] = _level(x[corner], axes, pyramid_.wavelet, True)
    return x


def _compiled(dtype, wavelet):
    """Whether the kernels know this."""
    return COMPILED and (dtype in (np.float32, np.float64) or (wavelet == "5/3" and dtype in (np.int32, np.int64)))
