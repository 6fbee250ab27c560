"""Motion (chapter 9): where each block, each pixel or the whole frame has gone, and what can be made of it.

Block vectors are int32 arrays (rows, columns, 2), (row, column) in quarter pixels: what stands at p of the current
frame stands at p + vector/4 of the reference.  A flow is (H, W, 2), (row, column) in pixels: the point at p of `a` lies
at p + flow[p] in `b`.  Rooms, each using those above it:

``interpolation``  half and quarter pixels: :func:`phases`;
``blocks``         SAD, SATD, full search, descent, bits of vectors: readable;
``compensation``   prediction from vectors, copied or overlapped: readable;
``vectors``        :class:`Matches`, and the order of a quadtree;
``doors``          :func:`match`, :func:`match_tree`, :func:`compensate`;
``coding``         vectors as bytes;
``scales``         a diffusion time for every block;
``dense``          Horn and Schunck's flow, occlusion, frames between frames;
``phase``          one shift for a frame;
``camera``         the path of the camera, smoothed within a budget;
``stabilise``      clips without shake.
"""

from vdtext.motion.blocks import (
    descend,
    full_search,
    median_predictor,
    sad,
    satd,
    search_window,
    vector_bits,
)
from vdtext.motion.camera import affine, camera_path, room, similarity, smooth_path
from vdtext.motion.coding import decode_vectors, encode_vectors
from vdtext.motion.compensation import copy_blocks, overlap_blocks, window
from vdtext.motion.dense import between, end_point_error, flow, horn_schunck, horn_schunck_step, occluded
from vdtext.motion.doors import compensate, match, match_tree
from vdtext.motion.interpolation import phases
from vdtext.motion.phase import phase_shift
from vdtext.motion.scales import ScaleMatches, blur, compensate_scales, match_scales
from vdtext.motion.stabilise import Stabilised, stabilise, stabilise_frames, steady
from vdtext.motion.vectors import Matches

__all__ = [
    "Matches",
    "ScaleMatches",
    "Stabilised",
    "affine",
    "between",
    "blur",
    "camera_path",
    "compensate",
    "compensate_scales",
    "copy_blocks",
    "decode_vectors",
    "descend",
    "encode_vectors",
    "end_point_error",
    "flow",
    "full_search",
    "horn_schunck",
    "horn_schunck_step",
    "match",
    "match_scales",
    "match_tree",
    "median_predictor",
    "occluded",
    "overlap_blocks",
    "phase_shift",
    "phases",
    "room",
    "sad",
    "satd",
    "search_window",
    "similarity",
    "smooth_path",
    "stabilise",
    "stabilise_frames",
    "steady",
    "vector_bits",
    "window",
]
