"""The embedded coder of chapter 7, compiled: bit planes, contexts, and the mixing of what they predict.

All subbands of all components lie in one array, each with a border of zeros, so that a neighbour is an offset.  Bit
plane by bit plane, band by band, one decision is coded for each coefficient: its next binary digit, and its sign once
it is no longer zero.  What the decoder knows about the neighbours at that moment are the contexts; nine of them
predict each digit, and a logistic mixture of the nine, which learns which to trust, is what it is coded with.

Encoder and decoder are one function.  All of it is integer arithmetic.
"""

from decimal import Decimal, localcontext

import numpy as np

from vdtext._jit import njit
from vdtext.errors import BitstreamError
from vdtext.fast.entropy import binary
from vdtext.fast.entropy.binary import decode_chance, decode_number, encode_chance, encode_number
from vdtext.fast.wavelets.contexts import KINDS, MIXTURES, SIZE, SLOTS, digit_contexts, sign_contexts

__all__ = ["code", "fresh", "read", "twice", "write"]

PLANES = 18
"""Bit planes that a band may have."""
LIMIT = 255
"""An estimator remembers so many digits."""


def _logistic():
    """65536/(1 + e^(−x/256)) for x = −2048 … 2047, rounded, the same on every machine."""
    with localcontext() as context:
        context.prec = 20
        step, power, powers = Decimal(1 / 256).exp(), Decimal(8).exp(), []
        for _ in range(4096):
            powers.append(power)
            power /= step
        return np.array([min(max(int(65536 / (1 + p) + Decimal("0.5")), 24), 65512) for p in powers], np.int32)


SQUASH = _logistic()
STRETCH = (np.searchsorted(SQUASH, np.arange(8192) * 8 + 4) - 2048).clip(-2047, 2047).astype(np.int32)
PACE = (65536 * 10 // (10 * np.arange(LIMIT + 1) + 22)).astype(np.int32)


def fresh():
    """Estimators that know nothing, and mixtures that trust all of them alike.

    Returns
    -------
    list of ndarray
        Chances in units of 2⁻²², counts, weights in units of 2⁻¹⁶.

    Examples
    --------
    >>> [array.dtype.name for array in fresh()]
    ['int32', 'uint8', 'int32']
    """
    count = 2 * KINDS * SLOTS * SIZE
    return [
        np.full(count, 1 << 21, np.int32),
        np.zeros(count, np.uint8),
        np.full((MIXTURES, SLOTS), 5243, np.int32),
    ]


@njit
def _digit(state, data, decoding, model, context, inputs, first, second, bit):
    """Code a digit with the mixture of what its contexts predict; all of them learn."""
    chances, counts = model
    dot = 0
    for k in range(inputs.size):
        inputs[k] = STRETCH[chances[context[k]] >> 9]
        dot += (np.int64(first[k]) + second[k]) * inputs[k]
    p = np.int64(SQUASH[min(max(dot >> 16, -2047), 2047) + 2048])
    if decoding:
        bit = decode_chance(state, data, p)
    else:
        encode_chance(state, data, p, bit)
    error = (bit << 16) - p
    for k in range(inputs.size):
        c, delta = context[k], (inputs[k] * error + (1 << 16)) >> 17
        first[k] += delta
        second[k] += delta
        n = counts[c]
        chances[c] += ((np.int64(bit) << 22) - bit - chances[c]) * PACE[n] >> 16
        if n < LIMIT:
            counts[c] = n + 1
    return bit


@njit
def code(decoding, table, a, signs, q, state, data, chances, counts, weights, end):
    """Code, or read, all bit planes.

    Parameters
    ----------
    decoding : bool
        Read `data`, or write it.
    table : ndarray, shape (bands, 18), int64
        A row for each band, in coding order; its columns are those of
        :func:`vdtext.wavelets.layout.layout`.
    a, signs, q : ndarray, shape (n,), int32, int8, int32
        For all bands: magnitudes known so far and signs, zero at first; and signed coefficients, not used by the
        decoder.
    state, data : ndarray
        Of the binary coder.
    chances, counts, weights : ndarray
        As :func:`fresh` made them.
    end : int
        The encoder stops when so many bytes are written, the decoder when it has asked for more than so many.

    Returns
    -------
    tuple of int
        The plane, row of the table, and coefficient at which it stopped; (0, bands, 0) if it is all done.

    Examples
    --------
    >>> code.py_func(False, np.zeros((0, 18), np.int64), *[np.zeros(1, int)] * 5, *fresh(), 9)
    (0, 0, 0)
    """
    context, inputs = np.zeros(SLOTS, np.int64), np.zeros(SLOTS, np.int64)
    model = (chances, counts)
    top = 0
    for b in range(table.shape[0]):
        top = max(top, table[b, 16])
    for plane in range(top - 1, -1, -1):
        for i in range(a.size):
            a[i] = 2 * a[i] + (a[i] > 0)
        for b in range(table.shape[0]):
            band = table[b]
            if plane >= band[16]:
                continue
            stride, columns, component = band[1], band[3], min(band[17], 1)
            for y in range(band[2]):
                for x in range(columns):
                    if state[2] > end:
                        return plane, b, y * columns + x
                    i = band[0] + y * stride + x
                    before = a[i] >> 1
                    mixture, other = digit_contexts(context, a, i, band, y, x, component, band[16] - 1 - plane)
                    bit = 0 if decoding else (abs(q[i]) >> plane) & 1
                    bit = _digit(state, data, decoding, model, context, inputs, weights[mixture], weights[other], bit)
                    if bit and before == 0:
                        if state[2] > end:
                            return plane, b, y * columns + x
                        mixture, other, flip = sign_contexts(context, signs, i, band, y, x, component)
                        minus = 1 if q[i] * flip < 0 else 0
                        minus = _digit(
                            state, data, decoding, model, context, inputs, weights[mixture], weights[other], minus
                        )
                        signs[i] = flip * (1 - 2 * minus)
                    a[i] = 2 * before + bit
    return 0, table.shape[0], 0


@njit
def twice(table, a, plane, row, place):
    """Turn what is known of magnitudes into twice the middle of their intervals, in place.

    Parameters
    ----------
    table, a
        As for :func:`code`.
    plane, row, place : int
        Where it stopped.

    Examples
    --------
    >>> a = np.array([3], np.int32); table = np.array([[0, 1, 1, 1] + [0] * 12 + [3, 0]])
    >>> twice(table, a, 1, 1, 0); a.tolist()  # 11., so 6 or 7
    [13]
    """
    for b in range(table.shape[0]):
        for y in range(table[b, 2]):
            for x in range(table[b, 3]):
                i, late = table[b, 0] + y * table[b, 1] + x, b > row or (b == row and y * table[b, 3] + x >= place)
                if late:
                    a[i] >>= 1
                if a[i]:
                    missing = plane + late
                    a[i] = (a[i] << (missing + 1)) + (1 << missing) - 1


def write(plan, flat):
    """Code the coefficients of all components into an embedded stream.

    Parameters
    ----------
    plan : Layout
        Where they lie; its column of bit planes is written.
    flat : ndarray, shape (size,), int32
        As :func:`vdtext.wavelets.layout.gather` made it.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from vdtext.wavelets.layout import gather, layout
    >>> plan = layout([(8, 8)])
    >>> flat = gather(plan, [np.eye(8, dtype=int)])
    >>> bool((read(plan, write(plan, flat)) == 2 * flat).all())
    True
    """
    for row in plan.table:
        part = flat[row[0] : row[0] + row[1] * row[2]]
        row[16] = int(abs(part).max()).bit_length()
    room = 4 * plan.size + 4096
    while True:
        state, data, model = binary.start(4, 7), np.zeros(room, np.uint8), binary.new_model(48)
        for row, guess in zip(plan.table, _guesses(plan.table), strict=True):
            gap = row[16] - guess()
            encode_number(state, data, model, 0, 2 * gap if gap >= 0 else -2 * gap - 1)
        known, signs = np.zeros(plan.size, np.int32), np.zeros(plan.size, np.int8)
        if code(False, plan.table, known, signs, flat, state, data, *fresh(), room - 64)[1] == len(plan.table):
            return data[: binary.flush(state, data)].tobytes()
        room *= 2


def read(plan, stream, whole=True):
    """Read what :func:`write` wrote, or the beginning of it.

    Parameters
    ----------
    plan : Layout
        Where the coefficients lie; its column of bit planes is overwritten.
    stream : bytes
        The stream.
    whole : bool
        False if its end was cut off.

    Returns
    -------
    ndarray, shape (size,), int32
        Twice the coefficients, or twice the middle of the interval that is known.

    Raises
    ------
    BitstreamError
        If no encoder writes this.

    Examples
    --------
    >>> from vdtext.wavelets.layout import layout
    >>> bool(read(layout([(8, 8)]), b"", whole=False).any())
    False
    """
    data = np.frombuffer(stream, np.uint8).copy() if len(stream) else np.zeros(0, np.uint8)
    end = data.size + (binary.AHEAD if whole else 0)
    state, model = binary.start(4, 7), binary.new_model(48)
    good = binary.open_stream(state, data)
    for row, guess in zip(plan.table, _guesses(plan.table), strict=True):
        gap = decode_number(state, data, model, 0)
        row[16] = guess() + (gap // 2 if gap % 2 == 0 else -(gap + 1) // 2)
        if state[2] > end and not whole:
            return np.zeros(plan.size, np.int32)
        if not good or state[2] > end or not 0 <= row[16] <= PLANES:
            raise BitstreamError("no encoder writes such bit planes: damaged, or of another format (chapter 7)")
    known, signs = np.zeros(plan.size, np.int32), np.zeros(plan.size, np.int8)
    stop = code(True, plan.table, known, signs, known, state, data, *fresh(), end)
    if whole and stop[1] < len(plan.table):
        raise BitstreamError(f"{len(data)} bytes end before the last bit plane (chapter 7)")
    twice(plan.table, known, *stop)
    return known * signs


def _guesses(table):
    """For each band a function that says how many bit planes it may have: those of the band above."""
    rows = {int(row[0]): row for row in table}
    before = None
    for row in table:
        above = rows.get(int(row[6]), before) if row[7] else before
        yield lambda above=above: 0 if above is None else int(above[16])
        before = row
