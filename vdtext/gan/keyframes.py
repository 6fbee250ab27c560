"""Frames between key frames: fetched along the motion as in chapter 9, and mended by a small network."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vdtext import motion

__all__ = ["Between", "candidates", "fill"]


class Between(nn.Module):
    """The frame between two frames: the mean of two guesses, plus a residual of convolutions that see all four.

    Where motion explains the frames the guesses agree; where it does not, what is hidden in one frame may be seen in
    the other, and the network can choose.

    Parameters
    ----------
    width, blocks : int
        Channels, and residual blocks of two layers each.

    References
    ----------
    Niklaus and Liu (2018), "Context-aware synthesis for video frame interpolation", arXiv:1803.10967 (warped frames,
    mended by a network).

    Examples
    --------
    >>> net = Between()
    >>> tuple(net(torch.zeros(2, 4, 8, 9)).shape), sum(p.numel() for p in net.parameters())
    ((2, 1, 8, 9), 23473)
    """

    def __init__(self, width=24, blocks=2):
        super().__init__()
        self.head = nn.Conv2d(4, width, 5, padding=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=2, dilation=2),
            )
            for _ in range(blocks)
        )
        self.tail = nn.Conv2d(width, 1, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)

    def forward(self, seen):
        """From (N, 4, H, W) of `candidates`, in [0, 1], to (N, 1, H, W)."""
        guess = seen[:, 2:].mean(1, keepdim=True)
        features = functional.relu(
            self.head(torch.cat([seen[:, :2] - guess, seen[:, 2:3] - seen[:, 3:], guess - 0.5], 1))
        )
        for block in self.blocks:
            features = features + block(features)
        return guess + self.tail(features)


def candidates(before, after, *, method="dis"):
    """What the network sees: both frames, and the frame between as each direction of motion guesses it.

    Parameters
    ----------
    before, after : ndarray, shape (H, W), uint8
    method : str
        Of `vdtext.motion.flow`.

    Returns
    -------
    ndarray, shape (4, H, W), float32 in [0, 1]

    Examples
    --------
    >>> frame = np.tile(np.arange(32, dtype=np.uint8), (32, 1))
    >>> candidates(frame, frame).shape
    (4, 32, 32)
    """
    a, b = before / 255.0, after / 255.0
    forward = motion.between(a, b, flow=motion.flow(before, after, method=method))
    backward = motion.between(b, a, flow=motion.flow(after, before, method=method))
    return np.stack([a, b, forward, backward]).clip(0, 1).astype(np.float32)


@torch.no_grad()
def fill(network, clip):
    """Every second frame of a clip, made from its neighbours.

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
        out = network(torch.from_numpy(candidates(before, after))[None])[0, 0].numpy()
        made.append(np.rint(out.clip(0, 1) * 255).astype(np.uint8))
    return np.stack(made)
