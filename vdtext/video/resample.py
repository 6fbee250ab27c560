"""Other sizes of the same picture: resizing without aliasing, fitting a box, chroma down and up (chapter 2)."""

from fractions import Fraction

import cv2
import numpy as np
from scipy import sparse

__all__ = ["fit", "resampling_matrix", "resize", "subsample", "upsample"]

SCHEMES = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}  # how many luma rows and columns share one chroma sample


def resampling_matrix(old, new):
    """The matrix that resamples a line of `old` samples to `new`: row i holds the weights of output i.

    The weights are Keys' cubic (a = −1/2) around the output's centre (i + 1/2) old/new − 1/2, stretched by old/new when
    shrinking, which puts its cut-off at the new Nyquist frequency; lines continue by reflection about their ends.

    Parameters
    ----------
    old, new : int
        Numbers of samples, ≥ 1.

    Returns
    -------
    scipy.sparse.csr_array, shape (new, old), float64
        Every row sums to 1, so a constant stays itself; where new divides old every column sums to new/old, so the mean
        of any line stays itself.

    References
    ----------
    Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29(6), 1981,
    doi:10.1109/TASSP.1981.1163711.

    Examples
    --------
    >>> resampling_matrix(4, 2).toarray().round(3).tolist()
    [[0.547, 0.398, 0.102, -0.047], [-0.047, 0.102, 0.398, 0.547]]
    """
    stretch = max(old / new, 1.0)
    centre = (np.arange(new) + 0.5) * old / new - 0.5
    sample = np.floor(centre - 2 * stretch)[:, None] + np.arange(np.ceil(4 * stretch) + 2)
    x = np.abs(sample - centre[:, None]) / stretch
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weight = np.where(x < 1, near, np.where(x < 2, far, 0.0))
    weight /= weight.sum(1, keepdims=True)
    folded = sample % (2 * old)  # ... b a | a b c ... y z | z y ... has period 2·old
    column = np.where(folded < old, folded, 2 * old - 1 - folded)
    row = np.broadcast_to(np.arange(new)[:, None], weight.shape)
    return sparse.coo_array((weight.ravel(), (row.ravel(), column.ravel().astype(int))), shape=(new, old)).tocsr()


def resize(image, *, size):
    """The picture at another size, low-pass filtered first where it shrinks, so that nothing aliases.

    v = A_H u A_Wᵀ with the matrices of `resampling_matrix`.

    Parameters
    ----------
    image : ndarray, shape (H, W), (H, W, 3), (T, H, W) or (T, H, W, C), uint8 or float
        A picture or a clip.  Of three axes the last is colour if it has 3 entries; otherwise the first is time.
    size : (int, int)
        New height and width in pixels.  The aspect ratio is the caller's; see `fit`.

    Returns
    -------
    ndarray, same number of axes and dtype
        Bytes are rounded and clipped.  Floats are linear in `image`; a cubic overshoots a step by a few per cent.

    Raises
    ------
    ValueError
        If a side is below 1, or `image` is no picture or clip of bytes or floats (chapter 2).

    References
    ----------
    Keys (1981), see `resampling_matrix`.

    Examples
    --------
    >>> import numpy as np
    >>> stripes = np.tile([0.0, 1.0], (2, 8))
    >>> resize(stripes, size=(1, 8))[0, 2:6].round(3).tolist(), stripes[0, ::2][2:6].tolist()
    ([0.5, 0.5, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0])
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3, 4) or image.dtype not in (np.uint8, np.float32, np.float64) or 0 in image.shape:
        raise ValueError(
            f"{image.dtype} of shape {image.shape}: resize takes uint8 or floats, (H, W) to (T, H, W, C) (chapter 2)"
        )
    height, width = _size(size)
    still = image.ndim == 2 or (image.ndim == 3 and image.shape[-1] == 3)
    clip = image[None] if still else image
    work = np.float32 if image.dtype == np.uint8 else image.dtype
    down = resampling_matrix(clip.shape[1], height).astype(work)
    across = resampling_matrix(clip.shape[2], width).astype(work)
    out = np.empty((len(clip), height, width, *clip.shape[3:]), image.dtype)
    for frame, target in zip(clip, out, strict=True):
        lines = _along_first(down, frame.astype(work, copy=False))
        smooth = _along_first(across, lines.swapaxes(0, 1)).swapaxes(0, 1)
        target[:] = np.clip(np.rint(smooth), 0, 255) if image.dtype == np.uint8 else smooth
    return out[0] if still else out


def _along_first(matrix, array):
    """The sparse matrix applied to the first axis of `array`."""
    return (matrix @ array.reshape(len(array), -1)).reshape(-1, *array.shape[1:])


def _size(size):
    """(height, width) as two positive integers, or one clear line."""
    height, width = size
    if height != int(height) or width != int(width) or height < 1 or width < 1:
        raise ValueError(f"size={size}: it is (height, width), two whole numbers of at least 1 (chapter 2)")
    return int(height), int(width)


def fit(size, *, box, sample_aspect=1):
    """The largest even size inside a box that shows the picture undistorted on square pixels.

    height : width = H : W · sample_aspect, each rounded to the nearest even number within the box.

    Parameters
    ----------
    size : (int, int)
        Stored height and width in pixels.
    box : (int, int)
        Largest height and width wanted, each ≥ 2.
    sample_aspect : Fraction or int
        Width of a stored pixel over its height (`VideoInfo.sample_aspect`).

    Returns
    -------
    (int, int)
        Even height and width, fit for 4:2:0, at least 2 and at most the box.

    Raises
    ------
    ValueError
        If `box` cannot hold 2 × 2 pixels or a size is not positive (chapter 2).

    References
    ----------
    ITU-R BT.601-7 (2011): 720 stored samples a line, never square.

    Examples
    --------
    >>> from fractions import Fraction
    >>> fit((272, 640), box=(360, 480)), fit((480, 720), box=(480, 1000), sample_aspect=Fraction(8, 9))
    ((204, 480), (480, 640))
    """
    (height, width), (tallest, widest) = _size(size), _size(box)
    if tallest < 2 or widest < 2 or sample_aspect <= 0:
        raise ValueError(
            f"box={box}, sample_aspect={sample_aspect}: the box is at least (2, 2), the aspect positive (chapter 2)"
        )
    width *= Fraction(sample_aspect)
    scale = min(Fraction(tallest) / height, widest / width)
    return tuple(
        min(max(2 * round(side * scale / 2), 2), limit - limit % 2)
        for side, limit in ((height, tallest), (width, widest))
    )


def subsample(chroma, scheme):
    """Chroma at the resolution of a scheme, by the smallest filters that respect where its samples lie.

    A 4:2:0 sample lies, as in MPEG-2 and H.264, *on* the even luma column and *midway* between two rows: columns are
    weighted (1, 2, 1)/4 around the even one, the first reflected, and two rows are averaged.  4:2:2 halves the columns
    only.

    Parameters
    ----------
    chroma : ndarray, shape (..., H, W), uint8 or float
        One chroma plane, or a stack of them.
    scheme : {"420", "422", "444"}
        4:4:4 keeps every sample.

    Returns
    -------
    ndarray, shape (..., H/2, W/2), (..., H, W/2) or (..., H, W), same dtype
        Bytes are rounded once.

    Raises
    ------
    ValueError
        If the scheme is unknown, or a side that must be halved is odd (chapter 2).

    References
    ----------
    ITU-T H.264 (ISO/IEC 14496-10), annex E, chroma sample location type 0.

    Examples
    --------
    >>> import numpy as np
    >>> subsample(np.array([[0.0, 4.0, 8.0, 8.0], [0.0, 4.0, 8.0, 8.0]]), "420").tolist()
    [[2.0, 7.0]]
    """
    rows, columns = luma_steps(scheme)
    chroma = np.asarray(chroma)
    if chroma.shape[-2] % rows or chroma.shape[-1] % columns:
        height, width = chroma.shape[-2:]
        given = f"{height}×{width} has an odd side"
        raise ValueError(f"{given}: {dotted(scheme)} halves it and needs it even; crop or resize (chapter 2)")
    fine = chroma.astype(np.float32) if chroma.dtype == np.uint8 else chroma
    if rows == 2:
        fine = (fine[..., 0::2, :] + fine[..., 1::2, :]) / 2
    if columns == 2:
        even, right = fine[..., 0::2], fine[..., 1::2]
        left = np.concatenate([right[..., :1], right[..., :-1]], -1)
        fine = (left + 2 * even + right) / 4
    return np.rint(fine).astype(np.uint8) if chroma.dtype == np.uint8 else fine


def upsample(chroma, scheme):
    """Chroma at full resolution: linear interpolation between the places where `subsample` put the samples.

    Rows: (3 c_k + c_{k∓1})/4 above and below each sample; columns: c_k on the even ones and (c_k + c_{k+1})/2 on the
    odd ones; beyond an edge the last sample is repeated.

    Parameters
    ----------
    chroma : ndarray, shape (..., h, w), uint8 or float
        One subsampled plane, or a stack of them.
    scheme : {"420", "422", "444"}
        How it was subsampled.

    Returns
    -------
    ndarray, shape (..., 2h, 2w), (..., h, 2w) or (..., h, w), same dtype
        Bytes are rounded after each direction.

    Raises
    ------
    ValueError
        If the scheme is unknown (chapter 2).

    References
    ----------
    ITU-T H.264 (ISO/IEC 14496-10), annex E, chroma sample location type 0.

    Examples
    --------
    >>> import numpy as np
    >>> upsample(np.array([[0.0, 8.0]]), "422").tolist()
    [[0.0, 4.0, 8.0, 8.0]]
    """
    rows, columns = luma_steps(scheme)
    chroma = np.asarray(chroma)
    *stack, height, width = chroma.shape
    planes = [_double(plane, rows, columns) for plane in chroma.reshape(-1, height, width)]
    return np.stack(planes).reshape(*stack, rows * height, columns * width)


def _double(plane, rows, columns):
    """`upsample` for one plane, in OpenCV's vectorised parts (interleaving is merging two channels)."""
    if rows == 2:
        plane = cv2.resize(plane, (plane.shape[1], 2 * len(plane)), interpolation=cv2.INTER_LINEAR)
    if columns == 2:
        following = np.concatenate([plane[:, 1:], plane[:, -1:]], 1)
        plane = cv2.merge([plane, cv2.addWeighted(plane, 0.5, following, 0.5, 0)]).reshape(len(plane), -1)
    return plane


def luma_steps(scheme):
    """Luma rows and columns to one chroma sample."""
    if scheme not in SCHEMES:
        raise ValueError(f"scheme={scheme!r}: chroma is kept as '420', '422' or '444' (chapter 2)")
    return SCHEMES[scheme]


def dotted(scheme):
    """420 as 4:2:0."""
    return ":".join(scheme)
