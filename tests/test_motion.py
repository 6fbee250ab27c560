"""Proofs of vdtext.motion: exact shifts and flows, readable twins, and OpenCV, scikit-image and PyAV as referees."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import linalg, ndimage
from skimage.registration import phase_cross_correlation

from vdtext import clips, edges, heat, motion
from vdtext.errors import BitstreamError
from vdtext.fast import motion as fast
from vdtext.fast.motion import blocks as fast_blocks
from vdtext.fast.motion import lanes, overlap, planes, search, tree
from vdtext.motion import coding, compensation
from vdtext.motion.stabilise import shown, smooth_shots

few = settings(deadline=None, max_examples=25)
RNG = np.random.default_rng(0)


def picture(shape=(48, 64), seed=0, time=1.0):
    """A smooth random picture, uint8."""
    u = heat.diffuse(np.random.default_rng(seed).standard_normal(shape), time)
    return np.rint(255 * (u - u.min()) / np.ptp(u)).astype(np.uint8)


def frames(least=1, most=24):
    """Random frames of every small shape."""
    shapes = st.tuples(st.integers(least, most), st.integers(least, most))
    return shapes.flatmap(lambda shape: arrays(np.uint8, shape))


def largest(a, b):
    return float(abs(np.asarray(a, float) - b).max())


# ---- Between the pixels ----------------------------------------------------------------------------------------------


@few
@given(frames(), st.integers(0, 12))
def test_the_planes_are_the_oracle_s(frame, margin):
    assert np.array_equal(fast.phases(frame, margin), motion.phases(frame, margin=margin))
    assert np.array_equal(planes.phases.py_func(frame[:3, :3], 2), motion.phases(frame[:3, :3], margin=2))


def direct(reference, y, x, a, b):
    """HEVC's prediction of one sample, word by word: columns, then rows, in plain integers."""
    taps = {0: [0, 0, 0, 64, 0, 0, 0, 0], 1: [-1, 4, -10, 58, 17, -5, 1, 0], 2: [-1, 4, -11, 40, 40, -11, 4, -1]}
    taps[3] = taps[1][::-1]
    h, w = reference.shape

    def sample(i, j):
        return int(reference[min(max(i, 0), h - 1), min(max(j, 0), w - 1)])

    across = [sum(taps[b][k] * sample(y + m, x + k - 3) for k in range(8)) for m in range(-3, 5)]
    return min(max(((sum(taps[a][m] * across[m] for m in range(8)) >> 6) + 32) >> 6, 0), 255)


@pytest.mark.equation("eq-taps", "eq-phases")
@pytest.mark.parametrize("phase", list(np.ndindex(4, 4)))
def test_the_planes_are_hevc_s_filters(phase):
    frame = np.random.default_rng(1).integers(0, 256, (9, 11), np.uint8)
    plane = motion.phases(frame, margin=0)[phase]
    assert [[direct(frame, y, x, *phase) for x in range(11)] for y in range(9)] == plane.tolist()


def test_the_filters_are_of_unit_gain_mirror_each_other_and_keep_lines():
    taps = motion.interpolation.TAPS
    assert taps.sum(axis=1).tolist() == [64] * 4
    assert taps[1, :7].tolist() == taps[3, :0:-1].tolist()
    ramp = np.tile(np.arange(0, 240, 8, dtype=np.uint8), (3, 1))
    for b in range(4):
        assert largest(motion.phases(ramp, margin=0)[0, b, 1, 4:-5], ramp[1, 4:-5] + 2.0 * b) <= 1


@pytest.mark.parametrize("vector", [(3, 7), (-400, 400), (10**6, -(10**6))])
def test_a_margin_is_as_good_as_a_border_that_goes_on_forever(vector):
    frame = picture((20, 30))
    near, far = fast.phases(frame, 36), motion.phases(frame, margin=200)
    for size in (8, 32):
        out = np.empty((size, size), np.uint8)
        overlap.fetch(near, 4, -5, *vector, 20, out)
        whole = compensation.take(far, range(4, 4 + size), range(-5, -5 + size), vector, frame.shape)
        assert np.array_equal(out, whole)


# ---- Blocks ----------------------------------------------------------------------------------------------------------


@few
@given(
    arrays(np.uint8, (20, 44)), arrays(np.uint8, (20, 44)), st.integers(1, 16), st.integers(1, 40), st.integers(0, 4)
)
def test_sad_of_every_size_is_numpy_s(a, b, height, width, x):
    want = motion.sad(a[:height, x : x + width], b[2 : 2 + height, 1 : 1 + width])
    assert fast_blocks.plane_sad(a, b, 0, x, 2, 1, height, width) == want
    assert fast_blocks.plane_sad.py_func(a, b, 0, x, 2, 1, height, width) == want


def test_sad_reads_sixteen_and_eight_bytes_at_once():
    a, b = (np.random.default_rng(s).integers(0, 256, (2, 40), np.uint8) for s in (0, 1))
    for function, count in ((lanes.sad16, 16), (lanes.sad8, 8)):
        assert function(a, 1, 3, b, 0, 5) == motion.sad(a[1, 3 : 3 + count], b[0, 5 : 5 + count])
    extreme = np.array([[0] * 16, [255] * 16], np.uint8)
    assert fast_blocks.plane_sad(extreme, extreme, 0, 0, 1, 0, 1, 16) == 4080


@few
@given(frames(8, 16), st.integers(-9, 9), st.integers(-9, 9))
@pytest.mark.equation("eq-satd")
def test_satd_is_half_the_absolute_sum_of_hadamard_s_transform(frame, v, u):
    other = np.random.default_rng(2).integers(0, 256, frame.shape, np.uint8)
    sides = [n // 4 * 4 for n in frame.shape]
    ref = fast.phases(other, 24)
    block = compensation.take(motion.phases(other, margin=60), range(sides[0]), range(sides[1]), (v, u), frame.shape)
    want = motion.satd(frame[: sides[0], : sides[1]], block)
    hadamard = np.kron(np.eye(sides[0] // 4), linalg.hadamard(4)), np.kron(np.eye(sides[1] // 4), linalg.hadamard(4))
    difference = frame[: sides[0], : sides[1]].astype(int) - block
    assert want == abs(hadamard[0] @ difference @ hadamard[1].T).sum() // 2
    for function in (fast.block_satd, fast.block_satd.py_func):
        assert function(frame, ref, 0, 0, v, u, *sides) == want
    assert fast.block_sad.py_func(frame, ref, 0, 0, v, u, *sides) == fast.block_sad(frame, ref, 0, 0, v, u, *sides)


def test_what_is_left_of_a_satd_block_counts_by_its_sad():
    a, b = picture((6, 7)), picture((6, 7), 1)
    ref = fast.phases(b, 12)
    inner, outer = motion.satd(a[:4, :4], b[:4, :4]), motion.sad(a, b) - motion.sad(a[:4, :4], b[:4, :4])
    assert fast.block_satd(a, ref, 0, 0, 0, 0, 6, 7) == pytest.approx(inner + outer, abs=1)


@given(st.integers(-5000, 5000), st.integers(-5000, 5000))
@pytest.mark.equation("eq-bits")
def test_bits_of_a_vector_are_those_of_chapter_six_s_words(row, column):
    from vdtext import entropy

    want = sum(len(entropy.exp_golomb(int(entropy.zigzag(n)))) for n in (row, column))
    assert motion.vector_bits((row, column)) == fast.vector_bits(row, column) == want
    assert fast.vector_bits.py_func(row, column) == want


@few
@given(arrays(np.int32, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(2)), elements=st.integers(-99, 99)))
@pytest.mark.equation("eq-median")
def test_the_median_predictor_is_its_twin_s(field):
    middle = motion.median_predictor(field)
    for i, j in np.ndindex(field.shape[:2]):
        assert tuple(middle[i, j]) == fast.median_vector(field, i, j, 1)
        assert fast.median_vector.py_func(field, i, j, 1) == tuple(middle[i, j])
    if min(field.shape[:2]) > 1:
        trio = np.sort([field[1, 0], field[0, 1], field[0, 2] if field.shape[1] > 2 else field[0, 0]], axis=0)
        assert np.array_equal(middle[1, 1], trio[1])


# ---- Search ----------------------------------------------------------------------------------------------------------


@few
@given(frames(5, 40), st.integers(0, 3), st.sampled_from([4, 8, 16]))
@pytest.mark.equation("eq-full")
def test_full_search_is_brute_force(frame, radius, block):
    other = np.roll(frame, (1, -2), (0, 1)) // 2 + 40
    want = motion.full_search(frame, other, block=block, radius=radius)
    found = motion.match(frame, other, block=block, radius=radius, method="full", precision=1, penalty=0)
    assert np.array_equal(found.vectors, want)
    wide = np.pad(other, radius, mode="edge").astype(int)
    i, j = np.array(want.shape[:2]) - 1
    part = frame[i * block : (i + 1) * block, j * block : (j + 1) * block]
    tries = {
        (v, u): abs(part - wide[radius + v + i * block :, radius + u + j * block :][: len(part), : part.shape[1]]).sum()
        for v, u in motion.search_window(radius) // 4
    }
    assert tuple(want[i, j] // 4) == min(tries, key=tries.get)


@pytest.mark.parametrize("method", ["full", "diamond", "hierarchical"])
@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-7, 6)])
def test_a_constant_shift_is_recovered_exactly(method, shift):
    wide = picture((160, 180), time=3.0)
    a, b = wide[16:144, 16:160], wide[16 - shift[0] : 144 - shift[0], 16 - shift[1] : 160 - shift[1]]
    found = motion.match(a, b, method=method, radius=10)
    assert (found.vectors[1:-1, 1:-1] == 4 * np.array(shift)).all()
    whole = motion.compensate(b, found.vectors, block=16)
    assert np.array_equal(whole[16:-16, 16:-16], a[16:-16, 16:-16])


@pytest.mark.parametrize("shift", [(0.5, -1.25), (0.25, 0.75)])
def test_a_shift_by_quarter_pixels_is_recovered(shift):
    y, x = np.mgrid[:96, :96]

    def scene(y, x):
        return np.rint(127 + 50 * np.sin(0.21 * y + 0.13 * x) + 50 * np.cos(0.17 * x - 0.11 * y + 1)).astype(np.uint8)

    found = motion.match(scene(y, x), scene(y - shift[0], x - shift[1]), radius=6, penalty=0)
    middle = found.vectors[1:-1, 1:-1]
    assert np.array_equal(np.median(middle, axis=(0, 1)), 4 * np.array(shift))
    half = motion.match(scene(y, x), scene(y - shift[0], x - shift[1]), radius=6, penalty=0, precision=2)
    assert (half.vectors % 2 == 0).all()
    assert half.cost > found.cost


def twin_cost(current, reference, y, x, size, predictor, price, unit, hadamard):
    """The cost of a vector, readable."""
    far = motion.phases(reference, margin=80)

    def cost(vector):
        rows, columns = range(y, y + size), range(x, x + size)
        there = compensation.take(far, rows, columns, vector, reference.shape)
        here = current[y : y + size, x : x + size]
        bits = motion.vector_bits((np.array(vector) - predictor) // unit)
        return 16 * (motion.satd if hadamard else motion.sad)(here, there) + price * int(bits)

    return cost


@pytest.mark.parametrize("hadamard", [False, True])
@pytest.mark.parametrize(("unit", "steps"), [(4, fast.INTEGER), (2, fast.HALF), (1, fast.QUARTER)])
def test_the_descent_is_the_readable_one_s(unit, steps, hadamard):
    for seed in range(4):
        a, b = picture(seed=seed), picture(seed=seed + 1)
        best, predictor = np.empty(3, np.int64), np.array([4, -8])
        start = np.array([[0, 0], [8, 4], [-12, 0]], np.int32)
        cost = twin_cost(a, b, 16, 24, 16, predictor, 24, unit, hadamard)
        want = motion.descend(cost, [tuple(map(int, v)) for v in start], steps=steps)
        task = (a, fast.phases(b, 40), 16, 24, 16, 16, start, 4, -8, 1000, 24, unit, hadamard, steps, best)
        fast.search_block(*task)
        assert tuple(best[1:]) == want
        assert best[0] == cost(want)
        search.search_block.py_func(*task)
        assert tuple(best[1:]) == want


@pytest.mark.equation("eq-cost")
def test_the_cost_of_a_frame_is_distortion_and_bits():
    a, b = picture(seed=3), picture(seed=4)
    for method, precision, penalty in (("full", 1, 0.0), ("diamond", 4, 5.0), ("hierarchical", 2, 2.5)):
        found = motion.match(a, b, method=method, precision=precision, penalty=penalty, radius=6)
        distortion = motion.sad(a, motion.compensate(b, found.vectors, block=16))
        assert found.cost == pytest.approx(distortion + penalty * found.bits)
    found = motion.match_tree(a, b, radius=6, penalty=3.0)
    assert found.cost == pytest.approx(motion.sad(a, motion.compensate(b, found.vectors, block=8)) + 3.0 * found.bits)


def test_a_dear_bit_makes_a_quiet_field_and_a_wide_search_a_low_cost():
    clip = clips.load("carphone", frames=range(50, 52), gray=True).array
    fields = [motion.match(clip[1], clip[0], penalty=p) for p in (0, 4, 40, 400)]
    assert sorted((f.bits for f in fields), reverse=True) == [f.bits for f in fields]
    errors = [motion.sad(clip[1], motion.compensate(clip[0], f.vectors, block=16)) for f in fields]
    assert sorted(errors[1:]) == errors[1:]
    full = [motion.match(clip[1], clip[0], method="full", radius=r, penalty=0, precision=1).cost for r in (0, 1, 3, 7)]
    assert sorted(full, reverse=True) == full


def test_a_field_is_bounded_by_its_radius_and_can_be_started():
    a, b = picture((64, 80), 5), picture((64, 80), 6)
    assert abs(motion.match(a, b, radius=3).vectors).max() <= 12
    wide = picture((128, 256), 7, time=2.0)
    here, there = wide[:, 40:200], wide[:, :160]  # 40 pixels to the right, behind a plateau of equal costs
    start = np.full((8, 10, 2), (0, 160))
    found = motion.match(here, there, radius=60, start=start)
    assert (found.vectors[:, :7] == (0, 160)).all()


def test_compiled_fields_are_their_python():
    a, b = picture((20, 24), 1), picture((20, 24), 2)
    ref, zero = fast.phases(b, 40), np.zeros((3, 3, 2), np.int32)
    made = []
    for get in (lambda f: f, lambda f: f.py_func):
        v, c = zero.copy(), np.zeros((3, 3), np.int64)
        get(fast.search_field)(a, ref, 8, zero, 12, 64, 1, False, fast.QUARTER, v, c)
        w, d = zero.copy(), np.zeros((3, 3), np.int64)
        for hadamard in (False, True):
            get(fast.full_field)(a, ref, 8, motion.search_window(1), 64, 2, hadamard, fast.HALF[4:], w, d)
        t, s = zero.copy(), np.zeros((3, 3), np.uint8)
        cost = get(fast.tree_field)(a, ref, zero, 12, 64, 1, False, fast.HALF[3:], t, s)
        made.append([v, c, w, d, t, s, cost])
    assert all(np.array_equal(x, y) for x, y in zip(*made, strict=True))


def kernels(current, reference):
    """What every kernel makes of two small frames; arguments of the types that plain Python needs."""
    zero, cells = np.zeros((2, 3, 2), np.int32), np.zeros((2, 3), np.int64)
    ref = planes.phases(reference, 20)
    fields = [[zero.copy(), cells.copy()] for _ in range(4)]
    for hadamard, (v, c) in zip((False, True), fields, strict=False):
        search.search_field(current, ref, 8, zero, 10, 40, 1, hadamard, fast.QUARTER[3:], v, c)
    for hadamard, (v, c) in zip((False, True), fields[2:], strict=False):
        search.full_field(current, ref, 8, motion.search_window(1), 40, 2, hadamard, fast.HALF[4:], v, c)
    split, sizes = zero.copy(), np.zeros((2, 3), np.uint8)
    cost = tree.tree_field(current, ref, zero, 10, 4, 1, False, fast.QUARTER[4:], split, sizes)
    copied, mixed = np.empty(current.shape, np.uint8), np.empty(current.shape, np.int16)
    overlap.copy_blocks(ref, split, 8, copied)
    modes, weights = np.arange(6).reshape(2, 3) % 3, motion.window(8).astype(np.int64)
    overlap.overlapped(ref.astype(np.int64), ref.astype(np.int64), split, fields[0][0], modes, weights, mixed)
    field = np.stack([current, reference]) / 255
    flowed = sys.modules["vdtext.fast.motion.relax"].relax(field, field, field[0], 0.1, 2)
    return [ref, *(x for pair in fields for x in pair), split, sizes, cost, copied, mixed, flowed]


def test_without_numba_every_kernel_does_the_same(monkeypatch):
    pair = picture((16, 20), 1), np.roll(picture((16, 20), 1), 1, axis=1)
    compiled = kernels(*pair)
    rooms = [fast_blocks, planes, search, tree, overlap, sys.modules["vdtext.fast.motion.relax"]]
    for module in rooms:
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
    plain = kernels(*pair)
    assert not hasattr(search.trial, "py_func")
    assert all(np.array_equal(a, b) for a, b in zip(compiled[:-1], plain[:-1], strict=True))
    assert largest(compiled[-1], plain[-1]) < 1e-12


@pytest.mark.parametrize(
    "bad", [{"block": 3}, {"method": "guess"}, {"metric": "ssd"}, {"precision": 8}, {"penalty": -1}]
)
def test_match_says_what_it_accepts(bad):
    with pytest.raises(ValueError, match="accepted are"):
        motion.match(picture(), picture(), **bad)


def test_frames_have_to_fit():
    for a, b in ((picture(), picture((8, 8))), (picture() / 255, picture()), (picture()[None], picture()[None])):
        with pytest.raises(ValueError, match="two frames"):
            motion.match(a, b)
    with pytest.raises(ValueError, match="start"):
        motion.match(picture(), picture(), start=np.zeros((1, 1, 2)))
    with pytest.raises(ValueError, match="start"):
        motion.match_tree(picture(), picture(), start=np.zeros((1, 1, 2)))


# ---- Quadtree --------------------------------------------------------------------------------------------------------


def test_a_tree_keeps_whole_what_moves_together_and_splits_what_does_not():
    wide = picture((100, 132), 8)
    b = wide[:96, :128].copy()
    a = b.copy()
    assert (motion.match_tree(a, b).sizes == 32).all()
    a[40:48, 72:80] = wide[43:51, 70:78]
    sizes = motion.match_tree(a, b, penalty=1.0).sizes
    assert sizes[5, 9] == 8
    assert (sizes[:, :4] == 32).all()


def test_a_tree_costs_no_more_than_its_squares():
    clip = clips.load("carphone", frames=range(50, 52), gray=True).array
    tree_cost = motion.match_tree(clip[1], clip[0], penalty=4.0).cost
    flags = -(-144 // 32) * -(-176 // 32) * 4
    assert tree_cost < motion.match(clip[1], clip[0], block=32, penalty=4.0).cost + flags
    assert tree_cost < motion.match(clip[1], clip[0], block=16, penalty=4.0).cost


# ---- Compensation ----------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-window")
@pytest.mark.parametrize("shape", ["raised", "bilinear"])
@pytest.mark.parametrize("block", [2, 4, 8, 16, 32, 64])
def test_overlapping_windows_sum_to_a_constant(block, shape):
    w = motion.window(block, shape).astype(int)
    assert (w[:block] + w[block:] == 2 * block).all()
    assert np.array_equal(w, w[::-1])
    plane = np.multiply.outer(w, w)
    four = plane[:block, :block] + plane[block:, :block] + plane[:block, block:] + plane[block:, block:]
    assert (four == 4 * block**2).all()


def test_the_windows_are_frozen():
    assert motion.window(8).tolist() == [0, 1, 4, 6, 10, 12, 15, 16, 16, 15, 12, 10, 6, 4, 1, 0]
    with pytest.raises(ValueError, match="accepted are"):
        motion.window(6)


def random_field(shape, block, seed=0, reach=60):
    rows, columns = (-(-n // block) for n in shape)
    return np.random.default_rng(seed).integers(-reach, reach, (rows, columns, 2)).astype(np.int32)


@pytest.mark.parametrize("shape", [(16, 16), (19, 30), (5, 7)])
@pytest.mark.parametrize("block", [4, 8, 16])
@pytest.mark.equation("eq-overlap")
def test_compensation_is_its_readable_twin(shape, block):
    frame, field = picture(shape), random_field(shape, block)
    far = motion.phases(frame, margin=100)
    copied = motion.copy_blocks(far, field, block=block, shape=shape)
    assert np.array_equal(motion.compensate(frame, field, block=block), copied)
    for kind in ("raised", "bilinear"):
        weights = motion.window(block, kind)
        want = motion.overlap_blocks(far, field, block=block, shape=shape, weights=weights)
        assert np.array_equal(motion.compensate(frame, field, block=block, overlap=kind), want)


def test_one_vector_for_all_is_one_shift_however_windows_overlap():
    frame = picture((40, 48))
    field = np.full((5, 6, 2), (-8, 12))
    plain = motion.compensate(frame, field, block=8)
    assert np.array_equal(motion.compensate(frame, field, block=8, overlap="raised"), plain)
    assert np.array_equal(plain[4:, :-4], frame[2:-2, 3:-1])


def test_two_references_are_averaged_and_each_can_be_chosen():
    a, b = picture((24, 32), 1), picture((24, 32), 2)
    pa, pb = (fast.phases(u, 40) for u in (a, b))
    zero, w = np.zeros((3, 4, 2), np.int32), motion.window(8)
    out = np.empty((24, 32), np.int16)
    want = {0: a, 1: b, 2: (a.astype(int) + b + 1) >> 1}
    for mode, frame in want.items():
        fast.overlapped(pa, pb, zero, zero, np.full((3, 4), mode, np.uint8), w, out)
        assert np.array_equal(out, frame)
    modes = np.arange(12, dtype=np.uint8).reshape(3, 4) % 3
    compiled, plain = np.empty((24, 32), np.uint8), np.empty((24, 32), np.uint8)
    fields = [random_field((24, 32), 8, seed) for seed in (1, 2)]
    fast.overlapped(pa, pb, *fields, modes, w, compiled)
    with np.errstate(over="ignore"):
        overlap.overlapped.py_func(*(x.astype(int) for x in (pa, pb, *fields, modes, w)), plain)
    assert np.array_equal(compiled, plain)
    overlap.copy_blocks.py_func(pa, fields[0], 8, plain)
    assert np.array_equal(motion.compensate(a, fields[0], block=8), plain)


def test_colour_moves_as_grey_does():
    frame, field = picture((16, 24)), random_field((16, 24), 8)
    colours = np.stack([frame, 255 - frame, frame // 2], axis=2)
    moved = motion.compensate(colours, field, block=8)
    assert np.array_equal(moved[..., 0], motion.compensate(frame, field, block=8))
    assert moved.shape == colours.shape
    with pytest.raises(ValueError, match="accepted"):
        motion.compensate(frame, field, block=16)
    with pytest.raises(ValueError, match="accepted"):
        motion.compensate(frame / 255, field, block=8)


# ---- Vectors as bytes ------------------------------------------------------------------------------------------------


@few
@given(
    arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(2)), elements=st.integers(-200, 200)),
    st.sampled_from([1, 2, 4]),
)
def test_vectors_come_back_from_their_bytes(field, precision):
    field = field * (4 // precision)
    data = motion.encode_vectors(motion.Matches(field, 16, precision, 0.0))
    back = motion.decode_vectors(data + b"garbage")
    assert np.array_equal(back.vectors, field)
    assert (back.block, back.precision, back.sizes) == (16, precision, None)


@pytest.mark.parametrize("shape", [(144, 176), (72, 104), (9, 8)])
def test_trees_come_back_from_their_bytes(shape):
    clip = clips.load("carphone", frames=range(50, 52), gray=True).array[:, : shape[0], : shape[1]]
    found = motion.match_tree(clip[1], clip[0])
    data = motion.encode_vectors(found)
    back = motion.decode_vectors(data + b"\0\1")
    assert np.array_equal(back.vectors, found.vectors)
    assert np.array_equal(back.sizes, found.sizes)
    assert len(data) < found.bits / 8 + 20


def test_vectors_are_decoded_in_a_fresh_process():
    clip = clips.load("carphone", frames=range(50, 52), gray=True).array
    found = motion.match_tree(clip[1], clip[0])
    code = "import sys; from vdtext import motion; m = motion.decode_vectors(sys.stdin.buffer.read()); "
    code += "print(int(m.vectors.astype(int).sum()), int((m.vectors.astype(int) ** 2).sum()))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=motion.encode_vectors(found), capture_output=True, check=True
    )
    wide = found.vectors.astype(int)
    assert done.stdout.split() == [str(wide.sum()).encode(), str((wide**2).sum()).encode()]


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(data):
    for stream in (data, b"VM\x01" + data, b"VM\x01\x04\x04\x08\x04\x01" + data):
        try:
            found = motion.decode_vectors(stream)
        except BitstreamError:
            continue
        assert found.vectors.shape[2] == 2


def test_a_header_that_the_bytes_cannot_pay_for_is_refused_at_once():
    head = b"VM\x01" + b"".join(map(coding.written, (512, 1024, 8, 4, 0)))
    with pytest.raises(BitstreamError, match="cannot hold"):
        motion.decode_vectors(head + bytes(100))


def test_impossible_headers_are_refused():
    for head in ((1 << 20, 1 << 20, 16, 4, 0), (0, 3, 16, 4, 0), (2, 2, 3, 4, 0), (2, 2, 16, 3, 0), (2, 2, 16, 4, 1)):
        with pytest.raises(BitstreamError, match="chapter 9"):
            motion.decode_vectors(b"VM\x01" + b"".join(map(coding.written, head)) + bytes(30))
    data = motion.encode_vectors(motion.Matches(np.full((1, 1, 2), 1 << 17, np.int32), 16, 4, 0.0))
    with pytest.raises(BitstreamError, match="vector of"):
        motion.decode_vectors(data)


# ---- A diffusion time for every block --------------------------------------------------------------------------------


@pytest.mark.equation("eq-blur")
@pytest.mark.parametrize("time", [0.25, 1.0, 4.0])
def test_the_blur_in_integers_is_heat_flow(time):
    frame = picture((40, 50), time=0.2)
    u = frame.astype(float)
    for _ in range(round(4 * time)):
        for axis in (0, 1):
            u = heat.explicit_step(u, step=0.25, axes=(axis,))
    assert largest(motion.blur(frame, time), u) < 0.6
    assert largest(motion.blur(frame, time), heat.diffuse(frame.astype(float), time)) < (24 if time < 1 else 6)
    assert np.array_equal(motion.blur(frame, 0.0), frame)
    with pytest.raises(ValueError, match="multiples"):
        motion.blur(frame, 0.3)


def test_a_block_finds_the_vector_and_the_time():
    wide = picture((90, 110), 3, time=0.3)
    soft = motion.blur(wide, 1.0)
    current, reference = soft[8:72, 8:88].copy(), wide[10:74, 5:85]
    current[32:, :] = wide[40:72, 8:88]  # the lower half is sharp
    found = motion.match_scales(current, reference)
    assert (abs(found.matches.vectors[:, 1:-1] - (-8, 12)) <= 1).all()
    assert np.median(found.matches.vectors, axis=(0, 1)).tolist() == [-8, 12]
    assert (found.levels[1, 1:-1] == 2).all()
    assert (found.levels[2:, 1:-1] == 0).all()
    assert found.bits > found.matches.bits
    predicted = motion.compensate_scales(reference, found)
    assert motion.sad(current[40:56, 16:-16], predicted[40:56, 16:-16]) == 0
    assert found.matches.cost < motion.match(current, reference).cost
    with pytest.raises(ValueError, match="first is 0"):
        motion.match_scales(current, reference, times=(1.0,))


# ---- Dense flow ------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-hs-step")
def test_a_step_of_horn_and_schunck_solves_its_equation():
    rng = np.random.default_rng(3)
    slopes, rest, alpha = 0.1 * rng.standard_normal((2, 12, 15)), 0.1 * rng.standard_normal((12, 15)), 0.003
    w = np.zeros((2, 12, 15))
    for _ in range(6000):
        w = motion.horn_schunck_step(w, slopes, rest, smoothness=alpha)
    residual = slopes * ((slopes * w).sum(axis=0) + rest) - alpha * heat.laplacian(w)
    assert abs(residual).max() < 1e-9
    bar = w + heat.laplacian(w) / 4
    share = ((slopes * bar).sum(axis=0) + rest) / (4 * alpha + (slopes**2).sum(axis=0))
    assert largest(motion.horn_schunck_step(w, slopes, rest, smoothness=alpha), bar - slopes * share) < 1e-12


@pytest.mark.equation("eq-hs")
def test_the_fixed_point_of_horn_and_schunck_has_the_least_energy():
    rng = np.random.default_rng(4)
    slopes, rest, alpha = 0.1 * rng.standard_normal((2, 8, 9)), 0.1 * rng.standard_normal((8, 9)), 0.002

    def energy(w):
        data = (((slopes * w).sum(axis=0) + rest) ** 2).sum()
        return data + alpha * sum((heat.flux(w, axis=axis) ** 2).sum() for axis in (1, 2))

    w = fast.relax(np.zeros((2, 8, 9)), slopes, rest, alpha, 8000)
    for _ in range(20):
        assert energy(w) < energy(w + 1e-3 * rng.standard_normal(w.shape))


def test_where_the_picture_is_flat_the_flow_diffuses():
    w = np.random.default_rng(0).standard_normal((2, 6, 7))
    none = np.zeros((2, 6, 7))
    assert np.array_equal(motion.horn_schunck_step(w, none, none[0], smoothness=1.0), heat.explicit_step(w, step=0.25))


@few
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_the_compiled_iteration_is_the_step(h, w, seed):
    rng = np.random.default_rng(seed)
    field, slopes, rest = rng.standard_normal((2, h, w)), rng.standard_normal((2, h, w)), rng.standard_normal((h, w))
    want = motion.horn_schunck_step(field, slopes, rest, smoothness=0.5)
    want = motion.horn_schunck_step(want, slopes, rest, smoothness=0.5)
    for function in (fast.relax, fast.relax.py_func):
        assert largest(function(field, slopes, rest, 0.5, 2), want) < 1e-12


PANS = {
    "slow": {"picture": "chelsea"},
    "fast": {"picture": "astronaut", "shift": (3.3, -4.6), "zoom": 1.01, "turn": 0.8},
}


@pytest.mark.equation("eq-epe")
@pytest.mark.parametrize("name", PANS)
def test_the_flow_of_an_affine_pan_is_nearer_to_the_truth_than_opencv_s(name):
    clip = clips.pan(frames=2, gray=True, **PANS[name])
    seen, truth = ~clip.truth.occlusion[0], clip.truth.flow[0]
    error = {
        method: motion.end_point_error(motion.flow(*clip.array, method=method), truth, seen)
        for method in ("horn-schunck", "dis", "farneback", "blocks")
    }
    assert error["horn-schunck"] < 0.08
    assert error["horn-schunck"] < min(error["dis"], error["farneback"])
    assert error["blocks"] < 0.5
    distance = np.hypot(*np.moveaxis(motion.flow(*clip.array) - truth, -1, 0))[seen].mean()
    assert error["horn-schunck"] == pytest.approx(distance)


def test_flow_takes_floats_and_bytes_and_says_what_it_accepts():
    clip = clips.pan("camera", frames=2, size=(48, 64))
    for method in ("horn-schunck", "blocks", "dis", "farneback"):
        one, two = motion.flow(*clip.array, method=method), motion.flow(*(clip.array / 255), method=method)
        assert one.shape == (48, 64, 2)
        assert largest(one, two) < 1e-9
    for bad in ({"method": "guess"}, {"method": "dis", "warps": 3}, {"warps": 0}):
        with pytest.raises(ValueError, match="chapter 9"):
            motion.flow(*clip.array, **bad)


def test_lucas_and_kanade_agree_where_they_can_see():
    clip = clips.pan("chelsea", frames=2, gray=True)
    a, b = clip.array
    points = cv2.goodFeaturesToTrack(a, 80, 0.05, 8)
    there, found, _ = cv2.calcOpticalFlowPyrLK(a, b, points, None)
    column, row = np.rint(points[:, 0]).astype(int).T
    ours = motion.flow(a, b)[row, column]
    theirs = (there - points)[:, 0, ::-1]
    assert np.median(abs(ours - theirs)[found.ravel() == 1]) < 0.05


@pytest.mark.equation("eq-occlusion")
def test_what_does_not_come_back_is_hidden():
    clip = clips.pan("astronaut", frames=2, gray=True, shift=(3.3, -4.6))
    a, b = clip.array
    forward, backward = motion.flow(a, b), motion.flow(b, a)
    hidden, truth = motion.occluded(forward, backward), clip.truth.occlusion[0]
    assert (hidden & truth).sum() > 0.8 * truth.sum()
    assert (hidden & truth).sum() > 0.8 * hidden.sum()
    field = np.zeros((4, 6, 2))
    back = field.copy()
    back[1, 2] = (0.0, 1.0)
    assert np.argwhere(motion.occluded(field, back)).tolist() == [[1, 2]]
    back[1, 2] = (0.0, 0.7)  # 0.49 < ½ + 0.01·0.49
    assert not motion.occluded(field, back).any()


@pytest.mark.equation("eq-between")
def test_a_frame_between_is_where_things_are_half_way():
    clip = clips.pan("camera", frames=3, shift=(1.0, 2.0), zoom=1, turn=0)
    a, middle, b = clip.array / 255
    constant = np.full((*a.shape, 2), (-2.0, -4.0))
    made = motion.between(a, b, flow=constant)
    inner = np.s_[8:-8, 8:-8]
    assert largest(made[inner], middle[inner]) < 0.02
    want = (edges.register(a, -constant / 2) + edges.register(b, constant / 2)) / 2
    assert largest(made, want) < 1e-6
    estimated = motion.between(a, b, flow=motion.flow(a, b))
    blended = (a + b) / 2
    assert abs(estimated - middle)[inner].mean() < abs(blended - middle)[inner].mean() / 4
    assert largest(motion.between(a, b, time=0.0, flow=constant), a) < 1e-6
    assert largest(motion.between(a, b, time=1.0, flow=constant), b) < 1e-6
    with pytest.raises(ValueError, match="accepted is 0"):
        motion.between(a, b, time=2, flow=constant)


# ---- Phase correlation -----------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-phase")
@few
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 50))
def test_the_phases_of_a_periodic_shift_turn_by_k_s(v, u, seed):
    a = np.random.default_rng(seed).random((24, 30))
    b = np.roll(a, (v, u), (0, 1))
    k = 2 * np.pi * np.fft.fftfreq(24)[:, None] * v + 2 * np.pi * np.fft.fftfreq(30) * u
    assert largest(abs(np.fft.fft2(b) - np.exp(-1j * k) * np.fft.fft2(a)), 0) < 1e-9
    shift = motion.phase_shift(a, b, taper=False)
    assert shift.tolist() == [v, u]
    assert np.array_equal(shift, -phase_cross_correlation(a, b, upsample_factor=20)[0])


@pytest.mark.parametrize("shift", [(2.35, -4.6), (-0.45, 0.8)])
def test_fractions_of_a_pixel_are_scikit_image_s(shift):
    a = heat.diffuse(np.random.default_rng(2).standard_normal((64, 80)), 2.0)
    b = np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(a), shift)).real
    ours = motion.phase_shift(a, b, taper=False)
    assert ours == pytest.approx(shift, abs=1e-9)
    assert ours == pytest.approx(-phase_cross_correlation(a, b, upsample_factor=20)[0], abs=1e-9)


def test_frames_that_do_not_repeat_are_tapered():
    clip = clips.pan("camera", frames=2, shift=(2.5, -3.5), zoom=1, turn=0)
    assert motion.phase_shift(*clip.array) == pytest.approx([-2.5, 3.5], abs=0.1)
    with pytest.raises(ValueError, match="one shape"):
        motion.phase_shift(np.zeros((3, 3)), np.zeros((3, 4)))


# ---- The camera ------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-similarity")
def test_the_path_of_a_known_camera_is_found():
    clip = clips.pan("chelsea", frames=8, shift=(1.2, -0.7), zoom=1.006, turn=0.4, gray=True)
    path = motion.camera_path(clip.array)
    square = np.concatenate([clip.truth.matrices, np.broadcast_to([[[0.0, 0, 1]]], (8, 1, 3))], axis=1)
    steps = np.linalg.solve(square[1:], square[:-1])[:, :2]
    middle = (np.array(clip.array.shape[1:]) - 1) / 2
    for made, step in zip(np.diff(path, axis=0), steps, strict=True):
        want = np.column_stack([step[:, :2], step[:, :2] @ middle + step[:, 2] - middle])
        assert largest(motion.similarity(made)[:, :2], want[:, :2]) < 1.5e-3
        assert largest(motion.similarity(made)[:, 2], want[:, 2]) < 0.08


def test_an_affine_motion_is_found():
    picture, made = clips.pan("camera", frames=1, shift=(0, 0), zoom=1, turn=0, gray=True).array[0], np.eye(2, 3)
    made += [[0.02, 0.03, 1.5], [-0.01, -0.03, -2.0]]
    middle = (np.array(picture.shape) - 1) / 2
    inverse = np.linalg.inv(np.vstack([made, [0, 0, 1]]))[:2]
    places = np.indices(picture.shape).reshape(2, -1) - middle[:, None]
    back = (inverse[:, :2] @ places + inverse[:, 2:] + middle[:, None]).reshape(2, *picture.shape).astype(np.float32)
    warped = cv2.remap(picture, back[1], back[0], cv2.INTER_CUBIC)
    found = motion.affine(picture, warped)
    assert largest(found[:, :2], made[:, :2]) < 2e-3
    assert largest(found[:, 2], made[:, 2]) < 0.1
    assert np.array_equal(motion.affine(np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)), np.eye(2, 3))


def test_a_camera_stands_still_where_nothing_is_seen_and_across_cuts():
    flat = np.full((3, 40, 40), 90, np.uint8)
    assert not motion.camera_path(flat).any()
    assert motion.camera_path([]).shape == (0, 4)
    clip = clips.pan("camera", frames=4, shift=(0, 3), zoom=1, turn=0).array
    path = motion.camera_path(clip, cuts=(2,))
    assert np.array_equal(path[2], path[1])
    assert path[3, 1] == pytest.approx(-6, abs=0.1)
    noise = np.random.default_rng(0).integers(0, 255, (2, 64, 64), np.uint8)
    assert np.isfinite(motion.camera_path(noise)).all()


@pytest.mark.equation("eq-path")
@given(arrays(float, st.tuples(st.integers(3, 40), st.integers(1, 4)), elements=st.floats(-50, 50)), st.floats(0, 30))
@few
def test_a_smoothed_path_is_the_heat_flow_of_what_a_line_leaves(path, time):
    s = np.arange(len(path))
    line = np.stack([np.polyval(np.polyfit(s, p, 1), s) for p in path.T], axis=1)
    smooth = motion.smooth_path(path, time)
    assert largest(smooth, line + heat.exact(path - line, time, axes=(0,))) < 1e-8
    assert largest(smooth.mean(axis=0), path.mean(axis=0)) < 1e-9
    if len(path) > 3:
        assert np.square(np.diff(smooth, 2, axis=0)).sum() <= np.square(np.diff(path, 2, axis=0)).sum() + 1e-6


@pytest.mark.equation("eq-budget")
@given(arrays(float, st.tuples(st.integers(3, 30), st.just(4)), elements=st.floats(-20, 20)), st.floats(0.1, 20))
@few
def test_a_limited_path_stays_in_its_tube(path, time):
    limits = np.array([1.0, 2.0, 0.5, 3.0])
    smooth = motion.smooth_path(path, time, limit=limits)
    assert (abs(smooth - path) <= limits + 1e-9).all()
    share = motion.room((100, 160), crop=0.1)
    smooth = motion.smooth_path(path, time, limit=share)
    assert share(smooth - path).max() <= 1 + 1e-9
    loose = motion.smooth_path(path, time, limit=[1e9] * 4)
    assert largest(loose, motion.smooth_path(path, time)) < 0.05 * max(np.ptp(path), 1e-9) + 1e-9


def test_pans_stay_and_one_number_a_frame_will_do():
    pan = 3.0 * np.arange(40) - 7
    assert largest(motion.smooth_path(pan, 100.0), pan) < 1e-9
    assert motion.smooth_path(pan, 4.0, limit=[1.0]).shape == (40,)
    assert motion.smooth_path([[1.0, 2.0]], 4.0).tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match="diffusion time"):
        motion.smooth_path(pan, -1.0)


@given(arrays(float, (4,), elements=st.floats(-1, 1)))
@few
def test_within_the_budget_the_window_sees_the_frame_alone(direction):
    shape, crop = (144, 176), 0.1
    share = motion.room(shape, crop=crop)
    size = share(direction[None])[0]
    if size < 1e-6:
        return
    correction = np.array(direction) / size
    correction[2:] = np.clip(correction[2:], -0.05, 0.05)
    top, left, height, width = shown(shape, crop)
    middle = (np.array(shape) - 1) / 2
    corners = np.array([(y, x) for y in (top, top + height - 1) for x in (left, left + width - 1)]) - middle
    there = corners @ motion.similarity(correction)[:, :2].T + motion.similarity(correction)[:, 2] + middle
    assert (there > -1).all()  # to first order; the second is less than a pixel
    assert (there < np.array(shape)).all()


# ---- Stabilising -----------------------------------------------------------------------------------------------------


def shaken(frames=40, sigma=1.5, shape=(120, 160), seed=5):
    """A slow pan over a photograph through a window that trembles, the same without, and the jitter."""
    photo = clips.photograph("camera")
    jitter = np.random.default_rng(seed).normal(0, sigma, (frames, 2))
    made = []
    for amount in (1, 0):
        places = 60 + 0.8 * np.arange(frames)[:, None] + amount * jitter
        made.append(np.stack([cv2.getRectSubPix(photo, shape[::-1], (100 + c, 80 + r)) for r, c in places]))
    return *made, jitter


def roughness(path):
    return float(np.sqrt((np.diff(path[:, :2], 2, axis=0) ** 2).mean()))


@pytest.mark.equation("eq-stabilise")
def test_a_shaken_clip_becomes_the_steady_one():
    clip, calm, jitter = shaken()
    done = motion.stabilise(clip, time=100.0, crop=0.1)
    assert largest(np.diff(done.path[:, :2], axis=0), np.diff(-0.8 * np.arange(40)[:, None] - jitter, axis=0)) < 0.15
    assert roughness(done.path) > 2
    assert roughness(motion.camera_path(done.frames)) < 0.06
    top, left, height, width = done.window
    assert done.frames.shape == (40, height, width) == (40, 96, 128)
    correction = done.path - done.smooth
    for frame, move, want in zip(clip, correction, done.frames, strict=True):
        assert np.array_equal(motion.steady(frame, move, crop=0.1), want)
    whole = edges.register(clip[7].astype(float), np.full((120, 160, 2), correction[7, :2]))
    turned = abs(correction[7, 2:]).max() < 2e-3
    assert turned
    assert abs(whole[top : top + height, left : left + width] - done.frames[7]).mean() < 2
    drift = done.smooth[20, :2] - done.smooth[0, :2]
    assert drift == pytest.approx([-16, -16], abs=1.5)
    assert abs(done.frames[0].astype(float) - calm[0][top : top + height, left : left + width]).mean() < 25


def test_streams_colour_and_floats_are_stabilised_alike():
    clip, *_ = shaken(12)
    done = motion.stabilise(clip, time=30.0, crop=0.1)
    stream = motion.stabilise_frames(lambda: iter(clip), time=30.0, crop=0.1)
    assert np.array_equal(np.stack(list(stream)), done.frames)
    assert np.array_equal(np.stack(list(motion.stabilise_frames(clip, time=30.0, crop=0.1))), done.frames)
    colours = motion.stabilise(np.repeat(clip[..., None], 3, axis=3), time=30.0, crop=0.1)
    assert largest(colours.frames[..., 1], done.frames) <= 1
    floats = motion.stabilise(clip / 255, time=30.0, crop=0.1)
    assert floats.frames.dtype == float
    assert abs(255 * floats.frames - done.frames).mean() < 0.6


def test_a_stream_holds_two_frames():
    import gc
    import weakref

    alive, most = [], 0

    class Frame(np.ndarray):
        pass

    clip, *_ = shaken(8)

    def source():
        nonlocal most
        for frame in clip:
            one = frame.copy().view(Frame)
            alive.append(weakref.ref(one))
            gc.collect()
            most = max(most, sum(ref() is not None for ref in alive))
            yield one
            del one

    assert sum(1 for _ in motion.stabilise_frames(source, time=5.0, crop=0.1)) == 8
    assert most <= 3


def test_each_shot_has_its_own_path():
    path = np.cumsum(np.random.default_rng(0).standard_normal((30, 4)), axis=0)
    limit = motion.room((60, 80), crop=0.1)
    parts = [motion.smooth_path(path[a:b], 9.0, limit=limit) for a, b in ((0, 12), (12, 30))]
    made = smooth_shots(path, 9.0, shape=(60, 80), crop=0.1, cuts=(12, 0, 99))
    assert np.array_equal(made, np.concatenate(parts))


def test_stabilise_says_what_it_accepts():
    clip, *_ = shaken(3)
    for bad in (0, 0.5):
        with pytest.raises(ValueError, match="crop"):
            motion.stabilise(clip, crop=bad)
    with pytest.raises(TypeError, match="twice"):
        motion.stabilise_frames(iter(clip))
    with pytest.raises(ValueError, match="accepted is a clip"):
        motion.stabilise(clip[0])


@pytest.mark.equation("eq-shake-blur")
def test_the_mean_of_shaken_frames_is_a_blur_by_the_jitter():
    photo = picture((64, 64), 9).astype(float)
    jitter = np.random.default_rng(1).integers(-2, 3, (500, 2))
    mean = np.mean([np.roll(photo, tuple(-j), (0, 1)) for j in jitter], axis=0)
    histogram = np.zeros((64, 64))
    np.add.at(histogram, tuple((-jitter).T), 1 / 500)
    assert largest(mean, np.fft.ifft2(np.fft.fft2(photo) * np.fft.fft2(histogram)).real) < 1e-9
