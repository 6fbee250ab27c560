"""The commands' names and options."""

import argparse
import re
from fractions import Fraction

from vdtext import __version__
from vdtext.cli import commands, experiments
from vdtext.cli.shots import shots

__all__ = ["parser"]

EXAMPLES = """examples:
  vdtext info film.mp4
  vdtext encode film.mp4 film.vdx --quality 60
  vdtext encode film.mp4 film.vdx --bitrate 200k --start 2s --end 12s --size 320x180
  vdtext decode film.vdx film.mp4            a file for players, coded once more
  vdtext decode film.vdx film.y4m            exactly what the codec says, as is film.mkv (FFV1)
  vdtext compare film.mp4 film.vdx --png curves.png
  vdtext shots film.mp4 --sheet shots.png
  vdtext diffuse film.mp4 soft.mp4 --space 2 --time 4
  vdtext stabilise shaky.mp4 steady.mp4
  vdtext sweep film.mp4 carphone --codecs "chapter 10,x264,SVT-AV1" --csv rows.csv --page chart.html
  vdtext bench

exit codes: 0 done; 1 an error, told in one line; 2 not understood.
An output has its name only when it is whole; --force lets it replace a file.
"""


def moment(text):
    """A frame's number, 12, or seconds, 1.5s."""
    if re.fullmatch(r"\d+", text):
        return int(text)
    if re.fullmatch(r"\d+(\.\d+)?s", text):
        return Fraction(text[:-1])
    raise argparse.ArgumentTypeError(f"{text!r}: give the number of a frame, 12, or seconds, 1.5s")


def pixels(text):
    """(H, W) of 320x180."""
    if not (found := re.fullmatch(r"(\d+)x(\d+)", text)) or min(map(int, found.groups())) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give width x height, 320x180")
    return int(found[2]), int(found[1])


def bits(text):
    """Bits a second: 150000, 150k or 1.5M."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kM]?)", text)
    if not found or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r}: give bits a second, 150000, 150k or 1.5M")
    return float(found[1]) * {"": 1, "k": 1e3, "M": 1e6}[found[2]]


def words(text):
    """Names between commas."""
    return [name for part in text.split(",") if (name := part.strip())]


def cuts(text):
    """auto, none, simple, or numbers of frames."""
    if text in ("auto", "none", "simple"):
        return text
    if re.fullmatch(r"\d+(,\d+)*", text):
        return sorted(map(int, text.split(",")))
    raise argparse.ArgumentTypeError(f"{text!r}: give auto, none, simple, or numbers of frames, 30,76,137")


def between(low, high, kind=float):
    """A number from low to high."""

    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r}: accepted is {low} to {high}")
        return value

    return read


def parser():
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="vdtext",
        description="Video diffusion and coding, from the command line of the textbook's library.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"vdtext {__version__}")
    several = top.add_subparsers(dest="command", required=True, metavar="command")

    def command(name, run, text, example, *files):
        sub = several.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"example:\n  vdtext {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for file in files:
            sub.add_argument(file, help="a file")
        sub.set_defaults(run=run)
        return sub

    def part(sub):
        sub.add_argument("--start", type=moment, default=0, help="first frame, 12, or second, 1.5s")
        sub.add_argument("--end", type=moment, help="first frame (or second) no longer wanted")

    def force(sub):
        sub.add_argument("--force", action="store_true", help="overwrite the output")

    def crf(sub):
        sub.add_argument("--crf", type=between(0, 51, int), default=17, help="x264's quality, 0 best, 17 unless given")

    sub = command("info", commands.info, "say what a file holds", "info film.vdx", "file")
    sub.add_argument("--json", action="store_true", help="as JSON")

    sub = command(
        "encode", commands.encode, "code a film as .vdx", "encode in.mp4 out.vdx --quality 60", "input", "output"
    )
    rate = sub.add_mutually_exclusive_group()
    rate.add_argument("--quality", type=between(0, 100), help="0 to 100, 100 without loss; 70 unless given")
    rate.add_argument("--bitrate", type=bits, help="bits a second: 150000, 150k or 1.5M")
    sub.add_argument("--gop", type=between(1, 64, int), help="frames that are coded together, 16 unless given")
    sub.add_argument(
        "--key", type=between(1, 10**6, int), default=250, help="frames from key frame to key frame at most"
    )
    sub.add_argument(
        "--cuts", type=cuts, default="auto", metavar="CUTS",
        help="where shots begin: auto finds them first (chapter 11), simple while encoding, none, or frames: 30,76",
    )  # fmt: skip
    sub.add_argument(
        "--model", metavar="NAME", help="trained weights that the file will need, such as codec-13 (chapter 13)"
    )
    sub.add_argument("--size", type=pixels, help="resize to width x height, 320x180")
    part(sub)
    force(sub)

    sub = command(
        "decode", commands.decode, "turn a .vdx into .mp4, or without loss into .y4m or .mkv (FFV1)",
        "decode in.vdx out.mp4", "input", "output",
    )  # fmt: skip
    sub.add_argument("--recover", action="store_true", help="take what is left of a damaged file")
    crf(sub)
    part(sub)
    force(sub)

    sub = command("compare", commands.compare, "PSNR and SSIM of two films", "compare a.mp4 b.vdx --json", "a", "b")
    sub.add_argument("--json", action="store_true", help="all numbers as JSON; null is no error at all")
    sub.add_argument("--png", help="draw the curves into this picture")
    sub.add_argument("--frames", action="store_true", help="print every frame")
    force(sub)

    sub = command("shots", shots, "find the shots of a film", "shots in.mp4 --json out.json --sheet out.png", "input")
    sub.add_argument("--json", help="write a list of shots: start_frame, end_frame (exclusive), start, end, transition")
    sub.add_argument("--csv", help="write the same as a table")
    sub.add_argument("--sheet", help="draw the middle frame of each shot into this picture")
    sub.add_argument(
        "--threshold", type=between(0.5, 100), default=1.0, help="higher finds fewer changes, 1 unless given"
    )
    sub.add_argument(
        "--min-length", type=between(1, 10**6, int), default=6, help="frames between two changes, 6 unless given"
    )
    force(sub)

    sub = command(
        "diffuse", commands.diffuse, "diffuse a film in space and in time", "diffuse in.mp4 out.mp4 --space 2 --edges",
        "input", "output",
    )  # fmt: skip
    sub.add_argument("--space", type=float, default=0.0, help="diffusion time in pixel²: a Gaussian of √(2t) pixels")
    sub.add_argument("--time", type=float, default=0.0, help="diffusion time in frame²")
    sub.add_argument("--edges", action="store_true", help="in space, stop at edges")
    crf(sub)
    part(sub)
    force(sub)

    sub = command(
        "stabilise", commands.stabilise, "take the shake out of a film", "stabilise in.mp4 out.mp4", "input", "output"
    )
    sub.add_argument("--time", type=float, default=100.0, help="diffusion time of the camera's path in frame²")
    sub.add_argument("--crop", type=between(0.001, 0.499), default=0.1, help="share of each side that may be lost")
    crf(sub)
    part(sub)
    force(sub)

    sub = command(
        "sweep", experiments.sweep, "compare codecs on films: bytes, PSNR, SSIM, BD-rates, a chart",
        'sweep film.mp4 --codecs "chapter 10,x264" --page chart.html',
    )  # fmt: skip
    sub.epilog += (
        "\n\nWhat has been measured is kept in the folder --store; stopped, the same command goes on."
        "\nWith --dask the workers of a Dask cluster do the work: pip install 'vdtext[dask]' here and there."
    )
    sub.add_argument("clips", nargs="*", help="files, or clips of the book such as carphone")
    sub.add_argument("--codecs", type=words, help="names, with commas between; all unless given")
    sub.add_argument("--list", action="store_true", help="name the codecs and their settings, and do nothing")
    sub.add_argument("--anchor", default="x264", help="codec that BD-rates are told against, x264 unless given")
    sub.add_argument("--frames", type=between(1, 10**6, int), help="how many frames from the first; all unless given")
    sub.add_argument("--size", type=pixels, help="resize to width x height, both even")
    sub.add_argument("--gray", action="store_true", help="luma alone, which the codecs of chapters 1, 7 and 8 need")
    sub.add_argument("--csv", help="write the rows into this table")
    sub.add_argument("--page", help="write a page with charts that show decoded frames")
    sub.add_argument("--store", default="vdtext-sweep", help="folder of what is known, vdtext-sweep unless given")
    sub.add_argument("--again", action="store_true", help="measure what is known, too")
    where = sub.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=between(-1, 1024, int), default=1, help="processes, -1: one for each core")
    where.add_argument("--dask", metavar="ADDRESS", help="scheduler of a Dask cluster, tcp://host:8786")
    force(sub)

    sub = command("bench", experiments.bench, "how fast this machine codes a real clip", "bench --frames 33")
    sub.add_argument("--clip", default="carphone", help="one of the book's clips")
    sub.add_argument("--frames", type=between(2, 10**6, int), default=33, help="how many of its frames")
    return top
