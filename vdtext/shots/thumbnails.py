"""Frames as little pictures of luma and chroma, 18 × 32: all that the detector of chapter 11 looks at."""

import cv2
import numpy as np

__all__ = ["COLUMNS", "ROWS", "thumbnail"]

ROWS, COLUMNS = 18, 32
ENOUGH, LINES = 1 << 16, 2
"""Pixels of a plane that are read, and at least so many lines for each row of the little picture."""


def _small(plane):
    """A plane, or an RGB picture, in 18 × 32."""
    rows, columns = plane.shape[:2]
    lines = ROWS * max(LINES, round(ENOUGH / columns / ROWS))  # whole numbers of them are averaged ten times as fast
    if lines < rows:
        plane = plane[(2 * np.arange(lines) + 1) * rows // (2 * lines)]
    how = cv2.INTER_AREA if plane.shape[0] >= ROWS and plane.shape[1] >= COLUMNS else cv2.INTER_LINEAR
    return cv2.resize(plane, (COLUMNS, ROWS), interpolation=how)


def thumbnail(frame):
    """The little picture of a frame: means over areas.

    Of a large frame only some lines are read, so that it takes no longer than a small one.

    Parameters
    ----------
    frame : ndarray (H, W) or (H, W, 3), or sequence of planes; uint8, or float in [0, 1]
        Grey, RGB, or the planes Y, Cb, Cr of any sizes (or Y alone), as :func:`vdtext.video.planes` yields them.

    Returns
    -------
    ndarray, shape (3, 18, 32) or (1, 18, 32), uint8
        Luma, and unless the frame is grey Cb and Cr (Rec. 601).

    Raises
    ------
    ValueError
        If it is nothing of the kind (chapter 11).

    Examples
    --------
    >>> thumbnail(np.full((90, 160, 3), 200, np.uint8))[:, 0, 0].tolist()
    [200, 128, 128]
    """
    if isinstance(frame, list | tuple) and len(frame) in (1, 3) and all(p.ndim == 2 for p in frame):
        out = np.empty((len(frame), ROWS, COLUMNS), np.uint8)
        for k, plane in enumerate(frame):
            out[k] = _small(plane)
        return out
    frame = np.asarray(frame)
    if frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] not in (1, 3)) or not frame.size:
        raise ValueError(f"a frame of shape {frame.shape}: accepted are (H, W), (H, W, 3) and planes (chapter 11)")
    if frame.dtype != np.uint8:
        if frame.dtype.kind != "f":
            raise ValueError(f"a frame of {frame.dtype}: accepted are uint8, and floats in [0, 1] (chapter 11)")
        frame = np.rint(255 * np.clip(frame, 0, 1)).astype(np.uint8)
    little = _small(frame)
    if little.ndim == 2:
        return little[None]
    return np.ascontiguousarray(np.moveaxis(cv2.cvtColor(little, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]], -1, 0))
