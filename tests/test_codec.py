"""Chapter 10: the front doors of the video codec, its file, damage, rate control and cuts."""

import contextlib
import hashlib
import importlib
import io
import itertools
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn, idctn

from tools import ROOT
from vdtext import clips, codec, metrics, models, scoreboard, wavelets
from vdtext.codec import container, correction, cuts, group, mctf, model, plan, rate, sheets, stream
from vdtext.errors import BitstreamError
from vdtext.fast import codec as fast_codec
from vdtext.fast.codec import between, coder, filtering, inter, intra, transform

GOLDEN = ROOT / "data" / "vdx.json"
NONE, NO_GRID = np.zeros((0, 0), np.uint8), np.zeros((12, 0, 0), np.int32)


def moving(frames, height, width, *, seed=0, color=False, speed=1):
    """A smooth picture that moves, as a film."""
    rng, planes = np.random.default_rng(seed), []
    for k in range(3 if color else 1):
        h, w = (height, width) if k == 0 else (-(-height // 2), -(-width // 2))
        a, b, c = rng.uniform(0.1, 0.5, 3)
        t, y, x = np.mgrid[:frames, :h, :w].astype(float)
        wave = np.sin(a * (y + speed * t) + c) + np.cos(b * (x - speed * t))
        planes.append(np.rint(128 + 50 * wave).astype(np.uint8))
    return codec.Film(tuple(planes), Fraction(30000, 1001), "bt601", color)


def same(a, b):
    """Are two films the same, metadata included?"""
    meta = [(f.fps, f.matrix, f.full, f.size, f.format) for f in (a, b)]
    return meta[0] == meta[1] and all(np.array_equal(p, q) for p, q in zip(a.planes, b.planes, strict=True))


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.luma.astype(float) - b.luma) ** 2))


# ---- The front doors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize(("frames", "size"), [(1, (1, 1)), (2, (1, 9)), (19, (17, 23)), (3, (64, 8))])
def test_any_size_and_length_comes_back(frames, size, color):
    film = moving(frames, *size, color=color)
    data = codec.encode(film, quality=85)
    back = codec.decode(data)
    assert back.size == size
    assert psnr(film, back) > 35
    assert (back.fps, back.matrix, back.full) == (film.fps, film.matrix, film.full)
    assert same(codec.decode(codec.encode(film, quality=100)), film)


def test_noise_is_coded_without_loss():
    rng = np.random.default_rng(1)
    planes = rng.integers(0, 256, (18, 15, 22)), *rng.integers(0, 256, (2, 18, 8, 11))
    film = codec.Film(tuple(p.astype(np.uint8) for p in planes))
    data = codec.encode(film, quality=100)
    assert same(codec.decode(data), film)
    assert len(data) < 1.3 * sum(plane.size for plane in film.planes)


def test_what_is_coded_may_be_an_array_planes_or_a_source():
    film = moving(3, 16, 24, color=True)
    source = scoreboard.Source("a", film.planes, Fraction(25))
    data = codec.encode(codec.Film(film.planes))
    assert codec.encode(film.planes) == data == codec.encode(source)
    assert codec.encode(film.luma) == codec.encode(scoreboard.Source("a", film.luma, Fraction(25)))
    assert codec.decode(codec.encode(film.luma[0])).luma.shape == (1, 16, 24)


def test_more_quality_is_more_bytes_and_less_error():
    film = moving(9, 32, 40, color=True)
    found = [codec.encode(film, quality=q) for q in (0, 30, 60, 99, 99.9)]
    errors = [psnr(film, codec.decode(data)) for data in found]
    assert [len(data) for data in found] == sorted(len(data) for data in found)
    assert errors == sorted(errors)
    assert found[2] == codec.encode(film, quality=60)
    assert codec.encode(film) == codec.encode(film, quality=70)
    assert codec.info(codec.encode(film, tools=codec.Tools(lossless=True))).header.tools.lossless


@pytest.mark.parametrize(
    "tools",
    [
        codec.Tools(gop=1),
        codec.Tools(mixing=False, filtering=False, cascade=False),
        codec.Tools(largest=8, finest=4, pairs=False, choose=False, transforms=False),
        codec.Tools(inter=False, smallest=16),
    ],
)
def test_every_tool_may_be_left_out(tools):
    film = moving(7, 24, 24, color=True)
    data = codec.encode(film, quality=80, tools=tools)
    assert psnr(film, codec.decode(data)) > 33
    assert len(codec.info(data).groups) == (1 if tools.inter else 7)
    assert codec.info(data).header.tools.gop == tools.gop


def test_gop_and_key_and_cuts_make_groups():
    film = moving(30, 8, 8)
    assert codec.info(codec.encode(film, gop=3, key=7, cuts=(4, 20))).keys == (0, 4, 11, 18, 20, 27)
    assert codec.info(codec.encode(film, key=1)).keys == tuple(range(30))
    assert codec.info(codec.encode(film, gop=5)).header.tools.gop == 5


def test_decoding_is_the_encoders_reconstruction_also_elsewhere_and_with_other_threads(tmp_path):
    film = moving(20, 34, 46, color=True)
    out = io.BytesIO()
    report = codec.encode_frames(
        zip(*film.planes, strict=True), out, size=film.size, color=True, fps=film.fps, quality=50
    )
    assert (report.frames, report.groups, report.bytes) == (20, 1, len(out.getvalue()))
    (tmp_path / "a.vdx").write_bytes(out.getvalue())
    lines = (
        "import sys, hashlib, numpy as np",
        "from vdtext import codec",
        "digest = hashlib.sha256()",
        "for planes in codec.decode_frames(sys.argv[1]):",
        "    for plane in planes:",
        "        digest.update(np.ascontiguousarray(plane))",
        "print(digest.hexdigest())",
    )
    for threads in ("1", "4"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "a.vdx")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.strip() == report.digest


def test_a_stream_is_written_as_it_comes_and_read_as_it_goes():
    film, out, seen = moving(40, 8, 8), io.BytesIO(), []

    def frames():
        for n, planes in enumerate(zip(*film.planes, strict=True)):
            seen.append((n, out.tell()))
            yield planes

    codec.encode_frames(frames(), out, size=film.size, color=False, fps=25, key=10, gop=4)
    assert seen[12][1] > seen[9][1] > 0  # a group is written when it is done
    assert out.getvalue() == codec.encode(codec.Film(film.planes), key=10, gop=4)
    stream_in = io.BytesIO(out.getvalue())
    decoder = codec.decode_frames(stream_in)
    next(decoder)
    assert stream_in.tell() < len(out.getvalue()) / 2

    class Pipe:
        """A file that cannot be wound."""

        def __init__(self, data):
            self.read = io.BytesIO(data).read

        def seekable(self):
            return False

    assert len(list(codec.decode_frames(Pipe(out.getvalue())))) == 40
    assert len(list(codec.decode_frames(Pipe(out.getvalue()), start=35, stop=38))) == 3
    assert codec.info(Pipe(out.getvalue())).frames == 40


def test_a_part_is_decoded_from_the_groups_that_it_needs(monkeypatch, tmp_path):
    film = moving(30, 16, 16, color=True)
    data = codec.encode(film, key=6, gop=2)
    whole, calls, begin = codec.decode(data), [], group.begin
    monkeypatch.setattr(container.groups, "begin", lambda *a: calls.append(1) or begin(*a))
    for start, stop, groups in ((0, 1, 1), (6, 12, 1), (11, 13, 2), (29, None, 1), (7, 99, 4)):
        calls.clear()
        part = codec.decode(data, start=start, stop=stop)
        assert all(np.array_equal(a, b[start:stop]) for a, b in zip(part.planes, whole.planes, strict=True))
        assert len(calls) == groups
    assert codec.seek(data, 13) == (12, codec.info(data).groups[2][2])
    (tmp_path / "a.vdx").write_bytes(data)
    assert same(codec.decode(tmp_path / "a.vdx"), whole)
    for start, stop in ((30, None), (3, 3), (-1, 4)):
        with pytest.raises(ValueError, match="there are frames"):
            codec.decode(data, start=start, stop=stop)
    with pytest.raises(ValueError, match="there are 30"):
        codec.seek(data, 30)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"quality": 50, "bitrate": 1000}, "one of them"),
        ({"quality": 101}, "0 to 100"),
        ({"bitrate": 0}, "above 0"),
        ({"gop": 65}, "1 to 64"),
        ({"gop": 0}, "1 to 64"),
        ({"key": 0}, "1 or more"),
        ({"cuts": (-1,)}, "numbers of frames"),
        ({"models": "a"}, "no weights 'a'"),
    ],
)
def test_what_cannot_be_right_is_refused(given_, message):
    with pytest.raises(ValueError, match=rf"{message}.*chapter 1[03]"):
        codec.encode(np.zeros((8, 8), np.uint8), **given_)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"size": (0, 8)}, "1 × 1"),
        ({"size": (1 << 12, 1 << 12)}, "up to"),
        ({"fps": 0}, "positive"),
        ({"matrix": "rec"}, "accepted are"),
        ({"size": (8, 9)}, "frame 0"),
        ({"color": True}, "frame 0"),
        ({"frames": []}, "no frames"),
    ],
)
def test_a_stream_that_cannot_be_right_is_refused(given_, message):
    arguments = {"frames": [[np.zeros((8, 8), np.uint8)]], "size": (8, 8), "color": False, "fps": 25, **given_}
    with pytest.raises(ValueError, match=message):
        codec.encode_frames(arguments.pop("frames"), io.BytesIO(), **arguments)


# ---- What goes in, sheets, plan --------------------------------------------------------------------------------------


def test_films_are_checked():
    luma = np.zeros((2, 5, 7), np.uint8)
    chroma = np.zeros((2, 3, 4), np.uint8)
    film = codec.film((luma, chroma, chroma), fps=Fraction(24))
    assert (film.frames, film.size, film.format, film.fps) == (2, (5, 7), "yuv420p", 24)
    assert codec.film(film) is film
    for planes in ((luma, chroma), (luma, chroma, luma), (luma[0][0],), ()):
        with pytest.raises(ValueError, match="no film"):
            codec.Film(planes)
    with pytest.raises(ValueError, match="at least one"):
        codec.Film((np.zeros((0, 4, 4), np.uint8),))
    for clip in (np.zeros((2, 4, 4)), [1, 2]):
        with pytest.raises(TypeError, match="uint8"):
            codec.film(clip)


@given(st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_a_sheet_gives_its_planes_back(h, w, color):
    rng = np.random.default_rng(h * 41 + w)
    planes = [rng.integers(0, 256, s).astype(np.uint8) for s in [(h, w), *2 * color * [(-(-h // 2), -(-w // 2))]]]
    picture = sheets.sheet(planes)
    assert picture.shape[1] % 8 == 0
    back = sheets.unsheet(picture, (h, w), color)
    assert all(np.array_equal(a, b) for a, b in zip(planes, back, strict=True))


@given(st.integers(1, 70), st.integers(1, 20), st.integers(1, 30), st.sets(st.integers(0, 70)))
def test_runs_have_every_frame_once(frames, gop, key, chosen):
    found = list(plan.runs(range(frames), gop, key, chosen))
    assert [n for _, run in found for n in run] == list(range(frames))
    begins = [run[0] for first, run in found if first]
    assert {0, *(c for c in chosen if c < frames)} <= set(begins)
    assert max(np.diff([*begins, frames])) <= key
    assert all(len(run) == 1 if first else len(run) <= gop for first, run in found)


@given(st.integers(0, 40), st.integers(1, 64))
def test_a_pyramid_refers_to_what_is_decoded(first, count):
    anchors = [first - 3, first] if first >= 3 else [first]
    places, known = plan.group_order(anchors, first, first + count), set(anchors)
    for place in places:
        assert set(place.references) <= known
        assert 1 <= place.layer <= 5
        known.add(place.number)
    assert sorted(place.number for place in places) == list(range(first + 1, first + count + 1))


def test_steps_double_every_24_and_stay_in_their_table():
    assert all(plan.STEPS[k + 24] in range(2 * plan.STEPS[k] - 1, 2 * plan.STEPS[k] + 2) for k in range(230))
    assert plan.step_index(0, 0) == 0
    assert plan.step_index(256, 5) == 256
    assert plan.step_index(90, 3, cascade=False) == 90


def test_tables_of_steps_are_the_same_on_every_machine():
    exact = [16 * 2 ** (k / 24) for k in range(257)]
    assert min(abs(x - np.floor(x) - 0.5) for x in exact) > 0.001


def test_a_run_refuses_bytes_that_end():
    picture = sheets.sheet([np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)])
    coded = group.begin((64, 64), False, codec.Tools())
    codec.write_run(coded, [picture], 0)
    bits = group.finish(coded)
    with pytest.raises(BitstreamError, match="frame 0"):
        codec.read_run(group.begin((64, 64), False, codec.Tools(), bits[:100]), 1)


# ---- Cuts ------------------------------------------------------------------------------------------------------------


def found_cuts(luma):
    found = set()
    passed = list(cuts.watch_cuts(luma, found, lambda frame: frame))
    assert all(a is b or np.array_equal(a, b) for a, b in zip(passed, luma, strict=True))
    return sorted(found)


def test_cuts_of_the_books_clips_are_found_and_no_others():
    assert found_cuts(scoreboard.source("bikes").luma) == [30, 76, 137, 187, 242]
    assert found_cuts(scoreboard.source("carphone").luma) == []
    assert found_cuts(scoreboard.source("bigbuckbunny", frames=132).luma) == []


def test_cuts_are_found_in_synthetic_shots_but_flashes_and_fades_are_none():
    clip = clips.sprites(frames=30, size=(72, 88), cuts=(11, 20), gray=True, seed=3)
    assert set(found_cuts(clip.array)) <= set(clip.truth.cuts)
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (60, 1))
    flash = [ramp] * 4 + [255 - ramp] + [ramp] * 4
    assert found_cuts(flash) == []
    assert found_cuts([ramp] * 4 + [255 - ramp] * 4) == [4]
    assert found_cuts([ramp] * 4 + [255 - ramp]) == [4]
    assert found_cuts([(ramp * (1 - k / 20)).astype(np.uint8) for k in range(20)]) == []
    assert found_cuts([ramp, 255 - ramp]) == [1]
    assert found_cuts([ramp[:1, :1]]) == found_cuts([]) == []


def test_the_encoder_puts_an_intra_frame_where_a_shot_begins():
    a, b = moving(9, 40, 40, seed=1).luma, 255 - moving(9, 40, 40, seed=9, speed=0).luma
    film = np.concatenate([a, b])
    assert codec.info(codec.encode(film, quality=50)).keys == (0, 9)
    assert codec.info(codec.encode(film, quality=50, cuts=())).keys == (0,)


# ---- Rate control ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_a_bitrate_is_met(known):
    source = scoreboard.source("carphone", size=(72, 88), gray=True)
    luma = np.concatenate([source.luma, source.luma[::-1]])[:180]
    out, target = io.BytesIO(), 24000
    codec.encode_frames(
        luma[:, None],
        out,
        size=(72, 88),
        color=False,
        fps=source.fps,
        bitrate=target,
        cuts=(),
        total=180 if known else None,
    )
    seconds = 180 / float(source.fps)
    assert abs(8 * len(out.getvalue()) / seconds / target - 1) < (0.05 if known else 0.15)
    assert codec.info(out.getvalue()).note == "b24000"


def test_rate_control_solves_for_what_is_left():
    control = rate.Control(1000.0, Fraction(10), 50, 7, 100)
    control.intra, control.inter, control.slope = 12.0, 9.0, 1.0
    index = control.solve(0, True)
    # frames 0 and 50 are intra, and 14 others end a run
    cost = (2**12 * 2 + (98 + 14 * rate.ANCHOR) * 2**9) * 2 ** (-index / 24)
    assert cost == pytest.approx(100 * 100)
    assert control.solve(5000, True) == pytest.approx(index + 24)


def test_rate_control_attempts_at_shots_alone_and_moves_slowly_within_a_group():
    calls = []

    def attempt(index):
        calls.append(index)
        return [(1, 4000 * 2 ** (-index / 20)), (16, 9000 * 2 ** (-index / 20))]

    control = rate.Control(50000.0, Fraction(25), 250, 16, 200)
    first = control.choose(0, True, attempt)
    assert len(calls) == 2
    assert control.slope == pytest.approx(1.2)
    control.spend(1, 4000 * 2 ** (-first / 20))
    control.spend(16, 10**7)
    assert control.choose(10**7, False, None) == first + rate.MOST
    control.choose(10**7, True, None)
    assert len(calls) == 2
    control.choose(10**7, True, attempt)
    assert len(calls) == 3


# ---- The file --------------------------------------------------------------------------------------------------------


def chunks(data):
    """The chunks of a whole file: [(letter, payload)], and what stands behind the last."""
    file, found = io.BytesIO(data[4:]), []
    while not found or found[-1][0] != "I":
        found.append(stream.next_chunk(file))
    return found, file.read()


def built(parts, foot=True):
    """A file of chunks."""
    body = [stream.chunk(letter, payload) for letter, payload in parts]
    return stream.SIGNATURE + b"".join(body) + (stream.footer(len(body[-1])) if foot else b"")


def test_a_file_is_built_as_the_appendix_says():
    data = codec.encode(moving(20, 18, 20, color=True), quality=40, key=12)
    parts, foot = chunks(data)
    assert built(parts) == data
    assert [letter for letter, _ in parts] == ["H", "m", "G", "G", "I"]
    assert parts[0][1] == bytes([1, 0b01111011, 18, 20, 16]) + b"\xb0\xea\x01\xe9\x07"  # 30000, 1001
    assert parts[1][1] == b"q40"
    assert [part[1][:2] for part in parts[2:4]] == [bytes([0, 12]), bytes([12, 8])]
    places = [offset for _, _, offset in codec.info(data).groups]
    assert all(data[place : place + 3] == b"\xc5\x5cG" for place in places)
    size = len(stream.chunk(*parts[-1]))
    assert foot == size.to_bytes(4, "little") + b"XDV\x89"
    assert data[-8 - size :].startswith(b"\xc5\x5cI")
    letter, payload = parts[0]
    body = letter.encode() + bytes([len(payload)]) + payload
    assert data[4:].startswith(b"\xc5\x5c" + body + zlib.crc32(body).to_bytes(4, "little"))


def test_a_file_costs_little_more_than_its_groups():
    for frames, key in ((1, 250), (40, 5)):
        data = codec.encode(moving(frames, 16, 16), quality=30, key=key, gop=4)
        parts, _ = chunks(data)
        groups = [payload for letter, payload in parts if letter == "G"]
        assert len(data) - sum(map(len, groups)) <= 60 + 14 * len(groups)


@given(
    st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
    st.booleans(),
    st.booleans(),
    st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1001),
    st.sampled_from(stream.MATRICES),
    st.integers(1, 64),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_a_header_says_what_it_was_told(size, color, full, fps, matrix, gop, switches):
    lossless, mixing, filtering, cascade = switches
    tools = codec.Tools(gop=gop, lossless=lossless, mixing=mixing, filtering=filtering, cascade=cascade)
    header = codec.Header(size, color, tools, fps, matrix, full)
    assert stream.unpack_header(stream.pack_header(header)) == header


def test_bad_headers_are_refused_before_memory_is_taken():
    good = stream.pack_header(codec.Header((8, 8), False, codec.Tools()))
    for payload in (b"", b"\x03" + good[1:], good + b"\0", good[:-1], good[:2] + b"\0" + good[3:]):
        with pytest.raises(BitstreamError):
            stream.unpack_header(payload)
    large = stream.pack_header(codec.Header((1 << 20, 1 << 20), False, codec.Tools()))
    with pytest.raises(BitstreamError, match="limit"):
        stream.unpack_header(large)
    assert stream.unpack_header(large, 1 << 40).size == (1 << 20, 1 << 20)
    with pytest.raises(BitstreamError, match="limit of 64"):
        codec.decode(codec.encode(np.zeros((9, 8), np.uint8)), limit=64)


def test_a_group_has_no_more_frames_than_its_bytes_can_pay_for():
    with pytest.raises(BitstreamError, match="1000 frames"):
        stream.unpack_group(b"\0\xe8\x07" + bytes(200), (144, 176))
    for frames, size in ((1, (1, 1)), (250, (144, 176)), (7, (2000, 2000))):
        payload = stream.pack_group(3, frames, size, b"a")
        assert stream.unpack_group(payload, size)[:2] == (3, frames)
    still = np.zeros((600, 64, 64), np.uint8)
    data = codec.encode(still, quality=20)
    assert [len(payload) - 3 for letter, payload in chunks(data)[0] if letter == "G"] == [62, 63, 25]
    assert codec.decode(data).luma.max() < 6


def test_small_letters_are_skipped_and_capitals_are_not():
    film = moving(4, 8, 8)
    parts, _ = chunks(codec.encode(film, key=2))
    for place in range(1, len(parts)):
        data = built([*parts[:place], ("a", b"sound to come"), *parts[place:]])
        assert codec.decode(data).frames == 4
        assert codec.recover(data).film.frames == 4
        assert codec.info(data).frames == 4
        assert codec.decode(data, start=1, stop=2).frames == 1
        for letter, what in (("M", "models"), ("E", "encryption"), ("Q", "something newer")):
            data = built([*parts[:place], (letter, b""), *parts[place:]])
            for decode in (codec.decode, codec.recover):
                with pytest.raises(BitstreamError, match=what):
                    decode(data)


def test_a_file_may_end_with_anything_but_not_early():
    film = moving(5, 16, 16)
    data = codec.encode(film, key=2)
    whole = codec.decode(data)
    for tail in (b"\0", data, b"\xc5\x5cG\x05", data[-30:]):
        assert same(codec.decode(data + tail), whole)
        assert codec.info(data + tail).groups == codec.info(data).groups
    for length in range(len(data) - 8):
        with pytest.raises(BitstreamError):
            codec.decode(data[:length])
    assert same(codec.decode(data[:-5]), whole)  # all but the footer, which only makes seeking faster


def test_an_index_cannot_ask_for_memory():
    parts, _ = chunks(codec.encode(moving(2, 8, 8), quality=30))
    sizes = [len(stream.chunk(*part)) for part in parts]
    many = stream.pack_index([(1 << 31 - 1, sizes[2])], 4 + sum(sizes[:2]))
    with pytest.raises(BitstreamError):
        codec.decode(built([*parts[:3], ("I", many)]))
    assert codec.info(codec.encode(moving(3, 8, 8))).duration == Fraction(3003, 30000)


def test_files_that_contradict_themselves_are_refused():
    parts, _ = chunks(codec.encode(moving(4, 8, 8), key=2))
    head, note, first, second, index = parts
    for wrong in (
        [note, head, first, second, index],
        [head, head, first, second, index],
        [head, second, first, index],
        [head, first, first, index],
        [head, first, index],
        [head, ("I", stream.pack_index([], 4))],
        [head, first, second, ("I", index[1] + b"\0")],
        [head, first, ("G", second[1][:1]), index],
        [head, first, ("I", stream.pack_index([(0, 9)], 4))],
        [head, ("\x07", b""), first, second, index],
    ):
        with pytest.raises(BitstreamError):
            codec.decode(built(wrong))
    lying = stream.pack_index([(1 << 30, 7)], 4)
    with pytest.raises(BitstreamError):
        codec.decode(built([head, first, ("I", lying)]))
    start, entries = stream.unpack_index(index[1])
    wrong = stream.pack_index([(entries[0][0] + 1, entries[0][1]), (entries[1][0] - 1, entries[1][1])], start)
    with pytest.raises(BitstreamError):
        codec.decode(built([head, note, first, second, ("I", wrong)]), start=3)


# ---- Damage ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def victim():
    film = moving(20, 16, 24, color=True)
    data = codec.encode(film, quality=60, key=5)
    return data, codec.decode(data), codec.info(data)


@pytest.mark.parametrize("lost", range(4))
def test_a_damaged_group_costs_its_own_frames(victim, lost):
    data, whole, about = victim
    first, frames, offset = about.groups[lost]
    broken = bytearray(data)
    broken[offset + 9] ^= 4
    with pytest.raises(BitstreamError, match="damaged"):
        codec.decode(bytes(broken))
    found = codec.recover(bytes(broken))
    (damage,) = found.damages
    assert (damage.chunk, damage.offset, damage.first, damage.stop) == ("?", offset, first, first + frames)
    assert str(damage).startswith(f"bytes {offset} to")
    for plane, good in zip(found.film.planes, whole.planes, strict=True):
        kept = np.r_[:first, first + frames : 20]
        assert np.array_equal(plane[kept], good[kept])
        filler = plane[first - 1] if first else np.full_like(plane[0], 128)
        assert (plane[first : first + frames] == filler).all()


def test_two_damages_and_a_cut_file_are_told_apart(victim):
    data, whole, about = victim
    broken = bytearray(data)
    for lost in (0, 2):
        broken[about.groups[lost][2] + 8] ^= 1
    assert [(d.first, d.stop) for d in codec.recover(bytes(broken)).damages] == [(0, 5), (10, 15)]
    cut = codec.recover(data[: about.groups[3][2] + 20])
    assert cut.film.frames == 15
    assert [(d.first, d.stop) for d in cut.damages] == [(15, None)]
    assert "from 15 on" in str(cut.damages[0])
    assert np.array_equal(cut.film.luma, whole.luma[:15])
    gone = data[: about.groups[1][2]] + data[about.groups[2][2] :]
    found = codec.recover(gone)
    assert np.array_equal(found.film.luma[10:], whole.luma[10:])


def test_a_whole_file_has_no_damage(victim):
    data, whole, _ = victim
    for tail in (b"", b"garbage"):
        found = codec.recover(data + tail)
        assert found.damages == ()
        assert same(found.film, whole)


def test_damage_to_what_is_no_frame_loses_none(victim):
    data, whole, about = victim
    for place in (0, about.groups[0][2] - 5, len(data) - 12):
        broken = bytearray(data)
        broken[place] ^= 1
        found = codec.recover(bytes(broken))
        assert np.array_equal(found.film.luma, whole.luma)
        assert all("chunk" in str(damage) for damage in found.damages)


def test_what_is_swapped_is_put_in_order_and_what_is_there_twice_is_dropped(victim):
    data, whole, _ = victim
    parts, _ = chunks(data)
    head, note, a, b, c, d, index = parts
    swapped = codec.recover(built([head, note, c, a, d, b, index]))
    assert same(swapped.film, whole)
    twice = codec.recover(built([head, note, a, b, b, c, d, index]))
    assert same(twice.film, whole)
    assert [damage.reason for damage in twice.damages] == ["frames 5 to 9 are there twice (chapter 10)"]
    assert "no frame lost" in str(twice.damages[0])


def test_hopeless_files_are_refused_in_one_line(victim):
    data, _, about = victim
    parts, _ = chunks(data)
    for broken, message in (
        (b"", "header is lost"),
        (data[10:], "header is lost"),
        (data[: about.groups[0][2]], "no group"),
        (built([parts[0], ("G", b""), parts[-1]]), "no group"),
    ):
        with pytest.raises(BitstreamError, match=message):
            codec.recover(broken)
    far = ("G", stream.pack_group(1 << 30, 1, (16, 24), b"a"))
    found = codec.recover(built([*parts[:-1], far, parts[-1]]))
    assert found.film.frames == 20
    assert "pay for" in found.damages[0].reason
    lying = codec.recover(built([*parts[:-1], ("I", stream.pack_index([(1 << 30, 1)], 4))]))
    assert lying.film.frames == 20
    assert "pay for" in lying.damages[0].reason


def test_many_marks_do_not_keep_recovery_busy(victim):
    data, _, about = victim
    many = (stream.MARK + b"G\xff\xff\x7f") * 30000
    found = codec.recover(data[: about.groups[2][2]] + many + data[about.groups[2][2] :])
    assert found.film.frames >= 10


# ---- Golden files ----------------------------------------------------------------------------------------------------


def golden():
    """Films, and how each was made: {name: (film, arguments)}."""
    noise = np.random.default_rng(7).integers(0, 256, (2, 9, 11)).astype(np.uint8)
    return {
        "grey": (moving(18, 24, 32), {"quality": 40}),
        "colour": (moving(19, 32, 40, color=True, seed=1), {"quality": 50}),
        "without loss, grey": (codec.Film((noise,)), {"quality": 100}),
        "without loss, colour": (moving(4, 16, 16, color=True), {"quality": 100}),
        "odd size": (moving(6, 7, 13, color=True, seed=2), {"quality": 70, "key": 4}),
        "one pixel": (moving(1, 1, 1, color=True), {"quality": 90}),
        "one context, no filter": (
            moving(6, 24, 24, seed=3),
            {"quality": 60, "tools": codec.Tools(gop=2, mixing=False, filtering=False, cascade=False)},
        ),
    }


def sha(film):
    digest = hashlib.sha256()
    for planes in zip(*film.planes, strict=True):
        for plane in planes:
            digest.update(np.ascontiguousarray(plane))
    return digest.hexdigest()


def test_golden_files_decode_as_they_always_did():
    if os.environ.get("GENERATE_EXPECTED") == "1":
        made = {name: codec.encode(film, **given_) for name, (film, given_) in golden().items()}
        found = {
            name: {
                "made": f"tests/test_codec.py golden(), {name!r}",
                "sha256": sha(codec.decode(data)),
                "vdx": data.hex(),
            }
            for name, data in made.items()
        }
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    frozen = json.loads(GOLDEN.read_text())
    assert list(frozen) == list(golden())
    for name, (film, given_) in golden().items():
        back = codec.decode(bytes.fromhex(frozen[name]["vdx"]))
        assert sha(back) == frozen[name]["sha256"], f"breaking change: {name} decodes to other pixels"
        assert (back.size, back.frames, back.fps) == (film.size, film.frames, film.fps)
        if given_["quality"] == 100:
            assert same(back, film)
            assert codec.encode(film, **given_).hex() == frozen[name]["vdx"], f"breaking change: {name} has other bytes"


# ---- Attacks ---------------------------------------------------------------------------------------------------------


def targets():
    """Tiny files."""
    for k, (color, quality) in enumerate([(False, 20), (True, 30), (True, 100), (False, 60)]):
        yield codec.encode(moving(3, 16, 16, color=color, seed=k), quality=quality, key=2 if k == 3 else 250)
    yield codec.encode(moving(5, 9, 11), quality=10, tools=codec.Tools(gop=2, mixing=False, filtering=False))


NUMBERS = (0, 1, 2, 15, 16, 17, 64, 100, 255, 1000, 2048, 4096, 65536, (1 << 23) + 1, 1 << 31)


def mutant(data, rng):
    """A damaged file: bits, ends, pieces; or with true checksums, so that it gets deep into the decoder."""
    kind, broken = rng.integers(0, 8), bytearray(data)
    if kind == 0:
        for _ in range(rng.integers(1, 4)):
            broken[rng.integers(0, len(broken))] ^= 1 << rng.integers(0, 8)
        return bytes(broken)
    if kind == 1:
        return data[: rng.integers(0, len(data))]
    if kind == 2:
        a, b = sorted(rng.integers(0, len(data), 2))
        return data[:a] + rng.bytes(rng.integers(0, 9)) + data[b:]
    parts, _ = chunks(data)
    if kind == 3:
        a, b = rng.integers(0, len(parts), 2)
        parts[a], parts[b] = parts[b], parts[a]
        return built(parts, foot=bool(rng.integers(0, 2)))
    if kind == 4:
        a, b = rng.integers(0, len(parts), 2)
        return built([*parts[:a], *parts[b:]] or parts)
    place = int(rng.choice([0, *range(2, len(parts))] if kind < 7 else range(2, len(parts) - 1)))
    letter, payload = parts[place]
    changed = bytearray(payload)
    if kind == 5:  # a hostile number in a header, a group or the index
        k = rng.integers(0, 7)
        number = stream.varint(int(rng.choice(NUMBERS)))
        changed[k : k + rng.integers(0, 3)] = number
    else:
        for _ in range(rng.integers(1, 4)):
            changed[rng.integers(0, len(changed))] = rng.integers(0, 256)
    parts[place] = letter, bytes(changed)
    return built(parts)


def attack(pipe):
    """A worker: for each seed that arrives, damage a hundred files, decode them, and say what went wrong."""
    files = list(targets())
    for data in files:
        assert codec.decode(data).frames == codec.recover(data).film.frames
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), resource.RLIM_INFINITY))
    pipe.send("ready")
    while (seed := pipe.recv()) is not None:
        rng, found, refused = np.random.default_rng(seed), [], 0
        for k in range(100):
            broken = mutant(files[rng.integers(0, len(files))], rng)
            for decode in (codec.decode, codec.recover) if k % 4 == 0 else (codec.decode,):
                signal.setitimer(signal.ITIMER_PROF, 2)  # after two seconds of work the worker dies
                try:
                    film = decode(broken)
                    film = getattr(film, "film", film)
                    if film.frames < 1:
                        found.append((broken.hex(), "no frames"))
                except BitstreamError:
                    refused += decode is codec.decode
                except BaseException as error:  # whatever it is, the parent reports it
                    found.append((broken.hex(), repr(error)))
                signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send((refused, found))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads its own memory from Linux's /proc")
def test_twenty_thousand_damaged_files_end_in_time_and_in_memory():
    spawn, refused = multiprocessing.get_context("spawn"), 0
    ours, theirs = spawn.Pipe()
    worker = spawn.Process(target=attack, args=(theirs,), daemon=True)
    worker.start()
    theirs.close()  # so that a worker that dies is an end of the pipe, not a wait
    try:
        assert ours.poll(300), "the worker did not start"
        assert ours.recv() == "ready"
        for seed in range(200):
            ours.send(seed)
            assert ours.poll(200), f"a decoder hangs: seed {seed}"
            count, found = ours.recv()
            assert found == [], f"seed {seed}"
            refused += count
        ours.send(None)
        worker.join(30)
    finally:
        worker.kill()
    assert 10_000 < refused < 20_000


@given(st.binary(max_size=60))
@settings(max_examples=200)
def test_any_bytes_decode_or_raise(data):
    head = stream.chunk("H", stream.pack_header(codec.Header((8, 8), True, codec.Tools())))
    for whole in (data, stream.SIGNATURE + data, stream.SIGNATURE + head + stream.chunk("G", b"\0\x03" + data)):
        for decode in (codec.decode, codec.recover):
            try:
                said = decode(whole) and "(chapter 10)"
            except BitstreamError as error:
                said = str(error)
            assert said.endswith(("(chapter 10)", "(chapter 6)"))


# ---- The kernels -----------------------------------------------------------------------------------------------------


ROOMS = "coder levels transform inter intra frame modes motion syntax filtering search trial angles vectors decide"


def rooms():
    """The modules of the compiled codec."""
    return [importlib.import_module(f"vdtext.fast.codec.{name}") for name in ROOMS.split()]


def tiny(frames=3, size=(16, 24), color=True, seed=0):
    """Sheets of a few small frames: a pattern that moves, under noise."""
    rng = np.random.default_rng(seed)
    h, w = size
    y, x = np.mgrid[:h, :w]
    film = []
    for t in range(frames):
        luma = 120 + 60 * np.sin((x + 1.3 * t) / 3) * np.cos((y - t) / 4) + rng.normal(0, 3, size)
        planes = [luma] + ([luma[::2, ::2] / 2 + 60, 200 - luma[::2, ::2] / 3] if color else [])
        film.append(sheets.sheet([np.clip(p, 0, 255).astype(np.uint8) for p in planes]))
    return film


def coded(film, size, tools, index=60):
    """Stream and reconstruction of one group: an intra frame and a run."""
    state = group.begin(size, len(film[0]) > size[0], tools)
    seen = codec.write_run(state, film[:1], index)
    if len(film) > 1:
        seen += codec.write_run(state, film[1:], index)
    return group.finish(state), seen


def decoded(stream, frames, size, color, tools):
    state = group.begin(size, color, tools, stream)
    return codec.read_run(state, 1) + (codec.read_run(state, frames - 1) if frames > 1 else [])


@pytest.mark.parametrize("color", [False, True])
def test_without_numba_the_same_bytes_give_the_same_frames(color, monkeypatch):
    film, tools = tiny(color=color), codec.Tools(gop=2)
    stream, seen = coded(film, (16, 24), tools)
    for module in rooms():
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
    for name in ("encode_frame", "decode_frame", "put_number", "phases", "flush"):
        monkeypatch.setattr(fast_codec, name, getattr(fast_codec, name).py_func)
    with np.errstate(over="ignore"):
        assert all(np.array_equal(a, b) for a, b in zip(decoded(stream, 3, (16, 24), color, tools), seen, strict=True))
        plain, ours = coded(film[:2], (16, 24), tools)
    monkeypatch.undo()
    assert all(np.array_equal(a, b) for a, b in zip(decoded(plain, 2, (16, 24), color, tools), ours, strict=True))


@pytest.mark.parametrize("n", [4, 8, 16, 32])
def test_the_integer_transform_is_the_cosine_transform(n):
    rng, s = np.random.default_rng(n), int(np.log2(n)) - 2
    levels, step = rng.integers(-6, 7, (n, n)).astype(np.int16), 160
    tmp, out = np.zeros((48, 48), np.int32), np.zeros((48, 48), np.int32)
    assert transform.inverse(levels, 0, 0, s, step, tmp, out) == 1
    assert abs(out[:n, :n] - idctn(levels * 10.0, norm="ortho")).max() < 0.25 * n
    picture, floats = rng.normal(0, 50, (32, 32)).astype(np.float32), np.zeros((2, 32, 32), np.float32)
    transform.forward(picture, s, floats[0], floats[1])
    np.testing.assert_allclose(floats[1, :n, :n], dctn(picture[:n, :n], norm="ortho"), atol=2e-3)
    assert transform.inverse(np.zeros((n, n), np.int16), 0, 0, s, step, tmp, out) == 0
    assert not out[:n, :n].any()


@given(st.lists(st.integers(0, 100_000), max_size=60), st.lists(st.booleans(), max_size=200), st.booleans())
@settings(max_examples=20, deadline=None)
def test_bits_and_numbers_come_back(numbers, bits, mixing):
    writer = coder.new_coder(False, np.zeros(9000, np.uint8), mixing)
    for k, number in enumerate(numbers):
        assert coder.price_number(writer, 20, k % 32, number) > 0
        coder.put_number(writer, 20, k % 32, number)
    for k, bit in enumerate(bits):
        coder.put_three(writer, 12, k % 3, k % 5, k % 7, int(bit))
    data = writer.data[: fast_codec.flush(writer.state, writer.data)].copy()
    reader = coder.new_coder(True, data, mixing)
    assert [coder.put_number(reader, 20, k % 32, 0) for k in range(len(numbers))] == numbers
    assert [bool(coder.put_three(reader, 12, k % 3, k % 5, k % 7, 0)) for k in range(len(bits))] == bits


@pytest.mark.parametrize("vector", [(0, 0), (4, -8), (2, 0), (0, 3), (1, 2), (-7, 5), (900, -900)])
def test_prediction_is_that_of_chapter_9(vector):
    luma = np.random.default_rng(1).integers(0, 256, (32, 40), np.uint8)
    head = np.array([1, 1, 0, 16, 1, 1, 1, 1, 1, 32, 40, 0, 0])
    frame = fast_codec.new_frame(head, fast_codec.padded(luma, 32, 40), fast_codec.padded(luma, 32, 40), NO_GRID)
    v, u = inter.bound(vector[0], 8, 16, 32), inter.bound(vector[1], 16, 16, 40)
    inter.compensate(frame, 8, 16, 16, 1, *vector, 0, 0)
    planes = fast_codec.phases(luma, fast_codec.PAD)
    top, left = 8 + fast_codec.PAD + (v >> 2), 16 + fast_codec.PAD + (u >> 2)
    assert np.array_equal(frame.pred[:16, :16], planes[v & 3, u & 3, top : top + 16, left : left + 16])
    inter.compensate(frame, 8, 16, 16, 3, *vector, *vector)
    assert np.array_equal(frame.pred[:16, :16], planes[v & 3, u & 3, top : top + 16, left : left + 16])


def test_intra_prediction_goes_along_its_direction():
    frame = fast_codec.new_frame(np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 24, 24, 0, 0]), NONE, NONE, NO_GRID)
    frame.rec[:] = np.arange(24)[None] * 5  # columns differ, rows do not
    frame.cells[0] = 1
    intra.borders(frame, 0, 0, 24, 24, 8, 8, 8, 4)
    for mode, want in ((26, frame.rec[8:16, 8:16]), (10, np.full((8, 8), frame.rec[8, 7]))):
        intra.predict(frame, mode, 8, frame.pred, 0, 0)
        assert np.array_equal(frame.pred[:8, :8], want)
    intra.predict(frame, 1, 8, frame.pred, 0, 0)
    assert len(np.unique(frame.pred[:8, :8])) == 1
    frame.cells[0] = 0
    intra.borders(frame, 0, 0, 24, 24, 8, 8, 8, 4)
    intra.predict(frame, 0, 8, frame.pred, 0, 0)
    assert (frame.pred[:8, :8] == 128).all()


def test_the_filter_keeps_flat_pictures_and_great_edges_and_calms_small_noise():
    head = np.array([0, 0, 0, 320, 0, 1, 1, 1, 1, 32, 32, 0, 1])
    frame = fast_codec.new_frame(head, NONE, NONE, NO_GRID)
    out = np.zeros((48, 48), np.int32)
    for picture in (np.full((32, 32), 77), np.where(np.arange(32) < 16, 20, 220)[None].repeat(32, 0)):
        frame.rec[:] = picture
        filtering.widen(frame)
        filtering.diffuse(frame.wide, 0, 0, 32, 32, filtering.contrast(320, 2), out)
        assert np.array_equal(out[:32, :32], picture)
    frame.rec[:] = 100 + np.random.default_rng(2).normal(0, 4, (32, 32))
    filtering.widen(frame)
    filtering.diffuse(frame.wide, 0, 0, 32, 32, filtering.contrast(320, 2), out)
    assert out[:32, :32].std() < 0.6 * frame.rec.std()


@pytest.mark.parametrize(
    "tools",
    [
        codec.Tools(gop=1),
        codec.Tools(gop=4, mixing=False, filtering=False, cascade=False),
        codec.Tools(largest=8, smallest=8, finest=4, pairs=False, choose=False, transforms=False),
        codec.Tools(largest=16, smallest=16, finest=2),
        codec.Tools(lossless=True, gop=4),
    ],
)
@pytest.mark.parametrize("color", [False, True])
def test_every_tool_decodes(tools, color):
    film = tiny(6, (40, 48), color)
    stream, seen = coded(film, (40, 48), tools)
    back = decoded(stream, 6, (40, 48), color, tools)
    assert all(np.array_equal(a, b) for a, b in zip(back, seen, strict=True))
    error = np.square(np.subtract(seen, film, dtype=float)).mean()
    assert error == 0 if tools.lossless else 0 < error < 30


def test_a_stream_that_ends_early_is_found_out():
    stream, _ = coded(tiny(4), (16, 24), codec.Tools(gop=3))
    for cut in (0, 2, len(stream) // 3):
        with pytest.raises(BitstreamError, match="bytes of a group end"):
            decoded(stream[:cut], 4, (16, 24), True, codec.Tools(gop=3))


# ---- The chapter's equations -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walk():
    return np.cumsum(np.random.default_rng(3).normal(0, 20, (60, 40)), axis=0)


@pytest.mark.equation("eq-closed-loop")
def test_in_a_closed_loop_a_frame_has_the_error_of_one_quantiser(walk):
    seen = codec.dpcm(walk, 8, closed=True)
    residual = walk[1:] - seen[:-1]
    assert np.allclose(seen[1:] - walk[1:], 8 * np.rint(residual / 8) - residual)
    assert abs(seen - walk).max() <= 4 + 1e-9


@pytest.mark.equation("eq-open-loop")
def test_in_an_open_loop_the_errors_add_up(walk):
    seen, residual = codec.dpcm(walk, 8, closed=False), np.diff(walk, axis=0)
    assert np.allclose(seen[1:] - walk[1:], np.cumsum(8 * np.rint(residual / 8) - residual, axis=0))


@pytest.mark.equation("eq-step")
def test_the_steps_are_a_geometric_scale():
    for quality in (0, 29, 57, 85, 99):
        k = 24 * (99 - quality) / 14
        assert codec.quality_index(quality) == round(k)
        assert abs(codec.STEPS[round(k)] / 16 / 2 ** (k / 24) - 1) < 0.04


@pytest.mark.equation("eq-integer-cosines")
@pytest.mark.parametrize("n", [4, 8, 16, 32])
def test_the_integer_transform_is_the_rounded_one(n):

    wanted = np.rint(256 * wavelets.dct_matrix(n))
    assert np.array_equal(codec.integer_cosines(n), wanted)
    assert np.array_equal(transform.INVERSE[n.bit_length() - 3, :n, :n], wanted)


@pytest.mark.equation("eq-lambda")
def test_lambda_is_the_slope_of_a_fine_quantiser():
    x = np.random.default_rng(0).normal(0, 100, 400_000)

    def cost(step):
        counts = np.unique(np.rint(x / step), return_counts=True)[1]
        p = counts / len(x)
        return ((x - step * np.rint(x / step)) ** 2).mean(), -(p * np.log2(p)).sum()

    (d0, r0), (d1, r1) = cost(9.8), cost(10.2)
    assert abs((d1 - d0) / (r0 - r1) / (np.log(2) / 6 * 10**2) - 1) < 0.05


@pytest.mark.equation("eq-flux")
def test_the_flux_and_its_fast_twin():
    d = np.arange(-60, 61)
    for contrast in (1, 4, 17):
        wanted = np.sign(d) * np.minimum(2 * abs(d), np.maximum(3 * contrast - abs(d), 0))
        assert np.array_equal(codec.flux(d, contrast), wanted)
        assert [int(filtering.flux.py_func(v, contrast)) for v in d] == wanted.tolist()


def test_the_readable_filter_is_the_fast_one():
    picture, out = np.random.default_rng(0).integers(0, 256, (24, 32), np.uint8), np.zeros((24, 32), np.int32)
    for contrast in (1, 9, 40):
        filtering.diffuse(np.pad(picture, 2, mode="edge"), 0, 0, 24, 32, contrast, out)
        assert np.array_equal(codec.diffuse_step(picture, contrast), out)


def test_a_trace_is_what_the_decoder_does():
    film = moving(19, 40, 48, color=True)
    data = codec.encode(film, quality=60)
    frames, back = codec.trace(data), codec.decode(data)
    assert [frame.number for frame in frames] == list(range(19))
    for frame, luma in zip(frames, back.luma, strict=True):
        assert np.array_equal(frame.luma[:40, :48], luma)
    assert abs(sum(frame.bits for frame in frames) / 8 - len(data)) < 120
    plain = codec.trace(codec.encode(film, quality=60, tools=codec.Tools(filtering=False)))
    for frame in plain:
        known = (frame.directions > 0).repeat(8, axis=0).repeat(8, axis=1)
        built = np.clip(frame.prediction.astype(int) + frame.residual, 0, 255)
        assert np.array_equal(built[known], frame.luma[known])


# ---- Motion-compensated temporal filtering ---------------------------------------------------------------------------


@pytest.mark.equation("eq-mctf")
def test_lifting_along_the_motion_is_the_two_equations():
    x = [np.full((16, 16), level, np.int32) for level in (10, 40, 20, 90, 60)]
    low, high, fields = mctf.lift(x, update=True)
    assert not any(field.any() for pair in fields for field in pair)
    h = [float(x[2 * k + 1][0, 0]) - (x[2 * k][0, 0] + x[2 * k + 2][0, 0]) / 2 for k in range(2)]
    assert [int(picture[5, 5]) for picture in high] == h
    around = [(h[0] + h[0]) / 4, (h[0] + h[1]) / 4, (h[1] + h[1]) / 4]
    for k in range(3):
        assert abs(low[k][5, 5] - (x[2 * k][0, 0] + around[k])) <= 0.5


@pytest.fixture(scope="module")
def street():
    return np.rint(255 * clips.load("carphone", frames=9, size=(72, 88), gray=True).array).astype(np.uint8)


@pytest.fixture(scope="module")
def filtered(street):
    return mctf.mctf_encode(street, quality=50, group=4)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(0, 2**32 - 1))
def test_lifting_is_undone_exactly(count, height, width, update, seed):
    frames = list(np.random.default_rng(seed).integers(-60, 300, (count, height, width)).astype(np.int32))
    low, high, fields = mctf.lift(frames, update=update)
    assert len(low) + len(high) == count
    back = mctf.unlift(low, high, fields, update=update)
    assert all(np.array_equal(a, b) for a, b in zip(frames, back, strict=True))


def test_without_motion_it_is_the_wavelet_of_chapter_7():
    levels = np.random.default_rng(0).integers(40, 200, 9).astype(np.int32)
    flat = [np.full((16, 16), level, np.int32) for level in levels]
    low, high, _ = mctf.lift(flat, update=True)
    found = [int(x[3, 3]) for x in low + high]
    assert np.abs(np.array(found) - wavelets.lifting_53(levels)).max() <= 1  # halves are rounded up here, down there


def test_decodes_the_same_in_a_fresh_process_and_with_garbage(filtered, tmp_path):
    here = mctf.mctf_decode(filtered + b"garbage")
    (tmp_path / "stream").write_bytes(filtered)
    code = "import sys, pathlib, numpy; from vdtext.codec import mctf; "
    code += "numpy.save(sys.argv[2], mctf.mctf_decode(pathlib.Path(sys.argv[1]).read_bytes()))"
    subprocess.run([sys.executable, "-c", code, tmp_path / "stream", tmp_path / "clip.npy"], check=True)
    assert np.array_equal(np.load(tmp_path / "clip.npy"), here)


def test_quality_costs_bytes_and_update_pays(street):
    coarse, fine = (mctf.mctf_encode(street, quality=q) for q in (30, 70))
    psnr = [metrics.psnr(street, mctf.mctf_decode(data), data_range=255) for data in (coarse, fine)]
    assert len(coarse) < len(fine)
    assert psnr[0] + 4 < psnr[1]
    plain = mctf.mctf_encode(street, quality=70, update=False)
    assert metrics.psnr(street, mctf.mctf_decode(plain), data_range=255) < psnr[1]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_bytes_decode_or_are_refused(filtered, data):
    damaged = bytearray(filtered)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(filtered) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(filtered)))
    with contextlib.suppress(BitstreamError):
        assert mctf.mctf_decode(bytes(damaged[:cut] if cut % 2 else damaged), limit=1 << 14).dtype == np.uint8


@pytest.mark.parametrize("head", [(1 << 20, 4000, 2000, 8, 1), (1, 1 << 13, 1 << 13, 8, 1), (0, 8, 8, 8, 1)])
def test_sizes_are_checked_before_memory_is_taken(head):
    data = mctf.MAGIC + b"".join(map(mctf.varint, head)) + bytes(40)
    with pytest.raises(BitstreamError, match="no encoder writes it"):
        mctf.mctf_decode(data)


@pytest.mark.parametrize("told", [{"quality": 100}, {"quality": -1}, {"group": 0}, {"group": 65}])
def test_wrong_arguments_are_named(told):
    with pytest.raises(ValueError, match="chapter 10"):
        mctf.mctf_encode(np.zeros((1, 8, 8), np.uint8), **told)
    with pytest.raises(TypeError, match="uint8"):
        mctf.mctf_encode(np.zeros((1, 8, 8)))


# ---- trained parts (chapter 13) ----


def untrained(directory, seed=0, id="pretend"):
    """Weights of the right form that nobody trained, stored in a folder."""
    rng, used = np.random.default_rng(seed), np.zeros(32 * 7 * 2048, bool)
    used[rng.choice(used.size, 5000, replace=False)] = True
    arrays = {
        "used": np.packbits(used),
        "logits": rng.integers(-60, 61, 5000).astype(np.int8),
        "slopes": rng.integers(-20, 21, 5000).astype(np.int8),
        "counts": rng.integers(0, 20, 5000).astype(np.uint8),
        "mixtures": rng.integers(8000, 20000, (640, 7)).astype(np.int32),
    }
    for k, (inputs, outputs, low, high) in enumerate([(12, 8, 0, 255), (8, 8, -2047, 2047)]):
        arrays[f"{k}.weights"] = rng.integers(-99, 100, (outputs, inputs, 3, 3)).astype(np.int16)
        arrays[f"{k}.bias"] = rng.integers(-99, 100, outputs).astype(np.int32)
        arrays[f"{k}.range"] = np.array([6, low, high], np.int32)
    if not (directory / "models.json").exists():
        (directory / "models.json").write_text("{}")
    models.register(id, arrays, made_by="a test", licence="none", directory=directory)


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """A folder with untrained weights, where the book's weights are looked for."""
    monkeypatch.setattr(models, "DATA", tmp_path)
    model._load.cache_clear()
    untrained(tmp_path)
    yield tmp_path
    model._load.cache_clear()


def wandering(frames, size, seed=1):
    """A grey clip of a texture that moves, with some noise."""
    rng = np.random.default_rng(seed)
    noise = rng.uniform(0, 255, (size[0] + 40, size[1] + 40)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 2) * 4 - 380
    clip = np.stack([texture[k : k + size[0], 2 * k : 2 * k + size[1]] for k in range(frames)])
    return np.clip(clip + rng.normal(0, 3, clip.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("frames", "size", "options"),
    [
        (1, (9, 7), {"quality": 40}),
        (9, (40, 56), {"quality": 30, "gop": 4, "cuts": (5,)}),
        (5, (24, 40), {"quality": 100}),
        (6, (33, 50), {"bitrate": 60000, "key": 3}),
    ],
)
def test_trained_parts_are_decoded_as_they_were_encoded(pretend, frames, size, options):
    clip, out = wandering(frames, size), io.BytesIO()
    given = {"size": size, "color": False, "fps": 25, "models": "pretend", **options}
    written = codec.encode_frames([[picture] for picture in clip], out, **given)
    decoded = codec.decode(out.getvalue())
    assert hashlib.sha256(decoded.luma.tobytes()).hexdigest() == written.digest
    about = codec.info(out.getvalue()).header
    assert (about.model.id, about.tools.primed, about.tools.corrected, about.tools.between) == (
        "pretend",
        True,
        True,
        True,
    )
    if options.get("quality") == 100:
        assert (decoded.luma == clip).all()


def test_each_trained_part_can_be_switched_off_and_nothing_is_chapter_ten(pretend):
    clip = wandering(5, (40, 56))
    sizes = {}
    for parts in itertools.product((False, True), repeat=3):
        tools = codec.Tools(**dict(zip(("primed", "corrected", "between"), parts, strict=True)))
        data = codec.encode(clip, quality=40, tools=tools, models="pretend", cuts=())
        assert codec.info(data).header.tools == replace(tools, gop=16)
        sizes[parts] = [payload for letter, payload in chunks(data)[0] if letter == "G"]
        traced = codec.trace(data)
        assert all((one.luma == codec.decode(data).luma[one.number]).all() for one in traced)
    bare = [payload for letter, payload in chunks(codec.encode(clip, quality=40, cuts=()))[0] if letter == "G"]
    assert sizes[False, False, False] == bare
    assert len({tuple(groups) for groups in sizes.values()}) == 8


def test_a_file_says_which_weights_it_needs(pretend):
    clip = wandering(3, (24, 24))
    data = codec.encode(clip, quality=50, models="pretend")
    untrained(pretend, seed=7)
    model._load.cache_clear()
    for reader in (codec.decode, codec.recover, codec.trace):
        with pytest.raises(BitstreamError, match="other weights of the name 'pretend'"):
            reader(data)
    (pretend / "models.json").write_text("{}")
    model._load.cache_clear()
    for reader in (codec.decode, codec.recover, codec.trace):
        with pytest.raises(BitstreamError, match="made with trained weights: no weights 'pretend'"):
            reader(data)
    assert codec.info(data).header.model.id == "pretend"


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x03" + bytes(8), b"\x08" + bytes(8) + b"a", b"\x03" + bytes(8) + "é".encode(), b"\x03" + b"a" * 99],
)
def test_a_name_of_weights_that_cannot_be_is_refused(pretend, payload):
    header = codec.Header((8, 8), False, codec.Tools(), model=model.Name("pretend", bytes(8)))
    data = stream.SIGNATURE + stream.chunk("H", stream.pack_header(header)) + stream.chunk("M", payload)
    with pytest.raises(BitstreamError, match="the name of the trained weights"):
        codec.decode(data)
    data = stream.SIGNATURE + stream.chunk("H", stream.pack_header(header)) + stream.chunk("m", payload)
    with pytest.raises(BitstreamError, match="the name of the trained weights"):
        codec.decode(data)


def test_damaged_bits_with_trained_parts_are_refused_or_decoded(pretend):
    data, rng = codec.encode(wandering(5, (24, 32)), quality=30, models="pretend", cuts=()), np.random.default_rng(0)
    header = codec.info(data).header
    (payload,) = [payload for letter, payload in chunks(data)[0] if letter == "G"]
    _, frames, bits = stream.unpack_group(payload, header.size)
    whole = 0
    for _ in range(60):
        bad = bytearray(bits)
        bad[rng.integers(len(bad))] ^= 1 << rng.integers(8)
        with contextlib.suppress(BitstreamError):
            whole += len(list(container.decode_group(header, frames, bytes(bad)))) == frames
    assert 0 < whole <= 60


@pytest.mark.equation("eq-first-probability")
def test_priming_is_a_line_of_log_odds(pretend):
    trained = codec.load_model("pretend")
    for index in (84, 60, 140):
        coder = fast_codec.new_coder(False, np.zeros(9, np.uint8))
        trained.prime(coder, index)
        logit = trained.logits / 16 + trained.slopes / 1024 * (index - 84)
        expected = 1 / (1 + np.exp(-np.clip(logit, -7.5, 7.5)))
        assert abs(coder.chances[trained.places] / 2**22 - expected).max() < 2e-3
        assert (coder.counts[trained.places] == trained.counts).all()
        assert (coder.weights == trained.weights).all()
        others = np.delete(coder.chances, trained.places)
        assert (others == 1 << 21).all()


def test_one_unit_in_the_weights_and_the_decoder_is_lost(pretend):
    data = codec.encode(wandering(9, (40, 56)), quality=30, models="pretend", cuts=())
    trained, header, whole = codec.load_model("pretend"), codec.info(data).header, codec.decode(data).luma
    (payload,) = [payload for letter, payload in chunks(data)[0] if letter == "G"]
    _, frames, bits = stream.unpack_group(payload, header.size)
    state = group.begin((40, 56), False, header.tools, bits, replace(trained, logits=trained.logits + 1))
    found = []
    with contextlib.suppress(BitstreamError):
        found += codec.read_run(state, 1)
        found += codec.read_run(state, frames - 1)
    assert len(found) < frames or any((a != b).any() for a, b in zip(found, whole, strict=True))


def test_the_grade_of_a_step_is_sixteen_an_octave():
    steps = np.array(codec.STEPS)
    assert [correction.grade(step) for step in steps] == np.floor(16 * np.log2(steps / 16) + 1e-9).tolist()


def test_planes_are_second_differences_of_opposite_neighbours():
    luma = np.random.default_rng(0).integers(0, 256, (12, 17)).astype(np.uint8)
    found = correction.planes((), luma, luma, 16)
    wide = np.pad(luma.astype(float), 3, mode="edge")
    assert len(correction.TAPS) == 12
    for plane, (i, j) in zip(found, correction.TAPS, strict=True):
        a, b = (wide[3 + s * i : 15 + s * i, 3 + s * j : 20 + s * j] for s in (1, -1))
        assert (plane / 16 == (a + b) / 2 - luma).all()


def test_coefficients_are_those_of_least_squares():
    rng = np.random.default_rng(3)
    planes = rng.integers(-600, 600, (3, 30, 40)).astype(np.int32)
    noisy = np.tensordot([0.5, -0.25, 0.125], planes / 16, axes=1) + rng.normal(0, 2, (30, 40))
    error, mask = np.rint(noisy).astype(np.int32), rng.uniform(size=(30, 40)) < 0.7
    found = correction.least_squares(planes, error, mask, 0.0, np.zeros(3, np.int64))
    expected = np.linalg.lstsq((planes[:, mask] / 16).T, error[mask], rcond=None)[0]
    assert abs(found / 128 - expected).max() < 1 / 128
    assert not correction.least_squares(planes, error, mask, 1e9, np.zeros(3, np.int64)).any()
    assert (correction.least_squares(planes, error, mask, 1e3, found) == found).all()


@pytest.mark.equation("eq-correction")
def test_the_mixture_of_planes_is_rounded_once():
    rng = np.random.default_rng(4)
    planes, a = rng.integers(-2047, 2048, (16, 9, 11)), rng.integers(-1023, 1024, 16)
    exact = np.tensordot(a / 128, planes / 16, axes=1)
    assert abs(np.clip(exact, -255, 255) - correction.mixed(planes, a)).max() <= 0.5


@pytest.mark.parametrize("compiled", [True, False])
def test_a_correction_is_used_where_it_helps(compiled):
    def coder():
        return fast_codec.new_coder(False, np.zeros(999, np.uint8))

    head, none = np.array([0, 0, 0, 16, 0, 1, 1, 1, 1, 8, 72, 0, 0]), np.zeros((0, 0), np.uint8)
    frame = fast_codec.new_frame(head, none, none, np.zeros((12, 0, 0), np.int32))
    change = np.full((8, 72), 6, np.int16)
    src = np.concatenate([np.full((8, 32), 6), np.full((8, 32), 3), np.zeros((8, 8))], axis=1).astype(np.uint8)
    kernel = fast_codec.correct if compiled else fast_codec.correct.py_func
    assert kernel(coder(), frame, change, src, np.float32(0.01))
    assert (frame.rec == src).all()


def test_a_film_with_weights_for_something_else_is_refused(pretend):
    models.register("other", {"a": np.zeros(1)}, made_by="a test", licence="none", directory=pretend)
    with pytest.raises(ValueError, match="'other' are not for a film"):
        codec.encode(np.zeros((8, 8), np.uint8), models="other")


@pytest.mark.parametrize("threads", [1, 2])
def test_trained_parts_decode_alike_in_a_fresh_process(pretend, threads):
    data = codec.encode(wandering(5, (40, 56)), quality=30, models="pretend")
    (pretend / "film.vdx").write_bytes(data)
    program = (
        "import sys, hashlib; from pathlib import Path; from vdtext import codec, models; "
        "models.DATA = Path(sys.argv[1]); film = codec.decode(models.DATA / 'film.vdx'); "
        "print(hashlib.sha256(film.luma.tobytes()).hexdigest())"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", program, str(pretend)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == hashlib.sha256(codec.decode(data).luma.tobytes()).hexdigest()


def test_a_second_name_of_weights_is_refused(pretend):
    parts, _ = chunks(codec.encode(wandering(2, (16, 16)), quality=50, models="pretend"))
    with pytest.raises(BitstreamError):
        codec.decode(built([parts[0], parts[1], *parts[1:]]))


def test_planes_are_mixed_exactly():
    rng = np.random.default_rng(0)
    for most in (4080, 2**20, 2**30):
        planes, wanted = rng.integers(-most, most + 1, (16, 9, 7)).astype(np.int32), rng.integers(-1023, 1024, 16)
        total = sum(int(c) * p.astype(object) for c, p in zip(wanted, planes, strict=True))
        expected = np.clip((total + 1024) // 2048, -255, 255).astype(np.int16)
        assert (correction.mixed(planes, wanted) == expected).all()


# ---- the frame that is likely between two others (chapter 13) ----


def likely(a, b, size, color, step):
    """The virtual frame of two sheets."""
    sheets, lumas = [fast_codec.padded(x, *size) for x in (a, b)], [np.ascontiguousarray(x[: size[0]]) for x in (a, b)]
    return fast_codec.virtual_frame(sheets, [fast_codec.phases(x, fast_codec.PAD) for x in lumas], size, color, step)


def textured(height, width, seed=0):
    """A texture of soft spots."""
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 2) * 4 - 380, 0, 255).astype(np.uint8)


def searched(a, b):
    """The field between two frames, as the appendix says, in plain NumPy."""
    (h, w), pyramid = a.shape, [[fast_codec.phases(x, 80) for x in (a, b)]]
    while len(pyramid) < 4 and min(h, w) >> len(pyramid) >= 16:
        planes = [p[0, 0].astype(int) for p in pyramid[-1]]
        pyramid.append(
            [((p[::2, ::2] + p[::2, 1::2] + p[1::2, ::2] + p[1::2, 1::2] + 2) >> 2)[None, None] for p in planes]
        )
    field = None
    for k in reversed(range(len(pyramid))):
        planes, n, unit = [p.astype(int) for p in pyramid[k]], 8 << k, len(pyramid[k][0])
        rows, columns = -(-h // n), -(-w // n)
        first = field is None
        field = np.zeros((rows, columns, 2), int) if first else field.repeat(2, 0).repeat(2, 1)[:rows, :columns]
        field *= 1 if first or unit == 1 else 4
        field *= 1 if first else 2
        square = [(unit * v, unit * u) for v in range(-6, 7) for u in range(-6, 7)]

        def cost(i, j, d, planes=planes, field=field, unit=unit, k=k):
            moved = []
            for plane, sign in zip(planes, (1, -1), strict=True):
                (v, p), (u, q) = (divmod(sign * int(c), unit) for c in d)
                y, x = 8 * i - 4 + (80 >> k), 8 * j - 4 + (80 >> k)
                moved.append(
                    plane[p, q, y + v : y + v + 16, x + u : x + u + 16] if min(y + v, x + u) >= 0 else np.empty(0)
                )
                reach = [abs(int(c)) // unit + 1 for c in d]
                if y < reach[0] or x < reach[1]:
                    return None
                if y + 16 + reach[0] > plane.shape[2] or x + 16 + reach[1] > plane.shape[3]:
                    return None
            around = [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
            inside = [field[c] for c in around if 0 <= c[0] < field.shape[0] and 0 <= c[1] < field.shape[1]]
            rough = sum(int(np.abs(np.subtract(d, other)).sum()) for other in inside)
            return int(np.abs(moved[0] - moved[1]).sum()) + 48 * rough // unit

        cells = list(np.ndindex(rows, columns))
        for i, j in cells + cells[::-1]:
            best = tuple(field[i, j])
            least = cost(i, j, best)
            if least is None:
                best, least = (0, 0), cost(i, j, (0, 0))
            box = [(i + p, j + q) for p in (-1, 0, 1) for q in (-1, 0, 1)]
            near = [(0, 0) if c == (i, j) else tuple(field[c]) for c in box if 0 <= c[0] < rows and 0 <= c[1] < columns]
            for d in square if first else near:
                other = cost(i, j, d)
                if other is not None and other < least:
                    best, least = d, other
            step = unit
            while step:
                for _ in range(8):
                    start = best
                    for v, u in ((step, 0), (-step, 0), (0, step), (0, -step)):
                        d = start[0] + v, start[1] + u
                        other = cost(i, j, d)
                        if other is not None and other < least:
                            best, least = d, other
                    if best == start:
                        break
                step //= 2
            field[i, j] = best
    return field.transpose(2, 0, 1)


@pytest.mark.parametrize("size", [(8, 8), (24, 40), (64, 72)])
def test_the_motion_between_two_frames_is_that_of_the_appendix(size):
    texture = textured(size[0] + 20, size[1] + 20)
    a, b = (np.ascontiguousarray(texture[k : k + size[0], 3 * k : 3 * k + size[1]]) for k in (0, 4))
    b = np.clip(b + np.random.default_rng(1).normal(0, 4, size), 0, 255).astype(np.uint8)
    assert (likely(a, b, size, False, 64)[1] == searched(a, b)).all()


@pytest.mark.parametrize("shift", [(0, 0), (2, -3), (-1, 5), (8, 6)])
def test_what_moves_evenly_is_found_in_the_middle(shift):
    texture, size = textured(140, 180), (96, 128)
    a, middle, b = (
        np.ascontiguousarray(texture[20 + k * shift[0] :, 24 + k * shift[1] :][: size[0], : size[1]])
        for k in (-1, 0, 1)
    )
    sheet, field, doubts = likely(a, b, size, False, 64)
    inside = np.s_[16:-16, 16:-16]
    assert (field[:, 2:-2, 2:-2] == 4 * np.array(shift)[:, None, None]).all()
    assert (sheet[inside] == middle[inside]).all()
    assert not doubts[2:-2, 2:-2].any()


@pytest.mark.equation("eq-virtual")
def test_the_virtual_frame_is_the_mean_of_both_frames_moved():
    texture, size, (v, u) = textured(140, 180, seed=3), (96, 128), (3, -2)
    a, b = (
        np.ascontiguousarray(texture[20 + k * v :, 24 + k * u :][: size[0], : size[1]] // 2 + light)
        for k, light in ((-1, 20), (1, 22))
    )
    sheet, field, _ = likely(a, b, size, False, 64)
    y, x = np.mgrid[16:80, 16:112]
    assert (field[:, 2:-2, 2:-2] == 4 * np.array((v, u))[:, None, None]).all()
    past, future = a[y + v, x + u].astype(int), b[y - v, x - u].astype(int)
    assert (sheet[y, x] == (past + future + 1) // 2).all()
    assert (sheet[y, x] != past).all()


def test_between_two_equal_frames_is_the_same_frame():
    sheet = np.random.default_rng(2).integers(0, 256, (36, 40)).astype(np.uint8)
    found, field, doubts = likely(sheet, sheet, (24, 40), True, 16)
    assert (found == sheet).all()
    assert not field.any()
    assert not doubts.any()


def test_backwards_in_time_motion_is_the_opposite():
    texture = textured(80, 100, seed=5)
    a, b = (np.ascontiguousarray(texture[k : k + 64, 2 * k : 2 * k + 72]) for k in (0, 6))
    there, back = likely(a, b, (64, 72), False, 64), likely(b, a, (64, 72), False, 64)
    assert (there[1] == -back[1]).mean() > 0.9
    assert abs(there[0].astype(int) - back[0]).mean() < 1


def test_chroma_goes_along_with_luma():
    texture, size = textured(120, 130, seed=3), (64, 64)
    lumas = [texture[16 + k * 4 :, 20 + k * 6 :][:64, :64] for k in (-1, 0, 1)]
    halves = [np.tile(texture[60 + k * 2 :, 40 + k * 3 :][:32, :32], 2) for k in (-1, 0, 1)]
    a, middle, b = (np.concatenate(pair) for pair in zip(lumas, halves, strict=True))
    sheet, _, _ = likely(a, b, size, True, 64)
    for left in (0, 32):
        assert (sheet[64 + 8 : -8, left + 8 : left + 24] == middle[64 + 8 : -8, left + 8 : left + 24]).all()


def test_overlapping_windows_are_a_weighted_mean_of_four():
    rng, h, w = np.random.default_rng(6), 24, 32
    luma, field = rng.integers(0, 256, (h, w)).astype(np.uint8), rng.integers(-40, 41, (2, 3, 4)).astype(np.int32)
    planes, out, sums = fast_codec.phases(luma, fast_codec.PAD), np.empty((h, w), np.uint8), np.empty((h, w), np.int32)
    weights = 15 - 2 * abs(np.arange(16) - 7.5).astype(int)
    expected = np.zeros((h + 24, w + 24), int)  # with 12 more on each side
    for i, j in np.ndindex(5, 6):
        v, u = -field[:, min(max(i - 1, 0), 2), min(max(j - 1, 0), 3)]
        y, x = 8 * i - 12 + 80 + (v >> 2), 8 * j - 12 + 80 + (u >> 2)
        window = np.outer(weights, weights) * planes[v & 3, u & 3][y : y + 16, x : x + 16]
        expected[8 * i : 8 * i + 16, 8 * j : 8 * j + 16] += window
    for kernel in (between.move, between.move.py_func):
        kernel(planes, field, -1, sums, out)
        assert (out == (expected[12:-12, 12:-12] + 128) >> 8).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_doubts_are_graded_by_the_step(compiled):
    a, b = np.full((8, 72), 100, np.uint8), np.full((8, 72), 100, np.uint8)
    b[:, 8:] += np.arange(8, dtype=np.uint8).repeat(8)
    kernel, out = between.grades if compiled else between.grades.py_func, np.empty((1, 9), np.uint8)
    kernel(a, b, 64, out)
    squares = [(64 * d * 16 // 64) ** 2 // 64 for d in (0, *range(8))]
    assert out[0].tolist() == [min(s.bit_length(), 7) for s in squares]


@pytest.mark.parametrize("size", [(18, 20), (40, 56)])
def test_virtual_frames_in_colour_are_decoded_as_they_were_encoded(pretend, size):
    clip = moving(9, *size, color=True)
    data = codec.encode(clip, quality=30, models="pretend", cuts=())
    traced, decoded = codec.trace(data), codec.decode(data)
    assert max(one.directions.max() for one in traced) == 4
    for one in traced:
        assert (one.luma[: size[0], : size[1]] == decoded.luma[one.number]).all()
        copied = np.kron((one.modes == 0) & (one.directions > 0), np.ones((8, 8), bool))
        assert (one.luma[copied] == one.prediction[copied]).all()
