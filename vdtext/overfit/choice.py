"""Weights are rate: how finely each tensor is rounded is decided by what it costs and what it spoils."""

import numpy as np

from vdtext.motion import compensate
from vdtext.overfit.coder import HIGHEST, LOWEST, write_message
from vdtext.overfit.network import BLOCK, Network, Tensor, shapes, synthesise

__all__ = ["chosen", "rounded"]

FIRST = {"arm": 5, "taps": 7, "synthesis 1": 1, "synthesis direct": 1, "synthesis bias": 1, "synthesis": 6}
"""Precisions to begin with."""


def precision_of(name):
    """The precision that a tensor begins with.

    Parameters
    ----------
    name : str

    Returns
    -------
    int

    Examples
    --------
    >>> precision_of("arm 1")
    5
    """
    return FIRST.get(name, FIRST[name.split()[0]])


def rounded(values, precision):
    """A tensor of the multiples of 2⁻ᵏ nearest to given numbers.

    Parameters
    ----------
    values : ndarray, float
    precision : int
        k.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> rounded(np.array([0.3, -1.0]), 2).numbers.tolist()
    [1, -4]
    """
    return Tensor(np.rint(np.asarray(values, float) * 2.0**precision).astype(np.int64), precision)


def chosen(values, shape, grids, frames, fields, *, lam, after=None):
    """The precision of each tensor, one after the other, twice around, as long as D + λR falls.

    R are the bytes of the whole message, D the error of the decoded frames: nothing is estimated.

    Parameters
    ----------
    values : dict of str to ndarray
        Weights that gradient descent found.
    shape : Shape
    grids : list of list of ndarray
        Latents of all frames.
    frames : ndarray, shape (T, H, W), uint8
        What is wanted.
    fields : list of ndarray
        Vectors of each predicted frame.
    lam : float
        λ.
    after : ndarray, optional
        A frame before the first.

    Returns
    -------
    Network

    Examples
    --------
    >>> from vdtext.overfit.network import Shape
    >>> shape = Shape(1, 1, 1, False)
    >>> found = chosen(shapes(shape), shape, [[np.zeros((8, 8), int)]], np.full((1, 8, 8), 128, np.uint8), [], lam=50)
    >>> found.tensors["synthesis 3"].floats()[0, 4]
    np.float64(1.0)
    """
    values = {name: np.asarray(values[name], float) for name in shapes(shape)}
    precisions = {name: precision_of(name) for name in values}
    made = {name: rounded(values[name], k) for name, k in precisions.items()}
    error, best = None, np.inf
    for _ in range(2):
        for name in values:
            for by in (-1, 1):
                better = True
                while better:
                    k = precisions[name] + by * (best < np.inf)
                    if not LOWEST <= k <= HIGHEST:
                        break
                    trial = {**made, name: rounded(values[name], k)}
                    network = Network(shape, trial)
                    if (seen := error) is None or not name.startswith("arm"):
                        seen = distortion(network, grids, frames, fields, after)
                    spent = rate(network, grids) / frames.size
                    better = seen + lam * spent < best
                    if better:
                        best, error, made, precisions[name] = seen + lam * spent, seen, trial, k
    return Network(shape, made)


def rate(network, grids):
    """Bits of the message; infinite if the format cannot say one of its weights."""
    try:
        return 8 * len(write_message(network, grids))
    except ValueError:
        return np.inf


def distortion(network, grids, frames, fields, after=None):
    """Mean squared error of the frames that the decoder will show; infinite if its sums could overflow."""
    total, shown, fields = 0.0, after, list(fields)
    for number, wanted in enumerate(frames):
        known = None if shown is None else compensate(shown, fields.pop(0), block=BLOCK)
        try:
            shown = synthesise(grids[number], network, known)
        except ValueError:
            return np.inf
        total += float(((shown.astype(float) - wanted) ** 2).mean())
    return total / len(frames)
