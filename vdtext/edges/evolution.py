"""From a law to a picture: explicit steps and fast explicit diffusion, the law renewed as the picture changes."""

import math

from vdtext import heat
from vdtext.edges.conduction import conduct, conduct_tensor
from vdtext.edges.laws import catte_gates, coherence_tensor, edge_tensor, perona_malik_gates

__all__ = ["LAWS", "evolve", "schedule"]

LAWS = {
    "perona-malik": (perona_malik_gates, conduct),
    "catte": (catte_gates, conduct),
    "eed": (edge_tensor, conduct_tensor),
    "ced": (coherence_tensor, conduct_tensor),
}
"""Each law: how it asks the picture for conductivities, and how grey value flows through them."""


def schedule(time, *, solver="fed", count=None, d=2):
    """Step sizes, grouped in cycles; the law is renewed at the start of each cycle.

    Parameters
    ----------
    time : float
        Diffusion time in pixel², >= 0.
    solver : {"fed", "explicit"}
        Cycles of fast explicit diffusion, or equal stable steps, each a cycle of its own.
    count : int, optional
        How many cycles (fed; by default one per pixel², at least 4), or how many steps (explicit; by default as many as
        :func:`vdtext.heat.explicit` takes).
    d : int
        How many axes are diffused.

    Returns
    -------
    list of list of float
        In pixel²; they sum to `time`.

    Raises
    ------
    ValueError
        If the solver is unknown, `count` is below 1, or explicit steps of that size are unstable (chapter 3).

    Examples
    --------
    >>> schedule(0.5, solver="explicit", count=2)
    [[0.25], [0.25]]
    >>> [len(cycle) for cycle in schedule(40.0, count=2)]
    [15, 15]
    """
    if solver not in ("fed", "explicit") or (count is not None and count < 1):
        raise ValueError(f"solver={solver!r}, count={count}: choose 'fed' or 'explicit', and count >= 1 (chapter 4)")
    if solver == "explicit":
        return [[step] for step in heat.equal_steps(time, steps=count, d=d)]
    count = count or max(4, math.ceil(time))
    return [heat.fed_steps(time / count, d=d) for _ in range(count)]


def evolve(u, law, cycles, *, axes=(-2, -1), **options):
    """Nonlinear diffusion, u ← u + τ·div(D ∇u), with D asked of the picture once a cycle.

    Parameters
    ----------
    u : ndarray, float32 or float64
        A picture or clip.
    law : {"perona-malik", "catte", "eed", "ced"}
        Which of :data:`LAWS`.
    cycles : list of list of float
        Step sizes τ in pixel², see :func:`schedule`.
    axes : tuple of int
        The d axes that are diffused.
    **options
        What the law takes: `contrast`, `smoothing` and so on.

    Returns
    -------
    ndarray, same shape and dtype as `u`

    Examples
    --------
    >>> import numpy as np
    >>> u = np.array([[0.0, 0.1, 1.0, 0.9]])
    >>> evolve(u, "perona-malik", [[0.25]] * 4, contrast=0.1).round(3)
    array([[0.044, 0.068, 0.949, 0.94 ]])
    """
    ask, act = LAWS[law]
    for steps in cycles:
        conductivity = ask(u, axes=axes, **options)
        for step in steps:
            u = u + step * act(u, conductivity, axes)
    return u
