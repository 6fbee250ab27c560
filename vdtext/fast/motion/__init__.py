"""Fast twins of motion (chapter 9), compiled, all of integers but :mod:`relax`; other kernels may call them.

A vector is (row, column) in quarter pixels: what stands at pixel p of the current frame is predicted by what stands at
p + vector/4 of the reference.  A reference enters as its :func:`phases`, sixteen planes with a margin.

``lanes``    absolute differences of 16 or 8 bytes at once;
``blocks``   SAD and SATD of a block, bits of a vector, the predictor of a vector;
``planes``   half and quarter pixels;
``search``   full search, and descent from candidates;
``tree``     blocks of 32, 16 and 8;
``overlap``  prediction, block by block or overlapped, from one reference or two;
``relax``    Horn and Schunck's iteration.

Inside a compiled function of a codec::

    planes = phases(reference, MARGIN)                    # once a reference
    search_block(current, planes, y, x, 16, 16, candidates, row, column, reach, price, unit, False, STEPS, best)
    overlapped(planes, planes_b, vectors, vectors_b, modes, window, out)

Numba keeps compiled code by the file of the caller: after a change here the caches of callers have to be emptied.
"""

from vdtext.fast.motion.blocks import block_sad, block_satd, median_vector, vector_bits
from vdtext.fast.motion.overlap import copy_blocks, overlapped
from vdtext.fast.motion.planes import MARGIN, phases
from vdtext.fast.motion.relax import relax
from vdtext.fast.motion.search import HALF, INTEGER, QUARTER, full_field, neighbours, search_block, search_field
from vdtext.fast.motion.tree import beyond, tree_field

__all__ = [
    "HALF",
    "INTEGER",
    "MARGIN",
    "QUARTER",
    "beyond",
    "block_sad",
    "block_satd",
    "copy_blocks",
    "full_field",
    "median_vector",
    "neighbours",
    "overlapped",
    "phases",
    "relax",
    "search_block",
    "search_field",
    "tree_field",
    "vector_bits",
]
