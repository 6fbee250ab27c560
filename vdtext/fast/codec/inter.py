"""Motion compensation, in integers: eight taps for luma, four for chroma."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.frame import COLOR, HEIGHT, PAD, VIRTUAL, WIDTH
from vdtext.fast.motion.planes import TAPS

CHROMA_TAPS = np.array(
    [
        [0, 64, 0, 0],
        [-2, 58, 10, -2],
        [-4, 54, 16, -2],
        [-6, 46, 28, -4],
        [-4, 36, 36, -4],
        [-4, 28, 46, -6],
        [-2, 16, 54, -4],
        [-2, 10, 58, -2],
    ],
    np.int32,
)


@lean
def bound(v, y, n, size):
    """A vector, in quarter pixels, kept inside the padding."""
    return min(max(v, -4 * (y + PAD - 12)), 4 * (size - y - n + PAD - 12))


@lean
def _row(r, t, o):
    """Eight taps across a row."""
    t0, t1, t2, t3, t4, t5, t6, t7 = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
    for j in range(o.size):
        s = t0 * np.int32(r[j]) + t1 * np.int32(r[j + 1]) + t2 * np.int32(r[j + 2]) + t3 * np.int32(r[j + 3])
        s += t4 * np.int32(r[j + 4]) + t5 * np.int32(r[j + 5]) + t6 * np.int32(r[j + 6]) + t7 * np.int32(r[j + 7])
        o[j] = s


@lean
def _luma(ref, y, x, v, u, n, tmp, out):
    """A block, moved by (v, u) quarter pixels, in units of 1/64."""
    top, left, fy, fx = y + PAD + (v >> 2), x + PAD + (u >> 2), v & 3, u & 3
    for i in range(n + 7 if fy else n):
        row, o = top + i - (3 if fy else 0), tmp[i, :n] if fy else out[i, :n]
        if fx:
            _row(ref[row, left - 3 : left + n + 4], TAPS[fx], o)
        else:
            r = ref[row, left : left + n]
            for j in range(o.size):
                o[j] = np.int32(r[j]) << 6
    if fy:
        t = TAPS[fy]
        t0, t1, t2, t3, t4, t5, t6, t7 = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
        for i in range(n):
            o, a, b, c, d = out[i, :n], tmp[i, :n], tmp[i + 1, :n], tmp[i + 2, :n], tmp[i + 3, :n]
            e, f, g, h = tmp[i + 4, :n], tmp[i + 5, :n], tmp[i + 6, :n], tmp[i + 7, :n]
            for j in range(o.size):
                s = t0 * a[j] + t1 * b[j] + t2 * c[j] + t3 * d[j] + t4 * e[j] + t5 * f[j] + t6 * g[j] + t7 * h[j]
                o[j] = np.int32(s) >> 6  # of 32 bits, so that eight fit into a register


@lean
def _chroma(ref, top, left, v, u, n, tmp, out):
    """A block of chroma, moved by (v, u) eighth pixels, in units of 1/64."""
    top, left, t = top + (v >> 3), left + (u >> 3), CHROMA_TAPS[u & 7]
    t0, t1, t2, t3 = t[0], t[1], t[2], t[3]
    for i in range(n + 3):
        r, o = ref[top + i - 1, left - 1 : left + n + 2], tmp[i, :n]
        for j in range(o.size):
            o[j] = t0 * np.int32(r[j]) + t1 * np.int32(r[j + 1]) + t2 * np.int32(r[j + 2]) + t3 * np.int32(r[j + 3])
    t = CHROMA_TAPS[v & 7]
    t0, t1, t2, t3 = t[0], t[1], t[2], t[3]
    for i in range(n):
        o, a, b, c, d = out[i, :n], tmp[i, :n], tmp[i + 1, :n], tmp[i + 2, :n], tmp[i + 3, :n]
        for j in range(o.size):
            o[j] = np.int32(t0 * a[j] + t1 * b[j] + t2 * c[j] + t3 * d[j]) >> 6


@lean
def _finish(a, b, both, n, out, y, x):
    """Rounded, one or the mean of two, into the sheet of the block."""
    for i in range(n):
        r, s, o = a[i, :n], b[i, :n], out[y + i, x : x + n]
        if both:
            for j in range(o.size):
                o[j] = min(max(np.int32(np.int32(r[j] + s[j] + 64) >> 7), np.int32(0)), np.int32(255))
        else:
            for j in range(o.size):
                o[j] = min(max(np.int32(np.int32(r[j] + 32) >> 6), np.int32(0)), np.int32(255))


@lean
def _copied(sheet, top, left, n, out, y, x):
    """A block of the virtual frame, as it is."""
    for i in range(n):
        r, o = sheet[top + i, left : left + n], out[y + i, x : x + n]
        for j in range(o.size):
            o[j] = r[j]


@lean
def luma(f, y, x, n, d, v0, u0, v1, u1):
    """Luma of a block from one reference, both, or the virtual frame, into f.pred."""
    if d == VIRTUAL:
        _copied(f.virtual, y, x, n, f.pred, 0, 0)
        return
    h, w, tmp, a, b = f.head[HEIGHT], f.head[WIDTH], f.ints[1], f.ints[2], f.ints[3]
    if d & 1:
        _luma(f.ref0, y, x, bound(v0, y, n, h), bound(u0, x, n, w), n, tmp, a)
    if d & 2:
        _luma(f.ref1, y, x, bound(v1, y, n, h), bound(u1, x, n, w), n, tmp, b)
    _finish(b if d == 2 else a, b, d == 3, n, f.pred, 0, 0)


@lean
def chroma(f, y, x, n, d, v0, u0, v1, u1):
    """Its chroma."""
    h, w, tmp, a, b, half = f.head[HEIGHT], f.head[WIDTH], f.ints[1], f.ints[2], f.ints[3], n >> 1
    v0, u0, v1, u1 = bound(v0, y, n, h), bound(u0, x, n, w), bound(v1, y, n, h), bound(u1, x, n, w)
    for k in range(2):
        if d == VIRTUAL:
            _copied(f.virtual, h + (y >> 1), k * (w >> 1) + (x >> 1), half, f.pred, 32, 16 * k)
            continue
        top, left = h + 2 * PAD + (y >> 1) + PAD // 2, k * ((w >> 1) + PAD) + (x >> 1) + PAD // 2
        if d & 1:
            _chroma(f.ref0, top, left, v0, u0, half, tmp, a)
        if d & 2:
            _chroma(f.ref1, top, left, v1, u1, half, tmp, b)
        _finish(b if d == 2 else a, b, d == 3, half, f.pred, 32, 16 * k)


@lean
def compensate(f, y, x, n, d, v0, u0, v1, u1):
    """Predict a block from one reference, both, or the virtual frame, into f.pred."""
    luma(f, y, x, n, d, v0, u0, v1, u1)
    if f.head[COLOR]:
        chroma(f, y, x, n, d, v0, u0, v1, u1)
