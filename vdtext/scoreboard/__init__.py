"""The scoreboard (ground floor): who needs how many bytes for which quality, and one chart for all of them.

A :class:`Row` is one codec at one setting on one clip.  :func:`measure` makes rows of any ``encode`` and ``decode``,
:func:`anchor` those of the codecs to compare with; :func:`check` holds a row against ``data/scoreboard.csv``.

Rooms: ``rows`` (the row, its file, its table), ``sources`` (what a codec is given), ``measuring``, ``anchors``,
``plot``, ``explorer``.
"""

from vdtext.scoreboard.anchors import ANCHORS, Anchor, anchor
from vdtext.scoreboard.explorer import Explorer
from vdtext.scoreboard.measuring import measure
from vdtext.scoreboard.plot import chart
from vdtext.scoreboard.rows import CSV, Row, check, read_csv, table, write_csv
from vdtext.scoreboard.sources import Source, source

__all__ = [
    "ANCHORS",
    "CSV",
    "Anchor",
    "Explorer",
    "Row",
    "Source",
    "anchor",
    "chart",
    "check",
    "measure",
    "read_csv",
    "source",
    "table",
    "write_csv",
]
