"""The linear case, where the answer is known: training has to find the Karhunen–Loève transform."""

from dataclasses import dataclass

import numpy as np
import torch

from vdtext.learned.surrogates import noise, soft_round, straight_through
from vdtext.wavelets import coding_gain

__all__ = ["SURROGATES", "Fitted", "angle", "autoregressive", "fit", "gain"]

SURROGATES = ("noise", "soft", "straight", "mixed")
"""Noise for rate and error; a soft staircase with noise; rounding of slope 1; noise for rate and rounding for error."""


def autoregressive(count, correlation):
    """Covariance of neighbours in a row, each the one before it times a number, plus something new.

    .. math:: C_{ij} = ρ^{|i − j|}

    Parameters
    ----------
    count : int
        Numbers in the row.
    correlation : float
        ρ, −1 < ρ < 1.

    Returns
    -------
    ndarray, shape (count, count), float64

    Examples
    --------
    >>> autoregressive(3, 0.5)[0].tolist()
    [1.0, 0.5, 0.25]
    """
    k = np.arange(count)
    return float(correlation) ** abs(k[:, None] - k)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A linear codec after training.

    Attributes
    ----------
    analysis, synthesis : ndarray, shape (k, n) and (n, k), float64
        y = A x, x̂ = S ŷ.
    surrogate, rounded : float
        Loss in bits a number, as it was trained and with true rounding, on the same fresh numbers.
    rate, error : float
        With true rounding: bits, and squared error, a number.
    history : ndarray
        Loss that was trained, every tenth step.
    """

    analysis: np.ndarray
    synthesis: np.ndarray
    surrogate: float
    rounded: float
    rate: float
    error: float
    history: np.ndarray


def bits_of(y, logarithm):
    """−log₂ of a Gaussian, integrated over a step."""
    normal = torch.distributions.Normal(0.0, torch.exp(logarithm))
    size = y.abs()
    return -torch.log2((normal.cdf(0.5 - size) - normal.cdf(-0.5 - size)).clamp_min(2.0**-40))


def fit(covariance, *, trade, surrogate="mixed", kept=None, steps=1500, batch=256, temperature=0.3, seed):
    """Train analysis, synthesis and prior of a linear codec on Gaussian rows.

    .. math:: J = R + \\frac{1}{trade}\\,\\mathsf{E}|x − S\\,q(A x)|²/n,  with R in bits a number

    Parameters
    ----------
    covariance : ndarray, shape (n, n)
        Of the rows.
    trade : float
        Squared error that is worth a bit.
    surrogate : {"noise", "soft", "straight", "mixed"}
        What stands for rounding.
    kept : int, optional
        k numbers are sent for n; all unless given.
    steps, batch : int
    temperature : float
        Of the soft staircase.
    seed : int

    Returns
    -------
    Fitted

    Raises
    ------
    ValueError
        If the surrogate is unknown.

    Examples
    --------
    >>> found = fit(autoregressive(4, 0.9), trade=0.02, steps=300, seed=0)
    >>> found.rounded < 3.5, found.analysis.shape
    (True, (4, 4))
    """
    if surrogate not in SURROGATES:
        raise ValueError(f"surrogate={surrogate!r}: accepted are {', '.join(SURROGATES)} (chapter 13)")
    count = len(covariance)
    kept = kept or count
    rng = torch.Generator().manual_seed(seed)
    root = torch.tensor(np.linalg.cholesky(covariance)).float()
    turn = torch.linalg.qr(torch.randn(count, count, generator=rng))[0][:kept]
    size = (0.17 / trade) ** 0.5
    weights = [turn * size, turn.T / size, torch.full((kept,), float(np.log(size)))]
    weights = [weight.clone().requires_grad_() for weight in weights]
    adam = torch.optim.Adam(
        [{"params": [w], "lr": rate} for w, rate in zip(weights, (0.02 * size, 0.02 / size, 0.03), strict=True)]
    )

    def stand_in(y):
        if surrogate == "straight":
            return (straight_through(y),) * 2
        if surrogate == "soft":
            return (noise(soft_round(y, temperature), generator=rng),) * 2
        noisy = noise(y, generator=rng)
        return noisy, straight_through(y) if surrogate == "mixed" else noisy

    def loss(x, rule):
        y = x @ weights[0].T
        for_rate, for_error = rule(y)
        rate = bits_of(for_rate, weights[2]).sum(1).mean() / count
        error = (for_error @ weights[1].T - x).square().mean()
        return rate + error / trade, rate, error

    history = []
    for step in range(steps):
        x = torch.randn(batch, count, generator=rng) @ root.T
        value = loss(x, stand_in)[0]
        adam.zero_grad()
        value.backward()
        for group, first in zip(adam.param_groups, (0.02 * size, 0.02 / size, 0.03), strict=True):
            group["lr"] = first * 0.5 * (1 + np.cos(np.pi * step / steps))
        adam.step()
        if step % 10 == 0:
            history.append(value.item())
    with torch.no_grad():
        x = torch.randn(40000, count, generator=rng) @ root.T
        trained = loss(x, stand_in)[0].item()
        rounded, rate, error = (value.item() for value in loss(x, lambda y: (torch.floor(y + 0.5),) * 2))
    a, s = (weight.detach().double().numpy() for weight in weights[:2])
    return Fitted(a, s, trained, rounded, rate, error, np.array(history))


def gain(fitted, covariance):
    """Coding gain of a linear codec that keeps all numbers: chapter 7's, for a transform that is not orthonormal.

    Parameters
    ----------
    fitted : Fitted
    covariance : ndarray, shape (n, n)

    Returns
    -------
    float
        In decibels.

    Examples
    --------
    >>> eye = np.eye(3)
    >>> round(gain(Fitted(2 * eye, eye / 2, 0, 0, 0, 0, None), eye), 9) + 0
    0.0
    """
    variances = np.einsum("ki,ij,kj->k", fitted.analysis, covariance, fitted.analysis)
    norms = np.sqrt(np.square(fitted.synthesis).sum(0))
    whole = coding_gain(variances, norms) / variances.mean() * np.trace(covariance) / len(covariance)
    return float(10 * np.log10(whole))


def angle(a, b):
    """The largest angle between the spaces that the rows of two matrices span.

    Parameters
    ----------
    a, b : ndarray, shape (k, n)

    Returns
    -------
    float
        In degrees.

    Examples
    --------
    >>> angle(np.array([[1.0, 0]]), np.array([[1.0, 1.0]]))
    45.0
    """
    q, r = (np.linalg.qr(np.asarray(m, float).T)[0] for m in (a, b))
    return float(np.round(np.degrees(np.arccos(np.clip(np.linalg.svd(q.T @ r)[1].min(), -1, 1))), 6))
