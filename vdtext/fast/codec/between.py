"""The frame that is likely between two others (chapter 13): a decoder finds its motion as an encoder does.

What is at p in the middle is at p + v in the past, and at p − v in the future.  The field v, a vector for each cell of
8 × 8 pixels, is found from coarse to fine, in integers, and costs no bits.
"""

import numpy as np

from vdtext._jit import lean
from vdtext._progress import compiling
from vdtext.fast.codec.frame import PAD
from vdtext.fast.codec.inter import _chroma, bound
from vdtext.fast.motion.lanes import sad16

LEVELS, LEAST, REACH, SMOOTH = 4, 16, 6, 48
"""Of the pyramid, and the least side of one; how far the coarsest searches, in its pixels; what roughness costs."""
WINDOW = np.array([1, 3, 5, 7, 9, 11, 13, 15, 15, 13, 11, 9, 7, 5, 3, 1], np.int32)
"""16 times the weight of a cell's motion, along a row or a column of 16 pixels around it."""
SMALL = np.array([1, 3, 5, 7, 7, 5, 3, 1], np.int32)
"""8 times the same for chroma."""


@lean
def halve(a, out):
    """Means of 2 × 2 pixels."""
    for i in range(out.shape[0]):
        r, s, o = a[2 * i], a[2 * i + 1], out[i]
        for j in range(o.size):
            o[j] = (np.int32(r[2 * j]) + r[2 * j + 1] + s[2 * j] + s[2 * j + 1] + 2) >> 2


@lean
def cost(a, b, field, pad, i, j, v, u):
    """SAD of 16 × 16 pixels around a cell in both moved planes, and how far the vector is from four neighbours'.

    `a` and `b` are planes of phases, or one plane of whole pixels; −1 where a window leaves them.
    """
    s = 0 if a.shape[0] == 1 else 2
    y, x, m, n, mask = 8 * i - 4 + pad, 8 * j - 4 + pad, (abs(v) >> s) + 1, (abs(u) >> s) + 1, a.shape[0] - 1
    if y < m or x < n or y + 16 + m > a.shape[2] or x + 16 + n > a.shape[3]:
        return np.int64(-1)
    p, q, total, rough = a[v & mask, u & mask], b[-v & mask, -u & mask], np.int64(0), np.int64(0)
    for k in range(16):
        total += sad16(p, y + k + (v >> s), x + (u >> s), q, y + k + (-v >> s), x + (-u >> s))
    for k in range(4):
        c, d = i + (k == 0) - (k == 1), j + (k == 2) - (k == 3)
        if 0 <= c < field.shape[1] and 0 <= d < field.shape[2]:
            rough += abs(v - field[0, c, d]) + abs(u - field[1, c, d])
    return total + (SMOOTH * rough >> s)


@lean
def refine(a, b, pad, field, reach):
    """Two sweeps over a field, there and back: a cell tries the vectors around it, then smaller and smaller steps."""
    rows, columns = field.shape[1], field.shape[2]
    for turn in range(2 * rows * columns):
        k = min(turn, 2 * rows * columns - 1 - turn)
        i, j = k // columns, k % columns
        v, u = np.int64(field[0, i, j]), np.int64(field[1, i, j])
        least = cost(a, b, field, pad, i, j, v, u)
        if least < 0:
            v, u = np.int64(0), np.int64(0)
            least = cost(a, b, field, pad, i, j, v, u)
        for c in range(9 if reach == 0 else (2 * reach + 1) ** 2):
            if reach:
                p, q = a.shape[0] * (c // (2 * reach + 1) - reach), a.shape[0] * (c % (2 * reach + 1) - reach)
            else:
                y, x = i + c // 3 - 1, j + c % 3 - 1
                if y < 0 or x < 0 or y >= rows or x >= columns:
                    continue
                p, q = (np.int64(field[0, y, x]), np.int64(field[1, y, x])) if c != 4 else (np.int64(0), np.int64(0))
            if p != v or q != u:
                other = cost(a, b, field, pad, i, j, p, q)
                if 0 <= other < least:
                    least, v, u = other, p, q
        step = a.shape[0]
        while step:
            for _ in range(8):
                y, x = v, u
                for c in range(4):
                    p, q = y + step * ((c == 0) - (c == 1)), x + step * ((c == 2) - (c == 3))
                    other = cost(a, b, field, pad, i, j, p, q)
                    if 0 <= other < least:
                        least, v, u = other, p, q
                if v == y and u == x:
                    break
            step >>= 1
        field[0, i, j], field[1, i, j] = v, u


def motion(past, future, h, w):
    """The field between two frames, given by planes of phases, in quarter pixels: shape (2, H/8, W/8)."""
    pyramid = [(past, future)]
    while len(pyramid) < LEVELS and min(h, w) >> len(pyramid) >= LEAST:
        halves = [np.empty((1, 1, plane.shape[2] // 2, plane.shape[3] // 2), np.uint8) for plane in pyramid[-1]]
        for plane, half in zip(pyramid[-1], halves, strict=True):
            halve(plane[0, 0], half[0, 0])
        pyramid.append(halves)
    last = len(pyramid) - 1
    field = np.zeros((2, -(-h >> last + 3), -(-w >> last + 3)), np.int32)
    for k in range(last, -1, -1):
        if k < last:
            rows, columns = -(-h >> k + 3), -(-w >> k + 3)
            field = field.repeat(2, 1).repeat(2, 2)[:, :rows, :columns] * (2 if k else 8)
        with compiling(refine, "the motion between two frames"):
            refine(*pyramid[k], PAD >> k, field, REACH if k == last else 0)
    return field


@lean
def move(planes, field, sign, sums, out):
    """The luma of a reference, moved by sign · v: every pixel is the mean of what four cells around it take it for."""
    h, w = out.shape
    sums[:h] = 0
    for i in range(-1, field.shape[1] + 1):
        for j in range(-1, field.shape[2] + 1):
            y, x, v, u = vector(field, sign, i, j, h, w)
            plane, left, right = planes[v & 3, u & 3], max(0, -x), min(16, w - x)
            top, start = y + PAD + (v >> 2), x + PAD + (u >> 2)
            for k in range(max(0, -y), min(16, h - y)):
                r, o, t = (
                    plane[top + k, start + left : start + right],
                    sums[y + k, x + left : x + right],
                    WINDOW[left:right],
                )
                for m in range(o.size):
                    o[m] += WINDOW[k] * t[m] * np.int32(r[m])
    for i in range(h):
        s, o = sums[i], out[i]
        for j in range(o.size):
            o[j] = (s[j] + 128) >> 8


@lean
def vector(field, sign, i, j, h, w):
    """Corner (y, x) of the window of the cell at (i, j), and its vector (v, u), kept near the frame."""
    y, x = 8 * i - 4, 8 * j - 4
    i, j = min(max(i, 0), field.shape[1] - 1), min(max(j, 0), field.shape[2] - 1)
    return y, x, bound(sign * np.int64(field[0, i, j]), y, 16, h), bound(sign * np.int64(field[1, i, j]), x, 16, w)


@lean
def move_chroma(ref, field, sign, h, w, room, sums, out):
    """The same for both planes of its chroma."""
    sums[h:] = 0
    for i in range(-1, field.shape[1] + 1):
        for j in range(-1, field.shape[2] + 1):
            y, x, v, u = vector(field, sign, i, j, h, w)
            left, right, top = max(0, -x // 2), min(8, (w - x) // 2), h + (y >> 1)
            for k in range(2):
                start = k * ((w >> 1) + PAD) + (x >> 1) + PAD // 2
                _chroma(ref, top + 2 * PAD + PAD // 2, start, v, u, 8, room[0], room[1])
                start = k * (w >> 1) + (x >> 1)
                for m in range(max(0, -y // 2), min(8, (h - y) // 2)):
                    r, o = room[1, m, left:right], sums[top + m, start + left : start + right]
                    for n in range(o.size):
                        o[n] += SMALL[m] * SMALL[left + n] * min(max((r[n] + 32) >> 6, 0), 255)
    for i in range(h, len(out)):
        s, o = sums[i], out[i]
        for j in range(o.size):
            o[j] = (s[j] + 32) >> 6


@lean
def grades(a, b, step, out):
    """How unlike each other two planes are in each cell, measured by the quantiser's step: 0 to 7, two an octave."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            s, k = np.int64(0), 0
            for y in range(8 * i, 8 * i + 8):
                r, q = a[y, 8 * j : 8 * j + 8], b[y, 8 * j : 8 * j + 8]
                for x in range(r.size):
                    s += abs(np.int32(r[x]) - np.int32(q[x]))
            s = (16 * s // step) ** 2 >> 6
            while s >> k and k < 7:
                k += 1
            out[i, j] = k


def virtual_frame(references, phases, size, color, step):
    """The frame that is likely between two others, its field of motion, and where it is not to be trusted.

    (a(p + v) + b(p − v) + 1) >> 1

    Parameters
    ----------
    references : pair of ndarray, uint8
        Sheets of the past and the future, as :func:`vdtext.fast.codec.frame.padded` makes them.
    phases : pair of ndarray, shape (4, 4, H + 160, W + 160), uint8
        Of their luma, as :func:`vdtext.fast.motion.planes.phases` makes them.
    size : tuple of int
        (H, W), multiples of 8.
    color : bool
        Whether the sheets have chroma.
    step : int
        Of the quantiser, in 1/16 grey value.

    Returns
    -------
    sheet : ndarray, shape (H, W) or (3H/2, W), uint8
    field : ndarray, shape (2, H/8, W/8), int32
        v, in quarter pixels.
    doubt : ndarray, shape (H/8, W/8), uint8
        How unlike each other a(p + v) and b(p − v) are in each cell of 8 × 8 pixels, 0 to 7.

    References
    ----------
    Klomp, Munderloh, Ostermann, Decoder-side motion estimation assuming temporally or spatially constant motion, ISRN
    Signal Processing (2011), doi:10.5402/2011/956372.

    Examples
    --------
    >>> from vdtext.fast.codec import padded, phases
    >>> ramp = np.add.outer(3 * np.arange(32), 5 * np.arange(32)).astype(np.uint8)
    >>> pair = ramp[:24, :24], ramp[:24, :24] + np.uint8(6)  # it moved up by two rows, or to the left by 6/5 columns
    >>> found = virtual_frame([padded(a, 24, 24) for a in pair], [phases(a, 80) for a in pair], (24, 24), False, 16)
    >>> [a.shape for a in found]
    [(24, 24), (2, 3, 3), (3, 3)]
    """
    h, w = size
    field, room = motion(*phases, h, w), np.zeros((2, 48, 48), np.int32)
    sheets = np.empty((2, h * 3 // 2 if color else h, w), np.uint8)
    sums = np.empty(sheets.shape[1:], np.int32)
    for sign, planes, reference, out in zip((1, -1), phases, references, sheets, strict=True):
        move(planes, field, sign, sums, out[:h])
        if color:
            move_chroma(reference, field, sign, h, w, room, sums, out)
    doubt = np.empty((h // 8, w // 8), np.uint8)
    grades(*sheets, step, doubt)
    return ((sheets[0].astype(np.uint16) + sheets[1] + 1) >> 1).astype(np.uint8), field, doubt
