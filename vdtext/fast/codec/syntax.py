"""A frame as bits: blocks, how they are predicted, and their levels.  Encoder and decoder are the same functions."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import put, put_three
from vdtext.fast.codec.filtering import filter_frame
from vdtext.fast.codec.frame import (
    ANGLE,
    CHROMA_ENERGY,
    COLOR,
    CU,
    DIRECTION,
    ENERGY,
    FILTERED,
    HEIGHT,
    INTRA,
    LAYER,
    LOSSLESS,
    MODE,
    SKIP,
    STEP,
    TOP,
    TUS,
    U0,
    U1,
    V0,
    V1,
    WIDTH,
    fill,
    fill_motion,
    mark,
    near,
    note,
    place,
    sizes,
)
from vdtext.fast.codec.inter import compensate
from vdtext.fast.codec.intra import borders, predict
from vdtext.fast.codec.levels import code_levels
from vdtext.fast.codec.modes import (
    CODED_CHROMA,
    CODED_LUMA,
    SPLIT,
    TRANSFORMS,
    code_mode,
    modes_around,
    smaller,
    split_context,
    transforms_context,
)
from vdtext.fast.codec.motion import code_kind, code_motion
from vdtext.fast.codec.transform import bypass, inverse
from vdtext.fast.entropy.binary import overrun

F = np.float32


@lean
def any_level(q, y, x, n):
    """1 if one of n × n levels is not zero."""
    for i in range(y, y + n):
        for j in range(x, x + n):
            if q[i, j]:
                return 1
    return 0


@lean
def restore(f, q, y, x, s):
    """The residual of the levels q at (y, x), into f.ints[4]; 1 if there is one."""
    if f.head[LOSSLESS]:
        return bypass(q, y, x, s, f.ints[4])
    return inverse(q, y, x, s, f.head[STEP], f.ints[1], f.ints[4])


@lean
def code_luma(c, f, y, x, n, intra):
    """Transforms, whole or in four, and their levels; the decoder puts the block together."""
    gy, gx, s, h, w = y >> 3, x >> 3, sizes(n), f.head[HEIGHT], f.head[WIDTH]
    tus = np.int64(0)
    if intra:
        tus = put(c, TRANSFORMS, transforms_context(f, gy, gx, s), np.int64(f.grid[TUS, gy, gx]))
    fill(f.grid[TUS], gy, gx, n >> 3, tus)
    m, s, energy = n >> tus, s - tus, f.cells[ENERGY]
    for k in range(4 if tus else 1):
        dy, dx = m * (k >> 1), m * (k & 1)
        yy, xx = y + dy, x + dx
        if c.decoding and intra:
            borders(f, 0, 0, h, w, yy, xx, m, 4)
            predict(f, f.grid[ANGLE, gy, gx], m, f.pred, dy, dx)
        e = near(energy, yy >> 2, xx >> 2)
        left = np.int64(energy[yy >> 2, (xx >> 2) - 1]) if xx else 0
        above = np.int64(energy[(yy >> 2) - 1, xx >> 2]) if yy else 0
        has = 0 if c.decoding else any_level(f.levels, yy, xx, m)
        third = (f.grid[MODE, gy, gx] * 6 + f.head[LAYER]) * 4 + s
        has = put_three(
            c, CODED_LUMA, ((s * 2 + intra) * 2 + tus) * 8 + e, (s * 2 + intra) * 64 + left * 8 + above, third, has
        )
        if has:
            code_levels(c, f, yy, xx, s, intra, 0, e, 0)
        note(energy, yy >> 2, xx >> 2, f.levels, yy, xx, m, m >> 2)
        if c.decoding:
            if has:
                restore(f, f.levels, yy, xx, s)
            place(f.rec, yy, xx, m, f.pred, dy, dx, f.ints[4], has)
            mark(f, yy, xx, m, 1)


@lean
def code_chroma(c, f, y, x, n, intra):
    """The levels of both chroma blocks; the decoder puts them together."""
    gy, gx, n, h, w = y >> 3, x >> 3, n >> 1, f.head[HEIGHT], f.head[WIDTH]
    s, hu, energy = sizes(n), 0, f.cells[CHROMA_ENERGY]
    e, luma = near(energy, y >> 2, x >> 2), np.int64(f.cells[ENERGY, y >> 2, x >> 2])
    for k in range(2):
        left = k * (w >> 1)
        yy, xx = h + (y >> 1), left + (x >> 1)
        if c.decoding and intra:
            borders(f, h, left, h >> 1, w >> 1, y >> 1, x >> 1, n, 2)
            predict(f, f.grid[ANGLE, gy, gx], n, f.pred, 32, 16 * k)
        has = 0 if c.decoding else any_level(f.levels, yy, xx, n)
        third = (f.grid[MODE, gy, gx] * 6 + f.head[LAYER]) * 3 + k + hu
        has = put_three(c, CODED_CHROMA, ((s * 2 + intra) * 3 + k + hu) * 8 + e, (k + hu) * 8 + luma, third, has)
        if has:
            code_levels(c, f, yy, xx, s, intra, 1, e, k * (w >> 1))
        if k == 0:
            hu = has
            note(energy, y >> 2, x >> 2, f.levels, yy, xx, n, n >> 1)
        if c.decoding:
            if has:
                restore(f, f.levels, yy, xx, s)
            place(f.rec, yy, xx, n, f.pred, 32, 16 * k, f.ints[4], has)


@lean
def code_block(c, f, y, x, s):
    """A block of 2^s pixels that is not split."""
    n, gy, gx, g, grid, h, w = 1 << s, y >> 3, x >> 3, 1 << (s - 3), f.grid, f.head[HEIGHT], f.head[WIDTH]
    fill(grid[CU], gy, gx, g, s)
    mode = np.int64(code_kind(c, f, gy, gx, s - 3))
    fill(grid[MODE], gy, gx, g, mode)
    if mode == INTRA:
        if c.decoding:
            fill_motion(f, gy, gx, g, 0, 0, 0, 0, 0)
        fill(grid[ANGLE], gy, gx, g, code_mode(c, f, gy, gx, np.int64(grid[ANGLE, gy, gx])))
    else:
        code_motion(c, f, gy, gx, g, s - 3, mode)
        if c.decoding:
            compensate(
                f,
                y,
                x,
                n,
                np.int64(grid[DIRECTION, gy, gx]),
                np.int64(grid[V0, gy, gx]),
                np.int64(grid[U0, gy, gx]),
                np.int64(grid[V1, gy, gx]),
                np.int64(grid[U1, gy, gx]),
            )
    if mode == SKIP:
        fill(f.cells[ENERGY], y >> 2, x >> 2, n >> 2, 0)
        fill(f.cells[CHROMA_ENERGY], y >> 2, x >> 2, n >> 2, 0)
        fill(grid[TUS], gy, gx, g, 0)
        if c.decoding:
            place(f.rec, y, x, n, f.pred, 0, 0, f.ints[4], 0)
            if f.head[COLOR]:
                for k in range(2):
                    place(f.rec, h + (y >> 1), k * (w >> 1) + (x >> 1), n >> 1, f.pred, 32, 16 * k, f.ints[4], 0)
    else:
        code_luma(c, f, y, x, n, 1 if mode == INTRA else 0)
        if f.head[COLOR]:
            code_chroma(c, f, y, x, n, 1 if mode == INTRA else 0)
    mark(f, y, x, n, 1)


@lean
def code_split(c, f, y, x, s):
    """Is the block of 2^s pixels split?  One that crosses the border of the frame is."""
    n, gy, gx = 1 << s, y >> 3, x >> 3
    if s == 3 or y + n > f.head[HEIGHT] or x + n > f.head[WIDTH]:
        return 1 if s > 3 else 0
    k, layer = smaller(f, gy, gx, s) * 3 + s - 3, f.head[LAYER]
    left, above = modes_around(f, gy, gx)
    first, split = split_context(f, gy, gx, s), 1 if f.grid[CU, gy, gx] < s else 0
    return put_three(c, SPLIT, first, (left * 5 + above) * 3 + s - 3, layer * 9 + k, split)


@lean
def corner(k):
    """Row and column, in blocks of 8 × 8, of the k-th of the 16 in the largest block."""
    return (k >> 3 & 1) * 2 + (k >> 1 & 1), (k >> 2 & 1) * 2 + (k & 1)


@lean
def code_largest(c, f, y, x):
    """The block of 32 × 32 pixels at (y, x), as a tree of blocks, in the order of a Z."""
    k = 0
    while k < 16:
        i, j = corner(k)
        yy, xx, s = y + 8 * i, x + 8 * j, TOP if k == 0 else TOP - 1 if k & 3 == 0 else 3
        if yy >= f.head[HEIGHT] or xx >= f.head[WIDTH]:
            k += 4 if k & 3 == 0 else 1
            continue
        while code_split(c, f, yy, xx, s):
            s -= 1
        code_block(c, f, yy, xx, s)
        k += 1 << (2 * (s - 3))


@lean
def decode_frame(c, f):
    """Read a frame.

    Parameters
    ----------
    c : Coder
        Of a decoder.
    f : Frame
        Its `rec`, `grid` and `cells` are written.

    Returns
    -------
    bool
        False if the bytes ended before the frame did.

    Examples
    --------
    >>> import numpy as np
    >>> from vdtext.fast.codec import new_coder, new_frame
    >>> head, none = np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 8, 8, 0, 0]), np.zeros((0, 0), np.uint8)
    >>> frame = new_frame(head, none, none, np.zeros((12, 0, 0), np.int32))
    >>> _ = decode_frame(new_coder(True, np.zeros(99, np.uint8)), frame)  # nobody wrote this, and yet it ends
    >>> frame.rec.shape
    (8, 8)
    """
    for y in range(0, f.head[HEIGHT], 1 << TOP):
        for x in range(0, f.head[WIDTH], 1 << TOP):
            code_largest(c, f, y, x)
        if overrun(c.state, c.data):
            return False
    if f.head[FILTERED]:
        filter_frame(c, f, f.rec, F(0))
    return not overrun(c.state, c.data)
