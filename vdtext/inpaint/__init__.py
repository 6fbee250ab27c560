"""Store a few pixels, diffuse the rest (chapter 8): the steady state of chapter 3's equation is a decoder.

The front doors are :func:`inpaint`, and :func:`encode` with :func:`decode`, a codec of pictures.  Rooms, each using
those above it:

``operators``  what may flow where, as sparse matrices;
``problem``    (1 − c)·L u = c·(u − f) as a sparse system;
``solvers``    direct, Jacobi, conjugate gradients;
``multigrid``  grids of conductances, and the V-cycle;
``filling``    a picture from stored pixels;
``dithering``  grey as zeros and ones;
``masks``      which pixels to store;
``tonal``      which values to store;
``tree``       masks that cost only their splits;
``growing``    what the encoder of trees decides;
``stream``     the byte format;
``doors``      the codec of pictures;
``frames``     clips: key frames, and diffused differences.
"""

from vdtext.inpaint.dithering import dither
from vdtext.inpaint.doors import decode, encode, mask_share, step_of
from vdtext.inpaint.filling import inpaint, lagged, multigrid, steady_state
from vdtext.inpaint.frames import decode_frames, encode_frames
from vdtext.inpaint.masks import densified_mask, dithered_mask, random_mask, regular_mask, sparsified_mask
from vdtext.inpaint.multigrid import Grid, coarser, finest, grids, smooth, v_cycle
from vdtext.inpaint.operators import OPERATORS, edge_tensor, laplacian_matrix, operator_matrix, tensor_matrix
from vdtext.inpaint.problem import System, assemble
from vdtext.inpaint.solvers import Solution, conjugate_gradients, direct, jacobi
from vdtext.inpaint.tonal import echoes, least_squares, tonal
from vdtext.inpaint.tree import importance, lattice, split_decisions, surplus, tree_mask

__all__ = [
    "OPERATORS",
    "Grid",
    "Solution",
    "System",
    "assemble",
    "coarser",
    "conjugate_gradients",
    "decode",
    "decode_frames",
    "densified_mask",
    "direct",
    "dither",
    "dithered_mask",
    "echoes",
    "edge_tensor",
    "encode",
    "encode_frames",
    "finest",
    "grids",
    "importance",
    "inpaint",
    "jacobi",
    "lagged",
    "laplacian_matrix",
    "lattice",
    "least_squares",
    "mask_share",
    "multigrid",
    "operator_matrix",
    "random_mask",
    "regular_mask",
    "smooth",
    "sparsified_mask",
    "split_decisions",
    "steady_state",
    "step_of",
    "surplus",
    "tensor_matrix",
    "tonal",
    "tree_mask",
    "v_cycle",
]
