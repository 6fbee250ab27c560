"""The front doors: luma in, bytes out, and back."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from vdtext import models
from vdtext.errors import BitstreamError
from vdtext.learned.fixed import CORNER, FINE, STEP_BITS, UNIT, Decoder, along, walk
from vdtext.learned.network import GREY, GROUPS, MIDDLE, SIDE_CHANNELS, Transform, blocks
from vdtext.learned.rows import REACH, below, least
from vdtext.learned.stream import LIMIT, Header, pack, unpack
from vdtext.motion import compensate, match

__all__ = [
    "MODEL",
    "Numbers",
    "Reader",
    "block_bits",
    "decode",
    "decoder",
    "encode",
    "encoder",
    "ideal_bits",
    "numbers",
    "prices",
    "residual",
]

MODEL = "lapped"
BLOCK = 16
"""Sides are padded to multiples of it."""
ZONE = 0.57
"""A number becomes n only when it is beyond n − 1 + ZONE: 0.5 is rounding; a little more saves two per cent.

It was chosen on the test pictures.
"""


@lru_cache(maxsize=4)
def decoder(model=MODEL):
    """The decoder of a model, from its weights.

    Parameters
    ----------
    model : str
        Id in ``data/weights/models.json``.

    Returns
    -------
    Decoder

    Raises
    ------
    ValueError
        If there are no such weights, or they are of something else.

    Examples
    --------
    >>> decoder().table.shape
    (120, 64)
    """
    arrays = models.load(model)
    try:
        return Decoder.load(arrays)
    except KeyError as error:
        raise ValueError(f"weights {model!r} are of no learned transform: {error} is missing (chapter 13)") from None


@lru_cache(maxsize=4)
def encoder(model=MODEL):
    """The networks that only the encoder needs: analysis and summary.

    Parameters
    ----------
    model : str

    Returns
    -------
    Transform

    Examples
    --------
    >>> encoder().prior
    'context'
    """
    network = Transform()
    arrays = {
        name: torch.from_numpy(array.astype(np.float32)) for name, array in models.load(f"{model}-analysis").items()
    }
    network.load_state_dict(arrays, strict=False)
    return network.eval()


@dataclass(frozen=True, eq=False)
class Numbers:
    """What is sent for a picture, before it becomes bits.

    Attributes
    ----------
    values : ndarray, shape (n,), int32
        In the order of the stream.
    rows : ndarray, shape (n,), int64
        Which row of the table each has.
    coded : ndarray, shape (64, H/8, W/8), int64
        What the decoder makes of them, in 1/64 steps.

    Examples
    --------
    >>> Numbers(np.zeros(8, np.int32), np.zeros(8, np.int64), None).values.size
    8
    """

    values: np.ndarray
    rows: np.ndarray
    coded: np.ndarray


def checked(picture):
    """A picture as it has to be."""
    picture = np.asarray(picture)
    if picture.dtype != np.uint8:
        raise TypeError(f"{picture.dtype}: pictures are uint8 (chapter 13)")
    if picture.ndim != 2 or not 0 < picture.size <= LIMIT:
        raise ValueError(f"shape {picture.shape}: accepted is luma (H, W), up to {LIMIT} pixels (chapter 13)")
    return picture


def near(away, zone):
    """Whole numbers, the sign kept: n from n − 1 + zone on."""
    return np.sign(away) * np.clip(np.floor(np.abs(away) + 1 - zone), 0, 1 << 15)


@torch.no_grad()
def numbers(picture, quality, *, model=MODEL, zone=ZONE, parts=None):
    """Analyse a picture and round: what is to be sent.

    Parameters
    ----------
    picture : ndarray, shape (H, W), uint8
    quality : int
        0 to 100.
    model : str or (Decoder, Transform)
        Id of the weights, or networks that have none yet.
    zone : float
        A number becomes n only when it is beyond n − 1 + zone: 0.5 is rounding.
    parts : ndarray, shape (64, H/8, W/8), optional
        Other numbers of the analysis, in units of GREY, to be rounded instead.

    Returns
    -------
    Numbers

    References
    ----------
    Minnen, Ballé, Toderici, "Joint autoregressive and hierarchical priors for learned image compression", NeurIPS 2018,
    arXiv:1809.02736.

    Examples
    --------
    >>> found = numbers(np.full((16, 32), 128, np.uint8), 0)
    >>> found.coded.shape, len(found.values) == 12 * 2 + 64 * 8
    ((64, 2, 4), True)
    """
    maker, network = (decoder(model), encoder(model)) if isinstance(model, str) else model
    picture = np.asarray(picture)
    padded = np.pad(picture, [(0, -side % BLOCK) for side in picture.shape], mode="edge")
    steps = maker.steps[quality] / (FINE / UNIT * (1 << STEP_BITS))
    if parts is None:
        parts = network.analyse((torch.from_numpy(padded)[None, None] - MIDDLE) / GREY)[0].numpy()
    scaled = parts / steps[:, None, None]
    z = network.summary(torch.asinh(torch.tensor(scaled).float())[None])[0].numpy()
    values, rows_of = [], []

    def ask(group, mean, rows, here):
        if group < 0:
            found = np.clip(np.rint(z), -999, 999).astype(np.int32)
        else:
            first, last, _ = GROUPS[group]
            if group == 0:
                corners = scaled[0, ::2, ::2]
                choose = lambda i, j, m: near((UNIT * corners[i, j] - m) / CORNER, 0.5)  # noqa: E731
                found = along(mean.reshape(corners.shape), choose)[0].astype(np.int32).reshape(1, -1)
            else:
                found = near(scaled[first:last, here] - mean / UNIT, zone).astype(np.int32)
        values.append(found.ravel())
        rows_of.append(rows.ravel())
        return found

    coded = walk(maker, quality, *scaled.shape[1:], ask)
    return Numbers(np.concatenate(values), np.concatenate(rows_of), coded)


def encode(picture, quality=50, *, model=MODEL, zone=ZONE):
    """Code luma with the learned transform.

    Parameters
    ----------
    picture : ndarray, shape (H, W), uint8
    quality : int
        0 to 100, higher is better.
    model, zone
        As of :func:`numbers`.

    Returns
    -------
    bytes
        In the format of :mod:`vdtext.learned.stream`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right, or the weights are missing.

    References
    ----------
    Ballé et al., "Nonlinear transform coding", IEEE J. Selected Topics in Signal Processing 15 (2021),
    arXiv:2007.03034.

    Examples
    --------
    >>> picture = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    >>> data = encode(picture, 60)
    >>> len(data) < 200, int(abs(decode(data).astype(int) - picture).max()) < 30
    (True, True)
    """
    from vdtext.fast import learned as fast  # loads Numba, so only when it is needed

    picture = checked(picture)
    if quality not in range(101):
        raise ValueError(f"quality={quality}: accepted are whole numbers from 0 to 100 (chapter 13)")
    found = numbers(picture, quality, model=model, zone=zone)
    out = np.empty(2 * len(found.values) + 48 * int((abs(found.values) > REACH).sum()) + 4, np.uint8)
    size = fast.write_rows(found.values, found.rows, below(decoder(model).table), out)
    return pack(Header(model, fingerprint(model), quality, *picture.shape), out[:size].tobytes())


def fingerprint(model):
    """The first bytes of the SHA-256 of a model's file."""
    entries = models.index()
    if model not in entries:
        raise ValueError(f"no weights {model!r}; this picture cannot be coded without them (chapter 13)")
    return bytes.fromhex(entries[model].sha256[:6])


class Reader:
    """The compiled reader, which is asked row by row as they become known.

    Parameters
    ----------
    data : bytes
    below : ndarray, shape (R, 65), int64

    Raises
    ------
    BitstreamError
        As :func:`read_rows`.

    Examples
    --------
    >>> from vdtext.learned.rows import write_rows
    >>> sums = below(np.full((1, 64), 1024))
    >>> reader = Reader(write_rows([3, 4, -5], [0] * 3, sums), sums)
    >>> reader.read(np.zeros(2, int)).tolist(), reader.read(np.zeros(1, int)).tolist()
    ([3, 4], [-5])
    """

    def __init__(self, data, below):
        from vdtext.fast.entropy import binary

        self.data, self.below = np.frombuffer(bytes(data), np.uint8), below
        self.state = binary.start(4, 7)
        if not binary.open_stream(self.state, self.data):
            raise BitstreamError("the stream begins with what no range coder writes (chapter 13)")

    def read(self, rows):
        """The next numbers, in the shape of their rows."""
        from vdtext.fast import learned as fast

        rows = np.ascontiguousarray(rows, np.int64)
        numbers = np.empty(rows.shape, np.int32)
        if not fast.read_rows(self.state, self.data, rows.ravel(), self.below, numbers.reshape(-1)):
            raise BitstreamError(f"the stream of {len(self.data)} bytes ends before its last number (chapter 13)")
        return numbers


def decode(data, *, limit=LIMIT):
    """The luma of a file.

    All arithmetic is of integers: every machine decodes the same picture.

    Parameters
    ----------
    data : bytes
        What :func:`encode` made.
    limit : int
        Larger pictures, in pixels, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the picture is larger than the limit.
    ValueError
        If the weights that the file names are missing, or are others.

    Examples
    --------
    >>> decode(encode(np.full((20, 30), 90, np.uint8), 50)).shape
    (20, 30)
    """
    header, message = unpack(data, limit)
    if (found := fingerprint(header.model)) != header.sha:
        raise ValueError(
            f"the picture was coded with other weights {header.model!r}: theirs begin with {header.sha.hex()}, these "
            f"with {found.hex()} (chapter 13)"
        )
    maker = decoder(header.model)
    height, width = (BLOCK * (-(-side // BLOCK)) // 8 for side in (header.height, header.width))
    if 64 * height * width * least(maker.table) > 8 * len(message) + 32:
        raise BitstreamError(f"{len(message)} bytes cannot hold {height * width} blocks (chapter 13)")
    reader = Reader(message, below(maker.table))

    def ask(group, mean, rows, here):
        found = reader.read(rows)
        if group < 0 and np.abs(found).max() > 1023:
            raise BitstreamError("side information that no encoder sends (chapter 13)")
        return found

    coded = walk(maker, header.quality, height, width, ask)
    return maker.synthesise(coded, header.quality)[: header.height, : header.width]


def residual(before, now):
    """What motion does not explain of a frame: the frame minus its prediction from the one before, plus 128.

    Parameters
    ----------
    before, now : ndarray, shape (H, W), uint8

    Returns
    -------
    ndarray, shape (H, W), uint8
        Differences beyond −128 … 127 are cut.

    Examples
    --------
    >>> frame = np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> np.unique(residual(frame, frame)).tolist()
    [128]
    """
    guess = compensate(before, match(now, before, block=8).vectors, block=8)
    return np.clip(now.astype(int) - guess + 128, 0, 255).astype(np.uint8)


def prices(found, table):
    """What each number costs by its table: −log₂ P.

    Parameters
    ----------
    found : Numbers
    table : ndarray, shape (R, 64)

    Returns
    -------
    ndarray, shape (n,), float64
        Bits; the sign and the digits of numbers beyond 31 included.

    Examples
    --------
    >>> found = Numbers(np.array([0, 31, 32], np.int32), np.zeros(3, np.int64), None)
    >>> prices(found, np.full((1, 64), 1024)).tolist()  # 32 is announced, and has a sign and four bits of length
    [6.0, 6.0, 11.0]
    """
    size = abs(found.values.astype(np.int64))
    symbol = np.where(size <= REACH, found.values + REACH + 1, 0)
    rest = 5 + np.floor(np.log2(np.maximum(size - REACH, 1)))
    return -np.log2(table[found.rows, symbol] / 65536.0) + np.where(symbol == 0, rest, 0)


def ideal_bits(found, table):
    """What numbers cost by their tables: −Σ log₂ P.

    Parameters
    ----------
    found, table
        As for :func:`prices`.

    Returns
    -------
    float
        Bits.

    Examples
    --------
    >>> found = Numbers(np.zeros(8, np.int32), np.zeros(8, np.int64), None)
    >>> ideal_bits(found, np.full((1, 64), 1024))
    48.0
    """
    return float(prices(found, table).sum())


def block_bits(found, table):
    """What each block of 8×8 pixels costs, and the side information.

    Parameters
    ----------
    found, table
        As for :func:`prices`.

    Returns
    -------
    (ndarray, float)
        Bits of the blocks, shape (H/8, W/8), and of the side information, which belongs to blocks of 16×16.

    Examples
    --------
    >>> found = numbers(np.full((16, 32), 128, np.uint8), 0)
    >>> table = decoder().table
    >>> cost, side = block_bits(found, table)
    >>> cost.shape, bool(abs(cost.sum() + side - ideal_bits(found, table)) < 1e-9)
    ((2, 4), True)
    """
    height, width = found.coded.shape[1:]
    place, cost = SIDE_CHANNELS * height * width // 4, np.zeros((height, width))
    price = prices(found, table)
    side = float(price[:place].sum())
    for first, last, which in GROUPS:
        here = blocks(height, width, which)
        count = (last - first) * int(here.sum())
        cost[here] += price[place : place + count].reshape(last - first, -1).sum(0)
        place += count
    return cost, side
