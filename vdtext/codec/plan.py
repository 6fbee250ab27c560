"""In which order frames are coded, from which others each is predicted, and how finely each is quantised."""

from dataclasses import dataclass

__all__ = ["OFFSETS", "STEPS", "Place", "group_order", "quality_index", "runs", "step_index"]

STEPS = tuple(max(1, round(16 * 2 ** (k / 24))) for k in range(257))
"""Quantiser steps in units of 1/16 grey value, 24 an octave; before rounding none is nearer than 0.001 to a half."""
OFFSETS = (-4, 0, 6, 10, 14, 18)
"""Of the step's index, by layer of the pyramid: intra frames finer, each layer of B frames coarser."""


@dataclass(frozen=True)
class Place:
    """A frame's place in a group.

    Attributes
    ----------
    number : int
        Which frame, counted from the group's first.
    layer : int
        0 for an intra frame, 1 for one predicted from the past, 2 and more for those between two others.
    references : tuple of int
        The frames that it is predicted from: none, one, or two.
    """

    number: int
    layer: int
    references: tuple[int, ...]


def group_order(anchors, first, last):
    """The frames after `first`, up to `last`, in coding order: `last` from the past, then always the middle one.

    Parameters
    ----------
    anchors : sequence of int
        Frames predicted from the past so far, the intra frame included; the last one is `first`.
    first, last : int
        Frames of the group; last > first.

    Returns
    -------
    list of Place

    References
    ----------
    Schwarz, Marpe, Wiegand, Analysis of hierarchical B pictures and MCTF, IEEE ICME (2006),
    doi:10.1109/ICME.2006.262934.

    Examples
    --------
    >>> [(place.number, place.layer, place.references) for place in group_order([0], 0, 4)]
    [(4, 1, (0,)), (2, 2, (0, 4)), (1, 3, (0, 2)), (3, 3, (2, 4))]
    """
    places = [Place(last, 1, tuple(reversed(anchors[-2:])))]

    def between(a, b, layer):
        middle = (a + b) // 2
        if middle > a:
            places.append(Place(middle, min(layer, 5), (a, b)))
            between(a, middle, layer + 1)
            between(middle, b, layer + 1)

    between(first, last, 2)
    return places


def runs(frames, gop, key, cuts):
    """Frames in runs that are coded together: each is one intra frame, or up to `gop` frames that follow it.

    Parameters
    ----------
    frames : iterable
        Frames, in order.
    gop : int
        The longest run.
    key : int
        At most so many frames from one intra frame to the next.
    cuts : container of int
        Frames that are intra frames in any case.

    Yields
    ------
    tuple (bool, list)
        Whether a group begins here, and the frames.

    Examples
    --------
    >>> [(begins, list(run)) for begins, run in runs("abcdefgh", 2, 5, {4})]
    [(True, ['a']), (False, ['b', 'c']), (False, ['d']), (True, ['e']), (False, ['f', 'g']), (False, ['h'])]
    """
    pending, since = [], 0
    for number, frame in enumerate(frames):
        if number == 0 or number in cuts or since == key:
            if pending:
                yield False, pending
            yield True, [frame]
            pending, since = [], 1
            continue
        pending.append(frame)
        since += 1
        if len(pending) == gop:
            yield False, pending
            pending = []
    if pending:
        yield False, pending


def quality_index(quality):
    """Index of the quantiser's step for a quality: 1 grey value at 99, doubled every 14 below, as in chapter 7.

    Parameters
    ----------
    quality : float
        0 to 99.

    Returns
    -------
    int
        An index of :data:`STEPS`.

    Examples
    --------
    >>> STEPS[quality_index(99)] / 16, STEPS[quality_index(57)] / 16
    (1.0, 8.0)
    """
    return round(24 * (99 - quality) / 14)


def step_index(index, layer, cascade=True):
    """Index of the step of a frame, from that of its run and its layer.

    Parameters
    ----------
    index : int
    layer : int
        0 to 5.
    cascade : bool
        False: all layers alike.

    Returns
    -------
    int
        Within :data:`STEPS`.

    Examples
    --------
    >>> [step_index(100, layer) for layer in range(6)]
    [96, 100, 106, 110, 114, 118]
    """
    return min(max(index + (OFFSETS[layer] if cascade else 0), 0), len(STEPS) - 1)
