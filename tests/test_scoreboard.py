"""Rows, their file, the measurement, the codecs to compare with, the chart, and the command that writes the table."""

import dataclasses
import io
import json
import re
import sys
from fractions import Fraction
from functools import partial

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from tools import ROOT, ladder, rivals
from tools import anchors as reanchoring
from tools import scoreboard as command
from vdtext import clips, figures, metrics, scoreboard, sweep
from vdtext.scoreboard import anchors, plot

ROW = scoreboard.Row(
    clip="carphone",
    frames=30,
    size=(144, 176),
    fps=Fraction(30000, 1001),
    format="yuv420p",
    codec="ours",
    options="step=8",
    intra_period=16,
    bytes=7500,
    weight_bytes=500,
    psnr_y=33.25,
    psnr_y_frames=33.5,
    ssim=0.912345,
    encode_seconds=0.25,
    decode_seconds=0.125,
)


def moving(frames=6, size=(48, 64), gray=False):
    """A bright square on a ramp, moving one pixel a frame, with a little noise."""
    rng = np.random.default_rng(0)
    h, w = size
    luma = np.broadcast_to(np.linspace(60, 160, w), (frames, h, w)) + rng.normal(0, 2, (frames, h, w))
    for t in range(frames):
        luma[t, 10:30, 10 + t : 30 + t] += 60
    luma = luma.clip(0, 255).astype(np.uint8)
    chroma = np.broadcast_to(np.linspace(100, 150, w // 2).astype(np.uint8), (frames, h // 2, w // 2)).copy()
    return scoreboard.Source("square", luma if gray else (luma, chroma, chroma[:, ::-1].copy()), Fraction(25))


def encode_raw(clip):
    return np.array(clip.shape, np.int32).tobytes() + clip.tobytes()


def decode_raw(data):
    return np.frombuffer(data[12:], np.uint8).reshape(np.frombuffer(data[:12], np.int32))


# rows


def test_rates_by_hand():
    pixels, seconds = 30 * 144 * 176, 30 * 1001 / 30000
    assert ROW.bits_per_pixel == pytest.approx(8 * 8000 / pixels, rel=1e-14)
    assert ROW.kilobits_per_second == pytest.approx(8 * 8 / seconds, rel=1e-14)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROW.bytes = 1


numbers = st.floats(allow_nan=False)
counts = st.integers(0, 10**9)
words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
any_row = st.builds(
    scoreboard.Row,
    clip=words,
    frames=counts,
    size=st.tuples(counts, counts),
    fps=st.fractions(min_value=0),
    format=st.sampled_from(["gray", "yuv420p"]),
    codec=words,
    options=words,
    intra_period=counts,
    bytes=counts,
    weight_bytes=counts,
    psnr_y=numbers,
    psnr_y_frames=numbers,
    ssim=numbers,
    encode_seconds=numbers,
    decode_seconds=numbers,
)


@settings(deadline=None, max_examples=40)
@given(st.lists(any_row, max_size=4))
def test_rows_survive_their_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    scoreboard.write_csv(path, rows)
    assert scoreboard.read_csv(path) == rows
    assert [p.name for p in path.parent.iterdir()] == ["rows.csv"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "rows.csv"
    scoreboard.write_csv(path, [ROW])

    def rows():
        yield ROW
        raise RuntimeError("encoder died")

    with pytest.raises(RuntimeError, match="encoder died"):
        scoreboard.write_csv(path, rows())
    assert scoreboard.read_csv(path) == [ROW]
    assert [p.name for p in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("text", [None, "clip,frames\ncarphone,30\n", "clip,colour\na,b\n", "x\0y\n1\n"])
def test_an_unreadable_table_is_one_line(tmp_path, text):
    path = tmp_path / "rows.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=r"rows\.csv is no table .*\(chapter 1\)") as caught:
        scoreboard.read_csv(path)
    assert "\n" not in str(caught.value)


def test_check_accepts_the_stored_and_names_what_differs(tmp_path):
    path = tmp_path / "rows.csv"
    lossless = dataclasses.replace(ROW, options="step=1", psnr_y=float("inf"))
    scoreboard.write_csv(path, [ROW, lossless])
    slower = dataclasses.replace(ROW, encode_seconds=9.0)
    assert scoreboard.check(slower, path) == ROW
    assert scoreboard.check(lossless, path) == lossless
    for change in ({"bytes": 7501}, {"weight_bytes": 0}, {"psnr_y": 33.26}, {"ssim": 0.9124}, {"psnr_y": float("nan")}):
        with pytest.raises(ValueError, match=rf"{next(iter(change))} is .* here and .* in the table"):
            scoreboard.check(dataclasses.replace(ROW, **change), path)
    for change in ({"clip": "bikes"}, {"frames": 29}, {"size": (72, 88)}, {"codec": "theirs"}, {"options": "step=9"}):
        with pytest.raises(ValueError, match="not in the table"):
            scoreboard.check(dataclasses.replace(ROW, **change), path)


def test_the_table_is_aligned_and_knows_its_columns():
    lines = scoreboard.table(
        [ROW, dataclasses.replace(ROW, codec="x", bytes=3)], ("codec", "size", "bytes", "PSNR-Y")
    ).split("\n")
    assert lines == ["codec     size  bytes  PSNR-Y", "ours   144×176   7500   33.25", "x      144×176      3   33.25"]
    with pytest.raises(ValueError, match="no column 'colour'; known: clip, size"):
        scoreboard.table([ROW], ("colour",))


# sources


def test_a_source_is_the_file_itself():
    found = scoreboard.source("carphone", frames=3)
    assert (found.frames, found.size, found.format, found.fps) == (3, (144, 176), "yuv420p", Fraction(30000, 1001))
    with av.open(str(clips.path("carphone"))) as container:
        third = [frame for frame, _ in zip(container.decode(video=0), range(3), strict=False)][2].to_ndarray()
    np.testing.assert_array_equal(np.concatenate([plane[2].ravel() for plane in found.clip]), third.ravel())
    gray = scoreboard.source("carphone", frames=3, gray=True)
    np.testing.assert_array_equal(gray.clip, found.luma)


def test_a_source_can_shrink():
    small = scoreboard.source("bikes", frames=2, size=(136, 320))
    assert [plane.shape for plane in small.clip] == [(2, 136, 320), (2, 68, 160), (2, 68, 160)]
    whole = scoreboard.source("bikes", frames=2)
    for a, b in zip(small.clip, whole.clip, strict=True):
        assert a.mean() == pytest.approx(b.mean(), abs=0.5)
        boxes = b.reshape(2, a.shape[1], 2, a.shape[2], 2).mean(axis=(2, 4))
        assert metrics.psnr(a, boxes, data_range=255) > 35


@pytest.mark.parametrize(
    "clip",
    [
        np.zeros((2, 16, 16)),
        np.zeros((16, 16), np.uint8),
        np.zeros((0, 16, 16), np.uint8),
        np.zeros((2, 16, 16, 3), np.uint8),
        (np.zeros((2, 16, 16), np.uint8),) * 3,
        (np.zeros((2, 16, 16), np.uint8), np.zeros((2, 8, 8), np.uint8)),
        (np.zeros((2, 15, 16), np.uint8), *[np.zeros((2, 7, 8), np.uint8)] * 2),
    ],
)
def test_what_is_no_source_is_refused(clip):
    with pytest.raises(ValueError, match=r"is no source; accepted is uint8 luma .*\(chapter 2\)"):
        scoreboard.Source("broken", clip, Fraction(25))


# the measurement


def test_a_lossless_codec():
    source = moving(gray=True)
    row = scoreboard.measure("raw", encode_raw, decode_raw, source, options="", intra_period=1, weight_bytes=7)
    assert (row.bytes, row.weight_bytes, row.format, row.size, row.frames) == (6 * 48 * 64 + 12, 7, "gray", (48, 64), 6)
    assert row.psnr_y == row.psnr_y_frames == float("inf")
    assert row.ssim == 1
    assert row.encode_seconds >= 0


def test_quality_is_that_of_luma():
    source = moving()
    worse = (source.luma // 8 * 8, *(np.zeros_like(plane) for plane in source.clip[1:]))
    row = scoreboard.measure(
        "coarse", lambda clip: b"1234", lambda data: worse, source, options="", intra_period=1, charge=lambda _: 3
    )
    assert row.bytes == 3
    assert row.psnr_y == pytest.approx(metrics.psnr(source.luma, worse[0], data_range=255), abs=5e-5)
    assert row.ssim == pytest.approx(metrics.ssim(source.luma, worse[0], data_range=255), abs=5e-7)
    frames = [metrics.psnr(a, b, data_range=255) for a, b in zip(source.luma, worse[0], strict=True)]
    assert row.psnr_y_frames == pytest.approx(np.mean(frames), abs=5e-5)


@pytest.mark.parametrize(
    "decode",
    [
        lambda data: np.zeros((5, 48, 64), np.uint8),
        lambda data: np.zeros((6, 48, 64)),
        lambda data: (np.zeros((6, 48, 64), np.uint8),) * 2,
    ],
)
def test_a_decoder_must_return_what_was_encoded(decode):
    with pytest.raises(ValueError, match=r"bad: decoded .*, expected \(6, 48, 64\) uint8 as encoded \(chapter 1\)"):
        scoreboard.measure("bad", encode_raw, decode, moving(gray=True), options="", intra_period=1)


MODULE = """
import numpy as np

memory = []

def encode(clip):
    memory.append(clip)
    return np.array(clip.shape, np.int32).tobytes() + clip.tobytes()

def decode(data):
    return np.frombuffer(data[12:], np.uint8).reshape(np.frombuffer(data[:12], np.int32))

def cheat(data):
    return memory[-1] if memory else 0 * decode(data)

def crash(data):
    return memory[-1]
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A module with a codec in it, which a new process can import too."""
    (tmp_path / "toy_codec.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import toy_codec

    yield toy_codec
    del sys.modules["toy_codec"]


def test_a_fresh_process_finds_out_who_cheats(toy):
    fresh = partial(
        scoreboard.measure, encode=toy.encode, source=moving(gray=True), options="", intra_period=1, fresh=True
    )
    assert fresh("honest", decode=toy.decode).psnr_y == float("inf")
    with pytest.raises(
        ValueError, match=r"cheat: a fresh process decodes the same bytes to another clip \(chapter 10\)"
    ):
        fresh("cheat", decode=toy.cheat)
    with pytest.raises(ValueError, match=r"toy_codec\.crash failed in a fresh process: IndexError: list index"):
        fresh("crash", decode=toy.crash)
    with pytest.raises(ValueError, match="needs a decoder that can be imported"):
        fresh("lambda", decode=lambda data: toy.decode(data))
    with pytest.raises(ValueError, match="needs a decoder that can be imported"):
        fresh("partial", decode=partial(toy.decode))


# the codecs to compare with


@pytest.mark.parametrize("codec", scoreboard.ANCHORS)
def test_anchors_repeat_themselves_and_get_coarser(codec):
    source = scoreboard.source("carphone", frames=20) if codec == "Snow" else moving()  # too small for rate control
    anchor = scoreboard.ANCHORS[codec]
    fine, coarse = anchor.quantisers[1], anchor.quantisers[-2]
    data = [
        anchors.encode(source.clip, codec=codec, options=anchor.told(q, source), fps=source.fps)
        for q in (fine, fine, coarse)
    ]
    assert data[0] == data[1]
    assert len(data[2]) < len(data[0])
    for a, b in zip(anchors.decode(data[0], codec=codec), anchors.decode(data[0], codec=codec), strict=True):
        np.testing.assert_array_equal(a, b)
    rows = [scoreboard.anchor(codec, source, quantiser=q) for q in (fine, coarse)]
    assert rows[0].psnr_y > 33
    assert rows[0].psnr_y > rows[1].psnr_y + 1
    assert rows[0].ssim > rows[1].ssim
    assert rows[0].options == anchor.told(fine, source)
    chroma = anchors.decode(data[0], codec=codec)[1]
    assert metrics.psnr(chroma, source.clip[1], data_range=255) > 30


@pytest.mark.parametrize("codec", scoreboard.ANCHORS)
def test_the_stream_decodes_like_its_packets(codec):
    """The parser that splits the bytes, or the container, must find the packets that the encoder made."""
    source, anchor = moving(frames=20), scoreboard.ANCHORS[codec]
    data = anchors.encode(source.clip, codec=codec, options=anchor.told(anchor.quantisers[3], source), fps=source.fps)
    if anchor.container:
        with av.open(io.BytesIO(data), format=anchor.container) as file:
            found = [bytes(packet) for packet in file.demux(video=0) if packet.size]
        assert len(found) == 20
        assert 0 < len(data) - sum(map(len, found)) < 1500
    else:
        context = av.CodecContext.create(anchor.decoder, "r")
        found = [bytes(packet) for packet in context.parse(data) + context.parse(b"")]
        assert b"".join(found) == data
        assert len(found) == (1 if codec == "SVT-AV1" else 20)  # dav1d takes many pictures at once
    if codec != "x264":
        assert anchors.charged(data, codec=codec) == sum(map(len, found))
    assert len(anchors.decode(data, codec=codec)[0]) == 20


def test_sei_is_not_charged_and_not_needed():
    source = moving()
    options = scoreboard.ANCHORS["x264"].options.format(q=30)
    data = anchors.encode(source.clip, codec="x264", options=options, fps=source.fps)
    bare = anchors.without_sei(data)
    assert b"x264 - core" in data
    assert b"x264 - core" not in bare
    assert 500 < len(data) - len(bare) < 800
    assert anchors.without_sei(bare) == bare
    for a, b in zip(anchors.decode(data, codec="x264"), anchors.decode(bare, codec="x264"), strict=True):
        np.testing.assert_array_equal(a, b)
    assert scoreboard.anchor("x264", source, quantiser=30).bytes == len(bare)


units = st.lists(
    st.tuples(
        st.sampled_from([b"\0\0\1", b"\0\0\0\1"]),
        st.sampled_from([1, 5, 6, 7, 8]),
        st.binary(max_size=8).map(lambda b: b.replace(b"\0", b"\3")),
    ),
    max_size=8,
)


@given(units)
@settings(deadline=None)
def test_only_sei_goes(units):
    stream = b"".join(code + bytes([0x60 | kind]) + body for code, kind, body in units)
    kept = b"".join(code + bytes([0x60 | kind]) + body for code, kind, body in units if kind != 6)
    assert anchors.without_sei(stream) == kept


def test_a_grey_clip_pays_next_to_nothing_for_its_chroma():
    colour, gray = moving(), moving(gray=True)
    row = scoreboard.anchor("x264", gray, quantiser=26)
    assert row.format == "gray"
    assert row.bytes < scoreboard.anchor("x264", colour, quantiser=26).bytes
    neutral = anchors.decode(anchors.encode(gray.clip, codec="x264", options="qp=30", fps=gray.fps), codec="x264")
    assert all(np.all(plane == 128) for plane in neutral[1:])


@pytest.mark.parametrize(
    ("codec", "options", "message"),
    [
        ("x266", "", "no codec 'x266' to compare with; known: SVT-AV1, VP9, x265, x264"),
        ("x264", "preset=hasty", "x264 with options 'preset=hasty': .*preset"),
        ("x264", "qq=3 crf=30", "x264 knows no option qq"),
    ],
)
def test_encoders_refuse_in_one_line(codec, options, message):
    source = moving()
    with pytest.raises(ValueError, match=rf"{message}.*\(chapter 10\)$") as caught:
        anchors.encode(source.clip, codec=codec, options=options, fps=source.fps)
    assert "\n" not in str(caught.value)


def test_an_encoder_that_is_missing_is_named(monkeypatch):
    missing = dataclasses.replace(scoreboard.ANCHORS["x264"], encoder="libmissing")
    monkeypatch.setitem(scoreboard.ANCHORS, "x264", missing)
    with pytest.raises(ValueError, match=r"x264 with options .*libmissing"):
        scoreboard.anchor("x264", moving(), quantiser=30)


@pytest.mark.parametrize("codec", scoreboard.ANCHORS)
@pytest.mark.parametrize("data", [b"", b"garbage" * 9])
def test_garbage_is_no_stream(codec, data):
    with pytest.raises(ValueError, match=rf"{codec} .* these {len(data)} bytes.*\(chapter 10\)"):
        anchors.decode(data, codec=codec)


# the chart


def lines_of(fig):
    return [
        [line for line in axes.get_lines() if len(line.get_xdata()) > 1] for axes in fig.axes if axes.get_title("left")
    ]


@pytest.fixture
def rows():
    points = [(1000, 30.0, 0.8), (4000, 36.0, 0.9), (2000, 33.0, 0.85)]
    return [
        dataclasses.replace(
            ROW, clip=clip, codec=codec, options=f"q={n}", bytes=n, weight_bytes=weights, psnr_y=p, ssim=s
        )
        for clip in ("carphone", "bikes")
        for codec, weights in (("ours", 500), ("theirs", 0))
        for n, p, s in points
    ]


@pytest.mark.parametrize(("quality", "values"), [("psnr_y", [30, 33, 36]), ("ssim", [0.8, 0.85, 0.9])])
def test_the_chart_draws_what_the_rows_say(rows, quality, values):
    with figures.style():
        fig = plot.drawn(rows, quality)
        fig.canvas.draw()
    panels = lines_of(fig)
    assert len(panels) == 2
    ours, bare, theirs = panels[1]
    rates = sorted(row.kilobits_per_second for row in rows if (row.clip, row.codec) == ("carphone", "ours"))
    np.testing.assert_allclose(ours.get_xdata(), rates)
    np.testing.assert_allclose(ours.get_ydata(), values)
    np.testing.assert_allclose(bare.get_xdata(), theirs.get_xdata())  # without its weights, ours costs the same
    assert bare.get_linestyle() == ":"
    assert bare.get_color() == ours.get_color() != theirs.get_color()
    axes = fig.axes[0]
    assert axes.get_xscale() == "log"
    names = {text.get_text(): text for text in axes.texts}
    assert names.keys() == {"ours", "theirs"}
    assert all(figures.contrast(text.get_color()) >= 4.5 for text in names.values())


def test_names_of_lines_that_end_together_stay_apart(rows):
    with figures.style():
        fig = plot.drawn([dataclasses.replace(row, codec=codec) for row in rows[:3] for codec in "abcd"], "psnr_y")
        fig.canvas.draw()
    left = sorted(Text.get_window_extent(name).x0 for name in fig.axes[0].texts)  # without the leading lines
    assert len(left) == 4
    assert np.diff(left).min() > 15


def test_the_upper_axis_is_in_bits_per_pixel(rows):
    with figures.style():
        fig = plot.drawn(rows[:3], "psnr_y")
        fig.canvas.draw()
    axes = fig.axes[0]
    above = axes.child_axes[0]
    ratio = rows[0].bits_per_pixel / rows[0].kilobits_per_second
    np.testing.assert_allclose(above.get_xlim(), np.array(axes.get_xlim()) * ratio)


def test_the_chart_needs_rows_and_a_known_quality(rows):
    with pytest.raises(ValueError, match=r"0 rows.*\(appendix C\)"):
        scoreboard.chart([], name="fig-a", caption="A.", alt="A.")
    with pytest.raises(ValueError, match="quality='vmaf': a chart needs rows and psnr_y or ssim"):
        scoreboard.chart(rows, quality="vmaf", name="fig-a", caption="A.", alt="A.")


def test_the_chart_is_shown_with_its_description(rows, capsys):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    scoreboard.chart(rows, name="fig-a", caption="A.", alt="Two rising lines.")
    assert "[figure fig-a: Two rising lines.]" in capsys.readouterr().out
    assert plt.get_fignums() == before


# the command, and the table that it wrote


def test_the_command_writes_the_table(tmp_path, monkeypatch, capsys):
    few = {"Motion JPEG": dataclasses.replace(scoreboard.ANCHORS["Motion JPEG"], quantisers=(4, 9))}
    clips = ({"name": "carphone", "frames": 2}, {"name": "bikes", "frames": 1, "size": (68, 160)})
    monkeypatch.setattr(command, "CLIPS", clips)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "QUALITIES", (40,))
    monkeypatch.setattr(command, "LAMBDAS", (50,))
    monkeypatch.setattr("vdtext.sweep.coders.BOOK", {})
    monkeypatch.setattr("vdtext.scoreboard.ANCHORS", few)
    command.main(["--output", str(tmp_path / "rows.csv")])
    rows = scoreboard.read_csv(tmp_path / "rows.csv")
    still = ("carphone, frame 20", 1, (144, 176))
    assert [(row.clip, row.frames, row.size) for row in rows] == [("carphone", 2, (144, 176))] * 2 + [
        ("bikes", 1, (68, 160))
    ] * 2 + [still] * 4
    assert all("qmin=4 qmax=4" in row.options for row in rows[:6:2])
    assert [row.codec for row in rows[6:]] == ["chapter 13, learned transform", "chapter 13, overfitted"]
    assert rows[6].weight_bytes > 100_000 > rows[7].weight_bytes == 0
    assert min(row.psnr_y for row in rows[6:]) > 33
    assert "8 rows written to rows.csv" in capsys.readouterr().out


def test_the_stored_table_is_the_plan_of_the_command():
    stored = {(row.clip, row.format, row.codec, row.options) for row in scoreboard.read_csv()}
    sources = [*(scoreboard.source(**clip) for clip in command.CLIPS), command.still()]
    planned = (
        {
            (source.name, source.format, codec, anchor.told(q, source))
            for source in sources
            for codec, anchor in scoreboard.ANCHORS.items()
            for q in anchor.quantisers
        }
        | {
            (source.name, source.format, codec, f"{coder.name}={setting}")
            for source in sources
            for codec, coder in sweep.BOOK.items()
            for setting in coder.settings
            if coder.color or source.format == "gray"
        }
        | {
            (source.name, "gray", "chapter 13, learned transform", f"quality={quality}")
            for source in sources
            for quality in command.QUALITIES
            if source.format == "gray"
        }
        | {(sources[-1].name, "gray", "chapter 13, overfitted", f"lam={lam} steps=2500") for lam in command.LAMBDAS}
    )
    assert stored == planned


def test_the_stored_table_is_monotone_and_x264_beats_its_ancestors():
    rows = scoreboard.read_csv()
    for clip, format in (("carphone", "yuv420p"), ("bikes", "yuv420p"), ("carphone", "gray")):
        curves = {}
        for row in rows:
            if (row.clip, row.format) == (clip, format):
                curves.setdefault(row.codec, []).append((row.bytes, row.psnr_y))
        for points in curves.values():
            assert points == sorted(points, reverse=True)
            assert [p for _, p in points] == sorted((p for _, p in points), reverse=True)
        bytes_at_36 = {
            c: np.interp(36, *zip(*[(p, n) for n, p in sorted(pts)], strict=True)) for c, pts in curves.items()
        }
        assert bytes_at_36["x264"] < bytes_at_36["MPEG-4"] < bytes_at_36["MPEG-2"] < bytes_at_36["Motion JPEG"]


@pytest.mark.parametrize(("codec", "quantiser"), [("x264", 30), ("MPEG-2", 9)])
def test_a_point_of_the_stored_table_is_measured_again(codec, quantiser):
    row = scoreboard.anchor(codec, scoreboard.source("carphone"), quantiser=quantiser)
    assert re.search(rf"\b{quantiser}\b", row.options)
    assert scoreboard.check(row).psnr_y == pytest.approx(row.psnr_y, abs=2e-4)


# one codec against anchors from weak to strong (chapter 13)


def data_of(name):
    return json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))


def test_the_stored_anchors_are_those_of_the_tool_and_the_codec_is_that_of_trained_json():
    for clip, trained in zip(data_of("anchors.json")["clips"], data_of("trained.json")["clips"], strict=True):
        told = {name: ("x" + name[1:4], anchor["options"]) for name, anchor in clip["anchors"].items()}
        assert told == reanchoring.ANCHORS
        assert clip["tested"] == trained["curves"]["all"]["points"]
        assert clip["tested"] == reanchoring.ours(clip["clip"], clip["size"], clip["frames"])
        for anchor in clip["anchors"].values():
            found = {what: ladder.rate(anchor["points"], clip["tested"], what) for what in reanchoring.MEASURES}
            assert found == pytest.approx(anchor["bd"], abs=0.006)


def test_the_same_codec_beats_and_does_not_beat_h265():
    strongest = []
    for clip in data_of("anchors.json")["clips"]:
        bd = {name: anchor["bd"]["psnr_y"] for name, anchor in clip["anchors"].items() if name.startswith("x265")}
        assert list(bd.values()) == sorted(bd.values())  # from weak to strong
        assert min(bd.values()) < -40 < -2 < max(bd.values())
        strongest.append(max(bd.values()))
    assert max(strongest) > 5


def test_points_of_an_anchor_are_measured_again():
    name, clip = "x265 veryfast, zerolatency, g=10", data_of("anchors.json")["clips"][0]
    source = scoreboard.source(clip["clip"], frames=clip["frames"], size=clip["size"])
    stored = {point["setting"]: point for point in clip["anchors"][name]["points"]}
    for point in reanchoring.anchored(source, name, (25, 40)):
        assert point["bytes"] == pytest.approx(stored[point["setting"]]["bytes"], rel=0.02)
        assert point["psnr_y"] == pytest.approx(stored[point["setting"]]["psnr_y"], abs=0.1)


def test_the_tool_writes_what_it_measures(tmp_path, monkeypatch, capsys):
    trained = data_of("trained.json")["clips"][0]
    names = list(reanchoring.ANCHORS)[:2]
    monkeypatch.setattr(reanchoring, "CLIPS", [{"name": "carphone", "frames": 2}])
    monkeypatch.setattr(reanchoring, "ANCHORS", {name: reanchoring.ANCHORS[name] for name in names})
    monkeypatch.setattr(reanchoring, "ours", lambda *clip: trained["curves"]["all"]["points"])
    reanchoring.main(["--output", str(tmp_path / "anchors.json")])
    (clip,) = json.loads((tmp_path / "anchors.json").read_text(encoding="utf-8"))["clips"]
    assert (clip["clip"], clip["frames"], clip["size"]) == ("carphone", 2, [144, 176])
    assert list(clip["anchors"]) == names
    assert [point["setting"] for point in clip["anchors"][names[0]]["points"]] == list(rivals.CRF)
    assert capsys.readouterr().out.count("carphone") == 2


def test_a_clip_that_was_not_measured_is_named():
    with pytest.raises(ValueError, match=r"no carphone of 7 frames in 176×144: run tools\.trained first"):
        reanchoring.ours("carphone", (144, 176), 7)


def test_published_figures_name_their_source_and_agree_with_the_published_points():
    found, sets = data_of("published.json"), data_of("dvc.json")["sets"]
    assert all(re.search(r"arXiv:\d{4}\.\d{5}|commit [0-9a-f]{40}", figure["source"]) for figure in found["figures"])
    named = {"DVC": "DVC", "x265 medium, zerolatency": "H.265"}
    for figure in found["figures"]:
        if figure["anchor"].startswith("x264 medium"):  # the benchmark's, which is in dvc.json as well
            assert figure["bd_rate"] == sets[figure["set"]]["published"][named[figure["codec"]]]
    dvc, others = sets["UVG"]["points"]["DVC"], found["points"]["curves"] | sets["UVG"]["points"]
    bd = [metrics.bd_rate(others[name], dvc).value for name in ("H.264", "H.265", "HM", "VTM")]
    assert bd == pytest.approx([-19.32, 8.54, 131.71, 207.89], abs=0.01)
