"""What a change of shot is, and what a shot is."""

from dataclasses import dataclass

__all__ = ["KINDS", "Shot", "Shots", "Transition", "shots_of"]

KINDS = ("cut", "dissolve", "fade")


@dataclass(frozen=True, order=True)
class Transition:
    """A change from one shot to the next.

    Attributes
    ----------
    start : int
        The first frame that is no longer the old shot alone.
    stop : int
        The first frame that is the new shot alone; that of a cut is its start.
    kind : {"cut", "dissolve", "fade"}
    score : float
        How sure the detector is; 1 is its threshold.

    Examples
    --------
    >>> Transition(30, 30, "cut").frame, Transition(40, 50, "dissolve").frame
    (30, 45)
    """

    start: int
    stop: int
    kind: str = "cut"
    score: float = 1.0

    @property
    def frame(self):
        """Where the new shot begins to outweigh: the cut, or the middle."""
        return (self.start + self.stop) // 2


@dataclass(frozen=True)
class Shot:
    """A run of frames from one camera.

    Attributes
    ----------
    start, stop : int
        First frame, and first frame of the next shot.  Within a dissolve or fade the border is its middle.
    transition : {"start", "cut", "dissolve", "fade"}
        How the shot begins.
    """

    start: int
    stop: int
    transition: str

    def __len__(self):
        return self.stop - self.start


@dataclass(frozen=True)
class Shots:
    """The shots of a film: a sequence of :class:`Shot`, and the transitions between them.

    Attributes
    ----------
    shots : tuple of Shot
        They cover the film without gaps.
    transitions : tuple of Transition
        One fewer.
    """

    shots: tuple[Shot, ...]
    transitions: tuple[Transition, ...]

    def __len__(self):
        return len(self.shots)

    def __getitem__(self, number):
        return self.shots[number]

    def __iter__(self):
        return iter(self.shots)

    @property
    def cuts(self):
        """First frames of the shots after the first: what an encoder makes intra frames."""
        return tuple(shot.start for shot in self.shots[1:])


def shots_of(transitions, frames):
    """The shots between transitions.

    Parameters
    ----------
    transitions : iterable of Transition
        In order.
    frames : int
        Of the whole film.

    Returns
    -------
    Shots

    Examples
    --------
    >>> found = shots_of([Transition(30, 30), Transition(40, 50, "dissolve")], 60)
    >>> [(shot.start, shot.stop, shot.transition) for shot in found]
    [(0, 30, 'start'), (30, 45, 'cut'), (45, 60, 'dissolve')]
    """
    inside = tuple(t for t in transitions if 0 < t.frame < frames)
    borders = [0, *(t.frame for t in inside), frames]
    kinds = ["start", *(t.kind for t in inside)]
    if not frames:
        return Shots((), ())
    return Shots(tuple(Shot(a, b, k) for a, b, k in zip(borders, borders[1:], kinds, strict=False)), inside)
