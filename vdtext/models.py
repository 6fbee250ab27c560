"""Trained weights that come with the book (ground floor): loaded by id, and only if every byte is the one expected.

``data/weights/models.json`` lists them: id → file, bytes, SHA-256, the command that made it, licence, and a card: what
is known about the training.  Weights are safetensors files, read here without any framework; a training script stores
them with :func:`register`.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from safetensors import numpy as safetensors

__all__ = ["DATA", "Entry", "index", "load", "register"]

DATA = Path(__file__).resolve().parents[1] / "data" / "weights"


@dataclass(frozen=True)
class Entry:
    """One line of the index.

    Parameters
    ----------
    file : str
        Name of the safetensors file beside the index.
    bytes : int
        Its size; what the scoreboard charges for the weights.
    sha256 : str
        Its SHA-256, in hexadecimal.
    made_by : str
        The command that made it.
    licence : str
        Of the weights, with the source of what they were trained on.
    card : dict
        What is known about the training: data, seed, steps, hardware, seconds, metric reached; may be empty.

    Examples
    --------
    >>> Entry("blur.safetensors", 120, "9f86…", "python -m vdtext.train blur", "CC0; synthetic clips").bytes
    120
    """

    file: str
    bytes: int
    sha256: str
    made_by: str
    licence: str
    card: dict = field(default_factory=dict)


def index(directory=DATA):
    """The weights that are there.

    Parameters
    ----------
    directory : path
        Where ``models.json`` and the files are.

    Returns
    -------
    dict of str to Entry
        By id.

    Raises
    ------
    ValueError
        If the index cannot be read.

    Examples
    --------
    >>> all(entry.bytes > 0 for entry in index().values())
    True
    """
    path = Path(directory) / "models.json"
    try:
        return {name: Entry(**fields) for name, fields in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path.name}: not a readable index of weights ({type(error).__name__}) (chapter 13)"
        ) from None


def load(id, *, directory=DATA):
    """Load trained weights after checking size and SHA-256.

    Parameters
    ----------
    id : str
        A key of :func:`index`.
    directory : path
        Where ``models.json`` and the files are.

    Returns
    -------
    dict of str to ndarray
        The arrays by name, with the shapes and types that training stored.

    Raises
    ------
    ValueError
        If the id is unknown (the message lists the known ones), or the file is missing or damaged.

    Examples
    --------
    >>> load("no such weights")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    ValueError: no weights 'no such weights'; known: ... (chapter 13)
    """
    entries = index(directory)
    if id not in entries:
        raise ValueError(
            f"no weights {id!r}; known: {', '.join(sorted(entries)) or 'none are shipped yet'} (chapter 13)"
        )
    entry = entries[id]
    path = Path(directory) / entry.file
    data = path.read_bytes() if path.is_file() else b""
    if len(data) != entry.bytes or hashlib.sha256(data).hexdigest() != entry.sha256:
        found = f"{len(data)} bytes" if len(data) != entry.bytes else "other content"
        raise ValueError(
            f"weights {id!r} are damaged: {entry.file} has {found}, expected {entry.bytes} bytes with SHA-256 "
            f"{entry.sha256[:8]}…; restore it from the repository or run `{entry.made_by}` (chapter 13)"
        )
    return safetensors.load(data)


def register(id, arrays, *, made_by, licence, card=None, directory=DATA):
    """Store trained weights and list them in the index: write beside, read back, compare, rename.

    Parameters
    ----------
    id : str
        Small letters, digits, ``-``, ``_`` and dots; weights of the same id are replaced.
    arrays : dict of str to ndarray
        What :func:`load` will return.
    made_by : str
        The command that made them.
    licence : str
        Of the weights, with the source of what they were trained on.
    card : dict, optional
        What is known about the training, as JSON can hold it.
    directory : path
        Where ``models.json`` is (made if absent).

    Returns
    -------
    Entry
        As listed.

    Raises
    ------
    ValueError
        If the id is not a name, there is no array, or what was written does not read back equal.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     entry = register("toy", {"w": np.eye(2)}, made_by="doctest", licence="CC0", directory=folder)
    ...     load("toy", directory=folder)["w"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id):
        raise ValueError(f"id={id!r}: accepted are small letters, digits, '-', '_' and '.' (chapter 13)")
    if not arrays:
        raise ValueError(f"weights {id!r}: no arrays were given (chapter 13)")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    entries = index(directory) if (directory / "models.json").exists() else {}
    data = safetensors.save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    entry = Entry(f"{id}.safetensors", len(data), hashlib.sha256(data).hexdigest(), made_by, licence, card or {})
    _write(directory / entry.file, data, verify=lambda written: _same(safetensors.load(written), arrays))
    listing = {name: asdict(e) for name, e in sorted({**entries, id: entry}.items())}
    _write(directory / "models.json", (json.dumps(listing, indent=2, ensure_ascii=False) + "\n").encode())
    return entry


def _same(found, expected):
    """Whether two dicts hold the same arrays, bit by bit (so NaN equals NaN)."""
    return found.keys() == expected.keys() and all(
        found[k].dtype == np.asarray(v).dtype
        and found[k].shape == np.shape(v)
        and found[k].tobytes() == np.asarray(v).tobytes()
        for k, v in expected.items()
    )


def _write(path, data, verify=lambda written: True):
    """Replace a file in one step, after its bytes were read back and verified."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        if beside.read_bytes() != data or not verify(data):
            raise ValueError(f"{path.name}: what was written does not read back equal (chapter 13)")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
