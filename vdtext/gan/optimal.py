"""What the best critic says when both densities are known: closed forms on a grid, or at points."""

import numpy as np

__all__ = ["game_value", "jensen_shannon", "optimal_critic"]


def optimal_critic(real, fake):
    """The critic that no other beats, D*(x) = p(x) / (p(x) + q(x)): the belief of somebody who knows both densities.

    Parameters
    ----------
    real, fake : ndarray, same shape, ≥ 0
        Densities p and q at some points.

    Returns
    -------
    ndarray, float64 in [0, 1]
        ½ where both are 0.

    References
    ----------
    Goodfellow et al. (2014), arXiv:1406.2661, proposition 1.

    Examples
    --------
    >>> optimal_critic([0.3, 0.2, 0.0], [0.1, 0.2, 0.5]).round(4).tolist()
    [0.75, 0.5, 0.0]
    """
    p, q = np.asarray(real, float), np.asarray(fake, float)
    return np.divide(p, p + q, out=np.full(np.broadcast_shapes(p.shape, q.shape), 0.5), where=p + q > 0)


def game_value(critic, real, fake):
    """The value of the game for a critic, V(D) = Σ p log D + Σ q log (1 − D), in nats.

    Parameters
    ----------
    critic : ndarray in [0, 1]
        D at the points.
    real, fake : ndarray, same shape
        Probabilities of the points (densities times cell size).

    Returns
    -------
    float
        ≤ 2 JSD(p, q) − log 4, with equality for the optimal critic alone.

    References
    ----------
    As `optimal_critic`.

    Examples
    --------
    >>> p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    >>> round(game_value(optimal_critic(p, q), p, q), 4), round(float(2 * jensen_shannon(p, q) - np.log(4)), 4)
    (-1.3187, -1.3187)
    """
    p, q, d = (np.asarray(a, float) for a in (real, fake, critic))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(p > 0, p * np.log(d), 0).sum() + np.where(q > 0, q * np.log1p(-d), 0).sum())


def jensen_shannon(real, fake):
    """Jensen–Shannon divergence, ½ KL(p | m) + ½ KL(q | m) with m = (p + q) / 2, in nats.

    Parameters
    ----------
    real, fake : ndarray, same shape
        Probabilities.

    Returns
    -------
    float
        0 where they are equal, log 2 where they never meet.

    References
    ----------
    Lin (1991), "Divergence measures based on the Shannon entropy", doi:10.1109/18.61115.

    Examples
    --------
    >>> round(float(jensen_shannon([1.0, 0.0], [0.0, 1.0]) / np.log(2)), 6)
    1.0
    """
    p, q = np.asarray(real, float), np.asarray(fake, float)
    middle = (p + q) / 2

    def divergence(a):
        return np.sum(a[a > 0] * np.log(a[a > 0] / middle[a > 0]))

    return max(0.0, float(divergence(p) + divergence(q)) / 2)
