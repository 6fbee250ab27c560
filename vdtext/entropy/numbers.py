"""Numbers as adaptive bits, readable: binarisation by Exp-Golomb, and a context for every place where bits differ."""

from vdtext.entropy.adaptive import RATES, decode_bit, encode_bit
from vdtext.entropy.interval import decode_interval, encode_interval, finish, locate, start_decoder, start_encoder

__all__ = ["decode_number", "encode_number", "read_numbers", "write_numbers"]

PREFIX = 24
"""Contexts for the unary part of a number; as many again for the bit behind its leading one."""


def estimators(classes):
    """Estimators that know nothing: 48 for each class of numbers."""
    return [[[32768, 32768, 0] for _ in range(2 * PREFIX)] for _ in range(classes)]


def encode_number(coder, out, own, number, rates=RATES):
    """Code a number by Exp-Golomb: the length in unary, adaptive; the first bit behind the leading one, adaptive.

    Parameters
    ----------
    coder, out
        As for :func:`encode_interval`.
    own : list of list of int
        48 estimators, changed in place.
    number : int
        0 to 2²³ − 1.
    rates : tuple of int
        As for :func:`adapt`.

    Examples
    --------
    >>> coder, out = start_encoder(), bytearray()
    >>> encode_number(coder, out, estimators(1)[0], 0)  # one bit of probability 1/2
    >>> coder[1] == 2**31
    True
    """
    digits = format(number + 1, "b")[1:]
    length = len(digits)
    for place in range(min(length + 1, PREFIX - 1)):
        encode_bit(coder, out, own[place], int(place < length), rates)
    if length:
        encode_bit(coder, out, own[PREFIX + length], int(digits[0]), rates)
    for digit in digits[1:]:
        encode_interval(coder, out, *((0, 32768) if digit == "1" else (32768, 65536)), 16)


def decode_number(coder, data, own, rates=RATES):
    """Read a number that :func:`encode_number` wrote.

    Parameters
    ----------
    coder, data
        As for :func:`decode_interval`.
    own : list of list of int
        48 estimators, changed in place.
    rates : tuple of int
        As for :func:`adapt`.

    Returns
    -------
    int
        0 to 2²⁴ − 2.

    Examples
    --------
    >>> decode_number(start_decoder(bytes([200])), bytes([200]), estimators(1)[0])
    0
    """
    length = 0
    while length < PREFIX - 1 and decode_bit(coder, data, own[length], rates):
        length += 1
    number = 1
    for place in range(length):
        if place == 0:
            bit = decode_bit(coder, data, own[PREFIX + length], rates)
        else:
            bit = int(locate(coder, 16) < 32768)
            decode_interval(coder, data, *((0, 32768) if bit else (32768, 65536)), 16)
        number = 2 * number + bit
    return number - 1


def write_numbers(numbers, classes, rates=RATES):
    """Code numbers; :func:`vdtext.entropy.encode_numbers` is the same, and fast.

    Parameters
    ----------
    numbers : iterable of int
        0 to 2²³ − 1.
    classes : iterable of int
        The class of each number, from 0; each class has estimators of its own.
    rates : tuple of int
        As for :func:`adapt`.

    Returns
    -------
    bytes

    Examples
    --------
    >>> write_numbers([0, 0, 5, 0], [0, 0, 0, 0]).hex()
    'a611'
    """
    numbers, classes = list(numbers), list(classes)
    model, coder, out = estimators(max(classes, default=-1) + 1), start_encoder(), bytearray()
    for number, own in zip(numbers, classes, strict=True):
        encode_number(coder, out, model[own], number, rates)
    if numbers:
        finish(coder, out)
    return bytes(out)


def read_numbers(data, classes, rates=RATES):
    """What :func:`write_numbers` wrote: one number for each class that is given.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    classes : iterable of int
        As they were given to the encoder.
    rates : tuple of int
        As they were given to the encoder.

    Returns
    -------
    list of int

    Examples
    --------
    >>> read_numbers(write_numbers([7, 0, 5], [0, 0, 0]), [0, 0, 0])
    [7, 0, 5]
    """
    classes = list(classes)
    model, coder = estimators(max(classes, default=-1) + 1), start_decoder(data) if classes else None
    return [decode_number(coder, data, model[own], rates) for own in classes]
