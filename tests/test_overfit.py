"""Proofs of vdtext.overfit: tables against the density, integers against floats, twins, streams, damage, machines."""

import contextlib
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tools import ROOT
from vdtext import BitstreamError, metrics, overfit
from vdtext.fast import overfit as fast
from vdtext.overfit import choice, coder, grids, laplace, network, shipped, stream, training
from vdtext.overfit.__main__ import main

few = settings(deadline=None, max_examples=40)
SHAPE = network.Shape(3, 4, 5, False)


def picture(h=40, w=48):
    """Edges, a slope and some texture, the same on every machine."""
    y, x = np.indices((h, w))
    return (60 + 2 * x + 60 * ((x - 20) ** 2 + (y - 18) ** 2 < 150) + 9 * ((3 * x + 5 * y) % 7 > 3)).astype(np.uint8)


def some_network(shape=SHAPE, seed=0, precision=5):
    """Weights of a plausible size."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, values in network.shapes(shape).items():
        start = coder.default(values, precision)
        tensors[name] = network.Tensor(start + rng.integers(-6, 7, values.shape), precision)
    return network.Network(shape, tensors)


def some_grids(size=(13, 18), levels=3, seed=0, width=2.0):
    rng = np.random.default_rng(seed)
    return [np.rint(rng.laplace(0, width, s)).astype(np.int32) for s in grids.grid_shapes(*size, levels)]


def framed(grid):
    out = grids.padded(grid.shape)
    out[2:-2, 2:-2] = grid
    return out


@pytest.fixture(scope="module")
def fitted():
    return training.fit(picture(), lam=40, seed=0, steps=120, levels=4)


@pytest.fixture(scope="module")
def data(fitted):
    return overfit.write(fitted)


# ---- The law of a latent ---------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-laplace-events")
@pytest.mark.parametrize("scale", [0, 20, 36, 50, 79])
def test_the_tables_are_the_laplace_density_over_whole_numbers(scale):
    b = laplace.scale_width(scale)
    for location in (-8, -3, 0, 5, 7, 40):
        law = stats.laplace(location / 16, b)
        for q in range(-3, 6):
            ideal = law.cdf(q + 0.5) - law.cdf(q - 0.5)
            coded = np.prod([(p if bit else 65536 - p) / 65536 for bit, p in overfit.events(q, location, scale)])
            assert coded == pytest.approx(ideal, rel=0.01, abs=3e-4)


@given(st.integers(-160, 160), st.integers(0, 79))
@few
def test_probabilities_sum_to_one(location, scale):
    total = 0.0
    for q in range(-140, 141):
        events = overfit.events(q, location, scale)
        if len(events) <= 2 + laplace.RUN:
            total += np.prod([(p if bit else 65536 - p) / 65536 for bit, p in events])
    more = overfit.tables().more[scale] / 65536
    assert total <= 1 + 1e-9
    assert total >= 1 - more ** (laplace.RUN - 1) - 1e-9 or abs(location) > 16 * 80


@given(st.integers(-2000, 2000), st.integers(-32000, 32000), st.integers(0, 79))
@few
def test_a_symbol_comes_back_and_costs_what_its_events_say(q, location, scale):
    state, out, cost = fast.start(4, 7), np.empty(400, np.uint8), np.zeros(1)
    fast.code_symbol(False, state, out, q, location, scale, *overfit.tables(), cost)
    events = overfit.events(q, location, scale)
    if abs(q - location / 16) < 4000:
        assert cost[0] == pytest.approx(-sum(np.log2((p if bit else 65536 - p) / 65536) for bit, p in events))
        message = out[: fast.flush(state, out)].copy()
        state, seen = fast.start(4, 7), np.zeros(1)
        assert fast.open_stream(state, message)
        assert fast.code_symbol(True, state, message, 0, location, scale, *overfit.tables(), seen) == q
        assert seen[0] == cost[0]


def test_slopes_of_the_bits_are_those_of_autograd():
    generator = torch.Generator().manual_seed(0)
    given_numbers = [spread * torch.randn(60, generator=generator) for spread in (2.0, 1.0, 0.6)]
    given_numbers[2] += 0.7
    leaves = [t.clone().requires_grad_() for t in given_numbers]
    training.Bits.apply(*leaves).backward()
    exact = [t.double().requires_grad_() for t in given_numbers]
    q, middle, octave = exact
    law = torch.distributions.Laplace(middle, torch.exp2(octave.clamp(-4.5, 5.375)))
    bits = -torch.log2((law.cdf(q + 0.5) - law.cdf(q - 0.5)).clamp_min(2**-16)).sum()
    bits.backward()
    for a, b in zip(leaves, exact, strict=True):
        assert torch.allclose(a.grad.double(), b.grad, rtol=1e-3, atol=1e-4)


# ---- Softened rounding -----------------------------------------------------------------------------------------------


def test_soft_rounding_lies_between_nothing_and_rounding():
    x = torch.linspace(-3, 3, 601, dtype=torch.float64)
    for t in (0.1, 0.4, 2.0):
        r = x - torch.floor(x) - 0.5
        wanted = torch.floor(x) + 0.5 + torch.tanh(r / t) / (2 * np.tanh(0.5 / t))
        assert torch.allclose(training.soft_round(x, t), wanted, atol=1e-12)
    assert torch.allclose(training.soft_round(x, 1e3), x, atol=1e-6)
    inside = (x - torch.floor(x) - 0.5).abs() > 0.05
    assert torch.allclose(training.soft_round(x, 1e-2)[inside], torch.round(x)[inside], atol=1e-3)


@pytest.mark.equation("eq-kumaraswamy")
def test_the_noise_has_its_peak_in_the_middle_and_is_uniform_at_one():
    for a in (1.0, 1.3, 2.0):  # u is what the distribution function makes of the noise
        noise = training.kumaraswamy(torch.zeros(50), a, torch.Generator().manual_seed(2)).double()
        u = torch.rand(50, generator=torch.Generator().manual_seed(2)).double()
        b = (2**a * (a - 1) + 1) / a
        assert torch.allclose(1 - (1 - (noise + 0.5) ** a) ** b, u, atol=1e-5)
    generator = torch.Generator().manual_seed(1)
    like = torch.zeros(40000)
    flat = training.kumaraswamy(like, 1.0, generator).numpy()
    assert stats.kstest(flat, stats.uniform(-0.5, 1).cdf).pvalue > 1e-3
    peaked = training.kumaraswamy(like, 2.0, generator).numpy()
    counts = np.histogram(peaked, bins=11, range=(-0.5, 0.5))[0]
    assert np.argmax(counts) == 5
    assert peaked.std() < flat.std()


# ---- Networks in integers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (6, 1), (9, 14)])
def test_constants_stay_when_they_are_doubled(size):
    taps = network.Tensor(np.array(network.TAPS), 8)
    flat = [np.full(s, 3) for s in grids.grid_shapes(*size, 4)]
    assert (overfit.upsampled(flat, taps) == 3 * 128).all()


@pytest.mark.equation("eq-doubling")
def test_doubling_is_bicubic_and_follows_a_line():
    taps = network.Tensor(np.array(network.TAPS), 8)
    row = 256 * np.arange(12)[None]
    doubled = overfit.double(row, taps, 24)[0]
    assert np.abs(doubled[5:-5] - 128 * (np.arange(24) - 0.5)[5:-5]).max() <= 12  # taps in 1/256
    matrix = training.doubling(12, 24).double()
    product = torch.tensordot(torch.tensor(network.TAPS, dtype=torch.float64) / 256, matrix, 1).numpy() @ row[0]
    assert np.abs(product - doubled).max() <= 0.5
    for i in (4, 7):
        left, right = (sum(network.TAPS[t] * row[0, i + s * (t - 2)] for t in range(4)) / 256 for s in (1, -1))
        assert np.allclose(doubled[2 * i : 2 * i + 2], (left, right), atol=0.5)


@pytest.mark.parametrize("predicted", [False, True])
def test_integers_and_floats_make_the_same_picture(predicted):
    shape = network.Shape(3, 4, 5, predicted)
    net, latents = some_network(shape), some_grids(width=0.7)
    model = training.Model((13, 18), 1, shape, torch.Generator())
    for name, tensor in net.tensors.items():
        unit = training.UNIT if name in ("synthesis 1", "synthesis direct", "synthesis bias") else 1
        model.weights[name] = torch.tensor(tensor.floats() / unit, dtype=torch.float32)
    flat = torch.tensor(np.concatenate([g.ravel() for g in latents]), dtype=torch.float32)
    known = picture(13, 18) if predicted else None
    floats = model.picture(flat, None if known is None else torch.tensor(known, dtype=torch.float32))
    wanted = np.clip(floats.numpy(), 0, 255)
    assert np.abs(overfit.synthesise(latents, net, known) - wanted).max() < 1.5
    bits = sum(coder.ideal_bits(framed(a), framed(b), network.arm_layers(net)) for a, b in zip(
        latents, [*latents[1:], np.zeros((2, 3), np.int32)], strict=True))  # fmt: skip
    assert float(model.bits(flat)) == pytest.approx(bits, rel=0.03)


def test_the_compiled_coder_costs_what_the_readable_one_says_and_comes_back():
    net, latents = some_network(seed=3), some_grids(seed=4)
    message = coder.write_message(net, [latents])
    found = coder.read_message(message, SHAPE, (13, 18), 1)
    above = [*latents[1:], np.zeros((2, 3), np.int32)]
    layers = network.arm_layers(net)
    wanted = [coder.ideal_bits(framed(a), framed(b), layers) for a, b in zip(latents, above, strict=True)]
    assert np.allclose(found.level_bits[0], wanted)
    assert all((a == b).all() for a, b in zip(found.frames[0], latents, strict=True))
    assert all((found.network.tensors[n].numbers == t.numbers).all() for n, t in net.tensors.items())
    total = found.network_bits + found.level_bits.sum()
    assert total / 8 <= len(message) <= total / 8 + 3


def test_kernels_say_the_same_when_they_are_not_compiled(monkeypatch):
    net, latents = some_network(seed=5), some_grids((5, 6), seed=6)
    compiled = coder.write_message(net, [latents])
    for name, kernel in list(vars(fast).items()):
        if hasattr(kernel, "py_func"):
            monkeypatch.setattr(fast, name, kernel.py_func)
    assert coder.write_message(net, [latents]) == compiled
    assert (coder.read_message(compiled, SHAPE, (5, 6), 1).frames[0][0] == latents[0]).all()
    numbers, places = np.arange(4, dtype=np.float32), np.array([[3, 0], [1, 1]], np.int32)
    out, back = np.empty((2, 2), np.float32), np.zeros(4, np.float32)
    fast.gather(numbers, places, out)
    fast.scatter(out, places, back)
    assert out.tolist() == [[3, 0], [1, 1]]
    assert back.tolist() == [0, 2, 0, 3]
    zero, slopes = np.zeros(1, np.float32), np.zeros((2, 1), np.float32)
    assert fast.laplace_bits(zero, zero, zero, -4.5, 5.0, *slopes) == pytest.approx(-np.log2(1 - np.exp(-0.5)))


def test_gathering_has_the_slopes_of_indexing():
    numbers = torch.randn(9, generator=torch.Generator().manual_seed(0), requires_grad=True)
    places = np.array([[0, 3, 3], [8, 8, 1]], np.int32)
    weights = torch.arange(6.0).view(2, 3)
    (training.Take.apply(numbers, places) * weights).sum().backward()
    found, numbers.grad = numbers.grad, None
    (numbers[torch.from_numpy(places).long()] * weights).sum().backward()
    assert torch.allclose(found, numbers.grad)


def test_a_context_holds_only_what_is_decoded_before():
    size = (7, 9)
    sizes = grids.grid_shapes(*size, 3)
    order = {}
    starts = np.concatenate([[0], np.cumsum([h * w for h, w in sizes])])
    for level in range(2, -1, -1):
        for place in range(starts[level], starts[level + 1]):
            order[place] = len(order)
    places = training.known_places(sizes)
    for latent in range(places.shape[1]):
        assert all(order[p] < order[latent] for p in places[:, latent] if p < starts[-1])
    flat, (y, x) = np.arange(1, starts[-1] + 1), (3, 4)
    own = framed(flat[: starts[1]].reshape(sizes[0]))
    parent = framed(flat[starts[1] : starts[2]].reshape(sizes[1]))
    assert overfit.context(own, parent, y, x) == [flat[p] for p in places[:, y * 9 + x]]


# ---- Weights are rate ------------------------------------------------------------------------------------------------


def test_the_width_of_a_tensor_is_the_cheapest():
    numbers = np.array([3, -2, 0, 0, 9, 1, -1])
    prices = []
    for scale in range(laplace.SCALES):
        cost = np.zeros(1)
        fast.code_tensor(
            False, fast.start(4, 7), np.empty(4000, np.uint8), numbers.copy(), scale, *overfit.tables(), cost
        )
        prices.append(cost[0])
    assert coder.best_scale(numbers) == int(np.argmin(prices))


def test_precisions_are_worth_more_than_any_single_one(fitted):
    frames, latents = picture()[None], fitted.frames

    def objective(net):
        spent = 8 * len(coder.write_message(net, latents)) / frames.size
        return choice.distortion(net, latents, frames, []) + 40 * spent

    best = objective(fitted.network)
    for name, tensor in fitted.network.tensors.items():
        coarser = choice.rounded(tensor.floats(), tensor.precision - 3)
        other = network.Network(fitted.network.shape, {**fitted.network.tensors, name: coarser})
        assert objective(other) >= 0.99 * best


# ---- Streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-overfit")
def test_the_decoder_sees_what_gradient_descent_promised(fitted, data):
    _, loss, error, bits = fitted.curve[-1]
    assert np.allclose(fitted.curve[:, 1], fitted.curve[:, 2] + 40 * fitted.curve[:, 3], rtol=1e-5)
    decoded = overfit.decode(data)
    assert decoded.shape == picture().shape
    assert decoded.dtype == np.uint8
    assert ((decoded.astype(float) - picture()) ** 2).mean() == pytest.approx(error, rel=0.15)
    assert overfit.read(data).message.level_bits.sum() / picture().size == pytest.approx(bits, rel=0.1)
    assert metrics.psnr(picture().astype(float), decoded.astype(float), data_range=255) > 26
    assert loss < fitted.curve[0, 1] / 5


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 3), (17, 15)])
def test_any_size(size):
    flat = np.full(size, 77, np.uint8)
    assert overfit.decode(overfit.encode(flat, lam=40, seed=0, steps=4, levels=3)).shape == size


def test_a_group_shares_one_decoder_and_moves():
    still = picture(32, 32)
    group = np.stack([np.roll(still, k, axis=1) for k in range(3)])
    data = overfit.encode(group, lam=60, seed=0, steps=40, levels=3)
    found = overfit.read(data)
    assert overfit.decode(data).shape == group.shape
    assert len(found.vectors) == 2
    assert found.message.level_bits.shape == (3, 3)
    assert found.message.network.shape.predicted


def test_a_frame_is_predicted_from_one_that_the_decoder_has():
    before, now = picture(32, 32), np.roll(picture(32, 32), 1, axis=1)
    data = overfit.encode(now, lam=60, seed=0, after=before, steps=3, levels=3)
    free = overfit.encode(now, lam=60, seed=0, steps=3, levels=3)
    with_it, without = (((x.astype(float) - now) ** 2).mean() for x in (
        overfit.decode(data, after=before), overfit.decode(free)))  # fmt: skip
    assert with_it < without / 3
    for wrong in ({}, {"after": before[:8]}):
        with pytest.raises(ValueError, match="before"):
            overfit.decode(data, **wrong)
    with pytest.raises(ValueError, match="before"):
        overfit.decode(free, after=before)
    two = np.stack([now, np.roll(now, 1, axis=1)])
    group = overfit.encode(two, lam=60, seed=0, after=before, steps=3, levels=3)
    assert len(overfit.read(group).vectors) == 2
    assert ((overfit.decode(group, after=before).astype(float) - two) ** 2).mean() < without / 3


def test_the_same_seed_writes_the_same_bytes():
    a, b, c = (overfit.encode(picture(16, 16), lam=60, seed=seed, steps=6, levels=2) for seed in (1, 1, 2))
    assert a == b
    assert a != c


@pytest.mark.parametrize("cut", [0, 1, 3, 5, 9, 12, 40])
def test_cut_files_are_refused(data, cut):
    with pytest.raises(BitstreamError):
        overfit.decode(data[:cut])
    with pytest.raises(BitstreamError):
        overfit.decode(data[: len(data) - 1 - cut])


def test_what_follows_is_ignored(data):
    assert (overfit.decode(data + b"garbage") == overfit.decode(data)).all()


@given(st.binary(max_size=80))
@few
def test_any_bytes_are_a_picture_or_refused(rest):
    for start in (b"VO\x01\x08\x08\x00\x02\x02\x02" + bytes([min(len(rest), 100)]), b"VO\x01", b""):
        with contextlib.suppress(BitstreamError):
            assert overfit.decode(start + rest).dtype == np.uint8


@given(st.integers(0, 10**6), st.integers(0, 7))
@few
def test_a_flipped_bit_is_a_picture_or_refused(place, bit):
    message = coder.write_message(some_network(), [some_grids()])
    data = bytearray(stream.pack(stream.Header(13, 18, 0, 3, 4, 5, len(message))) + message)
    data[place % len(data)] ^= 1 << bit
    with contextlib.suppress(BitstreamError):
        assert overfit.decode(bytes(data), limit=1 << 14).dtype == np.uint8


def test_sizes_are_believed_only_if_the_bytes_could_pay_for_them(data):
    _, _, message = stream.unpack(data)
    large = stream.pack(stream.Header(2000, 2000, 0, 6, 8, 12, 20))
    with pytest.raises(BitstreamError, match="cannot hold"):
        overfit.decode(large + message)
    with pytest.raises(BitstreamError, match="above 10 pixels"):
        overfit.decode(data, limit=10)


def test_vectors_of_other_frames_are_refused():
    group = np.stack([picture(32, 32)] * 2)
    data = overfit.encode(group, lam=60, seed=0, steps=2, levels=2)
    header, vectors, message = stream.unpack(data)
    other = overfit.encode(np.stack([picture(48, 32)] * 2), lam=60, seed=0, steps=2, levels=2)
    swapped = stream.pack(header, stream.unpack(other)[1]) + message
    with pytest.raises(BitstreamError, match="not these frames"):
        overfit.decode(swapped)
    assert len(vectors) == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"picture": np.zeros((4, 4))}, TypeError),
        ({"picture": np.zeros(4, np.uint8)}, ValueError),
        ({"picture": np.zeros((0, 4), np.uint8)}, ValueError),
        ({"picture": np.zeros((1, 4, 4), np.uint8)}, ValueError),
        ({"after": np.zeros((4, 5), np.uint8)}, ValueError),
        ({"lam": 0}, ValueError),
        ({"steps": 0}, ValueError),
    ],
)
def test_arguments_that_cannot_be_right(wrong, error):
    told = {"picture": np.zeros((4, 4), np.uint8), "lam": 1.0, "steps": 1, **wrong}
    with pytest.raises(error, match="chapter 13"):
        overfit.encode(told.pop("picture"), seed=0, **told)


def test_latents_and_weights_beyond_the_format_are_refused():
    net = some_network()
    with pytest.raises(ValueError, match="2047"):
        coder.write_message(net, [[np.full(s, 3000) for s in grids.grid_shapes(4, 4, 3)]])
    huge = net.altered("arm 1", 0, 1 << 16)
    with pytest.raises(ValueError, match="weight"):
        coder.write_message(huge, [some_grids()])
    assert choice.rate(huge, [some_grids()]) == np.inf
    loud = net.altered("synthesis 1", 0, 1 << 15)
    with pytest.raises(ValueError, match="chapter 13"):
        overfit.synthesise(some_grids(width=40), loud)
    assert choice.distortion(loud, [some_grids(width=40)], np.zeros((1, 13, 18), np.uint8), []) == np.inf


# ---- Machines --------------------------------------------------------------------------------------------------------


def test_one_unit_of_the_predicting_network_loses_the_picture(data):
    right = overfit.decode(data).astype(float)

    def mean_error(name, place):
        try:
            found = overfit.frames_of(overfit.read(data, alter=lambda net: net.altered(name, place, 1)))[0]
        except BitstreamError:
            return 255.0**2
        return ((found - right) ** 2).mean()

    assert max(mean_error("arm direct", place) for place in (0, 1, 15)) > 400  # garbage
    assert mean_error("synthesis bias", -1) < 10  # the same slip behind the arithmetic decoder is hardly seen


def test_every_process_decodes_the_same(data, tmp_path):
    (tmp_path / "a.vo").write_bytes(data)
    code = (
        "import sys, hashlib, torch; from vdtext import overfit; torch.set_num_threads(int(sys.argv[2]));"
        "torch.backends.mkldnn.enabled = sys.argv[3] == '1';"
        "print(hashlib.sha256(overfit.decode(open(sys.argv[1], 'rb').read()).tobytes()).hexdigest())"
    )
    wanted = hashlib.sha256(overfit.decode(data).tobytes()).hexdigest()
    for threads, lanes in (("1", "1"), ("2", "0")):
        told = {
            **os.environ,
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "ONEDNN_MAX_CPU_ISA": "SSE41",
        }
        command = [sys.executable, "-c", code, str(tmp_path / "a.vo"), threads, lanes]
        done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == wanted


# ---- What comes with the book ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped.streams())
def test_a_shipped_stream_decodes_to_what_its_card_says(name):
    card = shipped.streams()[name]
    decoded = shipped.decoded(name)
    assert shipped.digest(decoded) == card.pixels
    assert decoded.shape == shipped.source(card.source).shape


def test_the_command_makes_streams_that_follow_each_other(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(shipped.SOURCES, "tiny", ("carphone", 20, 0, (16, 24)))
    monkeypatch.setitem(shipped.SOURCES, "next", ("carphone", 21, 0, (16, 24)))
    words = ["--lam", "60", "--seed", "0", "--steps", "2", "--out", str(tmp_path)]
    main(["tiny", *words])
    main(["next", *words, "--after", "tiny-60"])
    assert capsys.readouterr().out.count("bytes") == 2
    cards = shipped.streams(tmp_path)
    assert cards["next-60"].made_by.endswith("--after tiny-60")
    assert shipped.digest(shipped.decoded("next-60", tmp_path)) == cards["next-60"].pixels


def test_a_damaged_stream_is_seen(tmp_path):
    card = shipped.Stream("carphone", 20.0, 1, 0, 8, 12, "", 1.0, "a.vo", shipped.digest(b"a"), "", "a command")
    shipped.store("a", b"a", card, tmp_path)
    (tmp_path / "a.vo").write_bytes(b"b")
    with pytest.raises(ValueError, match="a command"):
        shipped.load("a", tmp_path)
    with pytest.raises(ValueError, match="no source"):
        shipped.source("nothing")
