"""A simple detector of hard cuts, for the encoder: a shot begins with an intra frame (chapter 11 has a better one)."""

import cv2
import numpy as np

__all__ = ["watch_cuts"]

SMALL = (32, 18)
"""Columns and rows of the little picture that is compared."""
LEAST, UNLIKE, STANDS_OUT = 10, 0.5, 2
"""A cut changes the little picture by 10 grey values, correlates less than 1/2, and exceeds the changes before and
after it twice."""


def thumbnail(luma):
    """A little picture of the luma, 18 × 32, float."""
    return cv2.resize(np.ascontiguousarray(luma), SMALL, interpolation=cv2.INTER_AREA).astype(np.float32)


def change(a, b):
    """Mean absolute difference of two little pictures."""
    return float(np.abs(a - b).mean())


def unlike(a, b):
    """1 less their correlation; flat pictures correlate with nothing."""
    a, b = a - a.mean(), b - b.mean()
    return 1 - float((a * b).mean()) / (float(a.std() * b.std()) + 16)


def is_cut(before, last, here, after):
    """Does a shot begin at the picture `here`?  Those before `last` and after it may be None."""
    size = change(last, here)
    if size < LEAST or unlike(last, here) < UNLIKE:
        return False
    around = 0 if before is None else change(before, last)
    if after is not None:
        around = max(around, change(here, after))
        if change(last, after) < size / 2:
            return False  # a flash: what follows is like what came before
    return size > STANDS_OUT * around


def watch_cuts(frames, found, luma):
    """Pass frames on, each after it is known whether a shot begins with it; looks one frame ahead.

    Parameters
    ----------
    frames : iterable
    found : set of int
        Numbers of frames that begin a shot are added.
    luma : callable
        From a frame to its luma, (H, W), uint8.

    Yields
    ------
    The same frames.

    Examples
    --------
    >>> found, rows = set(), np.arange(0, 240, 8, dtype=np.uint8)[:, None].repeat(30, 1)
    >>> frames = [rows] * 3 + [rows[::-1]] * 3
    >>> len(list(watch_cuts(frames, found, lambda frame: frame))), found
    (6, {3})
    """
    held, pictures = None, [None, None, None]  # of the frames before the held one, before that, and its own
    number = -1
    for frame in frames:
        picture = thumbnail(luma(frame))
        if number >= 0:
            if number and is_cut(*pictures, picture):
                found.add(number)
            yield held
        held, pictures, number = frame, [*pictures[1:], picture], number + 1
    if number >= 0:
        if number and is_cut(*pictures, None):
            found.add(number)
        yield held
