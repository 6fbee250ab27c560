"""Films → frames on disk, where any sequence can be read at once, and the numbers of the frames that begin a shot."""

import json
import os
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from vdtext import clips, video
from vdtext._progress import progress
from vdtext.codec.cuts import watch_cuts
from vdtext.footage.catalogue import FOLDER, TESTED, films
from vdtext.video import luma

__all__ = ["LONG", "MOST", "cut", "cut_all", "resembles"]

LONG = 512
"""The longer side of a stored frame, in pixels: shrinking takes away what a codec has left on the film."""
MOST = 400
"""Frames that are kept of a film: no film outweighs the others."""
NEAR, MANY = 6, 0.2
"""Pictures whose hashes of 64 bits differ in so few bits look alike; a film is refused when this part of it does."""


def cut(path, name, *, folder=FOLDER):
    """Decode a film, shrink it and store its frames: ``frames/NAME.npy`` (T, H, W, 3), uint8, and a line on it.

    Parameters
    ----------
    path : path
        The film.
    name : str
        What its frames are to be called.
    folder : path
        Frames go to ``folder/frames``.

    Returns
    -------
    dict
        frames, size and cuts: the frames that begin a shot.

    Raises
    ------
    ValueError
        If its pictures resemble those of a clip that the book tests on, whatever its bytes are.

    Examples
    --------
    >>> import tempfile
    >>> film = clips.digits(frames=9, size=(64, 80), gray=False)
    >>> with tempfile.TemporaryDirectory() as there:
    ...     written = video.write(Path(there) / "a.mp4", film.array, fps=25)
    ...     cut(Path(there) / "a.mp4", "a", folder=there)
    {'frames': 9, 'size': [64, 80], 'cuts': []}
    """
    height, width = video.probe(path).size
    scale = min(1, LONG / max(height, width))
    size = round(height * scale), round(width * scale)
    begins = set()
    stream = watch_cuts(video.frames(path, stop=MOST, size=size), begins, lambda frame: luma(frame, matrix="bt601"))
    frames = np.stack(list(stream))
    if found := resembles(frames):
        raise ValueError(
            f"{Path(path).name} shows {found!r}, which the book tests on; nothing is trained on it (chapter 12)"
        )
    target = Path(folder) / "frames" / f"{name}.npy"
    target.parent.mkdir(parents=True, exist_ok=True)
    about = {"frames": len(frames), "size": list(size), "cuts": sorted(begins)}
    for suffix, write in (
        (".npy", lambda file: np.save(file, frames)),
        (".json", lambda file: file.write(_json(about))),
    ):
        beside = target.with_name(f".{name}.{os.getpid()}")
        with open(beside, "wb") as file:
            write(file)
        beside.replace(target.with_suffix(suffix))
    return about


def cut_all(folder=FOLDER):
    """Cut every film that is there and was not cut yet.

    Parameters
    ----------
    folder : path
        What ``make footage`` has filled.

    Returns
    -------
    dict of str to dict
        What `cut` says about each film.

    Examples
    --------
    >>> cut_all("no such folder")
    {}
    """
    there, known = films(folder), {}
    for name in progress(there, "cutting films"):
        line = Path(folder) / "frames" / f"{name}.json"
        known[name] = json.loads(line.read_text()) if line.is_file() else cut(there[name], name, folder=folder)
    return known


def resembles(frames):
    """The clip of the book that pictures resemble, also when coded anew, resized or recoloured; None if none.

    A picture's hash has 64 bits: is it brighter to the right, at 8 × 8 places?

    Parameters
    ----------
    frames : ndarray, shape (T, H, W, 3), uint8

    Returns
    -------
    str or None

    Examples
    --------
    >>> resembles(clips.load("bikes", frames=20, size=(68, 160)).array)
    'bikes'
    >>> resembles(clips.sprites(frames=5).array) is None
    True
    """
    hashes = _hashes(frames[::5])
    for name, known in _known().items():
        bits = np.bitwise_count(hashes[:, None] ^ known[None])
        if len(hashes) and np.mean(bits.min(1) <= NEAR) > MANY:
            return name
    return None


def _hashes(frames):
    """Hashes of those pictures that are not flat, uint64."""
    found = []
    for frame in frames:
        grey = luma(frame, matrix="bt601") if frame.ndim == 3 else frame
        small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(int)
        if small.std() > 10:
            found.append(np.packbits(np.diff(small, axis=1) > 0).view(np.uint64)[0])
    return np.array(found, np.uint64)


@cache
def _known():
    """Hashes of every second frame of the clips that are refused."""
    installed = [name for name in TESTED if name in clips.names()]
    options = {"frames": slice(0, None, 2), "size": (72, 128), "gray": True}
    return {name: _hashes(clips.load(name, **options).array) for name in installed}


def _json(about):
    """A line of JSON as bytes."""
    return (json.dumps(about) + "\n").encode()
