"""Measure every codec of the scoreboard and write ``data/scoreboard.csv``: ``make scoreboard``.

Takes about three minutes on one core; nothing else writes that file.
"""

import argparse
from functools import partial
from itertools import product
from pathlib import Path

from tqdm.auto import tqdm

from vdtext import inpaint, meanings, scoreboard, wavelets

CLIPS = (
    {"name": "carphone"},
    {"name": "bikes", "frames": 60, "size": (136, 320)},
    {"name": "carphone", "gray": True},
)
# The book's own codecs, measured on grey clips: how to encode, how to decode, what the encoder is told; whether every
# frame stands alone.
OURS = {
    "chapter 1": (meanings.encode, meanings.decode, [{"step": step} for step in (6, 8, 12, 16, 24, 32, 48, 64)], False),
    "chapter 7": (
        wavelets.encode_frames,
        wavelets.decode_frames,
        [{"quality": quality} for quality in (80, 70, 60, 50, 40, 30, 20)],
        True,
    ),
    "chapter 8": (
        inpaint.encode_frames,
        inpaint.decode_frames,
        [{"quality": quality} for quality in (60, 54, 48, 42, 36, 30, 24)],
        False,
    ),
}


def own(codec, source, told):
    """Measure one of the book's codecs, told `told`, and once more in a fresh process."""
    encode, decode, _, alone = OURS[codec]
    options = " ".join(f"{name}={value}" for name, value in told.items())
    encoder = partial(encode, **told)
    period = 1 if alone else source.frames
    return scoreboard.measure(codec, encoder, decode, source, options=options, intra_period=period, fresh=True)


def rows(clips=CLIPS, anchors=scoreboard.ANCHORS):
    """Measure each anchor at each of its quantisers on each clip, in a fixed order; then our codecs on grey clips."""
    sources = [scoreboard.source(**clip) for clip in clips]
    points = [
        partial(scoreboard.anchor, codec, source, quantiser=quantiser)
        for source, (codec, anchor) in product(sources, anchors.items())
        for quantiser in anchor.quantisers
    ]
    points += [
        partial(own, codec, source, told)
        for source, codec in product(sources, OURS)
        for told in OURS[codec][2]
        if source.format == "gray"
    ]
    return [point() for point in tqdm(points, desc="scoreboard", unit="row")]


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.scoreboard", description=__doc__)
    parser.add_argument("--output", type=Path, default=scoreboard.CSV, help="the table to write (default: the book's)")
    output = parser.parse_args(arguments).output
    measured = rows()
    scoreboard.write_csv(output, measured)
    print(scoreboard.table(measured))
    print(f"{len(measured)} rows written to {output.name}")


if __name__ == "__main__":
    main()
