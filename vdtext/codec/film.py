"""What the codec takes and gives: planes as they are stored, and their clock."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

__all__ = ["Film", "film"]


@dataclass(frozen=True, eq=False)
class Film:
    """A clip as files store it: luma, alone or with two chroma planes of half its width and height.

    Attributes
    ----------
    planes : tuple of 1 or 3 ndarray, uint8
        Luma (T, H, W), and Cb and Cr, both (T, ⌈H/2⌉, ⌈W/2⌉).
    fps : Fraction
        Frames a second.
    matrix : {"bt601", "bt709", ""}
        That turned RGB into Y'CbCr, if it is known.
    full : bool
        Whether the values have the full range.

    Examples
    --------
    >>> grey = Film((np.zeros((5, 16, 24), np.uint8),))
    >>> grey.frames, grey.size, grey.format
    (5, (16, 24), 'gray')
    """

    planes: tuple[np.ndarray, ...]
    fps: Fraction = Fraction(25)
    matrix: str = ""
    full: bool = False

    def __post_init__(self):
        t, h, w = self.planes[0].shape if self.planes and self.planes[0].ndim == 3 else (0, 0, 0)
        half = (t, -(-h // 2), -(-w // 2))
        shapes = [plane.shape for plane in self.planes]
        if shapes not in ([(t, h, w)], [(t, h, w), half, half]) or any(p.dtype != np.uint8 for p in self.planes):
            found = ", ".join(f"{plane.dtype} {plane.shape}" for plane in self.planes)
            raise ValueError(
                f"{found} is no film; accepted is uint8 luma (T, H, W), alone or with two planes of chroma (T, H/2, "
                "W/2), rounded up: video.rgb_to_ycbcr and video.subsample make them (chapter 2)"
            )
        if min(h, w, t) < 1:
            raise ValueError(f"{t} frames of {h} × {w} pixels: a film has at least one of each (chapter 10)")

    @property
    def luma(self):
        """The luma of every frame, shape (T, H, W)."""
        return self.planes[0]

    @property
    def frames(self):
        """How many frames there are."""
        return len(self.planes[0])

    @property
    def size(self):
        """(H, W) of luma, in pixels."""
        return self.planes[0].shape[1:]

    @property
    def format(self):
        """``"yuv420p"`` or ``"gray"``, as FFmpeg calls them."""
        return "yuv420p" if len(self.planes) == 3 else "gray"


def film(clip, *, fps=Fraction(25)):
    """A film of what one is likely to have: an array, planes, or something that has them.

    Parameters
    ----------
    clip : Film, ndarray (H, W) or (T, H, W), or tuple of three ndarray; uint8
        A picture or grey clip, or luma and chroma.
    fps : Fraction
        Frames a second of what does not know it.

    Returns
    -------
    Film

    Raises
    ------
    TypeError, ValueError
        If it is none of these; RGB is not: how it becomes 4:2:0 is for you to say.

    Examples
    --------
    >>> film(np.zeros((8, 9), np.uint8)).frames
    1
    """
    if isinstance(clip, Film):
        return clip
    if hasattr(clip, "clip") and hasattr(clip, "fps"):  # a source of the scoreboard
        clip, fps = clip.clip, clip.fps
    planes = clip if isinstance(clip, tuple) else (np.asarray(clip),)
    if any(getattr(plane, "dtype", None) != np.uint8 for plane in planes):
        kinds = ", ".join(str(getattr(plane, "dtype", type(plane).__name__)) for plane in planes)
        raise TypeError(f"{kinds}: a clip is coded from uint8 (chapter 10)")
    if len(planes) == 1 and planes[0].ndim == 2:
        planes = (planes[0][None],)
    return Film(planes, Fraction(fps))
