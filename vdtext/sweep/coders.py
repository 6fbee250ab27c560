"""The codecs that can be asked, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from vdtext import codec, inpaint, meanings, models, scoreboard, wavelets

__all__ = ["BOOK", "Coder", "codecs", "decode_planes"]


def decode_planes(data):
    """What a .vdx holds, in the form of :class:`vdtext.scoreboard.Source`."""
    film = codec.decode(data)
    return film.planes if len(film.planes) == 3 else film.luma


def encode_planes(clip, *, quality, models=None):
    """A .vdx of a clip of that form.  The frame rate is not in it, and costs the same whatever it is."""
    return codec.encode(clip, quality=quality, models=models)


@dataclass(frozen=True)
class Coder:
    """A codec of the book.

    Attributes
    ----------
    encode, decode : callable
        ``encode(clip, **{name: setting}) -> bytes`` and ``decode(data) -> clip``; both can be imported by name.
    name : str
        What a setting is called.
    settings : tuple
        From fine to coarse.
    color : bool
        Whether it takes 4:2:0, or luma alone.
    period : int
        Frames from one that needs no other to the next; 0 says: all.
    weights : str
        The trained weights that it needs, by their id; "" if none.
    """

    encode: Callable
    decode: Callable
    name: str
    settings: tuple
    color: bool = False
    period: int = 0
    weights: str = ""

    def measure(self, codec, source, setting, *, look=None, fresh=True):
        """A row of the scoreboard; a fresh process decodes the bytes once more, unless told otherwise."""
        return scoreboard.measure(
            codec,
            partial(self.encode, **{self.name: setting}),
            self.decode,
            source,
            options=f"{self.name}={setting}",
            intra_period=self.period or source.frames,
            weight_bytes=models.index()[self.weights].bytes if self.weights else 0,
            fresh=fresh,
            look=look,
        )


TAUGHT = "codec-13"
BOOK = {
    "chapter 13, trained parts": Coder(
        partial(encode_planes, models=TAUGHT),
        decode_planes,
        "quality",
        (70, 62, 54, 46, 38, 30, 22),
        color=True,
        period=250,
        weights=TAUGHT,
    ),
    "chapter 10": Coder(
        encode_planes, decode_planes, "quality", (70, 62, 54, 46, 38, 30, 22), color=True, period=250
    ),
    "chapter 8": Coder(inpaint.encode_frames, inpaint.decode_frames, "quality", (60, 54, 48, 42, 36, 30, 24)),
    "chapter 7": Coder(
        wavelets.encode_frames, wavelets.decode_frames, "quality", (80, 70, 60, 50, 40, 30, 20), period=1
    ),
    "chapter 1": Coder(meanings.encode, meanings.decode, "step", (6, 8, 12, 16, 24, 32, 48, 64)),
}  # fmt: skip
"""The book's codecs, the best first."""


def codecs():
    """The names that :func:`~vdtext.sweep.sweep` knows, with the settings of each.

    Returns
    -------
    dict
        {name: tuple of settings}: the book's, then the anchors.

    Examples
    --------
    >>> list(codecs())[:2], codecs()["x264"][0]
    (['chapter 13, trained parts', 'chapter 10'], 18)
    """
    return {name: coder.settings for name, coder in BOOK.items()} | {
        name: anchor.quantisers for name, anchor in scoreboard.ANCHORS.items()
    }


def measure(name, source, setting, *, look=None, fresh=True):
    """One row: a codec of the book or an anchor, at one setting, on one clip."""
    if name in BOOK:
        return BOOK[name].measure(name, source, setting, look=look, fresh=fresh)
    return scoreboard.anchor(name, source, quantiser=setting, look=look)


def takes(name, source):
    """Whether a codec can be given this clip."""
    return source.format == "gray" or name not in BOOK or BOOK[name].color
