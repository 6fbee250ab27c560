"""Key frames for people: a few frames that stand for many, and a sheet to look at them."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

__all__ = ["Summary", "contact_sheet", "distances", "facility_location", "medoids"]


@dataclass(frozen=True)
class Summary:
    """Frames that were chosen.

    Attributes
    ----------
    chosen : tuple of int
        In the order of choice, or sorted for medoids.
    values : tuple of float
        The objective after each choice; of medoids, after each round.
    """

    chosen: tuple[int, ...]
    values: tuple[float, ...]


def distances(features):
    """Euclidean distances between all pairs of feature vectors.

    Parameters
    ----------
    features : ndarray, shape (T, D), float

    Returns
    -------
    ndarray, shape (T, T), float

    Examples
    --------
    >>> distances(np.array([[0.0, 0], [3, 4]]))
    array([[0., 5.],
           [5., 0.]])
    """
    f = np.asarray(features, float).reshape(len(features), -1)
    square = (f * f).sum(axis=1)
    found = np.sqrt(np.maximum(square[:, None] + square - 2 * f @ f.T, 0))
    np.fill_diagonal(found, 0)
    return found


def checked(features, count):
    """Features as (T, D), if so many can be chosen of them."""
    features = np.asarray(features, float)
    if features.ndim < 2 or not 1 <= count <= len(features):
        raise ValueError(
            f"count={count} of features {features.shape}: accepted are 1 to T of an array (T, D) (chapter 11)"
        )
    return features.reshape(len(features), -1)


def medoids(features, count, *, rounds=100):
    """The frames whose summed distance to all others is least: k-medoids.

    .. math:: min_S Σ_t min_{s ∈ S} |f_t − f_s|

    Frames are added one by one, each where it helps most; then a chosen frame is exchanged for another as long as that
    helps (PAM).

    Parameters
    ----------
    features : ndarray, shape (T, D), float
        One vector a frame.
    count : int
        How many, 1 to T.
    rounds : int
        Exchanges at most.

    Returns
    -------
    Summary
        Its values are the sums of distances, falling.

    Raises
    ------
    ValueError
        If so many cannot be chosen (chapter 11).

    References
    ----------
    Kaufman, Rousseeuw, Finding Groups in Data (1990), chapter 2, doi:10.1002/9780470316801.

    Examples
    --------
    >>> medoids(np.array([[0.0], [1], [2], [10], [11], [12]]), 2).chosen
    (1, 4)
    """
    d = distances(checked(features, count))
    chosen = [int(d.sum(axis=0).argmin())]
    while len(chosen) < count:
        costs = np.minimum(d[:, chosen].min(axis=1)[:, None], d).sum(axis=0)
        costs[chosen] = np.inf
        chosen.append(int(costs.argmin()))
    values = [float(d[:, chosen].min(axis=1).sum())]
    for _ in range(rounds):
        best, exchange = values[-1] * (1 - 1e-12), None
        for k in range(count):
            rest = chosen[:k] + chosen[k + 1 :]
            others = d[:, rest].min(axis=1) if rest else np.full(len(d), np.inf)
            costs = np.minimum(others[:, None], d).sum(axis=0)
            if costs.min() < best:
                best, exchange = float(costs.min()), (k, int(costs.argmin()))
        if exchange is None:
            break
        chosen[exchange[0]] = exchange[1]
        values.append(best)
    return Summary(tuple(sorted(chosen)), tuple(values))


def facility_location(features, count, *, scale=None):
    """Frames so that each frame is like one of them: greedy maximisation of a submodular function.

    .. math:: F(S) = Σ_t max_{s ∈ S} k(f_t, f_s), \\quad k = exp(−|f_t − f_s|² / (2 scale²))

    Whatever the frames, the greedy choice reaches 1 − 1/e = 63 % of the best possible value at least.

    Parameters
    ----------
    features : ndarray, shape (T, D), float
        One vector a frame.
    count : int
        How many, 1 to T.
    scale : float, optional
        A distance at which frames are no longer much alike; the median distance unless given.

    Returns
    -------
    Summary
        Its values rise, by ever less.

    Raises
    ------
    ValueError
        If so many cannot be chosen, or the scale is not positive (chapter 11).

    References
    ----------
    Nemhauser, Wolsey, Fisher, An analysis of approximations for maximizing submodular set functions I, Mathematical
    Programming 14 (1978), doi:10.1007/BF01588971.

    Examples
    --------
    >>> facility_location(np.array([[0.0], [1], [2], [10], [11], [12]]), 2, scale=3).chosen
    (4, 1)
    """
    d = distances(checked(features, count))
    if scale is None:
        scale = float(np.median(d[d > 0])) if (d > 0).any() else 1.0
    if not scale > 0:
        raise ValueError(f"scale={scale}: accepted is a distance above 0 (chapter 11)")
    alike = np.exp(-0.5 * (d / scale) ** 2)
    covered, chosen, values = np.zeros(len(d)), [], []
    for _ in range(count):
        gains = np.maximum(alike - covered[:, None], 0).sum(axis=0)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, alike[:, chosen[-1]])
        values.append(float(covered.sum()))
    return Summary(tuple(chosen), tuple(values))


def contact_sheet(pictures, labels=None, *, columns=4, width=200):
    """Pictures side by side in one, with a line of text below each.

    Parameters
    ----------
    pictures : iterable of ndarray, (H, W) or (H, W, 3), uint8
        Of any sizes; each is shrunk as it comes.
    labels : sequence of str, optional
        One for each.
    columns : int
        Pictures in a row.
    width : int
        Of each, in pixels.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8

    Raises
    ------
    ValueError
        If there is no picture, or not one label for each (chapter 11).

    Examples
    --------
    >>> contact_sheet([np.zeros((90, 160), np.uint8)] * 3, ["a", "b", "c"], columns=2, width=80).shape
    (122, 164, 3)
    """
    small = []
    for picture in pictures:
        height = max(1, round(picture.shape[0] * width / picture.shape[1]))
        how = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_LINEAR
        part = cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=how)
        small.append(part if part.ndim == 3 else np.repeat(part[..., None], 3, axis=2))
    if not small or (labels is not None and len(labels) != len(small)):
        raise ValueError(f"{len(small)} pictures, labels {labels}: accepted are some, one label each (chapter 11)")
    columns, gap, text = min(columns, len(small)), 4, 14 if labels is not None else 0
    row = max(len(part) for part in small) + text + gap
    sheet = Image.new("RGB", (columns * (width + gap) - gap, -(-len(small) // columns) * row - gap), "white")
    draw = ImageDraw.Draw(sheet)
    for k, part in enumerate(small):
        place = (k % columns * (width + gap), k // columns * row)
        sheet.paste(Image.fromarray(part), place)
        if labels is not None:
            draw.text((place[0] + 2, place[1] + row - gap - text + 1), labels[k], fill="black")
    return np.asarray(sheet)
