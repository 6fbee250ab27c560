"""The rate–distortion chart."""

from itertools import groupby

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from vdtext import figures

__all__ = ["chart", "drawn", "looks"]

_QUALITY = {"psnr_y": "PSNR-Y in dB", "ssim": "SSIM of luma"}


def chart(rows, *, quality="psnr_y", name, caption, alt):
    """Quality over rate, one panel for each clip, one line for each codec, its name above its end.

    Rate is on a logarithmic axis, in kbit/s below and bits per pixel above, trained weights included; a dotted line
    says what it would be without them.

    Parameters
    ----------
    rows : iterable of Row
        In any order; codecs get their colours in the order in which they appear.
    quality : str
        ``"psnr_y"`` or ``"ssim"``.
    name, caption, alt : str
        As for :func:`vdtext.figures.show`.

    Raises
    ------
    ValueError
        If there are no rows, or the quality is another.

    Examples
    --------
    >>> from vdtext import scoreboard
    >>> chart(scoreboard.read_csv(), name="fig-anchors", caption="To compare with.", alt="Five rising lines.")
    [figure fig-anchors: Five rising lines.]
    """
    with figures.style():
        figures.show(drawn(list(rows), quality), name=name, caption=caption, alt=alt)


def drawn(rows, quality):
    """The chart as a figure of Matplotlib."""
    if not rows or quality not in _QUALITY:
        known = " or ".join(_QUALITY)
        raise ValueError(f"{len(rows)} rows, quality={quality!r}: a chart needs rows and {known} (appendix C)")
    styles = looks(dict.fromkeys(row.codec for row in rows))
    panels = [list(panel) for _, panel in groupby(sorted(rows, key=_coded), key=_coded)]
    fig, all_axes = plt.subplots(len(panels), 1, figsize=(7.0, 0.4 + 4.2 * len(panels)), squeeze=False)
    for axes, panel in zip(all_axes.flat, panels, strict=True):
        axes.set_xscale("log")
        ends = {}
        for codec, look in styles.items():
            points = sorted((row for row in panel if row.codec == codec), key=lambda row: row.kilobits_per_second)
            if points:
                ends[codec] = _line(axes, points, quality, look)
        axes.set_ylabel(_QUALITY[quality])
        _rate_axes(axes, panel[0])
        _names(axes, ends, styles)
    return fig


def looks(codecs):
    """A colour, a marker and dashes for each codec, no two alike."""
    colours, markers, dashes = list(figures.COLOURS.values()), "os^Dv*PX", (None, "7 3", "2 3")
    return {
        codec: {
            "color": colours[i % len(colours)],
            "marker": markers[i % len(markers)],
            "dashes": dashes[i // len(colours) % len(dashes)],
        }
        for i, codec in enumerate(codecs)
    }


def _coded(row):
    """What was coded: rows that differ here do not belong in one panel."""
    return (row.clip, row.frames, row.size, row.format)


def _line(axes, points, quality, look):
    """One codec: its rate with the weights, and dotted without; returns the end of the line."""
    rates = [row.kilobits_per_second for row in points]
    values = [getattr(row, quality) for row in points]
    dashes = tuple(map(float, look["dashes"].split())) if look["dashes"] else ()
    axes.plot(rates, values, color=look["color"], marker=look["marker"], linestyle=(0, dashes) if dashes else "-")
    if any(row.weight_bytes for row in points):
        bare = [rate * row.bytes / (row.bytes + row.weight_bytes) for rate, row in zip(rates, points, strict=True)]
        axes.plot(bare, values, linestyle=":", color=look["color"])
    return rates[-1], values[-1]


def _rate_axes(axes, row):
    """Title, grid, and the two scales of rate."""
    height, width = row.size
    what = "luma" if row.format == "gray" else "4:2:0"
    axes.set_title(f"{row.clip}, {width}×{height}, {row.frames} frames, {what}")
    axes.grid(True)
    per_pixel = row.bits_per_pixel / row.kilobits_per_second
    above = axes.secondary_xaxis("top", functions=(lambda rate: rate * per_pixel, lambda bits: bits / per_pixel))
    above.set_zorder(3)  # over the grid
    for scale, label in ((axes, "rate in kbit/s"), (above, "rate in bits per pixel")):
        scale.set_xlabel(label)
        scale.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        scale.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        scale.xaxis.set_minor_formatter(NullFormatter())


def _names(axes, ends, styles):
    """Names in a row above the curves, slanted, each tied to the end of its line and apart from its neighbours."""
    bottom, top = axes.get_ylim()
    axes.set_yticks([tick for tick in axes.get_yticks() if bottom <= tick <= top])
    axes.set_ylim(bottom, bottom + 1.35 * (top - bottom))
    left, right = np.log10(axes.get_xlim())
    place = -np.inf
    for codec, (rate, value) in sorted(ends.items(), key=lambda item: item[1]):
        place = max(np.log10(rate), place + 0.045 * (right - left))
        axes.annotate(
            codec,
            xy=(rate, value),
            xytext=(10**place, 1 / 1.35 + 0.02),
            textcoords=axes.get_xaxis_transform(),
            rotation=55,
            rotation_mode="anchor",
            color=figures.text_colour(styles[codec]["color"]),
            arrowprops={
                "arrowstyle": "-",
                "color": styles[codec]["color"],
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 4,
            },
        )
