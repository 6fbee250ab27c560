"""Heat flow on pictures and clips (chapter 3): u_t = Δu, four ways to solve it, and what follows from it.

The front doors are :func:`diffuse` and :func:`diffuse_clip`; everything else is their parts, small enough to read.
Time is measured in pixel² (along the time axis of a clip: in frame²), so a picture diffused for time t is blurred with
a Gaussian of width σ = √(2t).
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from scipy import fft
from scipy.linalg import solve_banded
from scipy.special import ive

from vdtext._progress import progress

__all__ = [
    "adi",
    "adi_step",
    "backward",
    "diffuse",
    "diffuse_clip",
    "eigenvalues",
    "exact",
    "expand",
    "explicit",
    "explicit_step",
    "fed",
    "fed_steps",
    "flux",
    "gaussian_sigma",
    "gaussian_time",
    "kernel",
    "laplacian",
    "laplacian_pyramid",
    "reconstruct",
    "reduce",
    "scale_modes",
]

PADDING = {"reflect": "edge", "fixed": "constant", "periodic": "wrap"}
"""What stands just outside the picture, for :func:`numpy.pad`: the border pixel again, 0, the opposite border."""

TRANSFORMS = {
    "reflect": (fft.dctn, fft.idctn),
    "fixed": (lambda u, axes: fft.dstn(u, 1, axes=axes), lambda c, axes: fft.idstn(c, 1, axes=axes)),
    "periodic": (fft.fftn, lambda c, axes: fft.ifftn(c, axes=axes).real),
}
"""The transform in which the Laplacian is diagonal, and its inverse: cosines, sines, complex waves."""

OPTIONS = {"exact": (), "explicit": ("steps", "mask"), "adi": ("steps",), "fed": ("cycles", "mask")}
"""The methods of :func:`diffuse`, and what may be said to each."""


# ---- The Laplacian --------------------------------------------------------------------------------------------------


def floats(u):
    """`u` as an array of float32 or float64, unchanged; anything else is refused.

    Parameters
    ----------
    u : array_like
        A picture or clip, of any shape.

    Returns
    -------
    ndarray, same shape, float32 or float64

    Raises
    ------
    TypeError
        If the values are not float32 or float64.

    Examples
    --------
    >>> import numpy as np
    >>> floats(np.zeros(3, np.uint8))
    Traceback (most recent call last):
    TypeError: u has dtype uint8: heat flows in float32 or float64, divide 8-bit values by 255 first (chapter 2)
    """
    u = np.asarray(u)
    if u.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"u has dtype {u.dtype}: heat flows in float32 or float64, divide 8-bit values by 255 first (chapter 2)"
        )
    return u


def known(boundary):
    """Refuse a boundary that is none of "reflect", "fixed" and "periodic".

    Parameters
    ----------
    boundary : str
        A name.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> known("mirror")
    Traceback (most recent call last):
    ValueError: boundary='mirror' is unknown: choose 'reflect', 'fixed' or 'periodic' (chapter 3)
    """
    if boundary not in PADDING:
        raise ValueError(f"boundary={boundary!r} is unknown: choose 'reflect', 'fixed' or 'periodic' (chapter 3)")


def pad(u, axis, boundary):
    """One more pixel at both ends of one axis: what the picture sees across its border.

    Parameters
    ----------
    u : ndarray
        Any shape and dtype.
    axis : int
        The axis that grows by two.
    boundary : {"reflect", "fixed", "periodic"}
        The border pixel again (so that nothing flows across), 0, or the pixel of the opposite border.

    Returns
    -------
    ndarray, same dtype, longer by 2 along `axis`

    Raises
    ------
    ValueError
        If `boundary` is none of the three.

    Examples
    --------
    >>> import numpy as np
    >>> pad(np.array([1.0, 2.0, 3.0]), 0, "periodic")
    array([3., 1., 2., 3., 1.])
    """
    known(boundary)
    width = [(0, 0)] * u.ndim
    width[axis] = (1, 1)
    return np.pad(u, width, mode=PADDING[boundary])


def gates(mask, axis, boundary):
    """Where heat may cross between neighbours along one axis: both pixels must belong to the region.

    Parameters
    ----------
    mask : ndarray of bool
        True inside the region.
    axis : int
        The axis along which heat flows.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`pad`; beyond a reflecting or fixed border the region goes on as at the border.

    Returns
    -------
    ndarray of bool, longer than `mask` by 1 along `axis`

    Examples
    --------
    >>> import numpy as np
    >>> gates(np.array([True, True, False]), 0, "reflect")
    array([ True,  True, False, False])
    """
    inside = pad(mask, axis, "periodic" if boundary == "periodic" else "reflect").swapaxes(axis, -1)
    return (inside[..., :-1] & inside[..., 1:]).swapaxes(axis, -1)


def flux(u, *, axis, boundary="reflect", mask=None):
    """Difference across every edge between two neighbours along one axis: ∂u, half a pixel off the grid.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    axis : int
        The axis along which neighbours are compared.
    boundary : {"reflect", "fixed", "periodic"}
        What lies beyond the border, see :func:`pad`.
    mask : ndarray of bool, optional
        A region with an insulated edge: no flux crosses it. Its axes are the last ones of `u`.

    Returns
    -------
    ndarray, same dtype, longer than `u` by 1 along `axis`

    Examples
    --------
    >>> import numpy as np
    >>> flux(np.array([1.0, 2.0, 4.0]), axis=0)
    array([0., 1., 2., 0.])
    """
    flow = np.diff(pad(floats(u), axis, boundary), axis=axis)
    return flow if mask is None else flow * gates(mask, axis, boundary)


def laplacian(u, *, boundary="reflect", axes=(-2, -1), mask=None):
    """Discrete Laplacian: what flows into every pixel from its neighbours, Σ (u_neighbour − u).

    On two axes (Δu)_ij = u_{i−1,j} + u_{i+1,j} + u_{i,j−1} + u_{i,j+1} − 4 u_ij: the five-point stencil, unit spacing.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    boundary : {"reflect", "fixed", "periodic"}
        Reflecting: no flux across the border. Fixed: the pixels just outside the picture are held at 0. Periodic:
        opposite borders touch.
    axes : tuple of int
        The axes that are diffused.
    mask : ndarray of bool, optional
        A region with an insulated edge, as many axes as `u` or fewer (they are the last ones); outside it the result
        is 0.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        With reflecting or periodic borders its sum is 0: heat is moved, not made.

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> laplacian(u)
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]])
    """
    return sum(np.diff(flux(u, axis=axis, boundary=boundary, mask=mask), axis=axis) for axis in axes)


# ---- Explicit steps -------------------------------------------------------------------------------------------------


def stable_step(step, *, d):
    """`step` as a float, provided that the explicit scheme is stable with it: 0 < step <= 1/(2d).

    The fastest mode has λ < 4d and is multiplied by 1 − step·λ, which must not fall below −1.

    Parameters
    ----------
    step : float
        Time step in pixel².
    d : int
        How many axes are diffused.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `step` lies outside (0, 1/(2d)] (chapter 3, "The explosion").

    Examples
    --------
    >>> stable_step(0.26, d=2)
    Traceback (most recent call last):
    ValueError: step=0.26 is unstable: the explicit scheme needs 0 < step <= 1/4 (chapter 3)
    """
    if not 0 < step <= 1 / (2 * d):
        raise ValueError(f"step={step:g} is unstable: the explicit scheme needs 0 < step <= 1/{2 * d} (chapter 3)")
    return float(step)


def explicit_step(u, *, step, boundary="reflect", axes=(-2, -1), mask=None):
    """One forward-Euler step of the heat equation, u + step·Δu.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    step : float
        Time step in pixel²; stable for 0 < step <= 1/(2d) on d axes, so up to 1/4 for a picture.
    boundary : {"reflect", "fixed", "periodic"}
        What lies beyond the border, see :func:`laplacian`.
    axes : tuple of int
        The d axes that are diffused.
    mask : ndarray of bool, optional
        A region with an insulated edge, see :func:`laplacian`; pixels outside keep their values.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        Its values lie within [u.min(), u.max()] (with fixed borders: together with 0); its mean is that of `u` (except
        with fixed borders).

    Raises
    ------
    ValueError
        If `step` lies outside (0, 1/(2d)] (chapter 3, "The explosion").

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> float(explicit_step(u, step=0.25)[1, 1])
    0.0
    """
    return u + stable_step(step, d=len(axes)) * laplacian(u, boundary=boundary, axes=axes, mask=mask)


def equal_steps(time, *, steps=None, d):
    """Step sizes of the explicit scheme: all equal, and stable.

    Parameters
    ----------
    time : float
        Diffusion time in pixel², >= 0.
    steps : int, optional
        How many; by default as many as keep each within 4/5 of the stable limit (0.2 for a picture).
    d : int
        How many axes are diffused.

    Returns
    -------
    list of float
        In pixel²; their sum is `time`.

    Raises
    ------
    ValueError
        If time/steps is not stable.

    Examples
    --------
    >>> equal_steps(0.5, d=2)
    [0.16666666666666666, 0.16666666666666666, 0.16666666666666666]
    """
    steps = steps or math.ceil(2.5 * d * time)
    return [stable_step(time / steps, d=d) for _ in range(steps)]


def explicit(u, time, *, steps=None, boundary="reflect", axes=(-2, -1), mask=None):
    """Many explicit steps of equal size, u ← u + (time/steps)·Δu. First order: the error falls as 1/steps.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    time : float
        Diffusion time in pixel², >= 0.
    steps : int, optional
        How many; by default as many as keep each within 4/5 of the stable limit (0.2 for a picture).
    boundary, axes, mask
        As for :func:`explicit_step`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Raises
    ------
    ValueError
        If time/steps is not stable.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> explicit(u, 100.0).round(3)
    array([[0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111]])
    """
    for step in equal_steps(time, steps=steps, d=len(axes)):
        u = explicit_step(u, step=step, boundary=boundary, axes=axes, mask=mask)
    return u


# ---- Fast explicit diffusion ----------------------------------------------------------------------------------------


def leja_order(points):
    """An order in which each point lies as far as can be from all those before it, the largest first.

    "Far" means that the product of the distances is largest (Leja).

    Parameters
    ----------
    points : ndarray, shape (n,), float
        Distinct numbers, at least one.

    Returns
    -------
    list of int, length n
        Indices.

    Examples
    --------
    >>> import numpy as np
    >>> leja_order(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    [4, 0, 2, 1, 3]
    """
    order = [int(np.argmax(points))]
    product = np.ones_like(points)
    for _ in points[1:]:
        product = product / product.max() * abs(points - points[order[-1]])
        order.append(int(np.argmax(product)))
    return order


def fed_steps(time, *, d=2):
    """Step sizes of one cycle of fast explicit diffusion: n steps that together last O(n²) and are stable as a whole.

    τ_i ∝ 1 / cos²(π(2i+1)/(4n+2)), i = 0 … n−1, with the smallest n for which no τ_i has to be stretched: τ_max
    (n²+n)/3 >= time, where τ_max = 1/(2d) is the limit of a single step.  About half of the steps exceed that limit;
    the order (Leja) keeps round-off small.

    Parameters
    ----------
    time : float
        Duration of the cycle in pixel², >= 0.
    d : int
        How many axes are diffused.

    Returns
    -------
    list of float, length n
        Step sizes in pixel²; their sum is `time`.

    References
    ----------
    Grewenig, Weickert, Bruhn, From box filtering to fast explicit diffusion, Pattern Recognition (DAGM 2010), LNCS
    6376, 533–542.

    Examples
    --------
    >>> [round(step, 3) for step in fed_steps(0.5)]
    [0.138, 0.362]
    """
    n = max(1, math.ceil(math.sqrt(6 * d * time + 1 / 4) - 1 / 2))
    cosines = np.cos(np.pi * (2 * np.arange(n) + 1) / (4 * n + 2)) ** 2
    sizes = np.reciprocal(cosines[leja_order(cosines)])
    return (time / sizes.sum() * sizes).tolist()


def fed(u, time, *, cycles=4, boundary="reflect", axes=(-2, -1), mask=None):
    """Fast explicit diffusion: cycles of explicit steps whose sizes vary, u ← u + τ_i·Δu.

    A cycle of n steps is a box filter in disguise, and repeated box filters tend to the Gaussian: the error falls as
    1/cycles.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    time : float
        Diffusion time in pixel², >= 0.
    cycles : int
        How many cycles share the time.
    boundary, axes, mask
        As for :func:`explicit_step`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    References
    ----------
    Grewenig, Weickert, Bruhn, From box filtering to fast explicit diffusion, Pattern Recognition (DAGM 2010), LNCS
    6376, 533–542.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> fed(u, 100.0).round(3)
    array([[0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111]])
    """
    for step in cycles * fed_steps(time / cycles, d=len(axes)):
        u = u + step * laplacian(u, boundary=boundary, axes=axes, mask=mask)
    return u


# ---- Implicit steps -------------------------------------------------------------------------------------------------


def implicit_bands(n, step, *, boundary="reflect"):
    """The matrix 1 − step·∂² of a line of n pixels: 1 + step·(number of neighbours) on the diagonal, −step beside it.

    Parameters
    ----------
    n : int
        Length of the line in pixels, >= 1.
    step : float
        In pixel², >= 0.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`; a periodic line is cut open here, as if it were reflecting.

    Returns
    -------
    ndarray, shape (3, n), float64
        Upper diagonal, diagonal and lower diagonal, as :func:`scipy.linalg.solve_banded` takes them.

    Examples
    --------
    >>> implicit_bands(3, 1.0)
    array([[-1., -1., -1.],
           [ 2.,  3.,  2.],
           [-1., -1., -1.]])
    """
    neighbours = np.full(n, 2.0)
    if boundary != "fixed":
        neighbours[0] -= 1
        neighbours[-1] -= 1
    beside = np.full(n, -step)
    return np.stack([beside, 1 + step * neighbours, beside])


def solve_implicit(u, step, *, boundary="reflect"):
    """Solve (1 − step·∂²) v = u for every column: a tridiagonal system.

    A periodic line is an open one and one more edge e between its ends: A⁻¹ gives (A + step·e eᵀ)⁻¹ (Sherman and
    Morrison).

    Parameters
    ----------
    u : ndarray, shape (n, columns), float32 or float64
        The right-hand sides.
    step : float
        In pixel², >= 0.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> solve_implicit(np.array([[1.0], [0.0], [0.0]]), 1.0).round(3).T
    array([[0.625, 0.25 , 0.125]])
    """
    bands = implicit_bands(len(u), step, boundary=boundary).astype(u.dtype)
    v = solve_banded((1, 1), bands, u)
    if boundary != "periodic":
        return v
    edge = np.zeros_like(u[:, :1])
    edge[0] += 1
    edge[-1] -= 1
    w = solve_banded((1, 1), bands, edge)
    return v - w * (v[:1] - v[-1:]) / (1 / step + w[:1] - w[-1:])


def crank_nicolson_step(u, *, step, axis, boundary="reflect"):
    """One step along one axis, half explicit and half implicit: (1 − step/2·∂²) v = (1 + step/2·∂²) u.

    Parameters
    ----------
    u : ndarray, float32 or float64
        Grey values, any range.
    step : float
        In pixel², > 0; stable for every size.
    axis : int
        The axis along which heat flows.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> crank_nicolson_step(np.array([1.0, 0.0, 0.0]), step=2.0, axis=0).round(3)
    array([0.25, 0.5 , 0.25])
    """
    half = float(step) / 2
    rhs = np.moveaxis(u + half * laplacian(u, boundary=boundary, axes=(axis,)), axis, 0)
    v = solve_implicit(rhs.reshape(len(rhs), rhs.size // len(rhs)), half, boundary=boundary)
    return np.moveaxis(v.reshape(rhs.shape), 0, axis)


def adi_step(u, *, step, boundary="reflect", axes=(-2, -1)):
    """One alternating-direction step: Crank–Nicolson along each axis in turn.

    On a rectangle the one-dimensional Laplacians commute, and this is the scheme of Peaceman and Rachford.  A mode is
    multiplied by Π (1 − step·λ_a/2) / (1 + step·λ_a/2) over the axes a: never above 1 in size, but towards ±1 for the
    finest modes if the step is large.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    step : float
        In pixel², > 0; stable for every size.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`.
    axes : tuple of int
        The axes that are diffused.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    References
    ----------
    Peaceman, Rachford, The numerical solution of parabolic and elliptic differential equations, J. SIAM 3 (1955),
    28–41, doi:10.1137/0103003.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> float(adi_step(u, step=1.0).sum().round(12))
    1.0
    """
    for axis in axes:
        u = crank_nicolson_step(u, step=step, axis=axis, boundary=boundary)
    return u


def adi(u, time, *, steps=None, boundary="reflect", axes=(-2, -1)):
    """Many alternating-direction steps of equal size. Second order: the error falls as 1/steps².

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    time : float
        Diffusion time in pixel², >= 0.
    steps : int, optional
        How many; by default ⌈3√time⌉, which leaves about e⁻⁹ of the finest modes.
    boundary, axes
        As for :func:`adi_step`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> adi(u, 100.0).round(3)
    array([[0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111],
           [0.111, 0.111, 0.111]])
    """
    steps = steps or math.ceil(3 * math.sqrt(time))
    for _ in range(steps):
        u = adi_step(u, step=time / steps, boundary=boundary, axes=axes)
    return u


# ---- The exact solution ---------------------------------------------------------------------------------------------


def eigenvalues(n, *, boundary="reflect"):
    """Eigenvalues λ_k of −∂² on a line of n pixels: how fast each mode is forgotten.

    Reflecting: 4 sin²(πk/2n), k = 0 … n−1, with the cosines of the DCT-II.  Fixed: 4 sin²(πk/2(n+1)), k = 1 … n, with
    the sines of the DST-I.  Periodic: 4 sin²(πk/n), k = 0 … n−1, with the waves of the Fourier transform.

    Parameters
    ----------
    n : int
        Length of the line in pixels, >= 1.
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, shape (n,), float64
        In 1/pixel², within [0, 4], in the order of the transform's coefficients.

    References
    ----------
    Strang, The discrete cosine transform, SIAM Review 41 (1999), 135–147, doi:10.1137/S0036144598336745.

    Examples
    --------
    >>> eigenvalues(4).round(3)
    array([0.   , 0.586, 2.   , 3.414])
    """
    known(boundary)
    k = np.arange(n)
    angle = {"reflect": k / (2 * n), "fixed": (k + 1) / (2 * n + 2), "periodic": k / n}[boundary]
    return 4 * np.sin(np.pi * angle) ** 2


def mode_eigenvalues(shape, *, boundary, axes):
    """Eigenvalue of −Δ for every mode of an array: λ_ij = λ_i + λ_j.

    Parameters
    ----------
    shape : tuple of int
        The array's shape.
    boundary, axes
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, float64
        In 1/pixel²; of length 1 along every axis that is not diffused.

    Examples
    --------
    >>> mode_eigenvalues((2, 2), boundary="reflect", axes=(0, 1)).round(3)
    array([[0., 2.],
           [2., 4.]])
    """
    total = 0
    for axis in axes:
        along = np.ones(len(shape), int)
        along[axis] = shape[axis]
        total = total + eigenvalues(shape[axis], boundary=boundary).reshape(along)
    return total


def scale_modes(u, gain, *, boundary, axes):
    """Multiply every mode of the Laplacian by gain(λ): forward transform, product, inverse transform.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    gain : callable
        From eigenvalues (ndarray, float64, in 1/pixel²) to factors of the same shape.
    boundary, axes
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3)); u[1, 1] = 1.0
    >>> v = scale_modes(u, lambda eigenvalue: -eigenvalue, boundary="reflect", axes=(0, 1))
    >>> np.allclose(v, laplacian(u))
    True
    """
    u = floats(u)
    factors = gain(mode_eigenvalues(u.shape, boundary=boundary, axes=axes)).astype(u.dtype)
    forward, inverse = TRANSFORMS[boundary]
    return inverse(factors * forward(u, axes=axes), axes=axes)


def exact(u, time, *, boundary="reflect", axes=(-2, -1)):
    """The heat equation solved mode by mode, û_k(t) = exp(−λ_k t) û_k(0): exact on the pixel grid, for every time.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float32 or float64
        Grey values, any range.
    time : float
        Diffusion time in pixel², >= 0.
    boundary, axes
        As for :func:`laplacian`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    References
    ----------
    Strang, The discrete cosine transform, SIAM Review 41 (1999), 135–147, doi:10.1137/S0036144598336745.

    Examples
    --------
    >>> import numpy as np
    >>> wave = np.cos(np.pi * (np.arange(8) + 0.5) * 3 / 8)
    >>> np.allclose(exact(wave, 0.7, axes=(0,)), np.exp(-0.7 * eigenvalues(8)[3]) * wave, rtol=0, atol=1e-15)
    True
    """
    return scale_modes(u, lambda eigenvalue: np.exp(-time * eigenvalue), boundary=boundary, axes=axes)


def backward(u, time, *, noise, boundary="reflect", axes=None):
    """Heat run backwards, exp(+λt): deblurring. It blows up; `noise` > 0 gives up the modes that the noise has drowned.

    Every mode is multiplied by d / (d² + noise), d = exp(−λt): about 1/d where the signal is stronger than the noise,
    about 0 where not.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A blurred picture (H, W) or clip (T, H, W) or (T, H, W, C), any range.
    time : float
        How much diffusion to undo, in pixel², >= 0.
    noise : float
        Energy of the noise over that of the signal, mode by mode, >= 0; 0 is the plain inverse.  No mode grows beyond
        1/(2√noise).
    boundary : {"reflect", "fixed", "periodic"}
        As for :func:`laplacian`.
    axes : tuple of int, optional
        As for :func:`diffuse`.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Raises
    ------
    ValueError
        If `noise` is 0 and the square of the largest factor may overflow the number format.

    References
    ----------
    Hummel, Kimia, Zucker, Deblurring Gaussian blur, Computer Vision, Graphics, and Image Processing 38 (1987), 66–80.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.eye(6)
    >>> bool(abs(backward(diffuse(u, 0.5), 0.5, noise=0) - u).max() < 1e-12)
    True
    """
    u, axes = checked(u, time, axes)
    if not noise >= 0:
        raise ValueError(f"noise={noise:g}: the energy of the noise over that of the signal is >= 0 (chapter 3)")
    if noise == 0 and 8 * len(axes) * time > np.log(np.finfo(u.dtype).max):
        raise ValueError(
            f"time={time:g} overflows {u.dtype} with noise=0: factors² reach exp(8d·time), give noise > 0 (chapter 3)"
        )

    def gain(eigenvalue):
        decay = np.exp(-time * eigenvalue)
        return decay / (decay**2 + noise)

    return scale_modes(u, gain, boundary=boundary, axes=axes)


# ---- The front doors ------------------------------------------------------------------------------------------------


def _frame_axes(shape):
    """The two axes of a frame: (0, 1) of a picture (H, W), (1, 2) of a clip (T, H, W) or (T, H, W, C)."""
    if len(shape) not in (2, 3, 4) or (len(shape) == 3 and shape[2] <= 4):
        raise ValueError(
            f"axes is required for shape {shape}: (0, 1) for a picture in colour, (1, 2) for a clip (chapter 3)"
        )
    return (0, 1) if len(shape) == 2 else (1, 2)


def checked(u, time, axes):
    """`u` and the axes to diffuse, after the checks that every front door makes."""
    u = floats(u)
    if u.size == 0:
        raise ValueError(f"u has shape {u.shape}: there is nothing to diffuse (chapter 3)")
    if not 0 <= time < math.inf:
        raise ValueError(
            f"time={time:g}: heat flows for a finite time >= 0; heat.backward runs it back, at a price (chapter 3)"
        )
    if not np.isfinite(u).all():
        raise ValueError(
            "u holds NaN or infinity, which would spread over the picture: replace those pixels first (chapter 3)"
        )
    return u, _frame_axes(u.shape) if axes is None else normalize_axis_tuple(axes, u.ndim)


def _region(mask, shape, axes):
    """A mask of the diffused axes, or of as many axes as the array, spread over the whole array without a copy."""
    mask = np.asarray(mask)
    if mask.shape == tuple(shape[axis] for axis in sorted(axes)):
        mask = mask.reshape([n if axis in axes else 1 for axis, n in enumerate(shape)])
    fits = mask.ndim == len(shape) and all(map(lambda m, n: m in (1, n), mask.shape, shape))
    if mask.dtype != bool or not fits:
        raise ValueError(
            f"mask is {mask.dtype} {mask.shape}: it must be bool, of the shape of the diffused axes (chapter 3)"
        )
    return np.broadcast_to(mask, shape)


def _check_options(method, mask, options):
    """Refuse a method that does not exist, and what the method cannot use."""
    if method not in OPTIONS:
        raise ValueError(f"method={method!r} is unknown: choose 'exact', 'explicit', 'adi' or 'fed' (chapter 3)")
    if mask is not None and "mask" not in OPTIONS[method]:
        raise ValueError(
            f"method={method!r} takes no mask, its lines must be whole: choose 'explicit' or 'fed' (chapter 3)"
        )
    for name, count in options.items():
        if name not in OPTIONS[method] or not (isinstance(count, int | np.integer) and count >= 1):
            raise ValueError(
                f"{name}={count!r}, method={method!r}: give steps (explicit, adi) or cycles (fed), int >= 1 (chapter 3)"
            )


def slabs(shape, axes, desc):
    """Indices of the parts that are diffused one after another, so that memory does not grow with the clip."""
    other = [axis for axis in range(len(shape)) if axis not in axes]
    if not other:
        return [()]
    before = (slice(None),) * other[0]
    return progress([(*before, [i]) for i in range(shape[other[0]])], desc)


def diffuse(u, time, *, method="exact", boundary="reflect", axes=None, mask=None, **options):
    """Diffuse a picture, or every frame of a clip: u_t = Δu from 0 to `time`.

    The work is done by the fast twins in :mod:`vdtext.fast.heat`; tests hold them equal to the readable functions of
    this module.

    Parameters
    ----------
    u : ndarray, shape (H, W), (T, H, W) or (T, H, W, C), float32 or float64
        Grey values, any finite range (NaN and infinity are refused). Clips are diffused frame by frame, colours
        channel by channel.
    time : float
        Diffusion time in pixel², >= 0: a Gaussian of σ = √(2·time) pixels.
    method : {"exact", "explicit", "adi", "fed"}
        Mode by mode; equal explicit steps; alternating directions; fast explicit diffusion.
    boundary : {"reflect", "fixed", "periodic"}
        Nothing flows across the border; the pixels just outside are held at 0; opposite borders touch.
    axes : tuple of int, optional
        The axes that are diffused: those of the frame by default, (0, 1) for a picture in colour (H, W, C), (0,) for
        the time of a clip.
    mask : ndarray of bool, optional
        A region with an insulated edge, (H, W) or as many axes as `u`; pixels outside keep their values. For
        "explicit" and "fed".
    **options
        `steps` for "explicit" and "adi", `cycles` for "fed": how many, int >= 1.

    Returns
    -------
    ndarray, same shape and dtype as `u`
        A new array.

    Raises
    ------
    TypeError
        If `u` is not float32 or float64.
    ValueError
        If another argument cannot be right; the message says what is accepted.

    References
    ----------
    Lindeberg, Scale-space for discrete signals, IEEE Transactions on Pattern Analysis and Machine Intelligence 12
    (1990), 234–254, doi:10.1109/34.49051.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.zeros((3, 3), np.float32); u[1, 1] = 1
    >>> diffuse(u, 0.25).round(3)
    array([[0.031, 0.114, 0.031],
           [0.114, 0.42 , 0.114],
           [0.031, 0.114, 0.031]], dtype=float32)
    """
    from vdtext.fast import heat as fast  # loads Numba, so only when it is needed

    u, axes = checked(u, time, axes)
    _check_options(method, mask, options)
    region = None if mask is None else _region(mask, u.shape, axes)
    out = u.copy()
    for slab in slabs(u.shape, axes, f"{method} diffusion") if time > 0 else ():
        here = options if mask is None else {**options, "mask": region[slab]}
        out[slab] = fast.SOLVERS[method](u[slab], time, boundary=boundary, axes=axes, **here)
    return out


def diffuse_clip(clip, *, space, time, method="exact", boundary="reflect", mask=None, **options):
    """Diffuse a clip in space and in time: u_t = Δu on each frame for `space`, then along the frames for `time`.

    The two commute and both are semigroups, so that (s₁, t₁) followed by (s₂, t₂) is (s₁+s₂, t₁+t₂).  (With a mask that
    changes from frame to frame they no longer commute.)

    Parameters
    ----------
    clip : ndarray, shape (T, H, W) or (T, H, W, C), float32 or float64
        Grey values or colours, any finite range.
    space : float
        Diffusion time along height and width, in pixel², >= 0.
    time : float
        Diffusion time along the frames, in frame², >= 0.
    method, boundary, **options
        As for :func:`diffuse`; the boundary also holds for the first and the last frame.
    mask : ndarray of bool, shape (H, W) or (T, H, W), optional
        A region with an insulated edge, as for :func:`diffuse`.

    Returns
    -------
    ndarray, same shape and dtype as `clip`
        A new array.

    Raises
    ------
    TypeError, ValueError
        As for :func:`diffuse`.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.zeros((3, 4, 4)); clip[1] = 1.0
    >>> diffuse_clip(clip, space=5.0, time=100.0).round(3)[:, 0, 0]
    array([0.333, 0.333, 0.333])
    """
    if mask is not None:
        mask = np.asarray(mask)
        mask = mask.reshape((1,) * (3 - mask.ndim) + mask.shape + (1,) * (clip.ndim - 3))
    clip = diffuse(clip, space, method=method, boundary=boundary, axes=(1, 2), mask=mask, **options)
    return diffuse(clip, time, method=method, boundary=boundary, axes=(0,), mask=mask, **options)


# ---- Heat and Gaussians ---------------------------------------------------------------------------------------------


def gaussian_sigma(time):
    """Width of the Gaussian that diffusion for `time` amounts to: σ = √(2t).

    Parameters
    ----------
    time : float
        Diffusion time in pixel², >= 0.

    Returns
    -------
    float
        Standard deviation in pixels.

    Examples
    --------
    >>> gaussian_sigma(8.0)
    4.0
    """
    return math.sqrt(2 * time)


def gaussian_time(sigma):
    """Diffusion time that amounts to a Gaussian of width σ: t = σ²/2.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels.

    Returns
    -------
    float
        In pixel².

    Examples
    --------
    >>> gaussian_time(4.0)
    8.0
    """
    return sigma**2 / 2


def kernel(time, radius):
    """Heat kernel of an endless line of pixels, k_n = e^(−2t) I_n(2t): what one white pixel becomes.

    It is the Gaussian of the pixel grid, of variance 2t exactly.  The sampled Gaussian of σ = √(2t) comes near it for
    large times: its peak is lower by the fraction 1/(16t).

    Parameters
    ----------
    time : float
        Diffusion time in pixel², >= 0.
    radius : int
        How many pixels on each side, >= 0.

    Returns
    -------
    ndarray, shape (2·radius + 1,), float64
        Weights for n = −radius … radius; positive, symmetric, with a sum that tends to 1.

    References
    ----------
    Lindeberg, Scale-space for discrete signals, IEEE Transactions on Pattern Analysis and Machine Intelligence 12
    (1990), 234–254, doi:10.1109/34.49051.

    Examples
    --------
    >>> kernel(0.5, 2).round(3)
    array([0.05 , 0.208, 0.466, 0.208, 0.05 ])
    """
    return ive(abs(np.arange(-radius, radius + 1)), 2 * time)


# ---- Laplacian pyramid ----------------------------------------------------------------------------------------------


def reduce(u, *, time=0.5):
    """Half the size: diffuse for a short time, keep every second pixel.

    Parameters
    ----------
    u : ndarray, shape (H, W) or (H, W, C), float32 or float64
        A picture.
    time : float
        Diffusion time in pixel²; 1/2 gives the variance of Burt and Adelson's kernel (1, 4, 6, 4, 1)/16.

    Returns
    -------
    ndarray, shape (⌈H/2⌉, ⌈W/2⌉) or (⌈H/2⌉, ⌈W/2⌉, C), same dtype

    Examples
    --------
    >>> import numpy as np
    >>> reduce(np.ones((5, 4))).shape
    (3, 2)
    """
    return diffuse(u, time, axes=(0, 1))[::2, ::2]


def expand(u, shape):
    """Twice the size: every pixel in its old place, and between two neighbours their mean.

    Parameters
    ----------
    u : ndarray, shape (h, w) or (h, w, C), float32 or float64
        A picture made by :func:`reduce`.
    shape : tuple of int
        (H, W) of the picture wanted, with h = ⌈H/2⌉, w = ⌈W/2⌉.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, C), same dtype

    Examples
    --------
    >>> import numpy as np
    >>> expand(np.array([[0.0, 1.0, 4.0]]), (1, 6))
    array([[0. , 0.5, 1. , 2.5, 4. , 4. ]])
    """
    for n in shape[:2]:
        here = np.repeat(u, 2, axis=0)
        there = np.concatenate([here[1:], here[-1:]])
        u = ((here + there) / 2)[:n].swapaxes(0, 1)
    return u


def laplacian_pyramid(u, levels, *, time=0.5):
    """What each halving of the size forgets, and the small picture that is left: band = u − expand(reduce(u)).

    A fast twin for grey pictures is :func:`vdtext.fast.heat.laplacian_pyramid`.

    Parameters
    ----------
    u : ndarray, shape (H, W) or (H, W, C), float32 or float64
        A picture of any size.
    levels : int
        How many bands, >= 0.
    time : float
        As for :func:`reduce`; the reconstruction is perfect for every value.

    Returns
    -------
    list of ndarray, length levels + 1
        The bands, finest first (their mean is near 0), and the reduced picture; same dtype as `u`.

    References
    ----------
    Burt, Adelson, The Laplacian pyramid as a compact image code, IEEE Transactions on Communications 31 (1983),
    532–540, doi:10.1109/TCOM.1983.1095851.

    Examples
    --------
    >>> import numpy as np
    >>> [band.shape for band in laplacian_pyramid(np.zeros((9, 6)), 2)]
    [(9, 6), (5, 3), (3, 2)]
    """
    bands = []
    for _ in range(levels):
        small = reduce(u, time=time)
        bands.append(u - expand(small, u.shape))
        u = small
    return [*bands, u]


def reconstruct(pyramid):
    """The picture that :func:`laplacian_pyramid` took apart: u = band + expand(smaller), from the coarsest on.

    Parameters
    ----------
    pyramid : list of ndarray
        Bands, finest first, and the reduced picture.

    Returns
    -------
    ndarray, shape and dtype of the finest band
        Equal to the original up to round-off.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.arange(35.0).reshape(5, 7)
    >>> bool(abs(reconstruct(laplacian_pyramid(u, 3)) - u).max() < 1e-13)
    True
    """
    *bands, u = pyramid
    for band in reversed(bands):
        u = band + expand(u, band.shape)
    return u
