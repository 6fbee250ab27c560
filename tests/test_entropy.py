"""Proofs of vdtext.entropy: closed forms, round trips, twins, damaged streams, and constriction as referee."""

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from itertools import pairwise, product
from pathlib import Path

import constriction
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vdtext import BitstreamError, entropy
from vdtext._jit import njit
from vdtext.entropy import adaptive, container, huffman, interval, mixing, numbers, symbols, words
from vdtext.fast.entropy import binary, prefix, static
from vdtext.fast.entropy import mixing as fast_mixing

GOLDEN = Path(__file__).parents[1] / "data" / "entropy.json"
KERNELS = (binary, static, prefix, fast_mixing)

few = settings(deadline=None, max_examples=50)
RATES = st.tuples(st.integers(1, 10), st.integers(1, 10))


@contextmanager
def interpreted(*modules):
    """Run compiled modules as plain Python."""
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, value in vars(module).items():
                if hasattr(value, "py_func"):
                    patch.setattr(module, name, value.py_func)
        yield


# ---- The range coder -------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-narrow")
def test_the_interval_is_narrowed_to_the_share_of_the_symbol():
    coder, out = [1 << 20, (1 << 31) + 12345], bytearray()
    low, width = coder
    interval.encode_interval(coder, out, 100, 356, 10)
    assert coder[0] == low + int(np.floor(width * 100 / 1024))
    assert coder[1] == int(np.floor(width * 356 / 1024)) - int(np.floor(width * 100 / 1024))
    assert abs(coder[1] / width - 256 / 1024) < 1e-8


@given(st.lists(st.tuples(st.integers(1, 16), st.data()), max_size=60), st.binary(max_size=5))
@few
def test_intervals_of_any_precision_come_back(draws, garbage):
    coder, out, parts = interval.start_encoder(), bytearray(), []
    for precision, draw in draws:
        start = draw.draw(st.integers(0, (1 << precision) - 1))
        end = draw.draw(st.integers(start + 1, 1 << precision))
        parts.append((start, end, precision))
        interval.encode_interval(coder, out, start, end, precision)
    interval.finish(coder, out)
    data = bytes(out) + garbage
    coder = interval.start_decoder(data)
    for start, end, precision in parts:
        assert start <= interval.locate(coder, precision) < end
        interval.decode_interval(coder, data, start, end, precision)


def test_a_carry_runs_through_bytes_of_255():
    parts = bytearray([127, 255, 255])
    interval.carry(parts)
    assert list(parts) == [128, 0, 0]
    state, out = binary.start(4, 7), np.array([127, 255, 255, 0, 0, 0, 0, 0], np.uint8)
    state[:3] = interval.MASK - 5, 1 << 25, 3
    binary.encode_chance(state, out, 32768, 0)
    end = binary.flush(state, out)
    assert out[:3].tolist() == [128, 0, 0]
    assert end == 5


def test_no_stream_begins_with_four_bytes_of_255():
    with pytest.raises(BitstreamError, match="255"):
        interval.start_decoder(b"\xff" * 9)
    with pytest.raises(BitstreamError, match="no stream"):
        entropy.decode_bits(b"\xff" * 9, 3)


# ---- Adaptive binary coding ------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), max_size=300), RATES, st.binary(max_size=4))
@few
def test_bits_come_back_and_both_twins_write_the_same_bytes(pairs, rates, garbage):
    bits, contexts = ([pair[k] for pair in pairs] for k in (0, 1))
    data = entropy.encode_bits(bits, contexts, rates=rates)
    assert data == adaptive.write_bits(bits, contexts, rates)
    assert entropy.decode_bits(data + garbage, len(bits), contexts, rates=rates).tolist() == bits
    assert adaptive.read_bits(data + garbage, contexts, rates) == bits


@pytest.mark.parametrize("chance", [0.0, 0.001, 0.5, 0.97, 1.0])
def test_long_runs_agree_with_the_readable_twin(chance):
    rng = np.random.default_rng(1)
    bits, contexts = (rng.random(20000) < chance).astype(int), rng.integers(0, 3, 20000)
    data = entropy.encode_bits(bits, contexts)
    assert data == adaptive.write_bits(bits.tolist(), contexts.tolist())
    assert np.array_equal(entropy.decode_bits(data, 20000, contexts), bits)


def one_by_one(pairs):
    """Bits and contexts through the primitives, and back: the stream, and what was read."""
    state, model, out = binary.start(4, 7), binary.new_model(3), np.empty(binary.capacity(len(pairs)), np.uint8)
    for bit, context in pairs:
        binary.encode_bit(state, out, model, context, bit)
    data = out[: binary.flush(state, out)]
    state, model = binary.start(4, 7), binary.new_model(3)
    assert binary.open_stream(state, data)
    bits = [int(binary.decode_bit(state, data, model, context)) for _, context in pairs]
    assert not binary.overrun(state, data)
    return data.tobytes(), bits


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=200))
@few
def test_the_primitives_write_what_the_array_door_writes_compiled_or_not(pairs):
    bits, contexts = ([pair[k] for pair in pairs] for k in (0, 1))
    wanted = entropy.encode_bits(bits, contexts)
    for mode in (nullcontext(), interpreted(binary)):
        with mode:
            assert one_by_one(pairs) == (wanted, bits)
            assert entropy.encode_bits(bits, contexts) == wanted
            assert entropy.decode_bits(wanted, len(bits), contexts).tolist() == bits


@njit(cache=False)
def walk(state, buffer, model, count, noise, decoding):
    """A kernel of another chapter: the next context is made of the last two bits."""
    a = b = total = 0
    for i in range(count):
        if decoding:
            bit = binary.decode_bit(state, buffer, model, 2 * a + b)
        else:
            bit = 1 if noise[i] < 40 + 80 * a + 60 * b else 0
            binary.encode_bit(state, buffer, model, 2 * a + b, bit)
        a, b = b, bit
        total = (3 * total + bit) % 1000003
    return total


def test_contexts_may_depend_on_the_bit_before_inside_a_compiled_loop():
    count, noise = 20000, np.random.default_rng(0).integers(0, 256, 20000)
    state, model, out = binary.start(4, 7), binary.new_model(4), np.empty(binary.capacity(20000), np.uint8)
    total = walk(state, out, model, count, noise, False)
    data = out[: binary.flush(state, out)].copy()
    state, again = binary.start(4, 7), binary.new_model(4)
    assert binary.open_stream(state, data)
    assert walk(state, data, again, count, noise, True) == total
    assert np.array_equal(model, again)
    assert not binary.overrun(state, data)
    assert len(data) < count / 8 * 0.95


@given(st.lists(st.integers(0, (1 << 23) - 1) | st.integers(0, 20), max_size=80), st.integers(0, 16))
@few
def test_numbers_and_equal_bits_come_back(numbers, count):
    state, model = binary.start(4, 7), binary.new_model(48)
    out = np.empty(binary.capacity(64 * len(numbers) + 16), np.uint8)
    for number in numbers:
        binary.encode_number(state, out, model, 0, number)
    binary.encode_equal(state, out, (1 << count) - 1, count)
    data = out[: binary.flush(state, out)].copy()
    for mode in (nullcontext(), interpreted(binary)):
        with mode:
            state, model = binary.start(4, 7), binary.new_model(48)
            binary.open_stream(state, data)
            assert [int(binary.decode_number(state, data, model, 0)) for _ in numbers] == numbers
            assert binary.decode_equal(state, data, count) == (1 << count) - 1


def test_the_bound_on_the_bytes_holds_for_the_worst_bits():
    state, out = binary.start(10, 10), np.empty(binary.capacity(5000), np.uint8)
    for _ in range(5000):
        binary.encode_chance(state, out, 1, 1)
    assert 2 * 5000 - 4 <= binary.flush(state, out) <= binary.capacity(5000)


@pytest.mark.equation("eq-adapt")
def test_an_estimator_moves_by_a_share_of_its_error_first_as_a_relative_frequency():
    assert [adaptive.PACE[n] for n in (0, 1, 2, 14, 126, 1022)] == [1, 2, 2, 4, 7, 10]
    assert all(abs(adaptive.PACE[n] - np.log2(n + 2)) <= 0.5 for n in range(1024))
    for bit in (0, 1):
        estimator = [20000, 30000, 500]
        adaptive.adapt(estimator, bit)
        assert estimator[0] == pytest.approx(20000 + (65536 * bit - 20000) / 16, abs=1)
        assert estimator[1] == pytest.approx(30000 + (65536 * bit - 30000) / 128, abs=1)
        assert estimator[2] == 501


@given(st.lists(st.integers(0, 1), min_size=1, max_size=3000), RATES)
@few
def test_an_estimator_never_rules_anything_out(bits, rates):
    estimator = [32768, 32768, 0]
    for bit in bits:
        adaptive.adapt(estimator, bit, rates)
        assert 1 <= adaptive.chance(estimator) <= 65535


def test_what_was_cut_is_noticed():
    bits = np.random.default_rng(0).integers(0, 2, 4000)
    data = entropy.encode_bits(bits)
    for keep in (0, 1, 10, len(data) - 4):
        with pytest.raises(BitstreamError):
            entropy.decode_bits(data[:keep], 4000)
        with pytest.raises(BitstreamError):
            adaptive.read_bits(data[:keep], [0] * 4000)
    with pytest.raises(BitstreamError, match="cannot hold"):
        entropy.decode_bits(b"abc", 10**8)


# ---- Information -----------------------------------------------------------------------------------------------------


def some_counts(least=1, size=12):
    """Counts of a small alphabet, not all 0."""
    return st.lists(st.integers(0, 1000), min_size=least, max_size=size).filter(any)


@pytest.mark.equation("eq-entropy")
def test_closed_forms_of_entropy():
    p = np.array([0.5, 0.2, 0.2, 0.1])
    assert entropy.entropy(p) == pytest.approx(-(p * np.log2(p)).sum())
    assert entropy.entropy([1.0]) == 0
    assert entropy.entropy(np.full(256, 1 / 256)) == 8
    assert entropy.entropy([0.5, 0.25, 0.25, 0.0]) == 1.5
    for share in (0.5, 0.1):  # geometric: H₂(share)/share
        p = share * (1 - share) ** np.arange(2000)
        binary_entropy = entropy.entropy([share, 1 - share])
        assert entropy.entropy(p) == pytest.approx(binary_entropy / share, rel=1e-9)
    assert entropy.cross_entropy([0.5, 0.5], [1.0, 0.0]) == np.inf


@pytest.mark.equation("eq-cross-entropy")
@given(some_counts(2), some_counts(2))
@few
def test_believing_in_something_else_never_helps(a, b):
    n = min(len(a), len(b))
    p, q = entropy.relative(np.array(a[:n]) + 1), entropy.relative(np.array(b[:n]) + 1)
    assert entropy.cross_entropy(p, q) >= entropy.entropy(p) - 1e-12
    assert entropy.cross_entropy(p, q) == pytest.approx(-(p * np.log2(q)).sum())
    assert entropy.cross_entropy(p, q) == pytest.approx(entropy.entropy(p) + (p * np.log2(p / q)).sum())
    assert entropy.entropy(p) <= np.log2(n) + 1e-12


@given(st.lists(st.integers(0, 6), min_size=1, max_size=200))
@few
def test_the_ideal_length_is_what_the_symbols_cost_one_by_one(message):
    p = entropy.relative(np.arange(1, 8))
    assert entropy.ideal_bits(message, p) == pytest.approx(sum(-np.log2(p[s]) for s in message))
    own = entropy.relative(np.bincount(message))
    assert entropy.ideal_bits(message, own) == pytest.approx(len(message) * entropy.entropy(own))


@pytest.mark.equation("eq-learning")
@pytest.mark.parametrize("n", [1, 2, 17, 1000])
def test_learning_costs_half_a_logarithm(n):
    for ones in {0, n // 3, n}:
        bits = np.random.default_rng(0).permutation(np.arange(n) < ones).astype(int)
        cost = entropy.learning_bits(bits)
        assert 0 <= cost <= np.log2(n) / 2 + 1 + 1e-9
    assert entropy.learning_bits(np.arange(1000) % 2) >= np.log2(1000) / 2


@given(some_counts(size=40), st.integers(6, 16))
@few
def test_frequencies_sum_to_a_power_of_two_and_rule_out_nothing_that_occurs(counts, precision):
    f = entropy.frequencies(counts, precision)
    assert f.sum() == 1 << precision
    assert np.array_equal(f > 0, np.array(counts) > 0)


def test_frequencies_are_the_best_of_their_kind():
    counts = np.array([50, 30, 15, 4, 1])
    best = min(
        (entropy.cross_entropy(counts / 100, np.array(f) / 32), f)
        for f in product(range(1, 29), repeat=5)
        if sum(f) == 32
    )
    ours = entropy.frequencies(counts, 5)
    assert entropy.cross_entropy(counts / 100, ours / 32) == pytest.approx(best[0])


# ---- Code words ------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(0, 12), st.binary(max_size=3))
@few
def test_golomb_codes_come_back_and_are_their_words(values, k, garbage):
    rice, exp = entropy.encode_rice(values, k), entropy.encode_exp_golomb(values, k)
    assert rice == words.pack("".join(words.rice(n, k) for n in values))
    assert exp == words.pack("".join(words.exp_golomb(n, k) for n in values))
    bits = words.Bits(rice + garbage)
    assert [bits.rice(k) for _ in values] == values
    bits = words.Bits(exp + garbage)
    assert [bits.exp_golomb(k) for _ in values] == values
    for mode in (nullcontext(), interpreted(prefix)):
        with mode, np.errstate(over="ignore"):
            assert entropy.encode_rice(values, k) == rice
            assert entropy.encode_exp_golomb(values, k) == exp
            assert entropy.decode_rice(rice + garbage, k, len(values)).tolist() == values
            assert entropy.decode_exp_golomb(exp + garbage, len(values), k).tolist() == values


@pytest.mark.parametrize("k", [0, 3, 30])
def test_golomb_codes_of_the_largest_numbers(k):
    values = [0, 2**31 - 1 if k else 70000, 5]
    assert entropy.decode_exp_golomb(entropy.encode_exp_golomb(values, k), 3, k).tolist() == values
    values[1] = min(values[1], 70000 << k)
    assert entropy.decode_rice(entropy.encode_rice(values, k), k, 3).tolist() == values


@pytest.mark.equation("eq-golomb")
def test_a_words_length_is_the_formulas():
    for n in range(300):
        for k in range(4):
            assert len(words.rice(n, k)) == (n >> k) + 1 + k
            assert len(words.exp_golomb(n, k)) == 2 * int(np.log2(n + 2**k)) + 1 - k
        assert words.unzigzag(words.zigzag(n)) == n
        assert words.unzigzag(words.zigzag(-n)) == -n
    signed = np.arange(-5, 6)
    assert np.array_equal(words.unzigzag(words.zigzag(signed)), signed)
    assert sorted(words.zigzag(signed)) == list(range(11))


@pytest.mark.parametrize(
    "code",
    [
        [words.unary(n) for n in range(9)],
        [words.truncated_unary(n, 8) for n in range(9)],
        [words.rice(n, 2) for n in range(99)],
        [words.exp_golomb(n, 1) for n in range(99)],
        huffman.canonical(huffman.limited_lengths([50, 20, 9, 9, 5, 0, 3, 2, 1, 1], limit=4)),
    ],
)
def test_no_word_begins_another(code):
    code = sorted(filter(None, code))
    assert not any(b.startswith(a) for a, b in pairwise(code))


@pytest.mark.equation("eq-kraft")
@given(some_counts(2), st.integers(4, 15))
@few
def test_no_code_uses_up_more_than_there_is(counts, limit):
    lengths = huffman.limited_lengths(counts, limit)
    assert sum(2.0**-n for n in lengths if n) <= 1
    assert huffman.kraft(lengths) / 2**15 == sum(2.0**-n for n in lengths if n)
    with pytest.raises(ValueError, match="chapter 6"):
        huffman.canonical([1, *lengths, 1, 1])


@pytest.mark.equation("eq-interval")
@given(st.lists(st.integers(0, 3), min_size=1, max_size=2000))
@few
def test_a_whole_message_costs_two_bits_more_than_its_surprise(message):
    f = [700, 200, 100, 24]
    ideal = entropy.ideal_bits(message, np.array(f) / 1024)
    width, low = 1.0, 0.0
    for symbol in message[:12]:  # as many as a float resolves
        low, width = low + width * sum(f[:symbol]) / 1024, width * f[symbol] / 1024
    bits = int(np.ceil(-np.log2(width))) + 1
    number = np.ceil(low * 2.0**bits)
    assert low <= number / 2.0**bits
    assert (number + 1) / 2.0**bits <= low + width * (1 + 1e-9)
    assert bits < entropy.ideal_bits(message[:12], np.array(f) / 1024) + 2 + 1e-9
    assert 8 * len(entropy.encode_range(message, f)) < ideal + 16 + 1e-4 * len(message)


# ---- Huffman ---------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-huffman")
@given(some_counts(2))
@few
def test_huffman_lies_within_a_bit_of_the_entropy(counts):
    lengths, p = huffman.huffman_lengths(counts), entropy.relative(counts)
    mean = float((p * lengths).sum())
    if sum(count > 0 for count in counts) > 1:
        assert huffman.kraft([min(n, 15) for n in lengths]) >= 1 << 15
        assert entropy.entropy(p) - 1e-9 <= mean < entropy.entropy(p) + 1
    assert [n > 0 for n in lengths] == [count > 0 for count in counts]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(3, 6))
@few
def test_lengths_with_a_limit_are_the_best_of_all(counts, limit):
    lengths = huffman.limited_lengths(counts, limit)
    cost = sum(n * length for n, length in zip(counts, lengths, strict=True))
    assert max(lengths) <= limit
    assert huffman.kraft(lengths) <= 1 << 15
    order = sorted(counts, reverse=True)  # rarer ones are never shorter, so that rising lengths are enough
    rising = (c for c in product(range(1, limit + 1), repeat=len(counts)) if list(c) == sorted(c))
    best = min(
        sum(n * length for n, length in zip(order, c, strict=True)) for c in rising if huffman.kraft(c) <= 1 << 15
    )
    assert cost == best


@given(some_counts(), st.integers(0, 300), st.binary(max_size=3), st.integers(0, 99))
@few
def test_huffman_twins(counts, count, garbage, seed):
    lengths = huffman.limited_lengths(counts)
    p = entropy.relative(counts)
    message = np.random.default_rng(seed).choice(len(counts), size=count, p=p)
    data = entropy.encode_huffman(message, lengths)
    assert data == huffman.write_huffman(message.tolist(), lengths)
    assert huffman.read_huffman(data + garbage, lengths, count) == message.tolist()
    for mode in (nullcontext(), interpreted(prefix)):
        with mode, np.errstate(over="ignore"):
            assert entropy.encode_huffman(message, lengths) == data
            assert np.array_equal(entropy.decode_huffman(data + garbage, lengths, count), message)


def test_bits_that_begin_no_word_are_noticed():
    for decode in (huffman.read_huffman, entropy.decode_huffman):
        with pytest.raises(BitstreamError):
            decode(b"\xff" * 8, [1, 2], 3)
        with pytest.raises(BitstreamError):
            decode(b"\x00", [1, 2], 9)


# ---- The range coder and rANS ----------------------------------------------------------------------------------------

CODERS = {
    "range": (entropy.encode_range, entropy.decode_range, symbols.write_symbols, symbols.read_symbols),
    "rans": (entropy.encode_rans, entropy.decode_rans, symbols.write_rans, symbols.read_rans),
}


@pytest.mark.parametrize("coder", CODERS)
@given(some_counts(), st.integers(4, 15), st.integers(0, 200), st.binary(max_size=3), st.integers(0, 99))
@few
def test_static_twins(coder, counts, precision, count, garbage, seed):
    encode, decode, write, read = CODERS[coder]
    f = entropy.frequencies(counts, precision)
    message = np.random.default_rng(seed).choice(len(counts), size=count, p=f / f.sum())
    data = write(message.tolist(), f.tolist())
    assert read(data + garbage, f.tolist(), count) == message.tolist()
    for mode in (nullcontext(), interpreted(binary, static)):
        with mode, np.errstate(over="ignore"):
            assert encode(message, f) == data
            assert np.array_equal(decode(data + garbage, f, count), message)


@pytest.mark.parametrize("count", [4095, 4096, 4097, 4098, 4099])
def test_four_lanes(count):
    f = entropy.frequencies([60, 25, 10, 4, 1], 12)
    message = np.random.default_rng(0).choice(5, size=count, p=f / 4096)
    data = entropy.encode_rans(message, f)
    assert data == symbols.write_rans(message.tolist(), f.tolist())
    assert symbols.read_rans(data, f.tolist(), count) == message.tolist()
    for mode in (nullcontext(), interpreted(static)):
        with mode:
            assert np.array_equal(entropy.decode_rans(data, f, count), message)


@pytest.mark.equation("eq-rans")
def test_rans_is_arithmetic_on_one_number():
    for precision, start, frequency in ((2, 1, 3), (8, 100, 17), (12, 0, 4096)):
        for x in (65536, 70001, 12345678):
            grown = symbols.push(x, start, frequency, precision)
            assert grown == (x // frequency) * 2**precision + start + x % frequency
            assert start <= grown % 2**precision < start + frequency
            assert symbols.pop(grown, start, frequency, precision) == x
            assert np.log2(grown / x) == pytest.approx(precision - np.log2(frequency), abs=2e-2)


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize("scale", [0.15, 0.4, 1.5, 20])
def test_the_overhead_over_the_ideal_length_is_at_most_a_thousandth(coder, scale):
    rng = np.random.default_rng(0)
    message = np.clip(np.rint(rng.laplace(0, scale, 1 << 20)).astype(int) + 128, 0, 255)
    f = entropy.frequencies(np.bincount(message, minlength=256), 14)
    ideal = entropy.ideal_bits(message, f / f.sum())
    encode, decode, _, _ = CODERS[coder]
    data = encode(message, f)
    assert ideal <= 8 * len(data) <= 1.001 * ideal + 8 * 32
    assert len(data) > 3000
    assert np.array_equal(decode(data, f, len(message)), message)


def test_large_alphabets_and_the_finest_frequencies():
    message = np.random.default_rng(0).integers(0, 40000, 30000)
    f = entropy.frequencies(np.bincount(message, minlength=40000), 16)
    assert np.array_equal(entropy.decode_range(entropy.encode_range(message, f), f, len(message)), message)
    with pytest.raises(ValueError, match="2\\*\\*15"):
        entropy.encode_rans(message, f)


def test_a_flipped_bit_does_not_pass_rans_unnoticed():
    f = entropy.frequencies([70, 20, 10], 12)
    message = np.random.default_rng(0).choice(3, size=6000, p=f / 4096)
    data = bytearray(entropy.encode_rans(message, f))
    for place in range(0, len(data), 97):
        data[place] ^= 16
        with pytest.raises(BitstreamError):
            entropy.decode_rans(bytes(data), f, 6000)
        data[place] ^= 16


def test_the_readable_decoders_refuse_what_the_fast_ones_refuse():
    f = [48, 12, 4]
    data = symbols.write_rans([0, 1, 2, 0, 0, 1] * 5, f)
    for broken in (b"\x02" + data[1:], data[:1] + bytes(4) + data[5:], b"\x01" + data[1:], data[:-1], b""):
        for decode in (symbols.read_rans, entropy.decode_rans):
            with pytest.raises(BitstreamError):
                decode(broken, f, 30)
    with pytest.raises(BitstreamError, match="32 bits"):
        words.Bits(b"\xff" * 9 + b"\x00").exp_golomb()
    assert not prefix.read_exp_golomb(np.array([255] * 9 + [0], np.uint8), 0, 2**31 - 1, np.empty(1, np.int32))


@pytest.mark.parametrize(
    ("letter", "table"), [(b"H", [1, 1, 1]), (b"H", [16, 1]), (b"R", [3, 2]), (b"A", [4, 0]), (b"R", [40000, 25536])]
)
def test_tables_that_no_encoder_writes_are_refused(letter, table):
    data = container.MAGIC + letter + symbols.varint(3) + container.write_table(table) + bytes(20)
    with pytest.raises(BitstreamError, match="in the file"):
        entropy.decompress(data)


# ---- Numbers and mixing ----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 40) | st.integers(0, 2**23 - 1), st.integers(0, 2)), max_size=60), RATES)
@few
def test_number_twins(pairs, rates):
    values, classes = ([pair[k] for pair in pairs] for k in (0, 1))
    data = numbers.write_numbers(values, classes, rates)
    assert numbers.read_numbers(data + b"\xff", classes, rates) == values
    for mode in (nullcontext(), interpreted(binary, static)):
        with mode:
            assert entropy.encode_numbers(values, classes, rates=rates) == data
            assert entropy.decode_numbers(data + b"\xff", len(values), classes, rates=rates).tolist() == values


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(4, 6)), min_size=1, max_size=150), RATES)
@few
def test_mixing_twins(draws, rates):
    bits, contexts, select = [d[0] for d in draws], [d[1:] for d in draws], [d[1] % 2 for d in draws]
    data = mixing.write_mixed(bits, contexts, select, rates)
    assert mixing.read_mixed(data + b"\xff", contexts, select, rates) == bits
    for mode in (nullcontext(), interpreted(binary, fast_mixing)):
        with mode:
            assert entropy.encode_mixed(bits, contexts, select, rates=rates) == data
            assert entropy.decode_mixed(data + b"\xff", len(bits), contexts, select, rates=rates).tolist() == bits


@pytest.mark.equation("eq-mix")
def test_stretch_and_squash_are_the_logistic_functions_in_integers():
    p = (np.arange(4096) + 0.5) / 4096
    assert abs(np.array(mixing.STRETCH) - np.clip(256 * np.log(p / (1 - p)), -2047, 2047)).max() <= 0.5 + 1e-9
    x = np.arange(-2047, 2048) / 256
    assert abs(np.array(mixing.SQUASH) - 65536 / (1 + np.exp(-x))).max() <= 0.5 + 1e-9
    assert mixing.squash(mixing.stretch(40000)) == pytest.approx(40000, rel=2e-3)
    inputs, weights = [300, -200, 1000], [40000, 10000, 30000]
    logit = sum(w / 65536 * x / 256 for w, x in zip(weights, inputs, strict=True))
    assert mixing.mixed(inputs, weights) / 65536 == pytest.approx(1 / (1 + np.exp(-logit)), abs=2e-3)


@pytest.mark.equation("eq-trust")
def test_weights_follow_the_slope_of_the_cost():
    inputs, weights = [300, -200, 1000], [40000, 10000, 30000]

    def cost(w, bit):
        p = 1 / (1 + np.exp(-sum(a / 65536 * x / 256 for a, x in zip(w, inputs, strict=True))))
        return -np.log(p if bit else 1 - p)

    for bit in (0, 1):
        moved = list(weights)
        mixing.trust(moved, inputs, mixing.mixed(inputs, weights), bit)
        for i in range(3):
            shifted = [w + 65.536 * (k == i) for k, w in enumerate(weights)]
            slope = (cost(shifted, bit) - cost(weights, bit)) / 1e-3
            assert (moved[i] - weights[i]) / 65536 == pytest.approx(-slope / 64, abs=3e-4)


def test_mixing_beats_each_of_its_contexts():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (2, 40000))
    logit = np.array([-3, -1, 1, 3])
    bits = rng.random(40000) < 1 / (1 + np.exp(-logit[a] - logit[b]))
    alone = [len(entropy.encode_bits(bits, context)) for context in (a, b)]
    assert len(entropy.encode_mixed(bits, np.stack([a, 4 + b], axis=1))) < 0.9 * min(alone)


# ---- Files, constriction, golden streams -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", entropy.METHODS)
@given(st.lists(st.integers(0, 5) | st.integers(0, 700), max_size=200), st.binary(max_size=4))
@few
def test_files_come_back(method, message, garbage):
    assert entropy.decompress(entropy.compress(message, method) + garbage).tolist() == message


def test_a_file_is_read_in_a_fresh_process():
    message = np.random.default_rng(0).integers(0, 9, 5000) ** 2
    for method in entropy.METHODS:
        code = "import sys; from vdtext.entropy import decompress; data = sys.stdin.buffer.read()"
        code += "; print(*decompress(data))"
        data = entropy.compress(message, method) + b"garbage"
        done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
        assert [int(n) for n in done.stdout.split()] == message.tolist()


def test_constriction_needs_as_many_bytes():
    rng = np.random.default_rng(0)
    message = np.clip(np.rint(rng.laplace(0, 2, 100000)).astype(np.int32) + 20, 0, 40)
    f = entropy.frequencies(np.bincount(message, minlength=41), 14)
    model = constriction.stream.model.Categorical(f / f.sum(), perfect=False)
    queue, stack = constriction.stream.queue.RangeEncoder(), constriction.stream.stack.AnsCoder()
    queue.encode(message, model)
    stack.encode_reverse(message, model)
    assert abs(len(entropy.encode_range(message, f)) - 4 * len(queue.get_compressed())) <= 40
    assert abs(len(entropy.encode_rans(message, f)) - 4 * len(stack.get_compressed())) <= 40
    tree = constriction.symbol.huffman.EncoderHuffmanTree(f / f.sum())
    coder = constriction.symbol.StackCoder()
    for symbol in message[:2000].tolist():
        coder.encode_symbol(symbol, tree)
    bits = sum(huffman.huffman_lengths(f)[symbol] for symbol in message[:2000].tolist())
    assert coder.get_compressed_and_bitrate()[1] == bits


def golden_cases():
    """Messages made of integers, and every coder's stream of them."""
    message = [(i * i * 7 + i // 3) % 11 * (i % 5 == 0) for i in range(200)]
    bits, contexts = [int(n > 2) for n in message], [i % 3 for i in range(200)]
    f = [148, 20, 20, 10, 10, 10, 10, 10, 8, 6, 4]
    several = [(i % 3, 3 + i % 5) for i in range(200)]
    yield "bits", entropy.encode_bits(bits, contexts), lambda data: entropy.decode_bits(data, 200, contexts), bits
    yield "mixed", entropy.encode_mixed(bits, several), lambda data: entropy.decode_mixed(data, 200, several), bits
    yield "numbers", entropy.encode_numbers(message), lambda data: entropy.decode_numbers(data, 200), message
    yield "rice", entropy.encode_rice(message, 1), lambda data: entropy.decode_rice(data, 1, 200), message
    yield "exp-golomb", entropy.encode_exp_golomb(message), lambda data: entropy.decode_exp_golomb(data, 200), message
    lengths = entropy.limited_lengths(f, 6)
    yield (
        "huffman",
        entropy.encode_huffman(message, lengths),
        lambda d: entropy.decode_huffman(d, lengths, 200),
        message,
    )
    yield "range", entropy.encode_range(message, f), lambda data: entropy.decode_range(data, f, 200), message
    yield "rans", entropy.encode_rans(message, f), lambda data: entropy.decode_rans(data, f, 200), message
    yield "rans, 4 lanes", entropy.encode_rans(message * 21, f), lambda d: entropy.decode_rans(d, f, 4200), message * 21
    for method in entropy.METHODS:
        yield f"file, {method}", entropy.compress(message, method), entropy.decompress, message


def test_golden_streams():
    cases = list(golden_cases())
    if os.environ.get("GENERATE_EXPECTED") == "1":
        GOLDEN.write_text(json.dumps({name: data.hex() for name, data, _, _ in cases}, indent=1) + "\n")
    frozen = json.loads(GOLDEN.read_text())
    assert list(frozen) == [name for name, _, _, _ in cases]
    for name, data, decode, message in cases:
        stored = bytes.fromhex(frozen[name])
        assert decode(stored).tolist() == message, f"breaking change: {name} no longer reads what it wrote"
        assert data == stored, f"breaking change: {name} writes other bytes than version 1 of its format"


# ---- Damage ----------------------------------------------------------------------------------------------------------


def victims():
    """Tiny streams, each with a decoder that returns so many symbols or raises."""
    rng = np.random.default_rng(5)
    f, g = entropy.frequencies([900, 90, 9, 1], 12), entropy.frequencies([5, 3, 1, 0, 2], 8)
    message, others = rng.choice(4, 60, p=f / 4096), rng.choice(5, 40, p=g / 256)
    lengths, bits, contexts = [1, 2, 4, 4], rng.integers(0, 2, 99), rng.integers(0, 4, 99)
    several, wide = np.stack([contexts, contexts + 4], axis=1), rng.integers(0, 5000, 20)
    yield entropy.encode_bits(bits, contexts), lambda d: entropy.decode_bits(d, 99, contexts), 99
    yield entropy.encode_mixed(bits, several), lambda d: entropy.decode_mixed(d, 99, several), 99
    yield entropy.encode_numbers(wide), lambda d: entropy.decode_numbers(d, 20), 20
    yield entropy.encode_rice(wide, 9), lambda d: entropy.decode_rice(d, 9, 20), 20
    yield entropy.encode_exp_golomb(wide), lambda d: entropy.decode_exp_golomb(d, 20), 20
    yield entropy.encode_huffman(message, lengths), lambda d: entropy.decode_huffman(d, lengths, 60), 60
    yield entropy.encode_range(message, f), lambda d: entropy.decode_range(d, f, 60), 60
    yield entropy.encode_rans(others, g), lambda d: entropy.decode_rans(d, g, 40), 40
    for symbols_ in (message, wide, np.zeros(30, int)):
        for method in entropy.METHODS:
            yield entropy.compress(symbols_, method), entropy.decompress, None


def damaged(data, rng):
    """A stream with flipped bits, cut, lengthened, or of random bytes."""
    kind = rng.integers(0, 4)
    if kind == 0:
        return data[: rng.integers(0, len(data) + 1)]
    if kind == 1:
        return (data[: rng.integers(0, 5)] + rng.bytes(40))[: rng.integers(1, 41)]
    broken = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        broken[rng.integers(0, len(broken))] ^= 1 << rng.integers(0, 8)
    return bytes(broken) + (rng.bytes(3) if kind == 2 else b"")


def attack(pipe):
    """A worker: for each seed that arrives, damage a thousand streams, decode them, and say what went wrong."""
    cases = list(victims())
    for data, decode, _ in cases:
        decode(data)  # compiled before memory is limited
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (512 << 20), resource.RLIM_INFINITY))
    pipe.send("ready")
    while (seed := pipe.recv()) is not None:
        rng, found, refused = np.random.default_rng(seed), [], 0
        for _ in range(1000):
            place = int(rng.integers(0, len(cases)))
            data, decode, count = cases[place]
            broken = damaged(data, rng)
            try:
                result = decode(broken)
                if (count is not None and len(result) != count) or result.ndim != 1:
                    found.append((place, broken.hex(), "wrong size"))
            except BitstreamError:
                refused += 1
            except BaseException as error:  # whatever it is, the parent reports it
                found.append((place, broken.hex(), repr(error)))
        pipe.send((refused, found))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads its own memory from Linux's /proc")
def test_a_hundred_thousand_damaged_streams_end_in_time_and_in_memory():
    spawn, refused = multiprocessing.get_context("spawn"), 0
    ours, theirs = spawn.Pipe()
    worker = spawn.Process(target=attack, args=(theirs,), daemon=True)
    worker.start()
    theirs.close()  # so that a worker that dies is an end of the pipe, not a wait
    try:
        assert ours.poll(300), "the worker did not start"
        assert ours.recv() == "ready"
        for seed in range(100):
            ours.send(seed)
            assert ours.poll(60), f"a decoder hangs: seed {seed}"
            count, found = ours.recv()
            assert found == []
            refused += count
        ours.send(None)
        worker.join(30)
    finally:
        worker.kill()
    assert 20_000 < refused < 100_000


@given(st.binary(max_size=80))
@settings(deadline=None, max_examples=300)
def test_any_bytes_decode_or_raise(data):
    for stream in (data, b"VE1" + data, *(container.MAGIC + letter + data for letter in entropy.METHODS.values())):
        try:
            assert entropy.decompress(stream).ndim == 1
        except BitstreamError as refusal:
            said = str(refusal)
        else:
            said = "(chapter 6)"
        assert said.endswith("(chapter 6)")


def test_a_header_that_announces_too_much_takes_no_memory():
    for letter in entropy.METHODS.values():
        with pytest.raises(BitstreamError):
            entropy.decompress(container.MAGIC + letter + symbols.varint(1 << 26) + b"\x02\x01\x00\x00")
        with pytest.raises(BitstreamError, match="above"):
            entropy.decompress(container.MAGIC + letter + symbols.varint(1 << 33))
    with pytest.raises(BitstreamError, match="begins with"):
        entropy.decompress(b"VE2H")


@pytest.mark.parametrize(
    "call",
    [
        lambda: entropy.encode_bits([0, 2]),
        lambda: entropy.encode_bits([0.5]),
        lambda: entropy.encode_bits([0, 1], [0]),
        lambda: entropy.encode_bits([0, 1], [0, -1]),
        lambda: entropy.encode_bits([0, 1], rates=(0, 7)),
        lambda: entropy.decode_bits(b"abc", -1),
        lambda: entropy.encode_mixed([0, 1], [0, 1]),
        lambda: entropy.encode_numbers([1 << 23]),
        lambda: entropy.encode_numbers([-1]),
        lambda: entropy.encode_rice([1 << 30] * 3, 0),
        lambda: entropy.encode_rice([1], 31),
        lambda: entropy.decode_rice(b"abc", 1, -1),
        lambda: entropy.encode_huffman([0, 1], [1, 0]),
        lambda: entropy.encode_huffman([0, 1], [1, 1, 1]),
        lambda: entropy.encode_huffman([0], [16, 1]),
        lambda: entropy.limited_lengths([1] * 9, 3),
        lambda: entropy.encode_range([0, 1], [256, 0]),
        lambda: entropy.encode_range([0], [3, 2]),
        lambda: entropy.encode_rans([1], [256, 0]),
        lambda: entropy.encode_rans([2], [3, 1]),
        lambda: entropy.frequencies([0, 0]),
        lambda: entropy.frequencies([1] * 9, 3),
        lambda: entropy.frequencies([1, 1], 17),
        lambda: entropy.compress([1], "zip"),
        lambda: entropy.compress([[1]]),
    ],
)
def test_what_cannot_be_right_is_refused(call):
    with pytest.raises(ValueError, match="chapter 6"):
        call()
