"""Proofs of vdtext.segments: walks played out, closed forms, and scikit-image, OpenCV, scikit-learn as referees."""

import itertools
import warnings

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import data, segmentation
from sklearn import metrics as sklearn_metrics

from vdtext import clips, heat, inpaint, segments

few = settings(deadline=None, max_examples=25)


def largest(a, b):
    return float(abs(np.asarray(a) - b).max())


def scene(shape=(40, 56), channels=None, seed=0):
    """A disc on another grey, with some texture, and scribbles for both and for a third region."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside = (y - 20) ** 2 + (x - 24) ** 2 < 150
    u = np.where(inside, 0.7, 0.3) + np.where(x > 44, 0.25, 0)
    u = u if channels is None else np.repeat(u[..., None], channels, axis=2)
    u = u + 0.03 * np.random.default_rng(seed).standard_normal(u.shape)
    seeds = np.zeros(shape, int)
    seeds[18:23, 22:27], seeds[2, 4:30], seeds[5:30, 50] = 1, 2, 5
    return u.clip(0, 1), seeds, inside


# ---- The random walker -----------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-conductance")
@pytest.mark.parametrize("channels", [None, 3])
@pytest.mark.parametrize("beta", [1.0, 30.0, 130.0, 1000.0])
def test_probabilities_are_scikit_image_s(channels, beta):
    u, seeds, _ = scene(channels=channels)
    want = segmentation.random_walker(
        u, seeds, beta=beta, mode="bf", return_full_prob=True, channel_axis=-1 if channels else None
    )
    walk = segments.random_walk(u, seeds, beta=beta)
    assert largest(walk.probabilities, want) < 1e-6
    assert walk.names == (1, 2, 5)
    plain = segmentation.random_walker(u, seeds, beta=beta, mode="bf", channel_axis=-1 if channels else None)
    assert np.array_equal(walk.labels, np.array(walk.names)[plain - 1])  # theirs are renumbered


@pytest.mark.parametrize("solver", ["conjugate gradients", "multigrid"])
def test_every_solver_of_chapter_eight_finds_the_same(solver):
    u, seeds, _ = scene()
    want = segments.random_walk(u, seeds, beta=20.0).probabilities
    assert largest(segments.random_walk(u, seeds, beta=20.0, solver=solver).probabilities, want) < 1e-6


@pytest.mark.equation("eq-walker")
def test_it_is_the_steady_state_of_chapter_eight_with_conductances():
    u, seeds, _ = scene()
    walk, g = segments.random_walk(u, seeds), segments.edge_conductances(u, beta=130.0)
    for p, name in zip(walk.probabilities[1:], walk.names[1:], strict=True):
        same = inpaint.inpaint((seeds == name) * 1.0, seeds > 0, conductances=g, solver="direct")
        assert largest(p, same) < 1e-6
    flow = (inpaint.laplacian_matrix(u.shape, g) @ walk.probabilities[0].ravel()).reshape(u.shape)
    assert abs(flow[seeds == 0]).max() < 1e-6
    assert np.array_equal(walk.probabilities[:, seeds > 0], walk.probabilities[:, seeds > 0].round())


def test_walks_that_are_played_out_end_where_it_says():
    u, seeds = np.array([[0.1, 0.2, 0.3], [0.1, 0.6, 0.9]]), np.array([[1, 0, 0], [0, 0, 2]])
    right, down = segments.edge_conductances(u, beta=5.0)
    want = segments.random_walk(u, seeds, beta=5.0).probabilities[0, 0, 2]
    rng, first = np.random.default_rng(0), 0
    links = {p: [] for p in np.ndindex(2, 3)}
    for (i, j), g in [*np.ndenumerate(right)]:
        links[i, j].append(((i, j + 1), g)), links[i, j + 1].append(((i, j), g))
    for (i, j), g in [*np.ndenumerate(down)]:
        links[i, j].append(((i + 1, j), g)), links[i + 1, j].append(((i, j), g))
    for _ in range(3000):
        here = (0, 2)
        while not seeds[here]:
            to, g = zip(*links[here], strict=True)
            here = to[rng.choice(len(to), p=np.array(g) / sum(g))]
        first += seeds[here] == 1
    assert first / 3000 == pytest.approx(want, abs=0.03)


@few
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(2, 12))),
    st.integers(0, 99),
    st.floats(0, 300),
)
def test_probabilities_are_probabilities_for_any_picture(u, seed, beta):
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, 4, u.shape) * (rng.random(u.shape) < 0.3)
    seeds.flat[0] = 2
    walk = segments.random_walk(u, seeds, beta=beta)
    assert (walk.probabilities >= 0).all()
    assert (walk.probabilities <= 1).all()
    assert largest(walk.probabilities.sum(axis=0), 1) < 1e-6
    assert np.array_equal(walk.labels[seeds > 0], seeds[seeds > 0])
    assert walk.names == tuple(np.unique(seeds[seeds > 0]))


def test_it_finds_the_disc_and_bytes_are_floats():
    u, seeds, inside = scene()
    walk = segments.random_walk(u, seeds)
    assert ((walk.labels == 1) == inside).mean() > 0.99
    coded = np.rint(255 * u).astype(np.uint8)
    same = segments.random_walk(coded / 255, seeds).probabilities
    assert largest(segments.random_walk(coded, seeds).probabilities, same) < 1e-9
    assert (segments.random_walk(u, (seeds == 1) * 7).labels == 7).all()


def test_seeds_that_cannot_be_are_refused_in_one_line():
    u = np.zeros((3, 4))
    for bad in (np.zeros((3, 4), int), np.zeros((3, 3), int), np.full((3, 4), -1), np.ones((3, 4))):
        with pytest.raises(ValueError, match="chapter 11"):
            segments.random_walk(u, bad)
    with pytest.raises(ValueError, match="beta=-1"):
        segments.random_walk(u, np.ones((3, 4), int), beta=-1)
    with pytest.raises(ValueError, match="int64 frame"):
        segments.edge_conductances(np.zeros((3, 4), int), beta=1.0)


# ---- The background --------------------------------------------------------------------------------------------------


def relaxed(frames, time, **options):
    background = None
    for frame in frames:
        background = segments.forget(background, frame, time=time, **options)
    return background


@pytest.mark.equation("eq-relax")
def test_a_step_solves_the_implicit_equation():
    rng = np.random.default_rng(0)
    b = segments.Background(rng.random((3, 4)), rng.random((3, 4)), 10**6)
    frame = rng.random((3, 4))
    after = segments.forget(b, frame, time=7.0)
    assert largest(after.mean - b.mean, (frame - after.mean) / 7) < 1e-12


def test_a_long_memory_begins_as_a_plain_mean_and_variance():
    frames = np.random.default_rng(1).random((12, 3, 4))
    b = relaxed(frames, 1e9, limit=np.inf)
    assert largest(b.mean, frames.mean(axis=0)) < 1e-12
    assert largest(b.variance, frames.var(axis=0)) < 1e-12


@pytest.mark.equation("eq-variance")
def test_mean_and_variance_are_exponentially_weighted():
    frames, time, n = np.random.default_rng(2).random((400, 2, 3)), 8.0, 400
    b = relaxed(frames, time, limit=np.inf)
    rho = 1 / (1 + time)
    weights = rho * (1 - rho) ** np.arange(n)[::-1]
    mean = np.tensordot(weights, frames, 1)
    assert largest(b.mean, mean) < 1e-9
    assert largest(b.variance, np.tensordot(weights, (frames - mean) ** 2, 1)) < 1e-9


@pytest.mark.equation("eq-causal")
def test_forwards_and_backwards_it_is_an_implicit_step_of_heat_in_time():
    n, time = 401, 3.0
    pulse = np.zeros(n)
    pulse[n // 2] = 1.0
    rho = 1 / (1 + time)

    def causal(u):
        out, b = np.empty(n), 0.0
        for k, value in enumerate(u):
            b += rho * (value - b)
            out[k] = b
        return out

    both = causal(causal(pulse)[::-1])[::-1]
    step = (1 - rho) / rho**2  # = τ(1 + τ)
    assert step == pytest.approx(time * (1 + time))
    assert largest(both, heat.solve_implicit(pulse[:, None], step)[:, 0]) < 1e-9


def test_white_noise_is_believed_nearly():
    frames = 0.5 + 0.05 * np.random.default_rng(3).standard_normal((600, 20, 20))
    variance = relaxed(frames, 200.0).variance.mean() / 0.05**2
    assert 0.86 < variance < 0.94
    assert 0.96 < relaxed(frames, 200.0, limit=np.inf).variance.mean() / 0.05**2 < 1.01


@pytest.mark.equation("eq-score")
def test_the_score_counts_standard_deviations_of_all_channels():
    b = segments.Background(np.full((2, 2, 3), 0.2), np.full((2, 2, 3), 0.01), 5)
    frame = b.mean + np.array([0.1, 0.2, 0.3])
    want = np.sqrt(np.mean(np.array([0.1, 0.2, 0.3]) ** 2 / (0.01 + (2 / 255) ** 2)))
    assert largest(segments.score(b, frame), want) < 1e-12


def test_it_streams_one_frame_at_a_time_and_keeps_two_pictures():
    asked = []

    def frames():
        for t in range(4):
            asked.append(t)
            yield np.full((4, 4), t / 10)

    seen = segments.watch(frames())
    assert not next(seen).mask.any()
    assert asked == [0]
    second = next(seen)
    assert asked == [0, 1]
    assert second.background.frames == 2
    assert second.score.min() > 0
    endless = segments.watch(np.full((4, 4), 0.5) for _ in itertools.count())
    assert next(itertools.islice(endless, 50, 51)).background.frames == 51


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_what_moves_is_seen_whatever_the_type(kind):
    clip = clips.sprites(frames=60, size=(64, 80), count=2, speed=3.0, noise=0.02, seed=0, gray=kind != np.uint8)
    frames = clip.array if kind == np.uint8 else (clip.array / 255).astype(kind)
    scores = np.stack([seen.score for seen in segments.watch(frames, time=30.0)])
    assert scores.dtype == (np.float32 if kind == np.uint8 else kind)
    curve = segments.roc(scores[30:], clip.truth.masks.max(axis=1)[30:] > 0.5)
    assert curve.area > 0.9


def test_what_stays_is_learned_unless_nothing_is():
    clip = np.full((200, 12, 12), 0.3)
    clip[40:, 4:8, 4:8] = 0.8
    for share, ending in ((1.0, False), (0.3, False), (0.0, True)):
        last = [seen.mask[5, 5] for seen in segments.watch(clip, time=20.0, share=share)]
        assert last[41]
        assert last[-1] == ending


def test_frames_and_arguments_that_cannot_be_are_refused():
    for options in ({"time": 0}, {"threshold": 0}, {"smoothing": -1}, {"share": 2}):
        with pytest.raises(ValueError, match="chapter 11"):
            next(segments.watch([np.zeros((2, 2))], **options))
    with pytest.raises(ValueError, match="one size"):
        list(segments.watch([np.zeros((2, 2)), np.zeros((2, 3))]))
    with pytest.raises(ValueError, match="int64 frame"):
        next(segments.watch([np.zeros((2, 2), int)]))
    with pytest.raises(ValueError, match="one size"):
        segments.forget(segments.forget(None, np.zeros((2, 2)), time=1.0), np.zeros((3, 3)), time=1.0)
    with pytest.raises(ValueError, match="time=0"):
        segments.forget(None, np.zeros((2, 2)), time=0)


def test_beside_opencv_s_mixtures_it_finds_more_at_the_same_false_alarms_on_a_noisy_clip():
    clip = clips.sprites(frames=140, size=(96, 128), noise=0.06, count=4, speed=3.0, seed=3)
    truth = clip.truth.masks.max(axis=1)[60:] > 0.5
    curve = segments.roc(np.stack([seen.score for seen in segments.watch(clip.array)])[60:], truth)
    for threshold in (16, 64):
        theirs = cv2.createBackgroundSubtractorMOG2(history=60, varThreshold=threshold, detectShadows=False)
        found = np.stack([theirs.apply(frame) for frame in clip.array])[60:] > 0
        assert curve.hits_at(found[~truth].mean()) > found[truth].mean() - 0.01


# ---- Curves ----------------------------------------------------------------------------------------------------------


@few
@given(arrays(np.float64, 30, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 3.0])), st.integers(0, 99))
@pytest.mark.equation("eq-area")
def test_curves_are_scikit_learn_s_and_their_area_is_a_probability(z, seed):
    truth = np.random.default_rng(seed).random(30) < 0.4
    truth[:2] = True, False
    curve = segments.roc(z, truth)
    alarms, hits, thresholds = sklearn_metrics.roc_curve(truth, z, drop_intermediate=False)
    assert np.allclose(curve.false_alarms, alarms)
    assert np.allclose(curve.hits, hits)
    assert np.array_equal(curve.thresholds, thresholds)
    assert curve.area == pytest.approx(sklearn_metrics.roc_auc_score(truth, z))
    pairs = z[truth][:, None] - z[~truth]
    assert curve.area == pytest.approx(np.mean((pairs > 0) + (pairs == 0) / 2))
    assert curve.hits_at(1.0) == 1


def test_a_curve_needs_both_kinds():
    for scores, truth in (([1.0], [1]), ([1.0, 2.0], [0, 0]), ([1.0, np.nan], [0, 1]), ([1.0], [0, 1])):
        with pytest.raises(ValueError, match="both kinds"):
            segments.roc(scores, truth)


# ---- Detection -------------------------------------------------------------------------------------------------------

CYCLIST = segments.Box(0, 375, 272, 110)  # read off frame 120 of bikes


def test_the_cyclist_of_bikes_is_found_and_he_alone():
    frame = clips.load("bikes", frames=range(120, 121)).array[0]
    found = segments.people(frame)
    assert segments.count(found, [CYCLIST], least=0.4) == segments.Counts(1, 0, 0)
    assert found[0].score > 2
    assert [box.score for box in segments.people(frame, threshold=-1)] == sorted(
        (box.score for box in segments.people(frame, threshold=-1)), reverse=True
    )
    assert segments.people(np.zeros((5, 5)), margin=0) == []


def test_opencv_called_directly_finds_the_same_windows():
    frame = clips.load("bikes", frames=range(120, 121)).array[0]
    detector = cv2.HOGDescriptor()
    detector.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    boxes, scores = detector.detectMultiScale(np.ascontiguousarray(frame[..., ::-1]), winStride=(8, 8), scale=1.05)
    ours = segments.people(frame, threshold=-9, margin=0)
    assert sorted((b.left, b.top, b.width, b.height) for b in ours) == sorted(map(tuple, np.array(boxes).tolist()))
    assert np.allclose(sorted(b.score for b in ours), sorted(np.ravel(scores)), atol=1e-6)


def test_faces_of_two_photographs_are_found():
    frame = clips.photograph("astronaut")
    found = segments.faces(frame[:256, 64:320])
    assert segments.count(found, [segments.Box(70, 112, 85, 85)], least=0.5) == segments.Counts(1, 0, 0)
    driver = clips.load("carphone", frames=1).array[0]
    assert segments.count(segments.faces(driver), [segments.Box(40, 63, 54, 54)], least=0.5).hits == 1
    assert segments.faces(np.zeros((10, 10))) == []
    with pytest.raises(ValueError, match="least=5"):
        segments.faces(frame, least=5)
    with pytest.raises(ValueError, match="chapter 11"):
        segments.faces(np.zeros((3, 3, 2)))


def test_small_pictures_with_and_without_faces_are_told_apart():
    pictures = data.lfw_subset()[::5]  # 20 with a face, then 20 without
    large = [cv2.resize(p.astype(np.float32), (75, 75)).clip(0, 1) for p in pictures]
    found = np.array([len(segments.faces(p, least=40, agree=1)) > 0 for p in large])
    assert found[:20].mean() > found[20:].mean() + 0.5


@few
@given(*[st.tuples(st.integers(-5, 9), st.integers(-5, 9), st.integers(1, 9), st.integers(1, 9))] * 2)
@pytest.mark.equation("eq-iou")
def test_overlap_is_counted_pixel_by_pixel(a, b):
    masks = []
    for top, left, height, width in (a, b):
        mask = np.zeros((40, 40), bool)
        mask[top + 10 : top + 10 + height, left + 10 : left + 10 + width] = True
        masks.append(mask)
    want = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
    assert segments.overlap(segments.Box(*a), segments.Box(*b)) == pytest.approx(want)


def test_boxes_are_matched_one_to_one_and_the_surest_first():
    truth = [segments.Box(0, 0, 10, 10)]
    found = [segments.Box(0, 2, 10, 10, 0.5), segments.Box(0, 0, 10, 10, 0.9), segments.Box(50, 50, 3, 3, 0.1)]
    counts = segments.count(found, truth, least=0.5)
    assert counts == segments.Counts(1, 0, 2)
    assert counts + segments.count([], truth, least=0.5) == segments.Counts(1, 1, 2)
    assert (counts.recall, counts.precision) == (1, pytest.approx(1 / 3))
    assert np.isnan(segments.Counts(0, 0, 0).recall)
    assert np.isnan(segments.Counts(0, 0, 0).precision)


@pytest.mark.equation("eq-bayes")
def test_alarms_are_mostly_false_where_the_thing_is_rare():
    rng = np.random.default_rng(0)
    there = rng.random(10**6) < 0.01
    alarm = np.where(there, rng.random(10**6) < 0.9, rng.random(10**6) < 0.05)
    ours = segments.predictive_value(hit_rate=0.9, false_alarm_rate=0.05, prevalence=0.01)
    assert ours == pytest.approx(there[alarm].mean(), abs=0.01)
    assert np.isnan(segments.predictive_value(hit_rate=0, false_alarm_rate=0, prevalence=0.5))
    with pytest.raises(ValueError, match="probabilities"):
        segments.predictive_value(hit_rate=1.2, false_alarm_rate=0, prevalence=0.5)


def test_nothing_warns():
    u, seeds, _ = scene()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        segments.random_walk(u, seeds)
        segments.random_walk(np.full((4, 4), 0.5), np.eye(4, dtype=int))
        seen = list(segments.watch([np.zeros((4, 4), np.uint8)] * 3))
    assert not any(one.mask.any() for one in seen)
