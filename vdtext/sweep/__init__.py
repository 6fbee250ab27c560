"""Experiments over clips (roof): the book's codecs and those to compare with, on any film, on any number of cores.

:func:`sweep` codes, decodes and measures, and goes on where it was stopped; :func:`bd_table`, :func:`explorer` and
:func:`write_page` show what it found.  ``vdtext sweep film.mp4`` is the same from the command line, ``make scoreboard``
with the book's clips.  Rooms, each using those above it:

``coders``   which there are, and at which settings each is asked;
``running``  the points, on cores or on a cluster, and their memory on disk;
``report``   tables, and a page with the charts.
"""

from vdtext.sweep.coders import BOOK, Coder, codecs
from vdtext.sweep.report import bd_table, explorer, write_page
from vdtext.sweep.running import Found, Point, sweep

__all__ = ["BOOK", "Coder", "Found", "Point", "bd_table", "codecs", "explorer", "sweep", "write_page"]
