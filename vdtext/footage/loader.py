"""An endless stream of samples for PyTorch: seeded, sharded, and begun anywhere.

Sample k is a function of k alone (`septuplet` of a seed and k), so nothing has to be remembered: batch n of the whole
training is samples n·batch … n·batch + batch − 1, process `rank` of `world` takes every world-th of them, and worker w
of W makes batches w, w + W, … .  However many processes and workers there are, training sees the same.
"""

import itertools

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

__all__ = ["Stream", "batches"]


class Stream(IterableDataset):
    """The samples that one process needs, in order, without end.

    Parameters
    ----------
    sample : callable
        From a whole number to a sample: an array, a tensor, or a dict of them.
    batch : int
        Samples in a batch of all processes together.
    start : int
        First batch.
    rank, world : int
        Which process this is, and of how many.

    Raises
    ------
    ValueError
        If the processes cannot share a batch evenly (chapter 12).

    Examples
    --------
    >>> stream = Stream(lambda k: k, batch=4, start=2, rank=1, world=2)
    >>> list(itertools.islice(stream, 4))
    [9, 11, 13, 15]
    """

    def __init__(self, sample, *, batch, start=0, rank=0, world=1):
        if batch % world or not 0 <= rank < world:
            raise ValueError(
                f"batch={batch}, rank={rank}, world={world}: every process takes an equal part (chapter 12)"
            )
        self.sample, self.batch, self.start, self.rank, self.world = sample, batch, start, rank, world

    def __iter__(self):
        worker = get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in itertools.count(self.start + mine, workers):
            for place in range(self.rank, self.batch, self.world):
                yield self.sample(number * self.batch + place)


def batches(sample, *, batch, start=0, rank=0, world=1, workers=0):
    """Batches of a stream as tensors, made by this process or by workers beside it.

    Parameters
    ----------
    sample, batch, start, rank, world
        As in `Stream`.
    workers : int
        Processes that make samples ahead; 0 makes them when they are asked for.

    Returns
    -------
    DataLoader
        Batches of batch / world samples; the same ones for any number of workers.

    Examples
    --------
    >>> first, second = itertools.islice(batches(lambda k: k, batch=3), 2)
    >>> first.tolist(), second.tolist()
    ([0, 1, 2], [3, 4, 5])
    """
    stream = Stream(sample, batch=batch, start=start, rank=rank, world=world)
    return DataLoader(stream, batch_size=batch // world, num_workers=workers, persistent_workers=workers > 0)
