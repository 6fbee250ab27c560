"""What stands between two pixels of a reference: HEVC's filters, readable."""

import numpy as np

__all__ = ["MARGIN", "TAPS", "phases"]

MARGIN = 40
"""Pixels of border around a plane, the border repeated: enough for blocks of 32 and vectors of any length."""
TAPS = np.array(
    [
        [0, 0, 0, 64, 0, 0, 0, 0],
        [-1, 4, -10, 58, 17, -5, 1, 0],
        [-1, 4, -11, 40, 40, -11, 4, -1],
        [0, 1, -5, 17, 58, -10, 4, -1],
    ]
)
"""64 times the weight of the pixels −3 … 4 for the phases 0, ¼, ½ and ¾."""


def phases(reference, *, margin=MARGIN):
    """The reference at every quarter pixel: plane [a, b] holds r(y + a/4, x + b/4).

    .. math:: h_b(y, x) = Σ_k c_{b,k} r(y, x + k),  r_{ab} = (⌊Σ_k c_{a,k} h_b(y + k, x) / 64⌋ + 32) / 64

    rounded down and clipped to 0 … 255; k runs from −3 to 4.  The twin :func:`vdtext.fast.motion.phases` writes the
    same bytes.

    Parameters
    ----------
    reference : ndarray, shape (H, W), uint8
        A frame that has been decoded.
    margin : int
        Pixels P of repeated border on each side.

    Returns
    -------
    ndarray, shape (4, 4, H + 2P, W + 2P), uint8

    References
    ----------
    Sullivan, Ohm, Han, Wiegand, Overview of the High Efficiency Video Coding (HEVC) standard, IEEE Trans. Circuits and
    Systems for Video Technology 22 (2012), doi:10.1109/TCSVT.2012.2221191.

    Examples
    --------
    >>> phases(np.array([[10, 10, 50, 50]], np.uint8), margin=0)[0, :, 0, 1]
    array([10, 18, 30, 42], dtype=uint8)
    """
    h, w = (n + 2 * margin for n in reference.shape)
    r = np.pad(reference.astype(np.int64), [(margin + 3, margin + 4)] * 2, mode="edge")
    across = [sum(c * r[:, k : k + w] for k, c in enumerate(taps)) for taps in TAPS]
    planes = np.empty((4, 4, h, w), np.uint8)
    for a, b in np.ndindex(4, 4):
        down = sum(c * across[b][k : k + h] for k, c in enumerate(TAPS[a])) >> 6
        planes[a, b] = np.clip((down + 32) >> 6, 0, 255)
    return planes
