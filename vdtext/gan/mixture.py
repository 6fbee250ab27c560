"""Eight Gaussians on a ring: where a generator's mass goes can be seen, so that a collapse can be counted."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from vdtext.gan.losses import critic_loss, generator_loss, gradient_penalty, spectrally_normalised

__all__ = ["MODES", "REMEDIES", "SPREAD", "Coverage", "Played", "coverage", "play", "ring"]

MODES, RADIUS, SPREAD, NOISE = 8, 2.0, 0.05, 8
"""Gaussians, radius of the ring, standard deviation of each, and numbers that a point is generated from."""

REMEDIES = {
    "minimax": {"kind": "minimax"},
    "non-saturating": {"kind": "non-saturating"},
    "non-saturating + R1": {"kind": "non-saturating", "penalty": 0.1},
    "hinge + spectral norm": {"kind": "hinge", "spectral": 10.0},
}
"""Arguments of `play` by what they are called in the chapter.

All eight Gaussians were covered after 3000 steps with R₁ in 4 fresh seeds of 4, with spectral norm in 3 of 3, and
without a remedy in none of 3 (5, 7 and 6 of them).
"""


@dataclass(frozen=True)
class Coverage:
    """What of the mixture a set of points covers.

    Attributes
    ----------
    modes : int
        Gaussians that have at least a quarter of their share of the points within 4 standard deviations.
    quality : float
        Share of the points that lie within 4 standard deviations of some Gaussian.

    Examples
    --------
    >>> Coverage(8, 1.0).modes
    8
    """

    modes: int
    quality: float


@dataclass(frozen=True, eq=False)
class Played:
    """A game that was played.

    Attributes
    ----------
    points : ndarray, shape (S, N, 2), float32
        What the generator makes of the same noise, after each of S stretches of the game.
    coverage : list of Coverage
        Of each.

    Examples
    --------
    >>> Played(np.zeros((1, 4, 2), np.float32), [Coverage(0, 0.0)]).points.shape
    (1, 4, 2)
    """

    points: np.ndarray
    coverage: list


def _middles():
    """The middles of the Gaussians, (MODES, 2)."""
    angle = 2 * np.pi * np.arange(MODES) / MODES
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], -1)


def ring(count, *, seed):
    """Points of the mixture.

    Parameters
    ----------
    count : int
    seed : int

    Returns
    -------
    ndarray, shape (count, 2), float32

    Examples
    --------
    >>> ring(3, seed=0).shape
    (3, 2)
    """
    rng = np.random.default_rng(seed)
    chosen = _middles()[rng.integers(MODES, size=count)]
    return (chosen + SPREAD * rng.standard_normal((count, 2))).astype(np.float32)


def coverage(points):
    """Which of the Gaussians points lie in, and how many lie in none.

    Parameters
    ----------
    points : ndarray, shape (N, 2)

    Returns
    -------
    Coverage

    Examples
    --------
    >>> coverage(ring(1000, seed=0)), coverage(np.tile([2.0, 0.0], (100, 1)))
    (Coverage(modes=8, quality=1.0), Coverage(modes=1, quality=1.0))
    """
    away = np.linalg.norm(points[:, None] - _middles()[None], axis=-1)
    near = away.min(1) < 4 * SPREAD
    counts = np.bincount(away.argmin(1)[near], minlength=MODES)
    modes = int(np.sum(counts >= len(points) / MODES / 4))
    return Coverage(modes, round(float(near.mean()), 3))


def play(*, kind, penalty=0.0, spectral=0.0, steps=3000, batch=128, every=500, seed=0):
    """Let a generator and a critic of two hidden layers play for the mixture.

    Parameters
    ----------
    kind : str
        As in `critic_loss`.
    penalty : float
        γ of R₁; 0 is none.
    spectral : float
        Largest slope of the critic, by spectral normalisation; 0 is no limit.  With 1 it could not tell a point from
        another a standard deviation away.
    steps, batch : int
    every : int
        Steps of a stretch.
    seed : int

    Returns
    -------
    Played

    Examples
    --------
    >>> play(kind="hinge", steps=4, every=2).points.shape
    (2, 1000, 2)
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator, critic = _network(NOISE, 2), _network(2, 1)
        critic = nn.Sequential(spectrally_normalised(critic), Scale(spectral)) if spectral else critic
        noise, found = torch.randn(1000, NOISE), []
        adam = partial(torch.optim.Adam, lr=1e-3, betas=(0.5, 0.99))
        move_generator, move_critic = adam(generator.parameters()), adam(critic.parameters())
        for step in range(steps):
            real = torch.from_numpy(ring(batch, seed=[seed, step]))
            fake = generator(torch.randn(batch, NOISE))
            loss = critic_loss(critic(real), critic(fake.detach()), kind=kind)
            loss = loss + penalty * gradient_penalty(critic, real) if penalty else loss
            _move(move_critic, loss)
            _move(move_generator, generator_loss(critic(generator(torch.randn(batch, NOISE))), kind=kind))
            if (step + 1) % every == 0:
                found.append(generator(noise).detach().numpy())
    return Played(np.stack(found), [coverage(points) for points in found])


class Scale(nn.Module):
    """Multiplies by a number."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        """From any tensor to one of its shape."""
        return self.factor * x


def _network(inputs, outputs, width=96):
    """Two hidden layers."""
    layers = [nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def _move(optimiser, loss):
    """One step down; the gradient goes to this optimiser's parameters alone."""
    optimiser.zero_grad()
    loss.backward(inputs=[p for group in optimiser.param_groups for p in group["params"]])
    optimiser.step()
