"""Groups of pictures: frames into bits and back, in a closed loop."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from vdtext._progress import compiling
from vdtext.codec import correction
from vdtext.codec.plan import STEPS, Place, group_order, step_index
from vdtext.errors import BitstreamError

__all__ = ["Group", "Tools", "read_run", "write_run"]

ROOM = 64
"""Bytes that a pixel may take at most, in the worst of all cases; memory that is not written is not taken."""
INDEX, COEFFICIENT = 27, 29
"""Kinds of bits: change of the step's index from run to run; coefficients of the trained filter."""


@dataclass(frozen=True)
class Tools:
    """What the codec may use: the switches of chapter 10's ladder.

    The first five are written into the file, since the decoder must know them; the others are the encoder's affair.

    Attributes
    ----------
    gop : int
        Frames of a run: 1 predicts from the past alone, 16 is a pyramid of four layers.
    mixing : bool
        Bits are predicted by a mixture of contexts, not by one.
    filtering : bool
        Decoded frames are diffused along their edges.
    cascade : bool
        Frames on which others rest are quantised more finely.
    lossless : bool
        No transform, no quantiser.
    largest, smallest : int
        Sizes of blocks: 32, 16 or 8 pixels.
    finest : int
        Vectors in quarter pixels: 1, 2 or 4.
    pairs : bool
        Predict from the mean of two references.
    choose : bool
        Levels are chosen by D + λ·R, not by a dead zone.
    transforms : bool
        An intra block may have four small transforms.
    inter : bool
        Frames may be predicted from others.
    primed, corrected, between : bool
        Which of chapter 13's parts are used, where weights are given: first probabilities, the loop filter, and the
        frame that is likely between two references; all three are written into the file.
    """

    gop: int = 16
    mixing: bool = True
    filtering: bool = True
    cascade: bool = True
    lossless: bool = False
    largest: int = 32
    smallest: int = 8
    finest: int = 1
    pairs: bool = True
    choose: bool = True
    transforms: bool = True
    inter: bool = True
    primed: bool = True
    corrected: bool = True
    between: bool = True


LAMBDAS = (0.2, 0.28, 0.4)
"""λ over the square of the step: of intra frames, of those predicted from the past, of those between two others."""


@dataclass
class Group:
    """What has been coded of a group: the state of its coder, and the frames that others may need.

    Attributes
    ----------
    size : tuple of int
        (H, W), multiples of 8.
    color : bool
    tools : Tools
    coder : Coder
        Of :mod:`vdtext.fast.codec`.
    done : dict
        Decoded frames by number, with what prediction from them takes.
    anchors : list of int
        Frames predicted from the past, and the first.
    index : int
        Of the step.
    model : Model or None
        Trained parts (chapter 13).
    watch : callable or None
        Told of every frame as it was before correction: (place, frame, picture); for training.
    mixtures : dict
        Coefficients of the trained filter, of the last frame with and without references.
    """

    size: tuple[int, int]
    color: bool
    tools: Tools
    coder: object
    done: dict = field(default_factory=dict)
    anchors: list = field(default_factory=list)
    index: int = 0
    model: object = None
    watch: object = None
    mixtures: dict = field(default_factory=dict)


def begin(size, color, tools, data=None, model=None):
    """A group of which nothing has been coded; with `data`, one to be read."""
    from vdtext.fast import codec as fast  # loads Numba, so only when it is needed

    array = np.empty(0, np.uint8) if not data else np.frombuffer(data, np.uint8).copy()
    return Group(tuple(size), color, tools, fast.new_coder(data is not None, array, tools.mixing), model=model)


def prime(group):
    """Before the first frame of a group: probabilities that training has seen, where there are such."""
    if group.model and group.tools.primed and not group.anchors:
        group.model.prime(group.coder, group.index)


def correct(group, frame, weight, picture=None):
    """After a frame: the trained loop filter's corrections, where there is one; False if the bytes ended."""
    from vdtext.fast import codec as fast

    if not (group.model and group.tools.corrected) or group.tools.lossless:
        return True
    (h, _), inter, coder = group.size, bool(frame.head[0]), group.coder
    mask = np.kron(frame.grid[1] != 0, np.ones((8, 8), bool)) if inter else np.ones((h, group.size[1]), bool)
    if not mask.any():  # copied blocks have been corrected before
        return True
    planes = group.model.planes(frame)
    before = group.mixtures.get(inter, np.zeros(len(planes), np.int64))
    wanted = before
    if picture is not None:
        wanted = correction.least_squares(planes, picture[:h].astype(np.int32) - frame.rec[:h], mask, weight, before)
    if not fast.put_flag(coder, inter, wanted.any()):
        return not fast.ended(coder)
    changes = [fast.put_number(coder, COEFFICIENT, k, zigzag(v)) for k, v in enumerate(wanted - before)]
    found = np.clip(before + [unzigzag(change) for change in changes], -correction.MOST, correction.MOST)
    group.mixtures[inter] = found
    change = correction.mixed(planes, found)
    return fast.correct(coder, frame, change, frame.rec if picture is None else picture, np.float32(weight))


def zigzag(v):
    """0, −1, 1, −2, 2 … as 0, 1, 2, 3, 4 …"""
    return 2 * int(v) if v >= 0 else -2 * int(v) - 1


def unzigzag(v):
    """0, 1, 2, 3, 4 … as 0, −1, 1, −2, 2 …"""
    return v // 2 if v % 2 == 0 else -(v + 1) // 2


def order(group, count):
    """The places of a run of `count` frames: an intra frame, or what follows the last anchor."""
    if not group.anchors:
        return [Place(0, 0, ())]
    return group_order(group.anchors, group.anchors[-1], group.anchors[-1] + count)


def fresh_frame(group, place):
    """The frame of a place, before it is coded, and its references."""
    from vdtext.fast import codec as fast

    references = [group.done[number] for number in place.references]
    distances = [place.number - number for number in place.references] or [1]
    column = next((r for r in reversed(references) if r.frame.head[0]), None)
    past, future = column.frame.head[5:7] if column else (1, 1)
    tools, step = group.tools, STEPS[step_index(group.index, place.layer, group.tools.cascade)]
    if tools.lossless:
        step = 16
    head = [
        bool(references),
        len(references),
        group.color,
        step,
        place.layer,
        distances[0],
        distances[-1],
        past,
        future,
    ]
    head += [*group.size, tools.lossless, tools.filtering and not tools.lossless]
    for r in references:
        r.sheet = fast.padded(r.frame.rec, *group.size) if r.sheet is None else r.sheet
    sheets = [r.sheet for r in references] or [np.zeros((0, 0), np.uint8)]
    grid, between = column.frame.grid if column else np.zeros((12, 0, 0), np.int32), None
    if group.model and tools.between and not tools.lossless and distances[0] == -distances[-1]:
        planes = [phases(group, r) for r in references]
        between = fast.virtual_frame(sheets, planes, group.size, group.color, step)
    return fast.new_frame(np.array(head, np.int64), sheets[0], sheets[-1], grid, between), references


def phases(group, reference):
    """The luma of a reference between its pixels, computed once."""
    from vdtext.fast import codec as fast

    if reference.phases is None:
        reference.phases = fast.phases(reference.frame.rec[: group.size[0]], fast.PAD)
    return reference.phases


def keep(group, place, frame):
    """Remember a decoded frame, without what no other frame needs."""
    unused = ("levels", "ref0", "ref1", "col", "ints", "wide", "virtual", "field", "doubts")
    frame = frame._replace(**dict.fromkeys(unused))
    group.done[place.number] = SimpleNamespace(frame=frame, sheet=None, phases=None)


def forget(group, places):
    """Of a run that is done, keep the two last anchors; returns its frames in order."""
    frames = {place.number: group.done[place.number].frame.rec for place in places}
    group.anchors += [place.number for place in places if place.layer < 2]
    group.anchors = group.anchors[-2:]
    group.done = {number: group.done[number] for number in group.anchors}
    return [frames[number] for number in sorted(frames)]


def write_run(group, sheets, index):
    """Code a run of frames.

    Parameters
    ----------
    group : Group
        As :func:`begin` made it; changed in place.
    sheets : list of ndarray
        The frames, in order, as :func:`vdtext.codec.sheets.sheet` makes them.
    index : int
        Of the quantiser's step in :data:`vdtext.codec.plan.STEPS`.

    Returns
    -------
    list of ndarray
        What the decoder will see.

    Examples
    --------
    >>> group = begin((8, 8), False, Tools())
    >>> seen = write_run(group, [np.full((8, 8), 90, np.uint8)], 60)
    >>> int(seen[0][0, 0]), len(finish(group))
    (90, 5)
    """
    from vdtext.fast import codec as fast

    change, group.index = index - group.index, index
    room(group)
    fast.put_number(group.coder, INDEX, 0, zigzag(change))
    prime(group)
    places, first = order(group, len(sheets)), group.anchors[-1] + 1 if group.anchors else 0
    for place in places:
        frame, references = fresh_frame(group, place)
        planes = [phases(group, r) for r in references] or [np.zeros((4, 4, 0, 0), np.uint8)]
        room(group)
        numbers = encoder_numbers(group.tools, place.layer, frame.head[3] / 16)
        encoder = fast.new_encoder(sheets[place.number - first], numbers, planes[0], planes[-1])
        with compiling(fast.encode_frame, "the encoder"):
            fast.encode_frame(group.coder, frame, encoder)
        if group.watch:
            group.watch(place, frame, encoder.src)
        correct(group, frame, numbers[0], encoder.src)
        keep(group, place, frame)
    return forget(group, places)


def encoder_numbers(tools, layer, step):
    """The numbers of :class:`vdtext.fast.codec.trial.Encoder`."""
    weight = LAMBDAS[min(layer, 2)] * step**2 if not tools.lossless else 1e-3
    dead = (0, 0) if tools.choose else (1 / 6, 1 / 3)
    sizes = [size.bit_length() - 1 for size in (tools.largest, tools.smallest)]
    enough = 0.0 if tools.lossless else 0.1
    angles = 1 if layer else 2
    numbers = [
        weight,
        weight**0.5,
        tools.transforms,
        enough,
        tools.pairs,
        1,
        angles,
        enough,
        dead[0],
        *sizes,
        tools.finest,
    ]
    return np.array([*numbers, dead[1]], np.float32)


def room(group):
    """Let the coder's array have room for another frame."""
    h, w = group.size
    used, needed = int(group.coder.state[2]), ROOM * h * w * (1.5 if group.color else 1) + 4096
    if group.coder.data.size - used < needed:
        data = np.empty(int(used + 2 * needed), np.uint8)
        data[:used] = group.coder.data[:used]
        group.coder = group.coder._replace(data=data)


def finish(group):
    """The bytes of a group that was written."""
    from vdtext.fast import codec as fast

    room(group)
    return group.coder.data[: fast.flush(group.coder.state, group.coder.data)].tobytes()


def read_run(group, count):
    """Decode a run of frames.

    Parameters
    ----------
    group : Group
        As :func:`begin` made it from bytes; changed in place.
    count : int
        How many frames the run has.

    Returns
    -------
    list of ndarray
        Sheets, in order.

    Raises
    ------
    BitstreamError
        If the bytes end before the run does.

    Examples
    --------
    >>> group = begin((8, 8), False, Tools())
    >>> seen = write_run(group, [np.full((8, 8), 90, np.uint8)], 60)
    >>> read = begin((8, 8), False, Tools(), finish(group))
    >>> bool((read_run(read, 1)[0] == seen[0]).all())
    True
    """
    from vdtext.fast import codec as fast

    change = fast.put_number(group.coder, INDEX, 0, 0)
    group.index += unzigzag(change)
    prime(group)
    places = order(group, count)
    for place in places:
        frame, _ = fresh_frame(group, place)
        with compiling(fast.decode_frame, "the decoder"):
            whole = fast.decode_frame(group.coder, frame) if 0 <= group.index < len(STEPS) else False
        if not (whole and correct(group, frame, 0)):
            raise BitstreamError(f"the bytes of a group end in its frame {place.number} (chapter 10)")
        keep(group, place, frame)
    return forget(group, places)
