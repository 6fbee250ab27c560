"""Diffusion along the paths of what moves: neighbours in time are brought into place before anything flows."""

import math
from collections import deque

import cv2
import numpy as np

from vdtext import heat
from vdtext.edges.conduction import conduct
from vdtext.edges.diffusivity import rational
from vdtext.edges.fitting import noise_left, noise_sigma

__all__ = ["along_motion", "register", "trajectories"]


def register(frame, flow):
    """Bring a frame into place: at every pixel, what stands at pixel + flow (bicubic; borders repeated).

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, C <= 4), float32 or float64
        The frame to look into.
    flow : ndarray, shape (H, W, 2), float
        Where the point at a pixel lies in `frame`, relative to the pixel: (row, column) in pixels.

    Returns
    -------
    ndarray, same shape and dtype as `frame`

    Raises
    ------
    ValueError
        If the flow does not fit the frame.

    Examples
    --------
    >>> frame = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> register(frame, np.full((1, 4, 2), (0.0, 1.0)))
    array([[2., 3., 4., 4.]])
    """
    flow = np.asarray(flow, np.float32)
    if flow.shape != (*frame.shape[:2], 2):
        raise ValueError(f"flow of shape {flow.shape} for a frame of {frame.shape}: accepted is (H, W, 2) (chapter 4)")
    row, column = np.indices(frame.shape[:2], np.float32)
    there = column + flow[..., 1], row + flow[..., 0]
    single = frame.astype(np.float32)  # OpenCV 5.0 interpolates float64 wrongly
    moved = cv2.remap(single, *there, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(frame.shape).astype(frame.dtype)


def trajectories(frames, *, flow, radius=4):
    """For every frame, the frames around it, each brought into its place.

    Parameters
    ----------
    frames : iterable of ndarray, shape (H, W), float32 or float64
        In order of time; taken one by one.
    flow : callable
        ``flow(a, b)`` says where each point of frame `a` lies in frame `b`: shape (H, W, 2), see :func:`register`.
    radius : int
        How many frames before and after, >= 1.

    Yields
    ------
    paths : ndarray, shape (n <= 2·radius + 1, H, W)
        Along its first axis runs the path of one point; no more than so many frames are held.
    now : int
        Which of them is the frame itself.

    Examples
    --------
    >>> still = lambda a, b: np.zeros((*a.shape, 2))
    >>> [(len(paths), now) for paths, now in trajectories(np.zeros((4, 5, 5)), flow=still, radius=1)]
    [(2, 0), (3, 1), (3, 1), (2, 1)]
    """
    held, first, now = deque(maxlen=2 * radius + 1), 0, 0
    for count, frame in enumerate(frames, 1):
        first += len(held) == held.maxlen
        held.append(np.asarray(frame))
        if count > radius:
            yield _paths(held, now - first, flow), now - first
            now += 1
    while now < first + len(held):
        if now - first > radius:
            held.popleft()
            first += 1
        yield _paths(held, now - first, flow), now - first
        now += 1


def _paths(held, now, flow):
    """All frames held, registered to the one called `now`."""
    here = held[now]
    return np.stack([frame if frame is here else register(frame, flow(here, frame)) for frame in held])


def along_motion(frames, time, *, flow, contrast=None, radius=4, smoothing=1.0):
    """Diffuse in time along the motion, and stop where the paths do not agree: ∂_s u = ∂_p (g ∂_p u) on every path p.

    The gate between two steps of a path is g(|G_σ ∗ ∂_p u|): it closes where a point was hidden, or the motion is
    wrong, and noise does not close it.

    Parameters
    ----------
    frames : iterable of ndarray, shape (H, W), float32 or float64
        A clip, or a stream of any length; 2·radius + 1 frames are held at a time.
    time : float
        Diffusion time s >= 0 along the paths, in frame².
    flow : callable
        ``flow(a, b)`` says where each point of frame `a` lies in frame `b`: (H, W, 2), (row, column) in pixels.
    contrast : float, optional
        K in grey values; by default 1.5 times the noise that is left in a smoothed difference, frame by frame.
    radius : int
        How far a path reaches in frames, >= 1.
    smoothing : float
        Diffusion time in pixel² of the differences, before the gates look at them.

    Returns
    -------
    generator of ndarray, shape (H, W), dtype of the frames
        The filtered frames, in order.

    Raises
    ------
    TypeError, ValueError
        If `flow` is not callable, or a number cannot be right.

    Examples
    --------
    >>> noisy = 0.5 + 0.1 * np.random.default_rng(0).standard_normal((9, 32, 32))
    >>> still = lambda a, b: np.zeros((*a.shape, 2))
    >>> smooth = np.stack(list(along_motion(noisy, 8.0, flow=still)))
    >>> bool(smooth[4].std() < noisy[4].std() / 2)
    True
    """
    if not callable(flow):
        raise TypeError(f"flow is {type(flow).__name__}: give a function flow(a, b) of two frames (chapter 4)")
    if not 0 <= time < float("inf") or radius < 1 or not (contrast is None or contrast > 0):
        raise ValueError(
            f"time={time:g}, radius={radius}, contrast={contrast}: "
            "accepted are a time >= 0 in frame², a radius >= 1, a contrast > 0 or None (chapter 4)"
        )
    return (diffuse_paths(*path, time, contrast, smoothing) for path in trajectories(frames, flow=flow, radius=radius))


def diffuse_paths(paths, now, time, contrast, smoothing):
    """The frame in the middle of its paths, after diffusion along them."""
    step = heat.flux(paths, axis=0)
    if contrast is None:
        sigma = noise_sigma(paths[now])
        contrast = max(1.5 * math.sqrt(2) * noise_left(sigma, smoothing), 1e-6)
    smooth = heat.diffuse(step, smoothing, axes=(1, 2)) if smoothing else step
    gates = [rational(smooth, contrast)]
    for size in 2 * heat.fed_steps(time / 2, d=1):
        paths = paths + size * conduct(paths, gates, axes=(0,))
    return paths[now]
