"""All points of a sweep: measured once, remembered on disk, on as many cores or machines as there are."""

import base64
import contextlib
import hashlib
import io
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from vdtext._progress import progress
from vdtext.scoreboard import ANCHORS, Row
from vdtext.scoreboard.rows import as_words, from_words
from vdtext.sweep.coders import BOOK, codecs, measure, takes

__all__ = ["Found", "Point", "sweep"]

PICTURE = (288, 352)
"""The most rows and columns of the picture that is kept of a point: the middle of the clip's middle frame."""


@dataclass(frozen=True, eq=False)
class Point:
    """One codec at one setting on one clip.

    Attributes
    ----------
    row : Row
    picture : ndarray, uint8
        The middle of the middle frame as it was decoded, luma (H, W), at most 288 × 352.
    """

    row: Row
    picture: np.ndarray


@dataclass(frozen=True)
class Found:
    """What a sweep found.

    Attributes
    ----------
    points : list of Point
        Clip by clip, codec by codec, from fine to coarse.
    refused : list of str
        A line for each point that a codec could not do.
    """

    points: list
    refused: list

    @property
    def rows(self):
        """The rows of all points."""
        return [point.row for point in self.points]


def sweep(sources, names=None, *, store=None, jobs=1, dask=None, again=False, fresh=True):
    """Code clips with codecs at all their settings, decode the bytes, and measure.

    Each point is written to `store` as soon as it is there, in one step.  A sweep that was stopped goes on with what is
    missing; one more codec costs what that codec costs.  A point is known by the pixels of its clip, the codec, the
    setting, and the version of the code that made it.

    Parameters
    ----------
    sources : sequence of Source
        See :func:`vdtext.scoreboard.source`.
    names : sequence of str, optional
        Of :func:`~vdtext.sweep.codecs`; all of them unless told otherwise.  The codecs of chapters 1, 7 and 8 are asked
        for grey clips alone.
    store : path, optional
        A folder for the points, made if it is missing; without one nothing is remembered.
    jobs : int
        Processes on this machine; −1 means one for each core.  Seconds are CPU seconds, but cores share their caches.
    dask : str or distributed.Client, optional
        Address of the scheduler of a Dask cluster, such as ``"tcp://10.0.0.1:8786"``: its workers do the work, through
        joblib.  They need this library; they are sent the clips.
    again : bool
        Measure what is known, too.
    fresh : bool
        Decode what the book's codecs wrote once more in a new process, which takes some seconds a point.

    Returns
    -------
    Found

    Raises
    ------
    ValueError
        If a codec is unknown, there is nothing to do, or `dask` is wanted and not installed (chapter 10).

    Examples
    --------
    >>> from vdtext import scoreboard
    >>> found = sweep([scoreboard.source("carphone", frames=2)], ["Motion JPEG"])
    >>> len(found.points), found.points[0].row.psnr_y > found.points[-1].row.psnr_y
    (8, True)
    """
    from joblib import Parallel, delayed

    sources, known = list(sources), codecs()
    names = list(known) if names is None else list(dict.fromkeys(names))
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no codec {unknown[0]!r}; known: {', '.join(known)} (chapter 10)")
    plan = [
        (source, name, setting)
        for source in sources
        for name in names
        if takes(name, source)
        for setting in known[name]
    ]
    if not plan:
        raise ValueError(f"{len(sources)} clips, codecs {', '.join(names) or 'none'}: nothing to measure; the codecs "
                         "of chapters 1, 7 and 8 take grey clips alone (chapter 10)")  # fmt: skip
    paths = addresses(store, plan) if store else {}
    found = {n: json.loads(path.read_text("utf-8")) for n, path in paths.items() if path.is_file() and not again}
    todo = [number for number in range(len(plan)) if number not in found]
    with workers(dask, sources):
        several = Parallel(n_jobs=None if dask else jobs, return_as="generator_unordered", batch_size=1)
        calls = (delayed(attempt)(number, *plan[number], fresh) for number in todo)
        for number, result in progress(several(calls), "sweep", total=len(todo)):
            found[number] = result
            if store:
                remember(paths[number], result)
    found = [found[number] for number in range(len(plan))]
    points = [Point(from_words(r["row"]), unpacked(r["picture"])) for r in found if "row" in r]
    return Found(points, [r["refused"] for r in found if "refused" in r])


def attempt(number, source, name, setting, fresh):
    """Measure one point, in whatever process; an anchor that refuses is told, not raised."""
    seen = []
    try:
        row = measure(name, source, setting, look=lambda clip: seen.append(middle(clip)), fresh=fresh)
    except ValueError as error:
        if name not in ANCHORS:
            raise
        return number, {"refused": f"{name} at {setting} on {source.name}: {error}"}
    return number, {"row": as_words(row), "picture": packed(seen[0])}


def middle(clip):
    """The middle of the middle frame's luma."""
    luma = clip[0] if isinstance(clip, tuple) else clip
    frame = luma[len(luma) // 2]
    top, left = (max(0, (n - most) // 2) for n, most in zip(frame.shape, PICTURE, strict=True))
    return frame[top : top + PICTURE[0], left : left + PICTURE[1]].copy()


def packed(picture):
    """A picture as text: a PNG in base64."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def unpacked(text):
    """The picture again."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


@contextlib.contextmanager
def workers(dask, sources):
    """Where joblib sends its calls: to processes here, or to a Dask cluster."""
    if dask is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("a Dask cluster needs the package distributed: pip install 'vdtext[dask]'") from None
    from joblib import parallel_config

    own = isinstance(dask, str)
    try:
        client = Client(dask, timeout=10) if own else dask
    except OSError as error:
        raise ValueError(f"no Dask scheduler answers at {dask}: {str(error).splitlines()[0]} (chapter 10)") from None
    try:
        with parallel_config("dask", client=client, scatter=sources):
            yield
    finally:
        if own:
            client.close()


@cache
def code():
    """A digest of the library's code and the versions of what it measures with."""
    files = sorted(Path(__file__).resolve().parents[1].rglob("*.py"))
    words = "".join(f"{name} {version(name)} " for name in ("av", "numpy", "numba", "opencv-contrib-python-headless"))
    return hashlib.sha256(words.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def digest(source):
    """Of all that a codec is told of a clip."""
    planes = source.clip if isinstance(source.clip, tuple) else (source.clip,)
    pixels = hashlib.sha256(b"".join(np.ascontiguousarray(plane).data for plane in planes)).hexdigest()
    return f"{source.name} {source.fps} {source.format} {source.size} {pixels}"


def addresses(store, plan):
    """Where each point is remembered, by its number.  An anchor does not change with the book's own code."""
    clips = {id(source): digest(source) for source, *_ in plan}
    said = [
        [clips[id(source)], name, setting, code() if name in BOOK else ANCHORS[name].options + version("av")]
        for source, name, setting in plan
    ]
    names = (hashlib.sha256(json.dumps(words).encode()).hexdigest()[:24] for words in said)
    return {number: Path(store, f"{name}.json") for number, name in enumerate(names)}


def remember(path, result):
    """Write a point to the folder, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(result), encoding="utf-8")
    beside.replace(path)
