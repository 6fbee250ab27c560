"""What is to be trained: networks, who minimises what, a sample, and how good it has become."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

__all__ = ["Task"]


def adam(parameters):
    """The optimiser unless a task has another: Adam with a step of 10⁻³, decayed by the loop's cosine."""
    return torch.optim.Adam(parameters, lr=1e-3)


@dataclass(frozen=True)
class Task:
    """A training task; a game of several players is one of several losses, each with its own network and optimiser.

    Parameters
    ----------
    name : str
        Also of the weights.
    build : callable
        () → dict of networks by name.
    players : dict of str to callable
        By the name of a network, in the order of play: (networks, batch, rng) → dict of scalar tensors.  The first is
        what this network's parameters minimise; the others are only logged.  `rng` is a ``torch.Generator``.
    sample : callable
        (number, seed) → an array, or a dict of arrays: sample `number` of the training set.
    measure : callable
        networks → dict of floats, with the averaged networks: the metric for the card.
    steps, batch : int
        How long, and samples a step of all processes together.
    expect : str
        The budget and the number to expect, for the progress bar.
    keep : tuple of str
        The networks whose averaged weights are exported; all of them unless given.
    optimisers : dict of str to callable
        parameters → optimiser, by network; `adam` where absent.
    ema : float
        Decay of the average of the weights, a step.
    warmup : int
        Steps until the optimisers' rate is whole; after that a cosine brings it to `last` of it.
    last : float
    clip : float or None
        Largest norm of a player's gradient.
    data : callable
        () → dict of shares: where the samples come from, for the card; empty where nothing was photographed.
    files : callable or None
        networks → dict of dicts of arrays to store, by id, where they are not the networks' own weights.
    arguments : dict
        What else the card should say: architecture, hyper-parameters.

    Examples
    --------
    >>> task = Task("line", lambda: {"net": torch.nn.Linear(1, 1)}, {}, lambda k, seed: k, lambda nets: {}, 10, 4, "")
    >>> [round(task.rate(step), 2) for step in (0, 5, 10)]
    [1.0, 0.55, 0.1]
    """

    name: str
    build: Callable
    players: dict[str, Callable]
    sample: Callable
    measure: Callable
    steps: int
    batch: int
    expect: str
    keep: tuple[str, ...] = ()
    optimisers: dict[str, Callable] = field(default_factory=dict)
    ema: float = 0.999
    warmup: int = 0
    last: float = 0.1
    clip: float | None = None
    data: Callable = dict
    files: Callable | None = None
    arguments: dict = field(default_factory=dict)

    def rate(self, step):
        """The part of the optimisers' rate that is used at a step: a line up, then half a cosine down to `last`."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = min(1.0, (step - self.warmup) / max(1, self.steps - self.warmup))
        return self.last + (1 - self.last) * 0.5 * (1 + torch.cos(torch.tensor(done * torch.pi)).item())
