"""Context-adaptive binary arithmetic coding, readable: one bit at a time, each with an estimator that learns.

An estimator is a row (fast, slow, seen) of a model: two probabilities of a one, in units of 1/65536, and how many bits
it has learned from.  The mean of both is what the coder is told.
"""

from vdtext.entropy.interval import decode_interval, encode_interval, finish, locate, start_decoder, start_encoder

__all__ = ["PACE", "RATES", "adapt", "chance", "decode_bit", "encode_bit", "read_bits", "write_bits"]

RATES = (4, 7)
"""In the long run an estimator moves by 1/2⁴ and 1/2⁷ of its error: it remembers some 16 and 128 bits."""
PACE = tuple((2 * (seen + 2) ** 2).bit_length() - 1 >> 1 for seen in range(1024))
"""round(log₂(seen + 2)) in integers: at first estimators move by about 1/(seen + 2), as relative frequencies do."""


def chance(estimator):
    """The probability of a one, in units of 1/65536: the mean of a fast and of a slow estimate.

    Parameters
    ----------
    estimator : sequence of int
        (fast, slow, seen).

    Returns
    -------
    int
        From 1 to 65535.

    Examples
    --------
    >>> chance([32768, 16384, 9])
    24576
    """
    return estimator[0] + estimator[1] >> 1


def adapt(estimator, bit, rates=RATES):
    """Let an estimator learn a bit: each of its two probabilities moves towards what has happened.

    .. math:: p ← p + (bit − p)/2^{\\min(rate, pace(seen))}

    Parameters
    ----------
    estimator : list of int
        [fast, slow, seen], changed in place.
    bit : int
        0 or 1.
    rates : tuple of int
        Of the fast and of the slow one, 1 to 10.

    References
    ----------
    Howard, Vitter, Practical implementations of arithmetic coding, in Image and Text Compression (1992), 85–112.
    Alshin, Alshina, Park, High precision probability estimation for CABAC, Visual Communications and Image Processing
    (2013).

    Examples
    --------
    >>> estimator = [32768, 32768, 0]
    >>> adapt(estimator, 1)
    >>> estimator
    [49152, 49152, 1]
    """
    seen = estimator[2]
    for i, rate in enumerate(rates):
        shift = min(rate, PACE[seen])
        estimator[i] += (65536 - estimator[i] >> shift) if bit else -(estimator[i] >> shift)
    estimator[2] = min(seen + 1, len(PACE) - 1)


def encode_bit(coder, out, estimator, bit, rates=RATES):
    """Code one bit with its estimator, and let the estimator learn.

    Parameters
    ----------
    coder, out
        As for :func:`encode_interval`.
    estimator : list of int
        [fast, slow, seen], changed in place.
    bit : int
        0 or 1: a one has the lower part of the interval.
    rates : tuple of int
        As for :func:`adapt`.

    Examples
    --------
    >>> coder, out = start_encoder(), bytearray()
    >>> encode_bit(coder, out, [32768, 32768, 0], 0)
    >>> coder[0] == 2**31 - 1
    True
    """
    p = chance(estimator)
    encode_interval(coder, out, *((0, p) if bit else (p, 65536)), 16)
    adapt(estimator, bit, rates)


def decode_bit(coder, data, estimator, rates=RATES):
    """Read one bit: the same estimator, the same interval, and the question in which part the number lies.

    Parameters
    ----------
    coder, data
        As for :func:`decode_interval`.
    estimator : list of int
        [fast, slow, seen], changed in place.
    rates : tuple of int
        As for :func:`adapt`.

    Returns
    -------
    int
        0 or 1.

    Examples
    --------
    >>> decode_bit(start_decoder(bytes([200])), bytes([200]), [32768, 32768, 0])
    0
    """
    p = chance(estimator)
    bit = int(locate(coder, 16) < p)
    decode_interval(coder, data, *((0, p) if bit else (p, 65536)), 16)
    adapt(estimator, bit, rates)
    return bit


def write_bits(bits, contexts, rates=RATES):
    """Code bits, each with the estimator of its context; :func:`vdtext.entropy.encode_bits` is the same, and fast.

    Parameters
    ----------
    bits : iterable of int
        0 or 1.
    contexts : iterable of int
        For each bit the number of its context, from 0.
    rates : tuple of int
        As for :func:`adapt`.

    Returns
    -------
    bytes

    Examples
    --------
    >>> write_bits([1] * 1000, [0] * 1000).hex()
    '00'
    """
    bits, contexts = list(bits), list(contexts)
    model = [[32768, 32768, 0] for _ in range(max(contexts, default=-1) + 1)]
    coder, out = start_encoder(), bytearray()
    for bit, context in zip(bits, contexts, strict=True):
        encode_bit(coder, out, model[context], bit, rates)
    if bits:
        finish(coder, out)
    return bytes(out)


def read_bits(data, contexts, rates=RATES):
    """What :func:`write_bits` wrote: one bit for each context.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    contexts : iterable of int
        As they were given to the encoder.
    rates : tuple of int
        As they were given to the encoder.

    Returns
    -------
    list of int

    Examples
    --------
    >>> read_bits(write_bits([0, 1, 1, 0], [0, 1, 0, 1]), [0, 1, 0, 1])
    [0, 1, 1, 0]
    """
    contexts = list(contexts)
    model = [[32768, 32768, 0] for _ in range(max(contexts, default=-1) + 1)]
    coder = start_decoder(data) if contexts else None
    return [decode_bit(coder, data, model[context], rates) for context in contexts]
