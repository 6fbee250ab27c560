"""The loop."""

import copy
import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from vdtext._progress import progress
from vdtext.footage import batches
from vdtext.train import state
from vdtext.train.machine import arithmetic, average, average_gradients, leave, machine
from vdtext.train.task import adam

__all__ = ["Result", "train"]


@dataclass(frozen=True, eq=False)
class Result:
    """A training that has come to its end.

    Attributes
    ----------
    networks : dict of str to Module
        With the averaged weights.
    metrics : dict of str to float
        What the task's measure says about them.
    seconds : float
        Of all steps, over all interruptions: of this process's CPU time, or of the clock on a graphics card.
    hardware : str
    rank : int
        Process 0 of several is the one that writes.
    """

    networks: dict
    metrics: dict
    seconds: float
    hardware: str
    rank: int


@arithmetic()
def train(task, *, folder, device="cpu", seed=0, steps=None, workers=0, every=20, save=200):
    """Train, or go on with a training that was stopped: the result is the same.

    Step n takes batch n; then every player in turn takes the gradient of its own loss with respect to its own
    parameters, averages it over the processes, and makes a step; then the averaged weights follow,

    .. math:: \\bar\\theta \\leftarrow \\beta_n \\bar\\theta + (1 - \\beta_n) \\theta, \\qquad
              \\beta_n = \\min(\\beta, (1 + n) / (10 + n)).

    Parameters
    ----------
    task : Task
    folder : path
        For ``checkpoint.safetensors`` and ``log.jsonl``; made if absent.
    device : str
        "cpu", "cuda" or "auto".
    seed : int
        Of weights, samples and noise.
    steps : int, optional
        Fewer or more than the task's own; the schedule of the rate stays that of the task.
    workers : int
        Processes that make samples ahead.
    every, save : int
        Steps from one record of the log to the next, and from one checkpoint to the next.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the folder holds a checkpoint of other networks, or there is no such device (chapter 12).
    FloatingPointError
        If a loss is no longer a finite number.

    References
    ----------
    Polyak and Juditsky (1992), "Acceleration of stochastic approximation by averaging", doi:10.1137/0330046.

    Examples
    --------
    >>> import tempfile
    >>> from vdtext.train import Task
    >>> def loss(networks, batch, rng):
    ...     return {"loss": (networks["net"](batch) - 3 * batch).square().mean()}
    >>> sample = lambda number, seed: torch.tensor([float(number % 5)])
    >>> measure = lambda networks: {"slope": networks["net"].weight.item()}
    >>> task = Task("line", lambda: {"net": torch.nn.Linear(1, 1)}, {"net": loss}, sample, measure, 40, 5, "slope 3",
    ...             optimisers={"net": lambda p: torch.optim.Adam(p, lr=0.3)})
    >>> with tempfile.TemporaryDirectory() as there:
    ...     result = train(task, folder=there)
    >>> 2 < result.metrics["slope"] < 4
    True
    """
    folder, steps, here = Path(folder), steps or task.steps, machine(device)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    networks = {name: net.to(here.device) for name, net in task.build().items()}
    averages = {name: copy.deepcopy(net).requires_grad_(False) for name, net in networks.items()}
    optimisers = {name: task.optimisers.get(name, adam)(networks[name].parameters()) for name in task.players}
    rates = {name: [group["lr"] for group in optimiser.param_groups] for name, optimiser in optimisers.items()}
    checkpoint = folder / "checkpoint.safetensors"
    done, before = state.load(checkpoint, networks, averages, optimisers)
    seconds = before
    sample = partial(task.sample, seed=seed)
    shard = {"start": done, "rank": here.rank, "world": here.world}
    data = batches(sample, batch=task.batch, workers=workers, **shard)
    clock = time.process_time if here.device.type == "cpu" else time.monotonic
    began, log = clock(), state.log(folder, done) if here.rank == 0 else None
    bar = progress(range(done, steps), f"{task.name}, expect {task.expect}") if here.rank == 0 else range(done, steps)
    for step, batch in zip(bar, data, strict=False):
        batch, record = to(batch, here.device), {}
        for turn, (name, loss) in enumerate(task.players.items()):
            rng = generator(here.device, seed, step, turn, here.rank)
            with here.autocast():
                values = loss(networks, batch, rng)
            parameters, optimiser = list(networks[name].parameters()), optimisers[name]
            optimiser.zero_grad()
            next(iter(values.values())).backward(inputs=parameters)
            average_gradients(parameters, here.world)
            if task.clip:
                torch.nn.utils.clip_grad_norm_(parameters, task.clip)
            for group, rate in zip(optimiser.param_groups, rates[name], strict=True):
                group["lr"] = rate * task.rate(step)
            optimiser.step()
            record |= {(name if key == "loss" else key): value.detach() for key, value in values.items()}
        follow(averages, networks, min(task.ema, (1 + step) / (10 + step)))
        seconds = before + clock() - began
        last = step + 1 == steps
        if (step + 1) % every == 0 or last:
            values = average(torch.stack([value.float() for value in record.values()]), here.world).tolist()
            finite(step + 1, dict(zip(record, values, strict=True)))
            if here.rank == 0:
                line = {"step": step + 1, **{key: float(f"{v:.6g}") for key, v in zip(record, values, strict=True)}}
                log.write(json.dumps(line | {"seconds": round(seconds, 2)}) + "\n")
        if here.rank == 0 and ((step + 1) % save == 0 or last):
            state.save(checkpoint, networks, averages, optimisers, step=step + 1, seconds=seconds)
    if here.rank == 0:
        log.close()
    metrics = task.measure({name: net.eval() for name, net in averages.items()}) if here.rank == 0 else {}
    leave(here.world)
    return Result(averages, metrics, seconds, here.hardware(), here.rank)


def to(batch, device):
    """A batch on a device, whatever it is made of."""
    if isinstance(batch, dict):
        return {name: to(value, device) for name, value in batch.items()}
    return batch.to(device, non_blocking=True)


def generator(device, *numbers):
    """Random numbers that are a function of some whole numbers; PyTorch's global ones are set as well."""
    seed = 0
    for number in numbers:
        seed = (seed * 6364136223846793005 + number + 1442695040888963407) % 2**63
    torch.manual_seed(seed)
    return torch.Generator(device).manual_seed(seed)


@torch.no_grad()
def follow(averages, networks, decay):
    """Averaged weights ← decay · averaged weights + (1 − decay) · weights; buffers are copied."""
    for name, net in networks.items():
        for old, new in zip(averages[name].parameters(), net.parameters(), strict=True):
            old.lerp_(new, 1 - decay)
        for old, new in zip(averages[name].buffers(), net.buffers(), strict=True):
            old.copy_(new)


def finite(step, record):
    """Stop with one line when a number is none."""
    wrong = [name for name, value in record.items() if not -float("inf") < value < float("inf")]
    if wrong:
        raise FloatingPointError(f"step {step}: {', '.join(wrong)} is no longer finite; a smaller rate (chapter 12)")
