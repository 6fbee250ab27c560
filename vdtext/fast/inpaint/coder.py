"""Trees and their values in one stream (chapter 8): a writer and a reader, with models that learn from tree to tree."""

import numpy as np

from vdtext.errors import BitstreamError
from vdtext.fast.entropy import binary, mixing
from vdtext.fast.inpaint import lattice, raster

__all__ = ["Reader", "Writer", "read_raster", "write_raster"]

PIXEL = 2 * (1 + lattice.ESCAPE + lattice.REST + 2)
"""Bytes that a pixel can take at most."""


def _models(kinds):
    """Estimators and weights of so many kinds of trees, all new."""
    return [(binary.new_model(lattice.ROWS), mixing.new_weights(lattice.SETS, lattice.SLOTS)) for _ in range(kinds)]


class Writer:
    """Codes one tree after the other.

    Parameters
    ----------
    kinds : int
        Kinds of trees, each of which has models of its own.

    Examples
    --------
    >>> writer, rest = Writer(1), (np.zeros((1, 3), np.uint8), 0, 1, np.full(3, 16), np.full(2, 256))
    >>> writer.put(0, np.array([[0, 0, 64]]), np.array([[1, 0, 1]]), *rest).tolist()
    [[0, 32, 64]]
    >>> len(writer.finish())
    2
    """

    def __init__(self, kinds):
        self.models, self.state, self.stream = _models(kinds), binary.start(4, 7), np.empty(1 << 12, np.uint8)

    def put(self, kind, wanted, mask, hint, base, coarse, steps, keep):
        """Code a tree of a kind; returns the values that the decoder will have, in 1/16 (:func:`lattice.code`)."""
        room = int(self.state[2]) + PIXEL * wanted.size + 16
        if room > self.stream.size:
            grown = np.empty(2 * room, np.uint8)
            grown[: self.state[2]] = self.stream[: self.state[2]]
            self.stream = grown
        q, w = np.zeros(wanted.shape, np.int32), np.zeros(wanted.shape, np.int32)
        args = wanted.astype(np.int32), hint, base, coarse, steps, keep, mask.astype(np.uint8), q, w
        lattice.code(True, self.state, self.stream, *self.models[kind], *args)
        return w

    def say(self, value, bits):
        """Code a number below 2 to the power of `bits`, all alike probable."""
        if self.stream.size < self.state[2] + 2 * bits + 16:
            self.stream = np.concatenate([self.stream, np.empty(1 << 12, np.uint8)])
        binary.encode_equal(self.state, self.stream, value, bits)

    def finish(self):
        """End the stream, and return it as bytes."""
        return self.stream[: binary.flush(self.state, self.stream)].tobytes()


class Reader:
    """Reads what a :class:`Writer` wrote.

    Parameters
    ----------
    data : bytes
    kinds : int

    Raises
    ------
    BitstreamError
        If no stream begins like this.

    Examples
    --------
    >>> writer, hint = Writer(1), np.zeros((1, 3), np.uint8)
    >>> _ = writer.put(0, np.array([[0, 0, 64]]), np.array([[1, 0, 1]]), hint, 0, 1, np.full(3, 16), np.full(2, 256))
    >>> mask, values = Reader(writer.finish(), 1).get(0, hint, 0, 1, np.full(3, 16), np.full(2, 256))
    >>> mask.tolist(), values.tolist()
    ([[1, 0, 1]], [[0, 32, 64]])
    """

    def __init__(self, data, kinds):
        self.data = np.frombuffer(data, np.uint8).copy() if len(data) else np.zeros(0, np.uint8)
        self.models, self.state = _models(kinds), binary.start(4, 7)
        if not binary.open_stream(self.state, self.data):
            raise BitstreamError("no encoder begins a stream like this (chapter 8)")

    def get(self, kind, hint, base, coarse, steps, keep):
        """The next tree: mask and values in 1/16; a :class:`BitstreamError` if the stream was cut."""
        q, w, mask = (np.zeros(hint.shape, t) for t in (np.int32, np.int32, np.uint8))
        if not lattice.code(
            False, self.state, self.data, *self.models[kind], w, hint, base, coarse, steps, keep, mask, q, w
        ) or binary.overrun(self.state, self.data):
            raise BitstreamError(f"{self.data.size} bytes end before the last stored pixel (chapter 8)")
        return mask, w

    def hear(self, bits):
        """A number that :meth:`Writer.say` coded."""
        return binary.decode_equal(self.state, self.data, bits)


def write_raster(mask, q, levels):
    """Code a mask without structure and its values.

    Parameters
    ----------
    mask : ndarray, shape (H, W), bool
    q : ndarray, shape (H, W), integers
        0 to levels where the mask is True.
    levels : int

    Returns
    -------
    (bytes, int)
        The stream, and how many of its bits are the mask.

    Examples
    --------
    >>> data, bits = write_raster(np.eye(8) > 0, np.full((8, 8), 7), 15)
    >>> read_raster(data, (8, 8), 15)[1].sum()
    np.int64(56)
    """
    state, stream = binary.start(4, 7), np.empty(binary.capacity(51 * mask.size), np.uint8)
    model = binary.new_model(raster.ROWS)
    bits = raster.code(True, state, stream, model, levels, mask.astype(np.uint8), q.astype(np.int32))
    return stream[: binary.flush(state, stream)].tobytes(), int(bits)


def read_raster(data, shape, levels):
    """Read what :func:`write_raster` wrote.

    Parameters
    ----------
    data : bytes
    shape : (int, int)
    levels : int

    Returns
    -------
    (ndarray, ndarray), shape (H, W), uint8 and int32

    Raises
    ------
    BitstreamError
        If no encoder writes this.

    Examples
    --------
    >>> mask, q = read_raster(write_raster(np.eye(3) > 0, np.eye(3), 1)[0], (3, 3), 1)
    >>> q.tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    state, stream = binary.start(4, 7), np.frombuffer(data, np.uint8).copy() if len(data) else np.zeros(0, np.uint8)
    mask, q, good = np.zeros(shape, np.uint8), np.zeros(shape, np.int32), binary.open_stream(state, stream)
    good = raster.code(False, state, stream, binary.new_model(raster.ROWS), levels, mask, q) >= 0 and good
    if not good or binary.overrun(state, stream) or not mask.any():
        raise BitstreamError(f"{len(data)} bytes are no mask with its values: cut, or damaged (chapter 8)")
    return mask, q
