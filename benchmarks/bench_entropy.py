"""Entropy coders on a million symbols, both ways, against constriction, zlib and dahuffman (see tools/bench.py).

What is compared is what comes back: every coder's own stream, decoded by itself.
"""

import zlib
from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import entropy

COUNT, CONTEXTS = 1 << 20, 64
CONSTRICTION = "constriction"


@cache
def bits():
    """Bits of 64 contexts, taken in turn, each with its own probability of a one from 0.01 to 0.5."""
    contexts = (np.arange(COUNT) % CONTEXTS).astype(np.uint8)
    chance = np.geomspace(0.01, 0.5, CONTEXTS)[contexts]
    return (np.random.default_rng(0).random(COUNT) < chance).astype(np.uint8), contexts, chance


@cache
def symbols():
    """Bytes like the residuals of a predictor, and their frequencies."""
    values = np.rint(np.random.default_rng(0).laplace(0, 8, COUNT)).astype(int) & 255
    return values.astype(np.uint8), entropy.frequencies(np.bincount(values, minlength=256), 12)


def both_ways(name, title, message, coders, aims, against):
    """Two cases, encoding and decoding: each coder is (encode, decode, what, package); the first one is ours."""
    for way, aim in zip(("encode", "decode"), aims, strict=True):
        candidates = {}
        for coder, (make, what, package) in coders.items():

            def prepare(make=make, way=way):
                encode, decode = make()
                data = encode()
                return encode if way == "encode" else lambda: decode(data)

            def check(make=make):
                encode, decode = make()
                return np.asarray(decode(encode()))

            candidates[coder] = Candidate(prepare, f"{what}, {way}", 0.0, package, check=check)
        first, *others = candidates
        yield Case(
            name=f"entropy.{name}_{way}",
            title=f"{title}, {way}",
            reference=lambda: message().astype(float),
            ours={first: candidates[first]},
            peers={other: candidates[other] for other in others},
            aim=aim,
            against=against,
        )


def our_bits():
    sent, contexts, _ = bits()
    return lambda: entropy.encode_bits(sent, contexts), lambda data: entropy.decode_bits(data, COUNT, contexts)


def their_bits(fixed):
    """constriction learns nothing: it is told the true probability of each bit, or one for all."""
    import constriction

    model, queue = constriction.stream.model, constriction.stream.queue
    sent, _, chance = bits()
    sent = sent.astype(np.int32)
    if fixed:
        told = (model.Bernoulli(float(chance.mean()), perfect=False),)
    else:
        told = (model.Bernoulli(perfect=False), chance)

    def encode():
        coder = queue.RangeEncoder()
        coder.encode(sent, *told)
        return coder.get_compressed()

    return encode, lambda data: queue.RangeDecoder(data).decode(*told, *((COUNT,) if fixed else ()))


def our_rans():
    sent, f = symbols()
    return lambda: entropy.encode_rans(sent, f), lambda data: entropy.decode_rans(data, f, COUNT)


def their_rans():
    import constriction

    model, stack = constriction.stream.model, constriction.stream.stack
    sent, f = symbols()
    sent, told = sent.astype(np.int32), model.Categorical(f / f.sum(), perfect=False)

    def encode():
        coder = stack.AnsCoder()
        coder.encode_reverse(sent, told)
        return coder.get_compressed()

    return encode, lambda data: stack.AnsCoder(data).decode(told, COUNT)


def our_huffman():
    sent, _ = symbols()

    def encode():
        lengths = entropy.limited_lengths(np.bincount(sent, minlength=256), 12)
        return lengths, entropy.encode_huffman(sent, lengths)

    return encode, lambda coded: entropy.decode_huffman(coded[1], coded[0], COUNT)


def their_zlib():
    sent = symbols()[0].tobytes()

    def encode():
        coder = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
        return coder.compress(sent) + coder.flush()

    return encode, lambda data: np.frombuffer(zlib.decompress(data, -15), np.uint8)


def their_dahuffman():
    from dahuffman import HuffmanCodec

    sent = symbols()[0].tobytes()
    codec = HuffmanCodec.from_data(sent)
    return lambda: codec.encode(sent), lambda data: np.frombuffer(bytes(codec.decode(data)), np.uint8)


def cases():
    """The tasks of chapter 6."""
    told = "stream.queue, Bernoulli, the true probability of each bit given; nothing is learned"
    yield from both_ways(
        "bits",
        "Adaptive binary arithmetic coding, a million bits of 64 contexts",
        lambda: bits()[0],
        {
            "vdtext": (our_bits, "vdtext.entropy bits with contexts, Numba", "numba"),
            "constriction": (lambda: their_bits(False), told, CONSTRICTION),
            "constriction, one model": (
                lambda: their_bits(True),
                "stream.queue, Bernoulli, one probability for all bits; nothing is learned",
                CONSTRICTION,
            ),
        },
        (0.2, 0.2),
        "constriction",
    )
    yield from both_ways(
        "rans",
        "rANS, a million bytes of known frequencies",
        lambda: symbols()[0],
        {
            "vdtext": (our_rans, "vdtext.entropy rans, 12 bits, four lanes, Numba", "numba"),
            "constriction": (their_rans, "stream.stack, Categorical of 256 symbols", CONSTRICTION),
        },
        (1.0, 0.2),
        "constriction",
    )
    yield from both_ways(
        "huffman",
        "Huffman, a million bytes, code included",
        lambda: symbols()[0],
        {
            "vdtext": (our_huffman, "vdtext.entropy huffman, at most 12 bits, Numba", "numba"),
            "zlib": (their_zlib, "Z_HUFFMAN_ONLY, raw deflate", "numpy"),
            "dahuffman": (their_dahuffman, "HuffmanCodec, pure Python", "dahuffman"),
        },
        (1.0, 1.0),
        "zlib",
    )
