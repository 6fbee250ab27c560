"""Proofs of vdtext.learned: closed forms, twins, integers beside floats, real bytes, damaged files, a fresh process."""

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import logistic
from torch.nn import functional

from vdtext import BitstreamError, clips, integer, learned, metrics, models, motion, wavelets
from vdtext.entropy import interval
from vdtext.fast import learned as fast
from vdtext.fast.entropy import binary
from vdtext.learned import doors, fixed, linear, network, rows, stream, tables
from vdtext.train import recipe

few = settings(deadline=None, max_examples=40)
torch.set_num_threads(1)


def psnr(a, b):
    return metrics.psnr(np.asarray(a, float), np.asarray(b, float), data_range=255)


@pytest.fixture(scope="module")
def frame():
    return clips.load("carphone", frames=slice(20, 21), gray=True).array[0]


@pytest.fixture(scope="module")
def untrained():
    torch.manual_seed(3)
    net = learned.Transform().eval()
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.split(".")[0] in ("look", "last", "groups"):
                value += 0.01 * torch.randn(value.shape)
    return net


# ---- Surrogates ------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-noise-rate")
def test_the_density_of_a_number_with_noise_is_at_whole_numbers_the_probability_of_the_rounded_one():
    rng = np.random.default_rng(0)
    y = rng.normal(0.3, 1.2, 400_000)
    noisy = learned.noise(torch.tensor(y), generator=torch.Generator().manual_seed(0)).numpy()
    for n in (-1, 0, 1):
        density = np.mean(abs(noisy - n) < 0.05) / 0.1
        assert density == pytest.approx(np.mean(np.floor(y + 0.5) == n), abs=6e-3)


def test_cost_is_the_logarithm_of_a_logistic_probability():
    values = torch.arange(-6.0, 7)
    found = network.cost(values, torch.tensor(0.4), torch.tensor(22.0))
    law = logistic(0.4, learned.scale(22) * np.sqrt(3) / np.pi)
    expected = -np.log2(law.cdf(values.numpy() + 0.5) - law.cdf(values.numpy() - 0.5))
    np.testing.assert_allclose(found.numpy(), expected, rtol=2e-4)
    assert law.std() == pytest.approx(learned.scale(22))


@pytest.mark.equation("eq-soft-round")
@pytest.mark.parametrize("temperature", [0.1, 0.4, 2.0])
def test_soft_rounding_is_a_hyperbolic_tangent_in_each_step(temperature):
    y = np.linspace(-3, 3, 601)
    f = y - np.floor(y)
    expected = np.floor(y) + 0.5 + np.tanh((f - 0.5) / temperature) / (2 * np.tanh(1 / (2 * temperature)))
    np.testing.assert_allclose(learned.soft_round(torch.tensor(y), temperature).numpy(), expected, atol=1e-12)
    whole = torch.arange(-3.0, 4)
    np.testing.assert_allclose(learned.soft_round(whole, temperature).numpy(), whole.numpy(), atol=1e-6)


def test_soft_rounding_lies_between_the_identity_and_rounding():
    y = torch.linspace(-3, 3, 601, dtype=torch.float64)
    assert (learned.soft_round(y, 1e3) - y).abs().max() < 1e-6
    away = (y - torch.floor(y) - 0.5).abs() > 0.1
    assert (learned.soft_round(y, 0.01) - torch.floor(y + 0.5))[away].abs().max() < 1e-6
    assert (torch.diff(learned.soft_round(y, 0.2)) > 0).all()


def test_straight_through_has_the_values_of_rounding_and_the_slope_of_the_identity():
    y = torch.tensor([-1.6, -0.2, 0.7, 2.4], requires_grad=True)
    found = learned.straight_through(y)
    (found**2).sum().backward()
    assert found.tolist() == [-2, 0, 1, 2]
    assert y.grad.tolist() == [-4, 0, 2, 4]


# ---- The linear case -------------------------------------------------------------------------------------------------


def test_a_linear_bottleneck_finds_the_space_of_the_largest_eigenvectors():
    covariance = linear.autoregressive(8, 0.95)
    found = linear.fit(covariance, trade=0.02, kept=3, steps=900, seed=0)
    best = wavelets.klt(covariance)[:3]
    assert linear.angle(found.analysis, best) < 2
    assert linear.angle(found.synthesis.T, best) < 2


def test_training_reaches_the_coding_gain_of_the_karhunen_loeve_transform():
    covariance = linear.autoregressive(4, 0.9)
    found = linear.fit(covariance, trade=0.002, steps=1200, seed=0)
    best = wavelets.klt(covariance)
    ideal = linear.gain(replace(found, analysis=best, synthesis=best.T), covariance)
    assert ideal == pytest.approx(10 * np.log10(wavelets.coding_gain(np.linalg.eigvalsh(covariance))))
    assert abs(linear.gain(found, covariance) - ideal) < 0.35


def test_rounding_and_its_stand_ins_do_not_agree():
    covariance = linear.autoregressive(4, 0.9)
    found = {kind: linear.fit(covariance, trade=0.1, surrogate=kind, steps=300, seed=0) for kind in linear.SURROGATES}
    assert found["straight"].surrogate == pytest.approx(found["straight"].rounded, abs=0.02)  # the same function
    assert abs(found["noise"].surrogate - found["noise"].rounded) > 0.003
    assert found["noise"].rounded < found["straight"].rounded
    with pytest.raises(ValueError, match="surrogate"):
        linear.fit(covariance, trade=0.1, surrogate="hard", seed=0)


# ---- Rows and tables -------------------------------------------------------------------------------------------------


def a_table(count=5, seed=0):
    chances = np.random.default_rng(seed).dirichlet(np.full(64, 0.3), count)
    return np.stack([rows.table(row) for row in chances])


@given(st.lists(st.tuples(st.integers(-65566, 65566) | st.integers(-40, 40), st.integers(0, 4)), max_size=60))
@few
def test_rows_come_back_and_the_compiled_twin_writes_the_same_bytes(pairs):
    numbers, chosen = ([pair[k] for pair in pairs] for k in (0, 1))
    sums = rows.below(a_table())
    data = learned.write_rows(numbers, chosen, sums)
    out = np.empty(60 * len(pairs) + 4, np.uint8)
    arrays = np.array(numbers, np.int32), np.array(chosen, np.int64)
    assert out[: fast.write_rows(*arrays, sums, out)].tobytes() == data
    assert learned.read_rows(data, chosen, sums) == numbers
    reader, half = doors.Reader(data, sums), len(pairs) // 2
    assert [*reader.read(arrays[1][:half]), *reader.read(arrays[1][half:])] == numbers


def test_the_twins_as_plain_python():
    sums, numbers = rows.below(a_table()), np.array([0, 5, -31, 40, -7000], np.int32)
    chosen = np.arange(5)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_shifted", "encode_equal", "decode_equal", "flush", "start"):
            patch.setattr(fast, name, getattr(fast, name).py_func)
        for name in ("encode_chance", "decode_chance", "_shifted"):
            patch.setattr(binary, name, getattr(binary, name).py_func)
        out = np.empty(400, np.uint8)
        data = out[: fast.write_rows.py_func(numbers, chosen, sums, out)]
        state, found = binary.start.py_func(4, 7), np.empty(5, np.int32)
        assert binary.open_stream.py_func(state, data)
        assert fast.read_rows.py_func(state, data, chosen, sums, found)
    assert found.tolist() == numbers.tolist()


def test_a_cut_stream_of_rows_is_noticed():
    sums = rows.below(a_table())
    numbers = np.random.default_rng(1).integers(-40, 40, 400)
    data = learned.write_rows(numbers, [0] * 400, sums)
    for read in (learned.read_rows, lambda d, r, s: doors.Reader(d, s).read(np.array(r))):
        with pytest.raises(BitstreamError, match="ends"):
            read(data[: len(data) // 2], [0] * 400, sums)
        with pytest.raises(BitstreamError, match="begins"):
            read(interval.MASK.to_bytes(4, "big") + data, [0] * 400, sums)


@pytest.mark.equation("eq-logistic")
@pytest.mark.parametrize("index", [8, 20, 40])
def test_the_logistic_density_integrated_over_a_step(index):
    n, b = np.arange(-31, 32), np.sqrt(3) / np.pi * learned.scale(index)
    expected = 1 / (1 + np.exp(-(n + 0.5) / b)) - 1 / (1 + np.exp(-(n - 0.5) / b))
    found = learned.logistic(0.0, learned.scale(index))
    np.testing.assert_allclose(found[1:], expected, atol=1e-12)
    assert found.sum() == pytest.approx(1)
    law = logistic(0, b)
    np.testing.assert_allclose(found[1:], law.cdf(n + 0.5) - law.cdf(n - 0.5), atol=1e-12)
    assert law.std() == pytest.approx(learned.scale(index))


def test_frequencies_are_whole_positive_and_near_to_the_density():
    table = tables.densities(np.zeros((6, 12)), np.full((6, 12), 20.0))
    assert table.dtype == np.uint16
    assert (table.sum(1, dtype=int) == 65536).all()
    assert table.min() == 1
    law = logistic(0, learned.scale(24) * np.sqrt(3) / np.pi)
    n = np.arange(-5, 6)
    np.testing.assert_allclose(table[24, n + 32] / 65536, law.cdf(n + 0.5) - law.cdf(n - 0.5), atol=1.5e-3)
    assert learned.ideal_bits(doors.Numbers(n, np.full(11, 24), None), table) == pytest.approx(
        -np.log2(table[24, n + 32] / 65536).sum()
    )


def test_counted_tables_cost_fewer_bits_for_what_was_counted():
    before = tables.densities(np.zeros((6, 12)), np.full((6, 12), 20.0))
    values = np.random.default_rng(0).laplace(0, 0.9, 5000).round().astype(int)
    found = doors.Numbers(values, np.full(5000, 20), None)
    assert learned.ideal_bits(found, tables.counted(values, found.rows, before)) < learned.ideal_bits(found, before)


# ---- Integers beside floats ------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-two-digits")
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]))
@few
def test_a_sum_is_that_of_two_digits(seed, size):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-25, 26, (3, 4, size, size)).astype(np.int16)
    layer = integer.Layer(weights, np.zeros(3, np.int32), 0, 1 - integer.EXACT, integer.EXACT - 1)
    x = rng.integers(-16383, 16384, (4, 5, 6))
    high, low = x // 128, x % 128
    assert (low >= 0).all()
    sums = [integer.convolve(part, layer).astype(np.int64) for part in (x, high, low)]
    assert (sums[0] == 128 * sums[1] + sums[2]).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]), st.integers(0, 14))
@few
def test_a_layer_in_two_digits_is_the_layer(seed, size, shift):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-3000, 3001, (3, 4, size, size)).astype(np.int16)
    layer = integer.Layer(weights, rng.integers(-(10**6), 10**6, 3).astype(np.int32), shift, -(10**6), 10**6)
    x = rng.integers(-16383, 16384, (4, 5, 6))
    assert integer.largest(layer, 16383) >= integer.EXACT or size == 1
    assert (fixed.convolve(x, layer, most=16383) == integer.convolve(x, layer)).all()


def test_shuffle_and_cosines():
    x = torch.arange(2 * 16 * 3 * 4.0).view(32, 3, 4)
    assert (fixed.shuffle(x.numpy().astype(int), 4) == functional.pixel_shuffle(x, 4).numpy()).all()
    basis = network.cosines().reshape(64, 64)
    np.testing.assert_allclose(basis @ basis.T, np.eye(64), atol=1e-12)
    np.testing.assert_allclose(network.cosines()[2], np.outer(*wavelets.dct_matrix(8)[:2][::-1]), atol=1e-12)


@given(st.integers(1, 9), st.integers(1, 9))
@few
def test_groups_hold_every_number_once(height, width):
    count = np.zeros((64, 2 * height, 2 * width), int)
    for first, last, which in learned.GROUPS:
        count[first:last, learned.blocks(2 * height, 2 * width, which)] += 1
    assert (count == 1).all()


def test_the_corners_guess_as_in_training():
    s = np.random.default_rng(0).integers(-50, 50, (1, 1, 12, 14)).astype(float)
    corners = s[0, 0, ::2, ::2].astype(int)
    sent, coded = fixed.along(np.zeros(corners.shape, int), lambda i, j, m: (64 * corners[i, j] - m) // fixed.CORNER)
    assert (coded == 64 * corners).all()
    guess = network.corner_guess(torch.tensor(s))[0, 0, ::2, ::2].numpy()
    np.testing.assert_array_equal(corners - sent * fixed.CORNER / 64, guess)


def test_while_training_the_neighbours_of_a_corner_have_noise(untrained, monkeypatch):
    seen = []
    monkeypatch.setattr(network, "corner_guess", lambda s: seen.append(s) or torch.zeros_like(s))
    x, level = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)), torch.zeros(1)
    with torch.no_grad():
        s = (untrained.analyse(x) / untrained.steps(level))[:, :1]
        untrained(x, level, torch.Generator().manual_seed(1))
        untrained(x, level)
    noise = seen[0] - s
    assert noise.abs().max() <= 0.5001
    assert float(noise.std()) == pytest.approx(12**-0.5, rel=0.2)
    assert (seen[1] == torch.round(s)).all()


def test_the_integers_say_what_the_floats_say(untrained, frame):
    decoder, picture = learned.Decoder.of(untrained), frame[:64, :80]
    for quality in (20, 80):
        found = learned.numbers(picture, quality, model=(decoder, untrained), zone=0.5)
        steps = decoder.steps[quality][:, None, None] / 4096
        with torch.no_grad():
            out = untrained.synthesise(torch.tensor(found.coded / 64 * steps).float()[None])[0, 0].numpy()
        out = np.clip(out * learned.GREY + learned.MIDDLE, 0, 255)
        assert abs(out - decoder.synthesise(found.coded, quality)).max() < 1


@pytest.mark.equation("eq-lapped")
def test_analysis_and_synthesis_are_a_linear_part_and_a_network(untrained):
    x = torch.randn(1, 1, 32, 48, generator=torch.Generator().manual_seed(0))
    wide = functional.pad(functional.pixel_unshuffle(x, 8), (1, 1, 1, 1), mode="replicate")
    with torch.no_grad():
        y = functional.conv2d(wide, untrained.lapped.weight, untrained.lapped.bias) + untrained.look(x)
        assert torch.allclose(untrained.analyse(x), y, atol=1e-5)
        linear_part = functional.pixel_shuffle(untrained.unlapped(y), 8 // 2)
        up = functional.pixel_shuffle(functional.relu(untrained.coarse(y)), 2)
        up = functional.pixel_shuffle(functional.relu(untrained.middle(up)), 2)
        network_part = untrained.last(functional.relu(untrained.fine(torch.cat([up, linear_part], 1))))
        expected = functional.pixel_shuffle(linear_part, 2) + functional.pixel_shuffle(network_part, 2)
        assert torch.allclose(untrained.synthesise(y), expected, atol=1e-5)
        assert network_part.abs().max() > 1e-3


def test_an_untrained_transform_is_the_cosine_transform():
    x = torch.rand(1, 1, 32, 48, generator=torch.Generator().manual_seed(0))
    net = learned.Transform()
    y = net.analyse(x).detach()
    np.testing.assert_allclose(y[0, 0].numpy(), 8 * functional.avg_pool2d(x, 8)[0, 0].numpy(), atol=1e-5)
    assert (net.synthesise(y) - x).abs().max() < 1e-5


@pytest.mark.parametrize("prior", learned.PRIORS)
def test_every_prior_trains(prior):
    task = recipe(f"transform-{prior}" if prior != "context" else "transform-attention")
    torch.manual_seed(0)
    nets = task.build()
    batch = [task.sample(k, 0) for k in range(2)]
    again = task.sample(1, 0)
    assert (again["x"] == batch[1]["x"]).all()
    data = {key: torch.tensor(np.stack([one[key] for one in batch])) for key in again}
    adam = torch.optim.Adam(nets["net"].parameters(), lr=1e-4)
    losses = []
    for step in range(8):
        loss = task.players["net"](nets, data, torch.Generator().manual_seed(step))["loss"]
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    assert np.isfinite(losses).all()
    assert min(losses[4:]) < losses[0]


def test_an_unknown_prior_is_refused():
    with pytest.raises(ValueError, match="prior"):
        learned.Transform("none")


def test_steps_grow_as_the_quality_falls():
    assert (np.diff(learned.decoder().steps[:, :8].astype(int), axis=0) < 0).mean() > 0.95


# ---- Bytes -----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 100))
@settings(deadline=None, max_examples=12)
def test_any_size_comes_back_as_the_encoder_saw_it(height, width, quality):
    picture = np.random.default_rng(height).integers(0, 256, (height, width)).astype(np.uint8)
    found = learned.numbers(picture, quality)
    decoded = learned.decode(learned.encode(picture, quality))
    assert decoded.shape == picture.shape
    seen = learned.decoder().synthesise(found.coded, quality)
    assert (seen[:height, :width] == decoded).all()


def test_written_bytes_are_estimated_bits(frame):
    for quality in (10, 50, 90):
        data = learned.encode(frame, quality)
        bits = learned.ideal_bits(learned.numbers(frame, quality), learned.decoder().table)
        assert 0 <= len(data) - bits / 8 < 30


def test_blocks_and_side_information_are_all_bits(frame):
    found, table = learned.numbers(frame, 50), learned.decoder().table
    cost, side = learned.block_bits(found, table)
    assert cost.shape == (18, 22)
    assert cost.min() > 0
    assert 0 < side < cost.sum()
    assert cost.sum() + side == pytest.approx(learned.ideal_bits(found, table))
    assert learned.prices(found, table).sum() == pytest.approx(learned.ideal_bits(found, table))


def test_a_residual_and_its_prediction_are_the_frame():
    before, now = clips.load("carphone", frames=slice(20, 22), gray=True).array
    found = learned.residual(before, now).astype(int) - 128
    guess = motion.compensate(before, motion.match(now, before, block=8).vectors, block=8)
    inside = abs(found) < 127
    assert inside.mean() > 0.99
    assert (guess + found == now)[inside].all()
    assert np.square(found).mean() < 0.5 * np.square(now.astype(int) - before).mean()


def test_quality_buys_decibels(frame):
    points = [
        (len(data), psnr(frame, learned.decode(data))) for q in (0, 30, 60, 100) for data in [learned.encode(frame, q)]
    ]
    assert (np.diff(np.array(points), axis=0) > 0).all()
    assert points[0][1] > 27
    assert points[-1][1] > 40


def test_a_fresh_process_decodes_the_same_with_one_and_two_threads(frame, tmp_path):
    data = learned.encode(frame[:80, :96], 40)
    (tmp_path / "picture.vl").write_bytes(data)
    expected = hashlib.sha256(learned.decode(data).tobytes()).hexdigest()
    code = (
        "import sys, hashlib, torch; torch.set_num_threads(int(sys.argv[2])); torch.backends.mkldnn.enabled = False;"
        "from vdtext import learned; picture = learned.decode(open(sys.argv[1], 'rb').read());"
        "print(hashlib.sha256(picture.tobytes()).hexdigest())"
    )
    for threads in ("1", "2"):
        variables = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        arguments = [sys.executable, "-c", code, str(tmp_path / "picture.vl"), threads]
        found = subprocess.run(arguments, capture_output=True, text=True, env=variables, check=True)
        assert found.stdout.strip() == expected


def test_the_header_comes_back_and_damage_is_named():
    header = stream.Header("lapped", b"abc", 70, 300, 17)
    data = stream.pack(header, b"message")
    assert stream.unpack(data) == (header, b"message")
    for wrong in (b"", b"VW" + data[2:], data[:2] + b"\x02" + data[3:], data[:12], data[:-1], data[:-1] + b"?"):
        with pytest.raises(BitstreamError, match=r"chapter 13|chapter 7"):
            stream.unpack(wrong)
    with pytest.raises(BitstreamError, match="up to"):
        stream.unpack(stream.pack(replace(header, height=65536, width=65536), b"message"))


@given(st.binary(max_size=60), st.integers(0, 2000), st.integers(0, 255))
@few
def test_damage_never_does_worse_than_one_error(noise, place, value):
    data = bytearray(learned.encode(np.arange(32 * 48, dtype=np.uint8).reshape(32, 48), 30))
    data[place % len(data)] ^= value
    for damaged in (bytes(data), bytes(data[: place % len(data)]), b"VL\x01" + noise):
        with suppress(BitstreamError, ValueError):
            assert learned.decode(damaged, limit=1 << 16).dtype == np.uint8


def test_few_bytes_cannot_ask_for_much_memory():
    header = stream.Header("lapped", doors.fingerprint("lapped"), 50, 4000, 4000)
    with pytest.raises(BitstreamError, match="cannot hold"):
        learned.decode(stream.pack(header, bytes(100)))


def test_other_and_missing_weights_are_clear_errors(frame):
    header, message = stream.unpack(learned.encode(frame[:32, :32], 50))
    with pytest.raises(ValueError, match="other weights"):
        learned.decode(stream.pack(replace(header, sha=b"???"), message))
    with pytest.raises(ValueError, match="no weights"):
        learned.decode(stream.pack(replace(header, model="unheard-of"), message))
    with pytest.raises(ValueError, match="no learned transform"):
        learned.decoder("deblur")


def test_what_cannot_be_coded_is_said(frame):
    with pytest.raises(TypeError, match="uint8"):
        learned.encode(frame.astype(float))
    with pytest.raises(ValueError, match="luma"):
        learned.encode(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="quality"):
        learned.encode(frame, 101)


def test_the_weights_are_small_and_say_where_they_are_from():
    for name in ("lapped", "lapped-analysis"):
        entry = models.index()[name]
        assert entry.bytes <= 600_000
        assert "vdtext.train lapped" in entry.made_by
        assert not {"carphone", "bikes", "bigbuckbunny"} & set(entry.card["data"])
