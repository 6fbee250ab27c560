"""The tree of stored pixels, compiled (chapter 8): which pixels are stored, and their coder.

The coarsest lattice, every 2ᴸ-th pixel of every 2ᴸ-th row, is stored.  Then, for s = 2ᴸ … 2, come the centres of the
squares of side s (phase 0; parents: their four corners) and the middles of their sides (phase 1; parents: two corners
and two centres).  A pixel may be stored only if one of its parents is: that is the tree.  For every such pixel one
decision is coded, and if it is stored, its difference from the mean of its parents in steps of the quantiser.  A pixel
that is not stored has that mean until the picture is diffused.

Values are integers, in units of 1/16.  Encoder and decoder are one function.  All of it is integer arithmetic.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.entropy.binary import decode_equal, encode_equal, overrun
from vdtext.fast.entropy.mixing import decode_mixed, encode_mixed

__all__ = ["HINTS", "ROWS", "SETS", "SLOTS", "chosen", "code", "parents", "quantise", "surplus"]

SLOTS, SIZE = 8, 4096
"""Contexts of a bit, and numbers of each."""
ROWS = 3 * SLOTS * SIZE
"""Estimators: decisions, magnitudes, signs."""
LEVELS, MAGNITUDES, HINTS = 12, 10, 16
SETS = LEVELS * 12 + MAGNITUDES * 12 + LEVELS
"""Sets of weights."""
LIMIT = 16 * 512
"""No value is larger, or smaller than its negative."""
ESCAPE, REST = 40, 15
"""Magnitudes are unary up to 40; of what is above, 15 bits follow."""
GRADE = np.array([0, 1, 2, 3, *[4] * 2, *[5] * 3, *[6] * 4, *[7] * 6, *[8] * 10, *[9] * 16, *[10] * 30, 11], np.int64)


@njit
def _grade(value):
    """A coarse logarithm, 0 to 11."""
    return GRADE[min(value, GRADE.size - 1)]


@njit
def _sign(value):
    return 1 if value > 0 else -1 if value < 0 else 0


@njit
def parents(values, y, x, k, phase):
    """Number, sum, least and greatest of the values around a pixel of the lattice.

    Parameters
    ----------
    values : ndarray, shape (H, W), integers
    y, x : int
        The pixel.
    k : int
        Half the side of its square.
    phase : int
        0 the centre of a square, 1 the middle of a side.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> parents(np.arange(9).reshape(3, 3), 1, 1, 1, 0), parents(np.arange(9).reshape(3, 3), 0, 1, 1, 1)
    ((4, 16, 0, 8), (3, 6, 0, 4))
    """
    h, w = values.shape
    count, total, least, most = 0, 0, 1 << 40, -(1 << 40)
    for t in range(4):
        if phase == 0:
            i, j = y + (k if t & 1 else -k), x + (k if t & 2 else -k)
        elif t < 2:
            i, j = y, x + (k if t else -k)
        else:
            i, j = y + (k if t == 3 else -k), x
        if 0 <= i < h and 0 <= j < w:
            value = np.int64(values[i, j])
            count, total, least, most = count + 1, total + value, min(least, value), max(most, value)
    return count, total, least, most


@njit
def surplus(picture, coarse, keep):
    """By how much each pixel differs from the mean of its parents.

    Parameters
    ----------
    picture : ndarray, shape (H, W), integers
    coarse : int
        L: the coarsest lattice has every 2ᴸ-th pixel; its surplus is 0.
    keep : ndarray, shape (2·L,), int64
        For stage 0, 1, …: how much of the mean of the parents is the guess, in 1/256.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> surplus(np.array([[0, 5, 4]]), 1, np.full(2, 256)).tolist()
    [[0.0, 3.0, 0.0]]
    """
    h, w = picture.shape
    out = np.zeros((h, w))
    for level in range(coarse, 0, -1):
        s = 1 << level
        k = s >> 1
        for phase in range(2):
            for y in range(k if phase == 0 else 0, h, s if phase == 0 else k):
                for x in range(k if phase == 0 or (y // k) % 2 == 0 else 0, w, s):
                    count, total, _, _ = parents(picture, y, x, k, phase)
                    out[y, x] = picture[y, x] - total / max(count, 1) * keep[2 * level - 1 - phase] / 256
    return out


@njit
def chosen(importance, coarse, threshold):
    """The smallest tree that has every pixel whose importance is above a threshold.

    Parameters
    ----------
    importance : ndarray, shape (H, W), float64
    coarse : int
        L.
    threshold : float

    Returns
    -------
    ndarray, shape (H, W), uint8
        1 where a pixel is stored.

    Examples
    --------
    >>> chosen(np.array([[0.0, 0, 0, 0, 0, 0, 9.0, 0, 0]]), 3, 1.0).tolist()
    [[1, 0, 0, 0, 0, 0, 1, 0, 1]]
    """
    h, w = importance.shape
    mask = (importance > threshold).astype(np.uint8)
    mask[:: 1 << coarse, :: 1 << coarse] = 1
    for level in range(1, coarse + 1):
        s = 1 << level
        k = s >> 1
        for phase in range(1, -1, -1):
            for y in range(k if phase == 0 else 0, h, s if phase == 0 else k):
                for x in range(k if phase == 0 or (y // k) % 2 == 0 else 0, w, s):
                    if not mask[y, x]:
                        continue
                    best, bi, bj, found = -1.0, -1, -1, False
                    for t in range(4):
                        if phase == 0:
                            i, j = y + (k if t & 1 else -k), x + (k if t & 2 else -k)
                        elif t < 2:
                            i, j = y, x + (k if t else -k)
                        else:
                            i, j = y + (k if t == 3 else -k), x
                        if 0 <= i < h and 0 <= j < w:
                            found = found or mask[i, j] > 0
                            if importance[i, j] > best:
                                best, bi, bj = importance[i, j], i, j
                    if not found and bi >= 0:
                        mask[bi, bj] = 1
    return mask


@njit
def _bit(encoding, state, stream, model, weights, choice, context, bit):
    """Code or read a bit."""
    if encoding:
        encode_mixed(state, stream, model, weights, choice, context, bit)
        return bit
    return decode_mixed(state, stream, model, weights, choice, context)


@njit
def _difference(encoding, state, stream, model, weights, context, r, where, signs):
    """Code or read a quantised difference: its magnitude in unary, and its sign."""
    level, spread, bend, side, above, beside, hint = where
    m, k = abs(r), 0
    while True:
        n = min(k, MAGNITUDES - 1)
        base = SLOTS * SIZE
        context[0] = base + level * MAGNITUDES + n
        context[1] = base + SIZE + (spread * MAGNITUDES + n) * 8 + above
        context[2] = base + 2 * SIZE + (bend * MAGNITUDES + n) * 8 + beside
        context[3] = base + 3 * SIZE + (above * MAGNITUDES + n) * 8 + beside
        context[4] = base + 4 * SIZE + (level * MAGNITUDES + n) * 12 + spread
        context[5] = base + 5 * SIZE + (spread * 12 + bend) * MAGNITUDES + n
        context[6] = base + 6 * SIZE + (level * MAGNITUDES + n) * 8 + beside
        context[7] = base + 7 * SIZE + (hint * MAGNITUDES + n) * 12 + spread
        choice = LEVELS * 12 + n * 12 + spread
        if not _bit(encoding, state, stream, model, weights, choice, context, 1 if m > k else 0):
            break
        k += 1
        if k == ESCAPE:
            if encoding:
                k = m
                encode_equal(state, stream, min(m - ESCAPE, (1 << REST) - 1), REST)
            else:
                k += decode_equal(state, stream, REST)
            break
    if k == 0:
        return 0
    base = 2 * SLOTS * SIZE
    context[0] = base + side * 12 + bend
    context[1] = base + SIZE + signs
    context[2] = base + 2 * SIZE + signs * 3 + side
    context[3] = base + 3 * SIZE + (side * 12 + spread) * LEVELS + level
    context[4] = base + 4 * SIZE + min(k, 7) * 3 + side
    context[5] = base + 5 * SIZE + (bend * 12 + spread) * 3 + side
    context[6] = base + 6 * SIZE + level
    context[7] = base + 7 * SIZE + hint * 3 + side
    choice = LEVELS * 12 + MAGNITUDES * 12 + level
    return -k if _bit(encoding, state, stream, model, weights, choice, context, 1 if r < 0 else 0) else k


@njit
def _quantised(value, guess, step):
    """The difference in steps, rounded half away from zero."""
    d = value - guess
    return (d + step // 2) // step if d >= 0 else -((step // 2 - d) // step)


@njit
def _guess(total, count, keep, base):
    """The mean of the parents, rounded, or as much of it as is kept."""
    if count == 0:
        return np.int64(base)
    mean = (2 * total + count) // (2 * count)
    return mean if keep == 256 else (mean * keep + 128) >> 8


@njit
def _first(w, y, x, side, base):
    """The guess of a value of the coarsest lattice, from those to the left, above, and between them."""
    if x and y:
        a, b, c = np.int64(w[y, x - side]), np.int64(w[y - side, x]), np.int64(w[y - side, x - side])
        return min(max(a, b), max(min(a, b), a + b - c))
    return np.int64(w[y, x - side] if x else w[y - side, x] if y else base)


@njit
def quantise(wanted, base, coarse, steps, keep, mask, w):
    """The values that :func:`code` will leave behind, without coding them.

    Parameters
    ----------
    wanted, base, coarse, steps, keep, mask, w
        As for :func:`code`.

    Examples
    --------
    >>> mask, w = np.array([[1, 0, 1]], np.uint8), np.zeros((1, 3), np.int32)
    >>> quantise(np.array([[0, 0, 70]], np.int32), 0, 1, np.full(3, 16), *[np.full(2, 256), mask, w]); w.tolist()
    [[0, 32, 64]]
    """
    height, width = w.shape
    side, step = 1 << coarse, steps[2 * coarse]
    for y in range(0, height, side):
        for x in range(0, width, side):
            guess = _first(w, y, x, side, base)
            w[y, x] = min(max(guess + _quantised(np.int64(wanted[y, x]), guess, step) * step, -LIMIT), LIMIT)
    for level in range(coarse, 0, -1):
        s = 1 << level
        k = s >> 1
        for phase in range(2):
            step = steps[2 * level - 1 - phase]
            for y in range(k if phase == 0 else 0, height, s if phase == 0 else k):
                for x in range(k if phase == 0 or (y // k) % 2 == 0 else 0, width, s):
                    count, total, _, _ = parents(w, y, x, k, phase)
                    guess = _guess(total, count, keep[2 * level - 1 - phase], base)
                    if mask[y, x]:
                        r = _quantised(np.int64(wanted[y, x]), guess, step)
                        guess = min(max(guess + r * step, -LIMIT), LIMIT)
                    w[y, x] = guess


@njit
def code(encoding, state, stream, model, weights, wanted, hint, base, coarse, steps, keep, mask, q, w):
    """Code, or read, a tree and the values of its pixels.

    Parameters
    ----------
    encoding : bool
        Write the stream, or read it.
    state, stream, model, weights : ndarray
        Of the adaptive binary coder, with :data:`ROWS` estimators and :data:`SETS` sets of :data:`SLOTS` weights.
    wanted : ndarray, shape (H, W), int32
        The values to be stored, in 1/16; not used by the decoder.
    hint : ndarray, shape (H, W), uint8
        What is known otherwise about each pixel, below :data:`HINTS`.
    base : int
        Guess of the first value, in 1/16.
    coarse : int
        L, 1 to 6.
    steps : ndarray, shape (2·L + 1,), int64
        The quantiser's steps in 1/16: of the last phase, the one before, and so on; at the end of the coarsest lattice.
    keep : ndarray, shape (2·L,), int64
        As for :func:`surplus`.
    mask : ndarray, shape (H, W), uint8
        Read by the encoder, written by the decoder: 1 where a pixel is stored.
    q, w : ndarray, shape (H, W), int32
        Are written: quantised differences; values, in 1/16, stored or guessed.

    Returns
    -------
    bool
        False if the stream was cut.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import capacity, flush, new_model, start
    >>> from vdtext.fast.entropy.mixing import new_weights
    >>> state, stream = start(4, 7), np.empty(capacity(500), np.uint8)
    >>> model, weights = new_model(ROWS), new_weights(SETS, SLOTS)
    >>> wanted, zeros = np.array([[0, 0, 64]], np.int32), np.zeros((1, 3), np.int32)
    >>> mask, q, w = np.array([[1, 0, 1]], np.uint8), zeros.copy(), zeros.copy()
    >>> rest = np.full(3, 16), np.full(2, 256), mask, q, w
    >>> code(True, state, stream, model, weights, wanted, zeros.astype(np.uint8), 0, 1, *rest)
    True
    >>> q.tolist(), w.tolist()
    ([[0, 0, 4]], [[0, 32, 64]])
    """
    height, width = w.shape
    context = np.zeros(SLOTS, np.int64)
    side, step = 1 << coarse, steps[2 * coarse]
    for y in range(0, height, side):
        for x in range(0, width, side):
            guess, near = _first(w, y, x, side, base), 0
            near += abs(q[y, x - side]) if x else 0
            near += abs(q[y - side, x]) if y else 0
            grade = min(_grade(near), 7)
            where = (LEVELS - 1, grade, 0, 0, grade, 0, np.int64(hint[y, x]))
            r = _quantised(np.int64(wanted[y, x]), guess, step) if encoding else 0
            r = _difference(encoding, state, stream, model, weights, context, r, where, 22)
            mask[y, x], q[y, x], w[y, x] = 1, r, min(max(guess + r * step, -LIMIT), LIMIT)
    for level in range(coarse, 0, -1):
        s = 1 << level
        k = s >> 1
        for phase in range(2):
            stage = min(2 * level - 1 - phase, LEVELS - 2)
            step = steps[2 * level - 1 - phase]
            for y in range(k if phase == 0 else 0, height, s if phase == 0 else k):
                for x in range(k if phase == 0 or (y // k) % 2 == 0 else 0, width, s):
                    count, total, least, most = parents(w, y, x, k, phase)
                    if count == 0:  # no parent lies inside the picture
                        least = most = np.int64(base)
                    guess = _guess(total, count, keep[2 * level - 1 - phase], base)
                    _, stored, _, _ = parents(mask, y, x, k, phase)
                    if stored == 0:
                        mask[y, x], q[y, x], w[y, x] = 0, 0, guess
                        continue
                    above, beside, around, west, north, turn = 0, 0, 0, 0, 0, 0
                    for t in range(4):
                        if phase == 0:
                            i, j = y + (k if t & 1 else -k), x + (k if t & 2 else -k)
                            m, n = y - (s if t else 0), x - (s if t == 0 or t == 2 else -s if t == 3 else 0)
                        else:
                            i, j = y + (0 if t < 2 else k if t == 3 else -k), x + (0 if t >= 2 else k if t else -k)
                            m, n = y - (0 if t == 0 else s if t == 3 else k), x - (0 if t == 3 else s if t == 0 else k)
                            if t == 2:
                                n = x + k
                        if 0 <= i < height and 0 <= j < width:
                            above += abs(q[i, j])
                        if m >= 0 and 0 <= n < width:
                            r = q[m, n]
                            beside += abs(r)
                            around |= np.int64(mask[m, n]) << t
                            if t == 0:
                                west = _sign(r)
                            elif t == 1:
                                north = _sign(r)
                            else:
                                turn += _sign(r)
                    bend = 0
                    if y >= 3 * k and x >= 3 * k and y + 3 * k < height and x + 3 * k < width:
                        a, b = (3 * k, 3 * k) if phase == 0 else (3 * k, 0)
                        bend = np.int64(w[y - a, x - b]) + w[y + a, x + b] + w[y - b, x + a] + w[y + b, x - a]
                        bend -= 4 * guess
                    spread, curve = _grade((most - least) * 2 // step), _grade(abs(bend) // step)
                    above, beside = min(_grade(above), 7), min(_grade(beside), 7)
                    known = np.int64(hint[y, x])
                    context[0] = (stage * 5 + stored) * 8 + above
                    context[1] = SIZE + (stage * 12 + spread) * 5 + stored
                    context[2] = 2 * SIZE + (around * 2 + phase) * 12 + spread
                    context[3] = 3 * SIZE + (curve * 12 + spread) * 2 + phase
                    context[4] = 4 * SIZE + (above * 8 + beside) * 12 + spread
                    context[5] = 5 * SIZE + (around * 5 + stored) * LEVELS + stage
                    context[6] = 6 * SIZE + (curve * 8 + beside) * LEVELS + stage
                    context[7] = 7 * SIZE + (known * LEVELS + stage) * 12 + spread
                    bit = np.int64(mask[y, x]) if encoding else 0
                    bit = _bit(encoding, state, stream, model, weights, stage * 12 + spread, context, bit)
                    mask[y, x], q[y, x], w[y, x] = bit, 0, guess
                    if bit:
                        turned = 1 if bend > 0 else 2 if bend < 0 else 0
                        where = (stage, spread, curve, turned, above, beside, known)
                        signs = (west + 1) * 15 + (north + 1) * 5 + turn + 2
                        r = _quantised(np.int64(wanted[y, x]), guess, step) if encoding else 0
                        r = _difference(encoding, state, stream, model, weights, context, r, where, signs)
                        q[y, x], w[y, x] = r, min(max(guess + r * step, -LIMIT), LIMIT)
        if not encoding and overrun(state, stream):
            return False
    return True
