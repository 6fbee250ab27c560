"""Segments and surveillance (chapter 11): what belongs together within a frame, and what has changed since before.

The front doors are :func:`random_walk` (a frame and some scribbles to regions), :func:`watch` (frames to what does not
belong to the background), :func:`people` and :func:`faces` (detection by other people's trained detectors; nobody is
identified).  Rooms:

``walker``      the random walker: chapter 8's steady state with conductances that the picture gives;
``background``  mean and variance of every pixel, by recursive diffusion in time;
``curves``      hits against false alarms;
``detection``   boxes of two packaged detectors, and how to count what they get right.
"""

from vdtext.segments.background import Background, Seen, forget, score, watch
from vdtext.segments.curves import Curve, roc
from vdtext.segments.detection import Box, Counts, count, faces, overlap, people, predictive_value
from vdtext.segments.walker import Walk, edge_conductances, random_walk

__all__ = [
    "Background",
    "Box",
    "Counts",
    "Curve",
    "Seen",
    "Walk",
    "count",
    "edge_conductances",
    "faces",
    "forget",
    "overlap",
    "people",
    "predictive_value",
    "random_walk",
    "roc",
    "score",
    "watch",
]
