"""What a codec is given: 8-bit luma, with chroma at half the resolution or without."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from vdtext import clips, video

__all__ = ["Source", "source"]


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
    name : str or path
        One of the clips that are files, see :func:`vdtext.clips.path`, or any file that FFmpeg reads: .mp4, .mkv, .y4m.
        Chroma other than 4:2:0 is resized to half; of an odd height or width the last row or column is left out.
    frames : int, optional
        How many frames from the first; all unless told otherwise.
    size : tuple (H, W), optional
        Shrink to this many pixels, both even.
    gray : bool
        Luma alone.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If there is no such clip or file, or no frame in it.

    Examples
    --------
    >>> source("carphone", frames=2).size
    (144, 176)
    """
    path = Path(name) if Path(name).is_file() else clips.path(name)
    about = video.probe(path)
    size = tuple(size) if size else tuple(n - n % 2 for n in about.size)
    gray = gray or len(next(iter(video.planes(path, stop=1)))) == 1
    pictures = (fitted(planes[:1] if gray else planes, size) for planes in video.planes(path, stop=frames))
    planes = tuple(np.stack(plane) for plane in zip(*pictures, strict=True))
    return Source(str(name), planes[0] if gray else planes, about.fps)


def fitted(planes, size):
    """Luma and chroma of a frame as 4:2:0 of a size (H, W): one row or column too many is cut, all else resized."""
    height, width = size
    if all(0 <= stored - wanted <= 1 for stored, wanted in zip(planes[0].shape, size, strict=True)):
        planes = [planes[0][:height, :width], *planes[1:]]
    sizes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return [p if p.shape == s else video.resize(p, size=s) for p, s in zip(planes, sizes, strict=False)]
