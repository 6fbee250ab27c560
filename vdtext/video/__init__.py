"""Frames in and out (ground floor; chapter 2): PyAV underneath, fractions for time, explicit colour.

A clip is an array or a stream of frames.  `frames` yields one picture after another and forgets it, `write` takes such
a stream, so a film of any length passes through constant memory.  Five rooms:

``color``     RGB, Y'CbCr and luma; the matrix and the range;
``resample``  `resize` without aliasing, `fit` into a box, chroma down and up;
``reader``    `probe`, `timestamps`, `frames`, `planes`, `read`;
``writer``    `write` and `encode_bytes`, which read back what they wrote;
``sound``     `mux`: pictures and sound into one file, copied as they are.
"""

from vdtext.video.color import Color, VideoError, default_matrix, luma, rgb_to_ycbcr, ycbcr_to_rgb
from vdtext.video.reader import AudioInfo, Video, VideoInfo, frames, planes, probe, read, timestamps, views
from vdtext.video.resample import fit, resampling_matrix, resize, subsample, upsample
from vdtext.video.sound import mux
from vdtext.video.writer import WriteReport, encode_bytes, write

__all__ = [
    "AudioInfo",
    "Color",
    "Video",
    "VideoError",
    "VideoInfo",
    "WriteReport",
    "default_matrix",
    "encode_bytes",
    "fit",
    "frames",
    "luma",
    "mux",
    "planes",
    "probe",
    "read",
    "resampling_matrix",
    "resize",
    "rgb_to_ycbcr",
    "subsample",
    "timestamps",
    "upsample",
    "views",
    "write",
    "ycbcr_to_rgb",
]
