"""Covariances as descriptions: of a region, the distance of two, the distance of two clouds of points."""

import numpy as np

__all__ = [
    "FEATURES",
    "frechet_distance",
    "log_euclidean_distance",
    "psd_power",
    "region_covariance",
    "region_features",
    "spd_eigen",
    "spd_log",
]

FEATURES = ("x", "y", "grey", "dx", "dy", "dxx", "dyy")
"""Place, grey value, and sizes of the first and second differences: the seven features of Tuzel, Porikli and Meer."""


def region_features(u, *, features=FEATURES):
    """What is measured at each pixel of a region.

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float in [0, 1]
        Grey pictures, at least 2×2.
    features : sequence of str
        Of "x", "y" (place, from −1/2 to 1/2 of the region's width and height), "radius" (√(x² + y²)), "grey",
        "dx", "dy" (size of the central difference along an axis), "dxx", "dyy" (size of the second difference),
        "gradient" (√(dx² + dy²)) and "laplacian" (size of the sum of second differences).  "radius", "grey", "gradient"
        and "laplacian" do not change when the region is turned by a quarter.

    Returns
    -------
    ndarray, shape (..., H, W, k), float64

    Raises
    ------
    ValueError
        If `u` is no picture of floats, or a feature is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> region_features(np.eye(4), features=("x", "grey"))[0]
    array([[-0.5       ,  1.        ],
           [-0.16666667,  0.        ],
           [ 0.16666667,  0.        ],
           [ 0.5       ,  0.        ]])
    """
    u = np.asarray(u)
    if u.ndim < 2 or min(u.shape[-2:]) < 2 or u.dtype.kind != "f":
        raise ValueError(
            f"shape {u.shape}, dtype {u.dtype}: a region is a picture (…, H, W) of floats in [0, 1], at least 2×2 "
            "(chapter 5)"
        )
    u = u.astype(np.float64)
    padded = np.pad(u, [(0, 0)] * (u.ndim - 2) + [(1, 1), (1, 1)], mode="edge")
    above, below = padded[..., :-2, 1:-1], padded[..., 2:, 1:-1]
    left, right = padded[..., 1:-1, :-2], padded[..., 1:-1, 2:]
    y, x = np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in u.shape[-2:]), indexing="ij")
    known = {
        "x": lambda: x,
        "y": lambda: y,
        "radius": lambda: np.hypot(x, y),
        "grey": lambda: u,
        "dx": lambda: abs(right - left) / 2,
        "dy": lambda: abs(below - above) / 2,
        "dxx": lambda: abs(right - 2 * u + left),
        "dyy": lambda: abs(below - 2 * u + above),
        "gradient": lambda: np.hypot(right - left, below - above) / 2,
        "laplacian": lambda: abs(right + left + below + above - 4 * u),
    }
    if unknown := [name for name in features if name not in known]:
        raise ValueError(f"feature {unknown[0]!r} is unknown; there are {', '.join(known)} (chapter 5)")
    return np.stack([np.broadcast_to(known[name](), u.shape) for name in features], axis=-1)


def region_covariance(u, *, features=FEATURES, ridge=1e-6):
    """Covariance matrix of what is measured at the pixels of a region: a small description of it.

    C = (1/N) Σ_p (f_p − f̄)(f_p − f̄)ᵀ + ridge · I

    Parameters
    ----------
    u : ndarray, shape (..., H, W), float in [0, 1]
        Grey pictures; each is one region.
    features : sequence of str
        As for :func:`region_features`, k of them.
    ridge : float
        Added to the diagonal, > 0, so that a flat region has a matrix that is positive definite as well.

    Returns
    -------
    ndarray, shape (..., k, k), float64
        Symmetric and positive definite.  It does not change when a constant is added to the grey values.

    Raises
    ------
    ValueError
        As :func:`region_features`, or if `ridge` is not positive.

    References
    ----------
    Tuzel, Porikli, Meer, Region covariance: a fast descriptor for detection and classification, European Conference on
    Computer Vision (2006), 589–600, doi:10.1007/11744047_45.

    Examples
    --------
    >>> import numpy as np
    >>> region_covariance(np.eye(8)).shape
    (7, 7)
    """
    if not 0 < ridge < np.inf:
        raise ValueError(f"ridge={ridge}: accepted is a small number > 0, it keeps a flat region's matrix positive")
    found = region_features(u, features=features)
    found = found.reshape(*found.shape[:-3], -1, len(features))
    found = found - found.mean(axis=-2, keepdims=True)
    return found.swapaxes(-1, -2) @ found / found.shape[-2] + ridge * np.eye(len(features))


def spd_eigen(m):
    """Eigenvalues and eigenvectors of symmetric positive definite matrices, after making sure that they are.

    Parameters
    ----------
    m : ndarray, shape (..., n, n), real
        Matrices; symmetric to within 1e-8 of their largest entry.

    Returns
    -------
    (ndarray, ndarray), shape (..., n) and (..., n, n), float64
        Ascending eigenvalues, all > 0, and eigenvectors as columns.

    Raises
    ------
    ValueError
        If a matrix is not square, not finite, not symmetric or not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> spd_eigen(np.diag([4.0, 1.0]))[0]
    array([1., 4.])
    """
    m = np.asarray(m)
    what = None
    if m.ndim < 2 or m.shape[-1] != m.shape[-2] or m.size == 0:
        what = f"shape {m.shape} is not square"
    elif m.dtype.kind not in "fiu" or not np.isfinite(m).all():
        what = "not all entries are finite real numbers"
    elif (abs(m - m.swapaxes(-1, -2)) > 1e-8 * abs(m).max(axis=(-2, -1), keepdims=True)).any():
        what = "not symmetric"
    else:
        values, vectors = np.linalg.eigh(m)
        if values.min() <= 0:
            what = f"an eigenvalue is {values.min():.2g}"
    if what:
        raise ValueError(f"{what}: a matrix logarithm needs symmetric positive definite matrices (chapter 5)")
    return values, vectors


def spd_log(m):
    """Logarithm of symmetric positive definite matrices: log(V diag(λ) Vᵀ) = V diag(log λ) Vᵀ.

    Parameters
    ----------
    m : ndarray, shape (..., n, n), real
        Symmetric, with positive eigenvalues.

    Returns
    -------
    ndarray, same shape, float64
        Symmetric; its matrix exponential is `m`.

    Raises
    ------
    ValueError
        If a matrix is not square, not finite, not symmetric or not positive definite.

    References
    ----------
    Arsigny, Fillard, Pennec, Ayache, Log-Euclidean metrics for fast and simple calculus on diffusion tensors, Magnetic
    Resonance in Medicine 56 (2006), 411–421, doi:10.1002/mrm.20965.

    Examples
    --------
    >>> import numpy as np
    >>> spd_log(np.diag([1.0, np.e])).round(12)
    array([[0., 0.],
           [0., 1.]])
    """
    values, vectors = spd_eigen(m)
    return (vectors * np.log(values)[..., None, :]) @ vectors.swapaxes(-1, -2)


def log_euclidean_distance(a, b):
    """Log-Euclidean distance of symmetric positive definite matrices: d(A, B) = ‖log A − log B‖_F.

    Parameters
    ----------
    a, b : ndarray, shapes (..., n, n) that broadcast, real
        One pair, or many at once along the leading axes.

    Returns
    -------
    float, or ndarray over the leading axes
        ≥ 0, and 0 for equal matrices alone.  It does not change when both are inverted, scaled by one factor, or turned
        by one rotation.

    Raises
    ------
    ValueError
        If a matrix is not square, not finite, not symmetric or not positive definite.

    References
    ----------
    Arsigny, Fillard, Pennec, Ayache, Log-Euclidean metrics for fast and simple calculus on diffusion tensors, Magnetic
    Resonance in Medicine 56 (2006), 411–421, doi:10.1002/mrm.20965.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(log_euclidean_distance(np.eye(3), np.e * np.eye(3))), 12)
    1.732050807569
    """
    return np.linalg.norm(spd_log(a) - spd_log(b), axis=(-2, -1))


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """Fréchet distance of two Gaussian distributions.

    d² = |μ_a − μ_b|² + tr(A + B − 2 (A^½ B A^½)^½), with A and B the covariances.

    Parameters
    ----------
    mean_a, mean_b : ndarray, shape (n,)
        Means.
    covariance_a, covariance_b : ndarray, shape (n, n)
        Symmetric, no negative eigenvalue; they may be singular.

    Returns
    -------
    float
        ≥ 0, in the unit of the features.  The "Fréchet inception distance" of the literature is its square.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a covariance is not symmetric or has a negative eigenvalue.

    References
    ----------
    Dowson, Landau, The Fréchet distance between multivariate normal distributions, Journal of Multivariate Analysis 12
    (1982), 450–455, doi:10.1016/0047-259X(82)90077-X.

    Examples
    --------
    >>> import numpy as np
    >>> frechet_distance(np.zeros(2), np.eye(2), np.array([3.0, 4.0]), np.eye(2))
    5.0
    >>> round(frechet_distance(np.zeros(1), 4 * np.eye(1), np.zeros(1), 9 * np.eye(1)), 12)
    1.0
    """
    mean_a, mean_b = np.asarray(mean_a, float), np.asarray(mean_b, float)
    covariance_a, covariance_b = np.asarray(covariance_a, float), np.asarray(covariance_b, float)
    n = mean_a.size
    if {mean_a.shape, mean_b.shape} != {(n,)} or {covariance_a.shape, covariance_b.shape} != {(n, n)}:
        shapes = ", ".join(str(x.shape) for x in (mean_a, covariance_a, mean_b, covariance_b))
        raise ValueError(f"shapes {shapes}: two means (n,) and two covariances (n, n) are accepted (chapter 5)")
    root = psd_power(covariance_a, 0.5)
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ psd_power(covariance_b, 1) @ root), 0)).sum()
    squared = np.sum((mean_a - mean_b) ** 2) + np.trace(covariance_a) + np.trace(covariance_b) - 2 * cross
    return float(np.sqrt(max(squared, 0.0)))


def psd_power(m, power):
    """A covariance to a power, after making sure that it is one."""
    size = abs(m).max(initial=0)
    if not np.isfinite(size) or (abs(m - m.T) > 1e-8 * size).any():
        raise ValueError("a covariance is symmetric and finite, this one is not (chapter 5)")
    values, vectors = np.linalg.eigh(m)
    if values.min() < -1e-8 * size:
        raise ValueError(f"an eigenvalue is {values.min():.2g}: a covariance has none below 0 (chapter 5)")
    return (vectors * np.maximum(values, 0) ** power) @ vectors.T
