"""``python -m vdtext.train NAME --device cpu --seed 0``: train, log, go on where it was stopped, store the weights.

On several processes or machines: ``torchrun --nproc-per-node 2 -m vdtext.train NAME``.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from vdtext import models
from vdtext.train import RECIPES, export, recipe, train


def main(arguments=None):
    """Run the command line; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="python -m vdtext.train", description=__doc__.splitlines()[0])
    parser.add_argument("name", help=f"one of {', '.join(sorted(RECIPES))}")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--steps", type=int, help="another number than the task's own: nothing is stored in data/weights"
    )
    parser.add_argument("--batch", type=int, help="samples a step, of all processes together")
    parser.add_argument(
        "--threads", type=int, default=1, help="of this process; one makes every bit the same everywhere"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that make samples ahead")
    parser.add_argument("--every", type=int, default=20, help="steps from one record to the next")
    parser.add_argument("--save", type=int, default=200, help="steps from one checkpoint to the next")
    parser.add_argument("--folder", help="for checkpoint and log; .train/NAME unless given")
    parser.add_argument("--weights", help="where weights go; data/weights unless given")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        task = recipe(options.name, **({"batch": options.batch} if options.batch else {}))
        folder = Path(options.folder or Path(".train") / task.name)
        chosen = {name: getattr(options, name) for name in ("device", "seed", "steps", "workers", "every", "save")}
        result = train(task, folder=folder, **chosen)
    except (ValueError, FloatingPointError, OSError) as error:
        print(f"vdtext.train: {error}", file=sys.stderr)
        return 1
    if result.rank == 0:
        whole = options.steps in (None, task.steps) and not options.batch
        command = f"python -m vdtext.train {task.name} --device {options.device} --seed {options.seed}"
        directory = options.weights or (models.DATA if whole else folder)
        about = {"seed": options.seed, "steps": options.steps, "command": command}
        entry = export(task, result, **about, directory=directory)
        print(
            json.dumps(
                {"weights": entry.file, "bytes": entry.bytes, **entry.card["metrics"], "seconds": result.seconds}
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
