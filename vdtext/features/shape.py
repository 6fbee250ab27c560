"""Shape: in which directions edges run, where (HOG), and seven numbers for the outline of a thing (Hu)."""

import cv2
import numpy as np

from vdtext.features.frames import as_bytes, grey

__all__ = ["hog", "hu_moments", "largest_contour", "orientation_histogram"]


def slopes(frame):
    """Size and direction of the slope, by differences over two pixels: 0 at the border, degrees within [0, 180)."""
    u = grey(frame).astype(np.float64)
    y, x = np.zeros(u.shape), np.zeros(u.shape)
    y[1:-1], x[:, 1:-1] = u[2:] - u[:-2], u[:, 2:] - u[:, :-2]
    return np.hypot(y, x), np.rad2deg(np.arctan2(y, x)) % 180


def sorted_angles(angle, bins):
    """The number of each angle's interval of 180°/bins; 180 itself, which rounding can make, is 0."""
    return np.minimum(angle * bins / 180, bins - 0.5).astype(np.int64) * (angle < 180)


def orientation_histogram(frame, *, bins=18):
    """In which directions the picture changes, each pixel counted by how steep it is there.

    .. math:: h_k = \\frac{\\sum_x |∇u(x)|\\, 1[θ(x) ∈ k]}{\\sum_x |∇u(x)|}

    θ is the direction of the slope, modulo 180°.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
    bins : int
        Intervals of 180°/bins.

    Returns
    -------
    ndarray, shape (bins,), float64
        The sum is 1; all 0 if nothing changes anywhere.

    References
    ----------
    Jain, Vailaya, Image retrieval using color and shape, Pattern Recognition 29 (1996), 1233–1244.

    Examples
    --------
    >>> orientation_histogram(np.tile([0.0, 0.5, 1.0], (3, 1)), bins=4).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    size, angle = slopes(frame)
    total = np.bincount(sorted_angles(angle, bins).ravel(), weights=size.ravel(), minlength=bins)
    return total / (total.sum() or 1)


def hog(frame, *, bins=9, cell=8, block=2):
    """Histograms of oriented gradients: one in each cell, normalised within each block of cells.

    .. math:: v ← v / \\sqrt{|v|^2 + ε^2},\\quad v ← \\min(v, 0.2),\\quad v ← v / \\sqrt{|v|^2 + ε^2}

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]
        At least one block; what is left over at the right and below is not used.
    bins : int
        Directions, of 180° in all.
    cell : int
        Height and width of a cell in pixels, even.
    block : int
        Height and width of a block in cells; blocks overlap, one begins at every cell.

    Returns
    -------
    ndarray, shape (rows − block + 1, columns − block + 1, block, block, bins), float64
        Within [0, 1].

    Raises
    ------
    ValueError
        If a cell is odd, or there is no room for a block (chapter 11).

    References
    ----------
    Dalal, Triggs, Histograms of oriented gradients for human detection, CVPR (2005), doi:10.1109/CVPR.2005.177.

    Examples
    --------
    >>> hog(np.eye(32)).shape
    (3, 3, 2, 2, 9)
    """
    size, angle = slopes(frame)
    rows, columns = (n // cell for n in size.shape)
    if cell % 2 or cell < 2 or min(rows, columns) < block:
        raise ValueError(f"shape {size.shape}, cell={cell}, block={block}: even cells, at least a block (chapter 11)")
    inside = np.s_[: rows * cell, : columns * cell]
    where = np.add.outer(np.arange(rows * cell) // cell * columns, np.arange(columns * cell) // cell)
    place = where * bins + sorted_angles(angle[inside], bins)
    cells = np.bincount(place.ravel(), weights=size[inside].ravel(), minlength=rows * columns * bins)
    cells = cells.reshape(rows, columns, bins) / cell**2
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(0, 1))
    v = np.moveaxis(blocks, 2, -1)
    for _ in range(2):
        v = v / np.sqrt((v**2).sum(axis=(2, 3, 4), keepdims=True) + 1e-10)
        clipped, v = v, np.minimum(v, 0.2)
    return clipped


def largest_contour(frame):
    """The outline that encloses most, after Otsu's threshold; of the two sides of the threshold the rarer one.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, 3), uint8 or float in [0, 1]

    Returns
    -------
    ndarray, shape (N, 2), int32
        Points (column, row), as OpenCV has them; N is 0 if nothing stands out.

    References
    ----------
    Suzuki, Abe, Topological structural analysis of digitized binary images by border following, Computer Vision,
    Graphics, and Image Processing 30 (1985), 32–46.

    Examples
    --------
    >>> frame = np.zeros((9, 9), np.uint8); frame[2:5, 3:7] = 200
    >>> largest_contour(frame).min(axis=0).tolist(), largest_contour(frame).max(axis=0).tolist()
    ([3, 2], [6, 4])
    """
    _, binary = cv2.threshold(as_bytes(grey(frame)), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    binary = ~binary if (binary > 0).mean() > 0.5 else binary
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2), np.int32)
    return max(contours, key=cv2.contourArea)[:, 0]


def hu_moments(contour):
    """Hu's seven numbers of an outline, which a shift, a scaling and a turn leave as they are, on a logarithmic scale.

    .. math:: h_k = −\\operatorname{sign}(φ_k) \\log_{10} |φ_k|

    The seventh changes its sign in a mirror.

    Parameters
    ----------
    contour : ndarray, shape (N, 2), int32 or float32
        Of :func:`largest_contour`, or a polygon.

    Returns
    -------
    ndarray, shape (7,), float64
        0 where φ is smaller than 1e-30, and everywhere if nothing is enclosed.

    References
    ----------
    Hu, Visual pattern recognition by moment invariants, IRE Trans. Information Theory 8 (1962),
    doi:10.1109/TIT.1962.1057692.

    Examples
    --------
    >>> square = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    >>> hu_moments(square).round(2).tolist() == hu_moments(3 * square + 5).round(2).tolist()
    True
    """
    if len(contour) < 3:
        return np.zeros(7)
    phi = cv2.HuMoments(cv2.moments(np.asarray(contour, np.float32)[:, None])).ravel()
    tiny = abs(phi) < 1e-30
    return np.where(tiny, 0, -np.sign(phi) * np.log10(np.where(tiny, 1, abs(phi))))
