"""Bits, coded with what several contexts predict, and priced for the encoder's decisions.

The mixing of chapter 6, as the embedded coder of chapter 7 does it: estimators of 22 bits that remember 255 events.
Where `mixing` is off, the first context alone predicts.
"""

from typing import NamedTuple

import numpy as np

from vdtext._jit import lean
from vdtext.fast.entropy import binary
from vdtext.fast.entropy.binary import decode_chance, encode_chance
from vdtext.fast.wavelets.planes import PACE, SQUASH, STRETCH

SLOTS, SIZE, KINDS, SETS = 7, 2048, 32, 640
LIMIT = 255
COST = -np.log2((np.arange(4096) + 0.5) / 4096).astype(np.float32)
"""Bits of an event of probability (i + ½)/4096."""


class Coder(NamedTuple):
    """State of an encoder, or of a decoder of the same bits."""

    decoding: bool
    mixing: bool
    state: np.ndarray
    data: np.ndarray
    chances: np.ndarray
    counts: np.ndarray
    weights: np.ndarray
    context: np.ndarray  # contexts, and the logits of what they say


def new_coder(decoding, data, mixing=True):
    """A coder that knows nothing: it writes to the array `data`, or reads from it.

    Parameters
    ----------
    decoding : bool
    data : ndarray, uint8
        To be written: with room for all that will be coded.
    mixing : bool
        Whether bits are predicted by a mixture of contexts.

    Returns
    -------
    Coder

    Examples
    --------
    >>> coder = new_coder(False, np.zeros(99, np.uint8))
    >>> coder.decoding, int(coder.state[2])
    (False, 0)
    """
    n, state = KINDS * SLOTS * SIZE, binary.start(4, 7)
    if decoding:
        binary.open_stream(state, data)
    chances, counts = np.full(n, 1 << 21, np.int32), np.zeros(n, np.uint8)
    weights, context = np.full((SETS, SLOTS), 13000, np.int32), np.zeros((2, SLOTS), np.int64)
    return Coder(decoding, mixing, state, data, chances, counts, weights, context)


@lean
def _code(c, p, bit):
    if c.decoding:
        return decode_chance(c.state, c.data, p)
    encode_chance(c.state, c.data, p, bit)
    return bit


@lean
def _learn(c, i, bit):
    m = c.counts[i]
    c.chances[i] += ((np.int64(bit) << 22) - bit - c.chances[i]) * PACE[m] >> 16
    if m < LIMIT:
        c.counts[i] = m + 1


@lean
def put(c, kind, a, bit):
    """Code a bit with one context."""
    i = kind * SLOTS * SIZE + a
    bit = _code(c, min(max(np.int64(c.chances[i]) >> 6, 32), 65504), bit)
    _learn(c, i, bit)
    return bit


@lean
def put_mixed(c, n, chosen, bit):
    """Code a bit with the first n contexts of c.context and the weights `chosen`."""
    context, inputs, w, dot = c.context[0], c.context[1], c.weights[chosen], 0
    if not c.mixing:
        return put(c, 0, context[0], bit)
    for k in range(n):
        inputs[k] = STRETCH[c.chances[context[k]] >> 9]
        dot += w[k] * inputs[k]
    p = np.int64(SQUASH[min(max(dot >> 16, -2047), 2047) + 2048])
    bit = _code(c, p, bit)
    error = (bit << 16) - p
    for k in range(n):
        w[k] += (inputs[k] * error + (1 << 14)) >> 15
        _learn(c, context[k], bit)
    return bit


@lean
def put_three(c, kind, a, b, d, bit):
    """Code a bit with three contexts."""
    g = kind * SLOTS * SIZE
    c.context[0, 0], c.context[0, 1], c.context[0, 2] = g + a, g + SIZE + b, g + 2 * SIZE + d
    return put_mixed(c, 3, 512 + kind, bit)


@lean
def put_equal(c, bit):
    """Code a bit of which nothing is known."""
    return _code(c, 32768, bit)


@lean
def price(c, kind, a, bit):
    """Bits that a bit would cost with its first context."""
    p = c.chances[kind * SLOTS * SIZE + a] >> 10
    return COST[p] if bit else COST[4095 - p]


@lean
def put_number(c, kind, a, v):
    """Code a number: exponential Golomb, its prefix and first digit adaptive.

    Parameters
    ----------
    c : Coder
    kind : int
        Kind of bits.
    a : int
        Which set of their contexts, 0 to 31.
    v : int
        0 or more; a decoder does not look at it.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import flush
    >>> coder = new_coder(False, np.zeros(99, np.uint8))
    >>> _ = put_number(coder, 20, 0, 300)
    >>> stream = coder.data[: flush(coder.state, coder.data)].copy()
    >>> int(put_number(new_coder(True, stream), 20, 0, 0))
    300
    """
    k = 0
    if not c.decoding:
        while (v + 1) >> (k + 1):
            k += 1
    n = 0
    while n < 20 and put(c, kind, a * 64 + n, 1 if n < k else 0):
        n += 1
    r = 1
    for i in range(n - 1, -1, -1):
        digit = ((v + 1) >> i) & 1
        r = 2 * r + (put(c, kind, a * 64 + 32 + n, digit) if i == n - 1 else put_equal(c, digit))
    return r - 1


@lean
def price_number(c, kind, a, v):
    """Bits that a number would cost."""
    k = 0
    while (v + 1) >> (k + 1):
        k += 1
    s = price(c, kind, a * 64 + k, 0)
    for n in range(k):
        s += price(c, kind, a * 64 + n, 1)
    if k:
        s += price(c, kind, a * 64 + 32 + k, ((v + 1) >> (k - 1)) & 1) + (k - 1)
    return s
