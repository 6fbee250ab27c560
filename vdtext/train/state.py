"""What is kept between steps: one safetensors file, replaced in one step, and a log with a line a record."""

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

__all__ = ["load", "log", "records", "replace", "save"]


def replace(path, write):
    """Write a file so that it is whole or as it was, whenever the process is killed.

    Parameters
    ----------
    path : path
    write : callable
        Gets the name to write to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace(Path(folder) / "a", lambda beside: beside.write_text("whole"))
    ...     (Path(folder) / "a").read_text()
    'whole'
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(beside)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def tensors(networks, averages, optimisers):
    """All tensors of a training by name: weights, their averages, and the optimisers' moments."""
    found = {f"network/{n}/{k}": v for n, net in networks.items() for k, v in net.state_dict().items()}
    found |= {f"average/{n}/{k}": v for n, net in averages.items() for k, v in net.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            found |= {f"optimiser/{name}/{index}/{k}": v for k, v in moments.items() if torch.is_tensor(v)}
    return found


def save(path, networks, averages, optimisers, *, step, seconds):
    """Store a training.

    Parameters
    ----------
    path : Path
    networks, averages, optimisers : dict
    step : int
        Steps that are done.
    seconds : float
        That they took.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder) / "c", {"net": torch.nn.Linear(1, 1)}, {}, {}, step=3, seconds=1.5)
    ...     load(Path(folder) / "c", {"net": torch.nn.Linear(1, 1)}, {}, {})
    (3, 1.5)
    """
    found = {k: v.detach().cpu().clone().contiguous() for k, v in tensors(networks, averages, optimisers).items()}
    about = {"step": str(step), "seconds": repr(seconds)}
    replace(path, lambda beside: save_file(found, beside, metadata=about))


def load(path, networks, averages, optimisers):
    """Bring a training back to where it was saved.

    Parameters
    ----------
    path : Path
        Of `save`.
    networks, averages, optimisers : dict
        Changed in place.

    Returns
    -------
    (int, float)
        Steps that are done, and seconds that they took; (0, 0.0) if there is no file.

    Raises
    ------
    ValueError
        If it is of other networks, or damaged (chapter 12).

    Examples
    --------
    >>> load(Path("no such file"), {}, {}, {})
    (0, 0.0)
    """
    if not path.is_file():
        return 0, 0.0
    try:
        with safe_open(path, "pt") as file:
            found, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
        for kind, group in (("network", networks), ("average", averages)):
            for name, net in group.items():
                net.load_state_dict(_below(found, f"{kind}/{name}/"))
        for name, optimiser in optimisers.items():
            moments = {}
            for key, value in _below(found, f"optimiser/{name}/").items():
                index, _, what = key.partition("/")
                moments.setdefault(int(index), {})[what] = value
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": moments, "param_groups": groups})
        return int(about["step"]), float(about["seconds"])
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        raise ValueError(
            f"{path}: no checkpoint of these networks; remove it to begin anew: {reason} (chapter 12)"
        ) from None


def _below(found, prefix):
    """The entries whose name begins so, without that beginning."""
    return {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}


def records(folder):
    """The log of a training.

    Parameters
    ----------
    folder : path
        Of `train`.

    Returns
    -------
    list of dict
        A dict a record: step, seconds, losses, what else was logged; empty if there is no log.

    Examples
    --------
    >>> records("no such folder")
    []
    """
    path = Path(folder) / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def log(folder, step):
    """Open the log for the records after a step; later ones, of a process that was killed, are dropped.

    Parameters
    ----------
    folder : Path
    step : int
        Steps that are done.

    Returns
    -------
    file
        Each line is on the disk when it is written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "log.jsonl").write_text('{"step": 5}\\n{"step": 10}\\n{"st')
    ...     log(Path(folder), 5).close()
    ...     records(folder)
    [{'step': 5}]
    """
    kept = "".join(json.dumps(record) + "\n" for record in records(folder) if record["step"] <= step)
    replace(folder / "log.jsonl", lambda beside: beside.write_text(kept))
    return open(folder / "log.jsonl", "a", buffering=1)
