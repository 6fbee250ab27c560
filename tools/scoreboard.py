"""Measure every codec of the scoreboard and write ``data/scoreboard.csv``: ``make scoreboard``.

Takes about a minute on one core; nothing else writes that file.
"""

import argparse
from pathlib import Path

from tqdm.auto import tqdm

from vdtext import scoreboard

CLIPS = (
    {"name": "carphone"},
    {"name": "bikes", "frames": 60, "size": (136, 320)},
)


def rows(clips=CLIPS, anchors=scoreboard.ANCHORS):
    """Measure each anchor at each of its quantisers on each clip, in a fixed order."""
    sources = [scoreboard.source(**clip) for clip in clips]
    points = [(s, codec, q) for s in sources for codec, anchor in anchors.items() for q in anchor.quantisers]
    return [scoreboard.anchor(codec, s, quantiser=q) for s, codec, q in tqdm(points, desc="scoreboard", unit="row")]


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
