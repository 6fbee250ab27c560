"""The front doors: arrays in, bytes out, and back; what they are given is checked, and compiled twins do the work."""

import numpy as np

from vdtext.entropy.adaptive import RATES
from vdtext.errors import BitstreamError

__all__ = ["LIMIT", "decode_bits", "encode_bits"]

LIMIT = 1 << 28
"""At most so many bits or symbols are decoded at once."""
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
