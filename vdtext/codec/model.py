"""What the codec can be given besides its rules: trained first probabilities, and a trained loop filter (chapter 13).

The weights are arrays of integers in ``data/weights``; a file names those it was made with.  Without them the codec is
that of chapter 10.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vdtext import integer, models
from vdtext.codec import correction
from vdtext.errors import BitstreamError

__all__ = ["Model", "Name", "find", "load"]

MIDDLE = 84
"""The quantiser's index for which the stored logits hold."""
UNIT, SLOPE = 16, 1024
"""Logits are stored in 1/16, their change with the quantiser's index in 1/1024."""


@dataclass(frozen=True)
class Name:
    """What a file says about the weights that it needs.

    Attributes
    ----------
    id : str
        As in ``data/weights/models.json``.
    digest : bytes
        The first eight bytes of the SHA-256 of their file.
    """

    id: str
    digest: bytes


@dataclass(frozen=True, eq=False)
class Model:
    """Trained parts of the codec.

    Attributes
    ----------
    name : Name
    places : ndarray of int64
        Contexts that have a first probability.
    logits, slopes : ndarray of int8
        ln(p/(1 − p)) of a one in 1/16, and how it changes with the quantiser's index, in 1/1024.
    counts : ndarray of uint8
        How many events that is worth.
    weights : ndarray of int32
        First weights of the mixtures.
    layers : tuple of integer.Layer
        Of the loop filter; empty if there is none.
    bytes : int
        Of the file.
    """

    name: Name
    places: np.ndarray
    logits: np.ndarray
    slopes: np.ndarray
    counts: np.ndarray
    weights: np.ndarray
    layers: tuple
    bytes: int

    def prime(self, coder, index):
        """Let a coder that knows nothing begin with what training has seen.

        logit p = a + b·(index − 84)

        Parameters
        ----------
        coder : Coder
            Changed in place.
        index : int
            Of the quantiser's step.
        """
        from vdtext.fast.wavelets.planes import SQUASH

        logit = self.logits.astype(np.int64) * (256 // UNIT)
        logit += (self.slopes.astype(np.int64) * (index - MIDDLE) * (256 * 1024 // SLOPE) + 512) >> 10
        coder.chances[self.places] = SQUASH[np.clip(logit, -1920, 1920) + 2048] << 6
        coder.counts[self.places] = self.counts
        coder.weights[: len(self.weights)] = self.weights

    def planes(self, frame):
        """What might mend a decoded frame's luma, as :mod:`vdtext.codec.correction` says.

        Parameters
        ----------
        frame : Frame

        Returns
        -------
        ndarray, shape (K, H, W), int32
        """
        from vdtext.fast.codec import predicted

        h, w = frame.grid.shape[1] * 8, frame.grid.shape[2] * 8
        moved = np.empty((h, w), np.uint8)
        predicted(frame, moved)
        return correction.planes(self.layers, frame.rec[:h], moved, int(frame.head[3]))


def load(id, *, directory=None):
    """The trained parts of an id.

    Parameters
    ----------
    id : str
        As in ``data/weights/models.json``.
    directory : path, optional
        Where that is, if it is not the book's.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If there are no such weights, they are damaged, or they are not for this codec.
    """
    return _load(id, str(directory or models.DATA))


@lru_cache(maxsize=4)
def _load(id, directory):
    arrays, entry = models.load(id, directory=directory), models.index(directory)[id]
    try:
        used = np.unpackbits(arrays["used"]).astype(bool)
        layers = tuple(
            integer.Layer(arrays[f"{k}.weights"], arrays[f"{k}.bias"], *map(int, arrays[f"{k}.range"]))
            for k in range(sum(name.endswith(".range") for name in arrays))
        )
        parts = (np.flatnonzero(used), arrays["logits"], arrays["slopes"], arrays["counts"], arrays["mixtures"])
    except KeyError as missing:
        raise ValueError(f"weights {id!r} are not for a film: {missing} is not there (chapter 13)") from None
    return Model(Name(id, bytes.fromhex(entry.sha256)[:8]), *parts, layers, entry.bytes)


def find(name):
    """The weights that a file needs, if they are there.

    Parameters
    ----------
    name : Name or None

    Returns
    -------
    Model or None

    Raises
    ------
    BitstreamError
        If they are missing, or are others.
    """
    if name is None:
        return None
    try:
        found = load(name.id)
    except ValueError as error:
        raise BitstreamError(f"this file was made with trained weights: {error}") from None
    if found.name.digest != name.digest:
        raise BitstreamError(
            f"this file was made with other weights of the name {name.id!r}: their SHA-256 begins with "
            f"{name.digest.hex()}, that of those here with {found.name.digest.hex()} (chapter 13)"
        )
    return found
