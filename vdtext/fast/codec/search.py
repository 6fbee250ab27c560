"""Motion search: predictors first, then down the diamonds; costs are SAD + sqrt(lambda) · bits."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.frame import HEIGHT, PAD, VIRTUAL, WIDTH
from vdtext.fast.codec.inter import bound
from vdtext.fast.motion.lanes import sad8, sad16

F = np.float32
MANY = 2000000000


@lean
def sad(target, plane, y, x, v, u, n, most):
    """Sum of absolute differences of the block `target` to a plane of phases; gives up above `most`."""
    b, row, column, s = plane[v & 3, u & 3], y + PAD + (v >> 2), x + PAD + (u >> 2), np.int64(0)
    for i in range(n):
        if n == 8:
            s += sad8(target, i, 0, b, row + i, column)
        else:
            for j in range(0, n, 16):
                s += sad16(target, i, j, b, row + i, column + j)
        if s > most:
            return s
    return s


@lean
def sad_here(target, plane, y, x, n):
    """The same to a plane, without motion."""
    s = np.int64(0)
    for i in range(n):
        if n == 8:
            s += sad8(target, i, 0, plane, y + i, x)
        else:
            for j in range(0, n, 16):
                s += sad16(target, i, j, plane, y + i, x + j)
    return s


@lean
def sad_pair(target, plane0, plane1, y, x, v0, u0, v1, u1, n):
    """The same to the mean of two planes."""
    p, q, s = plane0[v0 & 3, u0 & 3], plane1[v1 & 3, u1 & 3], np.int32(0)
    r0, c0, r1, c1 = y + PAD + (v0 >> 2), x + PAD + (u0 >> 2), y + PAD + (v1 >> 2), x + PAD + (u1 >> 2)
    for i in range(n):
        a, b, t = p[r0 + i, c0 : c0 + n], q[r1 + i, c1 : c1 + n], target[i, :n]
        for j in range(t.size):
            s += abs(np.int32(t[j]) - ((np.int32(a[j]) + np.int32(b[j]) + 1) >> 1))
    return np.int64(s)


@lean
def length(v):
    """About the bits of a difference."""
    k, v = 1, abs(v)
    while v:
        k, v = k + 2, v >> 1
    return k


@lean
def vector_bits(f, v, u):
    """About the bits of a vector, with the better of its two predictors."""
    p = f.cand
    return min(length(v - p[6, 0]) + length(u - p[6, 1]), length(v - p[7, 0]) + length(u - p[7, 1]))


@lean
def descend(target, f, root, plane, y, x, n, v, u, cost, step, finest):
    """Down the diamonds of `step`, step/2, … `finest` quarter pixels."""
    h, w = f.head[HEIGHT], f.head[WIDTH]
    while step >= finest:
        rounds, go = 0, True
        while go and rounds < 24:
            go, cv, cu = False, v, u
            rounds += 1
            for k in range(4):
                tv = cv + (step if k == 0 else -step if k == 1 else 0)
                tu = cu + (step if k == 2 else -step if k == 3 else 0)
                if bound(tv, y, n, h) != tv or bound(tu, x, n, w) != tu:
                    continue
                r = root * vector_bits(f, tv, tu)
                if r < cost:
                    s = F(sad(target, plane, y, x, tv, tu, n, np.int64(min(cost - r, F(MANY))))) + r
                    if s < cost:
                        cost, v, u, go = s, tv, tu, True
        step >>= 1
    return cost, v, u


@lean
def search(target, f, root, plane, y, x, n, r, count, before, step, finest):
    """The best vector to reference r: (cost, v, u)."""
    h, w, cost, v, u = f.head[HEIGHT], f.head[WIDTH], F(1e18), 0, 0
    for k in range(count + 4):
        if k < count:
            if f.cand[k, 0] != VIRTUAL and (f.cand[k, 0] >> r) & 1 == 0:
                continue
            tv, tu = f.cand[k, 1 + 2 * r], f.cand[k, 2 + 2 * r]
        elif k < count + 2:
            tv, tu = f.cand[6 + k - count, 0], f.cand[6 + k - count, 1]
        else:
            tv, tu = (np.int64(0), np.int64(0)) if k == count + 2 else (before[r, 0], before[r, 1])
        tv, tu = bound(tv // finest * finest, y, n, h), bound(tu // finest * finest, x, n, w)
        b = root * vector_bits(f, tv, tu)
        s = F(sad(target, plane, y, x, tv, tu, n, np.int64(min(cost, F(MANY))))) + b
        if s < cost:
            cost, v, u = s, tv, tu
    return descend(target, f, root, plane, y, x, n, v, u, cost, step, finest)


@lean
def satd(src, y, x, p, py, px, n, h):
    """Sum of absolute Hadamard coefficients of 8 × 8 differences, over 8; h is room."""
    total = 0
    for top in range(0, n, 8):
        for left in range(0, n, 8):
            for i in range(8):
                o, r, q = (
                    h[i, :8],
                    src[y + top + i, x + left : x + left + 8],
                    p[py + top + i, px + left : px + left + 8],
                )
                for j in range(o.size):
                    o[j] = np.int32(r[j]) - np.int32(q[j])
            for d in (1, 2, 4):
                for i in range(8):
                    if i & d == 0:
                        a, b = h[i, :8], h[i + d, :8]
                        for j in range(a.size):
                            t = a[j]
                            a[j], b[j] = t + b[j], t - b[j]
            for i in range(8):
                a, b, c, d, e, f, g, k = h[i, 0], h[i, 1], h[i, 2], h[i, 3], h[i, 4], h[i, 5], h[i, 6], h[i, 7]
                a, b, c, d, e, f, g, k = a + e, b + f, c + g, d + k, a - e, b - f, c - g, d - k
                a, b, c, d, e, f, g, k = a + c, b + d, a - c, b - d, e + g, f + k, e - g, f - k
                total += abs(a + b) + abs(a - b) + abs(c + d) + abs(c - d)
                total += abs(e + f) + abs(e - f) + abs(g + k) + abs(g - k)
    return F(total) / F(8)
