"""Proofs of vdtext.features: counted by hand, invariances, and scikit-image, OpenCV and SciPy as referees."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from skimage import feature, filters
from sklearn import metrics as sklearn_metrics

from vdtext import clips, features
from vdtext.fast import features as fast
from vdtext.features import frames as rooms
from vdtext.features import shape, texture

few = settings(deadline=None, max_examples=25)
colours = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))
greys = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)))


def photo(name="coffee", step=2):
    return np.ascontiguousarray(clips.photograph(name)[::step, ::step])


def largest(a, b):
    return float(abs(np.asarray(a) - b).max())


# ---- Frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((2, 2, 4)), np.zeros((0, 3)), np.full((2, 2), 1.5)])
def test_what_is_no_frame_is_refused_in_one_line(bad):
    for function in (features.colour_histogram, features.colour_moments, features.hog, features.gabor):
        with pytest.raises(ValueError, match="chapter 11") as caught:
            function(bad)
        assert "\n" not in str(caught.value)


def test_integers_of_another_kind_and_nan_are_refused():
    with pytest.raises(TypeError, match="uint8"):
        features.colour_moments(np.zeros((2, 2), int))
    with pytest.raises(ValueError, match="NaN"):
        features.colour_moments(np.full((2, 2), np.nan))


@few
@given(colours)
def test_bytes_and_floats_are_one_frame(frame):
    assert np.array_equal(rooms.as_bytes(rooms.as_floats(frame)), frame)
    assert largest(features.colour_moments(frame), features.colour_moments(frame / 255)) < 1e-12
    assert np.array_equal(features.colour_histogram(frame), features.colour_histogram(frame / 255))
    assert 0 <= rooms.grey(frame).min() <= rooms.grey(frame).max() <= 1


# ---- Colour ----------------------------------------------------------------------------------------------------------


@few
@given(colours, st.sampled_from([1, 2, 8, 16]))
@pytest.mark.equation("eq-histogram")
def test_the_histogram_counts(frame, bins):
    h = features.colour_histogram(frame, bins=bins)
    assert h.sum() == pytest.approx(1)
    r, g, b = (int(v) * bins // 256 for v in frame[0, 0])
    inside = [tuple(int(v) * bins // 256 for v in pixel) == (r, g, b) for pixel in frame.reshape(-1, 3)]
    assert h[r, g, b] == pytest.approx(np.mean(inside))


def test_opencv_and_numpy_count_the_same():
    frame = photo()
    ours = features.colour_histogram(frame)
    assert largest(ours * frame[..., 0].size, cv2.calcHist([frame], [0, 1, 2], None, [8] * 3, [0, 256] * 3)) < 1e-9
    theirs, _ = np.histogramdd(frame.reshape(-1, 3), bins=8, range=[(0, 256)] * 3)
    assert largest(ours * frame[..., 0].size, theirs) < 1e-9
    assert features.colour_histogram(photo("camera"), bins=256).shape == (256,)
    with pytest.raises(ValueError, match="bins=0"):
        features.colour_histogram(frame, bins=0)


@few
@given(colours)
@pytest.mark.equation("eq-moments")
def test_moments_are_those_of_scipy_and_expectations_under_the_histogram(frame):
    mean, deviation, skew = features.colour_moments(frame)
    pixels = frame.reshape(-1, 3) / 255
    assert largest(mean, pixels.mean(axis=0)) < 1e-12
    assert largest(deviation**2, stats.moment(pixels, 2, axis=0)) < 1e-12
    assert largest(skew**3, stats.moment(pixels, 3, axis=0)) < 1e-12
    values = np.arange(256) / 255
    for c in range(3):
        h = features.colour_histogram(frame[..., c], bins=256)
        assert mean[c] == pytest.approx(h @ values, abs=1e-12)
        assert deviation[c] ** 2 == pytest.approx(h @ (values - mean[c]) ** 2, abs=1e-12)
        assert skew[c] ** 3 == pytest.approx(h @ (values - mean[c]) ** 3, abs=1e-12)


def test_moments_tell_channels_apart_and_keep_the_sign_of_the_skew():
    red, blue = np.zeros((8, 8, 3)), np.zeros((8, 8, 3))
    red[:3, :3, 0] = blue[:3, :3, 2] = 0.9
    a, b = features.colour_moments(red), features.colour_moments(blue)
    assert np.array_equal(a, b[:, ::-1])
    assert largest(a, b) > 0.1
    assert a[2, 0] > 0 > features.colour_moments(1 - red)[2, 0]


def test_equalisation_is_opencv_s_but_for_its_offset_and_flattens():
    frame = photo("camera")
    ours, theirs = features.equalise(frame).astype(int), cv2.equalizeHist(frame).astype(int)
    assert largest(ours, theirs) <= 2  # OpenCV subtracts the share of the darkest value
    h = features.colour_histogram(features.equalise(frame), bins=8)
    assert abs(h - 1 / 8).max() < 0.2 * features.colour_histogram(frame, bins=8).max()
    assert features.equalise(photo()).shape == photo().shape


# ---- Texture ---------------------------------------------------------------------------------------------------------


@few
@given(greys)
@pytest.mark.equation("eq-lbp")
def test_patterns_are_scikit_image_s_and_the_twin_s(u):
    want = feature.local_binary_pattern(u, 8, 1, method="uniform")
    assert np.array_equal(features.local_binary_pattern(u), want)
    assert np.array_equal(fast.local_binary_pattern(u), want)


@few
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(100, 104)))
def test_patterns_agree_where_neighbours_tie(u):
    want = feature.local_binary_pattern(u, 8, 1, method="uniform")
    assert np.array_equal(features.local_binary_pattern(u), want)
    assert np.array_equal(fast.local_binary_pattern(u), want)


@pytest.mark.parametrize("name", clips.photographs())
def test_patterns_of_photographs_are_scikit_image_s(name):
    u = clips.photograph(name)
    u = u if u.ndim == 2 else np.ascontiguousarray(u[..., 1])
    want = feature.local_binary_pattern(u, 8, 1, method="uniform")
    assert np.array_equal(fast.local_binary_pattern(u), want)
    assert np.array_equal(features.local_binary_pattern(u), want)


def test_the_pattern_kernels_are_python_as_well():
    u = np.random.default_rng(1).integers(0, 5, (6, 7), np.uint8)
    out = np.empty(u.shape, np.uint8)
    fast.patterns.py_func(np.pad(u, 1), out)
    assert np.array_equal(out, features.local_binary_pattern(u))
    wide = np.pad(u, 1)
    for i, j in np.ndindex(u.shape):
        assert fast.label.py_func(wide.astype(int), i, j) == out[i, j]
        assert fast.rounded.py_func(wide, i, j, 0.70711, -0.70711) == fast.rounded(wide, i, j, 0.70711, -0.70711)


def test_the_sign_on_a_diagonal_needs_small_integers_only():
    x, y = np.arange(-510, 511)[:, None], np.arange(-255, 256)
    assert np.array_equal(np.sign(408 * x + 985 * y), np.sign(29289 * x + 70711 * y))
    assert 408 * 510 + 985 * 255 < 1 << 24  # float32 is exact


def test_the_histogram_of_patterns_does_not_see_a_turn_or_a_brighter_light():
    u = photo("grass")
    h = features.lbp_histogram(u)
    assert h.sum() == pytest.approx(1)
    assert largest(h, features.lbp_histogram(np.ascontiguousarray(np.rot90(u)))) < 1e-3
    assert largest(h, features.lbp_histogram(u // 2 + 100)) < 0.05
    with pytest.raises(ValueError, match="3×3"):
        features.lbp_histogram(np.zeros((2, 5)))


@pytest.mark.parametrize("shape_", [(40, 60), (24, 24), (7, 9)])
@pytest.mark.parametrize(("kind", "close"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_gabor_is_scikit_image_s(shape_, kind, close):
    u = (photo("camera")[60 : 60 + shape_[0], 80 : 80 + shape_[1]] / 255).astype(kind)
    answers = features.gabor(u)
    assert answers.shape == (24, *shape_)
    assert answers.dtype == np.result_type(kind, np.complex64)
    pairs = [(f, a) for f in texture.FREQUENCIES for a in texture.ANGLES]
    for answer, (f, a) in zip(answers, pairs, strict=True):
        real, imaginary = filters.gabor(u, f, theta=a)
        assert largest(answer, real + 1j * imaginary) < close


def test_any_bank_is_scikit_image_s():
    u = photo("camera")[:30, :30] / 255
    bank = {"frequencies": (0.5, 0.11), "angles": (0.3, 2.9, np.pi - 0.3, -0.2, np.pi)}
    answers = iter(features.gabor(u, **bank))
    for f in bank["frequencies"]:
        for a in bank["angles"]:
            real, imaginary = filters.gabor(u, f, theta=a)
            assert largest(next(answers), real + 1j * imaginary) < 1e-12


@pytest.mark.equation("eq-gabor")
def test_gabor_kernels_are_scikit_image_s_and_outer_products():
    for f, a in ((0.4, 0.0), (0.1, 0.7), (0.25, np.pi / 2)):
        kernel = features.gabor_kernel(f, a)
        assert largest(kernel, filters.gabor_kernel(f, theta=a)) < 1e-14
        assert np.linalg.matrix_rank(kernel, tol=1e-9) == 1
    assert [k.shape for k in features.gabor_bank()] == [
        filters.gabor_kernel(f, theta=a).shape for f in texture.FREQUENCIES for a in texture.ANGLES
    ]
    with pytest.raises(ValueError, match=r"frequency=0\.6"):
        features.gabor_kernel(0.6, 0.0)


@pytest.mark.parametrize(("f", "angle"), [(1, 0), (2, 3), (3, 4)])
def test_the_filter_of_a_wave_answers_most(f, angle):
    frequency, theta = texture.FREQUENCIES[f], texture.ANGLES[angle]
    y, x = np.mgrid[:96, :96]
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * frequency * (x * np.cos(theta) + y * np.sin(theta)))
    energy = features.gabor_features(wave)[:, 0]
    assert int(energy.argmax()) == 6 * f + angle


# ---- Shape -----------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-hog")
@pytest.mark.parametrize(("bins", "cell", "block"), [(9, 8, 2), (9, 8, 3), (6, 4, 1), (12, 16, 2)])
def test_hog_is_scikit_image_s(bins, cell, block):
    u = photo("camera")[:131, :147] / 255
    want = feature.hog(
        u,
        orientations=bins,
        pixels_per_cell=(cell, cell),
        cells_per_block=(block, block),
        block_norm="L2-Hys",
        feature_vector=False,
    )
    assert largest(features.hog(u, bins=bins, cell=cell, block=block), want) < 1e-5  # its sums are of single precision


@few
@given(greys.filter(lambda u: min(u.shape) >= 16))
def test_hog_of_noise_is_scikit_image_s(u):
    want = feature.hog(u / 255, pixels_per_cell=(8, 8), cells_per_block=(1, 1), block_norm="L2-Hys")
    assert largest(features.hog(u, block=1).ravel(), want) < 1e-5


def test_hog_needs_room():
    for options in ({"cell": 7}, {"cell": 8, "block": 3}):
        with pytest.raises(ValueError, match="at least a block"):
            features.hog(np.zeros((20, 40)), **options)


@pytest.mark.equation("eq-orientation")
@pytest.mark.parametrize("angle", [10, 55, 100, 145])
def test_edges_are_counted_in_the_direction_in_which_they_run(angle):
    y, x = np.mgrid[:80, :80]
    theta = np.deg2rad(angle)
    u = 0.5 + 0.4 * np.sin(0.15 * (x * np.cos(theta) + y * np.sin(theta)))
    h = features.orientation_histogram(u)
    assert h.sum() == pytest.approx(1)
    assert int(h.argmax()) == angle // 10
    size, direction = shape.slopes(u)
    assert h[angle // 10] == pytest.approx(size[(direction // 10) == angle // 10].sum() / size.sum())
    assert features.orientation_histogram(np.zeros((5, 5))).sum() == 0


def test_an_angle_that_rounds_to_180_is_0():
    assert shape.sorted_angles(np.array([0.0, 179.999, 180.0, 90.0]), 4).tolist() == [0, 3, 0, 2]


def blob(turn=0.0, size=1.0, shift=(0, 0), mirror=1):
    """A filled shape without symmetries."""
    points = np.array([[0, 0], [60, 0], [60, 18], [22, 18], [22, 70], [0, 48]], float) - [25, 30]
    points[:, 0] *= mirror
    c, s = np.cos(turn), np.sin(turn)
    points = size * points @ np.array([[c, s], [-s, c]]) + [130 + shift[0], 130 + shift[1]]
    return cv2.fillPoly(np.zeros((260, 260), np.uint8), [np.rint(points).astype(np.int32)], 230)


def hu(frame):
    return features.hu_moments(features.largest_contour(frame))


@pytest.mark.parametrize("other", [blob(0.7), blob(0, 1.6), blob(2.2, 0.8, (20, -30))])
def test_hu_s_numbers_do_not_see_shift_scale_and_turn(other):
    assert largest(hu(blob())[:4], hu(other)[:4]) < 0.15
    assert largest(hu(other)[:4], hu(cv2.circle(np.zeros((260, 260), np.uint8), (130, 130), 50, 230, -1))[:4]) > 1


def test_hu_s_seventh_number_sees_a_mirror_and_the_contour_is_opencv_s():
    assert np.sign(hu(blob())[6]) == -np.sign(hu(blob(mirror=-1))[6])
    contour = features.largest_contour(blob())
    assert cv2.contourArea(contour) == pytest.approx((blob() > 0).sum(), rel=0.06)
    assert np.array_equal(features.largest_contour(255 - blob()), contour)  # the rarer side of the threshold
    raw = cv2.HuMoments(cv2.moments(contour.astype(np.float32)[:, None])).ravel()
    assert largest(hu(blob()), -np.sign(raw) * np.log10(abs(raw))) < 1e-12
    assert features.hu_moments(contour[:2]).tolist() == [0] * 7
    assert hu(np.zeros((9, 9), np.uint8)).tolist() == [0] * 7


# ---- The network -----------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-network")
def test_a_layer_is_convolution_rectification_and_pooling_by_hand():
    network = features.random_network(seed=3, widths=(4,), size=3)
    planes = np.random.default_rng(0).random((3, 8, 10)).astype(np.float32)
    wide = np.pad(planes, ((0, 0), (1, 1), (1, 1)), mode="reflect")
    want = np.zeros((4, 4, 5))
    for o, y, x in np.ndindex(want.shape):
        fourth = [(wide[:, i : i + 3, j : j + 3] * network.filters[0][o]).sum() for i in (2 * y, 2 * y + 1)
                  for j in (2 * x, 2 * x + 1)]  # fmt: skip
        want[o, y, x] = max(0, *fourth)
    assert largest(features.forward(planes, network), want) < 1e-5
    assert network.operations((8, 10)) == 8 * 10 * 4 * 27


def test_the_network_is_its_seed_and_does_not_see_a_brighter_light():
    a, b = (features.random_network(seed=s) for s in (0, 1))
    assert all(np.array_equal(x, y) for x, y in zip(a.filters, features.random_network(seed=0).filters, strict=True))
    assert not np.array_equal(a.filters[0], b.filters[0])
    assert all(abs(f.sum(axis=(1, 2, 3))).max() < 1e-4 for f in a.filters)
    frame = photo() / 510
    assert largest(features.random_features(frame), features.random_features(frame + 0.3)) < 1e-3
    assert features.random_features(photo("camera")).shape == (5, 64)


# ---- Retrieval -------------------------------------------------------------------------------------------------------


@few
@given(arrays(bool, st.integers(2, 30)))
@pytest.mark.equation("eq-ap")
def test_average_precision_is_scikit_learn_s(relevant):
    ours = features.average_precision(relevant)
    if relevant.any():
        assert ours == pytest.approx(sklearn_metrics.average_precision_score(relevant, -np.arange(len(relevant))))
    else:
        assert ours == 0


def test_chance_is_what_a_ranking_by_lot_has():
    rng = np.random.default_rng(0)
    drawn = [features.average_precision(rng.permutation(30) < 5) for _ in range(4000)]
    assert features.chance_precision(5, 30) == pytest.approx(np.mean(drawn), abs=0.006)
    assert features.chance_precision(30, 30) == pytest.approx(1)
    with pytest.raises(ValueError, match="0 of 5"):
        features.chance_precision(0, 5)


@pytest.mark.parametrize(("ours", "theirs"), [("l1", "manhattan"), ("l2", "euclidean"), ("cosine", "cosine")])
def test_distances_are_scikit_learn_s(ours, theirs):
    rng = np.random.default_rng(1)
    a, b = rng.random((4, 6)), rng.random((5, 6))
    want = sklearn_metrics.pairwise_distances(a, b, metric=theirs)
    assert largest(features.distances(a, b, metric=ours), want) < 1e-12
    chi = -sklearn_metrics.pairwise.additive_chi2_kernel(a, b)
    assert largest(features.distances(a, b, metric="chi2"), chi) < 1e-12


def test_distances_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="metric='l3'"):
        features.distances([[1.0]], [[1.0]], metric="l3")
    with pytest.raises(ValueError, match="equal D"):
        features.distances([[1.0]], [[1.0, 2.0]], metric="l1")
    with pytest.raises(ValueError, match="one each"):
        features.mean_average_precision([[1.0]], [[1.0]], [0, 1], metric="l1")


def test_mean_average_precision_leaves_the_query_out():
    vectors, labels = np.array([[0.0], [0.2], [5.0], [5.2], [0.1]]), ["a", "a", "b", "b", "c"]
    want = np.mean([1 / 2, 1 / 2, 1, 1])  # c stands between both of a; nothing is relevant for c
    assert features.mean_average_precision(vectors, vectors, labels, metric="l1") == pytest.approx(want)
    full = features.mean_average_precision(vectors[:2], vectors, ["a", "a"], metric="l1", base_labels=labels)
    assert full == pytest.approx(np.mean([(1 + 2 / 3) / 2] * 2))
    assert np.isnan(features.mean_average_precision([[0.0]], [[0.0]], ["a"], metric="l1"))
    assert features.ranking([[2.0, 1.0, 1.0]]).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("name", list(features.FEATURES))
def test_every_feature_describes_bytes_floats_grey_and_tiny_frames(name):
    clip = clips.load("sprites", frames=2, size=(48, 64)).array
    vectors = features.describe(clip, name)
    assert vectors.ndim == 2
    assert np.isfinite(vectors).all()
    assert np.allclose(vectors, features.describe(clip / 255, name), atol=1e-4)
    grey = features.describe([np.random.default_rng(0).random((16, 16))], name)
    assert np.isfinite(grey).all()
    assert not np.allclose(vectors[0], features.describe([photo()], name)[0])


def test_frames_of_a_shot_find_each_other():
    frames = np.concatenate(
        [clips.load("bikes", frames=range(a, a + 12, 6), size=(68, 160)).array for a in (80, 140, 190)]
    )
    labels = np.repeat([0, 1, 2], 2)
    for name in ("colour histogram", "colour moments", "HOG", "random network"):
        vectors = features.describe(frames, name)
        metric = features.FEATURES[name].metric
        assert features.mean_average_precision(vectors, vectors, labels, metric=metric) > 0.9


def test_a_feature_may_be_a_function_and_no_frame_is_no_clip():
    assert features.describe([np.ones((2, 3))], np.sum).tolist() == [[6]]
    with pytest.raises(ValueError, match="no frame"):
        features.describe([], "HOG")
    with pytest.raises(ValueError, match="accepted are colour histogram"):
        features.describe([np.ones((2, 2))], "SIFT")
