"""Fast twins of the wavelets (chapter 7), compiled.

``lifting``  the transforms;
``fixed``    the inverse 9/7 in integers;
``contexts`` what is known when a digit or a sign is coded;
``planes``   the embedded coder;
``choice``   what the encoder sends.
"""

from vdtext.fast.wavelets.choice import choose
from vdtext.fast.wavelets.fixed import recompose as recompose_fixed
from vdtext.fast.wavelets.lifting import decompose, recompose
from vdtext.fast.wavelets.planes import read, write
from vdtext.wavelets.pyramid import Pyramid

__all__ = ["Pyramid", "choose", "decompose", "read", "recompose", "recompose_fixed", "write"]
