"""The fast twin of :mod:`vdtext.shots.changes`: little pictures against each other (chapter 11)."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.motion.lanes import sad8

__all__ = [
    "compare",
    "contrast",
    "explained",
    "margin",
    "middles",
    "mixture",
    "moments",
    "moved_rest",
    "shares",
    "toned",
]


@njit
def margin(picture, reach):
    """A little picture with its border repeated outwards.

    Parameters
    ----------
    picture : ndarray, shape (C, H, W), uint8
    reach : int
        Pixels on every side.

    Returns
    -------
    ndarray, shape (C, H + 2·reach, W + 2·reach), uint8

    Examples
    --------
    >>> margin(np.ones((1, 18, 32), np.uint8), 3).shape
    (1, 24, 38)
    """
    channels, rows, columns = picture.shape
    wide = np.empty((channels, rows + 2 * reach, columns + 2 * reach), np.uint8)
    for c in range(channels):
        for i in range(rows + 2 * reach):
            y = min(max(i - reach, 0), rows - 1)
            for j in range(columns + 2 * reach):
                wide[c, i, j] = picture[c, y, min(max(j - reach, 0), columns - 1)]
    return wide


@njit
def toned(a, b):
    """A luma brought to the mean and contrast of another: :func:`vdtext.shots.changes.toned`.

    Parameters
    ----------
    a, b : ndarray, shape (18, 32), uint8

    Returns
    -------
    ndarray, shape (18, 32), uint8

    Examples
    --------
    >>> int(toned(np.full((18, 32), 7, np.uint8), np.full((18, 32), 90, np.uint8))[0, 0])
    90
    """
    rows, columns = a.shape
    n = rows * columns
    sum_a, sum_b, sum_aa, sum_bb = 0, 0, 0, 0
    for i in range(rows):
        for j in range(columns):
            p, q = np.int64(a[i, j]), np.int64(b[i, j])
            sum_a += p
            sum_b += q
            sum_aa += p * p
            sum_bb += q * q
    of_a, of_b = n * sum_aa - sum_a * sum_a, n * sum_bb - sum_b * sum_b
    gain = min(max(np.sqrt((of_b + n * n) / (of_a + n * n)), 0.25), 4.0)
    out = np.empty((rows, columns), np.uint8)
    for i in range(rows):
        for j in range(columns):
            value = (np.int64(a[i, j]) * n - sum_a) * gain / n + sum_b / n
            out[i, j] = np.uint8(np.rint(min(max(value, 0.0), 255.0)))
    return out


@njit
def contrast(luma):
    """Standard deviation of a luma.

    Parameters
    ----------
    luma : ndarray, shape (18, 32), uint8

    Returns
    -------
    float
        In grey values.

    Examples
    --------
    >>> contrast(np.repeat(np.array([[10, 30]], np.uint8), 288).reshape(18, 32))
    10.0
    """
    total, square = 0, 0
    for i in range(luma.shape[0]):
        for j in range(luma.shape[1]):
            value = np.int64(luma[i, j])
            total += value
            square += value * value
    return np.sqrt(luma.size * square - total * total) / luma.size


@njit
def explained(a, b, shifts):
    """The best guess of `b` by moved blocks of `a`: :func:`vdtext.shots.changes.explained`.

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8
    shifts : ndarray, shape (n, 2), int
        From (0, 0) to twice the reach, nearest first.

    Returns
    -------
    ndarray, shape (C, 18, 32), uint8

    Examples
    --------
    >>> a = np.arange(576, dtype=np.uint8).reshape(1, 18, 32)
    >>> bool((explained(a, a, np.array([[1, 1], [0, 1], [2, 1], [1, 2]])) == a).all())
    True
    """
    channels, rows, columns = b.shape
    reach = np.max(shifts) // 2
    wide, guess = margin(a, reach), np.empty_like(b)
    p, q = margin(toned(a[0], b[0]).reshape(1, rows, columns), reach)[0], b[0]
    for y in range(0, rows, 6):
        for x in range(0, columns, 8):
            best, where = np.int64(1 << 30), 0
            for k in range(len(shifts)):
                v, u = y + shifts[k, 0], x + shifts[k, 1]
                total = sad8(p, v, u, q, y, x) + sad8(p, v + 1, u, q, y + 1, x) + sad8(p, v + 2, u, q, y + 2, x)
                total += (
                    sad8(p, v + 3, u, q, y + 3, x) + sad8(p, v + 4, u, q, y + 4, x) + sad8(p, v + 5, u, q, y + 5, x)
                )
                if total < best:
                    best, where = total, k
            v, u = y + shifts[where, 0], x + shifts[where, 1]
            for c in range(channels):
                for i in range(6):
                    for j in range(8):
                        guess[c, y + i, x + j] = wide[c, v + i, u + j]
    return guess


@njit
def barred(a, b, row):
    """Is this row of one value in both pictures, and the same in both?"""
    low, high = min(a[row, 0], b[row, 0]), max(a[row, 0], b[row, 0])
    for j in range(a.shape[1]):
        low, high = min(low, a[row, j], b[row, j]), max(high, a[row, j], b[row, j])
    return high - low <= 4


@njit
def moments(a, b):
    """Variances, covariance and mean differences: :func:`vdtext.shots.changes.moments`.

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8

    Returns
    -------
    ndarray, shape (5,), float

    Examples
    --------
    >>> moments(np.zeros((1, 18, 32), np.uint8), np.full((1, 18, 32), 9, np.uint8)).tolist()
    [0.0, 0.0, 0.0, 9.0, 0.0]
    """
    channels, rows, columns = a.shape
    top, bottom = 0, rows
    while top < rows and barred(a[0], b[0], top):
        top += 1
    while bottom > top and barred(a[0], b[0], bottom - 1):
        bottom -= 1
    if top == bottom:
        top, bottom = 0, rows
    n = (bottom - top) * columns
    found = np.zeros(5)
    for c in range(channels):
        sum_a, sum_b, sum_aa, sum_bb, sum_ab, sad = 0, 0, 0, 0, 0, 0
        for i in range(top, bottom):
            for j in range(columns):
                p, q = np.int64(a[c, i, j]), np.int64(b[c, i, j])
                sad += abs(p - q)
                sum_a += p
                sum_b += q
                sum_aa += p * p
                sum_bb += q * q
                sum_ab += p * q
        if c:
            found[4] += sad / n
        else:
            found[0] = (n * sum_aa - sum_a * sum_a) / (n * n)
            found[1] = (n * sum_bb - sum_b * sum_b) / (n * n)
            found[2] = (n * sum_ab - sum_a * sum_b) / (n * n)
            found[3] = sad / n
    return found


@njit
def compare(a, b, shifts):
    """The moments of `b` and its best guess by moved blocks of `a`.

    Parameters
    ----------
    a, b : ndarray, shape (C, 18, 32), uint8
    shifts : ndarray, shape (n, 2), int
        As for :func:`explained`.

    Returns
    -------
    ndarray, shape (5,), float

    Examples
    --------
    >>> a = np.arange(576, dtype=np.uint8).reshape(1, 18, 32)
    >>> float(compare(a, a, np.array([[1, 1], [0, 1], [2, 1], [1, 2]]))[3])
    0.0
    """
    return moments(explained(a, b, shifts), b)


@njit
def mixture(a, b, middle):
    """How much of `b` is in a picture, and what a mixture leaves over: :func:`vdtext.shots.changes.mixture`.

    Parameters
    ----------
    a, b, middle : ndarray, shape (C, 18, 32), uint8

    Returns
    -------
    ndarray, shape (3,), float
        Share, rest, and how far a and b are apart in grey values a pixel.

    Examples
    --------
    >>> a = np.zeros((1, 18, 32), np.uint8)
    >>> mixture(a, a + 100, a + 25).tolist()
    [0.25, 0.0, 100.0]
    """
    channels, rows, columns = a.shape
    dd, de, ee = 0, 0, 0
    for c in range(channels):
        for i in range(rows):
            for j in range(columns):
                d = np.int64(b[c, i, j]) - np.int64(a[c, i, j])
                e = np.int64(middle[c, i, j]) - np.int64(a[c, i, j])
                dd += d * d
                de += d * e
                ee += e * e
    found = np.zeros(3)
    if dd:
        found[0] = de / dd
        found[1] = np.sqrt(max(ee - de * de / dd, 0.0) / dd)
        found[2] = np.sqrt(dd / (rows * columns))
    return found


@njit
def moved_rest(a, b, middle, shifts):
    """What is left over of a picture by the mixture of two others, both moved towards it block by block.

    Parameters
    ----------
    a, b, middle : ndarray, shape (C, 18, 32), uint8
    shifts : ndarray, shape (n, 2), int
        As for :func:`explained`.

    Returns
    -------
    float
        Infinite if one of the two has less than a fifth of it.

    Examples
    --------
    >>> a = np.arange(576, dtype=np.uint8).reshape(1, 18, 32)
    >>> float(moved_rest(a, a, a, np.array([[1, 1], [0, 1], [2, 1], [1, 2]])))
    inf
    """
    old, new = explained(a, middle, shifts), explained(b, middle, shifts)
    found = mixture(old, new, middle)
    return found[1] if 0.2 < found[0] < 0.8 else np.inf


@njit
def middles(pictures, size, at, halves, first, last, limit, least):
    """Share and rest of the picture `at` between those `half` before and after it, for each half.

    Parameters
    ----------
    pictures : ndarray, shape (n, C, 18, 32), uint8
    size : ndarray, shape (n,), float
        Of the change of each from the one before.
    at : int
    halves : ndarray, shape (m,), int
        Rising.
    first, last : int
        Of the pictures that may be used.
    limit, least : float
        A change so large is a cut; ends that are so near are none of a dissolve.

    Returns
    -------
    ndarray, shape (m, 2), float
        Infinite where the two are not within first … last, a change of `limit` lies between, or they are too near.

    Examples
    --------
    >>> a = np.zeros((1, 18, 32), np.uint8)
    >>> middles(np.stack([a, a + 50, a + 100]), np.zeros(3), 1, np.array([1]), 0, 2, 1.0, 9.0).tolist()
    [[0.5, 0.0]]
    """
    found = np.full((len(halves), 2), np.inf)
    done = 0
    for n in range(len(halves)):
        a, b = at - halves[n], at + halves[n]
        if a < first or b > last:
            break
        whole = True
        for k in range(done + 1, halves[n] + 1):
            whole &= size[at + k] < limit and size[at + 1 - k] < limit
        if not whole:
            break
        done = halves[n]
        mixed = mixture(pictures[a], pictures[b], pictures[at])
        if mixed[2] >= least:
            found[n] = mixed[:2]
    return found


@njit
def shares(pictures, a, b):
    """Share of the picture `b` in each from a to b, as a mixture of these two.

    Parameters
    ----------
    pictures : ndarray, shape (n, C, 18, 32), uint8
    a, b : int

    Returns
    -------
    ndarray, shape (b − a + 1,), float

    Examples
    --------
    >>> a = np.zeros((1, 18, 32), np.uint8)
    >>> shares(np.stack([a, a + 50, a + 100]), 0, 2).tolist()
    [0.0, 0.5, 1.0]
    """
    found = np.empty(b - a + 1)
    for k in range(a, b + 1):
        found[k - a] = mixture(pictures[a], pictures[b], pictures[k])[0]
    return found
