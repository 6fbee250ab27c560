"""Rounding has the slope 0: three things that stand for it while a network learns, and what each of them gets wrong."""

import math

import torch

__all__ = ["noise", "soft_round", "straight_through"]


def noise(y, *, generator=None):
    """Additive noise instead of rounding: uniform within half a step.

    .. math:: \\tilde y = y + u, \\qquad u \\sim U(−1/2, 1/2)

    Its density, taken at whole numbers, is the probability of the rounded number: −log₂ of it is a rate with a slope.

    Parameters
    ----------
    y : Tensor
        In steps of the quantiser.
    generator : torch.Generator, optional

    Returns
    -------
    Tensor

    References
    ----------
    Ballé, Laparra, Simoncelli, "End-to-end optimized image compression", ICLR 2017, arXiv:1611.01704.

    Examples
    --------
    >>> bool((noise(torch.zeros(1000)).abs() <= 0.5).all())
    True
    """
    return y + torch.rand(y.shape, generator=generator, device=y.device) - 0.5


def soft_round(y, temperature):
    """A staircase with round edges: the identity when hot, rounding when cold.

    .. math:: r_T(y) = ⌊y⌋ + \\frac12 + \\frac{\\tanh((y − ⌊y⌋ − 1/2)/T)}{2\\tanh(1/(2T))}

    Parameters
    ----------
    y : Tensor
    temperature : float
        T > 0.

    Returns
    -------
    Tensor
        Whole numbers stay where they are.

    References
    ----------
    Agustsson, Theis, "Universally quantized neural compression", NeurIPS 2020, arXiv:2006.09952.

    Examples
    --------
    >>> y = torch.tensor([0.2, 0.6])
    >>> soft_round(y, 0.01).tolist(), bool((soft_round(y, 100.0) - y).abs().max() < 1e-4)
    ([0.0, 1.0], True)
    """
    below = torch.floor(y)
    return below + 0.5 + torch.tanh((y - below - 0.5) / temperature) * (0.5 / math.tanh(0.5 / temperature))


def straight_through(y):
    """Rounding, with the slope of the identity: right values, wrong slopes.

    .. math:: \\hat y = ⌊y + 1/2⌋, \\qquad \\frac{∂\\hat y}{∂y} := 1

    Parameters
    ----------
    y : Tensor

    Returns
    -------
    Tensor

    References
    ----------
    Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic neurons for conditional
    computation" (2013), arXiv:1308.3432.

    Examples
    --------
    >>> y = torch.tensor([0.4, 1.6], requires_grad=True)
    >>> straight_through(y).tolist(), torch.autograd.grad(straight_through(y).sum(), y)[0].tolist()
    ([0.0, 2.0], [1.0, 1.0])
    """
    return y + (torch.floor(y + 0.5) - y).detach()
