"""Handwritten digits that bounce between the edges of the frame, after the idea of Moving MNIST."""

import importlib.util
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
from scipy import ndimage

from vdtext.clips.clip import Clip, Truth, as_bytes, bounce
from vdtext.video import Color, default_matrix

__all__ = ["digits"]


def digits(*, frames=40, size=(64, 64), count=2, speed=3.0, scale=2.5, fps=25, seed=0, gray=True):
    """Digits of scikit-learn's data set, white on black, each flying straight until an edge throws it back.

    A digit is the cubic spline through its 8×8 samples, stretched by `scale` and evaluated around its exact centre, so
    that motion by fractions of a pixel is exact; where digits cross, the brighter one is seen.  The first n frames do
    not depend on how many follow.

    Parameters
    ----------
    frames : int
        Length, ≥ 1.
    size : (int, int)
        Height and width in pixels, larger than a digit, 10·scale.
    count : int
        How many digits.
    speed : float
        Largest speed in pixels a frame; each digit has between half of it and all of it.
    scale : float
        Pixels to one sample of the data set.
    fps : Fraction or int
        Frames a second.
    seed : int
        Of the choice of digits, places and directions.
    gray : bool
        They are grey anyway; False repeats the channel three times.

    Returns
    -------
    Clip
        uint8, (T, H, W) or (T, H, W, 3).  Its truth holds clean, positions, velocities, masks (the digits one by one)
        and labels.

    Raises
    ------
    ValueError
        If the frame is too small for a digit (chapter 16).
    FileNotFoundError
        If scikit-learn is not installed.

    References
    ----------
    Srivastava, Mansimov, Salakhutdinov, "Unsupervised learning of video representations using LSTMs", ICML 2015,
    arXiv:1502.04681 (bouncing digits as a test of video models).

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.digits(frames=10, seed=1)
    >>> clip.array.shape, clip.truth.positions.shape, clip.truth.labels.shape
    ((10, 64, 64), (10, 2, 2), (2,))
    """
    half = 5 * scale  # 4 samples and one of margin, where the spline fades out
    if min(size) < 2 * half + 2 or frames < 1:
        raise ValueError(
            f"frames={frames}, size={size}: at least 1 frame of more than {2 * half + 2:g} pixels (chapter 16)"
        )
    rng = np.random.default_rng(seed)
    pictures, labels = _samples()
    chosen = rng.choice(len(pictures), count, replace=False)
    angle, pace = rng.uniform(0, 2 * np.pi, count), rng.uniform(speed / 2, speed, count)
    velocity, place = np.stack([np.sin(angle), np.cos(angle)], -1) * pace[:, None], rng.uniform(size=(count, 2))
    positions, velocities = np.empty((2, frames, count, 2))
    masks = np.empty((frames, count, *size), np.float32)
    for d in range(count):
        for axis in (0, 1):
            low, high = half, size[axis] - 1 - half
            begin = low + place[d, axis] * (high - low)
            positions[:, d, axis], velocities[:, d, axis] = bounce(begin, velocity[d, axis], frames, low, high)
        glyph = np.pad(pictures[chosen[d]], 2)
        for t in range(frames):
            offset = (len(glyph) - 1) / 2 - positions[t, d] / scale
            masks[t, d] = ndimage.affine_transform(glyph, [1 / scale] * 2, offset, output_shape=tuple(size), order=3)
    masks = masks.clip(0, 1)
    clean = masks.max(axis=1, initial=0).astype(float)
    clean = clean if gray else np.repeat(clean[..., None], 3, -1)
    truth = Truth(cuts=(), clean=clean, positions=positions, velocities=velocities, masks=masks, labels=labels[chosen])
    color, source = (
        Color(default_matrix(size[0]), limited=False),
        f"scikit-learn's digits, moved by computation, seed {seed}",
    )
    return Clip("digits", as_bytes(clean), Fraction(fps), color, source, "CC BY 4.0, Alpaydin and Kaynak", truth)


@cache
def _samples():
    """The 1797 digits, (1797, 8, 8) in [0, 1], and what they are, from scikit-learn's file, without importing it."""
    package = importlib.util.find_spec("sklearn")
    file = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz" if package else Path()
    if not file.is_file():
        raise FileNotFoundError(
            "the digits come with scikit-learn, which is missing: pip install scikit-learn (chapter 2)"
        )
    table = np.loadtxt(file, delimiter=",")
    return table[:, :-1].reshape(-1, 8, 8) / 16, table[:, -1].astype(int)
