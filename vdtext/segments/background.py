"""The background of a still camera, by recursive diffusion in time: every pixel forgets, slowly."""

from dataclasses import dataclass

import numpy as np

from vdtext import heat
from vdtext._progress import progress

__all__ = ["Background", "Seen", "forget", "score", "watch"]

FLOOR = 2 / 255  # of a standard deviation: what rounding and a quiet sensor leave at least


@dataclass(frozen=True)
class Background:
    """What is known of every pixel.

    Attributes
    ----------
    mean, variance : ndarray, shape of a frame, float32 or float64
    frames : int
        How many it has seen.

    Examples
    --------
    >>> forget(None, np.array([[0.5]]), time=9.0).frames
    1
    """

    mean: np.ndarray
    variance: np.ndarray
    frames: int


@dataclass(frozen=True)
class Seen:
    """What is said of one frame, before it is learned.

    Attributes
    ----------
    score : ndarray, shape (H, W), float
        How far each pixel is from its background, in standard deviations.
    mask : ndarray, shape (H, W), bool
        Where the score is above the threshold.
    background : Background
        As it is after this frame.

    Examples
    --------
    >>> next(watch([np.zeros((2, 2))])).mask.any()
    np.False_
    """

    score: np.ndarray
    mask: np.ndarray
    background: Background


def forget(background, frame, *, time, share=1.0, limit=2.0):
    """One implicit step of relaxation towards the frame, for the mean and for the variance.

    .. math::
        \\frac{B' − B}{1} = \\frac{I − B'}{τ} ⟹ B' = B + ρ (I − B),\\quad ρ = \\frac{1}{1 + τ}

        V' = (1 − ρ)\\,(V + ρ \\min\\{(I − B)^2, ℓ^2 (V + σ_0^2)\\})

    Without the limit ℓ, V is the exponentially weighted variance; with it, something that passes by is not taken for
    noise, and in a long memory white noise of variance σ² is believed to have 0.90 σ².  σ₀ is 2/255.  In the beginning
    ρ is 1/n for the frame number n, so that all frames count alike until the memory is full.

    Parameters
    ----------
    background : Background or None
        None before the first frame.
    frame : ndarray, shape (H, W) or (H, W, C), float
    time : float
        τ in frames, above 0: after so many frames a change is learned to 63 %.
    share : float or ndarray that broadcasts to the frame
        By which ρ is multiplied, from 0 (learn nothing) to 1.
    limit : float
        ℓ, in standard deviations; infinity is none.

    Returns
    -------
    Background
        A new one.

    Raises
    ------
    ValueError
        If `time` is not above 0, or the frame has another shape (chapter 11).

    References
    ----------
    Wren et al., Pfinder: real-time tracking of the human body, IEEE Trans. Pattern Analysis and Machine Intelligence 19
    (1997), doi:10.1109/34.598236; West, Updating mean and variance estimates, Communications of the ACM 22 (1979),
    doi:10.1145/359146.359153.

    Examples
    --------
    >>> b = forget(None, np.array([[0.0]]), time=3.0)
    >>> b = forget(b, np.array([[1.0]]), time=3.0, limit=np.inf)
    >>> float(b.mean[0, 0]), float(b.variance[0, 0])
    (0.5, 0.25)
    """
    if not time > 0:
        raise ValueError(f"time={time}: the background forgets over a time above 0, in frames (chapter 11)")
    if background is None:
        return Background(frame.copy(), np.zeros_like(frame), 1)
    if background.mean.shape != frame.shape:
        raise ValueError(f"frame {frame.shape} after frames {background.mean.shape}: a clip has one size (chapter 11)")
    rate = np.asarray(share * max(1 / (1 + time), 1 / (background.frames + 1)), frame.dtype)
    off = frame - background.mean
    surprise = np.minimum(off**2, frame.dtype.type(limit) ** 2 * (background.variance + frame.dtype.type(FLOOR**2)))
    variance = (1 - rate) * (background.variance + rate * surprise)
    return Background(background.mean + rate * off, variance, background.frames + 1)


def score(background, frame):
    """How far a frame is from the background, in standard deviations, all channels together.

    .. math:: z = \\Bigl(\\frac{1}{C} \\sum_c \\frac{(I_c − B_c)^2}{V_c + σ_0^2}\\Bigr)^{1/2},\\quad σ_0 = 2/255

    Parameters
    ----------
    background : Background
    frame : ndarray, shape (H, W) or (H, W, C), float in [0, 1]

    Returns
    -------
    ndarray, shape (H, W), float

    References
    ----------
    Wren et al., Pfinder: real-time tracking of the human body, IEEE Trans. Pattern Analysis and Machine Intelligence 19
    (1997), doi:10.1109/34.598236.

    Examples
    --------
    >>> b = Background(np.full((1, 1), 0.5), np.full((1, 1), 0.01 - (2 / 255) ** 2), 9)
    >>> score(b, np.full((1, 1), 0.8)).round(6).tolist()
    [[3.0]]
    """
    squares = (frame - background.mean) ** 2 / (background.variance + frame.dtype.type(FLOOR**2))
    return np.sqrt(squares if squares.ndim == 2 else squares.mean(axis=2))


def watch(frames, *, time=60.0, threshold=4.0, smoothing=0.5, share=0.3):
    """Look at frame after frame: what does not belong to the background?  One pass; the memory holds two pictures.

    Each frame is diffused for a moment in space, compared with the background as it was, and then learned.

    Parameters
    ----------
    frames : iterable of array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        All of one shape, of a camera that stands still.
    time : float
        τ of :func:`forget`, in frames.
    threshold : float
        In standard deviations.
    smoothing : float
        Diffusion time in pixel², 0 or more, of every frame.
    share : float
        How much of ρ is left where the score is above the threshold: 1 learns everything, 0 never learns what moves
        (nor what has come to stay), in between is a compromise.

    Yields
    ------
    Seen
        One a frame, as soon as the frame has come; the score of the first one is 0.

    Raises
    ------
    ValueError
        If an argument cannot be right, or frames differ in shape (chapter 11).

    References
    ----------
    Piccardi, Background subtraction techniques: a review, IEEE Int. Conf. Systems, Man and Cybernetics (2004),
    doi:10.1109/ICSMC.2004.1400815.

    Examples
    --------
    >>> clip = np.full((20, 8, 8), 0.5); clip[15:, 2:4, 2:4] = 0.9
    >>> [int(seen.mask.sum()) for seen in watch(clip, smoothing=0)][13:17]
    [0, 0, 4, 4]
    """
    if not (threshold > 0 and smoothing >= 0 and 0 <= share <= 1 and time > 0):
        raise ValueError(
            f"time={time}, threshold={threshold}, smoothing={smoothing}, share={share}: the first two are above 0, the "
            "third at least 0, the last within [0, 1] (chapter 11)"
        )
    background = None
    for frame in progress(frames, "background"):
        frame = np.asarray(frame)
        if frame.ndim not in (2, 3) or (frame.dtype != np.uint8 and frame.dtype.kind != "f"):
            raise ValueError(f"{frame.dtype} frame of shape {frame.shape}: uint8 or float, (H, W[, 3]) (chapter 11)")
        frame = frame / np.float32(255) if frame.dtype == np.uint8 else frame
        if smoothing:
            frame = heat.diffuse(frame, smoothing, axes=(0, 1))
        if background is not None and background.mean.shape != frame.shape:
            raise ValueError(f"frame {frame.shape} after {background.mean.shape}: a clip has one size (chapter 11)")
        far = np.zeros(frame.shape[:2], frame.dtype) if background is None else score(background, frame)
        mask = far > threshold
        rates = np.where(mask, frame.dtype.type(share), frame.dtype.type(1))
        background = forget(background, frame, time=time, share=rates if frame.ndim == 2 else rates[..., None])
        yield Seen(far, mask, background)
