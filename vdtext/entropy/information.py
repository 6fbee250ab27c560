"""How many bits a message needs: entropy, cross-entropy, the ideal length, and probabilities in integers."""

import numpy as np

__all__ = ["cross_entropy", "entropy", "frequencies", "ideal_bits", "learning_bits", "relative"]


def relative(counts):
    """Relative frequencies of counts.

    Parameters
    ----------
    counts : array_like, shape (n,)
        0 or more, not all 0.

    Returns
    -------
    ndarray, shape (n,), float64
        Sums to 1.

    Examples
    --------
    >>> relative([3, 1]).tolist()
    [0.75, 0.25]
    """
    counts = np.asarray(counts, float)
    return counts / counts.sum()


def entropy(p):
    """Entropy: the mean number of bits that a symbol of this distribution needs.

    .. math:: H(p) = −Σ_s p_s \\log_2 p_s

    Parameters
    ----------
    p : array_like, shape (n,)
        Probabilities; they sum to 1.

    Returns
    -------
    float
        In bits a symbol, from 0 (always the same) to log2 n (all equally likely).

    References
    ----------
    Shannon, A mathematical theory of communication, Bell System Technical Journal 27 (1948), 379–423,
    doi:10.1002/j.1538-7305.1948.tb01338.x.

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.125, 0.125])
    1.75
    """
    return cross_entropy(p, p)


def cross_entropy(p, q):
    """Bits a symbol for symbols of distribution p, coded by a coder that believes in q.

    .. math:: H(p, q) = −Σ_s p_s \\log_2 q_s >= H(p)

    Parameters
    ----------
    p, q : array_like, shape (n,)
        Probabilities; both sum to 1.

    Returns
    -------
    float
        In bits a symbol; infinite if something happens that q rules out.

    References
    ----------
    Cover, Thomas, Elements of Information Theory (2006), chapter 2, doi:10.1002/047174882X.

    Examples
    --------
    >>> cross_entropy([0.5, 0.5], [0.5, 0.5]), cross_entropy([1.0, 0.0], [0.25, 0.75])
    (1.0, 2.0)
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    happens = p > 0
    with np.errstate(divide="ignore"):
        return float(-(p[happens] * np.log2(q[happens])).sum()) + 0.0


def ideal_bits(symbols, p):
    """The length of a message for a coder without any loss: −Σ log2 p over its symbols.

    Parameters
    ----------
    symbols : array_like of int, shape (n,)
        From 0.
    p : array_like, shape (m,)
        The probability of each symbol: what the coder is told.

    Returns
    -------
    float
        In bits.

    Examples
    --------
    >>> ideal_bits([0, 0, 1], [0.5, 0.25, 0.25])
    4.0
    """
    counts = np.bincount(np.asarray(symbols, np.int64), minlength=len(p))
    return float(-(counts[counts > 0] * np.log2(np.asarray(p, float)[counts > 0])).sum()) + 0.0


def learning_bits(bits):
    """What it costs to learn one unknown probability from n bits, about ½ log2 n, if it stays the same all the time.

    The difference between the ideal length of the best estimator that knows nothing beforehand (Krichevsky and
    Trofimov: a half is added to each count) and that of the relative frequency, which is known only at the end.

    Parameters
    ----------
    bits : array_like of int, shape (n,)
        0 or 1; n >= 1.

    Returns
    -------
    float
        In bits; at most ½ log2 n + 1.

    References
    ----------
    Krichevsky, Trofimov, The performance of universal encoding, IEEE Transactions on Information Theory 27 (1981),
    199–207, doi:10.1109/TIT.1981.1056331.

    Examples
    --------
    >>> round(learning_bits([0, 1] * 512), 2)
    5.33
    """
    bits = np.asarray(bits, np.int64)
    ones = np.concatenate([[0], np.cumsum(bits)[:-1]])
    chance = (ones + 0.5) / (np.arange(len(bits)) + 1.0)
    spent = -np.log2(np.where(bits == 1, chance, 1 - chance)).sum()
    return float(spent - len(bits) * entropy(relative(np.bincount(bits, minlength=2))))


def frequencies(counts, precision=14):
    """Probabilities as integers that sum to 2ᵖ: what a coder computes with, and what can be sent.

    Whatever has been counted gets at least 1.  What rounding leaves over is given to, or taken from, the symbols where
    it saves most, or costs least.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        0 or more, not all 0; at most 2ᵖ of them above 0.
    precision : int
        p, 1 to 16.

    Returns
    -------
    ndarray, shape (n,), int64
        Sums to 2ᵖ; 0 exactly where the count is 0.

    Raises
    ------
    ValueError
        If the counts cannot be right.

    Examples
    --------
    >>> frequencies([9000, 900, 99, 1, 0], precision=8).tolist()
    [229, 23, 3, 1, 0]
    """
    counts = np.asarray(counts)
    used = np.flatnonzero(counts)
    if counts.ndim != 1 or not 1 <= precision <= 16 or counts.min(initial=0) < 0:
        raise ValueError(f"counts {counts.shape}, precision={precision}: accepted are counts >= 0, 1 to 16 (chapter 6)")
    if not 0 < len(used) <= 1 << precision:
        raise ValueError(f"{len(used)} symbols occur: 1 to 2**{precision} can have a frequency (chapter 6)")
    n = counts[used].astype(float)
    f = np.maximum(1, np.rint(n / n.sum() * (1 << precision)).astype(np.int64))
    while (excess := f.sum() - (1 << precision)) > 0:
        cost = np.where(f > 1, n * np.log2(f / np.maximum(f - 1, 1)), np.inf)
        f[np.argsort(cost, kind="stable")[: min(excess, max(1, np.isfinite(cost).sum() // 4))]] -= 1
    while (excess := f.sum() - (1 << precision)) < 0:
        f[np.argsort(-n * np.log2((f + 1) / f), kind="stable")[:-excess]] += 1
    whole = np.zeros(len(counts), np.int64)
    whole[used] = f
    return whole
