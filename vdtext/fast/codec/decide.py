"""The encoder's decisions: for every block the prediction, the transform and the split with the least D + λ·R."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.angles import rank_modes, try_intra
from vdtext.fast.codec.coder import price
from vdtext.fast.codec.filtering import filter_frame
from vdtext.fast.codec.frame import (
    CHROMA_ENERGY,
    COLOR,
    CU,
    ENERGY,
    FILTERED,
    HEIGHT,
    INTER,
    INTER_FRAME,
    INTRA,
    LAYER,
    MERGE,
    MODE,
    SKIP,
    STEP,
    TOP,
    TUS,
    WIDTH,
    candidates,
    fill,
    mark,
    note,
    place,
    sizes,
)
from vdtext.fast.codec.modes import (
    INTRA_BLOCK,
    MERGED,
    SKIPPED,
    SPLIT,
    WHICH,
    modes_around,
    skipped_context,
    split_context,
    which_context,
)
from vdtext.fast.codec.search import satd
from vdtext.fast.codec.syntax import code_largest, corner, restore
from vdtext.fast.codec.trial import (
    EARLY,
    LAMBDA,
    LARGEST,
    ROOT,
    SMALLEST,
    WHOLE,
    clear,
    copy,
    distance,
    keep,
    try_residual,
)
from vdtext.fast.codec.vectors import glance, imagine, try_vectors

F = np.float32


@lean
def decide_block(c, f, e, y, x, s):
    """The best block of 2^s pixels that is not split → cost; what it is, in e.info, e.levels and e.best."""
    n, d, gy, gx, g, lam = 1 << s, s - 3, y >> 3, x >> 3, 1 << (s - 3), e.numbers[LAMBDA]
    mark(f, y, x, n, 0)
    if not f.head[INTER_FRAME]:
        rank_modes(c, f, e, y, x, n, F(1e18))
        return try_intra(c, f, e, y, x, n, F(1e18), F(0))
    left, above = modes_around(f, gy, gx)
    z = skipped_context(f, gy, gx, d, (1 if left == SKIP else 0) + (1 if above == SKIP else 0))
    skip, other = price(c, SKIPPED, z, 1), price(c, SKIPPED, z, 0)
    z = (((1 if left == INTRA else 0) + (1 if above == INTRA else 0)) * 3 + d) * 2 + (1 if f.head[LAYER] else 0)
    intra, inter = other + price(c, INTRA_BLOCK, z, 1), other + price(c, INTRA_BLOCK, z, 0)
    z = ((1 if left == INTER else 0) + (1 if above == INTER else 0)) * 3 + d
    merge, vectors = inter + price(c, MERGED, z, 1), inter + price(c, MERGED, z, 0)
    best, likeness, least, chosen, rate, bits = F(1e18), F(1e18), F(1e18), 0, F(0), F(0)
    count, m, area = candidates(f, gy, gx, g), f.cand, F(f.head[STEP] * f.head[STEP]) / F(256) * F(n * n)
    clear(e.levels[3], 0, 0, n)
    for k in range(2 if f.head[COLOR] else 0):
        clear(e.levels[3], 32, 16 * k, n >> 1)
    copy(e.src, y, x, e.target[0], 0, 0, n, n)
    for k in range(count):
        z = which_context(f, gy, gx, g, k, SKIP)
        b = bits + (price(c, WHICH, z, 0) if k < count - 1 else F(0))
        bits += price(c, WHICH, z, 1)
        e.rank[0, k], e.rank[1, k] = glance(f, e, y, x, n, k) + e.numbers[ROOT] * b, b
    for _ in range(min(2, count)):  # the two that look best
        k = 0
        for i in range(1, count):
            k = i if e.rank[0, i] < e.rank[0, k] else k
        e.rank[0, k], b = F(1e18), e.rank[1, k]
        imagine(f, e, y, x, n, m[k, 0], m[k, 1], m[k, 2], m[k, 3], m[k, 4])
        luma, total = distance(f, e, y, x, n)
        t = satd(e.src, y, x, f.pred, 0, 0, n, f.ints[5]) + e.numbers[ROOT] * b
        if t < likeness:
            likeness, chosen, rate = t, k, b
        if total + lam * (skip + b) < best:
            best, least = total + lam * (skip + b), luma
            keep(f, e, d, n, SKIP, m[k, 0], m[k, 1], m[k, 2], m[k, 3], m[k, 4], 0, k, 0, 0)
    copy(e.before[d + 1], 0, 0, e.before[d], 0, 0, 2, 2)
    if least < e.numbers[EARLY] * area:
        return best
    k = chosen
    imagine(f, e, y, x, n, m[k, 0], m[k, 1], m[k, 2], m[k, 3], m[k, 4])
    z = try_residual(c, f, e, y, x, n, F(best))
    if z + lam * (merge + rate) < best:
        best = z + lam * (merge + rate)
        keep(f, e, d, n, MERGE, m[k, 0], m[k, 1], m[k, 2], m[k, 3], m[k, 4], 0, k, 0, 0)
    best, likeness = try_vectors(c, f, e, y, x, n, count, vectors, F(best), F(likeness))
    if e.info[d, MODE] != SKIP or best > F(0.5) * area:
        rank_modes(c, f, e, y, x, n, likeness * F(1.2))
        if e.modes[1, 0] < likeness * F(1.1):
            best = try_intra(c, f, e, y, x, n, F(best), F(intra))
    return best


@lean
def commit(f, e, y, x, s):
    """Put the best block of its depth into the frame."""
    n, d, gy, gx, g, h, w = 1 << s, s - 3, y >> 3, x >> 3, 1 << (s - 3), f.head[HEIGHT], f.head[WIDTH]
    i = e.info[d]
    i[CU] = s
    for k in range(12):
        fill(f.grid[k], gy, gx, g, i[k])
    copy(e.levels[d], 0, 0, f.levels, y, x, n, n)
    tus, res = i[TUS], f.ints[4]
    m, energy = n >> tus, f.cells[ENERGY]
    for k in range(4 if tus else 1):
        dy, dx = m * (k >> 1), m * (k & 1)
        some = 0
        if i[MODE] != INTRA and i[MODE] != SKIP:
            some = restore(f, f.levels, y + dy, x + dx, sizes(m))
        place(f.rec, y + dy, x + dx, m, e.best[d], dy, dx, res, some)
        note(energy, (y + dy) >> 2, (x + dx) >> 2, f.levels, y + dy, x + dx, m, m >> 2)
    if f.head[COLOR]:
        m = n >> 1
        for k in range(2):
            yy, xx = h + (y >> 1), k * (w >> 1) + (x >> 1)
            copy(e.levels[d], 32, 16 * k, f.levels, yy, xx, m, m)
            some = restore(f, f.levels, yy, xx, sizes(m)) if i[MODE] != SKIP else 0
            place(f.rec, yy, xx, m, e.best[d], 32, 16 * k, res, some)
            if k == 0:
                note(f.cells[CHROMA_ENERGY], y >> 2, x >> 2, f.levels, yy, xx, m, m >> 1)
    mark(f, y, x, n, 1)


@lean
def decide_largest(c, f, e, y, x):
    """Decide on the tree of blocks in the 32 × 32 pixels at (y, x), each against its four parts."""
    h, w, lam = f.head[HEIGHT], f.head[WIDTH], e.numbers[LAMBDA]
    whole, parts = e.costs[0], e.costs[1]  # of the block at each depth, and of its parts so far
    s, k = TOP, 0
    e.before[3] = 0
    while True:
        i, j = corner(k)
        yy, xx, n, d = y + 8 * i, x + 8 * j, 1 << s, s - 3
        cost = F(0)
        if yy < h and xx < w:
            fits = yy + n <= h and xx + n <= w
            tried = fits and s <= e.numbers[LARGEST]
            whole[d], parts[d] = F(1e18), F(0)
            if tried:
                whole[d] = decide_block(c, f, e, yy, xx, s)
                if s > 3:
                    z = split_context(f, yy >> 3, xx >> 3, s)
                    whole[d] += lam * price(c, SPLIT, z, 0)
                    parts[d] = lam * price(c, SPLIT, z, 1)
            area = F(f.head[STEP] * f.head[STEP]) / F(256) * F(n * n)
            enough = tried and (
                s <= e.numbers[SMALLEST] or (e.info[d, MODE] == SKIP and whole[d] < e.numbers[WHOLE] * area)
            )
            if s > 3 and not enough:
                mark(f, yy, xx, n, 0)
                s -= 1
                continue
            commit(f, e, yy, xx, s)
            cost = whole[d]
        while s < TOP:  # back to the block that this is a part of
            d, n = s - 2, 1 << (s + 1)
            parts[d] += cost
            last = (k >> (2 * (s - 3))) & 3 == 3
            first = k & ~((4 << (2 * (s - 3))) - 1)
            i, j = corner(first)
            if not last and parts[d] < whole[d]:
                k += 1 << (2 * (s - 3))
                break
            if parts[d] < whole[d]:
                cost = parts[d]
            else:
                commit(f, e, y + 8 * i, x + 8 * j, s + 1)
                cost = whole[d]
            s += 1
            k = first
        if s == TOP:
            return


@lean
def encode_frame(c, f, e):
    """Decide on a frame, and write it.

    Parameters
    ----------
    c : Coder
        Of an encoder.
    f : Frame
        Its `rec`, `levels`, `grid` and `cells` are written.
    e : Encoder

    Examples
    --------
    >>> import numpy as np
    >>> from vdtext.fast.codec import new_coder, new_encoder, new_frame
    >>> head, none = np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 8, 8, 0, 0]), np.zeros((0, 0), np.uint8)
    >>> frame, phases = new_frame(head, none, none, np.zeros((12, 0, 0), np.int32)), np.zeros((4, 4, 0, 0), np.uint8)
    >>> numbers = [0.1, 0.3, 1, 0, 1, 1, 1, 0, 0, 5, 3, 1, 0]
    >>> encoder = new_encoder(np.full((8, 8), 90, np.uint8), numbers, phases, phases)
    >>> encode_frame(new_coder(False, np.zeros(999, np.uint8)), frame, encoder); int(frame.rec[0, 0])
    90
    """
    for y in range(0, f.head[HEIGHT], 1 << TOP):
        for x in range(0, f.head[WIDTH], 1 << TOP):
            decide_largest(c, f, e, y, x)
            mark(f, y, x, 1 << TOP, 0)
            code_largest(c, f, y, x)
    if f.head[FILTERED]:
        filter_frame(c, f, e.src, e.numbers[LAMBDA])
