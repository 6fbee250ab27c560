"""Make a stream of the book again: ``python -m vdtext.overfit carphone --lam 20 --seed 0``."""

import argparse
import time

import torch

from vdtext.overfit import shipped
from vdtext.overfit.doors import decode, write
from vdtext.overfit.training import fit


def main(words=None):
    """Fit, write, decode, and store with a card.

    Parameters
    ----------
    words : list of str, optional
        Instead of those of the command line.

    Examples
    --------
    >>> main(["--help"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    SystemExit: 0
    """
    parser = argparse.ArgumentParser(prog="python -m vdtext.overfit", description="Make a stream of the book.")
    parser.add_argument("source", choices=shipped.SOURCES)
    parser.add_argument("--lam", type=float, required=True, help="squared grey values for a bit per pixel")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--hidden", type=int, default=8)
    parser.add_argument("--features", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", default=shipped.DATA, help="folder; the book's own if left out")
    parser.add_argument("--after", help="a stream in that folder whose decoded frame comes before")
    told = parser.parse_args(words)
    torch.set_num_threads(told.threads)
    torch.set_flush_denormal(True)
    sizes, begin = {"hidden": told.hidden, "features": told.features}, time.process_time()
    before = shipped.decoded(told.after, told.out) if told.after else None
    data = write(
        fit(shipped.source(told.source), lam=told.lam, seed=told.seed, after=before, steps=told.steps, **sizes)
    )
    seconds = round(time.process_time() - begin, 1)
    torch.set_flush_denormal(False)
    name = f"{told.source}-{told.lam:g}"
    command = (
        f"python -m vdtext.overfit {told.source} --lam {told.lam:g} --seed {told.seed} --steps {told.steps} "
        f"--hidden {told.hidden} --features {told.features}"
    ) + (f" --after {told.after}" if told.after else "")
    digests = shipped.digest(data), shipped.digest(decode(data, after=before))
    settings = told.source, told.lam, told.steps, told.seed, told.hidden, told.features, told.after or ""
    shipped.store(name, data, shipped.Stream(*settings, seconds, f"{name}.vo", *digests, command), told.out)
    print(f"{name}: {len(data)} bytes, {seconds:.0f} seconds")


if __name__ == "__main__":
    main()
