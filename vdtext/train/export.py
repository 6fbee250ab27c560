"""Weights to ship: safetensors with a card, within the house's limits."""

import subprocess
from pathlib import Path

from vdtext import footage, models

__all__ = ["MOST_ALL", "MOST_ONE", "export"]

MOST_ONE, MOST_ALL = 4_000_000, 20_000_000
"""Bytes of a file, and of all files together."""


def export(task, result, *, seed, steps=None, command, directory=models.DATA):
    """Store the averaged weights that a task keeps, and what is known about how they came about.

    Parameters
    ----------
    task : Task
    result : Result
    seed, steps : int
        Of the training.
    command : str
        That makes them anew.
    directory : path
        As in `vdtext.models.register`.

    Returns
    -------
    vdtext.models.Entry
        Of the first file, where a task makes several.

    Raises
    ------
    ValueError
        If a file would have more than 4 MB, or all together more than 20 MB (chapter 12).

    Examples
    --------
    >>> import tempfile, torch
    >>> from vdtext.train import Result, Task
    >>> task = Task("line", dict, {}, None, None, 10, 4, "", keep=("net",))
    >>> result = Result({"net": torch.nn.Linear(1, 1)}, {"error": 0.1}, 2.0, "a core", 0)
    >>> with tempfile.TemporaryDirectory() as there:
    ...     entry = export(task, result, seed=0, command="make line", directory=there)
    >>> entry.card["metrics"], entry.card["steps"]
    ({'error': 0.1}, 10)
    """
    kept = {name: result.networks[name] for name in task.keep or result.networks}
    files = task.files(kept) if task.files else {task.name: states(kept)}
    others = models.index(directory) if (Path(directory) / "models.json").exists() else {}
    sizes = [sum(array.nbytes for array in arrays.values()) for arrays in files.values()]
    together = sum(sizes) + sum(entry.bytes for name, entry in others.items() if name not in files)
    if max(sizes) > MOST_ONE or together > MOST_ALL:
        raise ValueError(
            f"{task.name}: {max(sizes)} bytes, {together} with the others; 4 MB and 20 MB at most (chapter 12)"
        )
    card = {
        "data": (shares := task.data()),
        "arguments": task.arguments,
        "seed": seed,
        "steps": steps or task.steps,
        "batch": task.batch,
        "parameters": sum(array.size for arrays in files.values() for array in arrays.values()),
        "hardware": result.hardware,
        "seconds": round(result.seconds, 1),
        "metrics": {name: float(f"{value:.4g}") for name, value in result.metrics.items()},
        "commit": commit(),
    }
    licence = f"MIT, as the code; trained on {footage.licences()}" if shares else "MIT, as the code"
    about = {"made_by": command, "licence": licence, "card": card, "directory": directory}
    entries = [models.register(name, arrays, **about) for name, arrays in files.items()]
    return entries[0]


def states(networks):
    """All weights of the networks; with the network's name where there are several."""
    return {
        (key if len(networks) == 1 else f"{name}.{key}"): value.detach().cpu().numpy()
        for name, net in networks.items()
        for key, value in net.state_dict().items()
    }


def commit():
    """The commit of the working tree, with a + where it was changed; "unknown" outside a repository."""
    here = Path(__file__).parent
    answers = [
        subprocess.run(["git", *words], cwd=here, capture_output=True, text=True)
        for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    ]
    return answers[0].stdout.strip() + "+" * bool(answers[1].stdout) if answers[0].returncode == 0 else "unknown"
