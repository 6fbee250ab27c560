"""Logistic mixing, compiled: bit by bit for other kernels, and for whole arrays (chapter 6)."""

import numpy as np

from vdtext._jit import njit
from vdtext.entropy import mixing
from vdtext.fast.entropy.binary import _learn, decode_chance, encode_chance, flush, open_stream, overrun, start

__all__ = ["decode_mixed", "encode_mixed", "new_weights", "read_mixed", "write_mixed"]

STRETCH = np.array(mixing.STRETCH, np.int32)
SQUASH = np.array(mixing.SQUASH, np.int32)
TOP, LEARNING = mixing.TOP, mixing.LEARNING


@njit
def new_weights(sets, inputs):
    """Weights that know nothing yet, and room for the inputs of a bit.

    Parameters
    ----------
    sets : int
        How many sets of weights.
    inputs : int
        How many contexts a bit has.

    Returns
    -------
    ndarray, shape (sets + 1, inputs), int64
        In units of 1/65536; the last row is scratch.

    Examples
    --------
    >>> new_weights(1, 2)[0].tolist()
    [49152, 49152]
    """
    weights = np.empty((sets + 1, inputs), np.int64)
    weights[:] = (65536 + (32768 if inputs > 1 else 0)) // inputs
    return weights


@njit
def _mixed(model, weights, choice, contexts):
    """The mixed probability of a one; its inputs are left in the last row of the weights."""
    inputs, w, total = weights[-1], weights[choice], 0
    for i in range(contexts.size):
        row = contexts[i]
        inputs[i] = STRETCH[(model[row, 0] + model[row, 1]) >> 5]
        total += w[i] * inputs[i]
    return np.int64(SQUASH[max(-TOP, min(TOP, total >> 16)) + TOP])


@njit
def _trust(model, weights, choice, contexts, p, bit, fast, slow):
    """Let weights and estimators learn a bit."""
    inputs, w = weights[-1], weights[choice]
    error = (65536 if bit else 0) - p
    for i in range(contexts.size):
        w[i] += (inputs[i] * error) >> LEARNING
        _learn(model, contexts[i], bit, fast, slow)


@njit
def encode_mixed(state, out, model, weights, choice, contexts, bit):
    """Code a bit whose probability is mixed from several contexts; all of them, and the weights, learn it.

    Parameters
    ----------
    state, out, model
        As for :func:`vdtext.fast.entropy.binary.encode_bit`.
    weights : ndarray, shape (sets + 1, k), int64
        As :func:`new_weights` made them; changed in place.
    choice : int
        Which set of weights is used.
    contexts : ndarray, shape (k,), integers
        Rows of the model, all different.
    bit : int
        0 or 1.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import capacity, new_model
    >>> state, model, weights, out = start(4, 7), new_model(2), new_weights(1, 2), np.empty(capacity(1), np.uint8)
    >>> encode_mixed(state, out, model, weights, 0, np.arange(2), 1)
    >>> model.tolist()
    [[49152, 49152, 1], [49152, 49152, 1]]
    """
    p = _mixed(model, weights, choice, contexts)
    encode_chance(state, out, p, bit)
    _trust(model, weights, choice, contexts, p, bit, state[3], state[4])


@njit
def decode_mixed(state, data, model, weights, choice, contexts):
    """Read a bit that :func:`encode_mixed` wrote.

    Parameters
    ----------
    state, data, model
        As for :func:`vdtext.fast.entropy.binary.decode_bit`.
    weights, choice, contexts
        As for :func:`encode_mixed`.

    Returns
    -------
    int
        0 or 1.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import new_model
    >>> state, data = start(4, 7), np.array([200], np.uint8)
    >>> bool(open_stream(state, data)), int(decode_mixed(state, data, new_model(1), new_weights(1, 1), 0, np.arange(1)))
    (True, 0)
    """
    p = _mixed(model, weights, choice, contexts)
    bit = decode_chance(state, data, p)
    _trust(model, weights, choice, contexts, p, bit, state[3], state[4])
    return bit


@njit
def write_mixed(bits, contexts, select, model, weights, fast, slow, out):
    """Twin of :func:`vdtext.entropy.mixing.write_mixed` on arrays.

    Parameters
    ----------
    bits : ndarray, shape (n,), uint8
    contexts : ndarray, shape (n, k), integers
    select : ndarray, shape (n,), integers
    model, weights, fast, slow, out
        As for the functions above; `out` has room for n bits.

    Returns
    -------
    int
        Bytes of the stream.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import new_model
    >>> bits, contexts = np.zeros(50, np.uint8), np.zeros((50, 1), np.uint8)
    >>> int(write_mixed(bits, contexts, bits, new_model(1), new_weights(1, 1), 4, 7, np.empty(104, np.uint8)))
    1
    """
    state = start(fast, slow)
    for i in range(bits.size):
        encode_mixed(state, out, model, weights, select[i], contexts[i], bits[i])
    return flush(state, out)


@njit
def read_mixed(data, contexts, select, model, weights, fast, slow, bits):
    """Twin of :func:`vdtext.entropy.mixing.read_mixed` on arrays.

    Parameters
    ----------
    data : ndarray, uint8
    contexts, select, model, weights, fast, slow
        As for :func:`write_mixed`.
    bits : ndarray, shape (n,), uint8
        Is written.

    Returns
    -------
    bool
        False if this is no stream, or one that was cut.

    Examples
    --------
    >>> from vdtext.fast.entropy.binary import new_model
    >>> bits, contexts = np.empty(3, np.uint8), np.zeros((3, 1), np.uint8)
    >>> data = np.array([200], np.uint8)
    >>> bool(read_mixed(data, contexts, contexts[:, 0], new_model(1), new_weights(1, 1), 4, 7, bits)), bits.tolist()
    (True, [0, 0, 0])
    """
    state = start(fast, slow)
    good = open_stream(state, data)
    for i in range(bits.size):
        bits[i] = decode_mixed(state, data, model, weights, select[i], contexts[i])
        if overrun(state, data):
            return False
    return good
