"""The multigrid solver of chapter 8, compiled: twin of :mod:`vdtext.inpaint.multigrid`.

A level of the hierarchy has five arrays of its size: conductances to the right and downward neighbour, the conductance
to the ground, one over the diagonal (0 where nothing is to be found), and its own vectors.  All levels lie one behind
the other in flat arrays.  Only +, −, × and ÷ of float64 in a fixed order: every machine computes the same numbers.
"""

import numpy as np

from vdtext._jit import njit
from vdtext.fast.inpaint.flow import apply_operator

__all__ = [
    "conjugate",
    "hierarchy",
    "preconditioned",
    "residual",
    "sizes",
    "v_cycle",
]


def sizes(shape):
    """Heights, widths and places of the levels of a grid, halved until one cell is left.

    Parameters
    ----------
    shape : (int, int)
        Of the finest level.

    Returns
    -------
    ndarray, shape (levels + 1, 3), int64
        Rows (height, width, place of the first cell); the last row has the number of all cells as its place.

    Examples
    --------
    >>> sizes((3, 4)).tolist()
    [[3, 4, 0], [2, 2, 12], [1, 1, 16], [0, 0, 17]]
    """
    (h, w), rows, place = shape, [], 0
    while not rows or rows[-1][0] * rows[-1][1] > 1:
        rows.append((h, w, place))
        place, h, w = place + h * w, (h + 1) // 2, (w + 1) // 2
    return np.array([*rows, (0, 0, place)], np.int64)


@njit
def hierarchy(right, down, ground, free, plan):
    """Conductances of all levels: what leaves a block of 2 × 2 together, edges halved because they are twice as long.

    Parameters
    ----------
    right, down, ground : ndarray, shape (H, W), float64
        Conductances; those to the right of the last column and below the last row are 0.
    free : ndarray, shape (H, W), bool
        Pixels that are to be found.
    plan : ndarray
        Of :func:`sizes`.

    Returns
    -------
    ndarray, shape (4, cells), float64
        right, down, ground, one over the diagonal.

    Examples
    --------
    >>> ones = np.ones((1, 2)); right = np.array([[1.0, 0.0]]); free = np.array([[True, False]])
    >>> hierarchy(right, 0 * ones, 0 * ones, free, sizes((1, 2)))[2:].tolist()
    [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]
    """
    h, w = free.shape
    out = np.zeros((4, plan[-1, 2]))
    r, d, g, inverse = out[0], out[1], out[2], out[3]
    for y in range(h):
        for x in range(w):
            i = y * w + x
            if free[y, x]:
                g[i] += ground[y, x]
            if x + 1 < w:
                if free[y, x] and free[y, x + 1]:
                    r[i] = right[y, x]
                elif free[y, x]:
                    g[i] += right[y, x]
                elif free[y, x + 1]:
                    g[i + 1] += right[y, x]
            if y + 1 < h:
                if free[y, x] and free[y + 1, x]:
                    d[i] = down[y, x]
                elif free[y, x]:
                    g[i] += down[y, x]
                elif free[y + 1, x]:
                    g[i + w] += down[y, x]
    for k in range(plan.shape[0] - 1):
        h, w, place = plan[k]
        if k:
            fine_h, fine_w, fine = plan[k - 1]
            for y in range(fine_h):
                for x in range(fine_w):
                    i, j = fine + y * fine_w + x, place + (y >> 1) * w + (x >> 1)
                    g[j] += g[i]
                    if x & 1:
                        r[j] += 0.5 * r[i]
                    if y & 1:
                        d[j] += 0.5 * d[i]
        for y in range(h):
            for x in range(w):
                i = place + y * w + x
                total = g[i] + r[i] + d[i]
                if x:
                    total += r[i - 1]
                if y:
                    total += d[i - w]
                if total > 0:
                    inverse[i] = 1 / total
    return out


@njit
def _pull(u, b, r, d, i, y, x, h, w):
    """What comes into a cell: its right-hand side, and conductance times value over its edges."""
    total = b[i]
    if x:
        total += r[i - 1] * u[i - 1]
    if x + 1 < w:
        total += r[i] * u[i + 1]
    if y:
        total += d[i - w] * u[i - w]
    if y + 1 < h:
        total += d[i] * u[i + w]
    return total


@njit
def _sweep(u, b, levels, h, w, place, parity):
    """Gauss–Seidel on the cells of one colour of the chessboard."""
    r, d, inverse = levels[0], levels[1], levels[3]
    for y in range(h):
        row = place + y * w
        for x in range((y + parity) & 1, w, 2):
            i = row + x
            if inverse[i] == 0.0:
                continue
            total = _pull(u, b, r, d, i, y, x, h, w)
            u[i] = total * inverse[i]


@njit
def _restrict_residual(u, b, levels, h, w, place, coarse, coarse_w):
    """Sum b − A u over blocks of 2 × 2 into the right-hand side of the next level."""
    r, d, inverse = levels[0], levels[1], levels[3]
    for y in range(h):
        row = place + y * w
        for x in range(w):
            i = row + x
            if inverse[i] == 0.0:
                continue
            total = _pull(u, b, r, d, i, y, x, h, w)
            b[coarse + (y >> 1) * coarse_w + (x >> 1)] += total - u[i] / inverse[i]


@njit
def v_cycle(u, b, levels, plan, first):
    """One V-cycle from level `first` on: u is changed in place towards A u = b; what lies coarser is scratch.

    Parameters
    ----------
    u, b : ndarray, shape (cells,), float64
        Of all levels; u and b of level `first` are read.
    levels : ndarray
        Of :func:`hierarchy`.
    plan : ndarray
        Of :func:`sizes`.
    first : int
        The level to begin with.

    Examples
    --------
    >>> plan, ones = sizes((1, 1)), np.ones((1, 1))
    >>> u, b = np.zeros(1), np.array([3.0])
    >>> v_cycle(u, b, hierarchy(0 * ones, 0 * ones, 2 * ones, ones > 0, plan), plan, 0)
    >>> u.tolist()
    [1.5]
    """
    last = plan.shape[0] - 2
    for k in range(first, last):
        h, w, place = plan[k]
        _, coarse_w, coarse = plan[k + 1]
        end = plan[k + 2, 2]
        _sweep(u, b, levels, h, w, place, 0)
        _sweep(u, b, levels, h, w, place, 1)
        u[coarse:end] = 0.0
        b[coarse:end] = 0.0
        _restrict_residual(u, b, levels, h, w, place, coarse, coarse_w)
    i = plan[last, 2]
    u[i] = b[i] * levels[3, i]
    for k in range(last - 1, first - 1, -1):
        h, w, place = plan[k]
        _, coarse_w, coarse = plan[k + 1]
        for y in range(h):
            for x in range(w):
                i = place + y * w + x
                if levels[3, i] != 0.0:
                    u[i] += u[coarse + (y >> 1) * coarse_w + (x >> 1)]
        _sweep(u, b, levels, h, w, place, 1)
        _sweep(u, b, levels, h, w, place, 0)


@njit
def _cascade(u, b, levels, plan):
    """Full multigrid: solve the coarsest level, carry its solution one level up, improve it by a V-cycle, and so on."""
    last = plan.shape[0] - 2
    rhs = b.copy()
    for k in range(last):
        h, w, place = plan[k]
        _, coarse_w, coarse = plan[k + 1]
        rhs[coarse : plan[k + 2, 2]] = 0.0
        for y in range(h):
            for x in range(w):
                rhs[coarse + (y >> 1) * coarse_w + (x >> 1)] += rhs[place + y * w + x]
    u[plan[last, 2]] = rhs[plan[last, 2]] * levels[3, plan[last, 2]]
    for k in range(last - 1, -1, -1):
        h, w, place = plan[k]
        _, coarse_w, coarse = plan[k + 1]
        for y in range(h):
            for x in range(w):
                i = place + y * w + x
                u[i] = u[coarse + (y >> 1) * coarse_w + (x >> 1)] if levels[3, i] != 0.0 else 0.0
                b[i] = rhs[i]
        v_cycle(u, b, levels, plan, k)


@njit
def preconditioned(r, kind, levels, plan, u, b):
    """About A⁻¹ r: one V-cycle, or two for the square of the Laplacian.

    Parameters
    ----------
    r : ndarray, shape (H, W), float64
    kind : int
        As for :func:`apply_operator`.
    levels, plan : ndarray
        Of the hierarchy.
    u, b : ndarray, shape (cells,), float64
        Scratch; the result lies in the first cells of u.

    Examples
    --------
    >>> plan, ones = sizes((1, 1)), np.ones((1, 1)); u = np.zeros(1)
    >>> preconditioned(3 * ones, 0, hierarchy(0 * ones, 0 * ones, 2 * ones, ones > 0, plan), plan, u, np.zeros(1))
    >>> u.tolist()
    [1.5]
    """
    n = r.size
    b[:n] = r.ravel()
    u[:n] = 0.0
    v_cycle(u, b, levels, plan, 0)
    if kind == 1:
        b[:n] = u[:n]
        u[:n] = 0.0
        v_cycle(u, b, levels, plan, 0)


@njit
def _dot(a, b):
    total = 0.0
    for y in range(a.shape[0]):
        for x in range(a.shape[1]):
            total += a[y, x] * b[y, x]
    return total


@njit
def conjugate(e, r, ground, free, kind, right, down, tensor, levels, plan, target, most, start):
    """Conjugate gradients with V-cycles as preconditioner: solve (ground − L) e = r at the free pixels.

    Parameters
    ----------
    e, r : ndarray, shape (H, W), float64
        Written: the solution, 0 at pixels that are not free; changed in place: the right-hand side, then what is left.
    ground : ndarray, shape (H, W), float64
    free : ndarray, shape (H, W), bool
    kind, right, down, tensor
        As for :func:`apply_operator`.
    levels, plan
        Of :func:`hierarchy`, and :func:`sizes`.
    target : float
        Stop when the squared norm of what is left is no more than this.
    most : int
        Stop after so many cycles.
    start : bool
        Begin with full multigrid.

    Returns
    -------
    int
        Cycles.

    Examples
    --------
    >>> e, r, ones = np.zeros((1, 3)), np.array([[0.0, 4.0, 0.0]]), np.ones((1, 3)); right = np.array([[1.0, 1.0, 0.0]])
    >>> free, plan = np.array([[False, True, False]]), sizes((1, 3))
    >>> levels = hierarchy(right, 0 * ones, 0 * ones, free, plan)
    >>> conjugate(e, r, 0 * ones, free, 0, right, 0 * ones, np.zeros((3, 0, 0)), levels, plan, 1e-20, 9, True)
    0
    >>> e.tolist()
    [[0.0, 2.0, 0.0]]
    """
    h, w = e.shape
    n = h * w
    out, scratch = np.zeros((h, w)), np.zeros((h, w))
    cells, b = np.zeros(plan[-1, 2]), np.zeros(plan[-1, 2])
    for y in range(h):
        for x in range(w):
            e[y, x] = 0.0
            if not free[y, x]:
                r[y, x] = 0.0
    if start and kind != 1:
        b[:n] = r.ravel()
        _cascade(cells, b, levels, plan)
        e[:] = cells[:n].reshape(h, w)
        apply_operator(e, kind, right, down, tensor, scratch, out)
        for y in range(h):
            for x in range(w):
                if free[y, x]:
                    r[y, x] += out[y, x] - ground[y, x] * e[y, x]
    if _dot(r, r) <= target:
        return 0
    preconditioned(r, kind, levels, plan, cells, b)
    p = cells[:n].copy().reshape(h, w)
    rz, cycles = _dot(r, p), 0
    while cycles < most and rz > 0.0:
        apply_operator(p, kind, right, down, tensor, scratch, out)
        for y in range(h):
            for x in range(w):
                out[y, x] = ground[y, x] * p[y, x] - out[y, x] if free[y, x] else 0.0
        step = rz / _dot(p, out)
        for y in range(h):
            for x in range(w):
                e[y, x] += step * p[y, x]
                r[y, x] -= step * out[y, x]
        cycles += 1
        if _dot(r, r) <= target:
            break
        preconditioned(r, kind, levels, plan, cells, b)
        z = cells[:n].reshape(h, w)
        new = _dot(r, z)
        share = new / rz
        rz = new
        for y in range(h):
            for x in range(w):
                p[y, x] = z[y, x] + share * p[y, x]
    return cycles


@njit
def residual(u, f, ground, free, kind, right, down, tensor):
    """What is left of the equation at the free pixels, L u + ground·(f − u), and 0 elsewhere.

    Parameters
    ----------
    u, f, ground, free, kind, right, down, tensor
        As for :func:`conjugate`; f is what the ground pulls towards.

    Returns
    -------
    ndarray, shape (H, W), float64

    Examples
    --------
    >>> u, ones = np.array([[0.0, 0.0, 4.0]]), np.ones((1, 3)); right = np.array([[1.0, 1.0, 0.0]])
    >>> residual(u, u, 0 * ones, np.array([[False, True, False]]), 0, right, 0 * ones, np.zeros((3, 0, 0))).tolist()
    [[0.0, 4.0, 0.0]]
    """
    h, w = u.shape
    out = np.zeros((h, w))
    apply_operator(u, kind, right, down, tensor, np.zeros((h, w)), out)
    for y in range(h):
        for x in range(w):
            out[y, x] = out[y, x] + ground[y, x] * (f[y, x] - u[y, x]) if free[y, x] else 0.0
    return out
