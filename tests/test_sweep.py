"""Sweeps: every codec's bytes through one door, resumed after interruption, on processes and on a Dask cluster."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

from vdtext import cli, metrics, scoreboard, sweep
from vdtext.sweep import coders, report, running

FAST = ["Motion JPEG", "MPEG-2"]


@pytest.fixture(scope="module")
def source():
    return scoreboard.source("carphone", frames=3)


@pytest.fixture(scope="module")
def found(source):
    return sweep.sweep([source], FAST)


def rows_without_seconds(found):
    return [{k: v for k, v in scoreboard.rows.as_words(row).items() if "seconds" not in k} for row in found.rows]


def test_every_codec_of_the_book_and_every_anchor_is_there():
    names = list(sweep.codecs())
    assert {"chapter 1", "chapter 7", "chapter 8", "chapter 10", "chapter 13, trained parts"} <= set(names)
    assert {"x264", "x265", "VP9", "SVT-AV1", "MPEG-2", "MPEG-4", "Snow"} <= set(names)
    assert {"Motion JPEG", "Motion JPEG 2000"} <= set(names)
    assert all(len(settings) >= 6 for settings in sweep.codecs().values())


@pytest.mark.parametrize("name", sweep.codecs())
def test_each_codec_gives_fewer_bytes_and_less_quality_along_its_settings(name):
    frames = 20 if name == "Snow" else 2  # whose rate control needs some to work
    gray = scoreboard.source("carphone", frames=frames, gray=True)
    settings = sweep.codecs()[name]
    fine, coarse = (coders.measure(name, gray, settings[k]) for k in (1, -2))
    assert fine.codec == name
    assert fine.bytes > 1.2 * coarse.bytes
    assert fine.psnr_y > coarse.psnr_y + 1


def test_rows_are_those_of_the_scoreboard_and_pictures_those_of_the_bytes(source, found):
    assert [row.codec for row in found.rows] == [name for name in FAST for _ in sweep.codecs()[name]]
    for point in found.points[::5]:
        setting = sweep.codecs()[point.row.codec][found.points.index(point) % 8]
        again = scoreboard.anchor(point.row.codec, source, quantiser=setting)
        assert (again.bytes, again.psnr_y, again.ssim) == (point.row.bytes, point.row.psnr_y, point.row.ssim)
        error = metrics.psnr(source.luma[1], point.picture, data_range=255)
        assert error == pytest.approx(point.row.psnr_y, abs=1)


def test_the_video_codec_is_decoded_in_a_fresh_process_in_colour_and_in_grey():
    for gray in (True, False):
        source = scoreboard.source("carphone", frames=2, gray=gray)
        row = coders.measure("chapter 10", source, 46)
        assert (row.format, row.frames, row.options) == ("gray" if gray else "yuv420p", 2, "quality=46")
        assert row.psnr_y > 33


def test_codecs_that_know_no_colour_are_asked_for_grey_clips_alone(source):
    assert not coders.takes("chapter 7", source)
    assert coders.takes("chapter 10", source)
    with pytest.raises(ValueError, match=r"nothing to measure; .*grey clips alone \(chapter 10\)"):
        sweep.sweep([source], ["chapter 7"])
    with pytest.raises(ValueError, match=r"no codec 'H\.266'; known: chapter 13, trained parts, "):
        sweep.sweep([source], ["H.266"])
    with pytest.raises(ValueError, match="0 clips"):
        sweep.sweep([])


def test_a_second_sweep_measures_what_is_missing_and_nothing_else(source, found, tmp_path, monkeypatch):
    asked, measure = [], running.measure

    def counted(name, *rest, **more):
        asked.append(name)
        return measure(name, *rest, **more)

    monkeypatch.setattr(running, "measure", counted)
    first = sweep.sweep([source], ["Motion JPEG"], store=tmp_path / "points")
    assert asked == ["Motion JPEG"] * 8
    both = sweep.sweep([source], FAST, store=tmp_path / "points")
    assert asked == ["Motion JPEG"] * 8 + ["MPEG-2"] * 8
    assert both.rows[:8] == first.rows  # seconds and all
    assert rows_without_seconds(both) == rows_without_seconds(found)
    np.testing.assert_array_equal(both.points[3].picture, found.points[3].picture)
    sweep.sweep([source], ["Motion JPEG"], store=tmp_path / "points", again=True)
    assert len(asked) == 24
    other = scoreboard.Source("carphone", tuple(255 - plane for plane in source.clip), source.fps)
    sweep.sweep([other], ["Motion JPEG"], store=tmp_path / "points")
    assert len(asked) == 32  # the same name, other pixels
    assert not list((tmp_path / "points").glob(".*"))


def test_a_change_of_the_books_code_is_seen(source, tmp_path, monkeypatch):
    plan = [(source, "chapter 10", 46), (source, "x264", 30)]
    before = running.addresses(tmp_path, plan)
    monkeypatch.setattr(running, "code", lambda: "other")
    after = running.addresses(tmp_path, plan)
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_an_anchor_that_refuses_is_told_and_the_rest_is_measured(source, monkeypatch):
    def measure(name, source, setting, *, look, fresh):
        if setting == 9:
            raise ValueError("cannot keep this rate")
        return coders.measure(name, source, setting, look=look, fresh=fresh)

    monkeypatch.setattr(running, "measure", measure)
    found = sweep.sweep([source], ["Motion JPEG"])
    assert len(found.points) == 7
    assert found.refused == ["Motion JPEG at 9 on carphone: cannot keep this rate"]


def test_several_processes_find_the_same(source, found):
    assert rows_without_seconds(sweep.sweep([source], FAST, jobs=2)) == rows_without_seconds(found)


def test_a_dask_cluster_of_two_processes_finds_the_same(source, found, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        on_cluster = sweep.sweep([source], FAST, dask=cluster.scheduler_address, store=tmp_path / "points")
        with distributed.Client(cluster) as client:
            workers = client.scheduler_info()["workers"]
    assert rows_without_seconds(on_cluster) == rows_without_seconds(found)
    assert len(list((tmp_path / "points").glob("*.json"))) == 16
    assert len(workers) == 2


def test_a_scheduler_that_is_not_there_is_named(source, monkeypatch):
    distributed = pytest.importorskip("distributed")

    def nobody(*_, **__):
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", nobody)
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: Timed out"):
        sweep.sweep([source], FAST, dask="tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'vdtext\[dask\]'"):
        sweep.sweep([source], FAST, dask="tcp://127.0.0.1:9")


# the command


def test_the_command_writes_a_table_and_a_page(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["sweep", "carphone", "--frames", "2", "--codecs", "x264, Motion JPEG", "--csv", "rows.csv"]
    assert cli.main([*arguments, "--page", "page.html"]) == 0
    said = capsys.readouterr().out
    assert "BD-rate in % against x264" in said
    rows = scoreboard.read_csv("rows.csv")
    assert [row.codec for row in rows] == ["x264"] * 7 + ["Motion JPEG"] * 8
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('tabindex="0"') == 15
    assert "http" not in page.replace("http://www.w3.org", "")
    assert cli.main([*arguments, "--page", "page.html"]) == 1
    assert "rows.csv exists: --force overwrites it" in capsys.readouterr().err
    assert cli.main(["sweep", "--list"]) == 0
    assert "SVT-AV1" in capsys.readouterr().out
    assert cli.main(["sweep"]) == 1
    assert "name a file" in capsys.readouterr().err
    assert cli.main(["sweep", "carphone", "--codecs", "H.266"]) == 1
    assert "no codec 'H.266'" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "coder"), [(".mp4", "libx264"), (".mkv", "ffv1"), (".y4m", "rawvideo")])
def test_files_of_every_kind_come_in(tmp_path, suffix, coder):
    path, (height, width) = str(tmp_path / f"odd{suffix}"), (35, 51)
    pixels = "yuv444p" if coder == "libx264" else "yuv420p"
    ramp = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
    with av.open(path, "w") as target:
        stream = target.add_stream(coder, rate=Fraction(30000, 1001))
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        for number in range(3):
            rgb = np.dstack([ramp + 9 * number] * 3)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels)
            frame.pts = number
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    source = scoreboard.source(path)
    assert (source.frames, source.size, source.format) == (3, (34, 50), "yuv420p")
    assert abs(source.fps - Fraction(30000, 1001)) < Fraction(1, 1000)
    assert scoreboard.source(path, gray=True, size=(16, 24), frames=2).clip.shape == (2, 16, 24)
    assert len(sweep.sweep([source], ["Motion JPEG"]).points) == 8


def test_an_interrupted_sweep_goes_on(tmp_path):
    """Stopped by a signal after some points; the same command then measures the rest."""
    command = [sys.executable, "-m", "vdtext", "sweep", "carphone", "--codecs", "MPEG-2,x265"]
    command += ["--csv", "rows.csv"]
    child = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    store = tmp_path / "vdtext-sweep"
    for _ in range(3000):
        if len(list(store.glob("*.json"))) >= 2:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.02)
    os.kill(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "the same command goes on" in said
    assert not (tmp_path / "rows.csv").exists()
    kept = {path: path.stat().st_mtime_ns for path in store.glob("*.json")}
    assert 2 <= len(kept) < 15
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(scoreboard.read_csv(tmp_path / "rows.csv")) == 15


# the report


def test_bd_rates_of_the_table_are_those_of_chapter_5(found):
    lines = report.bd_table(found.rows, anchor="MPEG-2").splitlines()
    points = {name: [(r.bytes, r.psnr_y) for r in found.rows if r.codec == name] for name in FAST}
    value = metrics.bd_rate(*(sorted(points[name]) for name in ("MPEG-2", "Motion JPEG"))).value
    assert lines[2].split() == ["Motion", "JPEG", f"{value:+.1f}", lines[2].split()[-1]]
    assert lines[3].split() == ["MPEG-2", "+0.0", "+0.0"]
    with pytest.raises(ValueError, match="no rows of 'x264' on carphone"):
        report.bd_table(found.rows)


def test_points_that_cost_more_and_give_less_do_not_count(found):
    rows = found.rows[:8]
    worse = [scoreboard.rows.from_words(scoreboard.rows.as_words(row) | {"psnr_y": "1"}) for row in rows[:3]]
    assert report.rising([*rows, *worse], "psnr_y") == report.rising(rows, "psnr_y")
    assert report.bd_rate(rows[:1], rows, "psnr_y") == "–"


def test_the_explorer_shows_each_point_its_picture(found):
    points = found.points[:8]
    chart = sweep.explorer(points, name="fig-points")
    html = chart.html()
    labels = json.loads(html.split('data-labels="')[1].split('"')[0].replace("&quot;", '"'))
    assert len(labels) == html.count('tabindex="0"') == 8
    for label, row, frame in zip(labels, chart.rows, chart.frames, strict=True):
        assert label.startswith(f"{row.codec}: {row.kilobits_per_second:.4g} kbit/s, {row.psnr_y:.2f} dB")
        assert any(np.array_equal(frame, p.picture) for p in points if p.row == row)
    assert [row.bytes for row in chart.rows] == sorted(row.bytes for row in chart.rows)
    assert "<script" not in html
    assert chart.png()[1:4] == b"PNG"
    with pytest.raises(ValueError, match="8 rows of 1 clips, 0 pictures"):
        scoreboard.Explorer(chart.rows, [], name="fig-a", caption="A.", alt="A.")
