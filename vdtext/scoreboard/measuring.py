"""One row: encode, decode from the bytes alone, compare."""

import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from vdtext import metrics
from vdtext.scoreboard.rows import Row

__all__ = ["measure"]


def measure(
    codec, encode, decode, source, *, options, intra_period, weight_bytes=0, charge=len, fresh=False, look=None
):
    """Code a clip and write down what it cost and what came back.

    Parameters
    ----------
    codec : str
        Name of the codec.
    encode : callable
        ``encode(source.clip) -> bytes``.
    decode : callable
        ``decode(data) -> clip``, of the form and shape of ``source.clip``; it is told nothing but the bytes.
    source : Source
        What to code.
    options : str
        All that the encoder was told, as ``key=value`` words.
    intra_period : int
        Frames from one picture that needs no other to the next.
    weight_bytes : int
        Size of trained weights that the decoder needs besides the bytes.
    charge : callable
        ``charge(data) -> int``: the bytes that count; all of them unless told otherwise.
    fresh : bool
        True decodes once more in a new process and makes sure that it returns the same: a decoder that keeps something
        from the encoder is found out.  `decode` must then be a function that can be imported by its name.
    look : callable, optional
        ``look(clip)`` is called with what was decoded.

    Returns
    -------
    Row
        PSNR and SSIM of luma (data range 255), CPU seconds of this process.

    Raises
    ------
    ValueError
        If the decoder returns another shape or type, or another clip in a fresh process.

    Examples
    --------
    >>> import numpy as np
    >>> from fractions import Fraction
    >>> from vdtext.scoreboard import Source
    >>> grey = Source("noise", np.random.default_rng(0).integers(0, 256, (2, 16, 16), np.uint8), Fraction(25))
    >>> raw = measure("raw", np.ndarray.tobytes, lambda data: np.frombuffer(data, np.uint8).reshape(2, 16, 16), grey,
    ...               options="", intra_period=1)
    >>> raw.bytes, raw.bits_per_pixel, raw.psnr_y
    (512, 8.0, inf)
    """
    data, encode_seconds = _timed(encode, source.clip)
    clip, decode_seconds = _timed(decode, data)
    _same_form(codec, clip, source.clip)
    if look:
        look(clip)
    if fresh and not all(map(np.array_equal, _planes(clip), _planes(_decode_fresh(decode, data)))):
        raise ValueError(f"{codec}: a fresh process decodes the same bytes to another clip (chapter 10)")
    given, found = source.luma, _planes(clip)[0]
    by_frame = metrics.psnr_frames(given, found, data_range=255)
    similar = [metrics.ssim(a.astype(float), b, data_range=255) for a, b in zip(given, found, strict=True)]
    return Row(
        clip=source.name,
        frames=source.frames,
        size=source.size,
        fps=source.fps,
        format=source.format,
        codec=codec,
        options=options,
        intra_period=intra_period,
        bytes=charge(data),
        weight_bytes=weight_bytes,
        psnr_y=round(metrics.psnr(given, found, data_range=255), 4),
        psnr_y_frames=round(float(np.mean(by_frame)), 4),
        ssim=round(float(np.mean(similar)), 6),  # of float64: of bytes, the sixth digit is not certain (chapter 5)
        encode_seconds=round(encode_seconds, 3),
        decode_seconds=round(decode_seconds, 3),
    )


def _timed(function, argument):
    """The result, and the CPU seconds that it took."""
    start = time.process_time()
    result = function(argument)
    return result, time.process_time() - start


def _planes(clip):
    """The planes of a clip: one, or luma and chroma."""
    return clip if isinstance(clip, tuple) else (clip,)


def _same_form(codec, clip, given):
    """Make sure that what was decoded looks like what was encoded."""
    found, wanted = ([f"{np.shape(p)} {np.asarray(p).dtype}" for p in _planes(c)] for c in (clip, given))
    if found != wanted:
        raise ValueError(f"{codec}: decoded {', '.join(found)}, expected {', '.join(wanted)} as encoded (chapter 1)")


_CHILD = """
import functools, importlib, pathlib, pickle, sys
module, name, data, result = sys.argv[1:]
decode = functools.reduce(getattr, name.split("."), importlib.import_module(module))
pathlib.Path(result).write_bytes(pickle.dumps(decode(pathlib.Path(data).read_bytes())))
"""


def _decode_fresh(decode, data):
    """What a new process, which has the bytes and nothing else, decodes."""
    module, name = getattr(decode, "__module__", "__main__"), getattr(decode, "__qualname__", "<none>")
    if module == "__main__" or "<" in name:
        raise ValueError(f"fresh=True needs a decoder that can be imported, not {decode!r} (chapter 10)")
    with tempfile.TemporaryDirectory() as folder:
        bits, result = Path(folder, "data"), Path(folder, "result")
        bits.write_bytes(data)
        command = [sys.executable, "-c", _CHILD, module, name, str(bits), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ValueError(f"{module}.{name} failed in a fresh process: {reason} (chapter 10)")
        return pickle.loads(result.read_bytes())
