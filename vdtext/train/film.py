"""What the codec of chapter 10 is taught for chapter 13: the planes of its loop filter, and first probabilities."""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import nn

from vdtext import codec, footage, integer, video
from vdtext.codec import group as groups
from vdtext.codec import sheets
from vdtext.codec.correction import TAPS, grade, planes
from vdtext.codec.model import MIDDLE, SLOPE, UNIT, Model, Name
from vdtext.train.task import Task

__all__ = ["Coded", "Planes", "coded", "explained", "film", "first_probabilities", "integers"]

SIZE, FRAMES, CLIPS, SIDE = (192, 256), 17, 240, 96
MADE_UP = ("sprites", "digits")
UNTRAINED = Model(Name("", bytes(8)), *np.zeros((5, 0), np.int64), (), 0)
"""Nothing has been learned yet; but there are virtual frames."""


@dataclass(frozen=True, eq=False)
class Coded:
    """A training clip, coded by chapter 10 with virtual frames.

    Attributes
    ----------
    index : int
        Of the quantiser's step.
    frames : tuple
        Of some frames: luma, motion's prediction and picture, uint8 (H, W); where it is not copied, bool (H/8, W/8);
        the step, in 1/16.
    events : tuple of ndarray
        Contexts that were used, the probability of a one there at the end, and how many bits that rests on.
    mixtures : ndarray
        Weights of the mixtures at the end.
    """

    index: int
    frames: tuple
    events: tuple
    mixtures: np.ndarray


@lru_cache(maxsize=CLIPS + 40)
def coded(number, seed):
    """Clip `number` of the training footage, coded at a quality drawn from 20 to 75.

    Examples
    --------
    >>> one = coded(3, 0)
    >>> len(one.frames) > 1, one.frames[0][0].shape
    (True, (192, 256))
    """
    from vdtext.fast.codec import predicted

    rng = np.random.default_rng([seed, number, 13])
    clip = next(
        found
        for k in range(1000)
        if (found := footage.septuplet(1000 * number + k, seed=seed, size=SIZE, length=FRAMES)).source not in MADE_UP
    )
    ycbcr = video.rgb_to_ycbcr(clip.array, matrix="bt601", limited=True)
    chroma = [video.subsample(ycbcr[..., c], "420") for c in (1, 2)]
    pictures = [sheets.sheet(list(one)) for one in zip(ycbcr[..., 0], *chroma, strict=True)]
    seen, index = [], codec.quality_index(float(rng.integers(20, 76)))
    group = groups.begin(SIZE, True, codec.Tools(primed=False, corrected=False), model=UNTRAINED)

    def watch(place, frame, picture):
        if place.number in (0, 16, 8, 4, *rng.choice(FRAMES, 2)):
            moved, here = np.empty(SIZE, np.uint8), frame.grid[1] != 0
            predicted(frame, moved)
            kept = here if frame.head[0] else np.ones_like(here)
            if kept.mean() > 0.15:
                seen.append((frame.rec[: SIZE[0]].copy(), moved, picture[: SIZE[0]].copy(), kept, int(frame.head[3])))

    group.watch = watch
    codec.write_run(group, pictures[:1], index)
    codec.write_run(group, pictures[1:], index)
    used = np.flatnonzero(group.coder.counts)
    events = (used, (group.coder.chances[used] / 2**22).astype(np.float32), group.coder.counts[used])
    return Coded(index, tuple(seen), events, group.coder.weights.copy())


class Planes(nn.Module):
    """A network that makes planes of a frame at half its resolution: layers of 3 × 3, clipped to [0, 1].

    Parameters
    ----------
    width, depth, count : int
        Channels, hidden layers, planes.

    Examples
    --------
    >>> Planes(8, 1, 2)(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 2, 16, 16])
    """

    def __init__(self, width=32, depth=3, count=4):
        super().__init__()
        channels = [12, *[width] * depth]
        self.body = nn.ModuleList([nn.Conv2d(a, b, 3) for a, b in itertools.pairwise(channels)])
        self.tail = nn.Conv2d(width, 4 * count, 3)
        nn.init.normal_(self.tail.weight, std=0.02)
        nn.init.zeros_(self.tail.bias)

    def forward(self, x):
        """Planes in grey values; x: (B, 3, H, W) of luma − 128, luma − prediction, grade of the step."""
        x = nn.functional.pixel_unshuffle(x / 64, 2)
        for layer in self.body:
            x = whole(layer(edged(x)).clamp(0, 1), 255)
        return whole(16 * nn.functional.pixel_shuffle(self.tail(edged(x)), 2), 16)


def edged(x):
    """A picture with its edge repeated once."""
    return nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")


def whole(x, n):
    """Rounded to multiples of 1/n; the gradient does not see it."""
    return x + (torch.round(x * n) / n - x).detach()


def differences(luma):
    """The twelve planes of :func:`vdtext.codec.correction.differences`, in grey values."""
    wide = nn.functional.pad(luma, (3, 3, 3, 3), mode="replicate")
    h, w = luma.shape[2:]
    pairs = [
        wide[:, :, 3 + i : 3 + i + h, 3 + j : 3 + j + w] + wide[:, :, 3 - i : 3 - i + h, 3 - j : 3 - j + w]
        for i, j in TAPS
    ]
    return torch.cat(pairs, 1) / 2 - luma


def explained(planes, error, mask):
    """Mean squared error before, and after the best linear combination of planes.

    min_a |e − Σ a_k φ_k|² = |e|² − bᵀA⁻¹b, with A_jk = φ_j·φ_k and b_k = φ_k·e

    Parameters
    ----------
    planes : tensor (B, K, H, W)
    error, mask : tensor (B, 1, H, W)

    Returns
    -------
    tuple of tensor (B,)

    Examples
    --------
    >>> plane = torch.arange(16.0).reshape(1, 1, 4, 4)
    >>> before, after = explained(plane, 3 * plane, torch.ones(1, 1, 4, 4))
    >>> round(float(before)), float(after) < 2
    (698, True)
    """
    n = mask.sum((1, 2, 3))
    a, b = (planes * mask).flatten(2), (error * mask).flatten(2)
    gram, right = a @ a.mT / n[:, None, None], a @ b.mT / n[:, None, None]
    ridge = 0.002 * torch.diagonal(gram, dim1=1, dim2=2).mean(1) + 1e-4
    gram = gram + ridge[:, None, None] * torch.eye(len(gram[0]))
    before = b.square().sum((1, 2)) / n
    best = torch.linalg.solve(gram, right)
    after = before - 2 * (best * right).sum((1, 2)) + (best.mT @ gram @ best)[:, 0, 0]
    return before, after.clamp_min(0)


def integers(net):
    """The layers of a trained :class:`Planes`, as integers: inputs as they are, planes in 1/16 grey value.

    Parameters
    ----------
    net : Planes

    Returns
    -------
    list of vdtext.integer.Layer

    Examples
    --------
    >>> [layer.weights.shape for layer in integers(Planes(8, 1, 2))]
    [(8, 12, 3, 3), (8, 8, 3, 3)]
    """
    found, scale, most = [], 64, 255
    for number, one in enumerate([*net.body, net.tail], start=-len(net.body)):
        out, low, high = (255, 0, 255) if number else (256, -2047, 2047)
        weights, bias = one.weight.detach().numpy(), one.bias.detach().numpy()
        for shift in range(20, -1, -1):  # as fine as the sums allow
            try:
                layer = integer.layer(weights, bias, scale=scale, out=out, shift=shift, low=low, high=high)
            except ValueError:
                continue
            if integer.largest(layer, most) < integer.EXACT:
                break
        found.append(layer)
        scale, most = 255, 255
    return found


def first_probabilities(clips):
    """Of every context the log-odds of a one, a line over the quantiser's index, and how far it may be trusted.

    logit p(q) = a + b·(q − 84)/100, by penalised maximum likelihood over the clips; the trust is the number of events
    after which a clip's own frequencies say as much: from the spread of the clips' frequencies beyond that of chance.

    Parameters
    ----------
    clips : list of Coded

    Returns
    -------
    dict of str to ndarray
        As :func:`vdtext.codec.model.load` takes it.
    """
    from vdtext.fast.codec.coder import KINDS, SIZE, SLOTS

    used = np.unique(np.concatenate([one.events[0] for one in clips]))
    p, m = np.zeros((2, len(clips), len(used)), np.float32)
    for k, one in enumerate(clips):
        at = np.searchsorted(used, one.events[0])
        p[k, at], m[k, at] = one.events[1:]
    x, seen = np.array([[(one.index - MIDDLE) / 100] for one in clips]), np.minimum(m, 80)
    a, b = np.zeros((2, len(used)))
    for _ in range(30):  # Newton's method, for all contexts at once
        q = 1 / (1 + np.exp(-np.clip(a + b * x, -9, 9)))
        g, h = seen * (p - q), seen * q * (1 - q)
        ga, gb = g.sum(0) - 0.5 * a, (g * x).sum(0) - 2 * b
        haa, hab, hbb = h.sum(0) + 0.5, (h * x).sum(0), (h * x * x).sum(0) + 2
        a += np.clip((hbb * ga - hab * gb) / (haa * hbb - hab**2), -2, 2)
        b += np.clip((haa * gb - hab * ga) / (haa * hbb - hab**2), -2, 2)
    q = 1 / (1 + np.exp(-np.clip(a + b * x, -9, 9)))
    count = np.maximum((m > 0).sum(0), 1)
    mean = m.sum(0) / count
    spread = (m * (p - q) ** 2 / (q * (1 - q) + 1e-3)).sum(0) / np.maximum(count - 1, 1)
    trust = np.clip(
        (mean - 1) / np.maximum(spread - 1, 0.02) - 1, 1, np.minimum(40, 0.5 * count * np.minimum(mean, 30))
    )
    there = np.zeros(KINDS * SLOTS * SIZE, bool)
    there[used] = True
    mixtures = np.stack([one.mixtures for one in clips]).astype(float)
    moved = mixtures != mixtures[0, -1, -1]  # the last set is never used
    mean = (mixtures * moved).sum(0) / np.maximum(moved.sum(0), 1)
    return {
        "used": np.packbits(there),
        "logits": np.clip(np.rint(UNIT * a), -127, 127).astype(np.int8),
        "slopes": np.clip(np.rint(SLOPE * b / 100), -127, 127).astype(np.int8),
        "counts": np.rint(0.6 * trust).astype(np.uint8),
        "mixtures": np.rint(np.where(moved.any(0), mean, mixtures[0])).astype(np.int32),
    }


def film(*, steps=3000, batch=4, clips=CLIPS):
    """Trained parts for the codec of chapter 10: planes for its loop filter, first probabilities (chapter 13).

    Parameters
    ----------
    steps, batch, clips : int
        Clips that are coded, once, before the first steps.

    Returns
    -------
    Task

    Examples
    --------
    >>> film().name
    'codec-13'
    """

    def sample(number, seed):
        rng = np.random.default_rng([seed, number])
        while not (frames := coded(int(rng.integers(clips)), seed).frames):
            pass
        return cropped(frames[rng.integers(len(frames))], rng)

    def loss(networks, batch, rng):
        found = networks["net"](batch["seen"])
        found = torch.cat([found, differences(batch["seen"][:, :1])], 1)
        before, after = explained(found, batch["error"], batch["mask"])
        return {"loss": torch.log((after + 0.3) / (before + 0.3)).mean()}

    def measure(networks):
        layers, ratios = integers(networks["net"].cpu()), {"network": [], "differences": []}
        for number in range(clips, clips + 24):
            for luma, moved, picture, kept, step in coded(number, 0).frames[:3]:
                mask = torch.from_numpy(np.kron(kept, np.ones((8, 8), np.float32)))[None, None]
                error = torch.from_numpy(picture.astype(np.float32) - luma)[None, None]
                for name, used in (("network", layers), ("differences", ())):
                    found = torch.from_numpy(planes(used, luma, moved, step).astype(np.float32) / 16)[None]
                    before, after = explained(found, error, mask)
                    ratios[name].append(float(10 * torch.log10(before / after)))
        return {f"{name}_db": float(np.mean(values)) for name, values in ratios.items()}

    def files(networks):
        found = first_probabilities([coded(number, 0) for number in range(clips)])
        for k, layer in enumerate(integers(networks["net"].cpu())):
            found |= {f"{k}.weights": layer.weights, f"{k}.bias": layer.bias}
            found[f"{k}.range"] = np.array([layer.shift, layer.low, layer.high], np.int32)
        return {"codec-13": found}

    return Task(
        "codec-13",
        lambda: {"net": Planes()},
        {"net": loss},
        sample,
        measure,
        steps,
        batch,
        f"0.2 dB where blocks were not copied, after {steps} steps, 8 minutes of CPU",
        warmup=100,
        last=0.02,
        ema=0.997,
        clip=1.0,
        data=lambda: footage.tally(CLIPS, seed=0, size=SIZE),
        arguments={"clips": clips, "size": SIZE, "frames": FRAMES, "qualities": "20 to 75"},
        optimisers={"net": lambda parameters: torch.optim.Adam(parameters, lr=1e-3)},
        files=files,
    )


def cropped(frame, rng):
    """A square of a coded frame, turned and mirrored by chance: what a network sees, the error, and where it counts."""
    luma, moved, picture, kept, step = frame
    for _ in range(20):
        y, x = (8 * int(rng.integers((n - SIDE) // 8 + 1)) for n in SIZE)
        here = kept[y // 8 : (y + SIDE) // 8, x // 8 : (x + SIDE) // 8]
        if here.mean() > 0.15:
            break
    luma, moved, picture = (p[y : y + SIDE, x : x + SIDE].astype(np.float32) for p in (luma, moved, picture))
    seen = np.stack([luma - 128, luma - moved, np.full_like(luma, grade(step))])
    mask = np.kron(here, np.ones((8, 8), np.float32))[None]
    turns, mirrored = int(rng.integers(4)), 1 - 2 * int(rng.integers(2))
    turned = [np.rot90(a, turns, (1, 2))[:, :, ::mirrored] for a in (seen, (picture - luma)[None], mask)]
    return dict(zip(("seen", "error", "mask"), map(np.ascontiguousarray, turned), strict=True))
