"""How much may flow where the picture is steep: diffusivities g(s), s = |∇u|, from 1 (flat) to 0 (an edge)."""

import numpy as np

__all__ = ["exponential", "rapid", "rational"]


def rational(slope, contrast):
    """Perona and Malik's second diffusivity, g(s) = 1 / (1 + s²/K²): wide regions win over small ones.

    The flux s·g(s) grows up to s = K and falls beyond: K tells smooth changes from edges.

    Parameters
    ----------
    slope : ndarray or float
        s, grey value per pixel, any sign.
    contrast : float
        K > 0, in the unit of `slope`.

    Returns
    -------
    ndarray or float, shape of `slope`
        Within (0, 1].

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE Transactions on Pattern Analysis and
    Machine Intelligence 12 (1990), 629–639, doi:10.1109/34.56205.

    Examples
    --------
    >>> rational(0.1, 0.1)
    0.5
    """
    return 1 / (1 + (slope / contrast) ** 2)


def exponential(slope, contrast):
    """Perona and Malik's first diffusivity, g(s) = exp(−s²/K²): strong edges win over weak ones.

    The flux s·g(s) is largest at s = K/√2.

    Parameters
    ----------
    slope : ndarray or float
        s, grey value per pixel, any sign.
    contrast : float
        K > 0, in the unit of `slope`.

    Returns
    -------
    ndarray or float, shape of `slope`
        Within [0, 1].

    References
    ----------
    Perona, Malik, Scale-space and edge detection using anisotropic diffusion, IEEE Transactions on Pattern Analysis and
    Machine Intelligence 12 (1990), 629–639, doi:10.1109/34.56205.

    Examples
    --------
    >>> round(float(exponential(0.1, 0.1)), 4)
    0.3679
    """
    return np.exp(-((slope / contrast) ** 2))


def rapid(slope, contrast):
    """Weickert's diffusivity, g(s) = 1 − exp(−3.31488 / (s/K)⁸): 1 up to about K, and then it falls at once.

    The constant puts the largest flux s·g(s) at s = K.

    Parameters
    ----------
    slope : ndarray or float
        s, grey value per pixel, any sign.
    contrast : float
        K > 0, in the unit of `slope`.

    Returns
    -------
    ndarray or float, shape of `slope`
        Within (0, 1].

    References
    ----------
    Weickert, Anisotropic Diffusion in Image Processing (1998), section 5.1.

    Examples
    --------
    >>> [round(float(rapid(s, 1.0)), 4) for s in (0.0, 0.8, 1.0, 2.0)]
    [1.0, 1.0, 0.9637, 0.0129]
    """
    ratio = np.maximum(np.abs(slope / contrast), 1e-4)  # below it g is 1 in any number format, and nothing overflows
    return -np.expm1(-3.31488 / ratio**8)
