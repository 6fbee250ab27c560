"""Trials of vectors: searched for each reference, and for the mean of both."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price, price_number
from vdtext.fast.codec.frame import (
    COLOR,
    HEIGHT,
    INTER,
    PAD,
    REFERENCES,
    VIRTUAL,
    WIDTH,
    known_direction,
    predictors,
    sizes,
)
from vdtext.fast.codec.inter import bound, chroma, luma
from vdtext.fast.codec.modes import (
    BOTH,
    DIFFERENCE,
    ONE,
    PREDICTOR,
    difference_context,
)
from vdtext.fast.codec.search import MANY, descend, sad, sad_here, sad_pair, satd, search, vector_bits
from vdtext.fast.codec.trial import (
    FINEST,
    LAMBDA,
    PAIRS,
    ROOT,
    TRIES,
    copy,
    keep,
    try_residual,
)

F = np.float32


@lean
def search_pair(f, e, y, x, n, v, first):
    """Vectors to both references for the mean of the two, each searched while the other stands → cost; v is changed."""
    gy, gx, g, root, cost = y >> 3, x >> 3, n >> 3, e.numbers[ROOT], F(0)
    for k in range(2):
        r = 1 - first if k == 0 else first
        o = 1 - r
        other, own = (e.phases1, e.phases0) if o else (e.phases0, e.phases1)
        plane, row, column = other[v[o, 0] & 3, v[o, 1] & 3], y + PAD + (v[o, 0] >> 2), x + PAD + (v[o, 1] >> 2)
        for i in range(n):
            t, p, q = e.target[1, i, :n], plane[row + i, column : column + n], e.src[y + i, x : x + n]
            for j in range(t.size):
                t[j] = min(max(2 * np.int32(q[j]) - np.int32(p[j]), 0), 255)
        predictors(f, gy, gx, g, o)
        bits = root * vector_bits(f, v[o, 0], v[o, 1])
        predictors(f, gy, gx, g, r)
        start = F(sad(e.target[1], own, y, x, v[r, 0], v[r, 1], n, MANY))
        start += F(2) * root * vector_bits(f, v[r, 0], v[r, 1])
        cost, v[r, 0], v[r, 1] = descend(
            e.target[1], f, F(2) * root, own, y, x, n, v[r, 0], v[r, 1], start, 4, np.int64(e.numbers[FINEST])
        )
        cost = cost * F(0.5) + bits
    return cost


@lean
def imagine(f, e, y, x, n, d, v0, u0, v1, u1):
    """:func:`vdtext.fast.codec.inter.compensate`, where the luma of one reference stands in its planes of phases."""
    if d >= 3:
        luma(f, y, x, n, d, v0, u0, v1, u1)
    else:
        v, u = bound(v0 if d == 1 else v1, y, n, f.head[HEIGHT]), bound(u0 if d == 1 else u1, x, n, f.head[WIDTH])
        plane = (e.phases0 if d == 1 else e.phases1)[v & 3, u & 3]
        copy(plane, y + PAD + (v >> 2), x + PAD + (u >> 2), f.pred, 0, 0, n, n)
    if f.head[COLOR]:
        chroma(f, y, x, n, d, v0, u0, v1, u1)


@lean
def glance(f, e, y, x, n, k):
    """How unlike the source the k-th candidate of motion is: SAD of luma, from the planes of phases."""
    h, w, m = f.head[HEIGHT], f.head[WIDTH], f.cand
    if m[k, 0] == VIRTUAL:
        return F(sad_here(e.target[0], f.virtual, y, x, n))
    v0, u0, v1, u1 = bound(m[k, 1], y, n, h), bound(m[k, 2], x, n, w), bound(m[k, 3], y, n, h), bound(m[k, 4], x, n, w)
    if m[k, 0] == 3:
        return F(sad_pair(e.target[0], e.phases0, e.phases1, y, x, v0, u0, v1, u1, n))
    if m[k, 0] == 1:
        return F(sad(e.target[0], e.phases0, y, x, v0, u0, n, MANY))
    return F(sad(e.target[0], e.phases1, y, x, v1, u1, n, MANY))


@lean
def vector_price(c, f, gy, gx, g, r, v, u):
    """Bits of a vector with the better of its predictors, and which that is."""
    predictors(f, gy, gx, g, r)
    bits, choice = F(1e9), 0
    for k in range(2):
        a, b = abs(v - f.cand[6 + k, 0]), abs(u - f.cand[6 + k, 1])
        s = price(c, PREDICTOR, r, k) + price_number(c, DIFFERENCE, difference_context(f, 0, 0), a) + (a > 0)
        s += price_number(c, DIFFERENCE, difference_context(f, 1, 0 if a == 0 else 1 if a < 3 else 2), b) + (b > 0)
        if s < bits:
            bits, choice = s, k
    return bits, choice


@lean
def try_vectors(c, f, e, y, x, n, count, bits, best, likeness):
    """Blocks with vectors of their own → (cost, likeness): the best cost so far, the least SATD of a prediction."""
    d, gy, gx, g, lam, root = sizes(n) - 1, y >> 3, x >> 3, n >> 3, e.numbers[LAMBDA], e.numbers[ROOT]
    cost, v, pair, p = e.costs[2], e.vectors[0], e.vectors[1], e.vectors[2, 0]
    cost[:] = F(1e18)
    v[:] = 0
    two, finest = f.head[REFERENCES] == 2, np.int64(e.numbers[FINEST])
    for r in range(2 if two else 1):
        planes, step = e.phases1 if r else e.phases0, 32 if n == 32 else 16
        predictors(f, gy, gx, g, r)
        cost[r], v[r, 0], v[r, 1] = search(
            e.target[0], f, root, planes, y, x, n, r, count, e.before[d + 1], step, finest
        )
        e.before[d, r, 0], e.before[d, r, 1] = v[r, 0], v[r, 1]
    copy(v, 0, 0, pair, 0, 0, 2, 2)
    if two and e.numbers[PAIRS] > 0:
        cost[2] = search_pair(f, e, y, x, n, pair, 0 if cost[0] < cost[1] else 1) + root
        cost[0] += F(2) * root
        cost[1] += F(2) * root
    least = min(cost[0], cost[1], cost[2])
    for _ in range(np.int64(e.numbers[TRIES])):
        k = 0 if cost[0] <= cost[1] and cost[0] <= cost[2] else 1 if cost[1] <= cost[2] else 2
        if cost[k] > least * F(1.05):
            break
        cost[k] = F(1e18)
        direction, m, rate = k + 1, e.vectors[1 if k == 2 else 0], bits
        p[:] = 0
        imagine(f, e, y, x, n, direction, m[0, 0], m[0, 1], m[1, 0], m[1, 1])
        likeness = min(likeness, satd(e.src, y, x, f.pred, 0, 0, n, f.ints[5]))
        for r in range(2):
            if (direction >> r) & 1:
                b, p[r] = vector_price(c, f, gy, gx, g, r, m[r, 0], m[r, 1])
                rate += b
        if two:
            a = known_direction(f, gy, gx - 1) if gx else 0
            b = known_direction(f, gy - 1, gx) if gy else 0
            rate += price(c, BOTH, (a * 4 + b) * 3 + d, 1 if k == 2 else 0)
            if k < 2:
                rate += price(c, ONE, a * 4 + b, k)
        if lam * rate < best:
            z = try_residual(c, f, e, y, x, n, F(best))
            z += lam * rate
            if z < best:
                best = z
                if direction == 1:
                    m[1] = 0
                if direction == 2:
                    m[0] = 0
                keep(f, e, d, n, INTER, direction, m[0, 0], m[0, 1], m[1, 0], m[1, 1], 0, 0, p[0], p[1])
    return F(best), F(likeness)
