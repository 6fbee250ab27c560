"""The discrete cosine transform: of blocks, as JPEG has it, or of a whole picture."""

import numpy as np

__all__ = ["dct", "dct_blocks", "dct_matrix", "inverse_dct", "inverse_dct_blocks"]


def dct_matrix(n):
    """The orthonormal DCT-II: row k is a cosine of k half-waves.

    .. math:: C_{kj} = √{(2 − [k=0])/n} cos(π k (j + 1/2)/n)

    Parameters
    ----------
    n : int
        Samples, >= 1.

    Returns
    -------
    ndarray, shape (n, n), float64
        C Cᵀ = 1.

    References
    ----------
    Ahmed, Natarajan, Rao, Discrete cosine transform, IEEE Trans. Computers (1974), doi:10.1109/T-C.1974.223784.

    Examples
    --------
    >>> dct_matrix(2).round(3).tolist()
    [[0.707, 0.707], [0.707, -0.707]]
    """
    k, j = np.arange(n)[:, None], np.arange(n)
    scale = np.sqrt(np.where(k == 0, 1, 2) / n)
    return scale * np.cos(np.pi * k * (j + 0.5) / n)


def dct(x):
    """The two-dimensional DCT of whole pictures, X = C x Cᵀ.

    Parameters
    ----------
    x : ndarray, shape (..., H, W), floats
        Pictures.

    Returns
    -------
    ndarray, same shape and dtype

    Examples
    --------
    >>> abs(dct(np.ones((2, 4)))).round(3).tolist()
    [[2.828, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    down, side = (dct_matrix(n).astype(x.dtype) for n in x.shape[-2:])
    return down @ x @ side.T


def inverse_dct(y):
    """Undo :func:`dct`, x = Cᵀ X C.

    Parameters
    ----------
    y : ndarray, shape (..., H, W), floats
        Coefficients.

    Returns
    -------
    ndarray, same shape and dtype

    Examples
    --------
    >>> abs(inverse_dct(dct(np.eye(2)))).round(3).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    down, side = (dct_matrix(n).astype(y.dtype) for n in y.shape[-2:])
    return down.T @ y @ side


def dct_blocks(x, size=8):
    """The DCT of each block; a picture that is no multiple of the blocks repeats its last row and column.

    Parameters
    ----------
    x : ndarray, shape (H, W), floats
        A picture.
    size : int
        Of a block, in pixels.

    Returns
    -------
    ndarray, shape (⌈H/size⌉, ⌈W/size⌉, size, size), dtype of `x`
        Block row, block column, vertical and horizontal frequency.

    Examples
    --------
    >>> dct_blocks(np.full((9, 16), 2.0))[1, 0, 0, 0].round(6)
    np.float64(16.0)
    """
    h, w = x.shape
    x = np.pad(x, ((0, -h % size), (0, -w % size)), mode="edge")
    return dct(x.reshape(-(-h // size), size, -(-w // size), size).swapaxes(1, 2))


def inverse_dct_blocks(y, shape):
    """Undo :func:`dct_blocks`.

    Parameters
    ----------
    y : ndarray, shape (rows, columns, size, size), floats
        Coefficients.
    shape : (int, int)
        Of the picture.

    Returns
    -------
    ndarray, shape `shape`

    Examples
    --------
    >>> x = np.arange(30.0).reshape(5, 6)
    >>> bool(np.allclose(inverse_dct_blocks(dct_blocks(x, 4), (5, 6)), x))
    True
    """
    rows, columns, size, _ = y.shape
    x = inverse_dct(y).swapaxes(1, 2).reshape(rows * size, columns * size)
    return x[: shape[0], : shape[1]]
