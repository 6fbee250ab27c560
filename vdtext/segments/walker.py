"""The random walker: who starts here, whose scribble does he reach first?  Chapter 8's solver knows."""

from dataclasses import dataclass, replace

import numpy as np

from vdtext import inpaint

__all__ = ["Walk", "edge_conductances", "random_walk"]

LEAST = 1e-10  # of a conductance: nothing is cut off altogether


@dataclass(frozen=True)
class Walk:
    """What a random walk says of each pixel.

    Attributes
    ----------
    labels : ndarray, shape (H, W), int
        The label that is most probable; of equals the smallest.
    probabilities : ndarray, shape (K, H, W), float64
        Of each label; within [0, 1], their sum is 1.
    names : tuple of int
        The K labels, ascending.

    Examples
    --------
    >>> random_walk(np.zeros((1, 3)), [[1, 0, 2]]).probabilities[:, 0].round(6).tolist()
    [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]
    """

    labels: np.ndarray
    probabilities: np.ndarray
    names: tuple


def edge_conductances(frame, *, beta):
    """How well each edge between neighbours conducts: badly where the picture changes.

    .. math:: g_{ij} = \\exp\\Bigl(−\\frac{β}{10\\, s \\sqrt{C}} \\sum_c (u_{c,i} − u_{c,j})^2\\Bigr) + 10^{−10}

    s is the standard deviation of the whole picture, C the number of its channels: the unit of scikit-image.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, C), uint8 or float in [0, 1]
    beta : float
        β ≥ 0: how strictly edges are kept.

    Returns
    -------
    (ndarray, ndarray)
        To the right neighbour, shape (H, W − 1), and to the one below, shape (H − 1, W); within (0, 1].

    Raises
    ------
    ValueError
        If the frame has another type or shape, or beta is negative (chapter 11).

    References
    ----------
    Grady, Random walks for image segmentation, IEEE Trans. Pattern Analysis and Machine Intelligence 28 (2006),
    doi:10.1109/TPAMI.2006.233.

    Examples
    --------
    >>> right, down = edge_conductances(np.array([[0.0, 0.0, 1.0]]), beta=10.0)
    >>> right.round(2).tolist()
    [[1.0, 0.12]]
    """
    u = np.asarray(frame)
    if u.ndim not in (2, 3) or (u.dtype != np.uint8 and u.dtype.kind != "f") or not beta >= 0:
        raise ValueError(
            f"{u.dtype} frame of shape {u.shape}, beta={beta}: accepted are uint8 or float, (H, W) or (H, W, C), and a "
            "beta of at least 0 (chapter 11)"
        )
    u = u / 255 if u.dtype == np.uint8 else u.astype(np.float64)
    u = u[..., None] if u.ndim == 2 else u
    scale = beta / (10 * (float(u.std()) or 1.0) * np.sqrt(u.shape[2]))
    return tuple(np.exp(-scale * (np.diff(u, axis=axis) ** 2).sum(axis=2)) + LEAST for axis in (1, 0))


def random_walk(frame, seeds, *, beta=130.0, solver="direct", tolerance=1e-9):
    """Segment a frame from scribbles: at each pixel the probability that a random walk reaches each label first.

    .. math:: \\sum_{j ∼ i} g_{ij} (p_j − p_i) = 0

    wherever nothing is scribbled; there p is 1 on its own scribbles and 0 on the others.  It is the steady state of a
    diffusion with conductances, and chapter 8's solvers solve it; one factorisation serves all labels.

    Parameters
    ----------
    frame : array_like, shape (H, W) or (H, W, C), uint8 or float in [0, 1]
    seeds : array_like, shape (H, W), int
        The label of each scribbled pixel, from 1 up; 0 elsewhere.
    beta : float
        As for :func:`edge_conductances`.
    solver : {"direct", "conjugate gradients", "multigrid"}
        Conductances differ by up to 10¹⁰.  Only the first does not mind; the other two are for a small beta.
    tolerance : float
        Of multigrid.

    Returns
    -------
    Walk

    Raises
    ------
    ValueError
        If the shapes differ, nothing is scribbled, or a label is negative (chapter 11).

    References
    ----------
    Grady, Random walks for image segmentation, IEEE Trans. Pattern Analysis and Machine Intelligence 28 (2006),
    doi:10.1109/TPAMI.2006.233.

    Examples
    --------
    >>> frame = np.repeat([[0.2, 0.2, 0.2, 0.8, 0.8, 0.8]], 3, axis=0)
    >>> seeds = np.zeros((3, 6), int); seeds[1, 0], seeds[1, 5] = 1, 2
    >>> random_walk(frame, seeds).labels[0].tolist()
    [1, 1, 1, 2, 2, 2]
    """
    conductances, seeds = edge_conductances(frame, beta=beta), np.asarray(seeds)
    if seeds.shape != np.shape(frame)[:2] or seeds.dtype.kind not in "iu" or seeds.min() < 0 or not seeds.any():
        raise ValueError(
            f"{seeds.dtype} seeds of shape {seeds.shape}: one label a pixel of the frame, 0 where nothing is "
            "scribbled, and something is (chapter 11)"
        )
    names = np.unique(seeds[seeds > 0])
    values = (seeds == names[1:, None, None]).astype(np.float64)
    if solver == "direct" or not len(values):
        p = steady_states(values, seeds > 0, conductances)
    else:
        options = {"solver": solver, "conductances": conductances, "tolerance": tolerance}
        p = inpaint.inpaint(values, seeds > 0, **options)
    p = np.concatenate([1 - p.sum(axis=0, keepdims=True), p]).clip(0, 1)
    return Walk(names[np.argmax(p, axis=0)], p, tuple(names.tolist()))


def steady_states(values, mask, conductances):
    """Several pictures from the same stored pixels: :func:`vdtext.inpaint.direct` with one right-hand side for each.

    Parameters
    ----------
    values : ndarray, shape (N, H, W), float
    mask : ndarray, shape (H, W), bool
    conductances : (ndarray, ndarray)
        Of :func:`edge_conductances`.

    Returns
    -------
    ndarray, shape (N, H, W), float64

    Examples
    --------
    >>> ends = np.array([[[0.0, 0.0, 1.0]], [[4.0, 0.0, 2.0]]])
    >>> steady_states(ends, np.array([[True, False, True]]), (np.ones((1, 2)), np.ones((0, 3))))[:, 0, 1].tolist()
    [0.5, 3.0]
    """
    if not len(values):
        return values
    matrix = inpaint.laplacian_matrix(mask.shape, conductances)
    systems = [inpaint.assemble(matrix, one, mask) for one in values]
    together = replace(systems[0], right=np.stack([system.right for system in systems], axis=1))
    return np.stack([s.picture(u) for s, u in zip(systems, inpaint.direct(together).T, strict=True)])
