"""The network that is trained: a transform that begins as cosines, and what it believes about its own numbers."""

import math
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vdtext.learned.surrogates import noise, straight_through

__all__ = [
    "AROUND",
    "CHANNELS",
    "GREY",
    "GROUPS",
    "LEVELS",
    "MIDDLE",
    "PRIORS",
    "SCALES",
    "STEPS",
    "TradeOff",
    "Transform",
    "WindowAttention",
    "blocks",
    "cosines",
    "scale",
]

CHANNELS, SIDE, LEVELS = 64, 8, 6
"""A block of 8×8 pixels becomes 64 numbers; the network is trained at six qualities."""
STEPS = 5.0 * (64 / 5) ** (np.arange(LEVELS) / (LEVELS - 1))
"""Where the steps of the six qualities begin, in grey levels; what they become is learned."""
TRADE = 0.17
"""λ = 1/(TRADE·step²): bits a pixel that a squared grey level is worth."""
MIDDLE, GREY = 128.0, 32.0
"""Luma enters as (luma − MIDDLE)/GREY."""
SCALES = 48
"""Standard deviations that the prior can choose from, four an octave, from 0.04 steps on."""
FEATURES, SIDE_CHANNELS = 24, 12
GROUPS = (
    *((0, 1, "corners"), (0, 1, "centres"), (0, 1, "white"), (1, 4, "black"), (1, 4, "white")),
    *((4, 16, "black"), (4, 16, "white"), (16, 32, "black"), (16, 32, "white"), (32, 64, "all")),
)
"""In which order numbers are sent: first and last channel, and which blocks of the picture."""
AROUND = {"centres": ((0, 0), (0, 2), (2, 0), (2, 2)), "white": ((0, 1), (1, 0), (1, 2), (2, 1))}
"""Neighbours within 3×3 that a mean is taken from beforehand, in the first channel."""
PRIORS = ("factorised", "hyper", "context")


def scale(index):
    """The standard deviation of an index, in steps of the quantiser.

    .. math:: σ_i = 0.04 · 2^{i/4}

    Parameters
    ----------
    index : float, ndarray or Tensor

    Returns
    -------
    As was given.

    References
    ----------
    Ballé et al., "Variational image compression with a scale hyperprior", ICLR 2018, arXiv:1802.01436.

    Examples
    --------
    >>> float(scale(20)), round(float(scale(47)), 1)
    (1.28, 137.8)
    """
    return 0.04 * 2 ** (index / 4)


def cosines():
    """The orthonormal cosines of blocks of 8×8, by rising frequency.

    Returns
    -------
    ndarray, shape (64, 8, 8), float64

    Examples
    --------
    >>> cosines()[0, 0, 0].round(3).item()
    0.125
    """
    k, n = np.mgrid[:SIDE, :SIDE]
    matrix = np.sqrt((1 + (k > 0)) / SIDE) * np.cos(np.pi * k * (2 * n + 1) / (2 * SIDE))
    order = sorted(((a, b) for a in range(SIDE) for b in range(SIDE)), key=lambda ab: (ab[0] + ab[1], ab))
    return np.stack([np.outer(matrix[a], matrix[b]) for a, b in order])


def blocks(height, width, which):
    """Which blocks of a picture belong to a group.

    Parameters
    ----------
    height, width : int
    which : {"all", "black", "white", "corners", "centres"}
        Of a checkerboard that begins with black; the corners are every other one in both directions, and black; the
        centres are the other black ones.

    Returns
    -------
    ndarray, shape (height, width), bool

    Examples
    --------
    >>> blocks(2, 3, "black").astype(int).tolist(), blocks(2, 3, "centres").astype(int).tolist()
    ([[1, 0, 1], [0, 1, 0]], [[0, 0, 0], [0, 1, 0]])
    """
    i, j = np.mgrid[:height, :width]
    black = (i + j) % 2 == 0
    found = {"all": black | True, "black": black, "white": ~black}
    found |= {"corners": black & (i % 2 == 0), "centres": black & (i % 2 == 1)}
    return found[which]


def conv(inputs, outputs, size=3, stride=1, *, zero=False):
    """A convolution that repeats the edge."""
    made = nn.Conv2d(inputs, outputs, size, stride, size // 2, padding_mode="replicate")
    if zero:
        nn.init.zeros_(made.weight)
    nn.init.zeros_(made.bias)
    return made


class WindowAttention(nn.Module):
    """Attention within windows of 4×4 numbers: each place asks the fifteen others which of them matter.

    .. math:: y' = y + W_o · softmax(QKᵀ/√d) V,  with Q, K, V linear in y

    Parameters
    ----------
    channels, side, heads : int

    References
    ----------
    Liu et al., "Swin transformer: hierarchical vision transformer using shifted windows", ICCV 2021, arXiv:2103.14030.

    Examples
    --------
    >>> tuple(WindowAttention(64)(torch.zeros(1, 64, 8, 12)).shape)
    (1, 64, 8, 12)
    """

    def __init__(self, channels, side=4, heads=4):
        super().__init__()
        self.side, self.heads = side, heads
        self.ask = nn.Linear(channels, 3 * channels)
        self.answer = nn.Linear(channels, channels)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, y):
        """From (N, C, H, W) to the same; sides that are no multiples of the window are padded."""
        n, c, h, w = y.shape
        s = self.side
        padded = functional.pad(y, (0, -w % s, 0, -h % s), mode="replicate")
        rows, columns = padded.shape[2] // s, padded.shape[3] // s
        windows = padded.view(n, c, rows, s, columns, s).permute(0, 2, 4, 3, 5, 1).reshape(-1, s * s, c)
        q, k, v = self.ask(windows).view(-1, s * s, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(-1, s * s, c)
        back = self.answer(found).view(n, rows, columns, s, s, c).permute(0, 5, 1, 3, 2, 4)
        return y + back.reshape(n, c, rows * s, columns * s)[:, :, :h, :w]


class TradeOff(torch.nn.Module):
    """Steps of the quantiser by quality and channel: the gains of one network for many rates.

    Examples
    --------
    >>> steps = TradeOff()(torch.tensor([0.0, 0.5, 5.0]))
    >>> [round(value, 3) for value in (GREY * steps[:, 0, 0, 0]).tolist()]
    [5.0, 6.452, 64.0]
    """

    def __init__(self):
        super().__init__()
        self.logarithm = nn.Parameter(torch.log(torch.tensor(STEPS / GREY)).float()[:, None].repeat(1, CHANNELS))

    def forward(self, level):
        """From levels (N,), 0 to 5 and also between them, to steps (N, 64, 1, 1): geometric between two levels."""
        low = level.floor().clamp(0, LEVELS - 2).long()
        part = (level - low)[:, None]
        return torch.exp((1 - part) * self.logarithm[low] + part * self.logarithm[low + 1])[..., None, None]


class Transform(nn.Module):
    """Luma → 64 numbers for each block of 8×8 pixels → luma, with a prior that says what the numbers cost.

    .. math:: y = A x + a(x), \\qquad \\hat x = S \\hat y + s(\\hat y, S \\hat y)

    A and S are linear and reach over three blocks; they begin as the cosine transform.  a and s are networks that begin
    as zero.

    Parameters
    ----------
    prior : {"factorised", "hyper", "context"}
        A distribution for each channel; one whose scale and mean are sent beside; or one that also looks at what has
        been decoded before.
    attention : bool
        Windows of attention on both sides of the quantiser.

    References
    ----------
    Ballé, Minnen, Singh, Hwang, Johnston, "Variational image compression with a scale hyperprior", ICLR 2018,
    arXiv:1802.01436.  Minnen, Ballé, Toderici, "Joint autoregressive and hierarchical priors for learned image
    compression", NeurIPS 2018, arXiv:1809.02736.  Minnen, Singh, "Channel-wise autoregressive entropy models for
    learned image compression", ICIP 2020, arXiv:2007.08739.

    Examples
    --------
    >>> net = Transform()
    >>> x = torch.rand(1, 1, 32, 48)
    >>> y = net.analyse(x)
    >>> tuple(y.shape), bool((net.synthesise(y) - x).abs().max() < 1e-5)  # not yet trained: cosines
    ((1, 64, 4, 6), True)
    """

    def __init__(self, prior="context", *, attention=False):
        super().__init__()
        if prior not in PRIORS:
            raise ValueError(f"prior={prior!r}: accepted are {', '.join(PRIORS)} (chapter 13)")
        self.prior = prior
        self.steps = TradeOff()
        self.lapped, self.unlapped = conv(64, CHANNELS), conv(CHANNELS, 64)
        basis = torch.tensor(cosines()).float()
        halves = basis.view(CHANNELS, 4, 2, 4, 2).permute(0, 2, 4, 1, 3).reshape(CHANNELS, 64)
        with torch.no_grad():
            for layer, middle in ((self.lapped, basis.view(CHANNELS, 64)), (self.unlapped, halves.T)):
                layer.weight.zero_()
                layer.weight[:, :, 1, 1] = middle
        self.look = nn.Sequential(
            *(nn.PixelUnshuffle(4), conv(16, 48), nn.LeakyReLU(0.1), conv(48, 64, stride=2), nn.LeakyReLU(0.1)),
            conv(64, CHANNELS, zero=True),
        )
        self.coarse, self.middle = conv(CHANNELS, 128), conv(32, 64)
        self.fine, self.last = conv(20, 24), conv(24, 4, zero=True)
        self.attend = nn.ModuleList([WindowAttention(CHANNELS) for _ in range(2)] if attention else [])
        if prior == "factorised":
            self.loose = nn.Parameter(torch.zeros(2, LEVELS, CHANNELS))
            with torch.no_grad():
                self.loose[1] = torch.linspace(28, 4, CHANNELS) / 32
        else:
            self.summary = nn.Sequential(
                *(conv(CHANNELS, 32), nn.LeakyReLU(0.1), conv(32, FEATURES, stride=2), nn.LeakyReLU(0.1)),
                conv(FEATURES, SIDE_CHANNELS, 1),
            )
            self.loose = nn.Parameter(torch.zeros(2, LEVELS, SIDE_CHANNELS))
            with torch.no_grad():
                self.loose[1] = 16 / 32
            self.features = conv(SIDE_CHANNELS, 4 * FEATURES)
            self.groups = nn.ModuleList()
            for number, (first, last, _) in enumerate(GROUPS):
                inputs = FEATURES + 1 + (self.seen(number) if prior == "context" else 0)
                head = conv(32, 2 * (last - first), 1, zero=True)
                with torch.no_grad():
                    head.bias[last - first :] = torch.linspace(28, 4, CHANNELS)[first:last]
                self.groups.append(nn.Sequential(conv(inputs, 32), nn.ReLU(), head))

    @staticmethod
    def seen(number):
        """How many channels a group may look at: those of the groups before it."""
        return max((last for _, last, _ in GROUPS[:number]), default=0)

    def known(self):
        """Means and indices of scales by level and channel, of what is sent without a prior; each (6, C)."""
        return 8 * self.loose[0], 32 * self.loose[1]

    def analyse(self, x):
        """y of pictures (N, 1, H, W) in units of GREY; H and W are multiples of 8."""
        y = self.lapped(functional.pixel_unshuffle(x, SIDE)) + self.look(x)
        return self.attend[0](y) if len(self.attend) else y

    def synthesise(self, y):
        """Pictures of ŷ."""
        y = self.attend[1](y) if len(self.attend) else y
        straight = functional.pixel_shuffle(self.unlapped(y), 4)
        found = functional.pixel_shuffle(functional.relu(self.coarse(y)), 2)
        found = functional.pixel_shuffle(functional.relu(self.middle(found)), 2)
        found = functional.relu(self.fine(torch.cat([found, straight], 1)))
        return functional.pixel_shuffle(straight + self.last(found), 2)

    def forward(self, x, level, rng=None):
        """Code pictures at levels (N,).

        With `rng` the rate is that of numbers with noise, and gradients pass the rounding unchanged; without it,
        numbers are rounded.  Returns (pictures, bits of each picture).
        """
        steps = self.steps(level)
        s = self.analyse(x) / steps
        given = partial(noise, generator=rng) if rng else None
        place, index = (table[level.round().long()][..., None, None] for table in self.known())
        if self.prior == "factorised":
            coded = straight_through(s - place) + place
            bits = cost(given(s) if given else coded, place, index)
            return self.synthesise(coded * steps), bits.flatten(1).sum(1)
        z = self.summary(torch.asinh(s))
        sent = straight_through(z)
        bits = cost(given(z) if given else sent, place, index).flatten(1).sum(1)
        plane = level.view(-1, 1, 1, 1).expand(-1, 1, *s.shape[2:])
        features = torch.cat([functional.pixel_shuffle(functional.relu(self.features(sent)), 2), plane], 1)
        features = features[:, :, : s.shape[2], : s.shape[3]]
        coded, done = torch.zeros_like(s), torch.zeros(s.shape[2:], device=s.device)
        for number, (first, last, which) in enumerate(GROUPS):
            seen = self.seen(number) if self.prior == "context" else 0
            context = torch.cat([features, squeeze(coded[:, :seen])], 1)
            mean, index = self.groups[number](context).chunk(2, 1)
            if number == 0 and self.prior == "context":
                near = s[:, :1].detach()
                mean = mean + corner_guess(given(near) if given else near.round())
            if seen and which in AROUND and last == 1:
                count = around(done[None, None], AROUND[which]).clamp_min(1)
                mean = mean + around(coded[:, :1], AROUND[which]) / count
            here = torch.as_tensor(blocks(*s.shape[2:], which), device=s.device)
            done = done + here * (last == 1)
            part = s[:, first:last]
            rounded = straight_through(part - mean) + mean
            spent = cost(given(part) if given else rounded, mean, index)
            bits = bits + (spent * here).flatten(1).sum(1)
            change = torch.zeros_like(coded)
            change[:, first:last] = rounded * here
            coded = coded + change
        return self.synthesise(coded * steps), bits


def squeeze(values):
    """Two slopes: what is beyond 2 steps counts an eighth."""
    return torch.sign(values) * torch.minimum(values.abs(), 2 + values.abs() / 8)


def around(values, places):
    """The sum of some neighbours; beyond the edge is 0."""
    (h, w), p = values.shape[2:], functional.pad(values, (1, 1, 1, 1))
    return sum(p[..., i : i + h, j : j + w] for i, j in places)


def corner_guess(s):
    """A guess of every second number from those two to the left, above, and both: their median with the plane.

    While training the neighbours have noise, as the decoder's have an error of rounding: each of those is known only
    after the one before it, and decoding goes from corner to corner (`vdtext.learned.fixed.along`).
    """
    left, above, both = (
        functional.pad(s, (x, 0, y, 0))[..., : s.shape[2], : s.shape[3]] for x, y in ((2, 0), (0, 2), (2, 2))
    )
    left = torch.cat([above[..., :2], left[..., 2:]], -1)
    above = torch.cat([left[..., :2, :], above[..., 2:, :]], -2)
    both = torch.cat([left[..., :2, :], both[..., 2:, :]], -2)
    both = torch.cat([above[..., :2], both[..., 2:]], -1)
    low, high = torch.minimum(left, above), torch.maximum(left, above)
    return torch.maximum(torch.minimum(left + above - both, high), low)


def cost(values, mean, index):
    """Bits of rounded numbers, or the same for numbers with noise: a logistic density, integrated over one step.

    .. math:: −\\log_2 \\int_{v−1/2}^{v+1/2} p(t)\\,dt
    """
    bounded = index + (index.clamp(0, SCALES - 1) - index).detach()
    width = scale(bounded) * math.sqrt(3) / math.pi
    away = -(values - mean).abs()
    chance = torch.sigmoid((away + 0.5) / width) - torch.sigmoid((away - 0.5) / width)
    return -torch.log2(chance.clamp_min(2.0**-20))
