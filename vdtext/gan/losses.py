"""Who minimises what: losses of critic and generator as functions of the critic's scores, and what keeps it in check.

A score is the logit of the critic's belief that a sample is real: D = 1 / (1 + e^−score).
"""

import torch
from torch import nn
from torch.nn import functional

__all__ = ["KINDS", "critic_loss", "generator_loss", "gradient_penalty", "spectral_norm", "spectrally_normalised"]

KINDS = ("minimax", "non-saturating", "hinge")


def critic_loss(real, fake, *, kind):
    """What the critic minimises.

    Minimax and non-saturating: −mean log D(real) − mean log (1 − D(fake)); hinge:
    mean max(0, 1 − real) + mean max(0, 1 + fake).

    Parameters
    ----------
    real, fake : Tensor
        Scores, of any shape.
    kind : {"minimax", "non-saturating", "hinge"}

    Returns
    -------
    Tensor
        A scalar ≥ 0.

    Raises
    ------
    ValueError
        If the kind is unknown (chapter 12).

    References
    ----------
    Goodfellow et al. (2014), arXiv:1406.2661; hinge: Lim and Ye (2017), arXiv:1705.02894.

    Examples
    --------
    >>> blind = torch.zeros(4)
    >>> round(critic_loss(blind, blind, kind="minimax").item(), 4), critic_loss(blind, blind, kind="hinge").item()
    (1.3863, 2.0)
    """
    if _known(kind) == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_loss(fake, *, kind):
    """What the generator minimises.

    Minimax: mean log (1 − D(fake)), whose slope dies where the critic is sure; non-saturating: −mean log D(fake), whose
    slope is 1 there; hinge: −mean fake.

    Parameters
    ----------
    fake : Tensor
        Scores of generated samples.
    kind : {"minimax", "non-saturating", "hinge"}

    Returns
    -------
    Tensor
        A scalar.

    Raises
    ------
    ValueError
        If the kind is unknown (chapter 12).

    References
    ----------
    As `critic_loss`.

    Examples
    --------
    >>> sure = torch.full((1,), -9.0, requires_grad=True)
    >>> [round(torch.autograd.grad(generator_loss(sure, kind=k), sure)[0].item(), 4) for k in KINDS]
    [-0.0001, -0.9999, -1.0]
    """
    if _known(kind) == "minimax":
        return -functional.softplus(fake).mean()
    return functional.softplus(-fake).mean() if kind == "non-saturating" else -fake.mean()


def gradient_penalty(critic, real, *, create_graph=True):
    """R₁: half the mean squared slope of the critic at real samples, ½ E |∇ critic(x)|².

    At the equilibrium the critic has nothing left to say; the penalty takes away what lets the game circle around it.

    Parameters
    ----------
    critic : callable
        From samples to scores.
    real : Tensor, shape (N, ...)
    create_graph : bool
        False where the penalty is only looked at.

    Returns
    -------
    Tensor
        A scalar ≥ 0, to be weighted by γ.

    References
    ----------
    Mescheder, Geiger, Nowozin (2018), "Which training methods for GANs do actually converge?", arXiv:1801.04406.

    Examples
    --------
    >>> gradient_penalty(lambda x: 3 * x.sum(1), torch.zeros(5, 2)).item()
    9.0
    """
    real = real.detach().requires_grad_(True)
    scores = critic(real)
    (slope,) = torch.autograd.grad(scores.sum(), real, create_graph=create_graph)
    return 0.5 * slope.flatten(1).square().sum(1).mean()


def spectral_norm(weight, *, steps=100):
    """The largest singular value of a layer's matrix, by power iteration: v ← Wᵀu / |Wᵀu|, u ← Wv / |Wv|, σ = uᵀWv.

    Parameters
    ----------
    weight : Tensor, shape (out, ...)
        All axes but the first are one.
    steps : int

    Returns
    -------
    Tensor
        A scalar, never above the true value.

    References
    ----------
    Miyato et al. (2018), "Spectral normalization for generative adversarial networks", arXiv:1802.05957.

    Examples
    --------
    >>> round(spectral_norm(torch.diag(torch.tensor([3.0, -5.0, 1.0]))).item(), 4)
    5.0
    """
    matrix = weight.flatten(1)
    u = torch.linspace(1, 2, len(matrix), dtype=matrix.dtype, device=matrix.device)
    for _ in range(steps):
        v = functional.normalize(matrix.T @ u, dim=0)
        u = functional.normalize(matrix @ v, dim=0)
    return u @ matrix @ v


def spectrally_normalised(network):
    """Every linear and convolutional layer divided by its spectral norm, which is tracked while training.

    Parameters
    ----------
    network : Module
        Changed in place.

    Returns
    -------
    Module

    References
    ----------
    As `spectral_norm`; PyTorch's implementation.

    Examples
    --------
    >>> layer = spectrally_normalised(nn.Sequential(nn.Linear(5, 4)))[0]
    >>> 0.9 < torch.linalg.matrix_norm(layer.weight, 2).item() < 1.1
    True
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Linear | nn.Conv2d | nn.Conv3d):
            nn.utils.parametrizations.spectral_norm(module, n_power_iterations=1)
    return network


def _known(kind):
    """The kind, if it is one."""
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r}: losses are {', '.join(KINDS)} (chapter 12)")
    return kind
