"""A complete video codec (chapter 10): prediction, transform, decisions by D + λ·R, and arithmetic coding, closed loop.

The front doors are :func:`encode` and :func:`decode`; :func:`encode_frames` and :func:`decode_frames` are the same for
films that do not fit into memory.  Rooms, each using those above it:

``film``       what goes in and comes out: planes as they are stored;
``sheets``     the planes of a frame on one array;
``plan``       the order of frames, and their quantisers;
``group``      groups of pictures into bits and back;
``cuts``       where shots begin;
``rate``       steps for a target bitrate;
``stream``     the bytes of a file: chunks and header;
``container``  reading a file, seeking in it, and what is left of a damaged one;
``doors``      the front doors.
"""

from vdtext.codec.container import Damage, Info, Recovered, info, recover, seek
from vdtext.codec.doors import Written, decode, decode_frames, encode, encode_frames
from vdtext.codec.film import Film, film
from vdtext.codec.group import Group, Tools, read_run, write_run
from vdtext.codec.stream import LIMIT, Header

__all__ = [
    "LIMIT",
    "Damage",
    "Film",
    "Group",
    "Header",
    "Info",
    "Recovered",
    "Tools",
    "Written",
    "decode",
    "decode_frames",
    "encode",
    "encode_frames",
    "film",
    "info",
    "read_run",
    "recover",
    "seek",
    "write_run",
]
