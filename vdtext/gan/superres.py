"""Enhancement as conditional generation: a small network that enlarges, and what it is compared with."""

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from vdtext.video import resize

__all__ = ["Critic", "Enlarger", "enlarge", "lanczos", "pixel_loss", "shrink"]

MARGIN = 8
"""Pixels of the small picture that are repeated around it, so that its border is like its inside."""


class Enlarger(nn.Module):
    """Luma enlarged by a whole factor: bicubic, plus a residual that convolutions find on the small grid.

    .. math:: \\hat u = B v + \\mathrm{shuffle}(W_n * \\ldots \\rho(W_1 * v))

    The last layer has s² channels, which are the s × s pixels of the large picture (sub-pixel convolution).

    Parameters
    ----------
    factor : int
        s, 2 to 4; with 1 the picture keeps its size, and the network takes a blur off it.
    width, blocks : int
        Channels, and residual blocks of two layers each.

    References
    ----------
    Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
    network", CVPR 2016, arXiv:1609.05158.  Lim et al., "Enhanced deep residual networks for single image
    super-resolution", CVPRW 2017, arXiv:1707.02921 (blocks without normalisation).

    Examples
    --------
    >>> net = Enlarger(2)
    >>> tuple(net(torch.zeros(1, 1, 8, 9)).shape), sum(p.numel() for p in net.parameters())
    ((1, 1, 16, 18), 75460)
    """

    def __init__(self, factor=2, *, width=32, blocks=4):
        super().__init__()
        self.factor = factor
        self.head = nn.Conv2d(1, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))
            for _ in range(blocks)
        )
        self.tail = nn.Conv2d(width, factor**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)

    def forward(self, small):
        """From (N, 1, H, W) in [0, 1] to (N, 1, s H, s W)."""
        features = functional.relu(self.head(small - 0.5))
        for block in self.blocks:
            features = features + block(features)
        detail = functional.pixel_shuffle(self.tail(features), self.factor)
        return detail + functional.interpolate(small, scale_factor=self.factor, mode="bicubic", align_corners=False)


class Critic(nn.Module):
    """Does a detail belong to a real picture?  A map of scores from the enlarged luma and what it was enlarged from.

    Parameters
    ----------
    factor : int
        As of the enlarger.
    width : int
        Channels of the first layer.

    References
    ----------
    Isola et al., "Image-to-image translation with conditional adversarial networks", CVPR 2017, arXiv:1611.07004
    (scores of patches, conditional).

    Examples
    --------
    >>> tuple(Critic(2)(torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 16, 16)).shape)
    (1, 1, 8, 8)
    """

    def __init__(self, factor=2, *, width=32):
        super().__init__()
        self.factor = factor
        layers = [nn.Conv2d(2, width, 3, padding=1), nn.LeakyReLU(0.2)]
        for wide in (width, 2 * width):
            layers += [nn.Conv2d(wide, 2 * width, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(2 * width, 1, 3, padding=1))

    def forward(self, large, small):
        """From (N, 1, s H, s W) and (N, 1, H, W) to scores."""
        smooth = functional.interpolate(small, scale_factor=self.factor, mode="bicubic", align_corners=False)
        return self.layers(torch.cat([4 * (large - smooth), smooth - 0.5], 1))


def shrink(clip, factor):
    """The small clip that is to be enlarged again: low-pass filtered, every s-th pixel, rounded to bytes.

    Parameters
    ----------
    clip : ndarray, shape (H, W) or (T, H, W), uint8
        Its sides are cut to multiples of `factor`.
    factor : int
        s ≥ 1.

    Returns
    -------
    (ndarray, ndarray)
        The clip so cut, and the small one; uint8.

    Examples
    --------
    >>> large, small = shrink(np.zeros((5, 9), np.uint8), 2)
    >>> large.shape, small.shape
    ((4, 8), (2, 4))
    """
    height, width = (side // factor * factor for side in clip.shape[-2:])
    large = clip[..., :height, :width]
    return large, resize(large, size=(height // factor, width // factor))


def lanczos(small, factor):
    """Enlarged by interpolation with the Lanczos window of three lobes: the bar that a network has to pass.

    Parameters
    ----------
    small : ndarray, shape (H, W) or (T, H, W), uint8
    factor : int

    Returns
    -------
    ndarray, uint8

    Examples
    --------
    >>> lanczos(np.full((4, 5), 7, np.uint8), 2).shape
    (8, 10)
    """
    if small.ndim == 3:
        return np.stack([lanczos(frame, factor) for frame in small])
    size = small.shape[1] * factor, small.shape[0] * factor
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.LANCZOS))


@torch.no_grad()
def enlarge(network, small):
    """Enlarged by a network, frame by frame.

    Parameters
    ----------
    network : Enlarger
    small : ndarray, shape (H, W) or (T, H, W), uint8

    Returns
    -------
    ndarray, uint8

    Examples
    --------
    >>> enlarge(Enlarger(2), np.full((2, 4, 5), 7, np.uint8)).shape
    (2, 8, 10)
    """
    if small.ndim == 3:
        return np.stack([enlarge(network, frame) for frame in small])
    around = np.pad(small, MARGIN, mode="edge")
    out = network.eval()(torch.from_numpy(around)[None, None] / 255)[0, 0].numpy()
    cut = MARGIN * network.factor
    return np.rint(out[cut:-cut, cut:-cut].clip(0, 1) * 255).astype(np.uint8)


def pixel_loss(found, wanted, *, margin=8):
    """The mean of |found − wanted|, off the border, where a patch does not know what lies beyond it.

    Parameters
    ----------
    found, wanted : Tensor, shape (N, 1, H, W)
    margin : int
        Pixels.

    Returns
    -------
    Tensor
        A scalar.

    Examples
    --------
    >>> pixel_loss(torch.zeros(1, 1, 20, 20), torch.ones(1, 1, 20, 20)).item()
    1.0
    """
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    return (found[inner] - wanted[inner]).abs().mean()
