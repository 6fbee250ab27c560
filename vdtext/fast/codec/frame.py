"""What encoder and decoder know of a frame: planes, blocks, and room to work in."""

from typing import NamedTuple

import numpy as np

from vdtext._jit import lean

SKIP, MERGE, INTER, INTRA = 0, 1, 2, 3
(INTER_FRAME, REFERENCES, COLOR, STEP, LAYER, PAST, FUTURE, COL_PAST, COL_FUTURE, HEIGHT, WIDTH, LOSSLESS, FILTERED) = (
    range(13)
)
"""Numbers of a frame (in `head`): has it references, how many, is there chroma, the quantiser's step in 1/16, the layer
of the pyramid, the distance to both references and to those of the co-located frame, pixels, is it without loss, is it
filtered."""
CU, MODE, DIRECTION, V0, U0, V1, U1, ANGLE, TUS, INDEX, P0, P1 = range(12)
"""Layers of `grid`, one cell for 8 × 8 pixels."""
CODED, ENERGY, CHROMA_ENERGY = range(3)
"""Layers of `cells`, one for 4 × 4 pixels."""
PAD = 80
TOP = 5
"""log2 of the largest block."""
VIRTUAL = 4
"""Direction of a block that is copied from the virtual frame (chapter 13)."""


class Frame(NamedTuple):
    """A frame on its way.  A sheet holds luma, and below it both chroma planes side by side."""

    head: np.ndarray  # int64 (13,)
    rec: np.ndarray  # uint8 sheet: what has been decoded
    levels: np.ndarray  # int16 sheet
    grid: np.ndarray  # int32 (12, H/8, W/8): blocks
    cells: np.ndarray  # uint8 (3, H/4, W/4)
    ref0: np.ndarray  # uint8 padded sheets: references
    ref1: np.ndarray
    col: np.ndarray  # the grid of the co-located frame, or an empty one
    ints: np.ndarray  # int32 (6, 48, 48): room
    lines: np.ndarray  # int32 (3, 140): room
    cand: np.ndarray  # int64 (8, 5): candidates of motion, and in the last two rows predictors of a vector
    pred: np.ndarray  # uint8 (48, 32): the sheet of a block
    wide: np.ndarray  # uint8 (H + 4, W + 4): room
    virtual: np.ndarray  # uint8 sheet: the frame that is likely between both references, or an empty one
    field: np.ndarray  # int32 (2, H/8, W/8): its motion to the first reference; that to the second is the opposite
    doubts: np.ndarray  # uint8 (H/8, W/8): how unlike each other the references are along it, 0 to 7


def new_frame(head, ref0, ref1, col, between=None):
    """A frame of which nothing is known yet.

    Parameters
    ----------
    head : ndarray, shape (13,), int64
        Its numbers.
    ref0, ref1 : ndarray, uint8
        References, as :func:`padded` makes them; empty if there are none.
    col : ndarray, shape (12, H/8, W/8), int32
        The grid of the co-located frame, or an empty one.
    between : tuple of ndarray, optional
        What :func:`vdtext.fast.codec.between.virtual_frame` returns, if there is a virtual frame.

    Returns
    -------
    Frame

    Examples
    --------
    >>> head, none = np.array([0, 0, 1, 16, 0, 1, 1, 1, 1, 16, 24, 0, 0]), np.zeros((0, 0), np.uint8)
    >>> new_frame(head, none, none, np.zeros((12, 0, 0), np.int32)).rec.shape
    (24, 24)
    """
    h, w = int(head[HEIGHT]), int(head[WIDTH])
    rows = h * 3 // 2 if head[COLOR] else h
    planes = np.zeros((rows, w), np.uint8), np.zeros((rows, w), np.int16)
    blocks = np.zeros((12, h // 8, w // 8), np.int32), np.zeros((3, h // 4, w // 4), np.uint8)
    room = np.zeros((6, 48, 48), np.int32), np.zeros((3, 140), np.int32)
    room += np.zeros((8, 5), np.int64), np.zeros((48, 32), np.uint8), np.zeros((h + 4, w + 4), np.uint8)
    if between is None:
        between = np.zeros((0, 0), np.uint8), np.zeros((2, 0, 0), np.int32), np.zeros((0, 0), np.uint8)
    return Frame(head, *planes, *blocks, ref0, ref1, col, *room, *between)


def padded(sheet, h, w):
    """A reference: luma with 80 pixels around it, chroma with 40.

    Parameters
    ----------
    sheet : ndarray, shape (H, W) or (3H/2, W), uint8
    h, w : int
        Pixels of luma.

    Returns
    -------
    ndarray, shape (H + 160, W + 160), or with H/2 + 80 rows more, uint8

    Examples
    --------
    >>> padded(np.zeros((24, 8), np.uint8), 16, 8).shape
    (264, 168)
    """
    luma = np.pad(sheet[:h], PAD, mode="edge")
    if len(sheet) == h:
        return luma
    chroma = [np.pad(sheet[h:, k * (w // 2) : (k + 1) * (w // 2)], PAD // 2, mode="edge") for k in range(2)]
    return np.concatenate([luma, np.concatenate(chroma, axis=1)])


@lean
def scaled(v, d, e):
    """The vector v, found over the distance e, over the distance d."""
    if d == e or e == 0:
        return v
    if e < 0:
        d, e = -d, -e
    return (2 * v * d + e) // (2 * e)


@lean
def _add(cand, count, d, v0, u0, v1, u1):
    """Append a candidate that is not there yet."""
    for k in range(count):
        same0 = d == 2 or (cand[k, 1] == v0 and cand[k, 2] == u0)
        if cand[k, 0] == d and same0 and (d == 1 or (cand[k, 3] == v1 and cand[k, 4] == u1)):
            return count
    cand[count, 0], cand[count, 1], cand[count, 2], cand[count, 3], cand[count, 4] = d, v0, u0, v1, u1
    return count + 1


@lean
def _neighbour(f, gy, gx, g, k):
    """Cell of the k-th neighbour of a block that has been coded with motion, or (-1, -1)."""
    if k == 0:
        y, x = gy + g - 1, gx - 1
    elif k == 1:
        y, x = gy - 1, gx + g - 1
    elif k == 2:
        y, x = gy - 1, gx + g
    elif k == 3:
        y, x = gy + g, gx - 1
    else:
        y, x = gy - 1, gx - 1
    grid = f.grid
    if y < 0 or x < 0 or y >= grid.shape[1] or x >= grid.shape[2]:
        return -1, -1
    if f.cells[CODED, 2 * y, 2 * x] == 0 or grid[DIRECTION, y, x] == 0:
        return -1, -1
    return y, x


@lean
def _colocated(f, gy, gx, g):
    """Motion at the same place of the co-located frame: (v, u, distance), distance 0 if there is none."""
    if f.col.size:
        y, x = min(gy + (g >> 1), f.col.shape[1] - 1), min(gx + (g >> 1), f.col.shape[2] - 1)
        d = f.col[DIRECTION, y, x]
        if d & 1:
            return np.int64(f.col[V0, y, x]), np.int64(f.col[U0, y, x]), f.head[COL_PAST]
        if d:
            return np.int64(f.col[V1, y, x]), np.int64(f.col[U1, y, x]), f.head[COL_FUTURE]
    return np.int64(0), np.int64(0), np.int64(0)


@lean
def known_direction(f, y, x):
    """Direction of a cell, as chapter 10 knows it: the virtual frame is both references."""
    return min(np.int64(f.grid[DIRECTION, y, x]), 3)


@lean
def doubt(f, gy, gx, g):
    """1 and the largest doubt in a block of g × g cells, where there is a virtual frame; else 0."""
    k = -1
    for i in range(gy, min(gy + g, f.doubts.shape[0])):
        for j in range(gx, min(gx + g, f.doubts.shape[1])):
            k = max(k, np.int64(f.doubts[i, j]))
    return k + 1


@lean
def candidates(f, gy, gx, g):
    """Motion that the block at cell (gy, gx) of g × g cells may take over → how many, at most five, in f.cand.

    The first is the virtual frame, if there is one; neighbours that were copied from it lend their vectors.
    """
    cand, grid, h, count = f.cand, f.grid, f.head, 0
    two, d0, d1 = h[REFERENCES] == 2, h[PAST], h[FUTURE]
    if f.field.size:
        y, x = gy + (g >> 1), gx + (g >> 1)
        v, u = np.int64(f.field[0, y, x]), np.int64(f.field[1, y, x])
        count = _add(cand, count, VIRTUAL, v, u, -v, -u)
    for k in range(5):
        y, x = _neighbour(f, gy, gx, g, k)
        if y >= 0 and count < 4:
            d = known_direction(f, y, x)
            count = _add(cand, count, d, grid[V0, y, x], grid[U0, y, x], grid[V1, y, x], grid[U1, y, x])
    v, u, e = _colocated(f, gy, gx, g)
    if e:
        if two:
            count = _add(cand, count, 3, scaled(v, d0, e), scaled(u, d0, e), scaled(v, d1, e), scaled(u, d1, e))
        else:
            count = _add(cand, count, 1, scaled(v, d0, e), scaled(u, d0, e), 0, 0)
    if two:
        n = count
        for i in range(n):
            for j in range(n):
                if count < 5 and i != j and cand[i, 0] & 1 and cand[j, 0] & 2:
                    count = _add(cand, count, 3, cand[i, 1], cand[i, 2], cand[j, 3], cand[j, 4])
        for d in (3, 1, 2):
            if count < 5:
                count = _add(cand, count, d, 0, 0, 0, 0)
    elif count < 5:
        count = _add(cand, count, 1, 0, 0, 0, 0)
    return count


@lean
def predictors(f, gy, gx, g, r):
    """Two predictors of the vector to reference r, in the last rows of f.cand."""
    grid, out, count = f.grid, f.cand, 6
    out[6:8] = 0
    own, other = (f.head[PAST], f.head[FUTURE]) if r == 0 else (f.head[FUTURE], f.head[PAST])
    for k in range(6):
        if k < 5:
            y, x = _neighbour(f, gy, gx, g, k)
            if y < 0:
                continue
            if (grid[DIRECTION, y, x] >> r) & 1:
                v, u = np.int64(grid[V0 + 2 * r, y, x]), np.int64(grid[U0 + 2 * r, y, x])
            else:
                v = scaled(np.int64(grid[V1 - 2 * r, y, x]), own, other)
                u = scaled(np.int64(grid[U1 - 2 * r, y, x]), own, other)
        else:
            v, u, e = _colocated(f, gy, gx, g)
            if e == 0:
                return
            v, u = scaled(v, own, e), scaled(u, own, e)
        if count == 7 and out[6, 0] == v and out[6, 1] == u:
            continue
        out[count, 0], out[count, 1] = v, u
        count += 1
        if count == 8:
            return


@lean
def fill_motion(f, gy, gx, g, d, v0, u0, v1, u1):
    """All cells of a block get its motion."""
    for i in range(gy, gy + g):
        for j in range(gx, gx + g):
            f.grid[DIRECTION, i, j] = d
            f.grid[V0, i, j], f.grid[U0, i, j], f.grid[V1, i, j], f.grid[U1, i, j] = v0, u0, v1, u1


@lean
def fill(layer, y, x, n, value):
    """n × n cells of a layer get a value."""
    for i in range(y, y + n):
        for j in range(x, x + n):
            layer[i, j] = value


@lean
def mark(f, y, x, n, value):
    """Note that n × n pixels, as far as there are so many, have been coded or not."""
    coded = f.cells[CODED]
    for i in range(y >> 2, min((y + n) >> 2, coded.shape[0])):
        for j in range(x >> 2, min((x + n) >> 2, coded.shape[1])):
            coded[i, j] = value


@lean
def near(layer, y, x):
    """Grade of the levels to the left of and above a cell, 0 to 7."""
    a = np.int64(layer[y, x - 1]) if x else 0
    b = np.int64(layer[y - 1, x]) if y else 0
    return (a + b + 1) >> 1


@lean
def note(layer, y, x, q, qy, qx, n, cells):
    """Remember the grade of the n × n levels q at (qy, qx), in `cells` × `cells` cells of the layer."""
    s = 0
    for i in range(qy, qy + n):
        for j in range(qx, qx + n):
            s += abs(np.int64(q[i, j]))
    k, s = 0, s * 64 // (n * n)
    while s >> k and k < 7:
        k += 1
    fill(layer, y, x, cells, k)


@lean
def sizes(n):
    """log2(n) − 2."""
    return 0 if n == 4 else 1 if n == 8 else 2 if n == 16 else 3


@lean
def place(p, y, x, n, pred, py, px, res, add):
    """Prediction, plus residual where `add`, into a plane."""
    for i in range(n):
        o, r, e = p[y + i, x : x + n], pred[py + i, px : px + n], res[i, :n]
        if add:
            for j in range(o.size):
                o[j] = min(max(np.int32(r[j]) + e[j], 0), 255)
        else:
            for j in range(o.size):
                o[j] = r[j]
