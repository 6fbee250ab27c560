"""Frames between key frames: fetched along the motion as in chapter 9, and put together by a small network."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vdtext import edges, motion

__all__ = ["Between", "agreement", "candidates", "fill"]

PLANES, SOFTNESS, REACH = 6, 0.04, 16.0
"""Guesses at every pixel; the disagreement of a pair (of white) that takes its weight down by a factor e; and the
motion from key frame to key frame, in pixels, that the patches of 96 pixels it learned on hardly exceed."""


class Between(nn.Module):
    """The frame between two frames: at every pixel a weighted mean of six guesses, plus a small residual.

    .. math:: u = \\sum_k w_k g_k + 0.1 \\tanh r, \\qquad w = \\mathrm{softmax}(\\ell - E / 0.04)

    The guesses g are those of `candidates`.  Where both guesses of a pair agree the motion behind them is likely right;
    so the weights begin with the disagreement E of `agreement`, and convolutions on a grid of half the size find the
    corrections ℓ and r.

    Parameters
    ----------
    width : int
        Channels.
    dilations : tuple of int
        Of the residual blocks, two layers each.

    References
    ----------
    Niklaus and Liu (2018), "Context-aware synthesis for video frame interpolation", arXiv:1803.10967 (warped frames,
    mended by a network).  Jiang et al. (2018), "Super SloMo", arXiv:1712.00080 (weights where one frame hides).

    Examples
    --------
    >>> net = Between()
    >>> tuple(net(torch.zeros(2, 10, 8, 9)).shape), sum(p.numel() for p in net.parameters())
    ((2, 1, 8, 9), 52036)
    """

    def __init__(self, width=24, dilations=(1, 2, 4)):
        super().__init__()
        self.head = nn.Conv2d(4 * 17, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation),
                nn.LeakyReLU(0.1),
                nn.Conv2d(width, width, 3, padding=1),
            )
            for dilation in dilations
        )
        self.tail = nn.Conv2d(width, 4 * (PLANES + 1), 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)

    def forward(self, seen):
        """From (N, 10, H, W) of `candidates` to (N, 1, H, W) in [0, 1]."""
        height, width = seen.shape[-2:]
        seen = functional.pad(seen, (0, width % 2, 0, height % 2), mode="replicate")
        guesses, there, back = seen[:, :PLANES], seen[:, PLANES : PLANES + 2], seen[:, PLANES + 2 :]
        apart = agreement(guesses)
        first = -apart.repeat_interleave(2, 1) / SOFTNESS
        guess = (first.softmax(1) * guesses).sum(1, keepdim=True)
        pairs = (guesses[:, [0, 2, 4, 2, 3]] - guesses[:, [1, 3, 5, 4, 5]]).abs()
        way = [move.square().sum(1, keepdim=True).log1p() for move in (there + back, there - back)]
        shown = [4 * (guesses - guess), 2 * guess - 1, 3 * (pairs + 1e-4).sqrt(), 10 * apart, way[0], way[1] / 2]
        x = functional.leaky_relu(self.head(functional.pixel_unshuffle(torch.cat(shown, 1), 2)), 0.1)
        for block in self.blocks:
            x = x + block(x)
        found = functional.pixel_shuffle(self.tail(x), 2)
        weights = (first + found[:, :PLANES]).softmax(1)
        made = (weights * guesses).sum(1, keepdim=True) + 0.1 * found[:, PLANES:].tanh()
        return made[..., :height, :width]


def agreement(guesses):
    """How far the two guesses of each pair are apart, on average over 9×9 pixels.

    Parameters
    ----------
    guesses : Tensor, shape (N, 2 K, H, W)
        In pairs: from the frame before and from the frame after.

    Returns
    -------
    Tensor, shape (N, K, H, W)

    Examples
    --------
    >>> agreement(torch.tensor([0.0, 1.0, 0.5, 0.25]).view(1, 4, 1, 1).expand(1, 4, 9, 9))[0, :, 4, 4].tolist()
    [1.0, 0.25]
    """
    return functional.avg_pool2d((guesses[:, ::2] - guesses[:, 1::2]).abs(), 9, 1, 4, count_include_pad=False)


def candidates(before, after, *, method="dis"):
    """Six guesses at the frame between two frames, and the motion behind them.

    Parameters
    ----------
    before, after : ndarray, shape (H, W), uint8
    method : str
        Of `vdtext.motion.flow`.

    Returns
    -------
    ndarray, shape (10, H, W), float32
        Both frames as they are; both fetched along the motion from before to after; both along the motion from after
        to before, in [0, 1]; then the two motions at the middle, (row, column) in pixels.

    Examples
    --------
    >>> frame = np.tile(np.arange(32, dtype=np.uint8), (32, 1))
    >>> candidates(frame, frame).shape
    (10, 32, 32)
    """
    a, b = before / 255.0, after / 255.0
    there = _middle(motion.flow(before, after, method=method))
    back = _middle(motion.flow(after, before, method=method))
    guesses = [a, b]
    for half in (0.5 * there, -0.5 * back):
        guesses += [edges.register(a, -half), edges.register(b, half)]
    ways = np.moveaxis(np.concatenate([there, back], -1), -1, 0)
    return np.concatenate([np.clip(guesses, 0, 1), ways]).astype(np.float32)


def _middle(flow):
    """The motion of what stands at p halfway: w(p) = f(p − w(p)/2), as in `vdtext.motion.between`."""
    way = np.asarray(flow, float)
    for _ in range(3):
        way = np.stack([edges.register(np.ascontiguousarray(flow[..., k]), -0.5 * way) for k in (0, 1)], axis=-1)
    return way


@torch.no_grad()
def fill(network, clip):
    """Every second frame of a clip, made from its neighbours.

    Where something moves faster than the network has seen in training, 16 to 32 pixels from key frame to key frame, its
    picture fades into the mean of the four guesses that were fetched along the motion.

    Parameters
    ----------
    network : Between
    clip : ndarray, shape (T, H, W), uint8
        Its frames 0, 2, 4, … are used.

    Returns
    -------
    ndarray, shape ((T − 1) // 2, H, W), uint8
        Guesses at frames 1, 3, 5, …

    Examples
    --------
    >>> fill(Between(), np.zeros((5, 32, 32), np.uint8)).shape
    (2, 32, 32)
    """
    network.eval()
    made = []
    for before, after in zip(clip[:-2:2], clip[2::2], strict=True):
        seen = candidates(before, after)
        out = network(torch.from_numpy(seen)[None])[0, 0].numpy()
        speed = np.maximum(*(np.hypot(*seen[k : k + 2]) for k in (PLANES, PLANES + 2)))
        out = out + np.clip(speed / REACH - 1, 0, 1) * (seen[2:PLANES].mean(0) - out)
        made.append(np.rint(out.clip(0, 1) * 255).astype(np.uint8))
    return np.stack(made)
