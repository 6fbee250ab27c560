"""Measure one codec, ours with trained parts, against anchors from weak to strong: writes ``data/anchors.json``.

The points of our codec are those of ``data/trained.json``.  Takes about three minutes on one core.
"""

import argparse
import json
from pathlib import Path

from tqdm.auto import tqdm

from tools import ROOT
from tools.ladder import point, rate
from tools.rivals import CRF, coded
from tools.trained import CLIPS
from tools.trained import RESULT as TRAINED
from vdtext import scoreboard

RESULT = ROOT / "data/anchors.json"
MEASURES = ("psnr_y", "psnr_yuv", "ssim")
_X265 = "x265-params=pools=none:frame-threads=1:log-level=none:info=0"
_X264 = "threads=1 x264-params=cpu-independent=1"

# {name: (codec, its options)}, from weak to strong: from one to the next in H.265, one thing is changed.
ANCHORS = {
    "x264 veryfast, zerolatency, g=10": ("x264", f"preset=veryfast tune=zerolatency crf={{q}} g=10 {_X264}"),
    "x265 ultrafast, zerolatency, g=10": ("x265", f"preset=ultrafast tune=zerolatency crf={{q}} g=10 {_X265}"),
    "x265 veryfast, zerolatency, g=10": ("x265", f"preset=veryfast tune=zerolatency crf={{q}} g=10 {_X265}"),
    "x265 medium, zerolatency, g=10": ("x265", f"preset=medium tune=zerolatency crf={{q}} g=10 {_X265}"),
    "x265 medium, zerolatency, g=250": ("x265", f"preset=medium tune=zerolatency crf={{q}} g=250 {_X265}"),
    "x265 medium, g=250": ("x265", f"preset=medium crf={{q}} g=250 {_X265}"),
    "x265 medium, tune=psnr, g=250": ("x265", f"preset=medium tune=psnr crf={{q}} g=250 {_X265}"),
    "x265 veryslow, tune=psnr, g=250": ("x265", f"preset=veryslow tune=psnr crf={{q}} g=250 {_X265}"),
    "x264 medium, tune=psnr, g=250": ("x264", f"preset=medium tune=psnr crf={{q}} g=250 {_X264}"),
}


def ours(clip, size, frames, path=TRAINED):
    """The points of our codec with all its trained parts on a clip, out of the file of ``tools.trained``."""
    for entry in json.loads(Path(path).read_text(encoding="utf-8"))["clips"]:
        if (entry["clip"], tuple(entry["size"]), entry["frames"]) == (clip, tuple(size), frames):
            return entry["curves"]["all"]["points"]
    raise ValueError(f"{path} has no {clip} of {frames} frames in {size[1]}×{size[0]}: run tools.trained first")


def anchored(source, name, quantisers=CRF):
    """The points of one anchor on a clip."""
    codec, options = ANCHORS[name]
    return [point(source, q, lambda s, q=q: coded(s, codec, options, q)) for q in quantisers]


def measured(clip):
    """Our curve and those of all anchors on a clip, each with the BD-rates of ours against it."""
    source, curves = scoreboard.source(**clip), {}
    tested = ours(source.name, source.size, source.frames)
    for name in tqdm(ANCHORS, desc=f"{source.name} {source.size[1]}×{source.size[0]}"):
        points = anchored(source, name)
        bd = {what: round(rate(points, tested, what), 2) for what in MEASURES}
        curves[name] = {"options": ANCHORS[name][1], "points": points, "bd": bd}
    found = {"clip": source.name, "frames": source.frames, "size": list(source.size)}
    return found | {"tested": tested, "anchors": curves}


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.anchors", description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULT, help="the file to write (default: the book's)")
    output = parser.parse_args(arguments).output
    clips = [measured(clip) for clip in CLIPS]
    output.write_text(json.dumps({"tested": "all", "clips": clips}, indent=1) + "\n", encoding="utf-8")
    for name in ANCHORS:
        print(f"{name:<36}", *(f"{clip['clip']} {clip['anchors'][name]['bd']['psnr_y']:+.1f}" for clip in clips))


if __name__ == "__main__":
    main()
