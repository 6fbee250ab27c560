"""Total variation (Rudin, Osher, Fatemi): the picture nearest to a given one whose edges add up to little."""

import numpy as np

from vdtext import heat

__all__ = ["total_variation", "variation"]


def slopes(u, axes):
    """Forward differences along every axis, 0 at the far border: (d, *u.shape)."""
    return np.stack([heat.flux(u, axis=axis).swapaxes(axis, 0)[1:].swapaxes(axis, 0) for axis in axes])


def inflow(p, axes):
    """What flows into each pixel along the forward edges, the negative adjoint of :func:`slopes`; p is 0 at the end."""
    return sum(np.diff(q, axis=axis, prepend=0) for q, axis in zip(p, axes, strict=True))


def variation(u, *, axes=(-2, -1)):
    """Total variation, TV(u) = Σ |∇u|: the heights of all edges times their lengths.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    axes : tuple of int
        The d axes along which differences are taken (forward, 0 across the border).

    Returns
    -------
    float
        Grey value times pixel^(d−1).

    Examples
    --------
    >>> square = np.zeros((6, 6)); square[1:4, 1:4] = 1.0  # 12 unit edges; one corner has two of them in one pixel
    >>> round(variation(square), 3)
    11.414
    """
    return float(np.sqrt((slopes(u, axes) ** 2).sum(axis=0)).sum())


def total_variation(u, time, *, iterations=300, tolerance=1e-5, axes=(-2, -1)):
    """Total-variation denoising: argmin_v ½‖v − u‖² + t·TV(v), one implicit step of length t along curves of grey.

    With v = u + div p and |p| <= t in every pixel, the best p is found by projected gradient steps with Nesterov's
    momentum: p ← Π(q + ∇(u + div q) / (4d)).

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip.
    time : float
        t >= 0, grey value times pixel: every isolated step of height h and width w wears off by the time h·w/2.
    iterations : int
        At most so many.
    tolerance : float
        Stop when no pixel moves by more than this share of the range of `u`.
    axes : tuple of int
        The d axes that are smoothed.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        The same mean; values within [u.min(), u.max()], up to the tolerance.

    Raises
    ------
    TypeError, ValueError
        If `u` is not float32 or float64, or `time` or `iterations` cannot be right.

    References
    ----------
    Rudin, Osher, Fatemi, Nonlinear total variation based noise removal algorithms, Physica D 60 (1992), 259–268,
    doi:10.1016/0167-2789(92)90242-F.  Beck, Teboulle, Fast gradient-based algorithms for constrained total variation
    image denoising and deblurring problems, IEEE Transactions on Image Processing 18 (2009), 2419–2434,
    doi:10.1109/TIP.2009.2028250.

    Examples
    --------
    >>> step = np.array([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]])
    >>> total_variation(step, 0.3).round(3)  # both sides of three pixels move by 0.3/3
    array([[0.1, 0.1, 0.1, 0.9, 0.9, 0.9]])
    """
    u, axes = heat.checked(u, time, axes)
    if iterations < 1:
        raise ValueError(f"iterations={iterations}: at least one is needed (chapter 4)")
    if time == 0:
        return u.copy()
    p = q = np.zeros((len(axes), *u.shape), u.dtype)
    v, momentum, still = u, 1.0, tolerance * float(np.ptp(u))
    for _ in range(iterations):
        ahead = q + slopes(u + inflow(q, axes), axes) / (4 * len(axes))
        ahead *= time / np.maximum(time, np.sqrt((ahead**2).sum(axis=0)))
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        q = ahead + (momentum - 1) / faster * (ahead - p)
        p, momentum = ahead, faster
        before, v = v, u + inflow(p, axes)
        if abs(v - before).max() <= still:
            break
    return v
