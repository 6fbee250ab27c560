"""Fast twin of structural similarity: one compiled pass over two pictures, no map in between (chapter 5).

Four tricks.  With s = a + b and d = a − b, SSIM needs the windows' means of s, d, s², d², four in place of five.  They
are taken first down (eleven rows wait in a ring), then across, strip by strip, and the ratio follows while a row is
still in the cache.  Grey values are centred before they are squared, so that float32 keeps its digits.  And SSIM is
computed as 1 minus what is lost: equal pictures give 1 exactly.  What the twin does not know it leaves to the readable
functions.
"""

from importlib.util import find_spec

import numpy as np

from vdtext._jit import njit
from vdtext.metrics import similarity

__all__ = ["blocks", "gaussian", "means", "uniform"]

COMPILED = find_spec("numba") is not None
FAST = {"reassoc", "contract", "arcp", "nsz"}
"""What the compiler may do to sums and quotients; NaN and infinity keep their meaning."""
STRIP = 176
"""Pixels of a strip: narrow enough for the caches, and with 16 more a multiple of what a loop does at once."""


def means(a, b, *, window, weights, stride, c1, c2):
    """Twin of :func:`vdtext.metrics.similarity.means`: mean SSIM, and mean of its second factor, of each picture.

    Parameters
    ----------
    a, b : ndarray, shape (N, H, W)
        Grey pictures; uint8 and float32 are computed in float32, everything else in float64.
    window : {"gaussian", "uniform"}
        What the weights are.
    weights : ndarray, shape (n,), float64
        The window along one axis, of sum 1.
    stride : int
        Pixels from one window to the next.
    c1, c2 : float
        The constants of SSIM, in grey value².

    Returns
    -------
    ndarray, shape (N, 2), float64
        Within 1e-12 of the readable ones; within 1e-5 for float32 and uint8 (on photographs and film 1e-6).

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.random.default_rng(0).random((2, 1, 20, 20))
    >>> how = {"window": "gaussian", "weights": similarity.window_weights(), "stride": 1, "c1": 1e-4, "c2": 9e-4}
    >>> bool(abs(means(a, b, **how) - similarity.means(a, b, **how)).max() < 1e-12)
    True
    """
    if not COMPILED or (window == "gaussian" and stride != 1):
        return similarity.means(a, b, window=window, weights=weights, stride=stride, c1=c1, c2=c2)
    kind = np.float32 if _single(a, b, c2) else np.float64
    if a.dtype != b.dtype or a.dtype not in (np.uint8, np.float32):
        a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    n, narrow = len(weights), weights.astype(kind)
    scratch = np.zeros((11, 4, STRIP + 16), kind), np.empty((4, STRIP + 16), kind)
    results = np.empty((len(a), 2))
    for result, x, y in zip(results, np.ascontiguousarray(a), np.ascontiguousarray(b), strict=True):
        if window == "gaussian":
            result[:] = gaussian(x, y, narrow, kind(c1), kind(c2), kind(_centre(x)), kind(_centre(y)), *scratch)
        elif kind == np.float32 and a.dtype == np.uint8 and (n, stride) == (8, 4):
            result[:] = blocks(x, y, np.float32(c1), np.float32(c2))
        else:
            result[:] = uniform(x, y, n, stride, c1, c2, _centre(x), _centre(y))
    return np.minimum(results, 1)  # rounding errors have both signs


def _single(a, b, c2):
    """Whether float32 will do: both are of such a type, and grey values spread not far beyond the data range."""
    if a.dtype != b.dtype or a.dtype not in (np.uint8, np.float32):
        return False
    return all(np.ptp(u[:, ::16, ::16]) <= 100 * np.sqrt(c2) for u in (a, b))  # 3 L if k₂ = 0.03


def _centre(u):
    """A grey value near the mean; a whole number for 8-bit pictures, so that sums stay exact."""
    mean = u[:: 1 + u.shape[0] // 64, :: 1 + u.shape[1] // 64].mean(dtype=np.float64)
    return float(np.rint(mean)) if u.dtype == np.uint8 else float(mean)


@njit(fastmath=FAST)
def gaussian(x, y, weights, c1, c2, centre_x, centre_y, ring, line):
    """Mean SSIM under a window of 11×11, and mean of its second factor, of two pictures.

    Parameters
    ----------
    x, y : ndarray, shape (H, W), C-contiguous
        Any real type.
    weights : ndarray, shape (11,), float32 or float64
        The window along one axis; its type is the one that is computed in.
    c1, c2, centre_x, centre_y : scalar of that type
        The constants, and a grey value near the mean of each picture.
    ring, line : ndarray, shape (11, 4, n) and (4, n), of that type, n > 16
        Overwritten: eleven rows of s, d, s², d², and one row that has been averaged down.  The picture is worked on in
        strips of n − 16 pixels, so that the rings stay near the processor.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> import numpy as np
    >>> x, weights = np.eye(12), similarity.window_weights()
    >>> gaussian(x, x, weights, 1e-4, 9e-4, 0.0, 0.0, np.zeros((11, 4, 32)), np.empty((4, 32)))
    (1.0, 1.0)
    """
    kind = ring.dtype.type  # an integer beside a float32 would make a float64, so numbers are of this kind
    two = kind(2)
    h, w = x.shape
    turned = np.empty_like(weights)
    all_similar, all_structure = 0.0, 0.0
    for left in range(0, w - 10, ring.shape[2] - 16):
        n = min(w - left, ring.shape[2] - 6)
        for i in range(h):
            row, p, q = ring[i % 11], x[i, left : left + n], y[i, left : left + n]
            for j in range(n):
                a, b = kind(p[j]) - centre_x, kind(q[j]) - centre_y
                s, d = a + b, a - b
                row[0, j], row[1, j], row[2, j], row[3, j] = s, d, s * s, d * d
            if i < 10:
                continue
            for k in range(11):
                turned[k] = weights[(k - i - 1) % 11]
            for c in range(4):
                out = line[c]
                for j in range(ring.shape[2]):
                    mean = kind(0)
                    for k in range(11):
                        mean += turned[k] * ring[k, c, j]
                    out[j] = mean
            similar = structure = kind(0)
            for j in range(n - 10):
                s = d = ss = dd = kind(0)
                for k in range(11):
                    s += weights[k] * line[0, j + k]
                    d += weights[k] * line[1, j + k]
                    ss += weights[k] * line[2, j + k]
                    dd += weights[k] * line[3, j + k]
                lost = dd - d * d
                whole = ss - s * s + lost + two * c2
                alike = kind(1) - two * lost / (whole if whole > c2 else c2)
                s, d = s + centre_x + centre_y, d + centre_x - centre_y
                structure += alike
                similar += alike - alike * (two * d * d / (s * s + d * d + two * c1))
            all_similar += similar
            all_structure += structure
    count = (h - 10) * (w - 10)
    return all_similar / count, all_structure / count


@njit(fastmath=FAST)
def uniform(x, y, n, stride, c1, c2, centre_x, centre_y):
    """Mean SSIM under uniform windows of n×n, and mean of its second factor, of two pictures, by sliding sums.

    Parameters
    ----------
    x, y : ndarray, shape (H, W), C-contiguous
        Any real type; sums are kept in float64, exact for integers.
    n, stride : int
        Pixels of the window along one axis, and from one window to the next.
    c1, c2, centre_x, centre_y : float
        The constants, and a grey value near the mean of each picture.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> uniform(x, x, 7, 1, 6.5, 58.5, 0.0, 0.0)
    (1.0, 1.0)
    """
    h, w = x.shape
    columns, line = np.zeros((4, w)), np.empty((4, w))
    similar = structure = 0.0
    share = 1.0 / (n * n)
    for i in range(h):
        p, q = x[i], y[i]
        for j in range(w):
            left, right = float(p[j]) - centre_x, float(q[j]) - centre_y
            s, d = left + right, left - right
            columns[0, j] += s
            columns[1, j] += d
            columns[2, j] += s * s
            columns[3, j] += d * d
        if i >= n:
            p, q = x[i - n], y[i - n]
            for j in range(w):
                left, right = float(p[j]) - centre_x, float(q[j]) - centre_y
                s, d = left + right, left - right
                columns[0, j] -= s
                columns[1, j] -= d
                columns[2, j] -= s * s
                columns[3, j] -= d * d
        if i < n - 1 or (i - n + 1) % stride:
            continue
        s = d = ss = dd = 0.0
        for j in range(n - 1):
            s, d, ss, dd = s + columns[0, j], d + columns[1, j], ss + columns[2, j], dd + columns[3, j]
        for j in range(w - n + 1):
            s += columns[0, j + n - 1]
            d += columns[1, j + n - 1]
            ss += columns[2, j + n - 1]
            dd += columns[3, j + n - 1]
            line[0, j], line[1, j], line[2, j], line[3, j] = s, d, ss, dd
            s -= columns[0, j]
            d -= columns[1, j]
            ss -= columns[2, j]
            dd -= columns[3, j]
        for j in range(0, w - n + 1, stride):
            s, d = share * line[0, j], share * line[1, j]
            lost = share * line[3, j] - d * d
            whole = share * line[2, j] - s * s + lost + 2 * c2
            alike = 1 - 2 * lost / (whole if whole > c2 else c2)
            s, d = s + centre_x + centre_y, d + centre_x - centre_y
            structure += alike
            similar += alike - alike * (2 * d * d / (s * s + d * d + 2 * c1))
    count = ((h - n) // stride + 1) * ((w - n) // stride + 1)
    return similar / count, structure / count


@njit(fastmath=FAST)
def blocks(x, y, c1, c2):
    """Mean SSIM under windows of 8×8 every 4 pixels, and mean of its second factor, from sums over 4×4 pixels.

    Parameters
    ----------
    x, y : ndarray, shape (H, W), uint8, C-contiguous
        Sums of 8-bit numbers and their squares are exact in float32.
    c1, c2 : float32
        The constants, in grey value².

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(96, dtype=np.uint8).reshape(8, 12)
    >>> blocks(x, x, np.float32(6.5), np.float32(58.5))
    (1.0, 1.0)
    """
    kind = np.float32
    two, pixels = kind(2), kind(64)
    down, across = x.shape[0] // 4, x.shape[1] // 4
    line = np.empty((4, 4 * across), np.float32)
    sums = np.empty((2, 4, across), np.float32)
    c1, c2 = two * pixels * pixels * c1, two * pixels * pixels * c2
    all_similar, all_structure = 0.0, 0.0
    for i in range(down):
        here, above = sums[i % 2], sums[(i + 1) % 2]
        rows, others = x[4 * i : 4 * i + 4], y[4 * i : 4 * i + 4]
        for j in range(4 * across):
            s = d = ss = dd = kind(0)
            for k in range(4):
                p, q = kind(rows[k, j]), kind(others[k, j])
                s += p + q
                d += p - q
                ss += (p + q) * (p + q)
                dd += (p - q) * (p - q)
            line[0, j], line[1, j], line[2, j], line[3, j] = s, d, ss, dd
        for c in range(4):
            v = line[c]
            for j in range(across):
                here[c, j] = v[4 * j] + v[4 * j + 1] + v[4 * j + 2] + v[4 * j + 3]
        if i == 0:
            continue
        similar = structure = kind(0)
        for j in range(across - 1):
            s = here[0, j] + here[0, j + 1] + above[0, j] + above[0, j + 1]
            d = here[1, j] + here[1, j + 1] + above[1, j] + above[1, j + 1]
            ss = here[2, j] + here[2, j + 1] + above[2, j] + above[2, j + 1]
            dd = here[3, j] + here[3, j + 1] + above[3, j] + above[3, j + 1]
            lost = pixels * dd - d * d
            alike = kind(1) - two * lost / (pixels * ss - s * s + lost + c2)
            structure += alike
            similar += alike - alike * (two * d * d / (s * s + d * d + c1))
        all_similar += similar
        all_structure += structure
    count = (down - 1) * (across - 1)
    return all_similar / count, all_structure / count
