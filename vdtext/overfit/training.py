"""The encoder: gradient descent on one picture.  Rounding has no slope, so it is softened, and noise stands for it."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from vdtext._progress import progress
from vdtext.fast import overfit as fast
from vdtext.learned.surrogates import soft_round
from vdtext.motion import compensate, encode_vectors, match
from vdtext.overfit.choice import chosen
from vdtext.overfit.grids import CAUSAL, PARENT, grid_shapes
from vdtext.overfit.laplace import SCALES, SMALLEST
from vdtext.overfit.network import BLOCK, Network, Shape, shapes
from vdtext.overfit.stream import FRAMES, LIMIT

__all__ = ["Fitted", "Model", "fit", "kumaraswamy"]

GAIN = 16.0
"""Latents are parameters times this, so that one learning rate suits all."""
UNIT = 16.0
"""Grey values are parameters times this, for the same reason."""
GREYS = ("synthesis 1", "synthesis direct", "synthesis bias")
RATE, SLOWEST, LAST = 1e-2, 0.02, 0.15
"""Adam's rate; the least share of it; the share of the steps in which latents are rounded and stay."""
START, END, PEAK = 0.4, 0.1, 1.5
"""Temperature of soft rounding at the beginning and at the end; shape of the noise at the beginning (1 at the end)."""


def kumaraswamy(like, shape, generator):
    """Noise between −1/2 and 1/2: uniform at shape 1, and the more peaked at 0 the larger the shape.

    .. math:: u = (1 − (1 − r)^{1/b})^{1/a} − ½, \\quad b = (2^a (a − 1) + 1)/a

    with r uniform: b puts the peak of the density a b x^{a−1} (1 − x^a)^{b−1} into the middle.

    Parameters
    ----------
    like : Tensor
        As many numbers are drawn.
    shape : float
        a >= 1.
    generator : torch.Generator

    Returns
    -------
    Tensor

    References
    ----------
    Kim et al., C3: High-performance and low-complexity neural compression from a single image or video (2024),
    arXiv:2312.02753.

    Examples
    --------
    >>> noise = kumaraswamy(torch.zeros(9999), 2.0, torch.Generator().manual_seed(0))
    >>> bool(abs(noise).max() < 0.5), bool(noise.std() < 12**-0.5)
    (True, True)
    """
    b = (2**shape * (shape - 1) + 1) / shape
    r = torch.rand(like.shape, generator=generator)
    return (1 - (1 - r) ** (1 / b)) ** (1 / shape) - 0.5


class Take(torch.autograd.Function):
    """Numbers at given places, as rows; the gradient is added up at these places."""

    @staticmethod
    def forward(ctx, numbers, places):
        out = torch.empty(places.shape)
        fast.gather(numbers.detach().numpy(), places, out.numpy())
        ctx.places, ctx.size = places, numbers.numel()
        return out

    @staticmethod
    def backward(ctx, slope):
        out = torch.zeros(ctx.size)
        fast.scatter(slope.contiguous().numpy(), ctx.places, out.numpy())
        return out, None


class Bits(torch.autograd.Function):
    """−Σ log₂ of the mass that Laplace densities have within ±1/2 of each number, and its slopes."""

    @staticmethod
    def forward(ctx, numbers, middles, octaves):
        slopes = [torch.empty_like(numbers) for _ in range(2)]
        given = (t.detach().contiguous().numpy() for t in (numbers, middles, octaves))
        low, high = SMALLEST / 8, (SMALLEST + SCALES - 1) / 8
        total = fast.laplace_bits(*given, low, high, *(slope.numpy() for slope in slopes))
        ctx.save_for_backward(*slopes)
        return torch.tensor(total, dtype=torch.float32)

    @staticmethod
    def backward(ctx, slope):
        by_number, by_octave = ctx.saved_tensors
        return slope * by_number, -slope * by_number, slope * by_octave


@dataclass(frozen=True, eq=False)
class Fitted:
    """What gradient descent found, quantised.

    Attributes
    ----------
    size : (int, int)
    kind : int
        As in :class:`vdtext.overfit.stream.Header`.
    network : Network
    frames : list of list of ndarray
        Latents.
    vectors : list of bytes
        Of each predicted frame.
    curve : ndarray, shape (n, 4)
        Step, loss, squared error, bits per pixel of the latents, in the course of the descent.

    Examples
    --------
    >>> fit(np.zeros((8, 8), np.uint8), lam=50, seed=0, steps=3, levels=2).curve.shape
    (3, 4)
    """

    size: tuple
    kind: int
    network: Network
    frames: list
    vectors: list
    curve: np.ndarray


class Model:
    """Latents and networks in float32, with the same sums as the integer decoder.

    Parameters
    ----------
    size : (int, int)
    count : int
        Frames.
    shape : Shape
    generator : torch.Generator
        For the first weights.

    Examples
    --------
    >>> model = Model((16, 16), 1, Shape(3, 4, 4, False), torch.Generator().manual_seed(0))
    >>> int(model.latents.numel()), model.picture(model.latents[0])[3, 3].item()
    (336, 128.0)
    """

    def __init__(self, size, count, shape, generator):
        self.size, self.shape, self.sizes = size, shape, grid_shapes(*size, shape.levels)
        self.starts = np.concatenate([[0], np.cumsum([h * w for h, w in self.sizes])])
        self.latents = torch.zeros((count, int(self.starts[-1])), requires_grad=True)
        self.known, self.around = known_places(self.sizes), window_places(size)
        self.doublings = [
            [doubling(a, b) for a, b in zip(coarse, fine, strict=True)]
            for fine, coarse in zip(self.sizes, self.sizes[1:], strict=False)
        ]
        self.weights = {}
        for name, default in shapes(shape).items():
            start = torch.tensor(default, dtype=torch.float32)
            if name in ("arm 1", "arm 2", "synthesis 1", "synthesis 2"):
                spread = default.shape[1] ** -0.5 * (0.1 if name == "synthesis 2" else 1)
                start = start + spread * torch.randn(start.shape, generator=generator) * (start == 0)
            if name == "synthesis direct":
                start = 0.7 * 0.6 ** torch.arange(shape.levels, dtype=torch.float32)[None]
            self.weights[name] = start.requires_grad_()

    def bits(self, latents):
        """What the latents of a frame cost."""
        w, n = self.weights, self.shape.hidden
        known = Take.apply(torch.cat([latents, torch.zeros(1)]), self.known)
        bias = w["arm bias"][:, None]
        x = torch.relu(torch.addmm(bias[:n], w["arm 1"], known))
        x = torch.relu(torch.addmm(bias[n:-2], w["arm 2"], x))
        middles, octaves = torch.addmm(bias[-2:], w["arm 3"], x) + w["arm direct"] @ known
        return Bits.apply(latents, middles, octaves)

    def picture(self, latents, prediction=None):
        """The grey values that latents stand for."""
        w, n, (h, width) = self.weights, self.shape.features, self.size
        planes, rows, columns = [latents[: h * width]], None, None
        for level, steps in enumerate(self.doublings, 1):
            up, across = (torch.tensordot(w["taps"], step, 1) for step in steps)
            rows, columns = (up, across) if rows is None else (rows @ up, columns @ across)
            grid = latents[self.starts[level] : self.starts[level + 1]].view(self.sizes[level])
            planes.append((rows @ grid @ columns.T).flatten())
        x, bias = torch.stack(planes), w["synthesis bias"][:, None]
        features = [torch.relu(torch.addmm(bias[:n], w["synthesis 1"], x)), w["synthesis direct"] @ x]
        if self.shape.predicted:
            known = torch.zeros((1, h * width)) if prediction is None else (prediction.reshape(1, -1) - 128) / UNIT
            features.append(known)
        y = torch.addmm(bias[n:-1], w["synthesis 2"], torch.cat(features))
        y = torch.addmm(bias[-1:], w["synthesis 3"], Take.apply(y[0], self.around))
        return (UNIT * y + 128).view(h, width)

    def numbers(self):
        """The weights, as the integer decoder names them: grey values where parameters are shares of them."""
        return {k: t.detach().double().numpy() * (UNIT if k in GREYS else 1) for k, t in self.weights.items()}


def known_places(sizes):
    """For each latent of a frame, the places of the 15 that are known before it; behind the last one is a zero."""
    starts = np.concatenate([[0], np.cumsum([h * w for h, w in sizes])])
    places = np.full((len(CAUSAL) + len(PARENT), starts[-1]), starts[-1], np.int32)
    for level, (h, w) in enumerate(sizes):
        y, x = np.indices((h, w))
        for k, (dy, dx) in enumerate((*CAUSAL, *PARENT)):
            above = k >= len(CAUSAL)
            if above and level + 1 == len(sizes):
                break
            i, j = (y // 2 + dy, x // 2 + dx) if above else (y + dy, x + dx)
            rows, columns = sizes[level + above]
            inside = (i >= 0) & (j >= 0) & (i < rows) & (j < columns)
            found = np.where(inside, starts[level + above] + i * columns + j, starts[-1])
            places[k, starts[level] : starts[level + 1]] = found.ravel()
    return places


def window_places(size):
    """For each pixel the places of the 3 × 3 around it; the border is repeated."""
    (h, w), (y, x) = size, np.indices(size)
    rows, columns = (
        np.clip(y + np.arange(-1, 2)[:, None, None], 0, h - 1),
        np.clip(x + np.arange(-1, 2)[:, None, None], 0, w - 1),
    )
    return np.stack([(rows[i] * w + columns[j]).ravel() for i in range(3) for j in range(3)]).astype(np.int32)


def doubling(count, wanted):
    """Four matrices whose sum, weighted by the taps, doubles a row of `count` numbers; shape (4, wanted, count)."""
    steps = torch.zeros(4, wanted, count)
    for i in range(wanted):
        for tap in range(4):
            place = i // 2 + (tap - 2 if i % 2 == 0 else 2 - tap)
            steps[tap, i, min(max(place, 0), count - 1)] += 1
    return steps


def fit(picture, *, lam, seed, after=None, steps=2500, hidden=8, features=12, levels=7):
    """Find latents and networks for a picture or a group of frames by gradient descent on D + λR, and quantise them.

    While they move, latents are softened and disturbed as rounding would disturb them; at the end they are rounded and
    stay, and the networks learn from what the decoder will see.  Then every tensor gets the precision that serves best.

    Parameters
    ----------
    picture, lam, seed, after, steps, hidden, features, levels
        As for :func:`vdtext.overfit.encode`.

    Returns
    -------
    Fitted

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right.

    Examples
    --------
    >>> picture = np.add.outer(np.arange(16), 3 * np.arange(24)).astype(np.uint8)
    >>> curve = fit(picture, lam=50, seed=0, steps=60, levels=3).curve
    >>> bool(curve[-1, 1] < curve[0, 1] / 3)
    True
    """
    frames = checked(picture, lam, steps, after)
    kind = len(frames) + (FRAMES + 1) * (after is not None) if np.ndim(picture) == 3 else int(after is not None)
    shape = Shape(levels, hidden, features, kind > 0)
    generator = torch.Generator().manual_seed(seed)
    model = Model(frames.shape[1:], len(frames), shape, generator)
    vectors = [match(b, a, block=BLOCK) for a, b in pairwise(frames if after is None else (after, *frames))]
    fields = [found.vectors for found in vectors]
    wanted, curve = torch.tensor(frames, dtype=torch.float32), []
    nets = list(model.weights.values())
    optimiser = torch.optim.Adam([{"params": [model.latents]}, {"params": nets}], RATE, foreach=True)
    moving = max(1, round((1 - LAST) * steps))
    for step in progress(range(steps), "fitting"):
        share, still = min(step / moving, 1.0), step >= moving
        rate = RATE / 10 * (steps - step) / (steps - moving) if still else RATE * cosine(share)
        for group in optimiser.param_groups:
            group["lr"] = rate
        if still:
            q = torch.round(GAIN * model.latents).detach()
        else:
            q = disturbed(GAIN * model.latents, START - (START - END) * share, PEAK - (PEAK - 1) * share, generator)
        error, bits = cost(model, q, wanted, fields, after)
        loss = error + lam * bits
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(nets, 100.0, foreach=True)
        optimiser.step()
        curve.append((step, loss.item(), error.item(), bits.item()))
    q = np.rint(GAIN * model.latents.detach().numpy()).astype(np.int32)
    grids = [
        [row[a:b].reshape(s) for a, b, s in zip(model.starts, model.starts[1:], model.sizes, strict=False)] for row in q
    ]
    network = chosen(model.numbers(), shape, grids, frames, fields, lam=lam, after=after)
    return Fitted(frames.shape[1:], kind, network, grids, [encode_vectors(v) for v in vectors], np.array(curve))


def checked(picture, lam, steps, after=None):
    """Frames (T, H, W), after making sure that the arguments can be right."""
    picture = np.asarray(picture)
    if picture.dtype != np.uint8:
        raise TypeError(f"{picture.dtype}: pictures are uint8 (chapter 13)")
    frames = picture[None] if picture.ndim == 2 else picture
    if (
        frames.ndim != 3
        or not 0 < frames.size <= LIMIT
        or len(frames) > FRAMES
        or (picture.ndim, len(frames)) == (3, 1)
    ):
        raise ValueError(
            f"shape {picture.shape}: accepted are (H, W), and (T, H, W) of 2 to {FRAMES} frames, {LIMIT} pixels in all "
            "(chapter 13)"
        )
    if after is not None and (np.shape(after) != frames.shape[1:] or after.dtype != np.uint8):
        raise ValueError(
            f"after of shape {np.shape(after)}: accepted is a frame uint8 as large as the picture (chapter 13)"
        )
    if not lam > 0 or steps < 1:
        raise ValueError(f"lam={lam}, steps={steps}: accepted are λ > 0 and one step or more (chapter 13)")
    return np.ascontiguousarray(frames)


def cosine(share):
    """What is left of the learning rate after a share of the steps."""
    return max(0.5 * (1 + math.cos(math.pi * share)), SLOWEST)


def disturbed(x, temperature, shape, generator):
    """Latents as rounding would change them, and yet with slopes: soft, plus noise, and soft again."""
    x = soft_round(x, temperature)
    return soft_round(x + kumaraswamy(x, shape, generator), temperature)


def cost(model, q, wanted, fields, after=None):
    """Squared error, and bits per pixel, of frames; each is predicted from the one before as the decoder has it."""
    error, bits, before, fields = 0.0, 0.0, after, list(fields)
    for number, latents in enumerate(q):
        known = None if before is None else torch.from_numpy(compensate(before, fields.pop(0), block=BLOCK)).float()
        shown = model.picture(latents, known)
        error, bits = error + ((shown - wanted[number]) ** 2).mean(), bits + model.bits(latents)
        before = np.clip(np.rint(shown.detach().numpy()), 0, 255).astype(np.uint8)
    return error / len(wanted), bits / wanted.numel()
