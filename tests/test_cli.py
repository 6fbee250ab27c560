"""The command line, in this process: films of every kind in, films out, and one line where something is wrong."""

import json
import os
from fractions import Fraction

import av
import numpy as np
import pytest

from vdtext import cli, clips, codec, video
from vdtext.cli import arguments as arguments_
from vdtext.cli import commands, files


def moving(frames, height, width, *, color=True, seed=0):
    """Planes of a smooth picture that moves: a list of lists."""
    rng, planes = np.random.default_rng(seed), []
    for k in range(3 if color else 1):
        h, w = (height, width) if k == 0 else files.half((height, width))
        t, y, x = np.mgrid[:frames, :h, :w].astype(float)
        a, b = rng.uniform(0.1, 0.3, 2)
        planes.append(np.rint(128 + 40 * np.sin(a * (y + t)) + 40 * np.cos(b * (x - t))).astype(np.uint8))
    return [list(frame) for frame in zip(*planes, strict=True)]


def stored(path, planes, *, fps=Fraction(30000, 1001), codec_name="ffv1", pixels="yuv420p", audio=False, full=False):
    """A file of these planes, made with PyAV."""
    height, width = planes[0][0].shape
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec_name, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.color_range = 2 if full else 1
        stream.codec_context.colorspace = 1
        sound = target.add_stream("aac", rate=48000, layout="mono") if audio else None
        for number, picture in enumerate(planes):
            frame = av.VideoFrame(width, height, pixels)
            for plane, part in zip(frame.planes, picture, strict=True):
                np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width] = part
            frame.pts, frame.time_base, frame.color_range = number, 1 / fps, 2 if full else 1
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        if sound:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 48000, 0
            target.mux(sound.encode(silence))
            target.mux(sound.encode(None))
    return str(path)


def equal(path, planes):
    """Does a file hold exactly these planes?"""
    found = [[p.copy() for p in frame] for frame in files.opened_clip(path).planes()]
    return len(found) == len(planes) and all(
        all(np.array_equal(p, q) for p, q in zip(a, b, strict=True)) for a, b in zip(found, planes, strict=True)
    )


def test_without_loss_planes_pass_through_every_format(tmp_path, capsys):
    for color, (frames, h, w) in ((True, (5, 19, 33)), (False, (1, 16, 24)), (True, (1, 1, 1))):
        planes = moving(frames, h, w, color=color)
        source = stored(tmp_path / "in.mkv", planes, pixels="yuv420p" if color else "gray")
        coded = str(tmp_path / "a.vdx")
        assert cli.main(["encode", source, coded, "--quality", "100", "--force"]) == 0
        assert equal(coded, planes)
        for name in ("out.y4m", "out.mkv"):
            assert cli.main(["decode", coded, str(tmp_path / name), "--force"]) == 0
            assert equal(tmp_path / name, planes)
            assert video.probe(tmp_path / name).fps == Fraction(30000, 1001)
        assert cli.main(["decode", coded, str(tmp_path / "out.mp4"), "--crf", "0", "--force"]) == 0
        back = video.probe(tmp_path / "out.mp4")
        assert (back.size, back.frames, back.fps) == ((h, w), frames, Fraction(30000, 1001))
        assert "1 groups" in capsys.readouterr().out
    assert sorted(os.listdir(tmp_path)) == ["a.vdx", "in.mkv", "out.mkv", "out.mp4", "out.y4m"]


@pytest.mark.parametrize("full", [False, True])
def test_colour_and_clock_are_kept(tmp_path, full):
    source = stored(tmp_path / "in.mkv", moving(3, 16, 24), full=full)
    coded, out = str(tmp_path / "a.vdx"), str(tmp_path / "b.mkv")
    assert cli.main(["encode", source, coded]) == 0
    head = codec.info(coded).header
    assert (head.fps, head.matrix, head.full) == (Fraction(30000, 1001), "bt709", full)
    assert cli.main(["decode", coded, out]) == 0
    color = video.probe(out).color
    assert (color.matrix, color.limited) == ("bt709", not full)
    assert codec.info(coded).note == "q70"


def test_sound_and_fine_chroma_are_said_to_be_dropped(tmp_path, capsys):
    planes = moving(2, 16, 24)
    source = stored(tmp_path / "in.mkv", planes, audio=True)
    assert cli.main(["encode", source, str(tmp_path / "a.vdx")]) == 0
    assert "1 audio track(s) are dropped" in capsys.readouterr().err
    fine = [[p[0]] * 3 for p in planes]
    source = stored(tmp_path / "fine.mkv", fine, pixels="yuv444p")
    assert cli.main(["encode", source, str(tmp_path / "b.vdx"), "--quality", "100"]) == 0
    assert "reduced to 4:2:0" in capsys.readouterr().err
    assert [p.shape for p in next(codec.decode_frames(str(tmp_path / "b.vdx")))] == [(16, 24), (8, 12), (8, 12)]


def test_parts_sizes_and_rates(tmp_path, capsys):
    source = stored(tmp_path / "in.mkv", moving(40, 24, 32), fps=Fraction(20))
    coded = str(tmp_path / "a.vdx")
    rest = ["--force", "--gop", "4", "--key", "9", "--bitrate", "40k"]
    assert cli.main(["encode", source, coded, "--start", "0.5s", "--end", "30", "--size", "17x11", *rest]) == 0
    about = codec.info(coded)
    assert (about.frames, about.header.size, about.header.tools.gop, about.note) == (20, (11, 17), 4, "b40000")
    assert about.keys == (0, 9, 18)
    assert cli.main(["decode", coded, str(tmp_path / "b.y4m"), "--start", "9", "--end", "0.6s"]) == 0
    assert len(list(video.planes(tmp_path / "b.y4m"))) == 3
    assert cli.main(["decode", coded, str(tmp_path / "c.y4m"), "--start", "99"]) == 1
    assert "it has 20" in capsys.readouterr().err


def test_info_says_what_is_there(tmp_path, capsys):
    planes = moving(12, 16, 24)
    source = stored(tmp_path / "in.mkv", planes, audio=True)
    cli.main(["encode", source, str(tmp_path / "a.vdx"), "--quality", "55", "--key", "5"])
    capsys.readouterr()
    assert cli.main(["info", str(tmp_path / "a.vdx"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["frames"], facts["fps"], facts["keys"], facts["encoder"]) == (12, "30000/1001", "0 5 10", "q55")
    assert cli.main(["info", source]) == 0
    said = capsys.readouterr().out
    assert "30000/1001" in said
    assert "aac 48000 Hz" in said
    assert cli.main(["info", str(clips.path("carphone"))]) == 0
    assert "176x144" in capsys.readouterr().out


def test_compare_measures_planes_as_they_are_stored(tmp_path, capsys):
    planes = moving(4, 16, 24)
    worse = [[p.copy() for p in frame] for frame in planes]
    worse[2][0] += 2
    a, b = stored(tmp_path / "a.mkv", planes), stored(tmp_path / "b.mkv", worse)
    picture = tmp_path / "c.png"
    assert cli.main(["compare", a, b, "--json", "--png", str(picture)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["psnr_y"] == pytest.approx(10 * np.log10(255**2 / 1.0))
    assert (report["psnr_cb"], report["worst"], report["equal"]) == (None, 2, False)
    assert [row["psnr_y"] is None for row in report["frames"]] == [True, True, False, True]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert cli.main(["compare", a, a, "--frames"]) == 0
    assert "equal" in capsys.readouterr().out
    assert cli.main(["encode", a, str(tmp_path / "a.vdx"), "--quality", "100"]) == 0
    assert cli.main(["compare", a, str(tmp_path / "a.vdx")]) == 0
    assert "4 frames" in capsys.readouterr().out
    tiny = stored(tmp_path / "tiny.mkv", moving(2, 6, 6))
    assert cli.main(["compare", tiny, tiny, "--frames"]) == 0
    assert "smaller than its window" in capsys.readouterr().out


def test_films_that_cannot_be_compared(tmp_path, capsys):
    a = stored(tmp_path / "a.mkv", moving(3, 16, 24))
    for other, message in ((moving(2, 16, 24), "ends after 2"), (moving(3, 16, 16), "24x16")):
        b = stored(tmp_path / "b.mkv", other)
        for pair in ([a, b], [b, a]):
            assert cli.main(["compare", *pair]) == 1
            assert message in capsys.readouterr().err


def test_diffusion_of_a_file(tmp_path, capsys):
    planes = moving(6, 24, 32)
    rng = np.random.default_rng(0)
    noisy = [[np.clip(p + rng.normal(0, 9, p.shape), 0, 255).astype(np.uint8) for p in frame] for frame in planes]
    source = stored(tmp_path / "in.mkv", noisy)
    for rest in (["--space", "1"], ["--time", "1"], ["--space", "1", "--edges", "--end", "3"], []):
        out = str(tmp_path / "out.mp4")
        assert cli.main(["diffuse", source, out, *rest, "--force", "--crf", "5"]) == 0
        assert len(list(video.frames(out))) == (3 if "--end" in rest else 6)
        rough = [np.abs(np.diff(p[0].astype(float), axis=1)).mean() for p in video.planes(out)]
        before = np.abs(np.diff(noisy[0][0].astype(float), axis=1)).mean()
        assert (np.mean(rough) < 0.8 * before) == bool(rest)
    odd = stored(tmp_path / "odd.mkv", moving(2, 15, 17, color=False), pixels="gray")
    assert cli.main(["diffuse", odd, str(tmp_path / "odd.mp4"), "--space", "1"]) == 0
    assert video.probe(tmp_path / "odd.mp4").size == (15, 17)
    assert cli.main(["diffuse", source, str(tmp_path / "b.mp4"), "--space", "-1"]) == 1
    assert "0 and more" in capsys.readouterr().err


def test_stabilising_a_file(tmp_path):
    clip = clips.pan("camera", frames=8, size=(60, 80), shake=1.0, seed=1)
    video.write(tmp_path / "in.mp4", clip.array, fps=25)
    assert cli.main(["stabilise", str(tmp_path / "in.mp4"), str(tmp_path / "out.mp4"), "--crop", "0.05"]) == 0
    assert video.probe(tmp_path / "out.mp4").frames == 8


def test_bench_reports_speeds(capsys):
    assert cli.main(["bench", "--frames", "3"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5
    assert "encode fps" in said[1]


def test_an_output_is_whole_or_not_there(tmp_path, capsys, monkeypatch):
    source, out = stored(tmp_path / "in.mkv", moving(3, 16, 24)), tmp_path / "a.vdx"
    out.write_bytes(b"mine")
    assert cli.main(["encode", source, str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    monkeypatch.setattr(commands, "sha256", lambda frames: ("another", 3))
    assert cli.main(["encode", source, str(out), "--force"]) == 1
    assert "discarded" in capsys.readouterr().err
    assert out.read_bytes() == b"mine"
    monkeypatch.undo()
    assert cli.main(["encode", source, source, "--force"]) == 1
    assert cli.main(["encode", source, str(tmp_path), "--force"]) == 1
    assert cli.main(["encode", source, str(tmp_path / "no" / "a.vdx")]) == 1
    said = capsys.readouterr().err
    assert all(text in said for text in ("is the input", "is a folder", "no such folder"))

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(codec, "encode_frames", interrupted)
    assert cli.main(["encode", source, str(out), "--force"]) == 1
    assert "interrupted" in capsys.readouterr().err
    monkeypatch.undo()
    assert out.read_bytes() == b"mine"
    coded = tmp_path / "b.vdx"
    assert cli.main(["encode", source, str(coded)]) == 0
    real = files.stored_clip

    def other(*arguments):
        clip = real(*arguments)
        return files.Clip(clip.size, clip.color, clip.fps, clip.matrix, clip.full, 1, lambda: list(clip.planes())[:1])

    monkeypatch.setattr(files, "stored_clip", other)
    for name in ("c.y4m", "c.mp4"):
        assert cli.main(["decode", str(coded), str(tmp_path / name)]) == 1
        assert "discarded" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["a.vdx", "b.vdx", "in.mkv"]


def test_what_is_wrong_is_said_in_one_line(tmp_path, capsys):
    (tmp_path / "text.mp4").write_text("no video\n" * 9)
    (tmp_path / "bad.vdx").write_bytes(b"\x89VDX and nothing else")
    source = stored(tmp_path / "in.mkv", moving(1, 16, 24))
    cli.main(["encode", source, str(tmp_path / "a.vdx")])
    capsys.readouterr()
    for arguments, message in (
        (["info", "none"], "no such file"),
        (["info", "text.mp4"], "not readable as video"),
        (["encode", "text.mp4", "out.vdx"], "not readable as video"),
        (["decode", "bad.vdx", "out.mp4"], "(chapter 10)"),
        (["decode", "text.mp4", "out.mp4"], "no .vdx"),
        (["decode", "a.vdx", "out.avi"], ".y4m or .mkv"),
    ):
        command, *names = arguments
        assert cli.main([command, *(str(tmp_path / name) for name in names)]) == 1
        said = capsys.readouterr()
        assert message in said.err
        assert said.err.startswith("vdtext: ")
        assert (said.err.count("\n"), said.out) == (1, "")
    assert not (tmp_path / "out.vdx").exists()


def test_what_is_left_of_a_damaged_file(tmp_path, capsys):
    planes = moving(9, 16, 24)
    source, coded = stored(tmp_path / "in.mkv", planes), tmp_path / "a.vdx"
    cli.main(["encode", source, str(coded), "--key", "3", "--quality", "100"])
    broken = bytearray(coded.read_bytes())
    broken[codec.seek(bytes(broken), 3)[1] + 9] ^= 1
    coded.write_bytes(broken)
    out = str(tmp_path / "b.y4m")
    capsys.readouterr()
    assert cli.main(["decode", str(coded), out]) == 1
    assert not (tmp_path / "b.y4m").exists()
    assert cli.main(["decode", str(coded), out, "--recover"]) == 0
    assert "frames 3 to 5 lost" in capsys.readouterr().err
    assert equal(out, [*planes[:3], *3 * [planes[2]], *planes[6:]])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["encode", "a"],
        ["encode", "a", "b", "--quality", "101"],
        ["encode", "a", "b", "--quality", "high"],
        ["encode", "a", "b", "--quality", "1", "--bitrate", "1k"],
        ["encode", "a", "b", "--bitrate", "0"],
        ["encode", "a", "b", "--bitrate", "fast"],
        ["encode", "a", "b", "--size", "10"],
        ["encode", "a", "b", "--size", "0x4"],
        ["encode", "a", "b", "--start", "-1"],
        ["encode", "a", "b", "--start", "1:30"],
        ["decode", "a", "b", "--crf", "60"],
        ["stabilise", "a", "b", "--crop", "0.5"],
    ],
)
def test_what_is_not_understood_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as found:
        cli.main(arguments)
    assert found.value.code == 2
    assert "usage: vdtext" in capsys.readouterr().err


def test_every_command_helps_with_an_example(capsys):
    for command in ("info", "encode", "decode", "compare", "diffuse", "stabilise", "bench"):
        with pytest.raises(SystemExit) as found:
            cli.main([command, "--help"])
        said = capsys.readouterr().out
        assert found.value.code == 0
        assert f"vdtext {command}" in said.partition("example:")[2]


def test_options_are_read(capsys):
    read = arguments_.parser().parse_args(
        ["encode", "a", "b", "--bitrate", "1.5M", "--start", "0.5s", "--size", "32x18"]
    )
    assert (read.bitrate, read.start, read.size) == (1.5e6, Fraction(1, 2), (18, 32))
    with pytest.raises(SystemExit):
        arguments_.parser().parse_args(["--version"])
    assert capsys.readouterr().out.startswith("vdtext ")


def test_a_reader_that_went_away_and_errors_without_words(monkeypatch, capsys):
    for error in (BrokenPipeError(), MemoryError()):

        def broken(_, error=error):
            raise error

        monkeypatch.setattr(commands, "info", broken)
        assert cli.main(["info", "a"]) == 1
    assert capsys.readouterr().err == "vdtext: MemoryError\n"


# ---- Shots -----------------------------------------------------------------------------------------------------------


def still(name, height=48, width=64):
    """Planes of a photograph, without colour."""
    photo = clips.photograph(name)
    luma = video.resize(photo[..., 1] if photo.ndim == 3 else photo, size=(height, width))
    return [luma, *(np.full(files.half((height, width)), 128, np.uint8) for _ in range(2))]


def scenes(lengths):
    """Planes of photographs, each for so many frames."""
    names = ("astronaut", "coffee", "rocket")
    return [still(name) for name, length in zip(names, lengths, strict=False) for _ in range(length)]


def starts(path):
    return [row["start_frame"] for row in json.loads(path.read_text(encoding="utf-8"))]


def test_shots_of_every_format(tmp_path, capsys):
    source = stored(tmp_path / "in.mkv", scenes([12, 20, 15]))
    coded = str(tmp_path / "a.vdx")
    assert cli.main(["encode", source, coded, "--quality", "90"]) == 0
    assert codec.info(coded).keys == (0, 12, 32)
    for name in ("b.mp4", "b.y4m"):
        assert cli.main(["decode", coded, str(tmp_path / name)]) == 0
    capsys.readouterr()
    for name in ("in.mkv", "a.vdx", "b.mp4", "b.y4m"):
        out = [str(tmp_path / f"{name}.{suffix}") for suffix in ("json", "csv", "png")]
        command = ["shots", str(tmp_path / name), "--json", out[0], "--csv", out[1], "--sheet", out[2]]
        assert cli.main(command) == 0
        assert "   2  00:00:00.400  00:00:01.068            12-31  cut" in capsys.readouterr().out
        rows = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        assert [(row["start_frame"], row["end_frame"], row["transition"]) for row in rows] == [
            (0, 12, "start"),
            (12, 32, "cut"),
            (32, 47, "cut"),
        ]
        assert rows[1]["start"] == pytest.approx(12 * 1001 / 30000, abs=1e-3)
        assert rows[-1]["end"] == pytest.approx(47 * 1001 / 30000, abs=1e-3)
        assert (tmp_path / f"{name}.csv").read_text(encoding="utf-8").count("\n") == 4
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert cli.main(command) == 1
        assert "--force overwrites it" in capsys.readouterr().err
        assert cli.main([*command, "--force"]) == 0


def test_shots_tell_dissolves_and_honour_their_options(tmp_path, capsys):
    a, b = (still(name)[0].astype(float) for name in ("coffee", "rocket"))
    film = [np.rint(a + (b - a) * min(max((k - 39) / 13, 0), 1)).astype(np.uint8) for k in range(90)]
    source = stored(tmp_path / "in.mkv", [[picture] for picture in film], pixels="gray")
    assert cli.main(["shots", source, "--json", str(tmp_path / "a.json")]) == 0
    (_, second) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert second["transition"] == "dissolve"
    assert 38 <= second["transition_start_frame"] < second["start_frame"] < second["transition_end_frame"] <= 54
    assert "dissolve" in capsys.readouterr().out
    assert cli.main(["shots", source, "--threshold", "50", "--min-length", "3"]) == 0
    assert "1 shots" in capsys.readouterr().out
    assert cli.main(["shots", source, "--sheet", str(tmp_path / "grey.png")]) == 0


def test_shots_have_the_file_s_own_times(tmp_path):
    path, planes = tmp_path / "uneven.mkv", scenes([10, 10])
    with av.open(str(path), "w") as target:
        stream = target.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(planes):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane, part in zip(frame.planes, picture, strict=True):
                np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width] = part
            frame.pts, frame.time_base = 500 + 40 * number + (2000 if number >= 10 else 0), Fraction(1, 1000)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    assert cli.main(["shots", str(path), "--json", str(tmp_path / "a.json")]) == 0
    _, second = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (second["start_frame"], second["start"], second["end"]) == (10, 2.4, 2.8)


def test_shots_leave_nothing_half_written(tmp_path, capsys, monkeypatch):
    source = stored(tmp_path / "in.mkv", scenes([8, 8]))
    names = ["--json", str(tmp_path / "a.json"), "--csv", str(tmp_path / "a.csv")]
    assert cli.main(["shots", source, "--json", str(tmp_path / "a"), "--csv", str(tmp_path / "a")]) == 1
    assert cli.main(["shots", source, "--sheet", str(tmp_path / "a.txt")]) == 1
    assert "a sheet is .png" in capsys.readouterr().err
    assert cli.main(["shots", str(tmp_path / "no.mp4"), *names]) == 1
    broken = tmp_path / "broken.mkv"
    broken.write_bytes((tmp_path / "in.mkv").read_bytes()[:-3000])
    assert cli.main(["shots", str(broken), *names]) == 1

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("vdtext.cli.shots.draw", interrupted)
    assert cli.main(["shots", source, *names, "--sheet", str(tmp_path / "a.png")]) == 1
    assert sorted(os.listdir(tmp_path)) == ["broken.mkv", "in.mkv"]
    monkeypatch.undo()
    assert cli.main(["shots", source, *names]) == 0
    assert starts(tmp_path / "a.json") == [0, 8]


@pytest.mark.parametrize(
    ("cuts", "keys"), [("auto", (0, 12, 32)), ("none", (0,)), ("simple", (0, 12, 32)), ("5,20", (0, 5, 20))]
)
def test_an_encoder_is_told_where_shots_begin(tmp_path, cuts, keys):
    source, coded = stored(tmp_path / "in.mkv", scenes([12, 20, 5])), str(tmp_path / "a.vdx")
    assert cli.main(["encode", source, coded, "--cuts", cuts, "--size", "32x24"]) == 0
    assert codec.info(coded).keys == keys
    with pytest.raises(SystemExit):
        cli.main(["encode", source, coded, "--cuts", "sometimes"])


def test_trained_weights_are_named_by_the_file(tmp_path, capsys):
    source, coded = stored(tmp_path / "in.mkv", moving(3, 24, 32)), str(tmp_path / "out.vdx")
    assert cli.main(["encode", source, coded, "--quality", "40", "--model", "codec-13"]) == 0
    assert cli.main(["info", coded]) == 0
    said = capsys.readouterr().out
    assert "vdx, version 2" in said
    assert "codec-13, SHA-256 " in said
    assert cli.main(["decode", coded, str(tmp_path / "out.y4m")]) == 0
    assert cli.main(["encode", source, str(tmp_path / "no.vdx"), "--model", "nobody"]) != 0
    assert "no weights 'nobody'; known: " in capsys.readouterr().err
    assert not (tmp_path / "no.vdx").exists()
