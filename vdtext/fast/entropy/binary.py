"""The adaptive binary coder, compiled: bit by bit for other kernels, and for whole arrays (chapter 6).

For use inside a compiled function::

    state, model = start(4, 7), new_model(contexts)
    out = np.empty(capacity(bits), np.uint8)
    encode_bit(state, out, model, context, bit)          # any number of times
    stream = out[: flush(state, out)]

    open_stream(state, data)                              # False: no stream begins like this
    bit = decode_bit(state, data, model, context)
    overrun(state, data)                                  # True: the stream was cut; ask now and then, and at the end

`state` is an int64 array (low or code, width, position, fast rate, slow rate), `model` an int32 array of rows (fast,
slow, seen).  Nothing here raises, allocates, or looks whether `out` is large enough: whoever calls provides
:func:`capacity`.  Numba keeps compiled code by the file of the caller: after a change here its cache has to be emptied.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.entropy import adaptive, interval

__all__ = [
    "capacity",
    "decode_bit",
    "decode_chance",
    "decode_equal",
    "decode_number",
    "encode_bit",
    "encode_chance",
    "encode_equal",
    "encode_number",
    "flush",
    "new_model",
    "open_stream",
    "overrun",
    "read_bits",
    "start",
    "write_bits",
]

MASK, LEAST, AHEAD = interval.MASK, interval.LEAST, interval.AHEAD
PACE = np.array(adaptive.PACE, np.int8)
LAST = len(PACE) - 1
PREFIX = 24
"""Contexts of the prefix of a number; as many again for the first bit behind it."""


@njit
def start(fast, slow):
    """State of an encoder: the whole interval, nothing written.

    Parameters
    ----------
    fast, slow : int
        Rates of the estimators, 1 to 10; (4, 7) is what the book uses.

    Returns
    -------
    ndarray, shape (5,), int64
        low, width, position, fast rate, slow rate.

    Examples
    --------
    >>> start(4, 7).tolist()
    [0, 4294967295, 0, 4, 7]
    """
    state = np.zeros(5, np.int64)
    state[1], state[3], state[4] = MASK, fast, slow
    return state


@njit
def open_stream(state, data):
    """Turn a state into that of a decoder at the beginning of a stream.

    Parameters
    ----------
    state : ndarray, shape (5,), int64
        As :func:`start` made it; changed in place: code, width, position, rates.
    data : ndarray, shape (n,), uint8
        The stream; behind its end zeros are read.

    Returns
    -------
    bool
        False if no encoder begins like this.

    Examples
    --------
    >>> bool(open_stream(start(4, 7), np.array([255, 255, 255, 255], np.uint8)))
    False
    """
    code = 0
    for k in range(4):
        code = (code << 8) | (np.int64(data[k]) if k < data.size else 0)
    state[0], state[1], state[2] = code, MASK, 4
    return code != MASK


@njit
def new_model(contexts):
    """Estimators that know nothing yet.

    Parameters
    ----------
    contexts : int
        How many.

    Returns
    -------
    ndarray, shape (contexts, 3), int32
        Rows (fast, slow, seen): two probabilities of a one in units of 1/65536, and a count.

    Examples
    --------
    >>> new_model(1).tolist()
    [[32768, 32768, 0]]
    """
    model = np.zeros((contexts, 3), np.int32)
    model[:, :2] = 32768
    return model


def capacity(bits):
    """Bytes that so many coded bits can take at most: two for each, and four.

    Parameters
    ----------
    bits : int
        How many bits will be coded.

    Returns
    -------
    int

    Examples
    --------
    >>> capacity(1000)
    2004
    """
    return 2 * bits + 4


@njit
def _shifted(low, width, out, n):
    """Write the settled bytes: (low, width, position)."""
    while width < LEAST:
        if low > MASK:
            k = n - 1
            while out[k] == 255:
                out[k] = 0
                k -= 1
            out[k] += np.uint8(1)
            low &= MASK
        out[n] = np.uint8(low >> 24)
        n += 1
        low, width = (low << 8) & MASK, width << 8
    return low, width, n


@njit
def _learn(model, context, bit, fast, slow):
    """Let an estimator learn a bit."""
    a, b, seen = np.int64(model[context, 0]), np.int64(model[context, 1]), np.int64(model[context, 2])
    if seen < LAST:
        pace = np.int64(PACE[seen])
        fast, slow = min(fast, pace), min(slow, pace)
        model[context, 2] = seen + 1
    if bit:
        model[context, 0] = a + ((65536 - a) >> fast)
        model[context, 1] = b + ((65536 - b) >> slow)
    else:
        model[context, 0] = a - (a >> fast)
        model[context, 1] = b - (b >> slow)


@njit
def encode_chance(state, out, p, bit):
    """Code a bit whose probability is known from elsewhere.

    Parameters
    ----------
    state : ndarray, shape (5,), int64
        Of an encoder; changed in place.
    out : ndarray, uint8
        Has two bytes of room behind the position.
    p : int
        Probability of a one in units of 1/65536, 1 to 65535.
    bit : int
        0 or 1.

    Examples
    --------
    >>> state, out = start(4, 7), np.empty(capacity(8), np.uint8)
    >>> for _ in range(8): encode_chance(state, out, 65000, 1)
    >>> int(state[2])  # nothing has been settled yet
    0
    """
    low, width = state[0], state[1]
    bound = (width * p) >> 16
    if bit:
        width = bound
    else:
        low += bound
        width -= bound
    state[0], state[1], state[2] = _shifted(low, width, out, state[2])


@njit
def decode_chance(state, data, p):
    """Read a bit whose probability is known from elsewhere.

    Parameters
    ----------
    state : ndarray, shape (5,), int64
        Of a decoder; changed in place.
    data : ndarray, uint8
        The stream.
    p : int
        Probability of a one in units of 1/65536, 1 to 65535.

    Returns
    -------
    int
        0 or 1.

    Examples
    --------
    >>> state = start(4, 7); _ = open_stream(state, np.array([200], np.uint8))
    >>> int(decode_chance(state, np.array([200], np.uint8), 32768))
    0
    """
    code, width, n = state[0], state[1], state[2]
    bound = (width * p) >> 16
    if code < bound:
        bit = 1
        width = bound
    else:
        bit = 0
        code -= bound
        width -= bound
    while width < LEAST:
        code = (code << 8) | (np.int64(data[n]) if n < data.size else 0)
        width, n = width << 8, n + 1
    state[0], state[1], state[2] = code, width, n
    return bit


@njit
def encode_bit(state, out, model, context, bit):
    """Code a bit with the estimator of its context, which learns it.

    Parameters
    ----------
    state, out
        As for :func:`encode_chance`.
    model : ndarray, shape (contexts, 3), int32
        As :func:`new_model` made it; changed in place.
    context : int
        A row of the model; nothing looks whether there is one.
    bit : int
        0 or 1.

    Examples
    --------
    >>> state, model, out = start(4, 7), new_model(1), np.empty(capacity(1), np.uint8)
    >>> encode_bit(state, out, model, 0, 1)
    >>> model.tolist()
    [[49152, 49152, 1]]
    """
    p = (np.int64(model[context, 0]) + np.int64(model[context, 1])) >> 1
    encode_chance(state, out, p, bit)
    _learn(model, context, bit, state[3], state[4])


@njit
def decode_bit(state, data, model, context):
    """Read a bit with the estimator of its context, which learns it.

    Parameters
    ----------
    state, data
        As for :func:`decode_chance`.
    model, context
        As for :func:`encode_bit`.

    Returns
    -------
    int
        0 or 1.

    Examples
    --------
    >>> state, model, data = start(4, 7), new_model(1), np.array([200], np.uint8)
    >>> bool(open_stream(state, data)), int(decode_bit(state, data, model, 0))
    (True, 0)
    """
    p = (np.int64(model[context, 0]) + np.int64(model[context, 1])) >> 1
    bit = decode_chance(state, data, p)
    _learn(model, context, bit, state[3], state[4])
    return bit


@njit
def encode_equal(state, out, value, count):
    """Code the lowest bits of a number, all with probability 1/2, the highest first.

    Parameters
    ----------
    state, out
        As for :func:`encode_chance`; `out` has two bytes of room for each bit.
    value : int
        0 or more.
    count : int
        How many of its bits, 0 to 62.

    Examples
    --------
    >>> state, out = start(4, 7), np.empty(capacity(8), np.uint8)
    >>> encode_equal(state, out, 5, 8)
    """
    for k in range(count - 1, -1, -1):
        encode_chance(state, out, 32768, (value >> k) & 1)


@njit
def decode_equal(state, data, count):
    """Read so many bits that were coded with probability 1/2.

    Parameters
    ----------
    state, data
        As for :func:`decode_chance`.
    count : int
        How many, 0 to 62.

    Returns
    -------
    int

    Examples
    --------
    >>> state, data = start(4, 7), np.array([250], np.uint8)
    >>> bool(open_stream(state, data)), int(decode_equal(state, data, 8))
    (True, 5)
    """
    value = 0
    for _ in range(count):
        value = 2 * value + decode_chance(state, data, 32768)
    return value


@njit
def encode_number(state, out, model, first, value):
    """Code a number as adaptive Exp-Golomb: how many bits value + 1 has, in unary; then these bits.

    Every place of the unary part has its own context, and so has, for every length, the bit behind the leading one;
    the rest are coded with probability 1/2.

    Parameters
    ----------
    state, out, model
        As for :func:`encode_bit`; `out` has room for 2·64 bytes more.
    first : int
        The number's first context; it has 48, first to first + 47.
    value : int
        0 to 2²³ − 1.

    Examples
    --------
    >>> state, model, out = start(4, 7), new_model(48), np.empty(400, np.uint8)
    >>> for value in (0, 1, 1000): encode_number(state, out, model, 0, value)
    >>> data = out[: flush(state, out)]; state, model = start(4, 7), new_model(48); _ = open_stream(state, data)
    >>> [int(decode_number(state, data, model, 0)) for _ in range(3)]
    [0, 1, 1000]
    """
    length = 0
    while (value + 1) >> (length + 1):
        length += 1
    for k in range(length):
        encode_bit(state, out, model, first + k, 1)
    if length < PREFIX - 1:
        encode_bit(state, out, model, first + length, 0)
    if length:
        encode_bit(state, out, model, first + PREFIX + length, ((value + 1) >> (length - 1)) & 1)
        encode_equal(state, out, value + 1, length - 1)


@njit
def decode_number(state, data, model, first):
    """Read a number that :func:`encode_number` wrote.

    Parameters
    ----------
    state, data, model
        As for :func:`decode_bit`.
    first : int
        The number's first context.

    Returns
    -------
    int
        0 to 2²⁴ − 2, whatever the stream is.

    Examples
    --------
    >>> state, model, data = start(4, 7), new_model(48), np.array([200], np.uint8)
    >>> bool(open_stream(state, data)), int(decode_number(state, data, model, 0))
    (True, 0)
    """
    length = 0
    while length < PREFIX - 1 and decode_bit(state, data, model, first + length):
        length += 1
    if length == 0:
        return 0
    top = 2 + decode_bit(state, data, model, first + PREFIX + length)
    return (top << (length - 1)) + decode_equal(state, data, length - 1) - 1


@njit
def flush(state, out):
    """End the stream: one or two bytes that name a number inside the interval, whatever follows.

    Parameters
    ----------
    state, out
        As for :func:`encode_chance`; afterwards `state` is of no use.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> int(flush(start(4, 7), np.empty(4, np.uint8)))
    1
    """
    low, width, n = state[0], state[1], state[2]
    shift = 24
    number = (low + (1 << shift) - 1) >> shift
    if ((number + 1) << shift) > low + width:
        shift = 16
        number = (low + (1 << shift) - 1) >> shift
    if number >> (32 - shift):
        k = n - 1
        while out[k] == 255:
            out[k] = 0
            k -= 1
        out[k] += np.uint8(1)
    out[n] = np.uint8((number << shift >> 24) & 255)
    if shift == 16:
        out[n + 1] = np.uint8(number & 255)
    return n + 4 - shift // 8


@njit
def overrun(state, data):
    """Whether a decoder has asked for more bytes than a whole stream lets it.

    Parameters
    ----------
    state, data
        As for :func:`decode_chance`.

    Returns
    -------
    bool

    Examples
    --------
    >>> state, data = start(4, 7), np.array([200], np.uint8); _ = open_stream(state, data)
    >>> bool(overrun(state, data))
    False
    """
    return state[2] > data.size + AHEAD


@njit
def write_bits(bits, contexts, model, fast, slow, out):
    """Twin of :func:`vdtext.entropy.adaptive.write_bits` on arrays.

    Parameters
    ----------
    bits : ndarray, shape (n,), uint8
        0 or 1.
    contexts : ndarray, shape (n,), integers
        A row of the model for each bit.
    model : ndarray, shape (contexts, 3), int32
        Changed in place.
    fast, slow : int
        Rates.
    out : ndarray, shape (capacity(n),), uint8
        Is written.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> out = np.empty(capacity(1000), np.uint8)
    >>> n = write_bits(np.ones(1000, np.uint8), np.zeros(1000, np.uint8), new_model(1), 4, 7, out)
    >>> out[:n].tobytes().hex()
    '00'
    """
    low, width, n = 0, MASK, 0
    for i in range(bits.size):
        c, bit = contexts[i], bits[i]
        p = (np.int64(model[c, 0]) + np.int64(model[c, 1])) >> 1
        bound = (width * p) >> 16
        if bit:
            width = bound
        else:
            low += bound
            width -= bound
        _learn(model, c, bit, fast, slow)
        if width < LEAST:
            low, width, n = _shifted(low, width, out, n)
    state = start(fast, slow)
    state[0], state[1], state[2] = low, width, n
    return flush(state, out)


@njit
def read_bits(data, contexts, model, fast, slow, bits):
    """Twin of :func:`vdtext.entropy.adaptive.read_bits` on arrays.

    Parameters
    ----------
    data : ndarray, uint8
        The stream.
    contexts, model, fast, slow
        As for :func:`write_bits`.
    bits : ndarray, shape (n,), uint8
        Is written.

    Returns
    -------
    bool
        False if this is no stream, or one that was cut.

    Examples
    --------
    >>> bits = np.empty(3, np.uint8)
    >>> bool(read_bits(np.array([200], np.uint8), np.zeros(3, np.uint8), new_model(1), 4, 7, bits)), bits.tolist()
    (True, [0, 0, 0])
    """
    state = start(fast, slow)
    good = open_stream(state, data)
    code, width, n, end = state[0], state[1], state[2], data.size
    for i in range(bits.size):
        c = contexts[i]
        p = (np.int64(model[c, 0]) + np.int64(model[c, 1])) >> 1
        bound = (width * p) >> 16
        if code < bound:
            bit = 1
            width = bound
        else:
            bit = 0
            code -= bound
            width -= bound
        bits[i] = bit
        _learn(model, c, bit, fast, slow)
        while width < LEAST:
            code = (code << 8) | (np.int64(data[n]) if n < end else 0)
            width, n = width << 8, n + 1
        if n > end + AHEAD:
            return False
    return good
