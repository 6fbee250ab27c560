"""Error diffusion: grey becomes black and white, and no grey is lost."""

import numpy as np

__all__ = ["dither"]


def dither(shares):
    """Floyd–Steinberg error diffusion: shares between 0 and 1 become zeros and ones, what is rounded away goes on.

    Parameters
    ----------
    shares : ndarray, shape (H, W), float64
        Changed in place.

    Returns
    -------
    ndarray, shape (H, W), bool

    References
    ----------
    Floyd, Steinberg, An adaptive algorithm for spatial grey scale, Proc. Society for Information Display 17 (1976).

    Examples
    --------
    >>> int(dither(np.full((8, 8), 0.25)).sum())
    15
    """
    h, w = shares.shape
    mask = np.zeros((h, w), np.bool_)
    for y in range(h):
        ahead = 1 if y % 2 == 0 else -1  # as an ox ploughs
        for i in range(w):
            x = i if ahead == 1 else w - 1 - i
            mask[y, x] = shares[y, x] >= 0.5
            error = shares[y, x] - mask[y, x]
            beside, behind = 0 <= x + ahead < w, 0 <= x - ahead < w
            if beside:
                shares[y, x + ahead] += error * 7 / 16
            if y + 1 < h:
                shares[y + 1, x] += error * 5 / 16
                if behind:
                    shares[y + 1, x - ahead] += error * 3 / 16
                if beside:
                    shares[y + 1, x + ahead] += error * 1 / 16
    return mask
