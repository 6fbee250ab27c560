"""Which films may be trained on, where they lie, under which terms, and which films never."""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vdtext import clips

__all__ = ["FILMS", "FOLDER", "TESTED", "Film", "admit", "films", "licences"]

FOLDER = Path(os.environ.get("VDTEXT_FOOTAGE") or Path(__file__).resolve().parents[2] / ".footage")
"""Where `make footage` puts packages and frames; another one with the environment variable VDTEXT_FOOTAGE."""

TESTED = ("bigbuckbunny", "bikes", "carphone", "carphone_distorted", "city")
"""The clips that the book tests on: never trained on."""


@dataclass(frozen=True)
class Film:
    """A film that a package brings along.

    Parameters
    ----------
    package, version : str
        As in ``requirements-data.txt``.
    file : str
        Within the package's folder.
    shows : str
        What is seen.
    licence : str
        Of the package, and of the film where it has its own.

    Examples
    --------
    >>> FILMS["earth"].licence
    'public domain, NASA Earth Observatory'
    """

    package: str
    version: str
    file: str
    shows: str
    licence: str


def _camera(number, demo, shows):
    file = f"Pose2Sim/Demo_{demo}/videos/cam0{number}.mp4"
    return Film("pose2sim", "0.10.49", file, f"{shows}, camera {number}", "BSD-3-Clause")


FILMS = {
    **{f"one_{k}": _camera(k, "SinglePerson", "a man balancing in a laboratory") for k in (1, 2, 3, 4)},
    **{f"two_{k}": _camera(k, "MultiPerson", "two people in a laboratory") for k in (1, 2, 3, 4)},
    "walk": Film("sports2d", "0.8.34", "Sports2D/Demo/demo.mp4", "somebody walking outdoors", "BSD-3-Clause"),
    "cockatoo": Film("imageio", "2.9.0", "imageio/resources/images/cockatoo.mp4", "a cockatoo, close", "BSD-2-Clause"),
    "plant": Film("imageio", "2.9.0", "imageio/resources/images/realshort.mp4", "a plant at a window", "BSD-2-Clause"),
    "earth": Film(
        "arcade",
        "3.3.3",
        "arcade/resources/assets/video/earth.mp4",
        "the Earth at night, turning",
        "public domain, NASA Earth Observatory",
    ),
    "opossum": Film(
        "label-studio",
        "1.23.2",
        "label_studio/core/static/samples/opossum_snow.mp4",
        "an opossum in the snow",
        "Apache-2.0",
    ),
}


def films(folder=FOLDER):
    """The films that are there, of those in `FILMS`.

    Parameters
    ----------
    folder : path
        What ``make footage`` has filled.

    Returns
    -------
    dict of str to Path
        By name; empty where nothing was installed.

    Raises
    ------
    ValueError
        If one of them is a clip that the book tests on.

    Examples
    --------
    >>> films("no such folder")
    {}
    """
    found = {name: Path(folder) / film.file for name, film in FILMS.items()}
    return {name: admit(path) for name, path in found.items() if path.is_file()}


def admit(path):
    """The path again, unless it is that of a clip that the book tests on, or a file with the same bytes.

    Parameters
    ----------
    path : path
        An existing file.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If it may not be trained on.

    Examples
    --------
    >>> admit(clips.path("bikes"))
    Traceback (most recent call last):
      ...
    ValueError: bikes.mp4 is the clip 'bikes', which the book tests on; nothing is trained on it (chapter 12)
    """
    path = Path(path)
    same = _digests().get(hashlib.sha256(path.read_bytes()).hexdigest())
    if same:
        raise ValueError(
            f"{path.name} is the clip {same!r}, which the book tests on; nothing is trained on it (chapter 12)"
        )
    return path


def licences():
    """Where footage comes from and under which terms, in one line: what the card of a set of weights says.

    Returns
    -------
    str

    Examples
    --------
    >>> "sports2d 0.8.34 (BSD-3-Clause)" in licences()
    True
    """
    named = dict.fromkeys(f"{film.package} {film.version} ({film.licence})" for film in FILMS.values())
    return "; ".join([*named, "photographs of scikit-image and scikit-learn (CC0, public domain, CC BY 2.0)"])


@cache
def _digests():
    """SHA-256 → name of the clips that are refused, as far as they are installed."""
    found = {}
    for name in TESTED:
        try:
            found[hashlib.sha256(clips.path(name).read_bytes()).hexdigest()] = name
        except FileNotFoundError:
            continue
    return found
