"""Quantised levels of a block: how they are coded, what they would cost, and which are worth their bits.

A block is coded in groups of 4 × 4 levels, from the highest frequency that is not zero down to the mean, so that a
level knows its neighbours of higher frequency: they say best how large it will be.
"""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import (
    COST,
    SIZE,
    SLOTS,
    price,
    price_number,
    put,
    put_equal,
    put_mixed,
    put_number,
)
from vdtext.fast.codec.frame import LAYER

F = np.float32
LAST, GROUP = 8, 10
"""Kinds of bits: which group is the last, is there something in a group; luma and chroma each.  0 to 7: levels."""


def _diagonals(n):
    """Places of n × n, diagonal by diagonal."""
    return sorted(((i, j) for i in range(n) for j in range(n)), key=lambda place: (sum(place), place[0]))


SCAN = np.array(_diagonals(4), np.int64)
COUNT = np.array([1, 4, 16, 64], np.int64)
GROUPS = np.array([_diagonals(1 << s) + [(0, 0)] * (64 - 4**s) for s in range(4)], np.int64)
BUCKET = np.array([0, 1, 2, 3, 3, 4, 4, 5, 5, 5, *[6] * 6, *[7] * 60], np.int64)
"""A frequency, row plus column, coarsely."""


@lean
def first_context(a, i, j, s, intra):
    """The context that prices a level: block size, levels around, frequency."""
    t = a[i, j + 1] + a[i, j + 2] + a[i + 1, j] + a[i + 2, j] + a[i + 1, j + 1]
    return ((s * 2 + intra) * 12 + min(t, 11)) * 8 + BUCKET[i + j]


@lean
def level_contexts(c, a, i, j, s, intra, chroma, nonzeros, around, other, layer):
    """Seven contexts of the level at (i, j), in c.context; returns the set of weights."""
    r, r2, d = min(a[i, j + 1], 20), min(a[i, j + 2], 20), min(a[i + 1, j + 1], 20)
    b, b2 = min(a[i + 1, j], 20), min(a[i + 2, j], 20)
    t, kind, k = r + r2 + b + b2 + d, s * 2 + intra, BUCKET[i + j]
    context, base, top = c.context[0], chroma * 4 * SLOTS * SIZE, min(t, 11)
    context[0] = base + (kind * 12 + top) * 8 + k
    context[1] = base + SIZE + ((min(i, 7) * 8 + min(j, 7)) * 8 + kind) * 4 + min(t, 3)
    context[2] = base + 2 * SIZE + (((min(r, 3) * 4 + min(b, 3)) * 4 + min(d, 3)) * 3 + min(r2 + b2, 2)) * 8 + kind
    context[3] = base + 3 * SIZE + ((min(nonzeros, 7) * 8 + k) * 4 + min(t, 3)) * 8 + kind
    context[4] = base + 4 * SIZE + ((around * 12 + top) * 4 + s) * 4 + (k >> 1)
    weighted = min(2 * (r + b) + r2 + b2 + d, 15)
    context[5] = base + 5 * SIZE + (weighted * 6 + layer) * 16 + (i & 3) * 4 + (j & 3)
    context[6] = base + 6 * SIZE + ((other * 12 + top) * 4 + s) * 2 + intra
    return (chroma * 4 * 8 + kind) * 8 + min(t, 7)


@lean
def group_context(a, gi, gj, s, intra):
    """Are there levels in the groups to the right and below?"""
    right = a[gi, gj + 4] + a[gi + 1, gj + 4] + a[gi + 2, gj + 4] + a[gi + 3, gj + 4]
    below = a[gi + 4, gj] + a[gi + 4, gj + 1] + a[gi + 4, gj + 2] + a[gi + 4, gj + 3]
    return (((s * 2 + intra) * 3 + min(right, 2)) * 3 + min(below, 2)) * 8 + BUCKET[(gi + gj) // 4]


@lean
def empty(a, n):
    """Zeros where n × n magnitudes, and two more rows and columns, will be."""
    for i in range(n + 2):
        row = a[i, : n + 2]
        for j in range(row.size):
            row[j] = 0


@lean
def occupied(q, y, x):
    """Is there a level in the group at (y, x)?"""
    for i in range(y, y + 4):
        for j in range(x, x + 4):
            if q[i, j]:
                return 1
    return 0


@lean
def seen_before(q, y, x, i, j, n, chroma, other):
    """What is known about a level from another block: the first chroma plane's, or those to the left and above."""
    if other:
        return min(abs(np.int64(q[y + i, x + j - other])), 3)
    known = 0
    if chroma == 0:
        if x >= n:
            known = min(abs(np.int64(q[y + i, x + j - n])), 2)
        if y >= n:
            known += 3 * min(abs(np.int64(q[y + i - n, x + j])), 2)
    return known


@lean
def code_level(c, q, y, x, certain, weights):
    """One level: is it zero, one, two, …, and its sign."""
    magnitude, m = abs(np.int64(q[y, x])), 0
    while m < 15:
        bit = 1 if m == 0 and certain else put_mixed(c, 7, weights + min(m, 3) * 64, 1 if magnitude > m else 0)
        if not bit:
            break
        if m < 3:
            for k in range(7):
                c.context[0, k] += SLOTS * SIZE
        m += 1
    if m == 15:
        m += min(put_number(c, LAST, 31, magnitude - 15), 30000)
    if m:
        minus = put_equal(c, 1 if q[y, x] < 0 else 0)
        if c.decoding:
            q[y, x] = -m if minus else m
    return m


@lean
def code_levels(c, f, y, x, s, intra, chroma, around, other):
    """Code the levels of the block at (y, x) of the sheet, of which at least one is not zero.

    `s`: log2 of the size, less 2; `around`: grade of the levels nearby; `other`: columns back to the other chroma.
    """
    q, a, n, count, last, nonzeros = f.levels, f.ints[0], 4 << s, COUNT[s], 0, 0
    empty(a, n)
    if count > 1:
        if not c.decoding:
            for g in range(count):
                if occupied(q, y + 4 * GROUPS[s, g, 0], x + 4 * GROUPS[s, g, 1]):
                    last = g
        last = min(put_number(c, LAST + chroma, (s * 2 + intra) * 2 + (1 if around > 2 else 0), last), count - 1)
    for g in range(last, -1, -1):
        gi, gj = 4 * GROUPS[s, g, 0], 4 * GROUPS[s, g, 1]
        if g < last:
            here = 0 if c.decoding else occupied(q, y + gi, x + gj)
            if not put(c, GROUP + chroma, group_context(a, gi, gj, s, intra), here):
                continue
        found = False
        for k in range(15, -1, -1):
            i, j = gi + SCAN[k, 0], gj + SCAN[k, 1]
            known = seen_before(q, y, x, i, j, n, chroma, other)
            weights = level_contexts(c, a, i, j, s, intra, chroma, nonzeros, around, known, f.head[LAYER])
            m = code_level(c, q, y + i, x + j, k == 0 and not found, weights)
            if m:
                a[i, j], found, nonzeros = m, True, nonzeros + 1


@lean
def price_level(c, base, context, m):
    """Bits of a magnitude, without its sign."""
    bits, layer = F(0), SLOTS * SIZE
    for b in range(min(m, 15)):
        bits += COST[c.chances[base + min(b, 3) * layer + context] >> 10]
    if m < 15:
        return bits + COST[4095 - (c.chances[base + min(m, 3) * layer + context] >> 10)]
    return bits + F(2) * np.log2(F(m - 14)) + F(1)


@lean
def choose_level(c, base, context, v, lam, dead):
    """The level of a magnitude v with the least (v − m)² + lam·bits → (m, distortion, bits)."""
    bits = COST[4095 - (c.chances[base + context] >> 10)]
    m, d, high = 0, v * v, int(v + F(0.5))
    if dead > 0:  # no choice: round with a dead zone
        high = int(v + dead)
        if high == 0:
            return 0, d, bits
        return high, (v - high) * (v - high), price_level(c, base, context, high) + F(1)
    if high:
        least = d + lam * bits
        for k in range(max(high - 1, 1), high + 1):
            b, e = price_level(c, base, context, k) + F(1), (v - k) * (v - k)
            if e + lam * b < least:
                least, m, d, bits = e + lam * b, k, e, b
    return m, d, bits


@lean
def choose_levels(c, x, s, intra, chroma, around, lam, dead, a, q, energy):
    """Levels q of coefficients x, in steps, with the least |x − q|² + lam·bits → (that, is there any).

    `energy`: |x|², the cost of leaving all of them out.
    """
    n, first, last, total = 4 << s, -1, -1, energy
    empty(a, n)
    for g in range(COUNT[s]):
        gi, gj = 4 * GROUPS[s, g, 0], 4 * GROUPS[s, g, 1]
        for i in range(gi, gi + 4):
            for j in range(gj, gj + 4):
                q[i, j] = 0
                if abs(x[i, j]) > F(0.58):
                    first = g
    base = chroma * 4 * SLOTS * SIZE
    for g in range(first, -1, -1):
        gi, gj = 4 * GROUPS[s, g, 0], 4 * GROUPS[s, g, 1]
        bits, distortion, zero, found = F(0), F(0), F(0), False
        for k in range(15, -1, -1):
            i, j = gi + SCAN[k, 0], gj + SCAN[k, 1]
            v = abs(x[i, j])
            m, d, b = choose_level(c, base, first_context(a, i, j, s, intra), v, lam, dead)
            bits, distortion, zero, a[i, j] = bits + b, distortion + d, zero + v * v, m
            found = found or m > 0
        if last >= 0:
            z = group_context(a, gi, gj, s, intra)
            on, off = price(c, GROUP + chroma, z, 1), price(c, GROUP + chroma, z, 0)
            gain = distortion - zero + lam * (bits + on)
            found = found and gain < lam * off
            total += gain if found else lam * off
        elif found:
            z = (s * 2 + intra) * 2 + (1 if around > 2 else 0)
            head = price_number(c, LAST + chroma, z, g) if s else F(0)
            gain = distortion - zero + lam * (bits + head)
            found = gain < lam * head * F(0.5)  # a lower group will have to say as much, or less
            if found:
                total, last = energy + gain, g
        for k in range(16):
            i, j = gi + SCAN[k, 0], gj + SCAN[k, 1]
            if found:
                q[i, j] = a[i, j] if x[i, j] >= 0 else -a[i, j]
            else:
                a[i, j] = 0
    return total, last >= 0
