"""How different is a frame from the one before it: the measures that the field uses, readable."""

import cv2
import numpy as np

from vdtext.shots.changes import change
from vdtext.shots.thumbnails import thumbnail

__all__ = [
    "MEASURES",
    "adaptive_ratio",
    "chi_square",
    "content",
    "correlation",
    "histogram",
    "hue_distance",
    "intersection",
    "mse",
    "peaks",
    "scores",
]


def mse(a, b):
    """Mean squared difference of two frames.

    .. math:: MSE = (1/N) Σ (a − b)²

    Parameters
    ----------
    a, b : ndarray, shape (H, W) or (H, W, 3), uint8

    Returns
    -------
    float
        In grey values squared.

    References
    ----------
    Hanjalic, Shot-boundary detection: unraveled and resolved?, IEEE Trans. Circuits and Systems for Video Technology 12
    (2002).

    Examples
    --------
    >>> mse(np.zeros((2, 2), np.uint8), np.full((2, 2), 3, np.uint8))
    9.0
    """
    return float(((a.astype(float) - b) ** 2).mean())


def histogram(frame, *, bins=256):
    """Shares of a frame's pixels by luma.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, 3), uint8
        Grey or RGB.
    bins : int
        Equal parts of 0 … 255.

    Returns
    -------
    ndarray, shape (bins,)
        They sum to 1.

    Examples
    --------
    >>> histogram(np.array([[0, 255], [255, 255]], np.uint8), bins=2).tolist()
    [0.25, 0.75]
    """
    luma = cv2.cvtColor(frame, cv2.COLOR_RGB2YUV)[..., 0] if frame.ndim == 3 else frame
    return np.histogram(luma, bins, (0, 256))[0] / luma.size


def chi_square(p, q):
    """The symmetric χ² distance of two histograms.

    .. math:: χ² = ½ Σ (p − q)² / (p + q)

    Parameters
    ----------
    p, q : ndarray, shape (bins,)
        Each sums to 1.

    Returns
    -------
    float
        0 for equal ones, 1 for those that share nothing.

    References
    ----------
    Nagasaka, Tanaka, Automatic video indexing and full-video search for object appearances, IFIP Visual Database
    Systems II (1992).

    Examples
    --------
    >>> chi_square(np.array([1.0, 0]), np.array([0, 1.0]))
    1.0
    """
    both = p + q
    return float((0.5 * (p - q) ** 2 / np.where(both > 0, both, 1)).sum())


def intersection(p, q):
    """What two histograms do not share.

    .. math:: d = 1 − Σ min(p, q)

    Parameters
    ----------
    p, q : ndarray, shape (bins,)
        Each sums to 1.

    Returns
    -------
    float
        0 to 1.

    References
    ----------
    Swain, Ballard, Color indexing, International Journal of Computer Vision 7 (1991), doi:10.1007/BF00130487.

    Examples
    --------
    >>> intersection(np.array([0.5, 0.5]), np.array([0, 1.0]))
    0.5
    """
    return float(1 - np.minimum(p, q).sum())


def correlation(p, q):
    """1 less the correlation of two histograms; PySceneDetect's HistogramDetector works with it.

    Parameters
    ----------
    p, q : ndarray, shape (bins,)

    Returns
    -------
    float
        0 to 2; 0 also where both are flat.

    Examples
    --------
    >>> round(correlation(np.array([1.0, 0, 0]), np.array([0, 1.0, 0])), 2)
    1.5
    """
    p, q = p - p.mean(), q - q.mean()
    length = np.sqrt((p * p).sum() * (q * q).sum())
    return float(1 - (p * q).sum() / length) if length else 0.0


def hue_distance(a, b, *, circular=True):
    """How far two hues are apart, in steps of 2°.

    .. math:: d = min(|a − b|, 180 − |a − b|)

    Parameters
    ----------
    a, b : ndarray, uint8
        Hues of 8-bit OpenCV, 0 … 179.
    circular : bool
        False: |a − b|, as if red and nearly red were 358° apart.

    Returns
    -------
    ndarray, int
        0 to 90, or to 179.

    References
    ----------
    Smith, Color gamut transform pairs, SIGGRAPH (1978), doi:10.1145/800248.807361.

    Examples
    --------
    >>> red, nearly = np.array([179], np.uint8), np.array([1], np.uint8)
    >>> hue_distance(red, nearly), hue_distance(red, nearly, circular=False)
    (array([2]), array([178]))
    """
    apart = abs(a.astype(int) - b)
    return np.minimum(apart, 180 - apart) if circular else apart


def content(a, b, *, circular=True):
    """Mean change of hue, saturation and value.

    .. math:: s = (|ΔH| + |ΔS| + |ΔV|) / 3

    Parameters
    ----------
    a, b : ndarray, shape (H, W, 3), uint8
        RGB; of grey frames the change of value alone counts, over 3.
    circular : bool
        How hues are compared; False is the content score of PySceneDetect.

    Returns
    -------
    float
        In steps of 8-bit HSV: hue 0 … 179, the others 0 … 255.

    References
    ----------
    Smith, Color gamut transform pairs, SIGGRAPH (1978), doi:10.1145/800248.807361.

    Examples
    --------
    >>> red, rose = (np.full((4, 4, 3), (255, 0, blue), np.uint8) for blue in (0, 12))
    >>> round(content(red, rose), 2), round(content(red, rose, circular=False), 2)
    (0.33, 59.67)
    """
    if a.ndim == 2:
        return float(abs(a.astype(int) - b).mean() / 3)
    one, other = (cv2.cvtColor(frame, cv2.COLOR_RGB2HSV) for frame in (a, b))
    hue = hue_distance(one[..., 0], other[..., 0], circular=circular)
    return float((hue.mean() + abs(one[..., 1:].astype(int) - other[..., 1:]).mean(axis=(0, 1)).sum()) / 3)


def adaptive_ratio(values, *, width=2, least=15.0):
    """A score over the mean of its neighbours: what stands out, not what is large.

    .. math:: r_t = s_t / mean(s_{t−w} … s_{t−1}, s_{t+1} … s_{t+w})

    Parameters
    ----------
    values : ndarray, shape (T,)
        Scores.
    width : int
        Neighbours on either side; frames that lack some have the ratio 0.
    least : float
        If all neighbours are 0, the ratio is 255 for a score of at least this, and 0 otherwise.

    Returns
    -------
    ndarray, shape (T,)
        0 to 255.

    References
    ----------
    Castellano, PySceneDetect, AdaptiveDetector (2014–2025).

    Examples
    --------
    >>> adaptive_ratio(np.array([1.0, 1, 8, 1, 1]))
    array([0., 0., 8., 0., 0.])
    """
    values = np.asarray(values, float)
    ratio = np.zeros(len(values))
    for t in range(width, len(values) - width):
        around = (values[t - width : t + width + 1].sum() - values[t]) / (2 * width)
        ratio[t] = min(values[t] / around, 255) if around >= 1e-5 else 255.0 * (values[t] >= least)
    return ratio


MEASURES = {
    "mse": mse,
    "histogram": lambda a, b: chi_square(histogram(a, bins=64), histogram(b, bins=64)),
    "intersection": lambda a, b: intersection(histogram(a, bins=64), histogram(b, bins=64)),
    "correlation": lambda a, b: correlation(histogram(a), histogram(b)),
    "content": content,
    "content, hue as a line": lambda a, b: content(a, b, circular=False),
    "unexplained": lambda a, b: change(thumbnail(a), thumbnail(b)).size,
}
"""Of two frames; "unexplained" is :func:`vdtext.shots.changes.change` of their little pictures."""


def scores(frames, *, measure):
    """A score for every frame against the one before it.

    Parameters
    ----------
    frames : iterable of ndarray, (H, W) or (H, W, 3), uint8, or float in [0, 1]
        Taken one by one; two are held.
    measure : str
        One of :data:`MEASURES`: "mse", "histogram" (χ²), "intersection", "correlation", "content", "content, hue as a
        line", "unexplained".

    Returns
    -------
    ndarray, shape (T,), float
        That of the first frame is 0; in the units of the measure.

    Raises
    ------
    ValueError
        If there is no such measure (chapter 11).

    Examples
    --------
    >>> clip = np.repeat(np.array([10, 10, 60, 60], np.uint8)[:, None, None], 8, axis=2)
    >>> scores(clip, measure="mse").tolist()
    [0.0, 0.0, 2500.0, 0.0]
    """
    if measure not in MEASURES:
        raise ValueError(f"measure={measure!r}: accepted are {', '.join(map(repr, MEASURES))} (chapter 11)")
    found, before = [], None
    for frame in frames:
        frame = np.asarray(frame)
        if frame.dtype != np.uint8:
            frame = np.rint(255 * np.clip(frame, 0, 1)).astype(np.uint8)
        found.append(0.0 if before is None else MEASURES[measure](before, frame))
        before = frame
    return np.array(found)


def peaks(values, *, threshold, min_length):
    """Frames that begin a shot, by a threshold and a minimum length: where a score is reached, at most so often.

    Parameters
    ----------
    values : ndarray, shape (T,)
        Scores; that of frame t compares it with frame t − 1, so frame t begins the shot.
    threshold : float
        In the units of the scores.
    min_length : int
        Frames of the shortest shot; a score that comes sooner is passed over.

    Returns
    -------
    list of int

    Examples
    --------
    >>> peaks([0, 1, 9, 8, 0, 0, 9], threshold=5, min_length=3)
    [2, 6]
    """
    found, last = [], -min_length
    for t, value in enumerate(values):
        if t and value >= threshold and t - last >= min_length:
            found.append(t)
            last = t
    return found
