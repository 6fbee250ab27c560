"""Prediction from vectors: block by block, or with windows that overlap; from one reference or from two."""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.motion.blocks import corner

__all__ = ["copy_blocks", "fetch", "overlapped"]


@njit(forceinline=True)
def fetch(planes, y, x, v, u, frame_height, out):
    """Copy the prediction of a block, of the size of `out`.

    Parameters
    ----------
    planes : ndarray, shape (4, 4, H + 2P, W + 2P), uint8
        :func:`vdtext.fast.motion.phases` of the reference.
    y, x : int
        First row and column of the block in the frame; it may lie partly outside.
    v, u : int
        Vector in quarter pixels.
    frame_height : int
        H, from which the margin follows.
    out : ndarray, shape (h, w), any type of integers
        Overwritten.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> out = np.empty((1, 2), np.uint8)
    >>> fetch(phases(np.array([[1, 2, 3, 4]], np.uint8), 8), 0, 0, 0, 8, 1, out)
    >>> out.tolist()
    [[3, 4]]
    """
    margin = (planes.shape[2] - frame_height) // 2
    plane = planes[v & 3, u & 3]
    top = corner(y, v, margin, out.shape[0], plane.shape[0])
    left = corner(x, u, margin, out.shape[1], plane.shape[1])
    for i in range(out.shape[0]):
        source, target = plane[top + i, left : left + out.shape[1]], out[i]
        for j in range(target.size):
            target[j] = source[j]


@njit
def copy_blocks(planes, vectors, block, out):
    """Predict a frame block by block.

    Parameters
    ----------
    planes : ndarray, shape (4, 4, H + 2P, W + 2P), uint8
        Of the reference.
    vectors : ndarray, shape (rows, columns, 2), int32
        In quarter pixels.
    block : int
        Side of the blocks.
    out : ndarray, shape (H, W), uint8 or int16
        Overwritten.

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> out = np.empty((1, 4), np.uint8)
    >>> vectors = np.array([[[0, 4], [0, -4]]], np.int32)
    >>> copy_blocks(phases(np.array([[1, 2, 3, 4]], np.uint8), 8), vectors, 2, out)
    >>> out.tolist()
    [[2, 3, 2, 3]]
    """
    h, w = out.shape
    for i in range(vectors.shape[0]):
        for j in range(vectors.shape[1]):
            y, x = i * block, j * block
            part = out[y : min(y + block, h), x : min(x + block, w)]
            fetch(planes, y, x, vectors[i, j, 0], vectors[i, j, 1], h, part)


@njit
def overlapped(planes_a, planes_b, vectors_a, vectors_b, modes, window, out):
    """Predict a frame with windows that overlap: every pixel is a weighted mean of what four vectors say of it.

    .. math:: p(y, x) = (Σ_k w_k(y, x) r_k(y + v_k, x + u_k) + 2b²) / 4b², rounded down

    A window reaches half a block beyond its block on each side.  In one direction two windows overlap and their
    weights sum to 2b; in the plane, four, and 4b².  Beyond the border the vectors are repeated.

    Parameters
    ----------
    planes_a, planes_b : ndarray, shape (4, 4, H + 2P, W + 2P), uint8
        Of both references; the same twice where there is one.
    vectors_a, vectors_b : ndarray, shape (rows, columns, 2), int32
        One a block in either, in quarter pixels; rows·b >= H, columns·b >= W.
    modes : ndarray, shape (rows, columns), uint8
        0: predicted from a; 1: from b; 2: from the mean of both, halves rounded up.
    window : ndarray, shape (2b,), uint8
        Weights with window[i] + window[i + b] = 2b, b a power of two: :func:`vdtext.motion.window`.
    out : ndarray, shape (H, W), uint8 or int16
        Overwritten.

    References
    ----------
    Orchard, Sullivan, Overlapped block motion compensation: an estimation-theoretic approach, IEEE Trans. Image
    Processing 3 (1994).

    Examples
    --------
    >>> from vdtext.fast.motion.planes import phases
    >>> planes, out = phases(np.full((4, 4), 9, np.uint8), 16), np.empty((4, 4), np.uint8)
    >>> vectors, modes = np.zeros((2, 2, 2), np.int32), np.zeros((2, 2), np.uint8)
    >>> overlapped(planes, planes, vectors, vectors, modes, np.array([1, 3, 3, 1], np.uint8), out)
    >>> out.min(), out.max()
    (np.uint8(9), np.uint8(9))
    """
    h, w = out.shape
    rows, columns = modes.shape
    b = window.size // 2
    half, shift = b // 2, 0
    while 1 << shift < 4 * b * b:
        shift += 1
    rooms = np.empty((4, b, b), np.uint8)
    other = np.empty((b, b), np.uint8)
    line = np.empty(b, np.uint8)
    for i in range(rows + 1):
        for j in range(columns + 1):
            y, x = i * b - half, j * b - half
            if y >= h or x >= w:
                continue
            for k in range(4):
                m, n = min(max(i - 1 + k // 2, 0), rows - 1), min(max(j - 1 + k % 2, 0), columns - 1)
                a, c = vectors_a[m, n], vectors_b[m, n]
                if modes[m, n] != 1:
                    fetch(planes_a, y, x, a[0], a[1], h, rooms[k])
                else:
                    fetch(planes_b, y, x, c[0], c[1], h, rooms[k])
                if modes[m, n] == 2:
                    fetch(planes_b, y, x, c[0], c[1], h, other)
                    _mean(rooms[k], other)
            first, last = max(-x, 0), min(b, w - x)
            for r in range(max(-y, 0), min(b, h - y)):
                _mix(rooms[0, r], rooms[1, r], rooms[2, r], rooms[3, r], window[b + r], window[r], window, shift, line)
                for s in range(first, last):
                    out[y + r, x + s] = line[s]


@njit(forceinline=True)
def _mean(a, b):
    """a = (a + b + 1) / 2, rounded down."""
    for i in range(a.shape[0]):
        one, two = a[i], b[i]
        for j in range(one.size):
            one[j] = (np.int32(one[j]) + np.int32(two[j]) + 1) >> 1


@njit(forceinline=True)
def _mix(p0, p1, p2, p3, above, below, window, shift, out):
    """One row of four predictions under their windows."""
    b = out.size
    half = 1 << (shift - 1)
    for s in range(out.size):
        left, right = np.int32(window[b + s]), np.int32(window[s])
        up, down = np.int32(left * p0[s] + right * p1[s]), np.int32(left * p2[s] + right * p3[s])
        out[s] = (np.int32(above) * up + np.int32(below) * down + half) >> shift
