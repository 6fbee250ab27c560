"""Features (chapter 11): a frame as a short vector, so that frames can be told apart and found again.

The front doors are :func:`describe` (frames to vectors, by the name of a feature) and
:func:`mean_average_precision` (how well vectors find what belongs together).  Rooms, each using those above it:

``frames``     what a frame may be: uint8 or floats in [0, 1], grey or colour;
``colour``     histograms and moments of colours;
``texture``    local binary patterns and Gabor filters;
``shape``      orientations of edges, HOG, Hu's moments of a contour;
``network``    a convolutional network whose filters are random and stay so;
``retrieval``  distances, rankings, average precision;
``doors``      the front door.
"""

from vdtext.features.colour import colour_histogram, colour_moments, equalise
from vdtext.features.doors import FEATURES, describe
from vdtext.features.network import Network, forward, random_features, random_network
from vdtext.features.retrieval import (
    average_precision,
    chance_precision,
    distances,
    mean_average_precision,
    ranking,
)
from vdtext.features.shape import hog, hu_moments, largest_contour, orientation_histogram
from vdtext.features.texture import (
    gabor,
    gabor_bank,
    gabor_features,
    gabor_kernel,
    lbp_histogram,
    local_binary_pattern,
)

__all__ = [
    "FEATURES",
    "Network",
    "average_precision",
    "chance_precision",
    "colour_histogram",
    "colour_moments",
    "describe",
    "distances",
    "equalise",
    "forward",
    "gabor",
    "gabor_bank",
    "gabor_features",
    "gabor_kernel",
    "hog",
    "hu_moments",
    "largest_contour",
    "lbp_histogram",
    "local_binary_pattern",
    "mean_average_precision",
    "orientation_histogram",
    "random_features",
    "random_network",
    "ranking",
]
