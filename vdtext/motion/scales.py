"""A reference that may be blurred: each block chooses a vector and a diffusion time."""

from dataclasses import dataclass

import numpy as np

from vdtext.motion.doors import checked, compensate, match, settings
from vdtext.motion.interpolation import MARGIN
from vdtext.motion.vectors import Matches

__all__ = ["ScaleMatches", "blur", "compensate_scales", "match_scales"]

TIMES = (0.0, 0.25, 1.0, 4.0)


def blur(frame, time):
    """Heat flow in integers: steps of ¼ pixel² along the rows and along the columns, (1, 2, 1)/4 each.

    .. math:: u ← u + ¼ (u_{i−1} − 2u_i + u_{i+1})

    An explicit step of chapter 3 on each axis, carried with six more bits, so that every machine has the same bytes.

    Parameters
    ----------
    frame : ndarray, shape (H, W), uint8
    time : float
        Diffusion time in pixel², a multiple of ¼ from 0 to 64.

    Returns
    -------
    ndarray, shape (H, W), uint8

    Raises
    ------
    ValueError
        If the time is not such a multiple (chapter 9).

    References
    ----------
    Lindeberg, Scale-space for discrete signals, IEEE Trans. Pattern Analysis and Machine Intelligence 12 (1990),
    doi:10.1109/34.49051.

    Examples
    --------
    >>> blur(np.array([[0, 0, 64, 0, 0]], np.uint8), 0.25)
    array([[ 0, 16, 32, 16,  0]], dtype=uint8)
    """
    steps = round(4 * time)
    if steps != 4 * time or not 0 <= steps <= 256:
        raise ValueError(f"time={time}: accepted are multiples of 1/4 from 0 to 64 pixel² (chapter 9)")
    u = frame.astype(np.int32) << 6
    for _ in range(steps):
        for axis in (0, 1):
            wide = np.pad(u, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            wide = np.moveaxis(wide, axis, 0)
            u = np.moveaxis((wide[:-2] + 2 * wide[1:-1] + wide[2:] + 2) >> 2, 0, axis)
    return ((u + 32) >> 6).astype(np.uint8)


@dataclass(frozen=True)
class ScaleMatches:
    """Vectors and diffusion times of a frame.

    Attributes
    ----------
    matches : Matches
        The vectors.
    levels : ndarray, shape (rows, columns), uint8
        Which of the times each block uses.
    times : tuple of float
        In pixel².
    """

    matches: Matches
    levels: np.ndarray
    times: tuple

    @property
    def bits(self):
        """Estimated bits: those of the vectors, and the entropy of the levels."""
        share = np.bincount(self.levels.ravel()) / self.levels.size
        share = share[share > 0]
        return self.matches.bits + round(-float((share * np.log2(share)).sum()) * self.levels.size)


def match_scales(current, reference, *, times=TIMES, block=16, metric="sad", precision=4, penalty=4.0, **options):
    """Find for every block a vector and how far the reference is diffused before it is fetched.

    .. math:: J = D(v, t) + λ (bits(v) + bits(t)),  D \\text{ from } u(t), u(0) = r

    Parameters
    ----------
    current, reference : ndarray, shape (H, W), uint8
    times : sequence of float
        Diffusion times, the first 0, multiples of ¼ pixel².
    block, metric, precision, penalty, **options
        As for :func:`match`.

    Returns
    -------
    ScaleMatches

    Raises
    ------
    ValueError
        If an argument cannot be right.

    References
    ----------
    Agustsson, Minnen, Johnston, Ballé, Hwang, Toderici, Scale-space flow for end-to-end optimized video compression,
    CVPR (2020), doi:10.1109/CVPR42600.2020.00853.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sharp = rng.integers(0, 255, (64, 64), np.uint8)
    >>> found = match_scales(blur(sharp, 1.0), sharp)
    >>> int(np.median(found.levels))
    2
    """
    from vdtext.fast import motion as fast

    current, reference = checked(current, reference)
    _, _, price = settings(metric, precision, penalty, 0)
    if not len(times) or times[0] != 0:
        raise ValueError(f"times={times}: the first is 0 (chapter 9)")
    choice = {"block": block, "metric": metric, "precision": precision, "penalty": penalty, **options}
    planes = [fast.phases(blur(reference, time), MARGIN) for time in times]
    first = match(current, reference, **choice)
    found = [first, *(match(current, blur(reference, t), start=first.vectors, **choice) for t in times[1:])]
    distance = fast.block_satd if metric == "satd" else fast.block_sad
    costs = np.zeros((len(times), *first.vectors.shape[:2]), np.int64)
    for i, j in np.ndindex(first.vectors.shape[:2]):
        y, x = i * block, j * block
        size = min(block, current.shape[0] - y), min(block, current.shape[1] - x)
        predictor = fast.median_vector(first.vectors, i, j, 1)
        for k, one in enumerate(found):
            v, u = (int(n) for n in one.vectors[i, j])
            difference = (v - predictor[0]) * precision // 4, (u - predictor[1]) * precision // 4
            bits = fast.vector_bits(*difference) + (1 if k == 0 else 1 + k)
            costs[k, i, j] = 16 * distance(current, planes[k], y, x, v, u, *size) + price * bits
    levels = costs.argmin(axis=0).astype(np.uint8)
    vectors = np.take_along_axis(np.stack([m.vectors for m in found]), levels[None, ..., None], axis=0)[0]
    best = float(costs.min(axis=0).sum() / 16)
    return ScaleMatches(Matches(np.ascontiguousarray(vectors), block, precision, best), levels, tuple(times))


def compensate_scales(reference, found):
    """Predict a frame from vectors and diffusion times, block by block.

    Parameters
    ----------
    reference : ndarray, shape (H, W), uint8
    found : ScaleMatches

    Returns
    -------
    ndarray, shape (H, W), uint8

    Examples
    --------
    >>> frame = np.random.default_rng(0).integers(0, 255, (32, 32), np.uint8)
    >>> soft = blur(frame, 1.0)
    >>> bool((compensate_scales(frame, match_scales(soft, frame)) == soft).all())
    True
    """
    block, (h, w) = found.matches.block, reference.shape
    chosen = found.levels.repeat(block, axis=0).repeat(block, axis=1)[:h, :w]
    out = np.empty_like(reference)
    for k, time in enumerate(found.times):
        moved = compensate(blur(reference, time), found.matches.vectors, block=block)
        out[chosen == k] = moved[chosen == k]
    return out
