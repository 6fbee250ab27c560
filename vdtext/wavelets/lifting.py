"""One level of a wavelet transform by lifting: what is even predicts what is odd, and learns from the error.

A signal of n samples becomes ⌈n/2⌉ low-pass numbers, then ⌊n/2⌋ high-pass ones, in one array of the same shape.  At its
ends the signal is mirrored about its first and last sample (whole-sample symmetric extension), so every size will do.
"""

import numpy as np

__all__ = [
    "WAVELETS",
    "around_even",
    "around_odd",
    "haar",
    "halves",
    "inverse_haar",
    "inverse_lifting_53",
    "inverse_lifting_97",
    "joined",
    "lifting_53",
    "lifting_97",
    "low_high",
]

ALPHA, BETA, GAMMA, DELTA = -1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971
KAPPA = 1.149604398860241  # √2 times the constant gain of the low pass is √2: as if the transform were orthonormal
ROOT = 2**0.5


def around_odd(even, count):
    """The sum of the two neighbours of every odd sample; beyond the end lies the mirror image.

    Parameters
    ----------
    even : ndarray, shape (m, ...)
        The even samples.
    count : int
        How many odd ones there are, m − 1 or m.

    Returns
    -------
    ndarray, shape (count, ...)

    Examples
    --------
    >>> around_odd(np.array([1, 2, 4]), 3)
    array([3, 6, 8])
    """
    after = np.concatenate([even[1:], even[-1:]])
    return even[:count] + after[:count]


def around_even(odd, count):
    """The sum of the two neighbours of every even sample; beyond the ends lies the mirror image.

    Parameters
    ----------
    odd : ndarray, shape (n, ...), n >= 1
        The odd samples.
    count : int
        How many even ones there are, n or n + 1.

    Returns
    -------
    ndarray, shape (count, ...)

    Examples
    --------
    >>> around_even(np.array([1, 2, 4]), 4)
    array([2, 3, 6, 8])
    """
    before, after = np.concatenate([odd[:1], odd]), np.concatenate([odd, odd[-1:]])
    return before[:count] + after[:count]


def halves(x, axis):
    """The even and the odd samples along an axis, which comes first.

    Parameters
    ----------
    x : ndarray
        Any shape.
    axis : int
        Which axis.

    Returns
    -------
    list of ndarray
        [even, odd].

    Examples
    --------
    >>> halves(np.arange(5), 0)
    [array([0, 2, 4]), array([1, 3])]
    """
    x = np.moveaxis(x, axis, 0)
    return [x[::2], x[1::2]]


def low_high(y, axis):
    """The two bands of a level along an axis, which comes first.

    Parameters
    ----------
    y : ndarray
        Low-pass numbers, then high-pass ones.
    axis : int
        Which axis.

    Returns
    -------
    list of ndarray
        [low, high].

    Examples
    --------
    >>> low_high(np.arange(5), 0)
    [array([0, 1, 2]), array([3, 4])]
    """
    y = np.moveaxis(y, axis, 0)
    middle = (len(y) + 1) // 2
    return [y[:middle], y[middle:]]


def joined(even, odd, axis):
    """Put even and odd samples back in turn.

    Parameters
    ----------
    even, odd : ndarray, shapes (m, ...) and (m − 1 or m, ...)
        The samples.
    axis : int
        Where the first axis belongs.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> joined(np.array([0, 2, 4]), np.array([1, 3]), 0)
    array([0, 1, 2, 3, 4])
    """
    x = np.empty((len(even) + len(odd), *even.shape[1:]), even.dtype)
    x[::2], x[1::2] = even, odd
    return np.moveaxis(x, 0, axis)


def _numbers(x, integers=True):
    """An array of signed integers or floats."""
    x = np.asarray(x)
    if x.dtype.kind == "f" or (integers and x.dtype.kind == "i"):
        return x
    accepted = "signed integers or floats" if integers else "floats"
    raise TypeError(f"{x.dtype}: accepted are {accepted}; a difference of unsigned bytes wraps around (chapter 7)")


def haar(x, axis=-1):
    """One level of Haar's wavelet: sums and differences of pairs.

    .. math:: low_i = (x_{2i} + x_{2i+1})/√2,  high_i = (x_{2i} − x_{2i+1})/√2

    Integers stay integers: high = x₂ᵢ − x₂ᵢ₊₁ and low = x₂ᵢ₊₁ + ⌊high/2⌋, the rounded-down mean.

    Parameters
    ----------
    x : ndarray, floats or signed integers
        Any shape; integers need one bit of headroom.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype
        Low-pass numbers, then high-pass ones.  The last sample of an odd number of them pairs with itself.

    Raises
    ------
    TypeError
        If `x` is of another kind.

    References
    ----------
    Haar, Zur Theorie der orthogonalen Funktionensysteme, Math. Annalen 69 (1910), doi:10.1007/BF01456326.

    Examples
    --------
    >>> haar(np.array([5, 3, 7, 7])).tolist(), haar(np.array([3.0, 1.0])).round(3).tolist()
    ([4, 7, 2, 0], [2.828, 1.414])
    """
    x = _numbers(x)
    even, odd = halves(x, axis)
    partner = np.concatenate([odd, even[len(odd) :]])
    high = even - partner
    low = partner + (high >> 1) if x.dtype.kind == "i" else (even + partner) / x.dtype.type(ROOT)
    high = high if x.dtype.kind == "i" else high / x.dtype.type(ROOT)
    return np.moveaxis(np.concatenate([low, high[: len(odd)]]), 0, axis)


def inverse_haar(y, axis=-1):
    """Undo :func:`haar`.

    Parameters
    ----------
    y : ndarray, floats or signed integers
        Low-pass numbers, then high-pass ones.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype

    Raises
    ------
    TypeError
        If `y` is of another kind.

    Examples
    --------
    >>> inverse_haar(np.array([4, 7, 2, 0])).tolist()
    [5, 3, 7, 7]
    """
    y = _numbers(y)
    low, odd = low_high(y, axis)
    high = np.concatenate([odd, np.zeros_like(low[len(odd) :])])
    if y.dtype.kind == "i":
        partner = low - (high >> 1)
        return joined(partner + high, partner[: len(odd)], axis)
    root = y.dtype.type(ROOT)
    return joined((low + high) / root, ((low - high) / root)[: len(odd)], axis)


def lifting_53(x, axis=-1):
    """One level of the 5/3 wavelet (LeGall, Tabatabai): predict what is odd from its neighbours, then keep the mean.

    .. math:: high_i = x_{2i+1} − (x_{2i} + x_{2i+2})/2,  low_i = x_{2i} + (high_{i−1} + high_i)/4

    Of integers both fractions are rounded, ⌊·⌋ and ⌊· + 1/2⌋; the inverse rounds alike, so nothing is lost.

    Parameters
    ----------
    x : ndarray, floats or signed integers
        Any shape; integers need two bits of headroom.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype
        Low-pass numbers, then high-pass ones.  A constant keeps its value in the low pass.

    Raises
    ------
    TypeError
        If `x` is of another kind.

    References
    ----------
    Le Gall, Tabatabai, Sub-band coding of digital images using symmetric short kernel filters, ICASSP 1988,
    doi:10.1109/ICASSP.1988.196696.

    Examples
    --------
    >>> lifting_53(np.array([10, 20, 30, 40, 50])).tolist()
    [10, 30, 50, 0, 0]
    """
    x = _numbers(x)
    even, odd = halves(x, axis)
    if len(odd) == 0:
        return x.copy()
    if x.dtype.kind == "i":
        high = odd - (around_odd(even, len(odd)) >> 1)
        low = even + (around_even(high, len(even)) + 2 >> 2)
    else:
        high = odd - around_odd(even, len(odd)) / 2
        low = even + around_even(high, len(even)) / 4
    return np.moveaxis(np.concatenate([low, high]), 0, axis)


def inverse_lifting_53(y, axis=-1):
    """Undo :func:`lifting_53`: the same steps, last first, subtracted instead of added.

    Parameters
    ----------
    y : ndarray, floats or signed integers
        Low-pass numbers, then high-pass ones.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype

    Raises
    ------
    TypeError
        If `y` is of another kind.

    Examples
    --------
    >>> inverse_lifting_53(np.array([10, 30, 50, 0, 0])).tolist()
    [10, 20, 30, 40, 50]
    """
    y = _numbers(y)
    low, high = low_high(y, axis)
    if len(high) == 0:
        return y.copy()
    if y.dtype.kind == "i":
        even = low - (around_even(high, len(low)) + 2 >> 2)
        odd = high + (around_odd(even, len(high)) >> 1)
    else:
        even = low - around_even(high, len(low)) / 4
        odd = high + around_odd(even, len(high)) / 2
    return joined(even, odd, axis)


def lifting_97(x, axis=-1):
    """One level of the 9/7 wavelet (Cohen, Daubechies, Feauveau) in four lifting steps and a scaling.

    odd += α·(neighbours), even += β·(neighbours), odd += γ·(neighbours), even += δ·(neighbours); low = κ·even,
    high = odd/κ.

    Parameters
    ----------
    x : ndarray, floats
        Any shape.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype
        Low-pass numbers, then high-pass ones.  A constant is multiplied by √2 in the low pass.

    Raises
    ------
    TypeError
        If `x` is not of floats.

    References
    ----------
    Daubechies, Sweldens, Factoring wavelet transforms into lifting steps, J. Fourier Anal. Appl. 4 (1998),
    doi:10.1007/BF02476026.

    Examples
    --------
    >>> abs(lifting_97(np.full(4, 10.0))).round(3).tolist()
    [14.142, 14.142, 0.0, 0.0]
    """
    x = _numbers(x, integers=False)
    even, odd = halves(x, axis)
    m, n, number = len(even), len(odd), x.dtype.type
    if n == 0:
        return x * number(ROOT)
    odd = odd + number(ALPHA) * around_odd(even, n)
    even = even + number(BETA) * around_even(odd, m)
    odd = odd + number(GAMMA) * around_odd(even, n)
    even = even + number(DELTA) * around_even(odd, m)
    return np.moveaxis(np.concatenate([even * number(KAPPA), odd / number(KAPPA)]), 0, axis)


def inverse_lifting_97(y, axis=-1):
    """Undo :func:`lifting_97`: the same steps, last first, subtracted instead of added.

    Parameters
    ----------
    y : ndarray, floats
        Low-pass numbers, then high-pass ones.
    axis : int
        Along which axis.

    Returns
    -------
    ndarray, same shape and dtype

    Raises
    ------
    TypeError
        If `y` is not of floats.

    Examples
    --------
    >>> x = np.arange(7.0) ** 2
    >>> bool(abs(inverse_lifting_97(lifting_97(x)) - x).max() < 1e-13)
    True
    """
    y = _numbers(y, integers=False)
    low, high = low_high(y, axis)
    m, n, number = len(low), len(high), y.dtype.type
    if n == 0:
        return y / number(ROOT)
    even, odd = low / number(KAPPA), high * number(KAPPA)
    even = even - number(DELTA) * around_even(odd, m)
    odd = odd - number(GAMMA) * around_odd(even, n)
    even = even - number(BETA) * around_even(odd, m)
    odd = odd - number(ALPHA) * around_odd(even, n)
    return joined(even, odd, axis)


WAVELETS = {
    "haar": (haar, inverse_haar),
    "5/3": (lifting_53, inverse_lifting_53),
    "9/7": (lifting_97, inverse_lifting_97),
}
"""By name: one level forward, one level back."""
