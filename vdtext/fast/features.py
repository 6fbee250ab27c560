"""Fast twin of :func:`vdtext.features.local_binary_pattern`: one compiled pass (chapter 11).

On a diagonal, bilinear interpolation at 0.70711 pixels asks whether a·(h + v) + b·d ≥ 0, where h, v and d are what two
neighbours and the corner have more than the pixel, and a : b = 29289 : 70711.  With 408 : 985 the sign is the same for
all bytes, and float32 is exact.  The sum is 0 only if d = 0 and h + v = 0: there the readable function's rounding
decides, and is repeated; on flat ground it never matters.
"""

import numpy as np

from vdtext._jit import njit

__all__ = ["local_binary_pattern", "patterns"]

NEAR, FAR = np.float32(408), np.float32(985)
NONE, ONE, TWO, NINE = (np.float32(n) for n in (0, 1, 2, 9))


@njit
def rounded(u, i, j, dy, dx):
    """Whether the readable function's interpolation, rounded as it rounds, is at least the pixel (i, j)."""
    y, x = i + dy, j + dx
    down, right = y - np.floor(y), x - np.floor(x)
    top, left = int(np.floor(y)) + 1, int(np.floor(x)) + 1
    above = (1 - right) * u[top, left] + right * u[top, left + 1]
    below = (1 - right) * u[top + 1, left] + right * u[top + 1, left + 1]
    return (1 - down) * above + down * below >= u[i + 1, j + 1]


@njit
def label(u, i, j):
    """The label of one pixel, as the readable function computes it."""
    p, c = 0.70711, u[i + 1, j + 1]
    signs = (
        u[i + 1, j + 2] >= c,
        rounded(u, i, j, -p, p),
        u[i, j + 1] >= c,
        rounded(u, i, j, -p, -p),
        u[i + 1, j] >= c,
        rounded(u, i, j, p, -p),
        u[i + 2, j + 1] >= c,
        rounded(u, i, j, p, p),
    )
    total, changes = 0, 0
    for k in range(8):
        total += signs[k]
        changes += signs[k] != signs[k - 1]
    return total if changes <= 2 else 9


@njit
def patterns(u, out):
    """Labels of all pixels, row by row.

    Parameters
    ----------
    u : ndarray, shape (H + 2, W + 2), uint8
        The picture within a border of zeros.
    out : ndarray, shape (H, W), uint8
        Is overwritten.

    Examples
    --------
    >>> out = np.empty((1, 1), np.uint8)
    >>> patterns(np.array([[9, 9, 9], [5, 6, 5], [1, 1, 1]], np.uint8), out); int(out[0, 0])
    3
    """
    h, w = out.shape
    tied = np.empty(w, np.uint8)
    for i in range(h):
        top, row, low, labels = u[i], u[i + 1], u[i + 2], out[i]
        for j in range(w):
            c = np.float32(row[j + 1])
            n, s = np.float32(top[j + 1]) - c, np.float32(low[j + 1]) - c
            e, o = np.float32(row[j + 2]) - c, np.float32(row[j]) - c
            ne = NEAR * (n + e) + FAR * (np.float32(top[j + 2]) - c)
            no = NEAR * (n + o) + FAR * (np.float32(top[j]) - c)
            so = NEAR * (s + o) + FAR * (np.float32(low[j]) - c)
            se = NEAR * (s + e) + FAR * (np.float32(low[j + 2]) - c)
            e1 = ONE if e >= NONE else NONE
            ne1 = ONE if ne >= NONE else NONE
            n1 = ONE if n >= NONE else NONE
            no1 = ONE if no >= NONE else NONE
            o1 = ONE if o >= NONE else NONE
            so1 = ONE if so >= NONE else NONE
            s1 = ONE if s >= NONE else NONE
            se1 = ONE if se >= NONE else NONE
            changes = abs(e1 - ne1) + abs(ne1 - n1) + abs(n1 - no1) + abs(no1 - o1)
            changes += abs(o1 - so1) + abs(so1 - s1) + abs(s1 - se1) + abs(se1 - e1)
            total = e1 + ne1 + n1 + no1 + o1 + so1 + s1 + se1
            labels[j] = np.uint8(total if changes <= TWO else NINE)
            north = (ne == NONE) | (no == NONE)
            south = (so == NONE) | (se == NONE)
            tied[j] = (north & (n != NONE)) | (south & (s != NONE))
        if tied.any():
            for j in range(w):
                if tied[j]:
                    labels[j] = label(u, i, j)


def local_binary_pattern(u):
    """Twin of :func:`vdtext.features.local_binary_pattern` for luma in 8 bits.

    Parameters
    ----------
    u : ndarray, shape (H, W), uint8

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> from vdtext import features
    >>> u = np.random.default_rng(0).integers(0, 9, (40, 30), np.uint8)
    >>> bool((local_binary_pattern(u) == features.local_binary_pattern(u)).all())
    True
    """
    out = np.empty(u.shape, np.uint8)
    patterns(np.pad(u, 1), out)
    return out
