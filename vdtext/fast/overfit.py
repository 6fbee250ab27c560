"""Latents and weights through the range coder, compiled (chapter 13): latent by latent, each after a small network."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.entropy.binary import capacity, decode_chance, encode_chance, flush, open_stream, overrun, start
from vdtext.overfit import grids, laplace, network

__all__ = [
    "capacity",
    "code_grid",
    "code_plain",
    "code_symbol",
    "code_tensor",
    "flush",
    "gather",
    "laplace_bits",
    "open_stream",
    "scatter",
    "start",
]

CAUSAL, PARENT = np.array(grids.CAUSAL), np.array(grids.PARENT)
OWN, KNOWN, MARGIN = len(CAUSAL), len(CAUSAL) + len(PARENT), grids.MARGIN
RUN, PLAIN, FRACTIONS = laplace.RUN, laplace.PLAIN, laplace.FRACTIONS
FINE, MOST, CEILING = network.FINE, network.MOST, network.CEILING
SCALES, SMALLEST = laplace.SCALES, laplace.SMALLEST


@njit
def _event(decoding, state, data, p, bit, cost):
    if decoding:
        bit = decode_chance(state, data, p)
    else:
        encode_chance(state, data, p, bit)
    cost[0] -= np.log2((p if bit else 65536 - p) / 65536)
    return bit


@njit
def code_symbol(decoding, state, data, q, location, scale, same, above, more, cost):
    """Twin of :func:`vdtext.overfit.laplace.events`, which also codes them.

    Parameters
    ----------
    decoding : bool
        Read, or write.
    state, data
        Of :mod:`vdtext.fast.entropy.binary`: a decoder and its stream, or an encoder with room for 130 bytes.
    q : int
        The latent; a decoder does not look at it.
    location, scale : int
        Middle in 1/16, and number of the width.
    same, above, more : ndarray
        :func:`vdtext.overfit.laplace.tables`.
    cost : ndarray, shape (1,), float64
        The ideal bits are added.

    Returns
    -------
    int
        The latent.

    Examples
    --------
    >>> state, data, cost = start(4, 7), np.empty(99, np.uint8), np.zeros(1)
    >>> int(code_symbol(False, state, data, 3, 16, 36, *laplace.tables(), cost)), float(round(cost[0], 2))
    (3, 3.83)
    """
    middle = (location + FRACTIONS // 2) >> 4
    fraction, away, far = location - FRACTIONS * middle + FRACTIONS // 2, q - middle, 0
    if _event(decoding, state, data, same[scale, fraction], 1 if away == 0 else 0, cost):
        return middle
    up = _event(decoding, state, data, above[scale, fraction], 1 if away > 0 else 0, cost)
    wanted, p = abs(away) - 1, more[scale]
    while far < RUN and _event(decoding, state, data, p, 1 if far < wanted else 0, cost):
        far += 1
    if far == RUN:
        rest = 0
        for k in range(PLAIN - 1, -1, -1):
            rest = 2 * rest + _event(decoding, state, data, 32768, ((wanted - RUN) >> k) & 1, cost)
        far += rest
    return middle + (far + 1 if up else -far - 1)


@njit
def code_plain(decoding, state, data, value, count, cost):
    """Code the lowest bits of a number, all alike probable.

    Parameters
    ----------
    decoding, state, data, cost
        As for :func:`code_symbol`.
    value, count : int
        The number, and how many of its bits.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> state, data, cost = start(4, 7), np.empty(99, np.uint8), np.zeros(1)
    >>> int(code_plain(False, state, data, 5, 4, cost)), cost[0]
    (5, np.float64(4.0))
    """
    found = 0
    for k in range(count - 1, -1, -1):
        found = 2 * found + _event(decoding, state, data, 32768, (value >> k) & 1, cost)
    return found


@njit
def code_tensor(decoding, state, data, numbers, scale, same, above, more, cost):
    """Code the numbers of a tensor with one width.

    Parameters
    ----------
    decoding, state, data, same, above, more, cost
        As for :func:`code_symbol`.
    numbers : ndarray, shape (n,), int64
        Differences from the defaults; written by a decoder.
    scale : int
        Number of the width.

    Examples
    --------
    >>> state, data, cost = start(4, 7), np.empty(99, np.uint8), np.zeros(1)
    >>> code_tensor(False, state, data, np.array([0, 1, -2]), 36, *laplace.tables(), cost)
    >>> float(round(cost[0], 1))
    7.6
    """
    for i in range(numbers.size):
        numbers[i] = code_symbol(decoding, state, data, numbers[i], 0, scale, same, above, more, cost)


@njit
def _layer(x, weights, bias, shift, rectified, out):
    half = (1 << shift) >> 1 if shift > 0 else 0
    for o in range(bias.size):
        total = bias[o] + half
        for i in range(weights.shape[1]):
            total += weights[o, i] * x[i]
        total = total >> shift if shift >= 0 else total << -shift
        out[o] = min(max(total, 0), CEILING) if rectified else total


@njit
def code_grid(decoding, state, data, grid, parent, layers, same, above, more, cost):
    """Code a grid, latent by latent: predict from what is known, code, and know one more.

    Parameters
    ----------
    decoding, state, data, same, above, more, cost
        As for :func:`code_symbol`.
    grid, parent : ndarray, int32
        With margins of zeros (:func:`vdtext.overfit.grids.padded`); a decoder writes the grid.
    layers : tuple
        Of :func:`vdtext.overfit.network.arm_layers`: three times (weights, bias, shift), and (weights, shift) of the
        direct way from the known latents to the result.

    Returns
    -------
    bool
        False if the stream was cut, or a latent is larger than any encoder writes.

    Examples
    --------
    >>> w, b = np.zeros((1, 15), np.int64), np.zeros(1, np.int64)
    >>> direct = np.zeros((2, 15), np.int64)
    >>> layers = (w, b, 0), (b[None], b, 0), (np.zeros((2, 1), np.int64), np.zeros(2, np.int64), 0), (direct, 0)
    >>> grid, parent, state, data = grids.padded((2, 2)), grids.padded((1, 1)), start(4, 7), np.empty(600, np.uint8)
    >>> bool(code_grid(False, state, data, grid, parent, layers, *laplace.tables(), np.zeros(1)))
    True
    """
    (w1, b1, s1), (w2, b2, s2), (w3, b3, s3), (direct, s4) = layers
    x, h, g = np.empty(KNOWN, np.int64), np.empty(b1.size, np.int64), np.empty(b2.size, np.int64)
    out, straight, none = np.empty(2, np.int64), np.empty(2, np.int64), np.zeros(2, np.int64)
    for y in range(grid.shape[0] - 2 * MARGIN):
        for z in range(grid.shape[1] - 2 * MARGIN):
            for k in range(OWN):
                x[k] = np.int64(grid[MARGIN + y + CAUSAL[k, 0], MARGIN + z + CAUSAL[k, 1]]) << FINE
            for k in range(KNOWN - OWN):
                x[OWN + k] = np.int64(parent[MARGIN + y // 2 + PARENT[k, 0], MARGIN + z // 2 + PARENT[k, 1]]) << FINE
            _layer(x, w1, b1, s1, True, h)
            _layer(h, w2, b2, s2, True, g)
            _layer(g, w3, b3, s3, False, out)
            _layer(x, direct, none, s4, False, straight)
            location = (out[0] + straight[0] + 8) >> 4
            scale = ((out[1] + straight[1] + 16) >> 5) - SMALLEST
            location, scale = min(max(location, -16 * MOST), 16 * MOST), min(max(scale, 0), SCALES - 1)
            q = np.int64(grid[MARGIN + y, MARGIN + z])
            q = code_symbol(decoding, state, data, q, location, scale, same, above, more, cost)
            if abs(q) > MOST or (decoding and overrun(state, data)):
                return False
            grid[MARGIN + y, MARGIN + z] = q
    return True


@njit(fastmath=True)
def gather(numbers, places, out):
    """For the encoder: rows of numbers from given places.

    Parameters
    ----------
    numbers : ndarray, shape (n,), float32
    places : ndarray, shape (k, m), int32
    out : ndarray, shape (k, m), float32
        Is written.

    Examples
    --------
    >>> out = np.empty((1, 2), np.float32)
    >>> gather(np.array([5, 7], np.float32), np.array([[1, 1]], np.int32), out); out.tolist()
    [[7.0, 7.0]]
    """
    for k in range(len(places)):
        row, target = places[k], out[k]
        for i in range(row.size):
            target[i] = numbers[row[i]]


@njit(fastmath=True)
def scatter(rows, places, out):
    """For the encoder: the transpose of :func:`gather`, which adds up what comes from each place.

    Parameters
    ----------
    rows : ndarray, shape (k, m), float32
    places : ndarray, shape (k, m), int32
    out : ndarray, shape (n,), float32
        Is added to.

    Examples
    --------
    >>> out = np.zeros(2, np.float32)
    >>> scatter(np.ones((1, 2), np.float32), np.array([[1, 1]], np.int32), out); out.tolist()
    [0.0, 2.0]
    """
    for k in range(len(places)):
        row, source = places[k], rows[k]
        for i in range(row.size):
            out[row[i]] += source[i]


@njit(fastmath=True)
def laplace_bits(numbers, middles, octaves, low, high, by_number, by_octave):
    """For the encoder: bits of numbers under Laplace densities, and their slopes.

    Parameters
    ----------
    numbers, middles, octaves : ndarray, shape (n,), float32
        The density of each has its middle, and the width 2 to the power of its octave.
    low, high : float
        Octaves are cut to this range.
    by_number, by_octave : ndarray, shape (n,), float32
        Slopes, written; that by the middle is the negative of that by the number.

    Returns
    -------
    float
        −Σ log₂(F(q + ½) − F(q − ½)).

    Examples
    --------
    >>> zero, slopes = np.zeros(1, np.float32), (np.empty(1, np.float32), np.empty(1, np.float32))
    >>> round(laplace_bits(zero, zero, zero, -4.5, 5.0, *slopes), 4), float(slopes[0][0])
    (1.3457, 0.0)
    """
    total, unit = 0.0, 1 / np.log(2.0)
    for i in range(numbers.size):
        octave = min(max(octaves[i], low), high)
        inverse, away = 2.0**-octave, numbers[i] - middles[i]
        size = abs(away)
        outer, near = 0.5 * np.exp(-(size + 0.5) * inverse), size - 0.5
        inner = 0.5 * np.exp(-abs(near) * inverse)
        mass = inner - outer if near > 0 else 1 - inner - outer
        by_width = (inner * near - outer * (size + 0.5)) * inverse
        slope = (outer - inner) * inverse
        mass = max(mass, 2.0**-16)
        total -= np.log(mass)
        by_number[i] = -unit * slope / mass * (1 if away > 0 else -1)
        by_octave[i] = -by_width / mass if octaves[i] == octave else 0.0
    return total * unit
