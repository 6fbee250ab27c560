"""A convolutional network whose filters are drawn once and never learn: the baseline that a learned one has to beat."""

from dataclasses import dataclass

import cv2
import numpy as np

from vdtext.features.frames import as_floats

__all__ = ["Network", "forward", "random_features", "random_network"]


@dataclass(frozen=True)
class Network:
    """Layers of convolution, rectification and pooling.

    Attributes
    ----------
    filters : tuple of ndarray, each of shape (out, in, k, k), float32
        One array a layer; the first has 3 channels in.
    pool : int
        After each layer, the largest of pool × pool values is kept.

    Examples
    --------
    >>> random_network(widths=(4, 8), seed=0).operations((16, 16))
    95232
    """

    filters: tuple
    pool: int = 2

    def operations(self, shape):
        """Multiplications and additions, counted as one, for a frame of shape (H, W)."""
        total, (h, w) = 0, shape
        for f in self.filters:
            total += h * w * f.size
            h, w = h // self.pool, w // self.pool
        return total


def random_network(*, seed, widths=(16, 32, 64), size=5):
    """Draw the filters of a network: normal numbers, each filter with mean 0 and length √2.

    Parameters
    ----------
    seed : int
    widths : sequence of int
        Filters in each layer.
    size : int
        Height and width of the first filters, odd; the later ones are 3 × 3.

    Returns
    -------
    Network

    References
    ----------
    Saxe et al., On random weights and unsupervised feature learning, ICML (2011); He et al., Delving deep into
    rectifiers, ICCV (2015), doi:10.1109/ICCV.2015.123.

    Examples
    --------
    >>> [f.shape for f in random_network(seed=1, widths=(2, 4)).filters]
    [(2, 3, 5, 5), (4, 2, 3, 3)]
    """
    rng, layers, inside = np.random.default_rng(seed), [], 3
    for n, width in enumerate(widths):
        side = size if n == 0 else 3
        f = rng.standard_normal((width, inside, side, side))
        f -= f.mean(axis=(1, 2, 3), keepdims=True)
        f *= np.sqrt(2 / (f**2).sum(axis=(1, 2, 3), keepdims=True))
        layers.append(f.astype(np.float32))
        inside = width
    return Network(tuple(layers))


def forward(planes, network):
    """One pass through the network, layer by layer.

    .. math:: a^{(l+1)} = \\operatorname{pool}\\bigl(\\max(0,\\; w^{(l)} * a^{(l)})\\bigr)

    Parameters
    ----------
    planes : ndarray, shape (C, H, W), float
    network : Network

    Returns
    -------
    ndarray, shape (out, h, w), float32
        h and w are those of the frame, halved once a layer (pool 2), rounded down.

    References
    ----------
    Jarrett et al., What is the best multi-stage architecture for object recognition?, ICCV (2009), 2146–2153.

    Examples
    --------
    >>> forward(np.zeros((3, 16, 24)), random_network(seed=0, widths=(4, 8))).shape
    (8, 4, 6)
    """
    a, n = np.asarray(planes, np.float32), network.pool
    for filters in network.filters:
        side = filters.shape[2]
        wide = np.pad(a, ((0, 0), (side // 2,) * 2, (side // 2,) * 2), mode="reflect")
        patches = np.lib.stride_tricks.sliding_window_view(wide, (side, side), axis=(1, 2))
        a = np.einsum("oikl,ihwkl->ohw", filters, patches, optimize=True)
        a = np.maximum(a, 0)
        h, w = (s // n * n for s in a.shape[1:])
        a = a[:, :h, :w].reshape(len(a), h // n, n, w // n, n).max(axis=(2, 4))
    return a


def random_features(frame, *, network=None, side=64):
    """What a random network answers, averaged over the whole frame and over its four quarters.

    The frame is brought to side × side pixels; each channel loses its mean.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
    network : Network, optional
        ``random_network(seed=0)`` if not given.
    side : int
        In pixels.

    Returns
    -------
    ndarray, shape (5, out), float64

    Examples
    --------
    >>> random_features(np.eye(90)).shape
    (5, 64)
    """
    u = as_floats(frame).astype(np.float32)
    u = np.repeat(u[..., None], 3, axis=2) if u.ndim == 2 else u
    u = np.moveaxis(cv2.resize(u, (side, side), interpolation=cv2.INTER_AREA), -1, 0)
    a = forward(u - u.mean(axis=(1, 2), keepdims=True), network or random_network(seed=0))
    h, w = (n // 2 for n in a.shape[1:])
    parts = [a, a[:, :h, :w], a[:, :h, w:], a[:, h:, :w], a[:, h:, w:]]
    return np.stack([part.mean(axis=(1, 2)) for part in parts]).astype(np.float64)
