"""What a trained network takes from a decoded frame, and how much of its correction is used where (chapter 13)."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price, put
from vdtext.fast.codec.filtering import open_cell
from vdtext.fast.codec.frame import DIRECTION, HEIGHT, INTRA, MODE, U0, U1, V0, V1, WIDTH
from vdtext.fast.codec.inter import luma
from vdtext.fast.entropy.binary import overrun

F = np.float32
SHARE = 28
"""Kind of bits: how much of the correction is used."""
SHARES = 3
"""None, half, all of it."""


@lean
def put_flag(c, inter, bit):
    """Code whether a frame is corrected at all.

    Parameters
    ----------
    c : Coder
    inter : bool
        Whether it has references.
    bit : bool
        Whether it is corrected; a decoder does not look at it.

    Returns
    -------
    int
        The bit.

    Examples
    --------
    >>> from vdtext.fast.codec import new_coder
    >>> int(put_flag(new_coder(False, np.zeros(99, np.uint8)), True, True))
    1
    """
    return put(c, SHARE, 8 + inter, bit)


@lean
def ended(c):
    """Say whether a decoder's bytes have ended.

    Parameters
    ----------
    c : Coder

    Returns
    -------
    bool

    Examples
    --------
    >>> from vdtext.fast.codec import new_coder
    >>> bool(ended(new_coder(True, np.zeros(99, np.uint8))))
    False
    """
    return overrun(c.state, c.data)


@lean
def predicted(f, out):
    """The luma that motion alone predicts, into `out`; what was predicted from within the frame is copied.

    Parameters
    ----------
    f : Frame
        Decoded.
    out : ndarray, shape (H, W), uint8
        Is written.

    Examples
    --------
    >>> from vdtext.fast.codec import new_frame
    >>> head, none = np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 8, 8, 0, 0]), np.zeros((0, 0), np.uint8)
    >>> frame, out = new_frame(head, none, none, np.zeros((12, 0, 0), np.int32)), np.ones((8, 8), np.uint8)
    >>> predicted(frame, out); int(out.max())
    0
    """
    for y in range(0, f.head[HEIGHT], 8):
        for x in range(0, f.head[WIDTH], 8):
            i, j, grid = y >> 3, x >> 3, f.grid
            moved = grid[DIRECTION, i, j] and grid[MODE, i, j] != INTRA
            if moved:
                v0, u0 = np.int64(grid[V0, i, j]), np.int64(grid[U0, i, j])
                v1, u1 = np.int64(grid[V1, i, j]), np.int64(grid[U1, i, j])
                luma(f, y, x, 8, np.int64(grid[DIRECTION, i, j]), v0, u0, v1, u1)
            for k in range(8):
                o, a = out[y + k, x : x + 8], f.pred[k, :8] if moved else f.rec[y + k, x : x + 8]
                for q in range(o.size):
                    o[q] = a[q]


@lean
def _corrected(f, change, y, x, k):
    """A pixel with k/2 of its change."""
    return min(max(np.int32(f.rec[y, x]) + ((np.int32(k) * np.int32(change[y, x]) + 1) >> 1), 0), 255)


@lean
def _best_share(c, f, change, src, lam, y, x, n, m, before):
    """The share with the least D + λ·R."""
    best, least = 0, F(1e18)
    for k in range(SHARES):
        error = np.int64(0)
        for i in range(y, y + n):
            for j in range(x, x + m):
                if open_cell(f, i, j):
                    d = np.int64(_corrected(f, change, i, j, k)) - np.int64(src[i, j])
                    error += d * d
        bits = price(c, SHARE, before * 2, 1 if k else 0)
        if k:
            bits += price(c, SHARE, before * 2 + 1, k - 1)
        if F(error) + lam * bits < least:
            least, best = F(error) + lam * bits, k
    return best


@lean
def correct(c, f, change, src, lam):
    """Choose, code and apply a share of the correction for every 32 × 32 pixels.

    Parameters
    ----------
    c : Coder
    f : Frame
        Its luma is changed, except where blocks were copied.
    change : ndarray, shape (H, W), int16
        What the trained filter would add.
    src : ndarray, uint8
        The sheet of the picture; a decoder does not look at it.
    lam : float
        λ, in grey value² a bit.

    Returns
    -------
    bool
        False if a decoder's bytes ended.

    Examples
    --------
    >>> from vdtext.fast.codec import new_coder, new_frame
    >>> head, none = np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 8, 8, 0, 0]), np.zeros((0, 0), np.uint8)
    >>> frame, coder = new_frame(head, none, none, np.zeros((12, 0, 0), np.int32)), new_coder(False, np.zeros(9, 'u1'))
    >>> change, src = np.full((8, 8), 6, np.int16), np.full((8, 8), 3, np.uint8)
    >>> correct(coder, frame, change, src, np.float32(1)), int(frame.rec[0, 0])
    (True, 3)
    """
    h, w, before = f.head[HEIGHT], f.head[WIDTH], 0
    for y in range(0, h, 32):
        for x in range(0, w, 32):
            n, m, some = min(32, h - y), min(32, w - x), False
            for i in range(y, y + n, 8):
                for j in range(x, x + m, 8):
                    some = some or open_cell(f, i, j)
            if not some:
                continue
            k = 0 if c.decoding else _best_share(c, f, change, src, lam, y, x, n, m, before)
            if put(c, SHARE, before * 2, 1 if k else 0):
                k = 1 + put(c, SHARE, before * 2 + 1, 1 if k == 2 else 0)
                for i in range(y, y + n):
                    for j in range(x, x + m):
                        if open_cell(f, i, j):
                            f.rec[i, j] = _corrected(f, change, i, j, k)
            else:
                k = 0
            before = k
    return not overrun(c.state, c.data)
