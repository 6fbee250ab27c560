"""The video codec at CIF size against x264, at about the same quality (see tools/bench.py)."""

from functools import cache, partial

import numpy as np

from tools.bench import Candidate, Case
from vdtext import codec, metrics, scoreboard
from vdtext.scoreboard import anchors

FRAMES, QUALITY, CRF = 33, 46, 30
WANTED, NEAR = 35.0, 1.0  # dB: both shall lie near it


@cache
def source():
    """The rabbit, 352×288, 4:2:0."""
    return scoreboard.source("bigbuckbunny", frames=FRAMES, size=(288, 352))


def ours():
    return codec.encode(source(), quality=QUALITY)


def x264(preset):
    options = f"preset={preset} tune=psnr crf={CRF} g=250 threads=1 x264-params=cpu-independent=1"
    return anchors.encode(source().clip, codec="x264", options=options, fps=source().fps)


def theirs(data):
    return anchors.decode(data, codec="x264")[0]


def quality(luma):
    return np.array([metrics.psnr(source().luma, luma, data_range=255)])


def encoding():
    """Compress."""
    peers = {
        f"x264 {preset}": Candidate(
            prepare=lambda preset=preset: partial(x264, preset),
            what=f"libx264 through PyAV, preset={preset} tune=psnr crf={CRF}, one thread",
            tolerance=NEAR,
            package="av",
            check=lambda preset=preset: quality(theirs(x264(preset))),
        )
        for preset in ("medium", "veryslow")
    }
    return Case(
        name="codec.encode",
        title=f"Encoding at {WANTED:g} dB, 352×288, 4:2:0, {FRAMES} frames",
        reference=lambda: np.array([WANTED]),
        ours={
            "vdtext": Candidate(
                prepare=lambda: ours,
                what=f"vdtext.codec.encode, quality={QUALITY}, group of 16",
                tolerance=NEAR,
                package="numba",
                check=lambda: quality(codec.decode(ours()).luma),
            )
        },
        peers=peers,
        aim=20.0,
        against="x264 medium",
        per=FRAMES,
    )


def decoding():
    """And back."""
    own, other = ours(), x264("medium")
    return Case(
        name="codec.decode",
        title=f"Decoding at {WANTED:g} dB, 352×288, 4:2:0, {FRAMES} frames",
        reference=lambda: np.array([WANTED]),
        ours={
            "vdtext": Candidate(
                prepare=lambda: lambda: codec.decode(own),
                what=f"vdtext.codec.decode of a file of quality {QUALITY}",
                tolerance=NEAR,
                package="numba",
                check=lambda: quality(codec.decode(own).luma),
            )
        },
        peers={
            "FFmpeg": Candidate(
                prepare=lambda: lambda: theirs(other),
                what=f"FFmpeg's H.264 decoder through PyAV, one thread, a stream of crf {CRF}",
                tolerance=NEAR,
                package="av",
                check=lambda: quality(theirs(other)),
            )
        },
        aim=20.0,
        against="FFmpeg",
        per=FRAMES,
    )


def cases():
    yield encoding()
    yield decoding()
