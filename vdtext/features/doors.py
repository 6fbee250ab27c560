"""The front door: frames to vectors, by the name of a feature."""

from dataclasses import dataclass

import cv2
import numpy as np

from vdtext._progress import progress
from vdtext.features import colour, network, shape, texture
from vdtext.features.frames import checked, grey

__all__ = ["FEATURES", "Feature", "describe"]


@dataclass(frozen=True)
class Feature:
    """How a frame becomes a vector, and which distance suits it.

    Attributes
    ----------
    vector : callable
        (H, W) or (H, W, 3) → ndarray.
    metric : str
        For :func:`vdtext.features.distances`.

    Examples
    --------
    >>> FEATURES["colour histogram"].metric
    'l1'
    """

    vector: callable
    metric: str


def _hog(frame):
    """HOG of a frame at 64 × 64 pixels in cells of 8: coarse enough to forgive small motions."""
    u = grey(frame).astype(np.float32)
    return shape.hog(cv2.resize(u, (64, 64), interpolation=cv2.INTER_AREA).clip(0, 1), cell=8)


FEATURES = {
    "colour histogram": Feature(colour.colour_histogram, "l1"),
    "colour moments": Feature(colour.colour_moments, "l1"),
    "local binary patterns": Feature(texture.lbp_histogram, "chi2"),
    "Gabor energies": Feature(texture.gabor_features, "cosine"),
    "edge orientations": Feature(shape.orientation_histogram, "l1"),
    "HOG": Feature(_hog, "l2"),
    "Hu moments": Feature(lambda frame: shape.hu_moments(shape.largest_contour(frame)), "l1"),
    "random network": Feature(network.random_features, "cosine"),
}


def describe(frames, feature):
    """The vectors of frames.

    Parameters
    ----------
    frames : iterable of array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        A clip, or anything that yields frames, of any sizes; one is held at a time.
    feature : str or callable
        One of `FEATURES`, or a function of a frame that returns an array.

    Returns
    -------
    ndarray, shape (T, D), float64

    Raises
    ------
    ValueError
        If the feature is unknown (the known ones are listed), or there is no frame (chapter 11).

    Examples
    --------
    >>> describe(np.zeros((3, 16, 16, 3), np.uint8), "colour moments").shape
    (3, 9)
    """
    if not callable(feature):
        if feature not in FEATURES:
            raise ValueError(f"feature={feature!r}: accepted are {', '.join(FEATURES)}, or a function (chapter 11)")
        feature = FEATURES[feature].vector
    vectors = [np.ravel(feature(checked(frame))) for frame in progress(frames, "features")]
    if not vectors:
        raise ValueError("no frame: features describe at least one (chapter 11)")
    return np.stack(vectors).astype(np.float64)
