"""Texture: local binary patterns, and the energies of a bank of Gabor filters."""

from itertools import product

import cv2
import numpy as np

from vdtext.features.frames import as_bytes, grey

__all__ = ["gabor", "gabor_bank", "gabor_features", "gabor_kernel", "lbp_histogram", "local_binary_pattern"]

RING = (
    tuple(  # eight points around a pixel, counterclockwise from the right, (row, column), to scikit-image's five digits
        (-round(float(np.sin(a)), 5) + 0.0, round(float(np.cos(a)), 5) + 0.0) for a in np.arange(8) * np.pi / 4
    )
)
FREQUENCIES = tuple(0.4 / 2 ** (k / 2) for k in range(4))
ANGLES = tuple(np.pi * k / 6 for k in range(6))


def between(u, dy, dx):
    """A picture between its pixels: at p + (dy, dx), bilinear, 0 outside; in float64 and in scikit-image's order."""
    wide = np.pad(u, 1)
    rows, columns = (np.arange(n) + d for n, d in zip(u.shape, (dy, dx), strict=True))
    down, right = (rows - np.floor(rows))[:, None], columns - np.floor(columns)
    top, low = (f(rows).astype(int) + 1 for f in (np.floor, np.ceil))
    left, last = (f(columns).astype(int) + 1 for f in (np.floor, np.ceil))
    above = (1 - right) * wide[np.ix_(top, left)] + right * wide[np.ix_(top, last)]
    below = (1 - right) * wide[np.ix_(low, left)] + right * wide[np.ix_(low, last)]
    return (1 - down) * above + down * below


def local_binary_pattern(frame):
    """Which of eight points around a pixel are no darker than it: uniform patterns, whatever their rotation.

    .. math:: s_k = 1[u(p + r_k) ≥ u(p)]

    The points r_k lie on a circle of radius 1.  If s changes at most twice on the way round, the pattern is called
    uniform and its label is Σ s_k, from 0 to 8; any other has the label 9.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        Its luma is rounded to 8 bits.

    Returns
    -------
    ndarray, shape (H, W), uint8
        Labels, 0 to 9; beyond the border the picture is 0.

    References
    ----------
    Ojala, Pietikäinen, Mäenpää, Multiresolution gray-scale and rotation invariant texture classification with local
    binary patterns, IEEE Trans. Pattern Analysis and Machine Intelligence 24 (2002), doi:10.1109/TPAMI.2002.1017623.

    Examples
    --------
    >>> local_binary_pattern(np.array([[9, 9, 9], [5, 6, 5], [1, 1, 1]], np.uint8))[1, 1]
    np.uint8(3)
    """
    u = as_bytes(grey(frame)).astype(np.float64)
    signs = np.stack([between(u, *point) >= u for point in RING])
    changes = (signs != np.roll(signs, 1, axis=0)).sum(axis=0)
    return np.where(changes <= 2, signs.sum(axis=0), 9).astype(np.uint8)


def lbp_histogram(frame):
    """The share of each of the ten labels of :func:`local_binary_pattern`, pixels at the border left out; compiled.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        At least 3×3 pixels.

    Returns
    -------
    ndarray, shape (10,), float64
        The sum is 1.

    Raises
    ------
    ValueError
        If there is no pixel inside of the border (chapter 11).

    Examples
    --------
    >>> lbp_histogram(np.full((5, 5), 0.5)).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    """
    from vdtext.fast import features as fast  # loads Numba, so only when it is needed

    u = as_bytes(grey(frame))
    if min(u.shape) < 3:
        raise ValueError(f"shape {u.shape}: a pattern needs 3×3 pixels (chapter 11)")
    labels = fast.local_binary_pattern(u)[1:-1, 1:-1]
    return np.bincount(labels.ravel(), minlength=10) / labels.size


def gabor_factors(frequency, angle):
    """The column and the row of which a Gabor kernel is the outer product, complex; see :func:`gabor_kernel`.

    Parameters
    ----------
    frequency, angle : float
        As for :func:`gabor_kernel`.

    Returns
    -------
    ndarray, shape (2, odd), complex128
        Along a column, and along a row.

    Examples
    --------
    >>> column, row = gabor_factors(0.25, 0.0)
    >>> bool(np.allclose(np.outer(column, row), gabor_kernel(0.25, 0.0)))
    True
    """
    if not 0 < frequency <= 0.5:
        raise ValueError(f"frequency={frequency}: a pixel grid carries waves of up to 0.5 cycles a pixel (chapter 11)")
    sigma = 3 * np.sqrt(np.log(2) / 2) / (np.pi * frequency)
    way = np.array([np.sin(angle), np.cos(angle)])
    reach = int(np.ceil(max(3 * sigma * abs(way).max(), 1)))
    x = np.arange(-reach, reach + 1)
    bell = np.exp(-(x**2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)
    return bell * np.exp(2j * np.pi * frequency * np.outer(way, x))


def gabor_kernel(frequency, angle):
    """A wave under a round Gaussian, complex: an edge and a line detector in one, for one width and one direction.

    .. math:: g(x, y) = \\frac{1}{2πσ^2} e^{−(x^2 + y^2)/2σ^2}\\, e^{2πif(x \\cos θ + y \\sin θ)},\\quad
        σ = \\frac{3}{πf} \\sqrt{\\frac{\\ln 2}{2}}

    With this σ the filter hears one octave around f.

    Parameters
    ----------
    frequency : float
        f, in cycles a pixel, above 0 and at most 0.5.
    angle : float
        θ in radians; 0 is a wave along a row.

    Returns
    -------
    ndarray, shape (odd, odd), complex128
        Within three σ.

    Raises
    ------
    ValueError
        If the grid cannot carry the wave (chapter 11).

    References
    ----------
    Daugman, Uncertainty relation for resolution in space, spatial frequency, and orientation optimized by
    two-dimensional visual cortical filters, J. Optical Society of America A 2 (1985), doi:10.1364/JOSAA.2.001160.

    Examples
    --------
    >>> gabor_kernel(0.25, 0.0).shape
    (15, 15)
    """
    return np.outer(*gabor_factors(frequency, angle))


def gabor_bank(*, frequencies=FREQUENCIES, angles=ANGLES):
    """All kernels of a bank, frequency by frequency: 4 × 6 unless told otherwise.

    Parameters
    ----------
    frequencies : sequence of float
        In cycles a pixel; two steps are an octave.
    angles : sequence of float
        In radians, from 0 to π.

    Returns
    -------
    list of ndarray
        Of :func:`gabor_kernel`.

    Examples
    --------
    >>> len(gabor_bank())
    24
    """
    return [gabor_kernel(f, angle) for f in frequencies for angle in angles]


def gabor(frame, *, frequencies=FREQUENCIES, angles=ANGLES):
    """What every filter of the bank answers at every pixel, rows first, then columns, each with real numbers.

    .. math:: R_{fθ} = u * g_{fθ} = (u * (a + ib)_x) * (c + id)_y

    The mirrored direction π − θ has the row a − ib, so four real filters serve two directions.  Borders reflect
    (d c b a | a b c d | d c b a).

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        Float32 is computed in float32, everything else in float64.
    frequencies, angles : sequence of float
        As for :func:`gabor_bank`.

    Returns
    -------
    ndarray, shape (F·A, H, W), complex64 or complex128
        Its absolute value is the local energy of the wave, its angle the phase.

    References
    ----------
    Manjunath, Ma, Texture features for browsing and retrieval of image data, IEEE Trans. Pattern Analysis and Machine
    Intelligence 18 (1996), doi:10.1109/34.531803.

    Examples
    --------
    >>> wave = np.full((64, 1), 0.5) + np.cos(2 * np.pi * 0.2 * np.arange(64)) / 2
    >>> int(abs(gabor(wave))[:, 32, 32].argmax())  # the third frequency, the first angle
    12
    """
    u, bank, alike = grey(frame), list(product(frequencies, angles)), {}
    for n, (f, angle) in enumerate(bank):
        alike.setdefault((f, round(abs(np.cos(angle)), 12), round(np.sin(angle), 12)), []).append(n)
    answers = np.empty((len(bank), *u.shape), np.result_type(u, np.complex64))
    planes = np.empty((4, *u.shape), u.dtype)
    for group in alike.values():
        _products(u, *gabor_factors(*bank[group[0]]), planes)
        ac, bd, ad, bc = planes
        for n in group:
            same = (np.cos(bank[n][1]) > 0) == (np.cos(bank[group[0]][1]) > 0)
            plus, minus = (np.add, np.subtract) if same else (np.subtract, np.add)
            minus(ac, bd, out=answers[n].real)
            plus(ad, bc, out=answers[n].imag)
    return answers


def _products(u, column, row, planes):
    """Fill `planes` with u filtered by the four products of real and imaginary parts; OpenCV correlates: flip them."""
    (c, d), (a, b) = ((k.real[::-1], k.imag[::-1]) for k in (column, row))
    for plane, along_row, along_column in zip(planes, (a, b, a, b), (c, d, d, c), strict=True):
        cv2.sepFilter2D(u, -1, along_row, along_column, dst=plane, borderType=cv2.BORDER_REFLECT)


def gabor_features(frame):
    """Mean and standard deviation of the energy of each of 24 filters.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]

    Returns
    -------
    ndarray, shape (24, 2), float64

    Examples
    --------
    >>> gabor_features(np.eye(32)).shape
    (24, 2)
    """
    energy = abs(gabor(grey(frame).astype(np.float32)))
    return np.stack([energy.mean(axis=(1, 2)), energy.std(axis=(1, 2))], axis=1).astype(np.float64)
