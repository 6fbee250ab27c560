"""Vectors as bytes: what the median does not tell, by the adaptive coder of chapter 6."""

import numpy as np

from vdtext import entropy
from vdtext.entropy.doors import affordable
from vdtext.errors import BitstreamError
from vdtext.motion.blocks import median_predictor
from vdtext.motion.vectors import CELL, Matches, squares, walk
from vdtext.wavelets.stream import number_at, written

__all__ = ["decode_vectors", "encode_vectors"]

MAGIC = b"VM\x01"
LIMIT = 1 << 19
"""At most so many cells."""
REACH = 1 << 16
"""No vector is longer, in quarter pixels."""


def encode_vectors(matches):
    """Code the vectors of a frame.

    The stream is "VM", the version 1, the numbers rows, columns, block, precision and whether there are sizes, each as
    in :mod:`vdtext.wavelets.stream`; with sizes, the splits of all squares of 32, then of 16, each the number of bytes
    and a stream (:func:`vdtext.entropy.encode_bits`); then the differences from the median, row and column in turn,
    zigzag, each with its own contexts (:func:`vdtext.entropy.encode_numbers`).  In a tree the neighbour above to the
    left stands for that to the right where the latter comes later.

    Parameters
    ----------
    matches : Matches

    Returns
    -------
    bytes

    Examples
    --------
    >>> field = np.full((9, 11, 2), (4, -8), np.int32)
    >>> data = encode_vectors(Matches(field, 16, 1, 0.0))
    >>> len(data) < 40, bool((decode_vectors(data).vectors == field).all())
    (True, True)
    """
    rows, columns = matches.vectors.shape[:2]
    head = (rows, columns, matches.block, matches.precision, int(matches.sizes is not None))
    data = MAGIC + b"".join(map(written, head))
    if matches.sizes is None:
        unit = 4 // matches.precision
        differences = (matches.vectors - median_predictor(matches.vectors)) // unit
    else:
        flags, differences = walk(matches)
        for size in (4, 2):
            splits = entropy.encode_bits([split for split, cells in flags if cells == size])
            data += written(len(splits)) + splits
    numbers = entropy.zigzag(np.asarray(differences, int).ravel())
    return data + entropy.encode_numbers(numbers, np.arange(len(numbers)) % 2)


def decode_vectors(data):
    """Read what :func:`encode_vectors` wrote.

    Parameters
    ----------
    data : bytes
        What follows its end is ignored.

    Returns
    -------
    Matches
        Its cost is not sent and is NaN.

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes.

    Examples
    --------
    >>> decode_vectors(encode_vectors(Matches(np.zeros((1, 1, 2), np.int32), 16, 4, 0.0))).vectors.tolist()
    [[[0, 0]]]
    """
    data = bytes(data)
    if data[:3] != MAGIC:
        raise BitstreamError("no vectors of this format: they begin with VM and version 1 (chapter 9)")
    place, head = 3, []
    for _ in range(5):
        number, place = number_at(data, place)
        head.append(number)
    rows, columns, block, precision, tree = head
    if not 0 < rows * columns <= LIMIT or not 4 <= block <= 32 or precision not in (1, 2, 4) or tree > 1:
        raise BitstreamError(f"{rows}×{columns} blocks of {block}, precision {precision}: not accepted (chapter 9)")
    if tree and block != CELL:
        raise BitstreamError(f"a tree with cells of {block}: they are of {CELL} pixels (chapter 9)")
    if not tree:  # before memory is taken: no number costs less than this
        affordable(2 * rows * columns, data, (2**4 + 2**7 - 2) // 2)
    sizes = None
    places = [(i, j, 1) for i in range(rows) for j in range(columns)] if not tree else None
    if tree:
        places, sizes, place = _read_splits(data, place, (rows, columns))
    numbers = entropy.decode_numbers(data[place:], 2 * len(places), np.arange(2 * len(places)) % 2)
    differences = entropy.unzigzag(numbers).reshape(-1, 2) * (4 // precision)
    return Matches(_rebuilt(differences, places, (rows, columns), tree), block, precision, float("nan"), sizes)


def _read_splits(data, place, shape):
    """The blocks of a tree, their sizes, and where the differences begin."""
    large = [(i, j) for i in range(0, shape[0], 4) for j in range(0, shape[1], 4)]
    flags = {}
    for cells, corners in ((4, large), (2, None)):
        if corners is None:
            parts = [(i + a, j + b) for (i, j), bit in flags[4].items() if bit for a in (0, 2) for b in (0, 2)]
            corners = [(i, j) for i, j in parts if i < shape[0] and j < shape[1]]
        length, place = number_at(data, place)
        bits = entropy.decode_bits(data[place : place + length], len(corners))
        flags[cells], place = dict(zip(corners, bits, strict=True)), place + length
    places = list(squares(shape, lambda i, j, cells: flags[cells][i, j]))
    sizes = np.empty(shape, np.uint8)
    for i, j, cells in places:
        sizes[i : i + cells, j : j + cells] = 8 * cells
    return places, sizes, place


def _rebuilt(differences, places, shape, tree):
    """The field of vectors, block by block."""
    from vdtext.fast.motion import beyond, median_vector

    vectors = np.zeros((*shape, 2), np.int32)
    for (i, j, cells), (row, column) in zip(places, differences.tolist(), strict=True):
        v, u = median_vector(vectors, i, j, beyond(i, cells) if tree else 1)
        if max(abs(v + row), abs(u + column)) > REACH:
            raise BitstreamError(f"a vector of {(v + row, u + column)} quarter pixels (chapter 9)")
        vectors[i : i + cells, j : j + cells] = v + row, u + column
    return vectors
