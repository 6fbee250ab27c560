"""Frames in and out: colour against its standards, files against PyAV's own decoding, and every way to fail."""

import io
import itertools
import json
import math
import re
import subprocess
import sys
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vdtext import clips, video
from vdtext.video import reader, sound, writer

MATRICES = ("bt601", "bt709", "bt2020ncl")
SWSCALE = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020ncl": Colorspace.BT2020}
RANGE = {True: ColorRange.MPEG, False: ColorRange.JPEG}


def textured(count=24, height=48, width=64):
    """A smooth coloured pattern that moves: easy to encode, and no frame is like another."""
    y, x = np.mgrid[:height, :width]
    for t in range(count):
        waves = [
            np.sin(2 * np.pi * (y / 31 + x / k + t / 17)) + np.cos(2 * np.pi * (x / 23 - y / k)) for k in (19, 29, 37)
        ]
        yield np.rint(127.5 + 50 * np.stack(waves, -1)).astype(np.uint8)


def one_line(error):
    """The message, after checking that it is one line that names the chapter and no address."""
    message = str(error.value)
    assert "\n" not in message
    assert re.search(r"\(chapter \d+\)$", message)
    assert " 0x" not in message
    return message


def mux(
    target, arrays, *, pixel_format, codec="libx264", layout=None, times=None, audio=False, rotation=0, options=None
):
    """A file by PyAV alone: any pixel format, any timestamps, sound, rotation."""
    arrays = list(arrays)
    frames = [av.VideoFrame.from_ndarray(a, format=layout or pixel_format) for a in arrays]
    with av.open(target, "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=25, options={"qp": "0"} if codec.startswith("libx264") else {})
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, pixel_format
        stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        sound = container.add_stream("aac", rate=44100, layout="mono") if audio else None
        for k, frame in enumerate(frames):
            frame.pts, frame.time_base = (times[k] if times else 40 * k), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            for k in range(20):
                block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = 44100, 1024 * k, Fraction(1, 44100)
                container.mux(sound.encode(block))
            container.mux(sound.encode(None))
    return target


@pytest.fixture(scope="module")
def rgb_clip():
    return np.stack(list(textured()))


# ---- colour ----


@pytest.mark.parametrize(
    ("matrix", "limited", "red", "green", "blue"),
    [  # rounded from the standards' defining equations; the first two rows are the colour bars of every test signal
        ("bt601", True, (81, 90, 240), (145, 54, 34), (41, 240, 110)),
        ("bt709", True, (63, 102, 240), (173, 42, 26), (32, 240, 118)),
        ("bt2020ncl", True, (74, 97, 240), (164, 47, 25), (29, 240, 119)),
        ("bt601", False, (76, 85, 255), (150, 44, 21), (29, 255, 107)),
        ("bt709", False, (54, 99, 255), (182, 30, 12), (18, 255, 116)),
    ],
)
def test_primaries_have_their_standard_codes(matrix, limited, red, green, blue):
    primaries = np.eye(3, dtype=np.uint8) * 255
    assert video.rgb_to_ycbcr(primaries, matrix=matrix, limited=limited).tolist() == [[*red], [*green], [*blue]]


@pytest.mark.parametrize("matrix", MATRICES)
def test_greys_have_no_chroma_and_the_range_its_ends(matrix):
    greys = np.array([[0] * 3, [255] * 3], np.uint8)
    assert video.rgb_to_ycbcr(greys, matrix=matrix, limited=True).tolist() == [[16, 128, 128], [235, 128, 128]]
    assert video.rgb_to_ycbcr(greys, matrix=matrix, limited=False).tolist() == [[0, 128, 128], [255, 128, 128]]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("limited", [True, False])
def test_ycbcr_is_the_published_formula(matrix, limited):
    weights = {"bt601": (0.299, 0.587, 0.114), "bt709": (0.2126, 0.7152, 0.0722), "bt2020ncl": (0.2627, 0.6780, 0.0593)}
    rgb = np.random.default_rng(0).random((5, 7, 3))
    y = rgb @ weights[matrix]
    cb, cr = (rgb[..., 2] - y) / (2 - 2 * weights[matrix][2]), (rgb[..., 0] - y) / (2 - 2 * weights[matrix][0])
    codes = [16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr] if limited else [255 * y, 128 + 255 * cb, 128 + 255 * cr]
    np.testing.assert_allclose(
        video.rgb_to_ycbcr(rgb, matrix=matrix, limited=limited), np.stack(codes, -1) / 255, atol=1e-14
    )
    np.testing.assert_allclose(video.luma(rgb, matrix=matrix), y, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MATRICES), st.booleans(), st.integers(0, 2**32 - 1))
def test_colour_round_trips(matrix, limited, seed):
    rgb = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    exact = video.rgb_to_ycbcr(rgb / 255, matrix=matrix, limited=limited)
    np.testing.assert_allclose(video.ycbcr_to_rgb(exact, matrix=matrix, limited=limited), rgb / 255, atol=1e-13)
    codes = video.rgb_to_ycbcr(rgb, matrix=matrix, limited=limited)
    assert np.abs(codes - np.clip(255 * exact, 0, 255)).max() <= 0.51  # a byte is the float's code value, rounded
    assert np.abs(video.ycbcr_to_rgb(codes, matrix=matrix, limited=limited).astype(int) - rgb).max() <= 2
    assert np.abs(video.luma(rgb, matrix=matrix) - 255 * video.luma(rgb / 255, matrix=matrix)).max() <= 0.51


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_colour_keeps_shape_and_type(dtype):
    for shape in ((3,), (5, 3), (4, 5, 3), (2, 4, 5, 3), (0, 5, 3)):
        pixels = np.ones(shape, dtype)
        assert video.rgb_to_ycbcr(pixels, matrix="bt709", limited=True).shape == shape
        assert video.ycbcr_to_rgb(pixels, matrix="bt709", limited=True).dtype == dtype
        assert video.luma(pixels, matrix="bt709").shape == shape[:-1]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("limited", [True, False])
def test_colour_agrees_with_swscale(matrix, limited):
    codes = video.rgb_to_ycbcr(np.stack(list(textured(1)))[0], matrix=matrix, limited=limited)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(codes.transpose(2, 0, 1)), format="yuv444p")
    theirs = VideoReformatter().reformat(
        frame,
        format="rgb24",
        src_colorspace=SWSCALE[matrix],
        dst_colorspace=SWSCALE[matrix],
        src_color_range=RANGE[limited],
        dst_color_range=ColorRange.JPEG,
    )
    ours = video.ycbcr_to_rgb(codes, matrix=matrix, limited=limited)
    assert np.abs(ours.astype(int) - theirs.to_ndarray()).max() <= 1


def test_full_range_bt601_agrees_with_opencv(rgb_clip):
    theirs = cv2.cvtColor(rgb_clip[0], cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    assert np.abs(video.rgb_to_ycbcr(rgb_clip[0], matrix="bt601", limited=False).astype(int) - theirs).max() <= 1


@pytest.mark.parametrize(
    ("pixels", "matrix"),
    [
        (np.zeros((4, 4, 3)), "bt470"),
        (np.zeros((4, 4, 4)), "bt601"),
        (np.zeros((4, 3), int), "bt601"),
        (np.float64(1), "bt709"),
    ],
)
def test_colour_refuses(pixels, matrix):
    with pytest.raises(ValueError, match="chapter 2") as error:
        video.rgb_to_ycbcr(pixels, matrix=matrix, limited=True)
    one_line(error)


# ---- other sizes ----


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_resampling_keeps_constants_and_symmetry(old, new):
    matrix = video.resampling_matrix(old, new).toarray()
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-12)  # nothing drifts to one side
    if old == new:
        np.testing.assert_allclose(matrix, np.eye(old), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 99))
def test_shrinking_by_a_whole_number_keeps_the_mean(new, factor, seed):
    np.testing.assert_allclose(video.resampling_matrix(new * factor, new).sum(0), 1 / factor, atol=1e-12)
    image = np.random.default_rng(seed).random((new * factor, new * factor))
    assert math.isclose(video.resize(image, size=(new, new)).mean(), image.mean(), abs_tol=1e-12)


@pytest.mark.parametrize(("old", "new"), [(120, 30), (120, 60), (125, 40), (64, 48)])
def test_resize_passes_the_new_band_and_stops_what_would_alias(old, new):
    x = np.arange(old) + 0.5
    amplitude = []
    for cycles in (
        0.1 * new / old,
        0.5 * (1 + new / old) / 2,
    ):  # a fifth of the new Nyquist frequency; beyond it, below the old one
        wave = np.tile(np.cos(2 * np.pi * cycles * x), (3, 1))
        inner = video.resize(wave, size=(3, new))[1, new // 6 : -new // 6]
        amplitude.append(np.abs(inner).max())
    assert amplitude[0] > 0.9
    if new / old <= 0.5:
        assert amplitude[1] < 0.05
        naive = np.cos(2 * np.pi * 0.5 * (1 + new / old) / 2 * x)[:: old // new]
        assert np.abs(naive).max() > 0.5  # what dropping samples makes of it


def test_resize_does_not_shift():
    ramp = np.tile(np.arange(96.0) + 0.5, (8, 1))
    for new in (24, 32, 96, 150):
        wanted = (np.arange(new) + 0.5) * 96 / new
        inner = slice(new // 8, -new // 8)
        np.testing.assert_allclose(video.resize(ramp, size=(8, new))[4, inner], wanted[inner], atol=1e-9)


@pytest.mark.parametrize("size", [(40, 52), (31, 47), (150, 170)])
def test_resize_agrees_with_pillow_inside(size):
    image = np.random.default_rng(1).random((90, 110)).astype(np.float32)
    theirs = np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BICUBIC))
    inner = (slice(size[0] // 10 + 1, -size[0] // 10 - 1), slice(size[1] // 10 + 1, -size[1] // 10 - 1))
    np.testing.assert_allclose(video.resize(image, size=size)[inner], theirs[inner], atol=2e-5)


def test_resize_takes_pictures_and_clips(rgb_clip):
    small = video.resize(rgb_clip, size=(24, 40))
    assert small.shape == (len(rgb_clip), 24, 40, 3)
    assert small.dtype == np.uint8
    np.testing.assert_array_equal(small[3], video.resize(rgb_clip[3], size=(24, 40)))
    np.testing.assert_array_equal(small[..., 1], video.resize(rgb_clip[..., 1], size=(24, 40)))
    exact = video.resize(rgb_clip[3] / 255, size=(24, 40))
    assert np.abs(255 * np.clip(exact, 0, 1) - small[3]).max() <= 0.5 + 1e-3
    assert video.resize(np.zeros((8, 8), np.float32), size=(4, 4)).dtype == np.float32
    step = np.repeat(np.uint8([[0, 255]]), 16, 1)
    assert set(np.unique(video.resize(np.repeat(step, 4, 0), size=(4, 64)))) >= {
        0,
        255,
    }  # overshoots are clipped, not wrapped


@pytest.mark.parametrize(
    ("image", "size"),
    [
        (np.zeros((4, 4)), (0, 4)),
        (np.zeros((4, 4)), (2.5, 4)),
        (np.zeros(4), (2, 2)),
        (np.zeros((4, 4), int), (2, 2)),
        (np.zeros((0, 4)), (2, 2)),
    ],
)
def test_resize_refuses(image, size):
    with pytest.raises(ValueError, match="chapter 2") as error:
        video.resize(image, size=size)
    one_line(error)


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.integers(16, 2000), st.integers(16, 2000)),
    st.tuples(st.integers(16, 2000), st.integers(16, 2000)),
    st.fractions(Fraction(1, 2), 2, max_denominator=50),
)
def test_fit_keeps_the_aspect_within_a_pixel(size, box, sample_aspect):
    height, width = video.fit(size, box=box, sample_aspect=sample_aspect)
    assert height % 2 == width % 2 == 0
    assert 2 <= height <= box[0]
    assert 2 <= width <= box[1]
    scale = min(Fraction(box[0], size[0]), box[1] / (size[1] * sample_aspect))
    for side, ideal in ((height, size[0] * scale), (width, size[1] * sample_aspect * scale)):
        assert abs(side - ideal) < 2 or side == 2


def test_fit_refuses_an_impossible_box():
    with pytest.raises(ValueError, match="box=") as error:
        video.fit((10, 10), box=(1, 10))
    one_line(error)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_chroma_samples_lie_where_they_should(dtype):
    y, x = np.mgrid[:16, :24].astype(dtype)
    plane = 3 * y + 2 * x + 20
    # on even columns, between rows: the samples of a ramp are its values there, and interpolation gives it back
    np.testing.assert_allclose(video.subsample(plane, "420")[:, 1:], (3.0 * y + 1.5 + 2 * x + 20)[::2, 2::2], atol=0.5)
    tolerance = 1 if dtype == np.uint8 else 1e-4
    for scheme in ("420", "422", "444"):
        coarse = video.subsample(plane, scheme)
        assert coarse.dtype == dtype
        assert coarse.shape == {"420": (8, 12), "422": (16, 12), "444": (16, 24)}[scheme]
        back = video.upsample(coarse, scheme)
        assert back.dtype == dtype
        np.testing.assert_allclose(back[2:-2, 2:-2], plane[2:-2, 2:-2], atol=tolerance)


def test_chroma_filters_are_the_documented_ones():
    impulse = np.zeros((6, 8))
    impulse[2, 4] = 8
    assert video.subsample(impulse, "420")[1].tolist() == [0, 0, 2, 0]
    impulse[2, 4], impulse[2, 5] = 0, 8
    assert video.subsample(impulse, "420")[1].tolist() == [0, 0, 1, 1]
    coarse = np.zeros((3, 4))
    coarse[1, 2] = 16
    assert video.upsample(coarse, "420")[2].tolist() == [0, 0, 0, 6, 12, 6, 0, 0]
    assert video.upsample(coarse, "420")[:, 4].tolist() == [0, 4, 12, 12, 4, 0]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 255))
def test_chroma_constants_and_stacks(rows, columns, value):
    stack = np.full((2, 3, 2 * rows, 2 * columns), value, np.uint8)
    for scheme in ("420", "422", "444"):
        np.testing.assert_array_equal(video.upsample(video.subsample(stack, scheme), scheme), stack)


def test_chroma_refuses():
    with pytest.raises(ValueError, match=r"5×6 has an odd side: 4:2:0") as error:
        video.subsample(np.zeros((5, 6)), "420")
    one_line(error)
    assert video.subsample(np.zeros((5, 6)), "422").shape == (5, 3)
    with pytest.raises(ValueError, match="'411'") as error:
        video.upsample(np.zeros((4, 4)), "411")
    one_line(error)


# ---- reading ----


@pytest.mark.parametrize(
    ("name", "size", "count", "fps", "matrix", "aspect"),
    [
        ("bikes", (272, 640), 250, Fraction(25), "bt601", Fraction(1)),
        ("bigbuckbunny", (720, 1280), 132, Fraction(25), "bt709", Fraction(1)),
        ("carphone", (144, 176), 120, Fraction(30000, 1001), "bt601", Fraction(128, 117)),
    ],
)
def test_probe_knows_the_clips(name, size, count, fps, matrix, aspect):
    info = video.probe(clips.path(name))
    assert (info.size, info.frames, info.fps, info.sample_aspect) == (size, count, fps, aspect)
    assert info.color == video.Color(matrix, limited=True, matrix_tagged=False, range_tagged=False)
    assert str(info.color) == f"{matrix} (untagged), limited range (untagged)"
    assert (info.start, info.duration, info.rotation, info.codec) == (0, count / fps, 0, "h264")
    assert len(video.timestamps(clips.path(name))) == count
    assert [track.codec for track in info.audio] == (["aac"] if name == "bigbuckbunny" else [])


def test_ten_minutes_by_a_rounded_rate_drift_by_twenty_seconds():
    rate = video.probe(clips.path("carphone")).fps
    assert round(float(600 * rate / int(rate) - 600), 2) == 20.07
    assert round(float(600 * Fraction(24000, 1001) / 23 - 600), 1) == 25.5


def decode(name, count):
    with av.open(str(clips.path(name))) as container:
        return [frame.to_ndarray() for frame in itertools.islice(container.decode(video=0), count)]


@pytest.mark.parametrize("name", ["bikes", "bigbuckbunny"])
def test_grey_is_the_decoders_luma_in_full_range(name):
    height = video.probe(clips.path(name)).size[0]
    for ours, planes in zip(video.frames(clips.path(name), stop=3, gray=True), decode(name, 3), strict=True):
        wanted = np.clip(np.rint((planes[:height].astype(float) - 16) * 255 / 219), 0, 255)
        np.testing.assert_array_equal(ours, wanted)
        assert ours.flags.c_contiguous
        assert ours.flags.writeable


@pytest.mark.parametrize("name", ["bikes", "bigbuckbunny"])
def test_planes_are_the_decoders_own(name):
    height, width = video.probe(clips.path(name)).size
    for ours, wanted in zip(video.planes(clips.path(name), start=1, stop=3), decode(name, 3)[1:], strict=True):
        assert [plane.shape for plane in ours] == [
            (height, width),
            (height // 2, width // 2),
            (height // 2, width // 2),
        ]
        np.testing.assert_array_equal(np.concatenate([plane.ravel() for plane in ours]), wanted.ravel())
        assert not any(plane.flags.writeable or plane.flags.owndata for plane in ours)


def test_planes_outlive_their_stream():
    kept = list(video.planes(clips.path("carphone"), stop=12))
    for ours, wanted in zip(kept, decode("carphone", 12), strict=True):
        np.testing.assert_array_equal(ours[0], wanted[:144])


def test_planes_check_their_bounds_at_once(rgb_clip):
    data = video.encode_bytes(rgb_clip, fps=25)
    with pytest.raises(ValueError, match="start=-1"):
        video.planes(data, start=-1)


@pytest.mark.parametrize(("name", "weights"), [("bikes", (0.299, 0.114)), ("bigbuckbunny", (0.2126, 0.0722))])
def test_rgb_is_the_formula_on_the_decoders_planes(name, weights):
    (height, width), (red, blue) = video.probe(clips.path(name)).size, weights
    planes = decode(name, 1)[0]
    y = (planes[:height].astype(float) - 16) / 219
    chroma = planes[height:].reshape(2, height // 2, width // 2).astype(float)
    rows = np.clip((np.arange(height) - 0.5) / 2, 0, height / 2 - 1)  # samples lie between rows 2k and 2k + 1 …
    columns = np.clip(np.arange(width) / 2, 0, width / 2 - 1)  # … and on columns 2k
    low, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    high, right = np.minimum(low + 1, height // 2 - 1), np.minimum(left + 1, width // 2 - 1)
    chroma = chroma[:, low] * (1 - rows + low)[:, None] + chroma[:, high] * (rows - low)[:, None]
    cb, cr = (chroma[..., left] * (1 - columns + left) + chroma[..., right] * (columns - left) - 128) / 224
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    g = (y - red * r - blue * b) / (1 - red - blue)
    wanted = 255 * np.clip(np.stack([r, g, b], -1), 0, 1)
    difference = np.abs(next(video.frames(clips.path(name))) - wanted)
    assert difference.max() <= 3  # three roundings to bytes, two of them amplified by the matrix
    assert difference.mean() < 0.6


def test_rgb_agrees_with_swscale_when_that_is_told_everything():
    with av.open(str(clips.path("bigbuckbunny"))) as container:
        frame = next(container.decode(video=0))
        theirs = VideoReformatter().reformat(
            frame,
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        )
        told, untold = theirs.to_ndarray().astype(int), frame.to_ndarray(format="rgb24").astype(int)
    ours = next(video.frames(clips.path("bigbuckbunny")))
    assert np.abs(ours - told).mean() < 0.3
    assert np.abs(ours - untold).mean() > 1  # left alone it takes BT.601 and the nearest chroma sample


def test_trimming_by_number_and_by_time():
    file = clips.path("carphone")
    times = video.timestamps(file)
    assert times[:2] == [0, Fraction(1001, 30000)]
    whole = video.read(file, gray=True)
    assert whole.timestamps == tuple(times)
    assert repr(whole).startswith("Video(120×144×176 uint8, 30000/1001 fps")
    for start, stop, step in ((0, 5, 1), (7, 20, 3), (110, None, 1), (110, 500, 4)):
        part = video.read(file, start=start, stop=stop, step=step, gray=True)
        np.testing.assert_array_equal(part.array, whole.array[start:stop:step])
        assert part.timestamps == tuple(times[start:stop:step])
    part = video.read(file, start=Fraction(1), stop=Fraction(2), gray=True)
    assert part.timestamps == tuple(time for time in times if 1 <= time < 2)
    exact = video.read(file, start=times[30], stop=times[33], gray=True)  # exactly on a frame: it belongs to the part
    np.testing.assert_array_equal(exact.array, whole.array[30:33])


def test_cropping_and_scaling():
    file = clips.path("bikes")
    full = next(video.frames(file))
    np.testing.assert_array_equal(next(video.frames(file, crop=(11, 21, 101, 203))), full[11:112, 21:224])
    grey = next(video.frames(file, gray=True))
    np.testing.assert_array_equal(next(video.frames(file, crop=(11, 21, 101, 203), gray=True)), grey[11:112, 21:224])
    small = next(video.frames(file, crop=(0, 20, 272, 600), size=(136, 300)))
    np.testing.assert_array_equal(small, video.resize(full[:, 20:620], size=(136, 300)))


@pytest.mark.parametrize(
    "wish",
    [
        {"start": -1},
        {"start": 0.5},
        {"stop": 1.0},
        {"step": 0},
        {"crop": (0, 0, 273, 10)},
        {"crop": (-1, 0, 10, 10)},
        {"crop": (0, 0, 0, 10)},
        {"size": (0, 10)},
    ],
)
def test_frames_refuse_at_once(wish):
    with pytest.raises(ValueError, match="chapter 2") as error:
        video.frames(clips.path("bikes"), **wish)  # before the first frame is asked for
    one_line(error)


@pytest.mark.parametrize(
    "wish", [{"start": 250}, {"start": Fraction(11)}, {"start": 5, "stop": 5}, {"stop": Fraction(0)}]
)
def test_an_empty_selection_is_an_error(wish):
    with pytest.raises(video.VideoError, match="no frame lies in") as error:
        list(video.frames(clips.path("bikes"), gray=True, **wish))
    one_line(error)


def test_variable_frame_rate_keeps_its_times(tmp_path, rgb_clip):
    times = [0, 40, 50, 200, 1000, 1001]
    for suffix in ("mp4", "mkv"):
        file = mux(
            str(tmp_path / f"uneven.{suffix}"), rgb_clip[:6], pixel_format="yuv420p", layout="rgb24", times=times
        )
        assert video.timestamps(file) == [Fraction(time, 1000) for time in times]
        part = video.read(file, start=Fraction(45, 1000), stop=Fraction(1))
        assert part.timestamps == (Fraction(50, 1000), Fraction(200, 1000))


def naked(pictures):
    """H.264 without a container, hence without times."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def test_times_where_the_file_has_none(rgb_clip):
    data = naked(rgb_clip[:5])
    clip = video.read(data)
    assert len(clip.array) == 5
    times = video.timestamps(data)
    assert [b - a for a, b in itertools.pairwise(times)] == [1 / clip.fps] * 4


def test_rotation_and_sound_are_reported(tmp_path, rgb_clip):
    file = mux(str(tmp_path / "phone.mp4"), rgb_clip, pixel_format="yuv420p", layout="rgb24", audio=True, rotation=90)
    info = video.probe(file)
    assert abs(info.rotation) == 90
    assert info.audio == (video.AudioInfo("aac", 44100, 1),)
    assert video.read(file).array.shape == rgb_clip.shape  # as it is stored


def test_other_pixel_formats(tmp_path, rgb_clip):
    picture = rgb_clip[0]
    codes = video.rgb_to_ycbcr(picture, matrix="bt601", limited=True)
    grey = video.luma(picture, matrix="bt601")
    ten_bits = (codes.transpose(2, 0, 1).astype(np.uint16) * 4).copy()
    files = {
        "rgb": mux(str(tmp_path / "rgb.mkv"), [picture], pixel_format="rgb24", codec="libx264rgb"),
        "png": mux(str(tmp_path / "png.mov"), [picture], pixel_format="rgb24", codec="png"),
        "grey": mux(str(tmp_path / "grey.mkv"), [grey], pixel_format="gray", codec="ffv1"),
        "grey16": mux(
            str(tmp_path / "grey16.mkv"), [grey.astype(np.uint16) * 257], pixel_format="gray16le", codec="ffv1"
        ),
    }
    for name in ("rgb", "png"):
        np.testing.assert_array_equal(video.read(files[name]).array[0], picture)
        np.testing.assert_array_equal(video.read(files[name], gray=True).array[0], grey)
        assert not video.probe(files[name]).color.limited
        with pytest.raises(video.VideoError, match="stores RGB"):
            next(video.planes(files[name]))
    for name in ("grey", "grey16"):
        assert np.abs(video.read(files[name], gray=True).array[0].astype(int) - grey).max() <= 1
        assert video.read(files[name]).array.shape == (1, 48, 64, 3)
    Image.fromarray(picture).quantize(16).save(tmp_path / "palette.png")
    with Image.open(tmp_path / "palette.png") as palette:
        np.testing.assert_array_equal(video.read(tmp_path / "palette.png").array[0], np.asarray(palette.convert("RGB")))
    deep = tmp_path / "deep.mkv"
    with av.open(str(deep), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p10le"
        frame = av.VideoFrame(64, 48, "yuv444p10le")
        for plane, values in zip(frame.planes, ten_bits, strict=True):
            np.frombuffer(plane, np.uint16).reshape(-1, plane.line_size // 2)[:48, :64] = values
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(video.read(str(deep)).array[0].astype(int) - picture).max() <= 3
    assert np.abs(video.read(str(deep), gray=True).array[0].astype(int) - grey).max() <= 2


def test_odd_sizes_can_be_read(tmp_path):
    picture = next(textured(1, 33, 45))
    frame = av.VideoFrame(45, 33, "yuv420p")
    codes = video.rgb_to_ycbcr(np.pad(picture, ((0, 1), (0, 1), (0, 0)), mode="edge"), matrix="bt601", limited=True)
    parts = [codes[:33, :45, 0], *(video.subsample(codes[..., k], "420") for k in (1, 2))]
    for plane, part in zip(frame.planes, parts, strict=True):
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width] = part
    with av.open(str(tmp_path / "odd.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 45, 33, "yuv420p"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    clip = video.read(tmp_path / "odd.mkv")
    assert clip.array.shape == (1, 33, 45, 3)
    assert np.abs(clip.array[0].astype(int) - picture).mean() < 3


def test_a_file_that_is_not_there_or_not_video(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file") as error:
        video.probe(tmp_path / "nothing.mp4")
    one_line(error)
    for content in (b"", bytes(range(256)) * 20):
        with pytest.raises(video.VideoError, match="not readable as video") as error:
            video.frames(content)
        one_line(error)
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        block.sample_rate = 8000
        container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    with pytest.raises(video.VideoError, match="without a video stream") as error:
        video.read(tmp_path / "sound.wav")
    one_line(error)


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("mp4", "libx264", {}),
        ("mp4", "libx264", {"movflags": "faststart"}),
        ("mkv", "libx264", {}),
        ("webm", "libvpx-vp9", {}),
        ("avi", "mpeg4", {}),
        ("ts", "libx264", {}),
    ],
)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_truncated_files_are_noticed(tmp_path, rgb_clip, suffix, codec, options, share):
    file = tmp_path / f"whole.{suffix}"
    mux(str(file), rgb_clip, pixel_format="yuv420p", layout="rgb24", codec=codec, options=options)
    assert len(video.read(file).array) == len(rgb_clip)
    data = file.read_bytes()
    short = tmp_path / f"short.{suffix}"
    short.write_bytes(data[: int(share * len(data))])
    with pytest.raises(video.VideoError) as error:
        list(video.frames(short))
    assert "short" in one_line(error)
    if suffix != "ts":  # a transport stream promises nothing: only decoding tells that its last picture is not whole
        with pytest.raises(video.VideoError) as error:
            video.timestamps(short)
        one_line(error)


def test_a_last_picture_cut_short_is_noticed(tmp_path, rgb_clip):
    file = tmp_path / "clip.mp4"
    mux(str(file), rgb_clip, pixel_format="yuv420p", layout="rgb24", options={"movflags": "faststart"})
    data = file.read_bytes()[:-100]
    for use in (video.timestamps, lambda content: list(video.frames(content))):
        with pytest.raises(video.VideoError, match=r"packet 23 is damaged or cut short") as error:
            use(data)
        one_line(error)


def test_damage_in_the_middle_is_noticed(tmp_path, rgb_clip):
    file = tmp_path / "clip.mp4"
    mux(str(file), rgb_clip, pixel_format="yuv420p", layout="rgb24", options={"movflags": "faststart"})
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    with pytest.raises(video.VideoError) as error:
        list(video.frames(bytes(data)))
    one_line(error)


def test_a_packet_that_is_no_picture_is_noticed(tmp_path, rgb_clip):
    file = tmp_path / "clip.mp4"
    mux(str(file), rgb_clip, pixel_format="yuv420p", layout="rgb24")
    with av.open(str(file)) as container:
        packet = next(itertools.islice(container.demux(video=0), 5, None))
        content = bytes(packet)
    data = file.read_bytes().replace(content, bytes(len(content)))
    with pytest.raises(video.VideoError, match=r"frame \d is damaged") as error:
        list(video.frames(data))
    one_line(error)


def test_pictures_that_no_decoder_knows_are_refused(rgb_clip):
    data = video.encode_bytes(rgb_clip, fps=25)
    at = data.index(b"stsd") + data[data.index(b"stsd") :].index(b"avc1")
    with pytest.raises(video.VideoError, match="no decoder"):
        video.probe(data[:at] + b"zzzz" + data[at + 4 :])


def test_a_file_of_two_sizes_is_noticed():
    data = b"".join(naked(list(textured(12, 48, width))) for width in (64, 80))
    with pytest.raises(video.VideoError, match=r"frame 12 is 48×80, the first was \(48, 64\)") as error:
        list(video.frames(data))
    one_line(error)


def test_a_silently_empty_file_is_noticed(tmp_path):
    with av.open(str(tmp_path / "empty.avi"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    assert (tmp_path / "empty.avi").stat().st_size > 1000
    with pytest.raises(video.VideoError, match=r"no frame can be decoded: the file is empty") as error:
        video.frames(tmp_path / "empty.avi")
    one_line(error)


def test_fewer_packets_than_promised_are_noticed(monkeypatch, rgb_clip):
    data = video.encode_bytes(rgb_clip, fps=25)
    monkeypatch.setattr("vdtext.video.container.counted", lambda container, stream: stream.frames + 1)
    for use in (video.timestamps, lambda content: list(video.frames(content))):
        with pytest.raises(video.VideoError, match="promises 24 frames, it ends after 24") as error:
            use(data)
        one_line(error)


def test_a_matrix_that_nobody_here_knows(tmp_path, rgb_clip):
    with av.open(str(tmp_path / "odd.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.colorspace = 8  # YCgCo
        frame = av.VideoFrame.from_ndarray(rgb_clip[0]).reformat(format="yuv420p")
        frame.colorspace = 8
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(video.VideoError, match="colour matrix 8") as error:
        video.probe(tmp_path / "odd.mp4")
    one_line(error)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_give_frames_or_one_clear_error(data):
    start = data.draw(st.sampled_from([b"", b"RIFF", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x18\x53\x80\x67", None]))
    if start is None:
        content = bytearray(video.encode_bytes(textured(3, 16, 16), fps=25))
        for _ in range(data.draw(st.integers(1, 20))):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        content = start + data.draw(st.binary(max_size=200))
    pictures, message = [], ""
    try:
        pictures = list(itertools.islice(video.frames(bytes(content)), 10))
    except video.VideoError as error:
        message = str(error)
    assert bool(pictures) != bool(message)
    assert "\n" not in message


# ---- writing ----


def psnr(a, b):
    return 10 * math.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2))


@pytest.mark.parametrize(
    ("suffix", "codec", "wish"),
    [
        ("mp4", "libx264", {}),
        ("mkv", "libx264", {}),
        ("mov", "libx264", {"chroma": "422"}),
        ("ts", "libx264", {}),
        ("webm", "libvpx-vp9", {"options": {"cpu-used": "8"}}),
        ("avi", "mpeg4", {}),
        ("mpg", "mpeg2video", {}),
        ("mov", "mjpeg", {"limited": False}),
        ("mkv", "ffv1", {"chroma": "444"}),
        ("avi", "rawvideo", {}),
    ],
)
def test_write_reports_what_the_file_holds(tmp_path, rgb_clip, suffix, codec, wish):
    file = tmp_path / f"clip.{suffix}"
    report = video.write(file, iter(rgb_clip), fps=Fraction(30000, 1001), codec=codec, **wish)
    clip = video.read(file)
    assert (report.frames, report.size, report.codec) == (len(rgb_clip), rgb_clip.shape[1:3], codec)
    assert report.path == file
    assert report.bytes == file.stat().st_size
    assert abs(report.fps / Fraction(30000, 1001) - 1) < 1e-6
    grey = video.read(file, gray=True).array
    assert math.isclose(report.psnr, psnr(grey, video.luma(rgb_clip, matrix="bt601")), abs_tol=1e-9)
    assert psnr(clip.array, rgb_clip) > 20
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("limited", [True, False])
def test_matrix_and_range_are_tagged(rgb_clip, matrix, limited):
    data = video.encode_bytes(rgb_clip, fps=25, matrix=matrix, limited=limited, chroma="444", options={"crf": "8"})
    info = video.probe(data)
    assert info.color == video.Color(matrix, limited)
    assert str(info.color) == f"{matrix}, {'limited' if limited else 'full'} range"
    assert psnr(video.read(data).array, rgb_clip) > 40
    wrong = video.ycbcr_to_rgb(
        video.rgb_to_ycbcr(rgb_clip[0], matrix=matrix, limited=limited),
        matrix="bt709" if matrix != "bt709" else "bt601",
        limited=limited,
    )
    assert psnr(wrong, rgb_clip[0]) < 40  # the wrong matrix would have been noticed


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), 25, Fraction(30000, 1001), Fraction(25, 2), 60, Fraction(7, 3)]
)
def test_rates_stay_rational(rgb_clip, rate):
    data = video.encode_bytes(rgb_clip, fps=rate)
    assert video.probe(data).fps == rate
    assert video.timestamps(data) == [k / Fraction(rate) for k in range(len(rgb_clip))]


def test_grey_floats_and_aspect(tmp_path, rgb_clip):
    grey = rgb_clip[..., 1]
    for array in (grey, grey / 255, (grey / 255).astype(np.float32)):
        report = video.write(tmp_path / "grey.mkv", array, fps=25, codec="ffv1", limited=False)
        assert report.psnr == math.inf
        np.testing.assert_array_equal(video.read(tmp_path / "grey.mkv", gray=True).array, grey)
    data = video.encode_bytes(grey, fps=25, sample_aspect=Fraction(16, 11))
    assert video.probe(data).sample_aspect == Fraction(16, 11)
    with pytest.raises(
        video.VideoError, match="sample aspect 1 in place of 16/11"
    ) as error:  # FFV1 has no place for it
        video.write(tmp_path / "grey.mkv", grey, fps=25, codec="ffv1", sample_aspect=Fraction(16, 11))
    one_line(error)


def test_odd_sizes_go_with_full_chroma():
    report = video.encode_bytes(textured(3, 33, 45), fps=25, chroma="444")
    assert video.probe(report).size == (33, 45)


def test_encode_bytes_is_a_function_of_the_frames(rgb_clip):
    first, second = (video.encode_bytes(iter(rgb_clip), fps=25, options={"g": "1", "crf": "20"}) for _ in range(2))
    assert first == second
    with av.open(io.BytesIO(first)) as container:
        assert all(packet.is_keyframe for packet in container.demux(video=0) if packet.size)
    assert len(video.encode_bytes(rgb_clip, fps=25)) < len(first)


def test_x264_gives_one_file_however_often_it_is_asked():
    pictures = clips.load("carphone", frames=30).array
    files = {video.encode_bytes(pictures, fps=25) for _ in range(12)}
    kept = {video.encode_bytes(pictures, fps=25, options={"x264-params": "keyint=5"}) for _ in range(2)}
    assert len(files) == len(kept) == 1
    assert files != kept


def test_the_comparison_is_spread_evenly(rgb_clip):
    sample = writer._Sample("bt601")
    for index in range(1000):
        sample.keep(index, rgb_clip[0])
    assert list(sample.planes) == list(range(0, 1000, 32))
    assert len(sample.planes) <= 32


@pytest.mark.parametrize("fps", [29.97, 25.0, 0, -1, Fraction(0), "25"])
def test_rates_that_are_refused(rgb_clip, fps):
    with pytest.raises(ValueError, match=r"30000, 1001") as error:
        video.encode_bytes(rgb_clip, fps=fps)
    one_line(error)


BAD = np.full((2, 16, 16, 3), 0.5)
REFUSED = {
    "no frames": (lambda: [], {}, ValueError, "no frames"),
    "odd size": (lambda: np.zeros((2, 15, 16), np.uint8), {}, ValueError, "15×16 has an odd side: 4:2:0"),
    "NaN": (lambda: [BAD[0], np.where(np.arange(3) == 1, np.nan, BAD[1])], {}, ValueError, "frame 1 has a NaN"),
    "too bright": (lambda: BAD * 4, {}, ValueError, "frame 0 has values from 2 to 2"),
    "wrong type": (lambda: np.zeros((2, 16, 16), int), {}, ValueError, "frame 0 is int64"),
    "wrong shape": (lambda: np.zeros((2, 16, 16, 4), np.uint8), {}, ValueError, "frame 0 has shape"),
    "changing size": (lambda: [np.zeros((16, 16)), np.zeros((16, 18))], {}, ValueError, "frame 1 has shape"),
    "changing colour": (lambda: [np.zeros((16, 16)), np.zeros((16, 16, 3))], {}, ValueError, "frame 1 has shape"),
    "no such codec": (lambda: BAD, {"codec": "libx999"}, video.VideoError, "libx999.*it has libx264"),
    "a sound codec": (lambda: BAD, {"codec": "aac"}, video.VideoError, "'aac': this FFmpeg has no such video encoder"),
    "no such option": (lambda: BAD, {"options": {"crff": "3"}}, video.VideoError, "knows no option 'crff'"),
    "bad option": (lambda: BAD, {"options": {"crf": "many"}}, video.VideoError, "refuses 16×16"),
    "bad pair": (lambda: BAD, {"codec": "wmv2"}, video.VideoError, "'wmv2' does not go into mp4"),
    "bad format": (lambda: BAD, {"codec": "gif"}, video.VideoError, "does not encode yuv420p"),
    "bad chroma": (lambda: BAD, {"chroma": "411"}, ValueError, "'411'"),
    "bad matrix": (lambda: BAD, {"matrix": "pal"}, ValueError, "matrix='pal'"),
    "too strict": (lambda: textured(3), {"min_psnr": 99}, video.VideoError, "below min_psnr=99"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_fails_leaves_nothing_and_destroys_nothing(tmp_path, case):
    make, wish, kind, message = REFUSED[case]
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"an older file")
    with pytest.raises(kind, match=message) as error:
        video.write(file, make(), fps=25, **wish)
    one_line(error)
    assert file.read_bytes() == b"an older file"
    assert list(tmp_path.iterdir()) == [file]


def test_a_generator_that_breaks_leaves_nothing(tmp_path):
    def broken():
        yield from textured(5)
        raise RuntimeError("the camera fell down")

    with pytest.raises(RuntimeError, match="fell down"):
        video.write(tmp_path / "clip.mp4", broken(), fps=25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("folder", IsADirectoryError),
        ("missing/clip.mp4", FileNotFoundError),
        ("clip.xyz", video.VideoError),
        ("clip", video.VideoError),
    ],
)
def test_targets_that_are_refused(tmp_path, name, kind):
    (tmp_path / "folder").mkdir()
    with pytest.raises(kind) as error:
        video.write(tmp_path / name, textured(2), fps=25)
    one_line(error)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_losses_on_the_way_are_noticed(tmp_path, monkeypatch, rgb_clip):
    make = writer._frame
    with monkeypatch.context() as patch:  # an encoder that shows black
        patch.setattr(writer, "_frame", lambda picture, *rest: make(0 * picture, *rest))
        with pytest.raises(video.VideoError, match=r"PSNR .* below min_psnr=20"):
            video.write(tmp_path / "clip.mp4", rgb_clip, fps=25)
    with monkeypatch.context() as patch:  # a file that loses its last frame
        patch.setattr(reader, "frames", lambda source, gray: itertools.islice(video.frames(source, gray=gray), 23))
        with pytest.raises(video.VideoError, match="23 frames of 24"):
            video.write(tmp_path / "clip.mp4", rgb_clip, fps=25)
    with pytest.raises(video.VideoError, match=r"'clip.ts' by 'libx264' cannot be read back") as error:
        video.write(tmp_path / "clip.ts", textured(3, 16, 16), fps=25)  # too short for this container to be recognised
    one_line(error)
    with pytest.raises(video.VideoError, match=r"bt601 .untagged.* in place of bt2020ncl"):  # no place for it in AVI
        video.write(tmp_path / "clip.avi", rgb_clip, fps=25, codec="mpeg4", matrix="bt2020ncl")
    assert list(tmp_path.iterdir()) == []


# ---- memory ----

STREAM = """
import json, pathlib, sys, tracemalloc
import numpy as np
from vdtext import video

def stream(count):
    noise = np.random.default_rng(0).integers(0, 32, (96, 128, 3), dtype=np.uint8)
    for t in range(count):
        yield np.roll(noise, t, axis=1) + np.uint8(t % 200)

def resident():
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return max((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), default=0)

def peak(count):
    tracemalloc.start()
    video.write(sys.argv[1], stream(count), fps=25, options={"preset": "ultrafast"})
    seen = sum(1 for _ in video.frames(sys.argv[1]))
    traced = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"frames": seen, "traced": traced, "resident": resident()}

print(json.dumps([peak(200), peak(2000)]))
"""


def test_memory_does_not_grow_with_the_clip(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", STREAM, str(tmp_path / "long.mp4")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    short, long = json.loads(result.stdout.strip().splitlines()[-1])
    assert (short["frames"], long["frames"]) == (200, 2000)
    whole = 2000 * 96 * 128 * 3  # 74 MB, had the frames been kept
    assert long["traced"] < 1.2 * short["traced"] + 2**20
    assert long["traced"] < whole / 20
    assert long["resident"] - short["resident"] < whole / 5


# ---- sound beside the pictures ----


def beep(target, *, codec, rate=48000, seconds=4, at=2.0):
    """A sound file by PyAV alone: silence, and from `at` on a tone of 1 kHz for a tenth of a second."""
    time = np.arange(seconds * rate) / rate
    wave = (0.5 * np.sin(2 * np.pi * 1000 * time) * ((time >= at) & (time < at + 0.1))).astype(np.float32)
    with av.open(str(target), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        layout, samples = ("fltp", wave) if codec == "aac" else ("s16", np.rint(32767 * wave).astype(np.int16))
        for begin in range(0, len(wave), 1024):
            block = av.AudioFrame.from_ndarray(samples[None, begin : begin + 1024], format=layout, layout="mono")
            block.sample_rate, block.pts, block.time_base = rate, begin, Fraction(1, rate)
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return target


def onset(file):
    """Seconds on the file's clock at which the tone begins."""
    with av.open(str(file)) as container:
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray().astype(float)) / (1 if frame.format.name == "fltp" else 32767)
            if samples.max() > 0.2:
                return float(frame.pts * frame.time_base) + int(np.argmax(samples.max(0) > 0.2)) / frame.sample_rate
    return None


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "aac"), ("mkv", "aac"), ("mkv", "pcm_s16le"), ("mov", "pcm_s16le")]
)
def test_sound_keeps_its_place_beside_the_pictures(tmp_path, rgb_clip, suffix, codec):
    tone = beep(tmp_path / ("tone.m4a" if codec == "aac" else "tone.wav"), codec=codec)
    silent = tmp_path / "silent.mp4"
    video.write(silent, np.concatenate([rgb_clip] * 3), fps=Fraction(30000, 1001))
    for start in (Fraction(0), Fraction(1), Fraction(3, 2)):
        loud = tmp_path / f"loud.{suffix}"
        info = sound.mux(loud, pictures=silent, sound=tone, start=start)
        assert info == video.probe(loud)
        assert info.audio == (video.AudioInfo(codec, 48000, 1),)
        assert np.allclose(
            [float(a - b) for a, b in zip(video.timestamps(loud), video.timestamps(silent), strict=True)], 0, atol=1e-3
        )
        np.testing.assert_array_equal(video.read(loud).array, video.read(silent).array)  # copied, not coded again
        assert abs(onset(loud) - (2 - float(start))) < 0.003
        with av.open(str(loud)) as container:
            heard = sum(frame.samples for frame in container.decode(audio=0)) / 48000
        assert abs(heard - 72 * 1.001 / 30) < 0.1  # as long as the pictures, within a few packets
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([silent.name, loud.name, tone.name])


def test_sound_that_is_refused(tmp_path, rgb_clip):
    tone, silent, target = beep(tmp_path / "tone.wav", codec="pcm_s16le"), tmp_path / "silent.mp4", tmp_path / "new.mkv"
    video.write(silent, rgb_clip, fps=25)
    target.write_bytes(b"an older file")
    (tmp_path / "noise.wav").write_bytes(bytes(range(256)))
    for wish, kind, message in (
        ({"sound": silent}, video.VideoError, "without a sound track"),
        ({"sound": tmp_path / "noise.wav"}, video.VideoError, "not readable as sound"),
        ({"sound": tmp_path / "none.wav"}, FileNotFoundError, "no such file"),
        ({"start": Fraction(9)}, video.VideoError, "0 packets of sound"),
        ({"start": 1.5}, ValueError, "seconds as a Fraction"),
        ({"path": silent}, ValueError, "one of its sources"),
        ({"path": tmp_path / "new.webm"}, video.VideoError, "does not take these pictures and this sound"),
    ):
        with pytest.raises(kind, match=message) as error:
            sound.mux(**({"path": target, "pictures": silent, "sound": tone} | wish))
        one_line(error)
    assert target.read_bytes() == b"an older file"
    assert {file.name for file in tmp_path.iterdir()} == {"tone.wav", "silent.mp4", "new.mkv", "noise.wav"}


# ---- the equations of chapter 2 ----


@pytest.mark.equation("eq-drift")
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(5, 2)])
def test_a_file_played_at_a_truncated_rate_lags_by_the_formula(rate):
    count = math.ceil(8 * rate)
    data = video.encode_bytes(np.zeros((count, 16, 16), np.uint8), fps=int(rate))
    for k, shown in enumerate(video.timestamps(data)):
        due = k / rate
        assert shown - due == due * (rate / int(rate) - 1)


@pytest.mark.equation("eq-ycbcr", "eq-range")
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("limited", [True, False])
def test_each_component_is_the_equation_of_the_chapter(matrix, limited):
    red, blue = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020ncl": (0.2627, 0.0593)}[matrix]
    for r, g, b in np.random.default_rng(5).random((50, 3)):
        y = red * r + (1 - red - blue) * g + blue * b
        cb, cr = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
        assert 0 <= y <= 1
        assert max(abs(cb), abs(cr)) <= 0.5
        codes = (16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr) if limited else (255 * y, 128 + 255 * cb, 128 + 255 * cr)
        ours = video.rgb_to_ycbcr(np.array([r, g, b]), matrix=matrix, limited=limited)
        np.testing.assert_allclose(255 * ours, codes, atol=1e-10)


@pytest.mark.equation("eq-samples")
@pytest.mark.parametrize(("chroma", "sharing"), [("444", 1), ("422", 2), ("420", 4)])
def test_a_second_of_video_holds_the_samples_of_the_equation(chroma, sharing):
    height, width, fps = 32, 48, 5
    data = video.encode_bytes(textured(fps, height, width), fps=fps, chroma=chroma)
    with av.open(io.BytesIO(data)) as container:
        held = sum(frame.to_ndarray().size for frame in container.decode(video=0))
    assert held == height * width * fps * (1 + Fraction(2, sharing))


@pytest.mark.equation("eq-alias")
@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.49), st.integers(2, 8))
def test_dropping_samples_shows_the_alias(frequency, factor):
    new = 256
    seen = np.cos(2 * np.pi * frequency * np.arange(0, new * factor, factor))
    alias = abs(factor * frequency - round(factor * frequency))
    np.testing.assert_allclose(seen, np.cos(2 * np.pi * alias * np.arange(new)), atol=1e-8)
    peak = np.argmax(np.abs(np.fft.rfft(seen * np.hanning(new), 16 * new))) / (16 * new)
    assert abs(peak - alias) < 2 / new


@pytest.mark.equation("eq-resample")
@pytest.mark.parametrize(("old", "new"), [(120, 30), (100, 40), (60, 45), (30, 75)])
def test_resampling_is_the_weighted_mean_of_the_equation(old, new):
    def h(x):
        x = abs(x)
        return 1.5 * x**3 - 2.5 * x**2 + 1 if x <= 1 else -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0

    u, s = np.random.default_rng(6).random(old), old / new
    v = video.resampling_matrix(old, new) @ u
    for i in range(new // 4, 3 * new // 4):  # away from the ends, where lines are continued
        x = (i + 0.5) * s - 0.5
        weights = [h((j - x) / max(s, 1)) for j in range(old)]
        assert math.isclose(v[i], np.dot(weights, u) / sum(weights), abs_tol=1e-12)
