"""The path of the camera: estimated from points, smoothed by heat flow, kept within what a crop allows."""

import math

import cv2
import numpy as np

from vdtext import heat

__all__ = ["affine", "camera_path", "room", "similarity", "smooth_path"]

POINTS = {"maxCorners": 400, "qualityLevel": 0.01, "minDistance": 8}
FEW = 12


def camera_path(frames, *, cuts=()):
    """How the scene drifts through the frame: the sum of the global motions from each frame to the next.

    Corners are tracked by Lucas and Kanade's method forward and back; of those that return, RANSAC keeps the ones that
    agree on one similarity (OpenCV).  Where too few are left, or across a cut, the camera counts as still.

    Parameters
    ----------
    frames : iterable of ndarray, shape (H, W) or (H, W, 3), uint8, or float in [0, 1]
        Taken one by one; two are held.
    cuts : sequence of int
        First frames of new shots.

    Returns
    -------
    ndarray, shape (T, 4), float
        Row and column in pixels, turn in radians, logarithm of the zoom, all 0 in the first frame: a motion
        takes p to m + e^zoom R(turn) (p − m) + (row, column), with m the middle of the frame.

    References
    ----------
    Shi, Tomasi, Good features to track, CVPR (1994), doi:10.1109/CVPR.1994.323794; Fischler, Bolles, Random sample
    consensus, Comm. ACM 24 (1981), doi:10.1145/358669.358692.

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.pan("camera", frames=4, shift=(0, 2), zoom=1, turn=0)
    >>> path = camera_path(clip.array)
    >>> path[-1, :2].round(1) + 0.0
    array([ 0., -6.])
    """
    steps, before = [], None
    for t, frame in enumerate(frames):
        now = _grey(frame)
        steps.append(np.zeros(4) if before is None or t in cuts else _global_motion(before, now))
        before = now
    return np.cumsum(steps, axis=0) if steps else np.zeros((0, 4))


def _grey(frame):
    """A frame for OpenCV's tracker."""
    frame = np.asarray(frame)
    if frame.dtype != np.uint8:
        frame = np.rint(255 * np.clip(frame, 0, 1)).astype(np.uint8)
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if frame.ndim == 3 else np.ascontiguousarray(frame)


def _tracked(a, b):
    """Points of one frame that were found in the next and back again, (x, y) about the middle; None if they are few."""
    points = cv2.goodFeaturesToTrack(a, **POINTS)
    if points is None or len(points) < FEW:
        return None
    there, found, _ = cv2.calcOpticalFlowPyrLK(a, b, points, None)
    back, again, _ = cv2.calcOpticalFlowPyrLK(b, a, there, None)
    good = (found & again).ravel().astype(bool) & (np.linalg.norm(back - points, axis=-1).ravel() < 0.5)
    middle = (np.array(a.shape[::-1]) - 1) / 2
    return (points[good, 0] - middle, there[good, 0] - middle) if good.sum() >= FEW else None


def _agreed(a, b, estimate):
    """The matrix, on (x, y), on which most of the points agree; None if they are few."""
    pairs = _tracked(a, b)
    if pairs is None:
        return None
    cv2.setRNGSeed(0)
    return estimate(*pairs, method=cv2.RANSAC, ransacReprojThreshold=1.0)[0]


def _global_motion(a, b):
    """Row, column, turn and zoom from one frame to the next."""
    matrix = _agreed(a, b, cv2.estimateAffinePartial2D)
    if matrix is None:
        return np.zeros(4)
    (c, s, x), (_, _, y) = matrix
    return np.array([y, x, math.atan2(s, c), 0.5 * math.log(c * c + s * s)])


def affine(a, b):
    """The affine motion of a whole frame: six numbers on which most of the tracked points agree.

    Parameters
    ----------
    a, b : ndarray, shape (H, W) or (H, W, 3), uint8, or float in [0, 1]
        Two frames.

    Returns
    -------
    ndarray, shape (2, 3), float
        On (row, column, 1) about the middle of the frame, as :func:`similarity`; the identity if few points are found.

    References
    ----------
    Fischler, Bolles, Random sample consensus, Comm. ACM 24 (1981), doi:10.1145/358669.358692.

    Examples
    --------
    >>> from vdtext import clips
    >>> a, b = clips.pan("camera", frames=2, shift=(0, 2), zoom=1, turn=0).array
    >>> (affine(a, b).round(1) + 0.0).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, -2.0]]
    """
    matrix = _agreed(_grey(a), _grey(b), cv2.estimateAffine2D)
    if matrix is None:
        return np.eye(2, 3)
    (xx, xy, x), (yx, yy, y) = matrix
    return np.array([[yy, yx, y], [xy, xx, x]])


def similarity(motion):
    """A motion as a matrix on (row, column) about the middle of the frame.

    .. math:: p ↦ e^{zoom} R(turn) p + (row, column),  R(φ) = [[cos φ, −sin φ], [sin φ, cos φ]]

    Parameters
    ----------
    motion : array_like of float, shape (4,)
        Row, column, turn, zoom, as in :func:`camera_path`.

    Returns
    -------
    ndarray, shape (2, 3), float

    References
    ----------
    Grundmann, Kwatra, Essa, Auto-directed video stabilization with robust L1 optimal camera paths, CVPR (2011),
    doi:10.1109/CVPR.2011.5995525.

    Examples
    --------
    >>> similarity([3, 4, np.pi / 2, np.log(2)]).round(6) + 0.0
    array([[ 0., -2.,  3.],
           [ 2.,  0.,  4.]])
    """
    row, column, turn, zoom = motion
    c, s = math.exp(zoom) * math.cos(turn), math.exp(zoom) * math.sin(turn)
    return np.array([[c, -s, row], [s, c, column]])


def room(shape, *, crop):
    """The budget of a crop: a function that says which share of it a correction uses up.

    .. math:: share(δ) = \\max_{rows, columns} (|δ| + |turn|·(other half width) + |zoom|·(half width)) / margin

    It is a norm, so what it allows is convex: up to 1 every pixel of the window that is shown comes from inside of the
    frame, to first order in turn and zoom.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the frame.
    crop : float
        Share of the height and of the width that is cut off on each side, 0 to below 1/2.

    Returns
    -------
    callable
        From corrections (T, 4) to shares (T,).

    References
    ----------
    Grundmann, Kwatra, Essa, Auto-directed video stabilization with robust L1 optimal camera paths, CVPR (2011),
    doi:10.1109/CVPR.2011.5995525.

    Examples
    --------
    >>> room((100, 200), crop=0.1)(np.array([[5.0, 0, 0, 0], [0, 20.0, 0, 0]]))
    array([0.5, 1. ])
    """
    margin = np.floor(crop * np.array(shape))
    half = (np.array(shape) - 1) / 2 - margin

    def share(correction):
        size = abs(np.asarray(correction, float))
        used = size[:, :2] + size[:, 2:3] * half[::-1] + size[:, 3:4] * half
        return (used / np.maximum(margin, 1e-9)).max(axis=1)

    return share


def smooth_path(path, time, *, limit=None):
    """Diffuse a path along time: u_t = ∂²u/∂s², the straight line through it left as it is.

    .. math:: u ← u + ¼ (u_{s−1} − 2u_s + u_{s+1}),  \\text{then } |u − u_0| ≤ limit

    Without a limit this is the exact heat flow of chapter 3.  With one it is the projected flow: after each step what
    has left the tube around the given path is brought back to its wall.  The flow runs on what the straight line of
    least squares leaves, with reflecting ends, so that a steady pan stays one.

    Parameters
    ----------
    path : ndarray, shape (T,) or (T, k), float
    time : float
        Diffusion time in frame², >= 0: a Gaussian of √(2·time) frames.
    limit : None, array_like of float, shape (k,), or callable
        How far each number may be moved; or a norm of corrections, (T, k) → (T,), that may be at most 1 (:func:`room`).

    Returns
    -------
    ndarray, same shape as `path`

    Raises
    ------
    ValueError
        If the time is negative or not finite.

    References
    ----------
    Grundmann, Kwatra, Essa, Auto-directed video stabilization with robust L1 optimal camera paths, CVPR (2011),
    doi:10.1109/CVPR.2011.5995525.

    Examples
    --------
    >>> shaky = np.arange(6.0) + [0, 1, 0, 1, 0, 1]
    >>> bool(abs(np.diff(smooth_path(shaky, 50.0), 2)).max() < 1e-3)
    True
    >>> abs(smooth_path(shaky, 50.0, limit=[0.25]) - shaky).max().round(6)
    np.float64(0.25)
    """
    if not 0 <= time < np.inf:
        raise ValueError(f"time={time}: accepted is a diffusion time >= 0 in frame² (chapter 9)")
    given = np.asarray(path, float)
    u0 = given.reshape(len(given), -1)
    if len(u0) < 3:
        return given.copy()
    s = np.arange(len(u0)) - (len(u0) - 1) / 2
    line = u0.mean(axis=0) + np.multiply.outer(s, s @ u0 / (s @ s))
    rest = u0 - line
    if limit is None:
        return (line + heat.exact(rest, time, axes=(0,))).reshape(given.shape)
    share = limit if callable(limit) else lambda c: (abs(c) / np.asarray(limit, float)).max(axis=1)
    u = rest
    steps = math.ceil(4 * time)
    for _ in range(steps):
        u = heat.explicit_step(u, step=time / steps, axes=(0,))
        u = rest + (u - rest) / np.maximum(share(u - rest), 1)[:, None]
    return (line + u).reshape(given.shape)
