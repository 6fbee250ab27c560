"""Trials of the encoder: what a prediction leaves, transformed, quantised and priced."""

from typing import NamedTuple

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import price
from vdtext.fast.codec.frame import (
    ANGLE,
    CHROMA_ENERGY,
    COLOR,
    DIRECTION,
    ENERGY,
    HEIGHT,
    INDEX,
    LOSSLESS,
    MODE,
    P0,
    P1,
    STEP,
    TUS,
    U0,
    U1,
    V0,
    V1,
    WIDTH,
    near,
    sizes,
)
from vdtext.fast.codec.levels import choose_levels
from vdtext.fast.codec.modes import CODED_CHROMA, CODED_LUMA
from vdtext.fast.codec.transform import forward

F = np.float32
(LAMBDA, ROOT, FOUR, EARLY, PAIRS, TRIES, ANGLES, WHOLE, DEAD, LARGEST, SMALLEST, FINEST, INTRA_DEAD) = range(13)
"""Numbers of an encoder: λ, its root; are four transforms tried for intra blocks, pairs of references; how many
searched vectors, how many intra modes; below which error, in step² a pixel, a skipped block is good enough, and not
split; the dead zone if levels are not chosen; sizes of blocks, as log2; the finest vectors, in quarter pixels; the dead
zone of intra blocks."""


class Encoder(NamedTuple):
    """What an encoder has besides: the picture, the options, and room."""

    src: np.ndarray  # uint8 sheet: what is coded
    numbers: np.ndarray  # float32 (13,)
    phases0: np.ndarray  # uint8 (4, 4, H + 160, W + 160) of the luma of the references
    phases1: np.ndarray
    floats: np.ndarray  # float32 (3, 32, 32)
    q: np.ndarray  # int16 (2, 32, 32): levels of a transform
    levels: np.ndarray  # int16 (4, 48, 32): of the best block of each depth, and of the one that is tried
    best: np.ndarray  # uint8 (3, 48, 32): its prediction; if it is intra, its luma
    info: np.ndarray  # int64 (3, 12): what goes into the grid
    before: np.ndarray  # int64 (4, 2, 2): vectors found for the larger block
    target: np.ndarray  # uint8 (2, 32, 32): what the search looks for
    modes: np.ndarray  # float32 (2, 3): likely intra modes and their costs
    costs: np.ndarray  # float32 (3, 3): of blocks, of their parts, of vectors
    vectors: np.ndarray  # int64 (3, 2, 2)
    rank: np.ndarray  # float32 (2, 5): candidates of motion, what they look like and their bits


def new_encoder(src, numbers, phases0, phases1):
    """An encoder of one frame.

    Parameters
    ----------
    src : ndarray, shape (H, W) or (3H/2, W), uint8
        The sheet of the frame.
    numbers : array_like of float, shape (13,)
        λ and the options.
    phases0, phases1 : ndarray, shape (4, 4, H + 160, W + 160), uint8
        Of the luma of the references, as :func:`vdtext.fast.motion.planes.phases` makes them; empty if there are none.

    Returns
    -------
    Encoder

    Examples
    --------
    >>> none = np.zeros((4, 4, 0, 0), np.uint8)
    >>> new_encoder(np.zeros((8, 8), np.uint8), np.ones(13), none, none).numbers.dtype.name
    'float32'
    """
    i, j, floats = np.int16, np.int64, np.zeros((3, 32, 32), F)
    levels = np.zeros((2, 32, 32), i), np.zeros((4, 48, 32), i), np.zeros((3, 48, 32), np.uint8)
    motion = np.zeros((3, 12), j), np.zeros((4, 2, 2), j), np.zeros((2, 32, 32), np.uint8)
    rest = np.zeros((2, 3), F), np.zeros((3, 3), F), np.zeros((3, 2, 2), j), np.zeros((2, 5), F)
    return Encoder(src, np.asarray(numbers, F), phases0, phases1, floats, *levels, *motion, *rest)


@lean
def ssd(src, y, x, p, py, px, n):
    """Sum of squared differences."""
    s = np.int32(0)
    for i in range(n):
        r, o = src[y + i, x : x + n], p[py + i, px : px + n]
        for j in range(r.size):
            d = np.int32(r[j]) - np.int32(o[j])
            s += d * d
    return F(s)


@lean
def copy(a, ay, ax, b, by, bx, rows, columns):
    """Rows and columns of `a` into `b`."""
    for i in range(rows):
        r, o = a[ay + i, ax : ax + columns], b[by + i, bx : bx + columns]
        for j in range(o.size):
            o[j] = r[j]


@lean
def clear(levels, y, x, n):
    """No levels in n × n."""
    for i in range(n):
        o = levels[y + i, x : x + n]
        for j in range(o.size):
            o[j] = 0


@lean
def try_transform(c, f, e, y, x, py, px, s, step, intra, chroma, around, on, off, out, oy, ox):
    """Cost of a block's levels; on, off: bits of saying whether there are any → (cost, zero cost, any)."""
    n, lam, res, z = 4 << s, e.numbers[LAMBDA], e.floats[0], e.floats[2]
    for i in range(n):
        r, p, o = e.src[y + i, x : x + n], f.pred[py + i, px : px + n], res[i, :n]
        for j in range(o.size):
            o[j] = F(r[j]) - F(p[j])
    size, energy = F(step) / F(16), F(0)
    if f.head[LOSSLESS]:
        z = res
    else:
        forward(res, s, e.floats[1], z)
    for i in range(n):
        o = z[i, :n]
        for j in range(o.size):
            o[j] /= size
            energy += o[j] * o[j]
    scale = size * size
    dead = e.numbers[INTRA_DEAD] if intra else e.numbers[DEAD]
    cost, some = choose_levels(c, z, s, intra, chroma, around, lam / scale, dead, f.ints[0], e.q[0], energy)
    cost, zero = cost * scale + lam * on, energy * scale + lam * off
    if some and cost < zero:
        copy(e.q[0], 0, 0, out, oy, ox, n, n)
        return cost, zero, True
    clear(out, oy, ox, n)
    return zero, zero, False


@lean
def luma_prices(c, s, intra, tus, around):
    """Bits of saying that there are levels, and that there are none."""
    z = ((s * 2 + intra) * 2 + tus) * 8 + around
    return price(c, CODED_LUMA, z, 1), price(c, CODED_LUMA, z, 0)


@lean
def try_residual(c, f, e, y, x, n, best):
    """Cost of what f.pred leaves; its levels in e.levels[3]."""
    s, around, out = sizes(n), near(f.cells[ENERGY], y >> 2, x >> 2), e.levels[3]
    on, off = luma_prices(c, s, 0, 0, around)
    total, _, _ = try_transform(c, f, e, y, x, 0, 0, s, f.head[STEP], 0, 0, around, on, off, out, 0, 0)
    if f.head[COLOR] and total < best:
        total += try_chroma(c, f, e, y, x, n, 0)
    return total


@lean
def try_chroma(c, f, e, y, x, n, intra):
    """Cost of what the chroma of f.pred leaves; levels in e.levels[3]."""
    h, w, n, hu, total = f.head[HEIGHT], f.head[WIDTH], n >> 1, 0, F(0)
    s, around = sizes(n), near(f.cells[CHROMA_ENERGY], y >> 2, x >> 2)
    for k in range(2):
        z = ((s * 2 + intra) * 3 + k + hu) * 8 + around
        on, off = price(c, CODED_CHROMA, z, 1), price(c, CODED_CHROMA, z, 0)
        cost, _, some = try_transform(
            c,
            f,
            e,
            h + (y >> 1),
            k * (w >> 1) + (x >> 1),
            32,
            16 * k,
            s,
            f.head[STEP],
            intra,
            1,
            around,
            on,
            off,
            e.levels[3],
            32,
            16 * k,
        )
        total += cost
        if k == 0 and some:
            hu = 1
    return total


@lean
def keep(f, e, d, n, mode, direction, v0, u0, v1, u1, tus, index, p0, p1):
    """The candidate becomes the best of its depth."""
    color, half = f.head[COLOR], n >> 1
    copy(e.levels[3], 0, 0, e.levels[d], 0, 0, n, n)
    copy(f.pred, 0, 0, e.best[d], 0, 0, n, n)
    if color:
        for k in range(2):
            copy(e.levels[3], 32, 16 * k, e.levels[d], 32, 16 * k, half, half)
            copy(f.pred, 32, 16 * k, e.best[d], 32, 16 * k, half, half)
    i = e.info[d]
    i[MODE], i[DIRECTION], i[V0], i[U0], i[V1], i[U1], i[ANGLE], i[TUS], i[INDEX], i[P0], i[P1] = (
        mode,
        direction,
        v0,
        u0,
        v1,
        u1,
        1,
        tus,
        index,
        p0,
        p1,
    )


@lean
def distance(f, e, y, x, n):
    """Squared error of f.pred: (luma, all)."""
    h, w = f.head[HEIGHT], f.head[WIDTH]
    luma = ssd(e.src, y, x, f.pred, 0, 0, n)
    total = luma
    if f.head[COLOR]:
        for k in range(2):
            total += ssd(e.src, h + (y >> 1), k * (w >> 1) + (x >> 1), f.pred, 32, 16 * k, n >> 1)
    return luma, total
