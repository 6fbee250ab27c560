"""Measure the video codec of chapter 10 against others, and what each of its tools is worth: ``make ladder``.

Writes ``data/ladder.json``.  Takes about forty minutes on one core; what has been measured lies in ``_build/ladder``
and is not measured again, until the codec's code changes.
"""

import argparse
import hashlib
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from tools import ROOT
from tools.rivals import RIVALS, theirs
from vdtext import codec, metrics, scoreboard

RESULT, CACHE = ROOT / "data/ladder.json", ROOT / "_build/ladder"
TABLE = ({"name": "carphone"}, {"name": "bikes"}, {"name": "bigbuckbunny", "size": (360, 640)})
RUNGS = ({"name": "carphone", "frames": 60}, {"name": "bikes", "frames": 60, "size": (136, 320)})
KEY, QUALITIES = 250, (60, 50, 40, 30)
TRAINED = ("primed", "corrected", "between")  # switches of parts that chapter 10 does not have

# From one rung to the next one thing is added.
BARE = codec.Tools(
    **{"gop": 1, "largest": 16, "smallest": 16, "finest": 4, "inter": False},
    **dict.fromkeys(("mixing", "filtering", "cascade", "pairs", "choose", "transforms"), False),
)
STEPS = (
    ("each frame alone, blocks of 16", {}),
    ("predict from the frame before", {"inter": True}),
    ("vectors to half a pixel", {"finest": 2}),
    ("vectors to a quarter", {"finest": 1}),
    ("blocks of 8 as well", {"smallest": 8}),
    ("blocks of 32 as well", {"largest": 32}),
    ("four small transforms", {"transforms": True}),
    ("levels by D + λR", {"choose": True}),
    ("mean of two references", {"pairs": True}),
    ("pyramid of 16 frames", {"gop": 16}),
    ("cascade of steps", {"cascade": True}),
    ("diffusion in the loop", {"filtering": True}),
    ("mixture of contexts", {"mixing": True}),
)
WITHOUT = {text: {name: getattr(BARE, name) for name in change} for text, change in STEPS[3:]}


def ladder():
    """The tools of each rung: {what it adds: Tools}, the last one the whole codec."""
    tools, rungs = BARE, {}
    for text, change in STEPS:
        tools = replace(tools, **change)
        rungs[text] = tools
    return rungs


def ours(source, quality, tools):
    """Bytes of our codec, and what comes back."""
    data = codec.encode(source, quality=quality, key=KEY if tools.inter else 1, tools=tools)
    return len(data), codec.decode(data).planes


def point(source, setting, code):
    """One point of a curve, rounded."""
    start = time.process_time()
    used, planes = code(source)
    psnr = [metrics.psnr(a, b, data_range=255) for a, b in zip(source.clip, planes, strict=True)]
    similar = np.mean([metrics.ssim(a, b, data_range=255) for a, b in zip(source.luma, planes[0], strict=True)])
    quality = {"psnr_y": psnr[0], "psnr_yuv": (6 * psnr[0] + psnr[1] + psnr[2]) / 8, "ssim": similar}
    seconds = round(time.process_time() - start, 1)
    return {
        "setting": setting,
        "bytes": used,
        **{k: round(float(v), 4) for k, v in quality.items()},
        "seconds": seconds,
    }


def remembered(source, options, setting, code, version):
    """The point, from the cache if it is there."""
    words = json.dumps([source.name, source.frames, source.size, options, setting, version])
    path = CACHE / f"{hashlib.sha256(words.encode()).hexdigest()[:20]}.json"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        try:
            path.write_text(json.dumps(point(source, setting, code)))
        except ValueError:  # Snow at a bitrate that it cannot keep
            path.write_text("null")
    return json.loads(path.read_text())


def version():
    """A digest of the code that decides what our codec writes."""
    files = sorted([*(ROOT / "vdtext/fast/codec").glob("*.py"), *(ROOT / "vdtext/codec").glob("[gp]*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def curves(clip, tried, names):
    """All curves of one clip, each with its BD-rates against the first of the others."""
    source, found, now = scoreboard.source(**clip), {}, version()
    for name in tqdm(names, desc=f"{source.name} {source.size[1]}×{source.size[0]}"):
        _, options, points = RIVALS[name]
        found[name] = (
            options,
            [remembered(source, name + options, q, lambda s, n=name, q=q: theirs(s, n, q), "") for q in points],
        )
    for name, tools in tqdm(tried.items(), desc=f"{source.name} {source.size[1]}×{source.size[0]}"):
        told = " ".join(f"{k}={int(v)}" for k, v in asdict(tools).items() if k not in TRAINED)
        options = f"{told} key={KEY if tools.inter else 1}"
        points = [remembered(source, options, q, lambda s, t=tools, q=q: ours(s, q, t), now) for q in QUALITIES]
        found[name] = (options, points)
    anchor, measured = found[names[0]][1], {}
    for name, (options, points) in found.items():
        points = list(filter(None, points))
        bd = {what: round(rate(anchor, points, what), 1) for what in ("psnr_y", "psnr_yuv", "ssim")}
        measured[name] = {"options": options, "points": points, "bd": bd}
    return {"clip": source.name, "frames": source.frames, "size": list(source.size), "curves": measured}


def rate(anchor, points, what):
    """BD-rate in percent; SSIM counts in decibels of 1 − SSIM; points that cost more and give less do not count."""

    def rising(curve):
        scaled = sorted((p["bytes"], -10 * np.log10(1 - p[what]) if what == "ssim" else p[what]) for p in curve)
        return [p for k, p in enumerate(scaled) if all(p[1] > q[1] for q in scaled[:k])]

    return metrics.bd_rate(rising(anchor), rising(points)).value


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.ladder", description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULT, help="the file to write (default: the book's)")
    output = parser.parse_args(arguments).output
    less = {f"without: {text}": replace(codec.Tools(), **change) for text, change in WITHOUT.items()}
    rungs = [curves(clip, ladder() | less, ["x264 medium", "x265 medium", "SVT-AV1 preset 5"]) for clip in RUNGS]
    table = [curves(clip, {"chapter 10": codec.Tools()}, list(RIVALS)) for clip in TABLE]
    result = {"key": KEY, "table": table, "ladder": rungs}
    output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    for part in table + rungs:
        for name, curve in part["curves"].items():
            print(f"{part['clip']:<14} {part['frames']:>4} {name:<40} {curve['bd']}")


if __name__ == "__main__":
    main()
