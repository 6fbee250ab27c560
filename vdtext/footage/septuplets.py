"""The k-th sequence of the training set: seven frames (or as many as are wanted) of a one source."""

import itertools
import json
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vdtext import clips
from vdtext.footage.catalogue import FOLDER
from vdtext.video import luma, resize

__all__ = ["SHARES", "Septuplet", "moderate", "septuplet", "tally"]

SHARES = {"films": 0.5, "photographs": 0.3, "rendered": 0.2}
"""How often a sequence comes from which kind of source; without films the others keep their proportion."""
BORROWED = ("china", "flower")
"""Photographs of scikit-learn (CC BY 2.0), beside those of `vdtext.clips.photographs`."""
TRIES = 24
"""Sequences of a kind that are looked at before a computed one is taken, which always moves."""
FLAT, STILL, CHAOTIC = 4.0, 0.7, 9.0
"""Grey levels: least contrast; least change from first to last frame; most change that optical flow leaves."""


@dataclass(frozen=True, eq=False)
class Septuplet:
    """Consecutive frames and what is known about them.

    Attributes
    ----------
    array : ndarray, shape (T, H, W) or (T, H, W, 3), uint8
    source : str
        Name of the film or photograph; "sprites" or "digits".
    stride : int
        Frames of the source from one frame to the next; 1 where it is computed.
    matrices : ndarray, shape (T, 2, 3), float64, or None
        Of a photograph: pixel (y, x) of frame t shows its point M (y, x, 1)ᵀ.

    Examples
    --------
    >>> septuplet(0, seed=0, size=(32, 32)).array.shape
    (7, 32, 32, 3)
    """

    array: np.ndarray
    source: str
    stride: int = 1
    matrices: np.ndarray | None = None


def septuplet(number, *, seed, size=(96, 96), gray=False, length=7, folder=FOLDER):
    """Sequence `number` of the training set with this seed: the same on every machine that has the same films.

    A source, a place, a stride of 1 to 3, mirrored and backwards by chance; drawn again while it is flat, still or
    chaotic.

    Parameters
    ----------
    number : int
        ≥ 0; there is no last one.
    seed : int
        ≥ 0, of the whole training set.
    size : (int, int)
        Height and width in pixels, 16 … 256.
    gray : bool
        Luma only.
    length : int
        Frames, ≥ 1.
    folder : path
        What ``make footage`` has filled.  Without it photographs and computed clips are used, and one line says so.

    Returns
    -------
    Septuplet

    Raises
    ------
    ValueError
        If the size is not within the bounds (chapter 12).

    Examples
    --------
    >>> a, b = (septuplet(5, seed=1, size=(32, 48), gray=True) for _ in range(2))
    >>> a.array.shape, bool((a.array == b.array).all()), a.source == b.source
    ((7, 32, 48), True, True)
    """
    if min(size) < 16 or max(size) > 256 or length < 1:
        raise ValueError(f"size={size}, length={length}: sides of 16 to 256 pixels, at least 1 frame (chapter 12)")
    rng = np.random.default_rng([seed, number])
    there = _films(Path(folder))
    kinds = [kind for kind in SHARES if kind != "films" or there]
    weights = np.array([SHARES[kind] for kind in kinds])
    kind = rng.choice(kinds, p=weights / weights.sum())
    for _ in range(TRIES if kind != "rendered" else 0):
        drawn = _film(rng, there, size, gray, length) if kind == "films" else _photograph(rng, size, gray, length)
        if drawn is not None and moderate(drawn.array):
            return drawn
    return _rendered(rng, size, gray, length)


def moderate(frames):
    """Whether frames are worth learning from: not flat, not still, and optical flow explains most of what changes.

    Parameters
    ----------
    frames : ndarray, shape (T, H, W) or (T, H, W, 3), uint8

    Returns
    -------
    bool

    Examples
    --------
    >>> still = np.repeat(clips.load("sprites", frames=1).array, 3, axis=0)
    >>> moderate(clips.load("sprites", frames=3).array), moderate(still)
    (True, False)
    """
    grey = luma(frames, matrix="bt601") if frames.ndim == 4 else frames
    small = [cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for frame in grey]
    if min(frame.std() for frame in (grey[0], grey[-1])) < FLAT:
        return False
    if len(small) == 1:
        return True
    return _difference(small[0], small[-1]) >= STILL and all(
        _unexplained(a, b) <= CHAOTIC for a, b in itertools.pairwise(small)
    )


def tally(count, *, seed, size=(96, 96), folder=FOLDER):
    """Which part of the first sequences comes from which source.

    Parameters
    ----------
    count : int
        How many sequences are drawn.
    seed, size, folder
        As in `septuplet`.

    Returns
    -------
    dict of str to float
        Shares, the largest first; their sum is 1.

    Examples
    --------
    >>> round(sum(tally(8, seed=0, size=(32, 32)).values()), 6)
    1.0
    """
    sources = [septuplet(k, seed=seed, size=size, gray=True, folder=folder).source for k in range(count)]
    shares = {name: sources.count(name) / count for name in sorted(set(sources))}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


# ---- films ----


def _film(rng, there, size, gray, length):
    """A window of a film, without a cut inside; None if it is too small."""
    names = sorted(there)
    weights = np.sqrt([len(there[name][0]) for name in names])
    name = names[rng.choice(len(names), p=weights / weights.sum())]
    frames, cuts = there[name]
    stride, late = int(rng.integers(1, 4)), rng.uniform(size=3)
    span = stride * (length - 1) + 1
    room = len(frames) - span, frames.shape[1] - size[0], frames.shape[2] - size[1]
    if min(room) < 0:
        return None
    t, y, x = (int(u * (n + 1)) for u, n in zip(late, room, strict=True))
    if any(t < cut < t + span for cut in cuts):
        return None
    array = np.array(frames[t : t + span : stride, y : y + size[0], x : x + size[1]])
    array = luma(array, matrix="bt601") if gray else array
    array = array[:: -1 if rng.integers(2) else 1, :, :: -1 if rng.integers(2) else 1]
    return Septuplet(np.ascontiguousarray(array), name, stride)


@cache
def _films(folder):
    """{name: (frames on disk, cuts)} of the films that were cut; says once if there is none."""
    found = {}
    for file in sorted((folder / "frames").glob("*.npy")):
        found[file.stem] = (
            np.load(file, mmap_mode="r"),
            tuple(json.loads(file.with_suffix(".json").read_text())["cuts"]),
        )
    if not found:
        print("footage: no films here (make footage); photographs and computed clips are used alone", file=sys.stderr)
    return found


# ---- photographs ----


def _photograph(rng, size, gray, length):
    """A camera moving over a photograph: shift, zoom and turn at constant speed; None if it would look beyond it."""
    names = [*clips.photographs(), *BORROWED]
    name = names[rng.integers(len(names))]
    half = bool(rng.integers(2))
    photo = _picture(name, half, gray)
    angle, speed, turn = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 4), np.deg2rad(rng.normal(0, 0.6))
    scale, zoom, first = rng.uniform(0.75, 1.25), 1 + rng.normal(0, 0.006), rng.uniform(0, 2 * np.pi) * rng.integers(2)
    mirror, place = (-1) ** rng.integers(2), rng.uniform(size=2)
    t = np.arange(length) - (length - 1) / 2
    cos, sin, size_t = np.cos(first + turn * t), np.sin(first + turn * t), scale * zoom**t
    linear = np.array([[cos, -mirror * sin], [sin, mirror * cos]]).transpose(2, 0, 1) * size_t[:, None, None]
    path = t[:, None] * speed * np.array([np.sin(angle), np.cos(angle)])
    corners = np.array([[y, x] for y in (-0.5, 0.5) for x in (-0.5, 0.5)]) * np.subtract(size, 1)
    reach = np.abs(linear @ corners.T + path[..., None]).max(axis=(0, 2)) + 1
    room = np.subtract(photo.shape[:2], 1) - 2 * reach
    if min(room) < 0:
        return None
    offset = reach + place * room + path - linear @ (np.subtract(size, 1) / 2)
    matrices = np.concatenate([linear, offset[..., None]], -1)
    flipped = matrices[:, ::-1][:, :, [1, 0, 2]]  # OpenCV says (x, y)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    array = np.stack([cv2.warpAffine(photo, m, size[::-1], flags=how) for m in flipped])
    if half:  # the middle of pixel 0 of the half-sized photograph is that of pixels 0 and 1
        matrices = np.concatenate([matrices[..., :2] * 2, matrices[..., 2:] * 2 + 0.5], -1)
    return Septuplet(array, name, matrices=matrices)


@cache
def _picture(name, half, gray):
    """A photograph, or half of it; uint8."""
    if name in BORROWED:
        with Image.open(Path(find_spec("sklearn").origin).parent / "datasets" / "images" / f"{name}.jpg") as image:
            photo = np.asarray(image.convert("RGB"))
    else:
        photo = clips.photograph(name)
    if half:
        photo = resize(photo[: len(photo) // 2 * 2, : photo.shape[1] // 2 * 2], size=np.array(photo.shape[:2]) // 2)
    if photo.ndim == 2:
        return photo if gray else np.repeat(photo[..., None], 3, -1)
    return luma(photo, matrix="bt601") if gray else photo


# ---- computed clips ----


def _rendered(rng, size, gray, length):
    """Sprites on texture, or digits one time in five."""
    seed, speed = int(rng.integers(2**31)), rng.uniform(1, 5)
    if rng.uniform() < 0.2:
        scale = min(2.5, (min(size) - 4) / 12)
        clip = clips.digits(frames=length, size=size, speed=speed, scale=scale, seed=seed, gray=gray)
    else:
        clip = clips.sprites(frames=length, size=size, speed=speed, count=int(rng.integers(3, 7)), seed=seed, gray=gray)
    return Septuplet(clip.array, clip.name)


# ---- motion ----


def _difference(a, b):
    """Mean absolute difference in grey levels."""
    return cv2.norm(a, b, cv2.NORM_L1) / a.size


def _unexplained(a, b):
    """What optical flow from a to b leaves of their difference."""
    if _difference(a, b) <= CHAOTIC:
        return 0.0
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST).calc(a, b, None)
    x, y = np.meshgrid(np.arange(a.shape[1], dtype=np.float32), np.arange(a.shape[0], dtype=np.float32))
    warped = cv2.remap(b, flow[..., 0] + x, flow[..., 1] + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _difference(a, warped)
