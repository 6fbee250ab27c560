"""Proofs of vdtext.entropy: closed forms, round trips, twins, damaged streams, and constriction as referee."""

from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vdtext import BitstreamError, entropy
from vdtext._jit import njit
from vdtext.entropy import adaptive, interval
from vdtext.fast.entropy import binary

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


@pytest.mark.parametrize(
    "call",
    [
        lambda: entropy.encode_bits([0, 2]),
        lambda: entropy.encode_bits([0.5]),
        lambda: entropy.encode_bits([0, 1], [0]),
        lambda: entropy.encode_bits([0, 1], [0, -1]),
        lambda: entropy.encode_bits([0, 1], rates=(0, 7)),
        lambda: entropy.decode_bits(b"abc", -1),
    ],
)
def test_what_cannot_be_right_is_refused(call):
    with pytest.raises(ValueError, match="chapter 6"):
        call()
