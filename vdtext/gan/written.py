"""Handwritten digits of 8×8 pixels: the smallest GAN of pictures, played in seconds."""

import copy
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from vdtext.gan.losses import critic_loss, generator_loss, gradient_penalty
from vdtext.gan.mixture import _move

__all__ = ["WRITING", "PlayedPictures", "play_pictures", "written"]

WRITING, PIXELS, WIDTH = 16, 8, 128
"""Numbers that a picture is generated from, pixels of a side, and units of each of the two hidden layers."""


@dataclass(frozen=True, eq=False)
class PlayedPictures:
    """A game for pictures that was played.

    Attributes
    ----------
    pictures : ndarray, shape (S, N, 8, 8), float32 in [0, 1]
        What the averaged generator makes of the same noise: before the game, and after each of its stretches.

    Examples
    --------
    >>> PlayedPictures(np.zeros((3, 4, 8, 8), np.float32)).pictures.shape
    (3, 4, 8, 8)
    """

    pictures: np.ndarray


def written():
    """All 1797 handwritten digits that scikit-learn ships.

    Returns
    -------
    (ndarray, ndarray)
        Pictures of shape (1797, 8, 8), float32 in [0, 1], and which digit each one is.

    References
    ----------
    Alpaydin, Kaynak, Optical recognition of handwritten digits, UCI Machine Learning Repository (1998).

    Examples
    --------
    >>> pictures, names = written()
    >>> pictures.shape, names[:4].tolist()
    ((1797, 8, 8), [0, 1, 2, 3])
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images / 16).astype(np.float32), found.target


def play_pictures(*, penalty, steps=2000, batch=64, every=500, count=1797, seed=0):
    """Let a generator and a critic of two hidden layers play for the handwritten digits, with the non-saturating loss.

    What is kept are the pictures of a generator whose weights are averages over the last steps,
    θ̄ ← β θ̄ + (1 − β) θ: the game circles, and the middle of the circle is better than any place on it.

    Parameters
    ----------
    penalty : float
        γ of R₁; 0 is none.
    steps, batch : int
    every : int
        Steps of a stretch.
    count : int
        N, pictures that are made after each stretch.
    seed : int

    Returns
    -------
    PlayedPictures

    References
    ----------
    Yazıcı et al., The unusual effectiveness of averaging in GAN training, ICLR (2019), arXiv:1806.04498.

    Examples
    --------
    >>> play_pictures(penalty=0.5, steps=4, every=2, count=5).pictures.shape
    (3, 5, 8, 8)
    """
    data = torch.from_numpy(written()[0]).flatten(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator, critic = nn.Sequential(_network(WRITING, PIXELS**2), nn.Sigmoid()), _network(PIXELS**2, 1)
        mean, noise = copy.deepcopy(generator), torch.randn(count, WRITING)
        adam = partial(torch.optim.Adam, lr=1e-3, betas=(0.0, 0.99))
        move_generator, move_critic = adam(generator.parameters()), adam(critic.parameters())
        found = [mean(noise).detach().numpy()]
        for step in range(steps):
            real = data[torch.randint(len(data), (batch,))]
            fake = generator(torch.randn(batch, WRITING)).detach()
            loss = critic_loss(critic(real), critic(fake), kind="non-saturating")
            _move(move_critic, loss + penalty * gradient_penalty(critic, real) if penalty else loss)
            _move(move_generator, generator_loss(critic(generator(torch.randn(batch, WRITING))), kind="non-saturating"))
            with torch.no_grad():
                for old, new in zip(mean.parameters(), generator.parameters(), strict=True):
                    old.lerp_(new, 1 - min(0.995, (1 + step) / (10 + step)))
            if (step + 1) % every == 0:
                found.append(mean(noise).detach().numpy())
    return PlayedPictures(np.stack(found).reshape(len(found), count, PIXELS, PIXELS))


def _network(inputs, outputs):
    """Two hidden layers."""
    layers = [nn.Linear(inputs, WIDTH), nn.LeakyReLU(0.2), nn.Linear(WIDTH, WIDTH), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(WIDTH, outputs))
