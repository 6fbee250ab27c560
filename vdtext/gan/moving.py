"""Generators of clips, and two kinds of critics: one sees single frames, the other sees the clip."""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vdtext import clips

__all__ = [
    "Changes",
    "ClipGenerator",
    "FrameCritic",
    "Motion",
    "SpriteCritic",
    "SpriteFrameCritic",
    "SpriteGenerator",
    "VideoCritic",
    "ball",
    "centres",
    "changes",
    "generate",
    "motion",
]

FRAMES, SIDE, NOISE = 8, 32, 32
"""Frames and pixels of a clip, and numbers that it is generated from."""
SPRITE, PATH, GRID = 16, 6, 9
"""Pixels of a clip of sprites; the numbers of its noise that make the path; dots of a sprite, in each direction."""
FAINT = 0.1
"""Brightness below which a pixel counts as black."""


class ClipGenerator(nn.Module):
    """Noise → a clip: a picture of 4 × 4, doubled three times by convolutions; at the end its channels are the frames.

    Parameters
    ----------
    width : int
        Channels of the last layer but one.

    References
    ----------
    Radford, Metz, Chintala (2016), arXiv:1511.06434 (convolutions from noise to pictures); Vondrick, Pirsiavash,
    Torralba (2016), arXiv:1609.02612 (clips as a whole).

    Examples
    --------
    >>> tuple(ClipGenerator()(torch.zeros(2, NOISE)).shape)
    (2, 1, 8, 32, 32)
    """

    def __init__(self, width=32):
        super().__init__()
        self.head = nn.Linear(NOISE, 4 * width * 4 * 4)
        steps = itertools.pairwise((4 * width, 4 * width, 2 * width, width))
        self.up = nn.ModuleList(nn.Conv2d(before, after, 3, padding=1) for before, after in steps)
        self.tail = nn.Conv2d(width, FRAMES, 3, padding=1)

    def forward(self, noise):
        """From (N, NOISE) to (N, 1, T, H, W), about [0, 1]: a sigmoid here would stop learning where all is black."""
        x = functional.leaky_relu(self.head(noise), 0.2).view(len(noise), -1, 4, 4)
        for layer in self.up:
            x = functional.leaky_relu(layer(functional.interpolate(x, scale_factor=2)), 0.2)
        return self.tail(x)[:, None]


def _critic(channels, width):
    """Three halvings and a score, from pictures of SIDE × SIDE with so many channels."""
    layers = []
    for before, after in ((channels, width), (width, 2 * width), (2 * width, 4 * width)):
        layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * (SIDE // 8) ** 2, 1))


class FrameCritic(nn.Module):
    """Scores every frame for itself: a clip whose frames are shuffled gets the same scores.

    Parameters
    ----------
    width : int
        Channels of the first layer.

    Examples
    --------
    >>> tuple(FrameCritic()(torch.zeros(2, 1, FRAMES, SIDE, SIDE)).shape)
    (2, 8)
    """

    def __init__(self, width=24):
        super().__init__()
        self.layers = _critic(1, width)

    def forward(self, clip):
        """From (N, 1, T, H, W) to (N, T)."""
        return self.layers(clip.transpose(1, 2).flatten(0, 1)).view(len(clip), -1)


class VideoCritic(nn.Module):
    """Scores the clip as a whole: its frames are the channels of the first layer, so it sees how they follow.

    Parameters
    ----------
    width : int
        Channels of the first layer.

    Examples
    --------
    >>> tuple(VideoCritic()(torch.zeros(2, 1, FRAMES, SIDE, SIDE)).shape)
    (2, 1)
    """

    def __init__(self, width=32):
        super().__init__()
        self.layers = _critic(FRAMES, width)

    def forward(self, clip):
        """From (N, 1, T, H, W) to (N, 1)."""
        return self.layers(clip.squeeze(1))


def _layers(inputs, outputs, width):
    """Two hidden layers."""
    layers = [nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


class SpriteGenerator(nn.Module):
    """Noise → a sprite and a path → a clip: what is seen is made apart from where it is.

    One network makes the weights a of GRID × GRID dots, another the places p_t of the sprite's middle, all of them at
    once: nothing makes a place follow the one before but the critic.  With a dot's offset k from the middle,

    .. math:: u_t(x) = \\sum_k a_k \\, e^{-|x - p_t - k|^2 / 2 s^2}, \\qquad s = 0.6 \\text{ pixel}.

    Parameters
    ----------
    width : int
        Of the hidden layers that make the sprite; those of the path have twice as many.

    References
    ----------
    Tulyakov et al. (2018), "MoCoGAN: decomposing motion and content for video generation", arXiv:1707.04993.

    Examples
    --------
    >>> tuple(SpriteGenerator()(torch.zeros(2, NOISE)).shape)
    (2, 1, 8, 16, 16)
    """

    def __init__(self, width=128):
        super().__init__()
        self.look = _layers(NOISE - PATH, GRID * GRID, width)
        self.path = _layers(PATH, 2 * FRAMES, 2 * width)

    def places(self, noise):
        """The middle of the sprite in every frame, (N, T, 2), in pixels from the middle of the picture."""
        return SPRITE / 4 * self.path(noise[:, -PATH:]).view(-1, FRAMES, 2)

    def forward(self, noise):
        """From (N, NOISE) to (N, 1, T, H, W), about [0, 1]."""
        weights = self.look(noise[:, :-PATH]).view(-1, 1, GRID, GRID)
        pixel, dot = (torch.arange(float(n), device=noise.device) - (n - 1) / 2 for n in (SPRITE, GRID))
        away = pixel[:, None] - dot - self.places(noise)[..., None, None]
        rows, columns = torch.exp(-((away / 0.6) ** 2) / 2).unbind(2)
        return (rows @ weights @ columns.transpose(-1, -2))[:, None]


class SpriteFrameCritic(nn.Module):
    """Scores every frame of a clip of sprites for itself.

    Parameters
    ----------
    width : int
        Of its two hidden layers.

    Examples
    --------
    >>> tuple(SpriteFrameCritic()(torch.zeros(2, 1, FRAMES, SPRITE, SPRITE)).shape)
    (2, 8)
    """

    def __init__(self, width=128):
        super().__init__()
        self.layers = _layers(SPRITE * SPRITE, 1, width)

    def forward(self, clip):
        """From (N, 1, T, H, W) to (N, T)."""
        return self.layers(clip.squeeze(1).flatten(2)).squeeze(-1)


class SpriteCritic(nn.Module):
    """Scores a clip of sprites as a whole.

    Beside the frames u_t it is given 2 (u_{t+1} − u_t) and 4 (u_{t+1} − 2 u_t + u_{t−1}).  They tell nothing new; but
    with the slope of the critic held down by R₁, what they amplify is seen first, and that is motion.

    Parameters
    ----------
    width : int
        Of its two hidden layers.

    Examples
    --------
    >>> tuple(SpriteCritic()(torch.zeros(2, 1, FRAMES, SPRITE, SPRITE)).shape)
    (2, 1)
    """

    def __init__(self, width=128):
        super().__init__()
        self.layers = _layers((3 * FRAMES - 3) * SPRITE * SPRITE, 1, width)

    def forward(self, clip):
        """From (N, 1, T, H, W) to (N, 1)."""
        clip = clip.squeeze(1)
        return self.layers(torch.cat([2**n * torch.diff(clip, n, dim=1) for n in range(3)], 1).flatten(1))


def ball(number, *, seed, side=SIDE):
    """One bouncing digit, seen for a moment: sample `number` of the training set.

    Parameters
    ----------
    number, seed : int
    side : int
        Of a frame, in pixels.  The digit grows with it, and so does its speed of 3/64 to 3/32 of the side a frame.
        At 16 pixels the strokes are finer than the grid, and the centre of mass trembles by 0.05 pixel: it
        has an acceleration of 0.45 pixel a frame², the digit's path itself 0.34.

    Returns
    -------
    ndarray, shape (1, T, H, W), float32 in [0, 1]

    Examples
    --------
    >>> ball(0, seed=0).shape, ball(0, seed=0, side=SPRITE).shape
    ((1, 8, 32, 32), (1, 8, 16, 16))
    """
    chosen, part = int(np.random.default_rng([seed, number]).integers(2**31)), side / 32
    options = {"speed": 3.0 * part, "scale": 1.5 * part, "seed": chosen}
    clip = clips.digits(frames=FRAMES, size=(side, side), count=1, **options)
    return clip.array[None] / np.float32(255)


@dataclass(frozen=True)
class Motion:
    """How things move in a set of clips: means over all clips and frames.

    Attributes
    ----------
    speed : float
        |c_{t+1} − c_t| of the centre of mass c, in pixels a frame.
    acceleration : float
        |c_{t+1} − 2 c_t + c_{t−1}|; away from walls a ball has none.
    mass : float
        Brightness of a frame, summed over its pixels.

    Examples
    --------
    >>> Motion(1.0, 0.0, 2.0).speed
    1.0
    """

    speed: float
    acceleration: float
    mass: float


def centres(clip):
    """Centre of mass of every frame, Σ x u(x) / Σ u(x).

    Parameters
    ----------
    clip : ndarray, shape (..., H, W), float ≥ 0

    Returns
    -------
    ndarray, shape (..., 2), float64
        (row, column); the middle where a frame is black.

    Examples
    --------
    >>> frame = np.zeros((5, 7)); frame[1, 4] = 0.5
    >>> centres(frame).tolist()
    [1.0, 4.0]
    """
    clip = np.asarray(clip, float)
    mass = clip.sum((-2, -1))
    middle = (np.array(clip.shape[-2:]) - 1) / 2
    rows = (clip.sum(-1) @ np.arange(clip.shape[-2])) / np.where(mass > 0, mass, 1)
    columns = (clip.sum(-2) @ np.arange(clip.shape[-1])) / np.where(mass > 0, mass, 1)
    return np.where((mass > 0)[..., None], np.stack([rows, columns], -1), middle)


def motion(batch):
    """Speed, acceleration and mass of clips.

    Parameters
    ----------
    batch : ndarray, shape (N, T, H, W), float in [0, 1]
        What is darker than 0.1 counts as black: a faint haze far away would move the centre much.

    Returns
    -------
    Motion

    Examples
    --------
    >>> clip = np.zeros((1, 4, 9, 9)); clip[0, range(4), 4, [1, 3, 5, 7]] = 1
    >>> motion(clip)
    Motion(speed=2.0, acceleration=0.0, mass=1.0)
    """
    batch = np.where(batch < FAINT, 0, batch)
    places = centres(batch)
    speed = np.linalg.norm(np.diff(places, axis=1), axis=-1).mean()
    acceleration = np.linalg.norm(np.diff(places, 2, axis=1), axis=-1).mean()
    return Motion(float(speed), float(acceleration), float(np.sum(batch, (-2, -1)).mean()))


@dataclass(frozen=True)
class Changes:
    """How much clips change, where nothing can be followed: means over all clips, frames and pixels, in grey values.

    Attributes
    ----------
    first : float
        |u_{t+1} − u_t|.
    second : float
        |u_{t+1} − 2 u_t + u_{t−1}|; where every frame is new, up to twice the first.
    contrast : float
        Standard deviation over the pixels of a frame.

    Examples
    --------
    >>> Changes(0.1, 0.05, 0.2).second
    0.05
    """

    first: float
    second: float
    contrast: float


def changes(batch):
    """First and second differences of clips in time, and the contrast of their frames.

    Parameters
    ----------
    batch : ndarray, shape (N, T, H, W), float in [0, 1]

    Returns
    -------
    Changes

    Examples
    --------
    >>> ramp = np.arange(4.0)[None, :, None, None] / 8 * np.ones((1, 4, 2, 2))
    >>> changes(ramp)
    Changes(first=0.125, second=0.0, contrast=0.0)
    """
    first, second = (np.abs(np.diff(batch, order, axis=1)).mean() for order in (1, 2))
    return Changes(float(first), float(second), float(np.std(batch, (-2, -1)).mean()))


@torch.no_grad()
def generate(network, count, *, seed):
    """Clips out of noise.

    Parameters
    ----------
    network : ClipGenerator or SpriteGenerator
    count : int
    seed : int

    Returns
    -------
    ndarray, shape (count, T, H, W), float32 in [0, 1]

    Examples
    --------
    >>> generate(ClipGenerator(), 3, seed=0).shape
    (3, 8, 32, 32)
    """
    noise = torch.randn(count, NOISE, generator=torch.Generator().manual_seed(seed))
    return network.eval()(noise)[:, 0].clamp(0, 1).numpy()
