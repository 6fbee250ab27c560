"""The loop filter: one step of diffusion that stops at edges (chapter 4), of the decoded luma, in integers."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price, put
from vdtext.fast.codec.frame import HEIGHT, INTER_FRAME, MODE, SKIP, STEP, WIDTH
from vdtext.fast.codec.modes import STRENGTH

F = np.float32
STRENGTHS = 3


@lean
def contrast(step, strength):
    """K of a strength, in grey values, about 0.38 or 0.75 steps: the flux grows up to K, and falls to 0 at 3K."""
    return max(1, (step * (3 * strength)) >> 7)


@lean
def flux(d, k):
    """Twice what flows along a difference d, with contrast k."""
    d, k = np.int32(d), np.int32(k)
    a = min(np.int32(2) * abs(d), max(np.int32(3) * k - abs(d), np.int32(0)))
    return a if d > 0 else -a


@lean
def diffuse(p, y, x, n, m, k, out):
    """One step for n × m pixels; p has two more on each side, (y, x) counts without them.

    The weights of the twelve neighbours are 1, 1/2 on the diagonals and 5/16 two pixels away; the step is 3/16.
    """
    for i in range(n):
        a, b, c = p[y + i, x : x + m + 4], p[y + i + 1, x : x + m + 4], p[y + i + 2, x : x + m + 4]
        d, e, o = p[y + i + 3, x : x + m + 4], p[y + i + 4, x : x + m + 4], out[i, :m]
        for j in range(o.size):
            u = np.int32(c[j + 2])
            s = flux(c[j + 1] - u, k) + flux(c[j + 3] - u, k) + flux(b[j + 2] - u, k) + flux(d[j + 2] - u, k)
            t = flux(b[j + 1] - u, k) + flux(b[j + 3] - u, k) + flux(d[j + 1] - u, k) + flux(d[j + 3] - u, k)
            r = flux(c[j] - u, k) + flux(c[j + 4] - u, k) + flux(a[j + 2] - u, k) + flux(e[j + 2] - u, k)
            o[j] = min(max(u + ((3 * (16 * s + 8 * t + 5 * r) + 256) >> 9), 0), 255)


@lean
def widen(f):
    """The luma, with two pixels repeated on each side, into f.wide."""
    h, w, p = f.head[HEIGHT], f.head[WIDTH], f.wide
    for i in range(h + 4):
        row, o = f.rec[min(max(i - 2, 0), h - 1)], p[i]
        for j in range(w):
            o[j + 2] = row[j]
        o[0] = o[1] = row[0]
        o[w + 2] = o[w + 3] = row[w - 1]


@lean
def open_cell(f, y, x):
    """Is the cell of 8 × 8 pixels filtered?  One that was copied has been."""
    return not f.head[INTER_FRAME] or f.grid[MODE, y >> 3, x >> 3] != SKIP


@lean
def cell_error(p, py, px, src, y, x):
    """Squared error of a cell of 8 × 8 pixels."""
    s = np.int32(0)
    for i in range(8):
        a, b = p[py + i, px : px + 8], src[y + i, x : x + 8]
        for j in range(a.size):
            d = np.int32(a[j]) - np.int32(b[j])
            s += d * d
    return np.int64(s)


@lean
def strongest(c, f, src, lam, y, x, n, m, before):
    """The strength with the least D + λ·R."""
    best, least, out = 0, F(1e18), f.ints[1]
    for k in range(STRENGTHS):
        error = np.int64(0)
        if k:
            diffuse(f.wide, y, x, n, m, contrast(f.head[STEP], k), out)
        for i in range(0, n, 8):
            for j in range(0, m, 8):
                if open_cell(f, y + i, x + j):
                    if k:
                        error += cell_error(out, i, j, src, y + i, x + j)
                    else:
                        error += cell_error(f.wide, y + i + 2, x + j + 2, src, y + i, x + j)
        bits = price(c, STRENGTH, before * 2, 1 if k else 0)
        if k:
            bits += price(c, STRENGTH, before * 2 + 1, k - 1)
        if F(error) + lam * bits < least:
            least, best = F(error) + lam * bits, k
    return best


@lean
def apply(f, out, y, x, n, m):
    """Put the filtered pixels of open cells into the frame."""
    for i in range(0, n, 8):
        for j in range(0, m, 8):
            if open_cell(f, y + i, x + j):
                for k in range(8):
                    a, b = out[i + k, j : j + 8], f.rec[y + i + k, x + j : x + j + 8]
                    for q in range(a.size):
                        b[q] = a[q]


@lean
def filter_frame(c, f, src, lam):
    """Choose, code and apply a strength for every 32 × 32 pixels."""
    h, w, out, before = f.head[HEIGHT], f.head[WIDTH], f.ints[1], 0
    widen(f)
    for y in range(0, h, 32):
        for x in range(0, w, 32):
            n, m, some = min(32, h - y), min(32, w - x), False
            for i in range(y, y + n, 8):
                for j in range(x, x + m, 8):
                    some = some or open_cell(f, i, j)
            if not some:
                continue
            k = 0 if c.decoding else strongest(c, f, src, lam, y, x, n, m, before)
            if put(c, STRENGTH, before * 2, 1 if k else 0):
                k = 1 + put(c, STRENGTH, before * 2 + 1, 1 if k == 2 else 0)
                diffuse(f.wide, y, x, n, m, contrast(f.head[STEP], k), out)
                apply(f, out, y, x, n, m)
            else:
                k = 0
            before = k
