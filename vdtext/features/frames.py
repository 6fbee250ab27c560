"""What a frame may be, checked once for all features."""

import numpy as np

from vdtext.video import default_matrix, luma

__all__ = ["as_bytes", "as_floats", "grey"]


def checked(frame):
    """A frame that features accept, unchanged.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]

    Returns
    -------
    ndarray

    Raises
    ------
    TypeError
        If it is neither uint8 nor float.
    ValueError
        If the shape is another, or a float lies outside [0, 1] or is not finite (chapter 11).

    Examples
    --------
    >>> checked([[0.0, 1.0]]).shape
    (1, 2)
    """
    frame = np.asarray(frame)
    if frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3) or 0 in frame.shape:
        raise ValueError(f"shape {frame.shape}: a frame is (H, W) or (H, W, 3), with at least one pixel (chapter 11)")
    if frame.dtype != np.uint8 and frame.dtype.kind != "f":
        raise TypeError(f"{frame.dtype} frame: accepted are uint8, and floats in [0, 1] (chapter 11)")
    if frame.dtype.kind == "f" and not (frame.min() >= 0 and frame.max() <= 1):
        raise ValueError("a frame of floats lies within [0, 1] and has no NaN: divide by 255, or clip (chapter 11)")
    return frame


def as_floats(frame):
    """A frame as floats in [0, 1]; float32 stays float32.

    Parameters
    ----------
    frame : array_like, as for :func:`checked`

    Returns
    -------
    ndarray, same shape, float32 or float64

    Examples
    --------
    >>> as_floats(np.array([[0, 51, 255]], np.uint8)).tolist()
    [[0.0, 0.2, 1.0]]
    """
    frame = checked(frame)
    return frame / 255 if frame.dtype == np.uint8 else frame


def as_bytes(frame):
    """A frame as uint8, floats rounded.

    Parameters
    ----------
    frame : array_like, as for :func:`checked`

    Returns
    -------
    ndarray, same shape, uint8

    Examples
    --------
    >>> as_bytes(np.array([[0.0, 0.2, 1.0]])).tolist()
    [[0, 51, 255]]
    """
    frame = checked(frame)
    return frame if frame.dtype == np.uint8 else np.rint(255 * frame).astype(np.uint8)


def grey(frame):
    """The luma of a frame as floats in [0, 1]: of colour the weighted sum of chapter 2, of grey the frame itself.

    Parameters
    ----------
    frame : array_like, as for :func:`checked`

    Returns
    -------
    ndarray, shape (H, W), float

    Examples
    --------
    >>> grey(np.full((2, 2, 3), 51, np.uint8)).round(3).tolist()
    [[0.2, 0.2], [0.2, 0.2]]
    """
    frame = as_floats(frame)
    return frame if frame.ndim == 2 else np.clip(luma(frame, matrix=default_matrix(frame.shape[0])), 0, 1)
