"""Six meanings of "video diffusion" (chapter 1): one small machine for each, and a whole codec.

The codec predicts every frame by the decoded one before it, and pays for the rest: a cosine transform of 8×8 blocks in
integers, a quantiser, and the library's bzip2.  The other machines are linear and exact: a blur, a fill between key
frames by least squares, a transform learned from data, the reverse process of a Gaussian field, heat on a graph.
"""

import bz2
import struct
from html import escape
from itertools import pairwise

import numpy as np
from scipy import ndimage

from vdtext import gauss
from vdtext.errors import BitstreamError
from vdtext.figures.page import described, inline, tag

__all__ = [
    "Map",
    "blocks",
    "decode",
    "encode",
    "fill",
    "fill_weights",
    "friendships",
    "joined",
    "keep",
    "klt",
    "measured_spectrum",
    "quantised",
    "reach",
    "refined",
    "reverse",
    "smooth",
    "spread",
]

HEADER = struct.Struct("<3s3HB")  #: magic, frames, height, width, step: ten bytes, then bzip2
MAGIC = b"VD1"
LIMIT = 2**26  #: samples of a clip, padded to whole blocks, that a decoder agrees to make

# The orthonormal cosine transform of 8 samples, times 2¹² and rounded: integers, the same on every machine.
COSINES = np.rint(
    4096 * np.sqrt([[1 / 8]] + [[1 / 4]] * 7) * np.cos(np.pi / 16 * np.outer(np.arange(8), 2 * np.arange(8) + 1))
).astype(np.int64)


# --- the codec --------------------------------------------------------------------------------------------------------


def blocks(picture):
    """Cut a picture into blocks of 8×8.

    Parameters
    ----------
    picture : ndarray, shape (H, W), any type
        H and W are multiples of 8.

    Returns
    -------
    ndarray, shape (H/8, W/8, 8, 8), a view

    Examples
    --------
    >>> blocks(np.zeros((16, 24))).shape
    (2, 3, 8, 8)
    """
    height, width = picture.shape
    return picture.reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2)


def joined(parts):
    """Put blocks together again: the inverse of :func:`blocks`.

    Parameters
    ----------
    parts : ndarray, shape (n, m, 8, 8), any type

    Returns
    -------
    ndarray, shape (8n, 8m)

    Examples
    --------
    >>> bool(np.all(joined(blocks(np.eye(16))) == np.eye(16)))
    True
    """
    rows, columns = parts.shape[:2]
    return parts.swapaxes(1, 2).reshape(8 * rows, 8 * columns)


def quantised(difference, step):
    """What the encoder stores of a difference: whole numbers of steps, for every cosine of every block.

    q = sign(c) ⌊|c|/step + 1/3⌋, limited to ±127, with c = C d Cᵀ: the threshold 2/3 instead of 1/2 makes more zeros.

    Parameters
    ----------
    difference : ndarray, shape (H, W), int64
        Frame minus prediction, −255 to 255; H and W are multiples of 8.
    step : int
        Quantisation step in grey levels, 1 to 255.

    Returns
    -------
    ndarray, shape (H/8, W/8, 8, 8), int8

    Examples
    --------
    >>> int(quantised(np.full((8, 8), 10), 20)[0, 0, 0, 0])  # 8 · 10 / 20
    4
    """
    coefficients = COSINES @ blocks(difference) @ COSINES.T  # times 2²⁴
    unit = step << 24
    magnitudes = (abs(coefficients) + unit // 3) // unit
    return (np.sign(coefficients) * np.minimum(magnitudes, 127)).astype(np.int8)


def refined(prediction, levels, step):
    """What encoder and decoder both show: the prediction plus the difference that was stored, in integers.

    Parameters
    ----------
    prediction : ndarray, shape (H, W), int64
        Grey levels 0 to 255.
    levels : ndarray, shape (H/8, W/8, 8, 8), int8
        As :func:`quantised` returns them.
    step : int
        The same as there.

    Returns
    -------
    ndarray, shape (H, W), int64
        Grey levels 0 to 255.

    Examples
    --------
    >>> flat = np.full((8, 8), 100)
    >>> int(refined(flat, quantised(np.full((8, 8), 10), 20), 20)[3, 5])
    110
    """
    difference = COSINES.T @ (levels.astype(np.int64) * step) @ COSINES  # times 2²⁴
    return np.clip(prediction + joined((difference + (1 << 23)) >> 24), 0, 255)


def encode(clip, *, step):
    """A whole video codec, the sender's half: predict from the decoded past, store the quantised difference.

    The file (version 1): ``VD1``; frames, height and width as 16-bit and the step as 8-bit little-endian numbers; then
    one bzip2 stream of signed bytes, the levels in the order (row of the cosine, column, row of the block, column,
    frame).  Frames are padded to whole blocks by repeating their border; the frame before the first is grey, 128.

    Parameters
    ----------
    clip : ndarray, shape (T, H, W), uint8
        Grey frames, each side from 1 to 65535; at most 2²⁶ samples in all.
    step : int
        Quantisation step in grey levels, 1 (fine) to 255 (coarse).  Below 8 the first frames are poor, because their
        levels do not fit into a byte; the loop repairs them frame by frame.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If the clip or the step is another.

    Examples
    --------
    >>> clip = np.full((3, 16, 20), 90, np.uint8)
    >>> len(encode(clip, step=8)) < 70
    True
    """
    if np.ndim(clip) != 3 or np.asarray(clip).dtype != np.uint8 or not 0 < samples(*clip.shape) <= LIMIT:
        raise ValueError(
            f"a clip of {np.shape(clip)}: accepted is uint8 (T, H, W), not empty, at most 2**26 samples (chapter 1)"
        )
    if step not in range(1, 256) or max(clip.shape) > 65535:
        raise ValueError(f"step={step}, clip {clip.shape}: steps 1 to 255, sides up to 65535 are accepted (chapter 1)")
    height, width = clip.shape[1:]
    frames = np.pad(clip, [(0, 0), (0, -height % 8), (0, -width % 8)], mode="edge").astype(np.int64)
    picture, levels = np.full(frames.shape[1:], 128), []
    for frame in frames:
        levels.append(quantised(frame - picture, step))
        picture = refined(picture, levels[-1], step)
    ordered = np.transpose(levels, (3, 4, 1, 2, 0))
    return HEADER.pack(MAGIC, *clip.shape, step) + bz2.compress(ordered.tobytes())


def decode(data):
    """The receiver's half: the same prediction, the stored difference, and nothing but the bytes.

    Parameters
    ----------
    data : bytes
        As :func:`encode` returned them; what follows the end of the stream is ignored.

    Returns
    -------
    ndarray, shape (T, H, W), uint8
        The same on every machine.

    Raises
    ------
    BitstreamError
        If the bytes are no such file; no memory is taken for a clip before its size has been checked.

    Examples
    --------
    >>> clip = np.full((3, 16, 20), 90, np.uint8)
    >>> bool(np.all(decode(encode(clip, step=8)) == clip))
    True
    """
    (frames, height, width, step), stream = header(data)
    shape = (8, 8, -(-height // 8), -(-width // 8), frames)
    ordered = np.frombuffer(unpacked(stream, samples(frames, height, width)), np.int8).reshape(shape)
    picture = np.full((8 * shape[2], 8 * shape[3]), 128)
    clip = np.empty((frames, height, width), np.uint8)
    for number in range(frames):
        levels = ordered[..., number].transpose(2, 3, 0, 1)
        picture = refined(picture, levels, step)
        clip[number] = picture[:height, :width]
    return clip


def samples(frames, height, width):
    """How many samples a clip has once its frames are padded to whole blocks."""
    return int(frames) * 64 * -(-int(height) // 8) * -(-int(width) // 8)


def header(data):
    """(frames, height, width, step) of a file and the stream behind them, after making sure that they are sane."""
    if len(data) < HEADER.size:
        raise BitstreamError(f"{len(data)} bytes: a clip begins with a header of {HEADER.size} (chapter 1)")
    magic, *sizes = HEADER.unpack_from(data)
    if magic != MAGIC or 0 in sizes or samples(*sizes[:3]) > LIMIT:
        raise BitstreamError(f"a header {magic!r} {sizes}: accepted is VD1, no zero, at most 2**26 samples (chapter 1)")
    return sizes, data[HEADER.size :]


def unpacked(stream, size):
    """Exactly `size` bytes out of a bzip2 stream, and never more."""
    worker = bz2.BZ2Decompressor()
    try:
        levels = worker.decompress(stream, max_length=size + 1)
    except (OSError, ValueError) as error:
        raise BitstreamError(f"the stream is damaged: {error} (chapter 1)") from None
    if len(levels) != size or not worker.eof:
        raise BitstreamError(f"the stream does not hold the {size} levels that its header announces (chapter 1)")
    return levels


# --- the other five ---------------------------------------------------------------------------------------------------


def smooth(picture, time):
    """Diffusion as a filter: a Gaussian blur of the width that heat has after a time.

    u(t) = G_σ ∗ u(0) with σ = √(2t)

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
        Grey values, any range.
    time : float
        Diffusion time ≥ 0 in pixel².

    Returns
    -------
    ndarray, shape (H, W), float

    Examples
    --------
    >>> round(float(smooth(np.eye(9), 1.0).sum()), 6)
    9.0
    """
    return ndimage.gaussian_filter(np.asarray(picture, float), np.sqrt(2 * time), mode="reflect")


def neighbours(first, last):
    """Both key frames, shifted by −1, 0, 1 in both directions, and a one: 19 numbers for each pixel."""
    shifts = [(dy, dx) for dy in (0, 1, 2) for dx in (0, 1, 2)]
    height, width = first.shape
    padded = [np.pad(key, 1, mode="edge") for key in (first, last)]
    views = [key[dy : dy + height, dx : dx + width].ravel() for key in padded for dy, dx in shifts]
    return np.stack([*views, np.ones(height * width)], axis=1)


def fill_weights(clip, gap):
    """Learn to invent the frame in the middle of two key frames, by least squares.

    w = argmin Σ (frame in the middle − w · pixels of both key frames around the place)²

    Parameters
    ----------
    clip : ndarray, shape (T, H, W), float
        To learn from; T > gap.
    gap : int
        Distance of the key frames in frames, even.

    Returns
    -------
    ndarray, shape (19,), float
        Weights of 3×3 pixels of the first and of the last key frame, and a constant.

    Examples
    --------
    >>> ramp = np.random.default_rng(0).random((8, 9)) + np.linspace(0, 1, 9)[:, None, None]
    >>> fill_weights(ramp, 2)[[4, 13]].round(6).tolist()  # uniform change: the mean of both
    [0.5, 0.5]
    """
    starts = range(0, len(clip) - gap, max(1, gap // 2))
    given = np.concatenate([neighbours(clip[i], clip[i + gap]) for i in starts])
    wanted = np.concatenate([clip[i + gap // 2].ravel() for i in starts])
    return np.linalg.lstsq(given.T @ given, given.T @ wanted, rcond=1e-10)[0]


def fill(first, last, weights):
    """Invent the frame in the middle of two key frames.

    Parameters
    ----------
    first, last : ndarray, shape (H, W), float
        The key frames.
    weights : ndarray, shape (19,), float
        As :func:`fill_weights` learned them.

    Returns
    -------
    ndarray, shape (H, W), float

    Examples
    --------
    >>> weights = np.zeros(19); weights[[4, 13]] = 0.5
    >>> float(fill(np.zeros((3, 3)), np.ones((3, 3)), weights)[1, 1])
    0.5
    """
    return (neighbours(first, last) @ weights).reshape(first.shape)


def klt(pictures):
    """Learn the best linear transform of 8×8 blocks from examples (Karhunen–Loève, or principal components).

    The columns are the eigenvectors of the mean of b bᵀ over all blocks b, the most energetic first.

    Parameters
    ----------
    pictures : iterable of ndarray, shape (H, W), float
        H and W are multiples of 8; for a codec, differences to a prediction.

    Returns
    -------
    ndarray, shape (64, 64), float
        Orthonormal columns.

    Examples
    --------
    >>> basis = klt([np.tile(np.arange(8.0), (8, 2))])
    >>> bool(np.allclose(basis.T @ basis, np.eye(64)))
    True
    """
    vectors = np.concatenate([blocks(picture).reshape(-1, 64) for picture in pictures])
    return np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1]


def keep(picture, basis, count):
    """Store only the first so many numbers of each block, in a learned transform, and go back.

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
        H and W are multiples of 8.
    basis : ndarray, shape (64, 64), float
        As :func:`klt` learned it.
    count : int
        Numbers kept of each block's 64.

    Returns
    -------
    ndarray, shape (H, W), float
        The nearest picture whose blocks are combinations of the first `count` columns.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((8, 16))
    >>> bool(np.allclose(keep(picture, klt([picture]), 64), picture)), float(keep(picture, klt([picture]), 0).max())
    (True, 0.0)
    """
    parts = blocks(picture)
    chosen = basis[:, :count]
    return joined((parts.reshape(-1, 64) @ chosen @ chosen.T).reshape(parts.shape))


def measured_spectrum(clip):
    """The power spectrum of a clip's frames, averaged over frames and directions, for the Gaussian laboratory.

    S_k = mean over frames and over |f| ≈ |f_k| of |x̂|²; the frames are mirrored first, which makes them periodic.

    Parameters
    ----------
    clip : ndarray, shape (T, H, W), float
        Grey values.

    Returns
    -------
    ndarray, shape (2H, 2W), float
        In grey value², all positive; the mean brightness of each frame is removed first.

    Examples
    --------
    >>> measured_spectrum(np.random.default_rng(0).random((2, 8, 12))).shape
    (16, 24)
    """
    frames = clip - clip.mean(axis=(1, 2), keepdims=True)
    height, width = clip.shape[1:]
    mirrored = np.pad(frames, [(0, 0), (0, height), (0, width)], mode="symmetric")
    power = np.mean(np.abs(np.fft.fft2(mirrored, norm="ortho")) ** 2, axis=0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(2 * height), np.fft.fftfreq(2 * width), indexing="ij"))
    ring = np.rint(frequency * 2 * min(height, width)).astype(int)
    mean = np.bincount(ring.ravel(), power.ravel()) / np.maximum(np.bincount(ring.ravel()), 1)
    mean[0] = mean[1]  # as gauss.power_spectrum does
    return np.maximum(mean, mean[mean > 1e-12 * mean.max()].min())[ring]  # the mirror leaves the finest wave empty


def reverse(spectrum, noises, *, seed):
    """Generate a picture: from noise to a sample, by the exact score of a Gaussian field.

    x_(next) = x̂₀ + (σ_next / σ)(x − x̂₀) with x̂₀ = x + σ² ∇log p_σ(x), from one noise level to the next lower one.

    Parameters
    ----------
    spectrum : ndarray, shape (H, W), float
        Of the field, in grey value².
    noises : sequence of float
        Noise levels σ in grey values, falling; the last may be 0.
    seed : int
        Of the noise that it starts from.

    Returns
    -------
    ndarray, shape (len(noises), H, W), float
        The picture at every level; the first has the spectrum S + σ² of picture plus noise.

    References
    ----------
    J. Song, C. Meng, S. Ermon, "Denoising diffusion implicit models", ICLR (2021), arXiv:2010.02502.

    Examples
    --------
    >>> reverse(gauss.power_spectrum((8, 8)), [10, 1, 0], seed=0).shape
    (3, 8, 8)
    """
    x = gauss.sample(spectrum + noises[0] ** 2, seed=seed)
    states = [x]
    for noise, following in pairwise(noises):
        score = gauss.score(x, spectrum, signal=1.0, noise=noise)
        clean = gauss.tweedie(x, score, signal=1.0, noise=noise)
        x = clean + following / noise * (x - clean)
        states.append(x)
    return np.stack(states)


def friendships(people, *, shortcuts, seed):
    """A small world: a ring of people who know two neighbours on each side, and a few friends far away.

    Parameters
    ----------
    people : int
        At least 5.
    shortcuts : int
        How many friendships across the ring.
    seed : int
        Of the shortcuts.

    Returns
    -------
    ndarray, shape (people, people), int
        Symmetric; 1 where two are friends.

    References
    ----------
    D. J. Watts, S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature 393 (1998), doi:10.1038/30918.

    Examples
    --------
    >>> friendships(10, shortcuts=0, seed=0).sum(axis=1).tolist()
    [4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    """
    number = np.arange(people)
    far = np.random.default_rng(seed).integers(0, people, (shortcuts, 2))
    friends = np.zeros((people, people), int)
    for a, b in [(number, (number + 1) % people), (number, (number + 2) % people), far[far[:, 0] != far[:, 1]].T]:
        friends[a, b] = friends[b, a] = 1
    return friends


def spread(friends, time, *, start=0):
    """Where a link is that friends hand on at random: the heat equation on a graph.

    p(t) = e^(−tL) p(0) with L = degrees − friendships

    Parameters
    ----------
    friends : ndarray, shape (n, n)
        Symmetric; 1 where two are friends.
    time : float
        ≥ 0, in units of the mean time until a friendship is used.
    start : int
        Who has it first.

    Returns
    -------
    ndarray, shape (n,), float
        The probability that each person has it; the sum is 1.

    References
    ----------
    F. R. K. Chung, Spectral Graph Theory, American Mathematical Society (1997).

    Examples
    --------
    >>> spread(np.array([[0, 1], [1, 0]]), 100.0).round(6).tolist()
    [0.5, 0.5]
    """
    rates, modes = np.linalg.eigh(np.diag(friends.sum(axis=1)) - friends)
    return modes @ (np.exp(-time * rates) * modes[start])


def reach(probability):
    """To how many people a spread amounts: e to the power of its entropy.

    Parameters
    ----------
    probability : ndarray, shape (n,), float
        Sums to 1; rounding errors below 0 count as 0.

    Returns
    -------
    float
        From 1 (one person has it) to n (anyone might).

    Examples
    --------
    >>> round(reach(np.full(4, 0.25)), 9)
    4.0
    """
    positive = probability[probability > 1e-15]
    return float(np.exp(-np.sum(positive * np.log(positive))))


# --- the map ----------------------------------------------------------------------------------------------------------

MEANINGS = (  # what the articles say, what it is, where it uses the three verbs, and the chapters
    ("a smoothing filter", "heat on pixels", "F", "chapters 3–4"),
    ("a distribution pipeline", "heat on a graph", "F", "chapter 17"),
    ("compress and encrypt", "prediction, bits, then a cipher", "PB", "chapters 6–10, 18"),
    ("key frames, then a GAN", "a predictor that invents", "P", "chapters 11–12"),
    ("a learned codec", "a learned predictor, and bits", "PB", "chapter 13"),
    ("denoising diffusion", "noise, and the predictor back", "FPB", "chapters 14–16"),
)
VERBS = {
    "F": ("FORGET", "diffusion", "identity 1"),
    "P": ("PREDICT", "what was forgotten", "identities 2, 4"),
    "B": ("PAY", "bits for the rest", "identities 3, 5"),
}


class Map:
    """The map of the field as a drawing: six names on the left, what they are, and three verbs on the right.

    Parameters
    ----------
    name, caption, alt : str
        As for :func:`vdtext.figures.show`.

    Examples
    --------
    >>> Map(name="map", caption="Six names.", alt="Six boxes on the left, three on the right.")
    [figure map: Six boxes on the left, three on the right.]
    """

    def __init__(self, *, name, caption, alt):
        self._metadata = described(name, caption, alt)
        self.name, self.caption, self.alt = self._metadata["vdtext"].values()

    def __repr__(self):
        return f"[figure {self.name}: {self.alt}]"

    def svg(self):
        """The drawing (str): ink is the page's own text colour, so that it is readable in both themes."""
        shapes = [
            text(*place, "QUIET")
            for place in ((6, 16, "the articles say"), (268, 16, "what it is"), (590, 58, "what it does"))
        ]
        for row, (said, really, verbs, chapters) in enumerate(MEANINGS):
            y = 30 + 66 * row
            shapes += [*box(4, y, 238), text(16, y + 22, said, "STRONG"), text(16, y + 40, chapters)]
            shapes += [line(242, y + 26, 266, y + 26), *box(266, y, 236), text(278, y + 31, really)]
            shapes += [line(502, y + 26, 588, 113 + 132 * "FPB".index(verb)) for verb in verbs]
        for row, (verb, *lines) in enumerate(VERBS.values()):
            y = 72 + 132 * row
            shapes += [*box(588, y, 168, 82, stroke=2.4), text(602, y + 27, verb, "STRONG")]
            shapes += [text(602, y + 27 + 20 * n, words) for n, words in enumerate(lines, 1)]
        style = "display:block;width:100%;min-width:40rem;height:auto"
        fonts = {"font_family": "inherit", "font_size": 14}
        return tag("svg", *shapes, viewBox="0 0 760 428", role="img", aria_label=self.alt, style=style, **fonts)

    def _repr_mimebundle_(self, include=None, exclude=None):
        drawing = tag("div", self.svg(), style="overflow-x:auto", tabindex=0, role="group", aria_label="map")
        caption = tag("figcaption", inline(self.caption))
        html = tag("figure", drawing, caption, class_="vd-fig", style="margin:0 0 1rem;max-width:100%")
        return {"text/plain": repr(self), "text/html": html}, self._metadata


def box(x, y, width, height=52, *, stroke=1.2):
    """A rounded rectangle of the map, in a list."""
    size = {"x": x, "y": y, "width": width, "height": height, "rx": 8}
    return [tag("rect", **size, fill="none", stroke="currentColor", stroke_width=stroke)]


def line(x1, y1, x2, y2):
    """A smooth line of the map from left to right."""
    middle = (x1 + x2) / 2
    path = f"M{x1} {y1}C{middle:g} {y1} {middle:g} {y2} {x2} {y2}"
    return tag("path", d=path, fill="none", stroke="currentColor", stroke_opacity=0.55, stroke_width=1.6)


def text(x, y, words, look=""):
    """Words of the map."""
    looks = {"STRONG": {"font_weight": 700}, "QUIET": {"opacity": 0.75}}
    return tag("text", escape(words), x=x, y=y, fill="currentColor", **looks.get(look, {}))
