"""The codecs that the tools compare with, and how each is told."""

from dataclasses import replace

from vdtext import scoreboard
from vdtext.scoreboard import anchors

# {name: (codec, its options, quantisers)}.  x264 and x265 are asked as they come, and x264 tuned for PSNR.
_TOLD = {name: anchor.options for name, anchor in scoreboard.ANCHORS.items()}
CRF = (20, 25, 30, 35, 40)
RIVALS = {
    "x264 medium": ("x264", _TOLD["x264"].replace(" tune=psnr", ""), CRF),
    "x264 medium tune=psnr": ("x264", _TOLD["x264"], CRF),
    "x265 medium": ("x265", _TOLD["x265"].replace(" tune=psnr", ""), CRF),
    "VP9 good": ("VP9", _TOLD["VP9"], (28, 35, 42, 49, 56)),
    "SVT-AV1 preset 5": ("SVT-AV1", _TOLD["SVT-AV1"], (28, 35, 42, 49, 56)),
    "MPEG-4": ("MPEG-4", _TOLD["MPEG-4"], (3, 5, 9, 16, 31)),
    "Snow": ("Snow", _TOLD["Snow"], (140, 120, 100, 85, 70, 57, 45)),
}


def theirs(source, name, quantiser):
    """Bytes of another codec, and what comes back."""
    coder, options, _ = RIVALS[name]
    return coded(source, coder, options, quantiser)


def coded(source, coder, options, quantiser):
    """Bytes of a codec told so, and what comes back."""
    told = replace(scoreboard.ANCHORS[coder], options=options).told(quantiser, source)
    data = anchors.encode(source.clip, codec=coder, options=told, fps=source.fps)
    return anchors.charged(data, codec=coder), anchors.decode(data, codec=coder)
