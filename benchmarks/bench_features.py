"""Features at full size against scikit-image (see tools/bench.py)."""

from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import clips, features
from vdtext.features.texture import ANGLES, FREQUENCIES


@cache
def large():
    """A frame of the rabbit at 1920×1080, uint8: smooth fur, and as many ties as such a picture has."""
    from vdtext import video

    return video.resize(clips.load("bigbuckbunny", frames=1, gray=True).array[0], size=(1080, 1920))


@cache
def cif():
    """Part of a photograph at 352×288, float32 in [0, 1]."""
    return np.ascontiguousarray(clips.photograph("camera")[100:388, 80:432] / np.float32(255))


def ours_patterns():
    from vdtext.fast import features as fast

    return lambda: fast.local_binary_pattern(large())


def their_patterns():
    from skimage.feature import local_binary_pattern

    return lambda: local_binary_pattern(large(), 8, 1, method="uniform")


def ours_gabor():
    import cv2

    cv2.setNumThreads(1)
    return lambda: features.gabor(cif())


def their_gabor():
    from skimage.filters import gabor

    return lambda: [gabor(cif(), f, theta=angle) for f in FREQUENCIES for angle in ANGLES]


def parts(answers):
    """Complex numbers as pairs of real ones."""
    return np.stack([answers.real, answers.imag])


def their_hog():
    from skimage.feature import hog

    return lambda: hog(cif(), pixels_per_cell=(8, 8), cells_per_block=(2, 2), feature_vector=False)


def cases():
    """The features of chapter 11 that have a peer."""
    yield Case(
        name="features.lbp",
        title="Uniform local binary patterns, 1920×1080",
        reference=lambda: features.local_binary_pattern(large()).astype(float),
        ours={
            "vdtext": Candidate(ours_patterns, "vdtext.fast.features.local_binary_pattern, Numba", 0, "numba"),
            "vdtext, readable": Candidate(
                lambda: lambda: features.local_binary_pattern(large()),
                "vdtext.features.local_binary_pattern, NumPy",
                0,
                "numpy",
            ),
        },
        peers={"scikit-image": Candidate(their_patterns, 'local_binary_pattern(…, "uniform")', 0, "scikit-image")},
        aim=0.04,
        against="scikit-image",
    )
    yield Case(
        name="features.gabor",
        title="24 Gabor filters, 352×288, single precision",
        reference=lambda: parts(features.gabor(cif().astype(float))),
        ours={
            "vdtext": Candidate(
                ours_gabor,
                "vdtext.features.gabor: rows, columns, mirrored pairs, OpenCV",
                1e-5,
                "opencv-contrib-python-headless",
                check=lambda: parts(features.gabor(cif())),
            )
        },
        peers={
            "scikit-image": Candidate(
                their_gabor,
                "gabor, filter by filter",
                1e-5,
                "scikit-image",
                check=lambda: parts(np.stack([real + 1j * imaginary for real, imaginary in their_gabor()()])),
            )
        },
        aim=0.03,
        against="scikit-image",
    )
    yield Case(
        name="features.hog",
        title="Histograms of oriented gradients, cells of 8, blocks of 2, 352×288",
        reference=lambda: features.hog(cif()),
        ours={"vdtext": Candidate(lambda: lambda: features.hog(cif()), "vdtext.features.hog, NumPy", 0, "numpy")},
        peers={
            "scikit-image": Candidate(their_hog, "hog: sums in single precision", 1e-5, "scikit-image"),
        },
        aim=1.0,
        against="scikit-image",
    )
