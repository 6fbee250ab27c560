"""A loss between that of pixels and that of a critic: the distance of what a fixed network sees in two pictures."""

import torch
from torch import nn
from torch.nn import functional

__all__ = ["Features", "feature_loss"]


class Features(nn.Module):
    """What a fixed network of random filters sees: three layers, each of half the size, that never learn.

    .. math:: \\phi_{l+1} = P_2\\, |W_l * \\phi_l|, \\qquad \\phi_0 = u

    with W random filters of mean 0 and length 1, and P₂ the mean over 2×2 pixels.  Their absolute value, averaged, is
    the strength of a texture and not its place: a picture that lacks it is far away, one in which it is shifted a
    little is near.  Trained features (VGG's, of 15 million parameters) say more; these need no data and no download.

    Parameters
    ----------
    width : int
        Filters of a layer.
    seed : int
        Of the filters.

    References
    ----------
    Johnson, Alahi, Fei-Fei, Perceptual losses for real-time style transfer and super-resolution, ECCV (2016),
    doi:10.1007/978-3-319-46475-6_43.  Ustyuzhaninov et al., Texture synthesis using shallow convolutional networks with
    random filters (2016), arXiv:1606.00021.

    Examples
    --------
    >>> [tuple(x.shape) for x in Features()(torch.zeros(1, 1, 32, 32))]
    [(1, 24, 16, 16), (1, 24, 8, 8), (1, 24, 4, 4)]
    """

    def __init__(self, width=24, *, seed=0):
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        for layer, channels in enumerate((1, width, width)):
            weight = torch.randn(width, channels, 3, 3, generator=rng)
            weight -= weight.mean((2, 3), keepdim=True)
            self.register_buffer(f"weight{layer}", weight / weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1))

    def forward(self, picture):
        """From (N, 1, H, W) to three tensors."""
        found = []
        for weight in (self.weight0, self.weight1, self.weight2):
            picture = functional.avg_pool2d(functional.conv2d(picture, weight, padding=1).abs(), 2)
            found.append(picture)
        return found


def feature_loss(features, found, wanted):
    """The mean distance of what a fixed network sees in two pictures, in units of what it sees in the wanted one.

    .. math::

        L_\\phi = \\frac13 \\sum_l \\frac{\\mathsf{E}\\,|\\phi_l(\\hat u) - \\phi_l(u)|}{\\mathsf{E}\\,|\\phi_l(u)|}

    Parameters
    ----------
    features : Features
    found, wanted : Tensor, shape (N, 1, H, W)

    Returns
    -------
    Tensor
        A scalar ≥ 0.

    References
    ----------
    As `Features`.

    Examples
    --------
    >>> picture = torch.rand(1, 1, 32, 32)
    >>> net = Features()
    >>> feature_loss(net, picture, picture).item(), round(feature_loss(net, 0 * picture, picture).item(), 4)
    (0.0, 1.0)
    """
    pairs = zip(features(found), features(wanted), strict=True)
    return torch.stack([(a - b).abs().mean() / b.abs().mean().clamp(min=1e-6) for a, b in pairs]).mean()
