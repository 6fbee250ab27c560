"""Interactive figures that need no kernel: native controls, inline handlers, everything in one piece of HTML.

The HTML holds no script tag, no id and no address.  Where handlers are stripped (an untrusted notebook, a preview of
the file) the first picture, its alt text and its caption remain.
"""

import json
from html import escape

import numpy as np

from vdtext.figures.controls import (
    FILL,
    SAY,
    Interactive,
    pane,
    png,
    side_by_side,
    slider,
    spoken,
    turn,
    widgets,
    window,
)
from vdtext.figures.page import tag
from vdtext.figures.sprites import data_uri, encode_image, sheet, stack
from vdtext.figures.style import INK, PLATE

__all__ = ["FrameSlider", "Wipe"]


class FrameSlider(Interactive):
    """Precomputed pictures and one slider.

    Parameters
    ----------
    frames : sequence of ndarray, shape (H, W) or (H, W, 3), float in [0, 1], uint8 or bool
        One picture for every place of the slider; :func:`raster` makes them of Matplotlib figures.
    labels : sequence of str
        What the slider says at each place, such as ``"Δt = 0.25"``: shown, and read aloud.
    name, caption, alt : str
        See :func:`show`; `alt` describes what changes from the first picture to the last.
    start : int
        The place at which it stands at first, and the picture that a PDF shows.
    control : str
        What the slider moves, such as ``"time step"``.
    lossless : bool, optional
        True where every pixel matters; by content unless told otherwise.

    Raises
    ------
    ValueError
        If a label is missing, sizes differ, all frames together are too large (chapter 2), or caption or alt is empty.

    Examples
    --------
    >>> FrameSlider([np.eye(4), 1 - np.eye(4)], ["plain", "negative"], name="fig-eye",
    ...             caption="An eye.", alt="A diagonal, then its negative.")
    [interactive figure fig-eye: A diagonal, then its negative.]
    """

    def __init__(self, frames, labels, *, name, caption, alt, start=0, control="frame", lossless=None):
        super().__init__(name=name, caption=caption, alt=alt)
        self.frames, self.labels = stack(frames), [str(label) for label in labels]
        if len(self.labels) != len(self.frames):
            raise ValueError(f"{len(self.labels)} labels for {len(self.frames)} frames: give every frame one")
        if not 0 <= start < len(self.frames):
            raise ValueError(f"start={start}: the slider has places 0 to {len(self.frames) - 1}")
        self.start, self.control = start, control
        self._sheet = sheet(self.frames, lossless=lossless)

    def _stage(self):
        return pane(self._sheet, self.start, self.alt)

    def _controls(self):
        text, labels = self.labels[self.start], json.dumps(self.labels, ensure_ascii=False)
        places = {"last": len(self.labels) - 1, "start": self.start}
        yield tag("span", escape(self.control), aria_hidden="true")
        yield slider(turn(self._sheet) + SAY, label=self.control, **places, text=text, data_labels=labels)
        yield spoken(text, max(map(len, self.labels)))

    def png(self):
        """The picture at `start` as a PNG file (bytes)."""
        return png(self.frames[self.start])

    def live(self):
        """The same thing as ipywidgets, for a running kernel; an ImportError where ipywidgets is missing."""
        options = list(zip(self.labels, range(len(self.labels)), strict=True))
        control = widgets().SelectionSlider(options=options, value=self.start, description=self.control)
        return self._live(control, lambda i: self.frames[i])


class Wipe(Interactive):
    """Two pictures of one place, and a border between them that the reader moves.

    Parameters
    ----------
    before, after : ndarray, shape (H, W) or (H, W, 3), float in [0, 1], uint8 or bool
        Two pictures of one size; `before` is seen left of the border.
    labels : pair of str
        What they are, in a word or two.
    name, caption, alt : str
        See :func:`show`.
    lossless : bool, optional
        True where every pixel matters; by content unless told otherwise.

    Raises
    ------
    ValueError
        If the sizes differ (chapter 2), or caption or alt is empty.

    Examples
    --------
    >>> Wipe(np.eye(4), 1 - np.eye(4), labels=("plain", "negative"), name="fig-wipe",
    ...      caption="An eye.", alt="A diagonal, and its negative.")
    [interactive figure fig-wipe: A diagonal, and its negative.]
    """

    def __init__(self, before, after, *, labels, name, caption, alt, lossless=None):
        super().__init__(name=name, caption=caption, alt=alt)
        self.frames, self.labels = stack([before, after]), tuple(str(label) for label in labels)
        if len(self.labels) != 2:
            raise ValueError(f"labels={self.labels}: a wipe shows two pictures and needs two labels")
        self._uris = [data_uri(*encode_image(frame, lossless=lossless)) for frame in self.frames]

    def _stage(self):
        (left, right), (before, after) = map(escape, self.labels), self._uris
        badge = "position:absolute;top:.4rem;padding:0 .45rem;border-radius:4px;font-size:.85rem;line-height:1.5;"
        badge += f"background:{PLATE};color:{INK};"
        border = f"position:absolute;top:0;bottom:0;left:var(--vd-wipe);width:2px;margin-left:-1px;background:{PLATE};"
        clip = "position:absolute;inset:0;clip-path:inset(0 calc(100% - var(--vd-wipe)) 0 0)"
        drag = (
            "if(event.buttons){var r=this.getBoundingClientRect(),i=this.closest('.vd-fig').querySelector('input');"
            "i.value=100*(event.clientX-r.left)/r.width;i.oninput()}"
        )
        return window(
            *self.frames.shape[1:3],
            tag("img", alt=self.labels[1], draggable="false", src=after, style=FILL),
            tag("span", right, aria_hidden="true", style=badge + "right:.4rem"),
            tag(
                "div",
                tag("img", alt=self.alt, draggable="false", src=before, style=FILL),
                tag("span", left, aria_hidden="true", style=badge + "left:.4rem"),
                style=clip,
            ),
            tag("div", style=border + f"box-shadow:0 0 0 1px {INK}"),
            style="--vd-wipe:50%;cursor:ew-resize;user-select:none;",
            onpointerdown=drag,
            onpointermove=drag,
        )

    def _controls(self):
        before, after = self.labels
        handler = (
            "var f=this.closest('.vd-fig'),v=+this.value,d=this.dataset,t=v+' % '+d.before+', '+(100-v)+' % '+d.after;"
            "f.querySelector('.vd-window').style.setProperty('--vd-wipe',v+'%');"
        )
        text, label = f"50 % {before}, 50 % {after}", f"border between {before} and {after}"
        data = {"data_before": before, "data_after": after}
        yield slider(handler + SAY, label=label, last=100, start=50, text=text, **data)
        yield spoken(text, len(text) + 1)

    def png(self):
        """The two pictures side by side as a PNG file (bytes)."""
        return png(side_by_side(self.frames))

    def live(self):
        """The same thing as ipywidgets, for a running kernel; an ImportError where ipywidgets is missing."""

        def draw(percent):
            border = round(self.frames.shape[2] * percent / 100)
            return np.concatenate([self.frames[0][:, :border], self.frames[1][:, border:]], axis=1)

        return self._live(widgets().IntSlider(50, 0, 100, description=self.labels[0]), draw)
