"""Take the shake out of a clip: estimate the path, diffuse it, and warp each frame by the difference."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from vdtext._progress import progress
from vdtext.motion.camera import camera_path, room, similarity, smooth_path

__all__ = ["Stabilised", "stabilise", "stabilise_frames", "steady"]


@dataclass(frozen=True)
class Stabilised:
    """A stabilised clip.

    Attributes
    ----------
    frames : ndarray, shape (T, h, w) or (T, h, w, 3)
        Cropped, of the type of the clip.
    path, smooth : ndarray, shape (T, 4), float
        The path of the scene before and after: row and column in pixels, turn in radians, logarithm of the zoom.
    window : tuple of int
        top, left, height and width of what is shown.
    """

    frames: np.ndarray
    path: np.ndarray
    smooth: np.ndarray
    window: tuple


def shown(shape, crop):
    """What is left of a frame: top, left, height and width.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the frame.
    crop : float
        Share of both that is cut off on each side.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> shown((144, 176), 0.1)
    (14, 17, 116, 142)
    """
    top, left = (int(np.floor(crop * n)) for n in shape)
    return top, left, shape[0] - 2 * top, shape[1] - 2 * left


def steady(frame, correction, *, crop):
    """The part of a frame that is shown, fetched where the correction says (bicubic).

    .. math:: v(p) = u(m + e^{zoom} R(turn)(p − m) + (row, column))

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, 3), uint8 or float
    correction : array_like of float, shape (4,)
        Where the scene is less where it should be: path − smooth.
    crop : float
        Share of height and width that is cut off on each side.

    Returns
    -------
    ndarray, shape (h, w) or (h, w, 3), dtype of the frame

    References
    ----------
    Grundmann, Kwatra, Essa, Auto-directed video stabilization with robust L1 optimal camera paths, CVPR (2011),
    doi:10.1109/CVPR.2011.5995525.

    Examples
    --------
    >>> frame = np.arange(100, dtype=np.uint8).reshape(10, 10)
    >>> steady(frame, (0, 2, 0, 0), crop=0.4)
    array([[46, 47],
           [56, 57]], dtype=uint8)
    """
    top, left, height, width = shown(frame.shape[:2], crop)
    middle = (np.array(frame.shape[:2]) - 1) / 2
    matrix = similarity(correction)
    matrix[:, 2] += middle + matrix[:, :2] @ (np.array([top, left]) - middle)
    across = matrix[::-1][:, [1, 0, 2]]  # OpenCV counts columns first
    source = frame if frame.dtype == np.uint8 else frame.astype(np.float32)  # OpenCV 5.0 errs on float64
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(source, across, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return out.astype(frame.dtype)


def stabilise_frames(source, *, time=100.0, crop=0.1, cuts=()):
    """Stabilise a stream in two passes: the path first, then the frames.

    Parameters
    ----------
    source : callable or iterable of ndarray, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        Gone through twice: a clip, an object that can be iterated again, or a function that returns a fresh iterator.
    time : float
        Diffusion time of the path in frame².
    crop : float
        Share of height and width that may be cut off on each side, above 0, below 1/2.
    cuts : sequence of int
        First frames of new shots: each shot has a path of its own.

    Returns
    -------
    generator of ndarray
        The frames, cropped; two are held at a time.

    Raises
    ------
    TypeError
        If the source can be gone through only once.
    ValueError
        If a number cannot be right.

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.pan("camera", frames=6, shake=1.0, seed=1).array
    >>> [frame.shape for frame in stabilise_frames(lambda: iter(clip), time=10.0, crop=0.125)][:2]
    [(108, 132), (108, 132)]
    """
    fresh = _again(source, crop)
    path = camera_path(fresh(), cuts=cuts)
    shape = np.shape(next(iter(fresh()), np.zeros((1, 1))))[:2]
    correction = path - smooth_shots(path, time, shape=shape, crop=crop, cuts=cuts)
    return (steady(frame, move, crop=crop) for frame, move in zip(fresh(), correction, strict=True))


def _again(source, crop):
    """A function that begins the source anew, after looking at the crop."""
    if not 0 < crop < 0.5:
        raise ValueError(f"crop={crop}: accepted is a share above 0 and below 1/2 (chapter 9)")
    if callable(source):
        return source
    if iter(source) is source:
        raise TypeError("the frames are gone through twice: give a clip, or a function that begins anew (chapter 9)")
    return lambda: iter(source)


def smooth_shots(path, time, *, shape, crop, cuts=()):
    """:func:`smooth_path` for every shot, within the room that a crop gives.

    Parameters
    ----------
    path : ndarray, shape (T, 4)
    time, crop, cuts
        As for :func:`stabilise_frames`.
    shape : (int, int)
        Height and width of the frames.

    Returns
    -------
    ndarray, shape (T, 4)

    Examples
    --------
    >>> path = np.zeros((6, 4)); path[3:, 0] = 1.0
    >>> bool((smooth_shots(path, 9.0, shape=(50, 50), crop=0.1, cuts=(3,)) == path).all())
    True
    """
    borders = [0, *sorted({cut for cut in cuts if 0 < cut < len(path)}), len(path)]
    limit = room(shape, crop=crop)
    shots = pairwise(borders)
    return np.concatenate([smooth_path(path[a:b], time, limit=limit) for a, b in shots])


def stabilise(clip, *, time=100.0, crop=0.1, cuts=()):
    """Stabilise a clip: its frames stay sharp, the path of the camera is diffused.

    .. math:: v_n(p) = u_n(p + P_n − \\bar P_n),  \\bar P = \\text{heat flow of the path } P, |P − \\bar P| ≤ crop

    Parameters
    ----------
    clip : ndarray, shape (T, H, W) or (T, H, W, 3), uint8, or float in [0, 1]
    time : float
        Diffusion time of the path in frame²: a Gaussian of √(2·time) frames.
    crop : float
        Share of height and width that may be cut off on each side, above 0, below 1/2.
    cuts : sequence of int
        First frames of new shots.

    Returns
    -------
    Stabilised

    Raises
    ------
    ValueError
        If the clip or a number cannot be right.

    References
    ----------
    Grundmann, Kwatra, Essa, Auto-directed video stabilization with robust L1 optimal camera paths, CVPR (2011),
    doi:10.1109/CVPR.2011.5995525.

    Examples
    --------
    >>> from vdtext import clips
    >>> shaky = clips.pan("camera", frames=12, shift=(0, 1), zoom=1, turn=0, shake=1.0)
    >>> done = stabilise(shaky.array, crop=0.1)
    >>> bool(np.diff(done.smooth[:, 0], 2).std() < np.diff(done.path[:, 0], 2).std() / 4)
    True
    """
    clip = np.asarray(clip)
    if clip.ndim not in (3, 4) or not clip.size or clip.dtype.kind not in "uf":
        raise ValueError(f"{clip.dtype} {clip.shape}: accepted is a clip (T, H, W) or (T, H, W, 3) (chapter 9)")
    _again(clip, crop)
    path = camera_path(progress(clip, "camera path"), cuts=cuts)
    smooth = smooth_shots(path, time, shape=clip.shape[1:3], crop=crop, cuts=cuts)
    frames = [steady(u, move, crop=crop) for u, move in zip(progress(clip, "warping"), path - smooth, strict=True)]
    return Stabilised(np.stack(frames), path, smooth, shown(clip.shape[1:3], crop))
