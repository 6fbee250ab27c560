"""Trials of intra prediction: the likely modes by their Hadamard sums, the best of them by its bits."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price
from vdtext.fast.codec.frame import (
    ANGLE,
    COLOR,
    ENERGY,
    HEIGHT,
    INTER_FRAME,
    INTRA,
    STEP,
    WIDTH,
    mark,
    near,
    place,
    sizes,
)
from vdtext.fast.codec.intra import borders, predict
from vdtext.fast.codec.modes import TRANSFORMS, price_mode, probable, transforms_context
from vdtext.fast.codec.search import satd
from vdtext.fast.codec.syntax import restore
from vdtext.fast.codec.trial import ANGLES, FOUR, LAMBDA, ROOT, copy, keep, luma_prices, try_chroma, try_transform

F = np.float32


@lean
def rank_modes(c, f, e, y, x, n, hopeless):
    """The three intra modes of least SATD + bits, into e.modes; gives up if four are all above `hopeless`."""
    gy, gx, best, cost = y >> 3, x >> 3, e.modes[0], e.modes[1]
    mark(f, y, x, n, 0)
    borders(f, 0, 0, f.head[HEIGHT], f.head[WIDTH], y, x, n, 4)
    cost[:], best[:] = F(1e18), F(-1)
    p0, p1, p2 = probable(f, gy, gx)
    for k in range(18):
        if k == 4 and cost[0] > hopeless:
            break
        if k < 4:
            m = k if k < 2 else 10 if k == 2 else 26
        elif k < 11:
            m = 2 + 4 * (k - 4) if k < 6 else 14 + 4 * (k - 6) if k < 9 else 30 + 4 * (k - 9)
        elif k < 14:
            m = p0 if k == 11 else p1 if k == 12 else p2
        else:
            if k == 14 or k == 16:
                centre = np.int64(best[0])
            m = centre + ((2 if k < 16 else 1) if k & 1 else (-2 if k < 16 else -1))
            if centre < 2 or m < 2 or m > 34:
                continue
        if best[0] == m or best[1] == m or best[2] == m:
            continue
        predict(f, m, n, f.pred, 0, 0)
        z = satd(e.src, y, x, f.pred, 0, 0, n, f.ints[5]) + e.numbers[ROOT] * price_mode(c, f, gy, gx, m)
        for i in range(3):
            if z < cost[i]:
                for j in range(2, i, -1):
                    cost[j], best[j] = cost[j - 1], best[j - 1]
                cost[i], best[i] = z, m
                break


@lean
def try_angle(c, f, e, y, x, n, mode, tus):
    """Cost of an intra block of luma; its reconstruction in f.rec, its levels in e.levels[3]."""
    s, lam, h, w, out, energy = sizes(n), e.numbers[LAMBDA], f.head[HEIGHT], f.head[WIDTH], e.levels[3], f.cells[ENERGY]
    total = lam * price(c, TRANSFORMS, transforms_context(f, y >> 3, x >> 3, s), tus)
    m, s = n >> tus, s - tus
    mark(f, y, x, n, 0)
    for k in range(4 if tus else 1):
        dy, dx = m * (k >> 1), m * (k & 1)
        yy, xx = y + dy, x + dx
        borders(f, 0, 0, h, w, yy, xx, m, 4)
        predict(f, mode, m, f.pred, dy, dx)
        around = near(energy, yy >> 2, xx >> 2)
        on, off = luma_prices(c, s, 1, tus, around)
        cost, _, some = try_transform(c, f, e, yy, xx, dy, dx, s, f.head[STEP], 1, 0, around, on, off, out, dy, dx)
        total += cost
        if some:
            restore(f, out, dy, dx, s)
        place(f.rec, yy, xx, m, f.pred, dy, dx, f.ints[4], 1 if some else 0)
        mark(f, yy, xx, m, 1)
    return total


@lean
def try_intra(c, f, e, y, x, n, best, head):
    """The best intra block, kept if its cost is below `best`."""
    d, gy, gx, h, w, lam = sizes(n) - 1, y >> 3, x >> 3, f.head[HEIGHT], f.head[WIDTH], e.numbers[LAMBDA]
    top = best
    for k in range(np.int64(e.numbers[ANGLES])):
        if k and e.modes[1, k] > e.modes[1, 0] * F(1.1):
            break
        m = np.int64(e.modes[0, k])
        bits, color = head + price_mode(c, f, gy, gx, m), F(0)
        if f.head[COLOR]:
            mark(f, y, x, n, 0)
            for r in range(2):
                borders(f, h, r * (w >> 1), h >> 1, w >> 1, y >> 1, x >> 1, n >> 1, 2)
                predict(f, m, n >> 1, f.pred, 32, 16 * r)
            color = try_chroma(c, f, e, y, x, n, 1)
        for tus in range(2):
            if tus and (k or e.numbers[FOUR] == 0 or (n > 16 and f.head[INTER_FRAME])):
                continue
            z = color + lam * bits
            if z < top:
                z += try_angle(c, f, e, y, x, n, m, tus)
            if z < top:
                top = z
                copy(f.rec, y, x, f.pred, 0, 0, n, n)
                keep(f, e, d, n, INTRA, 0, 0, 0, 0, 0, tus, 0, 0, 0)
                e.info[d, ANGLE] = m
    return top
