"""The front door: a film in, its shots out."""

from pathlib import Path

from vdtext import video
from vdtext.shots.transitions import shots_of
from vdtext.shots.watching import watch

__all__ = ["detect"]


def detect(film, *, threshold=1.0, min_length=6, settings=None):
    """The shots of a film, in one pass and in memory that does not grow with it.

    Parameters
    ----------
    film : str or Path, Clip, ndarray (T, H, W) or (T, H, W, 3), or iterable of frames or of lists of planes
        A file that :func:`vdtext.video.planes` reads; uint8 or float in [0, 1].  Of an iterable each frame is taken
        once.
    threshold : float
        Of the scores: higher finds fewer changes, and surer ones; at least 0.5.
    min_length : int
        Frames between two changes; of two that are nearer the surer one stays.
    settings : Settings, optional
        All other numbers.

    Returns
    -------
    Shots
        Without gaps from frame 0 to the last.

    Raises
    ------
    FileNotFoundError, VideoError
        As :func:`vdtext.video.planes`.
    ValueError
        If an argument or a frame cannot be right (chapter 11).

    References
    ----------
    Hanjalic, Shot-boundary detection: unraveled and resolved?, IEEE Trans. Circuits and Systems for Video Technology 12
    (2002).

    Examples
    --------
    >>> from vdtext import clips
    >>> found = detect(clips.path("bikes"))
    >>> [(shot.start, shot.stop) for shot in found]
    [(0, 30), (30, 76), (76, 137), (137, 187), (187, 242), (242, 250)]
    >>> found.cuts
    (30, 76, 137, 187, 242)
    """
    frames = video.planes(film) if isinstance(film, str | Path) else getattr(film, "array", film)
    count = 0

    def counted():
        nonlocal count
        for frame in frames:
            count += 1
            yield frame

    found = list(watch(counted(), threshold=threshold, min_length=min_length, settings=settings))
    return shots_of(found, count)
