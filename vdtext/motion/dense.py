"""A vector for every pixel: Horn and Schunck's flow, what is hidden, and frames between frames."""

import cv2
import numpy as np

from vdtext import edges, heat
from vdtext.motion.doors import match

__all__ = ["between", "end_point_error", "flow", "horn_schunck", "horn_schunck_step", "occluded"]

METHODS = ("horn-schunck", "blocks", "dis", "farneback")


def horn_schunck_step(flow, slopes, rest, *, smoothness):
    """Diffuse the flow for one step of ¼ pixel², then pull it towards what the brightness says.

    .. math:: \\bar w = w + ¼ Δw,  w ← \\bar w − ∇u (∇u·\\bar w + r) / (4α + |∇u|²)

    Where the picture is flat, ∇u = 0, this is the heat equation alone.

    Parameters
    ----------
    flow : ndarray, shape (2, H, W), float64
        w: rows, then columns, in pixels.
    slopes : ndarray, shape (2, H, W), float64
        ∇u, down and across, in grey value per pixel.
    rest : ndarray, shape (H, W), float64
        r: the change between the frames at w = 0.
    smoothness : float
        α > 0, in grey value².

    Returns
    -------
    ndarray, shape (2, H, W), float64

    References
    ----------
    Horn, Schunck, Determining optical flow, Artificial Intelligence 17 (1981), doi:10.1016/0004-3702(81)90024-2.

    Examples
    --------
    >>> flat = np.zeros((2, 3, 3)); flat[0, 1, 1] = 1.0
    >>> float(horn_schunck_step(flat, np.zeros((2, 3, 3)), np.zeros((3, 3)), smoothness=1.0)[0, 0, 1])
    0.25
    """
    mean = heat.explicit_step(flow, step=0.25)
    share = ((slopes * mean).sum(axis=0) + rest) / (4 * smoothness + (slopes**2).sum(axis=0))
    return mean - slopes * share


def inside(field):
    """Which points a flow leaves inside of the frame.

    Parameters
    ----------
    field : ndarray, shape (2, H, W)
        Rows, then columns, in pixels.

    Returns
    -------
    ndarray, shape (H, W), bool

    Examples
    --------
    >>> inside(np.full((2, 1, 3), 1.0) * np.array([0, 1]).reshape(2, 1, 1))
    array([[ True,  True, False]])
    """
    there = np.indices(field.shape[1:]) + field
    last = np.array(field.shape[1:]).reshape(2, 1, 1) - 1
    return ((there >= 0) & (there <= last)).all(axis=0)


def horn_schunck(a, b, *, smoothness=0.001, levels=None, warps=5, steps=60):
    """The flow from one frame to another that keeps the brightness and is smooth, coarse to fine.

    .. math:: \\min_w ∫ (b(x + w) − a(x))² + α |∇w|² dx

    On every level of a pyramid the second frame is warped by the flow so far, the difference is made linear in the
    flow, and :func:`horn_schunck_step` runs; `warps` times.  Points that leave the frame say nothing: there the flow
    is filled in by diffusion.

    Parameters
    ----------
    a, b : ndarray, shape (H, W), float in [0, 1]
    smoothness : float
        α > 0, in grey value².
    levels : int, optional
        Of the pyramid, each half as large; by default down to about 16 pixels.
    warps, steps : int
        How often a level is warped, and iterations for each, >= 1.

    Returns
    -------
    ndarray, shape (H, W, 2), float64
        The point at p of `a` lies at p + flow[p] in `b`: (row, column) in pixels.

    Raises
    ------
    ValueError
        If an argument cannot be right.

    References
    ----------
    Horn, Schunck, Determining optical flow, Artificial Intelligence 17 (1981), doi:10.1016/0004-3702(81)90024-2.

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.pan("camera", frames=2, size=(48, 64), shift=(0, 2), zoom=1, turn=0)
    >>> found = horn_schunck(*clip.array / 255)
    >>> np.median(found, axis=(0, 1)).round(1) + 0.0
    array([ 0., -2.])
    """
    from vdtext.fast import motion as fast  # loads Numba, so only when it is needed

    a, b = (np.asarray(frame, float) for frame in (a, b))
    if a.ndim != 2 or a.shape != b.shape or not 0 < smoothness < np.inf or warps < 1 or steps < 1:
        raise ValueError(
            f"frames {a.shape} and {b.shape}, smoothness={smoothness}, warps={warps}, steps={steps}: accepted are two "
            "frames (H, W), a smoothness > 0 and counts >= 1 (chapter 9)"
        )
    levels = max(1, int(np.log2(max(min(a.shape) / 16, 1))) + 1) if levels is None else levels
    pyramid = [(a, b)]
    for _ in range(levels - 1):
        pyramid.append(tuple(heat.reduce(frame) for frame in pyramid[-1]))
    field = np.zeros((2, *pyramid[-1][0].shape))
    for a, b in reversed(pyramid):
        if field.shape[1:] != a.shape:
            field = np.stack([2 * heat.expand(part, a.shape) for part in field])
        for _ in range(warps):
            moved = edges.register(b, np.moveaxis(field, 0, -1))
            slopes = inside(field) * (edges.gradient(a) + edges.gradient(moved)) / 2
            rest = inside(field) * (moved - a) - (slopes * field).sum(axis=0)
            field = fast.relax(field, slopes, rest, smoothness, steps)
    return np.moveaxis(field, 0, -1)


def flow(a, b, *, method="horn-schunck", **options):
    """The motion between two frames, a vector for every pixel.

    Parameters
    ----------
    a, b : ndarray, shape (H, W), uint8, or float in [0, 1]
    method : {"horn-schunck", "blocks", "dis", "farneback"}
        :func:`horn_schunck`; :func:`match` of 8×8 blocks, the vectors interpolated between their middles; OpenCV's DIS
        (medium preset) or Farnebäck, for comparison.
    **options
        For the first two.

    Returns
    -------
    ndarray, shape (H, W, 2), float
        The point at p of `a` lies at p + flow[p] in `b`: (row, column) in pixels, as for :func:`vdtext.edges.register`.

    Raises
    ------
    ValueError
        If the method is unknown.

    References
    ----------
    Kroeger, Timofte, Dai, Van Gool, Fast optical flow using dense inverse search, ECCV (2016),
    doi:10.1007/978-3-319-46493-0_29.

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.pan("camera", frames=2, size=(64, 64), shift=(0, 2), zoom=1, turn=0)
    >>> float(np.median(flow(*clip.array, method="blocks")[..., 1]))
    -2.0
    """
    if method not in METHODS or (options and method in METHODS[2:]):
        raise ValueError(f"method={method!r}: choose {METHODS}; the last two take no options (chapter 9)")
    if method == "horn-schunck":
        return horn_schunck(*(f / 255 if f.dtype == np.uint8 else f for f in (a, b)), **options)
    a, b = (f if f.dtype == np.uint8 else np.rint(255 * np.clip(f, 0, 1)).astype(np.uint8) for f in (a, b))
    if method == "blocks":
        found = match(a, b, **{"block": 8, **options})
        return _between_blocks(found.vectors / 4, found.block, a.shape)
    if method == "dis":
        found = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(a, b, None)
    else:
        found = cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 4, 15, 3, 7, 1.5, 0)
    return found[..., ::-1]


def _between_blocks(vectors, block, shape):
    """A vector for every pixel, linear between the middles of the blocks."""
    out = vectors.astype(float)
    for axis in (0, 1):
        place = np.clip((np.arange(shape[axis]) - (block - 1) / 2) / block, 0, out.shape[axis] - 1)
        low = np.minimum(place.astype(int), max(out.shape[axis] - 2, 0))
        high = np.minimum(low + 1, out.shape[axis] - 1)
        share = (place - low).reshape([-1 if a == axis else 1 for a in range(3)])
        out = (1 - share) * out.take(low, axis) + share * out.take(high, axis)
    return out


def end_point_error(flow, truth, mask=None):
    """Mean distance between the ends of the estimated and the true vectors.

    .. math:: EPE = mean |w − w_{true}|

    Parameters
    ----------
    flow, truth : ndarray, shape (H, W, 2)
        In pixels.
    mask : ndarray of bool, shape (H, W), optional
        Which pixels count.

    Returns
    -------
    float
        In pixels.

    References
    ----------
    Baker, Scharstein, Lewis, Roth, Black, Szeliski, A database and evaluation methodology for optical flow,
    Int. J. Computer Vision 92 (2011), doi:10.1007/s11263-010-0390-2.

    Examples
    --------
    >>> end_point_error(np.zeros((2, 2, 2)), np.full((2, 2, 2), (3.0, 4.0)))
    5.0
    """
    error = np.sqrt(((np.asarray(flow, float) - truth) ** 2).sum(axis=-1))
    return float(error.mean() if mask is None else error[mask].mean())


def occluded(forward, backward, *, share=0.01, slack=0.5):
    """Which points of the first frame are hidden in the second: those that do not come back.

    .. math:: |f(p) + b(p + f(p))|² > 0.01 (|f|² + |b|²) + ½

    Points that leave the frame are hidden as well.

    Parameters
    ----------
    forward, backward : ndarray, shape (H, W, 2), float
        Flow from the first frame to the second, and back, in pixels.
    share, slack : float
        The tolerance: a share of the motion, and pixel² on top.

    Returns
    -------
    ndarray, shape (H, W), bool

    References
    ----------
    Sundaram, Brox, Keutzer, Dense point trajectories by GPU-accelerated large displacement optical flow, ECCV (2010),
    doi:10.1007/978-3-642-15549-9_32.

    Examples
    --------
    >>> still, gone = np.zeros((2, 4, 2)), np.zeros((2, 4, 2))
    >>> gone[:, :2, 1] = -3
    >>> occluded(still, gone)[0].tolist(), occluded(gone, -gone)[0].tolist()
    ([True, True, False, False], [True, True, False, False])
    """
    back = np.stack([edges.register(np.ascontiguousarray(backward[..., k]), forward) for k in (0, 1)], axis=-1)
    miss = ((forward + back) ** 2).sum(axis=-1)
    size = (forward**2).sum(axis=-1) + (back**2).sum(axis=-1)
    there = np.moveaxis(np.indices(forward.shape[:2]), 0, -1) + forward
    outside = np.any((there < -0.5) | (there > np.subtract(forward.shape[:2], 0.5)), axis=-1)
    return (miss > share * size + slack) | outside


def between(a, b, *, time=0.5, flow):
    """A frame between two frames: each is fetched along the motion, and the two are blended.

    .. math:: u(p) = (1 − t)·a(p − t w) + t·b(p + (1 − t) w),  w(p) = f(p − t w(p))

    Parameters
    ----------
    a, b : ndarray, shape (H, W), float
    time : float
        t, from 0 (a) to 1 (b).
    flow : ndarray, shape (H, W, 2)
        From a to b, in pixels.

    Returns
    -------
    ndarray, shape (H, W), float

    Raises
    ------
    ValueError
        If the time lies outside of [0, 1].

    References
    ----------
    Baker, Scharstein, Lewis, Roth, Black, Szeliski, A database and evaluation methodology for optical flow,
    Int. J. Computer Vision 92 (2011), doi:10.1007/s11263-010-0390-2.

    Examples
    --------
    >>> a = np.tile(np.arange(8.0), (4, 1))
    >>> between(a, a - 2, flow=np.full((4, 8, 2), (0.0, 2.0)))[0, 2:6].round(6)
    array([1., 2., 3., 4.])
    """
    if not 0 <= time <= 1:
        raise ValueError(f"time={time}: accepted is 0 (the first frame) to 1 (the second) (chapter 9)")
    w = np.asarray(flow, float)
    for _ in range(3):
        w = np.stack([edges.register(np.ascontiguousarray(flow[..., k]), -time * w) for k in (0, 1)], axis=-1)
    return (1 - time) * edges.register(a, -time * w) + time * edges.register(b, (1 - time) * w)
