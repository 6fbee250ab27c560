"""Boxes around people and faces, by two detectors that packages bring along, and how to count what they get right.

They detect; they do not identify anybody, and nothing here does.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

__all__ = ["Box", "Counts", "count", "faces", "overlap", "people", "predictive_value"]


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, and how sure somebody is of it.

    Attributes
    ----------
    top, left, height, width : int
        In pixels; it may reach beyond the frame.
    score : float
        The larger the surer; 1 where the detector gives none.

    Examples
    --------
    >>> Box(0, 0, 2, 3).area
    6
    """

    top: int
    left: int
    height: int
    width: int
    score: float = 1.0

    @property
    def area(self):
        """In pixel²."""
        return self.height * self.width


@dataclass(frozen=True)
class Counts:
    """How a detector has done.

    Attributes
    ----------
    hits, misses, false_alarms : int

    Examples
    --------
    >>> Counts(3, 1, 2).recall, Counts(3, 1, 2).precision
    (0.75, 0.6)
    """

    hits: int
    misses: int
    false_alarms: int

    @property
    def recall(self):
        """Hits of all that was there; NaN if nothing was."""
        there = self.hits + self.misses
        return self.hits / there if there else float("nan")

    @property
    def precision(self):
        """Hits of all that was claimed; NaN if nothing was."""
        claimed = self.hits + self.false_alarms
        return self.hits / claimed if claimed else float("nan")

    def __add__(self, other):
        return Counts(self.hits + other.hits, self.misses + other.misses, self.false_alarms + other.false_alarms)


def _bytes(frame):
    """A frame as RGB uint8."""
    frame = np.asarray(frame)
    if frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3) or 0 in frame.shape:
        raise ValueError(f"shape {frame.shape}: a frame is (H, W) or (H, W, 3) (chapter 11)")
    if frame.dtype != np.uint8:
        frame = np.rint(255 * np.clip(frame, 0, 1)).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(frame[..., None], 3, axis=2) if frame.ndim == 2 else frame)


@cache
def _hog():
    detector = cv2.HOGDescriptor()
    detector.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    return detector


@cache
def _cascade():
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())


def people(frame, *, threshold=1.0, margin=64):
    """Upright people, whole from head to foot, by OpenCV's HOG detector: a linear classifier in windows of 128 × 64.

    .. math:: \\text{score} = w^⊤ \\text{HOG}(\\text{window}) + b

    Nobody smaller than some 96 pixels is found, nor anybody who sits, bends, or is half hidden.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
    threshold : float
        Least score; 0 is where the classifier itself is undecided.
    margin : int
        The frame is continued by so many pixels on all sides, since a window holds room around the person.

    Returns
    -------
    list of Box
        The surest first; a box is the window, a fourth of which is room around.

    References
    ----------
    Dalal, Triggs, Histograms of oriented gradients for human detection, CVPR (2005), doi:10.1109/CVPR.2005.177.

    Examples
    --------
    >>> people(np.full((160, 120), 0.5))
    []
    """
    wide = cv2.copyMakeBorder(_bytes(frame), *[margin] * 4, cv2.BORDER_REPLICATE)
    if wide.shape[0] < 128 or wide.shape[1] < 64:
        return []
    bgr = np.ascontiguousarray(wide[..., ::-1])
    boxes, scores = _hog().detectMultiScale(bgr, winStride=(8, 8), padding=(0, 0), scale=1.05)
    found = [
        Box(int(y) - margin, int(x) - margin, int(h), int(w), float(s))
        for (x, y, w, h), s in zip(boxes, np.ravel(scores), strict=True)
        if s >= threshold
    ]
    return sorted(found, key=lambda box: (-box.score, box.top, box.left))


def faces(frame, *, least=24, agree=4):
    """Faces seen from the front, by scikit-image's cascade of local binary patterns.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
    least : int
        Height of the smallest face in pixels, at least 24.
    agree : int
        How many windows that overlap make a face.

    Returns
    -------
    list of Box
        From top to bottom; of two that overlap by half or more, the upper one.

    Raises
    ------
    ValueError
        If `least` is below 24, or the frame has another shape (chapter 11).

    References
    ----------
    Viola, Jones, Robust real-time face detection, Int. J. Computer Vision 57 (2004),
    doi:10.1023/B:VISI.0000013087.49260.fb; Liao et al., Learning multi-scale block local binary patterns for face
    recognition, ICB (2007), doi:10.1007/978-3-540-74549-5_87.

    Examples
    --------
    >>> faces(np.full((60, 60), 0.5))
    []
    """
    u = _bytes(frame)
    most = min(u.shape[:2])
    if least < 24 or most < least:
        if least < 24:
            raise ValueError(f"least={least}: the cascade was trained on faces of 24 pixels (chapter 11)")
        return []
    found = _cascade().detect_multi_scale(
        img=u,
        scale_factor=1.2,
        step_ratio=1,
        min_size=(least, least),
        max_size=(most, most),
        min_neighbor_number=agree,
    )
    boxes = [Box(int(f["r"]), int(f["c"]), int(f["height"]), int(f["width"])) for f in found]
    apart = []
    for box in sorted(boxes, key=lambda box: (box.top, box.left, box.height)):
        if all(overlap(box, other) < 0.5 for other in apart):
            apart.append(box)
    return apart


def overlap(a, b):
    """Intersection over union of two boxes.

    .. math:: \\frac{|a ∩ b|}{|a ∪ b|}

    Parameters
    ----------
    a, b : Box

    Returns
    -------
    float
        0 if they do not touch, 1 if they are the same.

    References
    ----------
    Everingham et al., The Pascal visual object classes (VOC) challenge, Int. J. Computer Vision 88 (2010),
    doi:10.1007/s11263-009-0275-4.

    Examples
    --------
    >>> overlap(Box(0, 0, 2, 2), Box(0, 1, 2, 2))
    0.3333333333333333
    """
    down = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    right = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    common = max(down, 0) * max(right, 0)
    return common / (a.area + b.area - common) if common else 0.0


def count(found, truth, *, least):
    """Match boxes one to one, the surest first, each with the free true box that it overlaps most.

    Parameters
    ----------
    found, truth : sequence of Box
    least : float
        An overlap below it is no hit.

    Returns
    -------
    Counts

    References
    ----------
    Everingham et al., The Pascal visual object classes (VOC) challenge, Int. J. Computer Vision 88 (2010),
    doi:10.1007/s11263-009-0275-4.

    Examples
    --------
    >>> count([Box(0, 0, 4, 4), Box(9, 9, 4, 4)], [Box(0, 0, 4, 5)], least=0.5)
    Counts(hits=1, misses=0, false_alarms=1)
    """
    free, hits = list(truth), 0
    for box in sorted(found, key=lambda box: -box.score):
        best = max(free, key=lambda other: overlap(box, other), default=None)
        if best is not None and overlap(box, best) >= least:
            free.remove(best)
            hits += 1
    return Counts(hits, len(free), len(found) - hits)


def predictive_value(*, hit_rate, false_alarm_rate, prevalence):
    """How probably an alarm is true: Bayes' rule for something that is rare.

    .. math:: P(\\text{there} | \\text{alarm}) = \\frac{h\\,p}{h\\,p + f\\,(1 − p)}

    Parameters
    ----------
    hit_rate, false_alarm_rate : float
        h, P(alarm | there), and f, P(alarm | not there), within [0, 1].
    prevalence : float
        p, how often it is there.

    Returns
    -------
    float
        NaN if there is never an alarm.

    Raises
    ------
    ValueError
        If one of them is no probability (chapter 11).

    References
    ----------
    Axelsson, The base-rate fallacy and the difficulty of intrusion detection, ACM Trans. Information and System
    Security 3 (2000), 186–205.

    Examples
    --------
    >>> round(predictive_value(hit_rate=1.0, false_alarm_rate=0.01, prevalence=0.01), 4)
    0.5025
    """
    h, f, p = hit_rate, false_alarm_rate, prevalence
    if not all(0 <= x <= 1 for x in (h, f, p)):
        raise ValueError(f"rates {h}, {f} and prevalence {p}: probabilities lie within [0, 1] (chapter 11)")
    alarms = h * p + f * (1 - p)
    return h * p / alarms if alarms else float("nan")
