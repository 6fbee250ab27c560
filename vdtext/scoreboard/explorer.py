"""The rate–distortion chart that shows what its points look like: hover over one, tab to it, or move the slider."""

import json
import math
from html import escape

import matplotlib.pyplot as plt
import numpy as np

from vdtext import figures
from vdtext.figures.controls import SAY, Interactive, pane, png, slider, spoken, turn, widgets
from vdtext.figures.page import tag
from vdtext.figures.sprites import sheet, stack
from vdtext.scoreboard.plot import drawn, looks

__all__ = ["Explorer"]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 460, 340, 46, 40, 26, 10  # of the drawing, and its margins, in its own units


class Explorer(Interactive):
    """Quality over rate of one clip, each point with the picture that its bytes decode to.

    It needs no kernel and no network.  The pointer or the focus on a point shows its picture; so does the slider, which
    walks through the points codec by codec, from few bits to many.

    Parameters
    ----------
    rows : sequence of Row
        Of one clip.
    pictures : sequence of ndarray, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        One a row, all of one size: the same part of the same frame.
    name, caption, alt : str
        See :func:`vdtext.figures.show`.

    Raises
    ------
    ValueError
        If there are no rows, rows of several clips, or not a picture a row (chapter 10).

    Examples
    --------
    >>> from vdtext import scoreboard
    >>> rows = [row for row in scoreboard.read_csv() if (row.clip, row.format) == ("carphone", "gray")][:4]
    >>> Explorer(rows, np.zeros((4, 8, 8)), name="fig-points", caption="Four points.", alt="A rising line.")
    [interactive figure fig-points: A rising line.]
    """

    def __init__(self, rows, pictures, *, name, caption, alt):
        super().__init__(name=name, caption=caption, alt=alt)
        rows, pictures = list(rows), list(pictures)
        clips = {(row.clip, row.frames, row.size, row.format) for row in rows}
        if len(clips) != 1 or len(rows) != len(pictures):
            raise ValueError(f"{len(rows)} rows of {len(clips)} clips, {len(pictures)} pictures: "
                             "an explorer shows one clip, and a picture a row (chapter 10)")  # fmt: skip
        codecs = list(dict.fromkeys(row.codec for row in rows))
        order = sorted(range(len(rows)), key=lambda i: (codecs.index(rows[i].codec), rows[i].kilobits_per_second))
        self.rows, self.frames = [rows[i] for i in order], stack([pictures[i] for i in order])
        self._looks, self._sheet = looks(codecs), sheet(self.frames)
        self.labels = [
            f"{row.codec}: {row.kilobits_per_second:.4g} kbit/s, {row.psnr_y:.2f} dB, SSIM {row.ssim:.3f}"
            for row in self.rows
        ]
        self.start = len(self.rows) // 2

    def _places(self):
        """The points in the drawing, and the marks of its axes."""
        rates = np.log10([row.kilobits_per_second for row in self.rows])
        values = np.array([min(row.psnr_y, 99.0) for row in self.rows])
        (low, high), (least, most) = _wide(rates, 0.05), _wide(values, 0.5)
        right = (rates - low) / (high - low)
        up = (values - least) / (most - least)
        across, down = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
        marks = [
            (LEFT + across * (math.log10(rate) - low) / (high - low), f"{rate:g}")
            for rate in (d * 10**e for e in range(-3, 9) for d in (1, 2, 5))
            if low <= math.log10(rate) <= high
        ]
        step = next(s for s in (0.5, 1, 2, 5, 10, 20) if (most - least) / s <= 8)
        levels = [
            (TOP + down * (most - v) / (most - least), f"{v:g}")
            for v in np.arange(math.ceil(least / step) * step, most, step)
        ]
        return LEFT + across * right, TOP + down * (1 - up), marks, levels

    def _drawing(self):
        """The chart as SVG: lines, names, and points that take the focus."""
        x, y, marks, levels = self._places()
        text = {"fill": figures.QUIET, "font_size": 12}
        ticks = []
        for place, label in marks:
            ticks.append(tag("line", x1=_n(place), x2=_n(place), y1=TOP, y2=HEIGHT - BOTTOM, stroke=figures.GRID))
            ticks.append(tag("text", label, x=_n(place), y=HEIGHT - BOTTOM + 16, text_anchor="middle", **text))
        for place, label in levels:
            ticks.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(place), y2=_n(place), stroke=figures.GRID))
            ticks.append(tag("text", label, x=LEFT - 6, y=_n(place + 4), text_anchor="end", **text))
        named = {"fill": figures.INK, "font_size": 13}
        ticks.append(tag("text", "rate in kbit/s", x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end", **named))
        ticks.append(tag("text", "PSNR-Y in dB", x=6, y=16, **named))
        lines, dots = [], []
        show = "var i=this.closest('.vd-fig').querySelector('input');i.value=this.dataset.i;i.oninput()"
        for codec, look in self._looks.items():
            own = [i for i, row in enumerate(self.rows) if row.codec == codec]
            way = " ".join(f"{_n(x[i])},{_n(y[i])}" for i in own)
            lines.append(tag("polyline", points=way, fill="none", stroke=look["color"], stroke_width=2,
                             stroke_dasharray=look["dashes"]))  # fmt: skip
            for i in own:
                halo = tag("circle", cx=_n(x[i]), cy=_n(y[i]), r=9, fill="transparent")
                dot = tag("circle", cx=_n(x[i]), cy=_n(y[i]), r=4, fill=look["color"])
                dots.append(tag("g", tag("title", escape(self.labels[i])), halo, dot, tabindex=0, role="img",
                                aria_label=self.labels[i], data_i=i, onfocus=show, onpointerenter=show))  # fmt: skip
        here = tag("circle", cx=_n(x[self.start]), cy=_n(y[self.start]), r=8, fill="none", stroke=figures.INK,
                   stroke_width=2, class_="vd-here", pointer_events="none")  # fmt: skip
        style = f"display:block;width:100%;height:auto;background:{figures.PLATE};border-radius:6px;"
        return tag(
            "svg", *ticks, *lines, *dots, here, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="group",
            aria_label=self.alt, style=style + "font-family:'DejaVu Sans',Verdana,sans-serif",
        )  # fmt: skip

    def _legend(self):
        """The codecs and their lines."""
        for codec, look in self._looks.items():
            line = tag("line", x1=0, x2=24, y1=6, y2=6, stroke=look["color"], stroke_width=3,
                       stroke_dasharray=look["dashes"])  # fmt: skip
            swatch = tag("svg", line, width=24, height=12, aria_hidden="true", style="vertical-align:middle")
            yield tag("span", swatch + "&nbsp;" + escape(codec), style="white-space:nowrap")

    def _stage(self):
        view = pane(self._sheet, self.start, "What the point decodes to.", style="min-width:100%;")
        legend = tag("div", *self._legend(), style="display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.85rem")
        parts = (tag("div", self._drawing(), legend, style="flex:1 1 19rem;min-width:0"),
                 tag("div", view, style="flex:1 1 17rem;min-width:0;max-width:30rem"))  # fmt: skip
        return tag("div", *parts, style="display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start")

    def _controls(self):
        mark = (
            "var g=f.querySelector('g[data-i=\"'+v+'\"] circle'),h=f.querySelector('.vd-here');"
            "h.setAttribute('cx',g.getAttribute('cx'));h.setAttribute('cy',g.getAttribute('cy'));"
        )
        text, labels = self.labels[self.start], json.dumps(self.labels, ensure_ascii=False)
        places = {"last": len(self.rows) - 1, "start": self.start}
        yield tag("span", "point", aria_hidden="true")
        yield slider(turn(self._sheet) + mark + SAY, label="point", **places, text=text, data_labels=labels)
        yield spoken(text, max(map(len, self.labels)))

    def png(self):
        """The chart as a PNG file (bytes), for a page that cannot move."""
        with figures.style():
            fig = drawn(self.rows, "psnr_y")
            picture = figures.raster(fig)
            plt.close(fig)
        return png(picture)

    def live(self):
        """The pictures as ipywidgets, for a running kernel; an ImportError where ipywidgets is missing."""
        options = list(zip(self.labels, range(len(self.labels)), strict=True))
        control = widgets().SelectionSlider(options=options, value=self.start, description="point")
        return self._live(control, lambda i: self.frames[i])


def _wide(values, least):
    """The range of an axis: a little more than its values."""
    margin = max(0.06 * float(np.ptp(values)), least)
    return float(np.min(values)) - margin, float(np.max(values)) + margin


def _n(value):
    """A coordinate, short."""
    return f"{value:.1f}"
