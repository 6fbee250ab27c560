"""``python -m vdtext``, in a process of its own."""

import os
import subprocess
import sys

import numpy as np

from tools import ROOT
from vdtext import __main__, cli, codec


def run(*arguments, **options):
    command = [sys.executable, "-m", "vdtext", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)


def test_a_real_process_codes_a_real_file(tmp_path):
    assert __main__.main is cli.main
    clip = np.add.outer(np.arange(3), np.add.outer(np.arange(20), np.arange(30))).astype(np.uint8)
    (tmp_path / "a.vdx").write_bytes(codec.encode(clip, quality=100))
    done = run("decode", tmp_path / "a.vdx", tmp_path / "a.y4m", check=True)
    assert "3 frames" in done.stdout
    body = (tmp_path / "a.y4m").read_bytes().partition(b"FRAME\n")[2]
    assert np.array_equal(np.frombuffer(body[:600], np.uint8).reshape(20, 30), clip[0])
    failed = run("info", tmp_path / "none.mp4")
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    assert run("dance").returncode == 2
    said = run("--help", check=True).stdout
    assert "examples:" in said
    assert all(name in said for name in ("info", "encode", "decode", "compare", "diffuse", "stabilise", "bench"))


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.vdx").write_bytes(codec.encode(np.zeros((2, 16, 16), np.uint8)))
    lines = (
        "import os, signal, sys",
        "from vdtext import cli, codec",
        "signal.signal(signal.SIGINT, signal.default_int_handler)",  # a shell's background jobs ignore it
        "def interrupted(planes, sink, **options):",
        "    sink.write(b'half')",
        "    sink.flush()",
        "    assert len(os.listdir(sys.argv[2])) == 2",
        "    os.kill(os.getpid(), signal.SIGINT)",
        "codec.encode_frames = interrupted",
        "sys.exit(cli.main(['encode', sys.argv[1], sys.argv[2] + '/b.vdx']))",
    )
    command = [sys.executable, "-c", "\n".join(lines), tmp_path / "a.vdx", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("interrupted; nothing was written")
    assert os.listdir(tmp_path) == ["a.vdx"]
