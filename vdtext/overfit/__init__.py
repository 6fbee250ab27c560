"""Overfitted decoders (chapter 13): latents and tiny networks, found by gradient descent for one picture or one group.

Rooms, each using those above it:

``grids``     the pyramid of latents, and which of them are known when one is decoded;
``laplace``   the law of a latent, in tables of integers;
``network``   the networks in integers: prediction of latents, upsampling, synthesis;
``stream``    the byte format;
``coder``     weights and latents as one message;
``choice``    how finely weights are rounded;
``training``  gradient descent (torch; loaded by the encoder alone);
``doors``     :func:`encode`, :func:`decode`, :func:`read`;
``shipped``   finished streams that come with the book, and how they were made.
"""

from vdtext.overfit.coder import Message
from vdtext.overfit.doors import Contents, decode, encode, frames_of, read, write
from vdtext.overfit.grids import context, grid_shapes, padded
from vdtext.overfit.laplace import events, scale_width, tables
from vdtext.overfit.network import Network, Shape, Tensor, double, multiplications, predict, synthesise, upsampled
from vdtext.overfit.stream import Header

__all__ = [
    "Contents",
    "Header",
    "Message",
    "Network",
    "Shape",
    "Tensor",
    "context",
    "decode",
    "double",
    "encode",
    "events",
    "frames_of",
    "grid_shapes",
    "multiplications",
    "padded",
    "predict",
    "read",
    "scale_width",
    "synthesise",
    "tables",
    "upsampled",
    "write",
]
