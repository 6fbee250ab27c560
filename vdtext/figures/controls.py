"""What the interactives share: a window on a picture, a native slider, and output for every kind of page."""

import io
from html import escape

import numpy as np
from PIL import Image

from vdtext.figures.page import described, inline, tag

__all__ = ["FILL", "SAY", "Interactive", "pane", "png", "side_by_side", "slider", "spoken", "turn", "widgets", "window"]

IMAGE = "position:absolute;max-width:none;max-height:none;margin:0;padding:0;border:0;border-radius:0;box-shadow:none;"
IMAGE += "background:none;filter:none;"  # all that a theme's style for pictures could break
FILL = IMAGE + "left:0;top:0;width:100%;height:100%;"
# JavaScript: tell the text `t` to the slider of the figure `f`, and show it beside
SAY = "f.querySelector('output').textContent=t;f.querySelector('input').setAttribute('aria-valuetext',t);"

_ROW = "display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .75rem;max-width:44rem;margin:.5rem auto 0;"


class Interactive:
    """A figure with controls; a class says what it shows (`_stage`), what moves it (`_controls`) and how it prints."""

    def __init__(self, *, name, caption, alt):
        self._metadata = described(name, caption, alt)
        self.name, self.caption, self.alt = self._metadata["vdtext"].values()

    def __repr__(self):
        return f"[interactive figure {self.name}: {self.alt}]"

    def html(self):
        """The figure as self-contained HTML (str)."""
        controls = tag("div", *self._controls(), class_="vd-controls", style=_ROW)
        caption = tag("figcaption", inline(self.caption), style="color:inherit;margin-top:.5rem")
        style = "margin:0 0 1rem;max-width:100%"
        return tag("figure", self._stage(), controls, caption, class_="vd-fig", style=style)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": self.html(), "image/png": self.png()}, self._metadata

    def _live(self, control, draw):
        """An ipywidgets box: when `control` moves, `draw(value)` gives the picture (uint8) to show."""
        picture = widgets().Image(value=png(draw(control.value)), format="png")
        control.observe(lambda change: setattr(picture, "value", png(draw(change["new"]))), names="value")
        return widgets().VBox([picture, control, widgets().HTML(inline(self.caption))])


def window(height, width, *content, style="", **values):
    """A box for a picture of `height` × `width`: a small one enlarged by a whole factor, none wider than the page."""
    factor = max(1, 480 // width)
    css = f"position:relative;overflow:hidden;max-width:100%;margin:0 auto;border-radius:6px;touch-action:pan-y;{style}"
    css += f"width:{factor * width}px;aspect-ratio:{width}/{height};"
    return tag("div", *content, class_="vd-window", style=css + "image-rendering:pixelated" * (factor > 1), **values)


def pane(sheet, start, alt, *, style=""):
    """A window on one frame of a sheet; :func:`turn` moves it to another."""
    (width, height), (left, top) = sheet.size, sheet.offset(start)
    place = f"left:{left:.7g}%;top:{top:.7g}%;width:{width:.7g}%;height:{height:.7g}%"
    return window(sheet.height, sheet.width, tag("img", alt=alt, src=sheet.uri, style=IMAGE + place), style=style)


def turn(sheet):
    """JavaScript: a slider shows frame `v` of the sheet in the pane of its figure `f`, and takes its label as `t`."""
    (across, down), (left, top), columns = sheet.steps, sheet.margins, sheet.columns
    return (
        "var f=this.closest('.vd-fig'),v=+this.value,t=JSON.parse(this.dataset.labels)[v],"
        "s=f.querySelector('img').style;"
        f"s.left=-(v%{columns}*{across:.7g}+{left:.7g})+'%';s.top=-(Math.floor(v/{columns})*{down:.7g}+{top:.7g})+'%';"
    )


def slider(handler, *, label, last, start, text, **data):
    """A native slider from 0 to `last`, named `label`, that says `text` before it is moved."""
    names = {"aria_label": label, "aria_valuetext": text, "autocomplete": "off"}
    style = "flex:1 1 10rem;min-width:8rem;height:1.75rem;margin:0"
    return tag(
        "input", type="range", min=0, max=last, step=1, value=start, **names, oninput=handler, style=style, **data
    )


def spoken(text, widest):
    """What the slider says, in a box as wide as the longest it can say, so that nothing jumps."""
    style = f"flex:0 1 auto;min-width:min(100%,{widest}ch);text-align:left;font-variant-numeric:tabular-nums"
    return tag("output", escape(text), aria_live="off", style=style)


def png(pixels):
    """A picture (uint8) as a PNG file.

    Examples
    --------
    >>> png(np.zeros((1, 1), np.uint8))[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def side_by_side(frames):
    """Frames in one row with white gaps, for a page that cannot move.

    Examples
    --------
    >>> side_by_side(np.zeros((3, 2, 10), np.uint8)).shape
    (2, 38)
    """
    gap = np.full_like(frames[0][:, : max(4, frames[0].shape[1] // 50)], 255)
    return np.concatenate([piece for frame in frames for piece in (gap, frame)][1:], axis=1)


def widgets():
    """The package ipywidgets, or one line that says how to get it."""
    try:
        import ipywidgets
    except ImportError:
        raise ImportError("live() needs ipywidgets, which is not installed: pip install ipywidgets") from None
    return ipywidgets
