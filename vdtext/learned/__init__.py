"""Learned codecs (chapter 13): a transform that is trained, its prior, and real bytes.

Rooms:

``linear``      the linear case, where the answer is known;
``surrogates``  what stands for rounding while a network learns;
``network``     the transform and its prior, as they are trained;
``rows``        numbers with a table of frequencies each, in one message;
``tables``      these tables;
``fixed``       the decoder in integers;
``stream``      the byte format;
``doors``       :func:`encode` and :func:`decode`.
"""

from vdtext.learned.doors import (
    MODEL,
    Numbers,
    block_bits,
    decode,
    decoder,
    encode,
    encoder,
    ideal_bits,
    numbers,
    prices,
    residual,
)
from vdtext.learned.fixed import Decoder, walk
from vdtext.learned.network import (
    GREY,
    GROUPS,
    LEVELS,
    MIDDLE,
    PRIORS,
    SCALES,
    STEPS,
    Transform,
    WindowAttention,
    blocks,
    scale,
)
from vdtext.learned.rows import REACH, below, read_rows, table, write_rows
from vdtext.learned.surrogates import noise, soft_round, straight_through
from vdtext.learned.tables import counted, densities, logistic

__all__ = [
    "GREY",
    "GROUPS",
    "LEVELS",
    "MIDDLE",
    "MODEL",
    "PRIORS",
    "REACH",
    "SCALES",
    "STEPS",
    "Decoder",
    "Numbers",
    "Transform",
    "WindowAttention",
    "below",
    "block_bits",
    "blocks",
    "counted",
    "decode",
    "decoder",
    "densities",
    "encode",
    "encoder",
    "ideal_bits",
    "logistic",
    "noise",
    "numbers",
    "prices",
    "read_rows",
    "residual",
    "scale",
    "soft_round",
    "straight_through",
    "table",
    "walk",
    "write_rows",
]
