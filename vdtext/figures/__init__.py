"""What a reader sees (ground floor): one style, static plates, interactives that need no kernel, and quizzes.

The set-up cell of a chapter calls :func:`use_style` once.  Importing this package changes nothing in Matplotlib.

Every figure has a name, a caption and an alternative text, and is refused without them.  Static figures end in
:func:`show`.  The interactives are ordinary objects: the last expression of a cell.  In the published page they run on
native controls and inline handlers alone; in a PDF they are a picture; ``live()`` gives the same thing as ipywidgets.

Rooms: ``style`` (colours, contrast, Matplotlib's settings), ``plots`` (static figures), ``numbers`` (rounded numbers in
prose), ``sprites`` (frames as data URIs), ``interactive`` (:class:`FrameSlider`, :class:`Wipe`), ``scrubber``,
``quiz``, and ``page`` (captions and HTML).
"""

from vdtext.figures.interactive import FrameSlider, Wipe
from vdtext.figures.numbers import glue, rounded
from vdtext.figures.plots import compare, label_lines, raster, show, show_frames
from vdtext.figures.quiz import Quiz
from vdtext.figures.scrubber import Scrubber
from vdtext.figures.style import COLOURS, GRID, INK, PLATE, QUIET, SIGNED, contrast, style, text_colour, use_style

__all__ = [
    "COLOURS",
    "GRID",
    "INK",
    "PLATE",
    "QUIET",
    "SIGNED",
    "FrameSlider",
    "Quiz",
    "Scrubber",
    "Wipe",
    "compare",
    "contrast",
    "glue",
    "label_lines",
    "raster",
    "rounded",
    "show",
    "show_frames",
    "style",
    "text_colour",
    "use_style",
]
