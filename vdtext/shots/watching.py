"""The detector: one pass, a window of little pictures, and what is decided in its middle."""

from dataclasses import dataclass

import numpy as np

from vdtext.shots.changes import SHIFTS, judged
from vdtext.shots.thumbnails import thumbnail
from vdtext.shots.transitions import Transition

__all__ = ["Settings", "watch"]


@dataclass(frozen=True)
class Settings:
    """The numbers of the detector (chapter 11): found by hand, and the best of a sweep over one half of the benchmark.

    ``python -m tools.tune`` makes that sweep, and judges them on the other half.

    Attributes
    ----------
    size : float
        A change of this size may be a cut.
    stands_out : float
        It exceeds the typical change before it, and that after it, so many times.
    unlike : float
        And leaves this much unexplained when brightness may change.
    near : int
        Neighbours before and after it.
    back : int
        A change that is undone within so many frames is a flash.
    rest : float
        What a mixture of a dissolve's ends may leave over of its middle.
    dip : float
        And how far the contrast falls in the middle.
    halves : tuple of int
        Frames from the middle of a dissolve to its ends that are tried.
    dark : float
        The contrast of a fade's middle, over that before and after it.
    """

    size: float = 0.55
    stands_out: float = 1.6
    unlike: float = 0.15
    near: int = 4
    back: int = 6
    rest: float = 0.36
    dip: float = 0.1
    halves: tuple[int, ...] = (3, 4, 6, 9, 13, 20)
    dark: float = 0.15


HALF = 24
"""Frames on either side of the one that is decided."""
ROUGH = 0.55
"""A mixture of pictures that stand still leaves less than this of the middle of a dissolve, even of moving shots."""
RANK = {"dissolve": 0, "cut": 1, "fade": 2}
BLACK = 1.5
"""Contrast of a picture without anything in it."""


class Window:
    """The last frames as little pictures, and how much each changed; frames are counted from the film's first."""

    def __init__(self):
        self.pictures, self.stop, self.shift = None, 0, 0
        self.size, self.unlike, self.contrast = np.zeros((3, 8 * HALF))

    def push(self, picture):
        """Take the next little picture."""
        from vdtext.fast import shots as fast

        if self.pictures is None:
            self.pictures = np.empty((8 * HALF, *picture.shape), np.uint8)
        if len(picture) != self.pictures.shape[1]:
            raise ValueError(f"frame {self.stop} is grey and others are not, or the reverse (chapter 11)")
        k = self.stop - self.shift
        if k == len(self.pictures):  # make room: what is older than the window goes
            kept = 4 * HALF
            for array in (self.pictures, self.size, self.unlike, self.contrast):
                array[:kept] = array[-kept:]
            self.shift, k = self.shift + k - kept, kept
        self.pictures[k] = picture
        found = fast.compare(self.pictures[max(k - 1, 0)], picture, SHIFTS)
        step = judged(found)
        self.size[k], self.unlike[k] = (step.size, step.unlike) if self.stop else (0, 0)
        self.contrast[k] = fast.contrast(picture[0])
        self.stop += 1

    def change(self, a, b):
        """The change from frame a to frame b."""
        from vdtext.fast import shots as fast

        return judged(fast.compare(self.pictures[a - self.shift], self.pictures[b - self.shift], SHIFTS))

    def rest(self, a, b, middle):
        """What the mixture of two frames, moved towards the middle, leaves over of it."""
        from vdtext.fast import shots as fast

        return fast.moved_rest(*(self.pictures[k - self.shift] for k in (a, b, middle)), SHIFTS)

    def shares(self, a, b):
        """Share of frame b in each from a to b."""
        from vdtext.fast import shots as fast

        return fast.shares(self.pictures, a - self.shift, b - self.shift)

    def middles(self, at, settings, threshold):
        """(half, share, rest) of a frame as the middle of each pair of frames that no cut lies between."""
        from vdtext.fast import shots as fast

        first, last = max(-self.shift, 0), self.stop - 1 - self.shift
        halves = np.array(settings.halves)
        at -= self.shift
        least = threshold * settings.size / 2 * 0.7 * self.contrast[at]  # a change is no larger than the distance
        found = fast.middles(self.pictures, self.size, at, halves, first, last, settings.size, least)
        return [(int(half), *pair) for half, pair in zip(halves, found.tolist(), strict=True)]

    def first(self, at, half):
        """The first frame of at − half … that is there."""
        return max(at - half, self.shift, 0)


def cut(window, at, settings, threshold):
    """The cut at a frame, or None.

    Parameters
    ----------
    window : Window
    at : int
        The frame that may begin a shot.
    settings : Settings
    threshold : float
        Of its score.

    Returns
    -------
    Transition or None
        Its score is the least of three ratios, each to its threshold.
    """
    k = at - window.shift
    size, unlike = window.size[k], window.unlike[k]
    if at == 0 or size < threshold * settings.size:
        return None
    sides = ((max(window.first(at, settings.near), 1), at), (at + 1, min(at + settings.near + 1, window.stop)))
    typical = max(
        (lower_median(window.size[a - window.shift : b - window.shift]) for a, b in sides if b > a), default=0
    )
    score = min(size / settings.size, size / max(settings.stands_out * typical, 1e-9), unlike / settings.unlike)
    if score < threshold or from_or_to_black(window, at):
        return None
    after = [(at - 1, k) for k in range(at + 1, min(at + settings.back + 1, window.stop))]
    before = [(k, at) for k in range(window.first(at, settings.back + 1), at - 1)]
    if any(window.change(a, b).size < size / 2 for a, b in after + before):
        return None  # a flash: the picture of before comes back, or has come back
    return Transition(at, at, "cut", float(min(score, 9.0)))


def lower_median(values):
    """The middle value, the lower of two: so many may be exceptions."""
    return float(np.sort(values)[(len(values) - 1) // 2])


def from_or_to_black(window, at):
    """Is a frame the first of a fade from nothing, or the first after one into nothing?"""
    k, last = at - window.shift, window.stop - 1 - window.shift
    before, here = window.contrast[k - 1], window.contrast[k]
    rising = before <= BLACK and window.contrast[min(k + 3, last)] > 1.3 * here
    return rising or (here <= BLACK and window.contrast[max(k - 4, 0)] > 1.3 * before)


def dissolve(window, at, settings, threshold):
    """The dissolve whose middle is a frame, or None.

    Parameters
    ----------
    window : Window
    at : int
    settings : Settings
    threshold : float
        Of its score.

    Returns
    -------
    Transition or None
    """
    best = None
    for half, share, rest in window.middles(at, settings, threshold):
        if not 0.25 < share < 0.75 or rest > ROUGH:
            continue
        if window.change(at - half, at + half).size < threshold * settings.size / 2:
            continue
        rest = min(rest, window.rest(at - half, at + half, at))
        if rest * threshold > settings.rest:
            continue
        if found := ramp(window, at - half, at + half):
            score = min(settings.rest / max(rest, 1e-9), *blended(window, *found, settings))
            if score >= threshold and (best is None or score > best.score):
                best = Transition(*found, "dissolve", float(min(score, 9.0)))
    return best


def ramp(window, a, b):
    """First and last frame of the steady rise of the second picture's share, None if there is none."""
    share = window.shares(a, b)
    inside = np.flatnonzero((share > 0.12) & (share < 0.88))
    if len(inside) < 3 or np.diff(share).max() > 0.45 or (np.maximum.accumulate(share) - share).max() > 0.2:
        return None
    t, y = inside - inside.mean(), share[inside]
    slope = (t @ y) / (t @ t)
    if slope <= 0:
        return None
    start = a + inside.mean() - y.mean() / slope  # where the line is 0
    stop = start + 1 / slope
    return max(int(np.floor(start)) + 1, 1), min(int(np.ceil(stop)), window.stop - 1)


def blended(window, start, stop, settings):
    """Three ratios to their thresholds: how different the ends are, twice, and how far the contrast dips between."""
    a, b = max(start - 1, window.first(start, 2 * HALF)), min(stop, window.stop - 1)
    ends, both = window.change(a, b), window.contrast[[a - window.shift, b - window.shift]]
    middle = window.contrast[(a + b) // 2 - window.shift]
    dip = 1 - middle / both.mean() if both.min() > 3 * BLACK else 0.0  # else it is a fade, or nothing is seen
    return ends.size / settings.size, ends.unlike / (2 * settings.unlike), dip / settings.dip


def blank(window, at, settings):
    """(is there little in a frame beside what is before and after?, is there anything near?, the contrast allowed)."""
    k = at - window.shift
    before = window.contrast[window.first(at, HALF - 4) - window.shift : k + 1].max()
    after = window.contrast[k : min(at + HALF - 3, window.stop) - window.shift].max()
    level = max(settings.dark * min(before, after), BLACK)
    return window.contrast[k] <= level, max(before, after) > 2 * BLACK, level


def slope_of(window, at, step, limit):
    """How far a ramp of the contrast reaches from a frame, in the direction of `step`."""
    k, top = at, at
    while 0 <= k + step < window.stop and k + step >= window.shift and abs(k + step - at) <= limit:
        here, there = window.contrast[k - window.shift], window.contrast[k + step - window.shift]
        if there <= here * 1.02 and here > 4 * BLACK:
            break
        k += step
        if there > window.contrast[top - window.shift]:
            top = k
    return top


def watch(frames, *, threshold=1.0, min_length=6, settings=None):
    """Find the changes of shot of a stream of frames, in one pass and in memory that does not grow.

    A cut changes the little picture more than motion explains, more than its neighbours, more than brightness explains,
    and the old picture does not come back.  The middle of a dissolve is a mixture of its ends.  A fade has a frame
    without contrast.  Each is decided 24 frames later.

    Parameters
    ----------
    frames : iterable
        Of all that :func:`thumbnail` takes; each is forgotten at once.
    threshold : float
        Of the scores; higher finds less.
    min_length : int
        Frames between two changes; of two that are nearer the surer one stays.
    settings : Settings, optional

    Yields
    ------
    Transition
        In order, some 60 frames after it happened.

    Raises
    ------
    ValueError
        If an argument or a frame cannot be right (chapter 11).

    Examples
    --------
    >>> from vdtext import clips, video
    >>> [found.start for found in watch(video.planes(clips.path("bikes")))]
    [30, 76, 137, 187, 242]
    """
    settings = settings or Settings()
    if not threshold >= 0.5 or min_length < 1:
        raise ValueError(
            f"threshold={threshold}, min_length={min_length}: accepted are 0.5 and more, 1 and more (chapter 11)"
        )
    window, pending, dark = Window(), [], None
    lag = HALF + min_length

    def decided(at):
        """All that is found at a frame."""
        nonlocal dark
        empty, amid, level = blank(window, at, settings)
        if empty and amid and dark is None:
            dark = (at, slope_of(window, at, -1, 2 * HALF) + 1, 1.0)
        if empty and dark is not None:
            depth = level / max(window.contrast[at - window.shift], level / 4)
            dark = (*dark[:2], max(dark[2], depth))
        if not empty and dark is not None:
            (begin, start, depth), dark = dark, None
            stop = slope_of(window, at - 1, 1, HALF)
            if begin > 0 and max(begin - start, stop - at) >= 2:
                yield Transition(min(start, begin), stop, "fade", float(depth))
        for found in (cut(window, at, settings, threshold), dissolve(window, at, settings, threshold)):
            if found:
                yield found

    def ripe(now):
        """Those pending ones that nothing can touch any more, the surest first."""
        while pending and (first := min(pending)).stop + lag < now:
            pending.remove(first)
            rivals = [other for other in pending if other.start - first.stop < min_length]
            if any(rank(other) > rank(first) for other in rivals):
                continue
            for other in rivals:
                pending.remove(other)
            yield first

    for frame in frames:
        window.push(thumbnail(frame))
        if window.stop > HALF:
            at = window.stop - 1 - HALF
            pending += [found for found in decided(at) if found.score >= threshold]
            yield from ripe(at)
    for at in range(max(window.stop - HALF, 0), window.stop):
        pending += [found for found in decided(at) if found.score >= threshold]
    yield from ripe(np.inf)


def rank(found):
    """Which of two changes stays: a fade before a cut, a cut before a dissolve, then the surer."""
    return RANK[found.kind], found.score
