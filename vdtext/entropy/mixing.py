"""Logistic mixing, readable: several contexts say what they expect, and how far each is trusted is learned as well.

Everything is integer, tables included: they come from decimal arithmetic, which is the same everywhere.  A logit is in
units of 1/256, a weight in units of 1/65536, a probability in units of 1/65536.
"""

from decimal import Context, Decimal

from vdtext.entropy.adaptive import RATES, adapt, chance
from vdtext.entropy.interval import decode_interval, encode_interval, finish, locate, start_decoder, start_encoder

__all__ = ["SQUASH", "STRETCH", "mixed", "read_mixed", "squash", "stretch", "trust", "write_mixed"]

TOP = 2047
"""The largest logit, 8 natural units: a probability of 1/2982."""
LEARNING = 14
"""Weights move by logit·error/2¹⁴ in these units: at a rate of 1/64."""

_digits = Context(prec=24)
STRETCH = tuple(
    max(-TOP, min(TOP, round(256 * _digits.ln(_digits.divide(Decimal(2 * i + 1), Decimal(8192 - 2 * i - 1))))))
    for i in range(4096)
)
"""ln(p/(1 − p)) of the probabilities p = (i + ½)/4096."""
SQUASH = tuple(
    round(65536 / (1 + _digits.exp(_digits.divide(Decimal(-x), Decimal(256))))) for x in range(-TOP, TOP + 1)
)
"""1/(1 + e⁻ˣ) of all logits x."""


def stretch(p):
    """The logit of a probability, ln(p/(1 − p)).

    Parameters
    ----------
    p : int
        In units of 1/65536, 1 to 65535.

    Returns
    -------
    int
        In units of 1/256, −2047 to 2047.

    Examples
    --------
    >>> stretch(65536 * 9 // 10), stretch(65536 // 10)  # ln 9 is 2.197, times 256
    (563, -563)
    """
    return STRETCH[p >> 4]


def squash(x):
    """The probability of a logit, 1/(1 + e⁻ˣ).

    Parameters
    ----------
    x : int
        In units of 1/256; beyond ±2047 it is cut.

    Returns
    -------
    int
        In units of 1/65536.

    Examples
    --------
    >>> squash(0), squash(10000)
    (32768, 65514)
    """
    return SQUASH[max(-TOP, min(TOP, x)) + TOP]


def mixed(inputs, weights):
    """One probability from several logits: the logit of the result is their weighted sum.

    .. math:: p = σ(Σ_i w_i \\ln(p_i/(1 − p_i)))

    Parameters
    ----------
    inputs : sequence of int
        Logits, as :func:`stretch` gives them.
    weights : sequence of int
        In units of 1/65536.

    Returns
    -------
    int
        In units of 1/65536.

    References
    ----------
    Mahoney, Adaptive weighing of context models for lossless data compression, Florida Institute of Technology
    technical report CS-2005-16 (2005).

    Examples
    --------
    >>> mixed([562, 562], [32768, 32768]), mixed([562, 562], [65536, 65536])  # twice the evidence: 81 to 1
    (58971, 64734)
    """
    return squash(sum(w * x for w, x in zip(weights, inputs, strict=True)) >> 16)


def trust(weights, inputs, p, bit):
    """Let the weights learn: whoever was right is trusted more, by the slope of the cost −log2 p.

    .. math:: w_i ← w_i + x_i (bit − p)/64

    Parameters
    ----------
    weights : list of int
        Changed in place.
    inputs : sequence of int
        The logits x.
    p : int
        What :func:`mixed` made of them.
    bit : int
        0 or 1: what happened.

    References
    ----------
    Mahoney, Adaptive weighing of context models for lossless data compression (2005).

    Examples
    --------
    >>> weights = [32768, 32768]
    >>> trust(weights, [562, -100], 32768, 1)
    >>> weights
    [33892, 32568]
    """
    error = (bit << 16) - p
    for i, x in enumerate(inputs):
        weights[i] += x * error >> LEARNING


def first_weights(inputs):
    """Weights that know nothing: together a little more than 1, since contexts confirm each other."""
    return [(65536 + 32768 * (inputs > 1)) // inputs for _ in range(inputs)]


def write_mixed(bits, contexts, select, rates=RATES):
    """Code bits, each with several contexts; :func:`vdtext.entropy.encode_mixed` is the same, and fast.

    Parameters
    ----------
    bits : iterable of int
        0 or 1.
    contexts : iterable of sequence of int
        For each bit, k numbers of estimators; no two inputs share one.
    select : iterable of int
        For each bit, which weights it uses.
    rates : tuple of int
        As for :func:`adapt`.

    Returns
    -------
    bytes

    Examples
    --------
    >>> len(write_mixed([0, 1] * 500, [(i % 2, 2) for i in range(1000)], [0] * 1000)) < 10
    True
    """
    bits, contexts, select = list(bits), list(contexts), list(select)
    model, weights = _fresh(contexts, select)
    coder, out = start_encoder(), bytearray()
    for bit, rows, choice in zip(bits, contexts, select, strict=True):
        inputs = [stretch(chance(model[row])) for row in rows]
        p = mixed(inputs, weights[choice])
        encode_interval(coder, out, *((0, p) if bit else (p, 65536)), 16)
        trust(weights[choice], inputs, p, bit)
        for row in rows:
            adapt(model[row], bit, rates)
    if bits:
        finish(coder, out)
    return bytes(out)


def read_mixed(data, contexts, select, rates=RATES):
    """What :func:`write_mixed` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    contexts, select, rates
        As they were given to the encoder.

    Returns
    -------
    list of int

    Examples
    --------
    >>> read_mixed(write_mixed([0, 1, 1], [(0, 1)] * 3, [0] * 3), [(0, 1)] * 3, [0] * 3)
    [0, 1, 1]
    """
    contexts, select, bits = list(contexts), list(select), []
    model, weights = _fresh(contexts, select)
    coder = start_decoder(data) if contexts else None
    for rows, choice in zip(contexts, select, strict=True):
        inputs = [stretch(chance(model[row])) for row in rows]
        p = mixed(inputs, weights[choice])
        bits.append(bit := int(locate(coder, 16) < p))
        decode_interval(coder, data, *((0, p) if bit else (p, 65536)), 16)
        trust(weights[choice], inputs, p, bit)
        for row in rows:
            adapt(model[row], bit, rates)
    return bits


def _fresh(contexts, select):
    """Estimators and weights at the beginning."""
    rows = max((max(row) for row in contexts), default=-1) + 1
    model = [[32768, 32768, 0] for _ in range(rows)]
    return model, [first_weights(len(contexts[0])) for _ in range(max(select, default=-1) + 1)] if contexts else []
