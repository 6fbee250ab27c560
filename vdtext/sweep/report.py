"""What a sweep found, as a table and as a page."""

from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np

from vdtext import metrics, scoreboard

__all__ = ["bd_table", "of_a_clip", "write_page"]


def coded(row):
    """What was coded."""
    return (row.clip, row.frames, row.size, row.format)


def of_a_clip(rows):
    """Rows by what was coded: [((clip, frames, size, format), rows)], in their order."""
    kinds = dict.fromkeys(map(coded, rows))
    return [(kind, [row for row in rows if coded(row) == kind]) for kind in kinds]


def rising(rows, quality):
    """The points (bytes, quality) of a curve; one that costs more and gives less does not count.

    SSIM counts in decibels of 1 − SSIM.
    """
    weigh = (lambda row: -10 * np.log10(1 - row.ssim)) if quality == "ssim" else (lambda row: row.psnr_y)
    points = sorted((row.bytes + row.weight_bytes, float(weigh(row))) for row in rows if np.isfinite(row.psnr_y))
    return [p for k, p in enumerate(points) if all(p[1] > q[1] for q in points[:k])]


def bd_rate(anchor, rows, quality):
    """BD-rate in percent, as text; a dash where curves are too short or do not overlap."""
    try:
        value = metrics.bd_rate(rising(anchor, quality), rising(rows, quality)).value
        return f"{value:+.1f}" if abs(value) < 999 else f"{value:+.0f}"
    except ValueError:
        return "–"


def bd_table(rows, *, anchor="x264"):
    """BD-rates of all codecs against one, clip by clip, as plain text.

    Parameters
    ----------
    rows : iterable of Row
    anchor : str
        Its codec is the one to compare with; −20 means: a fifth fewer bits for the same PSNR or SSIM of luma.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the anchor has no rows (chapter 5).

    Examples
    --------
    >>> from vdtext import scoreboard
    >>> print(bd_table(r for r in scoreboard.read_csv() if r.clip == "bikes" and r.codec in ("x264", "MPEG-2")))
    bikes, 320×136, 60 frames, 4:2:0: BD-rate in % against x264
                           PSNR-Y     SSIM
    x264                     +0.0     +0.0
    MPEG-2                 +158.1   +192.7
    """
    rows, lines = list(rows), []
    for (clip, frames, size, form), own in of_a_clip(rows):
        base = [row for row in own if row.codec == anchor]
        if not base:
            raise ValueError(f"no rows of {anchor!r} on {clip}: BD-rate needs its anchor (chapter 5)")
        chroma = "luma" if form == "gray" else "4:2:0"
        lines.append(f"{clip}, {size[1]}×{size[0]}, {frames} frames, {chroma}: BD-rate in % against {anchor}")
        lines.append(f"{'':<20}{'PSNR-Y':>9}{'SSIM':>9}")
        for codec in dict.fromkeys(row.codec for row in own):
            mine = [row for row in own if row.codec == codec]
            lines.append(f"{codec:<20}{bd_rate(base, mine, 'psnr_y'):>9}{bd_rate(base, mine, 'ssim'):>9}")
    return "\n".join(lines)


def explorer(points, *, name, caption=None, alt=None):
    """The chart of one clip's points that shows what they look like.

    Parameters
    ----------
    points : sequence of Point
        Of one clip.
    name : str
    caption, alt : str, optional
        As for :func:`vdtext.figures.show`; made of the rows unless given.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If the points are of several clips (chapter 10).

    Examples
    --------
    >>> from vdtext import scoreboard, sweep
    >>> found = sweep.sweep([scoreboard.source("carphone", frames=2)], ["Motion JPEG"])
    >>> explorer(found.points, name="fig-jpeg")
    [interactive figure fig-jpeg: Rate and quality on carphone: one rising line for each codec.]
    """
    (clip, frames, size, _), *others = dict.fromkeys(coded(point.row) for point in points)
    if others:
        raise ValueError(f"{len(others) + 1} clips: a chart shows one (chapter 10)")
    return scoreboard.Explorer(
        [point.row for point in points],
        [point.picture for point in points],
        name=name,
        caption=caption
        or f"{clip}, {size[1]}×{size[0]}, {frames} frames. Up and to the left is better. Point at a "
        "point, tab to it, or move the slider: it shows the middle of the middle frame as its bytes decode.",
        alt=alt or f"Rate and quality on {clip}: one rising line for each codec.",
    )


_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{{color-scheme:light dark}}
body{{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
pre{{overflow-x:auto;font-size:.85rem}}figure{{margin:0}}</style></head><body><h1>{title}</h1>
{body}</body></html>
"""


def write_page(path, found, *, anchor="x264", title="Rate and quality"):
    """One HTML file with a chart for each clip, the BD-rates and every row: no kernel, no network, no other file.

    Parameters
    ----------
    path : path
        Written in place; give a temporary name where somebody may be reading.
    found : Found
        Of :func:`~vdtext.sweep.sweep`.
    anchor : str
        See :func:`bd_table`; the table is left out where the anchor was not measured.
    title : str

    Examples
    --------
    >>> import tempfile
    >>> from vdtext import scoreboard, sweep
    >>> found = sweep.sweep([scoreboard.source("carphone", frames=2)], ["Motion JPEG"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_page(f"{folder}/page.html", found)
    ...     Path(folder, "page.html").read_text(encoding="utf-8").count("<svg")
    2
    """
    body = []
    for number, (_, points) in enumerate(groupby(found.points, key=lambda point: coded(point.row))):
        points = list(points)
        rows = [point.row for point in points]
        body.append(f"<h2>{escape(rows[0].clip)}</h2>" + explorer(points, name=f"chart-{number}").html())
        if any(row.codec == anchor for row in rows):
            body.append(f"<pre>{escape(bd_table(rows, anchor=anchor))}</pre>")
        columns = ("codec", "bytes", "weights", "kbit/s", "PSNR-Y", "SSIM", "encode s", "decode s", "options")
        body.append(f"<pre>{escape(scoreboard.table(rows, columns))}</pre>")
    body += [f"<p>{escape(line)}</p>" for line in found.refused]
    Path(path).write_text(_PAGE.format(title=escape(title), body="\n".join(body)), encoding="utf-8")
