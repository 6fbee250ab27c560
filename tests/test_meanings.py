"""The six machines of chapter 1: the codec and its bytes, and the linear ones against their closed forms."""

import bz2
import hashlib
import re
import subprocess
import sys
import tracemalloc
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import fft, integrate, linalg, optimize
from sklearn.decomposition import TruncatedSVD

from vdtext import clips, gauss, meanings, metrics
from vdtext.errors import BitstreamError

# SHA-256, first 16 digits, of what version 1 of the format is made of
DIGEST = "83d2fc2fec55428b"
LEVELS = "d4a63fe0966aa7d3"
PIXELS = "5d935d881c5dcd18"

LAB = gauss.power_spectrum((16, 24), slope=2.0)


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def car(frames=12):
    return clips.load("carphone", frames=frames, gray=True).array


# --- the five identities ----------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-six-heat")
@pytest.mark.parametrize("time", [0.0, 0.5, 20.0])
def test_every_wave_fades_at_its_rate(time):
    u = gauss.sample(LAB, seed=1)
    k, m = np.meshgrid(np.arange(16), np.arange(24), indexing="ij")
    rates = 4 * np.sin(np.pi * k / 16) ** 2 + 4 * np.sin(np.pi * m / 24) ** 2
    np.testing.assert_allclose(np.fft.fft2(gauss.heat(u, time)), np.exp(-rates * time) * np.fft.fft2(u), atol=1e-10)


@pytest.mark.equation("eq-six-steady")
def test_the_rubber_skin_is_straight_and_the_even_trust_is_wieners():
    known = np.array([1, 0, 0, 0, 1])
    laplacian = np.pad(np.diff(np.eye(5), 2, axis=0), [(1, 1), (0, 0)])
    given_values = np.array([2, 0, 0, 0, 10])
    u = np.array([2, 4, 6, 8, 10])
    np.testing.assert_allclose((1 - known) * (laplacian @ u), known * (u - given_values), atol=1e-12)
    trust, f = 0.25, gauss.sample(LAB, seed=2)
    rates = np.maximum(gauss.laplacian_eigenvalues(LAB.shape), 1e-9)
    u = gauss.wiener(f, 1 / rates, noise_variance=(1 - trust) / trust)
    around = sum(np.roll(u, shift, axis) for shift in (-1, 1) for axis in (0, 1)) - 4 * u
    np.testing.assert_allclose((1 - trust) * around, trust * (u - f), atol=1e-7)


@pytest.mark.equation("eq-six-water")
@pytest.mark.parametrize("level", [0.3, 1.5, 5.0])
def test_water_filling_is_the_cheapest_allotment(level):
    variances = np.array([16.0, 4.0, 1.0, 0.5])
    rate = np.sum(np.maximum(0, 0.5 * np.log2(variances / level)))
    total = np.minimum(variances, level).sum()
    found = optimize.minimize(
        lambda logs: np.sum(0.5 * np.log2(variances) - 0.5 * logs / np.log(2)),
        np.log(variances * total / variances.sum()),
        bounds=[(None, np.log(v)) for v in variances],
        constraints={"type": "ineq", "fun": lambda logs: total - np.exp(logs).sum()},
    )
    assert found.fun == pytest.approx(rate, abs=1e-5)


@pytest.mark.equation("eq-six-tweedie")
def test_the_score_is_a_predictor():
    rng = np.random.default_rng(3)
    clean = gauss.sample(LAB, seed=rng, count=2000)
    alpha, sigma = 0.8, 0.6
    x_t = alpha * clean + sigma * rng.standard_normal(clean.shape)
    step = 1e-4 * gauss.sample(LAB, seed=9)
    density = [gauss.log_density(x_t[0] + sign * step, LAB, signal=alpha, noise=sigma) for sign in (1, -1)]
    score = gauss.score(x_t, LAB, signal=alpha, noise=sigma)
    assert (density[0] - density[1]) / 2 == pytest.approx(np.sum(score[0] * step), rel=1e-6)
    guess = (x_t + sigma**2 * score) / alpha
    np.testing.assert_allclose(guess[0], gauss.wiener(x_t[0] / alpha, LAB, noise_variance=(sigma / alpha) ** 2))
    assert abs(np.mean((clean - guess) * guess)) < 0.01  # an expectation leaves an error that it is orthogonal to


@pytest.mark.equation("eq-six-immse")
@pytest.mark.parametrize("snr", [0.1, 1.0, 30.0])
def test_information_grows_by_half_the_error(snr):
    nats = [gauss.mutual_information(LAB, 1 / s) * np.log(2) for s in (snr * 0.9999, snr * 1.0001)]
    assert (nats[1] - nats[0]) / (2e-4 * snr) == pytest.approx(gauss.mmse(LAB, 1 / snr) / 2, rel=1e-5)
    area = integrate.quad(lambda s: gauss.mmse(LAB, 1 / s) / 2, 0, snr)[0]
    assert area == pytest.approx(gauss.mutual_information(LAB, 1 / snr) * np.log(2), rel=1e-5)


# --- the codec: parts -------------------------------------------------------------------------------------------------


def test_the_cosines_are_the_dct_in_integers():
    assert meanings.COSINES.dtype == np.int64
    assert abs(meanings.COSINES - 4096 * fft.dct(np.eye(8), axis=0, norm="ortho")).max() <= 0.5
    digest = hashlib.sha256(meanings.COSINES.astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == DIGEST  # a change here is a new version of the format


def test_blocks_are_cut_and_joined():
    picture = noise((24, 40))
    assert np.array_equal(meanings.blocks(picture)[1, 2], picture[8:16, 16:24])
    assert np.array_equal(meanings.joined(meanings.blocks(picture)), picture)


@pytest.mark.parametrize("step", [1, 7, 40, 255])
def test_a_quantised_difference_comes_back_within_two_thirds_of_a_step(step):
    difference = noise((16, 16)).astype(np.int64) // 4 - 32
    levels = meanings.quantised(difference, step)
    back = meanings.refined(np.full((16, 16), 128), levels, step) - 128
    errors = fft.dctn(meanings.blocks(difference - back).astype(float), axes=(2, 3), norm="ortho")
    clipped = abs(levels.astype(int)) == 127
    assert abs(errors[~clipped]).max() <= 2 / 3 * step + 8 * 0.5 + 0.3  # rounding of pixels: half a level each
    assert levels.dtype == np.int8


def test_levels_saturate_instead_of_wrapping():
    assert meanings.quantised(np.full((8, 8), 255), 1)[0, 0, 0, 0] == 127
    assert meanings.quantised(np.full((8, 8), -255), 1)[0, 0, 0, 0] == -127


# --- the codec: whole -------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(1, n) for n in (5, 20, 20)]), st.integers(1, 255), st.integers(0, 99))
@example((1, 1, 1), 255, 0)
def test_any_clip_comes_back_in_its_size(shape, step, seed):
    clip = noise(shape, seed)
    data = meanings.encode(clip, step=step)
    back = meanings.decode(data)
    assert (back.shape, back.dtype) == (shape, np.uint8)
    assert np.array_equal(back, meanings.decode(data + b"\0garbage"))


def test_fine_steps_are_nearly_exact_and_coarse_ones_cheap():
    clip = car()
    files = [meanings.encode(clip, step=step) for step in (8, 32, 128)]
    quality = [metrics.psnr(clip, meanings.decode(file), data_range=255) for file in files]
    assert quality == sorted(quality, reverse=True)
    assert [len(file) for file in files] == sorted(map(len, files), reverse=True)
    assert clip.nbytes > 10 * len(files[1])


def test_the_loop_repairs_what_did_not_fit():
    clip = car(20)
    decoded = meanings.decode(meanings.encode(clip, step=2))
    assert metrics.psnr(clip[0], decoded[0], data_range=255) < 20
    assert metrics.psnr(clip[-1], decoded[-1], data_range=255) > 48


def test_the_sender_knows_what_the_receiver_sees():
    clip = car(4)
    decoded = meanings.decode(meanings.encode(clip, step=30)).astype(np.int64)
    for before, now, shown in zip([np.full((144, 176), 128), *decoded], clip.astype(np.int64), decoded, strict=False):
        assert np.array_equal(meanings.refined(before, meanings.quantised(now - before, 30), 30), shown)


def test_a_frame_that_does_not_change_costs_nothing():
    still = np.repeat(car(1), 40, axis=0)
    once, forty = (len(meanings.encode(still[:n], step=16)) for n in (1, 40))
    assert forty < 1.2 * once


def test_a_fresh_process_decodes_the_same(tmp_path):
    clip = car(5)[:, :50, :70]
    data = meanings.encode(clip, step=20)
    (tmp_path / "clip").write_bytes(data + b"garbage")
    code = "import sys, pathlib, hashlib; from vdtext.meanings import decode; clip = decode(pathlib.Path(sys.argv[1])"
    code += ".read_bytes()); print(clip.shape, hashlib.sha256(clip.tobytes()).hexdigest())"
    command = [sys.executable, "-c", code, str(tmp_path / "clip")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"(5, 50, 70) {hashlib.sha256(meanings.decode(data).tobytes()).hexdigest()}"


def test_the_format_has_not_changed():
    clip = (np.add.outer(np.add.outer(np.arange(3) * 9, np.arange(17) * 5), np.arange(21) * 3) % 256).astype(np.uint8)
    data = meanings.encode(clip, step=10)
    assert data[:10].hex() == "5644310300110015000a"
    assert hashlib.sha256(bz2.decompress(data[10:])).hexdigest()[:16] == LEVELS
    assert hashlib.sha256(meanings.decode(data).tobytes()).hexdigest()[:16] == PIXELS


# --- the codec: strangers' bytes --------------------------------------------------------------------------------------


def decodes_or_refuses(data):
    try:
        said = f"{meanings.decode(data).dtype} (chapter 1)"
    except BitstreamError as error:
        said = str(error)
    assert re.fullmatch(r".*\(chapter 1\)", said)


SMALL = meanings.encode(noise((3, 9, 10)), step=60)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(data):
    decodes_or_refuses(data)
    decodes_or_refuses(SMALL[:10] + data)
    decodes_or_refuses(b"VD1\1\0\1\0\1\0\1" + bz2.compress(data))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255), st.integers(0, len(SMALL)))
def test_a_damaged_or_shortened_file_decodes_or_is_refused(place, change, length):
    damaged = bytearray(SMALL)
    damaged[place] ^= change
    decodes_or_refuses(bytes(damaged))
    if length < len(SMALL):
        with pytest.raises(BitstreamError, match="chapter 1"):
            meanings.decode(SMALL[:length])


@pytest.mark.parametrize(
    "data",
    [
        meanings.HEADER.pack(b"VD1", 65535, 65535, 65535, 1) + SMALL[10:],
        meanings.HEADER.pack(b"VD1", 1, 8, 8, 1) + bz2.compress(bytes(50_000_000)),
        meanings.HEADER.pack(b"VD1", 1, 2**13, 2**13, 1) + bz2.compress(bytes(64)),
    ],
    ids=["a giant", "a bomb", "an empty promise"],
)
def test_memory_is_taken_after_the_sizes_were_checked(data):
    tracemalloc.start()
    with pytest.raises(BitstreamError):
        meanings.decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("clip", "step"),
    [
        (np.zeros((2, 8, 8)), 8),
        (np.zeros((8, 8), np.uint8), 8),
        (np.zeros((0, 8, 8), np.uint8), 8),
        (np.zeros((2, 8, 8), np.uint8), 0),
        (np.zeros((2, 8, 8), np.uint8), 256),
        (np.zeros((2, 8, 8), np.uint8), 2.5),
        (np.broadcast_to(np.uint8(0), (2, 8192, 8192)), 8),
        (np.broadcast_to(np.uint8(0), (70000, 1, 1)), 8),
    ],
)
def test_a_sender_refuses_what_does_not_fit(clip, step):
    with pytest.raises(ValueError, match=r"accepted.*\(chapter 1\)$"):
        meanings.encode(clip, step=step)


# --- the other five ---------------------------------------------------------------------------------------------------


def test_the_blur_is_heat():
    u = gauss.sample(gauss.power_spectrum((96, 96)), seed=0)
    inside = np.s_[24:-24, 24:-24]
    np.testing.assert_allclose(meanings.smooth(u, 8.0)[inside], gauss.heat(u, 8.0)[inside], atol=0.01)
    assert np.array_equal(meanings.smooth(u, 0), u)


def test_the_filler_learns_a_motion_that_is_linear():
    rng = np.random.default_rng(0)
    world = rng.random((20, 60))
    pan = np.stack([world[:, t : t + 32] for t in range(12)])  # one pixel a frame
    weights = meanings.fill_weights(pan, 2)
    guess = meanings.fill(pan[4], pan[6], weights)
    np.testing.assert_allclose(guess[:, 1:-1], pan[5][:, 1:-1], atol=0.1)
    assert metrics.mse(guess, pan[5]) < 0.2 * metrics.mse((pan[4] + pan[6]) / 2, pan[5])


def test_least_squares_is_no_worse_than_the_mean_where_it_learned():
    clip = car(9) / 255
    weights = meanings.fill_weights(clip, 4)
    pairs = [(clip[i], clip[i + 2], clip[i + 4]) for i in range(0, 5, 2)]
    learned = sum(metrics.mse(meanings.fill(a, c, weights), b) for a, b, c in pairs)
    assert learned <= sum(metrics.mse((a + c) / 2, b) for a, b, c in pairs)


def test_the_learned_transform_is_that_of_scikit_learn():
    pictures = car(6)[1:].astype(float) - car(6)[:-1]
    basis = meanings.klt(pictures)
    np.testing.assert_allclose(basis.T @ basis, np.eye(64), atol=1e-12)
    vectors = np.concatenate([meanings.blocks(p).reshape(-1, 64) for p in pictures])
    reference = TruncatedSVD(5, algorithm="arpack", random_state=0).fit(vectors)
    np.testing.assert_allclose(abs(np.sum(basis[:, :5] * reference.components_.T, axis=0)), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors @ basis, axis=0), linalg.svdvals(vectors))


def test_keeping_more_numbers_never_hurts_and_keeping_all_is_exact():
    pictures = car(3).astype(float)
    basis = meanings.klt(pictures)
    errors = [metrics.mse(pictures[0], meanings.keep(pictures[0], basis, k)) for k in range(0, 65, 4)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] == pytest.approx(np.mean(pictures[0] ** 2))
    assert errors[-1] < 1e-18


def test_the_measured_spectrum_is_that_of_the_field():
    white = np.random.default_rng(0).standard_normal((40, 16, 24))
    spectrum = meanings.measured_spectrum(white)
    assert spectrum.shape == (32, 48)
    assert np.median(spectrum) == pytest.approx(1, abs=0.1)
    assert spectrum.min() > 0
    clip = car(4) / 255
    assert meanings.measured_spectrum(clip).mean() == pytest.approx(clip.var(), rel=0.05)


def test_the_reverse_process_ends_where_the_closed_form_says():
    noises = [*np.geomspace(4, 0.001, 1000), 0]
    path = meanings.reverse(LAB, noises, seed=5)
    exact = np.fft.ifft2(np.sqrt(LAB / (LAB + 16)) * np.fft.fft2(path[0])).real
    np.testing.assert_allclose(path[-1], exact, atol=0.02)
    middle = np.argmin(abs(np.array(noises) - 1))
    flow = np.sqrt((LAB + noises[middle] ** 2) / (LAB + 16))
    np.testing.assert_allclose(path[middle], np.fft.ifft2(flow * np.fft.fft2(path[0])).real, atol=0.03)
    assert np.array_equal(path, meanings.reverse(LAB, noises, seed=5))


def test_a_small_world_is_symmetric_and_has_no_friend_of_himself():
    world = meanings.friendships(30, shortcuts=10, seed=4)
    assert np.array_equal(world, world.T)
    assert np.trace(world) == 0
    assert 30 * 4 < world.sum() <= 30 * 4 + 20


@pytest.mark.parametrize("time", [0.0, 0.7, 50.0])
def test_spreading_is_the_matrix_exponential_and_loses_nothing(time):
    world = meanings.friendships(20, shortcuts=4, seed=0)
    spread = meanings.spread(world, time, start=3)
    np.testing.assert_allclose(spread, linalg.expm(-time * (np.diag(world.sum(axis=1)) - world))[3], atol=1e-12)
    assert spread.sum() == pytest.approx(1)
    assert spread.min() > -1e-12


def test_reach_counts_people():
    assert meanings.reach(np.eye(5)[2]) == pytest.approx(1)
    world = meanings.friendships(20, shortcuts=0, seed=0)
    reached = [meanings.reach(meanings.spread(world, t)) for t in (0, 1, 5, 500)]
    assert reached == sorted(reached)
    assert reached[-1] == pytest.approx(20)


# --- the map ----------------------------------------------------------------------------------------------------------


def test_the_map_is_a_drawing_that_reads_from_left_to_right():
    drawing = meanings.Map(name="map", caption="All *six*.", alt='Six boxes & "three" more.')
    root = ET.fromstring(drawing.svg())
    assert (root.get("role"), root.get("aria-label")) == ("img", 'Six boxes & "three" more.')
    words = [text.text for text in root.iter("text")]
    assert {said for said, *_ in meanings.MEANINGS} | {verb for verb, *_ in meanings.VERBS.values()} <= set(words)
    assert len(list(root.iter("rect"))) == 2 * 6 + 3
    assert len(list(root.iter("path"))) == 6 + sum(len(verbs) for _, _, verbs, _ in meanings.MEANINGS)
    width, height = map(float, root.get("viewBox").split()[2:])
    for shape in root.iter("rect"):
        assert float(shape.get("x")) + float(shape.get("width")) <= width
        assert float(shape.get("y")) + float(shape.get("height")) <= height


def test_the_map_is_described():
    bundle, metadata = meanings.Map(name="map", caption="All *six*.", alt="Six boxes.")._repr_mimebundle_()
    assert metadata == {"vdtext": {"name": "map", "caption": "All *six*.", "alt": "Six boxes."}}
    assert bundle["text/plain"] == "[figure map: Six boxes.]"
    assert "<figcaption>All <em>six</em>.</figcaption>" in bundle["text/html"]
    with pytest.raises(ValueError, match="needs a caption"):
        meanings.Map(name="map", caption="All.", alt=" ")
