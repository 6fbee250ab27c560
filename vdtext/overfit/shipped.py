"""Finished streams that come with the book: hours of a reader's time saved, and every one can be made again.

``data/overfit/streams.json`` lists them: name → file, its SHA-256 and that of the decoded pixels, what it is of, and
how it was made.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vdtext import clips
from vdtext.overfit.doors import decode

__all__ = ["DATA", "SOURCES", "Stream", "decoded", "digest", "load", "source", "streams"]

DATA = Path(__file__).resolve().parents[2] / "data" / "overfit"
SOURCES = {
    "carphone": ("carphone", 20, 0, (144, 176)),
    "bikes": ("bikes", 50, 0, (120, 280)),
    "bigbuckbunny": ("bigbuckbunny", 60, 0, (144, 256)),
    "frames": ("carphone", 21, 3, (144, 176)),
    **{f"frame{k}": ("carphone", 20 + k, 0, (144, 176)) for k in range(1, 4)},
}
"""Name: clip, first frame, frames (0: a picture), size."""


@dataclass(frozen=True)
class Stream:
    """A stream's card.

    Attributes
    ----------
    source : str
        A key of :data:`SOURCES`.
    lam : float
        λ.
    steps, seed, hidden, features : int
        As they were given to :func:`vdtext.overfit.encode`.
    after : str
        The stream whose frame comes before; "" if there is none.
    seconds : float
        Of CPU time that the encoder took, on one core.
    file : str
    sha256, pixels : str
        SHA-256 of the file, and of the decoded picture.
    made_by : str
        The command.

    Examples
    --------
    >>> Stream("carphone", 20.0, 2500, 0, 8, 12, "", 60.0, "a.vo", "9f", "3e", "python -m vdtext.overfit").lam
    20.0
    """

    source: str
    lam: float
    steps: int
    seed: int
    hidden: int
    features: int
    after: str
    seconds: float
    file: str
    sha256: str
    pixels: str
    made_by: str


def source(name):
    """The picture or the group that a stream is of.

    Parameters
    ----------
    name : str
        A key of :data:`SOURCES`.

    Returns
    -------
    ndarray, shape (H, W) or (T, H, W), uint8

    Raises
    ------
    ValueError
        If there is no such source.

    Examples
    --------
    >>> source("carphone").shape
    (144, 176)
    """
    if name not in SOURCES:
        raise ValueError(f"no source {name!r}; there are {', '.join(SOURCES)} (chapter 13)")
    clip, first, count, size = SOURCES[name]
    frames = clips.load(clip, frames=range(first, first + max(count, 1)), size=size, gray=True).array
    return frames if count else frames[0]


def digest(array):
    """SHA-256 of the bytes of an array, or of bytes.

    Parameters
    ----------
    array : ndarray or bytes

    Returns
    -------
    str

    Examples
    --------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(array if isinstance(array, bytes) else np.ascontiguousarray(array).tobytes()).hexdigest()


def streams(directory=DATA):
    """The streams that are there, by name.

    Parameters
    ----------
    directory : path

    Returns
    -------
    dict of str to Stream

    Examples
    --------
    >>> all(stream.lam > 0 for stream in streams().values())
    True
    """
    path = Path(directory) / "streams.json"
    return {name: Stream(**card) for name, card in json.loads(path.read_text()).items()} if path.is_file() else {}


def load(name, directory=DATA):
    """The bytes of a stream, if they are those expected.

    Parameters
    ----------
    name : str
        A key of :func:`streams`.
    directory : path

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If there is none of this name, or its file is damaged.

    Examples
    --------
    >>> load("nothing")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    ValueError: no stream 'nothing'; there are ... (chapter 13)
    """
    known = streams(directory)
    if name not in known:
        raise ValueError(f"no stream {name!r}; there are {', '.join(known) or 'none'} (chapter 13)")
    path = Path(directory) / known[name].file
    data = path.read_bytes() if path.is_file() else b""
    if digest(data) != known[name].sha256:
        raise ValueError(f"{path.name} is damaged; make it again: {known[name].made_by} (chapter 13)")
    return data


def decoded(name, directory=DATA):
    """The picture or the group of a stream, from its bytes, and from those of the streams before it.

    Parameters
    ----------
    name : str
        A key of :func:`streams`.
    directory : path

    Returns
    -------
    ndarray, uint8

    Examples
    --------
    >>> decoded("carphone-20").shape
    (144, 176)
    """
    before = streams(directory)[name].after if name in streams(directory) else ""
    return decode(load(name, directory), after=decoded(before, directory) if before else None)


def store(name, data, stream, directory=DATA):
    """Put a stream beside the others, and list it.

    Parameters
    ----------
    name : str
    data : bytes
    stream : Stream
        Its card.
    directory : path
        Made if absent.

    Examples
    --------
    >>> import tempfile
    >>> card = Stream("carphone", 20.0, 1, 0, 8, 12, "", 1.0, "a.vo", digest(b"a"), "", "a doctest")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store("a", b"a", card, folder); load("a", folder)
    b'a'
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / stream.file).write_bytes(data)
    listing = {key: asdict(card) for key, card in sorted({**streams(folder), name: stream}.items())}
    (folder / "streams.json").write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")
