"""Codecs of single pictures as codecs of clips, for the scoreboard: a fresh process imports the decoders by name."""

import numpy as np

from vdtext import learned, overfit


def encode_apart(clip, *, quality):
    """Every frame of a clip by the learned transform of chapter 13: of each its length in four bytes, and its file."""
    files = [learned.encode(frame, quality) for frame in clip]
    return b"".join(len(file).to_bytes(4, "little") + file for file in files)


def decode_apart(data):
    """The frames again."""
    frames = []
    while data:
        end = 4 + int.from_bytes(data[:4], "little")
        frames.append(learned.decode(data[4:end]))
        data = data[end:]
    return np.stack(frames)


def decode_still(data):
    """A picture with its own decoder, as a clip of one frame."""
    return overfit.decode(data)[None]
