"""Films made of real footage whose changes of shot are known: the benchmark of chapter 11."""

from dataclasses import dataclass
from functools import cache
from itertools import chain

import cv2
import numpy as np

from vdtext import clips
from vdtext.shots.transitions import Transition

__all__ = ["BenchmarkFilm", "benchmark"]

HALVES = {
    "sweep": (
        *(("bikes", 0, 30), ("bikes", 30, 76), ("bikes", 76, 137), ("carphone", 0, 120)),
        *("astronaut", "coffee", "rocket", "brick"),
    ),
    "report": (
        *(("bikes", 137, 187), ("bikes", 187, 242), ("bigbuckbunny", 0, 132)),
        *("chelsea", "camera", "grass", "gravel"),
    ),
}
"""Real shots and photographs; no picture is in both halves."""
DISTRACTIONS = ("flash", "pan", "shake", "object", "dark", "exposure", "noise", "grey", "none")


@dataclass(frozen=True, eq=False)
class BenchmarkFilm:
    """A film and what is known about it.

    Attributes
    ----------
    array : ndarray, shape (T, H, W, 3), uint8
        RGB.
    transitions : tuple of Transition
        Its cuts, dissolves and fades, in order.
    distractions : tuple of (str, int, int)
        What could be taken for one: its name, first frame and first frame after it.
    """

    array: np.ndarray
    transitions: tuple[Transition, ...]
    distractions: tuple[tuple[str, int, int], ...]

    def __repr__(self):
        return f"BenchmarkFilm({len(self.array)} frames, {len(self.transitions)} transitions)"


def benchmark(*, seed, half="report", shots=8, size=(144, 256)):
    """A film cut together from real shots and from photographs under a moving camera, with its truth.

    Successive shots never come from the same footage.  Between them are cuts, dissolves of 6 to 36 frames and fades
    through black of 10 to 36.  Each shot has one distraction: a flash, a fast pan, a shaking camera, an object that
    enters, darkness, a changing exposure, noise, no colour; or none.

    Parameters
    ----------
    seed : int
        Of everything that is drawn.
    half : {"sweep", "report"}
        Which footage, so that a detector may be tuned on the one and judged on the other.
    shots : int
        How many, at least 1.
    size : (int, int)
        Height and width in pixels.

    Returns
    -------
    BenchmarkFilm

    Raises
    ------
    ValueError
        If there is no such half, or no shot (chapter 11).

    References
    ----------
    Smeaton, Over, Doherty, Video shot boundary detection: seven years of TRECVid activity, Computer Vision and Image
    Understanding 114 (2010), doi:10.1016/j.cviu.2009.03.011.

    Examples
    --------
    >>> film = benchmark(seed=1, half="sweep", shots=3, size=(36, 64))
    >>> film.array.shape[1:], len(film.transitions)
    ((36, 64, 3), 2)
    """
    if half not in HALVES or shots < 1:
        raise ValueError(f"half={half!r}, shots={shots}: accepted are 'sweep' and 'report', from 1 shot (chapter 11)")
    rng = np.random.default_rng([seed, sorted(HALVES).index(half)])
    sources = HALVES[half]
    frames, transitions, distractions, last, carried = [], [], [], None, None
    for number in range(shots):
        source = last
        while source == last:
            source = sources[rng.integers(len(sources))]
        last = source
        kind = "start" if number == 0 else rng.choice(["cut", "dissolve", "fade"], p=[0.55, 0.25, 0.2])
        span = {"start": 0, "cut": 0, "dissolve": rng.integers(6, 37), "fade": rng.integers(10, 37)}[str(kind)]
        length = int(rng.integers(20, 70))
        name = str(rng.choice(DISTRACTIONS))
        shot, when = _shot(rng, source, span + length + 36, size, name, span + 6)
        begin = len(frames)
        if number:
            mixed = [_mixed(a, b, (k + 1) / (span + 1), kind) for k, (a, b) in enumerate(zip(carried, shot[:span]))]  # noqa: B905
            transitions.append(Transition(begin, begin + int(span), str(kind)))
            frames += mixed
        frames += shot[span : span + length]
        carried = shot[span + length :]
        if name != "none":
            distractions.append((name, *(begin + min(k, span + length) for k in when)))
    return BenchmarkFilm(np.stack(frames), tuple(transitions), tuple(distractions))


def _mixed(a, b, weight, kind):
    """A frame of a dissolve, or of a fade through black."""
    if kind == "dissolve":
        return cv2.addWeighted(a, 1 - weight, b, weight, 0)
    return cv2.convertScaleAbs(a if weight < 0.5 else b, alpha=abs(1 - 2 * weight))


@cache
def _footage(name):
    """A real clip, small."""
    return clips.load(name, size=(180, 320)).array


def _shot(rng, source, length, size, name, begin):
    """Frames of a shot, and which of them (first, first after) its distraction touches."""
    frames = list(_camera(rng, source, length, size, name))
    if name == "flash":
        count = int(rng.integers(1, 4))
        when = [k for k in (begin, begin + 6, begin + 9) if rng.random() < 0.6] or [begin]
        for k in chain.from_iterable(range(k, k + count) for k in when):
            frames[k] = cv2.addWeighted(frames[k], 0.3, np.full_like(frames[k], 255), 0.7, 0)
        return frames, (when[0], when[-1] + count)
    if name == "object":
        return _entered(rng, frames, source, begin), (begin, length)
    if name == "dark":
        frames = [cv2.convertScaleAbs(f, alpha=0.2) for f in frames]
    if name == "exposure":
        gain = 1 + rng.uniform(-0.6, 0.6) * np.clip((np.arange(length) - begin) / 12, 0, 1)
        frames = [cv2.convertScaleAbs(f, alpha=g) for f, g in zip(frames, gain, strict=True)]
    if name == "noise":
        frames = [np.clip(f + rng.normal(0, 8, f.shape), 0, 255).astype(np.uint8) for f in frames]
    if name == "grey":
        frames = [np.repeat(f.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2) for f in frames]
    return frames, (0, length)


def _camera(rng, source, length, size, name):
    """Frames of a shot without its distraction, but for pan and shake."""
    real = not isinstance(source, str)
    if real:
        pictures = _footage(source[0])[source[1] : source[2]]
        first = rng.integers(len(pictures))
        period = np.r_[: len(pictures), len(pictures) - 2 : 0 : -1] if len(pictures) > 1 else np.zeros(1, int)
        order = period[(first + np.arange(length)) % len(period)]  # to its end and back
        still, (h, w) = None, pictures.shape[1:3]
    else:
        still = clips.photograph(source)
        still = still if still.ndim == 3 else np.repeat(still[..., None], 3, axis=2)
        h, w = still.shape[:2]
    share = rng.uniform(0.75, 0.95) if real else rng.uniform(0.45, 0.7)
    scale = min(h / size[0], w / size[1]) * share
    room = np.array([h - scale * size[0], w - scale * size[1]]) / 2
    pace = rng.uniform(5, 12) if name == "pan" else rng.uniform(0, 1.5)  # pixels of the frame in one frame
    pace *= 0 if real and name != "pan" else 1
    angle = rng.uniform(0, 2 * np.pi)
    path = _bounced(rng, np.array([np.sin(angle), np.cos(angle)]) * pace * scale, room, length)
    path += rng.normal(0, 2.5 * scale, (length, 2)) if name == "shake" else 0
    for k in range(length):
        picture = pictures[order[k]] if real else still
        y, x = path[k] + np.array([h - 1, w - 1]) / 2
        matrix = np.array([[scale, 0, x - scale * (size[1] - 1) / 2], [0, scale, y - scale * (size[0] - 1) / 2]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        yield cv2.warpAffine(picture, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def _bounced(rng, velocity, room, length):
    """A camera's path between two walls, (length, 2), about the middle."""
    start = rng.uniform(-0.5, 0.5, 2) * room
    unfolded = (start + room + np.arange(length)[:, None] * velocity) % (4 * np.maximum(room, 1e-9))
    return np.minimum(unfolded, 4 * room - unfolded) - room


def _entered(rng, frames, source, begin):
    """Something that is cut out of a photograph moves through the frames."""
    h, w = frames[0].shape[:2]
    name = str(rng.choice([n for n in ("coffee", "chelsea", "astronaut") if n != source]))
    side = int(h * rng.uniform(0.5, 0.9))
    thing = cv2.resize(clips.photograph(name)[100:300, 150:350], (side, side), interpolation=cv2.INTER_AREA)
    pace, top = rng.uniform(4, 14), int(rng.integers(0, h - side + 1))
    for k in range(begin, len(frames)):
        left = int(-side + pace * (k - begin))
        a, b = max(left, 0), min(left + side, w)
        if a < b:
            frames[k] = frames[k].copy()
            frames[k][top : top + side, a:b] = thing[:, a - left : b - left]
    return frames
