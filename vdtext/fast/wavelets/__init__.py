"""Fast twins of the wavelets (chapter 7): ``lifting`` has the transforms, compiled."""

from vdtext.fast.wavelets.lifting import decompose, recompose

__all__ = ["decompose", "recompose"]
