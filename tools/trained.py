"""Measure what trained parts are worth to the codec of chapter 10: writes ``data/trained.json``.

Takes about twelve minutes on one core.  The clips are in no training set; two of them come again, one twice as large,
one with every second frame alone.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from tqdm.auto import tqdm

from tools import ROOT
from tools.ladder import KEY, QUALITIES, point, rate
from tools.rivals import RIVALS, theirs
from vdtext import codec, models, scoreboard

RESULT, MODEL = ROOT / "data/trained.json", "codec-13"
CLIPS = (
    {"name": "carphone", "frames": 60},
    {"name": "bikes", "frames": 60, "size": (136, 320)},
    {"name": "bigbuckbunny", "frames": 33, "size": (180, 320)},
)
LARGER, SLOWER = {**CLIPS[2], "size": (360, 640)}, {**CLIPS[1], "every": 2}
SWITCHES = {"first probabilities": "primed", "loop filter": "corrected", "between": "between"}
NONE = codec.Tools(**dict.fromkeys(SWITCHES.values(), False))
PARTS = {name: replace(NONE, **{switch: True}) for name, switch in SWITCHES.items()} | {"all": codec.Tools()}


def trained(source, quality, tools):
    """Bytes with trained parts, and what a decoder makes of them."""
    data = codec.encode(source, quality=quality, key=KEY, tools=tools, models=MODEL)
    return len(data), codec.decode(data).planes


def plain(source, quality):
    """Bytes of chapter 10, and what comes back."""
    data = codec.encode(source, quality=quality, key=KEY)
    return len(data), codec.decode(data).planes


def thinned(source, every):
    """Every so many frames of a clip, at a rate as much lower."""
    return replace(source, clip=tuple(plane[::every] for plane in source.clip), fps=source.fps / every)


def measured(clip, *, parts=PARTS, rivals=("x264 medium", "x265 medium")):
    """All curves of a clip, each with its BD-rate of luma's PSNR against chapter 10."""
    every = clip.get("every", 1)
    source = thinned(scoreboard.source(**{key: clip[key] for key in clip if key != "every"}), every)
    found = {"chapter 10": [point(source, q, lambda s, q=q: plain(s, q)) for q in QUALITIES]}
    for name, tools in parts.items():
        found[name] = [point(source, q, lambda s, q=q, t=tools: trained(s, q, t)) for q in QUALITIES]
    for name in rivals:
        found[name] = [point(source, q, lambda s, n=name, q=q: theirs(s, n, q)) for q in RIVALS[name][2]]
    curves = {
        name: {"points": points, "bd": round(rate(found["chapter 10"], points, "psnr_y"), 2)}
        for name, points in found.items()
    }
    return {"clip": source.name, "frames": source.frames, "size": list(source.size), "every": every, "curves": curves}


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.trained", description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULT, help="the file to write (default: the book's)")
    output = parser.parse_args(arguments).output
    clips = [measured(clip) for clip in tqdm(CLIPS, desc="clips")]
    others = tqdm((LARGER, SLOWER), desc="another size, another rate")
    moved = [measured(clip, parts={"all": PARTS["all"]}, rivals=()) for clip in others]
    result = {"key": KEY, "weights": models.index()[MODEL].bytes, "clips": clips, "moved": moved}
    output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for clip in clips + moved:
        print(clip["clip"], {name: curve["bd"] for name, curve in clip["curves"].items()})


if __name__ == "__main__":
    main()
