"""The codecs that ``tools.ladder`` compares with, through PyAV: their packets go to the decoder as they are."""

import av
import numpy as np

from vdtext.scoreboard import anchors
from vdtext.video import views

CRF, SCALES, MILLIBITS = (20, 25, 30, 35, 40), (3, 5, 9, 16, 31), (45, 65, 90, 125, 170, 230)
_X264 = anchors.ANCHORS["x264"]
ANCHORS = {  # encoder, decoder, options, quantisers
    "x264 medium": ("libx264", "h264", _X264.options.replace(" tune=psnr", ""), CRF),
    "x264 medium tune=psnr": ("libx264", "h264", _X264.options, CRF),
    "x265 medium": ("libx265", "hevc", anchors.ANCHORS["x265"].options.replace(" tune=psnr", ""), CRF),
    "MPEG-4": ("mpeg4", "mpeg4", anchors.ANCHORS["MPEG-4"].options, SCALES),
    # PyAV cannot fix Snow's quantiser, so it gets bits a pixel, in thousandths.
    "Snow": (
        "snow",
        "snow",
        "b={b} bt={b} g=250 threads=1 flags=+mv4+qpel strict=-2",
        MILLIBITS,
    ),
}


def through(source, name, quantiser):
    """Bytes of another codec, and the planes that come back from its packets."""
    encoder, decoder, options, _ = ANCHORS[name]
    write, read = av.CodecContext.create(encoder, "w"), av.CodecContext.create(decoder, "r")
    for context in (write, read):
        context.height, context.width = source.size
        context.pix_fmt, context.thread_count = "yuv420p", 1
    write.framerate, write.time_base = source.fps, 1 / source.fps
    bits = round(quantiser / 1000 * source.fps * source.size[0] * source.size[1])
    write.options = dict(word.split("=", 1) for word in options.format(q=quantiser, b=bits).split())
    packets = []
    for number, planes in enumerate(zip(*source.clip, strict=True)):
        packets += write.encode(anchors._frame(planes, "yuv420p", number))
    packets += write.encode(None)
    frames = [frame for packet in packets for frame in read.decode(packet)] + read.decode(None)
    used = b"".join(map(bytes, packets))
    planes = tuple(np.stack(plane) for plane in zip(*map(views, frames), strict=True))
    return len(anchors.without_sei(used) if encoder == "libx264" else used), planes
