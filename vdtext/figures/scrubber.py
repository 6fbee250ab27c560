"""A clip in one piece of HTML: H.264 in a data URI, a play button, and a slider that goes to any frame."""

from fractions import Fraction

import numpy as np

from vdtext.figures.controls import FILL, SAY, Interactive, png, side_by_side, slider, spoken, widgets, window
from vdtext.figures.page import tag
from vdtext.figures.sprites import data_uri, encode_image, stack

__all__ = ["Scrubber"]


class Scrubber(Interactive):
    """A clip that the reader plays, or moves through frame by frame.

    It is coded as H.264 with every frame a keyframe, so that any frame can be shown at once (chapter 10).

    Parameters
    ----------
    clip : ndarray, shape (T, H, W) or (T, H, W, 3), float in [0, 1] or uint8
        Odd heights and widths are padded by one row or column, a copy of the last.
    fps : Fraction or number
        Frames per second, above 0.
    name, caption, alt : str
        See :func:`show`.
    crf : int
        Quality of the coding: 0 is exact but for the colour, 18 is hard to tell from it, 51 is worst.

    Raises
    ------
    ValueError
        If there is no frame, `fps` is not positive (chapter 2), or caption or alt is empty.

    Examples
    --------
    >>> Scrubber(np.zeros((2, 16, 16)), fps=25, name="fig-dark", caption="Night.", alt="Two black frames.")
    [interactive figure fig-dark: Two black frames.]
    """

    def __init__(self, clip, *, fps, name, caption, alt, crf=20):
        from vdtext import video  # here, so that figures work where PyAV is missing (a browser's Python)

        super().__init__(name=name, caption=caption, alt=alt)
        frames, self.fps = stack(clip), Fraction(fps)
        if self.fps <= 0:
            raise ValueError(f"fps={fps}: a clip has a positive number of frames per second (chapter 2)")
        odd = [(0, size % 2) for size in frames.shape[1:3]]
        self.frames = np.pad(frames, [(0, 0), *odd, (0, 0)][: frames.ndim], mode="edge")
        options = {"g": "1", "crf": str(crf), "preset": "slow"}
        coded = video.encode_bytes(self.frames, fps=self.fps, codec="libx264", options=options)
        self._film = data_uri("video/mp4", coded)
        self._poster = data_uri(*encode_image(self.frames[0], lossless=False))

    def _tell(self):
        """JavaScript: frame number `v` of the figure `f` in words, to the slider and beside it."""
        rate = float(self.fps)
        return f"var t='frame '+(v+1)+' of {len(self.frames)}, '+(v/{rate!r}).toFixed(3)+' s';{SAY}"

    def _stage(self):
        last, rate = len(self.frames) - 1, float(self.fps)
        button = "this.closest('.vd-fig').querySelector('button').textContent="
        follow = (
            f"if(!this.paused){{var f=this.closest('.vd-fig'),v=Math.min({last},Math.floor(this.currentTime*{rate!r}));"
            f"{self._tell()}f.querySelector('input').value=v}}"
        )
        film = {"aria_label": self.alt, "poster": self._poster, "src": self._film}
        manner = {"muted": True, "loop": True, "playsinline": True, "preload": "auto"}
        events = {"ontimeupdate": follow, "onplay": button + "'Pause'", "onpause": button + "'Play'"}
        return window(*self.frames.shape[1:3], tag("video", **film, **manner, **events, style=FILL))

    def _controls(self):
        count, rate = len(self.frames), float(self.fps)
        play = "var m=this.closest('.vd-fig').querySelector('video');m.paused?m.play():m.pause()"
        seek = (
            "var f=this.closest('.vd-fig'),v=+this.value,m=f.querySelector('video');"
            f"m.pause();m.currentTime=(v+.5)/{rate!r};{self._tell()}"
        )
        text = f"frame 1 of {count}, 0.000 s"
        yield tag("button", "Play", type="button", onclick=play, style="min-width:4.5rem;min-height:1.75rem")
        yield slider(seek, label="frame", last=count - 1, start=0, text=text)
        yield spoken(text, len(f"frame {count} of {count}, {count / rate:.3f} s"))

    def png(self):
        """First, middle and last frame side by side as a PNG file (bytes)."""
        return png(side_by_side(self.frames[np.unique([0, len(self.frames) // 2, len(self.frames) - 1])]))

    def live(self):
        """The same thing as ipywidgets, for a running kernel; an ImportError where ipywidgets is missing."""
        last = len(self.frames) - 1
        control = widgets().IntSlider(0, 0, last, description="frame")
        player = widgets().Play(min=0, max=last, interval=round(1000 / self.fps))
        widgets().link((player, "value"), (control, "value"))
        box = self._live(control, lambda i: self.frames[i])
        box.children = (*box.children, player)
        return box
