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
``model``      trained parts, for chapter 13;
``correction`` its loop filter;
``doors``      the front doors;
``loop``       parts of the loop, readable: DPCM, the transform's integers, the filter;
``trace``      what a decoder did, frame by frame;
``mctf``       the alternative: lifting along the motion, open loop.
"""

from vdtext.codec.container import Damage, Info, Recovered, info, recover, seek
from vdtext.codec.doors import Written, decode, decode_frames, encode, encode_frames
from vdtext.codec.film import Film, film
from vdtext.codec.group import Group, Tools, read_run, write_run
from vdtext.codec.loop import diffuse_step, dpcm, flux, integer_cosines
from vdtext.codec.mctf import lift, mctf_decode, mctf_encode, unlift
from vdtext.codec.model import Model
from vdtext.codec.model import load as load_model
from vdtext.codec.plan import STEPS, Place, group_order, quality_index, runs, step_index
from vdtext.codec.sheets import sheet, unsheet
from vdtext.codec.stream import LIMIT, Header
from vdtext.codec.trace import MODES, Traced, trace

__all__ = [
    "LIMIT",
    "MODES",
    "STEPS",
    "Damage",
    "Film",
    "Group",
    "Header",
    "Info",
    "Model",
    "Place",
    "Recovered",
    "Tools",
    "Traced",
    "Written",
    "decode",
    "decode_frames",
    "diffuse_step",
    "dpcm",
    "encode",
    "encode_frames",
    "film",
    "flux",
    "group_order",
    "info",
    "integer_cosines",
    "lift",
    "load_model",
    "mctf_decode",
    "mctf_encode",
    "quality_index",
    "read_run",
    "recover",
    "runs",
    "seek",
    "sheet",
    "step_index",
    "trace",
    "unlift",
    "unsheet",
    "write_run",
]
