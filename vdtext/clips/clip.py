"""What a clip is: pictures, their clock and colours, where they come from, and what is known about them."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vdtext.video import Color

__all__ = ["Clip", "Truth"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known exactly about a clip; None where it is unknown or has no meaning.

    All lengths are pixels, all pairs are (row, column).

    Attributes
    ----------
    cuts : tuple of int or None
        First frame of every shot that begins with a cut.
    dissolves, fades : tuple of (int, int)
        First frame of a transition, and first frame after it.
    flashes : tuple of int
        Frames that are lit up, each alone.
    clean : ndarray, shape (T, H, W) or (T, H, W, 3), float64 in [0, 1], or None
        The clip before noise and rounding.
    scene : ndarray, shape (T,), int
        Which shot a frame belongs to; within a transition the one that outweighs.
    positions, velocities : ndarray, shape (T, S, 2), float64
        Centre of each moving thing, and its velocity in pixels a frame at that moment.
    masks : ndarray, shape (T, S, H, W), float32 in [0, 1]
        How much of each pixel each thing covers, as far as it is visible.
    flow : ndarray, shape (T−1, H, W, 2), float64
        Where the point seen at a pixel of frame t goes: at t + 1 it is at pixel + flow.
    occlusion : ndarray, shape (T−1, H, W), bool
        True where that point is hidden, out of the frame or in another shot at t + 1.
    matrices : ndarray, shape (T, 2, 3), float64
        Pixel (y, x) of frame t shows the photograph's point M (y, x, 1)ᵀ.
    labels : ndarray, shape (S,), int
        Which digit each thing is.
    """

    cuts: tuple[int, ...] | None = None
    dissolves: tuple[tuple[int, int], ...] = ()
    fades: tuple[tuple[int, int], ...] = ()
    flashes: tuple[int, ...] = ()
    clean: np.ndarray | None = None
    scene: np.ndarray | None = None
    positions: np.ndarray | None = None
    velocities: np.ndarray | None = None
    masks: np.ndarray | None = None
    flow: np.ndarray | None = None
    occlusion: np.ndarray | None = None
    matrices: np.ndarray | None = None
    labels: np.ndarray | None = None

    def __repr__(self):
        known = [name for name, value in vars(self).items() if value is not None and len(value)]
        return f"Truth({', '.join(known)})"


@dataclass(frozen=True, eq=False)
class Clip:
    """Pictures with all that one must know to use them.

    Attributes
    ----------
    name : str
    array : ndarray, shape (T, H, W, 3) or (T, H, W), uint8
        RGB or luma, full range.
    fps : Fraction
        Frames a second.
    color : Color
        Matrix and range of the file; for a synthetic clip the matrix that defines its luma.
    source, licence : str
        Where it comes from, and under which terms.
    truth : Truth
        What is known exactly.

    Examples
    --------
    >>> from vdtext import clips
    >>> clips.load("bikes", frames=40, gray=True)
    Clip('bikes', 40×272×640 uint8, 25 fps, bt601 (untagged), limited range (untagged), Truth(cuts))
    """

    name: str
    array: np.ndarray
    fps: Fraction
    color: Color
    source: str
    licence: str
    truth: Truth

    def __repr__(self):
        shape = "×".join(map(str, self.array.shape))
        return f"Clip({self.name!r}, {shape} {self.array.dtype}, {self.fps} fps, {self.color}, {self.truth})"


def as_bytes(clean):
    """The uint8 clip of floats in [0, 1], rounded."""
    return np.rint(255 * np.clip(clean, 0, 1)).astype(np.uint8)


def bounce(start, velocity, frames, low, high):
    """A point between two walls, at whole times: position and velocity along one axis, reflected without loss.

    The path unfolds to the straight line start + t·velocity in a hall of mirrors of period 2 (high − low).

    Returns
    -------
    (ndarray, ndarray), each of shape (frames,)
        Positions within [low, high], and velocities of constant size.
    """
    width = high - low
    unfolded = (start - low + velocity * np.arange(frames)) % (2 * width)
    forward = unfolded < width
    return low + np.where(forward, unfolded, 2 * width - unfolded), np.where(forward, velocity, -velocity)
