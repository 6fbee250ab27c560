"""A complete video codec (chapter 10): prediction, transform, decisions by D + λ·R, and arithmetic coding, closed loop.

``film``    what goes in and comes out: planes as they are stored;
``sheets``  the planes of a frame on one array;
``plan``    the order of frames, and their quantisers;
``group``   groups of pictures into bits and back.
"""

from vdtext.codec.film import Film, film
from vdtext.codec.group import Group, Tools, read_run, write_run

__all__ = ["Film", "Group", "Tools", "film", "read_run", "write_run"]
