"""Bits (chapter 6): how few of them a message needs, and coders that come near to it.

The front doors take arrays and give bytes: :func:`encode_bits` codes bits that adapt to their contexts.  Each has a
readable twin that writes the same bytes.
"""

from vdtext.entropy.adaptive import PACE, RATES, adapt, chance
from vdtext.entropy.doors import decode_bits, encode_bits

__all__ = ["PACE", "RATES", "adapt", "chance", "decode_bits", "encode_bits"]
