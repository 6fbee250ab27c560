"""How a block is predicted, as bits: its kind, motion that is taken over, or vectors."""

import numpy as np

from vdtext._jit import lean
from vdtext.fast.codec.coder import put, put_equal, put_number, put_three
from vdtext.fast.codec.frame import (
    DIRECTION,
    INDEX,
    INTER,
    INTER_FRAME,
    INTRA,
    LAYER,
    MERGE,
    MODE,
    P0,
    REFERENCES,
    SKIP,
    U0,
    U1,
    V0,
    V1,
    candidates,
    fill_motion,
    known_direction,
    predictors,
)
from vdtext.fast.codec.modes import (
    BOTH,
    DIFFERENCE,
    INTRA_BLOCK,
    MERGED,
    ONE,
    PREDICTOR,
    SKIPPED,
    WHICH,
    difference_context,
    modes_around,
    skipped_context,
    which_context,
)


@lean
def code_kind(c, f, gy, gx, s):
    """Is the block skipped, intra, merged, or has it vectors of its own?"""
    mode = f.grid[MODE, gy, gx]
    if not f.head[INTER_FRAME]:
        return INTRA
    left, above = modes_around(f, gy, gx)
    layer, z = f.head[LAYER], (1 if left == SKIP else 0) + (1 if above == SKIP else 0)
    first, skip = skipped_context(f, gy, gx, s, z), 1 if mode == SKIP else 0
    if put_three(c, SKIPPED, first, (left * 5 + above) * 3 + s, layer * 9 + z * 3 + s, skip):
        return SKIP
    z = (1 if left == INTRA else 0) + (1 if above == INTRA else 0)
    if put(c, INTRA_BLOCK, (z * 3 + s) * 2 + (1 if layer else 0), 1 if mode == INTRA else 0):
        return INTRA
    z = (1 if left == INTER else 0) + (1 if above == INTER else 0)
    return MERGE if put(c, MERGED, z * 3 + s, 1 if mode == MERGE else 0) else INTER


@lean
def code_vector(c, f, gy, gx, g, r):
    """The vector to reference r: which predictor, and the difference."""
    predictors(f, gy, gx, g, r)
    k = put(c, PREDICTOR, r, f.grid[P0 + r, gy, gx])
    f.grid[P0 + r, gy, gx] = k
    before = 0
    for i in range(2):
        e = f.grid[V0 + 2 * r + i, gy, gx] - f.cand[6 + k, i]
        z = put_number(c, DIFFERENCE, difference_context(f, i, before), abs(e))
        before = 0 if z == 0 else 1 if z < 3 else 2
        if z and put_equal(c, 1 if e < 0 else 0):
            z = -z
        f.grid[V0 + 2 * r + i, gy, gx] = min(max(f.cand[6 + k, i] + z, -32768), 32767)


@lean
def code_motion(c, f, gy, gx, g, s, mode):
    """Motion that is taken over, or a direction and vectors."""
    grid, cand = f.grid, f.cand
    if mode != INTER:
        count, k, want = candidates(f, gy, gx, g), 0, grid[INDEX, gy, gx]
        while k < count - 1 and put_three(
            c,
            WHICH,
            which_context(f, gy, gx, g, k, mode),
            (k * 3 + s) * 8 + count,
            k * 6 + f.head[LAYER],
            1 if want > k else 0,
        ):
            k += 1
        if c.decoding:
            fill_motion(f, gy, gx, g, cand[k, 0], cand[k, 1], cand[k, 2], cand[k, 3], cand[k, 4])
        return
    d = np.int64(grid[DIRECTION, gy, gx])
    if f.head[REFERENCES] == 2:
        left = known_direction(f, gy, gx - 1) if gx else 0
        above = known_direction(f, gy - 1, gx) if gy else 0
        if put_three(c, BOTH, (left * 4 + above) * 3 + s, f.head[LAYER] * 3 + s, left, 1 if d == 3 else 0):
            d = np.int64(3)
        else:
            d = np.int64(1) + put_three(c, ONE, left * 4 + above, f.head[LAYER], s, 1 if d == 2 else 0)
    else:
        d = np.int64(1)
    for r in range(2):
        if (d >> r) & 1:
            code_vector(c, f, gy, gx, g, r)
        elif c.decoding:
            grid[V0 + 2 * r, gy, gx], grid[U0 + 2 * r, gy, gx] = 0, 0
    if c.decoding:
        fill_motion(f, gy, gx, g, d, grid[V0, gy, gx], grid[U0, gy, gx], grid[V1, gy, gx], grid[U1, gy, gx])
