"""Measure every codec of the scoreboard and write ``data/scoreboard.csv``: ``make scoreboard``.

Takes about twenty minutes on one core, and goes on where it was stopped; nothing else writes that file.
"""

import argparse
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from tqdm.auto import tqdm

from tools import ROOT
from tools.apart import decode_apart, decode_still, encode_apart
from vdtext import learned, models, scoreboard
from vdtext.overfit import shipped
from vdtext.sweep import sweep

CLIPS = (
    {"name": "carphone"},
    {"name": "bikes", "frames": 60, "size": (136, 320)},
    {"name": "carphone", "gray": True},
)
QUALITIES, LAMBDAS = (100, 85, 70, 55, 40, 25, 10), (8, 20, 50, 125)


def still():
    """One picture, for codecs of pictures: grey in full range, as chapter 13 takes it."""
    return scoreboard.Source("carphone, frame 20", shipped.source("carphone")[None], Fraction(30000, 1001))


def transformed(source):
    """Rows of the learned transform."""
    name, weights = "chapter 13, learned transform", models.index()[learned.MODEL].bytes
    for quality in QUALITIES:
        encode, options = partial(encode_apart, quality=quality), f"quality={quality}"
        told = {"options": options, "intra_period": 1, "weight_bytes": weights, "fresh": True}
        yield scoreboard.measure(name, encode, decode_apart, source, **told)


def overfitted(source):
    """Rows of the overfitted decoder: finished streams, and the seconds that they took when they were made."""
    for lam in LAMBDAS:
        card, data = shipped.streams()[f"carphone-{lam}"], shipped.load(f"carphone-{lam}")
        told = {"options": f"lam={lam} steps={card.steps}", "intra_period": 1, "fresh": True}
        row = scoreboard.measure("chapter 13, overfitted", lambda _, data=data: data, decode_still, source, **told)
        yield replace(row, encode_seconds=card.seconds)


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.scoreboard", description=__doc__)
    parser.add_argument("--output", type=Path, default=scoreboard.CSV, help="the table to write (default: the book's)")
    output = parser.parse_args(arguments).output
    sources = [*(scoreboard.source(**clip) for clip in CLIPS), still()]
    found = sweep(sources, store=ROOT / "_build/sweep")
    more = [transformed(source) for source in sources if source.format == "gray"] + [overfitted(sources[-1])]
    rows = found.rows + [row for some in more for row in tqdm(some, desc="chapter 13")]
    scoreboard.write_csv(output, rows)
    print(scoreboard.table(rows))
    print(*found.refused, f"{len(rows)} rows written to {output.name}", sep="\n")


if __name__ == "__main__":
    main()
