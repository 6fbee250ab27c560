"""The front doors of adaptive coding: arrays in, bytes out, and back; compiled twins do the work."""

import numpy as np

from vdtext.entropy.adaptive import RATES
from vdtext.errors import BitstreamError

__all__ = [
    "LIMIT",
    "decode_bits",
    "decode_mixed",
    "decode_numbers",
    "encode_bits",
    "encode_mixed",
    "encode_numbers",
]

LIMIT = 1 << 28
"""At most so many bits or symbols are coded at once."""
CONTEXTS = 1 << 22
"""At most so many contexts."""
NATS = 45426
"""65536 ln 2, rounded down: a symbol of probability 1 − f/65536 costs at least f/NATS bits."""


def as_bytes(data):
    """A stream as an array of bytes, whatever it was given as."""
    return np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)


def integers(values, name, high):
    """A contiguous array of integers, shape (n,), after making sure that they lie in 0 … high."""
    values = np.ascontiguousarray(values)
    if values.size == 0:
        return np.zeros(0, np.uint8)
    if values.ndim != 1 or values.dtype.kind not in "iub" or not 0 <= values.min() <= values.max() <= high:
        raise ValueError(f"{name}: accepted is an array (n,) of integers from 0 to {high} (chapter 6)")
    return values.view(np.uint8) if values.dtype.kind == "b" else values


def affordable(count, data, floor):
    """Make sure that so many symbols can lie in these bytes, if each costs at least floor/NATS bits."""
    if not 0 <= count <= LIMIT:
        raise ValueError(f"count={count}: 0 to {LIMIT} symbols are decoded at once (chapter 6)")
    if count * floor > NATS * (8 * len(data) + 32):
        raise BitstreamError(f"{len(data)} bytes cannot hold {count} symbols of this model (chapter 6)")


def _contexts(contexts, count):
    """Contexts as an array, and how many rows the model needs."""
    contexts = np.zeros(count, np.uint8) if contexts is None else integers(contexts, "contexts", CONTEXTS - 1)
    if len(contexts) != count:
        raise ValueError(f"{len(contexts)} contexts for {count} bits: each bit has one (chapter 6)")
    return contexts, int(contexts.max()) + 1 if count else 0


def _rates(rates):
    if len(rates) != 2 or not all(1 <= rate <= 10 for rate in rates):
        raise ValueError(f"rates={rates}: accepted are two integers from 1 to 10, such as (4, 7) (chapter 6)")
    return tuple(int(rate) for rate in rates)


def encode_bits(bits, contexts=None, *, rates=RATES):
    """Context-adaptive binary arithmetic coding: each bit has a context, and each context an estimator that learns.

    The stream has no header: a range coder's bytes (:mod:`vdtext.entropy.interval`), the highest first, ended by the
    one or two bytes that any continuation leaves inside the interval.  A one has the lower part.  No bit, no byte.

    Parameters
    ----------
    bits : array_like of int or bool, shape (n,)
        0 or 1.
    contexts : array_like of int, shape (n,), optional
        The context of each bit, from 0; one context for all by default.
    rates : tuple of int
        How fast both estimators forget, 1 to 10; they remember some 2^rate bits.

    Returns
    -------
    bytes
        Those of :func:`vdtext.entropy.adaptive.write_bits`.

    Raises
    ------
    ValueError
        If an argument cannot be right; the message says what is accepted.

    Examples
    --------
    >>> bits = np.arange(8000) % 10 == 0
    >>> len(encode_bits(bits)) < 600, len(encode_bits(bits, np.arange(8000) % 10)) < 40
    (True, True)
    """
    from vdtext.fast.entropy import binary  # loads Numba, so only when it is needed

    bits, (fast, slow) = integers(bits, "bits", 1), _rates(rates)
    contexts, rows = _contexts(contexts, len(bits))
    if not len(bits):
        return b""
    out = np.empty(binary.capacity(len(bits)), np.uint8)
    end = binary.write_bits(bits.astype(np.uint8, copy=False), contexts, binary.new_model(rows), fast, slow, out)
    return out[:end].tobytes()


def decode_bits(data, count, contexts=None, *, rates=RATES):
    """Read what :func:`encode_bits` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    count : int
        How many bits it holds.
    contexts, rates
        As they were given to the encoder.

    Returns
    -------
    ndarray, shape (count,), uint8

    Raises
    ------
    BitstreamError
        If the stream begins with what no encoder writes, or ends before its last bit.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_bits(encode_bits([1, 0, 0, 1, 1]) + b"whatever follows", 5).tolist()
    [1, 0, 0, 1, 1]
    """
    from vdtext.fast.entropy import binary

    fast, slow = _rates(rates)
    affordable(count, data, ((1 << fast) + (1 << slow) - 2) // 2)
    contexts, rows = _contexts(contexts, count)
    bits = np.empty(count, np.uint8)
    if count and not binary.read_bits(as_bytes(data), contexts, binary.new_model(rows), fast, slow, bits):
        raise BitstreamError(f"{len(data)} bytes: no stream, or one that ends before its {count} bits (chapter 6)")
    return bits


def encode_numbers(numbers, classes=None, *, rates=RATES):
    """Numbers as adaptive bits: binarised by Exp-Golomb, a context for every place where bits differ.

    The stream is that of :func:`encode_bits` without a header.  A number n has ℓ = ⌊log2(n + 1)⌋ ones and a zero, each
    with the context of its place (the zero is left out at ℓ = 23); then the bits of n + 1 without the leading one, the
    first with a context for each ℓ, the rest with the probability 1/2.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
        0 to 2²³ − 1; signed ones become such by :func:`zigzag`.
    classes : array_like of int, shape (n,), optional
        The class of each number, from 0, with contexts of its own; one for all by default.
    rates : tuple of int
        As for :func:`encode_bits`.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> len(encode_numbers(np.zeros(1000, int))), len(encode_numbers(np.arange(1000)))
    (1, 1016)
    """
    from vdtext.fast.entropy import binary, static

    numbers, (fast, slow) = integers(numbers, "numbers", (1 << 23) - 1), _rates(rates)
    classes, rows = _contexts(classes, len(numbers))
    if not len(numbers):
        return b""
    length = int(numbers.max() + 1).bit_length()
    out = np.empty(binary.capacity(2 * length * len(numbers)), np.uint8)
    end = static.write_numbers(numbers, classes, binary.new_model(48 * rows), fast, slow, out)
    return out[:end].tobytes()


def decode_numbers(data, count, classes=None, *, rates=RATES):
    """Read what :func:`encode_numbers` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    count : int
        How many numbers it holds.
    classes, rates
        As they were given to the encoder.

    Returns
    -------
    ndarray, shape (count,), int32

    Raises
    ------
    BitstreamError
        If the stream begins with what no encoder writes, or ends before its last number.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> decode_numbers(encode_numbers([3, 0, 1000]) + b"whatever follows", 3).tolist()
    [3, 0, 1000]
    """
    from vdtext.fast.entropy import binary, static

    fast, slow = _rates(rates)
    affordable(count, data, ((1 << fast) + (1 << slow) - 2) // 2)
    classes, rows = _contexts(classes, count)
    numbers = np.empty(count, np.int32)
    model = binary.new_model(48 * rows)
    if count and not static.read_numbers(as_bytes(data), classes, model, fast, slow, numbers):
        raise BitstreamError(f"{len(data)} bytes: no stream, or one that ends before its {count} numbers (chapter 6)")
    return numbers


def _several(contexts, select, count):
    """Contexts (n, k) and choices as arrays, how many rows the model and how many sets the weights need."""
    contexts = np.ascontiguousarray(contexts)
    if contexts.ndim != 2 or contexts.shape[0] != count or not 1 <= contexts.shape[1] <= 64:
        raise ValueError(f"contexts {contexts.shape}: for {count} bits ({count}, k) is accepted, k to 64 (chapter 6)")
    flat, rows = _contexts(contexts.ravel(), contexts.size)
    choices, sets = _contexts(select, count)
    return flat.reshape(contexts.shape), choices, rows, sets


def encode_mixed(bits, contexts, select=None, *, rates=RATES):
    """Adaptive binary coding with several contexts a bit, whose estimates are mixed by weights that learn.

    The stream is that of :func:`encode_bits`; the probability of each bit is what :func:`vdtext.entropy.mixing.mixed`
    makes of its contexts.

    Parameters
    ----------
    bits : array_like of int or bool, shape (n,)
        0 or 1.
    contexts : array_like of int, shape (n, k)
        For each bit, k numbers of estimators; no two inputs share one.
    select : array_like of int, shape (n,), optional
        Which set of weights each bit uses; one for all by default.
    rates : tuple of int
        As for :func:`encode_bits`.

    Returns
    -------
    bytes
        Those of :func:`vdtext.entropy.mixing.write_mixed`.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> i = np.arange(2000)
    >>> len(encode_mixed(i % 6 == 0, np.stack([i % 2, 2 + i % 3], axis=1))), len(encode_bits(i % 6 == 0, i % 3))
    (59, 88)
    """
    from vdtext.fast.entropy import binary, mixing

    bits, (fast, slow) = integers(bits, "bits", 1), _rates(rates)
    if not len(bits):
        return b""
    contexts, select, rows, sets = _several(contexts, select, len(bits))
    out, weights = np.empty(binary.capacity(len(bits)), np.uint8), mixing.new_weights(sets, contexts.shape[1])
    bits = bits.astype(np.uint8, copy=False)
    end = mixing.write_mixed(bits, contexts, select, binary.new_model(rows), weights, fast, slow, out)
    return out[:end].tobytes()


def decode_mixed(data, count, contexts, select=None, *, rates=RATES):
    """Read what :func:`encode_mixed` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    count : int
        How many bits it holds.
    contexts, select, rates
        As they were given to the encoder.

    Returns
    -------
    ndarray, shape (count,), uint8

    Raises
    ------
    BitstreamError
        If the stream begins with what no encoder writes, or ends before its last bit.
    ValueError
        If another argument cannot be right.

    Examples
    --------
    >>> contexts = [(0, 1)] * 3
    >>> decode_mixed(encode_mixed([1, 0, 1], contexts), 3, contexts).tolist()
    [1, 0, 1]
    """
    from vdtext.fast.entropy import binary, mixing

    fast, slow = _rates(rates)
    affordable(count, data, 16)
    bits = np.empty(count, np.uint8)
    if not count:
        return bits
    contexts, select, rows, sets = _several(contexts, select, count)
    model, weights = binary.new_model(rows), mixing.new_weights(sets, contexts.shape[1])
    if not mixing.read_mixed(as_bytes(data), contexts, select, model, weights, fast, slow, bits):
        raise BitstreamError(f"{len(data)} bytes: no stream, or one that ends before its {count} bits (chapter 6)")
    return bits
