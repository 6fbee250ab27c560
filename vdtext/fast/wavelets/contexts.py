"""What is known about a coefficient when its next digit, or its sign, is coded (chapter 7): the contexts."""

import numpy as np

from vdtext._jit import njit

__all__ = ["GRADE", "KINDS", "MIXTURES", "SIZE", "SLOTS", "digit_contexts", "sign_contexts"]

SLOTS, SIZE, KINDS = 9, 4096, 5
"""Contexts of a digit, numbers of each, and kinds of digits: while zero, for prefixes 1, 2–3, 4 and more, and signs."""
MIXTURES = 2 * KINDS * (3 * 12 + 64)
"""Sets of weights: of luma and chroma, by kind of digit, and by band and surroundings or by parent and siblings."""
GRADE = np.array(
    [0, 1, 2, 3, 4, 5, 5, 6, 6, 6, *[7] * 5, *[8] * 8, *[9] * 13, *[10] * 20, 11], np.int32
)  # about the logarithm of a sum of magnitudes


@njit
def _grade(value):
    """A coarse logarithm, 0 to 11."""
    return GRADE[min(value, 56)]


@njit
def _cross(a, i, stride):
    """Twice a magnitude and its four neighbours."""
    return 2 * a[i] + a[i - 1] + a[i + 1] + a[i - stride] + a[i + stride]


@njit
def digit_contexts(context, a, i, band, y, x, component, top):
    """The contexts of the next digit of coefficient i; returns the two sets of weights that its mixture adds up."""
    stride, kind, level = band[1], band[4], band[5]
    west, north, east, south = a[i - 1], a[i - stride], a[i + 1], a[i + stride]
    nw, ne, sw, se = a[i - stride - 1], a[i - stride + 1], a[i + stride - 1], a[i + stride + 1]
    ring = a[i - 2] + a[i - 2 * stride] + a[i + 2] + a[i + 2 * stride]
    far_west, far_north = a[i - 2], a[i - 2 * stride]
    parent = 0
    if band[7]:
        parent = _cross(a, band[6] + (y >> 1) * band[7] + (x >> 1), band[7])
    sibling = 0
    if band[9]:
        sibling = _cross(a, band[8] + y * band[9] + x, band[9])
    if band[11]:
        sibling += _cross(a, band[10] + y * band[11] + x, band[11])
    near = 2 * (west + north + east + south) + nw + ne + sw + se
    before = a[i] >> 1
    digit = 0
    if before:
        digit = 1 if before == 1 else 2 if before < 4 else 3
        near, parent, sibling, ring = near // before, parent // before, sibling // before, ring // before
        west, north, east, south = west // before, north // before, east // before, south // before
        far_west, far_north = far_west // before, far_north // before
        nw, ne, sw = nw // before, ne // before, sw // before
    if kind == 2:  # what lies above in one is to the left in the other
        west, north, east, south, far_west, far_north = north, west, south, east, far_north, far_west
    turned = 0 if kind == 0 else 2 if kind == 3 else 1
    lv = min(level, 6) - 1
    g, gp, gs = _grade(near), min(_grade(parent), 7), min(_grade(sibling), 7)
    base = (component * KINDS + digit) * SLOTS * SIZE
    context[0] = base + ((lv * 3 + turned) * 12 + g) * 4 + min(west, 3)
    context[1] = base + SIZE + (kind * 8 + gp) * 8 + gs
    causal, ahead = min(west, 3) * 4 + min(north, 3), min(east >> 1, 2) * 3 + min(south >> 1, 2)
    context[2] = base + 2 * SIZE + (causal * 9 + ahead) * 3 + turned
    context[3] = base + 3 * SIZE + min(2 * near + 2 * parent + 2 * sibling, 255) * 3 + turned
    context[4] = base + 4 * SIZE + (g * 8 + gp) * 8 + gs
    far, corner = min(far_west, 2) * 3 + min(far_north, 2), min(nw, 2) * 3 + min(ne, 2)
    context[5] = base + 5 * SIZE + (far * 9 + corner) * 12 + g
    context[6] = base + 6 * SIZE + ((min(top, 7) * 6 + lv) * 3 + turned) * 6 + (g >> 1)
    context[7] = base + 7 * SIZE + (_grade(ring) * 12 + g) * 3 + turned
    last = min(sw, 3) * 12 + min(_grade(north + west), 11)
    if band[13]:
        last = _grade(_cross(a, band[12] + y * band[13] + x, band[13]))
        if band[15]:
            last = last * 8 + min(_grade(_cross(a, band[14] + y * band[15] + x, band[15])), 7)
        last = last * 12 + g
    context[8] = base + 8 * SIZE + last
    digits = component * KINDS + digit
    return (digits * 3 + turned) * 12 + g, 2 * KINDS * 3 * 12 + digits * 64 + gp * 8 + gs


@njit
def _trits(a, b, c, d):
    """Four signs as one number."""
    return 27 * a + 9 * b + 3 * c + d + 40


@njit
def sign_contexts(context, s, i, band, y, x, component):
    """The contexts of the sign of coefficient i; returns its two sets of weights, and −1 where all signs are flipped.

    A picture and its negative are alike, so the signs around are flipped if most of them are negative.
    """
    stride, kind, level = band[1], band[4], min(band[5], 6) - 1
    h, v = min(max(s[i - 1] + s[i + 1], -1), 1), min(max(s[i - stride] + s[i + stride], -1), 1)
    parent = s[band[6] + (y >> 1) * band[7] + (x >> 1)] if band[7] else 0
    first = s[band[8] + y * band[9] + x] if band[9] else 0
    second = s[band[10] + y * band[11] + x] if band[11] else 0
    luma = s[band[12] + y * band[13] + x] if band[13] else 0
    other = s[band[14] + y * band[15] + x] if band[15] else 0
    f = 1
    if 27 * h + 9 * v + 3 * parent + luma < 0:
        f = -1
    west, north, east, south = f * s[i - 1], f * s[i - stride], f * s[i + 1], f * s[i + stride]
    nw, ne = f * s[i - stride - 1], f * s[i - stride + 1]
    sw, se = f * s[i + stride - 1], f * s[i + stride + 1]
    ww, nn, ee, ss = f * s[i - 2], f * s[i - 2 * stride], f * s[i + 2], f * s[i + 2 * stride]
    h, v, parent, first, second, luma, other = f * h, f * v, f * parent, f * first, f * second, f * luma, f * other
    base = (component * KINDS + 4) * SLOTS * SIZE
    context[0] = base + kind * 81 + _trits(west, north, east, south)
    context[1] = base + SIZE + kind * 81 + _trits(ww, nn, nw, ne)
    context[2] = base + 2 * SIZE + (kind * 9 + 3 * first + second + 4) * 81 + _trits(h, v, parent, luma)
    context[3] = base + 3 * SIZE + (level * 4 + kind) * 9 + 3 * h + v + 4
    context[4] = base + 4 * SIZE + (kind * 3 + ww + 1) * 81 + _trits(west, north, nw, ne)
    context[5] = base + 5 * SIZE + kind * 81 + _trits(east, south, se, sw)
    context[6] = base + 6 * SIZE + kind * 81 + _trits(ww, west, east, ee)
    context[7] = base + 7 * SIZE + kind * 81 + _trits(nn, north, south, ss)
    context[8] = base + 8 * SIZE + (kind * 3 + other + 1) * 81 + _trits(luma, parent, first, second)
    digits = component * KINDS + 4
    return (digits * 3 + min(kind, 2)) * 12 + 3 * h + v + 4, 2 * KINDS * 3 * 12 + digits * 64 + kind, f
