"""Looking over a decoder's shoulder: of every frame its place, bits, blocks, vectors, prediction and residual."""

from dataclasses import dataclass

import numpy as np

from vdtext.codec import container
from vdtext.codec import group as groups
from vdtext.codec import model as models
from vdtext.codec.plan import STEPS, step_index
from vdtext.codec.sheets import padded_size
from vdtext.errors import BitstreamError

__all__ = ["MODES", "Traced", "trace"]

MODES = ("skip", "merge", "vectors", "intra")
"""What a block can be: as predicted with its neighbours' motion; that and a residual; motion of its own; no motion."""


@dataclass(frozen=True, eq=False)
class Traced:
    """What a decoder did for one frame.

    Attributes
    ----------
    number : int
        Of the frame in the film.
    layer : int
        0 intra, 1 predicted from the past, 2 and more from two sides.
    references : tuple of int
        Frames that it was predicted from.
    step : float
        Of the quantiser, in grey values.
    bits : int
        That were read for it, to a byte or two.
    sizes, modes, directions : ndarray, shape (H/8, W/8), int
        Of each cell of 8 × 8 pixels: the side of its block, its mode (an index of :data:`MODES`), and 0 without
        motion, 1 from the first reference, 2 from the second, 3 from both, 4 from the virtual frame between them.
    vectors : ndarray, shape (2, H/8, W/8, 2), int
        To both references, (row, column), in quarter pixels.
    prediction : ndarray, shape (H, W), uint8
        From other frames; 128 where a block has none.
    residual : ndarray, shape (H, W), int
        That was sent.
    luma : ndarray, shape (H, W), uint8
        The decoded frame, padded to multiples of 8.
    """

    number: int
    layer: int
    references: tuple
    step: float
    bits: int
    sizes: np.ndarray
    modes: np.ndarray
    directions: np.ndarray
    vectors: np.ndarray
    prediction: np.ndarray
    residual: np.ndarray
    luma: np.ndarray


def trace(data):
    """Decode a file, and keep what is usually thrown away.

    Parameters
    ----------
    data : bytes
        What :func:`vdtext.codec.encode` made.

    Returns
    -------
    list of Traced
        In the order of the film.

    Raises
    ------
    BitstreamError
        As :func:`vdtext.codec.decode`.

    Examples
    --------
    >>> from vdtext import codec
    >>> frames = trace(codec.encode(np.zeros((3, 16, 16), np.uint8), gop=2))
    >>> [(frame.number, frame.layer, frame.references) for frame in frames]
    [(0, 0, ()), (1, 2, (0, 2)), (2, 1, (0,))]
    """
    found = []
    with container.opened(data) as file:
        header = container.read_head(file)
        for first, frames, bits, _ in container.read_groups(file, header):
            group = groups.begin(padded_size(header.size), header.color, header.tools, bits, models.find(header.model))
            while (left := frames - (len(found) - first)) > 0:
                count = min(left, header.tools.gop) if group.anchors else 1
                found += traced_run(group, count, first)
    return sorted(found, key=lambda frame: frame.number)


def traced_run(group, count, first):
    """As :func:`vdtext.codec.read_run`, and each frame is kept."""
    from vdtext.fast import codec as fast  # loads Numba, so only when it is needed

    change = fast.put_number(group.coder, groups.INDEX, 0, 0)
    group.index += groups.unzigzag(change)
    groups.prime(group)
    places, found = groups.order(group, count), []
    for place in places:
        before = int(group.coder.state[2])
        frame, _ = groups.fresh_frame(group, place)
        whole = 0 <= group.index < len(STEPS) and fast.decode_frame(group.coder, frame)
        if not (whole and groups.correct(group, frame, 0)):
            raise BitstreamError(f"the bytes of a group end in its frame {place.number} (chapter 10)")
        found.append(pictured(group, first, place, frame, 8 * (int(group.coder.state[2]) - before)))
        groups.keep(group, place, frame)
    groups.forget(group, places)
    return found


def pictured(group, first, place, frame, bits):
    """What a frame that was decoded looks like from inside."""
    from vdtext.fast.codec import inter, syntax

    (h, w), grid = group.size, frame.grid
    prediction, residual = np.full((h, w), 128, np.uint8), np.zeros((h, w), int)
    for y, x, n in corners(grid[0]):
        cell = [int(v) for v in grid[:, y >> 3, x >> 3]]
        if cell[2]:
            inter.compensate(frame, y, x, n, *cell[2:7])
            prediction[y : y + n, x : x + n] = frame.pred[:n, :n]
        parts = 1 << cell[8]
        for k in range(parts * parts) if cell[1] else ():
            m = n // parts
            row, column = y + m * (k // parts), x + m * (k % parts)
            if syntax.restore(frame, frame.levels, row, column, m.bit_length() - 3):
                residual[row : row + m, column : column + m] = frame.ints[4][:m, :m]
    step = STEPS[step_index(group.index, place.layer, group.tools.cascade)] / 16
    vectors = np.stack([grid[3:5], grid[5:7]]).transpose(0, 2, 3, 1)
    own = (1 << grid[0], grid[1], grid[2], vectors, prediction, residual, frame.rec[:h].copy())
    references = tuple(first + number for number in place.references)
    return Traced(first + place.number, place.layer, references, step, bits, *own)


def corners(sizes):
    """Corner and side of every block, from log2 of the side in each cell of 8 × 8 pixels."""
    for i, j in np.ndindex(sizes.shape):
        n = 1 << int(sizes[i, j])
        if 8 * i % n == 0 and 8 * j % n == 0:
            yield 8 * i, 8 * j, n
