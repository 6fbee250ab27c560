"""Finding frames again: distances between vectors, rankings, and how good a ranking is."""

import numpy as np

__all__ = ["average_precision", "chance_precision", "distances", "mean_average_precision", "ranking"]

METRICS = ("l1", "l2", "chi2", "cosine")


def distances(queries, base, *, metric):
    """Every query against every vector of the base.

    .. math::
        \\sum_i |a_i − b_i|,\\quad \\Bigl(\\sum_i (a_i − b_i)^2\\Bigr)^{1/2},\\quad
        \\sum_i \\frac{(a_i − b_i)^2}{a_i + b_i},\\quad 1 − \\frac{a^⊤ b}{|a| |b|}

    Parameters
    ----------
    queries, base : array_like, shapes (Q, D) and (N, D)
    metric : {"l1", "l2", "chi2", "cosine"}
        The third is for histograms, which are not negative.

    Returns
    -------
    ndarray, shape (Q, N), float64

    Raises
    ------
    ValueError
        If the metric is unknown, or vectors have different lengths (chapter 11).

    References
    ----------
    Puzicha et al., Empirical evaluation of dissimilarity measures for color and texture, ICCV (1999), 1165–1172.

    Examples
    --------
    >>> distances([[1.0, 0.0]], [[0.0, 1.0], [0.5, 0.5]], metric="l1").tolist()
    [[2.0, 1.0]]
    """
    queries, base = np.atleast_2d(np.asarray(queries, float)), np.atleast_2d(np.asarray(base, float))
    if metric not in METRICS or queries.shape[1:] != base.shape[1:] or queries.ndim != 2:
        raise ValueError(f"metric={metric!r}, shapes {queries.shape}, {base.shape}: {METRICS}, equal D (chapter 11)")
    if metric == "cosine":
        a, b = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-30) for v in (queries, base))
        return 1 - a @ b.T
    result = np.empty((len(queries), len(base)))
    for row, a in zip(result, queries, strict=True):
        off = base - a
        if metric == "l1":
            row[:] = abs(off).sum(axis=1)
        elif metric == "l2":
            row[:] = np.sqrt((off**2).sum(axis=1))
        else:
            row[:] = (off**2 / np.maximum(base + a, 1e-30)).sum(axis=1)
    return result


def ranking(scores):
    """The order from the nearest to the farthest; among equals the earlier one is first.

    Parameters
    ----------
    scores : array_like, shape (..., N)
        Distances.

    Returns
    -------
    ndarray, shape (..., N), int

    Examples
    --------
    >>> ranking([0.3, 0.1, 0.3]).tolist()
    [1, 0, 2]
    """
    return np.argsort(scores, axis=-1, kind="stable")


def average_precision(relevant):
    """The mean, over the places at which something relevant stands, of the precision up to there.

    .. math:: AP = \\frac{1}{R} \\sum_{k:\\, r_k = 1} \\frac{1}{k} \\sum_{j ≤ k} r_j

    Parameters
    ----------
    relevant : array_like, shape (N,), bool
        Along the ranking, the best first.

    Returns
    -------
    float
        1 if everything relevant comes first; 0 if nothing is relevant.

    References
    ----------
    Manning, Raghavan, Schütze, Introduction to Information Retrieval (2008), §8.4.

    Examples
    --------
    >>> average_precision([True, False, True])
    0.8333333333333333
    """
    places = np.flatnonzero(relevant) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places)) if len(places) else 0.0


def chance_precision(relevant, total):
    """The expected average precision of a ranking by lot.

    .. math:: E[AP] = \\frac{1}{N} \\Bigl(H_N + \\frac{R − 1}{N − 1} (N − H_N)\\Bigr),\\quad
        H_N = \\sum_{k=1}^N \\frac{1}{k}

    Parameters
    ----------
    relevant, total : int
        R of N are relevant; 1 ≤ R ≤ N.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If R lies outside of 1…N (chapter 11).

    References
    ----------
    Bestgen, Exact expected average precision of the random baseline for system evaluation, Prague Bulletin of
    Mathematical Linguistics 103 (2015), 131–138.

    Examples
    --------
    >>> chance_precision(1, 2), chance_precision(3, 3)
    (0.75, 1.0)
    """
    if not 1 <= relevant <= total:
        raise ValueError(f"{relevant} of {total}: at least 1 is relevant, and at most all are (chapter 11)")
    harmonic = float(np.sum(1 / np.arange(1, total + 1)))
    return (harmonic + (relevant - 1) / max(total - 1, 1) * (total - harmonic)) / total


def mean_average_precision(queries, base, labels, *, metric, base_labels=None):
    """How well vectors find what belongs together: the mean over all queries of the average precision.

    Parameters
    ----------
    queries, base : array_like, shapes (Q, D) and (N, D)
    labels : array_like, shape (Q,)
        To what each query belongs.
    metric : {"l1", "l2", "chi2", "cosine"}
    base_labels : array_like, shape (N,), optional
        To what each vector of the base belongs.  Without it the queries are versions of the base, one for one: labels
        are shared, and a query is not asked to find its own frame, which is taken out of its ranking.

    Returns
    -------
    float
        Within [0, 1]; queries for which nothing is relevant are left out, NaN if that leaves none.

    Raises
    ------
    ValueError
        If numbers of labels and vectors differ, or as for :func:`distances` (chapter 11).

    Examples
    --------
    >>> vectors = [[0.0], [0.1], [1.0], [1.1]]
    >>> mean_average_precision(vectors, vectors, ["a", "a", "b", "b"], metric="l2")
    1.0
    """
    scores, labels = distances(queries, base, metric=metric), np.asarray(labels)
    others = labels if base_labels is None else np.asarray(base_labels)
    if scores.shape != (len(labels), len(others)):
        raise ValueError(f"{scores.shape} vectors, {len(labels)} and {len(others)} labels: one each (chapter 11)")
    found = []
    for n, order in enumerate(ranking(scores)):
        order = order[order != n] if base_labels is None else order
        relevant = others[order] == labels[n]
        if relevant.any():
            found.append(average_precision(relevant))
    return float(np.mean(found)) if found else float("nan")
