"""The video codec of chapter 10, compiled: blocks, their prediction, their levels, and the encoder's decisions.

All that a decoder does is integer arithmetic.  The encoder's decisions use floats: every machine decodes the same from
the same bytes, but another machine may write other bytes.

``coder``      bits and their prices;
``frame``      what is known of a frame; candidates of motion;
``inter``, ``intra``, ``transform``, ``levels``, ``modes``, ``filtering``  the parts of a block;
``syntax``     a frame as bits: the decoder, and the encoder's pen;
``between``    the frame that is likely between two references (chapter 13);
``correcting``  a trained network's corrections (chapter 13);
``search``, ``trial``, ``angles``, ``decide``  what the encoder decides.
"""

from vdtext.fast.codec.between import virtual_frame
from vdtext.fast.codec.coder import new_coder, put_number
from vdtext.fast.codec.correcting import correct, ended, predicted, put_flag
from vdtext.fast.codec.decide import encode_frame
from vdtext.fast.codec.frame import PAD, new_frame, padded
from vdtext.fast.codec.syntax import decode_frame
from vdtext.fast.codec.trial import new_encoder
from vdtext.fast.entropy.binary import flush
from vdtext.fast.motion.planes import phases

__all__ = [
    "PAD",
    "correct",
    "decode_frame",
    "encode_frame",
    "ended",
    "flush",
    "new_coder",
    "new_encoder",
    "new_frame",
    "padded",
    "phases",
    "predicted",
    "put_flag",
    "put_number",
    "virtual_frame",
]
