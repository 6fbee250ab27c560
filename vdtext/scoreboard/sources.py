"""What a codec is given: 8-bit luma, with chroma at half the resolution or without."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vdtext import clips, video

__all__ = ["Source", "shrunk", "source"]


@dataclass(frozen=True, eq=False)
class Source:
    """A clip as codecs take it.

    A 4:2:0 clip fits no single array, and the way through RGB would cost every codec up to a decibel; so it is the
    tuple (Y, Cb, Cr), as files store it.

    Parameters
    ----------
    name : str
        Name of the clip.
    clip : ndarray (T, H, W), or tuple of three: (T, H, W) and twice (T, H/2, W/2); uint8
        Luma alone, or luma and chroma.
    fps : Fraction
        Frames a second.

    Raises
    ------
    ValueError
        If the arrays are not of that type and shape; H and W are even where there is chroma.

    Examples
    --------
    >>> import numpy as np
    >>> grey = Source("black", np.zeros((5, 16, 24), np.uint8), Fraction(25))
    >>> grey.frames, grey.size, grey.format
    (5, (16, 24), 'gray')
    """

    name: str
    clip: np.ndarray | tuple[np.ndarray, np.ndarray, np.ndarray]
    fps: Fraction

    def __post_init__(self):
        planes = self.clip if isinstance(self.clip, tuple) else (self.clip,)
        t, h, w = planes[0].shape if planes[0].ndim == 3 else (0, 0, 0)
        wanted = [(t, h, w)] if len(planes) == 1 else [(t, h, w), (t, h / 2, w / 2), (t, h / 2, w / 2)]
        if t == 0 or [plane.shape for plane in planes] != wanted or {plane.dtype.name for plane in planes} != {"uint8"}:
            found = ", ".join(f"{plane.dtype} {plane.shape}" for plane in planes)
            raise ValueError(
                f"{self.name}: {found} is no source; accepted is uint8 luma (T, H, W), alone or with chroma "
                "(T, H/2, W/2) twice: video.rgb_to_ycbcr and video.subsample make them (chapter 2)"
            )

    @property
    def luma(self):
        """The luma plane of every frame, shape (T, H, W), uint8."""
        return self.clip[0] if isinstance(self.clip, tuple) else self.clip

    @property
    def format(self):
        """``"yuv420p"`` or ``"gray"``, as FFmpeg calls them."""
        return "yuv420p" if isinstance(self.clip, tuple) else "gray"

    @property
    def frames(self):
        """How many frames there are."""
        return len(self.luma)

    @property
    def size(self):
        """(H, W) of luma, in pixels."""
        return self.luma.shape[1:]


def source(name, *, frames=None, size=None, gray=False):
    """A real clip as its file stores it: the decoded planes, without a detour through RGB.

    Parameters
    ----------
    name : str
        One of the clips that are files, see :func:`vdtext.clips.path`.
    frames : int, optional
        How many frames from the first; all unless told otherwise.
    size : tuple (H, W), optional
        Shrink to this many pixels, both even.
    gray : bool
        Luma alone.

    Returns
    -------
    Source

    Examples
    --------
    >>> source("carphone", frames=2).size
    (144, 176)
    """
    path = clips.path(name)
    pictures = [shrunk(planes, size) for planes in video.planes(path, stop=frames)]
    clip = tuple(np.stack(plane) for plane in zip(*pictures, strict=True))
    return Source(name, clip[0] if gray else clip, video.probe(path).fps)


def shrunk(planes, size=None):
    """Luma and chroma of a 4:2:0 frame, resized where a size (H, W) of luma is given."""
    if size is None or tuple(size) == planes[0].shape:
        return planes
    sizes = (tuple(size), tuple(n // 2 for n in size), tuple(n // 2 for n in size))
    return [video.resize(plane, size=wanted) for plane, wanted in zip(planes, sizes, strict=True)]
