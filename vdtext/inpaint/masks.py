"""Which pixels to store: at random, on a grid, where the Laplacian is large, and by trying."""

import numpy as np

from vdtext import heat
from vdtext._progress import progress
from vdtext.inpaint.dithering import dither
from vdtext.inpaint.filling import inpaint

__all__ = ["densified_mask", "dithered_mask", "random_mask", "regular_mask", "sparsified_mask"]


def _count(shape, density):
    """How many pixels a density is; at least one."""
    if not 0 < density <= 1:
        raise ValueError(f"density={density}: accepted is above 0 and at most 1 (chapter 8)")
    return max(1, round(density * shape[0] * shape[1]))


def random_mask(shape, density, *, seed):
    """Pixels drawn at random, all alike.

    Parameters
    ----------
    shape : (int, int)
    density : float
        Share of pixels, above 0 and at most 1.
    seed : int

    Returns
    -------
    ndarray, shape (H, W), bool

    Examples
    --------
    >>> int(random_mask((10, 10), 0.1, seed=0).sum())
    10
    """
    mask = np.zeros(shape[0] * shape[1], bool)
    mask[np.random.default_rng(seed).permutation(mask.size)[: _count(shape, density)]] = True
    return mask.reshape(shape)


def regular_mask(shape, density):
    """A square grid of pixels, as near to a density as whole rows allow.

    Parameters
    ----------
    shape : (int, int)
    density : float
        Share of pixels, above 0 and at most 1.

    Returns
    -------
    ndarray, shape (H, W), bool

    Examples
    --------
    >>> regular_mask((4, 4), 0.25).astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1]]
    """
    _count(shape, density)
    mask = np.zeros(shape, bool)
    counts = [max(1, round(n * density**0.5)) for n in shape]
    rows, columns = (np.arange(0.5, count) * n / count for n, count in zip(shape, counts, strict=True))
    mask[np.ix_(rows.astype(int), columns.astype(int))] = True
    return mask


def dithered_mask(picture, density, *, smoothing=0.5, fast=True):
    """Store where the Laplacian is large: the density of pixels follows |Δu|, best for the homogeneous operator.

    .. math:: \\rho(x) ∝ |Δ u_σ(x)|

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
        Any range.
    density : float
        Share of pixels, above 0 and at most 1; reached to about a percent.
    smoothing : float
        Diffusion time in pixel² before the Laplacian is taken.
    fast : bool
        With the compiled twin of :func:`dither`.

    Returns
    -------
    ndarray, shape (H, W), bool

    References
    ----------
    Belhachmi, Bucur, Burgeth, Weickert, How to choose interpolation data in images, SIAM J. Applied Mathematics 70
    (2009).

    Examples
    --------
    >>> step = np.tile(np.repeat([0.0, 1.0], 8), (16, 1))
    >>> dithered_mask(step, 0.125)[:, 5:11].sum() / dithered_mask(step, 0.125).sum() > 0.9
    np.True_
    """
    from vdtext.fast.inpaint import raster

    wanted = _count(np.shape(picture), density)
    strength = abs(heat.laplacian(heat.diffuse(np.asarray(picture, float), smoothing)))
    strength = strength + 1e-6 * max(strength.max(), 1)
    scale, best = wanted / strength.sum(), None
    for _ in range(30):  # shares end at 1: scale the others up
        scale *= wanted / np.minimum(1, strength * scale).sum()
    for _ in range(6):  # what is rounded away at the border is lost: once more, with a little more
        mask = (raster.dither if fast else dither)(np.minimum(1, strength * scale))
        count = max(1, int(mask.sum()))
        if best is None or abs(count - wanted) < abs(int(best.sum()) - wanted):
            best = mask
        scale *= wanted / count
    return best


def sparsified_mask(picture, density, *, seed, candidates=0.1, removed=0.5, operator="homogeneous", **options):
    """Begin with all pixels; again and again leave some out by chance, and put back those that are missed most.

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
    density : float
        Share of pixels, above 0 and at most 1.
    seed : int
    candidates : float
        Share of the mask that is left out in a round.
    removed : float
        Share of these that stay out: those whose own error is least.
    operator, **options
        As for :func:`vdtext.inpaint.inpaint`.

    Returns
    -------
    ndarray, shape (H, W), bool

    References
    ----------
    Mainberger et al., Optimising spatial and tonal data for homogeneous diffusion inpainting, Scale Space and
    Variational Methods (2011).

    Examples
    --------
    >>> int(sparsified_mask(np.eye(8), 0.25, seed=0).sum())
    16
    """
    picture, rng, mask = np.asarray(picture, float), np.random.default_rng(seed), np.ones(np.shape(picture), bool)
    wanted = _count(mask.shape, density)
    rounds = int(np.ceil(np.log(density) / np.log(1 - candidates * removed))) + 1
    for _ in progress(range(4 * rounds + 40), "sparsifying"):
        count = int(mask.sum())
        if count <= wanted:
            break
        trial = rng.permutation(np.flatnonzero(mask))[: max(1, min(count - 1, round(candidates * count)))]
        mask.flat[trial] = False
        error = abs(inpaint(picture, mask, operator=operator, tolerance=1e-4, **options) - picture).flat[trial]
        out = min(count - wanted, max(1, round(removed * len(trial))))
        mask.flat[trial[np.argsort(error, kind="stable")[out:]]] = True
    return mask


def densified_mask(picture, density, *, seed, rounds=40, candidates=0.3, operator="homogeneous", **options):
    """Begin with a few pixels; again and again store those of a random sample that are most wrong.

    Parameters
    ----------
    picture : ndarray, shape (H, W), float
    density : float
        Share of pixels, above 0 and at most 1.
    seed : int
    rounds : int
        How often.
    candidates : float
        Share of the other pixels among which is chosen.
    operator, **options
        As for :func:`vdtext.inpaint.inpaint`.

    Returns
    -------
    ndarray, shape (H, W), bool

    References
    ----------
    Adam, Peter, Weickert, Denoising by inpainting, Scale Space and Variational Methods (2017).

    Examples
    --------
    >>> int(densified_mask(np.eye(8), 0.25, seed=0).sum())
    16
    """
    picture, rng = np.asarray(picture, float), np.random.default_rng(seed)
    wanted = _count(picture.shape, density)
    mask = random_mask(picture.shape, max(1, round(wanted / (rounds + 1))) / picture.size, seed=seed)
    for k in progress(range(1, rounds + 1), "densifying"):
        error = abs(inpaint(picture, mask, operator=operator, tolerance=1e-4, **options) - picture)
        more = round(wanted * (k + 1) / (rounds + 1)) - int(mask.sum())
        others = rng.permutation(np.flatnonzero(~mask))
        others = others[: max(more, round(candidates * len(others)))]
        mask.flat[others[np.argsort(-error.flat[others], kind="stable")[: max(0, more)]]] = True
    return mask
