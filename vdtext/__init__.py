"""The library of the book *Video Diffusion*: one module a chapter, and a few ground-floor modules.

``import vdtext`` is light: it loads neither torch nor PyAV nor Numba.  Import the module that you need:
``from vdtext import heat``.
"""

from vdtext.errors import BitstreamError

__version__ = "0.1.0"
__all__ = ["BitstreamError", "__version__"]
