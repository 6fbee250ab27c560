"""DCT and wavelets (chapter 7): few numbers that carry a picture.

The front doors are :func:`encode` and :func:`decode`, a codec of pictures, and :func:`decompose`.

Rooms, each using those above it:

``lifting``    one level along one axis: Haar, 5/3, 9/7;
``pyramid``    levels along any axes, and back: :class:`Pyramid`;
``blocks``     the discrete cosine transform, of blocks or of the whole picture;
``quantiser``  steps, dead zones, bit planes, and what an error costs;
``embedded``   bit planes coded by significance, readable;
``theory``     coding gain, the best transform, the least rate;
``layout``     all bands in one array, for the coder;
``components`` grey, luma and chroma, in integers;
``stream``     the byte format;
``doors``      the codec of pictures;
``frames``     clips, frame by frame.
"""

from vdtext.wavelets.blocks import dct, dct_blocks, dct_matrix, inverse_dct, inverse_dct_blocks
from vdtext.wavelets.doors import decode, encode, quality_step
from vdtext.wavelets.embedded import embed, extract
from vdtext.wavelets.frames import decode_frames, encode_frames
from vdtext.wavelets.lifting import (
    WAVELETS,
    haar,
    inverse_haar,
    inverse_lifting_53,
    inverse_lifting_97,
    lifting_53,
    lifting_97,
)
from vdtext.wavelets.pyramid import Band, Pyramid, bands, decompose, depth, extents, recompose
from vdtext.wavelets.quantiser import bit_planes, coarser, dequantise, quantise, synthesis_gains
from vdtext.wavelets.theory import coding_gain, klt, reverse_water_filling

__all__ = [
    "WAVELETS",
    "Band",
    "Pyramid",
    "bands",
    "bit_planes",
    "coarser",
    "coding_gain",
    "dct",
    "dct_blocks",
    "dct_matrix",
    "decode",
    "decode_frames",
    "decompose",
    "depth",
    "dequantise",
    "embed",
    "encode",
    "encode_frames",
    "extents",
    "extract",
    "haar",
    "inverse_dct",
    "inverse_dct_blocks",
    "inverse_haar",
    "inverse_lifting_53",
    "inverse_lifting_97",
    "klt",
    "lifting_53",
    "lifting_97",
    "quality_step",
    "quantise",
    "recompose",
    "reverse_water_filling",
    "synthesis_gains",
]
