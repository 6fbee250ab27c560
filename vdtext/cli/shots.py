"""The command ``shots``: where each shot begins and ends, as a table, JSON, CSV and a sheet of pictures."""

import csv
import json
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np

from vdtext._progress import progress
from vdtext.cli.files import Failure, colour, is_vdx, opened_clip, output

__all__ = ["intra_frames", "shots"]

SHEETS = (".png", ".jpg", ".webp")


def shots(options):
    """Find the shots of a film (chapter 11)."""
    targets = [target for target in (options.json, options.csv, options.sheet) if target]
    if len({Path(target).resolve() for target in targets}) < len(targets):
        raise Failure(f"{targets[-1]}: each output needs a name of its own")
    if options.sheet and Path(options.sheet).suffix.lower() not in SHEETS:
        raise Failure(f"{options.sheet}: a sheet is {', '.join(SHEETS)}")
    clip = opened_clip(options.input)
    with ExitStack() as whole:  # each output gets its name at the end, if all went well

        def partial(target):
            return target and whole.enter_context(output(target, options.force, [options.input]))

        as_json, as_csv, sheet = partial(options.json), partial(options.csv), partial(options.sheet)
        rows = listed(clip, options)
        if as_json:
            as_json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        if as_csv:
            with open(as_csv, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        if sheet:
            draw(clip, rows, sheet)
    print("\n".join(table(rows)))


def listed(clip, options):
    """The shots of a film, one dictionary each."""
    from vdtext.shots import detect

    frames = progress(clip.planes(), "finding shots")
    found = detect(frames, threshold=options.threshold, min_length=options.min_length)
    times = moments(options.input, clip, found[-1].stop)
    changes = [(0, 0), *((t.start, t.stop) for t in found.transitions)]
    return [
        {
            "start_frame": shot.start,
            "end_frame": shot.stop,
            "start": round(float(times[shot.start]), 6),
            "end": round(float(times[shot.stop]), 6),
            "transition": shot.transition,
            "transition_start_frame": first,
            "transition_end_frame": last,
        }
        for shot, (first, last) in zip(found, changes, strict=True)
    ]


def moments(path, clip, frames):
    """Seconds from the first frame to each, and to the end of the last: the file's own time stamps, if it has them."""
    times = []
    if not is_vdx(path):
        from vdtext import video

        times = video.timestamps(path)
    if len(times) != frames:
        return [Fraction(k) / clip.fps for k in range(frames + 1)]
    last = times[-1] - times[-2] if frames > 1 else 1 / clip.fps
    return [time - times[0] for time in [*times, times[-1] + last]]


def timecode(seconds):
    """00:01:02.345 of seconds."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def table(rows):
    """Lines of text."""
    yield f"{'shot':>4}  {'start':>12}  {'end':>12}  {'frames':>15}  begins with"
    for number, row in enumerate(rows, start=1):
        span = f"{row['start_frame']}-{row['end_frame'] - 1}"
        how = row["transition"]
        if how in ("dissolve", "fade"):
            how += f" {row['transition_start_frame']}-{row['transition_end_frame'] - 1}"
        yield f"{number:4}  {timecode(row['start'])}  {timecode(row['end'])}  {span:>15}  {how}"
    yield f"{len(rows)} shots"


def draw(clip, rows, path):
    """A sheet with the middle frame of each shot."""
    from PIL import Image

    from vdtext.shots import contact_sheet

    wanted = [(row["start_frame"] + row["end_frame"]) // 2 for row in rows]
    chosen = set(wanted)

    def pictures():
        for number, planes in enumerate(progress(clip.planes(), "drawing")):
            if number in chosen:
                yield np.rint(255 * np.clip(colour(planes, clip), 0, 1)).astype(np.uint8)
            if number == wanted[-1]:
                return

    labels = [f"{number}  {timecode(row['start'])}" for number, row in enumerate(rows, start=1)]
    Image.fromarray(contact_sheet(pictures(), labels)).save(path)


def intra_frames(cuts, clip):
    """What an encoder is told of the shots: numbers of frames, () for none, None for its own simple detector.

    Only cuts: an intra frame amid a dissolve costs more than it saves (chapter 11).
    """
    if cuts != "auto":
        return {"none": (), "simple": None}.get(cuts, cuts) if isinstance(cuts, str) else cuts
    from vdtext.shots import detect

    found = detect(progress(clip.planes(), "finding shots"))
    return [t.start for t in found.transitions if t.kind == "cut"]
