"""Bits (chapter 6): how few of them a message needs, and coders that come near to it.

The front doors take arrays and give bytes.  Each has a readable twin that writes the same bytes.  Rooms:

``information``  entropy, cross-entropy, the ideal length, frequencies in integers;
``words``        unary, Golomb–Rice and Exp-Golomb code words as texts of 0 and 1;
``huffman``      lengths, lengths with a limit, canonical code words;
``interval``     the range coder: an interval that is narrowed, and a carry;
``adaptive``     context-adaptive binary arithmetic coding;
``numbers``      numbers as adaptive bits;
``mixing``       several contexts for one bit, mixed by weights that learn;
``symbols``      range coding and rANS of symbols of known frequencies;
``doors``, ``static``  the front doors;
``container``    a file with its table: :func:`compress` and :func:`decompress`.
"""

from vdtext.entropy.adaptive import PACE, RATES, adapt, chance
from vdtext.entropy.container import METHODS, compress, decompress
from vdtext.entropy.doors import (
    decode_bits,
    decode_mixed,
    decode_numbers,
    encode_bits,
    encode_mixed,
    encode_numbers,
)
from vdtext.entropy.huffman import canonical, huffman_lengths, kraft, limited_lengths
from vdtext.entropy.information import cross_entropy, entropy, frequencies, ideal_bits, learning_bits, relative
from vdtext.entropy.static import (
    decode_exp_golomb,
    decode_huffman,
    decode_range,
    decode_rans,
    decode_rice,
    encode_exp_golomb,
    encode_huffman,
    encode_range,
    encode_rans,
    encode_rice,
)
from vdtext.entropy.symbols import pop, push
from vdtext.entropy.words import exp_golomb, rice, truncated_unary, unary, unzigzag, zigzag

__all__ = [
    "METHODS",
    "PACE",
    "RATES",
    "adapt",
    "canonical",
    "chance",
    "compress",
    "cross_entropy",
    "decode_bits",
    "decode_exp_golomb",
    "decode_huffman",
    "decode_mixed",
    "decode_numbers",
    "decode_range",
    "decode_rans",
    "decode_rice",
    "decompress",
    "encode_bits",
    "encode_exp_golomb",
    "encode_huffman",
    "encode_mixed",
    "encode_numbers",
    "encode_range",
    "encode_rans",
    "encode_rice",
    "entropy",
    "exp_golomb",
    "frequencies",
    "huffman_lengths",
    "ideal_bits",
    "kraft",
    "learning_bits",
    "limited_lengths",
    "pop",
    "push",
    "relative",
    "rice",
    "truncated_unary",
    "unary",
    "unzigzag",
    "zigzag",
]
