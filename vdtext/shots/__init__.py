"""Shots and key frames (chapter 11): where one shot ends and the next begins, how sure that is, and what to show.

A frame is a grey or RGB array, or a list of planes as a file keeps them.  A cut is the first frame of the new shot; a
dissolve or fade has a first frame, and a first frame after it.  Rooms, each using those above it:

``transitions``  :class:`Transition`, :class:`Shot`, :class:`Shots`;
``thumbnails``   frames as little pictures;
``changes``      what motion does not explain, mixtures: readable;
``measures``     the measures of the field, and the simplest decision;
``gradual``      what dissolves and fades do to the variance;
``watching``     the detector, one pass over a stream;
``doors``        :func:`detect`;
``evaluation``   precision and recall as TRECVID counts them;
``films``        films of real footage whose truth is known;
``summary``      key frames for people: medoids, facility location, contact sheets.
"""

from vdtext.shots.changes import Change, Mixture, change, explained, mixture
from vdtext.shots.doors import detect
from vdtext.shots.evaluation import Curve, Evaluation, Score, evaluate, pairs, precision_recall
from vdtext.shots.films import BenchmarkFilm, benchmark
from vdtext.shots.gradual import dissolve_variance, fade_variance
from vdtext.shots.measures import (
    MEASURES,
    adaptive_ratio,
    chi_square,
    content,
    correlation,
    histogram,
    hue_distance,
    intersection,
    mse,
    peaks,
    scores,
)
from vdtext.shots.summary import Summary, contact_sheet, distances, facility_location, medoids
from vdtext.shots.thumbnails import thumbnail
from vdtext.shots.transitions import Shot, Shots, Transition, shots_of
from vdtext.shots.watching import Settings, watch

__all__ = [
    "MEASURES",
    "BenchmarkFilm",
    "Change",
    "Curve",
    "Evaluation",
    "Mixture",
    "Score",
    "Settings",
    "Shot",
    "Shots",
    "Summary",
    "Transition",
    "adaptive_ratio",
    "benchmark",
    "change",
    "chi_square",
    "contact_sheet",
    "content",
    "correlation",
    "detect",
    "dissolve_variance",
    "distances",
    "evaluate",
    "explained",
    "facility_location",
    "fade_variance",
    "histogram",
    "hue_distance",
    "intersection",
    "medoids",
    "mixture",
    "mse",
    "pairs",
    "peaks",
    "precision_recall",
    "scores",
    "shots_of",
    "thumbnail",
    "watch",
]
