"""Measure every codec of the scoreboard and write ``data/scoreboard.csv``: ``make scoreboard``.

Takes about eight minutes on one core, and goes on where it was stopped; nothing else writes that file.
"""

import argparse
from pathlib import Path

from tools import ROOT
from vdtext import scoreboard
from vdtext.sweep import sweep

CLIPS = (
    {"name": "carphone"},
    {"name": "bikes", "frames": 60, "size": (136, 320)},
    {"name": "carphone", "gray": True},
)


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.scoreboard", description=__doc__)
    parser.add_argument("--output", type=Path, default=scoreboard.CSV, help="the table to write (default: the book's)")
    output = parser.parse_args(arguments).output
    found = sweep([scoreboard.source(**clip) for clip in CLIPS], store=ROOT / "_build/sweep")
    scoreboard.write_csv(output, found.rows)
    print(scoreboard.table(found.rows))
    print(*found.refused, f"{len(found.rows)} rows written to {output.name}", sep="\n")


if __name__ == "__main__":
    main()
