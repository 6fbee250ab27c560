"""Devices, precision and processes: what differs between one core, a graphics card and a cluster."""

import os
import platform
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import distributed

__all__ = ["Machine", "arithmetic", "average", "average_gradients", "leave", "machine"]


@dataclass(frozen=True)
class Machine:
    """Where this process computes.

    Attributes
    ----------
    device : torch.device
    rank, world : int
        Which process this is, and of how many.
    """

    device: torch.device
    rank: int = 0
    world: int = 1

    def autocast(self):
        """A context of mixed precision: bfloat16 where a graphics card has it, else nothing is changed."""
        if self.device.type == "cuda" and torch.cuda.is_bf16_supported():
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()

    def hardware(self):
        """What it is, in words."""
        if self.device.type == "cuda":
            return f"{self.world} × {torch.cuda.get_device_name(self.device)}"
        threads = torch.get_num_threads()
        return f"{self.world} × CPU {platform.machine()}, {threads} thread{'s' * (threads > 1)}, {torch.__version__}"


def machine(device="cpu"):
    """The machine of this process: one of several where ``torchrun`` has started it.

    Parameters
    ----------
    device : str
        "cpu", "cuda", or "auto": a graphics card where there is one.

    Returns
    -------
    Machine

    Raises
    ------
    ValueError
        If there is no such device here (chapter 12).

    Examples
    --------
    >>> machine("cpu").world
    1
    """
    kind = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if kind not in ("cpu", "cuda") or (kind == "cuda" and not torch.cuda.is_available()):
        raise ValueError(
            f"device={device!r}: this machine has 'cpu'{' and cuda' * torch.cuda.is_available()} (chapter 12)"
        )
    world, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    if world > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    place = torch.device(kind, local) if kind == "cuda" else torch.device("cpu")
    torch.use_deterministic_algorithms(kind == "cpu")
    return Machine(place, int(os.environ.get("RANK", 0)), world)


@contextmanager
def arithmetic():
    """While training numbers below 10⁻³⁸ become 0: a critic that is sure makes many, and each takes a hundred cycles.

    The processor and PyTorch are left as they were found.

    Yields
    ------
    None

    Examples
    --------
    >>> with arithmetic():
    ...     (torch.tensor([1e-30]) * 1e-10).item()
    0.0
    >>> (torch.tensor([1e-30]) * 1e-10).item() > 0
    True
    """
    deterministic = torch.are_deterministic_algorithms_enabled()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.use_deterministic_algorithms(deterministic)


def average(values, world):
    """The mean of a tensor over all processes, in place; nothing where there is one.

    Parameters
    ----------
    values : Tensor
    world : int

    Returns
    -------
    Tensor

    Examples
    --------
    >>> average(torch.ones(2), 1).tolist()
    [1.0, 1.0]
    """
    if world > 1:
        distributed.all_reduce(values)
        values /= world
    return values


def average_gradients(parameters, world):
    """Data-parallel training in four lines: each process has the gradient of its samples, the mean is that of all.

    Parameters
    ----------
    parameters : list of Parameter
    world : int

    Examples
    --------
    >>> average_gradients([], 1)
    """
    if world > 1:
        flat = average(torch.cat([p.grad.flatten() for p in parameters]), world)
        for p, part in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
            p.grad.copy_(part.view_as(p))


def leave(world):
    """Wait for the other processes and part from them.

    Parameters
    ----------
    world : int

    Examples
    --------
    >>> leave(1)
    """
    if world > 1:
        distributed.barrier()
        distributed.destroy_process_group()
