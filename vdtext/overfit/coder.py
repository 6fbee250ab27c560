"""Weights and latents as one message of the range coder: written and read, and what every part of it costs."""

from dataclasses import dataclass

import numpy as np

from vdtext.errors import BitstreamError
from vdtext.overfit.grids import MARGIN, context, grid_shapes, padded
from vdtext.overfit.laplace import PLAIN, RUN, SCALES, events, tables
from vdtext.overfit.network import Network, Tensor, arm_layers, predict, shapes

__all__ = ["Message", "default", "ideal_bits", "read_message", "write_message"]

LOWEST, HIGHEST = -4, 11
"""Precisions that a stream can name."""
FARTHEST = RUN + (1 << PLAIN) - 1
"""No weight lies farther from its default, in its units."""


@dataclass(frozen=True, eq=False)
class Message:
    """What a stream holds.

    Attributes
    ----------
    network : Network
    frames : list of list of ndarray, int32
        For each frame its grids, the finest first.
    network_bits : float
        Bits of the weights.
    level_bits : ndarray, shape (frames, levels)
        Bits of the grids.

    Examples
    --------
    >>> Message(None, [], 99.0, np.zeros((0, 6))).network_bits
    99.0
    """

    network: Network
    frames: list
    network_bits: float
    level_bits: np.ndarray


def default(values, precision):
    """Defaults of a tensor in units of 2⁻ᵏ, rounded.

    Parameters
    ----------
    values : ndarray, float64
        Multiples of 1/256.
    precision : int
        k.

    Returns
    -------
    ndarray, int64

    Examples
    --------
    >>> default(np.array([58 / 256, 1.0]), 3).tolist()
    [2, 8]
    """
    return np.floor(values * 2.0**precision + 0.5).astype(np.int64)


def _code_network(decoding, state, data, shape, network, cost):
    """Weights of a network, tensor by tensor; what a decoder has found."""
    from vdtext.fast import overfit as fast

    found = {}
    for name, values in shapes(shape).items():
        k = 0 if decoding else network.tensors[name].precision
        k = fast.code_plain(decoding, state, data, k - LOWEST, 4, cost) + LOWEST
        start = default(values, k)
        difference = np.zeros(values.size, np.int64) if decoding else (network.tensors[name].numbers - start).ravel()
        if (most := np.abs(difference).max()) > FARTHEST:
            raise ValueError(f"{name}: a weight of {most} units; up to {FARTHEST} can be said (chapter 13)")
        scale = 0 if decoding else best_scale(difference)
        scale = fast.code_plain(decoding, state, data, scale, 7, cost)
        if scale >= SCALES:
            raise BitstreamError(f"a width of number {scale}: there are {SCALES} (chapter 13)")
        fast.code_tensor(decoding, state, data, difference, scale, *tables(), cost)
        found[name] = Tensor(start + difference.reshape(values.shape), k)
    return Network(shape, found)


def best_scale(numbers):
    """The number of the width that codes integers with the fewest bits.

    Parameters
    ----------
    numbers : ndarray, int64

    Returns
    -------
    int

    Examples
    --------
    >>> best_scale(np.zeros(9, int)), best_scale(np.array([5, -4, 0, 7]))
    (0, 52)
    """
    same, _, more = tables()
    size = np.abs(np.asarray(numbers, np.int64))
    p = same[:, 8] / 65536
    once, far = np.count_nonzero(size), int(np.maximum(size - 1, 0).sum())
    bits = -(size.size - once) * np.log2(p) - once * (np.log2(1 - p) - 1 + np.log2(1 - more / 65536))
    return int(np.argmin(bits - far * np.log2(more / 65536)))


def write_message(network, frames):
    """Code weights and latents.

    Parameters
    ----------
    network : Network
    frames : list of list of ndarray, integers
        For each frame its grids, the finest first, of the shapes of :func:`grid_shapes`.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If a weight or a latent is larger than the format can say.

    Examples
    --------
    >>> from vdtext.overfit.network import Shape
    >>> shape = Shape(2, 1, 1, False)
    >>> tensors = {name: Tensor(default(values, 6), 6) for name, values in shapes(shape).items()}
    >>> grids = [np.zeros((4, 5), int), np.zeros((2, 3), int)]
    >>> data = write_message(Network(shape, tensors), [grids])
    >>> bool((read_message(data, shape, (4, 5), 1).frames[0][0] == grids[0]).all())
    True
    """
    from vdtext.fast import overfit as fast

    count = sum(grid.size for grids in frames for grid in grids)
    state, data = fast.start(4, 7), np.empty(fast.capacity(64 * count) + 100_000, np.uint8)
    _code_network(False, state, data, network.shape, network, np.zeros(1))
    if not _code_frames(False, state, data, network, frames, np.zeros((len(frames), network.shape.levels))):
        raise ValueError("a latent is beyond ±2047: a larger λ is wanted (chapter 13)")
    return data[: fast.flush(state, data)].tobytes()


def read_message(data, shape, size, count, *, alter=None):
    """Read what :func:`write_message` wrote.

    Parameters
    ----------
    data : bytes
    shape : Shape
    size : (int, int)
        Height and width of the frames.
    count : int
        Frames.
    alter : callable, optional
        Network → Network, between the weights and the latents: what a machine would do that computes otherwise.  What
        it has read before it fails is returned.

    Returns
    -------
    Message

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes.

    Examples
    --------
    >>> from vdtext.overfit.network import Shape
    >>> read_message(b"", Shape(1, 1, 1, False), (2000, 2000), 1)
    Traceback (most recent call last):
      ...
    vdtext.errors.BitstreamError: 0 bytes cannot hold 4000000 symbols of this model (chapter 6)
    """
    from vdtext.entropy.doors import affordable
    from vdtext.fast import overfit as fast

    sizes = grid_shapes(*size, shape.levels)
    affordable(count * sum(h * w for h, w in sizes), data, 4)
    state, data = fast.start(4, 7), np.frombuffer(data, np.uint8).copy()
    if not fast.open_stream(state, data):
        raise BitstreamError("the message begins as no encoder begins one (chapter 13)")
    cost, level_bits = np.zeros(1), np.zeros((count, shape.levels))
    network = _code_network(True, state, data, shape, None, cost)
    network = alter(network) if alter else network
    frames = [[np.zeros(s, np.int32) for s in sizes] for _ in range(count)]
    if not _code_frames(True, state, data, network, frames, level_bits) and not alter:
        raise BitstreamError("the message ends before its last latent, or one is beyond ±2047 (chapter 13)")
    return Message(network, frames, float(cost[0]), level_bits)


def _code_frames(decoding, state, data, network, frames, bits):
    """Code the grids of all frames, the coarsest first; a decoder writes them.  False if that fails."""
    from vdtext.fast import overfit as fast

    layers = arm_layers(network)
    for number, grids in enumerate(frames):
        parent = padded(tuple(-(-n // 2) for n in grids[-1].shape))
        for level in range(len(grids) - 1, -1, -1):
            grid, cost = padded(grids[level].shape), np.zeros(1)
            inside = grid[MARGIN:-MARGIN, MARGIN:-MARGIN]
            inside[:] = grids[level]
            good = fast.code_grid(decoding, state, data, grid, parent, layers, *tables(), cost)
            bits[number, level], parent = cost[0], grid
            if decoding:
                grids[level][:] = inside
            if not good:
                return False
    return True


def ideal_bits(grid, parent, layers):
    """What a grid costs, −Σ log₂ p over its events: the readable twin of the compiled coder.

    Parameters
    ----------
    grid, parent : ndarray, int32
        With margins (:func:`padded`).
    layers : tuple
        As of :func:`arm_layers`.

    Returns
    -------
    float

    Examples
    --------
    >>> from vdtext.overfit.network import Shape
    >>> shape = Shape(2, 1, 1, False)
    >>> tensors = {name: Tensor(default(values, 6), 6) for name, values in shapes(shape).items()}
    >>> round(ideal_bits(padded((1, 2)), padded((1, 1)), arm_layers(Network(shape, tensors))), 2)  # two zeros, b = 1
    2.69
    """
    total, (h, w) = 0.0, (n - 2 * MARGIN for n in grid.shape)
    for y in range(h):
        for x in range(w):
            location, scale = predict(context(grid, parent, y, x), layers)
            for bit, p in events(int(grid[MARGIN + y, MARGIN + x]), location, scale):
                total -= np.log2((p if bit else 65536 - p) / 65536)
    return float(total)
