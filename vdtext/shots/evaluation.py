"""Found against true: one-to-one matching, precision, recall and F1, cuts and gradual transitions apart, as TRECVID."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from vdtext.shots.transitions import Shots, Transition

__all__ = ["Curve", "Evaluation", "Score", "evaluate", "pairs", "precision_recall"]

SHORT = 5
"""A true transition of so few frames counts as a cut (TRECVID)."""


@dataclass(frozen=True)
class Score:
    """How many were found, how many there are, and how many of these belong together.

    Attributes
    ----------
    found, truth, matched : int
    """

    found: int
    truth: int
    matched: int

    def __add__(self, other):
        return Score(self.found + other.found, self.truth + other.truth, self.matched + other.matched)

    @property
    def precision(self):
        """Share of what was found that is true; 1 if nothing was."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self):
        """Share of what is true that was found; 1 if there is nothing to find."""
        return self.matched / self.truth if self.truth else 1.0

    @property
    def f1(self):
        """2·matched / (found + truth), the harmonic mean of precision and recall; 1 if both are empty."""
        both = self.found + self.truth
        return 2 * self.matched / both if both else 1.0


@dataclass(frozen=True)
class Evaluation:
    """Three counts.

    Attributes
    ----------
    cuts, gradual : Score
        Cuts, and dissolves and fades, matched among themselves.
    all : Score
        Any transition, whatever it was called.
    """

    cuts: Score
    gradual: Score
    all: Score

    def __add__(self, other):
        return Evaluation(self.cuts + other.cuts, self.gradual + other.gradual, self.all + other.all)


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision and recall by threshold.

    Attributes
    ----------
    thresholds, precision, recall : ndarray, shape (n,)
        From the strictest threshold to the most lenient.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


def transitions(given):
    """Transitions of whatever tells some: :class:`Shots`, transitions, or first frames of shots."""
    given = given.transitions if isinstance(given, Shots) else given
    return [t if isinstance(t, Transition) else Transition(int(t), int(t)) for t in given]


def pairs(found, truth, *, tolerance=2):
    """Match found and true transitions one to one, as many as possible.

    A pair may be matched if the spans, that of the truth widened by `tolerance` frames on either side, have a frame in
    common; a cut spans its first frame.

    Parameters
    ----------
    found, truth : sequence of Transition or int, or Shots
    tolerance : int
        Frames.

    Returns
    -------
    list of (int, int)
        Numbers of those that belong together, in order of the truth.

    References
    ----------
    Hopcroft, Karp, An n^{5/2} algorithm for maximum matchings in bipartite graphs, SIAM Journal on Computing 2 (1973),
    doi:10.1137/0202019.

    Examples
    --------
    >>> pairs([10, 12, 40], [11, 13, 60], tolerance=2)
    [(0, 0), (1, 1)]
    """
    found, truth = transitions(found), transitions(truth)
    if not found or not truth:
        return []
    starts, stops = (np.array([span(t)[k] for t in found]) for k in (0, 1))
    near = np.array([(starts <= b + tolerance) & (stops >= a - tolerance) for a, b in map(span, truth)])
    match = maximum_bipartite_matching(csr_array(near.astype(np.int8)), perm_type="column")
    return [(int(match[k]), k) for k in range(len(truth)) if match[k] >= 0]


def span(transition):
    """First and last frame of a transition."""
    return transition.start, max(transition.stop - 1, transition.start)


def evaluate(found, truth, *, tolerance=2):
    """Judge what was found.

    Parameters
    ----------
    found, truth : sequence of Transition or int, or Shots
        An int is a cut.  True transitions of at most 5 frames count as cuts.
    tolerance : int
        Frames by which a cut may be off; gradual transitions must have a frame in common, and may be off as far.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the tolerance is negative (chapter 11).

    References
    ----------
    Smeaton, Over, Doherty, Video shot boundary detection: seven years of TRECVid activity, Computer Vision and Image
    Understanding 114 (2010), doi:10.1016/j.cviu.2009.03.011.

    Examples
    --------
    >>> result = evaluate([30, 77, 100], [30, 76, 137], tolerance=2)
    >>> result.cuts.matched, round(result.cuts.precision, 2), round(result.cuts.recall, 2), round(result.cuts.f1, 2)
    (2, 0.67, 0.67, 0.67)
    """
    if tolerance < 0:
        raise ValueError(f"tolerance={tolerance}: accepted are 0 frames and more (chapter 11)")
    found, truth = transitions(found), transitions(truth)
    kinds = (
        ([t for t in found if t.kind == "cut"], [t for t in truth if t.stop - t.start <= SHORT]),
        ([t for t in found if t.kind != "cut"], [t for t in truth if t.stop - t.start > SHORT]),
        (found, truth),
    )
    return Evaluation(*(Score(len(f), len(t), len(pairs(f, t, tolerance=tolerance))) for f, t in kinds))


def precision_recall(results, *, tolerance=2, kind="all"):
    """Precision and recall of several films as the threshold of the score is raised.

    Parameters
    ----------
    results : iterable of (found, truth)
        One pair a film, as for :func:`evaluate`; what was found has scores, and was found with a low threshold.
    tolerance : int
        Frames.
    kind : {"all", "cuts", "gradual"}

    Returns
    -------
    Curve

    Examples
    --------
    >>> found = [Transition(10, 10, score=3.0), Transition(20, 20, score=2.0), Transition(30, 30, score=1.0)]
    >>> curve = precision_recall([(found, [10, 30])])
    >>> curve.precision.round(2).tolist(), curve.recall.tolist()
    ([1.0, 0.5, 0.67], [0.5, 0.5, 1.0])
    """
    results = [(transitions(found), transitions(truth)) for found, truth in results]
    levels = np.array(sorted({t.score for found, _ in results for t in found}, reverse=True))
    points = []
    for level in levels:
        kept = (([t for t in found if t.score >= level], truth) for found, truth in results)
        judged = [getattr(evaluate(f, t, tolerance=tolerance), kind) for f, t in kept]
        total = sum(judged, start=Score(0, 0, 0))
        points.append((total.precision, total.recall))
    precision, recall = np.array(points).reshape(-1, 2).T
    return Curve(levels, precision, recall)
