"""The front doors: a law run on a picture or clip, streams, and noise removed with everything fitted from data."""

import math
from collections import deque

import numpy as np

from vdtext import heat
from vdtext._progress import progress
from vdtext.edges.evolution import LAWS, schedule
from vdtext.edges.fitting import fit_contrast, noise_sigma, stein_time
from vdtext.edges.trajectory import along_motion

__all__ = ["denoise", "denoise_frames", "diffuse", "in_windows"]

LADDER = (0.0625, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""The stopping times among which :func:`denoise` chooses, in pixel²."""

OPTIONS = {
    "perona-malik": {"diffusivity"},
    "catte": {"diffusivity", "smoothing"},
    "eed": {"diffusivity", "smoothing"},
    "ced": {"smoothing", "window", "least"},
}


def diffuse(u, time, *, law="eed", contrast=None, solver="fed", count=None, axes=None, **options):
    """Diffuse a picture, every frame of a clip, or a clip in space–time, and stop where the picture says so.

    The work is done by the fast twins in :mod:`vdtext.fast.edges`; tests hold them equal to :func:`evolve`.

    Parameters
    ----------
    u : ndarray, shape (H, W), (T, H, W) or (T, H, W, C), float32 or float64
        Grey values, any finite range. Colours are diffused channel by channel.
    time : float
        Diffusion time in pixel², >= 0.
    law : {"perona-malik", "catte", "eed", "ced"}
        Gates that neighbours close (Perona–Malik), or the smoothed gradient (Catté, Lions, Morel, Coll); along edges
        and not across (EED); along lines (CED).
    contrast : float, optional
        K > 0, what counts as an edge, in grey value per pixel; by default :func:`fit_contrast` of `u`,
        smoothed as the law smooths it.
    solver, count
        As for :func:`schedule`.  Explicit steps keep the maximum–minimum principle for "perona-malik" and "catte"; FED
        is faster, and may overshoot by a little within a cycle.
    axes : tuple of int, optional
        The axes that are diffused: those of the frame by default; (0, 1, 2) diffuses a clip in space–time.
    **options
        `diffusivity` (not for "ced"), `smoothing` (not for "perona-malik"), `window` and `least` (for "ced"): see the
        functions of :data:`LAWS`.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        A new array of the same mean.

    Raises
    ------
    TypeError
        If `u` is not float32 or float64.
    ValueError
        If another argument cannot be right; the message says what is accepted.

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998).

    Examples
    --------
    >>> import numpy as np
    >>> step = np.repeat([[0.0, 1.0]], 16, axis=1).repeat(32, axis=0)
    >>> noisy = step + 0.1 * np.random.default_rng(0).standard_normal(step.shape)
    >>> smooth = diffuse(noisy, 4.0, contrast=0.2)
    >>> bool(abs(smooth - step).mean() < abs(noisy - step).mean() / 2)
    True
    """
    from vdtext.fast import edges as fast  # loads Numba, so only when it is needed

    u, axes = heat.checked(u, time, axes)
    if law not in LAWS:
        raise ValueError(f"law={law!r} is unknown: choose {', '.join(map(repr, LAWS))} (chapter 4)")
    if unknown := sorted(set(options) - OPTIONS[law]):
        raise ValueError(
            f"{unknown[0]} means nothing to {law!r}: it takes {', '.join(sorted(OPTIONS[law]))} (chapter 4)"
        )
    if contrast is None:
        smoothing = options.get("smoothing", 0.0 if law == "perona-malik" else 0.5)
        contrast = fit_contrast(u, smoothing=smoothing, axes=axes)
    if not 0 < contrast < math.inf:
        raise ValueError(f"contrast={contrast:g}: K is a slope in grey value per pixel, above 0 (chapter 4)")
    cycles = schedule(time, solver=solver, count=count, d=len(axes)) if time > 0 else []
    out = u.copy()
    for slab in heat.slabs(u.shape, axes, f"{law} diffusion") if cycles else ():
        out[slab] = fast.evolve(u[slab], law, cycles, axes=axes, contrast=contrast, **options)
    return out


def in_windows(frames, process, *, window=16, halo=8):
    """Run a filter in space–time over a stream, in overlapping windows: memory does not grow with the clip.

    Parameters
    ----------
    frames : iterable of ndarray, shape (H, W) or (H, W, C)
        In order of time; taken one by one.
    process : callable
        From a clip (n, H, W) or (n, H, W, C) to one of the same shape, such as ``lambda c: diffuse(c, 1.0, axes=(0, 1,
        2), contrast=0.1)``.
    window : int
        Frames kept of each window, >= 1.
    halo : int
        Frames before and after them that the filter sees as well, >= 0.  With at least as many as the filter takes
        explicit steps in time, the result is that of the whole clip; fit `contrast` beforehand.

    Returns
    -------
    generator of ndarray
        The processed frames, in order; window + 2·halo frames are held.

    Raises
    ------
    ValueError
        If `window` or `halo` is too small.

    Examples
    --------
    >>> frames = np.random.default_rng(0).random((20, 4, 4))
    >>> smooth = lambda clip: diffuse(clip, 0.5, law="perona-malik", solver="explicit", contrast=1.0, axes=(0, 1, 2))
    >>> whole, parts = smooth(frames), np.stack(list(in_windows(frames, smooth, window=3, halo=4)))
    >>> bool(abs(whole - parts).max() < 1e-12)
    True
    """
    if window < 1 or halo < 0:
        raise ValueError(f"window={window}, halo={halo}: accepted are window >= 1 and halo >= 0 (chapter 4)")
    return _windows(iter(frames), process, window, halo)


def _windows(frames, process, window, halo):
    """The generator of :func:`in_windows`, whose arguments are checked."""
    held, done, more = deque(), 0, True  # of the frames held, so many have been given back
    while more or len(held) > done:
        while more and len(held) < done + window + halo:
            try:
                held.append(next(frames))
            except StopIteration:
                more = False
        kept = min(window, len(held) - done)
        if kept:
            yield from process(np.stack(held))[done : done + kept]
        done += kept
        while done > halo:
            held.popleft()
            done -= 1


def denoise_frames(frames, *, flow=None, sigma=None, time=8.0, radius=4, seed=0):
    """Remove noise from a stream of frames: along the motion first, then along the edges, all fitted from data.

    Each frame is diffused along the paths of its points (:func:`along_motion`) and then by EED with the contrast of
    :func:`fit_contrast`, until :func:`stein_time`.

    Parameters
    ----------
    frames : iterable of ndarray, shape (H, W), float32 or float64
        In order of time; 2·radius + 1 of them are held.
    flow : callable, optional
        ``flow(a, b)`` says where each point of frame `a` lies in frame `b`: (H, W, 2), (row, column) in pixels.
        Without it each frame is denoised alone.
    sigma : float, optional
        Standard deviation of the noise; by default :func:`noise_sigma` of each frame.
    time : float
        Diffusion time along the paths, in frame².
    radius : int
        How many frames before and after a path reaches.
    seed : int
        Of the probe that estimates the error.

    Returns
    -------
    generator of ndarray, shape (H, W), dtype of the frames

    Raises
    ------
    TypeError, ValueError
        As for :func:`along_motion`; or if `sigma` is not above 0.

    Examples
    --------
    >>> clean = np.tile(np.arange(32) > 15, (32, 1)).astype(float)
    >>> noisy = clean + 0.1 * np.random.default_rng(0).standard_normal(clean.shape)
    >>> smooth = next(denoise_frames([noisy]))
    >>> bool(abs(smooth - clean).mean() < abs(noisy - clean).mean() / 3)
    True
    """
    if sigma is not None and not 0 < sigma < math.inf:
        raise ValueError(f"sigma={sigma:g}: the noise has a standard deviation above 0; None estimates it (chapter 4)")
    if flow is not None:
        frames = along_motion(frames, time, flow=flow, radius=radius)
    left = sigma if flow is None else None  # what the diffusion in time has left has to be estimated
    return (_still(frame, left, seed) for frame in frames)


def _still(frame, sigma, seed):
    """One frame, by EED until Stein's estimate of the error is least."""
    frame, _ = heat.checked(frame, 0.0, (0, 1))
    sigma = noise_sigma(frame) if sigma is None else sigma
    if sigma == 0:
        return frame.copy()
    contrast = fit_contrast(frame)

    def step(u, duration):
        return diffuse(u, duration, contrast=contrast, count=1)

    return diffuse(frame, stein_time(frame, LADDER, step, sigma=sigma, seed=seed), contrast=contrast)


def denoise(u, *, flow=None, sigma=None, time=8.0, radius=4, seed=0):
    """Remove noise from a picture or a clip; see :func:`denoise_frames`, which does it for a stream.

    Parameters
    ----------
    u : ndarray, shape (H, W) or (T, H, W), float32 or float64
        A noisy picture or clip, any finite range.
    flow, sigma, time, radius, seed
        As for :func:`denoise_frames`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Raises
    ------
    TypeError, ValueError
        If `u` is no grey picture or clip of floats, or as :func:`denoise_frames`.

    Examples
    --------
    >>> noisy = 0.5 + 0.1 * np.random.default_rng(0).standard_normal((40, 40))
    >>> bool(denoise(noisy).std() < 0.02)
    True
    """
    u = np.asarray(u)
    if u.ndim not in (2, 3) or (u.ndim == 2 and flow is not None):
        raise ValueError(f"u has shape {u.shape}: accepted are (H, W), and (T, H, W) which may have a flow (chapter 4)")
    clip = u if u.ndim == 3 else u[None]
    filtered = denoise_frames(progress(clip, "denoising"), flow=flow, sigma=sigma, time=time, radius=radius, seed=seed)
    out = np.empty_like(clip)
    for i, frame in enumerate(filtered):
        out[i] = frame
    return out.reshape(u.shape)
